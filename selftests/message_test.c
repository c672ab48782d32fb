// SPDX-License-Identifier: GPL-2.0
/*
 * Messages (TLFS, "SynIC Messages"): through ports and connections, to the
 * guest itself, between the guest and its VMM, and from one VM to another that
 * may go at any moment.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "synic.h"

#define SINT		2
#define SINT_MSR	(HV_X64_MSR_SINT0 + SINT)
#define VEC		0x52
#define PORT		5
#define CONN		1
#define CONN_VMM	2
#define CONN_PEER	3
#define STREAM		300

static volatile uint64_t irqs, last, wrong;

static void on_irq(struct guest_regs *regs)
{
	irqs++;
	last = g_slot(SINT)->payload[0];
	g_slot_done(SINT);
	x2apic_eoi();
}

static void on_irq_keep(struct guest_regs *regs)
{
	irqs++;
	x2apic_eoi();
}

static void check_header(void)
{
	volatile struct hv_message *m = g_slot(SINT);

	wrmsr(SINT_MSR, VEC);
	guest_handlers[VEC] = on_irq_keep;
	g_eq(g_post(CONN, 7, 0x1234), 0, "a message to itself");
	irq_on();
	irq_off();
	g_eq(irqs, 1, "its interrupt is there at once");
	g_ok(m->type == 7 && m->size == 8 && !m->flags && m->payload[0] == 0x1234,
	     "trap 22: type, size and flags are where the online text has them");
	g_eq(m->origin, PORT, "it names the port");
}

/* The slot is full of the message before. */
static void check_busy_slot(void)
{
	volatile struct hv_message *m = g_slot(SINT);
	uint64_t before = irqs;

	g_eq(g_post(CONN, 8, 2), 0, "a second message");
	g_ok(m->type == 7 && m->flags & 1 && irqs == before,
	     "trap 23: a full slot is kept, and says that more is there");
	wrmsr(HV_X64_MSR_EOM, 0);
	g_eq(m->type, 7, "EOM with a full slot changes nothing");
	m->type = 0;
	wrmsr(HV_X64_MSR_EOM, 0);
	g_ok(m->type == 8 && !m->flags, "trap 24: EOM brings the next one");
	irq_on();
	irq_off();
	g_eq(irqs, before + 1, "with an interrupt");

	/* EOI alone does it, too */
	g_eq(g_post(CONN, 9, 3), 0, "a third");
	m->type = 0;
	x2apic_write(APIC_SELF_IPI, VEC);
	irq_on();
	irq_off();
	g_ok(m->type == 9, "trap 24: so does an EOI of the SINT's vector");
	g_eq(rdmsr(HV_X64_MSR_EOM), 0, "EOM reads as 0");
	m->type = 0;
}

static void check_full(void)
{
	unsigned int i;

	g_slot(SINT)->type = 99;
	for (i = 0; i < 16 && !g_post(CONN, 1, i); i++)
		;
	g_eq(i, 16, "sixteen messages can wait");
	g_eq(g_post(CONN, 1, 16), HV_STATUS_INSUFFICIENT_BUFFERS,
	     "the seventeenth is refused");
	wrong = 0;
	for (i = 0; i < 16; i++) {
		g_slot(SINT)->type = 0;
		wrmsr(HV_X64_MSR_EOM, 0);
		wrong += g_slot(SINT)->payload[0] != i;
		wrong += !(g_slot(SINT)->flags & 1) != (i == 15);
	}
	g_eq(wrong, 0, "they come in order, all but the last with MessagePending");
	g_slot(SINT)->type = 0;
	irq_on();
	irq_off();
}

static void check_masked(void)
{
	uint64_t before = irqs;

	wrmsr(SINT_MSR, VEC | HV_SINT_MASKED);
	g_eq(g_post(CONN, 1, 5), 0, "to a masked SINT");
	irq_on();
	irq_off();
	g_ok(g_slot(SINT)->type == 1 && irqs == before,
	     "trap 25: it gets the message, the interrupt is lost");
	g_slot(SINT)->type = 0;
	wrmsr(SINT_MSR, VEC | HV_SINT_POLLING);
	g_eq(g_post(CONN, 1, 6), 0, "to a polled SINT");
	irq_on();
	irq_off();
	g_ok(g_slot(SINT)->payload[0] == 6 && irqs == before,
	     "trap 31: it gets the message without an interrupt");
	g_slot(SINT)->type = 0;
	wrmsr(SINT_MSR, VEC | HV_SINT_AUTO_EOI);
	g_eq(g_post(CONN, 1, 7), 0, "to a SINT with AutoEOI");
	irq_on();
	irq_off();
	g_eq(irqs, before + 1, "an interrupt");
	g_slot(SINT)->type = 0;
	wrmsr(SINT_MSR, VEC);
}

static void check_states(void)
{
	wrmsr(HV_X64_MSR_SCONTROL, 0);
	g_eq(g_post(CONN, 1, 1), HV_STATUS_INVALID_SYNIC_STATE,
	     "trap 29: to a SynIC that is disabled");
	wrmsr(HV_X64_MSR_SCONTROL, 1);
	wrmsr(HV_X64_MSR_SIMP, 0);
	g_eq(g_post(CONN, 1, 1), HV_STATUS_INVALID_SYNIC_STATE,
	     "to a SIM page that is disabled");
	wrmsr(HV_X64_MSR_SIMP, SYNIC_SIMP(0) | HV_MSR_ENABLE);
	g_eq(g_post(CONN, 0, 1), HV_STATUS_INVALID_PARAMETER, "type 0");
	g_eq(g_post(CONN, 1u << 31, 1), HV_STATUS_INVALID_PARAMETER,
	     "a type that is the hypervisor's");
	g_post(77, 1, 1);
	g_input()->conn = CONN;
	g_input()->size = 241;
	g_eq(g_post_input(), HV_STATUS_INVALID_PARAMETER, "241 bytes");
	g_input()->size = 8;
	g_input()->rsvdz = 1;
	g_eq(g_post_input(), HV_STATUS_INVALID_PARAMETER, "RsvdZ");
	g_eq(g_post(77, 1, 1), HV_STATUS_INVALID_CONNECTION_ID,
	     "an id without a connection");
	g_eq(g_post(CONN | 1u << 24, 1, 1), HV_STATUS_INVALID_CONNECTION_ID,
	     "an id of 25 bits");
	g_eq(hv_call((void *)SYNIC_HCALL, HVCALL_POST_MESSAGE,
		     (uint64_t)g_input() + 4, 0), HV_STATUS_INVALID_ALIGNMENT,
	     "input that is not aligned");
	g_eq(hv_call((void *)SYNIC_HCALL, HVCALL_POST_MESSAGE,
		     (uint64_t)g_input() + 0xf08, 0),
	     HV_STATUS_INVALID_ALIGNMENT, "input across pages");
	g_eq(hv_call((void *)SYNIC_HCALL, HVCALL_POST_MESSAGE | HVCALL_IS_FAST,
		     CONN, 1), HV_STATUS_INVALID_HYPERCALL_INPUT,
	     "a message does not fit into registers");
}

static void guest_self(uint64_t arg)
{
	uint64_t val;

	g_synic_open();
	g_eq(rdmsr_safe(HV_X64_MSR_SIRBP, &val), VECTOR_GP,
	     "SIRBP is not for guests: #GP");
	wrmsr(SINT_MSR, VEC | HV_SINT_MASKED | 3u << 19);
	g_eq(rdmsr(SINT_MSR), VEC | HV_SINT_MASKED | 3u << 19,
	     "bits 19 and 20 of a SINT are kept");
	check_header();
	check_busy_slot();
	check_full();
	check_masked();
	check_states();
}

/* --- a neighbour's page --- */

static volatile uint64_t ready;

/* "Attempts to access another VP's page may result in a machine check": none */
static void guest_neighbour(uint64_t id)
{
	uint64_t type = 0, gpa = SYNIC_SIMP(0) + 256 * SINT;

	if (!id) {
		g_synic_open();
		wrmsr(SINT_MSR, VEC | HV_SINT_MASKED);
		g_eq(g_post(CONN, 7, 1), 0, "a message for VP 0");
		ready = 1;
		while (ready == 1)
			cpu_pause();
		g_eq(g_slot(SINT)->type, 7, "it is still there");
		return;
	}
	while (!ready)
		cpu_pause();
	guarded("movl (%1), %k0", OUTPUTS("+r"(type)), "r"(gpa) : "memory");
	g_ok(last_fault() == NO_FAULT && type == 7,
	     "VP 1 can read VP 0's SIM page, without a machine check");
	ready = 2;
}

static void test_neighbour(void)
{
	struct vmm vmm;
	unsigned int i;

	synic_create(&vmm, 2);
	if (message_port(&vmm, PORT, 0, SINT) ||
	    connect_to(&vmm, CONN, HVEMU_TO_PORT, -1, PORT))
		ktap_bail("a port to VP 0");
	for (i = 0; i < 2; i++)
		bare_start(&vmm.vp[i], guest_neighbour, i);
	ktap_ok(bare_run_all(&vmm), "both VPs ended");
	vmm_destroy(&vmm);
}

/* --- the guest and its VMM --- */

static void guest_vmm(uint64_t arg)
{
	g_synic_open();
	wrmsr(SINT_MSR, VEC);
	guest_handlers[VEC] = on_irq;
	irqs = 0;
	g_eq(g_post(CONN_VMM, 3, 0x5151), 0x7777, "the VMM's status comes back");
	while (!irqs)
		safe_halt();
	g_eq(last, 0xabcd, "the VMM's answer arrives");
	g_sync(2);
	while (irqs < 17)
		safe_halt();
	g_eq(last, 15, "and a queue of them");
}

static void test_vmm(struct vmm *vmm)
{
	struct vp *vp = &vmm->vp[0];
	struct hv_post_input *in;
	struct hvemu_message bad = { .port_id = PORT, .type = 1, .size = 241 };
	unsigned int i;

	ktap_errno(vmm_post(vmm, PORT, 1, 0), ENOTCONN,
		   "a guest that has not enabled its SynIC: ENOTCONN");
	ktap_eq(connect_to(vmm, CONN_VMM, HVEMU_TO_USER, -1, 0), 0,
		"connect an id to the VMM");
	bare_start(vp, guest_vmm, 0);
	ktap_eq(bare_run(vp), BARE_EXIT, "the call leaves to the VMM");
	ktap_eq(vp->run->exit_reason, KVM_EXIT_HYPERV, "as KVM_EXIT_HYPERV");
	ktap_eq(vp->run->hyperv.type, KVM_EXIT_HYPERV_HCALL, "HCALL");
	in = vmm_gpa(vmm, vp->run->hyperv.u.hcall.params[0], sizeof(*in));
	ktap_ok(in->conn == CONN_VMM && in->type == 3 && in->payload[0] == 0x5151,
		"with the message in guest memory");
	vp->run->hyperv.u.hcall.result = 0x7777;
	ktap_eq(vmm_post(vmm, PORT, 1, 0xabcd), 0, "the VMM posts");
	ktap_eq(bare_run(vp), BARE_SYNC, "the guest takes it");
	for (i = 0; i < 16 && !vmm_post(vmm, PORT, 1, i); i++)
		;
	ktap_eq(i, 16, "sixteen messages while the guest does not run");
	ktap_errno(vmm_post(vmm, PORT, 1, 16), ENOBUFS, "one more: ENOBUFS");
	ktap_errno(ioctl(vmm->fd, HVEMU_POST_MESSAGE, &bad), EINVAL,
		   "241 bytes: EINVAL");
	ktap_errno(vmm_post(vmm, PORT, 0, 1), EINVAL, "type 0: EINVAL");
	ktap_errno(vmm_post(vmm, 99, 1, 1), ENOENT, "no such port: ENOENT");
}

/* --- two VMs --- */

static void guest_receive(uint64_t arg)
{
	uint64_t want = 0;

	g_synic_open();
	wrmsr(SINT_MSR, VEC | HV_SINT_POLLING);
	g_sync(1);
	while (want < STREAM) {
		if (!g_slot(SINT)->type) {
			cpu_pause();
			continue;
		}
		if (g_slot(SINT)->payload[0] != want++)
			wrong++;
		g_slot_done(SINT);
	}
	g_eq(wrong, 0, "%ld messages arrived, each once and in order", STREAM);
}

/* Whatever comes, until it is killed. */
static void guest_receive_on(uint64_t arg)
{
	g_synic_open();
	wrmsr(SINT_MSR, VEC | HV_SINT_POLLING);
	g_sync(1);
	for (;;) {
		if (g_slot(SINT)->type)
			g_slot_done(SINT);
		cpu_pause();
	}
}

static void guest_send(uint64_t arg)
{
	uint64_t i, full = 0;
	unsigned int status;

	g_synic_open();
	g_sync(1);
	for (i = 0; i < STREAM; i++) {
		do {
			status = g_post(CONN_PEER, 1, i);
			full += status == HV_STATUS_INSUFFICIENT_BUFFERS;
		} while (status == HV_STATUS_INSUFFICIENT_BUFFERS);
		if (status)
			break;
	}
	g_eq(i, STREAM, "all were sent, %ld times the port was full", full);
}

/* Sends until the port is gone. */
static void guest_send_on(uint64_t arg)
{
	unsigned int status;

	g_synic_open();
	g_sync(1);
	do {
		status = g_post(CONN_PEER, 1, 0);
	} while (!status || status == HV_STATUS_INSUFFICIENT_BUFFERS);
	g_eq(status, HV_STATUS_INVALID_PORT_ID,
	     "a receiver that went: INVALID_PORT_ID");
}

static void *run_thread(void *arg)
{
	enum bare_stop stop;

	do {
		stop = bare_run(arg);
	} while (stop == BARE_EINTR);
	return (void *)(uintptr_t)(stop == BARE_DONE);
}

static void start_synced(struct vmm *vmm, guest_fn fn)
{
	bare_start(&vmm->vp[0], fn, 0);
	if (bare_run(&vmm->vp[0]) != BARE_SYNC)
		ktap_bail("guest did not come up");
}

static void test_stream(void)
{
	static struct vmm from, to;
	pthread_t t[2];
	void *done[2];

	synic_create(&from, 1);
	synic_create(&to, 1);
	ktap_eq(message_port(&to, PORT, HVEMU_ANY_VP, SINT), 0, "port of one VM");
	ktap_eq(connect_to(&from, CONN_PEER, HVEMU_TO_PORT, to.fd, PORT), 0,
		"connected to by another");
	start_synced(&to, guest_receive);
	start_synced(&from, guest_send);
	pthread_create(&t[0], NULL, run_thread, &to.vp[0]);
	pthread_create(&t[1], NULL, run_thread, &from.vp[0]);
	pthread_join(t[0], &done[0]);
	pthread_join(t[1], &done[1]);
	ktap_ok(done[0] && done[1], "from one VM to the other");
	vmm_destroy(&to);
	vmm_destroy(&from);
}

static void test_peer_goes(bool by_delete)
{
	static struct vmm from, to;
	pthread_t t;
	void *done;

	synic_create(&from, 1);
	synic_create(&to, 1);
	message_port(&to, PORT, HVEMU_ANY_VP, SINT);
	connect_to(&from, CONN_PEER, HVEMU_TO_PORT, to.fd, PORT);
	start_synced(&to, guest_receive);
	start_synced(&from, guest_send_on);
	pthread_create(&t, NULL, run_thread, &from.vp[0]);
	usleep(20000);
	if (by_delete)
		ktap_eq(ioctl(to.fd, HVEMU_DELETE_PORT, PORT), 0, "delete the port");
	else
		vmm_destroy(&to);
	pthread_join(t, &done);
	ktap_ok(done, "the sender lives on when %s", by_delete ?
		"the port goes" : "the receiving VM goes");
	if (by_delete)
		vmm_destroy(&to);
	vmm_destroy(&from);
}

static void fd_send(int sock, int fd)
{
	char c = 0, buf[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = buf, .msg_controllen = sizeof(buf),
	};
	struct cmsghdr *h = CMSG_FIRSTHDR(&msg);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd, sizeof(int));
	if (sendmsg(sock, &msg, 0) != 1)
		_exit(1);
}

static int fd_receive(int sock)
{
	char c, buf[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = buf, .msg_controllen = sizeof(buf),
	};
	int fd = -1;

	if (recvmsg(sock, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

/* A VM of another process, which is killed while it receives. */
static void peer_process(int sock)
{
	static struct vmm to;

	synic_create(&to, 1);
	message_port(&to, PORT, HVEMU_ANY_VP, SINT);
	bare_start(&to.vp[0], guest_receive_on, 0);
	bare_run(&to.vp[0]);
	fd_send(sock, to.fd);
	for (;;)
		bare_run(&to.vp[0]);
}

static void test_peer_is_killed(void)
{
	static struct vmm from;
	int sock[2], fd;
	pthread_t t;
	void *done;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		ktap_bail("socketpair: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		peer_process(sock[1]);
		_exit(0);
	}
	fd = fd_receive(sock[0]);
	synic_create(&from, 1);
	ktap_eq(connect_to(&from, CONN_PEER, HVEMU_TO_PORT, fd, PORT), 0,
		"connect to a VM of another process, by its fd");
	close(fd);
	start_synced(&from, guest_send_on);
	pthread_create(&t, NULL, run_thread, &from.vp[0]);
	usleep(20000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pthread_join(t, &done);
	ktap_ok(done, "the sender lives on when the other process is killed");
	vmm_destroy(&from);
	close(sock[0]);
	close(sock[1]);
}

/* --- arguments --- */

static void test_arguments(struct vmm *vmm)
{
	struct hvemu_port p = { .id = 50, .type = HVEMU_PORT_MESSAGE, .sint = 1 };
	struct hvemu_connection c = { .id = 50, .to = HVEMU_TO_PORT, .fd = -1,
				      .port_id = 99 };

	ktap_errno(message_port(vmm, PORT, 0, SINT), EEXIST, "a port twice: EEXIST");
	ktap_errno(message_port(vmm, 1 << 24, 0, SINT), EINVAL, "25 bits: EINVAL");
	ktap_errno(message_port(vmm, 50, 0, 0), EINVAL, "SINT 0: EINVAL");
	ktap_errno(message_port(vmm, 50, 0, 16), EINVAL, "SINT 16: EINVAL");
	ktap_errno(message_port(vmm, 50, 4096, 1), EINVAL, "VP 4096: EINVAL");
	ktap_errno(event_port(vmm, 50, 0, 1, 0, 0), EINVAL, "no flags: EINVAL");
	ktap_errno(event_port(vmm, 50, 0, 1, 2048, 1), EINVAL, "flag 2048: EINVAL");
	ktap_errno(event_port(vmm, 50, 0, 1, 1, 2048), EINVAL,
		   "flags up to 2048: EINVAL");
	ktap_errno(event_port(vmm, 50, 0, 1, ~0u, 1), EINVAL, "flag -1: EINVAL");
	p.reserved[4] = 1;
	ktap_errno(ioctl(vmm->fd, HVEMU_CREATE_PORT, &p), EINVAL,
		   "reserved field of a port: EINVAL");
	p.reserved[4] = 0;
	p.type = 7;
	ktap_errno(ioctl(vmm->fd, HVEMU_CREATE_PORT, &p), EINVAL,
		   "unknown type: EINVAL");
	ktap_errno(ioctl(vmm->fd, HVEMU_CREATE_PORT, 8), EFAULT, "EFAULT");
	ktap_errno(ioctl(vmm->fd, HVEMU_DELETE_PORT, 50), ENOENT, "ENOENT");
	ktap_errno(ioctl(vmm->fd, HVEMU_DELETE_PORT, 1ul << 40), EINVAL,
		   "a long id: EINVAL");
	ktap_errno(ioctl(vmm->fd, HVEMU_CONNECT_PORT, &c), ENOENT,
		   "connect to no port: ENOENT");
	c.reserved = 1;
	ktap_errno(ioctl(vmm->fd, HVEMU_CONNECT_PORT, &c), EINVAL,
		   "reserved field of a connection: EINVAL");
	ktap_errno(connect_to(vmm, CONN, HVEMU_TO_USER, -1, 0), EEXIST,
		   "a connection twice: EEXIST");
	ktap_errno(connect_to(vmm, 50, HVEMU_TO_USER, 0, 0), EINVAL,
		   "an fd for the VMM: EINVAL");
	ktap_errno(connect_to(vmm, 50, HVEMU_TO_USER, -1, 1), EINVAL,
		   "a port for the VMM: EINVAL");
	ktap_errno(connect_to(vmm, 50, 9, -1, 0), EINVAL, "to nothing known: EINVAL");
	ktap_errno(connect_to(vmm, 50, HVEMU_TO_PORT, 1000, PORT), EBADF, "EBADF");
	ktap_errno(connect_to(vmm, 50, HVEMU_TO_PORT, 1, PORT), EINVAL,
		   "an fd that is no VM: EINVAL");
	ktap_errno(connect_to(vmm, 50, HVEMU_TO_PORT, vmm->vp[0].fd, PORT), EINVAL,
		   "the fd of a vCPU: EINVAL");
	ktap_errno(connect_to(vmm, 50, HVEMU_TO_EVENTFD, -1, 0), EBADF,
		   "no eventfd: EBADF");
	ktap_errno(connect_to(vmm, 1 << 24, HVEMU_TO_USER, -1, 0), EINVAL,
		   "connection of 25 bits: EINVAL");
	ktap_errno(ioctl(vmm->fd, HVEMU_DISCONNECT_PORT, 50), ENOENT,
		   "disconnect nothing: ENOENT");
	ktap_errno(ioctl(vmm->fd, HVEMU_DISCONNECT_PORT, ~0ul), EINVAL,
		   "disconnect -1: EINVAL");
}

int main(void)
{
	static struct vmm vmm;

	ktap_start(100);
	synic_create(&vmm, 1);
	if (!vmm_has_ports(&vmm))
		ktap_skip_all("%s has no ports", vmm_device());
	ktap_eq(message_port(&vmm, PORT, 0, SINT), 0, "create a port");
	ktap_eq(connect_to(&vmm, CONN, HVEMU_TO_PORT, -1, PORT), 0, "connect to it");
	test_arguments(&vmm);
	bare_start(&vmm.vp[0], guest_self, 0);
	ktap_eq(bare_run(&vmm.vp[0]), BARE_DONE, "messages to itself");
	vmm_destroy(&vmm);

	synic_create(&vmm, 1);
	message_port(&vmm, PORT, 0, SINT);
	test_vmm(&vmm);
	ktap_eq(bare_run(&vmm.vp[0]), BARE_DONE, "messages of the VMM");
	vmm_destroy(&vmm);

	test_stream();
	test_peer_goes(true);
	test_peer_goes(false);
	test_peer_is_killed();
	test_neighbour();
	return ktap_finish();
}
