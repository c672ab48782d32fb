// SPDX-License-Identifier: GPL-2.0
/*
 * Memory slots: create, delete, move, alias, read-only, dirty log; and the
 * host's page tables changing under a guest (MMU notifier).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define SLOT		5
#define SLOT2		6
#define GPA		0x10000000ul	/* outside the guest's RAM */
#define GPA2		0x20000000ul
#define SIZE		(64 * KIB)

/* The guest reads or writes a word where the VMM tells it to. */
static volatile uint64_t where, value, is_write;

static void guest_access(uint64_t arg)
{
	for (;;) {
		g_sync(1);
		if (is_write)
			*(volatile uint64_t *)where = value;
		else
			value = *(volatile uint64_t *)where;
	}
}

struct memslot_vm {
	struct vmm vmm;
	struct vp *vp;
	uint8_t *mem;
};

static void setup(struct memslot_vm *t)
{
	bare_create(&t->vmm, 1, 0);
	t->vp = &t->vmm.vp[0];
	bare_start(t->vp, guest_access, 0);
	if (bare_run(t->vp) != BARE_SYNC)
		ktap_bail("the guest does not start");
	t->mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->mem == MAP_FAILED)
		ktap_bail("mmap");
}

static void teardown(struct memslot_vm *t)
{
	munmap(t->mem, SIZE);
	vmm_destroy(&t->vmm);
}

/* One access; BARE_SYNC when it went to memory. */
static enum bare_stop guest_write(struct memslot_vm *t, uint64_t gpa, uint64_t v)
{
	guest_var(&t->vmm, where) = gpa;
	guest_var(&t->vmm, value) = v;
	guest_var(&t->vmm, is_write) = 1;
	return bare_run(t->vp);
}

static enum bare_stop guest_read(struct memslot_vm *t, uint64_t gpa, uint64_t *v)
{
	enum bare_stop s;

	guest_var(&t->vmm, where) = gpa;
	guest_var(&t->vmm, is_write) = 0;
	s = bare_run(t->vp);
	*v = guest_var(&t->vmm, value);
	return s;
}

static bool left_as_mmio(struct memslot_vm *t, uint64_t gpa, bool write)
{
	struct kvm_run *run = t->vp->run;

	return run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr == gpa &&
	       run->mmio.len == 8 && !!run->mmio.is_write == write;
}

/* Completes the access that left to us, up to the next g_sync(). */
static bool finish(struct memslot_vm *t)
{
	return bare_run(t->vp) == BARE_SYNC;
}

/* A read that KVM_RUN cannot do; the guest stays before it. */
static int guest_run_errno(struct memslot_vm *t, uint64_t gpa)
{
	guest_var(&t->vmm, where) = gpa;
	guest_var(&t->vmm, is_write) = 0;
	return ioctl(t->vp->fd, KVM_RUN, 0);
}

/* It goes on as MMIO. */
static bool finish_as_mmio(struct memslot_vm *t)
{
	return bare_run(t->vp) == BARE_EXIT && t->vp->run->exit_reason == KVM_EXIT_MMIO &&
	       finish(t);
}

static void test_create_delete(struct memslot_vm *t)
{
	uint64_t v;

	ktap_ok(guest_write(t, GPA, 1) == BARE_EXIT && left_as_mmio(t, GPA, true),
		"no slot: MMIO");
	finish(t);
	ktap_eq(vmm_set_slot(&t->vmm, SLOT, 0, GPA, SIZE, t->mem), 0, "create a slot");
	ktap_ok(guest_write(t, GPA + 8, 0x1122334455667788) == BARE_SYNC &&
		*(uint64_t *)(t->mem + 8) == 0x1122334455667788, "the guest writes our memory");
	*(uint64_t *)(t->mem + SIZE - 8) = 0x99;
	ktap_ok(guest_read(t, GPA + SIZE - 8, &v) == BARE_SYNC && v == 0x99,
		"and reads it, up to the last word");
	ktap_ok(guest_read(t, GPA + SIZE, &v) == BARE_EXIT &&
		left_as_mmio(t, GPA + SIZE, false), "one word further is MMIO");
	memset(t->vp->run->mmio.data, 0x42, 8);
	ktap_ok(finish(t) && guest_var(&t->vmm, value) == 0x4242424242424242,
		"which we answer");

	ktap_eq(vmm_set_slot(&t->vmm, SLOT, 0, GPA, 0, NULL), 0, "delete the slot");
	ktap_ok(guest_read(t, GPA + 8, &v) == BARE_EXIT && left_as_mmio(t, GPA + 8, false),
		"a page the guest used is MMIO now");
	finish(t);
}

static void test_move_alias(struct memslot_vm *t)
{
	uint64_t v;

	*(uint64_t *)t->mem = 0x77;
	vmm_set_slot(&t->vmm, SLOT, 0, GPA, SIZE, t->mem);
	guest_read(t, GPA, &v);
	ktap_eq(vmm_set_slot(&t->vmm, SLOT, 0, GPA2, SIZE, t->mem), 0, "move the slot");
	ktap_ok(guest_read(t, GPA2, &v) == BARE_SYNC && v == 0x77, "memory is at the new place");
	ktap_ok(guest_read(t, GPA, &v) == BARE_EXIT && left_as_mmio(t, GPA, false),
		"and no more at the old one");
	finish(t);
	ktap_eq(vmm_set_slot(&t->vmm, SLOT2, 0, GPA, SIZE, t->mem), 0,
		"a second slot on the same memory");
	ktap_ok(guest_write(t, GPA + 16, 0x55) == BARE_SYNC &&
		guest_read(t, GPA2 + 16, &v) == BARE_SYNC && v == 0x55,
		"one slot's write is seen in the other");
	vmm_set_slot(&t->vmm, SLOT, 0, GPA2, 0, NULL);
	ktap_ok(guest_read(t, GPA + 16, &v) == BARE_SYNC && v == 0x55,
		"deleting one leaves the other");
	vmm_set_slot(&t->vmm, SLOT2, 0, GPA, 0, NULL);
}

static void test_readonly(struct memslot_vm *t)
{
	uint64_t v;

	if (vmm_cap(&t->vmm, KVM_CAP_READONLY_MEM) <= 0) {
		ktap_skip("no KVM_CAP_READONLY_MEM", "read-only slot");
		return;
	}
	*(uint64_t *)t->mem = 0xabc;
	ktap_eq(vmm_set_slot(&t->vmm, SLOT, KVM_MEM_READONLY, GPA, SIZE, t->mem), 0,
		"create a read-only slot");
	ktap_ok(guest_read(t, GPA, &v) == BARE_SYNC && v == 0xabc, "reads go to memory");
	ktap_ok(guest_write(t, GPA, 1) == BARE_EXIT && left_as_mmio(t, GPA, true),
		"writes are MMIO");
	finish(t);
	ktap_eq(*(uint64_t *)t->mem, 0xabc, "and change nothing");
	vmm_set_slot(&t->vmm, SLOT, 0, GPA, 0, NULL);
}

static void test_dirty_log(struct memslot_vm *t)
{
	uint64_t bitmap[SIZE / 4096 / 64 + 1] = { 0 };
	struct kvm_dirty_log log = { .slot = SLOT, .dirty_bitmap = bitmap };
	int ret = vmm_set_slot(&t->vmm, SLOT, KVM_MEM_LOG_DIRTY_PAGES, GPA, SIZE, t->mem);

	if (ret) {
		ktap_ok(ret == -EINVAL, "dirty log: there or EINVAL");
		return;
	}
	guest_write(t, GPA + 3 * 4096, 1);
	guest_write(t, GPA + 9 * 4096 + 8, 1);
	ktap_eq(ioctl(t->vmm.fd, KVM_GET_DIRTY_LOG, &log), 0, "KVM_GET_DIRTY_LOG");
	ktap_eq(bitmap[0], 1 << 3 | 1 << 9, "shows the pages written");
	ioctl(t->vmm.fd, KVM_GET_DIRTY_LOG, &log);
	ktap_eq(bitmap[0], 0, "once");
	guest_write(t, GPA + 3 * 4096, 2);
	ioctl(t->vmm.fd, KVM_GET_DIRTY_LOG, &log);
	ktap_eq(bitmap[0], 1 << 3, "and again after another write");
	vmm_set_slot(&t->vmm, SLOT, 0, GPA, 0, NULL);
}

static void test_host_changes(struct memslot_vm *t)
{
	uint64_t v;
	void *other;

	vmm_set_slot(&t->vmm, SLOT, 0, GPA, SIZE, t->mem);
	guest_write(t, GPA, 0x1234);
	other = mmap(t->mem, SIZE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	ktap_ok(other == t->mem && guest_read(t, GPA, &v) == BARE_SYNC && !v,
		"new memory at the same host address is what the guest sees");
	guest_write(t, GPA, 0x5678);
	ktap_eq(*(uint64_t *)t->mem, 0x5678, "and writes");
	madvise(t->mem, SIZE, MADV_REMOVE);
	ktap_ok(guest_read(t, GPA, &v) == BARE_SYNC && !v, "removed pages read as zero");

	mprotect(t->mem, SIZE, PROT_READ);
	ktap_ok(guest_read(t, GPA, &v) == BARE_SYNC, "host memory read-only: the guest reads");
	guest_var(&t->vmm, where) = GPA;
	guest_var(&t->vmm, is_write) = 1;
	ktap_errno(ioctl(t->vp->fd, KVM_RUN, 0), EFAULT, "a write is EFAULT to the VMM");
	mprotect(t->mem, SIZE, PROT_READ | PROT_WRITE);
	ktap_ok(bare_run(t->vp) == BARE_SYNC, "and works once the host allows it");
	vmm_set_slot(&t->vmm, SLOT, 0, GPA, 0, NULL);
}

/* A private copy made by fork() in the VMM must reach the guest. */
static void test_copy_on_write(struct memslot_vm *t)
{
	uint64_t v, *word = vmm_gpa(&t->vmm, BARE_FREE, 8);

	guest_write(t, BARE_FREE, 1);
	/* the child shares the pages copy-on-write, and lives on */
	if (!fork()) {
		usleep(500000);
		_exit(0);
	}
	*word = 2;	/* moves our page elsewhere */
	ktap_ok(guest_read(t, BARE_FREE, &v) == BARE_SYNC && v == 2,
		"after copy-on-write in the VMM the guest reads the new page");
	guest_write(t, BARE_FREE, 3);
	ktap_eq(*word, 3, "and writes it");
}

static void test_large_pages(struct memslot_vm *t)
{
	uint64_t v, i, wrong = 0, size = 8 * MIB;
	uint8_t *p = mmap(NULL, size * 2, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *mem = (uint8_t *)(((uintptr_t)p + 2 * MIB - 1) & ~(2 * MIB - 1));

	madvise(mem, size, MADV_HUGEPAGE);
	for (i = 0; i < size; i += 4096)
		*(uint64_t *)(mem + i) = i;
	/* guest and host addresses differ below 2 MiB: no large page may be used */
	vmm_set_slot(&t->vmm, SLOT, 0, GPA + 4096, size - 4096, mem);
	vmm_set_slot(&t->vmm, SLOT2, 0, GPA2, size, mem);
	for (i = 0; i < size - 4096; i += 31 * 4096) {
		wrong += guest_read(t, GPA + 4096 + i, &v) != BARE_SYNC || v != i;
		wrong += guest_read(t, GPA2 + i, &v) != BARE_SYNC || v != i;
	}
	ktap_eq(wrong, 0, "large pages, aligned and not");
	/* a hole in the middle of a large page */
	mprotect(mem + 2 * MIB, 4096, PROT_NONE);
	ktap_ok(guest_read(t, GPA2 + 2 * MIB + 4096, &v) == BARE_SYNC && v == 2 * MIB + 4096,
		"beside a hole in a large page");
	mprotect(mem + 2 * MIB, 4096, PROT_READ | PROT_WRITE);
	ktap_ok(guest_read(t, GPA2 + 2 * MIB, &v) == BARE_SYNC && v == 2 * MIB,
		"in the hole once it is filled");
	vmm_set_slot(&t->vmm, SLOT, 0, GPA, 0, NULL);
	vmm_set_slot(&t->vmm, SLOT2, 0, GPA2, 0, NULL);
	munmap(p, size * 2);
}

/* Reads each page of [gpa, gpa + size) but one. Return: how many faults that made. */
static long faults_of(struct memslot_vm *t, uint64_t gpa, uint64_t size, uint64_t but)
{
	long before = vmm_stat(t->vp->fd, "ept_violation_exits");
	uint64_t i, v;

	for (i = gpa; i < gpa + size; i += 4096)
		if (i != but && guest_read(t, i, &v) != BARE_SYNC)
			return 1000000;
	return vmm_stat(t->vp->fd, "ept_violation_exits") - before;
}

/*
 * Where the host has a large page that the guest can't have as one, its small pages come all
 * at once; and it gets the large one when nothing keeps it away any more.
 */
static void test_small_of_large(struct memslot_vm *t)
{
	uint64_t size = 8 * MIB, page = GPA2 + 4 * MIB + 7 * 4096, v;
	uint8_t *p = mmap(NULL, size * 2, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *mem = (uint8_t *)(((uintptr_t)p + 2 * MIB - 1) & ~(2 * MIB - 1));
	long tables;

	if (vmm_stat(t->vp->fd, "ept_violation_exits") < 0) {
		ktap_skip("no such statistic", "small pages of a large one");
		goto out;
	}
	madvise(mem, size, MADV_HUGEPAGE);
	memset(mem, 1, size);
	vmm_set_slot(&t->vmm, SLOT, 0, GPA + MIB, MIB, mem + MIB);
	vmm_set_slot(&t->vmm, SLOT2, 0, GPA2, size, mem);
	ktap_ok(faults_of(t, GPA + MIB, MIB, 0) <= 1,
		"a slot with half of a large page: one fault");

	vp_set_msr(t->vp, HV_X64_MSR_GUEST_OS_ID, 1);
	vp_set_msr(t->vp, HV_X64_MSR_HYPERCALL, page | 1);
	ktap_ok(faults_of(t, GPA2 + 4 * MIB, 2 * MIB, page) <= 1,
		"the hypercall page in a large page: one fault for the others");
	ktap_ok(guest_read(t, page, &v) == BARE_SYNC && v != 0x0101010101010101,
		"and one for the hypercall page");
	tables = vmm_stat(t->vmm.fd, "ept_tables");
	vp_set_msr(t->vp, HV_X64_MSR_HYPERCALL, 0);
	ktap_ok(guest_read(t, page, &v) == BARE_SYNC && v == 0x0101010101010101,
		"without the hypercall page there is the memory again");
	ktap_eq(vmm_stat(t->vmm.fd, "ept_tables"), tables - 1, "in a large page");
	ktap_eq(faults_of(t, GPA2 + 4 * MIB, 2 * MIB, 0), 0, "all of it");
	vp_set_msr(t->vp, HV_X64_MSR_GUEST_OS_ID, 0);
	vmm_set_slot(&t->vmm, SLOT, 0, GPA, 0, NULL);
	vmm_set_slot(&t->vmm, SLOT2, 0, GPA2, 0, NULL);
out:
	munmap(p, size * 2);
}

/* Memory that the kernel has no pages for: the firmware, and the screen. */
static void test_device_memory(struct memslot_vm *t)
{
	int fd = open("/dev/mem", O_RDWR);
	uint8_t *rom, *screen;
	uint64_t v, old;

	rom = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0xf0000);
	screen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0xbf000);
	close(fd);
	if (rom == MAP_FAILED || screen == MAP_FAILED) {
		ktap_skip("no /dev/mem", "a device's memory in a slot");
		return;
	}
	vmm_set_slot(&t->vmm, SLOT, 0, GPA, SIZE, rom);
	vmm_set_slot(&t->vmm, SLOT2, 0, GPA2, 4096, screen);
	memcpy(&old, rom + SIZE - 16, sizeof(old));
	ktap_ok(guest_read(t, GPA + SIZE - 16, &v) == BARE_SYNC && v == old,
		"the guest reads a device's memory");
	old = *(volatile uint64_t *)screen;
	ktap_ok(guest_write(t, GPA2, 0x0720072007210722) == BARE_SYNC &&
		*(volatile uint64_t *)screen == 0x0720072007210722, "and writes it");
	*(volatile uint64_t *)(screen + 8) = 0x0733072007200720;
	ktap_ok(guest_read(t, GPA2 + 8, &v) == BARE_SYNC && v == 0x0733072007200720,
		"and sees what the VMM writes there");
	*(volatile uint64_t *)screen = old;
	/* the kernel takes it away from the VMM: from the guest, too */
	munmap(screen, 4096);
	ktap_errno(guest_run_errno(t, GPA2), EFAULT, "a device's memory that is gone");
	vmm_set_slot(&t->vmm, SLOT2, 0, GPA2, 0, NULL);
	ktap_ok(finish_as_mmio(t), "and without a slot it is MMIO");
	vmm_set_slot(&t->vmm, SLOT, 0, GPA, 0, NULL);
	munmap(rom, SIZE);
}

int main(void)
{
	struct memslot_vm t;

	ktap_start(60);
	setup(&t);
	test_create_delete(&t);
	test_move_alias(&t);
	test_readonly(&t);
	test_dirty_log(&t);
	test_host_changes(&t);
	test_copy_on_write(&t);
	test_large_pages(&t);
	test_small_of_large(&t);
	test_device_memory(&t);
	teardown(&t);
	return ktap_finish();
}
