/* SPDX-License-Identifier: GPL-2.0 */
/* Coalesced MMIO and PIO. */
#ifndef HVE_CORE_COALESCED_H
#define HVE_CORE_COALESCED_H

#include <linux/types.h>

struct hve_vm;
struct kvm_coalesced_mmio_zone;

/** hve_coalesced_init() - a VM without zones. Return: 0 or -ENOMEM. */
int hve_coalesced_init(struct hve_vm *vm);

/** hve_coalesced_release() - no vCPU runs, nothing is mapped any more */
void hve_coalesced_release(struct hve_vm *vm);

/**
 * hve_coalesced_write() - a write that would leave to the VMM
 * @vm: VM
 * @pio: to a port
 * @addr: port or address
 * @len: bytes
 * @data: what was written
 *
 * Context: both. Return: true when it is in the ring.
 */
bool hve_coalesced_write(struct hve_vm *vm, bool pio, u64 addr, u32 len,
			 const void *data);

/**
 * hve_coalesced_add() - KVM_REGISTER_COALESCED_MMIO
 * @vm: lock held
 * @in: zone
 *
 * Return: 0, -EINVAL, -ENOSPC (too many), -ENOMEM.
 */
int hve_coalesced_add(struct hve_vm *vm,
		      const struct kvm_coalesced_mmio_zone *in);

/** hve_coalesced_remove() - KVM_UNREGISTER_COALESCED_MMIO; 0 or -EINVAL */
int hve_coalesced_remove(struct hve_vm *vm,
			 const struct kvm_coalesced_mmio_zone *in);

#endif /* HVE_CORE_COALESCED_H */
