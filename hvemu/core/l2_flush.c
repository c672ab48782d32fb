// SPDX-License-Identifier: GPL-2.0
/*
 * Direct virtual flush: L2 flushes its virtual addresses by hypercalls that
 * never get to L1 (TLFS nested-virtualization.md).
 *
 * The translations of all virtual processors of L1 that run guests go, not
 * only of those with the caller's VmId: more than asked for is always allowed.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "hv/hv_nested.h"
#include "hvhost.h"
#include "tlfs.h"
#include "tlfs_l2.h"
#include "core/exit.h"
#include "core/l2.h"
#include "core/vcpu.h"

/* Registers that the end of a call changes */
struct results {
	u64 rax, rcx, rdx;
};

static struct results results_get(const struct hve_vcpu *vcpu)
{
	const u64 *gpr = vcpu->regs.gpr;

	return (struct results){ gpr[REG_RAX], gpr[REG_RCX], gpr[REG_RDX] };
}

static void results_set(struct hve_vcpu *vcpu, const struct results *r)
{
	vcpu->regs.gpr[REG_RAX] = r->rax;
	vcpu->regs.gpr[REG_RCX] = r->rcx;
	vcpu->regs.gpr[REG_RDX] = r->rdx;
}

/* TlbLockCount of the caller's partition assist page. Return: 0 or -EAGAIN. */
static int tlb_lock(struct hve_vcpu *vcpu, u32 *count)
{
	u64 l1_gpa = vcpu->nested->evmcs.ctl.partition_assist;
	int r = hve_gpa_read(vcpu, l1_gpa, count, sizeof(*count));

	if (r && r != -EAGAIN)
		*count = 0;
	return r == -EAGAIN ? r : 0;
}

/* L1 hears of it before L2 runs again. */
static void to_l1(struct hve_vcpu *vcpu, u32 reason, u32 len)
{
	hve_nested_leave_soon(vcpu->nested, reason);
	vcpu->nested->pending.insn_len = len;
}

static enum hve_action outside(struct hve_vcpu *vcpu)
{
	vcpu->nested->outside_wants = HVE_NESTED_OUTSIDE;
	return HVE_RUN_OUTSIDE;
}

static enum hve_action run(struct hve_vcpu *vcpu)
{
	struct results before = results_get(vcpu);
	enum hve_hcall_action action;
	u32 locked = 0;

	/* that it can be read is known before anything is done */
	if (tlb_lock(vcpu, &locked))
		return outside(vcpu);
	vcpu->l2_call = true;
	vcpu->l2_call_lost = false;
	action = hve_tlfs_hypercall(&vcpu->vp, vcpu->cur_vtl, vcpu->regs.gpr);
	vcpu->l2_call = false;
	if (vcpu->l2_call_lost) {
		results_set(vcpu, &before);
		to_l1(vcpu, EXIT_REASON_VMCALL, vcpu->exit.len);
		return HVE_RESUME;
	}
	switch (action) {
	case HVE_HCALL_DONE:
		hve_skip_insn(vcpu);
		tlb_lock(vcpu, &locked);
		if (locked)
			to_l1(vcpu, HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH,
			      0);
		return HVE_RESUME;
	case HVE_HCALL_UD:
		return hve_finish_insn(vcpu, HVE_UD);
	case HVE_HCALL_OUTSIDE:
		return outside(vcpu);
	default:
		return HVE_RESUME;
	}
}

bool hve_l2_direct_flush(struct hve_vcpu *vcpu, enum hve_action *action)
{
	const struct hve_evmcs *e = &vcpu->nested->evmcs;

	if (!e->active || !e->ctl.direct_flush ||
	    !hve_tlfs_direct_flush(&vcpu->vp, vcpu->cur_vtl, vcpu->regs.gpr))
		return false;
	vcpu->nested->run_pending = false;
	*action = run(vcpu);
	return true;
}

int hve_l2_call_read(struct hve_vcpu *vcpu, u64 l2_gpa, void *dst, u32 len)
{
	struct hve_nested *n = vcpu->nested;
	u64 l1_gpa = l2_gpa;
	struct hve_ept12 walk;
	int r = 0;

	/* the input is within a page */
	if (hve_nested_l2_shadow(n)) {
		r = hve_nested_ept_walk(n, l2_gpa, HVE_MMU_R, &walk);
		if (!r)
			l1_gpa = walk.l1_gpa;
	}
	if (!r)
		r = hve_gpa_read(vcpu, l1_gpa, dst, len);
	/* L1 knows what to do about memory that it does not map */
	vcpu->l2_call_lost = r && r != -EAGAIN;
	return r > 0 ? -EFAULT : r;
}

void hve_l2_flush(struct hve_vcpu *vcpu)
{
	struct hve_nested *n = vcpu->nested;
	struct hve_vmx *l2;

	if (!n)
		return;
	l2 = n->in_l2 ? n->vmx : &n->other;
	/* none before there was VMX operation */
	if (l2->vpid)
		hve_vmx_flush_vpid(l2);
}
