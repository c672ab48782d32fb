// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallMapStatsPage2, HvCallUnmapStatsPage: statistics pages by call (TLFS
 * hypercalls/HvCallMapStatsPage2.md, HvCallUnmapStatsPage.md).  A partition
 * sees its own and those of its VPs; the same pages have registers, too.
 */
#include "hypercall.h"

#include <linux/string.h>

#include "../partition/partition.h"

/* Which register stands for the page, and whose. */
static hv_status_t page_find(struct hve_hcall *hc, u32 type,
			     const struct hv_stats_object_identity *id,
			     struct hve_vp **vp, u32 *msr)
{
	*vp = hc->vp;
	if (type == HV_STATS_OBJECT_PARTITION)
		*msr = HV_X64_MSR_STATS_PARTITION_RETAIL;
	else if (type == HV_STATS_OBJECT_VP)
		*msr = HV_X64_MSR_STATS_VP_RETAIL;
	else
		/* "the caller is not the root partition", or no type at all */
		return type == HV_STATS_OBJECT_HYPERVISOR ||
		       type == HV_STATS_OBJECT_LOGICAL_PROCESSOR ?
		       HV_STATUS_ACCESS_DENIED : HV_STATUS_INVALID_PARAMETER;

	if (id->rsvdz2 || id->rsvdz3)
		return HV_STATUS_INVALID_PARAMETER;
	if (id->area == HV_STATS_AREA_INTERNAL)
		*msr += 1;
	else if (id->area != HV_STATS_AREA_SELF)
		return HV_STATUS_INVALID_PARAMETER;
	if (id->partition_id != HV_PARTITION_ID_SELF)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (type == HV_STATS_OBJECT_PARTITION)
		return id->vp_index ? HV_STATUS_INVALID_PARAMETER :
				      HV_STATUS_SUCCESS;
	if (id->vp_index != HV_VP_INDEX_SELF)
		*vp = hve_partition_vp(hc->vp->pt, id->vp_index);
	return *vp ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_VP_INDEX;
}

static hv_status_t page_set(struct hve_vp *vp, u32 msr, u64 val)
{
	bool is_mapped = hve_stats_page_read(vp, 0, msr) & HV_MSR_PAGE_ENABLE;

	/* "already mapped", "not initialized or mapped" */
	if (is_mapped == (val & HV_MSR_PAGE_ENABLE))
		return HV_STATUS_OPERATION_DENIED;
	return hve_stats_page_set(vp, 0, msr, val) ?
	       HV_STATUS_INSUFFICIENT_MEMORY : HV_STATUS_SUCCESS;
}

static hv_status_t page_change(struct hve_hcall *hc, u32 type,
			       const struct hv_stats_object_identity *id,
			       u64 val)
{
	struct hve_vp *vp;
	hv_status_t status;
	u32 msr;

	status = page_find(hc, type, id, &vp, &msr);
	if (status != HV_STATUS_SUCCESS)
		return status;
	if (vp == hc->vp)
		return page_set(vp, msr, val);
	if (hve_host_vp_hold(hc->vp, vp)) {
		hc->action = HVE_HCALL_AGAIN;
		return HV_STATUS_SUCCESS;
	}
	status = page_set(vp, msr, val);
	hve_host_vp_release(hc->vp, vp);
	return status;
}

hv_status_t hve_call_map_stats_page(struct hve_hcall *hc)
{
	const struct hv_map_stats_page *in = hc->in;

	if (in->rsvdz || in->gpn >> (64 - HV_MSR_PAGE_GPN_SHIFT))
		return HV_STATUS_INVALID_PARAMETER;
	return page_change(hc, in->type, &in->identity,
			   in->gpn << HV_MSR_PAGE_GPN_SHIFT |
			   HV_MSR_PAGE_ENABLE);
}

/* SPEC?: the online text has the identity at offset 4, not 8 as of old. */
hv_status_t hve_call_unmap_stats_page(struct hve_hcall *hc)
{
	const struct hv_unmap_stats_page *in = hc->in;
	struct hv_stats_object_identity id;

	memcpy(&id, &in->words[1], sizeof(id));
	return page_change(hc, in->words[0], &id, 0);
}
