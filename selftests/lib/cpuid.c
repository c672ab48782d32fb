// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUID table of a guest: what the device supports, with the processor
 * topology of the VM and the Hv#1 leaves exactly as the device offers them.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hvdef.h"
#include "vmm.h"

#define CPUID_1_ECX_HYPERVISOR	BIT(31)
#define CPUID_1_ECX_TSC_DEADLINE	BIT(24)
#define CPUID_1_EDX_HTT		BIT(28)

struct kvm_cpuid_entry2 *cpuid_find(struct cpuid_table *t, uint32_t leaf,
				    uint32_t index)
{
	uint32_t i;

	for (i = 0; i < t->head.nent; i++) {
		struct kvm_cpuid_entry2 *e = &t->entry[i];

		if (e->function == leaf &&
		    (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || e->index == index))
			return e;
	}
	return NULL;
}

/* The entry for (leaf, index), made if it is not there; registers are kept. */
struct kvm_cpuid_entry2 *cpuid_add(struct cpuid_table *t, uint32_t leaf,
				   uint32_t index)
{
	struct kvm_cpuid_entry2 *e = cpuid_find(t, leaf, index);

	if (e)
		return e;
	if (t->head.nent == VMM_MAX_CPUID)
		errx(1, "more than %d CPUID entries", VMM_MAX_CPUID);
	e = &t->entry[t->head.nent++];
	memset(e, 0, sizeof(*e));
	e->function = leaf;
	e->index = index;
	return e;
}

void cpuid_drop(struct cpuid_table *t, uint32_t first, uint32_t last)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->head.nent; i++)
		if (t->entry[i].function < first || t->entry[i].function > last)
			t->entry[n++] = t->entry[i];
	t->head.nent = n;
}

void cpuid_supported(struct vmm *vmm, struct cpuid_table *t)
{
	struct kvm_cpuid_entry2 *e;

	memset(t, 0, sizeof(*t));
	t->head.nent = VMM_MAX_CPUID;
	xioctl(vmm->dev, KVM_GET_SUPPORTED_CPUID, t);
	/* reported apart, because it needs the LAPIC in the kernel */
	e = cpuid_find(t, 1, 0);
	if (e && vmm_cap(vmm, KVM_CAP_TSC_DEADLINE_TIMER) > 0)
		e->ecx |= CPUID_1_ECX_TSC_DEADLINE;
}

/*
 * The Hv#1 leaves replace what the device itself has from 0x40000000 (KVM: its
 * own leaves, which Linux would prefer). A guest looks for the interface
 * signature, and Linux also for the vendor string, so it is Microsoft's.
 */
void cpuid_hyperv(struct vmm *vmm, struct vp *vp, struct cpuid_table *t)
{
	struct cpuid_table hv = { .head.nent = VMM_MAX_CPUID };
	/* the VP knows what was enabled for it */
	bool of_vp = vmm_cap(vmm, KVM_CAP_HYPERV_CPUID) > 0;
	struct kvm_cpuid_entry2 *e;
	uint32_t i;

	cpuid_drop(t, 0x40000000, 0x4fffffff);
	if (!of_vp && vmm_cap(vmm, KVM_CAP_SYS_HYPERV_CPUID) <= 0)
		return;
	xioctl(of_vp ? vp->fd : vmm->dev, KVM_GET_SUPPORTED_HV_CPUID, &hv);
	for (i = 0; i < hv.head.nent; i++)
		*cpuid_add(t, hv.entry[i].function, hv.entry[i].index) = hv.entry[i];

	e = cpuid_find(t, HV_CPUID_VENDOR, 0);
	if (!e || e->eax < HV_CPUID_LIMITS)
		errx(1, "the device's Hyper-V leaves end before %#x", HV_CPUID_LIMITS);
	memcpy(&e->ebx, "Microsoft Hv", 12);
	e = cpuid_find(t, HV_CPUID_INTERFACE, 0);
	if (!e || e->eax != HV_INTERFACE_SIGNATURE)
		errx(1, "the device does not offer the Hv#1 interface");
}

static unsigned int ceil_log2(unsigned int n)
{
	return n <= 1 ? 0 : 32 - __builtin_clz(n - 1);
}

/* One package of @nr_vps cores with one thread each; APIC id = VP number. */
void cpuid_topology(struct cpuid_table *t, unsigned int apic_id, unsigned int nr_vps)
{
	static const uint32_t extended[] = { 0xb, 0x1f };
	struct kvm_cpuid_entry2 *e;
	unsigned int i, level;

	for (i = 0; i < t->head.nent; i++) {
		e = &t->entry[i];
		if (e->function == 1) {
			e->ebx &= 0x0000ffff;
			e->ebx |= apic_id << 24 | nr_vps << 16;
			e->ecx |= CPUID_1_ECX_HYPERVISOR;
			e->edx &= ~CPUID_1_EDX_HTT;
			if (nr_vps > 1)
				e->edx |= CPUID_1_EDX_HTT;
		} else if (e->function == 4) {
			/* cores in the package; each cache belongs to one VP */
			e->eax &= 0x00003fff;
			e->eax |= (nr_vps - 1) << 26;
		} else if (e->function == 0xb || e->function == 0x1f) {
			e->edx = apic_id;
		}
	}
	e = cpuid_find(t, 0, 0);
	for (i = 0; i < ARRAY_SIZE(extended); i++) {
		cpuid_drop(t, extended[i], extended[i]);
		if (!e || e->eax < extended[i])
			continue;
		for (level = 0; level < 3; level++) {
			/* level types: 1 = thread, 2 = core, 0 = end of the list */
			struct kvm_cpuid_entry2 l = {
				.function = extended[i],
				.index = level,
				.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
				.eax = level == 1 ? ceil_log2(nr_vps) : 0,
				.ebx = level == 0 ? 1 : level == 1 ? nr_vps : 0,
				.ecx = level | (level < 2 ? level + 1 : 0) << 8,
				.edx = apic_id,
			};

			if (t->head.nent == VMM_MAX_CPUID)
				errx(1, "more than %d CPUID entries", VMM_MAX_CPUID);
			t->entry[t->head.nent++] = l;
		}
	}
}

bool cpuid_has_synic(struct cpuid_table *t)
{
	struct kvm_cpuid_entry2 *e = cpuid_find(t, HV_CPUID_FEATURES, 0);

	return e && e->eax & HV_ACCESS_SYNIC;
}

void vp_set_cpuid(struct vp *vp, struct cpuid_table *t)
{
	xioctl(vp->fd, KVM_SET_CPUID2, t);
}

/* What most tests want: everything the device has, Hv#1 included. */
void vp_default_cpuid(struct vp *vp, unsigned int nr_vps)
{
	struct cpuid_table t;

	cpuid_supported(vp->vmm, &t);
	cpuid_hyperv(vp->vmm, vp, &t);
	cpuid_topology(&t, vp->id, nr_vps);
	/* The SynIC has to be enabled, which needs the LAPIC in the kernel. */
	if (cpuid_has_synic(&t) && vmm_enable_cap(vp->fd, KVM_CAP_HYPERV_SYNIC2, 0))
		cpuid_find(&t, HV_CPUID_FEATURES, 0)->eax &=
			~(HV_ACCESS_SYNIC | HV_ACCESS_STIMER);
	vp_set_cpuid(vp, &t);
}
