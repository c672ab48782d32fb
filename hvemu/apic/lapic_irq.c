// SPDX-License-Identifier: GPL-2.0
/*
 * Local APIC: vectors and their priorities, events, the LINT pins.
 *
 * SDM, "Handling Interrupts".  hve_apic_irr_raise() and what is above it in the
 * call tree run in any context, hardirq included; the rest is the owner's.
 */
#include "apic.h"
#include "private.h"

#include <linux/kernel.h>

static int highest_bit(const unsigned long *map)
{
	int i;

	for (i = HVE_APIC_WORDS - 1; i >= 0; i--) {
		unsigned long word = READ_ONCE(map[i]);

		if (word)
			return i * BITS_PER_LONG + __fls(word);
	}
	return -1;
}

int hve_apic_isr_highest(const struct hve_apic *apic)
{
	unsigned int i;

	if (!apic->isr_words)
		return -1;
	i = __fls(apic->isr_words);
	return i * BITS_PER_LONG + __fls(apic->isr[i]);
}

/* After a change of isr as a whole. */
void hve_apic_isr_changed(struct hve_apic *apic)
{
	unsigned int i;

	apic->isr_words = 0;
	for (i = 0; i < HVE_APIC_WORDS; i++) {
		if (apic->isr[i])
			apic->isr_words |= BIT(i);
	}
	hve_apic_ppr_update(apic);
}

static void isr_clear(struct hve_apic *apic, unsigned int vector)
{
	unsigned int i = vector / BITS_PER_LONG;

	__clear_bit(vector, apic->isr);
	if (!apic->isr[i])
		apic->isr_words &= ~BIT(i);
}

/* SDM, "Task and Processor Priorities" */
void hve_apic_ppr_update(struct hve_apic *apic)
{
	u8 tpr = hve_apic_tpr_get(apic);
	int isrv = hve_apic_isr_highest(apic);
	u8 ppr = tpr;

	if (isrv >= 0 && (isrv & 0xf0) > (tpr & 0xf0))
		ppr = isrv & 0xf0;
	WRITE_ONCE(apic->ppr, ppr);
}

int hve_apic_irr_highest(const struct hve_apic *apic)
{
	return highest_bit(apic->irr);
}

static bool irr_is_empty(const struct hve_apic *apic)
{
	unsigned long any = 0;
	unsigned int i;

	for (i = 0; i < HVE_APIC_WORDS; i++)
		any |= READ_ONCE(apic->irr[i]);
	return !any;
}

int hve_apic_pending_slow(struct hve_apic *apic)
{
	int vector;

	if (irr_is_empty(apic)) {
		/*
		 * Pairs with the locked operation on irr in
		 * hve_apic_irr_raise(): either its bit is seen here, or its
		 * store to irr_pending comes after this one.
		 */
		WRITE_ONCE(apic->irr_pending, false);
		smp_mb(); /* store above before the loads of irr below */
		if (irr_is_empty(apic))
			return -1;
		WRITE_ONCE(apic->irr_pending, true);
	}
	vector = highest_bit(apic->irr);
	if (!apic_is_on(apic) || (vector & 0xf0) <= (apic->ppr & 0xf0))
		return -1;
	return vector;
}

/* As hve_apic_irq_set(), without the kick. */
int hve_apic_irr_raise(struct hve_apic *apic, u8 vector, u32 flags)
{
	bool level = flags & HVE_APIC_IRQ_LEVEL;

	/* "Local APIC State After It Has Been Software Disabled" */
	if (unlikely(!apic_is_on(apic) || !READ_ONCE(apic->sw_enabled)))
		return -1;
	if (unlikely(vector < LAPIC_FIRST_VECTOR)) {
		hve_apic_error_raise(apic, LAPIC_ESR_RECV_ILLEGAL);
		return -1;
	}

	if (unlikely(level != test_bit(vector, apic->tmr))) {
		if (level)
			set_bit(vector, apic->tmr);
		else
			clear_bit(vector, apic->tmr);
	}
	if (flags & HVE_APIC_IRQ_AUTO_EOI) {
		WRITE_ONCE(apic->auto_eoi_used, true);
		set_bit(vector, apic->auto_eoi);
	}

	if (test_and_set_bit(vector, apic->irr))
		return 0;
	WRITE_ONCE(apic->irr_pending, true);
	return 1;
}

int hve_apic_irq_set(struct hve_apic *apic, u8 vector, u32 flags)
{
	int ret = hve_apic_irr_raise(apic, vector, flags);

	if (ret > 0)
		hve_apic_host_kick(apic);
	return ret;
}

/* SDM, "Error Handling"; an illegal error vector raises nothing. */
void hve_apic_error_raise(struct hve_apic *apic, unsigned int esr_bit)
{
	u32 lvt = apic_reg(apic, HVE_APIC_LVT_ERROR);
	u8 vector = lvt & LAPIC_VECTOR_MASK;

	set_bit(esr_bit, &apic->esr_pending);
	if (!(lvt & LAPIC_LVT_MASKED) && vector >= LAPIC_FIRST_VECTOR)
		hve_apic_irq_set(apic, vector, 0);
}

void hve_apic_accept(struct hve_apic *apic, u8 vector)
{
	clear_bit(vector, apic->irr);
	if (unlikely(test_bit(vector, apic->auto_eoi))) {
		clear_bit(vector, apic->auto_eoi);
		return;
	}
	__set_bit(vector, apic->isr);
	apic->isr_words |= BIT(vector / BITS_PER_LONG);
	/* It was above everything in service and above TPR. */
	if ((vector & 0xf0) > (apic->ppr & 0xf0))
		WRITE_ONCE(apic->ppr, vector & 0xf0);
}

int hve_apic_eoi(struct hve_apic *apic)
{
	int vector = hve_apic_isr_highest(apic);

	if (vector < 0)
		return -1;
	isr_clear(apic, vector);
	hve_apic_ppr_update(apic);
	if (unlikely(hve_apic_eoi_is_told(apic, vector)))
		hve_apic_host_eoi(apic, vector);
	return vector;
}

bool hve_apic_eoi_needs_host(const struct hve_apic *apic)
{
	int vector = hve_apic_isr_highest(apic);

	return vector >= 0 && hve_apic_eoi_is_told(apic, vector);
}

void hve_apic_tpr_set(struct hve_apic *apic, u8 tpr)
{
	apic_reg_set(apic, HVE_APIC_TPR, tpr);
	hve_apic_ppr_update(apic);
}

void hve_apic_nmi_set(struct hve_apic *apic)
{
	set_bit(HVE_APIC_EV_NMI, &apic->events);
	hve_apic_host_kick(apic);
}

void hve_apic_cmci_set(struct hve_apic *apic, bool has)
{
	apic->has_cmci = has;
	apic_reg_set(apic, HVE_APIC_LVT_CMCI, has ? LAPIC_LVT_MASKED : 0);
}

void hve_apic_cmci_raise(struct hve_apic *apic)
{
	u32 lvt = apic_reg(apic, HVE_APIC_LVT_CMCI);
	struct hve_apic_msg msg = {
		.vector = lvt & LAPIC_VECTOR_MASK,
		.dm = (lvt & LAPIC_DM_MASK) >> LAPIC_DM_SHIFT,
		.assert = true,
	};

	if (!apic->has_cmci || !apic_is_on(apic) || lvt & LAPIC_LVT_MASKED)
		return;
	/* SDM, "Valid Interrupt Vectors": fixed, SMI and NMI are */
	if (msg.dm == HVE_APIC_DM_FIXED || msg.dm == HVE_APIC_DM_NMI)
		hve_apic_deliver(apic, NULL, &msg);
}

/* A disabled APIC passes LINT0 on as INTR and LINT1 as NMI. */
void hve_apic_lint_set(struct hve_apic *apic, unsigned int lint)
{
	u32 lvt = apic_reg(apic, lint ? HVE_APIC_LVT_LINT1 : HVE_APIC_LVT_LINT0);
	struct hve_apic_msg msg = {
		.vector = lvt & LAPIC_VECTOR_MASK,
		.dm = (lvt & LAPIC_DM_MASK) >> LAPIC_DM_SHIFT,
		.level_trig = lvt & LAPIC_LEVEL_TRIG,
		.assert = true,
	};

	if (!apic_is_on(apic))
		msg.dm = lint ? HVE_APIC_DM_NMI : HVE_APIC_DM_EXTINT;
	else if (lvt & LAPIC_LVT_MASKED)
		return;
	if (msg.dm != HVE_APIC_DM_LOWEST && msg.dm != HVE_APIC_DM_SIPI)
		hve_apic_deliver(apic, NULL, &msg);
}

bool hve_apic_accepts_extint(const struct hve_apic *apic)
{
	u32 lvt = apic_reg(apic, HVE_APIC_LVT_LINT0);

	return !apic_is_on(apic) ||
	       (lvt & (LAPIC_LVT_MASKED | LAPIC_DM_MASK)) ==
	       HVE_APIC_DM_EXTINT << LAPIC_DM_SHIFT;
}

u32 hve_apic_events_take(struct hve_apic *apic, u32 mask, u8 *sipi_vector)
{
	u32 seen = READ_ONCE(apic->events) & mask;
	u32 taken = 0;
	unsigned int i;

	for (i = 0; seen >> i; i++) {
		if (seen & BIT(i) && test_and_clear_bit(i, &apic->events))
			taken |= BIT(i);
	}
	/* test_and_clear_bit() orders this after the bit. */
	if (taken & BIT(HVE_APIC_EV_SIPI))
		*sipi_vector = READ_ONCE(apic->sipi_vector);
	return taken;
}
