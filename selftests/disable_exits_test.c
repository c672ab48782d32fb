// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CAP_X86_DISABLE_EXITS: loops of PAUSE leave the guest, unless the VMM says
 * that they need not.
 */
#include <errno.h>
#include <stdio.h>

#include "bare.h"

#define OFF	KVM_X86_DISABLE_EXITS_PAUSE

static volatile uint64_t ticks;

static void guest_spin(uint64_t loops)
{
	uint64_t start = rdtsc();

	while (loops--)
		cpu_pause();
	ticks = rdtsc() - start;
}

/* How often a loop of PAUSE left the guest; -1: there is no such statistic. */
static long pause_exits(uint64_t off, uint64_t *took)
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
	*took = guest_var(&vmm, ticks);
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
	uint64_t took;
	long n;

	ktap_start(60);
	test_arguments();
	n = pause_exits(0, &took);
	if (n > 0) {
		/* nobody else wants the processor, most of the time */
		ktap_ok(n < (long)(took / 20000) + 20, "it leaves less often the longer it spins");
		ktap_note("%ld times in %lu ticks", n, took);
		ktap_eq(pause_exits(OFF, &took), 0, "or never");
	} else {
		ktap_skip("no count of PAUSE exits", "loops of PAUSE do not leave");
	}
	return ktap_finish();
}
