/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small VMM library over the ioctl ABI of /dev/hvemu (which is KVM's): what
 * the sample VMM, the tests and the bench share. It holds no policy: a caller
 * sees the structs of <linux/kvm.h> and may call ioctl() itself at any point.
 *
 * Errors of calls that must work end the program with a message (err(3)).
 * Calls that a test expects to fail use ioctl() directly.
 */
#ifndef SELFTESTS_VMM_H
#define SELFTESTS_VMM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define VMM_MAX_VPS	64
#define VMM_MAX_CPUID	192
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1ULL << (n))

#define KIB		1024ULL
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)

/* Guest-physical map of all our guests: RAM below 3 GiB, the rest from 4 GiB. */
#define VMM_LOW_RAM_END	(3 * GIB)
#define VMM_HIGH_RAM	(4 * GIB)
#define IOAPIC_BASE	0xfec00000u
#define APIC_BASE	0xfee00000u
#define IOAPIC_PINS	24

struct vmm;

struct vp {
	struct vmm *vmm;
	unsigned int id;	/* vcpu id = initial APIC id = VP index */
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	void *priv;
};

struct vmm {
	int dev;		/* the device */
	int fd;			/* the VM */
	bool is_kvm;		/* the device is the kernel's KVM, our oracle */
	size_t run_size;
	uint8_t *ram;		/* guest RAM: one host mapping for both slots */
	size_t ram_size;
	unsigned int nr_vps;
	struct vp vp[VMM_MAX_VPS];
	void *priv;
};

struct cpuid_table {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entry[VMM_MAX_CPUID];
};

/* ioctl() that must succeed; the name of the request is in the message. */
int vmm_ioctl(int fd, const char *name, unsigned long request, unsigned long arg);
#define xioctl(fd, request, arg) \
	vmm_ioctl(fd, #request, request, (unsigned long)(arg))

/* vmm.c: VM, memory, VPs */
const char *vmm_device(void);
int vmm_open_device(const char *path);
bool vmm_device_is_kvm(int dev);
void vmm_create(struct vmm *vmm, const char *device);
void vmm_destroy(struct vmm *vmm);
int vmm_cap(struct vmm *vmm, unsigned int cap);
int vmm_enable_cap(int fd, unsigned int cap, uint64_t arg0);
void vmm_add_ram(struct vmm *vmm, size_t size);
int vmm_set_slot(struct vmm *vmm, uint32_t slot, uint32_t flags, uint64_t gpa,
		 uint64_t size, void *mem);
void *vmm_gpa(struct vmm *vmm, uint64_t gpa, uint64_t len);
void vmm_split_irqchip(struct vmm *vmm);
struct vp *vmm_add_vp(struct vmm *vmm);
void vmm_add_vp_at(struct vmm *vmm, struct vp *vp, unsigned int id);
/* A statistic of the VM or the vCPU behind @fd; -1 when there is none of that name. */
long vmm_stat(int fd, const char *name);
void vmm_signal_msi(struct vmm *vmm, uint64_t addr, uint32_t data);

int vp_run(struct vp *vp);
void *vp_pio_data(struct vp *vp);
void vp_get_regs(struct vp *vp, struct kvm_regs *regs);
void vp_set_regs(struct vp *vp, const struct kvm_regs *regs);
void vp_set_runnable(struct vp *vp);
void vp_long_mode(struct vp *vp, uint64_t cr3, uint64_t gdt, uint16_t cs);
uint64_t vp_get_msr(struct vp *vp, uint32_t msr);
void vp_set_msr(struct vp *vp, uint32_t msr, uint64_t value);
int vp_try_get_msr(struct vp *vp, uint32_t msr, uint64_t *value);
int vp_try_set_msr(struct vp *vp, uint32_t msr, uint64_t value);
void vp_describe_exit(struct vp *vp, char *buf, size_t len);

/* cpuid.c: what the guest sees */
struct kvm_cpuid_entry2 *cpuid_find(struct cpuid_table *t, uint32_t leaf,
				    uint32_t index);
struct kvm_cpuid_entry2 *cpuid_add(struct cpuid_table *t, uint32_t leaf,
				   uint32_t index);
void cpuid_drop(struct cpuid_table *t, uint32_t first, uint32_t last);
void cpuid_supported(struct vmm *vmm, struct cpuid_table *t);
void cpuid_hyperv(struct vmm *vmm, struct vp *vp, struct cpuid_table *t);
void cpuid_topology(struct cpuid_table *t, unsigned int apic_id, unsigned int nr_vps);
bool cpuid_has_synic(struct cpuid_table *t);
void vp_set_cpuid(struct vp *vp, struct cpuid_table *t);
void vp_default_cpuid(struct vp *vp, unsigned int nr_vps);

/* hostmem.c: free memory of the host's kernel, after things have settled */
long host_free_kib(void);

#endif
