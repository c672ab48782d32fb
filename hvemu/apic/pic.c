// SPDX-License-Identifier: GPL-2.0
/*
 * A pair of 8259A interrupt controllers, and the register pair that makes
 * their inputs level triggered.
 *
 * Intel, "8259A Programmable Interrupt Controller": the command words ICW1..4
 * and OCW1..3 are called as there.  Left out are LTIM (the edge/level registers
 * replace it on PCs), MCS-80 mode and buffered mode.
 */
#include "apic.h"
#include "private.h"

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>

#define PORT_MASTER	0x20
#define PORT_SLAVE	0xa0
#define PORT_ELCR	0x4d0

#define ICW1		0x10
#define ICW1_ICW4	0x01
#define ICW4_AEOI	0x02
#define ICW4_SFNM	0x10
#define OCW3		0x08
#define OCW3_RIS	0x01
#define OCW3_RR		0x02
#define OCW3_POLL	0x04
#define OCW3_SMM	0x20
#define OCW3_ESMM	0x40
#define POLL_IRQ	0x80

#define CASCADE		2	/* the master's input that is the slave's INTR */
#define SPURIOUS	7

/* What must stay edge triggered: timer, keyboard, cascade; clock and FPU. */
static const u8 elcr_mask[2] = { 0xf8, 0xde };

/* Pins to tell the host of when the lock is free, and whether INTR rose. */
struct pic_news {
	u16 acked;
	u16 unmasked;
	bool rose;
};

static u8 slave_pins(const struct kvm_pic_state *p, const struct hve_pic *pic)
{
	return p == &pic->chip[1] ? 8 : 0;
}

/* Rank of the highest priority among inputs, 0 is highest; 8: there is none. */
static unsigned int highest_rank(const struct kvm_pic_state *p, u8 inputs)
{
	unsigned int first = p->priority_add & 7;

	/* rotate the input of highest priority to bit 0 */
	inputs = inputs >> first | inputs << (8 - first);
	return inputs ? __ffs(inputs) : 8;
}

static unsigned int ranked(const struct kvm_pic_state *p, unsigned int rank)
{
	return (rank + p->priority_add) & 7;
}

static int pending(const struct hve_pic *pic, unsigned int slave);

static u8 irr_of(const struct hve_pic *pic, unsigned int slave)
{
	u8 irr = pic->chip[slave].irr;

	if (!slave)
		irr = (irr & ~BIT(CASCADE)) |
		      (pending(pic, 1) >= 0 ? BIT(CASCADE) : 0);
	return irr;
}

/* The input that is to be served now, or -1. */
static int pending(const struct hve_pic *pic, unsigned int slave)
{
	const struct kvm_pic_state *p = &pic->chip[slave];
	unsigned int rank = highest_rank(p, irr_of(pic, slave) & ~p->imr);
	u8 inhibit = p->isr;

	/* "Special Fully Nested Mode": the slave may interrupt again */
	if (!slave && p->special_fully_nested_mode)
		inhibit &= ~BIT(CASCADE);
	if (p->special_mask)
		inhibit &= ~p->imr;
	return rank < highest_rank(p, inhibit) ? (int)ranked(p, rank) : -1;
}

static void update(struct hve_pic *pic, struct pic_news *news)
{
	bool output = pending(pic, 0) >= 0;

	if (output && !pic->output)
		news->rose = true;
	WRITE_ONCE(pic->output, output);
}

static void tell(struct hve_chips *chips, struct pic_news *news)
{
	unsigned long pins;
	unsigned int pin;

	pins = news->acked;
	for (; pins; pins &= pins - 1)
		hve_chips_host_acked(chips, HVE_CHIP_PIC, __ffs(pins));
	pins = news->unmasked;
	for (; pins; pins &= pins - 1) {
		pin = __ffs(pins);
		hve_chips_host_unmasked(chips, HVE_CHIP_PIC, pin);
	}
	if (news->rose)
		hve_apic_bus_intr(chips->bus);
}

static int line_set(struct kvm_pic_state *p, unsigned int pin, bool level)
{
	u8 bit = BIT(pin);
	int r = 1;

	if (p->elcr & bit) {
		if (level) {
			r = !(p->irr & bit);
			p->irr |= bit;
			p->last_irr |= bit;
		} else {
			p->irr &= ~bit;
			p->last_irr &= ~bit;
		}
	} else if (level) {
		if (!(p->last_irr & bit)) {
			r = !(p->irr & bit);
			p->irr |= bit;
		}
		p->last_irr |= bit;
	} else {
		p->last_irr &= ~bit;
	}
	return p->imr & bit ? -1 : r;
}

int hve_pic_line(struct hve_chips *chips, unsigned int pin,
		 enum hve_irq_source source, bool level)
{
	struct hve_pic *pic = &chips->pic;
	struct pic_news news = {};
	unsigned long flags;
	int r;

	raw_spin_lock_irqsave(&pic->lock, flags);
	if (level)
		pic->sources[pin] |= BIT(source);
	else
		pic->sources[pin] &= ~BIT(source);
	r = line_set(&pic->chip[pin >> 3], pin & 7, pic->sources[pin]);
	update(pic, &news);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	tell(chips, &news);
	return r;
}

static void end_input(struct hve_pic *pic, struct kvm_pic_state *p,
		      unsigned int pin, struct pic_news *news)
{
	p->isr &= ~BIT(pin);
	news->acked |= BIT(pin + slave_pins(p, pic));
}

static void serve(struct hve_pic *pic, struct kvm_pic_state *p,
		  unsigned int pin, struct pic_news *news)
{
	p->isr |= BIT(pin);
	if (!(p->elcr & BIT(pin)))
		p->irr &= ~BIT(pin);
	if (!p->auto_eoi)
		return;
	if (p->rotate_on_auto_eoi)
		p->priority_add = (pin + 1) & 7;
	end_input(pic, p, pin, news);
}

int hve_pic_ack(struct hve_chips *chips)
{
	struct hve_pic *pic = &chips->pic;
	struct pic_news news = {};
	unsigned long flags;
	int pin, vector = -1;

	raw_spin_lock_irqsave(&pic->lock, flags);
	pin = pending(pic, 0);
	if (pin < 0)
		goto unlock;
	vector = pic->chip[0].irq_base + pin;
	if (pin == CASCADE) {
		pin = pending(pic, 1);
		serve(pic, &pic->chip[0], CASCADE, &news);
		if (pin >= 0)
			serve(pic, &pic->chip[1], pin, &news);
		vector = pic->chip[1].irq_base + (pin < 0 ? SPURIOUS : pin);
	} else {
		serve(pic, &pic->chip[0], pin, &news);
	}
	/* INTR drops with the acknowledge, and rises for what is left */
	pic->output = false;
	update(pic, &news);
unlock:
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	tell(chips, &news);
	return vector;
}

/* "Initialization Command Word 1" */
static void icw1_write(struct hve_pic *pic, struct kvm_pic_state *p, u8 val,
		       struct pic_news *news)
{
	p->init4 = val & ICW1_ICW4;
	p->irr &= p->elcr;
	p->imr = 0;
	p->isr = 0;
	p->priority_add = 0;
	p->special_mask = 0;
	p->poll = 0;
	p->read_reg_select = 0;
	p->rotate_on_auto_eoi = 0;
	if (!p->init4) {
		p->special_fully_nested_mode = 0;
		p->auto_eoi = 0;
	}
	p->init_state = 1;
	news->unmasked |= 0xff << slave_pins(p, pic);
}

/* "Operation Control Word 2": ends of interrupts, rotation */
static void ocw2_write(struct hve_pic *pic, struct kvm_pic_state *p, u8 val,
		       struct pic_news *news)
{
	unsigned int command = val >> 5, pin = val & 7, rank;

	switch (command) {
	case 0:		/* rotate in automatic EOI mode: off, on */
	case 4:
		p->rotate_on_auto_eoi = command >> 2;
		break;
	case 1:		/* non-specific EOI, with rotation */
	case 5:
		rank = highest_rank(p, p->special_mask ? p->isr & ~p->imr :
							 p->isr);
		if (rank == 8)
			break;
		pin = ranked(p, rank);
		if (command == 5)
			p->priority_add = (pin + 1) & 7;
		end_input(pic, p, pin, news);
		break;
	case 7:		/* specific EOI, with rotation */
		p->priority_add = (pin + 1) & 7;
		fallthrough;
	case 3:
		end_input(pic, p, pin, news);
		break;
	case 6:		/* set priority */
		p->priority_add = (pin + 1) & 7;
		break;
	}
}

static void ocw3_write(struct kvm_pic_state *p, u8 val)
{
	if (val & OCW3_POLL)
		p->poll = 1;
	if (val & OCW3_RR)
		p->read_reg_select = val & OCW3_RIS;
	if (val & OCW3_ESMM)
		p->special_mask = !!(val & OCW3_SMM);
}

/* The odd port: OCW1, or what an ICW1 made it expect. */
static void data_write(struct hve_pic *pic, struct kvm_pic_state *p, u8 val,
		       struct pic_news *news)
{
	switch (p->init_state) {
	case 0:
		news->unmasked |= (p->imr & ~val) << slave_pins(p, pic);
		p->imr = val;
		break;
	case 1:
		p->irq_base = val & 0xf8;
		p->init_state = 2;
		break;
	case 2:
		p->init_state = p->init4 ? 3 : 0;
		break;
	case 3:
		p->special_fully_nested_mode = !!(val & ICW4_SFNM);
		p->auto_eoi = !!(val & ICW4_AEOI);
		p->init_state = 0;
		break;
	}
}

static void port_write(struct hve_pic *pic, struct kvm_pic_state *p, u16 port,
		       u8 val, struct pic_news *news)
{
	if (port & 1)
		data_write(pic, p, val, news);
	else if (val & ICW1)
		icw1_write(pic, p, val, news);
	else if (val & OCW3)
		ocw3_write(p, val);
	else
		ocw2_write(pic, p, val, news);
}

/* "Poll Command": the read is the acknowledge. */
static u8 poll_read(struct hve_pic *pic, struct kvm_pic_state *p,
		    struct pic_news *news)
{
	int pin = pending(pic, p != pic->chip);

	p->poll = 0;
	if (pin < 0)
		return 0;
	serve(pic, p, pin, news);
	return POLL_IRQ | pin;
}

static u8 port_read(struct hve_pic *pic, struct kvm_pic_state *p, u16 port,
		    struct pic_news *news)
{
	if (p->poll)
		return poll_read(pic, p, news);
	if (port & 1)
		return p->imr;
	return p->read_reg_select ? p->isr : irr_of(pic, p != pic->chip);
}

bool hve_pic_owns(u16 port)
{
	port &= ~1;
	return port == PORT_MASTER || port == PORT_SLAVE || port == PORT_ELCR;
}

static struct kvm_pic_state *chip_of(struct hve_pic *pic, u16 port)
{
	return &pic->chip[(port & ~1) == PORT_SLAVE];
}

u8 hve_pic_read(struct hve_chips *chips, u16 port)
{
	struct hve_pic *pic = &chips->pic;
	struct pic_news news = {};
	unsigned long flags;
	u8 val;

	raw_spin_lock_irqsave(&pic->lock, flags);
	if ((port & ~1) == PORT_ELCR)
		val = pic->chip[port & 1].elcr;
	else
		val = port_read(pic, chip_of(pic, port), port, &news);
	update(pic, &news);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	tell(chips, &news);
	return val;
}

void hve_pic_write(struct hve_chips *chips, u16 port, u8 val)
{
	struct hve_pic *pic = &chips->pic;
	struct pic_news news = {};
	unsigned long flags;

	raw_spin_lock_irqsave(&pic->lock, flags);
	if ((port & ~1) == PORT_ELCR)
		pic->chip[port & 1].elcr = val & elcr_mask[port & 1];
	else
		port_write(pic, chip_of(pic, port), port, val, &news);
	update(pic, &news);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	tell(chips, &news);
}

void hve_pic_get(struct hve_chips *chips, unsigned int slave,
		 struct kvm_pic_state *out)
{
	struct hve_pic *pic = &chips->pic;
	unsigned long flags;

	raw_spin_lock_irqsave(&pic->lock, flags);
	*out = pic->chip[slave];
	out->irr = irr_of(pic, slave);
	out->elcr_mask = elcr_mask[slave];
	raw_spin_unlock_irqrestore(&pic->lock, flags);
}

void hve_pic_set(struct hve_chips *chips, unsigned int slave,
		 const struct kvm_pic_state *in)
{
	struct hve_pic *pic = &chips->pic;
	struct pic_news news = {};
	unsigned long flags;

	raw_spin_lock_irqsave(&pic->lock, flags);
	pic->chip[slave] = *in;
	update(pic, &news);
	news.rose = pic->output;
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	tell(chips, &news);
}

static void ioapic_init(struct hve_ioapic *ioapic)
{
	unsigned int i;

	raw_spin_lock_init(&ioapic->lock);
	ioapic->s.base_address = HVE_IOAPIC_DEFAULT_BASE;
	for (i = 0; i < HVE_IOAPIC_PINS; i++)
		ioapic->s.redirtbl[i].fields.mask = 1;
}

void hve_chips_init(struct hve_chips *chips, struct hve_apic_bus *bus)
{
	chips->bus = bus;
	raw_spin_lock_init(&chips->pic.lock);
	ioapic_init(&chips->ioapic);
}
