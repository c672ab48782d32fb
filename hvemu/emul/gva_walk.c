// SPDX-License-Identifier: GPL-2.0
/*
 * Walk of the guest's page tables in software.
 *
 * SDM, "Paging": 32-bit, PAE, 4-level and 5-level paging with all access rights
 * but those of supervisor keys and shadow stacks.  Called by the emulation and by
 * core (KVM_TRANSLATE).  Guest tables change under us: each entry is read once,
 * and accessed and dirty bits are set by compare-and-swap.
 */
#include "emul.h"
#include "private.h"

#include <linux/kernel.h>

#define PTE_P		BIT_ULL(0)
#define PTE_W		BIT_ULL(1)
#define PTE_U		BIT_ULL(2)
#define PTE_PWT		BIT_ULL(3)
#define PTE_PCD		BIT_ULL(4)
#define PTE_A		BIT_ULL(5)
#define PTE_D		BIT_ULL(6)
#define PTE_PS		BIT_ULL(7)
#define PTE_PAT		BIT_ULL(7)	/* of a 4 KiB leaf */
#define PTE_PAT_LARGE	BIT_ULL(12)
#define PTE_NX		BIT_ULL(63)
#define PTE_ADDR	GENMASK_ULL(51, 12)
#define PTE_PK_SHIFT	59

#define MAX_LEVELS	5

struct walk_state {
	u32 acc;
	bool wide;		/* 8-byte entries */
	bool nxe;
	unsigned int levels;
	unsigned int level;	/* 1: leaf of 4 KiB */
	unsigned int nr;	/* entries passed, for accessed bits */
	u64 leaf;
	struct {
		u64 gpa;
		u64 pte;
	} seen[MAX_LEVELS];
};

static u32 error_code(const struct hve_emul *e, const struct walk_state *s,
		      u32 bits)
{
	if (s->acc & HVE_EMUL_ACC_WRITE)
		bits |= HVE_EMUL_PF_WRITE;
	if (s->acc & HVE_EMUL_ACC_USER)
		bits |= HVE_EMUL_PF_USER;
	if (s->acc & HVE_EMUL_ACC_FETCH && (s->nxe || e->cr4 & CR4_SMEP))
		bits |= HVE_EMUL_PF_FETCH;
	return bits;
}

static enum hve_emul_result page_fault(const struct hve_emul *e,
				       const struct walk_state *s,
				       struct hve_emul_walk *w, u32 bits)
{
	w->error_code = error_code(e, s, bits);
	w->page_fault = true;
	return HVE_EMUL_FAULT;
}

static bool is_large(const struct hve_emul *e, const struct walk_state *s,
		     u64 pte)
{
	if (!(pte & PTE_PS))
		return false;
	if (!s->wide)
		return s->level == 2 && e->cr4 & CR4_PSE;
	return s->level == 2 || (s->level == 3 && s->levels > 3);
}

/* "Reserved bits" of the figures with the formats of paging entries */
static bool has_reserved(const struct hve_emul *e, const struct walk_state *s,
			 u64 pte)
{
	u64 mask = 0;

	if (!s->wide) {
		if (!is_large(e, s, pte))
			return false;
		/* PSE-36: bits 20:13 are address bits 39:32. */
		mask = BIT_ULL(21);
		if (e->maxphyaddr < 40)
			mask |= GENMASK_ULL(20, 13 + max_t(int, e->maxphyaddr, 32) - 32);
		return pte & mask;
	}

	if (e->maxphyaddr < 52)
		mask |= GENMASK_ULL(51, e->maxphyaddr);
	if (!s->nxe)
		mask |= PTE_NX;
	if (s->levels == 3)
		mask |= GENMASK_ULL(62, 52);
	if (s->level >= 4 || (s->level == 3 && !e->has_1g))
		mask |= PTE_PS;
	if (is_large(e, s, pte))
		mask |= s->level == 3 ? GENMASK_ULL(29, 13) : GENMASK_ULL(20, 13);
	return pte & mask;
}

/* A PDPTE of PAE paging: bits 2:1 and 8:5 are reserved, no rights. */
static bool pdpte_has_reserved(const struct hve_emul *e, u64 pte)
{
	u64 mask = GENMASK_ULL(2, 1) | GENMASK_ULL(8, 5) | GENMASK_ULL(63, 52);

	if (e->maxphyaddr < 52)
		mask |= GENMASK_ULL(51, e->maxphyaddr);
	return pte & mask;
}

/* SDM, "Protection Keys": 0, or the bit of the error code */
static u32 key_denies(const struct hve_emul *e, const struct walk_state *s,
		      const struct hve_emul_walk *w)
{
	u32 rights;

	if (!(e->cr4 & CR4_PKE) || s->levels < 4 || !w->user ||
	    s->acc & HVE_EMUL_ACC_FETCH)
		return 0;
	rights = e->pkru >> ((s->leaf >> PTE_PK_SHIFT & 0xf) * 2);
	if (rights & 1)
		return HVE_EMUL_PF_PK;
	if (rights & 2 && s->acc & HVE_EMUL_ACC_WRITE &&
	    (s->acc & HVE_EMUL_ACC_USER || e->cr0 & CR0_WP))
		return HVE_EMUL_PF_PK;
	return 0;
}

/* SDM, "Determination of Access Rights" */
static bool rights_deny(const struct hve_emul *e, const struct walk_state *s,
			const struct hve_emul_walk *w)
{
	u32 acc = s->acc;

	if (acc & HVE_EMUL_ACC_USER) {
		if (!w->user)
			return true;
	} else if (w->user) {
		if (acc & HVE_EMUL_ACC_FETCH) {
			if (e->cr4 & CR4_SMEP)
				return true;
		} else if (e->cr4 & CR4_SMAP &&
			   (acc & HVE_EMUL_ACC_IMPLICIT ||
			    !(e->rflags & RFLAGS_AC))) {
			return true;
		}
	}
	if (acc & HVE_EMUL_ACC_FETCH)
		return w->noexec;
	if (acc & HVE_EMUL_ACC_WRITE && !w->writable)
		return acc & HVE_EMUL_ACC_USER || e->cr0 & CR0_WP;
	return false;
}

static enum hve_emul_result set_accessed(struct hve_emul *e,
					 struct walk_state *s)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		u64 old = s->seen[i].pte;
		u64 new = old | PTE_A;
		enum hve_emul_result r;

		if (i == s->nr - 1 && s->acc & HVE_EMUL_ACC_WRITE)
			new |= PTE_D;
		if (new == old)
			continue;
		r = hve_emul_host_gpa_cmpxchg(e, s->seen[i].gpa, &old, &new,
					      s->wide ? 8 : 4);
		if (r != HVE_EMUL_OK)
			return r;
	}
	return HVE_EMUL_OK;
}

static enum hve_emul_result read_entry(struct hve_emul *e, struct walk_state *s,
				       u64 table, u64 linear,
				       struct hve_emul_walk *w, u64 *pte)
{
	unsigned int bits = s->wide ? 9 : 10;
	unsigned int shift = 12 + (s->level - 1) * bits;
	u64 index = linear >> shift & ((1u << bits) - 1);
	u32 size = s->wide ? 8 : 4;
	u64 gpa = table + index * size;
	enum hve_emul_result r;

	*pte = 0;
	w->table_gpa = gpa;
	r = hve_emul_host_gpa_read(e, gpa, pte, size, 0);
	s->seen[s->nr].gpa = gpa;
	s->seen[s->nr].pte = *pte;
	s->nr++;
	if (r == HVE_EMUL_OK)
		hve_emul_cache_saw(e, gpa, *pte, size);
	return r;
}

static void leaf_address(struct walk_state *s, u64 linear,
			 struct hve_emul_walk *w)
{
	u64 base = s->leaf & PTE_ADDR;

	w->pat_index = (s->leaf & PTE_PWT ? 1 : 0) |
		       (s->leaf & PTE_PCD ? 2 : 0) |
		       (s->leaf & (s->level == 1 ? PTE_PAT : PTE_PAT_LARGE) ?
			4 : 0);
	w->page_bits = 12 + (s->level - 1) * (s->wide ? 9 : 10);
	if (!s->wide && s->level == 2)
		base |= (s->leaf & GENMASK_ULL(20, 13)) << 19;
	base &= ~(BIT_ULL(w->page_bits) - 1);
	w->gpa = base | (linear & (BIT_ULL(w->page_bits) - 1));
}

/* The first table, and for PAE paging the PDPTE, which has no rights. */
static enum hve_emul_result walk_begin(struct hve_emul *e, struct walk_state *s,
				       u64 linear, u64 *table,
				       struct hve_emul_walk *w)
{
	u64 pdpte = 0;
	unsigned int i = linear >> 30 & 3;
	enum hve_emul_result r;

	if (e->efer & EFER_LMA) {
		s->levels = e->cr4 & CR4_LA57 ? 5 : 4;
		*table = e->cr3 & PTE_ADDR;
	} else if (e->cr4 & CR4_PAE) {
		s->levels = 3;
	} else {
		s->levels = 2;
		*table = e->cr3 & GENMASK_ULL(31, 12);
	}
	s->wide = s->levels > 2;
	s->nxe = s->wide && e->efer & EFER_NXE;
	s->level = s->levels;
	if (s->levels != 3)
		return HVE_EMUL_OK;

	if (e->pdptes) {
		pdpte = e->pdptes[i];
	} else {
		w->table_gpa = (e->cr3 & GENMASK_ULL(31, 5)) + i * 8;
		r = hve_emul_host_gpa_read(e, w->table_gpa, &pdpte, 8, 0);
		if (r != HVE_EMUL_OK)
			return r;
		hve_emul_cache_saw(e, (e->cr3 & GENMASK_ULL(31, 5)) + i * 8,
				   pdpte, 8);
	}
	if (!(pdpte & PTE_P))
		return page_fault(e, s, w, 0);
	if (pdpte_has_reserved(e, pdpte))
		return page_fault(e, s, w,
				  HVE_EMUL_PF_PRESENT | HVE_EMUL_PF_RSVD);
	*table = pdpte & PTE_ADDR;
	s->level = 2;
	return HVE_EMUL_OK;
}

enum hve_emul_result hve_emul_walk(struct hve_emul *e, u64 linear, u32 acc,
				   struct hve_emul_walk *w)
{
	struct walk_state s = { .acc = acc };
	enum hve_emul_result r;
	u64 table = 0;
	u64 pte;

	*w = (struct hve_emul_walk){ .writable = true, .user = true };
	if (!(e->cr0 & CR0_PG)) {
		w->gpa = (u32)linear;
		w->page_bits = 64;
		return HVE_EMUL_OK;
	}
	if (e->efer & EFER_LMA) {
		if (!hve_emul_is_canonical(e, linear)) {
			w->noncanonical = true;
			return HVE_EMUL_FAULT;
		}
	} else {
		linear = (u32)linear;
	}

	r = walk_begin(e, &s, linear, &table, w);
	if (r != HVE_EMUL_OK)
		return r;
	for (;; s.level--) {
		r = read_entry(e, &s, table, linear, w, &pte);
		if (r != HVE_EMUL_OK)
			return r;
		if (!(pte & PTE_P))
			return page_fault(e, &s, w, 0);
		if (has_reserved(e, &s, pte))
			return page_fault(e, &s, w, HVE_EMUL_PF_PRESENT |
						    HVE_EMUL_PF_RSVD);
		w->writable &= !!(pte & PTE_W);
		w->user &= !!(pte & PTE_U);
		w->noexec |= s.nxe && pte & PTE_NX;
		if (s.level == 1 || is_large(e, &s, pte))
			break;
		table = pte & (s.wide ? PTE_ADDR : GENMASK_ULL(31, 12));
	}
	s.leaf = pte;
	leaf_address(&s, linear, w);

	if (!(acc & HVE_EMUL_ACC_NOCHECK)) {
		u32 pk = key_denies(e, &s, w);

		if (pk || rights_deny(e, &s, w))
			return page_fault(e, &s, w, HVE_EMUL_PF_PRESENT | pk);
	}
	return acc & HVE_EMUL_ACC_SET_AD ? set_accessed(e, &s) : HVE_EMUL_OK;
}
