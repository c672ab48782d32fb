// SPDX-License-Identifier: GPL-2.0
/*
 * vmcs02: the VMCS that L2 runs on.  Guest state is vmcs12's; controls are
 * what L1 asks for, and what we need.  What it holds already is not written
 * again.
 */
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include "mmu/mmu.h"
#include "hv/hv_nested.h"
#include "private.h"

/* Guest state that is the same in both. */
static const struct row {
	u16 field;
	u16 offset;
} rows[] = {
#define R(f, m)	{ f, offsetof(struct vmcs12, m) }
#define SEGMENT(f, m) \
	R(GUEST_##f##_SELECTOR, guest_##m##_selector), \
	R(GUEST_##f##_BASE, guest_##m##_base), \
	R(GUEST_##f##_LIMIT, guest_##m##_limit), \
	R(GUEST_##f##_AR_BYTES, guest_##m##_ar_bytes)
	SEGMENT(CS, cs), SEGMENT(SS, ss), SEGMENT(DS, ds), SEGMENT(ES, es),
	SEGMENT(FS, fs), SEGMENT(GS, gs), SEGMENT(TR, tr), SEGMENT(LDTR, ldtr),
	R(GUEST_GDTR_BASE, guest_gdtr_base),
	R(GUEST_GDTR_LIMIT, guest_gdtr_limit),
	R(GUEST_IDTR_BASE, guest_idtr_base),
	R(GUEST_IDTR_LIMIT, guest_idtr_limit),
	R(GUEST_SYSENTER_CS, guest_sysenter_cs),
	R(GUEST_SYSENTER_ESP, guest_sysenter_esp),
	R(GUEST_SYSENTER_EIP, guest_sysenter_eip),
	R(GUEST_PENDING_DBG_EXCEPTIONS, guest_pending_dbg_exceptions),
	R(GUEST_INTERRUPTIBILITY_INFO, guest_interruptibility_info),
	R(GUEST_CR3, guest_cr3),
	R(GUEST_RIP, guest_rip),
	R(GUEST_RSP, guest_rsp),
	R(GUEST_RFLAGS, guest_rflags),
};

static_assert(ARRAY_SIZE(rows) == HVE_VMCS02_ROWS);

static void write_rows(struct hve_nested *n)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 val = hve_vmcs_field_get((void *)n->v12 + rows[i].offset,
					     rows[i].field);

		if (n->entered && n->row02[i] == val)
			continue;
		n->row02[i] = val;
		vmcs_write(rows[i].field, val);
	}
}

static void save_rows(struct hve_nested *n)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		n->row02[i] = vmcs_read(rows[i].field);
		hve_vmcs_field_set((void *)n->v12 + rows[i].offset,
				   rows[i].field, n->row02[i]);
	}
}

/* Controls that are never L1's in vmcs02: we do them ourselves. */
#define CPU_OURS	(CPU_BASED_USE_IO_BITMAPS | CPU_BASED_TPR_SHADOW)

/* Secondary ones that L1 may set and the processor then does. */
#define CPU2_MAY	(SECONDARY_EXEC_DESC | SECONDARY_EXEC_WBINVD_EXITING | \
			 SECONDARY_EXEC_PAUSE_LOOP_EXITING | \
			 SECONDARY_EXEC_RDRAND_EXITING | \
			 SECONDARY_EXEC_RDSEED_EXITING)
/* And that the guest has only when L1 sets them. */
#define CPU2_GIVEN	(SECONDARY_EXEC_ENABLE_RDTSCP | \
			 SECONDARY_EXEC_ENABLE_INVPCID)

/* IA32_XSS of a guest is 0, so XSAVES never exits. */
#define CPU2_XSAVES	SECONDARY_EXEC_ENABLE_XSAVES

static void write_controls(struct hve_nested *n)
{
	const struct vmcs12 *v = n->v12;
	struct hve_vmx *vmx = n->vmx;
	u32 cpu = hve_vmx_caps.cpu & ~CPU_BASED_TPR_SHADOW, cpu2;
	u32 cpu2_12 = cpu2_of(v);

	cpu |= v->cpu_based_vm_exec_control & ~CPU_OURS;
	vmx->rdtsc_exits = n->other.rdtsc_exits;
	if (vmx->rdtsc_exits)
		cpu |= CPU_BASED_RDTSC_EXITING;
	cpu2 = (hve_vmx_caps.cpu2 & ~CPU2_GIVEN) | (cpu2_12 & CPU2_MAY) |
	       (hve_vmx_caps.cpu2 & cpu2_12 & CPU2_GIVEN) |
	       (cpu2_12 & CPU2_XSAVES) |
	       (vmx->cpu2_ctl & SECONDARY_EXEC_TSC_SCALING);
	if (cpu != vmx->cpu_ctl) {
		vmx->cpu_ctl = cpu;
		vmcs_write(CPU_BASED_VM_EXEC_CONTROL, cpu);
	}
	if (cpu2 != vmx->cpu2_ctl) {
		vmx->cpu2_ctl = cpu2;
		vmcs_write(SECONDARY_VM_EXEC_CONTROL, cpu2);
	}
	if (cpu2 & CPU2_XSAVES)
		vmcs_write(XSS_EXIT_BITMAP, v->xss_exit_bitmap);
	if (cpu2 & SECONDARY_EXEC_PAUSE_LOOP_EXITING) {
		/* L1's numbers are no fields that it is told to have */
		vmcs_write(PLE_GAP, 128);
		vmcs_write(PLE_WINDOW, 4096);
	}
	/* what L1 does not have of ours is reflected no further */
	hve_vmx_exceptions_set(vmx, n->other.exception_bitmap |
			       v->exception_bitmap);
	if (n->pf_mask != v->page_fault_error_code_mask ||
	    n->pf_match != v->page_fault_error_code_match) {
		n->pf_mask = v->page_fault_error_code_mask;
		n->pf_match = v->page_fault_error_code_match;
		vmcs_write(PAGE_FAULT_ERROR_CODE_MASK, n->pf_mask);
		vmcs_write(PAGE_FAULT_ERROR_CODE_MATCH, n->pf_match);
	}
}

static void write_registers(struct hve_nested *n)
{
	const struct vmcs12 *v = n->v12;
	struct hve_vmx *vmx = n->vmx;
	u64 efer = n->l1_efer & ~(u64)(EFER_LMA | EFER_LME);

	vmx->cr0_kept = v->cr0_guest_host_mask;
	vmx->cr0_shown = v->cr0_read_shadow & v->cr0_guest_host_mask;
	vmx->cr4_kept = v->cr4_guest_host_mask;
	vmx->cr4_shown = v->cr4_read_shadow & v->cr4_guest_host_mask;
	vmx->cr4_guest_owned = n->other.cr4_guest_owned;
	hve_vmx_cr_kept_set(vmx);
	if (v->vm_entry_controls & VM_ENTRY_LOAD_IA32_EFER)
		efer = v->guest_ia32_efer;
	else if (v->vm_entry_controls & VM_ENTRY_IA32E_MODE)
		efer |= EFER_LMA | EFER_LME;
	vmcs_write(GUEST_IA32_EFER, efer);
	hve_vmx_cr4_set(vmx, v->guest_cr4);
	hve_vmx_cr0_set(vmx, v->guest_cr0);
	/* LME without paging: the entry control says nothing of it */
	vmcs_write(GUEST_IA32_EFER, efer);
	if (v->vm_entry_controls & VM_ENTRY_LOAD_IA32_PAT)
		vmcs_write(GUEST_IA32_PAT, v->guest_ia32_pat);
	else
		vmcs_write(GUEST_IA32_PAT, n->l1_pat);
	if (v->vm_entry_controls & VM_ENTRY_LOAD_DEBUG_CONTROLS) {
		hve_nested_host_dr7(n->vcpu, v->guest_dr7);
		vmcs_write(GUEST_IA32_DEBUGCTL, v->guest_ia32_debugctl);
	} else {
		hve_nested_host_dr7(n->vcpu, n->other.dr7);
		vmcs_write(GUEST_IA32_DEBUGCTL, n->l1_debugctl);
	}
}

static void write_paging(struct hve_nested *n)
{
	const struct vmcs12 *v = n->v12;
	unsigned int i;
	u64 gen, eptp = hve_nested_l2_eptp(n, &gen);

	if (!n->entered || eptp != n->eptp02) {
		n->eptp02 = eptp;
		vmcs_write(EPT_POINTER, eptp);
		hve_vmx_flush(n->vmx, eptp);
	}
	if (!(v->guest_cr4 & X86_CR4_PAE) ||
	    (v->vm_entry_controls & VM_ENTRY_IA32E_MODE))
		return;
	for (i = 0; i < 4; i++)
		vmcs_write(GUEST_PDPTR0 + 2 * i,
			   has_cpu2(v, SECONDARY_EXEC_ENABLE_EPT) ?
			   v->guest_pdptr[i] : n->l2_pdpte[i]);
}

/* An entry without VPID, or with another one, starts with no translations. */
static void flush(struct hve_nested *n)
{
	const struct vmcs12 *v = n->v12;
	u16 vpid12 = has_cpu2(v, SECONDARY_EXEC_ENABLE_VPID) ?
		     v->virtual_processor_id : 0;

	if (!vpid12 || vpid12 != n->vpid12 || n->flush_vpid)
		hve_vmx_flush_vpid(n->vmx);
	n->vpid12 = vpid12;
	n->flush_vpid = false;
}

/**
 * hve_vmcs02_write() - all of it, from vmcs12
 * @n: vmcs02 open
 */
void hve_vmcs02_write(struct hve_nested *n)
{
	write_controls(n);
	write_rows(n);
	write_registers(n);
	write_paging(n);
	hve_nested_host_tsc_load(n->vcpu);
	flush(n);
	n->entered = true;
}

/* SDM, "Time-Stamp Counter Offset and Multiplier". */
void hve_nested_tsc(const struct hve_nested *n, u64 *offset, u64 *mult)
{
	const struct vmcs12 *v = n->v12;
	u64 mult12 = v->tsc_multiplier;

	if (!has_cpu(v, CPU_BASED_USE_TSC_OFFSETTING))
		return;
	if (has_cpu2(v, SECONDARY_EXEC_TSC_SCALING)) {
		*mult = *mult ? mul_u64_u64_shr(*mult, mult12, 48) : mult12;
		*offset = mul_s64_u64_shr(*offset, mult12, 48);
	}
	*offset += v->tsc_offset;
}

/**
 * hve_vmcs02_save() - guest state into vmcs12, as a VM exit saves it
 * @n: vmcs02 open
 */
void hve_vmcs02_save(struct hve_nested *n)
{
	struct vmcs12 *v = n->v12;
	struct hve_vmx *vmx = n->vmx;
	unsigned int i;
	u64 efer;

	save_rows(n);
	v->guest_cr0 = hve_vmx_cr0_get(vmx);
	v->guest_cr4 = hve_vmx_cr4_get(vmx);
	v->guest_activity_state = GUEST_ACTIVITY_ACTIVE;
	efer = hve_vmx_efer_get();
	v->vm_entry_controls &= ~(u32)VM_ENTRY_IA32E_MODE;
	if (efer & EFER_LMA)
		v->vm_entry_controls |= VM_ENTRY_IA32E_MODE;
	if (v->vm_exit_controls & VM_EXIT_SAVE_IA32_EFER)
		v->guest_ia32_efer = efer;
	if (v->vm_exit_controls & VM_EXIT_SAVE_IA32_PAT)
		v->guest_ia32_pat = vmcs_read(GUEST_IA32_PAT);
	if (v->vm_exit_controls & VM_EXIT_SAVE_DEBUG_CONTROLS) {
		v->guest_dr7 = vmx->dr7;
		v->guest_ia32_debugctl = vmcs_read(GUEST_IA32_DEBUGCTL);
	}
	if (has_cpu2(v, SECONDARY_EXEC_ENABLE_EPT) &&
	    (v->guest_cr4 & X86_CR4_PAE) && !(efer & EFER_LMA) &&
	    (v->guest_cr0 & X86_CR0_PG))
		for (i = 0; i < 4; i++)
			v->guest_pdptr[i] = vmcs_read(GUEST_PDPTR0 + 2 * i);
}

/* MSRs that L1's guests may have without an exit, if L1 has. */
static const u32 passed[] = {
	MSR_IA32_TSC, MSR_IA32_SPEC_CTRL, MSR_IA32_SYSENTER_CS,
	MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP, MSR_IA32_CR_PAT,
	MSR_EFER, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
};

/* The bytes of L1's bitmap that these are in. */
static const u16 part_offset[HVE_BITMAP_PARTS] = {
	0, 1024, 2048, 2048 + 1024,
};

/* SDM, "MSR-Bitmap Address": the bit of a MSR in the part of its reads. */
static bool bit_of(const unsigned long *part, u32 msr)
{
	return test_bit(msr & 0x1fff, part);
}

/**
 * hve_vmcs02_bitmap() - the MSR bitmap of vmcs02: what both let pass
 * @n: in a window, whichever VMCS is open
 *
 * Return: 0, or -EAGAIN with n->want_gpa set.
 */
int hve_vmcs02_bitmap(struct hve_nested *n)
{
	struct hve_vmx *l1 = n->in_l2 ? &n->other : n->vmx;
	struct hve_vmx *l2 = n->in_l2 ? n->vmx : &n->other;
	unsigned long part[HVE_BITMAP_PARTS][HVE_BITMAP_BYTES / sizeof(long)];
	const struct vmcs12 *v = n->v12;
	unsigned int i, high;

	/* "the L0 hypervisor does not monitor the MSR bitmaps for changes" */
	if (n->evmcs.active && n->evmcs.ctl.msr_bitmap && n->entered &&
	    (n->evmcs.clean & HV_VMX_ENLIGHTENED_CLEAN_FIELD_MSR_BITMAP) &&
	    n->bitmap_gen == l1->msr_gen)
		return 0;
	memset(part, 0xff, sizeof(part));
	if (has_cpu(v, CPU_BASED_USE_MSR_BITMAPS))
		for (i = 0; i < HVE_BITMAP_PARTS; i++) {
			u64 l1_gpa = v->msr_bitmap + part_offset[i];
			int r = l1_read(n, l1_gpa, part[i], HVE_BITMAP_BYTES);

			if (r == -EAGAIN)
				return r;
			if (r)
				memset(part[i], 0xff, HVE_BITMAP_BYTES);
		}
	if (n->entered && !n->bitmap_stale && !memcmp(part, n->bitmap12, sizeof(part)) &&
	    n->bitmap_gen == l1->msr_gen)
		return 0;
	memcpy(n->bitmap12, part, sizeof(part));
	n->bitmap_gen = l1->msr_gen;
	for (i = 0; i < ARRAY_SIZE(passed); i++) {
		high = passed[i] >> 31;
		hve_vmx_msr_pass(l2, passed[i],
				 !bit_of(part[high], passed[i]) &&
				 hve_vmx_msr_passes(l1, passed[i], false),
				 !bit_of(part[2 + high], passed[i]) &&
				 hve_vmx_msr_passes(l1, passed[i], true));
	}
	return 0;
}

int hve_nested_bitmap(struct hve_nested *n)
{
	int r = hve_vmcs02_bitmap(n);

	if (!r)
		n->bitmap_stale = false;
	return r;
}
