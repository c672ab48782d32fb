/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the files of emul/: architectural bits, and the decoded operation.
 */
#ifndef HVE_EMUL_PRIVATE_H
#define HVE_EMUL_PRIVATE_H

#include <linux/bits.h>

#include "emul.h"

#define CR0_PE			BIT_ULL(0)
#define CR0_EM			BIT_ULL(2)
#define CR0_TS			BIT_ULL(3)
#define CR0_WP			BIT_ULL(16)
#define CR0_PG			BIT_ULL(31)
#define CR4_PSE			BIT_ULL(4)
#define CR4_PAE			BIT_ULL(5)
#define CR4_OSFXSR		BIT_ULL(9)
#define CR4_LA57		BIT_ULL(12)
#define CR4_OSXSAVE		BIT_ULL(18)
#define CR4_SMEP		BIT_ULL(20)
#define CR4_SMAP		BIT_ULL(21)
#define CR4_PKE			BIT_ULL(22)
#define CR4_CET			BIT_ULL(23)
#undef EFER_LMA
#undef EFER_NXE
#define EFER_LMA		BIT_ULL(10)
#define EFER_NXE		BIT_ULL(11)
#define RFLAGS_CF		BIT_ULL(0)
#define RFLAGS_PF		BIT_ULL(2)
#define RFLAGS_AF		BIT_ULL(4)
#define RFLAGS_ZF		BIT_ULL(6)
#define RFLAGS_SF		BIT_ULL(7)
#define RFLAGS_DF		BIT_ULL(10)
#define RFLAGS_OF		BIT_ULL(11)
#define RFLAGS_RF		BIT_ULL(16)
#define RFLAGS_VM		BIT_ULL(17)
#define RFLAGS_AC		BIT_ULL(18)
#define RFLAGS_ARITH		(RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | \
				 RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

#define SEG_AR_TYPE		0xfu
#define SEG_AR_ACCESSED		0x1u
#define SEG_AR_WRITE_READ	0x2u	/* data: writable, code: readable */
#define SEG_AR_DOWN		0x4u	/* data: expands down */
#define SEG_AR_CODE		0x8u
#define SEG_AR_P		0x80u
#define SEG_AR_L		0x2000u
#define SEG_AR_DB		0x4000u
#define SEG_AR_UNUSABLE		0x10000u

#define VEC_UD			6
#define VEC_NM			7
#define VEC_SS			12
#define VEC_GP			13
#define VEC_PF			14

#define REG_NONE		0xff

/* What an opcode does; decode finds it, exec does it. */
enum emul_op {
	OP_NONE,		/* not ours */
	OP_ALU_RM_R,		/* ADD..CMP, sub-operation in bits 5:3 of opcode */
	OP_ALU_R_RM,
	OP_GRP1,		/* ADD..CMP with immediate, in ModRM.reg */
	OP_TEST,
	OP_XCHG,
	OP_MOV_RM_R,
	OP_MOV_R_RM,
	OP_MOV_RM_IMM,
	OP_MOV_A_MOFFS,
	OP_MOV_MOFFS_A,
	OP_MOVZX,
	OP_MOVSX,
	OP_GRP3,		/* TEST NOT NEG */
	OP_GRP45,		/* INC DEC CALL JMP PUSH */
	OP_POP_RM,
	OP_MOVS,
	OP_CMPS,
	OP_STOS,
	OP_LODS,
	OP_SCAS,
	OP_INS,
	OP_OUTS,
	OP_CMPXCHG,
	OP_CMPXCHG8B,
	OP_XADD,
	OP_BT_R,		/* BT BTS BTR BTC, bits 4:3 of opcode */
	OP_BT_IMM,		/* the same in ModRM.reg */
	OP_SETCC,
	OP_CMOV,
	OP_MOVBE_LOAD,
	OP_MOVBE_STORE,
	OP_XMM_LOAD,		/* d.xmm_size bytes, zero extended */
	OP_XMM_STORE,
	OP_XMM_LOAD_RM,		/* MOVD, MOVQ from r/m */
	OP_XMM_STORE_RM,
};

/* A memory operand, translated: pieces inside one page, of at most 8 bytes. */
#define SPAN_MAX	4

struct emul_span {
	u32 nr;
	u32 len;
	struct {
		u64 linear;
		u64 gpa;
		u32 len;
	} piece[SPAN_MAX];
};

static inline bool hve_emul_is_long(const struct hve_emul *e)
{
	return e->efer & EFER_LMA && e->seg[HVE_EMUL_CS].ar & SEG_AR_L;
}

/* Real or virtual-8086 mode: segments have no rights. */
static inline bool hve_emul_is_real(const struct hve_emul *e)
{
	return !(e->cr0 & CR0_PE) || e->rflags & RFLAGS_VM;
}

static inline bool hve_emul_is_canonical(const struct hve_emul *e, u64 linear)
{
	unsigned int shift = e->cr4 & CR4_LA57 ? 64 - 57 : 64 - 48;

	return (u64)((s64)(linear << shift) >> shift) == linear;
}

static inline u64 hve_emul_mask(unsigned int size)
{
	return size >= 8 ? ~0ull : BIT_ULL(size * 8) - 1;
}

/* emul_mem.c */
enum hve_emul_result hve_emul_raise(struct hve_emul *e, u8 vector, bool has_error);
enum hve_emul_result hve_emul_fetch(struct hve_emul *e);
enum hve_emul_result hve_emul_span_map(struct hve_emul *e, u64 linear, u32 len,
				       u32 acc, struct emul_span *s);
enum hve_emul_result hve_emul_span_read(struct hve_emul *e,
					const struct emul_span *s, void *buf);
enum hve_emul_result hve_emul_span_write(struct hve_emul *e,
					 const struct emul_span *s,
					 const void *buf);
enum hve_emul_result hve_emul_span_swap(struct hve_emul *e,
					const struct emul_span *s,
					const void *old, const void *new);

/* insn_decode.c */
enum hve_emul_result hve_emul_decode(struct hve_emul *e);

/* insn_cache.c */
bool hve_emul_cache_find(struct hve_emul *e);
void hve_emul_cache_begin(struct hve_emul *e);
void hve_emul_cache_saw(struct hve_emul *e, u64 gpa, u64 val, u32 len);
void hve_emul_cache_saw_code(struct hve_emul *e, u64 gpa);
void hve_emul_cache_end(struct hve_emul *e, bool decoded);

/* insn_alu.c */
u64 hve_emul_alu(unsigned int op, unsigned int size, u64 a, u64 b, u64 *flags);
u64 hve_emul_incdec(bool dec, unsigned int size, u64 a, u64 *flags);
bool hve_emul_cond(unsigned int cond, u64 flags);

enum {
	ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP,
};

/* insn_string.c */
enum hve_emul_result hve_emul_string(struct hve_emul *e);
enum hve_emul_result hve_emul_pio_setup(struct hve_emul *e);

/* insn_exec.c */
u64 hve_emul_gpr_get(const struct hve_emul *e, unsigned int reg, unsigned int size);
void hve_emul_gpr_set(struct hve_emul *e, unsigned int reg, unsigned int size,
		      u64 val);
void hve_emul_complete(struct hve_emul *e);
enum hve_emul_result hve_emul_rm_open(struct hve_emul *e, u32 size, u32 acc,
				      u64 extra, u32 align, struct emul_span *s);
enum hve_emul_result hve_emul_rm_read(struct hve_emul *e,
				      const struct emul_span *s, u64 *val);
enum hve_emul_result hve_emul_rm_write(struct hve_emul *e,
				       const struct emul_span *s, u64 val);

/* insn_rmw.c */
enum hve_emul_result hve_emul_exec_alu_rm(struct hve_emul *e, unsigned int op,
					  u64 operand);
enum hve_emul_result hve_emul_exec_unary(struct hve_emul *e);
enum hve_emul_result hve_emul_exec_xchg(struct hve_emul *e);
enum hve_emul_result hve_emul_exec_xadd(struct hve_emul *e);
enum hve_emul_result hve_emul_exec_cmpxchg(struct hve_emul *e);
enum hve_emul_result hve_emul_exec_cmpxchg8b(struct hve_emul *e);
enum hve_emul_result hve_emul_exec_bt(struct hve_emul *e);

#endif /* HVE_EMUL_PRIVATE_H */
