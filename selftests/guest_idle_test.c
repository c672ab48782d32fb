// SPDX-License-Identifier: GPL-2.0
/*
 * The idle state of TLFS, "Virtual Processor Idle Sleep State": a read of
 * HV_X64_MSR_GUEST_IDLE sleeps until an interrupt arrives, whether the VP
 * takes interrupts or not, and goes on behind the instruction.
 */
#include "bare.h"
#include "hvdef.h"

#define VEC		0x61
#define MS_OF_TSC	2000000ull	/* roughly, for waits */

static volatile uint64_t irqs, idling, woken;

static void on_irq(struct guest_regs *regs)
{
	irqs++;
	x2apic_eoi();
}

static bool irr_has(unsigned int vector)
{
	return x2apic_read(APIC_IRR + vector / 32 * 16) >> vector % 32 & 1;
}

static void wait_ticks(uint64_t ticks)
{
	uint64_t end = rdtsc() + ticks;

	while (rdtsc() < end)
		cpu_pause();
}

/* VP 1 idles with interrupts disabled, three times. */
static void sleeper(void)
{
	uint64_t val = 1;

	idling = 1;
	g_eq(rdmsr_safe(HV_X64_MSR_GUEST_IDLE, &val), NO_FAULT,
	     "trap 54: the read of GUEST_IDLE returns");
	g_eq(woken, 1, "trap 54: not before the interrupt was sent");
	g_eq(val, 0, "it reads as zero");
	g_eq(irqs, 0, "trap 54: the interrupt is not delivered with IF=0");
	g_ok(irr_has(VEC), "it is pending");
	rdmsr(HV_X64_MSR_GUEST_IDLE);
	g_eq(irqs, 0, "with one pending already the idle ends at once");
	irq_on();
	g_eq(irqs, 1, "it comes when interrupts are enabled");
	irq_off();

	/* blocked by the task priority: it counts, too */
	x2apic_write(APIC_TPR, 0xf0);
	irq_on();
	idling = 2;
	rdmsr(HV_X64_MSR_GUEST_IDLE);
	g_eq(woken, 2, "an interrupt below the task priority ends the idle");
	g_eq(irqs, 1, "and waits for the priority");
	x2apic_write(APIC_TPR, 0);
	g_eq(irqs, 2, "then it comes");

	/* with IF=1 it is delivered behind the instruction */
	idling = 3;
	rdmsr(HV_X64_MSR_GUEST_IDLE);
	g_eq(irqs, 3, "with IF=1 it is delivered as usual");
	irq_off();

	/* HLT is still HLT */
	idling = 4;
	safe_halt();
	g_eq(irqs, 4, "HLT after it ends with an interrupt that is delivered");
	g_eq(wrmsr_safe(HV_X64_MSR_GUEST_IDLE, 0), VECTOR_GP, "a write is #GP");
}

static void guest_main(uint64_t id)
{
	unsigned int round;

	guest_x2apic_enable();
	guest_handlers[VEC] = on_irq;
	if (id) {
		sleeper();
		return;
	}
	for (round = 1; round <= 4; round++) {
		while (idling < round)
			cpu_pause();
		wait_ticks(20 * MS_OF_TSC);
		woken = round;
		x2apic_icr(1, VEC | APIC_ICR_ASSERT);
	}
}

static void no_privilege(uint64_t id)
{
	uint64_t val;

	g_eq(rdmsr_safe(HV_X64_MSR_GUEST_IDLE, &val), VECTOR_GP,
	     "without the privilege the read is #GP");
}

int main(void)
{
	struct kvm_cpuid_entry2 *features;
	struct cpuid_table t;
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	features = bare_features(&vmm, &t);
	if (!(features->eax & HV_ACCESS_GUEST_IDLE))
		ktap_skip_all("GUEST_IDLE is not offered");
	ktap_ok(features->edx & HV_FEATURE_GUEST_IDLE_STATE,
		"the feature bit goes with the privilege");
	features->eax &= ~HV_ACCESS_GUEST_IDLE;
	cpuid_topology(&t, 0, 1);
	vp_set_cpuid(&vmm.vp[0], &t);
	bare_start(&vmm.vp[0], no_privilege, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest came to its end");
	vmm_destroy(&vmm);

	bare_test(2, guest_main, "idle");
	return ktap_finish();
}
