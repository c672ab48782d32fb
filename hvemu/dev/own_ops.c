// SPDX-License-Identifier: GPL-2.0
/*
 * ioctls that KVM has no words for (include/uapi/hvemu.h): the VM's name, its
 * time, profiles.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "core/zeroed.h"
#include "private.h"
#include "uapi/hvemu.h"

/* Words of this ABI and of the rooms behind it */
#define SAME(name)	static_assert(!(HVE_##name ^ HVEMU_##name))

static_assert(sizeof(struct hvemu_name) == HVE_VM_NAME);
static_assert(sizeof(struct hvemu_profile) == 32);
static_assert(sizeof(struct hvemu_extended_calls) == 24);
SAME(PROFILE_MINIMAL);
SAME(PROFILE_V2);
SAME(PROFILE_V3);
SAME(PROFILE_V4);
SAME(PROFILE_V5);
SAME(PROFILE_V6);
SAME(PROFILE_CURRENT);
SAME(PROFILE_DEBUGGER);
SAME(PROFILE_EXTENDED_CALLS);
SAME(PROFILE_UNLIMITED_VPS);

/* leaves 0x40000000 to 0x4000000a and 0x40000080 to 0x40000082 */
#define MAX_LEAVES	14

long hve_own_name_set(struct hve_call *call)
{
	const struct hvemu_name *in = call->data;

	return hve_vm_name_set(call->vm, in->name);
}

long hve_own_time_set(struct hve_call *call)
{
	const struct hvemu_time *in = call->data;

	if (in->flags & ~HVEMU_TIME_FROZEN || in->reserved)
		return -EINVAL;
	if (in->flags & HVEMU_TIME_FROZEN)
		hve_tlfs_time_freeze(&call->vm->pt);
	else
		hve_tlfs_time_thaw(&call->vm->pt);
	return 0;
}

long hve_own_ext_set(struct hve_call *call)
{
	const struct hvemu_extended_calls *in = call->data;
	struct hvemu_page_range *ranges;
	size_t bytes = in->nr_ranges * sizeof(*ranges);
	long r;

	if (in->reserved)
		return -EINVAL;
	if (in->nr_ranges > HVEMU_EXT_MAX_RANGES)
		return -E2BIG;
	ranges = memdup_user(u64_to_user_ptr(in->ranges), bytes);
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);
	r = hve_zeroed_set(call->vm, in->capabilities, ranges, in->nr_ranges);
	kfree(ranges);
	return r;
}

long hve_own_profile(struct hve_call *call)
{
	struct kvm_cpuid_entry2 out[MAX_LEAVES];
	struct hvemu_profile *p = call->data;
	struct hve_profile profile = {
		.level = p->level,
		.flags = p->flags,
		.nr_vps = p->nr_vcpus,
	};
	struct hve_cpuid_leaf leaf;
	u32 room = p->nent, nr;
	int r;

	if (p->reserved || p->nr_vcpus > HVE_MAX_VCPUS)
		return -EINVAL;
	memset(out, 0, sizeof(out));
	for (nr = 0; nr < MAX_LEAVES; nr++) {
		r = hve_tlfs_profile(&profile, nr, &leaf);
		if (r < 0)
			return r;
		if (!r)
			break;
		out[nr].function = leaf.function;
		out[nr].eax = leaf.regs.eax;
		out[nr].ebx = leaf.regs.ebx;
		out[nr].ecx = leaf.regs.ecx;
		out[nr].edx = leaf.regs.edx;
	}
	p->nent = nr;
	if (room < nr)
		return -E2BIG;
	return copy_to_user((void __user *)(unsigned long)p->entries, out,
			    nr * sizeof(out[0])) ? -EFAULT : 0;
}
