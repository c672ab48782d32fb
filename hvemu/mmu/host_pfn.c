// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the VMM that is no page of the kernel: registers and memory of
 * devices that a driver maps for it (VFIO, /dev/mem).
 *
 * Nothing is held on such a frame. The driver takes the mapping away before
 * the frame, and the MMU notifier then does so in the guest.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include "mmu.h"

/* mmap_lock held, for reading. */
static int follow(struct vm_area_struct *vma, unsigned long hva, bool write,
		  u64 *pfn, u32 *prot)
{
	struct follow_pfnmap_args args = { .vma = vma, .address = hva };
	int r = follow_pfnmap_start(&args);

	if (r)
		return r;
	if (write && !args.writable) {
		r = -EFAULT;
	} else {
		*pfn = args.pfn;
		*prot = HVE_MMU_R | HVE_MMU_X;
		if (args.writable)
			*prot |= HVE_MMU_W;
		/* write-back is the type without any bit */
		if (pgprot_val(args.pgprot) & _PAGE_CACHE_MASK)
			*prot |= HVE_MMU_UC;
	}
	follow_pfnmap_end(&args);
	return r;
}

int hve_mmu_host_pfn(struct hve_mmu *mmu, unsigned long hva, bool write,
		     u64 *pfn, u32 *prot)
{
	unsigned int flags = write ? FAULT_FLAG_WRITE : 0;
	struct vm_area_struct *vma;
	bool unlocked = false;
	int r = -EFAULT;

	mmap_read_lock(mmu->mm);
	vma = vma_lookup(mmu->mm, hva);
	if (!vma || !(vma->vm_flags & (VM_PFNMAP | VM_IO)) ||
	    !(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
		goto out;
	r = follow(vma, hva, write, pfn, prot);
	if (!r)
		goto out;
	/* not entered yet: some drivers do that page by page */
	r = fixup_user_fault(mmu->mm, hva, flags, &unlocked);
	if (!r)
		r = unlocked ? -EAGAIN : follow(vma, hva, write, pfn, prot);
out:
	mmap_read_unlock(mmu->mm);
	return !r || r == -EAGAIN ? r : -EFAULT;
}
