// SPDX-License-Identifier: GPL-2.0
/*
 * EPT tables: four levels, 4-KiB and 2-MiB leaves; write-back memory, and
 * devices that the VMM maps uncached.
 * SDM, "The Extended Page Table Mechanism (EPT)".
 */
#include <linux/kernel.h>
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <asm/vmx.h>
#include "mmu.h"
#include "private.h"

#define EPT_LARGE	BIT_ULL(7)
#define EPT_ADDR	GENMASK_ULL(51, 12)
#define EPT_LEAF_WB	(VMX_EPTP_MT_WB << VMX_EPT_MT_EPTE_SHIFT | VMX_EPT_IPAT_BIT)
#define EPT_LEAF_UC	(VMX_EPTP_MT_UC << VMX_EPT_MT_EPTE_SHIFT)

static unsigned int ept_index(u64 gfn, int level)
{
	return gfn >> 9 * (level - 1) & 511;
}

static bool ept_present(u64 e)
{
	return e & HVE_MMU_RWX;
}

static bool ept_is_leaf(u64 e, int level)
{
	return level == HVE_LEVEL_4K || (e & EPT_LARGE);
}

static u64 *ept_table(u64 e)
{
	return __va(e & EPT_ADDR);
}

int hve_mmu_cache_fill(struct hve_mmu_cache *cache)
{
	while (cache->nr < ARRAY_SIZE(cache->page)) {
		void *page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);

		if (!page)
			return -ENOMEM;
		cache->page[cache->nr++] = page;
	}
	return 0;
}

void hve_mmu_cache_free(struct hve_mmu_cache *cache)
{
	while (cache->nr)
		free_page((unsigned long)cache->page[--cache->nr]);
}

/* Nothing leads to the table of @e any more: it is freed after the flush. */
static void retire_table(struct hve_mmu *mmu, u64 e)
{
	list_add(&virt_to_page(ept_table(e))->lru, &mmu->stale);
	mmu->nr_tables--;
}

/* Empty a table: what is below it waits for the flush. */
bool hve_mmu_unlink(struct hve_mmu *mmu, u64 *table, int level)
{
	bool changed = false;
	unsigned int i;

	for (i = 0; i < 512; i++) {
		u64 e = table[i];

		if (!ept_present(e))
			continue;
		WRITE_ONCE(table[i], 0);
		changed = true;
		if (ept_is_leaf(e, level))
			continue;
		hve_mmu_unlink(mmu, ept_table(e), level - 1);
		retire_table(mmu, e);
	}
	return changed;
}

static void free_tables(u64 *table, int level)
{
	unsigned int i;

	if (level > HVE_LEVEL_4K)
		for (i = 0; i < 512; i++)
			if (ept_present(table[i]) &&
			    !ept_is_leaf(table[i], level))
				free_tables(ept_table(table[i]), level - 1);
	free_page((unsigned long)table);
}

static int root_init(struct hve_mmu *mmu, unsigned int root, bool ad)
{
	mmu->root[root] = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!mmu->root[root])
		return -ENOMEM;
	mmu->eptp[root] = virt_to_phys(mmu->root[root]) | VMX_EPTP_PWL_4 |
			  VMX_EPTP_MT_WB;
	if (ad)
		mmu->eptp[root] |= VMX_EPTP_AD_ENABLE_BIT;
	return 0;
}

int hve_mmu_init(struct hve_mmu *mmu)
{
	unsigned int i;
	int r;

	spin_lock_init(&mmu->lock);
	INIT_LIST_HEAD(&mmu->stale);
	INIT_LIST_HEAD(&mmu->shadows);
	for (i = 0; i < HVE_MMU_ROOTS; i++) {
		r = root_init(mmu, i, false);
		if (r)
			goto fail;
	}
	r = hve_mmu_notifier_register(mmu);
	if (r)
		goto fail;
	return 0;
fail:
	hve_mmu_destroy(mmu);
	return r;
}

void hve_mmu_destroy(struct hve_mmu *mmu)
{
	unsigned int i;

	hve_mmu_notifier_unregister(mmu);
	hve_shadow_destroy(mmu);
	hve_mmu_free_stale(&mmu->stale);
	for (i = 0; i < HVE_MMU_ROOTS; i++) {
		if (mmu->root[i])
			free_tables(mmu->root[i], EPT_LEVELS);
		mmu->root[i] = NULL;
	}
}

void hve_mmu_free_stale(struct list_head *list)
{
	struct page *page, *tmp;

	list_for_each_entry_safe(page, tmp, list, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

/*
 * The table of @level that covers @gfn; the cache has what is missing. A table
 * may be where a large leaf would go: without @replace it stays.
 */
static u64 *walk_alloc(struct hve_mmu *mmu, u64 *table,
		       struct hve_mmu_cache *cache, u64 gfn, int *level,
		       bool replace)
{
	int l;

	for (l = EPT_LEVELS; l > *level; l--) {
		u64 *e = &table[ept_index(gfn, l)];

		if (!ept_present(*e)) {
			if (WARN_ON_ONCE(!cache->nr))
				return NULL;
			WRITE_ONCE(*e, virt_to_phys(cache->page[--cache->nr]) |
				   HVE_MMU_RWX);
			mmu->nr_tables++;
		} else if (ept_is_leaf(*e, l)) {
			*level = l;
			return table;
		}
		table = ept_table(*e);
	}
	if (*level > HVE_LEVEL_4K && !replace) {
		u64 e = table[ept_index(gfn, *level)];

		if (ept_present(e) && !ept_is_leaf(e, *level)) {
			table = ept_table(e);
			*level = HVE_LEVEL_4K;
		}
	}
	return table;
}

static u64 leaf_of(u64 pfn, u32 prot)
{
	return pfn << PAGE_SHIFT | (prot & HVE_MMU_RWX) |
	       (prot & HVE_MMU_UC ? EPT_LEAF_UC : EPT_LEAF_WB);
}

bool hve_mmu_map_table(struct hve_mmu *mmu, u64 *root,
		       struct hve_mmu_cache *cache, u64 gfn, u64 pfn, int level,
		       u32 prot, u64 fault_gfn)
{
	int got = level;
	/*
	 * Where large pages may not be executed, small ones are there because
	 * the guest executes them.
	 */
	u64 *table = walk_alloc(mmu, root, cache, fault_gfn, &got,
				prot & HVE_MMU_X);
	u64 *e, old, new;

	lockdep_assert_held(&mmu->lock);
	if (!table)
		return false;
	if (got < level) {
		pfn += fault_gfn - gfn;
		gfn = fault_gfn;
	}
	e = &table[ept_index(fault_gfn, got)];
	old = *e;
	if (got > level) {
		/* a large leaf covers it already; it goes only if it must */
		if ((old & prot & HVE_MMU_RWX) == (prot & HVE_MMU_RWX))
			return false;
		WRITE_ONCE(*e, 0);
		return true;
	}
	new = leaf_of(pfn, prot);
	if (got > HVE_LEVEL_4K)
		new |= EPT_LARGE;
	if (old == new)
		return false;
	WRITE_ONCE(*e, new);
	if (ept_present(old) && !ept_is_leaf(old, got)) {
		retire_table(mmu, old);
		return true;
	}
	return ept_present(old) &&
	       ((old ^ new) & EPT_ADDR || (old & ~new & HVE_MMU_RWX));
}

void hve_mmu_map_around(struct hve_mmu *mmu, unsigned int root,
			struct hve_mmu_cache *cache, u64 gfn, u64 pfn,
			u32 prot, const unsigned long *except)
{
	int level = HVE_LEVEL_4K;
	u64 *table = walk_alloc(mmu, mmu->root[root], cache, gfn, &level, false);
	unsigned int i;

	lockdep_assert_held(&mmu->lock);
	if (!table || level > HVE_LEVEL_4K)
		return;
	for_each_clear_bit(i, except, 512)
		if (!ept_present(table[i]))
			WRITE_ONCE(table[i], leaf_of(pfn + i, prot));
}

bool hve_mmu_map(struct hve_mmu *mmu, unsigned int root,
		 struct hve_mmu_cache *cache, u64 gfn, u64 pfn, int level,
		 u32 prot, u64 fault_gfn)
{
	return hve_mmu_map_table(mmu, mmu->root[root], cache, gfn, pfn, level,
				 prot, fault_gfn);
}

struct range_op {
	struct hve_mmu *mmu;
	u64 gfn, end;
	bool wrprotect;
	bool changed;
};

static void leaf_op(struct range_op *op, u64 *e, int level)
{
	if (!op->wrprotect || level > HVE_LEVEL_4K) {
		WRITE_ONCE(*e, 0);
		op->changed = true;
	} else if (*e & HVE_MMU_W) {
		WRITE_ONCE(*e, *e & ~(u64)HVE_MMU_W);
		op->changed = true;
	}
}

static void range_walk(struct range_op *op, u64 *table, u64 base, int level)
{
	u64 span = 1ull << 9 * (level - 1);
	u64 gfn = max(op->gfn, base), end = min(op->end, base + 512 * span);

	for (gfn &= ~(span - 1); gfn < end; gfn += span) {
		u64 *e = &table[ept_index(gfn, level)];
		u64 old = *e;

		if (!ept_present(old))
			continue;
		if (ept_is_leaf(old, level)) {
			leaf_op(op, e, level);
			continue;
		}
		range_walk(op, ept_table(old), gfn, level - 1);
		/* a page table whose whole range goes is unlinked with it */
		if (op->wrprotect || level != HVE_LEVEL_2M ||
		    gfn < op->gfn || gfn + span > op->end)
			continue;
		WRITE_ONCE(*e, 0);
		retire_table(op->mmu, old);
		op->changed = true;
	}
}

static bool range_all_roots(struct hve_mmu *mmu, u64 gfn, u64 end,
			    bool wrprotect)
{
	struct range_op op = {
		.mmu = mmu, .gfn = gfn, .end = end, .wrprotect = wrprotect,
	};
	unsigned int i;

	lockdep_assert_held(&mmu->lock);
	op.end = min_t(u64, end, 1ull << 36);
	for (i = 0; i < HVE_MMU_ROOTS; i++)
		range_walk(&op, mmu->root[i], 0, EPT_LEVELS);
	/* a shadow does not know which of our frames it has */
	return hve_shadow_zap(mmu, NULL) || op.changed;
}

bool hve_mmu_zap(struct hve_mmu *mmu, u64 gfn, u64 end)
{
	return range_all_roots(mmu, gfn, end, false);
}

bool hve_mmu_wrprotect(struct hve_mmu *mmu, u64 gfn, u64 end)
{
	return range_all_roots(mmu, gfn, end, true);
}
