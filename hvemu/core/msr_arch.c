// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs that are mostly values: speculation control, machine check, memory
 * types, identification.
 */
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <asm/cpufeature.h>
#include <asm/mce.h>
#include <asm/msr-index.h>
#include <asm/processor.h>
#include "core/msr.h"
#include "core/vcpu.h"
#include "core/vm.h"

static bool valid_mtrr_type(u8 type)
{
	return type < 8 && BIT(type) & 0x73;
}

/* SPEC_CTRL: switched at each entry once the guest has used it */

static u64 spec_ctrl_valid(struct hve_vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 *e = hve_cpuid_find(vcpu, 7, 0);
	u64 valid = 0;

	if (!e || !boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL))
		return 0;
	if (e->edx & BIT(26))
		valid |= SPEC_CTRL_IBRS;
	if (e->edx & BIT(27))
		valid |= SPEC_CTRL_STIBP;
	if (e->edx & BIT(31))
		valid |= SPEC_CTRL_SSBD;
	return valid;
}

static int spec_ctrl_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	if (!spec_ctrl_valid(vcpu))
		return -1;
	*val = cur_vtl(vcpu)->vmx.entry.guest_spec_ctrl;
	return 0;
}

static int spec_ctrl_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u64 valid = spec_ctrl_valid(vcpu);

	if (!valid || (val & ~valid))
		return -1;
	vmx->entry.guest_spec_ctrl = val;
	vmx->spec_ctrl = true;
	hve_msr_pass(vcpu, MSR_IA32_SPEC_CTRL, true, true);
	return 0;
}

static int pred_cmd_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (!spec_ctrl_valid(vcpu) || (val & ~(u64)PRED_CMD_IBPB))
		return -1;
	if (val && vcpu->in_window)
		wrmsrq(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
	return 0;
}

/* Machine check */

static int mcg_cap_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = vcpu->mcg_cap;
	return 0;
}

static int mcg_cap_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return -1;
}

static u64 *bank(struct hve_vcpu *vcpu, unsigned int n)
{
	unsigned int banks = vcpu->mcg_cap & 0xff;

	if (!vcpu->mce || n >= banks * 4)
		return NULL;
	return &vcpu->mce[array_index_nospec(n, banks * 4)];
}

static int bank_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	u64 *p = bank(vcpu, n);

	if (!p)
		return -1;
	*val = *p;
	return 0;
}

static int bank_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	u64 *p = bank(vcpu, n);

	/* CTL is all or nothing, STATUS can only be cleared */
	if (!p || (n % 4 == 0 && val && val != ~0ull) || (n % 4 == 1 && val))
		return -1;
	*p = val;
	return 0;
}

static int bank_set(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	u64 *p = bank(vcpu, n);

	if (!p)
		return -1;
	*p = val;
	return 0;
}

static bool has_cmci(struct hve_vcpu *vcpu)
{
	return vcpu->mcg_cap & MCG_CMCI_P;
}

static u64 *ctl2(struct hve_vcpu *vcpu, unsigned int n)
{
	unsigned int banks = vcpu->mcg_cap & 0xff;

	if (!vcpu->mce || n >= banks || !has_cmci(vcpu))
		return NULL;
	return &vcpu->mce[HVE_MCE_CTL2 + array_index_nospec(n, banks)];
}

static int ctl2_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	u64 *p = ctl2(vcpu, n);

	if (!p)
		return -1;
	*val = *p;
	return 0;
}

static int ctl2_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	u64 *p = ctl2(vcpu, n);

	if (!p || val & ~(MCI_CTL2_CMCI_EN | MCI_CTL2_CMCI_THRESHOLD_MASK))
		return -1;
	*p = val;
	return 0;
}

static int mcg_ctl_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (!(vcpu->mcg_cap & BIT(8)) || (val && val != ~0ull))
		return -1;
	*hve_msr_value(vcpu, V_MCG_CTL) = val;
	return 0;
}

/* MTRRs: kept for the guest; memory types are the host's */

static int mtrr_cap_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = 0x508;		/* WC, fixed ranges, 8 variable ones */
	return 0;
}

static int read_only(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return -1;
}

static int write_only(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	return -1;
}

static int mtrr_def_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if ((val & ~0xcffull) || !valid_mtrr_type(val & 0xff))
		return -1;
	*hve_msr_value(vcpu, V_MTRR_DEF) = val;
	return 0;
}

static int mtrr_var_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	u64 rsvd = ~0ull << vcpu->maxphyaddr;

	rsvd |= n & 1 ? 0x7ff : 0xf00;
	if ((val & rsvd) || (!(n & 1) && !valid_mtrr_type(val & 0xff)))
		return -1;
	*hve_msr_value(vcpu, V_MTRR_VAR + n) = val;
	return 0;
}

static int mtrr_fix(struct hve_vcpu *vcpu, unsigned int i, u64 val)
{
	unsigned int b;

	for (b = 0; b < 64; b += 8)
		if (!valid_mtrr_type(val >> b & 0xff))
			return -1;
	*hve_msr_value(vcpu, i) = val;
	return 0;
}

static int mtrr_fix64k_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return mtrr_fix(vcpu, V_MTRR_FIX64K, val);
}

static int mtrr_fix16k_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return mtrr_fix(vcpu, V_MTRR_FIX16K + n, val);
}

static int mtrr_fix4k_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return mtrr_fix(vcpu, V_MTRR_FIX4K + n, val);
}

static int zero_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = 0;
	return 0;
}

static int zero_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return val ? -1 : 0;
}

/* The update trigger and signature: writes have no effect. */
static int ucode_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return 0;
}

static int plain_set(struct hve_vcpu *vcpu, unsigned int i, u64 val)
{
	*hve_msr_value(vcpu, i) = val;
	return 0;
}

static int ucode_set(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return plain_set(vcpu, V_UCODE_REV, val);
}

static int mcg_status_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return plain_set(vcpu, V_MCG_STATUS, val);
}

/* There is neither branch trace store nor precise event sampling. */
#define MISC_ENABLE_FIXED (MSR_IA32_MISC_ENABLE_BTS_UNAVAIL | \
			   MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL)

static int misc_enable_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	u64 changed = val ^ *hve_msr_value(vcpu, V_MISC_ENABLE);
	const struct kvm_cpuid_entry2 *e = hve_cpuid_find(vcpu, 1, 0);

	if (changed & MISC_ENABLE_FIXED)
		return -1;
	/* SDM: "ENABLE MONITOR FSM" is there with SSE3 */
	if (changed & MSR_IA32_MISC_ENABLE_MWAIT &&
	    hve_vm_quirk_off(vcpu->vm, KVM_X86_QUIRK_MISC_ENABLE_NO_MWAIT) &&
	    (!e || !(e->ecx & BIT(0))))
		return -1;
	return plain_set(vcpu, V_MISC_ENABLE, val);
}

static int misc_enable_set(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return plain_set(vcpu, V_MISC_ENABLE, val);
}

static int power_ctl_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return plain_set(vcpu, V_POWER_CTL, val);
}

/* KVM_CAP_MSR_PLATFORM_INFO */
static bool platform_info_there(struct hve_vcpu *vcpu)
{
	return !READ_ONCE(vcpu->vm->platform_info_off);
}

#define PLATFORM_INFO_CPUID_FAULT	BIT_ULL(31)

static int platform_info_set(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (val & PLATFORM_INFO_CPUID_FAULT)
		return -1;
	return plain_set(vcpu, V_PLATFORM_INFO, val);
}

/*
 * The first two registers of KVM's paravirtual clock, which no guest has: QEMU
 * 7.2 sets them to 0 whatever the guest's CPUID says.
 */
#define MSR_KVM_CLOCK	0x11

static bool has_xsaves(struct hve_vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 *e = hve_cpuid_find(vcpu, 0xd, 1);

	return e && e->eax & BIT(3) && hve_vmx_caps.xsaves;
}

static bool never(struct hve_vcpu *vcpu)
{
	return false;
}

/* The functions of a row get an offset: one for each row of VMX ones. */
#define VMX_CAPS(name, first) \
static int name##_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val) \
{ \
	return hve_vmx_cap_read(vcpu, (first) + n, val); \
} \
static int name##_set(struct hve_vcpu *vcpu, unsigned int n, u64 val) \
{ \
	return hve_vmx_cap_set(vcpu, (first) + n, val); \
}

#define VMX_ROW(name, first, nr, listed) \
	ROWN(first, nr, listed, 0, .there = hve_vmx_there, \
	     .read = name##_read, .write = read_only, .set = name##_set)

VMX_CAPS(vmx_basic, MSR_IA32_VMX_BASIC)
VMX_CAPS(vmx_plain, MSR_IA32_VMX_PINBASED_CTLS)
VMX_CAPS(vmx_misc, MSR_IA32_VMX_MISC)
VMX_CAPS(vmx_cr0_fixed1, MSR_IA32_VMX_CR0_FIXED1)
VMX_CAPS(vmx_cr4_fixed0, MSR_IA32_VMX_CR4_FIXED0)
VMX_CAPS(vmx_cr4_fixed1, MSR_IA32_VMX_CR4_FIXED1)
VMX_CAPS(vmx_rest, MSR_IA32_VMX_VMCS_ENUM)

const struct hve_msr_row hve_msr_arch_rows[] = {
	ROWN(MSR_KVM_CLOCK, 2, false, 0, .there = never, .read = zero_read,
	     .write = zero_write),
	ROW1(MSR_IA32_PLATFORM_ID, false, 0, .read = zero_read,
	     .write = read_only),
	ROW1(MSR_IA32_FEAT_CTL, true, V_FEAT_CTL, .there = hve_vmx_there,
	     .write = hve_feat_ctl_write, .set = hve_feat_ctl_set),
	ROW1(MSR_IA32_SPEC_CTRL, false, 0, .read = spec_ctrl_read,
	     .write = spec_ctrl_write),
	ROW1(MSR_IA32_PRED_CMD, false, 0, .read = write_only,
	     .write = pred_cmd_write),
	ROW1(MSR_IA32_UCODE_WRITE, false, 0, .read = write_only,
	     .write = ucode_write),
	ROW1(MSR_IA32_UCODE_REV, true, V_UCODE_REV, .write = ucode_write,
	     .set = ucode_set),
	ROW1(MSR_PLATFORM_INFO, false, V_PLATFORM_INFO,
	     .there = platform_info_there, .write = read_only,
	     .set = platform_info_set),
	ROW1(MSR_MTRRcap, false, 0, .read = mtrr_cap_read, .write = read_only),
	ROW1(MSR_MISC_FEATURES_ENABLES, false, V_MISC_FEATURES,
	     .write = zero_write),
	ROW1(MSR_IA32_MCG_CAP, false, 0, .read = mcg_cap_read,
	     .write = mcg_cap_write),
	ROW1(MSR_IA32_MCG_STATUS, true, V_MCG_STATUS, .write = mcg_status_write),
	ROW1(MSR_IA32_MCG_CTL, false, V_MCG_CTL, .write = mcg_ctl_write),
	ROW1(MSR_IA32_MISC_ENABLE, true, V_MISC_ENABLE,
	     .write = misc_enable_write, .set = misc_enable_set),
	ROW1(MSR_IA32_POWER_CTL, true, V_POWER_CTL, .write = power_ctl_write),
	ROWN(0x200, 16, true, V_MTRR_VAR, .write = mtrr_var_write),
	ROW1(MSR_MTRRfix64K_00000, true, V_MTRR_FIX64K,
	     .write = mtrr_fix64k_write),
	ROWN(MSR_MTRRfix16K_80000, 2, true, V_MTRR_FIX16K,
	     .write = mtrr_fix16k_write),
	ROWN(MSR_MTRRfix4K_C0000, 8, true, V_MTRR_FIX4K,
	     .write = mtrr_fix4k_write),
	ROWN(MSR_IA32_MC0_CTL2, 32, false, 0, .there = has_cmci,
	     .read = ctl2_read, .write = ctl2_write),
	ROW1(MSR_MTRRdefType, true, V_MTRR_DEF, .write = mtrr_def_write),
	ROWN(MSR_IA32_MC0_CTL, 32 * 4, false, 0, .read = bank_read,
	     .write = bank_write, .set = bank_set),
	VMX_ROW(vmx_basic, MSR_IA32_VMX_BASIC, 1, true),
	VMX_ROW(vmx_plain, MSR_IA32_VMX_PINBASED_CTLS, 4, false),
	VMX_ROW(vmx_misc, MSR_IA32_VMX_MISC, 2, true),
	VMX_ROW(vmx_cr0_fixed1, MSR_IA32_VMX_CR0_FIXED1, 1, false),
	VMX_ROW(vmx_cr4_fixed0, MSR_IA32_VMX_CR4_FIXED0, 1, true),
	VMX_ROW(vmx_cr4_fixed1, MSR_IA32_VMX_CR4_FIXED1, 1, false),
	VMX_ROW(vmx_rest, MSR_IA32_VMX_VMCS_ENUM, 8, true),
	/* no supervisor state */
	ROW1(MSR_IA32_XSS, true, 0, .there = has_xsaves, .read = zero_read,
	     .write = zero_write),
};

const unsigned int hve_msr_nr_arch_rows = ARRAY_SIZE(hve_msr_arch_rows);

static const u32 feature_msrs[] = { MSR_IA32_UCODE_REV, MSR_PLATFORM_INFO };

bool hve_msr_feature_list(unsigned int i, u32 *msr)
{
	if (i >= ARRAY_SIZE(feature_msrs))
		return hve_vmx_feature_list(i - ARRAY_SIZE(feature_msrs), msr);
	*msr = feature_msrs[i];
	return true;
}

int hve_msr_feature_get(u32 msr, u64 *val)
{
	switch (msr) {
	case MSR_IA32_UCODE_REV:
		*val = (u64)boot_cpu_data.microcode << 32;
		return 0;
	case MSR_PLATFORM_INFO:
		*val = 0;
		return 0;
	}
	return hve_vmx_feature_get(msr, val);
}
