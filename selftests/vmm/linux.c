// SPDX-License-Identifier: GPL-2.0
/*
 * hvlinux: boots a Linux kernel on /dev/hvemu. See machine.h for the parts.
 *
 * Exit status: 0 the guest powered off, 1 error, 3 reset, 4 no device,
 * 5 crash reported by the guest, 6 ended from the terminal, 124 time limit.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hvdef.h"
#include "machine.h"

#define MSR_MTRR_DEF_TYPE	0x2ff
#define MTRR_ON_WRITE_BACK	0x806
#define MSR_MISC_ENABLE		0x1a0
#define MISC_ENABLE_INITIAL	0x1800
#define MISC_ENABLE_FAST_STRINGS	0x1
#define CPUID_1_ECX_VMX		BIT(5)
#define CPUID_1_EDX_MTRR	BIT(12)
#define MAX_DROPS		16

static const int end_status[] = {
	[END_POWEROFF] = 0,
	[END_ERROR] = 1,
	[END_RESET] = 3,
	[END_CRASH] = 5,
	[END_QUIT] = 6,
	[END_TIMEOUT] = 124,
};

/* One Hyper-V CPUID bit the guest shall not see: -n LEAF:REGISTER:BIT. */
struct drop {
	uint32_t leaf;
	char reg;
	unsigned int bit;
};

struct options {
	const char *device;
	unsigned int vps, mib, timeout;
	bool nested, enlightened;
	struct drop drop[MAX_DROPS];
	unsigned int nr_drops;
	struct boot_image image;
};

static struct machine machine = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.ended = PTHREAD_COND_INITIALIZER,
};

static void set_end(struct machine *m, enum machine_end end, const char *fmt, va_list ap)
{
	if (m->end != END_RUNNING)
		return;
	m->end = end;
	vsnprintf(m->why, sizeof(m->why), fmt, ap);
	pthread_cond_broadcast(&m->ended);
}

/* From a device, with the lock held; the first reason counts. */
void machine_end(struct machine *m, enum machine_end end, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_end(m, end, fmt, ap);
	va_end(ap);
}

static void end_unexpected(struct vp *vp)
{
	struct machine *m = vp->priv;
	char text[200];

	vp_describe_exit(vp, text, sizeof(text));
	pthread_mutex_lock(&m->lock);
	machine_end(m, END_ERROR, "%s", text);
	pthread_mutex_unlock(&m->lock);
}

static void handle_io(struct machine *m, struct vp *vp)
{
	struct kvm_run *run = vp->run;
	uint8_t *data = vp_pio_data(vp);
	unsigned int i;

	for (i = 0; i < run->io.count; i++, data += run->io.size)
		pio_access(m, run->io.port, run->io.direction == KVM_EXIT_IO_OUT,
			   data, run->io.size);
}

static void handle_system_event(struct machine *m, struct vp *vp)
{
	switch (vp->run->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		machine_end(m, END_POWEROFF, "shut down by VP %u", vp->id);
		break;
	case KVM_SYSTEM_EVENT_RESET:
		machine_end(m, END_RESET, "reset by VP %u through the reset MSR", vp->id);
		break;
	case KVM_SYSTEM_EVENT_CRASH:
		machine_end(m, END_CRASH, "crash reported by VP %u: %#lx %#lx %#lx %#lx %#lx",
			    vp->id, vp_get_msr(vp, HV_X64_MSR_CRASH_P0),
			    vp_get_msr(vp, HV_X64_MSR_CRASH_P0 + 1),
			    vp_get_msr(vp, HV_X64_MSR_CRASH_P0 + 2),
			    vp_get_msr(vp, HV_X64_MSR_CRASH_P0 + 3),
			    vp_get_msr(vp, HV_X64_MSR_CRASH_P4));
		break;
	default:
		machine_end(m, END_ERROR, "system event %u", vp->run->system_event.type);
	}
}

/* SynIC register writes need nothing of us, and no VMBus is behind the calls. */
static void handle_hyperv(struct machine *m, struct kvm_run *run)
{
	uint64_t *out;

	if (run->hyperv.type != KVM_EXIT_HYPERV_HCALL)
		return;
	run->hyperv.u.hcall.result = HV_STATUS_INVALID_HYPERCALL_CODE;
	if ((run->hyperv.u.hcall.input & 0xffff) != HVEXT_QUERY_CAPABILITIES)
		return;
	out = vmm_gpa(&m->vmm, run->hyperv.u.hcall.params[1], sizeof(*out));
	if (!out)
		return;
	*out = 0;	/* no extended call exists */
	run->hyperv.u.hcall.result = HV_STATUS_SUCCESS;
}

/* False when nobody here knows the exit. Called with the lock held. */
static bool handle_exit(struct machine *m, struct vp *vp)
{
	struct kvm_run *run = vp->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		handle_io(m, vp);
		return true;
	case KVM_EXIT_MMIO:
		mmio_access(m, run->mmio.phys_addr, run->mmio.is_write, run->mmio.data,
			    run->mmio.len);
		return true;
	case KVM_EXIT_IOAPIC_EOI:
		ioapic_eoi(m, run->eoi.vector);
		return true;
	case KVM_EXIT_HYPERV:
		handle_hyperv(m, run);
		return true;
	case KVM_EXIT_SYSTEM_EVENT:
		handle_system_event(m, vp);
		return true;
	case KVM_EXIT_SHUTDOWN:
		machine_end(m, END_RESET, "triple fault on VP %u", vp->id);
		return true;
	case KVM_EXIT_INTR:
		return true;
	}
	return false;
}

/* A kick only has to interrupt KVM_RUN. */
static void on_kick(int sig)
{
}

static void *vp_thread(void *arg)
{
	struct vp *vp = arg;
	struct machine *m = vp->priv;
	bool known = true, ended;

	do {
		int ret = vp_run(vp);

		pthread_mutex_lock(&m->lock);
		if (!ret && m->end == END_RUNNING)
			known = handle_exit(m, vp);
		ended = m->end != END_RUNNING;
		pthread_mutex_unlock(&m->lock);
	} while (known && !ended);
	if (!known)
		end_unexpected(vp);
	return NULL;
}

static void apply_drops(const struct options *o, struct cpuid_table *t)
{
	unsigned int i;

	for (i = 0; i < o->nr_drops; i++) {
		const struct drop *d = &o->drop[i];
		struct kvm_cpuid_entry2 *e = cpuid_find(t, HV_CPUID_VENDOR + d->leaf, 0);

		if (e)
			(&e->eax)[d->reg - 'a'] &= ~BIT(d->bit);
	}
}

static void set_cpuid(struct vp *vp, const struct options *o)
{
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;
	uint16_t versions;

	if (o->enlightened && vmm_enable_cap(vp->fd, KVM_CAP_HYPERV_ENLIGHTENED_VMCS,
					     (uintptr_t)&versions))
		errx(1, "-E: the device has no enlightened VMCS");
	cpuid_supported(vp->vmm, &t);
	cpuid_hyperv(vp->vmm, vp, &t);
	apply_drops(o, &t);
	cpuid_topology(&t, vp->id, o->vps);
	/*
	 * The guest takes frequencies from the Hyper-V MSRs. Leaves 0x15 and 0x16
	 * are the host's claims, and 0xa counters that this machine has not.
	 */
	cpuid_drop(&t, 0xa, 0xa);
	cpuid_drop(&t, 0x15, 0x16);
	e = cpuid_find(&t, 1, 0);
	if (!e)
		errx(1, "KVM_GET_SUPPORTED_CPUID has no leaf 1");
	if (!o->nested)
		e->ecx &= ~CPUID_1_ECX_VMX;
	else if (!(e->ecx & CPUID_1_ECX_VMX))
		errx(1, "-N: the device has no VMX for guests");
	if (cpuid_has_synic(&t) && vmm_enable_cap(vp->fd, KVM_CAP_HYPERV_SYNIC2, 0))
		errx(1, "SynIC is offered but KVM_CAP_HYPERV_SYNIC2 is refused; -n 3:a:2 drops it");
	vp_set_cpuid(vp, &t);
	if (e->edx & CPUID_1_EDX_MTRR)
		vp_set_msr(vp, MSR_MTRR_DEF_TYPE, MTRR_ON_WRITE_BACK);
	/* Linux copies by REP MOVS only where firmware has left it on */
	vp_set_msr(vp, MSR_MISC_ENABLE, MISC_ENABLE_INITIAL | MISC_ENABLE_FAST_STRINGS);
}

static void build_machine(struct machine *m, struct options *o)
{
	struct kvm_regs regs = { .rflags = 2 };
	unsigned int i;

	vmm_create(&m->vmm, o->device);
	vmm_add_ram(&m->vmm, o->mib * MIB);
	vmm_split_irqchip(&m->vmm);
	ioapic_init(m);
	for (i = 0; i < o->vps; i++) {
		struct vp *vp = vmm_add_vp(&m->vmm);

		vp->priv = m;
		set_cpuid(vp, o);
	}
	load_linux(m, &o->image);
	/* VP 0 enters the kernel; the others wait there for INIT and SIPI. */
	vp_long_mode(&m->vmm.vp[0], o->image.cr3, o->image.gdt, 0x10);
	regs.rip = o->image.entry;
	regs.rsi = o->image.boot_params;
	vp_set_regs(&m->vmm.vp[0], &regs);
	serial_init(m);
}

/* Waits for the end; false at the time limit. */
static bool wait_for_end(struct machine *m, unsigned int timeout)
{
	struct timespec until;
	int ret = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout;
	pthread_mutex_lock(&m->lock);
	while (m->end == END_RUNNING && ret != ETIMEDOUT)
		ret = timeout ? pthread_cond_timedwait(&m->ended, &m->lock, &until) :
				pthread_cond_wait(&m->ended, &m->lock);
	if (m->end == END_RUNNING)
		machine_end(m, END_TIMEOUT, "still running after %u s", timeout);
	pthread_mutex_unlock(&m->lock);
	return m->end != END_TIMEOUT;
}

/* Where every VP was, for the one who asks why the time limit was reached. */
static void stop_vps(struct machine *m, bool report)
{
	struct kvm_mp_state state;
	struct kvm_regs regs;
	unsigned int i;

	for (i = 0; i < m->vmm.nr_vps; i++) {
		struct vp *vp = &m->vmm.vp[i];

		vp->run->immediate_exit = 1;
		pthread_kill(vp->thread, SIGUSR1);
		pthread_join(vp->thread, NULL);
		if (!report)
			continue;
		vp_get_regs(vp, &regs);
		xioctl(vp->fd, KVM_GET_MP_STATE, &state);
		fprintf(stderr, "hvlinux: VP %u: rip %#llx rsp %#llx rflags %#llx state %u\n",
			i, regs.rip, regs.rsp, regs.rflags, state.mp_state);
	}
}

static void usage(void)
{
	fputs("usage: hvlinux -k KERNEL [options]\n"
	      "  -k FILE   bzImage or 64-bit ELF vmlinux\n"
	      "  -i FILE   initramfs\n"
	      "  -c TEXT   kernel command line (default: console=ttyS0)\n"
	      "  -p N      virtual processors (default 1)\n"
	      "  -m MIB    memory (default 512)\n"
	      "  -d PATH   device (default: $HVE_DEV or /dev/hvemu)\n"
	      "  -t SEC    time limit, 0 = none (default)\n"
	      "  -N        the guest has VMX: it can be a hypervisor\n"
	      "  -E        the same, with the enlightened VMCS\n"
	      "  -n L:R:B  hide bit B of register R (a-d) of Hyper-V leaf 0x40000000 + L\n"
	      "On a terminal, ctrl-A x ends the machine.\n", stderr);
	exit(1);
}

static unsigned int number(const char *text, const char *what, unsigned int min,
			   unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!*text || *end || n < min || n > max)
		errx(1, "%s: '%s' is not a number from %u to %u", what, text, min, max);
	return n;
}

static void add_drop(struct options *o, const char *text)
{
	struct drop *d = &o->drop[o->nr_drops];
	int used = 0;

	if (o->nr_drops == MAX_DROPS)
		errx(1, "-n: more than %d bits", MAX_DROPS);
	if (sscanf(text, "%x:%c:%u%n", &d->leaf, &d->reg, &d->bit, &used) != 3 ||
	    text[used] || d->leaf > 0xff || d->reg < 'a' || d->reg > 'd' || d->bit > 31)
		errx(1, "-n: '%s' is not LEAF:a|b|c|d:BIT", text);
	o->nr_drops++;
}

static void parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "k:i:c:p:m:d:t:n:NEh")) != -1) {
		switch (c) {
		case 'k':
			o->image.kernel = optarg;
			break;
		case 'i':
			o->image.initrd = optarg;
			break;
		case 'c':
			o->image.cmdline = optarg;
			break;
		case 'd':
			o->device = optarg;
			break;
		case 'p':
			o->vps = number(optarg, "-p", 1, VMM_MAX_VPS);
			break;
		case 'm':
			o->mib = number(optarg, "-m", 32, 1 << 20);
			break;
		case 't':
			o->timeout = number(optarg, "-t", 0, 1 << 20);
			break;
		case 'n':
			add_drop(o, optarg);
			break;
		case 'E':
			o->enlightened = true;
			o->nested = true;
			break;
		case 'N':
			o->nested = true;
			break;
		default:
			usage();
		}
	}
	if (!o->image.kernel || optind != argc)
		usage();
}

int main(int argc, char **argv)
{
	struct options o = {
		.device = vmm_device(),
		.vps = 1,
		.mib = 512,
		.image.cmdline = "console=ttyS0",
	};
	struct sigaction kick = { .sa_handler = on_kick };
	struct machine *m = &machine;
	struct timespec start, now;
	unsigned int i;
	bool in_time;

	parse(&o, argc, argv);
	sigaction(SIGUSR1, &kick, NULL);
	build_machine(m, &o);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < o.vps; i++)
		if (pthread_create(&m->vmm.vp[i].thread, NULL, vp_thread, &m->vmm.vp[i]))
			errx(1, "cannot start the thread of VP %u", i);
	in_time = wait_for_end(m, o.timeout);
	clock_gettime(CLOCK_MONOTONIC, &now);
	stop_vps(m, !in_time);
	fprintf(stderr, "\nhvlinux: %s (%ld s)\n", m->why, now.tv_sec - start.tv_sec);
	return end_status[m->end];
}
