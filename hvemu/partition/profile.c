// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles: the CPUID leaves of a hypervisor of one edition of the TLFS, as far
 * as the rows have it.  A guest that was made for an old one finds nothing that
 * it does not know.
 */
#include "partition.h"

#include <linux/string.h>

/*
 * SPEC?: there is no text of the editions between 2.0 and 5.0.  What came in
 * between is 5.0's here, but for what guests use on the hosts of that time.
 */
#define V2	HVE_PROFILE_V2
#define V3	HVE_PROFILE_V3
#define V4	HVE_PROFILE_V4
#define V5	HVE_PROFILE_V5
#define V6	HVE_PROFILE_V6
#define NOW	HVE_PROFILE_CURRENT	/* in headers, or online, only */

/**
 * struct profile_bit - since when, and on what condition, a bit may be set
 * @bit: number of hv_discovery.h
 * @since: level
 * @needs: HVE_PROFILE_*: what the VMM has to serve
 */
struct profile_bit {
	u8 bit;
	u8 since;
	u8 needs;
};

static const struct profile_bit profile_bits[] = {
	{ HV_ACCESS_HYPERCALL_MSRS, HVE_PROFILE_MINIMAL },
	{ HV_ACCESS_VP_INDEX, HVE_PROFILE_MINIMAL },
	{ HV_ACCESS_VP_RUN_TIME, V2 },
	{ HV_ACCESS_PARTITION_REFERENCE_COUNTER, V2 },
	{ HV_ACCESS_SYNIC_REGS, V2 },
	{ HV_ACCESS_SYNTHETIC_TIMER_REGS, V2 },
	{ HV_ACCESS_INTR_CTRL_REGS, V2 },
	{ HV_ACCESS_RESET, V2 },
	{ HV_ACCESS_STATS, V2 },
	{ HV_ACCESS_PARTITION_REFERENCE_TSC, V2 },
	{ HV_ACCESS_GUEST_IDLE, V2 },
	{ HV_ACCESS_FREQUENCY_REGS, V3 },
	{ HV_ACCESS_REENLIGHTENMENT, V5 },
	{ HV_ACCESS_TSC_INVARIANT_CONTROLS, NOW },
	{ HV_POST_MESSAGES, V2 },
	{ HV_SIGNAL_EVENTS, V2 },
	{ HV_CONNECT_PORT, V2 },
	{ HV_DEBUGGING, V2, HVE_PROFILE_DEBUGGER },
	{ HV_ENABLE_EXTENDED_GVA_RANGES, NOW },
	{ HV_ACCESS_VP_REGISTERS, V5 },
	{ HV_ENABLE_EXTENDED_HYPERCALLS, V5, HVE_PROFILE_EXTENDED_CALLS },
	{ HV_START_VIRTUAL_PROCESSOR, V5 },
	{ HV_FEATURE_GUEST_DEBUGGING, V2, HVE_PROFILE_DEBUGGER },
	{ HV_FEATURE_XMM_INPUT, V2 },
	{ HV_FEATURE_GUEST_IDLE, V2 },
	{ HV_FEATURE_FREQUENCY_MSRS, V3 },
	{ HV_FEATURE_GUEST_CRASH_MSRS, V4 },
	{ HV_FEATURE_DEBUG_MSRS, V5, HVE_PROFILE_DEBUGGER },
	{ HV_FEATURE_NPIEP, V5 },
	{ HV_FEATURE_EXTENDED_GVA_RANGES, V5 },
	{ HV_FEATURE_XMM_OUTPUT, V5 },
	{ HV_FEATURE_SINT_POLLING, V5 },
	{ HV_FEATURE_HYPERCALL_MSR_LOCK, V5 },
	{ HV_FEATURE_DIRECT_STIMERS, V5 },
	{ HV_FEATURE_STIME_UNHALTED, V6 },
	{ HV_HINT_ADDRESS_SPACE_SWITCH, V2 },
	{ HV_HINT_LOCAL_FLUSH, V2 },
	{ HV_HINT_REMOTE_FLUSH, V2 },
	{ HV_HINT_APIC_MSRS, V2 },
	{ HV_HINT_RESET_MSR, V2 },
	{ HV_HINT_RELAXED_TIMING, V2 },
	{ HV_HINT_DEPRECATE_AUTO_EOI, V5 },
	{ HV_HINT_CLUSTER_IPI, V5 },
	{ HV_HINT_EX_PROCESSOR_MASKS, V5 },
	{ HV_HINT_DIRECT_LOCAL_FLUSH, V5 },
	{ HV_HINT_NO_NONARCH_CORE_SHARING, V5 },
	{ HV_VS_KERNEL_DEBUGGING, V5, HVE_PROFILE_DEBUGGER },
};

/* Levels, with the system identity of the hosts that were of them. */
static const struct {
	u8 level;
	u8 major, minor;
	u16 build;
	u32 last_leaf;
} levels[] = {
	{ HVE_PROFILE_MINIMAL, 0, 0, 0, HV_CPUID_IMPLEMENTATION_LIMITS },
	{ V2, 6, 1, 7600, HV_CPUID_HARDWARE_FEATURES },
	{ V3, 6, 2, 9200, HV_CPUID_HARDWARE_FEATURES },
	{ V4, 6, 3, 9600, HV_CPUID_HARDWARE_FEATURES },
	{ V5, 10, 0, 14393, HV_CPUID_NESTED_FEATURES },
	{ V6, 10, 0, 17763, HV_CPUID_NESTED_FEATURES },
	{ NOW, 10, 0, 20348, HV_CPUID_NESTED_FEATURES },
};

static int level_row(u32 level)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(levels); i++)
		if (levels[i].level == level)
			return i;
	return -1;
}

bool hve_profile_is_valid(const struct hve_profile *p)
{
	return level_row(p->level) >= 0 && p->nr_vps <= HVE_MAX_VPS &&
	       !(p->flags & ~(HVE_PROFILE_DEBUGGER |
			      HVE_PROFILE_EXTENDED_CALLS |
			      HVE_PROFILE_UNLIMITED_VPS));
}

/* What has no row above is of the current level. */
static u32 word_mask(const struct hve_profile *p, unsigned int w)
{
	u32 mask = p->level == NOW ? ~0u : 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(profile_bits); i++) {
		const struct profile_bit *b = &profile_bits[i];

		if (b->bit / 32 != w)
			continue;
		if (b->since <= p->level && !(b->needs & ~p->flags))
			mask |= 1u << (b->bit % 32);
		else
			mask &= ~(1u << (b->bit % 32));
	}
	return mask;
}

bool hve_profile_knows(unsigned int bit)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(profile_bits); i++)
		if (profile_bits[i].bit == bit)
			return true;
	return false;
}

/* Can a call name all VPs by a mask of 64 bits? */
static bool masks_are_wide(const struct hve_profile *p)
{
	return p->level >= V5;
}

static bool vps_unlimited(const struct hve_profile *p)
{
	return (p->flags & HVE_PROFILE_UNLIMITED_VPS) ||
	       (p->nr_vps > 64 && !masks_are_wide(p));
}

static void hints_leaf(const struct hve_profile *p, struct hve_cpuid_regs *out)
{
	out->eax &= word_mask(p, 3);
	/*
	 * Requirements, "Maximum Supported Virtual Processors": with -1 there
	 * the flushes whose mask has 64 bits must not be recommended.
	 */
	if (vps_unlimited(p))
		out->eax &= ~(1u << (HV_HINT_LOCAL_FLUSH % 32) |
			      1u << (HV_HINT_REMOTE_FLUSH % 32));
	if (p->level < V2)
		out->ebx = 0;
	if (p->level >= V5)
		out->ecx = hve_host_phys_bits();
}

static void limits_leaf(const struct hve_profile *p, struct hve_cpuid_regs *out)
{
	if (vps_unlimited(p))
		out->eax = ~0u;
	else if (!masks_are_wide(p))
		out->eax = p->level < V2 ? 0 : 64;
	if (p->level < V2)
		out->ebx = 0;
}

static u32 last_leaf(const struct hve_profile *p)
{
	return (p->flags & HVE_PROFILE_DEBUGGER) && p->level >= V5 ?
	       HV_CPUID_VS_PROPERTIES : levels[level_row(p->level)].last_leaf;
}

static void leaf_of_level(const struct hve_profile *p, u32 leaf,
			  struct hve_cpuid_regs *out)
{
	int row = level_row(p->level);

	switch (leaf) {
	case HV_CPUID_VENDOR_AND_MAX_FUNCTIONS:
		out->eax = last_leaf(p);
		break;
	case HV_CPUID_VERSION:
		out->eax = levels[row].build;
		out->ebx = levels[row].major << 16 | levels[row].minor;
		break;
	case HV_CPUID_FEATURES:
		out->eax &= word_mask(p, 0);
		out->ebx &= word_mask(p, 1);
		out->edx &= word_mask(p, 2);
		break;
	case HV_CPUID_ENLIGHTENMENT_INFO:
		hints_leaf(p, out);
		break;
	case HV_CPUID_IMPLEMENTATION_LIMITS:
		limits_leaf(p, out);
		break;
	case HV_CPUID_HARDWARE_FEATURES:
		if (p->level == NOW)
			out->eax |= HV_HARDWARE_UNRESTRICTED_GUEST;
		break;
	}
}

bool hve_profile_leaf(const u32 *gates, const struct hve_profile *p,
		      unsigned int i, struct hve_cpuid_leaf *out)
{
	u32 leaf, last = levels[level_row(p->level)].last_leaf;

	leaf = HV_CPUID_VENDOR_AND_MAX_FUNCTIONS + i;
	if (leaf > last)
		leaf += HV_CPUID_VS_VENDOR - last - 1;
	if (leaf > last_leaf(p))
		return false;
	out->function = leaf;
	hve_discovery_leaf(gates, leaf, &out->regs);
	leaf_of_level(p, leaf, &out->regs);
	return true;
}
