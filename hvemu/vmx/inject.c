// SPDX-License-Identifier: GPL-2.0
/*
 * Event injection, interrupt and NMI windows, the preemption timer.
 * All: VMCS open.
 */
#include <linux/kernel.h>
#include "vmx.h"
#include "vmcs.h"
#include "private.h"

void hve_vmx_inject(struct hve_vmx *vmx, u32 info, u32 err, u32 len)
{
	if (info & INTR_INFO_DELIVER_CODE_MASK)
		vmcs_write(VM_ENTRY_EXCEPTION_ERROR_CODE, err);
	if (len)
		vmcs_write(VM_ENTRY_INSTRUCTION_LEN, len);
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD, info);
}

static void cpu_ctl_set(struct hve_vmx *vmx, u32 bit, bool on)
{
	u32 ctl = on ? vmx->cpu_ctl | bit : vmx->cpu_ctl & ~bit;

	if (ctl == vmx->cpu_ctl)
		return;
	vmx->cpu_ctl = ctl;
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, ctl);
}

void hve_vmx_irq_window(struct hve_vmx *vmx, bool on)
{
	cpu_ctl_set(vmx, CPU_BASED_INTR_WINDOW_EXITING, on);
}

void hve_vmx_nmi_window(struct hve_vmx *vmx, bool on)
{
	cpu_ctl_set(vmx, CPU_BASED_NMI_WINDOW_EXITING, on);
}

void hve_vmx_rdtsc_exits(struct hve_vmx *vmx, bool on)
{
	vmx->rdtsc_exits = on;
	cpu_ctl_set(vmx, CPU_BASED_RDTSC_EXITING, on);
}

void hve_vmx_preempt_enable(struct hve_vmx *vmx, bool on)
{
	vmx->preempt_on = on;
	if (on)
		vmx->pin_ctl |= PIN_BASED_VMX_PREEMPTION_TIMER;
	else
		vmx->pin_ctl &= ~PIN_BASED_VMX_PREEMPTION_TIMER;
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, vmx->pin_ctl);
}

void hve_vmx_cpu2_set(struct hve_vmx *vmx, u32 bit, bool on)
{
	u32 ctl = on ? vmx->cpu2_ctl | bit : vmx->cpu2_ctl & ~bit;

	if (ctl == vmx->cpu2_ctl)
		return;
	vmx->cpu2_ctl = ctl;
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, ctl);
}

void hve_vmx_desc_exits_set(struct hve_vmx *vmx, bool on)
{
	vmx->desc_exits = on;
	hve_vmx_cpu2_set(vmx, SECONDARY_EXEC_DESC, on && !vmx->desc_step);
}

void hve_vmx_desc_step(struct hve_vmx *vmx, bool on)
{
	vmx->desc_step = on;
	cpu_ctl_set(vmx, CPU_BASED_MONITOR_TRAP_FLAG, on || vmx->step);
	hve_vmx_cpu2_set(vmx, SECONDARY_EXEC_DESC, vmx->desc_exits && !on);
}

void hve_vmx_step_set(struct hve_vmx *vmx, bool on)
{
	vmx->step = on;
	cpu_ctl_set(vmx, CPU_BASED_MONITOR_TRAP_FLAG, on || vmx->desc_step);
}

#define PENDING_DBG_BS	BIT(14)

void hve_vmx_end_shadow(u32 blocking, u64 rflags)
{
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO, blocking &
		   ~(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS));
	/* the processor delivers the single-step trap after the entry */
	if (rflags & X86_EFLAGS_TF)
		vmcs_write(GUEST_PENDING_DBG_EXCEPTIONS,
			   vmcs_read(GUEST_PENDING_DBG_EXCEPTIONS) |
			   PENDING_DBG_BS);
}
