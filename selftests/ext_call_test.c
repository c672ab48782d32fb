// SPDX-License-Identifier: GPL-2.0
/*
 * Extended hypercalls: all of them to the VMM, or, after
 * HVEMU_SET_EXTENDED_CALLS, those it has named.
 */
#include <errno.h>
#include <string.h>

#include "synic.h"

#define OUT		(BARE_FREE + 0x200000)
#define TOUCHED		(BARE_FREE + 0x400000)	/* a chunk of its own */
#define ZEROED		(BARE_FREE + 0x200000)
#define ZEROED_PAGES	(0xa00000 / 4096)
#define FAR		0x100000000ull		/* no memory at all */
#define FAR_PAGES	1000
#define CHUNK		0x200000ul

static unsigned int ext(unsigned int code, uint64_t in, uint64_t out)
{
	return hv_call((void *)SYNIC_HCALL, code, in, out) & 0xffff;
}

static void guest_vmm(uint64_t arg)
{
	g_hcall_open();
	g_eq(ext(HVEXTCALL_QUERY_CAPABILITIES, 0, OUT), 0x77,
	     "not set: the VMM answers");
}

/* Is a page in one of the ranges? */
static bool reported(uint64_t gpa)
{
	volatile uint64_t *out = (void *)OUT;
	uint64_t i;

	for (i = 0; i < out[0] && i < 255; i++)
		if (gpa / 4096 - out[1 + 2 * i] < out[2 + 2 * i])
			return true;
	return false;
}

static void check_zeroed(void)
{
	volatile uint64_t *out = (void *)OUT;
	uint64_t i, sum = 0, nonzero = 0, gpa;

	*(volatile uint64_t *)TOUCHED = 1;
	g_eq(ext(HVEXTCALL_GET_BOOT_ZEROED_MEMORY, 0, OUT), 0,
	     "GetBootZeroedMemory");
	g_ok(out[0] >= 2 && out[0] <= 255, "some ranges");
	for (i = 0; i + 1 < out[0]; i++)
		sum += out[2 + 2 * i] < out[4 + 2 * i];
	g_eq(sum, 0, "the largest first");
	g_ok(!reported(OUT), "the page of the output is none");
	g_ok(!reported(TOUCHED), "nor is one that was written to");
	g_ok(reported(TOUCHED + CHUNK), "one that was not is");
	g_ok(reported(FAR) && reported(FAR + 4096ull * (FAR_PAGES - 1)) &&
	     !reported(FAR + 4096ull * FAR_PAGES), "what does not exist may be");
	/* reading maps them */
	for (gpa = ZEROED; gpa < ZEROED + 4096ul * ZEROED_PAGES; gpa += 4096)
		if (reported(gpa))
			nonzero += !!*(volatile uint64_t *)gpa;
	g_eq(nonzero, 0, "they are all zero");
	g_eq(ext(HVEXTCALL_GET_BOOT_ZEROED_MEMORY, 0, OUT + 16),
	     HV_STATUS_INVALID_ALIGNMENT, "output across pages");
	g_eq(ext(HVEXTCALL_GET_BOOT_ZEROED_MEMORY, 0, OUT + 4),
	     HV_STATUS_INVALID_ALIGNMENT, "output that is not aligned");
}

static void guest_kernel(uint64_t arg)
{
	volatile uint64_t *out = (void *)OUT;

	g_hcall_open();
	*out = ~0ull;
	g_eq(ext(HVEXTCALL_QUERY_CAPABILITIES, 0, OUT), 0, "QueryCapabilities");
	g_eq(*out, 0x3, "capabilities as the VMM set them");
	g_eq(ext(HVEXTCALL_QUERY_CAPABILITIES, 0, OUT + 1),
	     HV_STATUS_INVALID_ALIGNMENT, "capabilities: output not aligned");
	g_eq(ext(HVEXTCALL_QUERY_CAPABILITIES, 0, BARE_NO_RAM),
	     HV_STATUS_INVALID_HYPERCALL_INPUT, "capabilities: no memory there");
	g_eq(hv_call((void *)SYNIC_HCALL, HVEXTCALL_QUERY_CAPABILITIES | 1ull << 32,
		     0, OUT) & 0xffff, HV_STATUS_INVALID_HYPERCALL_INPUT,
	     "capabilities: no rep call");
	check_zeroed();
	g_eq(ext(HVEXTCALL_MEMORY_HEAT_HINT, OUT, 0), 0x88,
	     "MemoryHeatHint goes to the VMM");
	g_eq(ext(HVEXTCALL_MEMORY_HEAT_HINT_ASYNC, OUT, 0),
	     HV_STATUS_INVALID_HYPERCALL_CODE, "one that the VMM has not named");
	g_eq(ext(0x8004, OUT, 0), HV_STATUS_INVALID_HYPERCALL_CODE,
	     "EpfSetup is not there");
}

static void guest_none(uint64_t arg)
{
	volatile uint64_t *out = (void *)OUT;

	g_hcall_open();
	*out = ~0ull;
	g_eq(ext(HVEXTCALL_QUERY_CAPABILITIES, 0, OUT), 0, "none: capabilities");
	g_eq(*out, 0, "none: there are none");
	g_eq(ext(HVEXTCALL_GET_BOOT_ZEROED_MEMORY, 0, OUT),
	     HV_STATUS_INVALID_HYPERCALL_CODE, "none: GetBootZeroedMemory");
}

/* The VMM's half */

static int set(struct vmm *vmm, uint64_t capabilities, unsigned int nr,
	       struct hvemu_page_range *ranges)
{
	struct hvemu_extended_calls c = {
		.capabilities = capabilities, .nr_ranges = nr,
		.ranges = (uintptr_t)ranges,
	};

	return ioctl(vmm->fd, HVEMU_SET_EXTENDED_CALLS, &c) ? errno : 0;
}

static void run(struct vmm *vmm, guest_fn fn, unsigned int code, uint64_t result)
{
	struct vp *vp = bare_add_vp(vmm);
	struct kvm_run *run = vp->run;
	struct cpuid_table t;
	unsigned int calls = 0;

	cpuid_supported(vmm, &t);
	cpuid_hyperv(vmm, vp, &t);
	cpuid_topology(&t, 0, 1);
	vp_set_cpuid(vp, &t);
	bare_start(vp, fn, 0);
	while (bare_run(vp) == BARE_EXIT) {
		if (run->exit_reason != KVM_EXIT_HYPERV ||
		    run->hyperv.type != KVM_EXIT_HYPERV_HCALL ||
		    (run->hyperv.u.hcall.input & 0xffff) != code)
			ktap_bail("exit %u", run->exit_reason);
		run->hyperv.u.hcall.result = result;
		calls++;
	}
	ktap_eq(calls, !!code, "calls that came to the VMM");
}

static void arguments(struct vmm *vmm)
{
	struct hvemu_page_range r[2] = { { 1, 0 }, };

	ktap_eq(set(vmm, 1u << 2, 0, NULL), EINVAL,
		"a capability that nobody could serve");
	ktap_eq(set(vmm, 1, 1, r), EINVAL, "an empty range");
	r[0] = (struct hvemu_page_range){ ~0ull, 2 };
	ktap_eq(set(vmm, 1, 1, r), EINVAL, "a range that wraps");
	r[0] = (struct hvemu_page_range){ 0, 1ull << 39 };
	ktap_eq(set(vmm, 1, 1, r), E2BIG, "too much memory");
	ktap_eq(set(vmm, 1, 256, r), E2BIG, "too many ranges");
	ktap_eq(set(vmm, 1, 1, (void *)8), EFAULT, "a bad pointer");
}

int main(void)
{
	struct hvemu_page_range ranges[] = {
		{ FAR >> 12, FAR_PAGES },
		{ ZEROED >> 12, ZEROED_PAGES },
	};
	struct hvemu_info info = { 0 };
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 0, 0);
	if (ioctl(vmm.dev, HVEMU_INFO, &info) ||
	    !(info.features & HVEMU_FEATURE_EXTENDED_CALLS))
		ktap_skip_all("extended calls are the VMM's on this device");
	run(&vmm, guest_vmm, HVEXTCALL_QUERY_CAPABILITIES, 0x77);
	ktap_eq(set(&vmm, 0, 0, NULL), EBUSY, "not when there is a vCPU");
	vmm_destroy(&vmm);

	bare_create(&vmm, 0, 0);
	arguments(&vmm);
	ktap_eq(set(&vmm, 3, 2, ranges), 0, "SET_EXTENDED_CALLS");
	ktap_eq(set(&vmm, 3, 2, ranges), EBUSY, "once only");
	run(&vmm, guest_kernel, HVEXTCALL_MEMORY_HEAT_HINT, 0x88);
	vmm_destroy(&vmm);

	bare_create(&vmm, 0, 0);
	ktap_eq(set(&vmm, 0, 0, NULL), 0, "no extended call");
	run(&vmm, guest_none, 0, 0);
	vmm_destroy(&vmm);
	return ktap_finish();
}
