// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallPostDebugData, HvCallRetrieveDebugData, HvCallResetDebugSession (TLFS
 * v2.0, chapter Debugging): the data go to and come from the VMM.
 */
#include "hypercall.h"

/* The blocks have been checked; how much is behind them the VMM reads itself. */
hv_status_t hve_call_debug(struct hve_hcall *hc)
{
	/* SPEC?: nothing says so; the guest has not chosen these calls */
	if (!(READ_ONCE(hc->vp->pt->syndbg.options) &
	      HV_SYNDBG_OPTION_USE_HCALLS))
		return HV_STATUS_OPERATION_DENIED;
	return hve_call_to_vmm(hc);
}
