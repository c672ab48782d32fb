// SPDX-License-Identifier: GPL-2.0
/*
 * Registers in the structs of the ABI.  The caller holds the vCPU's mutex and
 * the VMCS is closed.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include "core/vcpu.h"

void hve_regs_get(struct hve_vcpu *vcpu, struct kvm_regs *out)
{
	const u64 *g = vcpu->regs.gpr;

	out->rax = g[REG_RAX];
	out->rbx = g[REG_RBX];
	out->rcx = g[REG_RCX];
	out->rdx = g[REG_RDX];
	out->rsi = g[REG_RSI];
	out->rdi = g[REG_RDI];
	out->rsp = g[REG_RSP];
	out->rbp = g[REG_RBP];
	out->r8 = g[8];
	out->r9 = g[9];
	out->r10 = g[10];
	out->r11 = g[11];
	out->r12 = g[12];
	out->r13 = g[13];
	out->r14 = g[14];
	out->r15 = g[15];
	out->rip = vcpu->regs.rip;
	out->rflags = vcpu->regs.rflags;
}

void hve_regs_set(struct hve_vcpu *vcpu, const struct kvm_regs *in)
{
	u64 *g = vcpu->regs.gpr;

	g[REG_RAX] = in->rax;
	g[REG_RBX] = in->rbx;
	g[REG_RCX] = in->rcx;
	g[REG_RDX] = in->rdx;
	g[REG_RSI] = in->rsi;
	g[REG_RDI] = in->rdi;
	g[REG_RSP] = in->rsp;
	g[REG_RBP] = in->rbp;
	g[8] = in->r8;
	g[9] = in->r9;
	g[10] = in->r10;
	g[11] = in->r11;
	g[12] = in->r12;
	g[13] = in->r13;
	g[14] = in->r14;
	g[15] = in->r15;
	vcpu->regs.rip = in->rip;
	vcpu->regs.rflags = in->rflags | X86_EFLAGS_FIXED;
	vcpu->regs.dirty = true;
	/* a pending exception belongs to the old RIP */
	vcpu->ev.exc_pending = false;
}

static void seg_get(unsigned int seg, struct kvm_segment *out)
{
	struct hve_segment s;

	hve_vmx_seg_get(seg, &s);
	memset(out, 0, sizeof(*out));
	out->base = s.base;
	out->limit = s.limit;
	out->selector = s.selector;
	out->type = s.ar & 15;
	out->s = s.ar >> 4 & 1;
	out->dpl = s.ar >> 5 & 3;
	out->unusable = s.ar >> 16 & 1;
	out->present = !out->unusable && (s.ar >> 7 & 1);
	out->avl = s.ar >> 12 & 1;
	out->l = s.ar >> 13 & 1;
	out->db = s.ar >> 14 & 1;
	out->g = s.ar >> 15 & 1;
}

static void seg_set(unsigned int seg, const struct kvm_segment *in)
{
	struct hve_segment s = {
		.base = in->base,
		.limit = in->limit,
		.selector = in->selector,
	};

	if (in->unusable || !in->present)
		s.ar = HVE_SEG_UNUSABLE;
	else
		s.ar = (in->type & 15) | (in->s & 1) << 4 | (in->dpl & 3) << 5 |
		       1 << 7 | (in->avl & 1) << 12 | (in->l & 1) << 13 |
		       (in->db & 1) << 14 | (in->g & 1) << 15;
	/* the processor only knows TR as busy */
	if (seg == SEG_TR) {
		if (!in->present)
			s.ar = 0x8b;
		s.ar |= 2;
	}
	/* the accessed bit is set in a usable segment */
	if (seg <= SEG_GS && !(s.ar & HVE_SEG_UNUSABLE) && (s.ar & 0x10))
		s.ar |= 1;
	hve_vmx_seg_set(seg, &s);
}

static const struct {
	unsigned int seg;
	size_t offset;
} seg_rows[] = {
	{ SEG_CS, offsetof(struct kvm_sregs, cs) },
	{ SEG_DS, offsetof(struct kvm_sregs, ds) },
	{ SEG_ES, offsetof(struct kvm_sregs, es) },
	{ SEG_FS, offsetof(struct kvm_sregs, fs) },
	{ SEG_GS, offsetof(struct kvm_sregs, gs) },
	{ SEG_SS, offsetof(struct kvm_sregs, ss) },
	{ SEG_TR, offsetof(struct kvm_sregs, tr) },
	{ SEG_LDTR, offsetof(struct kvm_sregs, ldt) },
};

int hve_sregs_get(struct hve_vcpu *vcpu, struct kvm_sregs *out)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	struct hve_window w;
	unsigned int i;
	int r = hve_vcpu_state_open(vcpu, &w);

	if (r)
		return r;
	memset(out, 0, sizeof(*out));
	for (i = 0; i < ARRAY_SIZE(seg_rows); i++)
		seg_get(seg_rows[i].seg, (void *)out + seg_rows[i].offset);
	out->gdt.base = vmcs_read(GUEST_GDTR_BASE);
	out->gdt.limit = vmcs_read(GUEST_GDTR_LIMIT);
	out->idt.base = vmcs_read(GUEST_IDTR_BASE);
	out->idt.limit = vmcs_read(GUEST_IDTR_LIMIT);
	out->cr0 = hve_vmx_cr0_get(vmx);
	out->cr2 = vcpu->regs.cr2;
	out->cr3 = vmcs_read(GUEST_CR3);
	out->cr4 = hve_vmx_cr4_get(vmx);
	out->efer = hve_vmx_efer_get();
	hve_vcpu_state_close(vcpu, &w);
	out->cr8 = hve_apic_cr8_get(apic);
	out->apic_base = hve_apic_base_get(apic);
	if (vcpu->ev.extint_pending)
		__set_bit(vcpu->ev.extint_vector,
			  (unsigned long *)out->interrupt_bitmap);
	return 0;
}

/* What no sequence of instructions could produce. */
static bool sregs_valid(struct hve_vcpu *vcpu, const struct kvm_sregs *in)
{
	bool pg = in->cr0 & X86_CR0_PG, lme = in->efer & EFER_LME;

	if (!hve_cr0_valid(vcpu, in->cr0) || !hve_cr4_valid(vcpu, in->cr4) ||
	    !hve_efer_valid(vcpu, in->efer))
		return false;
	if (in->cr3 & ~((1ull << vcpu->maxphyaddr) - 1) & ~(3ull << 61))
		return false;
	if (lme && pg) {
		/* long mode */
		if (!(in->cr4 & X86_CR4_PAE) || !(in->efer & EFER_LMA))
			return false;
	} else if ((in->efer & EFER_LMA) || (in->cr4 & X86_CR4_PCIDE) ||
		   (in->cs.l && !in->cs.unusable && pg)) {
		return false;
	}
	return in->cr8 < 16;
}

static void take_interrupt_bitmap(struct hve_vcpu *vcpu,
				  const struct kvm_sregs *in)
{
	unsigned int v = find_first_bit((const unsigned long *)
					in->interrupt_bitmap, 256);

	if (v >= 256)
		return;
	vcpu->ev.extint_pending = true;
	vcpu->ev.extint_vector = v;
	vcpu->ev.any = true;
}

/* PAE paging without long mode: the VMCS holds what the CPU would have. */
static void sregs_pdptes(struct hve_vcpu *vcpu, const u64 *pdpte)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		vmcs_write(GUEST_PDPTR0 + 2 * i, pdpte[i]);
}

int hve_sregs_set(struct hve_vcpu *vcpu, const struct kvm_sregs *in)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	bool pae = (in->cr0 & X86_CR0_PG) && (in->cr4 & X86_CR4_PAE) &&
		   !(in->efer & EFER_LMA);
	u64 pdpte[4] = {};
	struct hve_window w;
	unsigned int i;
	int r;

	if (!sregs_valid(vcpu, in))
		return -EINVAL;
	if (hve_apic_base_set(apic, in->apic_base, true))
		return -EINVAL;
	if (pae && hve_gpa_read(vcpu, in->cr3 & 0xffffffe0, pdpte, sizeof(pdpte)))
		memset(pdpte, 0, sizeof(pdpte));
	r = hve_vcpu_state_open(vcpu, &w);
	if (r)
		return r;
	for (i = 0; i < ARRAY_SIZE(seg_rows); i++)
		seg_set(seg_rows[i].seg,
			(const void *)in + seg_rows[i].offset);
	vmcs_write(GUEST_GDTR_BASE, in->gdt.base);
	vmcs_write(GUEST_GDTR_LIMIT, in->gdt.limit);
	vmcs_write(GUEST_IDTR_BASE, in->idt.base);
	vmcs_write(GUEST_IDTR_LIMIT, in->idt.limit);
	vmcs_write(GUEST_CR3, in->cr3 & ~BIT_ULL(63));
	vmcs_write(GUEST_IA32_EFER, in->efer);
	hve_vmx_cr4_set(vmx, in->cr4);
	hve_vmx_cr0_set(vmx, in->cr0);
	if (pae)
		sregs_pdptes(vcpu, pdpte);
	hve_vmx_flush_vpid(vmx);
	hve_vcpu_state_close(vcpu, &w);
	vcpu->regs.cr2 = in->cr2;
	hve_apic_cr8_set(apic, in->cr8);
	take_interrupt_bitmap(vcpu, in);
	return 0;
}

int hve_debugregs_get(struct hve_vcpu *vcpu, struct kvm_debugregs *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->db, vcpu->regs.db, sizeof(out->db));
	out->dr6 = vcpu->regs.dr6;
	out->dr7 = cur_vtl(vcpu)->vmx.dr7 ?: 0x400;
	return 0;
}

int hve_debugregs_set(struct hve_vcpu *vcpu, const struct kvm_debugregs *in)
{
	struct hve_window w;
	int r;

	if (in->flags || in->dr6 >> 32 || in->dr7 >> 32)
		return -EINVAL;
	r = hve_vcpu_state_open(vcpu, &w);
	if (r)
		return r;
	memcpy(vcpu->regs.db, in->db, sizeof(in->db));
	vcpu->regs.dr6 = (in->dr6 & 0xe00f) | 0xffff0ff0;
	hve_vmx_dr7_set(&cur_vtl(vcpu)->vmx, (in->dr7 & 0xffff2bff) | 0x400);
	hve_vcpu_state_close(vcpu, &w);
	return 0;
}
