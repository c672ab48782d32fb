// SPDX-License-Identifier: GPL-2.0
/*
 * An IOAPIC: lines in, messages to LAPICs out.
 *
 * Intel, "82093AA I/O Advanced Programmable Interrupt Controller".  Polarity is
 * a matter of wiring: a line is high when its interrupt is asserted.
 */
#include "apic.h"
#include "private.h"

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>

#define IOREGSEL	0x00
#define IOWIN		0x10
#define REGS_BYTES	0x100

#define REG_ID		0x00
#define REG_VERSION	0x01
#define REG_ARB		0x02
#define REG_TABLE	0x10

#define VERSION		((HVE_IOAPIC_PINS - 1) << 16 | 0x11)

/* Bits of a redirection table entry */
#define RTE_DELIVERY_STATUS	BIT_ULL(12)
#define RTE_REMOTE_IRR		BIT_ULL(14)
#define RTE_LEVEL		BIT_ULL(15)
#define RTE_MASKED		BIT_ULL(16)
#define RTE_READONLY		(RTE_DELIVERY_STATUS | RTE_REMOTE_IRR)
#define RTE_RESERVED		0x00fffffffffe0000ull

static u64 rte(const struct hve_ioapic *ioapic, unsigned int pin)
{
	return ioapic->s.redirtbl[pin].bits;
}

/* As the address and data of an MSI, which have the same fields. */
static int send(struct hve_chips *chips, u64 entry)
{
	u64 msi_addr = 0xfee00000ull | entry >> 56 << 12 |
		       (entry & BIT(11) ? BIT(2) : 0);

	return hve_apic_msi(chips->bus, msi_addr,
			    (entry & (RTE_LEVEL | 0x7ff)) | LAPIC_LEVEL_ASSERT);
}

/* The line of a pin is high: send, unless it has to wait. */
static int service(struct hve_chips *chips, unsigned int pin)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	u64 entry = rte(ioapic, pin);
	int r;

	if (entry & RTE_MASKED)
		return -1;
	if (entry & RTE_LEVEL && entry & RTE_REMOTE_IRR)
		return -1;
	r = send(chips, entry);
	if (!(entry & RTE_LEVEL))
		ioapic->delivered |= BIT(pin);
	else if (r >= 0)
		ioapic->s.redirtbl[pin].bits |= RTE_REMOTE_IRR;
	return r;
}

static int line_set(struct hve_chips *chips, unsigned int pin, bool level)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	u32 before = ioapic->s.irr;

	if (!level) {
		ioapic->s.irr &= ~BIT(pin);
		return 1;
	}
	ioapic->s.irr |= BIT(pin);
	if (!(rte(ioapic, pin) & RTE_LEVEL)) {
		if (before & BIT(pin))
			return 0;
		ioapic->delivered &= ~BIT(pin);
	}
	return service(chips, pin);
}

int hve_ioapic_line(struct hve_chips *chips, unsigned int pin,
		    enum hve_irq_source source, bool level)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	unsigned long flags;
	int r;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	if (level)
		ioapic->sources[pin] |= BIT(source);
	else
		ioapic->sources[pin] &= ~BIT(source);
	r = line_set(chips, pin, ioapic->sources[pin]);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
	return r;
}

/* A level triggered line that is still high, or a device asks again. */
static void service_again(struct hve_chips *chips, unsigned int pin)
{
	struct hve_ioapic *ioapic = &chips->ioapic;

	if (rte(ioapic, pin) & RTE_LEVEL && ioapic->s.irr & BIT(pin))
		service(chips, pin);
}

static u32 pins_of(struct hve_ioapic *ioapic, u8 vector)
{
	unsigned int pin;
	u32 pins = 0;

	for (pin = 0; pin < HVE_IOAPIC_PINS; pin++)
		if ((u8)rte(ioapic, pin) == vector)
			pins |= BIT(pin);
	return pins;
}

void hve_ioapic_eoi(struct hve_chips *chips, u8 vector)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	unsigned long flags, todo;
	unsigned int pin;
	u32 pins;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	pins = pins_of(ioapic, vector);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
	/* first the devices, which may withdraw their request */
	for (todo = pins; todo; todo &= todo - 1)
		hve_chips_host_acked(chips, HVE_CHIP_IOAPIC, __ffs(todo));
	raw_spin_lock_irqsave(&ioapic->lock, flags);
	for (todo = pins; todo; todo &= todo - 1) {
		pin = __ffs(todo);
		if (!(rte(ioapic, pin) & RTE_LEVEL))
			continue;
		ioapic->s.redirtbl[pin].bits &= ~RTE_REMOTE_IRR;
		service_again(chips, pin);
	}
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
}

void hve_ioapic_eoi_vectors(struct hve_chips *chips, u32 edge_pins,
			    unsigned long *all, unsigned long *edge)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	unsigned long flags;
	unsigned int pin;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	for (pin = 0; pin < HVE_IOAPIC_PINS; pin++) {
		u64 entry = rte(ioapic, pin);

		if (entry & RTE_LEVEL) {
			__set_bit((u8)entry, all);
		} else if (edge_pins & BIT(pin)) {
			__set_bit((u8)entry, all);
			__set_bit((u8)entry, edge);
		}
	}
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
}

static u32 reg_read(const struct hve_ioapic *ioapic)
{
	u32 sel = ioapic->s.ioregsel, pin = (sel - REG_TABLE) >> 1;

	switch (sel) {
	case REG_ID:
	case REG_ARB:
		return (ioapic->s.id & 0xf) << 24;
	case REG_VERSION:
		return VERSION;
	}
	if (pin < HVE_IOAPIC_PINS)
		return rte(ioapic, pin) >> (sel & 1 ? 32 : 0);
	/* a pin that is not there reads as masked */
	return ~0u;
}

/* The entry as it is after a write to a half of it. */
static u64 rte_written(u64 old, bool high, u32 val)
{
	u64 new = high ? (u32)old | (u64)val << 32 : (old >> 32 << 32) | val;

	new &= ~(RTE_READONLY | RTE_RESERVED);
	new |= old & RTE_READONLY;
	/* how software without an EOI register clears a stuck request */
	if (!(new & RTE_LEVEL))
		new &= ~RTE_REMOTE_IRR;
	return new;
}

static void rte_write(struct hve_chips *chips, unsigned int pin, bool high,
		      u32 val)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	unsigned long flags;
	u64 old, new;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	old = rte(ioapic, pin);
	new = rte_written(old, high, val);
	ioapic->s.redirtbl[pin].bits = new;
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
	/* who gets the vector is to know first that its EOI matters */
	if ((old ^ new) & (RTE_LEVEL | LAPIC_VECTOR_MASK))
		hve_chips_host_rescan(chips);
	raw_spin_lock_irqsave(&ioapic->lock, flags);
	service_again(chips, pin);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
	if (old & RTE_MASKED && !(new & RTE_MASKED))
		hve_chips_host_unmasked(chips, HVE_CHIP_IOAPIC, pin);
}

static void reg_write(struct hve_chips *chips, u32 val)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	u32 sel = READ_ONCE(ioapic->s.ioregsel), pin = (sel - REG_TABLE) >> 1;

	if (sel == REG_ID)
		WRITE_ONCE(ioapic->s.id, val >> 24 & 0xf);
	else if (pin < HVE_IOAPIC_PINS)
		rte_write(chips, pin, sel & 1, val);
}

bool hve_ioapic_owns(const struct hve_chips *chips, u64 gpa)
{
	return gpa - READ_ONCE(chips->ioapic.s.base_address) < REGS_BYTES;
}

void hve_ioapic_read(struct hve_chips *chips, u64 gpa, u32 len, void *data)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	unsigned long flags;
	u64 val = 0;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	switch (gpa & 0xff) {
	case IOREGSEL:
		val = ioapic->s.ioregsel;
		break;
	case IOWIN:
		val = reg_read(ioapic);
		break;
	}
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
	memcpy(data, &val, min_t(u32, len, sizeof(val)));
}

void hve_ioapic_write(struct hve_chips *chips, u64 gpa, u32 len,
		      const void *data)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	unsigned long flags;
	u32 val = 0;

	memcpy(&val, data, min_t(u32, len, sizeof(val)));
	switch (gpa & 0xff) {
	case IOREGSEL:
		raw_spin_lock_irqsave(&ioapic->lock, flags);
		ioapic->s.ioregsel = val & 0xff;
		raw_spin_unlock_irqrestore(&ioapic->lock, flags);
		break;
	case IOWIN:
		reg_write(chips, val);
		break;
	}
}

void hve_ioapic_get(struct hve_chips *chips, struct kvm_ioapic_state *out)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	unsigned long flags;

	raw_spin_lock_irqsave(&ioapic->lock, flags);
	*out = ioapic->s;
	/* an edge that was sent needs no sending where this is loaded */
	out->irr &= ~ioapic->delivered;
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
}

void hve_ioapic_set(struct hve_chips *chips, const struct kvm_ioapic_state *in)
{
	struct hve_ioapic *ioapic = &chips->ioapic;
	unsigned long flags, irr = in->irr & (BIT(HVE_IOAPIC_PINS) - 1);

	/* EOIs of what is sent now are to be seen */
	raw_spin_lock_irqsave(&ioapic->lock, flags);
	ioapic->s = *in;
	ioapic->s.irr = 0;
	ioapic->delivered = 0;
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
	hve_chips_host_rescan(chips);
	raw_spin_lock_irqsave(&ioapic->lock, flags);
	for (; irr; irr &= irr - 1)
		line_set(chips, __ffs(irr), true);
	raw_spin_unlock_irqrestore(&ioapic->lock, flags);
}
