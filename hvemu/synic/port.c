// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: where messages and events of other partitions, and of the VMM, arrive
 * (TLFS inter-partition-communication.md, "Ports and Connections").
 *
 * A sender is any thread, also one of another partition, which holds nothing
 * of the receiver but the port.  The partition takes itself out of its ports
 * before its VPs go.
 */
#include "synic.h"

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../partition/partition.h"

#define MAX_PORTS	4096

/* --- tables by id --- */

struct hve_id_bucket *hve_id_table(struct hve_id_bucket **table)
{
	struct hve_id_bucket *new = *table;
	unsigned int i;

	if (new)
		return new;
	new = kvcalloc(HVE_ID_BUCKETS, sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;
	for (i = 0; i < HVE_ID_BUCKETS; i++) {
		spin_lock_init(&new[i].lock);
		INIT_LIST_HEAD(&new[i].list);
	}
	/* pairs with hve_id_bucket() */
	smp_store_release(table, new);
	return new;
}

/* --- targets --- */

static bool takes_messages(struct hve_vp *vp, unsigned int vtl)
{
	struct hve_synic *synic = &vp->vtl[vtl].synic;

	/* a VMM that has the pages has the messages, too */
	return !READ_ONCE(vp->synic_by_vmm) &&
	       (READ_ONCE(synic->control) & HV_SYNIC_CONTROL_ENABLE) &&
	       hve_overlay_page(&synic->simp);
}

/*
 * "Virtual processors whose SynIC or SIM page is disabled will not be
 * considered as potential targets."  Of the others one that waits for nothing
 * from this SINT.
 */
static hv_status_t any_vp(struct hve_port *port, struct hve_vp **out)
{
	u32 i, limit = READ_ONCE(port->pt->vp_limit);
	struct hve_vp *vp, *second = NULL;
	bool found = false;

	for (i = 0; i < limit; i++) {
		vp = hve_partition_vp(port->pt, i);
		if (!vp)
			continue;
		found = true;
		if (!takes_messages(vp, port->vtl))
			continue;
		if (!second)
			second = vp;
		if (READ_ONCE(vp->vtl[port->vtl].synic.pending) &
		    1ul << port->sint)
			continue;
		*out = vp;
		return HV_STATUS_SUCCESS;
	}
	*out = second;
	if (second)
		return HV_STATUS_SUCCESS;
	return found ? HV_STATUS_INVALID_SYNIC_STATE :
		       HV_STATUS_INVALID_VP_INDEX;
}

static hv_status_t target_vp(struct hve_port *port, struct hve_vp **vp)
{
	if (port->vp_index == HV_ANY_VP)
		return any_vp(port, vp);
	*vp = hve_partition_vp(port->pt, port->vp_index);
	if (!*vp)
		return HV_STATUS_INVALID_VP_INDEX;
	return takes_messages(*vp, port->vtl) ? HV_STATUS_SUCCESS :
						HV_STATUS_INVALID_SYNIC_STATE;
}

/* --- sending --- */

static struct hve_port_msg *buffer_find(struct hve_port *port)
{
	unsigned int i;

	for (i = 0; i < port->nr_msgs; i++) {
		if (!port->msg[i].reserved &&
		    !hve_msg_is_queued(&port->msg[i].buf))
			return &port->msg[i];
	}
	return NULL;
}

static void queue(struct hve_port *port, struct hve_port_msg *msg,
		  struct hve_vp *vp)
{
	msg->vp = vp;
	hve_msg_queue(vp, port->vtl, port->sint, &msg->buf);
	hve_host_vp_request(vp, HVE_VP_REQ_SYNIC);
}

static hv_status_t post_locked(struct hve_port *port, u32 type,
			       const void *payload, u32 bytes)
{
	struct hve_port_msg *msg;
	struct hve_vp *vp;
	hv_status_t status;

	lockdep_assert_held(&port->lock);
	/* "has been deleted", "is not a message type port" */
	if (!port->pt || port->type != HV_PORT_TYPE_MESSAGE)
		return HV_STATUS_INVALID_PORT_ID;
	status = target_vp(port, &vp);
	if (status != HV_STATUS_SUCCESS)
		return status;
	msg = buffer_find(port);
	if (!msg)
		return HV_STATUS_INSUFFICIENT_BUFFERS;

	msg->buf.msg.header = (struct hv_message_header){
		.message_type = type,
		.payload_size = bytes,
		.origination_id = port->id,
	};
	memcpy(msg->buf.msg.payload, payload, bytes);
	queue(port, msg, vp);
	return HV_STATUS_SUCCESS;
}

hv_status_t hve_port_post(struct hve_port *port, u32 type, const void *payload,
			  u32 bytes)
{
	hv_status_t status;

	if (type == HVMSG_NONE || bytes > HV_MESSAGE_PAYLOAD_BYTE_COUNT)
		return HV_STATUS_INVALID_PARAMETER;
	spin_lock(&port->lock);
	status = post_locked(port, type, payload, bytes);
	spin_unlock(&port->lock);
	return status;
}

/* --- messages out of a blob --- */

struct hve_port_msg *hve_port_reserve(struct hve_port *port, struct hve_vp *vp,
				      unsigned int vtl)
{
	struct hve_port_msg *msg, *found = NULL;
	unsigned int i;

	spin_lock(&port->lock);
	for (i = 0; port->pt && port->vtl == vtl && i < port->nr_msgs; i++) {
		msg = &port->msg[i];
		/* what waits for the same VP now will be dropped */
		if (!msg->reserved &&
		    (msg->vp == vp || !hve_msg_is_queued(&msg->buf))) {
			msg->reserved = true;
			found = msg;
			break;
		}
	}
	spin_unlock(&port->lock);
	return found;
}

void hve_port_unreserve(struct hve_port *port, struct hve_port_msg *msg)
{
	spin_lock(&port->lock);
	msg->reserved = false;
	spin_unlock(&port->lock);
}

void hve_port_requeue(struct hve_port *port, struct hve_port_msg *msg,
		      struct hve_vp *vp, const struct hv_message *in)
{
	spin_lock(&port->lock);
	if (port->pt) {
		hve_msg_copy(&msg->buf.msg, in);
		queue(port, msg, vp);
	}
	spin_unlock(&port->lock);
}

static hv_status_t signal_any(struct hve_port *port, u32 flag)
{
	u32 i, limit = READ_ONCE(port->pt->vp_limit);
	hv_status_t status = HV_STATUS_INVALID_VP_INDEX;
	struct hve_vp *vp;

	for (i = 0; i < limit && status != HV_STATUS_SUCCESS; i++) {
		vp = hve_partition_vp(port->pt, i);
		if (vp)
			status = hve_event_signal(vp, port->vtl, port->sint,
						  flag);
	}
	return status;
}

static hv_status_t signal_locked(struct hve_port *port, u32 type, u32 flag)
{
	struct hve_vp *vp;

	lockdep_assert_held(&port->lock);
	if (!port->pt || port->type != type)
		return HV_STATUS_INVALID_PORT_ID;
	/* "greater than or equal to the port's flag count" */
	if (flag >= port->flag_count)
		return HV_STATUS_INVALID_PARAMETER;
	flag += port->base_flag;
	if (port->vp_index == HV_ANY_VP)
		return signal_any(port, flag);
	vp = hve_partition_vp(port->pt, port->vp_index);
	return vp ? hve_event_signal(vp, port->vtl, port->sint, flag) :
		    HV_STATUS_INVALID_VP_INDEX;
}

hv_status_t hve_port_signal(struct hve_port *port, u32 flag)
{
	hv_status_t status;

	spin_lock(&port->lock);
	status = signal_locked(port, HV_PORT_TYPE_EVENT, flag);
	spin_unlock(&port->lock);
	return status;
}

/* SPEC?: no text says what a doorbell port's SINT gets: an event flag. */
void hve_port_ring(struct hve_port *port)
{
	spin_lock(&port->lock);
	signal_locked(port, HV_PORT_TYPE_DOORBELL, 0);
	spin_unlock(&port->lock);
}

/* --- life --- */

static struct hve_port *port_find(struct hve_id_bucket *bucket, u32 id)
{
	struct hve_port *port;

	lockdep_assert_held(&bucket->lock);
	list_for_each_entry(port, &bucket->list, link)
		if (port->id == id)
			return port;
	return NULL;
}

struct hve_port *hve_port_get(struct hve_partition *pt, u32 id)
{
	struct hve_id_bucket *bucket = hve_id_bucket(&pt->ports, id);
	struct hve_port *port;

	if (!bucket)
		return NULL;
	spin_lock(&bucket->lock);
	port = port_find(bucket, id);
	if (port) {
		spin_lock(&port->lock);
		port->refs++;
		spin_unlock(&port->lock);
	}
	spin_unlock(&bucket->lock);
	return port;
}

void hve_port_put(struct hve_port *port)
{
	bool last;

	spin_lock(&port->lock);
	last = !--port->refs;
	spin_unlock(&port->lock);
	if (last)
		kvfree(port);
}

static bool desc_is_valid(const struct hve_port_desc *desc)
{
	/* "in the range of 1 through 15" */
	if ((desc->id & ~HV_PORT_ID_MASK) || !desc->sint ||
	    desc->sint >= HV_SYNIC_SINT_COUNT)
		return false;
	if (desc->vp_index >= HVE_MAX_VPS && desc->vp_index != HV_ANY_VP)
		return false;
	switch (desc->type) {
	case HV_PORT_TYPE_MESSAGE:
		return !desc->base_flag && !desc->flag_count;
	case HV_PORT_TYPE_DOORBELL:
		return desc->flag_count == 1 &&
		       desc->base_flag < HV_EVENT_FLAGS_COUNT;
	case HV_PORT_TYPE_EVENT:
		/*
		 * SPEC?: "base flag number plus the flag count is greater than
		 * or equal to" the number of flags is refused by the text of
		 * the first edition, which has the last flag belong to nobody.
		 */
		return desc->flag_count &&
		       desc->flag_count <= HV_EVENT_FLAGS_COUNT &&
		       desc->base_flag <= HV_EVENT_FLAGS_COUNT -
					  desc->flag_count;
	}
	return false;
}

static struct hve_port *port_alloc(struct hve_partition *pt,
				   const struct hve_port_desc *desc)
{
	u16 i, nr = desc->type == HV_PORT_TYPE_MESSAGE ?
		    HV_PORT_MESSAGE_BUFFERS : 0;
	struct hve_port *port;

	port = kvzalloc(struct_size(port, msg, nr), GFP_KERNEL_ACCOUNT);
	if (!port)
		return NULL;
	spin_lock_init(&port->lock);
	port->refs = 1;
	port->pt = pt;
	port->id = desc->id;
	port->type = desc->type;
	port->vp_index = desc->vp_index;
	port->sint = desc->sint;
	port->base_flag = desc->base_flag;
	port->flag_count = desc->flag_count;
	port->nr_msgs = nr;
	for (i = 0; i < nr; i++)
		INIT_LIST_HEAD(&port->msg[i].buf.link);
	return port;
}

static int port_add(struct hve_partition *pt, const struct hve_port_desc *desc)
{
	bool message = desc->type == HV_PORT_TYPE_MESSAGE;
	struct hve_id_bucket *bucket;
	struct hve_port *port;
	bool exists;

	lockdep_assert_held(&pt->lock);
	if (!hve_id_table(&pt->ports))
		return -ENOMEM;
	bucket = hve_id_bucket(&pt->ports, desc->id);
	spin_lock(&bucket->lock);
	exists = port_find(bucket, desc->id);
	spin_unlock(&bucket->lock);
	if (exists)
		return -EEXIST;
	if (pt->nr_ports >= MAX_PORTS ||
	    (message && pt->nr_message_ports >= HVE_MAX_MESSAGE_PORTS))
		return -ENOSPC;
	port = port_alloc(pt, desc);
	if (!port)
		return -ENOMEM;
	spin_lock(&bucket->lock);
	list_add_tail(&port->link, &bucket->list);
	spin_unlock(&bucket->lock);
	pt->nr_ports++;
	pt->nr_message_ports += message;
	return 0;
}

int hve_tlfs_port_create(struct hve_partition *pt,
			 const struct hve_port_desc *desc)
{
	int err;

	if (!desc_is_valid(desc))
		return -EINVAL;
	mutex_lock(&pt->lock);
	err = port_add(pt, desc);
	mutex_unlock(&pt->lock);
	return err;
}

/* "Deletion of the target port will always free all of the port's buffers". */
static void port_kill(struct hve_port *port)
{
	unsigned int i;

	spin_lock(&port->lock);
	port->pt = NULL;
	for (i = 0; i < port->nr_msgs; i++)
		if (port->msg[i].vp)
			hve_msg_cancel(port->msg[i].vp, port->vtl,
				       &port->msg[i].buf);
	spin_unlock(&port->lock);
	hve_port_put(port);
}

int hve_tlfs_port_delete(struct hve_partition *pt, u32 id)
{
	struct hve_id_bucket *bucket = hve_id_bucket(&pt->ports, id);
	struct hve_port *port;

	if (!bucket)
		return -ENOENT;
	mutex_lock(&pt->lock);
	spin_lock(&bucket->lock);
	port = port_find(bucket, id);
	if (port)
		list_del_init(&port->link);
	spin_unlock(&bucket->lock);
	if (port) {
		pt->nr_ports--;
		pt->nr_message_ports -= port->type == HV_PORT_TYPE_MESSAGE;
		port_kill(port);
	}
	mutex_unlock(&pt->lock);
	return port ? 0 : -ENOENT;
}

void hve_ports_release(struct hve_partition *pt)
{
	struct hve_port *port;
	unsigned int i;

	for (i = 0; pt->ports && i < HVE_ID_BUCKETS; i++) {
		while ((port = list_first_entry_or_null(&pt->ports[i].list,
							struct hve_port,
							link)))
			hve_tlfs_port_delete(pt, port->id);
	}
	kvfree(pt->ports);
	pt->ports = NULL;
}

/* --- the VMM --- */

/* A status of a port on its way up to an ioctl. */
static int status_errno(hv_status_t status)
{
	switch ((__force u16)status) {
	case (__force u16)HV_STATUS_SUCCESS:
		return 0;
	case (__force u16)HV_STATUS_INVALID_PORT_ID:
		return -ENOENT;
	case (__force u16)HV_STATUS_INSUFFICIENT_BUFFERS:
		return -ENOBUFS;
	case (__force u16)HV_STATUS_INVALID_VP_INDEX:
		return -ENXIO;
	case (__force u16)HV_STATUS_INVALID_SYNIC_STATE:
		return -ENOTCONN;
	default:
		return -EINVAL;
	}
}

int hve_tlfs_port_post(struct hve_partition *pt, u32 id, u32 type,
		       const void *payload, u32 bytes)
{
	struct hve_port *port = hve_port_get(pt, id);
	hv_status_t status;

	if (!port)
		return -ENOENT;
	status = hve_port_post(port, type, payload, bytes);
	hve_port_put(port);
	return status_errno(status);
}

int hve_tlfs_port_signal(struct hve_partition *pt, u32 id, u32 flag)
{
	struct hve_port *port = hve_port_get(pt, id);
	hv_status_t status;

	if (!port)
		return -ENOENT;
	status = hve_port_signal(port, flag);
	hve_port_put(port);
	return status_errno(status);
}
