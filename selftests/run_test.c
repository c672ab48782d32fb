// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_RUN: how it returns (signals, immediate_exit, HLT, triple fault, invalid
 * state), what is completed when, and that the guest notices nothing of it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"

#define PORT		0x10
#define NR_KICKS	50

static volatile uint64_t counter, stop_spinning, spin_errors;
static pthread_t runner;

static void on_signal(int sig)
{
}

static void sleep_ms(unsigned int ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000l };

	nanosleep(&t, NULL);
}

/* Interrupts KVM_RUN of @runner until told to stop. */
static void *kicker(void *arg)
{
	volatile bool *stop = arg;

	while (!*stop) {
		sleep_ms(2);
		pthread_kill(runner, SIGUSR1);
	}
	return NULL;
}

static void guest_spin(uint64_t arg)
{
	uint64_t check = 0;

	/* registers across exits: the two counts stay together */
	while (!stop_spinning) {
		counter++;
		if (++check != counter)
			spin_errors++;
	}
}

static void test_signal(void)
{
	bool stop = false;
	struct vmm vmm;
	struct vp *vp;
	pthread_t thread;
	unsigned int i, interrupted = 0, reason = 0;
	uint64_t before;

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	bare_start(vp, guest_spin, 0);
	runner = pthread_self();
	pthread_create(&thread, NULL, kicker, &stop);
	for (i = 0; i < NR_KICKS; i++) {
		before = guest_var(&vmm, counter);
		interrupted += bare_run(vp) == BARE_EINTR;
		reason += vp->run->exit_reason == KVM_EXIT_INTR;
		if (i && guest_var(&vmm, counter) == before)
			sleep_ms(1);
	}
	stop = true;
	pthread_join(thread, NULL);
	ktap_eq(interrupted, NR_KICKS, "a signal ends KVM_RUN of a spinning guest with EINTR");
	ktap_eq(reason, NR_KICKS, "and exit reason INTR");
	ktap_ok(guest_var(&vmm, counter) > 0, "the guest ran meanwhile");
	guest_var(&vmm, stop_spinning) = 1;
	while (bare_run(vp) == BARE_EINTR)
		;
	ktap_eq(guest_var(&vmm, spin_errors), 0, "and noticed nothing");
	vmm_destroy(&vmm);
}

static void guest_count(uint64_t arg)
{
	for (;;) {
		counter++;
		outl(PORT, counter);
	}
}

static void test_immediate_exit(void)
{
	struct kvm_regs before, after;
	struct vmm vmm;
	struct vp *vp;

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	if (vmm_cap(&vmm, KVM_CAP_IMMEDIATE_EXIT) <= 0) {
		ktap_skip("no KVM_CAP_IMMEDIATE_EXIT", "immediate_exit");
		vmm_destroy(&vmm);
		return;
	}
	bare_start(vp, guest_count, 0);
	vp->run->immediate_exit = 1;
	ktap_eq(bare_run(vp), BARE_EINTR, "immediate_exit: EINTR");
	ktap_eq(guest_var(&vmm, counter), 0, "without running the guest");
	vp->run->immediate_exit = 0;
	ktap_ok(bare_run(vp) == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_IO &&
		vp->run->io.port == PORT, "a port leaves to the VMM");
	ktap_ok(vp->run->io.direction == KVM_EXIT_IO_OUT && vp->run->io.size == 4 &&
		vp->run->io.count == 1 && *(uint32_t *)vp_pio_data(vp) == 1,
		"with size, count and data");
	/* completing the OUT moves RIP on, even when the guest then does not run */
	vp->run->immediate_exit = 1;
	vp_get_regs(vp, &before);
	ktap_eq(bare_run(vp), BARE_EINTR, "immediate_exit after a port: EINTR");
	vp_get_regs(vp, &after);
	ktap_eq(guest_var(&vmm, counter), 1, "the guest did not run");
	vp->run->immediate_exit = 0;
	ktap_ok(bare_run(vp) == BARE_EXIT && *(uint32_t *)vp_pio_data(vp) == 2,
		"and goes on behind the OUT: %#llx, %#llx", before.rip, after.rip);
	vmm_destroy(&vmm);
}

static volatile uint64_t got_in[4];

static void guest_in(uint64_t arg)
{
	uint8_t b;
	uint16_t w;

	asm volatile("inb %1, %0" : "=a"(b) : "i"(PORT));
	got_in[0] = b;
	asm volatile("inw %1, %0" : "=a"(w) : "i"(PORT));
	got_in[1] = w;
	/* the upper half of RAX goes with a 32-bit IN, and stays with the others */
	asm volatile("mov $-1, %%rax\n\tinl %1, %%eax\n\tmov %%rax, %0"
		     : "=m"(got_in[2]) : "i"(PORT) : "rax");
	asm volatile("mov $-1, %%rax\n\tinb %1, %%al\n\tmov %%rax, %0"
		     : "=m"(got_in[3]) : "i"(PORT) : "rax");
}

static void test_port_in(void)
{
	struct vmm vmm;
	struct vp *vp;
	unsigned int i;

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	bare_start(vp, guest_in, 0);
	for (i = 0; i < 4; i++) {
		if (bare_run(vp) != BARE_EXIT || vp->run->exit_reason != KVM_EXIT_IO)
			break;
		memset(vp_pio_data(vp), 0xa1 + i, vp->run->io.size);
		/* completion must not depend on the guest running right away */
		if (vmm_cap(&vmm, KVM_CAP_IMMEDIATE_EXIT) > 0 && i == 1) {
			vp->run->immediate_exit = 1;
			bare_run(vp);
			vp->run->immediate_exit = 0;
			memset(vp_pio_data(vp), 0x77, 4);
		}
	}
	ktap_ok(i == 4 && bare_run(vp) == BARE_DONE, "four INs");
	ktap_eq(guest_var(&vmm, got_in[0]), 0xa1, "IN of 1 byte");
	ktap_eq(guest_var(&vmm, got_in[1]), 0xa2a2,
		"IN of 2, completed by a KVM_RUN with immediate_exit");
	ktap_eq(guest_var(&vmm, got_in[2]), 0xa3a3a3a3, "IN of 4 clears the upper half");
	ktap_eq(guest_var(&vmm, got_in[3]), 0xffffffffffffffa4, "IN of 1 keeps it");
	vmm_destroy(&vmm);
}

static void guest_hlt(uint64_t arg)
{
	counter++;
	asm volatile("hlt");
	counter++;
}

static void test_hlt(void)
{
	struct kvm_mp_state state;
	unsigned int tries = 100;
	enum bare_stop ret;
	bool stop = false;
	pthread_t thread;
	struct vmm vmm;
	struct vp *vp;

	bare_create(&vmm, 1, BARE_NO_IRQCHIP);
	vp = &vmm.vp[0];
	bare_start(vp, guest_hlt, 0);
	ktap_ok(bare_run(vp) == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_HLT,
		"without LAPIC in the kernel HLT leaves to the VMM");
	ktap_ok(bare_run(vp) == BARE_DONE && guest_var(&vmm, counter) == 2,
		"and the guest goes on behind it");
	vmm_destroy(&vmm);

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	bare_start(vp, guest_hlt, 0);
	runner = pthread_self();
	pthread_create(&thread, NULL, kicker, &stop);
	/* the first signals may come before the guest gets to its HLT */
	do {
		ret = bare_run(vp);
		xioctl(vp->fd, KVM_GET_MP_STATE, &state);
	} while (ret == BARE_EINTR && state.mp_state != KVM_MP_STATE_HALTED && --tries);
	ktap_eq(ret, BARE_EINTR, "with one HLT waits in the kernel");
	stop = true;
	pthread_join(thread, NULL);
	ktap_eq(state.mp_state, KVM_MP_STATE_HALTED, "in state HALTED");
	ktap_eq(guest_var(&vmm, counter), 1, "at the HLT");
	vmm_destroy(&vmm);
}

static void guest_triple_fault(uint64_t arg)
{
	struct { uint16_t limit; uint64_t base; } __attribute__((packed)) none = { 0, 0 };

	asm volatile("lidt %0\n\tud2" : : "m"(none));
}

static void test_shutdown(void)
{
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_triple_fault, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_EXIT &&
		vmm.vp[0].run->exit_reason == KVM_EXIT_SHUTDOWN,
		"a triple fault is KVM_EXIT_SHUTDOWN");
	vmm_destroy(&vmm);
}

/* A state that VM entry refuses; afterwards the VP can be put right. */
static void test_fail_entry(void)
{
	struct kvm_sregs sregs, bad;
	struct vmm vmm;
	struct vp *vp;
	char text[200];

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	bare_start(vp, guest_count, 0);
	xioctl(vp->fd, KVM_GET_SREGS, &sregs);
	bad = sregs;
	bad.tr.type = 2;	/* an LDT */
	if (ioctl(vp->fd, KVM_SET_SREGS, &bad) < 0) {
		ktap_eq(errno, EINVAL, "a TR that is no TSS is refused at once");
	} else {
		bool failed = bare_run(vp) == BARE_EXIT &&
			      (vp->run->exit_reason == KVM_EXIT_FAIL_ENTRY ||
			       vp->run->exit_reason == KVM_EXIT_INTERNAL_ERROR);

		vp_describe_exit(vp, text, sizeof(text));
		ktap_ok(failed, "a TR that is no TSS: %s", text);
	}
	xioctl(vp->fd, KVM_SET_SREGS, &sregs);
	ktap_ok(bare_run(vp) == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_IO,
		"with the right state the VP runs");
	vmm_destroy(&vmm);
}

static void test_wait_for_sipi(void)
{
	bool stop = false;
	pthread_t thread;
	struct vmm vmm;

	bare_create(&vmm, 2, 0);
	runner = pthread_self();
	pthread_create(&thread, NULL, kicker, &stop);
	ktap_eq(bare_run(&vmm.vp[1]), BARE_EINTR, "a VP that waits for INIT can be kicked");
	stop = true;
	pthread_join(thread, NULL);
	vmm_destroy(&vmm);
}

static void test_signal_mask(void)
{
	struct { struct kvm_signal_mask head; uint64_t set; } mask = {
		.head.len = 8,
	};
	sigset_t blocked;
	struct vmm vmm;
	struct vp *vp;

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	bare_start(vp, guest_spin, 0);
	if (ioctl(vp->fd, KVM_SET_SIGNAL_MASK, &mask) < 0) {
		ktap_ok(errno == ENOTTY, "KVM_SET_SIGNAL_MASK: there or ENOTTY");
		vmm_destroy(&vmm);
		return;
	}
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	pthread_kill(pthread_self(), SIGUSR1);
	ktap_eq(bare_run(vp), BARE_EINTR,
		"a signal blocked outside, not in the mask, ends KVM_RUN");
	pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
	ktap_ok(guest_var(&vmm, counter) < 1000, "before the guest runs");
	vmm_destroy(&vmm);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	ktap_start(60);
	sigaction(SIGUSR1, &sa, NULL);
	test_signal();
	test_immediate_exit();
	test_port_in();
	test_hlt();
	test_shutdown();
	test_fail_entry();
	test_wait_for_sipi();
	test_signal_mask();
	return ktap_finish();
}
