/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Partitions and virtual processors: discovery, privileges, the VP table,
 * overlay pages, crash and reset registers (TLFS chapters Feature Discovery,
 * Partition Properties, Virtual Processors).
 *
 * Register handlers all have one of three forms; read handlers never fault,
 * as a register that cannot be read has none, and serve the host as well:
 *	u64 x_read(vp, vtl, msr)
 *	enum hve_fault x_write(vp, vtl, msr, val)
 *	int x_set(vp, vtl, msr, val)
 */
#ifndef HVE_PARTITION_H
#define HVE_PARTITION_H

#include "../hvhost.h"
#include "../tlfs_state.h"
#include "hv/hv_discovery.h"

/**
 * hve_vp_has() - does the VP have a privilege, feature or recommendation?
 * @vp: VP
 * @gate: bit number of hv_discovery.h, or HVE_GATE_HV1
 */
static inline bool hve_vp_has(const struct hve_vp *vp, unsigned int gate)
{
	return vp->gates[gate / 32] & (1u << (gate % 32));
}

/* count.c */

/* Something that is counted beside registers and calls */
struct hve_use_row {
	const char *name;
	u8 gate;
};

extern const struct hve_use_row hve_use_rows[HVE_NR_USES];

void hve_counters_init(struct hve_vp *vp);
void hve_count_first(struct hve_vp *vp, unsigned int gate);

/**
 * hve_count() - count a use
 * @vp: the caller's VP
 * @count: one of vp->counters that started at ~0
 * @gate: what it belongs to
 *
 * Context: any of the VP's thread.
 */
static __always_inline void hve_count(struct hve_vp *vp, u64 *count,
				      unsigned int gate)
{
	if (unlikely(!++*count))
		hve_count_first(vp, gate);
}

/**
 * hve_count_use() - count something that has no register or call
 * @vp: the caller's VP
 * @use: what
 */
static __always_inline void hve_count_use(struct hve_vp *vp, enum hve_use use)
{
	hve_count(vp, &vp->counters.use[use], hve_use_rows[use].gate);
}

struct hve_reject *hve_count_reject_slot(struct hve_counters *c, u32 what,
					 u32 status);

/**
 * hve_count_reject() - count a call or access that was refused
 * @vp: the caller's VP
 * @what: call code or register number
 * @gate: what it belongs to, HVE_GATE_HV1 when it has no row
 * @status: HV_STATUS or HVE_REJECT_*
 *
 * Context: any of the VP's thread.
 */
static __always_inline void hve_count_reject(struct hve_vp *vp, u32 what,
					     unsigned int gate, u32 status)
{
	struct hve_counters *c = &vp->counters;
	struct hve_reject *r = c->last;

	/* mostly the same thing again */
	if (unlikely(r->what != what || r->status != status))
		r = hve_count_reject_slot(c, what, status);
	/* what and status before the count that makes them valid */
	smp_store_release(&r->count, r->count + 1);
	WRITE_ONCE(c->rejected[gate], c->rejected[gate] + 1);
	WRITE_ONCE(c->last_reject[gate], status);
}

/* partition.c */
int hve_partition_init(struct hve_partition *pt);
void hve_partition_destroy(struct hve_partition *pt);
void hve_partition_vp_add(struct hve_vp *vp, u32 vp_index);
void hve_partition_vp_remove(struct hve_vp *vp);
struct hve_vp *hve_partition_vp(struct hve_partition *pt, u32 vp_index);
struct hve_vp *hve_partition_any_vp(struct hve_partition *pt);
void hve_partition_cpuid_set(struct hve_vp *vp, u32 leaf,
			     const struct hve_cpuid_regs *regs);

/* discovery.c */

/**
 * hve_discovery_leaf() - a leaf for a set of implemented gates
 * @gates: HVE_NR_GATE_WORDS words
 * @leaf: 0x40000000 and up
 * @out: registers
 *
 * Return: false when there is no such leaf.
 */
bool hve_discovery_leaf(const u32 *gates, u32 leaf,
			struct hve_cpuid_regs *out);

/**
 * hve_discovery_kvm_leaf() - the same in the shape of KVM's ioctl
 * @gates: HVE_NR_GATE_WORDS words
 * @i: 0..9
 * @out: leaf
 *
 * Return: false behind the last.
 */
bool hve_discovery_kvm_leaf(const u32 *gates, unsigned int i,
			    struct hve_cpuid_leaf *out);
void hve_discovery_fixup(struct hve_vp *vp, u32 leaf,
			 struct hve_cpuid_regs *regs);

/* profile.c */
bool hve_profile_is_valid(const struct hve_profile *p);

/**
 * hve_profile_leaf() - the @i-th leaf of a profile
 * @gates: HVE_NR_GATE_WORDS words: what is implemented
 * @p: hve_profile_is_valid()
 * @i: 0..
 * @out: leaf
 *
 * Return: false behind the last.
 */
bool hve_profile_leaf(const u32 *gates, const struct hve_profile *p,
		      unsigned int i, struct hve_cpuid_leaf *out);

/** hve_profile_knows() - has the bit its row in the profiles? */
bool hve_profile_knows(unsigned int bit);

/* overlay.c */

/**
 * hve_overlay_alloc() - make sure an overlay has its page
 * @ov: overlay
 *
 * For owners that fill the page before the guest can see it.
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int hve_overlay_alloc(struct hve_overlay *ov);

/* A change that is prepared and not yet made. */
struct hve_overlay_change {
	struct hve_partition *pt;
	unsigned int vtl;
	struct hve_overlay *ov;
	u64 val;
	u64 gpn;
	bool is_new;		/* mapped at gpn */
	bool stays;		/* where it is */
};

/**
 * hve_overlay_prepare() - all of a change that can fail
 * @pt: partition
 * @vtl: whose view of memory
 * @ov: overlay
 * @val: new register value
 * @rights: HVE_OVERLAY_*
 * @ch: out; for hve_overlay_commit() or hve_overlay_abort()
 *
 * Context: may sleep.
 * Return: 0; -EINVAL when the page is beyond the GPA space: a commit disables
 * the page then; -ENOMEM: nothing to abort.
 */
int hve_overlay_prepare(struct hve_partition *pt, unsigned int vtl,
			struct hve_overlay *ov, u64 val, u32 rights,
			struct hve_overlay_change *ch);
void hve_overlay_commit(struct hve_overlay_change *ch);
void hve_overlay_abort(struct hve_overlay_change *ch);

/**
 * hve_overlay_move() - enable, move or disable an overlay page
 * @pt: partition
 * @vtl: whose view of memory
 * @ov: overlay
 * @val: new register value: page number, reserved bits, enable bit
 * @rights: HVE_OVERLAY_*
 *
 * Context: may sleep.
 * Return: 0; -EINVAL when the page is beyond the GPA space or -ENOMEM, and
 * then nothing has changed.
 */
int hve_overlay_move(struct hve_partition *pt, unsigned int vtl,
		     struct hve_overlay *ov, u64 val, u32 rights);

/**
 * hve_overlay_move_lenient() - the same for pages that may be out of reach
 * @pt: partition
 * @vtl: whose view of memory
 * @ov: overlay
 * @val: new register value
 * @rights: HVE_OVERLAY_*
 *
 * TLFS on REFERENCE_TSC, SIMP and SIEFP: "If the specified base address is
 * beyond the end of the partition's GPA space, the page will not be accessible
 * to the guest": the register takes the value all the same.
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int hve_overlay_move_lenient(struct hve_partition *pt, unsigned int vtl,
			     struct hve_overlay *ov, u64 val, u32 rights);

/**
 * hve_overlay_reset() - disable, and forget the contents
 * @pt: partition
 * @vtl: whose view of memory
 * @ov: overlay
 */
void hve_overlay_reset(struct hve_partition *pt, unsigned int vtl,
		       struct hve_overlay *ov);

/**
 * hve_overlay_destroy() - disable and free
 * @pt: partition
 * @vtl: whose view of memory
 * @ov: overlay
 */
void hve_overlay_destroy(struct hve_partition *pt, unsigned int vtl,
			 struct hve_overlay *ov);

/**
 * hve_overlay_page() - the page while the guest can see it
 * @ov: overlay
 *
 * Return: kernel address, or NULL while it is disabled or out of reach.
 */
static inline void * __must_check
hve_overlay_page(const struct hve_overlay *ov)
{
	/* pairs with hve_overlay_move(): mapped means that there is a page */
	return smp_load_acquire(&ov->mapped) ? ov->page : NULL;
}

/* vp.c */
int hve_vp_init(struct hve_vp *vp, struct hve_partition *pt, u32 vp_index);
void hve_vp_reset(struct hve_vp *vp);
void hve_vp_destroy(struct hve_vp *vp);
u64 hve_vp_index_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
int hve_vp_index_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);
u64 hve_vp_runtime_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
int hve_vp_runtime_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);

/* npiep.c */
void hve_npiep_reset(struct hve_vp *vp);
bool hve_npiep_blocks(const struct hve_vp *vp, unsigned int insn);
u64 hve_npiep_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_npiep_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			       u64 val);
int hve_npiep_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);
u64 hve_guest_idle_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
u64 hve_vp_assist_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_vp_assist_write(struct hve_vp *vp, unsigned int vtl,
				   u32 msr, u64 val);
int hve_vp_assist_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);

/**
 * hve_vp_assist_page() - the VP assist page while the guest can see it
 * @vp: VP
 * @vtl: whose
 *
 * Return: the page or NULL.
 */
static inline struct hv_vp_assist_page * __must_check
hve_vp_assist_page(const struct hve_vp *vp, unsigned int vtl)
{
	return hve_overlay_page(&vp->vtl[vtl].assist);
}

/* stats.c; register handlers as above */
u64 hve_stats_page_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_stats_page_write(struct hve_vp *vp, unsigned int vtl,
				    u32 msr, u64 val);
int hve_stats_page_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);

/** hve_stats_update() - counters into the pages; the caller's VP, or held */
void hve_stats_update(struct hve_vp *vp);
void hve_stats_reset(struct hve_partition *pt, struct hve_overlay *ov);
void hve_stats_destroy(struct hve_partition *pt, struct hve_overlay *ov);

/* save.c */

/* The most overlay pages that one record has */
#define HVE_RECORD_PAGES	2

/**
 * struct hve_record_io - a record on its way out or in
 * @pt: partition
 * @vp: VP; of a partition's record any one, or NULL
 * @vtl: number; 0 when the record is none of a VTL
 * @data: contents; after version 1 zeroes where a blob has less
 * @bytes: room in @data, or its size
 * @kept: what ->check() hands over to ->load() or ->cancel()
 * @change: prepared by hve_record_page_check(), made before any ->load()
 * @nr_changes: of them
 */
struct hve_record_io {
	struct hve_partition *pt;
	struct hve_vp *vp;
	unsigned int vtl;
	void *data;
	u32 bytes;
	void *kept;
	struct hve_overlay_change change[HVE_RECORD_PAGES];
	unsigned int nr_changes;
};

/**
 * struct hve_record - a part of the saved state, with one owner
 * @id: of enum hve_record_id
 * @version: 1; one more each time something is appended to the contents
 * @per_vtl: there is one for each VTL
 * @optional: not there yet in the first blobs; absent means all zeroes
 * @variable: between @min_bytes and @bytes, else @bytes, all versions
 * @min_bytes: of version 1
 * @bytes: at most
 * @save: fills @io->data, zeroed and of @bytes; returns how many it took
 * @check: is it good? Does all of loading it that can fail. 0, -EINVAL, -ENOMEM
 * @load: makes the change, cannot fail
 * @cancel: what ->check() kept is not loaded, as another record is no good;
 *	may be NULL
 *
 * Sizes are multiples of 8. Records of a partition are called with pt->lock
 * held, those of a VP by its thread. Context: may sleep.
 */
struct hve_record {
	u16 id;
	u16 version;
	bool per_vtl;
	bool optional;
	bool variable;
	u32 min_bytes;
	u32 bytes;
	u32 (*save)(struct hve_record_io *io);
	int (*check)(struct hve_record_io *io);
	void (*load)(struct hve_record_io *io);
	void (*cancel)(struct hve_record_io *io);
};

/*
 * Never changed, never used again.  The order is the one they are loaded in;
 * each room has its hundred.
 */
enum hve_record_id {
	/* partition: 0x1xx */
	HVE_RECORD_CRASH	= 0x101,
	HVE_RECORD_SYNDBG	= 0x102,
	HVE_RECORD_PARTITION_STATS = 0x103,
	HVE_RECORD_VP		= 0x110,
	HVE_RECORD_VP_ASSIST	= 0x111,
	HVE_RECORD_NPIEP	= 0x112,
	HVE_RECORD_VP_STATS	= 0x113,
	/* synic: 0x2xx */
	HVE_RECORD_SYNIC	= 0x210,
	HVE_RECORD_PORT_MSGS	= 0x211,
	/* timers: 0x3xx */
	HVE_RECORD_REENLIGHTEN	= 0x301,
	HVE_RECORD_TSC_PAGE	= 0x302,
	HVE_RECORD_REFTIME	= 0x303,
	HVE_RECORD_STIMERS	= 0x310,
	HVE_RECORD_UNHALTED	= 0x311,
	/* hypercall: 0x4xx */
	HVE_RECORD_HYPERCALL	= 0x401,
};

/* The rows of this room; those of others are in their public headers */
extern const struct hve_record hve_crash_record;
extern const struct hve_record hve_syndbg_record;
extern const struct hve_record hve_vp_record;
extern const struct hve_record hve_vp_assist_record;
extern const struct hve_record hve_npiep_record;
extern const struct hve_record hve_partition_stats_record;
extern const struct hve_record hve_vp_stats_record;

/**
 * struct hve_blob - which records a blob consists of
 * @magic: its first four bytes
 * @nr: of records
 * @record: in ascending order of their ids
 */
struct hve_blob {
	u32 magic;
	unsigned int nr;
	const struct hve_record *const *record;
};

/**
 * hve_blob_bytes() - the most that a blob takes
 * @blob: which
 */
u32 hve_blob_bytes(const struct hve_blob *blob);

/**
 * hve_blob_save() - state into a blob
 * @blob: which
 * @pt: partition
 * @vp: VP; for a partition any one, or NULL
 * @buf: out, hve_blob_bytes()
 *
 * Context: may sleep. Return: its size.
 */
u32 hve_blob_save(const struct hve_blob *blob, struct hve_partition *pt,
		  struct hve_vp *vp, void *buf);

/**
 * hve_blob_load() - state from a blob, all of it or nothing
 * @blob: which
 * @pt: partition
 * @vp: VP; for a partition any one, or NULL
 * @buf: blob; nobody else writes to it
 * @bytes: its size
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: it is no good; -EOPNOTSUPP: it has a record, or more of
 * one, that only later versions know; -ENOMEM.
 */
int hve_blob_load(const struct hve_blob *blob, struct hve_partition *pt,
		  struct hve_vp *vp, const void *buf, u32 bytes);

/* A page register and the contents of its page, within a record */
struct hve_record_page {
	u64 msr;
	u8 contents[4096];
};

/**
 * hve_record_page_save() - register and contents of a page
 * @ov: overlay
 * @out: zeroed
 */
void hve_record_page_save(const struct hve_overlay *ov,
			  struct hve_record_page *out);

/**
 * hve_record_page_check() - all of a page's change that can fail
 * @io: of the record it is in
 * @ov: overlay
 * @in: saved one
 * @rights: HVE_OVERLAY_*; 0: the VMM puts its own page there
 *
 * A page that is disabled in the blob may have contents, which follow it when
 * it is enabled again; one that is out of reach stays so.
 * Return: 0 or -ENOMEM.
 */
int hve_record_page_check(struct hve_record_io *io, struct hve_overlay *ov,
			  const struct hve_record_page *in, u32 rights);

/**
 * hve_record_page_load() - contents of a page
 * @ov: overlay
 * @in: of hve_record_page_check()
 */
void hve_record_page_load(struct hve_overlay *ov,
			  const struct hve_record_page *in);

/* crash.c */
void hve_crash_reset(struct hve_partition *pt);
u64 hve_crash_param_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_crash_param_write(struct hve_vp *vp, unsigned int vtl,
				     u32 msr, u64 val);
int hve_crash_param_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);
u64 hve_crash_ctl_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_crash_ctl_write(struct hve_vp *vp, unsigned int vtl,
				   u32 msr, u64 val);
u64 hve_reset_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_reset_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			       u64 val);

/* syndbg.c */
void hve_syndbg_reset(struct hve_partition *pt);
u64 hve_syndbg_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_syndbg_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
				u64 val);
int hve_syndbg_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);
u64 hve_syndbg_options_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_syndbg_options_write(struct hve_vp *vp, unsigned int vtl,
					u32 msr, u64 val);
int hve_syndbg_options_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			   u64 val);

#endif /* HVE_PARTITION_H */
