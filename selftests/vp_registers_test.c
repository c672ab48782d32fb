// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallGetVpRegisters, HvCallSetVpRegisters: a VP's own registers and those
 * of others, which run, sleep, or are with the VMM.
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define HCALL_PAGE	(BARE_FREE + 0x1000)
#define IN		(BARE_FREE + 0x2000)
#define OUT		(BARE_FREE + 0x3000)
#define ASSIST		(BARE_FREE + 0x4000)
#define OS_ID		0x8100000000000001ull
#define MSR_EFER	0xc0000080u
#define MSR_STAR	0xc0000081u
#define MSR_LSTAR	0xc0000082u
#define MSR_PAT		0x277u
#define VEC		0x61

struct head {
	uint64_t partition;
	uint32_t vp;
	uint32_t vtl;
};

struct get {
	struct head head;
	uint32_t name[64];
};

struct set {
	struct head head;
	struct {
		uint64_t name, zero;
		uint64_t value[2];
	} reg[16];
};

/* Blocks of VP 0 and VP 1, which may call at the same time. */
static volatile uint64_t *out_of(uint64_t id)
{
	return (volatile uint64_t *)(OUT + id * 0x10000);
}

static uint64_t get_from(uint64_t id, uint32_t vp, uint32_t name)
{
	volatile struct get *in = (volatile struct get *)(IN + id * 0x10000);

	in->head = (struct head){ HV_PARTITION_SELF, vp, 0 };
	in->name[0] = name;
	return hv_call((void *)HCALL_PAGE, HVCALL_GET_REGISTERS | HVCALL_REPS(1),
		       (uintptr_t)in, (uintptr_t)out_of(id)) & 0xffff;
}

static uint64_t set_from(uint64_t id, uint32_t vp, uint32_t name, uint64_t low,
			 uint64_t high)
{
	volatile struct set *in = (volatile struct set *)(IN + id * 0x10000);

	in->head = (struct head){ HV_PARTITION_SELF, vp, 0 };
	in->reg[0].name = name;
	in->reg[0].zero = 0;
	in->reg[0].value[0] = low;
	in->reg[0].value[1] = high;
	return hv_call((void *)HCALL_PAGE, HVCALL_SET_REGISTERS | HVCALL_REPS(1),
		       (uintptr_t)in, 0) & 0xffff;
}

static uint64_t low(uint32_t vp, uint32_t name)
{
	if (get_from(0, vp, name))
		return 0xbadbadbad;
	return out_of(0)[0];
}

static uint64_t set(uint32_t vp, uint32_t name, uint64_t value)
{
	return set_from(0, vp, name, value, 0);
}

static uint64_t read_cr3(void)
{
	uint64_t v;

	asm volatile("mov %%cr3, %0" : "=r"(v));
	return v;
}

static void hypercalls_on(void)
{
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, HCALL_PAGE | HV_MSR_ENABLE);
}

/* RIP and RSP of the call itself, and where a changed RIP leads. */
static volatile uint64_t rip_was, rip_should, rsp_was, went_on
	__attribute__((used));

static void check_own_rip(void)
{
	volatile struct get *in = (volatile struct get *)IN;
	uint64_t status;

	in->head = (struct head){ HV_PARTITION_SELF, HV_VP_SELF, 0 };
	in->name[0] = HV_REG_RIP;
	in->name[1] = HV_REG_RSP;
	asm volatile("mov %[out], %%r8\n\t"
		     "lea 1f(%%rip), %%rax\n\t"
		     "mov %%rax, rip_should\n\t"
		     "mov %%rsp, rsp_was\n\t"
		     "vmcall\n"
		     "1:"
		     : "=&a"(status)
		     : [out] "r"((uint64_t)OUT), "d"((uint64_t)IN),
		       "c"(HVCALL_GET_REGISTERS | HVCALL_REPS(2))
		     : "r8", "memory");
	g_eq(status & 0xffff, HV_STATUS_SUCCESS, "own RIP and RSP");
	g_eq(out_of(0)[0], rip_should, "RIP is behind the call");
	g_eq(out_of(0)[2], rsp_was, "RSP");
}

static void check_jump(void)
{
	volatile struct set *in = (volatile struct set *)IN;
	uint64_t status;

	in->head = (struct head){ HV_PARTITION_SELF, HV_VP_SELF, 0 };
	in->reg[0].name = HV_REG_RIP;
	in->reg[0].zero = 0;
	in->reg[0].value[1] = 0;
	went_on = 0;
	asm volatile("lea 2f(%%rip), %%rax\n\t"
		     "mov %%rax, %[value]\n\t"
		     "xor %%r8, %%r8\n\t"
		     "vmcall\n\t"
		     "movq $1, went_on\n"
		     "2:"
		     : "=&a"(status), [value] "=m"(in->reg[0].value[0])
		     : "d"((uint64_t)IN), "c"(HVCALL_SET_REGISTERS | HVCALL_REPS(1))
		     : "r8", "memory");
	g_eq(status & 0xffff, HV_STATUS_SUCCESS, "own RIP can be set");
	g_eq(went_on, 0, "and the VP goes on there");
}

static void check_own(void)
{
	uint32_t leaf[4];
	unsigned int i;

	check_own_rip();
	check_jump();
	g_eq(low(HV_VP_SELF, HV_REG_CR3), read_cr3(), "own CR3");
	g_eq(low(0, HV_REG_CR4), read_cr4(), "own CR4, by index");
	g_eq(low(0, HV_REG_EFER), rdmsr(MSR_EFER), "own EFER");
	g_eq(low(0, HV_REG_PAT), rdmsr(MSR_PAT), "own PAT");
	g_eq(low(0, HV_REG_APIC_BASE), rdmsr(MSR_APIC_BASE), "own APIC base");
	g_eq(low(0, HV_REG_APIC_ID), 0, "own APIC id");
	g_eq(low(0, HV_REG_RFLAGS) & ~0x8d5ull, 2, "own RFLAGS");
	g_eq(low(0, HV_REG_DR7), 0x400, "own DR7");
	g_eq(get_from(0, 0, HV_REG_CS), HV_STATUS_SUCCESS, "own CS");
	g_eq(out_of(0)[1] >> 48, 0xa09b, "attributes of CS");
	g_eq(out_of(0)[1] >> 32 & 0xffff, GUEST_CS, "selector of CS");
	g_eq(low(0, HV_REG_GS), (uintptr_t)&guest_vps[0], "own GS base");
	get_from(0, 0, HV_REG_IDTR);
	g_eq(out_of(0)[0] >> 48, 0xfff, "limit of IDTR");
	g_eq(out_of(0)[1], BARE_IDT, "base of IDTR");

	g_eq(low(0, HV_REG_VP_INDEX), 0, "VP index");
	g_eq(low(0, HV_REG_GUEST_OS_ID), OS_ID, "guest OS id");
	cpuid(HV_CPUID_FEATURES, 0, leaf);
	get_from(0, 0, HV_REG_FEATURES);
	g_eq(out_of(0)[0], leaf[0] | (uint64_t)leaf[1] << 32, "EAX and EBX of leaf 3");
	g_eq(out_of(0)[1], leaf[2] | (uint64_t)leaf[3] << 32, "ECX and EDX of leaf 3");
	cpuid(HV_CPUID_IDENTITY, 0, leaf);
	g_eq(low(0, HV_REG_VERSION), leaf[0] | (uint64_t)leaf[1] << 32, "version");

	g_eq(set(0, HV_REG_STAR, 0x1b000800000000), HV_STATUS_SUCCESS, "set STAR");
	g_eq(rdmsr(MSR_STAR), 0x1b000800000000, "RDMSR sees it");
	g_eq(set(0, HV_REG_LSTAR, 0x123456), HV_STATUS_SUCCESS, "set LSTAR");
	g_eq(rdmsr(MSR_LSTAR), 0x123456, "RDMSR sees it");
	g_eq(set(0, HV_REG_VP_ASSIST_PAGE, ASSIST | 1), HV_STATUS_SUCCESS,
	     "set the VP assist page");
	g_eq(rdmsr(HV_X64_MSR_VP_ASSIST_PAGE), ASSIST | 1, "RDMSR sees it");
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, 0);
	g_eq(set_from(0, 0, HV_REG_XMM7, 0x1111, 0x2222), HV_STATUS_SUCCESS, "set XMM7");
	get_from(0, 0, HV_REG_XMM7);
	g_ok(out_of(0)[0] == 0x1111 && out_of(0)[1] == 0x2222, "all 128 bits of it");
	for (i = 0; i < 3; i++) {
		g_eq(set(0, HV_REG_CR8, i), HV_STATUS_SUCCESS, "set CR8");
		g_eq(x2apic_read(APIC_TPR), i << 4, "the APIC sees it");
	}
	x2apic_write(APIC_TPR, 0);
}

static void check_errors(void)
{
	volatile struct get *in = (volatile struct get *)IN;
	uint64_t cr3 = read_cr3();

	g_eq(get_from(0, 0, 0xdead), HV_STATUS_INVALID_PARAMETER, "get an unknown name");
	g_eq(set(0, 0xdead, 0), HV_STATUS_INVALID_PARAMETER, "set an unknown name");
	g_eq(get_from(0, 7, HV_REG_CR3), HV_STATUS_INVALID_VP_INDEX, "no such VP");
	in->head.partition = 1;
	in->head.vp = 0;
	g_eq(hv_call((void *)HCALL_PAGE, HVCALL_GET_REGISTERS | HVCALL_REPS(1), IN, OUT),
	     HV_STATUS_INVALID_PARTITION_ID, "another partition");
	g_eq(set(0, HV_REG_APIC_ID, 1), HV_STATUS_INVALID_PARAMETER, "a read-only one");
	g_eq(set(0, HV_REG_VP_INDEX, 1), HV_STATUS_INVALID_PARAMETER, "another one");
	g_eq(set(0, HV_REG_CR3, 1ull << 55), HV_STATUS_INVALID_REGISTER_VALUE,
	     "reserved bits of CR3");
	g_eq(read_cr3(), cr3, "change nothing");
	g_eq(set(0, HV_REG_CR4, 1ull << 40), HV_STATUS_INVALID_REGISTER_VALUE,
	     "reserved bits of CR4");
	g_eq(set(0, HV_REG_CR0, 1ull << 31), HV_STATUS_INVALID_REGISTER_VALUE,
	     "CR0 with paging and without protection");
	g_eq(set(0, HV_REG_EFER, 1ull << 20), HV_STATUS_INVALID_REGISTER_VALUE,
	     "reserved bits of EFER");
	g_eq(set(0, HV_REG_PAT, 2), HV_STATUS_INVALID_REGISTER_VALUE,
	     "an unknown memory type");
	g_eq(set(0, HV_REG_RFLAGS, 0), HV_STATUS_INVALID_REGISTER_VALUE,
	     "RFLAGS without its fixed bit");
	g_eq(set(0, HV_REG_CR8, 16), HV_STATUS_INVALID_REGISTER_VALUE, "CR8 above 15");
	g_eq(set_from(0, 0, HV_REG_RBX, 0, 1), HV_STATUS_INVALID_REGISTER_VALUE,
	     "more than 64 bits");
	g_eq(set_from(0, 0, HV_REG_CS, 0, (uint64_t)0x0f00 << 48),
	     HV_STATUS_INVALID_REGISTER_VALUE, "reserved attributes of a segment");
	g_eq(set(0, HV_REG_PENDING_EVENT, 1 | 2 << 16), HV_STATUS_INVALID_REGISTER_VALUE,
	     "an NMI is no exception");
}

static volatile uint64_t ready, stop, jumped, sleeping, irqs, ud;
static volatile uint64_t spins;

static void landing(void)
{
	jumped = 1;
	g_done();
}

/* VP 1 spins with a known R12. */
static __attribute__((noinline)) void spinner(void)
{
	ready = 1;
	asm volatile("mov $0x5eed, %%r12\n"
		     "1: incq spins\n\t"
		     "cmpq $0, stop\n\t"
		     "je 1b\n\t"
		     "mov %%r12, stop"
		     : : : "r12", "memory", "cc");
	ready = 2;
}

static void on_irq(struct guest_regs *regs)
{
	irqs++;
	x2apic_eoi();
}

static void on_ud(struct guest_regs *regs)
{
	ud++;
}

static void check_running(void)
{
	uint64_t n, rip;
	unsigned int i;

	while (!ready)
		cpu_pause();
	while (spins < 1000)
		cpu_pause();
	g_eq(low(1, HV_REG_R12), 0x5eed, "R12 of a VP that runs");
	rip = low(1, HV_REG_RIP);
	g_ok(rip > (uintptr_t)spinner && rip < (uintptr_t)spinner + 100,
	     "its RIP is in its loop");
	g_eq(low(1, HV_REG_CR3), BARE_PAGE_TABLES, "its CR3");
	g_eq(low(1, HV_REG_GS), (uintptr_t)&guest_vps[1], "its GS base");
	g_eq(low(1, HV_REG_VP_INDEX), 1, "its VP index");
	g_eq(low(1, HV_REG_APIC_ID), 1, "its APIC id");
	for (i = 0; i < 200; i++)
		if (low(1, HV_REG_R12) != 0x5eed)
			break;
	g_eq(i, 200, "two hundred times");
	n = spins;
	while (spins == n)
		cpu_pause();
	g_ok(true, "it runs on");
	g_eq(set(1, HV_REG_R12, 0xfeed), HV_STATUS_SUCCESS, "set its R12");
	g_eq(set(1, HV_REG_PENDING_EVENT, 1 | 6 << 16), HV_STATUS_SUCCESS,
	     "give it an invalid-opcode exception");
	while (!ud)
		cpu_pause();
	g_eq(ud, 1, "it takes it once");
	stop = 1;
	while (ready != 2)
		cpu_pause();
	g_eq(stop, 0xfeed, "it finds the new R12");
}

static void check_halted(void)
{
	while (!sleeping)
		cpu_pause();
	/* it has no reason to wake but the interrupt at the end */
	while (low(1, HV_REG_RBX) != 0x77)
		cpu_pause();
	g_eq(set(1, HV_REG_RBX, 0x99), HV_STATUS_SUCCESS, "set RBX of one in HLT");
	g_eq(low(1, HV_REG_RBX), 0x99, "it is set");
	g_eq(sleeping, 1, "it sleeps on");
	x2apic_icr(1, VEC | APIC_ICR_ASSERT);
	while (sleeping != 2)
		cpu_pause();
	g_eq(irqs, 1, "the interrupt wakes it");
}

static void sleeper(void)
{
	uint64_t rbx = 0x77;

	sleeping = 1;
	asm volatile("sti\n\thlt\n\tcli" : "+b"(rbx) : : "memory");
	g_eq(rbx, 0x99, "it wakes with the new RBX");
	sleeping = 2;
}

static void both_ways(uint64_t id)
{
	unsigned int i;

	for (i = 0; i < 300; i++)
		if (get_from(id, !id, HV_REG_CR3) || out_of(id)[0] != BARE_PAGE_TABLES)
			break;
	g_eq(i, 300, "two VPs that look at each other, VP %ld", id);
}

static volatile uint64_t meeting;

static void guest_main(uint64_t id)
{
	guest_x2apic_enable();
	guest_handlers[VEC] = on_irq;
	guest_handlers[VECTOR_UD] = on_ud;
	if (id) {
		spinner();
		sleeper();
		g_barrier(&meeting, 2);
		both_ways(1);
		g_barrier(&meeting, 4);
		for (;;)
			cpu_pause();	/* until it finds itself elsewhere */
	}
	hypercalls_on();
	check_own();
	check_errors();
	check_running();
	check_halted();
	g_barrier(&meeting, 2);
	both_ways(0);
	g_barrier(&meeting, 4);
	g_eq(set(1, HV_REG_RIP, (uintptr_t)landing), HV_STATUS_SUCCESS, "set its RIP");
	while (!jumped)
		cpu_pause();
	g_ok(true, "it goes on there");
}

/* --- VPs that are with the VMM, or never ran --- */

static void with_vmm(uint64_t id)
{
	if (id) {
		asm volatile("mov $0x4444, %%r12\n\t"
			     "outl %%eax, $0x80\n\t"
			     "mov %%r12, spins"
			     : : : "r12", "memory");
		g_eq(spins, 0x8888, "R12 was set while the VMM had it");
		return;
	}
	hypercalls_on();
	g_eq(low(1, HV_REG_R12), 0x4444, "R12 of a VP that is with the VMM");
	g_eq(set(1, HV_REG_R12, 0x8888), HV_STATUS_SUCCESS, "set it");
	g_eq(low(2, HV_REG_CR0), 0x60000010, "CR0 of a VP that never ran");
}

static void no_privilege(uint64_t id)
{
	hypercalls_on();
	g_eq(get_from(0, 0, HV_REG_CR3), HV_STATUS_ACCESS_DENIED,
	     "get without the privilege: denied");
	g_eq(set(0, HV_REG_CR3, 0), HV_STATUS_ACCESS_DENIED,
	     "set without the privilege: denied");
}

static void check_with_vmm(void)
{
	struct vmm vmm;

	bare_create(&vmm, 3, 0);
	bare_start(&vmm.vp[0], with_vmm, 0);
	bare_start(&vmm.vp[1], with_vmm, 1);
	ktap_ok(bare_run(&vmm.vp[1]) == BARE_EXIT, "VP 1 leaves to the VMM");
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "VP 0 looks at it");
	ktap_ok(bare_run(&vmm.vp[1]) == BARE_DONE, "VP 1 goes on");
	vmm_destroy(&vmm);
}

static void check_privilege(struct cpuid_table *t)
{
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	cpuid_find(t, HV_CPUID_FEATURES, 0)->ebx &= ~HV_ACCESS_VP_REGS;
	vp_set_cpuid(&vmm.vp[0], t);
	bare_start(&vmm.vp[0], no_privilege, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest came to its end");
	vmm_destroy(&vmm);
}

int main(void)
{
	struct kvm_cpuid_entry2 *features;
	struct cpuid_table t;
	struct vmm vmm;

	ktap_start(90);
	bare_create(&vmm, 1, 0);
	features = bare_features(&vmm, &t);
	vmm_destroy(&vmm);
	if (!(features->ebx & HV_ACCESS_VP_REGS))
		ktap_skip_all("AccessVpRegisters is not offered");
	cpuid_topology(&t, 0, 1);
	check_privilege(&t);
	bare_test(2, guest_main, "registers");
	check_with_vmm();
	return ktap_finish();
}
