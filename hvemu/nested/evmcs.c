// SPDX-License-Identifier: GPL-2.0
/*
 * Fields of the enlightened VMCS: one row a field, in lists by clean field
 * (TLFS datatypes/hv_vmx_enlightened_vmcs.md, "Physical VMCS Encoding").  Members
 * have the names that they have in vmcs12.
 *
 * SPEC?: "0x00006c16 | HostSysenterCsMsr": that is the encoding of HostRip, which
 * has no row; both are in HOST_GRP1.
 * SPEC?: the MSR lists, the page-fault mask and match and the CR3 targets have no
 * row: no clean field covers them, so they are loaded each time.
 * CET, LBR and tertiary controls are not loaded: no vCPU is offered them.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <asm/vmx.h>
#include "hv/hv_nested.h"
#include "evmcs.h"
#include "vmcs12.h"
#include "vmxmsr.h"

#define FIELDS_ALWAYS(X) \
	X(GUEST_RIP, guest_rip) \
	X(TPR_THRESHOLD, tpr_threshold) \
	X(PAGE_FAULT_ERROR_CODE_MASK, page_fault_error_code_mask) \
	X(PAGE_FAULT_ERROR_CODE_MATCH, page_fault_error_code_match) \
	X(CR3_TARGET_COUNT, cr3_target_count) \
	X(VM_EXIT_MSR_STORE_ADDR, vm_exit_msr_store_addr) \
	X(VM_EXIT_MSR_STORE_COUNT, vm_exit_msr_store_count) \
	X(VM_EXIT_MSR_LOAD_ADDR, vm_exit_msr_load_addr) \
	X(VM_EXIT_MSR_LOAD_COUNT, vm_exit_msr_load_count) \
	X(VM_ENTRY_MSR_LOAD_ADDR, vm_entry_msr_load_addr) \
	X(VM_ENTRY_MSR_LOAD_COUNT, vm_entry_msr_load_count)

#define FIELDS_GUEST_BASIC(X) \
	X(GUEST_RSP, guest_rsp) \
	X(GUEST_RFLAGS, guest_rflags) \
	X(GUEST_INTERRUPTIBILITY_INFO, guest_interruptibility_info)

#define FIELDS_CONTROL_PROC(X) \
	X(CPU_BASED_VM_EXEC_CONTROL, cpu_based_vm_exec_control)

#define FIELDS_CONTROL_EXCPN(X) \
	X(EXCEPTION_BITMAP, exception_bitmap)

#define FIELDS_CONTROL_ENTRY(X) \
	X(VM_ENTRY_CONTROLS, vm_entry_controls)

#define FIELDS_CONTROL_EVENT(X) \
	X(VM_ENTRY_INTR_INFO_FIELD, vm_entry_intr_info_field) \
	X(VM_ENTRY_EXCEPTION_ERROR_CODE, vm_entry_exception_error_code) \
	X(VM_ENTRY_INSTRUCTION_LEN, vm_entry_instruction_len)

#define FIELDS_HOST_GRP1(X) \
	X(HOST_ES_SELECTOR, host_es_selector) \
	X(HOST_CS_SELECTOR, host_cs_selector) \
	X(HOST_SS_SELECTOR, host_ss_selector) \
	X(HOST_DS_SELECTOR, host_ds_selector) \
	X(HOST_FS_SELECTOR, host_fs_selector) \
	X(HOST_GS_SELECTOR, host_gs_selector) \
	X(HOST_TR_SELECTOR, host_tr_selector) \
	X(HOST_IA32_PAT, host_ia32_pat) \
	X(HOST_IA32_EFER, host_ia32_efer) \
	X(HOST_CR0, host_cr0) \
	X(HOST_CR3, host_cr3) \
	X(HOST_CR4, host_cr4) \
	X(HOST_IA32_SYSENTER_ESP, host_ia32_sysenter_esp) \
	X(HOST_IA32_SYSENTER_EIP, host_ia32_sysenter_eip) \
	X(HOST_RIP, host_rip) \
	X(HOST_IA32_SYSENTER_CS, host_ia32_sysenter_cs) \
	X(HOST_IA32_PERF_GLOBAL_CTRL, host_ia32_perf_global_ctrl)

#define FIELDS_CONTROL_GRP1(X) \
	X(PIN_BASED_VM_EXEC_CONTROL, pin_based_vm_exec_control) \
	X(VM_EXIT_CONTROLS, vm_exit_controls) \
	X(SECONDARY_VM_EXEC_CONTROL, secondary_vm_exec_control)

#define FIELDS_IO_BITMAP(X) \
	X(IO_BITMAP_A, io_bitmap_a) \
	X(IO_BITMAP_B, io_bitmap_b)

#define FIELDS_MSR_BITMAP(X) \
	X(MSR_BITMAP, msr_bitmap)

#define FIELDS_GUEST_GRP2(X) \
	X(GUEST_ES_SELECTOR, guest_es_selector) \
	X(GUEST_CS_SELECTOR, guest_cs_selector) \
	X(GUEST_SS_SELECTOR, guest_ss_selector) \
	X(GUEST_DS_SELECTOR, guest_ds_selector) \
	X(GUEST_FS_SELECTOR, guest_fs_selector) \
	X(GUEST_GS_SELECTOR, guest_gs_selector) \
	X(GUEST_LDTR_SELECTOR, guest_ldtr_selector) \
	X(GUEST_TR_SELECTOR, guest_tr_selector) \
	X(GUEST_ES_LIMIT, guest_es_limit) \
	X(GUEST_CS_LIMIT, guest_cs_limit) \
	X(GUEST_SS_LIMIT, guest_ss_limit) \
	X(GUEST_DS_LIMIT, guest_ds_limit) \
	X(GUEST_FS_LIMIT, guest_fs_limit) \
	X(GUEST_GS_LIMIT, guest_gs_limit) \
	X(GUEST_LDTR_LIMIT, guest_ldtr_limit) \
	X(GUEST_TR_LIMIT, guest_tr_limit) \
	X(GUEST_GDTR_LIMIT, guest_gdtr_limit) \
	X(GUEST_IDTR_LIMIT, guest_idtr_limit) \
	X(GUEST_ES_AR_BYTES, guest_es_ar_bytes) \
	X(GUEST_CS_AR_BYTES, guest_cs_ar_bytes) \
	X(GUEST_SS_AR_BYTES, guest_ss_ar_bytes) \
	X(GUEST_DS_AR_BYTES, guest_ds_ar_bytes) \
	X(GUEST_FS_AR_BYTES, guest_fs_ar_bytes) \
	X(GUEST_GS_AR_BYTES, guest_gs_ar_bytes) \
	X(GUEST_LDTR_AR_BYTES, guest_ldtr_ar_bytes) \
	X(GUEST_TR_AR_BYTES, guest_tr_ar_bytes) \
	X(GUEST_ES_BASE, guest_es_base) \
	X(GUEST_CS_BASE, guest_cs_base) \
	X(GUEST_SS_BASE, guest_ss_base) \
	X(GUEST_DS_BASE, guest_ds_base) \
	X(GUEST_FS_BASE, guest_fs_base) \
	X(GUEST_GS_BASE, guest_gs_base) \
	X(GUEST_LDTR_BASE, guest_ldtr_base) \
	X(GUEST_TR_BASE, guest_tr_base) \
	X(GUEST_GDTR_BASE, guest_gdtr_base) \
	X(GUEST_IDTR_BASE, guest_idtr_base)

#define FIELDS_CONTROL_GRP2(X) \
	X(TSC_OFFSET, tsc_offset) \
	X(VIRTUAL_APIC_PAGE_ADDR, virtual_apic_page_addr) \
	X(XSS_EXIT_BITMAP, xss_exit_bitmap) \
	X(ENCLS_EXITING_BITMAP, encls_exiting_bitmap) \
	X(TSC_MULTIPLIER, tsc_multiplier)

#define FIELDS_GUEST_GRP1(X) \
	X(VMCS_LINK_POINTER, vmcs_link_pointer) \
	X(GUEST_IA32_DEBUGCTL, guest_ia32_debugctl) \
	X(GUEST_IA32_PAT, guest_ia32_pat) \
	X(GUEST_IA32_EFER, guest_ia32_efer) \
	X(GUEST_PDPTR0, guest_pdptr[0]) \
	X(GUEST_PDPTR1, guest_pdptr[1]) \
	X(GUEST_PDPTR2, guest_pdptr[2]) \
	X(GUEST_PDPTR3, guest_pdptr[3]) \
	X(GUEST_PENDING_DBG_EXCEPTIONS, guest_pending_dbg_exceptions) \
	X(GUEST_SYSENTER_ESP, guest_sysenter_esp) \
	X(GUEST_SYSENTER_EIP, guest_sysenter_eip) \
	X(GUEST_ACTIVITY_STATE, guest_activity_state) \
	X(GUEST_SYSENTER_CS, guest_sysenter_cs) \
	X(GUEST_BNDCFGS, guest_bndcfgs) \
	X(GUEST_IA32_PERF_GLOBAL_CTRL, guest_ia32_perf_global_ctrl)

#define FIELDS_CRDR(X) \
	X(CR0_GUEST_HOST_MASK, cr0_guest_host_mask) \
	X(CR4_GUEST_HOST_MASK, cr4_guest_host_mask) \
	X(CR0_READ_SHADOW, cr0_read_shadow) \
	X(CR4_READ_SHADOW, cr4_read_shadow) \
	X(GUEST_CR0, guest_cr0) \
	X(GUEST_CR3, guest_cr3) \
	X(GUEST_CR4, guest_cr4) \
	X(GUEST_DR7, guest_dr7)

#define FIELDS_HOST_POINTER(X) \
	X(HOST_FS_BASE, host_fs_base) \
	X(HOST_GS_BASE, host_gs_base) \
	X(HOST_TR_BASE, host_tr_base) \
	X(HOST_GDTR_BASE, host_gdtr_base) \
	X(HOST_IDTR_BASE, host_idtr_base) \
	X(HOST_RSP, host_rsp)

#define FIELDS_CONTROL_XLAT(X) \
	X(VIRTUAL_PROCESSOR_ID, virtual_processor_id) \
	X(EPT_POINTER, ept_pointer)

#define FIELDS_EXIT(X) \
	X(GUEST_PHYSICAL_ADDRESS, guest_physical_address) \
	X(VM_INSTRUCTION_ERROR, vm_instruction_error) \
	X(VM_EXIT_REASON, vm_exit_reason) \
	X(VM_EXIT_INTR_INFO, vm_exit_intr_info) \
	X(VM_EXIT_INTR_ERROR_CODE, vm_exit_intr_error_code) \
	X(IDT_VECTORING_INFO_FIELD, idt_vectoring_info_field) \
	X(IDT_VECTORING_ERROR_CODE, idt_vectoring_error_code) \
	X(VM_EXIT_INSTRUCTION_LEN, vm_exit_instruction_len) \
	X(VMX_INSTRUCTION_INFO, vmx_instruction_info) \
	X(EXIT_QUALIFICATION, exit_qualification) \
	X(GUEST_LINEAR_ADDRESS, guest_linear_address)

/* Those that have a clean field of their name */
#define CLEAN_GROUPS(G) \
	G(GUEST_BASIC) \
	G(CONTROL_PROC) \
	G(CONTROL_EXCPN) \
	G(CONTROL_ENTRY) \
	G(CONTROL_EVENT) \
	G(HOST_GRP1) \
	G(CONTROL_GRP1) \
	G(IO_BITMAP) \
	G(MSR_BITMAP) \
	G(GUEST_GRP2) \
	G(CONTROL_GRP2) \
	G(GUEST_GRP1) \
	G(CRDR) \
	G(HOST_POINTER) \
	G(CONTROL_XLAT)

#define CLEAN(group)	HV_VMX_ENLIGHTENED_CLEAN_FIELD_##group

struct row {
	u16 encoding;
	u16 offset;
	u16 clean;	/* 0: is always loaded */
};

#define MEMBER(type, m)	(((struct type *)0)->m)
#define ROW(enc, m, group) { \
	.encoding = enc, \
	.offset = offsetof(struct hv_enlightened_vmcs, m) + \
		  BUILD_BUG_ON_ZERO(sizeof(MEMBER(hv_enlightened_vmcs, m)) != \
				    sizeof(MEMBER(vmcs12, m))), \
	.clean = group },
#define ROW_ALWAYS(enc, m)	ROW(enc, m, 0)
#define ROW_GUEST_BASIC(enc, m)	ROW(enc, m, CLEAN(GUEST_BASIC))
#define ROW_CONTROL_PROC(enc, m) ROW(enc, m, CLEAN(CONTROL_PROC))
#define ROW_CONTROL_EXCPN(enc, m) ROW(enc, m, CLEAN(CONTROL_EXCPN))
#define ROW_CONTROL_ENTRY(enc, m) ROW(enc, m, CLEAN(CONTROL_ENTRY))
#define ROW_CONTROL_EVENT(enc, m) ROW(enc, m, CLEAN(CONTROL_EVENT))
#define ROW_HOST_GRP1(enc, m)	ROW(enc, m, CLEAN(HOST_GRP1))
#define ROW_CONTROL_GRP1(enc, m) ROW(enc, m, CLEAN(CONTROL_GRP1))
#define ROW_IO_BITMAP(enc, m)	ROW(enc, m, CLEAN(IO_BITMAP))
#define ROW_MSR_BITMAP(enc, m)	ROW(enc, m, CLEAN(MSR_BITMAP))
#define ROW_GUEST_GRP2(enc, m)	ROW(enc, m, CLEAN(GUEST_GRP2))
#define ROW_CONTROL_GRP2(enc, m) ROW(enc, m, CLEAN(CONTROL_GRP2))
#define ROW_GUEST_GRP1(enc, m)	ROW(enc, m, CLEAN(GUEST_GRP1))
#define ROW_CRDR(enc, m)	ROW(enc, m, CLEAN(CRDR))
#define ROW_HOST_POINTER(enc, m) ROW(enc, m, CLEAN(HOST_POINTER))
#define ROW_CONTROL_XLAT(enc, m) ROW(enc, m, CLEAN(CONTROL_XLAT))
#define ROWS(group)		FIELDS_##group(ROW_##group)

static const struct row rows[] = {
	FIELDS_ALWAYS(ROW_ALWAYS)
	FIELDS_EXIT(ROW_ALWAYS)
	CLEAN_GROUPS(ROWS)
};

bool hve_evmcs_revision_ok(u32 revision)
{
	/* Hyper-V writes what IA32_VMX_BASIC says */
	return revision == HV_VMX_ENLIGHTENED_VMCS_VERSION ||
	       revision == VMCS12_REVISION;
}

#define LOAD(enc, m)	{ v->m = READ_ONCE(page->m); }
#define LOAD_GROUP(group) { \
	if (!(clean & CLEAN(group))) { \
		FIELDS_##group(LOAD) \
	} \
}

void hve_evmcs_load_control(struct hve_evmcs_control *ctl,
			    const struct hv_enlightened_vmcs *page)
{
	u32 bits = READ_ONCE(page->hv_enlightenments_control);

	ctl->direct_flush = bits & HV_EVMCS_NESTED_FLUSH_HYPERCALL;
	ctl->msr_bitmap = bits & HV_EVMCS_MSR_BITMAP;
	ctl->vp_id = READ_ONCE(page->hv_vp_id);
	ctl->vm_id = READ_ONCE(page->hv_vm_id);
	ctl->partition_assist = READ_ONCE(page->partition_assist_page);
}

void hve_evmcs_load(struct vmcs12 *v, struct hve_evmcs_control *ctl,
		    const struct hv_enlightened_vmcs *page, u32 clean)
{
	v->revision = VMCS12_REVISION;
	FIELDS_ALWAYS(LOAD)
	CLEAN_GROUPS(LOAD_GROUP)
	if (!(clean & CLEAN(ENLIGHTENMENTSCONTROL)))
		hve_evmcs_load_control(ctl, page);
}

u32 hve_evmcs_clean(const struct hv_enlightened_vmcs *page)
{
	return READ_ONCE(page->hv_clean_fields);
}

void hve_evmcs_entered(struct hv_enlightened_vmcs *page)
{
	WRITE_ONCE(page->hv_clean_fields, READ_ONCE(page->hv_clean_fields) |
		   HV_VMX_ENLIGHTENED_CLEAN_FIELD_ALL);
}

#define STORE(enc, m)	{ WRITE_ONCE(page->m, v->m); }

/* What an entry or an exit changes; the rest is L1's alone. */
void hve_evmcs_store(struct hv_enlightened_vmcs *page, const struct vmcs12 *v)
{
	FIELDS_EXIT(STORE)
	FIELDS_GUEST_BASIC(STORE)
	FIELDS_GUEST_GRP1(STORE)
	FIELDS_GUEST_GRP2(STORE)
	STORE(GUEST_RIP, guest_rip)
	STORE(GUEST_CR0, guest_cr0)
	STORE(GUEST_CR3, guest_cr3)
	STORE(GUEST_CR4, guest_cr4)
	STORE(GUEST_DR7, guest_dr7)
	STORE(VM_ENTRY_CONTROLS, vm_entry_controls)
	STORE(VM_ENTRY_INTR_INFO_FIELD, vm_entry_intr_info_field)
}

static const struct row *find(u32 encoding)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].encoding == encoding)
			return &rows[i];
	return NULL;
}

int hve_evmcs_read(const struct hv_enlightened_vmcs *page,
		   const struct hve_nested_caps *caps, u64 encoding, u64 *val)
{
	int r = hve_vmcs12_check(caps, encoding, false);
	const struct row *row;

	if (r)
		return r;
	row = find(encoding & ~1ull);
	if (!row)
		return VMXERR_UNSUPPORTED_VMCS_COMPONENT;
	*val = hve_vmcs_field_get((const u8 *)page + row->offset, encoding);
	return 0;
}

int hve_evmcs_write(struct hv_enlightened_vmcs *page,
		    const struct hve_nested_caps *caps, u64 encoding, u64 val)
{
	int r = hve_vmcs12_check(caps, encoding, true);
	const struct row *row;

	if (r)
		return r;
	row = find(encoding & ~1ull);
	if (!row)
		return VMXERR_UNSUPPORTED_VMCS_COMPONENT;
	hve_vmcs_field_set((u8 *)page + row->offset, encoding, val);
	WRITE_ONCE(page->hv_clean_fields,
		   READ_ONCE(page->hv_clean_fields) & ~(u32)row->clean);
	return 0;
}

static void take_away(struct hve_nested_caps *caps, u32 msr, u32 control)
{
	caps->msr[msr - MSR_IA32_VMX_BASIC] &= ~((u64)control << 32);
}

void hve_evmcs_caps(struct hve_nested_caps *out,
		    const struct hve_nested_caps *caps, bool perf_global)
{
	u32 enc = ~0u, msr, control;

	*out = *caps;
	while ((enc = hve_vmcs12_next(enc, NULL)) != ~0u)
		if (!find(enc) && hve_vmcs12_gate(enc, &msr, &control))
			take_away(out, msr, control);
	take_away(out, MSR_IA32_VMX_TRUE_EXIT_CTLS, VM_EXIT_SAVE_VMX_PREEMPTION_TIMER);
	/* its field came later than the hypervisors that would use it without */
	take_away(out, MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_TSC_SCALING);
	if (!perf_global) {
		take_away(out, MSR_IA32_VMX_TRUE_EXIT_CTLS,
			  VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL);
		take_away(out, MSR_IA32_VMX_TRUE_ENTRY_CTLS,
			  VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL);
	}
	out->msr[MSR_IA32_VMX_VMFUNC - MSR_IA32_VMX_BASIC] = 0;
}
