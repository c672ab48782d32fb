// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics pages: counters of a partition and of its VPs that the guest reads
 * without asking (TLFS 2.0, chapter Statistics).
 *
 * A VP writes its own pages, and that of the partition, each time it has left
 * its window; it does so at least as often as the host has timer interrupts.
 * Counts belong to the VM of this host: they are not saved.
 */
#include "partition.h"

#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "hv/hv_hypercall.h"

#define GROUP(id, last)							\
	((struct hv_statistics_group_header){				\
		.type = (id), .version = { 0, 1 }, .length = 8 * (last),\
	})

static_assert(HV_STATISTICS_VERSION_1_0 == 1 << 16);

/* Where the groups of a page begin, in words */
#define VPA_AT	0
#define VPV_AT	(VPA_AT + 1 + HV_STATS_VPA_LAST)

static_assert(8 * (VPV_AT + 2 + HV_STATS_VPV_LAST) <= 4096);

static void group_put(u64 *at, struct hv_statistics_group_header group)
{
	memcpy(at, &group, sizeof(group));
}

/*
 * SPEC?: nothing says what the internal pages have.  Ours have no group: the
 * header that ends the list is all zeroes.
 */
static void partition_format(u64 *page)
{
	group_put(page, GROUP(HV_STATISTICS_TYPE_PA_ID, HV_STATS_PA_LAST));
}

static void vp_format(u64 *page)
{
	group_put(page + VPA_AT,
		  GROUP(HV_STATISTICS_TYPE_VPA_ID, HV_STATS_VPA_LAST));
	group_put(page + VPV_AT,
		  GROUP(HV_STATISTICS_TYPE_VPV_ID, HV_STATS_VPV_LAST));
}

static bool is_vp_msr(u32 msr)
{
	return msr >= HV_X64_MSR_STATS_VP_RETAIL;
}

static struct hve_overlay *page_of(struct hve_vp *vp, u32 msr)
{
	return is_vp_msr(msr) ? &vp->stats[msr - HV_X64_MSR_STATS_VP_RETAIL] :
		&vp->pt->stats[msr - HV_X64_MSR_STATS_PARTITION_RETAIL];
}

static void partition_lock(struct hve_vp *vp, u32 msr)
{
	if (!is_vp_msr(msr))
		mutex_lock(&vp->pt->lock);
}

static void partition_unlock(struct hve_vp *vp, u32 msr)
{
	if (!is_vp_msr(msr))
		mutex_unlock(&vp->pt->lock);
}

/* @vp: whose; NULL: the partition's */
static int page_prepare(struct hve_vp *vp, struct hve_partition *pt, u64 val,
			unsigned int i, struct hve_overlay_change *ch)
{
	struct hve_overlay *ov = vp ? &vp->stats[i] : &pt->stats[i];
	int err = hve_overlay_alloc(ov);

	if (err)
		return err;
	if (!i && vp)
		vp_format(ov->page);
	else if (!i)
		partition_format(ov->page);
	err = hve_overlay_prepare(pt, 0, ov, val, HVE_OVERLAY_R, ch);
	/* "the statistics page will not be accessible to the guest" */
	return err == -EINVAL ? 0 : err;
}

static void on_update(struct hve_vp *vp)
{
	unsigned int i;
	bool on = false;

	for (i = 0; i < HV_STATS_PAGES; i++)
		on |= READ_ONCE(vp->stats[i].mapped) ||
		      READ_ONCE(vp->pt->stats[i].mapped);
	WRITE_ONCE(vp->stats_on, on);
	if (on)
		hve_stats_update(vp);
}

u64 hve_stats_page_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(page_of(vp, msr)->msr);
}

int hve_stats_page_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	struct hve_overlay_change ch;
	int err;

	partition_lock(vp, msr);
	err = page_prepare(is_vp_msr(msr) ? vp : NULL, vp->pt, val, msr & 1,
			   &ch);
	if (!err)
		hve_overlay_commit(&ch);
	partition_unlock(vp, msr);
	if (!err)
		on_update(vp);
	return err;
}

enum hve_fault hve_stats_page_write(struct hve_vp *vp, unsigned int vtl,
				    u32 msr, u64 val)
{
	return hve_stats_page_set(vp, vtl, msr, val) ? HVE_GP : HVE_NO_FAULT;
}

static void put(u64 *page, unsigned int at, u64 val)
{
	WRITE_ONCE(page[at], val);
}

static u64 calls(const struct hve_vp *vp, u16 code)
{
	/* they begin at ~0 */
	return vp->counters.call[code] + 1;
}

static u64 accesses(const struct hve_vp *vp, u32 msr)
{
	u32 n = msr - HV_X64_MSR_GUEST_OS_ID;

	return vp->counters.msr_read[n] + vp->counters.msr_write[n] + 2;
}

static void vp_write(struct hve_vp *vp, u64 *page)
{
	u64 v[HV_STATS_VPV_LAST + 1] = {}, hypervisor_ns, spins;
	unsigned int i;

	hypervisor_ns = hve_host_vp_stats(vp, v);
	spins = calls(vp, HVCALL_NOTIFY_LONG_SPIN_WAIT);
	v[HV_STATS_VPV_APIC_EOI_ACCESSES] += accesses(vp, HV_X64_MSR_EOI);
	v[HV_STATS_VPV_APIC_TPR_ACCESSES] = accesses(vp, HV_X64_MSR_TPR);
	v[HV_STATS_VPV_ADDRESS_SPACE_SWITCHES] =
		calls(vp, HVCALL_SWITCH_VIRTUAL_ADDRESS_SPACE);
	v[HV_STATS_VPV_ADDRESS_SPACE_FLUSHES] =
		calls(vp, HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE) +
		calls(vp, HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE_EX);
	v[HV_STATS_VPV_LOCAL_GVA_FLUSHES] =
		calls(vp, HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST) +
		calls(vp, HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST_EX);
	v[HV_STATS_VPV_LONG_SPIN_WAIT_HYPERCALLS] = spins;
	v[HV_STATS_VPV_OTHER_HYPERCALLS] = v[HV_STATS_VPV_HYPERCALLS] - spins;

	put(page, VPA_AT + HV_STATS_VPA_TOTAL_RUN_TIME,
	    hve_vp_runtime_read(vp, 0, 0));
	put(page, VPA_AT + HV_STATS_VPA_HYPERVISOR_RUN_TIME,
	    div_u64(hypervisor_ns, 100));
	for (i = 1; i <= HV_STATS_VPV_LAST; i++)
		put(page, VPV_AT + i, v[i]);
}

static u32 vps_count(struct hve_partition *pt)
{
	u32 i, n = 0, limit = READ_ONCE(pt->vp_limit);

	for (i = 0; i < limit; i++)
		n += !!hve_partition_vp(pt, i);
	return n;
}

void hve_stats_update(struct hve_vp *vp)
{
	u64 *page = hve_overlay_page(&vp->stats[0]);

	if (page)
		vp_write(vp, page);
	page = hve_overlay_page(&vp->pt->stats[0]);
	if (page)
		put(page, HV_STATS_PA_VIRTUAL_PROCESSORS, vps_count(vp->pt));
}

void hve_stats_reset(struct hve_partition *pt, struct hve_overlay *ov)
{
	unsigned int i;

	for (i = 0; i < HV_STATS_PAGES; i++)
		hve_overlay_reset(pt, 0, &ov[i]);
}

void hve_stats_destroy(struct hve_partition *pt, struct hve_overlay *ov)
{
	unsigned int i;

	for (i = 0; i < HV_STATS_PAGES; i++)
		hve_overlay_destroy(pt, 0, &ov[i]);
}

/* --- saved state: where they are --- */

struct stats_state {
	u64 msr[HV_STATS_PAGES];
};

static_assert(sizeof(struct stats_state) == 16);

static u32 save(const struct hve_overlay *ov, struct stats_state *out)
{
	unsigned int i;

	for (i = 0; i < HV_STATS_PAGES; i++)
		out->msr[i] = READ_ONCE(ov[i].msr);
	return sizeof(*out);
}

static int check(struct hve_record_io *io, struct hve_vp *vp)
{
	const struct stats_state *in = io->data;
	unsigned int i;
	int err;

	for (i = 0; i < HV_STATS_PAGES; i++) {
		err = page_prepare(vp, io->pt, in->msr[i], i, &io->change[i]);
		if (err)
			return err;
		io->nr_changes++;
	}
	return 0;
}

static u32 partition_save(struct hve_record_io *io)
{
	return save(io->pt->stats, io->data);
}

static int partition_check(struct hve_record_io *io)
{
	return check(io, NULL);
}

static u32 vp_save(struct hve_record_io *io)
{
	return save(io->vp->stats, io->data);
}

static int vp_check(struct hve_record_io *io)
{
	return check(io, io->vp);
}

static void load(struct hve_record_io *io)
{
	if (io->vp)
		on_update(io->vp);
}

const struct hve_record hve_partition_stats_record = {
	.id = HVE_RECORD_PARTITION_STATS,
	.version = 1,
	.optional = true,
	.min_bytes = 16,
	.bytes = sizeof(struct stats_state),
	.save = partition_save,
	.check = partition_check,
	.load = load,
};

const struct hve_record hve_vp_stats_record = {
	.id = HVE_RECORD_VP_STATS,
	.version = 1,
	.optional = true,
	.min_bytes = 16,
	.bytes = sizeof(struct stats_state),
	.save = vp_save,
	.check = vp_check,
	.load = load,
};
