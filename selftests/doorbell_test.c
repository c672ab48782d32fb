// SPDX-License-Identifier: GPL-2.0
/*
 * Doorbells: writes of a guest to addresses without memory that signal a port
 * of this VM or another.
 */
#include <errno.h>
#include <string.h>

#include "synic.h"

#define SINT		3
#define VEC		0x63
#define PORT		7
#define FLAG		70
#define BELL		BARE_NO_RAM
#define BELL_ANY	(BARE_NO_RAM + 0x100)
#define VALUE		0x1234

static volatile uint64_t irqs;

static void on_irq(struct guest_regs *regs)
{
	irqs++;
	x2apic_eoi();
}

static void open_sint(void)
{
	g_synic_open();
	guest_handlers[VEC] = on_irq;
	wrmsr(HV_X64_MSR_SINT0 + SINT, VEC);
}

static void take_irqs(void)
{
	irq_on();
	irq_off();
}

static void guest_rings(uint64_t arg)
{
	volatile uint64_t *word = (volatile uint64_t *)g_flags(SINT) + FLAG / 64;

	open_sint();
	*(volatile uint32_t *)BELL = VALUE;
	take_irqs();
	g_eq(irqs, 1, "a write of the value interrupts");
	g_eq(*word, 1ull << FLAG % 64, "and sets the port's flag");
	*word = 0;
	*(volatile uint32_t *)BELL = VALUE + 1;	/* the VMM gets it */
	*(volatile uint16_t *)BELL = VALUE;	/* this, too */
	take_irqs();
	g_eq(irqs, 1, "another value does not, nor another size");
	*(volatile uint8_t *)BELL_ANY = 1;
	take_irqs();
	g_eq(irqs, 2, "any size and any value: one byte");
	*(volatile uint64_t *)BELL_ANY = ~0ull;
	take_irqs();
	g_eq(irqs, 2, "no interrupt while the flag is set");
	*word = 0;
	g_sync(1);	/* disconnected */
	*(volatile uint32_t *)BELL = VALUE;	/* the VMM gets it */
	take_irqs();
	g_eq(irqs, 2, "not when it is disconnected");
}

static void guest_far(uint64_t arg)
{
	open_sint();
	g_sync(1);	/* the other VM writes */
	take_irqs();
	g_eq(irqs, 1, "the bell of another VM");
}

static void guest_writes(uint64_t arg)
{
	*(volatile uint32_t *)BELL = VALUE;
}

/* The VMM's half */

static int port(struct vmm *vmm, uint32_t flags)
{
	struct hvemu_port p = {
		.id = PORT, .type = HVEMU_PORT_DOORBELL, .vp_index = 0,
		.sint = SINT, .base_flag = FLAG, .flag_count = flags,
	};

	return ioctl(vmm->fd, HVEMU_CREATE_PORT, &p) ? errno : 0;
}

static int bell(struct vmm *vmm, uint32_t id, int fd, uint64_t gpa,
		uint64_t value, uint32_t flags)
{
	struct hvemu_connection c = {
		.id = id, .to = HVEMU_TO_DOORBELL, .fd = fd, .port_id = PORT,
		.gpa = gpa, .value = value, .flags = flags,
	};

	return ioctl(vmm->fd, HVEMU_CONNECT_PORT, &c) ? errno : 0;
}

/* The next stop is a write to BELL that rang nothing. */
static void expect_mmio(struct vp *vp, uint32_t len, uint32_t value)
{
	struct kvm_run *run = vp->run;
	uint32_t data = 0;
	bool stop = bare_run(vp) == BARE_EXIT && run->exit_reason == KVM_EXIT_MMIO;

	memcpy(&data, run->mmio.data, 4);
	ktap_ok(stop && run->mmio.phys_addr == BELL && run->mmio.len == len &&
		run->mmio.is_write && (data & (len == 4 ? ~0u : 0xffff)) == value,
		"a write of %u bytes of %#x is the VMM's", len, value);
}

static void test_bells(struct vmm *vmm)
{
	struct vp *vp = &vmm->vp[0];

	ktap_eq(bell(vmm, 1, -1, BELL, VALUE, HVEMU_DOORBELL_DWORD), ENOENT,
		"no such port");
	ktap_eq(port(vmm, 2), EINVAL, "a port of two flags");
	ktap_eq(port(vmm, 1), 0, "a doorbell port");
	ktap_eq(bell(vmm, 1, -1, BELL + 0xffe, 0, HVEMU_DOORBELL_DWORD), EINVAL,
		"across pages");
	ktap_eq(bell(vmm, 1, -1, BELL, 1ull << 32, HVEMU_DOORBELL_DWORD), EINVAL,
		"a value that does not fit");
	ktap_eq(bell(vmm, 1, -1, BELL, 0, 5), EINVAL, "an unknown size");
	ktap_eq(bell(vmm, 1, -1, BELL, VALUE, HVEMU_DOORBELL_DWORD), 0,
		"a doorbell");
	ktap_eq(bell(vmm, 1, -1, BELL, VALUE, HVEMU_DOORBELL_DWORD), EEXIST,
		"an id that is used");
	ktap_eq(bell(vmm, 2, -1, BELL_ANY, 0, HVEMU_DOORBELL_ANY_VALUE), 0,
		"a doorbell for any write");
	ktap_eq(connect_to(vmm, 3, HVEMU_TO_USER, -1, 0), 0, "another connection");

	bare_start(vp, guest_rings, 0);
	expect_mmio(vp, 4, VALUE + 1);
	expect_mmio(vp, 2, VALUE);
	ktap_ok(bare_run(vp) == BARE_SYNC, "the guest has rung");
	ktap_eq(ioctl(vmm->fd, HVEMU_DISCONNECT_PORT, 1), 0, "disconnect");
	expect_mmio(vp, 4, VALUE);
	ktap_ok(bare_run(vp) == BARE_DONE, "the guest came to its end");
}

static void test_far(void)
{
	struct vmm from, to;

	synic_create(&from, 1);
	synic_create(&to, 1);
	ktap_eq(port(&to, 1), 0, "a port in another VM");
	ktap_eq(bell(&from, 1, to.fd, BELL, VALUE, HVEMU_DOORBELL_DWORD), 0,
		"a doorbell there");
	bare_start(&to.vp[0], guest_far, 0);
	ktap_ok(bare_run(&to.vp[0]) == BARE_SYNC, "it waits");
	bare_start(&from.vp[0], guest_writes, 0);
	ktap_ok(bare_run(&from.vp[0]) == BARE_DONE, "the other rings");
	ktap_ok(bare_run(&to.vp[0]) == BARE_DONE, "it has heard");
	vmm_destroy(&to);
	bare_start(&from.vp[0], guest_writes, 0);
	ktap_ok(bare_run(&from.vp[0]) == BARE_DONE,
		"a bell whose VM has gone takes the write");
	vmm_destroy(&from);
}

int main(void)
{
	struct vmm vmm;

	ktap_start(50);
	synic_create(&vmm, 1);
	if (!vmm_has_ports(&vmm))
		ktap_skip_all("%s has no ports", vmm_device());
	test_bells(&vmm);
	vmm_destroy(&vmm);
	test_far();
	return ktap_finish();
}
