// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of the bench: synthetic timers from the write that arms one to the end
 * of its interrupt, and EOIs with and without the VP assist page where the
 * processor does not do them.
 */
#include "bench.h"

#define SCONTROL	0x40000080u
#define SIMP		0x40000083u
#define EOM		0x40000084u
#define SINT(n)		(0x40000090u + (n))
#define CONFIG0		0x400000b0u
#define COUNT0		0x400000b1u
#define AUTO_ENABLE	8ull
#define DIRECT		(1ull << 12)
#define AUTO_EOI	(1ull << 17)
#define PENDING		1
#define FEATURE_DIRECT	(1u << 19)	/* leaf 3 EDX */
#define NO_EOI		1u		/* of the assist page's first word */
#define VEC_MESSAGE	0x51ull
#define VEC_DIRECT	0x52ull
#define VEC_AUTO	0x53ull
#define VEC		0x54
#define MESSAGE_SINT	2
#define SIM_PAGE	BENCH_PAGES
#define ASSIST_PAGE	(BENCH_PAGES + 0x1000)

static volatile uint64_t irqs;

static bool enable_synic(struct vmm *vmm)
{
	if (vmm_cap(vmm, KVM_CAP_HYPERV_SYNIC2) <= 0)
		return false;
	vmm_enable_cap(vmm->vp[0].fd, KVM_CAP_HYPERV_SYNIC2, 0);
	return true;
}

/* The VMM hears of each change of a page; it has nothing to do with it. */
static bool page_moved(struct vp *vp)
{
	return vp->run->exit_reason == KVM_EXIT_HYPERV &&
	       vp->run->hyperv.type == KVM_EXIT_HYPERV_SYNIC;
}

static void on_direct(struct guest_regs *regs)
{
	x2apic_eoi();
	irqs++;
}

static void on_message(struct guest_regs *regs)
{
	volatile uint8_t *slot = (volatile uint8_t *)SIM_PAGE + 256 * MESSAGE_SINT;

	*(volatile uint32_t *)slot = 0;
	if (slot[5] & PENDING)
		wrmsr(EOM, 0);
	x2apic_eoi();
	irqs++;
}

static void timer_begin(void)
{
	guest_handlers[VEC_DIRECT] = on_direct;
	guest_handlers[VEC_MESSAGE] = on_message;
	wrmsr(SCONTROL, 1);
	wrmsr(SIMP, SIM_PAGE | HV_MSR_ENABLE);
	wrmsr(SINT(MESSAGE_SINT), VEC_MESSAGE);
}

static bool timer_direct(void)
{
	uint32_t leaf[4];

	cpuid(HV_CPUID_FEATURES, 0, leaf);
	if (!(leaf[0] & HV_ACCESS_STIMER) || !(leaf[3] & FEATURE_DIRECT))
		return false;
	wrmsr(CONFIG0, AUTO_ENABLE | DIRECT | VEC_DIRECT << 4);
	return true;
}

static bool timer_message(void)
{
	uint32_t leaf[4];

	cpuid(HV_CPUID_FEATURES, 0, leaf);
	if (!(leaf[0] & HV_ACCESS_STIMER) || !(leaf[0] & HV_ACCESS_SYNIC))
		return false;
	wrmsr(CONFIG0, AUTO_ENABLE | MESSAGE_SINT << 16);
	return true;
}

/* A time that has passed: it fires at once. */
static void do_timer(void)
{
	uint64_t before = irqs;

	wrmsr(COUNT0, 1);
	while (irqs == before)
		cpu_pause();
}

static void timer_end(void)
{
	wrmsr(CONFIG0, 0);
}

static const struct bench_row timer_rows[] = {
	{ "stimer, direct: armed, past, EOI", 100, .begin = timer_direct,
	  .once = do_timer, .end = timer_end },
	{ "stimer, message: armed, past, EOI", 100, .begin = timer_message,
	  .once = do_timer, .end = timer_end },
};

const struct bench_scene bench_stimers = {
	.name = "synthetic timers",
	.nr_vps = 1,
	.nr_run = 1,
	.prepare = enable_synic,
	.serve = page_moved,
	.begin = timer_begin,
	.rows = timer_rows,
	.nr_rows = ARRAY_SIZE(timer_rows),
};

/* xAPIC mode, or a SINT with AutoEOI, keeps the processor from doing EOIs itself. */
static void eoi_begin(void)
{
	wrmsr(SCONTROL, 1);
	wrmsr(SINT(3), VEC_AUTO | AUTO_EOI);
}

static void on_eoi(struct guest_regs *regs)
{
	wrmsr(HV_X64_MSR_EOI, 0);
	irqs++;
}

static void on_assisted(struct guest_regs *regs)
{
	bool skip;

	asm volatile("btrl $0, %0" : "+m"(*(uint32_t *)ASSIST_PAGE), "=@ccc"(skip) : : "memory");
	if (!skip)
		wrmsr(HV_X64_MSR_EOI, 0);
	irqs++;
}

static bool has_apic_msrs(void)
{
	uint32_t leaf[4];

	cpuid(HV_CPUID_FEATURES, 0, leaf);
	return leaf[0] & HV_ACCESS_APIC;
}

static bool plain_begin(void)
{
	guest_handlers[VEC] = on_eoi;
	return has_apic_msrs();
}

static bool assisted_begin(void)
{
	guest_handlers[VEC] = on_assisted;
	if (!has_apic_msrs())
		return false;
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST_PAGE | HV_MSR_ENABLE);
	return true;
}

static void assisted_end(void)
{
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, 0);
}

static void do_self_ipi(void)
{
	uint64_t before = irqs;

	wrmsr(HV_X64_MSR_ICR, APIC_ICR_SELF | VEC);
	while (irqs == before)
		cpu_pause();
}

static const struct bench_row eoi_rows[] = {
	{ "Hyper-V ICR to itself, Hyper-V EOI", 100, .begin = plain_begin,
	  .once = do_self_ipi },
	{ "Hyper-V ICR to itself, EOI assist", 100, .begin = assisted_begin,
	  .once = do_self_ipi, .end = assisted_end },
};

const struct bench_scene bench_eois = {
	.name = "EOIs",
	.nr_vps = 1,
	.nr_run = 1,
	.xapic = true,
	.prepare = enable_synic,
	.serve = page_moved,
	.begin = eoi_begin,
	.rows = eoi_rows,
	.nr_rows = ARRAY_SIZE(eoi_rows),
};
