// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of the synthetic debugger: a guest's kernel debugger exchanges
 * packets with its VMM, which is the transport, by pages that it names here or
 * by hypercalls.
 *
 * SPEC?: the TLFS has their numbers and no layout.  Pages are given by address
 * and looked at by the VMM only, so that any value is taken.
 */
#include "partition.h"

#include <linux/string.h>

static u64 *reg_of(struct hve_vp *vp, u32 msr)
{
	return &vp->pt->syndbg.reg[(msr - HV_X64_MSR_SYNDBG_CONTROL) %
				   ARRAY_SIZE(vp->pt->syndbg.reg)];
}

void hve_syndbg_reset(struct hve_partition *pt)
{
	memset(&pt->syndbg, 0, sizeof(pt->syndbg));
}

u64 hve_syndbg_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(*reg_of(vp, msr));
}

int hve_syndbg_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	WRITE_ONCE(*reg_of(vp, msr), val);
	return 0;
}

/* Context: outside. */
enum hve_fault hve_syndbg_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
				u64 val)
{
	struct hve_user_exit ue = { .kind = HVE_USER_SYNDBG };
	unsigned int i;

	hve_syndbg_set(vp, vtl, msr, val);
	if (msr != HV_X64_MSR_SYNDBG_CONTROL &&
	    msr != HV_X64_MSR_SYNDBG_PENDING_BUFFER)
		return HVE_NO_FAULT;

	ue.syndbg.msr = msr;
	for (i = 0; i < ARRAY_SIZE(ue.syndbg.reg); i++)
		ue.syndbg.reg[i] = READ_ONCE(vp->pt->syndbg.reg[i]);
	hve_host_user_exit(vp, &ue);
	return HVE_NO_FAULT;
}

u64 hve_syndbg_options_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(vp->pt->syndbg.options);
}

int hve_syndbg_options_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			   u64 val)
{
	WRITE_ONCE(vp->pt->syndbg.options, val);
	return 0;
}

enum hve_fault hve_syndbg_options_write(struct hve_vp *vp, unsigned int vtl,
					u32 msr, u64 val)
{
	hve_syndbg_options_set(vp, vtl, msr, val);
	return HVE_NO_FAULT;
}

struct syndbg_state {
	u64 reg[5];
	u64 options;
};

static_assert(sizeof(struct syndbg_state) == 48);

static u32 syndbg_save(struct hve_record_io *io)
{
	struct syndbg_state *out = io->data;

	memcpy(out->reg, io->pt->syndbg.reg, sizeof(out->reg));
	out->options = io->pt->syndbg.options;
	return sizeof(*out);
}

static int syndbg_check(struct hve_record_io *io)
{
	return 0;
}

static void syndbg_load(struct hve_record_io *io)
{
	const struct syndbg_state *in = io->data;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(in->reg); i++)
		WRITE_ONCE(io->pt->syndbg.reg[i], in->reg[i]);
	WRITE_ONCE(io->pt->syndbg.options, in->options);
}

const struct hve_record hve_syndbg_record = {
	.id = HVE_RECORD_SYNDBG,
	.version = 1,
	.optional = true,
	.min_bytes = 48,
	.bytes = sizeof(struct syndbg_state),
	.save = syndbg_save,
	.check = syndbg_check,
	.load = syndbg_load,
};
