// SPDX-License-Identifier: GPL-2.0
/*
 * lifecycle_test [-b] [-n CYCLES]: VMs come and go. Thousand creations, fds closed
 * in every order, VMMs killed at random points, a module that cannot go while
 * a VM exists; and no memory that stays behind. -b: others are busy on this host,
 * and what memory is free says nothing about us.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"

#define NR_KILLS	60
#define SMALL_RAM	(64 * KIB)
#define LEAK_LIMIT	256	/* bytes a cycle that count as noise */

static volatile uint64_t spin_count;

static void sleep_us(unsigned int us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000l };

	nanosleep(&t, NULL);
}

/* Real mode: OUT, then the loop again; the smallest guest that runs. */
static const uint8_t tiny_guest[] = { 0xe6, 0x10, 0xeb, 0xfc };

struct tiny {
	int dev, vm, vcpu;
	struct kvm_run *run;
	size_t run_size;
	void *ram;
};

static void tiny_create(struct tiny *t)
{
	struct kvm_userspace_memory_region slot = { .memory_size = SMALL_RAM };
	struct kvm_regs regs = { .rip = 0x1000, .rflags = 2 };
	struct kvm_sregs sregs;

	t->dev = vmm_open_device(vmm_device());
	t->vm = xioctl(t->dev, KVM_CREATE_VM, 0);
	t->ram = mmap(NULL, SMALL_RAM, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	t->run_size = xioctl(t->dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	memcpy((uint8_t *)t->ram + 0x1000, tiny_guest, sizeof(tiny_guest));
	slot.userspace_addr = (uintptr_t)t->ram;
	xioctl(t->vm, KVM_SET_USER_MEMORY_REGION, &slot);
	t->vcpu = xioctl(t->vm, KVM_CREATE_VCPU, 0);
	t->run = mmap(NULL, t->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, t->vcpu, 0);
	if (t->ram == MAP_FAILED || t->run == MAP_FAILED)
		err(1, "mmap");
	xioctl(t->vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	xioctl(t->vcpu, KVM_SET_SREGS, &sregs);
	xioctl(t->vcpu, KVM_SET_REGS, &regs);
}

static bool tiny_runs(struct tiny *t)
{
	return !ioctl(t->vcpu, KVM_RUN, 0) && t->run->exit_reason == KVM_EXIT_IO &&
	       t->run->io.port == 0x10;
}

static bool not_alone;

/* Kernels that look for leaks themselves hold freed memory back. */
#define memory_lost(few, ...) do {					\
	if (not_alone)							\
		ktap_skip("not alone on this host", __VA_ARGS__);	\
	else if (ktap_slow() > 1)					\
		ktap_skip("the debug kernel's to find", __VA_ARGS__);	\
	else								\
		ktap_ok(few, __VA_ARGS__);				\
} while (0)

static void test_cycles(unsigned int cycles)
{
	unsigned int i, bad = 0;
	long before = 0, lost;
	struct tiny t;

	for (i = 0; i < cycles; i++) {
		if (i == cycles / 10)	/* caches have their size by then */
			before = host_free_kib();
		tiny_create(&t);
		bad += !tiny_runs(&t);
		munmap(t.run, t.run_size);
		munmap(t.ram, SMALL_RAM);
		close(t.vcpu);
		close(t.vm);
		close(t.dev);
	}
	lost = (before - host_free_kib()) * 1024 / (long)(cycles - cycles / 10);
	ktap_eq(bad, 0, "%u VMs created, run and destroyed", cycles);
	memory_lost(lost < LEAK_LIMIT, "%ld bytes of memory lost a cycle", lost);
}

/* All orders of closing device, VM, VP, kvm_run and memory. */
static void test_close_order(void)
{
	unsigned int order, step, n, left, bad = 0;
	struct tiny t;

	for (order = 0; order < 120; order++) {
		unsigned int todo[5] = { 0, 1, 2, 3, 4 };

		tiny_create(&t);
		bad += !tiny_runs(&t);
		for (step = 0, n = order, left = 5; left; step++, left--) {
			unsigned int pick = n % left;
			unsigned int what = todo[pick];

			n /= left;
			todo[pick] = todo[left - 1];
			switch (what) {
			case 0:
				close(t.dev);
				break;
			case 1:
				close(t.vm);
				break;
			case 2:
				close(t.vcpu);
				break;
			case 3:
				munmap(t.run, t.run_size);
				break;
			case 4:
				munmap(t.ram, SMALL_RAM);
				break;
			}
		}
	}
	ktap_eq(bad, 0, "fds and mappings given up in all 120 orders");
}

static void test_vp_outlives_vm(void)
{
	struct tiny t;

	tiny_create(&t);
	close(t.vm);
	close(t.dev);
	ktap_ok(tiny_runs(&t) && tiny_runs(&t), "a VP runs after VM and device are closed");
	close(t.vcpu);
	ktap_eq(t.run->exit_reason, KVM_EXIT_IO, "kvm_run stays mapped after the VP is closed");
	munmap(t.run, t.run_size);
	munmap(t.ram, SMALL_RAM);
}

/* The guest's memory goes while it runs: an error and no harm. */
static void test_memory_gone(void)
{
	struct tiny t;

	tiny_create(&t);
	ktap_ok(tiny_runs(&t), "a guest runs");
	munmap(t.ram, SMALL_RAM);
	ktap_errno(ioctl(t.vcpu, KVM_RUN, 0), EFAULT, "without its memory KVM_RUN is EFAULT");
	close(t.vcpu);
	close(t.vm);
	close(t.dev);
	munmap(t.run, t.run_size);
}

static void test_other_process(void)
{
	struct kvm_regs regs;
	struct tiny t;
	int status;
	pid_t pid;

	tiny_create(&t);
	pid = fork();
	if (!pid) {
		/* the child has the fds, but another address space */
		bool vcpu = ioctl(t.vcpu, KVM_GET_REGS, &regs) < 0 && errno == EIO;
		bool vm = ioctl(t.vm, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY) < 0 &&
			  errno == EIO;

		_exit(vcpu && vm ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	ktap_ok(WIFEXITED(status) && !WEXITSTATUS(status),
		"VM and VP ioctls of another process are EIO");
	ktap_ok(tiny_runs(&t), "and the guest runs on in its own");
	close(t.vcpu);
	close(t.vm);
	close(t.dev);
	munmap(t.run, t.run_size);
	munmap(t.ram, SMALL_RAM);
}

static void on_timer(struct guest_regs *regs)
{
	x2apic_eoi();
}

/* Timer, IPIs, exits and memory faults all the time, on two VPs. */
static void guest_busy(uint64_t vp)
{
	volatile uint64_t *p = (volatile uint64_t *)(BARE_FREE + vp * 4 * MIB);
	uint32_t leaf[4];

	guest_x2apic_enable();
	guest_handlers[0x81] = on_timer;
	x2apic_write(APIC_TIMER_DIVIDE, 0xb);
	x2apic_write(APIC_LVT_TIMER, 0x81 | APIC_LVT_PERIODIC);
	x2apic_write(APIC_TIMER_INITIAL, 100000);
	irq_on();
	for (;;) {
		p[spin_count++ * 512 % (4 * MIB / 8)]++;
		x2apic_icr(!vp, 0x81 | APIC_ICR_ASSERT);
		cpuid(0, 0, leaf);
		if (!(spin_count & 7))
			outb(0x10, 0);
	}
}

static void *run_vp(void *vp)
{
	for (;;)
		bare_run(vp);
	return NULL;
}

static void victim(void)
{
	struct vmm vmm;
	unsigned int i;

	for (;;) {
		bare_create(&vmm, 2, 0);
		for (i = 0; i < 2; i++) {
			bare_start(&vmm.vp[i], guest_busy, i);
			pthread_create(&vmm.vp[i].thread, NULL, run_vp, &vmm.vp[i]);
		}
		/* until killed; the loop is for the compiler */
		pause();
	}
}

static void test_kill(void)
{
	unsigned int i, bad = 0, seed = 12345;
	long before = 0, lost;
	int status;
	pid_t pid;

	for (i = 0; i < NR_KILLS; i++) {
		if (i == NR_KILLS / 3)
			before = host_free_kib();
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid)
			victim();
		/* the early ones hit the set-up, the late ones a busy guest */
		sleep_us(rand_r(&seed) % (i & 1 ? 60000 : 8000));
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
			bad++;
	}
	ktap_eq(bad, 0, "%u VMMs killed at random points", NR_KILLS);
	lost = (before - host_free_kib()) / (NR_KILLS - NR_KILLS / 3);
	memory_lost(lost < 8, "%ld KiB of memory lost for each", lost);
}

static void test_module_busy(void)
{
	struct tiny t;
	int dev = vmm_open_device(vmm_device());
	bool kvm = vmm_device_is_kvm(dev);

	close(dev);
	if (kvm) {
		ktap_skip("only hvemu's module name is known", "the module cannot go");
		return;
	}
	tiny_create(&t);
	close(t.dev);
	close(t.vm);
	ktap_errno(syscall(SYS_delete_module, "hvemu", O_NONBLOCK), EAGAIN,
		   "the module cannot go while a VP is open");
	munmap(t.run, t.run_size);
	munmap(t.ram, SMALL_RAM);
	close(t.vcpu);
}

int main(int argc, char **argv)
{
	unsigned long cycles = 1000;
	struct tiny t;
	char *end;
	int c;

	while ((c = getopt(argc, argv, "bn:")) != -1) {
		if (c == 'b') {
			not_alone = true;
			continue;
		}
		cycles = c == 'n' ? strtoul(optarg, &end, 0) : 0;
		if (cycles < 10 || cycles > 1000000 || *end)
			errx(1, "usage: lifecycle_test [-b] [-n CYCLES], 10 to 1000000");
	}
	ktap_start(600);
	if (access(vmm_device(), R_OK | W_OK))
		ktap_skip_all("%s: %s", vmm_device(), strerror(errno));
	test_vp_outlives_vm();
	test_memory_gone();
	test_other_process();
	test_close_order();
	test_cycles(cycles);
	test_kill();
	test_module_busy();
	tiny_create(&t);
	ktap_ok(tiny_runs(&t), "after all of it a new VM runs");
	return ktap_finish();
}
