// SPDX-License-Identifier: GPL-2.0
/*
 * Local APIC: power-up, reset, the modes of IA32_APIC_BASE, save and restore.
 *
 * SDM, "Local APIC State" and "Local APIC State Transitions".  All is the
 * owner's; the page format is that of KVM_GET_LAPIC.
 */
#include "apic.h"
#include "private.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/string.h>

#define SVR_RESET		0x000000ffu

static void mode_ids_set(struct hve_apic *apic, u8 mode)
{
	hve_apic_account_begin(apic);
	WRITE_ONCE(apic->mode, mode);
	if (mode == HVE_APIC_X2APIC) {
		apic_reg_set(apic, HVE_APIC_ID, apic->id);
		apic_reg_set(apic, HVE_APIC_LDR, apic_x2_ldr(apic->id));
	} else {
		apic_reg_set(apic, HVE_APIC_ID, apic->id << 24);
		apic_reg_set(apic, HVE_APIC_LDR, 0);
	}
	hve_apic_account_end(apic);
}

/* SDM, "Local APIC State After Power-Up or Reset"; mode and ids stay. */
static void regs_reset(struct hve_apic *apic)
{
	unsigned int i;

	hve_apic_timer_stop(apic);
	apic->timer.deadline = 0;
	for (i = 0; i < HVE_APIC_WORDS; i++) {
		WRITE_ONCE(apic->irr[i], 0);
		WRITE_ONCE(apic->tmr[i], 0);
		WRITE_ONCE(apic->auto_eoi[i], 0);
		apic->isr[i] = 0;
	}
	WRITE_ONCE(apic->irr_pending, false);
	WRITE_ONCE(apic->esr_pending, 0);
	apic->arb = 0;

	for (i = 0; i < ARRAY_SIZE(apic->regs); i++) {
		if (i != HVE_APIC_ID >> 4 && i != HVE_APIC_LDR >> 4)
			WRITE_ONCE(apic->regs[i], 0);
	}
	for (i = 0; i < apic_nr_lvts(apic); i++)
		apic_reg_set(apic, hve_apic_lvts[i].offset, LAPIC_LVT_MASKED);
	/*
	 * Firmware that never touches the APIC expects interrupts of the PIC:
	 * processors leave RESET with LINT0 masked, but KVM does not, and VMMs
	 * rely on it.
	 */
	if (apic->bsp)
		apic_reg_set(apic, HVE_APIC_LVT_LINT0,
			     HVE_APIC_DM_EXTINT << LAPIC_DM_SHIFT);
	apic_reg_set(apic, HVE_APIC_DFR, 0xffffffff);
	hve_apic_svr_set(apic, SVR_RESET);
	if (apic->mode != HVE_APIC_X2APIC)
		apic_reg_set(apic, HVE_APIC_LDR, 0);
	hve_apic_isr_changed(apic);
}

void hve_apic_reset(struct hve_apic *apic, bool init)
{
	if (!init) {
		u64 base = HVE_APIC_DEFAULT_BASE | HVE_APIC_BASE_EN;

		if (apic->bsp)
			base |= HVE_APIC_BASE_BSP;
		WRITE_ONCE(apic->base, base);
		mode_ids_set(apic, HVE_APIC_XAPIC);
		WRITE_ONCE(apic->events, 0);
		apic->sipi_vector = 0;
	}
	regs_reset(apic);
}

void hve_apic_init(struct hve_apic *apic, struct hve_apic_bus *bus, u32 id,
		   bool bsp)
{
	apic->bus = bus;
	apic->id = id;
	apic->bsp = bsp;
	apic->maxphyaddr = 36;
	apic->has_x2apic = true;
	apic->has_deadline = true;
	hve_apic_timer_init(apic);
	hve_apic_reset(apic, false);
}

void hve_apic_cpuid_set(struct hve_apic *apic, u8 maxphyaddr, bool has_x2apic,
			bool has_deadline)
{
	apic->maxphyaddr = clamp_t(u8, maxphyaddr, 32, 52);
	apic->has_x2apic = has_x2apic;
	apic->has_deadline = has_deadline;
}

/* SDM, "Local APIC State Transitions" */
int hve_apic_base_set(struct hve_apic *apic, u64 val, bool host)
{
	u64 reserved = ~0ull << apic->maxphyaddr | 0x2ff;
	u8 old = apic->mode;
	u8 new = (val >> 10) & 3;

	if (!apic->has_x2apic)
		reserved |= HVE_APIC_BASE_EXTD;
	if (val & reserved || new == HVE_APIC_INVALID)
		return host ? -EINVAL : -1;
	if (!host && ((old == HVE_APIC_X2APIC && new == HVE_APIC_XAPIC) ||
		      (old == HVE_APIC_DISABLED && new == HVE_APIC_X2APIC)))
		return -1;

	WRITE_ONCE(apic->base, val);
	if (new == old)
		return 0;
	mode_ids_set(apic, new);
	if (new == HVE_APIC_DISABLED && !host)
		regs_reset(apic);
	return 0;
}

static u32 page_get(const struct kvm_lapic_state *s, u32 offset)
{
	u32 val;

	memcpy(&val, s->regs + offset, sizeof(val));
	return val;
}

static void page_set(struct kvm_lapic_state *s, u32 offset, u32 val)
{
	memcpy(s->regs + offset, &val, sizeof(val));
}

static void bitmap_save(struct kvm_lapic_state *s, u32 offset,
			const unsigned long *map)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		page_set(s, offset + i * 16, READ_ONCE(map[i / 2]) >> i % 2 * 32);
}

static void bitmap_restore(const struct kvm_lapic_state *s, u32 offset,
			   unsigned long *map)
{
	unsigned int i;

	for (i = 0; i < HVE_APIC_WORDS; i++)
		WRITE_ONCE(map[i], page_get(s, offset + i * 32) |
				   (u64)page_get(s, offset + i * 32 + 16) << 32);
}

/* Registers that are saved and restored as they are, but for @writable. */
static const struct {
	u32 offset;
	u32 writable;
} plain_regs[] = {
	{ HVE_APIC_TPR,		0xff },
	{ HVE_APIC_ESR,		0xff },
	{ HVE_APIC_ICR,		~LAPIC_BUSY },
	{ HVE_APIC_ICR2,	0xffffffff },
	{ HVE_APIC_TMICT,	0xffffffff },
	{ HVE_APIC_TDCR,	LAPIC_TDCR_WRITABLE },
};

/* AUTO_EOI of pending vectors has no register: it is in a hole beside IRR. */
#define AUTO_EOI_OFFSET		(HVE_APIC_IRR + 4)

void hve_apic_state_get(struct hve_apic *apic, struct kvm_lapic_state *s)
{
	u32 id = apic_reg(apic, HVE_APIC_ID);
	unsigned int i;

	memset(s, 0, sizeof(*s));
	if (apic->mode == HVE_APIC_X2APIC && !apic->bus->ids_32bit)
		id <<= 24;
	page_set(s, HVE_APIC_ID, id);
	page_set(s, HVE_APIC_VERSION, apic_version(apic));
	page_set(s, HVE_APIC_PPR, apic->ppr);
	page_set(s, HVE_APIC_LDR, apic_reg(apic, HVE_APIC_LDR));
	page_set(s, HVE_APIC_DFR, apic_reg(apic, HVE_APIC_DFR));
	page_set(s, HVE_APIC_SVR, apic_reg(apic, HVE_APIC_SVR));
	for (i = 0; i < ARRAY_SIZE(plain_regs); i++)
		page_set(s, plain_regs[i].offset,
			 apic_reg(apic, plain_regs[i].offset));
	for (i = 0; i < apic_nr_lvts(apic); i++)
		page_set(s, hve_apic_lvts[i].offset,
			 apic_reg(apic, hve_apic_lvts[i].offset));
	page_set(s, HVE_APIC_TMCCT, hve_apic_timer_count_read(apic));
	bitmap_save(s, HVE_APIC_ISR, apic->isr);
	bitmap_save(s, HVE_APIC_TMR, apic->tmr);
	bitmap_save(s, HVE_APIC_IRR, apic->irr);
	bitmap_save(s, AUTO_EOI_OFFSET, apic->auto_eoi);
}

int hve_apic_state_set(struct hve_apic *apic, const struct kvm_lapic_state *s)
{
	bool x2 = apic->mode == HVE_APIC_X2APIC;
	u32 id = page_get(s, HVE_APIC_ID);
	unsigned int i;

	if (x2 && apic->bus->ids_32bit && id != apic->id)
		return -EINVAL;

	/* A set IA32_TSC_DEADLINE stays: it may have been restored before. */
	hve_apic_timer_stop(apic);
	if (!x2)
		hve_apic_xapic_ids_set(apic, id & 0xff000000,
				       page_get(s, HVE_APIC_LDR) & 0xff000000);
	apic_reg_set(apic, HVE_APIC_DFR, page_get(s, HVE_APIC_DFR) | 0x0fffffff);
	hve_apic_svr_set(apic, page_get(s, HVE_APIC_SVR) & LAPIC_SVR_WRITABLE);
	for (i = 0; i < ARRAY_SIZE(plain_regs); i++)
		apic_reg_set(apic, plain_regs[i].offset,
			     page_get(s, plain_regs[i].offset) &
			     plain_regs[i].writable);
	if (!x2)
		apic_reg_set(apic, HVE_APIC_ICR2,
			     apic_reg(apic, HVE_APIC_ICR2) & LAPIC_ICR_DEST_MASK);
	for (i = 0; i < apic_nr_lvts(apic); i++)
		apic_reg_set(apic, hve_apic_lvts[i].offset,
			     page_get(s, hve_apic_lvts[i].offset) &
			     hve_apic_lvt_writable(apic, i));

	bitmap_restore(s, HVE_APIC_ISR, apic->isr);
	bitmap_restore(s, HVE_APIC_TMR, apic->tmr);
	bitmap_restore(s, HVE_APIC_IRR, apic->irr);
	bitmap_restore(s, AUTO_EOI_OFFSET, apic->auto_eoi);
	for (i = 0; i < HVE_APIC_WORDS; i++) {
		apic->auto_eoi[i] &= apic->irr[i];
		if (apic->auto_eoi[i])
			apic->auto_eoi_used = true;
	}
	WRITE_ONCE(apic->esr_pending, 0);
	WRITE_ONCE(apic->irr_pending, true);
	apic->arb = 0;
	hve_apic_isr_changed(apic);
	hve_apic_timer_restore(apic, page_get(s, HVE_APIC_TMCCT));
	return 0;
}
