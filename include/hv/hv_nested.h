/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nested virtualization (TLFS nested-virtualization.md,
 * datatypes/hv_vmx_enlightened_vmcs.md, hv_nested_enlightenments_control.md,
 * hv_virtualization_fault_information.md).
 */
#ifndef HV_NESTED_H
#define HV_NESTED_H

#include <linux/types.h>
#include <linux/build_bug.h>

#define HV_VMX_ENLIGHTENED_VMCS_VERSION		1

/* CleanFields */
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_IO_BITMAP		0x0001u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_MSR_BITMAP		0x0002u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_GRP2		0x0004u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_GRP1		0x0008u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_PROC		0x0010u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_EVENT		0x0020u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_ENTRY		0x0040u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_EXCPN		0x0080u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_CRDR			0x0100u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_XLAT		0x0200u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_GUEST_BASIC		0x0400u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_GUEST_GRP1		0x0800u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_GUEST_GRP2		0x1000u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_HOST_POINTER		0x2000u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_HOST_GRP1		0x4000u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_ENLIGHTENMENTSCONTROL	0x8000u
#define HV_VMX_ENLIGHTENED_CLEAN_FIELD_ALL			0xffffu

/* EnlightenmentsControl */
#define HV_EVMCS_NESTED_FLUSH_HYPERCALL		0x1u
#define HV_EVMCS_MSR_BITMAP			0x2u

struct hv_enlightened_vmcs {
	u32 revision_id;
	u32 abort;
	u16 host_es_selector;
	u16 host_cs_selector;
	u16 host_ss_selector;
	u16 host_ds_selector;
	u16 host_fs_selector;
	u16 host_gs_selector;
	u16 host_tr_selector;
	u16 rsvd0;
	u64 host_ia32_pat;
	u64 host_ia32_efer;
	u64 host_cr0;
	u64 host_cr3;
	u64 host_cr4;
	u64 host_ia32_sysenter_esp;
	u64 host_ia32_sysenter_eip;
	u64 host_rip;
	u32 host_ia32_sysenter_cs;
	u32 pin_based_vm_exec_control;
	u32 vm_exit_controls;
	u32 secondary_vm_exec_control;
	u64 io_bitmap_a;
	u64 io_bitmap_b;
	u64 msr_bitmap;
	u16 guest_es_selector;
	u16 guest_cs_selector;
	u16 guest_ss_selector;
	u16 guest_ds_selector;
	u16 guest_fs_selector;
	u16 guest_gs_selector;
	u16 guest_ldtr_selector;
	u16 guest_tr_selector;
	u32 guest_es_limit;
	u32 guest_cs_limit;
	u32 guest_ss_limit;
	u32 guest_ds_limit;
	u32 guest_fs_limit;
	u32 guest_gs_limit;
	u32 guest_ldtr_limit;
	u32 guest_tr_limit;
	u32 guest_gdtr_limit;
	u32 guest_idtr_limit;
	u32 guest_es_ar_bytes;
	u32 guest_cs_ar_bytes;
	u32 guest_ss_ar_bytes;
	u32 guest_ds_ar_bytes;
	u32 guest_fs_ar_bytes;
	u32 guest_gs_ar_bytes;
	u32 guest_ldtr_ar_bytes;
	u32 guest_tr_ar_bytes;
	u64 guest_es_base;
	u64 guest_cs_base;
	u64 guest_ss_base;
	u64 guest_ds_base;
	u64 guest_fs_base;
	u64 guest_gs_base;
	u64 guest_ldtr_base;
	u64 guest_tr_base;
	u64 guest_gdtr_base;
	u64 guest_idtr_base;
	u64 rsvd1[3];
	u64 vm_exit_msr_store_addr;
	u64 vm_exit_msr_load_addr;
	u64 vm_entry_msr_load_addr;
	u64 cr3_target_value[4];
	u32 page_fault_error_code_mask;
	u32 page_fault_error_code_match;
	u32 cr3_target_count;
	u32 vm_exit_msr_store_count;
	u32 vm_exit_msr_load_count;
	u32 vm_entry_msr_load_count;
	u64 tsc_offset;
	u64 virtual_apic_page_addr;
	u64 vmcs_link_pointer;
	u64 guest_ia32_debugctl;
	u64 guest_ia32_pat;
	u64 guest_ia32_efer;
	u64 guest_pdptr[4];
	u64 guest_pending_dbg_exceptions;
	u64 guest_sysenter_esp;
	u64 guest_sysenter_eip;
	u32 guest_activity_state;
	u32 guest_sysenter_cs;
	u64 cr0_guest_host_mask;
	u64 cr4_guest_host_mask;
	u64 cr0_read_shadow;
	u64 cr4_read_shadow;
	u64 guest_cr0;
	u64 guest_cr3;
	u64 guest_cr4;
	u64 guest_dr7;
	u64 host_fs_base;
	u64 host_gs_base;
	u64 host_tr_base;
	u64 host_gdtr_base;
	u64 host_idtr_base;
	u64 host_rsp;
	u64 ept_pointer;
	u16 virtual_processor_id;
	u16 rsvd2[3];
	u64 rsvd3[5];
	u64 guest_physical_address;
	u32 vm_instruction_error;
	u32 vm_exit_reason;
	u32 vm_exit_intr_info;
	u32 vm_exit_intr_error_code;
	u32 idt_vectoring_info_field;
	u32 idt_vectoring_error_code;
	u32 vm_exit_instruction_len;
	u32 vmx_instruction_info;
	u64 exit_qualification;
	u64 exit_io_instruction_ecx;
	u64 exit_io_instruction_esi;
	u64 exit_io_instruction_edi;
	u64 exit_io_instruction_eip;
	u64 guest_linear_address;
	u64 guest_rsp;
	u64 guest_rflags;
	u32 guest_interruptibility_info;
	u32 cpu_based_vm_exec_control;
	u32 exception_bitmap;
	u32 vm_entry_controls;
	u32 vm_entry_intr_info_field;
	u32 vm_entry_exception_error_code;
	u32 vm_entry_instruction_len;
	u32 tpr_threshold;
	u64 guest_rip;
	u32 hv_clean_fields;
	u32 rsvd4;
	u32 hv_synthetic_controls;
	u32 hv_enlightenments_control;
	u32 hv_vp_id;
	u32 rsvd5;
	u64 hv_vm_id;
	u64 partition_assist_page;
	u64 rsvd6[4];
	u64 guest_bndcfgs;
	u64 guest_ia32_perf_global_ctrl;
	u64 guest_ia32_s_cet;
	u64 guest_ssp;
	u64 guest_ia32_int_ssp_table_addr;
	u64 guest_ia32_lbr_ctl;
	u64 rsvd7[2];
	u64 xss_exit_bitmap;
	u64 encls_exiting_bitmap;
	u64 host_ia32_perf_global_ctrl;
	u64 tsc_multiplier;
	u64 host_ia32_s_cet;
	u64 host_ssp;
	u64 host_ia32_int_ssp_table_addr;
	u64 tertiary_processor_controls;
};

static_assert(sizeof(struct hv_enlightened_vmcs) == 1024);
static_assert(offsetof(struct hv_enlightened_vmcs, host_ia32_pat) == 24);
static_assert(offsetof(struct hv_enlightened_vmcs, host_ia32_sysenter_cs) == 88);
static_assert(offsetof(struct hv_enlightened_vmcs, io_bitmap_a) == 104);
static_assert(offsetof(struct hv_enlightened_vmcs, guest_es_limit) == 144);
static_assert(offsetof(struct hv_enlightened_vmcs, guest_es_base) == 216);
static_assert(offsetof(struct hv_enlightened_vmcs, vm_exit_msr_store_addr) == 320);
static_assert(offsetof(struct hv_enlightened_vmcs, tsc_offset) == 400);
static_assert(offsetof(struct hv_enlightened_vmcs, guest_activity_state) == 504);
static_assert(offsetof(struct hv_enlightened_vmcs, host_fs_base) == 576);
static_assert(offsetof(struct hv_enlightened_vmcs, ept_pointer) == 624);
static_assert(offsetof(struct hv_enlightened_vmcs, guest_physical_address) == 680);
static_assert(offsetof(struct hv_enlightened_vmcs, exit_qualification) == 720);
static_assert(offsetof(struct hv_enlightened_vmcs, guest_rip) == 816);
static_assert(offsetof(struct hv_enlightened_vmcs, hv_clean_fields) == 824);
static_assert(offsetof(struct hv_enlightened_vmcs, hv_vp_id) == 840);
static_assert(offsetof(struct hv_enlightened_vmcs, partition_assist_page) == 856);
static_assert(offsetof(struct hv_enlightened_vmcs, guest_bndcfgs) == 896);
static_assert(offsetof(struct hv_enlightened_vmcs, xss_exit_bitmap) == 960);

/* NestedEnlightenmentsControl.Features of the VP assist page */
#define HV_NESTED_DIRECT_HYPERCALL		0x1u
#define HV_NESTED_VIRTUALIZATION_EXCEPTION	0x2u
/* NestedEnlightenmentsControl.HypercallControls */
#define HV_NESTED_INTER_PARTITION_COMM		0x1u

struct hv_partition_assist_pg {
	u32 tlb_lock_count;
};

static_assert(sizeof(struct hv_partition_assist_pg) == 4);

struct hv_virtualization_fault_information {
	u16 parameter0;
	u16 reserved0;
	u32 code;
	u64 parameter1;
};

static_assert(sizeof(struct hv_virtualization_fault_information) == 16);

#define HV_VMX_SYNTHETIC_EXIT_REASON_TRAP_AFTER_FLUSH	0x10000031u

#endif /* HV_NESTED_H */
