// SPDX-License-Identifier: GPL-2.0
/*
 * Local APIC: the registers as the guest reads and writes them.
 *
 * SDM, "Advanced Programmable Interrupt Controller (APIC)" and "Extended XAPIC
 * (x2APIC)".  All is the owner's, in or out of a window.
 */
#include "apic.h"
#include "private.h"

#include <linux/kernel.h>
#include <linux/string.h>

/* Bits 12 and 13 of ICR are not to be relied on but may be written back. */
#define X2_ICR_RESERVED		0xfff32000u

/* What is writable in LVT entries, and what is there but read-only. */
#define LVT_COMMON		(LAPIC_LVT_MASKED | LAPIC_VECTOR_MASK)
#define LVT_READONLY		(LAPIC_BUSY | 0x4000u)

const struct hve_apic_lvt hve_apic_lvts[HVE_APIC_NR_LVTS] = {
	{ HVE_APIC_LVT_TIMER,	LVT_COMMON | LAPIC_LVT_TIMER_MODE },
	{ HVE_APIC_LVT_THERMAL,	LVT_COMMON | LAPIC_DM_MASK },
	{ HVE_APIC_LVT_PERF,	LVT_COMMON | LAPIC_DM_MASK },
	{ HVE_APIC_LVT_LINT0,	LVT_COMMON | LAPIC_DM_MASK | 0xa000u },
	{ HVE_APIC_LVT_LINT1,	LVT_COMMON | LAPIC_DM_MASK | 0xa000u },
	{ HVE_APIC_LVT_ERROR,	LVT_COMMON },
	{ HVE_APIC_LVT_CMCI,	LVT_COMMON | LAPIC_DM_MASK },
};

void hve_apic_svr_set(struct hve_apic *apic, u32 val)
{
	apic_reg_set(apic, HVE_APIC_SVR, val);
	WRITE_ONCE(apic->sw_enabled, val & LAPIC_SVR_ENABLE);
}

/* "The mask bits for all the LVT entries are set" while software disabled. */
static void svr_write(struct hve_apic *apic, u32 val)
{
	unsigned int i;

	hve_apic_svr_set(apic, val & LAPIC_SVR_WRITABLE);
	if (val & LAPIC_SVR_ENABLE)
		return;
	for (i = 0; i < apic_nr_lvts(apic); i++)
		apic_reg_set(apic, hve_apic_lvts[i].offset,
			     apic_reg(apic, hve_apic_lvts[i].offset) |
			     LAPIC_LVT_MASKED);
}

u32 hve_apic_lvt_writable(const struct hve_apic *apic, unsigned int i)
{
	u32 mask = hve_apic_lvts[i].writable;

	if (i == 0 && !apic->has_deadline)
		mask &= ~LAPIC_LVT_DEADLINE;
	return mask;
}

static void lvt_write(struct hve_apic *apic, unsigned int i, u32 val)
{
	if (!apic->sw_enabled)
		val |= LAPIC_LVT_MASKED;
	val &= hve_apic_lvt_writable(apic, i);
	if (i == 0)
		hve_apic_timer_lvt_write(apic, val);
	apic_reg_set(apic, hve_apic_lvts[i].offset, val);
}

/* The entries lie one after the other, but for the last. */
static int lvt_find(const struct hve_apic *apic, u32 offset)
{
	u32 i = (offset - HVE_APIC_LVT_TIMER) >> 4;

	if (offset == HVE_APIC_LVT_CMCI && apic->has_cmci)
		return HVE_APIC_LVT_INDEX_CMCI;
	return i < HVE_APIC_LVT_INDEX_CMCI ? i : -1;
}

static void esr_write(struct hve_apic *apic)
{
	apic_reg_set(apic, HVE_APIC_ESR, xchg(&apic->esr_pending, 0));
}

/* Bitmap registers ISR, TMR, IRR: 32 bits of each at intervals of 16 bytes. */
static u32 bitmap_reg(const unsigned long *map, u32 offset)
{
	unsigned int bit = (offset & 0x70) * 2;

	return READ_ONCE(map[bit / BITS_PER_LONG]) >> (bit % BITS_PER_LONG);
}

/* Registers both modes have; false: there is no such register. */
static bool reg_read(struct hve_apic *apic, u32 offset, u32 *val)
{
	switch (offset) {
	case HVE_APIC_ID:
	case HVE_APIC_TPR:
	case HVE_APIC_LDR:
	case HVE_APIC_SVR:
	case HVE_APIC_ESR:
	case HVE_APIC_LVT_TIMER:
	case HVE_APIC_LVT_THERMAL:
	case HVE_APIC_LVT_PERF:
	case HVE_APIC_LVT_LINT0:
	case HVE_APIC_LVT_LINT1:
	case HVE_APIC_LVT_ERROR:
	case HVE_APIC_ICR:
	case HVE_APIC_TMICT:
	case HVE_APIC_TDCR:
		*val = apic_reg(apic, offset);
		return true;
	case HVE_APIC_LVT_CMCI:
		*val = apic_reg(apic, offset);
		return apic->has_cmci;
	case HVE_APIC_VERSION:
		*val = apic_version(apic);
		return true;
	case HVE_APIC_PPR:
		*val = apic->ppr;
		return true;
	case HVE_APIC_ISR ... HVE_APIC_ISR + 0x70:
		*val = bitmap_reg(apic->isr, offset);
		return true;
	case HVE_APIC_TMR ... HVE_APIC_TMR + 0x70:
		*val = bitmap_reg(apic->tmr, offset);
		return true;
	case HVE_APIC_IRR ... HVE_APIC_IRR + 0x70:
		*val = bitmap_reg(apic->irr, offset);
		return true;
	case HVE_APIC_TMCCT:
		*val = hve_apic_timer_count_read(apic);
		return true;
	}
	return false;
}

/* Registers both modes have and that are writable. */
static bool reg_write(struct hve_apic *apic, u32 offset, u32 val)
{
	int lvt;

	switch (offset) {
	case HVE_APIC_TPR:
		hve_apic_tpr_set(apic, val);
		return true;
	case HVE_APIC_EOI:
		hve_apic_eoi(apic);
		return true;
	case HVE_APIC_SVR:
		svr_write(apic, val);
		return true;
	case HVE_APIC_ESR:
		esr_write(apic);
		return true;
	case HVE_APIC_TMICT:
		hve_apic_timer_initial_write(apic, val);
		return true;
	case HVE_APIC_TDCR:
		hve_apic_timer_divide_write(apic, val & LAPIC_TDCR_WRITABLE);
		return true;
	}
	lvt = lvt_find(apic, offset);
	if (lvt < 0)
		return false;
	lvt_write(apic, lvt, val);
	return true;
}

/* SDM, "Interrupt Command Register (ICR)" */
static void icr_send(struct hve_apic *apic, u32 low, u32 dest, bool x2)
{
	struct hve_apic_msg msg = {
		.dest = dest,
		.vector = low & LAPIC_VECTOR_MASK,
		.dm = (low & LAPIC_DM_MASK) >> LAPIC_DM_SHIFT,
		.shorthand = (low >> LAPIC_SHORTHAND_SHIFT) & 3,
		.logical = low & LAPIC_DEST_LOGICAL,
		.level_trig = low & LAPIC_LEVEL_TRIG,
		.assert = low & LAPIC_LEVEL_ASSERT,
		.x2 = x2,
	};

	if (msg.dm <= HVE_APIC_DM_LOWEST) {
		/* IPIs are edge triggered whatever bit 15 says. */
		msg.level_trig = false;
		if (msg.vector < LAPIC_FIRST_VECTOR) {
			hve_apic_error_raise(apic, LAPIC_ESR_SEND_ILLEGAL);
			return;
		}
	}
	hve_apic_send(apic->bus, apic, &msg);
}

u64 hve_apic_icr_read(const struct hve_apic *apic)
{
	return apic_reg(apic, HVE_APIC_ICR) |
	       (u64)apic_reg(apic, HVE_APIC_ICR2) << 32;
}

int hve_apic_icr_write(struct hve_apic *apic, u64 icr)
{
	/* Delivery takes no time: never busy. */
	u32 low = (u32)icr & ~LAPIC_BUSY;
	u32 high = icr >> 32;

	if (likely(apic->mode == HVE_APIC_X2APIC)) {
		if (low & X2_ICR_RESERVED)
			return -1;
		apic_reg_set(apic, HVE_APIC_ICR, low);
		apic_reg_set(apic, HVE_APIC_ICR2, high);
		if (!hve_apic_send_fast(apic, low, high))
			icr_send(apic, low, high, true);
		return 0;
	}
	apic_reg_set(apic, HVE_APIC_ICR, low);
	apic_reg_set(apic, HVE_APIC_ICR2, high & LAPIC_ICR_DEST_MASK);
	if (apic->mode == HVE_APIC_XAPIC)
		icr_send(apic, low, high >> 24, false);
	return 0;
}

static int self_ipi_write(struct hve_apic *apic, u64 val)
{
	if (val & ~(u64)LAPIC_VECTOR_MASK)
		return -1;
	if (val < LAPIC_FIRST_VECTOR)
		hve_apic_error_raise(apic, LAPIC_ESR_SEND_ILLEGAL);
	else
		hve_apic_irr_raise(apic, val, 0);
	return 0;
}

/* SDM, "Reserved Bit Checking" of x2APIC registers; read-only bits pass. */
static u32 x2_reserved(const struct hve_apic *apic, u32 offset)
{
	int lvt = lvt_find(apic, offset);

	if (lvt >= 0)
		return ~(hve_apic_lvt_writable(apic, lvt) | LVT_READONLY);
	switch (offset) {
	case HVE_APIC_SVR:
		return ~LAPIC_SVR_WRITABLE;
	case HVE_APIC_ESR:
		return ~0u;
	case HVE_APIC_TDCR:
		return ~LAPIC_TDCR_WRITABLE;
	}
	return 0;
}

int hve_apic_msr_read(struct hve_apic *apic, u32 msr, u64 *val)
{
	u32 offset = (msr - 0x800) << 4;
	u32 reg;

	if (apic->mode != HVE_APIC_X2APIC || msr < 0x800 || msr > 0x83f)
		return -1;
	if (offset == HVE_APIC_ICR) {
		*val = hve_apic_icr_read(apic);
		return 0;
	}
	if (!reg_read(apic, offset, &reg))
		return -1;
	*val = reg;
	return 0;
}

int hve_apic_msr_write(struct hve_apic *apic, u32 msr, u64 val)
{
	u32 offset = (msr - 0x800) << 4;

	if (apic->mode != HVE_APIC_X2APIC || msr < 0x800 || msr > 0x83f)
		return -1;
	switch (offset) {
	case HVE_APIC_EOI:
		if (val)
			return -1;
		hve_apic_eoi(apic);
		return 0;
	case HVE_APIC_TPR:
		if (val & ~0xffull)
			return -1;
		hve_apic_tpr_set(apic, val);
		return 0;
	case HVE_APIC_ICR:
		return hve_apic_icr_write(apic, val);
	case HVE_APIC_SELF_IPI:
		return self_ipi_write(apic, val);
	}
	if (val >> 32 || (u32)val & x2_reserved(apic, offset))
		return -1;
	return reg_write(apic, offset, val) ? 0 : -1;
}

void hve_apic_mmio_read(struct hve_apic *apic, u32 offset, u32 len, void *data)
{
	u32 pos = offset & 0xf;
	u32 val = 0;

	memset(data, 0, len);
	if (pos + len > sizeof(val))
		return;
	switch (offset & 0xff0) {
	case HVE_APIC_APR:
	case HVE_APIC_RRD:
	case HVE_APIC_EOI:
		break;
	case HVE_APIC_DFR:
	case HVE_APIC_ICR2:
		val = apic_reg(apic, offset & 0xff0);
		break;
	default:
		if (!reg_read(apic, offset & 0xff0, &val))
			hve_apic_error_raise(apic, LAPIC_ESR_ILLEGAL_REG);
		break;
	}
	memcpy(data, (u8 *)&val + pos, len);
}

/* Id and logical id of xAPIC mode: others look at them to find a target. */
void hve_apic_xapic_ids_set(struct hve_apic *apic, u32 id, u32 ldr)
{
	hve_apic_account_begin(apic);
	apic_reg_set(apic, HVE_APIC_ID, id);
	apic_reg_set(apic, HVE_APIC_LDR, ldr);
	hve_apic_account_end(apic);
}

void hve_apic_mmio_write(struct hve_apic *apic, u32 offset, u32 len,
			 const void *data)
{
	u32 val;

	if (len != sizeof(val) || offset & 0xf)
		return;
	memcpy(&val, data, sizeof(val));
	switch (offset) {
	case HVE_APIC_ID:
		hve_apic_xapic_ids_set(apic, val & 0xff000000,
				       apic_reg(apic, HVE_APIC_LDR));
		break;
	case HVE_APIC_LDR:
		apic_reg_set(apic, HVE_APIC_LDR, val & 0xff000000);
		break;
	case HVE_APIC_DFR:
		apic_reg_set(apic, HVE_APIC_DFR, val | 0x0fffffff);
		break;
	case HVE_APIC_ICR2:
		apic_reg_set(apic, HVE_APIC_ICR2, val & LAPIC_ICR_DEST_MASK);
		break;
	case HVE_APIC_ICR:
		hve_apic_icr_write(apic, val |
				   (u64)apic_reg(apic, HVE_APIC_ICR2) << 32);
		break;
	case HVE_APIC_VERSION:
	case HVE_APIC_APR:
	case HVE_APIC_PPR:
	case HVE_APIC_RRD:
	case HVE_APIC_ISR ... HVE_APIC_IRR + 0x70:
	case HVE_APIC_TMCCT:
		break;
	default:
		if (!reg_write(apic, offset, val))
			hve_apic_error_raise(apic, LAPIC_ESR_ILLEGAL_REG);
		break;
	}
}
