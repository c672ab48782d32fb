// SPDX-License-Identifier: GPL-2.0
/*
 * Event flags (TLFS, "SynIC Event Flags"): through ports and connections, to
 * the guest itself, to eventfds of its VMM, and between two VMs.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "synic.h"

#define SINT		3
#define SINT_MSR	(HV_X64_MSR_SINT0 + SINT)
#define VEC		0x53
#define PORT		5
#define BASE_FLAG	60
#define NR_FLAGS	8
#define CONN		1
#define CONN_EVENTFD	2
#define CONN_VMM	3
#define CONN_PEER	4
#define CONN_NONE	77
#define ROUNDS		200

static volatile uint64_t irqs, seen[2], rounds;

static void on_irq(struct guest_regs *regs)
{
	irqs++;
	x2apic_eoi();
}

static uint64_t take_irqs(void)
{
	uint64_t before = irqs;

	irq_on();
	irq_off();
	return irqs - before;
}

static bool flag_is_set(unsigned int nr)
{
	return g_flags(SINT)[nr / 64] >> (nr % 64) & 1;
}

static unsigned int signal_slow(uint32_t conn, uint16_t flag, uint16_t rsvdz)
{
	uint64_t *in = (uint64_t *)g_input();

	*in = conn | (uint64_t)flag << 32 | (uint64_t)rsvdz << 48;
	return hv_call((void *)SYNIC_HCALL, HVCALL_SIGNAL_EVENT, (uint64_t)in,
		       0) & 0xffff;
}

static void check_flags(void)
{
	g_eq(g_signal(CONN, 0), 0, "the first flag of the port");
	g_ok(flag_is_set(BASE_FLAG), "is the one the VMM said");
	g_eq(take_irqs(), 1, "with an interrupt");
	g_eq(g_signal(CONN, 0), 0, "once more");
	g_eq(take_irqs(), 0, "trap 27: no interrupt for a flag that is set");
	g_eq(signal_slow(CONN, NR_FLAGS - 1, 0), 0, "the last flag, by memory");
	g_ok(flag_is_set(BASE_FLAG + NR_FLAGS - 1), "is set");
	g_eq(take_irqs(), 1, "with an interrupt");
	g_eq(g_signal(CONN, NR_FLAGS), HV_STATUS_INVALID_PARAMETER,
	     "trap 27: one flag too far");
	g_eq(g_signal(CONN, 0xffff), HV_STATUS_INVALID_PARAMETER, "flag 65535");
	asm volatile("lock btrq %1, %0" : "+m"(*g_flags(SINT))
		     : "r"((uint64_t)BASE_FLAG) : "cc", "memory");
	g_eq(g_signal(CONN, 0), 0, "a flag that was cleared");
	g_eq(take_irqs(), 1, "interrupts again");
}

static void check_states(void)
{
	wrmsr(SINT_MSR, VEC | HV_SINT_MASKED);
	g_eq(g_signal(CONN, 1), HV_STATUS_INVALID_SYNIC_STATE,
	     "trap 26: a masked SINT refuses events");
	wrmsr(SINT_MSR, VEC | HV_SINT_POLLING);
	g_eq(g_signal(CONN, 1), 0, "a polled one takes them");
	g_ok(flag_is_set(BASE_FLAG + 1) && !take_irqs(),
	     "trap 31: without an interrupt");
	wrmsr(SINT_MSR, VEC);
	wrmsr(HV_X64_MSR_SCONTROL, 0);
	g_eq(g_signal(CONN, 2), HV_STATUS_INVALID_SYNIC_STATE,
	     "trap 29: to a SynIC that is disabled");
	wrmsr(HV_X64_MSR_SCONTROL, 1);
	wrmsr(HV_X64_MSR_SIEFP, 0);
	g_eq(g_signal(CONN, 2), HV_STATUS_INVALID_SYNIC_STATE,
	     "to a SIEF page that is disabled");
	wrmsr(HV_X64_MSR_SIEFP, SYNIC_SIEFP(0) | HV_MSR_ENABLE);
	g_ok(!flag_is_set(BASE_FLAG + 2), "and no flag was set");
	g_eq(g_signal(CONN_NONE, 0), HV_STATUS_INVALID_CONNECTION_ID,
	     "an id without a connection");
	g_eq(g_signal(CONN | 1u << 31, 0), HV_STATUS_INVALID_CONNECTION_ID,
	     "an id of 32 bits");
	g_eq(signal_slow(CONN, 0, 1), HV_STATUS_INVALID_PARAMETER, "RsvdZ");
	g_eq(g_post(CONN, 1, 0), HV_STATUS_INVALID_PORT_ID,
	     "a message to an event port");
	g_eq(hv_call((void *)SYNIC_HCALL, HVCALL_SIGNAL_EVENT,
		     (uint64_t)g_input() + 1, 0), HV_STATUS_INVALID_ALIGNMENT,
	     "input that is not aligned");
}

static void guest_self(uint64_t arg)
{
	g_synic_open();
	wrmsr(SINT_MSR, VEC);
	guest_handlers[VEC] = on_irq;
	check_flags();
	check_states();
	g_eq(g_signal(CONN_VMM, 3), 0x7777, "the VMM's status comes back");
	/* the VMM signals */
	g_sync(1);
	g_ok(flag_is_set(BASE_FLAG + 5), "the VMM's flag is set");
	g_eq(take_irqs(), 1, "with an interrupt");
	g_eq(g_signal(CONN, 4), HV_STATUS_INVALID_PORT_ID,
	     "a port that was deleted");
}

static void test_self(struct vmm *vmm)
{
	struct vp *vp = &vmm->vp[0];

	ktap_eq(event_port(vmm, PORT, 0, SINT, BASE_FLAG, NR_FLAGS), 0,
		"create a port");
	ktap_eq(connect_to(vmm, CONN, HVEMU_TO_PORT, -1, PORT), 0, "connect to it");
	ktap_eq(connect_to(vmm, CONN_VMM, HVEMU_TO_USER, -1, 0), 0,
		"connect an id to the VMM");
	ktap_errno(vmm_signal(vmm, PORT, 0), ENOTCONN,
		   "a guest that has not enabled its SynIC: ENOTCONN");
	bare_start(vp, guest_self, 0);
	ktap_eq(bare_run(vp), BARE_EXIT, "an event for the VMM");
	ktap_ok(vp->run->exit_reason == KVM_EXIT_HYPERV &&
		vp->run->hyperv.type == KVM_EXIT_HYPERV_HCALL &&
		vp->run->hyperv.u.hcall.params[0] == (CONN_VMM | 3ull << 32),
		"leaves as KVM_EXIT_HYPERV");
	vp->run->hyperv.u.hcall.result = 0x7777;
	ktap_eq(bare_run(vp), BARE_SYNC, "the VMM answers");
	ktap_eq(vmm_signal(vmm, PORT, 5), 0, "the VMM signals");
	ktap_errno(vmm_signal(vmm, PORT, NR_FLAGS), EINVAL, "one flag too far: EINVAL");
	ktap_errno(vmm_signal(vmm, 99, 0), ENOENT, "no such port: ENOENT");
	ktap_errno(vmm_post(vmm, PORT, 1, 0), ENOENT, "not a message port: ENOENT");
	ktap_eq(ioctl(vmm->fd, HVEMU_DELETE_PORT, PORT), 0, "delete the port");
	ktap_eq(bare_run(vp), BARE_DONE, "events of the guest");
}

/* --- eventfds: KVM has them, too --- */

static void guest_eventfd(uint64_t arg)
{
	g_hcall_open();
	g_eq(g_signal(CONN_EVENTFD, 0), 0, "signal an eventfd");
	g_eq(signal_slow(CONN_EVENTFD, 0, 0), 0, "and once more, by memory");
	g_sync(1);
	/* nobody has it now */
	g_print("status of a connection that went: %#lx", g_signal(CONN_EVENTFD, 0));
}

static int kvm_eventfd(struct vmm *vmm, uint32_t conn, int fd, uint32_t flags)
{
	struct kvm_hyperv_eventfd e = { .conn_id = conn, .fd = fd, .flags = flags };

	return ioctl(vmm->fd, KVM_HYPERV_EVENTFD, &e);
}

static void test_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK), fd2 = eventfd(0, EFD_NONBLOCK);
	static struct vmm vmm;
	uint64_t count = 0;

	bare_create(&vmm, 1, 0);
	if (!vmm_cap(&vmm, KVM_CAP_HYPERV_EVENTFD)) {
		ktap_skip("no KVM_CAP_HYPERV_EVENTFD", "eventfds");
		return;
	}
	ktap_eq(kvm_eventfd(&vmm, CONN_EVENTFD, fd, 0), 0, "KVM_HYPERV_EVENTFD");
	ktap_errno(kvm_eventfd(&vmm, CONN_EVENTFD, fd2, 0), EEXIST, "twice: EEXIST");
	ktap_errno(kvm_eventfd(&vmm, 1 << 24, fd2, 0), EINVAL, "25 bits: EINVAL");
	ktap_errno(kvm_eventfd(&vmm, 9, fd2, 2), EINVAL, "unknown flag: EINVAL");
	ktap_errno(kvm_eventfd(&vmm, 9, -1, 0), EBADF, "fd -1: EBADF");
	ktap_errno(kvm_eventfd(&vmm, 9, 1000, 0), EBADF, "no fd: EBADF");
	ktap_errno(kvm_eventfd(&vmm, 9, 1, 0), EINVAL, "no eventfd: EINVAL");
	ktap_errno(kvm_eventfd(&vmm, 9, -1, KVM_HYPERV_EVENTFD_DEASSIGN), ENOENT,
		   "deassign nothing: ENOENT");
	bare_start(&vmm.vp[0], guest_eventfd, 0);
	ktap_eq(bare_run(&vmm.vp[0]), BARE_SYNC, "the guest signals, without an exit");
	ktap_ok(read(fd, &count, 8) == 8 && count == 2, "the eventfd got both");
	ktap_eq(kvm_eventfd(&vmm, CONN_EVENTFD, -1, KVM_HYPERV_EVENTFD_DEASSIGN), 0,
		"deassign");
	ktap_eq(bare_run(&vmm.vp[0]), BARE_EXIT, "then it is the VMM's");
	ktap_eq(vmm.vp[0].run->exit_reason, KVM_EXIT_HYPERV, "KVM_EXIT_HYPERV");
	vmm.vp[0].run->hyperv.u.hcall.result = HV_STATUS_INVALID_CONNECTION_ID;
	ktap_eq(bare_run(&vmm.vp[0]), BARE_DONE, "and answered by it");
	ktap_ok(read(fd, &count, 8) < 0, "the eventfd got nothing more");
	vmm_destroy(&vmm);
	close(fd);
	close(fd2);
}

/* --- two VMs play ping-pong --- */

static void on_ping(struct guest_regs *regs)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (__sync_fetch_and_and(&g_flags(SINT)[0], ~(1ull << i)) >> i & 1)
			seen[i]++;
	x2apic_eoi();
}

/* The one that serves has arg 1. */
static void guest_ping_pong(uint64_t serves)
{
	uint64_t i;
	unsigned int status = 0;

	g_synic_open();
	guest_handlers[VEC] = on_ping;
	wrmsr(SINT_MSR, VEC);
	g_sync(1);
	for (i = 1; i <= ROUNDS && !status; i++) {
		if (serves)
			status = g_signal(CONN_PEER, i & 1);
		while (seen[0] + seen[1] < i)
			safe_halt();
		if (!serves)
			status = g_signal(CONN_PEER, i & 1);
		rounds++;
	}
	g_eq(status, 0, "no signal fails");
	g_ok(seen[0] == ROUNDS / 2 && seen[1] == ROUNDS / 2,
	     "%ld and %ld events arrived", seen[0], seen[1]);
}

static void *run_thread(void *arg)
{
	enum bare_stop stop;

	do {
		stop = bare_run(arg);
	} while (stop == BARE_EINTR);
	return (void *)(uintptr_t)(stop == BARE_DONE);
}

static void test_two_vms(void)
{
	static struct vmm vm[2];
	pthread_t t[2];
	void *done[2];
	int i;

	for (i = 0; i < 2; i++) {
		synic_create(&vm[i], 1);
		ktap_eq(event_port(&vm[i], PORT, HVEMU_ANY_VP, SINT, 0, 2), 0,
			"port of VM %d", i);
	}
	for (i = 0; i < 2; i++) {
		ktap_eq(connect_to(&vm[i], CONN_PEER, HVEMU_TO_PORT, vm[!i].fd, PORT),
			0, "VM %d connects to the other", i);
		bare_start(&vm[i].vp[0], guest_ping_pong, i);
		if (bare_run(&vm[i].vp[0]) != BARE_SYNC)
			ktap_bail("guest did not come up");
	}
	for (i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, run_thread, &vm[i].vp[0]);
	for (i = 0; i < 2; i++)
		pthread_join(t[i], &done[i]);
	ktap_ok(done[0] && done[1], "events between two VMs");
	vmm_destroy(&vm[0]);
	ktap_eq(event_port(&vm[1], PORT + 1, 0, SINT, 2, 1), 0,
		"the other VM still works");
	vmm_destroy(&vm[1]);
}

int main(void)
{
	static struct vmm vmm;

	ktap_start(100);
	synic_create(&vmm, 1);
	if (vmm_has_ports(&vmm))
		test_self(&vmm);
	else
		ktap_skip("no HVEMU_CREATE_PORT", "ports");
	if (vmm_has_ports(&vmm))
		test_two_vms();
	vmm_destroy(&vmm);
	test_eventfd();
	return ktap_finish();
}
