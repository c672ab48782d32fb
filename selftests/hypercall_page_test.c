// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall page (TLFS, "Establishing the Hypercall Interface"): enabled
 * only with a guest OS id, hides the RAM under it and gives it back unchanged,
 * can be moved, cannot be written; unknown calls return status 2; a caller
 * outside CPL 0 gets #UD.
 */
#include <string.h>

#include "bare.h"
#include "hvdef.h"

#define PAGE_A		(BARE_FREE + 0x10000)
#define PAGE_B		(BARE_FREE + 0x20000)
#define OS_ID		0x8100000000000001ull
#define UNKNOWN_CALL	0x3ff
#define PATTERN(i)	(0x0123456789abcdefull * ((i) + 1))

static bool strict;	/* overlay rules that KVM does not keep */

static uint64_t *page(uint64_t gpa)
{
	return (uint64_t *)gpa;
}

static void fill(uint64_t gpa)
{
	unsigned int i;

	for (i = 0; i < 512; i++)
		page(gpa)[i] = PATTERN(i);
}

static bool intact(uint64_t gpa)
{
	unsigned int i;

	for (i = 0; i < 512; i++)
		if (page(gpa)[i] != PATTERN(i))
			return false;
	return true;
}

static uint64_t enable_at(uint64_t gpa)
{
	wrmsr(HV_X64_MSR_HYPERCALL, gpa | HV_MSR_ENABLE);
	return rdmsr(HV_X64_MSR_HYPERCALL);
}

static bool call_works(uint64_t gpa)
{
	return hv_call(page(gpa), UNKNOWN_CALL, 0, 0) == HV_STATUS_INVALID_HYPERCALL_CODE;
}

static void check_identity_rules(void)
{
	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0);
	g_eq(enable_at(PAGE_A) & HV_MSR_ENABLE, 0, "trap 17: no enable without a guest OS id");
	g_ok(intact(PAGE_A), "and no page");
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	g_eq(rdmsr(HV_X64_MSR_GUEST_OS_ID), OS_ID, "guest OS id is kept");
	g_eq(enable_at(PAGE_A), PAGE_A | HV_MSR_ENABLE, "enable with a guest OS id");
	g_ok(!intact(PAGE_A), "the page is there");
	g_ok(call_works(PAGE_A), "unknown call: status 2");
}

static void check_reserved_bits(void)
{
	wrmsr(HV_X64_MSR_HYPERCALL, PAGE_A | 0xff0 | HV_MSR_ENABLE);
	g_eq(rdmsr(HV_X64_MSR_HYPERCALL), PAGE_A | 0xff0 | HV_MSR_ENABLE,
	     "reserved bits are preserved");
	wrmsr(HV_X64_MSR_HYPERCALL, PAGE_A | HV_MSR_ENABLE);
	g_eq(wrmsr_safe(HV_X64_MSR_HYPERCALL, 1ull << 52 | HV_MSR_ENABLE), VECTOR_GP,
	     "a page beyond the physical address space is #GP");
	g_ok(call_works(PAGE_A), "and changes nothing");
}

static int write_page(uint64_t gpa)
{
	guarded("movq $0, (%0)", NO_OUTPUTS, "r"(gpa) : "memory");
	return last_fault();
}

static void check_overlay(void)
{
	uint64_t before[8];
	unsigned int i;
	bool same = true;

	for (i = 0; i < 8; i++)
		before[i] = page(PAGE_A)[i];
	g_eq(write_page(PAGE_A), VECTOR_GP, "trap 21: a write to the page is #GP");
	g_ok(call_works(PAGE_A), "and changes nothing");

	fill(PAGE_B);
	g_eq(enable_at(PAGE_B), PAGE_B | HV_MSR_ENABLE, "the page moves");
	g_ok(intact(PAGE_A), "trap 20: RAM under the old place is as it was");
	g_ok(call_works(PAGE_B), "calls work at the new place");
	for (i = 0; i < 8; i++)
		same &= page(PAGE_B)[i] == before[i];
	g_ok(same, "trap 21: the code is the same at both places");

	wrmsr(HV_X64_MSR_HYPERCALL, PAGE_B);
	g_ok(intact(PAGE_B), "trap 20: disabled: RAM is as it was");
	g_eq(write_page(PAGE_B), NO_FAULT, "and can be written again");
	fill(PAGE_B);

	enable_at(PAGE_B);
	g_ok(call_works(PAGE_B), "enabled again");
	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0);
	g_eq(rdmsr(HV_X64_MSR_HYPERCALL) & HV_MSR_ENABLE, 0,
	     "trap 18: guest OS id 0 disables the page");
	g_ok(intact(PAGE_B), "trap 18: and gives the RAM back");
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
}

/* For good: only a new partition, or a VMM, gets rid of it. */
static void check_lock(void)
{
	uint64_t locked = PAGE_A | HV_MSR_LOCKED | HV_MSR_ENABLE;
	uint32_t features[4];

	cpuid(HV_CPUID_FEATURES, 0, features);
	if (!(features[3] & HV_FEATURE_HYPERCALL_LOCK))
		return;
	wrmsr(HV_X64_MSR_HYPERCALL, locked);
	g_eq(rdmsr(HV_X64_MSR_HYPERCALL), locked, "trap 19: the register is locked");
	g_eq(wrmsr_safe(HV_X64_MSR_HYPERCALL, PAGE_B | HV_MSR_ENABLE), VECTOR_GP,
	     "trap 19: no move any more");
	g_eq(wrmsr_safe(HV_X64_MSR_HYPERCALL, 0), VECTOR_GP, "trap 19: and no unlock");
	g_eq(rdmsr(HV_X64_MSR_HYPERCALL), locked, "trap 19: it is as it was");
	g_ok(call_works(PAGE_A), "trap 19: and calls work");
}

static void user_call(void)
{
	hv_call(page(PAGE_A), UNKNOWN_CALL, 0, 0);
	asm volatile("hlt");	/* not reached; #GP here would be another result */
}

static volatile uint64_t after[8] __attribute__((used));	/* named in the asm */

/* "The hypercall preserves all other registers": none but RAX may change. */
static void check_registers(void)
{
	unsigned int i;

	asm volatile("mov $0x1000, %%rbx\n\t"
		     "mov $0x1001, %%rdx\n\t"
		     "mov $0x1002, %%rsi\n\t"
		     "mov $0x1003, %%rdi\n\t"
		     "mov $0x1004, %%r8\n\t"
		     "mov $0x1005, %%r9\n\t"
		     "mov $0x1006, %%r12\n\t"
		     "mov $0x1007, %%r15\n\t"
		     "call *%%rax\n\t"
		     "mov %%rbx, after\n\t"
		     "mov %%rdx, after + 8\n\t"
		     "mov %%rsi, after + 16\n\t"
		     "mov %%rdi, after + 24\n\t"
		     "mov %%r8, after + 32\n\t"
		     "mov %%r9, after + 40\n\t"
		     "mov %%r12, after + 48\n\t"
		     "mov %%r15, after + 56"
		     : : "a"(PAGE_A), "c"(UNKNOWN_CALL | 0x10000)
		     : "rbx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
		       "r14", "r15", "cc", "memory");
	for (i = 0; i < 8; i++)
		g_eq(after[i], 0x1000 + i, "register %ld survives a call", i);
}

static void guest_main(uint64_t arg)
{
	unsigned int i;

	fill(PAGE_A);
	check_identity_rules();
	check_reserved_bits();
	if (strict)
		check_overlay();
	enable_at(PAGE_A);
	g_eq(hv_call(page(PAGE_A), UNKNOWN_CALL | 1ull << 16, 0, 0),
	     HV_STATUS_INVALID_HYPERCALL_CODE, "unknown fast call: status 2");
	check_registers();
	g_eq(guest_run_user(user_call), VECTOR_UD, "trap 14: a call from CPL 3 is #UD");
	for (i = 0; i < 1000; i++)
		if (!call_works(PAGE_A))
			break;
	g_eq(i, 1000, "a thousand calls");
	if (strict)
		check_lock();
}

int main(void)
{
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	if (vmm_cap(&vmm, KVM_CAP_HYPERV) <= 0)
		ktap_skip_all("the device has no Hyper-V interface");
	guest_var(&vmm, strict) = !vmm.is_kvm;
	bare_start(&vmm.vp[0], guest_main, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest came to its end");
	vmm_destroy(&vmm);
	return ktap_finish();
}
