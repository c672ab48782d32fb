/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics pages (TLFS 2.0 chapter Statistics and appendix Statistics Counter
 * Definitions, hypercalls/HvCallMapStatsPage2.md,
 * datatypes/hv_stats_object_identity.md).
 */
#ifndef HV_STATS_H
#define HV_STATS_H

#include <linux/types.h>
#include <linux/build_bug.h>

/* Pages of a partition or VP: retail, internal */
#define HV_STATS_PAGES				2

#define HV_STATS_OBJECT_HYPERVISOR		0x00000001u
#define HV_STATS_OBJECT_LOGICAL_PROCESSOR	0x00000002u
#define HV_STATS_OBJECT_PARTITION		0x00010001u
#define HV_STATS_OBJECT_VP			0x00010002u

/* hv_stats_object_identity.area */
#define HV_STATS_AREA_SELF			0
#define HV_STATS_AREA_INTERNAL			2

struct hv_stats_object_identity {
	u64 partition_id;
	u32 vp_index;			/* RsvdZ for a partition */
	u16 rsvdz2;
	u8 rsvdz3;
	u8 area;
};

static_assert(sizeof(struct hv_stats_object_identity) == 16);

struct hv_map_stats_page {
	u32 type;
	u32 rsvdz;
	struct hv_stats_object_identity identity;
	u64 gpn;
};

static_assert(sizeof(struct hv_map_stats_page) == 32);

/* As it lies in memory: the identity at offset 4 */
struct hv_unmap_stats_page {
	u32 words[5];
};

static_assert(sizeof(struct hv_unmap_stats_page) == 20);

#define HV_STATISTICS_TYPE_END_OF_LIST		0
#define HV_STATISTICS_TYPE_PA_ID		2
#define HV_STATISTICS_TYPE_VPA_ID		2
#define HV_STATISTICS_TYPE_VPV_ID		3
#define HV_STATISTICS_VERSION_1_0		0x00010000u

/* Tightly packed: eight bytes, "index zero references the group's header" */
struct hv_statistics_group_header {
	u16 type;
	u16 version[2];			/* low and high half */
	u16 length;			/* bytes behind the header */
};

static_assert(sizeof(struct hv_statistics_group_header) == 8);

/* Partition, architected group */
#define HV_STATS_PA_VIRTUAL_PROCESSORS		1
#define HV_STATS_PA_LAST			1

/* VP, architected group: 100 ns */
#define HV_STATS_VPA_TOTAL_RUN_TIME		1
#define HV_STATS_VPA_HYPERVISOR_RUN_TIME	2
#define HV_STATS_VPA_LAST			2

/* VP, release-specific group: counts; "cost", ns each, is one behind */
#define HV_STATS_VPV_HYPERCALLS			1
#define HV_STATS_VPV_PAGE_INVALIDATIONS		3
#define HV_STATS_VPV_CR_ACCESSES		5
#define HV_STATS_VPV_IO_INSTRUCTIONS		7
#define HV_STATS_VPV_HLT_INSTRUCTIONS		9
#define HV_STATS_VPV_MWAIT_INSTRUCTIONS		11
#define HV_STATS_VPV_CPUID_INSTRUCTIONS		13
#define HV_STATS_VPV_MSR_ACCESSES		15
#define HV_STATS_VPV_OTHER_INTERCEPTS		17
#define HV_STATS_VPV_EXTERNAL_INTERRUPTS	19
#define HV_STATS_VPV_PENDING_INTERRUPTS		21
#define HV_STATS_VPV_DEBUG_REGISTER_ACCESSES	25
#define HV_STATS_VPV_LAST_WITH_COST		27
/* counts without a cost */
#define HV_STATS_VPV_APIC_MMIO_ACCESSES		33
#define HV_STATS_VPV_APIC_EOI_ACCESSES		36
#define HV_STATS_VPV_ADDRESS_SPACE_SWITCHES	41
#define HV_STATS_VPV_ADDRESS_SPACE_FLUSHES	43
#define HV_STATS_VPV_LOCAL_GVA_FLUSHES		45
#define HV_STATS_VPV_APIC_TPR_ACCESSES		50
#define HV_STATS_VPV_LONG_SPIN_WAIT_HYPERCALLS	58
#define HV_STATS_VPV_OTHER_HYPERCALLS		59
#define HV_STATS_VPV_LAST			59

#endif /* HV_STATS_H */
