// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_X86_SET_MSR_FILTER: MSRs that the VMM denies its guest, or wants to serve
 * itself.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "core/kvm_abi.h"
#include "core/l2.h"
#include "core/msr.h"
#include "core/vcpu.h"
#include "core/vm.h"

/* As KVM: 12,288 MSRs a range */
#define MAX_BITMAP_BYTES	0x600

/* 6.1's headers have no names for them */
#define VALID_FLAGS		KVM_MSR_FILTER_DEFAULT_DENY
#define VALID_RANGE_FLAGS	(KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE)

struct msr_range {
	u32 flags;
	u32 base;
	u32 nr;
	unsigned long *allowed;
};

struct hve_msr_filter {
	bool deny;			/* what no range has */
	unsigned int nr;
	struct msr_range range[KVM_MSR_FILTER_MAX_RANGES];
};

static void filter_free(struct hve_msr_filter *filter)
{
	unsigned int i;

	if (!filter)
		return;
	for (i = 0; i < filter->nr; i++)
		kfree(filter->range[i].allowed);
	kfree(filter);
}

static int range_add(struct hve_msr_filter *filter,
		     const struct kvm_msr_filter_range *in)
{
	struct msr_range *r = &filter->range[filter->nr];
	size_t bytes;
	void *bits;

	if (in->flags & ~VALID_RANGE_FLAGS)
		return -EINVAL;
	if (!in->nmsrs)
		return 0;
	if (!in->flags || in->nmsrs > MAX_BITMAP_BYTES * BITS_PER_BYTE)
		return -EINVAL;
	bytes = BITS_TO_LONGS(in->nmsrs) * sizeof(long);
	bits = memdup_user((const void __user *)in->bitmap, bytes);
	if (IS_ERR(bits))
		return PTR_ERR(bits);
	r->flags = in->flags;
	r->base = in->base;
	r->nr = in->nmsrs;
	r->allowed = bits;
	filter->nr++;
	return 0;
}

static struct hve_msr_filter *filter_make(const struct kvm_msr_filter *in)
{
	struct hve_msr_filter *filter;
	unsigned int i;
	int r;

	if (in->flags & ~VALID_FLAGS)
		return ERR_PTR(-EINVAL);
	filter = kzalloc(sizeof(*filter), GFP_KERNEL_ACCOUNT);
	if (!filter)
		return ERR_PTR(-ENOMEM);
	filter->deny = in->flags & KVM_MSR_FILTER_DEFAULT_DENY;
	for (i = 0; i < ARRAY_SIZE(in->ranges); i++) {
		r = range_add(filter, &in->ranges[i]);
		if (r)
			goto free;
	}
	/* all denied by nothing at all: not what anybody wants */
	r = -EINVAL;
	if (filter->deny && !filter->nr)
		goto free;
	return filter;

free:
	filter_free(filter);
	return ERR_PTR(r);
}

int hve_msr_filter_set(struct hve_vm *vm, const struct kvm_msr_filter *in)
{
	struct hve_msr_filter *filter = filter_make(in), *old;
	struct hve_vcpu *vcpu;
	unsigned long i;

	lockdep_assert_held(&vm->lock);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	old = rcu_replace_pointer(vm->msr_filter, filter,
				  lockdep_is_held(&vm->lock));
	if (old) {
		synchronize_rcu();
		filter_free(old);
	}
	xa_for_each(&vm->vcpus, i, vcpu)
		hve_vcpu_request(vcpu, HVE_REQ_MSR_FILTER);
	return 0;
}

void hve_msr_filter_release(struct hve_vm *vm)
{
	filter_free(rcu_dereference_protected(vm->msr_filter, 1));
}

#define X2APIC_FIRST	0x800u
#define X2APIC_LAST	0x8ffu

static bool filter_allows(const struct hve_msr_filter *filter, u32 msr,
			  u32 access)
{
	unsigned int i;

	for (i = 0; i < filter->nr; i++) {
		const struct msr_range *r = &filter->range[i];

		if (msr >= r->base && msr - r->base < r->nr &&
		    r->flags & access)
			return test_bit(msr - r->base, r->allowed);
	}
	return !filter->deny;
}

bool hve_msr_filter_allows(struct hve_vm *vm, u32 msr, u32 access)
{
	const struct hve_msr_filter *filter;
	bool allowed = true;

	/* a LAPIC is not filtered */
	if (msr >= X2APIC_FIRST && msr <= X2APIC_LAST)
		return true;
	rcu_read_lock();
	filter = rcu_dereference(vm->msr_filter);
	if (filter)
		allowed = filter_allows(filter, msr, access);
	rcu_read_unlock();
	return allowed;
}

void hve_msr_pass(struct hve_vcpu *vcpu, u32 msr, bool read, bool write)
{
	struct hve_vm *vm = vcpu->vm;

	read = read && hve_msr_filter_allows(vm, msr, KVM_MSR_FILTER_READ);
	write = write && hve_msr_filter_allows(vm, msr, KVM_MSR_FILTER_WRITE);
	/* it is L1's; what L2 has of it is merged again */
	if (hve_in_l2(vcpu)) {
		hve_vmx_msr_pass(&vcpu->nested->other, msr, read, write);
		vcpu->nested->bitmap_stale = true;
		return;
	}
	hve_vmx_msr_pass(&cur_vtl(vcpu)->vmx, msr, read, write);
}
