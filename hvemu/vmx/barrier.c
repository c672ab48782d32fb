// SPDX-License-Identifier: GPL-2.0
/*
 * Barriers against speculation between guests, and between a guest and the
 * host, that belong to a window and not to each entry (those are in entry.S).
 */
#include <linux/kernel.h>
#include <linux/cpu.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/nospec-branch.h>
#include "vmx.h"
#include "private.h"

static bool l1d_flush = true;
module_param(l1d_flush, bool, 0444);
MODULE_PARM_DESC(l1d_flush, "flush the L1 data cache before a guest runs, on CPUs with L1TF (default: on)");

/* Kernels that have a policy of their own say so by a synthetic bit. */
#ifdef X86_FEATURE_USE_IBPB
#define FEATURE_IBPB	X86_FEATURE_USE_IBPB
#else
#define FEATURE_IBPB	X86_FEATURE_IBPB
#endif

static bool flush_l1d __ro_after_init;
static bool use_ibpb __ro_after_init;
static DEFINE_PER_CPU(u64, last_guest);

void __init hve_barrier_init(void)
{
	use_ibpb = boot_cpu_has(FEATURE_IBPB) && !cpu_mitigations_off();
	if (!l1d_flush || !boot_cpu_has_bug(X86_BUG_L1TF))
		return;
	flush_l1d = boot_cpu_has(X86_FEATURE_FLUSH_L1D);
	if (!flush_l1d)
		pr_warn("this CPU has L1TF and no microcode to flush the L1 cache: don't run guests you don't trust\n");
}

void hve_barrier_before(const struct hve_vmx *vmx)
{
	/* branch predictions of another guest */
	if (unlikely(this_cpu_read(last_guest) != vmx->id)) {
		this_cpu_write(last_guest, vmx->id);
		if (use_ibpb)
			wrmsrq(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
	}
	/* secrets of the host a guest could read with bad page tables */
	if (unlikely(flush_l1d))
		wrmsrq(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
	/* the VMM's branches after the guest's (VMSCAPE) */
	if (cpu_feature_enabled(X86_FEATURE_IBPB_EXIT_TO_USER))
		this_cpu_write(x86_ibpb_exit_to_user, true);
#endif
}
