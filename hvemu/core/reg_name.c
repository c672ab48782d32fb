// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of the machine by TLFS name (datatypes/hv_register_name.md): a row
 * a range of names.  The vCPU is the caller's, outside of windows, or one that
 * is held.
 */
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "hv/hv_register.h"
#include "hvhost.h"
#include "core/vcpu.h"

/**
 * struct reg_row - registers that are accessed alike
 * @first: name of the first one
 * @nr: how many
 * @arg: for the functions
 * @read: n-th register; 0 or -errno
 * @write: likewise; NULL: read-only; -EINVAL: not a value of it
 */
struct reg_row {
	u32 first;
	u32 nr;
	u32 arg;
	int (*read)(struct hve_vcpu *vcpu, const struct reg_row *row,
		    unsigned int n, u64 *val);
	int (*write)(struct hve_vcpu *vcpu, const struct reg_row *row,
		     unsigned int n, const u64 *val);
};

/* "Specified bits beyond the architectural size of the register are zeroed" */
static bool is_64bit(const u64 *val)
{
	return !val[1];
}

/* --- general registers --- */

static int gpr_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		    unsigned int n, u64 *val)
{
	val[0] = vcpu->regs.gpr[n & 15];
	return 0;
}

static int gpr_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		     unsigned int n, const u64 *val)
{
	if (!is_64bit(val))
		return -EINVAL;
	vcpu->regs.gpr[n & 15] = val[0];
	vcpu->regs.dirty = true;
	return 0;
}

/* One that makes the call is about to be moved behind its instruction. */
static u64 rip_bias(struct hve_vcpu *vcpu)
{
	return vcpu->held ? 0 : vcpu->exit.len;
}

static int rip_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		    unsigned int n, u64 *val)
{
	val[0] = vcpu->regs.rip + rip_bias(vcpu);
	return 0;
}

static int rip_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		     unsigned int n, const u64 *val)
{
	if (!is_64bit(val))
		return -EINVAL;
	vcpu->regs.rip = val[0] - rip_bias(vcpu);
	vcpu->regs.dirty = true;
	/* a pending exception belongs to the old RIP */
	vcpu->ev.exc_pending = false;
	return 0;
}

static int rflags_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		       unsigned int n, u64 *val)
{
	val[0] = vcpu->regs.rflags;
	return 0;
}

#define RFLAGS_RSVDZ	(~0x3f7fd7ull)

static int rflags_check(u64 rflags, u64 efer)
{
	if ((rflags & RFLAGS_RSVDZ) || !(rflags & X86_EFLAGS_FIXED))
		return -EINVAL;
	return (rflags & X86_EFLAGS_VM) && (efer & EFER_LMA) ? -EINVAL : 0;
}

static int rflags_write(struct hve_vcpu *vcpu, const struct reg_row *row,
			unsigned int n, const u64 *val)
{
	u64 efer;

	if (!is_64bit(val) ||
	    hve_msr_read(vcpu, MSR_EFER, &efer) != HVE_NO_FAULT ||
	    rflags_check(val[0], efer))
		return -EINVAL;
	vcpu->regs.rflags = val[0];
	vcpu->regs.dirty = true;
	return 0;
}

static int xmm_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		    unsigned int n, u64 *val)
{
	hve_fpu_xmm_get(vcpu, n, val);
	return 0;
}

static int xmm_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		     unsigned int n, const u64 *val)
{
	hve_fpu_xmm_set(vcpu, n, val, false);
	return 0;
}

/* --- control registers, segments, tables: in struct kvm_sregs --- */

/* EFER.LMA follows from the others, as on a processor. */
static int sregs_put(struct hve_vcpu *vcpu, struct kvm_sregs *s)
{
	s->efer &= ~(u64)EFER_LMA;
	if ((s->cr0 & X86_CR0_PG) && (s->efer & EFER_LME))
		s->efer |= EFER_LMA;
	return hve_sregs_set(vcpu, s);
}

#define SREG(field)	offsetof(struct kvm_sregs, field)

static int sreg_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		     unsigned int n, u64 *val)
{
	struct kvm_sregs s;
	int r = hve_sregs_get(vcpu, &s);

	if (!r)
		val[0] = *(u64 *)((void *)&s + row->arg);
	return r;
}

static int sreg_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		      unsigned int n, const u64 *val)
{
	struct kvm_sregs s;
	int r;

	if (!is_64bit(val))
		return -EINVAL;
	r = hve_sregs_get(vcpu, &s);
	if (r)
		return r;
	*(u64 *)((void *)&s + row->arg) = val[0];
	return sregs_put(vcpu, &s);
}

static void segment_get(const struct kvm_segment *s,
			struct hv_x64_segment_register *out)
{
	out->base = s->base;
	out->limit = s->limit;
	out->selector = s->selector;
	out->attributes = s->type | s->s << 4 | s->dpl << 5 | s->present << 7 |
			  s->avl << 12 | s->l << 13 | s->db << 14 | s->g << 15;
}

static int segment_set(const struct hv_x64_segment_register *in,
		       struct kvm_segment *s)
{
	u16 a = in->attributes;

	if (a & HV_X64_SEGMENT_RSVDZ)
		return -EINVAL;
	*s = (struct kvm_segment){
		.base = in->base, .limit = in->limit, .selector = in->selector,
		.type = HV_X64_SEGMENT_TYPE(a), .s = a >> 4 & 1,
		.dpl = a >> 5 & 3, .present = a >> 7 & 1, .avl = a >> 12 & 1,
		.l = a >> 13 & 1, .db = a >> 14 & 1, .g = a >> 15 & 1,
		/* "Present ... controls whether [it] acts like a null segment" */
		.unusable = !(a & HV_X64_SEGMENT_PRESENT),
	};
	return 0;
}

/* In the order of the names. */
static const u16 segments[] = {
	SREG(es), SREG(cs), SREG(ss), SREG(ds), SREG(fs), SREG(gs), SREG(ldt),
	SREG(tr),
};

static int seg_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		    unsigned int n, u64 *val)
{
	struct hv_x64_segment_register out;
	struct kvm_sregs s;
	int r = hve_sregs_get(vcpu, &s);

	if (r)
		return r;
	segment_get((void *)&s + segments[n], &out);
	memcpy(val, &out, sizeof(out));
	return 0;
}

static int seg_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		     unsigned int n, const u64 *val)
{
	struct hv_x64_segment_register in;
	struct kvm_sregs s;
	int r = hve_sregs_get(vcpu, &s);

	if (r)
		return r;
	memcpy(&in, val, sizeof(in));
	r = segment_set(&in, (void *)&s + segments[n]);
	return r ?: sregs_put(vcpu, &s);
}

static int table_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		      unsigned int n, u64 *val)
{
	struct kvm_sregs s;
	struct kvm_dtable *t = n ? &s.gdt : &s.idt;
	int r = hve_sregs_get(vcpu, &s);

	if (r)
		return r;
	val[0] = (u64)t->limit << 48;
	val[1] = t->base;
	return 0;
}

static int table_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		       unsigned int n, const u64 *val)
{
	struct kvm_sregs s;
	struct kvm_dtable *t = n ? &s.gdt : &s.idt;
	int r = hve_sregs_get(vcpu, &s);

	if (r)
		return r;
	t->limit = val[0] >> 48;
	t->base = val[1];
	return sregs_put(vcpu, &s);
}

/* --- others --- */

static int xfem_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		     unsigned int n, u64 *val)
{
	val[0] = vcpu->xcr0;
	return 0;
}

static int xfem_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		      unsigned int n, const u64 *val)
{
	return is_64bit(val) && !hve_xcr0_set(vcpu, val[0]) ? 0 : -EINVAL;
}

/* DR0 to DR3, DR6, DR7 */
static u64 *dr_of(struct kvm_debugregs *d, unsigned int n)
{
	return n < 4 ? &d->db[n] : n == 4 ? (u64 *)&d->dr6 : (u64 *)&d->dr7;
}

static int dr_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		   unsigned int n, u64 *val)
{
	struct kvm_debugregs d;
	int r = hve_debugregs_get(vcpu, &d);

	if (!r)
		val[0] = *dr_of(&d, n);
	return r;
}

static int dr_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		    unsigned int n, const u64 *val)
{
	struct kvm_debugregs d;
	int r;

	if (!is_64bit(val))
		return -EINVAL;
	r = hve_debugregs_get(vcpu, &d);
	if (r)
		return r;
	*dr_of(&d, n) = val[0];
	return hve_debugregs_set(vcpu, &d);
}

static int msr_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		    unsigned int n, u64 *val)
{
	return hve_msr_read(vcpu, row->arg + n, val) == HVE_NO_FAULT ?
	       0 : -ENOENT;
}

static int msr_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		     unsigned int n, const u64 *val)
{
	u64 old;

	/* one that this vCPU does not have is no register */
	if (hve_msr_read(vcpu, row->arg + n, &old) != HVE_NO_FAULT)
		return -ENOENT;
	if (!is_64bit(val))
		return -EINVAL;
	return hve_msr_write(vcpu, row->arg + n, val[0]) == HVE_NO_FAULT ?
	       0 : -EINVAL;
}

/* Bases and masks take turns among the MSRs. */
static int mtrr_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		     unsigned int n, u64 *val)
{
	return msr_read(vcpu, row, 2 * n, val);
}

static int mtrr_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		      unsigned int n, const u64 *val)
{
	return msr_write(vcpu, row, 2 * n, val);
}

static int apic_id_read(struct hve_vcpu *vcpu, const struct reg_row *row,
			unsigned int n, u64 *val)
{
	val[0] = vcpu->id;
	return 0;
}

static int event_read(struct hve_vcpu *vcpu, const struct reg_row *row,
		      unsigned int n, u64 *val)
{
	const struct hve_events *ev = &vcpu->ev;

	if (!ev->exc_pending)
		return 0;
	val[0] = HV_PENDING_EVENT_PENDING |
		 (u64)ev->exc_vector << HV_PENDING_EVENT_VECTOR_SHIFT;
	if (ev->exc_has_err)
		val[0] |= HV_PENDING_EVENT_HAS_ERROR |
			  (u64)ev->exc_err << HV_PENDING_EVENT_ERROR_SHIFT;
	if (ev->exc_vector == X86_TRAP_PF)
		val[1] = vcpu->regs.cr2;
	return 0;
}

static int event_write(struct hve_vcpu *vcpu, const struct reg_row *row,
		       unsigned int n, const u64 *val)
{
	u16 vector = val[0] >> HV_PENDING_EVENT_VECTOR_SHIFT;

	if (!(val[0] & HV_PENDING_EVENT_PENDING)) {
		vcpu->ev.exc_pending = false;
		return 0;
	}
	/* only exceptions; an NMI is none */
	if ((val[0] & (HV_PENDING_EVENT_TYPE_MASK | HV_PENDING_EVENT_RSVDZ)) ||
	    vector > 31 || vector == X86_TRAP_NMI)
		return -EINVAL;
	if (vector == X86_TRAP_PF)
		vcpu->regs.cr2 = val[1];
	hve_queue_exception(vcpu, vector, val[0] & HV_PENDING_EVENT_HAS_ERROR,
			    val[0] >> HV_PENDING_EVENT_ERROR_SHIFT);
	return 0;
}

#define MSRS(name, nr, msr)	{ name, nr, msr, msr_read, msr_write }
#define SREGS(name, field)	{ name, 1, SREG(field), sreg_read, sreg_write }

static const struct reg_row rows[] = {
	{ HV_REGISTER_PENDING_EVENT0, 1, 0, event_read, event_write },
	{ HV_X64_REGISTER_RAX, 16, 0, gpr_read, gpr_write },
	{ HV_X64_REGISTER_RIP, 1, 0, rip_read, rip_write },
	{ HV_X64_REGISTER_RFLAGS, 1, 0, rflags_read, rflags_write },
	{ HV_X64_REGISTER_XMM0, 16, 0, xmm_read, xmm_write },
	SREGS(HV_X64_REGISTER_CR0, cr0),
	SREGS(HV_X64_REGISTER_CR2, cr2),
	SREGS(HV_X64_REGISTER_CR3, cr3),
	SREGS(HV_X64_REGISTER_CR4, cr4),
	SREGS(HV_X64_REGISTER_CR8, cr8),
	{ HV_X64_REGISTER_XFEM, 1, 0, xfem_read, xfem_write },
	{ HV_X64_REGISTER_DR0, 6, 0, dr_read, dr_write },
	{ HV_X64_REGISTER_ES, 8, 0, seg_read, seg_write },
	{ HV_X64_REGISTER_IDTR, 2, 0, table_read, table_write },
	MSRS(HV_X64_REGISTER_TSC, 1, MSR_IA32_TSC),
	SREGS(HV_X64_REGISTER_EFER, efer),
	MSRS(HV_X64_REGISTER_KERNEL_GS_BASE, 1, MSR_KERNEL_GS_BASE),
	MSRS(HV_X64_REGISTER_APIC_BASE, 1, MSR_IA32_APICBASE),
	MSRS(HV_X64_REGISTER_PAT, 1, MSR_IA32_CR_PAT),
	MSRS(HV_X64_REGISTER_SYSENTER_CS, 1, MSR_IA32_SYSENTER_CS),
	MSRS(HV_X64_REGISTER_SYSENTER_EIP, 1, MSR_IA32_SYSENTER_EIP),
	MSRS(HV_X64_REGISTER_SYSENTER_ESP, 1, MSR_IA32_SYSENTER_ESP),
	/* STAR, LSTAR, CSTAR, SFMASK */
	MSRS(HV_X64_REGISTER_STAR, 4, MSR_STAR),
	{ HV_X64_REGISTER_INITIAL_APIC_ID, 1, 0, apic_id_read, NULL },
	{ HV_X64_REGISTER_MTRR_CAP, 1, MSR_MTRRcap, msr_read, NULL },
	MSRS(HV_X64_REGISTER_MTRR_DEF_TYPE, 1, MSR_MTRRdefType),
	{ HV_X64_REGISTER_MTRR_PHYS_BASE0, 8, 0x200, mtrr_read, mtrr_write },
	{ HV_X64_REGISTER_MTRR_PHYS_MASK0, 8, 0x201, mtrr_read, mtrr_write },
	MSRS(HV_X64_REGISTER_MTRR_FIX64K_00000, 1, MSR_MTRRfix64K_00000),
	MSRS(HV_X64_REGISTER_MTRR_FIX16K_80000, 2, MSR_MTRRfix16K_80000),
	MSRS(HV_X64_REGISTER_MTRR_FIX4K_C0000, 8, MSR_MTRRfix4K_C0000),
	MSRS(HV_X64_REGISTER_TSC_AUX, 1, MSR_TSC_AUX),
	MSRS(HV_X64_REGISTER_DEBUG_CTL, 1, MSR_IA32_DEBUGCTLMSR),
	MSRS(HV_X64_REGISTER_SPEC_CTRL, 1, MSR_IA32_SPEC_CTRL),
	MSRS(HV_X64_REGISTER_TSC_DEADLINE, 1, MSR_IA32_TSC_DEADLINE),
	MSRS(HV_X64_REGISTER_TSC_ADJUST, 1, MSR_IA32_TSC_ADJUST),
	MSRS(HV_X64_REGISTER_MISC_ENABLE, 1, MSR_IA32_MISC_ENABLE),
};

static const struct reg_row *row_of(u32 name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (name - rows[i].first < rows[i].nr)
			return &rows[i];
	return NULL;
}

int hve_host_reg_read(struct hve_vp *vp, unsigned int vtl, u32 name, u64 *val)
{
	const struct reg_row *row = row_of(name);

	val[0] = 0;
	val[1] = 0;
	if (!row)
		return -ENOENT;
	return row->read(hve_vp_vcpu(vp), row,
			 array_index_nospec(name - row->first, row->nr), val);
}

int hve_host_reg_write(struct hve_vp *vp, unsigned int vtl, u32 name,
		       const u64 *val)
{
	const struct reg_row *row = row_of(name);

	if (!row)
		return -ENOENT;
	if (!row->write)
		return -EACCES;
	return row->write(hve_vp_vcpu(vp), row,
			  array_index_nospec(name - row->first, row->nr), val);
}

static int context_segments(const struct hv_initial_vp_context *c,
			    struct kvm_sregs *s)
{
	return segment_set(&c->cs, &s->cs) ?: segment_set(&c->ds, &s->ds) ?:
	       segment_set(&c->es, &s->es) ?: segment_set(&c->fs, &s->fs) ?:
	       segment_set(&c->gs, &s->gs) ?: segment_set(&c->ss, &s->ss) ?:
	       segment_set(&c->tr, &s->tr) ?: segment_set(&c->ldtr, &s->ldt);
}

static int context_load(struct hve_vcpu *vcpu,
			const struct hv_initial_vp_context *c)
{
	struct kvm_sregs s;
	int r = hve_sregs_get(vcpu, &s);

	if (r)
		return r;
	if (context_segments(c, &s))
		return -EINVAL;
	s.idt.base = c->idtr.base;
	s.idt.limit = c->idtr.limit;
	s.gdt.base = c->gdtr.base;
	s.gdt.limit = c->gdtr.limit;
	s.efer = c->efer;
	s.cr0 = c->cr0;
	s.cr3 = c->cr3;
	s.cr4 = c->cr4;
	if (rflags_check(c->rflags, c->efer))
		return -EINVAL;
	return sregs_put(vcpu, &s);
}

/*
 * A VP that waits for SIPI has the registers of INIT, or those its VMM gave
 * it; what the context does not name stays so.
 */
int hve_host_vp_start(struct hve_vp *vp, unsigned int vtl,
		      const struct hv_initial_vp_context *c)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);
	u64 pat;
	int r;

	if (vcpu->mp_state != KVM_MP_STATE_UNINITIALIZED &&
	    vcpu->mp_state != KVM_MP_STATE_INIT_RECEIVED)
		return -EBUSY;
	if (hve_msr_read(vcpu, MSR_IA32_CR_PAT, &pat) != HVE_NO_FAULT ||
	    hve_msr_write(vcpu, MSR_IA32_CR_PAT, c->msr_cr_pat) != HVE_NO_FAULT)
		return -EINVAL;
	r = context_load(vcpu, c);
	if (r) {
		hve_msr_write(vcpu, MSR_IA32_CR_PAT, pat);
		return -EINVAL;
	}
	vcpu->regs.rip = c->rip;
	vcpu->regs.gpr[REG_RSP] = c->rsp;
	vcpu->regs.rflags = c->rflags;
	vcpu->regs.dirty = true;
	vcpu->mp_state = KVM_MP_STATE_RUNNABLE;
	return 0;
}
