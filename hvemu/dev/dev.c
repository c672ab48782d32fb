// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/hvemu and its ioctls: what can be asked before there is a VM.
 */
#include "dev/dev.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"
#include "uapi/hvemu.h"

static_assert(sizeof(struct hvemu_info) == 64);
static_assert(sizeof(struct kvm_run) == 2352);

static long api_version(struct hve_call *call)
{
	return call->arg ? -EINVAL : KVM_API_VERSION;
}

static long create_vm(struct hve_call *call)
{
	/* the only type of machine */
	if (call->arg)
		return -EINVAL;
	return hve_vm_fd_create();
}

static long check_extension(struct hve_call *call)
{
	return hve_cap_check(NULL, call->arg);
}

static long vcpu_mmap_size(struct hve_call *call)
{
	return call->arg ? -EINVAL : HVE_RUN_PAGES * PAGE_SIZE;
}

static long mce_cap_supported(struct hve_call *call)
{
	u64 *out = call->data;

	*out = hve_mce_cap_supported();
	return 0;
}

/* What XSAVE state a guest may be given is all there is to ask. */
static long has_device_attr(struct hve_call *call)
{
	const struct kvm_device_attr *in = call->data;

	if (in->group || in->attr != KVM_X86_XCOMP_GUEST_SUPP)
		return -ENXIO;
	return 0;
}

static long get_device_attr(struct hve_call *call)
{
	const struct kvm_device_attr *in = call->data;
	long r = has_device_attr(call);

	if (r)
		return r;
	return put_user(hve_fpu_features(),
			(u64 __user *)(unsigned long)in->addr) ? -EFAULT : 0;
}

static long info(struct hve_call *call)
{
	struct hvemu_info *out = call->data;

	out->abi_version = HVEMU_ABI_VERSION;
	out->module_version = HVEMU_VERSION(0, 1, 0);
	out->max_vcpus = HVE_MAX_VCPUS;
	out->max_memslots = HVE_NR_MEMSLOTS;
	out->max_gsis = HVE_NR_GSIS;
	out->nr_vtls = HVE_NR_VTLS;
	out->features = HVEMU_FEATURE_OVERLAY_PAGES |
			HVEMU_FEATURE_ENFORCED_CPUID |
			HVEMU_FEATURE_STATE |
			HVEMU_FEATURE_EXTENDED_CALLS |
			HVEMU_FEATURE_PORTS;
	if (hve_nested_allowed())
		out->features |= HVEMU_FEATURE_NESTED;
	return 0;
}

static const struct hve_ioctl device_rows[] = {
	{ KVM_GET_API_VERSION, 0, api_version },	/* 12 */
	{ KVM_CREATE_VM, 0, create_vm },		/* type 0 only */
	{ KVM_CHECK_EXTENSION, 0, check_extension },
	{ KVM_GET_VCPU_MMAP_SIZE, 0, vcpu_mmap_size },	/* 3 pages */
	{ KVM_GET_SUPPORTED_CPUID, 0, hve_list_cpuid_supported },
	{ KVM_GET_SUPPORTED_HV_CPUID, 0, hve_list_cpuid_hv },
	{ KVM_GET_MSR_INDEX_LIST, HVE_CALL_OUT_E2BIG, hve_list_msr_index },
	{ KVM_GET_MSR_FEATURE_INDEX_LIST, HVE_CALL_OUT_E2BIG,
	  hve_list_msr_features },
	{ KVM_GET_MSRS, 0, hve_list_feature_msrs_get },	/* feature MSRs */
	{ KVM_X86_GET_MCE_CAP_SUPPORTED, 0, mce_cap_supported },
	{ KVM_HAS_DEVICE_ATTR, 0, has_device_attr },	/* XCOMP_GUEST_SUPP */
	{ KVM_GET_DEVICE_ATTR, 0, get_device_attr },
	{ HVEMU_INFO, 0, info },			/* not of KVM */
	{ HVEMU_GET_PROFILE, HVE_CALL_OUT_E2BIG, hve_own_profile }, /* not of KVM */
	{ HVEMU_LIST_VMS, 0, hve_report_list },		/* docs/stat.md */
	{ HVEMU_REPORT, HVE_CALL_OUT_E2BIG, hve_report_vm },
	{ HVEMU_SET_EXIT_TIMES, 0, hve_report_exit_times },
	{ HVEMU_NESTED, 0, hve_report_nested },		/* docs/nested.md */
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct hve_call call = { .arg = arg };

	return hve_ioctl_call(device_rows, ARRAY_SIZE(device_rows), &call, cmd);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = hve_ioctl_compat,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hvemu",
	.fops = &device_fops,
	.mode = 0600,
};

int hve_dev_start(void)
{
	return misc_register(&device);
}

void hve_dev_stop(void)
{
	misc_deregister(&device);
}
