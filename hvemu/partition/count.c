// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of what a guest uses and what it is refused.  They are for people:
 * no state of the guest, not reset with it and not saved.
 */
#include "partition.h"

#include <linux/string.h>

static_assert(HVE_GATE_HV1 < HVE_NR_GATES);

const struct hve_use_row hve_use_rows[HVE_NR_USES] = {
	[HVE_USE_EOI_ASSIST_OFFERED] = {
		"EOI assist offered", HV_ACCESS_INTR_CTRL_REGS },
	[HVE_USE_EOI_ASSIST_TAKEN] = {
		"EOI assist taken", HV_ACCESS_INTR_CTRL_REGS },
	[HVE_USE_XMM_INPUT] = {
		"hypercall input in XMM", HV_FEATURE_XMM_INPUT },
	[HVE_USE_FAST_OUTPUT] = {
		"hypercall output in registers", HV_FEATURE_XMM_OUTPUT },
	[HVE_USE_HCALL_CONTINUED] = {
		"hypercall continued", HV_ACCESS_HYPERCALL_MSRS },
	[HVE_USE_STIMER_DIRECT] = {
		"direct timer fired", HV_FEATURE_DIRECT_STIMERS },
	[HVE_USE_STIMER_MESSAGE] = {
		"message timer fired", HV_ACCESS_SYNTHETIC_TIMER_REGS },
	[HVE_USE_MESSAGE_DELIVERED] = {
		"message delivered", HV_ACCESS_SYNIC_REGS },
	[HVE_USE_MESSAGE_WAITED] = {
		"message waited for its slot", HV_ACCESS_SYNIC_REGS },
};

void hve_counters_init(struct hve_vp *vp)
{
	struct hve_counters *c = &vp->counters;

	memset(c->call, 0xff, sizeof(c->call));
	memset(c->ext_call, 0xff, sizeof(c->ext_call));
	memset(c->msr_read, 0xff, sizeof(c->msr_read));
	memset(c->msr_write, 0xff, sizeof(c->msr_write));
	memset(c->use, 0xff, sizeof(c->use));
	c->last = c->reject;
}

void hve_count_first(struct hve_vp *vp, unsigned int gate)
{
	u64 *first = &vp->counters.first_ns[gate], tsc;

	/* another row of the same gate may have been before */
	if (!*first)
		WRITE_ONCE(*first, hve_host_clock_pair(vp, &tsc));
}

/* The slot of a reason; the last one is that of all that have none. */
struct hve_reject *hve_count_reject_slot(struct hve_counters *c, u32 what,
					 u32 status)
{
	struct hve_reject *r = c->reject;
	unsigned int i;

	for (i = 0; i < HVE_NR_REJECTS - 1; i++, r++) {
		if (!r->count) {
			r->what = what;
			r->status = status;
			break;
		}
		if (r->what == what && r->status == status)
			break;
	}
	c->last = r;
	return r;
}
