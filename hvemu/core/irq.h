/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts from outside the guest: GSI routes, MSIs, eventfds that inject,
 * and eventfds that a write of the guest signals.
 */
#ifndef HVE_CORE_IRQ_H
#define HVE_CORE_IRQ_H

#include <linux/types.h>
#include "apic/apic.h"

struct hve_vcpu;
struct hve_vm;
struct kvm_ioeventfd;
struct kvm_irq_routing_entry;
struct kvm_irqfd;
struct kvm_msi;

/* irqroute.c */

/**
 * hve_irq_init() - a VM without routes
 * @vm: its srcu is ready
 *
 * Return: 0.
 */
int hve_irq_init(struct hve_vm *vm);

/** hve_irq_release() - free the routes; nobody injects any more */
void hve_irq_release(struct hve_vm *vm);

/**
 * hve_irq_routes_set() - KVM_SET_GSI_ROUTING
 * @vm: lock held
 * @entries: kernel copy
 * @nr: how many, at most HVE_NR_GSIS
 *
 * Replaces all routes. Return: 0, -EINVAL (no LAPICs in the kernel, a route
 * that cannot be, two routes of one GSI), -ENOMEM.
 */
int hve_irq_routes_set(struct hve_vm *vm,
		       const struct kvm_irq_routing_entry *entries, u32 nr);

/**
 * hve_irq_routes_default() - GSIs 0..15 to PIC and IOAPIC, 16..23 to the IOAPIC
 * @vm: lock held
 *
 * Return: 0 or -ENOMEM.
 */
int hve_irq_routes_default(struct hve_vm *vm);

/**
 * hve_irq_line() - the line of a GSI changes
 * @vm: VM
 * @source: who changes it
 * @gsi: any number
 * @level: an edge, or asserted
 *
 * Context: any, hardirq included.
 * Return: number of takers (processors and controllers), 0 when it was pending
 * already, -1 when nobody took it.
 */
int hve_irq_line(struct hve_vm *vm, enum hve_irq_source source, u32 gsi,
		 bool level);

/**
 * hve_irq_gsi_is_sint() - does a GSI go to one of these SINTs?
 * @vm: VM
 * @gsi: any number
 * @vp_index: VP
 * @sints: bitmap
 *
 * Context: any.
 */
bool hve_irq_gsi_is_sint(struct hve_vm *vm, u32 gsi, u32 vp_index, u32 sints);

/** hve_irq_pin_gsi() - the GSI routed to a pin, or -1; context: any */
int hve_irq_pin_gsi(struct hve_vm *vm, enum hve_chip chip, unsigned int pin);

/** hve_irq_rescan() - all vCPUs are to call hve_irq_scan_eoi(); context: any */
void hve_irq_rescan(struct hve_vm *vm);

/**
 * hve_irq_msi() - KVM_SIGNAL_MSI
 * @vm: VM
 * @msi: request
 *
 * Return: as hve_irq_line(), or -EINVAL.
 */
int hve_irq_msi(struct hve_vm *vm, const struct kvm_msi *msi);

/**
 * hve_irq_scan_eoi() - find the vectors whose EOI an IOAPIC waits for
 * @vcpu: whose eoi_exit is computed; its thread is the caller
 *
 * For the VMM's they are those of level triggered routes of its GSIs.
 * Context: HVE_REQ_SCAN_EOI.
 */
void hve_irq_scan_eoi(struct hve_vcpu *vcpu);

/* irqfd.c */

/** hve_irqfd_start() - at module init. Return: 0 or -ENOMEM. */
int hve_irqfd_start(void);

/** hve_irqfd_stop() - at module exit */
void hve_irqfd_stop(void);

/**
 * hve_irqfd_set() - KVM_IRQFD
 * @vm: lock held
 * @args: request
 *
 * After a de-assignment the eventfd injects nothing any more.
 * Return: 0, -EINVAL, -EAGAIN (no LAPICs in the kernel), -EBADF, -EBUSY (the
 * eventfd is used already), -ENOMEM.
 */
int hve_irqfd_set(struct hve_vm *vm, const struct kvm_irqfd *args);

/** hve_irqfd_resample() - the guest ended the interrupt of a GSI; any context */
void hve_irqfd_resample(struct hve_vm *vm, u32 gsi);

/**
 * hve_irqfd_sints_acked() - the guest is ready for more of some SINTs
 * @vm: VM
 * @vp_index: VP
 * @sints: bitmap
 *
 * Context: any.
 */
void hve_irqfd_sints_acked(struct hve_vm *vm, u32 vp_index, u32 sints);

/** hve_irqfd_resamples() - does an irqfd wait for that? any context */
bool hve_irqfd_resamples(struct hve_vm *vm, u32 gsi);

/** hve_irqfd_release() - detach all; may sleep */
void hve_irqfd_release(struct hve_vm *vm);

/* ioevent.c; hve_ioevent_signal() is in core/vcpu.h */

/**
 * hve_ioevent_set() - KVM_IOEVENTFD
 * @vm: lock held
 * @args: request
 *
 * Return: 0, -EINVAL, -EBADF, -EEXIST (overlaps another), -ENOENT (nothing to
 * de-assign), -ENOSPC (too many), -ENOMEM.
 */
int hve_ioevent_set(struct hve_vm *vm, const struct kvm_ioeventfd *args);

/** hve_ioevent_release() - forget all; no vCPU runs any more */
void hve_ioevent_release(struct hve_vm *vm);

#endif /* HVE_CORE_IRQ_H */
