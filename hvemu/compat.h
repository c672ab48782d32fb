/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The differences between kernels 6.1 and 7.2, written towards the newest
 * names; force-included everywhere.  The HVE_HAVE_* come from Kbuild, which
 * looks into the headers: version numbers lie where things are back-ported.
 */
#ifndef HVE_COMPAT_H
#define HVE_COMPAT_H

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/types.h>
#include <linux/hrtimer.h>
#include <linux/eventfd.h>
#include <asm/msr.h>
#include <asm/vmx.h>
#ifdef HVE_HAVE_CPUID_API
#include <asm/cpuid/api.h>
#else
#include <asm/cpuid.h>
#endif

#ifndef HVE_HAVE_RDMSRQ
#define rdmsrq(msr, val)	rdmsrl(msr, val)
#define wrmsrq(msr, val)	wrmsrl(msr, val)
#define rdmsrq_safe(msr, val)	rdmsrl_safe(msr, val)
#define wrmsrq_safe(msr, val)	wrmsrl_safe(msr, val)
#endif

#ifndef HVE_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

#ifndef HVE_HAVE_EVENTFD_SIGNAL1
#define eventfd_signal(ctx)	eventfd_signal(ctx, 1)
#endif

/* Bits of the VMX capability MSRs that <asm/vmx.h> has got since 6.1 */
#ifndef SECONDARY_EXEC_ENABLE_XSAVES
#define SECONDARY_EXEC_ENABLE_XSAVES		SECONDARY_EXEC_XSAVES
#endif
#ifndef VMX_BASIC_32BIT_PHYS_ADDR_ONLY
#define VMX_BASIC_32BIT_PHYS_ADDR_ONLY		BIT_ULL(48)
#define VMX_BASIC_DUAL_MONITOR_TREATMENT	BIT_ULL(49)
#endif
#ifndef VMX_MISC_VMWRITE_SHADOW_RO_FIELDS
#define VMX_MISC_VMWRITE_SHADOW_RO_FIELDS	BIT_ULL(29)
#endif
#ifndef VMX_MISC_ACTIVITY_SHUTDOWN
#define VMX_MISC_ACTIVITY_SHUTDOWN		BIT_ULL(7)
#endif

/* A quiescent state of RCU: the guest is about to run. */
#ifdef HVE_HAVE_RCU_NOTE_VOID
#define hve_rcu_note()	rcu_virt_note_context_switch()
#else
#define hve_rcu_note()	rcu_virt_note_context_switch(raw_smp_processor_id())
#endif

#ifndef HVE_HAVE_FOLLOW_PFNMAP
#include <linux/mm.h>

struct follow_pfnmap_args {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned long pfn;
	pgprot_t pgprot;
	bool writable;
};

/* Small pages only; what is found is as true behind the end as before it. */
static inline int follow_pfnmap_start(struct follow_pfnmap_args *args)
{
	spinlock_t *lock; /* of the page table */
	pte_t *ptep;
#ifdef HVE_HAVE_FOLLOW_PTE_VMA
	int r = follow_pte(args->vma, args->address, &ptep, &lock);
#else
	int r = follow_pte(args->vma->vm_mm, args->address, &ptep, &lock);
#endif

	if (r)
		return r;
	__acquire(lock); /* for sparse: nobody says that follow_pte() does */
	args->pfn = pte_pfn(*ptep);
	args->pgprot = pte_pgprot(*ptep);
	args->writable = pte_write(*ptep);
	pte_unmap_unlock(ptep, lock);
	return 0;
}

static inline void follow_pfnmap_end(struct follow_pfnmap_args *args)
{
}
#endif

#endif /* HVE_COMPAT_H */
