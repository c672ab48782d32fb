// SPDX-License-Identifier: GPL-2.0
/*
 * A partition: its table of VPs by index, and the privileges of each VP as its
 * CPUID leaves give them.
 */
#include "partition.h"

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

int hve_partition_init(struct hve_partition *pt)
{
	mutex_init(&pt->lock);
	spin_lock_init(&pt->bell_lock);
	INIT_LIST_HEAD(&pt->doorbells);
	pt->vps = kvcalloc(HVE_MAX_VPS, sizeof(*pt->vps), GFP_KERNEL_ACCOUNT);
	return pt->vps ? 0 : -ENOMEM;
}

void hve_partition_destroy(struct hve_partition *pt)
{
	kvfree(pt->vps);
	pt->vps = NULL;
	mutex_destroy(&pt->lock);
}

/*
 * VMMs set the indices of all VPs one by one, so two may want the same for a
 * moment: the later owns the slot, and the earlier loses nothing else.
 */
static void slot_clear(struct hve_vp *vp)
{
	struct hve_partition *pt = vp->pt;

	if (pt->vps[vp->vp_index] == vp)
		WRITE_ONCE(pt->vps[vp->vp_index], NULL);
}

/* Also moves a VP to another index. */
void hve_partition_vp_add(struct hve_vp *vp, u32 vp_index)
{
	struct hve_partition *pt = vp->pt;

	mutex_lock(&pt->lock);
	slot_clear(vp);
	WRITE_ONCE(vp->vp_index, vp_index);
	/* the VP is complete; pairs with hve_partition_vp() */
	smp_store_release(&pt->vps[vp_index], vp);
	WRITE_ONCE(pt->vp_limit, max(pt->vp_limit, vp_index + 1));
	mutex_unlock(&pt->lock);
}

void hve_partition_vp_remove(struct hve_vp *vp)
{
	mutex_lock(&vp->pt->lock);
	slot_clear(vp);
	mutex_unlock(&vp->pt->lock);
}

struct hve_vp *hve_partition_vp(struct hve_partition *pt, u32 vp_index)
{
	if (vp_index >= HVE_MAX_VPS)
		return NULL;
	/* the mask keeps a mispredicted check within the table */
	return smp_load_acquire(&pt->vps[vp_index & (HVE_MAX_VPS - 1)]);
}

/* For what any VP can tell, as the clock. */
struct hve_vp *hve_partition_any_vp(struct hve_partition *pt)
{
	u32 limit = READ_ONCE(pt->vp_limit);
	struct hve_vp *vp;
	u32 i;

	for (i = 0; i < limit; i++) {
		vp = hve_partition_vp(pt, i);
		if (vp)
			return vp;
	}
	return NULL;
}

static void gates_update(struct hve_vp *vp)
{
	unsigned int i;
	u32 hv1 = vp->leaf_words[HVE_GATE_HV1 / 32];

	for (i = 0; i < HVE_NR_GATE_WORDS; i++)
		WRITE_ONCE(vp->gates[i], vp->leaf_words[i] & hv1);
}

/* Leaf ~0 forgets all leaves. */
void hve_partition_cpuid_set(struct hve_vp *vp, u32 leaf,
			     const struct hve_cpuid_regs *regs)
{
	u32 *w = vp->leaf_words;

	switch (leaf) {
	case ~0u:
		memset(w, 0, sizeof(vp->leaf_words));
		vp->spin_count = 0;
		break;
	case HV_CPUID_INTERFACE:
		w[HVE_GATE_HV1 / 32] =
			regs->eax == HV_CPUID_INTERFACE_HV1 ? ~0u : 0;
		break;
	case HV_CPUID_FEATURES:
		w[0] = regs->eax;
		w[1] = regs->ebx;
		w[2] = regs->edx;
		break;
	case HV_CPUID_ENLIGHTENMENT_INFO:
		w[3] = regs->eax;
		vp->spin_count = regs->ebx;
		break;
	case HV_CPUID_NESTED_FEATURES:
		w[HV_BIT_NESTED(0) / 32] = regs->eax;
		break;
	case HV_CPUID_VS_PROPERTIES:
		w[HV_VS_KERNEL_DEBUGGING / 32] = regs->eax;
		break;
	default:
		return;
	}
	gates_update(vp);
}
