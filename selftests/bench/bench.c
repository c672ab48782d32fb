// SPDX-License-Identifier: GPL-2.0
/*
 * bench [DEVICE [DEVICE]]: cost of the common exits in TSC ticks an operation,
 * as the guest itself sees it, and the kernel memory of a VM and of a VP. The
 * same guest code and the same VMM for each device; with two, the first is
 * compared with the second: an exit finished in the VMX window should cost at
 * most a fifth of KVM's, one that goes to user space at most half, and nothing
 * more than KVM's. -c: exit status 1 when that is not so.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define HYPERCALL_PAGE	(BARE_FREE + 0x10000)
#define OS_ID		0x8100000000000001ull
#define UNKNOWN_CALL	0x3ff
#define BENCH_PORT	0x80
#define VEC		0x41
#define ROUNDS		200
#define BATCHES		7	/* the best counts: the others met a host interrupt */
#define MEM_VMS		48
#define MEM_VPS		48

enum op {
	OP_LOOP, OP_CPUID, OP_HYPERCALL, OP_REF_COUNT, OP_X2APIC_EOI, OP_HV_EOI,
	OP_SELF_IPI, OP_TIMER_ARM, OP_TIMER_PAST, OP_IPI_HLT, OP_PIO, OP_MMIO, NR_OPS,
};

static const struct op_info {
	const char *name;
	unsigned int percent;	/* of KVM's cost that is allowed; 0 = not compared */
} ops[NR_OPS] = {
	[OP_LOOP] = { "empty loop", 0 },
	[OP_CPUID] = { "CPUID", 20 },
	[OP_HYPERCALL] = { "null hypercall", 20 },
	[OP_REF_COUNT] = { "TIME_REF_COUNT read", 20 },
	[OP_X2APIC_EOI] = { "x2APIC EOI", 100 },
	[OP_HV_EOI] = { "Hyper-V EOI", 20 },
	[OP_SELF_IPI] = { "self-IPI, handler, EOI", 100 },
	[OP_TIMER_ARM] = { "TSC deadline, armed", 20 },
	[OP_TIMER_PAST] = { "TSC deadline, past", 100 },
	[OP_IPI_HLT] = { "IPI to a halted VP and back", 100 },
	[OP_PIO] = { "OUT to user space", 50 },
	[OP_MMIO] = { "MMIO write to user space", 50 },
};

struct result {
	const char *device;
	uint64_t ticks[NR_OPS];
	uint64_t vm_bytes, vp_bytes;
};

static volatile uint64_t ticks[NR_OPS], irqs, in_eoi, eoi_msr, peer_irqs, peer_up;

static void on_irq(struct guest_regs *regs)
{
	uint64_t start = rdtsc();

	irqs++;
	wrmsr(eoi_msr, 0);
	in_eoi += rdtsc() - start;
}

static void on_peer_irq(struct guest_regs *regs)
{
	x2apic_eoi();
	peer_irqs++;
}

static void self_ipi(uint32_t eoi)
{
	uint64_t before = irqs;

	eoi_msr = eoi;
	x2apic_write(APIC_SELF_IPI, VEC);
	while (irqs == before)
		cpu_pause();
}

static void ipi_round_trip(void)
{
	uint64_t before = peer_irqs;

	x2apic_icr(1, VEC | APIC_ICR_ASSERT);
	/* the peer is back in HLT when its own HLT exit is over: VMM's side */
	while (peer_irqs == before)
		cpu_pause();
}

static void once(enum op op)
{
	uint32_t out[4];

	switch (op) {
	case OP_CPUID:
		cpuid(0, 0, out);
		break;
	case OP_HYPERCALL:
		hv_call((const void *)HYPERCALL_PAGE, UNKNOWN_CALL | 1 << 16, 0, 0);
		break;
	case OP_REF_COUNT:
		rdmsr(HV_X64_MSR_TIME_REF_COUNT);
		break;
	case OP_X2APIC_EOI:
	case OP_SELF_IPI:
		self_ipi(X2APIC_MSR(APIC_EOI));
		break;
	case OP_HV_EOI:
		self_ipi(HV_X64_MSR_EOI);
		break;
	case OP_TIMER_ARM:
		wrmsr(MSR_TSC_DEADLINE, ~0ull >> 2);
		break;
	case OP_TIMER_PAST:
		eoi_msr = X2APIC_MSR(APIC_EOI);
		wrmsr(MSR_TSC_DEADLINE, 1);
		break;
	case OP_IPI_HLT:
		ipi_round_trip();
		break;
	case OP_PIO:
		outb(BENCH_PORT, 0);
		break;
	case OP_MMIO:
		*(volatile uint32_t *)BARE_NO_RAM = 0;
		break;
	default:
		break;
	}
}

/* The empty loop is subtracted later; in_eoi counts only the EOI itself. */
static void measure(enum op op)
{
	uint64_t start, total, best = ~0ull;
	unsigned int batch, i;

	for (batch = 0; batch < BATCHES; batch++) {
		in_eoi = 0;
		start = rdtsc();
		for (i = 0; i < ROUNDS; i++)
			once(op);
		total = rdtsc() - start;
		if (op == OP_X2APIC_EOI || op == OP_HV_EOI)
			total = in_eoi;
		if (total < best)
			best = total;
	}
	ticks[op] = best / ROUNDS;
}

static void guest_main(uint64_t vp)
{
	uint32_t leaf[4], features[4];
	enum op op;

	guest_x2apic_enable();
	if (vp) {
		guest_handlers[VEC] = on_peer_irq;
		peer_up = 1;
		while (peer_up == 1)
			safe_halt();
		return;
	}
	while (!peer_up)
		cpu_pause();
	guest_handlers[VEC] = on_irq;
	x2apic_write(APIC_LVT_TIMER, VEC | APIC_LVT_DEADLINE);
	cpuid(1, 0, leaf);
	cpuid(HV_CPUID_FEATURES, 0, features);
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, HYPERCALL_PAGE | HV_MSR_ENABLE);
	irq_on();
	for (op = 0; op < NR_OPS; op++) {
		if ((op == OP_TIMER_ARM || op == OP_TIMER_PAST) && !(leaf[2] & 1 << 24))
			continue;
		if (op == OP_HV_EOI && !(features[0] & HV_ACCESS_APIC))
			continue;
		if (op == OP_IPI_HLT)
			/* the peer's own handler runs there, ours is for us */
			guest_handlers[VEC] = on_peer_irq;
		measure(op);
		if (op == OP_TIMER_ARM)
			wrmsr(MSR_TSC_DEADLINE, 0);
	}
	irq_off();
	peer_up = 2;
	x2apic_icr(1, VEC | APIC_ICR_ASSERT);
}

static void *run_vp(void *arg)
{
	struct vp *vp = arg;
	enum bare_stop stop;
	char text[200];

	do {
		stop = bare_run(vp);
	} while (stop == BARE_EINTR ||
		 (stop == BARE_EXIT && (vp->run->exit_reason == KVM_EXIT_IO ||
					vp->run->exit_reason == KVM_EXIT_MMIO)));
	if (stop == BARE_EXIT) {
		vp_describe_exit(vp, text, sizeof(text));
		errx(1, "%s", text);
	}
	if (stop != BARE_DONE)
		errx(1, "the guest failed");
	return NULL;
}

static void run_guest(struct result *r)
{
	struct vmm vmm;
	unsigned int i;

	bare_create(&vmm, 2, 0);
	if (vmm_cap(&vmm, KVM_CAP_HYPERV) <= 0)
		errx(KTAP_SKIP, "%s has no Hyper-V interface", r->device);
	for (i = 0; i < 2; i++)
		bare_start(&vmm.vp[i], guest_main, i);
	if (pthread_create(&vmm.vp[1].thread, NULL, run_vp, &vmm.vp[1]))
		errx(1, "cannot start a thread");
	run_vp(&vmm.vp[0]);
	pthread_join(vmm.vp[1].thread, NULL);
	for (i = 0; i < NR_OPS; i++)
		r->ticks[i] = guest_var(&vmm, ticks[i]);
	vmm_destroy(&vmm);
}

/* Over many objects, because free memory is known to a page or so. */
static void measure_memory(struct result *r)
{
	int dev = vmm_open_device(vmm_device()), vm[MEM_VMS], vp[MEM_VPS];
	long start, with_vms, with_vps;
	unsigned int i, round;

	for (round = 0; round < 2; round++) {	/* the first fills the slab caches */
		start = host_free_kib();
		for (i = 0; i < MEM_VMS; i++)
			vm[i] = xioctl(dev, KVM_CREATE_VM, 0);
		with_vms = host_free_kib();
		if (vmm_enable_cap(vm[0], KVM_CAP_SPLIT_IRQCHIP, IOAPIC_PINS))
			errx(1, "KVM_CAP_SPLIT_IRQCHIP");
		for (i = 0; i < MEM_VPS; i++)
			vp[i] = xioctl(vm[0], KVM_CREATE_VCPU, i);
		with_vps = host_free_kib();
		for (i = 0; i < MEM_VPS; i++)
			close(vp[i]);
		for (i = 0; i < MEM_VMS; i++)
			close(vm[i]);
	}
	/* a negative figure would be a mistake of the measurement: show it as 0 */
	r->vm_bytes = start > with_vms ? (start - with_vms) * 1024 / MEM_VMS : 0;
	r->vp_bytes = with_vms > with_vps ? (with_vms - with_vps) * 1024 / MEM_VPS : 0;
	close(dev);
}

static void bench(struct result *r)
{
	if (access(r->device, R_OK | W_OK))
		err(KTAP_SKIP, "%s", r->device);
	setenv("HVE_DEV", r->device, 1);
	measure_memory(r);
	run_guest(r);
}

static uint64_t cost(const struct result *r, enum op op)
{
	uint64_t loop = op == OP_LOOP ? 0 : r->ticks[OP_LOOP];

	return r->ticks[op] > loop ? r->ticks[op] - loop : 0;
}

/* Returns how many operations cost more than they may. */
static unsigned int print_row(const char *name, uint64_t a, uint64_t b, bool two,
			      unsigned int percent)
{
	/* 2 %: the same device twice differs by as much */
	bool bad = two && percent && a * 100 > b * (percent + 2);

	printf("bench: %-28s %10lu", name, a);
	if (two)
		printf(" %10lu", b);
	if (two && percent && b)
		printf(" %5lu%%  (at most %u%%)%s", a * 100 / b, percent,
		       bad ? "  MISSED" : "");
	putchar('\n');
	return bad;
}

int main(int argc, char **argv)
{
	struct result r[2] = { { .device = vmm_device() } };
	bool check = false, two;
	unsigned int missed = 0;
	enum op op;
	int c;

	while ((c = getopt(argc, argv, "c")) != -1) {
		if (c != 'c')
			errx(1, "usage: bench [-c] [DEVICE [DEVICE]]");
		check = true;
	}
	if (argc - optind > 2)
		errx(1, "usage: bench [-c] [DEVICE [DEVICE]]");
	if (optind < argc)
		r[0].device = argv[optind];
	two = argc - optind == 2;
	if (two)
		r[1].device = argv[optind + 1];
	bench(&r[0]);
	if (two)
		bench(&r[1]);

	printf("bench: %-28s %10s", "TSC ticks an operation", r[0].device);
	if (two)
		printf(" %10s", r[1].device);
	putchar('\n');
	for (op = 0; op < NR_OPS; op++)
		missed += print_row(ops[op].name, cost(&r[0], op), cost(&r[1], op), two,
				    ops[op].percent);
	print_row("kernel bytes a VP", r[0].vp_bytes, r[1].vp_bytes, two, 0);
	print_row("kernel bytes an empty VM", r[0].vm_bytes, r[1].vm_bytes, two, 0);
	if (r[0].vp_bytes >= 200 * KIB || r[0].vm_bytes >= MIB) {
		printf("bench: memory MISSED: below 200 KiB a VP and 1 MiB a VM is wanted\n");
		missed++;
	}
	return check && missed ? 1 : 0;
}
