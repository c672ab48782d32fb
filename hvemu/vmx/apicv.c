// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual-interrupt delivery in x2APIC mode: TPR, EOI and self-IPI without an
 * exit.  All: VMCS open.  SDM, "APIC Virtualization and Virtual Interrupts".
 */
#include <linux/kernel.h>
#include <linux/io.h>
#include "vmx.h"

#define CPU_BITS	(CPU_BASED_TPR_SHADOW)
#define CPU_BITS_OFF	(CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING)
#define CPU2_BITS	(SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE | \
			 SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)

#define X2APIC_TPR	0x808
#define X2APIC_EOI	0x80b
#define X2APIC_SELF_IPI	0x83f

void hve_vmx_apicv_set(struct hve_vmx *vmx, bool on)
{
	vmx->apicv_on = on;
	if (on) {
		vmx->cpu_ctl = (vmx->cpu_ctl | CPU_BITS) & ~CPU_BITS_OFF;
		vmx->cpu2_ctl |= CPU2_BITS;
		vmcs_write(VIRTUAL_APIC_PAGE_ADDR, virt_to_phys(vmx->vapic));
		vmcs_write(TPR_THRESHOLD, 0);
		vmx->intr_status = 0;
		vmcs_write(GUEST_INTR_STATUS, 0);
	} else {
		vmx->cpu_ctl = (vmx->cpu_ctl & ~CPU_BITS) | CPU_BITS_OFF;
		vmx->cpu2_ctl &= ~CPU2_BITS;
	}
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, vmx->cpu_ctl);
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, vmx->cpu2_ctl);
	hve_vmx_msr_pass(vmx, X2APIC_TPR, on, on);
	hve_vmx_msr_pass(vmx, X2APIC_EOI, false, on);
	hve_vmx_msr_pass(vmx, X2APIC_SELF_IPI, false, on);
}

void hve_vmx_intr_status_set(struct hve_vmx *vmx, u16 status)
{
	if (status == vmx->intr_status)
		return;
	vmx->intr_status = status;
	vmcs_write(GUEST_INTR_STATUS, status);
}

u16 hve_vmx_intr_status_get(struct hve_vmx *vmx)
{
	vmx->intr_status = vmcs_read(GUEST_INTR_STATUS);
	return vmx->intr_status;
}

void hve_vmx_eoi_exits_set(const unsigned long *vectors)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		vmcs_write(EOI_EXIT_BITMAP0 + 2 * i, vectors[i]);
}
