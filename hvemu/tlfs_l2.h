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

#endif /* HVE_TLFS_L2_H */
