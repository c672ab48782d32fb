// SPDX-License-Identifier: GPL-2.0
/*
 * Exits of L2: which of them are L1's (reflect.c decides), and what they tell
 * it.
 */
#include <linux/kernel.h>
#include <asm/trapnr.h>
#include "mmu/mmu.h"
#include "private.h"
#include "reflect.h"

bool hve_nested_l2_intr_exits(const struct hve_nested *n)
{
	return has_pin(n->v12, PIN_BASED_EXT_INTR_MASK);
}

bool hve_nested_l2_nmi_exits(const struct hve_nested *n)
{
	return has_pin(n->v12, PIN_BASED_NMI_EXITING);
}

bool hve_nested_l2_ack_intr(const struct hve_nested *n)
{
	return n->v12->vm_exit_controls & VM_EXIT_ACK_INTR_ON_EXIT;
}

bool hve_nested_wants_exception(struct hve_nested *n, u8 vector, u32 err)
{
	return hve_l2_exception_exits(n->v12, vector, err);
}

static int read_bitmap(void *ctx, u64 l1_gpa, void *buf, u32 len)
{
	return l1_read(ctx, l1_gpa, buf, len);
}

static bool is_vmcs_access(u16 reason)
{
	return reason == EXIT_REASON_VMREAD || reason == EXIT_REASON_VMWRITE;
}

static enum hve_l2_owner owner(struct hve_nested *n)
{
	const struct hve_exit *exit = n->exit;
	struct hve_l2_exit e = {
		.reason = exit->reason,
		.qual = exit->qual,
		.intr_info = exit->intr_info,
		.intr_err = exit->intr_err,
		.insn_info = exit->insn_info,
		.gpr = n->regs->gpr,
		.read = read_bitmap,
		.ctx = n,
	};

	/* those with a register operand that may be RSP */
	if (exit->reason == EXIT_REASON_CR_ACCESS || is_vmcs_access(exit->reason))
		n->regs->gpr[REG_RSP] = vmcs_read(GUEST_RSP);
	return hve_l2_exit_owner(n->v12, &e);
}

/* Reasons that have neither qualification nor instruction information. */
static bool is_plain(u16 reason)
{
	switch (reason) {
	case EXIT_REASON_EXTERNAL_INTERRUPT:
	case EXIT_REASON_TRIPLE_FAULT:
	case EXIT_REASON_INTERRUPT_WINDOW:
	case EXIT_REASON_NMI_WINDOW:
	case EXIT_REASON_CPUID:
	case EXIT_REASON_HLT:
	case EXIT_REASON_VMCALL:
	case EXIT_REASON_RDTSC:
	case EXIT_REASON_MSR_READ:
	case EXIT_REASON_MSR_WRITE:
	case EXIT_REASON_PREEMPTION_TIMER:
	case EXIT_REASON_PAUSE_INSTRUCTION:
		return true;
	}
	return false;
}

#define QUAL_CR(q)	((q) & 15)
#define QUAL_CR_TYPE(q)	((q) >> 4 & 3)
#define QUAL_CR_REG(q)	((q) >> 8 & 15)
#define CR_TO		0
#define CR_FROM		1

/*
 * CR8 with a TPR shadow: L1's virtual-APIC page holds it.  vmcs02 has no
 * shadow, so that no page of L1 has to stay where it is.
 */
static enum hve_nested_result cr8(struct hve_nested *n)
{
	u64 l1_gpa = n->v12->virtual_apic_page_addr + VTPR_OFFSET;
	u64 qual = n->exit->qual, val;
	unsigned int reg = QUAL_CR_REG(qual);
	u32 vtpr;
	int r;

	if (QUAL_CR_TYPE(qual) == CR_FROM) {
		r = l1_read(n, l1_gpa, &vtpr, sizeof(vtpr));
		if (r == -EAGAIN)
			return HVE_NESTED_MEMORY;
		val = r ? 0xf : vtpr >> 4 & 0xf;
		if (reg == REG_RSP)
			vmcs_write(GUEST_RSP, val);
		else
			n->regs->gpr[reg] = val;
		return HVE_NESTED_SKIP;
	}
	val = reg == REG_RSP ? vmcs_read(GUEST_RSP) : n->regs->gpr[reg];
	if (val & ~0xfull) {
		hve_nested_host_raise(n->vcpu, X86_TRAP_GP);
		return HVE_NESTED_RESUME;
	}
	vtpr = val << 4;
	if (l1_write(n, l1_gpa, &vtpr, sizeof(vtpr)) == -EAGAIN)
		return HVE_NESTED_MEMORY;
	hve_vmx_skip_insn(n->exit);
	if (val < (n->v12->tpr_threshold & 0xf)) {
		struct hve_nested_exit e = {
			.reason = EXIT_REASON_TPR_BELOW_THRESHOLD,
		};

		return hve_nested_leave(n, &e);
	}
	return HVE_NESTED_RESUME;
}

static bool is_cr8(const struct hve_nested *n)
{
	return n->exit->reason == EXIT_REASON_CR_ACCESS &&
	       QUAL_CR(n->exit->qual) == 8 &&
	       QUAL_CR_TYPE(n->exit->qual) <= CR_FROM &&
	       has_cpu(n->v12, CPU_BASED_TPR_SHADOW);
}

enum hve_nested_result hve_nested_l2_exit(struct hve_nested *n)
{
	const struct hve_exit *exit = n->exit;
	u8 fields = exit->reason < HVE_VMX_REASONS ?
		    hve_vmx_exit_fields[exit->reason] : 0;
	struct hve_nested_exit e = { .reason = exit->reason };

	n->run_pending = false;
	switch (owner(n)) {
	case HVE_L2_OURS:
		if (is_vmcs_access(exit->reason))
			return hve_nested_shadow_insn(n);
		return is_cr8(n) ? cr8(n) : HVE_NESTED_L0;
	case HVE_L2_AGAIN:
		return HVE_NESTED_MEMORY;
	case HVE_L2_L1:
		break;
	}
	if (fields & EXIT_LEN)
		e.insn_len = exit->len;
	if (fields & EXIT_INTR) {
		e.intr_info = exit->intr_info;
		e.intr_err = exit->intr_err;
	}
	if (!is_plain(exit->reason)) {
		e.qual = vmcs_read(EXIT_QUALIFICATION);
		e.insn_info = vmcs_read(VMX_INSTRUCTION_INFO);
		e.l2_gva = vmcs_read(GUEST_LINEAR_ADDRESS);
	}
	return hve_nested_leave(n, &e);
}
