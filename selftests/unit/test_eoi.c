// SPDX-License-Identifier: GPL-2.0
/* eoi.c: APIC registers, EOI assist */
#include "fake_host.h"

static u32 assist(void)
{
	return guest_read64(0x7000);
}

TEST(eoi_is_write_only)
{
	u64 val;

	setup();
	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, HV_X64_MSR_EOI, &val), HVE_GP);
	CHECK_EQ(wr(HV_X64_MSR_EOI, 0), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_EOI, 0xffffffff), HVE_NO_FAULT);
	CHECK_EQ(fake.nr_eoi, 2);
	CHECK_EQ(wr(HV_X64_MSR_EOI, 1ull << 32), HVE_GP);
	fake.window = true;
	fake.apic_must_leave = true;
	CHECK_EQ(wr(HV_X64_MSR_EOI, 0), HVE_OUTSIDE);
	CHECK_EQ(wr(HV_X64_MSR_ICR, 0x40), HVE_OUTSIDE);
	CHECK_EQ(fake.nr_eoi, 2);
	teardown();
}

TEST(icr_and_tpr)
{
	setup();
	CHECK_EQ(wr(HV_X64_MSR_ICR, 0x0100000000000041ull), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_ICR), 0x0100000000000041ull);
	CHECK_EQ(wr(HV_X64_MSR_ICR, 0xfff00000), HVE_GP);
	CHECK_EQ(wr(HV_X64_MSR_TPR, 0xf0), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_TPR), 0xf0);
	CHECK_EQ(wr(HV_X64_MSR_TPR, 0x100), HVE_GP);
	CHECK_EQ(rd(HV_X64_MSR_TPR), 0xf0);
	teardown();
}

TEST(assist_needs_the_page)
{
	setup();
	CHECK(!hve_tlfs_eoi_assist_arm(&vp[0], 0));
	CHECK(!hve_tlfs_eoi_assist_used(&vp[0], 0));
	CHECK(!hve_tlfs_eoi_assist_disarm(&vp[0], 0));
	teardown();
}

TEST(assist_is_armed_used_and_taken_back_trap_53)
{
	u32 zero = 0;

	setup();
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	CHECK(hve_tlfs_eoi_assist_arm(&vp[0], 0));
	CHECK_EQ(assist(), 1);
	CHECK(!hve_tlfs_eoi_assist_used(&vp[0], 0));
	CHECK_EQ(assist(), 1);
	CHECK(!hve_tlfs_eoi_assist_disarm(&vp[0], 0));
	CHECK_EQ(assist(), 0);

	CHECK(hve_tlfs_eoi_assist_arm(&vp[0], 0));
	CHECK(guest_write(0x7000, &zero, 4));
	CHECK(hve_tlfs_eoi_assist_used(&vp[0], 0));
	CHECK(hve_tlfs_eoi_assist_disarm(&vp[0], 0));
	teardown();
}

/* "Enabling and disabling ... at any time": an offer must not outlive it. */
TEST(assist_lost_with_its_page_is_not_an_eoi)
{
	setup();
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	CHECK(hve_tlfs_eoi_assist_arm(&vp[0], 0));
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0);
	CHECK(!hve_tlfs_eoi_assist_used(&vp[0], 0));
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	CHECK_EQ(assist(), 0);
	CHECK(!hve_tlfs_eoi_assist_used(&vp[0], 0));
	CHECK(!hve_tlfs_eoi_assist_disarm(&vp[0], 0));

	/* when it moves, the offer moves with it */
	CHECK(hve_tlfs_eoi_assist_arm(&vp[0], 0));
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x8001);
	CHECK(!hve_tlfs_eoi_assist_used(&vp[0], 0));
	CHECK_EQ(guest_read64(0x8000), 1);
	hve_tlfs_vp_reset(&vp[0]);
	CHECK(!hve_tlfs_eoi_assist_disarm(&vp[0], 0));
	teardown();
}

TEST(vectors_whose_eois_are_wanted)
{
	const unsigned long *map;

	setup();
	map = hve_tlfs_eoi_vectors(&vp[0], 0);
	CHECK(!map[0] && !map[1] && !map[2] && !map[3]);
	wr(HV_X64_MSR_SINT0 + 2, 0x53);
	wr(HV_X64_MSR_SINT0 + 3, HV_SYNIC_SINT_MASKED | 0x54);
	CHECK_EQ(map[1], 1ull << (0x53 - 64));
	/* also those that come with a blob or from the VMM */
	hve_tlfs_msr_set(&vp[0], HV_X64_MSR_SINT0 + 2, 0xf0);
	CHECK_EQ(map[1], 0);
	CHECK_EQ(map[3], 1ull << (0xf0 - 192));
	teardown();
}
