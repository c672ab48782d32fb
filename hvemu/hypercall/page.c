// SPDX-License-Identifier: GPL-2.0
/*
 * Guest OS identity and the hypercall page (TLFS hypercall-interface.md,
 * "Reporting the Guest OS Identity", "Establishing the Hypercall Interface").
 *
 * The page is an overlay the guest can read and execute, never write.  Its
 * contents never change.
 */
#include "hypercall.h"

#include <linux/errno.h>
#include <linux/string.h>

#include "../partition/partition.h"

#define PAGE_RIGHTS	(HVE_OVERLAY_R | HVE_OVERLAY_X)

/* The same instruction for 32-bit and 64-bit callers */
static const u8 code[] = {
	0x0f, 0x01, 0xc1,	/* vmcall */
	0xc3,			/* ret */
};

static int page_fill(struct hve_overlay *ov)
{
	u8 *page;
	int err;

	err = hve_overlay_alloc(ov);
	if (err)
		return err;
	page = ov->page;
	memset(page, 0xcc, 4096);	/* int3: jumping there is a bug */
	memcpy(page, code, sizeof(code));
	return 0;
}

int hve_hcall_page_prepare(struct hve_partition *pt, unsigned int vtl, u64 val,
			   struct hve_overlay_change *ch)
{
	struct hve_overlay *ov = &pt->vtl[vtl].hypercall;
	int err;

	ch->is_new = false;
	if ((val & HV_MSR_PAGE_ENABLE) && !ov->mapped) {
		err = page_fill(ov);
		if (err)
			return err;
	}
	return hve_overlay_prepare(pt, vtl, ov, val, PAGE_RIGHTS, ch);
}

static int page_move(struct hve_partition *pt, unsigned int vtl, u64 val)
{
	struct hve_overlay_change ch;
	int err;

	err = hve_hcall_page_prepare(pt, vtl, val, &ch);
	if (!err)
		hve_overlay_commit(&ch);
	return err;
}

/* Locked: "this MSR is immutable ... only a system reset can clear the bit" */
static bool page_is_locked(const struct hve_vp *vp, unsigned int vtl)
{
	return (vp->pt->vtl[vtl].hypercall.msr & HV_HYPERCALL_MSR_LOCKED) &&
	       hve_vp_has(vp, HV_FEATURE_HYPERCALL_MSR_LOCK);
}

void hve_hcall_page_reset(struct hve_partition *pt)
{
	unsigned int vtl;

	mutex_lock(&pt->lock);
	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		WRITE_ONCE(pt->vtl[vtl].guest_os_id, 0);
		hve_overlay_reset(pt, vtl, &pt->vtl[vtl].hypercall);
	}
	mutex_unlock(&pt->lock);
}

void hve_hcall_page_destroy(struct hve_partition *pt)
{
	unsigned int vtl;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++)
		hve_overlay_destroy(pt, vtl, &pt->vtl[vtl].hypercall);
}

u64 hve_guest_os_id_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(vp->pt->vtl[vtl].guest_os_id);
}

static void os_id_change(struct hve_vp *vp, unsigned int vtl, u64 val,
			 bool locked)
{
	struct hve_partition *pt = vp->pt;
	struct hve_overlay *ov = &pt->vtl[vtl].hypercall;

	WRITE_ONCE(pt->vtl[vtl].guest_os_id, val);
	/*
	 * "If this register is subsequently zeroed, the hypercall code page
	 * will be disabled."  SPEC?: a locked register stays as it is; no
	 * hypercall works without an identity all the same.
	 */
	if (!val && !locked)
		page_move(pt, vtl, ov->msr & ~HV_MSR_PAGE_ENABLE);
}

enum hve_fault hve_guest_os_id_write(struct hve_vp *vp, unsigned int vtl,
				     u32 msr, u64 val)
{
	mutex_lock(&vp->pt->lock);
	os_id_change(vp, vtl, val, page_is_locked(vp, vtl));
	mutex_unlock(&vp->pt->lock);
	return HVE_NO_FAULT;
}

int hve_guest_os_id_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	mutex_lock(&vp->pt->lock);
	os_id_change(vp, vtl, val, false);
	mutex_unlock(&vp->pt->lock);
	return 0;
}

u64 hve_hcall_page_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(vp->pt->vtl[vtl].hypercall.msr);
}

enum hve_fault hve_hcall_page_write(struct hve_vp *vp, unsigned int vtl,
				    u32 msr, u64 val)
{
	struct hve_partition *pt = vp->pt;
	int err = -EINVAL;

	mutex_lock(&pt->lock);
	/* SPEC?: the text does not name the fault */
	if (!page_is_locked(vp, vtl)) {
		/* "The enable bit will remain zero even when writing a one" */
		if (!pt->vtl[vtl].guest_os_id)
			val &= ~HV_MSR_PAGE_ENABLE;
		err = page_move(pt, vtl, val);
	}
	mutex_unlock(&pt->lock);
	return err ? HVE_GP : HVE_NO_FAULT;
}

/* Any order with the guest OS id, any lock. */
int hve_hcall_page_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	int err;

	mutex_lock(&vp->pt->lock);
	err = page_move(vp->pt, vtl, val);
	mutex_unlock(&vp->pt->lock);
	return err;
}
