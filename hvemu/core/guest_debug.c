// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_SET_GUEST_DEBUG: the VMM's breakpoints and single steps.  Steps are made
 * with the monitor trap (SDM, "Monitor Trap Flag"), which the guest does not
 * see in its flags and which is behind an exception's delivery, too; behind an
 * instruction that this code executed it is RIP that tells.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "core/exit.h"
#include "core/vcpu.h"

#define DR6_ONES	0xffff0ff0ull
#define DR7_ONES	0x400ull
#define DR7_KNOWN	0xffff2bffull
#define PENDING_ENABLED	BIT(12)		/* of pending debug exceptions */

#define CS_AR_LONG	BIT(13)

static bool steps(const struct hve_vcpu *vcpu)
{
	return vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP;
}

/* Breakpoints of @bits that are enabled. */
static u64 enabled(u64 dr7, u64 bits)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (!(dr7 >> 2 * i & 3))
			bits &= ~BIT_ULL(i);
	return bits & DR_TRAP_BITS;
}

/* Is it one that comes before its instruction? */
static bool is_execution(u64 dr7, u64 bits)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		if ((bits & BIT(i)) && !(dr7 >> (16 + 4 * i) & 3))
			return true;
	return false;
}

/* VMCS open */
static u64 linear_rip(void)
{
	u64 rip = vmcs_read(GUEST_RIP);

	if ((vmcs_read(GUEST_IA32_EFER) & EFER_LMA) &&
	    (vmcs_read(GUEST_CS_AR_BYTES) & CS_AR_LONG))
		return rip;
	return (u32)(rip + vmcs_read(GUEST_CS_BASE));
}

static u64 where(struct hve_vcpu *vcpu)
{
	struct hve_window w;
	u64 rip;

	if (vcpu->in_window)
		return linear_rip();
	if (hve_vcpu_state_open(vcpu, &w))
		return vcpu->regs.rip;
	rip = linear_rip();
	hve_vcpu_state_close(vcpu, &w);
	return rip;
}

/**
 * hve_debug_exit() - KVM_EXIT_DEBUG
 * @vcpu: the caller's, both contexts
 * @exception: X86_TRAP_DB or X86_TRAP_BP
 * @dr6: bits that say why
 */
enum hve_action hve_debug_exit(struct hve_vcpu *vcpu, u32 exception, u64 dr6)
{
	struct kvm_debug_exit_arch *arch = &vcpu->run->debug.arch;

	vcpu->run->exit_reason = KVM_EXIT_DEBUG;
	arch->exception = exception;
	arch->pad = 0;
	arch->pc = where(vcpu);
	arch->dr6 = DR6_ONES | dr6;
	arch->dr7 = cur_vtl(vcpu)->vmx.live_dr7;
	return HVE_TO_USER;
}

/**
 * hve_debug_stepped() - was an instruction executed for the guest?
 * @vcpu: VMCS closed
 */
bool hve_debug_stepped(struct hve_vcpu *vcpu)
{
	return steps(vcpu) && vcpu->regs.rip != vcpu->debug.from;
}

/* What met the VMM's breakpoints in the same instruction is told with it. */
static u64 take_pending(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u64 pending, bits;

	if (!vmx->bp || !vcpu->in_window)
		return 0;
	pending = vmcs_read(GUEST_PENDING_DBG_EXCEPTIONS);
	bits = enabled(vmx->live_dr7, pending);
	if (bits)
		vmcs_write(GUEST_PENDING_DBG_EXCEPTIONS,
			   pending & ~(u64)(DR_TRAP_BITS | PENDING_ENABLED));
	return bits;
}

/** hve_debug_step() - KVM_EXIT_DEBUG behind an instruction; both contexts */
enum hve_action hve_debug_step(struct hve_vcpu *vcpu)
{
	return hve_debug_exit(vcpu, X86_TRAP_DB, DR_STEP | take_pending(vcpu));
}

/**
 * hve_debug_wants() - is the exception that exited the VMM's?
 * @vcpu: VMCS open
 * @vector: of the exception
 */
bool hve_debug_wants(struct hve_vcpu *vcpu, u8 vector)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;

	if (vector == X86_TRAP_BP)
		return vcpu->debug.control & KVM_GUESTDBG_USE_SW_BP;
	return vector == X86_TRAP_DB && vmx->bp &&
	       enabled(vmx->live_dr7, vcpu->exit.qual);
}

/** hve_debug_trap() - KVM_EXIT_DEBUG of an exception that it wants */
enum hve_action hve_debug_trap(struct hve_vcpu *vcpu, u8 vector)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u64 bits;

	if (vector == X86_TRAP_BP)
		return hve_debug_exit(vcpu, vector, 0);
	bits = enabled(vmx->live_dr7, vcpu->exit.qual);
	/* it is met again at this instruction, unless the VMM sets RF */
	if (is_execution(vmx->live_dr7, bits))
		vmcs_write(GUEST_RFLAGS,
			   vmcs_read(GUEST_RFLAGS) & ~(u64)X86_EFLAGS_RF);
	/* the guest's own step, of the same instruction */
	if (vcpu->exit.qual & DR_STEP)
		hve_queue_db(vcpu, DR_STEP);
	return hve_debug_exit(vcpu, vector, bits);
}

static int inject(struct hve_vcpu *vcpu, u32 control)
{
	if (vcpu->ev.exc_pending || vcpu->ev.again_info)
		return -EBUSY;
	if (control & KVM_GUESTDBG_INJECT_DB)
		hve_queue_exception(vcpu, X86_TRAP_DB, false, 0);
	else
		hve_queue_bp(vcpu);
	return 0;
}

static int apply(struct hve_vcpu *vcpu)
{
	struct hve_guest_debug *debug = &vcpu->debug;
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u32 exceptions = HVE_EXCEPTIONS;
	struct hve_window w;
	int r;

	if (debug->control & KVM_GUESTDBG_USE_SW_BP)
		exceptions |= BIT(X86_TRAP_BP);
	r = hve_vcpu_state_open(vcpu, &w);
	if (r)
		return r;
	hve_vmx_exceptions_set(vmx, exceptions);
	hve_vmx_breakpoints_set(vmx, debug->control & KVM_GUESTDBG_USE_HW_BP ?
				     &debug->bp : NULL);
	hve_vmx_step_set(vmx, steps(vcpu));
	hve_vcpu_state_close(vcpu, &w);
	return 0;
}

/**
 * hve_debug_set() - KVM_SET_GUEST_DEBUG
 * @vcpu: mutex held
 * @in: what the VMM wants
 *
 * Return: 0; -EINVAL for unknown flags; -EBUSY when an exception is to be
 * injected behind another; -ENOTTY; -EIO.
 */
int hve_debug_set(struct hve_vcpu *vcpu, const struct kvm_guest_debug *in)
{
	struct hve_guest_debug *debug = &vcpu->debug;
	int r;

	if (!hve_vmx_caps.mtf)
		return -ENOTTY;
	if (in->control & ~HVE_DEBUG_FLAGS)
		return -EINVAL;
	if (in->control & (KVM_GUESTDBG_INJECT_DB | KVM_GUESTDBG_INJECT_BP)) {
		r = inject(vcpu, in->control);
		if (r)
			return r;
	}
	debug->control = in->control & KVM_GUESTDBG_ENABLE ? in->control : 0;
	memcpy(debug->bp.db, in->arch.debugreg, sizeof(debug->bp.db));
	debug->bp.dr7 = (in->arch.debugreg[7] & DR7_KNOWN) | DR7_ONES;
	if (steps(vcpu))
		set_bit(HVE_REQ_STEP, &vcpu->requests);
	else
		clear_bit(HVE_REQ_STEP, &vcpu->requests);
	return apply(vcpu);
}
