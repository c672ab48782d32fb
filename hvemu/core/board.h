/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PC's chips in the kernel: KVM_CREATE_IRQCHIP and KVM_CREATE_PIT2.
 */
#ifndef HVE_CORE_BOARD_H
#define HVE_CORE_BOARD_H

#include <linux/types.h>
#include "apic/apic.h"

struct hve_board;
struct hve_vcpu;
struct hve_vm;
struct kvm_irqchip;

/**
 * hve_board_create() - KVM_CREATE_IRQCHIP
 * @vm: lock held
 *
 * Return: 0, -EEXIST (interrupt controllers are there), -EINVAL (vCPUs are
 * there), -ENOMEM.
 */
int hve_board_create(struct hve_vm *vm);

/** hve_board_release() - nobody injects any more, no vCPU runs; may sleep */
void hve_board_release(struct hve_vm *vm);

/** hve_board_chips() - PIC and IOAPIC of a VM, or NULL; context: any */
struct hve_chips *hve_board_chips(const struct hve_vm *vm);

/**
 * hve_board_pit_create() - KVM_CREATE_PIT2
 * @vm: lock held
 * @speaker: port 0x61 as well
 *
 * Return: 0, -EEXIST, -ENOENT (no interrupt controllers).
 */
int hve_board_pit_create(struct hve_vm *vm, bool speaker);

/** hve_board_pit() - PIT of a VM, or NULL; context: any */
struct hve_pit *hve_board_pit(const struct hve_vm *vm);

/**
 * hve_board_io() - a port of the chips is accessed
 * @vcpu: whose access
 * @in: read
 * @port: port
 * @size: bytes
 * @data: out or in
 *
 * Context: both. Return: false: not ours.
 */
bool hve_board_io(struct hve_vcpu *vcpu, bool in, u16 port, u8 size,
		  void *data);

/** hve_board_mmio_owns() - is the IOAPIC at that address? context: any */
bool hve_board_mmio_owns(const struct hve_vm *vm, u64 gpa);

/** hve_board_scan_eoi() - whose EOI matters to the IOAPIC; vCPU's thread */
void hve_board_scan_eoi(struct hve_vcpu *vcpu);

/** hve_board_eoi() - @vcpu ended a vector of its LAPIC; both contexts */
void hve_board_eoi(struct hve_vcpu *vcpu, u8 vector);

#endif /* HVE_CORE_BOARD_H */
