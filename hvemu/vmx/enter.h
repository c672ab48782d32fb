/* SPDX-License-Identifier: GPL-2.0 */
/* The world switch in C: in line, for the one loop that enters guests. */
#ifndef HVE_VMX_ENTER_H
#define HVE_VMX_ENTER_H

#include <linux/context_tracking_state.h>
#include <linux/percpu.h>
#include <asm/nospec-branch.h>
#include <asm/special_insns.h>
#include "vmx.h"
#include "vmcs.h"
#include "entry.h"

/** hve_vmx_run() - entry.S; 0 after an exit, 1 after VMfail */
int hve_vmx_run(u64 *gpr, struct hve_vmx_entry *entry, unsigned int flags);

/** hve_vmx_run_tracked() - the same where RCU is told of each stay in a guest */
int hve_vmx_run_tracked(u64 *gpr, struct hve_vmx_entry *entry,
			unsigned int flags);

/**
 * hve_vmx_enter() - run the guest until its next exit
 * @vmx: between hve_vmx_begin() and _end()
 * @regs: registers
 *
 * Return: 0 after an exit, 1 after VMfail.
 */
static __always_inline int hve_vmx_enter(struct hve_vmx *vmx,
					 struct hve_regs *regs)
{
	unsigned int flags = 0;
	int r;

	if (likely(vmx->launched))
		flags |= ENTRY_RESUME;
	vmx_count();
	if (unlikely(regs->cr2 != native_read_cr2()))
		native_write_cr2(regs->cr2);
	if (unlikely(vmx->spec_ctrl)) {
		vmx->entry.host_spec_ctrl = this_cpu_read(x86_spec_ctrl_current);
		flags |= ENTRY_SPEC_CTRL;
	}
	if (unlikely(context_tracking_enabled_this_cpu()))
		r = hve_vmx_run_tracked(regs->gpr, &vmx->entry, flags);
	else
		r = hve_vmx_run(regs->gpr, &vmx->entry, flags);
	regs->cr2 = native_read_cr2();
	if (likely(!r))
		vmx->launched = true;
	return r;
}

#endif /* HVE_VMX_ENTER_H */
