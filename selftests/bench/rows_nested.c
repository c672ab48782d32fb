// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of the bench: a guest that is a hypervisor. VP 0 is L1, its L2 is a function
 * of the same program. An L2 whose RIP nobody moves exits at the same instruction
 * again, so the first rows are an entry and an exit and nothing else.
 */
#include "bench.h"
#include "l1.h"

#define CPUID_1_ECX_VMX		(1u << 5)
#define MSR_MISC_ENABLE		0x1a0
#define MSR_SYSENTER_CS_	0x174
#define L2_HOLE			(BARE_FREE + 0x800000)	/* not in L1's EPT */
#define OF_L0_ROUNDS		100

static struct l2_regs regs;
static bool is_l1;

static void begin(void)
{
	uint32_t leaf[4];

	cpuid(1, 0, leaf);
	is_l1 = leaf[2] & CPUID_1_ECX_VMX;
	if (is_l1)
		l1_start();
}

static bool new_l2(void (*fn)(void))
{
	if (!is_l1)
		return false;
	vmclear(L1_PAGE(L1_VMCS));
	vmptrld(L1_PAGE(L1_VMCS));
	l1_forget();
	l1_vmcs_fill(fn);
	if (rdmsr(MSR_VMX_CPU2) >> 32 & CPU2_EPT)
		l1_ept();
	return true;
}

static void l2_cpuid(void)
{
	asm volatile("1:\tcpuid\n\tjmp 1b" : : : "rax", "rbx", "rcx", "rdx");
}

static void l2_vmcall(void)
{
	for (;;)
		vmcall(1);
}

static void l2_hole(void)
{
	for (;;)
		*(volatile uint64_t *)L2_HOLE = 1;
}

/* Registers that L0 keeps from L1, and L1 does not keep from L2. */
static void l2_of_l0(void)
{
	unsigned int i;
	uint64_t start;

	for (;;) {
		start = rdtsc();
		for (i = 0; i < OF_L0_ROUNDS; i++)
			rdmsr(MSR_MISC_ENABLE);
		bench_timed += (rdtsc() - start) / OF_L0_ROUNDS;
		vmcall(0);
	}
}

static bool first_exit(void (*fn)(void), uint32_t reason)
{
	return new_l2(fn) && l1_run(&regs) == reason;
}

static bool cpuid_begin(void)
{
	return first_exit(l2_cpuid, EXIT_CPUID);
}

static bool vmcall_begin(void)
{
	return first_exit(l2_vmcall, EXIT_VMCALL);
}

static bool hole_begin(void)
{
	if (!new_l2(l2_hole) || !(vmread(VMCS_CPU2_CTL) & CPU2_EPT))
		return false;
	*l1_ept_entry(L2_HOLE) = 0;
	return l1_run(&regs) == EXIT_EPT_VIOLATION;
}

static bool of_l0_begin(void)
{
	return first_exit(l2_of_l0, EXIT_VMCALL);
}

static void do_switch(void)
{
	l1_switch(&regs, true);
}

/* What a hypervisor does at least. */
static void do_exit(void)
{
	l1_switch(&regs, true);
	if (vmread(VMCS_EXIT_REASON) == EXIT_CPUID)
		l1_skip();
}

static void do_vmread(void)
{
	vmread(VMCS_EXIT_REASON);
}

static void do_vmwrite(void)
{
	vmwrite(VMCS_GUEST_RIP, (uintptr_t)l2_cpuid);
}

/* Reads of a register exit, or do not. */
static void do_bitmap(void)
{
	((uint8_t *)L1_PAGE(L1_MSR_BITMAP))[MSR_SYSENTER_CS_ / 8] ^= 1 << MSR_SYSENTER_CS_ % 8;
	l1_switch(&regs, true);
}

static void do_of_l0(void)
{
	l1_skip();
	l1_switch(&regs, true);
}

static const struct bench_row rows[] = {
	{ "L1: VMREAD", 100, .begin = cpuid_begin, .once = do_vmread },
	{ "L1: VMWRITE", 100, .begin = cpuid_begin, .once = do_vmwrite },
	{ "L1: VMRESUME, L2: CPUID exit", 100, .begin = cpuid_begin, .once = do_switch },
	{ "the same, L1 looks and moves RIP", 100, .begin = cpuid_begin, .once = do_exit },
	{ "L2: hypercall to L1 and back", 100, .begin = vmcall_begin, .once = do_switch },
	{ "L2: EPT violation of L1's", 100, .begin = hole_begin, .once = do_switch },
	{ "L1: changes its MSR bitmap, VMRESUME", 100, .begin = cpuid_begin, .once = do_bitmap },
	{ "L2: RDMSR that L0 finishes", 100, .rounds = 1, .self_timed = true,
	  .begin = of_l0_begin, .once = do_of_l0 },
};

const struct bench_scene bench_nested = {
	.name = "nested",
	.nr_vps = 1,
	.nr_run = 1,
	.begin = begin,
	.rows = rows,
	.nr_rows = ARRAY_SIZE(rows),
};
