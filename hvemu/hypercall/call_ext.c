// SPDX-License-Identifier: GPL-2.0
/*
 * Extended hypercalls (TLFS hypercall-interface.md, "Extended Hypercall
 * Interface").  The VMM, which knows the guest's memory, has said which of them
 * there are; then the questions are answered here, and hints go to the VMM.
 * One that has said nothing serves all of them, as the guest made them.
 */
#include "hypercall.h"

#include <linux/string.h>

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

static hv_status_t query_capabilities(struct hve_hcall *hc)
{
	u64 *out = hc->out;

	*out = READ_ONCE(hc->vp->pt->ext_capabilities);
	return hve_hcall_output(hc, sizeof(*out));
}

/*
 * SPEC?: the printed editions have an output of 16 bytes, a list elsewhere;
 * this is the online text.
 */
static hv_status_t boot_zeroed_memory(struct hve_hcall *hc)
{
	struct hv_boot_zeroed_memory *out = hc->out;
	hv_status_t status;

	/* the page it is written to is none of them */
	memset(out, 0, sizeof(*out));
	status = hve_hcall_output(hc, sizeof(*out));
	if (status != HV_STATUS_SUCCESS)
		return status;
	out->nr = hve_host_boot_zeroed(hc->vp, out->range,
				       HV_BOOT_ZEROED_RANGES);
	return hve_hcall_output(hc, sizeof(*out));
}

hv_status_t hve_call_ext(struct hve_hcall *hc)
{
	u16 code = hc->control & HV_HYPERCALL_CODE_MASK;
	struct hve_partition *pt = hc->vp->pt;

	/* SPEC?: addresses are given; nothing says such a call exists */
	if (hc->fast)
		return HV_STATUS_INVALID_PARAMETER;
	if (!READ_ONCE(pt->ext_set))
		return hve_call_to_vmm(hc);
	if (code != HVEXTCALL_QUERY_CAPABILITIES &&
	    !(READ_ONCE(pt->ext_capabilities) & HV_EXT_CAPABILITY(code)))
		return HV_STATUS_INVALID_HYPERCALL_CODE;
	if (code > HVEXTCALL_GET_BOOT_ZEROED_MEMORY)
		return hve_call_to_vmm(hc);
	if (hc->control & ~HV_HYPERCALL_CODE_MASK)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (!hve_host_may_sleep(hc->vp)) {
		hc->action = HVE_HCALL_OUTSIDE;
		return HV_STATUS_SUCCESS;
	}
	return code == HVEXTCALL_QUERY_CAPABILITIES ? query_capabilities(hc) :
						      boot_zeroed_memory(hc);
}
