// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles (HVEMU_GET_PROFILE): a guest of each edition's leaves finds every
 * register and call that a set bit promises, and none behind a bit that is
 * clear; leaves and bits that are nobody's are 0.
 */
#include <errno.h>
#include <string.h>

#include "../include/uapi/hvemu.h"
#include "bare.h"
#include "hvdef.h"

#define PAGE		(BARE_FREE + 0x10000)
#define IN		(BARE_FREE + 0x20000)
#define OUT		(BARE_FREE + 0x21000)
#define OS_ID		0x8100000000000001ull
#define NR_LEAVES	14

static const uint32_t levels[] = {
	HVEMU_PROFILE_MINIMAL, HVEMU_PROFILE_V2, HVEMU_PROFILE_V3, HVEMU_PROFILE_V4,
	HVEMU_PROFILE_V5, HVEMU_PROFILE_V6, HVEMU_PROFILE_CURRENT,
};

/* Bits: 0-31 leaf 3 EAX, 32-63 EBX, 64-95 EDX, 96-127 leaf 4 EAX */
#define EBX_BIT(n)	(32 + (n))
#define EDX_BIT(n)	(64 + (n))
#define HINT(n)		(96 + (n))
#define NO_BIT		0xff

static const struct {
	uint32_t msr;
	uint8_t bit;
	uint8_t write;		/* instead of a read, of 0 */
	const char *name;
} msrs[] = {
	{ 0x40000010, 0, 0, "VP_RUNTIME" },
	{ 0x40000020, 1, 0, "TIME_REF_COUNT" },
	{ 0x40000080, 2, 0, "SCONTROL" },
	{ 0x4000009f, 2, 0, "SINT15" },
	{ 0x400000b0, 3, 0, "STIMER0_CONFIG" },
	{ 0x40000070, 4, 1, "EOI" },
	{ 0x40000072, 4, 0, "TPR" },
	{ 0x40000073, 4, 0, "VP_ASSIST_PAGE" },
	{ 0x40000000, 5, 0, "GUEST_OS_ID" },
	{ 0x40000002, 6, 0, "VP_INDEX" },
	{ 0x40000003, 7, 0, "RESET" },
	{ 0x400000e0, 8, 0, "STATS_PARTITION_RETAIL" },
	{ 0x400000e3, 8, 0, "STATS_VP_INTERNAL" },
	{ 0x40000021, 9, 0, "REFERENCE_TSC" },
	{ 0x40000022, 11, 0, "TSC_FREQUENCY" },
	{ 0x40000023, 11, 0, "APIC_FREQUENCY" },
	{ 0x40000106, 13, 0, "REENLIGHTENMENT_CONTROL" },
	{ 0x40000108, 13, 1, "TSC_EMULATION_STATUS" },
	{ 0x40000118, 15, 0, "TSC_INVARIANT_CONTROL" },
	{ 0x40000100, EDX_BIT(10), 0, "CRASH_P0" },
	{ 0x40000105, EDX_BIT(10), 0, "CRASH_CTL" },
	{ 0x400000f2, EDX_BIT(11), 0, "SYNDBG_STATUS" },
	{ 0x400000ff, EDX_BIT(11), 0, "SYNDBG_OPTIONS" },
};

static const struct {
	uint16_t code;
	uint8_t bit, bit2;
	uint8_t reps;
	const char *name;
} calls[] = {
	{ 0x0002, HINT(2), NO_BIT, 0, "FlushVirtualAddressSpace" },
	{ 0x0003, HINT(2), NO_BIT, 1, "FlushVirtualAddressList" },
	{ 0x000b, HINT(10), NO_BIT, 0, "SendSyntheticClusterIpi" },
	{ 0x0013, HINT(2), HINT(11), 0, "FlushVirtualAddressSpaceEx" },
	{ 0x0014, HINT(2), HINT(11), 1, "FlushVirtualAddressListEx" },
	{ 0x0015, HINT(10), HINT(11), 0, "SendSyntheticClusterIpiEx" },
	{ 0x006d, 8, NO_BIT, 0, "UnmapStatsPage" },
	{ 0x0131, 8, NO_BIT, 0, "MapStatsPage2" },
	{ 0x0050, EBX_BIT(17), NO_BIT, 1, "GetVpRegisters" },
	{ 0x0051, EBX_BIT(17), NO_BIT, 1, "SetVpRegisters" },
	{ 0x0099, EBX_BIT(21), NO_BIT, 0, "StartVirtualProcessor" },
	{ 0x005c, EBX_BIT(4), NO_BIT, 0, "PostMessage" },
	{ 0x005d, EBX_BIT(5), NO_BIT, 0, "SignalEvent" },
	/* misaligned on purpose: the VMM does not get it */
	{ 0x0069, EBX_BIT(11), NO_BIT, 0, "PostDebugData" },
};

static uint32_t words[4];

static bool has(unsigned int bit)
{
	return bit == NO_BIT || words[bit / 32] >> (bit % 32) & 1;
}

static void check_msrs(void)
{
	unsigned int i;
	uint64_t val;
	int fault;

	for (i = 0; i < ARRAY_SIZE(msrs); i++) {
		fault = msrs[i].write ? wrmsr_safe(msrs[i].msr, 0) :
					rdmsr_safe(msrs[i].msr, &val);
		if (fault != (has(msrs[i].bit) ? NO_FAULT : VECTOR_GP))
			g_ok(false, "%s: fault %ld, bit %ld is %ld", msrs[i].name, fault,
			     msrs[i].bit, has(msrs[i].bit));
	}
}

static void check_calls(void)
{
	uint64_t status, control;
	unsigned int i;

	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, PAGE | HV_MSR_ENABLE);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		control = calls[i].code | (uint64_t)calls[i].reps << 32;
		status = hv_call((void *)PAGE, control, IN + 1, OUT + 1) & 0xffff;
		/* denied, or the synthetic debugger's: not there */
		if ((status == HV_STATUS_ACCESS_DENIED ||
		     status == HV_STATUS_INVALID_HYPERCALL_CODE) ==
		    (has(calls[i].bit) && has(calls[i].bit2)))
			g_ok(false, "%s: status %ld, bit %ld is %ld", calls[i].name, status,
			     calls[i].bit, has(calls[i].bit));
	}
}

/* What else bits of leaf 3 EDX promise, beside registers */
static void check_features(void)
{
	register uint64_t r8 asm("r8") = 0;
	uint64_t rax, control = 0x0002 | 1 << 16, rdx = 0;

	if (!has(HINT(2)))
		return;
	/* 24 bytes of input do not fit without XMM registers */
	guarded("vmcall", OUTPUTS("=a"(rax), "+c"(control), "+d"(rdx), "+r"(r8)), "i"(0) : "memory");
	g_eq(last_fault(), has(EDX_BIT(4)) ? NO_FAULT : VECTOR_UD,
	     "trap 3: input in XMM registers as leaf 3 EDX says");
	if (has(2) && has(3)) {
		g_eq(wrmsr_safe(0x400000b0, 1 << 12 | 0x50 << 4),
		     has(EDX_BIT(19)) ? NO_FAULT : VECTOR_GP, "direct timers as EDX.19 says");
		wrmsr(0x400000b0, 0);
	}
}

static void guest_main(uint64_t level)
{
	uint32_t r[4], last[4], i, bad = 0;

	cpuid(0x40000000, 0, last);
	cpuid(0x40000003, 0, r);
	words[0] = r[0];
	words[1] = r[1];
	words[2] = r[3];
	/* reserved, or a root partition's */
	g_eq(r[2], 0, "%ld: leaf 3 ECX: no C-states, no counters", level);
	g_eq(r[1] & 0x134f, 0, "%ld: leaf 3 EBX: no privilege of a host", level);
	g_eq(r[3] & 0xf87122cd, 0, "%ld: leaf 3 EDX: reserved or not there", level);
	cpuid(0x40000004, 0, r);
	words[3] = r[0];
	g_eq(r[0] & 0xffffb1c0 & ~(3u << 17), 0, "%ld: leaf 4 EAX: reserved or not there", level);
	g_eq(r[3], 0, "%ld: leaf 4 EDX", level);
	cpuid(0x40000005, 0, r);
	g_eq(r[2] | r[3], 0, "%ld: leaf 5: no limit to processors and vectors", level);
	g_ok(level < 20 ? !r[1] : r[1] && r[1] < 10000, "%ld: leaf 5: the machine's processors",
	     level);
	g_eq(words[3] >> 4 & 1, has(7), "%ld: the hint of the RESET register goes with it", level);
	cpuid(0x40000006, 0, r);
	g_eq(r[0], level >= 255 ? 0x2000a : level >= 20 ? 0xa : 0, "%ld: leaf 6: hardware in use",
	     level);
	bad = r[1] | r[2] | r[3];
	for (i = 0x40000007; i < 0x40000080; i++) {
		cpuid(i, 0, r);
		if (i != 0x4000000a)
			bad |= r[0] | r[1] | r[2] | r[3];
	}
	g_eq(bad, 0, "%ld: leaves 7 to 9 and 0xb to 0x7f are 0", level);
	check_msrs();
	check_calls();
	check_features();
	g_ok(true, "%ld: registers and calls are there exactly as the bits say", level);
}

static struct kvm_cpuid_entry2 entries[NR_LEAVES];

static int get(struct vmm *vmm, struct hvemu_profile *p)
{
	p->nent = NR_LEAVES;
	p->entries = (uintptr_t)entries;
	return ioctl(vmm->dev, HVEMU_GET_PROFILE, p);
}

static void test_level(uint32_t level, uint32_t flags)
{
	struct hvemu_profile p = { .level = level, .flags = flags };
	struct cpuid_table t;
	enum bare_stop stop;
	struct vmm vmm;
	unsigned int i;

	bare_create(&vmm, 1, BARE_NO_CPUID);
	cpuid_supported(&vmm, &t);
	cpuid_drop(&t, 0x40000000, 0x4fffffff);
	cpuid_topology(&t, 0, 1);
	ktap_eq(get(&vmm, &p), 0, "profile %u, flags %u", level, flags);
	for (i = 0; i < p.nent; i++)
		*cpuid_add(&t, entries[i].function, 0) = entries[i];
	vp_set_cpuid(&vmm.vp[0], &t);
	bare_start(&vmm.vp[0], guest_main, level);
	while ((stop = bare_run(&vmm.vp[0])) == BARE_EXIT &&
	       vmm.vp[0].run->exit_reason == KVM_EXIT_HYPERV)
		vmm.vp[0].run->hyperv.u.hcall.result = 0;
	ktap_ok(stop == BARE_DONE, "profile %u, flags %u: the guest came to its end", level, flags);
	vmm_destroy(&vmm);
}

static void test_ioctl(struct vmm *vmm)
{
	struct hvemu_profile p = { .level = HVEMU_PROFILE_V5 };
	uint32_t eax;

	p.entries = (uintptr_t)entries;
	p.nent = 3;
	ktap_errno(ioctl(vmm->dev, HVEMU_GET_PROFILE, &p), E2BIG, "too little room");
	ktap_eq(p.nent, 11, "and how much there must be");
	p.entries = 0x10;
	ktap_errno(ioctl(vmm->dev, HVEMU_GET_PROFILE, &p), EFAULT, "bad pointer");
	p.level = 21;
	ktap_errno(get(vmm, &p), EINVAL, "no such level");
	p.level = HVEMU_PROFILE_V5;
	p.flags = 8;
	ktap_errno(get(vmm, &p), EINVAL, "no such flag");
	p.flags = 0;
	p.reserved = 1;
	ktap_errno(get(vmm, &p), EINVAL, "reserved field");
	p.reserved = 0;
	p.nr_vcpus = vmm_cap(vmm, KVM_CAP_MAX_VCPUS) + 1;
	ktap_errno(get(vmm, &p), EINVAL, "too many vCPUs");
	p.nr_vcpus = 65;
	p.level = HVEMU_PROFILE_V4;
	ktap_ok(!get(vmm, &p) && entries[5].eax == -1u && !(entries[4].eax & 6),
		"trap 50: more than 64 vCPUs: -1, and no flushes by short masks");
	p.nr_vcpus = 64;
	ktap_ok(!get(vmm, &p) && entries[5].eax == 64 && entries[4].eax & 4,
		"trap 50: 64 vCPUs: 64, and flushes");
	p.level = HVEMU_PROFILE_CURRENT;
	ktap_ok(!get(vmm, &p) && entries[4].ecx >= 32 && entries[4].ecx <= 52,
		"leaf 4 ECX: %u bits of physical address", entries[4].ecx);
	eax = entries[3].eax;
	p.level = HVEMU_PROFILE_MINIMAL;
	ktap_ok(!get(vmm, &p) && entries[3].eax == 0x60 && eax != 0x60, "the minimum is two privileges");
}

int main(void)
{
	struct vmm vmm;
	unsigned int i;

	ktap_start(240);
	bare_create(&vmm, 0, 0);
	if (vmm.is_kvm)
		ktap_skip_all("KVM has no profiles");
	test_ioctl(&vmm);
	vmm_destroy(&vmm);
	for (i = 0; i < ARRAY_SIZE(levels); i++)
		test_level(levels[i], 0);
	test_level(HVEMU_PROFILE_CURRENT, HVEMU_PROFILE_DEBUGGER | HVEMU_PROFILE_EXTENDED_CALLS);
	return ktap_finish();
}
