// SPDX-License-Identifier: GPL-2.0
/*
 * Glue of nested/: VMX instructions and exits of L2, the events that L1 wants
 * to see, and what nested/ needs of the vCPU.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>
#include "tlfs.h"
#include "tlfs_l2.h"
#include "core/board.h"
#include "core/delivery.h"
#include "core/exit.h"
#include "core/l2.h"
#include "core/vcpu.h"

static bool nested = true;
module_param(nested, bool, 0444);
MODULE_PARM_DESC(nested, "let guests be hypervisors where their VMM exposes VMX (default: on)");

bool hve_nested_allowed(void)
{
	return nested;
}

static void nested_free(struct hve_nested *n)
{
	hve_nested_destroy(n);
	hve_nested_evmcs_free(n);
	kfree(n);
}

int hve_vcpu_nested_set(struct hve_vcpu *vcpu, bool on)
{
	struct hve_nested *n = vcpu->nested;
	int r;

	if (!on || !nested) {
		if (!n)
			return 0;
		WRITE_ONCE(vcpu->nested, NULL);
		/* HVEMU_NESTED may be looking at it */
		synchronize_rcu();
		nested_free(n);
		return 0;
	}
	if (n)
		return 0;
	n = kzalloc(sizeof(*n), GFP_KERNEL_ACCOUNT);
	if (!n)
		return -ENOMEM;
	n->vcpu = vcpu;
	n->vmx = &vcpu->vtl[0].vmx;
	n->regs = &vcpu->regs;
	n->exit = &vcpu->exit;
	n->w = &vcpu->host.w;
	n->mmu = &vcpu->vm->mmu;
	hve_nested_init_vcpu(n);
	if (vcpu->evmcs) {
		r = hve_nested_evmcs_allow(n);
		if (r) {
			kfree(n);
			return r;
		}
	}
	/* complete before HVEMU_NESTED finds it */
	smp_store_release(&vcpu->nested, n);
	return 0;
}

int hve_vcpu_evmcs_allow(struct hve_vcpu *vcpu)
{
	int r = vcpu->nested ? hve_nested_evmcs_allow(vcpu->nested) : 0;

	/* CPUID may come later */
	if (!r)
		vcpu->evmcs = true;
	return r;
}

void hve_vcpu_nested_free(struct hve_vcpu *vcpu)
{
	if (vcpu->nested)
		nested_free(vcpu->nested);
	vcpu->nested = NULL;
}

static enum hve_action action_of(struct hve_vcpu *vcpu,
				 enum hve_nested_result r)
{
	switch (r) {
	case HVE_NESTED_SKIP:
		hve_skip_insn(vcpu);
		return HVE_RESUME;
	case HVE_NESTED_RESUME:
	case HVE_NESTED_L0:
		return HVE_RESUME;
	case HVE_NESTED_OUTSIDE:
	case HVE_NESTED_MEMORY:
		vcpu->nested->outside_wants = r;
		return HVE_RUN_OUTSIDE;
	case HVE_NESTED_NO_MEMORY:
		vcpu->run_error = -ENOMEM;
		return HVE_TO_USER;
	case HVE_NESTED_SHUTDOWN:
		break;
	}
	return hve_user_shutdown(vcpu);
}

static void emul_prepare(struct hve_vcpu *vcpu)
{
	hve_emul_context(vcpu);
	vcpu->emul_ready = true;
}

static bool is_vmcs_access(const struct hve_vcpu *vcpu)
{
	return vcpu->exit.reason == EXIT_REASON_VMREAD ||
	       vcpu->exit.reason == EXIT_REASON_VMWRITE;
}

/* VMX instructions of L1; of L2 they are exits, unless L1 has VMCS shadowing. */

enum hve_action hve_exit_vmx(struct hve_vcpu *vcpu)
{
	enum hve_nested_result r;
	enum hve_action action;

	if (!vcpu->nested)
		return hve_finish_insn(vcpu, HVE_UD);
	r = hve_nested_insn(vcpu->nested);
	if (r == HVE_NESTED_OUTSIDE)
		emul_prepare(vcpu);
	action = action_of(vcpu, r);
	return action == HVE_RESUME && hve_in_l2(vcpu) ? HVE_RESUME_L2 : action;
}

enum hve_action hve_exit_vmx_outside(struct hve_vcpu *vcpu)
{
	struct hve_nested *n = vcpu->nested;
	enum hve_nested_result r = hve_nested_insn_outside(n);
	enum hve_action action;

	vcpu->emul_ready = false;
	action = vcpu->run_error ? HVE_TO_USER : action_of(vcpu, r);
	if (unlikely(n->init_blocked && !n->vmxon)) {
		n->init_blocked = false;
		set_bit(HVE_APIC_EV_INIT, &cur_vtl(vcpu)->apic.events);
	}
	return action;
}

bool hve_l2_exit(struct hve_vcpu *vcpu, enum hve_action *action)
{
	enum hve_nested_result r;

	if (vcpu->exit.reason == EXIT_REASON_VMCALL && vcpu->nested->in_l2 &&
	    hve_l2_direct_flush(vcpu, action))
		return true;
	r = hve_nested_l2_exit(vcpu->nested);
	if (r == HVE_NESTED_L0 && hve_nested_l2_shadow(vcpu->nested) &&
	    (vcpu->exit.reason == EXIT_REASON_EPT_VIOLATION ||
	     vcpu->exit.reason == EXIT_REASON_EPT_MISCONFIG))
		r = HVE_NESTED_OUTSIDE;
	if (r == HVE_NESTED_L0)
		return false;
	if (r == HVE_NESTED_OUTSIDE) {
		hve_ept_nmi_unblocked(vcpu);
		/* VMCS shadowing: an operand in L2's memory */
		if (is_vmcs_access(vcpu))
			emul_prepare(vcpu);
	}
	*action = action_of(vcpu, r);
	return true;
}

enum hve_action hve_l2_entry_failed(struct hve_vcpu *vcpu, bool vmfail)
{
	return action_of(vcpu, hve_nested_entry_failed(vcpu->nested, vmfail));
}

/* Memory that could not be had in the window. */
static enum hve_action bring_in(struct hve_vcpu *vcpu)
{
	struct hve_nested *n = vcpu->nested;

	switch (hve_gpa_fault(vcpu, n->want_gpa, n->want_write, false)) {
	case HVE_GPA_MAPPED:
		return HVE_RESUME;
	case HVE_GPA_MMIO:
	case HVE_GPA_PROTECTED:
	case HVE_GPA_ERROR:
		break;
	}
	vcpu->run_error = -EFAULT;
	return HVE_TO_USER;
}

/* L2 runs on a merge of L1's EPT and ours, and something is missing in it. */
static enum hve_action l2_ept(struct hve_vcpu *vcpu)
{
	const struct hve_exit *exit = &vcpu->exit;
	struct hve_nested *n = vcpu->nested;
	struct hve_gpa_shadow sh = {
		.tables = hve_nested_l2_shadow(n),
		.l2_gfn = exit->gpa >> PAGE_SHIFT,
	};
	u32 access = exit->qual & HVE_MMU_RWX;
	struct hve_ept12 walk;
	int r;

	if (exit->reason != EXIT_REASON_EPT_VIOLATION)
		access = HVE_MMU_R;
	r = hve_nested_ept_walk(n, exit->gpa, access, &walk);
	if (r < 0)
		return hve_user_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION,
					       exit->reason, exit->gpa);
	if (r) {
		hve_nested_ept_exit(n, exit->gpa, exit->gla, exit->qual, &walk);
		return HVE_RESUME;
	}
	sh.level = walk.level > 1 ? HVE_LEVEL_2M : HVE_LEVEL_4K;
	sh.prot = walk.rights;
	return hve_gpa_action(vcpu, hve_gpa_fault_in(vcpu, walk.l1_gpa,
						     access & HVE_MMU_W,
						     access & HVE_MMU_X, &sh));
}

bool hve_l2_translate(struct hve_vcpu *vcpu, u64 *gpa, u32 access)
{
	struct hve_nested *n = vcpu->nested;
	struct hve_ept12 walk;

	if (!hve_nested_l2_shadow(n))
		return true;
	if (hve_nested_ept_walk(n, *gpa, access, &walk)) {
		hve_nested_ept_exit(n, *gpa, 0, access, &walk);
		return false;
	}
	*gpa = walk.l1_gpa;
	return true;
}

bool hve_l2_outside(struct hve_vcpu *vcpu, enum hve_action *action)
{
	struct hve_nested *n = vcpu->nested;
	enum hve_nested_result wants = n->outside_wants;

	n->outside_wants = HVE_NESTED_L0;
	if (wants == HVE_NESTED_MEMORY) {
		*action = bring_in(vcpu);
		return true;
	}
	if (wants != HVE_NESTED_OUTSIDE || !n->in_l2)
		return false;
	if (vcpu->exit.reason == EXIT_REASON_VMCALL) {
		/* not in the window any more: L2 exits again */
		if (!hve_l2_direct_flush(vcpu, action))
			*action = HVE_RESUME;
		return true;
	}
	*action = is_vmcs_access(vcpu) ? hve_exit_vmx_outside(vcpu) :
					 l2_ept(vcpu);
	return true;
}

/* Events of L1 while L2 runs */

static enum hve_action leave(struct hve_vcpu *vcpu, u32 reason, u32 info,
			     u32 err, u64 qual)
{
	struct hve_nested_exit e = {
		.reason = reason,
		.intr_info = info,
		.intr_err = err,
		.qual = qual,
	};

	return action_of(vcpu, hve_nested_leave(vcpu->nested, &e));
}

/* An exception that was queued for L2. */
static enum hve_action exception(struct hve_vcpu *vcpu)
{
	struct hve_events *ev = &vcpu->ev;
	u32 info = ev->exc_vector | ev->exc_type | INTR_INFO_VALID_MASK;
	u64 qual = 0;

	if (!hve_nested_wants_exception(vcpu->nested, ev->exc_vector,
					ev->exc_err))
		return HVE_RESUME;
	ev->exc_pending = false;
	if (ev->exc_has_err)
		info |= INTR_INFO_DELIVER_CODE_MASK;
	if (ev->exc_vector == X86_TRAP_PF)
		qual = vcpu->regs.cr2;
	else if (ev->exc_vector == X86_TRAP_DB)
		qual = vcpu->regs.dr6 & 0xe00f;
	return leave(vcpu, EXIT_REASON_EXCEPTION_NMI, info, ev->exc_err, qual);
}

static bool intr_waits(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;

	return (READ_ONCE(apic->irr_pending) && hve_apic_pending(apic) >= 0) ||
	       hve_events_extint_waits(vcpu);
}

/* External interrupts leave L2, with the vector if L1 wants that. */
static enum hve_action interrupt(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;
	u32 info = 0;
	int vector;

	if (hve_nested_l2_ack_intr(vcpu->nested)) {
		vector = hve_events_extint_waits(vcpu) ?
			 hve_events_extint_take(vcpu) : -1;
		if (vector < 0) {
			vector = hve_apic_pending(apic);
			if (vector < 0)
				return HVE_RESUME;
			hve_apic_accept(apic, vector);
		}
		info = vector | INTR_TYPE_EXT_INTR | INTR_INFO_VALID_MASK;
	}
	return leave(vcpu, EXIT_REASON_EXTERNAL_INTERRUPT, info, 0, 0);
}

/* After vmcs12's own event, which the entry delivers first. */
static bool must_run_first(struct hve_vcpu *vcpu)
{
	if (!(vcpu->ev.again_info & INTR_INFO_VALID_MASK))
		return false;
	vcpu->nested->exit_soon = true;
	return true;
}

enum hve_action hve_l2_prepare(struct hve_vcpu *vcpu)
{
	struct hve_nested *n = vcpu->nested;
	struct hve_events *ev = &vcpu->ev;

	n->exit_soon = false;
	if (n->leaving)
		return action_of(vcpu, hve_nested_leave_again(n));
	if (unlikely(n->bitmap_stale) && hve_nested_bitmap(n))
		return action_of(vcpu, HVE_NESTED_MEMORY);
	if (ev->exc_pending && !(ev->again_info & INTR_INFO_VALID_MASK)) {
		enum hve_action action = exception(vcpu);

		if (action != HVE_RESUME || !n->in_l2)
			return action;
	}
	if (n->preempt_tsc && rdtsc() >= n->preempt_tsc && !must_run_first(vcpu))
		return leave(vcpu, EXIT_REASON_PREEMPTION_TIMER, 0, 0, 0);
	if (ev->nmi_pending && hve_nested_l2_nmi_exits(n) &&
	    !must_run_first(vcpu)) {
		ev->nmi_pending--;
		return leave(vcpu, EXIT_REASON_EXCEPTION_NMI,
			     INTR_TYPE_NMI_INTR | INTR_INFO_VALID_MASK |
			     X86_TRAP_NMI, 0, 0);
	}
	if (hve_nested_l2_intr_exits(n) && intr_waits(vcpu) &&
	    !must_run_first(vcpu))
		return interrupt(vcpu);
	return HVE_RESUME;
}

bool hve_l2_init(struct hve_vcpu *vcpu)
{
	struct hve_nested *n = vcpu->nested;

	if (!n || !n->vmxon)
		return false;
	if (n->in_l2) {
		vcpu->mp_state = KVM_MP_STATE_RUNNABLE;
		hve_nested_leave_soon(n, EXIT_REASON_INIT_SIGNAL);
	} else {
		n->init_blocked = true;
	}
	return true;
}

u64 hve_l2_deadline(const struct hve_vcpu *vcpu, u64 expiry_tsc)
{
	const struct hve_nested *n = vcpu->nested;

	if (n->exit_soon)
		return 1;
	if (!n->preempt_tsc)
		return expiry_tsc;
	return expiry_tsc ? min(expiry_tsc, n->preempt_tsc) : n->preempt_tsc;
}

bool hve_nested_cr0_ok(struct hve_vcpu *vcpu, u64 cr0)
{
	struct hve_nested *n = vcpu->nested;

	return !n || !n->vmxon || n->in_l2 || hve_nested_cr0_fixed(n, cr0);
}

bool hve_nested_cr4_ok(struct hve_vcpu *vcpu, u64 cr4)
{
	struct hve_nested *n = vcpu->nested;

	return !n || !n->vmxon || hve_nested_cr4_fixed(n, cr4);
}

/* What nested/ asks of us */

void hve_nested_host_save(struct hve_vcpu *vcpu)
{
	struct hve_window w;

	if (hve_vcpu_state_open(vcpu, &w))
		return;
	hve_nested_save(vcpu->nested);
	hve_vcpu_state_close(vcpu, &w);
}

int hve_nested_host_restore(struct hve_vcpu *vcpu)
{
	struct hve_window w;
	int r = hve_vcpu_state_open(vcpu, &w);

	if (r)
		return r;
	r = hve_nested_restore(vcpu->nested, &w);
	hve_vcpu_state_close(vcpu, &w);
	return r;
}

int hve_nested_host_leave(struct hve_vcpu *vcpu)
{
	struct hve_window w;
	int r = hve_vcpu_state_open(vcpu, &w);

	if (r)
		return r;
	r = hve_nested_drop(vcpu->nested, &w);
	hve_vcpu_state_close(vcpu, &w);
	return r;
}

bool hve_nested_host_evmcs(struct hve_vcpu *vcpu, u64 *l1_gpa)
{
	return hve_tlfs_nested_vmcs(&vcpu->vp, vcpu->cur_vtl, l1_gpa);
}

int hve_nested_host_read(struct hve_vcpu *vcpu, u64 l1_gpa, void *buf, u32 len)
{
	return hve_gpa_read(vcpu, l1_gpa, buf, len);
}

int hve_nested_host_write(struct hve_vcpu *vcpu, u64 l1_gpa, const void *buf,
			  u32 len)
{
	return hve_gpa_write(vcpu, l1_gpa, buf, len);
}

int hve_nested_host_operand(struct hve_vcpu *vcpu, unsigned int seg, u64 offset,
			    void *buf, u32 len, bool write)
{
	struct hve_emul *e = &vcpu->emul;
	u32 acc = HVE_EMUL_ACC_SET_AD | (write ? HVE_EMUL_ACC_WRITE : 0);
	enum hve_emul_result r;
	u64 l1_gva;

	r = hve_emul_linear(e, seg, offset, len, acc, &l1_gva);
	if (r == HVE_EMUL_OK)
		r = write ? hve_emul_mem_write(e, l1_gva, buf, len, acc) :
			    hve_emul_mem_read(e, l1_gva, buf, len, acc);
	if (r == HVE_EMUL_OK)
		return 0;
	if (r == HVE_EMUL_FAULT) {
		if (e->fault.vector == X86_TRAP_PF)
			vcpu->regs.cr2 = e->fault.cr2;
		hve_queue_exception(vcpu, e->fault.vector, e->fault.has_error,
				    e->fault.error_code);
	} else if (r != HVE_EMUL_RETRY) {
		hve_user_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION,
					vcpu->exit.reason, l1_gva);
		/* no error of the ioctl: kvm_run has it */
		vcpu->run_error = 1;
	}
	return -EFAULT;
}

void hve_nested_host_raise(struct hve_vcpu *vcpu, u8 vector)
{
	hve_queue_exception(vcpu, vector, vector == X86_TRAP_GP, 0);
}

int hve_nested_host_msr_read(struct hve_vcpu *vcpu, u32 msr, u64 *val)
{
	return hve_msr_read(vcpu, msr, val) ? -EINVAL : 0;
}

int hve_nested_host_msr_write(struct hve_vcpu *vcpu, u32 msr, u64 val)
{
	return hve_msr_write(vcpu, msr, val) ? -EINVAL : 0;
}

u64 hve_nested_host_tsc_offset(struct hve_vcpu *vcpu)
{
	return READ_ONCE(vcpu->vm->tsc_offset) + vcpu->tsc_delta;
}

void hve_nested_host_tsc_load(struct hve_vcpu *vcpu)
{
	hve_tsc_vmcs(vcpu);
}

u64 hve_nested_host_feature_control(struct hve_vcpu *vcpu)
{
	u64 val = 0;

	hve_msr_get(vcpu, MSR_IA32_FEAT_CTL, &val);
	return val;
}

u64 hve_nested_host_efer_valid(struct hve_vcpu *vcpu)
{
	return ~vcpu->efer_rsvd;
}

unsigned int hve_nested_host_maxphyaddr(struct hve_vcpu *vcpu)
{
	return vcpu->maxphyaddr;
}

u64 hve_nested_host_ept(struct hve_vcpu *vcpu, u64 *gen)
{
	struct hve_mmu *mmu = &vcpu->vm->mmu;

	*gen = atomic64_read(&mmu->gen);
	return mmu->eptp[vcpu->cur_vtl];
}

void hve_nested_host_switch(struct hve_vcpu *vcpu)
{
	hve_apicv_pull(vcpu);
	vcpu->apic_check = true;
	vcpu->eoi_bitmap_new = true;
}

void hve_nested_host_inject(struct hve_vcpu *vcpu, u32 info, u32 err, u32 len)
{
	struct hve_events *ev = &vcpu->ev;

	ev->again_info = info;
	ev->again_err = err;
	ev->again_len = len;
	ev->any = true;
}

u32 hve_nested_host_vectoring(struct hve_vcpu *vcpu, u32 *err, u32 *len)
{
	struct hve_events *ev = &vcpu->ev;
	u32 info = ev->again_info;

	if (!(info & INTR_INFO_VALID_MASK))
		return 0;
	*err = ev->again_err;
	if (ev->again_len)
		*len = ev->again_len;
	ev->again_info = 0;
	return info;
}

void hve_nested_host_halt(struct hve_vcpu *vcpu)
{
	vcpu->mp_state = KVM_MP_STATE_HALTED;
	vcpu->idle = false;
}

void hve_nested_host_dr7(struct hve_vcpu *vcpu, u64 dr7)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;

	if (dr7 == vmx->dr7)
		return;
	hve_vmx_dr7_set(vmx, dr7);
	hve_vmx_db_load(vmx, &vcpu->regs);
}
