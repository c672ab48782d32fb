// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on virtual processors (TLFS vp-properties.md, virtual-mmu.md,
 * hypercalls/): registers, start, translation of addresses, long spin waits,
 * VP indices.
 */
#include "hypercall.h"

#include <linux/errno.h>

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

/* The VP that a header names. */
static hv_status_t target_find(struct hve_hcall *hc, u64 partition_id,
			       u32 vp_index, struct hve_vp **target)
{
	if (partition_id != HV_PARTITION_ID_SELF)
		return HV_STATUS_INVALID_PARTITION_ID;
	*target = vp_index == HV_VP_INDEX_SELF ?
		  hc->vp : hve_partition_vp(hc->vp->pt, vp_index);
	return *target ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_VP_INDEX;
}

static hv_status_t input_vtl(struct hve_hcall *hc, u8 input, unsigned int *vtl)
{
	*vtl = hc->vtl;
	if (input & HV_INPUT_VTL_RSVDZ)
		return HV_STATUS_INVALID_PARAMETER;
	if (input & HV_INPUT_VTL_USE_TARGET)
		*vtl = input & HV_INPUT_VTL_TARGET_MASK;
	/* a VTL may look at itself and those below */
	return *vtl <= hc->vtl ? HV_STATUS_SUCCESS :
				 HV_STATUS_INVALID_PARAMETER;
}

/*
 * State of another VP belongs to us while it is held.  False: it could not be
 * stopped now, and the guest makes the call again.
 */
static bool target_hold(struct hve_hcall *hc, struct hve_vp *target)
{
	if (target == hc->vp || !hve_host_vp_hold(hc->vp, target))
		return true;
	hc->action = HVE_HCALL_AGAIN;
	return false;
}

static void target_release(struct hve_hcall *hc, struct hve_vp *target)
{
	if (target != hc->vp)
		hve_host_vp_release(hc->vp, target);
}

static hv_status_t registers_head(struct hve_hcall *hc,
				  const struct hv_vp_registers_head *in,
				  struct hve_vp **target, unsigned int *vtl)
{
	hv_status_t status = target_find(hc, in->partition_id, in->vp_index,
					 target);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (in->rsvdz[0] || in->rsvdz[1] || in->rsvdz[2])
		return HV_STATUS_INVALID_PARAMETER;
	return input_vtl(hc, in->input_vtl, vtl);
}

hv_status_t hve_call_get_vp_registers(struct hve_hcall *hc)
{
	const struct hv_get_vp_registers *in = hc->in;
	struct hv_register_value *out = hc->out;
	struct hve_vp *target;
	hv_status_t status;
	unsigned int vtl;

	status = registers_head(hc, &in->head, &target, &vtl);
	if (status != HV_STATUS_SUCCESS || !target_hold(hc, target))
		return status;
	/* no more than a page of them: never a reason to come back later */
	for (; hc->rep_done < hc->rep_count; hc->rep_done++) {
		status = hve_reg_read(target, vtl, in->names[hc->rep_done],
				      out[hc->rep_done].words);
		if (status != HV_STATUS_SUCCESS)
			break;
	}
	target_release(hc, target);
	return status;
}

hv_status_t hve_call_set_vp_registers(struct hve_hcall *hc)
{
	const struct hv_set_vp_registers *in = hc->in;
	const struct hv_register_assoc *el;
	struct hve_vp *target;
	hv_status_t status;
	unsigned int vtl;

	status = registers_head(hc, &in->head, &target, &vtl);
	if (status != HV_STATUS_SUCCESS || !target_hold(hc, target))
		return status;
	/*
	 * SPEC?: the last edition has RsvdZ behind the name, those before
	 * padding: not looked at.
	 */
	for (; hc->rep_done < hc->rep_count; hc->rep_done++) {
		el = &in->regs[hc->rep_done];
		status = hve_reg_write(target, vtl, el->name, el->value.words,
				       target == hc->vp);
		if (status != HV_STATUS_SUCCESS)
			break;
	}
	target_release(hc, target);
	return status;
}

hv_status_t hve_call_start_virtual_processor(struct hve_hcall *hc)
{
	const struct hv_start_virtual_processor *in = hc->in;
	struct hve_vp *target;
	hv_status_t status;
	int err;

	status = target_find(hc, in->partition_id, in->vp_index, &target);
	if (status != HV_STATUS_SUCCESS)
		return status;
	/* SPEC?: no status is named for a VTL that is not enabled */
	if (in->target_vtl >= HVE_NR_VTLS)
		return HV_STATUS_INVALID_VTL_STATE;
	/*
	 * SPEC?: "functionally equivalent to ... INIT-based methods", so only
	 * a VP that waits for SIPI is in "the correct state".
	 */
	if (target == hc->vp)
		return HV_STATUS_INVALID_VP_STATE;
	if (!target_hold(hc, target))
		return HV_STATUS_SUCCESS;
	err = hve_host_vp_start(target, in->target_vtl, &in->context);
	target_release(hc, target);
	switch (err) {
	case 0:
		return HV_STATUS_SUCCESS;
	case -EBUSY:
		return HV_STATUS_INVALID_VP_STATE;
	default:
		return HV_STATUS_INVALID_REGISTER_VALUE;
	}
}

/*
 * SPEC?: TLB_FLUSH_INHIBIT sets a bit of a register that only a parent can
 * clear again, and there are no shadow stacks: both are reserved bits.
 */
#define TRANSLATE_FLAGS	(HV_TRANSLATE_GVA_VALIDATE_ANY | \
			 HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT | \
			 HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS | \
			 HV_TRANSLATE_GVA_SUPERVISOR_ACCESS | \
			 HV_TRANSLATE_GVA_USER_ACCESS | \
			 HV_TRANSLATE_GVA_ENFORCE_SMAP | \
			 HV_TRANSLATE_GVA_OVERRIDE_SMAP | \
			 HV_TRANSLATE_GVA_INPUT_VTL_MASK)

static bool both(u64 flags, u64 pair)
{
	return (flags & pair) == pair;
}

static hv_status_t translate_check(u64 flags)
{
	if (flags & ~TRANSLATE_FLAGS)
		return HV_STATUS_INVALID_PARAMETER;
	/* "At least one of these must be set" */
	if (!(flags & HV_TRANSLATE_GVA_VALIDATE_ANY))
		return HV_STATUS_INVALID_PARAMETER;
	/* SPEC?: nothing says what a contradiction means */
	if (both(flags, HV_TRANSLATE_GVA_SUPERVISOR_ACCESS |
			HV_TRANSLATE_GVA_USER_ACCESS) ||
	    both(flags, HV_TRANSLATE_GVA_ENFORCE_SMAP |
			HV_TRANSLATE_GVA_OVERRIDE_SMAP))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static hv_status_t translate(struct hve_hcall *hc, struct hve_translation *tr)
{
	const struct hv_translate_virtual_address *in = hc->in;
	u64 flags = in->control_flags;
	struct hve_vp *target;
	hv_status_t status;
	unsigned int vtl;
	int err;

	status = target_find(hc, in->partition_id, in->vp_index, &target);
	if (status == HV_STATUS_SUCCESS)
		status = translate_check(flags);
	if (status == HV_STATUS_SUCCESS)
		status = input_vtl(hc, flags >> HV_TRANSLATE_GVA_INPUT_VTL_SHIFT,
				   &vtl);
	if (status != HV_STATUS_SUCCESS || !target_hold(hc, target))
		return status;
	err = hve_host_gva_translate(target, vtl, in->gva_page,
				     flags & ~HV_TRANSLATE_GVA_INPUT_VTL_MASK,
				     tr);
	target_release(hc, target);
	return err ? HV_STATUS_INVALID_VP_STATE : HV_STATUS_SUCCESS;
}

static void translation_result(const struct hve_translation *tr,
			       struct hv_translate_gva_result *out)
{
	out->result_code = tr->code;
	out->cache_type = tr->cache_type;
	out->overlay_page = tr->overlay;
}

hv_status_t hve_call_translate_virtual_address(struct hve_hcall *hc)
{
	struct hv_translate_virtual_address_out *out = hc->out;
	struct hve_translation tr = {};
	hv_status_t status = translate(hc, &tr);

	*out = (struct hv_translate_virtual_address_out){ .gpa_page = tr.gpn };
	translation_result(&tr, &out->result);
	return status;
}

hv_status_t hve_call_translate_virtual_address_ex(struct hve_hcall *hc)
{
	struct hv_translate_virtual_address_ex_out *out = hc->out;
	struct hve_translation tr = {};
	hv_status_t status = translate(hc, &tr);

	*out = (struct hv_translate_virtual_address_ex_out){
		.gpa_page = tr.gpn,
		.event_info = tr.event,
	};
	translation_result(&tr, &out->result);
	return status;
}
