// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of a VM entry on guest state, in the SDM's order: chapter "VM
 * Entries", "Checks on the Guest State Area".  In vmcs02 CR0, CR4, EFER and
 * IA32_DEBUGCTL are not quite vmcs12's, nor the activity state; the processor
 * checks all others itself.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include "predicates.h"

#define DR7_HIGH	0xffffffff00000000ull
#define DEBUGCTL_BTF	BIT_ULL(1)

static bool ia32e(const struct vmcs12 *v)
{
	return has_entry(v, VM_ENTRY_IA32E_MODE);
}

static bool v86(const struct vmcs12 *v)
{
	return v->guest_rflags & X86_EFLAGS_VM;
}

static const char *control_registers(const struct vmcs12 *v,
				     const struct hve_entry_env *env)
{
	bool pg = v->guest_cr0 & X86_CR0_PG;
	u64 exempt = unrestricted(v) ? X86_CR0_PE | X86_CR0_PG : 0;

	return	bad_fixed(env->caps, MSR_IA32_VMX_CR0_FIXED0, v->guest_cr0, exempt) ?
			"guest CR0 against IA32_VMX_CR0_FIXED0/1" :
		pg && !(v->guest_cr0 & X86_CR0_PE) ?
			"guest CR0.PG without CR0.PE" :
		bad_fixed(env->caps, MSR_IA32_VMX_CR4_FIXED0, v->guest_cr4, 0) ?
			"guest CR4 against IA32_VMX_CR4_FIXED0/1" :
		ia32e(v) && !(pg && (v->guest_cr4 & X86_CR4_PAE)) ?
			"IA-32e mode guest without CR0.PG and CR4.PAE" :
		!ia32e(v) && (v->guest_cr4 & X86_CR4_PCIDE) ?
			"guest CR4.PCIDE outside IA-32e mode" :
		beyond(env, v->guest_cr3) ?
			"guest CR3 has bits beyond the physical address width" :
		NULL;
}

static const char *msrs(const struct vmcs12 *v, const struct hve_entry_env *env)
{
	u64 efer = v->guest_ia32_efer;
	bool load_efer = has_entry(v, VM_ENTRY_LOAD_IA32_EFER);
	bool load_debug = has_entry(v, VM_ENTRY_LOAD_DEBUG_CONTROLS);

	return	load_debug && (v->guest_ia32_debugctl & ~env->debugctl_valid) ?
			"guest IA32_DEBUGCTL has reserved bits" :
		load_debug && (v->guest_dr7 & DR7_HIGH) ?
			"guest DR7 above 4 GiB" :
		has_entry(v, VM_ENTRY_LOAD_IA32_PAT) && bad_pat(v->guest_ia32_pat) ?
			"guest IA32_PAT" :
		load_efer && (efer & ~env->efer_valid) ?
			"guest IA32_EFER has reserved bits" :
		load_efer && (!!(efer & EFER_LMA) != ia32e(v) ||
			      ((v->guest_cr0 & X86_CR0_PG) &&
			       !!(efer & EFER_LMA) != !!(efer & EFER_LME))) ?
			"guest IA32_EFER against IA-32e mode" :
		!canonical(v->guest_sysenter_esp, env->la57) ||
		!canonical(v->guest_sysenter_eip, env->la57) ?
			"guest IA32_SYSENTER_ESP or EIP is not canonical" :
		NULL;
}

/* In the order of the fields: ES CS SS DS FS GS LDTR TR. */
enum { ES, CS, SS, DS, FS, GS, LDTR, TR, NR };

struct seg {
	u16 sel;
	u32 limit, ar;
	u64 base;
};

/* Fields of the segment registers follow each other in vmcs12. */
#define FIELD(v, type, first, i) \
	(*(const type *)((const u8 *)(v) + offsetof(struct vmcs12, first) + \
			 (i) * sizeof(type)))

static struct seg seg_of(const struct vmcs12 *v, unsigned int i)
{
	struct seg s = {
		.sel = FIELD(v, u16, guest_es_selector, i),
		.limit = FIELD(v, u32, guest_es_limit, i),
		.ar = FIELD(v, u32, guest_es_ar_bytes, i),
		.base = FIELD(v, u64, guest_es_base, i),
	};

	return s;
}

#define TYPE(s)		((s)->ar & 0xf)
#define DPL(s)		((s)->ar >> 5 & 3)
#define RPL(s)		((s)->sel & 3)
#define UNUSABLE(s)	((s)->ar & VMX_AR_UNUSABLE_MASK)
#define TI		4

static bool high(u64 base)
{
	return base >> 32;
}

static const char *seg_selectors(const struct vmcs12 *v, const struct seg *s)
{
	return	s[TR].sel & TI ?
			"guest TR selector has TI" :
		!UNUSABLE(&s[LDTR]) && (s[LDTR].sel & TI) ?
			"guest LDTR selector has TI" :
		!v86(v) && !unrestricted(v) && RPL(&s[SS]) != RPL(&s[CS]) ?
			"guest SS and CS selectors differ in RPL" :
		NULL;
}

static const char *bases(const struct vmcs12 *v, const struct hve_entry_env *env,
			 const struct seg *s)
{
	unsigned int i;

	for (i = ES; v86(v) && i <= GS; i++)
		if (s[i].base != (u64)s[i].sel << 4)
			return "guest segment base in virtual-8086 mode";
	return	!canonical(s[TR].base, env->la57) ||
		!canonical(s[FS].base, env->la57) ||
		!canonical(s[GS].base, env->la57) ||
		(!UNUSABLE(&s[LDTR]) && !canonical(s[LDTR].base, env->la57)) ?
			"guest segment base is not canonical" :
		high(s[CS].base) || (!UNUSABLE(&s[SS]) && high(s[SS].base)) ||
		(!UNUSABLE(&s[DS]) && high(s[DS].base)) ||
		(!UNUSABLE(&s[ES]) && high(s[ES].base)) ?
			"guest segment base above 4 GiB" :
		NULL;
}

static bool bad_granularity(const struct seg *s)
{
	bool g = s->ar & VMX_AR_G_MASK;

	return ((s->limit & 0xfff) != 0xfff && g) ||
	       ((s->limit & 0xfff00000) && !g);
}

static const char *limits(const struct vmcs12 *v, const struct seg *s)
{
	unsigned int i;

	for (i = ES; v86(v) && i <= GS; i++)
		if (s[i].limit != 0xffff)
			return "guest segment limit in virtual-8086 mode";
	for (i = ES; i < NR; i++)
		if (!UNUSABLE(&s[i]) && bad_granularity(&s[i]))
			return "guest segment limit against granularity";
	return NULL;
}

static bool bad_s_p(const struct seg *s, bool code_or_data)
{
	return !(s->ar & VMX_AR_P_MASK) ||
	       !(s->ar & VMX_AR_S_MASK) == code_or_data ||
	       (s->ar & 0xfffe0f00);
}

static const char *code_segment(const struct vmcs12 *v, const struct seg *s)
{
	const struct seg *cs = &s[CS], *ss = &s[SS];
	u32 type = TYPE(cs);
	bool conforming = type == 13 || type == 15;
	bool data = type == 3 && unrestricted(v);

	return	!data && !conforming && type != 9 && type != 11 ?
			"guest CS type" :
		bad_s_p(cs, true) ?
			"guest CS access rights" :
		(data && DPL(cs)) || (conforming && DPL(cs) > DPL(ss)) ||
		(!data && !conforming && DPL(cs) != DPL(ss)) ?
			"guest CS.DPL against SS.DPL" :
		ia32e(v) && (cs->ar & VMX_AR_L_MASK) && (cs->ar & VMX_AR_DB_MASK) ?
			"guest CS has L and D" :
		!unrestricted(v) && DPL(ss) != RPL(ss) ?
			"guest SS.DPL against RPL" :
		unrestricted(v) && DPL(ss) && (type == 3 || !(v->guest_cr0 & X86_CR0_PE)) ?
			"guest SS.DPL of a CS that is data, or in real mode" :
		NULL;
}

static const char *data_segments(const struct vmcs12 *v, const struct seg *s)
{
	static const u8 data[] = { DS, ES, FS, GS };
	unsigned int i;

	if (!UNUSABLE(&s[SS]) && TYPE(&s[SS]) != 3 && TYPE(&s[SS]) != 7)
		return "guest SS type";
	if (!UNUSABLE(&s[SS]) && bad_s_p(&s[SS], true))
		return "guest SS access rights";
	for (i = 0; i < ARRAY_SIZE(data); i++) {
		const struct seg *d = &s[data[i]];

		if (UNUSABLE(d))
			continue;
		if (!(TYPE(d) & 1) || (TYPE(d) & 0xa) == 8)
			return "guest DS, ES, FS or GS type";
		if (bad_s_p(d, true))
			return "guest DS, ES, FS or GS access rights";
		if (!unrestricted(v) && TYPE(d) < 12 && DPL(d) < RPL(d))
			return "guest DS, ES, FS or GS.DPL against RPL";
	}
	return NULL;
}

static const char *segments(const struct vmcs12 *v,
			    const struct hve_entry_env *env)
{
	struct seg s[NR];
	const char *name;
	unsigned int i;

	for (i = 0; i < NR; i++)
		s[i] = seg_of(v, i);
	name = seg_selectors(v, s);
	if (!name)
		name = bases(v, env, s);
	if (!name)
		name = limits(v, s);
	for (i = ES; !name && v86(v) && i <= GS; i++)
		if (s[i].ar != 0xf3)
			name = "guest access rights in virtual-8086 mode";
	if (!name && !v86(v))
		name = code_segment(v, s);
	if (!name && !v86(v))
		name = data_segments(v, s);
	if (name)
		return name;
	return	!(TYPE(&s[TR]) == 11 || (!ia32e(v) && TYPE(&s[TR]) == 3)) ||
		UNUSABLE(&s[TR]) || bad_s_p(&s[TR], false) ?
			"guest TR is no busy TSS" :
		!UNUSABLE(&s[LDTR]) &&
		(TYPE(&s[LDTR]) != 2 || bad_s_p(&s[LDTR], false)) ?
			"guest LDTR is no LDT" :
		!canonical(v->guest_gdtr_base, env->la57) ||
		!canonical(v->guest_idtr_base, env->la57) ?
			"guest GDTR or IDTR base is not canonical" :
		(v->guest_gdtr_limit | v->guest_idtr_limit) & 0xffff0000 ?
			"guest GDTR or IDTR limit" :
		NULL;
}

static const char *rip_rflags(const struct vmcs12 *v,
			      const struct hve_entry_env *env)
{
	bool long64 = ia32e(v) && (v->guest_cs_ar_bytes & VMX_AR_L_MASK);
	u32 info = v->vm_entry_intr_info_field;

	return	!long64 && v->guest_rip >> 32 ?
			"guest RIP above 4 GiB outside 64-bit mode" :
		long64 && !canonical(v->guest_rip, env->la57) ?
			"guest RIP is not canonical" :
		(v->guest_rflags & ~0x3f7fd7ull) || !(v->guest_rflags & 2) ?
			"guest RFLAGS has reserved bits" :
		v86(v) && (ia32e(v) || !(v->guest_cr0 & X86_CR0_PE)) ?
			"guest RFLAGS.VM in IA-32e or real mode" :
		(info & INTR_INFO_VALID_MASK) &&
		(info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_EXT_INTR &&
		!(v->guest_rflags & X86_EFLAGS_IF) ?
			"external interrupt injected with RFLAGS.IF clear" :
		NULL;
}

/* What may be injected into a guest that is not active. */
static bool fits_activity(const struct vmcs12 *v)
{
	u32 info = v->vm_entry_intr_info_field;
	u32 type = info & INTR_INFO_INTR_TYPE_MASK;
	u8 vector = info & INTR_INFO_VECTOR_MASK;

	if (!(info & INTR_INFO_VALID_MASK))
		return true;
	switch (v->guest_activity_state) {
	case GUEST_ACTIVITY_ACTIVE:
		return true;
	case GUEST_ACTIVITY_HLT:
		return type == INTR_TYPE_EXT_INTR || type == INTR_TYPE_NMI_INTR ||
		       (type == INTR_TYPE_HARD_EXCEPTION &&
			(vector == 1 || vector == 18)) ||
		       (type == INTR_TYPE_OTHER_EVENT && !vector);
	case GUEST_ACTIVITY_SHUTDOWN:
		return type == INTR_TYPE_NMI_INTR ||
		       (type == INTR_TYPE_HARD_EXCEPTION && vector == 18);
	}
	return false;
}

static const char *activity_known(const struct vmcs12 *v,
				  const struct hve_entry_env *env)
{
	u64 misc = hve_caps_get(env->caps, MSR_IA32_VMX_MISC);
	u32 state = v->guest_activity_state;

	/* bits 8:6 of IA32_VMX_MISC are states 3:1 */
	return	state > 3 || (state && !(misc >> (state + 5) & 1)) ?
			"guest activity state" :
		NULL;
}

static const char *blocking(const struct vmcs12 *v)
{
	u32 shadow = GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS;
	u32 state = v->guest_interruptibility_info;
	u32 info = v->vm_entry_intr_info_field;
	u32 type = info & INTR_INFO_INTR_TYPE_MASK;
	bool inject = info & INTR_INFO_VALID_MASK;

	return	v->guest_activity_state == GUEST_ACTIVITY_HLT &&
		v->guest_ss_ar_bytes >> 5 & 3 ?
			"guest halted outside CPL 0" :
		v->guest_activity_state && (state & shadow) ?
			"guest not active behind STI or MOV SS" :
		!fits_activity(v) ?
			"event injected that the activity state does not allow" :
		state & ~0x1fu ?
			"guest interruptibility has reserved bits" :
		(state & shadow) == shadow ?
			"guest blocked by both STI and MOV SS" :
		(state & GUEST_INTR_STATE_STI) && !(v->guest_rflags & X86_EFLAGS_IF) ?
			"guest blocked by STI with RFLAGS.IF clear" :
		inject && type == INTR_TYPE_EXT_INTR && (state & shadow) ?
			"external interrupt injected behind STI or MOV SS" :
		inject && type == INTR_TYPE_NMI_INTR && (state & GUEST_INTR_STATE_MOV_SS) ?
			"NMI injected behind MOV SS" :
		state & GUEST_INTR_STATE_SMI ?
			"guest blocked by SMI outside SMM" :
		inject && type == INTR_TYPE_NMI_INTR && (state & GUEST_INTR_STATE_NMI) &&
		has_pin(v, PIN_BASED_VIRTUAL_NMIS) ?
			"NMI injected with NMIs blocked" :
		state & GUEST_INTR_STATE_ENCLAVE_INTR ?
			"guest interrupted in an enclave" :
		NULL;
}

#define PENDING_RSVD	(~0ull ^ (0xf | BIT_ULL(12) | BIT_ULL(14) | BIT_ULL(16)))
#define PENDING_BS	BIT_ULL(14)
#define PENDING_RTM	BIT_ULL(16)

static const char *pending_debug(const struct vmcs12 *v)
{
	u32 shadow = GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS;
	u64 pending = v->guest_pending_dbg_exceptions;
	bool step = (v->guest_rflags & X86_EFLAGS_TF) &&
		    !(v->guest_ia32_debugctl & DEBUGCTL_BTF);
	bool delayed = (v->guest_interruptibility_info & shadow) ||
		       v->guest_activity_state == GUEST_ACTIVITY_HLT;

	return	pending & PENDING_RSVD ?
			"guest pending debug exceptions have reserved bits" :
		delayed && !(pending & PENDING_BS) == step ?
			"guest pending single step against RFLAGS.TF" :
		pending & PENDING_RTM ?
			"guest pending debug exception of RTM" :
		NULL;
}

static bool check_link(const struct vmcs12 *v, const struct hve_entry_env *env,
		       struct hve_entry_failure *f)
{
	u32 want = VMCS12_REVISION |
		   (has_cpu2(v, SECONDARY_EXEC_SHADOW_VMCS) ? VMCS12_SHADOW_BIT : 0);
	const char *name =
		v->vmcs_link_pointer == ~0ull ?
			NULL :
		bad_page(env, v->vmcs_link_pointer) || !env->link_readable ?
			"VMCS link pointer" :
		env->link_is_current ?
			"VMCS link pointer is the current VMCS" :
		env->link_revision != want ?
			"revision of the VMCS at the link pointer" :
		NULL;

	return fail(f, name, 0, ENTRY_FAIL_VMCS_LINK_PTR);
}

static bool check_pdptes(const struct vmcs12 *v, const struct hve_entry_env *env,
			 struct hve_entry_failure *f)
{
	bool pae = (v->guest_cr0 & X86_CR0_PG) && (v->guest_cr4 & X86_CR4_PAE) &&
		   !ia32e(v) && has_cpu2(v, SECONDARY_EXEC_ENABLE_EPT);

	return fail(f, pae && !hve_entry_pdptes_valid(v->guest_pdptr, env->phys_bits) ?
		    "guest PDPTEs" : NULL, 0, ENTRY_FAIL_PDPTE);
}

static bool check_guest(const struct vmcs12 *v, const struct hve_entry_env *env,
			struct hve_entry_failure *f, bool all)
{
	const char *name = control_registers(v, env);

	if (!name)
		name = msrs(v, env);
	if (!name && all)
		name = segments(v, env);
	if (!name && all)
		name = rip_rflags(v, env);
	if (!name)
		name = activity_known(v, env);
	if (!name)
		name = blocking(v);
	if (!name && all)
		name = pending_debug(v);
	return fail(f, name, 0, ENTRY_FAIL_DEFAULT) && check_link(v, env, f) &&
	       check_pdptes(v, env, f);
}

bool hve_entry_check_guest(const struct vmcs12 *v, const struct hve_entry_env *env,
			   struct hve_entry_failure *f)
{
	return check_guest(v, env, f, false);
}

bool hve_entry_check_guest_all(const struct vmcs12 *v,
			       const struct hve_entry_env *env,
			       struct hve_entry_failure *f)
{
	return check_guest(v, env, f, true);
}
