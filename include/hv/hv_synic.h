/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synthetic interrupt controller (TLFS inter-partition-communication.md,
 * datatypes/hv_message.md, hv_message_type.md, hv_synic_event_flags.md).
 */
#ifndef HV_SYNIC_H
#define HV_SYNIC_H

#include <linux/types.h>
#include <linux/build_bug.h>

#define HV_SYNIC_VERSION			1
#define HV_SYNIC_SINT_COUNT			16

#define HV_SYNIC_CONTROL_ENABLE			0x1ull

/* SINTx */
#define HV_SYNIC_SINT_VECTOR_MASK		0xffull
#define HV_SYNIC_SINT_MASKED			0x10000ull
#define HV_SYNIC_SINT_AUTO_EOI			0x20000ull
#define HV_SYNIC_SINT_POLLING			0x40000ull
/*
 * SPEC?: in no edition of the text, which has "RsvdP" there.  The hypervisor's
 * headers use them for VTLs above 0; here they are kept and mean nothing.
 */
#define HV_SYNIC_SINT_AS_INTERCEPT		0x80000ull
#define HV_SYNIC_SINT_PROXY			0x100000ull
#define HV_SYNIC_SINT_RESET			HV_SYNIC_SINT_MASKED
#define HV_SYNIC_FIRST_VALID_VECTOR		16

/* Messages */
#define HV_MESSAGE_SIZE				256
#define HV_MESSAGE_PAYLOAD_BYTE_COUNT		240
#define HV_MESSAGE_PAYLOAD_QWORD_COUNT		30

#define HVMSG_NONE				0x00000000u
#define HVMSG_TIMER_EXPIRED			0x80000010u

/* "MessageType ... most significant bit is reserved for the hypervisor" */
#define HV_MESSAGE_TYPE_HYPERVISOR		0x80000000u

#define HV_MESSAGE_FLAG_PENDING			0x01

/*
 * SPEC?: the printed editions have the flags before the payload size; the
 * online text, Windows and Linux have this order.
 */
struct hv_message_header {
	u32 message_type;
	u8 payload_size;
	u8 message_flags;
	u16 reserved;
	u64 origination_id;
};

static_assert(sizeof(struct hv_message_header) == 16);
static_assert(offsetof(struct hv_message_header, payload_size) == 4);
static_assert(offsetof(struct hv_message_header, message_flags) == 5);
static_assert(offsetof(struct hv_message_header, origination_id) == 8);

struct hv_message {
	struct hv_message_header header;
	u64 payload[HV_MESSAGE_PAYLOAD_QWORD_COUNT];
};

static_assert(sizeof(struct hv_message) == HV_MESSAGE_SIZE);

struct hv_message_page {
	struct hv_message sint_message[HV_SYNIC_SINT_COUNT];
};

static_assert(sizeof(struct hv_message_page) == 4096);

/* Event flags */
#define HV_EVENT_FLAGS_COUNT			2048
#define HV_EVENT_FLAGS_BYTE_COUNT		256

struct hv_synic_event_flags {
	unsigned long flags[HV_EVENT_FLAGS_BYTE_COUNT / sizeof(unsigned long)];
};

static_assert(sizeof(struct hv_synic_event_flags) == 256);

struct hv_synic_event_flags_page {
	struct hv_synic_event_flags sint_event_flags[HV_SYNIC_SINT_COUNT];
};

static_assert(sizeof(struct hv_synic_event_flags_page) == 4096);

/* Ports and connections: 24 bits, the upper 8 must be zero */
#define HV_CONNECTION_ID_MASK			0x00ffffffu
#define HV_PORT_ID_MASK				0x00ffffffu
#define HV_PORT_MESSAGE_BUFFERS			16

/* HV_PORT_TYPE */
#define HV_PORT_TYPE_MESSAGE			1
#define HV_PORT_TYPE_DOORBELL			4

/* Doorbells: which writes, 0 any or 1..4 for 1, 2, 4, 8 bytes; any value */
#define HV_DOORBELL_SIZE_MASK			0x7u
#define HV_DOORBELL_SIZE_QWORD			0x4u
#define HV_DOORBELL_ANY_VALUE			0x80000000u

#define HV_PORT_TYPE_EVENT			2

#endif /* HV_SYNIC_H */
