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

/* L1's preemption timer counts once in 2^5 TSC ticks: part of saved state. */
#define HVE_NESTED_PREEMPT_SHIFT	5

/*
 * By number, from MSR_IA32_VMX_BASIC on.  Of the controls the TRUE MSRs hold;
 * the others are derived from them.
 */
struct hve_nested_caps {
	u64 msr[HVE_NR_VMX_MSRS];
};

/**
 * hve_caps_init() - all that L1 may ever have
 * @max: out
 * @host: the processor's MSRs by number, as in struct hve_nested_caps, but of
 *	  the controls the ones that say more: TRUE where there are such
 *
 * IA32_VMX_CR4_FIXED1 is the processor's: hve_caps_cr4() limits it.
 */
void hve_caps_init(struct hve_nested_caps *max, const u64 *host);

/**
 * hve_caps_cr4() - the guest's CPUID has changed
 * @caps: of a vCPU
 * @max: of hve_caps_init()
 * @valid: CR4 bits that the guest may set
 */
void hve_caps_cr4(struct hve_nested_caps *caps,
		  const struct hve_nested_caps *max, u64 valid);

/**
 * hve_caps_read() - one of the MSRs
 * @caps: of a vCPU
 * @msr: MSR_IA32_VMX_BASIC..MSR_IA32_VMX_VMFUNC
 */
u64 hve_caps_read(const struct hve_nested_caps *caps, u32 msr);

/**
 * hve_caps_write() - the VMM takes capabilities away, or gives them back
 * @caps: of a vCPU that is not in VMX operation
 * @max: of hve_caps_init()
 * @msr: MSR_IA32_VMX_BASIC..MSR_IA32_VMX_VMFUNC
 * @val: value
 *
 * What CPUID decides cannot be written, nor the controls without TRUE.
 *
 * Return: 0, or -EINVAL where @val says what cannot be.
 */
int hve_caps_write(struct hve_nested_caps *caps,
		   const struct hve_nested_caps *max, u32 msr, u64 val);

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

/** hve_caps_is_msr() - is it one of them? */
static inline bool hve_caps_is_msr(u32 msr)
{
	return msr - MSR_IA32_VMX_BASIC < HVE_NR_VMX_MSRS;
}

#endif /* HVE_NESTED_VMXMSR_H */
