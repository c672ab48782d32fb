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
 *
 * Context: any of the VP's thread.
 */
void hve_synic_eoi(struct hve_vp *vp, unsigned int vtl, u8 vector);

/**
 * hve_synic_raise() - the interrupt of a SINT
 * @vp: target, any VP
 * @vtl: whose SynIC
 * @sint: 0..15
 *
 * Context: any. Return: false when it is lost: masked or polled.
 */
bool hve_synic_raise(struct hve_vp *vp, unsigned int vtl, unsigned int sint);

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
