// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics of a VM or a vCPU in KVM's binary format: a header, a name, one
 * descriptor a row, one value a row.  Whoever has the fd may read it.
 */
#include <linux/anon_inodes.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <asm/vmx.h>
#include "core/kvm_abi.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"

#define NAME_BYTES	48

/**
 * struct stat_row - a statistic
 * @name: what user space looks for
 * @flags: KVM_STATS_TYPE_* and KVM_STATS_UNIT_*
 * @offset: of the value in struct hve_vm or struct hve_vcpu
 * @bytes: its size
 */
struct stat_row {
	const char *name;
	u32 flags;
	u32 offset;
	u32 bytes;
};

/* struct kvm_stats_desc with its name, whose declaration varies */
struct stat_desc {
	u32 flags;
	s16 exponent;
	u16 size;
	u32 offset;
	u32 bucket_size;
	char name[NAME_BYTES];
};

static_assert(offsetof(struct stat_desc, name) ==
	      offsetof(struct kvm_stats_desc, name));
static_assert(sizeof(struct kvm_stats_header) == 24);

struct stats_head {
	struct kvm_stats_header header;
	char id[NAME_BYTES];
	struct stat_desc desc[];
};

/**
 * struct stats_file - what an fd reads
 * @vm: a reference
 * @base: struct that the rows' offsets are of
 * @rows: one a value
 * @nr: how many
 * @id: "kvm-PID" or "kvm-PID/vcpu-ID"
 */
struct stats_file {
	struct hve_vm *vm;
	const void *base;
	const struct stat_row *rows;
	u32 nr;
	char id[NAME_BYTES];
};

#define ROW(type, name, flags, member) \
	{ name, flags, offsetof(type, member), sizeof_field(type, member) }
#define COUNT		(KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE)
#define NOW		(KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_NONE)
#define VM(name, flags, member)		ROW(struct hve_vm, name, flags, member)
#define VCPU(name, member)	ROW(struct hve_vcpu, name, COUNT, stats.member)
#define REASON(name, reason)	VCPU(name, by_reason[EXIT_REASON_##reason])

static const struct stat_row vm_rows[] = {
	VM("vcpus", NOW, nr_vcpus),
	VM("ept_tables", NOW, mmu.nr_tables),
};

static const struct stat_row vcpu_rows[] = {
	VCPU("exits", exits),
	VCPU("in_window_exits", in_window),
	VCPU("user_exits", user_exits),
	VCPU("windows", windows),
	VCPU("halt_waits", halts),
	/* KVM's names where it has the same */
	REASON("halt_exits", HLT),
	REASON("irq_exits", EXTERNAL_INTERRUPT),
	REASON("irq_window_exits", INTERRUPT_WINDOW),
	REASON("nmi_window_exits", NMI_WINDOW),
	REASON("hypercalls", VMCALL),
	REASON("io_exits", IO_INSTRUCTION),
	REASON("ept_violation_exits", EPT_VIOLATION),
	REASON("exception_exits", EXCEPTION_NMI),
	REASON("cpuid_exits", CPUID),
	REASON("rdmsr_exits", MSR_READ),
	REASON("wrmsr_exits", MSR_WRITE),
	REASON("cr_exits", CR_ACCESS),
	REASON("dr_exits", DR_ACCESS),
	REASON("xsetbv_exits", XSETBV),
	REASON("pause_exits", PAUSE_INSTRUCTION),
	REASON("timer_exits", PREEMPTION_TIMER),
};

static size_t head_bytes(const struct stats_file *sf)
{
	return sizeof(struct stats_head) + sf->nr * sizeof(struct stat_desc);
}

static void fill_head(struct stats_head *head, const struct stats_file *sf)
{
	struct stat_desc *desc = head->desc;
	u32 i;

	head->header = (struct kvm_stats_header) {
		.name_size = NAME_BYTES,
		.num_desc = sf->nr,
		.id_offset = offsetof(struct stats_head, id),
		.desc_offset = offsetof(struct stats_head, desc),
		.data_offset = head_bytes(sf),
	};
	memcpy(head->id, sf->id, sizeof(head->id));
	for (i = 0; i < sf->nr; i++, desc++) {
		desc->flags = sf->rows[i].flags | KVM_STATS_BASE_POW10;
		desc->size = 1;
		desc->offset = i * sizeof(u64);
		strscpy_pad(desc->name, sf->rows[i].name, sizeof(desc->name));
	}
}

/* Their owners go on counting. */
static void fill_values(u64 *value, const struct stats_file *sf)
{
	u32 i;

	for (i = 0; i < sf->nr; i++) {
		const void *p = sf->base + sf->rows[i].offset;

		if (sf->rows[i].bytes == sizeof(u32))
			value[i] = READ_ONCE(*(const u32 *)p);
		else
			value[i] = READ_ONCE(*(const u64 *)p);
	}
}

static ssize_t stats_read(struct file *file, char __user *buf, size_t len,
			  loff_t *pos)
{
	const struct stats_file *sf = file->private_data;
	size_t bytes = head_bytes(sf) + sf->nr * sizeof(u64);
	void *image;
	ssize_t r;

	image = kzalloc(bytes, GFP_KERNEL);
	if (!image)
		return -ENOMEM;
	fill_head(image, sf);
	fill_values(image + head_bytes(sf), sf);
	r = simple_read_from_buffer(buf, len, pos, image, bytes);
	kfree(image);
	return r;
}

static int stats_release(struct inode *inode, struct file *file)
{
	struct stats_file *sf = file->private_data;

	hve_vm_put(sf->vm);
	kfree(sf);
	return 0;
}

static const struct file_operations stats_fops = {
	.owner = THIS_MODULE,
	.read = stats_read,
	.release = stats_release,
	.llseek = noop_llseek,
};

static int stats_fd(struct stats_file *sf)
{
	struct file *file;
	int fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = anon_inode_getfile("hvemu-stats", &stats_fops, sf, O_RDONLY);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	file->f_mode |= FMODE_PREAD;
	hve_vm_get(sf->vm);
	fd_install(fd, file);
	return fd;
}

long hve_stats_fd(struct hve_call *call)
{
	struct hve_vcpu *vcpu = call->vcpu;
	struct stats_file *sf;
	int fd;

	sf = kzalloc(sizeof(*sf), GFP_KERNEL_ACCOUNT);
	if (!sf)
		return -ENOMEM;
	sf->vm = call->vm;
	if (vcpu) {
		sf->base = vcpu;
		sf->rows = vcpu_rows;
		sf->nr = ARRAY_SIZE(vcpu_rows);
		snprintf(sf->id, sizeof(sf->id), "kvm-%d/vcpu-%u",
			 task_tgid_nr(current), vcpu->id);
	} else {
		sf->base = call->vm;
		sf->rows = vm_rows;
		sf->nr = ARRAY_SIZE(vm_rows);
		snprintf(sf->id, sizeof(sf->id), "kvm-%d",
			 task_tgid_nr(current));
	}
	fd = stats_fd(sf);
	if (fd < 0)
		kfree(sf);
	return fd;
}
