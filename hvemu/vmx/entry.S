/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch.  One function, in .noinstr.text, called directly.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/percpu.h>
#include <asm/segment.h>
#ifdef HVE_HAVE_OBJTOOL_H
#include <linux/objtool.h>
#endif
#include <asm/unwind_hints.h>
#include "entry.h"

#define VMCS_HOST_RSP	0x6c14

#define GPR_RAX	0
#define GPR_RCX	8
#define GPR_RDX	16
#define GPR_RBX	24
#define GPR_RBP	40
#define GPR_RSI	48
#define GPR_RDI	56
#define GPR_R8	64
#define GPR_R9	72
#define GPR_R10	80
#define GPR_R11	88
#define GPR_R12	96
#define GPR_R13	104
#define GPR_R14	112
#define GPR_R15	120

#ifdef X86_FEATURE_CLEAR_BHB_VMEXIT
#define FEATURE_CLEAR_BHB	X86_FEATURE_CLEAR_BHB_VMEXIT
#elif defined(X86_FEATURE_CLEAR_BHB_LOOP_ON_VMEXIT)
#define FEATURE_CLEAR_BHB	X86_FEATURE_CLEAR_BHB_LOOP_ON_VMEXIT
#endif

/*
 * More taken branches than any branch history holds, so that none of the
 * guest's steers ours.  Clobbers RAX and RCX.
 */
.macro HVE_CLEAR_BHB
#ifdef FEATURE_CLEAR_BHB
	ALTERNATIVE "jmp .Lbhb_done\@", "", FEATURE_CLEAR_BHB
	mov	$12, %ecx
.Lbhb_outer\@:
	mov	$16, %eax
.Lbhb_inner\@:
	jmp	.Lbhb_next\@
	nop
.Lbhb_next\@:
	sub	$1, %eax
	jnz	.Lbhb_inner\@
	sub	$1, %ecx
	jnz	.Lbhb_outer\@
	lfence
.Lbhb_done\@:
#endif
.endm

.section .noinstr.text, "ax"

/*
 * int hve_vmx_run(u64 *gpr, struct hve_vmx_entry *entry, unsigned int flags)
 *
 * Interrupts off, our VMCS current.  Returns 0 after a VM exit, 1 after
 * VMfail.
 */
SYM_FUNC_START(hve_vmx_run)
	push	%rbp
	mov	%rsp, %rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rdx
	push	%rsi
	push	%rdi			/* found again on the stack after exit */

	/* HOST_RSP hardly ever changes: write it only then */
	cmp	%rsp, ENTRY_HOST_RSP(%rsi)
	je	.Lrsp_known
	mov	%rsp, ENTRY_HOST_RSP(%rsi)
	mov	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
	jbe	.Lfail
.Lrsp_known:
	/* the guest's SPEC_CTRL is the last thing before the registers */
	test	$ENTRY_SPEC_CTRL, %edx
	jz	.Lspec_loaded
	mov	%edx, %ebx
	mov	ENTRY_GUEST_SPEC_CTRL(%rsi), %eax
	xor	%edx, %edx
	cmp	ENTRY_HOST_SPEC_CTRL(%rsi), %eax
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	je	.Lspec_same
	wrmsr
.Lspec_same:
	mov	%ebx, %edx
.Lspec_loaded:
	mov	%edx, %ebx
	mov	%rdi, %rax

	/* hardware resumes at hve_vmx_exit_point with this very stack */
	UNWIND_HINT_SAVE
	test	$ENTRY_RESUME, %bl	/* the flags survive the MOVs below */
	mov	GPR_RCX(%rax), %rcx
	mov	GPR_RDX(%rax), %rdx
	mov	GPR_RBX(%rax), %rbx
	mov	GPR_RBP(%rax), %rbp
	mov	GPR_RSI(%rax), %rsi
	mov	GPR_RDI(%rax), %rdi
	mov	GPR_R8(%rax), %r8
	mov	GPR_R9(%rax), %r9
	mov	GPR_R10(%rax), %r10
	mov	GPR_R11(%rax), %r11
	mov	GPR_R12(%rax), %r12
	mov	GPR_R13(%rax), %r13
	mov	GPR_R14(%rax), %r14
	mov	GPR_R15(%rax), %r15
	mov	GPR_RAX(%rax), %rax
	jnz	.Lresume

	/*
	 * VERW clobbers ZF, hence after the branch.  Its operand is RIP-relative
	 * and must not move: what is patched is the jump around it.
	 */
	ALTERNATIVE "jmp .Llaunch", "", X86_FEATURE_CLEAR_CPU_BUF_VM
	verw	hve_verw_sel(%rip)
.Llaunch:
	vmlaunch
	jmp	.Lfail
.Lresume:
	ALTERNATIVE "jmp .Lresume2", "", X86_FEATURE_CLEAR_CPU_BUF_VM
	verw	hve_verw_sel(%rip)
.Lresume2:
	vmresume
	jmp	.Lfail
	_ASM_EXTABLE(.Llaunch, .Lfail)
	_ASM_EXTABLE(.Lresume2, .Lfail)

SYM_INNER_LABEL_ALIGN(hve_vmx_exit_point, SYM_L_GLOBAL)
	/* reached by hardware alone, the stack as HOST_RSP says */
	UNWIND_HINT_RESTORE
	ENDBR
	push	%rax
	mov	8(%rsp), %rax
	mov	%rcx, GPR_RCX(%rax)
	mov	%rdx, GPR_RDX(%rax)
	mov	%rbx, GPR_RBX(%rax)
	mov	%rbp, GPR_RBP(%rax)
	mov	%rsi, GPR_RSI(%rax)
	mov	%rdi, GPR_RDI(%rax)
	mov	%r8, GPR_R8(%rax)
	mov	%r9, GPR_R9(%rax)
	mov	%r10, GPR_R10(%rax)
	mov	%r11, GPR_R11(%rax)
	mov	%r12, GPR_R12(%rax)
	mov	%r13, GPR_R13(%rax)
	mov	%r14, GPR_R14(%rax)
	mov	%r15, GPR_R15(%rax)
	pop	GPR_RAX(%rax)
	xor	%ebx, %ebx
	jmp	.Lout
.Lfail:
	mov	$1, %ebx
.Lout:
	/*
	 * No value of the guest may be used speculatively: RBP and R12..R15
	 * are the host's again before anything is done with them.
	 */
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	FILL_RETURN_BUFFER %rcx, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT,\
		X86_FEATURE_RSB_VMEXIT_LITE
	HVE_CLEAR_BHB

	/* the host's SPEC_CTRL before the first RET */
	pop	%rdi
	pop	%rsi
	pop	%rdx
	test	$ENTRY_SPEC_CTRL, %edx
	jz	.Lspec_host
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	rdmsr
	mov	%eax, ENTRY_GUEST_SPEC_CTRL(%rsi)
	cmp	ENTRY_HOST_SPEC_CTRL(%rsi), %eax
	je	.Lspec_fence
	mov	ENTRY_HOST_SPEC_CTRL(%rsi), %eax
	xor	%edx, %edx
	wrmsr
.Lspec_fence:
	lfence
.Lspec_host:
	mov	%ebx, %eax
	pop	%rbx
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	pop	%rbp
	RET
SYM_FUNC_END(hve_vmx_run)

.section .rodata
SYM_DATA_LOCAL(hve_verw_sel, .word __KERNEL_DS)
