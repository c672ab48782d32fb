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

#include "../trace.h"

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
	trace_hvemu_overlay_unmap(pt, vtl, ov->gpn, ov->msr);
}

int hve_overlay_prepare(struct hve_partition *pt, unsigned int vtl,
			struct hve_overlay *ov, u64 val, u32 rights,
			struct hve_overlay_change *ch)
{
	u64 gpn = val >> HV_MSR_PAGE_GPN_SHIFT;
	int err;

	*ch = (struct hve_overlay_change){
		.pt = pt, .vtl = vtl, .ov = ov, .val = val, .gpn = gpn,
	};
	if (!value_enables(val))
		return 0;
	if (ov->mapped && ov->gpn == gpn) {
		ch->stays = true;
		return 0;
	}
	err = hve_overlay_alloc(ov);
	if (err)
		return err;
	/* the new place first: when that fails the old one stays */
	err = hve_host_overlay_map(pt, vtl, gpn, ov->page, rights);
	ch->is_new = !err;
	return err;
}

void hve_overlay_commit(struct hve_overlay_change *ch)
{
	struct hve_overlay *ov = ch->ov;

	if (!ch->stays)
		overlay_unmap(ch->pt, ch->vtl, ov);
	if (ch->is_new) {
		ov->gpn = ch->gpn;
		/* pairs with hve_overlay_page() */
		smp_store_release(&ov->mapped, true);
		trace_hvemu_overlay_map(ch->pt, ch->vtl, ch->gpn, ch->val);
	}
	WRITE_ONCE(ov->msr, ch->val);
}

void hve_overlay_abort(struct hve_overlay_change *ch)
{
	if (ch->is_new)
		hve_host_overlay_unmap(ch->pt, ch->vtl, ch->gpn, ch->ov->page);
}

int hve_overlay_move(struct hve_partition *pt, unsigned int vtl,
		     struct hve_overlay *ov, u64 val, u32 rights)
{
	struct hve_overlay_change ch;
	int err;

	err = hve_overlay_prepare(pt, vtl, ov, val, rights, &ch);
	if (!err)
		hve_overlay_commit(&ch);
	return err;
}

int hve_overlay_move_lenient(struct hve_partition *pt, unsigned int vtl,
			     struct hve_overlay *ov, u64 val, u32 rights)
{
	struct hve_overlay_change ch;
	int err;

	err = hve_overlay_prepare(pt, vtl, ov, val, rights, &ch);
	if (err && err != -EINVAL)
		return err;
	hve_overlay_commit(&ch);
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
