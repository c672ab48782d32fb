// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts and events by file descriptor: KVM_SIGNAL_MSI, GSI routing with
 * irqfds, EOI reports of a split irqchip, ioeventfds on ports and memory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"

#define VEC_A		0x51
#define VEC_B		0x61
#define GSI_A		4
#define GSI_B		30
#define PORT		0x500
#define MMIO		(BARE_NO_RAM + 0x100)
#define MSI_LEVEL	(1u << 15 | 1u << 14)

static volatile uint64_t irqs[NR_VECTORS], go_on;

static void on_irq(struct guest_regs *regs)
{
	irqs[regs->vector]++;
	x2apic_eoi();
}

static void guest_wait(uint64_t arg)
{
	guest_x2apic_enable();
	guest_handlers[VEC_A] = on_irq;
	guest_handlers[VEC_B] = on_irq;
	g_sync(1);
	while (!go_on)
		safe_halt();
}

static struct vmm vmm;
static struct vp *vp;

static uint64_t count(unsigned int vector)
{
	return guest_var(&vmm, irqs[vector]);
}

static bool wait_count(unsigned int vector, uint64_t want)
{
	struct timespec t = { .tv_nsec = 1000000 };
	unsigned int i;

	for (i = 0; i < 1000 && count(vector) < want; i++)
		nanosleep(&t, NULL);
	/* one too many would come right behind */
	nanosleep(&t, NULL);
	return count(vector) == want;
}

static void *run_thread(void *arg)
{
	enum bare_stop stop;

	do {
		stop = bare_run(vp);
		if (stop == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_IOAPIC_EOI)
			__sync_fetch_and_add((uint64_t *)arg, vp->run->eoi.vector);
	} while (stop == BARE_EINTR || stop == BARE_EXIT);
	return (void *)(uintptr_t)(stop == BARE_DONE);
}

static int route(unsigned int gsi, uint32_t data, unsigned int gsi2, uint32_t data2)
{
	struct { struct kvm_irq_routing head; struct kvm_irq_routing_entry e[2]; } t = {
		.head.nr = data2 ? 2 : 1,
		.e = {
			{ .gsi = gsi, .type = KVM_IRQ_ROUTING_MSI,
			  .u.msi = { .address_lo = APIC_BASE, .data = data } },
			{ .gsi = gsi2, .type = KVM_IRQ_ROUTING_MSI,
			  .u.msi = { .address_lo = APIC_BASE, .data = data2 } },
		},
	};

	return ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &t);
}

static int irqfd(int fd, unsigned int gsi, unsigned int flags)
{
	struct kvm_irqfd req = { .fd = fd, .gsi = gsi, .flags = flags };

	return ioctl(vmm.fd, KVM_IRQFD, &req);
}

static void test_msi(void)
{
	struct kvm_msi msi = { .address_lo = APIC_BASE, .data = VEC_A };

	ktap_eq(ioctl(vmm.fd, KVM_SIGNAL_MSI, &msi), 1, "SIGNAL_MSI: delivered to one VP");
	ktap_ok(wait_count(VEC_A, 1), "and the guest takes it, out of HLT");
	msi.address_lo = APIC_BASE | 77 << 12;
	ktap_eq(ioctl(vmm.fd, KVM_SIGNAL_MSI, &msi), 0, "SIGNAL_MSI to nobody: 0");
	ktap_ok(wait_count(VEC_A, 1), "and nothing comes");
}

static void test_irqfd(void)
{
	int a = eventfd(0, 0), b = eventfd(0, 0);
	uint64_t n = count(VEC_A);

	ktap_eq(route(GSI_A, VEC_A, GSI_B, VEC_B), 0, "route two GSIs");
	ktap_eq(irqfd(a, GSI_A, 0), 0, "irqfd for the first");
	ktap_eq(irqfd(b, GSI_B, 0), 0, "irqfd for the second");
	event_signal(&vmm, a);
	ktap_ok(wait_count(VEC_A, n + 1), "an eventfd interrupts the guest");
	event_signal(&vmm, b);
	ktap_ok(wait_count(VEC_B, 1), "each at its own vector");
	route(GSI_A, VEC_B, 0, 0);
	event_signal(&vmm, a);
	ktap_ok(wait_count(VEC_B, 2) && count(VEC_A) == n + 1, "a new route counts at once");
	event_signal(&vmm, b);
	ktap_ok(wait_count(VEC_B, 2), "a GSI without route does nothing");
	route(GSI_A, VEC_A, GSI_B, VEC_B);
	ktap_eq(irqfd(a, GSI_A, KVM_IRQFD_FLAG_DEASSIGN), 0, "deassign");
	event_signal(&vmm, a);
	ktap_ok(wait_count(VEC_A, n + 1), "no interrupt after it");
	ktap_eq(irqfd(a, GSI_A, 0), 0, "assign again");
	ktap_ok(wait_count(VEC_A, n + 2), "an eventfd that was signalled interrupts at once");
	close(a);
	event_signal(&vmm, b);
	/* B may have come once more from its eventfd's old count: at least one */
	ktap_ok(wait_count(VEC_B, 3) || count(VEC_B) > 2,
		"closing one eventfd leaves the other");
	irqfd(b, GSI_B, KVM_IRQFD_FLAG_DEASSIGN);
	close(b);
}

static void test_eoi(volatile uint64_t *eoi_sum)
{
	struct kvm_msi msi = { .address_lo = APIC_BASE, .data = VEC_A | MSI_LEVEL };
	struct timespec t = { .tv_nsec = 1000000 };
	uint64_t before = *eoi_sum, n = count(VEC_A);
	unsigned int i;

	ktap_eq(route(GSI_A, VEC_A | MSI_LEVEL, 0, 0), 0, "a level-triggered route");
	ioctl(vmm.fd, KVM_SIGNAL_MSI, &msi);
	for (i = 0; i < 1000 && *eoi_sum == before; i++)
		nanosleep(&t, NULL);
	ktap_eq(count(VEC_A), n + 1, "the interrupt comes");
	ktap_eq(*eoi_sum - before, VEC_A, "its EOI is KVM_EXIT_IOAPIC_EOI with the vector");
	route(GSI_A, VEC_A, 0, 0);
	before = *eoi_sum;
	msi.data = VEC_A;
	ioctl(vmm.fd, KVM_SIGNAL_MSI, &msi);
	wait_count(VEC_A, n + 2);
	ktap_eq(*eoi_sum, before, "the EOI of an edge-triggered one is not reported");
}

static void guest_write(uint64_t arg)
{
	outl(PORT, 0x1234);
	outl(PORT, 0x9999);
	outb(PORT, 1);
	*(volatile uint32_t *)MMIO = 0x42;
	*(volatile uint32_t *)(MMIO + 4) = 0x42;
	*(volatile uint16_t *)MMIO = 0x42;
	g_sync(1);
	outl(PORT, 0x1234);
}

static int ioeventfd(int fd, uint64_t addr, unsigned int len, unsigned int flags, uint64_t match)
{
	struct kvm_ioeventfd req = {
		.fd = fd, .addr = addr, .len = len, .flags = flags, .datamatch = match,
	};

	return ioctl(vmm.fd, KVM_IOEVENTFD, &req);
}

static bool leaves(uint32_t reason, uint64_t addr, unsigned int len)
{
	struct kvm_run *run = vp->run;

	if (bare_run(vp) != BARE_EXIT || run->exit_reason != reason)
		return false;
	if (reason == KVM_EXIT_IO)
		return run->io.port == addr && run->io.size == len;
	return run->mmio.phys_addr == addr && run->mmio.len == len;
}

static void test_ioeventfd(void)
{
	int port = eventfd(0, 0), mmio = eventfd(0, 0), any = eventfd(0, 0);

	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	bare_start(vp, guest_write, 0);
	ktap_eq(ioeventfd(port, PORT, 4, KVM_IOEVENTFD_FLAG_PIO | KVM_IOEVENTFD_FLAG_DATAMATCH,
			  0x1234), 0, "ioeventfd: port with a value");
	ktap_eq(ioeventfd(mmio, MMIO, 4, 0, 0), 0, "ioeventfd: memory");
	ktap_ok(leaves(KVM_EXIT_IO, PORT, 4), "another value leaves to the VMM");
	ktap_eq(event_count(port), 1, "the first write became an event");
	ktap_ok(leaves(KVM_EXIT_IO, PORT, 1), "another size leaves to the VMM");
	ktap_ok(leaves(KVM_EXIT_MMIO, MMIO + 4, 4), "another address leaves to the VMM");
	ktap_eq(event_count(mmio), 1, "the write to memory became an event");
	ktap_ok(leaves(KVM_EXIT_MMIO, MMIO, 2), "another size leaves to the VMM");
	ktap_eq(bare_run(vp), BARE_SYNC, "the guest goes on");
	ktap_eq(ioeventfd(port, PORT, 4, KVM_IOEVENTFD_FLAG_PIO |
			  KVM_IOEVENTFD_FLAG_DATAMATCH | KVM_IOEVENTFD_FLAG_DEASSIGN, 0x1234),
		0, "deassign");
	ktap_ok(leaves(KVM_EXIT_IO, PORT, 4), "then it leaves to the VMM");
	ktap_eq(event_count(port) + event_count(mmio), 0, "and no event is left");
	if (vmm_cap(&vmm, KVM_CAP_IOEVENTFD_ANY_LENGTH) > 0)
		ktap_eq(ioeventfd(any, MMIO + 64, 0, 0, 0), 0, "ioeventfd of any length");
	else
		ktap_skip("no KVM_CAP_IOEVENTFD_ANY_LENGTH", "ioeventfd of any length");
	vmm_destroy(&vmm);
	close(port);
	close(mmio);
	close(any);
}

int main(void)
{
	static uint64_t eoi_sum;
	struct kvm_msi msi = { .address_lo = APIC_BASE, .data = VEC_A };
	void *done;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	if (vmm_cap(&vmm, KVM_CAP_IRQFD) <= 0 || vmm_cap(&vmm, KVM_CAP_SIGNAL_MSI) <= 0)
		ktap_skip_all("no irqfd or SIGNAL_MSI");
	bare_start(vp, guest_wait, 0);
	if (bare_run(vp) != BARE_SYNC)
		ktap_bail("the guest does not start");
	if (pthread_create(&vp->thread, NULL, run_thread, &eoi_sum))
		ktap_bail("no thread");
	test_msi();
	test_irqfd();
	test_eoi(&eoi_sum);
	guest_var(&vmm, go_on) = 1;
	ioctl(vmm.fd, KVM_SIGNAL_MSI, &msi);
	pthread_join(vp->thread, &done);
	ktap_ok(!!done, "the guest came to its end");
	vmm_destroy(&vmm);
	test_ioeventfd();
	return ktap_finish();
}
