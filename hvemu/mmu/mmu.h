/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Second-level address translation: EPT tables, their invalidation, and the
 * link to the VMM's address space (mmu_notifier).  Knows frames and host
 * virtual addresses, no memory slots and no processors: core calls in, and
 * implements the two hve_mmu_host_*() functions.
 *
 * Field letters: [c] constant, [m] under lock, [a] atomic.
 */
#ifndef HVE_MMU_H
#define HVE_MMU_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define HVE_MMU_ROOTS	1	/* one a VTL */

#define HVE_MMU_R	0x1
#define HVE_MMU_W	0x2
#define HVE_MMU_X	0x4
#define HVE_MMU_RWX	0x7
#define HVE_MMU_UC	0x8	/* the guest's page tables choose the memory type */

#define HVE_LEVEL_4K	1
#define HVE_LEVEL_2M	2

/* Table pages a mapping may need; filled where sleeping is allowed. */
struct hve_mmu_cache {
	void *page[3];
	unsigned int nr;
};

struct hve_mmu {
	spinlock_t lock;		/* tables and notifier state */
	u64 *root[HVE_MMU_ROOTS];	/* [c] */
	u64 eptp[HVE_MMU_ROOTS];	/* [c] */
	atomic64_t gen;			/* [a] every invalidation adds one */
	struct list_head stale;		/* [m] unlinked table pages */
	struct list_head shadows;	/* [m] struct hve_shadow */
	unsigned int nr_shadows;	/* [m] */
	unsigned long nr_tables;	/* [m] */
	unsigned long notifier_seq;	/* [m] */
	unsigned long notifier_count;	/* [m] */
	unsigned long notifier_start;	/* [m] union of the running ones */
	unsigned long notifier_end;	/* [m] */
	struct mmu_notifier mn;
	struct mm_struct *mm;		/* [c] holds a mm_count */
};

/**
 * hve_mmu_host_kick_all() - make every vCPU leave the guest once
 * @mmu: whose
 *
 * Returns when none can use what it cached before hve_mmu.gen moved.
 * Context: interrupts on.
 */
void hve_mmu_host_kick_all(struct hve_mmu *mmu);

/**
 * hve_mmu_host_unmap_hva() - zap what maps host addresses [start, end)
 * @mmu: whose
 * @start: host virtual address
 * @end: end of the range
 *
 * Called with mmu->lock held. Return: true when something was mapped.
 */
bool hve_mmu_host_unmap_hva(struct hve_mmu *mmu, unsigned long start,
			    unsigned long end);

/**
 * hve_mmu_init() - empty tables for the current process
 * @mmu: zeroed
 *
 * Context: may sleep. Return: 0, -ENOMEM, -EINTR.
 */
int hve_mmu_init(struct hve_mmu *mmu);

/** hve_mmu_destroy() - no vCPU runs any more; may be half initialised */
void hve_mmu_destroy(struct hve_mmu *mmu);

/**
 * hve_mmu_cache_fill() - prepare for one hve_mmu_map()
 * @cache: kept between calls
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int hve_mmu_cache_fill(struct hve_mmu_cache *cache);

/** hve_mmu_cache_free() - give the pages back */
void hve_mmu_cache_free(struct hve_mmu_cache *cache);

/**
 * hve_mmu_map() - enter a translation
 * @mmu: lock held
 * @root: VTL
 * @cache: filled
 * @gfn: guest frame, aligned to @level
 * @pfn: host frame
 * @level: HVE_LEVEL_*; an executable large mapping replaces small ones
 * @prot: HVE_MMU_*; all of what one large mapping covers is of one memory type
 * @fault_gfn: the frame that is wanted now, inside the mapping
 *
 * Return: true when an entry was replaced or restricted: flush.
 */
bool hve_mmu_map(struct hve_mmu *mmu, unsigned int root,
		 struct hve_mmu_cache *cache, u64 gfn, u64 pfn, int level,
		 u32 prot, u64 fault_gfn);

/**
 * hve_mmu_map_around() - enter what is missing of one large page, in small ones
 * @mmu: lock held
 * @root: VTL
 * @cache: filled; a later hve_mmu_map() inside of it finds its table
 * @gfn: first guest frame, aligned to HVE_LEVEL_2M
 * @pfn: first host frame
 * @prot: HVE_MMU_*
 * @except: bitmap of the frames that are not to be entered
 */
void hve_mmu_map_around(struct hve_mmu *mmu, unsigned int root,
			struct hve_mmu_cache *cache, u64 gfn, u64 pfn,
			u32 prot, const unsigned long *except);

/**
 * hve_mmu_zap() - remove translations of [gfn, end)
 * @mmu: lock held
 * @gfn: first frame
 * @end: frame behind the last
 *
 * Of all roots. Return: true when there were any: hve_mmu_flush() after
 * dropping the lock.
 */
bool hve_mmu_zap(struct hve_mmu *mmu, u64 gfn, u64 end);

/**
 * hve_mmu_wrprotect() - make [gfn, end) read-only
 * @mmu: lock held
 * @gfn: first frame
 * @end: frame behind the last
 *
 * Large mappings are removed instead. Return: as hve_mmu_zap().
 */
bool hve_mmu_wrprotect(struct hve_mmu *mmu, u64 gfn, u64 end);

/*
 * Tables of a guest's guest: a merge of the guest's EPT and of ours.  All vCPUs
 * on one EPT pointer of the guest share them.  Any invalidation empties them.
 */
struct hve_shadow {
	struct list_head link;		/* [m] */
	u64 eptp12;			/* [m] whose merge it is */
	u64 *root;			/* [c] */
	u64 eptp;			/* [c] */
	unsigned int users;		/* [m] vCPUs that hold it */
};

/**
 * hve_shadow_get() - tables for an EPT pointer of the guest
 * @mmu: of the VM; lock not held
 * @eptp12: EPT pointer
 *
 * Context: may sleep. Return: tables to be given back by hve_shadow_put(),
 * NULL without memory.
 */
struct hve_shadow *hve_shadow_get(struct hve_mmu *mmu, u64 eptp12);

/** hve_shadow_put() - a vCPU does not use them any more; lock not held */
void hve_shadow_put(struct hve_mmu *mmu, struct hve_shadow *s);

/** hve_shadow_map() - as hve_mmu_map() */
bool hve_shadow_map(struct hve_mmu *mmu, struct hve_shadow *s,
		    struct hve_mmu_cache *cache, u64 gfn, u64 pfn, int level,
		    u32 prot, u64 fault_gfn);

/**
 * hve_shadow_zap() - forget translations
 * @mmu: lock held
 * @s: of these tables, NULL: of all
 *
 * Return: as hve_mmu_zap().
 */
bool hve_shadow_zap(struct hve_mmu *mmu, struct hve_shadow *s);

/**
 * hve_shadow_flush() - the guest invalidates: hve_shadow_zap() and the flush
 * @mmu: of the VM; lock not held
 * @eptp12: EPT pointer; 0: all
 *
 * Context: may sleep.
 */
void hve_shadow_flush(struct hve_mmu *mmu, u64 eptp12);

/** hve_shadow_flush_space() - likewise of all EPT pointers to one table */
void hve_shadow_flush_space(struct hve_mmu *mmu, u64 eptp12);

/**
 * hve_mmu_flush() - wait until no CPU uses what was zapped
 * @mmu: lock not held
 *
 * Context: interrupts on.
 */
void hve_mmu_flush(struct hve_mmu *mmu);

/**
 * hve_mmu_retry() - did the host change its mapping since @seq was read?
 * @mmu: lock held
 * @seq: notifier_seq before the page was looked up
 * @hva: host address of the page
 */
bool hve_mmu_retry(struct hve_mmu *mmu, unsigned long seq, unsigned long hva);

/**
 * hve_mmu_host_level() - size of the host's mapping of an address
 * @mm: of the VMM
 * @hva: host virtual address
 *
 * Context: any. Return: HVE_LEVEL_*.
 */
int hve_mmu_host_level(struct mm_struct *mm, unsigned long hva);

/**
 * hve_mmu_host_pfn() - the frame behind an address that has no struct page
 * @mmu: whose
 * @hva: host virtual address, in a mapping of VM_PFNMAP or VM_IO
 * @write: for a write
 * @pfn: result
 * @prot: result: HVE_MMU_*
 *
 * Context: may sleep, takes the VMM's mmap_lock. Return: 0, -EAGAIN when the
 * mapping may have changed meanwhile, or -EFAULT.
 */
int hve_mmu_host_pfn(struct hve_mmu *mmu, unsigned long hva, bool write,
		     u64 *pfn, u32 *prot);

#endif /* HVE_MMU_H */
