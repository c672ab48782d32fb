// SPDX-License-Identifier: GPL-2.0
/*
 * Registers in kvm_run: those that the VMM changed there are taken before
 * KVM_RUN, those that it wants are left there after it (KVM_CAP_SYNC_REGS).
 *
 * The page is shared: a copy is what is looked at.
 */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "private.h"

static_assert(sizeof(struct kvm_sync_regs) <= SYNC_REGS_SIZE_BYTES);

#define FIELDS	((u64)KVM_SYNC_X86_VALID_FIELDS)

int hve_sync_regs_fields(void)
{
	return FIELDS;
}

static int take(struct hve_vcpu *vcpu, struct kvm_sync_regs *from, u64 fields)
{
	union {
		struct kvm_regs regs;
		struct kvm_sregs sregs;
		struct kvm_vcpu_events events;
	} copy;
	int r = 0;

	if (fields & KVM_SYNC_X86_REGS) {
		copy.regs = from->regs;
		hve_regs_set(vcpu, &copy.regs);
	}
	if (fields & KVM_SYNC_X86_SREGS) {
		copy.sregs = from->sregs;
		/* what is validated is what is used */
		barrier();
		r = hve_sregs_set(vcpu, &copy.sregs);
	}
	if (!r && fields & KVM_SYNC_X86_EVENTS) {
		copy.events = from->events;
		barrier();
		r = hve_events_set(vcpu, &copy.events);
	}
	return r;
}

int hve_sync_regs_take(struct hve_vcpu *vcpu, u64 valid, u64 dirty)
{
	struct kvm_run *run = vcpu->run;
	int r;

	if ((valid | dirty) & ~FIELDS)
		return -EINVAL;
	r = take(vcpu, &run->s.regs, dirty);
	if (!r)
		WRITE_ONCE(run->kvm_dirty_regs, 0);
	return r;
}

void hve_sync_regs_leave(struct hve_vcpu *vcpu, u64 valid)
{
	struct kvm_sync_regs *to = &vcpu->run->s.regs;

	if (valid & KVM_SYNC_X86_REGS)
		hve_regs_get(vcpu, &to->regs);
	if (valid & KVM_SYNC_X86_SREGS)
		hve_sregs_get(vcpu, &to->sregs);
	if (valid & KVM_SYNC_X86_EVENTS)
		hve_events_get(vcpu, &to->events);
}
