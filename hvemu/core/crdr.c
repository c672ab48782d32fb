// SPDX-License-Identifier: GPL-2.0
/*
 * Control and debug registers: what the guest may write, and the exits of MOV
 * CR, CLTS, LMSW, MOV DR and XSETBV.  VMCS open unless said otherwise.
 */
#include <linux/kernel.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "core/exit.h"
#include "core/vcpu.h"

#define CR0_KNOWN (X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | \
		   X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | \
		   X86_CR0_NW | X86_CR0_CD | X86_CR0_PG)

u64 hve_gpr_read(struct hve_vcpu *vcpu, unsigned int reg)
{
	if (reg == REG_RSP && vcpu->in_window)
		return vmcs_read(GUEST_RSP);
	return vcpu->regs.gpr[reg];
}

void hve_gpr_write(struct hve_vcpu *vcpu, unsigned int reg, u64 val)
{
	if (reg == REG_RSP && vcpu->in_window)
		vmcs_write(GUEST_RSP, val);
	else
		vcpu->regs.gpr[reg] = val;
}

bool hve_cr0_valid(struct hve_vcpu *vcpu, u64 cr0)
{
	if (cr0 >> 32)
		return false;
	if ((cr0 & X86_CR0_PG) && !(cr0 & X86_CR0_PE))
		return false;
	return !((cr0 & X86_CR0_NW) && !(cr0 & X86_CR0_CD));
}

bool hve_cr4_valid(struct hve_vcpu *vcpu, u64 cr4)
{
	return !(cr4 & vcpu->cr4_rsvd);
}

bool hve_efer_valid(struct hve_vcpu *vcpu, u64 efer)
{
	return !(efer & vcpu->efer_rsvd);
}

static bool is_pae(u64 cr0, u64 cr4, u64 efer)
{
	return (cr0 & X86_CR0_PG) && (cr4 & X86_CR4_PAE) && !(efer & EFER_LME);
}

static enum hve_fault read_pdptes(struct hve_vcpu *vcpu, u64 cr3, u64 *pdpte)
{
	unsigned int i;
	int r;

	r = hve_gpa_read(vcpu, cr3 & 0xffffffe0, pdpte, 4 * sizeof(*pdpte));
	if (r == -EAGAIN)
		return HVE_OUTSIDE;
	if (r)
		return HVE_GP;
	for (i = 0; i < 4; i++)
		if ((pdpte[i] & 1) &&
		    (pdpte[i] & (0x1e6 | ~0ull << vcpu->maxphyaddr)))
			return HVE_GP;
	return HVE_NO_FAULT;
}

static void write_pdptes(const u64 *pdpte)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		vmcs_write(GUEST_PDPTR0 + 2 * i, pdpte[i]);
}

/* PAE paging starts: the processor would load the PDPTEs now. */
static enum hve_fault load_pdptes(struct hve_vcpu *vcpu)
{
	enum hve_fault fault;
	u64 pdpte[4];

	fault = read_pdptes(vcpu, vmcs_read(GUEST_CR3), pdpte);
	if (!fault)
		write_pdptes(pdpte);
	return fault;
}

bool hve_cr3_valid(struct hve_vcpu *vcpu, u64 cr3)
{
	/* bit 63 is no part of the value but a wish of MOV to CR3 */
	return !((cr3 & ~BIT_ULL(63)) >> vcpu->maxphyaddr);
}

static bool pae_is_on(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;

	return is_pae(hve_vmx_cr0_get(vmx), hve_vmx_cr4_get(vmx),
		      hve_vmx_efer_get());
}

/* In a window; translations stay. */
static int cr3_load_in_window(struct hve_vcpu *vcpu, u64 cr3)
{
	enum hve_fault fault;
	u64 pdpte[4];

	if (pae_is_on(vcpu)) {
		fault = read_pdptes(vcpu, cr3, pdpte);
		if (fault)
			return fault == HVE_OUTSIDE ? -EAGAIN : -EINVAL;
		write_pdptes(pdpte);
	}
	vmcs_write(GUEST_CR3, cr3);
	return 0;
}

int hve_cr3_load(struct hve_vcpu *vcpu, u64 cr3)
{
	enum hve_fault fault;
	struct hve_window w;
	u64 pdpte[4];
	int r;

	cr3 &= ~BIT_ULL(63);
	if (vcpu->in_window)
		return cr3_load_in_window(vcpu, cr3);
	/* memory is read while the VMCS is closed, if it is needed or not */
	fault = read_pdptes(vcpu, cr3, pdpte);
	r = hve_vcpu_state_open(vcpu, &w);
	if (r)
		return r;
	if (pae_is_on(vcpu)) {
		r = fault ? -EINVAL : 0;
		if (!r)
			write_pdptes(pdpte);
	}
	if (!r)
		vmcs_write(GUEST_CR3, cr3);
	hve_vcpu_state_close(vcpu, &w);
	return r;
}

static enum hve_fault cr0_write(struct hve_vcpu *vcpu, u64 cr0)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u64 old = hve_vmx_cr0_get(vmx), cr4 = hve_vmx_cr4_get(vmx);
	u64 efer = hve_vmx_efer_get();
	bool pg_on;

	cr0 = (cr0 & ~vmx->cr0_kept) | (old & vmx->cr0_kept);
	pg_on = (cr0 & ~old) & X86_CR0_PG;
	if (!hve_cr0_valid(vcpu, cr0) || !hve_nested_cr0_ok(vcpu, cr0))
		return HVE_GP;
	cr0 = (cr0 & CR0_KNOWN) | X86_CR0_ET;
	if (pg_on && (efer & EFER_LME)) {
		if (!(cr4 & X86_CR4_PAE) ||
		    (vmcs_read(GUEST_CS_AR_BYTES) & BIT(13)))
			return HVE_GP;
	}
	if (!(cr0 & X86_CR0_PG) && (old & X86_CR0_PG) && (cr4 & X86_CR4_PCIDE))
		return HVE_GP;
	if (is_pae(cr0, cr4, efer) && (pg_on || (cr0 ^ old) & X86_CR0_CD)) {
		enum hve_fault fault = load_pdptes(vcpu);

		if (fault)
			return fault;
	}
	hve_vmx_cr0_set(vmx, cr0);
	if ((cr0 ^ old) & X86_CR0_PG)
		hve_vmx_flush_vpid(vmx);
	return HVE_NO_FAULT;
}

#define CR4_TLB (X86_CR4_PGE | X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PCIDE | \
		 X86_CR4_SMEP | X86_CR4_SMAP | X86_CR4_PKE)

static enum hve_fault cr4_write(struct hve_vcpu *vcpu, u64 cr4)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u64 old = hve_vmx_cr4_get(vmx), cr0 = hve_vmx_cr0_get(vmx);
	u64 efer = hve_vmx_efer_get();
	enum hve_fault fault;

	cr4 = (cr4 & ~vmx->cr4_kept) | (old & vmx->cr4_kept);
	if (!hve_cr4_valid(vcpu, cr4) || !hve_nested_cr4_ok(vcpu, cr4))
		return HVE_GP;
	if (efer & EFER_LMA) {
		if (!(cr4 & X86_CR4_PAE))
			return HVE_GP;
	} else if (cr4 & X86_CR4_PCIDE) {
		return HVE_GP;
	}
	if (((cr4 & ~old) & X86_CR4_PCIDE) && (vmcs_read(GUEST_CR3) & 0xfff))
		return HVE_GP;
	if (is_pae(cr0, cr4, efer) &&
	    ((cr4 ^ old) & (X86_CR4_PAE | X86_CR4_PSE | X86_CR4_PGE))) {
		fault = load_pdptes(vcpu);
		if (fault)
			return fault;
	}
	hve_vmx_cr4_set(vmx, cr4);
	if ((cr4 ^ old) & CR4_TLB)
		hve_vmx_flush_vpid(vmx);
	return HVE_NO_FAULT;
}

#define QUAL_CR(q)	((q) & 15)
#define QUAL_CR_TYPE(q)	((q) >> 4 & 3)
#define QUAL_CR_REG(q)	((q) >> 8 & 15)
#define QUAL_LMSW(q)	((q) >> 16 & 0xffff)

static enum hve_fault mov_to_cr(struct hve_vcpu *vcpu, unsigned int cr, u64 val)
{
	switch (cr) {
	case 0:
		return cr0_write(vcpu, val);
	case 4:
		return cr4_write(vcpu, val);
	case 8:
		if (val & ~0xfull)
			return HVE_GP;
		hve_apic_cr8_set(hve_vcpu_apic(vcpu), val);
		return HVE_NO_FAULT;
	}
	return HVE_UD;
}

/* Without LAPICs in the kernel the VMM wants to know of CR8. */
static enum hve_action mov_to_cr_exit(struct hve_vcpu *vcpu, unsigned int cr,
				      u64 val)
{
	enum hve_fault fault = mov_to_cr(vcpu, cr, val);
	enum hve_action action = hve_finish_insn(vcpu, fault);

	if (cr == 8 && !fault && !vcpu->vm->lapic_in_kernel) {
		vcpu->run->exit_reason = KVM_EXIT_SET_TPR;
		return HVE_TO_USER;
	}
	return action;
}

enum hve_action hve_exit_cr(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u64 qual = vcpu->exit.qual, cr0;
	unsigned int reg = QUAL_CR_REG(qual);

	switch (QUAL_CR_TYPE(qual)) {
	case 0:
		return mov_to_cr_exit(vcpu, QUAL_CR(qual),
				      hve_gpr_read(vcpu, reg));
	case 1:
		if (QUAL_CR(qual) != 8)
			return hve_finish_insn(vcpu, HVE_UD);
		hve_gpr_write(vcpu, reg,
			      hve_apic_cr8_get(hve_vcpu_apic(vcpu)));
		return hve_finish_insn(vcpu, HVE_NO_FAULT);
	case 2:
		cr0 = hve_vmx_cr0_get(vmx) & ~(u64)X86_CR0_TS;
		return hve_finish_insn(vcpu, cr0_write(vcpu, cr0));
	}
	/* LMSW sets PE and never clears it */
	cr0 = hve_vmx_cr0_get(vmx);
	cr0 = (cr0 & ~0xeull) | (QUAL_LMSW(qual) & 0xf) | (cr0 & X86_CR0_PE);
	return hve_finish_insn(vcpu, cr0_write(vcpu, cr0));
}

/*
 * The PDPTEs were not at hand: bring their page in and let the guest execute
 * the instruction again.
 */
enum hve_action hve_exit_cr_outside(struct hve_vcpu *vcpu)
{
	struct hve_window w;
	u64 cr3, pdpte[4];

	if (hve_vcpu_state_open(vcpu, &w))
		return HVE_RESUME;
	cr3 = vmcs_read(GUEST_CR3);
	hve_vcpu_state_close(vcpu, &w);
	if (hve_gpa_read(vcpu, cr3 & 0xffffffe0, pdpte, sizeof(pdpte)))
		hve_queue_gp(vcpu);
	return HVE_RESUME;
}

static enum hve_fault dr_write(struct hve_vcpu *vcpu, unsigned int dr, u64 val)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;

	switch (dr) {
	case 0 ... 3:
		vcpu->regs.db[dr] = val;
		hve_vmx_db_load(vmx, &vcpu->regs);
		return HVE_NO_FAULT;
	case 4:
	case 6:
		if (val >> 32)
			return HVE_GP;
		vcpu->regs.dr6 = (val & 0xe00f) | 0xffff0ff0;
		return HVE_NO_FAULT;
	}
	if (val >> 32)
		return HVE_GP;
	hve_vmx_dr7_set(vmx, (val & 0xffff2bff) | 0x400);
	hve_vmx_db_load(vmx, &vcpu->regs);
	return HVE_NO_FAULT;
}

static u64 dr_read(struct hve_vcpu *vcpu, unsigned int dr)
{
	if (dr < 4)
		return vcpu->regs.db[dr];
	return dr == 4 || dr == 6 ? vcpu->regs.dr6 : cur_vtl(vcpu)->vmx.dr7;
}

#define QUAL_DR(q)	((q) & 7)
#define QUAL_DR_READ	BIT(4)
#define DR6_BD		BIT(13)
#define DR7_GD		BIT(13)

enum hve_action hve_exit_dr(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u64 qual = vcpu->exit.qual;
	unsigned int dr = QUAL_DR(qual), reg = qual >> 8 & 15;

	if ((dr == 4 || dr == 5) && (hve_vmx_cr4_get(vmx) & X86_CR4_DE))
		return hve_finish_insn(vcpu, HVE_UD);
	/* the exit comes before the check of general detect */
	if (unlikely(vmx->bp) && (vmx->live_dr7 & DR7_GD))
		return hve_debug_exit(vcpu, X86_TRAP_DB, DR6_BD);
	if (vmx->live_dr7 & DR7_GD) {
		hve_vmx_dr7_set(vmx, vmx->dr7 & ~(u64)DR7_GD);
		vcpu->regs.dr6 |= DR6_BD;
		hve_queue_exception(vcpu, X86_TRAP_DB, false, 0);
		return HVE_RESUME;
	}
	if (qual & QUAL_DR_READ) {
		hve_gpr_write(vcpu, reg, dr_read(vcpu, dr));
		return hve_finish_insn(vcpu, HVE_NO_FAULT);
	}
	return hve_finish_insn(vcpu, dr_write(vcpu, dr,
					      hve_gpr_read(vcpu, reg)));
}

enum hve_action hve_exit_xsetbv(struct hve_vcpu *vcpu)
{
	u64 *gpr = vcpu->regs.gpr;
	u64 val = (u32)gpr[REG_RAX] | gpr[REG_RDX] << 32;

	if ((u32)gpr[REG_RCX] || hve_xcr0_set(vcpu, val))
		return hve_finish_insn(vcpu, HVE_GP);
	return hve_finish_insn(vcpu, HVE_NO_FAULT);
}
