// SPDX-License-Identifier: GPL-2.0
/*
 * VMCS shadowing: where L1's bitmaps let them, VMREAD and VMWRITE of L2 reach the
 * shadow VMCS that vmcs12 links to.  SDM, "VMCS Shadowing", "VMREAD-Bitmap and
 * VMWRITE-Bitmap Addresses".  It stays in L1's memory; no processor is needed.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "private.h"

bool hve_shadow_vmcs_linked(const struct hve_nested *n)
{
	return has_cpu2(n->v12, SECONDARY_EXEC_SHADOW_VMCS) &&
	       n->v12->vmcs_link_pointer != ~0ull;
}

int hve_shadow_vmcs_read(struct hve_nested *n, u64 encoding, u64 *val)
{
	int r = hve_vmcs12_check(&n->caps, encoding, false);
	u32 offset, bytes;
	u64 field = 0;

	if (r)
		return r;
	offset = hve_vmcs12_place(encoding, &bytes);
	r = l1_read(n, n->v12->vmcs_link_pointer + offset, &field, bytes);
	if (r)
		return r == -EAGAIN ? r : VMXERR_UNSUPPORTED_VMCS_COMPONENT;
	*val = hve_vmcs_field_get(&field, encoding);
	return 0;
}

int hve_shadow_vmcs_write(struct hve_nested *n, u64 encoding, u64 val)
{
	int r = hve_vmcs12_check(&n->caps, encoding, true);
	u32 offset, bytes;
	u64 l1_gpa, field = 0;

	if (r)
		return r;
	offset = hve_vmcs12_place(encoding, &bytes);
	l1_gpa = n->v12->vmcs_link_pointer + offset;
	/* half a field may be meant */
	r = l1_read(n, l1_gpa, &field, bytes);
	if (!r) {
		hve_vmcs_field_set(&field, encoding, val);
		r = l1_write(n, l1_gpa, &field, bytes);
	}
	return r == -EAGAIN || !r ? r : VMXERR_UNSUPPORTED_VMCS_COMPONENT;
}
