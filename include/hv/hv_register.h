/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers of virtual processors by name, and the blocks of the calls that
 * read and write them (TLFS datatypes/hv_register_name.md,
 * hv_register_value.md, hv_x64_segment_register.md, hv_x64_table_register.md,
 * hv_initial_vp_context.md).
 */
#ifndef HV_REGISTER_H
#define HV_REGISTER_H

#include <linux/types.h>
#include <linux/build_bug.h>

/* 128-bit mirrors of CPUID leaves */
#define HV_REGISTER_HYPERVISOR_VERSION		0x00000100
#define HV_REGISTER_PRIVILEGES_AND_FEATURES_INFO 0x00000200
#define HV_REGISTER_PASID_FEATURES_INFO		0x00000205
#define HV_REGISTER_NESTED_VIRT_FEATURES_INFO	0x00000207
#define HV_REGISTER_IPT_FEATURES_INFO		0x00000208

#define HV_REGISTER_GUEST_CRASH_P0		0x00000210
#define HV_REGISTER_GUEST_CRASH_CTL		0x00000215

#define HV_REGISTER_PENDING_EVENT0		0x00010004

#define HV_X64_REGISTER_RAX			0x00020000
#define HV_X64_REGISTER_RSP			0x00020004
#define HV_X64_REGISTER_RIP			0x00020010
#define HV_X64_REGISTER_RFLAGS			0x00020011

#define HV_X64_REGISTER_XMM0			0x00030000

#define HV_X64_REGISTER_CR0			0x00040000
#define HV_X64_REGISTER_CR2			0x00040001
#define HV_X64_REGISTER_CR3			0x00040002
#define HV_X64_REGISTER_CR4			0x00040003
#define HV_X64_REGISTER_CR8			0x00040004
#define HV_X64_REGISTER_XFEM			0x00040005

#define HV_X64_REGISTER_DR0			0x00050000
#define HV_X64_REGISTER_DR6			0x00050004
#define HV_X64_REGISTER_DR7			0x00050005

#define HV_X64_REGISTER_ES			0x00060000
#define HV_X64_REGISTER_CS			0x00060001
#define HV_X64_REGISTER_SS			0x00060002
#define HV_X64_REGISTER_DS			0x00060003
#define HV_X64_REGISTER_FS			0x00060004
#define HV_X64_REGISTER_GS			0x00060005
#define HV_X64_REGISTER_LDTR			0x00060006
#define HV_X64_REGISTER_TR			0x00060007

#define HV_X64_REGISTER_IDTR			0x00070000
#define HV_X64_REGISTER_GDTR			0x00070001

#define HV_X64_REGISTER_TSC			0x00080000
#define HV_X64_REGISTER_EFER			0x00080001
#define HV_X64_REGISTER_KERNEL_GS_BASE		0x00080002
#define HV_X64_REGISTER_APIC_BASE		0x00080003
#define HV_X64_REGISTER_PAT			0x00080004
#define HV_X64_REGISTER_SYSENTER_CS		0x00080005
#define HV_X64_REGISTER_SYSENTER_EIP		0x00080006
#define HV_X64_REGISTER_SYSENTER_ESP		0x00080007
#define HV_X64_REGISTER_STAR			0x00080008
#define HV_X64_REGISTER_INITIAL_APIC_ID		0x0008000c
#define HV_X64_REGISTER_MTRR_CAP		0x0008000d
#define HV_X64_REGISTER_MTRR_DEF_TYPE		0x0008000e
#define HV_X64_REGISTER_MTRR_PHYS_BASE0		0x00080010
#define HV_X64_REGISTER_MTRR_PHYS_MASK0		0x00080040
#define HV_X64_REGISTER_MTRR_FIX64K_00000	0x00080070
#define HV_X64_REGISTER_MTRR_FIX16K_80000	0x00080071
#define HV_X64_REGISTER_MTRR_FIX4K_C0000	0x00080073
#define HV_X64_REGISTER_TSC_AUX			0x0008007b
#define HV_X64_REGISTER_DEBUG_CTL		0x0008007d
#define HV_X64_REGISTER_SPEC_CTRL		0x00080084
#define HV_X64_REGISTER_TSC_DEADLINE		0x00080095
#define HV_X64_REGISTER_TSC_ADJUST		0x00080096
#define HV_X64_REGISTER_MISC_ENABLE		0x000800a0

#define HV_REGISTER_VP_RUNTIME			0x00090000
#define HV_REGISTER_GUEST_OS_ID			0x00090002
#define HV_REGISTER_VP_INDEX			0x00090003
#define HV_REGISTER_TIME_REF_COUNT		0x00090004
#define HV_REGISTER_VP_ASSIST_PAGE		0x00090013
#define HV_REGISTER_REFERENCE_TSC		0x00090017
#define HV_REGISTER_STATS_PARTITION_RETAIL	0x00090020
#define HV_REGISTER_STATS_VP_RETAIL		0x00090022

#define HV_REGISTER_SINT0			0x000a0000
#define HV_REGISTER_SCONTROL			0x000a0010
#define HV_REGISTER_SVERSION			0x000a0011
#define HV_REGISTER_SIFP			0x000a0012
#define HV_REGISTER_SIPP			0x000a0013
#define HV_REGISTER_EOM				0x000a0014
#define HV_REGISTER_STIMER0_CONFIG		0x000b0000
#define HV_REGISTER_STIME_UNHALTED_CONFIG	0x000b0100

struct hv_register_value {
	u64 words[2];
};

static_assert(sizeof(struct hv_register_value) == 16);

#define HV_X64_SEGMENT_TYPE(attr)		((attr) & 0xf)
#define HV_X64_SEGMENT_PRESENT			0x0080
#define HV_X64_SEGMENT_RSVDZ			0x0f00

struct hv_x64_segment_register {
	u64 base;
	u32 limit;
	u16 selector;
	u16 attributes;
};

static_assert(sizeof(struct hv_x64_segment_register) == 16);

struct hv_x64_table_register {
	u16 pad[3];
	u16 limit;
	u64 base;
};

static_assert(sizeof(struct hv_x64_table_register) == 16);
static_assert(offsetof(struct hv_x64_table_register, limit) == 6);

/*
 * HV_X64_PENDING_EVENT of an exception.  SPEC?: named and not laid out; this
 * is WHV_X64_PENDING_EXCEPTION_EVENT.
 */
#define HV_PENDING_EVENT_PENDING		0x1ull
#define HV_PENDING_EVENT_TYPE_MASK		0xeull
#define HV_PENDING_EVENT_HAS_ERROR		0x100ull
#define HV_PENDING_EVENT_RSVDZ			0xfef0ull
#define HV_PENDING_EVENT_VECTOR_SHIFT		16
#define HV_PENDING_EVENT_ERROR_SHIFT		32

struct hv_initial_vp_context {
	u64 rip;
	u64 rsp;
	u64 rflags;
	struct hv_x64_segment_register cs, ds, es, fs, gs, ss, tr, ldtr;
	struct hv_x64_table_register idtr, gdtr;
	u64 efer;
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 msr_cr_pat;
};

static_assert(sizeof(struct hv_initial_vp_context) == 224);
static_assert(offsetof(struct hv_initial_vp_context, efer) == 184);

struct hv_vp_registers_head {
	u64 partition_id;
	u32 vp_index;
	u8 input_vtl;
	u8 rsvdz[3];
};

static_assert(sizeof(struct hv_vp_registers_head) == 16);

struct hv_get_vp_registers {
	struct hv_vp_registers_head head;
	u32 names[];
};

static_assert(sizeof(struct hv_get_vp_registers) == 16);

struct hv_register_assoc {
	u32 name;
	u32 padding[3];
	struct hv_register_value value;
};

static_assert(sizeof(struct hv_register_assoc) == 32);
static_assert(offsetof(struct hv_register_assoc, value) == 16);

struct hv_set_vp_registers {
	struct hv_vp_registers_head head;
	struct hv_register_assoc regs[];
};

static_assert(sizeof(struct hv_set_vp_registers) == 16);

struct hv_start_virtual_processor {
	u64 partition_id;
	u32 vp_index;
	u8 target_vtl;
	u8 padding[3];
	struct hv_initial_vp_context context;
};

static_assert(sizeof(struct hv_start_virtual_processor) == 240);

/* virtual-mmu.md; datatypes/hv_translate_gva_control_flags.md */
#define HV_TRANSLATE_GVA_VALIDATE_READ		0x0001ull
#define HV_TRANSLATE_GVA_VALIDATE_WRITE		0x0002ull
#define HV_TRANSLATE_GVA_VALIDATE_EXECUTE	0x0004ull
#define HV_TRANSLATE_GVA_VALIDATE_ANY		0x0007ull
#define HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT	0x0008ull
#define HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS	0x0010ull
#define HV_TRANSLATE_GVA_SUPERVISOR_ACCESS	0x0040ull
#define HV_TRANSLATE_GVA_USER_ACCESS		0x0080ull
#define HV_TRANSLATE_GVA_ENFORCE_SMAP		0x0100ull
#define HV_TRANSLATE_GVA_OVERRIDE_SMAP		0x0200ull
#define HV_TRANSLATE_GVA_INPUT_VTL_SHIFT	56
#define HV_TRANSLATE_GVA_INPUT_VTL_MASK		(0xffull << 56)

/* HV_TRANSLATE_GVA_RESULT_CODE */
#define HV_TRANSLATE_GVA_SUCCESS		0
#define HV_TRANSLATE_GVA_PAGE_NOT_PRESENT	1
#define HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION	2
#define HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS 3
#define HV_TRANSLATE_GVA_GPA_UNMAPPED		4
#define HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS	6
#define HV_TRANSLATE_GVA_GPA_ILLEGAL_OVERLAY_ACCESS 7

/* HV_CACHE_TYPE */
#define HV_CACHE_TYPE_UNCACHED			0
#define HV_CACHE_TYPE_WRITE_COMBINING		1
#define HV_CACHE_TYPE_WRITE_THROUGH		4
#define HV_CACHE_TYPE_WRITE_PROTECTED		5
#define HV_CACHE_TYPE_WRITE_BACK		6

struct hv_translate_virtual_address {
	u64 partition_id;
	u32 vp_index;
	u32 padding;
	u64 control_flags;
	u64 gva_page;
};

static_assert(sizeof(struct hv_translate_virtual_address) == 32);

struct hv_translate_gva_result {
	u32 result_code;
	u8 cache_type;
	u8 overlay_page;	/* bit 0 */
	u8 reserved[2];
};

static_assert(sizeof(struct hv_translate_gva_result) == 8);

struct hv_translate_virtual_address_out {
	struct hv_translate_gva_result result;
	u64 gpa_page;
};

static_assert(sizeof(struct hv_translate_virtual_address_out) == 16);

/*
 * SPEC?: the table gives the extended result 16 bytes, so there are 8 for
 * EventInfo: all of it but the parameter, which is the address asked for.
 */
struct hv_translate_virtual_address_ex_out {
	struct hv_translate_gva_result result;
	u64 event_info;
	u64 gpa_page;
};

static_assert(sizeof(struct hv_translate_virtual_address_ex_out) == 24);

#endif /* HV_REGISTER_H */
