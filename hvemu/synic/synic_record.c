// SPDX-License-Identifier: GPL-2.0
/*
 * What is saved of a SynIC: registers and pages.  Messages that wait are saved
 * by the owners of their buffers.
 */
#include "synic.h"

#include "../partition/partition.h"

struct synic_state {
	u64 control;
	u64 sint[HV_SYNIC_SINT_COUNT];
	struct hve_record_page simp;
	struct hve_record_page siefp;
};

static_assert(sizeof(struct synic_state) == 17 * 8 + 2 * 4104);

static struct hve_synic *synic_of(struct hve_record_io *io)
{
	return &io->vp->vtl[io->vtl].synic;
}

static u32 synic_save(struct hve_record_io *io)
{
	struct hve_synic *synic = synic_of(io);
	struct synic_state *out = io->data;
	unsigned int i;

	out->control = READ_ONCE(synic->control);
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		out->sint[i] = READ_ONCE(synic->sint[i]);
	hve_record_page_save(&synic->simp, &out->simp);
	hve_record_page_save(&synic->siefp, &out->siefp);
	return sizeof(*out);
}

static int synic_check(struct hve_record_io *io)
{
	u32 rights = io->vp->synic_by_vmm ? 0 : HVE_OVERLAY_R | HVE_OVERLAY_W;
	const struct synic_state *in = io->data;

	return hve_record_page_check(io, &synic_of(io)->simp, &in->simp,
				     rights) ?:
	       hve_record_page_check(io, &synic_of(io)->siefp, &in->siefp,
				     rights);
}

/* Queues are empty after it: the records of their messages come later. */
static void synic_load(struct hve_record_io *io)
{
	const struct synic_state *in = io->data;
	struct hve_synic *synic = synic_of(io);
	unsigned int i;

	hve_msg_reset(synic);
	hve_record_page_load(&synic->simp, &in->simp);
	hve_record_page_load(&synic->siefp, &in->siefp);
	WRITE_ONCE(synic->control, in->control);
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		hve_synic_sint_set(io->vp, io->vtl, HV_X64_MSR_SINT0 + i,
				   in->sint[i]);
	hve_host_vp_request(io->vp, HVE_VP_REQ_SYNIC);
}

const struct hve_record hve_synic_record = {
	.id = HVE_RECORD_SYNIC,
	.version = 1,
	.per_vtl = true,
	.min_bytes = 17 * 8 + 2 * 4104,
	.bytes = sizeof(struct synic_state),
	.save = synic_save,
	.check = synic_check,
	.load = synic_load,
};
