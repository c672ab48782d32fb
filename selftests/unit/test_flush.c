// SPDX-License-Identifier: GPL-2.0
/* call_flush.c, call_ipi.c, vpset.c: calls on sets of VPs */
#include "fake_host.h"
#include "hvemu/hypercall/hypercall.h"

#include <string.h>

#define IN	0x2000ull

#define FLUSH		HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE
#define FLUSH_LIST	HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST
#define FLUSH_EX	HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE_EX
#define FLUSH_LIST_EX	HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST_EX
#define IPI		HVCALL_SEND_SYNTHETIC_CLUSTER_IPI
#define IPI_EX		HVCALL_SEND_SYNTHETIC_CLUSTER_IPI_EX

static u64 in[512];

/* n words of in[], by memory or by registers */
static u64 call(u64 control, unsigned int n, bool fast)
{
	if (fast) {
		memcpy(fake.xmm, in + 2, sizeof(fake.xmm));
		return hcall(control | FAST, in[0], in[1]);
	}
	CHECK(guest_write(IN, in, 8 * n));
	return hcall(control, IN, 0);
}

static void flush_in(u64 flags, u64 mask)
{
	memset(in, 0, sizeof(in));
	in[1] = flags;
	in[2] = mask;
}

static void flush_ex_in(u64 flags, u64 format, u64 valid)
{
	memset(in, 0, sizeof(in));
	in[1] = flags;
	in[2] = format;
	in[3] = valid;
}

TEST(flush_mask_is_by_vp_index_trap_38)
{
	int fast;

	setup();
	open_hypercalls();
	for (fast = 0; fast < 2; fast++) {
		flush_in(HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES, 0x51);
		CHECK_EQ(call(FLUSH, 3, fast), 0);
		CHECK(!fake.flush_all);
		CHECK_EQ(fake.flush_vps[0], 0x51);
		CHECK_EQ(fake.flush_vps[1], 0);
		CHECK_EQ(fake.flush_nr, 0);
		flush_in(HV_FLUSH_ALL_PROCESSORS, 0x51);
		CHECK_EQ(call(FLUSH, 3, fast), 0);
		CHECK(fake.flush_all);
	}
	teardown();
}

TEST(empty_mask_flushes_all_trap_34)
{
	setup();
	open_hypercalls();
	flush_in(0, 0);
	CHECK_EQ(call(FLUSH, 3, false), 0);
	CHECK(fake.flush_all);
	CHECK_EQ(fake.nr_flushes, 1);
	teardown();
}

TEST(flush_flags_trap_35)
{
	unsigned int bit;

	setup();
	open_hypercalls();
	for (bit = 0; bit < 64; bit++) {
		flush_in(1ull << bit, 1);
		CHECK_EQ(call(FLUSH, 3, false), bit < 3 ? 0 : 5);
		CHECK_EQ(STATUS(call(FLUSH_LIST | REP(1), 4, false)),
			 bit < 2 || bit == 3 ? 0 : 5);
		flush_ex_in(1ull << bit, HV_GENERIC_SET_ALL, 0);
		CHECK_EQ(call(FLUSH_EX, 4, false), bit < 3 ? 0 : 5);
		CHECK_EQ(STATUS(call(FLUSH_LIST_EX | REP(1), 5, false)),
			 bit < 2 || bit == 3 ? 0 : 5);
	}
	take_gate(&vp[0], HV_FEATURE_EXTENDED_GVA_RANGES);
	flush_in(HV_FLUSH_USE_EXTENDED_RANGE_FORMAT, 1);
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(1), 4, false)), 5);
	teardown();
}

/* reserved bits of the address space; nobody looks when all are meant */
TEST(address_space_must_be_a_cr3_value)
{
	unsigned int i;
	static const u64 bad[] = { 1ull << 36, 1ull << 51, 1ull << 62 };

	setup();
	open_hypercalls();
	for (i = 0; i < (sizeof(bad) / sizeof(bad[0])); i++) {
		flush_in(0, 1);
		in[0] = bad[i];
		CHECK_EQ(call(FLUSH, 3, false), 5);
		CHECK_EQ(STATUS(call(FLUSH_LIST | REP(1), 4, false)), 5);
		in[1] = HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES;
		CHECK_EQ(call(FLUSH, 3, false), 0);
		flush_ex_in(0, HV_GENERIC_SET_ALL, 0);
		in[0] = bad[i];
		CHECK_EQ(call(FLUSH_EX, 4, false), 5);
		CHECK_EQ(STATUS(call(FLUSH_LIST_EX | REP(1), 5, false)), 5);
		in[1] = HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES;
		CHECK_EQ(call(FLUSH_EX, 4, false), 0);
	}
	CHECK_EQ(fake.nr_flushes, 2 * (sizeof(bad) / sizeof(bad[0])));
	teardown();
}

TEST(global_pages_may_stay_only_when_told)
{
	setup();
	open_hypercalls();
	flush_in(HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY, 1);
	CHECK_EQ(call(FLUSH, 3, false), 0);
	CHECK(fake.flush_keep_global);
	flush_in(0, 1);
	CHECK_EQ(call(FLUSH, 3, false), 0);
	CHECK(!fake.flush_keep_global);
	flush_ex_in(HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY, HV_GENERIC_SET_ALL, 0);
	CHECK_EQ(call(FLUSH_EX, 4, false), 0);
	CHECK(fake.flush_keep_global);
	flush_in(0, 1);
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(1), 4, false)), 0);
	CHECK(!fake.flush_keep_global);
	teardown();
}

TEST(switch_of_the_address_space)
{
	int fast;

	setup();
	open_hypercalls();
	for (fast = 0; fast < 2; fast++) {
		memset(in, 0, sizeof(in));
		in[0] = 0x123000 + fast;
		CHECK_EQ(call(HVCALL_SWITCH_VIRTUAL_ADDRESS_SPACE, 1, fast), 0);
		CHECK_EQ(fake.cr3, in[0]);
		in[0] = 1ull << 40;
		CHECK_EQ(call(HVCALL_SWITCH_VIRTUAL_ADDRESS_SPACE, 1, fast), 5);
		CHECK_EQ(fake.cr3, 0x123000 + fast);
	}
	CHECK_EQ(fake.nr_flushes, 0);
	/* PDPTEs that are not at hand in a window */
	fake.window = true;
	fake.page_not_at_hand = true;
	CHECK_EQ(hcall_action(HVCALL_SWITCH_VIRTUAL_ADDRESS_SPACE | FAST,
			      0x5000, 0), HVE_HCALL_OUTSIDE);
	fake.window = false;
	CHECK_EQ(hcall(HVCALL_SWITCH_VIRTUAL_ADDRESS_SPACE | FAST, 0x5000, 0),
		 0);
	CHECK_EQ(fake.cr3, 0x5000);
	take_gate(&vp[0], HV_HINT_ADDRESS_SPACE_SWITCH);
	CHECK_EQ(hcall(HVCALL_SWITCH_VIRTUAL_ADDRESS_SPACE | FAST, 0x6000, 0),
		 6);
	CHECK_EQ(fake.cr3, 0x5000);
	teardown();
}

TEST(list_of_ranges)
{
	int fast;

	setup();
	open_hypercalls();
	for (fast = 0; fast < 2; fast++) {
		flush_in(0, 3);
		in[3] = 0x7f0000001000ull;
		in[4] = 0x7f0000005002ull;		/* 3 pages */
		in[5] = 0x8000000000000000ull;		/* not canonical */
		CHECK_EQ(call(FLUSH_LIST | REP(3), 6, fast), 3ull << 32);
		CHECK_EQ(fake.flush_nr, 5);
		CHECK_EQ(fake.flush_gva[0], 0x7f0000001000ull);
		CHECK_EQ(fake.flush_gva[1], 0x7f0000005000ull);
		CHECK_EQ(fake.flush_gva[3], 0x7f0000007000ull);
		CHECK_EQ(fake.flush_gva[4], 0x8000000000000000ull);
		CHECK_EQ(call(FLUSH_LIST | REP(3) | START(1), 6, fast),
			 3ull << 32);
		CHECK_EQ(fake.flush_nr, 4);
		CHECK_EQ(fake.flush_gva[0], 0x7f0000005000ull);
	}
	teardown();
}

TEST(long_lists_become_a_full_flush)
{
	unsigned int i;

	setup();
	open_hypercalls();
	flush_in(0, 1);
	in[3] = 0x1000 | 63;
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(1), 4, false)), 0);
	CHECK_EQ(fake.flush_nr, 64);
	in[3] = 0x1000 | 64;
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(1), 4, false)), 0);
	CHECK_EQ(fake.flush_nr, 0);
	in[3] = 0x1000 | 4095;
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(1), 4, false)), 0);
	CHECK_EQ(fake.flush_nr, 0);
	for (i = 0; i < 65; i++)
		in[3 + i] = i << 12;
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(64), 67, false)), 0);
	CHECK_EQ(fake.flush_nr, 64);
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(65), 68, false)), 0);
	CHECK_EQ(fake.flush_nr, 0);
	CHECK_EQ(fake.flush_vps[0], 1);
	teardown();
}

TEST(extended_ranges_trap_33)
{
	setup();
	open_hypercalls();
	flush_in(HV_FLUSH_USE_EXTENDED_RANGE_FORMAT, 1);
	/* four small pages; bit 11 is no part of the count */
	in[3] = 0x1000 | 3;
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(1), 4, false)), 0);
	CHECK_EQ(fake.flush_nr, 4);
	/* nine pages of 2 MiB: more than single addresses can tell */
	in[3] = 0x200000 | HV_GVA_RANGE_EX_LARGE_PAGE | 8;
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(1), 4, false)), 0);
	CHECK_EQ(fake.flush_nr, 0);
	CHECK_EQ(fake.nr_flushes, 2);
	/* one of 1 GiB among small ones */
	in[3] = 0x5000;
	in[4] = 0x40000000 | HV_GVA_RANGE_EX_LARGE_PAGE | HV_GVA_RANGE_EX_1G;
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(2), 5, false)), 0);
	CHECK_EQ(fake.flush_nr, 0);
	/* behind it only the small one is left */
	in[5] = 0x7000 | 1;
	CHECK_EQ(STATUS(call(FLUSH_LIST | REP(3) | START(2), 6, false)), 0);
	CHECK_EQ(fake.flush_nr, 2);
	CHECK_EQ(fake.flush_gva[1], 0x8000);
	teardown();
}

TEST(ex_list_skips_banks_trap_36)
{
	unsigned int format;

	setup();
	open_hypercalls();
	for (format = 0; format < 2; format++) {
		flush_ex_in(0, format, 0x5);
		in[4] = 0x21;
		in[5] = 0x04;
		in[6] = 0x9000;
		CHECK_EQ(call(FLUSH_LIST_EX | VARHEAD(2) | REP(1), 7, false),
			 1ull << 32);
		CHECK_EQ(fake.flush_nr, 1);
		CHECK_EQ(fake.flush_gva[0], 0x9000);
		CHECK_EQ(fake.flush_all, format == 1);
		CHECK_EQ(fake.flush_vps[0], 0x21);
		CHECK_EQ(fake.flush_vps[1], 0);
		CHECK_EQ(fake.flush_vps[2], 0x04);
		CHECK_EQ(call(FLUSH_LIST_EX | VARHEAD(2) | REP(1), 7, true),
			 1ull << 32);
		CHECK_EQ(fake.flush_gva[0], 0x9000);
	}
	/* the flag counts, too */
	flush_ex_in(HV_FLUSH_ALL_PROCESSORS, 0, 0);
	CHECK_EQ(call(FLUSH_EX, 4, false), 0);
	CHECK(fake.flush_all);
	flush_ex_in(0, 2, 0);
	CHECK_EQ(call(FLUSH_EX, 4, false), 5);
	flush_ex_in(0, 1, 0);
	CHECK_EQ(call(FLUSH_EX, 4, false), 0);
	CHECK(fake.flush_all);
	/* an empty set is not everything */
	flush_ex_in(0, 0, 0);
	CHECK_EQ(call(FLUSH_EX, 4, false), 0);
	CHECK(!fake.flush_all);
	CHECK_EQ(fake.flush_vps[0], 0);
	teardown();
}

TEST(vp_set_banks_trap_37)
{
	unsigned int i;

	setup();
	open_hypercalls();
	/* as many banks as bits */
	flush_ex_in(0, 0, 0x7);
	CHECK_EQ(call(FLUSH_EX | VARHEAD(2), 6, false), 3);
	CHECK_EQ(call(FLUSH_EX | VARHEAD(4), 8, false), 3);
	CHECK_EQ(call(FLUSH_EX, 4, false), 3);
	CHECK_EQ(call(FLUSH_EX | VARHEAD(3), 7, false), 0);
	/* all 64 banks, all bits, far beyond the last VP */
	flush_ex_in(0, 0, ~0ull);
	for (i = 0; i < 64; i++)
		in[4 + i] = ~0ull;
	CHECK_EQ(call(FLUSH_EX | VARHEAD(64), 68, false), 0);
	CHECK_EQ(fake.flush_vps[63], ~0ull);

	memmove(in + 1, in + 2, 66 * 8);
	in[0] = 0x30;
	CHECK_EQ(call(IPI_EX | VARHEAD(64), 67, false), 0);
	CHECK_EQ(fake.nr_irqs, FAKE_NR_VPS);
	teardown();
}

TEST(ipi_to_a_mask)
{
	int fast;

	setup();
	open_hypercalls();
	for (fast = 0; fast < 2; fast++) {
		fake.nr_irqs = 0;
		in[0] = 0xf1;
		in[1] = 0xfa;		/* VPs 1, 3; 4 to 7 do not exist */
		CHECK_EQ(call(IPI, 2, fast), 0);
		CHECK_EQ(fake.nr_irqs, 2);
		CHECK(fake.irq[0].vp == &vp[1] && fake.irq[1].vp == &vp[3]);
		CHECK_EQ(fake.irq[0].vector, 0xf1);
		CHECK(!fake.irq[0].auto_eoi);
	}
	teardown();
}

TEST(ipi_goes_by_vp_index_beyond_64)
{
	setup();
	open_hypercalls();
	hve_tlfs_msr_set(&vp[2], HV_X64_MSR_VP_INDEX, 65);
	memset(in, 0, sizeof(in));
	in[0] = 0x50;
	in[2] = 0x2;
	in[3] = 0x2;
	CHECK_EQ(call(IPI_EX | VARHEAD(1), 4, false), 0);
	CHECK_EQ(call(IPI_EX | VARHEAD(1), 4, true), 0);
	CHECK_EQ(fake.nr_irqs, 2);
	CHECK(fake.irq[0].vp == &vp[2] && fake.irq[1].vp == &vp[2]);
	/* all */
	in[1] = HV_GENERIC_SET_ALL;
	CHECK_EQ(call(IPI_EX | VARHEAD(1), 4, false), 0);
	CHECK_EQ(fake.nr_irqs, 2 + FAKE_NR_VPS);
	teardown();
}

TEST(self_ipi_is_raised_before_return_trap_52)
{
	setup();
	open_hypercalls();
	fake.window = true;
	CHECK_EQ(hcall(IPI | FAST, 0x80, 1), 0);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK(fake.irq[0].vp == &vp[0]);
	teardown();
}

TEST(ipi_vector_range)
{
	unsigned int v;

	setup();
	open_hypercalls();
	for (v = 0; v < 300; v++) {
		fake.nr_irqs = 0;
		CHECK_EQ(hcall(IPI | FAST, v, 1), v < 16 || v > 255 ? 3 : 0);
		CHECK_EQ(fake.nr_irqs, v >= 16 && v < 256);
	}
	/* nothing asked for: nothing wrong */
	memset(in, 0, sizeof(in));
	CHECK_EQ(call(IPI_EX, 3, false), 0);
	in[1] = HV_GENERIC_SET_ALL;
	CHECK_EQ(call(IPI_EX, 3, false), 3);
	in[1] = 7;
	CHECK_EQ(call(IPI_EX, 3, false), 5);
	teardown();
}

TEST(ipi_target_vtl)
{
	setup();
	open_hypercalls();
	CHECK_EQ(hcall(IPI | FAST, 0x1000000040ull, 1), 0);
	CHECK_EQ(hcall(IPI | FAST, 0x1100000040ull, 1), 5);
	CHECK_EQ(hcall(IPI | FAST, 0x2000000040ull, 1), 5);
	/* not used: not looked at; padding is ignored */
	CHECK_EQ(hcall(IPI | FAST, 0xffffff0100000040ull, 1), 0);
	CHECK_EQ(fake.nr_irqs, 2);
	teardown();
}
