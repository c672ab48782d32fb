// SPDX-License-Identifier: GPL-2.0
/* partition.c, vp.c, crash.c: VP table, privileges, run time, assist, crash */
#include "fake_host.h"

#include <string.h>

TEST(vp_index_reads_its_own_and_write_faults_trap_51)
{
	u64 val;
	int i;

	setup();
	for (i = 0; i < FAKE_NR_VPS; i++) {
		CHECK_EQ(hve_tlfs_msr_read(&vp[i], 0, HV_X64_MSR_VP_INDEX,
					   &val), HVE_NO_FAULT);
		CHECK_EQ(val, i);
		CHECK_EQ(hve_tlfs_msr_write(&vp[i], 0, HV_X64_MSR_VP_INDEX, 9),
			 HVE_GP);
	}
	teardown();
}

TEST(vp_index_set_moves_and_swaps)
{
	setup();
	CHECK_EQ(hve_tlfs_msr_set(&vp[1], HV_X64_MSR_VP_INDEX, 65), 0);
	CHECK(hve_tlfs_vp_find(&pt, 65) == &vp[1]);
	CHECK(!hve_tlfs_vp_find(&pt, 1));
	CHECK_EQ(hve_tlfs_msr_set(&vp[1], HV_X64_MSR_VP_INDEX, 4096), -EINVAL);

	/* one after the other, as a VMM does */
	CHECK_EQ(hve_tlfs_msr_set(&vp[2], HV_X64_MSR_VP_INDEX, 3), 0);
	CHECK_EQ(hve_tlfs_msr_set(&vp[3], HV_X64_MSR_VP_INDEX, 2), 0);
	CHECK(hve_tlfs_vp_find(&pt, 3) == &vp[2]);
	CHECK(hve_tlfs_vp_find(&pt, 2) == &vp[3]);
	CHECK(!hve_tlfs_vp_find(&pt, 4096));
	CHECK(!hve_tlfs_vp_find(&pt, ~0u));
	teardown();
}

TEST(runtime_counts_100ns_and_is_restored)
{
	setup();
	fake.runtime_ns = 12345;
	CHECK_EQ(rd(HV_X64_MSR_VP_RUNTIME), 123);
	CHECK_EQ(wr(HV_X64_MSR_VP_RUNTIME, 0), HVE_GP);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_VP_RUNTIME, 5000), 0);
	CHECK_EQ(rd(HV_X64_MSR_VP_RUNTIME), 5000);
	fake.runtime_ns += 1000;
	CHECK_EQ(rd(HV_X64_MSR_VP_RUNTIME), 5010);
	teardown();
}

TEST(without_hv1_every_register_faults)
{
	struct hve_cpuid_regs regs = { .eax = 0x4b4d564b };
	unsigned int i;
	u32 msr;
	u64 val;

	setup();
	CHECK(hve_tlfs_enabled(&vp[0]));
	hve_tlfs_cpuid_leaf(&vp[0], 0x40000001, &regs);
	CHECK(!hve_tlfs_enabled(&vp[0]));
	for (i = 0; hve_tlfs_msr_list(i, &msr); i++) {
		CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, msr, &val), HVE_GP);
		CHECK_EQ(wr(msr, 0), HVE_GP);
		/* the host is not bound by it */
		CHECK_EQ(hve_tlfs_msr_get(&vp[0], msr, &val), 0);
	}
	CHECK_EQ(wr(HV_X64_MSR_EOI, 0), HVE_GP);
	hve_tlfs_cpuid_leaf(&vp[0], ~0u, NULL);
	CHECK(!hve_tlfs_enabled(&vp[0]));
	teardown();
}

TEST(cpuid_leaves_in_any_order)
{
	struct hve_cpuid_regs hv1 = { .eax = 0x31237648 }, f;

	setup();
	hve_tlfs_cpuid_leaf(&vp[0], ~0u, NULL);
	hve_tlfs_supported_cpuid(0x40000003, &f);
	hve_tlfs_cpuid_leaf(&vp[0], 0x40000003, &f);
	CHECK_EQ(wr(HV_X64_MSR_GUEST_OS_ID, 1), HVE_GP);
	hve_tlfs_cpuid_leaf(&vp[0], 0x40000001, &hv1);
	CHECK_EQ(wr(HV_X64_MSR_GUEST_OS_ID, 1), HVE_NO_FAULT);
	teardown();
}

TEST(reset_register_reads_0_and_1_resets)
{
	setup();
	CHECK_EQ(rd(HV_X64_MSR_RESET), 0);
	CHECK_EQ(wr(HV_X64_MSR_RESET, 0), HVE_NO_FAULT);
	CHECK_EQ(fake.nr_exits, 0);
	CHECK_EQ(wr(HV_X64_MSR_RESET, 1), HVE_NO_FAULT);
	CHECK_EQ(fake.nr_exits, 1);
	CHECK_EQ(fake.exit[0].kind, HVE_USER_RESET);
	CHECK_EQ(rd(HV_X64_MSR_RESET), 0);
	/* a VMM restoring it resets nothing */
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_RESET, 1), 0);
	CHECK_EQ(fake.nr_exits, 1);
	teardown();
}

TEST(crash_ctl_reads_capabilities_trap_55)
{
	u64 caps = 0xfc00000000000000;

	setup();
	CHECK_EQ(rd(HV_X64_MSR_CRASH_CTL), caps);
	CHECK_EQ(wr(HV_X64_MSR_CRASH_CTL, 0), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_CRASH_CTL, HV_CRASH_CTL_CRASH_MESSAGE),
		 HVE_NO_FAULT);
	CHECK_EQ(fake.nr_exits, 0);
	CHECK_EQ(rd(HV_X64_MSR_CRASH_CTL), caps);
	teardown();
}

TEST(crash_params_are_partition_wide_trap_55)
{
	u64 val;
	int i;

	setup();
	for (i = 0; i < 5; i++)
		CHECK_EQ(wr(HV_X64_MSR_CRASH_P0 + i, 100 + i), HVE_NO_FAULT);
	for (i = 0; i < 5; i++) {
		hve_tlfs_msr_read(&vp[3], 0, HV_X64_MSR_CRASH_P0 + i, &val);
		CHECK_EQ(val, 100 + i);
	}
	CHECK_EQ(wr(HV_X64_MSR_CRASH_CTL, HV_CRASH_CTL_CRASH_NOTIFY),
		 HVE_NO_FAULT);
	CHECK_EQ(fake.nr_exits, 1);
	CHECK_EQ(fake.exit[0].kind, HVE_USER_CRASH);
	CHECK_EQ(fake.exit[0].crash.param[4], 104);
	CHECK_EQ(fake.crash_len, 0);
	CHECK_EQ(fake.nr_crash_logs, 1);
	teardown();
}

TEST(crash_message_text_is_logged_and_cut_trap_55)
{
	static const char text[] = "BUG: something";

	setup();
	CHECK(guest_write(0x5ff8, text, sizeof(text)));
	wr(HV_X64_MSR_CRASH_P0 + 3, 0x5ff8);
	wr(HV_X64_MSR_CRASH_P0 + 4, sizeof(text) - 1);
	wr(HV_X64_MSR_CRASH_CTL, HV_CRASH_CTL_CRASH_NOTIFY |
	   HV_CRASH_CTL_CRASH_MESSAGE);
	CHECK_EQ(fake.crash_len, sizeof(text) - 1);
	CHECK(!memcmp(fake.crash_text, text, sizeof(text) - 1));

	wr(HV_X64_MSR_CRASH_P0 + 4, 1ull << 40);
	wr(HV_X64_MSR_CRASH_CTL, HV_CRASH_CTL_CRASH_NOTIFY |
	   HV_CRASH_CTL_CRASH_MESSAGE);
	CHECK_EQ(fake.crash_len, 4096);

	/* no memory there: the crash is reported all the same */
	wr(HV_X64_MSR_CRASH_P0 + 3, ~0ull);
	wr(HV_X64_MSR_CRASH_CTL, HV_CRASH_CTL_CRASH_NOTIFY |
	   HV_CRASH_CTL_CRASH_MESSAGE);
	CHECK_EQ(fake.crash_len, 0);
	CHECK_EQ(fake.nr_exits, 3);
	teardown();
}

TEST(assist_page_is_an_overlay_trap_20)
{
	u64 val = 0x1122334455667788ull;

	setup();
	ram_fill(7, 0x77);
	CHECK_EQ(wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001 | 0xabe), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_VP_ASSIST_PAGE), 0x7001 | 0xabe);
	CHECK(ram_is(7, 0));
	CHECK(guest_write(0x7100, &val, 8));
	/* moves with its contents */
	ram_fill(8, 0x88);
	CHECK_EQ(wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x8001), HVE_NO_FAULT);
	CHECK(ram_is(7, 0x77));
	CHECK_EQ(guest_read64(0x8100), val);
	CHECK_EQ(wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x8000), HVE_NO_FAULT);
	CHECK(ram_is(8, 0x88));
	/* out of reach: no fault, not there */
	CHECK_EQ(wr(HV_X64_MSR_VP_ASSIST_PAGE, (1ull << 40) | 1), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_VP_ASSIST_PAGE), (1ull << 40) | 1);
	CHECK_EQ(fake.nr_maps, 0);
	teardown();
}

TEST(two_overlays_on_one_page_trap_20)
{
	setup();
	ram_fill(7, 0x77);
	CHECK_EQ(hve_tlfs_msr_write(&vp[1], 0, HV_X64_MSR_VP_ASSIST_PAGE,
				    0x7001), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_GUEST_OS_ID, OS_ID), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x7001), HVE_NO_FAULT);
	CHECK_EQ(guest_read64(0x7000) & 0xffffffff, 0xc3c1010f);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0), HVE_NO_FAULT);
	CHECK(ram_is(7, 0));
	hve_tlfs_msr_write(&vp[1], 0, HV_X64_MSR_VP_ASSIST_PAGE, 0);
	CHECK(ram_is(7, 0x77));
	teardown();
}

TEST(vp_reset_clears_assist_and_keeps_partition_wide_trap_32)
{
	setup();
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x6001);
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	hve_tlfs_vp_reset(&vp[0]);
	CHECK_EQ(rd(HV_X64_MSR_VP_ASSIST_PAGE), 0);
	CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0x6001);
	CHECK_EQ(rd(HV_X64_MSR_GUEST_OS_ID), OS_ID);
	CHECK_EQ(fake.nr_maps, 1);
	teardown();
}

TEST(partition_reset_forgets_everything)
{
	setup();
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x6003);
	wr(HV_X64_MSR_REFERENCE_TSC, 0x8001);
	wr(HV_X64_MSR_CRASH_P0, 1);
	wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 1);
	hve_tlfs_msr_write(&vp[2], 0, HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	hve_tlfs_partition_reset(&pt);
	CHECK_EQ(rd(HV_X64_MSR_GUEST_OS_ID), 0);
	CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0);
	CHECK_EQ(rd(HV_X64_MSR_REFERENCE_TSC), 0);
	CHECK_EQ(rd(HV_X64_MSR_CRASH_P0), 0);
	CHECK_EQ(rd(HV_X64_MSR_TSC_INVARIANT_CONTROL), 0);
	CHECK_EQ(fake.nr_maps, 0);
	/* and all of it can be used again */
	open_hypercalls();
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x6001), HVE_NO_FAULT);
	CHECK_EQ(guest_read64(0x6000) & 0xffffffff, 0xc3c1010f);
	wr(HV_X64_MSR_REFERENCE_TSC, 0x8001);
	CHECK((u32)guest_read64(0x8000));
	teardown();
}

TEST(init_survives_every_failed_allocation)
{
	unsigned int n;
	int err;

	for (n = 1; ; n++) {
		fake_reset();
		memset(&pt, 0, sizeof(pt));
		memset(vp, 0, sizeof(vp));
		fake.fail_at = n;
		err = hve_tlfs_partition_init(&pt);
		if (!err) {
			err = hve_tlfs_vp_init(&vp[0], &pt, 0);
			if (!err)
				hve_tlfs_vp_destroy(&vp[0]);
			hve_tlfs_partition_destroy(&pt);
		}
		if (!err)
			break;
		CHECK_EQ(err, -ENOMEM);
	}
	CHECK(n > 3);
	fake_reset();
	memset(&pt, 0, sizeof(pt));
	CHECK(!hve_tlfs_partition_init(&pt));
	CHECK_EQ(hve_tlfs_vp_init(&vp[0], &pt, HVE_MAX_VPS), -EINVAL);
	hve_tlfs_tsc_changed(&pt);
	hve_tlfs_time_freeze(&pt);
	hve_tlfs_time_thaw(&pt);
	hve_tlfs_partition_destroy(&pt);
}

TEST(guest_idle_asks_the_host)
{
	u64 val = 1;

	setup();
	fake.window = true;
	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, HV_X64_MSR_GUEST_IDLE, &val),
		 HVE_OUTSIDE);
	CHECK_EQ(fake.nr_idles, 0);
	fake.window = false;
	CHECK_EQ(rd(HV_X64_MSR_GUEST_IDLE), 0);
	CHECK_EQ(fake.nr_idles, 1);
	CHECK_EQ(wr(HV_X64_MSR_GUEST_IDLE, 0), HVE_GP);
	take_gate(&vp[0], HV_ACCESS_GUEST_IDLE);
	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, HV_X64_MSR_GUEST_IDLE, &val),
		 HVE_GP);
	CHECK_EQ(fake.nr_idles, 1);
	/* nothing to save: a VP that idles has no other state */
	CHECK_EQ(hve_tlfs_msr_get(&vp[0], HV_X64_MSR_GUEST_IDLE, &val),
		 -ENOENT);
	teardown();
}
