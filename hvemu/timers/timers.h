/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reference time and synthetic timers (TLFS chapter Timers).  Register
 * handlers as in partition.h.
 */
#ifndef HVE_TIMERS_H
#define HVE_TIMERS_H

#include "../hvhost.h"
#include "../tlfs_state.h"

struct hve_overlay_change;
struct hve_record;

/**
 * hve_reftime_scale() - 100 ns units per TSC tick as a 0.64 fraction
 * @tsc_freq: Hz
 * @scale: out, rounded down
 *
 * Return: false when there is no such fraction: the TSC runs at 10 MHz or
 * slower, or is of unknown frequency.
 */
bool hve_reftime_scale(u64 tsc_freq, u64 *scale);

/**
 * hve_reftime_next_sequence() - the sequence number after @seq
 * @seq: last valid one, or 0
 *
 * Return: neither 0 nor 0xffffffff.
 */
u32 hve_reftime_next_sequence(u32 seq);

/**
 * hve_reftime_now() - the partition reference counter
 * @vp: any VP of the partition
 *
 * Takes no lock. Context: any. Return: 100 ns units.
 */
u64 hve_reftime_now(struct hve_vp *vp);

/**
 * hve_reftime_set() - let the counter go on from a value
 * @vp: any VP of the partition
 * @val_100ns: its value now
 *
 * Context: may sleep.
 */
void hve_reftime_set(struct hve_vp *vp, u64 val_100ns);

/**
 * hve_reftime_load() - the same for a partition that is restored
 * @pt: partition, its lock held
 * @vp: any VP of it; NULL: time begins with the first one
 * @val_100ns: its value now
 */
void hve_reftime_load(struct hve_partition *pt, struct hve_vp *vp,
		      u64 val_100ns);

/**
 * hve_reftime_is_promised() - has the guest been promised a constant TSC page?
 * @pt: partition
 *
 * True while it has TSC emulation enabled and its TSC is as it was.
 * Context: may sleep.
 */
bool hve_reftime_is_promised(struct hve_partition *pt);

/**
 * hve_reftime_start() - the partition has a VP now: time begins
 * @vp: that VP
 *
 * Context: may sleep.
 */
void hve_reftime_start(struct hve_vp *vp);

/**
 * hve_reftime_update() - TSC or its properties changed
 * @vp: any VP of the partition
 *
 * Context: may sleep.
 */
void hve_reftime_update(struct hve_vp *vp);

/**
 * hve_reftime_tsc_native() - the guest's TSC is emulated no longer
 * @vp: any VP of the partition
 *
 * Context: may sleep.
 */
void hve_reftime_tsc_native(struct hve_vp *vp);

/**
 * hve_reftime_freeze() - stop the counter
 * @pt: partition
 * @vp: any VP of it, or NULL when there is none
 *
 * Context: may sleep.
 */
void hve_reftime_freeze(struct hve_partition *pt, struct hve_vp *vp);

/** hve_reftime_thaw() - let it go on; as hve_reftime_freeze() */
void hve_reftime_thaw(struct hve_partition *pt, struct hve_vp *vp);
void hve_reftime_reset(struct hve_partition *pt);
void hve_reftime_destroy(struct hve_partition *pt);

int hve_reftime_page_prepare(struct hve_partition *pt, unsigned int vtl,
			     u64 val, struct hve_overlay_change *ch);
u64 hve_reftime_count_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
int hve_reftime_count_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			  u64 val);
u64 hve_reftime_page_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_reftime_page_write(struct hve_vp *vp, unsigned int vtl,
				      u32 msr, u64 val);
int hve_reftime_page_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			 u64 val);
u64 hve_reftime_tsc_freq_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
u64 hve_reftime_apic_freq_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
u64 hve_reftime_invariant_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_reftime_invariant_write(struct hve_vp *vp,
					   unsigned int vtl, u32 msr, u64 val);
int hve_reftime_invariant_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			      u64 val);

/* reenlighten.c */

/**
 * hve_reenlighten_notify() - the TSC may be another one: after a migration
 * @pt: partition
 *
 * Context: any.
 */
void hve_reenlighten_notify(struct hve_partition *pt);

/**
 * hve_reenlighten_emulate() - the guest's TSC was of another frequency
 * @pt: partition, its lock held
 * @tsc_freq: Hz; 0: not known
 *
 * Return: true when the TSC goes on with it, emulated; else it is native.
 */
bool hve_reenlighten_emulate(struct hve_partition *pt, u64 tsc_freq);

/**
 * hve_reenlighten_process() - raise the interrupt if @vp is its target
 * @vp: the caller's VP
 */
void hve_reenlighten_process(struct hve_vp *vp);
void hve_reenlighten_reset(struct hve_partition *pt);
u64 hve_reenlighten_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_reenlighten_write(struct hve_vp *vp, unsigned int vtl,
				     u32 msr, u64 val);
int hve_reenlighten_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);

/* stimer.c */
void hve_stimer_reset(struct hve_vp *vp);
void hve_stimer_destroy(struct hve_vp *vp);

/**
 * hve_stimer_process() - signal what has expired, arm the host's timer
 * @vp: the caller's VP
 *
 * In a window only direct timers are signalled; the others request themselves
 * for outside. Context: any of the VP's thread.
 */
void hve_stimer_process(struct hve_vp *vp);

/**
 * hve_stimer_stamp() - delivery time into messages about to be delivered
 * @vp: the caller's VP
 *
 * Context: outside.
 */
void hve_stimer_stamp(struct hve_vp *vp);

/* CONFIG at even numbers, COUNT at odd ones */
u64 hve_stimer_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_stimer_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
				u64 val);
int hve_stimer_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);

/* time_record.c */
extern const struct hve_record hve_reenlighten_record;
extern const struct hve_record hve_tsc_page_record;
extern const struct hve_record hve_reftime_record;
extern const struct hve_record hve_stimers_record;
extern const struct hve_record hve_unhalted_record;

/* unhalted.c */
void hve_unhalted_reset(struct hve_vp *vp);

/**
 * hve_unhalted_process() - signal it when the VP has run for long enough
 * @vp: the caller's VP
 *
 * Context: outside.
 */
void hve_unhalted_process(struct hve_vp *vp);
u64 hve_unhalted_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_unhalted_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
				  u64 val);
int hve_unhalted_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);

/**
 * hve_stimer_request_all() - reference time has changed: look at all timers
 * @pt: partition
 *
 * Context: any.
 */
void hve_stimer_request_all(struct hve_partition *pt);

#endif /* HVE_TIMERS_H */
