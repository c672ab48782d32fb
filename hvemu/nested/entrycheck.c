// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of a VM entry in the SDM's order: chapter "VM Entries", "Checks on VMX
 * Controls and Host-State Area" and "Checking and Loading Guest State".  Each
 * is a condition that must not hold, with its name behind it.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include "predicates.h"

#define PIN	MSR_IA32_VMX_TRUE_PINBASED_CTLS
#define CPU	MSR_IA32_VMX_TRUE_PROCBASED_CTLS
#define CPU2	MSR_IA32_VMX_PROCBASED_CTLS2
#define EXIT	MSR_IA32_VMX_TRUE_EXIT_CTLS
#define ENTRY	MSR_IA32_VMX_TRUE_ENTRY_CTLS

static bool bad_ctl(const struct hve_entry_env *env, u32 msr, u32 val)
{
	return (val & hve_caps_must(env->caps, msr)) !=
	       hve_caps_must(env->caps, msr) ||
	       (val & ~hve_caps_may(env->caps, msr));
}

bool hve_entry_eptp_valid(const struct hve_nested_caps *caps,
			  unsigned int phys_bits, u64 eptp12)
{
	u64 cap = hve_caps_get(caps, MSR_IA32_VMX_EPT_VPID_CAP);
	u64 mt = eptp12 & VMX_EPTP_MT_MASK, walk = eptp12 & VMX_EPTP_PWL_MASK;

	if (!(mt == 6 && (cap & VMX_EPTP_WB_BIT)) &&
	    !(mt == 0 && (cap & VMX_EPTP_UC_BIT)))
		return false;
	if (!(walk == VMX_EPTP_PWL_4 && (cap & VMX_EPT_PAGE_WALK_4_BIT)) &&
	    !(walk == VMX_EPTP_PWL_5 && (cap & VMX_EPT_PAGE_WALK_5_BIT)))
		return false;
	if ((eptp12 & VMX_EPTP_AD_ENABLE_BIT) && !(cap & VMX_EPT_AD_BIT))
		return false;
	return !(eptp12 & 0xf80) && !(eptp12 >> phys_bits);
}

bool hve_entry_pdptes_valid(const u64 *pdpte, unsigned int phys_bits)
{
	/* bits 2:1, 8:5 and those beyond the address are reserved */
	u64 rsvd = 0x1e6 | (~0ull << phys_bits);
	unsigned int i;

	for (i = 0; i < 4; i++)
		if ((pdpte[i] & 1) && (pdpte[i] & rsvd))
			return false;
	return true;
}

/* The TPR shadow and what stands on it. */
static const char *apic_controls(const struct vmcs12 *v,
				 const struct hve_entry_env *env)
{
	bool tpr = has_cpu(v, CPU_BASED_TPR_SHADOW);
	bool vid = has_cpu2(v, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY);
	bool access = has_cpu2(v, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES);
	bool x2apic = has_cpu2(v, SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE);

	return	tpr && bad_page(env, v->virtual_apic_page_addr) ?
			"virtual-APIC address" :
		tpr && !vid && (v->tpr_threshold & ~0xfu) ?
			"TPR threshold has reserved bits" :
		tpr && !vid && !access && env->vtpr_known &&
		(v->tpr_threshold & 0xf) > env->vtpr >> 4 ?
			"TPR threshold above VTPR" :
		!tpr && (x2apic || vid ||
			 has_cpu2(v, SECONDARY_EXEC_APIC_REGISTER_VIRT)) ?
			"APIC virtualization without TPR shadow" :
		access && bad_page(env, v->apic_access_addr) ?
			"APIC-access address" :
		access && x2apic ?
			"APIC accesses and x2APIC mode both virtualized" :
		vid && !has_pin(v, PIN_BASED_EXT_INTR_MASK) ?
			"virtual-interrupt delivery without external-interrupt exiting" :
		NULL;
}

static const char *posted_controls(const struct vmcs12 *v,
				   const struct hve_entry_env *env)
{
	if (!has_pin(v, PIN_BASED_POSTED_INTR))
		return NULL;
	return	!has_cpu2(v, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY) ?
			"posted interrupts without virtual-interrupt delivery" :
		!has_exit(v, VM_EXIT_ACK_INTR_ON_EXIT) ?
			"posted interrupts without acknowledgment on exit" :
		v->posted_intr_nv > 0xff ?
			"posted-interrupt notification vector" :
		bad_addr(env, v->posted_intr_desc_addr, 64) ?
			"posted-interrupt descriptor address" :
		NULL;
}

static const char *ept_controls(const struct vmcs12 *v,
				const struct hve_entry_env *env)
{
	bool ept = has_cpu2(v, SECONDARY_EXEC_ENABLE_EPT);
	bool vmfunc = has_cpu2(v, SECONDARY_EXEC_ENABLE_VMFUNC);
	bool pml = has_cpu2(v, SECONDARY_EXEC_ENABLE_PML);
	bool shadow = has_cpu2(v, SECONDARY_EXEC_SHADOW_VMCS);

	return	has_cpu2(v, SECONDARY_EXEC_ENABLE_VPID) && !v->virtual_processor_id ?
			"VPID 0" :
		ept && !hve_entry_eptp_valid(env->caps, env->phys_bits, v->ept_pointer) ?
			"EPT pointer" :
		pml && !ept ?
			"PML without EPT" :
		pml && bad_page(env, v->pml_address) ?
			"PML address" :
		has_cpu2(v, SECONDARY_EXEC_UNRESTRICTED_GUEST) && !ept ?
			"unrestricted guest without EPT" :
		has_cpu2(v, SECONDARY_EXEC_MODE_BASED_EPT_EXEC) && !ept ?
			"mode-based execute control without EPT" :
		vmfunc && (v->vm_function_control &
			   ~hve_caps_get(env->caps, MSR_IA32_VMX_VMFUNC)) ?
			"VM-function controls" :
		vmfunc && (v->vm_function_control & VMX_VMFUNC_EPTP_SWITCHING) &&
		(!ept || bad_page(env, v->eptp_list_address)) ?
			"EPTP-list address" :
		has_cpu2(v, SECONDARY_EXEC_TSC_SCALING) && !v->tsc_multiplier ?
			"TSC multiplier 0" :
		shadow && (bad_page(env, v->vmread_bitmap) ||
			   bad_page(env, v->vmwrite_bitmap)) ?
			"VMREAD- or VMWRITE-bitmap address" :
		NULL;
}

static const char *execution_controls(const struct vmcs12 *v,
				      const struct hve_entry_env *env)
{
	return	bad_ctl(env, PIN, v->pin_based_vm_exec_control) ?
			"pin-based controls" :
		bad_ctl(env, CPU, v->cpu_based_vm_exec_control) ?
			"processor-based controls" :
		bad_ctl(env, CPU2, cpu2_of(v)) &&
		has_cpu(v, CPU_BASED_ACTIVATE_SECONDARY_CONTROLS) ?
			"secondary processor-based controls" :
		v->cr3_target_count >
		(hve_caps_get(env->caps, MSR_IA32_VMX_MISC) >> 16 & 0x1ff) ?
			"CR3-target count" :
		has_cpu(v, CPU_BASED_USE_IO_BITMAPS) &&
		(bad_page(env, v->io_bitmap_a) || bad_page(env, v->io_bitmap_b)) ?
			"I/O-bitmap address" :
		has_cpu(v, CPU_BASED_USE_MSR_BITMAPS) &&
		bad_page(env, v->msr_bitmap) ?
			"MSR-bitmap address" :
		!has_pin(v, PIN_BASED_NMI_EXITING) &&
		has_pin(v, PIN_BASED_VIRTUAL_NMIS) ?
			"virtual NMIs without NMI exiting" :
		!has_pin(v, PIN_BASED_VIRTUAL_NMIS) &&
		has_cpu(v, CPU_BASED_NMI_WINDOW_EXITING) ?
			"NMI-window exiting without virtual NMIs" :
		NULL;
}

static const char *exit_controls(const struct vmcs12 *v,
				 const struct hve_entry_env *env)
{
	return	bad_ctl(env, EXIT, v->vm_exit_controls) ?
			"VM-exit controls" :
		!has_pin(v, PIN_BASED_VMX_PREEMPTION_TIMER) &&
		has_exit(v, VM_EXIT_SAVE_VMX_PREEMPTION_TIMER) ?
			"preemption timer saved but not active" :
		bad_list(env, v->vm_exit_msr_store_addr, v->vm_exit_msr_store_count) ?
			"VM-exit MSR-store area" :
		bad_list(env, v->vm_exit_msr_load_addr, v->vm_exit_msr_load_count) ?
			"VM-exit MSR-load area" :
		NULL;
}

/* #DF #TS #NP #SS #GP #PF #AC #CP */
#define VECTORS_WITH_ERROR	0x227d00u

static const char *injection_controls(const struct vmcs12 *v,
				      const struct hve_entry_env *env)
{
	u64 misc = hve_caps_get(env->caps, MSR_IA32_VMX_MISC);
	u32 info = v->vm_entry_intr_info_field;
	u32 type = info & INTR_INFO_INTR_TYPE_MASK;
	u8 vector = info & INTR_INFO_VECTOR_MASK;
	bool prot = (v->guest_cr0 & X86_CR0_PE) || !unrestricted(v);
	bool deliver = info & INTR_INFO_DELIVER_CODE_MASK;
	bool has_error = prot && type == INTR_TYPE_HARD_EXCEPTION &&
			 vector < 32 && (VECTORS_WITH_ERROR >> vector & 1);
	bool soft = type == INTR_TYPE_SOFT_INTR ||
		    type == INTR_TYPE_SOFT_EXCEPTION ||
		    type == INTR_TYPE_PRIV_SW_EXCEPTION;

	if (!(info & INTR_INFO_VALID_MASK))
		return NULL;
	return	type == INTR_TYPE_RESERVED ||
		(type == INTR_TYPE_OTHER_EVENT &&
		 !(hve_caps_may(env->caps, CPU) & CPU_BASED_MONITOR_TRAP_FLAG)) ?
			"type of the event to inject" :
		(type == INTR_TYPE_NMI_INTR && vector != 2) ||
		(type == INTR_TYPE_HARD_EXCEPTION && vector > 31) ||
		(type == INTR_TYPE_OTHER_EVENT && vector) ?
			"vector of the event to inject" :
		deliver != has_error ?
			"error code of the event to inject" :
		info & INTR_INFO_RESVD_BITS_MASK ?
			"event to inject has reserved bits" :
		deliver && (v->vm_entry_exception_error_code & 0xffff0000) ?
			"error code to inject has reserved bits" :
		soft && (v->vm_entry_instruction_len > 15 ||
			 (!v->vm_entry_instruction_len &&
			  !(misc & VMX_MISC_ZERO_LEN_INS))) ?
			"instruction length of the event to inject" :
		NULL;
}

static const char *entry_controls(const struct vmcs12 *v,
				  const struct hve_entry_env *env)
{
	return	bad_ctl(env, ENTRY, v->vm_entry_controls) ?
			"VM-entry controls" :
		bad_list(env, v->vm_entry_msr_load_addr, v->vm_entry_msr_load_count) ?
			"VM-entry MSR-load area" :
		NULL;
}

bool hve_entry_check_controls(const struct vmcs12 *v,
			      const struct hve_entry_env *env,
			      struct hve_entry_failure *f)
{
	const char *name = execution_controls(v, env);

	if (!name)
		name = apic_controls(v, env);
	if (!name)
		name = posted_controls(v, env);
	if (!name)
		name = ept_controls(v, env);
	if (!name)
		name = exit_controls(v, env);
	if (!name)
		name = entry_controls(v, env);
	if (!name)
		name = injection_controls(v, env);
	return fail(f, name, VMXERR_ENTRY_INVALID_CONTROL_FIELD, 0);
}

static const char *host_address_space(const struct vmcs12 *v,
				      const struct hve_entry_env *env)
{
	bool host_long = has_exit(v, VM_EXIT_HOST_ADDR_SPACE_SIZE);

	return	env->l1_long != host_long ?
			"host address-space size is not the present one" :
		!host_long && has_entry(v, VM_ENTRY_IA32E_MODE) ?
			"IA-32e mode guest of a 32-bit host" :
		!host_long && (v->host_cr4 & X86_CR4_PCIDE) ?
			"host CR4.PCIDE outside IA-32e mode" :
		!host_long && v->host_rip >> 32 ?
			"host RIP above 4 GiB outside IA-32e mode" :
		host_long && !(v->host_cr4 & X86_CR4_PAE) ?
			"host CR4.PAE clear in IA-32e mode" :
		host_long && !canonical(v->host_rip, v->host_cr4 & X86_CR4_LA57) ?
			"host RIP is not canonical" :
		NULL;
}

static const char *host_registers(const struct vmcs12 *v,
				  const struct hve_entry_env *env)
{
	bool long_mode = has_exit(v, VM_EXIT_HOST_ADDR_SPACE_SIZE);
	u64 efer = v->host_ia32_efer;

	return	bad_fixed(env->caps, MSR_IA32_VMX_CR0_FIXED0, v->host_cr0, 0) ?
			"host CR0 against IA32_VMX_CR0_FIXED0/1" :
		bad_fixed(env->caps, MSR_IA32_VMX_CR4_FIXED0, v->host_cr4, 0) ?
			"host CR4 against IA32_VMX_CR4_FIXED0/1" :
		beyond(env, v->host_cr3) ?
			"host CR3 has bits beyond the physical address width" :
		!canonical(v->host_ia32_sysenter_esp, env->la57) ||
		!canonical(v->host_ia32_sysenter_eip, env->la57) ?
			"host IA32_SYSENTER_ESP or EIP is not canonical" :
		has_exit(v, VM_EXIT_LOAD_IA32_PAT) && bad_pat(v->host_ia32_pat) ?
			"host IA32_PAT" :
		has_exit(v, VM_EXIT_LOAD_IA32_EFER) && (efer & ~env->efer_valid) ?
			"host IA32_EFER has reserved bits" :
		has_exit(v, VM_EXIT_LOAD_IA32_EFER) &&
		(!!(efer & EFER_LMA) != long_mode ||
		 !!(efer & EFER_LME) != long_mode) ?
			"host IA32_EFER against host address-space size" :
		NULL;
}

#define RPL_TI	7

static const char *host_segments(const struct vmcs12 *v,
				 const struct hve_entry_env *env)
{
	return	(v->host_es_selector | v->host_cs_selector | v->host_ss_selector |
		 v->host_ds_selector | v->host_fs_selector | v->host_gs_selector |
		 v->host_tr_selector) & RPL_TI ?
			"host selector with RPL or TI" :
		!v->host_cs_selector ?
			"host CS selector 0" :
		!v->host_tr_selector ?
			"host TR selector 0" :
		!v->host_ss_selector && !has_exit(v, VM_EXIT_HOST_ADDR_SPACE_SIZE) ?
			"host SS selector 0" :
		!canonical(v->host_fs_base, env->la57) ||
		!canonical(v->host_gs_base, env->la57) ||
		!canonical(v->host_gdtr_base, env->la57) ||
		!canonical(v->host_idtr_base, env->la57) ||
		!canonical(v->host_tr_base, env->la57) ?
			"host segment base is not canonical" :
		NULL;
}

bool hve_entry_check_host(const struct vmcs12 *v, const struct hve_entry_env *env,
			  struct hve_entry_failure *f)
{
	const char *name = host_registers(v, env);

	if (!name)
		name = host_segments(v, env);
	if (!name)
		name = host_address_space(v, env);
	return fail(f, name, VMXERR_ENTRY_INVALID_HOST_STATE_FIELD, 0);
}
