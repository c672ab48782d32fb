// SPDX-License-Identifier: GPL-2.0
/*
 * Extended hypercalls (TLFS hypercall-interface.md, "Extended Hypercall
 * Interface"): all of them are served by the VMM, which knows the guest's
 * memory and gets the call as the guest made it.
 */
#include "hypercall.h"

hv_status_t hve_call_to_vmm(struct hve_hcall *hc)
{
	struct hve_user_exit ue = { .kind = HVE_USER_HCALL };

	if (!hve_host_may_sleep(hc->vp)) {
		hc->action = HVE_HCALL_OUTSIDE;
		return HV_STATUS_SUCCESS;
	}
	ue.hcall.input = hc->control;
	ue.hcall.params[0] = hc->param[0];
	ue.hcall.params[1] = hc->param[1];
	hve_host_user_exit(hc->vp, &ue);
	hc->action = HVE_HCALL_USER;
	return HV_STATUS_SUCCESS;
}

hv_status_t hve_call_ext(struct hve_hcall *hc)
{
	/* SPEC?: the VMM is given addresses; nothing says such a call exists */
	if (hc->fast)
		return HV_STATUS_INVALID_PARAMETER;
	return hve_call_to_vmm(hc);
}
