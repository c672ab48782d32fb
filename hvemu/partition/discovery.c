// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID leaves, computed from the gates of the rows that exist (TLFS
 * feature-discovery.md).
 */
#include "partition.h"

#include <linux/string.h>

/*
 * SPEC?: nothing says what a hypervisor that is not Microsoft's shall give as
 * its version; guests only print it.  These are of the first one that had
 * everything in our tables.
 */
#define VERSION_BUILD	14393
#define VERSION_MAJOR	10
#define VERSION_MINOR	0

/* How often to try a lock before HvCallNotifyLongSpinWait. */
#define SPIN_COUNT	0xfff

/* Offered without a row of their own. */
static const u8 features_without_row[] = {
	HV_FEATURE_GUEST_DEBUGGING,
	HV_FEATURE_XMM_INPUT,
	HV_FEATURE_XMM_OUTPUT,
	HV_FEATURE_GUEST_IDLE,
	HV_FEATURE_FREQUENCY_MSRS,
	HV_FEATURE_HYPERCALL_MSR_LOCK,
	HV_FEATURE_EXTENDED_GVA_RANGES,
	HV_FEATURE_SINT_POLLING,
	HV_FEATURE_DIRECT_STIMERS,
	HV_ENABLE_EXTENDED_GVA_RANGES,
	HV_HINT_APIC_MSRS,
	HV_HINT_RESET_MSR,
	HV_HINT_DIRECT_LOCAL_FLUSH,	/* MOV to CR3 and CR4 do not exit */
	HV_HINT_RELAXED_TIMING,
	HV_HINT_DEPRECATE_AUTO_EOI,
	HV_FEATURE_NESTED_DIRECT_FLUSH,
};

static u32 word_of(const u32 *gates, unsigned int w)
{
	u32 val = gates[w];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features_without_row); i++)
		if (features_without_row[i] / 32 == w)
			val |= 1u << (features_without_row[i] % 32);
	if (w == HV_FEATURE_NPIEP / 32 && !hve_host_desc_exits_exist())
		val &= ~(1u << (HV_FEATURE_NPIEP % 32));
	return val;
}

/*
 * There, but slower than what the processor does itself: a VMM may recommend
 * them, and that makes the call.
 */
static const u8 hints_not_recommended[] = {
	HV_HINT_ADDRESS_SPACE_SWITCH,
	HV_HINT_LOCAL_FLUSH,
};

static u32 hints(const u32 *gates)
{
	u32 val = word_of(gates, 3);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hints_not_recommended); i++)
		val &= ~(1u << (hints_not_recommended[i] % 32));

	/* an x2APIC EOI that does not exit is cheaper than any register's */
	if (hve_host_eoi_is_free())
		val &= ~(1u << (HV_HINT_APIC_MSRS % 32));
	if (!hve_host_smt_is_possible())
		val |= 1u << (HV_HINT_NO_NONARCH_CORE_SHARING % 32);
	return val;
}

bool hve_discovery_leaf(const u32 *gates, u32 leaf, struct hve_cpuid_regs *out)
{
	memset(out, 0, sizeof(*out));
	switch (leaf) {
	case HV_CPUID_VENDOR_AND_MAX_FUNCTIONS:
		out->eax = HV_CPUID_NESTED_FEATURES;
		out->ebx = HV_CPUID_SIGNATURE_EBX;
		out->ecx = HV_CPUID_SIGNATURE_ECX;
		out->edx = HV_CPUID_SIGNATURE_EDX;
		return true;
	case HV_CPUID_INTERFACE:
		out->eax = HV_CPUID_INTERFACE_HV1;
		return true;
	case HV_CPUID_VERSION:
		out->eax = VERSION_BUILD;
		out->ebx = VERSION_MAJOR << 16 | VERSION_MINOR;
		return true;
	case HV_CPUID_FEATURES:
		out->eax = word_of(gates, 0);
		out->ebx = word_of(gates, 1);
		out->edx = word_of(gates, 2);
		return true;
	case HV_CPUID_ENLIGHTENMENT_INFO:
		out->eax = hints(gates);
		out->ebx = SPIN_COUNT;
		return true;
	case HV_CPUID_IMPLEMENTATION_LIMITS:
		out->eax = HVE_MAX_VPS;
		out->ebx = hve_host_lp_count();
		return true;
	case HV_CPUID_HARDWARE_FEATURES:
		out->eax = HV_HARDWARE_MSR_BITMAPS | HV_HARDWARE_SLAT;
		return true;
	case 0x40000007 ... 0x40000009:
		return true;
	case HV_CPUID_NESTED_FEATURES:
		out->eax = word_of(gates, HV_BIT_NESTED(0) / 32);
		return true;
	case HV_CPUID_VS_VENDOR:
		out->eax = HV_CPUID_VS_PROPERTIES;
		out->ebx = HV_CPUID_SIGNATURE_EBX;
		out->ecx = HV_CPUID_SIGNATURE_ECX;
		out->edx = HV_CPUID_SIGNATURE_EDX;
		return true;
	case HV_CPUID_VS_INTERFACE:
		out->eax = HV_CPUID_VS_INTERFACE_VS1;
		return true;
	case HV_CPUID_VS_PROPERTIES:
		out->eax = word_of(gates, HV_VS_KERNEL_DEBUGGING / 32);
		return true;
	default:
		return false;
	}
}

static const u32 kvm_leaves[] = {
	HV_CPUID_VENDOR_AND_MAX_FUNCTIONS,
	HV_CPUID_INTERFACE,
	HV_CPUID_VERSION,
	HV_CPUID_FEATURES,
	HV_CPUID_ENLIGHTENMENT_INFO,
	HV_CPUID_IMPLEMENTATION_LIMITS,
	HV_CPUID_NESTED_FEATURES,
	HV_CPUID_VS_VENDOR,
	HV_CPUID_VS_INTERFACE,
	HV_CPUID_VS_PROPERTIES,
};

bool hve_discovery_kvm_leaf(const u32 *gates, unsigned int i,
			    struct hve_cpuid_leaf *out)
{
	struct hve_cpuid_regs *regs = &out->regs;

	if (i >= ARRAY_SIZE(kvm_leaves))
		return false;

	out->function = kvm_leaves[i];
	hve_discovery_leaf(gates, out->function, regs);

	switch (out->function) {
	case HV_CPUID_VENDOR_AND_MAX_FUNCTIONS:
		regs->eax = HV_CPUID_VS_PROPERTIES;
		break;
	case HV_CPUID_NESTED_FEATURES:
		/*
		 * KVM's clients expect the bit in every answer.  It promises
		 * nothing without HV_HINT_ENLIGHTENED_VMCS.
		 */
		regs->eax = HV_NESTED_MSR_BITMAP;
		break;
	}
	return true;
}

void hve_discovery_fixup(struct hve_vp *vp, u32 leaf,
			 struct hve_cpuid_regs *regs)
{
	if (leaf == HV_CPUID_VERSION) {
		/*
		 * SPEC?: all printed editions have the version zero until the
		 * guest OS id is set; the online text is silent.
		 */
		if (!READ_ONCE(vp->pt->vtl[0].guest_os_id) &&
		    hve_vp_has(vp, HVE_GATE_HV1))
			memset(regs, 0, sizeof(*regs));
	} else if (leaf == 0x80000007) {
		if (hve_vp_has(vp, HV_ACCESS_TSC_INVARIANT_CONTROLS) &&
		    !(READ_ONCE(vp->pt->tsc_invariant_control) &
		      HV_EXPOSE_INVARIANT_TSC))
			regs->edx &= ~(1u << 8);
	}
}
