// SPDX-License-Identifier: GPL-2.0
/* stats.c, call_stats.c, call_ext.c: statistics pages, extended calls */
#include "fake_host.h"

#include <stdlib.h>
#include <string.h>

#include "blob.h"

#define PT_PAGE		0x5000ull
#define VP_PAGE		0x6000ull
#define OTHER_PAGE	0x7000ull
#define VPV		3		/* words before the second group */
#define INPUT		0x8000ull
#define OUTPUT		0x9000ull

static u64 word(u64 gpa, unsigned int n)
{
	return guest_read64(gpa + 8 * n);
}

static u16 map_as(u32 type, u64 partition, u32 index, u8 area, u64 gpn)
{
	struct hv_map_stats_page in = {
		.type = type,
		.identity = {
			.partition_id = partition, .vp_index = index,
			.area = area,
		},
		.gpn = gpn,
	};

	CHECK(guest_write(INPUT, &in, sizeof(in)));
	return hcall(HVCALL_MAP_STATS_PAGE_2, INPUT, 0);
}

static u16 map(u32 type, u32 index, u8 area, u64 gpa)
{
	return map_as(type, HV_PARTITION_ID_SELF, index, area, gpa >> 12);
}

static u16 unmap(u32 type, u64 partition, u32 index, u8 area)
{
	u32 in[5] = { type, partition, partition >> 32, index,
		      (u32)area << 24 };

	CHECK(guest_write(INPUT, in, sizeof(in)));
	return hcall(HVCALL_UNMAP_STATS_PAGE, INPUT, 0);
}

TEST(pages_are_read_only_overlays_by_register)
{
	u64 dirt = 0xdddd;
	u32 msr;

	setup();
	open_hypercalls();
	for (msr = HV_X64_MSR_STATS_PARTITION_RETAIL;
	     msr <= HV_X64_MSR_STATS_VP_INTERNAL; msr++) {
		CHECK_EQ(rd(msr), 0);
		CHECK(guest_write(PT_PAGE, &dirt, 8));
		CHECK_EQ(wr(msr, PT_PAGE | 0x7f1), HVE_NO_FAULT);
		CHECK_EQ(rd(msr), PT_PAGE | 0x7f1);
		CHECK_EQ(word(PT_PAGE, 0) & 0xffff, msr & 1 ? 0 : 2);
		CHECK(!guest_write(PT_PAGE, &dirt, 8));
		CHECK_EQ(wr(msr, 0), HVE_NO_FAULT);
		CHECK_EQ(word(PT_PAGE, 0), dirt);
		/* "will not be accessible to the guest" */
		CHECK_EQ(wr(msr, ~0xfffull | 1), HVE_NO_FAULT);
		CHECK_EQ(rd(msr), ~0xfffull | 1);
		CHECK_EQ(wr(msr, 0), HVE_NO_FAULT);
	}
	take_gate(&vp[0], HV_ACCESS_STATS);
	CHECK_EQ(wr(HV_X64_MSR_STATS_VP_RETAIL, 0), HVE_GP);
	CHECK_EQ(map(HV_STATS_OBJECT_VP, 0, 0, VP_PAGE),
		 (__force u16)HV_STATUS_ACCESS_DENIED);
	teardown();
}

TEST(counters_are_where_the_appendix_has_them)
{
	u64 calls;

	setup();
	open_hypercalls();
	fake.machine_stats = 7;
	fake.runtime_ns = 123400;
	CHECK_EQ(wr(HV_X64_MSR_STATS_VP_RETAIL, VP_PAGE | 1), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_STATS_PARTITION_RETAIL, PT_PAGE | 1),
		 HVE_NO_FAULT);
	/* type, version 1.0, length */
	CHECK_EQ(word(VP_PAGE, 0), 2 | 1ull << 32 | 16ull << 48);
	CHECK_EQ(word(VP_PAGE, 1), 1234);
	CHECK_EQ(word(VP_PAGE, 2), 70);
	CHECK_EQ(word(VP_PAGE, VPV), 3 | 1ull << 32 | 472ull << 48);
	CHECK_EQ(word(VP_PAGE, VPV + 60), 0);
	CHECK_EQ(word(VP_PAGE, VPV + HV_STATS_VPV_CPUID_INSTRUCTIONS), 7);
	CHECK_EQ(word(PT_PAGE, 0), 2 | 1ull << 32 | 8ull << 48);
	CHECK_EQ(word(PT_PAGE, 1), FAKE_NR_VPS);
	CHECK_EQ(word(PT_PAGE, 2), 0);

	calls = word(VP_PAGE, VPV + HV_STATS_VPV_LONG_SPIN_WAIT_HYPERCALLS);
	CHECK_EQ(calls, 0);
	CHECK_EQ(hcall(HVCALL_NOTIFY_LONG_SPIN_WAIT | HV_HYPERCALL_FAST, 1, 0),
		 0);
	wr(HV_X64_MSR_EOI, 0);
	rd(HV_X64_MSR_TPR);
	/* written when the VP has been out of its window */
	CHECK_EQ(word(VP_PAGE, VPV + HV_STATS_VPV_LONG_SPIN_WAIT_HYPERCALLS), 0);
	fake.machine_stats = 9;
	hve_tlfs_stats_update(&vp[0]);
	CHECK_EQ(word(VP_PAGE, VPV + HV_STATS_VPV_LONG_SPIN_WAIT_HYPERCALLS), 1);
	CHECK_EQ(word(VP_PAGE, VPV + HV_STATS_VPV_OTHER_HYPERCALLS), 8);
	CHECK_EQ(word(VP_PAGE, VPV + HV_STATS_VPV_APIC_EOI_ACCESSES), 10);
	CHECK_EQ(word(VP_PAGE, VPV + HV_STATS_VPV_APIC_TPR_ACCESSES), 1);
	/* others do not write it */
	fake.machine_stats = 11;
	hve_tlfs_stats_update(&vp[1]);
	CHECK_EQ(word(VP_PAGE, VPV + HV_STATS_VPV_CPUID_INSTRUCTIONS), 9);
	teardown();
}

TEST(pages_by_call)
{
	setup();
	open_hypercalls();
	CHECK_EQ(map(HV_STATS_OBJECT_VP, HV_VP_INDEX_SELF, 0, VP_PAGE), 0);
	CHECK_EQ(rd(HV_X64_MSR_STATS_VP_RETAIL), VP_PAGE | 1);
	CHECK_EQ(map(HV_STATS_OBJECT_VP, 0, 0, VP_PAGE),
		 (__force u16)HV_STATUS_OPERATION_DENIED);
	CHECK_EQ(unmap(HV_STATS_OBJECT_VP, HV_PARTITION_ID_SELF, 0, 0), 0);
	CHECK_EQ(unmap(HV_STATS_OBJECT_VP, HV_PARTITION_ID_SELF, 0, 0),
		 (__force u16)HV_STATUS_OPERATION_DENIED);
	CHECK_EQ(map(HV_STATS_OBJECT_VP, 0, HV_STATS_AREA_INTERNAL, VP_PAGE), 0);
	CHECK_EQ(rd(HV_X64_MSR_STATS_VP_INTERNAL), VP_PAGE | 1);
	CHECK_EQ(map(HV_STATS_OBJECT_PARTITION, 0, 0, PT_PAGE), 0);
	CHECK_EQ(word(PT_PAGE, 1), FAKE_NR_VPS);
	CHECK_EQ(unmap(HV_STATS_OBJECT_PARTITION, HV_PARTITION_ID_SELF, 0, 0),
		 0);
	/* of another VP */
	CHECK_EQ(map(HV_STATS_OBJECT_VP, 1, 0, OTHER_PAGE), 0);
	fake.machine_stats = 3;
	hve_tlfs_stats_update(&vp[1]);
	CHECK_EQ(word(OTHER_PAGE, VPV + HV_STATS_VPV_CPUID_INSTRUCTIONS), 3);
	teardown();
}

TEST(errors_of_the_calls)
{
	u16 param = (__force u16)HV_STATUS_INVALID_PARAMETER;
	struct hv_map_stats_page in = {
		.type = HV_STATS_OBJECT_VP, .rsvdz = 1,
		.identity.partition_id = HV_PARTITION_ID_SELF,
	};

	setup();
	open_hypercalls();
	CHECK_EQ(map_as(HV_STATS_OBJECT_VP, 1, 0, 0, 6),
		 (__force u16)HV_STATUS_INVALID_PARTITION_ID);
	CHECK_EQ(map(HV_STATS_OBJECT_VP, FAKE_NR_VPS, 0, VP_PAGE),
		 (__force u16)HV_STATUS_INVALID_VP_INDEX);
	CHECK_EQ(map(HV_STATS_OBJECT_VP, 0, 1, VP_PAGE), param);
	CHECK_EQ(map(HV_STATS_OBJECT_PARTITION, 1, 0, PT_PAGE), param);
	CHECK_EQ(map(HV_STATS_OBJECT_HYPERVISOR, 0, 0, PT_PAGE),
		 (__force u16)HV_STATUS_ACCESS_DENIED);
	CHECK_EQ(map(HV_STATS_OBJECT_LOGICAL_PROCESSOR, 0, 0, PT_PAGE),
		 (__force u16)HV_STATUS_ACCESS_DENIED);
	CHECK_EQ(map(9, 0, 0, PT_PAGE), param);
	CHECK_EQ(map_as(HV_STATS_OBJECT_VP, HV_PARTITION_ID_SELF, 0, 0,
			1ull << 52), param);
	CHECK(guest_write(INPUT, &in, sizeof(in)));
	CHECK_EQ(hcall(HVCALL_MAP_STATS_PAGE_2, INPUT, 0), param);
	in.rsvdz = 0;
	in.identity.rsvdz2 = 1;
	CHECK(guest_write(INPUT, &in, sizeof(in)));
	CHECK_EQ(hcall(HVCALL_MAP_STATS_PAGE_2, INPUT, 0), param);
	in.identity.rsvdz2 = 0;
	in.identity.rsvdz3 = 1;
	CHECK(guest_write(INPUT, &in, sizeof(in)));
	CHECK_EQ(hcall(HVCALL_MAP_STATS_PAGE_2, INPUT, 0), param);
	teardown();
}

TEST(places_are_saved_and_gone_after_a_reset)
{
	setup();
	open_hypercalls();
	CHECK_EQ(wr(HV_X64_MSR_STATS_VP_RETAIL, VP_PAGE | 1), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_STATS_PARTITION_RETAIL, PT_PAGE | 1),
		 HVE_NO_FAULT);
	save();
	hve_tlfs_partition_reset(&pt);
	CHECK_EQ(rd(HV_X64_MSR_STATS_VP_RETAIL), 0);
	CHECK_EQ(rd(HV_X64_MSR_STATS_PARTITION_RETAIL), 0);
	CHECK_EQ(word(VP_PAGE, 0), 0);
	CHECK_EQ(load(), 0);
	CHECK_EQ(rd(HV_X64_MSR_STATS_VP_RETAIL), VP_PAGE | 1);
	CHECK_EQ(word(VP_PAGE, 0), 2 | 1ull << 32 | 16ull << 48);
	CHECK_EQ(word(PT_PAGE, 1), FAKE_NR_VPS);
	fake.machine_stats = 5;
	hve_tlfs_stats_update(&vp[0]);
	CHECK_EQ(word(VP_PAGE, VPV + HV_STATS_VPV_CPUID_INSTRUCTIONS), 5);
	teardown();
}

static u16 ext(u64 control, u64 out)
{
	return hcall(control, 0, out);
}

TEST(extended_calls_in_the_kernel)
{
	struct hv_boot_zeroed_memory z;
	u16 no_call = (__force u16)HV_STATUS_INVALID_HYPERCALL_CODE;

	setup();
	open_hypercalls();
	CHECK_EQ(hve_tlfs_ext_set(&pt, 1 << 3), -EINVAL);
	CHECK_EQ(hve_tlfs_ext_set(&pt, 0x11), 0);
	CHECK_EQ(ext(HVEXTCALL_QUERY_CAPABILITIES, OUTPUT), 0);
	CHECK_EQ(word(OUTPUT, 0), 0x11);
	CHECK_EQ(ext(HVEXTCALL_QUERY_CAPABILITIES, OUTPUT + 4),
		 (__force u16)HV_STATUS_INVALID_ALIGNMENT);
	CHECK_EQ(ext(HVEXTCALL_QUERY_CAPABILITIES | 1ull << 17, OUTPUT),
		 (__force u16)HV_STATUS_INVALID_HYPERCALL_INPUT);
	CHECK_EQ(ext(HVEXTCALL_QUERY_CAPABILITIES | HV_HYPERCALL_FAST, OUTPUT),
		 (__force u16)HV_STATUS_INVALID_PARAMETER);

	CHECK_EQ(ext(HVEXTCALL_GET_BOOT_ZEROED_MEMORY, OUTPUT), 0);
	CHECK(guest_read(OUTPUT, &z, sizeof(z)));
	CHECK_EQ(z.nr, 2);
	CHECK_EQ(z.range[0].gpn, 0x100);
	CHECK_EQ(z.range[1].pages, 0x10);
	CHECK_EQ(z.range[2].pages, 0);
	CHECK_EQ(ext(HVEXTCALL_GET_BOOT_ZEROED_MEMORY, OUTPUT + 16),
		 (__force u16)HV_STATUS_INVALID_ALIGNMENT);

	CHECK_EQ(ext(HVEXTCALL_MEMORY_HEAT_HINT, OUTPUT), no_call);
	CHECK_EQ(fake.nr_exits, 0);
	gpr[1] = HVEXTCALL_MEMORY_HEAT_HINT_ASYNC;
	gpr[2] = OUTPUT;
	CHECK_EQ(hve_tlfs_hypercall(&vp[0], 0, gpr), HVE_HCALL_USER);
	CHECK_EQ(fake.nr_exits, 1);
	hve_tlfs_hypercall_complete(&vp[0], gpr, 0);
	CHECK_EQ(ext(0x8004, OUTPUT), no_call);
	CHECK_EQ(ext(HVEXTCALL_LAST, OUTPUT), no_call);
	teardown();
}
