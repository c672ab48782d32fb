// SPDX-License-Identifier: GPL-2.0
/* What tests do with the host: eventfds, hypercalls, another partition on it. */
#include "fake_host.h"

#include <linux/string.h>

#include "hv/hv_hypercall.h"

struct hve_partition far_pt;
struct hve_vp far_vp;

void far_setup(void)
{
	memset(&far_pt, 0, sizeof(far_pt));
	memset(&far_vp, 0, sizeof(far_vp));
	CHECK(!hve_tlfs_partition_init(&far_pt));
	CHECK(!hve_tlfs_vp_init(&far_vp, &far_pt, 0));
	give_cpuid(&far_vp);
}

void far_teardown(void)
{
	hve_tlfs_ports_release(&far_pt);
	hve_tlfs_vp_destroy(&far_vp);
	hve_tlfs_partition_destroy(&far_pt);
}

void far_run_requests(void)
{
	unsigned long reqs = fake.far_reqs;

	fake.far_reqs = 0;
	hve_tlfs_process_requests(&far_vp, reqs);
}

int hve_host_l2_flush(struct hve_vp *v, u64 space)
{
	(void)v;
	shim_assert(!fake.window);
	if (fake.no_l2)
		return -ENODEV;
	fake.l2_space = space;
	return 0;
}

/* An eventfd is a counter. */
void hve_host_event_signal(void *event)
{
	__atomic_fetch_add((unsigned int *)event, 1, __ATOMIC_RELAXED);
}

void hve_host_event_put(void *event)
{
	(void)event;
	shim_assert(!fake.window && !shim_spinlocks_held);
	fake.nr_event_puts++;
}

enum hve_hcall_action hcall_action(u64 control, u64 p1, u64 p2)
{
	gpr[1] = control;
	gpr[2] = p1;
	gpr[8] = p2;
	return hve_tlfs_hypercall(&vp[0], 0, gpr);
}

u64 hcall(u64 control, u64 p1, u64 p2)
{
	CHECK_EQ(hcall_action(control, p1, p2), HVE_HCALL_DONE);
	return gpr[0];
}

void open_hypercalls(void)
{
	CHECK_EQ(wr(HV_X64_MSR_GUEST_OS_ID, OS_ID), HVE_NO_FAULT);
}

/* --- the machine behind pages and extended calls --- */

bool hve_host_eoi_is_free(void)
{
	return fake.free_eoi;
}

u32 hve_host_lp_count(void)
{
	return 5;
}

u64 hve_host_vp_stats(struct hve_vp *v, u64 *vpv)
{
	unsigned int i;

	for (i = 1; i <= HV_STATS_VPV_LAST; i++)
		vpv[i] += fake.machine_stats;
	return fake.machine_stats * 1000;
}

/* Two ranges, one that the fake's pages have been before. */
u32 hve_host_boot_zeroed(struct hve_vp *v, struct hv_page_range *out, u32 max)
{
	out[0] = (struct hv_page_range){ 0x100, 0x200 };
	out[1] = (struct hv_page_range){ 0x800, 0x10 };
	return max < 2 ? max : 2;
}
