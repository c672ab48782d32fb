// SPDX-License-Identifier: GPL-2.0
/*
 * Four synthetic timers per VP (TLFS timers.md, "Synthetic Timers").
 *
 * The host has one timer per VP, at the earliest time any of them has to be
 * signalled; its interrupt only requests hve_stimer_process().
 *
 * A guest's write leaves a timer enabled only with a count, and with either a
 * SINT or direct mode.  A VMM restores registers one by one: what it sets is
 * judged when the VP runs.
 */
#include "timers.h"

#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "../partition/partition.h"
#include "../synic/synic.h"
#include "../trace.h"

/* Missed periods that are made up for by shorter ones; more are skipped. */
#define CATCH_UP_PERIODS	4

#define NEVER_100NS		(~0ull)
#define NEVER_NS		(~0ull >> 1)	/* hosts count in signed ones */

static struct hve_stimer *stimer_of(struct hve_vp *vp, unsigned int vtl,
				    u32 msr)
{
	return &vp->vtl[vtl].stimer[(msr - HV_X64_MSR_STIMER0_CONFIG) / 2];
}

static struct hve_msg *msg_of(struct hve_vp *vp, unsigned int vtl,
			      const struct hve_stimer *st)
{
	return &vp->vtl[vtl].synic.timer_msg[st - vp->vtl[vtl].stimer];
}

static unsigned int sint_of(const struct hve_stimer *st)
{
	return (st->config & HV_STIMER_SINT_MASK) >> HV_STIMER_SINT_SHIFT;
}

static bool config_has_target(u64 config)
{
	return config & (HV_STIMER_DIRECT_MODE | HV_STIMER_SINT_MASK);
}

static bool stimer_runs(const struct hve_stimer *st)
{
	return (st->config & HV_STIMER_ENABLED) && st->count &&
	       config_has_target(st->config);
}

static u64 add_sat(u64 a, u64 b)
{
	return a + b < a ? NEVER_100NS : a + b;
}

static void stimer_start(struct hve_stimer *st, u64 now)
{
	/* "The first period begins when the synthetic timer is enabled." */
	if (st->config & HV_STIMER_PERIODIC)
		st->due_100ns = add_sat(now, st->count);
	else
		st->due_100ns = st->count;
	st->fire_100ns = st->due_100ns;
}

static void stimer_stop(struct hve_stimer *st)
{
	st->due_100ns = 0;
	st->fire_100ns = 0;
	st->msg_pending = false;
}

/* Next period after the one signalled @now. */
static void period_advance(struct hve_stimer *st, u64 now)
{
	u64 period = st->count, late;

	st->due_100ns = add_sat(st->due_100ns, period);
	st->fire_100ns = st->due_100ns;
	if (st->due_100ns > now)
		return;

	late = now - st->due_100ns;
	/*
	 * "Timer period modulation, in effect shortening the period until the
	 * timer catches up"; when too many were missed "some timer expiration
	 * signals may be skipped completely", and a lazy timer makes up for
	 * none.  The phase stays in all cases.
	 */
	if ((st->config & HV_STIMER_LAZY) ||
	    div64_u64(late, period) >= CATCH_UP_PERIODS) {
		st->due_100ns = add_sat(now - late % period, period);
		st->fire_100ns = st->due_100ns;
	} else {
		st->fire_100ns = add_sat(now, max(period / 2, 1ull));
	}
}

/* "If it doesn't become available until shortly before the next ..., skipped" */
static bool lazy_tick_is_skipped(const struct hve_stimer *st, u64 now)
{
	u64 both = HV_STIMER_LAZY | HV_STIMER_PERIODIC;

	return (st->config & both) == both &&
	       (now - st->due_100ns) % st->count > st->count - st->count / 4;
}

static void direct_fire(struct hve_vp *vp, unsigned int vtl, u64 config)
{
	u8 vector = (config & HV_STIMER_APICVECTOR_MASK) >>
		    HV_STIMER_APICVECTOR_SHIFT;

	/* a vector that no LAPIC can take is nobody's interrupt */
	if (vector >= HV_SYNIC_FIRST_VALID_VECTOR)
		hve_host_irq_raise(vp, vtl, vector, false);
}

static void stimer_expire(struct hve_vp *vp, unsigned int vtl,
			  struct hve_stimer *st, u64 now)
{
	u64 config = st->config, due = st->due_100ns;
	bool skip = lazy_tick_is_skipped(st, now);

	trace_hvemu_stimer_fire(vp, st - vp->vtl[vtl].stimer, config, due, now);
	if (config & HV_STIMER_PERIODIC) {
		period_advance(st, now);
	} else {
		/* "When a one-shot timer expires, it is ... disabled." */
		st->config &= ~HV_STIMER_ENABLED;
		st->due_100ns = 0;
	}
	if (skip)
		return;
	if (config & HV_STIMER_DIRECT_MODE) {
		hve_count_use(vp, HVE_USE_STIMER_DIRECT);
		direct_fire(vp, vtl, config);
	} else {
		/* one buffer a timer: ticks do not pile up */
		hve_count_use(vp, HVE_USE_STIMER_MESSAGE);
		st->msg_pending = true;
		st->expired_100ns = due;
	}
}

static void msg_queue(struct hve_vp *vp, unsigned int vtl,
		      struct hve_stimer *st)
{
	struct hve_msg *msg = msg_of(vp, vtl, st);
	struct hv_timer_message_payload *payload = (void *)msg->msg.payload;

	st->msg_pending = false;
	if (READ_ONCE(msg->queued))
		return;
	memset(&msg->msg, 0, sizeof(msg->msg.header) + sizeof(*payload));
	msg->msg.header.message_type = HVMSG_TIMER_EXPIRED;
	msg->msg.header.payload_size = sizeof(*payload);
	payload->timer_index = st - vp->vtl[vtl].stimer;
	payload->expiration_time = st->expired_100ns;
	hve_msg_queue(vp, vtl, sint_of(st), msg);
	hve_host_vp_request(vp, HVE_VP_REQ_SYNIC);
}

/* The host's timer at a reference time; never early, as it rounds up. */
static void timer_arm(struct hve_vp *vp, u64 fire, u64 now)
{
	u64 tsc, ns, delta;

	if (fire == NEVER_100NS || READ_ONCE(vp->pt->time.frozen)) {
		if (vp->timer_armed_ns)
			hve_host_timer_cancel(vp);
		vp->timer_armed_ns = 0;
		return;
	}
	ns = hve_host_clock_pair(vp, &tsc);
	delta = fire > now ? fire - now : 0;
	if (delta >= (NEVER_NS - ns) / 100)
		ns = NEVER_NS;
	else
		ns += (delta + 1) * 100;
	vp->timer_armed_ns = ns;
	hve_host_timer_arm(vp, ns);
}

void hve_stimer_process(struct hve_vp *vp)
{
	bool outside = hve_host_may_sleep(vp), again = false;
	u64 now = hve_reftime_now(vp), next = NEVER_100NS;
	struct hve_stimer *st;
	unsigned int vtl, i;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
			st = &vp->vtl[vtl].stimer[i];
			if (stimer_runs(st)) {
				if (!st->due_100ns)
					stimer_start(st, now);
				if (now >= st->fire_100ns)
					stimer_expire(vp, vtl, st, now);
			}
			if (stimer_runs(st))
				next = min(next, st->fire_100ns);
			if (st->msg_pending && outside)
				msg_queue(vp, vtl, st);
			again |= st->msg_pending;
		}
	}
	if (again)
		hve_host_vp_request(vp, HVE_VP_REQ_STIMER);
	timer_arm(vp, next, now);
}

void hve_stimer_stamp(struct hve_vp *vp)
{
	struct hv_timer_message_payload *payload;
	u64 now = hve_reftime_now(vp);
	struct hve_msg *msg;
	unsigned int vtl, i;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
			msg = &vp->vtl[vtl].synic.timer_msg[i];
			payload = (void *)msg->msg.payload;
			if (READ_ONCE(msg->queued))
				payload->delivery_time = now;
		}
	}
}

void hve_stimer_reset(struct hve_vp *vp)
{
	unsigned int vtl;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++)
		memset(vp->vtl[vtl].stimer, 0, sizeof(vp->vtl[vtl].stimer));
	hve_host_timer_cancel(vp);
	vp->timer_armed_ns = 0;
}

void hve_stimer_destroy(struct hve_vp *vp)
{
	hve_host_timer_cancel(vp);
}

/*
 * Both registers: what was under way is forgotten, a message that waits for
 * its slot included.  False in a window when that needs the queue's lock.
 */
static bool stimer_begin_write(struct hve_vp *vp, unsigned int vtl,
			       struct hve_stimer *st)
{
	struct hve_msg *msg = msg_of(vp, vtl, st);

	if (READ_ONCE(msg->queued)) {
		if (!hve_host_may_sleep(vp))
			return false;
		hve_msg_cancel(vp, vtl, msg);
	}
	stimer_stop(st);
	return true;
}

static void stimer_end_write(struct hve_vp *vp, struct hve_stimer *st)
{
	/*
	 * "It is not permitted to set the SINTx field to zero for an enabled
	 * timer (that is not in direct mode)": marked disabled immediately.
	 * Likewise without a count.
	 */
	if (!stimer_runs(st))
		st->config &= ~HV_STIMER_ENABLED;
	hve_stimer_process(vp);
}

static bool config_is_allowed(struct hve_vp *vp, u64 config)
{
	/* SPEC?: a mode that was not offered; the text names no fault */
	return !(config & HV_STIMER_DIRECT_MODE) ||
	       hve_vp_has(vp, HV_FEATURE_DIRECT_STIMERS);
}

/*
 * "Writing the value zero ... will stop the counter, ... independent of the
 * setting of AutoEnable."
 */
static void count_write(struct hve_stimer *st, u64 val)
{
	st->count = val;
	if (val && (st->config & HV_STIMER_AUTOENABLE))
		st->config |= HV_STIMER_ENABLED;
}

static bool msr_is_count(u32 msr)
{
	return (msr - HV_X64_MSR_STIMER0_CONFIG) % 2;
}

u64 hve_stimer_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	const struct hve_stimer *st = stimer_of(vp, vtl, msr);

	return msr_is_count(msr) ? st->count : st->config;
}

enum hve_fault hve_stimer_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
				u64 val)
{
	struct hve_stimer *st = stimer_of(vp, vtl, msr);

	if (!msr_is_count(msr) && !config_is_allowed(vp, val))
		return HVE_GP;
	if (!stimer_begin_write(vp, vtl, st))
		return HVE_OUTSIDE;
	if (msr_is_count(msr))
		count_write(st, val);
	else	/* SPEC?: "RsvdZ (value should be set to zero)": made zero */
		st->config = val & ~HV_STIMER_RSVDZ;
	stimer_end_write(vp, st);
	return HVE_NO_FAULT;
}

/* Any order of the two: nothing is enabled or disabled by it. */
int hve_stimer_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	struct hve_stimer *st = stimer_of(vp, vtl, msr);

	if (msr_is_count(msr))
		st->count = val;
	else
		st->config = val & ~HV_STIMER_RSVDZ;
	hve_msg_cancel(vp, vtl, msg_of(vp, vtl, st));
	stimer_stop(st);
	hve_host_vp_request(vp, HVE_VP_REQ_STIMER);
	return 0;
}

/* Reference time has jumped, or goes on: timers are armed by it. */
void hve_stimer_request_all(struct hve_partition *pt)
{
	u32 limit = READ_ONCE(pt->vp_limit);
	struct hve_vp *vp;
	u32 i;

	for (i = 0; i < limit; i++) {
		vp = hve_partition_vp(pt, i);
		if (vp)
			hve_host_vp_request(vp, HVE_VP_REQ_STIMER);
	}
}
