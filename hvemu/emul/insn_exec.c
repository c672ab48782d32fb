// SPDX-License-Identifier: GPL-2.0
/*
 * Execution of one decoded instruction.
 *
 * SDM, "Instruction Set Reference".  Every function reads, then writes memory,
 * then changes registers and RIP, so that a fault or an exit for a read leaves
 * nothing behind.
 */
#include "emul.h"
#include "private.h"

#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/swab.h>

/* AH, CH, DH, BH without REX */
static bool is_high_byte(const struct hve_emul *e, unsigned int reg,
			 unsigned int size)
{
	return size == 1 && !e->d.has_rex && reg >= 4 && reg < 8;
}

u64 hve_emul_gpr_get(const struct hve_emul *e, unsigned int reg, unsigned int size)
{
	if (is_high_byte(e, reg, size))
		return e->gpr[reg - 4] >> 8 & 0xff;
	return e->gpr[reg] & hve_emul_mask(size);
}

/* 4-byte results clear the upper half, smaller ones leave the rest. */
void hve_emul_gpr_set(struct hve_emul *e, unsigned int reg, unsigned int size,
		      u64 val)
{
	u64 mask = hve_emul_mask(size);

	if (is_high_byte(e, reg, size))
		e->gpr[reg - 4] = (e->gpr[reg - 4] & ~0xff00ull) |
				  (val & 0xff) << 8;
	else if (size >= 4)
		e->gpr[reg] = val & mask;
	else
		e->gpr[reg] = (e->gpr[reg] & ~mask) | (val & mask);
}

void hve_emul_complete(struct hve_emul *e)
{
	e->rip += e->d.len;
	if (!hve_emul_is_long(e))
		e->rip = (u32)e->rip;
	e->rflags &= ~RFLAGS_RF;
	e->nr_in = 0;
	e->pos_in = 0;
	e->decoded = false;
}

static u64 effective_offset(const struct hve_emul *e, u64 extra)
{
	const struct hve_emul_insn *d = &e->d;
	u64 offset = d->disp + extra;

	if (d->base != REG_NONE)
		offset += e->gpr[d->base];
	if (d->index != REG_NONE)
		offset += e->gpr[d->index] << d->scale;
	if (d->rip_rel)
		offset += e->rip + d->len;
	return offset & hve_emul_mask(d->addr_size);
}

/* The ModRM operand: nothing to map when it is a register. */
enum hve_emul_result hve_emul_rm_open(struct hve_emul *e, u32 size, u32 acc,
				      u64 extra, u32 align, struct emul_span *s)
{
	enum hve_emul_result r;
	u64 linear;

	s->nr = 0;
	s->len = size;
	if (!e->d.mem)
		return HVE_EMUL_OK;
	r = hve_emul_linear(e, e->d.seg, effective_offset(e, extra), size, acc,
			    &linear);
	if (r != HVE_EMUL_OK)
		return r;
	if (linear & (align - 1))
		return hve_emul_raise(e, VEC_GP, true);
	return hve_emul_span_map(e, linear, size, acc, s);
}

enum hve_emul_result hve_emul_rm_read(struct hve_emul *e, const struct emul_span *s,
				      u64 *val)
{
	*val = 0;
	if (e->d.mem)
		return hve_emul_span_read(e, s, val);
	*val = hve_emul_gpr_get(e, e->d.rm, s->len);
	return HVE_EMUL_OK;
}

enum hve_emul_result hve_emul_rm_write(struct hve_emul *e,
				       const struct emul_span *s, u64 val)
{
	if (e->d.mem)
		return hve_emul_span_write(e, s, &val);
	hve_emul_gpr_set(e, e->d.rm, s->len, val);
	return HVE_EMUL_OK;
}

static enum hve_emul_result rm_load(struct hve_emul *e, u32 size, u64 *val)
{
	struct emul_span s;
	enum hve_emul_result r = hve_emul_rm_open(e, size, 0, 0, 1, &s);

	return r == HVE_EMUL_OK ? hve_emul_rm_read(e, &s, val) : r;
}

static enum hve_emul_result rm_store(struct hve_emul *e, u32 size, u64 val)
{
	struct emul_span s;
	enum hve_emul_result r = hve_emul_rm_open(e, size, HVE_EMUL_ACC_WRITE, 0, 1, &s);

	return r == HVE_EMUL_OK ? hve_emul_rm_write(e, &s, val) : r;
}

static enum hve_emul_result exec_alu_reg(struct hve_emul *e)
{
	unsigned int op = e->d.opcode >> 3 & 7;
	u8 size = e->d.op_size;
	enum hve_emul_result r;
	u64 val;

	r = rm_load(e, size, &val);
	if (r != HVE_EMUL_OK)
		return r;
	val = hve_emul_alu(op, size, hve_emul_gpr_get(e, e->d.reg, size), val,
			   &e->rflags);
	if (op != ALU_CMP)
		hve_emul_gpr_set(e, e->d.reg, size, val);
	return HVE_EMUL_OK;
}

static enum hve_emul_result exec_test(struct hve_emul *e, u64 operand)
{
	enum hve_emul_result r;
	u64 val;

	r = rm_load(e, e->d.op_size, &val);
	if (r == HVE_EMUL_OK)
		hve_emul_alu(ALU_AND, e->d.op_size, val,
			     operand & hve_emul_mask(e->d.op_size), &e->rflags);
	return r;
}

static enum hve_emul_result exec_movx(struct hve_emul *e, bool sign)
{
	unsigned int size = e->d.opcode & 1 ? 2 : 1;
	enum hve_emul_result r;
	u64 val;

	if (e->d.map == 0)	/* MOVSXD */
		size = min_t(unsigned int, e->d.op_size, 4);
	r = rm_load(e, size, &val);
	if (r != HVE_EMUL_OK)
		return r;
	if (sign)
		val = (s64)(val << (64 - size * 8)) >> (64 - size * 8);
	hve_emul_gpr_set(e, e->d.reg, e->d.op_size, val);
	return HVE_EMUL_OK;
}

static enum hve_emul_result exec_load(struct hve_emul *e, unsigned int reg)
{
	enum hve_emul_result r;
	u64 val;

	r = rm_load(e, e->d.op_size, &val);
	if (r != HVE_EMUL_OK)
		return r;
	/* A condition that fails still loads, and clears the upper half. */
	if (e->d.op == OP_CMOV && !hve_emul_cond(e->d.opcode, e->rflags))
		val = e->gpr[reg];
	hve_emul_gpr_set(e, reg, e->d.op_size, val);
	return HVE_EMUL_OK;
}

static u64 swap_bytes(u64 val, unsigned int size)
{
	return swab64(val) >> (64 - size * 8);
}

static enum hve_emul_result exec_movbe(struct hve_emul *e)
{
	u8 size = e->d.op_size;
	enum hve_emul_result r;
	u64 val;

	if (e->d.op == OP_MOVBE_STORE)
		return rm_store(e, size,
				swap_bytes(hve_emul_gpr_get(e, e->d.reg, size),
					   size));
	r = rm_load(e, size, &val);
	if (r == HVE_EMUL_OK)
		hve_emul_gpr_set(e, e->d.reg, size, swap_bytes(val, size));
	return r;
}

static unsigned int stack_size(const struct hve_emul *e)
{
	if (hve_emul_is_long(e))
		return 8;
	return e->seg[HVE_EMUL_SS].ar & SEG_AR_DB ? 4 : 2;
}

static enum hve_emul_result stack_open(struct hve_emul *e, u64 sp, u32 size,
				       u32 acc, struct emul_span *s)
{
	enum hve_emul_result r;
	u64 linear;

	r = hve_emul_linear(e, HVE_EMUL_SS, sp & hve_emul_mask(stack_size(e)),
			    size, acc, &linear);
	return r == HVE_EMUL_OK ? hve_emul_span_map(e, linear, size, acc, s) : r;
}

static enum hve_emul_result push(struct hve_emul *e, u32 size, u64 val)
{
	u64 sp = e->gpr[HVE_EMUL_RSP] - size;
	struct emul_span s;
	enum hve_emul_result r;

	r = stack_open(e, sp, size, HVE_EMUL_ACC_WRITE, &s);
	if (r == HVE_EMUL_OK)
		r = hve_emul_span_write(e, &s, &val);
	if (r == HVE_EMUL_OK)
		hve_emul_gpr_set(e, HVE_EMUL_RSP, stack_size(e), sp);
	return r;
}

/* "If the ESP register is used as a base register ... after it increments" */
static enum hve_emul_result exec_pop(struct hve_emul *e)
{
	u32 size = e->d.op_size;
	u64 old_sp = e->gpr[HVE_EMUL_RSP];
	struct emul_span s;
	enum hve_emul_result r;
	u64 val = 0;

	if (hve_emul_is_long(e) && size == 4)
		size = 8;
	r = stack_open(e, old_sp, size, 0, &s);
	if (r == HVE_EMUL_OK)
		r = hve_emul_span_read(e, &s, &val);
	if (r != HVE_EMUL_OK)
		return r;
	hve_emul_gpr_set(e, HVE_EMUL_RSP, stack_size(e), old_sp + size);
	r = rm_store(e, size, val);
	if (r != HVE_EMUL_OK)
		e->gpr[HVE_EMUL_RSP] = old_sp;
	return r;
}

/* CALL and JMP near, indirect; PUSH */
static enum hve_emul_result exec_branch(struct hve_emul *e, bool *jumped)
{
	bool is_long = hve_emul_is_long(e);
	unsigned int sub = e->d.reg & 7;
	u32 size = e->d.op_size;
	enum hve_emul_result r;
	u64 val;

	/* Shadow stacks and branch tracking are not for us. */
	if (sub != 6 && e->cr4 & CR4_CET)
		return HVE_EMUL_UNHANDLED;
	if (is_long && (size == 4 || sub != 6))
		size = 8;
	r = rm_load(e, size, &val);
	if (r != HVE_EMUL_OK)
		return r;
	if (sub == 6)
		return push(e, size, val);

	if (is_long ? !hve_emul_is_canonical(e, val) :
		      val > e->seg[HVE_EMUL_CS].limit)
		return hve_emul_raise(e, VEC_GP, true);
	if (sub == 2) {
		r = push(e, size, (e->rip + e->d.len) & hve_emul_mask(size));
		if (r != HVE_EMUL_OK)
			return r;
	}
	hve_emul_complete(e);
	e->rip = val;
	*jumped = true;
	return HVE_EMUL_OK;
}

static enum hve_emul_result xmm_check(struct hve_emul *e)
{
	const struct hve_emul_insn *d = &e->d;

	if (d->is_vex) {
		if (!(e->cr4 & CR4_OSXSAVE) || d->vex_v != 0xf)
			return hve_emul_raise(e, VEC_UD, false);
		if (d->vex_l)
			return HVE_EMUL_UNHANDLED;
	} else if (e->cr0 & CR0_EM || !(e->cr4 & CR4_OSFXSR)) {
		return hve_emul_raise(e, VEC_UD, false);
	}
	if (e->cr0 & CR0_TS)
		return hve_emul_raise(e, VEC_NM, false);
	return HVE_EMUL_OK;
}

static enum hve_emul_result exec_xmm(struct hve_emul *e)
{
	const struct hve_emul_insn *d = &e->d;
	bool store = d->op == OP_XMM_STORE || d->op == OP_XMM_STORE_RM;
	struct emul_span s;
	u8 buf[16] = {};
	enum hve_emul_result r;
	u64 val;

	r = xmm_check(e);
	if (r == HVE_EMUL_OK)
		r = hve_emul_rm_open(e, d->xmm_size, store ? HVE_EMUL_ACC_WRITE : 0, 0,
				     d->xmm_aligned ? 16 : 1, &s);
	if (r != HVE_EMUL_OK)
		return r;
	if (store) {
		hve_emul_host_xmm_read(e, d->reg, buf);
		if (d->mem)
			return hve_emul_span_write(e, &s, buf);
		memcpy(&val, buf, sizeof(val));
		hve_emul_gpr_set(e, d->rm, s.len, val);
		return HVE_EMUL_OK;
	}
	if (d->mem) {
		r = hve_emul_span_read(e, &s, buf);
		if (r != HVE_EMUL_OK)
			return r;
	} else {
		val = hve_emul_gpr_get(e, d->rm, s.len);
		memcpy(buf, &val, sizeof(val));
	}
	hve_emul_host_xmm_write(e, d->reg, buf, d->is_vex);
	return HVE_EMUL_OK;
}

static enum hve_emul_result exec(struct hve_emul *e, bool *jumped)
{
	struct hve_emul_insn *d = &e->d;
	u64 reg = d->has_modrm ? hve_emul_gpr_get(e, d->reg, d->op_size) : 0;

	switch (d->op) {
	case OP_ALU_RM_R:
		return hve_emul_exec_alu_rm(e, d->opcode >> 3 & 7, reg);
	case OP_ALU_R_RM:
		return exec_alu_reg(e);
	case OP_GRP1:
		return hve_emul_exec_alu_rm(e, d->reg & 7, d->imm);
	case OP_TEST:
		return exec_test(e, reg);
	case OP_XCHG:
		return hve_emul_exec_xchg(e);
	case OP_MOV_RM_R:
		return rm_store(e, d->op_size, reg);
	case OP_MOV_RM_IMM:
		return rm_store(e, d->op_size, d->imm);
	case OP_MOV_MOFFS_A:
		return rm_store(e, d->op_size,
				hve_emul_gpr_get(e, HVE_EMUL_RAX, d->op_size));
	case OP_MOV_R_RM:
	case OP_CMOV:
		return exec_load(e, d->reg);
	case OP_MOV_A_MOFFS:
		return exec_load(e, HVE_EMUL_RAX);
	case OP_MOVZX:
		return exec_movx(e, false);
	case OP_MOVSX:
		return exec_movx(e, true);
	case OP_GRP3:
		return (d->reg & 7) < 2 ? exec_test(e, d->imm) : hve_emul_exec_unary(e);
	case OP_GRP45:
		return (d->reg & 7) < 2 ? hve_emul_exec_unary(e) : exec_branch(e, jumped);
	case OP_POP_RM:
		return exec_pop(e);
	case OP_CMPXCHG:
		return hve_emul_exec_cmpxchg(e);
	case OP_CMPXCHG8B:
		return hve_emul_exec_cmpxchg8b(e);
	case OP_XADD:
		return hve_emul_exec_xadd(e);
	case OP_BT_R:
	case OP_BT_IMM:
		return hve_emul_exec_bt(e);
	case OP_SETCC:
		return rm_store(e, 1, hve_emul_cond(d->opcode, e->rflags));
	case OP_MOVBE_LOAD:
	case OP_MOVBE_STORE:
		return exec_movbe(e);
	case OP_XMM_LOAD:
	case OP_XMM_STORE:
	case OP_XMM_LOAD_RM:
	case OP_XMM_STORE_RM:
		return exec_xmm(e);
	}
	return HVE_EMUL_UNHANDLED;
}

void hve_emul_begin(struct hve_emul *e)
{
	e->insn_len = 0;
	e->decoded = false;
	e->nr_in = 0;
	e->pos_in = 0;
	e->nr_out = 0;
	e->served = false;
	e->begin_rip = e->rip;
}

static enum hve_emul_result decode(struct hve_emul *e)
{
	enum hve_emul_result r;

	if (hve_emul_cache_find(e))
		return HVE_EMUL_OK;
	hve_emul_cache_begin(e);
	r = hve_emul_decode(e);
	hve_emul_cache_end(e, r == HVE_EMUL_OK);
	return r;
}

static enum hve_emul_result prepare(struct hve_emul *e)
{
	/* The VMM has moved RIP while it served a read. */
	if (e->rip != e->begin_rip)
		hve_emul_begin(e);
	e->pos_in = 0;
	e->nr_out = 0;
	return e->decoded ? HVE_EMUL_OK : decode(e);
}

enum hve_emul_result hve_emul_run(struct hve_emul *e)
{
	enum hve_emul_result r = prepare(e);
	bool jumped = false;

	if (r != HVE_EMUL_OK)
		return r;
	switch (e->d.op) {
	case OP_MOVS:
	case OP_CMPS:
	case OP_STOS:
	case OP_LODS:
	case OP_SCAS:
		return hve_emul_string(e);
	case OP_INS:
	case OP_OUTS:
		return hve_emul_pio_setup(e);
	}
	r = exec(e, &jumped);
	if (r == HVE_EMUL_OK && !jumped)
		hve_emul_complete(e);
	return r;
}

enum hve_emul_result hve_emul_pio_decode(struct hve_emul *e)
{
	enum hve_emul_result r = prepare(e);

	if (r != HVE_EMUL_OK)
		return r;
	if (e->d.op != OP_INS && e->d.op != OP_OUTS)
		return HVE_EMUL_UNHANDLED;
	return hve_emul_pio_setup(e);
}

void hve_emul_read_complete(struct hve_emul *e, const void *data)
{
	struct hve_emul_frag *f;

	if (e->nr_in >= HVE_EMUL_NR_FRAGS || e->mmio.len > sizeof(f->data))
		return;
	e->served = true;
	f = &e->in[e->nr_in++];
	*f = e->mmio;
	memcpy(f->data, data, f->len);
}
