// SPDX-License-Identifier: GPL-2.0
/* dispatch.c, fastregs.c, table.c: the calling convention */
#include "fake_host.h"
#include "hvemu/hypercall/hypercall.h"

#include <string.h>

#define IN	0x2000ull
#define OUT	0x3000ull

#define FLUSH		HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE
#define FLUSH_LIST	HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST
#define IPI		HVCALL_SEND_SYNTHETIC_CLUSTER_IPI
#define IPI_EX		HVCALL_SEND_SYNTHETIC_CLUSTER_IPI_EX
#define SPIN		HVCALL_NOTIFY_LONG_SPIN_WAIT
#define APIC_ID		HVCALL_GET_VP_INDEX_FROM_APIC_ID

static void set_leaf4(u32 spin)
{
	struct hve_cpuid_regs r;

	hve_tlfs_supported_cpuid(0x40000004, &r);
	r.ebx = spin;
	hve_tlfs_cpuid_leaf(&vp[0], 0x40000004, &r);
}

/* header and n APIC ids 8, 10, 12, 14, 8, ... */
static u32 apic_ids(u8 *buf, unsigned int n)
{
	struct hv_get_vp_index_from_apic_id *in = (void *)buf;
	unsigned int i;

	memset(in, 0, sizeof(*in));
	in->partition_id = HV_PARTITION_ID_SELF;
	for (i = 0; i < n; i++)
		in->apic_ids[i] = 8 + 2 * (i % FAKE_NR_VPS);
	return sizeof(*in) + 4 * n;
}

static void apic_ids_to_guest(unsigned int n)
{
	u8 buf[4096];
	u32 len = apic_ids(buf, n);

	CHECK(guest_write(IN, buf, len));
}

TEST(unknown_code_is_status_2_trap_1)
{
	static const u16 code[] = {
		0, 0x7f, 0xff, 0x100, 0xbeef, 0x8000, 0x8042, 0xffff,
	};
	unsigned int i;

	setup();
	open_hypercalls();
	for (i = 0; i < sizeof(code) / sizeof(code[0]); i++) {
		CHECK_EQ(hcall(code[i], 3, 5), 2);
		/* whatever else is wrong */
		CHECK_EQ(hcall(code[i] | HV_HYPERCALL_RSVDZ, 3, 5), 2);
	}
	CHECK_EQ(fake.nr_exits, 0);
	teardown();
}

static u64 rejects(u32 what, u32 status)
{
	const struct hve_reject *r = vp[0].counters.reject;
	unsigned int i;

	for (i = 0; i < HVE_NR_REJECTS; i++)
		if (r[i].count && r[i].what == what && r[i].status == status)
			return r[i].count;
	return 0;
}

TEST(refused_calls_are_counted_by_code_and_status)
{
	unsigned int i;

	setup();
	open_hypercalls();
	for (i = 0; i < 5; i++) {
		hcall(0x3ff, 3, 5);
		hcall(0x3ff, 3, 5);
		hcall(0x40, 3, 5);
		hcall(FLUSH | HV_HYPERCALL_RSVDZ, 1, 1);
	}
	CHECK_EQ(rejects(0x3ff, 2), 10);
	CHECK_EQ(rejects(0x40, 6), 5);
	CHECK_EQ(rejects(FLUSH, 3), 5);
	/* more kinds than places: the last one has the rest */
	for (i = 0; i < 2 * HVE_NR_REJECTS; i++)
		hcall(0x200 + i, 3, 5);
	CHECK_EQ(rejects(0x3ff, 2), 10);
	CHECK(vp[0].counters.reject[HVE_NR_REJECTS - 1].count > HVE_NR_REJECTS);
	teardown();
}

/* Typed a second time: what a guest is denied, and by which privilege. */
static const struct {
	u16 code;
	u8 ebx_bit;
} host_calls[] = {
	{ 0x04, 12 }, { 0x09, 12 }, { 0x40, 0 }, { 0x45, 0 }, { 0x46, 1 },
	{ 0x47, 0 }, { 0x48, 2 }, { 0x49, 2 }, { 0x4a, 2 }, { 0x57, 6 },
	{ 0x59, 7 }, { 0x6f, 13 }, { 0x76, 12 }, { 0x78, 12 }, { 0x84, 12 },
	{ 0x8b, 12 }, { 0x8d, 12 }, { 0x95, 6 }, { 0x96, 7 },
};

TEST(calls_of_host_privileges_are_denied_trap_2)
{
	unsigned int i;

	setup();
	open_hypercalls();
	for (i = 0; i < sizeof(host_calls) / sizeof(host_calls[0]); i++) {
		struct hve_cpuid_regs r;

		CHECK_EQ(hcall(host_calls[i].code, 3, 5), 6);
		CHECK_EQ(hcall(host_calls[i].code | HV_HYPERCALL_RSVDZ, 3, 5),
			 6);
		/* the privilege alone makes no call */
		hve_tlfs_supported_cpuid(0x40000003, &r);
		CHECK(!(r.ebx & 1u << host_calls[i].ebx_bit));
		r.ebx |= 1u << host_calls[i].ebx_bit;
		hve_tlfs_cpuid_leaf(&vp[0], 0x40000003, &r);
		CHECK_EQ(hcall(host_calls[i].code, 3, 5), 2);
		r.ebx &= ~(1u << host_calls[i].ebx_bit);
		hve_tlfs_cpuid_leaf(&vp[0], 0x40000003, &r);
	}
	/* numbers between them are nobody's */
	CHECK_EQ(hcall(0x58, 3, 5), 2);
	CHECK_EQ(hcall(0x7b, 3, 5), 2);
	teardown();
}

TEST(access_denied_comes_first_trap_2)
{
	setup();
	open_hypercalls();
	take_gate(&vp[0], HV_ENABLE_EXTENDED_HYPERCALLS);
	CHECK_EQ(hcall(0x8001, IN, OUT), 6);
	take_gate(&vp[0], HV_HINT_REMOTE_FLUSH);
	CHECK_EQ(hcall(FLUSH, IN, 0), 6);
	CHECK_EQ(hcall(FLUSH | HV_HYPERCALL_RSVDZ, 1, 1), 6);
	CHECK_EQ(hcall(FLUSH_LIST | REP(1), IN, 0), 6);
	take_gate(&vp[0], HV_HINT_EX_PROCESSOR_MASKS);
	CHECK_EQ(hcall(HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE_EX, IN, 0), 6);
	CHECK_EQ(hcall(IPI_EX, IN, 0), 6);
	CHECK_EQ(STATUS(hcall(FLUSH, IN, 0)), 0);
	take_gate(&vp[0], HV_HINT_CLUSTER_IPI);
	CHECK_EQ(hcall(IPI | FAST, 0x20, 1), 6);
	CHECK_EQ(hcall(IPI_EX, IN, 0), 6);
	teardown();
}

TEST(xmm_input_without_its_bit_is_ud_trap_3)
{
	setup();
	open_hypercalls();
	take_gate(&vp[0], HV_FEATURE_XMM_INPUT);
	CHECK_EQ(hcall_action(FLUSH | FAST, 0, 0), HVE_HCALL_UD);
	/* 16 bytes are plain fast */
	CHECK_EQ(hcall(IPI | FAST, 0x20, 1), 0);
	CHECK_EQ(fake.nr_irqs, 1);
	give_cpuid(&vp[0]);
	CHECK_EQ(hcall(FLUSH | FAST, 0, 0), 0);
	CHECK_EQ(fake.nr_flushes, 1);
	teardown();
}

TEST(xmm_output_without_its_bit_is_ud_trap_3)
{
	u8 buf[4096];

	setup();
	open_hypercalls();
	apic_ids(buf, 1);
	memcpy(&fake.xmm, buf + 16, 16);
	take_gate(&vp[0], HV_FEATURE_XMM_OUTPUT);
	CHECK_EQ(hcall_action(APIC_ID | FAST | REP(1), HV_PARTITION_ID_SELF, 0),
		 HVE_HCALL_UD);
	/* the other way round it needs input in XMM, too */
	give_cpuid(&vp[0]);
	take_gate(&vp[0], HV_FEATURE_XMM_INPUT);
	CHECK_EQ(hcall_action(APIC_ID | FAST | REP(1), HV_PARTITION_ID_SELF, 0),
		 HVE_HCALL_UD);
	/* x64 only */
	give_cpuid(&vp[0]);
	fake.mode = HVE_MODE_PROT32;
	memset(gpr, 0, sizeof(gpr));
	gpr[0] = APIC_ID | FAST;
	gpr[2] = 1;
	gpr[1] = ~0u;
	gpr[3] = ~0u;
	CHECK_EQ(hve_tlfs_hypercall(&vp[0], 0, gpr), HVE_HCALL_UD);
	teardown();
}

TEST(xmm_output_starts_behind_the_input_trap_4)
{
	u64 before[12];
	u8 buf[4096];

	setup();
	open_hypercalls();
	/* 20 bytes in: RDX, R8, XMM0; output from XMM1 */
	apic_ids(buf, 1);
	memset(fake.xmm, 0xee, sizeof(fake.xmm));
	memcpy(fake.xmm, buf + 16, 4);
	memcpy(before, fake.xmm, sizeof(before));
	CHECK_EQ(hcall(APIC_ID | FAST | REP(1), HV_PARTITION_ID_SELF, 0),
		 1ull << 32);
	CHECK_EQ(fake.xmm[2] & 0xffffffff, 0);
	CHECK_EQ(fake.xmm[2] >> 32, 0xeeeeeeee);
	before[2] = fake.xmm[2];
	CHECK(!memcmp(before, fake.xmm, sizeof(before)));
	/* input registers are preserved */
	CHECK_EQ(gpr[2], HV_PARTITION_ID_SELF);
	CHECK_EQ(gpr[8], 0);

	/* 16 + 12 * 4 = 64 in, 48 out: just fits; 13 do not */
	apic_ids(buf, 12);
	memcpy(fake.xmm, buf + 16, 48);
	CHECK_EQ(hcall(APIC_ID | FAST | REP(12), HV_PARTITION_ID_SELF, 0),
		 12ull << 32);
	CHECK_EQ(fake.xmm[6 + 5] >> 32, 3);
	CHECK_EQ(STATUS(hcall(APIC_ID | FAST | REP(13), HV_PARTITION_ID_SELF,
			      0)), 3);
	teardown();
}

TEST(fast_block_longer_than_the_registers)
{
	setup();
	open_hypercalls();
	/* 24 + 11 * 8 = 112 fit */
	CHECK_EQ(hcall(FLUSH_LIST | FAST | REP(11), 0, 0), 11ull << 32);
	CHECK_EQ(STATUS(hcall(FLUSH_LIST | FAST | REP(12), 0, 0)), 3);
	teardown();
}

TEST(fast_call_uses_no_addresses_trap_5)
{
	setup();
	open_hypercalls();
	CHECK_EQ(hcall(SPIN | FAST, 3, ~0ull), 0);
	CHECK_EQ(fake.nr_reads, 0);
	/* no output: R8 is ignored even when misaligned */
	CHECK_EQ(hcall(SPIN, IN, 3), 0);
	CHECK_EQ(hcall(SPIN, IN, ~0ull), 0);
	CHECK_EQ(fake.nr_yields, 3);
	teardown();
}

TEST(alignment_straddle_and_gpa_space_are_status_4_trap_6)
{
	setup();
	open_hypercalls();
	CHECK_EQ(hcall(FLUSH, IN + 4, 0), 4);
	CHECK_EQ(hcall(FLUSH, IN + 1, 0), 4);
	CHECK_EQ(hcall(FLUSH, 0x2ff0, 0), 4);
	CHECK_EQ(hcall(FLUSH, 0x2fe8, 0), 0);
	CHECK_EQ(hcall(FLUSH, 1ull << 36, 0), 4);
	CHECK_EQ(hcall(FLUSH, ~7ull, 0), 4);
	/* the elements count */
	CHECK_EQ(STATUS(hcall(FLUSH_LIST | REP(510), IN, 0)), 4);
	CHECK_EQ(hcall(FLUSH_LIST | REP(509), IN, 0), 509ull << 32);
	CHECK_EQ(STATUS(hcall(FLUSH_LIST | REP(509), IN + 8, 0)), 4);
	CHECK_EQ(STATUS(hcall(FLUSH_LIST | REP(4095), IN, 0)), 4);
	/* output */
	apic_ids_to_guest(4);
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(4), IN, OUT + 4)), 4);
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(4), IN, 0x3ff8)), 4);
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(4), IN, 1ull << 36)), 4);
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(4), IN, 0x3ff0)), 0);
	teardown();
}

TEST(memory_that_is_not_there)
{
	setup();
	open_hypercalls();
	CHECK_EQ(hcall(FLUSH, FAKE_NR_PAGES << 12, 0), 3);
	apic_ids_to_guest(4);
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(4), IN, FAKE_NR_PAGES << 12)), 3);
	/* an overlay that cannot be written, undefined: no crash */
	wr(HV_X64_MSR_HYPERCALL, OUT | 1);
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(4), IN, OUT)), 3);
	CHECK_EQ(STATUS(hcall(FLUSH, OUT, 0)), 5);
	CHECK_EQ(fake.nr_flushes, 0);
	teardown();
}

TEST(rep_start_and_count_trap_7)
{
	setup();
	open_hypercalls();
	CHECK_EQ(STATUS(hcall(FLUSH_LIST, IN, 0)), 3);
	CHECK_EQ(STATUS(hcall(FLUSH_LIST | REP(3) | START(3), IN, 0)), 3);
	CHECK_EQ(STATUS(hcall(FLUSH_LIST | REP(3) | START(9), IN, 0)), 3);
	CHECK_EQ(STATUS(hcall(FLUSH_LIST | START(1), IN, 0)), 3);
	CHECK_EQ(hcall(FLUSH_LIST | REP(3) | START(2), IN, 0), 3ull << 32);
	CHECK_EQ(fake.flush_nr, 1);
	teardown();
}

TEST(reps_completed_is_absolute_trap_8)
{
	u32 bad = 99;
	u64 res;

	setup();
	open_hypercalls();
	apic_ids_to_guest(10);
	CHECK_EQ(hcall(APIC_ID | REP(10) | START(5), IN, OUT), 10ull << 32);
	/* an error at element k reports k and gives the k results */
	CHECK(guest_write(IN + 16 + 4 * 7, &bad, 4));
	ram_fill(OUT >> 12, 0xff);
	res = hcall(APIC_ID | REP(10) | START(5), IN, OUT);
	CHECK_EQ(STATUS(res), 5);
	CHECK_EQ(REPS(res), 7);
	CHECK_EQ(guest_read64(OUT + 4 * 4), 0x00000001ffffffffull);
	CHECK_EQ(guest_read64(OUT + 4 * 6), 0xffffffff00000002ull);
	teardown();
}

TEST(rep_calls_update_rcx_simple_ones_do_not_trap_9)
{
	u64 c = FLUSH_LIST | REP(4) | START(1);

	setup();
	open_hypercalls();
	hcall(c, IN, 0);
	CHECK_EQ(gpr[1], FLUSH_LIST | REP(4) | START(4));
	hcall(FLUSH, IN, 0);
	CHECK_EQ(gpr[1], FLUSH);
	CHECK_EQ(gpr[2], IN);
	teardown();
}

static void prot32(u64 control, u64 p1, u64 p2)
{
	fake.mode = HVE_MODE_PROT32;
	/* upper halves are not part of the registers */
	memset(gpr, 0xab, sizeof(gpr));
	gpr[0] = 0xabababab00000000ull | (u32)control;
	gpr[2] = 0xabababab00000000ull | control >> 32;
	gpr[1] = 0xabababab00000000ull | (u32)p1;
	gpr[3] = 0xabababab00000000ull | p1 >> 32;
	gpr[6] = 0xabababab00000000ull | (u32)p2;
	gpr[7] = 0xabababab00000000ull | p2 >> 32;
}

TEST(continuation_keeps_rip_and_comes_back_trap_9_10)
{
	u64 c = APIC_ID | REP(100);
	unsigned int i, rounds;

	setup();
	open_hypercalls();
	apic_ids_to_guest(100);
	fake.ns_step = 30000;
	for (rounds = 0; rounds < 100; rounds++) {
		if (hcall_action(c, IN, OUT) != HVE_HCALL_AGAIN)
			break;
		CHECK(gpr[1] > c);
		c = gpr[1];
		/* the guest may look at RAX only when it is done */
	}
	CHECK(rounds > 1 && rounds < 8);
	CHECK_EQ(gpr[0], 100ull << 32);
	for (i = 0; i < 100; i += 2)
		CHECK_EQ(guest_read64(OUT + 4 * i),
			 (u64)((i + 1) % 4) << 32 | i % 4);

	/* 32-bit: EDX:EAX is both input value and result */
	prot32(APIC_ID | REP(100), IN, OUT);
	for (rounds = 0; rounds < 100; rounds++)
		if (hve_tlfs_hypercall(&vp[0], 0, gpr) != HVE_HCALL_AGAIN)
			break;
	CHECK(rounds > 1 && rounds < 8);
	CHECK_EQ(gpr[0], 0);
	CHECK_EQ(gpr[2], 100);
	CHECK_EQ(gpr[1], 0xabababab00000000ull | IN);
	teardown();
}

TEST(at_least_one_element_is_attempted)
{
	setup();
	open_hypercalls();
	apic_ids_to_guest(40);
	fake.ns_step = 1ull << 40;
	CHECK_EQ(hcall_action(APIC_ID | REP(40), IN, OUT), HVE_HCALL_AGAIN);
	CHECK(gpr[1] >> 48 > 0);
	/* few elements are never worth it */
	CHECK_EQ(hcall(APIC_ID | REP(4), IN, OUT), 4ull << 32);
	teardown();
}

TEST(fields_a_call_does_not_take_trap_11)
{
	unsigned int bit;

	setup();
	open_hypercalls();
	CHECK_EQ(hcall(FLUSH | REP(1), IN, 0), 3);
	CHECK_EQ(hcall(FLUSH | START(1), IN, 0), 3);
	CHECK_EQ(hcall(FLUSH | VARHEAD(1), IN, 0), 3);
	CHECK_EQ(STATUS(hcall(FLUSH_LIST | REP(1) | VARHEAD(1), IN, 0)), 3);
	for (bit = 27; bit < 64; bit++)
		if (HV_HYPERCALL_RSVDZ >> bit & 1)
			CHECK_EQ(hcall(FLUSH | 1ull << bit, IN, 0), 3);
	CHECK_EQ(fake.nr_flushes, 0);
	teardown();
}

TEST(is_nested_is_bit_31_and_refused_trap_12)
{
	setup();
	open_hypercalls();
	CHECK_EQ(hcall(FLUSH | HV_HYPERCALL_NESTED, IN, 0), 3);
	/* bit 26 belongs to the variable header */
	CHECK_EQ(STATUS(hcall(IPI_EX | 1ull << 26, IN, 0)), 4);
	teardown();
}

TEST(cpl_and_mode_trap_14)
{
	setup();
	open_hypercalls();
	fake.cpl = 3;
	CHECK_EQ(hcall_action(FLUSH, IN, 0), HVE_HCALL_UD);
	fake.cpl = 1;
	CHECK_EQ(hcall_action(0xbeef, IN, 0), HVE_HCALL_UD);
	fake.cpl = 0;
	fake.mode = HVE_MODE_REAL;
	CHECK_EQ(hcall_action(FLUSH, IN, 0), HVE_HCALL_UD);
	CHECK_EQ(gpr[0], 0);
	teardown();
}

TEST(prot32_registers_trap_15)
{
	setup();
	open_hypercalls();
	prot32(IPI | FAST, 0x40, 0x5);
	CHECK_EQ(hve_tlfs_hypercall(&vp[0], 0, gpr), HVE_HCALL_DONE);
	CHECK_EQ(gpr[0], 0);
	CHECK_EQ(gpr[2], 0);
	CHECK_EQ(fake.nr_irqs, 2);
	CHECK_EQ(fake.irq[1].vector, 0x40);
	/* 32-bit callers have XMM0 to 5 as well */
	memset(fake.xmm, 0, sizeof(fake.xmm));
	fake.xmm[0] = 2;
	prot32(FLUSH | FAST, 0, 0);
	CHECK_EQ(hve_tlfs_hypercall(&vp[0], 0, gpr), HVE_HCALL_DONE);
	CHECK_EQ(fake.flush_vps[0], 2);
	/* status in EAX, reps in EDX */
	prot32(FLUSH_LIST | REP(2), IN, 0);
	CHECK_EQ(hve_tlfs_hypercall(&vp[0], 0, gpr), HVE_HCALL_DONE);
	CHECK_EQ(gpr[0], 0);
	CHECK_EQ(gpr[2], 2);
	prot32(FLUSH, IN + 1, 0);
	CHECK_EQ(hve_tlfs_hypercall(&vp[0], 0, gpr), HVE_HCALL_DONE);
	CHECK_EQ(gpr[0], 4);
	teardown();
}

TEST(no_identity_no_hypercalls_trap_16)
{
	setup();
	CHECK(!hve_tlfs_hypercall_enabled(&vp[0]));
	CHECK_EQ(hcall_action(0xbeef, 0, 0), HVE_HCALL_UD);
	open_hypercalls();
	CHECK(hve_tlfs_hypercall_enabled(&vp[0]));
	CHECK_EQ(hcall(0xbeef, 0, 0), 2);
	wr(HV_X64_MSR_GUEST_OS_ID, 0);
	CHECK_EQ(hcall_action(0xbeef, 0, 0), HVE_HCALL_UD);
	teardown();
}

TEST(long_spin_wait_is_always_success_trap_43)
{
	setup();
	open_hypercalls();
	set_leaf4(1);
	CHECK_EQ(hcall(SPIN | FAST, 0, 0), 0);
	set_leaf4(0xffffffff);
	CHECK_EQ(hcall(SPIN | FAST, 0xffffffff, 0), 0);
	/* never told of it */
	set_leaf4(0);
	CHECK_EQ(hcall(SPIN | FAST, 0, 0), 6);
	CHECK_EQ(fake.nr_yields, 2);
	teardown();
}

TEST(window_calls_go_outside_when_they_must)
{
	setup();
	open_hypercalls();
	fake.window = true;
	shim_may_not_sleep = true;
	CHECK_EQ(hcall(FLUSH | FAST, 0, 0), 0);
	CHECK_EQ(hcall(FLUSH, IN, 0), 0);
	fake.page_not_at_hand = true;
	CHECK_EQ(hcall_action(FLUSH, IN, 0), HVE_HCALL_OUTSIDE);
	fake.page_not_at_hand = false;
	fake.flush_must_wait = true;
	gpr[0] = 0x1234;
	CHECK_EQ(hcall_action(FLUSH | FAST, 0, 0), HVE_HCALL_OUTSIDE);
	CHECK_EQ(gpr[0], 0x1234);
	CHECK_EQ(hcall_action(FLUSH_LIST | REP(1), IN, 0), HVE_HCALL_OUTSIDE);
	CHECK_EQ(gpr[1], FLUSH_LIST | REP(1));
	CHECK_EQ(hcall_action(SPIN | FAST, 0, 0), HVE_HCALL_OUTSIDE);
	CHECK_EQ(hcall_action(0x8001, IN, OUT), HVE_HCALL_OUTSIDE);
	CHECK_EQ(fake.nr_flushes, 2);
	/* errors need no context */
	CHECK_EQ(hcall(SPIN | HV_HYPERCALL_NESTED, 0, 0), 3);
	CHECK_EQ(hcall(0xbeef, 0, 0), 2);
	teardown();
}

TEST(extended_calls_go_to_the_vmm)
{
	setup();
	open_hypercalls();
	CHECK_EQ(hcall_action(0x8001, 0x11, OUT), HVE_HCALL_USER);
	CHECK_EQ(fake.nr_exits, 1);
	CHECK_EQ(fake.exit[0].kind, HVE_USER_HCALL);
	CHECK_EQ(fake.exit[0].hcall.input, 0x8001);
	CHECK_EQ(fake.exit[0].hcall.params[0], 0x11);
	CHECK_EQ(fake.exit[0].hcall.params[1], OUT);
	hve_tlfs_hypercall_complete(&vp[0], gpr, 0x100000005ull);
	CHECK_EQ(gpr[0], 0x100000005ull);
	CHECK_EQ(gpr[2], 0x11);
	CHECK_EQ(hcall_action(0x8041, 0, 0), HVE_HCALL_USER);
	/* addresses are what the VMM gets: no register form */
	CHECK_EQ(hcall(0x8001 | FAST, 0, 0), 5);

	prot32(0x8001, 0, 0);
	CHECK_EQ(hve_tlfs_hypercall(&vp[0], 0, gpr), HVE_HCALL_USER);
	hve_tlfs_hypercall_complete(&vp[0], gpr, 0x100000005ull);
	CHECK_EQ(gpr[0], 5);
	CHECK_EQ(gpr[2], 1);
	teardown();
}

TEST(input_is_read_once)
{
	unsigned int i;
	u16 code;

	setup();
	open_hypercalls();
	for (i = 0; hve_hcall_code(i, &code); i++) {
		if (hve_hcall_row(code)->flags & HVE_HCALL_TO_VMM)
			continue;
		fake.nr_reads = 0;
		hcall(code | (hve_hcall_row(code)->flags & HVE_HCALL_REP ?
			      REP(3) : 0), IN, OUT);
		CHECK_EQ(fake.nr_reads, hve_hcall_row(code)->in ? 1 : 0);
	}
	CHECK(i >= 8);
	teardown();
}

TEST(apic_id_call_errors_trap_63)
{
	u8 buf[64];
	u64 other = 1;

	setup();
	open_hypercalls();
	apic_ids(buf, 4);
	CHECK(guest_write(IN, buf, 64));
	CHECK(guest_write(IN, &other, 8));
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(4), IN, OUT)), 0xd);
	CHECK(guest_write(IN, buf, 8));
	other = 1;
	CHECK(guest_write(IN + 8, &other, 1));
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(4), IN, OUT)), 5);
	other = 0x10;
	CHECK(guest_write(IN + 8, &other, 1));
	/* packed 32-bit elements */
	CHECK_EQ(hcall(APIC_ID | REP(4), IN, OUT), 4ull << 32);
	CHECK_EQ(guest_read64(OUT), 1ull << 32);
	CHECK_EQ(guest_read64(OUT + 8), 3ull << 32 | 2);
	teardown();
}

TEST(output_that_fails_after_the_call)
{
	setup();
	open_hypercalls();
	apic_ids_to_guest(40);
	/* copy-in succeeds, copy-out does not */
	fake.fail_at = fake.can_fail + 2;
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(4), IN, OUT)), 3);
	fake.fail_at = fake.can_fail + 2;
	fake.ns_step = 1ull << 40;
	CHECK_EQ(STATUS(hcall(APIC_ID | REP(40), IN, OUT)), 3);
	teardown();
}

/* Each call x {memory, fast} x {32, 64 bit} x garbage: no crash, a result */
TEST(sweep_of_all_codes_and_forms)
{
	u64 seed = 88172645463325252ull, c;
	unsigned int i;

	setup();
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x9001);
	for (i = 0; i < 300000; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		c = seed & 0x1f;
		if (seed & 1ull << 20)
			c |= FAST;
		if (seed & 1ull << 21)
			c |= REP(seed >> 22 & 0x1ff);
		if (seed & 1ull << 31)
			c |= START(seed >> 32 & 7);
		if (seed & 1ull << 35)
			c |= VARHEAD(seed >> 36 & 7);
		if (!(seed >> 40 & 0xff))
			c ^= seed;
		fake.mode = seed & 1ull << 50 ? HVE_MODE_LONG64 :
						HVE_MODE_PROT32;
		fake.nr_irqs = 0;
		fake.nr_exits = 0;
		fake.xmm[i % 12] = seed * 31;
		if (fake.mode == HVE_MODE_PROT32)
			prot32(c, (seed >> 40) & 0xffff8, 0x9000);
		else
			hcall_action(c, seed >> 40 & 0xffff8, seed & 0xffff8);
		if (fake.mode == HVE_MODE_PROT32)
			hve_tlfs_hypercall(&vp[0], 0, gpr);
	}
	teardown();
}
