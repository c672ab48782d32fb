// SPDX-License-Identifier: GPL-2.0
/*
 * VMCS memory and VPIDs, and reports when something is wrong with a VMCS.
 */
#include <linux/kernel.h>
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/ratelimit.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "vmx.h"
#include "vmcs.h"

#ifdef HVE_COUNT_VMX
DEFINE_PER_CPU(u64, hve_vmx_insns);

static int vmx_insns_get(char *buf, const struct kernel_param *kp)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(hve_vmx_insns, cpu);
	return sysfs_emit(buf, "%llu\n", sum);
}

static const struct kernel_param_ops vmx_insns_ops = { .get = vmx_insns_get };

module_param_cb(vmx_insns, &vmx_insns_ops, NULL, 0444);
MODULE_PARM_DESC(vmx_insns, "VMX instructions executed so far, with each entry");
#endif

/*
 * KVM hands out VPIDs from 1 upwards; ours come from the top of the range, so
 * that two hypervisors in one VMX operation do not meet.
 */
#define VPID_FIRST	0xc000u
#define VPID_COUNT	(0x10000u - VPID_FIRST)

static DECLARE_BITMAP(vpid_used, VPID_COUNT);
static DEFINE_SPINLOCK(vpid_lock);

static u16 vpid_alloc(void)
{
	unsigned int i;

	spin_lock(&vpid_lock);
	i = find_first_zero_bit(vpid_used, VPID_COUNT);
	if (i < VPID_COUNT)
		__set_bit(i, vpid_used);
	spin_unlock(&vpid_lock);
	return i < VPID_COUNT ? VPID_FIRST + i : 0;
}

static void vpid_free(u16 vpid)
{
	spin_lock(&vpid_lock);
	__clear_bit(vpid - VPID_FIRST, vpid_used);
	spin_unlock(&vpid_lock);
}

int hve_vmx_create(struct hve_vmx *vmx)
{
	static atomic64_t ids = ATOMIC64_INIT(0);

	vmx->cpu = -1;
	vmx->id = atomic64_inc_return(&ids);
	vmx->vpid = vpid_alloc();
	if (!vmx->vpid)
		return -ENOSPC;
	vmx->vmcs = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vmx->msr_bitmap = (unsigned long *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (hve_vmx_caps.vid)
		vmx->vapic = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vmx->vmcs || !vmx->msr_bitmap ||
	    (hve_vmx_caps.vid && !vmx->vapic)) {
		hve_vmx_destroy(vmx);
		return -ENOMEM;
	}
	*(u32 *)vmx->vmcs = (u32)hve_vmx_caps.basic & 0x7fffffff;
	vmx->vmcs_pa = virt_to_phys(vmx->vmcs);
	memset(vmx->msr_bitmap, 0xff, PAGE_SIZE);
	return 0;
}

void hve_vmx_destroy(struct hve_vmx *vmx)
{
	if (vmx->vpid)
		vpid_free(vmx->vpid);
	free_page((unsigned long)vmx->vmcs);
	free_page((unsigned long)vmx->msr_bitmap);
	free_page((unsigned long)vmx->vapic);
	memset(vmx, 0, sizeof(*vmx));
}

void hve_vmcs_write_failed(unsigned long field, u64 val)
{
	pr_err_ratelimited("VMWRITE of %#llx to field %#lx failed, error %llu\n",
			   val, field, vmcs_read(VM_INSTRUCTION_ERROR));
}

static const char * const seg_name[NR_SEGS] = {
	"ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"
};

void hve_vmx_dump(struct hve_vmx *vmx)
{
	struct hve_segment s;
	unsigned int i;

	pr_info("VMCS: vpid %#x rip %#llx rsp %#llx rflags %#llx\n", vmx->vpid,
		vmcs_read(GUEST_RIP), vmcs_read(GUEST_RSP),
		vmcs_read(GUEST_RFLAGS));
	pr_info("VMCS: cr0 %#llx/%#llx cr3 %#llx cr4 %#llx/%#llx efer %#llx\n",
		vmcs_read(GUEST_CR0), vmcs_read(CR0_READ_SHADOW),
		vmcs_read(GUEST_CR3), vmcs_read(GUEST_CR4),
		vmcs_read(CR4_READ_SHADOW), vmcs_read(GUEST_IA32_EFER));
	for (i = 0; i < NR_SEGS; i++) {
		hve_vmx_seg_get(i, &s);
		pr_info("VMCS: %s sel %#x base %#llx limit %#x ar %#x\n",
			seg_name[i], s.selector, s.base, s.limit, s.ar);
	}
	pr_info("VMCS: pin %#x cpu %#x cpu2 %#x exit %#x entry %#x intr %#llx state %llu blocking %#llx\n",
		vmx->pin_ctl, vmx->cpu_ctl, vmx->cpu2_ctl,
		(u32)vmcs_read(VM_EXIT_CONTROLS),
		(u32)vmcs_read(VM_ENTRY_CONTROLS),
		vmcs_read(VM_ENTRY_INTR_INFO_FIELD),
		vmcs_read(GUEST_ACTIVITY_STATE),
		vmcs_read(GUEST_INTERRUPTIBILITY_INFO));
}
