// SPDX-License-Identifier: GPL-2.0
/*
 * Memory slots: KVM_SET_USER_MEMORY_REGION and the dirty log.
 *
 * The sorted array is replaced as a whole under vm->lock; readers hold
 * vm->srcu.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "core/vm.h"

#define SLOT_FLAGS	(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY)
#define SLOT_MAX_PAGES	((1ul << 31) - 1)
#define GPA_LIMIT	BIT_ULL(48)

static struct hve_memslots *slots_of(struct hve_vm *vm)
{
	return rcu_dereference_protected(vm->slots, lockdep_is_held(&vm->lock));
}

static int find_id(const struct hve_memslots *slots, u32 id)
{
	unsigned int i;

	for (i = 0; i < slots->nr; i++)
		if (slots->slot[i].id == id)
			return i;
	return -1;
}

static int check_region(const struct kvm_userspace_memory_region2 *mem)
{
	if (mem->slot >> 16 || (mem->slot & 0xffff) >= HVE_NR_MEMSLOTS)
		return -EINVAL;
	if (mem->flags & ~SLOT_FLAGS)
		return -EINVAL;
	if ((mem->memory_size | mem->guest_phys_addr | mem->userspace_addr) &
	    (PAGE_SIZE - 1))
		return -EINVAL;
	if (mem->memory_size >> PAGE_SHIFT > SLOT_MAX_PAGES)
		return -EINVAL;
	if (mem->guest_phys_addr + mem->memory_size < mem->guest_phys_addr)
		return -EINVAL;
	if (mem->memory_size &&
	    mem->guest_phys_addr + mem->memory_size > GPA_LIMIT)
		return -EINVAL;
	if (mem->userspace_addr != untagged_addr(mem->userspace_addr) ||
	    !access_ok((void __user *)(unsigned long)mem->userspace_addr,
		       mem->memory_size))
		return -EINVAL;
	return 0;
}

/* What may change of a slot that exists: position and flags, not size. */
static int check_change(const struct hve_memslot *old,
			const struct hve_memslot *new)
{
	if (old->npages != new->npages || old->hva != new->hva ||
	    ((old->flags ^ new->flags) & KVM_MEM_READONLY))
		return -EINVAL;
	return 0;
}

static bool overlaps(const struct hve_memslots *slots,
		     const struct hve_memslot *new)
{
	unsigned int i;

	for (i = 0; i < slots->nr; i++) {
		const struct hve_memslot *s = &slots->slot[i];

		if (s->id != new->id && s->gfn < new->gfn + new->npages &&
		    new->gfn < s->gfn + s->npages)
			return true;
	}
	return false;
}

/* The old array without @old_at and with @new, sorted. */
static struct hve_memslots *build(const struct hve_memslots *old, int old_at,
				  const struct hve_memslot *new)
{
	struct hve_memslots *s;
	unsigned int i, n = 0;
	bool placed = !new;

	s = kvmalloc(struct_size(s, slot, old->nr + 1), GFP_KERNEL_ACCOUNT);
	if (!s)
		return NULL;
	for (i = 0; i < old->nr; i++) {
		if (i == old_at)
			continue;
		if (!placed && new->gfn < old->slot[i].gfn) {
			s->slot[n++] = *new;
			placed = true;
		}
		s->slot[n++] = old->slot[i];
	}
	if (!placed)
		s->slot[n++] = *new;
	s->nr = n;
	return s;
}

static int publish(struct hve_vm *vm, int old_at, const struct hve_memslot *new)
{
	struct hve_memslots *old = slots_of(vm), *next = build(old, old_at, new);
	struct hve_memslot gone = {};
	bool flush = false;

	if (!next)
		return -ENOMEM;
	if (old_at >= 0)
		gone = old->slot[old_at];
	rcu_assign_pointer(vm->slots, next);
	atomic64_inc(&vm->mem_gen);
	synchronize_srcu_expedited(&vm->srcu);
	spin_lock(&vm->mmu.lock);
	if (old_at >= 0)
		flush = hve_mmu_zap(&vm->mmu, gone.gfn, gone.gfn + gone.npages);
	spin_unlock(&vm->mmu.lock);
	if (flush)
		hve_mmu_flush(&vm->mmu);
	if (gone.dirty && (!new || new->dirty != gone.dirty))
		kvfree(gone.dirty);
	kvfree(old);
	return 0;
}

static int add_or_change(struct hve_vm *vm, int at, struct hve_memslot *new)
{
	struct hve_memslots *slots = slots_of(vm);
	const struct hve_memslot *old = at >= 0 ? &slots->slot[at] : NULL;
	int r;

	if (old) {
		r = check_change(old, new);
		if (r)
			return r;
		if (old->gfn == new->gfn && old->flags == new->flags)
			return 0;
	}
	if (overlaps(slots, new))
		return -EEXIST;
	if (new->flags & KVM_MEM_LOG_DIRTY_PAGES) {
		new->dirty = old ? old->dirty : NULL;
		if (!new->dirty)
			new->dirty = kvcalloc(BITS_TO_LONGS(new->npages),
					      sizeof(long), GFP_KERNEL_ACCOUNT);
		if (!new->dirty)
			return -ENOMEM;
	}
	r = publish(vm, at, new);
	if (r && new->dirty && (!old || new->dirty != old->dirty))
		kvfree(new->dirty);
	return r;
}

int hve_memslot_set(struct hve_vm *vm,
		    const struct kvm_userspace_memory_region2 *mem)
{
	struct hve_memslot new = {
		.gfn = mem->guest_phys_addr >> PAGE_SHIFT,
		.npages = mem->memory_size >> PAGE_SHIFT,
		.hva = mem->userspace_addr,
		.id = mem->slot,
		.flags = mem->flags,
	};
	int at, r = check_region(mem);

	if (r)
		return r;
	mutex_lock(&vm->lock);
	at = find_id(slots_of(vm), new.id);
	if (new.npages)
		r = add_or_change(vm, at, &new);
	else if (at >= 0)
		r = publish(vm, at, NULL);
	else
		r = -EINVAL;
	mutex_unlock(&vm->lock);
	return r;
}

/* Take the bits away, protect the pages again, then tell the VMM. */
static int dirty_take(struct hve_vm *vm, const struct hve_memslot *s,
		      unsigned long *copy)
{
	unsigned long i, n = BITS_TO_LONGS(s->npages);
	bool flush = false;

	spin_lock(&vm->mmu.lock);
	for (i = 0; i < n; i++) {
		u64 gfn = s->gfn + i * BITS_PER_LONG;

		copy[i] = READ_ONCE(s->dirty[i]) ? xchg(&s->dirty[i], 0) : 0;
		if (copy[i])
			flush |= hve_mmu_wrprotect(&vm->mmu, gfn,
						   gfn + BITS_PER_LONG);
	}
	spin_unlock(&vm->mmu.lock);
	if (flush)
		hve_mmu_flush(&vm->mmu);
	return 0;
}

u64 hve_memslot_bytes(struct hve_vm *vm)
{
	const struct hve_memslots *s = slots_of(vm);
	u64 pages = 0;
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		pages += s->slot[i].npages;
	return pages << PAGE_SHIFT;
}

int hve_dirty_log_get(struct hve_vm *vm, const struct kvm_dirty_log *log)
{
	const struct hve_memslot *s;
	unsigned long *copy;
	size_t bytes;
	int at, r = 0;

	if (log->slot >= HVE_NR_MEMSLOTS)
		return -EINVAL;
	mutex_lock(&vm->lock);
	at = find_id(slots_of(vm), log->slot);
	s = at >= 0 ? &slots_of(vm)->slot[at] : NULL;
	if (!s || !s->dirty) {
		mutex_unlock(&vm->lock);
		return -ENOENT;
	}
	bytes = BITS_TO_LONGS(s->npages) * sizeof(long);
	copy = kvmalloc(bytes, GFP_KERNEL_ACCOUNT);
	if (copy)
		r = dirty_take(vm, s, copy);
	mutex_unlock(&vm->lock);
	if (!copy)
		return -ENOMEM;
	if (copy_to_user(log->dirty_bitmap, copy, bytes))
		r = -EFAULT;
	kvfree(copy);
	return r;
}
