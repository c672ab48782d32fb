// SPDX-License-Identifier: GPL-2.0
/* call_l2.c, tlfs_l2.c: hypercalls for guests that are hypervisors */
#include <string.h>

#include "fake_host.h"
#include "hvemu/hypercall/hypercall.h"
#include "hvemu/tlfs_l2.h"

#define IN	0x2000ull
#define SPACE	HVCALL_FLUSH_GUEST_PHYSICAL_ADDRESS_SPACE
#define LIST	HVCALL_FLUSH_GUEST_PHYSICAL_ADDRESS_LIST

static u64 list(u64 flags, unsigned int reps)
{
	u64 in[4] = { 0x12345000, flags, 0x1000, 0x2003 };

	CHECK(guest_write(IN, in, sizeof(in)));
	return hcall(LIST | REP(reps), IN, 0);
}

TEST(guest_physical_flush)
{
	setup();
	open_hypercalls();
	CHECK_EQ(hcall(SPACE | FAST, 0x7000 | 0x1e, 0), 0);
	CHECK_EQ(fake.l2_space, 0x7000 | 0x1e);
	CHECK_EQ(STATUS(hcall(SPACE | FAST, 0x8000, 1)), 5);
	CHECK_EQ(fake.l2_space, 0x7000 | 0x1e);
	CHECK_EQ(list(0, 2), 2ull << 32);
	CHECK_EQ(fake.l2_space, 0x12345000);
	CHECK_EQ(list(4, 2), 5);
	CHECK_EQ(STATUS(hcall(LIST, IN, 0)), 3);
	teardown();
}

TEST(guest_physical_flush_leaves_the_window)
{
	setup();
	open_hypercalls();
	fake.window = true;
	CHECK_EQ(hcall_action(SPACE | FAST, 0x7000, 0), HVE_HCALL_OUTSIDE);
	CHECK_EQ(fake.l2_space, 0);
	teardown();
}

TEST(guest_physical_flush_needs_its_bit_and_a_hypervisor)
{
	setup();
	open_hypercalls();
	fake.no_l2 = true;
	CHECK_EQ(STATUS(hcall(SPACE | FAST, 0x7000, 0)), 7);
	CHECK_EQ(list(0, 1), 7);
	take_gate(&vp[0], HV_FEATURE_NESTED_GPA_FLUSH);
	CHECK_EQ(STATUS(hcall(SPACE | FAST, 0x7000, 0)), 6);
	teardown();
}

static bool ours(u64 control)
{
	memset(gpr, 0, sizeof(gpr));
	gpr[fake.mode == HVE_MODE_PROT32 ? 0 : 1] = control;
	return hve_tlfs_direct_flush(&vp[0], 0, gpr);
}

TEST(direct_flush_is_for_flushes_that_l1_left_to_us)
{
	struct hv_vp_assist_page page = { 0 };
	static const u16 flushes[] = { 0x2, 0x3, 0x13, 0x14 };
	unsigned int i;

	setup();
	CHECK(!ours(2));
	CHECK_EQ(wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001), HVE_NO_FAULT);
	CHECK(!ours(2));
	page.nested_control.features = HV_NESTED_FEATURE_DIRECT_HYPERCALL;
	CHECK(guest_write(0x7000, &page, sizeof(page)));
	for (i = 0; i < 4; i++) {
		CHECK(ours(flushes[i]));
		CHECK(ours(flushes[i] | FAST));
	}
	CHECK(!ours(0xb));
	CHECK(!ours(1));
	CHECK(!ours(SPACE));
	CHECK(!ours(0xff));
	fake.cpl = 3;
	CHECK(!ours(2));
	fake.cpl = 0;
	fake.mode = HVE_MODE_REAL;
	CHECK(!ours(2));
	fake.mode = HVE_MODE_PROT32;
	CHECK(ours(2));
	fake.mode = HVE_MODE_LONG64;
	take_gate(&vp[0], HV_FEATURE_NESTED_DIRECT_FLUSH);
	CHECK(!ours(2));
	teardown();
}
