// SPDX-License-Identifier: GPL-2.0
/*
 * What is saved of ports: the messages that wait for a VP.  Ports and
 * connections are the VMM's to make again; a message goes to the port of its
 * id, in the order of its kind.
 */
#include "synic.h"

#include <linux/errno.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../partition/partition.h"

#define MAX_MSGS	(HVE_MAX_MESSAGE_PORTS * HV_PORT_MESSAGE_BUFFERS)

struct port_msgs {
	u32 nr;
	u32 reserved;
	struct hv_message msg[];	/* OriginationId is the port's id */
};

static_assert(sizeof(struct port_msgs) == 8);

/* A buffer that a message will go to. */
struct claim {
	struct hve_port *port;
	struct hve_port_msg *msg;
};

static bool is_of_a_timer(const struct hve_synic *synic,
			  const struct hve_msg *msg)
{
	return msg >= synic->timer_msg &&
	       msg < synic->timer_msg + HV_SYNIC_STIMER_COUNT;
}

static u32 port_msgs_save(struct hve_record_io *io)
{
	struct hve_synic *synic = &io->vp->vtl[io->vtl].synic;
	struct port_msgs *out = io->data;
	const struct hve_msg *msg;
	unsigned int i;

	spin_lock(&synic->lock);
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++) {
		list_for_each_entry(msg, &synic->queue[i], link) {
			if (is_of_a_timer(synic, msg) || out->nr == MAX_MSGS)
				continue;
			memset(&out->msg[out->nr], 0, sizeof(out->msg[0]));
			hve_msg_copy(&out->msg[out->nr++], &msg->msg);
		}
	}
	spin_unlock(&synic->lock);
	return struct_size(out, msg, out->nr);
}

static void claims_drop(struct claim *claim, u32 nr)
{
	while (nr--) {
		hve_port_unreserve(claim[nr].port, claim[nr].msg);
		hve_port_put(claim[nr].port);
	}
	kvfree(claim);
}

static int claim_make(struct hve_record_io *io, const struct hv_message *in,
		      struct claim *claim)
{
	const struct hv_message_header *h = &in->header;

	if (h->message_type == HVMSG_NONE ||
	    h->payload_size > HV_MESSAGE_PAYLOAD_BYTE_COUNT ||
	    h->message_flags || h->reserved ||
	    h->origination_id > HV_PORT_ID_MASK)
		return -EINVAL;
	claim->port = hve_port_get(io->pt, h->origination_id);
	if (!claim->port)
		return -ENOENT;
	claim->msg = hve_port_reserve(claim->port, io->vp, io->vtl);
	if (!claim->msg) {
		hve_port_put(claim->port);
		return -ENOENT;
	}
	return 0;
}

static int port_msgs_check(struct hve_record_io *io)
{
	const struct port_msgs *in = io->data;
	struct claim *claim;
	u32 i;
	int err;

	if (in->reserved || in->nr > MAX_MSGS ||
	    io->bytes != struct_size(in, msg, in->nr))
		return -EINVAL;
	if (!in->nr)
		return 0;
	claim = kvcalloc(in->nr, sizeof(*claim), GFP_KERNEL_ACCOUNT);
	if (!claim)
		return -ENOMEM;
	for (i = 0; i < in->nr; i++) {
		err = claim_make(io, &in->msg[i], &claim[i]);
		if (err) {
			claims_drop(claim, i);
			return err;
		}
	}
	io->kept = claim;
	return 0;
}

static void port_msgs_cancel(struct hve_record_io *io)
{
	const struct port_msgs *in = io->data;

	if (io->kept)
		claims_drop(io->kept, in->nr);
}

/* After the record of the SynIC, which has emptied the queues. */
static void port_msgs_load(struct hve_record_io *io)
{
	const struct port_msgs *in = io->data;
	struct claim *claim = io->kept;
	u32 i;

	for (i = 0; i < in->nr; i++)
		hve_port_requeue(claim[i].port, claim[i].msg, io->vp,
				 &in->msg[i]);
	if (claim)
		claims_drop(claim, in->nr);
}

const struct hve_record hve_port_msgs_record = {
	.id = HVE_RECORD_PORT_MSGS,
	.version = 1,
	.per_vtl = true,
	.variable = true,
	.min_bytes = sizeof(struct port_msgs),
	.bytes = sizeof(struct port_msgs) + MAX_MSGS * HV_MESSAGE_SIZE,
	.save = port_msgs_save,
	.check = port_msgs_check,
	.load = port_msgs_load,
	.cancel = port_msgs_cancel,
};
