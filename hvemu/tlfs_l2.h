/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the TLFS half has for a guest that is a hypervisor (TLFS
 * nested-virtualization.md): the front door of it for core.
 */
#ifndef HVE_TLFS_L2_H
#define HVE_TLFS_L2_H

#include <linux/types.h>

struct hve_vp;

/**
 * hve_tlfs_nested_vmcs() - the enlightened VMCS that the VP assist page names
 * @vp: the caller's VP
 * @vtl: whose assist page
 * @l1_gpa: out, CurrentNestedVmcs
 *
 * Context: any of the VP's thread. Return: EnlightenVmEntry.
 */
bool hve_tlfs_nested_vmcs(struct hve_vp *vp, unsigned int vtl, u64 *l1_gpa);

/**
 * hve_tlfs_direct_flush() - is a hypercall of L2 one that L1 left to us?
 * @vp: the caller's VP, in L2
 * @vtl: whose assist page
 * @gpr: registers of L2
 *
 * Return: L1 was offered it and has set DirectHypercall, and it is a flush of
 * virtual addresses; hve_tlfs_hypercall() does it.
 */
bool hve_tlfs_direct_flush(struct hve_vp *vp, unsigned int vtl, const u64 *gpr);

#endif /* HVE_TLFS_L2_H */
