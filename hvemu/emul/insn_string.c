// SPDX-License-Identifier: GPL-2.0
/*
 * String instructions: MOVS, CMPS, STOS, LODS, SCAS; INS and OUTS for core.
 *
 * SDM, "REP/REPE/REPZ/REPNE/REPNZ".  A few iterations a call; each leaves the
 * registers as after an interrupt between two iterations, so that the guest can
 * go on by itself.
 */
#include "emul.h"
#include "private.h"

#include <linux/kernel.h>

/* Iterations a call: enough to spare exits, few enough for interrupts. */
#define BATCH		16

static s64 step_size(const struct hve_emul *e)
{
	return e->rflags & RFLAGS_DF ? -(s64)e->d.op_size : e->d.op_size;
}

static u64 index_get(const struct hve_emul *e, unsigned int reg)
{
	return e->gpr[reg] & hve_emul_mask(e->d.addr_size);
}

static void index_add(struct hve_emul *e, unsigned int reg, s64 delta)
{
	hve_emul_gpr_set(e, reg, e->d.addr_size, e->gpr[reg] + delta);
}

static enum hve_emul_result map(struct hve_emul *e, unsigned int seg,
				unsigned int reg, u32 acc, struct emul_span *s)
{
	enum hve_emul_result r;
	u64 linear;

	r = hve_emul_linear(e, seg, index_get(e, reg), e->d.op_size, acc,
			    &linear);
	if (r != HVE_EMUL_OK)
		return r;
	return hve_emul_span_map(e, linear, e->d.op_size, acc, s);
}

static enum hve_emul_result load(struct hve_emul *e, unsigned int seg,
				 unsigned int reg, u64 *val)
{
	struct emul_span s;
	enum hve_emul_result r;

	*val = 0;
	r = map(e, seg, reg, 0, &s);
	if (r != HVE_EMUL_OK)
		return r;
	return hve_emul_span_read(e, &s, val);
}

static enum hve_emul_result step_movs(struct hve_emul *e)
{
	struct emul_span to;
	enum hve_emul_result r;
	u64 val;

	r = map(e, HVE_EMUL_ES, HVE_EMUL_RDI, HVE_EMUL_ACC_WRITE, &to);
	if (r == HVE_EMUL_OK)
		r = load(e, e->d.seg, HVE_EMUL_RSI, &val);
	if (r == HVE_EMUL_OK)
		r = hve_emul_span_write(e, &to, &val);
	if (r != HVE_EMUL_OK)
		return r;
	index_add(e, HVE_EMUL_RSI, step_size(e));
	index_add(e, HVE_EMUL_RDI, step_size(e));
	return HVE_EMUL_OK;
}

static enum hve_emul_result step_cmps(struct hve_emul *e)
{
	enum hve_emul_result r;
	u64 a, b;

	r = load(e, e->d.seg, HVE_EMUL_RSI, &a);
	if (r == HVE_EMUL_OK)
		r = load(e, HVE_EMUL_ES, HVE_EMUL_RDI, &b);
	if (r != HVE_EMUL_OK)
		return r;
	hve_emul_alu(ALU_CMP, e->d.op_size, a, b, &e->rflags);
	index_add(e, HVE_EMUL_RSI, step_size(e));
	index_add(e, HVE_EMUL_RDI, step_size(e));
	return HVE_EMUL_OK;
}

static enum hve_emul_result step_scas(struct hve_emul *e)
{
	enum hve_emul_result r;
	u64 val;

	r = load(e, HVE_EMUL_ES, HVE_EMUL_RDI, &val);
	if (r != HVE_EMUL_OK)
		return r;
	hve_emul_alu(ALU_CMP, e->d.op_size,
		     hve_emul_gpr_get(e, HVE_EMUL_RAX, e->d.op_size), val,
		     &e->rflags);
	index_add(e, HVE_EMUL_RDI, step_size(e));
	return HVE_EMUL_OK;
}

static enum hve_emul_result step_stos(struct hve_emul *e)
{
	u64 val = hve_emul_gpr_get(e, HVE_EMUL_RAX, e->d.op_size);
	struct emul_span to;
	enum hve_emul_result r;

	r = map(e, HVE_EMUL_ES, HVE_EMUL_RDI, HVE_EMUL_ACC_WRITE, &to);
	if (r == HVE_EMUL_OK)
		r = hve_emul_span_write(e, &to, &val);
	if (r == HVE_EMUL_OK)
		index_add(e, HVE_EMUL_RDI, step_size(e));
	return r;
}

static enum hve_emul_result step_lods(struct hve_emul *e)
{
	enum hve_emul_result r;
	u64 val;

	r = load(e, e->d.seg, HVE_EMUL_RSI, &val);
	if (r != HVE_EMUL_OK)
		return r;
	hve_emul_gpr_set(e, HVE_EMUL_RAX, e->d.op_size, val);
	index_add(e, HVE_EMUL_RSI, step_size(e));
	return HVE_EMUL_OK;
}

static enum hve_emul_result step(struct hve_emul *e)
{
	switch (e->d.op) {
	case OP_MOVS:
		return step_movs(e);
	case OP_CMPS:
		return step_cmps(e);
	case OP_SCAS:
		return step_scas(e);
	case OP_STOS:
		return step_stos(e);
	default:
		return step_lods(e);
	}
}

static bool rep_ends(const struct hve_emul *e)
{
	bool zf = e->rflags & RFLAGS_ZF;

	if (!index_get(e, HVE_EMUL_RCX))
		return true;
	if (e->d.op != OP_CMPS && e->d.op != OP_SCAS)
		return false;
	return e->d.rep == 0xf3 ? !zf : zf;
}

enum hve_emul_result hve_emul_string(struct hve_emul *e)
{
	bool rep = e->d.rep;
	unsigned int i;

	if (rep && !index_get(e, HVE_EMUL_RCX)) {
		hve_emul_complete(e);
		return HVE_EMUL_OK;
	}
	for (i = 0; i < BATCH; i++) {
		enum hve_emul_result r = step(e);

		if (r != HVE_EMUL_OK)
			return r;
		e->nr_in = 0;
		e->pos_in = 0;
		if (rep)
			index_add(e, HVE_EMUL_RCX, -1);
		if (!rep || rep_ends(e)) {
			hve_emul_complete(e);
			return HVE_EMUL_OK;
		}
		/* Back from the VMM or on the way to it: interrupts may wait. */
		if (e->nr_out || e->served)
			break;
	}
	return HVE_EMUL_AGAIN;
}

static unsigned int pio_index(const struct hve_emul *e)
{
	return e->pio.in ? HVE_EMUL_RDI : HVE_EMUL_RSI;
}

enum hve_emul_result hve_emul_pio_linear(struct hve_emul *e, u64 n, u64 *linear)
{
	u64 offset = e->gpr[pio_index(e)] + n * step_size(e);

	return hve_emul_linear(e, e->pio.in ? HVE_EMUL_ES : e->d.seg,
			       offset & hve_emul_mask(e->d.addr_size),
			       e->pio.size,
			       e->pio.in ? HVE_EMUL_ACC_WRITE : 0, linear);
}

enum hve_emul_result hve_emul_pio_setup(struct hve_emul *e)
{
	struct hve_emul_insn *d = &e->d;
	enum hve_emul_result r;

	/* There is no 8-byte form. */
	d->op_size = min_t(u8, d->op_size, 4);
	e->pio = (struct hve_emul_pio) {
		.in = d->op == OP_INS,
		.rep = d->rep,
		.size = d->op_size,
		.port = e->gpr[HVE_EMUL_RDX],
		.count = d->rep ? index_get(e, HVE_EMUL_RCX) : 1,
	};
	if (e->pio.count) {
		r = hve_emul_pio_linear(e, 0, &e->pio.linear);
		if (r != HVE_EMUL_OK)
			return r;
	}
	return HVE_EMUL_PIO;
}

enum hve_emul_result hve_emul_pio_advance(struct hve_emul *e, u64 n)
{
	/* Not e->pio.count: a VMM may have changed RCX meanwhile. */
	u64 left = e->pio.rep ? index_get(e, HVE_EMUL_RCX) : 1;

	n = min(n, left);
	if (n)
		index_add(e, pio_index(e), n * step_size(e));
	if (n && e->pio.rep)
		index_add(e, HVE_EMUL_RCX, -(s64)n);
	e->pio.count = left - n;
	if (e->pio.count)
		return HVE_EMUL_AGAIN;
	hve_emul_complete(e);
	return HVE_EMUL_OK;
}
