// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_NESTED_STATE and KVM_SET_NESTED_STATE: a header, then no VMCS, one, or
 * one and its shadow VMCS; HVEMU_NESTED.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"
#include "uapi/hvemu.h"

/* The caller says in size how much fits, and is told how much there is. */
long hve_get_nested_state(struct hve_call *call)
{
	struct kvm_nested_state __user *user = (void __user *)call->arg;
	struct kvm_vmx_nested_state_data *data;
	struct kvm_nested_state head;
	long r = 0;
	u32 room;

	if (get_user(room, &user->size))
		return -EFAULT;
	data = kvzalloc(sizeof(*data), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	hve_nested_state_get(call->vcpu->nested, &head, data);
	if (room < head.size)
		r = put_user(head.size, &user->size) ? -EFAULT : -E2BIG;
	else if (copy_to_user(user, &head, sizeof(head)) ||
		 (head.size > sizeof(head) &&
		  copy_to_user(user->data.vmx, data,
			       head.size - sizeof(head))))
		r = -EFAULT;
	kvfree(data);
	return r;
}

#define STATE_FLAGS	(KVM_STATE_NESTED_GUEST_MODE | \
			 KVM_STATE_NESTED_RUN_PENDING | KVM_STATE_NESTED_EVMCS)

long hve_set_nested_state(struct hve_call *call)
{
	const struct kvm_nested_state __user *user =
		(const void __user *)call->arg;
	struct kvm_vmx_nested_state_data *data;
	struct kvm_nested_state head;
	u32 len = 0;
	long r;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	if (head.size < sizeof(head) || (head.flags & ~STATE_FLAGS) ||
	    ((head.flags & KVM_STATE_NESTED_RUN_PENDING) &&
	     !(head.flags & KVM_STATE_NESTED_GUEST_MODE)))
		return -EINVAL;
	data = kvzalloc(sizeof(*data), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	if (head.size >= sizeof(head) + sizeof(*data))
		len = sizeof(*data);
	else if (head.size >= sizeof(head) + sizeof(data->vmcs12))
		len = sizeof(data->vmcs12);
	if (copy_from_user(data, user->data.vmx, len))
		r = -EFAULT;
	else
		r = hve_nested_state_set(call->vcpu->nested, &head, data);
	if (!r && call->vcpu->nested)
		WRITE_ONCE(call->vcpu->nested->restored,
			   head.hdr.vmx.vmxon_pa != ~0ull);
	kvfree(data);
	return r;
}

static_assert(sizeof(struct hvemu_nested) == 80);

static void count_vcpu(struct hvemu_nested *out, struct hve_vcpu *vcpu)
{
	const struct hve_nested *n;

	rcu_read_lock();
	n = rcu_dereference_raw(vcpu->nested);
	if (n) {
		out->exposed++;
		out->in_vmx += READ_ONCE(n->vmxon);
		out->in_l2 += READ_ONCE(n->in_l2);
		out->enlightened += READ_ONCE(n->vmxon) &&
				    READ_ONCE(n->evmcs.active);
		out->restored += READ_ONCE(n->restored);
	}
	rcu_read_unlock();
}

/* vCPUs are not waited for: they may be in KVM_RUN for long. */
long hve_report_nested(struct hve_call *call)
{
	struct hvemu_nested *io = call->data;
	struct hvemu_nested out = { .id = io->id };
	struct hve_vm *vm = hve_vm_list_find(io->id);
	struct hve_vcpu *vcpu;
	unsigned long i;

	if (!vm)
		return -ENOENT;
	if (mutex_lock_killable(&vm->lock)) {
		hve_vm_put(vm);
		return -EINTR;
	}
	out.flags = hve_report_vm_flags(vm);
	out.nr_vcpus = vm->nr_vcpus;
	out.memory_bytes = hve_memslot_bytes(vm);
	xa_for_each(&vm->vcpus, i, vcpu)
		count_vcpu(&out, vcpu);
	mutex_unlock(&vm->lock);
	hve_vm_put(vm);
	*io = out;
	return 0;
}
