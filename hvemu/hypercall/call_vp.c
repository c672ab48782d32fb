// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on virtual processors: HvCallNotifyLongSpinWait,
 * HvCallGetVpIndexFromApicId (TLFS vp-properties.md, hypercalls/).
 */
#include "hypercall.h"

#include "../partition/partition.h"

/* Elements between two looks at the clock */
#define CHUNK	16

hv_status_t hve_call_notify_long_spin_wait(struct hve_hcall *hc)
{
	/* "only HV_STATUS_SUCCESS will be returned": an advisory call */
	hve_host_yield(hc->vp);
	return HV_STATUS_SUCCESS;
}

hv_status_t hve_call_get_vp_index_from_apic_id(struct hve_hcall *hc)
{
	const struct hv_get_vp_index_from_apic_id *in = hc->in;
	u32 *out = hc->out;
	struct hve_vp *vp;

	if (in->partition_id != HV_PARTITION_ID_SELF)
		return HV_STATUS_INVALID_PARTITION_ID;
	/* SPEC?: typed HV_VTL, documented like an HV_INPUT_VTL elsewhere */
	if ((in->target_vtl & ~HV_INPUT_VTL_USE_TARGET) > hc->vtl)
		return HV_STATUS_INVALID_PARAMETER;

	hve_hcall_expired(hc);
	do {
		/*
		 * SPEC?: the tables pad each element to 8 bytes; the
		 * prototype and all callers have arrays of UINT32.
		 */
		vp = hve_host_vp_by_apic_id(hc->vp->pt,
					    in->apic_ids[hc->rep_done]);
		if (!vp)
			return HV_STATUS_INVALID_PARAMETER;
		out[hc->rep_done] = READ_ONCE(vp->vp_index);
		hc->rep_done++;
		if (hc->rep_done % CHUNK == 0 &&
		    hc->rep_done < hc->rep_count && hve_hcall_expired(hc)) {
			hc->action = HVE_HCALL_AGAIN;
			break;
		}
	} while (hc->rep_done < hc->rep_count);
	return HV_STATUS_SUCCESS;
}
