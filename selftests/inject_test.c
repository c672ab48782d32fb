// SPDX-License-Identifier: GPL-2.0
/*
 * inject_test: every allocation and every copy from and to the VMM's memory that an
 * ioctl makes fails once, one after another (fault injection, "fail-nth": kernels
 * built with it only, as `make test-debug` does). A call that failed has changed
 * nothing: made again, it works. A guest whose KVM_RUN failed goes on where it was.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"
#include "image.h"
#include "../include/uapi/hvemu.h"

#define MOST		1500	/* faults in one operation */
#define SMALL_RAM	(64 * KIB)
#define SPARE_GPA	0x100000ul

static int nth_fd;

/* The @nth allocation or copy of this thread fails; 0: none. */
static void arm(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth), tries;

	/* the write to disarm is itself a copy that may be the one to fail */
	for (tries = 0; tries < 3 && pwrite(nth_fd, text, n, 0) != n; tries++)
		;
}

/* Whether it came to that; disarms. */
static bool fired(void)
{
	char text[16] = "";
	/* armed with 1, reading it fails */
	bool left = pread(nth_fd, text, sizeof(text) - 1, 0) <= 0 || atoi(text) > 0;

	arm(0);
	return !left;
}

static void set(const char *what, const char *file, const char *value)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", what, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		ktap_note("%s stays", path);
	close(fd);
}

static bool prepare_faults(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	unsigned int i;

	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		return false;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		set(kinds[i], "ignore-gfp-wait", "N");
		set(kinds[i], "ignore-gfp-highmem", "N");
		set(kinds[i], "min-order", "0");
		set(kinds[i], "verbose", "0");
	}
	return true;
}

/* A VM for one attempt. */
struct ctx {
	struct vmm vmm;
	struct vp *vp;
	int efd, fd;		/* -1: none */
	void *blob;
	uint32_t bytes;
	uint8_t arg[8192] __attribute__((aligned(64)));
};

struct op {
	const char *name;
	unsigned int flags;
	void (*prepare)(struct ctx *c);
	int (*call)(struct ctx *c);
};

#define NO_VP		1u	/* the VM has none yet */
#define NO_CHIPS	2u
#define NO_VM		4u

static struct ctx ctx;

static void ctx_create(struct ctx *c, const struct op *op)
{
	memset(c, 0, sizeof(*c));
	c->efd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	c->fd = -1;
	if (op->flags & NO_VM) {
		c->vmm.dev = vmm_open_device(vmm_device());
		c->vmm.fd = -1;
		return;
	}
	vmm_create(&c->vmm, vmm_device());
	vmm_add_ram(&c->vmm, SMALL_RAM);
	if (!(op->flags & NO_CHIPS))
		xioctl(c->vmm.fd, KVM_CREATE_IRQCHIP, 0);
	if (!(op->flags & NO_VP)) {
		c->vp = vmm_add_vp(&c->vmm);
		vp_default_cpuid(c->vp, 1);
	}
	if (op->prepare)
		op->prepare(c);
}

static void ctx_destroy(struct ctx *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->efd >= 0)
		close(c->efd);
	free(c->blob);
	if (c->vmm.fd >= 0)
		vmm_destroy(&c->vmm);
	else
		close(c->vmm.dev);
}

static int keep(struct ctx *c, int fd)
{
	if (fd >= 0) {
		if (c->fd >= 0)
			close(c->fd);
		c->fd = fd;
	}
	return fd;
}

static bool may_fail_with(int e)
{
	return e == ENOMEM || e == EFAULT || e == EAGAIN || e == EINTR;
}

static void test_op(const struct op *op)
{
	unsigned int n, hit = 0, odd = 0, stuck = 0;
	int ret, e;

	for (n = 1; n < MOST; n++) {
		bool done;

		ctx_create(&ctx, op);
		arm(n);
		ret = op->call(&ctx);
		e = errno;
		done = !fired();
		hit += !done;
		if (ret < 0 && (done || !may_fail_with(e))) {
			ktap_note("%s: fault %u: %s", op->name, n, strerror(e));
			odd++;
		}
		if (ret < 0 && op->call(&ctx) < 0) {
			ktap_note("%s: after fault %u it does not work any more: %s", op->name, n,
				  strerror(errno));
			stuck++;
		}
		ctx_destroy(&ctx);
		if (done)
			break;
	}
	ktap_ok(!odd && !stuck && n < MOST, "%s: %u faults", op->name, hit);
}

/* Device */

static int create_vm(struct ctx *c)
{
	return keep(c, ioctl(c->vmm.dev, KVM_CREATE_VM, 0));
}

static int get_cpuid(struct ctx *c)
{
	struct cpuid_table *t = (void *)c->arg;

	t->head.nent = VMM_MAX_CPUID;
	return ioctl(c->vmm.dev, KVM_GET_SUPPORTED_CPUID, t);
}

static int get_hv_cpuid(struct ctx *c)
{
	struct cpuid_table *t = (void *)c->arg;

	t->head.nent = VMM_MAX_CPUID;
	return ioctl(c->vmm.dev, KVM_GET_SUPPORTED_HV_CPUID, t);
}

static int get_msr_list(struct ctx *c)
{
	struct kvm_msr_list *l = (void *)c->arg;

	l->nmsrs = 1000;
	return ioctl(c->vmm.dev, KVM_GET_MSR_INDEX_LIST, l);
}

static int list_vms(struct ctx *c)
{
	struct hvemu_vm_list l = { .vms = (uintptr_t)c->arg, .nr = 4 };

	return ioctl(c->vmm.dev, HVEMU_LIST_VMS, &l);
}

static int report(struct ctx *c)
{
	struct hvemu_vm_list l = { .vms = (uintptr_t)c->arg, .nr = 1 };
	struct hvemu_report r = { .vp = HVEMU_REPORT_ALL_VPS, .nr = 4096 };

	if (!c->blob)
		c->blob = malloc(4096 * sizeof(struct hvemu_report_row));
	if (ioctl(c->vmm.dev, HVEMU_LIST_VMS, &l) < 0)
		return -1;
	r.id = ((struct hvemu_vm *)c->arg)->id;
	r.rows = (uintptr_t)c->blob;
	return ioctl(c->vmm.dev, HVEMU_REPORT, &r);
}

static int get_profile(struct ctx *c)
{
	struct hvemu_profile p = {
		.level = HVEMU_PROFILE_CURRENT, .nent = 64, .entries = (uintptr_t)c->arg,
	};

	return ioctl(c->vmm.dev, HVEMU_GET_PROFILE, &p);
}

/* VM */

static int create_vcpu(struct ctx *c)
{
	return keep(c, ioctl(c->vmm.fd, KVM_CREATE_VCPU, 0));
}

static int create_chips(struct ctx *c)
{
	return ioctl(c->vmm.fd, KVM_CREATE_IRQCHIP, 0);
}

static int create_pit(struct ctx *c)
{
	struct kvm_pit_config p = { 0 };

	return ioctl(c->vmm.fd, KVM_CREATE_PIT2, &p);
}

static int add_slot(struct ctx *c)
{
	int r = vmm_set_slot(&c->vmm, 3, KVM_MEM_LOG_DIRTY_PAGES, SPARE_GPA, SMALL_RAM,
			     c->vmm.ram);

	errno = -r;
	return r;
}

static void with_slot(struct ctx *c)
{
	add_slot(c);
}

static int move_slot(struct ctx *c)
{
	int r = vmm_set_slot(&c->vmm, 3, 0, SPARE_GPA * 2, SMALL_RAM, c->vmm.ram);

	errno = -r;
	return r;
}

static int drop_slot(struct ctx *c)
{
	int r = vmm_set_slot(&c->vmm, 3, 0, SPARE_GPA, 0, NULL);

	errno = -r;
	return r;
}

static int dirty_log(struct ctx *c)
{
	struct kvm_dirty_log log = { .slot = 3, .dirty_bitmap = c->arg };

	return ioctl(c->vmm.fd, KVM_GET_DIRTY_LOG, &log);
}

static int set_routing(struct ctx *c)
{
	struct kvm_irq_routing *r = (void *)c->arg;

	memset(r, 0, sizeof(*r) + 2 * sizeof(r->entries[0]));
	r->nr = 1;
	r->entries[0].gsi = 30;
	r->entries[0].type = KVM_IRQ_ROUTING_MSI;
	r->entries[0].u.msi.address_lo = APIC_BASE;
	r->entries[0].u.msi.data = 0x40;
	return ioctl(c->vmm.fd, KVM_SET_GSI_ROUTING, r);
}

static int add_irqfd(struct ctx *c)
{
	struct kvm_irqfd f = { .fd = c->efd, .gsi = 30 };

	return ioctl(c->vmm.fd, KVM_IRQFD, &f);
}

static int add_ioeventfd(struct ctx *c)
{
	struct kvm_ioeventfd f = { .addr = 0x7000000, .len = 4, .fd = c->efd };

	return ioctl(c->vmm.fd, KVM_IOEVENTFD, &f);
}

static int add_zone(struct ctx *c)
{
	struct kvm_coalesced_mmio_zone z = { .addr = 0x8000000, .size = 4096 };

	return ioctl(c->vmm.fd, KVM_REGISTER_COALESCED_MMIO, &z);
}

static int msr_filter(struct ctx *c)
{
	static __u8 bits[16];
	struct kvm_msr_filter f = {
		.ranges[0] = { KVM_MSR_FILTER_READ, 100, 0x10, bits },
		.ranges[1] = { KVM_MSR_FILTER_WRITE, 100, 0x1000, bits },
	};

	return ioctl(c->vmm.fd, KVM_X86_SET_MSR_FILTER, &f);
}

static int stats_fd(struct ctx *c)
{
	return keep(c, ioctl(c->vmm.fd, KVM_GET_STATS_FD, 0));
}

static int hv_eventfd(struct ctx *c)
{
	struct kvm_hyperv_eventfd f = { .conn_id = 7, .fd = c->efd };

	return ioctl(c->vmm.fd, KVM_HYPERV_EVENTFD, &f);
}

static int create_port(struct ctx *c)
{
	struct hvemu_port p = { .id = 9, .type = HVEMU_PORT_MESSAGE, .sint = 2 };

	return ioctl(c->vmm.fd, HVEMU_CREATE_PORT, &p);
}

static void with_port(struct ctx *c)
{
	create_port(c);
}

static int connect_port(struct ctx *c)
{
	struct hvemu_connection k = { .id = 5, .to = HVEMU_TO_PORT, .fd = -1, .port_id = 9 };

	return ioctl(c->vmm.fd, HVEMU_CONNECT_PORT, &k);
}

static int set_name(struct ctx *c)
{
	struct hvemu_name n = { "faulty" };

	return ioctl(c->vmm.fd, HVEMU_SET_NAME, &n);
}

/* VM and vCPU: the blobs */

static int get_state(struct ctx *c, int fd)
{
	struct hvemu_state s = { .bytes = 65536 };

	if (!c->bytes) {
		free(c->blob);
		c->blob = malloc(65536);
	}
	s.data = (uintptr_t)c->blob;
	if (ioctl(fd, HVEMU_GET_STATE, &s) < 0)
		return -1;
	c->bytes = s.bytes;
	return 0;
}

static int set_state(struct ctx *c, int fd)
{
	struct hvemu_state s = { .bytes = c->bytes, .data = (uintptr_t)c->blob };

	return ioctl(fd, HVEMU_SET_STATE, &s);
}

static int vm_get_state(struct ctx *c)
{
	return get_state(c, c->vmm.fd);
}

static void with_vm_state(struct ctx *c)
{
	get_state(c, c->vmm.fd);
}

static int vm_set_state(struct ctx *c)
{
	return set_state(c, c->vmm.fd);
}

static int vp_get_state(struct ctx *c)
{
	return get_state(c, c->vp->fd);
}

static void with_vp_state(struct ctx *c)
{
	/* the pages of the SynIC are pinned anew when it is set */
	vp_set_msr(c->vp, HV_X64_MSR_SCONTROL, 1);
	vp_set_msr(c->vp, HV_X64_MSR_SIMP, 0x2001);
	vp_set_msr(c->vp, HV_X64_MSR_SIEFP, 0x3001);
	get_state(c, c->vp->fd);
}

static int vp_set_state(struct ctx *c)
{
	return set_state(c, c->vp->fd);
}

/* vCPU */

static void with_cpuid(struct ctx *c)
{
	cpuid_supported(&c->vmm, (void *)c->arg);
}

static int set_cpuid(struct ctx *c)
{
	return ioctl(c->vp->fd, KVM_SET_CPUID2, c->arg);
}

static int set_simp(struct ctx *c)
{
	struct kvm_msrs *m = (void *)c->arg;

	memset(m, 0, 64);
	m->nmsrs = 1;
	m->entries[0].index = HV_X64_MSR_SIMP;
	m->entries[0].data = 0x2001;
	/* it says how many it has set: none, where the page could not be pinned */
	if (ioctl(c->vp->fd, KVM_SET_MSRS, m) == 1)
		return 0;
	if (errno != EFAULT)
		errno = ENOMEM;
	return -1;
}

static int get_set(struct ctx *c, unsigned long get, unsigned long put)
{
	return ioctl(c->vp->fd, get, c->arg) < 0 ? -1 : ioctl(c->vp->fd, put, c->arg);
}

#define GET_SET(name, what)						\
static int name(struct ctx *c)						\
{									\
	return get_set(c, KVM_GET_##what, KVM_SET_##what);		\
}

GET_SET(xsave, XSAVE)
GET_SET(lapic, LAPIC)
GET_SET(sregs, SREGS)
GET_SET(events, VCPU_EVENTS)

static int vcpu_stats_fd(struct ctx *c)
{
	return keep(c, ioctl(c->vp->fd, KVM_GET_STATS_FD, 0));
}

static int map_run(struct ctx *c)
{
	void *p = mmap(NULL, c->vmm.run_size, PROT_READ | PROT_WRITE, MAP_SHARED, c->vp->fd, 0);

	if (p == MAP_FAILED)
		return -1;
	((struct kvm_run *)p)->immediate_exit = 1;
	munmap(p, c->vmm.run_size);
	c->vp->run->immediate_exit = 0;
	return 0;
}

static const struct op ops[] = {
	{ "KVM_CREATE_VM", NO_VM, NULL, create_vm },
	{ "KVM_GET_SUPPORTED_CPUID", 0, NULL, get_cpuid },
	{ "KVM_GET_SUPPORTED_HV_CPUID", 0, NULL, get_hv_cpuid },
	{ "KVM_GET_MSR_INDEX_LIST", 0, NULL, get_msr_list },
	{ "HVEMU_LIST_VMS", 0, NULL, list_vms },
	{ "HVEMU_REPORT", 0, NULL, report },
	{ "HVEMU_GET_PROFILE", 0, NULL, get_profile },
	{ "KVM_CREATE_VCPU", NO_VP, NULL, create_vcpu },
	{ "KVM_CREATE_IRQCHIP", NO_VP | NO_CHIPS, NULL, create_chips },
	{ "KVM_CREATE_PIT2", NO_VP, NULL, create_pit },
	{ "KVM_SET_USER_MEMORY_REGION, a slot", 0, NULL, add_slot },
	{ "KVM_SET_USER_MEMORY_REGION, moved", 0, with_slot, move_slot },
	{ "KVM_SET_USER_MEMORY_REGION, dropped", 0, with_slot, drop_slot },
	{ "KVM_GET_DIRTY_LOG", 0, with_slot, dirty_log },
	{ "KVM_SET_GSI_ROUTING", 0, NULL, set_routing },
	{ "KVM_IRQFD", 0, NULL, add_irqfd },
	{ "KVM_IOEVENTFD", 0, NULL, add_ioeventfd },
	{ "KVM_REGISTER_COALESCED_MMIO", 0, NULL, add_zone },
	{ "KVM_X86_SET_MSR_FILTER", 0, NULL, msr_filter },
	{ "KVM_GET_STATS_FD", 0, NULL, stats_fd },
	{ "KVM_HYPERV_EVENTFD", 0, NULL, hv_eventfd },
	{ "HVEMU_CREATE_PORT", 0, NULL, create_port },
	{ "HVEMU_CONNECT_PORT", 0, with_port, connect_port },
	{ "HVEMU_SET_NAME", NO_VP, NULL, set_name },
	{ "HVEMU_GET_STATE, VM", 0, NULL, vm_get_state },
	{ "HVEMU_SET_STATE, VM", 0, with_vm_state, vm_set_state },
	{ "HVEMU_GET_STATE, vCPU", 0, NULL, vp_get_state },
	{ "HVEMU_SET_STATE, vCPU", 0, with_vp_state, vp_set_state },
	{ "KVM_SET_CPUID2", 0, with_cpuid, set_cpuid },
	{ "KVM_SET_MSRS, SIMP", 0, NULL, set_simp },
	{ "KVM_SET_XSAVE", 0, NULL, xsave },
	{ "KVM_SET_LAPIC", 0, NULL, lapic },
	{ "KVM_SET_SREGS", 0, NULL, sregs },
	{ "KVM_SET_VCPU_EVENTS", 0, NULL, events },
	{ "KVM_GET_STATS_FD, vCPU", 0, NULL, vcpu_stats_fd },
	{ "mmap of a vCPU", 0, NULL, map_run },
};

/* What a guest does that needs the host: each round the same, with new memory. */
#define ROUND_PAGES	24
static volatile uint64_t round_bad;

static void guest_round(uint64_t arg)
{
	volatile uint64_t *mem = (volatile uint64_t *)(BARE_FREE + MIB);
	volatile uint32_t *mmio = (volatile uint32_t *)BARE_NO_RAM;
	uint64_t n, i, v;

	for (n = 1; ; n++) {
		for (i = 0; i < ROUND_PAGES; i++)
			mem[i * 512] = n << 32 | i;
		wrmsr(HV_X64_MSR_GUEST_OS_ID, 0x8100000000000001ull);
		wrmsr(HV_X64_MSR_HYPERCALL, BARE_FREE | 1);
		wrmsr(HV_X64_MSR_SIMP, (BARE_FREE + 0x1000) | 1);
		wrmsr(HV_X64_MSR_SIEFP, (BARE_FREE + 0x2000) | 1);
		wrmsr(HV_X64_MSR_REFERENCE_TSC, (BARE_FREE + 0x3000) | 1);
		wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, (BARE_FREE + 0x4000) | 1);
		/* the message page of a new place is empty, and the guest's */
		*(volatile uint32_t *)(BARE_FREE + 0x1000 + 4) = n;
		outl(0x10, n);
		mmio[4] = n;
		v = mmio[8];
		*(volatile uint32_t *)(uintptr_t)(APIC_BASE + APIC_TPR) = 0;
		/* memory-based: the input is read from a page that may be new */
		mem[511] = 0;
		hv_call((void *)BARE_FREE, 0x8, BARE_FREE + MIB + 4088, 0);
		for (i = 0; i < ROUND_PAGES; i++)
			round_bad += mem[i * 512] != (n << 32 | i);
		round_bad += v != 0x5a5a5a5a;
		round_bad += *(volatile uint32_t *)(BARE_FREE + 0x1000 + 4) != (uint32_t)n;
		*(volatile uint32_t *)(BARE_FREE + 0x1000 + 4) = 0;
		wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, 0);
		wrmsr(HV_X64_MSR_REFERENCE_TSC, 0);
		wrmsr(HV_X64_MSR_SIEFP, 0);
		wrmsr(HV_X64_MSR_SIMP, 0);
		wrmsr(HV_X64_MSR_GUEST_OS_ID, 0);
		g_sync(n);
	}
}

/* One round with fault @nth; true: it came to that. Errors are counted in *odd. */
static bool one_round(struct vmm *vmm, unsigned int nth, unsigned int *odd)
{
	struct vp *vp = &vmm->vp[0];
	unsigned int errors = 0;
	bool hit;

	/* what the guest uses is new to the host */
	madvise(vmm->ram + BARE_FREE, 2 * MIB, MADV_DONTNEED);
	arm(nth);
	for (;;) {
		if (ioctl(vp->fd, KVM_RUN, 0) < 0) {
			if (!may_fail_with(errno) || ++errors > 3) {
				ktap_note("fault %u: KVM_RUN: %s", nth, strerror(errno));
				++*odd;
				break;
			}
			continue;
		}
		if (vp->run->exit_reason == KVM_EXIT_MMIO) {
			memset(vp->run->mmio.data, 0x5a, 8);
		} else if (vp->run->exit_reason != KVM_EXIT_IO) {
			ktap_note("fault %u: exit %u", nth, vp->run->exit_reason);
			++*odd;
			break;
		} else if (vp->run->io.port == UCALL_PORT) {
			break;
		}
	}
	hit = fired();
	if (guest_var(vmm, round_bad)) {
		ktap_note("fault %u: the guest found %lu wrong values", nth,
			  guest_var(vmm, round_bad));
		guest_var(vmm, round_bad) = 0;
		++*odd;
	}
	return hit;
}

static void test_run(void)
{
	unsigned int n, odd = 0;
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	madvise(vmm.ram, BARE_RAM, MADV_NOHUGEPAGE);
	bare_start(&vmm.vp[0], guest_round, 0);
	for (n = 0; n < MOST && odd < 5; n++)
		if (!one_round(&vmm, n, &odd) && n)
			break;
	ktap_ok(!odd && n < MOST, "KVM_RUN: %u faults, and the guest goes on where it was", n - 1);
	vmm_destroy(&vmm);
}

/* The process ends at that point, and leaves everything to the kernel. */
static void test_killed(void)
{
	unsigned int n, step, bad = 0;
	int status = 0;
	pid_t pid;

	for (n = 1, step = 1; n < MOST; n += step, step = 1 + n / 40) {
		struct vmm vmm;

		fflush(stdout);
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
			/* err() of the library ends it, too: at the fault */
			if (freopen("/dev/null", "w", stderr))
				arm(n);
			bare_create(&vmm, 2, 0);
			bare_start(&vmm.vp[0], guest_round, 0);
			ioctl(vmm.vp[0].fd, KVM_RUN, 0);
			if (!fired())
				_exit(99);
			kill(getpid(), SIGKILL);
		}
		if (waitpid(pid, &status, 0) != pid)
			bad++;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
			break;
	}
	ktap_ok(!bad && n < MOST, "VMMs that end at a fault");
}

int main(void)
{
	unsigned int i;

	ktap_start(300);
	if (access(vmm_device(), R_OK | W_OK))
		ktap_skip_all("%s: %s", vmm_device(), strerror(errno));
	if (!prepare_faults())
		ktap_skip_all("this kernel injects no faults");
	for (i = 0; i < ARRAY_SIZE(ops); i++)
		test_op(&ops[i]);
	test_run();
	test_killed();
	return ktap_finish();
}
