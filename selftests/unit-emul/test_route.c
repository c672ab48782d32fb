// SPDX-License-Identifier: GPL-2.0
/* Who gets an interrupt message: destinations, MSIs, the limits of a bus. */
#include "apics.h"

#include <linux/errno.h>

static void destinations_x2(void)
{
	struct hve_apic *a = &apics[0];

	setup(NR, true);
	EXPECT_EQ(hve_apic_icr_write(a, 5ull << 32 | 0x4060), 0);
	EXPECT_EQ(who(0x60), 1u << 5);
	EXPECT(fake_kicked == &apics[5]);
	EXPECT_EQ(hve_apic_icr_write(a, 100ull << 32 | 0x4060), 0);
	EXPECT_EQ(who(0x60), 0);
	EXPECT_EQ(hve_apic_icr_write(a, 0xffffffffull << 32 | 0x4060), 0);
	EXPECT_EQ(who(0x60), (1u << NR) - 1);
	EXPECT_EQ(hve_apic_icr_write(a, 0xffull << 32 | 0x4060), 0);
	EXPECT_EQ(who(0x60), 0);	/* that is APIC 255 */
	/* Cluster 1: APICs 16.. */
	EXPECT_EQ(hve_apic_icr_write(a, 0x1000aull << 32 | 0x4860), 0);
	EXPECT_EQ(who(0x60), 1u << 17 | 1u << 19);
	EXPECT_EQ(hve_apic_icr_write(a, 0x0ffffull << 32 | 0x4860), 0);
	EXPECT_EQ(who(0x60), 0xffff);
	EXPECT_EQ(hve_apic_icr_write(a, 0xffff0001ull << 32 | 0x4860), 0);
	EXPECT_EQ(who(0x60), 0);
	fake_kicks = 0;
	EXPECT_EQ(hve_apic_icr_write(a, 0x44060), 0);
	EXPECT_EQ(who(0x60), 1);
	EXPECT_EQ(fake_kicks, 0);
	EXPECT_EQ(hve_apic_icr_write(a, 0x84060), 0);
	EXPECT_EQ(who(0x60), (1u << NR) - 1);
	EXPECT_EQ(hve_apic_icr_write(a, 0xc4060), 0);
	EXPECT_EQ(who(0x60), (1u << NR) - 2);
	teardown();
}

static void destinations_xapic(void)
{
	struct hve_apic *a = &apics[0];
	unsigned int i;

	setup(8, false);
	mmio_w(a, HVE_APIC_ICR2, 3 << 24);
	mmio_w(a, HVE_APIC_ICR, 0x4060);
	EXPECT_EQ(who(0x60), 1 << 3);
	mmio_w(a, HVE_APIC_ICR2, 0xff000000);
	mmio_w(a, HVE_APIC_ICR, 0x4060);
	EXPECT_EQ(who(0x60), 0xff);
	EXPECT_EQ(hve_apic_icr_read(a), 0xff00000000004060ull);
	/* Flat */
	for (i = 0; i < 8; i++)
		mmio_w(&apics[i], HVE_APIC_LDR, 1u << (24 + i));
	mmio_w(a, HVE_APIC_ICR2, 0x0a000000);
	mmio_w(a, HVE_APIC_ICR, 0x4860);
	EXPECT_EQ(who(0x60), 0x0a);
	/* Cluster */
	for (i = 0; i < 8; i++) {
		mmio_w(&apics[i], HVE_APIC_DFR, 0x0fffffff);
		mmio_w(&apics[i], HVE_APIC_LDR, (i / 4) << 28 | 1u << (24 + i % 4));
	}
	mmio_w(a, HVE_APIC_ICR2, 0x16000000);
	mmio_w(a, HVE_APIC_ICR, 0x4860);
	EXPECT_EQ(who(0x60), 0x60);
	/* A guest that renumbers: the new id counts, the old one does not. */
	mmio_w(&apics[2], HVE_APIC_ID, 0x42000000);
	EXPECT_EQ(atomic_read(&bus.nr_odd), 1);
	mmio_w(a, HVE_APIC_ICR2, 0x42000000);
	mmio_w(a, HVE_APIC_ICR, 0x4060);
	EXPECT_EQ(who(0x60), 4);
	mmio_w(a, HVE_APIC_ICR2, 0x02000000);
	mmio_w(a, HVE_APIC_ICR, 0x4060);
	EXPECT_EQ(who(0x60), 0);
	mmio_w(&apics[2], HVE_APIC_ID, 0x02000000);
	EXPECT_EQ(atomic_read(&bus.nr_odd), 0);
	/* Mixed modes */
	x2apic(&apics[5]);
	enable(&apics[5]);
	EXPECT_EQ(hve_apic_icr_write(&apics[5], 2ull << 32 | 0x4060), 0);
	EXPECT_EQ(who(0x60), 4);
	EXPECT_EQ(hve_apic_icr_write(&apics[5], 0xffull << 32 | 0x4060), 0);
	EXPECT_EQ(who(0x60), 0xdf);	/* but not APIC 5 itself */
	EXPECT_EQ(hve_apic_icr_write(&apics[5], 0x16ull << 32 | 0x4860), 0);
	EXPECT_EQ(who(0x60), 0x40);	/* by the logical id of xAPIC mode */
	mmio_w(a, HVE_APIC_ICR2, 0x05000000);
	mmio_w(a, HVE_APIC_ICR, 0x4060);
	EXPECT_EQ(who(0x60), 1 << 5);
	mmio_w(a, HVE_APIC_ICR2, 0xff000000);
	mmio_w(a, HVE_APIC_ICR, 0x4060);
	EXPECT_EQ(who(0x60), 0xff);
	EXPECT_EQ(hve_apic_base_set(&apics[6], HVE_APIC_DEFAULT_BASE, false), 0);
	mmio_w(a, HVE_APIC_ICR, 0x4060);
	EXPECT_EQ(who(0x60), 0xbf);
	teardown();
}

static void lowest_priority(void)
{
	unsigned int i, counts[4] = {};

	setup(4, false);
	for (i = 0; i < 4; i++)
		mmio_w(&apics[i], HVE_APIC_LDR, 1u << (24 + i));
	mmio_w(&apics[3], HVE_APIC_SVR, 0xff);	/* never chosen */
	for (i = 0; i < 30; i++) {
		u32 mask;

		EXPECT_EQ(hve_apic_msi(&bus, 0xfee0f004, 0x4150), 1);
		mask = who(0x50);
		EXPECT(mask && !(mask & (mask - 1)));
		counts[__builtin_ctz(mask)]++;
	}
	EXPECT_EQ(counts[0], 10);
	EXPECT_EQ(counts[1], 10);
	EXPECT_EQ(counts[2], 10);
	teardown();
}

static void msi(void)
{
	struct hve_apic_msg msg;

	setup(4, true);
	EXPECT_EQ(hve_apic_msi(&bus, 0xfee02000, 0x4051), 1);
	EXPECT_EQ(who(0x51), 4);
	EXPECT_EQ(hve_apic_msi(&bus, 0xfee02000, 0xc051), 1);
	EXPECT_EQ(test_bit(0x51, apics[2].tmr), 1);
	who(0x51);
	EXPECT_EQ(hve_apic_msi(&bus, 0xfee09000, 0x51), -1);
	EXPECT_EQ(hve_apic_msi(&bus, 0xfeeff000, 0x51), 4);
	EXPECT_EQ(who(0x51), 15);
	EXPECT_EQ(hve_apic_msi(&bus, 0xfee03000, 0x400), 1);
	EXPECT_EQ(apics[3].events, 1 << HVE_APIC_EV_NMI);
	hve_apic_bus_options(&bus, true, true);
	EXPECT_EQ(hve_apic_msi(&bus, 0xfeeff000, 0x51), -1);
	EXPECT_EQ(hve_apic_msi(&bus, 0xffffff00feeff000, 0x51), 4);
	EXPECT_EQ(who(0x51), 15);
	hve_apic_msi_decode(&bus, 0x00001200fee34004, 0x51, &msg);
	EXPECT_EQ(msg.dest, 0x1234);
	EXPECT(msg.logical);
	EXPECT(!hve_apic_has_target(&apics[0], &msg));
	teardown();
}

static void bus_limits(void)
{
	static struct hve_apic extra;

	setup(2, false);
	EXPECT_EQ(hve_apic_bus_init(&(struct hve_apic_bus){}, 0), -EINVAL);
	hve_apic_init(&extra, &bus, 1, false);
	EXPECT_EQ(hve_apic_attach(&extra), -EEXIST);
	hve_apic_destroy(&extra);
	memset(&extra, 0, sizeof(extra));
	hve_apic_init(&extra, &bus, HVE_APIC_MAX, false);
	EXPECT_EQ(hve_apic_attach(&extra), -EINVAL);
	hve_apic_destroy(&extra);
	memset(&extra, 0, sizeof(extra));
	/* An id that 8 bits do not hold, found by its x2APIC id */
	hve_apic_init(&extra, &bus, 0x301, false);
	EXPECT_EQ(hve_apic_attach(&extra), 0);
	enable(&extra);
	hve_apic_bus_options(&bus, true, true);
	EXPECT_EQ(hve_apic_msi(&bus, 0x00000300fee01000, 0x51), 1);
	EXPECT(test_bit(0x51, extra.irr));
	EXPECT(hve_apic_by_id(&bus, 0x301) == &extra);
	EXPECT(!hve_apic_by_id(&bus, 0xffffffff));
	hve_apic_destroy(&extra);
	EXPECT(!hve_apic_by_id(&bus, 0x301));
	EXPECT_EQ(hve_apic_msi(&bus, 0x00000300fee01000, 0x51), -1);
	teardown();
}

int main(void)
{
	ktap_begin();
	RUN(destinations_x2);
	RUN(destinations_xapic);
	RUN(lowest_priority);
	RUN(msi);
	RUN(bus_limits);
	return ktap_end();
}
