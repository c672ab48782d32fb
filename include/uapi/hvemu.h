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
 * Ports and connections (HVEMU_FEATURE_PORTS; the TLFS calls it inter-partition
 * communication), on the fd of a VM.  A port is where its guest receives:
 * messages of up to 240 bytes, 16 of which can wait, or event flags, at one
 * SINT of one VP, or of any VP that has its SynIC enabled.  A connection is what
 * an id means that a guest gives to HvCallPostMessage or HvCallSignalEvent: a
 * port, of its own VM or of another one of the same user, an eventfd, or an exit
 * to the VMM (KVM_EXIT_HYPERV, HCALL).
 *
 *	HVEMU_CREATE_PORT	EEXIST: the id is used; ENOSPC: more than 4096
 *				ports, or 64 message ports
 *	HVEMU_DELETE_PORT	argument: id; also frees messages that wait.
 *				ENOENT
 *	HVEMU_CONNECT_PORT	EEXIST, ENOSPC (4096); ENOENT: no such port;
 *				EBADF; EPERM: another user's VM
 *	HVEMU_DISCONNECT_PORT	argument: id; what was sent stays. ENOENT
 *	HVEMU_POST_MESSAGE	the VMM sends to a port of this VM. ENOENT: no
 *				such message port; ENOBUFS: 16 wait, try again
 *				later; ENXIO: no such VP; ENOTCONN: the guest has
 *				not enabled SynIC and SIM page
 *	HVEMU_SIGNAL_EVENT	likewise; ENOTCONN also while the SINT is masked
 *
 * EINVAL for all of them: an argument out of its range, or reserved and not 0.
 * Ids have 24 bits; those of ports and those of connections are apart, and each
 * VM has its own.  A guest that uses an id without a connection gets
 * HV_STATUS_INVALID_CONNECTION_ID; a port that is deleted, also because its VM
 * is gone, is HV_STATUS_INVALID_PORT_ID for those who send to it.  vCPUs with
 * KVM_CAP_HYPERV_SYNIC or _SYNIC2 are never targets, as their VMM owns the
 * pages; what their guest sends without a connection goes to the VMM as before.
 * KVM_HYPERV_EVENTFD makes the same connections as HVEMU_TO_EVENTFD.
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

/* HVEMU_CREATE_PORT and the other ioctls of ports and connections */
#define HVEMU_FEATURE_PORTS		(1ULL << 8)

/* HVEMU_SET_EXTENDED_CALLS is there. */
#define HVEMU_FEATURE_EXTENDED_CALLS	(1ULL << 9)

/*
 * Guests can be hypervisors: KVM_GET_SUPPORTED_CPUID has VMX.  Not there with
 * nested=0.
 */
#define HVEMU_FEATURE_NESTED		(1ULL << 10)

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
 * HVEMU_SET_EXTENDED_CALLS, on the fd of a VM that has no vCPU yet: which of the
 * extended hypercalls its guest has, as HvExtCallQueryCapabilities tells them.
 * That call, and HvExtCallGetBootZeroedMemory, are then served in the kernel;
 * HvExtCallMemoryHeatHint and HvExtCallMemoryHeatHintAsync leave as
 * KVM_EXIT_HYPERV, as it is the VMM that can discard memory. Without this
 * ioctl all extended calls leave so. The ranges are memory that is zero, and
 * that the VMM does not write to; of them the guest hears those that it has not
 * touched itself, in steps of 2 MiB. After a restore nothing is zero for
 * certain. EBUSY: there are vCPUs, or it was done already; EINVAL: a capability
 * that is none of these, a range that is empty or beyond 52 bits; E2BIG: more
 * than 255 ranges or about 4 TiB.
 */
#define HVEMU_EXT_BOOT_ZEROED_MEMORY	(1ULL << 0)
#define HVEMU_EXT_MEMORY_HEAT_HINT	(1ULL << 1)
#define HVEMU_EXT_MEMORY_HEAT_HINT_ASYNC (1ULL << 4)
#define HVEMU_EXT_MAX_RANGES		255

struct hvemu_page_range {
	__u64 gpn;		/* guest-physical address / 4096 */
	__u64 pages;
};

struct hvemu_extended_calls {
	__u64 capabilities;	/* HVEMU_EXT_* */
	__u64 ranges;		/* address of struct hvemu_page_range[] */
	__u32 nr_ranges;
	__u32 reserved;		/* 0 */
};

#define HVEMU_SET_EXTENDED_CALLS _IOW(HVEMU_IOCTL_TYPE, 0x13, struct hvemu_extended_calls)

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
 * ENXIO: the VM has no vCPU yet; ENOENT: a message waits in it for a message
 * port that is not there.
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

/*
 * Reports on VMs, also of other processes, on the fd of the device. Who has
 * CAP_SYS_ADMIN sees all VMs, others those of their own effective user id; a
 * VM that is not seen does not exist (ENOENT).
 *
 * HVEMU_LIST_VMS fills in an array of struct hvemu_vm at @vms for VMs with ids
 * above @after, in ascending order, at most @nr; @nr becomes how many. An id
 * belongs to one VM as long as the module is loaded.
 */
struct hvemu_vm_list {
	__u64 after;
	__u64 vms;		/* user address */
	__u32 nr;
	__u32 reserved;		/* 0, else EINVAL */
};

/* Bits of hvemu_vm.flags */
#define HVEMU_VM_STARTED	(1U << 0)	/* a vCPU has run */
#define HVEMU_VM_DEAD		(1U << 1)	/* ended by an internal error */
#define HVEMU_VM_EXIT_TIMES	(1U << 2)	/* HVEMU_SET_EXIT_TIMES is on */

struct hvemu_vm {
	__u64 id;
	__u64 age_ns;		/* since it was created */
	__u32 pid;		/* in the caller's namespace, 0: not there */
	__u32 uid;
	__u32 nr_vcpus;
	__u32 flags;		/* HVEMU_VM_* */
	char name[HVEMU_NAME_MAX];
};

#define HVEMU_LIST_VMS		_IOWR(HVEMU_IOCTL_TYPE, 0x40, struct hvemu_vm_list)

/*
 * HVEMU_REPORT fills in an array of struct hvemu_report_row at @rows. Where
 * more than @nr rows are needed it fails with E2BIG; in both cases @nr becomes
 * how many there are, 4096 at most. @vp is a VP index, or HVEMU_REPORT_ALL_VPS
 * for the sums.
 * Counts begin with the VM, are not reset and are no state to be saved.
 */
#define HVEMU_REPORT_ALL_VPS	(~0U)

/* hvemu_report.tsc_page: is the reference TSC page valid, and why not? */
#define HVEMU_TSC_PAGE_VALID		0
#define HVEMU_TSC_PAGE_NOT_OFFERED	1	/* by CPUID */
#define HVEMU_TSC_PAGE_NOT_ENABLED	2	/* by the guest */
#define HVEMU_TSC_PAGE_OUT_OF_REACH	3	/* beyond its addresses */
#define HVEMU_TSC_PAGE_FROZEN		4	/* time stands still */
#define HVEMU_TSC_PAGE_HOST_UNSTABLE	5	/* the host does not trust it */
#define HVEMU_TSC_PAGE_TOO_SLOW		6	/* below 10 MHz */
#define HVEMU_TSC_PAGE_VPS_DIFFER	7	/* a VP's TSC was set apart */

struct hvemu_report {
	__u64 id;		/* of the VM */
	__u64 rows;		/* user address */
	__u32 nr;
	__u32 vp;
	/* out */
	__u64 age_ns;
	__u64 guest_os_id;
	__u32 tsc_page;		/* HVEMU_TSC_PAGE_* */
	__u32 flags;		/* HVEMU_VM_* */
	__u64 reserved[4];
};

/* hvemu_report_row.kind */
#define HVEMU_ROW_FEATURE	0	/* number: CPUID leaf, detail: bit and,
					 * times 32, register (EAX is 0);
					 * status: of the last reject
					 */
#define HVEMU_ROW_CALL		1	/* number: call code; that succeeded */
#define HVEMU_ROW_MSR_READ	2	/* number: of the register */
#define HVEMU_ROW_MSR_WRITE	3
#define HVEMU_ROW_USE		4	/* something else that is counted */
#define HVEMU_ROW_REJECT	5	/* number: call code or register; ~0:
					 * all that there was no room for
					 */
#define HVEMU_ROW_SLOT		6	/* number: SINT, detail: VP index and,
					 * from bit 24 on, VTL; status: type of
					 * the message in the slot, count: how
					 * many wait
					 */
#define HVEMU_ROW_EXIT		7	/* number: basic exit reason */
#define HVEMU_ROW_RUN		8	/* how KVM_RUN went */

/* hvemu_report_row.status above the codes of HV_STATUS */
#define HVEMU_STATUS_GP		0x10000
#define HVEMU_STATUS_UD		0x10001

/* Bits of hvemu_report_row.flags, of features */
#define HVEMU_ROW_ADVERTISED	(1U << 0)	/* to a VP at least */
#define HVEMU_ROW_SWITCHED	(1U << 1)	/* the guest has to enable it */
#define HVEMU_ROW_ENABLED	(1U << 2)	/* and did, on a VP at least */

struct hvemu_report_row {
	__u16 kind;		/* HVEMU_ROW_* */
	__u16 flags;
	__u32 number;
	__u32 detail;
	__u32 status;
	__u64 count;
	__u64 rejected;		/* features */
	__u64 first_ns;		/* features: age at the first use, 0: never */
	__u64 time_ns;		/* exits, while timed: until the next entry */
	char name[40];		/* may be empty */
};

#define HVEMU_REPORT		_IOWR(HVEMU_IOCTL_TYPE, 0x41, struct hvemu_report)

/*
 * HVEMU_SET_EXIT_TIMES times the exits of a VM, or stops it. It costs all VMs
 * a little.
 */
struct hvemu_exit_times {
	__u64 id;		/* of the VM */
	__u32 on;		/* 0 or 1 */
	__u32 reserved;		/* 0, else EINVAL */
};

#define HVEMU_SET_EXIT_TIMES	_IOW(HVEMU_IOCTL_TYPE, 0x42, struct hvemu_exit_times)

/*
 * HVEMU_NESTED: is the guest of a VM a hypervisor? Numbers are those of vCPUs,
 * at one moment each.
 */
struct hvemu_nested {
	__u64 id;		/* of the VM */
	/* out */
	__u32 flags;		/* HVEMU_VM_* */
	__u32 nr_vcpus;
	__u32 exposed;		/* with VMX in their CPUID */
	__u32 in_vmx;		/* in VMX operation */
	__u32 in_l2;		/* whose guest runs a guest */
	__u32 enlightened;	/* with an enlightened VMCS */
	__u32 restored;		/* KVM_SET_NESTED_STATE put them into VMX operation */
	__u32 reserved0;
	__u64 memory_bytes;	/* of all slots */
	__u64 reserved[4];
};

#define HVEMU_NESTED		_IOWR(HVEMU_IOCTL_TYPE, 0x43, struct hvemu_nested)

/* hvemu_port.type */
#define HVEMU_PORT_MESSAGE	1
#define HVEMU_PORT_EVENT	2
#define HVEMU_PORT_DOORBELL	4	/* flag_count 1; rung by HVEMU_TO_DOORBELL */

/* hvemu_port.vp_index */
#define HVEMU_ANY_VP		0xffffffffU

struct hvemu_port {
	__u32 id;
	__u32 type;
	__u32 vp_index;		/* target: VP index or HVEMU_ANY_VP */
	__u32 sint;		/* 1 to 15 */
	__u32 base_flag;	/* event port: its first flag, */
	__u32 flag_count;	/* and how many of the 2048 of the SINT */
	__u64 reserved[5];
};

/* hvemu_connection.to */
#define HVEMU_TO_PORT		1	/* fd: its VM, -1: this one; port_id */
#define HVEMU_TO_EVENTFD	2	/* fd; HvCallSignalEvent, flag 0 */
#define HVEMU_TO_USER		3	/* fd: -1 */
/*
 * A doorbell: a write of the guest to an address without memory signals the
 * port, fd and port_id as for HVEMU_TO_PORT, instead of leaving to the VMM. An
 * ioeventfd there comes first.
 */
#define HVEMU_TO_DOORBELL	4

/* hvemu_connection.flags of a doorbell: bytes of the write, whatever value */
#define HVEMU_DOORBELL_ANY_SIZE		0
#define HVEMU_DOORBELL_BYTE		1
#define HVEMU_DOORBELL_WORD		2
#define HVEMU_DOORBELL_DWORD		3
#define HVEMU_DOORBELL_QWORD		4
#define HVEMU_DOORBELL_ANY_VALUE	0x80000000U

struct hvemu_connection {
	__u32 id;
	__u32 to;
	__s32 fd;
	__u32 port_id;
	__u64 gpa;		/* of a doorbell, and the next two; else 0 */
	__u64 value;
	__u32 flags;
	__u32 reserved1;	/* 0 */
	__u64 reserved;		/* 0 */
};

struct hvemu_message {
	__u32 port_id;
	__u32 type;		/* not 0; guests can send those below 1 << 31 */
	__u32 size;		/* of payload */
	__u32 reserved;
	__u8 payload[240];
};

struct hvemu_event {
	__u32 port_id;
	__u32 flag;		/* relative to the port's first */
	__u64 reserved;
};

#define HVEMU_CREATE_PORT	_IOW(HVEMU_IOCTL_TYPE, 0x20, struct hvemu_port)
#define HVEMU_DELETE_PORT	_IO(HVEMU_IOCTL_TYPE, 0x21)
#define HVEMU_CONNECT_PORT	_IOW(HVEMU_IOCTL_TYPE, 0x22, struct hvemu_connection)
#define HVEMU_DISCONNECT_PORT	_IO(HVEMU_IOCTL_TYPE, 0x23)
#define HVEMU_POST_MESSAGE	_IOW(HVEMU_IOCTL_TYPE, 0x24, struct hvemu_message)
#define HVEMU_SIGNAL_EVENT	_IOW(HVEMU_IOCTL_TYPE, 0x25, struct hvemu_event)

#endif /* _UAPI_HVEMU_H */
