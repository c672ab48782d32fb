// SPDX-License-Identifier: GPL-2.0
/*
 * Capabilities: a row is what KVM_CHECK_EXTENSION answers, and what
 * KVM_ENABLE_CAP does.  What has no row is not there.  VM and device fd give the
 * same answers, but for what a VM has been told.
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"

/* Leaves of the Hv#1 interface that rows refer to. */
enum {
	NO_LEAF			= 0,
	LEAF_FEATURES		= 0x40000003,
	LEAF_RECOMMENDATIONS	= 0x40000004,
};

/**
 * struct cap_row - a capability
 * @cap: KVM_CAP_*
 * @value: the answer
 * @get: function that knows it, instead
 * @get_vm: likewise, for the VM fd; @value is what the device says
 * @leaf: CPUID leaf that must have all of @eax among what we can do, instead
 * @eax: bits
 * @enable_vm: KVM_ENABLE_CAP on the VM, vm->lock held
 * @enable_vcpu: KVM_ENABLE_CAP on a vCPU, its mutex held
 */
struct cap_row {
	u32 cap;
	int value;
	int (*get)(void);
	int (*get_vm)(const struct hve_vm *vm);
	u32 leaf;
	u32 eax;
	int (*enable_vm)(struct hve_vm *vm, const u64 *args);
	int (*enable_vcpu)(struct hve_vcpu *vcpu, const u64 *args);
};

static int nr_vcpus(void)
{
	return min_t(unsigned int, num_online_cpus(), HVE_MAX_VCPUS);
}

static int clock_flags(void)
{
	return hve_clock_flags();
}

static int has_xsave(void)
{
	return boot_cpu_has(X86_FEATURE_XSAVE);
}

/* KVM_GET_XSAVE2 fills in a struct kvm_xsave: no state is larger. */
static int xsave_bytes(void)
{
	return sizeof(struct kvm_xsave);
}

/* Each processor with unrestricted guest should have the monitor trap. */
static int has_guest_debug(void)
{
	return hve_vmx_caps.mtf;
}

static int guest_debug_flags(void)
{
	return hve_vmx_caps.mtf ? HVE_DEBUG_FLAGS : 0;
}

static int has_tsc_scaling(void)
{
	return hve_vmx_caps.tsc_scaling;
}

/* With a vmcs12 and, as KVM's, one that is linked to it. */
static int nested_state_bytes(void)
{
	if (!hve_nested_allowed())
		return 0;
	return sizeof(struct kvm_nested_state) +
	       sizeof(struct kvm_vmx_nested_state_data);
}

static int has_feature_msrs(void)
{
	u32 msr;

	return hve_msr_feature_list(0, &msr);
}

static int enable_split_irqchip(struct hve_vm *vm, const u64 *args)
{
	if (args[0] > HVE_NR_GSIS)
		return -EINVAL;
	if (vm->lapic_in_kernel || vm->nr_vcpus)
		return -EEXIST;
	vm->ioapic_pins = args[0];
	WRITE_ONCE(vm->lapic_in_kernel, true);
	return 0;
}

#define X2APIC_FLAGS	(KVM_X2APIC_API_USE_32BIT_IDS | \
			 KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK)

/* Flags can be added, and stay. */
static int enable_x2apic_api(struct hve_vm *vm, const u64 *args)
{
	if (args[0] & ~(u64)X2APIC_FLAGS)
		return -EINVAL;
	vm->x2apic_flags |= args[0];
	hve_apic_bus_options(&vm->bus,
			     vm->x2apic_flags & KVM_X2APIC_API_USE_32BIT_IDS,
			     vm->x2apic_flags &
			     KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK);
	return 0;
}

/* For all LAPICs, before the first one. */
static int enable_apic_bus_cycles(struct hve_vm *vm, const u64 *args)
{
	if (!args[0] || args[0] > HVE_APIC_CYCLE_NS_MAX || vm->nr_vcpus ||
	    !vm->lapic_in_kernel)
		return -EINVAL;
	hve_apic_bus_clock(&vm->bus, args[0]);
	return 0;
}

static int apic_bus_cycles(const struct hve_vm *vm)
{
	return vm->bus.cycle_ns;
}

/* Can be set once. */
static int enable_max_vcpu_id(struct hve_vm *vm, const u64 *args)
{
	if (!args[0] || args[0] > HVE_MAX_VCPUS || vm->bsp_id > args[0])
		return -EINVAL;
	if (vm->max_vcpu_id != HVE_MAX_VCPUS && vm->max_vcpu_id != args[0])
		return -EINVAL;
	vm->max_vcpu_id = args[0];
	return 0;
}

#define USER_MSR_REASONS	(KVM_MSR_EXIT_REASON_INVAL | \
				 KVM_MSR_EXIT_REASON_UNKNOWN | \
				 KVM_MSR_EXIT_REASON_FILTER)

static int enable_user_msr(struct hve_vm *vm, const u64 *args)
{
	if (args[0] & ~(u64)USER_MSR_REASONS)
		return -EINVAL;
	WRITE_ONCE(vm->user_msr_mask, args[0]);
	return 0;
}

/* What KVM does otherwise if not told: these differ, in nothing else we do. */
#define QUIRKS	(KVM_X86_QUIRK_MISC_ENABLE_NO_MWAIT | \
		 KVM_X86_QUIRK_MWAIT_NEVER_UD_FAULTS)

static int enable_disable_quirks(struct hve_vm *vm, const u64 *args)
{
	if (args[0] & ~(u64)QUIRKS)
		return -EINVAL;
	WRITE_ONCE(vm->quirks_off, args[0]);
	return 0;
}

/* A guest that sleeps does so in the host's scheduler: not HLT and MWAIT. */
#define EXITS_OFF	KVM_X86_DISABLE_EXITS_PAUSE

static int enable_disable_exits(struct hve_vm *vm, const u64 *args)
{
	if (args[0] & ~(u64)EXITS_OFF || vm->nr_vcpus)
		return -EINVAL;
	vm->exits_off |= args[0];
	return 0;
}

static int enable_platform_info(struct hve_vm *vm, const u64 *args)
{
	WRITE_ONCE(vm->platform_info_off, !args[0]);
	return 0;
}

/* The VMM always gets them, with the bytes of the instruction. */
static int enable_emulation_failure(struct hve_vm *vm, const u64 *args)
{
	return args[0] > 1 ? -EINVAL : 0;
}

/* It is always enforced. */
static int enable_enforce_cpuid(struct hve_vcpu *vcpu, const u64 *args)
{
	return args[0] > 1 ? -EINVAL : 0;
}

/*
 * The SynIC is there by privilege; with these the VMM keeps the SIM and SIEF
 * page itself and is told of changes.
 */
static int enable_synic(struct hve_vcpu *vcpu, const u64 *args)
{
	if (args[0] || !vcpu->vm->lapic_in_kernel || vcpu->has_run)
		return -EINVAL;
	hve_tlfs_synic_by_vmm(&vcpu->vp);
	return 0;
}

#define EVMCS_VERSIONS	0x0101	/* lowest 1, highest 1 */

static int has_evmcs(void)
{
	return hve_nested_allowed();
}

static int enable_evmcs(struct hve_vcpu *vcpu, const u64 *args)
{
	u16 versions = EVMCS_VERSIONS;
	int r;

	if (!hve_nested_allowed())
		return -ENOTTY;
	r = hve_vcpu_evmcs_allow(vcpu);
	if (r)
		return r;
	if (args[0] && copy_to_user((void __user *)args[0], &versions,
				    sizeof(versions)))
		return -EFAULT;
	return 0;
}

#define CAP(name, val)		{ .cap = KVM_CAP_##name, .value = (val) }
#define CAP_FN(name, fn)	{ .cap = KVM_CAP_##name, .get = (fn) }
#define CAP_VM(name, val, fn) \
	{ .cap = KVM_CAP_##name, .value = (val), .enable_vm = (fn) }
#define CAP_OF_VM(name, val, get, fn) \
	{ .cap = KVM_CAP_##name, .value = (val), .get_vm = (get), \
	  .enable_vm = (fn) }
#define CAP_VCPU(name, val, fn) \
	{ .cap = KVM_CAP_##name, .value = (val), .enable_vcpu = (fn) }
#define CAP_FN_VCPU(name, fn, enable) \
	{ .cap = KVM_CAP_##name, .get = (fn), .enable_vcpu = (enable) }
#define CAP_LEAF(name, cpuid_leaf, bits) \
	{ .cap = KVM_CAP_##name, .leaf = (cpuid_leaf), .eax = (bits) }
#define CAP_LEAF_VCPU(name, cpuid_leaf, bits, fn) \
	{ .cap = KVM_CAP_##name, .leaf = (cpuid_leaf), .eax = (bits), \
	  .enable_vcpu = (fn) }

static const struct cap_row cap_rows[] = {
	/* limits */
	CAP_FN(NR_VCPUS, nr_vcpus),		/* CPUs online */
	CAP(MAX_VCPUS, HVE_MAX_VCPUS),
	CAP_VM(MAX_VCPU_ID, HVE_MAX_VCPUS, enable_max_vcpu_id),
	CAP(NR_MEMSLOTS, HVE_NR_MEMSLOTS),
	CAP(IRQ_ROUTING, HVE_NR_GSIS),

	/* VM and memory */
	CAP(CHECK_EXTENSION_VM, 1),
	CAP(ENABLE_CAP, 1),
	CAP(ENABLE_CAP_VM, 1),
	CAP(USER_MEMORY, 1),
	CAP(USER_MEMORY2, 1),			/* no guest_memfd */
	CAP(DESTROY_MEMORY_REGION_WORKS, 1),
	CAP(JOIN_MEMORY_REGIONS_WORKS, 1),
	CAP(READONLY_MEM, 1),
	CAP(SYNC_MMU, 1),
	CAP(SET_TSS_ADDR, 1),			/* not needed, checked */
	CAP(SET_IDENTITY_MAP_ADDR, 1),		/* not needed, checked */
	CAP(SET_BOOT_CPU_ID, 1),
	CAP(BINARY_STATS_FD, 1),

	/* interrupts */
	CAP(IRQCHIP, 1),
	CAP_VM(SPLIT_IRQCHIP, 1, enable_split_irqchip),
	CAP_VM(X2APIC_API, X2APIC_FLAGS, enable_x2apic_api),
	CAP(TSC_DEADLINE_TIMER, 1),
	CAP_OF_VM(X86_APIC_BUS_CYCLES_NS, HVE_APIC_CYCLE_NS, apic_bus_cycles,
		  enable_apic_bus_cycles),	/* VM fd: what was set */
	CAP(SIGNAL_MSI, 1),
	CAP(IRQ_INJECT_STATUS, 1),
	CAP(IRQFD, 1),
	CAP(IRQFD_RESAMPLE, 1),			/* not with SPLIT_IRQCHIP */
	CAP(PIT, 1),
	CAP(PIT2, 1),
	CAP(PIT_STATE2, 1),
	CAP(REINJECT_CONTROL, 1),
	CAP(COALESCED_MMIO, KVM_COALESCED_MMIO_PAGE_OFFSET),
	CAP(COALESCED_PIO, 1),
	CAP(IOEVENTFD, 1),
	CAP(IOEVENTFD_NO_LENGTH, 1),
	CAP(IOEVENTFD_ANY_LENGTH, 1),
	CAP(USER_NMI, 1),

	/* processor */
	CAP(IMMEDIATE_EXIT, 1),
	CAP(EXT_CPUID, 1),
	CAP(HLT, 1),
	CAP(MP_STATE, 1),
	CAP(VCPU_EVENTS, 1),
	CAP(DEBUGREGS, 1),
	CAP(XSAVE, 1),
	CAP_FN(XSAVE2, xsave_bytes),		/* 4096 */
	CAP_FN(XCRS, has_xsave),
	CAP(MCE, HVE_MCE_BANKS),
	CAP_FN(SET_GUEST_DEBUG, has_guest_debug),
	CAP_FN(SET_GUEST_DEBUG2, guest_debug_flags), /* flags that it takes */
	CAP(X86_ROBUST_SINGLESTEP, 1),
	CAP(INTERNAL_ERROR_DATA, 1),
	CAP_FN(GET_MSR_FEATURES, has_feature_msrs),
	CAP_FN(SYNC_REGS, hve_sync_regs_fields),
	CAP_VM(EXIT_ON_EMULATION_FAILURE, 1, enable_emulation_failure), /* always on */
	CAP_VM(DISABLE_QUIRKS2, QUIRKS, enable_disable_quirks), /* MONITOR, MWAIT */
	CAP_VM(X86_DISABLE_EXITS, EXITS_OFF, enable_disable_exits), /* PAUSE */
	CAP_VM(MSR_PLATFORM_INFO, 1, enable_platform_info),
	CAP(SYS_ATTRIBUTES, 1),			/* KVM_X86_XCOMP_GUEST_SUPP */
	CAP_FN(NESTED_STATE, nested_state_bytes),
	CAP_VM(X86_USER_SPACE_MSR, 1, enable_user_msr),
	CAP(X86_MSR_FILTER, 1),

	/* time */
	CAP_FN(ADJUST_CLOCK, clock_flags),	/* flags of KVM_GET_CLOCK */
	CAP(GET_TSC_KHZ, 1),
	CAP(VCPU_ATTRIBUTES, 1),		/* KVM_VCPU_TSC_OFFSET */
	CAP_FN(TSC_CONTROL, has_tsc_scaling),
	CAP_FN(VM_TSC_CONTROL, has_tsc_scaling),

	/* the Hv#1 interface */
	CAP(HYPERV, 1),
	CAP(HYPERV_CPUID, 1),
	CAP(SYS_HYPERV_CPUID, 1),
	CAP_VCPU(HYPERV_ENFORCE_CPUID, 1, enable_enforce_cpuid), /* always on */
	CAP(HYPERV_SPIN, 1),
	CAP_LEAF_VCPU(HYPERV_SYNIC, LEAF_FEATURES, BIT(2), enable_synic),
	CAP_LEAF_VCPU(HYPERV_SYNIC2, LEAF_FEATURES, BIT(2), enable_synic),
	CAP(HYPERV_EVENTFD, 1),
	CAP_LEAF(HYPERV_TIME, LEAF_FEATURES, BIT(1)),
	CAP_FN_VCPU(HYPERV_ENLIGHTENED_VMCS, has_evmcs, enable_evmcs),
	CAP_LEAF(HYPERV_VAPIC, LEAF_FEATURES, BIT(4)),
	CAP_LEAF(HYPERV_VP_INDEX, LEAF_FEATURES, BIT(6)),
	CAP_LEAF(HYPERV_TLBFLUSH, LEAF_RECOMMENDATIONS, BIT(2)),
	CAP_LEAF(HYPERV_SEND_IPI, LEAF_RECOMMENDATIONS, BIT(10)),
};

static const struct cap_row *row_find(unsigned long cap)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cap_rows); i++)
		if (cap_rows[i].cap == cap)
			return &cap_rows[i];
	return NULL;
}

static bool leaf_has(u32 leaf, u32 eax)
{
	struct hve_cpuid_regs regs;

	return hve_tlfs_supported_cpuid(leaf, &regs) &&
	       (regs.eax & eax) == eax;
}

/**
 * hve_cap_check() - KVM_CHECK_EXTENSION
 * @vm: that is asked, or NULL
 * @cap: any number
 *
 * Return: 0 for what is not there, never negative.
 */
int hve_cap_check(const struct hve_vm *vm, unsigned long cap)
{
	const struct cap_row *row = row_find(cap);

	if (!row)
		return 0;
	if (row->leaf)
		return leaf_has(row->leaf, row->eax);
	if (vm && row->get_vm)
		return row->get_vm(vm);
	return row->get ? row->get() : row->value;
}

long hve_cap_enable_vm(struct hve_call *call)
{
	const struct kvm_enable_cap *in = call->data;
	const struct cap_row *row = row_find(in->cap);

	if (in->flags || !row || !row->enable_vm)
		return -EINVAL;
	return row->enable_vm(call->vm, in->args);
}

long hve_cap_enable_vcpu(struct hve_call *call)
{
	const struct kvm_enable_cap *in = call->data;
	const struct cap_row *row = row_find(in->cap);

	if (in->flags || !row || !row->enable_vcpu)
		return -EINVAL;
	return row->enable_vcpu(call->vcpu, in->args);
}
