// SPDX-License-Identifier: GPL-2.0
/*
 * Coalesced MMIO and PIO: writes to zones that the VMM names are put into a
 * ring that it shares with all vCPUs, and it looks there when it likes.
 *
 * The zones change under vm->lock and are read under vm->srcu.  The ring is
 * the VMM's memory as well: its indices are read once and checked.
 */
#include "core/coalesced.h"

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"

/* Each write of a guest that leaves looks at all of them. */
#define MAX_ZONES	256

#define RING_SLOTS	KVM_COALESCED_MMIO_MAX

struct hve_zone {
	struct list_head list;
	u64 first;
	u32 bytes;
	bool pio;
};

static bool zone_has(const struct hve_zone *zone, bool pio, u64 addr, u32 len)
{
	/* no overflow: addr - first wraps to something large */
	return zone->pio == pio && addr - zone->first < zone->bytes &&
	       len <= zone->bytes - (addr - zone->first);
}

static bool ring_put(struct hve_vm *vm, bool pio, u64 addr, u32 len,
		     const void *data)
{
	struct kvm_coalesced_mmio_ring *ring = vm->coalesced_ring;
	struct kvm_coalesced_mmio *slot;
	bool done = false;
	u32 last;

	spin_lock(&vm->coalesced_lock);
	last = READ_ONCE(ring->last);
	if (last < RING_SLOTS &&
	    (last + 1) % RING_SLOTS != READ_ONCE(ring->first)) {
		slot = &ring->coalesced_mmio[last];
		slot->phys_addr = addr;
		slot->len = len;
		slot->pio = pio;
		memcpy(slot->data, data, len);
		/* the slot before the index that shows it */
		smp_store_release(&ring->last, (last + 1) % RING_SLOTS);
		done = true;
	}
	spin_unlock(&vm->coalesced_lock);
	return done;
}

bool hve_coalesced_write(struct hve_vm *vm, bool pio, u64 addr, u32 len,
			 const void *data)
{
	struct hve_zone *zone;
	bool found = false;
	int idx;

	if (likely(list_empty(&vm->coalesced_zones)) || len > 8)
		return false;
	idx = srcu_read_lock(&vm->srcu);
	list_for_each_entry_srcu(zone, &vm->coalesced_zones, list,
				 srcu_read_lock_held(&vm->srcu))
		found |= zone_has(zone, pio, addr, len);
	srcu_read_unlock(&vm->srcu, idx);
	return found && ring_put(vm, pio, addr, len, data);
}

int hve_coalesced_add(struct hve_vm *vm,
		      const struct kvm_coalesced_mmio_zone *in)
{
	struct hve_zone *zone, *other;
	unsigned int nr = 0;

	lockdep_assert_held(&vm->lock);
	if (in->pio > 1)
		return -EINVAL;
	list_for_each_entry(other, &vm->coalesced_zones, list)
		nr++;
	if (nr >= MAX_ZONES)
		return -ENOSPC;
	zone = kzalloc(sizeof(*zone), GFP_KERNEL_ACCOUNT);
	if (!zone)
		return -ENOMEM;
	zone->first = in->addr;
	zone->bytes = in->size;
	zone->pio = in->pio;
	list_add_tail_rcu(&zone->list, &vm->coalesced_zones);
	return 0;
}

int hve_coalesced_remove(struct hve_vm *vm,
			 const struct kvm_coalesced_mmio_zone *in)
{
	struct hve_zone *zone, *next;

	lockdep_assert_held(&vm->lock);
	if (in->pio > 1)
		return -EINVAL;
	/* every zone that holds the range, as KVM does */
	list_for_each_entry_safe(zone, next, &vm->coalesced_zones, list) {
		if (!zone_has(zone, in->pio, in->addr, in->size))
			continue;
		list_del_rcu(&zone->list);
		synchronize_srcu_expedited(&vm->srcu);
		kfree(zone);
	}
	return 0;
}

int hve_coalesced_init(struct hve_vm *vm)
{
	spin_lock_init(&vm->coalesced_lock);
	INIT_LIST_HEAD(&vm->coalesced_zones);
	vm->coalesced_ring = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	return vm->coalesced_ring ? 0 : -ENOMEM;
}

void hve_coalesced_release(struct hve_vm *vm)
{
	struct hve_zone *zone, *next;

	list_for_each_entry_safe(zone, next, &vm->coalesced_zones, list)
		kfree(zone);
	free_page((unsigned long)vm->coalesced_ring);
}
