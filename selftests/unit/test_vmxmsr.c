// SPDX-License-Identifier: GPL-2.0
/* nested/vmxmsr.c: what L1 is offered, and what a VMM may take away from it */
#include "harness.h"
#include "hvemu/nested/vmcs12.h"
#include "hvemu/nested/vmxmsr.h"

#include <asm/vmx.h>
#include <errno.h>
#include <linux/string.h>

static struct hve_nested_caps max, caps;
static u64 host[HVE_NR_VMX_MSRS];

static void setup(u64 all)
{
	unsigned int i;

	for (i = 0; i < HVE_NR_VMX_MSRS; i++)
		host[i] = all;
	hve_caps_init(&max, host);
	caps = max;
}

static const u32 ctl_msrs[] = {
	MSR_IA32_VMX_TRUE_PINBASED_CTLS, MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
	MSR_IA32_VMX_TRUE_EXIT_CTLS, MSR_IA32_VMX_TRUE_ENTRY_CTLS,
	MSR_IA32_VMX_PROCBASED_CTLS2,
};

TEST(what_must_be_1_may_be_1)
{
	unsigned int i, all;

	for (all = 0; all < 2; all++) {
		setup(all ? ~0ull : 0);
		for (i = 0; i < ARRAY_SIZE(ctl_msrs); i++)
			CHECK(!(hve_caps_must(&caps, ctl_msrs[i]) &
				~hve_caps_may(&caps, ctl_msrs[i])));
	}
}

TEST(only_what_the_processor_has)
{
	setup(0);
	/* that is done without one */
	CHECK_EQ(hve_caps_get(&caps, MSR_IA32_VMX_PROCBASED_CTLS2),
		 (u64)SECONDARY_EXEC_SHADOW_VMCS << 32);
	CHECK_EQ(hve_caps_get(&caps, MSR_IA32_VMX_EPT_VPID_CAP), 0);
	CHECK(!(hve_caps_may(&caps, MSR_IA32_VMX_TRUE_PROCBASED_CTLS) &
		CPU_BASED_TPR_SHADOW));
	CHECK(!(hve_caps_get(&caps, MSR_IA32_VMX_BASIC) & VMX_BASIC_INOUT));
	setup(~0ull);
	CHECK(hve_caps_may(&caps, MSR_IA32_VMX_PROCBASED_CTLS2) &
	      SECONDARY_EXEC_ENABLE_EPT);
	CHECK(hve_caps_may(&caps, MSR_IA32_VMX_TRUE_PROCBASED_CTLS) &
	      CPU_BASED_TPR_SHADOW);
	CHECK(hve_caps_get(&caps, MSR_IA32_VMX_BASIC) & VMX_BASIC_INOUT);
}

TEST(never_what_the_runtime_has_not)
{
	setup(~0ull);
	CHECK(!(hve_caps_may(&caps, MSR_IA32_VMX_TRUE_PINBASED_CTLS) &
		PIN_BASED_POSTED_INTR));
	CHECK(!(hve_caps_may(&caps, MSR_IA32_VMX_PROCBASED_CTLS2) &
		(SECONDARY_EXEC_ENABLE_VMFUNC | SECONDARY_EXEC_ENABLE_PML |
		 SECONDARY_EXEC_EPT_VIOLATION_VE | SECONDARY_EXEC_PAUSE_LOOP_EXITING |
		 SECONDARY_EXEC_ENCLS_EXITING)));
	CHECK_EQ(hve_caps_get(&caps, MSR_IA32_VMX_VMFUNC), 0);
	CHECK(!(hve_caps_get(&caps, MSR_IA32_VMX_EPT_VPID_CAP) &
		VMX_EPT_PAGE_WALK_5_BIT));
	CHECK_EQ(hve_caps_get(&caps, MSR_IA32_VMX_MISC) >> 16 & 0x1ff, 0);
}

TEST(basic_says_what_vmcs12_is)
{
	u64 basic;

	setup(0);
	basic = hve_caps_read(&caps, MSR_IA32_VMX_BASIC);
	CHECK_EQ(basic & 0x7fffffff, VMCS12_REVISION);
	CHECK_EQ(basic >> 31 & 1, 0);
	CHECK_EQ(basic >> 32 & 0x1fff, VMCS12_SIZE);
	CHECK_EQ(basic >> 50 & 15, 6);
	CHECK(basic & VMX_BASIC_TRUE_CTLS);
	CHECK_EQ(hve_caps_read(&caps, MSR_IA32_VMX_VMCS_ENUM) >> 1,
		 hve_vmcs12_max_index(&caps));
	CHECK_EQ(hve_caps_read(&caps, MSR_IA32_VMX_MISC) & 0x1f,
		 HVE_NESTED_PREEMPT_SHIFT);
}

TEST(controls_without_true)
{
	setup(~0ull);
	CHECK_EQ(hve_caps_read(&caps, MSR_IA32_VMX_PROCBASED_CTLS),
		 hve_caps_read(&caps, MSR_IA32_VMX_TRUE_PROCBASED_CTLS) |
		 CPU_BASED_CR3_LOAD_EXITING | CPU_BASED_CR3_STORE_EXITING);
	CHECK_EQ((u32)hve_caps_read(&caps, MSR_IA32_VMX_EXIT_CTLS), 0x36dff);
	CHECK_EQ((u32)hve_caps_read(&caps, MSR_IA32_VMX_TRUE_EXIT_CTLS), 0x36dfb);
	CHECK_EQ((u32)hve_caps_read(&caps, MSR_IA32_VMX_ENTRY_CTLS), 0x11ff);
	CHECK_EQ((u32)hve_caps_read(&caps, MSR_IA32_VMX_PINBASED_CTLS), 0x16);
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_EXIT_CTLS,
			     hve_caps_read(&caps, MSR_IA32_VMX_EXIT_CTLS)));
}

/* Each bit of @mask can be changed towards less, and back; none towards more. */
static void check_bits(u32 msr, u64 mask, bool set_is_less)
{
	u64 val = hve_caps_read(&max, msr);
	unsigned int i;

	for (i = 0; i < 64; i++) {
		u64 bit = 1ull << i;
		bool is_more = !(val & bit) != set_is_less;

		if (!(mask & bit))
			continue;
		CHECK_EQ(hve_caps_write(&caps, &max, msr, val ^ bit),
			 is_more ? -EINVAL : 0);
		CHECK_EQ(hve_caps_read(&caps, msr), is_more ? val : val ^ bit);
		CHECK_EQ(hve_caps_write(&caps, &max, msr, val), 0);
	}
}

TEST(bits_can_be_taken_away_and_given_back)
{
	unsigned int i;

	setup(~0ull);
	for (i = 0; i < ARRAY_SIZE(ctl_msrs); i++) {
		check_bits(ctl_msrs[i], 0xffffffff00000000, false);
		check_bits(ctl_msrs[i], 0xffffffff, true);
	}
	check_bits(MSR_IA32_VMX_EPT_VPID_CAP, ~0ull, false);
	check_bits(MSR_IA32_VMX_VMFUNC, ~0ull, false);
	check_bits(MSR_IA32_VMX_CR0_FIXED0, ~0ull, true);
	check_bits(MSR_IA32_VMX_CR4_FIXED0, ~0ull, true);
	check_bits(MSR_IA32_VMX_BASIC, 0xffull << 56 | 3ull << 54 | 1ull << 49 |
		   7ull << 45 | 1ull << 31, false);
	check_bits(MSR_IA32_VMX_MISC, 0xf000fe20, false);
}

TEST(fields_that_are_numbers)
{
	u64 basic, misc;

	setup(~0ull);
	basic = hve_caps_read(&max, MSR_IA32_VMX_BASIC);
	misc = hve_caps_read(&max, MSR_IA32_VMX_MISC);
	/* another revision, 32-bit addresses, another memory type, smaller */
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_BASIC, basic ^ 1));
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_BASIC, basic | 1ull << 48));
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_BASIC, basic ^ 6ull << 50));
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_BASIC,
			     basic - (1ull << 32)));
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_BASIC,
			     basic + (1ull << 32)));
	/* another timer, CR3 targets, longer lists, MSEG */
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_MISC, misc ^ 1));
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_MISC, misc | 1 << 16));
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_MISC, misc | 1 << 25));
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_MISC, misc | 1ull << 32));
	/* without the timer its rate says nothing */
	CHECK_EQ(hve_caps_write(&caps, &max, MSR_IA32_VMX_TRUE_PINBASED_CTLS,
				hve_caps_get(&max, MSR_IA32_VMX_TRUE_PINBASED_CTLS) &
				~((u64)PIN_BASED_VMX_PREEMPTION_TIMER << 32)), 0);
	CHECK_EQ(hve_caps_write(&caps, &max, MSR_IA32_VMX_MISC, misc ^ 1), 0);
	CHECK_EQ(hve_caps_write(&caps, &max, MSR_IA32_VMX_VMCS_ENUM, ~0ull), 0);
	CHECK_EQ(hve_caps_read(&caps, MSR_IA32_VMX_VMCS_ENUM), ~0ull);
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_BASIC - 1, 0));
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_VMFUNC + 1, 0));
}

TEST(cpuid_decides_over_cr4)
{
	setup(~0ull);
	hve_caps_cr4(&caps, &max, 0x2020);
	CHECK_EQ(hve_caps_read(&caps, MSR_IA32_VMX_CR4_FIXED1), 0x2020);
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_CR4_FIXED1, 0x2000));
	CHECK(hve_caps_write(&caps, &max, MSR_IA32_VMX_CR0_FIXED1, ~0u));
}
