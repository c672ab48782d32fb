// SPDX-License-Identifier: GPL-2.0
/*
 * nested_bug_test: faults that nested VMX of other hypervisors had, tried on this
 * one. docs/known-bugs.md lists them all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "bare.h"
#include "l1.h"

#define PIN_POSTED_INTR		(1u << 7)
#define L2_DATA			0x1e00000ul	/* a page of the tests */
#define L2_SLOT			0x10000000ul	/* memory that comes and goes */
#define TEST_PORT		0x80
#define COMPLETE		"%s: the guest came to its end"

static struct l2_regs regs;

/* A new L2 at @fn. */
static void l2_new(void (*fn)(void))
{
	g_assert(vmclear(L1_PAGE(L1_VMCS)) == VMX_OK);
	g_assert(vmptrld(L1_PAGE(L1_VMCS)) == VMX_OK);
	l1_forget();
	l1_vmcs_fill(fn);
}

/* VMX instructions at CPL 3 */

static void user_vmread(void)
{
	vmread(VMCS_GUEST_RIP);
	asm volatile("ud2");
}

static void user_vmclear(void)
{
	static uint64_t pa = BARE_FREE;

	asm volatile("vmclear %0\n\tud2" : : "m"(pa) : "cc", "memory");
}

static void user_vmxoff(void)
{
	asm volatile("vmxoff\n\tud2" : : : "cc", "memory");
}

static void user_invept(void)
{
	static uint64_t desc[2];

	asm volatile("invept (%0), %1\n\tud2" : : "r"(desc), "r"(2ul) : "cc", "memory");
}

static void user_vmlaunch(void)
{
	asm volatile("vmlaunch\n\tud2" : : : "cc", "memory");
}

static void check_user(void)
{
	static const struct {
		void (*fn)(void);
		const char *name;
	} insns[] = {
		{ user_vmread, "VMREAD" }, { user_vmclear, "VMCLEAR" },
		{ user_vmxoff, "VMXOFF" }, { user_invept, "INVEPT" },
		{ user_vmlaunch, "VMLAUNCH" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++)
		g_eq(guest_run_user(insns[i].fn), VECTOR_GP,
		     "bug CVE-2018-12904: %s at CPL 3 is #GP", insns[i].name);
}

/* INVEPT, INVVPID: each type that the capabilities have, and no other */

static void check_flush_types(void)
{
	uint64_t cap = rdmsr(MSR_VMX_EPT_VPID), type;

	l2_new(user_vmxoff);
	l1_ept();
	for (type = 1; type <= 2; type++)
		g_eq(invept(type, vmread(VMCS_EPT_POINTER)),
		     cap >> (24 + type) & 1 ? VMX_OK : VMX_FAIL_VALID,
		     "bug CVE-2017-8106: INVEPT type %ld as the capabilities say", type);
	for (type = 0; type <= 3; type++)
		g_eq(invvpid(type, 1, 0), cap >> (40 + type) & 1 ? VMX_OK : VMX_FAIL_VALID,
		     "bug CVE-2017-8106: INVVPID type %ld as the capabilities say", type);
	vmwrite(VMCS_EPT_POINTER, (vmread(VMCS_EPT_POINTER) & ~(7ull << 3)) | 4 << 3);
	g_eq(cap >> 7 & 1, 0, "bug CVE-2017-12188: no EPT of five levels is offered");
	g_eq(l1_enter(&regs, false), VMX_FAIL_VALID, "bug CVE-2017-12188: nor is it taken");
	g_eq(vmread(VMCS_INSN_ERROR), 7, "an invalid control field");
	l2_new(user_vmxoff);
	g_eq(rdmsr(MSR_VMX_TRUE_PIN) >> 32 & PIN_POSTED_INTR, 0,
	     "bug CVE-2018-16882: no posted interrupts are offered");
	l1_ctl(VMCS_PIN_CTL, PIN_POSTED_INTR, 0);
	g_eq(l1_enter(&regs, false), VMX_FAIL_VALID, "bug CVE-2018-16882: nor are they taken");
}

/* CR0 and CR4 of the guest-state area that no processor takes */

static void check_control_registers(void)
{
	static const struct {
		uint64_t cr0, cr4;
		const char *name;
	} bad[] = {
		{ 1, 0, "CR0.PG without PE" },
		{ 1ull << 31, 0, "IA-32e mode without CR0.PG" },
		{ 0, 1ull << 5, "IA-32e mode without CR4.PAE" },
	};
	unsigned int i, unrestricted;

	for (i = 0; i < 2 * ARRAY_SIZE(bad); i++) {
		unrestricted = i & 1;
		l2_new(user_vmxoff);
		if (unrestricted) {
			l1_ept();
			l1_ctl(VMCS_CPU2_CTL, CPU2_UNRESTRICTED, 0);
		}
		vmwrite(VMCS_GUEST_CR0, vmread(VMCS_GUEST_CR0) & ~bad[i / 2].cr0);
		vmwrite(VMCS_GUEST_CR4, vmread(VMCS_GUEST_CR4) & ~bad[i / 2].cr4);
		g_eq(l1_enter(&regs, false), VMX_OK, "bug CVE-2023-30456: %s",
		     bad[i / 2].name);
		g_eq(vmread(VMCS_EXIT_REASON), EXIT_BAD_GUEST | EXIT_FAILED,
		     "bug CVE-2023-30456: fails the entry, unrestricted guest %ld",
		     unrestricted);
	}
}

/* INT3 is an exception like others */

static void l2_int3(void)
{
	asm volatile("int3");
	for (;;)
		vmcall(0);
}

static void check_int3(void)
{
	l2_new(l2_int3);
	vmwrite(VMCS_EXCEPTIONS, 1 << 3);
	g_eq(l1_run(&regs), EXIT_EXCEPTION, "bug CVE-2016-9588: INT3 of L2 exits");
	g_eq(vmread(VMCS_EXIT_INTR), 0x80000603, "as a software exception");
	g_eq(vmread(VMCS_EXIT_LEN), 1, "with the length of the instruction");
}

/* The local APIC that L2 reaches is L1's */

static void l2_apic(void)
{
	uint64_t id;
	int fault = rdmsr_safe(X2APIC_MSR(APIC_ID), &id);

	vmcall(fault == NO_FAULT ? id : ~0ull);
	fault = wrmsr_safe(X2APIC_MSR(APIC_TPR), 0x50);
	vmcall(fault == NO_FAULT);
	for (;;)
		vmcall(0);
}

static void l2_cr8(void)
{
	uint64_t v;

	asm volatile("mov %1, %%cr8\n\tmov %%cr8, %0" : "=r"(v) : "r"(7ul) : "memory");
	vmcall(v);
	for (;;)
		vmcall(0);
}

static void check_apic(void)
{
	l2_new(l2_apic);
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2 reads its APIC ID, no bit in L1's bitmap");
	g_eq(regs.gpr[0], ~0ull, "bug CVE-2019-3887: no x2APIC while L1 has none");
	guest_x2apic_enable();
	l2_new(l2_apic);
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2 reads the ID again");
	g_eq(regs.gpr[0], this_vp()->id, "bug CVE-2019-3887: the APIC of L1");
	l1_skip();
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2 writes the TPR");
	g_eq(regs.gpr[0], 1, "without a fault");
	g_eq(rdmsr(X2APIC_MSR(APIC_TPR)), 0x50, "bug CVE-2019-3887: which is L1's");
	wrmsr(X2APIC_MSR(APIC_TPR), 0);
	l2_new(l2_cr8);
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2 writes CR8");
	g_eq(regs.gpr[0], 7, "and reads it");
	g_eq(rdmsr(X2APIC_MSR(APIC_TPR)), 0x70, "bug CVE-2017-12154: it is L1's, too");
	wrmsr(X2APIC_MSR(APIC_TPR), 0);
}

/* What L0 emulates of L2 is asked for at L1 first */

static void l2_outs(void)
{
	uint64_t rsi = L2_DATA, rdi = L2_DATA;

	asm volatile("outsb" : "+S"(rsi) : "d"(TEST_PORT) : "memory");
	asm volatile("rep insb" : "+D"(rdi), "=c"(rsi) : "d"(TEST_PORT), "1"(4ul) : "memory");
	for (;;)
		vmcall(0);
}

static void check_string_io(void)
{
	uint8_t *bitmap = (uint8_t *)L1_PAGE(L1_IO_A);

	l2_new(l2_outs);
	l1_ctl(VMCS_CPU_CTL, CPU_IO, 0);
	g_eq(l1_run(&regs), EXIT_IO, "bug CVE-2020-2732: OUTSB of L2 is L1's");
	g_eq(vmread(VMCS_QUALIFICATION), TEST_PORT << 16 | 1 << 4, "with port and size");
	l1_skip();
	bitmap[TEST_PORT / 8] = 1 << TEST_PORT % 8;
	l1_ctl(VMCS_CPU_CTL, CPU_IO_BITMAPS, CPU_IO);
	g_eq(l1_run(&regs), EXIT_IO, "bug CVE-2020-2732: REP INSB, by the bitmap");
	g_eq(vmread(VMCS_QUALIFICATION), TEST_PORT << 16 | 7 << 3, "with port and size");
	bitmap[TEST_PORT / 8] = 0;
}

static void guest_main(uint64_t arg)
{
	l1_start();
	check_user();
	check_flush_types();
	check_control_registers();
	check_int3();
	check_apic();
	check_string_io();
	l1_stop();
}

/* A VP whose APIC ID no processor of the host has in the lab. */
#define ODD_VP	3

static void test_guest(void)
{
	struct vmm vmm;

	bare_create(&vmm, ODD_VP + 1, 0);
	bare_start(&vmm.vp[ODD_VP], guest_main, 0);
	ktap_eq(bare_run(&vmm.vp[ODD_VP]), BARE_DONE, COMPLETE, "L1");
	vmm_destroy(&vmm);
}

/* VMXON keeps nothing */

#define VMXONS	5000

static void guest_vmxon(uint64_t arg)
{
	unsigned int i;

	l1_start();
	l1_stop();
	write_cr4(read_cr4() | CR4_VMXE_);
	for (i = 0; i < VMXONS; i++)
		if (vmxon(L1_PAGE(L1_VMXON)) != VMX_OK || vmxoff() != VMX_OK)
			g_fail("VMXON fails");
}

static void test_vmxon(void)
{
	struct vmm vmm;
	long before;

	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_vmxon, 0);
	before = host_free_kib();
	ktap_eq(bare_run(&vmm.vp[0]), BARE_DONE, COMPLETE, "VMXON");
	/* a page each would be 20 MB */
	ktap_ok(before - host_free_kib() < 8000, "bug CVE-2017-2596: VMXON %u times keeps nothing",
		VMXONS);
	vmm_destroy(&vmm);
}

/* Without VMX in its CPUID a guest has none */

static void guest_without(uint64_t arg)
{
	uint64_t v = 0, cr4 = read_cr4() | CR4_VMXE_;

	guarded("mov %0, %%cr4", NO_OUTPUTS, "r"(cr4) : "memory");
	g_eq(last_fault(), VECTOR_GP, "bug XSA-278: CR4.VMXE is reserved");
	g_eq(vmxon(BARE_FREE), VMX_FAULT, "bug XSA-278: VMXON");
	g_eq(last_fault(), VECTOR_UD, "is #UD");
	g_eq(vmread_try(VMCS_GUEST_RIP, &v), VMX_FAULT, "bug XSA-278: VMREAD");
	g_eq(last_fault(), VECTOR_UD, "is #UD");
	g_eq(invept(2, 0), VMX_FAULT, "bug XSA-278: INVEPT");
	g_eq(last_fault(), VECTOR_UD, "is #UD");
	g_eq(vmxoff(), VMX_FAULT, "bug XSA-278: VMXOFF");
	g_eq(last_fault(), VECTOR_UD, "is #UD");
	guarded("vmlaunch", NO_OUTPUTS, "r"(0) : "cc", "memory");
	g_eq(last_fault(), VECTOR_UD, "bug XSA-278: VMLAUNCH is #UD");
}

static void without_vmx(struct vmm *vmm, struct cpuid_table *t)
{
	cpuid_supported(vmm, t);
	cpuid_hyperv(vmm, &vmm->vp[0], t);
	cpuid_find(t, 1, 0)->ecx &= ~(1u << 5);
}

static void test_without(void)
{
	struct cpuid_table t = { .head.nent = VMM_MAX_CPUID };
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	without_vmx(&vmm, &t);
	vp_set_cpuid(&vmm.vp[0], &t);
	bare_start(&vmm.vp[0], guest_without, 0);
	ktap_eq(bare_run(&vmm.vp[0]), BARE_DONE, COMPLETE, "no VMX");
	vmm_destroy(&vmm);
}

/* A VMX instruction whose operand is no memory */

static void guest_operand(uint64_t arg)
{
	uint64_t *p = (uint64_t *)BARE_NO_RAM;

	l1_start();
	guarded("vmptrst %0", OUTPUTS("=m"(*p)), "r"(0) : "cc", "memory");
	g_sync(last_fault() == NO_FAULT);
}

static void test_operand(void)
{
	struct vmm vmm;
	enum bare_stop stop;

	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_operand, 0);
	stop = bare_run(&vmm.vp[0]);
	ktap_note("stop %d, exit %u", stop, vmm.vp[0].run->exit_reason);
	ktap_ok((stop == BARE_SYNC && bare_stage(&vmm.vp[0])) ||
		(stop == BARE_EXIT && vmm.vp[0].run->exit_reason == KVM_EXIT_INTERNAL_ERROR),
		"bug CVE-2019-7222: VMPTRST to no memory makes no fault up");
	vmm_destroy(&vmm);
}

/* The VMM meets L2: the guest stops there */

static void l2_stop(void)
{
	for (;;)
		g_sync(1);
}

static void guest_stop(uint64_t arg)
{
	l1_start();
	l2_new(l2_stop);
	if (arg) {
		l1_ctl(VMCS_PIN_CTL, PIN_PREEMPT_TIMER, 0);
		vmwrite(VMCS_PREEMPT_TIMER, arg);
	}
	l1_run(&regs);
	g_done();
}

static struct vp *l2_at_stop(struct vmm *vmm, uint64_t timer)
{
	bare_create(vmm, 1, 0);
	bare_start(&vmm->vp[0], guest_stop, timer);
	if (bare_run(&vmm->vp[0]) != BARE_SYNC)
		ktap_bail("L2 does not run");
	return &vmm->vp[0];
}

static void test_timer(void)
{
	struct vmm vmm;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		l2_at_stop(&vmm, 1000 + 1000 * i);
		vmm_destroy(&vmm);
	}
	usleep(20000);
	ktap_ok(true, "bug CVE-2019-7221: VMs end with a preemption timer under way");
}

/* State that the VMM sets while it runs L2 */

static void stuff_sregs(struct vp *vp)
{
	struct kvm_sregs s;

	ioctl(vp->fd, KVM_GET_SREGS, &s);
	s.cr0 &= ~(1ull << 31);
	s.efer = 0;
	ioctl(vp->fd, KVM_SET_SREGS, &s);
	ioctl(vp->fd, KVM_GET_SREGS, &s);
	s.cr4 &= ~CR4_VMXE_;
	ioctl(vp->fd, KVM_SET_SREGS, &s);
}

static void stuff_nested_none(struct vp *vp)
{
	struct kvm_nested_state s = { .size = sizeof(s), .hdr.vmx.vmxon_pa = ~0ull,
				      .hdr.vmx.vmcs12_pa = ~0ull };

	ioctl(vp->fd, KVM_SET_NESTED_STATE, &s);
}

static void stuff_nested_pending(struct vp *vp)
{
	union {
		struct kvm_nested_state s;
		uint8_t bytes[0x3000];
	} u = { .s.size = sizeof(u) };

	if (!ioctl(vp->fd, KVM_GET_NESTED_STATE, &u)) {
		u.s.flags |= KVM_STATE_NESTED_RUN_PENDING;
		ioctl(vp->fd, KVM_SET_NESTED_STATE, &u);
	}
}

static void stuff_events(struct vp *vp)
{
	struct kvm_vcpu_events e;

	ioctl(vp->fd, KVM_GET_VCPU_EVENTS, &e);
	e.exception.injected = 1;
	e.exception.nr = VECTOR_PF;
	e.nmi.pending = 1;
	e.interrupt.shadow = 3;
	ioctl(vp->fd, KVM_SET_VCPU_EVENTS, &e);
}

static void stuff_init(struct vp *vp)
{
	struct kvm_mp_state s = { .mp_state = KVM_MP_STATE_INIT_RECEIVED };

	ioctl(vp->fd, KVM_SET_MP_STATE, &s);
	vp_set_runnable(vp);
}

static void stuff_cpuid(struct vp *vp)
{
	struct cpuid_table t = { .head.nent = VMM_MAX_CPUID };

	without_vmx(vp->vmm, &t);
	ioctl(vp->fd, KVM_SET_CPUID2, &t);
}

static void stuff_msrs(struct vp *vp)
{
	vp_try_set_msr(vp, MSR_FEATURE_CONTROL, 0);
	vp_try_set_msr(vp, MSR_VMX_TRUE_PIN, 0);
	vp_try_set_msr(vp, MSR_EFER_, 0);
}

static void on_alarm(int sig)
{
}

static void test_stuffed(void)
{
	static const struct {
		void (*fn)(struct vp *vp);
		const char *name;
	} stuff[] = {
		{ stuff_sregs, "KVM_SET_SREGS" },
		{ stuff_nested_none, "KVM_SET_NESTED_STATE, none" },
		{ stuff_nested_pending, "KVM_SET_NESTED_STATE, an entry pending" },
		{ stuff_events, "KVM_SET_VCPU_EVENTS" },
		{ stuff_init, "KVM_SET_MP_STATE" },
		{ stuff_cpuid, "KVM_SET_CPUID2" },
		{ stuff_msrs, "KVM_SET_MSRS" },
	};
	static const struct itimerval limit = { .it_value.tv_usec = 50000 }, off;
	struct sigaction sa = { .sa_handler = on_alarm };
	unsigned int i, n;
	struct vmm vmm;
	struct vp *vp;

	sigaction(SIGALRM, &sa, NULL);
	for (i = 0; i < ARRAY_SIZE(stuff); i++) {
		vp = l2_at_stop(&vmm, 0);
		stuff[i].fn(vp);
		setitimer(ITIMER_REAL, &limit, NULL);
		for (n = 0; n < 10; n++)
			if (ioctl(vp->fd, KVM_RUN, 0))
				break;
		setitimer(ITIMER_REAL, &off, NULL);
		ktap_ok(true, "bug KVM, 2025: %s while L2 runs", stuff[i].name);
		vmm_destroy(&vmm);
	}
}

/* Memory that the VMM takes away is out of L2's reach when the call is over */

#define GOOD	0x600d600d600d600dull
#define BAD	0xbadbadbadbadbad0ull
#define ROUNDS	200

static volatile uint64_t stop_reading, l2_saw_bad;

static void l2_reads(void)
{
	volatile uint64_t *p = (uint64_t *)L2_SLOT;

	while (!stop_reading)
		if (p[0] == BAD)
			l2_saw_bad++;
	for (;;)
		vmcall(0);
}

static void guest_reads(uint64_t ept)
{
	l1_start();
	l2_new(l2_reads);
	if (ept)
		l1_ept();
	g_eq(l1_run(&regs), EXIT_VMCALL, "bug XSA-480: L2 came to its end, EPT of L1: %ld", ept);
	g_eq(l2_saw_bad, 0, "bug XSA-480: it saw nothing of memory that was taken away");
	l1_stop();
}

static void *reader(void *arg)
{
	struct vp *vp = arg;
	enum bare_stop stop;

	while ((stop = bare_run(vp)) == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_MMIO)
		memset(vp->run->mmio.data, 0, 8);
	return (void *)(uintptr_t)(stop == BARE_DONE);
}

static void test_freed(uint64_t ept)
{
	uint64_t *mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vmm vmm;
	unsigned int i;
	void *done;

	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_reads, ept);
	if (pthread_create(&vmm.vp[0].thread, NULL, reader, &vmm.vp[0]))
		ktap_bail("no thread");
	for (i = 0; i < ROUNDS; i++) {
		mem[0] = GOOD;
		vmm_set_slot(&vmm, 7, 0, L2_SLOT, 4096, mem);
		usleep(100);
		vmm_set_slot(&vmm, 7, 0, L2_SLOT, 0, mem);
		mem[0] = BAD;
		usleep(50);
	}
	guest_var(&vmm, stop_reading) = 1;
	pthread_join(vmm.vp[0].thread, &done);
	ktap_ok(done, "a slot that comes while a read of it is emulated: L1 came to its end");
	vmm_destroy(&vmm);
	munmap(mem, 4096);
}

int main(void)
{
	struct cpuid_table t = { .head.nent = VMM_MAX_CPUID };
	struct vmm vmm;

	ktap_start(120);
	bare_create(&vmm, 0, 0);
	cpuid_supported(&vmm, &t);
	vmm_destroy(&vmm);
	if (!(cpuid_find(&t, 1, 0)->ecx & 1 << 5))
		ktap_skip_all("no VMX for guests");
	test_guest();
	test_vmxon();
	test_without();
	test_operand();
	test_timer();
	test_stuffed();
	test_freed(0);
	test_freed(1);
	return ktap_finish();
}
