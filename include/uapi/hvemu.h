/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/hvemu
 *
 * The device speaks a subset of the KVM API (<linux/kvm.h>, API version 12,
 * ioctl type 0xAE): the same numbers, structs and rules; docs/abi.md lists
 * what is there.  A capability that is not there is 0 for
 * KVM_CHECK_EXTENSION, an ioctl that is not there fails with ENOTTY.
 *
 * What KVM has no words for is declared here.  It has an ioctl type of its own
 * and is never announced by a KVM_CAP number:
 *
 * HVEMU_INFO, on the fd of the device, fills in a struct hvemu_info.  On
 * another implementation of the KVM API it fails with ENOTTY (or EINVAL),
 * which is how a VMM finds out where it runs.  Fields that this version does
 * not know are 0; abi_version changes only when something that worked before
 * does not any more, features are added without.
 *
 * KVM_EXIT_FAIL_ENTRY: the name of the check that refused the guest's state is
 * a string in the page of kvm_run's mapping that holds the data of port I/O,
 * at HVEMU_FAIL_ENTRY_OFFSET, terminated by 0.
 */
#ifndef _UAPI_HVEMU_H
#define _UAPI_HVEMU_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HVEMU_IOCTL_TYPE	0xE9

#define HVEMU_ABI_VERSION	1

#define HVEMU_VERSION(major, minor, patch) \
	((major) << 16 | (minor) << 8 | (patch))

/* Where KVM_EXIT_FAIL_ENTRY names the check, in the mapping of a vCPU's fd. */
#define HVEMU_FAIL_ENTRY_OFFSET	4096

/* Bits of hvemu_info.features */

/*
 * The pages of the Hv#1 interface that a guest places in its physical address
 * space hide the RAM under them, and give it back unchanged.
 */
#define HVEMU_FEATURE_OVERLAY_PAGES	(1ULL << 0)

/* The Hv#1 privileges of a VP's CPUID leaves are always enforced. */
#define HVEMU_FEATURE_ENFORCED_CPUID	(1ULL << 1)

/* HVEMU_GET_STATE and HVEMU_SET_STATE are there. */
#define HVEMU_FEATURE_STATE		(1ULL << 12)

struct hvemu_info {
	__u32 abi_version;	/* HVEMU_ABI_VERSION of the module */
	__u32 module_version;	/* HVEMU_VERSION() of the module */
	__u32 max_vcpus;	/* of a VM; vCPU ids are below it, too */
	__u32 max_memslots;	/* of a VM */
	__u32 max_gsis;		/* of a VM */
	__u32 nr_vtls;		/* virtual trust levels of a vCPU */
	__u64 features;		/* HVEMU_FEATURE_* */
	__u64 reserved[4];
};

#define HVEMU_INFO		_IOR(HVEMU_IOCTL_TYPE, 0x00, struct hvemu_info)

/*
 * HVEMU_SET_NAME, on the fd of a VM that has no vCPU yet: how the VM is called
 * in the log of the host ("hvemu: vm NAME (pid N): ..."). Printable ASCII,
 * terminated by 0, not empty (EINVAL); EBUSY when there are vCPUs. Without it
 * the name is made of the VMM's command and a number.
 */
#define HVEMU_NAME_MAX		64

struct hvemu_name {
	char name[HVEMU_NAME_MAX];
};

#define HVEMU_SET_NAME		_IOW(HVEMU_IOCTL_TYPE, 0x10, struct hvemu_name)

/*
 * HVEMU_SET_TIME, on the fd of a VM: with HVEMU_TIME_FROZEN the reference
 * counter of the Hv#1 interface stands still, as when all its processors are
 * suspended; the reference TSC page is not valid meanwhile, synthetic timers
 * do not expire. Without it the counter goes on where it stopped. KVM_GET_CLOCK
 * and KVM_SET_CLOCK read and set it in both cases. The TSC itself, and the
 * timers of LAPICs, run on: a VMM stops the processors. EINVAL: unknown flags.
 */
#define HVEMU_TIME_FROZEN	(1U << 0)

struct hvemu_time {
	__u32 flags;
	__u32 reserved;		/* 0 */
};

#define HVEMU_SET_TIME		_IOW(HVEMU_IOCTL_TYPE, 0x11, struct hvemu_time)

/*
 * HVEMU_GET_PROFILE, on the fd of the device: the leaves from 0x40000000 on for
 * KVM_SET_CPUID2, as a hypervisor of an edition of the TLFS has them, so far as
 * this module has what they promise: @level is the edition times 10, or one of
 * the other two. What the VMM has to serve is in only with its flag.
 *
 * More than 64 vCPUs, or HVEMU_PROFILE_UNLIMITED_VPS: where calls name at most
 * 64 processors (before 5.0), and with the flag, leaf 0x40000005 says -1 and
 * the flushes that do so are not recommended.
 *
 * @nent is the room at @entries (struct kvm_cpuid_entry2), and becomes the
 * number of leaves. E2BIG: there are more, and nothing is stored. EINVAL:
 * unknown level or flags, too many vCPUs, or a field that must be 0 is not.
 */
#define HVEMU_PROFILE_MINIMAL		1
#define HVEMU_PROFILE_V2		20
#define HVEMU_PROFILE_V3		30
#define HVEMU_PROFILE_V4		40
#define HVEMU_PROFILE_V5		50
#define HVEMU_PROFILE_V6		60
#define HVEMU_PROFILE_CURRENT		255

/* KVM_EXIT_HYPERV: synthetic debugger; extended calls (0x8001 and up) */
#define HVEMU_PROFILE_DEBUGGER		(1U << 0)
#define HVEMU_PROFILE_EXTENDED_CALLS	(1U << 1)
#define HVEMU_PROFILE_UNLIMITED_VPS	(1U << 2)

struct hvemu_profile {
	__u32 level;
	__u32 flags;
	__u32 nr_vcpus;		/* that the VM will have; 0: up to 64 */
	__u32 nent;
	__u64 entries;		/* user address */
	__u64 reserved;		/* 0 */
};

#define HVEMU_GET_PROFILE	_IOWR(HVEMU_IOCTL_TYPE, 0x12, struct hvemu_profile)

/*
 * HVEMU_GET_STATE and HVEMU_SET_STATE, on the fd of a VM: what its vCPUs share
 * of the Hv#1 interface; on the fd of a vCPU: what is its own. The blob is
 * opaque and belongs to HVEMU_ABI_VERSION, not to a version of the module: an
 * older module's is taken. docs/abi.md says what is in it and in which order
 * to restore.
 *
 * GET stores a blob at @data; @bytes is the room there and becomes the size of
 * the blob. E2BIG: there is less room, and nothing else is done, so 0 asks for
 * the size.
 *
 * SET takes a blob of @bytes, all of it or nothing. EINVAL: it is no blob of
 * this kind of fd, or damaged; EOPNOTSUPP: a later module made it, and
 * something in it is not known here; E2BIG: more than HVEMU_STATE_MAX_BYTES;
 * ENXIO: the VM has no vCPU yet.
 *
 * Both: EINVAL: @flags is not 0; EBUSY: on a VM, one of its vCPUs is in an
 * ioctl, as KVM_RUN; on a vCPU, the last exit is not completed (KVM_RUN with
 * immediate_exit does that).
 */
#define HVEMU_STATE_MAX_BYTES	(1U << 20)

struct hvemu_state {
	__u32 bytes;
	__u32 flags;		/* 0 */
	__u64 data;		/* user address */
};

#define HVEMU_GET_STATE		_IOWR(HVEMU_IOCTL_TYPE, 0x30, struct hvemu_state)
#define HVEMU_SET_STATE		_IOW(HVEMU_IOCTL_TYPE, 0x31, struct hvemu_state)

#endif /* _UAPI_HVEMU_H */
