// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_IRQ_ROUTING_HV_SINT: a GSI that raises the interrupt of a SINT, and an
 * eventfd that hears when the guest is ready for the next one. For VMMs that
 * have the SynIC's pages and ports themselves.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define SINT		3
#define SINT_MSR	(HV_X64_MSR_SINT0 + SINT)
#define VEC		0x63
#define VEC_OTHER	0x73
#define GSI		40
#define GSI_VP1		41
#define GSI_NO_VP	42
#define GSI_NO_SINT	43

static struct vmm vmm;

/* The guest's half */

static volatile uint64_t irqs[NR_VECTORS];

static void on_irq(struct guest_regs *regs)
{
	irqs[regs->vector]++;
	x2apic_eoi();
}

static void on_irq_without_eoi(struct guest_regs *regs)
{
	irqs[regs->vector]++;
}

static void take_irqs(void)
{
	irq_on();
	irq_off();
}

static void guest_sint(uint64_t arg)
{
	guest_x2apic_enable();
	guest_handlers[VEC] = on_irq;
	guest_handlers[VEC_OTHER] = on_irq;
	g_sync(1);	/* the line rises while the SINT is masked */
	wrmsr(SINT_MSR, VEC);
	take_irqs();
	g_eq(irqs[VEC], 0, "what came while masked is lost");
	g_sync(2);	/* it rises and falls */
	take_irqs();
	g_eq(irqs[VEC], 1, "the line of the GSI is the SINT's interrupt");
	g_sync(3);	/* with a resampling irqfd; signalled */
	take_irqs();
	g_eq(irqs[VEC], 2, "the irqfd's signal, too");
	g_sync(4);	/* the EOI was an event */
	wrmsr(HV_X64_MSR_EOM, 0);
	g_sync(5);	/* so was EOM */
	x2apic_write(APIC_SELF_IPI, VEC_OTHER);
	take_irqs();
	g_eq(irqs[VEC_OTHER], 1, "an interrupt of no SINT");
	g_sync(6);	/* nobody was told of its EOI; signalled again */
	guest_handlers[VEC] = on_irq_without_eoi;
	wrmsr(SINT_MSR, VEC | HV_SINT_AUTO_EOI);
	irqs[VEC] = 0;
	g_sync(7);
	take_irqs();
	g_eq(irqs[VEC], 1, "SINT with AutoEOI");
	g_sync(8);	/* no event of it; signalled */
	take_irqs();
	g_eq(irqs[VEC], 2, "the next comes without an EOI");
	wrmsr(HV_X64_MSR_EOM, 0);
	g_sync(9);	/* one event, of EOM */
}

static void guest_other_vp(uint64_t arg)
{
	guest_x2apic_enable();
	guest_handlers[VEC] = on_irq;
	wrmsr(SINT_MSR, VEC);
	g_sync(1);	/* a GSI of this VP */
	take_irqs();
	g_eq(irqs[VEC], 1, "a route names the VP");
	wrmsr(HV_X64_MSR_EOM, 0);
}

static void guest_split(uint64_t arg)
{
	guest_x2apic_enable();
	guest_handlers[VEC] = on_irq;
	wrmsr(SINT_MSR, VEC);
	g_sync(1);	/* an irqfd is signalled */
	take_irqs();
	g_eq(irqs[VEC], 1, "split irqchip: an irqfd reaches the SINT");
}

/* The VMM's half */

#define CHECK(call, error, what) ({					\
	int ret_ = (call), errno_ = ret_ < 0 ? errno : 0;		\
									\
	ktap_eq(errno_, error, what);					\
})

static struct kvm_irq_routing_entry sint_route(unsigned int gsi, unsigned int vp,
					       unsigned int sint)
{
	return (struct kvm_irq_routing_entry){
		.gsi = gsi, .type = KVM_IRQ_ROUTING_HV_SINT,
		.u.hv_sint = { .vcpu = vp, .sint = sint },
	};
}

struct routes {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry e[4];
};

static int set_routes(struct routes *t, unsigned int nr)
{
	t->head.nr = nr;
	return ioctl(vmm.fd, KVM_SET_GSI_ROUTING, t);
}

static int line(unsigned int gsi, unsigned int level)
{
	struct kvm_irq_level l = { .irq = gsi, .level = level };

	return ioctl(vmm.fd, KVM_IRQ_LINE_STATUS, &l) ? -2 : (int)l.status;
}

static int irqfd(int fd, int resamplefd, unsigned int flags)
{
	struct kvm_irqfd req = {
		.fd = fd, .gsi = GSI, .flags = flags, .resamplefd = resamplefd,
	};

	return ioctl(vmm.fd, KVM_IRQFD, &req);
}

/* The SynIC's pages are the VMM's, as QEMU has it. */
static void create(unsigned int nr_vps, unsigned int flags)
{
	unsigned int i;

	bare_create(&vmm, nr_vps, flags | BARE_NO_CPUID);
	for (i = 0; i < nr_vps; i++) {
		if (vmm_enable_cap(vmm.vp[i].fd, KVM_CAP_HYPERV_SYNIC2, 0))
			ktap_bail("KVM_CAP_HYPERV_SYNIC2");
		vp_default_cpuid(&vmm.vp[i], nr_vps);
	}
}

static void until(struct vp *vp, unsigned int stage)
{
	if (bare_run(vp) != BARE_SYNC || bare_stage(vp) != stage)
		ktap_bail("the guest does not reach stage %u", stage);
}

static void test_arguments(void)
{
	struct routes t = { .e[0] = sint_route(GSI, 0, SINT) };

	t.e[0].flags = 1;
	CHECK(set_routes(&t, 1), EINVAL, "route: flags");
	t.e[0].flags = 0;
	t.e[1] = t.e[0];
	CHECK(set_routes(&t, 2), EINVAL, "route: one GSI to two SINTs");
	t.e[1] = (struct kvm_irq_routing_entry){
		.gsi = GSI, .type = KVM_IRQ_ROUTING_MSI,
		.u.msi = { .address_lo = APIC_BASE, .data = 0x51 },
	};
	CHECK(set_routes(&t, 2), EINVAL, "route: an MSI beside a SINT");
	t.e[1] = (struct kvm_irq_routing_entry){
		.gsi = GSI, .type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = { .irqchip = KVM_IRQCHIP_IOAPIC, .pin = 3 },
	};
	CHECK(set_routes(&t, 2), EINVAL, "route: a pin beside a SINT");
	t.e[0] = t.e[1];
	t.e[1] = sint_route(GSI, 0, SINT);
	CHECK(set_routes(&t, 2), EINVAL, "route: a SINT beside a pin");

	t.e[0] = sint_route(GSI, 0, SINT);
	t.e[1] = sint_route(GSI_VP1, 1, SINT);
	t.e[2] = sint_route(GSI_NO_VP, 77, SINT);
	t.e[3] = sint_route(GSI_NO_SINT, 0, 16);
	CHECK(set_routes(&t, 4), 0, "routes to SINTs");
	ktap_eq(line(GSI_NO_VP, 1), -1, "IRQ_LINE_STATUS: no such VP");
	ktap_eq(line(GSI_NO_SINT, 1), -1, "IRQ_LINE_STATUS: no such SINT");
}

static void test_ack(struct vp *vp, int fd, int resamplefd)
{
	until(vp, 3);
	CHECK(irqfd(fd, resamplefd, KVM_IRQFD_FLAG_RESAMPLE), 0,
	      "IRQFD: RESAMPLE");
	event_signal(&vmm, fd);
	ktap_eq(event_count(resamplefd), 0, "no event before the EOI");
	until(vp, 4);
	/* KVM does not see it where the processor ends the interrupt */
	if (vmm.is_kvm)
		event_count(resamplefd);
	else
		ktap_eq(event_count(resamplefd), 1, "the EOI of the SINT's vector is one");
	until(vp, 5);
	ktap_eq(event_count(resamplefd), 1, "EOM is one");
	until(vp, 6);
	ktap_eq(event_count(resamplefd), 0, "the EOI of another vector is none");
	until(vp, 7);
	event_signal(&vmm, fd);
	until(vp, 8);
	ktap_eq(event_count(resamplefd), 0, "AutoEOI is none");
	event_signal(&vmm, fd);
	until(vp, 9);
	ktap_eq(event_count(resamplefd), 1, "but EOM after it is");
}

static void test_full(void)
{
	int fd = eventfd(0, 0), resamplefd = eventfd(0, 0);

	create(2, BARE_CHIPS);
	test_arguments();
	bare_start(&vmm.vp[0], guest_sint, 0);
	until(&vmm.vp[0], 1);
	ktap_eq(line(GSI, 1), -1, "IRQ_LINE_STATUS: masked");
	line(GSI, 0);
	until(&vmm.vp[0], 2);
	ktap_eq(line(GSI, 1), 1, "IRQ_LINE_STATUS: taken");
	ktap_eq(line(GSI, 0), -1, "IRQ_LINE_STATUS: a falling line is nothing");
	test_ack(&vmm.vp[0], fd, resamplefd);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest came to its end");

	guest_var(&vmm, irqs[VEC]) = 0;
	bare_start(&vmm.vp[1], guest_other_vp, 0);
	until(&vmm.vp[1], 1);
	ktap_eq(line(GSI_VP1, 1), 1, "IRQ_LINE_STATUS: VP 1");
	ktap_ok(bare_run(&vmm.vp[1]) == BARE_DONE, "VP 1 came to its end");
	ktap_eq(event_count(resamplefd), 0, "EOI and EOM of another VP are none");
	CHECK(irqfd(fd, -1, KVM_IRQFD_FLAG_DEASSIGN), 0, "IRQFD: DEASSIGN");
	close(fd);
	close(resamplefd);
	vmm_destroy(&vmm);
}

static void test_split(void)
{
	int fd = eventfd(0, 0), resamplefd = eventfd(0, 0);
	struct routes t = { .e[0] = sint_route(GSI, 0, SINT) };

	create(1, 0);
	CHECK(set_routes(&t, 1), 0, "split irqchip: a route to a SINT");
	CHECK(irqfd(fd, resamplefd, KVM_IRQFD_FLAG_RESAMPLE), EINVAL,
	      "split irqchip: no RESAMPLE");
	CHECK(irqfd(fd, -1, 0), 0, "split irqchip: IRQFD");
	bare_start(&vmm.vp[0], guest_split, 0);
	until(&vmm.vp[0], 1);
	event_signal(&vmm, fd);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest came to its end");
	close(fd);
	close(resamplefd);
	vmm_destroy(&vmm);
}

int main(void)
{
	ktap_start(60);
	vmm_create(&vmm, vmm_device());
	if (vmm_cap(&vmm, KVM_CAP_HYPERV_SYNIC2) <= 0 ||
	    vmm_cap(&vmm, KVM_CAP_IRQFD_RESAMPLE) <= 0)
		ktap_skip_all("no SynIC and IOAPIC in this kernel");
	vmm_destroy(&vmm);
	test_full();
	test_split();
	return ktap_finish();
}
