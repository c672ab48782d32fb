/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMX capability MSRs that L1 sees (SDM, appendix "VMX Capability
 * Reporting Facility").  Pure.
 */
#ifndef HVE_NESTED_VMXMSR_H
#define HVE_NESTED_VMXMSR_H

#include <linux/types.h>
#include <asm/msr-index.h>

#define HVE_NR_VMX_MSRS	(MSR_IA32_VMX_VMFUNC - MSR_IA32_VMX_BASIC + 1)

/*
 * By number, from MSR_IA32_VMX_BASIC on.  Of the controls the TRUE MSRs hold;
 * the others are derived from them.
 */
struct hve_nested_caps {
	u64 msr[HVE_NR_VMX_MSRS];
};

/** hve_caps_get() - a capability MSR; of the controls the TRUE one */
static inline u64 hve_caps_get(const struct hve_nested_caps *caps, u32 msr)
{
	return caps->msr[msr - MSR_IA32_VMX_BASIC];
}

/** hve_caps_may() - controls that may be 1 */
static inline u32 hve_caps_may(const struct hve_nested_caps *caps, u32 msr)
{
	return hve_caps_get(caps, msr) >> 32;
}

/** hve_caps_must() - controls that have to be 1 */
static inline u32 hve_caps_must(const struct hve_nested_caps *caps, u32 msr)
{
	return (u32)hve_caps_get(caps, msr);
}

#endif /* HVE_NESTED_VMXMSR_H */
