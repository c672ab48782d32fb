// SPDX-License-Identifier: GPL-2.0
/*
 * Nested virtualization: the guest of this test (L1) uses VMX and runs a guest
 * of its own (L2).
 */
#include "bare.h"
#include "l1.h"

static struct l2_regs regs;

static void l2_basic(void)
{
	uint32_t out[4];

	cpuid(0x12345, 0, out);
	vmcall(0xabcd);
	asm volatile("hlt");
	vmcall(out[0]);
	for (;;)
		vmcall(0);
}

static void check_basic(void)
{
	unsigned int i;

	l1_vmcs_fill(l2_basic);
	for (i = 0; i < 16; i++)
		regs.gpr[i] = 0x1111111111111111ull * i;
	g_eq(l1_run(&regs), EXIT_CPUID, "L2: CPUID exits");
	g_eq((uint32_t)regs.gpr[0], 0x12345, "with L2's registers");
	g_eq(vmread(VMCS_EXIT_LEN), 2, "and the length of the instruction");
	g_eq(regs.gpr[15], 0xffffffffffffffffull, "R15 is what L1 gave it");
	regs.gpr[0] = 0x77;
	l1_skip();
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2: VMCALL exits");
	g_eq(regs.gpr[0], 0xabcd, "with its argument");
	l1_skip();
	g_eq(l1_run(&regs), EXIT_HLT, "L2: HLT exits");
	l1_skip();
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2 goes on behind it");
	g_eq(regs.gpr[0], 0x77, "and had what L1 answered to CPUID");
}

/* Errors; SDM, "VM-Instruction Error Numbers". */
static void check_errors(void)
{
	uint64_t val = 0;

	g_eq(vmptrld(L1_PAGE(L1_VMXON)), VMX_FAIL_VALID, "VMPTRLD of the VMXON page fails");
	g_eq(vmread(VMCS_INSN_ERROR), 10, "with error 10");
	g_eq(vmptrld(L1_PAGE(L1_VMCS) + 8), VMX_FAIL_VALID, "VMPTRLD, not aligned");
	g_eq(vmread(VMCS_INSN_ERROR), 9, "error 9");
	g_eq(vmptrld(L1_PAGE(L1_MSR_BITMAP)), VMX_FAIL_VALID, "VMPTRLD, wrong revision");
	g_eq(vmread(VMCS_INSN_ERROR), 11, "error 11");
	g_eq(vmclear(L1_PAGE(L1_VMXON)), VMX_FAIL_VALID, "VMCLEAR of the VMXON page");
	g_eq(vmread(VMCS_INSN_ERROR), 3, "error 3");
	g_eq(vmread_try(0x7ffe, &val), VMX_FAIL_VALID, "VMREAD of no field");
	g_eq(vmread(VMCS_INSN_ERROR), 12, "error 12");
	g_eq(vmxon(L1_PAGE(L1_VMXON)), VMX_FAIL_VALID, "VMXON in VMX operation");
	g_eq(vmread(VMCS_INSN_ERROR), 15, "error 15");
	g_eq(invept(7, 0), VMX_FAIL_VALID, "INVEPT of an unknown type");
	g_eq(vmread(VMCS_INSN_ERROR), 28, "error 28");
	g_eq(invvpid(1, 0, 0), VMX_FAIL_VALID, "INVVPID of VPID 0");
	g_eq(vmread(VMCS_INSN_ERROR), 28, "error 28");
	g_eq(vmptrst(), L1_PAGE(L1_VMCS), "VMPTRST stores the current VMCS");
	l1_vmcs_fill(l2_basic);
	g_eq(l1_enter(&regs, true), VMX_FAIL_VALID, "VMRESUME before VMLAUNCH");
	g_eq(vmread(VMCS_INSN_ERROR), 5, "error 5");
	vmwrite(VMCS_PIN_CTL, 0);
	g_eq(l1_enter(&regs, false), VMX_FAIL_VALID, "a control that must be 1 is 0");
	g_eq(vmread(VMCS_INSN_ERROR), 7, "error 7");
	l1_vmcs_fill(l2_basic);
	vmwrite(VMCS_HOST_ES + 2, 0);
	g_eq(l1_enter(&regs, false), VMX_FAIL_VALID, "host CS is null");
	g_eq(vmread(VMCS_INSN_ERROR), 8, "error 8");
	l1_vmcs_fill(l2_basic);
	vmwrite(VMCS_GUEST_RFLAGS, 0);
	g_eq(l1_enter(&regs, false), VMX_OK, "guest RFLAGS without bit 1: an exit");
	g_eq(vmread(VMCS_EXIT_REASON), EXIT_BAD_GUEST | EXIT_FAILED, "of a failed entry");
	l1_vmcs_fill(l2_basic);
	vmwrite(VMCS_GUEST_CR0, 1);
	g_eq(l1_enter(&regs, false), VMX_OK, "guest CR0 against the fixed bits");
	g_eq(vmread(VMCS_EXIT_REASON), EXIT_BAD_GUEST | EXIT_FAILED, "a failed entry, too");
}

static void check_before_vmxon(void)
{
	uint64_t val;

	g_eq(vmclear(L1_PAGE(L1_VMCS)), VMX_FAULT, "VMCLEAR before VMXON");
	g_eq(last_fault(), VECTOR_UD, "is #UD");
	g_eq(vmread_try(0, &val), VMX_FAULT, "VMREAD before VMXON");
	g_eq(last_fault(), VECTOR_UD, "is #UD");
	g_eq(vmxon(L1_PAGE(L1_VMXON)), VMX_FAULT, "VMXON without CR4.VMXE");
	g_eq(last_fault(), VECTOR_UD, "is #UD");
	write_cr4(read_cr4() | CR4_VMXE_);
	g_eq(vmxon(L1_PAGE(L1_VMXON)), VMX_FAULT, "VMXON with IA32_FEATURE_CONTROL unlocked");
	g_eq(last_fault(), VECTOR_GP, "is #GP");
}

#define L2_PAGE		0x1e00000ul

static void l2_ept(void)
{
	volatile uint64_t *p = (uint64_t *)L2_PAGE;

	vmcall(p[0]);
	p[0] = 0x5555;
	vmcall(p[0]);
	p[1] = 1;
	vmcall(p[0]);
	for (;;)
		vmcall(p[0]);
}

/* L1 maps, takes away, protects and moves a page of L2. */
static void check_ept(void)
{
	volatile uint64_t *p = (uint64_t *)L2_PAGE, *other = p + 512;
	uint64_t *e, eptp;

	if (!(rdmsr(MSR_VMX_CPU2) >> 32 & CPU2_EPT)) {
		g_print("no EPT for L1");
		return;
	}
	p[0] = 0x1234;
	other[0] = 0x4321;
	vmclear(L1_PAGE(L1_VMCS));
	vmptrld(L1_PAGE(L1_VMCS));
	l1_forget();
	l1_vmcs_fill(l2_ept);
	l1_ept();
	eptp = vmread(VMCS_EPT_POINTER);
	e = l1_ept_entry(L2_PAGE);
	*e = 0;
	g_eq(l1_run(&regs), EXIT_EPT_VIOLATION, "EPT: a page that L1 does not map");
	g_eq(vmread(VMCS_GUEST_PHYS), L2_PAGE, "at its address");
	g_eq(vmread(VMCS_QUALIFICATION) & 0x1bf, 0x181, "a read, with a linear address");
	g_eq(vmread(VMCS_GUEST_LINEAR), L2_PAGE, "which is this");
	*e = L2_PAGE | 6 << 3 | 1;
	g_eq(l1_run(&regs), EXIT_VMCALL, "EPT: then L1 maps it");
	g_eq(regs.gpr[0], 0x1234, "and L2 reads it");
	l1_skip();
	g_eq(l1_run(&regs), EXIT_EPT_VIOLATION, "EPT: L2 writes a page that is read-only");
	g_eq(vmread(VMCS_QUALIFICATION) & 0x3f, 0xa, "a write, where only reads may be");
	*e = L2_PAGE | 6 << 3 | 7;
	invept(1, eptp);
	g_eq(l1_run(&regs), EXIT_VMCALL, "EPT: now it may");
	g_eq(p[0], 0x5555, "and L1 sees what it wrote");
	l1_skip();
	*e = (L2_PAGE + 0x1000) | 6 << 3 | 7;
	invept(1, eptp);
	g_eq(l1_run(&regs), EXIT_VMCALL, "EPT: L1 moves the page");
	g_eq(regs.gpr[0], 0x4321, "and L2 sees the other one");
	g_ok(other[1] == 1, "to which its write went");
	l1_skip();
	*e = (L2_PAGE + 0x1000) | 6 << 3 | 2;
	invept(2, 0);
	g_eq(l1_run(&regs), EXIT_EPT_MISCONFIG, "EPT: write without read is a misconfiguration");
	g_eq(vmread(VMCS_GUEST_PHYS), L2_PAGE, "at its address");
}

#define L2_ALIAS	(L2_PAGE + 0x1000000ul)

static void l2_alias(void)
{
	volatile uint64_t *p = (uint64_t *)L2_PAGE, *alias = (uint64_t *)L2_ALIAS;

	p[0] = 1;
	vmcall(alias[0]);
	alias[0] = 2;
	vmcall(alias[0]);
}

/* One table of L1's EPT under two entries, of which one gives no right to write. */
static void check_ept_alias(void)
{
	uint64_t *pd = (uint64_t *)L1_PAGE(L1_EPT + 2);

	if (!(rdmsr(MSR_VMX_CPU2) >> 32 & CPU2_EPT))
		return;
	vmclear(L1_PAGE(L1_VMCS));
	vmptrld(L1_PAGE(L1_VMCS));
	l1_forget();
	l1_vmcs_fill(l2_alias);
	l1_ept();
	l1_ept_entry(L2_PAGE);
	pd[L2_ALIAS >> 21] = pd[L2_PAGE >> 21] & ~2ull;
	g_eq(l1_run(&regs), EXIT_VMCALL, "EPT: a table under two entries");
	g_eq(regs.gpr[0], 1, "shows the same page");
	l1_skip();
	g_eq(l1_run(&regs), EXIT_EPT_VIOLATION,
	     "bug CVE-2021-38198: the rights of the upper entry count");
	g_eq(vmread(VMCS_GUEST_PHYS), L2_ALIAS, "of that which was used");
}

static volatile uint64_t ticks;

static void l2_faults(void)
{
	asm volatile("ud2");
	vmcall(1);
	asm volatile("mov (%0), %%rax" : : "r"(1ull << 40) : "rax");
	vmcall(2);
	vmcall(rdmsr(0x174));
	vmcall(rdtsc() - ticks);
	asm volatile("mov %%cr0, %%rax\n\tmov %%rax, %%cr0" : : : "rax");
	for (;;)
		vmcall(3);
}

static void check_faults(void)
{
	uint64_t vector;

	vmclear(L1_PAGE(L1_VMCS));
	vmptrld(L1_PAGE(L1_VMCS));
	l1_forget();
	l1_vmcs_fill(l2_faults);
	vmwrite(VMCS_EXCEPTIONS, 1u << VECTOR_UD | 1u << VECTOR_PF);
	g_eq(l1_run(&regs), EXIT_EXCEPTION, "an exception of L2 is an exit");
	vector = vmread(VMCS_EXIT_INTR);
	g_eq(vector, 0x80000300 | VECTOR_UD, "#UD");
	vmwrite(VMCS_GUEST_RIP, vmread(VMCS_GUEST_RIP) + 2);
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2 goes on");
	l1_skip();
	g_eq(l1_run(&regs), EXIT_EXCEPTION, "#PF of L2");
	g_eq(vmread(VMCS_EXIT_INTR), 0x80000b00 | VECTOR_PF, "with an error code");
	g_eq(vmread(VMCS_QUALIFICATION), 1ull << 40, "and the address");
	vmwrite(VMCS_GUEST_RIP, vmread(VMCS_GUEST_RIP) + 3);
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2 goes on");
	l1_skip();
	((volatile uint8_t *)L1_PAGE(L1_MSR_BITMAP))[0x174 / 8] |= 1 << (0x174 % 8);
	g_eq(l1_run(&regs), EXIT_RDMSR, "RDMSR of L2 where L1's bitmap has a bit");
	g_eq((uint32_t)regs.gpr[1], 0x174, "with its number");
	((volatile uint8_t *)L1_PAGE(L1_MSR_BITMAP))[0x174 / 8] = 0;
	g_eq(l1_run(&regs), EXIT_VMCALL, "and none without");
	l1_skip();
	ticks = rdtsc();
	l1_ctl(VMCS_CPU_CTL, CPU_TSC_OFFSET, 0);
	vmwrite(VMCS_TSC_OFFSET, 1ull << 40);
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2 reads its TSC");
	g_ok((regs.gpr[0] + (regs.gpr[0] >> 63)) >> 40 == 1, "which L1 has moved");
	l1_skip();
	vmwrite(VMCS_CR0_MASK, 1u << 3);
	vmwrite(VMCS_CR0_SHADOW, vmread(VMCS_GUEST_CR0) ^ 1u << 3);
	g_eq(l1_run(&regs), EXIT_VMCALL, "CR0.TS is L1's: no exit while L2 writes what it reads");
	g_eq(vmread(VMCS_GUEST_CR0) >> 3 & 1, !(vmread(VMCS_CR0_SHADOW) >> 3 & 1),
	     "and it stays what L1 made it");
}

static volatile uint64_t got_irqs;

static void on_irq(struct guest_regs *r)
{
	got_irqs++;
	x2apic_eoi();
}

static void l2_spin(void)
{
	for (;;)
		asm volatile("pause");
}

static void l2_irq(void)
{
	irq_on();
	for (;;)
		asm volatile("pause");
}

#define IRQ	0x51

static void check_interrupts(void)
{
	guest_handlers[IRQ] = on_irq;
	guest_x2apic_enable();
	vmclear(L1_PAGE(L1_VMCS));
	vmptrld(L1_PAGE(L1_VMCS));
	l1_forget();
	l1_vmcs_fill(l2_spin);
	l1_ctl(VMCS_PIN_CTL, PIN_EXT_INTR | PIN_NMI, 0);
	x2apic_write(APIC_SELF_IPI, IRQ);
	g_eq(l1_run(&regs), EXIT_EXT_INTR, "an interrupt for L1 ends L2");
	g_eq(vmread(VMCS_EXIT_INTR) >> 31, 0, "its vector is not taken");
	g_eq(got_irqs, 0, "and it waits");
	irq_on();
	irq_off();
	g_eq(got_irqs, 1, "until L1 takes interrupts");
	l1_ctl(VMCS_EXIT_CTL, EXIT_ACK_INTR, 0);
	x2apic_write(APIC_SELF_IPI, IRQ);
	g_eq(l1_run(&regs), EXIT_EXT_INTR, "with acknowledge on exit");
	g_eq(vmread(VMCS_EXIT_INTR), 0x80000000 | IRQ, "L1 gets the vector");
	x2apic_eoi();
	x2apic_icr(0, APIC_DM_NMI | APIC_ICR_SELF);
	g_eq(l1_run(&regs), EXIT_EXCEPTION, "an NMI for L1 ends L2");
	g_eq(vmread(VMCS_EXIT_INTR), 0x80000202, "as an NMI");
	/* ends the blocking of NMIs */
	asm volatile("mov %%rsp, %%rax\n\tpushq %0\n\tpush %%rax\n\tpushfq\n\tpushq %1\n\t"
		     "pushq $1f\n\tiretq\n1:" : : "i"(GUEST_DS), "i"(GUEST_CS) : "rax", "memory");
	/* an event of L1 for L2, and an exit right behind it */
	vmwrite(VMCS_GUEST_RIP, (uintptr_t)l2_irq);
	vmwrite(VMCS_ENTRY_INTR, 0x80000300 | VECTOR_UD);
	vmwrite(VMCS_EXCEPTIONS, 1u << VECTOR_GP);
	vmwrite(VMCS_GUEST_IDTR_LIMIT, 0);
	g_eq(l1_run(&regs), EXIT_EXCEPTION, "#UD injected into an empty IDT is #GP");
	g_eq(vmread(VMCS_EXIT_INTR), 0x80000b00 | VECTOR_GP, "which L1 wants");
	g_eq(vmread(VMCS_IDT_INFO), 0x80000300 | VECTOR_UD, "and hears what was being delivered");
	vmwrite(VMCS_GUEST_IDTR_LIMIT, NR_VECTORS * 16 - 1);
	l1_ctl(VMCS_PIN_CTL, PIN_PREEMPT_TIMER, 0);
	vmwrite(VMCS_PREEMPT_TIMER, 10);
	vmwrite(VMCS_GUEST_RIP, (uintptr_t)l2_spin);
	g_eq(l1_run(&regs), EXIT_PREEMPT, "the preemption timer ends L2");
	l1_ctl(VMCS_PIN_CTL, 0, PIN_PREEMPT_TIMER);
	l1_ctl(VMCS_CPU_CTL, CPU_INTR_WINDOW, 0);
	vmwrite(VMCS_GUEST_RIP, (uintptr_t)l2_irq);
	g_eq(l1_run(&regs), EXIT_INTR_WINDOW, "interrupt window of L2");
	vmwrite(VMCS_GUEST_RFLAGS, 2);
}

static struct { uint32_t index, rsvd; uint64_t value; } *list;

static void l2_msrs(void)
{
	vmcall(rdmsr(0x176));
	wrmsr(0x175, 0x9999);
	for (;;)
		vmcall(rdmsr(0x176));
}

static void check_msr_lists(void)
{
	list = (void *)L1_PAGE(L1_MSR_LIST);
	vmclear(L1_PAGE(L1_VMCS));
	vmptrld(L1_PAGE(L1_VMCS));
	l1_forget();
	l1_vmcs_fill(l2_msrs);
	list[0].index = 0x176;
	list[0].rsvd = 0;
	list[0].value = 0x123000;
	list[1].index = 0x175;
	list[1].rsvd = 0;
	list[1].value = 0;
	vmwrite(VMCS_ENTRY_MSR_LOAD, (uintptr_t)list);
	vmwrite(VMCS_ENTRY_LOAD_COUNT, 1);
	vmwrite(VMCS_EXIT_MSR_STORE, (uintptr_t)&list[1]);
	vmwrite(VMCS_EXIT_STORE_COUNT, 1);
	g_eq(l1_run(&regs), EXIT_VMCALL, "a MSR that the entry loads");
	g_eq(regs.gpr[0], 0x123000, "has its value");
	l1_skip();
	g_eq(l1_run(&regs), EXIT_VMCALL, "a MSR that the exit stores");
	g_eq(list[1].value, 0x9999, "is in the list");
	l1_skip();
	list[0].rsvd = 1;
	g_eq(l1_run(&regs), EXIT_BAD_MSR | EXIT_FAILED, "an entry with reserved bits fails");
	g_eq(vmread(VMCS_QUALIFICATION), 1, "and says which");
}

/* VMCS shadowing: L2 is a hypervisor as well, with a VMCS that L1 made. */
static void l2_shadow(void)
{
	uint64_t val = 0;

	vmcall(vmread_try(VMCS_GUEST_RIP, &val));
	vmcall(val);
	vmcall(vmwrite_try(VMCS_GUEST_RIP, 0x1234));
	vmcall(vmread(VMCS_GUEST_RIP));
	vmcall(vmread_try(0x7ffe, &val));
	vmread_try(VMCS_GUEST_RSP, &val);
	vmcall(vmread_try(VMCS_GUEST_RIP, &val));
	vmread_try(VMCS_GUEST_RIP, &val);
	for (;;)
		vmcall(0);
}

/* What L2 says next. */
static uint64_t l2_says(void)
{
	g_assert(l1_run(&regs) == EXIT_VMCALL);
	l1_skip();
	return regs.gpr[0];
}

static void set_bitmap(uint64_t page, uint32_t field)
{
	((volatile uint8_t *)page)[field / 8] |= 1 << field % 8;
}

static void check_shadow_vmcs(void)
{
	volatile uint32_t *revision = (void *)L1_PAGE(L1_VMCS2);
	uint32_t cpu2;

	g_ok(rdmsr(MSR_VMX_CPU2) >> 32 & CPU2_SHADOW_VMCS, "L1 has VMCS shadowing");
	*revision = (uint32_t)rdmsr(MSR_VMX_BASIC) | 1u << 31;
	g_eq(vmclear(L1_PAGE(L1_VMCS2)), VMX_OK, "a shadow VMCS");
	g_eq(vmptrld(L1_PAGE(L1_VMCS2)), VMX_OK, "VMPTRLD takes it");
	g_eq(l1_enter(&regs, false), VMX_FAIL_INVALID, "but VMLAUNCH does not");
	vmwrite(VMCS_GUEST_RIP, 0xc0ffee);
	g_assert(vmclear(L1_PAGE(L1_VMCS2)) == VMX_OK);
	g_assert(vmptrld(L1_PAGE(L1_VMCS)) == VMX_OK);
	l1_vmcs_fill(l2_shadow);
	cpu2 = vmread(VMCS_CPU2_CTL);
	vmwrite(VMCS_CPU2_CTL, cpu2 | CPU2_SHADOW_VMCS);
	vmwrite(VMCS_VMREAD_BITMAP, L1_PAGE(L1_IO_A));
	vmwrite(VMCS_VMWRITE_BITMAP, L1_PAGE(L1_IO_B));
	set_bitmap(L1_PAGE(L1_IO_A), VMCS_GUEST_RSP);
	vmwrite(VMCS_LINK_POINTER, L1_PAGE(L1_VMCS2));
	*revision &= ~(1u << 31);
	g_eq(l1_run(&regs), EXIT_BAD_GUEST | EXIT_FAILED, "an ordinary VMCS is no shadow");
	g_eq(vmread(VMCS_QUALIFICATION), 4, "says the qualification");
	*revision |= 1u << 31;
	g_eq(l2_says(), VMX_OK, "VMCS shadowing: VMREAD of L2 is no exit");
	g_eq(l2_says(), 0xc0ffee, "and gives what L1 wrote");
	g_eq(l2_says(), VMX_OK, "nor is VMWRITE");
	g_eq(l2_says(), 0x1234, "which L2 reads again");
	g_eq(l2_says(), VMX_FAIL_VALID, "VMREAD of no field fails");
	g_eq(l1_run(&regs), EXIT_VMREAD, "a field of the bitmap exits");
	l1_skip();
	vmwrite(VMCS_LINK_POINTER, ~0ull);
	g_eq(l2_says(), VMX_FAIL_INVALID, "without a shadow VMCS L2 has none");
	vmwrite(VMCS_CPU2_CTL, cpu2);
	g_eq(l1_run(&regs), EXIT_VMREAD, "without the control all exit");
	g_assert(vmptrld(L1_PAGE(L1_VMCS2)) == VMX_OK);
	g_eq(vmread(VMCS_GUEST_RIP), 0x1234, "L1 finds what L2 wrote");
	g_assert(vmclear(L1_PAGE(L1_VMCS2)) == VMX_OK);
	g_assert(vmptrld(L1_PAGE(L1_VMCS)) == VMX_OK);
	*revision &= ~(1u << 31);
}

static void l2_tsc(void)
{
	for (;;)
		vmcall(rdtsc());
}

static void check_tsc_scaling(void)
{
	uint64_t before, tsc;

	if (!(rdmsr(MSR_VMX_CPU2) >> 32 & CPU2_TSC_SCALING)) {
		g_print("no TSC scaling here");
		return;
	}
	l1_vmcs_fill(l2_tsc);
	vmwrite(VMCS_CPU_CTL, vmread(VMCS_CPU_CTL) | CPU_TSC_OFFSET);
	vmwrite(VMCS_CPU2_CTL, vmread(VMCS_CPU2_CTL) | CPU2_TSC_SCALING);
	vmwrite(VMCS_TSC_OFFSET, 1ull << 60);
	vmwrite(VMCS_TSC_MULTIPLIER, 3ull << 47);
	before = rdtsc();
	tsc = l2_says() - (1ull << 60);
	g_ok(tsc >= before + before / 2 - 1, "TSC scaling of L1: L2's runs faster");
	g_ok(tsc / 3 * 2 <= rdtsc(), "and not more than that");
	vmwrite(VMCS_TSC_MULTIPLIER, 0);
	g_eq(l1_enter(&regs, true), VMX_FAIL_VALID, "but not by nothing");
}

static void guest_main(uint64_t arg)
{
	check_before_vmxon();
	l1_start();
	check_errors();
	check_basic();
	check_ept();
	check_ept_alias();
	check_faults();
	check_interrupts();
	check_msr_lists();
	check_shadow_vmcs();
	check_tsc_scaling();
	l1_stop();
	g_eq(vmclear(L1_PAGE(L1_VMCS)), VMX_FAULT, "after VMXOFF VMX instructions are #UD again");
}

static void check_feature_control(void)
{
	struct vmm vmm;
	struct vp *vp;

	bare_create(&vmm, 1, BARE_NO_CPUID);
	vp = &vmm.vp[0];
	ktap_ok(!vp_try_set_msr(vp, MSR_FEATURE_CONTROL, 3),
		"the VMM writes IA32_FEATURE_CONTROL before CPUID");
	ktap_ok(vp_try_set_msr(vp, MSR_FEATURE_CONTROL, 1 << 4), "but no reserved bit");
	vmm_destroy(&vmm);
}

int main(void)
{
	ktap_start(60);
	check_feature_control();
	bare_test(1, guest_main, "L2 runs");
	return ktap_finish();
}
