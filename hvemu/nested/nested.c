// SPDX-License-Identifier: GPL-2.0
/*
 * VMX of a vCPU: its life, and what VMX operation demands of CR0 and CR4.
 */
#include <linux/kernel.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "mmu/mmu.h"
#include "private.h"

static struct hve_nested_caps caps_max __ro_after_init;

void __init hve_nested_init(void)
{
	static_assert(HVE_NR_CAP_MSRS == HVE_NR_VMX_MSRS);

	hve_caps_init(&caps_max, hve_vmx_caps.msr);
}

const struct hve_nested_caps *hve_nested_caps_max(void)
{
	return &caps_max;
}

void hve_nested_init_vcpu(struct hve_nested *n)
{
	n->caps = caps_max;
	n->vmcs12_gpa = HVE_NO_VMCS12;
	n->vmxon_gpa = HVE_NO_VMCS12;
}

int hve_nested_alloc(struct hve_nested *n)
{
	int r;

	if (n->v12)
		return 0;
	n->v12 = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	n->msrs = kvcalloc(HVE_NESTED_MSRS, sizeof(*n->msrs),
			   GFP_KERNEL_ACCOUNT);
	r = n->v12 && n->msrs ? hve_vmx_create(&n->other) : -ENOMEM;
	if (r) {
		hve_nested_destroy(n);
		return r;
	}
	/* interrupts of L2 are injected */
	free_page((unsigned long)n->other.vapic);
	n->other.vapic = NULL;
	n->entered = false;
	return 0;
}

void hve_nested_destroy(struct hve_nested *n)
{
	hve_nested_ept_put(n);
	hve_vmx_destroy(&n->other);
	kvfree(n->msrs);
	free_page((unsigned long)n->v12);
	n->msrs = NULL;
	n->v12 = NULL;
}

bool hve_nested_cr0_fixed(const struct hve_nested *n, u64 cr0)
{
	return !bad_fixed(&n->caps, MSR_IA32_VMX_CR0_FIXED0, cr0, 0);
}

bool hve_nested_cr4_fixed(const struct hve_nested *n, u64 cr4)
{
	return !bad_fixed(&n->caps, MSR_IA32_VMX_CR4_FIXED0, cr4, 0);
}
