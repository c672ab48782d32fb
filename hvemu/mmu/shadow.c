// SPDX-License-Identifier: GPL-2.0
/*
 * Shadow tables: what a guest that is a hypervisor has in its own EPT, merged
 * with ours by nested/ and core, and kept here.
 */
#include <linux/kernel.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/slab.h>
#include <asm/vmx.h>
#include "mmu.h"
#include "private.h"

/* More than that are made only while all are in use. */
#define MAX_IDLE	16

static struct hve_shadow *find(struct hve_mmu *mmu, u64 eptp12)
{
	struct hve_shadow *s;

	lockdep_assert_held(&mmu->lock);
	list_for_each_entry(s, &mmu->shadows, link)
		if (s->eptp12 == eptp12)
			return s;
	return NULL;
}

/* The one that was not used for longest, or NULL. */
static struct hve_shadow *find_idle(struct hve_mmu *mmu)
{
	struct hve_shadow *s;

	list_for_each_entry_reverse(s, &mmu->shadows, link)
		if (!s->users)
			return s;
	return NULL;
}

static struct hve_shadow *make(u64 eptp12)
{
	struct hve_shadow *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	s->root = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!s->root) {
		kfree(s);
		return NULL;
	}
	s->eptp = virt_to_phys(s->root) | VMX_EPTP_PWL_4 | VMX_EPTP_MT_WB;
	s->eptp12 = eptp12;
	return s;
}

static void discard(struct hve_shadow *s)
{
	if (s)
		free_page((unsigned long)s->root);
	kfree(s);
}

struct hve_shadow *hve_shadow_get(struct hve_mmu *mmu, u64 eptp12)
{
	struct hve_shadow *new = make(eptp12), *s;
	bool flush = false;

	spin_lock(&mmu->lock);
	s = find(mmu, eptp12);
	if (!s && (!new || mmu->nr_shadows >= MAX_IDLE)) {
		s = find_idle(mmu);
		if (s) {
			flush = hve_shadow_zap(mmu, s);
			s->eptp12 = eptp12;
		}
	}
	if (!s && new) {
		s = new;
		new = NULL;
		mmu->nr_shadows++;
		list_add(&s->link, &mmu->shadows);
	}
	if (s) {
		s->users++;
		list_move(&s->link, &mmu->shadows);
	}
	spin_unlock(&mmu->lock);
	if (flush)
		hve_mmu_flush(mmu);
	discard(new);
	return s;
}

void hve_shadow_put(struct hve_mmu *mmu, struct hve_shadow *s)
{
	spin_lock(&mmu->lock);
	s->users--;
	spin_unlock(&mmu->lock);
}

bool hve_shadow_map(struct hve_mmu *mmu, struct hve_shadow *s,
		    struct hve_mmu_cache *cache, u64 gfn, u64 pfn, int level,
		    u32 prot, u64 fault_gfn)
{
	return hve_mmu_map_table(mmu, s->root, cache, gfn, pfn, level, prot,
				 fault_gfn);
}

bool hve_shadow_zap(struct hve_mmu *mmu, struct hve_shadow *s)
{
	bool changed = false;

	lockdep_assert_held(&mmu->lock);
	if (s)
		return hve_mmu_unlink(mmu, s->root, EPT_LEVELS);
	list_for_each_entry(s, &mmu->shadows, link)
		changed |= hve_mmu_unlink(mmu, s->root, EPT_LEVELS);
	return changed;
}

void hve_shadow_flush(struct hve_mmu *mmu, u64 eptp12)
{
	struct hve_shadow *s = NULL;
	bool flush = false;

	spin_lock(&mmu->lock);
	if (eptp12)
		s = find(mmu, eptp12);
	if (s || !eptp12)
		flush = hve_shadow_zap(mmu, s);
	spin_unlock(&mmu->lock);
	if (flush)
		hve_mmu_flush(mmu);
}

void hve_shadow_flush_space(struct hve_mmu *mmu, u64 eptp12)
{
	struct hve_shadow *s;
	bool flush = false;

	spin_lock(&mmu->lock);
	list_for_each_entry(s, &mmu->shadows, link)
		if (!((s->eptp12 ^ eptp12) & PAGE_MASK))
			flush |= hve_shadow_zap(mmu, s);
	spin_unlock(&mmu->lock);
	if (flush)
		hve_mmu_flush(mmu);
}

void hve_shadow_destroy(struct hve_mmu *mmu)
{
	struct hve_shadow *s, *tmp;

	list_for_each_entry_safe(s, tmp, &mmu->shadows, link) {
		hve_mmu_unlink(mmu, s->root, EPT_LEVELS);
		list_del(&s->link);
		discard(s);
	}
}
