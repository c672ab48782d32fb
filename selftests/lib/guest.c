// SPDX-License-Identifier: GPL-2.0
/*
 * What runs inside the guest of every test. See guest.h.
 */
#include "guest.h"

struct guest_vp guest_vps[64];
guest_handler_fn guest_handlers[NR_VECTORS];

/*
 * 256 entries of 16 bytes at guest_stubs: each makes the frame of struct
 * guest_regs, with a zero where the CPU pushes no error code.
 */
asm(".pushsection .text\n"
    ".balign 16\n"
    ".globl guest_stubs\n"
    "guest_stubs:\n"
    ".set vector, 0\n"
    ".rept 256\n"
    "	.balign 16\n"
    "	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)\n"
    "	pushq	$0\n"
    "	.endif\n"
    "	pushq	$vector\n"
    "	jmp	guest_common\n"
    "	.set vector, vector + 1\n"
    ".endr\n"
    "guest_common:\n"
    "	push	%rax\n	push	%rbx\n	push	%rcx\n	push	%rdx\n"
    "	push	%rsi\n	push	%rdi\n	push	%rbp\n	push	%r8\n"
    "	push	%r9\n	push	%r10\n	push	%r11\n	push	%r12\n"
    "	push	%r13\n	push	%r14\n	push	%r15\n"
    "	cld\n"
    "	mov	%rsp, %rdi\n"
    "	mov	%rsp, %rbx\n"
    "	and	$-16, %rsp\n"
    "	call	guest_trap\n"
    "	mov	%rbx, %rsp\n"
    "	pop	%r15\n	pop	%r14\n	pop	%r13\n	pop	%r12\n"
    "	pop	%r11\n	pop	%r10\n	pop	%r9\n	pop	%r8\n"
    "	pop	%rbp\n	pop	%rdi\n	pop	%rsi\n	pop	%rdx\n"
    "	pop	%rcx\n	pop	%rbx\n	pop	%rax\n"
    "	add	$16, %rsp\n"
    "	iretq\n"
    ".popsection");

void guest_ucall(uint64_t cmd, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
		 uint64_t a4, uint64_t a5, uint64_t a6)
{
	volatile struct ucall call = {
		.cmd = cmd,
		.arg = { a0, a1, a2, a3, a4, a5, a6 },
	};

	/* the address fits: all guest memory is below 4 GiB */
	outl(UCALL_PORT, (uint32_t)(uintptr_t)&call);
}

void guest_trap(struct guest_regs *regs)
{
	struct guest_vp *vp = this_vp();
	uint64_t cr2;

	if (vp->fixup && regs->vector < 32 && regs->vector != VECTOR_NMI) {
		vp->fault = regs->vector;
		vp->fault_error = regs->error;
		regs->rip = vp->fixup;
		vp->fixup = 0;
		return;
	}
	if (guest_handlers[regs->vector]) {
		guest_handlers[regs->vector](regs);
		return;
	}
	asm volatile("mov %%cr2, %0" : "=r"(cr2));
	guest_ucall(UCALL_FAULT, regs->vector, regs->error, regs->rip, cr2, regs->rsp,
		    0, 0);
}

/* First code of every VP. */
void guest_start(guest_fn fn, uint64_t arg)
{
	fn(arg);
	g_done();
	for (;;)
		asm volatile("cli\n\thlt");
}

void guest_x2apic_enable(void)
{
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	x2apic_write(APIC_SPIV, APIC_SPIV_ENABLE | 0xff);
}

/*
 * An exception at CPL 3 comes in on the stack of the TSS; its handler puts the
 * CPL 0 selectors and stack back and goes on in guest_run_user(). One VP at a
 * time: the asm has no register to spare for per-VP addresses.
 */
static uint64_t user_resume, user_rsp;
static void (*user_fn)(void);

static void back_from_user(struct guest_regs *regs)
{
	struct guest_vp *vp = this_vp();

	vp->fault = regs->vector;
	vp->fault_error = regs->error;
	regs->rip = user_resume;
	regs->rsp = user_rsp;
	regs->cs = GUEST_CS;
	regs->ss = GUEST_DS;
}

int guest_run_user(void (*fn)(void))
{
	static const int vectors[] = { VECTOR_UD, VECTOR_GP, VECTOR_PF };
	struct guest_vp *vp = this_vp();
	guest_handler_fn old[3];
	int i;

	for (i = 0; i < 3; i++) {
		old[i] = guest_handlers[vectors[i]];
		guest_handlers[vectors[i]] = back_from_user;
	}
	vp->fault = NO_FAULT;
	user_fn = fn;
	asm volatile("movq	$1f, %[resume]\n\t"
		     "push	%%rbp\n\t"
		     "mov	%%rsp, %[rsp]\n\t"
		     "lea	-0x1000(%%rsp), %%rcx\n\t"
		     "pushq	%[ss]\n\t"
		     "push	%%rcx\n\t"
		     "pushq	$2\n\t"
		     "pushq	%[cs]\n\t"
		     "pushq	%[fn]\n\t"
		     "iretq\n"
		     "1:	pop %%rbp"
		     : [resume] "=m"(user_resume), [rsp] "=m"(user_rsp)
		     : [fn] "m"(user_fn), [ss] "i"(GUEST_USER_DS | 3),
		       [cs] "i"(GUEST_USER_CS | 3)
		     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",
		       "r11", "r12", "r13", "r14", "r15", "cc", "memory");
	for (i = 0; i < 3; i++)
		guest_handlers[vectors[i]] = old[i];
	return vp->fault;
}

void guest_call32(const void *code, void *arg)
{
	uint64_t base = BARE_GDT + this_vp()->id * 0x1000;
	struct { uint16_t limit; uint64_t base; } __attribute__((packed)) gdtr = {
		GUEST_CS32 + 7, base
	};

	((volatile uint64_t *)base)[GUEST_CS32 / 8] = 0x00cf9b000000ffff;
	asm volatile("lgdt	%0" : : "m"(gdtr) : "memory");
	/* the stack is below 4 GiB, too */
	asm volatile("push	%%rbp\n\t"
		     "push	%%rbx\n\t"
		     "mov	%[arg], %%rbp\n\t"
		     "pushq	%[cs32]\n\t"
		     "pushq	$1f\n\t"
		     "lretq\n"
		     ".code32\n"
		     "1:\n\t"
		     "call	*%%esi\n\t"
		     "ljmp	%[cs64], $2f\n"
		     ".code64\n"
		     "2:\n\t"
		     "pop	%%rbx\n\t"
		     "pop	%%rbp"
		     : : [arg] "r"((uint64_t)(uintptr_t)arg), "S"(code),
		       [cs32] "i"(GUEST_CS32), [cs64] "i"(GUEST_CS)
		     : "rax", "rcx", "rdx", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
		       "r14", "r15", "cc", "memory");
}
