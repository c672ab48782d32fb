// SPDX-License-Identifier: GPL-2.0
/*
 * Crash and reset registers (TLFS partition-properties.md, "Partition Crash
 * Enlightenment"; vp-properties.md).
 */
#include "partition.h"

#include <linux/minmax.h>
#include <linux/string.h>

/*
 * SPEC?: the text does not say what a read has in the fields that only
 * describe the crash; all of what is passed on, so that a guest that looks
 * finds it.
 */
#define CRASH_CAPS	(HV_CRASH_CTL_CRASH_NOTIFY | \
			 HV_CRASH_CTL_CRASH_MESSAGE | \
			 HV_CRASH_CTL_NO_CRASH_DUMP | \
			 HV_CRASH_CTL_PRE_OS_ID_MASK)

static unsigned int param_of(u32 msr)
{
	return (msr - HV_X64_MSR_CRASH_P0) % HV_CRASH_NR_PARAMS;
}

void hve_crash_reset(struct hve_partition *pt)
{
	memset(pt->crash_param, 0, sizeof(pt->crash_param));
}

/*
 * SPEC?: the text gives the parameters no scope; partition-wide, as one crash
 * is reported for the partition.
 */
u64 hve_crash_param_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(vp->pt->crash_param[param_of(msr)]);
}

int hve_crash_param_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	WRITE_ONCE(vp->pt->crash_param[param_of(msr)], val);
	return 0;
}

enum hve_fault hve_crash_param_write(struct hve_vp *vp, unsigned int vtl,
				     u32 msr, u64 val)
{
	hve_crash_param_set(vp, vtl, msr, val);
	return HVE_NO_FAULT;
}

/* "To determine the guest crash capabilities, guest partitions may read ..." */
u64 hve_crash_ctl_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return CRASH_CAPS;
}

/* Context: outside. */
enum hve_fault hve_crash_ctl_write(struct hve_vp *vp, unsigned int vtl,
				   u32 msr, u64 val)
{
	struct hve_user_exit ue = { .kind = HVE_USER_CRASH };
	char *text = NULL;
	u32 len = 0;
	unsigned int i;

	/* CrashMessage is defined "in combination with CrashNotify" only. */
	if (!(val & HV_CRASH_CTL_CRASH_NOTIFY))
		return HVE_NO_FAULT;

	ue.crash.ctl = val;
	for (i = 0; i < HV_CRASH_NR_PARAMS; i++)
		ue.crash.param[i] = READ_ONCE(vp->pt->crash_param[i]);

	if (val & HV_CRASH_CTL_CRASH_MESSAGE) {
		/* SPEC?: "maximum of 4096 bytes": longer ones are cut. */
		len = min_t(u64, ue.crash.param[4], HV_CRASH_MESSAGE_MAX);
		text = vp->hcall->in;
		if (!len || hve_host_gpa_read(vp, vtl, ue.crash.param[3],
					      text, len)) {
			text = NULL;
			len = 0;
		}
	}
	hve_host_crash_log(vp, val, ue.crash.param, text, len);
	hve_host_user_exit(vp, &ue);
	return HVE_NO_FAULT;
}

u64 hve_reset_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return 0;
}

/* Context: outside. */
enum hve_fault hve_reset_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			       u64 val)
{
	struct hve_user_exit ue = { .kind = HVE_USER_RESET };

	if (val & HV_RESET_REQUEST)
		hve_host_user_exit(vp, &ue);
	return HVE_NO_FAULT;
}
