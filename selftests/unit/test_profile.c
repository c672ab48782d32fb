// SPDX-License-Identifier: GPL-2.0
/* profile.c: leaves of the editions of the TLFS */
#include "fake_host.h"
#include "hvemu/hypercall/hypercall.h"
#include "hvemu/partition/partition.h"

static const u8 levels[] = { 1, 20, 30, 40, 50, 60, 255 };

/* Leaf @leaf of a profile; false: it has none */
static bool leaf_of(u32 level, u32 flags, u32 nr_vps, u32 leaf,
		    struct hve_cpuid_regs *out)
{
	struct hve_profile p = { level, flags, nr_vps };
	struct hve_cpuid_leaf l;
	unsigned int i;

	for (i = 0; hve_tlfs_profile(&p, i, &l) == 1; i++) {
		if (l.function == leaf) {
			*out = l.regs;
			return true;
		}
	}
	return false;
}

static u32 word(u32 level, u32 flags, u32 nr_vps, unsigned int w)
{
	struct hve_cpuid_regs r = { 0 };

	leaf_of(level, flags, nr_vps, w < 3 ? 0x40000003 : 0x40000004, &r);
	return w == 0 || w == 3 ? r.eax : w == 1 ? r.ebx : r.edx;
}

TEST(each_level_has_its_leaves)
{
	struct hve_cpuid_leaf l;
	struct hve_cpuid_regs r;
	struct hve_profile p;
	unsigned int i, n;
	u32 last;

	setup();
	for (i = 0; i < sizeof(levels); i++) {
		p = (struct hve_profile){ levels[i], 0, 0 };
		CHECK(leaf_of(levels[i], 0, 0, 0x40000000, &r));
		last = r.eax;
		CHECK_EQ(r.ebx, 0x7263694d);
		for (n = 0; hve_tlfs_profile(&p, n, &l) == 1; n++)
			CHECK_EQ(l.function, 0x40000000 + n);
		CHECK_EQ(last, 0x40000000 + n - 1);
		CHECK_EQ(last, levels[i] < 20 ? 0x40000005 :
			 levels[i] < 50 ? 0x40000006 : 0x4000000a);
		CHECK(leaf_of(levels[i], 0, 0, 0x40000001, &r));
		CHECK_EQ(r.eax, 0x31237648);
	}
	CHECK(leaf_of(30, 0, 0, 0x40000002, &r));
	CHECK_EQ(r.ebx, 6 << 16 | 2);
	teardown();
}

TEST(later_levels_have_more_and_none_more_than_there_is)
{
	struct hve_cpuid_regs f, h;
	unsigned int i, w;
	u32 all, last[4] = { 0 };

	setup();
	hve_tlfs_supported_cpuid(0x40000003, &f);
	hve_tlfs_supported_cpuid(0x40000004, &h);
	for (i = 0; i < sizeof(levels); i++) {
		for (w = 0; w < 4; w++) {
			all = w == 0 ? f.eax : w == 1 ? f.ebx :
			      w == 2 ? f.edx : h.eax;
			CHECK_EQ(word(levels[i], 3, 0, w) & ~all, 0);
			CHECK_EQ(last[w] & ~word(levels[i], 3, 0, w), 0);
			last[w] = word(levels[i], 3, 0, w);
			if (levels[i] == 255)
				CHECK_EQ(last[w], all);
		}
	}
	/* what came when */
	CHECK_EQ(word(1, 3, 0, 0), 0x60);
	CHECK_EQ(word(1, 3, 0, 1) | word(1, 3, 0, 2) | word(1, 3, 0, 3), 0);
	CHECK_EQ(word(20, 3, 0, 0) & (1u << 11 | 1u << 13), 0);
	CHECK(word(30, 0, 0, 0) & 1u << 11);
	CHECK(word(40, 0, 0, 2) & 1u << 10);
	CHECK_EQ(word(40, 0, 0, 3) & (1u << 10 | 1u << 11), 0);
	CHECK_EQ(word(50, 0, 0, 3) & (1u << 10 | 1u << 11), 0xc00);
	CHECK_EQ(word(60, 0, 0, 0) & 1u << 15, 0);
	teardown();
}

/* A new bit needs a row in profile.c. */
TEST(every_bit_has_its_edition)
{
	struct hve_cpuid_regs f, h, v;
	unsigned int bit;

	setup();
	hve_tlfs_supported_cpuid(0x40000003, &f);
	hve_tlfs_supported_cpuid(0x40000004, &h);
	hve_tlfs_supported_cpuid(0x40000082, &v);
	for (bit = 0; bit < 32; bit++) {
		CHECK(!(f.eax >> bit & 1) || hve_profile_knows(bit));
		CHECK(!(f.ebx >> bit & 1) || hve_profile_knows(32 + bit));
		CHECK(!(f.edx >> bit & 1) || hve_profile_knows(64 + bit));
		CHECK(!(h.eax >> bit & 1) || hve_profile_knows(96 + bit));
		CHECK(!(v.eax >> bit & 1) || hve_profile_knows(160 + bit));
	}
	teardown();
}

TEST(what_the_vmm_serves_is_there_on_demand)
{
	struct hve_cpuid_regs r;

	setup();
	CHECK_EQ(word(255, 0, 0, 1) & (1u << 11 | 1u << 20), 0);
	CHECK_EQ(word(255, 0, 0, 2) & (1u << 1 | 1u << 11), 0);
	CHECK(!leaf_of(255, 0, 0, 0x40000082, &r));
	CHECK_EQ(word(255, 1, 0, 1) & (1u << 11 | 1u << 20), 1u << 11);
	CHECK_EQ(word(255, 1, 0, 2) & (1u << 1 | 1u << 11), 0x802);
	CHECK(leaf_of(255, 1, 0, 0x40000082, &r) && r.eax == 2);
	CHECK(leaf_of(255, 1, 0, 0x40000081, &r) && r.eax == 0x31235356);
	CHECK(leaf_of(255, 1, 0, 0x40000000, &r) && r.eax == 0x40000082);
	CHECK(!leaf_of(255, 1, 0, 0x4000000b, &r));
	CHECK_EQ(word(255, 2, 0, 1) & (1u << 11 | 1u << 20), 1u << 20);
	CHECK(!leaf_of(20, 1, 0, 0x40000082, &r));
	teardown();
}

static u32 limit(u32 level, u32 flags, u32 nr_vps)
{
	struct hve_cpuid_regs r = { 0 };

	leaf_of(level, flags, nr_vps, 0x40000005, &r);
	return r.eax;
}

TEST(no_limit_of_vps_takes_short_masks_away_trap_50)
{
	setup();
	CHECK_EQ(limit(1, 0, 0), 0);
	CHECK_EQ(limit(20, 0, 0), 64);
	CHECK_EQ(limit(20, 0, 64), 64);
	CHECK(word(20, 0, 64, 3) & 4);
	CHECK_EQ(limit(20, 0, 65), ~0u);
	CHECK_EQ(word(20, 0, 65, 3) & 6, 0);
	CHECK_EQ(limit(40, 4, 2), ~0u);
	CHECK_EQ(word(40, 4, 2, 3) & 6, 0);
	/* here calls carry more than 64 bits */
	CHECK_EQ(limit(50, 0, 65), HVE_MAX_VPS);
	CHECK(word(50, 0, 65, 3) & 4);
	CHECK_EQ(limit(255, 4, 65), ~0u);
	CHECK_EQ(word(255, 4, 65, 3) & 6, 0);
	teardown();
}

TEST(other_leaves)
{
	struct hve_cpuid_regs r;

	setup();
	CHECK(leaf_of(50, 0, 0, 0x40000004, &r));
	CHECK_EQ(r.ebx, 0xfff);
	CHECK_EQ(r.ecx, 39);
	CHECK(leaf_of(40, 0, 0, 0x40000004, &r));
	CHECK_EQ(r.ecx, 0);
	CHECK(leaf_of(1, 0, 0, 0x40000004, &r));
	CHECK_EQ(r.eax | r.ebx | r.ecx | r.edx, 0);
	CHECK(leaf_of(60, 0, 0, 0x40000006, &r));
	CHECK_EQ(r.eax, 0xa);
	CHECK(leaf_of(255, 0, 0, 0x40000006, &r));
	CHECK_EQ(r.eax, 0x2000a);
	CHECK(leaf_of(255, 0, 0, 0x40000007, &r));
	CHECK_EQ(r.eax | r.ebx | r.ecx | r.edx, 0);
	teardown();
}

TEST(there_are_no_other_profiles)
{
	static const struct hve_profile bad[] = {
		{ 0 }, { 2 }, { 25 }, { 70 }, { 256 }, { 20, 8 },
		{ 255, ~0u }, { 255, 0, HVE_MAX_VPS + 1 }, { 255, 0, ~0u },
	};
	struct hve_cpuid_leaf l;
	unsigned int i;

	setup();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_EQ(hve_tlfs_profile(&bad[i], 0, &l), -EINVAL);
	teardown();
}
