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

/* What the chips told, pins as a mask by enum hve_chip. */
extern u32 fake_acked[2], fake_unmasked[2];
extern unsigned int fake_rescans;
extern void (*fake_on_ack)(struct hve_chips *chips, enum hve_chip chip,
			   unsigned int pin);
/* Rising edges of the PIT, and what the controllers answer. */
extern unsigned int fake_pit_edges;
extern int fake_pit_taken;

u64 fake_tsc(void);
/* Move the clock; due hrtimers are called. */
void fake_advance_ns(u64 ns);
void fake_host_reset(void);

#endif
