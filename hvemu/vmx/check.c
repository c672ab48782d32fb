// SPDX-License-Identifier: GPL-2.0
/*
 * Which check made a VM entry fail: the SDM's "Checks on the Guest State Area"
 * as rows, so that a VMM author reads a name and not a number.
 */
#include <linux/kernel.h>
#include <asm/processor-flags.h>
#include "vmx.h"
#include "vmcs.h"

struct guest {
	struct hve_vmx *vmx;
	u64 cr0, cr3, cr4, efer, rflags, rip, intr;
	bool long_mode, v86, unrestricted;
	u32 activity, blocking;
	struct hve_segment seg[NR_SEGS];
};

#define SEG_AR_TYPE(ar)	((ar) & 0xf)
#define SEG_AR_S(ar)	((ar) & 0x10)
#define SEG_AR_DPL(ar)	((ar) >> 5 & 3)
#define SEG_AR_P(ar)	((ar) & 0x80)
#define SEG_AR_L(ar)	((ar) & 0x2000)
#define SEG_AR_DB(ar)	((ar) & 0x4000)
#define SEG_AR_G(ar)	((ar) & 0x8000)

static bool canonical(u64 addr)
{
	/* 57 bits where the host may have them: only the coarse check */
	return (s64)(addr << 7) >> 7 == (s64)addr;
}

static bool bad_cr0(const struct guest *g)
{
	u64 fixed0 = hve_vmx_caps.cr0_fixed0 & ~(u64)(X86_CR0_PE | X86_CR0_PG);

	return (g->cr0 & fixed0) != fixed0 || (g->cr0 & ~hve_vmx_caps.cr0_fixed1);
}

static bool bad_pg_without_pe(const struct guest *g)
{
	return (g->cr0 & X86_CR0_PG) && !(g->cr0 & X86_CR0_PE);
}

static bool bad_cr4(const struct guest *g)
{
	return (g->cr4 & hve_vmx_caps.cr4_fixed0) != hve_vmx_caps.cr4_fixed0 ||
	       (g->cr4 & ~hve_vmx_caps.cr4_fixed1);
}

static bool bad_ia32e_without_paging(const struct guest *g)
{
	return g->long_mode && !((g->cr0 & X86_CR0_PG) && (g->cr4 & X86_CR4_PAE));
}

static bool bad_pcide(const struct guest *g)
{
	return !g->long_mode && (g->cr4 & X86_CR4_PCIDE);
}

static bool bad_cr3(const struct guest *g)
{
	return g->cr3 >> boot_cpu_data.x86_phys_bits;
}

static bool bad_efer_rsvd(const struct guest *g)
{
	return g->efer & ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX);
}

static bool bad_efer_lma(const struct guest *g)
{
	return !!(g->efer & EFER_LMA) != g->long_mode ||
	       ((g->cr0 & X86_CR0_PG) &&
		!(g->efer & EFER_LMA) != !(g->efer & EFER_LME));
}

static bool bad_v86_long(const struct guest *g)
{
	return g->v86 && g->long_mode;
}

static bool bad_tr_selector(const struct guest *g)
{
	return g->seg[SEG_TR].selector & 4;
}

static bool bad_tr(const struct guest *g)
{
	u32 ar = g->seg[SEG_TR].ar, type = SEG_AR_TYPE(ar);

	return (ar & HVE_SEG_UNUSABLE) || SEG_AR_S(ar) || !SEG_AR_P(ar) ||
	       (ar & ~0x1f0ffu) ||
	       !(type == 11 || (!g->long_mode && type == 3));
}

static bool bad_ldtr(const struct guest *g)
{
	u32 ar = g->seg[SEG_LDTR].ar;

	if (ar & HVE_SEG_UNUSABLE)
		return false;
	return SEG_AR_TYPE(ar) != 2 || SEG_AR_S(ar) || !SEG_AR_P(ar) ||
	       (g->seg[SEG_LDTR].selector & 4) ||
	       !canonical(g->seg[SEG_LDTR].base);
}

static bool bad_limit(const struct hve_segment *s)
{
	if ((s->limit & 0xfff) != 0xfff && SEG_AR_G(s->ar))
		return true;
	return (s->limit & 0xfff00000) && !SEG_AR_G(s->ar);
}

static bool bad_cs_type(const struct guest *g)
{
	u32 ar = g->seg[SEG_CS].ar, type = SEG_AR_TYPE(ar);

	if (g->v86)
		return ar != 0xf3;
	return !(type == 9 || type == 11 || type == 13 || type == 15 ||
		 (g->unrestricted && type == 3)) || !SEG_AR_S(ar) || !SEG_AR_P(ar);
}

static bool bad_cs_l_db(const struct guest *g)
{
	u32 ar = g->seg[SEG_CS].ar;

	return g->long_mode && SEG_AR_L(ar) && SEG_AR_DB(ar);
}

static bool bad_cs_dpl(const struct guest *g)
{
	u32 cs = g->seg[SEG_CS].ar, ss = g->seg[SEG_SS].ar;

	if (g->v86)
		return false;
	switch (SEG_AR_TYPE(cs)) {
	case 3:
		return SEG_AR_DPL(cs) != 0;
	case 9:
	case 11:
		return SEG_AR_DPL(cs) != SEG_AR_DPL(ss);
	case 13:
	case 15:
		return SEG_AR_DPL(cs) > SEG_AR_DPL(ss);
	}
	return false;
}

static bool bad_ss(const struct guest *g)
{
	u32 ar = g->seg[SEG_SS].ar;

	if (g->v86 || (ar & HVE_SEG_UNUSABLE))
		return false;
	return (SEG_AR_TYPE(ar) != 3 && SEG_AR_TYPE(ar) != 7) || !SEG_AR_S(ar) || !SEG_AR_P(ar);
}

static bool bad_data_seg(const struct guest *g)
{
	static const u8 segs[] = { SEG_DS, SEG_ES, SEG_FS, SEG_GS };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(segs); i++) {
		u32 ar = g->seg[segs[i]].ar;

		if (ar & HVE_SEG_UNUSABLE)
			continue;
		if (g->v86 ? ar != 0xf3 :
		    !(ar & 1) || !SEG_AR_S(ar) || !SEG_AR_P(ar) ||
		    ((ar & 8) && !(ar & 2)))
			return true;
	}
	return false;
}

static bool bad_limits(const struct guest *g)
{
	unsigned int i;

	for (i = 0; i < NR_SEGS; i++)
		if (!(g->seg[i].ar & HVE_SEG_UNUSABLE) && bad_limit(&g->seg[i]))
			return true;
	return false;
}

static bool bad_bases(const struct guest *g)
{
	if (!canonical(g->seg[SEG_FS].base) || !canonical(g->seg[SEG_GS].base) ||
	    !canonical(g->seg[SEG_TR].base))
		return true;
	return g->seg[SEG_CS].base >> 32;
}

static bool bad_rip(const struct guest *g)
{
	if (g->long_mode && SEG_AR_L(g->seg[SEG_CS].ar))
		return !canonical(g->rip);
	return g->rip >> 32;
}

static bool bad_rflags(const struct guest *g)
{
	return (g->rflags & ~0x3f7fd7ull) || !(g->rflags & X86_EFLAGS_FIXED);
}

static bool bad_intr_without_if(const struct guest *g)
{
	return (g->intr & INTR_INFO_VALID_MASK) &&
	       (g->intr & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_EXT_INTR &&
	       !(g->rflags & X86_EFLAGS_IF);
}

static bool bad_blocking(const struct guest *g)
{
	u32 both = GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS;

	return (g->blocking & ~0x1fu) || (g->blocking & both) == both ||
	       ((g->blocking & GUEST_INTR_STATE_STI) &&
		!(g->rflags & X86_EFLAGS_IF));
}

static bool bad_activity(const struct guest *g)
{
	return g->activity > 3 ||
	       (g->activity == GUEST_ACTIVITY_HLT &&
		SEG_AR_DPL(g->seg[SEG_SS].ar) != 0);
}

static const struct {
	const char *name;
	bool (*bad)(const struct guest *g);
} rows[] = {
	{ "CR0 against IA32_VMX_CR0_FIXED0/1", bad_cr0 },
	{ "CR0.PG = 1 needs CR0.PE = 1", bad_pg_without_pe },
	{ "CR4 against IA32_VMX_CR4_FIXED0/1", bad_cr4 },
	{ "IA-32e mode needs CR0.PG = 1 and CR4.PAE = 1", bad_ia32e_without_paging },
	{ "CR4.PCIDE = 1 outside IA-32e mode", bad_pcide },
	{ "CR3 has bits beyond the physical address width", bad_cr3 },
	{ "EFER has reserved bits", bad_efer_rsvd },
	{ "EFER.LMA must equal IA-32e mode, and EFER.LME with paging", bad_efer_lma },
	{ "RFLAGS.VM = 1 in IA-32e mode", bad_v86_long },
	{ "TR selector must have TI = 0", bad_tr_selector },
	{ "TR must be a usable, present, busy TSS", bad_tr },
	{ "LDTR must be unusable or a present LDT in the GDT", bad_ldtr },
	{ "CS type, S or P", bad_cs_type },
	{ "CS.D = 1 with CS.L = 1 in IA-32e mode", bad_cs_l_db },
	{ "CS.DPL does not fit SS.DPL", bad_cs_dpl },
	{ "SS type, S or P", bad_ss },
	{ "DS, ES, FS or GS type, S or P", bad_data_seg },
	{ "a segment limit does not fit its granularity", bad_limits },
	{ "a segment base is not canonical", bad_bases },
	{ "RIP is not canonical, or above 4 GiB outside 64-bit mode", bad_rip },
	{ "RFLAGS has reserved bits set, or bit 1 clear", bad_rflags },
	{ "external interrupt injected with RFLAGS.IF = 0", bad_intr_without_if },
	{ "interruptibility state", bad_blocking },
	{ "activity state", bad_activity },
};

const char *hve_vmx_entry_error(struct hve_vmx *vmx)
{
	struct guest g = {
		.vmx = vmx,
		.cr0 = vmcs_read(GUEST_CR0),
		.cr3 = vmcs_read(GUEST_CR3),
		.cr4 = vmcs_read(GUEST_CR4),
		.efer = vmcs_read(GUEST_IA32_EFER),
		.rflags = vmcs_read(GUEST_RFLAGS),
		.rip = vmcs_read(GUEST_RIP),
		.intr = vmcs_read(VM_ENTRY_INTR_INFO_FIELD),
		.activity = vmcs_read(GUEST_ACTIVITY_STATE),
		.blocking = vmcs_read(GUEST_INTERRUPTIBILITY_INFO),
	};
	unsigned int i;

	g.long_mode = vmcs_read(VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE;
	g.v86 = g.rflags & X86_EFLAGS_VM;
	g.unrestricted = true;
	for (i = 0; i < NR_SEGS; i++)
		hve_vmx_seg_get(i, &g.seg[i]);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].bad(&g))
			return rows[i].name;
	return "unknown";
}
