// SPDX-License-Identifier: GPL-2.0
/*
 * Scenes of a guest's work, each played once in one place and then again and
 * again with a move into a new partition after every step, on another host
 * with other clocks: what the guest sees is written down, and has to be the
 * same each time.
 */
#include "blob.h"
#include "hvemu/synic/synic.h"

#include <linux/string.h>

#define CALL_PAGE	0x6000ull
#define ASSIST		0x7000ull
#define TSC_PAGE	0x8000ull
#define SIMP		0xa000ull
#define SIEFP		0xb000ull
#define LIST		0xc000ull
#define RESULTS		0xd000ull
#define CONFIG(n)	(HV_X64_MSR_STIMER0_CONFIG + 2 * (n))
#define COUNT(n)	(HV_X64_MSR_STIMER0_COUNT + 2 * (n))
#define MS		10000ull	/* in 100 ns */
#define SINT		3
#define MSG		((u64)SINT << HV_STIMER_SINT_SHIFT)
#define ON		HV_STIMER_ENABLED
#define DIRECT(v)	(HV_STIMER_DIRECT_MODE | \
			 (u64)(v) << HV_STIMER_APICVECTOR_SHIFT)
#define LOG		512

/* What the guest saw; a time may differ by what clocks are rounded to. */
struct seen {
	const char *what;
	u64 val;
	bool is_time;
};

static struct seen first[LOG], again[LOG], *seen;
static unsigned int nr_seen, steps, move_at, irqs_seen, moves;

static void note(const char *what, u64 val, bool is_time)
{
	CHECK(nr_seen < LOG);
	if (nr_seen < LOG)
		seen[nr_seen++] = (struct seen){ what, val, is_time };
}

static void note_irqs(void)
{
	for (; irqs_seen < fake.nr_irqs; irqs_seen++)
		note("interrupt", fake.irq[irqs_seen].vector, false);
}

/* RAM and processor go with the guest; all else is another host's. */
static void move(void)
{
	static u8 ram[sizeof(fake.ram)];
	u64 regs[16];

	note_irqs();
	save();
	memcpy(ram, fake.ram, sizeof(ram));
	memcpy(regs, gpr, sizeof(regs));
	teardown();
	setup();
	memcpy(fake.ram, ram, sizeof(ram));
	memcpy(gpr, regs, sizeof(regs));
	fake.tsc = 999;
	fake.tsc_freq = moves++ % 2 ? 2900000000ull : 2100000000ull;
	fake.ns = 5;
	irqs_seen = 0;
	hve_tlfs_tsc_changed(&pt);
	CHECK_EQ(load(), 0);
}

/* Two moves: before and after what has been requested is done */
static void step(void)
{
	if (steps++ == move_at)
		move();
	run_requests(0);
	note_irqs();
	if (steps++ == move_at)
		move();
	run_requests(0);
	note_irqs();
}

static void pass_ms(u64 ms)
{
	while (ms--) {
		fake.ns += 1000000;
		fake.tsc += fake.tsc_freq / 1000;
		run_requests(0);
	}
	note_irqs();
}

/* Time goes by, and nobody looks. */
static void sleep_ms(u64 ms)
{
	fake.ns += ms * 1000000;
	fake.tsc += ms * fake.tsc_freq / 1000;
}

static struct hv_message *slot(void)
{
	return (void *)((u8 *)vp[0].vtl[0].synic.simp.page + SINT * 256);
}

static void note_slot(void)
{
	struct hv_timer_message_payload *p = (void *)slot()->payload;

	note("type", slot()->header.message_type, false);
	if (!slot()->header.message_type)
		return;
	note("flags", slot()->header.message_flags, false);
	note("timer", p->timer_index, false);
	note("expired", p->expiration_time, true);
	note("delivered", p->delivery_time, true);
}

static void take_message(void)
{
	note_slot();
	slot()->header.message_type = 0;
	step();
	wr(HV_X64_MSR_EOM, 0);
	step();
}

static void note_registers(void)
{
	unsigned int i;
	u32 msr;
	u64 val;

	for (i = 0; hve_tlfs_msr_list(i, &msr); i++) {
		if (hve_tlfs_msr_read(&vp[0], 0, msr, &val) != HVE_NO_FAULT ||
		    msr == HV_X64_MSR_TSC_FREQUENCY)
			continue;
		note("register", msr, false);
		note("value", val, msr == HV_X64_MSR_TIME_REF_COUNT);
	}
}

static void synic_on(void)
{
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	step();
	wr(HV_X64_MSR_SIEFP, SIEFP | 1);
	step();
	wr(HV_X64_MSR_SCONTROL, 1);
	wr(HV_X64_MSR_SINT0 + SINT, 0x53);
	step();
}

static void scene_pages(void)
{
	static const u64 page[] = {
		CALL_PAGE, ASSIST, TSC_PAGE, SIMP, SIEFP
	};
	unsigned int i;
	u64 val;

	for (i = 0; i < ARRAY_SIZE(page); i++)
		ram_fill(page[i] >> 12, 0x11 * (i + 1));
	open_hypercalls();
	step();
	wr(HV_X64_MSR_HYPERCALL, CALL_PAGE | 1);
	step();
	wr(HV_X64_MSR_REFERENCE_TSC, TSC_PAGE | 1);
	step();
	wr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST | 1);
	step();
	synic_on();
	for (i = 0; i < ARRAY_SIZE(page); i++) {
		val = i + 0x1000;
		note("writable", guest_write(page[i] + 0x800, &val, 8), false);
		step();
		note("contents", guest_read64(page[i] + 0x800), false);
	}
	note("valid", !!(u32)guest_read64(TSC_PAGE), false);
	note("now", rd(HV_X64_MSR_TIME_REF_COUNT), true);
	/* disabled ones keep what was in them */
	wr(HV_X64_MSR_SIMP, SIMP);
	step();
	note("RAM", guest_read64(SIMP + 0x800), false);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	step();
	note("contents", guest_read64(SIMP + 0x800), false);
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 1ull << 50 | 1);
	step();
	note_registers();
	wr(HV_X64_MSR_GUEST_OS_ID, 0);
	step();
	for (i = 0; i < ARRAY_SIZE(page); i++)
		note("in the end", guest_read64(page[i] + 0x800), false);
	note_registers();
}

static void scene_one_shot(void)
{
	u64 t0;

	synic_on();
	pass_ms(10);
	t0 = rd(HV_X64_MSR_TIME_REF_COUNT);
	note("now", t0, true);
	wr(COUNT(0), t0 + 5 * MS);
	step();
	wr(CONFIG(0), ON | MSG);
	step();
	pass_ms(4);
	step();
	note_slot();
	/* expired, and nobody has looked yet */
	sleep_ms(2);
	step();
	note_slot();
	note("CONFIG", rd(CONFIG(0)), false);
	step();
	/* three more find the slot full, one of them of the same timer */
	wr(COUNT(2), t0 + 13 * MS / 2);
	wr(CONFIG(2), ON | MSG);
	wr(COUNT(0), t0 + 15 * MS / 2);
	wr(CONFIG(0), ON | MSG);
	step();
	sleep_ms(1);
	step();
	sleep_ms(2);
	step();
	/* too late when it is set, and in a window nothing is queued */
	wr(COUNT(1), t0 + 1);
	fake.window = true;
	wr(CONFIG(1), ON | MSG);
	fake.window = false;
	step();
	pass_ms(1);
	take_message();
	take_message();
	take_message();
	take_message();
	note_slot();
	note_registers();
}

static void scene_periodic(void)
{
	unsigned int i;

	synic_on();
	wr(COUNT(1), 5 * MS);
	step();
	wr(CONFIG(1), ON | HV_STIMER_PERIODIC | MSG);
	step();
	pass_ms(3);
	step();
	for (i = 0; i < 3; i++) {
		pass_ms(5);
		take_message();
	}
	/* the slot is full, then so is the timer's buffer, then ticks are lost */
	for (i = 0; i < 4; i++) {
		pass_ms(4);
		step();
		note_slot();
	}
	take_message();
	take_message();
	/* missed in a sleep: made up for, then too many for that */
	sleep_ms(12);
	step();
	for (i = 0; i < 4; i++) {
		take_message();
		pass_ms(3);
	}
	sleep_ms(100);
	step();
	take_message();
	pass_ms(6);
	take_message();
	wr(CONFIG(1), 0);
	step();
	pass_ms(20);
	note_slot();
	note_registers();
}

static void scene_lazy(void)
{
	unsigned int i;

	synic_on();
	wr(COUNT(0), 8 * MS);
	wr(CONFIG(0), ON | HV_STIMER_PERIODIC | HV_STIMER_LAZY | MSG);
	step();
	for (i = 0; i < 5; i++) {
		sleep_ms(5 + 3 * i);
		step();
		take_message();
	}
	note_registers();
}

static void scene_direct(void)
{
	u64 t0 = rd(HV_X64_MSR_TIME_REF_COUNT);

	wr(COUNT(2), t0 + 5 * MS);
	wr(CONFIG(2), ON | DIRECT(0x71));
	step();
	pass_ms(3);
	step();
	sleep_ms(3);
	step();
	wr(COUNT(3), 2 * MS);
	wr(CONFIG(3), ON | HV_STIMER_PERIODIC | DIRECT(0x72));
	step();
	pass_ms(5);
	step();
	pass_ms(2);
	wr(CONFIG(3), HV_STIMER_AUTOENABLE | DIRECT(0x73));
	step();
	wr(COUNT(3), t0 + 30 * MS);
	step();
	pass_ms(30);
	step();
	note_registers();
}

static void scene_eoi_and_flags(void)
{
	u64 val;

	synic_on();
	wr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST | 1);
	step();
	hve_event_signal(&vp[0], 0, SINT, 77);
	step();
	note("flags", guest_read64(SIEFP + SINT * 256 + 8), false);
	/* set already: no interrupt */
	hve_event_signal(&vp[0], 0, SINT, 77);
	step();
	val = 0;
	guest_write(SIEFP + SINT * 256 + 8, &val, 8);
	step();
	hve_event_signal(&vp[0], 0, SINT, 77);
	step();
	/* a message that an EOI lets through */
	wr(COUNT(0), 1);
	wr(CONFIG(0), ON | MSG);
	step();
	wr(COUNT(1), 1);
	wr(CONFIG(1), ON | MSG);
	step();
	note_slot();
	slot()->header.message_type = 0;
	step();
	hve_tlfs_vector_eoi(&vp[0], 0, 0x53, false);
	step();
	note_slot();
	/* masked: delivered, without an interrupt */
	wr(HV_X64_MSR_SINT0 + SINT, HV_SYNIC_SINT_MASKED | 0x53);
	step();
	wr(COUNT(1), 1);
	wr(CONFIG(1), ON | MSG);
	step();
	slot()->header.message_type = 0;
	step();
	wr(HV_X64_MSR_EOM, 0);
	step();
	note_slot();
}

/* A list that takes more time than a call may: RIP stays, RCX has the place. */
static void scene_continuation(void)
{
	struct hv_get_vp_index_from_apic_id head = {
		.partition_id = HV_PARTITION_ID_SELF,
	};
	enum hve_hcall_action action;
	unsigned int i, rounds = 0;
	u32 id;

	open_hypercalls();
	step();
	guest_write(LIST, &head, sizeof(head));
	for (i = 0; i < 200; i++) {
		id = 8 + 2 * (i % FAKE_NR_VPS);
		guest_write(LIST + sizeof(head) + 4 * i, &id, 4);
	}
	gpr[1] = HVCALL_GET_VP_INDEX_FROM_APIC_ID | REP(200);
	gpr[2] = LIST;
	gpr[8] = RESULTS;
	step();
	do {
		fake.ns_step = 30000;
		action = hve_tlfs_hypercall(&vp[0], 0, gpr);
		fake.ns_step = 0;
		note("RCX", gpr[1], false);
		if (action == HVE_HCALL_AGAIN)
			step();
	} while (action == HVE_HCALL_AGAIN && rounds++ < 100);
	CHECK_EQ(action, HVE_HCALL_DONE);
	CHECK(rounds > 2);
	note("result", gpr[0], false);
	for (i = 0; i < 200; i += 2)
		note("indices", guest_read64(RESULTS + 4 * i), false);
}

static void scene_crash_and_invariant(void)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		wr(HV_X64_MSR_CRASH_P0 + i, 100 + i);
		step();
	}
	wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 1);
	step();
	note("fault", wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 0), false);
	note_registers();
}

static void play(void (*scene)(void), struct seen *to)
{
	seen = to;
	nr_seen = 0;
	steps = 0;
	irqs_seen = 0;
	setup();
	scene();
	teardown();
	drop();
}

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

static void compare(unsigned int nr)
{
	unsigned int i;

	CHECK_EQ(nr_seen, nr);
	for (i = 0; i < nr && i < nr_seen; i++) {
		if (first[i].is_time ?
		    distance(first[i].val, again[i].val) <= 50 :
		    first[i].val == again[i].val)
			continue;
		printf("# moved at %u: %u: %s\n", move_at, i, first[i].what);
		CHECK_EQ(again[i].val, first[i].val);
		return;
	}
}

static void all_moves(void (*scene)(void))
{
	unsigned int nr, nr_steps;

	move_at = ~0u;
	play(scene, first);
	nr = nr_seen;
	nr_steps = steps;
	CHECK(nr_steps >= 10);
	for (move_at = 0; move_at < nr_steps; move_at++) {
		play(scene, again);
		compare(nr);
	}
}

TEST(moved_while_pages_come_and_go)
{
	all_moves(scene_pages);
}

TEST(moved_while_one_shot_timers_run)
{
	all_moves(scene_one_shot);
}

TEST(moved_while_a_periodic_timer_runs)
{
	all_moves(scene_periodic);
}

TEST(moved_while_a_lazy_timer_runs)
{
	all_moves(scene_lazy);
}

TEST(moved_while_direct_timers_run)
{
	all_moves(scene_direct);
}

TEST(moved_between_interrupts_eois_and_flags)
{
	all_moves(scene_eoi_and_flags);
}

TEST(moved_in_the_middle_of_a_rep_hypercall)
{
	all_moves(scene_continuation);
}

TEST(moved_between_registers_of_the_partition)
{
	all_moves(scene_crash_and_invariant);
}
