// SPDX-License-Identifier: GPL-2.0
/* What is saved of this room: crash parameters, run time, VP assist page. */
#include "partition.h"

#include <linux/errno.h>
#include <linux/string.h>

struct crash_state {
	u64 param[HV_CRASH_NR_PARAMS];
};

struct vp_state {
	u64 runtime_100ns;
};

struct assist_state {
	struct hve_record_page page;
};

static_assert(sizeof(struct crash_state) == 40);
static_assert(sizeof(struct vp_state) == 8);
static_assert(sizeof(struct assist_state) == 4104);

static int check_nothing(struct hve_record_io *io)
{
	return 0;
}

static u32 crash_save(struct hve_record_io *io)
{
	struct crash_state *out = io->data;

	memcpy(out->param, io->pt->crash_param, sizeof(out->param));
	return sizeof(*out);
}

static void crash_load(struct hve_record_io *io)
{
	const struct crash_state *in = io->data;
	unsigned int i;

	for (i = 0; i < HV_CRASH_NR_PARAMS; i++)
		WRITE_ONCE(io->pt->crash_param[i], in->param[i]);
}

const struct hve_record hve_crash_record = {
	.id = HVE_RECORD_CRASH,
	.version = 1,
	.min_bytes = 40,
	.bytes = sizeof(struct crash_state),
	.save = crash_save,
	.check = check_nothing,
	.load = crash_load,
};

static u32 vp_save(struct hve_record_io *io)
{
	struct vp_state *out = io->data;

	out->runtime_100ns = hve_vp_runtime_read(io->vp, 0, 0);
	return sizeof(*out);
}

static void vp_load(struct hve_record_io *io)
{
	const struct vp_state *in = io->data;

	hve_vp_runtime_set(io->vp, 0, 0, in->runtime_100ns);
}

const struct hve_record hve_vp_record = {
	.id = HVE_RECORD_VP,
	.version = 1,
	.min_bytes = 8,
	.bytes = sizeof(struct vp_state),
	.save = vp_save,
	.check = check_nothing,
	.load = vp_load,
};

static struct hve_overlay *assist_of(struct hve_record_io *io)
{
	return &io->vp->vtl[io->vtl].assist;
}

/* Nobody there knows of an offer to skip an EOI that was made here. */
static void offer_clear(void *contents)
{
	struct hv_vp_assist_page *page = contents;

	page->apic_assist &= ~HV_VIRTUAL_APIC_NO_EOI_REQUIRED;
}

static u32 assist_save(struct hve_record_io *io)
{
	struct assist_state *out = io->data;

	hve_record_page_save(assist_of(io), &out->page);
	offer_clear(out->page.contents);
	return sizeof(*out);
}

static int assist_check(struct hve_record_io *io)
{
	const struct assist_state *in = io->data;

	return hve_record_page_check(io, assist_of(io), &in->page,
				     HVE_OVERLAY_R | HVE_OVERLAY_W);
}

static void assist_load(struct hve_record_io *io)
{
	const struct assist_state *in = io->data;
	struct hve_overlay *ov = assist_of(io);

	hve_record_page_load(ov, &in->page);
	offer_clear(ov->page);
	/* nor was one made here before used by a guest of the blob */
	io->vp->vtl[io->vtl].eoi_offer_lost = true;
}

const struct hve_record hve_vp_assist_record = {
	.id = HVE_RECORD_VP_ASSIST,
	.version = 1,
	.per_vtl = true,
	.min_bytes = 4104,
	.bytes = sizeof(struct assist_state),
	.save = assist_save,
	.check = assist_check,
	.load = assist_load,
};

struct npiep_state {
	u64 config;
};

static_assert(sizeof(struct npiep_state) == 8);

static u32 npiep_save(struct hve_record_io *io)
{
	struct npiep_state *out = io->data;

	out->config = hve_npiep_read(io->vp, 0, 0);
	return sizeof(*out);
}

/* On a machine that cannot block them the guest would not notice. */
static int npiep_check(struct hve_record_io *io)
{
	const struct npiep_state *in = io->data;

	return (in->config & HV_NPIEP_RSVDZ) ||
	       (in->config && !hve_host_desc_exits_exist()) ? -EINVAL : 0;
}

static void npiep_load(struct hve_record_io *io)
{
	const struct npiep_state *in = io->data;

	hve_npiep_set(io->vp, 0, 0, in->config);
}

const struct hve_record hve_npiep_record = {
	.id = HVE_RECORD_NPIEP,
	.version = 1,
	.optional = true,
	.min_bytes = 8,
	.bytes = sizeof(struct npiep_state),
	.save = npiep_save,
	.check = npiep_check,
	.load = npiep_load,
};
