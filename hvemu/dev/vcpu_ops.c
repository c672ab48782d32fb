// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of a vCPU.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include "uapi/hvemu.h"
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"

/*
 * Signals that only KVM_RUN lets through.  What they are blocked by outside of
 * it goes into real_blocked: a fatal one is not acted upon before the thread
 * is back in user space, where it is blocked again.
 */
static void sigset_enter(struct hve_vcpu *vcpu)
{
	sigprocmask(SIG_SETMASK, &vcpu->sigset, &current->real_blocked);
}

static void sigset_leave(void)
{
	sigprocmask(SIG_SETMASK, &current->real_blocked, NULL);
	sigemptyset(&current->real_blocked);
}

static long run_masked(struct hve_vcpu *vcpu)
{
	long r;

	if (likely(!vcpu->sigset_active))
		return hve_vcpu_run(vcpu);
	sigset_enter(vcpu);
	r = hve_vcpu_run(vcpu);
	sigset_leave();
	return r;
}

/* With registers that the VMM has in kvm_run. */
static noinline long run_synced(struct hve_vcpu *vcpu, u64 valid, u64 dirty)
{
	long r = hve_sync_regs_take(vcpu, valid, dirty);

	if (r)
		return r;
	r = run_masked(vcpu);
	hve_sync_regs_leave(vcpu, valid);
	return r;
}

static long run(struct hve_call *call)
{
	struct hve_vcpu *vcpu = call->vcpu;
	u64 valid = READ_ONCE(vcpu->run->kvm_valid_regs);
	u64 dirty = READ_ONCE(vcpu->run->kvm_dirty_regs);

	if (call->arg)
		return -EINVAL;
	if (unlikely(valid | dirty))
		return run_synced(vcpu, valid, dirty);
	return run_masked(vcpu);
}

static long set_signal_mask(struct hve_call *call)
{
	const struct kvm_signal_mask __user *uarg =
		(const struct kvm_signal_mask __user *)call->arg;
	struct hve_vcpu *vcpu = call->vcpu;
	struct kvm_signal_mask head;
	sigset_t set;

	if (!uarg) {
		vcpu->sigset_active = false;
		return 0;
	}
	if (copy_from_user(&head, uarg, sizeof(head)))
		return -EFAULT;
	if (head.len != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, uarg->sigset, sizeof(set)))
		return -EFAULT;
	sigdelsetmask(&set, sigmask(SIGKILL) | sigmask(SIGSTOP));
	vcpu->sigset = set;
	vcpu->sigset_active = true;
	return 0;
}

static long get_regs(struct hve_call *call)
{
	hve_regs_get(call->vcpu, call->data);
	return 0;
}

static long set_regs(struct hve_call *call)
{
	hve_regs_set(call->vcpu, call->data);
	return 0;
}

static long get_sregs(struct hve_call *call)
{
	return hve_sregs_get(call->vcpu, call->data);
}

static long set_sregs(struct hve_call *call)
{
	return hve_sregs_set(call->vcpu, call->data);
}

static long get_debugregs(struct hve_call *call)
{
	return hve_debugregs_get(call->vcpu, call->data);
}

static long set_debugregs(struct hve_call *call)
{
	return hve_debugregs_set(call->vcpu, call->data);
}

static long get_fpu(struct hve_call *call)
{
	hve_fpu_fxsave_get(call->vcpu, call->data);
	return 0;
}

static long set_fpu(struct hve_call *call)
{
	hve_fpu_fxsave_set(call->vcpu, call->data);
	return 0;
}

static long get_xsave(struct hve_call *call)
{
	hve_fpu_xsave_get(call->vcpu, call->data);
	return 0;
}

static long set_xsave(struct hve_call *call)
{
	return hve_fpu_xsave_set(call->vcpu, call->data);
}

/* XCR0 is the only one there is. */
static long get_xcrs(struct hve_call *call)
{
	struct kvm_xcrs *out = call->data;

	if (!boot_cpu_has(X86_FEATURE_XSAVE))
		return 0;
	out->nr_xcrs = 1;
	out->xcrs[0].xcr = 0;
	out->xcrs[0].value = call->vcpu->xcr0;
	return 0;
}

static long set_xcrs(struct hve_call *call)
{
	const struct kvm_xcrs *in = call->data;
	u32 i;

	if (!boot_cpu_has(X86_FEATURE_XSAVE))
		return -EINVAL;
	if (in->nr_xcrs > ARRAY_SIZE(in->xcrs) || in->flags)
		return -EINVAL;
	for (i = 0; i < in->nr_xcrs; i++)
		if (!in->xcrs[i].xcr)
			return hve_xcr0_set(call->vcpu, in->xcrs[i].value) ?
			       -EINVAL : 0;
	return 0;
}

static long get_events(struct hve_call *call)
{
	hve_events_get(call->vcpu, call->data);
	return 0;
}

static long set_events(struct hve_call *call)
{
	return hve_events_set(call->vcpu, call->data);
}

static long get_mp_state(struct hve_call *call)
{
	struct kvm_mp_state *out = call->data;

	/* INIT and SIPI that came since the last run */
	hve_vcpu_apic_events(call->vcpu);
	out->mp_state = call->vcpu->mp_state;
	/* the ABI has no such state, and waking a bit early is allowed */
	if (out->mp_state == KVM_MP_STATE_HALTED && call->vcpu->idle)
		out->mp_state = KVM_MP_STATE_RUNNABLE;
	return 0;
}

static long set_mp_state(struct hve_call *call)
{
	const struct kvm_mp_state *in = call->data;
	struct hve_vcpu *vcpu = call->vcpu;

	switch (in->mp_state) {
	case KVM_MP_STATE_RUNNABLE:
		break;
	case KVM_MP_STATE_UNINITIALIZED:
	case KVM_MP_STATE_INIT_RECEIVED:
	case KVM_MP_STATE_HALTED:
	case KVM_MP_STATE_SIPI_RECEIVED:
		/* nothing would ever wake it */
		if (!vcpu->vm->lapic_in_kernel)
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	vcpu->mp_state = in->mp_state;
	vcpu->idle = false;
	if (in->mp_state == KVM_MP_STATE_SIPI_RECEIVED) {
		/* a SIPI on its way to a processor that waits for one */
		vcpu->mp_state = KVM_MP_STATE_INIT_RECEIVED;
		set_bit(HVE_APIC_EV_SIPI, &cur_vtl(vcpu)->apic.events);
	}
	return 0;
}

static long get_lapic(struct hve_call *call)
{
	struct hve_vcpu *vcpu = call->vcpu;

	if (!vcpu->vm->lapic_in_kernel)
		return -EINVAL;
	hve_apic_state_get(&cur_vtl(vcpu)->apic, call->data);
	return 0;
}

static long set_lapic(struct hve_call *call)
{
	struct hve_vcpu *vcpu = call->vcpu;

	if (!vcpu->vm->lapic_in_kernel)
		return -EINVAL;
	return hve_apic_state_set(&cur_vtl(vcpu)->apic, call->data);
}

/* The vector of the VMM's PIC, or of its LAPIC if there is none in here. */
static long interrupt(struct hve_call *call)
{
	const struct kvm_interrupt *in = call->data;
	struct hve_vcpu *vcpu = call->vcpu;
	struct hve_events *ev = &vcpu->ev;

	if (in->irq > 255)
		return -EINVAL;
	/* the PIC in the kernel is who asks the LAPIC */
	if (vcpu->vm->board)
		return -ENXIO;
	if (vcpu->vm->lapic_in_kernel && ev->extint_pending)
		return -EEXIST;
	ev->extint_vector = in->irq;
	ev->extint_pending = true;
	ev->any = true;
	return 0;
}

/* One is delivered, one more waits; others are lost, as on a processor. */
static long nmi(struct hve_call *call)
{
	struct hve_events *ev = &call->vcpu->ev;

	if (ev->nmi_pending < 2)
		ev->nmi_pending++;
	ev->any = true;
	return 0;
}

static long translate(struct hve_call *call)
{
	return hve_translate(call->vcpu, call->data);
}

/*
 * Where the VMM would like to see the task priority while TPR accesses are
 * reported, which they never are: there is nothing to write.
 */
static long set_vapic_addr(struct hve_call *call)
{
	return call->vcpu->vm->lapic_in_kernel ? 0 : -EINVAL;
}

/* No guest of ours has KVM's paravirtual clock, whose pause flag this sets. */
static long kvmclock_ctrl(struct hve_call *call)
{
	return -EINVAL;
}

static long set_guest_debug(struct hve_call *call)
{
	return hve_debug_set(call->vcpu, call->data);
}

/* The offset of the TSC is all there is. */
static long has_attr(struct hve_call *call)
{
	const struct kvm_device_attr *in = call->data;

	return in->group == KVM_VCPU_TSC_CTRL &&
	       in->attr == KVM_VCPU_TSC_OFFSET ? 0 : -ENXIO;
}

static long get_attr(struct hve_call *call)
{
	const struct kvm_device_attr *in = call->data;
	u64 __user *to = (u64 __user *)(unsigned long)in->addr;

	return has_attr(call) ?:
	       put_user(hve_tsc_offset_get(call->vcpu), to);
}

static long set_attr(struct hve_call *call)
{
	const struct kvm_device_attr *in = call->data;
	long r = has_attr(call);
	u64 offset;

	if (r)
		return r;
	if (get_user(offset, (u64 __user *)(unsigned long)in->addr))
		return -EFAULT;
	hve_tsc_offset_set(call->vcpu, offset);
	return 0;
}

#define MUTEX	HVE_CALL_VCPU_MUTEX

static const struct hve_ioctl vcpu_rows[] = {
	/* [0]: hve_vcpu_ioctl() relies on it */
	{ KVM_RUN, MUTEX, run },
	{ KVM_GET_REGS, MUTEX, get_regs },
	{ KVM_SET_REGS, MUTEX, set_regs },
	{ KVM_GET_SREGS, MUTEX, get_sregs },
	{ KVM_SET_SREGS, MUTEX, set_sregs },
	{ KVM_GET_MSRS, MUTEX, hve_list_msrs_get },
	{ KVM_SET_MSRS, MUTEX, hve_list_msrs_set },
	{ KVM_INTERRUPT, MUTEX, interrupt },
	{ KVM_NMI, MUTEX, nmi },
	{ KVM_GET_MP_STATE, MUTEX, get_mp_state },
	{ KVM_SET_MP_STATE, MUTEX, set_mp_state },
	{ KVM_GET_FPU, MUTEX, get_fpu },
	{ KVM_SET_FPU, MUTEX, set_fpu },
	{ KVM_GET_XSAVE, MUTEX, get_xsave },
	{ KVM_GET_XSAVE2, MUTEX, get_xsave },		/* never more than 4096 bytes */
	{ KVM_SET_XSAVE, MUTEX, set_xsave },
	{ KVM_GET_XCRS, MUTEX, get_xcrs },
	{ KVM_SET_XCRS, MUTEX, set_xcrs },
	{ KVM_GET_DEBUGREGS, MUTEX, get_debugregs },
	{ KVM_SET_DEBUGREGS, MUTEX, set_debugregs },
	{ KVM_SET_GUEST_DEBUG, MUTEX, set_guest_debug },
	{ KVM_GET_VCPU_EVENTS, MUTEX, get_events },
	{ KVM_SET_VCPU_EVENTS, MUTEX, set_events },
	{ KVM_GET_LAPIC, MUTEX, get_lapic },
	{ KVM_SET_LAPIC, MUTEX, set_lapic },
	{ KVM_SET_CPUID, MUTEX, hve_list_cpuid_set },
	{ KVM_SET_CPUID2, MUTEX, hve_list_cpuid2_set },
	{ KVM_GET_CPUID2, MUTEX, hve_list_cpuid2_get },
	{ KVM_GET_SUPPORTED_HV_CPUID, 0, hve_list_cpuid_hv },
	{ KVM_SET_SIGNAL_MASK, MUTEX | HVE_CALL_RAW, set_signal_mask },
	{ KVM_TRANSLATE, MUTEX, translate },
	{ KVM_SET_VAPIC_ADDR, MUTEX, set_vapic_addr },	/* accepted, unused */
	{ KVM_X86_SETUP_MCE, MUTEX, hve_mce_setup },
	{ KVM_X86_SET_MCE, MUTEX, hve_mce_inject },
	{ KVM_GET_TSC_KHZ, 0, hve_tsc_khz_get },
	{ KVM_SET_TSC_KHZ, 0, hve_tsc_khz_set },	/* that of all vCPUs */
	{ KVM_HAS_DEVICE_ATTR, 0, has_attr },		/* KVM_VCPU_TSC_OFFSET */
	{ KVM_GET_DEVICE_ATTR, MUTEX, get_attr },
	{ KVM_SET_DEVICE_ATTR, MUTEX, set_attr },
	{ KVM_KVMCLOCK_CTRL, 0, kvmclock_ctrl },	/* EINVAL: no kvmclock */
	{ KVM_GET_NESTED_STATE, MUTEX | HVE_CALL_RAW, hve_get_nested_state },
	{ KVM_SET_NESTED_STATE, MUTEX | HVE_CALL_RAW, hve_set_nested_state },
	{ KVM_ENABLE_CAP, MUTEX, hve_cap_enable_vcpu },
	{ KVM_GET_STATS_FD, 0, hve_stats_fd },
	{ HVEMU_GET_STATE, MUTEX | HVE_CALL_OUT_E2BIG, hve_state_get }, /* not of KVM */
	{ HVEMU_SET_STATE, MUTEX, hve_state_set },	/* not of KVM */
};

static noinline long any_ioctl(struct hve_vcpu *vcpu, unsigned int cmd,
			       unsigned long arg)
{
	struct hve_call call = { .vm = vcpu->vm, .vcpu = vcpu, .arg = arg };

	return hve_ioctl_call(vcpu_rows, ARRAY_SIZE(vcpu_rows), &call, cmd);
}

/* The first row is what a VMM calls all the time: all in line. */
long hve_vcpu_ioctl(struct hve_vcpu *vcpu, unsigned int cmd, unsigned long arg)
{
	struct hve_call call = { .vm = vcpu->vm, .vcpu = vcpu, .arg = arg };

	if (likely(cmd == vcpu_rows[0].cmd))
		return hve_ioctl_run(&vcpu_rows[0], &call);
	return any_ioctl(vcpu, cmd, arg);
}
