// SPDX-License-Identifier: GPL-2.0
/*
 * Invalidation and the size of host mappings.
 *
 * Pairing: the zapper changes entries, then gen, then looks who is in a
 * window; a vCPU says that it is in a window, then reads gen.  One of them
 * sees the other.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include "mmu.h"
#include "private.h"

void hve_mmu_flush(struct hve_mmu *mmu)
{
	LIST_HEAD(stale);

	spin_lock(&mmu->lock);
	list_splice_init(&mmu->stale, &stale);
	spin_unlock(&mmu->lock);

	atomic64_inc(&mmu->gen);
	smp_mb__after_atomic();	/* gen before the look at each mode */
	hve_mmu_host_kick_all(mmu);
	hve_mmu_free_stale(&stale);
}

int hve_mmu_host_level(struct mm_struct *mm, unsigned long hva)
{
	int level = HVE_LEVEL_4K;
	unsigned long flags;
	pgd_t pgd;
	p4d_t p4d;
	pud_t pud;
	pmd_t pmd;

	/* tables are freed only after an IPI to all CPUs of the mm */
	local_irq_save(flags);
	pgd = READ_ONCE(*pgd_offset(mm, hva));
	if (pgd_none(pgd))
		goto out;
	p4d = READ_ONCE(*p4d_offset(&pgd, hva));
	if (p4d_none(p4d) || !p4d_present(p4d))
		goto out;
	pud = READ_ONCE(*pud_offset(&p4d, hva));
	if (pud_none(pud) || !pud_present(pud))
		goto out;
	if (pud_leaf(pud)) {
		level = HVE_LEVEL_2M;
		goto out;
	}
	pmd = READ_ONCE(*pmd_offset(&pud, hva));
	if (!pmd_none(pmd) && pmd_present(pmd) && pmd_leaf(pmd))
		level = HVE_LEVEL_2M;
out:
	local_irq_restore(flags);
	return level;
}
