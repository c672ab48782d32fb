/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual processors (TLFS vp-properties.md, datatypes/hv_vp_set.md,
 * hv_vp_assist_page.md, hv_input_vtl.md, hv_vp_index.md).
 */
#ifndef HV_VP_H
#define HV_VP_H

#include <linux/types.h>
#include <linux/build_bug.h>

#define HV_ANY_VP				0xffffffffu
#define HV_VP_INDEX_SELF			0xfffffffeu
#define HV_PARTITION_ID_SELF			0xffffffffffffffffull

/* HV_INPUT_VTL */
#define HV_INPUT_VTL_TARGET_MASK		0x0f
#define HV_INPUT_VTL_USE_TARGET			0x10
#define HV_INPUT_VTL_RSVDZ			0xe0

/* HV_VP_SET */
#define HV_GENERIC_SET_SPARSE_4K		0ull
#define HV_GENERIC_SET_ALL			1ull
#define HV_VP_SET_MAX_BANKS			64
#define HV_VP_SET_BANK_VPS			64

struct hv_vpset {
	u64 format;
	u64 valid_bank_mask;
	u64 bank_contents[];
};

static_assert(sizeof(struct hv_vpset) == 16);

struct hv_vp_vtl_control {
	u32 vtl_entry_reason;
	u8 vina_status;
	u8 reserved[3];
	u64 vtl_return_x64_rax;
	u64 vtl_return_x64_rcx;
};

static_assert(sizeof(struct hv_vp_vtl_control) == 24);

struct hv_nested_enlightenments_control {
	u32 features;
	u32 hypercall_controls;
};

#define HV_NESTED_FEATURE_DIRECT_HYPERCALL	0x1u

static_assert(sizeof(struct hv_nested_enlightenments_control) == 8);

#define HV_VIRTUAL_APIC_NO_EOI_REQUIRED		0x1u

struct hv_vp_assist_page {
	u32 apic_assist;
	u32 reserved1;
	struct hv_vp_vtl_control vtl_control;
	struct hv_nested_enlightenments_control nested_control;
	u8 enlighten_vmentry;
	u8 reserved2[7];
	u64 current_nested_vmcs;
	u8 synthetic_time_unhalted_timer_expired;
	u8 reserved3[7];
	/* VirtualizationFaultInformation, at a multiple of 16 bytes */
	u8 virtualization_fault_information[16] __aligned(16);
	u8 reserved4[4096 - 80];
};

static_assert(sizeof(struct hv_vp_assist_page) == 4096);
static_assert(offsetof(struct hv_vp_assist_page, nested_control) == 32);
static_assert(offsetof(struct hv_vp_assist_page, current_nested_vmcs) == 48);

#endif /* HV_VP_H */
