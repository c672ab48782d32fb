// SPDX-License-Identifier: GPL-2.0
/*
 * Local APIC: the timer.
 *
 * SDM, "APIC Timer" and "TSC-Deadline Mode".  A running timer is two moments of
 * expiry, on the host's TSC and on ktime; nothing is armed while the vCPU runs,
 * because core bounds its run by the first of them.  The hrtimer is only for
 * the times when it does not run.  All is the owner's but the callback, which
 * sets a bit and kicks.
 */
#include "apic.h"
#include "private.h"

#include <linux/container_of.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/timex.h>

/* Shortest period: a guest may not make the host take interrupts all the time. */
#define PERIOD_MIN_NS		200000u
/*
 * Longest span converted at once, so that no product overflows: about a minute
 * of TSC. What expires later is looked at again then.
 */
#define SPAN_MAX_TSC		BIT_ULL(38)

static u32 lvt_mode(const struct hve_apic *apic)
{
	return apic_reg(apic, HVE_APIC_LVT_TIMER) & LAPIC_LVT_TIMER_MODE;
}

/* "Divide Configuration Register": bits 3, 1, 0 */
static unsigned int divide_shift(const struct hve_apic *apic)
{
	u32 tdcr = apic_reg(apic, HVE_APIC_TDCR);

	return (((tdcr & 8) >> 1 | (tdcr & 3)) + 1) & 7;
}

/*
 * At most 2^32 counts of 128 cycles of 2^10 ns: 2^49, and a TSC below 2^24 kHz.
 * Milliseconds and the rest of one apart, so that no product overflows.
 */
static u64 ns_to_tsc(const struct hve_apic *apic, u64 ns)
{
	u64 khz = apic->bus->tsc_khz;

	return ns / 1000000 * khz + ns % 1000000 * khz / 1000000;
}

static u64 count_to_ns(const struct hve_apic *apic, u64 count)
{
	return (count << divide_shift(apic)) * apic->bus->cycle_ns;
}

static u64 tsc_to_ns(const struct hve_apic *apic, u64 tsc)
{
	return min_t(u64, tsc, SPAN_MAX_TSC) * 1000000 / apic->bus->tsc_khz;
}

static enum hrtimer_restart timer_fire(struct hrtimer *hrtimer)
{
	struct hve_apic *apic = container_of(hrtimer, struct hve_apic,
					     timer.hrtimer);

	WRITE_ONCE(apic->timer.fired, 1);
	hve_apic_host_kick(apic);
	return HRTIMER_NORESTART;
}

void hve_apic_timer_arm(struct hve_apic *apic)
{
	struct hve_apic_timer *t = &apic->timer;

	if (!t->expiry_ns) {
		u64 now_tsc = get_cycles();
		u64 left = t->expiry_tsc > now_tsc ? t->expiry_tsc - now_tsc : 0;

		t->expiry_ns = ktime_get_ns() + tsc_to_ns(apic, left);
	}
	if (t->armed_ns == t->expiry_ns)
		return;
	t->armed_ns = t->expiry_ns;
	hrtimer_start(&t->hrtimer, ns_to_ktime(t->expiry_ns),
		      HRTIMER_MODE_ABS_HARD);
}

static void hrtimer_arm_if_needed(struct hve_apic *apic)
{
	if (apic->timer.parked || apic->timer.always_hrtimer)
		hve_apic_timer_arm(apic);
}

static void start_ns(struct hve_apic *apic, u64 delta_ns)
{
	struct hve_apic_timer *t = &apic->timer;

	t->expiry_ns = ktime_get_ns() + delta_ns;
	t->expiry_tsc = get_cycles() + ns_to_tsc(apic, delta_ns);
	t->active = true;
	hrtimer_arm_if_needed(apic);
}

/* One in the past raises its vector at the next check. */
static void start_deadline(struct hve_apic *apic)
{
	struct hve_apic_timer *t = &apic->timer;
	u64 tsc;

	if (!t->deadline)
		return;
	tsc = hve_apic_host_guest_to_host_tsc(apic, t->deadline);
	/* Zero is "no timer" in hve_apic_timer_expiry_tsc(). */
	t->expiry_tsc = tsc ? tsc : 1;
	t->expiry_ns = 0;
	t->active = true;
	hrtimer_arm_if_needed(apic);
}

/* @count: where the count begins; less than the initial one after a restore */
static void start_count(struct hve_apic *apic, u32 count)
{
	struct hve_apic_timer *t = &apic->timer;
	u64 delta_ns = count_to_ns(apic, count);

	t->active = false;
	t->period_ns = 0;
	if (!count)
		return;
	if (lvt_mode(apic) == LAPIC_LVT_PERIODIC) {
		u64 initial = apic_reg(apic, HVE_APIC_TMICT);

		t->period_ns = max_t(u64, count_to_ns(apic, initial),
				     PERIOD_MIN_NS);
		delta_ns = max_t(u64, delta_ns, 1);
		if (count == initial)
			delta_ns = t->period_ns;
	}
	start_ns(apic, delta_ns);
}

static void reload(struct hve_apic *apic)
{
	struct hve_apic_timer *t = &apic->timer;
	u64 now_ns = ktime_get_ns();
	u64 missed = 1;

	/* Missed periods are one interrupt: IRR has one bit. */
	if (now_ns > t->expiry_ns)
		missed += (now_ns - t->expiry_ns) / t->period_ns;
	t->expiry_ns += missed * t->period_ns;
	t->expiry_tsc = get_cycles() + ns_to_tsc(apic, t->expiry_ns - now_ns);
	hrtimer_arm_if_needed(apic);
}

static void expire(struct hve_apic *apic)
{
	struct hve_apic_timer *t = &apic->timer;
	u32 lvt = apic_reg(apic, HVE_APIC_LVT_TIMER);

	if (t->period_ns) {
		reload(apic);
	} else {
		t->active = false;
		t->deadline = 0;
	}
	if (!(lvt & LAPIC_LVT_MASKED))
		hve_apic_irr_raise(apic, lvt & LAPIC_VECTOR_MASK, 0);
}

/*
 * Is it time?  @fired: the hrtimer ended, though maybe one armed for less.  A
 * deadline is a value of the TSC, so only the TSC can say so.
 */
static bool is_due(const struct hve_apic *apic, bool fired)
{
	const struct hve_apic_timer *t = &apic->timer;

	if (!t->always_hrtimer || lvt_mode(apic) == LAPIC_LVT_DEADLINE) {
		if (get_cycles() >= t->expiry_tsc)
			return true;
		if (lvt_mode(apic) == LAPIC_LVT_DEADLINE)
			return false;
	}
	return fired && ktime_get_ns() >= t->expiry_ns;
}

bool hve_apic_timer_check_slow(struct hve_apic *apic)
{
	struct hve_apic_timer *t = &apic->timer;
	bool fired = READ_ONCE(t->fired);

	if (fired) {
		/* Before the clock is read: a later one sets it again. */
		WRITE_ONCE(t->fired, 0);
		t->armed_ns = 0;
	}
	if (is_due(apic, fired)) {
		expire(apic);
		return true;
	}
	if (fired) {
		if (lvt_mode(apic) == LAPIC_LVT_DEADLINE)
			t->expiry_ns = 0;
		hrtimer_arm_if_needed(apic);
	}
	return false;
}

void hve_apic_timer_always(struct hve_apic *apic, bool always)
{
	apic->timer.always_hrtimer = always;
	if (apic->timer.active)
		hrtimer_arm_if_needed(apic);
}

void hve_apic_timer_init(struct hve_apic *apic)
{
	hrtimer_setup(&apic->timer.hrtimer, timer_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
}

void hve_apic_timer_destroy(struct hve_apic *apic)
{
	apic->timer.active = false;
	hrtimer_cancel(&apic->timer.hrtimer);
}

/* Ends the count; the hrtimer, if armed, ends with one kick for nothing. */
void hve_apic_timer_stop(struct hve_apic *apic)
{
	apic->timer.active = false;
	apic->timer.period_ns = 0;
}

/* "TSC-Deadline Mode": "transitioning ... disarms the timer" */
void hve_apic_timer_lvt_write(struct hve_apic *apic, u32 lvt)
{
	struct hve_apic_timer *t = &apic->timer;
	u32 old = lvt_mode(apic);
	u32 new = lvt & LAPIC_LVT_TIMER_MODE;

	if (new == old)
		return;
	if (new == LAPIC_LVT_DEADLINE || old == LAPIC_LVT_DEADLINE) {
		hve_apic_timer_stop(apic);
		t->deadline = 0;
		apic_reg_set(apic, HVE_APIC_TMICT, 0);
		return;
	}
	/* One-shot to periodic or back takes effect at the end of this count. */
	t->period_ns = 0;
	if (new == LAPIC_LVT_PERIODIC)
		t->period_ns = max_t(u64, count_to_ns(apic,
						      apic_reg(apic, HVE_APIC_TMICT)),
				     PERIOD_MIN_NS);
}

void hve_apic_timer_initial_write(struct hve_apic *apic, u32 count)
{
	if (lvt_mode(apic) == LAPIC_LVT_DEADLINE)
		return;
	apic_reg_set(apic, HVE_APIC_TMICT, count);
	start_count(apic, count);
}

void hve_apic_timer_divide_write(struct hve_apic *apic, u32 tdcr)
{
	u32 count = hve_apic_timer_count_read(apic);

	if (tdcr == apic_reg(apic, HVE_APIC_TDCR))
		return;
	apic_reg_set(apic, HVE_APIC_TDCR, tdcr);
	/* The count goes on from where it is, at the new speed. */
	if (apic->timer.active && lvt_mode(apic) != LAPIC_LVT_DEADLINE)
		start_count(apic, count ? count : 1);
}

u32 hve_apic_timer_count_read(struct hve_apic *apic)
{
	struct hve_apic_timer *t = &apic->timer;
	u64 initial = apic_reg(apic, HVE_APIC_TMICT);
	u64 now_ns, left;

	if (!t->active || lvt_mode(apic) == LAPIC_LVT_DEADLINE)
		return 0;
	now_ns = ktime_get_ns();
	if (now_ns < t->expiry_ns)
		left = t->expiry_ns - now_ns;
	else if (t->period_ns)
		left = t->period_ns - (now_ns - t->expiry_ns) % t->period_ns;
	else
		return 0;
	/* The period may be longer than asked for. */
	return min((left >> divide_shift(apic)) / apic->bus->cycle_ns, initial);
}

void hve_apic_timer_restore(struct hve_apic *apic, u32 current_count)
{
	u32 initial = apic_reg(apic, HVE_APIC_TMICT);

	if (lvt_mode(apic) == LAPIC_LVT_DEADLINE) {
		start_deadline(apic);
		return;
	}
	/* A periodic timer never rests at zero. */
	if (!current_count && lvt_mode(apic) == LAPIC_LVT_PERIODIC)
		current_count = initial;
	start_count(apic, min(current_count, initial));
}

void hve_apic_timer_tsc_changed(struct hve_apic *apic)
{
	if (lvt_mode(apic) == LAPIC_LVT_DEADLINE)
		start_deadline(apic);
}

u64 hve_apic_deadline_get(struct hve_apic *apic)
{
	hve_apic_timer_check(apic);
	return apic->timer.deadline;
}

void hve_apic_deadline_set(struct hve_apic *apic, u64 val, bool host)
{
	struct hve_apic_timer *t = &apic->timer;

	if (lvt_mode(apic) != LAPIC_LVT_DEADLINE) {
		/*
		 * "IA32_TSC_DEADLINE reads zero and writes are ignored", for
		 * the guest; what a VMM restores waits for the LVT.
		 */
		if (host)
			t->deadline = val;
		return;
	}
	hve_apic_timer_stop(apic);
	t->deadline = val;
	start_deadline(apic);
	/* One in the past needs no round through the guest. */
	if (!host && t->active && get_cycles() >= t->expiry_tsc)
		expire(apic);
}
