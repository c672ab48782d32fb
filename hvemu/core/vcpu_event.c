// SPDX-License-Identifier: GPL-2.0
/*
 * Events on their way into the guest: exceptions, NMIs, interrupts, and what
 * an exit interrupted in its delivery.  One is injected an entry, in the order
 * of SDM, "Priority Among Concurrent Events".
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>
#include "tlfs.h"
#include "trace.h"
#include "core/board.h"
#include "core/vcpu.h"

#define BLOCK_IRQ	(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)

static bool is_contributory(u8 vector)
{
	return vector == X86_TRAP_DE || (vector >= X86_TRAP_TS &&
					 vector <= X86_TRAP_GP);
}

static bool is_software(u8 vector)
{
	return vector == X86_TRAP_BP || vector == X86_TRAP_OF;
}

/*
 * An exception while another's delivery is to be repeated: SDM, "Interrupt
 * 8--Double Fault Exception".  Return: true when it was merged.
 */
static bool merge(struct hve_vcpu *vcpu, u8 vector)
{
	struct hve_events *ev = &vcpu->ev;
	u32 type = ev->again_info & INTR_INFO_INTR_TYPE_MASK;
	u8 first = ev->again_info & INTR_INFO_VECTOR_MASK;

	if (!(ev->again_info & INTR_INFO_VALID_MASK))
		return false;
	ev->again_info = 0;
	if (type != INTR_TYPE_HARD_EXCEPTION)
		return false;
	if (first == X86_TRAP_DF) {
		hve_vcpu_request(vcpu, HVE_REQ_TRIPLE_FAULT);
		return true;
	}
	if ((is_contributory(first) && is_contributory(vector)) ||
	    (first == X86_TRAP_PF &&
	     (is_contributory(vector) || vector == X86_TRAP_PF))) {
		ev->exc_pending = true;
		ev->exc_vector = X86_TRAP_DF;
		ev->exc_has_err = true;
		ev->exc_err = 0;
		ev->exc_type = INTR_TYPE_HARD_EXCEPTION;
		ev->any = true;
		return true;
	}
	return false;
}

void hve_queue_exception(struct hve_vcpu *vcpu, u8 vector, bool has_err,
			 u32 err)
{
	struct hve_events *ev = &vcpu->ev;

	if (merge(vcpu, vector))
		return;
	ev->exc_pending = true;
	ev->exc_vector = vector;
	ev->exc_has_err = has_err;
	ev->exc_err = err;
	ev->exc_type = INTR_TYPE_HARD_EXCEPTION;
	ev->exc_len = 0;
	ev->any = true;
}

void hve_queue_gp(struct hve_vcpu *vcpu)
{
	hve_queue_exception(vcpu, X86_TRAP_GP, true, 0);
}

void hve_queue_ud(struct hve_vcpu *vcpu)
{
	hve_queue_exception(vcpu, X86_TRAP_UD, false, 0);
}

void hve_queue_bp(struct hve_vcpu *vcpu)
{
	hve_queue_exception(vcpu, X86_TRAP_BP, false, 0);
	vcpu->ev.exc_type = INTR_TYPE_SOFT_EXCEPTION;
	vcpu->ev.exc_len = 1;
}

void hve_queue_db(struct hve_vcpu *vcpu, u64 dr6_bits)
{
	vcpu->regs.dr6 &= ~0xfull;
	vcpu->regs.dr6 |= dr6_bits;
	hve_queue_exception(vcpu, X86_TRAP_DB, false, 0);
}

/* An exit came in the middle of delivering an event: deliver it again. */
void hve_events_save(struct hve_vcpu *vcpu)
{
	const struct hve_exit *exit = &vcpu->exit;
	struct hve_events *ev = &vcpu->ev;
	u32 info = exit->idtv_info & ~(1u << 12), type;

	type = info & INTR_INFO_INTR_TYPE_MASK;
	ev->again_info = info;
	ev->again_err = exit->idtv_err;
	ev->again_len = 0;
	if (type == INTR_TYPE_SOFT_INTR || type == INTR_TYPE_SOFT_EXCEPTION ||
	    type == INTR_TYPE_PRIV_SW_EXCEPTION)
		ev->again_len = exit->len;
	if (type == INTR_TYPE_NMI_INTR)
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
			   vmcs_read(GUEST_INTERRUPTIBILITY_INFO) &
			   ~(u64)GUEST_INTR_STATE_NMI);
	ev->any = true;
}

bool hve_vcpu_can_take_irq(struct hve_vcpu *vcpu)
{
	return (vmcs_read(GUEST_RFLAGS) & X86_EFLAGS_IF) &&
	       !(vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & BLOCK_IRQ);
}

static void inject(struct hve_vcpu *vcpu, u32 info, u32 err, u32 len)
{
	hve_vmx_inject(&cur_vtl(vcpu)->vmx, info, err, len);
	trace_hvemu_inject(vcpu, info, err);
}

static void inject_exception(struct hve_vcpu *vcpu)
{
	struct hve_events *ev = &vcpu->ev;
	u32 info = ev->exc_vector | ev->exc_type | INTR_INFO_VALID_MASK;

	/* no error codes in real mode */
	if (ev->exc_has_err && (vmcs_read(GUEST_CR0) & X86_CR0_PE))
		info |= INTR_INFO_DELIVER_CODE_MASK;
	/* a fault shows RF = 1 in the pushed flags */
	if (ev->exc_type == INTR_TYPE_HARD_EXCEPTION &&
	    ev->exc_vector != X86_TRAP_DB && ev->exc_vector != X86_TRAP_DF)
		vmcs_write(GUEST_RFLAGS, vmcs_read(GUEST_RFLAGS) | X86_EFLAGS_RF);
	inject(vcpu, info, ev->exc_err, ev->exc_len);
	ev->exc_pending = false;
}

static bool prepare_nmi(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u32 blocking = vmcs_read(GUEST_INTERRUPTIBILITY_INFO);

	if (blocking & (GUEST_INTR_STATE_NMI | BLOCK_IRQ)) {
		hve_vmx_nmi_window(vmx, true);
		return false;
	}
	inject(vcpu, INTR_TYPE_NMI_INTR | INTR_INFO_VALID_MASK | X86_TRAP_NMI,
	       0, 0);
	if (--vcpu->ev.nmi_pending)
		hve_vmx_nmi_window(vmx, true);
	return true;
}

/**
 * hve_events_extint_ok() - is the VMM's interrupt controller connected?
 * @vcpu: the caller's
 *
 * By LINT0, if the LAPIC is in the kernel and the PIC is not.
 */
bool hve_events_extint_ok(const struct hve_vcpu *vcpu)
{
	return !vcpu->vm->lapic_in_kernel ||
	       (!vcpu->vm->board &&
		hve_apic_accepts_extint(&vcpu->vtl[0].apic));
}

/* Does the PIC in the kernel interrupt this vCPU? */
static bool intr_pending(struct hve_vcpu *vcpu)
{
	const struct hve_chips *chips = hve_board_chips(vcpu->vm);

	return chips && hve_pic_output(chips) &&
	       hve_apic_accepts_extint(&cur_vtl(vcpu)->apic);
}

/**
 * hve_events_wake() - do the events end HLT?
 * @vcpu: the caller's
 * @takes_irqs: interrupts are not blocked
 */
bool hve_events_wake(struct hve_vcpu *vcpu, bool takes_irqs)
{
	const struct hve_events *ev = &vcpu->ev;

	if (ev->exc_pending || ev->nmi_pending ||
	    ev->again_info & INTR_INFO_VALID_MASK)
		return true;
	if (!takes_irqs)
		return false;
	return (ev->extint_pending && hve_events_extint_ok(vcpu)) ||
	       (ev->intr_look && intr_pending(vcpu));
}

/* Does an interrupt controller other than the LAPIC have one? */
bool hve_events_extint_waits(struct hve_vcpu *vcpu)
{
	const struct hve_events *ev = &vcpu->ev;

	return (ev->extint_pending && hve_events_extint_ok(vcpu)) ||
	       (ev->intr_look && intr_pending(vcpu));
}

/* The vector of an interrupt controller, or -1; can_take_irq is true. */
int hve_events_extint_take(struct hve_vcpu *vcpu)
{
	struct hve_events *ev = &vcpu->ev;
	int vector;

	if (ev->extint_pending) {
		ev->extint_pending = false;
		return ev->extint_vector;
	}
	vector = hve_pic_ack(hve_board_chips(vcpu->vm));
	ev->intr_look = vector >= 0;
	return vector;
}

/* They come before the LAPIC's vectors. */
static bool prepare_extint(struct hve_vcpu *vcpu, bool done)
{
	struct hve_events *ev = &vcpu->ev;
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	int vector;

	if (ev->intr_look && !intr_pending(vcpu))
		ev->intr_look = false;
	if (!ev->intr_look &&
	    !(ev->extint_pending && hve_events_extint_ok(vcpu)))
		return done;
	if (done || !hve_vcpu_can_take_irq(vcpu)) {
		hve_vmx_irq_window(vmx, true);
		return done;
	}
	vector = hve_events_extint_take(vcpu);
	if (vector < 0)
		return false;
	inject(vcpu, vector | INTR_TYPE_EXT_INTR | INTR_INFO_VALID_MASK, 0, 0);
	if (ev->intr_look && intr_pending(vcpu))
		hve_vmx_irq_window(vmx, true);
	return true;
}

/**
 * hve_events_prepare() - inject what is queued
 * @vcpu: VMCS open
 *
 * Return: true when an event was written and no other can be.
 */
bool hve_events_prepare(struct hve_vcpu *vcpu)
{
	struct hve_events *ev = &vcpu->ev;
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	bool done = false;

	if (ev->again_info & INTR_INFO_VALID_MASK) {
		inject(vcpu, ev->again_info, ev->again_err, ev->again_len);
		ev->again_info = 0;
		done = true;
	} else if (ev->exc_pending) {
		inject_exception(vcpu);
		done = true;
	} else if (ev->nmi_pending && !hve_debug_blocks_irqs(vcpu)) {
		done = prepare_nmi(vcpu);
	}
	if (hve_debug_blocks_irqs(vcpu))
		return done;
	if (done && ev->nmi_pending)
		hve_vmx_nmi_window(vmx, true);
	if (ev->extint_pending || ev->intr_look)
		done = prepare_extint(vcpu, done);
	ev->any = ev->exc_pending || ev->nmi_pending || ev->extint_pending ||
		  ev->intr_look;
	return done;
}

static void get_injected(const struct hve_events *ev,
			 struct kvm_vcpu_events *out)
{
	u32 type = ev->again_info & INTR_INFO_INTR_TYPE_MASK;

	if (!(ev->again_info & INTR_INFO_VALID_MASK))
		return;
	switch (type) {
	case INTR_TYPE_EXT_INTR:
	case INTR_TYPE_SOFT_INTR:
		out->interrupt.injected = 1;
		out->interrupt.nr = ev->again_info & INTR_INFO_VECTOR_MASK;
		out->interrupt.soft = type == INTR_TYPE_SOFT_INTR;
		break;
	case INTR_TYPE_NMI_INTR:
		out->nmi.injected = 1;
		break;
	default:
		out->exception.injected = 1;
		out->exception.nr = ev->again_info & INTR_INFO_VECTOR_MASK;
		out->exception.has_error_code =
			!!(ev->again_info & INTR_INFO_DELIVER_CODE_MASK);
		out->exception.error_code = ev->again_err;
	}
}

/* VMCS closed; the caller holds the mutex. */
void hve_events_get(struct hve_vcpu *vcpu, struct kvm_vcpu_events *out)
{
	const struct hve_events *ev = &vcpu->ev;
	struct hve_window w;
	u32 blocking = 0;

	memset(out, 0, sizeof(*out));
	if (!hve_vcpu_state_open(vcpu, &w)) {
		blocking = vmcs_read(GUEST_INTERRUPTIBILITY_INFO);
		hve_vcpu_state_close(vcpu, &w);
	}
	get_injected(ev, out);
	/* without KVM_CAP_EXCEPTION_PAYLOAD pending looks like injected */
	if (ev->exc_pending) {
		out->exception.injected = 1;
		out->exception.nr = ev->exc_vector;
		out->exception.has_error_code = ev->exc_has_err;
		out->exception.error_code = ev->exc_err;
	}
	if (ev->extint_pending) {
		out->interrupt.injected = 1;
		out->interrupt.nr = ev->extint_vector;
	}
	if (blocking & GUEST_INTR_STATE_STI)
		out->interrupt.shadow |= KVM_X86_SHADOW_INT_STI;
	if (blocking & GUEST_INTR_STATE_MOV_SS)
		out->interrupt.shadow |= KVM_X86_SHADOW_INT_MOV_SS;
	out->nmi.pending = ev->nmi_pending;
	out->nmi.masked = !!(blocking & GUEST_INTR_STATE_NMI);
	out->flags = KVM_VCPUEVENT_VALID_NMI_PENDING |
		     KVM_VCPUEVENT_VALID_SHADOW;
}

static void set_blocking(struct hve_vcpu *vcpu,
			 const struct kvm_vcpu_events *in)
{
	struct hve_window w;
	u32 blocking;

	if (hve_vcpu_state_open(vcpu, &w))
		return;
	blocking = vmcs_read(GUEST_INTERRUPTIBILITY_INFO);
	if (in->flags & KVM_VCPUEVENT_VALID_SHADOW) {
		blocking &= ~BLOCK_IRQ;
		if (in->interrupt.shadow & KVM_X86_SHADOW_INT_STI)
			blocking |= GUEST_INTR_STATE_STI;
		else if (in->interrupt.shadow & KVM_X86_SHADOW_INT_MOV_SS)
			blocking |= GUEST_INTR_STATE_MOV_SS;
	}
	blocking &= ~GUEST_INTR_STATE_NMI;
	if (in->nmi.masked)
		blocking |= GUEST_INTR_STATE_NMI;
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO, blocking);
	hve_vcpu_state_close(vcpu, &w);
}

/* SDM, "Exception and Interrupt Reference": the others push no error code. */
#define HAS_ERROR_CODE	(BIT(X86_TRAP_DF) | BIT(X86_TRAP_TS) | \
			 BIT(X86_TRAP_NP) | BIT(X86_TRAP_SS) | \
			 BIT(X86_TRAP_GP) | BIT(X86_TRAP_PF) | BIT(X86_TRAP_AC))

/*
 * VM entry injects an exception with the error code that its vector has, and
 * only with that: in real mode there is none, else one that is missing is 0.
 * Its upper half must be 0 (SDM, "VM-Entry Control Fields").
 */
static bool exception_valid(const struct kvm_vcpu_events *in)
{
	if (!in->exception.injected && !in->exception.pending)
		return true;
	if (in->exception.nr > 31 || in->exception.nr == X86_TRAP_NMI)
		return false;
	if (!in->exception.has_error_code || !in->exception.injected)
		return true;
	return BIT(in->exception.nr) & HAS_ERROR_CODE &&
	       in->exception.error_code <= U16_MAX;
}

static void set_exception(struct hve_events *ev,
			  const struct kvm_vcpu_events *in)
{
	u8 nr = in->exception.nr;

	ev->exc_pending = true;
	ev->exc_vector = nr;
	ev->exc_has_err = BIT(nr) & HAS_ERROR_CODE;
	ev->exc_err = in->exception.has_error_code ? in->exception.error_code : 0;
	ev->exc_type = INTR_TYPE_HARD_EXCEPTION;
	/* INT3 and INTO have one byte; the handler returns behind it */
	if (is_software(nr)) {
		ev->exc_type = INTR_TYPE_SOFT_EXCEPTION;
		ev->exc_len = 1;
	}
}

int hve_events_set(struct hve_vcpu *vcpu, const struct kvm_vcpu_events *in)
{
	struct hve_events *ev = &vcpu->ev;

	if (in->flags & ~(KVM_VCPUEVENT_VALID_NMI_PENDING |
			  KVM_VCPUEVENT_VALID_SIPI_VECTOR |
			  KVM_VCPUEVENT_VALID_SHADOW | KVM_VCPUEVENT_VALID_SMM))
		return -EINVAL;
	if (!exception_valid(in))
		return -EINVAL;
	if ((in->flags & KVM_VCPUEVENT_VALID_SMM) &&
	    (in->smi.smm || in->smi.pending))
		return -EINVAL;
	memset(ev, 0, sizeof(*ev));
	if (in->exception.injected)
		set_exception(ev, in);
	if (in->interrupt.injected) {
		ev->extint_pending = true;
		ev->extint_vector = in->interrupt.nr;
	}
	if (in->flags & KVM_VCPUEVENT_VALID_NMI_PENDING)
		ev->nmi_pending = !!in->nmi.pending;
	if (in->nmi.injected)
		ev->nmi_pending++;
	ev->any = ev->exc_pending || ev->extint_pending || ev->nmi_pending;
	set_blocking(vcpu, in);
	return 0;
}
