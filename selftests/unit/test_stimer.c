// SPDX-License-Identifier: GPL-2.0
/* stimer.c: synthetic timers */
#include "fake_host.h"
#include "hvemu/synic/synic.h"
#include "hvemu/timers/timers.h"

#define SIMP		0xa000ull
#define CONFIG(n)	(HV_X64_MSR_STIMER0_CONFIG + 2 * (n))
#define COUNT(n)	(HV_X64_MSR_STIMER0_COUNT + 2 * (n))
#define MS		10000ull		/* 100 ns units */
#define DIRECT(v)	(HV_STIMER_DIRECT_MODE | (u64)(v) << 4)
#define MSG(s)		((u64)(s) << HV_STIMER_SINT_SHIFT)
#define ON		HV_STIMER_ENABLED

static void open_timers(void)
{
	setup();
	wr(HV_X64_MSR_SCONTROL, 1);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	wr(HV_X64_MSR_SINT0 + 3, 0x53);
	run_requests(0);
	/* away from the start, where everything is due */
	fake.ns += 1000000000;
	fake.tsc += fake.tsc_freq;
}

static u64 now(void)
{
	return rd(HV_X64_MSR_TIME_REF_COUNT);
}

static struct hv_message *slot(void)
{
	return (void *)((u8 *)vp[0].vtl[0].synic.simp.page + 3 * 256);
}

/* time goes on by 100 ns units, timers fire when they are armed for it */
static void pass(u64 units)
{
	u64 i, steps = units > 10000 ? 1000 : 10;

	for (i = 0; i < steps; i++) {
		fake.ns += units * 100 / steps;
		fake.tsc += units * fake.tsc_freq / 10000000 / steps;
		run_requests(0);
	}
}

/* as when the VP did not run: time passes, and then it looks */
static void sleep_through(u64 units)
{
	fake.ns += units * 100;
	fake.tsc += units * fake.tsc_freq / 10000000;
	run_requests(0);
}

TEST(registers_after_creation)
{
	int i;

	setup();
	for (i = 0; i < 4; i++) {
		CHECK_EQ(rd(CONFIG(i)), 0);
		CHECK_EQ(rd(COUNT(i)), 0);
	}
	take_gate(&vp[0], HV_ACCESS_SYNTHETIC_TIMER_REGS);
	CHECK_EQ(wr(CONFIG(0), 0), HVE_GP);
	teardown();
}

TEST(reserved_bits_are_made_zero)
{
	u64 used = 0xf1fff;

	open_timers();
	CHECK_EQ(wr(CONFIG(2), ~0ull & ~ON), HVE_NO_FAULT);
	CHECK_EQ(rd(CONFIG(2)), used & ~ON);
	/* what a VMM restores may not bring them back */
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], CONFIG(2), ~0ull & ~ON), 0);
	CHECK_EQ(rd(CONFIG(2)), used & ~ON);
	teardown();
}

TEST(enabled_without_sint_is_disabled_trap_44)
{
	open_timers();
	wr(COUNT(0), now() + MS);
	CHECK_EQ(wr(CONFIG(0), ON), HVE_NO_FAULT);
	CHECK_EQ(rd(CONFIG(0)), 0);
	CHECK_EQ(wr(CONFIG(0), ON | MSG(3)), HVE_NO_FAULT);
	CHECK_EQ(rd(CONFIG(0)), ON | MSG(3));
	/* also when it was enabled before */
	CHECK_EQ(wr(CONFIG(0), ON), HVE_NO_FAULT);
	CHECK_EQ(rd(CONFIG(0)), 0);
	/* direct mode needs no SINT */
	CHECK_EQ(wr(CONFIG(0), ON | DIRECT(0x40)), HVE_NO_FAULT);
	CHECK_EQ(rd(CONFIG(0)), ON | DIRECT(0x40));
	/* auto-enable does not enable what must not be */
	wr(CONFIG(1), HV_STIMER_AUTOENABLE);
	wr(COUNT(1), now() + MS);
	CHECK_EQ(rd(CONFIG(1)), HV_STIMER_AUTOENABLE);
	teardown();
}

TEST(count_writes_trap_45)
{
	open_timers();
	wr(CONFIG(0), HV_STIMER_AUTOENABLE | MSG(3));
	CHECK_EQ(rd(CONFIG(0)), HV_STIMER_AUTOENABLE | MSG(3));
	wr(COUNT(0), now() + MS);
	CHECK_EQ(rd(CONFIG(0)), ON | HV_STIMER_AUTOENABLE | MSG(3));
	CHECK(fake.timer_ns[0]);
	wr(COUNT(0), 0);
	CHECK_EQ(rd(CONFIG(0)), HV_STIMER_AUTOENABLE | MSG(3));
	CHECK_EQ(fake.timer_ns[0], 0);
	/* without auto-enable on an enabled timer: starts again */
	wr(COUNT(1), 5 * MS);
	wr(CONFIG(1), ON | HV_STIMER_PERIODIC | DIRECT(0x41));
	pass(4 * MS);
	wr(COUNT(1), 5 * MS);
	pass(4 * MS);
	CHECK_EQ(fake.nr_irqs, 0);
	pass(2 * MS);
	CHECK_EQ(fake.nr_irqs, 1);
	/* periodic with count 0 is not enabled, and divides nothing */
	wr(CONFIG(1), 0);
	wr(COUNT(1), 0);
	wr(CONFIG(1), ON | HV_STIMER_PERIODIC | DIRECT(0x41));
	CHECK_EQ(rd(CONFIG(1)) & ON, 0);
	pass(MS);
	teardown();
}

TEST(one_shot_in_the_past_fires_at_once_trap_46)
{
	open_timers();
	wr(COUNT(0), 1);
	CHECK_EQ(wr(CONFIG(0), ON | MSG(3)), HVE_NO_FAULT);
	CHECK_EQ(rd(CONFIG(0)), MSG(3));
	run_requests(0);
	CHECK_EQ(slot()->header.message_type, HVMSG_TIMER_EXPIRED);
	CHECK_EQ(fake.nr_irqs, 1);

	/* the same in a window: disabled before the message is placed */
	slot()->header.message_type = 0;
	fake.window = true;
	shim_may_not_sleep = true;
	CHECK_EQ(wr(CONFIG(0), ON | MSG(3)), HVE_NO_FAULT);
	CHECK_EQ(rd(CONFIG(0)), MSG(3));
	CHECK_EQ(slot()->header.message_type, 0);
	fake.window = false;
	shim_may_not_sleep = false;
	run_requests(0);
	CHECK_EQ(slot()->header.message_type, HVMSG_TIMER_EXPIRED);

	/* direct: at once, and within the window */
	fake.window = true;
	CHECK_EQ(wr(CONFIG(0), ON | DIRECT(0x99)), HVE_NO_FAULT);
	CHECK_EQ(fake.irq[fake.nr_irqs - 1].vector, 0x99);
	CHECK_EQ(rd(CONFIG(0)), DIRECT(0x99));
	teardown();
}

TEST(one_shot_never_fires_early)
{
	u64 due, i;

	open_timers();
	for (i = 0; i < 50; i++) {
		fake.nr_irqs = 0;
		due = now() + 777 * i + 1;
		wr(COUNT(0), due);
		wr(CONFIG(0), ON | DIRECT(0x40));
		while (!fake.nr_irqs) {
			CHECK(fake.timer_ns[0]);
			sleep_through(33);
		}
		CHECK(now() >= due);
		CHECK(now() <= due + 70);
	}
	teardown();
}

TEST(message_has_its_times)
{
	struct hv_timer_message_payload *p;
	u64 due;

	open_timers();
	due = now() + 3 * MS;
	wr(COUNT(2), due);
	wr(CONFIG(2), ON | MSG(3));
	sleep_through(5 * MS);
	p = (void *)slot()->payload;
	CHECK_EQ(slot()->header.payload_size, 24);
	CHECK_EQ(p->timer_index, 2);
	CHECK_EQ(p->expiration_time, due);
	CHECK_EQ(p->delivery_time, now());
	/* delivery is when it comes into the slot, not when it expired */
	wr(COUNT(1), due);
	wr(CONFIG(1), ON | MSG(3));
	run_requests(0);
	CHECK_EQ(slot()->header.message_flags, HV_MESSAGE_FLAG_PENDING);
	sleep_through(5 * MS);
	slot()->header.message_type = 0;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(p->timer_index, 1);
	CHECK_EQ(p->expiration_time, due);
	CHECK_EQ(p->delivery_time, now());
	teardown();
}

TEST(undelivered_ticks_do_not_pile_up_trap_47)
{
	struct hv_timer_message_payload *p;
	u64 start;

	open_timers();
	wr(COUNT(0), MS);
	start = now();
	wr(CONFIG(0), ON | HV_STIMER_PERIODIC | MSG(3));
	pass(20 * MS + MS / 2);
	p = (void *)slot()->payload;
	/* the first in the slot, one more waiting, the others lost */
	CHECK_EQ(p->expiration_time, start + MS);
	CHECK_EQ(slot()->header.message_flags, HV_MESSAGE_FLAG_PENDING);
	slot()->header.message_type = 0;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(p->expiration_time, start + 2 * MS);
	CHECK_EQ(slot()->header.message_flags, 0);
	slot()->header.message_type = 0;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(slot()->header.message_type, 0);
	/* in phase */
	pass(MS);
	CHECK_EQ(p->expiration_time, start + 21 * MS);
	teardown();
}

TEST(periodic_does_not_drift_trap_47)
{
	open_timers();
	wr(COUNT(0), MS);
	wr(CONFIG(0), ON | HV_STIMER_PERIODIC | DIRECT(0x40));
	pass(100 * MS + MS / 2);
	CHECK_EQ(fake.nr_irqs, 100);
	CHECK_EQ(vp[0].vtl[0].stimer[0].due_100ns % 10,
		 (vp[0].vtl[0].stimer[0].due_100ns - 50 * MS) % 10);
	CHECK_EQ(rd(CONFIG(0)) & ON, ON);
	teardown();
}

TEST(missed_ticks_are_made_up_for)
{
	open_timers();
	wr(COUNT(0), MS);
	wr(CONFIG(0), ON | HV_STIMER_PERIODIC | DIRECT(0x40));
	/* three periods missed: one now, the others at half the period */
	sleep_through(3 * MS + 10);
	CHECK_EQ(fake.nr_irqs, 1);
	pass(4 * MS);
	CHECK_EQ(fake.nr_irqs, 7);
	/* far behind: skipped, and the phase kept */
	sleep_through(1000 * MS);
	CHECK_EQ(fake.nr_irqs, 8);
	pass(3 * MS);
	CHECK(fake.nr_irqs >= 10 && fake.nr_irqs <= 11);
	teardown();
}

TEST(lazy_timer_skips_a_late_tick)
{
	u64 lazy = ON | HV_STIMER_PERIODIC | HV_STIMER_LAZY | DIRECT(0x40);

	open_timers();
	wr(COUNT(0), MS);
	wr(CONFIG(0), lazy);
	/* a little late: signalled, once */
	sleep_through(3 * MS + MS / 4);
	CHECK_EQ(fake.nr_irqs, 1);
	pass(MS);
	CHECK_EQ(fake.nr_irqs, 2);
	/* shortly before the next: not */
	wr(CONFIG(0), 0);
	wr(CONFIG(0), lazy);
	fake.nr_irqs = 0;
	sleep_through(2 * MS - MS / 10);
	CHECK_EQ(fake.nr_irqs, 0);
	pass(MS / 5);
	CHECK_EQ(fake.nr_irqs, 1);
	teardown();
}

TEST(direct_mode_needs_its_feature)
{
	open_timers();
	take_gate(&vp[0], HV_FEATURE_DIRECT_STIMERS);
	CHECK_EQ(wr(CONFIG(0), HV_STIMER_DIRECT_MODE), HVE_GP);
	CHECK_EQ(wr(CONFIG(0), MSG(3)), HVE_NO_FAULT);
	give_cpuid(&vp[0]);
	CHECK_EQ(wr(CONFIG(0), HV_STIMER_DIRECT_MODE), HVE_NO_FAULT);
	/* a vector no LAPIC takes */
	wr(COUNT(0), 1);
	CHECK_EQ(wr(CONFIG(0), ON | DIRECT(5)), HVE_NO_FAULT);
	CHECK_EQ(fake.nr_irqs, 0);
	/* reserved bits read as zero */
	CHECK_EQ(wr(CONFIG(0), ~0ull & ~ON), HVE_NO_FAULT);
	CHECK_EQ(rd(CONFIG(0)), 0xf1ffe);
	teardown();
}

TEST(window_write_with_a_queued_message_goes_outside)
{
	open_timers();
	wr(COUNT(0), 1);
	wr(CONFIG(0), ON | MSG(3));
	wr(CONFIG(0), ON | MSG(3));
	run_requests(0);
	wr(COUNT(1), 1);
	wr(CONFIG(1), ON | MSG(3));
	run_requests(0);
	CHECK(vp[0].vtl[0].synic.timer_msg[1].queued);
	fake.window = true;
	CHECK_EQ(wr(COUNT(1), 0), HVE_OUTSIDE);
	CHECK_EQ(wr(CONFIG(1), 0), HVE_OUTSIDE);
	CHECK_EQ(rd(COUNT(1)), 1);
	fake.window = false;
	/* what has not reached its slot is taken back */
	CHECK_EQ(wr(CONFIG(1), 0), HVE_NO_FAULT);
	CHECK(!vp[0].vtl[0].synic.timer_msg[1].queued);
	teardown();
}

TEST(far_counts_and_a_jump_of_time)
{
	open_timers();
	wr(COUNT(0), ~0ull);
	wr(CONFIG(0), ON | DIRECT(0x40));
	CHECK_EQ(fake.timer_ns[0], 0);
	wr(COUNT(0), ~0ull - 1);
	wr(CONFIG(0), ON | DIRECT(0x40));
	CHECK_EQ(fake.timer_ns[0], ~0ull >> 1);
	wr(COUNT(1), ~0ull - 1);
	wr(CONFIG(1), ON | HV_STIMER_PERIODIC | DIRECT(0x41));
	wr(COUNT(2), now() + 1000 * MS);
	wr(CONFIG(2), ON | DIRECT(0x42));
	pass(MS);
	CHECK_EQ(fake.nr_irqs, 0);
	hve_tlfs_reftime_set(&pt, &vp[0], 2000000 * MS);
	run_requests(0);
	CHECK_EQ(fake.nr_irqs, 1);
	teardown();
}

TEST(frozen_time_arms_nothing)
{
	open_timers();
	wr(COUNT(0), now() + MS);
	wr(CONFIG(0), ON | DIRECT(0x40));
	CHECK(fake.timer_ns[0]);
	hve_tlfs_time_freeze(&pt);
	run_requests(0);
	CHECK_EQ(fake.timer_ns[0], 0);
	sleep_through(10 * MS);
	CHECK_EQ(fake.nr_irqs, 0);
	hve_tlfs_time_thaw(&pt);
	run_requests(0);
	CHECK(fake.timer_ns[0]);
	pass(2 * MS);
	CHECK_EQ(fake.nr_irqs, 1);
	teardown();
}

TEST(vp_reset_clears_timers_trap_32)
{
	int i;

	open_timers();
	for (i = 0; i < 4; i++) {
		wr(COUNT(i), now() + MS);
		wr(CONFIG(i), ON | DIRECT(0x40));
	}
	hve_tlfs_vp_reset(&vp[0]);
	for (i = 0; i < 4; i++) {
		CHECK_EQ(rd(CONFIG(i)), 0);
		CHECK_EQ(rd(COUNT(i)), 0);
	}
	CHECK_EQ(fake.timer_ns[0], 0);
	pass(2 * MS);
	CHECK_EQ(fake.nr_irqs, 0);
	teardown();
}

static void restore_test(bool count_first)
{
	open_timers();
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], count_first ? COUNT(0) : CONFIG(0),
				  count_first ? 5 * MS : (ON | HV_STIMER_PERIODIC |
							  DIRECT(0x40))), 0);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], count_first ? CONFIG(0) : COUNT(0),
				  count_first ? (ON | HV_STIMER_PERIODIC |
						 DIRECT(0x40)) : 5 * MS), 0);
	CHECK_EQ(rd(CONFIG(0)) & ON, ON);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], CONFIG(1), 1ull << 40), 0);
	CHECK_EQ(rd(CONFIG(1)), 0);
	pass(11 * MS);
	CHECK_EQ(fake.nr_irqs, 2);
	teardown();
}

TEST(restore_in_any_order)
{
	restore_test(true);
	restore_test(false);
	/* enabled without a count is never started */
	open_timers();
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], CONFIG(0), ON | HV_STIMER_PERIODIC |
				  DIRECT(0x40)), 0);
	pass(MS);
	CHECK_EQ(fake.nr_irqs, 0);
	teardown();
}
