// SPDX-License-Identifier: GPL-2.0
/* Guest page tables of all modes, rights, reserved bits, accessed and dirty. */
#include "fake_emul_host.h"
#include "ktap.h"

#include <string.h>

#define CR0_BASE	0x80000001ull
#define CR0_WP		0x10000ull
#define P		0x1ull
#define W		0x2ull
#define U		0x4ull
#define A		0x20ull
#define D		0x40ull
#define PS		0x80ull
#define NX		(1ull << 63)

#define READ		0
#define WRITE		HVE_EMUL_ACC_WRITE
#define USER		HVE_EMUL_ACC_USER
#define FETCH		HVE_EMUL_ACC_FETCH
#define NO_FAULT	0xffffffffu
#define GP_FAULT	0xfffffffeu

static u8 mem[0x10000];
static u64 gpr[16];
static struct hve_emul e;
static struct hve_emul_walk w;

static void put(u64 gpa, u64 val, unsigned int size)
{
	memcpy(mem + gpa, &val, size);
}

static u64 get(u64 gpa)
{
	u64 val;

	memcpy(&val, mem + gpa, 8);
	return val;
}

static void setup(u64 efer, u64 cr4)
{
	memset(mem, 0, sizeof(mem));
	memset(&fake, 0, sizeof(fake));
	fake.mem = mem;
	fake.size = sizeof(mem);
	fake_context(&e, gpr);
	e.cr0 = CR0_BASE | CR0_WP;
	e.cr3 = 0x1000;
	e.cr4 = cr4;
	e.efer = efer;
	e.maxphyaddr = 40;
}

/* 4 levels for 0x1 2345 6789 a bcd and the like; rights in @leaf and @upper */
#define LINEAR	0x0000008040201abcull	/* index 1 in each table */

static void map4(u64 upper, u64 leaf)
{
	put(0x1008, 0x2000 | upper, 8);
	put(0x2008, 0x3000 | upper, 8);
	put(0x3008, 0x4000 | upper, 8);
	put(0x4008, 0x77777000 | leaf, 8);
}

static u32 walk(u64 linear, u32 acc)
{
	enum hve_emul_result r = hve_emul_walk(&e, linear, acc, &w);

	if (r == HVE_EMUL_OK)
		return NO_FAULT;
	EXPECT_EQ(r, HVE_EMUL_FAULT);
	return w.noncanonical ? GP_FAULT : w.error_code;
}

static void four_level(void)
{
	setup(0xd00, 1 << 5);
	map4(P | W | U, P | W | U);
	EXPECT_EQ(walk(LINEAR, USER | WRITE), NO_FAULT);
	EXPECT_EQ(w.gpa, 0x77777abc);
	EXPECT_EQ(w.page_bits, 12);
	EXPECT(w.writable && w.user && !w.noexec);
	EXPECT_EQ(walk(LINEAR + 0x1000, READ), 0);
	EXPECT_EQ(walk(LINEAR + 0x1000, USER | WRITE), 6);
	EXPECT_EQ(walk(LINEAR + 0x1000, USER | FETCH), 0x14);
	EXPECT_EQ(walk(1ull << 47, READ), GP_FAULT);
	EXPECT_EQ(walk(0xffff7fffffffffff, READ), GP_FAULT);
	EXPECT_EQ(walk(0xffff800000000000, READ), 0);
	/* 2 MiB and 1 GiB */
	put(0x3008, 0x7e000000 | P | W | U | PS, 8);
	EXPECT_EQ(walk(LINEAR, READ), NO_FAULT);
	EXPECT_EQ(w.gpa, 0x7e001abc);
	EXPECT_EQ(w.page_bits, 21);
	put(0x3008, 0x7e002000 | P | W | U | PS, 8);
	EXPECT_EQ(walk(LINEAR, READ), 9);
	put(0x2008, 0x40000000 | P | W | U | PS, 8);
	EXPECT_EQ(walk(LINEAR, READ), NO_FAULT);
	EXPECT_EQ(w.gpa, 0x40201abc);
	EXPECT_EQ(w.page_bits, 30);
	e.has_1g = false;
	EXPECT_EQ(walk(LINEAR, READ), 9);
	put(0x1008, 0x2000 | P | W | U | PS, 8);
	EXPECT_EQ(walk(LINEAR, USER), 0xd);
	/* Tables in a device, or nowhere */
	e.cr3 = 0x12340000;
	EXPECT_EQ(hve_emul_walk(&e, LINEAR, READ, &w), HVE_EMUL_MMIO);
}

static void five_level(void)
{
	setup(0xd00, 1 << 5 | 1 << 12);
	map4(P | W | U, P | W | U);
	put(0x5000 + 8 * 3, 0x1000 | P | W | U, 8);
	e.cr3 = 0x5000;
	EXPECT_EQ(walk(LINEAR | 3ull << 48, READ), NO_FAULT);
	EXPECT_EQ(w.gpa, 0x77777abc);
	EXPECT_EQ(walk(LINEAR, READ), 0);
	EXPECT_EQ(walk(1ull << 56, READ), GP_FAULT);
}

/* Every combination of access, page and control bits against the rules. */
static void rights(void)
{
	unsigned int n;

	for (n = 0; n < 1 << 12; n++) {
		bool pw = n & 1, pu = n & 2, px = n & 4;
		bool wp = n & 8, smep = n & 16, smap = n & 32, ac = n & 64;
		bool user = n & 128, write = n & 256, fetch = n & 512;
		bool upper = n & 1024, nxe = n & 2048;
		u64 flags = P | (pw ? W : 0) | (pu ? U : 0) |
			    (px || !nxe ? 0 : NX);
		u32 acc = (user ? USER : 0) | (write ? WRITE : 0) |
			  (fetch ? FETCH : 0);
		u32 code = 1 | (write ? 2 : 0) | (user ? 4 : 0) |
			   (fetch && (nxe || smep) ? 0x10 : 0);
		bool ok;

		if (write && fetch)
			continue;
		setup(0x500 | (nxe ? 0x800 : 0), 1 << 5 |
		      (smep ? 1 << 20 : 0) | (smap ? 1 << 21 : 0));
		e.cr0 = CR0_BASE | (wp ? CR0_WP : 0);
		e.rflags = 2 | (ac ? 1 << 18 : 0);
		if (upper)
			map4(flags, P | W | U);
		else
			map4(P | W | U, flags);
		if (user)
			ok = pu;
		else if (fetch)
			ok = !(pu && smep);
		else
			ok = !(pu && smap && !ac);
		if (fetch && !px && nxe)
			ok = false;
		if (write && !pw && (user || wp))
			ok = false;
		EXPECT_EQ(walk(LINEAR, acc), ok ? NO_FAULT : code);
		EXPECT_EQ(walk(LINEAR, acc | HVE_EMUL_ACC_NOCHECK), NO_FAULT);
	}
}

static void reserved_bits(void)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		bool bad = bit >= 40 && bit < 52;

		setup(0xd00, 1 << 5);
		map4(P | W | U, P | W | U | 1ull << bit);
		EXPECT_EQ(walk(LINEAR, READ), bad ? 9 : NO_FAULT);
		/* Without NXE bit 63 is reserved too. */
		e.efer = 0x500;
		EXPECT_EQ(walk(LINEAR, READ), bad || bit == 63 ? 9 : NO_FAULT);
	}
}

static void protection_keys(void)
{
	setup(0xd00, 1 << 5 | 1 << 22);
	map4(P | W | U, P | W | U | 5ull << 59);
	e.pkru = 1 << 10;
	EXPECT_EQ(walk(LINEAR, READ), 0x21);
	EXPECT_EQ(walk(LINEAR, USER | WRITE), 0x27);
	EXPECT_EQ(walk(LINEAR, USER | FETCH), NO_FAULT);
	e.pkru = 2 << 10;
	EXPECT_EQ(walk(LINEAR, USER), NO_FAULT);
	EXPECT_EQ(walk(LINEAR, USER | WRITE), 0x27);
	EXPECT_EQ(walk(LINEAR, WRITE), 0x23);
	e.cr0 &= ~CR0_WP;
	EXPECT_EQ(walk(LINEAR, WRITE), NO_FAULT);
	EXPECT_EQ(walk(LINEAR, USER | WRITE), 0x27);
	e.pkru = ~(3u << 10);
	EXPECT_EQ(walk(LINEAR, USER | WRITE), NO_FAULT);
	/* Not for supervisor pages */
	e.pkru = ~0u;
	map4(P | W | U, P | W | 5ull << 59);
	EXPECT_EQ(walk(LINEAR, WRITE), NO_FAULT);
}

static void accessed_dirty(void)
{
	setup(0xd00, 1 << 5);
	map4(P | W | U, P | W | U);
	EXPECT_EQ(walk(LINEAR, READ), NO_FAULT);
	EXPECT_EQ(fake.nr_cmpxchg, 0);
	EXPECT_EQ(walk(LINEAR, READ | HVE_EMUL_ACC_SET_AD), NO_FAULT);
	EXPECT_EQ(get(0x1008), 0x2000 | P | W | U | A);
	EXPECT_EQ(get(0x4008), 0x77777000 | P | W | U | A);
	EXPECT_EQ(fake.nr_cmpxchg, 4);
	EXPECT_EQ(walk(LINEAR, WRITE | HVE_EMUL_ACC_SET_AD), NO_FAULT);
	EXPECT_EQ(get(0x1008), 0x2000 | P | W | U | A);
	EXPECT_EQ(get(0x4008), 0x77777000 | P | W | U | A | D);
	EXPECT_EQ(fake.nr_cmpxchg, 5);
	EXPECT_EQ(walk(LINEAR, WRITE | HVE_EMUL_ACC_SET_AD), NO_FAULT);
	EXPECT_EQ(fake.nr_cmpxchg, 5);
	map4(P | W | U, P | W | U);
	fake.lose_cmpxchg = true;
	EXPECT_EQ(hve_emul_walk(&e, LINEAR, HVE_EMUL_ACC_SET_AD, &w),
		  HVE_EMUL_RETRY);
}

static void pae(void)
{
	static const u64 cached[4] = { 0, 0x3000 | P };

	setup(0x800, 1 << 5);
	e.cr3 = 0x1020;
	put(0x1028, 0x3000 | P, 8);
	put(0x3008, 0x4000 | P | W | U, 8);
	put(0x4008, 0x77777000 | P | W | NX, 8);
	EXPECT_EQ(walk(0x40201abc, READ), NO_FAULT);
	EXPECT_EQ(w.gpa, 0x77777abc);
	EXPECT_EQ(walk(0xffffffff40201abc, READ), NO_FAULT);
	EXPECT_EQ(walk(0x40201abc, FETCH), 0x11);
	EXPECT_EQ(walk(0x201abc, READ), 0);
	put(0x1028, 0x3000 | P | W, 8);
	EXPECT_EQ(walk(0x40201abc, READ), 9);
	e.pdptes = cached;
	EXPECT_EQ(walk(0x40201abc, READ), NO_FAULT);
	put(0x4008, 0x77777000 | P | W | 1ull << 52, 8);
	EXPECT_EQ(walk(0x40201abc, READ), 9);
	put(0x3008, 0x7e000000 | P | W | U | PS, 8);
	EXPECT_EQ(walk(0x40201abc, READ), NO_FAULT);
	EXPECT_EQ(w.gpa, 0x7e001abc);
}

static void legacy(void)
{
	setup(0, 1 << 4);
	put(0x1000 + 4 * 0x101, 0x3000 | P | W | U, 4);
	put(0x3000 + 4, 0xfffff000 | P | W | U, 4);
	EXPECT_EQ(walk(0x40401abc, USER | WRITE), NO_FAULT);
	EXPECT_EQ(w.gpa, 0xfffffabc);
	EXPECT_EQ(walk(0x40402abc, FETCH), 0);
	/* 4 MiB, with four more address bits */
	put(0x1000 + 4 * 0x101, 0x00800000 | 3 << 13 | P | W | U | PS, 4);
	EXPECT_EQ(walk(0x40401abc, READ), NO_FAULT);
	EXPECT_EQ(w.gpa, 0x300801abcull);
	EXPECT_EQ(w.page_bits, 22);
	put(0x1000 + 4 * 0x101, 0x00a00000 | P | W | U | PS, 4);
	EXPECT_EQ(walk(0x40401abc, READ), 9);
	e.maxphyaddr = 36;
	put(0x1000 + 4 * 0x101, 0x00800000 | 1 << 17 | P | W | U | PS, 4);
	EXPECT_EQ(walk(0x40401abc, READ), 9);
	/* Without CR4.PSE the bit means nothing. */
	e.cr4 = 0;
	put(0x1000 + 4 * 0x101, 0x3000 | P | W | U | PS, 4);
	EXPECT_EQ(walk(0x40401abc, READ), NO_FAULT);
	EXPECT_EQ(w.gpa, 0xfffffabc);
	EXPECT_EQ(walk(0x40401abc, WRITE | HVE_EMUL_ACC_SET_AD), NO_FAULT);
	EXPECT_EQ(get(0x3004) & 0xffffffff, 0xfffff000 | P | W | U | A | D);
	EXPECT_EQ(get(0x3008), 0);
	e.cr0 = 1;
	EXPECT_EQ(walk(0x12340401abc, READ), NO_FAULT);
	EXPECT_EQ(w.gpa, 0x40401abc);
}

/* A fault of the instruction's own access carries the address of the byte. */
static void emulated_fault(void)
{
	static const u8 code[] = { 0x8b, 0x03 };

	setup(0xd00, 1 << 5);
	map4(P | W | U, P | W | U);
	put(0x4008, 0x8000 | P | W | U, 8);
	memcpy(mem + 0x8abc, code, 2);
	e.rip = LINEAR;
	gpr[HVE_EMUL_RBX] = LINEAR - 0xabc + 0xffe;
	e.cpl = 3;
	hve_emul_begin(&e);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_FAULT);
	EXPECT_EQ(e.fault.vector, 14);
	EXPECT_EQ(e.fault.error_code, 4);
	EXPECT_EQ(e.fault.cr2, LINEAR - 0xabc + 0x1000);
	gpr[HVE_EMUL_RBX] = LINEAR - 0xabc + 0xffc;
	hve_emul_begin(&e);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_OK);
	put(0x4008, 0x8000 | P | W, 8);
	hve_emul_begin(&e);
	EXPECT_EQ(hve_emul_run(&e), HVE_EMUL_FAULT);
	EXPECT_EQ(e.fault.error_code, 0x15);
}

int main(void)
{
	ktap_begin();
	RUN(four_level);
	RUN(five_level);
	RUN(rights);
	RUN(reserved_bits);
	RUN(protection_keys);
	RUN(accessed_dirty);
	RUN(pae);
	RUN(legacy);
	RUN(emulated_fault);
	return ktap_end();
}
