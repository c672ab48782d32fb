// SPDX-License-Identifier: GPL-2.0
/*
 * EOI, ICR and TPR registers and the EOI assist (TLFS virtual-interrupts.md).
 *
 * Runs in the window.  The LAPIC itself, and when an interrupt qualifies for
 * the assist, is the machine's business.
 */
#include "synic.h"

#include <linux/errno.h>

#include "../partition/partition.h"

/* "63:32 RsvdZ, 31:0 EOI value": any value ends the interrupt. */
enum hve_fault hve_eoi_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			     u64 val)
{
	if (unlikely(val >> 32))
		return HVE_GP;
	return likely(!hve_host_apic_eoi(vp, vtl)) ? HVE_NO_FAULT : HVE_OUTSIDE;
}

u64 hve_icr_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return hve_host_apic_icr_read(vp, vtl);
}

enum hve_fault hve_icr_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			     u64 val)
{
	int err = hve_host_apic_icr_write(vp, vtl, val);

	if (likely(!err))
		return HVE_NO_FAULT;
	return err == -EAGAIN ? HVE_OUTSIDE : HVE_GP;
}

u64 hve_tpr_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return hve_host_apic_tpr_read(vp, vtl);
}

/* "63:8 RsvdZ" */
enum hve_fault hve_tpr_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			     u64 val)
{
	if (val > 0xff)
		return HVE_GP;
	hve_host_apic_tpr_write(vp, vtl, val);
	return HVE_NO_FAULT;
}

bool hve_eoi_assist_arm(struct hve_vp *vp, unsigned int vtl)
{
	struct hv_vp_assist_page *page = hve_vp_assist_page(vp, vtl);

	if (!page)
		return false;
	vp->vtl[vtl].eoi_offer_lost = false;
	WRITE_ONCE(page->apic_assist, HV_VIRTUAL_APIC_NO_EOI_REQUIRED);
	hve_count_use(vp, HVE_USE_EOI_ASSIST_OFFERED);
	return true;
}

bool hve_eoi_assist_used(struct hve_vp *vp, unsigned int vtl)
{
	struct hv_vp_assist_page *page = hve_vp_assist_page(vp, vtl);

	/* a bit that is gone with the page was not cleared by the guest */
	if (!page || vp->vtl[vtl].eoi_offer_lost)
		return false;
	return !(READ_ONCE(page->apic_assist) &
		 HV_VIRTUAL_APIC_NO_EOI_REQUIRED);
}

bool hve_eoi_assist_disarm(struct hve_vp *vp, unsigned int vtl)
{
	struct hv_vp_assist_page *page = hve_vp_assist_page(vp, vtl);
	bool used = hve_eoi_assist_used(vp, vtl);

	if (page)
		WRITE_ONCE(page->apic_assist, 0);
	if (used)
		hve_count_use(vp, HVE_USE_EOI_ASSIST_TAKEN);
	return used;
}
