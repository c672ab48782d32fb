/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is an exit of L2 one of L1's?  (SDM, chapter "VMX Non-Root Operation".)
 * Pure: what it has to know is in struct hve_l2_exit.
 */
#ifndef HVE_NESTED_REFLECT_H
#define HVE_NESTED_REFLECT_H

#include <linux/types.h>

struct vmcs12;

/* An exit of L2, as far as the decision needs it. */
struct hve_l2_exit {
	u16 reason;
	u64 qual;
	u32 intr_info;		/* EXCEPTION_NMI */
	u32 intr_err;
	u32 insn_info;		/* VMREAD, VMWRITE: register operand */
	const u64 *gpr;		/* L2's, RSP among them */
	/**
	 * read() - L1's memory, for its bitmaps
	 *
	 * Return: 0; -EAGAIN not now (a window); other errors.
	 */
	int (*read)(void *ctx, u64 l1_gpa, void *buf, u32 len);
	void *ctx;
};

enum hve_l2_owner {
	HVE_L2_OURS,		/* L1 does not see it */
	HVE_L2_L1,
	HVE_L2_AGAIN,		/* read() said -EAGAIN */
};

/**
 * hve_l2_exit_owner() - who gets an exit
 * @v: VMCS of the L2 that runs
 * @e: exit
 *
 * Ours without a look at vmcs12 are external interrupts and NMIs of the host,
 * EPT violations and misconfigurations of the shadow, the preemption timer: the
 * caller decides whether something follows from them for L1.
 */
enum hve_l2_owner hve_l2_exit_owner(const struct vmcs12 *v,
				    const struct hve_l2_exit *e);

/** hve_l2_exception_exits() - is an exception of L2 an exit to L1? */
bool hve_l2_exception_exits(const struct vmcs12 *v, u8 vector, u32 err);

/**
 * hve_l2_msr_owner() - RDMSR or WRMSR of L2
 * @v: VMCS
 * @msr: number
 * @write: WRMSR
 * @e: for read() and ctx
 */
enum hve_l2_owner hve_l2_msr_owner(const struct vmcs12 *v, u32 msr, bool write,
				   const struct hve_l2_exit *e);

/** hve_l2_io_owner() - access to ports @port..@port + @size - 1 */
enum hve_l2_owner hve_l2_io_owner(const struct vmcs12 *v, u16 port, u32 size,
				  const struct hve_l2_exit *e);

#endif /* HVE_NESTED_REFLECT_H */
