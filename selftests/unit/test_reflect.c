// SPDX-License-Identifier: GPL-2.0
/* nested/reflect.c: which exits of L2 are L1's */
#include "harness.h"
#include "hvemu/nested/reflect.h"
#include "hvemu/nested/vmcs12.h"

#include <asm/processor-flags.h>
#include <asm/vmx.h>
#include <errno.h>
#include <linux/string.h>

#define OURS	HVE_L2_OURS
#define L1	HVE_L2_L1
#define AGAIN	HVE_L2_AGAIN

static struct vmcs12 v;
static u64 gpr[16];
/* L1's memory is one byte */
static u64 mem_gpa;
static u8 mem_byte;
static int mem_err;

static int read_l1(void *ctx, u64 l1_gpa, void *buf, u32 len)
{
	CHECK_EQ(len, 1);
	CHECK(ctx == &v);
	*(u8 *)buf = l1_gpa == mem_gpa ? mem_byte : 0;
	return mem_err;
}

static struct hve_l2_exit e;

static void setup(void)
{
	memset(&v, 0, sizeof(v));
	memset(gpr, 0, sizeof(gpr));
	e = (struct hve_l2_exit){ .gpr = gpr, .read = read_l1, .ctx = &v };
	mem_gpa = mem_byte = mem_err = 0;
}

static enum hve_l2_owner exit_of(u16 reason, u64 qual)
{
	e.reason = reason;
	e.qual = qual;
	return hve_l2_exit_owner(&v, &e);
}

TEST(exceptions)
{
	setup();
	v.exception_bitmap = 1 << 6;
	CHECK(hve_l2_exception_exits(&v, 6, 0));
	CHECK(!hve_l2_exception_exits(&v, 13, 0));
	CHECK(!hve_l2_exception_exits(&v, 6 + 32, 0));
	e.intr_info = INTR_INFO_VALID_MASK | INTR_TYPE_HARD_EXCEPTION | 6;
	CHECK_EQ(exit_of(EXIT_REASON_EXCEPTION_NMI, 0), L1);
	e.intr_info = INTR_INFO_VALID_MASK | INTR_TYPE_SOFT_EXCEPTION | 3;
	CHECK_EQ(exit_of(EXIT_REASON_EXCEPTION_NMI, 0), OURS);
	/* the NMI of the host */
	v.exception_bitmap = ~0u;
	e.intr_info = INTR_INFO_VALID_MASK | INTR_TYPE_NMI_INTR | 2;
	CHECK_EQ(exit_of(EXIT_REASON_EXCEPTION_NMI, 0), OURS);
}

TEST(page_faults_by_error_code)
{
	setup();
	/* mask 0, match 0: all or none */
	CHECK(!hve_l2_exception_exits(&v, 14, 7));
	v.exception_bitmap = 1 << 14;
	CHECK(hve_l2_exception_exits(&v, 14, 7));
	/* writes only */
	v.page_fault_error_code_mask = 2;
	v.page_fault_error_code_match = 2;
	CHECK(hve_l2_exception_exits(&v, 14, 7));
	CHECK(!hve_l2_exception_exits(&v, 14, 5));
	/* bit clear: the other ones */
	v.exception_bitmap = 0;
	CHECK(!hve_l2_exception_exits(&v, 14, 7));
	CHECK(hve_l2_exception_exits(&v, 14, 5));
	/* can never match */
	v.page_fault_error_code_mask = 0;
	CHECK(hve_l2_exception_exits(&v, 14, 0));
	/* other vectors do not care */
	CHECK(!hve_l2_exception_exits(&v, 13, 5));
}

TEST(msr_bitmap)
{
	setup();
	/* without one all exit */
	gpr[1] = 0x10;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), L1);
	v.cpu_based_vm_exec_control = CPU_BASED_USE_MSR_BITMAPS;
	v.msr_bitmap = 0x5000;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), OURS);
	mem_gpa = 0x5002;
	mem_byte = 1;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), L1);
	CHECK_EQ(exit_of(EXIT_REASON_MSR_WRITE, 0), OURS);
	gpr[1] = 0xffffffff00000010;	/* RCX: the number is ECX */
	CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), L1);
	mem_gpa = 0x5802;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_WRITE, 0), L1);
	CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), OURS);
	gpr[1] = 0xc0000081;
	mem_gpa = 0x5410;
	mem_byte = 2;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), L1);
	mem_gpa = 0x5c10;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_MSR_WRITE, 0), L1);
}

TEST(msrs_outside_of_the_bitmap)
{
	static const u32 out[] = { 0x2000, 0x40000000, 0xbfffffff, 0xc0002000, ~0u };
	unsigned int i;

	setup();
	v.cpu_based_vm_exec_control = CPU_BASED_USE_MSR_BITMAPS;
	for (i = 0; i < ARRAY_SIZE(out); i++) {
		gpr[1] = out[i];
		CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), L1);
		CHECK_EQ(exit_of(EXIT_REASON_MSR_WRITE, 0), L1);
	}
	gpr[1] = 0xc0001fff;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_WRITE, 0), OURS);
	gpr[1] = 0x1fff;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_WRITE, 0), OURS);
}

TEST(bitmaps_that_cannot_be_read)
{
	setup();
	v.cpu_based_vm_exec_control = CPU_BASED_USE_MSR_BITMAPS |
				      CPU_BASED_USE_IO_BITMAPS;
	mem_err = -EFAULT;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), L1);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x80 << 16), L1);
	mem_err = -EAGAIN;
	CHECK_EQ(exit_of(EXIT_REASON_MSR_READ, 0), AGAIN);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x80 << 16), AGAIN);
}

TEST(io_bitmaps)
{
	setup();
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x80 << 16), OURS);
	v.cpu_based_vm_exec_control = CPU_BASED_UNCOND_IO_EXITING;
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x80 << 16), L1);
	/* bitmaps win */
	v.cpu_based_vm_exec_control |= CPU_BASED_USE_IO_BITMAPS;
	v.io_bitmap_a = 0x1000;
	v.io_bitmap_b = 0x3000;
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x80 << 16), OURS);
	mem_gpa = 0x1010;
	mem_byte = 8;			/* port 83 */
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x80 << 16), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x80 << 16 | 1), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x80 << 16 | 3), L1);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x83 << 16), L1);
	/* from A into B, and around the end */
	mem_gpa = 0x3000;
	mem_byte = 1;
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x7fff << 16), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x7fff << 16 | 1), L1);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0x8000ull << 16), L1);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0xffffull << 16), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0xffffull << 16 | 1), L1);
	CHECK_EQ(exit_of(EXIT_REASON_IO_INSTRUCTION, 0xfffcull << 16 | 3), OURS);
}

/* qualification: CR, type, register */
#define CR(nr, type, reg)	((nr) | (type) << 4 | (reg) << 8)

TEST(control_registers)
{
	setup();
	v.cr0_guest_host_mask = X86_CR0_PG | X86_CR0_TS;
	v.cr0_read_shadow = X86_CR0_PG;
	gpr[3] = X86_CR0_PG | X86_CR0_MP;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 0, 3)), OURS);
	gpr[3] |= X86_CR0_TS;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 0, 3)), L1);
	gpr[15] = 0;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 0, 15)), L1);
	v.cr4_guest_host_mask = X86_CR4_VMXE;
	gpr[4] = X86_CR4_PAE;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(4, 0, 4)), OURS);
	gpr[4] |= X86_CR4_VMXE;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(4, 0, 4)), L1);
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(3, 0, 0)), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(3, 1, 0)), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(8, 0, 0)), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(8, 1, 0)), OURS);
	v.cpu_based_vm_exec_control = CPU_BASED_CR3_LOAD_EXITING |
				      CPU_BASED_CR8_STORE_EXITING;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(3, 0, 0)), L1);
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(3, 1, 0)), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(8, 0, 0)), OURS);
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(8, 1, 0)), L1);
}

TEST(clts_and_lmsw)
{
	setup();
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 2, 0)), OURS);
	v.cr0_guest_host_mask = X86_CR0_TS;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 2, 0)), OURS);
	v.cr0_read_shadow = X86_CR0_TS;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 2, 0)), L1);
	/* LMSW 0 clears TS; 8 does not */
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 3, 0)), L1);
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 3, 0) | 8 << 16), OURS);
	/* PE: only when it becomes 1 */
	v.cr0_guest_host_mask = X86_CR0_PE;
	v.cr0_read_shadow = X86_CR0_PE;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 3, 0)), OURS);
	v.cr0_read_shadow = 0;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 3, 0) | 1 << 16), L1);
	/* no bit above 3 */
	v.cr0_guest_host_mask = ~0xfull;
	CHECK_EQ(exit_of(EXIT_REASON_CR_ACCESS, CR(0, 3, 0) | 0xffffull << 16), OURS);
}

TEST(shadow_vmcs)
{
	setup();
	gpr[7] = GUEST_RIP;
	e.insn_info = 7u << 28;
	CHECK_EQ(exit_of(EXIT_REASON_VMREAD, 0), L1);
	v.cpu_based_vm_exec_control = CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	v.secondary_vm_exec_control = SECONDARY_EXEC_SHADOW_VMCS;
	v.vmread_bitmap = 0x10000;
	v.vmwrite_bitmap = 0x20000;
	CHECK_EQ(exit_of(EXIT_REASON_VMREAD, 0), OURS);
	mem_gpa = 0x10000 + GUEST_RIP / 8;
	mem_byte = 1 << GUEST_RIP % 8;
	CHECK_EQ(exit_of(EXIT_REASON_VMREAD, 0), L1);
	CHECK_EQ(exit_of(EXIT_REASON_VMWRITE, 0), OURS);
	gpr[7] |= 1ull << 32;
	CHECK_EQ(exit_of(EXIT_REASON_VMWRITE, 0), L1);
	gpr[7] = 0x8000;
	CHECK_EQ(exit_of(EXIT_REASON_VMWRITE, 0), L1);
}

TEST(one_control_each)
{
	static const struct {
		u16 reason;
		u32 cpu, cpu2;
	} rows[] = {
		{ EXIT_REASON_HLT, 1 << 7 }, { EXIT_REASON_INVLPG, 1 << 9 },
		{ EXIT_REASON_MWAIT_INSTRUCTION, 1 << 10 },
		{ EXIT_REASON_RDPMC, 1 << 11 }, { EXIT_REASON_RDTSC, 1 << 12 },
		{ EXIT_REASON_RDTSCP, 1 << 12 }, { EXIT_REASON_DR_ACCESS, 1 << 23 },
		{ EXIT_REASON_MONITOR_TRAP_FLAG, 1 << 27 },
		{ EXIT_REASON_MONITOR_INSTRUCTION, 1 << 29 },
		{ EXIT_REASON_PAUSE_INSTRUCTION, 1 << 30 },
		{ EXIT_REASON_INTERRUPT_WINDOW, 1 << 2 },
		{ EXIT_REASON_NMI_WINDOW, 1 << 22 },
		{ EXIT_REASON_GDTR_IDTR, 0, 1 << 2 }, { EXIT_REASON_LDTR_TR, 0, 1 << 2 },
		{ EXIT_REASON_WBINVD, 0, 1 << 6 }, { EXIT_REASON_RDRAND, 0, 1 << 11 },
		{ EXIT_REASON_RDSEED, 0, 1 << 16 },
		{ EXIT_REASON_INVPCID, 1 << 9, 1 << 12 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		setup();
		CHECK_EQ(exit_of(rows[i].reason, 0), OURS);
		v.cpu_based_vm_exec_control = rows[i].cpu;
		if (rows[i].cpu2)
			v.cpu_based_vm_exec_control |= 1u << 31;
		v.secondary_vm_exec_control = rows[i].cpu2;
		CHECK_EQ(exit_of(rows[i].reason, 0), L1);
		v.secondary_vm_exec_control = ~rows[i].cpu2;
		v.cpu_based_vm_exec_control = ~rows[i].cpu | 1u << 31;
		CHECK_EQ(exit_of(rows[i].reason, 0), OURS);
		/* a secondary control that is not activated */
		v.secondary_vm_exec_control = rows[i].cpu2;
		v.cpu_based_vm_exec_control = rows[i].cpu;
		CHECK_EQ(exit_of(rows[i].reason, 0), rows[i].cpu2 ? OURS : L1);
	}
}

TEST(without_condition)
{
	static const u16 l1s[] = {
		EXIT_REASON_TRIPLE_FAULT, EXIT_REASON_TASK_SWITCH,
		EXIT_REASON_CPUID, EXIT_REASON_INVD, EXIT_REASON_VMCALL,
		EXIT_REASON_VMCLEAR, EXIT_REASON_VMLAUNCH, EXIT_REASON_VMPTRLD,
		EXIT_REASON_VMPTRST, EXIT_REASON_VMRESUME, EXIT_REASON_VMOFF,
		EXIT_REASON_VMON, EXIT_REASON_INVEPT, EXIT_REASON_INVVPID,
		EXIT_REASON_XSETBV, EXIT_REASON_INVALID_STATE,
	};
	static const u16 ours[] = {
		EXIT_REASON_EXTERNAL_INTERRUPT, EXIT_REASON_EPT_VIOLATION,
		EXIT_REASON_EPT_MISCONFIG, EXIT_REASON_PREEMPTION_TIMER,
		EXIT_REASON_PML_FULL, EXIT_REASON_MCE_DURING_VMENTRY,
		EXIT_REASON_BUS_LOCK, EXIT_REASON_NOTIFY, 0xffff,
	};
	unsigned int i;

	setup();
	for (i = 0; i < ARRAY_SIZE(l1s); i++)
		CHECK_EQ(exit_of(l1s[i], 0), L1);
	memset(&v, 0xff, sizeof(v));
	for (i = 0; i < ARRAY_SIZE(ours); i++)
		CHECK_EQ(exit_of(ours[i], 0), OURS);
}
