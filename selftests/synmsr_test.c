// SPDX-License-Identifier: GPL-2.0
/*
 * Synthetic MSRs of the Hv#1 minimum, seen by the guest: which can be read and
 * written, which values fault, what they hold; and that an MSR whose privilege
 * is not in the CPUID leaves faults (TLFS, "Partition Privilege Flags").
 */
#include <errno.h>
#include <string.h>

#include "bare.h"
#include "hvdef.h"

#define READ	1
#define WRITE	2

enum { EAX, EBX, ECX, EDX };

struct msr_row {
	uint32_t msr;
	const char *name;
	unsigned int reg, bit;		/* privilege in leaf 0x40000003 */
	unsigned int access;
	uint64_t value;			/* a legal value to write */
};

static const struct msr_row rows[] = {
	{ HV_X64_MSR_GUEST_OS_ID, "GUEST_OS_ID", EAX, 5, READ | WRITE, 0x8100000000000001 },
	{ HV_X64_MSR_HYPERCALL, "HYPERCALL", EAX, 5, READ | WRITE, 0 },
	{ HV_X64_MSR_VP_INDEX, "VP_INDEX", EAX, 6, READ },
	{ HV_X64_MSR_VP_RUNTIME, "VP_RUNTIME", EAX, 0, READ },
	{ HV_X64_MSR_TIME_REF_COUNT, "TIME_REF_COUNT", EAX, 1, READ },
	{ HV_X64_MSR_REFERENCE_TSC, "REFERENCE_TSC", EAX, 9, READ | WRITE, 0 },
	{ HV_X64_MSR_TSC_FREQUENCY, "TSC_FREQUENCY", EAX, 11, READ },
	{ HV_X64_MSR_APIC_FREQUENCY, "APIC_FREQUENCY", EAX, 11, READ },
	{ HV_X64_MSR_EOI, "EOI", EAX, 4, WRITE, 0 },
	{ HV_X64_MSR_TPR, "TPR", EAX, 4, READ | WRITE, 0x20 },
	{ HV_X64_MSR_VP_ASSIST_PAGE, "VP_ASSIST_PAGE", EAX, 4, READ | WRITE, 0 },
	{ HV_X64_MSR_CRASH_P0, "CRASH_P0", EDX, 10, READ | WRITE, 0x1111 },
	{ HV_X64_MSR_CRASH_P0 + 1, "CRASH_P1", EDX, 10, READ | WRITE, 0x2222 },
	{ HV_X64_MSR_CRASH_P0 + 2, "CRASH_P2", EDX, 10, READ | WRITE, 0x3333 },
	{ HV_X64_MSR_CRASH_P0 + 3, "CRASH_P3", EDX, 10, READ | WRITE, 0x4444 },
	{ HV_X64_MSR_CRASH_P4, "CRASH_P4", EDX, 10, READ | WRITE, 0x5555 },
};

/*
 * Exist in the TLFS, each under a privilege that may not be offered. A read of
 * GUEST_IDLE would sleep: guest_idle_test.
 */
static const struct msr_row gated[] = {
	{ HV_X64_MSR_RESET, "RESET", EAX, 7, READ },
	{ 0x40000080, "SCONTROL", EAX, 2, READ },
	{ 0x40000081, "SVERSION", EAX, 2, READ },
	{ 0x40000090, "SINT0", EAX, 2, READ },
	{ 0x400000b0, "STIMER0_CONFIG", EAX, 3, READ },
	{ 0x400000b7, "STIMER3_COUNT", EAX, 3, READ },
	{ 0x400000e0, "STATS_PARTITION_RETAIL_PAGE", EAX, 8, READ },
	{ 0x40000106, "REENLIGHTENMENT_CONTROL", EAX, 13, READ },
	{ 0x40000118, "TSC_INVARIANT_CONTROL", EAX, 15, READ },
	{ 0x40000040, "NPIEP_CONFIG", EDX, 12, READ },
	{ 0x40000114, "STIME_UNHALTED_TIMER_CONFIG", EDX, 23, READ },
	{ 0x40000105, "CRASH_CTL", EDX, 10, READ },
};

static bool strict;		/* rules that KVM does not keep */
static uint64_t tsc_hz;
static uint32_t features[4];

static bool offered(const struct msr_row *r)
{
	return features[r->reg] >> r->bit & 1;
}

static void check_row(const struct msr_row *r)
{
	uint64_t value = 0, back;
	int fault;

	fault = rdmsr_safe(r->msr, &value);
	if (!offered(r)) {
		g_eq(fault, VECTOR_GP, "%s: read without privilege is #GP", r->name);
		fault = wrmsr_safe(r->msr, r->value);
		g_eq(fault, VECTOR_GP, "%s: write without privilege is #GP", r->name);
		return;
	}
	g_eq(fault, r->access & READ ? NO_FAULT : VECTOR_GP, "%s: read", r->name);
	fault = wrmsr_safe(r->msr, r->value);
	g_eq(fault, r->access & WRITE ? NO_FAULT : VECTOR_GP, "%s: write", r->name);
	if (r->access == (READ | WRITE)) {
		rdmsr_safe(r->msr, &back);
		g_eq(back, r->value, "%s: reads back what was written", r->name);
		wrmsr_safe(r->msr, value);
	}
}

static void check_gated(const struct msr_row *r)
{
	uint64_t value;
	int fault = rdmsr_safe(r->msr, &value);

	if (offered(r))
		g_eq(fault, NO_FAULT, "%s: offered and readable", r->name);
	else
		g_eq(fault, VECTOR_GP, "%s: not offered, #GP", r->name);
}

static void check_values(void)
{
	uint64_t a, b, crash_ctl;
	unsigned int i;

	g_eq(rdmsr(HV_X64_MSR_VP_INDEX), this_vp()->id, "VP_INDEX is this VP's index");
	if (features[EAX] & HV_ACCESS_FREQUENCY) {
		a = rdmsr(HV_X64_MSR_TSC_FREQUENCY);
		g_ok(a / 1000 == tsc_hz / 1000, "TSC_FREQUENCY %ld is the device's %ld", a,
		     tsc_hz);
		g_ok(rdmsr(HV_X64_MSR_APIC_FREQUENCY) >= 1000000,
		     "APIC_FREQUENCY %ld is plausible", rdmsr(HV_X64_MSR_APIC_FREQUENCY));
	}
	if (features[EAX] & HV_ACCESS_REF_COUNTER) {
		a = rdmsr(HV_X64_MSR_TIME_REF_COUNT);
		for (i = 0; i < 1000; i++) {
			b = rdmsr(HV_X64_MSR_TIME_REF_COUNT);
			if (b < a)
				break;
			a = b;
		}
		g_eq(i, 1000, "TIME_REF_COUNT never goes back");
	}
	if (features[EAX] & HV_ACCESS_VP_RUNTIME) {
		/*
		 * At least a host tick of spinning: KVM's figure is made of those.
		 * Bounded by reference time where there is some.
		 */
		uint64_t until = rdtsc() + tsc_hz / 20;

		a = rdmsr(HV_X64_MSR_VP_RUNTIME);
		while (rdtsc() < until)
			;
		b = rdmsr(HV_X64_MSR_VP_RUNTIME);
		g_ok(b > a, "VP_RUNTIME advances (%ld to %ld)", a, b);
	}
	/* "reads return the capabilities": in KVM what the VMM wrote, so 0 */
	if (strict && features[EDX] & HV_FEATURE_CRASH_MSRS) {
		crash_ctl = rdmsr(HV_X64_MSR_CRASH_CTL);
		g_ok(crash_ctl & HV_CRASH_CTL_NOTIFY, "CRASH_CTL shows CrashNotify");
	}
	if (strict && features[EAX] & HV_ACCESS_APIC) {
		g_eq(wrmsr_safe(HV_X64_MSR_TPR, 0x100), VECTOR_GP, "TPR: bit 8 is #GP");
		g_eq(wrmsr_safe(HV_X64_MSR_TPR, 1ull << 40), VECTOR_GP, "TPR: bit 40 is #GP");
	}
	if (features[EAX] & HV_ACCESS_APIC) {
		wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, 0xffe);
		g_eq(rdmsr(HV_X64_MSR_VP_ASSIST_PAGE), 0xffe,
		     "VP_ASSIST_PAGE keeps the reserved bits");
		wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, 0);
	}
}

static void guest_main(uint64_t full)
{
	unsigned int i;

	cpuid(HV_CPUID_FEATURES, 0, features);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
	for (i = 0; i < ARRAY_SIZE(gated); i++)
		check_gated(&gated[i]);
	g_eq(rdmsr_safe(0x40000fff, &(uint64_t){ 0 }), VECTOR_GP, "unknown MSR is #GP");
	if (full)
		check_values();
}

/* Privileges must be obeyed; KVM does so only when told to. */
static bool prepare(struct vmm *vmm, struct vp *vp)
{
	guest_var(vmm, strict) = !vmm->is_kvm;
	guest_var(vmm, tsc_hz) = xioctl(vmm->fd, KVM_GET_TSC_KHZ, 0) * 1000ull;
	return !vmm->is_kvm || !vmm_enable_cap(vp->fd, KVM_CAP_HYPERV_ENFORCE_CPUID, 1);
}

static void test_offered(void)
{
	struct vmm vmm;

	bare_create(&vmm, 2, 0);
	/* the second VP of two, so that VP_INDEX is not 0 by accident */
	if (!prepare(&vmm, &vmm.vp[1])) {
		ktap_skip("no HYPERV_ENFORCE_CPUID", "what the device offers");
	} else {
		bare_start(&vmm.vp[1], guest_main, true);
		ktap_ok(bare_run(&vmm.vp[1]) == BARE_DONE, "what the device offers: done");
	}
	vmm_destroy(&vmm);
}

/* A VMM that gives its guest nothing but the mandatory two privileges. */
static void test_minimal(void)
{
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;
	struct vmm vmm;

	bare_create(&vmm, 1, BARE_NO_CPUID);
	cpuid_supported(&vmm, &t);
	cpuid_hyperv(&vmm, &vmm.vp[0], &t);
	cpuid_topology(&t, 0, 1);
	e = cpuid_find(&t, HV_CPUID_FEATURES, 0);
	e->eax = HV_ACCESS_HYPERCALL | HV_ACCESS_VP_INDEX;
	e->ebx = 0;
	e->edx = 0;
	if (!prepare(&vmm, &vmm.vp[0])) {
		ktap_skip("no HYPERV_ENFORCE_CPUID", "minimal privileges");
	} else {
		vp_set_cpuid(&vmm.vp[0], &t);
		bare_start(&vmm.vp[0], guest_main, false);
		ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "minimal privileges: done");
	}
	vmm_destroy(&vmm);
}

static void guest_reset(uint64_t arg)
{
	g_eq(rdmsr(HV_X64_MSR_RESET), 0, "RESET reads 0");
	wrmsr(HV_X64_MSR_RESET, 1);
}

static void guest_crash(uint64_t arg)
{
	unsigned int i;

	for (i = 0; i < 5; i++)
		wrmsr(HV_X64_MSR_CRASH_P0 + i, 0xc0de0000 + i);
	wrmsr(HV_X64_MSR_CRASH_CTL, HV_CRASH_CTL_NOTIFY);
	g_ok(!strict || rdmsr(HV_X64_MSR_CRASH_CTL) & HV_CRASH_CTL_NOTIFY,
	     "CRASH_CTL shows the capabilities after a write");
}

/* RESET and CRASH_CTL leave to the VMM. */
static void test_event(guest_fn fn, uint32_t privilege, unsigned int reg, uint32_t type,
		       const char *name)
{
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;
	struct vmm vmm;
	struct vp *vp;
	unsigned int i;

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	cpuid_supported(&vmm, &t);
	cpuid_hyperv(&vmm, vp, &t);
	e = cpuid_find(&t, HV_CPUID_FEATURES, 0);
	if (!((&e->eax)[reg] & privilege)) {
		ktap_skip("not offered", "%s", name);
		vmm_destroy(&vmm);
		return;
	}
	prepare(&vmm, vp);
	bare_start(vp, fn, 0);
	ktap_ok(bare_run(vp) == BARE_EXIT &&
		vp->run->exit_reason == KVM_EXIT_SYSTEM_EVENT &&
		vp->run->system_event.type == type, "%s leaves to the VMM", name);
	if (type == KVM_SYSTEM_EVENT_CRASH) {
		for (i = 0; i < 5; i++)
			ktap_eq(vp_get_msr(vp, HV_X64_MSR_CRASH_P0 + i), 0xc0de0000 + i,
				"the VMM reads crash parameter %u", i);
		ktap_ok(bare_run(vp) == BARE_DONE, "the guest goes on after it");
	}
	vmm_destroy(&vmm);
}

int main(void)
{
	ktap_start(120);
	test_offered();
	test_minimal();
	test_event(guest_reset, HV_ACCESS_RESET, EAX, KVM_SYSTEM_EVENT_RESET, "RESET");
	test_event(guest_crash, HV_FEATURE_CRASH_MSRS, EDX, KVM_SYSTEM_EVENT_CRASH,
		   "CRASH_CTL");
	return ktap_finish();
}
