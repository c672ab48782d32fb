// SPDX-License-Identifier: GPL-2.0
/*
 * VMX windows: a CPU is in VMX operation only inside an interrupts-off section
 * around the run of a guest.  Where somebody else (kvm_intel, TDX) has VMX on
 * already the window borrows it and puts the current-VMCS pointer back.
 *
 * The kernel's shadow of CR4 is never touched: outside a window hardware and
 * shadow agree, inside nobody else writes CR4 on this CPU.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <asm/cpu_entry_area.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/special_insns.h>
#include "vmx.h"
#include "vmcs.h"
#include "private.h"

static DEFINE_PER_CPU(u64, vmxon_pa);
static DEFINE_PER_CPU(void *, vmxon_page);

int hve_window_alloc(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		void *page = (void *)get_zeroed_page(GFP_KERNEL);

		if (!page) {
			hve_window_free();
			return -ENOMEM;
		}
		/* SDM, "Enabling and Entering VMX Operation": revision, bit 31 clear */
		*(u32 *)page = (u32)hve_vmx_caps.basic & 0x7fffffff;
		per_cpu(vmxon_page, cpu) = page;
		per_cpu(vmxon_pa, cpu) = virt_to_phys(page);
	}
	return 0;
}

void hve_window_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		free_page((unsigned long)per_cpu(vmxon_page, cpu));
		per_cpu(vmxon_page, cpu) = NULL;
	}
}

static __always_inline void raw_write_cr4(unsigned long val)
{
	asm volatile("mov %0, %%cr4" : : "r"(val) : "memory");
}

int hve_window_open(struct hve_window *w)
{
	w->cr4 = native_read_cr4();
	w->loaded = false;
	w->borrowed = w->cr4 & X86_CR4_VMXE;
	if (w->borrowed) {
		w->prev_vmcs = vmx_vmptrst();
		return 0;
	}
	w->prev_vmcs = ~0ull;
	raw_write_cr4(w->cr4 | X86_CR4_VMXE);
	if (likely(!vmx_vmxon(this_cpu_read(vmxon_pa))))
		return 0;
	raw_write_cr4(w->cr4);
	return -EIO;
}

void hve_window_close(struct hve_window *w)
{
	if (w->borrowed) {
		if (w->prev_vmcs != ~0ull && vmx_vmptrld(w->prev_vmcs))
			pr_err_ratelimited("cannot give VMCS %llx back to its owner\n",
					   w->prev_vmcs);
		return;
	}
	vmx_vmxoff();
	raw_write_cr4(w->cr4);
}

static __always_inline u64 read_msr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return lo | (u64)hi << 32;
}

static __always_inline void write_msr(u32 msr, u64 val)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32))
		     : "memory");
}

/* Host fields that depend on the CPU. */
static void host_cpu_fields(void)
{
	struct desc_ptr gdt;
	u64 val;

	native_store_gdt(&gdt);
	vmcs_write(HOST_GDTR_BASE, gdt.address);
	vmcs_write(HOST_TR_BASE, (unsigned long)
		   &get_cpu_entry_area(raw_smp_processor_id())->tss.x86_tss);
	rdmsrq(MSR_GS_BASE, val);
	vmcs_write(HOST_GS_BASE, val);
	rdmsrq(MSR_IA32_SYSENTER_ESP, val);
	vmcs_write(HOST_IA32_SYSENTER_ESP, val);
}

/* Host fields that depend on the task; written only when they changed. */
static __always_inline void host_task_fields(struct hve_vmx *vmx,
					     struct hve_window *w)
{
	u64 val = __read_cr3();

	if (val != vmx->host_cr3) {
		vmx->host_cr3 = val;
		vmcs_write(HOST_CR3, val);
	}
	val = w->cr4 | X86_CR4_VMXE;
	if (val != vmx->host_cr4) {
		vmx->host_cr4 = val;
		vmcs_write(HOST_CR4, val);
	}
	val = read_msr(MSR_FS_BASE);
	w->fs_base = val;
	if (val != vmx->host_fs_base) {
		vmx->host_fs_base = val;
		vmcs_write(HOST_FS_BASE, val);
	}
}

void hve_vmx_flush(struct hve_vmx *vmx, u64 eptp)
{
	if (hve_vmx_caps.ept_vpid & VMX_EPT_EXTENT_CONTEXT_BIT)
		vmx_invept(VMX_EPT_EXTENT_CONTEXT, eptp);
	else
		vmx_invept(VMX_EPT_EXTENT_GLOBAL, 0);
}

void hve_vmx_flush_vpid(struct hve_vmx *vmx)
{
	if (hve_vmx_caps.invvpid_single)
		vmx_invvpid(VMX_VPID_EXTENT_SINGLE_CONTEXT, vmx->vpid, 0);
	else
		vmx_invvpid(VMX_VPID_EXTENT_ALL_CONTEXT, 0, 0);
}

void hve_vmx_flush_vpid_local(struct hve_vmx *vmx)
{
	if (hve_vmx_caps.invvpid_local)
		vmx_invvpid(VMX_VPID_EXTENT_SINGLE_NON_GLOBAL, vmx->vpid, 0);
	else
		hve_vmx_flush_vpid(vmx);
}

int hve_vmx_open(struct hve_vmx *vmx, struct hve_window *w,
		 struct hve_regs *regs, u64 eptp, u64 gen)
{
	int cpu = raw_smp_processor_id();

	if (unlikely(hve_window_open(w)))
		return -EIO;
	if (unlikely(vmx_vmptrld(vmx->vmcs_pa))) {
		hve_window_close(w);
		return -EIO;
	}
	if (unlikely(!vmx->ready)) {
		hve_vmx_setup(vmx, eptp);
		hve_vmx_reset_guest(vmx, regs);
		vmx->ready = true;
	}
	host_task_fields(vmx, w);
	if (unlikely(vmx->cpu != cpu)) {
		/*
		 * This CPU may hold translations of an earlier stay, of this
		 * VPID or, after its reuse, of another vCPU.
		 */
		host_cpu_fields();
		hve_vmx_flush(vmx, eptp);
		hve_vmx_flush_vpid(vmx);
		vmx->cpu = cpu;
		vmx->flushed_gen = gen;
	} else if (unlikely(vmx->flushed_gen != gen)) {
		hve_vmx_flush(vmx, eptp);
		vmx->flushed_gen = gen;
	}
	if (regs->dirty) {
		vmcs_write(GUEST_RIP, regs->rip);
		vmcs_write(GUEST_RSP, regs->gpr[REG_RSP]);
		vmcs_write(GUEST_RFLAGS, regs->rflags);
		regs->dirty = false;
	}
	return 0;
}

void hve_vmx_close(struct hve_vmx *vmx, struct hve_window *w,
		   struct hve_regs *regs)
{
	regs->rip = vmcs_read(GUEST_RIP);
	regs->gpr[REG_RSP] = vmcs_read(GUEST_RSP);
	regs->rflags = vmcs_read(GUEST_RFLAGS);
	/*
	 * Always: the owner of VMX may leave it after us, and an active VMCS
	 * is then not guaranteed to be in memory.
	 */
	vmx_vmclear(vmx->vmcs_pa);
	vmx->launched = false;
	hve_window_close(w);
}

static const u32 sw_msr_nr[NR_SW_MSRS] = {
	[SW_MSR_KERNEL_GS_BASE]	= MSR_KERNEL_GS_BASE,
	[SW_MSR_STAR]		= MSR_STAR,
	[SW_MSR_LSTAR]		= MSR_LSTAR,
	[SW_MSR_SYSCALL_MASK]	= MSR_SYSCALL_MASK,
	[SW_MSR_TSC_AUX]	= MSR_TSC_AUX,
};

void hve_vmx_sw_msr_set(struct hve_vmx *vmx, unsigned int i, u64 val,
			bool live)
{
	vmx->sw_msr[i] = val;
	if (live && (i != SW_MSR_TSC_AUX || hve_have_tsc_aux))
		write_msr(sw_msr_nr[i], val);
}

void hve_vmx_db_load(const struct hve_regs *regs)
{
	set_debugreg(regs->db[0], 0);
	set_debugreg(regs->db[1], 1);
	set_debugreg(regs->db[2], 2);
	set_debugreg(regs->db[3], 3);
}

void hve_vmx_load_guest(struct hve_vmx *vmx, struct hve_window *w,
			struct hve_regs *regs)
{
	int i;

	hve_barrier_before(vmx);
	savesegment(ds, w->ds);
	savesegment(es, w->es);
	savesegment(fs, w->fs);
	savesegment(gs, w->gs);

	/* what a peer left there is put back, not what the kernel expects */
#pragma GCC unroll 5
	for (i = 0; i < NR_SW_MSRS; i++) {
		if (i == SW_MSR_TSC_AUX && !hve_have_tsc_aux) {
			w->sw_msr[i] = vmx->sw_msr[i];
			break;
		}
		w->sw_msr[i] = read_msr(sw_msr_nr[i]);
		if (w->sw_msr[i] != vmx->sw_msr[i])
			write_msr(sw_msr_nr[i], vmx->sw_msr[i]);
	}

	get_debugreg(w->dr7, 7);
	w->debugctl = hve_have_debugctl ? read_msr(MSR_IA32_DEBUGCTLMSR) : 0;
	if (unlikely(w->dr7 & ~0x400ul)) {
		get_debugreg(w->host_db[0], 0);
		get_debugreg(w->host_db[1], 1);
		get_debugreg(w->host_db[2], 2);
		get_debugreg(w->host_db[3], 3);
		get_debugreg(w->host_dr6, 6);
	}
	if (unlikely(vmx->dr7 & 0xff))
		hve_vmx_db_load(regs);
	w->loaded = true;
}

static void put_debug_regs(struct hve_window *w)
{
	set_debugreg(w->host_db[0], 0);
	set_debugreg(w->host_db[1], 1);
	set_debugreg(w->host_db[2], 2);
	set_debugreg(w->host_db[3], 3);
	set_debugreg(w->host_dr6, 6);
	set_debugreg(w->dr7, 7);
}

void hve_vmx_put_guest(struct hve_vmx *vmx, struct hve_window *w,
		       struct hve_regs *regs)
{
	int i;

	/* the guest moves this one without an exit (SWAPGS) */
	vmx->sw_msr[SW_MSR_KERNEL_GS_BASE] = read_msr(MSR_KERNEL_GS_BASE);

	/* a VM exit leaves maximal limits behind */
	load_fixmap_gdt(raw_smp_processor_id());
	invalidate_tss_limit();

	if (unlikely(w->ds))
		loadsegment(ds, w->ds);
	if (unlikely(w->es))
		loadsegment(es, w->es);
	if (unlikely(w->fs)) {
		loadsegment(fs, w->fs);
		write_msr(MSR_FS_BASE, w->fs_base);
	}
	if (unlikely(w->gs))
		load_gs_index(w->gs);
#pragma GCC unroll 5
	for (i = 0; i < NR_SW_MSRS; i++)
		if (w->sw_msr[i] != vmx->sw_msr[i] ||
		    (i == SW_MSR_KERNEL_GS_BASE && w->gs))
			write_msr(sw_msr_nr[i], w->sw_msr[i]);

	if (unlikely(w->dr7 & ~0x400ul))
		put_debug_regs(w);
	if (unlikely(w->debugctl))
		write_msr(MSR_IA32_DEBUGCTLMSR, w->debugctl);
	w->loaded = false;
}
