// SPDX-License-Identifier: GPL-2.0
/*
 * The host changes a mapping: what the guest sees of it goes first.
 *
 * A fault looks a page up without locks and enters it under mmu->lock, unless
 * an invalidation of its address runs or has run since (notifier_count,
 * notifier_seq).
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include "mmu.h"
#include "private.h"

static int range_start(struct mmu_notifier *mn,
		       const struct mmu_notifier_range *range)
{
	struct hve_mmu *mmu = container_of(mn, struct hve_mmu, mn);
	bool flush;

	spin_lock(&mmu->lock);
	if (!mmu->notifier_count++) {
		mmu->notifier_start = range->start;
		mmu->notifier_end = range->end;
	} else {
		mmu->notifier_start = min(mmu->notifier_start, range->start);
		mmu->notifier_end = max(mmu->notifier_end, range->end);
	}
	flush = hve_mmu_host_unmap_hva(mmu, range->start, range->end);
	spin_unlock(&mmu->lock);
	if (flush)
		hve_mmu_flush(mmu);
	return 0;
}

static void range_end(struct mmu_notifier *mn,
		      const struct mmu_notifier_range *range)
{
	struct hve_mmu *mmu = container_of(mn, struct hve_mmu, mn);

	spin_lock(&mmu->lock);
	mmu->notifier_seq++;
	mmu->notifier_count--;
	spin_unlock(&mmu->lock);
}

static void release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct hve_mmu *mmu = container_of(mn, struct hve_mmu, mn);
	bool flush;

	spin_lock(&mmu->lock);
	flush = hve_mmu_zap(mmu, 0, ~0ull);
	spin_unlock(&mmu->lock);
	if (flush)
		hve_mmu_flush(mmu);
}

static const struct mmu_notifier_ops notifier_ops = {
	.invalidate_range_start	= range_start,
	.invalidate_range_end	= range_end,
	.release		= release,
};

int hve_mmu_notifier_register(struct hve_mmu *mmu)
{
	int r;

	mmu->mn.ops = &notifier_ops;
	r = mmu_notifier_register(&mmu->mn, current->mm);
	if (r)
		return r;
	mmgrab(current->mm);
	mmu->mm = current->mm;
	return 0;
}

void hve_mmu_notifier_unregister(struct hve_mmu *mmu)
{
	if (!mmu->mm)
		return;
	mmu_notifier_unregister(&mmu->mn, mmu->mm);
	mmdrop(mmu->mm);
	mmu->mm = NULL;
}

bool hve_mmu_retry(struct hve_mmu *mmu, unsigned long seq, unsigned long hva)
{
	lockdep_assert_held(&mmu->lock);
	if (mmu->notifier_seq != seq)
		return true;
	return mmu->notifier_count && hva >= mmu->notifier_start &&
	       hva < mmu->notifier_end;
}
