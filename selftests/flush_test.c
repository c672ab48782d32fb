// SPDX-License-Identifier: GPL-2.0
/*
 * Flushes of other VPs' TLBs and the switch of the address space (TLFS,
 * "Virtual MMU"): no VP may use a translation that was cached before the call,
 * whichever form the call has; a VP that sleeps is not woken for it.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define HCALL_PAGE	(BARE_FREE + 0x1000)
#define INPUT		((volatile uint64_t *)(BARE_FREE + 0x2000))
#define TABLE		((volatile uint64_t *)(BARE_FREE + 0x3000))
#define OTHER_PML4	((volatile uint64_t *)(BARE_FREE + 0x4000))
#define PAGE_A		(BARE_FREE + 0x10000)
#define PAGE_B		(BARE_FREE + 0x11000)
#define OS_ID		0x8100000000000001ull
#define VEC		0x61

/* Nine large pages' worth of addresses, all mapped by small ones. */
#define WINDOW		0x80000000ull
#define NR_LARGE	9
#define LAST		(WINDOW + NR_LARGE * 0x200000ull - 0x1000)
#define PTE		0x7ull
#define PTE_GLOBAL	0x107ull
#define BAD_CR3		(1ull << 51)

static bool strict;
static volatile uint64_t turn, seen, rounds;

static uint64_t call(uint64_t control)
{
	return hv_call((void *)HCALL_PAGE, control, (uintptr_t)INPUT, 0);
}

static void input(uint64_t space, uint64_t flags, uint64_t mask)
{
	INPUT[0] = space;
	INPUT[1] = flags;
	INPUT[2] = mask;
}

static void input_ex(uint64_t flags, uint64_t format, uint64_t banks)
{
	INPUT[0] = 0;
	INPUT[1] = flags;
	INPUT[2] = format;
	INPUT[3] = banks;
}

static void check_status(void)
{
	unsigned int bit, wrong = 0;

	for (bit = 4; bit < 64; bit++) {
		input(0, 1ull << bit, 1);
		wrong += call(HVCALL_FLUSH_SPACE) != HV_STATUS_INVALID_PARAMETER;
	}
	g_eq(wrong, 0, "reserved flags: invalid parameter");
	input(0, FLUSH_NON_GLOBAL, 1);
	INPUT[3] = WINDOW;
	g_eq(call(HVCALL_FLUSH_LIST | HVCALL_REPS(1)) & 0xffff,
	     HV_STATUS_INVALID_PARAMETER,
	     "trap 35: a list of addresses of non-global pages only is refused");
	input(0, FLUSH_EXTENDED_RANGES, 1);
	g_eq(call(HVCALL_FLUSH_SPACE), HV_STATUS_INVALID_PARAMETER,
	     "the range format means nothing without ranges");
	input(BAD_CR3, 0, 1);
	g_eq(call(HVCALL_FLUSH_SPACE), HV_STATUS_INVALID_PARAMETER,
	     "an address space that is no CR3 value is refused");
	input(BAD_CR3, FLUSH_ALL_SPACES, 1);
	g_eq(call(HVCALL_FLUSH_SPACE), HV_STATUS_SUCCESS,
	     "but not when all of them are meant");
	input(0, 0, 0);
	g_eq(call(HVCALL_FLUSH_SPACE), HV_STATUS_SUCCESS,
	     "trap 34: an empty mask is taken as all VPs");
	input(0, 0, 1);
	INPUT[3] = 1ull << 63;
	INPUT[4] = 0x7fffffffffffffffull;
	g_eq(call(HVCALL_FLUSH_LIST | HVCALL_REPS(2)), 2ull << 32,
	     "addresses that are none are ignored");
	g_eq(call(HVCALL_FLUSH_LIST | HVCALL_REPS(2) | HVCALL_START(1)), 2ull << 32,
	     "a list call goes on behind its start index");
	g_eq(call(HVCALL_FLUSH_LIST | HVCALL_REPS(2) | HVCALL_START(2)),
	     HV_STATUS_INVALID_HYPERCALL_INPUT, "which must be below the count");
	input_ex(0, 2, 0);
	g_eq(call(HVCALL_FLUSH_SPACE_EX), HV_STATUS_INVALID_PARAMETER,
	     "trap 36: an unknown format of the VP set is refused");
	input_ex(0, 0, ~0ull);
	for (bit = 0; bit < 64; bit++)
		INPUT[4 + bit] = ~0ull;
	g_eq(call(HVCALL_FLUSH_SPACE_EX | HVCALL_BANKS(64)), HV_STATUS_SUCCESS,
	     "trap 37: a set of 4096 VPs, most of which are not there");
	g_eq(call(HVCALL_FLUSH_SPACE_EX | HVCALL_BANKS(63)),
	     HV_STATUS_INVALID_HYPERCALL_INPUT, "trap 37: as many banks as bits");
}

/* One of the forms that must reach VP 1's translation of LAST. */
static uint64_t flush_by(unsigned int form)
{
	switch (form) {
	case 0:
		input(BARE_PAGE_TABLES, FLUSH_ALL_SPACES, 2);
		return call(HVCALL_FLUSH_SPACE);
	case 1:
		input(0, FLUSH_ALL_PROCESSORS, 0);
		return call(HVCALL_FLUSH_SPACE);
	case 2:
		input(BARE_PAGE_TABLES, FLUSH_NON_GLOBAL, 2);
		return call(HVCALL_FLUSH_SPACE);
	case 3:
		input(0, 0, 2);
		INPUT[3] = LAST;
		return call(HVCALL_FLUSH_LIST | HVCALL_REPS(1));
	case 4:
		input(0, 0, 2);
		INPUT[3] = WINDOW;
		INPUT[4] = (LAST - 0xfff000) | 0xfff;	/* 4096 pages */
		return call(HVCALL_FLUSH_LIST | HVCALL_REPS(2));
	case 5:
		input(0, FLUSH_EXTENDED_RANGES, 2);
		INPUT[3] = (LAST - 3 * 0x1000) | 3;
		return call(HVCALL_FLUSH_LIST | HVCALL_REPS(1));
	case 6:
		input(0, FLUSH_EXTENDED_RANGES, 2);
		INPUT[3] = WINDOW | FLUSH_LARGE_RANGE | (NR_LARGE - 1);
		return call(HVCALL_FLUSH_LIST | HVCALL_REPS(1));
	case 7:
		input_ex(0, 0, 1);
		INPUT[4] = 2;
		return call(HVCALL_FLUSH_SPACE_EX | HVCALL_BANKS(1));
	case 8:
		input_ex(0, 1, 1);
		INPUT[4] = 0;
		INPUT[5] = LAST;
		return call(HVCALL_FLUSH_LIST_EX | HVCALL_BANKS(1) | HVCALL_REPS(1));
	case 9:
		input_ex(FLUSH_ALL_PROCESSORS, 0, 0);
		return call(HVCALL_FLUSH_SPACE_EX);
	}
	return ~0ull;
}

static const char *const forms[] = {
	"flush by mask", "flush of all VPs", "flush of non-global pages",
	"flush by address", "flush of 4096 pages",
	"trap 33: flush of four small pages, extended format",
	"trap 33: flush of nine large pages, extended format",
	"flush by sparse set", "trap 36: banks before the addresses are skipped",
	"trap 36: all processors by the flag",
};

/* VP 1 reads LAST whenever it is its turn. */
static void reader(void)
{
	uint64_t last = 0;

	while (last != ~0ull) {
		while (turn == last)
			cpu_pause();
		last = turn;
		if (last != ~0ull) {
			seen = *(volatile uint64_t *)LAST;
			rounds = last;
		}
	}
}

static uint64_t read_by_other(void)
{
	uint64_t n = turn + 1;

	turn = n;
	while (rounds != n)
		cpu_pause();
	return seen;
}

static void check_forms(void)
{
	unsigned int form;

	for (form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
		uint64_t pte = form == 2 ? PTE : PTE_GLOBAL;

		if (form == 6 && !strict)
			continue;
		TABLE[511] = PAGE_A | pte;
		input(0, FLUSH_ALL_PROCESSORS | FLUSH_ALL_SPACES, 0);
		call(HVCALL_FLUSH_SPACE);
		g_assert(read_by_other() == 0xaaaa);
		TABLE[511] = PAGE_B | pte;
		g_eq(flush_by(form) & 0xffff, HV_STATUS_SUCCESS, "%s", forms[form]);
		g_eq(read_by_other(), 0xbbbb, "the other VP sees the new page");
	}
}

static uint64_t read_cr3(void)
{
	uint64_t v;

	asm volatile("mov %%cr3, %0" : "=r"(v));
	return v;
}

static void check_switch(void)
{
	const volatile uint64_t *pml4 = (const volatile uint64_t *)BARE_PAGE_TABLES;
	unsigned int i;

	for (i = 0; i < 512; i++)
		OTHER_PML4[i] = pml4[i];
	INPUT[0] = (uintptr_t)OTHER_PML4;
	g_eq(call(HVCALL_SWITCH_ADDRESS_SPACE), HV_STATUS_SUCCESS,
	     "SwitchVirtualAddressSpace");
	g_eq(read_cr3(), (uintptr_t)OTHER_PML4, "CR3 is the new one");
	g_eq(hv_call((void *)HCALL_PAGE, HVCALL_SWITCH_ADDRESS_SPACE | HVCALL_IS_FAST,
		     BARE_PAGE_TABLES, 0), HV_STATUS_SUCCESS, "the fast form");
	g_eq(read_cr3(), BARE_PAGE_TABLES, "CR3 is the old one again");
	INPUT[0] = BAD_CR3;
	g_eq(call(HVCALL_SWITCH_ADDRESS_SPACE), HV_STATUS_INVALID_PARAMETER,
	     "a value with reserved bits is refused");
	g_eq(read_cr3(), BARE_PAGE_TABLES, "and changes nothing");
}

static void hypercalls_on(void)
{
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, HCALL_PAGE | HV_MSR_ENABLE);
}

static void guest_main(uint64_t id)
{
	volatile uint64_t *pd = (volatile uint64_t *)(BARE_PAGE_TABLES + 0x2000);
	unsigned int i;

	if (id) {
		while (!turn)
			cpu_pause();
		reader();
		return;
	}
	*(volatile uint64_t *)PAGE_A = 0xaaaa;
	*(volatile uint64_t *)PAGE_B = 0xbbbb;
	for (i = 0; i < 512; i++)
		TABLE[i] = PAGE_A | PTE;
	for (i = 0; i < NR_LARGE; i++)
		pd[WINDOW / 0x200000 + i] = (uintptr_t)TABLE | PTE;
	/* global pages are what CR3 writes leave alone */
	write_cr4(read_cr4() | 1 << 7);
	hypercalls_on();
	if (strict)
		check_status();
	check_forms();
	if (strict)
		check_switch();
	turn = ~0ull;
}

/* --- what a VP does to its own translations --- */

static uint64_t look(void)
{
	return *(volatile uint64_t *)LAST;
}

/* Only the hint of local flushes is set: it makes the calls. */
static void local_guest(uint64_t id)
{
	volatile uint64_t *pd = (volatile uint64_t *)(BARE_PAGE_TABLES + 0x2000);
	uint64_t before;

	*(volatile uint64_t *)PAGE_A = 0xaaaa;
	*(volatile uint64_t *)PAGE_B = 0xbbbb;
	pd[LAST / 0x200000] = (uintptr_t)TABLE | PTE;
	TABLE[511] = PAGE_A | PTE_GLOBAL;
	write_cr4(read_cr4() | 1 << 7);
	hypercalls_on();
	g_assert(look() == 0xaaaa);
	TABLE[511] = PAGE_B | PTE_GLOBAL;
	input(0, FLUSH_ALL_SPACES, 1);
	g_eq(call(HVCALL_FLUSH_SPACE), HV_STATUS_SUCCESS,
	     "local flush with no hint but its own");
	g_eq(look(), 0xbbbb, "local flush: the new page is seen");
	TABLE[511] = PAGE_A | PTE_GLOBAL;
	input(0, FLUSH_ALL_SPACES, 1);
	INPUT[3] = LAST;
	g_eq(call(HVCALL_FLUSH_LIST | HVCALL_REPS(1)), 1ull << 32,
	     "local flush of an address");
	g_eq(look(), 0xaaaa, "local flush of an address: it is seen again");

	/* "direct local flush entire" */
	TABLE[511] = PAGE_B | PTE_GLOBAL;
	before = read_cr4();
	write_cr4(before & ~(1ull << 7));
	write_cr4(before);
	g_eq(look(), 0xbbbb, "CR4.PGE flushes global pages without a call");
}

static void check_local(void)
{
	struct kvm_cpuid_entry2 *hints;
	struct cpuid_table t;
	struct vmm vmm;

	bare_create(&vmm, 1, BARE_NO_CPUID);
	cpuid_supported(&vmm, &t);
	cpuid_topology(&t, 0, 1);
	cpuid_hyperv(&vmm, &vmm.vp[0], &t);
	hints = cpuid_find(&t, HV_CPUID_HINTS, 0);
	ktap_ok(!(hints->eax & HV_HINT_LOCAL_FLUSHES),
		"local flushes by call are not recommended: INVLPG does not exit");
	ktap_ok(hints->eax & HV_HINT_DIRECT_FLUSH,
		"direct local flushes are recommended");
	hints->eax &= ~HV_HINT_REMOTE_FLUSHES;
	hints->eax |= HV_HINT_LOCAL_FLUSHES;
	vp_set_cpuid(&vmm.vp[0], &t);
	bare_start(&vmm.vp[0], local_guest, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "local flushes: done");
	vmm_destroy(&vmm);
}

/* --- a VP that sleeps --- */

static volatile uint64_t asleep, irqs;

static void on_irq(struct guest_regs *regs)
{
	irqs++;
	x2apic_eoi();
}

static void sleeping_guest(uint64_t id)
{
	volatile uint64_t *pd = (volatile uint64_t *)(BARE_PAGE_TABLES + 0x2000);
	unsigned int i;

	guest_x2apic_enable();
	if (id) {
		guest_handlers[VEC] = on_irq;
		g_assert(*(volatile uint64_t *)LAST == 0xaaaa);
		asleep = 1;
		safe_halt();
		g_eq(*(volatile uint64_t *)LAST, 0xbbbb,
		     "trap 38: a VP that slept sees the new page when it wakes");
		g_eq(irqs, 1, "it slept until the interrupt");
		return;
	}
	*(volatile uint64_t *)PAGE_A = 0xaaaa;
	*(volatile uint64_t *)PAGE_B = 0xbbbb;
	TABLE[511] = PAGE_A | PTE;
	pd[LAST / 0x200000] = (uintptr_t)TABLE | PTE;
	hypercalls_on();
	g_sync(1);
	while (!asleep)
		cpu_pause();
	g_sync(2);		/* the VMM waits until it sleeps, and counts */
	TABLE[511] = PAGE_B | PTE;
	for (i = 0; i < 100; i++) {
		input(0, 0, 2);
		g_assert(call(HVCALL_FLUSH_SPACE) == HV_STATUS_SUCCESS);
		INPUT[3] = LAST;
		call(HVCALL_FLUSH_LIST | HVCALL_REPS(1));
	}
	g_sync(3);
	x2apic_icr(1, VEC | APIC_ICR_ASSERT);
}

static volatile pid_t tid;

static void *run_sleeper(void *arg)
{
	tid = syscall(SYS_gettid);
	return (void *)(uintptr_t)(bare_run(arg) == BARE_DONE);
}

/* Times that the thread was scheduled. */
static long switches(void)
{
	char path[64], line[128];
	long v, sum = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "voluntary_ctxt_switches: %ld", &v) == 1 ||
		    sscanf(line, "nonvoluntary_ctxt_switches: %ld", &v) == 1)
			sum += v;
	fclose(f);
	return sum;
}

static void check_sleeper(void)
{
	long before, after;
	struct vmm vmm;
	void *done;

	bare_create(&vmm, 2, 0);
	bare_start(&vmm.vp[0], sleeping_guest, 0);
	bare_start(&vmm.vp[1], sleeping_guest, 1);
	if (bare_run(&vmm.vp[0]) != BARE_SYNC)
		ktap_ok(false, "VP 0 prepared");
	if (pthread_create(&vmm.vp[1].thread, NULL, run_sleeper, &vmm.vp[1]))
		ktap_ok(false, "a thread for VP 1");
	if (bare_run(&vmm.vp[0]) != BARE_SYNC)
		ktap_ok(false, "VP 1 goes to sleep");
	usleep(300000);
	before = switches();
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_SYNC, "flushes of a VP that sleeps");
	after = switches();
	ktap_ok(before >= 0 && before == after, "trap 38: they do not wake it");
	if (before != after)
		ktap_note("%ld wake-ups for 200 flushes", after - before);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "VP 0 is done");
	pthread_join(vmm.vp[1].thread, &done);
	ktap_ok(done, "VP 1 is done");
	vmm_destroy(&vmm);
}

int main(void)
{
	struct kvm_cpuid_entry2 *hints;
	struct cpuid_table t;
	struct vmm vmm;
	unsigned int i;

	ktap_start(100);
	bare_create(&vmm, 2, 0);
	if (vmm_cap(&vmm, KVM_CAP_HYPERV_TLBFLUSH) <= 0)
		ktap_skip_all("the device has no flush calls");
	guest_var(&vmm, strict) = !vmm.is_kvm;
	for (i = 0; i < 2; i++) {
		cpuid_supported(&vmm, &t);
		cpuid_topology(&t, i, 2);
		cpuid_hyperv(&vmm, &vmm.vp[i], &t);
		hints = cpuid_find(&t, HV_CPUID_HINTS, 0);
		if (!vmm.is_kvm)
			ktap_ok(!(hints->eax & HV_HINT_SWITCH_ADDRESS_SPACE),
				"a slower way to switch address spaces is not recommended");
		hints->eax |= HV_HINT_SWITCH_ADDRESS_SPACE;
		vp_set_cpuid(&vmm.vp[i], &t);
		bare_start(&vmm.vp[i], guest_main, i);
	}
	ktap_ok(bare_run_all(&vmm), "the guest came to its end");
	vmm_destroy(&vmm);

	check_sleeper();
	if (!vmm.is_kvm)
		check_local();
	return ktap_finish();
}
