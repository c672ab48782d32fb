// SPDX-License-Identifier: GPL-2.0
/*
 * What is saved of this room: reference time, its page, reenlightenment, and
 * the timers of a VP with their messages that wait.
 */
#include "timers.h"

#include <linux/errno.h>

#include "../partition/partition.h"
#include "../synic/synic.h"

struct reenlighten_state {
	u64 control;
	u64 emulation_control;
	u64 emulation_status;
	u64 tsc_freq;		/* since version 2 */
};

static_assert(sizeof(struct reenlighten_state) == 32);

static u32 reenlighten_save(struct hve_record_io *io)
{
	struct reenlighten_state *out = io->data;

	out->control = READ_ONCE(io->pt->reenlightenment_control);
	out->emulation_control = READ_ONCE(io->pt->tsc_emulation_control);
	out->emulation_status = READ_ONCE(io->pt->tsc_emulation_status);
	out->tsc_freq = hve_host_tsc_freq(io->pt);
	return sizeof(*out);
}

static int reenlighten_check(struct hve_record_io *io)
{
	return 0;
}

static void reenlighten_load(struct hve_record_io *io)
{
	const struct reenlighten_state *in = io->data;
	struct hve_partition *pt = io->pt;

	WRITE_ONCE(pt->reenlightenment_control, in->control);
	WRITE_ONCE(pt->tsc_emulation_control, in->emulation_control);
	hve_reenlighten_emulate(pt, in->tsc_freq);
	/* "will inject an interrupt ... after each migration" */
	hve_reenlighten_notify(pt);
}

const struct hve_record hve_reenlighten_record = {
	.id = HVE_RECORD_REENLIGHTEN,
	.version = 2,
	.min_bytes = 24,
	.bytes = sizeof(struct reenlighten_state),
	.save = reenlighten_save,
	.check = reenlighten_check,
	.load = reenlighten_load,
};

struct tsc_page_state {
	u64 msr;
};

static u32 tsc_page_save(struct hve_record_io *io)
{
	struct tsc_page_state *out = io->data;

	out->msr = READ_ONCE(io->pt->vtl[io->vtl].tsc_page.msr);
	return sizeof(*out);
}

static int tsc_page_check(struct hve_record_io *io)
{
	const struct tsc_page_state *in = io->data;
	int err;

	err = hve_reftime_page_prepare(io->pt, io->vtl, in->msr,
				       &io->change[0]);
	if (!err)
		io->nr_changes = 1;
	return err;
}

/* Its contents follow from the time. */
static void tsc_page_load(struct hve_record_io *io)
{
}

const struct hve_record hve_tsc_page_record = {
	.id = HVE_RECORD_TSC_PAGE,
	.version = 1,
	.per_vtl = true,
	.min_bytes = 8,
	.bytes = sizeof(struct tsc_page_state),
	.save = tsc_page_save,
	.check = tsc_page_check,
	.load = tsc_page_load,
};

struct reftime_state {
	u64 now_100ns;
	u64 invariant_control;
	u32 page_sequence;
	u32 reserved;
};

static_assert(sizeof(struct reftime_state) == 24);

static u32 reftime_save(struct hve_record_io *io)
{
	struct reftime_state *out = io->data;
	struct hve_partition *pt = io->pt;

	out->now_100ns = io->vp ? hve_reftime_now(io->vp) :
				  pt->time.base_100ns;
	out->invariant_control = READ_ONCE(pt->tsc_invariant_control);
	out->page_sequence = pt->time.page_sequence;
	return sizeof(*out);
}

static int reftime_check(struct hve_record_io *io)
{
	const struct reftime_state *in = io->data;

	return (in->invariant_control & ~HV_EXPOSE_INVARIANT_TSC) ||
	       in->reserved ? -EINVAL : 0;
}

static void reftime_load(struct hve_record_io *io)
{
	const struct reftime_state *in = io->data;
	struct hve_partition *pt = io->pt;

	WRITE_ONCE(pt->tsc_invariant_control, in->invariant_control);
	pt->time.page_sequence = in->page_sequence;
	hve_reftime_load(pt, io->vp, in->now_100ns);
}

const struct hve_record hve_reftime_record = {
	.id = HVE_RECORD_REFTIME,
	.version = 1,
	.min_bytes = 24,
	.bytes = sizeof(struct reftime_state),
	.save = reftime_save,
	.check = reftime_check,
	.load = reftime_load,
};

struct stimer_state {
	u64 config;
	u64 count;
	u64 due_100ns;
	u64 fire_100ns;
	u64 expired_100ns;
	u32 msg_pending;
	/* its message waits: place in the queue of its SINT, from 1 */
	u32 place;
	u64 sint;
	struct hv_message msg;
};

struct stimers_state {
	struct stimer_state stimer[HV_SYNIC_STIMER_COUNT];
};

static_assert(sizeof(struct stimer_state) == 312);

static u32 stimers_save(struct hve_record_io *io)
{
	struct hve_vp_vtl *v = &io->vp->vtl[io->vtl];
	struct stimers_state *state = io->data;
	unsigned int i;

	for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
		const struct hve_stimer *st = &v->stimer[i];
		struct stimer_state *out = &state->stimer[i];
		unsigned int sint = 0;

		out->config = st->config;
		out->count = st->count;
		out->due_100ns = st->due_100ns;
		out->fire_100ns = st->fire_100ns;
		out->expired_100ns = st->expired_100ns;
		out->msg_pending = st->msg_pending;
		out->place = hve_msg_save(io->vp, io->vtl,
					  &v->synic.timer_msg[i], &sint,
					  &out->msg);
		out->sint = sint;
	}
	return sizeof(*state);
}

static bool stimer_is_valid(const struct stimer_state *in)
{
	const struct hv_message_header *h = &in->msg.header;

	if ((in->config & HV_STIMER_RSVDZ) || in->msg_pending > 1)
		return false;
	return !in->place ||
	       (in->sint < HV_SYNIC_SINT_COUNT &&
		h->message_type == HVMSG_TIMER_EXPIRED &&
		h->payload_size <= HV_MESSAGE_PAYLOAD_BYTE_COUNT);
}

static int stimers_check(struct hve_record_io *io)
{
	const struct stimers_state *state = io->data;
	unsigned int i;

	for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++)
		if (!stimer_is_valid(&state->stimer[i]))
			return -EINVAL;
	return 0;
}

static void stimers_load(struct hve_record_io *io)
{
	struct hve_vp_vtl *v = &io->vp->vtl[io->vtl];
	const struct stimers_state *state = io->data;
	unsigned int i;

	for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
		const struct stimer_state *in = &state->stimer[i];
		struct hve_stimer *st = &v->stimer[i];

		st->config = in->config;
		st->count = in->count;
		st->due_100ns = in->due_100ns;
		st->fire_100ns = in->fire_100ns;
		st->expired_100ns = in->expired_100ns;
		st->msg_pending = in->msg_pending;
		if (in->place)
			hve_msg_load(io->vp, io->vtl, &v->synic.timer_msg[i],
				     in->sint, in->place, &in->msg);
	}
	hve_host_vp_request(io->vp, HVE_VP_REQ_STIMER);
}

const struct hve_record hve_stimers_record = {
	.id = HVE_RECORD_STIMERS,
	.version = 1,
	.per_vtl = true,
	.min_bytes = 4 * 312,
	.bytes = sizeof(struct stimers_state),
	.save = stimers_save,
	.check = stimers_check,
	.load = stimers_load,
};
