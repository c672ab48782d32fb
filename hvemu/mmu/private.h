/* SPDX-License-Identifier: GPL-2.0 */
/* Inside mmu/ only. */
#ifndef HVE_MMU_PRIVATE_H
#define HVE_MMU_PRIVATE_H

#include <linux/types.h>

#define EPT_LEVELS	4

struct hve_mmu;
struct hve_mmu_cache;
struct list_head;

int hve_mmu_notifier_register(struct hve_mmu *mmu);
void hve_mmu_notifier_unregister(struct hve_mmu *mmu);
void hve_mmu_free_stale(struct list_head *list);
bool hve_mmu_unlink(struct hve_mmu *mmu, u64 *table, int level);
bool hve_mmu_map_table(struct hve_mmu *mmu, u64 *root,
		       struct hve_mmu_cache *cache, u64 gfn, u64 pfn, int level,
		       u32 prot, u64 fault_gfn);
void hve_shadow_destroy(struct hve_mmu *mmu);

#endif /* HVE_MMU_PRIVATE_H */
