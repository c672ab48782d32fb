// SPDX-License-Identifier: GPL-2.0
/*
 * VMCS set-up, and the guest state that exits and ioctls read and change:
 * segments, control registers, EFER, DR7.  All: VMCS open.
 */
#include <linux/kernel.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <asm/desc.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/special_insns.h>
#include "vmx.h"
#include "vmcs.h"
#include "private.h"

/* Bits the guest changes without an exit. */
#define CR0_GUEST_OWNED (X86_CR0_TS | X86_CR0_MP | X86_CR0_EM | X86_CR0_WP | \
			 X86_CR0_AM)
/* CD and NW never reach the hardware: memory types are the host's business. */
#define CR0_SHADOW_ONLY (X86_CR0_CD | X86_CR0_NW)

#define X86_MSR_PAT_RESET	0x0007040600070406ull

static void host_fields(void)
{
	struct desc_ptr idt;
	u64 val;

	vmcs_write(HOST_CR0, read_cr0() & ~X86_CR0_TS);
	vmcs_write(HOST_CS_SELECTOR, __KERNEL_CS);
	vmcs_write(HOST_SS_SELECTOR, __KERNEL_DS);
	vmcs_write(HOST_DS_SELECTOR, 0);
	vmcs_write(HOST_ES_SELECTOR, 0);
	vmcs_write(HOST_FS_SELECTOR, 0);
	vmcs_write(HOST_GS_SELECTOR, 0);
	vmcs_write(HOST_TR_SELECTOR, GDT_ENTRY_TSS * 8);
	store_idt(&idt);
	vmcs_write(HOST_IDTR_BASE, idt.address);
	vmcs_write(HOST_RIP, (unsigned long)hve_vmx_exit_point);
	rdmsrq(MSR_IA32_SYSENTER_CS, val);
	vmcs_write(HOST_IA32_SYSENTER_CS, (u32)val);
	rdmsrq(MSR_IA32_SYSENTER_EIP, val);
	vmcs_write(HOST_IA32_SYSENTER_EIP, val);
	rdmsrq(MSR_IA32_CR_PAT, val);
	vmcs_write(HOST_IA32_PAT, val);
	rdmsrq(MSR_EFER, val);
	vmcs_write(HOST_IA32_EFER, val);
	if (hve_vmx_caps.exit & VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL) {
		rdmsrq(MSR_CORE_PERF_GLOBAL_CTRL, val);
		vmcs_write(HOST_IA32_PERF_GLOBAL_CTRL, val);
	}
}

/*
 * SDM, "Controls for PAUSE-Loop Exiting": PAUSEs nearer to each other than
 * PLE_GAP ticks are one loop, and one that is longer than PLE_WINDOW exits.
 */
#define PLE_GAP_TICKS		128
#define PLE_WINDOW_TICKS	4096
#define PLE_WINDOW_MAX		(16 * PLE_WINDOW_TICKS)

static void control_fields(struct hve_vmx *vmx, u64 eptp)
{
	vmx->pin_ctl = hve_vmx_caps.pin;
	vmx->cpu_ctl = hve_vmx_caps.cpu & ~CPU_BASED_TPR_SHADOW;
	vmx->cpu2_ctl = hve_vmx_caps.cpu2;
	if (vmx->pause_runs)
		vmx->cpu2_ctl &= ~SECONDARY_EXEC_PAUSE_LOOP_EXITING;
	vmx->entry_ctl = hve_vmx_caps.entry;
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, vmx->pin_ctl);
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, vmx->cpu_ctl);
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, vmx->cpu2_ctl);
	vmcs_write(VM_EXIT_CONTROLS, hve_vmx_caps.exit);
	vmcs_write(VM_ENTRY_CONTROLS, vmx->entry_ctl);
	vmcs_write(EXCEPTION_BITMAP, vmx->exception_bitmap);
	vmcs_write(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmcs_write(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmcs_write(CR3_TARGET_COUNT, 0);
	vmcs_write(VM_EXIT_MSR_STORE_COUNT, 0);
	vmcs_write(VM_EXIT_MSR_LOAD_COUNT, 0);
	vmcs_write(VM_ENTRY_MSR_LOAD_COUNT, 0);
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmcs_write(TSC_OFFSET, 0);
	vmcs_write(VMCS_LINK_POINTER, ~0ull);
	vmcs_write(MSR_BITMAP, virt_to_phys(vmx->msr_bitmap));
	vmcs_write(VIRTUAL_PROCESSOR_ID, vmx->vpid);
	vmcs_write(EPT_POINTER, eptp);
	vmx->cr0_guest_owned = CR0_GUEST_OWNED;
	vmcs_write(CR0_GUEST_HOST_MASK, ~vmx->cr0_guest_owned);
	vmcs_write(CR4_GUEST_HOST_MASK, ~vmx->cr4_guest_owned);
	if (vmx->cpu2_ctl & SECONDARY_EXEC_PAUSE_LOOP_EXITING) {
		vmcs_write(PLE_GAP, PLE_GAP_TICKS);
		vmcs_write(PLE_WINDOW, PLE_WINDOW_TICKS);
		vmx->ple_window = PLE_WINDOW_TICKS;
	}
	if (hve_vmx_caps.entry & VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL)
		vmcs_write(GUEST_IA32_PERF_GLOBAL_CTRL, 0);
}

void hve_vmx_pause_seen(struct hve_vmx *vmx, bool wanted)
{
	u32 window = wanted ? PLE_WINDOW_TICKS :
			      min_t(u32, 2 * vmx->ple_window, PLE_WINDOW_MAX);

	if (window == vmx->ple_window)
		return;
	vmx->ple_window = window;
	vmcs_write(PLE_WINDOW, window);
}

void hve_vmx_setup(struct hve_vmx *vmx, u64 eptp)
{
	vmx->host_cr3 = ~0ull;
	vmx->host_cr4 = ~0ull;
	vmx->host_fs_base = ~0ull;
	vmx->entry.host_rsp = 0;
	control_fields(vmx, eptp);
	host_fields();
}

static void reset_segments(void)
{
	static const struct {
		u8 seg;
		u32 ar;
	} rows[] = {
		{ SEG_ES, 0x93 }, { SEG_SS, 0x93 }, { SEG_DS, 0x93 },
		{ SEG_FS, 0x93 }, { SEG_GS, 0x93 },
		{ SEG_LDTR, 0x82 }, { SEG_TR, 0x8b },
	};
	struct hve_segment s = { .limit = 0xffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		s.ar = rows[i].ar;
		hve_vmx_seg_set(rows[i].seg, &s);
	}
	s.ar = 0x9b;
	s.selector = 0xf000;
	s.base = 0xffff0000;
	hve_vmx_seg_set(SEG_CS, &s);
}

/* SDM, "Processor State After Reset". */
void hve_vmx_reset_guest(struct hve_vmx *vmx, struct hve_regs *regs)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		regs->gpr[i] = 0;
	for (i = 0; i < 4; i++)
		regs->db[i] = 0;
	regs->gpr[REG_RDX] = 0x600;
	regs->rip = 0xfff0;
	regs->rflags = X86_EFLAGS_FIXED;
	regs->cr2 = 0;
	regs->dr6 = 0xffff0ff0;
	regs->dirty = true;
	reset_segments();
	vmcs_write(GUEST_GDTR_BASE, 0);
	vmcs_write(GUEST_GDTR_LIMIT, 0xffff);
	vmcs_write(GUEST_IDTR_BASE, 0);
	vmcs_write(GUEST_IDTR_LIMIT, 0xffff);
	vmcs_write(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmcs_write(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmcs_write(GUEST_SYSENTER_CS, 0);
	vmcs_write(GUEST_SYSENTER_ESP, 0);
	vmcs_write(GUEST_SYSENTER_EIP, 0);
	vmcs_write(GUEST_IA32_DEBUGCTL, 0);
	vmcs_write(GUEST_IA32_PAT, X86_MSR_PAT_RESET);
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmcs_write(GUEST_CR3, 0);
	hve_vmx_dr7_set(vmx, 0x400);
	vmcs_write(GUEST_IA32_EFER, 0);
	hve_vmx_cr4_set(vmx, 0);
	hve_vmx_cr0_set(vmx, X86_CR0_CD | X86_CR0_NW | X86_CR0_ET);
}

void hve_vmx_seg_get(unsigned int seg, struct hve_segment *s)
{
	s->selector = vmcs_read(GUEST_ES_SELECTOR + 2 * seg);
	s->base = vmcs_read(GUEST_ES_BASE + 2 * seg);
	s->limit = vmcs_read(GUEST_ES_LIMIT + 2 * seg);
	s->ar = vmcs_read(GUEST_ES_AR_BYTES + 2 * seg);
}

void hve_vmx_seg_set(unsigned int seg, const struct hve_segment *s)
{
	vmcs_write(GUEST_ES_SELECTOR + 2 * seg, s->selector);
	vmcs_write(GUEST_ES_BASE + 2 * seg, s->base);
	vmcs_write(GUEST_ES_LIMIT + 2 * seg, s->limit);
	vmcs_write(GUEST_ES_AR_BYTES + 2 * seg, s->ar);
}

u64 hve_vmx_cr0_get(struct hve_vmx *vmx)
{
	return (vmcs_read(GUEST_CR0) & vmx->cr0_guest_owned) |
	       (vmx->cr0 & ~vmx->cr0_guest_owned);
}

u64 hve_vmx_cr4_get(struct hve_vmx *vmx)
{
	return (vmcs_read(GUEST_CR4) & vmx->cr4_guest_owned) |
	       (vmx->cr4 & ~vmx->cr4_guest_owned);
}

u64 hve_vmx_efer_get(void)
{
	return vmcs_read(GUEST_IA32_EFER);
}

static void entry_ctl_set(struct hve_vmx *vmx, bool long_mode)
{
	u32 ctl = hve_vmx_caps.entry & ~VM_ENTRY_IA32E_MODE;

	if (long_mode)
		ctl |= VM_ENTRY_IA32E_MODE;
	vmx->entry_ctl = ctl;
	vmcs_write(VM_ENTRY_CONTROLS, ctl);
}

/* EFER.LMA and the entry control follow CR0.PG and EFER.LME. */
static void update_long_mode(struct hve_vmx *vmx, u64 cr0, u64 efer)
{
	bool lma = (cr0 & X86_CR0_PG) && (efer & EFER_LME);

	efer = lma ? efer | EFER_LMA : efer & ~(u64)EFER_LMA;
	vmcs_write(GUEST_IA32_EFER, efer);
	entry_ctl_set(vmx, lma);
}

void hve_vmx_cr0_set(struct hve_vmx *vmx, u64 cr0)
{
	u64 fixed = hve_vmx_caps.cr0_fixed0 & ~(u64)(X86_CR0_PE | X86_CR0_PG);

	vmx->cr0 = cr0;
	vmcs_write(CR0_READ_SHADOW, (cr0 & ~vmx->cr0_kept) | vmx->cr0_shown);
	vmcs_write(GUEST_CR0, (cr0 & ~(u64)CR0_SHADOW_ONLY) | fixed);
	update_long_mode(vmx, cr0, hve_vmx_efer_get());
}

void hve_vmx_cr4_set(struct hve_vmx *vmx, u64 cr4)
{
	/* MCE stays on: with it off a host's machine check is a shutdown */
	vmx->cr4 = cr4;
	vmcs_write(CR4_READ_SHADOW, (cr4 & ~vmx->cr4_kept) | vmx->cr4_shown);
	vmcs_write(GUEST_CR4, cr4 | hve_vmx_caps.cr4_fixed0 | X86_CR4_MCE);
}

void hve_vmx_efer_set(struct hve_vmx *vmx, u64 efer)
{
	update_long_mode(vmx, hve_vmx_cr0_get(vmx), efer);
}

void hve_vmx_cr4_owned_set(struct hve_vmx *vmx, u64 owned)
{
	u64 cr4 = hve_vmx_cr4_get(vmx);

	owned &= ~(hve_vmx_caps.cr4_fixed0 | X86_CR4_MCE);
	vmx->cr4_guest_owned = owned;
	vmcs_write(CR4_GUEST_HOST_MASK, ~owned);
	hve_vmx_cr4_set(vmx, cr4);
}

/**
 * hve_vmx_cr_kept_set() - cr0_kept and its like of the open VMCS have changed
 * @vmx: open; cr4_guest_owned is what the guest could have at most
 *
 * What is kept is not the guest's. To be followed by hve_vmx_cr0_set() and
 * hve_vmx_cr4_set().
 */
void hve_vmx_cr_kept_set(struct hve_vmx *vmx)
{
	vmx->cr0_guest_owned = CR0_GUEST_OWNED & ~vmx->cr0_kept;
	vmx->cr4_guest_owned &= ~vmx->cr4_kept & ~(hve_vmx_caps.cr4_fixed0 |
						   X86_CR4_MCE);
	vmcs_write(CR0_GUEST_HOST_MASK, ~vmx->cr0_guest_owned);
	vmcs_write(CR4_GUEST_HOST_MASK, ~vmx->cr4_guest_owned);
}

void hve_vmx_dr7_set(struct hve_vmx *vmx, u64 dr7)
{
	vmx->dr7 = dr7;
	vmx->live_dr7 = vmx->bp ? vmx->bp->dr7 : dr7;
	vmcs_write(GUEST_DR7, vmx->live_dr7);
}

void hve_vmx_breakpoints_set(struct hve_vmx *vmx,
			     const struct hve_breakpoints *bp)
{
	vmx->bp = bp;
	hve_vmx_dr7_set(vmx, vmx->dr7 ?: 0x400);
}

void hve_vmx_exceptions_set(struct hve_vmx *vmx, u32 bitmap)
{
	if (vmx->exception_bitmap == bitmap)
		return;
	vmx->exception_bitmap = bitmap;
	vmcs_write(EXCEPTION_BITMAP, bitmap);
}

void hve_vmx_tsc_offset_set(struct hve_vmx *vmx, u64 offset)
{
	vmcs_write(TSC_OFFSET, offset);
}

/* 16.48; 0: as the host's. */
void hve_vmx_tsc_mult_set(struct hve_vmx *vmx, u64 mult)
{
	if (mult)
		vmcs_write(TSC_MULTIPLIER, mult);
	hve_vmx_cpu2_set(vmx, SECONDARY_EXEC_TSC_SCALING, mult);
}

void hve_vmx_xsaves_set(struct hve_vmx *vmx, bool on)
{
	if (on)
		vmcs_write(XSS_EXIT_BITMAP, 0);
	hve_vmx_cpu2_set(vmx, HVE_CPU2_XSAVES, on);
}

unsigned int hve_vmx_cpl(void)
{
	if (!(vmcs_read(GUEST_CR0) & X86_CR0_PE))
		return 0;
	if (vmcs_read(GUEST_RFLAGS) & X86_EFLAGS_VM)
		return 3;
	return vmcs_read(GUEST_SS_AR_BYTES) >> 5 & 3;
}
