/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synthetic interrupt controller and the enlightened APIC registers (TLFS
 * chapters Virtual Interrupts, Inter-Partition Communication).  Register
 * handlers as in partition.h.
 */
#ifndef HVE_SYNIC_H
#define HVE_SYNIC_H

#include "../hvhost.h"
#include "../tlfs_state.h"

struct hve_record;

/* synic.c */

/**
 * hve_synic_init() - the SynICs of a new VP, all VTLs
 * @vp: VP
 */
void hve_synic_init(struct hve_vp *vp);
void hve_synic_reset(struct hve_vp *vp);
void hve_synic_destroy(struct hve_vp *vp);

/**
 * hve_synic_process() - deliver what is queued, as far as slots are empty
 * @vp: the caller's VP
 *
 * TLFS: a message queued, an EOI and an EOM all come to this.
 * Context: outside.
 */
void hve_synic_process(struct hve_vp *vp);

/**
 * hve_synic_eoi() - the guest has ended an interrupt
 * @vp: the caller's VP
 * @vtl: active VTL
 * @vector: which
 * @automatic: by AutoEOI
 *
 * Context: any of the VP's thread.
 */
void hve_synic_eoi(struct hve_vp *vp, unsigned int vtl, u8 vector,
		   bool automatic);

/**
 * hve_synic_raise() - the interrupt of a SINT
 * @vp: target, any VP
 * @vtl: whose SynIC
 * @sint: 0..15
 *
 * Context: any. Return: false when it is lost: masked or polled.
 */
bool hve_synic_raise(struct hve_vp *vp, unsigned int vtl, unsigned int sint);

/** hve_synic_sint_is_open() - unmasked, or polled; any VP, any context */
bool hve_synic_sint_is_open(const struct hve_vp *vp, unsigned int vtl,
			    unsigned int sint);

u64 hve_synic_control_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_synic_control_write(struct hve_vp *vp, unsigned int vtl,
				       u32 msr, u64 val);
int hve_synic_control_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			  u64 val);
u64 hve_synic_version_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
u64 hve_synic_page_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_synic_page_write(struct hve_vp *vp, unsigned int vtl,
				    u32 msr, u64 val);
int hve_synic_page_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);
u64 hve_synic_eom_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_synic_eom_write(struct hve_vp *vp, unsigned int vtl,
				   u32 msr, u64 val);
u64 hve_synic_sint_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_synic_sint_write(struct hve_vp *vp, unsigned int vtl,
				    u32 msr, u64 val);
int hve_synic_sint_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);

/* message.c */
void hve_msg_init(struct hve_synic *synic);
void hve_msg_reset(struct hve_synic *synic);

/**
 * hve_msg_queue() - append a message buffer to a SINT's queue
 * @vp: target, any VP
 * @vtl: whose SynIC
 * @sint: 0..15
 * @msg: buffer, stays in use until it is delivered or taken back
 *
 * The caller sees to hve_synic_process(), by HVE_VP_REQ_SYNIC for another VP.
 * Context: outside. Return: false when the buffer is in a queue already.
 */
bool hve_msg_queue(struct hve_vp *vp, unsigned int vtl, unsigned int sint,
		   struct hve_msg *msg);

/**
 * hve_msg_cancel() - take a buffer back that may be queued
 * @vp: target, any VP
 * @vtl: whose SynIC
 * @msg: buffer
 *
 * Context: outside.
 */
void hve_msg_cancel(struct hve_vp *vp, unsigned int vtl, struct hve_msg *msg);

/**
 * hve_msg_deliver() - move the first message of a queue into its slot
 * @vp: the caller's VP
 * @vtl: whose SynIC
 * @sint: 0..15
 *
 * Context: outside.
 */
void hve_msg_deliver(struct hve_vp *vp, unsigned int vtl, unsigned int sint);

/**
 * hve_msg_save() - where a buffer waits, and what is in it
 * @vp: VP, not running
 * @vtl: whose SynIC
 * @msg: buffer
 * @sint: out
 * @copy: out
 *
 * Return: its place in the queue of @sint, from 1; 0: it waits in none, and
 * nothing is stored.
 */
u32 hve_msg_save(struct hve_vp *vp, unsigned int vtl,
		 const struct hve_msg *msg, unsigned int *sint,
		 struct hv_message *copy);

/**
 * hve_msg_load() - let a buffer wait as it did when it was saved
 * @vp: VP, not running; its SynIC's record has been loaded
 * @vtl: whose SynIC
 * @msg: buffer, free
 * @sint: 0..15
 * @place: of hve_msg_save(): the order among those that are loaded
 * @from: its contents
 */
void hve_msg_load(struct hve_vp *vp, unsigned int vtl, struct hve_msg *msg,
		  unsigned int sint, u32 place,
		  const struct hv_message *from);

/* synic_record.c */
extern const struct hve_record hve_synic_record;
extern const struct hve_record hve_port_msgs_record;

/** hve_msg_is_queued() - no: whoever owns the buffer may write to it */
static inline bool hve_msg_is_queued(const struct hve_msg *msg)
{
	/* pairs with the delivery, which has read the buffer before */
	return smp_load_acquire(&msg->queued);
}

/** hve_msg_copy() - header and payload, not what lies behind it */
void hve_msg_copy(struct hv_message *to, const struct hv_message *from);

/* event.c */

/**
 * hve_event_signal() - set an event flag
 * @vp: target, any VP
 * @vtl: whose SynIC
 * @sint: 0..15
 * @flag: number
 *
 * Context: any.
 */
hv_status_t hve_event_signal(struct hve_vp *vp, unsigned int vtl,
			     unsigned int sint, u32 flag);

/* port.c */

/* Bounds the messages in the blob of a VP. */
#define HVE_MAX_MESSAGE_PORTS	64

/* Where an id is looked for; NULL: nobody has one yet. */
static inline struct hve_id_bucket *hve_id_bucket(struct hve_id_bucket **table,
						  u32 id)
{
	/* pairs with hve_id_table(): what is seen is complete */
	struct hve_id_bucket *t = smp_load_acquire(table);

	return t ? &t[id % HVE_ID_BUCKETS] : NULL;
}

/**
 * hve_id_table() - make a table of ports or connections, when there is none
 * @table: of the partition, whose lock is held
 *
 * Context: may sleep. Return: it, or NULL.
 */
struct hve_id_bucket *hve_id_table(struct hve_id_bucket **table);

void hve_ports_release(struct hve_partition *pt);

/**
 * hve_port_get() - find a port, with a reference
 * @pt: partition, any that is there
 * @id: port
 *
 * Context: any but hardirq. Return: port or NULL.
 */
struct hve_port *hve_port_get(struct hve_partition *pt, u32 id);
void hve_port_put(struct hve_port *port);

/**
 * hve_port_reserve() - a buffer for a message of a VP's blob
 * @port: held
 * @vp: VP that is being restored
 * @vtl: of the record
 *
 * Return: buffer, or NULL: not a message port, deleted, all taken.
 */
struct hve_port_msg *hve_port_reserve(struct hve_port *port, struct hve_vp *vp,
				      unsigned int vtl);

/** hve_port_unreserve() - undo hve_port_reserve() */
void hve_port_unreserve(struct hve_port *port, struct hve_port_msg *msg);

/**
 * hve_port_requeue() - queue a message out of a blob
 * @port: held
 * @msg: of hve_port_reserve(); not queued
 * @vp: VP that is being restored
 * @in: message
 */
void hve_port_requeue(struct hve_port *port, struct hve_port_msg *msg,
		      struct hve_vp *vp, const struct hv_message *in);

/**
 * hve_port_post() - a message to a port
 * @port: held
 * @type: of the message, not HVMSG_NONE
 * @payload: contents
 * @bytes: of it
 *
 * Context: any but hardirq.
 */
hv_status_t hve_port_post(struct hve_port *port, u32 type, const void *payload,
			  u32 bytes);

/**
 * hve_port_signal() - an event to a port
 * @port: held
 * @flag: relative to the port's first
 *
 * Context: any but hardirq.
 */
hv_status_t hve_port_signal(struct hve_port *port, u32 flag);

/** hve_port_ring() - a doorbell of it was written to; held; any but hardirq */
void hve_port_ring(struct hve_port *port);

/* conn.c */

/**
 * hve_conn_doorbell() - the guest writes where it has no memory
 * @pt: its partition
 * @gpa: where
 * @bytes: 1 to 8
 * @val: what
 *
 * Context: any but hardirq. Return: true when that rings a doorbell.
 */
bool hve_conn_doorbell(struct hve_partition *pt, u64 gpa, u32 bytes, u64 val);

void hve_conns_release(struct hve_partition *pt);

/** hve_conns_exist() - has this partition ever had a connection? */
bool hve_conns_exist(struct hve_partition *pt);

/**
 * hve_conn_post() - a message through a connection
 * @pt: partition of the sender
 * @id: connection
 * @type: of the message
 * @payload: contents
 * @bytes: of it, as the sender says
 * @kind: out: only HVE_CONN_PORT has taken or refused it
 *
 * Context: any but hardirq.
 */
hv_status_t hve_conn_post(struct hve_partition *pt, u32 id, u32 type,
			  const void *payload, u32 bytes,
			  enum hve_conn_kind *kind);

/**
 * hve_conn_signal() - an event through a connection
 * @pt: partition of the sender
 * @id: connection
 * @flag: flag number
 * @kind: out: HVE_CONN_VMM and HVE_CONN_NONE have done nothing
 *
 * Context: any but hardirq.
 */
hv_status_t hve_conn_signal(struct hve_partition *pt, u32 id, u16 flag,
			    enum hve_conn_kind *kind);

/* eoi.c */
enum hve_fault hve_eoi_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			     u64 val);
u64 hve_icr_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_icr_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			     u64 val);
u64 hve_tpr_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_tpr_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			     u64 val);

/**
 * hve_eoi_assist_arm() - set "No EOI Required"
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Context: window. Return: true when it is set now.
 */
bool hve_eoi_assist_arm(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_eoi_assist_disarm() - clear "No EOI Required"
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Context: window. Return: true when the guest had cleared it before.
 */
bool hve_eoi_assist_disarm(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_eoi_assist_used() - has the guest cleared "No EOI Required"?
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Context: window.
 */
bool hve_eoi_assist_used(struct hve_vp *vp, unsigned int vtl);

#endif /* HVE_SYNIC_H */
