// SPDX-License-Identifier: GPL-2.0
/*
 * Whose is an exit of L2?  SDM, chapter "VMX Non-Root Operation": "Instructions
 * That Cause VM Exits", "Other Causes of VM Exits".
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "predicates.h"
#include "reflect.h"

static enum hve_l2_owner owner(bool l1)
{
	return l1 ? HVE_L2_L1 : HVE_L2_OURS;
}

/* A bitmap that is not in memory: all of its bits are 1. */
static enum hve_l2_owner bit_of(const struct hve_l2_exit *e, u64 l1_gpa,
				unsigned int bit)
{
	u8 byte;
	int r = e->read(e->ctx, l1_gpa + bit / 8, &byte, 1);

	if (r == -EAGAIN)
		return HVE_L2_AGAIN;
	return owner(r || (byte >> (bit % 8) & 1));
}

bool hve_l2_exception_exits(const struct vmcs12 *v, u8 vector, u32 err)
{
	bool set = vector < 32 && (v->exception_bitmap >> vector & 1);

	if (vector != 14)
		return set;
	/* "Exceptions": where mask and match differ the bit means the opposite */
	if ((err & v->page_fault_error_code_mask) != v->page_fault_error_code_match)
		set = !set;
	return set;
}

static enum hve_l2_owner exception_or_nmi(const struct vmcs12 *v,
					  const struct hve_l2_exit *e)
{
	u32 type = e->intr_info & INTR_INFO_INTR_TYPE_MASK;
	u8 vector = e->intr_info & INTR_INFO_VECTOR_MASK;

	/* an NMI is the host's; one for L1 is delivered by core */
	if (type == INTR_TYPE_NMI_INTR)
		return HVE_L2_OURS;
	return owner(hve_l2_exception_exits(v, vector, e->intr_err));
}

#define QUAL_CR(q)	((q) & 15)
#define QUAL_CR_TYPE(q)	((q) >> 4 & 3)
#define QUAL_CR_REG(q)	((q) >> 8 & 15)
#define QUAL_LMSW(q)	((q) >> 16 & 0xffff)

enum { CR_TO, CR_FROM, CR_CLTS, CR_LMSW };

/* Does a write change what L2 reads of the bits that L1 keeps? */
static bool kept_change(u64 val, u64 mask, u64 shadow)
{
	return (val ^ shadow) & mask;
}

static bool mov_to_cr(const struct vmcs12 *v, unsigned int cr, u64 val)
{
	switch (cr) {
	case 0:
		return kept_change(val, v->cr0_guest_host_mask, v->cr0_read_shadow);
	case 3:
		/* there are no CR3-target values: IA32_VMX_MISC */
		return has_cpu(v, CPU_BASED_CR3_LOAD_EXITING);
	case 4:
		return kept_change(val, v->cr4_guest_host_mask, v->cr4_read_shadow);
	case 8:
		return has_cpu(v, CPU_BASED_CR8_LOAD_EXITING);
	}
	return false;
}

/* LMSW reaches PE, MP, EM and TS; it sets PE and never clears it. */
static bool lmsw(const struct vmcs12 *v, u64 msw)
{
	u64 mask = v->cr0_guest_host_mask, shadow = v->cr0_read_shadow;

	return kept_change(msw, mask & (X86_CR0_MP | X86_CR0_EM | X86_CR0_TS),
			   shadow) ||
	       (mask & ~shadow & msw & X86_CR0_PE);
}

static bool cr_access(const struct vmcs12 *v, const struct hve_l2_exit *e)
{
	unsigned int cr = QUAL_CR(e->qual);

	switch (QUAL_CR_TYPE(e->qual)) {
	case CR_TO:
		return mov_to_cr(v, cr, e->gpr[QUAL_CR_REG(e->qual)]);
	case CR_FROM:
		return has_cpu(v, cr == 3 ? CPU_BASED_CR3_STORE_EXITING :
				  cr == 8 ? CPU_BASED_CR8_STORE_EXITING : 0);
	case CR_CLTS:
		return v->cr0_guest_host_mask & v->cr0_read_shadow & X86_CR0_TS;
	}
	return lmsw(v, QUAL_LMSW(e->qual));
}

enum hve_l2_owner hve_l2_io_owner(const struct vmcs12 *v, u16 port, u32 size,
				  const struct hve_l2_exit *e)
{
	enum hve_l2_owner who = HVE_L2_OURS;

	if (!has_cpu(v, CPU_BASED_USE_IO_BITMAPS))
		return owner(has_cpu(v, CPU_BASED_UNCOND_IO_EXITING));
	/* "an access that wraps around the 16-bit I/O-port space" exits */
	if (port + size > 0x10000)
		return HVE_L2_L1;
	for (; size && who == HVE_L2_OURS; port++, size--)
		who = bit_of(e, port & 0x8000 ? v->io_bitmap_b : v->io_bitmap_a,
			     port & 0x7fff);
	return who;
}

enum hve_l2_owner hve_l2_msr_owner(const struct vmcs12 *v, u32 msr, bool write,
				   const struct hve_l2_exit *e)
{
	/* four bitmaps of 1 KiB: reads and writes, of low and high MSRs */
	u64 l1_gpa = v->msr_bitmap + (write ? 2048 : 0);

	if (!has_cpu(v, CPU_BASED_USE_MSR_BITMAPS))
		return HVE_L2_L1;
	if (msr >= 0xc0000000) {
		l1_gpa += 1024;
		msr -= 0xc0000000;
	}
	return msr > 0x1fff ? HVE_L2_L1 : bit_of(e, l1_gpa, msr);
}

/* VMREAD and VMWRITE: to the shadow VMCS where L1 lets them. */
static enum hve_l2_owner vmcs_access(const struct vmcs12 *v,
				     const struct hve_l2_exit *e)
{
	u64 field = e->gpr[e->insn_info >> 28];

	if (!has_cpu2(v, SECONDARY_EXEC_SHADOW_VMCS) || field >> 15)
		return HVE_L2_L1;
	return bit_of(e, e->reason == EXIT_REASON_VMREAD ? v->vmread_bitmap :
		      v->vmwrite_bitmap, field & 0x7fff);
}

/* Exits that depend on one control each, or on none. */
enum when { NEVER, ALWAYS, CPU1, CPU_2 };

static const struct {
	u8 when;
	u32 control;
} simple[] = {
	[EXIT_REASON_INTERRUPT_WINDOW]	= { CPU1, CPU_BASED_INTR_WINDOW_EXITING },
	[EXIT_REASON_NMI_WINDOW]	= { CPU1, CPU_BASED_NMI_WINDOW_EXITING },
	[EXIT_REASON_TRIPLE_FAULT]	= { ALWAYS },
	[EXIT_REASON_INIT_SIGNAL]	= { ALWAYS },
	[EXIT_REASON_SIPI_SIGNAL]	= { ALWAYS },
	[EXIT_REASON_TASK_SWITCH]	= { ALWAYS },
	[EXIT_REASON_CPUID]		= { ALWAYS },
	[EXIT_REASON_HLT]		= { CPU1, CPU_BASED_HLT_EXITING },
	[EXIT_REASON_INVD]		= { ALWAYS },
	[EXIT_REASON_INVLPG]		= { CPU1, CPU_BASED_INVLPG_EXITING },
	[EXIT_REASON_RDPMC]		= { CPU1, CPU_BASED_RDPMC_EXITING },
	[EXIT_REASON_RDTSC]		= { CPU1, CPU_BASED_RDTSC_EXITING },
	[EXIT_REASON_RDTSCP]		= { CPU1, CPU_BASED_RDTSC_EXITING },
	[EXIT_REASON_VMCALL]		= { ALWAYS },
	[EXIT_REASON_VMCLEAR]		= { ALWAYS },
	[EXIT_REASON_VMLAUNCH]		= { ALWAYS },
	[EXIT_REASON_VMPTRLD]		= { ALWAYS },
	[EXIT_REASON_VMPTRST]		= { ALWAYS },
	[EXIT_REASON_VMRESUME]		= { ALWAYS },
	[EXIT_REASON_VMOFF]		= { ALWAYS },
	[EXIT_REASON_VMON]		= { ALWAYS },
	[EXIT_REASON_INVEPT]		= { ALWAYS },
	[EXIT_REASON_INVVPID]		= { ALWAYS },
	[EXIT_REASON_DR_ACCESS]		= { CPU1, CPU_BASED_MOV_DR_EXITING },
	[EXIT_REASON_INVALID_STATE]	= { ALWAYS },
	[EXIT_REASON_MSR_LOAD_FAIL]	= { ALWAYS },
	[EXIT_REASON_MWAIT_INSTRUCTION]	= { CPU1, CPU_BASED_MWAIT_EXITING },
	[EXIT_REASON_MONITOR_TRAP_FLAG]	= { CPU1, CPU_BASED_MONITOR_TRAP_FLAG },
	[EXIT_REASON_MONITOR_INSTRUCTION] = { CPU1, CPU_BASED_MONITOR_EXITING },
	[EXIT_REASON_PAUSE_INSTRUCTION]	= { CPU1, CPU_BASED_PAUSE_EXITING },
	[EXIT_REASON_TPR_BELOW_THRESHOLD] = { CPU1, CPU_BASED_TPR_SHADOW },
	[EXIT_REASON_APIC_ACCESS]	= { CPU_2, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES },
	[EXIT_REASON_APIC_WRITE]	= { CPU_2, SECONDARY_EXEC_APIC_REGISTER_VIRT |
						   SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY },
	[EXIT_REASON_EOI_INDUCED]	= { CPU_2, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY },
	[EXIT_REASON_GDTR_IDTR]		= { CPU_2, SECONDARY_EXEC_DESC },
	[EXIT_REASON_LDTR_TR]		= { CPU_2, SECONDARY_EXEC_DESC },
	[EXIT_REASON_WBINVD]		= { CPU_2, SECONDARY_EXEC_WBINVD_EXITING },
	[EXIT_REASON_XSETBV]		= { ALWAYS },
	[EXIT_REASON_RDRAND]		= { CPU_2, SECONDARY_EXEC_RDRAND_EXITING },
	[EXIT_REASON_RDSEED]		= { CPU_2, SECONDARY_EXEC_RDSEED_EXITING },
	[EXIT_REASON_XSAVES]		= { CPU_2, SECONDARY_EXEC_ENABLE_XSAVES },
	[EXIT_REASON_XRSTORS]		= { CPU_2, SECONDARY_EXEC_ENABLE_XSAVES },
};

static bool simple_is_l1s(const struct vmcs12 *v, u16 reason)
{
	if (reason >= ARRAY_SIZE(simple))
		return false;
	switch (simple[reason].when) {
	case ALWAYS:
		return true;
	case CPU1:
		return has_cpu(v, simple[reason].control);
	case CPU_2:
		return has_cpu2(v, simple[reason].control);
	}
	return false;
}

enum hve_l2_owner hve_l2_exit_owner(const struct vmcs12 *v,
				    const struct hve_l2_exit *e)
{
	switch (e->reason) {
	case EXIT_REASON_EXCEPTION_NMI:
		return exception_or_nmi(v, e);
	case EXIT_REASON_CR_ACCESS:
		return owner(cr_access(v, e));
	case EXIT_REASON_IO_INSTRUCTION:
		return hve_l2_io_owner(v, e->qual >> 16, (e->qual & 7) + 1, e);
	case EXIT_REASON_MSR_READ:
		return hve_l2_msr_owner(v, e->gpr[1], false, e);
	case EXIT_REASON_MSR_WRITE:
		return hve_l2_msr_owner(v, e->gpr[1], true, e);
	case EXIT_REASON_VMREAD:
	case EXIT_REASON_VMWRITE:
		return vmcs_access(v, e);
	case EXIT_REASON_INVPCID:
		return owner(has_cpu2(v, SECONDARY_EXEC_ENABLE_INVPCID) &&
			     has_cpu(v, CPU_BASED_INVLPG_EXITING));
	}
	return owner(simple_is_l1s(v, e->reason));
}
