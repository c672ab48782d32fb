// SPDX-License-Identifier: GPL-2.0
/*
 * PIC, IOAPIC and PIT in the kernel: KVM_CREATE_IRQCHIP, KVM_CREATE_PIT2 and
 * what goes with them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bare.h"

#define CHECK(call, error, what) ({					\
	int ret_ = (call), errno_ = ret_ < 0 ? errno : 0;		\
									\
	ktap_eq(errno_, error, what);					\
})

#define PIC_M		0x20
#define PIC_S		0xa0
#define ELCR		0x4d0
#define BASE_M		0x40	/* vectors of the PICs */
#define BASE_S		0x48
#define VEC_LEVEL	0x61
#define VEC_EDGE	0x71
#define VEC_PIT		0x81
#define PIN_LEVEL	10
#define PIN_EDGE	5
#define PIN_RESAMPLE	11
#define RTE_LEVEL	(1ull << 15)
#define RTE_REMOTE_IRR	(1ull << 14)
#define RTE_MASKED	(1ull << 16)

static struct vmm vmm;
static struct vp *vp;

/* The guest's half */

static volatile uint64_t irqs[NR_VECTORS], order[8], nr_order;

/* A line that stays high interrupts for ever: mask it after that many. */
#define ENOUGH	3

static void on_pic(struct guest_regs *regs)
{
	irqs[regs->vector]++;
	if (regs->vector == BASE_M + 5 && irqs[regs->vector] == ENOUGH)
		outb(PIC_M + 1, 1 << 5);
	if (nr_order < ARRAY_SIZE(order))
		order[nr_order++] = regs->vector;
	if (regs->vector >= BASE_S)
		outb(PIC_S, 0x20);
	outb(PIC_M, 0x20);
}

static void pic_init(uint8_t mask_m, uint8_t mask_s)
{
	outb(PIC_M, 0x11);
	outb(PIC_S, 0x11);
	outb(PIC_M + 1, BASE_M);
	outb(PIC_S + 1, BASE_S);
	outb(PIC_M + 1, 4);
	outb(PIC_S + 1, 2);
	outb(PIC_M + 1, 1);
	outb(PIC_S + 1, 1);
	outb(PIC_M + 1, mask_m);
	outb(PIC_S + 1, mask_s);
}

static void ioapic_write(uint32_t reg, uint32_t val)
{
	*(volatile uint32_t *)IOAPIC_BASE = reg;
	*(volatile uint32_t *)(IOAPIC_BASE + 0x10ul) = val;
}

static uint32_t ioapic_read(uint32_t reg)
{
	*(volatile uint32_t *)IOAPIC_BASE = reg;
	return *(volatile uint32_t *)(IOAPIC_BASE + 0x10ul);
}

static void entry_write(unsigned int pin, uint64_t entry)
{
	ioapic_write(0x11 + 2 * pin, entry >> 32);
	ioapic_write(0x10 + 2 * pin, entry);
}

static uint64_t entry_read(unsigned int pin)
{
	return ioapic_read(0x10 + 2 * pin) |
	       (uint64_t)ioapic_read(0x11 + 2 * pin) << 32;
}

static void on_apic(struct guest_regs *regs)
{
	irqs[regs->vector]++;
	if (regs->vector == VEC_LEVEL && irqs[regs->vector] == ENOUGH)
		entry_write(PIN_LEVEL, VEC_LEVEL | RTE_LEVEL | RTE_MASKED);
	x2apic_eoi();
}

static void handlers(void)
{
	unsigned int i;

	guest_x2apic_enable();
	for (i = 0; i < 16; i++)
		guest_handlers[BASE_M + i] = on_pic;
	guest_handlers[VEC_LEVEL] = on_apic;
	guest_handlers[VEC_EDGE] = on_apic;
	guest_handlers[VEC_PIT] = on_apic;
}

static void take_irqs(void)
{
	irq_on();
	irq_off();
}

/* Before each g_sync() interrupts are off; the host moves lines meanwhile. */
static void guest_pic(uint64_t strict)
{
	handlers();
	pic_init(0, 0);
	g_eq(inb(PIC_M + 1), 0, "PIC: the mask reads back");
	g_sync(1);	/* GSI 3 and 12 pulse */
	g_eq(inb(PIC_M), 1 << 3 | 1 << 2, "PIC: the requests are there");
	take_irqs();
	take_irqs();
	g_eq(nr_order, 2, "PIC: both come with LINT0 as ExtINT");
	g_eq(order[0], BASE_S + 4, "PIC: the slave's first, by priority");
	g_eq(order[1], BASE_M + 3, "PIC: then the master's");
	g_eq(x2apic_read(APIC_ISR + 0x20), 0, "PIC: they never are in the LAPIC");

	outb(PIC_M + 1, 0x08);
	g_sync(2);	/* GSI 3 pulses, and says that it is masked */
	take_irqs();
	g_eq(nr_order, 2, "PIC: a masked input waits");
	outb(PIC_M + 1, 0);
	take_irqs();
	g_eq(nr_order, 3, "PIC: and comes when unmasked");

	outb(ELCR, 1 << 5);
	g_eq(inb(ELCR), 1 << 5, "PIC: level triggered input");
	g_sync(3);	/* GSI 5 rises */
	safe_halt();
	g_eq(irqs[BASE_M + 5], ENOUGH, "PIC: it ends HLT, and comes again while it is high");
	g_sync(4);	/* GSI 5 falls */
	outb(PIC_M + 1, 0);
	take_irqs();
	g_eq(irqs[BASE_M + 5], ENOUGH, "PIC: no more when it fell");
	outb(ELCR, 0);

	x2apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	g_sync(5);	/* GSI 6 pulses */
	take_irqs();
	g_eq(irqs[BASE_M + 6], 0, "PIC: nothing while LINT0 is masked");
	g_eq(inb(PIC_M), 1 << 6, "PIC: but the request is there");
	x2apic_write(APIC_LVT_LINT0, 0x700);
	take_irqs();
	/* KVM looks again when INTR rises the next time only */
	if (strict)
		g_eq(irqs[BASE_M + 6], 1, "PIC: it comes when LINT0 is unmasked");
}

static void guest_ioapic(uint64_t arg)
{
	handlers();
	pic_init(0xff, 0xff);
	g_eq(ioapic_read(1) & 0xff00ff, 0x170011, "IOAPIC: version and pins");
	g_eq(entry_read(PIN_EDGE) & RTE_MASKED, RTE_MASKED, "IOAPIC: masked at first");
	g_sync(1);	/* PIN_EDGE pulses: nobody takes it */
	entry_write(PIN_EDGE, VEC_EDGE);
	entry_write(PIN_LEVEL, VEC_LEVEL | RTE_LEVEL);
	take_irqs();
	g_eq(irqs[VEC_EDGE], 0, "IOAPIC: an edge while masked is lost");
	g_sync(2);	/* PIN_EDGE pulses twice */
	take_irqs();
	g_eq(irqs[VEC_EDGE], 1, "IOAPIC: an edge interrupts");
	g_sync(3);	/* PIN_LEVEL rises */
	g_eq(entry_read(PIN_LEVEL), VEC_LEVEL | RTE_LEVEL | RTE_REMOTE_IRR,
	     "IOAPIC: remote IRR is set until the EOI");
	safe_halt();
	g_eq(irqs[VEC_LEVEL], ENOUGH, "IOAPIC: a level ends HLT, and comes again after its EOI");
	g_sync(4);	/* PIN_LEVEL falls */
	entry_write(PIN_LEVEL, VEC_LEVEL | RTE_LEVEL);
	take_irqs();
	g_eq(irqs[VEC_LEVEL], ENOUGH, "IOAPIC: no more when it fell");
	irqs[VEC_LEVEL] = 0;
	g_eq(entry_read(PIN_LEVEL), VEC_LEVEL | RTE_LEVEL, "IOAPIC: remote IRR is clear");
	/* an EOI by the other register ends it as well */
	entry_write(PIN_RESAMPLE, VEC_LEVEL | RTE_LEVEL);
	g_sync(5);	/* eventfd of PIN_RESAMPLE */
	take_irqs();
	g_eq(irqs[VEC_LEVEL], 1, "resampling irqfd: one interrupt");
	take_irqs();
	g_eq(irqs[VEC_LEVEL], 1, "resampling irqfd: the EOI lowered the line");
	g_sync(6);
	take_irqs();
	g_eq(irqs[VEC_LEVEL], 2, "resampling irqfd: the next one comes");
	entry_write(PIN_RESAMPLE, RTE_MASKED);
	entry_write(PIN_LEVEL, RTE_MASKED);
	entry_write(PIN_EDGE, RTE_MASKED);
}

static void pit_program(unsigned int counter, unsigned int mode, unsigned int count)
{
	outb(0x43, counter << 6 | 3 << 4 | mode << 1);
	outb(0x40 + counter, count & 0xff);
	outb(0x40 + counter, count >> 8);
}

static uint64_t ten_ms(void)
{
	uint64_t t = rdtsc();

	pit_program(2, 0, 11932);
	while (!(inb(0x61) & 0x20))
		;
	return rdtsc() - t;
}

static void guest_pit(uint64_t arg)
{
	unsigned int first, second;
	uint64_t t0, t1;

	handlers();
	/* what calibrates a TSC: counter 2 for 10 ms, twice */
	outb(0x61, (inb(0x61) & ~2) | 1);
	pit_program(2, 0, 11932);
	g_eq(inb(0x61) & 0x20, 0, "PIT: the output of counter 2 is low while it counts");
	t0 = ten_ms();
	t1 = ten_ms();
	g_ok(t0 < t1 * 2 && t1 < t0 * 2, "PIT: 10 ms are 10 ms");
	pit_program(2, 2, 0);
	outb(0x43, 0x80);
	first = inb(0x42);
	first |= inb(0x42) << 8;
	outb(0x43, 0x80);
	second = inb(0x42);
	second |= inb(0x42) << 8;
	g_ok(second <= first, "PIT: a latched count goes down");
	outb(0x43, 0xe8);
	g_eq(inb(0x42) & 0x3f, 3 << 4 | 2 << 1, "PIT: status of counter 2");

	pic_init(0xfe, 0xff);
	pit_program(0, 2, 11932);
	while (irqs[BASE_M] < 5)
		safe_halt();
	g_ok(true, "PIT: interrupts by the PIC end HLT");
	outb(PIC_M + 1, 0xff);
	entry_write(arg, VEC_PIT);
	while (irqs[VEC_PIT] < 5)
		safe_halt();
	g_ok(true, "PIT: and by the IOAPIC");
	entry_write(arg, RTE_MASKED);
	/* one shot; what was requested while masked merges with it */
	irqs[BASE_M] = 0;
	pit_program(0, 0, 1193);
	ten_ms();
	outb(PIC_M + 1, 0xfe);
	irq_on();
	ten_ms();
	irq_off();
	g_eq(irqs[BASE_M], 1, "PIT: mode 0 interrupts once");
}

/* The VMM's half */

static int set_line(unsigned int gsi, unsigned int level)
{
	struct kvm_irq_level l = { .irq = gsi, .level = level };

	if (ioctl(vmm.fd, KVM_IRQ_LINE_STATUS, &l))
		return -2;
	return l.status;
}

static int pulse(unsigned int gsi)
{
	int r = set_line(gsi, 1);

	set_line(gsi, 0);
	return r;
}

static void start(guest_fn fn, uint64_t arg)
{
	bare_create(&vmm, 1, BARE_CHIPS);
	vp = &vmm.vp[0];
	bare_start(vp, fn, arg);
}

static void until(unsigned int stage)
{
	if (bare_run(vp) != BARE_SYNC || bare_stage(vp) != stage)
		ktap_bail("the guest does not reach stage %u", stage);
}

static void finish(const char *what)
{
	ktap_ok(bare_run(vp) == BARE_DONE, "%s: the guest came to its end", what);
	vmm_destroy(&vmm);
}

static void test_pic(void)
{
	struct kvm_irq_level l = { .irq = 5, .level = 1 };
	bool strict;

	vmm_create(&vmm, vmm_device());
	strict = !vmm.is_kvm;
	vmm_destroy(&vmm);
	start(guest_pic, strict);
	until(1);
	ktap_eq(pulse(3), 1, "IRQ_LINE_STATUS: taken");
	ktap_eq(pulse(3), 0, "IRQ_LINE_STATUS: was pending");
	pulse(12);
	until(2);
	ktap_eq(pulse(3), -1, "IRQ_LINE_STATUS: masked");
	until(3);
	ktap_eq(ioctl(vmm.fd, KVM_IRQ_LINE, &l), 0, "IRQ_LINE");
	until(4);
	set_line(5, 0);
	until(5);
	pulse(6);
	finish("PIC");
}

static int irqfd(int fd, int resamplefd, unsigned int gsi, unsigned int flags)
{
	struct kvm_irqfd req = {
		.fd = fd, .gsi = gsi, .flags = flags, .resamplefd = resamplefd,
	};

	return ioctl(vmm.fd, KVM_IRQFD, &req);
}

static void test_ioapic(void)
{
	int fd = eventfd(0, 0), resamplefd = eventfd(0, 0);

	start(guest_ioapic, 0);
	until(1);
	ktap_eq(pulse(PIN_EDGE), -1, "IRQ_LINE_STATUS: masked in both controllers");
	until(2);
	ktap_eq(pulse(PIN_EDGE), 1, "IRQ_LINE_STATUS: one LAPIC took it");
	if (!vmm.is_kvm) /* says 1 where the processor delivers */
		ktap_eq(pulse(PIN_EDGE), 0, "IRQ_LINE_STATUS: coalesced");
	until(3);
	ktap_eq(set_line(PIN_LEVEL, 1), 1, "IRQ_LINE_STATUS: a level");
	until(4);
	set_line(PIN_LEVEL, 0);
	until(5);
	CHECK(irqfd(fd, -1, PIN_RESAMPLE, KVM_IRQFD_FLAG_RESAMPLE), EBADF,
	      "IRQFD: RESAMPLE without an eventfd");
	CHECK(irqfd(fd, resamplefd, PIN_RESAMPLE, KVM_IRQFD_FLAG_RESAMPLE), 0,
	      "IRQFD: RESAMPLE");
	event_signal(&vmm, fd);
	ktap_eq(event_count(resamplefd), 0, "resampling irqfd: no event before the EOI");
	until(6);
	ktap_eq(event_count(resamplefd), 1, "resampling irqfd: the EOI is an event");
	event_signal(&vmm, fd);
	finish("IOAPIC");
	ktap_eq(event_count(resamplefd), 1, "resampling irqfd: and so is the next");
	close(fd);
	close(resamplefd);
}

static void test_pit(void)
{
	struct kvm_pit_config config = { .flags = KVM_PIT_SPEAKER_DUMMY };
	struct kvm_reinject_control control = { .pit_reinject = 1 };

	start(guest_pit, 0);
	CHECK(ioctl(vmm.fd, KVM_CREATE_PIT2, &config), 0, "CREATE_PIT2");
	CHECK(ioctl(vmm.fd, KVM_CREATE_PIT2, &config), EEXIST, "CREATE_PIT2 again");
	CHECK(ioctl(vmm.fd, KVM_REINJECT_CONTROL, &control), 0, "REINJECT_CONTROL");
	finish("PIT with reinjection");
	start(guest_pit, 2);
	ioctl(vmm.fd, KVM_CREATE_PIT2, &config);
	control.pit_reinject = 0;
	ioctl(vmm.fd, KVM_REINJECT_CONTROL, &control);
	{
		struct { struct kvm_irq_routing head; struct kvm_irq_routing_entry e[2]; } t = {
			.head.nr = 2,
			.e = {
				{ .gsi = 0, .type = KVM_IRQ_ROUTING_IRQCHIP,
				  .u.irqchip = { .irqchip = KVM_IRQCHIP_PIC_MASTER } },
				{ .gsi = 0, .type = KVM_IRQ_ROUTING_IRQCHIP,
				  .u.irqchip = { .irqchip = KVM_IRQCHIP_IOAPIC, .pin = 2 } },
			},
		};

		CHECK(ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &t), 0, "GSI 0 to pin 2, as on PCs");
	}
	finish("PIT without reinjection");
}

static int route(unsigned int type, unsigned int chip, unsigned int pin, unsigned int flags)
{
	struct { struct kvm_irq_routing head; struct kvm_irq_routing_entry e[1]; } t = {
		.head.nr = 1,
		.e = { { .gsi = 7, .type = type, .flags = flags,
			 .u.irqchip = { .irqchip = chip, .pin = pin } } },
	};

	return ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &t);
}

static void test_routes(void)
{
	struct { struct kvm_irq_routing head; struct kvm_irq_routing_entry e[2]; } t = {
		.head.nr = 2,
		.e = {
			{ .gsi = 7, .type = KVM_IRQ_ROUTING_IRQCHIP,
			  .u.irqchip = { .irqchip = KVM_IRQCHIP_IOAPIC, .pin = 7 } },
			{ .gsi = 7, .type = KVM_IRQ_ROUTING_MSI,
			  .u.msi = { .address_lo = APIC_BASE, .data = 0x51 } },
		},
	};

	CHECK(ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &t), EINVAL, "route: an MSI beside a pin");
	t.e[1] = t.e[0];
	CHECK(ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &t), EINVAL, "route: one controller twice");
	CHECK(route(KVM_IRQ_ROUTING_IRQCHIP, KVM_IRQCHIP_IOAPIC, 24, 0), EINVAL,
	      "route: IOAPIC pin 24");
	CHECK(route(KVM_IRQ_ROUTING_IRQCHIP, KVM_IRQCHIP_PIC_SLAVE, 8, 0), EINVAL,
	      "route: PIC pin 8");
	CHECK(route(KVM_IRQ_ROUTING_IRQCHIP, 3, 0, 0), EINVAL, "route: no such controller");
	CHECK(route(KVM_IRQ_ROUTING_IRQCHIP, KVM_IRQCHIP_IOAPIC, 0, 1), EINVAL, "route: flags");
	CHECK(route(KVM_IRQ_ROUTING_IRQCHIP, KVM_IRQCHIP_PIC_SLAVE, 7, 0), 0, "route: a pin");
	ktap_eq(set_line(7, 1), 1, "IRQ_LINE_STATUS: by that route");
	set_line(7, 0);
	ktap_eq(set_line(8, 1), -1, "IRQ_LINE_STATUS: a GSI without route");
	ktap_eq(set_line(~0u, 1), -1, "IRQ_LINE_STATUS: no such GSI");
}

static void test_arguments(void)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };
	struct kvm_interrupt interrupt = { .irq = 32 };
	struct kvm_pit_config config = { 0 };
	struct kvm_pit_state2 pit;
	struct kvm_irq_level l = { .irq = 1 };

	vmm_create(&vmm, vmm_device());
	CHECK(ioctl(vmm.fd, KVM_GET_IRQCHIP, &chip), ENXIO, "GET_IRQCHIP without one");
	CHECK(ioctl(vmm.fd, KVM_SET_IRQCHIP, &chip), ENXIO, "SET_IRQCHIP without one");
	CHECK(ioctl(vmm.fd, KVM_IRQ_LINE, &l), ENXIO, "IRQ_LINE without one");
	CHECK(ioctl(vmm.fd, KVM_CREATE_PIT2, &config), ENOENT, "CREATE_PIT2 without one");
	CHECK(ioctl(vmm.fd, KVM_GET_PIT2, &pit), ENXIO, "GET_PIT2 without one");
	vmm_split_irqchip(&vmm);
	CHECK(ioctl(vmm.fd, KVM_CREATE_IRQCHIP, 0), EEXIST, "CREATE_IRQCHIP after SPLIT");
	CHECK(ioctl(vmm.fd, KVM_GET_IRQCHIP, &chip), ENXIO, "GET_IRQCHIP with split");
	CHECK(route(KVM_IRQ_ROUTING_IRQCHIP, KVM_IRQCHIP_IOAPIC, 0, 0), EINVAL,
	      "route: a pin with split");
	vmm_destroy(&vmm);
	vmm_create(&vmm, vmm_device());
	vmm_add_vp(&vmm);
	CHECK(ioctl(vmm.fd, KVM_CREATE_IRQCHIP, 0), EINVAL, "CREATE_IRQCHIP after a vCPU");
	vmm_destroy(&vmm);

	bare_create(&vmm, 1, BARE_CHIPS);
	CHECK(ioctl(vmm.fd, KVM_CREATE_IRQCHIP, 0), EEXIST, "CREATE_IRQCHIP again");
	ktap_eq(vmm_enable_cap(vmm.fd, KVM_CAP_SPLIT_IRQCHIP, 24), -EEXIST, "SPLIT after it");
	CHECK(ioctl(vmm.vp[0].fd, KVM_INTERRUPT, &interrupt), ENXIO, "INTERRUPT with a PIC");
	chip.chip_id = 3;
	CHECK(ioctl(vmm.fd, KVM_GET_IRQCHIP, &chip), EINVAL, "GET_IRQCHIP: no such chip");
	CHECK(ioctl(vmm.fd, KVM_SET_IRQCHIP, &chip), EINVAL, "SET_IRQCHIP: no such chip");
	CHECK(ioctl(vmm.fd, KVM_SET_IRQCHIP, -1ul), EFAULT, "SET_IRQCHIP: bad pointer");
	CHECK(ioctl(vmm.fd, KVM_REINJECT_CONTROL, -1ul), EFAULT, "REINJECT_CONTROL: bad pointer");
	CHECK(ioctl(vmm.fd, KVM_GET_PIT2, &pit), ENXIO, "GET_PIT2 without PIT");
	test_routes();
	vmm_destroy(&vmm);
}

/* What was read is written into another VM and read there again. */
static void test_state(void)
{
	struct kvm_irqchip saved[3], again;
	struct kvm_pit_config config = { 0 };
	struct kvm_pit_state2 pit, pit2;
	unsigned int i;

	start(guest_ioapic, 0);
	ioctl(vmm.fd, KVM_CREATE_PIT2, &config);
	until(1);
	until(2);
	set_line(PIN_LEVEL, 1);
	set_line(3, 1);
	memset(saved, 0, sizeof(saved));
	for (i = 0; i < 3; i++) {
		saved[i].chip_id = i;
		xioctl(vmm.fd, KVM_GET_IRQCHIP, &saved[i]);
	}
	xioctl(vmm.fd, KVM_GET_PIT2, &pit);
	ktap_eq(saved[0].chip.pic.irq_base, BASE_M, "GET_IRQCHIP: base of the master");
	ktap_eq(saved[0].chip.pic.imr, 0xff, "GET_IRQCHIP: its mask");
	ktap_eq(saved[0].chip.pic.irr, 1 << 3, "GET_IRQCHIP: its requests");
	ktap_eq(saved[2].chip.ioapic.redirtbl[PIN_LEVEL].bits,
		VEC_LEVEL | RTE_LEVEL | RTE_REMOTE_IRR, "GET_IRQCHIP: an entry of the IOAPIC");
	vmm_destroy(&vmm);

	bare_create(&vmm, 1, BARE_CHIPS);
	ioctl(vmm.fd, KVM_CREATE_PIT2, &config);
	pit.channels[2].count = 0x1234;
	for (i = 0; i < 3; i++) {
		xioctl(vmm.fd, KVM_SET_IRQCHIP, &saved[i]);
		memset(&again, 0, sizeof(again));
		again.chip_id = i;
		xioctl(vmm.fd, KVM_GET_IRQCHIP, &again);
		ktap_ok(!memcmp(&again.chip, &saved[i].chip,
				i < 2 ? sizeof(again.chip.pic) : sizeof(again.chip.ioapic)),
			"SET_IRQCHIP: chip %u is as it was", i);
	}
	xioctl(vmm.fd, KVM_SET_PIT2, &pit);
	xioctl(vmm.fd, KVM_GET_PIT2, &pit2);
	ktap_eq(pit2.channels[2].count, 0x1234, "SET_PIT2: a count");
	vmm_destroy(&vmm);
}

int main(void)
{
	ktap_start(120);
	vmm_create(&vmm, vmm_device());
	if (vmm_cap(&vmm, KVM_CAP_PIT2) <= 0 || vmm_cap(&vmm, KVM_CAP_IRQ_INJECT_STATUS) <= 0)
		ktap_skip_all("no PIC and PIT in this kernel");
	vmm_destroy(&vmm);
	test_arguments();
	test_pic();
	test_ioapic();
	test_pit();
	test_state();
	return ktap_finish();
}
