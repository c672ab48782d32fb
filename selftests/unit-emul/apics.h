/* SPDX-License-Identifier: GPL-2.0 */
/* A bus with up to 20 APICs, and ways to their registers. */
#ifndef UNIT_EMUL_APICS_H
#define UNIT_EMUL_APICS_H

#include "fake_apic_host.h"
#include "ktap.h"

#include <string.h>

#include "apic/private.h"

#define NR	20

static struct hve_apic_bus bus;
static struct hve_apic apics[NR];

static inline void mmio_w(struct hve_apic *a, u32 offset, u32 val)
{
	hve_apic_mmio_write(a, offset, 4, &val);
}

static inline u32 mmio_r(struct hve_apic *a, u32 offset)
{
	u32 val;

	hve_apic_mmio_read(a, offset, 4, &val);
	return val;
}

static inline u64 msr_r(struct hve_apic *a, u32 msr)
{
	u64 val = ~0ull;

	EXPECT_EQ(hve_apic_msr_read(a, msr, &val), 0);
	return val;
}

static inline void x2apic(struct hve_apic *a)
{
	EXPECT_EQ(hve_apic_base_set(a, a->base | HVE_APIC_BASE_EXTD, false), 0);
}

static inline void enable(struct hve_apic *a)
{
	if (a->mode == HVE_APIC_X2APIC)
		EXPECT_EQ(hve_apic_msr_write(a, 0x80f, 0x1ff), 0);
	else
		mmio_w(a, HVE_APIC_SVR, 0x1ff);
}

static inline void setup(unsigned int nr, bool x2)
{
	unsigned int i;

	fake_host_reset();
	memset(&bus, 0, sizeof(bus));
	memset(apics, 0, sizeof(apics));
	EXPECT_EQ(hve_apic_bus_init(&bus, FAKE_TSC_KHZ), 0);
	for (i = 0; i < nr; i++) {
		hve_apic_init(&apics[i], &bus, i, i == 0);
		EXPECT_EQ(hve_apic_attach(&apics[i]), 0);
		if (x2)
			x2apic(&apics[i]);
		enable(&apics[i]);
	}
}

static inline void teardown(void)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		hve_apic_destroy(&apics[i]);
	EXPECT_EQ(atomic_read(&bus.nr_xapic), 0);
	EXPECT_EQ(atomic_read(&bus.nr_odd), 0);
	hve_apic_bus_destroy(&bus);
}

/* Which APICs have @vector in IRR, as a mask; clears it */
static inline u32 who(u8 vector)
{
	u32 mask = 0;
	unsigned int i;

	for (i = 0; i < NR; i++) {
		if (apics[i].bus && test_bit(vector, apics[i].irr)) {
			mask |= 1u << i;
			clear_bit(vector, apics[i].irr);
		}
	}
	return mask;
}

#endif
