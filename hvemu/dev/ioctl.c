// SPDX-License-Identifier: GPL-2.0
/*
 * From an ioctl number to the handler of its row.
 */
#include "dev/ioctl.h"

#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"

/* Arguments up to this size, nearly all, need no allocation. */
#define STACK_BYTES	512

static const struct hve_ioctl *row_find(const struct hve_ioctl *rows,
					unsigned int nr, unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (rows[i].cmd == cmd)
			return &rows[i];
	return NULL;
}

static long call_locked(const struct hve_ioctl *row, struct hve_call *call)
{
	long r;

	if (row->flags & HVE_CALL_VM_LOCK &&
	    mutex_lock_killable(&call->vm->lock))
		return -EINTR;
	if (row->flags & HVE_CALL_VCPU_MUTEX &&
	    mutex_lock_killable(&call->vcpu->mutex)) {
		r = -EINTR;
		goto unlock_vm;
	}
	r = row->fn(call);
	if (row->flags & HVE_CALL_VCPU_MUTEX)
		mutex_unlock(&call->vcpu->mutex);
unlock_vm:
	if (row->flags & HVE_CALL_VM_LOCK)
		mutex_unlock(&call->vm->lock);
	return r;
}

static long call_copying(const struct hve_ioctl *row, struct hve_call *call)
{
	void __user *uarg = (void __user *)call->arg;
	unsigned int size = _IOC_SIZE(row->cmd);
	u64 small[STACK_BYTES / sizeof(u64)];
	long r;

	call->data = small;
	if (size > sizeof(small)) {
		call->data = kmalloc(size, GFP_KERNEL_ACCOUNT);
		if (!call->data)
			return -ENOMEM;
	}
	if (!(_IOC_DIR(row->cmd) & _IOC_WRITE)) {
		memset(call->data, 0, size);
	} else if (copy_from_user(call->data, uarg, size)) {
		r = -EFAULT;
		goto out;
	}
	r = call_locked(row, call);
	if (_IOC_DIR(row->cmd) & _IOC_READ &&
	    (r >= 0 || (r == -E2BIG && row->flags & HVE_CALL_OUT_E2BIG)) &&
	    copy_to_user(uarg, call->data, size))
		r = -EFAULT;
out:
	if (call->data != small)
		kfree(call->data);
	return r;
}

long hve_ioctl_call(const struct hve_ioctl *rows, unsigned int nr,
		    struct hve_call *call, unsigned int cmd)
{
	const struct hve_ioctl *row;

	if (call->vm && !hve_vm_usable(call->vm))
		return -EIO;
	row = row_find(rows, nr, cmd);
	if (!row)
		return -ENOTTY;
	if (row->flags & HVE_CALL_RAW || !_IOC_SIZE(cmd)) {
		call->data = NULL;
		return call_locked(row, call);
	}
	return call_copying(row, call);
}

/* Some structs have other sizes there, and no client asks for it. */
long hve_ioctl_compat(struct file *file, unsigned int cmd, unsigned long arg)
{
	return -ENOTTY;
}
