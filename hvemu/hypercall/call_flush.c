// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallFlushVirtualAddress{Space,List}{,Ex}, HvCallSwitchVirtualAddressSpace
 * (TLFS virtual-mmu.md, hypercalls/).
 *
 * Translations of all address spaces are flushed: more than asked for is
 * always allowed, and no processor can drop those of one CR3.
 */
#include "hypercall.h"

#include <linux/errno.h>

#include "../partition/partition.h"

#define SPACE_FLAGS	(HV_FLUSH_ALL_PROCESSORS | \
			 HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES | \
			 HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY)
/* "NON_GLOBAL ... does not make sense for this call and is ... invalid" */
#define LIST_FLAGS	(HV_FLUSH_ALL_PROCESSORS | \
			 HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES)

#define PAGE_MASK_GVA	(~0xfffull)

/* Flags, and the address space unless all are meant. */
static hv_status_t flags_check(struct hve_hcall *hc, u64 flags, u64 space,
			       bool list)
{
	u64 valid = list ? LIST_FLAGS : SPACE_FLAGS;

	if (list && hve_vp_has(hc->vp, HV_FEATURE_EXTENDED_GVA_RANGES))
		valid |= HV_FLUSH_USE_EXTENDED_RANGE_FORMAT;
	if (flags & ~valid)
		return HV_STATUS_INVALID_PARAMETER;
	/*
	 * SPEC?: the printed editions: "is not a valid CR3 value and the
	 * 'flush all virtual address spaces' flag was not specified".
	 */
	if (!(flags & HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES) &&
	    !hve_host_cr3_is_valid(hc->vp, space))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/*
 * Page addresses of the ranges still to do into hc->out.  Returns their
 * number; 0 when a full flush is cheaper, or needed: a large range may be
 * mapped by small pages.
 */
static unsigned int ranges_decode(struct hve_hcall *hc, const u64 *range,
				  bool extended)
{
	u64 *gvas = hc->out;
	unsigned int nr = 0;
	u64 pages, gva;
	u16 i;

	for (i = hc->rep_start; i < hc->rep_count; i++) {
		if (extended) {
			/* whatever its size and length: everything goes */
			if (range[i] & HV_GVA_RANGE_EX_LARGE_PAGE)
				return 0;
			pages = range[i] & HV_GVA_RANGE_EX_ADDITIONAL_PAGES;
		} else {
			pages = range[i] & HV_GVA_RANGE_ADDITIONAL_PAGES;
		}
		pages++;
		if (pages > HVE_FLUSH_MAX_GVAS - nr)
			return 0;
		for (gva = range[i] & PAGE_MASK_GVA; pages--; gva += 4096)
			gvas[nr++] = gva;
	}
	return nr;
}

static hv_status_t flush(struct hve_hcall *hc, u64 flags, bool all,
			 const u64 *ranges)
{
	unsigned int nr = 0;

	if (ranges)
		nr = ranges_decode(hc, ranges,
				   flags & HV_FLUSH_USE_EXTENDED_RANGE_FORMAT);
	if (hve_host_tlb_flush(hc->vp, hc->vtl, all ? NULL : hc->vp_mask,
			       nr ? hc->out : NULL, nr,
			       flags & HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY) ==
	    -EAGAIN) {
		hc->action = HVE_HCALL_OUTSIDE;
		return HV_STATUS_SUCCESS;
	}
	hc->rep_done = hc->rep_count;
	return HV_STATUS_SUCCESS;
}

static hv_status_t flush_mask(struct hve_hcall *hc, bool list)
{
	const struct hv_tlb_flush *in = hc->in;
	hv_status_t status = flags_check(hc, in->flags, in->address_space,
					 list);
	/*
	 * SPEC?: an empty mask without ALL is an invalid parameter by the
	 * text; Windows Server 2012 sends it and means all.
	 */
	bool all = (in->flags & HV_FLUSH_ALL_PROCESSORS) || !in->processor_mask;

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (!all)
		hve_vpset_from_mask(hc, in->processor_mask);
	return flush(hc, in->flags, all,
		     list ? (const u64 *)(in + 1) : NULL);
}

static hv_status_t flush_set(struct hve_hcall *hc, bool list)
{
	const struct hv_tlb_flush_ex *in = hc->in;
	hv_status_t status = flags_check(hc, in->flags, in->address_space,
					 list);
	const u64 *ranges = NULL;
	bool all;

	if (status == HV_STATUS_SUCCESS)
		status = hve_vpset_read(hc, &in->processor_set, &all);
	if (status != HV_STATUS_SUCCESS)
		return status;
	if (list)
		ranges = in->processor_set.bank_contents +
			 hc->var_bytes / sizeof(u64);
	return flush(hc, in->flags,
		     all || (in->flags & HV_FLUSH_ALL_PROCESSORS), ranges);
}

hv_status_t hve_call_flush_space(struct hve_hcall *hc)
{
	return flush_mask(hc, false);
}

hv_status_t hve_call_flush_list(struct hve_hcall *hc)
{
	return flush_mask(hc, true);
}

hv_status_t hve_call_flush_space_ex(struct hve_hcall *hc)
{
	return flush_set(hc, false);
}

hv_status_t hve_call_flush_list_ex(struct hve_hcall *hc)
{
	return flush_set(hc, true);
}

hv_status_t hve_call_switch_space(struct hve_hcall *hc)
{
	const struct hv_switch_virtual_address_space *in = hc->in;

	/* "does not have the side-effect of flushing the ... TLB" */
	switch (hve_host_cr3_load(hc->vp, hc->vtl, in->address_space)) {
	case 0:
		return HV_STATUS_SUCCESS;
	case -EAGAIN:
		hc->action = HVE_HCALL_OUTSIDE;
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}
