/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Front door of the TLFS half: what guests use, counted; part of tlfs.h.
 */
#ifndef HVE_TLFS_REPORT_H
#define HVE_TLFS_REPORT_H

#include <linux/types.h>

struct hve_partition;
struct hve_vp;

/* Rows of hve_tlfs_report() */
enum hve_report_kind {
	HVE_REPORT_FEATURE,	/* @number CPUID leaf, @detail bit and, times
				 * 32, register; @status of the last reject
				 */
	HVE_REPORT_CALL,	/* @number call code; those that succeeded */
	HVE_REPORT_MSR_READ,	/* @number of the register */
	HVE_REPORT_MSR_WRITE,
	HVE_REPORT_USE,		/* @number of the row */
	HVE_REPORT_REJECT,	/* @number call code or register, @status */
	HVE_REPORT_SLOT,	/* @number SINT, @detail VP and, from bit 24
				 * on, VTL, @status type of the message in the
				 * slot, @count how many are queued
				 */
};

#define HVE_REPORT_ADVERTISED	0x1	/* to a VP at least */
#define HVE_REPORT_SWITCHED	0x2	/* the guest has to enable it */
#define HVE_REPORT_ENABLED	0x4	/* and did, on a VP at least */

struct hve_report_row {
	enum hve_report_kind kind;
	u32 flags;		/* HVE_REPORT_*, of features */
	u32 number;
	u32 detail;
	u32 status;
	u64 count;
	u64 rejected;		/* of features */
	u64 first_ns;		/* of features: host clock; 0: never */
	const char *name;	/* of the row; NULL: it has none */
};

/* What the reference TSC page is for the guest */
enum hve_tsc_page_state {
	HVE_TSC_PAGE_VALID,
	HVE_TSC_PAGE_NOT_OFFERED,
	HVE_TSC_PAGE_NOT_ENABLED,	/* by the guest */
	HVE_TSC_PAGE_OUT_OF_REACH,	/* beyond its address space */
	HVE_TSC_PAGE_FROZEN,		/* time stands still */
	HVE_TSC_PAGE_UNSTABLE,		/* the TSC is no clock */
	HVE_TSC_PAGE_TOO_SLOW,		/* a TSC below 10 MHz */
};

#define HVE_REPORT_ALL_VPS	(~0u)

/**
 * hve_tlfs_report() - what a guest has been offered, uses and was refused
 * @pt: partition, its VPs may run
 * @vp_index: of one VP, or HVE_REPORT_ALL_VPS for the sums
 * @rows: out
 * @max: how many fit
 *
 * Context: may sleep.
 * Return: how many rows there are, also if they do not fit; -ENOMEM.
 */
int hve_tlfs_report(struct hve_partition *pt, u32 vp_index,
		    struct hve_report_row *rows, unsigned int max);

/**
 * hve_tlfs_tsc_page_state() - is the TSC page valid, and why not?
 * @pt: partition
 *
 * Context: may sleep.
 */
enum hve_tsc_page_state hve_tlfs_tsc_page_state(struct hve_partition *pt);

/**
 * hve_tlfs_guest_os_id() - what the guest says it is
 * @pt: partition
 */
u64 hve_tlfs_guest_os_id(struct hve_partition *pt);

/* A row of the synthetic MSR table, for hve_tlfs_report() */
struct hve_msr_info {
	const char *name;
	u8 gate;
	bool can_read;
	bool can_write;
};

/**
 * hve_tlfs_msr_info() - what the table has of a number
 * @msr: number
 * @out: filled in
 *
 * Return: false when there is no row.
 */
bool hve_tlfs_msr_info(u32 msr, struct hve_msr_info *out);

/**
 * hve_tlfs_gates() - gates of all rows, as the CPUID leaves have them
 * @gates: out, HVE_NR_GATE_WORDS words
 */
void hve_tlfs_gates(u32 *gates);

#endif /* HVE_TLFS_REPORT_H */
