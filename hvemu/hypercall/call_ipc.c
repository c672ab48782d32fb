// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallPostMessage, HvCallSignalEvent (TLFS inter-partition-communication.md)
 * for partitions whose VMM owns the SynIC pages: it has the ports, too.
 */
#include "hypercall.h"

hv_status_t hve_call_ipc(struct hve_hcall *hc)
{
	bool post = (hc->control & HV_HYPERCALL_CODE_MASK) ==
		    HVCALL_POST_MESSAGE;

	/* simple calls, without a variable header */
	if (hc->control & ~(HV_HYPERCALL_CODE_MASK | HV_HYPERCALL_FAST))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	/* 256 bytes do not fit into registers */
	if (post && hc->fast)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	/* SPEC?: no port exists, nor can any: what guests get elsewhere */
	if (!hc->vp->synic_by_vmm)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	return hve_call_to_vmm(hc);
}
