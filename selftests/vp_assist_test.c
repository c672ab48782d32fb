// SPDX-License-Identifier: GPL-2.0
/*
 * The VP assist page and its EOI assist (TLFS, "EOI Assist"): the guest may
 * skip an EOI when the bit was set and it cleared the bit; nothing may get
 * lost or delivered twice, whatever mix of skipped and real EOIs it does.
 */
#include <stdio.h>

#include "bare.h"
#include "hvdef.h"

#define ASSIST_PAGE	(BARE_FREE + 0x10000)
#define VEC_LOW		0x41
#define VEC_MID		0x51
#define VEC_HIGH	0x71
#define PATTERN		0x3c3c3c3c3c3c3c3cull

static bool strict;
static volatile uint64_t irqs[NR_VECTORS], armed, explicit_eoi, armed_wrong;
static volatile uint64_t ignore_bit, seen_isr;

static volatile uint32_t *assist(void)
{
	return (volatile uint32_t *)ASSIST_PAGE;
}

/* What an operating system does: test and clear the bit, else write EOI. */
static void end_of_interrupt(void)
{
	bool skip = false;

	if (!ignore_bit)
		asm volatile("lock btrl $0, %1\n\tsetc %0"
			     : "=r"(skip), "+m"(*assist()) : : "cc", "memory");
	if (skip) {
		armed++;
	} else {
		explicit_eoi++;
		wrmsr(HV_X64_MSR_EOI, 0);
	}
}

static void on_irq(struct guest_regs *regs)
{
	irqs[regs->vector]++;
	end_of_interrupt();
}

/* With a lower-priority interrupt waiting, its delivery needs the EOI. */
static void on_mid(struct guest_regs *regs)
{
	irqs[VEC_MID]++;
	x2apic_write(APIC_SELF_IPI, VEC_LOW);
	armed_wrong += *assist() & 1;
	end_of_interrupt();
}

static void reset_counts(void)
{
	irqs[VEC_LOW] = 0;
	irqs[VEC_MID] = 0;
	irqs[VEC_HIGH] = 0;
	armed = 0;
	explicit_eoi = 0;
}

static bool nothing_in_service(void)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		if (x2apic_read(APIC_ISR + i * 16))
			return false;
	return true;
}

static void check_overlay(void)
{
	uint64_t *ram = (uint64_t *)ASSIST_PAGE;
	unsigned int i;

	for (i = 0; i < 512; i++)
		ram[i] = PATTERN;
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST_PAGE | HV_MSR_ENABLE);
	for (i = 0; i < 512 && !ram[i]; i++)
		;
	g_eq(i, 512, "trap 20: the page starts as zeroes over dirty RAM");
	ram[511] = 0x77;
	g_eq(ram[511], 0x77, "the page can be written");
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, 0);
	for (i = 0; i < 512 && ram[i] == PATTERN; i++)
		;
	g_eq(i, 512, "trap 20: disabled: RAM is as it was");
}

static void guest_main(uint64_t arg)
{
	unsigned int i;

	guest_x2apic_enable();
	guest_handlers[VEC_LOW] = on_irq;
	guest_handlers[VEC_MID] = on_mid;
	guest_handlers[VEC_HIGH] = on_irq;
	if (strict)
		check_overlay();
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST_PAGE | HV_MSR_ENABLE);
	g_eq(rdmsr(HV_X64_MSR_VP_ASSIST_PAGE), ASSIST_PAGE | HV_MSR_ENABLE,
	     "the MSR reads back");

	irq_on();
	for (i = 1; i <= 100; i++) {
		x2apic_write(APIC_SELF_IPI, VEC_LOW);
		if (irqs[VEC_LOW] != i)
			break;
	}
	irq_off();
	g_eq(i, 101, "a hundred interrupts, %ld EOIs skipped", armed);
	if (strict)
		g_ok(armed >= 90, "the bit is set for a lone edge-triggered interrupt");
	g_ok(nothing_in_service(), "nothing is left in service");

	reset_counts();
	irq_on();
	for (i = 1; i <= 50; i++) {
		x2apic_write(APIC_SELF_IPI, VEC_MID);
		if (irqs[VEC_MID] != i || irqs[VEC_LOW] != i)
			break;
	}
	irq_off();
	g_eq(i, 51, "an interrupt requested in a handler of higher priority comes after it");
	g_eq(armed_wrong, 0, "trap 53: the bit is never set while a lower one waits");

	/* both pending before the first is delivered */
	reset_counts();
	for (i = 0; i < 50; i++) {
		x2apic_write(APIC_SELF_IPI, VEC_LOW);
		x2apic_write(APIC_SELF_IPI, VEC_HIGH);
		irq_on();
		irq_off();
	}
	g_eq(irqs[VEC_LOW] + irqs[VEC_HIGH], 100, "two pending at once: both come");

	/* the guest may ignore the bit and always write EOI */
	reset_counts();
	ignore_bit = 1;
	irq_on();
	for (i = 1; i <= 50; i++) {
		x2apic_write(APIC_SELF_IPI, i & 1 ? VEC_LOW : VEC_HIGH);
		if (irqs[VEC_LOW] + irqs[VEC_HIGH] != i)
			break;
	}
	irq_off();
	g_eq(i, 51, "trap 53: explicit EOI while the bit is set");
	g_ok(nothing_in_service(), "nothing is left in service");
	ignore_bit = 0;

	/* skip one EOI, then switch the assist off before the hypervisor looks */
	reset_counts();
	irq_on();
	x2apic_write(APIC_SELF_IPI, VEC_LOW);
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, 0);
	x2apic_write(APIC_SELF_IPI, VEC_LOW);
	irq_off();
	g_eq(irqs[VEC_LOW], 2, "switched off after a skipped EOI: the next one comes");
	g_ok(nothing_in_service(), "nothing is left in service");
}

/* With apicv=1 the processor ends interrupts: there is no EOI to skip. */
static bool processor_delivers(void)
{
	FILE *f = fopen("/sys/module/hvemu/parameters/apicv", "r");
	bool on = f && fgetc(f) == 'Y';

	if (f)
		fclose(f);
	return on;
}

int main(void)
{
	struct kvm_cpuid_entry2 *features;
	struct cpuid_table t;
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	features = bare_features(&vmm, &t);
	if (!(features->eax & HV_ACCESS_APIC))
		ktap_skip_all("APIC MSRs are not offered");
	if (!vmm.is_kvm && processor_delivers())
		ktap_skip_all("the processor ends interrupts itself (module parameter apicv)");
	guest_var(&vmm, strict) = !vmm.is_kvm;
	bare_start(&vmm.vp[0], guest_main, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest came to its end");
	vmm_destroy(&vmm);
	return ktap_finish();
}
