/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host below emul/: guest memory is one block of bytes at a guest physical
 * address, and a function decides which bytes of it are a device.
 */
#ifndef UNIT_EMUL_FAKE_EMUL_HOST_H
#define UNIT_EMUL_FAKE_EMUL_HOST_H

#include "emul/emul.h"

struct fake_host {
	u8 *mem;
	u64 base;
	u64 size;
	const u8 *code;		/* instruction fetches at code_base come from here */
	u64 code_base;
	u32 code_len;
	bool (*is_mmio)(u64 gpa);
	u8 xmm[16][16];
	bool zero_upper;	/* of the last write to an XMM register */
	bool lose_cmpxchg;
	bool cacheable;		/* decoded instructions may be kept */
	u64 gen;
	unsigned int nr_reads;
	unsigned int nr_writes;
	unsigned int nr_cmpxchg;
};

extern struct fake_host fake;

/* As core: serve reads from fake.mem, put queued writes there. */
enum hve_emul_result fake_run(struct hve_emul *e);
void fake_apply_out(struct hve_emul *e);

/* A flat 64-bit context without paging; gpr has 16 entries. */
void fake_context(struct hve_emul *e, u64 *gpr);

#endif
