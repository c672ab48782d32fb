// SPDX-License-Identifier: GPL-2.0
/* tlfs_report.c, partition/count.c: counters, rows of the report */
#include <string.h>

#include "fake_host.h"
#include "hvemu/hypercall/hypercall.h"
#include "hvemu/partition/partition.h"
#include "hvemu/synic/synic.h"

#define MAX	600

static struct hve_report_row rows[MAX];
static int nr;

static void report(u32 vp_index)
{
	memset(rows, 0xa5, sizeof(rows));
	nr = hve_tlfs_report(&pt, vp_index, rows, MAX);
	CHECK(nr > 100 && nr < MAX);
}

static const struct hve_report_row *find(enum hve_report_kind kind, u32 number,
					 u32 detail)
{
	int i;

	for (i = 0; i < nr; i++)
		if (rows[i].kind == kind && rows[i].number == number &&
		    rows[i].detail == detail)
			return &rows[i];
	return NULL;
}

static const struct hve_report_row *feature(unsigned int gate)
{
	static const u32 leaf[] = { 0x40000003, 0x40000003, 0x40000003,
				    0x40000004, 0x40000001, 0x40000082 };
	static const u8 reg[] = { 0, 1, 3, 0, 0, 0 };
	const struct hve_report_row *row =
		find(HVE_REPORT_FEATURE, leaf[gate / 32],
		     reg[gate / 32] * 32 + gate % 32);
	static const struct hve_report_row none;

	CHECK(row != NULL);
	return row ?: &none;
}

static u64 count_of(enum hve_report_kind kind, u32 number)
{
	const struct hve_report_row *row = find(kind, number, 0);

	return row ? row->count : ~0ull;
}

TEST(everything_has_a_name)
{
	struct hve_msr_info info;
	unsigned int i;
	u32 msr;
	u16 code;

	setup();
	for (msr = 0x40000000; msr < 0x40000120; msr++)
		if (hve_tlfs_msr_info(msr, &info))
			CHECK(info.name && *info.name && strlen(info.name) < 32);
	for (i = 0; hve_hcall_code(i, &code); i++)
		CHECK(hve_hcall_row(code)->name &&
		      strlen(hve_hcall_row(code)->name) < 32);
	for (i = 0; i < HVE_NR_USES; i++)
		CHECK(hve_use_rows[i].name && strlen(hve_use_rows[i].name) < 40);
	report(HVE_REPORT_ALL_VPS);
	for (i = 0; i < (unsigned int)nr; i++)
		CHECK(rows[i].name || rows[i].kind == HVE_REPORT_SLOT);
	teardown();
}

TEST(nothing_is_counted_before_it_is_used)
{
	int i;

	setup();
	report(HVE_REPORT_ALL_VPS);
	for (i = 0; i < nr; i++) {
		CHECK_EQ(rows[i].count, 0);
		CHECK_EQ(rows[i].rejected, 0);
		CHECK_EQ(rows[i].first_ns, 0);
		CHECK(rows[i].kind != HVE_REPORT_REJECT);
		CHECK(rows[i].kind != HVE_REPORT_SLOT);
	}
	CHECK_EQ(feature(HV_ACCESS_VP_INDEX)->flags, HVE_REPORT_ADVERTISED);
	CHECK_EQ(feature(HV_ACCESS_SYNIC_REGS)->flags,
		 HVE_REPORT_ADVERTISED | HVE_REPORT_SWITCHED);
	teardown();
}

TEST(registers_are_counted_by_number_and_vp)
{
	u64 val;

	setup();
	fake.ns = 5000;
	hve_tlfs_msr_read(&vp[1], 0, HV_X64_MSR_VP_INDEX, &val);
	hve_tlfs_msr_read(&vp[1], 0, HV_X64_MSR_VP_INDEX, &val);
	fake.ns = 9000;
	hve_tlfs_msr_read(&vp[2], 0, HV_X64_MSR_VP_INDEX, &val);
	hve_tlfs_msr_write(&vp[1], 0, HV_X64_MSR_SINT0 + 3, 0x10000);
	report(HVE_REPORT_ALL_VPS);
	CHECK_EQ(count_of(HVE_REPORT_MSR_READ, HV_X64_MSR_VP_INDEX), 3);
	CHECK_EQ(count_of(HVE_REPORT_MSR_WRITE, HV_X64_MSR_SINT0 + 3), 1);
	CHECK_EQ(count_of(HVE_REPORT_MSR_WRITE, HV_X64_MSR_SINT0 + 4), 0);
	CHECK_EQ(feature(HV_ACCESS_VP_INDEX)->count, 3);
	CHECK_EQ(feature(HV_ACCESS_VP_INDEX)->first_ns, 5000);
	/* a read-only one cannot be written: no such row */
	CHECK_EQ(count_of(HVE_REPORT_MSR_WRITE, HV_X64_MSR_VP_INDEX), ~0ull);
	report(2);
	CHECK_EQ(count_of(HVE_REPORT_MSR_READ, HV_X64_MSR_VP_INDEX), 1);
	CHECK_EQ(feature(HV_ACCESS_VP_INDEX)->first_ns, 9000);
	teardown();
}

TEST(what_must_go_outside_is_counted_once)
{
	setup();
	fake.window = true;
	CHECK_EQ(wr(HV_X64_MSR_GUEST_OS_ID, OS_ID), HVE_OUTSIDE);
	fake.apic_must_leave = true;
	CHECK_EQ(wr(HV_X64_MSR_EOI, 0), HVE_OUTSIDE);
	fake.window = false;
	fake.apic_must_leave = false;
	CHECK_EQ(wr(HV_X64_MSR_GUEST_OS_ID, OS_ID), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_EOI, 0), HVE_NO_FAULT);
	report(0);
	CHECK_EQ(count_of(HVE_REPORT_MSR_WRITE, HV_X64_MSR_GUEST_OS_ID), 1);
	CHECK_EQ(count_of(HVE_REPORT_MSR_WRITE, HV_X64_MSR_EOI), 1);
	teardown();
}

TEST(refused_registers_are_counted_with_their_feature)
{
	u64 val;

	setup();
	take_gate(&vp[0], HV_ACCESS_VP_INDEX);
	hve_tlfs_msr_read(&vp[0], 0, HV_X64_MSR_VP_INDEX, &val);
	hve_tlfs_msr_read(&vp[0], 0, HV_X64_MSR_VP_INDEX, &val);
	wr(HV_X64_MSR_EOI, 1ull << 32);
	hve_tlfs_msr_read(&vp[0], 0, 0x40000030, &val);
	report(0);
	CHECK_EQ(feature(HV_ACCESS_VP_INDEX)->rejected, 2);
	CHECK_EQ(feature(HV_ACCESS_VP_INDEX)->status, HVE_REJECT_GP);
	CHECK_EQ(feature(HV_ACCESS_VP_INDEX)->flags, 0);
	CHECK_EQ(feature(HV_ACCESS_INTR_CTRL_REGS)->rejected, 1);
	CHECK_EQ(feature(HVE_GATE_HV1)->rejected, 1);
	CHECK_EQ(count_of(HVE_REPORT_REJECT, HV_X64_MSR_VP_INDEX), 2);
	CHECK_EQ(count_of(HVE_REPORT_REJECT, 0x40000030), 1);
	CHECK_EQ(find(HVE_REPORT_REJECT, HV_X64_MSR_EOI, 0)->status,
		 HVE_REJECT_GP);
	teardown();
}

TEST(calls_are_counted_by_code_and_status)
{
	setup();
	open_hypercalls();
	fake.ns = 700;
	hcall(HVCALL_NOTIFY_LONG_SPIN_WAIT | FAST, 5, 0);
	hcall(HVCALL_NOTIFY_LONG_SPIN_WAIT | FAST, 5, 0);
	hcall(HVCALL_NOTIFY_LONG_SPIN_WAIT | FAST | VARHEAD(1), 5, 0);
	hcall(0x7f, 0, 0);
	hcall(0x7ffe, 0, 0);
	take_gate(&vp[0], HV_HINT_CLUSTER_IPI);
	hcall(HVCALL_SEND_SYNTHETIC_CLUSTER_IPI | FAST, 0x30, 1);
	report(HVE_REPORT_ALL_VPS);
	CHECK_EQ(count_of(HVE_REPORT_CALL, HVCALL_NOTIFY_LONG_SPIN_WAIT), 2);
	CHECK_EQ(find(HVE_REPORT_REJECT, HVCALL_NOTIFY_LONG_SPIN_WAIT, 0)->status,
		 3);
	CHECK_EQ(find(HVE_REPORT_REJECT, 0x7f, 0)->status, 2);
	CHECK_EQ(find(HVE_REPORT_REJECT, 0x7ffe, 0)->status, 2);
	CHECK_EQ(find(HVE_REPORT_REJECT,
		      HVCALL_SEND_SYNTHETIC_CLUSTER_IPI, 0)->status, 6);
	CHECK_EQ(count_of(HVE_REPORT_CALL, HVCALL_SEND_SYNTHETIC_CLUSTER_IPI), 0);
	CHECK_EQ(feature(HV_HINT_CLUSTER_IPI)->rejected, 1);
	CHECK_EQ(feature(HV_HINT_CLUSTER_IPI)->status, 6);
	CHECK_EQ(feature(HVE_GATE_HV1)->count, 2);
	CHECK_EQ(feature(HVE_GATE_HV1)->first_ns, 700);
	teardown();
}

TEST(a_call_has_both_of_its_features)
{
	/* vector, format, mask of banks, one bank */
	static const u64 in[] = { 0x30, 0, 1, 1 };

	setup();
	open_hypercalls();
	CHECK(guest_write(0x5000, in, sizeof(in)));
	CHECK_EQ(STATUS(hcall(HVCALL_SEND_SYNTHETIC_CLUSTER_IPI_EX | VARHEAD(1),
			      0x5000, 0)), 0);
	report(0);
	CHECK_EQ(feature(HV_HINT_CLUSTER_IPI)->count, 1);
	CHECK_EQ(feature(HV_HINT_EX_PROCESSOR_MASKS)->count, 1);
	CHECK(feature(HV_HINT_EX_PROCESSOR_MASKS)->first_ns ==
	      feature(HV_HINT_CLUSTER_IPI)->first_ns);
	teardown();
}

TEST(rejects_without_room_are_summed_up)
{
	unsigned int i;

	setup();
	open_hypercalls();
	for (i = 0; i < 200; i++)
		hcall(0x4000 + i, 0, 0);
	report(0);
	CHECK_EQ(count_of(HVE_REPORT_REJECT, 0x4000), 1);
	CHECK_EQ(count_of(HVE_REPORT_REJECT, ~0u), 200 - (HVE_NR_REJECTS - 1));
	CHECK_EQ(feature(HVE_GATE_HV1)->rejected, 200);
	/* the same on two VPs is one row */
	wr(HV_X64_MSR_VP_INDEX, 0);
	hve_tlfs_msr_write(&vp[1], 0, HV_X64_MSR_VP_INDEX, 0);
	hve_tlfs_msr_write(&vp[2], 0, HV_X64_MSR_VP_INDEX, 0);
	report(HVE_REPORT_ALL_VPS);
	CHECK_EQ(count_of(HVE_REPORT_REJECT, HV_X64_MSR_VP_INDEX), 2);
	teardown();
}

TEST(what_the_guest_has_switched_on)
{
	setup();
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x6001);
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	hve_tlfs_msr_write(&vp[3], 0, HV_X64_MSR_SCONTROL, 1);
	report(HVE_REPORT_ALL_VPS);
	CHECK(feature(HV_ACCESS_HYPERCALL_MSRS)->flags & HVE_REPORT_ENABLED);
	CHECK(feature(HV_ACCESS_INTR_CTRL_REGS)->flags & HVE_REPORT_ENABLED);
	CHECK(feature(HV_ACCESS_SYNIC_REGS)->flags & HVE_REPORT_ENABLED);
	CHECK(!(feature(HV_ACCESS_PARTITION_REFERENCE_TSC)->flags &
		HVE_REPORT_ENABLED));
	report(0);
	CHECK(!(feature(HV_ACCESS_SYNIC_REGS)->flags & HVE_REPORT_ENABLED));
	teardown();
}

TEST(occupied_slots_and_queues)
{
	const struct hve_report_row *row;
	struct hve_msg *msg;

	setup();
	open_hypercalls();
	wr(HV_X64_MSR_SCONTROL, 1);
	wr(HV_X64_MSR_SIMP, 0x8001);
	wr(HV_X64_MSR_SINT0 + 2, 0x40);
	msg = vp[0].vtl[0].synic.timer_msg;
	msg[0].msg.header.message_type = HVMSG_TIMER_EXPIRED;
	msg[1].msg.header.message_type = HVMSG_TIMER_EXPIRED;
	hve_msg_queue(&vp[0], 0, 2, &msg[0]);
	hve_msg_queue(&vp[0], 0, 2, &msg[1]);
	hve_msg_deliver(&vp[0], 0, 2);
	hve_msg_deliver(&vp[0], 0, 2);
	report(HVE_REPORT_ALL_VPS);
	row = find(HVE_REPORT_SLOT, 2, 0);
	CHECK(row && row->status == HVMSG_TIMER_EXPIRED && row->count == 1);
	CHECK_EQ(count_of(HVE_REPORT_USE, HVE_USE_MESSAGE_DELIVERED), 1);
	CHECK_EQ(count_of(HVE_REPORT_USE, HVE_USE_MESSAGE_WAITED), 1);
	report(1);
	CHECK(!find(HVE_REPORT_SLOT, 2, 0));
	teardown();
}

TEST(a_reset_leaves_the_counters)
{
	setup();
	wr(HV_X64_MSR_SINT0, 0x10000);
	hve_tlfs_partition_reset(&pt);
	report(0);
	CHECK_EQ(count_of(HVE_REPORT_MSR_WRITE, HV_X64_MSR_SINT0), 1);
	teardown();
}

TEST(more_rows_than_fit)
{
	struct hve_report_row few[3] = { 0 };
	int all, i;

	setup();
	report(HVE_REPORT_ALL_VPS);
	all = nr;
	CHECK_EQ(hve_tlfs_report(&pt, HVE_REPORT_ALL_VPS, few, 2), all);
	CHECK(few[0].name && few[1].name && !few[2].name);
	CHECK_EQ(hve_tlfs_report(&pt, HVE_REPORT_ALL_VPS, NULL, 0), all);
	for (i = 0; i < 2; i++)
		CHECK(few[i].name == rows[i].name);
	teardown();
}

TEST(why_the_tsc_page_is_off)
{
	setup();
	open_hypercalls();
	CHECK_EQ(hve_tlfs_tsc_page_state(&pt), HVE_TSC_PAGE_NOT_ENABLED);
	wr(HV_X64_MSR_REFERENCE_TSC, 0x8001);
	CHECK_EQ(hve_tlfs_tsc_page_state(&pt), HVE_TSC_PAGE_VALID);
	fake.tsc_unstable = true;
	hve_tlfs_tsc_changed(&pt);
	CHECK_EQ(hve_tlfs_tsc_page_state(&pt), HVE_TSC_PAGE_UNSTABLE);
	fake.tsc_freq = 10000000;
	hve_tlfs_tsc_changed(&pt);
	CHECK_EQ(hve_tlfs_tsc_page_state(&pt), HVE_TSC_PAGE_TOO_SLOW);
	hve_tlfs_time_freeze(&pt);
	CHECK_EQ(hve_tlfs_tsc_page_state(&pt), HVE_TSC_PAGE_FROZEN);
	hve_tlfs_time_thaw(&pt);
	wr(HV_X64_MSR_REFERENCE_TSC, fake.gpa_limit | 1);
	CHECK_EQ(hve_tlfs_tsc_page_state(&pt), HVE_TSC_PAGE_OUT_OF_REACH);
	take_gate(&vp[0], HV_ACCESS_PARTITION_REFERENCE_TSC);
	CHECK_EQ(hve_tlfs_tsc_page_state(&pt), HVE_TSC_PAGE_NOT_OFFERED);
	CHECK_EQ(hve_tlfs_guest_os_id(&pt), OS_ID);
	teardown();
}

TEST(without_memory_there_is_no_report)
{
	setup();
	fake.fail_at = fake.can_fail + 1;
	CHECK_EQ(hve_tlfs_report(&pt, HVE_REPORT_ALL_VPS, rows, MAX), -ENOMEM);
	teardown();
}
