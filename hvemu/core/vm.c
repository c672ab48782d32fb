// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a VM.  Every fd, of the VM and of its vCPUs, holds a reference; the
 * last one to close frees it all.
 */
#include <linux/kernel.h>
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>
#include <asm/tsc.h>
#include "tlfs.h"
#include "core/board.h"
#include "core/coalesced.h"
#include "core/irq.h"
#include "core/vcpu.h"
#include "core/zeroed.h"
#include "core/vm.h"

static atomic_t vm_count = ATOMIC_INIT(0);

static void vm_free(struct hve_vm *vm)
{
	struct hve_memslots *slots = rcu_dereference_protected(vm->slots, 1);
	struct hve_vcpu *vcpu;
	struct hve_overlay_map *o;
	unsigned long i;

	hve_vm_list_remove(vm);
	hve_exit_times_set(vm, false);
	/* devices first: they inject */
	hve_irqfd_release(vm);
	hve_ioevent_release(vm);
	hve_board_release(vm);
	hve_tlfs_ports_release(&vm->pt);
	/* a flush for an overlay that goes looks at those that are left */
	xa_for_each(&vm->vcpus, i, vcpu) {
		hve_vcpu_destroy(vcpu);
		xa_erase(&vm->vcpus, i);
	}
	hve_tlfs_partition_destroy(&vm->pt);
	hve_mmu_destroy(&vm->mmu);
	xa_for_each(&vm->overlays, i, o)
		kfree(o);
	xa_destroy(&vm->overlays);
	xa_destroy(&vm->vcpus);
	hve_apic_bus_destroy(&vm->bus);
	hve_irq_release(vm);
	hve_zeroed_release(vm);
	hve_coalesced_release(vm);
	hve_msr_filter_release(vm);
	if (slots) {
		for (i = 0; i < slots->nr; i++)
			kvfree(slots->slot[i].dirty);
		kvfree(slots);
	}
	cleanup_srcu_struct(&vm->srcu);
	put_pid(vm->owner);
	kvfree(vm);
}

static void label_set(struct hve_vm *vm)
{
	snprintf(vm->label, sizeof(vm->label), "vm %s (pid %d)", vm->name,
		 vm->pid);
}

static void vm_fields_init(struct hve_vm *vm)
{
	refcount_set(&vm->ref, 1);
	mutex_init(&vm->lock);
	mutex_init(&vm->overlay_lock);
	xa_init(&vm->overlays);
	xa_init(&vm->vcpus);
	spin_lock_init(&vm->irqfd_lock);
	seqlock_init(&vm->tsc_lock);
	INIT_LIST_HEAD(&vm->irqfds);
	INIT_LIST_HEAD(&vm->resamplers);
	INIT_LIST_HEAD(&vm->ioeventfds);
	vm->tsc_khz = tsc_khz;
	vm->tsc_offset = 0 - rdtsc();
	vm->max_vcpu_id = HVE_MAX_VCPUS;
	vm->pid = task_tgid_nr(current);
	snprintf(vm->name, sizeof(vm->name), "%s-%d", current->comm,
		 atomic_inc_return(&vm_count));
	label_set(vm);
}

int hve_vm_name_set(struct hve_vm *vm, const char *name)
{
	size_t len = strnlen(name, HVE_VM_NAME), i;

	if (!len || len == HVE_VM_NAME)
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (name[i] < ' ' || name[i] > '~')
			return -EINVAL;
	if (vm->nr_vcpus)
		return -EBUSY;
	strscpy_pad(vm->name, name, sizeof(vm->name));
	label_set(vm);
	return 0;
}

struct hve_vm *hve_vm_create(void)
{
	struct hve_memslots *slots;
	struct hve_vm *vm;
	int r = -ENOMEM;

	vm = kvzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return ERR_PTR(-ENOMEM);
	vm_fields_init(vm);
	slots = kvzalloc(sizeof(*slots), GFP_KERNEL_ACCOUNT);
	RCU_INIT_POINTER(vm->slots, slots);
	if (!slots)
		goto free_vm;
	r = init_srcu_struct(&vm->srcu);
	if (r)
		goto free_slots;
	r = hve_apic_bus_init(&vm->bus, vm->tsc_khz);
	if (r)
		goto free_srcu;
	r = hve_irq_init(vm);
	if (r)
		goto free_bus;
	r = hve_coalesced_init(vm);
	if (r)
		goto free_irq;
	r = hve_tlfs_partition_init(&vm->pt);
	if (r)
		goto free_ring;
	r = hve_mmu_init(&vm->mmu);
	if (r)
		goto free_pt;
	vm->owner = get_pid(task_tgid(current));
	vm->uid = current_euid();
	vm->created_ns = ktime_get_mono_fast_ns();
	hve_vm_list_add(vm);
	return vm;

free_pt:
	hve_tlfs_partition_destroy(&vm->pt);
free_ring:
	hve_coalesced_release(vm);
free_irq:
	hve_irq_release(vm);
free_bus:
	hve_apic_bus_destroy(&vm->bus);
free_srcu:
	cleanup_srcu_struct(&vm->srcu);
free_slots:
	kvfree(slots);
free_vm:
	kvfree(vm);
	return ERR_PTR(r);
}

void hve_vm_get(struct hve_vm *vm)
{
	refcount_inc(&vm->ref);
}

void hve_vm_put(struct hve_vm *vm)
{
	if (refcount_dec_and_test(&vm->ref))
		vm_free(vm);
}

struct hve_vcpu *hve_vm_vcpu(struct hve_vm *vm, u32 id)
{
	return xa_load(&vm->vcpus, id);
}

void hve_vm_kill(struct hve_vm *vm)
{
	struct hve_vcpu *vcpu;
	unsigned long i;

	WRITE_ONCE(vm->dead, true);
	xa_for_each(&vm->vcpus, i, vcpu)
		hve_vcpu_request(vcpu, HVE_REQ_DEAD);
}

void hve_mmu_host_kick_all(struct hve_mmu *mmu)
{
	struct hve_vm *vm = container_of(mmu, struct hve_vm, mmu);
	struct hve_vcpu *vcpu;
	unsigned long i;

	xa_for_each(&vm->vcpus, i, vcpu)
		hve_vcpu_wait_out(vcpu);
}
