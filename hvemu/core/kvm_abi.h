/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/kvm.h>, and what newer kernels have in it: the ABI is append-only, and
 * a VMM built from newer headers runs on a module built from older ones.
 */
#ifndef HVE_CORE_KVM_ABI_H
#define HVE_CORE_KVM_ABI_H

#include <linux/build_bug.h>
#include <linux/kvm.h>
#include <linux/types.h>

#ifndef KVM_SET_USER_MEMORY_REGION2
struct kvm_userspace_memory_region2 {
	__u32 slot;
	__u32 flags;
	__u64 guest_phys_addr;
	__u64 memory_size;
	__u64 userspace_addr;
	__u64 guest_memfd_offset;
	__u32 guest_memfd;
	__u32 pad1;
	__u64 pad2[14];
};

#define KVM_SET_USER_MEMORY_REGION2 \
	_IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)
#endif

#ifndef KVM_CAP_USER_MEMORY2
#define KVM_CAP_USER_MEMORY2	231
#endif

#ifndef KVM_CAP_X86_APIC_BUS_CYCLES_NS
#define KVM_CAP_X86_APIC_BUS_CYCLES_NS	237
#endif

static_assert(sizeof(struct kvm_userspace_memory_region2) == 160);

#endif /* HVE_CORE_KVM_ABI_H */
