/* SPDX-License-Identifier: GPL-2.0 */
/* Inside mmu/ only. */
#ifndef HVE_MMU_PRIVATE_H
#define HVE_MMU_PRIVATE_H

struct hve_mmu;
struct list_head;

int hve_mmu_notifier_register(struct hve_mmu *mmu);
void hve_mmu_notifier_unregister(struct hve_mmu *mmu);
void hve_mmu_free_stale(struct list_head *list);

#endif /* HVE_MMU_PRIVATE_H */
