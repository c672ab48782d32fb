// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of a vCPU that does not run: KVM_TRANSLATE, and the translations
 * of TLFS virtual-mmu.md with their results.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "hv/hv_register.h"
#include "hvhost.h"
#include "core/exit.h"
#include "core/vcpu.h"

int hve_translate(struct hve_vcpu *vcpu, struct kvm_translation *tr)
{
	struct hve_emul_walk w = {};

	vcpu->emul_ready = false;
	if (!hve_emul_fill(vcpu))
		return -EIO;
	tr->valid = hve_emul_walk(&vcpu->emul, tr->linear_address,
				  HVE_EMUL_ACC_NOCHECK, &w) == HVE_EMUL_OK;
	tr->physical_address = tr->valid ? w.gpa : ~0ull;
	tr->writeable = w.writable;
	tr->usermode = w.user;
	return 0;
}

/* A page fault as the guest would get it; no value for the address. */
static u64 fault_event(const struct hve_emul_walk *w)
{
	u8 vector = w->noncanonical ? X86_TRAP_GP : X86_TRAP_PF;
	u32 err = w->noncanonical ? 0 : w->error_code;

	return HV_PENDING_EVENT_PENDING | HV_PENDING_EVENT_HAS_ERROR |
	       (u64)vector << HV_PENDING_EVENT_VECTOR_SHIFT |
	       (u64)err << HV_PENDING_EVENT_ERROR_SHIFT;
}

static u32 fault_code(const struct hve_emul_walk *w)
{
	/* "... or the GVA is beyond the range permitted" */
	if (w->noncanonical || !(w->error_code & HVE_EMUL_PF_PRESENT))
		return HV_TRANSLATE_GVA_PAGE_NOT_PRESENT;
	if (w->error_code & HVE_EMUL_PF_RSVD)
		return HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS;
	return HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION;
}

/* A compare-and-swap of an accessed bit can lose, but not for ever. */
#define WALK_TRIES	16

/* Return: true when the walk came to an end without failure. */
static bool walk(struct hve_vcpu *vcpu, u64 gva, u32 acc,
		 struct hve_emul_walk *w, struct hve_translation *out)
{
	enum hve_emul_result r;
	unsigned int tries = 0;

	do {
		r = hve_emul_walk(&vcpu->emul, gva, acc, w);
	} while (r == HVE_EMUL_RETRY && ++tries < WALK_TRIES);
	if (r == HVE_EMUL_OK)
		return true;
	if (r == HVE_EMUL_FAULT && (w->page_fault || w->noncanonical)) {
		out->code = fault_code(w);
		out->event = fault_event(w);
		return false;
	}
	/* a table that could not be accessed; its address is the answer */
	out->gpn = w->table_gpa >> PAGE_SHIFT;
	if (r == HVE_EMUL_FAULT)
		out->code = HV_TRANSLATE_GVA_GPA_ILLEGAL_OVERLAY_ACCESS;
	else if (r != HVE_EMUL_MMIO && (acc & HVE_EMUL_ACC_SET_AD))
		out->code = HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS;
	else
		out->code = HV_TRANSLATE_GVA_GPA_UNMAPPED;
	return false;
}

/* What the page itself says: SDM, "Page Attribute Table (PAT)". */
static u8 cache_type(struct hve_vcpu *vcpu, const struct hve_emul_walk *w)
{
	u64 pat;
	u8 type;

	if (w->page_bits == 64 ||
	    hve_msr_read(vcpu, MSR_IA32_CR_PAT, &pat) != HVE_NO_FAULT)
		return HV_CACHE_TYPE_WRITE_BACK;
	type = pat >> 8 * (w->pat_index & 7) & 7;
	/* uncached that an MTRR may change; there is none that does */
	return type == 7 ? HV_CACHE_TYPE_UNCACHED : type;
}

/* Who asks: bits of HVE_EMUL_ACC_*. */
static u32 access_of(struct hve_vcpu *vcpu, u64 flags)
{
	struct hve_emul *e = &vcpu->emul;
	bool user = e->cpl == 3;
	u32 acc = 0;

	if (flags & (HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT |
		     HV_TRANSLATE_GVA_SUPERVISOR_ACCESS))
		user = false;
	if (flags & HV_TRANSLATE_GVA_USER_ACCESS)
		user = true;
	if (user)
		acc |= HVE_EMUL_ACC_USER;
	if (flags & HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS)
		acc |= HVE_EMUL_ACC_SET_AD;
	/* the context is a copy: the guest's flags stay */
	if (flags & HV_TRANSLATE_GVA_ENFORCE_SMAP)
		e->rflags &= ~(u64)X86_EFLAGS_AC;
	if (flags & HV_TRANSLATE_GVA_OVERRIDE_SMAP)
		e->rflags |= X86_EFLAGS_AC;
	return acc;
}

/* The access itself, where an overlay has less than all rights. */
static bool overlay_allows(u64 flags, u32 rights)
{
	return !((flags & HV_TRANSLATE_GVA_VALIDATE_READ) &&
		 !(rights & HVE_OVERLAY_R)) &&
	       !((flags & HV_TRANSLATE_GVA_VALIDATE_WRITE) &&
		 !(rights & HVE_OVERLAY_W)) &&
	       !((flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE) &&
		 !(rights & HVE_OVERLAY_X));
}

/*
 * SPEC?: failures to access a page are described for the page tables only: of
 * a translated address nobody looks whether there is memory.
 */
int hve_host_gva_translate(struct hve_vp *vp, unsigned int vtl, u64 gva_page,
			   u64 flags, struct hve_translation *out)
{
	static const struct {
		u64 flag;
		u32 acc;
	} kinds[] = {
		{ HV_TRANSLATE_GVA_VALIDATE_READ, 0 },
		{ HV_TRANSLATE_GVA_VALIDATE_WRITE, HVE_EMUL_ACC_WRITE },
		{ HV_TRANSLATE_GVA_VALIDATE_EXECUTE, HVE_EMUL_ACC_FETCH },
	};
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);
	struct hve_emul_walk w = {};
	u32 acc, rights;
	unsigned int i;

	*out = (struct hve_translation){};
	if (gva_page >> 52) {
		out->code = HV_TRANSLATE_GVA_PAGE_NOT_PRESENT;
		return 0;
	}
	vcpu->emul_ready = false;
	if (!hve_emul_fill(vcpu))
		return -EIO;
	acc = access_of(vcpu, flags);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if ((flags & kinds[i].flag) &&
		    !walk(vcpu, gva_page << PAGE_SHIFT, acc | kinds[i].acc, &w,
			  out))
			return 0;
	out->gpn = w.gpa >> PAGE_SHIFT;
	out->cache_type = cache_type(vcpu, &w);
	out->overlay = hve_overlay_rights(vcpu->vm, out->gpn, &rights);
	if (out->overlay && !overlay_allows(flags, rights))
		out->code = HV_TRANSLATE_GVA_GPA_ILLEGAL_OVERLAY_ACCESS;
	return 0;
}
