/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Local APIC: registers, priorities, routing and timer; no VMX in here.
 *
 * Callers: core.  A function marked "owner" is called by the thread of the
 * vCPU the APIC belongs to, in or out of a window (interrupts may be off); one
 * marked "any" by everybody, hardirq included.  Nothing sleeps but the
 * functions that say so.
 *
 * What core does around it: before each entry hve_apic_pending(), and if it
 * injects that vector hve_apic_accept(); when kicked hve_apic_events_take()
 * and hve_apic_timer_check(); hve_apic_timer_park() before it blocks or leaves
 * to the VMM.
 * Field letters: [c] constant, [v] owner, [r] owner writes, others read, [a] any.
 */
#ifndef HVE_APIC_H
#define HVE_APIC_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/hrtimer.h>
#include <linux/types.h>

struct kvm_lapic_state;

/* Timer input clock: one tick of divide-by-1 is one nanosecond. */
#define HVE_APIC_TIMER_HZ	1000000000u

/* Largest number of APICs of a bus; ids are below it as well. */
#define HVE_APIC_MAX		4096u

#define HVE_APIC_DEFAULT_BASE	0xfee00000u

/* IA32_APIC_BASE */
#define HVE_APIC_BASE_BSP	BIT_ULL(8)
#define HVE_APIC_BASE_EXTD	BIT_ULL(10)
#define HVE_APIC_BASE_EN	BIT_ULL(11)

/* Offsets in the xAPIC page; the others are in private.h */
#define HVE_APIC_TPR		0x080u
#define HVE_APIC_EOI		0x0b0u

/* Delivery modes of ICR, LVT entries and MSIs. */
enum hve_apic_dm {
	HVE_APIC_DM_FIXED	= 0,
	HVE_APIC_DM_LOWEST	= 1,
	HVE_APIC_DM_SMI		= 2,
	HVE_APIC_DM_REMREAD	= 3,
	HVE_APIC_DM_NMI		= 4,
	HVE_APIC_DM_INIT	= 5,
	HVE_APIC_DM_SIPI	= 6,
	HVE_APIC_DM_EXTINT	= 7,
};

/*
 * Events of hve_apic_events_take(), bit numbers.  INIT comes before SIPI when
 * both are there; a SIPI to a processor that does not wait for one is dropped
 * by core.
 */
enum {
	HVE_APIC_EV_INIT,
	HVE_APIC_EV_SIPI,
	HVE_APIC_EV_NMI,
	HVE_APIC_EV_SMI,
	HVE_APIC_EV_EXTINT,	/* core asks the VMM or its PIC for the vector */
};

/* Flags of hve_apic_irq_set(). */
#define HVE_APIC_IRQ_LEVEL	0x1	/* TMR bit set: EOI goes to the host */
#define HVE_APIC_IRQ_AUTO_EOI	0x2	/* never enters ISR */

/* Which mode IA32_APIC_BASE selects. */
enum hve_apic_mode {
	HVE_APIC_DISABLED	= 0,
	HVE_APIC_INVALID	= 1,	/* EXTD without EN */
	HVE_APIC_XAPIC		= 2,
	HVE_APIC_X2APIC		= 3,
};

/**
 * struct hve_apic_msg - an interrupt message on its way to APICs
 * @dest: destination: 32 bits when @x2, else 8 bits
 * @vector: vector
 * @dm: enum hve_apic_dm
 * @shorthand: as in ICR: 0 none, 1 self, 2 all, 3 others (need a source)
 * @logical: logical destination mode, else physical
 * @level_trig: level triggered, else edge
 * @assert: level asserted (0: de-assert, of INIT only)
 * @x2: @dest is an x2APIC destination (broadcast is 0xffffffff, not 0xff)
 */
struct hve_apic_msg {
	u32 dest;
	u8 vector;
	u8 dm;
	u8 shorthand;
	bool logical;
	bool level_trig;
	bool assert;
	bool x2;
};

struct hve_apic;

/**
 * struct hve_apic_bus - what the APICs of a VM have in common
 * @by_index: APICs in order of creation, dense [a] (release/acquire)
 * @by_id: the same by x2APIC id [a]
 * @nr: used entries of @by_index [a]
 * @nr_xapic: APICs in xAPIC mode [a]
 * @nr_odd: APICs in xAPIC mode whose id register is not their x2APIC id [a]
 * @tsc_khz: host TSC frequency [c]
 * @cycle_ns: what the timer counts, before it divides [c] from the first APIC on
 * @ids_32bit: VMM uses 32-bit ids in MSIs and APIC state [c]
 * @no_broadcast_quirk: MSI destination 0xff is no broadcast in x2APIC mode [c]
 */
struct hve_apic_bus {
	struct hve_apic **by_index;
	struct hve_apic **by_id;
	u32 nr;
	atomic_t nr_xapic;
	atomic_t nr_odd;
	u32 tsc_khz;
	u32 cycle_ns;
	bool ids_32bit;
	bool no_broadcast_quirk;
};

/**
 * struct hve_apic_timer - the timer of an APIC
 * @hrtimer: armed only while parked, or always with @always_hrtimer
 * @fired: hrtimer expired: look at the clock [a]
 * @always_hrtimer: no preemption timer: ktime decides [c]
 * @parked: between hve_apic_timer_park() and _unpark() [v]
 * @armed_ns: expiry the hrtimer was last started with; 0: not running [v]
 * @active: the timer counts [v]
 * @expiry_tsc: when it ends, host TSC [v]
 * @expiry_ns: when it ends, ktime; 0: not computed yet (deadline mode) [v]
 * @period_ns: of periodic mode, else 0 [v]
 * @deadline: IA32_TSC_DEADLINE, guest TSC [v]
 */
struct hve_apic_timer {
	struct hrtimer hrtimer;
	unsigned long fired;
	bool always_hrtimer;
	bool parked;
	bool active;
	u64 expiry_tsc;
	u64 expiry_ns;
	u64 armed_ns;
	u64 period_ns;
	u64 deadline;
};

/**
 * struct hve_apic - one local APIC, one per vCPU and VTL
 * @irr: requested vectors [a]
 * @tmr: level triggered ones [a]
 * @auto_eoi: those that skip ISR [a]
 * @edge_eoi: edge triggered ones whose EOI goes to the host, too [v]
 * @isr: vectors in service [v]
 * @isr_words: words of @isr that are not zero [v]
 * @auto_eoi_used: a vector was raised with HVE_APIC_IRQ_AUTO_EOI [a]
 * @irr_pending: is there anything in @irr? may be true for nothing [a]
 * @ppr: processor priority, kept up to date [r]
 * @mode: enum hve_apic_mode of @base [r]
 * @sw_enabled: SVR bit 8 [r]
 * @base: IA32_APIC_BASE [r]
 * @events: HVE_APIC_EV_* [a]
 * @sipi_vector: of the last SIPI [a]
 * @arb: count of lowest-priority deliveries won [a]
 * @esr_pending: errors since the last write to ESR [a]
 * @regs: the other registers, by offset / 16 [r]
 * @bus: its bus [c]
 * @attached: others can reach it [c]
 * @bsp: bootstrap processor [c]
 * @id: x2APIC id = vCPU id [c]
 * @maxphyaddr: [c] from hve_apic_cpuid_set() on
 * @has_x2apic: CPUID says so [c]
 * @has_cmci: there is an LVT entry for corrected machine checks [v]
 * @has_deadline: CPUID says so [c]
 * @timer: timer
 */
struct hve_apic {
	unsigned long irr[256 / BITS_PER_LONG];
	unsigned long tmr[256 / BITS_PER_LONG];
	unsigned long auto_eoi[256 / BITS_PER_LONG];
	unsigned long edge_eoi[256 / BITS_PER_LONG];
	unsigned long isr[256 / BITS_PER_LONG];
	unsigned long isr_words;
	bool irr_pending;
	bool auto_eoi_used;
	u8 ppr;
	u8 mode;
	bool sw_enabled;
	u64 base;
	unsigned long events;
	u8 sipi_vector;
	u32 arb;
	unsigned long esr_pending;
	u32 regs[64];
	struct hve_apic_bus *bus;
	u32 id;
	bool attached;
	bool bsp;
	u8 maxphyaddr;
	bool has_x2apic;
	bool has_cmci, has_deadline;
	struct hve_apic_timer timer;
};

/* What the APIC needs from outside: core implements these. */

/**
 * hve_apic_host_kick() - make the owner look at its APIC soon
 * @apic: APIC with news: a vector, an event, or an expired timer
 *
 * Wakes the vCPU from HLT and gets it out of the guest.  Not called for what a
 * vCPU sends to itself.  Context: any.
 */
void hve_apic_host_kick(struct hve_apic *apic);

/**
 * hve_apic_host_eoi() - a vector whose EOI the host wants was ended
 * @apic: whose
 * @vector: level triggered, or in edge_eoi
 *
 * For the IOAPIC, the kernel's or the VMM's.  Context: owner.
 */
void hve_apic_host_eoi(struct hve_apic *apic, u8 vector);

/**
 * hve_apic_host_guest_to_host_tsc() - when is that on the host's TSC?
 * @apic: whose guest TSC
 * @guest_tsc: value of it
 * Context: owner. Return: host TSC.
 */
u64 hve_apic_host_guest_to_host_tsc(struct hve_apic *apic, u64 guest_tsc);

/**
 * hve_apic_bus_init() - an empty bus
 * @bus: zeroed memory
 * @tsc_khz: frequency of the host's TSC
 * Context: may sleep. Return: 0, -ENOMEM, or -EINVAL for a TSC without
 * frequency.
 */
int hve_apic_bus_init(struct hve_apic_bus *bus, u32 tsc_khz);

#define HVE_APIC_CYCLE_NS	1	/* unless told */
#define HVE_APIC_CYCLE_NS_MAX	1000
/** hve_apic_bus_clock() - the frequency of the timers; @bus has no APIC yet */
void hve_apic_bus_clock(struct hve_apic_bus *bus, u32 cycle_ns);

/** hve_apic_bus_destroy() - after the last APIC, or a failed init; may sleep */
void hve_apic_bus_destroy(struct hve_apic_bus *bus);

/**
 * hve_apic_bus_options() - what KVM_CAP_X2APIC_API selects
 * @bus: bus
 * @ids_32bit: 32-bit destination ids in MSIs and APIC state
 * @no_broadcast_quirk: destination 0xff is APIC 255 in x2APIC mode
 */
void hve_apic_bus_options(struct hve_apic_bus *bus, bool ids_32bit,
			  bool no_broadcast_quirk);

/**
 * hve_apic_init() - a new APIC, in the state after power-up
 * @apic: zeroed memory
 * @bus: its bus
 * @id: x2APIC id = vCPU id, below HVE_APIC_MAX
 * @bsp: bootstrap processor
 *
 * Nobody else can reach it before hve_apic_attach().
 */
void hve_apic_init(struct hve_apic *apic, struct hve_apic_bus *bus, u32 id,
		   bool bsp);

/**
 * hve_apic_attach() - let others send to it
 *
 * The last step of creating a vCPU; the caller serialises (vm->lock).
 * Return: 0, -EINVAL (id too large), -EEXIST (id taken).
 */
int hve_apic_attach(struct hve_apic *apic);

/**
 * hve_apic_destroy() - take it off the bus, stop the timer
 * @apic: APIC, attached or not; nobody sends any more when it was attached
 * Context: may sleep.
 */
void hve_apic_destroy(struct hve_apic *apic);

/**
 * hve_apic_cpuid_set() - the parts of CPUID that matter here
 * @apic: APIC
 * @maxphyaddr: physical address bits of the guest
 * @has_x2apic: CPUID.1:ECX[21]
 * @has_deadline: CPUID.1:ECX[24]
 * Context: owner. Until called: 36, true, true.
 */
void hve_apic_cpuid_set(struct hve_apic *apic, u8 maxphyaddr, bool has_x2apic,
			bool has_deadline);

/**
 * hve_apic_reset() - RESET or INIT
 * @apic: APIC
 * @init: INIT: base address, mode and id stay
 * Context: owner.
 */
void hve_apic_reset(struct hve_apic *apic, bool init);

/* Registers as the guest sees them; all "owner" */

/** hve_apic_base_get() - IA32_APIC_BASE */
static inline u64 hve_apic_base_get(const struct hve_apic *apic)
{
	return apic->base;
}

/**
 * hve_apic_base_set() - write IA32_APIC_BASE
 * @apic: APIC
 * @val: value
 * @host: by the VMM: any valid mode may follow any other, registers stay
 *
 * Return: 0, or -1 for #GP (guest) or -EINVAL (host).
 */
int hve_apic_base_set(struct hve_apic *apic, u64 val, bool host);

/**
 * hve_apic_msr_read() - RDMSR of an x2APIC register
 * @apic: APIC
 * @msr: 0x800..0x8ff
 * @val: out
 *
 * Return: 0, or -1 for #GP; always #GP outside of x2APIC mode.
 */
int hve_apic_msr_read(struct hve_apic *apic, u32 msr, u64 *val);

/**
 * hve_apic_msr_write() - WRMSR of an x2APIC register
 * @apic: APIC
 * @msr: 0x800..0x8ff
 * @val: value
 *
 * In a window and for 0x80b first ask hve_apic_eoi_needs_host().
 * Return: 0, or -1 for #GP.
 */
int hve_apic_msr_write(struct hve_apic *apic, u32 msr, u64 val);

/**
 * hve_apic_mmio_match() - is that physical page the APIC?
 * @apic: APIC
 * @gpa: any address
 *
 * Return: true in xAPIC mode in the page at IA32_APIC_BASE.
 */
static inline bool hve_apic_mmio_match(const struct hve_apic *apic, u64 gpa)
{
	return apic->mode == HVE_APIC_XAPIC &&
	       (gpa ^ apic->base) >> 12 == 0;
}

/**
 * hve_apic_mmio_read() - read of the xAPIC page
 * @apic: APIC
 * @offset: 0..0xfff, any alignment
 * @len: 1..8
 * @data: out, @len bytes
 *
 * What no register answers reads as 0.
 */
void hve_apic_mmio_read(struct hve_apic *apic, u32 offset, u32 len, void *data);

/**
 * hve_apic_mmio_write() - write to the xAPIC page
 * @apic: APIC
 * @offset: 0..0xfff
 * @len: 1..8
 * @data: @len bytes
 *
 * Only aligned 4-byte writes do anything. In a window and for HVE_APIC_EOI
 * first ask hve_apic_eoi_needs_host().
 */
void hve_apic_mmio_write(struct hve_apic *apic, u32 offset, u32 len,
			 const void *data);

/** hve_apic_icr_read() - the interrupt command register, in its mode's layout */
u64 hve_apic_icr_read(const struct hve_apic *apic);

/**
 * hve_apic_icr_write() - write it in one piece and send
 * @apic: APIC
 * @icr: layout of the current mode
 *
 * A self-IPI is in IRR on return. Return: 0, or -1 (#GP, reserved bits).
 */
int hve_apic_icr_write(struct hve_apic *apic, u64 icr);

/** hve_apic_tpr_get() - task priority register */
static inline u8 hve_apic_tpr_get(const struct hve_apic *apic)
{
	return apic->regs[HVE_APIC_TPR >> 4];
}

/** hve_apic_tpr_set() - write the task priority register */
void hve_apic_tpr_set(struct hve_apic *apic, u8 tpr);

/** hve_apic_cr8_get() - CR8 as read by the guest */
static inline u8 hve_apic_cr8_get(const struct hve_apic *apic)
{
	return hve_apic_tpr_get(apic) >> 4;
}

/** hve_apic_cr8_set() - write CR8, 0..15; reserved bits are core's check */
static inline void hve_apic_cr8_set(struct hve_apic *apic, u8 cr8)
{
	hve_apic_tpr_set(apic, (cr8 & 0xf) << 4);
}

/* Interrupts */

int hve_apic_pending_slow(struct hve_apic *apic);

/**
 * hve_apic_pending() - the vector to deliver now
 *
 * Context: owner. Return: highest vector above the processor priority, or -1.
 */
static inline int hve_apic_pending(struct hve_apic *apic)
{
	if (likely(!READ_ONCE(apic->irr_pending)))
		return -1;
	return hve_apic_pending_slow(apic);
}

/**
 * hve_apic_irr_highest() - highest requested vector, deliverable or not
 *
 * For a TPR threshold. Context: any. Return: vector or -1.
 */
int hve_apic_irr_highest(const struct hve_apic *apic);

/**
 * hve_apic_accept() - the vector is being delivered: IRR to ISR
 * @apic: APIC
 * @vector: what hve_apic_pending() said
 * Context: owner.
 */
void hve_apic_accept(struct hve_apic *apic, u8 vector);

/**
 * hve_apic_eoi() - end of interrupt
 *
 * Calls hve_apic_host_eoi() if hve_apic_eoi_is_told(). Context: owner.
 * Return: the vector ended, or -1.
 */
int hve_apic_eoi(struct hve_apic *apic);

/**
 * hve_apic_isr_highest() - the vector an EOI would end
 *
 * Context: owner. Return: vector or -1.
 */
int hve_apic_isr_highest(const struct hve_apic *apic);

/** hve_apic_eoi_is_told() - does the EOI of a vector go to the host? owner */
static inline bool hve_apic_eoi_is_told(const struct hve_apic *apic, u8 vector)
{
	return test_bit(vector, apic->tmr) || test_bit(vector, apic->edge_eoi);
}

/**
 * hve_apic_eoi_needs_host() - would an EOI now call hve_apic_host_eoi()?
 *
 * Context: owner.
 */
bool hve_apic_eoi_needs_host(const struct hve_apic *apic);

/**
 * hve_apic_irq_set() - request a vector
 * @apic: target
 * @vector: vector
 * @flags: HVE_APIC_IRQ_*
 *
 * Ends with hve_apic_host_kick(). Context: any.
 * Return: 1 requested, 0 was pending already, -1 APIC (software) disabled.
 */
int hve_apic_irq_set(struct hve_apic *apic, u8 vector, u32 flags);

/** hve_apic_nmi_set() - post an NMI (KVM_NMI); context: any */
void hve_apic_nmi_set(struct hve_apic *apic);

/**
 * hve_apic_lint_set() - an edge on LINT0 or LINT1
 * @apic: target
 * @lint: 0 or 1
 *
 * What happens is up to the LVT entry. Context: any.
 */
void hve_apic_lint_set(struct hve_apic *apic, unsigned int lint);

/* An LVT entry for corrected machine checks, and one of them; by the owner. */
void hve_apic_cmci_set(struct hve_apic *apic, bool has);
void hve_apic_cmci_raise(struct hve_apic *apic);

/** hve_apic_bus_intr() - INTR of a PIC rises, on all LINT0; context: any */
void hve_apic_bus_intr(struct hve_apic_bus *bus);

/**
 * hve_apic_accepts_extint() - would an interrupt of a PIC get through?
 *
 * Virtual wire mode (LINT0 unmasked, ExtINT) or APIC disabled. Context: any.
 */
bool hve_apic_accepts_extint(const struct hve_apic *apic);

/** hve_apic_events_pending() - is there an event to take? */
static inline bool hve_apic_events_pending(const struct hve_apic *apic)
{
	return READ_ONCE(apic->events) != 0;
}

/**
 * hve_apic_events_take() - fetch and clear events
 * @apic: APIC
 * @mask: BIT(HVE_APIC_EV_*) of those wanted
 * @sipi_vector: out, valid with SIPI
 * Context: owner. Return: BIT(HVE_APIC_EV_*) of those that were set.
 */
u32 hve_apic_events_take(struct hve_apic *apic, u32 mask, u8 *sipi_vector);

/**
 * hve_apic_send() - deliver a message
 * @bus: bus
 * @source: sending APIC; NULL for a device
 * @msg: message
 * Context: any. Return: number of APICs that took it (coalesced ones count 0);
 * -1 when no APIC matched or took it.
 */
int hve_apic_send(struct hve_apic_bus *bus, struct hve_apic *source,
		  const struct hve_apic_msg *msg);

/**
 * hve_apic_msi_decode() - what an MSI says
 * @bus: bus
 * @addr: 64-bit address; bits 63:40 hold id bits 31:8 with ids_32bit
 * @data: data
 * @msg: out
 */
void hve_apic_msi_decode(const struct hve_apic_bus *bus, u64 addr, u32 data,
			 struct hve_apic_msg *msg);

/**
 * hve_apic_msi() - deliver an MSI
 * @bus: bus
 * @addr: see hve_apic_msi_decode()
 * @data: data
 * Context: any. Return: as hve_apic_send().
 */
int hve_apic_msi(struct hve_apic_bus *bus, u64 addr, u32 data);

/**
 * hve_apic_by_id() - look up an APIC
 * @bus: bus
 * @id: x2APIC id = vCPU id
 * Context: any. Return: APIC or NULL.
 */
struct hve_apic *hve_apic_by_id(const struct hve_apic_bus *bus, u32 id);

/**
 * hve_apic_has_target() - does a message concern this APIC?
 * @apic: APIC
 * @msg: message without shorthand
 *
 * For core's table of vectors whose EOI the VMM wants. Context: any.
 */
bool hve_apic_has_target(const struct hve_apic *apic,
			 const struct hve_apic_msg *msg);

/*
 * Delivery by the processor out of a virtual-APIC page; all "owner".  Vectors
 * are numbers or -1; rvi and svi as in the VMCS, 0 is none.
 */

/** hve_apic_virt_possible() - in x2APIC mode, and no vector skips ISR */
bool hve_apic_virt_possible(const struct hve_apic *apic);

/** hve_apic_virt_idle() - nothing in service, and @page has our TPR */
static inline bool hve_apic_virt_idle(const struct hve_apic *apic,
				      const void *page)
{
	return !apic->isr_words && *(const u32 *)(page + HVE_APIC_TPR) ==
				   apic->regs[HVE_APIC_TPR >> 4];
}

/** hve_apic_virt_out() - ISR and TPR into @page; highest in service */
int hve_apic_virt_out(struct hve_apic *apic, void *page);

/** hve_apic_virt_irr_out() - move IRR into @page; highest vector moved */
int hve_apic_virt_irr_out(struct hve_apic *apic, void *page);

/** hve_apic_virt_eoi() - EOI in @page; the new svi */
u8 hve_apic_virt_eoi(void *page, u8 svi);

/** hve_apic_virt_in() - take everything back */
void hve_apic_virt_in(struct hve_apic *apic, void *page, u8 rvi, u8 svi);

bool hve_apic_timer_check_slow(struct hve_apic *apic);

/**
 * hve_apic_timer_always() - no preemption timer here: always use the hrtimer
 * @apic: APIC, before its first run
 * @always: on or off
 */
void hve_apic_timer_always(struct hve_apic *apic, bool always);

/**
 * hve_apic_timer_expiry_tsc() - when the preemption timer must end
 * Return: host TSC; 0: no need (no timer, or the hrtimer does it).
 */
static inline u64 hve_apic_timer_expiry_tsc(const struct hve_apic *apic)
{
	return apic->timer.active && !apic->timer.always_hrtimer ?
	       apic->timer.expiry_tsc : 0;
}

/**
 * hve_apic_timer_check() - has it expired? then raise its vector
 *
 * Called when the preemption timer ended, after a kick, and once before
 * blocking. Return: true when it had expired.
 */
static inline bool hve_apic_timer_check(struct hve_apic *apic)
{
	if (!apic->timer.active)
		return false;
	return hve_apic_timer_check_slow(apic);
}

void hve_apic_timer_arm(struct hve_apic *apic);

/**
 * hve_apic_timer_park() - the vCPU blocks or leaves to the VMM: arm the hrtimer
 *
 * Not in a window. Harmless when parked already.
 */
static inline void hve_apic_timer_park(struct hve_apic *apic)
{
	apic->timer.parked = true;
	if (apic->timer.active)
		hve_apic_timer_arm(apic);
}

/**
 * hve_apic_timer_unpark() - the vCPU runs again
 *
 * The hrtimer stays armed: if it ends before the next park the timer is due, or
 * there is one kick for nothing.
 */
static inline void hve_apic_timer_unpark(struct hve_apic *apic)
{
	apic->timer.parked = false;
}

/** hve_apic_timer_tsc_changed() - offset or scale of the guest's TSC changed */
void hve_apic_timer_tsc_changed(struct hve_apic *apic);

/**
 * hve_apic_deadline_get() - IA32_TSC_DEADLINE
 * Return: guest TSC, 0 when none is set.
 */
u64 hve_apic_deadline_get(struct hve_apic *apic);

/**
 * hve_apic_deadline_set() - write IA32_TSC_DEADLINE
 * @apic: APIC
 * @val: guest TSC, 0: disarm
 * @host: by the VMM: kept even if the LVT is not in deadline mode (yet), so
 *	that state can be restored in any order
 */
void hve_apic_deadline_set(struct hve_apic *apic, u64 val, bool host);

/** hve_apic_state_get() - the register page (KVM_GET_LAPIC) */
void hve_apic_state_get(struct hve_apic *apic, struct kvm_lapic_state *s);

/**
 * hve_apic_state_set() - load the register page (KVM_SET_LAPIC)
 * @apic: APIC
 * @s: state; the mode is that of IA32_APIC_BASE
 *
 * Return: 0, or -EINVAL (id or logical id do not fit in x2APIC mode); nothing
 * changed then.
 */
int hve_apic_state_set(struct hve_apic *apic, const struct kvm_lapic_state *s);

#include "chips.h"

#endif /* HVE_APIC_H */
