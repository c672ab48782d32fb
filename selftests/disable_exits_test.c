// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CAP_X86_DISABLE_EXITS: loops of PAUSE leave the guest, unless the VMM says
 * that they need not.
 */
#include <errno.h>
#include <stdio.h>

#include "bare.h"

#define OFF	KVM_X86_DISABLE_EXITS_PAUSE

static void guest_spin(uint64_t loops)
{
	while (loops--)
		cpu_pause();
}

/* How often a loop of PAUSE left the guest; -1: there is no such statistic. */
static long pause_exits(uint64_t off)
{
	struct vmm vmm;
	long n;

	bare_create(&vmm, 0, 0);
	if (off)
		ktap_eq(vmm_enable_cap(vmm.fd, KVM_CAP_X86_DISABLE_EXITS, off), 0,
			"KVM_CAP_X86_DISABLE_EXITS: PAUSE");
	vp_default_cpuid(bare_add_vp(&vmm), 1);
	bare_start(&vmm.vp[0], guest_spin, 100000);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "a guest that spins");
	n = vmm_stat(vmm.vp[0].fd, "pause_exits");
	vmm_destroy(&vmm);
	return n;
}

static void test_arguments(void)
{
	struct vmm vmm;
	int can;

	bare_create(&vmm, 0, 0);
	can = vmm_cap(&vmm, KVM_CAP_X86_DISABLE_EXITS);
	ktap_eq(can & OFF, OFF, "KVM_CAP_X86_DISABLE_EXITS has PAUSE");
	ktap_eq(vmm_enable_cap(vmm.fd, KVM_CAP_X86_DISABLE_EXITS, 1ull << 40), -EINVAL,
		"an unknown exit: EINVAL");
	if (!(can & KVM_X86_DISABLE_EXITS_HLT))
		ktap_eq(vmm_enable_cap(vmm.fd, KVM_CAP_X86_DISABLE_EXITS,
				       KVM_X86_DISABLE_EXITS_HLT), -EINVAL,
			"one that is not offered: EINVAL");
	bare_add_vp(&vmm);
	/* older KVMs take it, and do it for later vCPUs */
	if (!vmm.is_kvm)
		ktap_eq(vmm_enable_cap(vmm.fd, KVM_CAP_X86_DISABLE_EXITS, can), -EINVAL,
			"after the first vCPU: EINVAL");
	vmm_destroy(&vmm);
}

int main(void)
{
	long n;

	ktap_start(60);
	test_arguments();
	n = pause_exits(0);
	if (n > 0)
		ktap_eq(pause_exits(OFF), 0, "it never leaves: %ld times otherwise", n);
	else
		ktap_skip("no count of PAUSE exits", "loops of PAUSE do not leave");
	return ktap_finish();
}
