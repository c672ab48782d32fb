/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ioctl is a row: its number, what is held while it runs, its handler.
 * Finding the row, copying the argument in and out and locking are done in one
 * place, so that a handler sees kernel memory only.
 */
#ifndef HVE_DEV_IOCTL_H
#define HVE_DEV_IOCTL_H

#include <linux/bits.h>
#include <linux/types.h>

struct hve_vcpu;
struct hve_vm;

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

/** hve_ioctl_compat() - .compat_ioctl of all fds: -ENOTTY */
struct file;
long hve_ioctl_compat(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* HVE_DEV_IOCTL_H */
