// SPDX-License-Identifier: GPL-2.0
/*
 * Who delivers interrupts: this code by injection, or the processor out of a
 * virtual-APIC page.  The processor has the registers only from an entry to
 * the first use of them in the window, or its end.
 */
#include <linux/kernel.h>
#include <linux/bitmap.h>
#include "tlfs.h"
#include "core/delivery.h"
#include "core/vcpu.h"

/* The EOIs somebody waits for: the VMM's IOAPIC, or a SINT. */
static noinline void eoi_exits(struct hve_vcpu *vcpu)
{
	DECLARE_BITMAP(map, 256);

	bitmap_or(map, vcpu->eoi_exit,
		  hve_tlfs_eoi_vectors(&vcpu->vp, vcpu->cur_vtl), 256);
	hve_vmx_eoi_exits_set(map);
	vcpu->eoi_bitmap_new = false;
}

void hve_apicv_push(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;
	bool want = vmx->vapic && vcpu->vm->lapic_in_kernel &&
		    hve_apic_virt_possible(apic) &&
		    !hve_debug_blocks_irqs(vcpu);
	int svi;

	vcpu->apic_check = false;
	if (unlikely(want != vmx->apicv_on)) {
		/* a skipped EOI is looked for on the other path only */
		hve_vcpu_eoi_assist_end(vcpu);
		hve_vmx_apicv_set(vmx, want);
		vcpu->eoi_bitmap_new = true;
	}
	if (!want)
		return;
	if (unlikely(vcpu->eoi_bitmap_new))
		eoi_exits(vcpu);
	vcpu->apicv_live = true;
	/* nothing in service, before and now: the page is right */
	if (likely(!vmx->intr_status && hve_apic_virt_idle(apic, vmx->vapic)))
		return;
	svi = hve_apic_virt_out(apic, vmx->vapic);
	hve_vmx_intr_status_set(vmx, svi > 0 ? svi << 8 : 0);
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

void hve_apicv_pull_live(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u16 status;

	vcpu->apicv_live = false;
	vcpu->apic_check = true;
	status = hve_vmx_intr_status_get(vmx);
	if (likely(!status &&
		   hve_apic_virt_idle(&cur_vtl(vcpu)->apic, vmx->vapic)))
		return;
	hve_apic_virt_in(&cur_vtl(vcpu)->apic, vmx->vapic, status, status >> 8);
}

bool hve_apicv_eoi(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u16 status = hve_vmx_intr_status_get(vmx);
	u8 svi = status >> 8;

	if (!svi)
		return true;
	if (hve_apic_eoi_is_told(&cur_vtl(vcpu)->apic, svi))
		return false;
	status = hve_apic_virt_eoi(vmx->vapic, svi) << 8 | (status & 0xff);
	hve_vmx_intr_status_set(vmx, status);
	hve_tlfs_vector_eoi(&vcpu->vp, vcpu->cur_vtl, svi, false);
	return true;
}

struct hve_apic *hve_vcpu_apic(struct hve_vcpu *vcpu)
{
	if (vcpu->in_window)
		hve_apicv_pull(vcpu);
	return &cur_vtl(vcpu)->apic;
}
