// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_IRQFD: an eventfd that injects the interrupt of a GSI when signalled.
 *
 * An irqfd is alive while it is in vm->irqfds.  Who takes it out of there,
 * under irqfd_lock, queues its shutdown, which waits for the last wakeup (by
 * the lock of the eventfd's wait queue) and frees it.  Three can do that: a
 * de-assignment, the end of the VM, and the eventfd's last close.  The first
 * two then flush the workqueue; the third runs under the wait queue's lock, so
 * the irqfd and its VM cannot go before it is done.
 *
 * Lock order: wait queue > irqfd_lock.
 */
#include "core/irq.h"

#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "core/kvm_abi.h"
#include "core/vm.h"

struct hve_irqfd {
	struct hve_vm *vm;		/* [c] */
	u32 gsi;			/* [c] */
	struct eventfd_ctx *eventfd;	/* [c] */
	struct list_head list;		/* irqfd_lock; empty: going */
	wait_queue_entry_t wait;
	poll_table poll;
	struct work_struct shutdown;
	struct list_head user;		/* users_lock */
};

/* All of them: an eventfd feeds one GSI of one VM. */
static DEFINE_MUTEX(users_lock);
static LIST_HEAD(users);

/* A queue of its own, so that a flush waits for nothing else. */
static struct workqueue_struct *shutdown_wq;

static void irqfd_shutdown(struct work_struct *work)
{
	struct hve_irqfd *irqfd = container_of(work, struct hve_irqfd,
					       shutdown);
	u64 count;

	/* takes the wait queue's lock: no wakeup is running after this */
	eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &count);
	mutex_lock(&users_lock);
	list_del(&irqfd->user);
	mutex_unlock(&users_lock);
	eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

static bool irqfd_is_alive(const struct hve_irqfd *irqfd)
{
	return !list_empty(&irqfd->list);
}

static void irqfd_deactivate(struct hve_irqfd *irqfd)
{
	lockdep_assert_held(&irqfd->vm->irqfd_lock);
	list_del_init(&irqfd->list);
	queue_work(shutdown_wq, &irqfd->shutdown);
}

/* Under the wait queue's lock, interrupts off. */
static int irqfd_wakeup(wait_queue_entry_t *wait, unsigned int mode, int sync,
			void *key)
{
	struct hve_irqfd *irqfd = container_of(wait, struct hve_irqfd, wait);
	struct hve_vm *vm = irqfd->vm;
	__poll_t events = key_to_poll(key);
	unsigned long flags;
	u64 count;
	int taken = 0;

	if (events & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		hve_irq_inject(vm, irqfd->gsi, 1);
		taken = 1;
	}
	if (events & EPOLLHUP) {
		spin_lock_irqsave(&vm->irqfd_lock, flags);
		if (irqfd_is_alive(irqfd))
			irqfd_deactivate(irqfd);
		spin_unlock_irqrestore(&vm->irqfd_lock, flags);
	}
	return taken;
}

static void irqfd_attach(struct file *file, wait_queue_head_t *head,
			 poll_table *poll)
{
	struct hve_irqfd *irqfd = container_of(poll, struct hve_irqfd, poll);

	/* before a reader in user space: the count is consumed here */
	add_wait_queue_priority(head, &irqfd->wait);
}

/* Two with one eventfd would steal each other's signals. */
static int irqfd_enlist(struct hve_vm *vm, struct hve_irqfd *irqfd)
{
	struct hve_irqfd *other;
	int r = 0;

	mutex_lock(&users_lock);
	list_for_each_entry(other, &users, user) {
		if (other->eventfd == irqfd->eventfd) {
			r = -EBUSY;
			goto unlock;
		}
	}
	list_add_tail(&irqfd->user, &users);
	spin_lock_irq(&vm->irqfd_lock);
	list_add_tail(&irqfd->list, &vm->irqfds);
	spin_unlock_irq(&vm->irqfd_lock);
unlock:
	mutex_unlock(&users_lock);
	return r;
}

static int irqfd_assign(struct hve_vm *vm, const struct kvm_irqfd *args)
{
	struct hve_irqfd *irqfd;
	struct file *file;
	int r;

	if (!vm->lapic_in_kernel)
		return -EINVAL;
	/* there is no EOI of a level triggered GSI to resample at in here */
	if (args->flags & KVM_IRQFD_FLAG_RESAMPLE)
		return -EINVAL;

	file = eventfd_fget(args->fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	irqfd = kzalloc(sizeof(*irqfd), GFP_KERNEL_ACCOUNT);
	if (!irqfd) {
		r = -ENOMEM;
		goto put_file;
	}
	irqfd->vm = vm;
	irqfd->gsi = args->gsi;
	INIT_WORK(&irqfd->shutdown, irqfd_shutdown);
	init_waitqueue_func_entry(&irqfd->wait, irqfd_wakeup);
	init_poll_funcptr(&irqfd->poll, irqfd_attach);
	irqfd->eventfd = eventfd_ctx_fileget(file);
	if (IS_ERR(irqfd->eventfd)) {
		r = PTR_ERR(irqfd->eventfd);
		goto free;
	}
	r = irqfd_enlist(vm, irqfd);
	if (r)
		goto put_ctx;

	/*
	 * vm->lock keeps a de-assignment out and @file the last close, so the
	 * irqfd stays until it is attached.  A signal from before injects now.
	 */
	if (vfs_poll(file, &irqfd->poll) & EPOLLIN)
		hve_irq_inject(vm, irqfd->gsi, 1);
	fput(file);
	return 0;

put_ctx:
	eventfd_ctx_put(irqfd->eventfd);
free:
	kfree(irqfd);
put_file:
	fput(file);
	return r;
}

static int irqfd_deassign(struct hve_vm *vm, const struct kvm_irqfd *args)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(args->fd);
	struct hve_irqfd *irqfd, *next;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	spin_lock_irq(&vm->irqfd_lock);
	list_for_each_entry_safe(irqfd, next, &vm->irqfds, list)
		if (irqfd->eventfd == eventfd && irqfd->gsi == args->gsi)
			irqfd_deactivate(irqfd);
	spin_unlock_irq(&vm->irqfd_lock);
	eventfd_ctx_put(eventfd);
	flush_workqueue(shutdown_wq);
	return 0;
}

int hve_irqfd_set(struct hve_vm *vm, const struct kvm_irqfd *args)
{
	lockdep_assert_held(&vm->lock);
	if (args->flags & ~(KVM_IRQFD_FLAG_DEASSIGN | KVM_IRQFD_FLAG_RESAMPLE))
		return -EINVAL;
	if (args->flags & KVM_IRQFD_FLAG_DEASSIGN)
		return irqfd_deassign(vm, args);
	return irqfd_assign(vm, args);
}

void hve_irqfd_release(struct hve_vm *vm)
{
	struct hve_irqfd *irqfd, *next;

	spin_lock_irq(&vm->irqfd_lock);
	list_for_each_entry_safe(irqfd, next, &vm->irqfds, list)
		irqfd_deactivate(irqfd);
	spin_unlock_irq(&vm->irqfd_lock);
	/* also those that a close has taken out of the list */
	flush_workqueue(shutdown_wq);
}

int hve_irqfd_start(void)
{
	shutdown_wq = alloc_workqueue("hvemu-irqfd", WQ_UNBOUND, 0);
	return shutdown_wq ? 0 : -ENOMEM;
}

void hve_irqfd_stop(void)
{
	destroy_workqueue(shutdown_wq);
}
