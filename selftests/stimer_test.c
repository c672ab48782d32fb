// SPDX-License-Identifier: GPL-2.0
/*
 * Synthetic timers as a guest sees them (TLFS, "Synthetic Timers"): messages
 * and direct interrupts, one-shot and periodic, what a write of one register
 * does to the other, and what happens when the guest is late.
 */
#include <string.h>

#include "bare.h"
#include "hvdef.h"

#define SCONTROL	0x40000080u
#define SIMP		0x40000083u
#define EOM		0x40000084u
#define SINT(n)		(0x40000090u + (n))
#define CONFIG(n)	(0x400000b0u + 2 * (n))
#define COUNT(n)	(0x400000b1u + 2 * (n))
#define SIM_PAGE	(BARE_FREE + 0x40000)

#define ON		1ull
#define PERIODIC	2ull
#define AUTO_ENABLE	8ull
#define DIRECT		(1ull << 12 | VEC_DIRECT << 4)
#define TO_SINT(n)	((uint64_t)(n) << 16)
#define MASKED		0x10000ull

#define TIMER_EXPIRED	0x80000010u
#define PENDING		1
#define VEC_MESSAGE	0x60ull
#define VEC_DIRECT	0x61ull
#define MS		10000ull	/* in units of 100 ns */
#define TICKS		20

struct message {
	uint32_t type;
	uint8_t size, flags, reserved[2];
	uint64_t sender;
	uint32_t timer, reserved2;
	uint64_t expiration, delivery;
};

static volatile uint64_t messages, directs;
static volatile uint64_t arrived[TICKS + 1];
static bool strict;		/* rules that KVM does not keep */

static uint64_t now(void)
{
	return rdmsr(HV_X64_MSR_TIME_REF_COUNT);
}

static volatile struct message *slot(unsigned int sint)
{
	return (struct message *)(SIM_PAGE + 256 * sint);
}

static void empty(unsigned int sint)
{
	slot(sint)->type = 0;
	asm volatile("mfence" : : : "memory");
	if (slot(sint)->flags & PENDING)
		wrmsr(EOM, 0);
}

static void on_message(struct guest_regs *regs)
{
	arrived[0] = now();
	messages++;
	x2apic_eoi();
}

static void on_direct(struct guest_regs *regs)
{
	if (directs <= TICKS)
		arrived[directs] = now();
	directs++;
	x2apic_eoi();
}

static bool wait_for(volatile uint64_t *count, uint64_t value, uint64_t ms)
{
	uint64_t end = now() + ms * MS;

	irq_on();
	while (*count < value && now() < end)
		cpu_pause();
	irq_off();
	return *count >= value;
}

static void spin(uint64_t ms)
{
	uint64_t end = now() + ms * MS;

	while (now() < end)
		cpu_pause();
}

static void check_registers(void)
{
	unsigned int i;
	uint64_t sum = 0;

	for (i = 0; i < 4; i++)
		sum |= rdmsr(CONFIG(i)) | rdmsr(COUNT(i));
	g_eq(sum, 0, "the registers start as zeroes");

	wrmsr(COUNT(0), now() + 1000 * MS);
	wrmsr(CONFIG(0), ON | TO_SINT(3));
	g_eq(rdmsr(CONFIG(0)), ON | TO_SINT(3), "a timer is enabled");
	wrmsr(CONFIG(0), ON);
	g_eq(rdmsr(CONFIG(0)) & ON, 0, "trap 44: without a SINT it is not");
	wrmsr(CONFIG(0), ON | DIRECT);
	g_eq(rdmsr(CONFIG(0)), ON | DIRECT, "trap 44: direct mode needs none");
	wrmsr(COUNT(0), 0);
	g_eq(rdmsr(CONFIG(0)), DIRECT, "trap 45: count 0 disables");
	wrmsr(CONFIG(0), AUTO_ENABLE | DIRECT);
	g_eq(rdmsr(CONFIG(0)), AUTO_ENABLE | DIRECT, "auto-enable alone enables nothing");
	wrmsr(COUNT(0), now() + 1000 * MS);
	g_eq(rdmsr(CONFIG(0)), ON | AUTO_ENABLE | DIRECT, "trap 45: a count then does");
	wrmsr(COUNT(0), 0);
	g_eq(rdmsr(CONFIG(0)), AUTO_ENABLE | DIRECT, "trap 45: count 0 disables it, too");
	wrmsr(CONFIG(0), 0);
	g_eq(directs, 0, "nothing has fired");
}

static void check_message(void)
{
	volatile struct message *m = slot(3);
	uint64_t due = now() + 5 * MS;

	wrmsr(COUNT(1), due);
	wrmsr(CONFIG(1), ON | TO_SINT(3));
	g_ok(wait_for(&messages, 1, 1000), "a one-shot timer's interrupt comes");
	g_ok(arrived[0] >= due, "not before its time");
	g_ok(m->type == TIMER_EXPIRED && m->size == 24 && m->timer == 1,
	     "its message: type %#lx, %ld bytes, timer %ld", m->type, m->size, m->timer);
	g_ok(m->expiration == due && m->delivery >= due && m->delivery <= arrived[0],
	     "with the times of expiration and delivery");
	g_eq(rdmsr(CONFIG(1)), TO_SINT(3), "it has disabled itself");
	empty(3);
	spin(10);
	g_eq(m->type, 0, "and fires once");

	messages = 0;
	wrmsr(COUNT(1), 1);
	wrmsr(CONFIG(1), ON | TO_SINT(3));
	g_eq(rdmsr(CONFIG(1)), TO_SINT(3), "trap 46: a time in the past is over at once");
	g_ok(wait_for(&messages, 1, 100), "trap 46: and its message comes");
	empty(3);

	messages = 0;
	wrmsr(SINT(3), VEC_MESSAGE | MASKED);
	wrmsr(COUNT(1), 1);
	wrmsr(CONFIG(1), ON | TO_SINT(3));
	spin(10);
	irq_on();
	irq_off();
	g_ok(!messages && m->type == TIMER_EXPIRED, "trap 25: masked: a message, no interrupt");
	empty(3);
	wrmsr(EOM, 0);
	g_ok(!strict || m->type == 0, "trap 25: and the message comes once");
	wrmsr(SINT(3), VEC_MESSAGE);
}

static void check_direct(void)
{
	uint64_t due = now() + 3 * MS;

	directs = 0;
	wrmsr(COUNT(2), due);
	wrmsr(CONFIG(2), ON | DIRECT);
	safe_halt();
	g_ok(directs == 1 && arrived[0] >= due, "direct: an interrupt ends HLT, not early");
	g_eq(slot(0)->type, 0, "and no message comes");
	g_eq(rdmsr(CONFIG(2)), DIRECT, "a direct one-shot disables itself");
}

static void check_periodic(void)
{
	uint64_t start, first, early = 0;
	unsigned int i;

	directs = 0;
	wrmsr(COUNT(0), 2 * MS);
	start = now();
	wrmsr(CONFIG(0), ON | PERIODIC | DIRECT);
	first = now();
	g_ok(wait_for(&directs, TICKS, 4000), "a periodic timer goes on");
	g_eq(rdmsr(CONFIG(0)), ON | PERIODIC | DIRECT, "and stays enabled");
	wrmsr(CONFIG(0), 0);
	for (i = 0; i < TICKS; i++)
		early += arrived[i] < start + (i + 1) * 2 * MS;
	g_eq(early, 0, "trap 47: tick n comes after n periods, not earlier");
	/* late once is not late for ever: it is the last one that must be near */
	g_ok(arrived[TICKS - 1] < first + (TICKS + 10) * 2 * MS, "trap 47: the phase stays");
	directs = 0;
	spin(6);
	irq_on();
	irq_off();
	g_ok(directs <= 1, "none after it was disabled");
}

/* Nobody empties the slot for ten periods. */
static void check_late(void)
{
	volatile struct message *m = slot(3);
	uint64_t first, second, third;

	messages = 0;
	wrmsr(COUNT(0), MS);
	wrmsr(CONFIG(0), ON | PERIODIC | TO_SINT(3));
	spin(11);
	first = m->expiration;
	g_eq(m->type, TIMER_EXPIRED, "the first tick's message is there");
	g_ok(!strict || m->flags & PENDING, "trap 47: MessagePending says that one waits");
	irq_on();
	empty(3);
	g_ok(!strict || (m->type == TIMER_EXPIRED && m->expiration > first),
	     "trap 47: EOM brings it at once");
	second = m->expiration;
	wrmsr(CONFIG(0), 0);
	empty(3);
	spin(3);
	third = m->type;
	irq_off();
	g_eq((second - first) % MS, 0, "trap 47: in the phase of the first");
	g_eq(third, 0, "trap 47: others have not piled up");
}

static void guest_main(uint64_t arg)
{
	guest_x2apic_enable();
	guest_handlers[VEC_MESSAGE] = on_message;
	guest_handlers[VEC_DIRECT] = on_direct;
	check_registers();
	wrmsr(SIMP, SIM_PAGE | HV_MSR_ENABLE);
	wrmsr(SCONTROL, 1);
	wrmsr(SINT(3), VEC_MESSAGE);
	check_message();
	check_direct();
	check_periodic();
	check_late();
}

/* hvemu: the pages are its overlays. KVM needs to be asked for a SynIC. */
static void cpuid_with_synic(struct vmm *vmm, struct vp *vp)
{
	struct cpuid_table t;

	cpuid_supported(vmm, &t);
	cpuid_hyperv(vmm, vp, &t);
	cpuid_topology(&t, 0, 1);
	if (!cpuid_has_synic(&t))
		ktap_skip_all("the device has no SynIC");
	if (vmm->is_kvm)
		vmm_enable_cap(vp->fd, KVM_CAP_HYPERV_SYNIC2, 0);
	vp_set_cpuid(vp, &t);
}

int main(void)
{
	enum bare_stop stop;
	struct vmm vmm;

	ktap_start(120);
	bare_create(&vmm, 1, BARE_NO_CPUID);
	cpuid_with_synic(&vmm, &vmm.vp[0]);
	guest_var(&vmm, strict) = !vmm.is_kvm;
	bare_start(&vmm.vp[0], guest_main, 0);
	do {
		stop = bare_run(&vmm.vp[0]);
	} while (stop == BARE_EXIT && vmm.vp[0].run->exit_reason == KVM_EXIT_HYPERV);
	ktap_ok(stop == BARE_DONE, "the guest came to its end");
	vmm_destroy(&vmm);
	return ktap_finish();
}
