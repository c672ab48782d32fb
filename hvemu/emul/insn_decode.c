// SPDX-License-Identifier: GPL-2.0
/*
 * Decoder of the instructions that move data to and from memory.
 *
 * SDM, "Instruction Format" and "Opcode Map".  Bytes come from e->insn[], which
 * is filled as far as needed, at most 15; so the decoder always ends.  What it
 * does not know is HVE_EMUL_UNHANDLED, never a guess.
 */
#include "emul.h"
#include "private.h"

#include <linux/kernel.h>

#define F_MODRM		0x01
#define F_BYTE		0x02	/* bit 0 of the opcode clear: byte operand */
#define F_IMM8		0x04
#define F_IMMZ		0x08	/* 2 or 4 bytes, or 1 of a byte operand */
#define F_MOFFS		0x10
#define F_MEM		0x20	/* #UD with a register */

#define REX_W		8
#define REX_R		4
#define REX_X		2
#define REX_B		1

struct op_info {
	u8 op;
	u8 flags;
};

static const struct op_info map0[256] = {
	[0x63]		= { OP_MOVSX, F_MODRM },
	[0x6c ... 0x6d]	= { OP_INS, F_BYTE },
	[0x6e ... 0x6f]	= { OP_OUTS, F_BYTE },
	[0x80]		= { OP_GRP1, F_MODRM | F_BYTE | F_IMM8 },
	[0x81]		= { OP_GRP1, F_MODRM | F_BYTE | F_IMMZ },
	[0x83]		= { OP_GRP1, F_MODRM | F_BYTE | F_IMM8 },
	[0x84 ... 0x85]	= { OP_TEST, F_MODRM | F_BYTE },
	[0x86 ... 0x87]	= { OP_XCHG, F_MODRM | F_BYTE },
	[0x88 ... 0x89]	= { OP_MOV_RM_R, F_MODRM | F_BYTE },
	[0x8a ... 0x8b]	= { OP_MOV_R_RM, F_MODRM | F_BYTE },
	[0x8f]		= { OP_POP_RM, F_MODRM },
	[0xa0 ... 0xa1]	= { OP_MOV_A_MOFFS, F_BYTE | F_MOFFS },
	[0xa2 ... 0xa3]	= { OP_MOV_MOFFS_A, F_BYTE | F_MOFFS },
	[0xa4 ... 0xa5]	= { OP_MOVS, F_BYTE },
	[0xa6 ... 0xa7]	= { OP_CMPS, F_BYTE },
	[0xaa ... 0xab]	= { OP_STOS, F_BYTE },
	[0xac ... 0xad]	= { OP_LODS, F_BYTE },
	[0xae ... 0xaf]	= { OP_SCAS, F_BYTE },
	[0xc6 ... 0xc7]	= { OP_MOV_RM_IMM, F_MODRM | F_BYTE | F_IMMZ },
	[0xf6 ... 0xf7]	= { OP_GRP3, F_MODRM | F_BYTE },
	[0xfe ... 0xff]	= { OP_GRP45, F_MODRM | F_BYTE },
};

static const struct op_info map1[256] = {
	[0x40 ... 0x4f]	= { OP_CMOV, F_MODRM },
	[0x90 ... 0x9f]	= { OP_SETCC, F_MODRM },
	[0xa3]		= { OP_BT_R, F_MODRM },
	[0xab]		= { OP_BT_R, F_MODRM },
	[0xb0 ... 0xb1]	= { OP_CMPXCHG, F_MODRM | F_BYTE },
	[0xb3]		= { OP_BT_R, F_MODRM },
	[0xb6 ... 0xb7]	= { OP_MOVZX, F_MODRM },
	[0xba]		= { OP_BT_IMM, F_MODRM | F_IMM8 },
	[0xbb]		= { OP_BT_R, F_MODRM },
	[0xbe ... 0xbf]	= { OP_MOVSX, F_MODRM },
	[0xc0 ... 0xc1]	= { OP_XADD, F_MODRM | F_BYTE },
	[0xc7]		= { OP_CMPXCHG8B, F_MODRM | F_MEM },
};

/* Moves of XMM registers: mandatory prefix, opcode, what, bytes */
static const struct {
	u8 prefix;		/* 0, 0x66, 0xf3, 0xf2 */
	u8 map;
	u8 opcode;
	u8 op;
	u8 size;
	bool aligned;
} xmm_ops[] = {
	{ 0x00, 1, 0x10, OP_XMM_LOAD,	16, false },	/* MOVUPS */
	{ 0x00, 1, 0x11, OP_XMM_STORE,	16, false },
	{ 0x00, 1, 0x28, OP_XMM_LOAD,	16, true },	/* MOVAPS */
	{ 0x00, 1, 0x29, OP_XMM_STORE,	16, true },
	{ 0x00, 1, 0x2b, OP_XMM_STORE,	16, true },	/* MOVNTPS */
	{ 0x66, 1, 0x10, OP_XMM_LOAD,	16, false },	/* MOVUPD */
	{ 0x66, 1, 0x11, OP_XMM_STORE,	16, false },
	{ 0x66, 1, 0x28, OP_XMM_LOAD,	16, true },	/* MOVAPD */
	{ 0x66, 1, 0x29, OP_XMM_STORE,	16, true },
	{ 0x66, 1, 0x2b, OP_XMM_STORE,	16, true },	/* MOVNTPD */
	{ 0x66, 1, 0x6f, OP_XMM_LOAD,	16, true },	/* MOVDQA */
	{ 0x66, 1, 0x7f, OP_XMM_STORE,	16, true },
	{ 0x66, 1, 0xe7, OP_XMM_STORE,	16, true },	/* MOVNTDQ */
	{ 0x66, 1, 0xd6, OP_XMM_STORE,	8, false },	/* MOVQ */
	{ 0x66, 1, 0x6e, OP_XMM_LOAD_RM, 4, false },	/* MOVD, MOVQ */
	{ 0x66, 1, 0x7e, OP_XMM_STORE_RM, 4, false },
	{ 0xf3, 1, 0x10, OP_XMM_LOAD,	4, false },	/* MOVSS */
	{ 0xf3, 1, 0x11, OP_XMM_STORE,	4, false },
	{ 0xf3, 1, 0x6f, OP_XMM_LOAD,	16, false },	/* MOVDQU */
	{ 0xf3, 1, 0x7f, OP_XMM_STORE,	16, false },
	{ 0xf3, 1, 0x7e, OP_XMM_LOAD,	8, false },	/* MOVQ */
	{ 0xf2, 1, 0x10, OP_XMM_LOAD,	8, false },	/* MOVSD */
	{ 0xf2, 1, 0x11, OP_XMM_STORE,	8, false },
	{ 0x66, 2, 0x2a, OP_XMM_LOAD,	16, true },	/* MOVNTDQA */
};

struct cursor {
	struct hve_emul *e;
	u32 pos;
	enum hve_emul_result r;
};

static u8 next8(struct cursor *c)
{
	if (c->r != HVE_EMUL_OK)
		return 0;
	if (c->pos >= c->e->insn_len) {
		c->r = hve_emul_fetch(c->e);
		if (c->r != HVE_EMUL_OK)
			return 0;
	}
	return c->e->insn[c->pos++];
}

/* Little endian, sign extended */
static s64 next_signed(struct cursor *c, unsigned int size)
{
	unsigned int shift = 64 - size * 8;
	u64 val = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		val |= (u64)next8(c) << (i * 8);
	return (s64)(val << shift) >> shift;
}

/* Legacy prefixes and REX; returns the first byte after them. */
static u8 decode_prefixes(struct cursor *c, u8 *seg, bool *addr_prefix)
{
	struct hve_emul_insn *d = &c->e->d;
	bool is_long = hve_emul_is_long(c->e);

	for (;;) {
		u8 b = next8(c);

		if (c->r != HVE_EMUL_OK)
			return 0;
		if (is_long && (b & 0xf0) == 0x40) {
			d->rex = b & 0xf;
			d->has_rex = true;
			continue;
		}
		switch (b) {
		case 0x66:
			d->opsize_prefix = true;
			break;
		case 0x67:
			*addr_prefix = true;
			break;
		case 0xf0:
			d->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			d->rep = b;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
			/* Base 0 for all of these in 64-bit mode */
			if (!is_long)
				*seg = b >> 3 & 3;
			break;
		case 0x64:
		case 0x65:
			*seg = b - 0x64 + HVE_EMUL_FS;
			break;
		default:
			return b;
		}
		/* REX counts only directly before the opcode. */
		d->rex = 0;
		d->has_rex = false;
	}
}

static enum hve_emul_result decode_vex(struct cursor *c, u8 first)
{
	struct hve_emul_insn *d = &c->e->d;
	u8 b1 = next8(c);
	u8 b2 = b1;

	if (c->r != HVE_EMUL_OK)
		return c->r;
	/* LDS and LES otherwise */
	if (hve_emul_is_real(c->e) ||
	    (!hve_emul_is_long(c->e) && (b1 & 0xc0) != 0xc0))
		return HVE_EMUL_UNHANDLED;
	if (d->opsize_prefix || d->rep || d->lock || d->has_rex)
		return hve_emul_raise(c->e, VEC_UD, false);

	d->is_vex = true;
	d->map = 1;
	d->rex = b1 & 0x80 ? 0 : REX_R;
	if (first == 0xc4) {
		b2 = next8(c);
		d->map = b1 & 0x1f;
		if (!(b1 & 0x40))
			d->rex |= REX_X;
		if (!(b1 & 0x20))
			d->rex |= REX_B;
		if (b2 & 0x80)
			d->rex |= REX_W;
	}
	if (!hve_emul_is_long(c->e))
		d->rex = 0;
	d->vex_v = b2 >> 3 & 0xf;
	d->vex_l = b2 >> 2 & 1;
	switch (b2 & 3) {
	case 1:
		d->opsize_prefix = true;
		break;
	case 2:
		d->rep = 0xf3;
		break;
	case 3:
		d->rep = 0xf2;
		break;
	}
	d->opcode = next8(c);
	return c->r;
}

static void decode_modrm16(struct cursor *c)
{
	static const u8 base[8] = {
		HVE_EMUL_RBX, HVE_EMUL_RBX, HVE_EMUL_RBP, HVE_EMUL_RBP,
		HVE_EMUL_RSI, HVE_EMUL_RDI, HVE_EMUL_RBP, HVE_EMUL_RBX,
	};
	struct hve_emul_insn *d = &c->e->d;

	d->base = base[d->rm & 7];
	if (d->rm < 4)
		d->index = d->rm & 1 ? HVE_EMUL_RDI : HVE_EMUL_RSI;
	if (d->mod == 0 && d->rm == 6) {
		d->base = REG_NONE;
		d->disp = next_signed(c, 2);
	} else if (d->mod) {
		d->disp = next_signed(c, d->mod);
	}
}

static void decode_sib(struct cursor *c)
{
	struct hve_emul_insn *d = &c->e->d;
	u8 sib = next8(c);

	d->scale = sib >> 6;
	d->index = (sib >> 3 & 7) | (d->rex & REX_X ? 8 : 0);
	if (d->index == HVE_EMUL_RSP)
		d->index = REG_NONE;
	d->base = (sib & 7) | (d->rex & REX_B ? 8 : 0);
	if ((sib & 7) == 5 && d->mod == 0) {
		d->base = REG_NONE;
		d->disp = next_signed(c, 4);
	}
}

static void decode_modrm(struct cursor *c)
{
	struct hve_emul_insn *d = &c->e->d;

	d->has_modrm = true;
	d->modrm = next8(c);
	d->mod = d->modrm >> 6;
	d->reg = (d->modrm >> 3 & 7) | (d->rex & REX_R ? 8 : 0);
	d->rm = (d->modrm & 7) | (d->rex & REX_B ? 8 : 0);
	if (d->mod == 3)
		return;

	d->mem = true;
	if (d->addr_size == 2) {
		decode_modrm16(c);
	} else {
		if ((d->rm & 7) == 4) {
			decode_sib(c);
		} else if ((d->rm & 7) == 5 && d->mod == 0) {
			d->disp = next_signed(c, 4);
			d->rip_rel = hve_emul_is_long(c->e);
		} else {
			d->base = d->rm;
		}
		if (d->mod)
			d->disp = next_signed(c, d->mod == 1 ? 1 : 4);
	}
	if (d->base == HVE_EMUL_RSP || d->base == HVE_EMUL_RBP)
		d->seg = HVE_EMUL_SS;
}

static u8 mandatory_prefix(const struct hve_emul_insn *d)
{
	if (d->rep)
		return d->rep;
	return d->opsize_prefix ? 0x66 : 0;
}

static struct op_info find_xmm(struct hve_emul_insn *d)
{
	struct op_info none = { OP_NONE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(xmm_ops); i++) {
		struct op_info info = { xmm_ops[i].op, F_MODRM };

		if (xmm_ops[i].map != d->map || xmm_ops[i].opcode != d->opcode ||
		    xmm_ops[i].prefix != mandatory_prefix(d))
			continue;
		d->xmm_size = xmm_ops[i].size;
		d->xmm_aligned = xmm_ops[i].aligned;
		if (info.op != OP_XMM_LOAD_RM && info.op != OP_XMM_STORE_RM)
			info.flags |= F_MEM;
		else if (d->rex & REX_W)
			d->xmm_size = 8;
		return info;
	}
	return none;
}

static struct op_info find_op(const struct hve_emul *e, struct hve_emul_insn *d)
{
	struct op_info info = { OP_NONE };
	u8 opcode = d->opcode;

	if (d->is_vex)
		return find_xmm(d);
	if (d->map == 0) {
		if (opcode < 0x40 && (opcode & 7) < 4) {
			info.op = opcode & 2 ? OP_ALU_R_RM : OP_ALU_RM_R;
			info.flags = F_MODRM | F_BYTE;
		} else if (opcode != 0x63 || hve_emul_is_long(e)) {
			info = map0[opcode];
		}
		return info;
	}
	if (d->map == 1) {
		info = map1[opcode];
		/* MOVNTI */
		if (opcode == 0xc3 && !mandatory_prefix(d)) {
			info.op = OP_MOV_RM_R;
			info.flags = F_MODRM | F_MEM;
		}
	} else if (d->map == 2 && (opcode & 0xfe) == 0xf0 && !d->rep) {
		info.op = opcode & 1 ? OP_MOVBE_STORE : OP_MOVBE_LOAD;
		info.flags = F_MODRM | F_MEM;
	}
	return info.op == OP_NONE ? find_xmm(d) : info;
}

/* ModRM.reg selects, in groups, whether it is one of ours. */
static bool group_is_ours(const struct hve_emul_insn *d)
{
	u8 reg = d->reg & 7;

	switch (d->op) {
	case OP_GRP3:
		return reg < 4;
	case OP_GRP45:
		if (d->opcode == 0xfe)
			return reg < 2;
		return reg < 2 || reg == 2 || reg == 4 || reg == 6;
	case OP_POP_RM:
	case OP_MOV_RM_IMM:
		return reg == 0;
	case OP_BT_IMM:
		return reg >= 4;
	case OP_CMPXCHG8B:
		return reg == 1 && !mandatory_prefix(d);
	}
	return true;
}

/* SDM, "LOCK": only with these, and only with a destination in memory */
static bool lock_is_valid(const struct hve_emul_insn *d)
{
	u8 reg = d->reg & 7;

	if (!d->mem)
		return false;
	switch (d->op) {
	case OP_ALU_RM_R:
		return (d->opcode >> 3 & 7) != ALU_CMP;
	case OP_GRP1:
		return reg != ALU_CMP;
	case OP_GRP3:
		return reg >= 2;
	case OP_GRP45:
		return reg < 2;
	case OP_BT_R:
		return d->opcode != 0xa3;
	case OP_BT_IMM:
		return reg > 4;
	case OP_XCHG:
	case OP_CMPXCHG:
	case OP_CMPXCHG8B:
	case OP_XADD:
		return true;
	}
	return false;
}

static void decode_immediate(struct cursor *c, u8 flags)
{
	struct hve_emul_insn *d = &c->e->d;

	/* TEST of group 3 has one, its neighbours have not. */
	if (d->op == OP_GRP3 && (d->reg & 7) < 2)
		flags |= F_IMMZ;
	if (flags & F_IMM8)
		d->imm = next_signed(c, 1);
	else if (flags & F_IMMZ)
		d->imm = next_signed(c, min_t(u8, d->op_size, 4));
}

static void decode_sizes(struct hve_emul *e, bool addr_prefix)
{
	struct hve_emul_insn *d = &e->d;
	bool big = e->seg[HVE_EMUL_CS].ar & SEG_AR_DB;

	if (hve_emul_is_long(e)) {
		d->op_size = d->opsize_prefix ? 2 : 4;
		if (d->rex & REX_W)
			d->op_size = 8;
		d->addr_size = addr_prefix ? 4 : 8;
	} else {
		d->op_size = big ^ d->opsize_prefix ? 4 : 2;
		d->addr_size = big ^ addr_prefix ? 4 : 2;
	}
}

static enum hve_emul_result decode_opcode(struct cursor *c, u8 first)
{
	struct hve_emul_insn *d = &c->e->d;

	if (first == 0xc4 || first == 0xc5)
		return decode_vex(c, first);
	d->opcode = first;
	if (first != 0x0f)
		return c->r;
	d->map = 1;
	d->opcode = next8(c);
	if (d->opcode == 0x38 || d->opcode == 0x3a) {
		d->map = d->opcode == 0x38 ? 2 : 3;
		d->opcode = next8(c);
	}
	return c->r;
}

enum hve_emul_result hve_emul_decode(struct hve_emul *e)
{
	struct cursor c = { .e = e, .r = HVE_EMUL_OK };
	struct hve_emul_insn *d = &e->d;
	bool addr_prefix = false;
	u8 override = REG_NONE;
	enum hve_emul_result r;
	struct op_info info;
	u8 first;

	*d = (struct hve_emul_insn) {
		.seg = HVE_EMUL_DS,
		.base = REG_NONE,
		.index = REG_NONE,
		.vex_v = 0xf,
	};
	first = decode_prefixes(&c, &override, &addr_prefix);
	if (c.r != HVE_EMUL_OK)
		return c.r;
	r = decode_opcode(&c, first);
	if (r != HVE_EMUL_OK)
		return r;
	decode_sizes(e, addr_prefix);

	info = find_op(e, d);
	if (info.op == OP_NONE)
		return HVE_EMUL_UNHANDLED;
	d->op = info.op;
	if (info.flags & F_BYTE && !(d->opcode & 1))
		d->op_size = 1;
	if (info.flags & F_MODRM)
		decode_modrm(&c);
	if (info.flags & F_MOFFS) {
		d->mem = true;
		d->disp = next_signed(&c, d->addr_size);
	}
	decode_immediate(&c, info.flags);
	if (c.r != HVE_EMUL_OK)
		return c.r;
	if (override != REG_NONE)
		d->seg = override;
	d->len = c.pos;

	if (!group_is_ours(d) || (info.flags & F_MEM && !d->mem))
		return HVE_EMUL_UNHANDLED;
	if (d->lock && !lock_is_valid(d))
		return hve_emul_raise(e, VEC_UD, false);
	e->decoded = true;
	return HVE_EMUL_OK;
}
