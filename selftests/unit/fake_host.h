/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine for the TLFS half: a little RAM with overlays on top, clocks that
 * stand until told otherwise, and a log of what was asked of it.
 */
#ifndef UNIT_FAKE_HOST_H
#define UNIT_FAKE_HOST_H

#include <linux/errno.h>

#include "harness.h"
#include "hvemu/hvhost.h"
#include "hvemu/tlfs.h"
#include "hvemu/tlfs_state.h"
#include "hv/hv_discovery.h"
#include "hv/hv_hypercall.h"

#ifndef FAKE_NR_PAGES
#define FAKE_NR_PAGES	64
#endif
#define FAKE_NR_VPS	4
#ifndef FAKE_LOG
#define FAKE_LOG	256
#endif

struct fake_map {
	unsigned int vtl;
	u64 gpn;
	void *page;
	u32 rights;
};

struct fake_irq {
	struct hve_vp *vp;
	unsigned int vtl;
	u8 vector;
	bool auto_eoi;
};

struct fake_host {
	u8 ram[FAKE_NR_PAGES][4096];
	struct fake_map map[FAKE_LOG];	/* the last one is on top */
	unsigned int nr_maps;
	u64 gpa_limit;

	bool window;			/* context */
	bool page_not_at_hand;		/* guest memory in a window */
	bool flush_must_wait;		/* ... other CPUs */
	bool apic_must_leave;		/* ... EOI for the VMM */

	unsigned int fail_at;		/* n-th call that can fail does */
	unsigned int can_fail;		/* such calls so far */

	u64 ns, tsc, tsc_freq, tsc_step;
	u64 emul_freq;			/* TSC emulation, 0: none */
	bool tsc_unstable;
	u64 ns_step;			/* clock advance per look */
	u64 runtime_ns;

	enum hve_cpu_mode mode;
	unsigned int cpl;
	u64 xmm[12];
	bool smt;

	struct fake_irq irq[FAKE_LOG];
	unsigned int nr_irqs;
	struct hve_user_exit exit[FAKE_LOG];
	unsigned int nr_exits;
	unsigned int nr_eoi, nr_yields, nr_flushes, nr_reads;
	u64 icr;
	u8 tpr;
	u64 flush_vps[64];
	bool flush_all;
	u64 flush_gva[HVE_FLUSH_MAX_GVAS];
	unsigned int flush_nr;
	bool flush_keep_global;
	u64 cr3;
	u64 l2_space;			/* flushed last */
	bool no_l2;
	unsigned int nr_idles;
	struct hve_vp *held;
	unsigned int nr_holds;
	unsigned int hold_fails;	/* so many times: not now */
	u64 reg[FAKE_NR_VPS][16][2];	/* RAX to R15, and no other ones */
	bool waits_for_sipi[FAKE_NR_VPS];
	struct hv_initial_vp_context started;
	u64 tr_page, tr_flags;
	struct hve_translation tr;
	u32 prepared;			/* MSR */
	bool desc_exits[FAKE_NR_VPS];
	bool no_desc_exits;
	u64 run_due[FAKE_NR_VPS];	/* 0: not armed */
	unsigned int nr_nmis;
	u64 crash_ctl;
	char crash_text[4097];
	u32 crash_len;
	unsigned int nr_crash_logs;
	unsigned long reqs[FAKE_NR_VPS];
	unsigned long far_reqs;
	u64 timer_ns[FAKE_NR_VPS];	/* 0: not armed */
	u32 acked;			/* SINTs */
	u64 machine_stats;
	bool free_eoi;
	unsigned int nr_event_puts;
};

extern struct fake_host fake;

/* Pages of fake.ram that may have changed, for those who clean them. */
extern u64 fake_dirty;
/* Pages of overlays that nobody has given back go. */
void fake_pages_free(void);

/* A partition with FAKE_NR_VPS VPs that have all we support. */
extern struct hve_partition pt;
extern struct hve_vp vp[FAKE_NR_VPS];
extern u64 gpr[16];

/* Another partition with one VP; far_setup() after setup(). */
extern struct hve_partition far_pt;
extern struct hve_vp far_vp;
void far_setup(void);
void far_teardown(void);
void far_run_requests(void);

void fake_reset(void);
void setup(void);
void teardown(void);
void give_cpuid(struct hve_vp *v);
/* all gates but these */
void take_gate(struct hve_vp *v, unsigned int gate);

/* A guest's access through the overlays; false: #GP or no memory. */
bool guest_read(u64 gpa, void *dst, u32 len);
bool guest_write(u64 gpa, const void *src, u32 len);
u64 guest_read64(u64 gpa);
void ram_fill(u64 gpn, u8 byte);
bool ram_is(u64 gpn, u8 byte);

/* Registers of VP 0, vtl 0; rd() is for those that must not fault. */
u64 rd(u32 msr);
enum hve_fault wr(u32 msr, u64 val);

/* VP i gets to what was requested of it, its timer included. */
void run_requests(unsigned int i);

/* A hypercall of VP 0, 64-bit caller; result value. */
u64 hcall(u64 control, u64 p1, u64 p2);
enum hve_hcall_action hcall_action(u64 control, u64 p1, u64 p2);
void open_hypercalls(void);

#define OS_ID		0x8100000000000000ull
#define STATUS(res)	((unsigned int)((res) & 0xffff))
#define REPS(res)	((unsigned int)((res) >> 32 & 0xfff))
#define REP(n)		((u64)(n) << HV_HYPERCALL_REP_COUNT_SHIFT)
#define START(n)	((u64)(n) << HV_HYPERCALL_REP_START_SHIFT)
#define VARHEAD(n)	((u64)(n) << HV_HYPERCALL_VARHEAD_SHIFT)
#define FAST		HV_HYPERCALL_FAST

#endif
