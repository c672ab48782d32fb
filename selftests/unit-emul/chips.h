/* SPDX-License-Identifier: GPL-2.0 */
/* Controllers on a bus with two APICs. */
#ifndef UNIT_EMUL_CHIPS_H
#define UNIT_EMUL_CHIPS_H

#include "apics.h"

static struct hve_chips chips;

static inline void chips_setup(void)
{
	setup(2, true);
	memset(&chips, 0, sizeof(chips));
	hve_chips_init(&chips, &bus);
}

static inline void ioapic_w(u32 reg, u32 val)
{
	hve_ioapic_write(&chips, 0xfec00000, 4, &reg);
	hve_ioapic_write(&chips, 0xfec00010, 4, &val);
}

static inline u32 ioapic_r(u32 reg)
{
	u32 val = 0;

	hve_ioapic_write(&chips, 0xfec00000, 4, &reg);
	hve_ioapic_read(&chips, 0xfec00010, 4, &val);
	return val;
}

static inline u64 entry_r(unsigned int pin)
{
	return ioapic_r(0x10 + 2 * pin) | (u64)ioapic_r(0x11 + 2 * pin) << 32;
}

static inline void entry_w(unsigned int pin, u64 entry)
{
	ioapic_w(0x11 + 2 * pin, entry >> 32);
	ioapic_w(0x10 + 2 * pin, entry);
}

#endif
