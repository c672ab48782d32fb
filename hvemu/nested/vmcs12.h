/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmcs12: the VMCS that a guest hypervisor (L1) keeps for its guest (L2).
 *
 * To L1 it is opaque, but not to the VMM: a VM that is saved with one in use
 * goes on under KVM, and the other way.  So layout and revision identifier are
 * the ones that KVM fixed; the table in vmcs12.c asserts every offset.
 *
 * Pure: no VMX, no guest memory.
 */
#ifndef HVE_NESTED_VMCS12_H
#define HVE_NESTED_VMCS12_H

#include <linux/types.h>

struct hve_nested_caps;

#define VMCS12_REVISION		0x11e57ed0u
#define VMCS12_SIZE		0x1000u		/* of L1's region, IA32_VMX_BASIC */

#define VMCS12_SHADOW_BIT	0x80000000u	/* of .revision */

/* .launch_state */
#define VMCS12_CLEAR		0
#define VMCS12_LAUNCHED		1

struct vmcs12 {
	u32 revision;
	u32 abort;
	u32 launch_state;
	u32 rsvd0[7];

	/* 64-bit fields */
	u64 io_bitmap_a;
	u64 io_bitmap_b;
	u64 msr_bitmap;
	u64 vm_exit_msr_store_addr;
	u64 vm_exit_msr_load_addr;
	u64 vm_entry_msr_load_addr;
	u64 tsc_offset;
	u64 virtual_apic_page_addr;
	u64 apic_access_addr;
	u64 posted_intr_desc_addr;
	u64 ept_pointer;
	u64 eoi_exit_bitmap[4];
	u64 xss_exit_bitmap;
	u64 guest_physical_address;
	u64 vmcs_link_pointer;
	u64 guest_ia32_debugctl;
	u64 guest_ia32_pat;
	u64 guest_ia32_efer;
	u64 guest_ia32_perf_global_ctrl;
	u64 guest_pdptr[4];
	u64 guest_bndcfgs;
	u64 host_ia32_pat;
	u64 host_ia32_efer;
	u64 host_ia32_perf_global_ctrl;
	u64 vmread_bitmap;
	u64 vmwrite_bitmap;
	u64 vm_function_control;
	u64 eptp_list_address;
	u64 pml_address;
	u64 encls_exiting_bitmap;
	u64 tsc_multiplier;
	u64 rsvd1;

	/* natural-width fields: 64 bits, whatever L1 is */
	u64 cr0_guest_host_mask;
	u64 cr4_guest_host_mask;
	u64 cr0_read_shadow;
	u64 cr4_read_shadow;
	u64 rsvd2[4];
	u64 exit_qualification;
	u64 guest_linear_address;
	u64 guest_cr0;
	u64 guest_cr3;
	u64 guest_cr4;
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
	u64 guest_dr7;
	u64 guest_rsp;
	u64 guest_rip;
	u64 guest_rflags;
	u64 guest_pending_dbg_exceptions;
	u64 guest_sysenter_esp;
	u64 guest_sysenter_eip;
	u64 host_cr0;
	u64 host_cr3;
	u64 host_cr4;
	u64 host_fs_base;
	u64 host_gs_base;
	u64 host_tr_base;
	u64 host_gdtr_base;
	u64 host_idtr_base;
	u64 host_ia32_sysenter_esp;
	u64 host_ia32_sysenter_eip;
	u64 host_rsp;
	u64 host_rip;
	u64 rsvd_cet[6];	/* CET state, which no guest is offered */
	u64 rsvd3[2];

	/* 32-bit fields */
	u32 pin_based_vm_exec_control;
	u32 cpu_based_vm_exec_control;
	u32 exception_bitmap;
	u32 page_fault_error_code_mask;
	u32 page_fault_error_code_match;
	u32 cr3_target_count;
	u32 vm_exit_controls;
	u32 vm_exit_msr_store_count;
	u32 vm_exit_msr_load_count;
	u32 vm_entry_controls;
	u32 vm_entry_msr_load_count;
	u32 vm_entry_intr_info_field;
	u32 vm_entry_exception_error_code;
	u32 vm_entry_instruction_len;
	u32 tpr_threshold;
	u32 secondary_vm_exec_control;
	u32 vm_instruction_error;
	u32 vm_exit_reason;
	u32 vm_exit_intr_info;
	u32 vm_exit_intr_error_code;
	u32 idt_vectoring_info_field;
	u32 idt_vectoring_error_code;
	u32 vm_exit_instruction_len;
	u32 vmx_instruction_info;
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
	u32 guest_interruptibility_info;
	u32 guest_activity_state;
	u32 guest_sysenter_cs;
	u32 host_ia32_sysenter_cs;
	u32 vmx_preemption_timer_value;
	u32 rsvd4[7];

	/* 16-bit fields */
	u16 virtual_processor_id;
	u16 posted_intr_nv;
	u16 guest_es_selector;
	u16 guest_cs_selector;
	u16 guest_ss_selector;
	u16 guest_ds_selector;
	u16 guest_fs_selector;
	u16 guest_gs_selector;
	u16 guest_ldtr_selector;
	u16 guest_tr_selector;
	u16 guest_intr_status;
	u16 host_es_selector;
	u16 host_cs_selector;
	u16 host_ss_selector;
	u16 host_ds_selector;
	u16 host_fs_selector;
	u16 host_gs_selector;
	u16 host_tr_selector;
	u16 guest_pml_index;
};

/**
 * hve_vmcs12_read() - a field as VMREAD gives it
 * @vmcs12: VMCS
 * @caps: of the vCPU: fields of a control that L1 may not use do not exist
 * @encoding: operand of the instruction, all 64 bits
 * @val: out
 *
 * Return: 0 or a VM-instruction error (VMXERR_*).
 */
int hve_vmcs12_read(const struct vmcs12 *vmcs12,
		    const struct hve_nested_caps *caps, u64 encoding, u64 *val);

/**
 * hve_vmcs12_write() - what VMWRITE does
 * @vmcs12: VMCS
 * @caps: as there
 * @encoding: as there
 * @val: new value; bits beyond the field's width are dropped
 *
 * Return: 0 or a VM-instruction error (VMXERR_*).
 */
int hve_vmcs12_write(struct vmcs12 *vmcs12, const struct hve_nested_caps *caps,
		     u64 encoding, u64 val);

/**
 * hve_vmcs12_check() - is there such a field, and may it be written?
 * @caps: as in hve_vmcs12_read()
 * @encoding: as there
 * @write: VMWRITE
 *
 * Return: 0 or a VM-instruction error (VMXERR_*).
 */
int hve_vmcs12_check(const struct hve_nested_caps *caps, u64 encoding, bool write);

/**
 * hve_vmcs12_place() - where a field is
 * @encoding: of a field that hve_vmcs12_check() knows
 * @bytes: out, of all of it
 *
 * Return: offset in struct vmcs12.
 */
u32 hve_vmcs12_place(u64 encoding, u32 *bytes);

/** hve_vmcs_field_get() - a field at @p, as wide as its encoding says */
u64 hve_vmcs_field_get(const void *p, u64 encoding);

/** hve_vmcs_field_set() - likewise written */
void hve_vmcs_field_set(void *p, u64 encoding, u64 val);

/**
 * hve_vmcs12_gate() - the control that a field belongs to
 * @encoding: of a field that hve_vmcs12_next() names
 * @msr: out, where the control is
 * @control: out
 *
 * Return: false: every VMCS has the field.
 */
bool hve_vmcs12_gate(u32 encoding, u32 *msr, u32 *control);

/**
 * hve_vmcs12_next() - walk all fields in the order of their table slots
 * @encoding: encoding of a field that exists, or ~0 to begin
 * @caps: as in hve_vmcs12_read(); NULL: also fields that do not exist for L1
 *
 * The high halves of 64-bit fields are not named.
 *
 * Return: the next encoding, ~0 behind the last.
 */
u32 hve_vmcs12_next(u32 encoding, const struct hve_nested_caps *caps);

/** hve_vmcs12_max_index() - what IA32_VMX_VMCS_ENUM says in its bits 9:1 */
unsigned int hve_vmcs12_max_index(const struct hve_nested_caps *caps);

#endif /* HVE_NESTED_VMCS12_H */
