/* SPDX-License-Identifier: GPL-2.0 */
/* Exit handlers, inside core/ only. */
#ifndef HVE_CORE_EXIT_H
#define HVE_CORE_EXIT_H

#include "core/l2.h"
#include "core/vcpu.h"

struct hve_exit_row {
	enum hve_action (*in_window)(struct hve_vcpu *vcpu);
	enum hve_action (*outside)(struct hve_vcpu *vcpu);
};

/* exit.c: by basic exit reason */
extern const struct hve_exit_row hve_exit_rows[HVE_VMX_REASONS];

/** hve_exit_unexpected() - an exit without a row; VMCS open */
enum hve_action hve_exit_unexpected(struct hve_vcpu *vcpu);

/**
 * hve_exit_in_window() - run the row of the exit
 * @vcpu: VMCS open, exit decoded, its reason below HVE_VMX_REASONS
 * @l2: it may be one of a guest of the guest
 */
static __always_inline enum hve_action hve_exit_in_window(struct hve_vcpu *vcpu,
							  bool l2)
{
	u16 reason = vcpu->exit.reason;
	enum hve_action action;

	if (l2 && hve_in_l2(vcpu) && hve_l2_exit(vcpu, &action))
		return action;
	if (unlikely(!hve_exit_rows[reason].in_window))
		return hve_exit_unexpected(vcpu);
	vcpu->stats.by_reason[reason]++;
	return hve_exit_rows[reason].in_window(vcpu);
}

/** hve_skip_insn() - RIP behind the instruction that exited; both contexts */
void hve_skip_insn(struct hve_vcpu *vcpu);

/** hve_finish_insn() - skip it, or inject what it earned */
enum hve_action hve_finish_insn(struct hve_vcpu *vcpu, enum hve_fault fault);

/** hve_gpr_read() - a register by number; RSP is in the VMCS; VMCS open */
u64 hve_gpr_read(struct hve_vcpu *vcpu, unsigned int reg);

/** hve_gpr_write() - likewise */
void hve_gpr_write(struct hve_vcpu *vcpu, unsigned int reg, u64 val);

enum hve_action hve_exit_cr(struct hve_vcpu *vcpu);
enum hve_action hve_exit_cr_outside(struct hve_vcpu *vcpu);
enum hve_action hve_exit_dr(struct hve_vcpu *vcpu);
enum hve_action hve_exit_xsetbv(struct hve_vcpu *vcpu);

/** hve_gpa_action() - what is left to do after hve_gpa_fault(); VMCS closed */
enum hve_action hve_gpa_action(struct hve_vcpu *vcpu, enum hve_gpa_result r);

/**
 * hve_ept_nmi_unblocked() - NMIs stay blocked if IRET met an EPT violation
 * @vcpu: VMCS open, its exit
 *
 * SDM, "Information About NMI Unblocking Due to IRET".
 */
void hve_ept_nmi_unblocked(struct hve_vcpu *vcpu);

/** hve_gpa_is_memory() - slot or overlay there? any context of the vCPU */
bool hve_gpa_is_memory(struct hve_vcpu *vcpu, u64 gpa);

/**
 * hve_gpa_user_address() - where the VMM has memory of the guest
 * @vcpu: vcpu->slots_held
 * @gpa: address
 *
 * Return: 0 with no slot there, or an overlay over it.
 */
unsigned long hve_gpa_user_address(struct hve_vcpu *vcpu, u64 gpa);

/**
 * hve_overlay_rights() - of the overlay on a frame
 * @vm: VM
 * @gfn: frame
 * @rights: out, HVE_OVERLAY_*
 *
 * Return: false when there is none.
 */
bool hve_overlay_rights(struct hve_vm *vm, u64 gfn, u32 *rights);

#endif /* HVE_CORE_EXIT_H */
