// SPDX-License-Identifier: GPL-2.0
/*
 * hostile_test [-t SECONDS]: another thread of the VMM writes rubbish into
 * kvm_run all the time, and a third one calls ioctls on the running VP, while
 * the guest does port and MMIO accesses. Nothing is promised about that VM;
 * the host must not be harmed, and a new VM works afterwards.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bare.h"

static volatile bool stop;
static uint64_t buffer[64];

static void guest_io(uint64_t arg)
{
	volatile uint8_t *mmio = (volatile uint8_t *)BARE_NO_RAM;
	uint64_t n = 0;

	for (;;) {
		outl(0x10, n);
		buffer[n & 63] += inl(0x10);
		*(volatile uint64_t *)(mmio + (n & 0xff8)) = n;
		buffer[n & 63] += *(volatile uint16_t *)(mmio + (n & 0xffe));
		/* string I/O and a string move have the longest completions */
		asm volatile("mov %0, %%rdi\n\tmov $0x10, %%edx\n\tmov $16, %%ecx\n\trep insl"
			     : : "r"(buffer) : "rdi", "rcx", "rdx", "memory");
		asm volatile("mov %0, %%rdi\n\tmov %1, %%rsi\n\tmov $8, %%ecx\n\trep movsb"
			     : : "r"(buffer), "r"(mmio) : "rdi", "rsi", "rcx", "memory");
		n++;
	}
}

static void *scribble(void *arg)
{
	struct vp *vp = arg;
	volatile uint64_t *page = (volatile uint64_t *)vp->run;
	unsigned int seed = 1, words = vp->vmm->run_size / 8;

	while (!stop) {
		uint64_t v = (uint64_t)rand_r(&seed) << 33 ^ rand_r(&seed);

		/* the plausible values hurt most: small, all ones, page-sized */
		switch (v & 7) {
		case 0:
			v = ~0ull;
			break;
		case 1:
			v = 0;
			break;
		case 2:
			v = v >> 3 & 0xff;
			break;
		case 3:
			v = 4096 - (v >> 3 & 15);
			break;
		}
		/* mostly the head of the page, where the exit is described */
		page[rand_r(&seed) % (v & 8 ? words : 48)] = v;
	}
	return NULL;
}

static void *pester(void *arg)
{
	struct vp *vp = arg;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	unsigned int n = 0;

	while (!stop) {
		/* these wait for the running VP: keep it leaving */
		pthread_kill(vp->thread, SIGUSR1);
		if (!ioctl(vp->fd, KVM_GET_REGS, &regs) && n++ % 8 == 0)
			ioctl(vp->fd, KVM_SET_REGS, &regs);
		if (!ioctl(vp->fd, KVM_GET_SREGS, &sregs))
			ioctl(vp->fd, KVM_SET_SREGS, &sregs);
		usleep(500);
	}
	return NULL;
}

static void on_signal(int sig)
{
}

static void *run_vp(void *arg)
{
	struct vp *vp = arg;
	unsigned long runs = 0;

	while (!stop) {
		/* any result is fine; a VP that is dead is started anew */
		if (ioctl(vp->fd, KVM_RUN, 0) < 0 && errno != EINTR && errno != EAGAIN)
			bare_start(vp, guest_io, 0);
		if (++runs % 64 == 0)
			bare_start(vp, guest_io, 0);
	}
	return (void *)runs;
}

static int child(unsigned int seconds)
{
	pthread_t scribbler, pesterer;
	struct vmm vmm;
	struct vp *vp;
	void *runs;

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	bare_start(vp, guest_io, 0);
	pthread_create(&vp->thread, NULL, run_vp, vp);
	pthread_create(&scribbler, NULL, scribble, vp);
	pthread_create(&pesterer, NULL, pester, vp);
	sleep(seconds);
	stop = true;
	pthread_join(scribbler, NULL);
	pthread_join(pesterer, NULL);
	vp->run->immediate_exit = 1;
	pthread_kill(vp->thread, SIGUSR1);
	pthread_join(vp->thread, &runs);
	ktap_note("%lu times through KVM_RUN", (unsigned long)runs);
	vmm_destroy(&vmm);
	return runs ? 0 : 1;
}

static void guest_nothing(uint64_t arg)
{
	buffer[0] = 0x1234;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned int seconds = 3;
	struct vmm vmm;
	int c, status;
	pid_t pid;

	while ((c = getopt(argc, argv, "t:")) != -1) {
		seconds = c == 't' ? strtoul(optarg, NULL, 10) : 0;
		if (!seconds || seconds > 100000)
			errx(1, "usage: hostile_test [-t SECONDS]");
	}
	ktap_start(seconds * 4 + 60);
	sigaction(SIGUSR1, &sa, NULL);
	if (access(vmm_device(), R_OK | W_OK))
		ktap_skip_all("%s: %s", vmm_device(), strerror(errno));
	pid = fork();
	if (!pid)
		_exit(child(seconds));
	waitpid(pid, &status, 0);
	ktap_ok(WIFEXITED(status) && !WEXITSTATUS(status), "the VMM itself lives (status %#x)",
		status);
	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_nothing, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE && guest_var(&vmm, buffer[0]) == 0x1234,
		"a new VM works");
	vmm_destroy(&vmm);
	return ktap_finish();
}
