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
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "core/kvm_abi.h"
#include "core/vm.h"

struct hve_irqfd {
	struct hve_vm *vm;		/* [c] */
	u32 gsi;			/* [c] */
	struct eventfd_ctx *eventfd;	/* [c] */
	struct eventfd_ctx *resamplefd;	/* [c] told of EOIs, or NULL */
	struct list_head resampler;	/* users_lock, readers vm->srcu */
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

bool hve_irqfd_resamples(struct hve_vm *vm, u32 gsi)
{
	struct hve_irqfd *irqfd;
	bool found = false;
	int idx;

	idx = srcu_read_lock(&vm->srcu);
	list_for_each_entry_srcu(irqfd, &vm->resamplers, resampler,
				 srcu_read_lock_held(&vm->srcu))
		found |= irqfd->gsi == gsi;
	srcu_read_unlock(&vm->srcu, idx);
	return found;
}

/* The line falls; a device that still wants it raises it again. */
static void resample(struct hve_irqfd *irqfd)
{
	hve_irq_line(irqfd->vm, HVE_IRQ_FROM_RESAMPLER, irqfd->gsi, false);
	eventfd_signal(irqfd->resamplefd);
}

void hve_irqfd_resample(struct hve_vm *vm, u32 gsi)
{
	struct hve_irqfd *irqfd;
	int idx;

	if (likely(list_empty(&vm->resamplers)))
		return;
	idx = srcu_read_lock(&vm->srcu);
	list_for_each_entry_srcu(irqfd, &vm->resamplers, resampler,
				 srcu_read_lock_held(&vm->srcu))
		if (irqfd->gsi == gsi)
			resample(irqfd);
	srcu_read_unlock(&vm->srcu, idx);
}

void hve_irqfd_sints_acked(struct hve_vm *vm, u32 vp_index, u32 sints)
{
	struct hve_irqfd *irqfd;
	int idx;

	if (likely(list_empty(&vm->resamplers)))
		return;
	idx = srcu_read_lock(&vm->srcu);
	list_for_each_entry_srcu(irqfd, &vm->resamplers, resampler,
				 srcu_read_lock_held(&vm->srcu))
		if (hve_irq_gsi_is_sint(vm, irqfd->gsi, vp_index, sints))
			resample(irqfd);
	srcu_read_unlock(&vm->srcu, idx);
}

/* Several share a line: it falls with the last of them. */
static void resampler_remove(struct hve_irqfd *irqfd)
{
	struct hve_vm *vm = irqfd->vm;

	mutex_lock(&users_lock);
	list_del_rcu(&irqfd->resampler);
	mutex_unlock(&users_lock);
	synchronize_srcu_expedited(&vm->srcu);
	if (!hve_irqfd_resamples(vm, irqfd->gsi))
		hve_irq_line(vm, HVE_IRQ_FROM_RESAMPLER, irqfd->gsi, false);
	hve_irq_rescan(vm);
	eventfd_ctx_put(irqfd->resamplefd);
}

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
	if (irqfd->resamplefd)
		resampler_remove(irqfd);
	eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

static void irqfd_inject(struct hve_irqfd *irqfd)
{
	if (irqfd->resamplefd) {
		hve_irq_line(irqfd->vm, HVE_IRQ_FROM_RESAMPLER, irqfd->gsi,
			     true);
		return;
	}
	hve_irq_line(irqfd->vm, HVE_IRQ_FROM_VMM, irqfd->gsi, true);
	hve_irq_line(irqfd->vm, HVE_IRQ_FROM_VMM, irqfd->gsi, false);
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
		irqfd_inject(irqfd);
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
	if (irqfd->resamplefd)
		list_add_tail_rcu(&irqfd->resampler, &vm->resamplers);
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
	/* the VMM's IOAPIC hears of EOIs, nobody in here does */
	if (args->flags & KVM_IRQFD_FLAG_RESAMPLE && !vm->board)
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
	if (args->flags & KVM_IRQFD_FLAG_RESAMPLE) {
		irqfd->resamplefd = eventfd_ctx_fdget(args->resamplefd);
		if (IS_ERR(irqfd->resamplefd)) {
			r = PTR_ERR(irqfd->resamplefd);
			goto put_ctx;
		}
	}
	r = irqfd_enlist(vm, irqfd);
	if (r)
		goto put_resamplefd;
	if (irqfd->resamplefd)
		hve_irq_rescan(vm);

	/*
	 * vm->lock keeps a de-assignment out and @file the last close, so the
	 * irqfd stays until it is attached.  A signal from before injects now.
	 */
	if (vfs_poll(file, &irqfd->poll) & EPOLLIN)
		irqfd_inject(irqfd);
	fput(file);
	return 0;

put_resamplefd:
	if (irqfd->resamplefd)
		eventfd_ctx_put(irqfd->resamplefd);
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
