// SPDX-License-Identifier: GPL-2.0
/*
 * An 8254 timer: three counters, and the port that gates and watches the third.
 *
 * Intel, "8254 Programmable Interval Timer".  A counter is the moment it was
 * loaded; what it shows is computed.  Counting in BCD is left out: the bit is
 * kept and counts are binary.
 */
#include "apic.h"
#include "private.h"

#include <linux/container_of.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/time64.h>

#define HZ_8254		1193182u

/* A guest may not make the host take interrupts all the time. */
#define PERIOD_MIN_NS	200000u

#define PORT_COUNTER0	0x40
#define PORT_CONTROL	0x43
#define PORT_SPEAKER	0x61

#define FULL_COUNT	0x10000u	/* what a count of 0 means */

/* "Control Word Format" and "Read-Back Command Format" */
#define CW_COUNTER(val)	((val) >> 6)
#define CW_RW(val)	((val) >> 4 & 3)
#define CW_MODE(val)	((val) >> 1 & 7)
#define CW_BCD		0x01
#define CW_READ_BACK	3
#define RB_NO_COUNT	0x20
#define RB_NO_STATUS	0x10

/* Which byte is next, in read_state, write_state, count_latched */
enum {
	BYTE_LOW	= 1,
	BYTE_HIGH	= 2,
	BYTE_FIRST	= 3,	/* low, then high */
	BYTE_SECOND	= 4,
};

/* Port 0x61 */
#define SPEAKER_GATE	0x01
#define SPEAKER_DATA	0x02
#define SPEAKER_REFRESH	0x10
#define SPEAKER_OUT	0x20

/* Flags of struct kvm_pit_state2, by the numbers of the ABI */
#define FLAG_HPET_LEGACY	0x1
#define FLAG_SPEAKER_DATA	0x2

/* Toggles every 15 us on a PC; every 16 us here. */
#define REFRESH_SHIFT	14

static u64 count_to_ns(u32 count)
{
	return div_u64((u64)count * NSEC_PER_SEC, HZ_8254);
}

/* Input clocks since the counter was loaded. */
static u64 clocks(const struct kvm_pit_channel_state *c, u64 now_ns)
{
	u64 ns = now_ns - c->count_load_time;

	/* loaded in the future: saved by another clock */
	if ((s64)ns < 0)
		return 0;
	return mul_u64_u32_div(ns, HZ_8254, NSEC_PER_SEC);
}

static u32 phase(const struct kvm_pit_channel_state *c, u64 now_ns)
{
	u64 done = clocks(c, now_ns);

	return done - div_u64(done, c->count) * c->count;
}

static u16 count_now(const struct kvm_pit_channel_state *c, u64 now_ns)
{
	switch (c->mode) {
	case 0:
	case 1:
	case 4:
	case 5:
		return c->count - clocks(c, now_ns);
	case 3:
		/* two at a time, twice a period */
		return c->count - 2 * phase(c, now_ns) % c->count;
	default:
		return c->count - phase(c, now_ns);
	}
}

static bool out_now(const struct kvm_pit_channel_state *c, u64 now_ns)
{
	switch (c->mode) {
	case 0:
		return clocks(c, now_ns) >= c->count;
	case 1:
		return clocks(c, now_ns) < c->count;
	case 2:
		/* low for the last clock of each period */
		return phase(c, now_ns) != c->count - 1;
	case 3:
		return phase(c, now_ns) < (c->count + 1) / 2;
	default:
		/* low for one clock */
		return clocks(c, now_ns) != c->count;
	}
}

static void counter0_start(struct hve_pit *pit, u64 now_ns)
{
	const struct kvm_pit_channel_state *c = &pit->s.channels[0];
	u64 ns = count_to_ns(c->count);

	pit->due_ns = 0;
	pit->period_ns = 0;
	pit->ticks = 0;
	pit->acked = true;
	if (pit->s.flags & FLAG_HPET_LEGACY)
		return;
	switch (c->mode) {
	case 2:
	case 3:
		ns = max_t(u64, ns, PERIOD_MIN_NS);
		pit->period_ns = ns;
		break;
	case 0:
	case 1:
	case 4:
		break;
	default:
		return;
	}
	pit->due_ns = now_ns + ns;
	hrtimer_start(&pit->hrtimer, ns_to_ktime(pit->due_ns),
		      HRTIMER_MODE_ABS_HARD);
}

static void counter_load(struct hve_pit *pit, unsigned int i, u16 val)
{
	struct kvm_pit_channel_state *c = &pit->s.channels[i];
	u64 now_ns = ktime_get_ns();

	c->count = val ? val : FULL_COUNT;
	c->count_load_time = now_ns;
	if (!i)
		counter0_start(pit, now_ns);
}

/* The lock is free. */
static void interrupt(struct hve_pit *pit)
{
	unsigned long flags;
	int r = hve_pit_host_line(pit, true);

	hve_pit_host_line(pit, false);
	if (r >= 0)
		return;
	/* nobody took it, so nobody will acknowledge it */
	raw_spin_lock_irqsave(&pit->lock, flags);
	pit->ticks = 0;
	pit->acked = true;
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}

static enum hrtimer_restart counter0_fire(struct hrtimer *hrtimer)
{
	struct hve_pit *pit = container_of(hrtimer, struct hve_pit, hrtimer);
	enum hrtimer_restart again = HRTIMER_NORESTART;
	u64 now_ns = ktime_get_ns(), n = 1;
	unsigned long flags;
	bool now;

	raw_spin_lock_irqsave(&pit->lock, flags);
	if (!pit->due_ns || now_ns < pit->due_ns) {
		/* stopped, or started anew with the timer armed again */
		raw_spin_unlock_irqrestore(&pit->lock, flags);
		return again;
	}
	if (pit->period_ns) {
		n += div64_u64(now_ns - pit->due_ns, pit->period_ns);
		pit->due_ns += n * pit->period_ns;
		hrtimer_set_expires(hrtimer, ns_to_ktime(pit->due_ns));
		again = HRTIMER_RESTART;
	} else {
		pit->due_ns = 0;
	}
	now = !pit->reinject || pit->acked;
	if (pit->reinject) {
		pit->ticks += n;
		pit->acked = false;
	}
	raw_spin_unlock_irqrestore(&pit->lock, flags);
	if (now)
		interrupt(pit);
	return again;
}

void hve_pit_acked(struct hve_pit *pit)
{
	unsigned long flags;
	bool again;

	raw_spin_lock_irqsave(&pit->lock, flags);
	if (pit->ticks)
		pit->ticks--;
	again = pit->reinject && pit->ticks;
	pit->acked = !again;
	raw_spin_unlock_irqrestore(&pit->lock, flags);
	if (again)
		interrupt(pit);
}

void hve_pit_forget(struct hve_pit *pit)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pit->lock, flags);
	pit->ticks = 0;
	pit->acked = true;
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}

void hve_pit_policy(struct hve_pit *pit, bool reinject)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pit->lock, flags);
	pit->reinject = reinject;
	pit->ticks = 0;
	pit->acked = true;
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}

/* Registers */

static void latch_count(struct kvm_pit_channel_state *c, u64 now_ns)
{
	if (c->count_latched)
		return;
	c->latched_count = count_now(c, now_ns);
	c->count_latched = c->rw_mode;
}

static void latch_status(struct kvm_pit_channel_state *c, u64 now_ns)
{
	if (c->status_latched)
		return;
	c->status = out_now(c, now_ns) << 7 | c->rw_mode << 4 | c->mode << 1 |
		    c->bcd;
	c->status_latched = 1;
}

static void control_write(struct hve_pit *pit, u8 val)
{
	unsigned int i = CW_COUNTER(val);
	u64 now_ns = ktime_get_ns();
	struct kvm_pit_channel_state *c;

	if (i == CW_READ_BACK) {
		for (i = 0; i < 3; i++) {
			c = &pit->s.channels[i];
			if (!(val & 2 << i))
				continue;
			if (!(val & RB_NO_COUNT))
				latch_count(c, now_ns);
			if (!(val & RB_NO_STATUS))
				latch_status(c, now_ns);
		}
		return;
	}
	c = &pit->s.channels[i];
	if (!CW_RW(val)) {
		latch_count(c, now_ns);
		return;
	}
	c->rw_mode = CW_RW(val);
	c->read_state = c->rw_mode;
	c->write_state = c->rw_mode;
	/* modes 6 and 7 are 2 and 3 */
	c->mode = CW_MODE(val) > 5 ? CW_MODE(val) - 4 : CW_MODE(val);
	c->bcd = val & CW_BCD;
}

static void counter_write(struct hve_pit *pit, unsigned int i, u8 val)
{
	struct kvm_pit_channel_state *c = &pit->s.channels[i];

	switch (c->write_state) {
	case BYTE_LOW:
		counter_load(pit, i, val);
		break;
	case BYTE_HIGH:
		counter_load(pit, i, val << 8);
		break;
	case BYTE_FIRST:
		c->write_latch = val;
		c->write_state = BYTE_SECOND;
		break;
	case BYTE_SECOND:
		c->write_state = BYTE_FIRST;
		counter_load(pit, i, c->write_latch | val << 8);
		break;
	}
}

static u8 latched_read(struct kvm_pit_channel_state *c)
{
	switch (c->count_latched) {
	case BYTE_FIRST:
		c->count_latched = BYTE_HIGH;
		return c->latched_count;
	case BYTE_HIGH:
		c->count_latched = 0;
		return c->latched_count >> 8;
	default:
		c->count_latched = 0;
		return c->latched_count;
	}
}

static u8 counter_read(struct kvm_pit_channel_state *c)
{
	u16 count;

	if (c->status_latched) {
		c->status_latched = 0;
		return c->status;
	}
	if (c->count_latched)
		return latched_read(c);
	count = count_now(c, ktime_get_ns());
	switch (c->read_state) {
	case BYTE_FIRST:
		c->read_state = BYTE_SECOND;
		return count;
	case BYTE_SECOND:
		c->read_state = BYTE_FIRST;
		return count >> 8;
	case BYTE_HIGH:
		return count >> 8;
	default:
		return count;
	}
}

static u8 speaker_read(const struct hve_pit *pit)
{
	const struct kvm_pit_channel_state *c = &pit->s.channels[2];
	u64 now_ns = ktime_get_ns();

	return (c->gate ? SPEAKER_GATE : 0) |
	       (pit->s.flags & FLAG_SPEAKER_DATA ? SPEAKER_DATA : 0) |
	       (now_ns >> REFRESH_SHIFT & 1 ? SPEAKER_REFRESH : 0) |
	       (out_now(c, now_ns) ? SPEAKER_OUT : 0);
}

static void speaker_write(struct hve_pit *pit, u8 val)
{
	struct kvm_pit_channel_state *c = &pit->s.channels[2];
	bool gate = val & SPEAKER_GATE;

	if (val & SPEAKER_DATA)
		pit->s.flags |= FLAG_SPEAKER_DATA;
	else
		pit->s.flags &= ~FLAG_SPEAKER_DATA;
	/* "GATE": its rising edge starts these modes anew */
	if (gate && !c->gate && c->mode != 0 && c->mode != 4)
		c->count_load_time = ktime_get_ns();
	c->gate = gate;
}

bool hve_pit_owns(u16 port)
{
	return (port & ~3) == PORT_COUNTER0 || port == PORT_SPEAKER;
}

u8 hve_pit_read(struct hve_pit *pit, u16 port)
{
	unsigned long flags;
	u8 val = 0;

	raw_spin_lock_irqsave(&pit->lock, flags);
	if (port == PORT_SPEAKER)
		val = speaker_read(pit);
	else if (port != PORT_CONTROL)
		val = counter_read(&pit->s.channels[port & 3]);
	raw_spin_unlock_irqrestore(&pit->lock, flags);
	return val;
}

void hve_pit_write(struct hve_pit *pit, u16 port, u8 val)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pit->lock, flags);
	if (port == PORT_SPEAKER)
		speaker_write(pit, val);
	else if (port == PORT_CONTROL)
		control_write(pit, val);
	else
		counter_write(pit, port & 3, val);
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}

/* State */

void hve_pit_init(struct hve_pit *pit)
{
	u64 now_ns = ktime_get_ns();
	unsigned int i;

	raw_spin_lock_init(&pit->lock);
	hrtimer_setup(&pit->hrtimer, counter0_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
	pit->reinject = true;
	for (i = 0; i < 3; i++) {
		pit->s.channels[i].mode = 0xff;
		pit->s.channels[i].gate = i != 2;
		pit->s.channels[i].count = FULL_COUNT;
		pit->s.channels[i].count_load_time = now_ns;
	}
	pit->acked = true;
}

void hve_pit_destroy(struct hve_pit *pit)
{
	hrtimer_cancel(&pit->hrtimer);
}

void hve_pit_get(struct hve_pit *pit, struct kvm_pit_state2 *out)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pit->lock, flags);
	*out = pit->s;
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}

void hve_pit_set(struct hve_pit *pit, const struct kvm_pit_state2 *in)
{
	struct kvm_pit_channel_state *c;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&pit->lock, flags);
	pit->s = *in;
	for (i = 0; i < 3; i++) {
		c = &pit->s.channels[i];
		if (!c->count || c->count > FULL_COUNT)
			c->count = FULL_COUNT;
	}
	c = &pit->s.channels[0];
	c->count_load_time = ktime_get_ns();
	counter0_start(pit, c->count_load_time);
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}
