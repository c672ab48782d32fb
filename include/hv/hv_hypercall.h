/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercall input and result values, call codes, input and output blocks
 * (TLFS hypercall-interface.md, hypercalls/).
 */
#ifndef HV_HYPERCALL_H
#define HV_HYPERCALL_H

#include <linux/types.h>
#include <linux/build_bug.h>

#include "hv/hv_register.h"
#include "hv/hv_vp.h"

/*
 * Hypercall input value.  SPEC?: one edition has Is Nested at bit 26 and the
 * variable header size in 25:17; this is the online text.
 */
#define HV_HYPERCALL_CODE_MASK			0xffffull
#define HV_HYPERCALL_FAST			0x10000ull
#define HV_HYPERCALL_VARHEAD_SHIFT		17
#define HV_HYPERCALL_VARHEAD_MASK		(0x3ffull << 17)
#define HV_HYPERCALL_NESTED			0x80000000ull
#define HV_HYPERCALL_REP_COUNT_SHIFT		32
#define HV_HYPERCALL_REP_COUNT_MASK		(0xfffull << 32)
#define HV_HYPERCALL_REP_START_SHIFT		48
#define HV_HYPERCALL_REP_START_MASK		(0xfffull << 48)
#define HV_HYPERCALL_RSVDZ			((0xfull << 27) | (0xfull << 44) | \
						 (0xfull << 60))

/* Hypercall result value */
#define HV_HYPERCALL_RESULT_MASK		0xffffull
#define HV_HYPERCALL_REP_COMP_SHIFT		32
#define HV_HYPERCALL_REP_COMP_MASK		(0xfffull << 32)

static_assert((HV_HYPERCALL_CODE_MASK | HV_HYPERCALL_FAST |
	       HV_HYPERCALL_VARHEAD_MASK | HV_HYPERCALL_NESTED |
	       HV_HYPERCALL_REP_COUNT_MASK | HV_HYPERCALL_REP_START_MASK |
	       HV_HYPERCALL_RSVDZ) == ~0ull);

/* RDX, R8 and XMM0 to XMM5 */
#define HV_HYPERCALL_FAST_BYTES			16
#define HV_HYPERCALL_XMM_FAST_BYTES		112

#define HVCALL_SWITCH_VIRTUAL_ADDRESS_SPACE	0x0001
#define HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE	0x0002
#define HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST	0x0003
#define HVCALL_NOTIFY_LONG_SPIN_WAIT		0x0008
#define HVCALL_SEND_SYNTHETIC_CLUSTER_IPI	0x000b
#define HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE_EX	0x0013
#define HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST_EX	0x0014
#define HVCALL_SEND_SYNTHETIC_CLUSTER_IPI_EX	0x0015
#define HVCALL_GET_VP_REGISTERS			0x0050
#define HVCALL_SET_VP_REGISTERS			0x0051
#define HVCALL_TRANSLATE_VIRTUAL_ADDRESS	0x0052
#define HVCALL_POST_MESSAGE			0x005c
#define HVCALL_SIGNAL_EVENT			0x005d
#define HVCALL_POST_DEBUG_DATA			0x0069
#define HVCALL_RETRIEVE_DEBUG_DATA		0x006a
#define HVCALL_RESET_DEBUG_SESSION		0x006b
#define HVCALL_UNMAP_STATS_PAGE			0x006d
#define HVCALL_START_VIRTUAL_PROCESSOR		0x0099
#define HVCALL_GET_VP_INDEX_FROM_APIC_ID	0x009a
#define HVCALL_TRANSLATE_VIRTUAL_ADDRESS_EX	0x00ac
#define HVCALL_FLUSH_GUEST_PHYSICAL_ADDRESS_SPACE 0x00af
#define HVCALL_FLUSH_GUEST_PHYSICAL_ADDRESS_LIST 0x00b0
#define HVCALL_MAP_STATS_PAGE_2			0x0131

/* Extended calls are a range; each but the first has a capability bit */
#define HVEXTCALL_QUERY_CAPABILITIES		0x8001
#define HVEXTCALL_GET_BOOT_ZEROED_MEMORY	0x8002
#define HVEXTCALL_MEMORY_HEAT_HINT		0x8003
#define HVEXTCALL_MEMORY_HEAT_HINT_ASYNC	0x8006
#define HVEXTCALL_LAST				0x8041

#define HV_EXT_CAPABILITY(code)	(1ull << ((code) - HVEXTCALL_GET_BOOT_ZEROED_MEMORY))
#define HV_EXT_CAPABILITIES						\
	(HV_EXT_CAPABILITY(HVEXTCALL_GET_BOOT_ZEROED_MEMORY) |		\
	 HV_EXT_CAPABILITY(HVEXTCALL_MEMORY_HEAT_HINT) |		\
	 HV_EXT_CAPABILITY(HVEXTCALL_MEMORY_HEAT_HINT_ASYNC))

#define HV_BOOT_ZEROED_RANGES	255

struct hv_page_range {
	u64 gpn;
	u64 pages;
};

struct hv_boot_zeroed_memory {
	u64 nr;
	struct hv_page_range range[HV_BOOT_ZEROED_RANGES];
};

static_assert(sizeof(struct hv_boot_zeroed_memory) == 0xff8);

/* virtual-mmu.md */
#define HV_FLUSH_ALL_PROCESSORS			0x1ull
#define HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES	0x2ull
#define HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY	0x4ull
#define HV_FLUSH_USE_EXTENDED_RANGE_FORMAT	0x8ull

/* A GVA range: page number, and in the low bits the additional pages */
#define HV_GVA_RANGE_ADDITIONAL_PAGES		0xfffull
/*
 * The same with HV_FLUSH_USE_EXTENDED_RANGE_FORMAT.  SPEC?: no edition has the
 * layout; this is HV_GPA_PAGE_RANGE.  With the large page bit the number is
 * one of large pages, of 2 MiB or 1 GiB, and the base is in bits 63:21.
 */
#define HV_GVA_RANGE_EX_ADDITIONAL_PAGES	0x7ffull
#define HV_GVA_RANGE_EX_LARGE_PAGE		0x800ull
#define HV_GVA_RANGE_EX_1G			0x1000ull
#define HV_GVA_RANGE_EX_LARGE_BASE		(~0x1fffffull)

struct hv_switch_virtual_address_space {
	u64 address_space;
};

static_assert(sizeof(struct hv_switch_virtual_address_space) == 8);

struct hv_guest_mapping_flush {
	u64 address_space;
	u64 flags;
};

static_assert(sizeof(struct hv_guest_mapping_flush) == 16);

struct hv_tlb_flush {
	u64 address_space;
	u64 flags;
	u64 processor_mask;
};

static_assert(sizeof(struct hv_tlb_flush) == 24);

struct hv_tlb_flush_ex {
	u64 address_space;
	u64 flags;
	struct hv_vpset processor_set;
};

static_assert(sizeof(struct hv_tlb_flush_ex) == 32);

struct hv_notify_long_spin_wait {
	u32 spin_count;
	u32 rsvdz;
};

static_assert(sizeof(struct hv_notify_long_spin_wait) == 8);

/*
 * SPEC?: the online table gives ProcessorMask one byte; the printed editions
 * and all guests have eight.
 */
struct hv_send_ipi {
	u32 vector;
	u8 target_vtl;
	u8 padding[3];
	u64 processor_mask;
};

static_assert(sizeof(struct hv_send_ipi) == 16);
static_assert(offsetof(struct hv_send_ipi, processor_mask) == 8);

struct hv_send_ipi_ex {
	u32 vector;
	u8 target_vtl;
	u8 padding[3];
	struct hv_vpset processor_set;
};

static_assert(sizeof(struct hv_send_ipi_ex) == 24);
static_assert(offsetof(struct hv_send_ipi_ex, processor_set) == 8);

#define HV_IPI_LOW_VECTOR			0x10
#define HV_IPI_HIGH_VECTOR			0xff

/* "up to 240 bytes total" of the message are sent: payload_size */
struct hv_post_message {
	u32 connection_id;
	u32 rsvdz;
	u32 message_type;
	u32 payload_size;
	u64 payload[30];
};

static_assert(sizeof(struct hv_post_message) == 256);
static_assert(offsetof(struct hv_post_message, payload) == 16);

struct hv_signal_event {
	u32 connection_id;
	u16 flag_number;
	u16 rsvdz;
};

static_assert(sizeof(struct hv_signal_event) == 8);

struct hv_get_vp_index_from_apic_id {
	u64 partition_id;
	u8 target_vtl;
	u8 padding[7];
	u32 apic_ids[];
};

static_assert(sizeof(struct hv_get_vp_index_from_apic_id) == 16);

/* v2.0, chapter Debugging; data of up to a page is behind each */
struct hv_post_debug_data_in {
	u32 count;
	u32 options;
};

struct hv_retrieve_debug_data_in {
	u32 count;
	u32 options;
	u64 timeout;
};

struct hv_retrieve_debug_data_out {
	u32 retrieved;
	u32 remaining;
};

static_assert(sizeof(struct hv_post_debug_data_in) == 8);
static_assert(sizeof(struct hv_retrieve_debug_data_in) == 16);
static_assert(sizeof(struct hv_retrieve_debug_data_out) == 8);

#endif /* HV_HYPERCALL_H */
