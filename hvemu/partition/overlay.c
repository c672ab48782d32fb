// SPDX-License-Identifier: GPL-2.0
/*
 * Overlay pages (TLFS "GPA overlay pages"): pages of the hypervisor that
 * appear in guest physical memory and hide what is there.  The RAM below keeps
 * its contents and reappears; what was in the overlay stays with the overlay.
 *
 * Partition-wide overlays are changed under pt->lock, those of a VP by its own
 * thread.
 */
#include "partition.h"

#include <linux/errno.h>
#include <linux/string.h>

static bool value_enables(u64 val)
{
	return val & HV_MSR_PAGE_ENABLE;
}

int hve_overlay_alloc(struct hve_overlay *ov)
{
	if (!ov->page)
		ov->page = hve_host_overlay_alloc();
	return ov->page ? 0 : -ENOMEM;
}

static void overlay_unmap(struct hve_partition *pt, unsigned int vtl,
			  struct hve_overlay *ov)
{
	if (!ov->mapped)
		return;
	WRITE_ONCE(ov->mapped, false);
	hve_host_overlay_unmap(pt, vtl, ov->gpn, ov->page);
}

int hve_overlay_move(struct hve_partition *pt, unsigned int vtl,
		     struct hve_overlay *ov, u64 val, u32 rights)
{
	u64 gpn = val >> HV_MSR_PAGE_GPN_SHIFT;
	int err;

	if (!value_enables(val)) {
		overlay_unmap(pt, vtl, ov);
		ov->msr = val;
		return 0;
	}

	if (!ov->mapped || ov->gpn != gpn) {
		err = hve_overlay_alloc(ov);
		if (err)
			return err;
		/* the new place first: when that fails the old one stays */
		err = hve_host_overlay_map(pt, vtl, gpn, ov->page, rights);
		if (err)
			return err;
		overlay_unmap(pt, vtl, ov);
		ov->gpn = gpn;
		/* pairs with hve_overlay_page() */
		smp_store_release(&ov->mapped, true);
	}
	ov->msr = val;
	return 0;
}

int hve_overlay_move_lenient(struct hve_partition *pt, unsigned int vtl,
			     struct hve_overlay *ov, u64 val, u32 rights)
{
	int err = hve_overlay_move(pt, vtl, ov, val, rights);

	if (err != -EINVAL)
		return err;
	overlay_unmap(pt, vtl, ov);
	ov->msr = val;
	return 0;
}

void hve_overlay_reset(struct hve_partition *pt, unsigned int vtl,
		       struct hve_overlay *ov)
{
	overlay_unmap(pt, vtl, ov);
	ov->msr = 0;
	ov->gpn = 0;
	if (ov->page)
		memset(ov->page, 0, 4096);
}

void hve_overlay_destroy(struct hve_partition *pt, unsigned int vtl,
			 struct hve_overlay *ov)
{
	overlay_unmap(pt, vtl, ov);
	hve_host_overlay_free(ov->page);
	ov->page = NULL;
	ov->msr = 0;
	ov->gpn = 0;
}
