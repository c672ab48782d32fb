/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bare guest that is a hypervisor: VMX operation, one VMCS, and an L2 that
 * is a C function of the same program in the same address space.
 */
#ifndef SELFTESTS_L1_H
#define SELFTESTS_L1_H

#include "guest.h"

/* Fields of a VMCS, by the SDM's appendix. */
#define VMCS_VPID		0x0000
#define VMCS_GUEST_ES		0x0800	/* CS, SS, DS, FS, GS, LDTR, TR: + 2 each */
#define VMCS_HOST_ES		0x0c00	/* CS, SS, DS, FS, GS, TR */
#define VMCS_IO_BITMAP_A	0x2000
#define VMCS_IO_BITMAP_B	0x2002
#define VMCS_MSR_BITMAP		0x2004
#define VMCS_EXIT_MSR_STORE	0x2006
#define VMCS_EXIT_MSR_LOAD	0x2008
#define VMCS_ENTRY_MSR_LOAD	0x200a
#define VMCS_TSC_OFFSET		0x2010
#define VMCS_VIRTUAL_APIC	0x2012
#define VMCS_EPT_POINTER	0x201a
#define VMCS_VMREAD_BITMAP	0x2026
#define VMCS_VMWRITE_BITMAP	0x2028
#define VMCS_TSC_MULTIPLIER	0x2032
#define VMCS_GUEST_PHYS		0x2400
#define VMCS_LINK_POINTER	0x2800
#define VMCS_GUEST_DEBUGCTL	0x2802
#define VMCS_GUEST_PAT		0x2804
#define VMCS_GUEST_EFER		0x2806
#define VMCS_HOST_PAT		0x2c00
#define VMCS_HOST_EFER		0x2c02
#define VMCS_PIN_CTL		0x4000
#define VMCS_CPU_CTL		0x4002
#define VMCS_EXCEPTIONS		0x4004
#define VMCS_PF_MASK		0x4006
#define VMCS_PF_MATCH		0x4008
#define VMCS_CR3_TARGETS	0x400a
#define VMCS_EXIT_CTL		0x400c
#define VMCS_EXIT_STORE_COUNT	0x400e
#define VMCS_EXIT_LOAD_COUNT	0x4010
#define VMCS_ENTRY_CTL		0x4012
#define VMCS_ENTRY_LOAD_COUNT	0x4014
#define VMCS_ENTRY_INTR		0x4016
#define VMCS_ENTRY_ERROR	0x4018
#define VMCS_ENTRY_LEN		0x401a
#define VMCS_TPR_THRESHOLD	0x401c
#define VMCS_CPU2_CTL		0x401e
#define VMCS_INSN_ERROR		0x4400
#define VMCS_EXIT_REASON	0x4402
#define VMCS_EXIT_INTR		0x4404
#define VMCS_EXIT_ERROR		0x4406
#define VMCS_IDT_INFO		0x4408
#define VMCS_IDT_ERROR		0x440a
#define VMCS_EXIT_LEN		0x440c
#define VMCS_INSN_INFO		0x440e
#define VMCS_GUEST_ES_LIMIT	0x4800
#define VMCS_GUEST_GDTR_LIMIT	0x4810
#define VMCS_GUEST_IDTR_LIMIT	0x4812
#define VMCS_GUEST_ES_AR	0x4814
#define VMCS_GUEST_BLOCKING	0x4824
#define VMCS_GUEST_ACTIVITY	0x4826
#define VMCS_GUEST_SYSENTER_CS	0x482a
#define VMCS_PREEMPT_TIMER	0x482e
#define VMCS_HOST_SYSENTER_CS	0x4c00
#define VMCS_CR0_MASK		0x6000
#define VMCS_CR4_MASK		0x6002
#define VMCS_CR0_SHADOW		0x6004
#define VMCS_CR4_SHADOW		0x6006
#define VMCS_QUALIFICATION	0x6400
#define VMCS_GUEST_LINEAR	0x640a
#define VMCS_GUEST_CR0		0x6800
#define VMCS_GUEST_CR3		0x6802
#define VMCS_GUEST_CR4		0x6804
#define VMCS_GUEST_ES_BASE	0x6806
#define VMCS_GUEST_GDTR_BASE	0x6816
#define VMCS_GUEST_IDTR_BASE	0x6818
#define VMCS_GUEST_DR7		0x681a
#define VMCS_GUEST_RSP		0x681c
#define VMCS_GUEST_RIP		0x681e
#define VMCS_GUEST_RFLAGS	0x6820
#define VMCS_GUEST_PENDING_DBG	0x6822
#define VMCS_HOST_CR0		0x6c00
#define VMCS_HOST_CR3		0x6c02
#define VMCS_HOST_CR4		0x6c04
#define VMCS_HOST_FS_BASE	0x6c06
#define VMCS_HOST_GS_BASE	0x6c08
#define VMCS_HOST_TR_BASE	0x6c0a
#define VMCS_HOST_GDTR_BASE	0x6c0c
#define VMCS_HOST_IDTR_BASE	0x6c0e
#define VMCS_HOST_RSP		0x6c14
#define VMCS_HOST_RIP		0x6c16

#define PIN_EXT_INTR		(1u << 0)
#define PIN_NMI			(1u << 3)
#define PIN_VIRTUAL_NMI		(1u << 5)
#define PIN_PREEMPT_TIMER	(1u << 6)
#define CPU_INTR_WINDOW		(1u << 2)
#define CPU_TSC_OFFSET		(1u << 3)
#define CPU_HLT			(1u << 7)
#define CPU_INVLPG		(1u << 9)
#define CPU_RDTSC		(1u << 12)
#define CPU_CR3_LOAD		(1u << 15)
#define CPU_CR8_LOAD		(1u << 19)
#define CPU_CR8_STORE		(1u << 20)
#define CPU_TPR_SHADOW		(1u << 21)
#define CPU_NMI_WINDOW		(1u << 22)
#define CPU_MOV_DR		(1u << 23)
#define CPU_IO			(1u << 24)
#define CPU_IO_BITMAPS		(1u << 25)
#define CPU_MONITOR_TRAP	(1u << 27)
#define CPU_MSR_BITMAPS		(1u << 28)
#define CPU_SECONDARY		(1u << 31)
#define CPU2_EPT		(1u << 1)
#define CPU2_RDTSCP		(1u << 3)
#define CPU2_VPID		(1u << 5)
#define CPU2_UNRESTRICTED	(1u << 7)
#define CPU2_SHADOW_VMCS	(1u << 14)
#define CPU2_TSC_SCALING	(1u << 25)
#define EXIT_HOST_64		(1u << 9)
#define EXIT_ACK_INTR		(1u << 15)
#define EXIT_SAVE_PAT		(1u << 18)
#define EXIT_LOAD_PAT		(1u << 19)
#define EXIT_SAVE_EFER		(1u << 20)
#define EXIT_LOAD_EFER		(1u << 21)
#define EXIT_SAVE_PREEMPT	(1u << 22)
#define ENTRY_IA32E		(1u << 9)
#define ENTRY_LOAD_PAT		(1u << 14)
#define ENTRY_LOAD_EFER		(1u << 15)

enum {
	EXIT_EXCEPTION, EXIT_EXT_INTR, EXIT_TRIPLE_FAULT, EXIT_INIT,
	EXIT_INTR_WINDOW = 7, EXIT_NMI_WINDOW, EXIT_CPUID = 10, EXIT_HLT = 12,
	EXIT_INVLPG = 14, EXIT_RDTSC = 16, EXIT_VMCALL = 18, EXIT_VMLAUNCH = 20,
	EXIT_VMREAD = 23, EXIT_CR = 28, EXIT_DR, EXIT_IO, EXIT_RDMSR, EXIT_WRMSR,
	EXIT_BAD_GUEST, EXIT_BAD_MSR, EXIT_MONITOR_TRAP = 37,
	EXIT_TPR = 43, EXIT_EPT_VIOLATION = 48, EXIT_EPT_MISCONFIG,
	EXIT_PREEMPT = 52, EXIT_XSETBV = 55,
};
#define EXIT_FAILED		(1u << 31)

/* Results of VMX instructions. */
enum { VMX_OK, VMX_FAIL_INVALID, VMX_FAIL_VALID, VMX_FAULT };

#define MSR_FEATURE_CONTROL	0x3a
#define MSR_VMX_BASIC		0x480
#define MSR_VMX_CR0_FIXED0	0x486
#define MSR_VMX_CR4_FIXED0	0x488
#define MSR_VMX_CPU2		0x48b
#define MSR_VMX_EPT_VPID	0x48c
#define MSR_VMX_TRUE_PIN	0x48d
#define MSR_VMX_TRUE_CPU	0x48e
#define MSR_VMX_TRUE_EXIT	0x48f
#define MSR_VMX_TRUE_ENTRY	0x490
#define MSR_EFER_		0xc0000080
#define MSR_PAT_		0x277
#define MSR_FS_BASE_		0xc0000100
#define MSR_GS_BASE_		0xc0000101
#define CR4_VMXE_		(1ull << 13)

/* Pages of L1, one set a VP. */
#define L1_PAGES(vp)		(BARE_FREE + 0x400000ul + (vp) * 0x40000ul)
enum {
	L1_VMXON, L1_VMCS, L1_VMCS2, L1_MSR_BITMAP, L1_IO_A, L1_IO_B, L1_VAPIC,
	L1_MSR_LIST, L1_L2_STACK, L1_EPT = 16,
};
#define L1_PAGE(i)		(L1_PAGES(this_vp()->id) + (i) * 0x1000ul)

/* GPRs of L2: RAX, RCX, RDX, RBX, -, RBP, RSI, RDI, R8..R15. */
struct l2_regs {
	uint64_t gpr[16];
};

#define VMX_INSN(insn, ...) ({						\
	uint64_t v_ = VMX_FAULT;					\
									\
	guarded(insn "\n\tmov $1, %k0\n\tjc 1f\n\tmov $2, %k0\n\tjz 1f\n\t" \
		"xor %k0, %k0\n1:", OUTPUTS("+r"(v_)), __VA_ARGS__);	\
	(int)v_;							\
})

static inline int vmxon(uint64_t pa)
{
	return VMX_INSN("vmxon %1", "m"(pa) : "cc", "memory");
}

static inline int vmxoff(void)
{
	uint64_t dummy = 0;

	return VMX_INSN("vmxoff", "r"(dummy) : "cc", "memory");
}

static inline int vmclear(uint64_t pa)
{
	return VMX_INSN("vmclear %1", "m"(pa) : "cc", "memory");
}

static inline int vmptrld(uint64_t pa)
{
	return VMX_INSN("vmptrld %1", "m"(pa) : "cc", "memory");
}

static inline uint64_t vmptrst(void)
{
	uint64_t pa = 0;

	asm volatile("vmptrst %0" : "=m"(pa) : : "cc", "memory");
	return pa;
}

static inline int vmwrite_try(uint64_t field, uint64_t val)
{
	return VMX_INSN("vmwrite %2, %1", "r"(field), "r"(val) : "cc", "memory");
}

static inline int vmread_try(uint64_t field, uint64_t *val)
{
	return VMX_INSN("vmread %1, (%2)", "r"(field), "r"(val) : "cc", "memory");
}

static inline uint64_t vmread(uint64_t field)
{
	uint64_t val = 0;

	asm volatile("vmread %1, %0" : "=r"(val) : "r"(field) : "cc");
	return val;
}

static inline void vmwrite(uint64_t field, uint64_t val)
{
	asm volatile("vmwrite %1, %0" : : "r"(field), "r"(val) : "cc");
}

static inline int invept(uint64_t type, uint64_t eptp)
{
	uint64_t desc[2] = { eptp, 0 };

	return VMX_INSN("invept (%1), %2", "r"(desc), "r"(type) : "cc", "memory");
}

static inline int invvpid(uint64_t type, uint64_t vpid, uint64_t gva)
{
	uint64_t desc[2] = { vpid, gva };

	return VMX_INSN("invvpid (%1), %2", "r"(desc), "r"(type) : "cc", "memory");
}

static inline uint64_t vmcall(uint64_t rax)
{
	asm volatile("vmcall" : "+a"(rax) : : "memory");
	return rax;
}

/* l1.c */

/* CR4.VMXE, IA32_FEATURE_CONTROL, VMXON, an empty current VMCS. */
void l1_start(void);
void l1_stop(void);
/* All fields of the current VMCS for an L2 that begins with fn(), as L1 is. */
void l1_vmcs_fill(void (*fn)(void));
/* VMLAUNCH or VMRESUME, and nothing else: VMX_OK after an exit. */
int l1_switch(struct l2_regs *regs, bool resume);
/* Enters L2: VMX_OK after an exit; registers in and out. */
int l1_enter(struct l2_regs *regs, bool resume);
/* VMLAUNCH or VMRESUME as the launch state wants; the exit reason. */
uint32_t l1_run(struct l2_regs *regs);
/* The current VMCS is clear. */
void l1_forget(void);
/* RIP behind the instruction that exited. */
void l1_skip(void);
/* Controls of the current VMCS: set bits, where they exist, and clear bits. */
void l1_ctl(uint32_t field, uint32_t set, uint32_t clear);
/* EPT: the first 4 GiB at their addresses by large pages; EPTP in the VMCS. */
void l1_ept(void);
/* The entry of a 4-KiB page; its large page is split. */
uint64_t *l1_ept_entry(uint64_t gpa);

#endif
