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
#include <linux/mmu_context.h>	/* load_gs_index() without Xen PV */
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

static __always_inline int window_open(struct hve_window *w)
{
	w->other = NULL;
	w->cr4 = native_read_cr4();
	w->borrowed = w->cr4 & X86_CR4_VMXE;
	if (w->borrowed) {
		vmx_vmptrst(&w->prev_vmcs);
		return 0;
	}
	w->prev_vmcs = ~0ull;
	raw_write_cr4(w->cr4 | X86_CR4_VMXE);
	if (likely(!vmx_vmxon(this_cpu_ptr(&vmxon_pa))))
		return 0;
	raw_write_cr4(w->cr4);
	return -EIO;
}

static noinline void not_given_back(u64 vmcs)
{
	pr_err_ratelimited("cannot give VMCS %llx back to its owner\n", vmcs);
}

static __always_inline void window_close(struct hve_window *w)
{
	if (w->borrowed) {
		if (w->prev_vmcs != ~0ull && vmx_vmptrld(&w->prev_vmcs))
			not_given_back(w->prev_vmcs);
		return;
	}
	vmx_vmxoff();
	raw_write_cr4(w->cr4);
}

int hve_window_open(struct hve_window *w)
{
	return window_open(w);
}

void hve_window_close(struct hve_window *w)
{
	window_close(w);
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
static noinline void host_cpu_fields(void)
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

/*
 * The first time, or another CPU than the last time: this one may hold
 * translations of an earlier stay, of this VPID or, after its reuse, of another
 * vCPU.
 */
static noinline void cpu_changed(struct hve_vmx *vmx, int cpu, u64 eptp)
{
	host_cpu_fields();
	hve_vmx_flush(vmx, eptp);
	hve_vmx_flush_vpid(vmx);
	vmx->cpu = cpu;
}

static noinline void vmcs_first(struct hve_vmx *vmx, struct hve_regs *regs,
				u64 eptp)
{
	hve_vmx_setup(vmx, eptp);
	hve_vmx_reset_guest(vmx, regs);
	vmx->ready = true;
}

/* Translations of this VMCS that are older than what is mapped now. */
static __always_inline void vmcs_sync(struct hve_vmx *vmx, u64 eptp, u64 gen)
{
	int cpu = raw_smp_processor_id();

	if (unlikely(vmx->cpu != cpu)) {
		cpu_changed(vmx, cpu, eptp);
		vmx->flushed_gen = gen;
	} else if (unlikely(vmx->flushed_gen != gen)) {
		hve_vmx_flush(vmx, eptp);
		vmx->flushed_gen = gen;
	}
}

static __always_inline int vmcs_open(struct hve_vmx *vmx, struct hve_window *w,
				     struct hve_regs *regs, u64 eptp, u64 gen)
{
	if (unlikely(window_open(w)))
		return -EIO;
	if (unlikely(vmx_vmptrld(&vmx->vmcs_pa))) {
		window_close(w);
		return -EIO;
	}
	if (unlikely(!vmx->ready))
		vmcs_first(vmx, regs, eptp);
	host_task_fields(vmx, w);
	vmcs_sync(vmx, eptp, gen);
	if (regs->dirty) {
		vmcs_write(GUEST_RIP, regs->rip);
		vmcs_write(GUEST_RSP, regs->gpr[REG_RSP]);
		vmcs_write(GUEST_RFLAGS, regs->rflags);
		regs->dirty = false;
	}
	return 0;
}

static __always_inline void vmcs_close(struct hve_vmx *vmx, struct hve_window *w,
				       struct hve_regs *regs)
{
	regs->rip = vmcs_read(GUEST_RIP);
	regs->gpr[REG_RSP] = vmcs_read(GUEST_RSP);
	regs->rflags = vmcs_read(GUEST_RFLAGS);
	/*
	 * Always: the owner of VMX may leave it after us, and an active VMCS
	 * is then not guaranteed to be in memory.
	 */
	vmx_vmclear(&vmx->vmcs_pa);
	vmx->launched = false;
	if (unlikely(w->other)) {
		vmx_vmclear(&w->other->vmcs_pa);
		w->other->launched = false;
	}
	window_close(w);
}

int hve_vmx_open(struct hve_vmx *vmx, struct hve_window *w,
		 struct hve_regs *regs, u64 eptp, u64 gen)
{
	return vmcs_open(vmx, w, regs, eptp, gen);
}

void hve_vmx_close(struct hve_vmx *vmx, struct hve_window *w,
		   struct hve_regs *regs)
{
	vmcs_close(vmx, w, regs);
}

/* What is the vCPU's and not the VMCS's. */
static void switch_shared(struct hve_vmx *vmx, const struct hve_vmx *old)
{
	unsigned int i;

	for (i = 0; i < NR_SW_MSRS; i++)
		vmx->sw_msr[i] = old->sw_msr[i];
	vmx->spec_ctrl = old->spec_ctrl;
	vmx->entry.guest_spec_ctrl = old->entry.guest_spec_ctrl;
}

int hve_vmx_switch(struct hve_vmx *vmx, struct hve_vmx *other,
		   struct hve_window *w, u64 eptp, u64 gen)
{
	if (vmx_vmptrld(&other->vmcs_pa))
		return -EIO;
	swap(*vmx, *other);
	switch_shared(vmx, other);
	w->other = other;
	if (unlikely(!vmx->ready)) {
		hve_vmx_setup(vmx, eptp);
		vmx->ready = true;
	}
	host_task_fields(vmx, w);
	vmcs_sync(vmx, eptp, gen);
	/* neither guest is to steer the other */
	hve_barrier_before(vmx);
	return 0;
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

static void db_load(const u64 *db)
{
	set_debugreg(db[0], 0);
	set_debugreg(db[1], 1);
	set_debugreg(db[2], 2);
	set_debugreg(db[3], 3);
}

void hve_vmx_db_load(struct hve_vmx *vmx, const struct hve_regs *regs)
{
	if (vmx->live_dr7 & 0xff)
		db_load(vmx->bp ? vmx->bp->db : regs->db);
}

/* The host's own MSRs on this CPU: from its boot on they stay the same. */
struct host_msrs {
	bool known;
	u64 val[NR_SW_MSRS];
};

static DEFINE_PER_CPU(struct host_msrs, host_msrs);

static void sw_msrs_read(u64 *val)
{
	unsigned int i;

	for (i = SW_MSR_KERNEL_GS_BASE + 1; i < NR_SW_MSRS; i++)
		if (i != SW_MSR_TSC_AUX || hve_have_tsc_aux)
			val[i] = read_msr(sw_msr_nr[i]);
}

/*
 * KVM leaves its guest's in the CPU until the return to user space, when a
 * notifier puts the host's back.  Then its are put back.
 */
static noinline const u64 *sw_msrs_of_host(struct hve_host_state *host)
{
	struct host_msrs *own = this_cpu_ptr(&host_msrs);

	if (test_thread_flag(TIF_USER_RETURN_NOTIFY)) {
		sw_msrs_read(host->peer_msr);
		return host->peer_msr;
	}
	if (!own->known) {
		sw_msrs_read(own->val);
		own->known = true;
	}
	return own->val;
}

static __always_inline void sw_msrs_load(struct hve_vmx *vmx,
					 struct hve_host_state *host)
{
	struct host_msrs *own = this_cpu_ptr(&host_msrs);
	int i;

	host->kernel_gs_base = read_msr(MSR_KERNEL_GS_BASE);
	if (host->kernel_gs_base != vmx->sw_msr[SW_MSR_KERNEL_GS_BASE])
		write_msr(MSR_KERNEL_GS_BASE,
			  vmx->sw_msr[SW_MSR_KERNEL_GS_BASE]);
	host->sw_msr = own->val;
	if (unlikely(!own->known || test_thread_flag(TIF_USER_RETURN_NOTIFY)))
		host->sw_msr = sw_msrs_of_host(host);
#pragma GCC unroll 5
	for (i = SW_MSR_KERNEL_GS_BASE + 1; i < NR_SW_MSRS; i++)
		if (host->sw_msr[i] != vmx->sw_msr[i] &&
		    (i != SW_MSR_TSC_AUX || hve_have_tsc_aux))
			write_msr(sw_msr_nr[i], vmx->sw_msr[i]);
}

static __always_inline void sw_msrs_put(struct hve_vmx *vmx,
					struct hve_host_state *host)
{
	int i;

	if (host->kernel_gs_base != vmx->sw_msr[SW_MSR_KERNEL_GS_BASE] ||
	    host->gs)
		write_msr(MSR_KERNEL_GS_BASE, host->kernel_gs_base);
#pragma GCC unroll 5
	for (i = SW_MSR_KERNEL_GS_BASE + 1; i < NR_SW_MSRS; i++)
		if (host->sw_msr[i] != vmx->sw_msr[i] &&
		    (i != SW_MSR_TSC_AUX || hve_have_tsc_aux))
			write_msr(sw_msr_nr[i], host->sw_msr[i]);
}

static noinline void debug_regs_save(struct hve_host_state *host)
{
	get_debugreg(host->db[0], 0);
	get_debugreg(host->db[1], 1);
	get_debugreg(host->db[2], 2);
	get_debugreg(host->db[3], 3);
	get_debugreg(host->dr6, 6);
	/* the guest's addresses must not be the host's breakpoints */
	set_debugreg(0ul, 7);
}

static noinline void debug_regs_put(struct hve_host_state *host)
{
	db_load(host->db);
	set_debugreg(host->dr6, 6);
	set_debugreg(host->dr7, 7);
}

static noinline void segments_put(struct hve_vmx *vmx,
				  struct hve_host_state *host)
{
	if (host->ds)
		loadsegment(ds, host->ds);
	if (host->es)
		loadsegment(es, host->es);
	if (host->fs) {
		loadsegment(fs, host->fs);
		write_msr(MSR_FS_BASE, vmx->host_fs_base);
	}
	if (host->gs)
		load_gs_index(host->gs);
}

int hve_vmx_begin(struct hve_vmx *vmx, struct hve_host_state *host,
		  struct hve_regs *regs, u64 eptp, u64 gen)
{
	if (unlikely(vmcs_open(vmx, &host->w, regs, eptp, gen)))
		return -EIO;
	hve_barrier_before(vmx);
	native_store_gdt(&host->gdt);
	savesegment(ds, host->ds);
	savesegment(es, host->es);
	savesegment(fs, host->fs);
	savesegment(gs, host->gs);
	sw_msrs_load(vmx, host);
	host->dr7 = native_get_debugreg(7);
	host->debugctl = hve_have_debugctl ? read_msr(MSR_IA32_DEBUGCTLMSR) : 0;
	if (unlikely(host->dr7 & ~0x400ul))
		debug_regs_save(host);
	if (unlikely(vmx->live_dr7 & 0xff))
		hve_vmx_db_load(vmx, regs);
	return 0;
}

void hve_vmx_end(struct hve_vmx *vmx, struct hve_host_state *host,
		 struct hve_regs *regs)
{
	/* the guest moves this one without an exit (SWAPGS) */
	vmx->sw_msr[SW_MSR_KERNEL_GS_BASE] = read_msr(MSR_KERNEL_GS_BASE);

	/* a VM exit leaves maximal limits behind */
	native_load_gdt(&host->gdt);
	invalidate_tss_limit();

	if (unlikely(host->ds | host->es | host->fs | host->gs))
		segments_put(vmx, host);
	sw_msrs_put(vmx, host);
	if (unlikely(host->dr7 & ~0x400ul))
		debug_regs_put(host);
	if (unlikely(host->debugctl))
		write_msr(MSR_IA32_DEBUGCTLMSR, host->debugctl);
	vmcs_close(vmx, &host->w, regs);
}
