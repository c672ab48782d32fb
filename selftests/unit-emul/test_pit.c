// SPDX-License-Identifier: GPL-2.0
/* The 8254: counts, latches, interrupts of counter 0, the speaker's port. */
#include "chips.h"

#define C0	0x40
#define C2	0x42
#define CW	0x43
#define PPI	0x61

#define MS	1000000ull

static struct hve_pit pit;

static void out(u16 port, u8 val)
{
	hve_pit_write(&pit, port, val);
}

static u8 in(u16 port)
{
	return hve_pit_read(&pit, port);
}

static u32 in16(u16 port)
{
	u32 low = in(port);

	return low | in(port) << 8;
}

static void pit_setup(void)
{
	fake_host_reset();
	memset(&pit, 0, sizeof(pit));
	hve_pit_init(&pit);
}

static void program(unsigned int counter, unsigned int mode, u16 count)
{
	out(CW, counter << 6 | 3 << 4 | mode << 1);
	out(C0 + counter, count & 0xff);
	out(C0 + counter, count >> 8);
}

static void counts(void)
{
	pit_setup();
	program(2, 0, 50000);
	EXPECT_EQ(in16(C2), 50000);
	fake_advance_ns(10 * MS);	/* 11931 clocks */
	EXPECT_EQ(in16(C2), 50000 - 11931);
	/* mode 0 goes on through zero */
	fake_advance_ns(40 * MS);	/* 59659 in all */
	EXPECT_EQ(in16(C2), (u16)(50000 - 59659));
	program(2, 2, 1000);
	fake_advance_ns(1 * MS);	/* 1193 */
	EXPECT_EQ(in16(C2), 1000 - 193);
	program(2, 3, 1000);
	fake_advance_ns(MS / 4);	/* 298, two by two */
	EXPECT_EQ(in16(C2), 1000 - 2 * 298);
	fake_advance_ns(MS / 4);	/* 596 */
	EXPECT_EQ(in16(C2), 1000 - (2 * 596 - 1000));
	program(2, 2, 0);		/* means 0x10000 */
	fake_advance_ns(MS);
	EXPECT_EQ(in16(C2), 0x10000 - 1193);
	/* one byte only */
	out(CW, 0x94);
	out(C2, 200);
	EXPECT_EQ(in(C2), 200);
	EXPECT_EQ(in(C2), 200);
	out(CW, 0xa4);
	out(C2, 3);
	EXPECT_EQ(in(C2), 3);
	/* modes 6 and 7 are 2 and 3 */
	out(CW, 0xbe);
	out(CW, 0xe8);
	EXPECT_EQ(in(C2) & 0x3e, 3 << 4 | 3 << 1);
	/* the control port cannot be read */
	EXPECT_EQ(in(CW), 0);
	hve_pit_destroy(&pit);
}

static void latches(void)
{
	pit_setup();
	program(0, 2, 20000);
	program(2, 0, 20000);
	fake_advance_ns(MS);
	out(CW, 0x80);			/* latch counter 2 */
	fake_advance_ns(MS);
	out(CW, 0x80);			/* no second one before it was read */
	EXPECT_EQ(in16(C2), 20000 - 1193);
	EXPECT_EQ(in16(C2), 20000 - 2386);
	/* read-back of status and count of both */
	out(CW, 0xca);
	EXPECT_EQ(in(C0), 0x80 | 3 << 4 | 2 << 1);
	EXPECT_EQ(in16(C0), 20000 - 2386);
	EXPECT_EQ(in(C2), 3 << 4);
	fake_advance_ns(20 * MS);
	EXPECT_EQ(in16(C2), 20000 - 2386);
	out(CW, 0xe8);			/* status only */
	EXPECT_EQ(in(C2), 0x80 | 3 << 4);
	EXPECT_EQ(in16(C2), (u16)(20000 - 26250));
	hve_pit_destroy(&pit);
}

static void interrupts(void)
{
	unsigned int i;

	pit_setup();
	hve_pit_policy(&pit, false);
	program(0, 2, 11932);		/* 10 ms */
	EXPECT_EQ(fake_pit_edges, 0);
	for (i = 0; i < 10; i++)
		fake_advance_ns(10 * MS + 1000);
	EXPECT_EQ(fake_pit_edges, 10);
	/* late: what was missed is missed */
	fake_advance_ns(50 * MS);
	EXPECT_EQ(fake_pit_edges, 11);
	/* one shot */
	program(0, 0, 11932);
	fake_advance_ns(9 * MS);
	EXPECT_EQ(fake_pit_edges, 11);
	fake_advance_ns(2 * MS);
	fake_advance_ns(20 * MS);
	EXPECT_EQ(fake_pit_edges, 12);
	/* a mode that a gate nobody moves would start */
	program(0, 5, 1000);
	fake_advance_ns(100 * MS);
	EXPECT_EQ(fake_pit_edges, 12);
	/* as fast as the guest likes, not as the host likes */
	program(0, 2, 2);
	fake_pit_edges = 0;
	for (i = 0; i < 1000; i++)
		fake_advance_ns(10000);
	EXPECT_EQ(fake_pit_edges, 50);
	hve_pit_destroy(&pit);
}

static void reinjection(void)
{
	unsigned int i;

	pit_setup();
	program(0, 2, 11932);
	for (i = 0; i < 5; i++)
		fake_advance_ns(10 * MS + 1000);
	EXPECT_EQ(fake_pit_edges, 1);	/* not acknowledged */
	for (i = 0; i < 10; i++)
		hve_pit_acked(&pit);
	EXPECT_EQ(fake_pit_edges, 5);
	fake_advance_ns(30 * MS);
	EXPECT_EQ(fake_pit_edges, 6);
	hve_pit_acked(&pit);
	hve_pit_acked(&pit);
	hve_pit_acked(&pit);
	EXPECT_EQ(fake_pit_edges, 8);
	/* forgotten when the guest unmasks */
	fake_advance_ns(10 * MS);
	fake_advance_ns(50 * MS);
	EXPECT_EQ(fake_pit_edges, 9);
	hve_pit_forget(&pit);
	hve_pit_acked(&pit);
	EXPECT_EQ(fake_pit_edges, 9);
	fake_advance_ns(10 * MS);
	EXPECT_EQ(fake_pit_edges, 10);
	/* nobody takes it: nobody will acknowledge it */
	hve_pit_forget(&pit);
	fake_pit_taken = -1;
	for (i = 0; i < 5; i++)
		fake_advance_ns(10 * MS);
	EXPECT_EQ(fake_pit_edges, 15);
	fake_pit_taken = 1;
	fake_advance_ns(10 * MS);
	EXPECT_EQ(fake_pit_edges, 16);
	hve_pit_acked(&pit);
	EXPECT_EQ(fake_pit_edges, 16);
	hve_pit_destroy(&pit);
}

static void speaker(void)
{
	u8 a;

	pit_setup();
	EXPECT(hve_pit_owns(0x40) && hve_pit_owns(0x43) && hve_pit_owns(0x61));
	EXPECT(!hve_pit_owns(0x44) && !hve_pit_owns(0x60));
	EXPECT_EQ(in(PPI) & 3, 0);
	out(PPI, 2);
	EXPECT_EQ(in(PPI) & 3, 2);
	a = in(PPI) & 0x10;
	fake_advance_ns(16384);
	EXPECT_EQ(in(PPI) & 0x10, a ^ 0x10);
	/* the loop that calibrates a TSC */
	out(PPI, 1);
	program(2, 0, 11932);
	EXPECT_EQ(in(PPI) & 0x20, 0);
	fake_advance_ns(9 * MS);
	EXPECT_EQ(in(PPI) & 0x20, 0);
	fake_advance_ns(2 * MS);
	EXPECT_EQ(in(PPI) & 0x20, 0x20);
	/* the gate's rising edge starts mode 3 anew */
	program(2, 3, 1000);
	fake_advance_ns(MS / 2);
	out(PPI, 0);
	out(PPI, 1);
	EXPECT_EQ(in16(C2), 1000);
	hve_pit_destroy(&pit);
}

static void state(void)
{
	struct kvm_pit_state2 s;

	pit_setup();
	program(0, 2, 11932);
	out(CW, 0xb0);
	out(C2, 0x34);			/* the first byte of two */
	out(PPI, 2);
	hve_pit_get(&pit, &s);
	EXPECT_EQ(s.channels[0].count, 11932);
	EXPECT_EQ(s.channels[0].mode, 2);
	EXPECT_EQ(s.flags, KVM_PIT_FLAGS_SPEAKER_DATA_ON);
	hve_pit_destroy(&pit);
	pit_setup();
	hve_pit_set(&pit, &s);
	out(C2, 0x12);
	EXPECT_EQ(in16(C2), 0x1234);
	EXPECT_EQ(in(PPI) & 3, 2);
	fake_advance_ns(11 * MS);
	EXPECT_EQ(fake_pit_edges, 1);
	/* an HPET has taken its place */
	s.flags |= KVM_PIT_FLAGS_HPET_LEGACY;
	hve_pit_set(&pit, &s);
	fake_advance_ns(100 * MS);
	EXPECT_EQ(fake_pit_edges, 1);
	/* counts that cannot be */
	memset(&s, 0, sizeof(s));
	s.channels[2].mode = 3;
	hve_pit_set(&pit, &s);
	in16(C2);
	memset(&s, 0xff, sizeof(s));
	hve_pit_set(&pit, &s);
	out(CW, 0xce);
	in(C2);
	in(PPI);
	hve_pit_destroy(&pit);
}

int main(void)
{
	ktap_begin();
	RUN(counts);
	RUN(latches);
	RUN(interrupts);
	RUN(reinjection);
	RUN(speaker);
	RUN(state);
	return ktap_end();
}
