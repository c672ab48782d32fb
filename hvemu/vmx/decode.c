// SPDX-License-Identifier: GPL-2.0
/*
 * Exit reason to plain data: one row a reason says which VMCS fields it fills
 * (SDM, "VM-Exit Information Fields").
 */
#include <linux/kernel.h>
#include "vmx.h"
#include "vmcs.h"

/* events whose delivery through the IDT the exit may have interrupted */
#define EV EXIT_IDTV

/* The one list: R() makes of it the names, then the fields. */
#define REASONS \
	R(EXCEPTION_NMI, EXIT_INTR | EXIT_QUAL | EV | EXIT_LEN) \
	R(EXTERNAL_INTERRUPT, 0) \
	R(TRIPLE_FAULT, 0) \
	R(INIT_SIGNAL, 0) \
	R(SIPI_SIGNAL, EXIT_QUAL) \
	R(INTERRUPT_WINDOW, 0) \
	R(NMI_WINDOW, 0) \
	R(TASK_SWITCH, EXIT_QUAL | EXIT_LEN | EV) \
	R(CPUID, EXIT_LEN) \
	R(HLT, EXIT_LEN) \
	R(INVD, EXIT_LEN) \
	R(INVLPG, EXIT_LEN | EXIT_QUAL) \
	R(RDPMC, EXIT_LEN) \
	R(RDTSC, EXIT_LEN) \
	R(VMCALL, EXIT_LEN) \
	R(VMCLEAR, EXIT_LEN | EXIT_INSN) \
	R(VMLAUNCH, EXIT_LEN) \
	R(VMPTRLD, EXIT_LEN | EXIT_INSN) \
	R(VMPTRST, EXIT_LEN | EXIT_INSN) \
	R(VMREAD, EXIT_LEN | EXIT_INSN) \
	R(VMRESUME, EXIT_LEN) \
	R(VMWRITE, EXIT_LEN | EXIT_INSN) \
	R(VMOFF, EXIT_LEN) \
	R(VMON, EXIT_LEN | EXIT_INSN) \
	R(CR_ACCESS, EXIT_LEN | EXIT_QUAL) \
	R(DR_ACCESS, EXIT_LEN | EXIT_QUAL) \
	R(IO_INSTRUCTION, EXIT_LEN | EXIT_QUAL) \
	R(MSR_READ, EXIT_LEN) \
	R(MSR_WRITE, EXIT_LEN) \
	R(INVALID_STATE, EXIT_QUAL) \
	R(MSR_LOAD_FAIL, EXIT_QUAL) \
	R(MWAIT_INSTRUCTION, EXIT_LEN) \
	R(MONITOR_TRAP_FLAG, 0) \
	R(MONITOR_INSTRUCTION, EXIT_LEN) \
	R(PAUSE_INSTRUCTION, EXIT_LEN) \
	R(MCE_DURING_VMENTRY, EXIT_QUAL) \
	R(TPR_BELOW_THRESHOLD, 0) \
	R(APIC_ACCESS, EXIT_QUAL | EV) \
	R(EOI_INDUCED, EXIT_QUAL | EV) \
	R(GDTR_IDTR, EXIT_LEN | EXIT_QUAL | EXIT_INSN) \
	R(LDTR_TR, EXIT_LEN | EXIT_QUAL | EXIT_INSN) \
	R(EPT_VIOLATION, EXIT_QUAL | EXIT_GPA | EXIT_GLA | EV) \
	R(EPT_MISCONFIG, EXIT_GPA | EV) \
	R(INVEPT, EXIT_LEN | EXIT_INSN) \
	R(RDTSCP, EXIT_LEN) \
	R(PREEMPTION_TIMER, 0) \
	R(INVVPID, EXIT_LEN | EXIT_INSN) \
	R(WBINVD, EXIT_LEN) \
	R(XSETBV, EXIT_LEN) \
	R(APIC_WRITE, EXIT_QUAL) \
	R(RDRAND, EXIT_LEN) \
	R(INVPCID, EXIT_LEN) \
	R(VMFUNC, EXIT_LEN) \
	R(ENCLS, EXIT_LEN) \
	R(RDSEED, EXIT_LEN) \
	R(PML_FULL, EV) \
	R(XSAVES, EXIT_LEN) \
	R(XRSTORS, EXIT_LEN) \
	R(UMWAIT, EXIT_LEN) \
	R(TPAUSE, EXIT_LEN) \
	R(BUS_LOCK, EV) \
	R(NOTIFY, EXIT_QUAL | EV)

#define R(reason, f) [EXIT_REASON_##reason] = #reason,
static const char * const names[HVE_VMX_REASONS] = { REASONS };

#undef R
#define R(reason, f) [EXIT_REASON_##reason] = (f),
const u8 hve_vmx_exit_fields[HVE_VMX_REASONS] = { REASONS };

const char *hve_vmx_exit_name(u16 reason)
{
	if (reason >= HVE_VMX_REASONS || !names[reason])
		return "unknown";
	return names[reason];
}

static void fields_read(struct hve_exit *exit, u8 fields)
{
	if (fields & EXIT_GPA)
		exit->gpa = vmcs_read(GUEST_PHYSICAL_ADDRESS);
	if (fields & EXIT_GLA)
		exit->gla = vmcs_read(GUEST_LINEAR_ADDRESS);
	if (fields & EXIT_INTR) {
		exit->intr_info = vmcs_read(VM_EXIT_INTR_INFO);
		exit->intr_err = vmcs_read(VM_EXIT_INTR_ERROR_CODE);
	}
	if (fields & EXIT_IDTV) {
		exit->idtv_info = vmcs_read(IDT_VECTORING_INFO_FIELD);
		if (exit->idtv_info & VECTORING_INFO_VALID_MASK) {
			exit->idtv_err = vmcs_read(IDT_VECTORING_ERROR_CODE);
			exit->len = vmcs_read(VM_EXIT_INSTRUCTION_LEN);
		}
	}
	if (fields & EXIT_INSN)
		exit->insn_info = vmcs_read(VMX_INSTRUCTION_INFO);
}

enum hve_exit_kind hve_vmx_decode_rare(struct hve_exit *exit, u32 reason)
{
	if (unlikely(reason & VMX_EXIT_REASONS_FAILED_VMENTRY)) {
		exit->qual = vmcs_read(EXIT_QUALIFICATION);
		return HVE_EXIT_NO_ENTRY;
	}
	if (unlikely(reason >= HVE_VMX_REASONS))
		return HVE_EXIT_UNKNOWN;
	fields_read(exit, hve_vmx_exit_fields[reason]);
	return exit->idtv_info & VECTORING_INFO_VALID_MASK ? HVE_EXIT_EVENT :
							     HVE_EXIT_PLAIN;
}
