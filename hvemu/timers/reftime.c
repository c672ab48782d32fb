// SPDX-License-Identifier: GPL-2.0
/*
 * The partition reference counter and the reference TSC page (TLFS timers.md,
 * "Partition Reference Time").
 *
 * While guests may derive time from their TSC, the counter is computed by the
 * very formula and from the very numbers of the page, so that a guest that
 * changes over from one to the other sees no step.  Otherwise the page says
 * "not available" and the counter follows the host's clock.
 */
#include "timers.h"

#include <linux/errno.h>
#include <linux/math64.h>

#include "../partition/partition.h"

#define REFTIME_FREQ	10000000ull	/* 100 ns units a second */

bool hve_reftime_scale(u64 tsc_freq, u64 *scale)
{
	u64 rem = REFTIME_FREQ;
	u64 quot = 0;
	unsigned int i;

	/* the fraction must be below 1, and rem must not overflow below */
	if (tsc_freq <= REFTIME_FREQ || tsc_freq >> 63)
		return false;

	/* (REFTIME_FREQ << 64) / tsc_freq, bit by bit: rare, and exact */
	for (i = 0; i < 64; i++) {
		rem <<= 1;
		quot <<= 1;
		if (rem >= tsc_freq) {
			rem -= tsc_freq;
			quot |= 1;
		}
	}
	*scale = quot;
	return true;
}

/*
 * SPEC?: "A special value of 0x0 is used to indicate that this facility is no
 * longer a reliable source"; the first edition excludes 0xffffffff as well and
 * guests written for it treat that as invalid.
 */
u32 hve_reftime_next_sequence(u32 seq)
{
	seq++;
	if (seq == HV_TSC_SEQUENCE_INVALID || seq == 0xffffffffu)
		seq = 1;
	return seq;
}

static u64 ticks_to_100ns(const struct hve_reftime *rt, u64 tsc)
{
	return mul_u64_u64_shr(tsc, rt->scale, 64) + rt->offset;
}

static u64 clock_to_100ns(struct hve_vp *vp)
{
	u64 tsc;

	return div_u64(hve_host_clock_pair(vp, &tsc), 100);
}

/* Apart, to keep the usual path without a stack frame. */
static noinline u64 now_not_by_tsc(struct hve_vp *vp, enum hve_reftime_mode mode,
				   s64 offset)
{
	return mode == HVE_REFTIME_BY_CLOCK ? clock_to_100ns(vp) + offset :
					      offset;
}

u64 hve_reftime_now(struct hve_vp *vp)
{
	const struct hve_time *time = &vp->pt->time;
	const struct hve_reftime *rt;
	enum hve_reftime_mode mode;
	u64 scale;
	s64 offset;
	u32 seq;

	do {
		/* pairs with the first smp_wmb() in params_publish() */
		seq = smp_load_acquire(&time->seq);
		rt = &time->cur[seq & 1];
		mode = READ_ONCE(rt->mode);
		scale = READ_ONCE(rt->scale);
		offset = READ_ONCE(rt->offset);
		smp_rmb();	/* pairs with the second one */
	} while (unlikely(READ_ONCE(time->seq) != seq));

	if (unlikely(mode != HVE_REFTIME_BY_TSC))
		return now_not_by_tsc(vp, mode, offset);
	return mul_u64_u64_shr(hve_host_tsc_now(vp), scale, 64) + offset;
}

/* First the copy nobody reads after the step of seq, then the other. */
static void params_publish(struct hve_time *time, const struct hve_reftime *rt)
{
	u32 seq = time->seq;
	struct hve_reftime *to = &time->cur[(seq + 1) & 1];

	/* readers are at seq & 1: write the other, then send them there */
	WRITE_ONCE(to->mode, rt->mode);
	WRITE_ONCE(to->scale, rt->scale);
	WRITE_ONCE(to->offset, rt->offset);
	smp_wmb();	/* the copy before the step that leads to it */
	WRITE_ONCE(time->seq, seq + 1);
	smp_wmb();	/* the step before the next use of the old copy */
}

static void page_publish(struct hve_partition *pt)
{
	struct hve_time *time = &pt->time;
	const struct hve_reftime *rt = &time->cur[time->seq & 1];
	bool valid = rt->mode == HVE_REFTIME_BY_TSC;
	struct hv_reference_tsc_page *page;
	unsigned int vtl;

	if (valid)
		time->page_sequence =
			hve_reftime_next_sequence(time->page_sequence);

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		page = pt->vtl[vtl].tsc_page.page;
		if (!page)
			continue;
		/*
		 * A guest in its read loop must never see an old sequence
		 * with new data.
		 */
		WRITE_ONCE(page->tsc_sequence, HV_TSC_SEQUENCE_INVALID);
		smp_wmb();	/* invalid before the data */
		if (!valid)
			continue;
		WRITE_ONCE(page->tsc_scale, rt->scale);
		WRITE_ONCE(page->tsc_offset, rt->offset);
		smp_wmb();	/* the data before the sequence */
		WRITE_ONCE(page->tsc_sequence, time->page_sequence);
	}
}

/* From now, which is val_100ns, on. */
static void time_continue(struct hve_vp *vp, u64 val_100ns)
{
	struct hve_partition *pt = vp->pt;
	struct hve_time *time = &pt->time;
	struct hve_reftime rt = { .mode = HVE_REFTIME_FROZEN };
	u64 ns, tsc;

	lockdep_assert_held(&pt->lock);

	ns = hve_host_clock_pair(vp, &tsc);
	time->base_ns = ns;
	time->base_100ns = val_100ns;
	time->tsc_freq = hve_host_tsc_freq(pt);

	if (time->frozen) {
		rt.offset = val_100ns;
	} else if (hve_host_tsc_is_stable(pt) &&
		   hve_reftime_scale(time->tsc_freq, &rt.scale)) {
		rt.mode = HVE_REFTIME_BY_TSC;
		rt.offset = val_100ns - mul_u64_u64_shr(tsc, rt.scale, 64);
	} else {
		rt.mode = HVE_REFTIME_BY_CLOCK;
		rt.offset = val_100ns - div_u64(ns, 100);
	}
	params_publish(time, &rt);
	page_publish(pt);
}

/*
 * The value of the counter across a change.  The host's clock tells it for
 * any change; but where the TSC simply ran on, its own value is taken, so
 * that the small difference between the two clocks makes no step.
 */
static u64 time_across_change(struct hve_vp *vp)
{
	struct hve_time *time = &vp->pt->time;
	const struct hve_reftime *rt = &time->cur[time->seq & 1];
	u64 elapsed, by_clock, by_tsc, ns, tsc, diff;

	if (time->frozen)
		return rt->offset;

	ns = hve_host_clock_pair(vp, &tsc);
	elapsed = div_u64(ns - time->base_ns, 100);
	by_clock = time->base_100ns + elapsed;
	if (rt->mode != HVE_REFTIME_BY_TSC ||
	    time->tsc_freq != hve_host_tsc_freq(vp->pt))
		return by_clock;

	by_tsc = ticks_to_100ns(rt, tsc);
	diff = by_tsc > by_clock ? by_tsc - by_clock : by_clock - by_tsc;
	/* 1/1024 is beyond what calibrations differ; 1 ms for short times */
	return diff <= elapsed / 1024 + 10000 ? by_tsc : by_clock;
}

/*
 * "A partition's reference time counter is initialized to zero when the
 * partition is created": with its first VP, before which nobody can look.
 */
void hve_reftime_start(struct hve_vp *vp)
{
	struct hve_partition *pt = vp->pt;

	mutex_lock(&pt->lock);
	if (!pt->time.started) {
		pt->time.started = true;
		time_continue(vp, pt->time.base_100ns);
	}
	mutex_unlock(&pt->lock);
}

void hve_reftime_load(struct hve_partition *pt, struct hve_vp *vp,
		      u64 val_100ns)
{
	lockdep_assert_held(&pt->lock);
	pt->time.base_100ns = val_100ns;
	if (vp) {
		pt->time.started = true;
		time_continue(vp, val_100ns);
	}
}

void hve_reftime_set(struct hve_vp *vp, u64 val_100ns)
{
	struct hve_partition *pt = vp->pt;

	mutex_lock(&pt->lock);
	hve_reftime_load(pt, vp, val_100ns);
	mutex_unlock(&pt->lock);
}

bool hve_reftime_is_promised(struct hve_partition *pt)
{
	struct hve_time *time = &pt->time;
	bool same;

	mutex_lock(&pt->lock);
	same = time->cur[time->seq & 1].mode == HVE_REFTIME_BY_TSC &&
	       time->tsc_freq == hve_host_tsc_freq(pt) &&
	       hve_host_tsc_is_stable(pt);
	mutex_unlock(&pt->lock);
	return same && (READ_ONCE(pt->tsc_emulation_control) &
			HV_TSC_EMULATION_ENABLED);
}

void hve_reftime_update(struct hve_vp *vp)
{
	struct hve_partition *pt = vp->pt;

	mutex_lock(&pt->lock);
	if (pt->time.started) {
		if (pt->time.tsc_freq != hve_host_tsc_freq(pt))
			hve_reenlighten_notify(pt);
		time_continue(vp, time_across_change(vp));
	}
	mutex_unlock(&pt->lock);
}

#define STOP_MARGIN_100NS	100

/*
 * Stops the counter at a value that no reader has seen more than: one that
 * stopped where it is might be behind what another VP has just read.
 */
static u64 time_stop(struct hve_vp *vp)
{
	struct hve_time *time = &vp->pt->time;
	const struct hve_reftime old = time->cur[time->seq & 1];
	u64 margin = STOP_MARGIN_100NS, val;

	if (old.mode != HVE_REFTIME_BY_TSC)
		return time_across_change(vp);
	do {
		val = ticks_to_100ns(&old, hve_host_tsc_now(vp)) + margin;
		margin *= 2;
		time->frozen = true;
		time_continue(vp, val);
		smp_mb();	/* what readers could see, after it is published */
	} while (ticks_to_100ns(&old, hve_host_tsc_now(vp)) > val);
	return val;
}

/* The TSC changes its frequency under the readers. */
static void tsc_native(struct hve_vp *vp)
{
	struct hve_partition *pt = vp->pt;
	bool frozen = pt->time.frozen;
	u64 val;

	if (hve_host_tsc_freq(pt) == hve_host_tsc_freq_native(pt))
		return;
	val = time_stop(vp);
	hve_host_tsc_emulate(pt, 0);
	WRITE_ONCE(pt->tsc_emulation_status, 0);
	pt->time.frozen = frozen;
	time_continue(vp, val);
}

void hve_reftime_tsc_native(struct hve_vp *vp)
{
	mutex_lock(&vp->pt->lock);
	tsc_native(vp);
	mutex_unlock(&vp->pt->lock);
}

/* Without a VP time has not begun: then it begins so. */
static void frozen_set(struct hve_partition *pt, struct hve_vp *vp, bool frozen)
{
	u64 now;

	mutex_lock(&pt->lock);
	if (pt->time.frozen != frozen) {
		now = vp ? time_across_change(vp) : 0;
		pt->time.frozen = frozen;
		if (vp)
			time_continue(vp, now);
	}
	mutex_unlock(&pt->lock);
}

void hve_reftime_freeze(struct hve_partition *pt, struct hve_vp *vp)
{
	frozen_set(pt, vp, true);
}

void hve_reftime_thaw(struct hve_partition *pt, struct hve_vp *vp)
{
	frozen_set(pt, vp, false);
}

/* The counter itself runs on: a reset is no new partition. */
void hve_reftime_reset(struct hve_partition *pt)
{
	struct hve_vp *vp = hve_partition_any_vp(pt);
	unsigned int vtl;

	mutex_lock(&pt->lock);
	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++)
		hve_overlay_reset(pt, vtl, &pt->vtl[vtl].tsc_page);
	pt->tsc_invariant_control = 0;
	hve_reenlighten_reset(pt);
	if (vp)
		tsc_native(vp);
	mutex_unlock(&pt->lock);
}

void hve_reftime_destroy(struct hve_partition *pt)
{
	unsigned int vtl;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++)
		hve_overlay_destroy(pt, vtl, &pt->vtl[vtl].tsc_page);
}

u64 hve_reftime_count_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return hve_reftime_now(vp);
}

/*
 * A VMM restores registers VP by VP, each with the counter as it was when that
 * VP was saved: it must not go back.
 */
int hve_reftime_count_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			  u64 val)
{
	if (val > hve_reftime_now(vp))
		hve_reftime_set(vp, val);
	return 0;
}

u64 hve_reftime_page_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(vp->pt->vtl[vtl].tsc_page.msr);
}

/* SPEC?: the text gives no access rights; a guest has nothing to write here. */
int hve_reftime_page_prepare(struct hve_partition *pt, unsigned int vtl,
			     u64 val, struct hve_overlay_change *ch)
{
	struct hve_overlay *ov = &pt->vtl[vtl].tsc_page;
	int err;

	lockdep_assert_held(&pt->lock);
	ch->is_new = false;
	if ((val & HV_MSR_PAGE_ENABLE) && !ov->mapped) {
		/* valid before the guest can see it */
		err = hve_overlay_alloc(ov);
		if (err)
			return err;
		page_publish(pt);
	}
	err = hve_overlay_prepare(pt, vtl, ov, val, HVE_OVERLAY_R, ch);
	/* out of reach: "will not be accessible to the guest" */
	return err == -EINVAL ? 0 : err;
}

int hve_reftime_page_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			 u64 val)
{
	struct hve_partition *pt = vp->pt;
	struct hve_overlay_change ch;
	int err;

	mutex_lock(&pt->lock);
	err = hve_reftime_page_prepare(pt, vtl, val, &ch);
	if (!err)
		hve_overlay_commit(&ch);
	mutex_unlock(&pt->lock);
	return err;
}

enum hve_fault hve_reftime_page_write(struct hve_vp *vp, unsigned int vtl,
				      u32 msr, u64 val)
{
	return hve_reftime_page_set(vp, vtl, msr, val) ? HVE_GP : HVE_NO_FAULT;
}

u64 hve_reftime_tsc_freq_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	/*
	 * SPEC?: while the TSC is emulated this is the frequency that it will
	 * have: what the guest needs to know to end that.
	 */
	return hve_host_tsc_freq_native(vp->pt);
}

u64 hve_reftime_apic_freq_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return hve_host_apic_freq(vp->pt);
}

u64 hve_reftime_invariant_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(vp->pt->tsc_invariant_control);
}

int hve_reftime_invariant_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			      u64 val)
{
	if (val & ~HV_EXPOSE_INVARIANT_TSC)
		return -EINVAL;
	WRITE_ONCE(vp->pt->tsc_invariant_control, val);
	return 0;
}

/*
 * SPEC?: in no edition.  As guests use it: bit 0 can be set, once, and all
 * else faults.
 */
enum hve_fault hve_reftime_invariant_write(struct hve_vp *vp,
					   unsigned int vtl, u32 msr, u64 val)
{
	if (val & ~HV_EXPOSE_INVARIANT_TSC)
		return HVE_GP;
	if (!val && READ_ONCE(vp->pt->tsc_invariant_control))
		return HVE_GP;
	WRITE_ONCE(vp->pt->tsc_invariant_control, val);
	return HVE_NO_FAULT;
}
