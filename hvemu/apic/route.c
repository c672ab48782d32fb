// SPDX-License-Identifier: GPL-2.0
/*
 * The bus between the APICs of a VM: who gets an interrupt message.
 *
 * SDM, "Determining IPI Destination" and "Message Signalled Interrupts".
 * Senders are vCPUs, in or out of a window, and devices in any context, so all
 * look-ups are lockless: tables are written once, the rest is single words.
 */
#include "apic.h"
#include "private.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>

/* MSI address and data, SDM, "Message Signalled Interrupts" */
#define MSI_ADDR_DEST_SHIFT	12
#define MSI_ADDR_LOGICAL	0x4u
#define MSI_ADDR_REDIRECT	0x8u

int hve_apic_bus_init(struct hve_apic_bus *bus, u32 tsc_khz)
{
	if (!tsc_khz)
		return -EINVAL;
	bus->tsc_khz = tsc_khz;
	bus->cycle_ns = HVE_APIC_CYCLE_NS;
	bus->by_index = kvcalloc(HVE_APIC_MAX, sizeof(*bus->by_index),
				 GFP_KERNEL_ACCOUNT);
	bus->by_id = kvcalloc(HVE_APIC_MAX, sizeof(*bus->by_id),
			      GFP_KERNEL_ACCOUNT);
	if (bus->by_index && bus->by_id)
		return 0;
	hve_apic_bus_destroy(bus);
	return -ENOMEM;
}

void hve_apic_bus_clock(struct hve_apic_bus *bus, u32 cycle_ns)
{
	bus->cycle_ns = cycle_ns;
}

void hve_apic_bus_destroy(struct hve_apic_bus *bus)
{
	kvfree(bus->by_index);
	kvfree(bus->by_id);
	bus->by_index = NULL;
	bus->by_id = NULL;
}

void hve_apic_bus_options(struct hve_apic_bus *bus, bool ids_32bit,
			  bool no_broadcast_quirk)
{
	WRITE_ONCE(bus->ids_32bit, ids_32bit);
	WRITE_ONCE(bus->no_broadcast_quirk, no_broadcast_quirk);
}

int hve_apic_attach(struct hve_apic *apic)
{
	struct hve_apic_bus *bus = apic->bus;
	u32 nr = bus->nr;

	if (apic->id >= HVE_APIC_MAX || nr >= HVE_APIC_MAX)
		return -EINVAL;
	if (bus->by_id[apic->id])
		return -EEXIST;
	/* Release: whoever finds the APIC finds it initialised. */
	smp_store_release(&bus->by_id[apic->id], apic);
	WRITE_ONCE(bus->by_index[nr], apic);
	/* Release: pairs with nr_apics(). */
	smp_store_release(&bus->nr, nr + 1);
	apic->attached = true;
	return 0;
}

void hve_apic_destroy(struct hve_apic *apic)
{
	struct hve_apic_bus *bus = apic->bus;
	u32 i;

	if (!bus)
		return;
	hve_apic_timer_destroy(apic);
	/* Leave the counts as of an APIC that is off. */
	hve_apic_account_begin(apic);
	WRITE_ONCE(apic->mode, HVE_APIC_DISABLED);
	hve_apic_account_end(apic);
	if (!apic->attached)
		return;
	WRITE_ONCE(bus->by_id[apic->id], NULL);
	for (i = 0; i < bus->nr; i++) {
		if (bus->by_index[i] == apic)
			WRITE_ONCE(bus->by_index[i], NULL);
	}
	apic->attached = false;
}

static void account(struct hve_apic *apic, int by)
{
	if (apic->mode != HVE_APIC_XAPIC)
		return;
	atomic_add(by, &apic->bus->nr_xapic);
	if (apic_reg(apic, HVE_APIC_ID) >> 24 != apic->id)
		atomic_add(by, &apic->bus->nr_odd);
}

/*
 * Around a change of mode or id: both counts are raised meanwhile, which sends
 * everybody to the slow look-up that compares with each APIC.
 */
void hve_apic_account_begin(struct hve_apic *apic)
{
	atomic_inc(&apic->bus->nr_xapic);
	atomic_inc(&apic->bus->nr_odd);
	smp_mb__after_atomic(); /* before the registers change */
	account(apic, -1);
}

void hve_apic_account_end(struct hve_apic *apic)
{
	account(apic, 1);
	smp_mb__before_atomic(); /* after the registers changed */
	atomic_dec(&apic->bus->nr_odd);
	atomic_dec(&apic->bus->nr_xapic);
}

struct hve_apic *hve_apic_by_id(const struct hve_apic_bus *bus, u32 id)
{
	if (id >= HVE_APIC_MAX)
		return NULL;
	/* Acquire: pairs with hve_apic_attach(). */
	return smp_load_acquire(&bus->by_id[id]);
}

static bool is_broadcast(const struct hve_apic *apic,
			 const struct hve_apic_msg *msg)
{
	if (msg->x2 && msg->dest == X2APIC_BROADCAST)
		return true;
	return msg->dest == LAPIC_BROADCAST && (!msg->x2 || !apic_is_x2(apic));
}

/* SDM, "Logical Destination Mode" and "Logical Destination Mode in x2APIC Mode" */
static bool matches_logical(const struct hve_apic *apic, u32 dest)
{
	u32 ldr = apic_reg(apic, HVE_APIC_LDR);
	u8 lid = ldr >> 24;

	if (apic_is_x2(apic))
		return ldr >> 16 == dest >> 16 && (ldr & dest & 0xffff);
	switch (apic_reg(apic, HVE_APIC_DFR) >> 28) {
	case 0xf:
		return lid & dest;
	case 0x0:
		return lid >> 4 == (dest >> 4 & 0xf) && (lid & dest & 0xf);
	}
	return false;
}

bool hve_apic_has_target(const struct hve_apic *apic,
			 const struct hve_apic_msg *msg)
{
	if (!apic_is_on(apic))
		return false;
	if (is_broadcast(apic, msg))
		return true;
	if (msg->logical)
		return matches_logical(apic, msg->dest);
	/* An id that does not fit into 8 bits can only be the x2APIC one. */
	if (apic_is_x2(apic) || msg->dest > 0xff)
		return msg->dest == apic->id;
	return msg->dest == apic_reg(apic, HVE_APIC_ID) >> 24;
}

static void event_set(struct hve_apic *apic, struct hve_apic *source,
		      unsigned int event)
{
	smp_mb__before_atomic(); /* sipi_vector before its bit */
	set_bit(event, &apic->events);
	if (apic != source)
		hve_apic_host_kick(apic);
}

/* One APIC takes a message: 1 accepted, 0 coalesced, -1 refused. */
int hve_apic_deliver(struct hve_apic *apic, struct hve_apic *source,
		     const struct hve_apic_msg *msg)
{
	u32 flags = msg->level_trig ? HVE_APIC_IRQ_LEVEL : 0;
	int ret;

	switch (msg->dm) {
	case HVE_APIC_DM_FIXED:
	case HVE_APIC_DM_LOWEST:
		ret = hve_apic_irr_raise(apic, msg->vector, flags);
		if (ret > 0 && apic != source)
			hve_apic_host_kick(apic);
		return ret;
	case HVE_APIC_DM_NMI:
		event_set(apic, source, HVE_APIC_EV_NMI);
		return 1;
	case HVE_APIC_DM_SMI:
		event_set(apic, source, HVE_APIC_EV_SMI);
		return 1;
	case HVE_APIC_DM_EXTINT:
		event_set(apic, source, HVE_APIC_EV_EXTINT);
		return 1;
	case HVE_APIC_DM_INIT:
		/* "INIT Level De-assert" only resets arbitration ids. */
		if (msg->level_trig && !msg->assert)
			return 1;
		/* A SIPI from before the INIT is lost. */
		clear_bit(HVE_APIC_EV_SIPI, &apic->events);
		event_set(apic, source, HVE_APIC_EV_INIT);
		return 1;
	case HVE_APIC_DM_SIPI:
		WRITE_ONCE(apic->sipi_vector, msg->vector);
		event_set(apic, source, HVE_APIC_EV_SIPI);
		return 1;
	}
	return -1;
}

static int add_result(int total, int ret)
{
	if (ret < 0)
		return total;
	return (total < 0 ? 0 : total) + ret;
}

static struct hve_apic *by_index(const struct hve_apic_bus *bus, u32 i)
{
	return READ_ONCE(bus->by_index[i]);
}

static u32 nr_apics(const struct hve_apic_bus *bus)
{
	/* Acquire: pairs with hve_apic_attach(). */
	return smp_load_acquire(&bus->nr);
}

static int send_shorthand(struct hve_apic_bus *bus, struct hve_apic *source,
			  const struct hve_apic_msg *msg)
{
	u32 nr = nr_apics(bus);
	int total = -1;
	u32 i;

	for (i = 0; i < nr; i++) {
		struct hve_apic *apic = by_index(bus, i);

		if (!apic || !apic_is_on(apic))
			continue;
		if (apic == source && msg->shorthand == HVE_APIC_TO_OTHERS)
			continue;
		total = add_result(total, hve_apic_deliver(apic, source, msg));
	}
	return total;
}

/* Compare with each APIC of the bus. */
static int send_slow(struct hve_apic_bus *bus, struct hve_apic *source,
		     const struct hve_apic_msg *msg)
{
	bool lowest = msg->dm == HVE_APIC_DM_LOWEST;
	struct hve_apic *best = NULL;
	u32 nr = nr_apics(bus);
	int total = -1;
	u32 i;

	for (i = 0; i < nr; i++) {
		struct hve_apic *apic = by_index(bus, i);

		if (!apic || !hve_apic_has_target(apic, msg))
			continue;
		if (!lowest) {
			total = add_result(total,
					   hve_apic_deliver(apic, source, msg));
			continue;
		}
		/* In turn: software may not rely on which one is chosen. */
		if (READ_ONCE(apic->sw_enabled) &&
		    (!best || READ_ONCE(apic->arb) < READ_ONCE(best->arb)))
			best = apic;
	}
	if (!best)
		return total;
	WRITE_ONCE(best->arb, READ_ONCE(best->arb) + 1);
	return hve_apic_deliver(best, source, msg);
}

/* All in x2APIC mode: the logical id says which APICs it can be. */
static int send_cluster(struct hve_apic_bus *bus, struct hve_apic *source,
			const struct hve_apic_msg *msg)
{
	u32 mask = msg->dest & 0xffff;
	u32 first = msg->dest >> 16 << 4;
	int total = -1;

	while (mask) {
		struct hve_apic *apic = hve_apic_by_id(bus, first + __ffs(mask));

		mask &= mask - 1;
		if (apic && apic_is_on(apic))
			total = add_result(total,
					   hve_apic_deliver(apic, source, msg));
	}
	return total;
}

static __always_inline void send_fixed(struct hve_apic *source, u32 id, u8 vector)
{
	struct hve_apic *apic = hve_apic_by_id(source->bus, id);

	if (apic && hve_apic_irr_raise(apic, vector, 0) > 0 && apic != source)
		hve_apic_host_kick(apic);
}

static noinline void send_fixed_cluster(struct hve_apic *source, u32 dest,
					u8 vector)
{
	u32 mask = dest & 0xffff;

	for (; mask; mask &= mask - 1)
		send_fixed(source, (dest >> 16 << 4) + __ffs(mask), vector);
}

/*
 * The IPI that matters: fixed, from x2APIC mode, to APICs found by their x2APIC
 * id.  False: it is another one, or APICs in xAPIC mode have to be looked at;
 * nothing is done.
 */
bool hve_apic_send_fast(struct hve_apic *source, u32 icr, u32 dest)
{
	u8 vector = icr & LAPIC_VECTOR_MASK;

	if (icr & (LAPIC_DM_MASK | LAPIC_SHORTHAND_MASK) ||
	    vector < LAPIC_FIRST_VECTOR || dest == X2APIC_BROADCAST)
		return false;
	if (icr & LAPIC_DEST_LOGICAL) {
		if (atomic_read(&source->bus->nr_xapic))
			return false;
		send_fixed_cluster(source, dest, vector);
	} else {
		/* 255 is a broadcast for APICs in xAPIC mode. */
		if (atomic_read(&source->bus->nr_odd) || dest == LAPIC_BROADCAST)
			return false;
		send_fixed(source, dest, vector);
	}
	return true;
}

int hve_apic_send(struct hve_apic_bus *bus, struct hve_apic *source,
		  const struct hve_apic_msg *msg)
{
	struct hve_apic *apic;

	if (msg->shorthand) {
		if (!source)
			return -1;
		if (msg->shorthand == HVE_APIC_TO_SELF)
			return hve_apic_deliver(source, source, msg);
		return send_shorthand(bus, source, msg);
	}
	if (msg->dest == LAPIC_BROADCAST || msg->dest == X2APIC_BROADCAST)
		return send_slow(bus, source, msg);
	if (msg->logical) {
		if (msg->dm == HVE_APIC_DM_LOWEST || atomic_read(&bus->nr_xapic))
			return send_slow(bus, source, msg);
		return send_cluster(bus, source, msg);
	}
	if (atomic_read(&bus->nr_odd))
		return send_slow(bus, source, msg);
	apic = hve_apic_by_id(bus, msg->dest);
	if (!apic || !apic_is_on(apic))
		return -1;
	return hve_apic_deliver(apic, source, msg);
}

void hve_apic_bus_intr(struct hve_apic_bus *bus)
{
	u32 i, nr = nr_apics(bus);

	for (i = 0; i < nr; i++) {
		struct hve_apic *apic = by_index(bus, i);

		if (apic)
			hve_apic_lint_set(apic, 0);
	}
}

void hve_apic_msi_decode(const struct hve_apic_bus *bus, u64 addr, u32 data,
			 struct hve_apic_msg *msg)
{
	u32 low = addr;

	*msg = (struct hve_apic_msg) {
		.dest = (low >> MSI_ADDR_DEST_SHIFT) & 0xff,
		.vector = data & LAPIC_VECTOR_MASK,
		.dm = (data & LAPIC_DM_MASK) >> LAPIC_DM_SHIFT,
		.logical = low & MSI_ADDR_LOGICAL,
		.level_trig = data & LAPIC_LEVEL_TRIG,
		.assert = data & LAPIC_LEVEL_ASSERT,
	};
	if (READ_ONCE(bus->ids_32bit))
		msg->dest |= (u32)(addr >> 32) & 0xffffff00u;
	msg->x2 = msg->dest != LAPIC_BROADCAST ||
		  READ_ONCE(bus->no_broadcast_quirk);
	/* "Redirection hint": to one of the processors of the destination. */
	if (low & MSI_ADDR_REDIRECT && msg->dm == HVE_APIC_DM_FIXED)
		msg->dm = HVE_APIC_DM_LOWEST;
}

int hve_apic_msi(struct hve_apic_bus *bus, u64 addr, u32 data)
{
	struct hve_apic_msg msg;

	hve_apic_msi_decode(bus, addr, data, &msg);
	return hve_apic_send(bus, NULL, &msg);
}
