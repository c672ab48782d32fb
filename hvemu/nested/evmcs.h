/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The enlightened VMCS (TLFS nested-virtualization.md, "Enlightened VMCS"): a
 * page of L1's memory in place of VMREAD, VMWRITE and VMPTRLD.  Nothing outside
 * of evmcs*.c knows of it: the rest of the room has a vmcs12.  Pure.
 */
#ifndef HVE_NESTED_EVMCS_H
#define HVE_NESTED_EVMCS_H

#include <linux/types.h>

struct hv_enlightened_vmcs;
struct hve_nested_caps;
struct vmcs12;

/* Clean fields of none: all is to be loaded. */
#define HVE_EVMCS_NONE_CLEAN	0u

/* What is in an enlightened VMCS beside the VMCS. */
struct hve_evmcs_control {
	bool direct_flush;	/* L2's flush hypercalls are ours */
	bool msr_bitmap;	/* the MSR bitmap changes with its clean field only */
	u32 vp_id;
	u64 vm_id;
	u64 partition_assist;	/* L1 GPA */
};

/**
 * hve_evmcs_revision_ok() - could a page with this first word be one?
 * @revision: VersionNumber
 */
bool hve_evmcs_revision_ok(u32 revision);

/**
 * hve_evmcs_load() - into vmcs12, before an entry
 * @v: of the L2 that the page was used for last, or zeroed
 * @ctl: likewise
 * @page: L1's page; may change meanwhile, each field is read once
 * @clean: HV_VMX_ENLIGHTENED_CLEAN_FIELD_*: groups that @v has already;
 *	   HVE_EVMCS_NONE_CLEAN on VMLAUNCH and when the page is another one
 */
void hve_evmcs_load(struct vmcs12 *v, struct hve_evmcs_control *ctl,
		    const struct hv_enlightened_vmcs *page, u32 clean);

/** hve_evmcs_load_control() - the part that is not in a VMCS */
void hve_evmcs_load_control(struct hve_evmcs_control *ctl,
			    const struct hv_enlightened_vmcs *page);

/** hve_evmcs_clean() - the clean fields as L1 has them now */
u32 hve_evmcs_clean(const struct hv_enlightened_vmcs *page);

/** hve_evmcs_entered() - L2 runs: L1 clears the clean fields of what it changes */
void hve_evmcs_entered(struct hv_enlightened_vmcs *page);

/**
 * hve_evmcs_store() - from vmcs12, after an exit
 * @page: L1's page
 * @v: all of guest state and exit information is new
 */
void hve_evmcs_store(struct hv_enlightened_vmcs *page, const struct vmcs12 *v);

/**
 * hve_evmcs_read() - VMREAD although an enlightened VMCS is active
 * @page: it
 * @caps: of the vCPU
 * @encoding: operand
 * @val: out
 *
 * Unsupported says the TLFS; but Windows 11 does so, and does not survive a
 * VMREAD that fails.
 *
 * Return: 0 or VMXERR_UNSUPPORTED_VMCS_COMPONENT.
 */
int hve_evmcs_read(const struct hv_enlightened_vmcs *page,
		   const struct hve_nested_caps *caps, u64 encoding, u64 *val);

/**
 * hve_evmcs_write() - VMWRITE, likewise; its clean field is cleared
 *
 * Return: 0 or VMXERR_*.
 */
int hve_evmcs_write(struct hv_enlightened_vmcs *page,
		    const struct hve_nested_caps *caps, u64 encoding, u64 val);

/**
 * hve_evmcs_caps() - capabilities of an L1 that may use it
 * @out: @caps without what has no field in it
 * @caps: of the vCPU
 * @perf_global: CPUID says HV_NESTED_EVMCS1_PERF_GLOBAL_CTRL
 */
void hve_evmcs_caps(struct hve_nested_caps *out,
		    const struct hve_nested_caps *caps, bool perf_global);

#endif /* HVE_NESTED_EVMCS_H */
