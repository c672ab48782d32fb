// SPDX-License-Identifier: GPL-2.0
/*
 * nested_info_test: HVEMU_NESTED says whether the guest of a VM is a hypervisor.
 */
#include <errno.h>

#include "bare.h"
#include "l1.h"
#include "../include/uapi/hvemu.h"

static struct l2_regs regs;

static void l2_stop(void)
{
	g_sync(3);
	for (;;)
		vmcall(0);
}

static void guest_main(uint64_t arg)
{
	g_sync(1);
	l1_start();
	g_sync(2);
	l1_vmcs_fill(l2_stop);
	g_assert(l1_run(&regs) == EXIT_VMCALL);
	g_sync(4);
	l1_stop();
}

/* The newest VM is the one that was made last. */
static uint64_t newest_vm(int dev)
{
	struct hvemu_vm vm;
	struct hvemu_vm_list list = { .vms = (uintptr_t)&vm };

	do {
		list.nr = 1;
		xioctl(dev, HVEMU_LIST_VMS, &list);
	} while (list.nr);
	return vm.id;
}

static void check(struct vmm *vmm, struct hvemu_nested *n, unsigned int in_vmx,
		  unsigned int in_l2, const char *when)
{
	xioctl(vmm->dev, HVEMU_NESTED, n);
	ktap_eq(n->in_vmx, in_vmx, "%s: vCPUs in VMX operation", when);
	ktap_eq(n->in_l2, in_l2, "%s: vCPUs that run L2", when);
}

static void run_to(struct vmm *vmm, uint64_t stage)
{
	if (bare_run(&vmm->vp[0]) != BARE_SYNC || bare_stage(&vmm->vp[0]) != stage)
		ktap_bail("the guest is not at stage %u", (unsigned int)stage);
}

static void test_stages(struct vmm *vmm)
{
	struct hvemu_nested n = { .id = newest_vm(vmm->dev) };

	bare_start(&vmm->vp[0], guest_main, 0);
	run_to(vmm, 1);
	check(vmm, &n, 0, 0, "no hypervisor yet");
	ktap_eq(n.nr_vcpus, 2, "two vCPUs");
	ktap_eq(n.exposed, 2, "both with VMX");
	ktap_eq(n.memory_bytes, BARE_RAM, "all memory");
	ktap_ok(n.flags & HVEMU_VM_STARTED, "it runs");
	run_to(vmm, 2);
	check(vmm, &n, 1, 0, "VMXON");
	run_to(vmm, 3);
	check(vmm, &n, 1, 1, "L2 runs");
	ktap_eq(n.enlightened, 0, "by a plain VMCS");
	ktap_eq(n.restored, 0, "nothing was restored");
	run_to(vmm, 4);
	check(vmm, &n, 1, 0, "L2 has left");
	ktap_eq(bare_run(&vmm->vp[0]), BARE_DONE, "the guest came to its end");
	check(vmm, &n, 0, 0, "VMXOFF");
}

static void test_restored(struct vmm *vmm)
{
	struct kvm_nested_state s = {
		.size = sizeof(s),
		.hdr.vmx = { .vmxon_pa = L1_PAGES(1), .vmcs12_pa = ~0ull },
	};
	struct hvemu_nested n = { .id = newest_vm(vmm->dev) };

	xioctl(vmm->vp[1].fd, KVM_SET_NESTED_STATE, &s);
	xioctl(vmm->dev, HVEMU_NESTED, &n);
	ktap_eq(n.restored, 1, "a vCPU with a saved state");
	ktap_eq(n.in_vmx, 1, "which is in VMX operation");
}

static void test_without(struct vmm *vmm)
{
	struct cpuid_table t = { .head.nent = VMM_MAX_CPUID };
	struct hvemu_nested n = { .id = newest_vm(vmm->dev) };

	cpuid_supported(vmm, &t);
	cpuid_hyperv(vmm, &vmm->vp[0], &t);
	cpuid_find(&t, 1, 0)->ecx &= ~(1u << 5);
	vp_set_cpuid(&vmm->vp[0], &t);
	xioctl(vmm->dev, HVEMU_NESTED, &n);
	ktap_eq(n.exposed, 1, "one of two vCPUs with VMX");
}

int main(void)
{
	struct hvemu_nested n = { .id = 0 };
	struct hvemu_info info;
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 2, 0);
	if (vmm.is_kvm)
		ktap_skip_all("not of KVM");
	xioctl(vmm.dev, HVEMU_INFO, &info);
	if (!(info.features & HVEMU_FEATURE_NESTED))
		ktap_skip_all("no VMX for guests");
	ktap_ok(ioctl(vmm.dev, HVEMU_NESTED, &n) && errno == ENOENT, "no such VM: ENOENT");
	test_stages(&vmm);
	test_restored(&vmm);
	vmm_destroy(&vmm);
	bare_create(&vmm, 2, 0);
	test_without(&vmm);
	vmm_destroy(&vmm);
	return ktap_finish();
}
