// SPDX-License-Identifier: GPL-2.0
/*
 * HVEMU_GET_STATE and HVEMU_SET_STATE: the state of the Hv#1 interface as a
 * blob, of a VM or of a vCPU.  What is in it is the TLFS half's business.
 */
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>
#include "uapi/hvemu.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"

static u32 state_bytes(const struct hve_call *call)
{
	return call->vcpu ? hve_tlfs_vp_state_bytes() : hve_tlfs_state_bytes();
}

static u32 state_get(const struct hve_call *call, void *buf)
{
	return call->vcpu ? hve_tlfs_vp_state_get(&call->vcpu->vp, buf) :
			    hve_tlfs_state_get(&call->vm->pt, buf);
}

static int state_set(const struct hve_call *call, const void *buf, u32 bytes)
{
	int r;

	if (!call->vcpu)
		return hve_tlfs_state_set(&call->vm->pt, buf, bytes);
	r = hve_tlfs_vp_state_set(&call->vcpu->vp, buf, bytes);
	/* other vectors may be those of SINTs now */
	call->vcpu->eoi_bitmap_new = true;
	return r;
}

static void vcpus_unlock(struct hve_vm *vm, struct hve_vcpu *end)
{
	struct hve_vcpu *vcpu;
	unsigned long i;

	xa_for_each(&vm->vcpus, i, vcpu) {
		if (vcpu == end)
			break;
		mutex_unlock(&vcpu->mutex);
	}
}

/* No vCPU runs, or begins to; vm->lock is held, so there are no new ones. */
static int vcpus_trylock(struct hve_vm *vm)
{
	struct hve_vcpu *vcpu;
	unsigned long i;

	lockdep_assert_held(&vm->lock);
	xa_for_each(&vm->vcpus, i, vcpu) {
		if (!mutex_trylock(&vcpu->mutex)) {
			vcpus_unlock(vm, vcpu);
			return -EBUSY;
		}
		/* there may be more of them than lockdep counts one by one */
		mutex_release(&vcpu->mutex.dep_map, _THIS_IP_);
		mutex_acquire_nest(&vcpu->mutex.dep_map, 0, 1,
				   &vm->lock.dep_map, _THIS_IP_);
	}
	return 0;
}

/* Nothing under way: of a vCPU the exit that the VMM got, too. */
static int stop(const struct hve_call *call)
{
	if (!call->vcpu)
		return vcpus_trylock(call->vm);
	return call->vcpu->complete ? -EBUSY : 0;
}

static void go_on(const struct hve_call *call)
{
	if (!call->vcpu)
		vcpus_unlock(call->vm, NULL);
}

long hve_state_get(struct hve_call *call)
{
	struct hvemu_state *state = call->data;
	u32 bytes;
	void *buf;
	long r;

	if (state->flags)
		return -EINVAL;
	buf = kvzalloc(state_bytes(call), GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	r = stop(call);
	if (r)
		goto out;
	bytes = state_get(call, buf);
	go_on(call);
	if (state->bytes < bytes)
		r = -E2BIG;
	else if (copy_to_user(u64_to_user_ptr(state->data), buf, bytes))
		r = -EFAULT;
	state->bytes = bytes;
out:
	kvfree(buf);
	return r;
}

long hve_state_set(struct hve_call *call)
{
	const struct hvemu_state *state = call->data;
	void *buf;
	long r;

	if (state->flags || !state->bytes)
		return -EINVAL;
	if (state->bytes > HVEMU_STATE_MAX_BYTES)
		return -E2BIG;
	/* reference time runs with the first vCPU */
	if (!call->vm->nr_vcpus)
		return -ENXIO;
	buf = kvmalloc(state->bytes, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	if (copy_from_user(buf, u64_to_user_ptr(state->data), state->bytes)) {
		r = -EFAULT;
		goto out;
	}
	r = stop(call);
	if (!r) {
		r = state_set(call, buf, state->bytes);
		go_on(call);
	}
out:
	kvfree(buf);
	return r;
}
