// SPDX-License-Identifier: GPL-2.0
/*
 * The Hyper-V CPUID leaves: the answer of KVM_GET_SUPPORTED_HV_CPUID, what the
 * guest then sees, and that every privilege and hint offered is one that the
 * minimum interface or its rows really have (nothing reserved is set).
 */
#include <errno.h>
#include <string.h>

#include "bare.h"
#include "hvdef.h"

static uint32_t seen[8][4];	/* leaves 0x40000000.. as the guest reads them */
static uint32_t leaf1[4];

static void guest_main(uint64_t leaves)
{
	unsigned int i;

	cpuid(1, 0, leaf1);
	for (i = 0; i < leaves; i++)
		cpuid(HV_CPUID_VENDOR + i, 0, seen[i]);
}

static void test_ioctl(struct vmm *vmm, int fd, const char *which)
{
	struct cpuid_table t = { .head.nent = 0 };
	unsigned int i, bad = 0, n;
	int ret;

	ktap_errno(ioctl(fd, KVM_GET_SUPPORTED_HV_CPUID, &t), E2BIG, "%s: no room: E2BIG",
		   which);
	t.head.nent = 1;
	ktap_errno(ioctl(fd, KVM_GET_SUPPORTED_HV_CPUID, &t), E2BIG, "%s: too little: E2BIG",
		   which);
	ktap_errno(ioctl(fd, KVM_GET_SUPPORTED_HV_CPUID, 0x10), EFAULT,
		   "%s: bad pointer: EFAULT", which);
	memset(&t, 0xff, sizeof(t));
	t.head.nent = VMM_MAX_CPUID;
	ret = ioctl(fd, KVM_GET_SUPPORTED_HV_CPUID, &t);
	if (!ktap_eq(ret, 0, "%s: KVM_GET_SUPPORTED_HV_CPUID", which))
		return;
	n = t.head.nent;
	ktap_eq(n, 10, "%s: ten leaves, as KVM", which);
	for (i = 0; i < n && i < VMM_MAX_CPUID; i++) {
		struct kvm_cpuid_entry2 *e = &t.entry[i];

		bad += e->index || e->flags || e->padding[0] || e->padding[1] ||
		       e->padding[2] || e->function < 0x40000000 ||
		       e->function > 0x40000082;
	}
	ktap_eq(bad, 0, "%s: index, flags and padding are 0", which);
}

enum { EAX, EBX, ECX, EDX };

static uint32_t leaf_reg(struct cpuid_table *t, uint32_t leaf, unsigned int reg)
{
	struct kvm_cpuid_entry2 *e = cpuid_find(t, 0x40000000 + leaf, 0);

	return e ? (&e->eax)[reg] : 0;
}

/* What KVM says otherwise, or not at all */
static void test_own(struct vmm *vmm, struct vp *vp)
{
	struct cpuid_table t;

	memset(&t, 0, sizeof(t));
	cpuid_hyperv(vmm, vp, &t);
	ktap_eq(leaf_reg(&t, 3, EAX) & BIT(12), 0, "AccessDebugRegs is reserved");
	ktap_eq(leaf_reg(&t, 3, EBX) & BIT(19), 0, "FastHypercallOutput is reserved");
	ktap_ok(leaf_reg(&t, 4, EAX) & BIT(5), "relaxed timing is recommended");
	ktap_ok(leaf_reg(&t, 4, EAX) & BIT(9), "AutoEOI is not");
	ktap_ok(leaf_reg(&t, 4, EAX) & BIT(4), "the RESET register is recommended");
	ktap_ok(leaf_reg(&t, 5, EBX), "leaf 0x40000005 has the machine's processors");
}

static void test_leaves(struct vmm *vmm, struct vp *vp)
{
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;
	uint32_t features;

	memset(&t, 0, sizeof(t));
	cpuid_hyperv(vmm, vp, &t);
	e = cpuid_find(&t, HV_CPUID_FEATURES, 0);
	if (!ktap_ok(!!e, "leaf 0x40000003"))
		return;
	features = e->eax;
	ktap_ok(features & HV_ACCESS_HYPERCALL, "AccessHypercallMsrs is mandatory");
	ktap_ok(features & HV_ACCESS_VP_INDEX, "AccessVpIndex is mandatory");
	ktap_eq(e->ebx & 0x31cf, 0, "no privilege that Windows guests must not have");
	ktap_ok(!(features & HV_ACCESS_STIMER) || features & HV_ACCESS_SYNIC,
		"timers come with the SynIC");
	ktap_ok(!(features & HV_ACCESS_FREQUENCY) == !(e->edx & HV_FEATURE_FREQUENCIES),
		"frequency MSRs: privilege and feature go together");
	e = cpuid_find(&t, HV_CPUID_LIMITS, 0);
	ktap_ok(e && (!e->eax || e->eax >= (uint32_t)vmm_cap(vmm, KVM_CAP_NR_VCPUS)),
		"trap 50: leaf 0x40000005 does not limit the VPs below the device's");
}

static void test_guest(void)
{
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;
	unsigned int i, wrong = 0;
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	memset(&t, 0, sizeof(t));
	t.head.nent = VMM_MAX_CPUID;
	xioctl(vmm.vp[0].fd, KVM_GET_CPUID2, &t);
	bare_start(&vmm.vp[0], guest_main, 6);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest reads its leaves");
	ktap_ok(guest_var(&vmm, leaf1[2]) >> 31, "leaf 1 says that there is a hypervisor");
	ktap_ok(!memcmp(&guest_var(&vmm, seen[0][1]), "Microsoft Hv", 12),
		"vendor as the VMM set it");
	ktap_eq(guest_var(&vmm, seen[1][0]), HV_INTERFACE_SIGNATURE, "interface Hv#1");
	/* leaf 2 may be hidden until the guest has told its OS id */
	for (i = 3; i < 6; i++) {
		e = cpuid_find(&t, HV_CPUID_VENDOR + i, 0);
		if (e)
			wrong += memcmp(&e->eax, guest_var(&vmm, seen[i]), 16) != 0;
	}
	ktap_eq(wrong, 0, "leaves 3 to 5 as the VMM set them");
	vmm_destroy(&vmm);
}

int main(void)
{
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	if (vmm_cap(&vmm, KVM_CAP_HYPERV_CPUID) <= 0)
		ktap_skip_all("the device has no Hyper-V CPUID leaves");
	test_ioctl(&vmm, vmm.vp[0].fd, "VP");
	if (vmm_cap(&vmm, KVM_CAP_SYS_HYPERV_CPUID) > 0)
		test_ioctl(&vmm, vmm.dev, "device");
	test_leaves(&vmm, &vmm.vp[0]);
	if (!vmm.is_kvm)
		test_own(&vmm, &vmm.vp[0]);
	vmm_destroy(&vmm);
	test_guest();
	return ktap_finish();
}
