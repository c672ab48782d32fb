// SPDX-License-Identifier: GPL-2.0
/*
 * Who delivers interrupts: this code by injection, or the processor out of a
 * virtual-APIC page.  The processor has the registers only from an entry to
 * the first use of them in the window, or its end.
 */
#include <linux/kernel.h>
#include "core/apicv.h"
#include "core/vcpu.h"

static u16 status_of(int svi, int rvi)
{
	return (svi > 0 ? svi << 8 : 0) | (rvi > 0 ? rvi : 0);
}

void hve_apicv_push(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;
	bool want = vmx->vapic && vcpu->vm->irqchip_split &&
		    hve_apic_virt_possible(apic);

	vcpu->apic_check = false;
	if (want != vmx->apicv_on) {
		/* a skipped EOI is looked for on the other path only */
		hve_vcpu_eoi_assist_end(vcpu);
		hve_vmx_apicv_set(vmx, want);
		vcpu->eoi_bitmap_new = true;
	}
	if (!want)
		return;
	if (vcpu->eoi_bitmap_new) {
		hve_vmx_eoi_exits_set(vcpu->eoi_exit);
		vcpu->eoi_bitmap_new = false;
	}
	hve_vmx_intr_status_set(vmx, status_of(hve_apic_virt_out(apic, vmx->vapic),
					       0));
	vcpu->apicv_live = true;
}

void hve_apicv_irr(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	int rvi = hve_apic_virt_irr_out(&cur_vtl(vcpu)->apic, vmx->vapic);
	u16 status;

	if (rvi < 0)
		return;
	status = hve_vmx_intr_status_get(vmx);
	if ((status & 0xff) < rvi)
		hve_vmx_intr_status_set(vmx, (status & 0xff00) | rvi);
}

void hve_apicv_pull(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u16 status;

	if (!vcpu->apicv_live)
		return;
	vcpu->apicv_live = false;
	vcpu->apic_check = true;
	status = hve_vmx_intr_status_get(vmx);
	hve_apic_virt_in(&cur_vtl(vcpu)->apic, vmx->vapic, status, status >> 8);
}

bool hve_apicv_eoi(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u16 status = hve_vmx_intr_status_get(vmx);
	u8 svi = status >> 8;

	if (!svi)
		return true;
	if (test_bit(svi, cur_vtl(vcpu)->apic.tmr))
		return false;
	svi = hve_apic_virt_eoi(vmx->vapic, svi);
	hve_vmx_intr_status_set(vmx, svi << 8 | (status & 0xff));
	return true;
}

struct hve_apic *hve_vcpu_apic(struct hve_vcpu *vcpu)
{
	if (vcpu->in_window)
		hve_apicv_pull(vcpu);
	return &cur_vtl(vcpu)->apic;
}
