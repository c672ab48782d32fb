// SPDX-License-Identifier: GPL-2.0
/*
 * Around the world switch: context tracking, and what the host is owed when
 * one of its NMIs or machine checks ended the guest.
 */
#include <linux/kernel.h>
#include <linux/kvm_host.h>	/* guest_state_enter_irqoff() and its twin */
#include "enter.h"

static_assert(offsetof(struct hve_vmx_entry, host_rsp) == ENTRY_HOST_RSP);
static_assert(offsetof(struct hve_vmx_entry, guest_spec_ctrl) ==
	      ENTRY_GUEST_SPEC_CTRL);
static_assert(offsetof(struct hve_vmx_entry, host_spec_ctrl) ==
	      ENTRY_HOST_SPEC_CTRL);

noinstr int hve_vmx_run_tracked(u64 *gpr, struct hve_vmx_entry *entry,
				unsigned int flags)
{
	int r;

	guest_state_enter_irqoff();
	r = hve_vmx_run(gpr, entry, flags);
	guest_state_exit_irqoff();
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
