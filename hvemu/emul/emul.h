/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Emulation of the instructions that reach for MMIO, and the walk of guest
 * page tables.  Portable C, no VMX in here; called by core, outside of windows.
 *
 * Who does what:
 *
 *  1. On an EPT violation without memory under it core fills the "context"
 *     part of struct hve_emul and calls hve_emul_begin(), then hve_emul_run().
 *  2. hve_emul_run() fetches and decodes the instruction, walks the guest's
 *     page tables itself and calls hve_emul_host_gpa_read() and _gpa_write().
 *     Core answers these from RAM or an in-kernel device (HVE_EMUL_OK), or
 *     says that the VMM serves the address (HVE_EMUL_MMIO).
 *  3. A read for the VMM: hve_emul_run() returns HVE_EMUL_MMIO_READ and has
 *     changed nothing.  Core exits with mmio.{gpa, len}, and on the next
 *     KVM_RUN gives the data to hve_emul_read_complete(), fills the context
 *     again and calls hve_emul_run().  All that was read before is remembered,
 *     so that no guest byte and no register with side effects is read twice.
 *  4. Writes for the VMM are queued in out[]; the instruction is complete.
 *     After every return but HVE_EMUL_MMIO_READ core writes back rip, rflags
 *     (gpr[] is a pointer) and exits once for each of out[0..nr_out).
 *
 * Results of hve_emul_run() and what core does:
 *
 *  HVE_EMUL_OK		done: rip, rflags, gpr[] are new. Core writes them
 *			back, ends STI and MOV-SS blocking, and raises #DB for
 *			single-step when rflags.TF was set before.
 *  HVE_EMUL_AGAIN	REP string: some iterations done, rip kept, counters
 *			are new; core writes back, looks for interrupts, and
 *			enters the guest, which executes the rest again.
 *  HVE_EMUL_MMIO_READ	see above; nothing changed, but counters of a REP string
 *			may have.
 *  HVE_EMUL_FAULT	inject fault.{vector, error_code, cr2}; nothing changed,
 *			but counters of a REP string may have.
 *  HVE_EMUL_RETRY	nothing changed, enter the guest again (a page appeared
 *			or a compare-and-swap lost).
 *  HVE_EMUL_PIO		INS or OUTS: see struct hve_emul_pio; nothing changed.
 *  HVE_EMUL_UNHANDLED	not an instruction we know, nothing changed; insn[] and
 *			insn_len are for the VMM (KVM_INTERNAL_ERROR_EMULATION).
 */
#ifndef HVE_EMUL_H
#define HVE_EMUL_H

#include <linux/types.h>

enum hve_emul_result {
	HVE_EMUL_OK,
	HVE_EMUL_AGAIN,
	HVE_EMUL_MMIO_READ,
	HVE_EMUL_FAULT,
	HVE_EMUL_RETRY,
	HVE_EMUL_PIO,
	HVE_EMUL_UNHANDLED,
	HVE_EMUL_MMIO,		/* of the host functions only */
};

/* Order of gpr[]. */
enum {
	HVE_EMUL_RAX, HVE_EMUL_RCX, HVE_EMUL_RDX, HVE_EMUL_RBX,
	HVE_EMUL_RSP, HVE_EMUL_RBP, HVE_EMUL_RSI, HVE_EMUL_RDI,
	HVE_EMUL_R8, HVE_EMUL_R15 = 15,
	HVE_EMUL_NR_GPRS,
};

/* Order of seg[]: that of the instruction encoding. */
enum {
	HVE_EMUL_ES, HVE_EMUL_CS, HVE_EMUL_SS,
	HVE_EMUL_DS, HVE_EMUL_FS, HVE_EMUL_GS,
	HVE_EMUL_NR_SEGS,
};

/**
 * struct hve_emul_seg - a segment register, as the VMCS has it
 * @base: base
 * @limit: limit in bytes
 * @ar: access rights: type 3:0, S 4, DPL 6:5, P 7, L 13, D/B 14, G 15,
 *	unusable 16
 */
struct hve_emul_seg {
	u64 base;
	u32 limit;
	u32 ar;
};

/* What kind of access; bits. */
#define HVE_EMUL_ACC_WRITE	0x1
#define HVE_EMUL_ACC_FETCH	0x2
#define HVE_EMUL_ACC_USER	0x4	/* with CPL 3 */
#define HVE_EMUL_ACC_SET_AD	0x8	/* set accessed and dirty bits */
#define HVE_EMUL_ACC_NOCHECK	0x10	/* presence only (KVM_TRANSLATE) */
#define HVE_EMUL_ACC_IMPLICIT	0x20	/* supervisor whatever CPL: descriptors */

/* Page-fault error code. */
#define HVE_EMUL_PF_PRESENT	0x01
#define HVE_EMUL_PF_WRITE	0x02
#define HVE_EMUL_PF_USER	0x04
#define HVE_EMUL_PF_RSVD	0x08
#define HVE_EMUL_PF_FETCH	0x10
#define HVE_EMUL_PF_PK		0x20

#define HVE_EMUL_INSN_MAX	15
#define HVE_EMUL_NR_FRAGS	8	/* of <= 8 bytes: 16 bytes over two pages, twice */

/**
 * struct hve_emul_frag - a piece of a memory access inside one page
 * @gpa: guest physical address
 * @linear: linear address
 * @len: 1..8
 * @data: little endian
 */
struct hve_emul_frag {
	u64 gpa;
	u64 linear;
	u32 len;
	u8 data[8];
};

/**
 * struct hve_emul_fault - an exception to inject
 * @vector: exception vector
 * @has_error: push @error_code
 * @error_code: error code
 * @cr2: of a page fault
 */
struct hve_emul_fault {
	u8 vector;
	bool has_error;
	u32 error_code;
	u64 cr2;
};

/**
 * struct hve_emul_pio - a string port instruction
 * @in: INS, else OUTS
 * @rep: has a REP prefix
 * @size: 1, 2 or 4
 * @port: DX
 * @count: elements still to do, 1 without @rep; 0: only RIP advances
 * @linear: address of the first element; valid for @size bytes. Of the next
 *	ones: see hve_emul_pio_linear()
 */
struct hve_emul_pio {
	bool in;
	bool rep;
	u8 size;
	u16 port;
	u64 count;
	u64 linear;
};

/* The decoded instruction; private to emul/. */
struct hve_emul_insn {
	u8 len;
	u8 op;			/* enum emul_op of private.h */
	u8 opcode;
	u8 map;			/* 0: one byte, 1: 0f, 2: 0f38, 3: 0f3a */
	u8 op_size;		/* 1, 2, 4, 8 */
	u8 addr_size;		/* 2, 4, 8 */
	u8 rex;			/* or W, R, X, B of a VEX prefix */
	u8 modrm;
	u8 mod, reg, rm;	/* with REX bits */
	u8 seg;			/* of the memory operand */
	u8 rep;			/* 0, 0xf2, 0xf3 */
	u8 vex_l;
	u8 vex_v;		/* VEX.vvvv as encoded, 0xf: none */
	bool has_modrm;
	bool has_rex;
	bool is_vex;
	bool opsize_prefix;	/* 66 */
	bool lock;
	bool mem;		/* there is a memory operand */
	bool rip_rel;
	s64 disp;
	u64 imm;
	u8 base, index, scale;	/* 0xff: none; scale is a shift */
	u8 xmm_size;		/* bytes moved to or from an XMM register */
	bool xmm_aligned;	/* and has to be aligned */
};

#define HVE_EMUL_NR_SEEN	7	/* five levels, two reads of code */
#define HVE_EMUL_NR_CACHED	6	/* 2 KiB of them */

/* Memory that a decoded instruction came from, for hve_emul_host_same(). */
struct hve_emul_seen {
	unsigned long where;	/* of hve_emul_host_where() */
	u64 val;
	u32 len;		/* 1, 2, 4, 8 */
};

/* A decoded instruction and all it depended on; private to emul/. */
struct hve_emul_cached {
	u64 gen;		/* of hve_emul_host_gen() */
	u64 rip, rflags, cr0, cr3, cr4, efer;
	struct hve_emul_seg cs;
	u64 code;		/* guest physical */
	bool has_code;		/* that is known */
	u8 cpl;
	u8 maxphyaddr;
	u8 nr_seen;		/* 0: empty */
	struct hve_emul_seen seen[HVE_EMUL_NR_SEEN];
	u8 insn[HVE_EMUL_INSN_MAX];
	struct hve_emul_insn d;
};

/**
 * struct hve_emul - one instruction under emulation, kept in the vCPU
 * @gpr: RAX..R15
 * @rip: RIP
 * @rflags: RFLAGS
 * @cr0: CR0
 * @cr3: CR3
 * @cr4: CR4
 * @efer: EFER
 * @cpl: current privilege level
 * @maxphyaddr: physical address bits of the guest, for reserved bits
 * @has_1g: 1 GiB pages exist, for reserved bits
 * @pkru: protection key rights, used with CR4.PKE
 * @pdptes: the four PDPTEs of PAE paging as the processor holds them; NULL:
 *	read from memory
 * @seg: segment registers
 * @hint_valid: @hint_linear and @hint_gpa are from the exit, and the processor
 *	has checked the access
 * @hint_write: that access was a write
 * @hint_linear: guest linear address of the EPT violation
 * @hint_gpa: guest physical address of it
 *
 * @fault: out: exception of HVE_EMUL_FAULT
 * @mmio: out: what to read for HVE_EMUL_MMIO_READ
 * @pio: out: what HVE_EMUL_PIO is about
 * @out: out: writes for the VMM, in order
 * @nr_out: out: number of these
 * @insn: out: instruction bytes, as far as fetched
 * @insn_len: out: number of these
 *
 * @in: reads done so far, in order
 * @nr_in: number of these
 * @pos_in: next of these
 * @served: the VMM served a read of this iteration of a REP string
 * @begin_rip: RIP of hve_emul_begin()
 * @d: the decoded instruction
 * @decoded: @d is valid
 * @recording: what is read now goes in there, too
 * @cache: by core, once: HVE_EMUL_NR_CACHED, zeroed; what was decoded before
 */
struct hve_emul {
	/* context: by core */
	u64 *gpr;
	u64 rip;
	u64 rflags;
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 efer;
	u8 cpl;
	u8 maxphyaddr;
	bool has_1g;
	u32 pkru;
	const u64 *pdptes;
	struct hve_emul_seg seg[HVE_EMUL_NR_SEGS];
	bool hint_valid;
	bool hint_write;
	u64 hint_linear;
	u64 hint_gpa;

	/* results */
	struct hve_emul_fault fault;
	struct hve_emul_frag mmio;
	struct hve_emul_pio pio;
	struct hve_emul_frag out[HVE_EMUL_NR_FRAGS];
	u32 nr_out;
	u8 insn[HVE_EMUL_INSN_MAX];
	u8 insn_len;

	/* private */
	struct hve_emul_frag in[HVE_EMUL_NR_FRAGS];
	u32 nr_in;
	u32 pos_in;
	bool served;
	u64 begin_rip;
	struct hve_emul_insn d;
	bool decoded;
	struct hve_emul_cached *recording;
	struct hve_emul_cached *cache;
};

/* What emulation needs from outside: core implements these. */

/**
 * hve_emul_host_gpa_read() - read guest physical memory
 * @e: for the vCPU (container_of)
 * @gpa: guest physical address, does not cross a page
 * @buf: where to
 * @len: bytes; up to 8 for data, up to 15 for instructions, up to a page in
 *	hve_emul_mem_read()
 * @acc: HVE_EMUL_ACC_FETCH for instructions; 0 for data and page tables
 *
 * Return: HVE_EMUL_OK; HVE_EMUL_MMIO, the VMM has to be asked;
 * HVE_EMUL_FAULT with e->fault filled in (a protected overlay);
 * HVE_EMUL_RETRY; HVE_EMUL_UNHANDLED.
 */
enum hve_emul_result hve_emul_host_gpa_read(struct hve_emul *e, u64 gpa,
					    void *buf, u32 len, u32 acc);

/**
 * hve_emul_host_gpa_write() - write guest physical memory
 * @e: for the vCPU (container_of)
 * @gpa: guest physical address, does not cross a page
 * @buf: data
 * @len: 1..8, in hve_emul_mem_write() up to a page
 *
 * Return: as hve_emul_host_gpa_read(). With HVE_EMUL_MMIO core does nothing:
 * the write is in e->out[] when hve_emul_run() returns.
 */
enum hve_emul_result hve_emul_host_gpa_write(struct hve_emul *e, u64 gpa,
					     const void *buf, u32 len);

/**
 * hve_emul_host_gpa_cmpxchg() - atomic compare and swap in guest memory
 * @e: for the vCPU (container_of)
 * @gpa: aligned to @len
 * @old: expected, @len bytes
 * @new: replacement, @len bytes
 * @len: 1, 2, 4, 8; 16 with CMPXCHG16B
 *
 * For LOCKed instructions, and accessed and dirty bits.
 * Return: HVE_EMUL_OK swapped; HVE_EMUL_RETRY it has changed; HVE_EMUL_MMIO
 * not RAM; otherwise as hve_emul_host_gpa_write().
 */
enum hve_emul_result hve_emul_host_gpa_cmpxchg(struct hve_emul *e, u64 gpa,
					       const void *old, const void *new,
					       u32 len);

/**
 * hve_emul_host_xmm_read() - an XMM register of the guest
 * @e: for the vCPU (container_of)
 * @reg: 0..15
 * @buf: 16 bytes
 */
void hve_emul_host_xmm_read(struct hve_emul *e, unsigned int reg, void *buf);

/**
 * hve_emul_host_xmm_write() - change an XMM register of the guest
 * @e: for the vCPU (container_of)
 * @reg: 0..15
 * @buf: 16 bytes
 * @zero_upper: VEX encoded: clear the bits above 127
 */
void hve_emul_host_xmm_write(struct hve_emul *e, unsigned int reg,
			     const void *buf, bool zero_upper);

/**
 * hve_emul_host_gen() - generation of the guest physical address space
 * @e: for the vCPU (container_of)
 *
 * Return: another number whenever an address means other memory.
 */
u64 hve_emul_host_gen(struct hve_emul *e);

/**
 * hve_emul_host_where() - where guest memory is for the host
 * @e: for the vCPU (container_of)
 * @gpa: guest physical address
 *
 * Return: what hve_emul_host_same() needs as long as the generation is the
 * same; 0: no plain memory, it has to be looked up each time.
 */
unsigned long hve_emul_host_where(struct hve_emul *e, u64 gpa);

/**
 * hve_emul_host_same() - does memory hold what it held?
 * @e: for the vCPU (container_of)
 * @gen: generation then
 * @seen: places and values
 * @nr: how many
 *
 * Return: true when all of them are read again and are the same.
 */
bool hve_emul_host_same(struct hve_emul *e, u64 gen,
			const struct hve_emul_seen *seen, unsigned int nr);

/**
 * hve_emul_begin() - a new instruction
 * @e: context filled in
 */
void hve_emul_begin(struct hve_emul *e);

/**
 * hve_emul_run() - emulate one instruction, or a batch of a REP string
 * @e: context filled in, hve_emul_begin() was called for this exit
 *
 * Return: see the head of this file; never HVE_EMUL_MMIO.
 */
enum hve_emul_result hve_emul_run(struct hve_emul *e);

/**
 * hve_emul_read_complete() - the VMM's answer to HVE_EMUL_MMIO_READ
 * @e: same as in the hve_emul_run() before
 * @data: e->mmio.len bytes
 */
void hve_emul_read_complete(struct hve_emul *e, const void *data);

/**
 * hve_emul_pio_decode() - decode the INS or OUTS at RIP
 * @e: context filled in, hve_emul_begin() was called
 *
 * For string I/O exits. Return: HVE_EMUL_PIO with e->pio, or as hve_emul_run().
 */
enum hve_emul_result hve_emul_pio_decode(struct hve_emul *e);

/**
 * hve_emul_pio_linear() - linear address of an element, checked
 * @e: after HVE_EMUL_PIO, counters not yet advanced
 * @n: which, 0 is the next one
 * @linear: out
 *
 * Return: HVE_EMUL_OK or HVE_EMUL_FAULT.
 */
enum hve_emul_result hve_emul_pio_linear(struct hve_emul *e, u64 n, u64 *linear);

/**
 * hve_emul_pio_advance() - elements were transferred
 * @e: after HVE_EMUL_PIO
 * @n: how many; more than are left is cut
 *
 * Moves RCX, RSI or RDI and, when nothing is left, RIP.
 * Return: HVE_EMUL_OK instruction complete, HVE_EMUL_AGAIN more to do.
 */
enum hve_emul_result hve_emul_pio_advance(struct hve_emul *e, u64 n);

/**
 * hve_emul_linear() - linear address of an operand, checked
 * @e: context filled in
 * @seg: HVE_EMUL_ES..HVE_EMUL_GS
 * @offset: in the segment
 * @len: bytes
 * @acc: HVE_EMUL_ACC_*
 * @linear: out
 *
 * Return: HVE_EMUL_OK or HVE_EMUL_FAULT.
 */
enum hve_emul_result hve_emul_linear(struct hve_emul *e, unsigned int seg,
				     u64 offset, u32 len, u32 acc, u64 *linear);

/**
 * hve_emul_mem_read() - read guest memory by linear address, RAM only
 * @e: context filled in
 * @linear: address, may cross pages
 * @buf: where to
 * @len: bytes
 * @acc: HVE_EMUL_ACC_*
 *
 * Return: HVE_EMUL_OK; HVE_EMUL_FAULT; what the host functions answer
 * (HVE_EMUL_MMIO where no RAM is).
 */
enum hve_emul_result hve_emul_mem_read(struct hve_emul *e, u64 linear,
				       void *buf, u32 len, u32 acc);

/**
 * hve_emul_mem_write() - write guest memory by linear address, RAM only
 * @e: context filled in
 * @linear: address, may cross pages
 * @buf: data
 * @len: bytes
 * @acc: HVE_EMUL_ACC_*; HVE_EMUL_ACC_WRITE is implied
 *
 * Both pages are translated before either is written when @len is at most a
 * page. Return: as hve_emul_mem_read().
 */
enum hve_emul_result hve_emul_mem_write(struct hve_emul *e, u64 linear,
					const void *buf, u32 len, u32 acc);

/**
 * struct hve_emul_walk - result of a page walk
 * @gpa: guest physical address
 * @page_bits: 12, 21, 22, 30; 64 without paging
 * @writable: by the paging structures
 * @user: by the paging structures
 * @noexec: by the paging structures
 * @error_code: of the page fault
 * @page_fault: @error_code is valid
 * @noncanonical: #GP (or #SS) and not #PF
 * @pat_index: PAT, PCD, PWT of the leaf
 * @table_gpa: the entry read last
 */
struct hve_emul_walk {
	u64 gpa;
	u8 page_bits;
	bool writable;
	bool user;
	bool noexec;
	u32 error_code;
	bool page_fault;
	bool noncanonical;
	u8 pat_index;
	u64 table_gpa;
};

/**
 * hve_emul_walk() - translate a linear address
 * @e: cr0, cr3, cr4, efer, cpl, rflags, maxphyaddr, has_1g, pkru, pdptes count
 * @linear: address
 * @acc: HVE_EMUL_ACC_*
 * @w: out
 *
 * e->fault is not touched.
 * Return: HVE_EMUL_OK; HVE_EMUL_FAULT: see w->error_code and w->noncanonical;
 * HVE_EMUL_RETRY; HVE_EMUL_MMIO a page table is where no RAM is.
 */
enum hve_emul_result hve_emul_walk(struct hve_emul *e, u64 linear, u32 acc,
				   struct hve_emul_walk *w);

#endif /* HVE_EMUL_H */
