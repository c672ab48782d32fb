/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Back door of the TLFS half: everything it may ask of the machine.
 *
 * Implemented by core/hvhost.c in the kernel and by selftests/unit/fake_host.c
 * in user space.  None of these functions calls back into the TLFS half.
 *
 * Contexts.  "window": interrupts are off and VMX is on; nothing may sleep and
 * a function that would have to answers -EAGAIN, whereupon the caller returns
 * its "outside" result without having changed anything and is called again
 * with the window closed.  "outside": the vCPU thread, may sleep.  A function
 * can ask which of both it is in with hve_host_may_sleep().
 */
#ifndef HVE_HVHOST_H
#define HVE_HVHOST_H

#include <linux/types.h>

struct hv_initial_vp_context;
struct hv_page_range;
struct hve_cpuid_regs;
struct hve_partition;
struct hve_vp;

/* Processor mode of a VP, as far as the hypercall interface cares. */
enum hve_cpu_mode {
	HVE_MODE_REAL,		/* CR0.PE = 0 or EFLAGS.VM = 1 */
	HVE_MODE_PROT32,	/* protected or compatibility mode */
	HVE_MODE_LONG64,	/* CS.L = 1 in long mode */
};

/* What hve_host_user_exit() tells the VMM. */
enum hve_user_exit_kind {
	HVE_USER_RESET,		/* guest wrote HV_X64_MSR_RESET */
	HVE_USER_CRASH,		/* guest wrote HV_X64_MSR_CRASH_CTL */
	HVE_USER_HCALL,		/* a hypercall the VMM serves */
	HVE_USER_SYNIC,		/* guest changed SCONTROL, SIMP or SIEFP */
	HVE_USER_SYNDBG,	/* guest wrote SYNDBG_CONTROL or _PENDING; what
				 * the VMM answers to the first goes to
				 * hve_tlfs_syndbg_status()
				 */
};

struct hve_user_exit {
	enum hve_user_exit_kind kind;
	union {
		struct {
			u64 ctl;
			u64 param[5];
		} crash;
		struct {
			u64 input;
			u64 params[2];
		} hcall;
		struct {
			u32 msr;
			u64 control;
			u64 evt_page;
			u64 msg_page;
		} synic;
		struct {
			u32 msr;
			u64 reg[5];	/* from SYNDBG_CONTROL on */
		} syndbg;
	};
};

/* What hve_host_gva_translate() found. */
struct hve_translation {
	u32 code;		/* HV_TRANSLATE_GVA_* result */
	u8 cache_type;		/* HV_CACHE_TYPE_* */
	bool overlay;		/* an overlay page is there */
	u64 gpn;		/* of the page; or of the table that failed */
	u64 event;		/* exception of the access: HV_PENDING_EVENT_* */
};

/* Access rights of an overlay page. */
#define HVE_OVERLAY_R	0x1
#define HVE_OVERLAY_W	0x2
#define HVE_OVERLAY_X	0x4

/**
 * hve_host_may_sleep() - is this the "outside" context?
 * @vp: the VP whose thread is the caller
 *
 * Return: true outside, false in a window.
 */
bool hve_host_may_sleep(struct hve_vp *vp);

/**
 * hve_host_gpa_read() - read guest physical memory (RAM and overlays)
 * @vp: the VP whose thread is the caller
 * @vtl: whose view of memory
 * @gpa: guest physical address, any alignment; may cross pages
 * @dst: where to
 * @len: bytes
 *
 * Context: any of the VP's thread.
 * Return: 0; -EFAULT where no memory is; -EAGAIN in a window when the page is
 * not at hand.
 */
int hve_host_gpa_read(struct hve_vp *vp, unsigned int vtl, u64 gpa, void *dst,
		      u32 len);

/**
 * hve_host_gpa_write() - write guest physical memory
 * @vp: the VP whose thread is the caller
 * @vtl: whose view of memory
 * @gpa: guest physical address, any alignment; may cross pages
 * @src: where from
 * @len: bytes
 *
 * Context: any of the VP's thread.
 * Return: as hve_host_gpa_read(); also -EFAULT where the guest may not write.
 */
int hve_host_gpa_write(struct hve_vp *vp, unsigned int vtl, u64 gpa,
		       const void *src, u32 len);

/**
 * hve_host_gpn_exists() - is there guest memory under a page number?
 * @pt: partition
 * @gpn: guest page number
 *
 * Context: any. Return: true when a write to it would reach RAM.
 */
bool hve_host_gpn_exists(struct hve_partition *pt, u64 gpn);

/**
 * hve_host_overlay_alloc() - a zeroed page for an overlay
 *
 * Context: may sleep. Return: kernel address, or NULL.
 */
void *hve_host_overlay_alloc(void);

/**
 * hve_host_overlay_free() - give an overlay page back
 * @page: of hve_host_overlay_alloc(), mapped nowhere; may be NULL
 */
void hve_host_overlay_free(void *page);

/**
 * hve_host_overlay_map() - let the guest see @page at @gpn
 * @pt: partition
 * @vtl: whose view
 * @gpn: guest page number, may have no RAM under it
 * @page: of hve_host_overlay_alloc()
 * @rights: HVE_OVERLAY_*; an access without its right is #GP
 *
 * Where several overlays cover one page the one mapped last is seen, and the
 * one before it again when that goes.
 *
 * Context: may sleep; the caller may hold pt->lock.
 * Return: 0, -EINVAL (beyond the guest's physical addresses), -ENOMEM.
 */
int hve_host_overlay_map(struct hve_partition *pt, unsigned int vtl, u64 gpn,
			 void *page, u32 rights);

/**
 * hve_host_overlay_unmap() - take @page away again; the RAM under it reappears
 * @pt: partition
 * @vtl: whose view
 * @gpn: as given to hve_host_overlay_map()
 * @page: as given there
 *
 * On return no VP can reach @page any more. Context: may sleep.
 */
void hve_host_overlay_unmap(struct hve_partition *pt, unsigned int vtl, u64 gpn,
			    void *page);

/**
 * hve_host_irq_raise() - request an edge-triggered interrupt on a VP's LAPIC
 * @vp: target, any VP
 * @vtl: whose LAPIC
 * @vector: 16..255
 * @auto_eoi: the interrupt needs no EOI
 *
 * Context: any, also hardirq.
 */
void hve_host_irq_raise(struct hve_vp *vp, unsigned int vtl, u8 vector,
			bool auto_eoi);

/**
 * hve_host_apic_eoi() - what a write to the EOI register does
 * @vp: the caller's VP
 * @vtl: whose LAPIC
 *
 * An EOI that the guest skipped by hve_tlfs_eoi_assist_used() is done first.
 *
 * Context: any of the VP's thread.
 * Return: 0; -EAGAIN in a window when the end of interrupt concerns the VMM.
 */
int hve_host_apic_eoi(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_host_apic_icr_read() - the interrupt command register
 * @vp: the caller's VP
 * @vtl: whose LAPIC
 *
 * Return: ICR, xAPIC layout in xAPIC mode, x2APIC layout in x2APIC mode.
 */
u64 hve_host_apic_icr_read(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_host_apic_icr_write() - write ICR, send the interrupt
 * @vp: the caller's VP
 * @vtl: whose LAPIC
 * @icr: as in hve_host_apic_icr_read()
 *
 * Context: any of the VP's thread. An IPI to the VP itself is pending in its
 * LAPIC on return.
 * Return: 0, or -EINVAL for reserved bits.
 */
int hve_host_apic_icr_write(struct hve_vp *vp, unsigned int vtl, u64 icr);

/**
 * hve_host_apic_tpr_read() - task priority register
 * @vp: the caller's VP
 * @vtl: whose LAPIC
 */
u8 hve_host_apic_tpr_read(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_host_apic_tpr_write() - set the task priority
 * @vp: the caller's VP
 * @vtl: whose LAPIC
 * @tpr: new value
 */
void hve_host_apic_tpr_write(struct hve_vp *vp, unsigned int vtl, u8 tpr);

/**
 * hve_host_apic_freq() - LAPIC timer input frequency, Hz
 * @pt: partition
 */
u64 hve_host_apic_freq(struct hve_partition *pt);

/**
 * hve_host_vp_request() - set a request bit of a VP and kick it
 * @vp: target, any VP
 * @req: HVE_VP_REQ_*
 *
 * hve_tlfs_process_requests() is called with it before the VP runs again.
 * Context: any, also hardirq.
 */
void hve_host_vp_request(struct hve_vp *vp, unsigned int req);

/**
 * hve_host_tsc_now() - the TSC as the guest would read it now
 * @vp: any VP of the partition
 */
u64 hve_host_tsc_now(struct hve_vp *vp);

/**
 * hve_host_tsc_freq() - guest TSC frequency, Hz; 0 when not constant
 * @pt: partition
 */
u64 hve_host_tsc_freq(struct hve_partition *pt);

/**
 * hve_host_tsc_freq_native() - the same when it is not emulated
 * @pt: partition
 */
u64 hve_host_tsc_freq_native(struct hve_partition *pt);

/**
 * hve_host_tsc_emulate() - let the guest's TSC run at another frequency
 * @pt: partition
 * @freq: Hz; 0: native
 *
 * All of the guest's accesses exit meanwhile.  The TSC makes no step.
 * Context: any. Return: 0; -EINVAL: that cannot be done.
 */
int hve_host_tsc_emulate(struct hve_partition *pt, u64 freq);

/**
 * hve_host_tsc_is_stable() - may a guest derive time from its TSC?
 * @pt: partition
 *
 * Return: true when all VPs share one offset and the host's TSC is its
 * clock source.
 */
bool hve_host_tsc_is_stable(struct hve_partition *pt);

/**
 * hve_host_clock_pair() - monotonic time and guest TSC of one moment
 * @vp: any VP of the partition
 * @tsc: guest TSC
 *
 * Return: nanoseconds of a clock that never steps.
 */
u64 hve_host_clock_pair(struct hve_vp *vp, u64 *tsc);

/**
 * hve_host_timer_arm() - request HVE_VP_REQ_STIMER of a VP at a time
 * @vp: the caller's VP
 * @ns: when, by the clock of hve_host_clock_pair(); the past means at once
 *
 * One timer a VP; a new time replaces the old one.  On expiry the host does
 * hve_host_vp_request(vp, HVE_VP_REQ_STIMER), which also wakes a VP that is
 * halted, never earlier than @ns. Context: any of the VP's thread.
 */
void hve_host_timer_arm(struct hve_vp *vp, u64 ns);

/**
 * hve_host_timer_cancel() - no request any more
 * @vp: the caller's VP, or one that does not run
 *
 * One that is just being made may still come. Context: any.
 */
void hve_host_timer_cancel(struct hve_vp *vp);

/**
 * hve_host_runtime_timer() - request HVE_VP_REQ_UNHALTED when a VP has run
 * @vp: the caller's VP, or one that does not run
 * @ns: when, by hve_host_vp_runtime_ns(); 0: never
 *
 * One a VP; a new time replaces the old one.  It may come early: then it is
 * asked for again.  A VP that is halted is not woken. Context: outside.
 */
void hve_host_runtime_timer(struct hve_vp *vp, u64 ns);

/**
 * hve_host_nmi_raise() - NMI for a VP
 * @vp: target, any VP
 * @vtl: whose
 *
 * Context: any.
 */
void hve_host_nmi_raise(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_host_desc_exits() - ask hve_tlfs_npiep_blocks() before SGDT and others
 * @vp: the caller's VP, or one that does not run
 * @on: from now on, or no more
 *
 * Context: outside.
 */
void hve_host_desc_exits(struct hve_vp *vp, bool on);

/**
 * hve_host_desc_exits_exist() - can the machine do it?
 *
 * Context: any.
 */
bool hve_host_desc_exits_exist(void);

/**
 * hve_host_sint_acked() - the guest is ready for the next one of some SINTs
 * @vp: the caller's VP
 * @sints: bitmap of SINT numbers
 *
 * Called on EOM for all SINTs, and on EOI of a SINT's vector unless that is
 * automatic, for VMMs that wait for it (KVM_IRQ_ROUTING_HV_SINT with a resample
 * eventfd).
 * Context: any of the VP's thread.
 */
void hve_host_sint_acked(struct hve_vp *vp, u32 sints);

/**
 * hve_host_event_signal() - signal an eventfd of the VMM
 * @event: of hve_tlfs_connect_event()
 *
 * Context: any.
 */
void hve_host_event_signal(void *event);

/**
 * hve_host_event_put() - it is not needed any more
 * @event: of hve_tlfs_connect_event()
 *
 * Context: may sleep.
 */
void hve_host_event_put(void *event);

/**
 * hve_host_vp_runtime_ns() - time the VP has spent running
 * @vp: the caller's VP
 */
u64 hve_host_vp_runtime_ns(struct hve_vp *vp);

/**
 * hve_host_cpu_mode() - processor mode and privilege of a VP
 * @vp: the caller's VP
 * @cpl: out, current privilege level
 */
enum hve_cpu_mode hve_host_cpu_mode(struct hve_vp *vp, unsigned int *cpl);

/**
 * hve_host_xmm_read() - XMM0..XMM5 of the caller's VP
 * @vp: the caller's VP
 * @dst: 96 bytes
 */
void hve_host_xmm_read(struct hve_vp *vp, void *dst);

/**
 * hve_host_xmm_write() - set leading XMM registers of the caller's VP
 * @vp: the caller's VP
 * @src: 96 bytes
 */
void hve_host_xmm_write(struct hve_vp *vp, const void *src);

/**
 * hve_host_user_exit() - leave to the VMM as soon as the handler returns
 * @vp: the caller's VP
 * @ue: what to tell; copied
 *
 * Context: outside only.
 */
void hve_host_user_exit(struct hve_vp *vp, const struct hve_user_exit *ue);

/**
 * hve_host_gpa_limit() - size of the guest physical address space
 * @pt: partition
 *
 * Context: any. Return: the first address beyond it, e.g. 1 << MAXPHYADDR.
 */
u64 hve_host_gpa_limit(struct hve_partition *pt);

/**
 * hve_host_yield() - the caller's VP spins; let another VP of it run
 * @vp: the caller's VP
 *
 * A hint, may do nothing. Context: outside.
 */
void hve_host_yield(struct hve_vp *vp);

/**
 * hve_host_vp_by_apic_id() - VP by APIC ID
 * @pt: partition
 * @apic_id: x2APIC ID
 *
 * Context: any. Return: the VP or NULL.
 */
struct hve_vp *hve_host_vp_by_apic_id(struct hve_partition *pt, u32 apic_id);

/**
 * hve_host_tlb_flush() - flush linear translations of VPs
 * @vp: the caller's VP
 * @vtl: whose translations
 * @vps: bitmap by vp_index of HVE_MAX_VPS bits, may name VPs that are not
 *	 there; NULL: all VPs
 * @gvas: page addresses to flush, any address space; need not be canonical
 * @nr_gvas: how many, at most HVE_FLUSH_MAX_GVAS; 0: flush everything
 * @keep_global: translations of global pages may stay
 *
 * On return no target VP uses a translation that was cached before the call.
 * A VP that does not run is not woken: it flushes before it runs again.
 *
 * Context: any of the VP's thread.
 * Return: 0; -EAGAIN in a window when it would have to wait for another CPU
 * (nothing need be undone: flushing twice does no harm).
 */
#define HVE_FLUSH_MAX_GVAS	64
int hve_host_tlb_flush(struct hve_vp *vp, unsigned int vtl,
		       const unsigned long *vps, const u64 *gvas,
		       unsigned int nr_gvas, bool keep_global);

/**
 * hve_host_l2_flush() - forget what a guest that is a hypervisor maps
 * @vp: the caller's VP
 * @space: its EPT pointer, of which the address of the table counts
 *
 * On return no VP uses a translation of that space that was cached before.
 * Context: outside. Return: 0; -ENODEV: the VP is no hypervisor.
 */
int hve_host_l2_flush(struct hve_vp *vp, u64 space);

/**
 * hve_host_cr3_load() - give the caller's VP another CR3
 * @vp: the caller's VP
 * @vtl: active VTL
 * @cr3: new value
 *
 * Flushes no translations.  Context: any of the VP's thread.
 * Return: 0; -EINVAL no valid value; -EAGAIN in a window.
 */
int hve_host_cr3_load(struct hve_vp *vp, unsigned int vtl, u64 cr3);

/**
 * hve_host_cr3_is_valid() - could it be in CR3 of a VP?
 * @vp: VP
 * @cr3: value
 */
bool hve_host_cr3_is_valid(struct hve_vp *vp, u64 cr3);

/**
 * hve_host_vp_hold() - stop another VP, to read or change its state
 * @vp: the caller's VP
 * @target: other VP of the partition
 *
 * Until hve_host_vp_release() the caller is as its own thread, outside, to it.
 * One VP a partition can hold another at a time.
 * Context: outside. Return: 0; -EAGAIN not now: come back from the guest.
 */
int hve_host_vp_hold(struct hve_vp *vp, struct hve_vp *target);
void hve_host_vp_release(struct hve_vp *vp, struct hve_vp *target);

/**
 * hve_host_reg_read() - a register that is not the TLFS half's, by name
 * @vp: the caller's VP, or one it holds
 * @vtl: whose
 * @name: HV_REGISTER_NAME
 * @val: out, two words
 *
 * Of a caller's VP RIP is behind its instruction.
 * Context: outside. Return: 0; -ENOENT no such register; other errors.
 */
int hve_host_reg_read(struct hve_vp *vp, unsigned int vtl, u32 name, u64 *val);

/**
 * hve_host_reg_write() - change a register by name
 * @vp: the caller's VP, or one it holds
 * @vtl: whose
 * @name: HV_REGISTER_NAME
 * @val: two words
 *
 * Context: outside.
 * Return: 0; -ENOENT; -EACCES read-only; -EINVAL no value of it.
 */
int hve_host_reg_write(struct hve_vp *vp, unsigned int vtl, u32 name,
		       const u64 *val);

/**
 * hve_host_cpuid() - a CPUID leaf as the VMM set it
 * @vp: the caller's VP, or one it holds
 * @leaf: leaf
 * @out: registers
 *
 * Return: 0 or -ENOENT.
 */
int hve_host_cpuid(struct hve_vp *vp, u32 leaf, struct hve_cpuid_regs *out);

/**
 * hve_host_synth_prepare() - what comes before a write of a synthetic MSR
 * @vp: the caller's VP, or one it holds
 * @vtl: whose
 * @msr: number
 *
 * Only for writes that are no WRMSR: those have been prepared.
 * Context: any of the VP's thread.
 */
void hve_host_synth_prepare(struct hve_vp *vp, unsigned int vtl, u32 msr);

/**
 * hve_host_vp_start() - start a VP that waits for SIPI
 * @vp: VP that the caller holds
 * @vtl: where it starts
 * @context: its registers
 *
 * Context: outside.
 * Return: 0; -EBUSY it does not wait for SIPI; -EINVAL a bad register value.
 */
int hve_host_vp_start(struct hve_vp *vp, unsigned int vtl,
		      const struct hv_initial_vp_context *context);

/**
 * hve_host_gva_translate() - walk a VP's page tables
 * @vp: the caller's VP, or one it holds
 * @vtl: whose
 * @gva_page: guest virtual page number
 * @flags: HV_TRANSLATE_GVA_*
 * @out: result
 *
 * Context: outside. Return: 0, or an error and no result.
 */
int hve_host_gva_translate(struct hve_vp *vp, unsigned int vtl, u64 gva_page,
			   u64 flags, struct hve_translation *out);

/**
 * hve_host_idle() - the caller's VP idles until an interrupt is pending
 * @vp: the caller's VP
 *
 * Also one that it has disabled, by RFLAGS.IF or TPR.  Takes effect when the
 * handler has returned; then the VP goes on behind the instruction, whether
 * the interrupt can be delivered or not.  Context: outside.
 */
void hve_host_idle(struct hve_vp *vp);

/**
 * hve_host_crash_log() - put a guest's crash report into the host's log
 * @vp: the caller's VP
 * @ctl: what it wrote to CRASH_CTL
 * @param: CRASH_P0..P4
 * @text: crash message as the guest gave it: not terminated, any bytes; NULL
 *	  when there is none
 * @len: bytes of @text, at most 4096
 *
 * Rate limited there. Context: outside.
 */
void hve_host_crash_log(struct hve_vp *vp, u64 ctl, const u64 *param,
			const char *text, u32 len);

/**
 * hve_host_phys_bits() - width of a guest's physical addresses
 */
u32 hve_host_phys_bits(void);

/**
 * hve_host_eoi_is_free() - does the processor end interrupts without an exit?
 *
 * In x2APIC mode, that is, which guests choose where they can.  Context: any.
 */
bool hve_host_eoi_is_free(void);

/** hve_host_lp_count() - logical processors of the machine */
u32 hve_host_lp_count(void);

/**
 * hve_host_vp_stats() - the machine's counters of a VP
 * @vp: the caller's VP, or one it holds
 * @vpv: added to, by HV_STATS_VPV_*
 *
 * Costs are there while the VM's exits are timed.
 * Return: time in exits so far, ns; 0 when it is not known.
 */
u64 hve_host_vp_stats(struct hve_vp *vp, u64 *vpv);

/**
 * hve_host_boot_zeroed() - memory that is zero as nobody has had it yet
 * @vp: the caller's VP
 * @out: ranges, the largest first
 * @max: of them
 *
 * Context: outside. Return: how many.
 */
u32 hve_host_boot_zeroed(struct hve_vp *vp, struct hv_page_range *out, u32 max);

/**
 * hve_host_smt_is_possible() - can two VPs of different VMs share a core?
 *
 * Context: any. Return: true unless SMT is off for good.
 */
bool hve_host_smt_is_possible(void);

/**
 * hve_host_vp_find() - VP by index (not called today: the TLFS half keeps its
 * own table, see hve_tlfs_vp_find())
 * @pt: partition
 * @vp_index: TLFS VP index
 *
 * Context: any. Return: the VP or NULL.
 */
struct hve_vp *hve_host_vp_find(struct hve_partition *pt, u32 vp_index);

#endif /* HVE_HVHOST_H */
