/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One hostile guest from a string of bytes, for libFuzzer and for the random
 * test: a mode, registers, an instruction, page tables, and a VMM that changes
 * registers while it serves reads.  What has to hold: no loop without end, no
 * access outside, and nothing changed by what says so.
 */
#ifndef UNIT_EMUL_FUZZ_ONE_H
#define UNIT_EMUL_FUZZ_ONE_H

#include "fake_emul_host.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_MEM	0x8000u

static u8 fuzz_mem[FUZZ_MEM];
static const u8 *fuzz_salt;

static bool fuzz_is_mmio(u64 gpa)
{
	return fuzz_salt[0] >> (gpa >> 3 & 7) & 1;
}

static void fuzz_context(struct hve_emul *e, u64 *gpr, const u8 *head)
{
	unsigned int i;

	fake_context(e, gpr);
	switch (head[0] & 7) {
	case 0:
		e->efer = 0;
		e->cr0 = 0;
		for (i = 0; i < HVE_EMUL_NR_SEGS; i++)
			e->seg[i].ar = 0x93;
		break;
	case 1:
	case 2:
		e->efer = 0;
		e->seg[HVE_EMUL_CS].ar = head[0] & 1 ? 0xc09b : 0x809b;
		break;
	case 3:
		e->cr0 |= 1ull << 31;
		e->cr4 |= head[3] << 4 | head[4] << 16;
		break;
	case 4:
		e->efer = head[3] & 1 ? 0x800 : 0;
		e->cr0 |= 1ull << 31;
		e->cr4 |= head[3] << 4;
		e->seg[HVE_EMUL_CS].ar = 0xc09b;
		break;
	}
	e->cr3 = (head[5] & 7) << 12;
	e->cpl = head[1] & 3;
	e->rflags = 2 | head[2] | (head[1] & 0xf0) << 4;
	if (head[6] & 1)
		e->seg[HVE_EMUL_DS].limit = head[6] << 8;
	if (head[6] & 2)
		e->seg[HVE_EMUL_DS].ar = head[7] | head[6] << 8;
	e->hint_valid = head[7] & 1;
	e->hint_linear = 0x1000 * (head[7] >> 4);
	e->hint_gpa = 0x1000 * (head[7] >> 2 & 7);
	e->rip = head[4] * 16ull;
}

static void fuzz_one(const u8 *data, size_t size)
{
	u8 in[160] = {};
	u64 gpr[16], before[16];
	struct hve_emul e;
	enum hve_emul_result r;
	unsigned int i, exits = 0, batches = 0;

	memcpy(in, data, size < sizeof(in) ? size : sizeof(in));
	for (i = 0; i < 16; i++) {
		gpr[i] = in[24 + i];
		if (in[40 + i] & 1)
			gpr[i] = (s64)(s8)in[24 + i] * 0x1000 + in[40 + i];
	}
	for (i = 0; i < FUZZ_MEM; i += 8)
		fuzz_mem[i] = in[56 + (i >> 3) % 64] | 1;
	for (i = 1; i < FUZZ_MEM; i += 8)
		fuzz_mem[i] = in[56 + (i >> 6) % 64] & 0x7f;
	memset(&fake, 0, sizeof(fake));
	fake.mem = fuzz_mem;
	fake.size = FUZZ_MEM;
	fuzz_salt = in + 120;
	fake.is_mmio = fuzz_is_mmio;
	fuzz_context(&e, gpr, in);
	fake.code = in + 8;
	fake.code_base = e.rip;
	fake.code_len = 16;

	hve_emul_begin(&e);
	for (;;) {
		u64 rip = e.rip, flags = e.rflags;

		/* Reads of one iteration, and those the VMM below provokes */
		if (exits++ > 100)
			abort();
		memcpy(before, gpr, sizeof(gpr));
		r = hve_emul_run(&e);
		if (e.nr_out > HVE_EMUL_NR_FRAGS || e.nr_in > HVE_EMUL_NR_FRAGS ||
		    e.insn_len > HVE_EMUL_INSN_MAX)
			abort();
		if (r == HVE_EMUL_MMIO)
			abort();
		if (r == HVE_EMUL_UNHANDLED || r == HVE_EMUL_RETRY ||
		    (r == HVE_EMUL_FAULT && !e.d.rep)) {
			if (memcmp(before, gpr, sizeof(gpr)) || e.rip != rip ||
			    e.rflags != flags)
				abort();
		}
		if (r == HVE_EMUL_PIO) {
			u64 linear;

			hve_emul_pio_linear(&e, in[121], &linear);
			hve_emul_pio_advance(&e, in[122]);
			break;
		}
		if (r == HVE_EMUL_MMIO_READ) {
			if (!e.mmio.len || e.mmio.len > 8)
				abort();
			hve_emul_read_complete(&e, in + 124 + exits % 16);
			/* Something else than asked for: at most a few times */
			if (exits < 20 && in[123] & 1)
				gpr[in[123] >> 4] += exits;
			continue;
		}
		if (r != HVE_EMUL_AGAIN || batches++ > 50)
			break;
		hve_emul_begin(&e);
		exits = 0;
	}
}

#endif
