/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that was zero at the start, inside core/ and for dev/. */
#ifndef HVE_CORE_ZEROED_H
#define HVE_CORE_ZEROED_H

#include <linux/types.h>
#include "core/vm.h"

struct hvemu_page_range;

/**
 * hve_zeroed_set() - HVEMU_SET_EXTENDED_CALLS
 * @vm: lock held
 * @capabilities: the extended calls there are
 * @ranges: memory that is zero
 * @nr: of them
 *
 * Return: 0, -EBUSY (set already, or there are vCPUs), -EINVAL, -E2BIG,
 * -ENOMEM.
 */
int hve_zeroed_set(struct hve_vm *vm, u64 capabilities,
		   const struct hvemu_page_range *ranges, u32 nr);

/** hve_zeroed_release() - at the end of the VM */
void hve_zeroed_release(struct hve_vm *vm);

void hve_zeroed_touched(struct hve_vm *vm, u64 gfn);

/** hve_zeroed_touch() - a page may have been written to; any context */
static inline void hve_zeroed_touch(struct hve_vm *vm, u64 gfn)
{
	if (unlikely(vm->zeroed))
		hve_zeroed_touched(vm, gfn);
}

#endif /* HVE_CORE_ZEROED_H */
