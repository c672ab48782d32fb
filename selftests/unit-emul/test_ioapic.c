// SPDX-License-Identifier: GPL-2.0
/* The IOAPIC: registers, edges and levels, EOIs, destinations, state. */
#include "chips.h"

#define LEVEL	(1ull << 15)
#define RIRR	(1ull << 14)
#define MASKED	(1ull << 16)
#define TO(id)	((u64)(id) << 56)

static int line(unsigned int pin, bool level)
{
	return hve_ioapic_line(&chips, pin, HVE_IRQ_FROM_VMM, level);
}

static void registers(void)
{
	u64 wide = ~0ull;
	u8 byte = 1;

	chips_setup();
	EXPECT(hve_ioapic_owns(&chips, 0xfec00000));
	EXPECT(hve_ioapic_owns(&chips, 0xfec000ff));
	EXPECT(!hve_ioapic_owns(&chips, 0xfec00100));
	EXPECT(!hve_ioapic_owns(&chips, 0xfebfffff));
	EXPECT_EQ(ioapic_r(1), 0x170011);
	ioapic_w(1, ~0u);
	EXPECT_EQ(ioapic_r(1), 0x170011);
	ioapic_w(0, 0xff000000);
	EXPECT_EQ(ioapic_r(0), 0x0f000000);
	EXPECT_EQ(ioapic_r(2), 0x0f000000);
	EXPECT_EQ(ioapic_r(3), ~0u);
	EXPECT_EQ(ioapic_r(0x40), ~0u);
	ioapic_w(0x40, 0);
	EXPECT_EQ(entry_r(0), MASKED);
	EXPECT_EQ(entry_r(23), MASKED);
	entry_w(23, ~0ull);
	EXPECT_EQ(entry_r(23), TO(0xff) | 0x1afff);
	/* other sizes: the index is a byte, reads are as wide as they like */
	hve_ioapic_write(&chips, 0xfec00000, 1, &byte);
	hve_ioapic_read(&chips, 0xfec00010, 8, &wide);
	EXPECT_EQ(wide, 0x170011);
	hve_ioapic_read(&chips, 0xfec00020, 8, &wide);
	EXPECT_EQ(wide, 0);
	teardown();
}

static void edges(void)
{
	chips_setup();
	EXPECT_EQ(line(4, true), -1);	/* masked */
	line(4, false);
	entry_w(4, 0x51 | TO(1));
	EXPECT_EQ(who(0x51), 0);	/* and lost */
	EXPECT_EQ(line(4, true), 1);
	EXPECT_EQ(who(0x51), 2);
	EXPECT_EQ(line(4, true), 0);	/* no edge */
	EXPECT_EQ(who(0x51), 0);
	line(4, false);
	EXPECT_EQ(line(4, true), 1);
	EXPECT_EQ(entry_r(4), 0x51 | TO(1));
	EXPECT(!test_bit(0x51, apics[1].tmr));
	/* a destination that nobody has */
	line(4, false);
	entry_w(4, 0x51 | TO(9));
	EXPECT_EQ(line(4, true), -1);
	teardown();
}

static void level(void)
{
	chips_setup();
	entry_w(10, 0x61 | LEVEL);
	EXPECT_EQ(line(10, true), 1);
	EXPECT(test_bit(0x61, apics[0].tmr));
	EXPECT_EQ(who(0x61), 1);
	EXPECT_EQ(entry_r(10), 0x61 | LEVEL | RIRR);
	EXPECT_EQ(line(10, true), -1);	/* waits for the EOI */
	EXPECT_EQ(who(0x61), 0);
	hve_ioapic_eoi(&chips, 0x62);
	EXPECT_EQ(who(0x61), 0);
	hve_ioapic_eoi(&chips, 0x61);	/* still high: again */
	EXPECT_EQ(fake_acked[HVE_CHIP_IOAPIC], 1 << 10);
	EXPECT_EQ(who(0x61), 1);
	line(10, false);
	hve_ioapic_eoi(&chips, 0x61);
	EXPECT_EQ(who(0x61), 0);
	EXPECT_EQ(entry_r(10), 0x61 | LEVEL);
	/* high while masked: sent when unmasked */
	entry_w(10, 0x61 | LEVEL | MASKED);
	EXPECT_EQ(line(10, true), -1);
	fake_unmasked[HVE_CHIP_IOAPIC] = 0;
	entry_w(10, 0x61 | LEVEL);
	EXPECT_EQ(who(0x61), 1);
	EXPECT_EQ(fake_unmasked[HVE_CHIP_IOAPIC], 1 << 10);
	/* the way out for software without EOI register: to edge and back */
	line(10, false);
	entry_w(10, 0x61 | MASKED);
	EXPECT_EQ(entry_r(10), 0x61 | MASKED);
	/* remote IRR cannot be written */
	entry_w(10, 0x61 | LEVEL | RIRR | MASKED);
	EXPECT_EQ(entry_r(10), 0x61 | LEVEL | MASKED);
	teardown();
}

static void withdraw(struct hve_chips *c, enum hve_chip chip, unsigned int pin)
{
	hve_ioapic_line(c, pin, HVE_IRQ_FROM_RESAMPLER, false);
}

/* Who is told of the EOI can take the line away before it counts again */
static void resample(void)
{
	chips_setup();
	entry_w(11, 0x61 | LEVEL);
	hve_ioapic_line(&chips, 11, HVE_IRQ_FROM_RESAMPLER, true);
	EXPECT_EQ(who(0x61), 1);
	fake_on_ack = withdraw;
	hve_ioapic_eoi(&chips, 0x61);
	EXPECT_EQ(who(0x61), 0);
	/* another source of the line is not affected */
	hve_ioapic_line(&chips, 11, HVE_IRQ_FROM_RESAMPLER, true);
	EXPECT_EQ(who(0x61), 1);
	line(11, true);
	hve_ioapic_eoi(&chips, 0x61);
	EXPECT_EQ(who(0x61), 1);
	teardown();
}

static void delivery(void)
{
	u8 sipi;

	chips_setup();
	entry_w(1, 0x51 | 1 << 11 | TO(3));	/* logical; x2APIC: cluster 0 */
	EXPECT_EQ(line(1, true), 2);
	EXPECT_EQ(who(0x51), 3);
	entry_w(2, 0x52 | 1 << 8 | 1 << 11 | TO(3));	/* lowest priority */
	EXPECT_EQ(line(2, true), 1);
	EXPECT_EQ(__builtin_popcount(who(0x52)), 1);
	entry_w(3, 4 << 8 | TO(1));		/* NMI */
	line(3, true);
	EXPECT_EQ(hve_apic_events_take(&apics[1], ~0u, &sipi),
		  BIT(HVE_APIC_EV_NMI));
	entry_w(5, 0x53 | TO(0xff));		/* all */
	EXPECT_EQ(line(5, true), 2);
	EXPECT_EQ(who(0x53), 3);
	teardown();
}

static void vectors(void)
{
	unsigned long all[4] = {}, edge[4] = {};

	chips_setup();
	fake_rescans = 0;
	entry_w(4, 0x51);
	EXPECT_EQ(fake_rescans, 1);
	entry_w(4, 0x51 | TO(1));		/* the same vector and trigger */
	EXPECT_EQ(fake_rescans, 1);
	entry_w(2, 0x30);
	entry_w(10, 0x61 | LEVEL);
	hve_ioapic_eoi_vectors(&chips, 1 << 2, all, edge);
	EXPECT(!test_bit(0x51, all));
	EXPECT(test_bit(0x61, all) && !test_bit(0x61, edge));
	EXPECT(test_bit(0x30, all) && test_bit(0x30, edge));
	/* an edge triggered vector that the host waits for */
	set_bit(0x30, apics[0].edge_eoi);
	EXPECT_EQ(line(2, true), 1);
	EXPECT_EQ(hve_apic_pending(&apics[0]), 0x30);
	hve_apic_accept(&apics[0], 0x30);
	EXPECT(hve_apic_eoi_needs_host(&apics[0]));
	EXPECT_EQ(hve_apic_eoi(&apics[0]), 0x30);
	EXPECT_EQ(fake_eoi_vector, 0x30);
	teardown();
}

static void state(void)
{
	struct kvm_ioapic_state s;

	chips_setup();
	entry_w(10, 0x61 | LEVEL);
	entry_w(11, 0x62 | LEVEL | MASKED);
	entry_w(4, 0x51);
	line(10, true);
	line(11, true);
	line(4, true);
	hve_ioapic_get(&chips, &s);
	EXPECT_EQ(s.irr, 1 << 10 | 1 << 11);	/* the edge has been sent */
	EXPECT_EQ(s.base_address, 0xfec00000);
	EXPECT_EQ(s.redirtbl[10].bits, 0x61 | LEVEL | RIRR);
	teardown();
	chips_setup();
	fake_rescans = 0;
	hve_ioapic_set(&chips, &s);
	EXPECT_EQ(fake_rescans, 1);
	EXPECT_EQ(who(0x61) | who(0x62) | who(0x51), 0);
	hve_ioapic_eoi(&chips, 0x61);
	EXPECT_EQ(who(0x61), 1);
	entry_w(11, 0x62 | LEVEL);
	EXPECT_EQ(who(0x62), 1);
	/* a request under way is sent where the state is loaded */
	s.redirtbl[10].bits &= ~RIRR;
	hve_ioapic_set(&chips, &s);
	EXPECT_EQ(who(0x61), 1);
	memset(&s, 0xff, sizeof(s));
	hve_ioapic_set(&chips, &s);
	EXPECT_EQ(hve_ioapic_line(&chips, 23, HVE_IRQ_FROM_VMM, true), -1);
	teardown();
}

int main(void)
{
	ktap_begin();
	RUN(registers);
	RUN(edges);
	RUN(level);
	RUN(resample);
	RUN(delivery);
	RUN(vectors);
	RUN(state);
	return ktap_end();
}
