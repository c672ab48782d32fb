/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the files of apic/: bits of the registers, and what lapic.c,
 * lapic_timer.c and route.c call in each other.
 */
#ifndef HVE_APIC_PRIVATE_H
#define HVE_APIC_PRIVATE_H

#include "apic.h"

/* Register offsets of the xAPIC page; x2APIC MSR = 0x800 + offset / 16. */
enum {
	HVE_APIC_ID		= 0x020,
	HVE_APIC_VERSION	= 0x030,
	HVE_APIC_APR		= 0x090,
	HVE_APIC_PPR		= 0x0a0,
	HVE_APIC_RRD		= 0x0c0,
	HVE_APIC_LDR		= 0x0d0,
	HVE_APIC_DFR		= 0x0e0,
	HVE_APIC_SVR		= 0x0f0,
	HVE_APIC_ISR		= 0x100,
	HVE_APIC_TMR		= 0x180,
	HVE_APIC_IRR		= 0x200,
	HVE_APIC_ESR		= 0x280,
	HVE_APIC_LVT_CMCI	= 0x2f0,
	HVE_APIC_ICR		= 0x300,
	HVE_APIC_ICR2		= 0x310,
	HVE_APIC_LVT_TIMER	= 0x320,
	HVE_APIC_LVT_THERMAL	= 0x330,
	HVE_APIC_LVT_PERF	= 0x340,
	HVE_APIC_LVT_LINT0	= 0x350,
	HVE_APIC_LVT_LINT1	= 0x360,
	HVE_APIC_LVT_ERROR	= 0x370,
	HVE_APIC_TMICT		= 0x380,
	HVE_APIC_TMCCT		= 0x390,
	HVE_APIC_TDCR		= 0x3e0,
	HVE_APIC_SELF_IPI	= 0x3f0,
};

/* Destination shorthands of ICR. */
enum hve_apic_shorthand {
	HVE_APIC_TO_DEST	= 0,
	HVE_APIC_TO_SELF	= 1,
	HVE_APIC_TO_ALL		= 2,
	HVE_APIC_TO_OTHERS	= 3,
};

#define LAPIC_VECTOR_MASK	0x000000ffu
#define LAPIC_DM_MASK		0x00000700u
#define LAPIC_DM_SHIFT		8
#define LAPIC_DEST_LOGICAL	0x00000800u
#define LAPIC_BUSY		0x00001000u
#define LAPIC_LEVEL_ASSERT	0x00004000u
#define LAPIC_LEVEL_TRIG		0x00008000u
#define LAPIC_SHORTHAND_SHIFT	18
#define LAPIC_SHORTHAND_MASK	0x000c0000u
#define LAPIC_LVT_MASKED		0x00010000u
#define LAPIC_LVT_TIMER_MODE	0x00060000u
#define LAPIC_LVT_PERIODIC	0x00020000u
#define LAPIC_LVT_DEADLINE	0x00040000u
#define LAPIC_SVR_ENABLE		0x00000100u

/*
 * Version 0x14 (integrated), highest LVT entry 5, or 6 with CMCI, no EOI
 * broadcast suppression
 */
#define LAPIC_VERSION_VALUE	0x00050014u
#define LAPIC_VERSION_CMCI	0x00010000u	/* is added */

#define LAPIC_SVR_WRITABLE	0x000003ffu
#define LAPIC_TDCR_WRITABLE	0x0000000bu
#define LAPIC_ICR_DEST_MASK	0xff000000u	/* of ICR2 in xAPIC mode */

/* Error Status Register, bit numbers */
#define LAPIC_ESR_SEND_ILLEGAL	5
#define LAPIC_ESR_RECV_ILLEGAL	6
#define LAPIC_ESR_ILLEGAL_REG	7

/* Vectors below are reserved by the architecture. */
#define LAPIC_FIRST_VECTOR	16

#define HVE_IOAPIC_DEFAULT_BASE	0xfec00000u

#define LAPIC_BROADCAST		0xffu
#define X2APIC_BROADCAST	0xffffffffu

#define HVE_APIC_WORDS		(256 / BITS_PER_LONG)
#define HVE_APIC_NR_LVTS	7
#define HVE_APIC_LVT_INDEX_CMCI	6

struct hve_apic_lvt {
	u32 offset;
	u32 writable;
};

/* The timer's is the first, that of CMCI the last. */
extern const struct hve_apic_lvt hve_apic_lvts[HVE_APIC_NR_LVTS];

/* How many of them this one has. */
static inline unsigned int apic_nr_lvts(const struct hve_apic *apic)
{
	return apic->has_cmci ? HVE_APIC_NR_LVTS : HVE_APIC_LVT_INDEX_CMCI;
}

static inline u32 apic_version(const struct hve_apic *apic)
{
	return LAPIC_VERSION_VALUE + (apic->has_cmci ? LAPIC_VERSION_CMCI : 0);
}

static inline u32 apic_reg(const struct hve_apic *apic, u32 offset)
{
	return READ_ONCE(apic->regs[offset >> 4]);
}

static inline void apic_reg_set(struct hve_apic *apic, u32 offset, u32 val)
{
	WRITE_ONCE(apic->regs[offset >> 4], val);
}

static inline bool apic_is_x2(const struct hve_apic *apic)
{
	return READ_ONCE(apic->mode) == HVE_APIC_X2APIC;
}

static inline bool apic_is_on(const struct hve_apic *apic)
{
	return READ_ONCE(apic->mode) >= HVE_APIC_XAPIC;
}

/* Logical id in x2APIC mode: cluster 31:16, one bit of 15:0. */
static inline u32 apic_x2_ldr(u32 id)
{
	return (id >> 4) << 16 | 1u << (id & 0xf);
}

/* lapic.c */
u32 hve_apic_lvt_writable(const struct hve_apic *apic, unsigned int i);
void hve_apic_svr_set(struct hve_apic *apic, u32 val);
void hve_apic_xapic_ids_set(struct hve_apic *apic, u32 id, u32 ldr);

/* lapic_irq.c */
void hve_apic_isr_changed(struct hve_apic *apic);
void hve_apic_ppr_update(struct hve_apic *apic);
int hve_apic_irr_raise(struct hve_apic *apic, u8 vector, u32 flags);
void hve_apic_error_raise(struct hve_apic *apic, unsigned int esr_bit);

/* route.c */
bool hve_apic_send_fast(struct hve_apic *source, u32 icr, u32 dest);
void hve_apic_account_begin(struct hve_apic *apic);
void hve_apic_account_end(struct hve_apic *apic);
int hve_apic_deliver(struct hve_apic *apic, struct hve_apic *source,
		     const struct hve_apic_msg *msg);

/* lapic_timer.c */
void hve_apic_timer_init(struct hve_apic *apic);
void hve_apic_timer_destroy(struct hve_apic *apic);
void hve_apic_timer_stop(struct hve_apic *apic);
void hve_apic_timer_lvt_write(struct hve_apic *apic, u32 lvt);
void hve_apic_timer_initial_write(struct hve_apic *apic, u32 count);
void hve_apic_timer_divide_write(struct hve_apic *apic, u32 tdcr);
u32 hve_apic_timer_count_read(struct hve_apic *apic);
void hve_apic_timer_restore(struct hve_apic *apic, u32 current_count);

#endif /* HVE_APIC_PRIVATE_H */
