// SPDX-License-Identifier: GPL-2.0
/*
 * ioctls that KVM has no words for (include/uapi/hvemu.h): the VM's name.
 */
#include <linux/build_bug.h>
#include "core/vm.h"
#include "private.h"
#include "uapi/hvemu.h"

static_assert(HVE_VM_NAME == HVEMU_NAME_MAX);

long hve_own_name_set(struct hve_call *call)
{
	const struct hvemu_name *in = call->data;

	return hve_vm_name_set(call->vm, in->name);
}
