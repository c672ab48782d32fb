// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics pages (TLFS 2.0, chapter Statistics): by register and by call,
 * counters, the RAM below.
 */
#include <errno.h>
#include <string.h>

#include "synic.h"

#define PAGE_PT		(BARE_FREE + 0x100000)
#define PAGE_VP		(BARE_FREE + 0x101000)
#define PAGE_OTHER	(BARE_FREE + 0x102000)
#define DIRT		0xd1d1d1d1d1d1d1d1ull
#define ENABLE		1

/* "Appendix J": header words of type 2 and 3, version 1.0 */
#define GROUP(type, words)	((type) | 1ull << 32 | (words) * 8ull << 48)
#define VPV		3	/* where the second group of a VP begins */
#define NR_HYPERCALLS	1
#define NR_CPUID	13
#define NR_MSR		15
#define NR_SPIN_WAITS	58

#define TIMEOUT		2000000000ull

static volatile uint64_t *words(uint64_t gpa)
{
	return (volatile uint64_t *)gpa;
}

/* The page is written when the VP has left its window. */
static bool reaches(volatile uint64_t *counter, uint64_t val)
{
	uint64_t t = rdtsc();

	while (*counter < val)
		if (rdtsc() - t > TIMEOUT)
			return false;
	return true;
}

static void check_page(uint64_t gpa, uint32_t msr, uint64_t first)
{
	uint64_t val;

	*words(gpa) = DIRT;
	words(gpa)[511] = DIRT;
	g_eq(rdmsr(msr), 0, "register %#lx is 0 at first", msr);
	wrmsr(msr, gpa | ENABLE);
	g_eq(rdmsr(msr), gpa | ENABLE, "register %#lx reads back", msr);
	g_eq(words(gpa)[0], first, "page of %#lx: its first group", msr);
	g_eq(words(gpa)[511], 0, "page of %#lx hides the RAM", msr);
	guarded("movq %1, (%0)", NO_OUTPUTS, "r"(gpa), "r"(DIRT) : "memory");
	g_ok(last_fault() != NO_FAULT, "page of %#lx cannot be written", msr);
	wrmsr(msr, 0);
	g_ok(words(gpa)[0] == DIRT && words(gpa)[511] == DIRT,
	     "page of %#lx: disabled, the RAM is as it was", msr);
	g_eq(wrmsr_safe(msr, 0xfffffffffff001ull), NO_FAULT,
	     "register %#lx: a page beyond the address space is no fault", msr);
	g_eq(rdmsr_safe(msr, &val), NO_FAULT, "register %#lx can be read", msr);
	wrmsr(msr, 0);
}

/* Leaf 4 EAX.3: registers instead of the APIC's own */
static void check_hint(volatile uint64_t *accesses)
{
	uint64_t before, t;
	uint32_t r[4];
	unsigned int i;

	before = *accesses;
	for (i = 0; i < 100; i++)
		x2apic_eoi();
	/* the page is written meanwhile */
	t = rdtsc();
	while (rdtsc() - t < TIMEOUT / 20)
		cpu_pause();
	g_print("%ld exits by 100 EOIs", *accesses - before);
	cpuid(HV_CPUID_HINTS, 0, r);
	g_eq(r[0] >> 3 & 1, *accesses - before >= 100,
	     "the hint to use EOI, ICR and TPR registers is given where an EOI exits");
}

static void check_counters(void)
{
	volatile uint64_t *vp = words(PAGE_VP), *v = vp + VPV;
	uint64_t before, run, out[4] = {};
	unsigned int i;

	wrmsr(HV_X64_MSR_STATS_VP_RETAIL, PAGE_VP | ENABLE);
	g_eq(vp[0], GROUP(2, 2), "VP page: architected group");
	g_eq(v[0], GROUP(3, 59), "VP page: release-specific group");
	g_eq(v[60], 0, "VP page: end of list");

	before = v[NR_HYPERCALLS];
	run = vp[1];
	for (i = 0; i < 500; i++)
		hv_call((void *)SYNIC_HCALL,
			HVCALL_NOTIFY_LONG_SPIN_WAIT | HVCALL_IS_FAST, 1, 0);
	g_ok(reaches(&v[NR_HYPERCALLS], before + 500), "hypercalls are counted");
	g_ok(v[NR_HYPERCALLS] < before + 1000, "and no others");
	g_ok(reaches(&v[NR_SPIN_WAITS], 500), "so are long spin waits");
	g_ok(vp[1] > run, "the run time goes on");
	before = v[NR_CPUID];
	for (i = 0; i < 300; i++)
		cpuid(0x40000003, 0, (uint32_t *)out);
	g_ok(reaches(&v[NR_CPUID], before + 300), "CPUID is counted");
	before = v[NR_MSR];
	for (i = 0; i < 200; i++)
		rdmsr(HV_X64_MSR_VP_INDEX);
	g_ok(reaches(&v[NR_MSR], before + 200), "accesses to MSRs are counted");

	check_hint(&v[NR_MSR]);
	wrmsr(HV_X64_MSR_STATS_PARTITION_RETAIL, PAGE_PT | ENABLE);
	g_eq(words(PAGE_PT)[1], 2, "partition page: number of VPs");
	g_eq(words(PAGE_PT)[2], 0, "partition page: end of list");
	wrmsr(HV_X64_MSR_STATS_PARTITION_RETAIL, 0);
	wrmsr(HV_X64_MSR_STATS_VP_RETAIL, 0);
}

struct map_input {
	uint32_t type;
	uint32_t rsvdz;
	uint64_t partition;
	uint32_t vp;
	uint16_t rsvdz2;
	uint8_t rsvdz3;
	uint8_t area;
	uint64_t gpn;
};

static unsigned int map(uint32_t type, uint64_t partition, uint32_t vp,
			unsigned int area, uint64_t gpa)
{
	volatile struct map_input *in = (void *)SYNIC_INPUT(0);

	*in = (struct map_input){
		.type = type, .partition = partition, .vp = vp, .area = area,
		.gpn = gpa >> 12,
	};
	return hv_call((void *)SYNIC_HCALL, HVCALL_MAP_STATS_PAGE_2,
		       SYNIC_INPUT(0), 0) & 0xffff;
}

static unsigned int unmap(uint32_t type, uint64_t partition, uint32_t vp,
			  unsigned int area)
{
	volatile uint32_t *in = (void *)SYNIC_INPUT(0);

	in[0] = type;
	in[1] = partition;
	in[2] = partition >> 32;
	in[3] = vp;
	in[4] = area << 24;
	return hv_call((void *)SYNIC_HCALL, HVCALL_UNMAP_STATS_PAGE,
		       SYNIC_INPUT(0), 0) & 0xffff;
}

#define SELF		0xffffffffffffffffull
#define SELF_VP		0xfffffffeu
#define OF_PARTITION	0x00010001
#define OF_VP		0x00010002
#define AREA_INTERNAL	2

static volatile uint64_t done;

static void check_calls(void)
{
	g_eq(map(OF_VP, SELF, SELF_VP, 0, PAGE_VP), 0, "map the caller's page");
	g_eq(rdmsr(HV_X64_MSR_STATS_VP_RETAIL), PAGE_VP | ENABLE,
	     "its register shows that");
	g_eq(words(PAGE_VP)[0], GROUP(2, 2), "the page is there");
	g_eq(map(OF_VP, SELF, SELF_VP, 0, PAGE_VP), HV_STATUS_OPERATION_DENIED,
	     "map it again");
	g_eq(unmap(OF_VP, SELF, 0, 0), 0, "unmap it");
	g_eq(unmap(OF_VP, SELF, 0, 0), HV_STATUS_OPERATION_DENIED,
	     "unmap it again");
	g_eq(map(OF_VP, SELF, 0, AREA_INTERNAL, PAGE_VP), 0,
	     "map the internal page");
	g_eq(words(PAGE_VP)[0], 0, "which has no group");
	g_eq(unmap(OF_VP, SELF, 0, AREA_INTERNAL), 0, "unmap it");
	g_eq(map(OF_PARTITION, SELF, 0, 0, PAGE_PT), 0,
	     "map the partition's page");
	g_eq(words(PAGE_PT)[1], 2, "it is there");
	g_eq(unmap(OF_PARTITION, SELF, 0, 0), 0, "unmap it");
	g_eq(map(OF_VP, 5, 0, 0, PAGE_VP), HV_STATUS_INVALID_PARTITION_ID,
	     "another partition");
	g_eq(map(OF_VP, SELF, 9, 0, PAGE_VP), HV_STATUS_INVALID_VP_INDEX,
	     "a VP that is not there");
	g_eq(map(OF_VP, SELF, 0, 9, PAGE_VP), HV_STATUS_INVALID_PARAMETER,
	     "an unknown area");
	g_eq(map(OF_PARTITION, SELF, 1, 0, PAGE_PT), HV_STATUS_INVALID_PARAMETER,
	     "a VP index with a partition");
	g_eq(map(1, SELF, 0, 0, PAGE_VP), HV_STATUS_ACCESS_DENIED,
	     "the hypervisor's own");
	g_eq(map(77, SELF, 0, 0, PAGE_VP), HV_STATUS_INVALID_PARAMETER,
	     "an unknown type");
}

/* The other VP runs, and writes its page where the first has put it. */
static void check_other(void)
{
	unsigned int status;

	while (!done)
		cpu_pause();
	do
		status = map(OF_VP, SELF, 1, 0, PAGE_OTHER);
	while (status && status != HV_STATUS_OPERATION_DENIED &&
	       status != HV_STATUS_INVALID_PARAMETER);
	g_eq(status, 0, "map the page of another VP");
	g_eq(words(PAGE_OTHER)[0], GROUP(2, 2), "it is there");
	g_ok(reaches(&words(PAGE_OTHER)[VPV + NR_CPUID], 1000),
	     "and counts what that VP does");
	g_eq(unmap(OF_VP, SELF, 1, 0), 0, "unmap it");
	done = 2;
}

static void guest_main(uint64_t vp)
{
	uint32_t out[4];

	if (vp) {
		guest_x2apic_enable();
		done = 1;
		while (done == 1)
			cpuid(0x40000001, 0, out);
		return;
	}
	g_hcall_open();
	check_page(PAGE_PT, HV_X64_MSR_STATS_PARTITION_RETAIL, GROUP(2, 1));
	check_page(PAGE_PT, HV_X64_MSR_STATS_PARTITION_INTERNAL, 0);
	check_page(PAGE_VP, HV_X64_MSR_STATS_VP_RETAIL, GROUP(2, 2));
	check_page(PAGE_VP, HV_X64_MSR_STATS_VP_INTERNAL, 0);
	check_counters();
	check_calls();
	check_other();
}

static void guest_denied(uint64_t arg)
{
	uint64_t val;

	g_hcall_open();
	g_eq(rdmsr_safe(HV_X64_MSR_STATS_VP_RETAIL, &val), VECTOR_GP,
	     "without the privilege a register is #GP");
	g_eq(wrmsr_safe(HV_X64_MSR_STATS_PARTITION_RETAIL, 0), VECTOR_GP,
	     "without the privilege a write is #GP");
	g_eq(map(OF_VP, SELF, 0, 0, PAGE_VP), HV_STATUS_ACCESS_DENIED,
	     "without the privilege: map is denied");
	g_eq(unmap(OF_VP, SELF, 0, 0), HV_STATUS_ACCESS_DENIED,
	     "without the privilege: unmap is denied");
}

static bool has_stats(struct vmm *vmm)
{
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;

	cpuid_supported(vmm, &t);
	cpuid_hyperv(vmm, &vmm->vp[0], &t);
	e = cpuid_find(&t, HV_CPUID_FEATURES, 0);
	return e && e->eax & HV_ACCESS_STATS_REG;
}

int main(void)
{
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;
	struct vmm vmm;

	ktap_start(120);
	synic_create(&vmm, 1);
	if (!has_stats(&vmm))
		ktap_skip_all("no statistics pages on this device");
	cpuid_supported(&vmm, &t);
	cpuid_hyperv(&vmm, &vmm.vp[0], &t);
	cpuid_topology(&t, 0, 1);
	e = cpuid_find(&t, HV_CPUID_FEATURES, 0);
	e->eax &= ~HV_ACCESS_STATS_REG;
	vp_set_cpuid(&vmm.vp[0], &t);
	bare_start(&vmm.vp[0], guest_denied, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "denied: the guest ended");
	vmm_destroy(&vmm);

	synic_create(&vmm, 2);
	bare_start(&vmm.vp[0], guest_main, 0);
	bare_start(&vmm.vp[1], guest_main, 1);
	ktap_ok(bare_run_all(&vmm), "both VPs ended");
	vmm_destroy(&vmm);
	return ktap_finish();
}
