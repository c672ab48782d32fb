// SPDX-License-Identifier: GPL-2.0
/*
 * IA32_FEATURE_CONTROL and the VMX capability MSRs of a guest that may be a
 * hypervisor.  Without VMX in its CPUID they do not exist; the VMM reads zero.
 */
#include <linux/kernel.h>
#include <asm/msr-index.h>
#include "core/msr.h"
#include "core/vcpu.h"

bool hve_vmx_there(struct hve_vcpu *vcpu)
{
	return vcpu->nested;
}

int hve_vmx_cap_read(struct hve_vcpu *vcpu, u32 msr, u64 *val)
{
	const struct hve_nested *n = vcpu->nested;

	if (!n)
		*val = 0;
	else
		*val = hve_caps_read(n->evmcs.allowed ? &n->evmcs.caps : &n->caps,
				     msr);
	return 0;
}

int hve_vmx_cap_set(struct hve_vcpu *vcpu, u32 msr, u64 val)
{
	struct hve_nested *n = vcpu->nested;

	if (!n)
		return val ? -1 : 0;
	if (n->vmxon)
		return val == hve_caps_read(&n->caps, msr) ? 0 : -1;
	if (hve_caps_write(&n->caps, hve_nested_caps_max(), msr, val))
		return -1;
	hve_nested_caps_changed(n);
	return 0;
}

#define FEAT_CTL_VALID	(FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_INSIDE_SMX | \
			 FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX)
/* A VMM may set it up before CPUID, or for what no guest has. */
#define FEAT_CTL_KNOWN	(FEAT_CTL_VALID | FEAT_CTL_SGX_LC_ENABLED | \
			 FEAT_CTL_SGX_ENABLED | FEAT_CTL_LMCE_ENABLED)

int hve_feat_ctl_set(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (val & ~(u64)FEAT_CTL_KNOWN)
		return -1;
	*hve_msr_value(vcpu, V_FEAT_CTL) = val;
	return 0;
}

int hve_feat_ctl_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (*hve_msr_value(vcpu, V_FEAT_CTL) & FEAT_CTL_LOCKED ||
	    (val & ~(u64)FEAT_CTL_VALID))
		return -1;
	return hve_feat_ctl_set(vcpu, n, val);
}

/* A VMM takes what it wants from them, in its order. */
bool hve_vmx_feature_list(unsigned int i, u32 *msr)
{
	if (!hve_nested_allowed() || i >= HVE_NR_VMX_MSRS)
		return false;
	*msr = MSR_IA32_VMX_BASIC + i;
	return true;
}

int hve_vmx_feature_get(u32 msr, u64 *val)
{
	if (!hve_nested_allowed() || !hve_caps_is_msr(msr))
		return -ENOENT;
	*val = hve_caps_read(hve_nested_caps_max(), msr);
	return 0;
}
