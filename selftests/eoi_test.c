// SPDX-License-Identifier: GPL-2.0
/*
 * EOI, ICR and TPR through the synthetic MSRs (TLFS, "Virtual Interrupt
 * Controller"), mixed with the APIC's own registers.
 */
#include "bare.h"
#include "hvdef.h"

#define VEC_LOW		0x41
#define VEC_HIGH	0x71

static bool strict;
static volatile uint64_t irqs[NR_VECTORS], in_service_wrong, nested, ap_ready;

static uint64_t in_service(unsigned int vector)
{
	return x2apic_read(APIC_ISR + vector / 32 * 16) >> vector % 32 & 1;
}

static void on_irq(struct guest_regs *regs)
{
	irqs[regs->vector]++;
	in_service_wrong += !in_service(regs->vector);
	wrmsr(HV_X64_MSR_EOI, 0);
	in_service_wrong += in_service(regs->vector);
}

static void on_low(struct guest_regs *regs)
{
	/* a higher vector comes into this handler, a lower one does not */
	x2apic_write(APIC_SELF_IPI, VEC_HIGH);
	x2apic_write(APIC_SELF_IPI, VEC_LOW + 1);
	irq_on();
	irq_off();
	nested = irqs[VEC_HIGH] == 1 && !irqs[VEC_LOW + 1];
	wrmsr(HV_X64_MSR_EOI, 0);
}

static void guest_main(uint64_t vp)
{
	uint64_t v, count = 0;
	unsigned int i;

	guest_x2apic_enable();
	if (vp) {
		guest_handlers[VEC_LOW] = on_irq;
		ap_ready = 1;
		while (irqs[VEC_LOW] < 2)
			safe_halt();
		return;
	}
	while (!ap_ready)
		cpu_pause();
	/* ICR: the high half is the destination as in x2APIC mode */
	wrmsr(HV_X64_MSR_ICR, 1ull << 32 | VEC_LOW | APIC_ICR_ASSERT);
	wrmsr(HV_X64_MSR_ICR, VEC_LOW | APIC_ICR_OTHERS | APIC_ICR_ASSERT);
	for (i = 0; i < 1000000 && irqs[VEC_LOW] < 2; i++) {
		if (irqs[VEC_LOW] == 1 && !(count++ & 1023))
			wrmsr(HV_X64_MSR_ICR, 1ull << 32 | VEC_LOW | APIC_ICR_ASSERT);
		cpu_pause();
	}
	g_ok(irqs[VEC_LOW] >= 2, "ICR: IPIs by destination and by shorthand");
	irqs[VEC_LOW] = 0;

	guest_handlers[VEC_LOW] = on_irq;
	guest_handlers[VEC_LOW + 1] = on_irq;
	guest_handlers[VEC_HIGH] = on_irq;
	irq_on();
	for (i = 1; i <= 100; i++) {
		wrmsr(HV_X64_MSR_ICR, VEC_LOW | APIC_ICR_SELF | APIC_ICR_ASSERT);
		if (irqs[VEC_LOW] != i)
			break;
	}
	irq_off();
	g_eq(i, 101, "trap 52: a self-IPI by ICR is there before the next instruction");
	g_eq(in_service_wrong, 0, "EOI ends the service");

	guest_handlers[VEC_LOW] = on_low;
	x2apic_write(APIC_SELF_IPI, VEC_LOW);
	irq_on();
	irq_off();
	g_ok(nested, "only a higher vector interrupts a handler");
	g_eq(irqs[VEC_LOW + 1], 1, "EOI lets the lower one in");
	guest_handlers[VEC_LOW] = on_irq;

	wrmsr(HV_X64_MSR_TPR, 0x50);
	g_eq(rdmsr(HV_X64_MSR_TPR), 0x50, "TPR reads back");
	g_eq(x2apic_read(APIC_TPR), 0x50, "and is the APIC's");
	irqs[VEC_LOW] = 0;
	irq_on();
	x2apic_write(APIC_SELF_IPI, VEC_LOW);
	g_eq(irqs[VEC_LOW], 0, "it holds an interrupt back");
	wrmsr(HV_X64_MSR_TPR, 0);
	g_eq(irqs[VEC_LOW], 1, "and lets it go before the next instruction");
	irq_off();

	g_eq(rdmsr_safe(HV_X64_MSR_EOI, &v), VECTOR_GP, "EOI cannot be read");
	wrmsr(HV_X64_MSR_EOI, 0);
	g_ok(true, "EOI with nothing in service is ignored");
	g_eq(rdmsr_safe(HV_X64_MSR_ICR, &v), NO_FAULT, "ICR can be read");
	if (strict)
		g_eq(wrmsr_safe(HV_X64_MSR_TPR, 0x150), VECTOR_GP, "TPR: bits 63:8 are #GP");
}

int main(void)
{
	struct kvm_cpuid_entry2 *features;
	struct cpuid_table t;
	struct vmm vmm;
	unsigned int i;

	ktap_start(60);
	bare_create(&vmm, 2, 0);
	features = bare_features(&vmm, &t);
	if (!(features->eax & HV_ACCESS_APIC))
		ktap_skip_all("APIC MSRs are not offered");
	guest_var(&vmm, strict) = !vmm.is_kvm;
	for (i = 0; i < 2; i++)
		bare_start(&vmm.vp[i], guest_main, i);
	ktap_ok(bare_run_all(&vmm), "the guest came to its end");
	vmm_destroy(&vmm);
	return ktap_finish();
}
