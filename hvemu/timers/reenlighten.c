// SPDX-License-Identifier: GPL-2.0
/*
 * Reenlightenment: a guest that derives time from its TSC is told when that
 * may be another one (TLFS nested-virtualization.md, "Live Migration").
 *
 * The interrupt comes after a restore and after a change of the frequency.
 * When that is another one, and the guest asked for it, its TSC goes on at the
 * old frequency, emulated, until the guest says that it knows the new one.
 */
#include "timers.h"

#include "../partition/partition.h"

static u64 *reg_of(struct hve_partition *pt, u32 msr)
{
	switch (msr) {
	case HV_X64_MSR_REENLIGHTENMENT_CONTROL:
		return &pt->reenlightenment_control;
	case HV_X64_MSR_TSC_EMULATION_CONTROL:
		return &pt->tsc_emulation_control;
	default:
		return &pt->tsc_emulation_status;
	}
}

void hve_reenlighten_reset(struct hve_partition *pt)
{
	WRITE_ONCE(pt->reenlightenment_control, 0);
	WRITE_ONCE(pt->tsc_emulation_control, 0);
	WRITE_ONCE(pt->tsc_emulation_status, 0);
	WRITE_ONCE(pt->reenlightenment_due, false);
}

void hve_reenlighten_notify(struct hve_partition *pt)
{
	if (!(READ_ONCE(pt->reenlightenment_control) &
	      HV_REENLIGHTENMENT_ENABLED))
		return;
	WRITE_ONCE(pt->reenlightenment_due, true);
}

/* Hosts measure the same frequency a little differently: 250 ppm. */
static bool freq_differs(u64 a, u64 b)
{
	return (a > b ? a - b : b - a) > b / 4000;
}

bool hve_reenlighten_emulate(struct hve_partition *pt, u64 tsc_freq)
{
	bool on = (READ_ONCE(pt->reenlightenment_control) &
		   HV_REENLIGHTENMENT_ENABLED) &&
		  (READ_ONCE(pt->tsc_emulation_control) &
		   HV_TSC_EMULATION_ENABLED) &&
		  tsc_freq &&
		  freq_differs(tsc_freq, hve_host_tsc_freq_native(pt));

	lockdep_assert_held(&pt->lock);
	if (!on || hve_host_tsc_emulate(pt, tsc_freq)) {
		hve_host_tsc_emulate(pt, 0);
		on = false;
	}
	WRITE_ONCE(pt->tsc_emulation_status,
		   on ? HV_TSC_EMULATION_IN_PROGRESS : 0);
	return on;
}

/* Not at once: the VMM may still have to restore the target's LAPIC. */
void hve_reenlighten_process(struct hve_vp *vp)
{
	struct hve_partition *pt = vp->pt;
	u64 control = READ_ONCE(pt->reenlightenment_control);
	u8 vector = control & HV_REENLIGHTENMENT_VECTOR_MASK;

	if (likely(!READ_ONCE(pt->reenlightenment_due)) ||
	    control >> HV_REENLIGHTENMENT_VP_SHIFT != READ_ONCE(vp->vp_index))
		return;
	WRITE_ONCE(pt->reenlightenment_due, false);
	if ((control & HV_REENLIGHTENMENT_ENABLED) &&
	    vector >= HV_SYNIC_FIRST_VALID_VECTOR)
		hve_host_irq_raise(vp, 0, vector, false);
}

u64 hve_reenlighten_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(*reg_of(vp->pt, msr));
}

int hve_reenlighten_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	WRITE_ONCE(*reg_of(vp->pt, msr), val);
	return 0;
}

/*
 * SPEC?: "InProgress" is not the guest's to set; it can only end it.  A guest
 * that takes its wish for emulation back has no use for it either.
 * Context: outside.
 */
enum hve_fault hve_reenlighten_write(struct hve_vp *vp, unsigned int vtl,
				     u32 msr, u64 val)
{
	if (msr == HV_X64_MSR_TSC_EMULATION_STATUS && val)
		return HVE_GP;
	hve_reenlighten_set(vp, vtl, msr, val);
	if (msr == HV_X64_MSR_TSC_EMULATION_STATUS ||
	    (msr == HV_X64_MSR_TSC_EMULATION_CONTROL &&
	     !(val & HV_TSC_EMULATION_ENABLED)))
		hve_reftime_tsc_native(vp);
	return HVE_NO_FAULT;
}
