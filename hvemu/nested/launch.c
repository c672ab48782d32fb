// SPDX-License-Identifier: GPL-2.0
/*
 * VMLAUNCH and VMRESUME of L1.  All that may have to wait for memory comes
 * first and changes nothing, so that the instruction can be executed again.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <asm/processor-flags.h>
#include <asm/tsc.h>
#include "mmu/mmu.h"
#include "entrycheck.h"
#include "private.h"

/**
 * hve_nested_msr_list() - read a list of MSRs into n->msrs
 * @n: in a window
 * @l1_gpa: where it is
 * @count: entries
 *
 * Return: 0; -EAGAIN with n->want_gpa set; -EFAULT; -EINVAL: too many.
 */
int hve_nested_msr_list(struct hve_nested *n, u64 l1_gpa, u32 count)
{
	u32 len = count * sizeof(*n->msrs), done, part;
	int r = 0;

	if (count > HVE_NESTED_MSRS)
		return -EINVAL;
	for (done = 0; done < len && !r; done += part) {
		part = min_t(u32, len - done,
			     PAGE_SIZE - offset_in_page(l1_gpa + done));
		r = l1_read(n, l1_gpa + done, (void *)n->msrs + done, part);
	}
	return r;
}

/* PAE paging without EPT: the entry loads the PDPTEs of CR3. */
static int load_pdptes(struct hve_nested *n)
{
	const struct vmcs12 *v = n->v12;

	if (has_cpu2(v, SECONDARY_EXEC_ENABLE_EPT) ||
	    !(v->guest_cr0 & X86_CR0_PG) || !(v->guest_cr4 & X86_CR4_PAE) ||
	    (v->vm_entry_controls & VM_ENTRY_IA32E_MODE))
		return 0;
	return l1_read(n, v->guest_cr3 & 0xffffffe0, n->l2_pdpte,
		       sizeof(n->l2_pdpte));
}

/* SDM, "Loading MSRs": these fail whatever their value. */
static bool never_loaded(const struct hve_msr_entry *e)
{
	return e->rsvd || e->index == MSR_FS_BASE || e->index == MSR_GS_BASE ||
	       e->index >> 8 == 8;
}

/* Return: number of the entry that cannot be loaded, 0: all were. */
static u32 load_msrs(struct hve_nested *n, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		const struct hve_msr_entry *e = &n->msrs[i];

		if (never_loaded(e) ||
		    hve_nested_host_msr_write(n->vcpu, e->index, e->value))
			return i + 1;
	}
	return 0;
}

/**
 * hve_nested_to_vmcs02() - L2 takes L1's place
 * @n: vmcs01 open, vmcs12 complete
 * @w: the window
 *
 * Return: 0, -EIO.
 */
int hve_nested_to_vmcs02(struct hve_nested *n, struct hve_window *w)
{
	u64 gen, eptp = hve_nested_l2_eptp(n, &gen);

	n->l1_efer = hve_vmx_efer_get();
	n->l1_pat = vmcs_read(GUEST_IA32_PAT);
	n->l1_debugctl = vmcs_read(GUEST_IA32_DEBUGCTL);
	hve_nested_host_switch(n->vcpu);
	if (hve_vmx_switch(n->vmx, &n->other, w, eptp, gen))
		return -EIO;
	n->in_l2 = true;
	hve_vmcs02_write(n);
	return 0;
}

static enum hve_nested_result run_l2(struct hve_nested *n)
{
	struct vmcs12 *v = n->v12;
	u32 shift = hve_caps_get(&n->caps, MSR_IA32_VMX_MISC) & 0x1f, bad;

	n->launch_len = n->exit->len;
	if (hve_nested_to_vmcs02(n, n->w))
		return HVE_NESTED_SHUTDOWN;
	bad = load_msrs(n, v->vm_entry_msr_load_count);
	if (bad)
		return hve_nested_fail_entry(n, EXIT_REASON_MSR_LOAD_FAIL, bad);
	n->run_pending = true;
	n->launching = v->launch_state == VMCS12_CLEAR;
	v->launch_state = VMCS12_LAUNCHED;
	hve_evmcs_run(n);
	n->preempt_tsc = 0;
	if (has_pin(v, PIN_BASED_VMX_PREEMPTION_TIMER))
		n->preempt_tsc = rdtsc() +
				 ((u64)v->vmx_preemption_timer_value << shift);
	if (v->vm_entry_intr_info_field & INTR_INFO_VALID_MASK)
		hve_nested_host_inject(n->vcpu, v->vm_entry_intr_info_field,
				       v->vm_entry_exception_error_code,
				       v->vm_entry_instruction_len);
	else if (v->guest_activity_state == GUEST_ACTIVITY_HLT)
		hve_nested_host_halt(n->vcpu);
	return HVE_NESTED_RESUME;
}

/* Whatever has to be read of L1's memory. Return: 0, -EAGAIN, or a failure. */
static int gather(struct hve_nested *n, u32 *reason, u64 *qual)
{
	struct vmcs12 *v = n->v12;
	int r;

	r = hve_vmcs02_bitmap(n);
	if (r)
		return r;
	r = load_pdptes(n);
	if (r == -EFAULT) {
		*reason = EXIT_REASON_INVALID_STATE;
		*qual = ENTRY_FAIL_PDPTE;
	}
	if (r)
		return r;
	if (!v->vm_entry_msr_load_count)
		return 0;
	r = hve_nested_msr_list(n, v->vm_entry_msr_load_addr,
				v->vm_entry_msr_load_count);
	if (r && r != -EAGAIN) {
		*reason = EXIT_REASON_MSR_LOAD_FAIL;
		*qual = 1;
	}
	return r;
}

/* Return: -EAGAIN with n->want_gpa set, or 0. */
static int environment(struct hve_nested *n, struct hve_entry_env *env)
{
	const struct vmcs12 *v = n->v12;
	u64 link = v->vmcs_link_pointer;
	u32 vtpr;
	int r;

	*env = (struct hve_entry_env){
		.caps = n->evmcs.active ? &n->evmcs.caps : &n->caps,
		.efer_valid = hve_nested_host_efer_valid(n->vcpu),
		.debugctl_valid = DEBUGCTLMSR_BTF,
		.phys_bits = hve_nested_host_maxphyaddr(n->vcpu),
		.l1_long = hve_vmx_long_mode(n->vmx),
	};
	if (has_cpu(v, CPU_BASED_TPR_SHADOW)) {
		r = l1_read(n, v->virtual_apic_page_addr + VTPR_OFFSET, &vtpr,
			    sizeof(vtpr));
		if (r == -EAGAIN)
			return r;
		env->vtpr_known = !r;
		env->vtpr = vtpr;
	}
	if (link == ~0ull)
		return 0;
	r = l1_read(n, link, &env->link_revision, sizeof(env->link_revision));
	env->link_readable = !r;
	env->link_is_current = link == n->vmcs12_gpa;
	return r == -EAGAIN ? r : 0;
}

enum hve_nested_result hve_nested_launch(struct hve_nested *n, bool resume)
{
	u32 want = resume ? VMCS12_LAUNCHED : VMCS12_CLEAR, reason = 0;
	struct vmcs12 *v = n->v12;
	struct hve_entry_failure f = {};
	enum hve_nested_result enlightened;
	struct hve_entry_env env;
	u64 qual = 0;
	int r;

	enlightened = hve_evmcs_select(n, resume);
	if (enlightened != HVE_NESTED_L0)
		return enlightened;
	if (!n->evmcs.active && (n->vmcs12_gpa == HVE_NO_VMCS12 ||
				 (v->revision & VMCS12_SHADOW_BIT)))
		return hve_vmx_fail(n, 0);
	if (vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_MOV_SS)
		return hve_vmx_fail(n, VMXERR_ENTRY_EVENTS_BLOCKED_BY_MOV_SS);
	if (v->launch_state != want)
		return hve_vmx_fail(n, resume ?
				    VMXERR_VMRESUME_NONLAUNCHED_VMCS :
				    VMXERR_VMLAUNCH_NONCLEAR_VMCS);
	if (environment(n, &env))
		return HVE_NESTED_MEMORY;
	if (!hve_entry_check_controls(v, &env, &f) ||
	    !hve_entry_check_host(v, &env, &f))
		return hve_vmx_fail(n, f.error);
	if (!hve_entry_check_guest(v, &env, &f)) {
		reason = EXIT_REASON_INVALID_STATE;
		qual = f.qual;
	}
	if (!reason) {
		if (!hve_nested_ept_ready(n))
			return HVE_NESTED_OUTSIDE;
		r = gather(n, &reason, &qual);
		if (r == -EAGAIN)
			return HVE_NESTED_MEMORY;
	}
	if (reason)
		return hve_nested_fail_entry(n, reason, qual);
	return run_l2(n);
}
