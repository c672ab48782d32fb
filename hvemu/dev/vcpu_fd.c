// SPDX-License-Identifier: GPL-2.0
/*
 * The fd of a vCPU: what it maps, and how it comes and goes.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"

/* The mapping holds the file, the file the VM, and that the pages. */
static vm_fault_t run_fault(struct vm_fault *vmf)
{
	struct hve_vcpu *vcpu = vmf->vma->vm_file->private_data;

	if (vmf->pgoff >= HVE_RUN_PAGES)
		return VM_FAULT_SIGBUS;
	if (vmf->pgoff == KVM_COALESCED_MMIO_PAGE_OFFSET)
		vmf->page = virt_to_page(vcpu->vm->coalesced_ring);
	else
		vmf->page = vcpu->run_page + vmf->pgoff;
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct run_vm_ops = {
	.fault = run_fault,
};

static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &run_vm_ops;
	return 0;
}

static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return hve_vcpu_ioctl(file->private_data, cmd, arg);
}

static int vcpu_release(struct inode *inode, struct file *file)
{
	struct hve_vcpu *vcpu = file->private_data;

	/* NULL: its creation failed */
	if (vcpu)
		hve_vm_put(vcpu->vm);
	return 0;
}

static const struct file_operations vcpu_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = vcpu_ioctl,
	.compat_ioctl = hve_ioctl_compat,
	.mmap = vcpu_mmap,
	.release = vcpu_release,
	.llseek = noop_llseek,
};

/*
 * The vCPU comes last: once others can reach it, it lives as long as its VM,
 * so nothing may fail any more.
 */
int hve_vcpu_fd_create(struct hve_vm *vm, u32 id)
{
	bool first = !vm->nr_vcpus;
	struct hve_vcpu *vcpu;
	struct file *file;
	int fd, r;

	lockdep_assert_held(&vm->lock);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = anon_inode_getfile("hvemu-vcpu", &vcpu_fops, NULL, O_RDWR);
	if (IS_ERR(file)) {
		r = PTR_ERR(file);
		goto put_fd;
	}
	vcpu = hve_vcpu_create(vm, id);
	if (IS_ERR(vcpu)) {
		r = PTR_ERR(vcpu);
		goto put_file;
	}
	if (first)
		hve_clock_first_vcpu(vm, vcpu);
	/* there may be routes already */
	hve_vcpu_request(vcpu, HVE_REQ_SCAN_EOI);
	hve_vm_get(vm);
	file->private_data = vcpu;
	fd_install(fd, file);
	return fd;

put_file:
	fput(file);
put_fd:
	put_unused_fd(fd);
	return r;
}
