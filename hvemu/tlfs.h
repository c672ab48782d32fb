/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Front door of the TLFS half: called by core (and, one getter, by nested).
 *
 * See hvhost.h for the two contexts "window" and "outside".
 */
#ifndef HVE_TLFS_H
#define HVE_TLFS_H

#include <linux/types.h>
#include "tlfs_report.h"

struct hve_partition;
struct hve_vp;

/* Number of VTLs a partition has; everything per VTL is an array of it. */
#define HVE_NR_VTLS	1

/* Outcome of a guest-visible register access. */
enum hve_fault {
	HVE_NO_FAULT,
	HVE_GP,
	HVE_UD,
	HVE_OUTSIDE,	/* window only: nothing changed, call again outside */
};

/* Outcome of a hypercall instruction. */
enum hve_hcall_action {
	HVE_HCALL_DONE,		/* result stored, advance RIP */
	HVE_HCALL_AGAIN,	/* registers updated, keep RIP (continuation) */
	HVE_HCALL_UD,		/* inject #UD */
	HVE_HCALL_GP,		/* inject #GP(0) */
	HVE_HCALL_OUTSIDE,	/* window only: nothing changed, call again */
	HVE_HCALL_USER,		/* hve_host_user_exit() was called; the VMM's
				 * answer goes to hve_tlfs_hypercall_complete()
				 */
};

/* Requests of hve_host_vp_request(), bit numbers. */
enum {
	HVE_VP_REQ_SYNIC,
	HVE_VP_REQ_STIMER,
	HVE_VP_REQ_UNHALTED,	/* of hve_host_runtime_timer() */
	HVE_VP_REQ_TSC_PAGE,	/* TSC parameters changed: update the page */
	HVE_NR_VP_REQS,
};

/* One CPUID leaf as core/cpuid.c stores it. */
struct hve_cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

/**
 * hve_tlfs_supported_cpuid() - a Hypervisor CPUID leaf with all we can do
 * @leaf: 0x40000000 and up
 * @out: registers
 *
 * Computed from the rows that exist, never typed by hand.
 * Return: false when there is no such leaf.
 */
bool hve_tlfs_supported_cpuid(u32 leaf, struct hve_cpuid_regs *out);

/* A leaf with its number. */
struct hve_cpuid_leaf {
	u32 function;
	struct hve_cpuid_regs regs;
};

/**
 * hve_tlfs_kvm_hv_cpuid() - the @i-th entry of KVM_GET_SUPPORTED_HV_CPUID
 * @i: 0..9
 * @out: leaf
 *
 * The shape KVM's clients expect: ten leaves, 0x40000082 as the highest.
 * Return: false behind the last.
 */
bool hve_tlfs_kvm_hv_cpuid(unsigned int i, struct hve_cpuid_leaf *out);

/* Levels of a profile: edition of the TLFS times 10. */
#define HVE_PROFILE_MINIMAL	1	/* what is mandatory */
#define HVE_PROFILE_V2		20
#define HVE_PROFILE_V3		30
#define HVE_PROFILE_V4		40
#define HVE_PROFILE_V5		50
#define HVE_PROFILE_V6		60
#define HVE_PROFILE_CURRENT	255	/* all there is */

/* Flags of a profile */
#define HVE_PROFILE_DEBUGGER		0x1	/* VMM has a debugger's transport */
#define HVE_PROFILE_EXTENDED_CALLS	0x2	/* VMM serves extended calls */
#define HVE_PROFILE_UNLIMITED_VPS	0x4	/* no limit to the VPs: -1 */

struct hve_profile {
	u32 level;		/* HVE_PROFILE_MINIMAL.. */
	u32 flags;
	u32 nr_vps;		/* the partition will have; 0: up to 64 */
};

/**
 * hve_tlfs_profile() - the @i-th leaf of a profile
 * @p: any contents
 * @i: 0..
 * @out: leaf
 *
 * Return: 1; 0 behind the last; -EINVAL: there is no such profile.
 */
int hve_tlfs_profile(const struct hve_profile *p, unsigned int i,
		     struct hve_cpuid_leaf *out);

/**
 * hve_tlfs_cpuid_leaf() - a VMM sets a leaf of a VP (KVM_SET_CPUID2)
 * @vp: target VP, not running
 * @leaf: 0x40000000 and up; ~0u: forget all leaves first
 * @regs: contents, NULL with ~0u
 *
 * The VP has the interface when leaf 0x40000001 says Hv#1, and the privileges
 * of leaf 0x40000003.
 */
void hve_tlfs_cpuid_leaf(struct hve_vp *vp, u32 leaf,
			 const struct hve_cpuid_regs *regs);

/**
 * hve_tlfs_cpuid_fixup() - run-time bits of a leaf the guest reads
 * @vp: the caller's VP
 * @leaf: 0x40000000 to 0x400000ff, or 0x80000007
 * @regs: what the VMM set; changed in place
 *
 * Leaf 0x40000002 is zero before the guest OS id is set; the invariant TSC bit
 * of leaf 0x80000007 is hidden from a VP that can ask for it by
 * HV_X64_MSR_TSC_INVARIANT_CONTROL and has not. Context: window.
 */
void hve_tlfs_cpuid_fixup(struct hve_vp *vp, u32 leaf,
			  struct hve_cpuid_regs *regs);

/**
 * hve_tlfs_enabled() - does this VP have the Hv#1 interface?
 * @vp: VP
 */
bool hve_tlfs_enabled(struct hve_vp *vp);

/**
 * hve_tlfs_partition_init() - first of all
 * @pt: zeroed memory
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int hve_tlfs_partition_init(struct hve_partition *pt);

/**
 * hve_tlfs_partition_destroy() - after the last VP
 * @pt: partition
 */
void hve_tlfs_partition_destroy(struct hve_partition *pt);

/**
 * hve_tlfs_vp_init() - a new VP
 * @vp: zeroed memory
 * @pt: its partition
 * @vp_index: initial index (KVM_SET_MSRS can change it before the first run)
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int hve_tlfs_vp_init(struct hve_vp *vp, struct hve_partition *pt, u32 vp_index);

/**
 * hve_tlfs_vp_destroy() - unmap overlays, stop timers, free
 * @vp: VP, its thread gone
 */
void hve_tlfs_vp_destroy(struct hve_vp *vp);

/**
 * hve_tlfs_vp_reset() - a VP gets its values after reset back
 * @vp: the caller's VP, or one that does not run
 *
 * For INIT. What is partition-wide stays. Context: may sleep.
 */
void hve_tlfs_vp_reset(struct hve_vp *vp);

/**
 * hve_tlfs_partition_reset() - system reset: all VPs and what is shared
 * @pt: partition, no VP running
 *
 * The only thing that unlocks a locked hypercall page. Context: may sleep.
 */
void hve_tlfs_partition_reset(struct hve_partition *pt);

/**
 * hve_tlfs_state_bytes() - the most that the blob of a partition takes
 */
u32 hve_tlfs_state_bytes(void);

/**
 * hve_tlfs_state_get() - all state that VPs share, as a blob
 * @pt: partition, no VP running
 * @buf: out, hve_tlfs_state_bytes()
 *
 * Context: may sleep. Return: its size.
 */
u32 hve_tlfs_state_get(struct hve_partition *pt, void *buf);

/**
 * hve_tlfs_state_set() - set it from a blob, all of it or nothing
 * @pt: partition, no VP running
 * @buf: blob; nobody else writes to it
 * @bytes: its size
 *
 * Before the blobs of its VPs. Context: may sleep.
 * Return: 0; -EINVAL: it is no good; -EOPNOTSUPP: a later version made it and
 * put something in that we don't know; -ENOMEM.
 */
int hve_tlfs_state_set(struct hve_partition *pt, const void *buf, u32 bytes);

/**
 * hve_tlfs_vp_state_bytes() - the most that the blob of a VP takes
 */
u32 hve_tlfs_vp_state_bytes(void);

/**
 * hve_tlfs_vp_state_get() - all TLFS state of a VP, as a blob
 * @vp: VP, not running
 * @buf: out, hve_tlfs_vp_state_bytes()
 *
 * Index and CPUID leaves are not in it. Context: may sleep.
 * Return: its size.
 */
u32 hve_tlfs_vp_state_get(struct hve_vp *vp, void *buf);

/**
 * hve_tlfs_vp_state_set() - set it from a blob, all of it or nothing
 * @vp: VP, not running
 * @buf: blob; nobody else writes to it
 * @bytes: its size
 *
 * Context: may sleep. Return: as hve_tlfs_state_set().
 */
int hve_tlfs_vp_state_set(struct hve_vp *vp, const void *buf, u32 bytes);

/**
 * hve_tlfs_synic_by_vmm() - SIM and SIEF page are the VMM's
 * @vp: VP, has not run yet
 *
 * For KVM_CAP_HYPERV_SYNIC and _SYNIC2: no overlays; the VMM puts pages there
 * itself, is told of changes by HVE_USER_SYNIC, and serves HvCallPostMessage
 * and HvCallSignalEvent.
 */
void hve_tlfs_synic_by_vmm(struct hve_vp *vp);

/* A new port; HV_PORT_TYPE_*, as in include/uapi/hvemu.h. */
struct hve_port_desc {
	u32 id;
	u32 type;
	u32 vp_index;
	u32 sint;
	u32 base_flag;
	u32 flag_count;
};

/**
 * hve_tlfs_port_create() - a port of this partition
 * @pt: partition
 * @desc: checked by nobody yet
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, -EEXIST, -ENOSPC (too many), -ENOMEM.
 */
int hve_tlfs_port_create(struct hve_partition *pt,
			 const struct hve_port_desc *desc);

/**
 * hve_tlfs_port_delete() - delete it, and the messages that wait in it
 * @pt: partition
 * @id: port
 *
 * Connections to it stay, and are of no use. Context: may sleep.
 * Return: 0 or -ENOENT.
 */
int hve_tlfs_port_delete(struct hve_partition *pt, u32 id);

/**
 * hve_tlfs_port_post() - the VMM posts a message
 * @pt: partition with the port
 * @id: port
 * @type: message type, not 0
 * @payload: contents
 * @bytes: of it, at most 240
 *
 * Context: may sleep.
 * Return: 0; -ENOENT (no such message port), -EINVAL, -ENOBUFS (all 16 buffers
 * wait), -ENXIO (no such VP), -ENOTCONN (no target has its SynIC enabled).
 */
int hve_tlfs_port_post(struct hve_partition *pt, u32 id, u32 type,
		       const void *payload, u32 bytes);

/**
 * hve_tlfs_port_signal() - the VMM signals an event
 * @pt: partition with the port
 * @id: port
 * @flag: relative to the port's first
 *
 * Context: may sleep.
 * Return: as hve_tlfs_port_post(), for an event port.
 */
int hve_tlfs_port_signal(struct hve_partition *pt, u32 id, u32 flag);

/**
 * hve_tlfs_connect_port() - what a connection id of the guest means: a port
 * @pt: partition of the sender
 * @id: connection
 * @to: partition of the receiver, any, also the same; it exists meanwhile
 * @port_id: its port
 *
 * Context: may sleep. Return: 0, -EINVAL, -ENOENT (no such port), -EEXIST,
 * -ENOSPC, -ENOMEM.
 */
int hve_tlfs_connect_port(struct hve_partition *pt, u32 id,
			  struct hve_partition *to, u32 port_id);

/**
 * hve_tlfs_connect_event() - an eventfd that HvCallSignalEvent signals
 * @pt: partition of the sender
 * @id: connection
 * @event: for hve_host_event_signal(); with success it is the TLFS half's
 *
 * Context: may sleep. Return: 0, -EINVAL, -EEXIST, -ENOSPC, -ENOMEM.
 */
int hve_tlfs_connect_event(struct hve_partition *pt, u32 id, void *event);

/**
 * hve_tlfs_connect_vmm() - calls for this id are the VMM's
 * @pt: partition of the sender
 * @id: connection
 *
 * Context: may sleep. Return: 0, -EINVAL, -EEXIST, -ENOSPC, -ENOMEM.
 */
int hve_tlfs_connect_vmm(struct hve_partition *pt, u32 id);

/**
 * hve_tlfs_disconnect() - forget a connection
 * @pt: partition of the sender
 * @id: connection
 * @event_only: only when it is an eventfd
 *
 * Messages sent stay queued. Context: may sleep. Return: 0 or -ENOENT.
 */
int hve_tlfs_disconnect(struct hve_partition *pt, u32 id, bool event_only);

/**
 * hve_tlfs_ports_release() - the partition is going: all ports, connections
 * @pt: partition, no VP running; its VPs are still there
 *
 * Others may be sending to it until this returns. Context: may sleep.
 */
void hve_tlfs_ports_release(struct hve_partition *pt);

/**
 * hve_tlfs_vector_eoi() - the guest has ended an interrupt
 * @vp: the caller's VP
 * @vtl: active VTL
 * @vector: which
 * @automatic: by AutoEOI; else by register, MSR, assist
 *
 * Context: any of the VP's thread.
 */
void hve_tlfs_vector_eoi(struct hve_vp *vp, unsigned int vtl, u8 vector,
			 bool automatic);

/**
 * hve_tlfs_eoi_vectors() - whose EOIs hve_tlfs_vector_eoi() wants
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Changes only by writes to SINTx. Return: bitmap of 256 vectors.
 */
const unsigned long *hve_tlfs_eoi_vectors(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_tlfs_sint_raise() - raise the interrupt of a SINT
 * @vp: target, any VP
 * @vtl: whose SynIC
 * @sint: number
 *
 * For KVM_IRQ_ROUTING_HV_SINT. Context: any.
 * Return: false when it is lost: masked, polled, or no such SINT.
 */
bool hve_tlfs_sint_raise(struct hve_vp *vp, unsigned int vtl,
			 unsigned int sint);

/* Instructions of hve_tlfs_npiep_blocks(), as bits of NPIEP_CONFIG. */
enum {
	HVE_NPIEP_SGDT,
	HVE_NPIEP_SIDT,
	HVE_NPIEP_SLDT,
	HVE_NPIEP_STR,
};

/**
 * hve_tlfs_npiep_blocks() - is an instruction #GP outside of CPL 0?
 * @vp: the caller's VP
 * @insn: HVE_NPIEP_*
 *
 * Context: both.
 */
bool hve_tlfs_npiep_blocks(struct hve_vp *vp, unsigned int insn);

/**
 * hve_tlfs_vp_find() - VP by index
 * @pt: partition
 * @vp_index: any number
 *
 * Context: any. Return: the VP or NULL.
 */
struct hve_vp *hve_tlfs_vp_find(struct hve_partition *pt, u32 vp_index);

/**
 * hve_tlfs_msr_is_ours() - is this a synthetic MSR number?
 * @msr: number
 */
static inline bool hve_tlfs_msr_is_ours(u32 msr)
{
	return msr >= 0x40000000 && msr < 0x40001100;
}

/**
 * hve_tlfs_msr_read() - guest RDMSR of a synthetic MSR
 * @vp: the caller's VP
 * @vtl: active VTL
 * @msr: number
 * @val: out
 *
 * Context: both. Return: HVE_NO_FAULT, HVE_GP, or HVE_OUTSIDE.
 */
enum hve_fault hve_tlfs_msr_read(struct hve_vp *vp, unsigned int vtl, u32 msr,
				 u64 *val);

/**
 * hve_tlfs_msr_write() - guest WRMSR of a synthetic MSR
 * @vp: the caller's VP
 * @vtl: active VTL
 * @msr: number
 * @val: value
 *
 * Context: both. Return: HVE_NO_FAULT, HVE_GP, or HVE_OUTSIDE.
 */
enum hve_fault hve_tlfs_msr_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
				  u64 val);

/**
 * hve_tlfs_msr_get() - the VMM saves a synthetic MSR; no privilege check
 * @vp: VP, not running
 * @msr: number
 * @val: out
 *
 * Context: may sleep. Return: 0; -ENOENT for a number without a row.
 */
int hve_tlfs_msr_get(struct hve_vp *vp, u32 msr, u64 *val);

/**
 * hve_tlfs_msr_set() - the VMM restores a synthetic MSR
 * @vp: VP, not running
 * @msr: number
 * @val: value
 *
 * Context: may sleep. Return: 0, -ENOENT, -EINVAL, -ENOMEM.
 */
int hve_tlfs_msr_set(struct hve_vp *vp, u32 msr, u64 val);

/**
 * hve_tlfs_msr_list() - the @i-th number for KVM_GET_MSR_INDEX_LIST
 * @i: 0..
 * @msr: out
 *
 * Return: false behind the last.
 */
bool hve_tlfs_msr_list(unsigned int i, u32 *msr);

/**
 * hve_tlfs_hypercall_enabled() - is VMCALL ours?
 * @vp: the caller's VP
 *
 * Return: true once the guest OS id is set and the interface enabled.
 */
bool hve_tlfs_hypercall_enabled(struct hve_vp *vp);

/**
 * hve_tlfs_hypercall() - VMCALL
 * @vp: the caller's VP
 * @vtl: active VTL
 * @gpr: RAX RCX RDX RBX RSP RBP RSI RDI R8..R15, in this order; updated
 *
 * Context: both. Return: what the caller has to do.
 */
enum hve_hcall_action hve_tlfs_hypercall(struct hve_vp *vp, unsigned int vtl,
					 u64 *gpr);

/**
 * hve_tlfs_hypercall_complete() - the VMM has served a hypercall
 * @vp: the caller's VP
 * @gpr: as in hve_tlfs_hypercall()
 * @result: hypercall result value
 *
 * The caller advances RIP.
 */
void hve_tlfs_hypercall_complete(struct hve_vp *vp, u64 *gpr, u64 result);

/**
 * hve_tlfs_syndbg_status() - the VMM has done what SYNDBG_CONTROL asked for
 * @vp: the caller's VP
 * @status: the new SYNDBG_STATUS
 */
void hve_tlfs_syndbg_status(struct hve_vp *vp, u64 status);

/**
 * hve_tlfs_process_requests() - do what hve_host_vp_request() asked for
 * @vp: the caller's VP
 * @reqs: bitmap of HVE_VP_REQ_*
 *
 * Context: outside.
 */
void hve_tlfs_process_requests(struct hve_vp *vp, unsigned long reqs);

/**
 * hve_tlfs_eoi_assist_arm() - offer the guest to skip its next EOI
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Called when the interrupt just being injected needs nothing from its EOI.
 * Context: window. Return: true when "No EOI Required" is now set.
 */
bool hve_tlfs_eoi_assist_arm(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_tlfs_eoi_assist_disarm() - take the offer back, or find it used
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Only called after hve_tlfs_eoi_assist_arm() answered true.
 * Context: window. Return: true when the guest has cleared the bit, i.e. has
 * done its EOI.
 */
bool hve_tlfs_eoi_assist_disarm(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_tlfs_eoi_assist_used() - has the guest cleared the bit?
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Leaves the bit as it is. Context: window.
 */
bool hve_tlfs_eoi_assist_used(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_tlfs_tsc_changed() - TSC offset, frequency or stability changed
 * @pt: partition
 *
 * Makes every VP-visible reference TSC page match again.
 * Context: may sleep.
 */
void hve_tlfs_tsc_changed(struct hve_partition *pt);

/**
 * hve_tlfs_tsc_freq_was() - the guest comes from a host of another frequency
 * @pt: partition, its reenlightenment registers restored
 * @tsc_freq: Hz
 *
 * Its TSC goes on at that, emulated, until it has adapted. Context: may sleep.
 * Return: 0; -EINVAL when the guest did not ask for it, or it cannot be done.
 */
int hve_tlfs_tsc_freq_was(struct hve_partition *pt, u64 tsc_freq);

/**
 * hve_tlfs_reftime_get() - the partition reference counter
 * @pt: partition
 * @vp: any VP of it
 *
 * Return: 100 ns units. Context: both.
 */
u64 hve_tlfs_reftime_get(struct hve_partition *pt, struct hve_vp *vp);

/**
 * hve_tlfs_reftime_set() - restore the reference counter (KVM_SET_CLOCK)
 * @pt: partition
 * @vp: any VP of it
 * @val_100ns: its value now
 */
void hve_tlfs_reftime_set(struct hve_partition *pt, struct hve_vp *vp,
			  u64 val_100ns);

/**
 * hve_tlfs_time_freeze() - stop the reference counter (all VPs suspended)
 * @pt: partition, no VP running
 *
 * Context: may sleep.
 */
void hve_tlfs_time_freeze(struct hve_partition *pt);

/**
 * hve_tlfs_time_thaw() - let it go on where it stopped
 * @pt: partition
 *
 * Context: may sleep.
 */
void hve_tlfs_time_thaw(struct hve_partition *pt);

/**
 * hve_tlfs_ext_set() - which extended calls a partition has
 * @pt: partition without VPs
 * @capabilities: as HvExtCallQueryCapabilities tells them
 *
 * Return: 0, or -EINVAL: one that nobody could serve.
 */
int hve_tlfs_ext_set(struct hve_partition *pt, u64 capabilities);

/* Where a write rings, and which: HV_DOORBELL_* */
struct hve_doorbell {
	u64 gpa;
	u64 value;
	u32 flags;
};

/**
 * hve_tlfs_connect_doorbell() - a write of a guest signals a port
 * @pt: partition of the guest
 * @id: connection
 * @to: partition of the port
 * @port_id: doorbell port
 * @bell: which writes
 *
 * Context: may sleep. Return: as hve_tlfs_connect_port(); -EINVAL also for
 * another type of port.
 */
int hve_tlfs_connect_doorbell(struct hve_partition *pt, u32 id,
			      struct hve_partition *to, u32 port_id,
			      const struct hve_doorbell *bell);

/** hve_tlfs_doorbell() - hve_conn_doorbell(), of synic/ */
bool hve_tlfs_doorbell(struct hve_partition *pt, u64 gpa, u32 bytes, u64 val);

/**
 * hve_tlfs_stats_update() - write a VP's statistics pages, if it has any
 * @vp: the caller's VP
 *
 * Context: outside.
 */
void hve_tlfs_stats_update(struct hve_vp *vp);

#endif /* HVE_TLFS_H */
