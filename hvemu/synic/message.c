// SPDX-License-Identifier: GPL-2.0
/*
 * SynIC messages: queues, slots, delivery (TLFS
 * inter-partition-communication.md, "SynIC Messages").
 *
 * Any thread may queue; only the thread of the VP takes from a queue and
 * touches the SIM page.
 */
#include "synic.h"

#include <linux/list.h>
#include <linux/string.h>

#include "../partition/partition.h"
#include "../trace.h"

/* A message slot: in our overlay, or in a page of the VMM */
struct slot {
	struct hv_message *here;
	u64 gpa;
};

static struct hve_synic *synic_of(struct hve_vp *vp, unsigned int vtl)
{
	return &vp->vtl[vtl].synic;
}

void hve_msg_init(struct hve_synic *synic)
{
	unsigned int i;

	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		INIT_LIST_HEAD(&synic->queue[i]);
	for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++)
		INIT_LIST_HEAD(&synic->timer_msg[i].link);
}

/* Whoever finds it free (acquire) may write to it. */
static void buffer_free(struct hve_msg *msg)
{
	/* what was read from it comes before */
	smp_store_release(&msg->queued, false);
}

static void pending_set(struct hve_synic *synic, unsigned int sint, bool on)
{
	unsigned long bit = 1ul << sint;

	lockdep_assert_held(&synic->lock);
	WRITE_ONCE(synic->pending, on ? synic->pending | bit :
					synic->pending & ~bit);
}

void hve_msg_reset(struct hve_synic *synic)
{
	struct hve_msg *msg, *next;
	unsigned int i;

	spin_lock(&synic->lock);
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++) {
		list_for_each_entry_safe(msg, next, &synic->queue[i], link) {
			list_del_init(&msg->link);
			buffer_free(msg);
		}
		pending_set(synic, i, false);
	}
	spin_unlock(&synic->lock);
}

bool hve_msg_queue(struct hve_vp *vp, unsigned int vtl, unsigned int sint,
		   struct hve_msg *msg)
{
	struct hve_synic *synic = synic_of(vp, vtl);
	u32 type = msg->msg.header.message_type;
	bool was_free;

	spin_lock(&synic->lock);
	was_free = !msg->queued;
	if (was_free) {
		WRITE_ONCE(msg->queued, true);
		msg->place = 0;
		list_add_tail(&msg->link, &synic->queue[sint]);
		pending_set(synic, sint, true);
	}
	spin_unlock(&synic->lock);
	trace_hvemu_message_post(vp, vtl, sint, type, was_free);
	return was_free;
}

void hve_msg_cancel(struct hve_vp *vp, unsigned int vtl, struct hve_msg *msg)
{
	struct hve_synic *synic = synic_of(vp, vtl);
	unsigned int i;

	spin_lock(&synic->lock);
	if (msg->queued) {
		list_del_init(&msg->link);
		buffer_free(msg);
		for (i = 0; i < HV_SYNIC_SINT_COUNT; i++)
			if (list_empty(&synic->queue[i]))
				pending_set(synic, i, false);
	}
	spin_unlock(&synic->lock);
}

/* Where messages of a SINT go; false while SynIC or SIM page are disabled. */
static bool slot_find(struct hve_vp *vp, unsigned int vtl, unsigned int sint,
		      struct slot *slot)
{
	struct hve_synic *synic = synic_of(vp, vtl);
	struct hv_message_page *page;

	if (!(READ_ONCE(synic->control) & HV_SYNIC_CONTROL_ENABLE))
		return false;
	if (vp->synic_by_vmm) {
		slot->here = NULL;
		slot->gpa = (synic->simp.msr & ~0xfffull) +
			    sint * HV_MESSAGE_SIZE;
		return synic->simp.msr & HV_MSR_PAGE_ENABLE;
	}
	page = hve_overlay_page(&synic->simp);
	if (!page)
		return false;
	slot->here = &page->sint_message[sint];
	return true;
}

static bool slot_is_empty(struct hve_vp *vp, unsigned int vtl,
			  const struct slot *slot)
{
	u32 type;

	if (slot->here)
		type = READ_ONCE(slot->here->header.message_type);
	else if (hve_host_gpa_read(vp, vtl, slot->gpa, &type, sizeof(type)))
		return false;
	return type == HVMSG_NONE;
}

static void slot_set_pending(struct hve_vp *vp, unsigned int vtl,
			     const struct slot *slot)
{
	u8 flags = HV_MESSAGE_FLAG_PENDING;

	if (slot->here)
		WRITE_ONCE(slot->here->header.message_flags, flags);
	else
		hve_host_gpa_write(vp, vtl, slot->gpa +
				   offsetof(struct hv_message_header,
					    message_flags), &flags, 1);
}

/* The type last: it is what makes the slot full. */
static void slot_write(struct hv_message *slot, const struct hv_message *msg,
		       u8 flags)
{
	slot->header.payload_size = msg->header.payload_size;
	slot->header.message_flags = flags;
	slot->header.reserved = 0;
	slot->header.origination_id = msg->header.origination_id;
	memcpy(slot->payload, msg->payload, msg->header.payload_size);
	/* pairs with the guest reading the type first */
	smp_store_release(&slot->header.message_type, msg->header.message_type);
}

void hve_msg_copy(struct hv_message *to, const struct hv_message *from)
{
	to->header = from->header;
	memcpy(to->payload, from->payload, from->header.payload_size);
}

static void queue_drop(struct hve_synic *synic, unsigned int sint,
		       struct hve_msg *msg)
{
	lockdep_assert_held(&synic->lock);
	list_del_init(&msg->link);
	buffer_free(msg);
	if (list_empty(&synic->queue[sint]))
		pending_set(synic, sint, false);
}

static struct hve_msg *queue_first(struct hve_synic *synic, unsigned int sint,
				   u8 *flags)
{
	struct list_head *queue = &synic->queue[sint];
	struct hve_msg *msg;

	lockdep_assert_held(&synic->lock);
	msg = list_first_entry_or_null(queue, struct hve_msg, link);
	if (!msg)
		pending_set(synic, sint, false);
	else
		*flags = msg->link.next == queue ? 0 : HV_MESSAGE_FLAG_PENDING;
	return msg;
}

/*
 * "If the message type in the message slot is equal to HvMessageTypeNone, the
 * message slot is assumed to be empty": else the guest is told by
 * MessagePending to write EOM.  It tests that flag after it has emptied the
 * slot, so the slot is looked at again after setting it.
 */
static bool slot_is_free(struct hve_vp *vp, unsigned int vtl,
			 const struct slot *slot)
{
	if (slot_is_empty(vp, vtl, slot))
		return true;
	slot_set_pending(vp, vtl, slot);
	smp_mb();	/* the flag before the second look */
	return slot_is_empty(vp, vtl, slot);
}

/*
 * Under the lock from the look at the queue to the release of the buffer, as a
 * port takes its buffers with it when it is deleted.
 */
static bool deliver_here(struct hve_vp *vp, unsigned int vtl, unsigned int sint,
			 const struct slot *slot, u32 *type)
{
	struct hve_synic *synic = synic_of(vp, vtl);
	struct hve_msg *msg;
	bool done = false;
	u8 flags;

	spin_lock(&synic->lock);
	msg = queue_first(synic, sint, &flags);
	if (msg)
		*type = msg->msg.header.message_type;
	if (msg && slot_is_free(vp, vtl, slot)) {
		slot_write(slot->here, &msg->msg, flags);
		queue_drop(synic, sint, msg);
		done = true;
	}
	spin_unlock(&synic->lock);
	return done;
}

static bool slot_write_far(struct hve_vp *vp, unsigned int vtl,
			   const struct slot *slot, const struct hv_message *msg)
{
	const u32 type_bytes = sizeof(msg->header.message_type);

	return !hve_host_gpa_write(vp, vtl, slot->gpa + type_bytes,
				   (const u8 *)msg + type_bytes,
				   sizeof(msg->header) - type_bytes +
				   msg->header.payload_size) &&
	       !hve_host_gpa_write(vp, vtl, slot->gpa, msg, type_bytes);
}

/* Access to the VMM's page may sleep: the buffer is looked for once more. */
static bool deliver_far(struct hve_vp *vp, unsigned int vtl, unsigned int sint,
			const struct slot *slot, u32 *type)
{
	struct hve_synic *synic = synic_of(vp, vtl);
	struct hv_message copy;
	struct hve_msg *msg;
	u8 flags;

	spin_lock(&synic->lock);
	msg = queue_first(synic, sint, &flags);
	if (msg) {
		copy = msg->msg;
		copy.header.message_flags = flags;
		*type = copy.header.message_type;
	}
	spin_unlock(&synic->lock);
	if (!msg || !slot_is_free(vp, vtl, slot) ||
	    !slot_write_far(vp, vtl, slot, &copy))
		return false;

	spin_lock(&synic->lock);
	if (queue_first(synic, sint, &flags) == msg)
		queue_drop(synic, sint, msg);
	spin_unlock(&synic->lock);
	return true;
}

void hve_msg_deliver(struct hve_vp *vp, unsigned int vtl, unsigned int sint)
{
	u32 type = HVMSG_NONE;
	struct slot slot;
	bool done;

	if (!slot_find(vp, vtl, sint, &slot))
		return;
	done = slot.here ? deliver_here(vp, vtl, sint, &slot, &type) :
			   deliver_far(vp, vtl, sint, &slot, &type);
	if (type == HVMSG_NONE)
		return;		/* the queue is empty */
	hve_count_use(vp, done ? HVE_USE_MESSAGE_DELIVERED :
				 HVE_USE_MESSAGE_WAITED);
	trace_hvemu_message_deliver(vp, vtl, sint, type, done);
	/* a masked SINT gets its message, "the interrupt is lost" */
	if (done)
		hve_synic_raise(vp, vtl, sint);
}

u32 hve_msg_save(struct hve_vp *vp, unsigned int vtl,
		 const struct hve_msg *msg, unsigned int *sint,
		 struct hv_message *copy)
{
	struct hve_synic *synic = synic_of(vp, vtl);
	const struct hve_msg *m;
	unsigned int i;
	u32 place, found = 0;

	spin_lock(&synic->lock);
	for (i = 0; i < HV_SYNIC_SINT_COUNT && msg->queued && !found; i++) {
		place = 0;
		list_for_each_entry(m, &synic->queue[i], link) {
			place++;
			if (m != msg)
				continue;
			found = place;
			*sint = i;
			*copy = msg->msg;
		}
	}
	spin_unlock(&synic->lock);
	return found;
}

void hve_msg_load(struct hve_vp *vp, unsigned int vtl, struct hve_msg *msg,
		  unsigned int sint, u32 place,
		  const struct hv_message *from)
{
	struct hve_synic *synic = synic_of(vp, vtl);
	struct list_head *before = &synic->queue[sint];
	struct hve_msg *m;

	spin_lock(&synic->lock);
	if (!msg->queued) {
		msg->msg = *from;
		msg->place = place;
		WRITE_ONCE(msg->queued, true);
		list_for_each_entry(m, &synic->queue[sint], link) {
			/* those queued since come behind all saved ones */
			if (!m->place || m->place > place) {
				before = &m->link;
				break;
			}
		}
		list_add_tail(&msg->link, before);
		pending_set(synic, sint, true);
	}
	spin_unlock(&synic->lock);
}
