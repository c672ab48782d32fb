/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtual machine.
 *
 * Field letters: [c] constant after creation; [l] under lock; [s] read under
 * srcu, replaced under lock; [a] atomic, any context.
 */
#ifndef HVE_CORE_VM_H
#define HVE_CORE_VM_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/seqlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>
#include "tlfs_state.h"
#include "apic/apic.h"
#include "core/kvm_abi.h"
#include "mmu/mmu.h"

#define HVE_MAX_VCPUS	1024
#define HVE_NR_MEMSLOTS	512
#define HVE_NR_GSIS	4096
#define HVE_VM_NAME	64

struct hve_board;
struct hve_vcpu;
struct hve_irq_table;
struct hve_msr_filter;

struct hve_memslot {
	u64 gfn;
	u64 npages;
	unsigned long hva;
	unsigned long *dirty;		/* [a] bitmap, NULL: not logged */
	u16 id;
	u32 flags;
};

/* Sorted by gfn, never overlapping. */
struct hve_memslots {
	unsigned int nr;
	struct hve_memslot slot[];
};

struct hve_vm {
	refcount_t ref;			/* [a] one per fd */
	struct mutex lock;
	struct hve_mmu mmu;
	struct srcu_struct srcu;
	struct hve_memslots __rcu *slots;	/* [s] */
	struct hve_vcpu *holder;	/* [a] who holds another vCPU */
	atomic64_t mem_gen;		/* slots and overlays changed so often */
	struct mutex overlay_lock;	/* changes of the next two */
	struct xarray overlays;		/* [s] gfn -> struct hve_overlay_map */
	u64 overlay_bits;		/* [s] gfn & 63 that may be in it */
	struct hve_apic_bus bus;
	struct xarray vcpus;		/* [a] by vcpu_id */
	unsigned int nr_vcpus;		/* [l] */
	u32 bsp_id;			/* [l] until the first vCPU */
	bool lapic_in_kernel;		/* [l] LAPICs are in the kernel */
	u32 ioapic_pins;		/* [l] of the VMM's */
	struct hve_board *board;	/* [a] PIC and IOAPIC, core/board.h */
	bool dead;			/* [a] an internal error ended it */
	bool started;			/* [a] a vCPU has run */

	struct hve_irq_table __rcu *irq_table;	/* [s] */
	spinlock_t irqfd_lock;
	struct list_head irqfds;	/* irqfd_lock */
	struct list_head resamplers;	/* irqfd.c, readers [s] */
	struct list_head ioeventfds;	/* [l], readers [s] */
	struct list_head coalesced_zones; /* [l], readers [s] */
	bool doorbells;			/* [a] it has had one */
	spinlock_t coalesced_lock;	/* writers of the ring */
	struct kvm_coalesced_mmio_ring *coalesced_ring; /* [c] */

	/* time: one offset for all VPs */
	u64 tsc_offset;			/* [a] */
	bool tsc_offset_set;		/* by KVM_VCPU_TSC_OFFSET */
	atomic_t tsc_odd;		/* vCPUs whose TSC was moved alone */
	u64 kvmclock_offset;		/* [l] of KVM_SET_CLOCK */
	u32 tsc_khz;			/* [c] from the first run on: native */
	u64 tsc_mult;			/* [c] from then: 16.48, 0: the host's */
	u64 tsc_mult_back;		/* its inverse */
	seqlock_t tsc_lock;		/* writes of tsc_offset and the next four */
	u32 tsc_emul_khz;		/* [a] emulated at this rate; 0: not */
	u64 tsc_base;			/* native and emulated are the same here */
	u64 tsc_ratio;			/* emulated ticks a host's, 16.48 */
	u64 tsc_ratio_back;		/* its inverse */

	struct hve_zeroed *zeroed;	/* [c] from the first vCPU on */
	u64 x2apic_flags;		/* [l] */
	u64 user_msr_mask;		/* [l] KVM_CAP_X86_USER_SPACE_MSR */
	struct hve_msr_filter __rcu *msr_filter; /* writes [l], reads rcu */
	u64 quirks_off;			/* [l] KVM_CAP_DISABLE_QUIRKS2 */
	u64 exits_off;			/* [l] until the first vCPU */
	bool platform_info_off;		/* [a] no MSR_PLATFORM_INFO */
	u32 max_vcpu_id;		/* [l] */
	struct list_head link;		/* list of all VMs, vm_list.c */
	struct pid *owner;		/* [c] process that created it */
	kuid_t uid;			/* [c] and its user */
	u64 created_ns;			/* [c] by the monotonic clock */
	bool exit_times;		/* [a] exits are timed */
	pid_t pid;			/* [c] who created it */
	char name[HVE_VM_NAME];		/* [l] until the first vCPU */
	char label[HVE_VM_NAME + 24];	/* [l] until then: name for the log */

	struct hve_partition pt;
};

static inline struct hve_vm *hve_pt_vm(struct hve_partition *pt)
{
	return container_of(pt, struct hve_vm, pt);
}

/** hve_vm_quirk_off() - did the VMM switch KVM_X86_QUIRK_... off? */
static inline bool hve_vm_quirk_off(const struct hve_vm *vm, u64 quirk)
{
	return READ_ONCE(vm->quirks_off) & quirk;
}

/**
 * hve_vm_create() - a new VM of the current process
 *
 * Return: VM with one reference, or an ERR_PTR.
 */
struct hve_vm *hve_vm_create(void);

/**
 * hve_vm_name_set() - how a VM is called in the log
 * @vm: lock held
 * @name: HVE_VM_NAME bytes
 *
 * Return: 0; -EINVAL when it is empty, not terminated or has other than
 * printable ASCII; -EBUSY when there are vCPUs, which may be logging it.
 */
int hve_vm_name_set(struct hve_vm *vm, const char *name);

/** hve_vm_get() - one more reference */
void hve_vm_get(struct hve_vm *vm);

/** hve_vm_put() - drop a reference; the last one frees everything */
void hve_vm_put(struct hve_vm *vm);

/**
 * hve_vm_vcpu() - vCPU by id
 * @vm: VM
 * @id: vcpu_id
 *
 * Context: any. Return: vCPU or NULL; it lives as long as the VM.
 */
struct hve_vcpu *hve_vm_vcpu(struct hve_vm *vm, u32 id);

/** hve_vm_kill() - every further ioctl is -EIO */
void hve_vm_kill(struct hve_vm *vm);

/* tsc.c */

/** hve_tsc_vm() - the TSC of a vCPU that has not moved it for itself */
u64 hve_tsc_vm(struct hve_vm *vm);

/** hve_tsc_vm_move() - move the one offset; the vCPUs do not run */
void hve_tsc_vm_move(struct hve_vm *vm, s64 diff);

/** hve_tsc_khz() - how fast the guest's TSC runs now */
u32 hve_tsc_khz(struct hve_vm *vm);

/**
 * hve_tsc_scale() - let the processor scale the TSC of all vCPUs
 * @vm: none of its vCPUs has run
 * @khz: native frequency from now on
 *
 * Return: 0; -EINVAL when the processor cannot, or not by so much; -EBUSY.
 */
int hve_tsc_scale(struct hve_vm *vm, u32 khz);

/**
 * hve_tsc_emulate() - scale the guest's TSC by software, or stop that
 * @vm: VM
 * @khz: how fast it shall run; 0: as the host's
 *
 * It makes no step. Context: any. Return: 0; -EINVAL: out of range.
 */
int hve_tsc_emulate(struct hve_vm *vm, u32 khz);

/* vm_list.c */

/** hve_vm_list_add() - a new VM gets its number, pt.id, and can be found */
void hve_vm_list_add(struct hve_vm *vm);

/** hve_vm_list_remove() - it cannot be found any more */
void hve_vm_list_remove(struct hve_vm *vm);

/**
 * hve_vm_list_next() - the VM that follows a number
 * @after: number; 0: the first one
 *
 * Only VMs the caller may look at: its user's, or all with CAP_SYS_ADMIN.
 * Return: VM with a reference, or NULL.
 */
struct hve_vm *hve_vm_list_next(u64 after);

/**
 * hve_vm_list_find() - VM by number, if the caller may look at it
 * @id: number
 *
 * Return: VM with a reference, or NULL.
 */
struct hve_vm *hve_vm_list_find(u64 id);

/* exit_time.c */

/**
 * hve_exit_times_set() - time the exits of a VM, or stop
 * @vm: VM
 * @on: which
 *
 * Costs every VM a little while on. Context: may sleep. Return: 0, -ENOMEM.
 */
int hve_exit_times_set(struct hve_vm *vm, bool on);

/* msr_filter.c */

/**
 * hve_msr_filter_set() - KVM_X86_SET_MSR_FILTER
 * @vm: lock held
 * @in: its bitmaps are user memory
 *
 * Return: 0, -EINVAL, -EFAULT, -ENOMEM.
 */
int hve_msr_filter_set(struct hve_vm *vm, const struct kvm_msr_filter *in);

/** hve_msr_filter_release() - no vCPU runs any more */
void hve_msr_filter_release(struct hve_vm *vm);

/**
 * hve_msr_filter_allows() - may the guest do it?
 * @vm: VM
 * @msr: any
 * @access: KVM_MSR_FILTER_READ or _WRITE
 *
 * Context: any.
 */
bool hve_msr_filter_allows(struct hve_vm *vm, u32 msr, u32 access);

/* A page of ours in guest memory; hides what is below it. */
struct hve_overlay_map {
	struct hve_overlay_map *below;
	void *page;
	u32 rights;
};

/* gpa.c: memory slots and guest memory */

/** hve_overlay_map() - see hve_host_overlay_map() */
int hve_overlay_map(struct hve_vm *vm, u64 gfn, void *page, u32 rights);

/** hve_overlay_unmap() - see hve_host_overlay_unmap() */
void hve_overlay_unmap(struct hve_vm *vm, u64 gfn, void *page);

/**
 * hve_memslot_set() - KVM_SET_USER_MEMORY_REGION
 * @vm: VM
 * @mem: checked by nobody yet
 *
 * Context: may sleep. Return: 0, -EINVAL, -EEXIST (overlap), -ENOMEM.
 */
int hve_memslot_set(struct hve_vm *vm,
		    const struct kvm_userspace_memory_region2 *mem);

/** hve_memslot_bytes() - of all slots; vm->lock is held */
u64 hve_memslot_bytes(struct hve_vm *vm);

/**
 * hve_dirty_log_get() - KVM_GET_DIRTY_LOG
 * @vm: VM
 * @log: request; its bitmap pointer is user memory
 *
 * Return: 0, -EINVAL, -ENOENT (slot without a log), -EFAULT.
 */
int hve_dirty_log_get(struct hve_vm *vm, const struct kvm_dirty_log *log);

#endif /* HVE_CORE_VM_H */
