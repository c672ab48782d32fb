// SPDX-License-Identifier: GPL-2.0
/*
 * What the CPUs can do: capability MSRs to adjusted controls (SDM, appendix
 * "VMX Capability Reporting Facility"), and why hvemu can't work here when it
 * can't.
 */
#include <linux/kernel.h>
#include <linux/cpu.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/vmx.h>
#include "vmx.h"
#include "vmcs.h"
#include "private.h"

struct hve_vmx_caps hve_vmx_caps __ro_after_init;
bool hve_have_tsc_aux __ro_after_init;
bool hve_have_debugctl __ro_after_init;

struct ctl_row {
	const char *name;
	u32 msr, true_msr;
	u32 need, want;
	size_t offset;
};

#define CTL(n, m, f, ne, wa) { \
	.name = n, .msr = MSR_IA32_VMX_##m, .true_msr = MSR_IA32_VMX_TRUE_##m, \
	.need = ne, .want = wa, .offset = offsetof(struct hve_vmx_caps, f) }

static const struct ctl_row ctl_rows[] = {
	CTL("pin-based", PINBASED_CTLS, pin,
	    PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING |
	    PIN_BASED_VIRTUAL_NMIS,
	    PIN_BASED_VMX_PREEMPTION_TIMER),
	CTL("processor-based", PROCBASED_CTLS, cpu,
	    CPU_BASED_HLT_EXITING | CPU_BASED_USE_TSC_OFFSETTING |
	    CPU_BASED_RDPMC_EXITING | CPU_BASED_MWAIT_EXITING |
	    CPU_BASED_MONITOR_EXITING | CPU_BASED_MOV_DR_EXITING |
	    CPU_BASED_UNCOND_IO_EXITING | CPU_BASED_USE_MSR_BITMAPS |
	    CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING |
	    CPU_BASED_ACTIVATE_SECONDARY_CONTROLS,
	    CPU_BASED_TPR_SHADOW),
	CTL("VM-exit", EXIT_CTLS, exit,
	    VM_EXIT_SAVE_DEBUG_CONTROLS | VM_EXIT_HOST_ADDR_SPACE_SIZE |
	    VM_EXIT_SAVE_IA32_PAT | VM_EXIT_LOAD_IA32_PAT |
	    VM_EXIT_SAVE_IA32_EFER | VM_EXIT_LOAD_IA32_EFER,
	    VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL | VM_EXIT_CLEAR_BNDCFGS),
	CTL("VM-entry", ENTRY_CTLS, entry,
	    VM_ENTRY_LOAD_DEBUG_CONTROLS | VM_ENTRY_LOAD_IA32_PAT |
	    VM_ENTRY_LOAD_IA32_EFER,
	    VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL),
};

#define CPU2_NEED (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID | \
		   SECONDARY_EXEC_UNRESTRICTED_GUEST)
#define CPU2_WANT (SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_ENABLE_INVPCID | \
		   SECONDARY_EXEC_WBINVD_EXITING | \
		   SECONDARY_EXEC_PAUSE_LOOP_EXITING)

#define VID_NEED (SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE | \
		  SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)

static bool apicv = true;
module_param(apicv, bool, 0444);
MODULE_PARM_DESC(apicv, "let the processor deliver interrupts in x2APIC mode (default: on)");

static int adjust(const struct ctl_row *row, u64 msr, u32 *out, bool quiet)
{
	u32 must = (u32)msr, may = (u32)(msr >> 32);

	if (row->need & ~may) {
		if (!quiet)
			pr_err("this CPU lacks %s VMX controls %#x that hvemu needs\n",
			       row->name, row->need & ~may);
		return -EOPNOTSUPP;
	}
	*out = ((row->need | row->want) & may) | must;
	return 0;
}

/* One that does not exist is 0: nothing of it can be had. */
static void read_msrs(struct hve_vmx_caps *c)
{
	unsigned int i;

	for (i = 0; i < HVE_NR_CAP_MSRS; i++)
		if (rdmsrq_safe(MSR_IA32_VMX_BASIC + i, &c->msr[i]))
			c->msr[i] = 0;
	if (c->basic & BIT_ULL(55))
		return;
	for (i = 0; i < ARRAY_SIZE(ctl_rows); i++)
		c->msr[ctl_rows[i].true_msr - MSR_IA32_VMX_BASIC] =
			c->msr[ctl_rows[i].msr - MSR_IA32_VMX_BASIC];
}

static int read_caps(struct hve_vmx_caps *c, bool quiet)
{
	static const struct ctl_row cpu2_row = {
		.name = "secondary processor-based",
		.need = CPU2_NEED, .want = CPU2_WANT,
	};
	u64 val;
	int i, r;

	memset(c, 0, sizeof(*c));
	rdmsrq(MSR_IA32_VMX_BASIC, c->basic);
	rdmsrq(MSR_IA32_VMX_MISC, c->misc);
	read_msrs(c);
	for (i = 0; i < ARRAY_SIZE(ctl_rows); i++) {
		const struct ctl_row *row = &ctl_rows[i];

		rdmsrq(c->basic & BIT_ULL(55) ? row->true_msr : row->msr, val);
		r = adjust(row, val, (u32 *)((char *)c + row->offset), quiet);
		if (r)
			return r;
		if (row->offset == offsetof(struct hve_vmx_caps, cpu))
			c->mtf = val >> 32 & CPU_BASED_MONITOR_TRAP_FLAG;
	}
	rdmsrq(MSR_IA32_VMX_PROCBASED_CTLS2, val);
	r = adjust(&cpu2_row, val, &c->cpu2, quiet);
	if (r)
		return r;
	c->cpu2_max = (u32)(val >> 32);
	c->desc_exits = c->mtf && (c->cpu2_max & SECONDARY_EXEC_DESC);
	rdmsrq(MSR_IA32_VMX_EPT_VPID_CAP, c->ept_vpid);
	if (!(c->ept_vpid & VMX_EPT_PAGE_WALK_4_BIT) ||
	    !(c->ept_vpid & VMX_EPTP_WB_BIT) ||
	    !(c->ept_vpid & VMX_EPT_INVEPT_BIT) ||
	    !(c->ept_vpid & (VMX_EPT_EXTENT_CONTEXT_BIT | VMX_EPT_EXTENT_GLOBAL_BIT)) ||
	    !(c->ept_vpid >> 32 & VMX_VPID_INVVPID_BIT)) {
		if (!quiet)
			pr_err("this CPU's EPT/VPID (%#llx) lacks 4-level walks, write-back, INVEPT or INVVPID\n",
			       c->ept_vpid);
		return -EOPNOTSUPP;
	}
	rdmsrq(MSR_IA32_VMX_CR0_FIXED0, c->cr0_fixed0);
	rdmsrq(MSR_IA32_VMX_CR0_FIXED1, c->cr0_fixed1);
	rdmsrq(MSR_IA32_VMX_CR4_FIXED0, c->cr4_fixed0);
	rdmsrq(MSR_IA32_VMX_CR4_FIXED1, c->cr4_fixed1);
	c->preempt_timer = c->pin & PIN_BASED_VMX_PREEMPTION_TIMER;
	c->preempt_shift = c->misc & 0x1f;
	c->ept_2m = c->ept_vpid & VMX_EPT_2MB_PAGE_BIT;
	c->invvpid_single = c->ept_vpid >> 32 & VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT;
	c->invvpid_local = c->ept_vpid >> 32 & VMX_VPID_EXTENT_SINGLE_NON_GLOBAL_BIT;
	c->vid = apicv && (c->cpu & CPU_BASED_TPR_SHADOW) && !(VID_NEED & ~c->cpu2_max);
	c->tsc_scaling = c->cpu2_max & SECONDARY_EXEC_TSC_SCALING;
	c->xsaves = c->cpu2_max & HVE_CPU2_XSAVES &&
		    boot_cpu_has(X86_FEATURE_XSAVES);
	/* the timer is switched on when there is a deadline */
	c->pin &= ~PIN_BASED_VMX_PREEMPTION_TIMER;
	return 0;
}

struct cpu_probe {
	atomic_t bad_caps;
	atomic_t bad_open;
};

static void probe_cpu(void *arg)
{
	struct cpu_probe *p = arg;
	struct hve_vmx_caps c;
	struct hve_window w;
	unsigned long flags;

	if (read_caps(&c, true) || memcmp(&c, &hve_vmx_caps, sizeof(c))) {
		atomic_inc(&p->bad_caps);
		return;
	}
	local_irq_save(flags);
	if (hve_window_open(&w))
		atomic_inc(&p->bad_open);
	else
		hve_window_close(&w);
	local_irq_restore(flags);
}

/*
 * Under an enlightened VMCS there is no current-VMCS pointer to save and put
 * back.  TLFS, "Feature Discovery": 0x40000004.EAX bit 14.
 */
static bool host_has_evmcs(void)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR) ||
	    cpuid_eax(0x40000000) < 0x4000000a ||
	    cpuid_eax(0x40000001) != 0x31237648)
		return false;
	return cpuid_eax(0x40000004) & BIT(14);
}

static int check_cpu(void)
{
	if (boot_cpu_data.x86_vendor != X86_VENDOR_INTEL &&
	    !boot_cpu_has(X86_FEATURE_VMX)) {
		pr_err("this CPU has no VT-x: hvemu needs an Intel processor (or a VM with nested VMX)\n");
		return -ENODEV;
	}
	if (!(cpuid_ecx(1) & BIT(5))) {
		pr_err("no VT-x: CPUID reports no VMX; in a VM, ask its owner for nested VMX\n");
		return -ENODEV;
	}
	if (!boot_cpu_has(X86_FEATURE_VMX) ||
	    !boot_cpu_has(X86_FEATURE_MSR_IA32_FEAT_CTL)) {
		pr_err("VT-x is disabled by the firmware (IA32_FEATURE_CONTROL): enable it in the BIOS setup and power-cycle\n");
		return -ENODEV;
	}
#ifdef X86_FEATURE_FRED
	if (cpu_feature_enabled(X86_FEATURE_FRED)) {
		pr_err("this host uses FRED event delivery, which hvemu does not support yet: boot with fred=off\n");
		return -EOPNOTSUPP;
	}
#endif
	if (host_has_evmcs() && (native_read_cr4() & X86_CR4_VMXE)) {
		pr_err("VMX is on and this host runs under Hyper-V with enlightened VMCS: unload kvm_intel, or load it with enlightened_vmcs=0\n");
		return -EBUSY;
	}
	return 0;
}

int __init hve_vmx_init(void)
{
	struct cpu_probe p = {};
	int r = check_cpu();

	if (r)
		return r;
	hve_have_tsc_aux = boot_cpu_has(X86_FEATURE_RDTSCP) ||
			   boot_cpu_has(X86_FEATURE_RDPID);
	hve_have_debugctl = true;
	r = read_caps(&hve_vmx_caps, false);
	if (r)
		return r;
	apicv = hve_vmx_caps.vid;
	hve_barrier_init();
	r = hve_window_alloc();
	if (r)
		return r;
	cpus_read_lock();
	on_each_cpu(probe_cpu, &p, 1);
	cpus_read_unlock();
	if (atomic_read(&p.bad_caps)) {
		pr_err("%d CPUs have other VMX capabilities than the boot CPU\n",
		       atomic_read(&p.bad_caps));
		r = -EOPNOTSUPP;
	} else if (atomic_read(&p.bad_open)) {
		pr_err("VMXON fails on %d CPUs: another hypervisor, TXT or processor trace holds VMX\n",
		       atomic_read(&p.bad_open));
		r = -EBUSY;
	}
	if (r)
		hve_window_free();
	return r;
}

void hve_vmx_exit(void)
{
	hve_window_free();
}
