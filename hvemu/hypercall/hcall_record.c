// SPDX-License-Identifier: GPL-2.0
/* What is saved of this room: guest OS identity and the hypercall page. */
#include "hypercall.h"

#include "../partition/partition.h"

struct hypercall_state {
	u64 guest_os_id;
	u64 msr;
};

static_assert(sizeof(struct hypercall_state) == 16);

static u32 hypercall_save(struct hve_record_io *io)
{
	const struct hve_partition_vtl *v = &io->pt->vtl[io->vtl];
	struct hypercall_state *out = io->data;

	out->guest_os_id = READ_ONCE(v->guest_os_id);
	out->msr = READ_ONCE(v->hypercall.msr);
	return sizeof(*out);
}

static int hypercall_check(struct hve_record_io *io)
{
	const struct hypercall_state *in = io->data;
	int err;

	err = hve_hcall_page_prepare(io->pt, io->vtl, in->msr, &io->change[0]);
	if (!err)
		io->nr_changes = 1;
	return err;
}

static void hypercall_load(struct hve_record_io *io)
{
	const struct hypercall_state *in = io->data;

	WRITE_ONCE(io->pt->vtl[io->vtl].guest_os_id, in->guest_os_id);
}

const struct hve_record hve_hypercall_record = {
	.id = HVE_RECORD_HYPERCALL,
	.version = 1,
	.per_vtl = true,
	.min_bytes = 16,
	.bytes = sizeof(struct hypercall_state),
	.save = hypercall_save,
	.check = hypercall_check,
	.load = hypercall_load,
};
