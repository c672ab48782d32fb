// SPDX-License-Identifier: GPL-2.0
/*
 * VM, memory and VPs over the ioctl ABI. See vmm.h.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vmm.h"

#define KVM_MISC_MINOR	232

#define CR0_PE		BIT(0)
#define CR0_MP		BIT(1)
#define CR0_NE		BIT(5)
#define CR0_PG		BIT(31)
#define CR4_PAE		BIT(5)
#define CR4_OSFXSR	BIT(9)
#define CR4_OSXMMEXCPT	BIT(10)
#define EFER_LME	BIT(8)
#define EFER_LMA	BIT(10)

int vmm_ioctl(int fd, const char *name, unsigned long request, unsigned long arg)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		err(1, "%s", name);
	return ret;
}

const char *vmm_device(void)
{
	const char *path = getenv("HVE_DEV");

	return path && *path ? path : "/dev/hvemu";
}

/* No device is "cannot run here" (4, KTAP's skip), a wrong one is an error. */
int vmm_open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int version;

	if (fd < 0)
		err(4, "%s", path);
	version = ioctl(fd, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION)
		errx(1, "%s: API version %d, expected %d", path, version,
		     KVM_API_VERSION);
	return fd;
}

/* By number and not by name: a test machine may link /dev/kvm to hvemu. */
bool vmm_device_is_kvm(int dev)
{
	struct stat st;

	if (fstat(dev, &st))
		err(1, "fstat of the device");
	return minor(st.st_rdev) == KVM_MISC_MINOR;
}

void vmm_create(struct vmm *vmm, const char *device)
{
	memset(vmm, 0, sizeof(*vmm));
	vmm->dev = vmm_open_device(device);
	vmm->is_kvm = vmm_device_is_kvm(vmm->dev);
	vmm->fd = xioctl(vmm->dev, KVM_CREATE_VM, 0);
	vmm->run_size = xioctl(vmm->dev, KVM_GET_VCPU_MMAP_SIZE, 0);
}

void vmm_destroy(struct vmm *vmm)
{
	unsigned int i;

	for (i = 0; i < vmm->nr_vps; i++) {
		munmap(vmm->vp[i].run, vmm->run_size);
		close(vmm->vp[i].fd);
	}
	close(vmm->fd);
	close(vmm->dev);
	if (vmm->ram)
		munmap(vmm->ram, vmm->ram_size);
	memset(vmm, 0, sizeof(*vmm));
}

int vmm_cap(struct vmm *vmm, unsigned int cap)
{
	return xioctl(vmm->fd, KVM_CHECK_EXTENSION, cap);
}

int vmm_enable_cap(int fd, unsigned int cap, uint64_t arg0)
{
	struct kvm_enable_cap req = { .cap = cap, .args = { arg0 } };

	return ioctl(fd, KVM_ENABLE_CAP, &req) < 0 ? -errno : 0;
}

int vmm_set_slot(struct vmm *vmm, uint32_t slot, uint32_t flags, uint64_t gpa,
		 uint64_t size, void *mem)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	return ioctl(vmm->fd, KVM_SET_USER_MEMORY_REGION, &region) < 0 ? -errno : 0;
}

/* Guest RAM in slot 0, and what does not fit below the APICs in slot 1. */
void vmm_add_ram(struct vmm *vmm, size_t size)
{
	size_t low = size < VMM_LOW_RAM_END ? size : VMM_LOW_RAM_END;
	int ret;

	vmm->ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (vmm->ram == MAP_FAILED)
		err(1, "%zu MiB of guest memory", size >> 20);
	vmm->ram_size = size;
	madvise(vmm->ram, size, MADV_HUGEPAGE);
	ret = vmm_set_slot(vmm, 0, 0, 0, low, vmm->ram);
	if (!ret && size > low)
		ret = vmm_set_slot(vmm, 1, 0, VMM_HIGH_RAM, size - low,
				   vmm->ram + low);
	if (ret)
		errx(1, "KVM_SET_USER_MEMORY_REGION: %s", strerror(-ret));
}

/* Where guest-physical [gpa, gpa + len) is in our memory, or NULL. */
void *vmm_gpa(struct vmm *vmm, uint64_t gpa, uint64_t len)
{
	uint64_t low = vmm->ram_size < VMM_LOW_RAM_END ? vmm->ram_size : VMM_LOW_RAM_END;

	if (len > vmm->ram_size)
		return NULL;
	if (gpa <= low && len <= low - gpa)
		return vmm->ram + gpa;
	if (gpa >= VMM_HIGH_RAM && gpa - VMM_HIGH_RAM + low <= vmm->ram_size - len)
		return vmm->ram + low + (gpa - VMM_HIGH_RAM);
	return NULL;
}

/* LAPICs in the kernel, IOAPIC (if any) in this process. Before the first VP. */
void vmm_split_irqchip(struct vmm *vmm)
{
	int ret = vmm_enable_cap(vmm->fd, KVM_CAP_SPLIT_IRQCHIP, IOAPIC_PINS);

	if (ret)
		errx(1, "KVM_CAP_SPLIT_IRQCHIP: %s", strerror(-ret));
}

void vmm_add_vp_at(struct vmm *vmm, struct vp *vp, unsigned int id)
{
	vp->vmm = vmm;
	vp->id = id;
	vp->fd = xioctl(vmm->fd, KVM_CREATE_VCPU, id);
	vp->run = mmap(NULL, vmm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       vp->fd, 0);
	if (vp->run == MAP_FAILED)
		err(1, "mmap of kvm_run");
}

struct vp *vmm_add_vp(struct vmm *vmm)
{
	struct vp *vp;

	if (vmm->nr_vps == VMM_MAX_VPS)
		errx(1, "more than %d VPs", VMM_MAX_VPS);
	vp = &vmm->vp[vmm->nr_vps];
	vmm_add_vp_at(vmm, vp, vmm->nr_vps);
	vmm->nr_vps++;
	return vp;
}

void vmm_signal_msi(struct vmm *vmm, uint64_t addr, uint32_t data)
{
	struct kvm_msi msi = {
		.address_lo = (uint32_t)addr,
		.address_hi = addr >> 32,
		.data = data,
	};

	/* Returns 0 when no VP matched: the guest's own affair. */
	xioctl(vmm->fd, KVM_SIGNAL_MSI, &msi);
}

/* 0 = look at vp->run, -EINTR/-EAGAIN = run again; other errors are fatal. */
int vp_run(struct vp *vp)
{
	if (!ioctl(vp->fd, KVM_RUN, 0))
		return 0;
	if (errno == EINTR || errno == EAGAIN)
		return -errno;
	err(1, "KVM_RUN of VP %u", vp->id);
}

void *vp_pio_data(struct vp *vp)
{
	return (uint8_t *)vp->run + vp->run->io.data_offset;
}

void vp_get_regs(struct vp *vp, struct kvm_regs *regs)
{
	xioctl(vp->fd, KVM_GET_REGS, regs);
}

void vp_set_regs(struct vp *vp, const struct kvm_regs *regs)
{
	xioctl(vp->fd, KVM_SET_REGS, regs);
}

/* With LAPICs in the kernel all VPs but the first wait for INIT and SIPI. */
void vp_set_runnable(struct vp *vp)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };

	xioctl(vp->fd, KVM_SET_MP_STATE, &state);
}

static struct kvm_segment flat_segment(uint16_t selector, bool code)
{
	return (struct kvm_segment) {
		.limit = 0xffffffff,
		.selector = selector,
		.type = code ? 0xb : 0x3,	/* accessed; read and execute or write */
		.present = 1,
		.db = !code,
		.l = code,
		.s = 1,
		.g = 1,
	};
}

/* 64-bit mode at CPL 0 with page table @cr3; data segments follow @cs. */
void vp_long_mode(struct vp *vp, uint64_t cr3, uint64_t gdt, uint16_t cs)
{
	struct kvm_sregs sregs;

	xioctl(vp->fd, KVM_GET_SREGS, &sregs);
	sregs.cr0 = CR0_PE | CR0_MP | CR0_NE | CR0_PG;
	sregs.cr3 = cr3;
	sregs.cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	sregs.efer = EFER_LME | EFER_LMA;
	sregs.cs = flat_segment(cs, true);
	sregs.ds = flat_segment(cs + 8, false);
	sregs.es = sregs.ds;
	sregs.fs = sregs.ds;
	sregs.gs = sregs.ds;
	sregs.ss = sregs.ds;
	sregs.gdt.base = gdt;
	sregs.gdt.limit = 0xfff;
	sregs.idt.base = 0;
	sregs.idt.limit = 0;
	xioctl(vp->fd, KVM_SET_SREGS, &sregs);
}

struct one_msr {
	struct kvm_msrs head;
	struct kvm_msr_entry entry;
};

/* 0, or -EINVAL when the MSR (or the value) is refused. */
int vp_try_get_msr(struct vp *vp, uint32_t msr, uint64_t *value)
{
	struct one_msr req = { .head.nmsrs = 1, .entry.index = msr };

	if (xioctl(vp->fd, KVM_GET_MSRS, &req) != 1)
		return -EINVAL;
	*value = req.entry.data;
	return 0;
}

int vp_try_set_msr(struct vp *vp, uint32_t msr, uint64_t value)
{
	struct one_msr req = {
		.head.nmsrs = 1,
		.entry = { .index = msr, .data = value },
	};

	return xioctl(vp->fd, KVM_SET_MSRS, &req) == 1 ? 0 : -EINVAL;
}

uint64_t vp_get_msr(struct vp *vp, uint32_t msr)
{
	uint64_t value;

	if (vp_try_get_msr(vp, msr, &value))
		errx(1, "KVM_GET_MSRS: MSR %#x of VP %u refused", msr, vp->id);
	return value;
}

void vp_set_msr(struct vp *vp, uint32_t msr, uint64_t value)
{
	if (vp_try_set_msr(vp, msr, value))
		errx(1, "KVM_SET_MSRS: %#lx to MSR %#x of VP %u refused", value, msr,
		     vp->id);
}

static const char *const exit_names[] = {
	[KVM_EXIT_UNKNOWN] = "UNKNOWN",
	[KVM_EXIT_EXCEPTION] = "EXCEPTION",
	[KVM_EXIT_IO] = "IO",
	[KVM_EXIT_HYPERCALL] = "HYPERCALL",
	[KVM_EXIT_DEBUG] = "DEBUG",
	[KVM_EXIT_HLT] = "HLT",
	[KVM_EXIT_MMIO] = "MMIO",
	[KVM_EXIT_IRQ_WINDOW_OPEN] = "IRQ_WINDOW_OPEN",
	[KVM_EXIT_SHUTDOWN] = "SHUTDOWN",
	[KVM_EXIT_FAIL_ENTRY] = "FAIL_ENTRY",
	[KVM_EXIT_INTR] = "INTR",
	[KVM_EXIT_INTERNAL_ERROR] = "INTERNAL_ERROR",
	[KVM_EXIT_SYSTEM_EVENT] = "SYSTEM_EVENT",
	[KVM_EXIT_IOAPIC_EOI] = "IOAPIC_EOI",
	[KVM_EXIT_HYPERV] = "HYPERV",
};

/* One line a person can act on, for an exit that nobody expected. */
void vp_describe_exit(struct vp *vp, char *buf, size_t len)
{
	struct kvm_run *run = vp->run;
	uint32_t reason = run->exit_reason;
	const char *name = reason < ARRAY_SIZE(exit_names) && exit_names[reason] ?
			   exit_names[reason] : "?";
	struct kvm_regs regs = { 0 };
	char detail[96] = "";

	switch (reason) {
	case KVM_EXIT_IO:
		snprintf(detail, sizeof(detail), " port %#x size %u %s", run->io.port,
			 run->io.size,
			 run->io.direction == KVM_EXIT_IO_OUT ? "out" : "in");
		break;
	case KVM_EXIT_MMIO:
		snprintf(detail, sizeof(detail), " gpa %#llx size %u %s",
			 run->mmio.phys_addr, run->mmio.len,
			 run->mmio.is_write ? "write" : "read");
		break;
	case KVM_EXIT_FAIL_ENTRY:
		snprintf(detail, sizeof(detail), " hardware reason %#llx",
			 run->fail_entry.hardware_entry_failure_reason);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		snprintf(detail, sizeof(detail), " suberror %u data %#llx %#llx",
			 run->internal.suberror,
			 run->internal.ndata > 0 ? run->internal.data[0] : 0,
			 run->internal.ndata > 1 ? run->internal.data[1] : 0);
		break;
	case KVM_EXIT_UNKNOWN:
		snprintf(detail, sizeof(detail), " hardware reason %#llx",
			 run->hw.hardware_exit_reason);
		break;
	}
	if (ioctl(vp->fd, KVM_GET_REGS, &regs) < 0)
		regs.rip = ~0ULL;
	snprintf(buf, len, "VP %u: exit %u (%s)%s at rip %#llx", vp->id, reason, name,
		 detail, regs.rip);
}

long vmm_stat(int fd, const char *name)
{
	int stats = ioctl(fd, KVM_GET_STATS_FD, 0);
	struct kvm_stats_header head;
	struct kvm_stats_desc *desc;
	long value = -1;
	uint32_t i;

	if (stats < 0 || pread(stats, &head, sizeof(head), 0) != sizeof(head))
		return -1;
	desc = malloc(sizeof(*desc) + head.name_size);
	for (i = 0; i < head.num_desc; i++) {
		pread(stats, desc, sizeof(*desc) + head.name_size,
		      head.desc_offset + i * (sizeof(*desc) + head.name_size));
		if (!strcmp((char *)(desc + 1), name))
			pread(stats, &value, sizeof(value), head.data_offset + desc->offset);
	}
	free(desc);
	close(stats);
	return value;
}
