// SPDX-License-Identifier: GPL-2.0
/* page.c: guest OS identity, hypercall page */
#include "fake_host.h"

TEST(page_needs_os_id_trap_17)
{
	setup();
	CHECK_EQ(rd(HV_X64_MSR_GUEST_OS_ID), 0);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x5001), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0x5000);
	CHECK_EQ(fake.nr_maps, 0);
	teardown();
}

TEST(os_id_zero_disables_the_page_trap_18)
{
	setup();
	ram_fill(5, 0x55);
	open_hypercalls();
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x5001), HVE_NO_FAULT);
	CHECK(!ram_is(5, 0x55));
	CHECK(hve_tlfs_hypercall_enabled(&vp[1]));
	CHECK_EQ(wr(HV_X64_MSR_GUEST_OS_ID, 0), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0x5000);
	CHECK(ram_is(5, 0x55));
	CHECK(!hve_tlfs_hypercall_enabled(&vp[1]));
	teardown();
}

TEST(locked_register_takes_no_write_trap_19)
{
	setup();
	open_hypercalls();
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x5003), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x5003), HVE_GP);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x6001), HVE_GP);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0), HVE_GP);
	CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0x5003);
	/* INIT is no reset of the partition */
	hve_tlfs_vp_reset(&vp[0]);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0), HVE_GP);
	/* no identity: no calls, but the register is immutable */
	CHECK_EQ(wr(HV_X64_MSR_GUEST_OS_ID, 0), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0x5003);
	CHECK_EQ(hcall_action(HVCALL_NOTIFY_LONG_SPIN_WAIT | FAST, 0, 0),
		 HVE_HCALL_UD);
	hve_tlfs_partition_reset(&pt);
	CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0);
	open_hypercalls();
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x6001), HVE_NO_FAULT);
	teardown();
}

TEST(lock_bit_means_nothing_when_not_offered)
{
	setup();
	take_gate(&vp[0], HV_FEATURE_HYPERCALL_MSR_LOCK);
	open_hypercalls();
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x5003), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x6001), HVE_NO_FAULT);
	teardown();
}

TEST(ram_comes_back_on_move_and_disable_trap_20)
{
	setup();
	ram_fill(5, 0x55);
	ram_fill(6, 0x66);
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x5001);
	wr(HV_X64_MSR_HYPERCALL, 0x6001);
	CHECK(ram_is(5, 0x55));
	CHECK(!ram_is(6, 0x66));
	wr(HV_X64_MSR_HYPERCALL, 0x6000);
	CHECK(ram_is(6, 0x66));
	/* it needs no RAM below */
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0xfffff001), HVE_NO_FAULT);
	CHECK_EQ(guest_read64(0xfffff000) & 0xffffffff, 0xc3c1010f);
	teardown();
}

TEST(page_cannot_be_written_and_never_changes_trap_21)
{
	u8 before[4096], after[4096], byte = 0x90;

	setup();
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x5001);
	CHECK(!guest_write(0x5000, &byte, 1));
	CHECK_EQ(fake.map[0].rights, HVE_OVERLAY_R | HVE_OVERLAY_X);
	CHECK(guest_read(0x5000, before, 4096));
	/* vmcall; ret */
	CHECK_EQ(before[0] | before[1] << 8 | before[2] << 16 |
		 (u32)before[3] << 24, 0xc3c1010f);
	wr(HV_X64_MSR_HYPERCALL, 0);
	wr(HV_X64_MSR_HYPERCALL, 0x7001);
	CHECK(guest_read(0x7000, after, 4096));
	CHECK(!__builtin_memcmp(before, after, 4096));
	teardown();
}

TEST(page_beyond_the_gpa_space_faults)
{
	setup();
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x5001);
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, (1ull << 36) | 1), HVE_GP);
	CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0x5001);
	CHECK_EQ(fake.nr_maps, 1);
	/* not enabled: just a number */
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 1ull << 36), HVE_NO_FAULT);
	teardown();
}

TEST(reserved_bits_are_preserved)
{
	setup();
	open_hypercalls();
	CHECK_EQ(wr(HV_X64_MSR_HYPERCALL, 0x5ffd), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0x5ffd);
	teardown();
}

TEST(page_and_os_id_are_partition_wide)
{
	u64 val;

	setup();
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x5001);
	hve_tlfs_msr_read(&vp[3], 0, HV_X64_MSR_HYPERCALL, &val);
	CHECK_EQ(val, 0x5001);
	hve_tlfs_msr_read(&vp[3], 0, HV_X64_MSR_GUEST_OS_ID, &val);
	CHECK_EQ(val, OS_ID);
	teardown();
}
