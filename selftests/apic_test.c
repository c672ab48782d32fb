// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC: x2APIC and xAPIC registers, IPIs (a self-IPI is there before
 * the next instruction), priorities, the timer in its three modes, NMI, INIT
 * and SIPI, waking from HLT.
 */
#include <errno.h>
#include <signal.h>

#include "bare.h"
#include "hvdef.h"

#define VEC_LOW		0x41
#define VEC_HIGH	0x71
#define VEC_TIMER	0x81

static uint64_t tsc_khz;
static volatile uint64_t irqs[NR_VECTORS], order[8], nr_order, ap_state, ap_starts;
static volatile uint64_t ap_irqs, fired_at, meeting;

static volatile uint32_t *xapic(unsigned int reg)
{
	return (volatile uint32_t *)(uintptr_t)(APIC_BASE + reg);
}

static bool x2apic_on(void)
{
	return rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC;
}

static void on_irq(struct guest_regs *regs)
{
	irqs[regs->vector]++;
	if (nr_order < ARRAY_SIZE(order))
		order[nr_order++] = regs->vector;
	if (x2apic_on())
		x2apic_eoi();
	else
		*xapic(APIC_EOI) = 0;
}

static void on_timer(struct guest_regs *regs)
{
	fired_at = rdtsc();
	irqs[regs->vector]++;
	x2apic_eoi();
}

static void on_nmi(struct guest_regs *regs)
{
	irqs[VECTOR_NMI]++;
}

static void setup(void)
{
	guest_handlers[VEC_LOW] = on_irq;
	guest_handlers[VEC_HIGH] = on_irq;
	guest_handlers[VEC_TIMER] = on_timer;
	guest_handlers[VECTOR_NMI] = on_nmi;
}

static void spin_us(uint64_t us)
{
	uint64_t until = rdtsc() + us * tsc_khz / 1000;

	while (rdtsc() < until)
		cpu_pause();
}

/* True when @counter reaches @value within a second. */
static bool wait_for(volatile uint64_t *counter, uint64_t value)
{
	uint64_t until = rdtsc() + tsc_khz * 1000;

	while (*counter < value)
		if (rdtsc() > until)
			return false;
	return true;
}

static void check_x2apic_registers(void)
{
	uint64_t v;

	g_eq(x2apic_read(APIC_ID), this_vp()->id, "x2APIC ID");
	g_ok((x2apic_read(APIC_VERSION) & 0xff) >= 0x10, "version is an integrated APIC's");
	g_ok((x2apic_read(APIC_VERSION) >> 16 & 0xff) >= 5, "at least six LVT entries");
	x2apic_write(APIC_TPR, 0x35);
	g_eq(x2apic_read(APIC_TPR), 0x35, "TPR is kept");
	g_eq(x2apic_read(APIC_PPR), 0x35, "PPR follows TPR");
	asm volatile("mov %%cr8, %0" : "=r"(v));
	g_eq(v, 3, "CR8 is the class of TPR");
	asm volatile("mov %0, %%cr8" : : "r"(5ul));
	g_eq(x2apic_read(APIC_TPR), 0x50, "TPR follows CR8");
	x2apic_write(APIC_TPR, 0);
	g_eq(wrmsr_safe(X2APIC_MSR(APIC_TPR), 0x100), VECTOR_GP, "TPR: reserved bits are #GP");
	g_eq(rdmsr_safe(X2APIC_MSR(APIC_EOI), &v), VECTOR_GP, "EOI cannot be read");
	g_eq(wrmsr_safe(X2APIC_MSR(APIC_EOI), 1), VECTOR_GP, "EOI: a value but 0 is #GP");
	g_eq(wrmsr_safe(X2APIC_MSR(APIC_ID), 0), VECTOR_GP, "ID cannot be written");
	g_eq(wrmsr_safe(X2APIC_MSR(APIC_SELF_IPI), 0x100), VECTOR_GP,
	     "SELF_IPI: reserved bits are #GP");
	g_eq(rdmsr_safe(X2APIC_MSR(0xe0), &v), VECTOR_GP, "DFR does not exist in x2APIC mode");
	g_eq(rdmsr_safe(X2APIC_MSR(APIC_ICR2), &v), VECTOR_GP, "nor does ICR2");
	g_eq(wrmsr_safe(MSR_APIC_BASE, (rdmsr(MSR_APIC_BASE) & ~APIC_BASE_X2APIC)),
	     VECTOR_GP, "x2APIC to xAPIC directly is #GP");
}

/* Requirements, "Inter-Processor Interrupts": before the next instruction. */
static void check_self_ipi(void)
{
	uint64_t seen, late = 0;
	unsigned int i;

	irqs[VEC_LOW] = 0;
	irq_on();
	for (i = 1; i <= 200; i++) {
		uint32_t msr = X2APIC_MSR(i & 1 ? APIC_SELF_IPI : APIC_ICR);
		uint32_t low = i & 1 ? VEC_LOW : VEC_LOW | APIC_ICR_SELF | APIC_ICR_ASSERT;

		asm volatile("wrmsr\n\tmov %[irqs], %[seen]"
			     : [seen] "=r"(seen)
			     : "c"(msr), "a"(low), "d"(0), [irqs] "m"(irqs[VEC_LOW])
			     : "memory");
		late += seen != i;
	}
	irq_off();
	g_eq(irqs[VEC_LOW], 200, "every self-IPI came");
	g_eq(late, 0, "each before the next instruction");
}

static void check_priority(void)
{
	nr_order = 0;
	x2apic_write(APIC_SELF_IPI, VEC_LOW);
	x2apic_write(APIC_SELF_IPI, VEC_HIGH);
	g_eq(x2apic_read(APIC_IRR + VEC_LOW / 32 * 16) >> VEC_LOW % 32 & 1, 1,
	     "an interrupt waits in IRR while IF = 0");
	irq_on();
	irq_off();
	g_ok(nr_order == 2 && order[0] == VEC_HIGH && order[1] == VEC_LOW,
	     "the higher vector is first");

	nr_order = 0;
	x2apic_write(APIC_TPR, 0x50);
	irq_on();
	x2apic_write(APIC_SELF_IPI, VEC_LOW);
	spin_us(100);
	g_eq(nr_order, 0, "TPR holds back a lower class");
	x2apic_write(APIC_SELF_IPI, VEC_HIGH);
	g_eq(nr_order, 1, "and lets a higher one pass");
	x2apic_write(APIC_TPR, 0);
	cpu_pause();
	g_eq(nr_order, 2, "lowering TPR delivers");
	irq_off();

	nr_order = 0;
	x2apic_write(APIC_SPIV, 0xff);
	x2apic_icr(this_vp()->id, VEC_LOW | APIC_ICR_ASSERT);
	x2apic_write(APIC_SPIV, APIC_SPIV_ENABLE | 0xff);
	irq_on();
	irq_off();
	g_eq(nr_order, 0, "an IPI to a software-disabled APIC is lost");
}

static void check_nmi(void)
{
	irqs[VECTOR_NMI] = 0;
	x2apic_icr(this_vp()->id, APIC_DM_NMI | APIC_ICR_ASSERT);
	g_ok(wait_for(&irqs[VECTOR_NMI], 1), "an NMI comes with IF = 0");
	x2apic_icr(this_vp()->id, APIC_DM_NMI | APIC_ICR_ASSERT);
	g_ok(wait_for(&irqs[VECTOR_NMI], 2), "and again after IRET");
}

static void guest_x2apic(uint64_t arg)
{
	setup();
	guest_x2apic_enable();
	check_x2apic_registers();
	check_self_ipi();
	check_priority();
	check_nmi();
}

static void guest_xapic(uint64_t arg)
{
	unsigned int i;

	setup();
	g_eq(rdmsr(MSR_APIC_BASE) & ~0x100ull, APIC_BASE | APIC_BASE_ENABLE,
	     "APIC_BASE after reset");
	g_eq(*xapic(APIC_ID) >> 24, this_vp()->id, "xAPIC ID");
	g_ok((*xapic(APIC_VERSION) & 0xff) >= 0x10, "version %#lx", *xapic(APIC_VERSION));
	*xapic(APIC_SPIV) = APIC_SPIV_ENABLE | 0xff;
	g_eq(*xapic(APIC_SPIV), APIC_SPIV_ENABLE | 0xff, "SPIV is kept");
	g_eq(rdmsr_safe(X2APIC_MSR(APIC_ID), &(uint64_t){ 0 }), VECTOR_GP,
	     "x2APIC MSRs are #GP in xAPIC mode");
	*xapic(APIC_TPR) = 0x20;
	g_eq(*xapic(APIC_TPR), 0x20, "TPR is kept");
	*xapic(APIC_TPR) = 0;
	*xapic(APIC_ICR2) = 0x5a000000;
	g_eq(*xapic(APIC_ICR2), 0x5a000000, "ICR2 is kept");
	*xapic(APIC_LVT_LINT0) = APIC_LVT_MASKED | 0x45;
	g_eq(*xapic(APIC_LVT_LINT0), APIC_LVT_MASKED | 0x45, "LVT LINT0 is kept");

	irqs[VEC_LOW] = 0;
	irq_on();
	for (i = 0; i < 50; i++) {
		*xapic(APIC_ICR2) = (uint32_t)this_vp()->id << 24;
		*xapic(APIC_ICR) = VEC_LOW | APIC_ICR_ASSERT;
	}
	g_eq(irqs[VEC_LOW], 50, "IPIs to itself by ID");
	*xapic(APIC_ICR) = VEC_LOW | APIC_ICR_ASSERT | APIC_ICR_SELF;
	g_eq(irqs[VEC_LOW], 51, "and by shorthand");
	irq_off();
	g_eq(*xapic(APIC_ISR + VEC_LOW / 32 * 16), 0, "nothing left in service");
}

static void arm_oneshot(uint32_t ticks)
{
	x2apic_write(APIC_TIMER_DIVIDE, 0xb);	/* divide by 1 */
	x2apic_write(APIC_LVT_TIMER, VEC_TIMER);
	x2apic_write(APIC_TIMER_INITIAL, ticks);
}

static void check_timer_counting(uint64_t apic_hz)
{
	uint32_t ticks = apic_hz / 200;		/* 5 ms */
	uint64_t start = rdtsc(), want = 5 * tsc_khz, current, last = ticks;

	irqs[VEC_TIMER] = 0;
	arm_oneshot(ticks);
	while (rdtsc() - start < want / 2) {
		current = x2apic_read(APIC_TIMER_CURRENT);
		if (current > last)
			break;
		last = current;
	}
	g_ok(rdtsc() - start >= want / 2, "the current count only falls");
	irq_on();
	g_ok(wait_for(&irqs[VEC_TIMER], 1), "a one-shot timer fires");
	/* 1 %: frequencies are rounded */
	g_ok(fired_at - start >= want - want / 100, "not early: %ld of %ld ticks",
	     fired_at - start, want);
	g_eq(x2apic_read(APIC_TIMER_CURRENT), 0, "the count is 0 then");
	spin_us(6000);
	g_eq(irqs[VEC_TIMER], 1, "once");

	x2apic_write(APIC_LVT_TIMER, VEC_TIMER | APIC_LVT_PERIODIC);
	x2apic_write(APIC_TIMER_INITIAL, apic_hz / 1000);
	g_ok(wait_for(&irqs[VEC_TIMER], 6), "a periodic timer fires again and again");
	x2apic_write(APIC_TIMER_INITIAL, 0);
	last = irqs[VEC_TIMER];
	spin_us(3000);
	g_eq(irqs[VEC_TIMER], last, "an initial count of 0 stops it");

	x2apic_write(APIC_LVT_TIMER, VEC_TIMER | APIC_LVT_MASKED);
	x2apic_write(APIC_TIMER_INITIAL, apic_hz / 10000);
	spin_us(1000);
	g_eq(irqs[VEC_TIMER], last, "a masked timer does not interrupt");
	x2apic_write(APIC_TIMER_INITIAL, 0);
	irq_off();
}

static void check_timer_deadline(void)
{
	uint64_t deadline, n;
	unsigned int i, early = 0;

	irqs[VEC_TIMER] = 0;
	x2apic_write(APIC_LVT_TIMER, VEC_TIMER | APIC_LVT_DEADLINE);
	asm volatile("mfence" : : : "memory");
	irq_on();
	for (i = 1; i <= 20; i++) {
		deadline = rdtsc() + tsc_khz / 4;
		wrmsr(MSR_TSC_DEADLINE, deadline);
		if (!wait_for(&irqs[VEC_TIMER], i))
			break;
		early += fired_at < deadline;
	}
	g_eq(i, 21, "deadlines fire");
	g_eq(early, 0, "none of them early");
	g_eq(rdmsr(MSR_TSC_DEADLINE), 0, "the MSR reads 0 after it");
	n = irqs[VEC_TIMER];
	wrmsr(MSR_TSC_DEADLINE, 1);
	g_ok(wait_for(&irqs[VEC_TIMER], n + 1), "a deadline in the past fires at once");
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + tsc_khz);
	wrmsr(MSR_TSC_DEADLINE, 0);
	spin_us(3000);
	g_eq(irqs[VEC_TIMER], n + 1, "0 disarms");
	irq_off();

	for (i = 0; i < 20; i++) {
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + tsc_khz / 4);
		safe_halt();
	}
	g_ok(irqs[VEC_TIMER] >= n + 20, "the timer wakes from HLT");
}

static void guest_timer(uint64_t apic_hz)
{
	uint32_t leaf[4];

	setup();
	guest_x2apic_enable();
	check_timer_counting(apic_hz);
	cpuid(1, 0, leaf);
	if (leaf[2] & 1 << 24)
		check_timer_deadline();
}

static void on_ap_irq(struct guest_regs *regs)
{
	__sync_fetch_and_add(&ap_irqs, 1);
	x2apic_eoi();
}

static void ap_halt_loop(void)
{
	guest_handlers[VEC_LOW] = on_ap_irq;
	guest_handlers[VECTOR_NMI] = on_nmi;
	guest_x2apic_enable();
	ap_state = 1;
	while (ap_state < 10)
		safe_halt();
}

static void guest_ipi(uint64_t vp)
{
	uint64_t ldr;
	unsigned int i;

	if (vp) {
		ap_halt_loop();
		return;
	}
	setup();
	guest_handlers[VEC_LOW] = on_ap_irq;
	guest_x2apic_enable();
	g_assert(wait_for(&ap_state, 1));
	for (i = 1; i <= 50; i++) {
		x2apic_icr(1, VEC_LOW | APIC_ICR_ASSERT);
		if (!wait_for(&ap_irqs, i))
			break;
		if (i & 1)
			spin_us(50);	/* let it halt; the others race with the HLT */
	}
	g_eq(i, 51, "an IPI wakes a halted VP, 50 times");
	x2apic_icr(0, VEC_LOW | APIC_ICR_OTHERS | APIC_ICR_ASSERT);
	g_ok(wait_for(&ap_irqs, 51), "shorthand: all others");
	irq_on();
	x2apic_icr(0, VEC_LOW | APIC_ICR_ALL | APIC_ICR_ASSERT);
	g_ok(wait_for(&ap_irqs, 53), "shorthand: all");
	x2apic_icr(0xffffffff, VEC_LOW | APIC_ICR_ASSERT);
	g_ok(wait_for(&ap_irqs, 55), "broadcast destination");
	irq_off();
	/* logical x2APIC id: cluster 0, one bit a VP */
	ldr = x2apic_read(0xd0);
	g_eq(ldr, 1, "logical id of VP 0");
	x2apic_icr(2, VEC_LOW | APIC_ICR_ASSERT | 1 << 11);
	g_ok(wait_for(&ap_irqs, 56), "logical destination");
	spin_us(1000);
	g_eq(ap_irqs, 56, "and no interrupt too many");

	irqs[VECTOR_NMI] = 0;
	x2apic_icr(1, APIC_DM_NMI | APIC_ICR_ASSERT);
	g_ok(wait_for(&irqs[VECTOR_NMI], 1), "an NMI wakes a halted VP");
	ap_state = 10;
	x2apic_icr(1, VEC_LOW | APIC_ICR_ASSERT);
}

static void ap_main(uint64_t vp)
{
	guest_x2apic_enable();
	ap_state = 100 + x2apic_read(APIC_ID);
	__sync_fetch_and_add(&ap_starts, 1);
	for (;;)
		cpu_pause();	/* busy: INIT has to break in */
}

static void guest_sipi(uint64_t arg)
{
	unsigned int i;

	guest_x2apic_enable();
	for (i = 1; i <= 5; i++) {
		x2apic_icr(1, APIC_DM_INIT | APIC_ICR_ASSERT);
		spin_us(200);
		if (i == 1)
			g_eq(ap_starts, 0, "INIT alone starts nothing");
		x2apic_icr(1, APIC_DM_STARTUP | BARE_SIPI_PAGE >> 12);
		if (!wait_for(&ap_starts, i))
			break;
		/* the second SIPI of the customary two does nothing */
		x2apic_icr(1, APIC_DM_STARTUP | BARE_SIPI_PAGE >> 12);
	}
	g_eq(i, 6, "INIT and SIPI start a VP, five times");
	g_eq(ap_state, 101, "it has its own APIC id");
	spin_us(500);
	g_eq(ap_starts, 5, "a SIPI to a running VP is ignored");
	g_sync(1);
}

static void test_one(guest_fn fn, uint64_t arg, const char *name)
{
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	guest_var(&vmm, tsc_khz) = xioctl(vmm.fd, KVM_GET_TSC_KHZ, 0);
	bare_start(&vmm.vp[0], fn, arg);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "%s: done", name);
	vmm_destroy(&vmm);
}

static void test_ipi(void)
{
	struct vmm vmm;

	bare_create(&vmm, 2, 0);
	guest_var(&vmm, tsc_khz) = xioctl(vmm.fd, KVM_GET_TSC_KHZ, 0);
	bare_start(&vmm.vp[0], guest_ipi, 0);
	bare_start(&vmm.vp[1], guest_ipi, 1);
	ktap_ok(bare_run_all(&vmm), "IPIs between VPs: done");
	vmm_destroy(&vmm);
}

static void *run_ap(void *vp)
{
	while (vp_run(vp) != -EINTR)
		;
	return NULL;
}

static void on_signal(int sig)
{
}

static void test_sipi(void)
{
	struct vmm vmm;

	signal(SIGUSR1, on_signal);
	bare_create(&vmm, 2, 0);
	guest_var(&vmm, tsc_khz) = xioctl(vmm.fd, KVM_GET_TSC_KHZ, 0);
	bare_set_sipi(&vmm, ap_main);
	bare_start(&vmm.vp[0], guest_sipi, 0);
	if (pthread_create(&vmm.vp[1].thread, NULL, run_ap, &vmm.vp[1]))
		ktap_bail("no thread");
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_SYNC, "INIT and SIPI: done");
	vmm.vp[1].run->immediate_exit = 1;
	pthread_kill(vmm.vp[1].thread, SIGUSR1);
	pthread_join(vmm.vp[1].thread, NULL);
	vmm_destroy(&vmm);
}

static uint64_t apic_frequency(void)
{
	uint64_t hz = 1000000000;	/* KVM's and ours, where no MSR says it */
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	vp_try_get_msr(&vmm.vp[0], HV_X64_MSR_APIC_FREQUENCY, &hz);
	vmm_destroy(&vmm);
	return hz;
}

int main(void)
{
	uint64_t apic_hz;

	ktap_start(120);
	apic_hz = apic_frequency();
	test_one(guest_x2apic, 0, "x2APIC");
	test_one(guest_xapic, 0, "xAPIC");
	test_one(guest_timer, apic_hz, "timer");
	test_ipi();
	test_sipi();
	return ktap_finish();
}
