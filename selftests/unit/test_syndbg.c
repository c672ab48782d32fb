// SPDX-License-Identifier: GPL-2.0
/* syndbg.c, call_debug.c: the synthetic debugger */
#include "fake_host.h"
#include "hvemu/partition/partition.h"

#define USE_HCALLS	4

TEST(control_and_pending_leave_to_the_vmm)
{
	u32 msr;

	setup();
	for (msr = HV_X64_MSR_SYNDBG_CONTROL;
	     msr <= HV_X64_MSR_SYNDBG_PENDING_BUFFER; msr++) {
		CHECK_EQ(rd(msr), 0);
		CHECK_EQ(wr(msr, msr * 3ull), HVE_NO_FAULT);
		CHECK_EQ(rd(msr), msr * 3ull);
	}
	CHECK_EQ(fake.nr_exits, 2);
	CHECK_EQ(fake.exit[0].kind, HVE_USER_SYNDBG);
	CHECK_EQ(fake.exit[0].syndbg.msr, HV_X64_MSR_SYNDBG_CONTROL);
	CHECK_EQ(fake.exit[0].syndbg.reg[0], 3ull * HV_X64_MSR_SYNDBG_CONTROL);
	CHECK_EQ(fake.exit[0].syndbg.reg[4], 0);
	CHECK_EQ(fake.exit[1].syndbg.msr, HV_X64_MSR_SYNDBG_PENDING_BUFFER);
	CHECK_EQ(fake.exit[1].syndbg.reg[4],
		 3ull * HV_X64_MSR_SYNDBG_PENDING_BUFFER);
	hve_tlfs_syndbg_status(&vp[0], 0x10005);
	CHECK_EQ(rd(HV_X64_MSR_SYNDBG_STATUS), 0x10005);
	/* partition-wide */
	CHECK_EQ(hve_syndbg_read(&vp[1], 0, HV_X64_MSR_SYNDBG_STATUS), 0x10005);
	hve_tlfs_partition_reset(&pt);
	CHECK_EQ(rd(HV_X64_MSR_SYNDBG_STATUS), 0);
	teardown();
}

TEST(nothing_changes_in_a_window)
{
	setup();
	fake.window = true;
	CHECK_EQ(wr(HV_X64_MSR_SYNDBG_CONTROL, 1), HVE_OUTSIDE);
	CHECK_EQ(rd(HV_X64_MSR_SYNDBG_CONTROL), 0);
	CHECK_EQ(fake.nr_exits, 0);
	teardown();
}

TEST(both_leaves_are_needed)
{
	u64 val;

	setup();
	take_gate(&vp[0], HV_FEATURE_DEBUG_MSRS);
	CHECK_EQ(wr(HV_X64_MSR_SYNDBG_OPTIONS, USE_HCALLS), HVE_GP);
	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, HV_X64_MSR_SYNDBG_STATUS, &val),
		 HVE_GP);
	take_gate(&vp[0], HV_VS_KERNEL_DEBUGGING);
	CHECK_EQ(wr(HV_X64_MSR_SYNDBG_OPTIONS, USE_HCALLS), HVE_GP);
	teardown();
}

TEST(calls)
{
	u64 in = 0x5000, out = 0x6000;

	setup();
	open_hypercalls();
	/* the guest has to choose them */
	CHECK_EQ(STATUS(hcall(HVCALL_RESET_DEBUG_SESSION, 0, 0)), 8);
	wr(HV_X64_MSR_SYNDBG_OPTIONS, USE_HCALLS);
	CHECK_EQ(hcall_action(HVCALL_RESET_DEBUG_SESSION, 0, 0),
		 HVE_HCALL_USER);
	CHECK_EQ(hcall_action(HVCALL_RESET_DEBUG_SESSION | FAST, 0, 0),
		 HVE_HCALL_USER);
	CHECK_EQ(hcall_action(HVCALL_POST_DEBUG_DATA, in, out), HVE_HCALL_USER);
	CHECK_EQ(fake.exit[2].kind, HVE_USER_HCALL);
	CHECK_EQ(fake.exit[2].hcall.input, HVCALL_POST_DEBUG_DATA);
	CHECK_EQ(fake.exit[2].hcall.params[0], in);
	CHECK_EQ(fake.exit[2].hcall.params[1], out);
	CHECK_EQ(hcall_action(HVCALL_RETRIEVE_DEBUG_DATA, in, out),
		 HVE_HCALL_USER);
	CHECK_EQ(fake.nr_exits, 4);
	/* what is wrong with the blocks stays here */
	CHECK_EQ(STATUS(hcall(HVCALL_POST_DEBUG_DATA, in + 4, out)), 4);
	CHECK_EQ(STATUS(hcall(HVCALL_RETRIEVE_DEBUG_DATA, 0x5ff8, out)), 4);
	CHECK_EQ(STATUS(hcall(HVCALL_RETRIEVE_DEBUG_DATA, in, out + 1)), 4);
	CHECK_EQ(STATUS(hcall(HVCALL_POST_DEBUG_DATA | REP(1), in, out)), 3);
	CHECK_EQ(STATUS(hcall(HVCALL_RESET_DEBUG_SESSION | VARHEAD(1), in,
			      out)), 3);
	CHECK_EQ(STATUS(hcall(HVCALL_POST_DEBUG_DATA | FAST, in, out)), 5);
	CHECK_EQ(fake.nr_exits, 4);
	/* privilege, then existence */
	take_gate(&vp[0], HV_DEBUGGING);
	CHECK_EQ(STATUS(hcall(HVCALL_POST_DEBUG_DATA, in, out)), 6);
	take_gate(&vp[0], HV_VS_KERNEL_DEBUGGING);
	CHECK_EQ(STATUS(hcall(HVCALL_POST_DEBUG_DATA, in, out)), 2);
	CHECK_EQ(STATUS(hcall(HVCALL_RESET_DEBUG_SESSION, in, out)), 2);
	teardown();
}

TEST(registers_are_saved)
{
	u8 blob[16384];
	u32 bytes;

	setup();
	wr(HV_X64_MSR_SYNDBG_SEND_BUFFER, 0x1234);
	wr(HV_X64_MSR_SYNDBG_OPTIONS, USE_HCALLS);
	bytes = hve_tlfs_state_get(&pt, blob);
	CHECK(bytes <= sizeof(blob));
	hve_tlfs_partition_reset(&pt);
	CHECK_EQ(hve_tlfs_state_set(&pt, blob, bytes), 0);
	CHECK_EQ(rd(HV_X64_MSR_SYNDBG_SEND_BUFFER), 0x1234);
	CHECK_EQ(rd(HV_X64_MSR_SYNDBG_OPTIONS), USE_HCALLS);
	teardown();
}
