// SPDX-License-Identifier: GPL-2.0
/*
 * The IOAPIC of a split irqchip: it lives here, and what it sends goes to the
 * LAPICs in the kernel as MSIs. The kernel half learns the entries by
 * KVM_SET_GSI_ROUTING, so that it reports the EOI of a level-triggered one
 * (KVM_EXIT_IOAPIC_EOI).
 */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define REG_SELECT	0x00
#define REG_WINDOW	0x10
#define REG_EOI		0x40
#define ID		0
#define VERSION		1
#define TABLE		0x10
#define VERSION_VALUE	(0x20 | (IOAPIC_PINS - 1) << 16)

#define RTE_VECTOR	0xffull
#define RTE_LOGICAL	BIT(11)
#define RTE_REMOTE_IRR	BIT(14)
#define RTE_LEVEL	BIT(15)
#define RTE_MASKED	BIT(16)
#define RTE_READ_ONLY	(RTE_REMOTE_IRR | BIT(12))

static uint64_t msi_address(uint64_t rte)
{
	return APIC_BASE | (rte >> 56) << 12 | (rte & RTE_LOGICAL ? 1 << 2 : 0);
}

static uint32_t msi_data(uint64_t rte)
{
	/* vector and delivery mode as they are; level means "assert" */
	return (rte & 0x7ff) | (rte & RTE_LEVEL ? 1 << 15 | 1 << 14 : 0);
}

static void update_routing(struct machine *m)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entry[IOAPIC_PINS];
	} table;
	unsigned int pin;

	memset(&table, 0, sizeof(table));
	for (pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t rte = m->ioapic.entry[pin];
		struct kvm_irq_routing_entry *e = &table.entry[table.head.nr];

		if (rte & RTE_MASKED)
			continue;
		e->gsi = pin;
		e->type = KVM_IRQ_ROUTING_MSI;
		e->u.msi.address_lo = msi_address(rte);
		e->u.msi.data = msi_data(rte);
		table.head.nr++;
	}
	xioctl(m->vmm.fd, KVM_SET_GSI_ROUTING, &table);
}

static void deliver(struct machine *m, unsigned int pin)
{
	uint64_t *rte = &m->ioapic.entry[pin];

	if (*rte & RTE_MASKED)
		return;
	if (*rte & RTE_LEVEL) {
		if (*rte & RTE_REMOTE_IRR)
			return;
		*rte |= RTE_REMOTE_IRR;
	}
	vmm_signal_msi(&m->vmm, msi_address(*rte), msi_data(*rte));
}

void ioapic_set_irq(struct machine *m, unsigned int pin, bool level)
{
	uint32_t bit = 1u << pin, old = m->ioapic.level;

	m->ioapic.level = level ? old | bit : old & ~bit;
	if (level && !(old & bit))
		deliver(m, pin);
}

void ioapic_eoi(struct machine *m, uint8_t vector)
{
	unsigned int pin;

	for (pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t *rte = &m->ioapic.entry[pin];

		if (!(*rte & RTE_REMOTE_IRR) || (*rte & RTE_VECTOR) != vector)
			continue;
		*rte &= ~RTE_REMOTE_IRR;
		if (m->ioapic.level & 1u << pin)
			deliver(m, pin);
	}
}

static uint32_t read_register(struct ioapic *io)
{
	unsigned int n = io->select - TABLE;

	if (io->select == VERSION)
		return VERSION_VALUE;
	if (io->select >= TABLE && n / 2 < IOAPIC_PINS)
		return io->entry[n / 2] >> (n & 1 ? 32 : 0);
	return 0;	/* ID and arbitration ID are 0: there is one */
}

static void write_register(struct machine *m, uint32_t value)
{
	struct ioapic *io = &m->ioapic;
	unsigned int n = io->select - TABLE, pin = n / 2;
	uint64_t old, new;

	if (io->select < TABLE || pin >= IOAPIC_PINS)
		return;
	old = io->entry[pin];
	if (n & 1)
		new = (old & 0xffffffff) | (uint64_t)value << 32;
	else
		new = (old & ~0xffffffffull) | value;
	new = (new & ~RTE_READ_ONLY) | (old & RTE_READ_ONLY);
	if (!(new & RTE_LEVEL))
		new &= ~RTE_REMOTE_IRR;
	if (new == old)
		return;
	io->entry[pin] = new;
	update_routing(m);
	/* a level that came while masked is still there when unmasked */
	if (new & RTE_LEVEL && io->level & 1u << pin)
		deliver(m, pin);
}

void ioapic_access(struct machine *m, uint64_t offset, bool write, uint8_t *data,
		   unsigned int len)
{
	uint32_t value = 0;

	/* only aligned 32-bit accesses are defined */
	if (len != 4) {
		if (!write)
			memset(data, 0, len);
		return;
	}
	if (write) {
		memcpy(&value, data, 4);
		if (offset == REG_SELECT)
			m->ioapic.select = value & 0xff;
		else if (offset == REG_WINDOW)
			write_register(m, value);
		else if (offset == REG_EOI)
			ioapic_eoi(m, value);
		return;
	}
	if (offset == REG_SELECT)
		value = m->ioapic.select;
	else if (offset == REG_WINDOW)
		value = read_register(&m->ioapic);
	memcpy(data, &value, 4);
}

void ioapic_init(struct machine *m)
{
	unsigned int pin;

	for (pin = 0; pin < IOAPIC_PINS; pin++)
		m->ioapic.entry[pin] = RTE_MASKED;
}
