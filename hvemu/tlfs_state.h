/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All state of the TLFS half in one place; the functions are layered in the
 * rooms.  Core embeds struct hve_partition in its VM and struct hve_vp in its
 * virtual processor, zeroed, and looks at no field but hve_vp.vp_index.
 *
 * Field letters: [c] constant after creation; [v] only the thread of the
 * owning VP; [p] under pt->lock; [q] under synic->lock; [a] atomic or
 * READ_ONCE()/WRITE_ONCE(), any context.  What is kept per VTL sits in arrays
 * of HVE_NR_VTLS.
 */
#ifndef HVE_TLFS_STATE_H
#define HVE_TLFS_STATE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "hv/hv_msr.h"
#include "hv/hv_stats.h"
#include "hv/hv_status.h"
#include "hv/hv_synic.h"
#include "hv/hv_timers.h"
#include "hv/hv_vp.h"
#include "tlfs.h"

/* Most VPs a partition can have: what a sparse VP set can name. */
#define HVE_MAX_VPS	4096

/*
 * A gate is a bit number of hv_discovery.h: what a VP's CPUID leaves must have
 * for a register or call to exist.  Word 4 is all ones when leaf 0x40000001
 * says Hv#1; without it every word is zero.
 */
#define HVE_NR_GATE_WORDS	7
#define HVE_GATE_HV1		128

struct hve_hcall_row;

/*
 * A page that hides guest RAM.  "Enabled" is what the guest asked for in the
 * MSR, "mapped" is whether it took effect (a page beyond the GPA space stays
 * inaccessible).  The contents belong to the overlay and follow it when it
 * moves.  Partition-wide overlays are [p], those of a VP [v].
 */
struct hve_overlay {
	u64 msr;			/* register value */
	u64 gpn;			/* where it is mapped */
	void *page;			/* NULL before it is first enabled */
	bool mapped;
};

/* A message buffer: one of a timer or of a port. */
struct hve_msg {
	struct list_head link;		/* [q] */
	bool queued;			/* [q]; clear: the owner may write msg */
	u32 place;			/* [q] of hve_msg_load(), else 0 */
	struct hv_message msg;		/* [q] while queued */
};

struct hve_synic {
	spinlock_t lock;		/* leaf: queues and pages below */
	u64 control;			/* [a] SCONTROL */
	u64 sint[HV_SYNIC_SINT_COUNT];	/* [a] SINTx */
	struct hve_overlay simp;	/* [v] */
	struct hve_overlay siefp;	/* [v] writes, [a] reads: its page never
					 * goes while the VP exists
					 */
	unsigned long vectors[4];	/* [a] those of unmasked SINTs */
	struct list_head queue[HV_SYNIC_SINT_COUNT]; /* [q] of hve_msg */
	unsigned long pending;		/* [a] SINTs with a queued message */
	struct hve_msg timer_msg[HV_SYNIC_STIMER_COUNT]; /* [q] */
};

/* A buffer of a message port. */
struct hve_port_msg {
	struct hve_msg buf;
	struct hve_vp *vp;		/* port->lock: queued there last */
	bool reserved;			/* port->lock: of a blob being loaded */
};

/*
 * A port outlives its partition when another one has connections to it, but
 * reaches nothing any more then: pt is NULL.  Who holds lock and sees pt can
 * rely on the partition and its VPs.
 */
struct hve_port {
	spinlock_t lock;		/* outside synic->lock */
	unsigned int refs;		/* lock: the table and connections */
	struct hve_partition *pt;	/* lock; NULL: deleted */
	struct list_head link;		/* bucket of pt->ports */
	u32 id;				/* [c] and all below */
	u32 type;			/* HV_PORT_TYPE_* */
	u32 vp_index;			/* or HV_ANY_VP */
	u8 sint;			/* 1..15 */
	u8 vtl;
	u16 base_flag;			/* event port */
	u16 flag_count;
	u16 nr_msgs;
	struct hve_port_msg msg[];	/* HV_PORT_MESSAGE_BUFFERS, or none */
};

enum hve_conn_kind {
	HVE_CONN_NONE,
	HVE_CONN_PORT,
	HVE_CONN_EVENTFD,
	HVE_CONN_VMM,
	HVE_CONN_DOORBELL,
};

/* What a connection id of a partition means. */
struct hve_conn {
	struct list_head link;		/* bucket of pt->conns */
	u32 id;				/* [c] and all below */
	enum hve_conn_kind kind;
	struct hve_port *port;		/* holds a reference */
	void *event;			/* of the host */
	struct hve_doorbell bell;
	struct list_head bell_link;	/* pt->bell_lock */
};

/* Ports and connections are found by id in the window: one lock a bucket. */
#define HVE_ID_BUCKETS	64

struct hve_id_bucket {
	spinlock_t lock;		/* outside port->lock */
	struct list_head list;
};

struct hve_stimer {
	u64 config;			/* [v] enabled => count != 0, and
					 * direct mode or SINT != 0
					 */
	u64 count;			/* [v] */
	u64 due_100ns;			/* [v] next expiry, 0: to be started */
	u64 fire_100ns;			/* [v] when to signal it: due, or later
					 * while a missed one is made up for
					 */
	u64 expired_100ns;		/* [v] due of the one to be queued */
	bool msg_pending;		/* [v] expired, its message not yet
					 * queued
					 */
};

/* One hypercall in flight; scratch of its VP. [v] */
struct hve_hcall {
	struct hve_vp *vp;
	unsigned int vtl;
	const struct hve_hcall_row *row;
	u64 control;
	u64 param[2];			/* GPAs, or the fast parameters */
	bool fast;
	bool long64;			/* 64-bit caller */
	unsigned int cpl;		/* of the caller: 0 or it is refused */
	u16 rep_count;
	u16 rep_start;
	u16 rep_done;			/* absolute */
	u32 var_bytes;			/* size of the variable header */
	u32 in_bytes;			/* header and elements */
	u32 out_bytes;			/* elements of all reps, or output */
	enum hve_hcall_action action;	/* a handler's wish beside a status */
	u64 deadline_ns;		/* bound of the running time */
	void *in;			/* [c] page: the one copy of the input */
	void *out;			/* [c] page */
	u64 xmm[12];			/* XMM0..XMM5 */
	unsigned long vp_mask[HVE_MAX_VPS / (8 * sizeof(unsigned long))];
};

struct hve_vp_vtl {
	struct hve_overlay assist;	/* [v] */
	bool eoi_offer_lost;		/* [v] assist page went while armed */
	struct hve_synic synic;
	struct hve_stimer stimer[HV_SYNIC_STIMER_COUNT];
};

/* The time-unhalted timer; ns as hve_host_vp_runtime_ns() counts them. */
struct hve_unhalted {
	u64 config;			/* [v] */
	u64 count;			/* [v] period, 100 ns */
	u64 due_ns;			/* [v] */
};

/* What is counted beside registers and calls: rows are in count.c. */
enum hve_use {
	HVE_USE_EOI_ASSIST_OFFERED,
	HVE_USE_EOI_ASSIST_TAKEN,
	HVE_USE_XMM_INPUT,
	HVE_USE_FAST_OUTPUT,
	HVE_USE_HCALL_CONTINUED,
	HVE_USE_STIMER_DIRECT,
	HVE_USE_STIMER_MESSAGE,
	HVE_USE_MESSAGE_DELIVERED,
	HVE_USE_MESSAGE_WAITED,
	HVE_NR_USES,
};

/* What a rejected access or call got, beside the codes of HV_STATUS. */
#define HVE_REJECT_GP		0x10000u
#define HVE_REJECT_UD		0x10001u

struct hve_reject {
	u32 what;			/* register number or call code */
	u32 status;			/* HV_STATUS or HVE_REJECT_* */
	u64 count;			/* 0: free */
};

#define HVE_NR_CALL_COUNTS	0x140
#define HVE_NR_EXT_COUNTS	8	/* the last one: all further ones */
#define HVE_NR_MSR_COUNTS	0x120
#define HVE_NR_REJECTS		32
#define HVE_NR_GATES		(32 * HVE_NR_GATE_WORDS)

/*
 * Counters of a VP.  Only its thread counts, without atomics; others read with
 * READ_ONCE().  Those of rows start at ~0: the step to 0 is the first use.
 */
struct hve_counters {
	u64 call[HVE_NR_CALL_COUNTS];	/* by code, that succeeded */
	u64 ext_call[HVE_NR_EXT_COUNTS]; /* extended ones */
	u64 msr_read[HVE_NR_MSR_COUNTS]; /* by number, that did not fault */
	u64 msr_write[HVE_NR_MSR_COUNTS];
	u64 use[HVE_NR_USES];
	u64 first_ns[HVE_NR_GATES];	/* by gate, host clock; 0: never */
	u64 rejected[HVE_NR_GATES];	/* from 0 */
	u32 last_reject[HVE_NR_GATES];
	struct hve_reject *last;	/* in reject[]: that of the last one */
	struct hve_reject reject[HVE_NR_REJECTS]; /* the last one: what did not
						   * fit
						   */
};

struct hve_vp {
	struct hve_partition *pt;	/* [c] */
	u32 vp_index;			/* [a] set by the VMM before running */
	u32 gates[HVE_NR_GATE_WORDS];	/* [a] bits of the leaves, 0 unless hv1 */
	u32 leaf_words[HVE_NR_GATE_WORDS]; /* [c] the same, as set */
	u32 spin_count;			/* [c] leaf 4 EBX */
	bool synic_by_vmm;		/* [c] SIMP, SIEFP are the VMM's */
	u64 npiep;			/* [v] NPIEP_CONFIG */
	struct hve_overlay stats[HV_STATS_PAGES]; /* [p] */
	bool stats_on;			/* [a] a page of it, or of the
					 * partition, is mapped
					 */
	struct hve_unhalted unhalted;	/* [v] */
	s64 runtime_offset_100ns;	/* [v] of a restored VP_RUNTIME */
	struct hve_hcall *hcall;	/* [c] */
	u64 timer_armed_ns;		/* [v] host timer's expiry, 0: off */
	struct hve_vp_vtl vtl[HVE_NR_VTLS];
	struct hve_counters counters;	/* [v], others read */
};

enum hve_reftime_mode {
	HVE_REFTIME_FROZEN,		/* stands still at offset */
	HVE_REFTIME_BY_TSC,		/* ((tsc * scale) >> 64) + offset */
	HVE_REFTIME_BY_CLOCK,		/* ns of the host / 100 + offset */
};

/* How reference time is computed; what the TSC page says when by TSC. */
struct hve_reftime {
	enum hve_reftime_mode mode;
	u64 scale;			/* 100 ns units per tick, 0.64 */
	s64 offset;			/* 100 ns units */
};

/* Partition-wide time keeping. */
struct hve_time {
	/*
	 * Readers in a window must not wait for a writer, hence two copies:
	 * readers use the one that is not being written (bit 0 of seq) and
	 * retry when seq has moved meanwhile.
	 */
	u32 seq;			/* [a] */
	struct hve_reftime cur[2];	/* writes [p], reads by seq */
	u32 page_sequence;		/* [p] last one of the TSC page */
	bool started;			/* [p] has a first VP been seen? */
	bool frozen;			/* [p] */
	u64 base_ns;			/* [p] clock and reference time of */
	u64 base_100ns;			/* [p] the last change */
	u64 tsc_freq;			/* [p] cur.scale belongs to it */
};

/* Registers of the synthetic debugger; the VMM is its transport. */
struct hve_syndbg {
	u64 reg[5];			/* [a] CONTROL..PENDING_BUFFER */
	u64 options;			/* [a] */
};

struct hve_partition_vtl {
	u64 guest_os_id;		/* writes [p], reads [a] */
	struct hve_overlay hypercall;	/* [p] */
	struct hve_overlay tsc_page;	/* [p] */
};

struct hve_partition {
	u32 id;				/* [c] core's number of the VM */
	struct mutex lock;		/* what is partition-wide */
	struct hve_vp **vps;		/* [a] by vp_index, HVE_MAX_VPS */
	u32 vp_limit;			/* [a] highest vp_index + 1 */
	struct hve_time time;
	u64 crash_param[HV_CRASH_NR_PARAMS]; /* [a] */
	u64 tsc_invariant_control;	/* [a] */
	u64 reenlightenment_control;	/* [a] */
	u64 tsc_emulation_control;	/* [a] */
	u64 tsc_emulation_status;	/* [a] */
	bool reenlightenment_due;	/* [a] its interrupt is to be raised */
	struct hve_syndbg syndbg;
	struct hve_overlay stats[HV_STATS_PAGES]; /* [p] */
	struct hve_id_bucket *ports;	/* [a] HVE_ID_BUCKETS; NULL: none yet */
	struct hve_id_bucket *conns;	/* [a] the same */
	bool ext_set;			/* [c] the VMM has said which extended */
	u64 ext_capabilities;		/* [c] calls there are */
	u32 nr_ports;			/* [p] */
	u32 nr_message_ports;		/* [p] */
	u32 nr_conns;			/* [p] */
	spinlock_t bell_lock;		/* outside port->lock */
	struct list_head doorbells;	/* bell_lock */
	struct hve_partition_vtl vtl[HVE_NR_VTLS];
};

#endif /* HVE_TLFS_STATE_H */
