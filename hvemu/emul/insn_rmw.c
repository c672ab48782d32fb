// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions that read an operand, compute, and write it back.
 *
 * The write is a compare-and-swap where the instruction is LOCKed and the
 * operand is RAM; a lost one is HVE_EMUL_RETRY, with nothing changed.
 */
#include "emul.h"
#include "private.h"

#include <linux/kernel.h>
#include <linux/string.h>

/* Write back of a read-modify-write; @old decides with LOCK. */
static enum hve_emul_result rm_update(struct hve_emul *e,
				      const struct emul_span *s, u64 old, u64 val)
{
	if (e->d.mem && e->d.lock)
		return hve_emul_span_swap(e, s, &old, &val);
	return hve_emul_rm_write(e, s, val);
}

/* ADD..XOR to the ModRM operand; CMP only reads it. */
enum hve_emul_result hve_emul_exec_alu_rm(struct hve_emul *e, unsigned int op,
					  u64 operand)
{
	u32 acc = op == ALU_CMP ? 0 : HVE_EMUL_ACC_WRITE;
	u64 flags = e->rflags;
	struct emul_span s;
	enum hve_emul_result r;
	u64 old, val;

	r = hve_emul_rm_open(e, e->d.op_size, acc, 0, 1, &s);
	if (r == HVE_EMUL_OK)
		r = hve_emul_rm_read(e, &s, &old);
	if (r != HVE_EMUL_OK)
		return r;
	val = hve_emul_alu(op, s.len, old, operand & hve_emul_mask(s.len),
			   &flags);
	if (op != ALU_CMP) {
		r = rm_update(e, &s, old, val);
		if (r != HVE_EMUL_OK)
			return r;
	}
	e->rflags = flags;
	return HVE_EMUL_OK;
}

/* Read, compute by @op of group 3 or 5, write back */
enum hve_emul_result hve_emul_exec_unary(struct hve_emul *e)
{
	unsigned int sub = e->d.reg & 7;
	u64 flags = e->rflags;
	struct emul_span s;
	enum hve_emul_result r;
	u64 old, val;

	r = hve_emul_rm_open(e, e->d.op_size, HVE_EMUL_ACC_WRITE, 0, 1, &s);
	if (r == HVE_EMUL_OK)
		r = hve_emul_rm_read(e, &s, &old);
	if (r != HVE_EMUL_OK)
		return r;
	if (e->d.op == OP_GRP45)
		val = hve_emul_incdec(sub == 1, s.len, old, &flags);
	else if (sub == 2)
		val = ~old & hve_emul_mask(s.len);
	else
		val = hve_emul_alu(ALU_SUB, s.len, 0, old, &flags);
	r = rm_update(e, &s, old, val);
	if (r == HVE_EMUL_OK)
		e->rflags = flags;
	return r;
}

enum hve_emul_result hve_emul_exec_xchg(struct hve_emul *e)
{
	u64 val = hve_emul_gpr_get(e, e->d.reg, e->d.op_size);
	struct emul_span s;
	enum hve_emul_result r;
	u64 old;

	/* Locked with or without the prefix */
	e->d.lock = true;
	r = hve_emul_rm_open(e, e->d.op_size, HVE_EMUL_ACC_WRITE, 0, 1, &s);
	if (r == HVE_EMUL_OK)
		r = hve_emul_rm_read(e, &s, &old);
	if (r == HVE_EMUL_OK)
		r = rm_update(e, &s, old, val);
	if (r == HVE_EMUL_OK)
		hve_emul_gpr_set(e, e->d.reg, s.len, old);
	return r;
}

enum hve_emul_result hve_emul_exec_xadd(struct hve_emul *e)
{
	u64 operand = hve_emul_gpr_get(e, e->d.reg, e->d.op_size);
	u64 flags = e->rflags;
	struct emul_span s;
	enum hve_emul_result r;
	u64 old, val;

	r = hve_emul_rm_open(e, e->d.op_size, HVE_EMUL_ACC_WRITE, 0, 1, &s);
	if (r == HVE_EMUL_OK)
		r = hve_emul_rm_read(e, &s, &old);
	if (r != HVE_EMUL_OK)
		return r;
	val = hve_emul_alu(ALU_ADD, s.len, old, operand, &flags);
	/* The destination wins when both are the same register. */
	if (!e->d.mem)
		hve_emul_gpr_set(e, e->d.reg, s.len, old);
	r = rm_update(e, &s, old, val);
	if (r != HVE_EMUL_OK)
		return r;
	if (e->d.mem)
		hve_emul_gpr_set(e, e->d.reg, s.len, old);
	e->rflags = flags;
	return HVE_EMUL_OK;
}

/* The destination is always written: with what it was when not equal. */
enum hve_emul_result hve_emul_exec_cmpxchg(struct hve_emul *e)
{
	u8 size = e->d.op_size;
	u64 acc = hve_emul_gpr_get(e, HVE_EMUL_RAX, size);
	u64 val = hve_emul_gpr_get(e, e->d.reg, size);
	u64 flags = e->rflags;
	struct emul_span s;
	enum hve_emul_result r;
	u64 old;

	r = hve_emul_rm_open(e, size, HVE_EMUL_ACC_WRITE, 0, 1, &s);
	if (r == HVE_EMUL_OK)
		r = hve_emul_rm_read(e, &s, &old);
	if (r != HVE_EMUL_OK)
		return r;
	hve_emul_alu(ALU_CMP, size, acc, old, &flags);
	if (e->d.mem || flags & RFLAGS_ZF) {
		r = rm_update(e, &s, old, flags & RFLAGS_ZF ? val : old);
		if (r != HVE_EMUL_OK)
			return r;
	}
	if (!(flags & RFLAGS_ZF))
		hve_emul_gpr_set(e, HVE_EMUL_RAX, size, old);
	e->rflags = flags;
	return HVE_EMUL_OK;
}

enum hve_emul_result hve_emul_exec_cmpxchg8b(struct hve_emul *e)
{
	u8 half = e->d.op_size == 8 ? 8 : 4;
	u8 old[16] = {}, val[16] = {};
	struct emul_span s;
	enum hve_emul_result r;
	u64 low = 0, high = 0;
	bool equal;

	r = hve_emul_rm_open(e, half * 2, HVE_EMUL_ACC_WRITE, 0, half == 8 ? 16 : 1, &s);
	if (r == HVE_EMUL_OK)
		r = hve_emul_span_read(e, &s, old);
	if (r != HVE_EMUL_OK)
		return r;
	memcpy(&low, old, half);
	memcpy(&high, old + half, half);
	equal = low == hve_emul_gpr_get(e, HVE_EMUL_RAX, half) &&
		high == hve_emul_gpr_get(e, HVE_EMUL_RDX, half);
	memcpy(val, old, sizeof(val));
	if (equal) {
		memcpy(val, &e->gpr[HVE_EMUL_RBX], half);
		memcpy(val + half, &e->gpr[HVE_EMUL_RCX], half);
	}
	r = e->d.lock ? hve_emul_span_swap(e, &s, old, val) :
			hve_emul_span_write(e, &s, val);
	if (r != HVE_EMUL_OK)
		return r;
	if (equal) {
		e->rflags |= RFLAGS_ZF;
	} else {
		e->rflags &= ~RFLAGS_ZF;
		hve_emul_gpr_set(e, HVE_EMUL_RAX, half, low);
		hve_emul_gpr_set(e, HVE_EMUL_RDX, half, high);
	}
	return HVE_EMUL_OK;
}

/* BT, BTS, BTR, BTC: with a register the bit may be far from the operand. */
enum hve_emul_result hve_emul_exec_bt(struct hve_emul *e)
{
	unsigned int op = e->d.op == OP_BT_R ? e->d.opcode >> 3 & 3 :
					       e->d.reg & 3;
	u8 size = e->d.op_size;
	unsigned int bits = size * 8;
	s64 bit = e->d.imm;
	u64 extra = 0;
	struct emul_span s;
	enum hve_emul_result r;
	u64 old, val;

	if (e->d.op == OP_BT_R) {
		unsigned int shift = 64 - bits;

		bit = (s64)(e->gpr[e->d.reg] << shift) >> shift;
		extra = (bit & ~(s64)(bits - 1)) / 8;
	}
	bit &= bits - 1;
	r = hve_emul_rm_open(e, size, op ? HVE_EMUL_ACC_WRITE : 0, extra, 1, &s);
	if (r == HVE_EMUL_OK)
		r = hve_emul_rm_read(e, &s, &old);
	if (r != HVE_EMUL_OK)
		return r;
	val = old;
	if (op == 1)
		val |= BIT_ULL(bit);
	else if (op == 2)
		val &= ~BIT_ULL(bit);
	else if (op == 3)
		val ^= BIT_ULL(bit);
	if (op) {
		r = rm_update(e, &s, old, val);
		if (r != HVE_EMUL_OK)
			return r;
	}
	e->rflags &= ~RFLAGS_CF;
	if (old >> bit & 1)
		e->rflags |= RFLAGS_CF;
	return HVE_EMUL_OK;
}
