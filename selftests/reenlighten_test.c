// SPDX-License-Identifier: GPL-2.0
/*
 * A guest comes from a host whose TSC has another frequency (TLFS, "TSC
 * Emulation"): it is interrupted, its TSC goes on at the old frequency until
 * it says that it has adapted, and neither TSC nor reference time ever goes
 * back, on no VP.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bare.h"
#include "hvdef.h"

#define TSC_PAGE	(BARE_FREE + 0x10000)
#define OS_ID		0x8100000000000001ull
#define VEC_MIGRATED	0x41
#define VEC_TIMER	0x42
#define MSR_TSC		0x10
#define MSR_TSC_AUX	0xc0000103
#define AUX		0x1234567
#define DEADLINE_MASK	(2u << 17)

struct tsc_page {
	uint32_t sequence, reserved;
	uint64_t scale;
	int64_t offset;
};

static uint64_t old_khz, new_khz;		/* set by the VMM half */
static volatile uint64_t nr_migrated, nr_timer, timer_tsc;
static volatile uint64_t shared_tsc, shared_time, backwards, looks, finished;

static uint64_t counter(void)
{
	return rdmsr(HV_X64_MSR_TIME_REF_COUNT);
}

/* Time by the page, between two readings of the counter; true: it fits */
static bool page_fits(void)
{
	const volatile struct tsc_page *page = (const void *)TSC_PAGE;
	uint64_t before, time, after;
	uint32_t seq;

	do {
		seq = page->sequence;
		if (!seq)
			return false;
		before = counter();
		time = ((unsigned __int128)rdtsc_ordered() * page->scale >> 64) + page->offset;
		after = counter();
	} while (page->sequence != seq);
	return before <= time + 1 && time <= after + 1;
}

/* Neither clock may be behind what another VP has seen */
static void look(void)
{
	uint64_t tsc = shared_tsc, time = shared_time, mine;

	asm volatile("mfence" : : : "memory");
	mine = rdtsc_ordered();
	if (mine < tsc)
		__sync_fetch_and_add(&backwards, 1);
	while (mine > tsc && !__sync_bool_compare_and_swap(&shared_tsc, tsc, mine))
		tsc = shared_tsc;
	mine = counter();
	if (mine + 1 < time)
		__sync_fetch_and_add(&backwards, 1);
	while (mine > time && !__sync_bool_compare_and_swap(&shared_time, time, mine))
		time = shared_time;
	__sync_fetch_and_add(&looks, 1);
}

static void check_rate(uint64_t khz, const char *when)
{
	uint64_t tsc, start, ticks, want, passed;

	start = counter();
	tsc = rdtsc_ordered();
	while (rdtsc_ordered() - tsc < khz * 10)
		look();
	passed = counter() - start;
	ticks = rdtsc_ordered() - tsc;
	want = ticks * 10000 / khz;
	g_ok(passed + passed / 20 >= want && passed <= want + want / 20 + 10,
	     "%s: %ld ticks are %ld x 100 ns, the counter says %ld", when, ticks, want, passed);
	g_ok(page_fits(), "%s: the TSC page agrees with the counter", when);
}

static void check_instructions(void)
{
	uint64_t a, b, c;
	uint32_t lo, hi, aux = 0;

	a = rdtsc_ordered();
	b = rdmsr(MSR_TSC);
	asm volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(aux));
	c = lo | (uint64_t)hi << 32;
	g_ok(a <= b && b <= c && c - a < old_khz * 100, "RDTSC, RDMSR and RDTSCP agree");
	g_eq(aux, AUX, "RDTSCP has TSC_AUX");
	wrmsr(MSR_TSC_AUX, AUX);
}

static void check_deadline(uint64_t khz, const char *when)
{
	uint64_t start = counter(), target, passed;

	nr_timer = 0;
	target = rdtsc_ordered() + khz * 10;
	wrmsr(MSR_TSC_DEADLINE, target);
	while (!nr_timer && counter() - start < 10000000)
		safe_halt();
	passed = counter() - start;
	g_ok(nr_timer == 1 && timer_tsc >= target, "%s: the deadline timer is not early", when);
	g_ok(passed >= 99000 && passed < 1000000, "%s: 10 ms later: after %ld x 100 ns", when,
	     passed);
	/* far away is not now */
	wrmsr(MSR_TSC_DEADLINE, -1ull);
	irq_on();
	irq_off();
	g_eq(nr_timer, 1, "%s: a deadline at the end of time is not due", when);
	wrmsr(MSR_TSC_DEADLINE, 0);
}

static void on_migrated(struct guest_regs *regs)
{
	nr_migrated++;
	x2apic_eoi();
}

static void on_timer(struct guest_regs *regs)
{
	timer_tsc = rdtsc_ordered();
	nr_timer++;
	x2apic_eoi();
}

static void other_vp(void)
{
	while (!finished)
		look();
}

static void prepare(void)
{
	guest_handlers[VEC_MIGRATED] = on_migrated;
	guest_handlers[VEC_TIMER] = on_timer;
	guest_x2apic_enable();
	x2apic_write(APIC_LVT_TIMER, VEC_TIMER | DEADLINE_MASK);
	wrmsr(MSR_TSC_AUX, AUX);
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_REFERENCE_TSC, TSC_PAGE | HV_MSR_ENABLE);
	g_eq(rdmsr(HV_X64_MSR_TSC_EMULATION_STATUS), 0, "nothing is emulated");
	g_sync(1);
	wrmsr(HV_X64_MSR_REENLIGHTENMENT_CONTROL, VEC_MIGRATED | 1 << 16);
	g_sync(2);
	wrmsr(HV_X64_MSR_TSC_EMULATION_CONTROL, 1);
}

static void guest_main(uint64_t vp)
{
	uint64_t before, after, time;

	if (vp) {
		other_vp();
		return;
	}
	prepare();
	shared_tsc = rdtsc_ordered();
	shared_time = counter();
	g_sync(3);
	look();
	irq_on();
	irq_off();
	g_eq(nr_migrated, 1, "an interrupt tells of the migration");
	g_eq(rdmsr(HV_X64_MSR_TSC_EMULATION_STATUS), 1, "the TSC is emulated");
	g_eq(rdmsr(HV_X64_MSR_TSC_FREQUENCY), new_khz * 1000, "TSC_FREQUENCY is the new one");
	check_rate(old_khz, "emulated");
	check_instructions();
	check_deadline(old_khz, "emulated");
	g_eq(wrmsr_safe(HV_X64_MSR_TSC_EMULATION_STATUS, 1), VECTOR_GP,
	     "InProgress is not the guest's to set");
	before = rdtsc_ordered();
	time = counter();
	wrmsr(HV_X64_MSR_TSC_EMULATION_STATUS, 0);
	after = rdtsc_ordered();
	look();
	g_ok(after >= before && after - before < (old_khz + new_khz) * 100,
	     "the TSC goes on where it was: %ld ticks", after - before);
	g_ok(counter() >= time && counter() - time < 1000000, "and so does time");
	g_eq(rdmsr(HV_X64_MSR_TSC_EMULATION_STATUS), 0, "the emulation has ended");
	check_rate(new_khz, "native");
	check_deadline(new_khz, "native");
	g_eq(nr_migrated, 1, "no other interrupt");
	g_ok(looks > 100, "%ld looks at both clocks", looks);
	g_eq(backwards, 0, "no VP saw a clock go back");
	finished = 1;
}

static void *run_other(void *arg)
{
	return (void *)(intptr_t)(bare_run(arg) == BARE_DONE);
}

static void test(unsigned int mul, unsigned int div)
{
	pthread_t thread;
	struct vmm vmm;
	struct vp *vp;
	void *done;
	int khz, want;

	bare_create(&vmm, 2, 0);
	if (vmm.is_kvm)
		ktap_skip_all("KVM emulates no TSC");
	vp = &vmm.vp[0];
	khz = ioctl(vmm.fd, KVM_GET_TSC_KHZ, 0);
	want = khz / div * mul;
	guest_var(&vmm, new_khz) = khz;
	guest_var(&vmm, old_khz) = want;
	bare_start(vp, guest_main, 0);
	bare_start(&vmm.vp[1], guest_main, 1);

	if (bare_run(vp) != BARE_SYNC)
		ktap_bail("the guest ended early");
	ktap_errno(ioctl(vmm.fd, KVM_SET_TSC_KHZ, want), EINVAL, "the guest asked for nothing");
	bare_run(vp);
	ktap_errno(ioctl(vmm.fd, KVM_SET_TSC_KHZ, want), EINVAL, "the guest asked for interrupts only");
	bare_run(vp);
	ktap_errno(ioctl(vmm.fd, KVM_SET_TSC_KHZ, khz / 1000), EINVAL, "a frequency too far away");
	ktap_eq(ioctl(vmm.fd, KVM_GET_TSC_KHZ, 0), khz, "nothing has changed so far");
	ktap_eq(ioctl(vp->fd, KVM_SET_TSC_KHZ, want), 0, "TSC of %d/%d of the host's", mul, div);
	ktap_eq(ioctl(vmm.fd, KVM_GET_TSC_KHZ, 0), want, "KVM_GET_TSC_KHZ tells it");

	if (pthread_create(&thread, NULL, run_other, &vmm.vp[1]))
		ktap_bail("no thread");
	ktap_ok(bare_run(vp) == BARE_DONE, "%d/%d: VP 0 came to its end", mul, div);
	guest_var(&vmm, finished) = 1;
	pthread_join(thread, &done);
	ktap_ok(done, "%d/%d: VP 1 came to its end", mul, div);
	ktap_eq(ioctl(vmm.fd, KVM_GET_TSC_KHZ, 0), khz, "KVM_GET_TSC_KHZ is the host's again");
	vmm_destroy(&vmm);
}

int main(void)
{
	ktap_start(200);
	test(2, 3);
	test(3, 2);
	return ktap_finish();
}
