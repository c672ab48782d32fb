/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reference time and synthetic timers (TLFS timers.md,
 * datatypes/hv_timer_message_payload.md).
 */
#ifndef HV_TIMERS_H
#define HV_TIMERS_H

#include <linux/types.h>
#include <linux/build_bug.h>

/* time = ((tsc * tsc_scale) >> 64) + tsc_offset */
struct hv_reference_tsc_page {
	u32 tsc_sequence;
	u32 reserved1;
	u64 tsc_scale;
	s64 tsc_offset;
	u64 reserved2[509];
};

static_assert(sizeof(struct hv_reference_tsc_page) == 4096);
static_assert(offsetof(struct hv_reference_tsc_page, tsc_scale) == 8);
static_assert(offsetof(struct hv_reference_tsc_page, tsc_offset) == 16);

#define HV_TSC_SEQUENCE_INVALID			0u

#define HV_SYNIC_STIMER_COUNT			4

/* STIMERx_CONFIG */
#define HV_STIMER_ENABLED			0x1ull
#define HV_STIMER_PERIODIC			0x2ull
#define HV_STIMER_LAZY				0x4ull
#define HV_STIMER_AUTOENABLE			0x8ull
#define HV_STIMER_APICVECTOR_SHIFT		4
#define HV_STIMER_APICVECTOR_MASK		(0xffull << 4)
#define HV_STIMER_DIRECT_MODE			0x1000ull
#define HV_STIMER_SINT_SHIFT			16
#define HV_STIMER_SINT_MASK			(0xfull << 16)
#define HV_STIMER_RSVDZ				(~0x000f1fffull)

struct hv_timer_message_payload {
	u32 timer_index;
	u32 reserved;
	u64 expiration_time;
	u64 delivery_time;
};

static_assert(sizeof(struct hv_timer_message_payload) == 24);

#endif /* HV_TIMERS_H */
