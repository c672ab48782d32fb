// SPDX-License-Identifier: GPL-2.0
/* The 8259A pair: command words, priorities, cascade, INTR and its ways. */
#include "chips.h"

#define M0	0x20
#define M1	0x21
#define S0	0xa0
#define S1	0xa1

static void out(u16 port, u8 val)
{
	hve_pic_write(&chips, port, val);
}

static u8 in(u16 port)
{
	return hve_pic_read(&chips, port);
}

static int line(unsigned int pin, bool level)
{
	return hve_pic_line(&chips, pin, HVE_IRQ_FROM_VMM, level);
}

static int pulse(unsigned int pin)
{
	int r = line(pin, true);

	line(pin, false);
	return r;
}

/* As a PC's firmware does: vectors 0x20 and 0x28, everything unmasked */
static void pic_setup(u8 icw4)
{
	chips_setup();
	out(M0, 0x11);
	out(S0, 0x11);
	out(M1, 0x20);
	out(S1, 0x28);
	out(M1, 0x04);
	out(S1, 0x02);
	out(M1, icw4);
	out(S1, icw4);
	out(M1, 0);
	out(S1, 0);
	fake_acked[0] = 0;
	fake_unmasked[0] = 0;
	fake_kicks = 0;
}

static int ack(void)
{
	return hve_pic_ack(&chips);
}

static void vectors(void)
{
	pic_setup(1);
	EXPECT_EQ(ack(), -1);
	EXPECT_EQ(pulse(3), 1);
	EXPECT(hve_pic_output(&chips));
	EXPECT_EQ(pulse(3), 0);		/* coalesced */
	EXPECT_EQ(in(M0), 1 << 3);
	EXPECT_EQ(ack(), 0x23);
	EXPECT_EQ(in(M0), 0);
	EXPECT(!hve_pic_output(&chips));
	out(M0, 0x0b);
	EXPECT_EQ(in(M0), 1 << 3);	/* in service */
	EXPECT_EQ(fake_acked[0], 0);
	out(M0, 0x20);
	EXPECT_EQ(in(M0), 0);
	EXPECT_EQ(fake_acked[0], 1 << 3);
	teardown();
}

static void nesting(void)
{
	pic_setup(1);
	pulse(5);
	EXPECT_EQ(ack(), 0x25);
	pulse(6);
	EXPECT_EQ(ack(), -1);		/* lower than what is in service */
	pulse(1);
	EXPECT_EQ(ack(), 0x21);
	out(M0, 0x20);			/* ends 1 */
	EXPECT_EQ(ack(), -1);
	out(M0, 0x65);			/* specific EOI of 5 */
	EXPECT_EQ(ack(), 0x26);
	EXPECT_EQ(fake_acked[0], 1 << 1 | 1 << 5);
	teardown();
}

static void cascade(void)
{
	pic_setup(1);
	pulse(12);
	EXPECT_EQ(in(M0), 1 << 2);
	EXPECT_EQ(in(S0), 1 << 4);
	EXPECT_EQ(ack(), 0x2c);
	pulse(9);			/* higher, but the master's input is busy */
	EXPECT_EQ(ack(), -1);
	out(M0, 0x20);
	EXPECT_EQ(ack(), 0x29);
	out(S0, 0x20);
	out(M0, 0x20);
	EXPECT_EQ(ack(), -1);
	out(S0, 0x20);
	EXPECT_EQ(fake_acked[0], 1 << 2 | 1 << 9 | 1 << 12);
	teardown();
	/* special fully nested: the slave's higher one goes through */
	pic_setup(0x11);
	pulse(12);
	EXPECT_EQ(ack(), 0x2c);
	pulse(9);
	EXPECT_EQ(ack(), 0x29);
	teardown();
}

static void masks(void)
{
	pic_setup(1);
	out(M1, 0xfb & ~1);
	EXPECT_EQ(fake_unmasked[0], 0);
	EXPECT_EQ(in(M1), 0xfa);
	EXPECT_EQ(pulse(3), -1);
	EXPECT(!hve_pic_output(&chips));
	out(M1, 0xf2);
	EXPECT_EQ(fake_unmasked[0], 1 << 3);
	EXPECT_EQ(ack(), 0x23);		/* it has waited */
	out(S1, 0xff);
	EXPECT_EQ(pulse(8), -1);
	EXPECT_EQ(in(M0), 0);
	/* special mask mode: what is in service but masked does not inhibit */
	pulse(0);
	EXPECT_EQ(ack(), 0x20);
	out(M1, 0);
	pulse(4);
	EXPECT_EQ(ack(), -1);
	out(M1, 0x09);
	EXPECT_EQ(ack(), -1);
	out(M0, 0x68);
	EXPECT_EQ(ack(), 0x24);
	out(M0, 0x48);
	teardown();
}

static void rotation(void)
{
	pic_setup(1);
	out(M0, 0xc3);			/* 3 is lowest, 4 highest */
	pulse(2);
	pulse(4);
	EXPECT_EQ(ack(), 0x24);
	out(M0, 0xa0);			/* rotate on EOI: 4 is lowest */
	pulse(5);
	pulse(4);
	EXPECT_EQ(ack(), 0x25);
	out(M0, 0xe5);			/* the same, specific */
	pulse(6);
	EXPECT_EQ(ack(), 0x26);
	teardown();
	/* automatic EOI, rotating */
	pic_setup(3);
	out(M0, 0x80);
	pulse(0);
	pulse(1);
	EXPECT_EQ(ack(), 0x20);
	pulse(0);
	EXPECT_EQ(ack(), 0x21);
	EXPECT_EQ(ack(), 0x20);
	EXPECT_EQ(fake_acked[0], 3);
	out(M0, 0x00);
	pulse(0);
	pulse(1);
	EXPECT_EQ(ack(), 0x21);		/* 0 is lowest still */
	teardown();
}

static void levels(void)
{
	pic_setup(1);
	hve_pic_write(&chips, 0x4d0, 0xff);
	hve_pic_write(&chips, 0x4d1, 0xff);
	EXPECT_EQ(hve_pic_read(&chips, 0x4d0), 0xf8);
	EXPECT_EQ(hve_pic_read(&chips, 0x4d1), 0xde);
	EXPECT_EQ(line(5, true), 1);
	EXPECT_EQ(line(5, true), 0);
	EXPECT_EQ(ack(), 0x25);
	EXPECT_EQ(ack(), -1);
	out(M0, 0x20);
	EXPECT_EQ(ack(), 0x25);		/* still high */
	line(5, false);
	out(M0, 0x20);
	EXPECT_EQ(ack(), -1);
	/* two sources of a line */
	hve_pic_line(&chips, 6, HVE_IRQ_FROM_RESAMPLER, true);
	line(6, true);
	line(6, false);
	EXPECT_EQ(in(M0), 1 << 6);
	hve_pic_line(&chips, 6, HVE_IRQ_FROM_RESAMPLER, false);
	EXPECT_EQ(in(M0), 0);
	EXPECT(!hve_pic_output(&chips));
	/* an edge triggered line that stays high interrupts once */
	EXPECT_EQ(line(1, true), 1);
	EXPECT_EQ(ack(), 0x21);
	out(M0, 0x20);
	EXPECT_EQ(line(1, true), 1);
	EXPECT_EQ(ack(), -1);
	teardown();
}

static void polls(void)
{
	pic_setup(1);
	out(M0, 0x0c);
	EXPECT_EQ(in(M0), 0);
	pulse(4);
	out(M0, 0x0c);
	EXPECT_EQ(in(M0), 0x84);
	EXPECT(!hve_pic_output(&chips));
	out(M0, 0x20);
	EXPECT_EQ(fake_acked[0], 1 << 4);
	pulse(11);
	out(S0, 0x0c);
	EXPECT_EQ(in(S0), 0x83);
	EXPECT(!hve_pic_output(&chips));
	teardown();
}

static void init_words(void)
{
	pic_setup(1);
	pulse(3);
	EXPECT_EQ(ack(), 0x23);
	pulse(4);
	out(M1, 0xff);
	fake_unmasked[0] = 0;
	out(M0, 0x10);			/* no ICW4 */
	EXPECT_EQ(fake_unmasked[0], 0xff);
	EXPECT_EQ(in(M0), 0);
	EXPECT_EQ(in(M1), 0);
	out(M1, 0x47);			/* the low bits are not the base's */
	out(M1, 0x04);
	out(M1, 0x80);			/* that is a mask already */
	EXPECT_EQ(in(M1), 0x80);
	pulse(3);
	EXPECT_EQ(ack(), 0x43);
	teardown();
}

/* INTR goes to LINT0 of each APIC, whatever that is programmed for */
static void intr(void)
{
	struct hve_apic *a = &apics[0], *b = &apics[1];
	u8 sipi;

	pic_setup(1);
	EXPECT(hve_apic_accepts_extint(a));	/* as the BSP comes out of reset */
	EXPECT(!hve_apic_accepts_extint(b));
	pulse(3);
	EXPECT_EQ(hve_apic_events_take(a, ~0u, &sipi), BIT(HVE_APIC_EV_EXTINT));
	EXPECT_EQ(hve_apic_events_take(b, ~0u, &sipi), 0);
	EXPECT(fake_kicked == a);
	pulse(4);
	EXPECT_EQ(hve_apic_events_take(a, ~0u, &sipi), 0);	/* high already */
	EXPECT_EQ(ack(), 0x23);
	out(M0, 0x20);
	EXPECT_EQ(hve_apic_events_take(a, ~0u, &sipi), BIT(HVE_APIC_EV_EXTINT));
	EXPECT_EQ(ack(), 0x24);
	out(M0, 0x20);
	EXPECT_EQ(hve_apic_msr_write(b, 0x835, 0x400), 0);	/* NMI */
	EXPECT_EQ(hve_apic_msr_write(a, 0x835, 0x51), 0);	/* a vector */
	pulse(3);
	EXPECT_EQ(hve_apic_events_take(b, ~0u, &sipi), BIT(HVE_APIC_EV_NMI));
	EXPECT_EQ(hve_apic_events_take(a, ~0u, &sipi), 0);
	EXPECT_EQ(who(0x51), 1);
	teardown();
}

static void state(void)
{
	struct kvm_pic_state m, s;

	pic_setup(1);
	pulse(3);
	EXPECT_EQ(ack(), 0x23);
	pulse(12);
	out(S1, 0x41);
	hve_pic_get(&chips, 0, &m);
	hve_pic_get(&chips, 1, &s);
	EXPECT_EQ(m.isr, 1 << 3);
	EXPECT_EQ(m.irr, 1 << 2);
	EXPECT_EQ(s.irr, 1 << 4);
	EXPECT_EQ(s.imr, 0x41);
	EXPECT_EQ(m.irq_base, 0x20);
	teardown();
	chips_setup();
	hve_pic_set(&chips, 0, &m);
	EXPECT(!hve_pic_output(&chips));
	hve_pic_set(&chips, 1, &s);
	EXPECT(hve_pic_output(&chips));
	EXPECT_EQ(ack(), 0x2c);
	/* whatever a VMM writes, nothing goes out of bounds */
	memset(&m, 0xff, sizeof(m));
	hve_pic_set(&chips, 0, &m);
	hve_pic_set(&chips, 1, &m);
	out(M0, 0x20);
	out(M0, 0xa0);
	out(M1, 0);
	in(M0);
	ack();
	teardown();
}

int main(void)
{
	ktap_begin();
	RUN(vectors);
	RUN(nesting);
	RUN(cascade);
	RUN(masks);
	RUN(rotation);
	RUN(levels);
	RUN(polls);
	RUN(init_words);
	RUN(intr);
	RUN(state);
	return ktap_end();
}
