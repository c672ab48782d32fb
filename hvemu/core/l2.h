/* SPDX-License-Identifier: GPL-2.0 */
/* Nested virtualization, inside core/ only. */
#ifndef HVE_CORE_L2_H
#define HVE_CORE_L2_H

#include "core/vcpu.h"

/** hve_in_l2() - does a guest of the guest run? */
static __always_inline bool hve_in_l2(const struct hve_vcpu *vcpu)
{
	return unlikely(vcpu->nested) && vcpu->nested->in_l2;
}

/** hve_vcpu_eptp() - EPT pointer of what runs */
static __always_inline u64 hve_vcpu_eptp(const struct hve_vcpu *vcpu)
{
	u64 gen;

	if (hve_in_l2(vcpu))
		return hve_nested_l2_eptp(vcpu->nested, &gen);
	return vcpu->vm->mmu.eptp[vcpu->cur_vtl];
}

/**
 * hve_l2_exit() - an exit while there may be an L2
 * @vcpu: VMCS open, exit decoded
 * @action: out
 *
 * Return: false: it is an exit for the ordinary row.
 */
bool hve_l2_exit(struct hve_vcpu *vcpu, enum hve_action *action);

/**
 * hve_l2_prepare() - before an entry into L2: what is L1's goes to L1
 * @vcpu: hve_in_l2(), VMCS open
 */
enum hve_action hve_l2_prepare(struct hve_vcpu *vcpu);

/** hve_l2_entry_failed() - the processor did not enter L2, by VMfail or an exit */
enum hve_action hve_l2_entry_failed(struct hve_vcpu *vcpu, bool vmfail);

/**
 * hve_l2_outside() - the part of an exit outside the window
 * @vcpu: VMCS closed
 * @action: out
 *
 * Return: false: it is for the ordinary row.
 */
bool hve_l2_outside(struct hve_vcpu *vcpu, enum hve_action *action);

/** hve_l2_tsc() - hve_nested_tsc() if there is an L2 */
static inline void hve_l2_tsc(const struct hve_vcpu *vcpu, u64 *offset, u64 *mult)
{
	if (hve_in_l2(vcpu))
		hve_nested_tsc(vcpu->nested, offset, mult);
}

/** hve_l2_deadline() - the earlier of a deadline and L1's timer; 0: none */
u64 hve_l2_deadline(const struct hve_vcpu *vcpu, u64 expiry_tsc);

/** hve_l2_keeps_irqs() - interrupts are exits to L1 and nothing for L2 */
static inline bool hve_l2_keeps_irqs(const struct hve_vcpu *vcpu)
{
	return hve_in_l2(vcpu) && hve_nested_l2_intr_exits(vcpu->nested);
}

/**
 * hve_l2_init() - INIT arrives: an exit of L2, and blocked in VMX operation
 * @vcpu: mutex held, VMCS closed
 *
 * Return: true when it is not to reset the vCPU now.
 */
bool hve_l2_init(struct hve_vcpu *vcpu);

/**
 * hve_l2_translate() - L1's address of one of L2's
 * @vcpu: hve_in_l2(), VMCS closed
 * @gpa: in and out
 * @access: HVE_MMU_*
 *
 * Return: false: L1 does not map it, and will hear of that.
 */
bool hve_l2_translate(struct hve_vcpu *vcpu, u64 *gpa, u32 access);

/**
 * hve_l2_direct_flush() - a hypercall of L2 that L1 left to us
 * @vcpu: hve_in_l2(), at a VMCALL; in a window or outside
 * @action: out
 *
 * Return: false: it is L1's.
 */
bool hve_l2_direct_flush(struct hve_vcpu *vcpu, enum hve_action *action);

/** hve_l2_call_read() - hve_host_gpa_read() while vcpu->l2_call */
int hve_l2_call_read(struct hve_vcpu *vcpu, u64 l2_gpa, void *dst, u32 len);

/** hve_l2_flush() - HVE_REQ_FLUSH_L2; in a window */
void hve_l2_flush(struct hve_vcpu *vcpu);

/* rows of exit.c */
enum hve_action hve_exit_vmx(struct hve_vcpu *vcpu);
enum hve_action hve_exit_vmx_outside(struct hve_vcpu *vcpu);

#endif /* HVE_CORE_L2_H */
