// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a scene of the bench: the guest's loop around each row, the VMM around
 * the guest, and the memory of objects.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "synic.h"

#define MEM_VMS		48
#define MEM_VPS		48
#define END_VEC		0xf0
#define VMX_COUNTER	"/sys/module/hvemu/parameters/vmx_insns"

static const struct bench_scene *the_scene;
static bool wanted[BENCH_MAX_ROWS + 1];
static volatile uint64_t ticks[BENCH_MAX_ROWS + 1], peers_up, over;
volatile uint64_t bench_timed;

/* Guest half */

static uint64_t batch(const struct bench_row *row, unsigned int rounds)
{
	uint64_t start, total;
	unsigned int i;

	bench_timed = 0;
	start = rdtsc();
	for (i = 0; i < rounds; i++)
		row->once();
	total = rdtsc() - start;
	return row->self_timed ? bench_timed : total;
}

static uint64_t measure(const struct bench_row *row, unsigned int at)
{
	unsigned int rounds = row->rounds ? row->rounds : BENCH_ROUNDS, i;
	uint64_t t, best = BENCH_NONE;

	if (row->begin && !row->begin())
		return BENCH_NONE;
	for (i = 0; i < BENCH_BATCHES; i++) {
		t = batch(row, rounds);
		if (t < best)
			best = t;
	}
	/* the VMM reads its counter before and after */
	g_sync(at);
	batch(row, rounds);
	g_sync(at);
	if (row->end)
		row->end();
	return best / rounds;
}

static void do_nothing(void)
{
}

static void guest_main(uint64_t vp)
{
	static const struct bench_row nothing = { .once = do_nothing };
	const struct bench_scene *scene = the_scene;
	unsigned int i;

	if (scene->xapic)
		*(volatile uint32_t *)(uintptr_t)(APIC_BASE + APIC_SPIV) =
			APIC_SPIV_ENABLE | 0xff;
	else
		guest_x2apic_enable();
	if (vp) {
		__sync_fetch_and_add(&peers_up, 1);
		while (!over)
			safe_halt();
		return;
	}
	while (peers_up + 1 < scene->nr_run)
		cpu_pause();
	wrmsr(HV_X64_MSR_GUEST_OS_ID, BENCH_OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, BENCH_HCALL_PAGE | HV_MSR_ENABLE);
	irq_on();
	if (scene->begin)
		scene->begin();
	for (i = 0; i < scene->nr_rows; i++)
		ticks[i] = wanted[i] ? measure(&scene->rows[i], i) : BENCH_NONE;
	ticks[i] = measure(&nothing, i);
	irq_off();
	over = 1;
	if (scene->nr_run > 1)
		x2apic_icr(0, END_VEC | APIC_ICR_OTHERS | APIC_ICR_ASSERT);
}

static void on_end(struct guest_regs *regs)
{
	x2apic_eoi();
}

/* VMM half */

static uint64_t vmx_insns(void)
{
	unsigned long long n = BENCH_NONE;
	FILE *f = fopen(VMX_COUNTER, "r");

	if (!f)
		return n;
	if (fscanf(f, "%llu", &n) != 1)
		errx(1, VMX_COUNTER ": no number");
	fclose(f);
	return n;
}

struct counts {
	uint64_t before;
	bool open;
	uint64_t vmx[BENCH_MAX_ROWS + 1];
};

/* The guest is at one end of the batch that is counted. */
static void count(struct counts *c, uint64_t row)
{
	if (row > BENCH_MAX_ROWS)
		errx(1, "row %lu", row);
	if (!c->open)
		c->before = vmx_insns();
	else if (c->before != BENCH_NONE)
		c->vmx[row] = vmx_insns() - c->before;
	c->open = !c->open;
}

static void *run_vp(void *arg)
{
	struct vp *vp = arg;
	enum bare_stop stop;
	char text[200];

	for (;;) {
		stop = bare_run(vp);
		if (stop == BARE_DONE)
			return NULL;
		if (stop == BARE_SYNC && vp->priv)
			count(vp->priv, bare_stage(vp));
		if (stop == BARE_EINTR || stop == BARE_SYNC)
			continue;
		if (stop != BARE_EXIT)
			errx(1, "%s: the guest failed", the_scene->name);
		if (vp->run->exit_reason == KVM_EXIT_IO ||
		    vp->run->exit_reason == KVM_EXIT_MMIO)
			continue;
		if (the_scene->serve && the_scene->serve(vp))
			continue;
		vp_describe_exit(vp, text, sizeof(text));
		errx(1, "%s: %s", the_scene->name, text);
	}
}

static void run_guest(struct vmm *vmm, struct counts *counts)
{
	unsigned int i;

	for (i = 0; i < the_scene->nr_run; i++)
		bare_start(&vmm->vp[i], guest_main, i);
	vmm->vp[0].priv = counts;
	for (i = 1; i < the_scene->nr_run; i++)
		if (pthread_create(&vmm->vp[i].thread, NULL, run_vp, &vmm->vp[i]))
			errx(1, "cannot start a thread");
	run_vp(&vmm->vp[0]);
	for (i = 1; i < the_scene->nr_run; i++)
		pthread_join(vmm->vp[i].thread, NULL);
}

/* What one round costs; 0 rather than less. */
static uint64_t less(uint64_t a, uint64_t b)
{
	if (a == BENCH_NONE || b == BENCH_NONE)
		return BENCH_NONE;
	return a > b ? a - b : 0;
}

static bool device_is_kvm(void)
{
	int dev = vmm_open_device(vmm_device());
	bool is = vmm_device_is_kvm(dev);

	close(dev);
	return is;
}

void bench_scene_run(const struct bench_scene *scene, const char *only,
		     struct bench_cost *loop, struct bench_cost *cost)
{
	struct counts counts = {};
	unsigned int i, n = scene->nr_rows;
	struct vmm vmm;
	bool any = false;

	if (n > BENCH_MAX_ROWS || !scene->nr_run || scene->nr_run > scene->nr_vps)
		errx(1, "%s: bad scene", scene->name);
	/* these become the guest's when it is loaded */
	the_scene = scene;
	guest_handlers[END_VEC] = on_end;
	memset(counts.vmx, 0xff, sizeof(counts.vmx));
	loop->ticks = loop->vmx = BENCH_NONE;
	for (i = 0; i < n; i++) {
		cost[i] = *loop;
		wanted[i] = !only || strstr(scene->rows[i].name, only);
		any |= wanted[i];
	}
	if (!any)
		return;

	if (scene->own_synic && !device_is_kvm())
		synic_create(&vmm, scene->nr_vps);
	else
		bare_create(&vmm, scene->nr_vps, 0);
	if (vmm_cap(&vmm, KVM_CAP_HYPERV) <= 0)
		errx(KTAP_SKIP, "%s has no Hyper-V interface", vmm_device());
	if (!scene->prepare || scene->prepare(&vmm)) {
		run_guest(&vmm, &counts);
		loop->ticks = guest_var(&vmm, ticks[n]);
		loop->vmx = counts.vmx[n];
		for (i = 0; i < n; i++) {
			const struct bench_row *row = &scene->rows[i];
			unsigned int rounds = row->rounds ? row->rounds : BENCH_ROUNDS;

			cost[i].ticks = less(guest_var(&vmm, ticks[i]), loop->ticks);
			cost[i].vmx = less(counts.vmx[i], loop->vmx);
			if (cost[i].vmx != BENCH_NONE)
				cost[i].vmx = (cost[i].vmx + rounds / 2) / rounds;
		}
	}
	vmm_destroy(&vmm);
}

/* Over many objects, because free memory is known to a page or so. */
void bench_memory(uint64_t *vm_bytes, uint64_t *vp_bytes)
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
	*vm_bytes = start > with_vms ? (start - with_vms) * 1024 / MEM_VMS : 0;
	*vp_bytes = with_vms > with_vps ? (with_vms - with_vps) * 1024 / MEM_VPS : 0;
	close(dev);
}
