// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual processor: index, run time, assist page (TLFS vp-properties.md).
 */
#include "partition.h"

#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>

#define ASSIST_RIGHTS	(HVE_OVERLAY_R | HVE_OVERLAY_W)

static void hcall_free(struct hve_hcall *hc)
{
	if (!hc)
		return;
	kfree(hc->out);
	kfree(hc->in);
	kfree(hc);
}

static struct hve_hcall *hcall_alloc(struct hve_vp *vp)
{
	struct hve_hcall *hc = kzalloc(sizeof(*hc), GFP_KERNEL_ACCOUNT);

	if (!hc)
		return NULL;
	hc->vp = vp;
	hc->in = kzalloc(4096, GFP_KERNEL_ACCOUNT);
	hc->out = kzalloc(4096, GFP_KERNEL_ACCOUNT);
	if (!hc->in || !hc->out) {
		hcall_free(hc);
		return NULL;
	}
	return hc;
}

int hve_vp_init(struct hve_vp *vp, struct hve_partition *pt, u32 vp_index)
{
	if (vp_index >= HVE_MAX_VPS)
		return -EINVAL;
	vp->pt = pt;
	vp->vp_index = vp_index;
	hve_counters_init(vp);
	vp->hcall = hcall_alloc(vp);
	if (!vp->hcall)
		return -ENOMEM;
	hve_partition_vp_add(vp, vp_index);
	return 0;
}

/* Index, privileges and run time stay: they are no state of the processor. */
void hve_vp_reset(struct hve_vp *vp)
{
	unsigned int vtl;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		hve_overlay_reset(vp->pt, vtl, &vp->vtl[vtl].assist);
		vp->vtl[vtl].eoi_offer_lost = true;
	}
}

void hve_vp_destroy(struct hve_vp *vp)
{
	unsigned int vtl;

	hve_partition_vp_remove(vp);
	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++)
		hve_overlay_destroy(vp->pt, vtl, &vp->vtl[vtl].assist);
	hcall_free(vp->hcall);
	vp->hcall = NULL;
}

u64 hve_vp_index_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(vp->vp_index);
}

int hve_vp_index_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	if (val >= HVE_MAX_VPS)
		return -EINVAL;
	hve_partition_vp_add(vp, val);
	return 0;
}

u64 hve_vp_runtime_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return div_u64(hve_host_vp_runtime_ns(vp), 100) +
	       vp->runtime_offset_100ns;
}

int hve_vp_runtime_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	vp->runtime_offset_100ns =
		val - div_u64(hve_host_vp_runtime_ns(vp), 100);
	return 0;
}

/*
 * SPEC?: nothing says what is read. The VP goes on behind the instruction once
 * an interrupt is pending. Context: outside.
 */
u64 hve_guest_idle_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	hve_host_idle(vp);
	return 0;
}

u64 hve_vp_assist_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return vp->vtl[vtl].assist.msr;
}

int hve_vp_assist_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	struct hve_overlay *ov = &vp->vtl[vtl].assist;
	struct hv_vp_assist_page *page;
	int err;

	/*
	 * SPEC?: the text names no fault for a page beyond the GPA space;
	 * treated like the other pages of a VP.
	 */
	err = hve_overlay_move_lenient(vp->pt, vtl, ov, val, ASSIST_RIGHTS);
	if (err)
		return err;

	/*
	 * "Enabling and disabling this enlightenment can be done at any time
	 * independently of the interrupt activity": an offer to skip an EOI
	 * that the guest can't see any more must not come back later.
	 */
	page = ov->page;
	if (page && !ov->mapped) {
		page->apic_assist = 0;
		vp->vtl[vtl].eoi_offer_lost = true;
	}
	return 0;
}

enum hve_fault hve_vp_assist_write(struct hve_vp *vp, unsigned int vtl,
				   u32 msr, u64 val)
{
	return hve_vp_assist_set(vp, vtl, msr, val) ? HVE_GP : HVE_NO_FAULT;
}
