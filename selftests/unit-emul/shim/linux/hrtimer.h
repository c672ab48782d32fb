/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: what apic/ and emul/ use of <linux/hrtimer.h>. */
#ifndef SHIM_LINUX_HRTIMER_H
#define SHIM_LINUX_HRTIMER_H

#include <linux/ktime.h>
#include <time.h>

enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode { HRTIMER_MODE_ABS_HARD };

struct hrtimer {
	enum hrtimer_restart (*function)(struct hrtimer *timer);
	ktime_t expires;
	bool queued;
};

void hrtimer_setup(struct hrtimer *timer,
		   enum hrtimer_restart (*fn)(struct hrtimer *), int clock,
		   enum hrtimer_mode mode);
void hrtimer_start(struct hrtimer *timer, ktime_t expires,
		   enum hrtimer_mode mode);
int hrtimer_cancel(struct hrtimer *timer);

static inline void hrtimer_set_expires(struct hrtimer *timer, ktime_t expires)
{
	timer->expires = expires;
}

#endif
