// SPDX-License-Identifier: GPL-2.0
/*
 * Decoded instructions that are kept: used when nothing has changed, and never
 * when something has. The instruction stores EAX or ECX in a device.
 */
#include "fake_emul_host.h"
#include "ktap.h"

#include <string.h>

#define P	0x1ull
#define W	0x2ull
#define U	0x4ull
#define A	0x20ull

#define CODE	0x400000ull		/* linear */
#define DEVICE	0x401000ull
#define PML4	0x1000
#define PT	0x4000
#define PAGE	0x8000			/* of the code */
#define OTHER	0x9000
#define MMIO	0xf000

static u8 mem[0x10000];
static u64 gpr[16];
static struct hve_emul e;

static bool is_mmio(u64 gpa)
{
	return gpa >= MMIO;
}

static void put(u64 gpa, u64 val)
{
	memcpy(mem + gpa, &val, 8);
}

static u64 get(u64 gpa)
{
	u64 val;

	memcpy(&val, mem + gpa, 8);
	return val;
}

/* A set of tables: CODE is at @page. */
static void map(u64 pml4, u64 page)
{
	put(pml4, (pml4 + 0x1000) | P | W | U);
	put(pml4 + 0x1000, (pml4 + 0x2000) | P | W | U);
	put(pml4 + 0x2000 + 2 * 8, PT | P | W | U);
	put(PT, page | P | W | U);
	put(PT + 8, MMIO | P | W | U);
}

/* mov %eax, (%rbx); nops, or with %ecx */
static void code(u64 page, bool ecx)
{
	memset(mem + page, 0x90, 0x1000);
	mem[page] = 0x89;
	mem[page + 1] = ecx ? 0x0b : 0x03;
}

#define EAX	0x11111111u
#define ECX	0x22222222u

static void setup(void)
{
	memset(mem, 0, sizeof(mem));
	memset(&fake, 0, sizeof(fake));
	fake.mem = mem;
	fake.size = sizeof(mem);
	fake.is_mmio = is_mmio;
	fake.cacheable = true;
	fake_context(&e, gpr);
	e.cr0 = 0x80010001;
	e.cr3 = PML4;
	e.cr4 |= 1 << 5;
	e.efer |= 1 << 11;
	gpr[HVE_EMUL_RAX] = EAX;
	gpr[HVE_EMUL_RCX] = ECX;
	gpr[HVE_EMUL_RBX] = DEVICE;
	map(PML4, PAGE);
	code(PAGE, false);
	code(OTHER, true);
}

/* What it wrote, 0: nothing. */
static u32 store(void)
{
	u32 val = 0;

	e.rip = CODE;
	fake.nr_reads = 0;
	hve_emul_begin(&e);
	if (hve_emul_run(&e) != HVE_EMUL_OK || e.nr_out != 1 || e.out[0].gpa != MMIO)
		return 0;
	EXPECT_EQ(e.rip, CODE + 2);
	memcpy(&val, e.out[0].data, 4);
	return val;
}

/* The first times set accessed bits; then it is kept. */
static void warm(void)
{
	setup();
	store();
	store();
	EXPECT_EQ(store(), EAX);
	EXPECT_EQ(fake.nr_reads, 4);	/* the walk to the device */
}

static void used(void)
{
	warm();
	EXPECT_EQ(store(), EAX);
	EXPECT_EQ(fake.nr_reads, 4);
	gpr[HVE_EMUL_RAX] = 5;
	EXPECT_EQ(store(), 5);
	fake.cacheable = false;		/* what is kept may still be used */
	fake.gen++;
	EXPECT_EQ(store(), 5);
	EXPECT_EQ(fake.nr_reads, 4 + 5);
	EXPECT_EQ(store(), 5);
	EXPECT_EQ(fake.nr_reads, 4 + 5);
}

static void code_rewritten(void)
{
	warm();
	mem[PAGE + 1] = 0x0b;
	EXPECT_EQ(store(), ECX);
	EXPECT_EQ(store(), ECX);
	mem[PAGE + 1] = 0x03;
	EXPECT_EQ(store(), EAX);
	/* longer than what was there */
	memcpy(mem + PAGE, "\x66\x90", 2);
	EXPECT_EQ(store(), 0);
}

static void last_byte_rewritten(void)
{
	/* movl $imm32, 0x401000: 11 bytes, read in two overlapping pieces */
	static const u8 insn[] = { 0xc7, 0x04, 0x25, 0x00, 0x10, 0x40, 0x00,
				   0x78, 0x56, 0x34, 0x12 };
	unsigned int i;

	setup();
	memcpy(mem + PAGE, insn, sizeof(insn));
	for (i = 0; i < 3; i++) {
		e.rip = CODE;
		hve_emul_begin(&e);
		EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
		EXPECT_EQ(e.out[0].data[3], 0x12);
	}
	mem[PAGE + 10] = 0x99;
	e.rip = CODE;
	hve_emul_begin(&e);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(e.out[0].data[3], 0x99);
	EXPECT_EQ(e.out[0].data[0], 0x78);
}

static void tables_rewritten(void)
{
	warm();
	put(PT, OTHER | P | W | U | A);
	EXPECT_EQ(store(), ECX);
	put(PT, PAGE | P | W | U | A);
	EXPECT_EQ(store(), EAX);
	/* a table further up: another page table, a copy but for the code */
	memcpy(mem + 0xa000, mem + PT, 0x1000);
	put(0xa000, OTHER | P | W | U | A);
	put(PML4 + 0x2000 + 2 * 8, 0xa000 | P | W | U | A);
	EXPECT_EQ(store(), ECX);
}

static void page_gone(void)
{
	warm();
	put(PT, PAGE | W | U | A);
	EXPECT_EQ(store(), 0);
	EXPECT_EQ(e.fault.vector, 14);
	EXPECT_EQ(e.fault.cr2, CODE);
	put(PT, PAGE | P | W | U | A);
	EXPECT_EQ(store(), EAX);
	put(PT, PAGE | P | W | U | A | 1ull << 63);
	EXPECT_EQ(store(), 0);
}

static void accessed_bit(void)
{
	warm();
	put(PT, PAGE | P | W | U);
	EXPECT_EQ(store(), EAX);
	EXPECT_EQ(get(PT) & A, A);
}

static void cr3_switched(void)
{
	warm();
	map(0xb000, PAGE);
	memcpy(mem + 0xe000, mem + PT, 0x1000);
	put(0xe000, OTHER | P | W | U);
	put(0xb000 + 0x2000 + 2 * 8, 0xe000 | P | W | U);
	e.cr3 = 0xb000;
	EXPECT_EQ(store(), ECX);
	e.cr3 = PML4;
	EXPECT_EQ(store(), EAX);
}

static void privilege_changed(void)
{
	warm();
	put(PT, PAGE | P | W | A);	/* of the supervisor */
	EXPECT_EQ(store(), EAX);
	EXPECT_EQ(store(), EAX);
	e.cpl = 3;
	EXPECT_EQ(store(), 0);
	EXPECT_EQ(e.fault.vector, 14);
	e.cpl = 0;
	EXPECT_EQ(store(), EAX);
	/* of the user, with SMEP */
	put(PT, PAGE | P | W | U | A);
	EXPECT_EQ(store(), EAX);
	EXPECT_EQ(store(), EAX);
	e.cr4 |= 1 << 20;
	EXPECT_EQ(store(), 0);
}

static void mode_changed(void)
{
	unsigned int i;

	setup();
	/* mov %eax, (%r11); outside of 64-bit mode INC ECX, which is not ours */
	memcpy(mem + PAGE, "\x41\x89\x03", 3);
	gpr[11] = DEVICE;
	for (i = 0; i < 3; i++) {
		e.rip = CODE;
		hve_emul_begin(&e);
		EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
		EXPECT_EQ(e.rip, CODE + 3);
	}
	e.seg[HVE_EMUL_CS].ar = 0xc09b;			/* compatibility mode */
	e.rip = CODE;
	hve_emul_begin(&e);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_UNHANDLED);
}

static void slot_moved(void)
{
	static u8 moved[sizeof(mem)];

	warm();
	memcpy(moved, mem, sizeof(mem));
	moved[PAGE + 1] = 0x0b;
	fake.mem = moved;
	fake.gen++;
	EXPECT_EQ(store(), ECX);
	EXPECT_EQ(store(), ECX);
	fake.mem = mem;
	fake.gen++;
	EXPECT_EQ(store(), EAX);
}

static void over_two_pages(void)
{
	setup();
	put(PT + 2 * 8, PAGE | P | W | U);	/* CODE + 0x2000, then nothing */
	put(PT + 3 * 8, OTHER | P | W | U);
	mem[PAGE + 0xfff] = 0x89;
	mem[OTHER] = 0x03;
	e.rip = CODE + 0x2fff;
	hve_emul_begin(&e);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(e.out[0].data[0], 0x11);
	mem[OTHER] = 0x0b;
	e.rip = CODE + 0x2fff;
	hve_emul_begin(&e);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	EXPECT_EQ(e.out[0].data[0], 0x22);
}

int main(void)
{
	ktap_begin();
	RUN(used);
	RUN(code_rewritten);
	RUN(last_byte_rewritten);
	RUN(tables_rewritten);
	RUN(page_gone);
	RUN(accessed_bit);
	RUN(cr3_switched);
	RUN(privilege_changed);
	RUN(mode_changed);
	RUN(slot_moved);
	RUN(over_two_pages);
	return ktap_end();
}
