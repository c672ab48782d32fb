// SPDX-License-Identifier: GPL-2.0
/*
 * The hypervisor half of a bare guest. See l1.h.
 */
#include "l1.h"

struct table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static bool launched[64];

static void clear_page(uint64_t gpa)
{
	volatile uint64_t *p = (uint64_t *)gpa;
	unsigned int i;

	for (i = 0; i < 512; i++)
		p[i] = 0;
}

static uint64_t read_cr0(void)
{
	uint64_t v;

	asm volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}

static uint64_t read_cr3(void)
{
	uint64_t v;

	asm volatile("mov %%cr3, %0" : "=r"(v));
	return v;
}

void l1_start(void)
{
	unsigned int i;

	for (i = L1_VMXON; i < L1_EPT; i++)
		clear_page(L1_PAGE(i));
	*(uint32_t *)L1_PAGE(L1_VMXON) = (uint32_t)rdmsr(MSR_VMX_BASIC);
	*(uint32_t *)L1_PAGE(L1_VMCS) = (uint32_t)rdmsr(MSR_VMX_BASIC);
	*(uint32_t *)L1_PAGE(L1_VMCS2) = (uint32_t)rdmsr(MSR_VMX_BASIC);
	write_cr4(read_cr4() | rdmsr(MSR_VMX_CR4_FIXED0));
	asm volatile("mov %0, %%cr0" : : "r"(read_cr0() | rdmsr(MSR_VMX_CR0_FIXED0)));
	if (!(rdmsr(MSR_FEATURE_CONTROL) & 1))
		wrmsr(MSR_FEATURE_CONTROL, 5);
	g_assert(vmxon(L1_PAGE(L1_VMXON)) == VMX_OK);
	g_assert(vmclear(L1_PAGE(L1_VMCS)) == VMX_OK);
	g_assert(vmptrld(L1_PAGE(L1_VMCS)) == VMX_OK);
	launched[this_vp()->id] = false;
}

void l1_stop(void)
{
	g_assert(vmclear(L1_PAGE(L1_VMCS)) == VMX_OK);
	g_assert(vmxoff() == VMX_OK);
	write_cr4(read_cr4() & ~CR4_VMXE_);
}

static void control(uint32_t field, uint32_t msr, uint32_t want)
{
	uint64_t cap = rdmsr(msr);

	vmwrite(field, (want | (uint32_t)cap) & cap >> 32);
}

void l1_ctl(uint32_t field, uint32_t set, uint32_t clear)
{
	vmwrite(field, (vmread(field) | set) & ~(uint64_t)clear);
}

static void fill_segments(void)
{
	static const struct {
		uint16_t selector;
		uint32_t limit, ar;
	} seg[] = {
		{ GUEST_DS, ~0u, 0xc093 }, { GUEST_CS, ~0u, 0xa09b },
		{ GUEST_DS, ~0u, 0xc093 }, { GUEST_DS, ~0u, 0xc093 },
		{ GUEST_DS, ~0u, 0xc093 }, { GUEST_DS, ~0u, 0xc093 },
		{ 0, 0, 0x10000 }, { GUEST_TSS, 0x67, 0x8b },
	};
	uint64_t tss = BARE_GDT + this_vp()->id * 0x1000 + BARE_TSS_OFFSET;
	struct table gdt, idt;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		vmwrite(VMCS_GUEST_ES + 2 * i, seg[i].selector);
		vmwrite(VMCS_GUEST_ES_BASE + 2 * i, 0);
		vmwrite(VMCS_GUEST_ES_LIMIT + 2 * i, seg[i].limit);
		vmwrite(VMCS_GUEST_ES_AR + 2 * i, seg[i].ar);
		if (i < 6)
			vmwrite(VMCS_HOST_ES + 2 * i, seg[i].selector);
	}
	vmwrite(VMCS_HOST_ES + 2 * 6, GUEST_TSS);
	vmwrite(VMCS_GUEST_ES_BASE + 2 * 4, rdmsr(MSR_FS_BASE_));
	vmwrite(VMCS_GUEST_ES_BASE + 2 * 5, rdmsr(MSR_GS_BASE_));
	vmwrite(VMCS_GUEST_ES_BASE + 2 * 7, tss);
	vmwrite(VMCS_HOST_FS_BASE, rdmsr(MSR_FS_BASE_));
	vmwrite(VMCS_HOST_GS_BASE, rdmsr(MSR_GS_BASE_));
	vmwrite(VMCS_HOST_TR_BASE, tss);
	asm volatile("sgdt %0" : "=m"(gdt));
	asm volatile("sidt %0" : "=m"(idt));
	vmwrite(VMCS_GUEST_GDTR_BASE, gdt.base);
	vmwrite(VMCS_GUEST_GDTR_LIMIT, gdt.limit);
	vmwrite(VMCS_GUEST_IDTR_BASE, idt.base);
	vmwrite(VMCS_GUEST_IDTR_LIMIT, idt.limit);
	vmwrite(VMCS_HOST_GDTR_BASE, gdt.base);
	vmwrite(VMCS_HOST_IDTR_BASE, idt.base);
}

static void fill_controls(void)
{
	static const uint32_t zero[] = {
		VMCS_EXCEPTIONS, VMCS_PF_MASK, VMCS_PF_MATCH, VMCS_CR3_TARGETS,
		VMCS_EXIT_STORE_COUNT, VMCS_EXIT_LOAD_COUNT, VMCS_ENTRY_LOAD_COUNT,
		VMCS_ENTRY_INTR, VMCS_CR0_MASK, VMCS_CR4_MASK, VMCS_GUEST_DEBUGCTL,
		VMCS_GUEST_BLOCKING, VMCS_GUEST_ACTIVITY, VMCS_GUEST_PENDING_DBG,
		VMCS_GUEST_SYSENTER_CS, VMCS_HOST_SYSENTER_CS, VMCS_TSC_OFFSET,
	};
	unsigned int i;

	for (i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		vmwrite(zero[i], 0);
	control(VMCS_PIN_CTL, MSR_VMX_TRUE_PIN, 0);
	control(VMCS_CPU_CTL, MSR_VMX_TRUE_CPU, CPU_HLT | CPU_MSR_BITMAPS | CPU_SECONDARY);
	control(VMCS_CPU2_CTL, MSR_VMX_CPU2, CPU2_RDTSCP);
	control(VMCS_EXIT_CTL, MSR_VMX_TRUE_EXIT,
		EXIT_HOST_64 | EXIT_SAVE_EFER | EXIT_LOAD_EFER | EXIT_SAVE_PAT |
		EXIT_LOAD_PAT);
	control(VMCS_ENTRY_CTL, MSR_VMX_TRUE_ENTRY,
		ENTRY_IA32E | ENTRY_LOAD_EFER | ENTRY_LOAD_PAT);
	vmwrite(VMCS_MSR_BITMAP, L1_PAGE(L1_MSR_BITMAP));
	vmwrite(VMCS_IO_BITMAP_A, L1_PAGE(L1_IO_A));
	vmwrite(VMCS_IO_BITMAP_B, L1_PAGE(L1_IO_B));
	vmwrite(VMCS_LINK_POINTER, ~0ull);
}

extern const char l1_exit_point[];

void l1_vmcs_fill(void (*fn)(void))
{
	uint64_t cr0 = read_cr0(), cr3 = read_cr3(), cr4 = read_cr4();

	fill_controls();
	fill_segments();
	vmwrite(VMCS_GUEST_CR0, cr0);
	vmwrite(VMCS_GUEST_CR3, cr3);
	vmwrite(VMCS_GUEST_CR4, cr4);
	vmwrite(VMCS_CR0_SHADOW, cr0);
	vmwrite(VMCS_CR4_SHADOW, cr4);
	vmwrite(VMCS_HOST_CR0, cr0);
	vmwrite(VMCS_HOST_CR3, cr3);
	vmwrite(VMCS_HOST_CR4, cr4);
	vmwrite(VMCS_GUEST_EFER, rdmsr(MSR_EFER_));
	vmwrite(VMCS_HOST_EFER, rdmsr(MSR_EFER_));
	vmwrite(VMCS_GUEST_PAT, rdmsr(MSR_PAT_));
	vmwrite(VMCS_HOST_PAT, rdmsr(MSR_PAT_));
	vmwrite(VMCS_GUEST_DR7, 0x400);
	vmwrite(VMCS_GUEST_RIP, (uintptr_t)fn);
	vmwrite(VMCS_GUEST_RSP, L1_PAGE(L1_L2_STACK + 4) - 8);
	vmwrite(VMCS_GUEST_RFLAGS, 2);
	vmwrite(VMCS_HOST_RIP, (uintptr_t)l1_exit_point);
}

asm(".pushsection .text\n"
    "	.global l1_switch\n"
    "l1_switch:\n"
    "	push	%rbx\n	push	%rbp\n	push	%r12\n	push	%r13\n"
    "	push	%r14\n	push	%r15\n	push	%rdi\n"
    "	mov	$0x6c14, %eax\n"
    "	vmwrite	%rsp, %rax\n"
    "	test	%sil, %sil\n"
    "	mov	%rdi, %rax\n"
    "	mov	8(%rax), %rcx\n	mov	16(%rax), %rdx\n"
    "	mov	24(%rax), %rbx\n	mov	40(%rax), %rbp\n"
    "	mov	48(%rax), %rsi\n	mov	56(%rax), %rdi\n"
    "	mov	64(%rax), %r8\n	mov	72(%rax), %r9\n"
    "	mov	80(%rax), %r10\n	mov	88(%rax), %r11\n"
    "	mov	96(%rax), %r12\n	mov	104(%rax), %r13\n"
    "	mov	112(%rax), %r14\n	mov	120(%rax), %r15\n"
    "	mov	(%rax), %rax\n"
    "	jnz	1f\n"
    "	vmlaunch\n"
    "	jmp	2f\n"
    "1:	vmresume\n"
    "2:	mov	$2, %eax\n"
    "	jz	3f\n"
    "	mov	$1, %eax\n"
    "3:	pop	%rdi\n"
    "	jmp	4f\n"
    "l1_exit_point:\n"
    "	push	%rax\n"
    "	mov	8(%rsp), %rax\n"
    "	mov	%rcx, 8(%rax)\n	mov	%rdx, 16(%rax)\n"
    "	mov	%rbx, 24(%rax)\n	mov	%rbp, 40(%rax)\n"
    "	mov	%rsi, 48(%rax)\n	mov	%rdi, 56(%rax)\n"
    "	mov	%r8, 64(%rax)\n	mov	%r9, 72(%rax)\n"
    "	mov	%r10, 80(%rax)\n	mov	%r11, 88(%rax)\n"
    "	mov	%r12, 96(%rax)\n	mov	%r13, 104(%rax)\n"
    "	mov	%r14, 112(%rax)\n	mov	%r15, 120(%rax)\n"
    "	pop	(%rax)\n"
    "	pop	%rdi\n"
    "	xor	%eax, %eax\n"
    "4:	pop	%r15\n	pop	%r14\n	pop	%r13\n	pop	%r12\n"
    "	pop	%rbp\n	pop	%rbx\n"
    "	ret\n"
    ".popsection");

int l1_enter(struct l2_regs *regs, bool resume)
{
	int r = l1_switch(regs, resume);

	if (r == VMX_OK && !(vmread(VMCS_EXIT_REASON) & EXIT_FAILED))
		launched[this_vp()->id] = true;
	return r;
}

uint32_t l1_run(struct l2_regs *regs)
{
	int r = l1_enter(regs, launched[this_vp()->id]);

	if (r != VMX_OK)
		g_fail("entry into L2 failed: %ld, error %ld", r,
		       r == VMX_FAIL_VALID ? vmread(VMCS_INSN_ERROR) : 0);
	return vmread(VMCS_EXIT_REASON);
}

void l1_forget(void)
{
	launched[this_vp()->id] = false;
}

void l1_skip(void)
{
	vmwrite(VMCS_GUEST_RIP, vmread(VMCS_GUEST_RIP) + vmread(VMCS_EXIT_LEN));
}

#define EPT_RWX		7ull
#define EPT_WB		(6ull << 3)
#define EPT_LARGE	(1ull << 7)
#define EPT_TABLES	5

void l1_ept(void)
{
	uint64_t *ept = (uint64_t *)L1_PAGE(L1_EPT), i;

	for (i = 0; i < EPT_TABLES + 1; i++)
		clear_page(L1_PAGE(L1_EPT + i));
	ept[0] = L1_PAGE(L1_EPT + 1) | EPT_RWX;
	for (i = 0; i < 4; i++)
		ept[512 + i] = L1_PAGE(L1_EPT + 2 + i) | EPT_RWX;
	for (i = 0; i < 4 * 512; i++)
		ept[1024 + i] = i << 21 | EPT_RWX | EPT_WB | EPT_LARGE;
	vmwrite(VMCS_EPT_POINTER, L1_PAGE(L1_EPT) | 6 | 3 << 3);
	l1_ctl(VMCS_CPU2_CTL, CPU2_EPT, 0);
}

/* One page can be split, the 2 MiB around the first address asked for. */
uint64_t *l1_ept_entry(uint64_t gpa)
{
	uint64_t *pd = (uint64_t *)L1_PAGE(L1_EPT + 2) + (gpa >> 21);
	uint64_t *pt = (uint64_t *)L1_PAGE(L1_EPT + EPT_TABLES + 1), i;

	if (*pd & EPT_LARGE) {
		for (i = 0; i < 512; i++)
			pt[i] = (gpa >> 21 << 21) + (i << 12) + (EPT_RWX | EPT_WB);
		*pd = (uintptr_t)pt | EPT_RWX;
	}
	return &pt[gpa >> 12 & 511];
}
