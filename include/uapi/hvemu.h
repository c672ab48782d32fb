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

#endif /* _UAPI_HVEMU_H */
