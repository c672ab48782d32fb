// SPDX-License-Identifier: GPL-2.0
/* call_vp.c, reg_synth.c: registers, start and translation for VPs */
#include "fake_host.h"
#include "hvemu/hypercall/hypercall.h"

#include <string.h>

#define IN	0x2000ull
#define OUT	0x3000ull
#define SELF	HV_PARTITION_ID_SELF

#define GET		HVCALL_GET_VP_REGISTERS
#define SET		HVCALL_SET_VP_REGISTERS
#define START_VP	HVCALL_START_VIRTUAL_PROCESSOR
#define TRANSLATE	HVCALL_TRANSLATE_VIRTUAL_ADDRESS
#define TRANSLATE_EX	HVCALL_TRANSLATE_VIRTUAL_ADDRESS_EX

static struct {
	u64 partition;
	u32 vp;
	u8 vtl;
	u8 rsvdz[3];
	union {
		u32 names[512];
		struct hv_register_assoc regs[64];
		struct hv_initial_vp_context context;
		u64 words[2];
	};
} in;

static u64 call(u64 control)
{
	CHECK(guest_write(IN, &in, sizeof(in)));
	return hcall(control, IN, OUT);
}

static void head(u32 vp_index)
{
	memset(&in, 0, sizeof(in));
	in.partition = SELF;
	in.vp = vp_index;
}

static u64 get(u32 vp_index, u32 name, u64 *val)
{
	head(vp_index);
	in.names[0] = name;
	ram_fill(OUT >> 12, 0xcc);
	u64 res = call(GET | REP(1));

	CHECK(guest_read(OUT, val, 16));
	return res;
}

static u64 set(u32 vp_index, u32 name, u64 low, u64 high)
{
	head(vp_index);
	in.regs[0].name = name;
	in.regs[0].value.words[0] = low;
	in.regs[0].value.words[1] = high;
	return call(SET | REP(1));
}

TEST(names_are_packed_and_values_are_16_bytes_trap_63)
{
	u64 out[8];
	unsigned int i;

	setup();
	open_hypercalls();
	for (i = 0; i < 16; i++)
		fake.reg[0][i][0] = 0x1000 + i;
	head(HV_VP_INDEX_SELF);
	in.names[0] = HV_X64_REGISTER_RAX + 3;
	in.names[1] = HV_X64_REGISTER_RAX + 5;
	in.names[2] = HV_REGISTER_VP_INDEX;
	/* an output list at 8 bytes, not 16 */
	CHECK(guest_write(IN, &in, sizeof(in)));
	CHECK_EQ(hcall(GET | REP(3), IN, OUT + 8), 3ull << 32);
	CHECK(guest_read(OUT + 8, out, 48));
	CHECK_EQ(out[0], 0x1003);
	CHECK_EQ(out[1], 0);
	CHECK_EQ(out[2], 0x1005);
	CHECK_EQ(out[4], 0);
	CHECK_EQ(fake.nr_holds, 0);
	/* from the start index on */
	CHECK(guest_write(OUT, &(u64){ 0x77 }, 8));
	CHECK_EQ(hcall(GET | REP(3) | START(1), IN, OUT), 3ull << 32);
	CHECK_EQ(guest_read64(OUT), 0x77);
	CHECK_EQ(guest_read64(OUT + 16), 0x1005);
	teardown();
}

TEST(registers_by_registers)
{
	setup();
	open_hypercalls();
	fake.reg[0][2][0] = 0x4242;
	/* 16 bytes and one name: two XMM words of output behind them */
	fake.xmm[0] = HV_X64_REGISTER_RAX + 2;
	CHECK_EQ(hcall(GET | REP(1) | FAST, SELF, HV_VP_INDEX_SELF), 1ull << 32);
	CHECK_EQ(fake.xmm[2], 0x4242);
	fake.xmm[0] = HV_X64_REGISTER_RAX + 7;
	fake.xmm[2] = 0x99;
	fake.xmm[3] = 0;
	CHECK_EQ(hcall(SET | REP(1) | FAST, SELF, HV_VP_INDEX_SELF), 1ull << 32);
	CHECK_EQ(fake.reg[0][7][0], 0x99);
	teardown();
}

TEST(other_vps_are_held)
{
	u64 val[2];

	setup();
	open_hypercalls();
	fake.reg[2][1][0] = 0x55;
	CHECK_EQ(get(2, HV_X64_REGISTER_RAX + 1, val), 1ull << 32);
	CHECK_EQ(val[0], 0x55);
	CHECK_EQ(fake.nr_holds, 1);
	CHECK(!fake.held);
	CHECK_EQ(set(3, HV_X64_REGISTER_RAX + 9, 0x66, 0), 1ull << 32);
	CHECK_EQ(fake.reg[3][9][0], 0x66);
	CHECK_EQ(get(2, HV_REGISTER_VP_INDEX, val), 1ull << 32);
	CHECK_EQ(val[0], 2);
	/* by its own index the caller is nobody else */
	fake.nr_holds = 0;
	CHECK_EQ(get(0, HV_X64_REGISTER_RAX, val), 1ull << 32);
	CHECK_EQ(fake.nr_holds, 0);
	/* cannot be stopped now: the guest makes the call again */
	fake.hold_fails = 1;
	head(1);
	in.names[0] = HV_X64_REGISTER_RAX;
	CHECK(guest_write(IN, &in, sizeof(in)));
	CHECK_EQ(hcall_action(GET | REP(1), IN, OUT), HVE_HCALL_AGAIN);
	CHECK_EQ(gpr[1], GET | REP(1));
	CHECK_EQ(hcall(gpr[1], IN, OUT), 1ull << 32);
	CHECK(!fake.held);
	teardown();
}

TEST(header_errors_of_register_calls)
{
	static const u64 calls[] = { GET, SET };
	unsigned int i;
	u64 val[2];

	setup();
	open_hypercalls();
	for (i = 0; i < 2; i++) {
		head(HV_VP_INDEX_SELF);
		in.partition = 1;
		CHECK_EQ(call(calls[i] | REP(1)), 0xd);
		head(FAKE_NR_VPS);
		CHECK_EQ(call(calls[i] | REP(1)), 0xe);
		head(HV_ANY_VP);
		CHECK_EQ(call(calls[i] | REP(1)), 0xe);
		head(HV_VP_INDEX_SELF);
		in.vtl = HV_INPUT_VTL_USE_TARGET | HVE_NR_VTLS;
		CHECK_EQ(call(calls[i] | REP(1)), 5);
		in.vtl = 0x20;
		CHECK_EQ(call(calls[i] | REP(1)), 5);
		in.vtl = 0;
		in.rsvdz[1] = 1;
		CHECK_EQ(call(calls[i] | REP(1)), 5);
		/* a rep call without elements */
		head(HV_VP_INDEX_SELF);
		CHECK_EQ(STATUS(call(calls[i])), 3);
	}
	CHECK_EQ(fake.nr_holds, 0);
	/* USE_TARGET with the own VTL */
	head(HV_VP_INDEX_SELF);
	in.vtl = HV_INPUT_VTL_USE_TARGET;
	in.names[0] = HV_X64_REGISTER_RAX;
	CHECK_EQ(call(GET | REP(1)), 1ull << 32);
	take_gate(&vp[0], HV_ACCESS_VP_REGISTERS);
	CHECK_EQ(STATUS(get(HV_VP_INDEX_SELF, HV_X64_REGISTER_RAX, val)), 6);
	CHECK_EQ(STATUS(set(HV_VP_INDEX_SELF, HV_X64_REGISTER_RAX, 0, 0)), 6);
	teardown();
}

TEST(register_errors_end_the_list)
{
	u64 val[2];

	setup();
	open_hypercalls();
	CHECK_EQ(get(HV_VP_INDEX_SELF, 0xdead, val), 5);
	CHECK_EQ(set(HV_VP_INDEX_SELF, 0xdead, 0, 0), 5);
	/* suspend registers are a parent's */
	CHECK_EQ(get(HV_VP_INDEX_SELF, 0, val), 5);
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_X64_REGISTER_INITIAL_APIC_ID, 1, 0),
		 5);
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_X64_REGISTER_RAX, 1, 1), 0x50);
	/* read-only ones of ours */
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_REGISTER_VP_INDEX, 1, 0), 5);
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_REGISTER_HYPERVISOR_VERSION, 1, 0),
		 5);
	/* elements before the bad one are done */
	head(HV_VP_INDEX_SELF);
	in.names[0] = HV_X64_REGISTER_RAX;
	in.names[1] = HV_X64_REGISTER_RAX + 1;
	in.names[2] = 0xdead;
	fake.reg[0][1][0] = 0x31;
	CHECK_EQ(call(GET | REP(3)), 2ull << 32 | 5);
	CHECK_EQ(guest_read64(OUT + 16), 0x31);
	head(1);
	in.regs[0].name = HV_X64_REGISTER_RAX + 2;
	in.regs[0].value.words[0] = 0x21;
	in.regs[1].name = HV_X64_REGISTER_RAX + 3;
	in.regs[1].value.words[1] = 1;
	CHECK_EQ(call(SET | REP(2)), 1ull << 32 | 0x50);
	CHECK_EQ(fake.reg[1][2][0], 0x21);
	CHECK(!fake.held);
	teardown();
}

TEST(identity_registers_mirror_cpuid)
{
	static const struct {
		u32 name, leaf;
	} rows[] = {
		{ 0x100, 0x40000002 }, { 0x200, 0x40000003 },
		{ 0x201, 0x40000004 }, { 0x202, 0x40000005 },
		{ 0x203, 0x40000006 }, { 0x204, 0x40000007 },
		{ 0x205, 0x40000008 }, { 0x207, 0x4000000a },
		{ 0x208, 0x4000000b },
	};
	struct hve_cpuid_regs r;
	unsigned int i;
	u64 val[2];

	setup();
	open_hypercalls();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = (struct hve_cpuid_regs){};
		hve_tlfs_supported_cpuid(rows[i].leaf, &r);
		CHECK_EQ(get(HV_VP_INDEX_SELF, rows[i].name, val), 1ull << 32);
		CHECK_EQ(val[0], r.eax | (u64)r.ebx << 32);
		CHECK_EQ(val[1], r.ecx | (u64)r.edx << 32);
	}
	CHECK_EQ(get(HV_VP_INDEX_SELF, 0x206, val), 5);
	CHECK_EQ(get(HV_VP_INDEX_SELF, 0x209, val), 5);
	teardown();
}

TEST(synthetic_registers_are_the_msrs)
{
	u64 val[2];

	setup();
	open_hypercalls();
	CHECK_EQ(get(HV_VP_INDEX_SELF, HV_REGISTER_GUEST_OS_ID, val),
		 1ull << 32);
	CHECK_EQ(val[0], OS_ID);
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_REGISTER_VP_ASSIST_PAGE, 0x5001, 0),
		 1ull << 32);
	CHECK_EQ(rd(HV_X64_MSR_VP_ASSIST_PAGE), 0x5001);
	CHECK_EQ(fake.prepared, HV_X64_MSR_VP_ASSIST_PAGE);
	CHECK_EQ(set(2, HV_REGISTER_VP_ASSIST_PAGE, 0x6001, 0), 1ull << 32);
	CHECK_EQ(vp[2].vtl[0].assist.msr, 0x6001);
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_REGISTER_SINT0 + 5, 0x55, 0),
		 1ull << 32);
	CHECK_EQ(rd(HV_X64_MSR_SINT0 + 5), 0x55);
	/* as WRMSR: an unmasked vector below 16 */
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_REGISTER_SINT0 + 5, 0x5, 0), 0x50);
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_REGISTER_SINT0 + 5, 0x55, 1), 0x50);
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_REGISTER_GUEST_CRASH_P0 + 4, 77, 0),
		 1ull << 32);
	CHECK_EQ(rd(HV_X64_MSR_CRASH_P0 + 4), 77);
	/* queues and timers of another VP are its own business */
	CHECK_EQ(set(2, HV_REGISTER_STIMER0_CONFIG, 0, 0), 0x15);
	CHECK_EQ(get(2, HV_REGISTER_STIMER0_CONFIG, val), 1ull << 32);
	/* without the MSR's privilege */
	take_gate(&vp[0], HV_ACCESS_SYNIC_REGS);
	CHECK_EQ(get(HV_VP_INDEX_SELF, HV_REGISTER_SINT0, val), 6);
	CHECK_EQ(set(HV_VP_INDEX_SELF, HV_REGISTER_SINT0, 0x55, 0), 6);
	teardown();
}

TEST(start_of_a_vp_trap_64)
{
	setup();
	open_hypercalls();
	fake.waits_for_sipi[1] = true;
	head(1);
	in.context.rip = 0x1234;
	in.context.msr_cr_pat = 0x0007040600070406ull;
	CHECK_EQ(call(START_VP), 0);
	CHECK_EQ(fake.started.rip, 0x1234);
	CHECK_EQ(fake.started.msr_cr_pat, 0x0007040600070406ull);
	CHECK(!fake.held);
	/* it runs now; and the caller does anyway */
	CHECK_EQ(call(START_VP), 0x15);
	head(0);
	CHECK_EQ(call(START_VP), 0x15);
	head(HV_VP_INDEX_SELF);
	CHECK_EQ(call(START_VP), 0x15);
	fake.waits_for_sipi[2] = true;
	head(2);
	in.context.cr3 = 1ull << 60;
	CHECK_EQ(call(START_VP), 0x50);
	CHECK(fake.waits_for_sipi[2]);
	head(2);
	in.vtl = HVE_NR_VTLS;
	CHECK_EQ(call(START_VP), 0x51);
	head(2);
	in.partition = 7;
	CHECK_EQ(call(START_VP), 0xd);
	head(FAKE_NR_VPS);
	CHECK_EQ(call(START_VP), 0xe);
	/* 240 bytes do not fit into registers */
	CHECK_EQ(hcall(START_VP | FAST, SELF, 2), 5);
	fake.hold_fails = 1;
	head(2);
	CHECK(guest_write(IN, &in, sizeof(in)));
	CHECK_EQ(hcall_action(START_VP, IN, OUT), HVE_HCALL_AGAIN);
	CHECK_EQ(hcall(gpr[1], IN, OUT), 0);
	take_gate(&vp[0], HV_START_VIRTUAL_PROCESSOR);
	CHECK_EQ(call(START_VP), 6);
	teardown();
}

static u64 translate(u64 control, u32 vp_index, u64 flags, u64 page)
{
	head(vp_index);
	in.words[0] = flags;
	in.words[1] = page;
	return call(control);
}

TEST(translation_of_an_address)
{
	setup();
	open_hypercalls();
	fake.tr = (struct hve_translation){
		.code = 7, .cache_type = 6, .overlay = true, .gpn = 0x321,
		.event = 0xe0101,
	};
	CHECK_EQ(translate(TRANSLATE, HV_VP_INDEX_SELF, 0x13, 0x4567), 0);
	CHECK_EQ(fake.tr_page, 0x4567);
	CHECK_EQ(fake.tr_flags, 0x13);
	CHECK_EQ(guest_read64(OUT), 7 | 6ull << 32 | 1ull << 40);
	CHECK_EQ(guest_read64(OUT + 8), 0x321);
	CHECK_EQ(translate(TRANSLATE_EX, 2, 4, 0x4568), 0);
	CHECK_EQ(fake.nr_holds, 1);
	CHECK_EQ(guest_read64(OUT), 7 | 6ull << 32 | 1ull << 40);
	CHECK_EQ(guest_read64(OUT + 8), 0xe0101);
	CHECK_EQ(guest_read64(OUT + 16), 0x321);
	/* the VTL is no flag */
	CHECK_EQ(translate(TRANSLATE, HV_VP_INDEX_SELF, 1ull << 60 | 1, 1), 0);
	CHECK_EQ(fake.tr_flags, 1);
	teardown();
}

TEST(translation_errors)
{
	unsigned int bit;
	static const u64 calls[] = { TRANSLATE, TRANSLATE_EX };
	unsigned int i;

	setup();
	open_hypercalls();
	for (i = 0; i < 2; i++) {
		for (bit = 0; bit < 56; bit++)
			CHECK_EQ(translate(calls[i], HV_VP_INDEX_SELF,
					   1ull << bit | 1, 1),
				 bit < 5 || (bit > 5 && bit < 10) ? 0 : 5);
		/* no access asked for */
		CHECK_EQ(translate(calls[i], HV_VP_INDEX_SELF, 8, 1), 5);
		/* as user and as supervisor */
		CHECK_EQ(translate(calls[i], HV_VP_INDEX_SELF, 0xc1, 1), 5);
		CHECK_EQ(translate(calls[i], HV_VP_INDEX_SELF, 0x301, 1), 5);
		CHECK_EQ(translate(calls[i], FAKE_NR_VPS, 1, 1), 0xe);
		CHECK_EQ(translate(calls[i], HV_VP_INDEX_SELF,
				   0x11ull << 56 | 1, 1), 5);
		CHECK_EQ(translate(calls[i], HV_VP_INDEX_SELF,
				   0x20ull << 56 | 1, 1), 5);
		head(HV_VP_INDEX_SELF);
		in.partition = 3;
		in.words[0] = 1;
		CHECK_EQ(call(calls[i]), 0xd);
		/* its state cannot be read */
		head(1);
		in.words[0] = 1;
		CHECK(guest_write(IN, &in, sizeof(in)));
		fake.fail_at = fake.can_fail + 2;
		CHECK_EQ(hcall(calls[i], IN, OUT), 0x15);
		CHECK(!fake.held);
		fake.hold_fails = 1;
		CHECK_EQ(hcall_action(calls[i], IN, OUT), HVE_HCALL_AGAIN);
	}
	take_gate(&vp[0], HV_ACCESS_VP_REGISTERS);
	CHECK_EQ(translate(TRANSLATE, HV_VP_INDEX_SELF, 1, 1), 6);
	CHECK_EQ(translate(TRANSLATE_EX, HV_VP_INDEX_SELF, 1, 1), 6);
	teardown();
}
