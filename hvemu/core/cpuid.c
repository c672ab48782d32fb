// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID: what we can offer (KVM_GET_SUPPORTED_CPUID), what the VMM chose
 * (KVM_SET_CPUID2), and what the guest reads.
 *
 * The offer is the host's answer under a mask a register: a feature bit is in
 * a mask because its instructions and state work in a guest of ours.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/kvm_para.h>
#include <asm/processor-flags.h>
#include <asm/vmx.h>
#include "tlfs.h"
#include "core/msr.h"
#include "core/vcpu.h"
#include "core/vm.h"

#define HV_LEAF_FIRST	0x40000000u
#define HV_LEAF_LAST	0x400000ffu
#define MAX_ENTRIES	256

struct mask_row {
	u32 fn, index;
	bool indexed;
	u32 eax, ebx, ecx, edx;
};

/* Leaf 1 */
#define F1_ECX (BIT(0) | BIT(1) | BIT(5) | BIT(9) | BIT(12) | BIT(13) | BIT(17) | \
		BIT(19) | BIT(20) | BIT(22) | BIT(23) | BIT(25) | BIT(26) | \
		BIT(28) | BIT(29) | BIT(30))
#define F1_ECX_ALWAYS (BIT(21) | BIT(24) | BIT(31)) /* x2APIC deadline hypervisor */
#define F1_EDX (0x178bfbff & ~(BIT(18) | BIT(21) | BIT(22) | BIT(29)))
/* Leaf 7.0 */
#define F7_EBX (BIT(0) | BIT(1) | BIT(3) | BIT(4) | BIT(5) | BIT(7) | BIT(8) | \
		BIT(9) | BIT(10) | BIT(11) | BIT(16) | BIT(17) | BIT(18) | \
		BIT(19) | BIT(20) | BIT(21) | BIT(23) | BIT(24) | BIT(26) | \
		BIT(27) | BIT(28) | BIT(29) | BIT(30) | BIT(31))
#define F7_ECX (BIT(1) | BIT(2) | BIT(3) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | \
		BIT(11) | BIT(12) | BIT(14) | BIT(22) | BIT(25) | BIT(27) | BIT(28))
#define F7_EDX (BIT(2) | BIT(3) | BIT(4) | BIT(8) | BIT(10) | BIT(14) | \
		BIT(23) | BIT(26) | BIT(27) | BIT(31))
#define F7_1_EAX (BIT(4) | BIT(5) | BIT(10) | BIT(11) | BIT(12) | BIT(23))
#define E1_ECX (BIT(0) | BIT(5) | BIT(8))
#define E1_EDX (BIT(11) | BIT(20) | BIT(26) | BIT(27) | BIT(29) | 0x0183f3ff)

static const struct mask_row mask_rows[] = {
	{ 0x0, 0, false, ~0u, ~0u, ~0u, ~0u },
	{ 0x1, 0, false, ~0u, 0x0000ff00, F1_ECX, F1_EDX },
	{ 0x2, 0, false, ~0u, ~0u, ~0u, ~0u },
	{ 0x7, 0, true, 1, F7_EBX, F7_ECX, F7_EDX },
	{ 0x7, 1, true, F7_1_EAX, 0, 0, 0 },
	{ 0x80000000, 0, false, ~0u, 0, 0, 0 },
	{ 0x80000001, 0, false, ~0u, 0, E1_ECX, E1_EDX },
	{ 0x80000002, 0, false, ~0u, ~0u, ~0u, ~0u },
	{ 0x80000003, 0, false, ~0u, ~0u, ~0u, ~0u },
	{ 0x80000004, 0, false, ~0u, ~0u, ~0u, ~0u },
	{ 0x80000006, 0, false, 0, 0, ~0u, 0 },
	{ 0x80000007, 0, false, 0, 0, 0, BIT(8) },
	{ 0x80000008, 0, false, 0x0000ffff, 0, 0, 0 },
};

static void fix_basic(struct kvm_cpuid_entry2 *e)
{
	switch (e->function) {
	case 0x0:
		e->eax = min(e->eax, 0x1fu);
		break;
	case 0x1:
		e->ecx |= F1_ECX_ALWAYS;
		if (!hve_nested_allowed())
			e->ecx &= ~BIT(5);
		if (!hve_fpu_features())
			e->ecx &= ~(BIT(26) | BIT(28) | BIT(12) | BIT(29));
		break;
	case 0x7:
		if (e->index)
			break;
		e->eax = min(e->eax, 1u);
		e->ebx |= BIT(1);		/* TSC_ADJUST is ours */
		if (!(hve_vmx_caps.cpu2 & SECONDARY_EXEC_ENABLE_INVPCID))
			e->ebx &= ~BIT(10);
		if (!(hve_vmx_caps.cpu2 & SECONDARY_EXEC_ENABLE_RDTSCP))
			e->ecx &= ~BIT(22);
		if (!(hve_fpu_features() & BIT_ULL(9)))
			e->ecx &= ~BIT(3);
		if (!(hve_fpu_features() & BIT_ULL(5)))
			e->ebx &= ~(BIT(16) | BIT(17) | BIT(21) | BIT(28) |
				    BIT(30) | BIT(31));
		if (!boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL))
			e->edx &= ~(BIT(26) | BIT(27) | BIT(31));
		break;
	case 0x80000000:
		e->eax = 0x80000008;
		break;
	case 0x80000001:
		if (!(hve_vmx_caps.cpu2 & SECONDARY_EXEC_ENABLE_RDTSCP))
			e->edx &= ~BIT(27);
		break;
	}
}

struct list {
	struct kvm_cpuid_entry2 *out;
	unsigned int nr, max;
};

static struct kvm_cpuid_entry2 *add(struct list *l, u32 fn, u32 index,
				    bool indexed)
{
	struct kvm_cpuid_entry2 *e;

	if (l->nr >= l->max)
		return NULL;
	e = &l->out[l->nr++];
	memset(e, 0, sizeof(*e));
	e->function = fn;
	e->index = index;
	if (indexed)
		e->flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
	cpuid_count(fn, index, &e->eax, &e->ebx, &e->ecx, &e->edx);
	return e;
}

static int add_masked(struct list *l)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mask_rows); i++) {
		const struct mask_row *row = &mask_rows[i];
		struct kvm_cpuid_entry2 *e;
		u32 base = row->fn & 0x80000000;

		if (row->fn > cpuid_eax(base) ||
		    (row->fn == 7 && row->index > cpuid_eax(7)))
			continue;
		e = add(l, row->fn, row->index, row->indexed);
		if (!e)
			return -E2BIG;
		e->eax &= row->eax;
		e->ebx &= row->ebx;
		e->ecx &= row->ecx;
		e->edx &= row->edx;
		fix_basic(e);
	}
	return 0;
}

/* Caches and topology are the host's; a VMM replaces what it wants. */
static int add_indexed(struct list *l)
{
	static const u32 fns[] = { 0x4, 0xb };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		if (fns[i] > cpuid_eax(0))
			continue;
		for (j = 0; j < 8; j++) {
			struct kvm_cpuid_entry2 *e = add(l, fns[i], j, true);

			if (!e)
				return -E2BIG;
			if (fns[i] == 4 ? !(e->eax & 0x1f) : !(e->ecx & 0xff00))
				break;
		}
	}
	return 0;
}

static int add_xsave(struct list *l)
{
	u64 features = hve_fpu_features();
	struct kvm_cpuid_entry2 *e;
	unsigned int i;

	if (!features)
		return 0;
	e = add(l, 0xd, 0, true);
	if (!e)
		return -E2BIG;
	e->eax = (u32)features;
	e->edx = features >> 32;
	e->ebx = hve_fpu_xsave_size(features);
	e->ecx = e->ebx;
	e = add(l, 0xd, 1, true);
	if (!e)
		return -E2BIG;
	e->eax &= BIT(0) | BIT(1) | BIT(2) |	/* no XFD */
		  (hve_vmx_caps.xsaves ? BIT(3) : 0);
	e->ebx = 0;
	e->ecx = 0;
	e->edx = 0;
	for (i = 2; i < 63; i++) {
		if (!(features & BIT_ULL(i)))
			continue;
		e = add(l, 0xd, i, true);
		if (!e)
			return -E2BIG;
		e->ecx &= ~(BIT(0) | BIT(2));
		e->edx = 0;
	}
	return 0;
}

/* KVM's own leaves, which its clients look for: none of its features. */
static int add_kvm(struct list *l)
{
	struct kvm_cpuid_entry2 *e;

	e = add(l, KVM_CPUID_SIGNATURE, 0, false);
	if (!e)
		return -E2BIG;
	e->eax = KVM_CPUID_FEATURES;
	memcpy(&e->ebx, "KVMK", 4);
	memcpy(&e->ecx, "VMKV", 4);
	memcpy(&e->edx, "M\0\0", 4);
	e = add(l, KVM_CPUID_FEATURES, 0, false);
	if (!e)
		return -E2BIG;
	e->eax = 0;
	e->ebx = 0;
	e->ecx = 0;
	e->edx = 0;
	return 0;
}

int hve_cpuid_supported(struct kvm_cpuid_entry2 *out, unsigned int max,
			unsigned int *nr)
{
	struct list l = { .out = out, .max = max };
	int r;

	r = add_masked(&l);
	if (!r)
		r = add_indexed(&l);
	if (!r)
		r = add_xsave(&l);
	if (!r)
		r = add_kvm(&l);
	*nr = l.nr;
	return r;
}

/* Leaves with bits that follow CR4, XCR0 or what the guest told us. */
static bool is_fixed(u32 fn)
{
	return fn != 1 && fn != 7 && fn != 0xd && fn != 0x80000007 &&
	       !(fn >= HV_LEAF_FIRST && fn <= HV_LEAF_LAST);
}

const struct kvm_cpuid_entry2 *hve_cpuid_find(struct hve_vcpu *vcpu, u32 fn,
					      u32 index)
{
	struct hve_cpuid_slot *slot = hve_cpuid_slot(vcpu, fn);
	unsigned int i;

	if (likely(hve_cpuid_slot_hit(slot, fn, index)))
		return slot->entry;
	for (i = 0; i < vcpu->nr_cpuid; i++) {
		const struct kvm_cpuid_entry2 *e = &vcpu->cpuid[i];
		bool indexed = e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX;

		if (e->function != fn || (indexed && e->index != index))
			continue;
		slot->fn = fn;
		slot->index = index;
		slot->index_mask = indexed ? ~0u : 0;
		slot->fixed = is_fixed(fn);
		slot->entry = e;
		return e;
	}
	return NULL;
}

static u64 guest_has(struct hve_vcpu *vcpu, u32 fn, char reg, unsigned int bit)
{
	const struct kvm_cpuid_entry2 *e = hve_cpuid_find(vcpu, fn, 0);
	u32 val;

	if (!e)
		return 0;
	val = reg == 'b' ? e->ebx : reg == 'c' ? e->ecx : e->edx;
	return val & BIT(bit);
}

static const struct {
	u64 cr4;
	u32 fn;
	char reg;
	u8 bit;
} cr4_rows[] = {
	{ X86_CR4_FSGSBASE, 7, 'b', 0 },
	{ X86_CR4_SMEP, 7, 'b', 7 },
	{ X86_CR4_SMAP, 7, 'b', 20 },
	{ X86_CR4_UMIP, 7, 'c', 2 },
	{ X86_CR4_PKE, 7, 'c', 3 },
	{ X86_CR4_PCIDE, 1, 'c', 17 },
	{ X86_CR4_OSXSAVE, 1, 'c', 26 },
	{ X86_CR4_VMXE, 1, 'c', 5 },
};

#define CR4_ALWAYS (X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | \
		    X86_CR4_PSE | X86_CR4_PAE | X86_CR4_MCE | X86_CR4_PGE | \
		    X86_CR4_PCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT)
/* Never owned: they change CPUID, translation modes or our own checks. */
#define CR4_NOT_OWNED (X86_CR4_OSXSAVE | X86_CR4_PKE | X86_CR4_PCIDE | \
		       X86_CR4_PAE | X86_CR4_MCE | X86_CR4_VMXE)

/* Of a vCPU that nobody has given CPUID leaves yet. */
void hve_cpuid_reset(struct hve_vcpu *vcpu)
{
	vcpu->maxphyaddr = 36;
	vcpu->cr4_rsvd = ~(CR4_ALWAYS & hve_vmx_caps.cr4_fixed1);
	vcpu->efer_rsvd = ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX);
	vcpu->xcr0_allowed = 1;
}

/* The registers follow CPUID; the VMCS is closed. */
static void apply(struct hve_vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 *e;
	u64 cr4 = CR4_ALWAYS & hve_vmx_caps.cr4_fixed1, efer;
	struct hve_window w;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cr4_rows); i++)
		if (guest_has(vcpu, cr4_rows[i].fn, cr4_rows[i].reg,
			      cr4_rows[i].bit))
			cr4 |= cr4_rows[i].cr4;
	/* forbidden, or no memory for it: a guest does not find it either */
	if (!vcpu->nested)
		cr4 &= ~X86_CR4_VMXE;
	else
		hve_caps_cr4(&vcpu->nested->caps, hve_nested_caps_max(), cr4);
	vcpu->cr4_rsvd = ~cr4;
	efer = EFER_LME | EFER_LMA;
	if (guest_has(vcpu, 0x80000001, 'd', 11))
		efer |= EFER_SCE;
	if (guest_has(vcpu, 0x80000001, 'd', 20))
		efer |= EFER_NX;
	vcpu->efer_rsvd = ~efer;
	e = hve_cpuid_find(vcpu, 0x80000008, 0);
	vcpu->maxphyaddr = e && (e->eax & 0xff) >= 32 ?
			   min(e->eax & 0xff, 52u) : 36;
	e = hve_cpuid_find(vcpu, 0xd, 0);
	vcpu->xcr0_allowed = e && guest_has(vcpu, 1, 'c', 26) ?
			     (e->eax | (u64)e->edx << 32) & hve_fpu_features() : 1;
	hve_apic_cpuid_set(&cur_vtl(vcpu)->apic, vcpu->maxphyaddr,
			   guest_has(vcpu, 1, 'c', 21),
			   guest_has(vcpu, 1, 'c', 24));
	if (!hve_vcpu_state_open(vcpu, &w)) {
		hve_vmx_cr4_owned_set(&cur_vtl(vcpu)->vmx, cr4 & ~CR4_NOT_OWNED);
		e = hve_cpuid_find(vcpu, 0xd, 1);
		hve_vmx_xsaves_set(&cur_vtl(vcpu)->vmx,
				   hve_vmx_caps.xsaves && e && e->eax & BIT(3));
		hve_vcpu_state_close(vcpu, &w);
	}
}

static void tell_tlfs(struct hve_vcpu *vcpu)
{
	unsigned int i;

	hve_tlfs_cpuid_leaf(&vcpu->vp, ~0u, NULL);
	for (i = 0; i < vcpu->nr_cpuid; i++) {
		const struct kvm_cpuid_entry2 *e = &vcpu->cpuid[i];
		struct hve_cpuid_regs regs = { e->eax, e->ebx, e->ecx, e->edx };

		if (e->function >= HV_LEAF_FIRST && e->function <= HV_LEAF_LAST)
			hve_tlfs_cpuid_leaf(&vcpu->vp, e->function, &regs);
	}
}

/* With that quirk off the guest's IA32_MISC_ENABLE decides. */
static void mwait_bit(struct hve_vcpu *vcpu, struct hve_cpuid_regs *r)
{
	if (likely(!hve_vm_quirk_off(vcpu->vm, KVM_X86_QUIRK_MISC_ENABLE_NO_MWAIT)))
		return;
	r->ecx &= ~BIT(3);
	if (*hve_msr_value(vcpu, V_MISC_ENABLE) & MSR_IA32_MISC_ENABLE_MWAIT)
		r->ecx |= BIT(3);
}

/*
 * Bits that depend on CR4, XCR0 and MISC_ENABLE: OSXSAVE, OSPKE, MONITOR, size
 * of the XSAVE area.
 */
static void runtime_bits(struct hve_vcpu *vcpu, u64 cr4, u32 fn, u32 index,
			 struct hve_cpuid_regs *r)
{
	if (fn == 1) {
		if (!vcpu->nested)
			r->ecx &= ~BIT(5);
		r->ecx &= ~BIT(27);
		if (cr4 & X86_CR4_OSXSAVE)
			r->ecx |= BIT(27);
		mwait_bit(vcpu, r);
	} else if (fn == 7 && !index) {
		r->ecx &= ~BIT(4);
		if (cr4 & X86_CR4_PKE)
			r->ecx |= BIT(4);
	} else if (fn == 0xd && !index && r->eax) {
		r->ebx = hve_fpu_xsave_size(vcpu->xcr0);
	} else if (fn == 0xd && index == 1 && (r->eax & BIT(1))) {
		r->ebx = hve_fpu_xsavec_size(vcpu->xcr0);
	}
}

/*
 * After the first run only what was set before is accepted, but for the bits
 * that follow CR4 and XCR0 anyway.
 */
static bool same_leaf(struct hve_vcpu *vcpu, const struct kvm_cpuid_entry2 *a,
		      const struct kvm_cpuid_entry2 *b)
{
	struct hve_cpuid_regs ra = { a->eax, a->ebx, a->ecx, a->edx };
	struct hve_cpuid_regs rb = { b->eax, b->ebx, b->ecx, b->edx };

	if (a->function != b->function || a->index != b->index ||
	    a->flags != b->flags)
		return false;
	runtime_bits(vcpu, 0, a->function, a->index, &ra);
	runtime_bits(vcpu, 0, b->function, b->index, &rb);
	return !memcmp(&ra, &rb, sizeof(ra));
}

static bool same_cpuid(struct hve_vcpu *vcpu,
		       const struct kvm_cpuid_entry2 *in, unsigned int nr)
{
	unsigned int i;

	if (nr != vcpu->nr_cpuid)
		return false;
	for (i = 0; i < nr; i++)
		if (!same_leaf(vcpu, &in[i], &vcpu->cpuid[i]))
			return false;
	return true;
}

static bool has_vmx(const struct kvm_cpuid_entry2 *e, unsigned int nr)
{
	for (; nr--; e++)
		if (e->function == 1)
			return e->ecx & BIT(5);
	return false;
}

int hve_cpuid_set(struct hve_vcpu *vcpu, const struct kvm_cpuid_entry2 *in,
		  unsigned int nr)
{
	struct kvm_cpuid_entry2 *copy;
	int r;

	if (nr > MAX_ENTRIES)
		return -E2BIG;
	if (vcpu->has_run)
		return same_cpuid(vcpu, in, nr) ? 0 : -EINVAL;
	copy = kvcalloc(max(nr, 1u), sizeof(*copy), GFP_KERNEL_ACCOUNT);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, in, nr * sizeof(*copy));
	r = hve_vcpu_nested_set(vcpu, has_vmx(in, nr));
	if (r) {
		kvfree(copy);
		return r;
	}
	kvfree(vcpu->cpuid);
	vcpu->cpuid = copy;
	vcpu->nr_cpuid = nr;
	memset(vcpu->cpuid_slot, 0, sizeof(vcpu->cpuid_slot));
	apply(vcpu);
	tell_tlfs(vcpu);
	return 0;
}

int hve_cpuid_get(struct hve_vcpu *vcpu, struct kvm_cpuid_entry2 *out,
		  unsigned int max, unsigned int *nr)
{
	struct hve_window w;
	unsigned int i;
	u64 cr4 = 0;

	*nr = vcpu->nr_cpuid;
	if (max < vcpu->nr_cpuid)
		return -E2BIG;
	if (!hve_vcpu_state_open(vcpu, &w)) {
		cr4 = hve_vmx_cr4_get(&cur_vtl(vcpu)->vmx);
		hve_vcpu_state_close(vcpu, &w);
	}
	for (i = 0; i < vcpu->nr_cpuid; i++) {
		struct kvm_cpuid_entry2 *e = &out[i];
		struct hve_cpuid_regs r;

		*e = vcpu->cpuid[i];
		r = (struct hve_cpuid_regs){ e->eax, e->ebx, e->ecx, e->edx };
		runtime_bits(vcpu, cr4, e->function, e->index, &r);
		e->ebx = r.ebx;
		e->ecx = r.ecx;
	}
	return 0;
}

int hve_cpuid_hv(struct kvm_cpuid_entry2 *out, unsigned int max,
		 unsigned int *nr)
{
	struct hve_cpuid_leaf leaf;
	unsigned int i;

	for (i = 0; hve_tlfs_kvm_hv_cpuid(i, &leaf); i++) {
		if (i >= max)
			continue;
		memset(&out[i], 0, sizeof(out[i]));
		out[i].function = leaf.function;
		out[i].eax = leaf.regs.eax;
		out[i].ebx = leaf.regs.ebx;
		out[i].ecx = leaf.regs.ecx;
		out[i].edx = leaf.regs.edx;
	}
	*nr = i;
	return i > max ? -E2BIG : 0;
}

/*
 * An unknown basic leaf reads as the highest basic one (SDM, CPUID); an
 * unknown one of the hypervisor range or the extended range as zero.
 */
static const struct kvm_cpuid_entry2 *out_of_range(struct hve_vcpu *vcpu,
						   u32 fn, u32 index)
{
	const struct kvm_cpuid_entry2 *e;

	if (fn & 0xc0000000)
		return NULL;
	e = hve_cpuid_find(vcpu, 0, 0);
	if (!e || fn <= e->eax)
		return NULL;
	return hve_cpuid_find(vcpu, e->eax, index);
}

/* VMCS open. */
void hve_cpuid_exec(struct hve_vcpu *vcpu, u32 fn, u32 index,
		    struct hve_cpuid_regs *out)
{
	const struct kvm_cpuid_entry2 *e = hve_cpuid_find(vcpu, fn, index);

	if (unlikely(!e))
		e = out_of_range(vcpu, fn, index);
	if (unlikely(!e)) {
		memset(out, 0, sizeof(*out));
		/* SDM, "CPUID--CPU Identification": the level is echoed */
		if (fn == 0xb || fn == 0x1f) {
			e = hve_cpuid_find(vcpu, fn, 0);
			if (e) {
				out->ecx = index & 0xff;
				out->edx = e->edx;
			}
		}
		return;
	}
	out->eax = e->eax;
	out->ebx = e->ebx;
	out->ecx = e->ecx;
	out->edx = e->edx;
	if (fn <= 0xd)
		runtime_bits(vcpu, hve_vmx_cr4_get(&cur_vtl(vcpu)->vmx), fn,
			     index, out);
	else if ((fn >= HV_LEAF_FIRST && fn <= HV_LEAF_LAST) || fn == 0x80000007)
		hve_tlfs_cpuid_fixup(&vcpu->vp, fn, out);
}
