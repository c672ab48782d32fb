// SPDX-License-Identifier: GPL-2.0
/*
 * known_bug_test: faults that other hypervisors had, tried on this one. Only those
 * that no other test shows; docs/known-bugs.md lists them all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define OS_ID		0x8100000000000001ull
#define TIMER_ON	(1 | 1 << 3 | 2ull << 16)	/* enabled, auto-enable, SINT 2 */
#define TIMER_DIRECT	(1 | 1 << 3 | 1 << 12 | 0x50 << 4)
#define NON_CANONICAL	0x8000000000001000ull
#define COMPLETE	"%s: the guest came to its end"

static void on_signal(int sig)
{
}

/* Synthetic registers, set by a VMM that has made nothing ready for them. */
static void test_before_activation(void)
{
	unsigned int msr, n = 0;
	struct vmm vmm;
	struct vp *vp;
	uint64_t v;
	int ret;

	bare_create(&vmm, 0, BARE_NO_IRQCHIP | BARE_NO_CPUID);
	vp = bare_add_vp(&vmm);
	for (msr = 0x40000000; msr < 0x40000120; msr++) {
		if (msr == HV_X64_MSR_RESET)
			continue;
		vp_try_get_msr(vp, msr, &v);
		n += vp_try_set_msr(vp, msr, 0x2001) == 0;
		vp_try_set_msr(vp, msr, TIMER_ON);
	}
	vp_try_set_msr(vp, HV_X64_MSR_STIMER0_CONFIG, TIMER_DIRECT);
	vp_try_set_msr(vp, HV_X64_MSR_STIMER0_COUNT, 1);
	usleep(2000);
	vp->run->immediate_exit = 1;
	ret = ioctl(vp->fd, KVM_RUN, 0);
	ktap_ok(ret < 0 && errno == EINTR,
		"bug CVE-2021-30178: synthetic registers before CPUID, %u taken", n);
	vp->run->immediate_exit = 0;
	ret = ioctl(vp->fd, KVM_RUN, 0);
	ktap_ok(ret == 0 || errno == EINTR || errno == EINVAL || errno == EFAULT,
		"bug CVE-2022-2153: timers and SynIC without LAPIC in the kernel");
	vmm_destroy(&vmm);
}

static void test_no_vcpu(void)
{
	struct kvm_irq_level level = { .irq = 4, .level = 1 };
	struct kvm_msi msi = { .address_lo = APIC_BASE, .data = 0x44 };
	struct kvm_irqchip chip = { .chip_id = 2 };
	struct vmm vmm;
	unsigned int i;

	bare_create(&vmm, 0, BARE_CHIPS);
	ioctl(vmm.fd, KVM_GET_IRQCHIP, &chip);
	for (i = 0; i < 24; i++)
		((uint64_t *)&chip.chip.ioapic.redirtbl)[i] = 0x8000 | 0x40 | i;
	ioctl(vmm.fd, KVM_SET_IRQCHIP, &chip);
	ktap_eq(ioctl(vmm.fd, KVM_IRQ_LINE, &level), 0,
		"bug CVE-2018-19407: an interrupt line and no vCPU yet");
	ktap_ok(ioctl(vmm.fd, KVM_SIGNAL_MSI, &msi) <= 0, "bug CVE-2018-19407: an MSI, too");
	vmm_destroy(&vmm);
}

/* IPIs and flushes with the LAPIC in the VMM, and with VPs that are not there. */
static volatile uint64_t ipi_status, ipi_ex_status;

static void guest_ipi(uint64_t arg)
{
	volatile uint64_t *in = (volatile uint64_t *)(BARE_FREE + 4096);

	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, BARE_FREE | 1);
	in[0] = 0x60;
	in[1] = ~0ull;
	ipi_status = hv_call((void *)BARE_FREE, 0x0b, (uintptr_t)in, 0);
	/* all banks of a sparse set, all VPs of each */
	in[0] = 0x60;
	in[1] = 0;
	in[2] = ~0ull;
	for (arg = 3; arg < 3 + 64; arg++)
		in[arg] = ~0ull;
	ipi_ex_status = hv_call((void *)BARE_FREE, 0x15 | 65ull << 17, (uintptr_t)in, 0);
	g_ok(true, "bug CVE-2025-21779: IPIs to VPs that have no LAPIC or are not there");
}

static void test_ipi(unsigned int flags)
{
	struct vmm vmm;

	bare_create(&vmm, 1, flags);
	bare_start(&vmm.vp[0], guest_ipi, 0);
	ktap_eq(bare_run(&vmm.vp[0]), BARE_DONE, COMPLETE, "IPIs");
	vmm_destroy(&vmm);
}

/* Pages where no memory is: enabled by the guest, used by timers and messages. */
static void guest_bad_pages(uint64_t gpa)
{
	uint64_t end;

	guest_x2apic_enable();
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr_safe(HV_X64_MSR_REFERENCE_TSC, gpa | 1);
	wrmsr_safe(HV_X64_MSR_SIEFP, gpa | 1);
	wrmsr_safe(HV_X64_MSR_SIMP, gpa | 1);
	wrmsr_safe(HV_X64_MSR_VP_ASSIST_PAGE, gpa | 1);
	wrmsr(HV_X64_MSR_SCONTROL, 1);
	wrmsr(HV_X64_MSR_SINT0 + 2, 0x55);
	wrmsr_safe(HV_X64_MSR_STIMER0_CONFIG, TIMER_ON);
	wrmsr_safe(HV_X64_MSR_STIMER0_COUNT, 1);
	end = rdmsr(HV_X64_MSR_TIME_REF_COUNT) + 2000;
	while (rdmsr(HV_X64_MSR_TIME_REF_COUNT) < end)
		cpu_pause();
	wrmsr_safe(HV_X64_MSR_EOM, 0);
	wrmsr_safe(HV_X64_MSR_SIMP, 0);
	wrmsr_safe(HV_X64_MSR_EOM, 0);
	wrmsr_safe(HV_X64_MSR_STIMER0_COUNT, 1);
	wrmsr_safe(HV_X64_MSR_EOM, 0);
}

/* On hvemu without the capability: the pages are its own, not the VMM's. */
static void cpuid_with_synic(struct vmm *vmm, struct vp *vp)
{
	struct cpuid_table t;

	cpuid_supported(vmm, &t);
	cpuid_hyperv(vmm, vp, &t);
	cpuid_topology(&t, 0, 1);
	if (vmm->is_kvm)
		vmm_enable_cap(vp->fd, KVM_CAP_HYPERV_SYNIC2, 0);
	vp_set_cpuid(vp, &t);
}

static void test_bad_pages(void)
{
	static const uint64_t gpas[] = {
		BARE_NO_RAM, BARE_RAM, APIC_BASE, 0xfffff000, 1ull << 36, (1ull << 52) - 4096,
	};
	unsigned int i, done = 0;
	enum bare_stop stop;
	struct vmm vmm;
	char text[200];

	for (i = 0; i < ARRAY_SIZE(gpas); i++) {
		bare_create(&vmm, 1, BARE_NO_CPUID);
		cpuid_with_synic(&vmm, &vmm.vp[0]);
		bare_start(&vmm.vp[0], guest_bad_pages, gpas[i]);
		/* messages that have no page leave to the VMM */
		do {
			stop = bare_run(&vmm.vp[0]);
		} while (stop == BARE_EXIT && vmm.vp[0].run->exit_reason == KVM_EXIT_HYPERV);
		done += stop == BARE_DONE;
		if (stop != BARE_DONE) {
			vp_describe_exit(&vmm.vp[0], text, sizeof(text));
			ktap_note("%#lx: stop %u, %s", gpas[i], stop, text);
		}
		vmm_destroy(&vmm);
	}
	ktap_eq(done, ARRAY_SIZE(gpas),
		"bug CVE-2025-27466, CVE-2025-58142: pages of the interface where no memory is");
}

/* Two VPs change pages of the whole partition at once. */
static void guest_race(uint64_t vp)
{
	uint64_t i, page;

	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	for (i = 0; i < 1500; i++) {
		page = BARE_FREE + (i + vp) % 3 * 4096;
		wrmsr_safe(HV_X64_MSR_REFERENCE_TSC, page | !(i % 4));
		wrmsr_safe(HV_X64_MSR_HYPERCALL, page | !(i % 3));
		(void)*(volatile uint64_t *)page;
		*(volatile uint64_t *)(BARE_FREE + 0x10000 + page) = i;
	}
}

/* Interrupts at an APIC that is switched off by software. */
static volatile uint64_t unwanted;

static void on_unwanted(struct guest_regs *regs)
{
	unwanted++;
}

static void guest_disabled_apic(uint64_t arg)
{
	uint64_t end;

	guest_handlers[0x50] = on_unwanted;
	guest_x2apic_enable();
	x2apic_write(APIC_SPIV, 0xff);
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	irq_on();
	wrmsr_safe(HV_X64_MSR_STIMER0_CONFIG, TIMER_DIRECT);
	wrmsr_safe(HV_X64_MSR_STIMER0_COUNT, rdmsr(HV_X64_MSR_TIME_REF_COUNT) + 100);
	wrmsr_safe(HV_X64_MSR_ICR, 0x50 | APIC_ICR_SELF);
	end = rdmsr(HV_X64_MSR_TIME_REF_COUNT) + 2000;
	while (rdmsr(HV_X64_MSR_TIME_REF_COUNT) < end)
		cpu_pause();
	irq_off();
	g_eq(unwanted, 0, "bug Xen 831419f829: nothing interrupts while the LAPIC is disabled");
}

/* What the processor or the hypervisor must refuse. */
static void guest_refusals(uint64_t arg)
{
	static const uint32_t addresses[] = {
		0x175, 0x176, 0xc0000082, 0xc0000083, 0xc0000100, 0xc0000102,
	};
	uint64_t i, bad = 0, pair[2] = { 0, 0 };

	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		bad += wrmsr_safe(addresses[i], NON_CANONICAL) != VECTOR_GP;
	g_eq(bad, 0, "bug CVE-2014-3610: WRMSR of an address that is none is #GP");

	bad = 0;
#define IS_UD(insn) ({ guarded(insn, NO_OUTPUTS, "a"(pair) : "memory", "cc"); \
	bad += last_fault() != VECTOR_UD; })
	IS_UD("vmxon (%%rax)");
	IS_UD("vmxoff");
	IS_UD("vmptrld (%%rax)");
	IS_UD("vmclear (%%rax)");
	IS_UD("vmlaunch");
	IS_UD("vmresume");
	IS_UD("vmread %%rax, (%%rax)");
	IS_UD("invept (%%rax), %%rax");
	IS_UD("invvpid (%%rax), %%rax");
	IS_UD("getsec");
	g_eq(bad, 0, "bug CVE-2014-3645, CVE-2014-3646, XSA-278: VMX instructions without VMXE are #UD");

	guarded("mov %0, %%ss\n\t.byte 0xf1", NO_OUTPUTS, "r"(GUEST_DS) : "memory");
	g_eq(last_fault(), 1, "bug CVE-2018-1087: ICEBP behind MOV SS is the guest's #DB");

	for (i = 0; i < 16; i++)
		guarded("invpcid (%0), %1", NO_OUTPUTS, "r"(pair), "r"(i) : "memory");
	pair[1] = NON_CANONICAL;
	guarded("invpcid (%0), %1", NO_OUTPUTS, "r"(pair), "r"(0ul) : "memory");
	g_ok(true, "bug CVE-2022-1789: INVPCID of all types");

	outb(0x80, 0x17);
	g_sync(1);
}

static void test_refusals(void)
{
	enum bare_stop stop;
	struct vmm vmm;
	struct vp *vp;
	uint64_t v;

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	bare_start(vp, guest_refusals, 0);
	stop = bare_run(vp);
	ktap_ok(stop == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_IO &&
		vp->run->io.port == 0x80 && *(uint8_t *)vp_pio_data(vp) == 0x17,
		"bug CVE-2017-1000407: port 0x80 is the VMM's, not the host's");
	ktap_eq(bare_run(vp), BARE_SYNC, COMPLETE, "refusals");
	ktap_ok(vp_try_set_msr(vp, 0xc0000082, NON_CANONICAL) < 0 ||
		(!vp_try_get_msr(vp, 0xc0000082, &v) && v != NON_CANONICAL),
		"bug CVE-2014-3610: nor does the VMM set one");
	vmm_destroy(&vmm);
}

/* A handler that raises its own exception: no exit ever, but a signal ends it. */
static void guest_endless(uint64_t arg)
{
	volatile uint64_t *idt = (volatile uint64_t *)BARE_IDT;
	uint64_t ud2;

	/* the handler of #UD is the UD2 that raises it; stacks go round in a page table */
	asm volatile("lea 1f(%%rip), %0\n\tjmp 2f\n1:\tmov $0x900000, %%esp\n\tud2\n2:" : "=r"(ud2));
	idt[VECTOR_UD * 2] = (ud2 & 0xffff) | GUEST_CS << 16 | 0x8e00ull << 32 |
			     (ud2 >> 16 & 0xffff) << 48;
	asm volatile("ud2");
}

static void *run_once(void *arg)
{
	struct vp *vp = arg;

	return (void *)(uintptr_t)(ioctl(vp->fd, KVM_RUN, 0) < 0 ? errno : 0);
}

static void test_endless(void)
{
	struct vmm vmm;
	void *ret;

	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_endless, 0);
	pthread_create(&vmm.vp[0].thread, NULL, run_once, &vmm.vp[0]);
	usleep(20000);
	vmm.vp[0].run->immediate_exit = 1;
	pthread_kill(vmm.vp[0].thread, SIGUSR1);
	pthread_join(vmm.vp[0].thread, &ret);
	ktap_eq((uintptr_t)ret, EINTR,
		"bug CVE-2015-5307, CVE-2015-8104: an endless chain of exceptions ends with a signal");
	vmm_destroy(&vmm);
}

static void guest_nothing(uint64_t arg)
{
}

static void test_bad_rip(void)
{
	struct kvm_regs regs;
	struct vmm vmm;
	int ret;

	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_nothing, 0);
	vp_get_regs(&vmm.vp[0], &regs);
	regs.rip = NON_CANONICAL;
	ret = ioctl(vmm.vp[0].fd, KVM_SET_REGS, &regs);
	if (!ret)
		ret = ioctl(vmm.vp[0].fd, KVM_RUN, 0);
	ktap_ok(ret < 0 || vmm.vp[0].run->exit_reason == KVM_EXIT_FAIL_ENTRY ||
		vmm.vp[0].run->exit_reason == KVM_EXIT_SHUTDOWN ||
		vmm.vp[0].run->exit_reason == KVM_EXIT_IO,
		"bug CVE-2014-3647: a RIP that is no address");
	bare_start(&vmm.vp[0], guest_nothing, 0);
	ktap_eq(bare_run(&vmm.vp[0]), BARE_DONE, "bug CVE-2014-3647: and the VP runs on from another");
	vmm_destroy(&vmm);
}

/* The ring of coalesced writes belongs to the VMM: it may write anything there. */
static void guest_zone(uint64_t arg)
{
	volatile uint32_t *zone = (volatile uint32_t *)BARE_NO_RAM;
	unsigned int i;

	for (;;) {
		for (i = 0; i < 400; i++)
			zone[i & 15] = i;
		g_sync(1);
	}
}

static void test_ring(void)
{
	static const uint32_t rubbish[] = { 0, 1, 170, 171, 4095, 0x7fffffff, 0x80000000, ~0u };
	struct kvm_coalesced_mmio_zone zone = { .addr = BARE_NO_RAM, .size = 4096 };
	struct kvm_coalesced_mmio_ring *ring;
	unsigned int i, rounds = 0;
	enum bare_stop stop;
	struct vmm vmm;
	int page;

	bare_create(&vmm, 1, 0);
	page = vmm_cap(&vmm, KVM_CAP_COALESCED_MMIO);
	if (page <= 0 || ioctl(vmm.fd, KVM_REGISTER_COALESCED_MMIO, &zone)) {
		ktap_skip("no coalesced MMIO", "bug CVE-2019-14821");
		vmm_destroy(&vmm);
		return;
	}
	ring = (void *)((uint8_t *)vmm.vp[0].run + page * 4096);
	bare_start(&vmm.vp[0], guest_zone, 0);
	for (i = 0; i < ARRAY_SIZE(rubbish) * ARRAY_SIZE(rubbish); i++) {
		ring->first = rubbish[i % 8];
		ring->last = rubbish[i / 8];
		while ((stop = bare_run(&vmm.vp[0])) == BARE_EXIT)
			ring->last = rubbish[i / 8];
		rounds += stop == BARE_SYNC;
	}
	ktap_eq(rounds, i, "bug CVE-2019-14821: any index in the ring of coalesced writes");
	vmm_destroy(&vmm);
}

/* Reserved fields of what is read out are zero, not what the kernel's stack held. */
static void test_uninitialised(void)
{
	struct kvm_vcpu_events events;
	struct kvm_debugregs debug;
	struct kvm_clock_data clock;
	unsigned int i, bad = 0;
	struct kvm_fpu fpu;
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	memset(&debug, 0xff, sizeof(debug));
	memset(&events, 0xff, sizeof(events));
	memset(&clock, 0xff, sizeof(clock));
	memset(&fpu, 0xff, sizeof(fpu));
	xioctl(vmm.vp[0].fd, KVM_GET_DEBUGREGS, &debug);
	xioctl(vmm.vp[0].fd, KVM_GET_VCPU_EVENTS, &events);
	xioctl(vmm.vp[0].fd, KVM_GET_FPU, &fpu);
	xioctl(vmm.fd, KVM_GET_CLOCK, &clock);
	for (i = 0; i < ARRAY_SIZE(debug.reserved); i++)
		bad += debug.reserved[i] != 0;
	for (i = 0; i < ARRAY_SIZE(events.reserved); i++)
		bad += events.reserved[i] != 0;
	for (i = 0; i < ARRAY_SIZE(clock.pad); i++)
		bad += clock.pad[i] != 0;
	bad += clock.pad0 != 0 || fpu.pad1 != 0 || fpu.pad2 != 0;
	ktap_eq(bad, 0, "bug CVE-2023-1513: reserved fields are read as zero");
	vmm_destroy(&vmm);
}

/* A timer that would have fired a million times while nobody ran the VP. */
static volatile uint64_t ticks;

static void on_tick(struct guest_regs *regs)
{
	ticks++;
	x2apic_eoi();
}

static void guest_periodic(uint64_t arg)
{
	uint64_t end;

	guest_handlers[0x51] = on_tick;
	guest_x2apic_enable();
	x2apic_write(APIC_TIMER_DIVIDE, 0xb);
	x2apic_write(APIC_LVT_TIMER, 0x51 | APIC_LVT_PERIODIC);
	x2apic_write(APIC_TIMER_INITIAL, 100);
	g_sync(1);
	irq_on();
	end = rdtsc() + 1000000;
	while (rdtsc() < end)
		cpu_pause();
	irq_off();
	g_ok(ticks < 100000, "bug CVE-2025-71104: %ld ticks of a short period after a pause", ticks);
}

static void test_periodic(void)
{
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_periodic, 0);
	bare_run(&vmm.vp[0]);
	usleep(1000000);
	ktap_eq(bare_run(&vmm.vp[0]), BARE_DONE, COMPLETE, "after the pause");
	vmm_destroy(&vmm);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	ktap_start(300);
	sigaction(SIGUSR1, &sa, NULL);
	test_before_activation();
	test_no_vcpu();
	test_ipi(BARE_NO_IRQCHIP);
	test_ipi(0);
	test_bad_pages();
	bare_test(2, guest_race, "bug CVE-2025-58143: two VPs move the TSC page");
	bare_test(1, guest_disabled_apic, "LAPIC disabled");
	test_refusals();
	test_endless();
	test_bad_rip();
	test_ring();
	test_uninitialised();
	test_periodic();
	return ktap_finish();
}
