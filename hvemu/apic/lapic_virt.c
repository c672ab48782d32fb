// SPDX-License-Identifier: GPL-2.0
/*
 * Local APIC: hand the registers that deliver interrupts over to a processor
 * that virtualizes them, in a page laid out as the xAPIC's, and take them back.
 *
 * SDM, "Virtual-Interrupt Delivery".  The processor changes IRR, ISR and TPR
 * of the page without locks, so that others keep raising vectors in irr, and
 * the owner moves them over.
 */
#include "apic.h"
#include "private.h"

#include <linux/kernel.h>

#define PAGE_WORD(page, reg, i)	((u32 *)((page) + (reg) + 0x10 * (i)))

/* Move 64 vectors out of irr; return the highest or -1. */
static int move_word(struct hve_apic *apic, void *page, unsigned int w)
{
	unsigned long bits;

	if (!READ_ONCE(apic->irr[w]))
		return -1;
	bits = xchg(&apic->irr[w], 0);
	if (!bits)
		return -1;
	*PAGE_WORD(page, HVE_APIC_IRR, 2 * w) |= (u32)bits;
	*PAGE_WORD(page, HVE_APIC_IRR, 2 * w + 1) |= bits >> 32;
	return w * BITS_PER_LONG + __fls(bits);
}

int hve_apic_virt_irr_out(struct hve_apic *apic, void *page)
{
	int highest = -1, vector;
	unsigned int w;

	WRITE_ONCE(apic->irr_pending, false);
	smp_mb(); /* as in hve_apic_pending_slow() */
	for (w = 0; w < HVE_APIC_WORDS; w++) {
		vector = move_word(apic, page, w);
		if (vector >= 0)
			highest = vector;
	}
	return highest;
}

int hve_apic_virt_out(struct hve_apic *apic, void *page)
{
	unsigned int i;

	*PAGE_WORD(page, HVE_APIC_TPR, 0) = hve_apic_tpr_get(apic);
	for (i = 0; i < HVE_APIC_WORDS; i++) {
		*PAGE_WORD(page, HVE_APIC_ISR, 2 * i) = (u32)apic->isr[i];
		*PAGE_WORD(page, HVE_APIC_ISR, 2 * i + 1) = apic->isr[i] >> 32;
	}
	return hve_apic_isr_highest(apic);
}

static void irr_in(struct hve_apic *apic, void *page)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		u32 *word = PAGE_WORD(page, HVE_APIC_IRR, i);

		/* one by one: others set bits at the same time */
		while (*word) {
			unsigned int bit = __fls(*word);

			set_bit(32 * i + bit, apic->irr);
			*word &= ~BIT(bit);
			any = true;
		}
	}
	if (any)
		WRITE_ONCE(apic->irr_pending, true);
}

void hve_apic_virt_in(struct hve_apic *apic, void *page, u8 rvi, u8 svi)
{
	u8 tpr = *PAGE_WORD(page, HVE_APIC_TPR, 0);
	unsigned int i;

	if (rvi)
		irr_in(apic, page);
	if (likely(!svi && !apic->isr_words)) {
		if (unlikely(tpr != hve_apic_tpr_get(apic)))
			hve_apic_tpr_set(apic, tpr);
		return;
	}
	apic_reg_set(apic, HVE_APIC_TPR, tpr);
	for (i = 0; i < HVE_APIC_WORDS; i++)
		apic->isr[i] = *PAGE_WORD(page, HVE_APIC_ISR, 2 * i) |
			       (unsigned long)*PAGE_WORD(page, HVE_APIC_ISR,
							 2 * i + 1) << 32;
	hve_apic_isr_changed(apic);
}

u8 hve_apic_virt_eoi(void *page, u8 svi)
{
	int i = svi / 32;

	*PAGE_WORD(page, HVE_APIC_ISR, i) &= ~BIT(svi % 32);
	for (; i >= 0; i--) {
		u32 word = *PAGE_WORD(page, HVE_APIC_ISR, i);

		if (word)
			return i * 32 + __fls(word);
	}
	return 0;
}

bool hve_apic_virt_possible(const struct hve_apic *apic)
{
	return apic->mode == HVE_APIC_X2APIC && !READ_ONCE(apic->auto_eoi_used);
}
