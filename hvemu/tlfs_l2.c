// SPDX-License-Identifier: GPL-2.0
/* The guest is a hypervisor: see tlfs_l2.h. */
#include "tlfs_l2.h"

#include <linux/compiler.h>

#include "hvhost.h"
#include "hypercall/hypercall.h"
#include "partition/partition.h"
#include "tlfs_state.h"

bool hve_tlfs_nested_vmcs(struct hve_vp *vp, unsigned int vtl, u64 *l1_gpa)
{
	const struct hv_vp_assist_page *page = hve_vp_assist_page(vp, vtl);

	if (!page || !READ_ONCE(page->enlighten_vmentry))
		return false;
	*l1_gpa = READ_ONCE(page->current_nested_vmcs);
	return true;
}

bool hve_tlfs_direct_flush(struct hve_vp *vp, unsigned int vtl, const u64 *gpr)
{
	const struct hv_vp_assist_page *page = hve_vp_assist_page(vp, vtl);

	return page && hve_vp_has(vp, HV_FEATURE_NESTED_DIRECT_FLUSH) &&
	       (READ_ONCE(page->nested_control.features) &
		HV_NESTED_FEATURE_DIRECT_HYPERCALL) &&
	       hve_hcall_is_flush(vp, gpr);
}
