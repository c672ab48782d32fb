// SPDX-License-Identifier: GPL-2.0
/* What the processor cannot be asked: faults, other modes, exits, restarts. */
#include "fake_emul_host.h"
#include "ktap.h"

#include <string.h>

#define MEM_BASE	0x100000ull
#define MEM_SIZE	0x10000u
#define CODE		0x200000ull

static u8 mem[MEM_SIZE];
static u8 code[64];
static u64 gpr[16];
static struct hve_emul e;

static bool all_mmio(u64 gpa)
{
	return true;
}

static void setup(const void *bytes, unsigned int len)
{
	unsigned int i;

	memset(&fake, 0, sizeof(fake));
	memset(code, 0x90, sizeof(code));
	memcpy(code, bytes, len);
	for (i = 0; i < MEM_SIZE; i++)
		mem[i] = i * 7;
	memset(gpr, 0, sizeof(gpr));
	fake.mem = mem;
	fake.base = MEM_BASE;
	fake.size = MEM_SIZE;
	fake.code = code;
	fake.code_base = CODE;
	fake.code_len = sizeof(code);
	fake_context(&e, gpr);
	e.rip = CODE;
	hve_emul_begin(&e);
}

#define SETUP(...)							\
	do {								\
		static const u8 bytes_[] = { __VA_ARGS__ };		\
		setup(bytes_, sizeof(bytes_));				\
	} while (0)

/* 16- or 32-bit protected mode with flat segments */
static void mode32(bool big)
{
	e.efer = 0;
	e.cr0 = 1;
	e.seg[HVE_EMUL_CS].ar = big ? 0xc09b : 0x809b;
	e.seg[HVE_EMUL_SS].ar = big ? 0xc093 : 0x8093;
}

static void mode_real(void)
{
	unsigned int i;

	mode32(false);
	e.cr0 = 0;
	for (i = 0; i < HVE_EMUL_NR_SEGS; i++) {
		e.seg[i].limit = 0xffff;
		e.seg[i].ar = 0x93;
		e.seg[i].base = MEM_BASE;
	}
	e.seg[HVE_EMUL_CS].base = CODE;
	e.rip = 0;
	hve_emul_begin(&e);
}

static void expect_fault(u8 vector)
{
	u64 before[16];
	u64 flags = e.rflags, rip = e.rip;

	memcpy(before, gpr, sizeof(gpr));
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_FAULT);
	EXPECT_EQ(e.fault.vector, vector);
	EXPECT_EQ(e.rip, rip);
	EXPECT_EQ(e.rflags, flags);
	EXPECT(!memcmp(before, gpr, sizeof(gpr)));
}

static void read_exit(void)
{
	static const u8 data[8] = { 0x78, 0x56, 0x34, 0x12 };

	SETUP(0x8b, 0x43, 0x08);		/* mov 8(%rbx), %eax */
	fake.is_mmio = all_mmio;
	gpr[HVE_EMUL_RBX] = MEM_BASE + 0x100;
	gpr[HVE_EMUL_RAX] = ~0ull;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_MMIO_READ);
	EXPECT_EQ(e.mmio.gpa, MEM_BASE + 0x108);
	EXPECT_EQ(e.mmio.len, 4);
	EXPECT_EQ(gpr[HVE_EMUL_RAX], ~0ull);
	EXPECT_EQ(e.rip, CODE);
	hve_emul_read_complete(&e, data);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(gpr[HVE_EMUL_RAX], 0x12345678);
	EXPECT_EQ(e.rip, CODE + 3);
	EXPECT_EQ(e.insn_len, 15);
}

static void write_exit(void)
{
	SETUP(0x48, 0xc7, 0x03, 0xff, 0xff, 0xff, 0xff); /* movq $-1, (%rbx) */
	fake.is_mmio = all_mmio;
	gpr[HVE_EMUL_RBX] = MEM_BASE + 0xffd;
	e.rflags |= 1 << 16;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(e.nr_out, 2);
	EXPECT_EQ(e.out[0].gpa, MEM_BASE + 0xffd);
	EXPECT_EQ(e.out[0].len, 3);
	EXPECT_EQ(e.out[1].gpa, MEM_BASE + 0x1000);
	EXPECT_EQ(e.out[1].len, 5);
	EXPECT_EQ(e.out[1].data[4], 0xff);
	EXPECT_EQ(e.rip, CODE + 7);
	EXPECT_EQ(e.rflags, 2);
}

/* A read-modify-write asks once and writes once. */
static void rmw_exit(void)
{
	static const u8 data[8] = { 0xf0 };

	SETUP(0x83, 0x0b, 0x0f);		/* orl $15, (%rbx) */
	fake.is_mmio = all_mmio;
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_MMIO_READ);
	hve_emul_read_complete(&e, data);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(e.nr_out, 1);
	EXPECT_EQ(e.out[0].data[0], 0xff);
}

static void vmm_moves_rip(void)
{
	static const u8 data[8] = { 1 };

	SETUP(0x8b, 0x03, 0x90, 0x90, 0x8b, 0x0b); /* mov (%rbx), %eax; ... %ecx */
	fake.is_mmio = all_mmio;
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_MMIO_READ);
	hve_emul_read_complete(&e, data);
	e.rip = CODE + 4;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_MMIO_READ);
	gpr[HVE_EMUL_RBX] = MEM_BASE + 8;	/* and now the address */
	hve_emul_read_complete(&e, data);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_MMIO_READ);
	EXPECT_EQ(e.mmio.gpa, MEM_BASE + 8);
	hve_emul_read_complete(&e, data);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(gpr[HVE_EMUL_RCX], 1);
	EXPECT_EQ(gpr[HVE_EMUL_RAX], 0);
}

static void locked(void)
{
	SETUP(0xf0, 0x01, 0x0b);		/* lock add %ecx, (%rbx) */
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	gpr[HVE_EMUL_RCX] = 1;
	fake.lose_cmpxchg = true;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_RETRY);
	EXPECT_EQ(e.rip, CODE);
	fake.lose_cmpxchg = false;
	hve_emul_begin(&e);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(fake.nr_cmpxchg, 2);
	EXPECT_EQ(fake.nr_writes, 0);
	EXPECT_EQ(mem[0], 1);
	SETUP(0xf0, 0x39, 0x0b);		/* lock cmp */
	expect_fault(6);
	SETUP(0xf0, 0x01, 0xcb);		/* lock add %ecx, %ebx */
	expect_fault(6);
	SETUP(0xf0, 0x8b, 0x03);		/* lock mov */
	expect_fault(6);
	SETUP(0xf0, 0xa4);			/* lock movsb */
	expect_fault(6);
}

static void hint(void)
{
	SETUP(0x8b, 0x03);
	e.cr0 |= 1ull << 31;		/* no page tables, but the exit knows */
	e.cr3 = MEM_BASE;
	memset(mem, 0, sizeof(mem));
	e.hint_valid = true;
	e.hint_linear = 0xffff888000001234ull;
	e.hint_gpa = MEM_BASE + 0x2234;
	mem[0x2238] = 0x55;
	gpr[HVE_EMUL_RBX] = 0xffff888000001238ull;
	memcpy(e.insn, code, 15);
	e.insn_len = 15;		/* fetched before */
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(gpr[HVE_EMUL_RAX], 0x55);
	/* Not for a write, unless the exit was one */
	SETUP(0x89, 0x03);
	e.cr0 |= 1ull << 31;
	e.cr3 = MEM_BASE;
	memset(mem, 0, sizeof(mem));
	e.hint_valid = true;
	e.hint_linear = gpr[HVE_EMUL_RBX] = 0x1000;
	e.hint_gpa = MEM_BASE + 0x2000;
	memcpy(e.insn, code, 15);
	e.insn_len = 15;
	expect_fault(14);
	EXPECT_EQ(e.fault.cr2, 0x1000);
	EXPECT_EQ(e.fault.error_code, 2);
	e.hint_write = true;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
}

static void faults_64(void)
{
	SETUP(0x8b, 0x03);
	gpr[HVE_EMUL_RBX] = 0x800000000000ull;
	expect_fault(13);
	SETUP(0x8b, 0x03);
	gpr[HVE_EMUL_RBX] = 0x7ffffffffffdull;	/* last byte is not canonical */
	expect_fault(13);
	SETUP(0x8b, 0x45, 0x00);		/* mov (%rbp), %eax */
	gpr[HVE_EMUL_RBP] = 0x800000000000ull;
	expect_fault(12);
	SETUP(0x0f, 0x28, 0x03);		/* movaps (%rbx), %xmm0 */
	gpr[HVE_EMUL_RBX] = MEM_BASE + 8;
	expect_fault(13);
	SETUP(0x48, 0x0f, 0xc7, 0x0b);		/* cmpxchg16b */
	gpr[HVE_EMUL_RBX] = MEM_BASE + 8;
	expect_fault(13);
	SETUP(0x0f, 0x10, 0x03);
	e.cr0 |= 8;
	expect_fault(7);
	SETUP(0x0f, 0x10, 0x03);
	e.cr4 = 0;
	expect_fault(6);
	SETUP(0xff, 0x23);			/* jmp *(%rbx) */
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	memset(mem, 0x80, 8);
	expect_fault(13);
	/* 16 bytes are too many. */
	SETUP(0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	      0x66, 0x66, 0x66, 0x8b, 0x03);
	expect_fault(13);
	/* FS base counts, DS base does not. */
	SETUP(0x64, 0x8b, 0x03);
	e.seg[HVE_EMUL_FS].base = MEM_BASE;
	e.seg[HVE_EMUL_DS].base = 0x1000;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	SETUP(0x3e, 0x8b, 0x03);
	e.seg[HVE_EMUL_DS].base = 0x1000;
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
}

static void segments_32(void)
{
	SETUP(0x8b, 0x03);
	mode32(true);
	gpr[HVE_EMUL_RBX] = MEM_BASE - 0x1000;
	e.seg[HVE_EMUL_DS].base = 0x1000;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(gpr[HVE_EMUL_RAX], 0x150e0700);
	SETUP(0x8b, 0x03);			/* one byte over the limit */
	mode32(true);
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	e.seg[HVE_EMUL_DS].limit = MEM_BASE + 2;
	expect_fault(13);
	SETUP(0x8b, 0x45, 0x00);
	mode32(true);
	gpr[HVE_EMUL_RBP] = MEM_BASE;
	e.seg[HVE_EMUL_SS].limit = 0xfff;
	expect_fault(12);
	SETUP(0x89, 0x03);			/* read-only data */
	mode32(true);
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	e.seg[HVE_EMUL_DS].ar = 0xc091;
	expect_fault(13);
	SETUP(0x2e, 0x89, 0x03);		/* write to code */
	mode32(true);
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	expect_fault(13);
	SETUP(0x2e, 0x8b, 0x03);		/* execute-only code */
	mode32(true);
	e.seg[HVE_EMUL_CS].ar = 0xc099;
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	expect_fault(13);
	SETUP(0x8b, 0x03);			/* null selector */
	mode32(true);
	e.seg[HVE_EMUL_DS].ar = 0x10000;
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	expect_fault(13);
	SETUP(0x8b, 0x03);			/* expand down: above the limit */
	mode32(true);
	e.seg[HVE_EMUL_DS].ar = 0xc097;
	e.seg[HVE_EMUL_DS].limit = MEM_BASE - 1;
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	SETUP(0x8b, 0x03);
	mode32(true);
	e.seg[HVE_EMUL_DS].ar = 0xc097;
	e.seg[HVE_EMUL_DS].limit = MEM_BASE;
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	expect_fault(13);
	SETUP(0x8b, 0x03);			/* code beyond its limit */
	mode32(true);
	e.seg[HVE_EMUL_CS].limit = CODE;
	expect_fault(13);
	SETUP(0x48, 0x8b, 0x03);		/* dec %eax: no memory */
	mode32(true);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_UNHANDLED);
}

static void real_mode(void)
{
	SETUP(0x8b, 0x42, 0x10);		/* mov 16(%bp,%si), %ax */
	mode_real();
	gpr[HVE_EMUL_RBP] = 0xffff0100;		/* 16 bits of it */
	gpr[HVE_EMUL_RSI] = 0x20;
	gpr[HVE_EMUL_RAX] = 0x11223344;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(gpr[HVE_EMUL_RAX],
		  0x11220000 | (u16)(mem[0x130] | mem[0x131] << 8));
	EXPECT_EQ(e.rip, 3);
	SETUP(0xa1, 0xff, 0xff);		/* mov 0xffff, %ax: over the limit */
	mode_real();
	expect_fault(13);
	SETUP(0x67, 0x66, 0x8b, 0x04, 0x8b);	/* mov (%ebx,%ecx,4), %eax */
	mode_real();
	gpr[HVE_EMUL_RBX] = 0x100;
	gpr[HVE_EMUL_RCX] = 0x10;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(gpr[HVE_EMUL_RAX] & 0xff, mem[0x140]);
	SETUP(0x2e, 0x89, 0x07);		/* write to CS is allowed here */
	mode_real();
	e.seg[HVE_EMUL_CS].base = MEM_BASE;
	fake.code_base = MEM_BASE;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	SETUP(0xc5, 0x07);			/* lds, not VEX */
	mode_real();
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_UNHANDLED);
	SETUP(0x8f, 0x06, 0x00, 0x02);		/* pop 0x200 */
	mode_real();
	gpr[HVE_EMUL_RSP] = 0xabcd0010;
	mem[0x10] = 0x34;
	mem[0x11] = 0x12;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(gpr[HVE_EMUL_RSP], 0xabcd0012);
	EXPECT_EQ(mem[0x200], 0x34);
	EXPECT_EQ(mem[0x201], 0x12);
}

static void rep_to_device(void)
{
	unsigned int rounds = 0;

	SETUP(0xf3, 0xab);			/* rep stosl */
	fake.is_mmio = all_mmio;
	gpr[HVE_EMUL_RDI] = MEM_BASE;
	gpr[HVE_EMUL_RCX] = 3;
	gpr[HVE_EMUL_RAX] = 0xcafe;
	while (hve_emul_run(&e) == HVE_EMUL_AGAIN && rounds++ < 10) {
		EXPECT_EQ(e.nr_out, 1);
		EXPECT_EQ(e.rip, CODE);
		EXPECT_EQ(gpr[HVE_EMUL_RCX], 3 - rounds);
	}
	EXPECT_EQ(rounds, 2);
	EXPECT_EQ(e.nr_out, 1);
	EXPECT_EQ(e.out[0].gpa, MEM_BASE + 8);
	EXPECT_EQ(e.rip, CODE + 2);
	SETUP(0xf3, 0xab);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);	/* count 0 */
	EXPECT_EQ(e.rip, CODE + 2);
	/* A page fault in the middle keeps what was done. */
	SETUP(0xf3, 0xaa);
	gpr[HVE_EMUL_RDI] = 0x7ffffffffffeull;
	gpr[HVE_EMUL_RCX] = 10;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_AGAIN);
	EXPECT_EQ(gpr[HVE_EMUL_RCX], 9);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_AGAIN);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_FAULT);
	EXPECT_EQ(e.fault.vector, 13);
	EXPECT_EQ(gpr[HVE_EMUL_RCX], 8);
}

static void string_ports(void)
{
	u64 linear;

	SETUP(0xf3, 0x6c);			/* rep insb */
	gpr[HVE_EMUL_RDI] = MEM_BASE;
	gpr[HVE_EMUL_RCX] = 8;
	gpr[HVE_EMUL_RDX] = 0x10080;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_PIO);
	EXPECT(e.pio.in && e.pio.rep);
	EXPECT_EQ(e.pio.port, 0x80);
	EXPECT_EQ(e.pio.size, 1);
	EXPECT_EQ(e.pio.count, 8);
	EXPECT_EQ(e.pio.linear, MEM_BASE);
	EXPECT_EQ(hve_emul_pio_linear(&e, 3, &linear), HVE_EMUL_OK);
	EXPECT_EQ(linear, MEM_BASE + 3);
	EXPECT_EQ(hve_emul_mem_write(&e, linear, "x", 1, 0), HVE_EMUL_OK);
	EXPECT_EQ(mem[3], 'x');
	EXPECT_EQ(hve_emul_pio_advance(&e, 5), HVE_EMUL_AGAIN);
	EXPECT_EQ(gpr[HVE_EMUL_RCX], 3);
	EXPECT_EQ(gpr[HVE_EMUL_RDI], MEM_BASE + 5);
	EXPECT_EQ(e.rip, CODE);
	gpr[HVE_EMUL_RCX] = 1;			/* a VMM at work */
	EXPECT_EQ(hve_emul_pio_advance(&e, 3), HVE_EMUL_OK);
	EXPECT_EQ(gpr[HVE_EMUL_RCX], 0);
	EXPECT_EQ(gpr[HVE_EMUL_RDI], MEM_BASE + 6);
	EXPECT_EQ(e.rip, CODE + 2);
	SETUP(0x65, 0x66, 0x6f);		/* outsw %gs:(%rsi) */
	e.rflags |= 0x400;
	e.seg[HVE_EMUL_GS].base = MEM_BASE;
	gpr[HVE_EMUL_RSI] = 0x10;
	EXPECT_EQ(hve_emul_pio_decode(&e), HVE_EMUL_PIO);
	EXPECT_EQ(e.pio.linear, MEM_BASE + 0x10);
	EXPECT_EQ(e.pio.size, 2);
	EXPECT_EQ(hve_emul_pio_advance(&e, 1), HVE_EMUL_OK);
	EXPECT_EQ(gpr[HVE_EMUL_RSI], 0xe);
	SETUP(0x8b, 0x03);
	EXPECT_EQ(hve_emul_pio_decode(&e), HVE_EMUL_UNHANDLED);
}

static void unhandled(void)
{
	static const u8 list[][6] = {
		{ 0x0f, 0x0b }, { 0xcc }, { 0xf4 }, { 0xd8, 0x03 },
		{ 0x0f, 0x01, 0x03 }, { 0xf7, 0x23 }, { 0xff, 0x1b },
		{ 0xff, 0x3b }, { 0x8f, 0x4b }, { 0x0f, 0x6f, 0x03 },
		{ 0xc5, 0xfc, 0x10, 0x03 }, { 0x62, 0xf1, 0x7c, 0x48, 0x10, 0x03 },
		{ 0x0f, 0x38, 0x00, 0x03 }, { 0xf2, 0x0f, 0x38, 0xf0, 0x03 },
		{ 0x66, 0x0f, 0xc7, 0x33 }, { 0x0f, 0xba, 0x1b, 0x01 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		setup(list[i], sizeof(list[i]));
		gpr[HVE_EMUL_RBX] = MEM_BASE;
		EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_UNHANDLED);
		EXPECT(!memcmp(e.insn, list[i], sizeof(list[i])));
		EXPECT_EQ(e.rip, CODE);
	}
}

/* Instruction bytes are fetched page by page, and only as far as needed. */
static void fetch_at_end_of_page(void)
{
	SETUP(0x8b, 0x03);
	fake.code_base = CODE + 0xffe;
	fake.code_len = 2;			/* nothing behind it */
	e.rip = CODE + 0xffe;
	hve_emul_begin(&e);
	gpr[HVE_EMUL_RBX] = MEM_BASE;
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(e.insn_len, 2);
	SETUP(0x8b, 0x83, 0, 0, 0, 0);		/* crosses into nothing */
	fake.code_base = CODE + 0xffe;
	fake.code_len = 2;
	e.rip = CODE + 0xffe;
	hve_emul_begin(&e);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_UNHANDLED);
}

/* Linear memory for core: over pages, all or nothing up to a page */
static void bulk_memory(void)
{
	static u8 buf[0x3000];
	unsigned int i;

	SETUP(0x90);
	for (i = 0; i < sizeof(buf); i++)
		buf[i] = i >> 4 ^ i;
	EXPECT_EQ(hve_emul_mem_write(&e, MEM_BASE + 0xff0, buf, 0x2800, 0),
		  HVE_EMUL_OK);
	EXPECT(!memcmp(mem + 0xff0, buf, 0x2800));
	EXPECT_EQ(fake.nr_writes, 4);
	memset(buf, 0, sizeof(buf));
	EXPECT_EQ(hve_emul_mem_read(&e, MEM_BASE + 0xff0, buf, 0x2800, 0),
		  HVE_EMUL_OK);
	EXPECT(!memcmp(mem + 0xff0, buf, 0x2800));
	EXPECT_EQ(hve_emul_mem_read(&e, MEM_BASE + MEM_SIZE - 4, buf, 8, 0),
		  HVE_EMUL_MMIO);
	EXPECT_EQ(hve_emul_mem_read(&e, MEM_BASE, buf, 0, 0), HVE_EMUL_OK);
	/* The second page faults: nothing is written to the first. */
	e.cr0 |= 1ull << 31;
	e.efer = 0;
	e.cr3 = MEM_BASE;
	memset(mem, 0, sizeof(mem));
	mem[0] = 7;			/* directory entry 0: table at 0x101000 */
	mem[1] = 0x10;
	mem[2] = 0x10;
	mem[0x1004] = 7;		/* page 1 at 0x102000, page 2 is absent */
	mem[0x1005] = 0x20;
	mem[0x1006] = 0x10;
	EXPECT_EQ(hve_emul_mem_write(&e, 0x1ffc, "12345678", 8, 0),
		  HVE_EMUL_FAULT);
	EXPECT_EQ(e.fault.vector, 14);
	EXPECT_EQ(e.fault.cr2, 0x2000);
	EXPECT_EQ(e.fault.error_code, 2);
	EXPECT_EQ(mem[0x2ffc], 0);
	EXPECT_EQ(hve_emul_mem_write(&e, 0x1ff8, "12345678", 8,
				     HVE_EMUL_ACC_USER), HVE_EMUL_OK);
	EXPECT_EQ(mem[0x2fff], '8');
}

int main(void)
{
	ktap_begin();
	RUN(read_exit);
	RUN(write_exit);
	RUN(rmw_exit);
	RUN(vmm_moves_rip);
	RUN(locked);
	RUN(hint);
	RUN(faults_64);
	RUN(segments_32);
	RUN(real_mode);
	RUN(rep_to_device);
	RUN(string_ports);
	RUN(unhandled);
	RUN(fetch_at_end_of_page);
	RUN(bulk_memory);
	return ktap_end();
}
