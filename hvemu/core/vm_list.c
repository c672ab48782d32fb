// SPDX-License-Identifier: GPL-2.0
/*
 * All VMs there are, in the order of their numbers: for those who look at VMs
 * of other processes.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>
#include "core/vm.h"

static DEFINE_MUTEX(vm_list_lock);
static LIST_HEAD(vm_list);	/* under vm_list_lock */
static u32 last_id;		/* likewise; no number comes twice soon */

void hve_vm_list_add(struct hve_vm *vm)
{
	mutex_lock(&vm_list_lock);
	vm->pt.id = ++last_id;
	list_add_tail(&vm->link, &vm_list);
	mutex_unlock(&vm_list_lock);
}

void hve_vm_list_remove(struct hve_vm *vm)
{
	mutex_lock(&vm_list_lock);
	list_del(&vm->link);
	mutex_unlock(&vm_list_lock);
}

/* A VM on its way out has no reference to take any more. */
static bool may_look(struct hve_vm *vm, bool admin)
{
	return (admin || uid_eq(vm->uid, current_euid())) &&
	       refcount_inc_not_zero(&vm->ref);
}

static struct hve_vm *search(u64 from, u64 to)
{
	bool admin = capable(CAP_SYS_ADMIN);
	struct hve_vm *vm, *found = NULL;

	mutex_lock(&vm_list_lock);
	list_for_each_entry(vm, &vm_list, link) {
		if (vm->pt.id < from || vm->pt.id > to || !may_look(vm, admin))
			continue;
		found = vm;
		break;
	}
	mutex_unlock(&vm_list_lock);
	return found;
}

struct hve_vm *hve_vm_list_next(u64 after)
{
	return after >= U32_MAX ? NULL : search(after + 1, U32_MAX);
}

struct hve_vm *hve_vm_list_find(u64 id)
{
	return search(id, id);
}
