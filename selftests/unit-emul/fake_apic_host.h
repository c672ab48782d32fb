/* SPDX-License-Identifier: GPL-2.0 */
/* The host below apic/: a clock that the test moves, and counters of calls. */
#ifndef UNIT_EMUL_FAKE_APIC_HOST_H
#define UNIT_EMUL_FAKE_APIC_HOST_H

#include "apic/apic.h"

#define FAKE_TSC_KHZ	2000000u	/* two ticks a nanosecond */

extern u64 fake_now_ns;
extern u64 fake_tsc_offset;	/* guest TSC minus host TSC */
extern unsigned int fake_kicks;
extern struct hve_apic *fake_kicked;
extern int fake_eoi_vector;
extern unsigned int fake_hrtimer_starts;

u64 fake_tsc(void);
/* Move the clock; due hrtimers are called. */
void fake_advance_ns(u64 ns);
void fake_host_reset(void);

#endif
