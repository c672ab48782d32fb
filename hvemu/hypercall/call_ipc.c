// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallPostMessage, HvCallSignalEvent (TLFS inter-partition-communication.md).
 *
 * A connection id is looked up here first.  Calls for ids that are the VMM's
 * go there as the guest made them; so do those for ids that nobody knows, when
 * the VMM owns the SynIC pages: it has ports of its own then.
 */
#include "hypercall.h"

#include "../synic/synic.h"

/* True when the input is there and a connection may serve it; else *status. */
static bool ipc_input(struct hve_hcall *hc, bool has_fast, hv_status_t *status)
{
	*status = HV_STATUS_INVALID_HYPERCALL_INPUT;
	/* simple calls, without a variable header */
	if (hc->control & ~(HV_HYPERCALL_CODE_MASK | HV_HYPERCALL_FAST))
		return false;
	if (hc->fast && !has_fast)
		return false;
	if (!hve_conns_exist(hc->vp->pt)) {
		/* SPEC?: none was ever made: what guests get elsewhere */
		if (hc->vp->synic_by_vmm)
			*status = hve_call_to_vmm(hc);
		return false;
	}
	*status = hve_hcall_input(hc);
	return *status == HV_STATUS_SUCCESS && hc->action == HVE_HCALL_DONE;
}

/* Nobody served it in here. */
static hv_status_t unserved(struct hve_hcall *hc, enum hve_conn_kind kind,
			    hv_status_t status)
{
	if (kind == HVE_CONN_VMM || hc->vp->synic_by_vmm)
		return hve_call_to_vmm(hc);
	return status;
}

hv_status_t hve_call_post_message(struct hve_hcall *hc)
{
	const struct hv_post_message *in = hc->in;
	enum hve_conn_kind kind;
	hv_status_t status;

	if (!ipc_input(hc, false, &status))
		return status;

	/* "whose most significant bit is cleared, with the exception of zero" */
	if (in->rsvdz || (in->message_type & HV_MESSAGE_TYPE_HYPERVISOR))
		return unserved(hc, HVE_CONN_NONE, HV_STATUS_INVALID_PARAMETER);
	status = hve_conn_post(hc->vp->pt, in->connection_id, in->message_type,
			       in->payload, in->payload_size, &kind);
	return kind == HVE_CONN_PORT ? status : unserved(hc, kind, status);
}

hv_status_t hve_call_signal_event(struct hve_hcall *hc)
{
	const struct hv_signal_event *in = hc->in;
	enum hve_conn_kind kind;
	hv_status_t status;

	if (!ipc_input(hc, true, &status))
		return status;

	if (in->rsvdz)
		return unserved(hc, HVE_CONN_NONE, HV_STATUS_INVALID_PARAMETER);
	status = hve_conn_signal(hc->vp->pt, in->connection_id, in->flag_number,
				 &kind);
	/* a flag that an eventfd has no room for is one for the VMM */
	if (kind == HVE_CONN_PORT || status == HV_STATUS_SUCCESS)
		return status;
	return unserved(hc, kind, status);
}
