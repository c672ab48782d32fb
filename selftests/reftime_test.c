// SPDX-License-Identifier: GPL-2.0
/*
 * Reference time (TLFS, "Timers"): the counter MSR, the reference TSC page and
 * RDTSC agree; time never goes back, on one VP or between VPs; the page is an
 * overlay that gives its RAM back.
 */
#include <string.h>

#include <errno.h>

#include "../include/uapi/hvemu.h"
#include "bare.h"
#include "hvdef.h"

#define TSC_PAGE	(BARE_FREE + 0x10000)
#define OS_ID		0x8100000000000001ull
#define NR_VPS		2
#define ROUNDS		2000
#define PATTERN		0x5a5a5a5a5a5a5a5aull

struct tsc_page {
	volatile uint32_t sequence;
	uint32_t reserved;
	volatile uint64_t scale;
	volatile int64_t offset;
};

static bool strict;
static uint64_t tsc_khz;
static volatile uint64_t shared_time, arrived, backwards;

static uint64_t ref_counter(void)
{
	return rdmsr(HV_X64_MSR_TIME_REF_COUNT);
}

static uint64_t mul_hi(uint64_t a, uint64_t b)
{
	return ((__uint128_t)a * b) >> 64;
}

/* TLFS, "Reference Time Stamp Counter (TSC) Page": the algorithm of the guest. */
static bool ref_page(uint64_t *time)
{
	const struct tsc_page *page = (const void *)TSC_PAGE;
	uint32_t sequence;

	do {
		sequence = page->sequence;
		if (!sequence)
			return false;
		asm volatile("" : : : "memory");
		*time = mul_hi(rdtsc_ordered(), page->scale) + page->offset;
		asm volatile("" : : : "memory");
	} while (page->sequence != sequence);
	return true;
}

static void check_page_and_counter(void)
{
	uint64_t before, between, after;
	unsigned int i, wrong = 0;

	for (i = 0; i < ROUNDS; i++) {
		before = ref_counter();
		if (!ref_page(&between)) {
			g_fail("sequence became 0 in a quiet VM");
			return;
		}
		after = ref_counter();
		/* 1 tick: each of the three is rounded down by itself */
		if (between + 1 < before || between > after + 1)
			wrong++;
	}
	g_eq(wrong, 0, "page time lies between two counter reads, %ld times", ROUNDS);
}

static void check_rate(void)
{
	uint64_t tsc = rdtsc_ordered(), start = ref_counter(), passed, want;

	while (rdtsc_ordered() - tsc < tsc_khz * 10)
		cpu_pause();
	passed = ref_counter() - start;
	want = (rdtsc_ordered() - tsc) * 10000 / tsc_khz;
	/* between the readings the VP may have lost its processor: 20 % */
	g_ok(passed > want - want / 5 && passed <= want + want / 5 + 10,
	     "%ld TSC ticks are %ld x 100 ns, the counter says %ld",
	     rdtsc_ordered() - tsc, want, passed);
}

static void check_overlay(void)
{
	uint64_t *ram = (uint64_t *)TSC_PAGE;
	unsigned int i;

	wrmsr(HV_X64_MSR_REFERENCE_TSC, 0);
	for (i = 0; i < 512; i++)
		ram[i] = PATTERN;
	wrmsr(HV_X64_MSR_REFERENCE_TSC, TSC_PAGE | HV_MSR_ENABLE);
	g_ok(ram[0] != PATTERN && ram[100] != PATTERN,
	     "trap 42: dirty RAM is hidden by the page, all of it");
	wrmsr(HV_X64_MSR_REFERENCE_TSC, 0);
	for (i = 0; i < 512 && ram[i] == PATTERN; i++)
		;
	g_eq(i, 512, "trap 20: disabled: RAM is as it was");
}

/* Both VPs: each writes the time it saw, and no one may see an earlier one. */
static void check_across_vps(bool page)
{
	uint64_t mine, theirs;
	unsigned int i;

	g_barrier(&arrived, NR_VPS * (page ? 3 : 1));
	for (i = 0; i < ROUNDS * 5; i++) {
		theirs = shared_time;
		asm volatile("mfence" : : : "memory");
		if (!page)
			mine = ref_counter();
		else if (!ref_page(&mine))
			break;
		/* 1: page and counter round down differently */
		if (mine + 1 < theirs)
			__sync_fetch_and_add(&backwards, 1);
		/* never replace a later time by an earlier one */
		while (mine > theirs &&
		       !__sync_bool_compare_and_swap(&shared_time, theirs, mine))
			theirs = shared_time;
	}
	g_barrier(&arrived, NR_VPS * (page ? 4 : 2));
}

static void guest_main(uint64_t vp)
{
	const struct tsc_page *page = (const void *)TSC_PAGE;
	uint64_t first = ref_counter();
	uint32_t features[4];

	cpuid(HV_CPUID_FEATURES, 0, features);
	if (!vp) {
		g_ok(first < 600ull * 10000000, "the counter starts near 0 (%ld)", first);
		check_rate();
		if (features[0] & HV_ACCESS_REF_TSC) {
			wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
			if (strict)
				check_overlay();
			wrmsr(HV_X64_MSR_REFERENCE_TSC, TSC_PAGE | HV_MSR_ENABLE);
			g_eq(rdmsr(HV_X64_MSR_REFERENCE_TSC), TSC_PAGE | HV_MSR_ENABLE,
			     "REFERENCE_TSC reads back");
			g_ok(page->sequence && page->sequence != 0xffffffff,
			     "sequence %#lx is valid", page->sequence);
			/* scale: 100 ns units a tick, times 2^64 */
			g_ok(page->scale / ((10000ull << 32) / tsc_khz) >> 31 <= 2,
			     "scale %#lx", page->scale);
			check_page_and_counter();
		}
	}
	check_across_vps(false);
	if (features[0] & HV_ACCESS_REF_TSC)
		check_across_vps(true);
	if (!vp)
		g_eq(backwards, 0, "no VP sees time go back");
}

static void guest_frozen(uint64_t arg)
{
	const volatile struct tsc_page *page = (const void *)TSC_PAGE;
	uint64_t before, tsc;

	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_REFERENCE_TSC, TSC_PAGE | HV_MSR_ENABLE);
	before = ref_counter();
	g_sync(1);
	g_ok(ref_counter() >= before, "frozen: time is not behind");
	before = ref_counter();
	tsc = rdtsc_ordered();
	while (rdtsc_ordered() - tsc < tsc_khz * 10)
		cpu_pause();
	g_eq(ref_counter(), before, "frozen: time stands still while the TSC runs on");
	g_eq(page->sequence, 0, "frozen: the TSC page is not valid");
	g_sync(2);
	g_eq(ref_counter(), 123456789, "frozen: KVM_SET_CLOCK sets it");
	g_sync(3);
	before = ref_counter();
	g_ok(before >= 123456789 && before < 123456789 + 10000000, "it goes on where it stopped");
	g_ok(page->sequence, "the TSC page is valid again");
	check_rate();
}

static int time_set(struct vmm *vmm, uint32_t flags, uint32_t reserved)
{
	struct hvemu_time t = { .flags = flags, .reserved = reserved };

	return ioctl(vmm->fd, HVEMU_SET_TIME, &t);
}

static void test_frozen(void)
{
	struct kvm_clock_data a, b;
	struct vmm vmm;
	struct vp *vp;

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	guest_var(&vmm, tsc_khz) = ioctl(vp->fd, KVM_GET_TSC_KHZ, 0);
	bare_start(vp, guest_frozen, 0);
	ktap_errno(time_set(&vmm, 2, 0), EINVAL, "SET_TIME: unknown flag");
	ktap_errno(time_set(&vmm, 0, 1), EINVAL, "SET_TIME: reserved field");
	bare_run(vp);
	ktap_eq(time_set(&vmm, HVEMU_TIME_FROZEN, 0), 0, "SET_TIME: stop");
	ktap_eq(time_set(&vmm, HVEMU_TIME_FROZEN, 0), 0, "SET_TIME: stop again");
	xioctl(vmm.fd, KVM_GET_CLOCK, &a);
	bare_run(vp);
	xioctl(vmm.fd, KVM_GET_CLOCK, &b);
	ktap_eq(b.clock, a.clock, "KVM_GET_CLOCK stands still, too");
	b = (struct kvm_clock_data){ .clock = 12345678900ull };
	xioctl(vmm.fd, KVM_SET_CLOCK, &b);
	bare_run(vp);
	ktap_eq(time_set(&vmm, 0, 0), 0, "SET_TIME: go on");
	ktap_ok(bare_run(vp) == BARE_DONE, "the guest came to its end");
	vmm_destroy(&vmm);
}

int main(void)
{
	struct vmm vmm;
	unsigned int i;

	ktap_start(120);
	bare_create(&vmm, NR_VPS, 0);
	if (vmm_cap(&vmm, KVM_CAP_HYPERV_TIME) <= 0)
		ktap_skip_all("no reference time");
	guest_var(&vmm, strict) = !vmm.is_kvm;
	guest_var(&vmm, tsc_khz) = xioctl(vmm.fd, KVM_GET_TSC_KHZ, 0);
	for (i = 0; i < NR_VPS; i++)
		bare_start(&vmm.vp[i], guest_main, i);
	ktap_ok(bare_run_all(&vmm), "the guest came to its end");
	vmm_destroy(&vmm);
	if (!vmm.is_kvm)
		test_frozen();
	return ktap_finish();
}
