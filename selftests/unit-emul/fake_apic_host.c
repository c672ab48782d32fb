// SPDX-License-Identifier: GPL-2.0
#include "fake_apic_host.h"

#include <linux/timex.h>

#define MAX_TIMERS	64

u64 fake_now_ns;
u64 fake_tsc_offset;
unsigned int fake_kicks;
struct hve_apic *fake_kicked;
int fake_eoi_vector;
unsigned int fake_hrtimer_starts;
u32 fake_acked[2], fake_unmasked[2];
unsigned int fake_rescans, fake_pit_edges;
int fake_pit_taken;
void (*fake_on_ack)(struct hve_chips *chips, enum hve_chip chip,
		    unsigned int pin);

static struct hrtimer *timers[MAX_TIMERS];

void fake_host_reset(void)
{
	unsigned int i;

	for (i = 0; i < MAX_TIMERS; i++)
		timers[i] = NULL;
	fake_now_ns = 1000000;
	fake_tsc_offset = 0;
	fake_kicks = 0;
	fake_kicked = NULL;
	fake_eoi_vector = -1;
	fake_hrtimer_starts = 0;
	fake_acked[0] = 0;
	fake_acked[1] = 0;
	fake_unmasked[0] = 0;
	fake_unmasked[1] = 0;
	fake_rescans = 0;
	fake_pit_edges = 0;
	fake_pit_taken = 1;
	fake_on_ack = NULL;
}

void hve_apic_host_kick(struct hve_apic *apic)
{
	fake_kicks++;
	fake_kicked = apic;
}

void hve_apic_host_eoi(struct hve_apic *apic, u8 vector)
{
	fake_eoi_vector = vector;
}

u64 hve_apic_host_guest_to_host_tsc(struct hve_apic *apic, u64 guest_tsc)
{
	return guest_tsc - fake_tsc_offset;
}

void hve_chips_host_acked(struct hve_chips *chips, enum hve_chip chip,
			  unsigned int pin)
{
	fake_acked[chip] |= 1u << pin;
	if (fake_on_ack)
		fake_on_ack(chips, chip, pin);
}

void hve_chips_host_unmasked(struct hve_chips *chips, enum hve_chip chip,
			     unsigned int pin)
{
	fake_unmasked[chip] |= 1u << pin;
}

void hve_chips_host_rescan(struct hve_chips *chips)
{
	fake_rescans++;
}

int hve_pit_host_line(struct hve_pit *pit, bool level)
{
	fake_pit_edges += level;
	return fake_pit_taken;
}

u64 ktime_get_ns(void)
{
	return fake_now_ns;
}

u64 fake_tsc(void)
{
	return fake_now_ns * (FAKE_TSC_KHZ / 1000000);
}

u64 get_cycles(void)
{
	return fake_tsc();
}

void hrtimer_setup(struct hrtimer *timer,
		   enum hrtimer_restart (*fn)(struct hrtimer *), int clock,
		   enum hrtimer_mode mode)
{
	unsigned int i;

	timer->function = fn;
	timer->queued = false;
	for (i = 0; i < MAX_TIMERS; i++) {
		if (!timers[i] || timers[i] == timer) {
			timers[i] = timer;
			break;
		}
	}
}

void hrtimer_start(struct hrtimer *timer, ktime_t expires,
		   enum hrtimer_mode mode)
{
	fake_hrtimer_starts++;
	timer->expires = expires;
	timer->queued = true;
}

int hrtimer_cancel(struct hrtimer *timer)
{
	bool was = timer->queued;
	unsigned int i;

	timer->queued = false;
	for (i = 0; i < MAX_TIMERS; i++) {
		if (timers[i] == timer)
			timers[i] = NULL;
	}
	return was;
}

void fake_advance_ns(u64 ns)
{
	unsigned int i;

	fake_now_ns += ns;
	for (i = 0; i < MAX_TIMERS; i++) {
		struct hrtimer *t = timers[i];

		if (t && t->queued && (u64)t->expires <= fake_now_ns) {
			t->queued = false;
			if (t->function(t) == HRTIMER_RESTART)
				t->queued = true;
		}
	}
}
