/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The checks of a VM entry on vmcs12 (SDM, chapter "VM Entries").  Each names
 * itself, for the trace.  Pure.
 */
#ifndef HVE_NESTED_ENTRYCHECK_H
#define HVE_NESTED_ENTRYCHECK_H

#include <linux/types.h>

struct hve_nested_caps;
struct vmcs12;

/* What the checks need to know beside vmcs12. */
struct hve_entry_env {
	const struct hve_nested_caps *caps;
	u64 efer_valid;		/* bits that L1's CPUID lets it set in EFER */
	u64 debugctl_valid;	/* and in IA32_DEBUGCTL */
	u8 phys_bits;		/* MAXPHYADDR of L1 */
	bool l1_long;		/* L1 is in IA-32e mode: EFER.LMA */
	bool la57;		/* its CPUID has 57-bit linear addresses */
	bool vtpr_known;	/* virtual APIC page is there and was read */
	u8 vtpr;
	bool link_readable;	/* of a link pointer that is not all ones */
	bool link_is_current;	/* it is the current VMCS */
	u32 link_revision;	/* first word there */
};

/* Why an entry fails. */
struct hve_entry_failure {
	const char *name;	/* of the check */
	u32 error;		/* VMfailValid: VMXERR_*; 0: an exit */
	u32 qual;		/* exit 33: its qualification */
};

/**
 * hve_entry_check_controls() - VM-execution, VM-exit, VM-entry controls
 * @v: VMCS
 * @env: the rest
 * @f: filled in on failure, with VMXERR_ENTRY_INVALID_CONTROL_FIELD
 *
 * Return: true when all is well.
 */
bool hve_entry_check_controls(const struct vmcs12 *v,
			      const struct hve_entry_env *env,
			      struct hve_entry_failure *f);

/** hve_entry_check_host() - host state; VMXERR_ENTRY_INVALID_HOST_STATE_FIELD */
bool hve_entry_check_host(const struct vmcs12 *v, const struct hve_entry_env *env,
			  struct hve_entry_failure *f);

/**
 * hve_entry_check_guest() - guest state, but what the processor checks as well
 * @v: VMCS
 * @env: the rest
 * @f: filled in on failure, for exit 33
 *
 * The processor finds the same wrong in vmcs02, where these fields are
 * vmcs12's; what is left are the fields that vmcs02 has otherwise.
 *
 * Return: true when all is well.
 */
bool hve_entry_check_guest(const struct vmcs12 *v, const struct hve_entry_env *env,
			   struct hve_entry_failure *f);

/**
 * hve_entry_check_guest_all() - all of guest state
 *
 * As hve_entry_check_guest(); for the name of what the processor found, and
 * for state that a VMM brings.
 */
bool hve_entry_check_guest_all(const struct vmcs12 *v,
			       const struct hve_entry_env *env,
			       struct hve_entry_failure *f);

/** hve_entry_pdptes_valid() - PAE: four page-directory-pointer-table entries */
bool hve_entry_pdptes_valid(const u64 *pdpte, unsigned int phys_bits);

/** hve_entry_eptp_valid() - EPT pointer, as VM entry and INVEPT check it */
bool hve_entry_eptp_valid(const struct hve_nested_caps *caps,
			  unsigned int phys_bits, u64 eptp12);

#endif /* HVE_NESTED_ENTRYCHECK_H */
