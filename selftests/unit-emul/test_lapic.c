// SPDX-License-Identifier: GPL-2.0
/* Priorities, modes, registers, events, save and restore of the APIC. */
#include "apics.h"

#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static void reset_state(void)
{
	struct hve_apic *a = &apics[0];
	unsigned int i;

	setup(1, false);
	/* Whatever was there, a reset leaves nothing of it. */
	memset(a->irr, 0xa5, sizeof(a->irr));
	memset(a->isr, 0xa5, sizeof(a->isr));
	memset(a->tmr, 0xa5, sizeof(a->tmr));
	memset(a->auto_eoi, 0xa5, sizeof(a->auto_eoi));
	memset(a->regs + 3, 0xa5, sizeof(a->regs) - 12);
	a->events = ~0ul;
	a->timer.active = true;
	a->timer.deadline = 1;
	hve_apic_reset(a, false);
	EXPECT_EQ(a->base, 0xfee00900);
	EXPECT_EQ(mmio_r(a, HVE_APIC_ID), 0);
	EXPECT_EQ(mmio_r(a, HVE_APIC_VERSION), 0x50014);
	EXPECT_EQ(mmio_r(a, HVE_APIC_SVR), 0xff);
	EXPECT_EQ(mmio_r(a, HVE_APIC_DFR), 0xffffffff);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LDR), 0);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_TIMER), 0x10000);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_LINT0), 0x700);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_LINT1), 0x10000);
	EXPECT_EQ(mmio_r(a, HVE_APIC_TPR), 0);
	EXPECT_EQ(mmio_r(a, HVE_APIC_PPR), 0);
	EXPECT_EQ(mmio_r(a, HVE_APIC_ICR), 0);
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(mmio_r(a, HVE_APIC_IRR + i * 16), 0);
		EXPECT_EQ(mmio_r(a, HVE_APIC_ISR + i * 16), 0);
		EXPECT_EQ(mmio_r(a, HVE_APIC_TMR + i * 16), 0);
	}
	EXPECT(!hve_apic_events_pending(a));
	EXPECT(!a->timer.active && !a->timer.deadline);
	EXPECT_EQ(hve_apic_pending(a), -1);
	teardown();
}

static void priority(void)
{
	struct hve_apic *a = &apics[0];

	setup(1, true);
	EXPECT_EQ(hve_apic_pending(a), -1);
	EXPECT_EQ(hve_apic_irq_set(a, 0x41, 0), 1);
	EXPECT_EQ(hve_apic_irq_set(a, 0x41, 0), 0);
	EXPECT_EQ(fake_kicks, 1);
	EXPECT_EQ(hve_apic_irq_set(a, 0x62, 0), 1);
	EXPECT_EQ(hve_apic_pending(a), 0x62);
	hve_apic_accept(a, 0x62);
	EXPECT_EQ(msr_r(a, 0x80a), 0x60);
	EXPECT_EQ(hve_apic_pending(a), -1);	/* 0x41 waits */
	EXPECT_EQ(hve_apic_irr_highest(a), 0x41);
	hve_apic_irq_set(a, 0x6f, 0);		/* same class: waits */
	EXPECT_EQ(hve_apic_pending(a), -1);
	hve_apic_irq_set(a, 0x70, 0);
	EXPECT_EQ(hve_apic_pending(a), 0x70);
	hve_apic_accept(a, 0x70);
	EXPECT_EQ(hve_apic_isr_highest(a), 0x70);
	EXPECT_EQ(hve_apic_eoi(a), 0x70);
	EXPECT_EQ(hve_apic_pending(a), -1);
	EXPECT_EQ(hve_apic_eoi(a), 0x62);
	EXPECT_EQ(hve_apic_pending(a), 0x6f);
	hve_apic_tpr_set(a, 0x65);
	EXPECT_EQ(msr_r(a, 0x80a), 0x65);
	EXPECT_EQ(hve_apic_pending(a), -1);
	hve_apic_cr8_set(a, 5);
	EXPECT_EQ(msr_r(a, 0x808), 0x50);
	EXPECT_EQ(hve_apic_cr8_get(a), 5);
	EXPECT_EQ(hve_apic_pending(a), 0x6f);
	hve_apic_cr8_set(a, 15);
	EXPECT_EQ(hve_apic_pending(a), -1);
	hve_apic_cr8_set(a, 0);
	hve_apic_accept(a, 0x6f);
	EXPECT_EQ(hve_apic_eoi(a), 0x6f);
	EXPECT_EQ(hve_apic_pending(a), 0x41);
	hve_apic_accept(a, 0x41);
	EXPECT_EQ(hve_apic_eoi(a), 0x41);
	EXPECT_EQ(hve_apic_eoi(a), -1);
	EXPECT_EQ(hve_apic_pending(a), -1);
	EXPECT(!a->irr_pending);
	teardown();
}

static void auto_eoi(void)
{
	struct hve_apic *a = &apics[0];

	setup(1, true);
	hve_apic_irq_set(a, 0x50, HVE_APIC_IRQ_AUTO_EOI);
	EXPECT_EQ(hve_apic_pending(a), 0x50);
	hve_apic_accept(a, 0x50);
	EXPECT_EQ(hve_apic_isr_highest(a), -1);
	EXPECT_EQ(hve_apic_pending(a), -1);
	hve_apic_irq_set(a, 0x50, 0);
	hve_apic_accept(a, 0x50);
	EXPECT_EQ(hve_apic_isr_highest(a), 0x50);
	teardown();
}

static void level_eoi(void)
{
	struct hve_apic *a = &apics[0];

	setup(1, true);
	hve_apic_irq_set(a, 0x50, HVE_APIC_IRQ_LEVEL);
	hve_apic_irq_set(a, 0x60, 0);
	hve_apic_accept(a, 0x60);
	EXPECT(!hve_apic_eoi_needs_host(a));
	hve_apic_eoi(a);
	EXPECT_EQ(fake_eoi_vector, -1);
	hve_apic_accept(a, 0x50);
	EXPECT(hve_apic_eoi_needs_host(a));
	EXPECT_EQ(hve_apic_msr_write(a, 0x80b, 0), 0);
	EXPECT_EQ(fake_eoi_vector, 0x50);
	EXPECT_EQ(msr_r(a, 0x818 + 2), 1 << 16);
	/* The same vector by an edge clears TMR. */
	hve_apic_irq_set(a, 0x50, 0);
	EXPECT_EQ(msr_r(a, 0x818 + 2), 0);
	teardown();
}

static void software_disable(void)
{
	struct hve_apic *a = &apics[0];

	setup(1, false);
	hve_apic_irq_set(a, 0x50, 0);
	mmio_w(a, HVE_APIC_LVT_LINT1, 0x400);
	mmio_w(a, HVE_APIC_SVR, 0xff);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_LINT1), 0x10400);
	mmio_w(a, HVE_APIC_LVT_LINT1, 0x400);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_LINT1), 0x10400);
	EXPECT_EQ(hve_apic_irq_set(a, 0x51, 0), -1);
	EXPECT_EQ(hve_apic_pending(a), 0x50);	/* "held", but deliverable */
	hve_apic_nmi_set(a);
	EXPECT(hve_apic_events_pending(a));
	teardown();
}

static void errors(void)
{
	struct hve_apic *a = &apics[0];

	setup(2, true);
	EXPECT_EQ(hve_apic_msr_write(a, 0x837, 0xfe), 0);
	EXPECT_EQ(hve_apic_icr_write(a, 1ull << 32 | 0x4005), 0);
	EXPECT_EQ(who(5), 0);
	EXPECT_EQ(hve_apic_pending(a), 0xfe);
	EXPECT_EQ(msr_r(a, 0x828), 0);
	EXPECT_EQ(hve_apic_msr_write(a, 0x828, 1), -1);
	EXPECT_EQ(hve_apic_msr_write(a, 0x828, 0), 0);
	EXPECT_EQ(msr_r(a, 0x828), 0x20);
	EXPECT_EQ(hve_apic_irq_set(a, 3, 0), -1);
	EXPECT_EQ(hve_apic_msr_write(a, 0x828, 0), 0);
	EXPECT_EQ(msr_r(a, 0x828), 0x40);
	EXPECT_EQ(hve_apic_msr_write(a, 0x828, 0), 0);
	EXPECT_EQ(msr_r(a, 0x828), 0);
	/* An illegal error vector raises nothing, and does not recurse. */
	EXPECT_EQ(hve_apic_msr_write(a, 0x837, 0x05), 0);
	EXPECT_EQ(hve_apic_irq_set(a, 3, 0), -1);
	teardown();
}

static void base_transitions(void)
{
	struct hve_apic *a = &apics[3];
	u64 base;

	setup(4, false);
	base = HVE_APIC_DEFAULT_BASE;
	EXPECT_EQ(hve_apic_base_get(&apics[0]), base | 0x900);
	EXPECT_EQ(hve_apic_base_get(a), base | 0x800);
	EXPECT(hve_apic_mmio_match(a, 0xfee00fff));
	EXPECT(!hve_apic_mmio_match(a, 0xfee01000));
	EXPECT_EQ(hve_apic_base_set(a, base | 0x400, false), -1);
	EXPECT_EQ(hve_apic_base_set(a, base | 0x801, false), -1);
	EXPECT_EQ(hve_apic_base_set(a, base | 0x800 | 1ull << 36, false), -1);
	EXPECT_EQ(hve_apic_base_set(a, base | 0x800 | 1ull << 36, true), -EINVAL);
	EXPECT_EQ(mmio_r(a, HVE_APIC_ID), 3 << 24);
	mmio_w(a, HVE_APIC_LVT_TIMER, 0x31);
	EXPECT_EQ(hve_apic_base_set(a, base | 0xc00, false), 0);
	EXPECT(!hve_apic_mmio_match(a, 0xfee00000));
	EXPECT_EQ(msr_r(a, 0x802), 3);
	EXPECT_EQ(msr_r(a, 0x80d), 8);
	EXPECT_EQ(msr_r(a, 0x832), 0x31);
	EXPECT_EQ(hve_apic_base_set(a, base | 0x800, false), -1);
	EXPECT_EQ(hve_apic_irq_set(a, 0x40, 0), 1);
	EXPECT_EQ(hve_apic_base_set(a, base, false), 0);
	EXPECT_EQ(hve_apic_pending(a), -1);
	EXPECT_EQ(hve_apic_irq_set(a, 0x40, 0), -1);
	EXPECT_EQ(hve_apic_base_set(a, base | 0xc00, false), -1);
	EXPECT_EQ(hve_apic_base_set(a, base | 0x800, false), 0);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_TIMER), 0x10000);
	/* The VMM may do it all, and the id follows the mode. */
	EXPECT_EQ(hve_apic_base_set(a, base | 0xc00, true), 0);
	EXPECT_EQ(msr_r(a, 0x802), 3);
	EXPECT_EQ(hve_apic_base_set(a, base | 0x800, true), 0);
	EXPECT_EQ(mmio_r(a, HVE_APIC_ID), 3 << 24);
	hve_apic_cpuid_set(a, 40, false, true);
	EXPECT_EQ(hve_apic_base_set(a, base | 0xc00, false), -1);
	EXPECT_EQ(hve_apic_base_set(a, 1ull << 39 | 0x800, false), 0);
	EXPECT(hve_apic_mmio_match(a, (1ull << 39) + 8));
	teardown();
}

static void x2apic_registers(void)
{
	static const u16 readable[] = {
		0x02, 0x03, 0x08, 0x0a, 0x0d, 0x0f, 0x10, 0x11, 0x12, 0x13,
		0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d,
		0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27,
		0x28, 0x30, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39,
		0x3e,
	};
	static const u16 writable[] = {
		0x08, 0x0b, 0x0f, 0x28, 0x30, 0x32, 0x33, 0x34, 0x35, 0x36,
		0x37, 0x38, 0x3e,
	};
	struct hve_apic *a = &apics[1];
	unsigned int i, r = 0, w = 0;
	u64 val;

	setup(2, false);
	EXPECT_EQ(hve_apic_msr_read(a, 0x802, &val), -1);
	x2apic(a);
	enable(a);
	for (i = 0; i < 0x100; i++) {
		bool has = r < sizeof(readable) / 2 && readable[r] == i;

		EXPECT_EQ(hve_apic_msr_read(a, 0x800 + i, &val), has ? 0 : -1);
		r += has;
		if (i == 0x3f)
			continue;
		has = w < sizeof(writable) / 2 && writable[w] == i;
		EXPECT_EQ(hve_apic_msr_write(a, 0x800 + i, 0), has ? 0 : -1);
		if (i != 0x30)
			EXPECT_EQ(hve_apic_msr_write(a, 0x800 + i, 1ull << 32), -1);
		w += has;
	}
	enable(a);
	EXPECT_EQ(hve_apic_msr_write(a, 0x83f, 0x100), -1);
	EXPECT_EQ(hve_apic_msr_write(a, 0x83f, 0x77), 0);
	EXPECT_EQ(hve_apic_pending(a), 0x77);
	EXPECT_EQ(fake_kicks, 0);
	EXPECT_EQ(hve_apic_msr_write(a, 0x808, 0x100), -1);
	EXPECT_EQ(hve_apic_msr_write(a, 0x80f, 0x1000), -1);
	EXPECT_EQ(hve_apic_msr_write(a, 0x832, 0x80000), -1);
	EXPECT_EQ(hve_apic_msr_write(a, 0x832, 0x400ec), -0);
	EXPECT_EQ(hve_apic_msr_write(a, 0x83e, 4), -1);
	for (i = 0; i < 32; i++) {
		bool bad = 0xfff32000u >> i & 1;

		EXPECT_EQ(hve_apic_msr_write(a, 0x830, 0x40080ull | 1ull << i),
			  bad ? -1 : 0);
	}
	EXPECT_EQ(hve_apic_msr_write(a, 0x830, 0x1234567800044055ull), 0);
	EXPECT_EQ(msr_r(a, 0x830), 0x1234567800044055ull);
	teardown();
}

static void events(void)
{
	struct hve_apic *a = &apics[0], *b = &apics[1];
	u8 vector = 0;

	setup(2, true);
	EXPECT_EQ(hve_apic_icr_write(a, 1ull << 32 | 0x4600 | 0x9a), 0);
	EXPECT_EQ(hve_apic_icr_write(a, 1ull << 32 | 0x4500), 0);
	/* The SIPI of before is gone, INIT is there. */
	EXPECT_EQ(b->events, 1 << HVE_APIC_EV_INIT);
	EXPECT_EQ(hve_apic_icr_write(a, 1ull << 32 | 0x8500), 0);
	EXPECT_EQ(b->events, 1 << HVE_APIC_EV_INIT);
	EXPECT_EQ(hve_apic_icr_write(a, 1ull << 32 | 0x4600 | 0x12), 0);
	EXPECT_EQ(hve_apic_icr_write(a, 1ull << 32 | 0x4400), 0);
	EXPECT_EQ(hve_apic_events_take(b, 1 << HVE_APIC_EV_INIT, &vector),
		  1 << HVE_APIC_EV_INIT);
	EXPECT_EQ(hve_apic_events_take(b, ~0u, &vector),
		  1 << HVE_APIC_EV_SIPI | 1 << HVE_APIC_EV_NMI);
	EXPECT_EQ(vector, 0x12);
	EXPECT(!hve_apic_events_pending(b));
	/* INIT keeps mode and id, and resets the rest. */
	hve_apic_irq_set(b, 0x40, 0);
	hve_apic_reset(b, true);
	EXPECT_EQ(msr_r(b, 0x802), 1);
	EXPECT_EQ(msr_r(b, 0x80d), 2);
	EXPECT_EQ(msr_r(b, 0x80f), 0xff);
	EXPECT_EQ(hve_apic_pending(b), -1);
	teardown();
}

static void lint_pins(void)
{
	struct hve_apic *a = &apics[0], *b = &apics[1];

	setup(2, false);
	EXPECT(hve_apic_accepts_extint(a));	/* virtual wire */
	EXPECT(!hve_apic_accepts_extint(b));
	hve_apic_lint_set(a, 0);
	EXPECT_EQ(a->events, 1 << HVE_APIC_EV_EXTINT);
	hve_apic_lint_set(b, 0);
	hve_apic_lint_set(b, 1);
	EXPECT_EQ(b->events, 0);
	mmio_w(b, HVE_APIC_LVT_LINT1, 0x400);
	mmio_w(b, HVE_APIC_LVT_LINT0, 0x8055);
	hve_apic_lint_set(b, 0);
	hve_apic_lint_set(b, 1);
	EXPECT_EQ(b->events, 1 << HVE_APIC_EV_NMI);
	EXPECT_EQ(hve_apic_pending(b), 0x55);
	EXPECT(test_bit(0x55, b->tmr));
	EXPECT_EQ(hve_apic_base_set(b, HVE_APIC_DEFAULT_BASE, false), 0);
	EXPECT(hve_apic_accepts_extint(b));
	hve_apic_lint_set(b, 0);
	EXPECT_EQ(b->events, 1 << HVE_APIC_EV_NMI | 1 << HVE_APIC_EV_EXTINT);
	teardown();
}

static void mmio_shapes(void)
{
	struct hve_apic *a = &apics[1];
	u8 buf[8];
	u32 offset, len;

	setup(2, false);
	for (offset = 0; offset < 0x1000; offset++) {
		for (len = 1; len <= 8; len++) {
			memset(buf, 0x5a, sizeof(buf));
			hve_apic_mmio_read(a, offset, len, buf);
			if (len != 4 || offset & 15)
				hve_apic_mmio_write(a, offset, len, buf);
		}
	}
	hve_apic_mmio_read(a, HVE_APIC_ID + 3, 1, buf);
	EXPECT_EQ(buf[0], 1);
	EXPECT_EQ(mmio_r(a, HVE_APIC_SVR), 0x1ff);
	for (offset = 0; offset < 0x1000; offset += 16)
		mmio_w(a, offset, 0xffffffff);
	mmio_w(a, HVE_APIC_ESR, 0);
	EXPECT_EQ(mmio_r(a, HVE_APIC_ESR) & 0x80, 0x80);
	EXPECT_EQ(mmio_r(a, HVE_APIC_ICR2), 0xff000000);
	EXPECT_EQ(mmio_r(a, HVE_APIC_SVR), 0x3ff);
	teardown();
}

static void put32(struct kvm_lapic_state *s, u32 offset, u32 val)
{
	memcpy(s->regs + offset, &val, 4);
}

static u32 get32(const struct kvm_lapic_state *s, u32 offset)
{
	u32 val;

	memcpy(&val, s->regs + offset, 4);
	return val;
}

static void save_restore(void)
{
	struct hve_apic *a = &apics[0], *b = &apics[1];
	struct kvm_lapic_state s, t;
	u32 i;

	setup(2, false);
	hve_apic_irq_set(a, 0x41, HVE_APIC_IRQ_LEVEL);
	hve_apic_irq_set(a, 0x82, 0);
	hve_apic_accept(a, 0x82);
	hve_apic_irq_set(a, 0x91, HVE_APIC_IRQ_AUTO_EOI);
	hve_apic_tpr_set(a, 0x20);
	mmio_w(a, HVE_APIC_LVT_TIMER, 0x200ef);
	mmio_w(a, HVE_APIC_LDR, 0x01000000);
	mmio_w(a, HVE_APIC_ICR2, 0x07000000);
	hve_apic_state_get(a, &s);
	EXPECT_EQ(get32(&s, HVE_APIC_VERSION), 0x50014);
	EXPECT_EQ(get32(&s, HVE_APIC_PPR), 0x80);
	EXPECT_EQ(get32(&s, HVE_APIC_ISR + 0x40), 4);
	EXPECT_EQ(get32(&s, HVE_APIC_IRR + 0x20), 2);
	EXPECT_EQ(get32(&s, HVE_APIC_TMR + 0x20), 2);
	EXPECT_EQ(hve_apic_state_set(b, &s), 0);
	hve_apic_state_get(b, &t);
	EXPECT(!memcmp(&s, &t, sizeof(s)));
	EXPECT_EQ(hve_apic_pending(b), 0x91);
	hve_apic_accept(b, 0x91);
	EXPECT_EQ(hve_apic_isr_highest(b), 0x82);
	hve_apic_eoi(b);
	EXPECT_EQ(hve_apic_pending(b), 0x41);
	hve_apic_accept(b, 0x41);
	EXPECT(hve_apic_eoi_needs_host(b));
	/* Both have id 0 now: both get what goes there. */
	EXPECT_EQ(atomic_read(&bus.nr_odd), 1);
	EXPECT_EQ(hve_apic_msi(&bus, 0xfee00000, 0x51), 2);

	/* Any bits of IRR come back, reserved vectors too (VMMs rely on it). */
	put32(&s, HVE_APIC_IRR, 0xa5a5a5a5);
	EXPECT_EQ(hve_apic_state_set(b, &s), 0);
	EXPECT_EQ(mmio_r(b, HVE_APIC_IRR), 0xa5a5a5a5);

	/* x2APIC: the id is not the VMM's to choose. */
	x2apic(b);
	for (i = 0; i < 256; i += 5) {
		put32(&s, HVE_APIC_ID, i << 24);
		EXPECT_EQ(hve_apic_state_set(b, &s), 0);
		hve_apic_state_get(b, &t);
		EXPECT_EQ(get32(&t, HVE_APIC_ID), 1u << 24);
		EXPECT_EQ(get32(&t, HVE_APIC_LDR), 2);
	}
	hve_apic_bus_options(&bus, true, false);
	EXPECT_EQ(hve_apic_state_set(b, &s), -EINVAL);
	put32(&s, HVE_APIC_ID, 1);
	put32(&s, HVE_APIC_ICR2, 0x12345678);
	EXPECT_EQ(hve_apic_state_set(b, &s), 0);
	EXPECT_EQ(hve_apic_icr_read(b) >> 32, 0x12345678);
	/* Garbage is as harmless as a guest's. */
	memset(&s, 0xff, sizeof(s));
	put32(&s, HVE_APIC_ID, 1);
	EXPECT_EQ(hve_apic_state_set(b, &s), 0);
	EXPECT_EQ(hve_apic_pending(b), -1);
	for (i = 0; i < 256; i++)
		hve_apic_eoi(b);
	EXPECT_EQ(hve_apic_eoi(b), -1);
	teardown();
}

#define RACERS	3
#define RACES	20000

static unsigned long served[RACERS];

/* Raises a vector of its own again as soon as it was delivered. */
static void *racer(void *arg)
{
	unsigned long n, i = (unsigned long)arg;

	for (n = 0; n < RACES; n++) {
		while (__atomic_load_n(&served[i], __ATOMIC_ACQUIRE) != n)
			sched_yield();
		hve_apic_irq_set(&apics[0], 0x40 + i * 0x40, 0);
	}
	return NULL;
}

/* No vector gets lost between those who raise and the owner. */
static void race(void)
{
	struct hve_apic *a = &apics[0];
	unsigned long i, total = 0, idle = 0;
	pthread_t threads[RACERS];

	setup(1, true);
	for (i = 0; i < RACERS; i++)
		pthread_create(&threads[i], NULL, racer, (void *)i);
	while (total < RACERS * RACES && idle < 20000000) {
		int vector = hve_apic_pending(a);

		if (vector < 0) {
			if (!(++idle % 64))
				sched_yield();
			continue;
		}
		idle = 0;
		total++;
		hve_apic_accept(a, vector);
		EXPECT_EQ(hve_apic_eoi(a), vector);
		i = (vector - 0x40) / 0x40;
		__atomic_add_fetch(&served[i], 1, __ATOMIC_RELEASE);
	}
	EXPECT_EQ(total, RACERS * RACES);
	if (total != RACERS * RACES)
		exit(1);	/* the others wait for ever */
	for (i = 0; i < RACERS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(hve_apic_pending(a), -1);
	teardown();
}

/* Registers out to a processor that delivers, and back. */
static void virtual_delivery(void)
{
	static u32 page[1024];
	struct hve_apic *a = &apics[0];

	memset(page, 0, sizeof(page));
	setup(1, true);
	EXPECT(hve_apic_virt_possible(a));
	hve_apic_irq_set(a, 0x41, 0);
	hve_apic_irq_set(a, 0x82, 0);
	hve_apic_accept(a, 0x82);
	hve_apic_tpr_set(a, 0x20);
	EXPECT(!hve_apic_virt_idle(a, page));
	EXPECT_EQ(hve_apic_virt_out(a, page), 0x82);
	EXPECT_EQ(hve_apic_virt_irr_out(a, page), 0x41);
	EXPECT_EQ(hve_apic_virt_irr_out(a, page), -1);
	EXPECT_EQ(hve_apic_irr_highest(a), -1);
	EXPECT_EQ(page[(0x200 + 0x10 * 2) / 4], 1u << 1);
	EXPECT_EQ(page[(0x100 + 0x10 * 4) / 4], 1u << 2);
	EXPECT_EQ(page[0x80 / 4], 0x20);
	/* the guest ends 0x82 and writes TPR; another vector comes from outside */
	EXPECT_EQ(hve_apic_virt_eoi(page, 0x82), 0);
	page[0x80 / 4] = 0x50;
	hve_apic_irq_set(a, 0x33, 0);
	hve_apic_virt_in(a, page, 0x41, 0);
	EXPECT_EQ(page[(0x200 + 0x10 * 2) / 4], 0);
	EXPECT_EQ(hve_apic_isr_highest(a), -1);
	EXPECT_EQ(hve_apic_tpr_get(a), 0x50);
	EXPECT_EQ(hve_apic_pending(a), -1);
	hve_apic_tpr_set(a, 0);
	EXPECT_EQ(hve_apic_pending(a), 0x41);
	hve_apic_accept(a, 0x41);
	EXPECT_EQ(hve_apic_eoi(a), 0x41);
	EXPECT_EQ(hve_apic_pending(a), 0x33);
	/* a vector that skips ISR is none a processor can deliver */
	hve_apic_irq_set(a, 0x90, HVE_APIC_IRQ_AUTO_EOI);
	EXPECT(!hve_apic_virt_possible(a));
	teardown();
}

/* An LVT entry that only some have: for corrected machine checks. */
static void cmci(void)
{
	struct hve_apic *a = &apics[0];

	setup(1, false);
	mmio_w(a, HVE_APIC_LVT_CMCI, 0x55);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_CMCI), 0);
	hve_apic_cmci_raise(a);
	EXPECT_EQ(hve_apic_pending(a), -1);

	hve_apic_cmci_set(a, true);
	EXPECT_EQ(mmio_r(a, HVE_APIC_VERSION), 0x60014);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_CMCI), 0x10000);
	mmio_w(a, HVE_APIC_SVR, 0x1ff);
	hve_apic_cmci_raise(a);
	EXPECT_EQ(hve_apic_pending(a), -1);
	mmio_w(a, HVE_APIC_LVT_CMCI, 0xff000055);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_CMCI), 0x55);
	hve_apic_cmci_raise(a);
	EXPECT_EQ(hve_apic_pending(a), 0x55);
	mmio_w(a, HVE_APIC_LVT_CMCI, HVE_APIC_DM_NMI << LAPIC_DM_SHIFT);
	hve_apic_cmci_raise(a);
	EXPECT(a->events & BIT(HVE_APIC_EV_NMI));
	hve_apic_reset(a, false);
	EXPECT_EQ(mmio_r(a, HVE_APIC_LVT_CMCI), 0x10000);
	teardown();
}

int main(void)
{
	ktap_begin();
	RUN(virtual_delivery);
	RUN(reset_state);
	RUN(priority);
	RUN(auto_eoi);
	RUN(level_eoi);
	RUN(software_disable);
	RUN(errors);
	RUN(base_transitions);
	RUN(x2apic_registers);
	RUN(events);
	RUN(lint_pins);
	RUN(cmci);
	RUN(mmio_shapes);
	RUN(save_restore);
	RUN(race);
	return ktap_end();
}
