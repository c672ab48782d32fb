// SPDX-License-Identifier: GPL-2.0
/* overlay.c: pages that hide RAM, when things fail */
#include "fake_host.h"
#include "hvemu/partition/partition.h"

#include <string.h>

#define RW	(HVE_OVERLAY_R | HVE_OVERLAY_W)

TEST(failed_move_changes_nothing)
{
	struct hve_overlay ov = { 0 };
	unsigned int n;

	setup();
	CHECK_EQ(hve_overlay_move(&pt, 0, &ov, 0x5001, RW), 0);
	fake.fail_at = fake.can_fail + 1;
	CHECK_EQ(hve_overlay_move(&pt, 0, &ov, 0x6001, RW), -ENOMEM);
	CHECK_EQ(ov.msr, 0x5001);
	CHECK_EQ(fake.nr_maps, 1);
	CHECK_EQ(fake.map[0].gpn, 5);
	fake.fail_at = fake.can_fail + 1;
	CHECK_EQ(hve_overlay_move_lenient(&pt, 0, &ov, 0x6001, RW), -ENOMEM);
	CHECK_EQ(ov.msr, 0x5001);
	CHECK_EQ(hve_overlay_move(&pt, 0, &ov, ~0ull, RW), -EINVAL);
	CHECK_EQ(ov.msr, 0x5001);
	hve_overlay_destroy(&pt, 0, &ov);

	for (n = 1; n <= 2; n++) {
		fake.fail_at = fake.can_fail + n;
		CHECK_EQ(hve_overlay_move(&pt, 0, &ov, 0x5001, RW), -ENOMEM);
		CHECK(!hve_overlay_page(&ov));
		hve_overlay_destroy(&pt, 0, &ov);
	}
	teardown();
}

TEST(same_page_again_maps_nothing_new)
{
	struct hve_overlay ov = { 0 };

	setup();
	CHECK_EQ(hve_overlay_move(&pt, 0, &ov, 0x5001, RW), 0);
	CHECK_EQ(hve_overlay_move(&pt, 0, &ov, 0x5001 | 0xff0, RW), 0);
	CHECK_EQ(ov.msr, 0x5ff1);
	CHECK_EQ(fake.nr_maps, 1);
	hve_overlay_destroy(&pt, 0, &ov);
	teardown();
}

TEST(lenient_move_out_of_reach_unmaps)
{
	struct hve_overlay ov = { 0 };

	setup();
	CHECK_EQ(hve_overlay_move_lenient(&pt, 0, &ov, 0x5001, RW), 0);
	CHECK(hve_overlay_page(&ov));
	CHECK_EQ(hve_overlay_move_lenient(&pt, 0, &ov, ~0ull, RW), 0);
	CHECK(!hve_overlay_page(&ov));
	CHECK_EQ(ov.msr, ~0ull);
	CHECK_EQ(fake.nr_maps, 0);
	hve_overlay_destroy(&pt, 0, &ov);
	teardown();
}

TEST(reset_forgets_contents)
{
	struct hve_overlay ov = { 0 };

	setup();
	hve_overlay_reset(&pt, 0, &ov);
	CHECK_EQ(hve_overlay_move(&pt, 0, &ov, 0x5001, RW), 0);
	memset(ov.page, 0xa5, 4096);
	hve_overlay_reset(&pt, 0, &ov);
	CHECK_EQ(ov.msr, 0);
	CHECK_EQ(hve_overlay_move(&pt, 0, &ov, 0x5001, RW), 0);
	CHECK(ram_is(5, 0));
	hve_overlay_destroy(&pt, 0, &ov);
	teardown();
}
