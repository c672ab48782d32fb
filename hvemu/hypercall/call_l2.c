// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallFlushGuestPhysicalAddress{Space,List}, and which calls of an L2 are
 * ours (TLFS nested-virtualization.md, "Enlightened Second Level TLB Flushes"
 * and "Direct Virtual Flush").
 */
#include "hypercall.h"

#include "../partition/partition.h"

static hv_status_t flush(struct hve_hcall *hc)
{
	const struct hv_guest_mapping_flush *in = hc->in;

	if (in->flags)
		return HV_STATUS_INVALID_PARAMETER;
	/* SPEC?: "only ... [when] nested virtualization is active": no status */
	return hve_host_l2_flush(hc->vp, in->address_space) ?
	       HV_STATUS_INVALID_PARTITION_STATE : HV_STATUS_SUCCESS;
}

hv_status_t hve_call_flush_gpa_space(struct hve_hcall *hc)
{
	return flush(hc);
}

/* The whole space: more than asked for is always allowed. */
hv_status_t hve_call_flush_gpa_list(struct hve_hcall *hc)
{
	hv_status_t status = flush(hc);

	if (status == HV_STATUS_SUCCESS)
		hc->rep_done = hc->rep_count;
	return status;
}

/* HvCallFlushVirtualAddress{Space,List}{,Ex}, by the registers of a caller. */
bool hve_hcall_is_flush(struct hve_vp *vp, const u64 *gpr)
{
	unsigned int cpl;
	enum hve_cpu_mode mode = hve_host_cpu_mode(vp, &cpl);
	const struct hve_hcall_row *row;
	u64 control;

	if (mode == HVE_MODE_REAL || cpl)
		return false;
	control = hve_fastregs_control(mode == HVE_MODE_LONG64, gpr);
	row = hve_hcall_row(control & HV_HYPERCALL_CODE_MASK);
	return row && (row->flags & HVE_HCALL_LOCAL_FLUSH);
}
