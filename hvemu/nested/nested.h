/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMX for a guest that is a hypervisor: L1 is our guest, L2 is L1's.  L1's
 * VMCS is vmcs12; L2 runs on vmcs02, made of vmcs12 and of what we need
 * ourselves.  Core calls in, and implements the hve_nested_host_*() functions.
 *
 * Of the two struct hve_vmx the one that runs is always the VTL's: an L2 that
 * runs is "the guest" for everything that core does with registers.  All [v].
 */
#ifndef HVE_NESTED_H
#define HVE_NESTED_H

#include <linux/types.h>
#include "vmx/vmx.h"
#include "evmcs.h"
#include "vmxmsr.h"

struct hve_mmu;
struct hve_mmu_cache;
struct hve_shadow;
struct hve_vcpu;
struct kvm_nested_state;
struct kvm_vmx_nested_state_data;
struct vmcs12;

/* What hve_nested_*() wants of its caller. */
enum hve_nested_result {
	HVE_NESTED_SKIP,	/* done: RIP behind the instruction */
	HVE_NESTED_RESUME,	/* done: RIP is right */
	HVE_NESTED_OUTSIDE,	/* to be run again with the window closed */
	HVE_NESTED_MEMORY,	/* bring want_gpa in, then try again */
	HVE_NESTED_L0,		/* not L1's: ours */
	HVE_NESTED_SHUTDOWN,	/* VMX abort */
	HVE_NESTED_NO_MEMORY,	/* KVM_RUN fails */
};

/* An exit from L2 to L1. */
struct hve_nested_exit {
	u32 reason;		/* with the bit of a failed entry */
	u32 intr_info, intr_err;
	u32 insn_len, insn_info;
	u64 qual;
	u64 l2_gpa, l2_gva;
};

/* An entry of an MSR list; SDM, "Format of an MSR Entry". */
struct hve_msr_entry {
	u32 index, rsvd;
	u64 value;
};

/* Of each part of an MSR bitmap so much is looked at. */
#define HVE_BITMAP_PARTS	4
#define HVE_BITMAP_BYTES	80
#define HVE_VMCS02_ROWS	45	/* guest state that is copied, vmcs02.c */

#define HVE_NESTED_MSRS	512	/* entries of a list, IA32_VMX_MISC */
#define HVE_NO_VMCS12	(~0ull)

#define HVE_EVMCS_SOMEWHERE (~0ull)	/* where the assist page says */

/* An enlightened VMCS in place of one that VMPTRLD loads. */
struct hve_evmcs {
	struct hv_enlightened_vmcs *page; /* copy of L1's */
	struct hve_nested_caps caps;	/* without what it has no fields for */
	struct hve_evmcs_control ctl;
	u64 l1_gpa;
	u32 clean;			/* at the last entry */
	bool allowed;			/* KVM_CAP_HYPERV_ENLIGHTENED_VMCS */
	bool active;			/* v12 is of the page at l1_gpa */
	bool entered;			/* L2 ran with it */
};

struct hve_nested {
	struct hve_vcpu *vcpu;		/* [c] */
	struct hve_vmx *vmx;		/* [c] the VTL's: the one that runs */
	struct hve_regs *regs;		/* [c] */
	struct hve_exit *exit;		/* [c] */
	struct hve_window *w;		/* [c] */
	struct hve_mmu *mmu;		/* [c] of the VM */
	struct hve_vmx other;		/* the one that does not run */
	struct hve_nested_caps caps;
	struct vmcs12 *v12;		/* cache of the current one */
	struct hve_msr_entry *msrs;	/* a list at work */
	bool vmxon;
	bool in_l2;
	bool restored;			/* KVM_SET_NESTED_STATE was there */
	bool run_pending;		/* entered, but has not run yet */
	bool launching;			/* by VMLAUNCH */
	bool entered;			/* vmcs02 was in use before */
	bool leaving;			/* pending waits for memory */
	bool saved;			/* and v12 has it already */
	struct hve_evmcs evmcs;
	bool want_write;
	bool bitmap_stale;		/* merge L1's MSR bitmap before L2 runs */
	bool outside;			/* the VMCS is closed */
	bool flush_vpid;		/* drop the linear translations of L2 */
	u64 want_gpa;
	u64 vmxon_gpa;
	u64 vmcs12_gpa;			/* of the current one, or HVE_NO_VMCS12 */
	struct hve_nested_exit pending;
	u64 preempt_tsc;		/* host TSC when L1's timer expires; 0: off */
	u16 vpid12;			/* vmcs02 holds translations of it */
	u8 bitmap12[HVE_BITMAP_PARTS][HVE_BITMAP_BYTES]; /* of L1's, as merged */
	u32 bitmap_gen;
	u64 row02[HVE_VMCS02_ROWS];	/* what vmcs02 holds */
	u64 eptp02;
	u32 pf_mask, pf_match;
	struct hve_shadow *shadow;	/* EPT of L2 where L1 uses EPT */
	u64 shadow_eptp12;		/* it is of that one */
	u8 launch_len;			/* length of the VMLAUNCH, VMRESUME */
	bool init_blocked;		/* INIT came in VMX operation */
	bool exit_soon;			/* L1 wants one right after the entry */
	enum hve_nested_result outside_wants;
	u64 l1_efer, l1_pat, l1_debugctl; /* at the last entry */
	u64 l1_pdpte[4], l2_pdpte[4];	/* read from memory */
};

/** hve_nested_init() - what the processors offer; at module init */
void hve_nested_init(void);

/** hve_nested_caps_max() - all that a guest may ever have */
const struct hve_nested_caps *hve_nested_caps_max(void);

/** hve_nested_init_vcpu() - VMX for a vCPU; all but the pointers is zero */
void hve_nested_init_vcpu(struct hve_nested *n);

/**
 * hve_nested_alloc() - what only those need that are in VMX operation
 * @n: of a vCPU
 *
 * Context: may sleep. Return: 0, -ENOMEM, -ENOSPC.
 */
int hve_nested_alloc(struct hve_nested *n);

/** hve_nested_caps_changed() - n->caps are others */
void hve_nested_caps_changed(struct hve_nested *n);

/** hve_nested_evmcs_allow() - for good. Return: 0, -ENOMEM */
int hve_nested_evmcs_allow(struct hve_nested *n);

void hve_nested_evmcs_free(struct hve_nested *n);

/** hve_nested_destroy() - may be half made */
void hve_nested_destroy(struct hve_nested *n);

/**
 * hve_nested_insn() - L1 executed a VMX instruction
 * @n: exit decoded; VMCS open
 *
 * Those with an operand in memory are answered HVE_NESTED_OUTSIDE.
 */
enum hve_nested_result hve_nested_insn(struct hve_nested *n);

/** hve_nested_insn_outside() - the same with the VMCS closed */
enum hve_nested_result hve_nested_insn_outside(struct hve_nested *n);

/**
 * hve_nested_leave() - L2 exits to L1
 * @n: in_l2, VMCS open
 * @e: exit, copied
 *
 * Return: HVE_NESTED_RESUME; HVE_NESTED_MEMORY: it goes on at the next call of
 * hve_nested_leave_again(); HVE_NESTED_SHUTDOWN.
 */
enum hve_nested_result hve_nested_leave(struct hve_nested *n,
					const struct hve_nested_exit *e);

/** hve_nested_leave_soon() - the same before L2 runs again; VMCS closed */
static inline void hve_nested_leave_soon(struct hve_nested *n, u32 reason)
{
	n->pending = (struct hve_nested_exit){ .reason = reason };
	n->leaving = true;
}

/** hve_nested_leave_again() - another try while n->leaving */
enum hve_nested_result hve_nested_leave_again(struct hve_nested *n);

/**
 * hve_nested_l2_exit() - an exit of L2: L1's, or ours?
 * @n: exit decoded, VMCS open
 *
 * Return: HVE_NESTED_L0 or as hve_nested_leave().
 */
enum hve_nested_result hve_nested_l2_exit(struct hve_nested *n);

/** hve_nested_wants_exception() - is an exception of L2 an exit for L1? */
bool hve_nested_wants_exception(struct hve_nested *n, u8 vector, u32 err);

/** hve_nested_l2_intr_exits() - do external interrupts leave L2 for L1? */
bool hve_nested_l2_intr_exits(const struct hve_nested *n);

/** hve_nested_l2_nmi_exits() - and NMIs? */
bool hve_nested_l2_nmi_exits(const struct hve_nested *n);

/** hve_nested_l2_ack_intr() - with the vector acknowledged? */
bool hve_nested_l2_ack_intr(const struct hve_nested *n);

/**
 * hve_nested_entry_failed() - the processor did not take vmcs02
 * @n: in_l2, exit decoded, VMCS open
 * @vmfail: by VMfail, else by an exit
 */
enum hve_nested_result hve_nested_entry_failed(struct hve_nested *n,
					       bool vmfail);

/* What L1's EPT says of an address of L2. */
struct hve_ept12 {
	u64 l1_gpa;
	int level;
	u32 rights;			/* HVE_MMU_* */
	u32 reason;			/* of the exit to L1 */
};

/** hve_nested_l2_shadow() - tables that L2 runs on, NULL: L1's */
struct hve_shadow *hve_nested_l2_shadow(const struct hve_nested *n);

/** hve_nested_l2_eptp() - EPT pointer that L2 runs on, and its generation */
u64 hve_nested_l2_eptp(struct hve_nested *n, u64 *gen);

/**
 * hve_nested_ept_walk() - walk L1's EPT
 * @n: hve_nested_l2_shadow()
 * @l2_gpa: address
 * @access: HVE_MMU_*
 * @out: filled in
 *
 * Return: 0: mapped; 1: an exit of @out->reason; -EAGAIN in a window; -EFAULT:
 * a table is where no memory is.
 */
int hve_nested_ept_walk(struct hve_nested *n, u64 l2_gpa, u32 access,
			struct hve_ept12 *out);

void hve_nested_ept_exit(struct hve_nested *n, u64 l2_gpa, u64 l2_gva, u64 qual,
			 const struct hve_ept12 *walk);

/**
 * hve_nested_tsc() - what L1 makes of its TSC for L2
 * @n: in_l2
 * @offset: in and out; or a TSC of L1, out as L2 reads it
 * @mult: in and out, 16.48, 0: no scaling
 */
void hve_nested_tsc(const struct hve_nested *n, u64 *offset, u64 *mult);

/** hve_nested_cr0_fixed() - may L1 have this CR0 in VMX operation? */
bool hve_nested_cr0_fixed(const struct hve_nested *n, u64 cr0);

/** hve_nested_cr4_fixed() - and this CR4? */
bool hve_nested_cr4_fixed(const struct hve_nested *n, u64 cr4);

/**
 * hve_nested_state_get() - KVM_GET_NESTED_STATE
 * @n: VMCS closed; NULL: no VMX
 * @out: filled in
 * @data: filled in when there is a current VMCS
 *
 * Return: bytes of the whole.
 */
u32 hve_nested_state_get(struct hve_nested *n, struct kvm_nested_state *out,
			 struct kvm_vmx_nested_state_data *data);

/**
 * hve_nested_state_set() - KVM_SET_NESTED_STATE
 * @n: VMCS closed; NULL: no VMX
 * @in: header, checked by nobody yet
 * @data: what @in->size has room for; the rest is zero
 *
 * Return: 0, -EINVAL, -ENOMEM, -EIO.
 */
int hve_nested_state_set(struct hve_nested *n, const struct kvm_nested_state *in,
			 const struct kvm_vmx_nested_state_data *data);

/* For core, in a window of hve_nested_host_save() and its kin. */
int hve_nested_restore(struct hve_nested *n, struct hve_window *w);
int hve_nested_drop(struct hve_nested *n, struct hve_window *w);
void hve_nested_save(struct hve_nested *n);

/** hve_nested_bitmap() - merge the MSR bitmaps again; 0 or -EAGAIN */
int hve_nested_bitmap(struct hve_nested *n);

/* Implemented by core. */

/** hve_nested_host_save() - hve_nested_save() with the VMCS open */
void hve_nested_host_save(struct hve_vcpu *vcpu);

/** hve_nested_host_restore() - hve_nested_restore() likewise. Return: 0, -EIO. */
int hve_nested_host_restore(struct hve_vcpu *vcpu);

/** hve_nested_host_leave() - hve_nested_drop() likewise. Return: 0, -EIO. */
int hve_nested_host_leave(struct hve_vcpu *vcpu);

/** hve_nested_host_evmcs() - the enlightened VMCS that L1 wants used, if any */
bool hve_nested_host_evmcs(struct hve_vcpu *vcpu, u64 *l1_gpa);

/** hve_nested_host_read() - L1's memory. Return: 0; -EAGAIN in a window; -EFAULT */
int hve_nested_host_read(struct hve_vcpu *vcpu, u64 l1_gpa, void *buf, u32 len);

/** hve_nested_host_write() - likewise */
int hve_nested_host_write(struct hve_vcpu *vcpu, u64 l1_gpa, const void *buf,
			  u32 len);

/**
 * hve_nested_host_operand() - an operand in memory; VMCS closed
 * @vcpu: whose
 * @seg: segment as the instruction encodes it
 * @offset: in the segment
 * @buf: data
 * @len: bytes
 * @write: to memory
 *
 * Return: 0; -EFAULT with the exception queued, or when no host memory is.
 */
int hve_nested_host_operand(struct hve_vcpu *vcpu, unsigned int seg, u64 offset,
			    void *buf, u32 len, bool write);

/** hve_nested_host_raise() - an exception for the guest that runs */
void hve_nested_host_raise(struct hve_vcpu *vcpu, u8 vector);

/** hve_nested_host_msr_read() - 0, -EINVAL, -EAGAIN in a window */
int hve_nested_host_msr_read(struct hve_vcpu *vcpu, u32 msr, u64 *val);

/** hve_nested_host_msr_write() - likewise */
int hve_nested_host_msr_write(struct hve_vcpu *vcpu, u32 msr, u64 val);

/** hve_nested_host_tsc_offset() - of L1 against the host */
u64 hve_nested_host_tsc_offset(struct hve_vcpu *vcpu);

/** hve_nested_host_tsc_load() - TSC of the guest that runs; VMCS open */
void hve_nested_host_tsc_load(struct hve_vcpu *vcpu);

/** hve_nested_host_feature_control() - IA32_FEATURE_CONTROL of the guest */
u64 hve_nested_host_feature_control(struct hve_vcpu *vcpu);

/** hve_nested_host_efer_valid() - bits of EFER that L1 may set */
u64 hve_nested_host_efer_valid(struct hve_vcpu *vcpu);

/** hve_nested_host_maxphyaddr() - physical address bits of the guest */
unsigned int hve_nested_host_maxphyaddr(struct hve_vcpu *vcpu);

/** hve_nested_host_ept() - EPT pointer of L1 and its generation */
u64 hve_nested_host_ept(struct hve_vcpu *vcpu, u64 *gen);

/** hve_nested_host_switch() - about to change VMCS; it is open */
void hve_nested_host_switch(struct hve_vcpu *vcpu);

/** hve_nested_host_inject() - an event for the next entry, not to be lost */
void hve_nested_host_inject(struct hve_vcpu *vcpu, u32 info, u32 err, u32 len);

/**
 * hve_nested_host_vectoring() - the event whose delivery an exit interrupted
 * @vcpu: whose
 * @err: out, error code
 * @len: out, instruction length
 *
 * It is not delivered again. Return: information, 0: none.
 */
u32 hve_nested_host_vectoring(struct hve_vcpu *vcpu, u32 *err, u32 *len);

/** hve_nested_host_halt() - the guest's activity state is HLT */
void hve_nested_host_halt(struct hve_vcpu *vcpu);

/** hve_nested_host_dr7() - a new DR7 of the guest that runs; VMCS open */
void hve_nested_host_dr7(struct hve_vcpu *vcpu, u64 dr7);

#endif /* HVE_NESTED_H */
