// SPDX-License-Identifier: GPL-2.0
/* tlfs.c: the synthetic MSR table, windows, save and restore */
#include "fake_host.h"
#include "hvemu/partition/partition.h"

TEST(numbers_without_a_row_fault)
{
	u64 val;
	u32 msr;

	setup();
	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, 0x40000030, &val), HVE_GP);
	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, 0x4000011f, &val), HVE_GP);
	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, 0x40000120, &val), HVE_GP);
	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, 0x400010ff, &val), HVE_GP);
	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, 0, &val), HVE_GP);
	CHECK_EQ(wr(0x3fffffff, 0), HVE_GP);
	CHECK_EQ(hve_tlfs_msr_get(&vp[0], 0x40000030, &val), -ENOENT);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], 0x40000030, 0), -ENOENT);
	for (msr = 0x40000000; msr < 0x40001100; msr += 7)
		CHECK(hve_tlfs_msr_is_ours(msr));
	CHECK(!hve_tlfs_msr_is_ours(0x40001100));
	teardown();
}

TEST(list_holds_what_can_be_saved)
{
	unsigned int i;
	u64 val;
	u32 msr;

	setup();
	for (i = 0; hve_tlfs_msr_list(i, &msr); i++) {
		CHECK_EQ(hve_tlfs_msr_get(&vp[0], msr, &val), 0);
		CHECK_EQ(hve_tlfs_msr_set(&vp[0], msr, val), 0);
	}
	CHECK(i >= 15);
	/* state of these is the LAPIC's */
	CHECK_EQ(hve_tlfs_msr_get(&vp[0], HV_X64_MSR_EOI, &val), -ENOENT);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_ICR, 0), -ENOENT);
	teardown();
}

TEST(missing_privilege_is_gp_not_more_trap_51)
{
	static const struct {
		u32 msr;
		u8 gate;
		bool wo;
	} t[] = {
		{ HV_X64_MSR_GUEST_OS_ID, 5 }, { HV_X64_MSR_HYPERCALL, 5 },
		{ HV_X64_MSR_VP_INDEX, 6 }, { HV_X64_MSR_RESET, 7 },
		{ HV_X64_MSR_VP_RUNTIME, 0 }, { HV_X64_MSR_TIME_REF_COUNT, 1 },
		{ HV_X64_MSR_REFERENCE_TSC, 9 },
		{ HV_X64_MSR_TSC_FREQUENCY, 11 },
		{ HV_X64_MSR_APIC_FREQUENCY, 11 },
		{ HV_X64_MSR_EOI, 4, true }, { HV_X64_MSR_ICR, 4 },
		{ HV_X64_MSR_TPR, 4 }, { HV_X64_MSR_VP_ASSIST_PAGE, 4 },
		{ HV_X64_MSR_CRASH_P0, 64 + 10 },
		{ HV_X64_MSR_CRASH_CTL, 64 + 10 },
		{ HV_X64_MSR_TSC_INVARIANT_CONTROL, 15 },
	};
	unsigned int i;
	u64 val;

	setup();
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		take_gate(&vp[0], t[i].gate);
		CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, t[i].msr, &val), HVE_GP);
		CHECK_EQ(wr(t[i].msr, 0), HVE_GP);
		give_cpuid(&vp[0]);
		CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, t[i].msr, &val),
			 t[i].wo ? HVE_GP : HVE_NO_FAULT);
	}
	teardown();
}

TEST(read_only_registers_fault_on_write_trap_51)
{
	static const u32 ro[] = {
		HV_X64_MSR_VP_INDEX, HV_X64_MSR_VP_RUNTIME,
		HV_X64_MSR_TIME_REF_COUNT, HV_X64_MSR_TSC_FREQUENCY,
		HV_X64_MSR_APIC_FREQUENCY,
	};
	unsigned int i;

	setup();
	for (i = 0; i < sizeof(ro) / sizeof(ro[0]); i++)
		CHECK_EQ(wr(ro[i], 1), HVE_GP);
	teardown();
}

TEST(in_a_window_what_must_sleep_goes_outside)
{
	static const u32 outside[] = {
		HV_X64_MSR_GUEST_OS_ID, HV_X64_MSR_HYPERCALL, HV_X64_MSR_RESET,
		HV_X64_MSR_REFERENCE_TSC, HV_X64_MSR_VP_ASSIST_PAGE,
		HV_X64_MSR_CRASH_CTL,
	};
	unsigned int i;
	u64 val;
	u32 msr;

	setup();
	fake.window = true;
	shim_may_not_sleep = true;
	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		CHECK_EQ(wr(outside[i], 1), HVE_OUTSIDE);
	/* all reads, and the hot writes, are for the window */
	for (i = 0; hve_tlfs_msr_list(i, &msr); i++)
		CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, msr, &val),
			 HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_EOI, 0), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_TPR, 0x20), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_ICR, 0x40), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_CRASH_P0, 0), HVE_NO_FAULT);
	/* a fault needs no context */
	take_gate(&vp[0], HV_ACCESS_HYPERCALL_MSRS);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 1), HVE_GP);
	teardown();
}

/* Registers saved from one partition and set in another, in any order. */
static void restore_test(bool backwards)
{
	static const u32 msr[] = {
		HV_X64_MSR_GUEST_OS_ID, HV_X64_MSR_HYPERCALL,
		HV_X64_MSR_REFERENCE_TSC, HV_X64_MSR_VP_ASSIST_PAGE,
		HV_X64_MSR_CRASH_P0 + 2, HV_X64_MSR_TSC_INVARIANT_CONTROL,
	};
	enum { N = sizeof(msr) / sizeof(msr[0]) };
	u64 val[N], got;
	unsigned int i;

	setup();
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x6003);
	wr(HV_X64_MSR_REFERENCE_TSC, 0x8001);
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	wr(HV_X64_MSR_CRASH_P0 + 2, 22);
	wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 1);
	for (i = 0; i < N; i++)
		CHECK_EQ(hve_tlfs_msr_get(&vp[0], msr[i], &val[i]), 0);
	teardown();

	setup();
	for (i = 0; i < N; i++)
		CHECK_EQ(hve_tlfs_msr_set(&vp[0],
					  msr[backwards ? N - 1 - i : i],
					  val[backwards ? N - 1 - i : i]), 0);
	for (i = 0; i < N; i++) {
		CHECK_EQ(hve_tlfs_msr_get(&vp[0], msr[i], &got), 0);
		CHECK_EQ(got, val[i]);
	}
	CHECK_EQ(guest_read64(0x6000) & 0xffffffff, 0xc3c1010f);
	CHECK((u32)guest_read64(0x8000));
	CHECK_EQ(fake.nr_maps, 3);
	CHECK(hve_tlfs_hypercall_enabled(&vp[0]));
	/* locked for the guest, not for the VMM */
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x9001), HVE_GP);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_HYPERCALL, 0), 0);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_GUEST_OS_ID, 0), 0);
	teardown();
}

TEST(restore_in_order)
{
	restore_test(false);
}

TEST(restore_in_reverse_order)
{
	restore_test(true);
}

TEST(registers_can_be_set_without_privileges)
{
	u64 val;

	setup();
	hve_tlfs_cpuid_leaf(&vp[0], ~0u, NULL);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_GUEST_OS_ID, 5), 0);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_HYPERCALL, 0x6001), 0);
	CHECK_EQ(hve_tlfs_msr_get(&vp[0], HV_X64_MSR_HYPERCALL, &val), 0);
	CHECK_EQ(val, 0x6001);
	CHECK(!hve_tlfs_hypercall_enabled(&vp[0]));
	teardown();
}

TEST(page_registers_survive_failed_allocations)
{
	static const u32 msr[] = {
		HV_X64_MSR_HYPERCALL, HV_X64_MSR_REFERENCE_TSC,
		HV_X64_MSR_VP_ASSIST_PAGE,
	};
	unsigned int i, n;

	for (i = 0; i < 3; i++) {
		for (n = 1; n <= 2; n++) {
			setup();
			open_hypercalls();
			fake.fail_at = fake.can_fail + n;
			CHECK_EQ(wr(msr[i], 0x5001), HVE_GP);
			CHECK_EQ(rd(msr[i]), 0);
			CHECK_EQ(fake.nr_maps, 0);
			CHECK_EQ(wr(msr[i], 0x5001), HVE_NO_FAULT);
			CHECK_EQ(fake.nr_maps, 1);
			teardown();
		}
	}
}
