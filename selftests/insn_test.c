// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions on which the TLFS has something to say: INVD ("Compatibility"
 * of the virtual MMU) and the forms by which the memory of the APIC may be
 * accessed ("Local APIC Memory-mapped Accesses" of the first edition).
 */
#include "bare.h"

#define DATA		BARE_FREE
#define PATTERN(i)	(0x9e3779b97f4a7c15ull * ((i) + 1))
#define ICR2		0xfee00310u	/* the numbers in the asm, too */

static uint32_t forms32[2];	/* what it reads by MOV and by PUSH */

/* INVD "will be virtualized to act like a WBINVD": no write is lost. */
static void check_invd(void)
{
	volatile uint64_t *data = (uint64_t *)DATA;
	unsigned int i, lost = 0;

	for (i = 0; i < 4096; i++)
		data[i] = PATTERN(i);
	asm volatile("invd" : : : "memory");
	for (i = 0; i < 4096; i++)
		lost += data[i] != PATTERN(i);
	g_eq(lost, 0, "INVD loses no write");
	asm volatile("wbinvd" : : : "memory");
	for (i = 0; i < 4096; i++)
		lost += data[i] != PATTERN(i);
	g_eq(lost, 0, "and WBINVD neither");
}

#define ELSEWHERE	0x40000000ul		/* nothing of ours is there */
#define FRAME(n)	(0xc00000ul + (n) * 0x200000ul)
#define PDE_GLOBAL	0x183ul			/* large, global, writable */
#define CR4_PGE		0x80ul

static uint64_t pde_set(uint64_t pde)
{
	volatile uint64_t *pd = (uint64_t *)(BARE_PAGE_TABLES + 0x2000);
	uint64_t old = pd[ELSEWHERE >> 21];

	pd[ELSEWHERE >> 21] = pde;
	return old;
}

/* "Legacy TLB Management Operations": CR4.PGE invalidates all, global ones too */
static void check_pge(void)
{
	volatile uint64_t *p = (uint64_t *)ELSEWHERE;
	uint64_t cr4 = read_cr4(), old, first, second;

	*(volatile uint64_t *)FRAME(0) = 1;
	*(volatile uint64_t *)FRAME(1) = 2;
	old = pde_set(FRAME(0) | PDE_GLOBAL);
	write_cr4(cr4 & ~CR4_PGE);
	write_cr4(cr4 | CR4_PGE);
	first = *p;
	pde_set(FRAME(1) | PDE_GLOBAL);
	write_cr4(cr4 & ~CR4_PGE);
	write_cr4(cr4 | CR4_PGE);
	second = *p;
	g_ok(first == 1 && second == 2, "toggling CR4.PGE flushes global translations");
	pde_set(old);
	write_cr4(cr4 & ~CR4_PGE);
}

static void user_invd(void)
{
	asm volatile("invd" : : : "memory");
	asm volatile("ud2");	/* not reached */
}

static void check_forms64(void)
{
	uint32_t v;

	asm volatile("movl %%ecx, (%%rdi)" : : "c"(0x11000000), "D"(ICR2) : "memory");
	asm volatile("movl (%%rdi), %%edx" : "=d"(v) : "D"(ICR2) : "memory");
	g_eq(v, 0x11000000, "89 /r and 8B /r: MOV with a register");
	asm volatile("movabsl %%eax, 0xfee00310" : : "a"(0x22000000) : "memory");
	asm volatile("movabsl 0xfee00310, %%eax" : "=a"(v) : : "memory");
	g_eq(v, 0x22000000, "A3 and A1: MOV of EAX");
	asm volatile("movl $0x33000000, (%%rdi)" : : "D"(ICR2) : "memory");
	asm volatile("movl (%%rdi), %%edx" : "=d"(v) : "D"(ICR2) : "memory");
	g_eq(v, 0x33000000, "C7 /0: MOV of a constant");
}

/* All six forms. PUSH has 32 bits here only. */
asm(".pushsection .text\n"
    ".code32\n"
    "insn_forms32:\n\t"
    "mov	$0x44000000, %ecx\n\t"
    "mov	$0xfee00310, %edi\n\t"
    "movl	%ecx, (%edi)\n\t"
    "movl	(%edi), %edx\n\t"
    "lea	0x01000000(%edx), %eax\n\t"
    ".byte	0xa3; .long 0xfee00310\n\t"
    "xor	%eax, %eax\n\t"
    ".byte	0xa1; .long 0xfee00310\n\t"
    "mov	%eax, (%ebp)\n\t"
    "movl	$0x66000000, (%edi)\n\t"
    "pushl	(%edi)\n\t"
    "popl	4(%ebp)\n\t"
    "ret\n"
    ".code64\n"
    ".popsection");
extern const char insn_forms32[];

static void guest_main(uint64_t arg)
{
	check_invd();
	check_pge();
	g_eq(guest_run_user(user_invd), VECTOR_GP, "INVD at CPL 3 is #GP");
	wrmsr(MSR_APIC_BASE, APIC_BASE | APIC_BASE_ENABLE);
	check_forms64();
	guest_call32(insn_forms32, forms32);
	g_eq(forms32[0], 0x45000000, "32 bits: MOV by registers and addresses");
	g_eq(forms32[1], 0x66000000, "32 bits: FF /6: PUSH");
}

int main(void)
{
	ktap_start(60);
	bare_test(1, guest_main, "instructions");
	return ktap_finish();
}
