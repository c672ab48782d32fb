// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic time-unhalted timer (TLFS, "Synthetic Time-Unhalted Timer
 * MSRs"): periodic by the time that the VP runs, silent while it is halted.
 */
#include "bare.h"
#include "hvdef.h"

#define ASSIST		(BARE_FREE + 0x1000)
#define EXPIRED		((volatile uint8_t *)(ASSIST + 56))
#define VEC		0x61
#define VEC_WAKE	0x71
#define MS		10000ull	/* in 100 ns */
#define ON		0x100

static volatile uint64_t irqs, nmis, wakes;

static void on_irq(struct guest_regs *regs)
{
	irqs++;
	x2apic_eoi();
}

static void on_nmi(struct guest_regs *regs)
{
	nmis++;
}

static void on_wake(struct guest_regs *regs)
{
	wakes++;
	x2apic_eoi();
}

static uint64_t now(void)
{
	return rdmsr(HV_X64_MSR_TIME_REF_COUNT);
}

static void run_for(uint64_t units)
{
	uint64_t end = rdmsr(HV_X64_MSR_VP_RUNTIME) + units;

	while (rdmsr(HV_X64_MSR_VP_RUNTIME) < end)
		cpu_pause();
}

static void guest_main(uint64_t id)
{
	uint64_t start, ran;

	guest_x2apic_enable();
	guest_handlers[VEC] = on_irq;
	guest_handlers[VEC_WAKE] = on_wake;
	guest_handlers[VECTOR_NMI] = on_nmi;
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST | HV_MSR_ENABLE);
	g_eq(rdmsr(HV_X64_MSR_UNHALTED_CONFIG), 0, "off at first");
	wrmsr(HV_X64_MSR_UNHALTED_COUNT, 2 * MS);
	wrmsr(HV_X64_MSR_UNHALTED_CONFIG, ON | VEC);
	g_eq(rdmsr(HV_X64_MSR_UNHALTED_CONFIG), ON | VEC, "CONFIG reads back");
	g_eq(rdmsr(HV_X64_MSR_UNHALTED_COUNT), 2 * MS, "COUNT reads back");

	ran = rdmsr(HV_X64_MSR_VP_RUNTIME);
	irq_on();
	run_for(30 * MS);
	irq_off();
	ran = rdmsr(HV_X64_MSR_VP_RUNTIME) - ran;
	g_ok(irqs >= 3, "it interrupts the VP that runs: %ld times", irqs);
	g_ok(irqs <= ran / (2 * MS) + 1, "no more often than its period");
	g_eq(*EXPIRED, 1, "the flag in the assist page is set");

	/* halted for five periods, and nobody wakes it but the other timer */
	wrmsr(HV_X64_MSR_UNHALTED_COUNT, 20 * MS);
	irqs = 0;
	*EXPIRED = 0;
	start = now();
	x2apic_write(APIC_TIMER_DIVIDE, 0xb);
	x2apic_write(APIC_LVT_TIMER, VEC_WAKE);
	x2apic_write(APIC_TIMER_INITIAL, 100000000);
	safe_halt();
	g_eq(wakes, 1, "in HLT only another timer wakes it");
	g_ok(now() - start >= 90 * MS, "after a while");
	g_eq(irqs, 0, "which does not count");
	g_eq(*EXPIRED, 0, "nor is the flag set");

	wrmsr(HV_X64_MSR_UNHALTED_CONFIG, ON | VECTOR_NMI);
	wrmsr(HV_X64_MSR_UNHALTED_COUNT, 2 * MS);
	run_for(20 * MS);
	g_ok(nmis >= 1, "vector 2 is an NMI, with interrupts off");
	wrmsr(HV_X64_MSR_UNHALTED_CONFIG, 0);
	nmis = 0;
	run_for(10 * MS);
	g_eq(nmis, 0, "switched off");
	g_eq(wrmsr_safe(HV_X64_MSR_UNHALTED_CONFIG, ON | 5), VECTOR_GP,
	     "a vector below 16 is #GP");
	g_eq(wrmsr_safe(HV_X64_MSR_UNHALTED_CONFIG, 0x200), VECTOR_GP,
	     "a reserved bit is #GP");
}

static void no_privilege(uint64_t id)
{
	uint64_t val;

	g_eq(rdmsr_safe(HV_X64_MSR_UNHALTED_CONFIG, &val), VECTOR_GP,
	     "without its feature bit it is #GP");
}

int main(void)
{
	struct kvm_cpuid_entry2 *features;
	struct cpuid_table t;
	struct vmm vmm;

	ktap_start(90);
	bare_create(&vmm, 1, 0);
	features = bare_features(&vmm, &t);
	if (!(features->edx & HV_FEATURE_UNHALTED_TIMER))
		ktap_skip_all("the time-unhalted timer is not offered");
	features->edx &= ~HV_FEATURE_UNHALTED_TIMER;
	cpuid_topology(&t, 0, 1);
	vp_set_cpuid(&vmm.vp[0], &t);
	bare_start(&vmm.vp[0], no_privilege, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest came to its end");
	vmm_destroy(&vmm);
	bare_test(1, guest_main, "time-unhalted timer");
	return ktap_finish();
}
