// SPDX-License-Identifier: GPL-2.0
/*
 * Fields of vmcs12 by encoding (SDM, appendix "Field Encoding in VMCS").
 *
 * Width and type of a field are bits of its encoding.  The table has one row a
 * field: encoding, member, the member's offset, which must never change, and
 * the control that the field belongs to: a processor has such a field only
 * when the control may be 1.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <asm/vmx.h>
#include "vmcs12.h"
#include "vmxmsr.h"

/* bits of an encoding */
#define ENC_HIGH	BIT(0)
#define ENC_INDEX(e)	((e) >> 1 & 0x1ff)
#define ENC_TYPE(e)	((e) >> 10 & 3)
#define ENC_WIDTH(e)	((e) >> 13 & 3)
#define ENC_RSVD	(~0x6ffeull & ~(u64)ENC_HIGH)

enum { TYPE_CONTROL, TYPE_EXIT_INFO, TYPE_GUEST, TYPE_HOST };
enum { WIDTH_16, WIDTH_64, WIDTH_32, WIDTH_NATURAL };

/* As slot of the table: width, type, and as much of the index as is used. */
#define INDEX_BITS	6
#define NR_SLOTS	(16u << INDEX_BITS)
#define SLOT(e)		((ENC_WIDTH(e) * 4 + ENC_TYPE(e)) << INDEX_BITS | \
			 ENC_INDEX(e))
#define SIZE(e)		(ENC_WIDTH(e) == WIDTH_16 ? 2 : \
			 ENC_WIDTH(e) == WIDTH_32 ? 4 : 8)

enum gate {
	ALWAYS, MSR_BITMAPS, TPR, CPU2, PREEMPT, POSTED, ENTRY_PERF, ENTRY_PAT,
	ENTRY_EFER, ENTRY_BNDCFGS, EXIT_PERF, EXIT_PAT, EXIT_EFER, APIC_ACCESS,
	EPT, VPID, VID, VMFUNC, SHADOW, ENCLS, PML, XSAVES, TSC_SCALING,
};

static const struct {
	u32 msr;
	u32 control;
} gates[] = {
	[MSR_BITMAPS] = { MSR_IA32_VMX_TRUE_PROCBASED_CTLS, CPU_BASED_USE_MSR_BITMAPS },
	[TPR] = { MSR_IA32_VMX_TRUE_PROCBASED_CTLS, CPU_BASED_TPR_SHADOW },
	[CPU2] = { MSR_IA32_VMX_TRUE_PROCBASED_CTLS, CPU_BASED_ACTIVATE_SECONDARY_CONTROLS },
	[PREEMPT] = { MSR_IA32_VMX_TRUE_PINBASED_CTLS, PIN_BASED_VMX_PREEMPTION_TIMER },
	[POSTED] = { MSR_IA32_VMX_TRUE_PINBASED_CTLS, PIN_BASED_POSTED_INTR },
	[ENTRY_PERF] = { MSR_IA32_VMX_TRUE_ENTRY_CTLS, VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL },
	[ENTRY_PAT] = { MSR_IA32_VMX_TRUE_ENTRY_CTLS, VM_ENTRY_LOAD_IA32_PAT },
	[ENTRY_EFER] = { MSR_IA32_VMX_TRUE_ENTRY_CTLS, VM_ENTRY_LOAD_IA32_EFER },
	[ENTRY_BNDCFGS] = { MSR_IA32_VMX_TRUE_ENTRY_CTLS, VM_ENTRY_LOAD_BNDCFGS },
	[EXIT_PERF] = { MSR_IA32_VMX_TRUE_EXIT_CTLS, VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL },
	[EXIT_PAT] = { MSR_IA32_VMX_TRUE_EXIT_CTLS, VM_EXIT_LOAD_IA32_PAT },
	[EXIT_EFER] = { MSR_IA32_VMX_TRUE_EXIT_CTLS, VM_EXIT_LOAD_IA32_EFER },
	[APIC_ACCESS] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES },
	[EPT] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_EPT },
	[VPID] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_VPID },
	[VID] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY },
	[VMFUNC] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_VMFUNC },
	[SHADOW] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_SHADOW_VMCS },
	[ENCLS] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENCLS_EXITING },
	[PML] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_PML },
	[XSAVES] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_XSAVES },
	[TSC_SCALING] = { MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_TSC_SCALING },
};

struct row {
	u16 offset;
	u8 gate;
};

#define MEMBER(m)	(((struct vmcs12 *)0)->m)
#define F(enc, m, off, g) [SLOT(enc)] = { \
	.offset = (off) + \
		  BUILD_BUG_ON_ZERO(offsetof(struct vmcs12, m) != (off)) + \
		  BUILD_BUG_ON_ZERO(sizeof(MEMBER(m)) != SIZE(enc)) + \
		  BUILD_BUG_ON_ZERO(ENC_INDEX(enc) >> INDEX_BITS), \
	.gate = (g) }

static const struct row rows[NR_SLOTS] = {
	F(VIRTUAL_PROCESSOR_ID, virtual_processor_id, 960, VPID),
	F(POSTED_INTR_NV, posted_intr_nv, 962, POSTED),
	F(GUEST_ES_SELECTOR, guest_es_selector, 964, ALWAYS),
	F(GUEST_CS_SELECTOR, guest_cs_selector, 966, ALWAYS),
	F(GUEST_SS_SELECTOR, guest_ss_selector, 968, ALWAYS),
	F(GUEST_DS_SELECTOR, guest_ds_selector, 970, ALWAYS),
	F(GUEST_FS_SELECTOR, guest_fs_selector, 972, ALWAYS),
	F(GUEST_GS_SELECTOR, guest_gs_selector, 974, ALWAYS),
	F(GUEST_LDTR_SELECTOR, guest_ldtr_selector, 976, ALWAYS),
	F(GUEST_TR_SELECTOR, guest_tr_selector, 978, ALWAYS),
	F(GUEST_INTR_STATUS, guest_intr_status, 980, VID),
	F(GUEST_PML_INDEX, guest_pml_index, 996, PML),
	F(HOST_ES_SELECTOR, host_es_selector, 982, ALWAYS),
	F(HOST_CS_SELECTOR, host_cs_selector, 984, ALWAYS),
	F(HOST_SS_SELECTOR, host_ss_selector, 986, ALWAYS),
	F(HOST_DS_SELECTOR, host_ds_selector, 988, ALWAYS),
	F(HOST_FS_SELECTOR, host_fs_selector, 990, ALWAYS),
	F(HOST_GS_SELECTOR, host_gs_selector, 992, ALWAYS),
	F(HOST_TR_SELECTOR, host_tr_selector, 994, ALWAYS),
	F(IO_BITMAP_A, io_bitmap_a, 40, ALWAYS),
	F(IO_BITMAP_B, io_bitmap_b, 48, ALWAYS),
	F(MSR_BITMAP, msr_bitmap, 56, MSR_BITMAPS),
	F(VM_EXIT_MSR_STORE_ADDR, vm_exit_msr_store_addr, 64, ALWAYS),
	F(VM_EXIT_MSR_LOAD_ADDR, vm_exit_msr_load_addr, 72, ALWAYS),
	F(VM_ENTRY_MSR_LOAD_ADDR, vm_entry_msr_load_addr, 80, ALWAYS),
	F(PML_ADDRESS, pml_address, 312, PML),
	F(TSC_OFFSET, tsc_offset, 88, ALWAYS),
	F(VIRTUAL_APIC_PAGE_ADDR, virtual_apic_page_addr, 96, TPR),
	F(APIC_ACCESS_ADDR, apic_access_addr, 104, APIC_ACCESS),
	F(POSTED_INTR_DESC_ADDR, posted_intr_desc_addr, 112, POSTED),
	F(VM_FUNCTION_CONTROL, vm_function_control, 296, VMFUNC),
	F(EPT_POINTER, ept_pointer, 120, EPT),
	F(EOI_EXIT_BITMAP0, eoi_exit_bitmap[0], 128, VID),
	F(EOI_EXIT_BITMAP1, eoi_exit_bitmap[1], 136, VID),
	F(EOI_EXIT_BITMAP2, eoi_exit_bitmap[2], 144, VID),
	F(EOI_EXIT_BITMAP3, eoi_exit_bitmap[3], 152, VID),
	F(EPTP_LIST_ADDRESS, eptp_list_address, 304, VMFUNC),
	F(VMREAD_BITMAP, vmread_bitmap, 280, SHADOW),
	F(VMWRITE_BITMAP, vmwrite_bitmap, 288, SHADOW),
	F(XSS_EXIT_BITMAP, xss_exit_bitmap, 160, XSAVES),
	F(ENCLS_EXITING_BITMAP, encls_exiting_bitmap, 320, ENCLS),
	F(TSC_MULTIPLIER, tsc_multiplier, 328, TSC_SCALING),
	F(GUEST_PHYSICAL_ADDRESS, guest_physical_address, 168, EPT),
	F(VMCS_LINK_POINTER, vmcs_link_pointer, 176, ALWAYS),
	F(GUEST_IA32_DEBUGCTL, guest_ia32_debugctl, 184, ALWAYS),
	F(GUEST_IA32_PAT, guest_ia32_pat, 192, ENTRY_PAT),
	F(GUEST_IA32_EFER, guest_ia32_efer, 200, ENTRY_EFER),
	F(GUEST_IA32_PERF_GLOBAL_CTRL, guest_ia32_perf_global_ctrl, 208,
	  ENTRY_PERF),
	F(GUEST_PDPTR0, guest_pdptr[0], 216, EPT),
	F(GUEST_PDPTR1, guest_pdptr[1], 224, EPT),
	F(GUEST_PDPTR2, guest_pdptr[2], 232, EPT),
	F(GUEST_PDPTR3, guest_pdptr[3], 240, EPT),
	F(GUEST_BNDCFGS, guest_bndcfgs, 248, ENTRY_BNDCFGS),
	F(HOST_IA32_PAT, host_ia32_pat, 256, EXIT_PAT),
	F(HOST_IA32_EFER, host_ia32_efer, 264, EXIT_EFER),
	F(HOST_IA32_PERF_GLOBAL_CTRL, host_ia32_perf_global_ctrl, 272,
	  EXIT_PERF),
	F(PIN_BASED_VM_EXEC_CONTROL, pin_based_vm_exec_control, 744, ALWAYS),
	F(CPU_BASED_VM_EXEC_CONTROL, cpu_based_vm_exec_control, 748, ALWAYS),
	F(EXCEPTION_BITMAP, exception_bitmap, 752, ALWAYS),
	F(PAGE_FAULT_ERROR_CODE_MASK, page_fault_error_code_mask, 756, ALWAYS),
	F(PAGE_FAULT_ERROR_CODE_MATCH, page_fault_error_code_match, 760,
	  ALWAYS),
	F(CR3_TARGET_COUNT, cr3_target_count, 764, ALWAYS),
	F(VM_EXIT_CONTROLS, vm_exit_controls, 768, ALWAYS),
	F(VM_EXIT_MSR_STORE_COUNT, vm_exit_msr_store_count, 772, ALWAYS),
	F(VM_EXIT_MSR_LOAD_COUNT, vm_exit_msr_load_count, 776, ALWAYS),
	F(VM_ENTRY_CONTROLS, vm_entry_controls, 780, ALWAYS),
	F(VM_ENTRY_MSR_LOAD_COUNT, vm_entry_msr_load_count, 784, ALWAYS),
	F(VM_ENTRY_INTR_INFO_FIELD, vm_entry_intr_info_field, 788, ALWAYS),
	F(VM_ENTRY_EXCEPTION_ERROR_CODE, vm_entry_exception_error_code, 792,
	  ALWAYS),
	F(VM_ENTRY_INSTRUCTION_LEN, vm_entry_instruction_len, 796, ALWAYS),
	F(TPR_THRESHOLD, tpr_threshold, 800, TPR),
	F(SECONDARY_VM_EXEC_CONTROL, secondary_vm_exec_control, 804, CPU2),
	F(VM_INSTRUCTION_ERROR, vm_instruction_error, 808, ALWAYS),
	F(VM_EXIT_REASON, vm_exit_reason, 812, ALWAYS),
	F(VM_EXIT_INTR_INFO, vm_exit_intr_info, 816, ALWAYS),
	F(VM_EXIT_INTR_ERROR_CODE, vm_exit_intr_error_code, 820, ALWAYS),
	F(IDT_VECTORING_INFO_FIELD, idt_vectoring_info_field, 824, ALWAYS),
	F(IDT_VECTORING_ERROR_CODE, idt_vectoring_error_code, 828, ALWAYS),
	F(VM_EXIT_INSTRUCTION_LEN, vm_exit_instruction_len, 832, ALWAYS),
	F(VMX_INSTRUCTION_INFO, vmx_instruction_info, 836, ALWAYS),
	F(GUEST_ES_LIMIT, guest_es_limit, 840, ALWAYS),
	F(GUEST_CS_LIMIT, guest_cs_limit, 844, ALWAYS),
	F(GUEST_SS_LIMIT, guest_ss_limit, 848, ALWAYS),
	F(GUEST_DS_LIMIT, guest_ds_limit, 852, ALWAYS),
	F(GUEST_FS_LIMIT, guest_fs_limit, 856, ALWAYS),
	F(GUEST_GS_LIMIT, guest_gs_limit, 860, ALWAYS),
	F(GUEST_LDTR_LIMIT, guest_ldtr_limit, 864, ALWAYS),
	F(GUEST_TR_LIMIT, guest_tr_limit, 868, ALWAYS),
	F(GUEST_GDTR_LIMIT, guest_gdtr_limit, 872, ALWAYS),
	F(GUEST_IDTR_LIMIT, guest_idtr_limit, 876, ALWAYS),
	F(GUEST_ES_AR_BYTES, guest_es_ar_bytes, 880, ALWAYS),
	F(GUEST_CS_AR_BYTES, guest_cs_ar_bytes, 884, ALWAYS),
	F(GUEST_SS_AR_BYTES, guest_ss_ar_bytes, 888, ALWAYS),
	F(GUEST_DS_AR_BYTES, guest_ds_ar_bytes, 892, ALWAYS),
	F(GUEST_FS_AR_BYTES, guest_fs_ar_bytes, 896, ALWAYS),
	F(GUEST_GS_AR_BYTES, guest_gs_ar_bytes, 900, ALWAYS),
	F(GUEST_LDTR_AR_BYTES, guest_ldtr_ar_bytes, 904, ALWAYS),
	F(GUEST_TR_AR_BYTES, guest_tr_ar_bytes, 908, ALWAYS),
	F(GUEST_INTERRUPTIBILITY_INFO, guest_interruptibility_info, 912,
	  ALWAYS),
	F(GUEST_ACTIVITY_STATE, guest_activity_state, 916, ALWAYS),
	F(GUEST_SYSENTER_CS, guest_sysenter_cs, 920, ALWAYS),
	F(VMX_PREEMPTION_TIMER_VALUE, vmx_preemption_timer_value, 928, PREEMPT),
	F(HOST_IA32_SYSENTER_CS, host_ia32_sysenter_cs, 924, ALWAYS),
	F(CR0_GUEST_HOST_MASK, cr0_guest_host_mask, 344, ALWAYS),
	F(CR4_GUEST_HOST_MASK, cr4_guest_host_mask, 352, ALWAYS),
	F(CR0_READ_SHADOW, cr0_read_shadow, 360, ALWAYS),
	F(CR4_READ_SHADOW, cr4_read_shadow, 368, ALWAYS),
	F(EXIT_QUALIFICATION, exit_qualification, 408, ALWAYS),
	F(GUEST_LINEAR_ADDRESS, guest_linear_address, 416, ALWAYS),
	F(GUEST_CR0, guest_cr0, 424, ALWAYS),
	F(GUEST_CR3, guest_cr3, 432, ALWAYS),
	F(GUEST_CR4, guest_cr4, 440, ALWAYS),
	F(GUEST_ES_BASE, guest_es_base, 448, ALWAYS),
	F(GUEST_CS_BASE, guest_cs_base, 456, ALWAYS),
	F(GUEST_SS_BASE, guest_ss_base, 464, ALWAYS),
	F(GUEST_DS_BASE, guest_ds_base, 472, ALWAYS),
	F(GUEST_FS_BASE, guest_fs_base, 480, ALWAYS),
	F(GUEST_GS_BASE, guest_gs_base, 488, ALWAYS),
	F(GUEST_LDTR_BASE, guest_ldtr_base, 496, ALWAYS),
	F(GUEST_TR_BASE, guest_tr_base, 504, ALWAYS),
	F(GUEST_GDTR_BASE, guest_gdtr_base, 512, ALWAYS),
	F(GUEST_IDTR_BASE, guest_idtr_base, 520, ALWAYS),
	F(GUEST_DR7, guest_dr7, 528, ALWAYS),
	F(GUEST_RSP, guest_rsp, 536, ALWAYS),
	F(GUEST_RIP, guest_rip, 544, ALWAYS),
	F(GUEST_RFLAGS, guest_rflags, 552, ALWAYS),
	F(GUEST_PENDING_DBG_EXCEPTIONS, guest_pending_dbg_exceptions, 560,
	  ALWAYS),
	F(GUEST_SYSENTER_ESP, guest_sysenter_esp, 568, ALWAYS),
	F(GUEST_SYSENTER_EIP, guest_sysenter_eip, 576, ALWAYS),
	F(HOST_CR0, host_cr0, 584, ALWAYS),
	F(HOST_CR3, host_cr3, 592, ALWAYS),
	F(HOST_CR4, host_cr4, 600, ALWAYS),
	F(HOST_FS_BASE, host_fs_base, 608, ALWAYS),
	F(HOST_GS_BASE, host_gs_base, 616, ALWAYS),
	F(HOST_TR_BASE, host_tr_base, 624, ALWAYS),
	F(HOST_GDTR_BASE, host_gdtr_base, 632, ALWAYS),
	F(HOST_IDTR_BASE, host_idtr_base, 640, ALWAYS),
	F(HOST_IA32_SYSENTER_ESP, host_ia32_sysenter_esp, 648, ALWAYS),
	F(HOST_IA32_SYSENTER_EIP, host_ia32_sysenter_eip, 656, ALWAYS),
	F(HOST_RSP, host_rsp, 664, ALWAYS),
	F(HOST_RIP, host_rip, 672, ALWAYS),
};

static_assert(offsetof(struct vmcs12, abort) == 4);
static_assert(offsetof(struct vmcs12, launch_state) == 8);
static_assert(sizeof(struct vmcs12) <= VMCS12_SIZE);
static_assert(ARRAY_SIZE(rows) == NR_SLOTS);

static bool exists(const struct row *row, const struct hve_nested_caps *caps)
{
	if (!row->offset)
		return false;
	if (row->gate == ALWAYS || !caps)
		return true;
	return hve_caps_may(caps, gates[row->gate].msr) & gates[row->gate].control;
}

/* The row of an operand, or NULL where VMREAD and VMWRITE find no field. */
static const struct row *lookup(const struct hve_nested_caps *caps, u64 enc)
{
	const struct row *row;

	if ((enc & ENC_RSVD) || ENC_INDEX(enc) >> INDEX_BITS)
		return NULL;
	if ((enc & ENC_HIGH) && ENC_WIDTH(enc) != WIDTH_64)
		return NULL;
	row = &rows[SLOT(enc)];
	return exists(row, caps) ? row : NULL;
}

int hve_vmcs12_check(const struct hve_nested_caps *caps, u64 encoding, bool write)
{
	if (!lookup(caps, encoding))
		return VMXERR_UNSUPPORTED_VMCS_COMPONENT;
	if (write && ENC_TYPE(encoding) == TYPE_EXIT_INFO &&
	    !(hve_caps_get(caps, MSR_IA32_VMX_MISC) &
	      VMX_MISC_VMWRITE_SHADOW_RO_FIELDS))
		return VMXERR_VMWRITE_READ_ONLY_VMCS_COMPONENT;
	return 0;
}

u32 hve_vmcs12_place(u64 encoding, u32 *bytes)
{
	*bytes = SIZE(encoding);
	return rows[SLOT(encoding)].offset;
}

u64 hve_vmcs_field_get(const void *p, u64 encoding)
{
	switch (ENC_WIDTH(encoding)) {
	case WIDTH_16:
		return *(const u16 *)p;
	case WIDTH_32:
		return *(const u32 *)p;
	}
	return *(const u64 *)p >> (encoding & ENC_HIGH ? 32 : 0);
}

void hve_vmcs_field_set(void *p, u64 encoding, u64 val)
{
	switch (ENC_WIDTH(encoding)) {
	case WIDTH_16:
		*(u16 *)p = val;
		break;
	case WIDTH_32:
		*(u32 *)p = val;
		break;
	default:
		if (encoding & ENC_HIGH)
			val = val << 32 | *(u32 *)p;
		*(u64 *)p = val;
	}
}

int hve_vmcs12_read(const struct vmcs12 *vmcs12,
		    const struct hve_nested_caps *caps, u64 encoding, u64 *val)
{
	int r = hve_vmcs12_check(caps, encoding, false);

	if (!r)
		*val = hve_vmcs_field_get((const u8 *)vmcs12 +
					  rows[SLOT(encoding)].offset, encoding);
	return r;
}

int hve_vmcs12_write(struct vmcs12 *vmcs12, const struct hve_nested_caps *caps,
		     u64 encoding, u64 val)
{
	int r = hve_vmcs12_check(caps, encoding, true);

	if (!r)
		hve_vmcs_field_set((u8 *)vmcs12 + rows[SLOT(encoding)].offset,
				   encoding, val);
	return r;
}

bool hve_vmcs12_gate(u32 encoding, u32 *msr, u32 *control)
{
	const struct row *row = &rows[SLOT(encoding)];

	*msr = gates[row->gate].msr;
	*control = gates[row->gate].control;
	return row->gate != ALWAYS;
}

u32 hve_vmcs12_next(u32 encoding, const struct hve_nested_caps *caps)
{
	unsigned int i = encoding == ~0u ? 0 : SLOT(encoding) + 1;

	for (; i < NR_SLOTS; i++)
		if (exists(&rows[i], caps))
			return (i >> (INDEX_BITS + 2)) << 13 |
			       (i >> INDEX_BITS & 3) << 10 |
			       (i & ((1 << INDEX_BITS) - 1)) << 1;
	return ~0u;
}

unsigned int hve_vmcs12_max_index(const struct hve_nested_caps *caps)
{
	unsigned int max = 0;
	u32 enc = ~0u;

	while ((enc = hve_vmcs12_next(enc, caps)) != ~0u)
		max = max_t(unsigned int, max, ENC_INDEX(enc));
	return max;
}
