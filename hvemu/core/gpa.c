// SPDX-License-Identifier: GPL-2.0
/*
 * Guest physical memory: slots, overlay pages, access, and the faults that
 * fill the EPT.
 *
 * Readers of slots and overlays hold vm->srcu; a change is published, waited
 * for, and only then are old translations zapped.
 */
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "hvhost.h"
#include "core/exit.h"
#include "core/vm.h"
#include "core/vcpu.h"
#include "core/zeroed.h"

#define GFN_LIMIT	BIT_ULL(36)	/* four levels of EPT */

static const struct hve_memslot *find_slot(const struct hve_memslots *slots,
					   u64 gfn)
{
	unsigned int lo = 0, hi = slots->nr;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;
		const struct hve_memslot *s = &slots->slot[mid];

		if (gfn < s->gfn)
			hi = mid;
		else if (gfn - s->gfn >= s->npages)
			lo = mid + 1;
		else
			return s;
	}
	return NULL;
}

const struct hve_memslot *hve_gfn_slot(struct hve_vm *vm, u64 gfn)
{
	return find_slot(srcu_dereference(vm->slots, &vm->srcu), gfn);
}

/* The overlay on a frame; most frames have none, and that is cheap to see. */
static struct hve_overlay_map *overlay_of(struct hve_vm *vm, u64 gfn)
{
	if (likely(!(READ_ONCE(vm->overlay_bits) >> (gfn & 63) & 1)))
		return NULL;
	return xa_load(&vm->overlays, gfn);
}

static void mark_dirty(const struct hve_memslot *s, u64 gfn)
{
	if (unlikely(s->dirty))
		set_bit(gfn - s->gfn, s->dirty);
}

/* One page; the caller holds srcu. */
static int page_copy(struct hve_vcpu *vcpu, u64 gpa, void *buf, u32 len,
		     bool write)
{
	struct hve_overlay_map *o = overlay_of(vcpu->vm, gpa >> PAGE_SHIFT);
	const struct hve_memslot *s;
	void __user *uaddr;
	unsigned long left;

	if (unlikely(o)) {
		if (!(o->rights & (write ? HVE_OVERLAY_W : HVE_OVERLAY_R)))
			return -EFAULT;
		if (write)
			memcpy(o->page + offset_in_page(gpa), buf, len);
		else
			memcpy(buf, o->page + offset_in_page(gpa), len);
		return 0;
	}
	s = hve_gfn_slot(vcpu->vm, gpa >> PAGE_SHIFT);
	if (!s || (write && (s->flags & KVM_MEM_READONLY)))
		return -EFAULT;
	uaddr = (void __user *)(s->hva + (gpa - (s->gfn << PAGE_SHIFT)));
	if (vcpu->in_window) {
		pagefault_disable();
		left = write ? __copy_to_user_inatomic(uaddr, buf, len) :
			       __copy_from_user_inatomic(buf, uaddr, len);
		pagefault_enable();
		if (left)
			return -EAGAIN;
	} else if (!write && len == sizeof(u64)) {
		/* page table entries */
		if (get_user(*(u64 *)buf, (u64 __user *)uaddr))
			return -EFAULT;
	} else {
		left = write ? copy_to_user(uaddr, buf, len) :
			       copy_from_user(buf, uaddr, len);
		if (left)
			return -EFAULT;
	}
	if (write) {
		hve_zeroed_touch(vcpu->vm, gpa >> PAGE_SHIFT);
		mark_dirty(s, gpa >> PAGE_SHIFT);
	}
	return 0;
}

static int pages_copy(struct hve_vcpu *vcpu, u64 gpa, void *buf, u32 len,
		      bool write)
{
	int r = 0;

	while (len && !r) {
		u32 n = min_t(u32, len, PAGE_SIZE - offset_in_page(gpa));

		r = page_copy(vcpu, gpa, buf, n, write);
		gpa += n;
		buf += n;
		len -= n;
	}
	return r;
}

static int gpa_copy(struct hve_vcpu *vcpu, u64 gpa, void *buf, u32 len,
		    bool write)
{
	int idx, r;

	if (vcpu->slots_held)
		return pages_copy(vcpu, gpa, buf, len, write);
	idx = srcu_read_lock(&vcpu->vm->srcu);
	r = pages_copy(vcpu, gpa, buf, len, write);
	srcu_read_unlock(&vcpu->vm->srcu, idx);
	return r;
}

int hve_gpa_read(struct hve_vcpu *vcpu, u64 gpa, void *dst, u32 len)
{
	return gpa_copy(vcpu, gpa, dst, len, false);
}

int hve_gpa_write(struct hve_vcpu *vcpu, u64 gpa, const void *src, u32 len)
{
	return gpa_copy(vcpu, gpa, (void *)src, len, true);
}

static bool cmpxchg_kernel(void *p, const void *old, const void *new, u32 len)
{
	switch (len) {
	case 1:
		return cmpxchg((u8 *)p, *(u8 *)old, *(u8 *)new) == *(u8 *)old;
	case 2:
		return cmpxchg((u16 *)p, *(u16 *)old, *(u16 *)new) == *(u16 *)old;
	case 4:
		return cmpxchg((u32 *)p, *(u32 *)old, *(u32 *)new) == *(u32 *)old;
	case 8:
		return cmpxchg((u64 *)p, *(u64 *)old, *(u64 *)new) == *(u64 *)old;
	}
	return false;
}

/*
 * Compare and swap through a short-lived pin of the page.  Outside only.
 * Return: 1 swapped, 0 lost, -EFAULT no memory.
 */
int hve_gpa_cmpxchg(struct hve_vcpu *vcpu, u64 gpa, const void *old,
		    const void *new, u32 len)
{
	struct hve_vm *vm = vcpu->vm;
	struct hve_overlay_map *o;
	const struct hve_memslot *s;
	struct page *page;
	int idx, r = -EFAULT;

	if (!is_power_of_2(len) || len > 8 || (gpa & (len - 1)))
		return -EFAULT;
	idx = srcu_read_lock(&vm->srcu);
	o = overlay_of(vm, gpa >> PAGE_SHIFT);
	s = hve_gfn_slot(vm, gpa >> PAGE_SHIFT);
	if (o) {
		if (o->rights & HVE_OVERLAY_W)
			r = cmpxchg_kernel(o->page + offset_in_page(gpa), old,
					   new, len);
	} else if (s && !(s->flags & KVM_MEM_READONLY)) {
		unsigned long hva = s->hva + (gpa - (s->gfn << PAGE_SHIFT));

		if (get_user_pages_fast(hva, 1, FOLL_WRITE, &page) == 1) {
			r = cmpxchg_kernel(page_address(page) +
					   offset_in_page(hva), old, new, len);
			SetPageDirty(page);
			put_page(page);
			hve_zeroed_touch(vm, gpa >> PAGE_SHIFT);
			mark_dirty(s, gpa >> PAGE_SHIFT);
		}
	}
	srcu_read_unlock(&vm->srcu, idx);
	return r;
}

struct fault {
	u64 gfn;
	bool write;
	bool fetch;
	unsigned long hva;
	struct page *page;
	u64 pfn;
	u32 prot;
	unsigned long seq;
	const struct hve_gpa_shadow *sh;	/* NULL: our own tables */
};

static bool lookup_page(struct fault *f, bool readonly)
{
	f->prot = HVE_MMU_RWX;
	if (!readonly) {
		if (f->write)
			return get_user_pages_fast(f->hva, 1, FOLL_WRITE,
						   &f->page) == 1;
		/* writable at once where the host's entry is already */
		if (get_user_pages_fast_only(f->hva, 1, FOLL_WRITE, &f->page) == 1)
			return true;
	}
	f->prot &= ~HVE_MMU_W;
	return get_user_pages_fast(f->hva, 1, 0, &f->page) == 1;
}

/*
 * On processors with the erratum "Machine Check Error on Page Size Change" a
 * guest that executes from a page of which it changes the size can stop the
 * machine.  There only small pages are executable, as long as the host wants
 * mitigations.
 */
static bool large_may_execute(void)
{
	return !boot_cpu_has_bug(X86_BUG_ITLB_MULTIHIT) || cpu_mitigations_off();
}

/* Is the host's page a large one, and may the guest's be? */
static int fault_level(struct hve_vm *vm, const struct hve_memslot *s,
		       const struct fault *f)
{
	if (!hve_vmx_caps.ept_2m || s->dirty ||
	    (s->hva >> PAGE_SHIFT & 511) != (s->gfn & 511) ||
	    (f->fetch && !large_may_execute()))
		return HVE_LEVEL_4K;
	return hve_mmu_host_level(vm->mmu.mm, f->hva);
}

/*
 * The slot's end, or a page of ours in the middle, keeps the large page away.
 * The small ones of it are entered all at once, else each would be a fault.
 */
static int level_of_whole(struct hve_vcpu *vcpu, const struct hve_memslot *s,
			  const struct fault *f)
{
	u64 base = f->gfn & ~511ull, end = s->gfn + s->npages;
	DECLARE_BITMAP(except, 512) = {};
	struct hve_overlay_map *o;
	unsigned long index;

	if (s->gfn > base)
		bitmap_set(except, 0, s->gfn - base);
	if (end < base + 512)
		bitmap_set(except, end - base, base + 512 - end);
	xa_for_each_range(&vcpu->vm->overlays, index, o, base, base + 511)
		__set_bit(index - base, except);
	if (bitmap_empty(except, 512))
		return HVE_LEVEL_2M;
	if (!f->sh)
		hve_mmu_map_around(&vcpu->vm->mmu, vcpu->cur_vtl,
				   &vcpu->mmu_cache, base,
				   f->pfn - (f->gfn & 511), f->prot, except);
	return HVE_LEVEL_4K;
}

/* Into the tables of a guest's guest, where it has another number. */
static bool map_shadow(struct hve_vcpu *vcpu, const struct fault *f, int level,
		       u32 prot)
{
	const struct hve_gpa_shadow *sh = f->sh;
	u64 gfn = sh->l2_gfn, pfn = f->pfn;

	level = min(level, sh->level);
	if ((gfn ^ f->gfn) & 511)
		level = HVE_LEVEL_4K;
	if (level == HVE_LEVEL_2M) {
		pfn -= gfn & 511;
		gfn &= ~511ull;
	}
	return hve_shadow_map(&vcpu->vm->mmu, sh->tables, &vcpu->mmu_cache, gfn,
			      pfn, level, prot & sh->prot, sh->l2_gfn);
}

static void map_fault(struct hve_vcpu *vcpu, const struct hve_memslot *s,
		      struct fault *f)
{
	struct hve_mmu *mmu = &vcpu->vm->mmu;
	u64 gfn = f->gfn, pfn = f->pfn;
	u32 no_exec = 0;
	bool flush = false;
	int level;

	if (f->prot & HVE_MMU_W)
		hve_zeroed_touch(vcpu->vm, gfn);
	spin_lock(&mmu->lock);
	if (!hve_mmu_retry(mmu, f->seq, f->hva)) {
		level = fault_level(vcpu->vm, s, f);
		if (level == HVE_LEVEL_2M)
			level = level_of_whole(vcpu, s, f);
		if (level == HVE_LEVEL_2M) {
			pfn -= gfn & 511;
			gfn &= ~511ull;
			if (!large_may_execute())
				no_exec = HVE_MMU_X;
		}
		if (s->dirty) {
			if (f->write)
				mark_dirty(s, f->gfn);
			else
				f->prot &= ~HVE_MMU_W;
		}
		if (unlikely(f->sh))
			flush = map_shadow(vcpu, f, level, f->prot & ~no_exec);
		else
			flush = hve_mmu_map(mmu, vcpu->cur_vtl,
					    &vcpu->mmu_cache, gfn, pfn, level,
					    f->prot & ~no_exec, f->gfn);
	}
	spin_unlock(&mmu->lock);
	if (flush)
		hve_mmu_flush(mmu);
}

/* A device's memory, which has no pages. */
static enum hve_gpa_result fault_pfn(struct hve_vcpu *vcpu,
				     const struct hve_memslot *s,
				     struct fault *f, bool readonly)
{
	int r = hve_mmu_host_pfn(&vcpu->vm->mmu, f->hva, f->write, &f->pfn,
				 &f->prot);

	/* the guest touches it again */
	if (r == -EAGAIN)
		return HVE_GPA_MAPPED;
	if (r)
		return HVE_GPA_ERROR;
	if (readonly)
		f->prot &= ~HVE_MMU_W;
	map_fault(vcpu, s, f);
	return HVE_GPA_MAPPED;
}

static enum hve_gpa_result fault_slot(struct hve_vcpu *vcpu,
				      const struct hve_memslot *s,
				      struct fault *f)
{
	bool readonly = s->flags & KVM_MEM_READONLY;

	if (readonly && f->write)
		return HVE_GPA_MMIO;
	f->hva = s->hva + ((f->gfn - s->gfn) << PAGE_SHIFT);
	f->seq = READ_ONCE(vcpu->vm->mmu.notifier_seq);
	/* pairs with the unlock in range_end(): seq, then the page */
	smp_rmb();
	if (!lookup_page(f, readonly))
		return fault_pfn(vcpu, s, f, readonly);
	f->pfn = page_to_pfn(f->page);
	map_fault(vcpu, s, f);
	if ((f->prot & HVE_MMU_W) && !PageReserved(f->page))
		SetPageDirty(f->page);
	put_page(f->page);
	return HVE_GPA_MAPPED;
}

static enum hve_gpa_result fault_overlay(struct hve_vcpu *vcpu,
					 const struct hve_overlay_map *o,
					 struct fault *f, bool fetch)
{
	u32 need = f->write ? HVE_OVERLAY_W :
		   fetch ? HVE_OVERLAY_X : HVE_OVERLAY_R;
	struct hve_mmu *mmu = &vcpu->vm->mmu;
	u32 prot = 0;
	bool flush;

	if (!(o->rights & need))
		return HVE_GPA_PROTECTED;
	if (o->rights & HVE_OVERLAY_R)
		prot |= HVE_MMU_R;
	if (o->rights & HVE_OVERLAY_W)
		prot |= HVE_MMU_W;
	if (o->rights & HVE_OVERLAY_X)
		prot |= HVE_MMU_X;
	spin_lock(&mmu->lock);
	f->pfn = page_to_pfn(virt_to_page(o->page));
	f->prot = prot;
	if (unlikely(f->sh))
		flush = map_shadow(vcpu, f, HVE_LEVEL_4K, prot);
	else
		flush = hve_mmu_map(mmu, vcpu->cur_vtl, &vcpu->mmu_cache,
				    f->gfn, f->pfn, HVE_LEVEL_4K, prot, f->gfn);
	spin_unlock(&mmu->lock);
	if (flush)
		hve_mmu_flush(mmu);
	return HVE_GPA_MAPPED;
}

enum hve_gpa_result hve_gpa_fault_in(struct hve_vcpu *vcpu, u64 gpa, bool write,
				     bool fetch, const struct hve_gpa_shadow *sh)
{
	struct fault f = {
		.gfn = gpa >> PAGE_SHIFT, .write = write, .fetch = fetch,
		.sh = sh,
	};
	struct hve_vm *vm = vcpu->vm;
	const struct hve_overlay_map *o;
	const struct hve_memslot *s;
	enum hve_gpa_result r;
	int idx;

	if (hve_mmu_cache_fill(&vcpu->mmu_cache))
		return HVE_GPA_ERROR;
	idx = srcu_read_lock(&vm->srcu);
	o = overlay_of(vm, f.gfn);
	s = hve_gfn_slot(vm, f.gfn);
	if (unlikely(o))
		r = fault_overlay(vcpu, o, &f, fetch);
	else if (s)
		r = fault_slot(vcpu, s, &f);
	else
		r = HVE_GPA_MMIO;
	srcu_read_unlock(&vm->srcu, idx);
	return r;
}

bool hve_mmu_host_unmap_hva(struct hve_mmu *mmu, unsigned long start,
			    unsigned long end)
{
	struct hve_vm *vm = container_of(mmu, struct hve_vm, mmu);
	const struct hve_memslots *slots;
	bool flush = false;
	unsigned int i;
	int idx = srcu_read_lock(&vm->srcu);

	slots = srcu_dereference(vm->slots, &vm->srcu);
	for (i = 0; i < slots->nr; i++) {
		const struct hve_memslot *s = &slots->slot[i];
		unsigned long from = max(start, s->hva);
		unsigned long to = min(end, s->hva + (s->npages << PAGE_SHIFT));

		if (from >= to)
			continue;
		flush |= hve_mmu_zap(mmu,
				     s->gfn + ((from - s->hva) >> PAGE_SHIFT),
				     s->gfn + ((to - s->hva + PAGE_SIZE - 1) >>
					       PAGE_SHIFT));
	}
	srcu_read_unlock(&vm->srcu, idx);
	return flush;
}

static void zap_range(struct hve_vm *vm, u64 gfn, u64 npages)
{
	bool flush;

	spin_lock(&vm->mmu.lock);
	flush = hve_mmu_zap(&vm->mmu, gfn, gfn + npages);
	spin_unlock(&vm->mmu.lock);
	if (flush)
		hve_mmu_flush(&vm->mmu);
}

/* Published and old translations gone; overlay_lock held. */
static void overlay_changed(struct hve_vm *vm, u64 gfn)
{
	atomic64_inc(&vm->mem_gen);
	synchronize_srcu_expedited(&vm->srcu);
	zap_range(vm, gfn, 1);
}

int hve_overlay_map(struct hve_vm *vm, u64 gfn, void *page, u32 rights)
{
	struct hve_overlay_map *o;
	int r;

	if (gfn >= GFN_LIMIT)
		return -EINVAL;
	o = kmalloc(sizeof(*o), GFP_KERNEL_ACCOUNT);
	if (!o)
		return -ENOMEM;
	o->page = page;
	o->rights = rights;
	mutex_lock(&vm->overlay_lock);
	o->below = xa_load(&vm->overlays, gfn);
	/* a bit stays: a look-up too many does no harm */
	WRITE_ONCE(vm->overlay_bits, vm->overlay_bits | 1ull << (gfn & 63));
	r = xa_err(xa_store(&vm->overlays, gfn, o, GFP_KERNEL_ACCOUNT));
	if (!r)
		overlay_changed(vm, gfn);
	mutex_unlock(&vm->overlay_lock);
	if (r)
		kfree(o);
	return r;
}

/* Take it out of the pile on its frame. Return: it, or NULL. */
static struct hve_overlay_map *overlay_unlink(struct hve_vm *vm, u64 gfn,
					      void *page)
{
	struct hve_overlay_map *o = xa_load(&vm->overlays, gfn), *above = NULL;

	while (o && o->page != page) {
		above = o;
		o = o->below;
	}
	if (!o)
		return NULL;
	if (above)
		WRITE_ONCE(above->below, o->below);
	else if (o->below)
		xa_store(&vm->overlays, gfn, o->below, GFP_KERNEL_ACCOUNT);
	else
		xa_erase(&vm->overlays, gfn);
	return o;
}

void hve_overlay_unmap(struct hve_vm *vm, u64 gfn, void *page)
{
	struct hve_overlay_map *o;

	mutex_lock(&vm->overlay_lock);
	o = overlay_unlink(vm, gfn, page);
	if (o)
		overlay_changed(vm, gfn);
	mutex_unlock(&vm->overlay_lock);
	kfree(o);
}

static bool is_memory(struct hve_vm *vm, u64 gfn)
{
	return hve_gfn_slot(vm, gfn) || overlay_of(vm, gfn);
}

bool hve_gpa_is_memory(struct hve_vcpu *vcpu, u64 gpa)
{
	struct hve_vm *vm = vcpu->vm;
	int idx;
	bool is;

	if (vcpu->slots_held)
		return is_memory(vm, gpa >> PAGE_SHIFT);
	idx = srcu_read_lock(&vm->srcu);
	is = is_memory(vm, gpa >> PAGE_SHIFT);
	srcu_read_unlock(&vm->srcu, idx);
	return is;
}

bool hve_overlay_rights(struct hve_vm *vm, u64 gfn, u32 *rights)
{
	int idx = srcu_read_lock(&vm->srcu);
	const struct hve_overlay_map *o = overlay_of(vm, gfn);

	*rights = o ? o->rights : 0;
	srcu_read_unlock(&vm->srcu, idx);
	return o;
}

unsigned long hve_gpa_user_address(struct hve_vcpu *vcpu, u64 gpa)
{
	const struct hve_memslot *s;

	if (!vcpu->slots_held || overlay_of(vcpu->vm, gpa >> PAGE_SHIFT))
		return 0;
	s = hve_gfn_slot(vcpu->vm, gpa >> PAGE_SHIFT);
	return s ? s->hva + (gpa - (s->gfn << PAGE_SHIFT)) : 0;
}
