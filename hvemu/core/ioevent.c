// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_IOEVENTFD: an eventfd that a write of the guest to a port or to an
 * address without memory signals, instead of an exit to the VMM.
 *
 * The list changes under vm->lock and is read under vm->srcu, also in a window
 * with interrupts off.
 */
#include "core/irq.h"

#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"

/* They outlive the VMM's own fd of the eventfd: they need a bound. */
#define MAX_IOEVENTS	1000

#define FLAGS		(KVM_IOEVENTFD_FLAG_DATAMATCH | KVM_IOEVENTFD_FLAG_PIO | \
			 KVM_IOEVENTFD_FLAG_DEASSIGN)

struct hve_ioevent {
	struct list_head list;
	struct eventfd_ctx *eventfd;
	u64 addr;
	u64 data;		/* 0 without match */
	u32 len;		/* 0: any */
	bool pio;
	bool match;		/* only a write of data */
};

static bool is_hit(const struct hve_ioevent *ev, bool pio, u64 addr, u32 len,
		   u64 data)
{
	if (ev->addr != addr || ev->pio != pio)
		return false;
	if (ev->len && ev->len != len)
		return false;
	return !ev->match || ev->data == data;
}

bool hve_ioevent_signal(struct hve_vm *vm, bool pio, u64 addr, u32 len,
			const void *data)
{
	struct hve_ioevent *ev;
	bool hit = false;
	u64 val = 0;
	int idx;

	if (list_empty(&vm->ioeventfds) || len > sizeof(val))
		return false;
	memcpy(&val, data, len);
	idx = srcu_read_lock(&vm->srcu);
	list_for_each_entry_srcu(ev, &vm->ioeventfds, list,
				 srcu_read_lock_held(&vm->srcu)) {
		if (is_hit(ev, pio, addr, len, val)) {
			eventfd_signal(ev->eventfd);
			hit = true;
			break;
		}
	}
	srcu_read_unlock(&vm->srcu, idx);
	return hit;
}

/* A write must hit one eventfd only. */
static bool collides(const struct hve_ioevent *a, const struct hve_ioevent *b)
{
	if (a->pio != b->pio || a->addr != b->addr)
		return false;
	if (!a->len || !b->len)
		return true;
	return a->len == b->len &&
	       (!a->match || !b->match || a->data == b->data);
}

static int check_args(const struct kvm_ioeventfd *args)
{
	switch (args->len) {
	case 0:
		if (args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH)
			return -EINVAL;
		break;
	case 1:
	case 2:
	case 4:
	case 8:
		break;
	default:
		return -EINVAL;
	}
	if (args->addr + args->len < args->addr)
		return -EINVAL;
	return 0;
}

static void ioevent_fill(struct hve_ioevent *ev,
			 const struct kvm_ioeventfd *args)
{
	ev->addr = args->addr;
	ev->len = args->len;
	ev->pio = args->flags & KVM_IOEVENTFD_FLAG_PIO;
	ev->match = args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH;
	ev->data = ev->match ? args->datamatch : 0;
}

static int ioevent_assign(struct hve_vm *vm, const struct kvm_ioeventfd *args)
{
	struct hve_ioevent *ev, *other;
	unsigned int nr = 0;
	int r = check_args(args);

	if (r)
		return r;
	ev = kzalloc(sizeof(*ev), GFP_KERNEL_ACCOUNT);
	if (!ev)
		return -ENOMEM;
	ioevent_fill(ev, args);
	ev->eventfd = eventfd_ctx_fdget(args->fd);
	if (IS_ERR(ev->eventfd)) {
		r = PTR_ERR(ev->eventfd);
		goto free;
	}
	list_for_each_entry(other, &vm->ioeventfds, list) {
		nr++;
		if (collides(ev, other)) {
			r = -EEXIST;
			goto put;
		}
	}
	if (nr >= MAX_IOEVENTS) {
		r = -ENOSPC;
		goto put;
	}
	list_add_tail_rcu(&ev->list, &vm->ioeventfds);
	return 0;

put:
	eventfd_ctx_put(ev->eventfd);
free:
	kfree(ev);
	return r;
}

static void ioevent_free(struct hve_ioevent *ev)
{
	eventfd_ctx_put(ev->eventfd);
	kfree(ev);
}

static bool is_same(const struct hve_ioevent *a, const struct hve_ioevent *b)
{
	return a->eventfd == b->eventfd && a->addr == b->addr &&
	       a->len == b->len && a->pio == b->pio && a->match == b->match &&
	       a->data == b->data;
}

static int ioevent_deassign(struct hve_vm *vm, const struct kvm_ioeventfd *args)
{
	struct hve_ioevent *ev, wanted = {};
	int r = -ENOENT;

	ioevent_fill(&wanted, args);
	wanted.eventfd = eventfd_ctx_fdget(args->fd);
	if (IS_ERR(wanted.eventfd))
		return PTR_ERR(wanted.eventfd);
	list_for_each_entry(ev, &vm->ioeventfds, list) {
		if (!is_same(ev, &wanted))
			continue;
		list_del_rcu(&ev->list);
		synchronize_srcu_expedited(&vm->srcu);
		ioevent_free(ev);
		r = 0;
		break;
	}
	eventfd_ctx_put(wanted.eventfd);
	return r;
}

int hve_ioevent_set(struct hve_vm *vm, const struct kvm_ioeventfd *args)
{
	lockdep_assert_held(&vm->lock);
	if (args->flags & ~FLAGS)
		return -EINVAL;
	if (args->flags & KVM_IOEVENTFD_FLAG_DEASSIGN)
		return ioevent_deassign(vm, args);
	return ioevent_assign(vm, args);
}

void hve_ioevent_release(struct hve_vm *vm)
{
	struct hve_ioevent *ev, *next;

	list_for_each_entry_safe(ev, next, &vm->ioeventfds, list) {
		list_del(&ev->list);
		ioevent_free(ev);
	}
}
