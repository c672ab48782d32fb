/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMX room: windows, VMCS, world switch.  Knows nothing of the rest.
 *
 * Rule for RIP, RSP and RFLAGS: while a VMCS is open they live in it; outside
 * they live in struct hve_regs, and hve_vmx_open() writes back what changed.
 */
#ifndef HVE_VMX_H
#define HVE_VMX_H

#include <linux/types.h>
#include <linux/bits.h>
#include <asm/desc_defs.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include "vmcs.h"

enum { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI };

/* Registers that the VTLs of a vCPU share. All [v]. */
struct hve_regs {
	u64 gpr[16];		/* REG_*, then R8..R15 */
	u64 rip;
	u64 rflags;
	u64 cr2;
	bool dirty;		/* rip, rflags or RSP newer than the VMCS */
	u64 db[4];		/* DR0..DR3 */
	u64 dr6;
};

/* MSRs switched by hand: no VMCS field, no exit of their own. */
enum {
	SW_MSR_KERNEL_GS_BASE,
	SW_MSR_STAR,
	SW_MSR_LSTAR,
	SW_MSR_SYSCALL_MASK,
	SW_MSR_TSC_AUX,
	NR_SW_MSRS
};

/* An open window: what closing it has to put back. */
struct hve_window {
	bool borrowed;		/* VMX was on already */
	u64 prev_vmcs;		/* of the owner of VMX, ~0: none */
	unsigned long cr4;
	struct hve_vmx *other;	/* loaded before hve_vmx_switch(), or NULL */
};

/* Likewise with the guest's state in the CPU. */
struct hve_host_state {
	struct hve_window w;
	struct desc_ptr gdt;
	u16 ds, es, fs, gs;
	u64 kernel_gs_base;
	const u64 *sw_msr;	/* by SW_MSR_*, from the second on */
	u64 peer_msr[NR_SW_MSRS];
	unsigned long dr7;
	u64 db[4], dr6;
	u64 debugctl;
};

/* Breakpoints of the VMM, in effect instead of the guest's. */
struct hve_breakpoints {
	u64 db[4];
	u64 dr7;
};

struct hve_vmx_entry {
	u64 host_rsp;
	u64 guest_spec_ctrl;
	u64 host_spec_ctrl;
};

struct hve_vmx {
	void *vmcs;			/* [c] */
	unsigned long *msr_bitmap;	/* [c] page */
	u64 vmcs_pa;			/* [c] */
	void *vapic;			/* [c] virtual-APIC page, NULL: not offered */
	u16 vpid;			/* [c] */
	u64 id;				/* [c] never used twice */
	/* all below [v] */
	bool ready;			/* constant fields are written */
	bool launched;
	int cpu;			/* ran last there, -1: nowhere */
	u64 flushed_gen;		/* of the EPT at our last flush */
	struct hve_vmx_entry entry;
	/* what the VMCS holds */
	u32 pin_ctl, cpu_ctl, cpu2_ctl, entry_ctl;
	u64 host_cr3, host_cr4, host_fs_base;
	u32 exception_bitmap;
	bool pause_runs;		/* [c] loops of PAUSE do not exit */
	u32 ple_window;			/* else from this length on, in ticks */
	bool preempt_on;
	bool rdtsc_exits;
	bool apicv_on;
	bool desc_exits;		/* wanted: SGDT and others exit */
	bool desc_step;			/* one of them goes by */
	u16 intr_status;		/* SVI and RVI in the VMCS */
	u64 cr0, cr4;			/* as the guest has them: not owned bits */
	u64 cr0_guest_owned;
	u64 cr4_guest_owned;
	bool step;			/* an exit behind each instruction */
	u64 dr7;			/* the guest's */
	u64 live_dr7;			/* the VMCS's */
	const struct hve_breakpoints *bp; /* NULL: the guest has its own */
	/* bits that a hypervisor in between keeps, and what is read of them */
	u64 cr0_kept, cr0_shown;
	u64 cr4_kept, cr4_shown;
	u32 msr_gen;			/* msr_bitmap changed so often */
	bool spec_ctrl;			/* the guest uses IA32_SPEC_CTRL */
	u64 sw_msr[NR_SW_MSRS];		/* the guest's */
};

/* One segment register, attributes as the VMCS has them. */
struct hve_segment {
	u64 base;
	u32 limit;
	u16 selector;
	u32 ar;
};

#define HVE_SEG_UNUSABLE	BIT(16)
/* "Enable XSAVES/XRSTORS", of two names in the kernel's headers */
#define HVE_CPU2_XSAVES	BIT(20)

enum { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_LDTR, SEG_TR, NR_SEGS };

/* From IA32_VMX_BASIC on */
#define HVE_NR_CAP_MSRS	(MSR_IA32_VMX_VMFUNC - MSR_IA32_VMX_BASIC + 1)

/* Adjusted capabilities of all CPUs; constant after init. */
struct hve_vmx_caps {
	u64 basic;
	u64 misc;
	u64 ept_vpid;
	u32 pin, cpu, cpu2, exit, entry;
	u32 cpu2_max;		/* all secondary controls that may be 1 */
	u64 cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	u64 msr[HVE_NR_CAP_MSRS];	/* as they are, TRUE ones preferred */
	u8 preempt_shift;
	bool preempt_timer;
	bool ept_2m;
	bool invvpid_single;
	bool invvpid_local;	/* retaining globals */
	bool mtf;		/* a trap behind an instruction */
	bool desc_exits;	/* and of SGDT and others in front of them */
	bool vid;		/* virtual-interrupt delivery */
	bool tsc_scaling;
	bool xsaves;
};

extern struct hve_vmx_caps hve_vmx_caps;

/* A decoded exit: plain data. */
struct hve_exit {
	u16 reason;
	u8 len;
	u32 intr_info;
	u32 intr_err;
	u32 idtv_info;
	u32 idtv_err;
	u32 insn_info;
	u64 qual;
	u64 gpa;
	u64 gla;
};

/* Which fields hve_vmx_decode() reads for a reason. */
#define EXIT_LEN	BIT(0)
#define EXIT_QUAL	BIT(1)
#define EXIT_GPA	BIT(2)
#define EXIT_GLA	BIT(3)
#define EXIT_INTR	BIT(4)
#define EXIT_IDTV	BIT(5)
#define EXIT_INSN	BIT(6)

/**
 * hve_vmx_init() - find out what the CPUs can, allocate per-CPU pages
 *
 * Return: 0, or an errno with the reason in the log: -ENODEV no VT-x (or
 * locked off by firmware), -EOPNOTSUPP a CPU feature is missing or the host
 * uses FRED, -EBUSY VMX cannot be entered beside its present owner.
 */
int hve_vmx_init(void);

/** hve_vmx_exit() - undo hve_vmx_init() */
void hve_vmx_exit(void);

/**
 * hve_vmx_create() - allocate VMCS, MSR bitmap and VPID
 * @vmx: zeroed
 *
 * Context: may sleep. Return: 0, -ENOMEM, -ENOSPC (no VPID left).
 */
int hve_vmx_create(struct hve_vmx *vmx);

/** hve_vmx_destroy() - free what hve_vmx_create() allocated; may be zeroed */
void hve_vmx_destroy(struct hve_vmx *vmx);

/**
 * hve_window_open() - enter VMX operation, or borrow it
 * @w: filled in
 *
 * Context: interrupts off until hve_window_close(). Return: 0 or -EIO.
 */
int hve_window_open(struct hve_window *w);

/** hve_window_close() - leave VMX operation, or give it back */
void hve_window_close(struct hve_window *w);

/**
 * hve_vmx_open() - window, VMPTRLD, host fields that changed, dirty registers
 * @vmx: VMCS to make current
 * @w: window, filled in
 * @regs: the vCPU's registers
 * @eptp: EPT pointer to run on
 * @gen: generation of that EPT; when it is newer than the last flush here, or
 *       the CPU changed, stale translations are invalidated
 *
 * Context: interrupts off until hve_vmx_close(). Return: 0 or -EIO.
 */
int hve_vmx_open(struct hve_vmx *vmx, struct hve_window *w,
		 struct hve_regs *regs, u64 eptp, u64 gen);

/** hve_vmx_close() - read RIP, RSP, RFLAGS back, VMCLEAR, close the window */
void hve_vmx_close(struct hve_vmx *vmx, struct hve_window *w,
		   struct hve_regs *regs);

/**
 * hve_vmx_begin() - hve_vmx_open(), and the guest's selectors, MSRs and debug
 *		     registers: entries are possible
 * @vmx: VMCS to make current
 * @host: filled in
 * @regs: the vCPU's registers
 * @eptp: as there
 * @gen: as there
 *
 * Context: interrupts off until hve_vmx_end(). Return: 0 or -EIO.
 */
int hve_vmx_begin(struct hve_vmx *vmx, struct hve_host_state *host,
		  struct hve_regs *regs, u64 eptp, u64 gen);

/** hve_vmx_end() - the host's state again, and hve_vmx_close() */
void hve_vmx_end(struct hve_vmx *vmx, struct hve_host_state *host,
		 struct hve_regs *regs);

/**
 * hve_vmx_switch() - change to another VMCS in an open window
 * @vmx: the one that is open; afterwards the other one
 * @other: and this is what @vmx was
 * @w: the window
 * @eptp: of the new one
 * @gen: as in hve_vmx_open()
 *
 * What guests in both share goes along: MSRs switched by hand, SPEC_CTRL.
 * Return: 0 or -EIO with nothing changed.
 */
int hve_vmx_switch(struct hve_vmx *vmx, struct hve_vmx *other,
		   struct hve_window *w, u64 eptp, u64 gen);

/** hve_vmx_db_load() - DR0..DR3 of the CPU, if one is in use; in a window */
void hve_vmx_db_load(struct hve_vmx *vmx, const struct hve_regs *regs);

/**
 * hve_vmx_sw_msr_set() - change a hand-switched MSR of the guest
 * @vmx: VMCS
 * @i: SW_MSR_*
 * @val: a value the CPU takes
 * @live: the guest's values are in the CPU now
 */
void hve_vmx_sw_msr_set(struct hve_vmx *vmx, unsigned int i, u64 val,
			bool live);

/**
 * hve_vmx_flush() - drop cached translations of the open VMCS
 * @vmx: open
 * @eptp: its EPT pointer
 */
void hve_vmx_flush(struct hve_vmx *vmx, u64 eptp);

/** hve_vmx_flush_vpid() - drop linear translations only */
void hve_vmx_flush_vpid(struct hve_vmx *vmx);

/** hve_vmx_flush_vpid_local() - those of global pages may stay */
void hve_vmx_flush_vpid_local(struct hve_vmx *vmx);

/** hve_vmx_host_nmi() - the NMI that ended a guest, for the host; IRQs off */
void hve_vmx_host_nmi(void);

/** hve_vmx_host_mc() - likewise a machine check */
void hve_vmx_host_mc(void);

#define HVE_VMX_REASONS	80

/* Which fields a reason fills: EXIT_*; decode.c. */
extern const u8 hve_vmx_exit_fields[HVE_VMX_REASONS];

/** enum hve_exit_kind - what has to be done before the row of the exit runs */
enum hve_exit_kind {
	HVE_EXIT_PLAIN,		/* nothing */
	HVE_EXIT_EVENT,		/* it interrupted the delivery of an event */
	HVE_EXIT_NO_ENTRY,	/* it is none: the VM entry was refused */
	HVE_EXIT_UNKNOWN,	/* there is none: no such reason */
};

/** hve_vmx_decode_rare() - hve_vmx_decode() of all that is not plain */
enum hve_exit_kind hve_vmx_decode_rare(struct hve_exit *exit, u32 reason);

/**
 * hve_vmx_decode() - read the fields of the exit that just happened
 * @exit: filled in
 *
 * Return: HVE_EXIT_*; but for the last of them exit->reason is below
 * HVE_VMX_REASONS.
 */
static __always_inline enum hve_exit_kind hve_vmx_decode(struct hve_exit *exit)
{
	u32 reason = vmcs_read(VM_EXIT_REASON);
	u8 fields;

	exit->reason = reason;
	exit->idtv_info = 0;
	/* this is also where VMX_EXIT_REASONS_FAILED_VMENTRY is found */
	if (unlikely(reason >= HVE_VMX_REASONS))
		return hve_vmx_decode_rare(exit, reason);
	fields = hve_vmx_exit_fields[reason];
	if (fields & EXIT_LEN)
		exit->len = vmcs_read(VM_EXIT_INSTRUCTION_LEN);
	if (fields & EXIT_QUAL)
		exit->qual = vmcs_read(EXIT_QUALIFICATION);
	if (likely(!(fields & ~(EXIT_LEN | EXIT_QUAL))))
		return HVE_EXIT_PLAIN;
	return hve_vmx_decode_rare(exit, reason);
}

/** hve_vmx_exit_name() - name of a basic exit reason, for people */
const char *hve_vmx_exit_name(u16 reason);

/**
 * hve_vmx_entry_error() - which check made a VM entry fail
 * @vmx: open
 *
 * Walks the SDM's checks on guest state in order.
 * Return: the name of the first one that fails.
 */
const char *hve_vmx_entry_error(struct hve_vmx *vmx);

/** hve_vmx_dump() - the guest part of the open VMCS into the log */
void hve_vmx_dump(struct hve_vmx *vmx);

/**
 * hve_vmx_pause_seen() - a loop of PAUSE has exited
 * @vmx: open
 * @wanted: somebody else had use for the processor; else such exits get rarer
 */
void hve_vmx_pause_seen(struct hve_vmx *vmx, bool wanted);

/** hve_vmx_setup() - the fields that stay; VMCS open */
void hve_vmx_setup(struct hve_vmx *vmx, u64 eptp);

/** hve_vmx_reset_guest() - power-on or INIT state of the open VMCS */
void hve_vmx_reset_guest(struct hve_vmx *vmx, struct hve_regs *regs);

void hve_vmx_seg_get(unsigned int seg, struct hve_segment *s);
void hve_vmx_seg_set(unsigned int seg, const struct hve_segment *s);
u64 hve_vmx_cr0_get(struct hve_vmx *vmx);
u64 hve_vmx_cr4_get(struct hve_vmx *vmx);
u64 hve_vmx_efer_get(void);
void hve_vmx_cr0_set(struct hve_vmx *vmx, u64 cr0);
void hve_vmx_cr4_set(struct hve_vmx *vmx, u64 cr4);
void hve_vmx_efer_set(struct hve_vmx *vmx, u64 efer);
void hve_vmx_cr4_owned_set(struct hve_vmx *vmx, u64 owned);
void hve_vmx_cr_kept_set(struct hve_vmx *vmx);
void hve_vmx_dr7_set(struct hve_vmx *vmx, u64 dr7);

/**
 * hve_vmx_breakpoints_set() - breakpoints instead of the guest's
 * @vmx: open
 * @bp: they stay where they are; NULL: the guest's again
 */
void hve_vmx_breakpoints_set(struct hve_vmx *vmx,
			     const struct hve_breakpoints *bp);
void hve_vmx_exceptions_set(struct hve_vmx *vmx, u32 bitmap);
void hve_vmx_tsc_offset_set(struct hve_vmx *vmx, u64 offset);
void hve_vmx_xsaves_set(struct hve_vmx *vmx, bool on);
void hve_vmx_tsc_mult_set(struct hve_vmx *vmx, u64 mult);
unsigned int hve_vmx_cpl(void);

/* inject.c */
void hve_vmx_rdtsc_exits(struct hve_vmx *vmx, bool on);
void hve_vmx_inject(struct hve_vmx *vmx, u32 info, u32 err, u32 len);
void hve_vmx_irq_window(struct hve_vmx *vmx, bool on);
void hve_vmx_nmi_window(struct hve_vmx *vmx, bool on);
void hve_vmx_preempt_enable(struct hve_vmx *vmx, bool on);

/** hve_vmx_preempt_set() - an exit after so many host TSC ticks in the guest */
static __always_inline void hve_vmx_preempt_set(struct hve_vmx *vmx,
						u64 delta_tsc)
{
	u64 ticks = delta_tsc >> hve_vmx_caps.preempt_shift;

	/* too far for 32 bits: an early exit finds nothing due and re-arms */
	vmcs_write(VMX_PREEMPTION_TIMER_VALUE, min_t(u64, ticks, U32_MAX));
	if (unlikely(!vmx->preempt_on))
		hve_vmx_preempt_enable(vmx, true);
}

/** hve_vmx_end_shadow() - STI and MOV-SS blocking end, TF traps */
void hve_vmx_end_shadow(u32 blocking, u64 rflags);

/** hve_vmx_desc_exits_set() - exits of SGDT, SIDT, SLDT, STR and their kin */
void hve_vmx_desc_exits_set(struct hve_vmx *vmx, bool on);

/**
 * hve_vmx_desc_step() - let the guest execute the one that exited
 * @vmx: open
 * @on: from the exit to the monitor trap behind it
 */
void hve_vmx_desc_step(struct hve_vmx *vmx, bool on);

/** hve_vmx_step_set() - a monitor trap behind each instruction; VMCS open */
void hve_vmx_step_set(struct hve_vmx *vmx, bool on);

/** hve_vmx_skip_insn() - RIP behind the instruction that exited */
static __always_inline void hve_vmx_skip_insn(const struct hve_exit *exit)
{
	u32 blocking = vmcs_read(GUEST_INTERRUPTIBILITY_INFO);
	u64 rflags = vmcs_read(GUEST_RFLAGS);

	vmcs_write(GUEST_RIP, vmcs_read(GUEST_RIP) + exit->len);
	if (unlikely((blocking & (GUEST_INTR_STATE_STI |
				  GUEST_INTR_STATE_MOV_SS)) ||
		     (rflags & X86_EFLAGS_TF)))
		hve_vmx_end_shadow(blocking, rflags);
}

/** hve_vmx_long_mode() - EFER.LMA, which changes by hve_vmx_*_set() only */
static inline bool hve_vmx_long_mode(const struct hve_vmx *vmx)
{
	return vmx->entry_ctl & VM_ENTRY_IA32E_MODE;
}

/* apicv.c: delivery of interrupts by the processor; VMCS open */
void hve_vmx_apicv_set(struct hve_vmx *vmx, bool on);
void hve_vmx_intr_status_set(struct hve_vmx *vmx, u16 status);
u16 hve_vmx_intr_status_get(struct hve_vmx *vmx);
void hve_vmx_eoi_exits_set(const unsigned long *vectors);

/* bitmap.c */
void hve_vmx_msr_pass(struct hve_vmx *vmx, u32 msr, bool read, bool write);
bool hve_vmx_msr_passes(const struct hve_vmx *vmx, u32 msr, bool write);

#endif /* HVE_VMX_H */
