// SPDX-License-Identifier: GPL-2.0
/*
 * GSI routes.  The interrupt controllers beside the LAPICs are the VMM's, so
 * every route ends in an MSI: one a GSI, in an array by GSI that is replaced as
 * a whole.  Readers hold vm->srcu, in any context.
 */
#include "core/irq.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"

struct hve_irq_route {
	u64 addr;		/* 63:40 are 31:8 of a 32-bit destination id */
	u32 data;
	bool used;
};

struct hve_irq_table {
	u32 nr;			/* GSIs beyond have no route */
	struct hve_irq_route by_gsi[];
};

int hve_irq_init(struct hve_vm *vm)
{
	RCU_INIT_POINTER(vm->irq_table, NULL);
	return 0;
}

void hve_irq_release(struct hve_vm *vm)
{
	kvfree(rcu_dereference_protected(vm->irq_table, true));
	RCU_INIT_POINTER(vm->irq_table, NULL);
}

/* Of a 32-bit destination id the low 8 bits are in the low word. */
static bool msi_is_valid(struct hve_vm *vm, u32 address_hi)
{
	return !(READ_ONCE(vm->bus.ids_32bit) && address_hi & 0xff);
}

static u64 msi_addr(u32 address_lo, u32 address_hi)
{
	return (u64)address_hi << 32 | address_lo;
}

static int route_add(struct hve_vm *vm, struct hve_irq_table *table,
		     const struct kvm_irq_routing_entry *e)
{
	struct hve_irq_route *route = &table->by_gsi[e->gsi];

	if (e->type != KVM_IRQ_ROUTING_MSI || route->used)
		return -EINVAL;
	if (e->flags & ~KVM_MSI_VALID_DEVID)
		return -EINVAL;
	if (!msi_is_valid(vm, e->u.msi.address_hi))
		return -EINVAL;
	route->addr = msi_addr(e->u.msi.address_lo, e->u.msi.address_hi);
	route->data = e->u.msi.data;
	route->used = true;
	return 0;
}

static struct hve_irq_table *
table_build(struct hve_vm *vm, const struct kvm_irq_routing_entry *entries,
	    u32 nr)
{
	struct hve_irq_table *table;
	u32 i, gsis = 0;
	int r;

	for (i = 0; i < nr; i++) {
		if (entries[i].gsi >= HVE_NR_GSIS)
			return ERR_PTR(-EINVAL);
		gsis = max(gsis, entries[i].gsi + 1);
	}
	table = kvzalloc(struct_size(table, by_gsi, gsis), GFP_KERNEL_ACCOUNT);
	if (!table)
		return ERR_PTR(-ENOMEM);
	table->nr = gsis;
	for (i = 0; i < nr; i++) {
		r = route_add(vm, table, &entries[i]);
		if (r) {
			kvfree(table);
			return ERR_PTR(r);
		}
	}
	return table;
}

int hve_irq_routes_set(struct hve_vm *vm,
		       const struct kvm_irq_routing_entry *entries, u32 nr)
{
	struct hve_irq_table *new, *old;
	struct hve_vcpu *vcpu;
	unsigned long i;

	lockdep_assert_held(&vm->lock);
	if (!vm->lapic_in_kernel)
		return -EINVAL;
	new = table_build(vm, entries, nr);
	if (IS_ERR(new))
		return PTR_ERR(new);
	old = rcu_replace_pointer(vm->irq_table, new,
				  lockdep_is_held(&vm->lock));
	xa_for_each(&vm->vcpus, i, vcpu)
		hve_vcpu_request(vcpu, HVE_REQ_SCAN_EOI);
	synchronize_srcu_expedited(&vm->srcu);
	kvfree(old);
	return 0;
}

/* Under srcu. */
static const struct hve_irq_route *route_find(struct hve_vm *vm, u32 gsi)
{
	const struct hve_irq_table *table;
	const struct hve_irq_route *route;

	table = srcu_dereference(vm->irq_table, &vm->srcu);
	if (!table || gsi >= table->nr)
		return NULL;
	route = &table->by_gsi[array_index_nospec(gsi, table->nr)];
	return route->used ? route : NULL;
}

int hve_irq_inject(struct hve_vm *vm, u32 gsi, int level)
{
	const struct hve_irq_route *route;
	int idx, r = -1;

	/* an MSI has no level: only the rising edge sends it */
	if (!level)
		return r;
	idx = srcu_read_lock(&vm->srcu);
	route = route_find(vm, gsi);
	if (route && msi_is_valid(vm, route->addr >> 32))
		r = hve_apic_msi(&vm->bus, route->addr, route->data);
	srcu_read_unlock(&vm->srcu, idx);
	return r;
}

int hve_irq_msi(struct hve_vm *vm, const struct kvm_msi *msi)
{
	int r;

	if (!READ_ONCE(vm->lapic_in_kernel) || msi->flags)
		return -EINVAL;
	if (!msi_is_valid(vm, msi->address_hi))
		return -EINVAL;
	r = hve_apic_msi(&vm->bus, msi_addr(msi->address_lo, msi->address_hi),
			 msi->data);
	/* nobody has the address: not delivered, which is no error */
	return max(r, 0);
}

/*
 * The EOI of a level triggered vector goes to the VMM's IOAPIC whichever LAPIC
 * it came to, as on the bus of old: which one a route means depends on
 * registers the guest can change at any time, and only level triggered vectors
 * get here.  What is under way stays when its route goes, or the IOAPIC would
 * wait for ever.
 */
void hve_irq_scan_eoi(struct hve_vcpu *vcpu)
{
	const struct hve_apic *apic = &vcpu->vtl[0].apic;
	const struct hve_irq_route *route;
	struct hve_vm *vm = vcpu->vm;
	struct hve_apic_msg msg;
	u32 gsi, vector;
	int idx;

	for_each_set_bit(vector, vcpu->eoi_exit, 256)
		if (!test_bit(vector, apic->irr) && !test_bit(vector, apic->isr))
			__clear_bit(vector, vcpu->eoi_exit);
	idx = srcu_read_lock(&vm->srcu);
	for (gsi = 0; gsi < vm->ioapic_pins; gsi++) {
		route = route_find(vm, gsi);
		if (!route)
			continue;
		hve_apic_msi_decode(&vm->bus, route->addr, route->data, &msg);
		if (msg.level_trig)
			__set_bit(msg.vector, vcpu->eoi_exit);
	}
	srcu_read_unlock(&vm->srcu, idx);
}
