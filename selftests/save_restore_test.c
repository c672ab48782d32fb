// SPDX-License-Identifier: GPL-2.0
/*
 * A VM's state, read out and put into a new VM: the guest goes on there and
 * finds its registers, MSRs, FPU, LAPIC, timer and synthetic MSRs as they were.
 * lib/image.c reads and writes all of it.
 */
#include <string.h>

#include "bare.h"
#include "hvdef.h"
#include "image.h"

#define OS_ID		0x8100000000000001ull
#define HYPERCALL_PAGE	(BARE_FREE + 0x10000)
#define TSC_PAGE	(BARE_FREE + 0x20000)
#define ASSIST_PAGE	(BARE_FREE + 0x30000)
#define VEC_IPI		0x41
#define VEC_TIMER	0x81
#define USED_RAM	(BARE_FREE + MIB)	/* the guest touches no more */
#define STAGES		5
#define PATTERN(n)	(0x1111111111111111ull * (n))

static volatile uint64_t timer_irqs, ipi_irqs;
static uint32_t features[4];

static void on_timer(struct guest_regs *regs)
{
	timer_irqs++;
	x2apic_eoi();
}

static void on_ipi(struct guest_regs *regs)
{
	ipi_irqs++;
	x2apic_eoi();
}

static void set_vectors(void)
{
	static const uint64_t in[4] = { PATTERN(1), PATTERN(2), PATTERN(3), PATTERN(4) };

	asm volatile("movdqu %0, %%xmm3\n\tmovdqu %1, %%xmm11"
		     : : "m"(in[0]), "m"(in[2]) : "memory");
}

static bool vectors_kept(void)
{
	uint64_t out[4];

	asm volatile("movdqu %%xmm3, %0\n\tmovdqu %%xmm11, %1"
		     : "=m"(out[0]), "=m"(out[2]) : : "memory");
	return out[0] == PATTERN(1) && out[1] == PATTERN(2) && out[2] == PATTERN(3) &&
	       out[3] == PATTERN(4);
}

/* TLFS partition-properties.md: the guest is promised a TSC that never changes. */
static bool promise(void)
{
	uint32_t out[4];

	if (!(features[0] & HV_ACCESS_TSC_INVARIANT))
		return false;
	wrmsr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 1);
	cpuid(0x80000007, 0, out);
	return out[3] & 1 << 8;
}

/* What the TSC makes of a while, in ticks, less what the counter does. */
static uint64_t apart(uint64_t ticks, uint64_t time_100ns, uint64_t khz)
{
	uint64_t want = time_100ns * khz / 10000;

	return ticks > want ? ticks - want : want - ticks;
}

static void check_rate(uint64_t khz)
{
	uint64_t tsc = rdtsc(), time = rdmsr(HV_X64_MSR_TIME_REF_COUNT), now;

	do {
		now = rdmsr(HV_X64_MSR_TIME_REF_COUNT);
	} while (now - time < 20000);
	g_ok(apart(rdtsc() - tsc, now - time, khz) < khz / 2, "the promised TSC keeps its rate");
}

static void guest_before(void)
{
	uint64_t v = PATTERN(7) >> 17;

	set_vectors();
	wrmsr(0xc0000082, v);		/* LSTAR */
	wrmsr(0xc0000102, v + 1);	/* KERNEL_GS_BASE */
	wrmsr(0x175, v + 2);		/* SYSENTER_ESP */
	asm volatile("mov %0, %%dr1\n\tmov %0, %%cr2" : : "r"(v));
	x2apic_write(APIC_TPR, 0x20);
	x2apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED | 0x55);
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, HYPERCALL_PAGE | HV_MSR_ENABLE);
	if (features[0] & HV_ACCESS_REF_TSC)
		wrmsr(HV_X64_MSR_REFERENCE_TSC, TSC_PAGE | HV_MSR_ENABLE);
	if (features[0] & HV_ACCESS_APIC)
		wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST_PAGE | HV_MSR_ENABLE);
	if (features[3] & HV_FEATURE_CRASH_MSRS)
		wrmsr(HV_X64_MSR_CRASH_P0 + 1, PATTERN(9));
}

static void guest_after(const char *when)
{
	uint64_t v = PATTERN(7) >> 17, dr1, cr2;

	g_ok(vectors_kept(), "%s: vector registers", when);
	g_eq(rdmsr(0xc0000082), v, "%s: LSTAR", when);
	g_eq(rdmsr(0xc0000102), v + 1, "%s: KERNEL_GS_BASE", when);
	g_eq(rdmsr(0x175), v + 2, "%s: SYSENTER_ESP", when);
	asm volatile("mov %%dr1, %0\n\tmov %%cr2, %1" : "=r"(dr1), "=r"(cr2));
	g_eq(dr1, v, "%s: DR1", when);
	g_eq(cr2, v, "%s: CR2", when);
	g_eq(x2apic_read(APIC_TPR), 0x20, "%s: TPR", when);
	g_eq(x2apic_read(APIC_LVT_LINT0), APIC_LVT_MASKED | 0x55, "%s: LVT", when);
	g_eq(rdmsr(HV_X64_MSR_GUEST_OS_ID), OS_ID, "%s: guest OS id", when);
	g_eq(rdmsr(HV_X64_MSR_HYPERCALL), HYPERCALL_PAGE | HV_MSR_ENABLE,
	     "%s: hypercall MSR", when);
	g_eq(hv_call((const void *)HYPERCALL_PAGE, 0x3ff, 0, 0),
	     HV_STATUS_INVALID_HYPERCALL_CODE, "%s: hypercall page", when);
	if (features[0] & HV_ACCESS_REF_TSC)
		g_ok(*(volatile uint32_t *)TSC_PAGE, "%s: TSC page is valid", when);
	if (features[0] & HV_ACCESS_APIC)
		g_eq(rdmsr(HV_X64_MSR_VP_ASSIST_PAGE), ASSIST_PAGE | HV_MSR_ENABLE,
		     "%s: VP assist MSR", when);
	if (features[3] & HV_FEATURE_CRASH_MSRS)
		g_eq(rdmsr(HV_X64_MSR_CRASH_P0 + 1), PATTERN(9), "%s: crash parameter", when);
}

static void guest_main(uint64_t tsc_khz)
{
	uint64_t time = 0, tsc = 0, now, until;
	bool promised;

	guest_x2apic_enable();
	guest_handlers[VEC_TIMER] = on_timer;
	guest_handlers[VEC_IPI] = on_ipi;
	cpuid(HV_CPUID_FEATURES, 0, features);
	guest_before();
	promised = promise();
	g_sync(1);
	guest_after("quiet");

	if (features[0] & HV_ACCESS_REF_COUNTER)
		time = rdmsr(HV_X64_MSR_TIME_REF_COUNT);
	tsc = rdtsc();
	g_sync(2);
	until = rdtsc();
	g_ok(until > tsc, "the TSC goes on (%ld, %ld)", tsc, until);
	if (features[0] & HV_ACCESS_REF_COUNTER) {
		now = rdmsr(HV_X64_MSR_TIME_REF_COUNT);
		g_ok(now >= time && now - time < 100000000,
		     "reference time goes on (%ld, %ld)", time, now);
		if (promised) {
			/* the VMM sets one after the other */
			g_ok(apart(until - tsc, now - time, tsc_khz) < tsc_khz * 100,
			     "the promised TSC and reference time went the same way");
			g_eq(rdmsr(HV_X64_MSR_TSC_INVARIANT_CONTROL), 1, "the promise is kept");
			check_rate(tsc_khz);
		}
	}

	/* an interrupt pending while IF = 0 is in the LAPIC's state */
	x2apic_write(APIC_SELF_IPI, VEC_IPI);
	g_sync(3);
	g_eq(ipi_irqs, 0, "a pending interrupt waits");
	irq_on();
	irq_off();
	g_eq(ipi_irqs, 1, "and comes after the restore, once");

	/* an armed deadline still fires */
	x2apic_write(APIC_LVT_TIMER, VEC_TIMER | APIC_LVT_DEADLINE);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + tsc_khz * 20);
	g_sync(4);
	irq_on();
	until = rdtsc() + tsc_khz * 2000;
	while (!timer_irqs && rdtsc() < until)
		cpu_pause();
	irq_off();
	g_eq(timer_irqs, 1, "an armed TSC deadline fires after the restore");
	g_sync(5);
	guest_after("at the end");
}

/* All of it by KVM's ioctls, or what is not of KVM by HVEMU_GET/SET_STATE. */
static void run_it(unsigned int flags, const char *name)
{
	struct vmm old, new;
	struct image *img;
	unsigned int stage;
	uint64_t khz;

	bare_create(&old, 1, 0);
	khz = xioctl(old.fd, KVM_GET_TSC_KHZ, 0);
	bare_start(&old.vp[0], guest_main, khz);
	for (stage = 1; stage <= STAGES; stage++) {
		if (!ktap_ok(bare_run(&old.vp[0]) == BARE_SYNC &&
			     bare_stage(&old.vp[0]) == stage, "%s: stage %u", name, stage))
			return;
		image_complete_exit(&old.vp[0]);
		img = image_save(&old, flags);
		bare_create(&new, 1, 0);
		memcpy(new.ram, old.ram, USED_RAM);
		vmm_destroy(&old);
		image_restore(&new, img);
		image_free(img);
		old = new;
		old.vp[0].vmm = &old;
	}
	ktap_ok(bare_run(&old.vp[0]) == BARE_DONE, "%s: the guest came to its end", name);
	vmm_destroy(&old);
}

int main(void)
{
	struct vmm vmm;
	bool is_kvm;

	ktap_start(120);
	bare_create(&vmm, 1, 0);
	is_kvm = vmm.is_kvm;
	if (vmm_cap(&vmm, KVM_CAP_HYPERV) <= 0)
		ktap_skip_all("the device has no Hyper-V interface");
	vmm_destroy(&vmm);
	run_it(0, "KVM's ioctls");
	if (!is_kvm) {
		run_it(IMAGE_STATE, "state after MSRs");
		run_it(IMAGE_STATE | IMAGE_OWN_MSRS, "state instead of MSRs");
	}
	return ktap_finish();
}
