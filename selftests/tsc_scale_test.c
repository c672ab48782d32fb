// SPDX-License-Identifier: GPL-2.0
/*
 * A TSC of another frequency, scaled by the processor (KVM_SET_TSC_KHZ), and its offset
 * (KVM_VCPU_TSC_OFFSET).
 */
#include <errno.h>
#include <string.h>

#include "bare.h"
#include "hvdef.h"

#define VECTOR		0x60
#define MSR_TSC		0x10

static volatile uint64_t tsc_khz, nr_timer;

static void on_timer(struct guest_regs *regs)
{
	nr_timer++;
	x2apic_eoi();
}

/* Within a percent: readings are apart by what an exit takes. */
static bool close_to(uint64_t a, uint64_t b)
{
	uint64_t diff = a > b ? a - b : b - a;

	return diff <= b / 100;
}

static void guest_rate(uint64_t vp)
{
	uint64_t ref = rdmsr(HV_X64_MSR_TIME_REF_COUNT), tsc = rdtsc_ordered(), start;

	g_eq(rdmsr(HV_X64_MSR_TSC_FREQUENCY), tsc_khz * 1000, "VP %ld: TSC_FREQUENCY", vp);
	while (rdmsr(HV_X64_MSR_TIME_REF_COUNT) < ref + 300000)
		cpu_pause();
	ref = rdmsr(HV_X64_MSR_TIME_REF_COUNT) - ref;
	tsc = rdtsc_ordered() - tsc;
	g_ok(close_to(tsc, ref * tsc_khz / 10000), "VP %ld: the TSC and the reference counter agree", vp);

	guest_x2apic_enable();
	guest_handlers[VECTOR] = on_timer;
	x2apic_write(APIC_LVT_TIMER, APIC_LVT_DEADLINE | VECTOR);
	nr_timer = 0;
	start = rdtsc_ordered();
	wrmsr(MSR_TSC_DEADLINE, start + tsc_khz * 20);
	while (!nr_timer)
		safe_halt();
	tsc = rdtsc_ordered() - start;
	g_ok(tsc >= tsc_khz * 20 && tsc < tsc_khz * 25, "VP %ld: a deadline in time", vp);
}

static void test_scale(unsigned int mul, unsigned int div)
{
	struct vmm vmm;
	int khz, want;

	bare_create(&vmm, 0, 0);
	khz = ioctl(vmm.fd, KVM_GET_TSC_KHZ, 0);
	want = khz / div * mul;
	if (!vmm_cap(&vmm, KVM_CAP_VM_TSC_CONTROL)) {
		ktap_errno(ioctl(vmm.fd, KVM_SET_TSC_KHZ, want), EINVAL, "this processor cannot scale the TSC");
		vmm_destroy(&vmm);
		return;
	}
	ktap_eq(ioctl(vmm.fd, KVM_SET_TSC_KHZ, want), 0, "TSC of %d/%d of the host's", mul, div);
	ktap_eq(ioctl(vmm.fd, KVM_GET_TSC_KHZ, 0), want, "KVM_GET_TSC_KHZ tells it");
	vp_default_cpuid(bare_add_vp(&vmm), 1);
	guest_var(&vmm, tsc_khz) = want;
	bare_start(&vmm.vp[0], guest_rate, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "%d/%d: the guest came to its end", mul, div);
	if (!vmm.is_kvm) {
		ktap_errno(ioctl(vmm.fd, KVM_SET_TSC_KHZ, khz * 2), EINVAL, "not when a VP has run");
		ktap_eq(ioctl(vmm.vp[0].fd, KVM_GET_TSC_KHZ, 0), want, "nothing has changed");
	}
	vmm_destroy(&vmm);
}

static int attr(struct vp *vp, unsigned long request, uint64_t which, uint64_t *value)
{
	struct kvm_device_attr a = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = which,
		.addr = (uintptr_t)value,
	};

	return ioctl(vp->fd, request, &a);
}

static void test_offset(void)
{
	uint64_t offset = 0, v;
	struct vmm vmm;
	struct vp *vp;
	int64_t ahead;

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	ktap_errno(attr(vp, KVM_HAS_DEVICE_ATTR, KVM_VCPU_TSC_OFFSET + 1, &v), ENXIO,
		   "an attribute that is not there");
	ktap_eq(attr(vp, KVM_HAS_DEVICE_ATTR, KVM_VCPU_TSC_OFFSET, &v), 0, "the offset of the TSC is");
	ktap_eq(attr(vp, KVM_GET_DEVICE_ATTR, KVM_VCPU_TSC_OFFSET, &offset), 0, "read");
	ktap_errno(attr(vp, KVM_SET_DEVICE_ATTR, KVM_VCPU_TSC_OFFSET, (void *)8), EFAULT,
		   "written from nowhere");
	offset += 1ull << 40;
	ktap_eq(attr(vp, KVM_SET_DEVICE_ATTR, KVM_VCPU_TSC_OFFSET, &offset), 0, "written");
	ktap_eq(attr(vp, KVM_GET_DEVICE_ATTR, KVM_VCPU_TSC_OFFSET, &v), 0, "and read again");
	ktap_eq(v, offset, "is what was written");
	ahead = vp_get_msr(vp, MSR_TSC) - rdtsc_ordered() - offset;
	ktap_ok(ahead <= 0 && ahead > -(1ll << 30), "the guest's TSC is ahead by as much");
	vmm_destroy(&vmm);
}

int main(void)
{
	ktap_start(60);
	test_scale(3, 2);
	test_scale(1, 3);
	test_offset();
	return ktap_finish();
}
