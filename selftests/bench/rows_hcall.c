// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of the bench: hypercalls of the register and memory forms; flushes and
 * IPIs to VPs that exist and do not run.
 */
#include <string.h>

#include "bench.h"

#define UNKNOWN_CALL	0x3ff
#define SEND_IPI	0x000b
#define HINT_FLUSH	(1u << 2)
#define HINT_IPI	(1u << 10)
#define HINT_EX		(1u << 11)
#define FEATURE_XMM	(1u << 4)	/* leaf 3 EDX: XMM registers for input */
#define VEC		0x43
#define INPUT		BENCH_PAGES

static volatile uint64_t irqs;

static void on_irq(struct guest_regs *regs)
{
	x2apic_eoi();
	irqs++;
}

static void begin(void)
{
	guest_handlers[VEC] = on_irq;
}

static bool has_hints(uint32_t hints)
{
	uint32_t leaf[4];

	cpuid(HV_CPUID_HINTS, 0, leaf);
	return (leaf[0] & hints) == hints;
}

static bool has_xmm(void)
{
	uint32_t leaf[4];

	cpuid(HV_CPUID_FEATURES, 0, leaf);
	return leaf[3] & FEATURE_XMM;
}

static void do_null_fast(void)
{
	bench_hcall(UNKNOWN_CALL | HVCALL_IS_FAST, 0, 0);
}

static void do_null_memory(void)
{
	bench_hcall(UNKNOWN_CALL, INPUT, INPUT + 0x1000);
}

static bool set_input(uint64_t control, unsigned int words, const uint64_t *in)
{
	memcpy((void *)INPUT, in, words * 8);
	return bench_hcall(control, INPUT, 0) == HV_STATUS_SUCCESS;
}

static bool flush_begin(uint64_t mask)
{
	uint64_t in[] = { 0, FLUSH_ALL_SPACES, mask };

	return has_hints(HINT_FLUSH) && set_input(HVCALL_FLUSH_SPACE, 3, in);
}

static bool flush_1_begin(void)
{
	return flush_begin(1);
}

static bool flush_64_begin(void)
{
	return flush_begin(~0ull);
}

static void do_flush(void)
{
	bench_hcall(HVCALL_FLUSH_SPACE, INPUT, 0);
}

/* The set has one bank: 40 bytes. */
static bool flush_ex_begin(uint64_t bank)
{
	uint64_t in[] = { 0, FLUSH_ALL_SPACES, 0, 1, bank };

	return has_hints(HINT_FLUSH | HINT_EX) &&
	       set_input(HVCALL_FLUSH_SPACE_EX | HVCALL_BANKS(1), 5, in);
}

static bool flush_ex_1_begin(void)
{
	return flush_ex_begin(1) && has_xmm();
}

static bool flush_ex_64_begin(void)
{
	return flush_ex_begin(~0ull) && has_xmm();
}

/* Words 0 and 1 in RDX and R8, 2 to 5 in XMM0 and XMM1. */
static void do_flush_xmm(void)
{
	const uint64_t *in = (const uint64_t *)INPUT;

	asm volatile("movups (%0), %%xmm0\n\tmovups 16(%0), %%xmm1"
		     : : "r"(in + 2) : "memory");
	bench_hcall(HVCALL_FLUSH_SPACE_EX | HVCALL_BANKS(1) | HVCALL_IS_FAST,
		    in[0], in[1]);
}

static bool ipi_begin(void)
{
	return has_hints(HINT_IPI);
}

/* VP 1 is halted */
static void do_ipi(void)
{
	uint64_t before = irqs;

	bench_hcall(SEND_IPI | HVCALL_IS_FAST, VEC, 1 << 1);
	while (irqs == before)
		cpu_pause();
}

/* all but the caller, with their LAPICs off */
static void do_ipi_63(void)
{
	bench_hcall(SEND_IPI | HVCALL_IS_FAST, VEC, ~1ull);
}

static const struct bench_row few_rows[] = {
	{ "null hypercall, fast", 20, .once = do_null_fast },
	{ "null hypercall, memory", 20, .once = do_null_memory },
	{ "flush of 1 VP, memory", 100, .begin = flush_1_begin, .once = do_flush },
	{ "flush of 1 VP, XMM", 100, .begin = flush_ex_1_begin, .once = do_flush_xmm },
	{ "cluster IPI to a halted VP and back", 100, .begin = ipi_begin, .once = do_ipi },
};

const struct bench_scene bench_hcalls = {
	.name = "hypercalls",
	.nr_vps = 2,
	.nr_run = 2,
	.begin = begin,
	.rows = few_rows,
	.nr_rows = ARRAY_SIZE(few_rows),
};

static const struct bench_row many_rows[] = {
	{ "flush of 64 VPs, memory", 100, .begin = flush_64_begin, .once = do_flush },
	{ "flush of 64 VPs in a set, XMM", 100, .begin = flush_ex_64_begin,
	  .once = do_flush_xmm },
	{ "cluster IPI to 63 idle VPs", 100, .begin = ipi_begin, .once = do_ipi_63 },
};

const struct bench_scene bench_many_vps = {
	.name = "many VPs",
	.nr_vps = 64,
	.nr_run = 1,
	.begin = begin,
	.rows = many_rows,
	.nr_rows = ARRAY_SIZE(many_rows),
};
