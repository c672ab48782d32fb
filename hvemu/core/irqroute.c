// SPDX-License-Identifier: GPL-2.0
/*
 * GSI routes: to an MSI, to a SINT of a VP's SynIC, or to a pin of each of the
 * controllers in the kernel.
 * They are in an array by GSI that is replaced as a whole.  Readers hold
 * vm->srcu, in any context.
 */
#include "core/irq.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include "tlfs.h"
#include "core/board.h"
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"

#define NR_CHIPS	2	/* enum hve_chip */
#define PIC_PINS	(HVE_PIC_PINS / 2)

struct hve_irq_route {
	u64 addr;		/* 63:40 are 31:8 of a 32-bit destination id */
	u32 data;
	bool msi;
	bool to_sint;
	u8 sint;
	u32 vp_index;		/* of the SINT */
	u8 pin1[NR_CHIPS];	/* pin + 1; 0: none */
};

struct hve_irq_table {
	u32 nr;			/* GSIs beyond have no route */
	u16 gsi1[NR_CHIPS][HVE_IOAPIC_PINS]; /* GSI of a pin, + 1; 0: none */
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

/* Nothing else goes beside an MSI or a SINT. */
static bool route_is_taken(const struct hve_irq_route *route)
{
	return route->msi || route->to_sint || route->pin1[HVE_CHIP_PIC] ||
	       route->pin1[HVE_CHIP_IOAPIC];
}

static int add_msi(struct hve_vm *vm, struct hve_irq_route *route,
		   const struct kvm_irq_routing_entry *e)
{
	if (e->flags & ~KVM_MSI_VALID_DEVID)
		return -EINVAL;
	if (!msi_is_valid(vm, e->u.msi.address_hi))
		return -EINVAL;
	if (route_is_taken(route))
		return -EINVAL;
	route->addr = msi_addr(e->u.msi.address_lo, e->u.msi.address_hi);
	route->data = e->u.msi.data;
	route->msi = true;
	return 0;
}

/* Which VP that is, and whether it has such a SINT, shows when it is raised. */
static int add_sint(struct hve_irq_route *route,
		    const struct kvm_irq_routing_entry *e)
{
	if (e->flags || route_is_taken(route))
		return -EINVAL;
	route->vp_index = e->u.hv_sint.vcpu;
	route->sint = min_t(u32, e->u.hv_sint.sint, U8_MAX);
	route->to_sint = true;
	return 0;
}

static int add_pin(struct hve_vm *vm, struct hve_irq_table *table,
		   const struct kvm_irq_routing_entry *e)
{
	struct hve_irq_route *route = &table->by_gsi[e->gsi];
	u32 pin = e->u.irqchip.pin, pins = PIC_PINS, first = 0;
	enum hve_chip chip = HVE_CHIP_PIC;

	if (e->flags || route->msi || route->to_sint || !hve_board_chips(vm))
		return -EINVAL;
	switch (e->u.irqchip.irqchip) {
	case KVM_IRQCHIP_PIC_MASTER:
		break;
	case KVM_IRQCHIP_PIC_SLAVE:
		first = PIC_PINS;
		break;
	case KVM_IRQCHIP_IOAPIC:
		chip = HVE_CHIP_IOAPIC;
		pins = HVE_IOAPIC_PINS;
		break;
	default:
		return -EINVAL;
	}
	if (pin >= pins || route->pin1[chip])
		return -EINVAL;
	route->pin1[chip] = first + pin + 1;
	table->gsi1[chip][first + pin] = e->gsi + 1;
	return 0;
}

static int route_add(struct hve_vm *vm, struct hve_irq_table *table,
		     const struct kvm_irq_routing_entry *e)
{
	switch (e->type) {
	case KVM_IRQ_ROUTING_IRQCHIP:
		return add_pin(vm, table, e);
	case KVM_IRQ_ROUTING_MSI:
		return add_msi(vm, &table->by_gsi[e->gsi], e);
	case KVM_IRQ_ROUTING_HV_SINT:
		return add_sint(&table->by_gsi[e->gsi], e);
	default:
		return -EINVAL;
	}
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

	lockdep_assert_held(&vm->lock);
	if (!vm->lapic_in_kernel)
		return -EINVAL;
	new = table_build(vm, entries, nr);
	if (IS_ERR(new))
		return PTR_ERR(new);
	old = rcu_replace_pointer(vm->irq_table, new,
				  lockdep_is_held(&vm->lock));
	hve_irq_rescan(vm);
	synchronize_srcu_expedited(&vm->srcu);
	kvfree(old);
	return 0;
}

int hve_irq_routes_default(struct hve_vm *vm)
{
	struct kvm_irq_routing_entry *entries;
	u32 gsi, nr = 0;
	int r;

	entries = kcalloc(HVE_PIC_PINS + HVE_IOAPIC_PINS, sizeof(*entries),
			  GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;
	for (gsi = 0; gsi < HVE_IOAPIC_PINS; gsi++, nr++) {
		entries[nr].gsi = gsi;
		entries[nr].type = KVM_IRQ_ROUTING_IRQCHIP;
		entries[nr].u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
		entries[nr].u.irqchip.pin = gsi;
	}
	for (gsi = 0; gsi < HVE_PIC_PINS; gsi++, nr++) {
		entries[nr].gsi = gsi;
		entries[nr].type = KVM_IRQ_ROUTING_IRQCHIP;
		entries[nr].u.irqchip.irqchip = gsi < PIC_PINS ?
			KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE;
		entries[nr].u.irqchip.pin = gsi % PIC_PINS;
	}
	r = hve_irq_routes_set(vm, entries, nr);
	kfree(entries);
	return r;
}

void hve_irq_rescan(struct hve_vm *vm)
{
	struct hve_vcpu *vcpu;
	unsigned long i;

	xa_for_each(&vm->vcpus, i, vcpu)
		hve_vcpu_request(vcpu, HVE_REQ_SCAN_EOI);
}

/* Under srcu. */
static const struct hve_irq_route *route_find(struct hve_vm *vm, u32 gsi)
{
	const struct hve_irq_table *table;

	table = srcu_dereference(vm->irq_table, &vm->srcu);
	if (!table || gsi >= table->nr)
		return NULL;
	return &table->by_gsi[array_index_nospec(gsi, table->nr)];
}

static int add_result(int total, int r)
{
	if (r < 0)
		return total;
	return max(total, 0) + r;
}

/* 1: interrupts; -1: no such VP, masked, a vector no LAPIC takes. */
static int sint_raise(struct hve_vm *vm, const struct hve_irq_route *route)
{
	struct hve_vp *vp = hve_tlfs_vp_find(&vm->pt, route->vp_index);

	return vp && hve_tlfs_sint_raise(vp, 0, route->sint) ? 1 : -1;
}

static int route_line(struct hve_vm *vm, const struct hve_irq_route *route,
		      enum hve_irq_source source, bool level)
{
	struct hve_chips *chips = hve_board_chips(vm);
	int r = -1;

	if (route->pin1[HVE_CHIP_PIC])
		r = hve_pic_line(chips, route->pin1[HVE_CHIP_PIC] - 1, source,
				 level);
	if (route->pin1[HVE_CHIP_IOAPIC])
		r = add_result(r, hve_ioapic_line(chips,
						  route->pin1[HVE_CHIP_IOAPIC] - 1,
						  source, level));
	/* MSIs and SINTs have no level: only the rising edge sends them */
	if (route->msi && level && msi_is_valid(vm, route->addr >> 32))
		r = hve_apic_msi(&vm->bus, route->addr, route->data);
	if (route->to_sint && level)
		r = sint_raise(vm, route);
	return r;
}

int hve_irq_line(struct hve_vm *vm, enum hve_irq_source source, u32 gsi,
		 bool level)
{
	const struct hve_irq_route *route;
	int idx, r = -1;

	idx = srcu_read_lock(&vm->srcu);
	route = route_find(vm, gsi);
	if (route)
		r = route_line(vm, route, source, level);
	srcu_read_unlock(&vm->srcu, idx);
	return r;
}

bool hve_irq_gsi_is_sint(struct hve_vm *vm, u32 gsi, u32 vp_index, u32 sints)
{
	const struct hve_irq_route *route;
	int idx = srcu_read_lock(&vm->srcu);
	bool is;

	route = route_find(vm, gsi);
	is = route && route->to_sint && route->vp_index == vp_index &&
	     route->sint < 32 && sints & 1u << route->sint;
	srcu_read_unlock(&vm->srcu, idx);
	return is;
}

int hve_irq_pin_gsi(struct hve_vm *vm, enum hve_chip chip, unsigned int pin)
{
	const struct hve_irq_table *table;
	int idx, gsi = -1;

	idx = srcu_read_lock(&vm->srcu);
	table = srcu_dereference(vm->irq_table, &vm->srcu);
	if (table)
		gsi = table->gsi1[chip][pin] - 1;
	srcu_read_unlock(&vm->srcu, idx);
	return gsi;
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
 * The EOI of a level triggered vector goes to the IOAPIC whichever LAPIC
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
	if (hve_board_chips(vm)) {
		hve_board_scan_eoi(vcpu);
		return;
	}
	idx = srcu_read_lock(&vm->srcu);
	for (gsi = 0; gsi < vm->ioapic_pins; gsi++) {
		route = route_find(vm, gsi);
		if (!route || !route->msi)
			continue;
		hve_apic_msi_decode(&vm->bus, route->addr, route->data, &msg);
		if (msg.level_trig)
			__set_bit(msg.vector, vcpu->eoi_exit);
	}
	srcu_read_unlock(&vm->srcu, idx);
}
