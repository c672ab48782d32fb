// SPDX-License-Identifier: GPL-2.0
/*
 * hello: the smallest program that runs guest code on /dev/hvemu.
 *
 * One page of RAM, one VP in real mode, one port. The guest prints by OUT to
 * port 0xe9, which leaves to this program as KVM_EXIT_IO, and ends with HLT.
 * The ioctls are KVM's: HVE_DEV=/dev/kvm runs the same program there.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define CONSOLE_PORT	0xe9
#define GUEST_BASE	0x1000		/* guest-physical address of the page */

/* The guest: 16-bit code, copied to GUEST_BASE, so only relative addresses. */
asm(".pushsection .rodata\n"
    ".code16\n"
    "guest_code:\n"
    "	mov	$0x1000 + message - guest_code, %si\n"
    "	mov	$0xe9, %dx\n"
    "1:	lodsb\n"
    "	test	%al, %al\n"
    "	jz	2f\n"
    "	out	%al, %dx\n"
    "	jmp	1b\n"
    "2:	hlt\n"
    "message: .asciz \"Hello from the guest\\n\"\n"
    "guest_code_end:\n"
    ".code64\n"
    ".popsection");
extern const char guest_code[], guest_code_end[];

static int xioctl(int fd, const char *what, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		err(1, "%s", what);
	return ret;
}

#define IOCTL(fd, request, arg)	xioctl(fd, #request, request, (void *)(arg))

int main(void)
{
	const char *path = getenv("HVE_DEV") ?: "/dev/hvemu";
	struct kvm_userspace_memory_region slot = { 0 };
	struct kvm_regs regs = { .rip = GUEST_BASE, .rflags = 2 };
	struct kvm_sregs sregs;
	struct kvm_run *run;
	int dev, vm, vcpu, size;
	void *ram;

	dev = open(path, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		err(4, "%s", path);
	if (IOCTL(dev, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		errx(1, "%s: not the KVM API, version %d", path, KVM_API_VERSION);

	vm = IOCTL(dev, KVM_CREATE_VM, 0);
	ram = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ram == MAP_FAILED)
		err(1, "guest memory");
	memcpy(ram, guest_code, guest_code_end - guest_code);
	slot.guest_phys_addr = GUEST_BASE;
	slot.memory_size = 0x1000;
	slot.userspace_addr = (unsigned long)ram;
	IOCTL(vm, KVM_SET_USER_MEMORY_REGION, &slot);

	vcpu = IOCTL(vm, KVM_CREATE_VCPU, 0);
	size = IOCTL(dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		err(1, "kvm_run");

	/* A VP starts at the reset vector: only CS has to change. */
	IOCTL(vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	IOCTL(vcpu, KVM_SET_SREGS, &sregs);
	IOCTL(vcpu, KVM_SET_REGS, &regs);

	for (;;) {
		IOCTL(vcpu, KVM_RUN, 0);
		if (run->exit_reason == KVM_EXIT_HLT)
			return 0;
		if (run->exit_reason != KVM_EXIT_IO || run->io.port != CONSOLE_PORT)
			errx(1, "unexpected exit %u", run->exit_reason);
		putchar(((char *)run)[run->io.data_offset]);
	}
}
