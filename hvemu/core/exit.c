// SPDX-License-Identifier: GPL-2.0
/*
 * One row an exit reason.  in_window() runs with the window open: it must not
 * sleep, and where it would have to it changes nothing and answers
 * HVE_RUN_OUTSIDE; then outside() runs with the window closed.
 */
#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <asm/trapnr.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include "tlfs.h"
#include "core/board.h"
#include "core/coalesced.h"
#include "core/delivery.h"
#include "core/exit.h"
#include "core/vcpu.h"
#include "core/vm.h"

static noinline void skip_outside(struct hve_vcpu *vcpu)
{
	vcpu->regs.rip += vcpu->exit.len;
	vcpu->regs.dirty = true;
	vcpu->clear_shadow = true;
	if (vcpu->regs.rflags & X86_EFLAGS_TF)
		hve_queue_db(vcpu, DR_STEP);
}

static __always_inline void skip_insn(struct hve_vcpu *vcpu)
{
	if (likely(vcpu->in_window))
		hve_vmx_skip_insn(&vcpu->exit);
	else
		skip_outside(vcpu);
}

void hve_skip_insn(struct hve_vcpu *vcpu)
{
	skip_insn(vcpu);
}

enum hve_action hve_finish_insn(struct hve_vcpu *vcpu, enum hve_fault fault)
{
	switch (fault) {
	case HVE_NO_FAULT:
		hve_skip_insn(vcpu);
		break;
	case HVE_GP:
		hve_queue_gp(vcpu);
		break;
	case HVE_UD:
		hve_queue_ud(vcpu);
		break;
	case HVE_OUTSIDE:
		return HVE_RUN_OUTSIDE;
	}
	return HVE_RESUME;
}

static enum hve_action exit_cpuid(struct hve_vcpu *vcpu)
{
	u64 *gpr = vcpu->regs.gpr;
	const struct hve_cpuid_slot *slot = hve_cpuid_slot(vcpu, gpr[REG_RAX]);
	struct hve_cpuid_regs out;

	if (likely(hve_cpuid_slot_hit(slot, gpr[REG_RAX], gpr[REG_RCX]) &&
		   slot->fixed)) {
		gpr[REG_RAX] = slot->entry->eax;
		gpr[REG_RBX] = slot->entry->ebx;
		gpr[REG_RCX] = slot->entry->ecx;
		gpr[REG_RDX] = slot->entry->edx;
		hve_vmx_skip_insn(&vcpu->exit);
		return HVE_RESUME;
	}
	hve_cpuid_exec(vcpu, gpr[REG_RAX], gpr[REG_RCX], &out);
	gpr[REG_RAX] = out.eax;
	gpr[REG_RBX] = out.ebx;
	gpr[REG_RCX] = out.ecx;
	gpr[REG_RDX] = out.edx;
	hve_vmx_skip_insn(&vcpu->exit);
	return HVE_RESUME;
}

static bool msr_denied(struct hve_vcpu *vcpu, u32 msr, u32 access)
{
	return rcu_access_pointer(vcpu->vm->msr_filter) &&
	       !hve_msr_filter_allows(vcpu->vm, msr, access);
}

static u32 msr_fault_reason(u32 msr)
{
	return hve_msr_is_known(msr) ? KVM_MSR_EXIT_REASON_INVAL :
				       KVM_MSR_EXIT_REASON_UNKNOWN;
}

static enum hve_action exit_rdmsr(struct hve_vcpu *vcpu)
{
	u64 *gpr = vcpu->regs.gpr;
	enum hve_fault fault;
	u64 val = 0;

	if (unlikely(msr_denied(vcpu, gpr[REG_RCX], KVM_MSR_FILTER_READ))) {
		if (vcpu->in_window)
			return HVE_RUN_OUTSIDE;
		return hve_user_msr(vcpu, false, gpr[REG_RCX], 0,
				    KVM_MSR_EXIT_REASON_FILTER);
	}
	fault = hve_msr_read(vcpu, gpr[REG_RCX], &val);
	if (likely(fault == HVE_NO_FAULT)) {
		gpr[REG_RAX] = (u32)val;
		gpr[REG_RDX] = val >> 32;
		skip_insn(vcpu);
		return HVE_RESUME;
	}
	if (fault == HVE_GP && vcpu->vm->user_msr_mask) {
		if (vcpu->in_window)
			return HVE_RUN_OUTSIDE;
		return hve_user_msr(vcpu, false, gpr[REG_RCX], 0,
				    msr_fault_reason(gpr[REG_RCX]));
	}
	return hve_finish_insn(vcpu, fault);
}

static enum hve_action exit_wrmsr(struct hve_vcpu *vcpu)
{
	u64 *gpr = vcpu->regs.gpr;
	u64 val = (u32)gpr[REG_RAX] | gpr[REG_RDX] << 32;
	enum hve_fault fault;

	if (unlikely(msr_denied(vcpu, gpr[REG_RCX], KVM_MSR_FILTER_WRITE))) {
		if (vcpu->in_window)
			return HVE_RUN_OUTSIDE;
		return hve_user_msr(vcpu, true, gpr[REG_RCX], val,
				    KVM_MSR_EXIT_REASON_FILTER);
	}
	fault = hve_msr_write(vcpu, gpr[REG_RCX], val);
	if (likely(fault == HVE_NO_FAULT)) {
		skip_insn(vcpu);
		return HVE_RESUME;
	}
	if (fault == HVE_GP && vcpu->vm->user_msr_mask) {
		if (vcpu->in_window)
			return HVE_RUN_OUTSIDE;
		return hve_user_msr(vcpu, true, gpr[REG_RCX], val,
				    msr_fault_reason(gpr[REG_RCX]));
	}
	return hve_finish_insn(vcpu, fault);
}

/* All that is not an answer at once. */
static noinline enum hve_action vmcall_rest(struct hve_vcpu *vcpu,
					    enum hve_hcall_action action)
{
	switch (action) {
	case HVE_HCALL_DONE:
	case HVE_HCALL_AGAIN:
		return HVE_RESUME;
	case HVE_HCALL_UD:
		return hve_finish_insn(vcpu, HVE_UD);
	case HVE_HCALL_GP:
		return hve_finish_insn(vcpu, HVE_GP);
	case HVE_HCALL_OUTSIDE:
		return HVE_RUN_OUTSIDE;
	case HVE_HCALL_USER:
		break;
	}
	return hve_user_pending(vcpu);
}

static enum hve_action exit_vmcall(struct hve_vcpu *vcpu)
{
	enum hve_hcall_action action;

	action = hve_tlfs_hypercall(&vcpu->vp, vcpu->cur_vtl, vcpu->regs.gpr);
	if (unlikely(action != HVE_HCALL_DONE))
		return vmcall_rest(vcpu, action);
	skip_insn(vcpu);
	return HVE_RESUME;
}

static enum hve_action exit_hlt(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;

	if (!vcpu->vm->lapic_in_kernel) {
		hve_skip_insn(vcpu);
		return hve_user_hlt(vcpu);
	}
	hve_skip_insn(vcpu);
	hve_apicv_pull(vcpu);
	if (vcpu->ev.any && hve_events_wake(vcpu, hve_vcpu_can_take_irq(vcpu)))
		return HVE_RESUME;
	if (READ_ONCE(apic->irr_pending) && hve_vcpu_can_take_irq(vcpu) &&
	    hve_apic_pending(apic) >= 0)
		return HVE_RESUME;
	vcpu->mp_state = KVM_MP_STATE_HALTED;
	vcpu->idle = false;
	return HVE_RUN_OUTSIDE;
}

/* The outer loop does what is left. */
static enum hve_action nothing(struct hve_vcpu *vcpu)
{
	return HVE_RESUME;
}

static enum hve_action leave_window(struct hve_vcpu *vcpu)
{
	return HVE_RUN_OUTSIDE;
}

static enum hve_action exit_ud(struct hve_vcpu *vcpu)
{
	return hve_finish_insn(vcpu, HVE_UD);
}

/* As KVM: nothing to wait for, unless the VMM wants #UD without the CPUID bit. */
static enum hve_action exit_mwait(struct hve_vcpu *vcpu)
{
	const struct hve_vm *vm = vcpu->vm;
	struct hve_cpuid_regs r;

	if (hve_vm_quirk_off(vm, KVM_X86_QUIRK_MWAIT_NEVER_UD_FAULTS)) {
		hve_cpuid_exec(vcpu, 1, 0, &r);
		if (!(r.ecx & BIT(3)))
			return hve_finish_insn(vcpu, HVE_UD);
	}
	return hve_finish_insn(vcpu, HVE_NO_FAULT);
}

static enum hve_action exit_gp(struct hve_vcpu *vcpu)
{
	return hve_finish_insn(vcpu, HVE_GP);
}

static enum hve_action exit_skip(struct hve_vcpu *vcpu)
{
	hve_skip_insn(vcpu);
	return HVE_RESUME;
}

/* Is there a vCPU that would run if it had a CPU, or whose VMM would? */
static bool somebody_waits(struct hve_vcpu *self)
{
	struct hve_vcpu *vcpu;
	unsigned long i;

	xa_for_each(&self->vm->vcpus, i, vcpu)
		if (vcpu != self && READ_ONCE(vcpu->mode) != HVE_IN_WINDOW &&
		    READ_ONCE(vcpu->mp_state) == KVM_MP_STATE_RUNNABLE)
			return true;
	return false;
}

/*
 * The guest spins.  What it waits for may never come while the spinning vCPU
 * has the only CPU: one that gives up a lock for some instructions of its loop
 * may lose the CPU at the same instruction each time.
 */
static enum hve_action exit_pause(struct hve_vcpu *vcpu)
{
	bool wanted = somebody_waits(vcpu);

	if (!hve_in_l2(vcpu))
		hve_vmx_pause_seen(&cur_vtl(vcpu)->vmx, wanted);
	if (wanted)
		return HVE_RUN_OUTSIDE;
	hve_skip_insn(vcpu);
	return HVE_RESUME;
}

static enum hve_action exit_pause_outside(struct hve_vcpu *vcpu)
{
	hve_skip_insn(vcpu);
	hve_host_yield(&vcpu->vp);
	return HVE_RESUME;
}

/* SDM, "Information About NMI Unblocking Due to IRET". */
static void nmi_unblocked_by_iret(struct hve_vcpu *vcpu)
{
	if (!(vcpu->exit.idtv_info & VECTORING_INFO_VALID_MASK))
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
			   vmcs_read(GUEST_INTERRUPTIBILITY_INFO) |
			   GUEST_INTR_STATE_NMI);
}

static enum hve_action exit_exception(struct hve_vcpu *vcpu)
{
	const struct hve_exit *exit = &vcpu->exit;
	u32 type = exit->intr_info & INTR_INFO_INTR_TYPE_MASK;
	u8 vector = exit->intr_info & INTR_INFO_VECTOR_MASK;

	if (type == INTR_TYPE_NMI_INTR || vector == X86_TRAP_MC)
		return HVE_RUN_OUTSIDE;
	if ((exit->intr_info & INTR_INFO_UNBLOCK_NMI) &&
	    vector != X86_TRAP_DF)
		nmi_unblocked_by_iret(vcpu);
	if (unlikely(vcpu->debug.control) && hve_debug_wants(vcpu, vector))
		return hve_debug_trap(vcpu, vector);
	if (vector == X86_TRAP_DB) {
		vcpu->regs.dr6 |= exit->qual & (DR_TRAP_BITS | DR_STEP | BIT(13));
		hve_queue_exception(vcpu, vector, false, 0);
	} else {
		hve_queue_exception(vcpu, vector,
				    exit->intr_info & INTR_INFO_DELIVER_CODE_MASK,
				    exit->intr_err);
	}
	if (type == INTR_TYPE_PRIV_SW_EXCEPTION) {
		vcpu->ev.exc_type = type;
		vcpu->ev.exc_len = exit->len;
	}
	return HVE_RESUME;
}

static enum hve_action exit_irq_window(struct hve_vcpu *vcpu)
{
	hve_vmx_irq_window(&cur_vtl(vcpu)->vmx, false);
	if (unlikely(vcpu->want_irq_window && !vcpu->ev.extint_pending &&
		     hve_events_extint_ok(vcpu))) {
		vcpu->run->exit_reason = KVM_EXIT_IRQ_WINDOW_OPEN;
		return HVE_TO_USER;
	}
	return HVE_RESUME;
}

static enum hve_action exit_nmi_window(struct hve_vcpu *vcpu)
{
	hve_vmx_nmi_window(&cur_vtl(vcpu)->vmx, false);
	return HVE_RESUME;
}

static enum hve_action exit_preemption_timer(struct hve_vcpu *vcpu)
{
	hve_apic_timer_check(&cur_vtl(vcpu)->apic);
	return HVE_RESUME;
}

/* The processor ended a vector whose EOI somebody waits for. */
static enum hve_action exit_eoi_induced(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic = hve_vcpu_apic(vcpu);
	u8 vector = vcpu->exit.qual;

	if (hve_apic_eoi_is_told(apic, vector))
		hve_apic_host_eoi(apic, vector);
	hve_tlfs_vector_eoi(&vcpu->vp, vcpu->cur_vtl, vector, false);
	return vcpu->user_exit_pending ? hve_user_pending(vcpu) : HVE_RESUME;
}

#define X2APIC_MSR(offset)	(0x800 + ((offset) >> 4))

/* A self-IPI with a vector the processor does not take; behind the WRMSR. */
static enum hve_action exit_apic_write(struct hve_vcpu *vcpu)
{
	u32 offset = vcpu->exit.qual & 0xff0;
	u32 val = *(u32 *)(cur_vtl(vcpu)->vmx.vapic + offset);

	hve_apic_msr_write(hve_vcpu_apic(vcpu), X2APIC_MSR(offset), val);
	return HVE_RESUME;
}

/* SDM, "Format of the VM-Exit Instruction-Information Field": which one */
#define INSN_IDENTITY(info)	((info) >> 28 & 3)
#define INSN_IS_LOAD		2

/*
 * Exits of SGDT, SIDT, SLDT, STR because some of them are blocked, and of
 * LGDT and others beside them: those that are not go by with the exits off.
 */
static enum hve_action exit_desc(struct hve_vcpu *vcpu)
{
	unsigned int insn = INSN_IDENTITY(vcpu->exit.insn_info);
	bool load = insn & INSN_IS_LOAD;

	if (vcpu->exit.reason == EXIT_REASON_LDTR_TR)
		insn += HVE_NPIEP_SLDT;
	if (!load && hve_vmx_cpl() && hve_tlfs_npiep_blocks(&vcpu->vp, insn))
		return hve_finish_insn(vcpu, HVE_GP);
	hve_vmx_desc_step(&cur_vtl(vcpu)->vmx, true);
	return HVE_RESUME;
}

static enum hve_action exit_monitor_trap(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;

	if (vmx->desc_step)
		hve_vmx_desc_step(vmx, false);
	return vmx->step ? hve_debug_step(vcpu) : HVE_RESUME;
}

static enum hve_action exit_triple_fault(struct hve_vcpu *vcpu)
{
	return hve_user_shutdown(vcpu);
}

#define QUAL_IO_SIZE(q)		(((q) & 7) + 1)
#define QUAL_IO_IN		BIT(3)
#define QUAL_IO_STRING		BIT(4)

static bool board_io(struct hve_vcpu *vcpu, u64 qual)
{
	u64 *rax = &vcpu->regs.gpr[REG_RAX], val = *rax;
	u8 size = QUAL_IO_SIZE(qual);

	if (!hve_board_io(vcpu, qual & QUAL_IO_IN, qual >> 16, size, &val))
		return false;
	if (qual & QUAL_IO_IN)
		*rax = size == 4 ? (u32)val : val;
	hve_skip_insn(vcpu);
	return true;
}

/* What the VMM need not hear of, or not now. */
static noinline bool io_here(struct hve_vcpu *vcpu, u64 qual)
{
	u64 *rax = &vcpu->regs.gpr[REG_RAX];
	u8 size = QUAL_IO_SIZE(qual);
	u16 port = qual >> 16;

	if (!(qual & QUAL_IO_IN) &&
	    hve_ioevent_signal(vcpu->vm, true, port, size, rax)) {
		hve_skip_insn(vcpu);
		return true;
	}
	if (vcpu->vm->board && board_io(vcpu, qual))
		return true;
	if (!(qual & QUAL_IO_IN) &&
	    hve_coalesced_write(vcpu->vm, true, port, size, rax)) {
		hve_skip_insn(vcpu);
		return true;
	}
	return false;
}

static enum hve_action exit_io(struct hve_vcpu *vcpu)
{
	const struct hve_vm *vm = vcpu->vm;
	u64 qual = vcpu->exit.qual;

	if (qual & QUAL_IO_STRING)
		return HVE_RUN_OUTSIDE;
	if (unlikely(vm->board || !list_empty(&vm->ioeventfds) ||
		     !list_empty(&vm->coalesced_zones)) && io_here(vcpu, qual))
		return HVE_RESUME;
	return hve_user_io(vcpu, qual & QUAL_IO_IN, QUAL_IO_SIZE(qual),
			   qual >> 16);
}

#define QUAL_EPT_WRITE		BIT(1)
#define QUAL_EPT_FETCH		BIT(2)
#define QUAL_EPT_NMI_UNBLOCK	BIT(12)

void hve_ept_nmi_unblocked(struct hve_vcpu *vcpu)
{
	if ((vcpu->exit.qual & QUAL_EPT_NMI_UNBLOCK) &&
	    vcpu->exit.reason == EXIT_REASON_EPT_VIOLATION)
		nmi_unblocked_by_iret(vcpu);
}

static enum hve_action exit_ept(struct hve_vcpu *vcpu)
{
	hve_ept_nmi_unblocked(vcpu);
	/* the registers are at hand now; later that costs another window */
	if (!hve_gpa_is_memory(vcpu, vcpu->exit.gpa)) {
		hve_emul_context(vcpu);
		vcpu->emul_ready = true;
	}
	return HVE_RUN_OUTSIDE;
}

enum hve_action hve_gpa_action(struct hve_vcpu *vcpu, enum hve_gpa_result r)
{
	switch (r) {
	case HVE_GPA_MAPPED:
		return HVE_RESUME;
	case HVE_GPA_MMIO:
		return hve_emulate_mmio(vcpu);
	case HVE_GPA_PROTECTED:
		hve_queue_gp(vcpu);
		return HVE_RESUME;
	case HVE_GPA_ERROR:
		break;
	}
	vcpu->run_error = -EFAULT;
	return HVE_TO_USER;
}

static enum hve_action exit_ept_outside(struct hve_vcpu *vcpu)
{
	const struct hve_exit *exit = &vcpu->exit;

	if (vcpu->emul_ready)
		return hve_emulate_mmio(vcpu);
	return hve_gpa_action(vcpu, hve_gpa_fault(vcpu, exit->gpa,
						  exit->qual & QUAL_EPT_WRITE,
						  exit->qual & QUAL_EPT_FETCH));
}

/* Only while the TSC is emulated. */
static enum hve_action exit_rdtsc(struct hve_vcpu *vcpu)
{
	u64 tsc = hve_tsc_guest(vcpu), mult = 0, *gpr = vcpu->regs.gpr;

	hve_l2_tsc(vcpu, &tsc, &mult);
	gpr[REG_RAX] = (u32)tsc;
	gpr[REG_RDX] = tsc >> 32;
	if (vcpu->exit.reason == EXIT_REASON_RDTSCP)
		gpr[REG_RCX] = (u32)cur_vtl(vcpu)->vmx.sw_msr[SW_MSR_TSC_AUX];
	hve_skip_insn(vcpu);
	return HVE_RESUME;
}

static enum hve_action exit_string_io(struct hve_vcpu *vcpu)
{
	return hve_emulate_string_pio(vcpu);
}

static enum hve_action exit_task_switch(struct hve_vcpu *vcpu)
{
	return hve_user_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION,
				       vcpu->exit.reason, vcpu->exit.qual);
}

const struct hve_exit_row hve_exit_rows[HVE_VMX_REASONS] = {
	[EXIT_REASON_EXCEPTION_NMI]	= { exit_exception, nothing },
	[EXIT_REASON_EXTERNAL_INTERRUPT] = { leave_window, nothing },
	[EXIT_REASON_TRIPLE_FAULT]	= { exit_triple_fault },
	[EXIT_REASON_INTERRUPT_WINDOW]	= { exit_irq_window },
	[EXIT_REASON_NMI_WINDOW]	= { exit_nmi_window },
	[EXIT_REASON_TASK_SWITCH]	= { leave_window, exit_task_switch },
	[EXIT_REASON_CPUID]		= { exit_cpuid },
	[EXIT_REASON_HLT]		= { exit_hlt, nothing },
	[EXIT_REASON_INVD]		= { exit_skip },
	[EXIT_REASON_RDPMC]		= { exit_gp },
	[EXIT_REASON_RDTSC]		= { exit_rdtsc },
	[EXIT_REASON_RDTSCP]		= { exit_rdtsc },
	[EXIT_REASON_VMCALL]		= { exit_vmcall, exit_vmcall },
	[EXIT_REASON_VMCLEAR]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_VMLAUNCH]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_VMPTRLD]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_VMPTRST]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_VMREAD]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_VMRESUME]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_VMWRITE]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_VMOFF]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_VMON]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_CR_ACCESS]		= { hve_exit_cr, hve_exit_cr_outside },
	[EXIT_REASON_DR_ACCESS]		= { hve_exit_dr },
	[EXIT_REASON_IO_INSTRUCTION]	= { exit_io, exit_string_io },
	[EXIT_REASON_MSR_READ]		= { exit_rdmsr, exit_rdmsr },
	[EXIT_REASON_MSR_WRITE]		= { exit_wrmsr, exit_wrmsr },
	[EXIT_REASON_MWAIT_INSTRUCTION]	= { exit_mwait },
	[EXIT_REASON_MONITOR_INSTRUCTION] = { exit_mwait },
	[EXIT_REASON_MONITOR_TRAP_FLAG]	= { exit_monitor_trap },
	[EXIT_REASON_GDTR_IDTR]		= { exit_desc },
	[EXIT_REASON_LDTR_TR]		= { exit_desc },
	[EXIT_REASON_PAUSE_INSTRUCTION]	= { exit_pause, exit_pause_outside },
	[EXIT_REASON_EOI_INDUCED]	= { exit_eoi_induced },
	[EXIT_REASON_APIC_WRITE]	= { exit_apic_write },
	[EXIT_REASON_EPT_VIOLATION]	= { exit_ept, exit_ept_outside },
	[EXIT_REASON_INVEPT]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_INVVPID]		= { hve_exit_vmx, hve_exit_vmx_outside },
	[EXIT_REASON_PREEMPTION_TIMER]	= { exit_preemption_timer },
	[EXIT_REASON_WBINVD]		= { exit_skip },
	[EXIT_REASON_XSETBV]		= { hve_exit_xsetbv },
	[EXIT_REASON_VMFUNC]		= { exit_ud },
	[EXIT_REASON_ENCLS]		= { exit_ud },
};

enum hve_action hve_exit_unexpected(struct hve_vcpu *vcpu)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 2);

	if (__ratelimit(&limit)) {
		pr_err("%s: vCPU %u: unexpected exit %u (%s)\n",
		       vcpu->vm->label, vcpu->id, vcpu->exit.reason,
		       hve_vmx_exit_name(vcpu->exit.reason));
		hve_vmx_dump(&cur_vtl(vcpu)->vmx);
	}
	return hve_user_internal_error(vcpu,
				       KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON,
				       vcpu->exit.reason, vcpu->id);
}

static enum hve_action row_outside(struct hve_vcpu *vcpu)
{
	u16 reason = vcpu->exit.reason;

	if (WARN_ON_ONCE(reason >= HVE_VMX_REASONS ||
			 !hve_exit_rows[reason].outside))
		return hve_user_internal_error(vcpu,
				KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON,
				reason, vcpu->id);
	return hve_exit_rows[reason].outside(vcpu);
}

static noinline enum hve_action nested_outside(struct hve_vcpu *vcpu)
{
	enum hve_action action;

	return hve_l2_outside(vcpu, &action) ? action : row_outside(vcpu);
}

enum hve_action hve_exit_outside(struct hve_vcpu *vcpu)
{
	if (unlikely(vcpu->nested))
		return nested_outside(vcpu);
	return row_outside(vcpu);
}
