// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of the bench: HvCallPostMessage and HvCallSignalEvent, from the call to
 * the end of the interrupt, and to another VP and back. KVM has no ports: there
 * a message is the VMM's, which puts it into its slot and sends an MSI, and an
 * event goes by two eventfds.
 */
#include <err.h>
#include <string.h>
#include <sys/eventfd.h>

#include "bench.h"
#include "synic.h"

#define MSG_SINT	2
#define EVENT_SINT	3
#define VEC_MSG		0x61
#define VEC_EVENT	0x62
#define VEC_SETUP	0x63
#define GSI		30

/* connection ids; those to VP n are to[n] + n */
#define MSG_TO		1
#define EVENT_TO	11

static volatile uint64_t messages, events, set_up, echo;

/* The guest's half; VP 1 answers when it is asked to. */

static void on_message(struct guest_regs *regs)
{
	g_slot_done(MSG_SINT);
	x2apic_eoi();
	if (this_vp()->id && echo)
		g_post(MSG_TO, 1, 2);
	else
		messages++;
}

static void on_event(struct guest_regs *regs)
{
	*g_flags(EVENT_SINT) = 0;
	x2apic_eoi();
	if (this_vp()->id && echo)
		g_signal(EVENT_TO, 0);
	else
		events++;
}

static void open_sints(void)
{
	g_synic_open();
	wrmsr(HV_X64_MSR_SINT0 + MSG_SINT, VEC_MSG);
	wrmsr(HV_X64_MSR_SINT0 + EVENT_SINT, VEC_EVENT);
	__sync_fetch_and_add(&set_up, 1);
}

static void on_setup(struct guest_regs *regs)
{
	x2apic_eoi();
	open_sints();
}

static void ipc_begin(void)
{
	guest_handlers[VEC_MSG] = on_message;
	guest_handlers[VEC_EVENT] = on_event;
	guest_handlers[VEC_SETUP] = on_setup;
	open_sints();
	x2apic_icr(1, VEC_SETUP | APIC_ICR_ASSERT);
	while (set_up < 2)
		cpu_pause();
}

static bool echo_on(void)
{
	echo = 1;
	return true;
}

static void echo_off(void)
{
	echo = 0;
}

static void until(volatile uint64_t *count, uint64_t before)
{
	while (*count == before)
		cpu_pause();
}

static void post_self(void)
{
	uint64_t before = messages;

	g_post(MSG_TO, 1, 1);
	until(&messages, before);
}

static void post_other(void)
{
	uint64_t before = messages;

	g_post(MSG_TO + 1, 1, 1);
	until(&messages, before);
}

static void signal_self(void)
{
	uint64_t before = events;

	g_signal(EVENT_TO, 0);
	until(&events, before);
}

static void signal_other(void)
{
	uint64_t before = events;

	g_signal(EVENT_TO + 1, 0);
	until(&events, before);
}

/* The VMM's half */

static void kvm_event(struct vmm *vmm, unsigned int vp)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	struct kvm_hyperv_eventfd conn = { .conn_id = EVENT_TO + vp, .fd = fd };
	struct kvm_irqfd irqfd = { .fd = fd, .gsi = GSI + vp };

	xioctl(vmm->fd, KVM_HYPERV_EVENTFD, &conn);
	xioctl(vmm->fd, KVM_IRQFD, &irqfd);
}

static void kvm_routes(struct vmm *vmm)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry e[2];
	} t = { .head.nr = 2 };
	unsigned int i;

	for (i = 0; i < 2; i++)
		t.e[i] = (struct kvm_irq_routing_entry){
			.gsi = GSI + i, .type = KVM_IRQ_ROUTING_MSI,
			.u.msi = { .address_lo = APIC_BASE | i << 12, .data = VEC_EVENT },
		};
	xioctl(vmm->fd, KVM_SET_GSI_ROUTING, &t);
}

static bool prepare(struct vmm *vmm)
{
	unsigned int i;

	if (vmm->is_kvm) {
		if (vmm_cap(vmm, KVM_CAP_HYPERV_SYNIC2) <= 0)
			return false;
		kvm_routes(vmm);
	}
	for (i = 0; i < 2; i++) {
		if (vmm->is_kvm)
			kvm_event(vmm, i);
		else if (message_port(vmm, 1 + i, i, MSG_SINT) ||
			 event_port(vmm, 11 + i, i, EVENT_SINT, 0, 1) ||
			 connect_to(vmm, MSG_TO + i, HVEMU_TO_PORT, -1, 1 + i) ||
			 connect_to(vmm, EVENT_TO + i, HVEMU_TO_PORT, -1, 11 + i))
			err(1, "ports");
	}
	return true;
}

/* What a VMM on KVM does with HvCallPostMessage. */
static void serve_post(struct vmm *vmm, uint64_t gpa)
{
	const struct hv_post_input *in = vmm_gpa(vmm, gpa, sizeof(*in));
	unsigned int vp = in->conn - MSG_TO;
	struct hv_message *slot;

	slot = (struct hv_message *)vmm_gpa(vmm, SYNIC_SIMP(vp), 4096) + MSG_SINT;
	slot->size = in->size;
	memcpy(slot->payload, in->payload, in->size);
	__atomic_store_n(&slot->type, in->type, __ATOMIC_RELEASE);
	vmm_signal_msi(vmm, APIC_BASE | vp << 12, VEC_MSG);
}

static bool serve(struct vp *vp)
{
	struct kvm_hyperv_exit *e = (struct kvm_hyperv_exit *)&vp->run->hyperv;

	if (vp->run->exit_reason != KVM_EXIT_HYPERV)
		return false;
	if (e->type == KVM_EXIT_HYPERV_SYNIC)
		return true;
	if ((e->u.hcall.input & 0xffff) != HVCALL_POST_MESSAGE)
		return false;
	serve_post(vp->vmm, e->u.hcall.params[0]);
	e->u.hcall.result = 0;
	return true;
}

static const struct bench_row ipc_rows[] = {
	{ "PostMessage to itself, EOI", 100, .once = post_self },
	{ "PostMessage to another VP and back", 100, .begin = echo_on,
	  .once = post_other, .end = echo_off },
	{ "SignalEvent to itself, EOI", 100, .once = signal_self },
	{ "SignalEvent to another VP and back", 100, .begin = echo_on,
	  .once = signal_other, .end = echo_off },
};

const struct bench_scene bench_ipc = {
	.name = "messages and events",
	.nr_vps = 2,
	.nr_run = 2,
	.own_synic = true,
	.prepare = prepare,
	.serve = serve,
	.begin = ipc_begin,
	.rows = ipc_rows,
	.nr_rows = ARRAY_SIZE(ipc_rows),
};
