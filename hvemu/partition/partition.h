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

/* save.c */

/* What VPs share, as it is in a blob */
struct hve_partition_regs {
	u64 now_100ns;
	u64 crash_param[HV_CRASH_NR_PARAMS];
	u64 tsc_invariant_control;
	u64 reenlightenment_control;
	u64 tsc_emulation_control;
	u64 tsc_emulation_status;
	u32 page_sequence;
	u32 reserved;
	struct {
		u64 guest_os_id;
		u64 hypercall;
		u64 tsc_page;
	} vtl[HVE_NR_VTLS];
};

/**
 * hve_vp_save() - state of a VP into a blob
 * @vp: VP, not running
 * @buf: out, hve_vp_save_bytes()
 */
void hve_vp_save(struct hve_vp *vp, void *buf);
u32 hve_vp_save_bytes(void);

/**
 * hve_vp_load() - state of a VP from a blob, all of it or nothing
 * @vp: VP, not running
 * @buf: blob
 * @bytes: its size
 *
 * Context: may sleep. Return: 0, -EINVAL, -ENOMEM.
 */
int hve_vp_load(struct hve_vp *vp, const void *buf, u32 bytes);

/**
 * hve_partition_save() - what VPs share into a blob
 * @pt: partition, no VP running
 * @now_100ns: reference time
 * @buf: out, hve_partition_save_bytes()
 */
void hve_partition_save(struct hve_partition *pt, u64 now_100ns, void *buf);
u32 hve_partition_save_bytes(void);

/**
 * hve_partition_regs() - check a blob
 * @buf: blob
 * @bytes: its size
 *
 * Return: registers within @buf, or NULL when it is no good.
 */
const struct hve_partition_regs *hve_partition_regs(const void *buf, u32 bytes);

/**
 * hve_partition_apply() - all of it that cannot fail: not time, not the pages
 * @pt: partition, its lock held
 * @regs: of hve_partition_regs()
 */
void hve_partition_apply(struct hve_partition *pt,
			 const struct hve_partition_regs *regs);

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

#endif /* HVE_PARTITION_H */
