// SPDX-License-Identifier: GPL-2.0
/*
 * SynIC event flags (TLFS inter-partition-communication.md, "SynIC Event
 * Flags").
 */
#include "synic.h"

#include <linux/bitops.h>

#include "../partition/partition.h"
#include "../trace.h"

hv_status_t hve_event_signal(struct hve_vp *vp, unsigned int vtl,
			     unsigned int sint, u32 flag)
{
	struct hve_synic *synic = &vp->vtl[vtl].synic;
	struct hv_synic_event_flags_page *page;
	bool was_clear;

	if (sint >= HV_SYNIC_SINT_COUNT || flag >= HV_EVENT_FLAGS_COUNT)
		return HV_STATUS_INVALID_PARAMETER;

	/* "Virtual processors whose SynIC or SIEF page is disabled ..." */
	page = hve_overlay_page(&synic->siefp);
	if (!page || !(READ_ONCE(synic->control) & HV_SYNIC_CONTROL_ENABLE))
		return HV_STATUS_INVALID_SYNIC_STATE;
	if (!hve_synic_sint_is_open(vp, vtl, sint))
		return HV_STATUS_INVALID_SYNIC_STATE;

	/* "If the event flag was previously cleared" there is an interrupt */
	was_clear = !test_and_set_bit(flag, page->sint_event_flags[sint].flags);
	trace_hvemu_event_signal(vp, vtl, sint, flag, was_clear);
	if (was_clear)
		hve_synic_raise(vp, vtl, sint);
	return HV_STATUS_SUCCESS;
}
