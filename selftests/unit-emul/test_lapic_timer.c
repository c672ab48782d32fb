// SPDX-License-Identifier: GPL-2.0
/* The timer of the APIC, on a clock that stands still until told otherwise. */
#include "fake_apic_host.h"
#include "ktap.h"

#include <linux/kvm.h>
#include <string.h>

#include "apic/private.h"

#define VECTOR	0xec

static struct hve_apic_bus bus;
static struct hve_apic apic;

static void mmio_w(u32 offset, u32 val)
{
	hve_apic_mmio_write(&apic, offset, 4, &val);
}

static u32 count(void)
{
	u32 val;

	hve_apic_mmio_read(&apic, HVE_APIC_TMCCT, 4, &val);
	return val;
}

static void setup(u32 lvt)
{
	fake_host_reset();
	memset(&bus, 0, sizeof(bus));
	memset(&apic, 0, sizeof(apic));
	EXPECT_EQ(hve_apic_bus_init(&bus, FAKE_TSC_KHZ), 0);
	hve_apic_init(&apic, &bus, 0, true);
	mmio_w(HVE_APIC_SVR, 0x1ff);
	mmio_w(HVE_APIC_TDCR, 0xb);	/* by 1 */
	mmio_w(HVE_APIC_LVT_TIMER, lvt | VECTOR);
}

static void teardown(void)
{
	hve_apic_destroy(&apic);
	hve_apic_bus_destroy(&bus);
}

static bool take(void)
{
	int vector = hve_apic_pending(&apic);

	if (vector < 0)
		return false;
	EXPECT_EQ(vector, VECTOR);
	hve_apic_accept(&apic, vector);
	hve_apic_eoi(&apic);
	return true;
}

static void one_shot(void)
{
	setup(0);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), 0);
	mmio_w(HVE_APIC_TMICT, 1000);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), fake_tsc() + 2000);
	EXPECT_EQ(count(), 1000);
	fake_advance_ns(400);
	EXPECT_EQ(count(), 600);
	EXPECT(!hve_apic_timer_check(&apic));
	fake_advance_ns(600);
	EXPECT_EQ(count(), 0);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(take());
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), 0);
	EXPECT(!hve_apic_timer_check(&apic));
	/* No hrtimer was needed for any of that. */
	EXPECT_EQ(fake_hrtimer_starts, 0);
	mmio_w(HVE_APIC_TMICT, 1000);
	mmio_w(HVE_APIC_TMICT, 0);
	fake_advance_ns(5000);
	EXPECT(!hve_apic_timer_check(&apic));
	/* Masked: it ends silently. */
	mmio_w(HVE_APIC_LVT_TIMER, 0x10000 | VECTOR);
	mmio_w(HVE_APIC_TMICT, 1000);
	fake_advance_ns(5000);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(!take());
	teardown();
}

static void divider(void)
{
	static const u32 shift[16] = { 1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 0 };
	unsigned int i;

	setup(0);
	for (i = 0; i < 12; i++) {
		if (i & 4)
			continue;
		mmio_w(HVE_APIC_TMICT, 0);
		mmio_w(HVE_APIC_TDCR, i);
		mmio_w(HVE_APIC_TMICT, 1000);
		EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic),
			  fake_tsc() + (2000u << shift[i]));
	}
	/* A change while it counts: the count goes on, at the new speed. */
	mmio_w(HVE_APIC_TDCR, 0xb);
	mmio_w(HVE_APIC_TMICT, 1000);
	fake_advance_ns(500);
	mmio_w(HVE_APIC_TDCR, 0);
	EXPECT_EQ(count(), 500);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), fake_tsc() + 2000);
	/* The largest there is */
	mmio_w(HVE_APIC_TDCR, 0xa);
	mmio_w(HVE_APIC_TMICT, 0xffffffff);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic),
		  fake_tsc() + 2ull * 0xffffffff * 128);
	teardown();
}

static void periodic(void)
{
	unsigned int i;

	setup(0x20000);
	mmio_w(HVE_APIC_TMICT, 1000000);
	for (i = 0; i < 5; i++) {
		EXPECT(!hve_apic_timer_check(&apic));
		fake_advance_ns(999999);
		EXPECT(!hve_apic_timer_check(&apic));
		fake_advance_ns(1);
		EXPECT(hve_apic_timer_check(&apic));
		EXPECT(take());
	}
	/* Missed periods are one interrupt, and the phase stays. */
	fake_advance_ns(10300000);
	EXPECT_EQ(count(), 700000);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(take());
	EXPECT(!hve_apic_timer_check(&apic));
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), fake_tsc() + 2 * 700000);
	/* A tiny period is not the host's problem. */
	mmio_w(HVE_APIC_TMICT, 1);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), fake_tsc() + 2 * 200000);
	EXPECT(count() <= 1);
	/* To one-shot: this count is the last. */
	mmio_w(HVE_APIC_LVT_TIMER, VECTOR);
	fake_advance_ns(200000);
	EXPECT(hve_apic_timer_check(&apic));
	fake_advance_ns(1000000);
	EXPECT(!hve_apic_timer_check(&apic));
	teardown();
}

static void deadline(void)
{
	setup(0x40000);
	fake_tsc_offset = -123456ull;
	mmio_w(HVE_APIC_TMICT, 1000);	/* ignored */
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), 0);
	hve_apic_deadline_set(&apic, fake_tsc() + fake_tsc_offset + 5000, false);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), fake_tsc() + 5000);
	EXPECT_EQ(count(), 0);
	fake_advance_ns(2499);
	EXPECT(!hve_apic_timer_check(&apic));
	fake_advance_ns(1);
	EXPECT_EQ(hve_apic_deadline_get(&apic), 0);
	EXPECT(take());
	EXPECT(!hve_apic_timer_check(&apic));
	/* In the past: at once */
	hve_apic_deadline_set(&apic, 1, false);
	EXPECT(take());
	EXPECT_EQ(hve_apic_deadline_get(&apic), 0);
	/* Zero disarms. */
	hve_apic_deadline_set(&apic, fake_tsc() + fake_tsc_offset + 5000, false);
	hve_apic_deadline_set(&apic, 0, false);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), 0);
	/* Leaving the mode disarms, and other modes ignore the MSR. */
	hve_apic_deadline_set(&apic, ~0ull, false);
	mmio_w(HVE_APIC_LVT_TIMER, VECTOR);
	EXPECT_EQ(hve_apic_deadline_get(&apic), 0);
	hve_apic_deadline_set(&apic, 77, false);
	EXPECT_EQ(hve_apic_deadline_get(&apic), 0);
	EXPECT(!apic.timer.active);
	teardown();
}

/* Parked: the hrtimer kicks, and the check finds the vector. */
static void park(void)
{
	setup(0);
	mmio_w(HVE_APIC_TMICT, 10000);
	hve_apic_timer_park(&apic);
	hve_apic_timer_park(&apic);
	EXPECT_EQ(fake_hrtimer_starts, 1);
	hve_apic_timer_unpark(&apic);
	hve_apic_timer_park(&apic);	/* still armed for the same moment */
	EXPECT_EQ(fake_hrtimer_starts, 1);
	fake_advance_ns(9999);
	EXPECT_EQ(fake_kicks, 0);
	fake_advance_ns(1);
	EXPECT_EQ(fake_kicks, 1);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(take());
	hve_apic_timer_unpark(&apic);

	/* Set anew to later while armed: the early end is not believed. */
	mmio_w(HVE_APIC_TMICT, 1000);
	hve_apic_timer_park(&apic);
	hve_apic_timer_unpark(&apic);
	mmio_w(HVE_APIC_TMICT, 50000);
	fake_advance_ns(1000);
	EXPECT_EQ(fake_kicks, 2);
	EXPECT(!hve_apic_timer_check(&apic));
	hve_apic_timer_park(&apic);
	fake_advance_ns(49000);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(take());
	teardown();
}

static void park_deadline(void)
{
	setup(0x40000);
	hve_apic_deadline_set(&apic, fake_tsc() + 20000, false);
	hve_apic_timer_park(&apic);
	fake_advance_ns(10000);
	EXPECT_EQ(fake_kicks, 1);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(take());
	/* Years away: kicks in between change nothing. */
	hve_apic_deadline_set(&apic, ~0ull >> 1, false);
	hve_apic_timer_park(&apic);
	fake_advance_ns(200ull * 1000000000);
	EXPECT_EQ(fake_kicks, 2);
	EXPECT(!hve_apic_timer_check(&apic));
	EXPECT(apic.timer.hrtimer.queued);
	/* A TSC that runs behind ktime: armed again, no early interrupt */
	hve_apic_deadline_set(&apic, fake_tsc() + 20000, false);
	apic.timer.expiry_tsc += 100;
	fake_advance_ns(10000);
	EXPECT(!hve_apic_timer_check(&apic));
	fake_advance_ns(50);
	EXPECT(hve_apic_timer_check(&apic));
	teardown();
}

static void always_hrtimer(void)
{
	setup(0x20000);
	hve_apic_timer_always(&apic, true);
	mmio_w(HVE_APIC_TMICT, 500000);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), 0);
	fake_advance_ns(500000);
	EXPECT_EQ(fake_kicks, 1);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(take());
	fake_advance_ns(500000);
	EXPECT_EQ(fake_kicks, 2);
	EXPECT(hve_apic_timer_check(&apic));
	mmio_w(HVE_APIC_LVT_TIMER, 0x40000 | VECTOR);
	take();
	hve_apic_deadline_set(&apic, fake_tsc() + 2000, false);
	fake_advance_ns(1000);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(take());
	teardown();
}

/* A restored deadline survives whatever order the VMM restores in. */
static void restore_deadline(void)
{
	struct kvm_lapic_state saved, fresh;
	unsigned int order;

	setup(0x40000);
	hve_apic_state_get(&apic, &saved);
	teardown();
	for (order = 0; order < 6; order++) {
		static const u8 perm[6][3] = {
			{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
			{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
		};
		unsigned int i;

		setup(0);
		hve_apic_reset(&apic, false);
		for (i = 0; i < 3; i++) {
			switch (perm[order][i]) {
			case 0:
				hve_apic_deadline_set(&apic, 90000000, true);
				break;
			case 1:
				EXPECT_EQ(hve_apic_state_set(&apic, &saved), 0);
				break;
			case 2:
				fake_tsc_offset = 70000000;
				hve_apic_timer_tsc_changed(&apic);
				break;
			}
		}
		EXPECT_EQ(hve_apic_deadline_get(&apic), 90000000);
		EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), 20000000);
		hve_apic_state_get(&apic, &fresh);
		EXPECT(!memcmp(&fresh, &saved, sizeof(saved)));
		teardown();
	}
}

static void restore_count(void)
{
	struct kvm_lapic_state s;

	setup(0);
	mmio_w(HVE_APIC_TMICT, 1000000);
	fake_advance_ns(300000);
	hve_apic_state_get(&apic, &s);
	fake_advance_ns(5000000);
	EXPECT_EQ(hve_apic_state_set(&apic, &s), 0);
	EXPECT_EQ(count(), 700000);
	fake_advance_ns(700000);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(take());
	/* One that had ended stays ended. */
	hve_apic_state_get(&apic, &s);
	EXPECT_EQ(hve_apic_state_set(&apic, &s), 0);
	EXPECT(!apic.timer.active);
	/* Periodic: the rest of the period first, then whole ones. */
	mmio_w(HVE_APIC_LVT_TIMER, 0x20000 | VECTOR);
	mmio_w(HVE_APIC_TMICT, 1000000);
	fake_advance_ns(300000);
	hve_apic_state_get(&apic, &s);
	EXPECT_EQ(hve_apic_state_set(&apic, &s), 0);
	fake_advance_ns(700000);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT_EQ(count(), 1000000);
	teardown();
}

/* A slower bus: each count is as many cycles of 40 ns. */
static void bus_clock(void)
{
	setup(0);
	hve_apic_bus_clock(&bus, 40);
	mmio_w(HVE_APIC_TDCR, 0x0);	/* by 2 */
	mmio_w(HVE_APIC_TMICT, 1000);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic), fake_tsc() + 160000);
	fake_advance_ns(40000);
	EXPECT_EQ(count(), 500);
	fake_advance_ns(40000);
	EXPECT(hve_apic_timer_check(&apic));
	EXPECT(take());
	/* the longest there is: hours */
	hve_apic_bus_clock(&bus, HVE_APIC_CYCLE_NS_MAX);
	mmio_w(HVE_APIC_TDCR, 0xa);	/* by 128 */
	mmio_w(HVE_APIC_TMICT, ~0u);
	EXPECT_EQ(hve_apic_timer_expiry_tsc(&apic) - fake_tsc(),
		  0xffffffffull * 128 * HVE_APIC_CYCLE_NS_MAX * (FAKE_TSC_KHZ / 1000) / 1000);
	EXPECT_EQ(count(), ~0u);
	teardown();
}

int main(void)
{
	ktap_begin();
	RUN(one_shot);
	RUN(divider);
	RUN(periodic);
	RUN(deadline);
	RUN(park);
	RUN(park_deadline);
	RUN(always_hrtimer);
	RUN(restore_deadline);
	RUN(restore_count);
	RUN(bus_clock);
	return ktap_end();
}
