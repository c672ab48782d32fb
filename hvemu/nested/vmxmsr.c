// SPDX-License-Identifier: GPL-2.0
/*
 * VMX capability MSRs of L1: what the runtime does, as far as the processor
 * has it.  A capability is offered by being in one of the tables here.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/processor-flags.h>
#include <asm/vmx.h>
#include "vmxmsr.h"
#include "vmcs12.h"

/*
 * Controls.  @must: 1 in every VMCS.  @soft: done without the processor's help.
 * @hard: passed on to vmcs02, so the processor has to have it.  @without_true:
 * what has to be 1 according to the MSR that is not a TRUE one.
 */
static const struct ctl_row {
	u32 msr, plain_msr;
	u32 without_true, must;
	u32 soft, hard;
} ctls[] = {
	{
		.msr = MSR_IA32_VMX_TRUE_PINBASED_CTLS,
		.plain_msr = MSR_IA32_VMX_PINBASED_CTLS,
		.without_true = 0x16,
		.must = 0x16,
		.soft = PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING |
			PIN_BASED_VMX_PREEMPTION_TIMER,
		.hard = PIN_BASED_VIRTUAL_NMIS,
	}, {
		.msr = MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
		.plain_msr = MSR_IA32_VMX_PROCBASED_CTLS,
		.without_true = 0x401e172,
		.must = 0x401e172 & ~(CPU_BASED_CR3_LOAD_EXITING |
				      CPU_BASED_CR3_STORE_EXITING),
		.soft = CPU_BASED_USE_MSR_BITMAPS | CPU_BASED_USE_IO_BITMAPS |
			CPU_BASED_UNCOND_IO_EXITING |
			CPU_BASED_ACTIVATE_SECONDARY_CONTROLS,
		.hard = CPU_BASED_INTR_WINDOW_EXITING |
			CPU_BASED_NMI_WINDOW_EXITING |
			CPU_BASED_USE_TSC_OFFSETTING | CPU_BASED_HLT_EXITING |
			CPU_BASED_INVLPG_EXITING | CPU_BASED_MWAIT_EXITING |
			CPU_BASED_RDPMC_EXITING | CPU_BASED_RDTSC_EXITING |
			CPU_BASED_CR3_LOAD_EXITING | CPU_BASED_CR3_STORE_EXITING |
			CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING |
			CPU_BASED_TPR_SHADOW | CPU_BASED_MOV_DR_EXITING |
			CPU_BASED_MONITOR_TRAP_FLAG | CPU_BASED_MONITOR_EXITING |
			CPU_BASED_PAUSE_EXITING,
	}, {
		.msr = MSR_IA32_VMX_PROCBASED_CTLS2,
		.soft = SECONDARY_EXEC_SHADOW_VMCS,
		.hard = SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_DESC |
			SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_ENABLE_VPID |
			SECONDARY_EXEC_WBINVD_EXITING |
			SECONDARY_EXEC_UNRESTRICTED_GUEST |
			SECONDARY_EXEC_RDRAND_EXITING |
			SECONDARY_EXEC_RDSEED_EXITING |
			SECONDARY_EXEC_ENABLE_INVPCID |
			SECONDARY_EXEC_ENABLE_XSAVES |
			SECONDARY_EXEC_TSC_SCALING,
	}, {
		.msr = MSR_IA32_VMX_TRUE_EXIT_CTLS,
		.plain_msr = MSR_IA32_VMX_EXIT_CTLS,
		.without_true = 0x36dff,
		.must = 0x36dff & ~VM_EXIT_SAVE_DEBUG_CONTROLS,
		.soft = VM_EXIT_SAVE_DEBUG_CONTROLS | VM_EXIT_HOST_ADDR_SPACE_SIZE |
			VM_EXIT_ACK_INTR_ON_EXIT | VM_EXIT_SAVE_IA32_PAT |
			VM_EXIT_LOAD_IA32_PAT | VM_EXIT_SAVE_IA32_EFER |
			VM_EXIT_LOAD_IA32_EFER | VM_EXIT_SAVE_VMX_PREEMPTION_TIMER,
	}, {
		.msr = MSR_IA32_VMX_TRUE_ENTRY_CTLS,
		.plain_msr = MSR_IA32_VMX_ENTRY_CTLS,
		.without_true = 0x11ff,
		.must = 0x11ff & ~VM_ENTRY_LOAD_DEBUG_CONTROLS,
		.soft = VM_ENTRY_LOAD_DEBUG_CONTROLS | VM_ENTRY_IA32E_MODE |
			VM_ENTRY_LOAD_IA32_PAT | VM_ENTRY_LOAD_IA32_EFER,
	},
};

#define BASIC_HARD	VMX_BASIC_INOUT
#define BASIC_FEATURES	(VMX_BASIC_DUAL_MONITOR_TREATMENT | VMX_BASIC_INOUT | \
			 VMX_BASIC_TRUE_CTLS | BIT_ULL(56))
#define BASIC_RSVD	(GENMASK_ULL(63, 57) | GENMASK_ULL(47, 45) | BIT_ULL(31))
#define BASIC_REVISION(v) ((v) & GENMASK_ULL(30, 0))
#define BASIC_SIZE(v)	((v) >> 32 & 0x1fff)
#define BASIC_MEMTYPE(v) ((v) >> 50 & 0xf)
#define MEMTYPE_WB	6ull

#define MISC_SOFT	(VMX_MISC_SAVE_EFER_LMA | VMX_MISC_ACTIVITY_HLT | \
			 VMX_MISC_VMWRITE_SHADOW_RO_FIELDS | \
			 HVE_NESTED_PREEMPT_SHIFT)
#define MISC_FEATURES	(VMX_MISC_SAVE_EFER_LMA | GENMASK_ULL(8, 6) | \
			 GENMASK_ULL(15, 14) | GENMASK_ULL(30, 28))
#define MISC_RSVD	(BIT_ULL(31) | GENMASK_ULL(13, 9))
#define MISC_SHIFT(v)	((v) & 0x1f)
#define MISC_CR3_TARGETS(v) ((v) >> 16 & 0x1ff)
#define MISC_MAX_MSRS(v) ((v) >> 25 & 7)
#define MISC_MSEG(v)	((v) >> 32)

#define EPT_HARD	(VMX_EPT_EXECUTE_ONLY_BIT | VMX_EPT_PAGE_WALK_4_BIT | \
			 VMX_EPTP_WB_BIT)
#define EPT_SOFT	(VMX_EPT_2MB_PAGE_BIT | VMX_EPT_1GB_PAGE_BIT | \
			 VMX_EPT_INVEPT_BIT | VMX_EPT_EXTENT_CONTEXT_BIT | \
			 VMX_EPT_EXTENT_GLOBAL_BIT)
#define VPID_SOFT	(VMX_VPID_INVVPID_BIT | \
			 VMX_VPID_EXTENT_INDIVIDUAL_ADDR_BIT | \
			 VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT | \
			 VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT | \
			 VMX_VPID_EXTENT_SINGLE_NON_GLOBAL_BIT)

static u64 *slot(struct hve_nested_caps *caps, u32 msr)
{
	return &caps->msr[msr - MSR_IA32_VMX_BASIC];
}

static u64 host_msr(const u64 *host, u32 msr)
{
	return host[msr - MSR_IA32_VMX_BASIC];
}

void hve_caps_init(struct hve_nested_caps *max, const u64 *host)
{
	unsigned int i;

	for (i = 0; i < HVE_NR_VMX_MSRS; i++)
		max->msr[i] = 0;
	for (i = 0; i < ARRAY_SIZE(ctls); i++) {
		const struct ctl_row *c = &ctls[i];
		u32 may = host_msr(host, c->msr) >> 32;

		may = (may & c->hard) | c->soft | c->must;
		*slot(max, c->msr) = (u64)may << 32 | c->must;
	}
	*slot(max, MSR_IA32_VMX_BASIC) =
		VMCS12_REVISION | (u64)VMCS12_SIZE << 32 | MEMTYPE_WB << 50 |
		VMX_BASIC_TRUE_CTLS |
		(host_msr(host, MSR_IA32_VMX_BASIC) & BASIC_HARD);
	*slot(max, MSR_IA32_VMX_MISC) = MISC_SOFT;
	*slot(max, MSR_IA32_VMX_CR0_FIXED0) = X86_CR0_PE | X86_CR0_NE | X86_CR0_PG;
	*slot(max, MSR_IA32_VMX_CR0_FIXED1) = 0xffffffff;
	*slot(max, MSR_IA32_VMX_CR4_FIXED0) = X86_CR4_VMXE;
	*slot(max, MSR_IA32_VMX_CR4_FIXED1) =
		host_msr(host, MSR_IA32_VMX_CR4_FIXED1);
	if (hve_caps_may(max, MSR_IA32_VMX_PROCBASED_CTLS2) &
	    SECONDARY_EXEC_ENABLE_EPT)
		*slot(max, MSR_IA32_VMX_EPT_VPID_CAP) |= EPT_SOFT |
			(host_msr(host, MSR_IA32_VMX_EPT_VPID_CAP) & EPT_HARD);
	if (hve_caps_may(max, MSR_IA32_VMX_PROCBASED_CTLS2) &
	    SECONDARY_EXEC_ENABLE_VPID)
		*slot(max, MSR_IA32_VMX_EPT_VPID_CAP) |= (u64)VPID_SOFT << 32;
	*slot(max, MSR_IA32_VMX_VMCS_ENUM) = (u64)hve_vmcs12_max_index(max) << 1;
}

void hve_caps_cr4(struct hve_nested_caps *caps,
		  const struct hve_nested_caps *max, u64 valid)
{
	*slot(caps, MSR_IA32_VMX_CR4_FIXED1) =
		hve_caps_get(max, MSR_IA32_VMX_CR4_FIXED1) & valid;
}

static const struct ctl_row *ctl_by_plain(u32 msr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ctls); i++)
		if (ctls[i].plain_msr == msr)
			return &ctls[i];
	return NULL;
}

u64 hve_caps_read(const struct hve_nested_caps *caps, u32 msr)
{
	const struct ctl_row *c = ctl_by_plain(msr);

	if (c)
		return hve_caps_get(caps, c->msr) | c->without_true;
	return hve_caps_get(caps, msr);
}

/* Does @val have no bit of @mask that @all has not? */
static bool subset(u64 val, u64 all, u64 mask)
{
	return !(val & ~all & mask);
}

static bool basic_is_valid(u64 val, u64 max)
{
	return subset(val, max, BASIC_FEATURES | BASIC_RSVD) &&
	       !(val & VMX_BASIC_32BIT_PHYS_ADDR_ONLY) &&
	       BASIC_REVISION(val) == BASIC_REVISION(max) &&
	       BASIC_SIZE(val) >= BASIC_SIZE(max) && BASIC_SIZE(val) <= 0x1000 &&
	       BASIC_MEMTYPE(val) == BASIC_MEMTYPE(max);
}

static bool misc_is_valid(u64 val, u64 max, bool timer)
{
	return subset(val, max, MISC_FEATURES | MISC_RSVD) &&
	       (!timer || MISC_SHIFT(val) == MISC_SHIFT(max)) &&
	       MISC_CR3_TARGETS(val) <= MISC_CR3_TARGETS(max) &&
	       MISC_MAX_MSRS(val) <= MISC_MAX_MSRS(max) &&
	       MISC_MSEG(val) == MISC_MSEG(max);
}

static bool is_valid(const struct hve_nested_caps *caps, u32 msr, u64 val,
		     u64 max)
{
	switch (msr) {
	case MSR_IA32_VMX_BASIC:
		return basic_is_valid(val, max);
	case MSR_IA32_VMX_TRUE_PINBASED_CTLS:
	case MSR_IA32_VMX_TRUE_PROCBASED_CTLS:
	case MSR_IA32_VMX_TRUE_EXIT_CTLS:
	case MSR_IA32_VMX_TRUE_ENTRY_CTLS:
	case MSR_IA32_VMX_PROCBASED_CTLS2:
		return subset(max, val, GENMASK_ULL(31, 0)) &&
		       subset(val, max, GENMASK_ULL(63, 32));
	case MSR_IA32_VMX_MISC:
		return misc_is_valid(val, max,
				     hve_caps_may(caps, MSR_IA32_VMX_TRUE_PINBASED_CTLS) &
				     PIN_BASED_VMX_PREEMPTION_TIMER);
	case MSR_IA32_VMX_CR0_FIXED0:
	case MSR_IA32_VMX_CR4_FIXED0:
		return subset(max, val, ~0ull);
	case MSR_IA32_VMX_EPT_VPID_CAP:
	case MSR_IA32_VMX_VMFUNC:
		return subset(val, max, ~0ull);
	case MSR_IA32_VMX_VMCS_ENUM:
		return true;	/* nothing depends on it */
	}
	return false;
}

int hve_caps_write(struct hve_nested_caps *caps,
		   const struct hve_nested_caps *max, u32 msr, u64 val)
{
	if (!hve_caps_is_msr(msr) ||
	    !is_valid(caps, msr, val, hve_caps_get(max, msr)))
		return -EINVAL;
	*slot(caps, msr) = val;
	return 0;
}
