/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PC's interrupt controllers and timer, for VMMs that want them in the
 * kernel: a pair of 8259A PICs, an IOAPIC with 24 pins, an 8254 PIT.  Part of
 * apic/apic.h, which includes this.
 *
 * Every function may be called in any context, hardirq and windows included,
 * unless it says otherwise.  Registers are KVM's structs, so that saving and
 * restoring them is a copy.  A controller's lock is not held while the host's
 * functions below are called; while LAPICs are sent to it may be.
 */
#ifndef HVE_APIC_CHIPS_H
#define HVE_APIC_CHIPS_H

#include <linux/hrtimer.h>
#include <linux/kvm.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define HVE_PIC_PINS		16u
#define HVE_IOAPIC_PINS		24u

/* Who drives a line: it is high while any of them says so. */
enum hve_irq_source {
	HVE_IRQ_FROM_VMM,
	HVE_IRQ_FROM_RESAMPLER,
	HVE_IRQ_FROM_PIT,
};

/* Which controller a pin belongs to. */
enum hve_chip {
	HVE_CHIP_PIC,			/* pins 8..15 are the slave's */
	HVE_CHIP_IOAPIC,
};

/**
 * struct hve_pic - both 8259As
 * @lock: protects the rest
 * @chip: registers, master and slave; irr bit 2 of the master is not kept,
 *	it is the slave's output
 * @sources: BIT(enum hve_irq_source) that hold a pin high
 * @output: INTR of the master
 */
struct hve_pic {
	raw_spinlock_t lock;
	struct kvm_pic_state chip[2];
	u8 sources[HVE_PIC_PINS];
	bool output;
};

/**
 * struct hve_ioapic - an 82093AA
 * @lock: protects the rest
 * @s: registers; irr has the lines that are high
 * @sources: BIT(enum hve_irq_source) that hold a pin high
 * @delivered: edges in irr that have been sent
 */
struct hve_ioapic {
	raw_spinlock_t lock;
	struct kvm_ioapic_state s;
	u8 sources[HVE_IOAPIC_PINS];
	u32 delivered;
};

struct hve_apic_bus;

/**
 * struct hve_chips - the interrupt controllers of a VM
 * @bus: where their interrupts go [c]
 * @pic: PICs
 * @ioapic: IOAPIC
 */
struct hve_chips {
	struct hve_apic_bus *bus;
	struct hve_pic pic;
	struct hve_ioapic ioapic;
};

/**
 * struct hve_pit - an 8254; its counter 0 is a line of the controllers
 * @lock: protects the rest but @hrtimer
 * @hrtimer: next end of counter 0
 * @s: counters and flags
 * @due_ns: when counter 0 ends, ktime; 0: it does not run
 * @period_ns: of its periodic modes, else 0
 * @ticks: ends that the guest has not acknowledged
 * @reinject: what the guest misses is made up for, one by one
 * @acked: the last interrupt was acknowledged, or nobody took it
 */
struct hve_pit {
	raw_spinlock_t lock;
	struct hrtimer hrtimer;
	struct kvm_pit_state2 s;
	u64 due_ns;
	u64 period_ns;
	u32 ticks;
	bool reinject;
	bool acked;
};

/* What the chips need from outside: core implements these. */

/**
 * hve_chips_host_acked() - the guest ended the interrupt of a pin
 * @chips: whose
 * @chip: controller
 * @pin: of that controller
 *
 * May change lines. Context: any.
 */
void hve_chips_host_acked(struct hve_chips *chips, enum hve_chip chip,
			  unsigned int pin);

/** hve_chips_host_unmasked() - the guest unmasked a pin; context: any */
void hve_chips_host_unmasked(struct hve_chips *chips, enum hve_chip chip,
			     unsigned int pin);

/** hve_chips_host_rescan() - hve_ioapic_eoi_vectors() changed; context: any */
void hve_chips_host_rescan(struct hve_chips *chips);

/**
 * hve_pit_host_line() - the output of counter 0 changes
 *
 * Context: any. Return: as hve_pic_line(), over all controllers.
 */
int hve_pit_host_line(struct hve_pit *pit, bool level);

/**
 * hve_chips_init() - PIC and IOAPIC after power-up
 * @chips: zeroed memory
 * @bus: LAPICs
 */
void hve_chips_init(struct hve_chips *chips, struct hve_apic_bus *bus);

/* PIC */

/**
 * hve_pic_line() - a line changes
 * @chips: controllers
 * @pin: 0..15
 * @source: who changes it
 * @level: high?
 *
 * Return: 1 requested (or low), 0 was requested already, -1 masked.
 */
int hve_pic_line(struct hve_chips *chips, unsigned int pin,
		 enum hve_irq_source source, bool level);

/** hve_pic_owns() - is that one of the PICs' ports? */
bool hve_pic_owns(u16 port);

u8 hve_pic_read(struct hve_chips *chips, u16 port);
void hve_pic_write(struct hve_chips *chips, u16 port, u8 val);

/** hve_pic_output() - is INTR high? */
static inline bool hve_pic_output(const struct hve_chips *chips)
{
	return READ_ONCE(chips->pic.output);
}

/**
 * hve_pic_ack() - a processor acknowledges INTR
 * Return: vector, or -1 when INTR is low.
 */
int hve_pic_ack(struct hve_chips *chips);

/** hve_pic_get() - registers of master (0) or slave (1) */
void hve_pic_get(struct hve_chips *chips, unsigned int slave,
		 struct kvm_pic_state *out);
void hve_pic_set(struct hve_chips *chips, unsigned int slave,
		 const struct kvm_pic_state *in);

/* IOAPIC */

/** hve_ioapic_line() - as hve_pic_line(); pins 0..23 */
int hve_ioapic_line(struct hve_chips *chips, unsigned int pin,
		    enum hve_irq_source source, bool level);

/** hve_ioapic_owns() - are its registers at that address? */
bool hve_ioapic_owns(const struct hve_chips *chips, u64 gpa);

void hve_ioapic_read(struct hve_chips *chips, u64 gpa, u32 len, void *data);
void hve_ioapic_write(struct hve_chips *chips, u64 gpa, u32 len,
		      const void *data);

/**
 * hve_ioapic_eoi() - a LAPIC ended a vector
 * @chips: controllers
 * @vector: which
 */
void hve_ioapic_eoi(struct hve_chips *chips, u8 vector);

/**
 * hve_ioapic_eoi_vectors() - whose EOI matters here
 * @chips: controllers
 * @edge_pins: pins whose EOI matters even if they are edge triggered
 * @all: out, bitmap: all such vectors are added
 * @edge: out, bitmap: those of @edge_pins are added
 */
void hve_ioapic_eoi_vectors(struct hve_chips *chips, u32 edge_pins,
			    unsigned long *all, unsigned long *edge);

void hve_ioapic_get(struct hve_chips *chips, struct kvm_ioapic_state *out);
void hve_ioapic_set(struct hve_chips *chips, const struct kvm_ioapic_state *in);

/* PIT */

/** hve_pit_init() - after power-up; @pit is zeroed */
void hve_pit_init(struct hve_pit *pit);

/** hve_pit_destroy() - stop the timer; may sleep */
void hve_pit_destroy(struct hve_pit *pit);

/** hve_pit_owns() - one of ports 0x40..0x43, 0x61? */
bool hve_pit_owns(u16 port);

u8 hve_pit_read(struct hve_pit *pit, u16 port);
void hve_pit_write(struct hve_pit *pit, u16 port, u8 val);

/** hve_pit_acked() - the guest ended the interrupt of counter 0 */
void hve_pit_acked(struct hve_pit *pit);

/** hve_pit_forget() - what was missed so far is not made up for */
void hve_pit_forget(struct hve_pit *pit);

/** hve_pit_policy() - KVM_REINJECT_CONTROL */
void hve_pit_policy(struct hve_pit *pit, bool reinject);

void hve_pit_get(struct hve_pit *pit, struct kvm_pit_state2 *out);

/** hve_pit_set() - counter 0 starts anew */
void hve_pit_set(struct hve_pit *pit, const struct kvm_pit_state2 *in);

#endif /* HVE_APIC_CHIPS_H */
