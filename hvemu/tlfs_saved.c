// SPDX-License-Identifier: GPL-2.0
/*
 * Front door of the TLFS half: saved state, a blob for what VPs share and one
 * for each VP.
 */
#include "tlfs.h"

#include <linux/minmax.h>
#include <linux/string.h>

#include "hypercall/hypercall.h"
#include "partition/partition.h"
#include "synic/synic.h"
#include "timers/timers.h"
#include "tlfs_state.h"

/*
 * Saved state: each row is a record of the room that owns it.  Ids ascend;
 * records are loaded in this order.
 */
static const struct hve_record *const partition_records[] = {
	&hve_crash_record,
	&hve_syndbg_record,
	&hve_partition_stats_record,
	&hve_reenlighten_record,
	&hve_tsc_page_record,
	&hve_reftime_record,
	&hve_hypercall_record,
};

static const struct hve_record *const vp_records[] = {
	&hve_vp_record,
	&hve_vp_assist_record,
	&hve_npiep_record,
	&hve_vp_stats_record,
	&hve_synic_record,
	&hve_port_msgs_record,
	&hve_stimers_record,
	&hve_unhalted_record,
};

static const struct hve_blob partition_blob = {
	0x74505648u,	/* "HVPt" */
	ARRAY_SIZE(partition_records), partition_records,
};

static const struct hve_blob vp_blob = {
	0x70565648u,	/* "HVVp" */
	ARRAY_SIZE(vp_records), vp_records,
};

u32 hve_tlfs_state_bytes(void)
{
	return hve_blob_bytes(&partition_blob);
}

u32 hve_tlfs_state_get(struct hve_partition *pt, void *buf)
{
	u32 bytes;

	mutex_lock(&pt->lock);
	bytes = hve_blob_save(&partition_blob, pt, hve_partition_any_vp(pt),
			      buf);
	mutex_unlock(&pt->lock);
	return bytes;
}

int hve_tlfs_state_set(struct hve_partition *pt, const void *buf, u32 bytes)
{
	int err;

	mutex_lock(&pt->lock);
	err = hve_blob_load(&partition_blob, pt, hve_partition_any_vp(pt), buf,
			    bytes);
	mutex_unlock(&pt->lock);
	if (!err)
		hve_stimer_request_all(pt);
	return err;
}

u32 hve_tlfs_vp_state_bytes(void)
{
	return hve_blob_bytes(&vp_blob);
}

u32 hve_tlfs_vp_state_get(struct hve_vp *vp, void *buf)
{
	return hve_blob_save(&vp_blob, vp->pt, vp, buf);
}

int hve_tlfs_vp_state_set(struct hve_vp *vp, const void *buf, u32 bytes)
{
	return hve_blob_load(&vp_blob, vp->pt, vp, buf, bytes);
}
