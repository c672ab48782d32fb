// SPDX-License-Identifier: GPL-2.0
/*
 * guest_fuzz [-s SEED] [-t SECONDS] [-r ROUNDS] [-v]: guests with four VPs that
 * do anything a guest can do (guest_stress.c), while the VMM moves a memory
 * slot under them, logs dirty pages, interrupts them and drops their pages. A
 * VP that has killed itself is started again with other numbers.
 *
 * A round is a process and a VM of its own; -s SEED -r 1 repeats one, as far as
 * VPs that run at the same time can be repeated.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bare.h"
#include "chance.h"
#include "stress.h"

#define NR_VPS		4
#define ROUND_MS	1500
#define ROUND_LIMIT	60
#define SLOT		8
#define MAX_RESTARTS	250	/* its memory is rubbish by then */

static volatile bool stop;
static volatile unsigned long restarts, exits;
static uint64_t round_seed;

static void on_signal(int sig)
{
}

/* INIT may have left it waiting for a SIPI that never comes: start it anew. */
static void restart(struct vp *vp)
{
	struct kvm_vcpu_events events;

	restarts++;
	if (!ioctl(vp->fd, KVM_GET_VCPU_EVENTS, &events)) {
		memset(&events.exception, 0, sizeof(events.exception));
		memset(&events.interrupt, 0, sizeof(events.interrupt));
		events.nmi.masked = 0;
		ioctl(vp->fd, KVM_SET_VCPU_EVENTS, &events);
	}
	bare_start(vp, guest_stress, round_seed + restarts * NR_VPS + vp->id);
}

static bool serve(struct vp *vp)
{
	struct kvm_run *run = vp->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		/* the ucall of a fault nobody expected, or the end */
		return run->io.port != UCALL_PORT;
	case KVM_EXIT_MMIO:
		memset(run->mmio.data, 0xa5, sizeof(run->mmio.data));
		return true;
	case KVM_EXIT_SHUTDOWN:
	case KVM_EXIT_FAIL_ENTRY:
	case KVM_EXIT_INTERNAL_ERROR:
		return false;
	}
	return true;
}

static void *run_vp(void *arg)
{
	struct chance c = chance_seed(round_seed, 50 + ((struct vp *)arg)->id);
	struct vp *vp = arg;

	while (!stop && restarts < MAX_RESTARTS) {
		vp->run->immediate_exit = 0;
		if (!ioctl(vp->fd, KVM_RUN, 0)) {
			exits++;
			if (!serve(vp))
				restart(vp);
		} else if (errno == EIO) {
			ktap_note("seed %#lx: the VM is dead (EIO)", round_seed);
			break;
		} else if (errno != EINTR && errno != EAGAIN) {
			restart(vp);
		} else if (chance_one_in(&c, 4)) {
			ioctl(vp->fd, KVM_NMI, 0);
		} else if (chance_one_in(&c, 8)) {
			restart(vp);
		}
	}
	return NULL;
}

static void disturb(struct vmm *vmm, struct chance *c, void *mem)
{
	static uint64_t bitmap[BARE_RAM / 4096 / 64];
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = bitmap };

	switch (chance_below(c, 6)) {
	case 0:
		vmm_set_slot(vmm, SLOT, 0, STRESS_SLOT_GPA, 0, NULL);
		vmm_set_slot(vmm, SLOT, chance_one_in(c, 4) ? KVM_MEM_READONLY : 0,
			     STRESS_SLOT_GPA, STRESS_SLOT_BYTES, mem);
		break;
	case 1:
		vmm_set_slot(vmm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0, BARE_RAM, vmm->ram);
		ioctl(vmm->fd, KVM_GET_DIRTY_LOG, &log);
		break;
	case 2:
		vmm_set_slot(vmm, 0, 0, 0, BARE_RAM, vmm->ram);
		break;
	case 3:
		madvise(vmm->ram + BARE_FREE + chance_below(c, 64) * 4096, 4096, MADV_DONTNEED);
		break;
	case 4:
		madvise(mem, STRESS_SLOT_BYTES, MADV_DONTNEED);
		break;
	}
	pthread_kill(vmm->vp[chance_below(c, NR_VPS)].thread, SIGUSR1);
}

static int round_child(uint64_t seed)
{
	struct chance c = chance_seed(seed, 40);
	unsigned long ops = 0;
	unsigned int ms;
	struct vmm vmm;
	unsigned int i;
	void *mem;

	round_seed = seed;
	bare_create(&vmm, NR_VPS, 0);
	mem = mmap(NULL, STRESS_SLOT_BYTES, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED)
		err(1, "memory");
	for (i = 0; i < NR_VPS; i++) {
		bare_start(&vmm.vp[i], guest_stress, seed + i);
		pthread_create(&vmm.vp[i].thread, NULL, run_vp, &vmm.vp[i]);
	}
	/* at least so long: what disturbs takes time, too */
	for (ms = 0; ms < ROUND_MS && restarts < MAX_RESTARTS; ms += 2) {
		usleep(2000);
		disturb(&vmm, &c, mem);
	}
	stop = true;
	for (i = 0; i < NR_VPS; i++) {
		while (pthread_tryjoin_np(vmm.vp[i].thread, NULL)) {
			vmm.vp[i].run->immediate_exit = 1;
			pthread_kill(vmm.vp[i].thread, SIGUSR1);
			usleep(2000);
		}
		ops += guest_var(&vmm, guest_stress_ops[i]);
	}
	printf("# seed %#lx: %lu operations, %lu exits, %lu restarts\n", seed, ops, exits,
	       restarts);
	fflush(stdout);
	vmm_destroy(&vmm);
	stress_did(ops);
	return ops ? 0 : 3;
}

int main(int argc, char **argv)
{
	struct stress_options opt = { .seed = 1, .seconds = 20 };
	struct sigaction sa = { .sa_handler = on_signal };

	stress_options(&opt, argc, argv);
	ktap_start(opt.seconds + 2 * ROUND_LIMIT);
	sigaction(SIGUSR1, &sa, NULL);
	if (access(vmm_device(), R_OK | W_OK))
		ktap_skip_all("%s: %s", vmm_device(), strerror(errno));
	stress_rounds(&opt, round_child, ROUND_LIMIT * ktap_slow());
	return ktap_finish();
}
