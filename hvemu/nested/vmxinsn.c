// SPDX-License-Identifier: GPL-2.0
/*
 * The VMX instructions of L1, with the checks of SDM, "VMX Instruction
 * Reference", in their order.  An operand in memory is read with the VMCS
 * closed; all else is done in the window.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "mmu/mmu.h"
#include "private.h"

#define FLAGS_ALL (X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
		   X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF)

/* Results: VMsucceed, VMfailInvalid, VMfailValid; SDM, "Conventions". */

static void flags_set(struct hve_nested *n, u64 flag)
{
	if (n->outside) {
		n->regs->rflags = (n->regs->rflags & ~(u64)FLAGS_ALL) | flag;
		n->regs->dirty = true;
	} else {
		vmcs_write(GUEST_RFLAGS, (vmcs_read(GUEST_RFLAGS) &
					  ~(u64)FLAGS_ALL) | flag);
	}
}

static enum hve_nested_result succeed(struct hve_nested *n)
{
	flags_set(n, 0);
	return HVE_NESTED_SKIP;
}

static enum hve_nested_result fail_invalid(struct hve_nested *n)
{
	flags_set(n, X86_EFLAGS_CF);
	return HVE_NESTED_SKIP;
}

/**
 * hve_vmx_fail() - an instruction of L1 (or of L2, VMCS shadowing) fails
 * @n: in VMX operation
 * @error: VMXERR_*, 0: VMfailInvalid
 */
enum hve_nested_result hve_vmx_fail(struct hve_nested *n, u32 error)
{
	if (!error || (n->vmcs12_gpa == HVE_NO_VMCS12 && !n->evmcs.active))
		return fail_invalid(n);
	n->v12->vm_instruction_error = error;
	if (n->evmcs.active)
		hve_evmcs_error(n, error);
	flags_set(n, X86_EFLAGS_ZF);
	return HVE_NESTED_SKIP;
}

static enum hve_nested_result raise(struct hve_nested *n, u8 vector)
{
	hve_nested_host_raise(n->vcpu, vector);
	return HVE_NESTED_RESUME;
}

/* Operands; SDM, "Format of the VM-Exit Instruction-Information Field". */

#define INFO_SCALE(i)	((i) & 3)
#define INFO_REG1(i)	((i) >> 3 & 15)
#define INFO_ADDR(i)	((i) >> 7 & 7)		/* 16, 32, 64 bits */
#define INFO_IS_REG	BIT(10)
#define INFO_SEG(i)	((i) >> 15 & 7)
#define INFO_INDEX(i)	((i) >> 18 & 15)
#define INFO_NO_INDEX	BIT(22)
#define INFO_BASE(i)	((i) >> 23 & 15)
#define INFO_NO_BASE	BIT(27)
#define INFO_REG2(i)	((i) >> 28 & 15)

static u64 gpr_read(struct hve_nested *n, unsigned int reg)
{
	if (reg == REG_RSP && !n->outside)
		return vmcs_read(GUEST_RSP);
	return n->regs->gpr[reg];
}

static void gpr_write(struct hve_nested *n, unsigned int reg, u64 val)
{
	if (reg == REG_RSP && !n->outside)
		vmcs_write(GUEST_RSP, val);
	else
		n->regs->gpr[reg] = val;
}

/* Outside. Return: 0, or -EFAULT with an exception queued. */
static int operand(struct hve_nested *n, void *buf, u32 len, bool write)
{
	u32 info = n->exit->insn_info;
	u64 offset = n->exit->qual;

	if (!(info & INFO_NO_BASE))
		offset += gpr_read(n, INFO_BASE(info));
	if (!(info & INFO_NO_INDEX))
		offset += gpr_read(n, INFO_INDEX(info)) << INFO_SCALE(info);
	if (INFO_ADDR(info) == 0)
		offset = (u16)offset;
	else if (INFO_ADDR(info) == 1)
		offset = (u32)offset;
	return hve_nested_host_operand(n->vcpu, INFO_SEG(info), offset, buf,
				       len, write);
}

/* What a processor keeps of the current VMCS goes to memory. */
static void write_back(struct hve_nested *n)
{
	/* memory that is gone takes the VMCS with it */
	hve_nested_host_write(n->vcpu, n->vmcs12_gpa, n->v12, VMCS12_SIZE);
	n->vmcs12_gpa = HVE_NO_VMCS12;
}

/* IA32_FEATURE_CONTROL */
#define FC_LOCKED	BIT(0)
#define FC_OUTSIDE_SMX	BIT(2)

static enum hve_nested_result insn_vmxon(struct hve_nested *n)
{
	u32 revision;
	u64 l1_gpa;

	if (operand(n, &l1_gpa, sizeof(l1_gpa), false))
		return HVE_NESTED_RESUME;
	if (!l1_page_valid(n, l1_gpa) ||
	    hve_nested_host_read(n->vcpu, l1_gpa, &revision, sizeof(revision)) ||
	    revision != VMCS12_REVISION)
		return fail_invalid(n);
	if (hve_nested_alloc(n))
		return HVE_NESTED_NO_MEMORY;
	n->vmxon = true;
	n->vmxon_gpa = l1_gpa;
	n->vmcs12_gpa = HVE_NO_VMCS12;
	return succeed(n);
}

static enum hve_nested_result insn_vmxoff(struct hve_nested *n)
{
	if (n->vmcs12_gpa != HVE_NO_VMCS12)
		write_back(n);
	hve_evmcs_release(n);
	n->vmxon = false;
	return succeed(n);
}

static enum hve_nested_result insn_vmclear(struct hve_nested *n)
{
	u32 clear = VMCS12_CLEAR;
	u64 l1_gpa;

	if (operand(n, &l1_gpa, sizeof(l1_gpa), false))
		return HVE_NESTED_RESUME;
	if (!l1_page_valid(n, l1_gpa))
		return hve_vmx_fail(n, VMXERR_VMCLEAR_INVALID_ADDRESS);
	if (l1_gpa == n->vmxon_gpa)
		return hve_vmx_fail(n, VMXERR_VMCLEAR_VMXON_POINTER);
	if (hve_evmcs_vmclear(n, l1_gpa))
		return succeed(n);
	if (l1_gpa == n->vmcs12_gpa) {
		n->v12->launch_state = VMCS12_CLEAR;
		write_back(n);
	} else {
		hve_nested_host_write(n->vcpu, l1_gpa +
				      offsetof(struct vmcs12, launch_state),
				      &clear, sizeof(clear));
	}
	return succeed(n);
}

/* An ordinary VMCS, or a shadow VMCS where L1 may use these. */
static bool revision_ok(struct hve_nested *n, u32 revision)
{
	if (hve_caps_may(&n->caps, MSR_IA32_VMX_PROCBASED_CTLS2) &
	    SECONDARY_EXEC_SHADOW_VMCS)
		revision &= ~VMCS12_SHADOW_BIT;
	return revision == VMCS12_REVISION;
}

static enum hve_nested_result insn_vmptrld(struct hve_nested *n)
{
	u32 revision;
	u64 l1_gpa;

	if (operand(n, &l1_gpa, sizeof(l1_gpa), false))
		return HVE_NESTED_RESUME;
	if (!l1_page_valid(n, l1_gpa))
		return hve_vmx_fail(n, VMXERR_VMPTRLD_INVALID_ADDRESS);
	if (l1_gpa == n->vmxon_gpa)
		return hve_vmx_fail(n, VMXERR_VMPTRLD_VMXON_POINTER);
	if (l1_gpa == n->vmcs12_gpa)
		return succeed(n);
	if (hve_nested_host_read(n->vcpu, l1_gpa, &revision, sizeof(revision)) ||
	    !revision_ok(n, revision))
		return hve_vmx_fail(n, VMXERR_VMPTRLD_INCORRECT_VMCS_REVISION_ID);
	if (n->vmcs12_gpa != HVE_NO_VMCS12)
		write_back(n);
	if (hve_nested_host_read(n->vcpu, l1_gpa, n->v12, VMCS12_SIZE))
		return hve_vmx_fail(n, VMXERR_VMPTRLD_INCORRECT_VMCS_REVISION_ID);
	n->vmcs12_gpa = l1_gpa;
	hve_evmcs_release(n);
	return succeed(n);
}

static enum hve_nested_result insn_vmptrst(struct hve_nested *n)
{
	u64 l1_gpa = n->vmcs12_gpa;

	if (operand(n, &l1_gpa, sizeof(l1_gpa), true))
		return HVE_NESTED_RESUME;
	return succeed(n);
}

static u64 insn_mask(struct hve_nested *n)
{
	return hve_vmx_long_mode(n->vmx) ? ~0ull : U32_MAX;
}

/* L2's are of the shadow VMCS. */
static bool vmcs_there(const struct hve_nested *n)
{
	if (n->in_l2)
		return hve_shadow_vmcs_linked(n);
	return n->evmcs.active || n->vmcs12_gpa != HVE_NO_VMCS12;
}

static int field_read(struct hve_nested *n, u64 field, u64 *val)
{
	if (n->in_l2)
		return hve_shadow_vmcs_read(n, field, val);
	if (n->evmcs.active)
		return hve_evmcs_vmread(n, field, val);
	return hve_vmcs12_read(n->v12, &n->caps, field, val);
}

static int field_write(struct hve_nested *n, u64 field, u64 val)
{
	if (n->in_l2)
		return hve_shadow_vmcs_write(n, field, val);
	if (n->evmcs.active)
		return hve_evmcs_vmwrite(n, field, val);
	return hve_vmcs12_write(n->v12, &n->caps, field, val);
}

static enum hve_nested_result insn_vmread(struct hve_nested *n)
{
	u32 info = n->exit->insn_info;
	u64 mask = insn_mask(n), val;
	u64 field = gpr_read(n, INFO_REG2(info)) & mask;
	int error;

	if (!vmcs_there(n))
		return fail_invalid(n);
	error = field_read(n, field, &val);
	if (error == -EAGAIN)
		return HVE_NESTED_MEMORY;
	if (error)
		return hve_vmx_fail(n, error);
	if (info & INFO_IS_REG)
		gpr_write(n, INFO_REG1(info), val & mask);
	else if (operand(n, &val, mask == U32_MAX ? 4 : 8, true))
		return HVE_NESTED_RESUME;
	return succeed(n);
}

static enum hve_nested_result insn_vmwrite(struct hve_nested *n)
{
	u32 info = n->exit->insn_info;
	u64 mask = insn_mask(n), val = 0;
	u64 field = gpr_read(n, INFO_REG2(info)) & mask;
	int error;

	if (!vmcs_there(n))
		return fail_invalid(n);
	if (info & INFO_IS_REG)
		val = gpr_read(n, INFO_REG1(info)) & mask;
	else if (operand(n, &val, mask == U32_MAX ? 4 : 8, false))
		return HVE_NESTED_RESUME;
	error = field_write(n, field, val);
	if (error == -EAGAIN)
		return HVE_NESTED_MEMORY;
	return error ? hve_vmx_fail(n, error) : succeed(n);
}

static enum hve_nested_result bad_operand(struct hve_nested *n)
{
	return hve_vmx_fail(n, VMXERR_INVALID_OPERAND_TO_INVEPT_INVVPID);
}

static enum hve_nested_result insn_invept(struct hve_nested *n)
{
	u64 cap = hve_caps_get(&n->caps, MSR_IA32_VMX_EPT_VPID_CAP);
	u64 type = gpr_read(n, INFO_REG2(n->exit->insn_info)) & insn_mask(n);
	struct { u64 eptp, rsvd; } desc;

	if (!(type == VMX_EPT_EXTENT_CONTEXT && (cap & VMX_EPT_EXTENT_CONTEXT_BIT)) &&
	    !(type == VMX_EPT_EXTENT_GLOBAL && (cap & VMX_EPT_EXTENT_GLOBAL_BIT)))
		return bad_operand(n);
	if (operand(n, &desc, sizeof(desc), false))
		return HVE_NESTED_RESUME;
	if (type == VMX_EPT_EXTENT_CONTEXT && !hve_nested_eptp_valid(n, desc.eptp))
		return bad_operand(n);
	hve_nested_ept_flush(n, type == VMX_EPT_EXTENT_CONTEXT ? desc.eptp : 0);
	return succeed(n);
}

static enum hve_nested_result insn_invvpid(struct hve_nested *n)
{
	u64 cap = hve_caps_get(&n->caps, MSR_IA32_VMX_EPT_VPID_CAP) >> 32;
	u64 type = gpr_read(n, INFO_REG2(n->exit->insn_info)) & insn_mask(n);
	struct { u64 vpid, l1_gva; } desc;

	if (type > VMX_VPID_EXTENT_SINGLE_NON_GLOBAL || !(cap >> (8 + type) & 1))
		return bad_operand(n);
	if (operand(n, &desc, sizeof(desc), false))
		return HVE_NESTED_RESUME;
	if (desc.vpid >> 16)
		return bad_operand(n);
	if (type != VMX_VPID_EXTENT_ALL_CONTEXT && !desc.vpid)
		return bad_operand(n);
	if (type == VMX_VPID_EXTENT_INDIVIDUAL_ADDR && !canonical(desc.l1_gva, false))
		return bad_operand(n);
	/* one VPID of ours holds what all of L1's have */
	n->flush_vpid = true;
	return succeed(n);
}

static enum hve_nested_result run_insn(struct hve_nested *n)
{
	switch (n->exit->reason) {
	case EXIT_REASON_VMLAUNCH:
	case EXIT_REASON_VMRESUME:
		/* outside for this, then once more */
		return hve_nested_ept_get(n) ? HVE_NESTED_NO_MEMORY :
					       HVE_NESTED_RESUME;
	case EXIT_REASON_VMON:
		return insn_vmxon(n);
	case EXIT_REASON_VMOFF:
		return insn_vmxoff(n);
	case EXIT_REASON_VMCLEAR:
		return insn_vmclear(n);
	case EXIT_REASON_VMPTRLD:
		return insn_vmptrld(n);
	case EXIT_REASON_VMPTRST:
		return insn_vmptrst(n);
	case EXIT_REASON_VMREAD:
		return insn_vmread(n);
	case EXIT_REASON_VMWRITE:
		return insn_vmwrite(n);
	case EXIT_REASON_INVEPT:
		return insn_invept(n);
	case EXIT_REASON_INVVPID:
		return insn_invvpid(n);
	}
	return raise(n, X86_TRAP_UD);
}

enum hve_nested_result hve_nested_insn_outside(struct hve_nested *n)
{
	enum hve_nested_result r;

	n->outside = true;
	r = run_insn(n);
	n->outside = false;
	return r;
}

/* VMXON has more conditions than the others, and some the other way round. */
static enum hve_nested_result check_vmxon(struct hve_nested *n)
{
	u64 fc = hve_nested_host_feature_control(n->vcpu);

	if (!(hve_vmx_cr4_get(n->vmx) & X86_CR4_VMXE))
		return raise(n, X86_TRAP_UD);
	if (hve_vmx_cpl())
		return raise(n, X86_TRAP_GP);
	if (n->vmxon)
		return hve_vmx_fail(n, VMXERR_VMXON_IN_VMX_ROOT_OPERATION);
	if (!(fc & FC_LOCKED) || !(fc & FC_OUTSIDE_SMX) ||
	    !hve_nested_cr0_fixed(n, hve_vmx_cr0_get(n->vmx)) ||
	    !hve_nested_cr4_fixed(n, hve_vmx_cr4_get(n->vmx)))
		return raise(n, X86_TRAP_GP);
	return HVE_NESTED_OUTSIDE;
}

/* Its operand in memory is for outside. */
static enum hve_nested_result with_operand(struct hve_nested *n)
{
	n->exit->qual = vmcs_read(EXIT_QUALIFICATION);
	return HVE_NESTED_OUTSIDE;
}

enum hve_nested_result hve_nested_shadow_insn(struct hve_nested *n)
{
	if (hve_vmx_cpl())
		return raise(n, X86_TRAP_GP);
	return n->exit->insn_info & INFO_IS_REG ? run_insn(n) : with_operand(n);
}

enum hve_nested_result hve_nested_insn(struct hve_nested *n)
{
	u16 reason = n->exit->reason;
	enum hve_nested_result r;

	/* the processor has checked mode and RFLAGS.VM before the exit */
	if (reason == EXIT_REASON_VMON) {
		r = check_vmxon(n);
		return r == HVE_NESTED_OUTSIDE ? with_operand(n) : r;
	}
	if (!n->vmxon)
		return raise(n, X86_TRAP_UD);
	if (hve_vmx_cpl())
		return raise(n, X86_TRAP_GP);
	switch (reason) {
	case EXIT_REASON_VMLAUNCH:
	case EXIT_REASON_VMRESUME:
		return hve_nested_launch(n, reason == EXIT_REASON_VMRESUME);
	case EXIT_REASON_VMREAD:
	case EXIT_REASON_VMWRITE:
		if (n->exit->insn_info & INFO_IS_REG)
			return run_insn(n);
		break;
	case EXIT_REASON_VMOFF:
		return HVE_NESTED_OUTSIDE;
	}
	return with_operand(n);
}
