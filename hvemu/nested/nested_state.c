// SPDX-License-Identifier: GPL-2.0
/*
 * VMX operation saved and restored, in the format of KVM_GET_NESTED_STATE.
 * All with the window closed.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/kvm.h>
#include <asm/processor-flags.h>
#include <asm/tsc.h>
#include "mmu/mmu.h"
#include "entrycheck.h"
#include "private.h"

static_assert(KVM_STATE_NESTED_VMX_VMCS_SIZE == VMCS12_SIZE);

u32 hve_nested_state_get(struct hve_nested *n, struct kvm_nested_state *out,
			 struct kvm_vmx_nested_state_data *data)
{
	struct kvm_vmx_nested_state_hdr *hdr = &out->hdr.vmx;

	memset(out, 0, sizeof(*out));
	out->format = KVM_STATE_NESTED_FORMAT_VMX;
	out->size = sizeof(*out);
	hdr->vmxon_pa = ~0ull;
	hdr->vmcs12_pa = ~0ull;
	if (!n || !n->vmxon)
		return out->size;
	hdr->vmxon_pa = n->vmxon_gpa;
	hdr->vmcs12_pa = n->vmcs12_gpa;
	if (n->vmcs12_gpa == HVE_NO_VMCS12 && !n->evmcs.active)
		return out->size;
	if (n->evmcs.active)
		out->flags |= KVM_STATE_NESTED_EVMCS;
	out->size += VMCS12_SIZE;
	if (n->in_l2) {
		out->flags |= KVM_STATE_NESTED_GUEST_MODE;
		hve_nested_host_save(n->vcpu);
		if (n->preempt_tsc) {
			hdr->flags |= KVM_STATE_VMX_PREEMPTION_TIMER_DEADLINE;
			hdr->preemption_timer_deadline =
				(n->preempt_tsc +
				 hve_nested_host_tsc_offset(n->vcpu)) >>
				HVE_NESTED_PREEMPT_SHIFT;
		}
	}
	memcpy(data->vmcs12, n->v12, VMCS12_SIZE);
	if (n->in_l2 && hve_shadow_vmcs_linked(n) &&
	    !hve_nested_host_read(n->vcpu, n->v12->vmcs_link_pointer,
				  data->shadow_vmcs12, VMCS12_SIZE))
		out->size += VMCS12_SIZE;
	return out->size;
}

static bool header_valid(struct hve_nested *n, const struct kvm_nested_state *in)
{
	const struct kvm_vmx_nested_state_hdr *hdr = &in->hdr.vmx;

	if (in->format != KVM_STATE_NESTED_FORMAT_VMX || hdr->smm.flags ||
	    (hdr->flags & ~KVM_STATE_VMX_PREEMPTION_TIMER_DEADLINE))
		return false;
	if (hdr->vmxon_pa == ~0ull)
		return hdr->vmcs12_pa == ~0ull &&
		       (!in->flags || (in->flags == KVM_STATE_NESTED_EVMCS &&
				       n && n->evmcs.allowed));
	if (!n || !l1_page_valid(n, hdr->vmxon_pa))
		return false;
	if (in->flags & KVM_STATE_NESTED_EVMCS)
		return n->evmcs.allowed && hdr->vmcs12_pa == ~0ull &&
		       in->size >= sizeof(*in) + VMCS12_SIZE;
	if (in->size < sizeof(*in) + VMCS12_SIZE)
		return !(in->flags & KVM_STATE_NESTED_GUEST_MODE) &&
		       hdr->vmcs12_pa == ~0ull;
	return hdr->vmcs12_pa != hdr->vmxon_pa && l1_page_valid(n, hdr->vmcs12_pa);
}

/* Where it was saved it may be newer than what is in memory. */
static int restore_shadow(struct hve_nested *n, const struct kvm_nested_state *in,
			  const struct kvm_vmx_nested_state_data *data,
			  struct hve_entry_env *env)
{
	const struct vmcs12 *shadow = (const void *)data->shadow_vmcs12;

	if (n->v12->vmcs_link_pointer == ~0ull)
		return 0;
	if (!hve_shadow_vmcs_linked(n)) {
		env->link_readable = !hve_nested_host_read(n->vcpu,
							   n->v12->vmcs_link_pointer,
							   &env->link_revision,
							   sizeof(env->link_revision));
		return 0;
	}
	if (in->size < sizeof(*in) + sizeof(*data) ||
	    !l1_page_valid(n, n->v12->vmcs_link_pointer))
		return -EINVAL;
	env->link_readable = true;
	env->link_revision = shadow->revision;
	return hve_nested_host_write(n->vcpu, n->v12->vmcs_link_pointer, shadow,
				     VMCS12_SIZE) ? -EINVAL : 0;
}

/* L2 runs: its registers come out of vmcs12. */
static int restore_l2(struct hve_nested *n, const struct kvm_nested_state *in,
		      const struct kvm_vmx_nested_state_data *data)
{
	const struct kvm_vmx_nested_state_hdr *hdr = &in->hdr.vmx;
	struct hve_entry_env env = {
		.caps = &n->caps,
		.efer_valid = hve_nested_host_efer_valid(n->vcpu),
		.debugctl_valid = DEBUGCTLMSR_BTF,
		.phys_bits = hve_nested_host_maxphyaddr(n->vcpu),
		.l1_long = n->v12->vm_exit_controls &
			   VM_EXIT_HOST_ADDR_SPACE_SIZE,
	};
	struct hve_entry_failure f = {};

	if (restore_shadow(n, in, data, &env))
		return -EINVAL;
	if (!hve_entry_check_controls(n->v12, &env, &f) ||
	    !hve_entry_check_host(n->v12, &env, &f) ||
	    !hve_entry_check_guest_all(n->v12, &env, &f))
		return -EINVAL;
	if (!hve_nested_ept_ready(n) && hve_nested_ept_get(n))
		return -ENOMEM;
	if (hve_nested_host_restore(n->vcpu))
		return -EIO;
	/* memory may not be there yet */
	n->bitmap_stale = true;
	n->preempt_tsc = 0;
	if (hdr->flags & KVM_STATE_VMX_PREEMPTION_TIMER_DEADLINE)
		n->preempt_tsc = (hdr->preemption_timer_deadline <<
				  HVE_NESTED_PREEMPT_SHIFT) -
				 hve_nested_host_tsc_offset(n->vcpu);
	n->run_pending = in->flags & KVM_STATE_NESTED_RUN_PENDING;
	if (n->run_pending &&
	    (n->v12->vm_entry_intr_info_field & INTR_INFO_VALID_MASK))
		hve_nested_host_inject(n->vcpu, n->v12->vm_entry_intr_info_field,
				       n->v12->vm_entry_exception_error_code,
				       n->v12->vm_entry_instruction_len);
	return 0;
}

int hve_nested_state_set(struct hve_nested *n, const struct kvm_nested_state *in,
			 const struct kvm_vmx_nested_state_data *data)
{
	int r;

	if (!header_valid(n, in))
		return -EINVAL;
	if (!n)
		return 0;
	if (n->in_l2 && hve_nested_host_leave(n->vcpu))
		return -EIO;
	n->vmxon = false;
	n->leaving = false;
	n->saved = false;
	n->vmcs12_gpa = HVE_NO_VMCS12;
	hve_evmcs_release(n);
	if (in->hdr.vmx.vmxon_pa == ~0ull)
		return 0;
	r = hve_nested_alloc(n);
	if (r)
		return r;
	n->vmxon = true;
	n->vmxon_gpa = in->hdr.vmx.vmxon_pa;
	if (in->size < sizeof(*in) + VMCS12_SIZE)
		return 0;
	memcpy(n->v12, data->vmcs12, VMCS12_SIZE);
	if ((n->v12->revision & ~VMCS12_SHADOW_BIT) != VMCS12_REVISION)
		return -EINVAL;
	n->vmcs12_gpa = in->hdr.vmx.vmcs12_pa;
	if (in->flags & KVM_STATE_NESTED_EVMCS) {
		/* the entry that L2 runs by was another's: nothing is clean */
		n->evmcs.active = true;
		n->evmcs.entered = false;
		n->evmcs.clean = HVE_EVMCS_NONE_CLEAN;
		n->evmcs.l1_gpa = HVE_EVMCS_SOMEWHERE;
	}
	if (!(in->flags & KVM_STATE_NESTED_GUEST_MODE))
		return 0;
	return restore_l2(n, in, data);
}

int hve_nested_restore(struct hve_nested *n, struct hve_window *w)
{
	/* what it holds is of another L2 */
	n->entered = false;
	return hve_nested_to_vmcs02(n, w);
}

int hve_nested_drop(struct hve_nested *n, struct hve_window *w)
{
	return hve_nested_to_vmcs01(n, w);
}

void hve_nested_save(struct hve_nested *n)
{
	hve_vmcs02_save(n);
}
