// SPDX-License-Identifier: GPL-2.0
/*
 * ioctls whose argument is a count with an array behind it: MSRs and CPUID
 * leaves.  The count comes in the copied head, and is read there only.
 */
#include <linux/errno.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "private.h"

/* The count is always told; the array only where it fits. */
static long index_list(struct hve_call *call, bool (*nth)(unsigned int, u32 *))
{
	struct kvm_msr_list __user *uarg =
		(struct kvm_msr_list __user *)call->arg;
	struct kvm_msr_list *head = call->data;
	u32 room = head->nmsrs, n = 0, i, msr;
	long r = 0;
	u32 *msrs;

	while (nth(n, &msr))
		n++;
	head->nmsrs = n;
	if (room < n)
		return -E2BIG;
	msrs = kcalloc(n, sizeof(*msrs), GFP_KERNEL_ACCOUNT);
	if (!msrs)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		nth(i, &msrs[i]);
	if (copy_to_user(uarg->indices, msrs, n * sizeof(*msrs)))
		r = -EFAULT;
	kfree(msrs);
	return r;
}

long hve_list_msr_index(struct hve_call *call)
{
	return index_list(call, hve_msr_list);
}

long hve_list_msr_features(struct hve_call *call)
{
	return index_list(call, hve_msr_feature_list);
}

static int feature_one(struct hve_vcpu *vcpu, struct kvm_msr_entry *e)
{
	return hve_msr_feature_get(e->index, &e->data);
}

static int get_one(struct hve_vcpu *vcpu, struct kvm_msr_entry *e)
{
	return hve_msr_get(vcpu, e->index, &e->data);
}

static int set_one(struct hve_vcpu *vcpu, struct kvm_msr_entry *e)
{
	return hve_msr_set(vcpu, e->index, e->data);
}

/* In order, up to the first that fails; the result is how many did not. */
static long each_msr(struct hve_call *call, bool out,
		     int (*one)(struct hve_vcpu *, struct kvm_msr_entry *))
{
	struct kvm_msrs __user *uarg = (struct kvm_msrs __user *)call->arg;
	const struct kvm_msrs *head = call->data;
	struct kvm_msr_entry *msrs;
	size_t bytes;
	u32 i;

	if (head->nmsrs >= HVE_MAX_IO_MSRS)
		return -E2BIG;
	bytes = array_size(head->nmsrs, sizeof(*msrs));
	msrs = memdup_user(uarg->entries, bytes);
	if (IS_ERR(msrs))
		return PTR_ERR(msrs);
	for (i = 0; i < head->nmsrs; i++)
		if (one(call->vcpu, &msrs[i]))
			break;
	if (out && copy_to_user(uarg->entries, msrs, bytes)) {
		kfree(msrs);
		return -EFAULT;
	}
	kfree(msrs);
	return i;
}

long hve_list_feature_msrs_get(struct hve_call *call)
{
	return each_msr(call, true, feature_one);
}

long hve_list_msrs_get(struct hve_call *call)
{
	return each_msr(call, true, get_one);
}

long hve_list_msrs_set(struct hve_call *call)
{
	return each_msr(call, false, set_one);
}

static int supported_leaves(struct hve_vcpu *vcpu,
			    struct kvm_cpuid_entry2 *out, unsigned int max,
			    unsigned int *nr)
{
	return hve_cpuid_supported(out, max, nr);
}

#define HV_LEAF_FEATURES	0x40000003
#define HV_DIRECT_STIMERS	BIT(19)
#define HV_LEAF_RECOMMENDATIONS	0x40000004
#define HV_CLUSTER_IPI		BIT(10)
#define HV_ENLIGHTENED_VMCS	BIT(14)
#define HV_LEAF_NESTED		0x4000000a
#define HV_EVMCS_VERSIONS	0x0101		/* 1 to 1 */
#define HV_DIRECT_FLUSH		BIT(17)
#define HV_GPA_FLUSH		BIT(18)

/* For a guest that is a hypervisor, once its VMM has asked for it. */
static void nested_leaves(struct hve_vcpu *vcpu, struct kvm_cpuid_entry2 *out,
			  unsigned int nr)
{
	unsigned int i;

	if (!hve_nested_allowed() || (vcpu && !vcpu->evmcs))
		return;
	for (i = 0; i < nr; i++) {
		if (out[i].function == HV_LEAF_RECOMMENDATIONS)
			out[i].eax |= HV_ENLIGHTENED_VMCS;
		else if (out[i].function == HV_LEAF_NESTED)
			out[i].eax |= HV_EVMCS_VERSIONS |
				      HV_DIRECT_FLUSH | HV_GPA_FLUSH;
	}
}

static int hv_leaves(struct hve_vcpu *vcpu, struct kvm_cpuid_entry2 *out,
		     unsigned int max, unsigned int *nr)
{
	int r = hve_cpuid_hv(out, max, nr);
	unsigned int i;

	if (!r)
		nested_leaves(vcpu, out, min(*nr, max));

	/* interrupts that only a LAPIC of ours can take */
	if (r || !vcpu || vcpu->vm->lapic_in_kernel)
		return r;
	for (i = 0; i < *nr; i++) {
		if (out[i].function == HV_LEAF_FEATURES)
			out[i].edx &= ~HV_DIRECT_STIMERS;
		else if (out[i].function == HV_LEAF_RECOMMENDATIONS)
			out[i].eax &= ~HV_CLUSTER_IPI;
	}
	return 0;
}

static long leaves_out(struct hve_call *call,
		       int (*get)(struct hve_vcpu *vcpu,
				  struct kvm_cpuid_entry2 *out,
				  unsigned int max, unsigned int *nr))
{
	struct kvm_cpuid2 __user *uarg = (struct kvm_cpuid2 __user *)call->arg;
	unsigned int max, nr = 0;
	struct kvm_cpuid2 *head = call->data;
	struct kvm_cpuid_entry2 *leaves;
	long r;

	max = min_t(u32, head->nent, HVE_MAX_CPUID_ENTRIES);
	/* one at least, so that none is no special case below */
	leaves = kvcalloc(max + 1, sizeof(*leaves), GFP_KERNEL_ACCOUNT);
	if (!leaves)
		return -ENOMEM;
	r = get(call->vcpu, leaves, max, &nr);
	if (!r && nr > max)
		r = -E2BIG;
	if (!r && copy_to_user(uarg->entries, leaves, nr * sizeof(*leaves)))
		r = -EFAULT;
	if (!r)
		head->nent = nr;
	kvfree(leaves);
	return r;
}

long hve_list_cpuid_supported(struct hve_call *call)
{
	return leaves_out(call, supported_leaves);
}

long hve_list_cpuid_hv(struct hve_call *call)
{
	return leaves_out(call, hv_leaves);
}

long hve_list_cpuid2_get(struct hve_call *call)
{
	return leaves_out(call, hve_cpuid_get);
}

long hve_list_cpuid2_set(struct hve_call *call)
{
	const struct kvm_cpuid2 __user *uarg =
		(const struct kvm_cpuid2 __user *)call->arg;
	const struct kvm_cpuid2 *head = call->data;
	struct kvm_cpuid_entry2 *leaves = NULL;
	long r;

	if (head->nent > HVE_MAX_CPUID_ENTRIES)
		return -E2BIG;
	if (head->nent) {
		leaves = vmemdup_user(uarg->entries,
				      array_size(head->nent, sizeof(*leaves)));
		if (IS_ERR(leaves))
			return PTR_ERR(leaves);
	}
	r = hve_cpuid_set(call->vcpu, leaves, head->nent);
	kvfree(leaves);
	return r;
}

/* The old form: leaves without subleaves. */
long hve_list_cpuid_set(struct hve_call *call)
{
	const struct kvm_cpuid __user *uarg =
		(const struct kvm_cpuid __user *)call->arg;
	const struct kvm_cpuid *head = call->data;
	struct kvm_cpuid_entry2 *leaves;
	struct kvm_cpuid_entry *old;
	long r = -ENOMEM;
	u32 i;

	if (head->nent > HVE_MAX_CPUID_ENTRIES)
		return -E2BIG;
	old = vmemdup_user(uarg->entries,
			   array_size(head->nent, sizeof(*old)));
	if (IS_ERR(old))
		return PTR_ERR(old);
	leaves = kvcalloc(head->nent + 1, sizeof(*leaves), GFP_KERNEL_ACCOUNT);
	if (!leaves)
		goto free;
	for (i = 0; i < head->nent; i++) {
		leaves[i].function = old[i].function;
		leaves[i].eax = old[i].eax;
		leaves[i].ebx = old[i].ebx;
		leaves[i].ecx = old[i].ecx;
		leaves[i].edx = old[i].edx;
	}
	r = hve_cpuid_set(call->vcpu, leaves, head->nent);
	kvfree(leaves);
free:
	kvfree(old);
	return r;
}
