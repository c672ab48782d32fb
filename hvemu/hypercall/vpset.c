// SPDX-License-Identifier: GPL-2.0
/*
 * Sparse VP sets (TLFS datatypes/hv_vp_set.md): the one place that validates
 * them.
 */
#include "hypercall.h"

#include <linux/bitops.h>
#include <linux/string.h>

#define MASK_WORDS	(HVE_MAX_VPS / HV_VP_SET_BANK_VPS)

static_assert(sizeof(unsigned long) == sizeof(u64));
static_assert(MASK_WORDS == HV_VP_SET_MAX_BANKS);
static_assert(sizeof(((struct hve_hcall *)0)->vp_mask) == MASK_WORDS * 8);

hv_status_t hve_vpset_read(struct hve_hcall *hc, const struct hv_vpset *set,
			   bool *all)
{
	unsigned int nr_banks = hc->var_bytes / sizeof(u64);
	u64 valid = set->valid_bank_mask;
	unsigned int bank, i = 0;

	*all = false;
	switch (set->format) {
	case HV_GENERIC_SET_ALL:
		/* banks there may be, and are skipped */
		*all = true;
		return HV_STATUS_SUCCESS;
	case HV_GENERIC_SET_SPARSE_4K:
		break;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}

	/* "For every bit that is set ... there must be an element" */
	if (hweight64(valid) != nr_banks)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;

	memset(hc->vp_mask, 0, sizeof(hc->vp_mask));
	for (bank = 0; bank < HV_VP_SET_MAX_BANKS; bank++)
		if (valid & (1ull << bank))
			hc->vp_mask[bank] = set->bank_contents[i++];
	return HV_STATUS_SUCCESS;
}

/* The first 64 VPs by a plain mask. */
void hve_vpset_from_mask(struct hve_hcall *hc, u64 mask)
{
	memset(hc->vp_mask, 0, sizeof(hc->vp_mask));
	hc->vp_mask[0] = mask;
}
