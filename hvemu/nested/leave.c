// SPDX-License-Identifier: GPL-2.0
/*
 * From L2 to L1: SDM, "VM Exits".  Memory comes first here, too: an exit that
 * has to wait for it is kept and L2 does not run meanwhile.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/tsc.h>
#include "mmu/mmu.h"
#include "private.h"

/* SDM, "Loading Host Segment and Descriptor-Table Registers" */
#define AR_CODE64	0xa09bu
#define AR_CODE32	0xc09bu
#define AR_DATA		0xc093u
#define AR_TSS		0x008bu
#define TSS_LIMIT	0x67u

static void load_segment(unsigned int seg, u16 selector, u64 base)
{
	struct hve_segment s = {
		.selector = selector,
		.base = base,
		.limit = ~0u,
		.ar = selector ? AR_DATA : HVE_SEG_UNUSABLE,
	};

	/* a null selector leaves the base of FS and GS */
	hve_vmx_seg_set(seg, &s);
}

static void load_segments(const struct vmcs12 *v)
{
	struct hve_segment s = {
		.selector = v->host_cs_selector,
		.limit = ~0u,
		.ar = v->vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE ?
		      AR_CODE64 : AR_CODE32,
	};

	hve_vmx_seg_set(SEG_CS, &s);
	load_segment(SEG_SS, v->host_ss_selector, 0);
	load_segment(SEG_DS, v->host_ds_selector, 0);
	load_segment(SEG_ES, v->host_es_selector, 0);
	load_segment(SEG_FS, v->host_fs_selector, v->host_fs_base);
	load_segment(SEG_GS, v->host_gs_selector, v->host_gs_base);
	s = (struct hve_segment){
		.selector = v->host_tr_selector,
		.base = v->host_tr_base,
		.limit = TSS_LIMIT,
		.ar = AR_TSS,
	};
	hve_vmx_seg_set(SEG_TR, &s);
	s = (struct hve_segment){ .ar = HVE_SEG_UNUSABLE };
	hve_vmx_seg_set(SEG_LDTR, &s);
	vmcs_write(GUEST_GDTR_BASE, v->host_gdtr_base);
	vmcs_write(GUEST_GDTR_LIMIT, 0xffff);
	vmcs_write(GUEST_IDTR_BASE, v->host_idtr_base);
	vmcs_write(GUEST_IDTR_LIMIT, 0xffff);
}

static bool host_is_pae(const struct vmcs12 *v)
{
	return !(v->vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE) &&
	       (v->host_cr4 & X86_CR4_PAE);
}

/* SDM, "Loading Host State": vmcs01 is open. */
static void load_host(struct hve_nested *n)
{
	const struct vmcs12 *v = n->v12;
	bool long_mode = v->vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE;
	u64 efer = hve_vmx_efer_get();
	unsigned int i;

	if (v->vm_exit_controls & VM_EXIT_LOAD_IA32_EFER)
		efer = v->host_ia32_efer;
	efer &= ~(u64)(EFER_LMA | EFER_LME);
	if (long_mode)
		efer |= EFER_LMA | EFER_LME;
	vmcs_write(GUEST_IA32_EFER, efer);
	hve_vmx_cr4_set(n->vmx, v->host_cr4);
	hve_vmx_cr0_set(n->vmx, v->host_cr0);
	vmcs_write(GUEST_CR3, v->host_cr3);
	if (host_is_pae(v))
		for (i = 0; i < 4; i++)
			vmcs_write(GUEST_PDPTR0 + 2 * i, n->l1_pdpte[i]);
	load_segments(v);
	vmcs_write(GUEST_SYSENTER_CS, v->host_ia32_sysenter_cs);
	vmcs_write(GUEST_SYSENTER_ESP, v->host_ia32_sysenter_esp);
	vmcs_write(GUEST_SYSENTER_EIP, v->host_ia32_sysenter_eip);
	vmcs_write(GUEST_IA32_DEBUGCTL, 0);
	if (v->vm_exit_controls & VM_EXIT_LOAD_IA32_PAT)
		vmcs_write(GUEST_IA32_PAT, v->host_ia32_pat);
	hve_nested_host_dr7(n->vcpu, 0x400);
	vmcs_write(GUEST_RIP, v->host_rip);
	vmcs_write(GUEST_RSP, v->host_rsp);
	vmcs_write(GUEST_RFLAGS, X86_EFLAGS_FIXED);
	vmcs_write(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
		   vmcs_read(GUEST_INTERRUPTIBILITY_INFO) &
		   GUEST_INTR_STATE_NMI);
	/* without VPID an exit ends all linear translations */
	if (!has_cpu2(v, SECONDARY_EXEC_ENABLE_VPID))
		hve_vmx_flush_vpid(n->vmx);
}

/**
 * hve_nested_to_vmcs01() - L1 takes L2's place, with what it had
 * @n: vmcs02 open
 * @w: the window
 *
 * Return: 0, -EIO.
 */
int hve_nested_to_vmcs01(struct hve_nested *n, struct hve_window *w)
{
	u64 gen, eptp = hve_nested_host_ept(n->vcpu, &gen);

	hve_nested_host_switch(n->vcpu);
	if (hve_vmx_switch(n->vmx, &n->other, w, eptp, gen))
		return -EIO;
	n->in_l2 = false;
	n->run_pending = false;
	n->preempt_tsc = 0;
	hve_nested_host_tsc_load(n->vcpu);
	return 0;
}

/* Memory of the way back: MSR lists and PDPTEs. Return: 0 or -EAGAIN. */
static int store_msrs(struct hve_nested *n)
{
	const struct vmcs12 *v = n->v12;
	u32 i;
	int r;

	if (!v->vm_exit_msr_store_count)
		return 0;
	r = hve_nested_msr_list(n, v->vm_exit_msr_store_addr,
				v->vm_exit_msr_store_count);
	for (i = 0; i < v->vm_exit_msr_store_count && !r; i++) {
		u64 l1_gpa = v->vm_exit_msr_store_addr + i * sizeof(*n->msrs);
		u64 val;

		if (n->msrs[i].rsvd ||
		    hve_nested_host_msr_read(n->vcpu, n->msrs[i].index, &val))
			return -EINVAL;
		l1_gpa += offsetof(struct hve_msr_entry, value);
		r = l1_write(n, l1_gpa, &val, sizeof(val));
	}
	return r;
}

static int gather(struct hve_nested *n)
{
	const struct vmcs12 *v = n->v12;
	int r;

	r = n->in_l2 ? store_msrs(n) : 0;
	if (r)
		return r;
	if (host_is_pae(v)) {
		r = l1_read(n, v->host_cr3 & 0xffffffe0, n->l1_pdpte,
			    sizeof(n->l1_pdpte));
		if (r)
			return r;
	}
	return hve_nested_msr_list(n, v->vm_exit_msr_load_addr,
				   v->vm_exit_msr_load_count);
}

static bool load_msrs(struct hve_nested *n)
{
	u32 i;

	for (i = 0; i < n->v12->vm_exit_msr_load_count; i++)
		if (n->msrs[i].rsvd ||
		    hve_nested_host_msr_write(n->vcpu, n->msrs[i].index,
					      n->msrs[i].value))
			return false;
	return true;
}

static void save_timer(struct hve_nested *n)
{
	u32 shift = hve_caps_get(&n->caps, MSR_IA32_VMX_MISC) & 0x1f;
	u64 now = rdtsc();

	if (!n->preempt_tsc ||
	    !(n->v12->vm_exit_controls & VM_EXIT_SAVE_VMX_PREEMPTION_TIMER))
		return;
	n->v12->vmx_preemption_timer_value = now < n->preempt_tsc ?
		(n->preempt_tsc - now) >> shift : 0;
}

/* SDM, "Recording VM-Exit Information" */
static void record(struct hve_nested *n, const struct hve_nested_exit *e)
{
	struct vmcs12 *v = n->v12;
	u32 err = 0, len = e->insn_len;

	v->vm_exit_reason = e->reason;
	v->exit_qualification = e->qual;
	v->vm_exit_intr_info = e->intr_info;
	v->vm_exit_intr_error_code = e->intr_err;
	v->vmx_instruction_info = e->insn_info;
	v->guest_physical_address = e->l2_gpa;
	v->guest_linear_address = e->l2_gva;
	v->idt_vectoring_info_field = hve_nested_host_vectoring(n->vcpu, &err,
								&len);
	v->idt_vectoring_error_code = err;
	v->vm_exit_instruction_len = len;
	v->vm_entry_intr_info_field &= ~INTR_INFO_VALID_MASK;
}

/* All that L1 will find in its VMCS. */
static void save(struct hve_nested *n, const struct hve_nested_exit *e)
{
	if (e->reason & VMX_EXIT_REASONS_FAILED_VMENTRY) {
		n->v12->vm_exit_reason = e->reason;
		n->v12->exit_qualification = e->qual;
	} else if (n->in_l2) {
		hve_vmcs02_save(n);
		save_timer(n);
		record(n, e);
	}
}

static enum hve_nested_result leave(struct hve_nested *n)
{
	const struct hve_nested_exit *e = &n->pending;
	bool nmi = (u16)e->reason == EXIT_REASON_EXCEPTION_NMI &&
		   (e->intr_info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR;
	int r = gather(n);

	if (r == -EAGAIN) {
		n->leaving = true;
		return HVE_NESTED_MEMORY;
	}
	n->leaving = false;
	if (r)
		return HVE_NESTED_SHUTDOWN;
	if (!n->saved)
		save(n, e);
	n->saved = true;
	if (hve_evmcs_exit(n)) {
		n->leaving = true;
		return HVE_NESTED_MEMORY;
	}
	n->saved = false;
	if (n->in_l2 && hve_nested_to_vmcs01(n, n->w))
		return HVE_NESTED_SHUTDOWN;
	load_host(n);
	if (nmi)
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO, GUEST_INTR_STATE_NMI);
	return load_msrs(n) ? HVE_NESTED_RESUME : HVE_NESTED_SHUTDOWN;
}

enum hve_nested_result hve_nested_leave(struct hve_nested *n,
					const struct hve_nested_exit *e)
{
	n->pending = *e;
	n->saved = false;
	return leave(n);
}

enum hve_nested_result hve_nested_leave_again(struct hve_nested *n)
{
	return leave(n);
}

/**
 * hve_nested_fail_entry() - an entry that fails behind the checks of controls
 * @n: vmcs01 or vmcs02 open
 * @reason: basic exit reason
 * @qual: exit qualification
 */
enum hve_nested_result hve_nested_fail_entry(struct hve_nested *n, u32 reason,
					     u64 qual)
{
	struct hve_nested_exit e = {
		.reason = reason | VMX_EXIT_REASONS_FAILED_VMENTRY,
		.qual = qual,
	};

	return hve_nested_leave(n, &e);
}

enum hve_nested_result hve_nested_entry_failed(struct hve_nested *n,
					       bool vmfail)
{
	/* a VMLAUNCH that failed launches nothing */
	if (n->run_pending && n->launching)
		n->v12->launch_state = VMCS12_CLEAR;
	/* no entry of L1's: the VMM has given L2 a state that cannot run */
	if (!vmfail && !n->run_pending) {
		struct hve_nested_exit e = { .reason = EXIT_REASON_TRIPLE_FAULT };

		return hve_nested_leave(n, &e);
	}
	if (!vmfail)
		return hve_nested_fail_entry(n, n->exit->reason,
					     vmcs_read(EXIT_QUALIFICATION));
	/* VMfail: as if the checks of controls had found it */
	if (hve_nested_to_vmcs01(n, n->w))
		return HVE_NESTED_SHUTDOWN;
	n->exit->len = n->launch_len;
	return hve_vmx_fail(n, VMXERR_ENTRY_INVALID_CONTROL_FIELD);
}
