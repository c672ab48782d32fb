// SPDX-License-Identifier: GPL-2.0
/*
 * Arithmetic and its flags, for operands of 1, 2, 4 and 8 bytes.  Pure.
 */
#include "emul.h"
#include "private.h"

#include <linux/bitops.h>

static u64 flags_result(unsigned int size, u64 r)
{
	u64 flags = 0;

	if (!r)
		flags |= RFLAGS_ZF;
	if (r >> (size * 8 - 1) & 1)
		flags |= RFLAGS_SF;
	if (!(hweight8(r & 0xff) & 1))
		flags |= RFLAGS_PF;
	return flags;
}

static u64 add(unsigned int size, u64 a, u64 b, u64 carry, u64 *flags)
{
	u64 r = (a + b + carry) & hve_emul_mask(size);
	u64 f = flags_result(size, r);

	if (r < a || (carry && r == a))
		f |= RFLAGS_CF;
	if (((a ^ r) & (b ^ r)) >> (size * 8 - 1) & 1)
		f |= RFLAGS_OF;
	f |= (a ^ b ^ r) & RFLAGS_AF;
	*flags = (*flags & ~RFLAGS_ARITH) | f;
	return r;
}

static u64 sub(unsigned int size, u64 a, u64 b, u64 borrow, u64 *flags)
{
	u64 r = (a - b - borrow) & hve_emul_mask(size);
	u64 f = flags_result(size, r);

	if (a < b || (borrow && a == b))
		f |= RFLAGS_CF;
	if (((a ^ b) & (a ^ r)) >> (size * 8 - 1) & 1)
		f |= RFLAGS_OF;
	f |= (a ^ b ^ r) & RFLAGS_AF;
	*flags = (*flags & ~RFLAGS_ARITH) | f;
	return r;
}

/* AF is undefined after these; processors clear it. */
static u64 logic(unsigned int size, u64 r, u64 *flags)
{
	*flags = (*flags & ~RFLAGS_ARITH) | flags_result(size, r);
	return r;
}

/* @op as in bits 5:3 of the opcode; @a and @b fit in @size */
u64 hve_emul_alu(unsigned int op, unsigned int size, u64 a, u64 b, u64 *flags)
{
	u64 carry = *flags & RFLAGS_CF;

	switch (op) {
	case ALU_ADD:
		return add(size, a, b, 0, flags);
	case ALU_OR:
		return logic(size, a | b, flags);
	case ALU_ADC:
		return add(size, a, b, carry, flags);
	case ALU_SBB:
		return sub(size, a, b, carry, flags);
	case ALU_AND:
		return logic(size, a & b, flags);
	case ALU_XOR:
		return logic(size, a ^ b, flags);
	default:	/* SUB, and CMP, whose result nobody stores */
		return sub(size, a, b, 0, flags);
	}
}

/* INC and DEC leave CF. */
u64 hve_emul_incdec(bool dec, unsigned int size, u64 a, u64 *flags)
{
	u64 carry = *flags & RFLAGS_CF;
	u64 r = dec ? sub(size, a, 1, 0, flags) : add(size, a, 1, 0, flags);

	*flags = (*flags & ~RFLAGS_CF) | carry;
	return r;
}

/* Condition codes of Jcc, SETcc, CMOVcc */
bool hve_emul_cond(unsigned int cond, u64 flags)
{
	bool sf = flags & RFLAGS_SF;
	bool of = flags & RFLAGS_OF;
	bool ret;

	switch (cond >> 1 & 7) {
	case 0:
		ret = of;
		break;
	case 1:
		ret = flags & RFLAGS_CF;
		break;
	case 2:
		ret = flags & RFLAGS_ZF;
		break;
	case 3:
		ret = flags & (RFLAGS_CF | RFLAGS_ZF);
		break;
	case 4:
		ret = sf;
		break;
	case 5:
		ret = flags & RFLAGS_PF;
		break;
	case 6:
		ret = sf != of;
		break;
	default:
		ret = sf != of || flags & RFLAGS_ZF;
		break;
	}
	return ret ^ (cond & 1);
}
