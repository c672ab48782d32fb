// SPDX-License-Identifier: GPL-2.0
/*
 * Around the world switch: CR2, SPEC_CTRL, context tracking, and what the host
 * is owed when one of its NMIs or machine checks ended the guest.
 */
#include <linux/kernel.h>
#include <linux/kvm_host.h>	/* guest_state_enter_irqoff() and its twin */
#include <asm/cpufeature.h>
#include <asm/nospec-branch.h>
#include <asm/special_insns.h>
#include "vmx.h"
#include "vmcs.h"
#include "private.h"
#include "entry.h"

static_assert(offsetof(struct hve_vmx_entry, host_rsp) == ENTRY_HOST_RSP);
static_assert(offsetof(struct hve_vmx_entry, guest_spec_ctrl) ==
	      ENTRY_GUEST_SPEC_CTRL);
static_assert(offsetof(struct hve_vmx_entry, host_spec_ctrl) ==
	      ENTRY_HOST_SPEC_CTRL);

/* A tickless CPU needs RCU told of each stay in the guest. */
static noinstr int run_tracked(struct hve_vmx *vmx, struct hve_regs *regs,
			       unsigned int flags)
{
	int r;

	guest_state_enter_irqoff();
	r = hve_vmx_run(regs->gpr, &vmx->entry, flags);
	guest_state_exit_irqoff();
	return r;
}

int hve_vmx_enter(struct hve_vmx *vmx, struct hve_regs *regs)
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
		r = run_tracked(vmx, regs, flags);
	else
		r = hve_vmx_run(regs->gpr, &vmx->entry, flags);
	regs->cr2 = native_read_cr2();
	if (likely(!r))
		vmx->launched = true;
	return r;
}

void hve_vmx_host_nmi(void)
{
	/* through the IST entry, whose IRET ends the blocking of NMIs */
	asm volatile("int $2" : : : "memory");
}

void hve_vmx_host_mc(void)
{
	asm volatile("int $18" : : : "memory");
}
