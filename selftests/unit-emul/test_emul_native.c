// SPDX-License-Identifier: GPL-2.0
/*
 * The processor as oracle: each random instruction is executed natively on one
 * copy of the operands and emulated on another, and registers, flags, XMM
 * registers and memory have to agree.  In half of the runs the emulated memory
 * is a device for the VMM, or partly so, so that restarts are tested as well.
 */
#define _GNU_SOURCE
#include "fake_emul_host.h"
#include "ktap.h"

#include <cpuid.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define AREA_SIZE	0x10000u
#define FLAGS		0x8d5ull	/* OF SF ZF AF PF CF */
#define DF		0x400ull

struct state {
	u64 gpr[16];
	u64 flags;
	u64 host_rsp;
	u8 xmm[16][16];
};

/* Position independent: copied into low memory, with the state behind it. */
__asm__(
"	.text\n"
"	.balign 4096\n"
"stub_begin:\n"
"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
"	mov %rsp, 136+stub_state(%rip)\n"
"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
"	movdqu 144+16*\\n+stub_state(%rip), %xmm\\n\n"
"	.endr\n"
"	push 128+stub_state(%rip); popf\n"
"	mov 0+stub_state(%rip), %rax; mov 8+stub_state(%rip), %rcx\n"
"	mov 16+stub_state(%rip), %rdx; mov 24+stub_state(%rip), %rbx\n"
"	mov 32+stub_state(%rip), %rsp; mov 40+stub_state(%rip), %rbp\n"
"	mov 48+stub_state(%rip), %rsi; mov 56+stub_state(%rip), %rdi\n"
"	mov 64+stub_state(%rip), %r8; mov 72+stub_state(%rip), %r9\n"
"	mov 80+stub_state(%rip), %r10; mov 88+stub_state(%rip), %r11\n"
"	mov 96+stub_state(%rip), %r12; mov 104+stub_state(%rip), %r13\n"
"	mov 112+stub_state(%rip), %r14; mov 120+stub_state(%rip), %r15\n"
"stub_insn:\n"
"	.fill 16, 1, 0x90\n"
"stub_after:\n"
"	mov %rsp, 32+stub_state(%rip)\n"
"	mov 136+stub_state(%rip), %rsp\n"
"	mov %rax, 0+stub_state(%rip); mov %rcx, 8+stub_state(%rip)\n"
"	mov %rdx, 16+stub_state(%rip); mov %rbx, 24+stub_state(%rip)\n"
"	mov %rbp, 40+stub_state(%rip)\n"
"	mov %rsi, 48+stub_state(%rip); mov %rdi, 56+stub_state(%rip)\n"
"	mov %r8, 64+stub_state(%rip); mov %r9, 72+stub_state(%rip)\n"
"	mov %r10, 80+stub_state(%rip); mov %r11, 88+stub_state(%rip)\n"
"	mov %r12, 96+stub_state(%rip); mov %r13, 104+stub_state(%rip)\n"
"	mov %r14, 112+stub_state(%rip); mov %r15, 120+stub_state(%rip)\n"
"	pushf; pop 128+stub_state(%rip)\n"
"	cld\n"
"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
"	movdqu %xmm\\n, 144+16*\\n+stub_state(%rip)\n"
"	.endr\n"
"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
"	ret\n"
"	.balign 64\n"
"stub_state:\n"
"	.fill 512, 1, 0\n"
"stub_end:\n");

extern const u8 stub_begin[], stub_insn[], stub_after[], stub_state[], stub_end[];

enum {
	REG = 0x01,		/* register forms as well */
	BYTE = 0x02,		/* bit 0 clear: byte operand */
	I8 = 0x04,
	IZ = 0x08,
	LOCK = 0x10,
	BITS = 0x20,		/* register operand is a bit offset */
	ALIGN = 0x40,
	FAR = 0x80,		/* operand is a branch target */
	STACK = 0x100,
	NO16 = 0x200,
	VEX = 0x400,
};

struct op {
	u8 prefix;
	u8 map;
	u8 opcode;
	s8 ext;			/* ModRM.reg, -1: any */
	u16 flags;
};

static u8 *area, *shadow, *code, *pattern;
static u64 rng_state = 0x9e3779b97f4a7c15ull;
static unsigned int mmio_mode;

static u64 rng(void)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return rng_state * 0x2545f4914f6cdd1dull;
}

/* Values at which flags change are more likely than chance has them. */
static u64 rng_value(void)
{
	static const u64 edge[] = {
		0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
		0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000,
		0xffffffffffffffff,
	};

	return rng() & 1 ? rng() : edge[rng() % 14] + rng() % 3 - 1;
}

static bool is_mmio(u64 gpa)
{
	switch (mmio_mode) {
	case 0:
		return false;
	case 1:
		return true;
	default:
		return (gpa >> 3 ^ gpa >> 6) & 1;
	}
}

struct builder {
	u8 byte[16];
	unsigned int len;
};

static void put(struct builder *b, u64 val, unsigned int n)
{
	while (n--) {
		b->byte[b->len++] = val;
		val >>= 8;
	}
}

/*
 * ModRM, SIB and displacement so that the operand is at @target; sets base and
 * index registers. @tail: immediate bytes that follow, for RIP-relative.
 */
static void put_memory(struct builder *b, struct state *st, u8 reg, u8 *rex,
		       unsigned int rex_at, u64 target, u64 insn,
		       unsigned int tail, u32 avoid)
{
	unsigned int kind = rng() % 6;
	unsigned int base, index, scale = rng() & 3;
	s64 disp = kind & 1 ? (s8)rng() : (s32)(rng() & 0xffffff) - 0x800000;
	unsigned int mod = kind & 1 ? 1 : 2;

	if (kind == 5 && target < 0x7fffffff) {
		put(b, (reg & 7) << 3 | 5, 1);
		put(b, target - (insn + b->len + 4 + tail), 4);
		return;
	}
	if (kind == 4 && target < 0x7fffffff) {
		put(b, (reg & 7) << 3 | 4, 1);
		put(b, 0x25, 1);
		put(b, target, 4);
		return;
	}
	do {
		base = rng() & 15;
		index = rng() & 15;
	} while (base == index || index == 4 || (avoid >> base & 1) ||
		 (avoid >> index & 1));
	*rex |= base >> 3;
	if (kind < 2) {
		st->gpr[base] = target - disp;
		put(b, mod << 6 | (reg & 7) << 3 | (base & 7), 1);
		if ((base & 7) == 4)
			put(b, 0x24, 1);
	} else {
		*rex |= index >> 3 << 1;
		st->gpr[index] = rng_value() & 0xffff;
		st->gpr[base] = target - disp - (st->gpr[index] << scale);
		put(b, mod << 6 | (reg & 7) << 3 | 4, 1);
		put(b, scale << 6 | (index & 7) << 3 | (base & 7), 1);
	}
	put(b, disp, mod == 1 ? 1 : 4);
	if (rex_at < 16)
		b->byte[rex_at] |= *rex;
}

static void random_state(struct state *st)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		st->gpr[i] = rng_value();
	for (i = 0; i < sizeof(st->xmm); i++)
		((u8 *)st->xmm)[i] = rng();
	st->flags = 0x202 | (rng() & (FLAGS | DF));
	memcpy(area, pattern, AREA_SIZE);
	for (i = 0x7f00; i < 0x8100; i += 8) {
		u64 v = rng_value();

		memcpy(area + i, &v, 8);
	}
	memcpy(shadow, area, AREA_SIZE);
}

static void native(struct state *st, const struct builder *b)
{
	struct state *s = (struct state *)(code + (stub_state - stub_begin));
	u8 *insn = code + (stub_insn - stub_begin);

	memset(insn, 0x90, 16);
	memcpy(insn, b->byte, b->len);
	memcpy(s, st, sizeof(*s));
	((void (*)(void))code)();
	memcpy(st, s, sizeof(*s));
}

static void dump(const struct builder *b, const char *what)
{
	unsigned int i;

	printf("# %s:", what);
	for (i = 0; i < b->len; i++)
		printf(" %02x", b->byte[i]);
	printf(" (memory %u)\n", mmio_mode);
}

/* Emulate from @before and compare with what the processor made of it. */
static void compare(const struct builder *b, const struct state *before,
		    const struct state *after, u64 end)
{
	u64 insn = (u64)(code + (stub_insn - stub_begin));
	struct hve_emul e;
	struct state st = *before;
	enum hve_emul_result r;
	unsigned int i;

	fake_context(&e, st.gpr);
	e.rip = insn;
	e.rflags = st.flags;
	fake.mem = shadow;
	fake.base = (u64)area;
	fake.size = AREA_SIZE;
	fake.code = b->byte;
	fake.code_base = insn;
	fake.code_len = 16;
	fake.is_mmio = is_mmio;
	memcpy(fake.xmm, st.xmm, sizeof(st.xmm));
	r = fake_run(&e);
	if (r != HVE_EMUL_OK || e.rip != end) {
		dump(b, "result or RIP");
		EXPECT_EQ(r, HVE_EMUL_OK);
		EXPECT_EQ(e.rip, end);
		return;
	}
	for (i = 0; i < 16; i++) {
		if (st.gpr[i] != after->gpr[i]) {
			dump(b, "register");
			printf("# register %u\n", i);
			EXPECT_EQ(st.gpr[i], after->gpr[i]);
		}
	}
	if ((e.rflags ^ after->flags) & (FLAGS | DF)) {
		dump(b, "flags");
		EXPECT_EQ(e.rflags, after->flags);
	}
	if (memcmp(fake.xmm, after->xmm, sizeof(fake.xmm))) {
		dump(b, "XMM");
		EXPECT(!"XMM registers agree");
	}
	if (memcmp(shadow, area, AREA_SIZE)) {
		dump(b, "memory");
		EXPECT(!"memory agrees");
	}
}

static bool build(const struct op *op, struct builder *b, struct state *st)
{
	u64 insn = (u64)(code + (stub_insn - stub_begin));
	u64 target = (u64)area + 0x8000 + (s64)(rng() % 128) - 64;
	u8 reg = op->ext >= 0 ? op->ext : (int)(rng() & 15);
	bool wide = rng() & 1, half = !(op->flags & NO16) && !op->prefix && rng() % 4 == 0;
	bool byte = op->flags & BYTE && !(op->opcode & 1);
	unsigned int size = byte ? 1 : wide ? 8 : half ? 2 : 4;
	unsigned int tail = op->flags & I8 ? 1 : op->flags & IZ ?
			    (size == 8 ? 4 : size) : 0;
	unsigned int rex_at;
	u8 rex = (wide ? 8 : 0) | (reg >> 3 << 2);
	u32 avoid = 0;		/* registers whose value is given */

	b->len = 0;
	if (op->flags & BITS)
		avoid = 1u << reg;
	else if (op->flags & STACK)
		avoid = 1u << 4;
	else if (op->map == 1 && (op->opcode == 0xc7 || (op->opcode & 0xfe) == 0xb0))
		avoid = 1u << 0 | 1u << 2;
	if (op->flags & ALIGN)
		target &= ~15ull;
	if (rng() % 4 == 0)	/* over a page boundary */
		target = op->flags & ALIGN ? target : (u64)area + 0x8000 - rng() % 16;
	if (half)
		put(b, 0x66, 1);
	if (op->prefix)
		put(b, op->prefix, 1);
	if (op->flags & LOCK && rng() & 1)
		put(b, 0xf0, 1);
	rex_at = b->len;
	put(b, 0x40 | rex, 1);
	if (op->map)
		put(b, 0x0f, 1);
	if (op->map == 2)
		put(b, 0x38, 1);
	put(b, op->opcode, 1);

	if (op->flags & REG && rng() % 8 == 0) {
		u8 rm = rng() & 15;

		if (b->byte[rex_at - !!rex_at] == 0xf0)
			return false;
		b->byte[rex_at] |= rm >> 3;
		put(b, 0xc0 | (reg & 7) << 3 | (rm & 7), 1);
	} else {
		if (op->flags & BITS) {
			st->gpr[reg] = (st->gpr[reg] & ~0xffffull) | (rng() & 0xfff);
			if (size > 2)
				st->gpr[reg] = (s64)(rng() % 0x20000) - 0x10000;
		}
		put_memory(b, st, reg, &rex, rex_at, target, insn, tail,
			   avoid);
	}
	put(b, rng_value(), tail);
	/* CMPXCHG should be equal now and then. */
	if (op->map == 1 && (op->opcode & 0xfe) == 0xb0 && rng() & 1)
		memcpy(&st->gpr[0], (void *)target, 8);
	if (op->map == 1 && op->opcode == 0xc7 && rng() & 1) {
		st->gpr[0] = *(u64 *)target;
		st->gpr[2] = *(u64 *)(target + 8);
		if (!wide) {
			st->gpr[2] = st->gpr[0] >> 32;
			st->gpr[0] = (u32)st->gpr[0];
		}
	}
	return true;
}

static void run_ops(const struct op *ops, unsigned int nr, unsigned int rounds)
{
	u64 insn = (u64)(code + (stub_insn - stub_begin));
	unsigned int i, round;

	for (i = 0; i < nr; i++) {
		for (round = 0; round < rounds && !ktap_failures(); round++) {
			struct state before, after;
			struct builder b;
			u64 end;

			mmio_mode = rng() % 3;
			random_state(&before);
			if (ops[i].flags & STACK)
				before.gpr[4] = (u64)area + 0x8800 + rng() % 64;
			if (!build(&ops[i], &b, &before))
				continue;
			end = insn + b.len;
			after = before;
			native(&after, &b);
			compare(&b, &before, &after, end);
		}
	}
}

#define OPS(name, rounds, ...)						\
	static void name(void)						\
	{								\
		static const struct op ops[] = { __VA_ARGS__ };		\
		run_ops(ops, sizeof(ops) / sizeof(ops[0]), rounds);	\
	}

OPS(mov, 400,
	{ 0, 0, 0x88, -1, REG | BYTE }, { 0, 0, 0x89, -1, REG | BYTE },
	{ 0, 0, 0x8a, -1, REG | BYTE }, { 0, 0, 0x8b, -1, REG | BYTE },
	{ 0, 0, 0xc6, 0, REG | BYTE | IZ }, { 0, 0, 0xc7, 0, REG | BYTE | IZ },
	{ 0, 0, 0x63, -1, REG | NO16 }, { 0, 1, 0xc3, -1, NO16 })

OPS(movzx_movsx, 400,
	{ 0, 1, 0xb6, -1, REG }, { 0, 1, 0xb7, -1, REG },
	{ 0, 1, 0xbe, -1, REG }, { 0, 1, 0xbf, -1, REG })

#define ALU(n)								\
	{ 0, 0, (n) * 8, -1, REG | BYTE | ((n) == 7 ? 0 : LOCK) },	\
	{ 0, 0, (n) * 8 + 1, -1, REG | BYTE | ((n) == 7 ? 0 : LOCK) },	\
	{ 0, 0, (n) * 8 + 2, -1, REG | BYTE },				\
	{ 0, 0, (n) * 8 + 3, -1, REG | BYTE },				\
	{ 0, 0, 0x80, n, REG | BYTE | I8 | ((n) == 7 ? 0 : LOCK) },	\
	{ 0, 0, 0x81, n, REG | BYTE | IZ | ((n) == 7 ? 0 : LOCK) },	\
	{ 0, 0, 0x83, n, REG | BYTE | I8 | ((n) == 7 ? 0 : LOCK) }

OPS(arithmetic, 150, ALU(0), ALU(1), ALU(2), ALU(3), ALU(4), ALU(5), ALU(6),
	ALU(7))

OPS(test_insn, 300,
	{ 0, 0, 0x84, -1, REG | BYTE }, { 0, 0, 0x85, -1, REG | BYTE },
	{ 0, 0, 0xf6, 0, REG | BYTE | IZ }, { 0, 0, 0xf7, 0, REG | BYTE | IZ },
	{ 0, 0, 0xf6, 1, REG | BYTE | IZ }, { 0, 0, 0xf7, 1, REG | BYTE | IZ })

OPS(unary, 300,
	{ 0, 0, 0xf6, 2, REG | BYTE | LOCK }, { 0, 0, 0xf7, 2, REG | BYTE | LOCK },
	{ 0, 0, 0xf6, 3, REG | BYTE | LOCK }, { 0, 0, 0xf7, 3, REG | BYTE | LOCK },
	{ 0, 0, 0xfe, 0, REG | BYTE | LOCK }, { 0, 0, 0xff, 0, REG | BYTE | LOCK },
	{ 0, 0, 0xfe, 1, REG | BYTE | LOCK }, { 0, 0, 0xff, 1, REG | BYTE | LOCK })

OPS(exchange, 500,
	{ 0, 0, 0x86, -1, REG | BYTE | LOCK }, { 0, 0, 0x87, -1, REG | BYTE | LOCK },
	{ 0, 1, 0xb0, -1, REG | BYTE | LOCK }, { 0, 1, 0xb1, -1, REG | BYTE | LOCK },
	{ 0, 1, 0xc0, -1, REG | BYTE | LOCK }, { 0, 1, 0xc1, -1, REG | BYTE | LOCK },
	{ 0, 1, 0xc7, 1, LOCK | ALIGN | NO16 })

OPS(bits, 500,
	{ 0, 1, 0xa3, -1, REG | BITS }, { 0, 1, 0xab, -1, REG | BITS | LOCK },
	{ 0, 1, 0xb3, -1, REG | BITS | LOCK }, { 0, 1, 0xbb, -1, REG | BITS | LOCK },
	{ 0, 1, 0xba, 4, REG | I8 }, { 0, 1, 0xba, 5, REG | I8 | LOCK },
	{ 0, 1, 0xba, 6, REG | I8 | LOCK }, { 0, 1, 0xba, 7, REG | I8 | LOCK })

OPS(movbe, 500, { 0, 2, 0xf0, -1, 0 }, { 0, 2, 0xf1, -1, 0 })

#define CC(n) { 0, 1, 0x90 + (n), 0, REG }, { 0, 1, 0x40 + (n), -1, REG }

OPS(conditions, 100, CC(0), CC(1), CC(2), CC(3), CC(4), CC(5), CC(6), CC(7),
	CC(8), CC(9), CC(10), CC(11), CC(12), CC(13), CC(14), CC(15))

OPS(stack, 400, { 0, 0, 0x8f, 0, STACK }, { 0, 0, 0xff, 6, STACK })

OPS(sse, 150,
	{ 0, 1, 0x10, -1, NO16 }, { 0, 1, 0x11, -1, NO16 },
	{ 0, 1, 0x28, -1, NO16 | ALIGN }, { 0, 1, 0x29, -1, NO16 | ALIGN },
	{ 0, 1, 0x2b, -1, NO16 | ALIGN }, { 0x66, 1, 0x10, -1, 0 },
	{ 0x66, 1, 0x11, -1, 0 }, { 0x66, 1, 0x28, -1, ALIGN },
	{ 0x66, 1, 0x29, -1, ALIGN }, { 0x66, 1, 0x2b, -1, ALIGN },
	{ 0x66, 1, 0x6f, -1, ALIGN }, { 0x66, 1, 0x7f, -1, ALIGN },
	{ 0x66, 1, 0xe7, -1, ALIGN }, { 0x66, 1, 0xd6, -1, 0 },
	{ 0x66, 1, 0x6e, -1, REG }, { 0x66, 1, 0x7e, -1, REG },
	{ 0xf3, 1, 0x10, -1, 0 }, { 0xf3, 1, 0x11, -1, 0 },
	{ 0xf3, 1, 0x6f, -1, 0 }, { 0xf3, 1, 0x7f, -1, 0 },
	{ 0xf3, 1, 0x7e, -1, 0 }, { 0xf2, 1, 0x10, -1, 0 },
	{ 0xf2, 1, 0x11, -1, 0 }, { 0x66, 2, 0x2a, -1, ALIGN })

/* VEX forms of the loads and stores, without the upper halves */
static void avx(void)
{
	static const struct {
		u8 pp, opcode;
		bool align;
	} ops[] = {
		{ 0, 0x10 }, { 0, 0x11 }, { 0, 0x28, true }, { 0, 0x29, true },
		{ 1, 0x6f, true }, { 1, 0x7f, true }, { 2, 0x6f }, { 2, 0x7f },
		{ 1, 0x6e }, { 1, 0x7e }, { 1, 0xd6 }, { 2, 0x7e },
		{ 2, 0x10 }, { 2, 0x11 }, { 3, 0x10 }, { 3, 0x11 },
	};
	u64 insn = (u64)(code + (stub_insn - stub_begin));
	unsigned int a, b, c, d, i, round;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1 << 28)))
		return;
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		for (round = 0; round < 200 && !ktap_failures(); round++) {
			u64 target = (u64)area + 0x8000 - rng() % 32;
			unsigned int base = rng() & 15, reg = rng() & 15;
			bool w = rng() & 1;
			struct state before, after;
			struct builder x = { .len = 0 };

			if (ops[i].align)
				target &= ~15ull;
			mmio_mode = rng() % 3;
			random_state(&before);
			before.gpr[base] = target;
			put(&x, 0xc4, 1);
			put(&x, (reg & 8 ? 0 : 0x80) | 0x40 |
				(base & 8 ? 0 : 0x20) | 1, 1);
			put(&x, (w ? 0x80 : 0) | 0x78 | ops[i].pp, 1);
			put(&x, ops[i].opcode, 1);
			put(&x, 0x40 | (reg & 7) << 3 | (base & 7), 1);
			if ((base & 7) == 4)
				put(&x, 0x24, 1);
			put(&x, 0, 1);
			after = before;
			fake.zero_upper = true;
			native(&after, &x);
			compare(&x, &before, &after, insn + x.len);
			EXPECT(fake.zero_upper);
		}
	}
}

static void strings(void)
{
	static const u8 opcodes[] = {
		0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
	};
	u64 insn = (u64)(code + (stub_insn - stub_begin));
	unsigned int i, round;

	for (i = 0; i < sizeof(opcodes); i++) {
		for (round = 0; round < 300 && !ktap_failures(); round++) {
			unsigned int rep = rng() % 3, prefix = rng() % 4;
			struct state before, after;
			struct builder b = { .len = 0 };

			mmio_mode = rng() % 3;
			random_state(&before);
			before.gpr[6] = (u64)area + 0x8000 + rng() % 32;
			before.gpr[7] = (u64)area + 0x8000 + rng() % 32;
			before.gpr[1] = rng() % 40;
			if (rng() & 1)	/* long runs of equal elements */
				memset(area + 0x7e00, rng(), 0x400);
			memcpy(shadow, area, AREA_SIZE);
			if (rng() & 1)
				before.gpr[0] = area[0x8000] * 0x0101010101010101ull;
			if (rep)
				put(&b, rep + 0xf1, 1);
			if (prefix == 1)
				put(&b, 0x66, 1);
			if (prefix == 2)
				put(&b, 0x67, 1);
			if (prefix == 3)
				put(&b, 0x48, 1);
			put(&b, opcodes[i], 1);
			after = before;
			native(&after, &b);
			compare(&b, &before, &after, insn + b.len);
		}
	}
}

static void moffs(void)
{
	u64 insn = (u64)(code + (stub_insn - stub_begin));
	unsigned int round;

	for (round = 0; round < 1000 && !ktap_failures(); round++) {
		struct state before, after;
		struct builder b = { .len = 0 };
		u64 target = (u64)area + 0x8000 - rng() % 32;
		bool narrow = rng() & 1;

		mmio_mode = rng() % 3;
		random_state(&before);
		if (narrow)
			put(&b, 0x67, 1);
		if (rng() & 1)
			put(&b, rng() & 1 ? 0x66 : 0x48, 1);
		put(&b, 0xa0 + rng() % 4, 1);
		put(&b, target, narrow ? 4 : 8);
		after = before;
		native(&after, &b);
		compare(&b, &before, &after, insn + b.len);
	}
}

/* To the end of the stub's sled, through memory */
static void branches(void)
{
	u64 after_insn = (u64)(code + (stub_after - stub_begin));
	u64 insn = (u64)(code + (stub_insn - stub_begin));
	unsigned int round;

	for (round = 0; round < 1000 && !ktap_failures(); round++) {
		u64 target = (u64)area + 0x8000 - rng() % 32;
		unsigned int base = rng() & 15;
		struct state before, after;
		struct builder b = { .len = 0 };

		mmio_mode = rng() % 3;
		random_state(&before);
		before.gpr[4] = (u64)area + 0x8800 + rng() % 64;
		if (base == 4)
			base = 5;
		before.gpr[base] = target;
		memcpy((void *)target, &after_insn, 8);
		memcpy(shadow, area, AREA_SIZE);
		if (base >> 3)
			put(&b, 0x41, 1);
		put(&b, 0xff, 1);
		put(&b, 0x40 | (rng() & 1 ? 2 : 4) << 3 | (base & 7), 1);
		if ((base & 7) == 4)
			put(&b, 0x24, 1);
		put(&b, 0, 1);
		after = before;
		native(&after, &b);
		compare(&b, &before, &after, after_insn);
		(void)insn;
	}
}

int main(void)
{
	unsigned int i;

	area = mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	code = mmap(NULL, 0x4000, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	shadow = malloc(AREA_SIZE);
	pattern = malloc(AREA_SIZE);
	ktap_begin();
	if (area == MAP_FAILED || code == MAP_FAILED || !shadow || !pattern) {
		puts("1..0 # SKIP no low memory to execute in");
		return 0;
	}
	for (i = 0; i < AREA_SIZE; i++)
		pattern[i] = rng();
	memcpy(code, stub_begin, stub_end - stub_begin);
	RUN(mov);
	RUN(movzx_movsx);
	RUN(arithmetic);
	RUN(test_insn);
	RUN(unary);
	RUN(exchange);
	RUN(bits);
	RUN(movbe);
	RUN(conditions);
	RUN(stack);
	RUN(strings);
	RUN(moffs);
	RUN(branches);
	RUN(sse);
	RUN(avx);
	free(shadow);
	free(pattern);
	return ktap_end();
}
