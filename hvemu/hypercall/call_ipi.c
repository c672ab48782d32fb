// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallSendSyntheticClusterIpi{,Ex} (TLFS virtual-interrupts.md): a fixed
 * interrupt to a set of VPs.
 */
#include "hypercall.h"

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/minmax.h>

#include "../partition/partition.h"

/* Vector and VTL of both forms. */
static hv_status_t target_check(struct hve_hcall *hc, u32 vector, u8 input_vtl,
				unsigned int *vtl)
{
	/*
	 * SPEC?: "Must be between >= 0x10 and <= 0xFF" names no status; this
	 * is what guests get elsewhere.
	 */
	if (vector < HV_IPI_LOW_VECTOR || vector > HV_IPI_HIGH_VECTOR)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;

	*vtl = hc->vtl;
	if (input_vtl & HV_INPUT_VTL_RSVDZ)
		return HV_STATUS_INVALID_PARAMETER;
	if (input_vtl & HV_INPUT_VTL_USE_TARGET)
		*vtl = input_vtl & HV_INPUT_VTL_TARGET_MASK;
	/* a VTL may address itself and those below */
	return *vtl <= hc->vtl ? HV_STATUS_SUCCESS :
				 HV_STATUS_INVALID_PARAMETER;
}

static void send_one(struct hve_hcall *hc, u32 i, unsigned int vtl, u8 vector)
{
	struct hve_vp *vp = hve_partition_vp(hc->vp->pt, i);

	if (vp)
		hve_host_irq_raise(vp, vtl, vector, false);
}

static void send_all(struct hve_hcall *hc, unsigned int vtl, u8 vector)
{
	u32 limit = READ_ONCE(hc->vp->pt->vp_limit);
	u32 i;

	for (i = 0; i < limit; i++)
		send_one(hc, i, vtl, vector);
}

static void send_mask(struct hve_hcall *hc, unsigned int vtl, u8 vector)
{
	u32 limit = READ_ONCE(hc->vp->pt->vp_limit);
	unsigned int i;

	for_each_set_bit(i, hc->vp_mask, limit)
		send_one(hc, i, vtl, vector);
}

hv_status_t hve_call_send_ipi(struct hve_hcall *hc)
{
	const struct hv_send_ipi *in = hc->in;
	hv_status_t status;
	unsigned int vtl;

	status = target_check(hc, in->vector, in->target_vtl, &vtl);
	if (status != HV_STATUS_SUCCESS)
		return status;
	hve_vpset_from_mask(hc, in->processor_mask);
	send_mask(hc, vtl, in->vector);
	return HV_STATUS_SUCCESS;
}

hv_status_t hve_call_send_ipi_ex(struct hve_hcall *hc)
{
	const struct hv_send_ipi_ex *in = hc->in;
	hv_status_t status;
	unsigned int vtl;
	bool all;

	status = hve_vpset_read(hc, &in->processor_set, &all);
	if (status != HV_STATUS_SUCCESS)
		return status;
	/* an empty set asks for nothing, whatever the vector */
	if (!all && bitmap_empty(hc->vp_mask, HVE_MAX_VPS))
		return HV_STATUS_SUCCESS;

	status = target_check(hc, in->vector, in->target_vtl, &vtl);
	if (status != HV_STATUS_SUCCESS)
		return status;
	if (all)
		send_all(hc, vtl, in->vector);
	else
		send_mask(hc, vtl, in->vector);
	return HV_STATUS_SUCCESS;
}
