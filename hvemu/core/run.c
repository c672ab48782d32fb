// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_RUN: two nested loops.  The outer one, interrupts on, serves requests,
 * sleeps in HLT and leaves for signals.  The inner one runs in a VMX window
 * and goes on as long as the exits need neither sleep nor interrupts.
 */
#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <linux/rcutree.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/vtime.h>
#include <asm/fpu/api.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>
#include "tlfs.h"
#include "trace.h"
#include "core/delivery.h"
#include "core/exit.h"
#include "core/irq.h"
#include "core/vcpu.h"
#include "vmx/enter.h"

static void end_vector(struct hve_vcpu *vcpu)
{
	int vector = hve_apic_eoi(&cur_vtl(vcpu)->apic);

	if (vector >= 0)
		hve_tlfs_vector_eoi(&vcpu->vp, vcpu->cur_vtl, vector, false);
}

/* Find out whether the guest used the offer to skip its EOI. */
static void eoi_assist_sync(struct hve_vcpu *vcpu)
{
	vcpu->eoi_assist = false;
	if (hve_tlfs_eoi_assist_disarm(&vcpu->vp, vcpu->cur_vtl))
		end_vector(vcpu);
}

void hve_vcpu_eoi_assist_end(struct hve_vcpu *vcpu)
{
	if (vcpu->eoi_assist)
		eoi_assist_sync(vcpu);
}

static void eoi_assist_offer(struct hve_vcpu *vcpu, struct hve_apic *apic)
{
	/* an EOI that lets another vector through must be seen */
	if (!READ_ONCE(apic->irr_pending) && !hve_apic_eoi_needs_host(apic))
		vcpu->eoi_assist = hve_tlfs_eoi_assist_arm(&vcpu->vp,
							   vcpu->cur_vtl);
}

static void prepare_irq(struct hve_vcpu *vcpu, struct hve_apic *apic)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	int vector;

	if (vcpu->eoi_assist)
		eoi_assist_sync(vcpu);
	vector = hve_apic_pending(apic);
	if (vector < 0 || hve_debug_blocks_irqs(vcpu))
		return;
	if (!hve_vcpu_can_take_irq(vcpu)) {
		hve_vmx_irq_window(vmx, true);
		return;
	}
	hve_apic_accept(apic, vector);
	if (unlikely(READ_ONCE(apic->auto_eoi_used)) &&
	    hve_apic_isr_highest(apic) != vector)
		hve_tlfs_vector_eoi(&vcpu->vp, vcpu->cur_vtl, vector, true);
	hve_vmx_inject(vmx, vector | INTR_TYPE_EXT_INTR | INTR_INFO_VALID_MASK,
		       0, 0);
	trace_hvemu_inject(vcpu, vector | INTR_TYPE_EXT_INTR, 0);
	if (READ_ONCE(apic->irr_pending) && hve_apic_pending(apic) >= 0)
		hve_vmx_irq_window(vmx, true);
	else
		eoi_assist_offer(vcpu, apic);
}

static __always_inline void prepare_timer(struct hve_vcpu *vcpu,
					  struct hve_vmx *vmx,
					  struct hve_apic *apic, bool l2)
{
	u64 expiry = hve_apic_timer_expiry_tsc(apic), now = rdtsc();

	if (expiry && now >= expiry && hve_apic_timer_check(apic))
		expiry = hve_apic_timer_expiry_tsc(apic);
	if (l2 && hve_in_l2(vcpu))
		expiry = hve_l2_deadline(vcpu, expiry);
	if (expiry) {
		hve_vmx_preempt_set(vmx, expiry > now ? expiry - now : 0);
		return;
	}
	if (vmx->preempt_on)
		hve_vmx_preempt_enable(vmx, false);
}

static __always_inline void prepare_entry(struct hve_vcpu *vcpu, bool l2)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;

	if (unlikely(vcpu->apic_check))
		hve_apicv_push(vcpu);
	if (unlikely(apic->timer.active || vmx->preempt_on || l2))
		prepare_timer(vcpu, vmx, apic, l2);
	/* one injection an entry; what comes in from now on kicks us out */
	if (unlikely(vcpu->ev.any) && hve_events_prepare(vcpu) &&
	    !vmx->apicv_on) {
		if (READ_ONCE(apic->irr_pending))
			hve_vmx_irq_window(vmx, true);
		return;
	}
	if (unlikely(READ_ONCE(apic->irr_pending))) {
		if (vmx->apicv_on)
			hve_apicv_irr(vcpu);
		else if (!l2 || !hve_l2_keeps_irqs(vcpu))
			prepare_irq(vcpu, apic);
	}
}

static DEFINE_RATELIMIT_STATE(entry_limit, 5 * HZ, 2);

static enum hve_action entry_failed(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u64 reason = vmcs_read(VM_INSTRUCTION_ERROR);

	if (hve_in_l2(vcpu))
		return hve_l2_entry_failed(vcpu, true);

	if (__ratelimit(&entry_limit)) {
		pr_err("%s: vCPU %u: VM entry failed, VM-instruction error %llu\n",
		       vcpu->vm->label, vcpu->id, reason);
		hve_vmx_dump(vmx);
	}
	return hve_user_fail_entry(vcpu, reason, "VMLAUNCH/VMRESUME failed");
}

static enum hve_action entry_invalid(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	const char *what = hve_vmx_entry_error(vmx);

	if (hve_in_l2(vcpu))
		return hve_l2_entry_failed(vcpu, false);
	if (__ratelimit(&entry_limit)) {
		pr_info("%s: vCPU %u: VM entry refused: %s\n", vcpu->vm->label,
			vcpu->id, what);
		hve_vmx_dump(vmx);
	}
	return hve_user_fail_entry(vcpu, 0x80000000ull | vcpu->exit.reason,
				   what);
}

static noinline enum hve_action odd_exit(struct hve_vcpu *vcpu,
					 enum hve_exit_kind kind)
{
	if (kind == HVE_EXIT_NO_ENTRY)
		return entry_invalid(vcpu);
	if (kind == HVE_EXIT_UNKNOWN)
		return hve_exit_unexpected(vcpu);
	hve_events_save(vcpu);
	return hve_exit_in_window(vcpu, true);
}

/*
 * The guest ran until an exit that needs the window closed; or, without @l2,
 * until it has entered a guest of its own.
 */
static __always_inline enum hve_action window_loop(struct hve_vcpu *vcpu,
						   bool l2)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	enum hve_exit_kind kind;
	enum hve_action action;

	for (;;) {
		if (l2 && hve_in_l2(vcpu)) {
			action = hve_l2_prepare(vcpu);
			if (action != HVE_RESUME)
				return action;
		}
		prepare_entry(vcpu, l2);
		trace_hvemu_entry(vcpu);
		if (unlikely(hve_vmx_enter(vmx, &vcpu->regs)))
			return entry_failed(vcpu);
		vcpu->stats.exits++;
		kind = hve_vmx_decode(&vcpu->exit);
		trace_hvemu_exit(vcpu);
		if (likely(kind == HVE_EXIT_PLAIN))
			action = hve_exit_in_window(vcpu, l2);
		else
			action = odd_exit(vcpu, kind);
		if (action != HVE_RESUME && !(l2 && action == HVE_RESUME_L2))
			return action;
		/* a wake-up made in the window sets the flag without an IPI */
		if (unlikely(READ_ONCE(vcpu->requests) || need_resched()))
			return HVE_RESUME;
	}
}

static noinline enum hve_action l2_loop(struct hve_vcpu *vcpu)
{
	return window_loop(vcpu, true);
}

#define WINDOW_REQS (BIT(HVE_REQ_FLUSH) | BIT(HVE_REQ_FLUSH_LOCAL) | \
		     BIT(HVE_REQ_FLUSH_L2) | BIT(HVE_REQ_TSC) | \
		     BIT(HVE_REQ_STEP))

static void flush_and_tsc(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;

	bool local = test_and_clear_bit(HVE_REQ_FLUSH_LOCAL, &vcpu->requests);

	if (test_and_clear_bit(HVE_REQ_FLUSH, &vcpu->requests))
		hve_vmx_flush_vpid(vmx);
	else if (local)
		hve_vmx_flush_vpid_local(vmx);
	if (hve_in_l2(vcpu))
		hve_vmx_flush_vpid(&vcpu->nested->other);
	if (test_and_clear_bit(HVE_REQ_FLUSH_L2, &vcpu->requests))
		hve_l2_flush(vcpu);
	if (test_and_clear_bit(HVE_REQ_TSC, &vcpu->requests))
		hve_tsc_load(vcpu);
}

static void window_requests(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;

	if (unlikely(READ_ONCE(vcpu->requests) & WINDOW_REQS))
		flush_and_tsc(vcpu);
	if (unlikely(vcpu->desc_exits != vmx->desc_exits))
		hve_vmx_desc_exits_set(vmx, vcpu->desc_exits);
	if (unlikely(vcpu->want_irq_window) && hve_events_extint_ok(vcpu))
		hve_vmx_irq_window(vmx, true);
	if (unlikely(vcpu->clear_shadow)) {
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
			   vmcs_read(GUEST_INTERRUPTIBILITY_INFO) &
			   ~(u64)(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS));
		vcpu->clear_shadow = false;
	}
}

static noinline enum hve_action no_window(struct hve_vcpu *vcpu)
{
	pr_err_ratelimited("%s: vCPU %u: cannot enter VMX operation on CPU %d\n",
			   vcpu->vm->label, vcpu->id, raw_smp_processor_id());
	return hve_user_internal_error(vcpu,
				       KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON,
				       0, 0);
}

/* Interrupts are off; returns with them off and the window closed. */
static enum hve_action run_window(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	struct hve_mmu *mmu = &vcpu->vm->mmu;
	enum hve_action action;

	/* no exit yet: an old one must not be acted on again */
	vcpu->exit.reason = U16_MAX;
	if (unlikely(hve_vmx_begin(vmx, &vcpu->host, &vcpu->regs,
				   hve_vcpu_eptp(vcpu),
				   atomic64_read(&mmu->gen))))
		return no_window(vcpu);
	vcpu->in_window = true;
	vcpu->apic_check = true;
	window_requests(vcpu);
	hve_fpu_load(vcpu);
	vcpu->window_tsc = rdtsc();

	action = hve_in_l2(vcpu) ? HVE_RESUME_L2 : window_loop(vcpu, false);
	if (unlikely(action == HVE_RESUME_L2))
		action = l2_loop(vcpu);

	hve_apicv_pull(vcpu);
	vcpu->runtime_tsc += rdtsc() - vcpu->window_tsc;
	hve_fpu_save(vcpu);
	hve_vmx_end(vmx, &vcpu->host, &vcpu->regs);
	vcpu->in_window = false;
	if (vcpu->note_rip) {
		vcpu->pio_rip = vcpu->regs.rip;
		vcpu->note_rip = false;
	}
	vcpu->stats.windows++;
	vcpu->stats.in_window = vcpu->stats.exits - vcpu->stats.windows;
	return action;
}

/* What a host NMI or machine check left to do, before interrupts go on. */
static void host_events(struct hve_vcpu *vcpu)
{
	u32 info = vcpu->exit.intr_info;

	if (vcpu->exit.reason != EXIT_REASON_EXCEPTION_NMI)
		return;
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		hve_vmx_host_nmi();
	else if ((info & INTR_INFO_VECTOR_MASK) == X86_TRAP_MC)
		hve_vmx_host_mc();
}

static bool must_look_around(struct hve_vcpu *vcpu)
{
	return (READ_ONCE(vcpu->requests) & ~WINDOW_REQS) ||
	       hve_apic_events_pending(&cur_vtl(vcpu)->apic) ||
	       signal_pending(current) || need_resched();
}

static enum hve_action run_once(struct hve_vcpu *vcpu)
{
	enum hve_action action = HVE_RESUME;

	kernel_fpu_begin();
	local_irq_disable();
	vcpu->cpu = raw_smp_processor_id();
	/* mode before the look at requests: hve_vcpu_kick(), hve_mmu_flush() */
	smp_store_mb(vcpu->mode, HVE_IN_WINDOW);
	if (likely(!must_look_around(vcpu))) {
		vtime_account_guest_enter();
		/* leaving to the VMM is a quiescent state of its own */
		if (vcpu->exit.reason == EXIT_REASON_EXTERNAL_INTERRUPT &&
		    !context_tracking_enabled_this_cpu())
			hve_rcu_note();
		action = run_window(vcpu);
		/* nothing of the guest is in use any more */
		smp_store_release(&vcpu->mode, HVE_OUT_OF_WINDOW);
		host_events(vcpu);
		/* the interrupt that ended it counts as guest time */
		local_irq_enable();
		local_irq_disable();
		vtime_account_guest_exit();
	} else {
		/* the guest did not run: nothing to publish but the mode */
		smp_store_release(&vcpu->mode, HVE_OUT_OF_WINDOW);
	}
	local_irq_enable();
	kernel_fpu_end();
	return action;
}

static void take_sipi(struct hve_vcpu *vcpu, u8 vector)
{
	struct hve_segment cs;
	struct hve_window w;

	if (hve_vcpu_state_open(vcpu, &w))
		return;
	hve_vmx_seg_get(SEG_CS, &cs);
	cs.selector = vector << 8;
	cs.base = vector << 12;
	hve_vmx_seg_set(SEG_CS, &cs);
	vmcs_write(GUEST_RIP, 0);
	hve_vcpu_state_close(vcpu, &w);
	vcpu->mp_state = KVM_MP_STATE_RUNNABLE;
}

/**
 * hve_vcpu_apic_events() - take INIT, SIPI and NMI
 * @vcpu: mutex held, VMCS closed
 */
void hve_vcpu_apic_events(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;
	u8 sipi = 0;
	u32 ev = hve_apic_events_take(apic, ~0u, &sipi);

	if (ev & BIT(HVE_APIC_EV_INIT) && !hve_l2_init(vcpu)) {
		hve_vcpu_init_signal(vcpu);
		vcpu->mp_state = hve_apic_base_get(apic) & HVE_APIC_BASE_BSP ?
				 KVM_MP_STATE_RUNNABLE :
				 KVM_MP_STATE_INIT_RECEIVED;
	}
	if ((ev & BIT(HVE_APIC_EV_SIPI)) &&
	    vcpu->mp_state == KVM_MP_STATE_INIT_RECEIVED)
		take_sipi(vcpu, sipi);
	/* INTR rose, or what it is connected to was reset */
	if (ev & (BIT(HVE_APIC_EV_EXTINT) | BIT(HVE_APIC_EV_INIT)))
		hve_vcpu_intr_look(vcpu);
	if ((ev & BIT(HVE_APIC_EV_NMI)) && vcpu->ev.nmi_pending < 2) {
		vcpu->ev.nmi_pending++;
		vcpu->ev.any = true;
	}
}

static enum hve_action outer_requests(struct hve_vcpu *vcpu)
{
	unsigned long reqs = READ_ONCE(vcpu->requests);

	if (unlikely(reqs & BIT(HVE_REQ_STEP)) && hve_debug_stepped(vcpu))
		return hve_debug_step(vcpu);
	if (hve_apic_events_pending(&cur_vtl(vcpu)->apic))
		hve_vcpu_apic_events(vcpu);
	if (likely(!(reqs & ~WINDOW_REQS)))
		return HVE_RESUME;
	if (test_bit(HVE_REQ_PARK, &vcpu->requests))
		hve_vcpu_park(vcpu);
	if (test_and_clear_bit(HVE_REQ_VP, &vcpu->requests))
		hve_tlfs_process_requests(&vcpu->vp,
					  xchg(&vcpu->vp_requests, 0));
	if (test_and_clear_bit(HVE_REQ_SCAN_EOI, &vcpu->requests)) {
		hve_irq_scan_eoi(vcpu);
		vcpu->eoi_bitmap_new = true;
	}
	if (test_and_clear_bit(HVE_REQ_MSR_FILTER, &vcpu->requests))
		hve_msr_bitmap_init(vcpu);
	if (test_and_clear_bit(HVE_REQ_TRIPLE_FAULT, &vcpu->requests)) {
		if (!hve_in_l2(vcpu))
			return hve_user_shutdown(vcpu);
		hve_nested_leave_soon(vcpu->nested, EXIT_REASON_TRIPLE_FAULT);
	}
	if (test_bit(HVE_REQ_DEAD, &vcpu->requests))
		return hve_user_internal_error(vcpu,
					       KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON,
					       0, 0);
	if (vcpu->user_exit_pending)
		return hve_user_pending(vcpu);
	return HVE_RESUME;
}

/* Is there an interrupt in IRR, whatever its priority? */
static bool irr_has_any(struct hve_apic *apic)
{
	if (!READ_ONCE(apic->irr_pending))
		return false;
	return hve_apic_irr_highest(apic) >= 0;
}

/* Is there an event that ends HLT? VMCS closed. */
static bool halt_ends(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;
	bool takes_irqs = vcpu->regs.rflags & X86_EFLAGS_IF ||
			  hve_l2_keeps_irqs(vcpu);

	if (vcpu->mp_state != KVM_MP_STATE_HALTED)
		return false;
	if (vcpu->ev.any && hve_events_wake(vcpu, takes_irqs))
		return true;
	/* TLFS, "Virtual Processor Idle Sleep State": masked ones, too */
	if (vcpu->idle)
		return irr_has_any(apic);
	if (!takes_irqs)
		return false;
	if (READ_ONCE(apic->irr_pending) && vcpu->eoi_assist)
		eoi_assist_sync(vcpu);
	return hve_apic_pending(apic) >= 0;
}

/* Is there something to do for one that blocks? */
static bool can_wake(struct hve_vcpu *vcpu)
{
	return hve_apic_events_pending(&cur_vtl(vcpu)->apic) ||
	       READ_ONCE(vcpu->requests) & ~WINDOW_REQS || halt_ends(vcpu);
}

static void block(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;

	vcpu->stats.halts++;
	if (test_bit(HVE_REQ_TSC, &vcpu->requests))
		hve_apic_timer_tsc_changed(apic);
	if (unlikely(vcpu->run_due_ns))
		hve_run_timer_stop(vcpu);
	hve_apic_timer_park(apic);
	rcuwait_wait_event(&vcpu->wait,
			   (hve_apic_timer_check(apic), can_wake(vcpu)) ||
			   signal_pending(current), TASK_INTERRUPTIBLE);
	hve_apic_timer_unpark(apic);
	hve_apic_timer_check(apic);
	/* a request alone is no reason to leave HLT: it is served first */
	if (halt_ends(vcpu)) {
		vcpu->mp_state = KVM_MP_STATE_RUNNABLE;
		vcpu->idle = false;
	}
}

static int outer_loop(struct hve_vcpu *vcpu)
{
	enum hve_action action;

	for (;;) {
		action = outer_requests(vcpu);
		if (action == HVE_TO_USER)
			return 0;
		if (signal_pending(current)) {
			vcpu->run->exit_reason = KVM_EXIT_INTR;
			return -EINTR;
		}
		if (vcpu->mp_state != KVM_MP_STATE_RUNNABLE) {
			block(vcpu);
			continue;
		}
		if (unlikely(vcpu->run_due_ns))
			hve_run_timer_start(vcpu);
		action = run_once(vcpu);
		hve_tlfs_stats_update(&vcpu->vp);
		if (action == HVE_RUN_OUTSIDE)
			action = hve_exit_outside(vcpu);
		if (unlikely(vcpu->user_exit_pending) && action == HVE_RESUME)
			action = hve_user_pending(vcpu);
		if (action == HVE_TO_USER)
			return vcpu->run_error;
		cond_resched();
	}
}

static void note_task(struct hve_vcpu *vcpu)
{
	struct task_struct *old = vcpu->task;

	if (likely(old == current))
		return;
	get_task_struct(current);
	WRITE_ONCE(vcpu->task, current);
	if (old) {
		/* a kicker may hold the old pointer */
		synchronize_rcu();
		put_task_struct(old);
	}
}

static void before_run(struct hve_vcpu *vcpu)
{
	note_task(vcpu);
	if (unlikely(!vcpu->has_run)) {
		vcpu->has_run = true;
		WRITE_ONCE(vcpu->vm->started, true);
	}
	hve_vcpu_intr_look(vcpu);
	hve_apic_timer_unpark(&cur_vtl(vcpu)->apic);
}

/* Would the guest take a vector of KVM_INTERRUPT? */
static bool ready_for_irq(struct hve_vcpu *vcpu)
{
	if (vcpu->vm->board)
		return true;
	if (vcpu->ev.any || !(vcpu->regs.rflags & X86_EFLAGS_IF))
		return false;
	return hve_events_extint_ok(vcpu);
}

static void after_run(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;
	struct kvm_run *run = vcpu->run;

	hve_apic_timer_park(apic);
	if (unlikely(vcpu->run_due_ns))
		hve_run_timer_stop(vcpu);
	if (vcpu->eoi_assist &&
	    hve_tlfs_eoi_assist_used(&vcpu->vp, vcpu->cur_vtl))
		eoi_assist_sync(vcpu);
	run->if_flag = !!(vcpu->regs.rflags & X86_EFLAGS_IF);
	run->cr8 = hve_apic_cr8_get(apic);
	run->apic_base = hve_apic_base_get(apic);
	run->flags = 0;
	run->ready_for_interrupt_injection = ready_for_irq(vcpu);
	vcpu->stats.user_exits++;
}

/*
 * kvm_run.immediate_exit, the byte behind request_interrupt_window: some
 * kernels hide its name from the kernel side.
 */
static bool immediate_exit(const struct kvm_run *run)
{
	return READ_ONCE(*(&run->request_interrupt_window + 1));
}

int hve_vcpu_run(struct hve_vcpu *vcpu)
{
	int (*complete)(struct hve_vcpu *vcpu) = vcpu->complete;
	struct kvm_run *run = vcpu->run;
	int r;

	lockdep_assert_held(&vcpu->mutex);
	before_run(vcpu);
	vcpu->run_error = 0;
	vcpu->want_irq_window = READ_ONCE(run->request_interrupt_window);
	vcpu->debug.from = vcpu->regs.rip;
	if (complete) {
		vcpu->complete = NULL;
		r = complete(vcpu);
		if (r)
			goto out;
		if (unlikely(vcpu->debug.control) && hve_debug_stepped(vcpu)) {
			hve_debug_step(vcpu);
			goto out;
		}
	}
	if (immediate_exit(run)) {
		r = -EINTR;
		goto out;
	}
	r = outer_loop(vcpu);
	/* the exit that was made is final: r 0 means kvm_run is valid */
	if (r > 0)
		r = 0;
out:
	after_run(vcpu);
	trace_hvemu_user_exit(vcpu, r);
	return r > 0 ? 0 : r;
}

/**
 * hve_vcpu_eoi() - EOI by whichever register
 * @vcpu: the caller's
 *
 * Return: 0; -EAGAIN in a window when the VMM has to hear of it.
 */
int hve_vcpu_eoi(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic;

	if (vcpu->apicv_live && hve_apicv_eoi(vcpu))
		return 0;
	apic = hve_vcpu_apic(vcpu);
	if (vcpu->in_window && !vcpu->vm->board && hve_apic_eoi_needs_host(apic))
		return -EAGAIN;
	if (unlikely(vcpu->eoi_assist))
		eoi_assist_sync(vcpu);
	end_vector(vcpu);
	return 0;
}
