/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ioctl is a row: its number, what is held while it runs, its handler.
 * Finding the row, copying the argument in and out and locking are done in one
 * place, so that a handler sees kernel memory only.
 */
#ifndef HVE_DEV_IOCTL_H
#define HVE_DEV_IOCTL_H

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>
#include "core/vcpu.h"
#include "core/vm.h"

/**
 * struct hve_call - an ioctl in flight
 * @vm: of the fd; NULL on the device itself
 * @vcpu: of the fd; NULL on device and VM
 * @arg: third argument as it was passed
 * @data: kernel copy of the struct that @arg points to, of _IOC_SIZE bytes;
 *	zeroed when the ioctl only reads, copied back when it reads; NULL when
 *	the number has no size or with HVE_CALL_RAW
 */
struct hve_call {
	struct hve_vm *vm;
	struct hve_vcpu *vcpu;
	unsigned long arg;
	void *data;
};

/* Flags of a row */
#define HVE_CALL_VM_LOCK	BIT(0)	/* vm->lock is held */
#define HVE_CALL_VCPU_MUTEX	BIT(1)	/* vcpu->mutex is held */
#define HVE_CALL_RAW		BIT(2)	/* the handler copies itself */
#define HVE_CALL_OUT_E2BIG	BIT(3)	/* copied back with -E2BIG, too */

struct hve_ioctl {
	unsigned int cmd;
	unsigned int flags;
	long (*fn)(struct hve_call *call);
};

/**
 * hve_ioctl_call() - do one
 * @rows: of this kind of fd, the most frequent first
 * @nr: how many
 * @call: vm, vcpu and arg filled in
 * @cmd: number
 *
 * Return: what the handler does; -ENOTTY without a row; -EIO when the VM is
 * dead or another process's; -EFAULT, -ENOMEM; -EINTR.
 */
long hve_ioctl_call(const struct hve_ioctl *rows, unsigned int nr,
		    struct hve_call *call, unsigned int cmd);

/** hve_vm_usable() - alive, and the caller is its process */
static __always_inline bool hve_vm_usable(const struct hve_vm *vm)
{
	return !READ_ONCE(vm->dead) && vm->mmu.mm == current->mm;
}

/**
 * hve_ioctl_run() - what hve_ioctl_call() does for the row of KVM_RUN
 * @row: a constant, without HVE_CALL_VM_LOCK, its number without a size
 * @call: as there
 *
 * Return: as there.
 */
static __always_inline long hve_ioctl_run(const struct hve_ioctl *row,
					  struct hve_call *call)
{
	long r;

	if (unlikely(!hve_vm_usable(call->vm)))
		return -EIO;
	if (mutex_lock_killable(&call->vcpu->mutex))
		return -EINTR;
	r = row->fn(call);
	mutex_unlock(&call->vcpu->mutex);
	return r;
}

/** hve_ioctl_compat() - .compat_ioctl of all fds: -ENOTTY */
struct file;
long hve_ioctl_compat(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* HVE_DEV_IOCTL_H */
