// SPDX-License-Identifier: GPL-2.0
/*
 * The clock of a VM.  From its first vCPU on it is the Hv#1 reference counter,
 * so that a VMM that saves and restores it saves and restores the guest's
 * time; before, it counts from the creation of the VM.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/math64.h>
#include <linux/timekeeping.h>
#include <linux/xarray.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"

#define VALID_FLAGS	(KVM_CLOCK_TSC_STABLE | KVM_CLOCK_REALTIME | \
			 KVM_CLOCK_HOST_TSC)

/* What frequencies may differ by and still be called equal. */
#define TOLERANCE_PPM	250

static struct hve_vcpu *any_vcpu(struct hve_vm *vm)
{
	unsigned long i = 0;

	return xa_find(&vm->vcpus, &i, ULONG_MAX, XA_PRESENT);
}

static u64 early_clock_ns(struct hve_vm *vm)
{
	return ktime_get_raw_ns() + vm->kvmclock_offset;
}

void hve_clock_init(struct hve_vm *vm)
{
	vm->kvmclock_offset = 0 - ktime_get_raw_ns();
}

void hve_clock_first_vcpu(struct hve_vm *vm, struct hve_vcpu *vcpu)
{
	hve_tlfs_reftime_set(&vm->pt, &vcpu->vp,
			     div_u64(early_clock_ns(vm), 100));
}

u32 hve_clock_flags(void)
{
	return VALID_FLAGS;
}

long hve_clock_get(struct hve_call *call)
{
	struct hve_vcpu *vcpu = any_vcpu(call->vm);
	struct kvm_clock_data *out = call->data;
	struct hve_vm *vm = call->vm;
	unsigned long flags;

	/* three clocks of one moment */
	local_irq_save(flags);
	out->clock = vcpu ? hve_tlfs_reftime_get(&vm->pt, &vcpu->vp) * 100 :
			    early_clock_ns(vm);
	out->host_tsc = rdtsc_ordered();
	out->realtime = ktime_get_real_ns();
	local_irq_restore(flags);

	out->flags = KVM_CLOCK_REALTIME | KVM_CLOCK_HOST_TSC;
	if (boot_cpu_has(X86_FEATURE_CONSTANT_TSC) && !check_tsc_unstable())
		out->flags |= KVM_CLOCK_TSC_STABLE;
	return 0;
}

long hve_clock_set(struct hve_call *call)
{
	struct hve_vcpu *vcpu = any_vcpu(call->vm);
	const struct kvm_clock_data *in = call->data;
	struct hve_vm *vm = call->vm;
	u64 clock = in->clock, real;

	if (in->flags & ~VALID_FLAGS)
		return -EINVAL;
	if (in->flags & KVM_CLOCK_REALTIME) {
		/* the time since it was read, which is never negative */
		real = ktime_get_real_ns();
		if (real > in->realtime)
			clock += real - in->realtime;
	}
	if (vcpu)
		hve_tlfs_reftime_set(&vm->pt, &vcpu->vp, div_u64(clock, 100));
	else
		vm->kvmclock_offset = clock - ktime_get_raw_ns();
	return 0;
}

long hve_tsc_khz_get(struct hve_call *call)
{
	return hve_tsc_khz(call->vm);
}

/*
 * A guest from another host that asked for emulation
 * (HV_X64_MSR_TSC_EMULATION_CONTROL) keeps its frequency until it has adapted.
 * Else the processor scales the TSC, if it can.  There is one frequency for
 * all vCPUs, chosen before the first one runs.
 */
long hve_tsc_khz_set(struct hve_call *call)
{
	u64 khz = call->vm->tsc_khz;
	u64 slack = div_u64(khz * TOLERANCE_PPM, 1000000);
	u32 wanted = (u32)call->arg ?: tsc_khz;

	if (wanted >= khz - slack && wanted <= khz + slack)
		return 0;
	if (!hve_tlfs_tsc_freq_was(&call->vm->pt, wanted * 1000ull))
		return 0;
	/* another host's that is called equal is equal */
	slack = div_u64((u64)tsc_khz * TOLERANCE_PPM, 1000000);
	if (wanted >= tsc_khz - slack && wanted <= tsc_khz + slack)
		wanted = tsc_khz;
	return hve_tsc_scale(call->vm, wanted) ? -EINVAL : 0;
}
