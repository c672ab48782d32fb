// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of the bench: the plain exits, interrupts and the LAPIC timer.
 */
#include "bench.h"

#define BENCH_PORT	0x80
#define VEC		0x41
#define PEER_VEC	0x42

static volatile uint64_t irqs, eoi_msr, peer_irqs;

static void on_irq(struct guest_regs *regs)
{
	uint64_t start = rdtsc();

	irqs++;
	wrmsr(eoi_msr, 0);
	bench_timed += rdtsc() - start;
}

static void on_peer_irq(struct guest_regs *regs)
{
	x2apic_eoi();
	peer_irqs++;
}

static void begin(void)
{
	guest_handlers[VEC] = on_irq;
	guest_handlers[PEER_VEC] = on_peer_irq;
	x2apic_write(APIC_LVT_TIMER, VEC | APIC_LVT_DEADLINE);
}

static void do_cpuid(void)
{
	uint32_t out[4];

	cpuid(0, 0, out);
}

static void do_ref_count(void)
{
	rdmsr(HV_X64_MSR_TIME_REF_COUNT);
}

static void do_self_ipi(void)
{
	uint64_t before = irqs;

	x2apic_write(APIC_SELF_IPI, VEC);
	while (irqs == before)
		cpu_pause();
}

static bool x2apic_eois(void)
{
	eoi_msr = X2APIC_MSR(APIC_EOI);
	return true;
}

static bool hv_eois(void)
{
	uint32_t features[4];

	eoi_msr = HV_X64_MSR_EOI;
	cpuid(HV_CPUID_FEATURES, 0, features);
	return features[0] & HV_ACCESS_APIC;
}

static bool has_deadline(void)
{
	uint32_t leaf[4];

	cpuid(1, 0, leaf);
	return leaf[2] & 1 << 24;
}

static void do_timer_arm(void)
{
	wrmsr(MSR_TSC_DEADLINE, ~0ull >> 2);
}

static void timer_disarm(void)
{
	wrmsr(MSR_TSC_DEADLINE, 0);
}

static bool timer_past_begin(void)
{
	x2apic_eois();
	return has_deadline();
}

static void do_timer_past(void)
{
	wrmsr(MSR_TSC_DEADLINE, 1);
}

/* The peer is back in HLT when its own HLT exit is over: VMM's side. */
static void do_ipi_hlt(void)
{
	uint64_t before = peer_irqs;

	x2apic_icr(1, PEER_VEC | APIC_ICR_ASSERT);
	while (peer_irqs == before)
		cpu_pause();
}

static void do_out(void)
{
	outb(BENCH_PORT, 0);
}

static void do_mmio(void)
{
	*(volatile uint32_t *)BARE_NO_RAM = 0;
}

static const struct bench_row rows[] = {
	{ "CPUID", 20, .once = do_cpuid },
	{ "TIME_REF_COUNT read", 20, .once = do_ref_count },
	{ "x2APIC EOI", 100, .begin = x2apic_eois, .once = do_self_ipi,
	  .self_timed = true },
	{ "Hyper-V EOI", 20, .begin = hv_eois, .once = do_self_ipi,
	  .self_timed = true },
	{ "self-IPI, handler, EOI", 100, .begin = x2apic_eois, .once = do_self_ipi },
	{ "TSC deadline, armed", 20, .begin = has_deadline, .once = do_timer_arm,
	  .end = timer_disarm },
	{ "TSC deadline, past", 100, .begin = timer_past_begin, .once = do_timer_past },
	{ "IPI to a halted VP and back", 100, .once = do_ipi_hlt },
	{ "OUT to user space", 50, .once = do_out },
	{ "MMIO write to user space", 50, .once = do_mmio },
};

const struct bench_scene bench_exits = {
	.name = "exits",
	.nr_vps = 2,
	.nr_run = 2,
	.begin = begin,
	.rows = rows,
	.nr_rows = ARRAY_SIZE(rows),
};
