// SPDX-License-Identifier: GPL-2.0
/*
 * The fd of a VM and its ioctls.
 */
#include <linux/anon_inodes.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "core/coalesced.h"
#include "core/irq.h"
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"
#include "uapi/hvemu.h"

/* the fewest that KVM_SET_NR_MMU_PAGES takes */
#define MIN_MMU_PAGES	64

static long create_vcpu(struct hve_call *call)
{
	if (call->arg >= HVE_MAX_VCPUS || call->arg >= call->vm->max_vcpu_id)
		return -EINVAL;
	if (hve_vm_vcpu(call->vm, call->arg))
		return -EEXIST;
	return hve_vcpu_fd_create(call->vm, call->arg);
}

static long check_extension(struct hve_call *call)
{
	return hve_cap_check(call->vm, call->arg);
}

static long set_memory(struct hve_call *call)
{
	const struct kvm_userspace_memory_region *in = call->data;
	struct kvm_userspace_memory_region2 mem = {
		.slot = in->slot,
		.flags = in->flags,
		.guest_phys_addr = in->guest_phys_addr,
		.memory_size = in->memory_size,
		.userspace_addr = in->userspace_addr,
	};

	return hve_memslot_set(call->vm, &mem);
}

static long set_memory2(struct hve_call *call)
{
	return hve_memslot_set(call->vm, call->data);
}

static long get_dirty_log(struct hve_call *call)
{
	return hve_dirty_log_get(call->vm, call->data);
}

/* Both addresses are for CPUs without unrestricted guest: nothing to place. */
static long set_tss_addr(struct hve_call *call)
{
	/* three pages below 4 GiB */
	return call->arg > (u32)(-3 * PAGE_SIZE) ? -EINVAL : 0;
}

static long set_identity_map_addr(struct hve_call *call)
{
	return call->vm->nr_vcpus ? -EINVAL : 0;
}

/* For VMs with shadow page tables: there is no limit to set. */
static long set_nr_mmu_pages(struct hve_call *call)
{
	return call->arg < MIN_MMU_PAGES ? -EINVAL : 0;
}

static long set_boot_cpu_id(struct hve_call *call)
{
	struct hve_vm *vm = call->vm;

	if (vm->nr_vcpus)
		return -EBUSY;
	if (call->arg >= HVE_MAX_VCPUS || call->arg >= vm->max_vcpu_id)
		return -EINVAL;
	vm->bsp_id = call->arg;
	return 0;
}

static long set_gsi_routing(struct hve_call *call)
{
	const struct kvm_irq_routing __user *uarg =
		(const struct kvm_irq_routing __user *)call->arg;
	const struct kvm_irq_routing *in = call->data;
	struct kvm_irq_routing_entry *entries = NULL;
	long r;

	if (!call->vm->lapic_in_kernel || in->nr > HVE_NR_GSIS || in->flags)
		return -EINVAL;
	if (in->nr) {
		entries = vmemdup_user(uarg->entries,
				       array_size(in->nr, sizeof(*entries)));
		if (IS_ERR(entries))
			return PTR_ERR(entries);
	}
	r = hve_irq_routes_set(call->vm, entries, in->nr);
	kvfree(entries);
	return r;
}

static long signal_msi(struct hve_call *call)
{
	return hve_irq_msi(call->vm, call->data);
}

static long set_irqfd(struct hve_call *call)
{
	return hve_irqfd_set(call->vm, call->data);
}

static long set_ioeventfd(struct hve_call *call)
{
	return hve_ioevent_set(call->vm, call->data);
}

static long coalesced_add(struct hve_call *call)
{
	return hve_coalesced_add(call->vm, call->data);
}

static long coalesced_remove(struct hve_call *call)
{
	return hve_coalesced_remove(call->vm, call->data);
}

static long set_msr_filter(struct hve_call *call)
{
	return hve_msr_filter_set(call->vm, call->data);
}

static const struct hve_ioctl vm_rows[] = {
	{ KVM_CREATE_VCPU, HVE_CALL_VM_LOCK, create_vcpu },
	{ KVM_CHECK_EXTENSION, 0, check_extension },
	{ KVM_ENABLE_CAP, HVE_CALL_VM_LOCK, hve_cap_enable_vm },
	{ KVM_SET_USER_MEMORY_REGION, 0, set_memory },
	{ KVM_SET_USER_MEMORY_REGION2, 0, set_memory2 }, /* no guest_memfd */
	{ KVM_GET_DIRTY_LOG, 0, get_dirty_log },
	{ KVM_SET_TSS_ADDR, 0, set_tss_addr },		/* not needed, checked */
	{ KVM_SET_IDENTITY_MAP_ADDR, HVE_CALL_VM_LOCK,
	  set_identity_map_addr },			/* not needed, checked */
	{ KVM_SET_NR_MMU_PAGES, 0, set_nr_mmu_pages },	/* not needed, checked */
	{ KVM_SET_BOOT_CPU_ID, HVE_CALL_VM_LOCK, set_boot_cpu_id },
	{ KVM_SIGNAL_MSI, 0, signal_msi },
	{ KVM_IRQ_LINE, 0, hve_irq_line_set },
	{ KVM_IRQ_LINE_STATUS, 0, hve_irq_line_set },
	{ KVM_IRQFD, HVE_CALL_VM_LOCK, set_irqfd },
	{ KVM_SET_GSI_ROUTING, HVE_CALL_VM_LOCK, set_gsi_routing },
	{ KVM_CREATE_IRQCHIP, HVE_CALL_VM_LOCK, hve_irqchip_create },
	{ KVM_GET_IRQCHIP, 0, hve_irqchip_get },
	{ KVM_SET_IRQCHIP, HVE_CALL_RAW, hve_irqchip_set },
	{ KVM_CREATE_PIT2, HVE_CALL_VM_LOCK, hve_pit2_create },
	{ KVM_GET_PIT2, 0, hve_pit2_get },
	{ KVM_SET_PIT2, 0, hve_pit2_set },
	{ KVM_CREATE_PIT, HVE_CALL_VM_LOCK, hve_pit1_create },
	{ KVM_GET_PIT, 0, hve_pit1_get },
	{ KVM_SET_PIT, HVE_CALL_RAW, hve_pit1_set },
	{ KVM_REINJECT_CONTROL, HVE_CALL_RAW, hve_pit_reinject },
	{ KVM_REGISTER_COALESCED_MMIO, HVE_CALL_VM_LOCK, coalesced_add },
	{ KVM_UNREGISTER_COALESCED_MMIO, HVE_CALL_VM_LOCK, coalesced_remove },
	{ KVM_IOEVENTFD, HVE_CALL_VM_LOCK, set_ioeventfd },
	{ KVM_GET_CLOCK, HVE_CALL_VM_LOCK, hve_clock_get },
	{ KVM_SET_CLOCK, HVE_CALL_VM_LOCK, hve_clock_set },
	{ KVM_GET_TSC_KHZ, 0, hve_tsc_khz_get },
	{ KVM_SET_TSC_KHZ, 0, hve_tsc_khz_set },	/* before the first run; see vmm.md */
	{ KVM_X86_SET_MSR_FILTER, HVE_CALL_VM_LOCK, set_msr_filter },
	{ KVM_GET_STATS_FD, 0, hve_stats_fd },
	{ HVEMU_GET_STATE, HVE_CALL_VM_LOCK | HVE_CALL_OUT_E2BIG,
	  hve_state_get },				/* not of KVM */
	{ HVEMU_SET_STATE, HVE_CALL_VM_LOCK, hve_state_set }, /* not of KVM */
	{ KVM_HYPERV_EVENTFD, 0, hve_ipcop_kvm_eventfd },
	{ HVEMU_POST_MESSAGE, 0, hve_ipcop_post },	/* not of KVM */
	{ HVEMU_SIGNAL_EVENT, 0, hve_ipcop_signal },	/* not of KVM */
	{ HVEMU_CREATE_PORT, 0, hve_ipcop_create },	/* not of KVM */
	{ HVEMU_DELETE_PORT, 0, hve_ipcop_delete },	/* not of KVM */
	{ HVEMU_CONNECT_PORT, 0, hve_ipcop_connect },	/* not of KVM */
	{ HVEMU_DISCONNECT_PORT, 0, hve_ipcop_disconnect }, /* not of KVM */
	{ HVEMU_SET_NAME, HVE_CALL_VM_LOCK, hve_own_name_set }, /* not of KVM */
	{ HVEMU_SET_EXTENDED_CALLS, HVE_CALL_VM_LOCK, hve_own_ext_set }, /* not of KVM */
	{ HVEMU_SET_TIME, HVE_CALL_VM_LOCK, hve_own_time_set }, /* not of KVM */
};

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct hve_call call = { .vm = file->private_data, .arg = arg };

	return hve_ioctl_call(vm_rows, ARRAY_SIZE(vm_rows), &call, cmd);
}

static int vm_release(struct inode *inode, struct file *file)
{
	hve_vm_put(file->private_data);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = vm_ioctl,
	.compat_ioctl = hve_ioctl_compat,
	.release = vm_release,
	.llseek = noop_llseek,
};

struct hve_vm *hve_vm_of_file(struct file *file)
{
	return file->f_op == &vm_fops ? file->private_data : NULL;
}

int hve_vm_fd_create(void)
{
	struct hve_vm *vm = hve_vm_create();
	int fd;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	hve_clock_init(vm);
	fd = anon_inode_getfd("hvemu-vm", &vm_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		hve_vm_put(vm);
	return fd;
}
