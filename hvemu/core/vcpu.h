/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtual processor.  Field letters: [c] constant after creation; [v] only
 * the holder of mutex ("the vCPU thread"); [a] atomic, any context.
 */
#ifndef HVE_CORE_VCPU_H
#define HVE_CORE_VCPU_H

#include <linux/mutex.h>
#include <linux/rcuwait.h>
#include <linux/sched.h>
#include <linux/types.h>
#include "tlfs_state.h"
#include "apic/apic.h"
#include "emul/emul.h"
#include "hvhost.h"
#include "mmu/mmu.h"
#include "nested/nested.h"
#include "vmx/vmx.h"
#include "core/vm.h"

/* Requests, bits of hve_vcpu.requests: the only inbox of a vCPU. */
enum {
	HVE_REQ_FLUSH,		/* drop linear translations */
	HVE_REQ_FLUSH_LOCAL,	/* likewise, but of global pages */
	HVE_REQ_FLUSH_L2,	/* likewise, those of L2 */
	HVE_REQ_PARK,		/* another vCPU wants to hold this one */
	HVE_REQ_VP,		/* vp_requests has bits for the TLFS half */
	HVE_REQ_TSC,		/* write the TSC offset */
	HVE_REQ_SCAN_EOI,	/* routes changed: which EOIs go to the VMM */
	HVE_REQ_MSR_FILTER,	/* which MSRs exit */
	HVE_REQ_STEP,		/* stays: out of the window after each exit */
	HVE_REQ_TRIPLE_FAULT,
	HVE_REQ_DEAD,
};

enum hve_vcpu_mode {
	HVE_OUT_OF_WINDOW,
	HVE_IN_WINDOW,
};

/* What an exit handler wants. */
enum hve_action {
	HVE_RESUME,		/* run on */
	HVE_TO_USER,		/* kvm_run is filled in */
	HVE_RUN_OUTSIDE,	/* in-window handlers only: close, run the row */
	HVE_RESUME_L2,		/* likewise: run on, now the guest's guest */
};

/* Events that wait to be injected. [v] */
struct hve_events {
	bool any;			/* something below is set */
	bool exc_pending;
	bool exc_has_err;
	u8 exc_vector;
	u32 exc_err;
	u8 exc_len;			/* of a software exception */
	u32 exc_type;			/* INTR_TYPE_* */
	u32 again_info;			/* interrupted delivery: again */
	u32 again_err;
	u32 again_len;
	u8 nmi_pending;			/* 0..2 */
	bool extint_pending;		/* KVM_INTERRUPT */
	bool intr_look;			/* INTR of the PIC may be high */
	u8 extint_vector;
};

/* KVM_SET_GUEST_DEBUG. [v] */
struct hve_guest_debug {
	u32 control;			/* KVM_GUESTDBG_*, 0: off */
	struct hve_breakpoints bp;
	u64 from;			/* RIP of the instruction to step over */
};

struct hve_vcpu_vtl {
	struct hve_vmx vmx;
	struct hve_apic apic;
};

/* A leaf looked up before; where the index means nothing its mask is 0. */
struct hve_cpuid_slot {
	u32 fn, index, index_mask;
	bool fixed;			/* the guest reads it as the VMM set it */
	const struct kvm_cpuid_entry2 *entry;
};

#define HVE_CPUID_SLOTS	64

/* Sizes of the mmapped area: kvm_run, PIO data, coalesced ring. */
#define HVE_RUN_PAGES	3
#define HVE_VCPU_PAGES	2		/* without the ring, which is the VM's */
#define HVE_PIO_PAGE	1

struct hve_vcpu_stats {
	u64 exits;
	u64 in_window;
	u64 user_exits;
	u64 windows;
	u64 halts;
	u64 by_reason[HVE_VMX_REASONS];
	/* while the VM's exits are timed: host ticks until the next entry */
	u64 ticks[HVE_VMX_REASONS];
	u64 exit_tsc;			/* 0: none yet */
	u16 exit_reason;
};

struct hve_vcpu {
	struct hve_vm *vm;		/* [c] */
	u32 id;				/* [c] vcpu_id = x2APIC id */
	struct mutex mutex;		/* "I am the vCPU thread" */
	unsigned long requests;		/* [a] HVE_REQ_* */
	unsigned long vp_requests;	/* [a] HVE_VP_REQ_* */
	int mode;			/* [a] enum hve_vcpu_mode */
	int cpu;			/* [a] while in a window */
	struct rcuwait wait;		/* blocked in HLT */
	struct task_struct *task;	/* [a] rcu: thread of the last KVM_RUN */

	struct kvm_run *run;		/* [c] kernel mapping of the pages */
	struct page *run_page;		/* [c] */

	struct hve_regs regs;		/* [v] */
	struct hve_exit exit;		/* [v] */
	struct hve_host_state host;	/* [v] in a window */
	unsigned int cur_vtl;		/* [v] */
	struct hve_vcpu_vtl vtl[HVE_NR_VTLS];
	struct hve_nested *nested;	/* [v] NULL: no VMX for the guest */
	bool l2_call;			/* [v] a hypercall of L2 is at work */
	bool l2_call_lost;		/* [v] its input is not there */
	bool evmcs;			/* [v] KVM_CAP_HYPERV_ENLIGHTENED_VMCS */
	struct hve_events ev;		/* [v] */
	struct hve_guest_debug debug;	/* [v] */
	u32 mp_state;			/* [v] KVM_MP_STATE_* */
	atomic_t park;			/* [a] see hold.c */
	bool held;			/* by vm->holder, whose it is now */
	bool hold_mutex;		/* and it has its mutex */
	bool idle;			/* [v] halted by GUEST_IDLE */
	bool in_window;			/* [v] interrupts off, VMCS open */
	bool apic_check;		/* [v] who delivers interrupts? */
	bool apicv_live;		/* [v] the processor has IRR, ISR, TPR */
	bool eoi_bitmap_new;		/* [v] eoi_exit changed */
	bool eoi_assist;		/* [v] "No EOI Required" is offered */
	bool has_run;			/* [v] */

	/* FPU */
	void *xsave;			/* [c] XSAVE area, standard format */
	u64 xcr0;			/* [v] */
	bool fpu_loaded;		/* [v] the CPU has the guest's */
	u32 host_pkru;			/* [v] while it has */

	/* CPUID as the VMM set it */
	struct kvm_cpuid_entry2 *cpuid;	/* [v] */
	unsigned int nr_cpuid;		/* [v] */
	struct hve_cpuid_slot cpuid_slot[HVE_CPUID_SLOTS]; /* [v] cache */
	u8 maxphyaddr;			/* [v] */
	u64 cr4_rsvd;			/* [v] what #GPs */
	u64 efer_rsvd;			/* [v] */
	u64 xcr0_allowed;		/* [v] */

	/* MSRs that are only values */
	u64 msr_value[64];		/* [v] by row, see msr.c */
	u64 tsc_adjust;			/* [v] */
	u64 tsc_delta;			/* [v] beyond the VM's offset */
	u64 *mce;			/* [c] 4 words a bank */
	u64 mcg_cap;			/* [v] */

	/* completion of a user exit at the next KVM_RUN */
	int (*complete)(struct hve_vcpu *vcpu);	/* [v] */
	struct hve_emul emul;		/* [v] */
	u32 frag_done;			/* [v] of emul.out[] */
	bool want_irq_window;		/* [v] run->request_interrupt_window */
	u32 pio_count;			/* [v] elements in the PIO page */

	sigset_t sigset;		/* [v] */
	bool sigset_active;		/* [v] */
	DECLARE_BITMAP(eoi_exit, 256);	/* [v] vectors the VMM waits for */

	struct hve_mmu_cache mmu_cache;	/* [v] */
	bool slots_held;		/* [v] vm->srcu is held around accesses */
	const void *emul_slots;		/* [v] vm->slots as emulation began */
	struct hve_user_exit user_exit;	/* [v] */
	bool user_exit_pending;		/* [v] ue_valid or eoi_pending */
	bool ue_valid;			/* [v] user_exit waits to be told */
	bool eoi_pending;		/* [v] KVM_EXIT_IOAPIC_EOI of */
	u8 eoi_vector;			/* [v] this vector */
	bool emul_ready;		/* [v] emul has the context of this exit */
	int run_error;			/* [v] KVM_RUN fails with it */
	u64 runtime_tsc;		/* [v] host ticks in windows */
	u64 window_tsc;			/* [v] when this one was opened */
	bool clear_shadow;		/* [v] end STI and MOV-SS blocking */
	u64 pio_rip;			/* [v] of the I/O the VMM completes */
	bool note_rip;			/* [v] set pio_rip when closed */
	bool io_in;			/* [v] */
	u8 io_size;			/* [v] */
	struct hve_vcpu_stats stats;	/* [v] */

	bool desc_exits;		/* [v] of hve_host_desc_exits() */
	u64 run_due_ns;			/* [v] of hve_host_runtime_timer() */
	struct hrtimer run_timer;	/* [a] started while the guest runs */
	struct hrtimer vp_timer;	/* [a] of hve_host_timer_arm() */
	struct hve_vp vp;
};

static inline struct hve_vcpu *hve_vp_vcpu(struct hve_vp *vp)
{
	return container_of(vp, struct hve_vcpu, vp);
}

static inline struct hve_vcpu_vtl *cur_vtl(struct hve_vcpu *vcpu)
{
	/* a constant as long as there is one: this is on every path */
	return &vcpu->vtl[HVE_NR_VTLS == 1 ? 0 : vcpu->cur_vtl];
}

static inline struct hve_vcpu *hve_apic_vcpu(struct hve_apic *apic)
{
	/* VTL 0 is the only one yet */
	return container_of(apic, struct hve_vcpu, vtl[0].apic);
}

static inline struct hve_cpuid_slot *hve_cpuid_slot(struct hve_vcpu *vcpu,
						    u32 fn)
{
	return &vcpu->cpuid_slot[(fn ^ fn >> 26) & (HVE_CPUID_SLOTS - 1)];
}

static inline bool hve_cpuid_slot_hit(const struct hve_cpuid_slot *slot, u32 fn,
				      u32 index)
{
	return slot->entry && slot->fn == fn &&
	       !((slot->index ^ index) & slot->index_mask);
}

/** hve_vcpu_intr_look() - what decides whether the PIC interrupts changed */
static inline void hve_vcpu_intr_look(struct hve_vcpu *vcpu)
{
	if (unlikely(vcpu->vm->board)) {
		vcpu->ev.intr_look = true;
		vcpu->ev.any = true;
	}
}

/* vcpu.c */

/**
 * hve_vcpu_create() - KVM_CREATE_VCPU
 * @vm: lock held
 * @id: vcpu_id
 *
 * Return: vCPU, owned by the VM, or an ERR_PTR.
 */
struct hve_vcpu *hve_vcpu_create(struct hve_vm *vm, u32 id);

/** hve_vcpu_destroy() - VM is going */
void hve_vcpu_destroy(struct hve_vcpu *vcpu);

/**
 * hve_vcpu_kick() - make the vCPU look at its requests soon
 * @vcpu: any; what it is to see has been written
 *
 * Context: any.
 */
void hve_vcpu_kick(struct hve_vcpu *vcpu);

/**
 * hve_vcpu_wait_out() - wait until a vCPU that is in a window has left it
 * @vcpu: not the caller's; what it is to see has been written
 *
 * Context: interrupts on. One that is not in a window is not waited for.
 */
void hve_vcpu_wait_out(struct hve_vcpu *vcpu);

/** hve_vcpu_request() - set a request bit and kick */
void hve_vcpu_request(struct hve_vcpu *vcpu, unsigned int req);

/** hve_vcpu_init_signal() - INIT: architectural reset of a running vCPU */
void hve_vcpu_init_signal(struct hve_vcpu *vcpu);

/**
 * hve_vcpu_state_open() - open the VMCS to read or change guest state
 * @vcpu: mutex held
 * @w: window
 *
 * Interrupts are off until hve_vcpu_state_close(). Return: 0 or -EIO.
 */
int hve_vcpu_state_open(struct hve_vcpu *vcpu, struct hve_window *w);

/** hve_vcpu_state_close() - undo hve_vcpu_state_open() */
void hve_vcpu_state_close(struct hve_vcpu *vcpu, struct hve_window *w);

/** hve_vp_timer_init() - the timer of hve_host_timer_arm() */
void hve_vp_timer_init(struct hve_vcpu *vcpu);

/* tsc.c */

/** hve_tsc_guest() - what RDTSC gives now */
static inline u64 hve_tsc_guest(struct hve_vcpu *vcpu)
{
	struct hve_vm *vm = vcpu->vm;

	/* pairs with hve_tsc_emulate(): the offset is not older */
	if (unlikely(smp_load_acquire(&vm->tsc_emul_khz)))
		return hve_tsc_vm(vm) + vcpu->tsc_delta;
	if (unlikely(READ_ONCE(vm->tsc_mult)))
		return hve_tsc_vm(vm) + vcpu->tsc_delta;
	return rdtsc_ordered() + READ_ONCE(vm->tsc_offset) + vcpu->tsc_delta;
}

/** hve_tsc_to_host() - when will the guest's TSC be that? */
u64 hve_tsc_to_host(struct hve_vcpu *vcpu, u64 guest_tsc);

/** hve_tsc_offset_get() - what the guest's TSC is ahead of the host's, scaled */
u64 hve_tsc_offset_get(struct hve_vcpu *vcpu);

/** hve_tsc_offset_set() - let it be that; the caller holds the mutex */
void hve_tsc_offset_set(struct hve_vcpu *vcpu, u64 offset);

/** hve_tsc_vmcs() - offset and multiplier of what runs; VMCS open */
void hve_tsc_vmcs(struct hve_vcpu *vcpu);

/** hve_tsc_load() - HVE_REQ_TSC; VMCS open */
void hve_tsc_load(struct hve_vcpu *vcpu);

/** hve_run_timer_start() - the guest is about to run */
void hve_run_timer_start(struct hve_vcpu *vcpu);

/** hve_run_timer_stop() - it does not any more */
void hve_run_timer_stop(struct hve_vcpu *vcpu);

/* run.c */

/**
 * hve_vcpu_run() - KVM_RUN
 * @vcpu: mutex held
 *
 * Return: 0 with kvm_run filled in, or -EINTR and others.
 */
int hve_vcpu_run(struct hve_vcpu *vcpu);

void hve_vcpu_apic_events(struct hve_vcpu *vcpu);

/**
 * hve_vcpu_apic() - the active LAPIC, its registers up to date
 * @vcpu: the caller's; both contexts
 *
 * What the processor holds of it is taken back until the next entry.
 */
struct hve_apic *hve_vcpu_apic(struct hve_vcpu *vcpu);

/** hve_vcpu_eoi_assist_end() - take an offer to skip an EOI back */
void hve_vcpu_eoi_assist_end(struct hve_vcpu *vcpu);
int hve_vcpu_eoi(struct hve_vcpu *vcpu);

/** hve_vcpu_can_take_irq() - IF set and nothing blocks; VMCS open */
bool hve_vcpu_can_take_irq(struct hve_vcpu *vcpu);

/* vcpu_event.c */
void hve_queue_exception(struct hve_vcpu *vcpu, u8 vector, bool has_err,
			 u32 err);
void hve_queue_gp(struct hve_vcpu *vcpu);
void hve_queue_ud(struct hve_vcpu *vcpu);
void hve_queue_bp(struct hve_vcpu *vcpu);
void hve_queue_db(struct hve_vcpu *vcpu, u64 dr6_bits);
bool hve_events_prepare(struct hve_vcpu *vcpu);
bool hve_events_extint_ok(const struct hve_vcpu *vcpu);
bool hve_events_extint_waits(struct hve_vcpu *vcpu);
int hve_events_extint_take(struct hve_vcpu *vcpu);
bool hve_events_wake(struct hve_vcpu *vcpu, bool takes_irqs);
void hve_events_save(struct hve_vcpu *vcpu);
void hve_events_get(struct hve_vcpu *vcpu, struct kvm_vcpu_events *out);
int hve_events_set(struct hve_vcpu *vcpu, const struct kvm_vcpu_events *in);

/* guest_debug.c */

/* Exceptions that exit in each guest. */
#define HVE_EXCEPTIONS	(BIT(1) | BIT(17) | BIT(18))

/* What KVM_SET_GUEST_DEBUG takes. */
#define HVE_DEBUG_FLAGS	(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP | \
			 KVM_GUESTDBG_USE_HW_BP | KVM_GUESTDBG_USE_SW_BP | \
			 KVM_GUESTDBG_INJECT_BP | KVM_GUESTDBG_INJECT_DB | \
			 KVM_GUESTDBG_BLOCKIRQ)

int hve_debug_set(struct hve_vcpu *vcpu, const struct kvm_guest_debug *in);
enum hve_action hve_debug_exit(struct hve_vcpu *vcpu, u32 exception, u64 dr6);
bool hve_debug_stepped(struct hve_vcpu *vcpu);
bool hve_debug_wants(struct hve_vcpu *vcpu, u8 vector);
enum hve_action hve_debug_trap(struct hve_vcpu *vcpu, u8 vector);
enum hve_action hve_debug_step(struct hve_vcpu *vcpu);

/** hve_debug_blocks_irqs() - nothing is to interrupt the guest */
static inline bool hve_debug_blocks_irqs(const struct hve_vcpu *vcpu)
{
	return unlikely(vcpu->debug.control & KVM_GUESTDBG_BLOCKIRQ);
}

/* hold.c */
void hve_vcpu_park(struct hve_vcpu *vcpu);

/* exit.c */
enum hve_action hve_exit_outside(struct hve_vcpu *vcpu);

/* cpuid.c */
void hve_cpuid_reset(struct hve_vcpu *vcpu);
int hve_cpuid_supported(struct kvm_cpuid_entry2 *out, unsigned int max,
			unsigned int *nr);
int hve_cpuid_set(struct hve_vcpu *vcpu, const struct kvm_cpuid_entry2 *in,
		  unsigned int nr);
int hve_cpuid_get(struct hve_vcpu *vcpu, struct kvm_cpuid_entry2 *out,
		  unsigned int max, unsigned int *nr);
int hve_cpuid_hv(struct kvm_cpuid_entry2 *out, unsigned int max,
		 unsigned int *nr);
const struct kvm_cpuid_entry2 *hve_cpuid_find(struct hve_vcpu *vcpu, u32 fn,
					      u32 index);
void hve_cpuid_exec(struct hve_vcpu *vcpu, u32 fn, u32 index,
		    struct hve_cpuid_regs *out);

/* msr.c */
enum hve_fault hve_msr_read(struct hve_vcpu *vcpu, u32 msr, u64 *val);
enum hve_fault hve_msr_write(struct hve_vcpu *vcpu, u32 msr, u64 val);
int hve_msr_get(struct hve_vcpu *vcpu, u32 msr, u64 *val);
int hve_msr_set(struct hve_vcpu *vcpu, u32 msr, u64 val);
bool hve_msr_is_known(u32 msr);
bool hve_msr_list(unsigned int i, u32 *msr);
bool hve_msr_feature_list(unsigned int i, u32 *msr);
int hve_msr_feature_get(u32 msr, u64 *val);
void hve_msr_reset(struct hve_vcpu *vcpu, bool init);
void hve_msr_bitmap_init(struct hve_vcpu *vcpu);

/* regs.c: the KVM structs */
void hve_regs_get(struct hve_vcpu *vcpu, struct kvm_regs *out);
void hve_regs_set(struct hve_vcpu *vcpu, const struct kvm_regs *in);
int hve_sregs_get(struct hve_vcpu *vcpu, struct kvm_sregs *out);
int hve_sregs_set(struct hve_vcpu *vcpu, const struct kvm_sregs *in);
int hve_debugregs_get(struct hve_vcpu *vcpu, struct kvm_debugregs *out);
int hve_debugregs_set(struct hve_vcpu *vcpu, const struct kvm_debugregs *in);
bool hve_cr0_valid(struct hve_vcpu *vcpu, u64 cr0);
bool hve_cr4_valid(struct hve_vcpu *vcpu, u64 cr4);
bool hve_efer_valid(struct hve_vcpu *vcpu, u64 efer);

/* l2.c */

/** hve_nested_allowed() - module parameter "nested" */
bool hve_nested_allowed(void);

/**
 * hve_vcpu_nested_set() - CPUID exposes VMX, or not
 * @vcpu: mutex held; has not run
 * @on: which
 *
 * Context: may sleep. Return: 0, -ENOMEM.
 */
int hve_vcpu_nested_set(struct hve_vcpu *vcpu, bool on);

/** hve_vcpu_evmcs_allow() - L1 may use an enlightened VMCS. Return: 0, -ENOMEM */
int hve_vcpu_evmcs_allow(struct hve_vcpu *vcpu);

/** hve_vcpu_nested_free() - the vCPU goes */
void hve_vcpu_nested_free(struct hve_vcpu *vcpu);

/** hve_nested_cr0_ok() - does VMX operation allow this CR0? */
bool hve_nested_cr0_ok(struct hve_vcpu *vcpu, u64 cr0);

/** hve_nested_cr4_ok() - and this CR4? */
bool hve_nested_cr4_ok(struct hve_vcpu *vcpu, u64 cr4);

/* crdr.c */
bool hve_cr3_valid(struct hve_vcpu *vcpu, u64 cr3);

/**
 * hve_cr3_load() - a new CR3 for the guest, its translations stay
 * @vcpu: the caller's, both contexts
 * @cr3: value that passed hve_cr3_valid()
 *
 * Return: 0; -EINVAL; -EAGAIN in a window; -EIO.
 */
int hve_cr3_load(struct hve_vcpu *vcpu, u64 cr3);

/* fpu.c */
void hve_fpu_init(void);
int hve_fpu_create(struct hve_vcpu *vcpu);
void hve_fpu_destroy(struct hve_vcpu *vcpu);
void hve_fpu_reset(struct hve_vcpu *vcpu);
void hve_fpu_load(struct hve_vcpu *vcpu);
void hve_fpu_save(struct hve_vcpu *vcpu);
int hve_xcr0_set(struct hve_vcpu *vcpu, u64 xcr0);
u64 hve_fpu_features(void);
u32 hve_fpu_xsave_size(u64 xcr0);
u32 hve_fpu_xsavec_size(u64 xcr0);
void hve_fpu_xsave_get(struct hve_vcpu *vcpu, struct kvm_xsave *out);
int hve_fpu_xsave_set(struct hve_vcpu *vcpu, const struct kvm_xsave *in);
void hve_fpu_fxsave_get(struct hve_vcpu *vcpu, struct kvm_fpu *out);
void hve_fpu_fxsave_set(struct hve_vcpu *vcpu, const struct kvm_fpu *in);
void hve_fpu_xmm_get(struct hve_vcpu *vcpu, unsigned int reg, void *buf);
void hve_fpu_xmm_set(struct hve_vcpu *vcpu, unsigned int reg, const void *buf,
		     bool zero_upper);

/* userexit.c */
enum hve_action hve_user_io(struct hve_vcpu *vcpu, bool in, u8 size, u16 port);
enum hve_action hve_user_internal_error(struct hve_vcpu *vcpu, u32 suberror,
					u64 data0, u64 data1);
enum hve_action hve_user_delivery_error(struct hve_vcpu *vcpu);
enum hve_action hve_user_shutdown(struct hve_vcpu *vcpu);
enum hve_action hve_user_hlt(struct hve_vcpu *vcpu);
enum hve_action hve_user_fail_entry(struct hve_vcpu *vcpu, u64 reason,
				    const char *what);
enum hve_action hve_user_pending(struct hve_vcpu *vcpu);
enum hve_action hve_user_msr(struct hve_vcpu *vcpu, bool write, u32 msr,
			     u64 data, u32 why);

/* emulate.c: glue of emul/ */
enum hve_action hve_emulate_mmio(struct hve_vcpu *vcpu);
enum hve_action hve_emulate_string_pio(struct hve_vcpu *vcpu);
void hve_emul_context(struct hve_vcpu *vcpu);
bool hve_emul_fill(struct hve_vcpu *vcpu);

/* translate.c */
int hve_translate(struct hve_vcpu *vcpu, struct kvm_translation *tr);

/* gpa.c */
const struct hve_memslot *hve_gfn_slot(struct hve_vm *vm, u64 gfn);
int hve_gpa_read(struct hve_vcpu *vcpu, u64 gpa, void *dst, u32 len);
int hve_gpa_write(struct hve_vcpu *vcpu, u64 gpa, const void *src, u32 len);
int hve_gpa_cmpxchg(struct hve_vcpu *vcpu, u64 gpa, const void *old,
		    const void *new, u32 len);

/* What hve_gpa_fault() found under an address. */
enum hve_gpa_result {
	HVE_GPA_MAPPED,
	HVE_GPA_MMIO,		/* no memory, or read-only and written */
	HVE_GPA_PROTECTED,	/* an overlay forbids it: #GP */
	HVE_GPA_ERROR,		/* no host memory: -EFAULT to the VMM */
};

/* Where a page is to be entered for a guest's guest. */
struct hve_gpa_shadow {
	struct hve_shadow *tables;
	u64 l2_gfn;
	int level;			/* at most that */
	u32 prot;
};

/**
 * hve_gpa_fault_in() - map a page that the guest wants
 * @vcpu: the caller's; VMCS closed
 * @gpa: guest physical address
 * @write: for a write
 * @fetch: for instructions
 * @sh: into these tables, NULL: into those of the VM
 */
enum hve_gpa_result hve_gpa_fault_in(struct hve_vcpu *vcpu, u64 gpa, bool write,
				     bool fetch, const struct hve_gpa_shadow *sh);

static inline enum hve_gpa_result hve_gpa_fault(struct hve_vcpu *vcpu, u64 gpa,
						bool write, bool fetch)
{
	return hve_gpa_fault_in(vcpu, gpa, write, fetch, NULL);
}

/* ioevent.c */
bool hve_ioevent_signal(struct hve_vm *vm, bool pio, u64 addr, u32 len,
			const void *data);

#endif /* HVE_CORE_VCPU_H */
