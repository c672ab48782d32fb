// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic time-unhalted timer (TLFS, "Synthetic Time-Unhalted Timer
 * MSRs"): a periodic interrupt by the time that the VP has run, not by the
 * time that has passed.
 */
#include "timers.h"

#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "../partition/partition.h"

#define NMI_VECTOR	2

/* Longer ones do not end, and their sums do not overflow. */
#define PERIOD_MAX_100NS	0x0100000000000000ull

static u64 period_ns(const struct hve_unhalted *ut)
{
	return ut->count * 100;
}

static bool is_running(const struct hve_unhalted *ut)
{
	return (ut->config & HV_STIME_UNHALTED_ENABLED) && ut->count &&
	       ut->count < PERIOD_MAX_100NS;
}

static void arm(struct hve_vp *vp, const struct hve_unhalted *ut)
{
	hve_host_runtime_timer(vp, is_running(ut) ? ut->due_ns : 0);
}

/* A period begins now, or none. */
static void restart(struct hve_vp *vp, struct hve_unhalted *ut)
{
	ut->due_ns = hve_host_vp_runtime_ns(vp) + period_ns(ut);
	arm(vp, ut);
}

static void fire(struct hve_vp *vp, unsigned int vtl, u8 vector)
{
	struct hv_vp_assist_page *page = hve_vp_assist_page(vp, vtl);

	if (page)
		WRITE_ONCE(page->synthetic_time_unhalted_timer_expired, 1);
	/* "Vectors ==2 send an NMI, other vectors send a fixed interrupt" */
	if (vector == NMI_VECTOR)
		hve_host_nmi_raise(vp, vtl);
	else
		hve_host_irq_raise(vp, vtl, vector, false);
}

void hve_unhalted_process(struct hve_vp *vp)
{
	struct hve_unhalted *ut = &vp->unhalted;
	u64 now = hve_host_vp_runtime_ns(vp);

	if (!is_running(ut))
		return;
	if (now >= ut->due_ns) {
		fire(vp, 0, ut->config);
		/* one interrupt for all periods that are over */
		ut->due_ns += (div64_u64(now - ut->due_ns, period_ns(ut)) + 1) *
			      period_ns(ut);
	}
	arm(vp, ut);
}

void hve_unhalted_reset(struct hve_vp *vp)
{
	memset(&vp->unhalted, 0, sizeof(vp->unhalted));
	hve_host_runtime_timer(vp, 0);
}

u64 hve_unhalted_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return msr == HV_X64_MSR_STIME_UNHALTED_TIMER_COUNT ?
	       vp->unhalted.count : vp->unhalted.config;
}

/* SPEC?: "other vectors": those that a fixed interrupt cannot have, no. */
static bool config_is_valid(u64 val)
{
	u8 vector = val;

	if (val & HV_STIME_UNHALTED_RSVDZ)
		return false;
	return !(val & HV_STIME_UNHALTED_ENABLED) || vector == NMI_VECTOR ||
	       vector >= 16;
}

int hve_unhalted_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	struct hve_unhalted *ut = &vp->unhalted;

	if (msr == HV_X64_MSR_STIME_UNHALTED_TIMER_COUNT)
		ut->count = val;
	else if (config_is_valid(val))
		ut->config = val;
	else
		return -EINVAL;
	restart(vp, ut);
	return 0;
}

enum hve_fault hve_unhalted_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
				  u64 val)
{
	return hve_unhalted_set(vp, vtl, msr, val) ? HVE_GP : HVE_NO_FAULT;
}

struct unhalted_state {
	u64 config;
	u64 count;
	u64 left_ns;		/* of the period */
};

static_assert(sizeof(struct unhalted_state) == 24);

static u32 unhalted_save(struct hve_record_io *io)
{
	const struct hve_unhalted *ut = &io->vp->unhalted;
	struct unhalted_state *out = io->data;
	u64 now = hve_host_vp_runtime_ns(io->vp);

	out->config = ut->config;
	out->count = ut->count;
	if (is_running(ut) && ut->due_ns > now)
		out->left_ns = ut->due_ns - now;
	return sizeof(*out);
}

static int unhalted_check(struct hve_record_io *io)
{
	const struct unhalted_state *in = io->data;

	return !config_is_valid(in->config) ||
	       in->left_ns / 100 > PERIOD_MAX_100NS ? -EINVAL : 0;
}

static void unhalted_load(struct hve_record_io *io)
{
	const struct unhalted_state *in = io->data;
	struct hve_unhalted *ut = &io->vp->unhalted;

	ut->config = in->config;
	ut->count = in->count;
	ut->due_ns = hve_host_vp_runtime_ns(io->vp) + in->left_ns;
	arm(io->vp, ut);
}

const struct hve_record hve_unhalted_record = {
	.id = HVE_RECORD_UNHALTED,
	.version = 1,
	.optional = true,
	.min_bytes = 24,
	.bytes = sizeof(struct unhalted_state),
	.save = unhalted_save,
	.check = unhalted_check,
	.load = unhalted_load,
};
