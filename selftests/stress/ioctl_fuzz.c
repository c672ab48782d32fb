// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl_fuzz [-s SEED] [-t SECONDS] [-r ROUNDS] [-v]: random sequences of valid
 * and invalid ioctls from several threads, while VPs run random guests, slots
 * are moved under them, fds are closed under the callers, kvm_run is rewritten,
 * signals come and memory is unmapped.
 *
 * Every round is a process of its own with numbers of its own: -s SEED -r 1
 * repeats it (the order in which threads meet is the kernel's). One round in
 * four is killed with SIGKILL in the middle. A round that does not come to its
 * end is a failure, and so is a device that does not work afterwards; what the
 * kernel itself complains of is for the caller to look at.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "chance.h"
#include "hvdef.h"
#include "stress.h"
#include "../../include/uapi/hvemu.h"

/* newer than the headers of Debian 12 */
#ifndef KVM_SET_USER_MEMORY_REGION2
#define KVM_SET_USER_MEMORY_REGION2	_IOC(_IOC_WRITE, KVMIO, 0x49, 160)
#endif

#define NR_FDS		16
#define NR_WORKERS	3
#define NR_RUNNERS	2
#define ARG_BYTES	12288	/* a nested state has 8,320 */
#define ROUND_SECONDS	60	/* after that it hangs */
#define OPS		1500

/* What an ioctl is for. */
enum { DEV = 1, VM = 2, VCPU = 4 };

/*
 * One ioctl. @shape says what its argument is made of, a letter a field:
 *   s small u32    f few bits, u32    m MSR number, u32      d file descriptor, u32
 *   e any u32      . zero u32         G guest address, u64   Z size in pages, u64
 *   H host address, u64               E any u64              V small u64
 *   * the rest: random words
 * "=" before it: the argument is the number itself. @get: the argument is first
 * filled by that ioctl, then a few words are changed.
 */
struct row {
	unsigned long cmd;
	const char *name;
	int on;
	const char *shape;
	unsigned long get;
};

#define ROW(cmd, on, ...)	{ cmd, #cmd, on, __VA_ARGS__ }

static const struct row rows[] = {
	ROW(KVM_GET_API_VERSION, DEV, "=V"),
	ROW(KVM_CREATE_VM, DEV, "=V"),
	ROW(KVM_CHECK_EXTENSION, DEV | VM, "=V"),
	ROW(KVM_GET_VCPU_MMAP_SIZE, DEV, "=V"),
	ROW(KVM_GET_SUPPORTED_CPUID, DEV, "s.*"),
	ROW(KVM_GET_EMULATED_CPUID, DEV, "s.*"),
	ROW(KVM_GET_SUPPORTED_HV_CPUID, DEV | VCPU, "s.*"),
	ROW(KVM_GET_MSR_INDEX_LIST, DEV, "s*"),
	ROW(KVM_GET_MSR_FEATURE_INDEX_LIST, DEV, "s*"),
	ROW(KVM_GET_MSRS, DEV | VCPU, "s.m.Em.Em.Em.Em.Em.Em.E*"),
	ROW(KVM_SET_MSRS, VCPU, "s.m.Em.Em.Em.Em.Em.Em.E*"),
	ROW(KVM_X86_GET_MCE_CAP_SUPPORTED, DEV, "E"),
	ROW(KVM_CREATE_VCPU, VM, "=V"),
	ROW(KVM_ENABLE_CAP, VM | VCPU, "sfVVVV*"),
	ROW(KVM_SET_USER_MEMORY_REGION, VM, "sfGZH"),
	ROW(KVM_SET_USER_MEMORY_REGION2, VM, "sfGZHE.*"),
	ROW(KVM_GET_DIRTY_LOG, VM, "s.H"),
	ROW(KVM_CLEAR_DIRTY_LOG, VM, "ssEH"),
	ROW(KVM_SET_TSS_ADDR, VM, "=G"),
	ROW(KVM_SET_IDENTITY_MAP_ADDR, VM, "G"),
	ROW(KVM_SET_NR_MMU_PAGES, VM, "=V"),
	ROW(KVM_SET_BOOT_CPU_ID, VM, "=V"),
	ROW(KVM_SET_GSI_ROUTING, VM, "s.ssf.eeeessf.eeee*"),
	ROW(KVM_SIGNAL_MSI, VM, "eeef*"),
	ROW(KVM_IRQFD, VM, "dsfd*"),
	ROW(KVM_IOEVENTFD, VM, "EGsdf*"),
	ROW(KVM_GET_CLOCK, VM, "*"),
	ROW(KVM_SET_CLOCK, VM, "Ef*"),
	ROW(KVM_GET_TSC_KHZ, VM | VCPU, "=V"),
	ROW(KVM_SET_TSC_KHZ, VM | VCPU, "=V"),
	ROW(KVM_X86_SET_MSR_FILTER, VM, "ffsmHfsmHfsmH*"),
	ROW(KVM_GET_STATS_FD, VM | VCPU, "=V"),
	ROW(KVM_CREATE_IRQCHIP, VM, "=V"),
	ROW(KVM_IRQ_LINE, VM, "ss"),
	ROW(KVM_IRQ_LINE_STATUS, VM, "ss"),
	ROW(KVM_GET_IRQCHIP, VM, "s.*"),
	ROW(KVM_SET_IRQCHIP, VM, "s.*", KVM_GET_IRQCHIP),
	ROW(KVM_CREATE_PIT2, VM, "f*"),
	ROW(KVM_GET_PIT2, VM, "*"),
	ROW(KVM_SET_PIT2, VM, "*", KVM_GET_PIT2),
	ROW(KVM_REINJECT_CONTROL, VM, "f*"),
	ROW(KVM_REGISTER_COALESCED_MMIO, VM, "Gsf"),
	ROW(KVM_UNREGISTER_COALESCED_MMIO, VM, "Gsf"),
	ROW(KVM_HYPERV_EVENTFD, VM, "sdf*"),
	ROW(KVM_CREATE_DEVICE, VM, "s.f"),
	ROW(KVM_RUN, VCPU, "=."),
	ROW(KVM_GET_REGS, VCPU, "*"),
	ROW(KVM_SET_REGS, VCPU, "*", KVM_GET_REGS),
	ROW(KVM_GET_SREGS, VCPU, "*"),
	ROW(KVM_SET_SREGS, VCPU, "*", KVM_GET_SREGS),
	ROW(KVM_GET_SREGS2, VCPU, "*"),
	ROW(KVM_SET_SREGS2, VCPU, "*", KVM_GET_SREGS2),
	ROW(KVM_INTERRUPT, VCPU, "s"),
	ROW(KVM_NMI, VCPU, "=V"),
	ROW(KVM_SMI, VCPU, "=V"),
	ROW(KVM_GET_MP_STATE, VCPU, "*"),
	ROW(KVM_SET_MP_STATE, VCPU, "s"),
	ROW(KVM_GET_FPU, VCPU, "*"),
	ROW(KVM_SET_FPU, VCPU, "*", KVM_GET_FPU),
	ROW(KVM_GET_XSAVE, VCPU, "*"),
	ROW(KVM_GET_XSAVE2, VCPU, "*"),
	ROW(KVM_SET_XSAVE, VCPU, "*", KVM_GET_XSAVE),
	ROW(KVM_GET_XCRS, VCPU, "*"),
	ROW(KVM_SET_XCRS, VCPU, "s.s.E*", KVM_GET_XCRS),
	ROW(KVM_GET_DEBUGREGS, VCPU, "*"),
	ROW(KVM_SET_DEBUGREGS, VCPU, "*", KVM_GET_DEBUGREGS),
	ROW(KVM_GET_VCPU_EVENTS, VCPU, "*"),
	ROW(KVM_SET_VCPU_EVENTS, VCPU, "*", KVM_GET_VCPU_EVENTS),
	ROW(KVM_GET_LAPIC, VCPU, "*"),
	ROW(KVM_SET_LAPIC, VCPU, "*", KVM_GET_LAPIC),
	ROW(KVM_SET_CPUID, VCPU, "s.*"),
	ROW(KVM_SET_CPUID2, VCPU, "s.*", KVM_GET_CPUID2),
	ROW(KVM_GET_CPUID2, VCPU, "s.*"),
	ROW(KVM_SET_SIGNAL_MASK, VCPU, "sE*"),
	ROW(KVM_TRANSLATE, VCPU, "G*"),
	ROW(KVM_SET_VAPIC_ADDR, VCPU, "G"),
	ROW(KVM_TPR_ACCESS_REPORTING, VCPU, "f*"),
	ROW(KVM_X86_SETUP_MCE, VCPU, "E"),
	ROW(KVM_X86_SET_MCE, VCPU, "EEEs*"),
	ROW(KVM_KVMCLOCK_CTRL, VCPU, "=V"),
	ROW(KVM_SET_GUEST_DEBUG, VCPU, "f.E*"),
	ROW(KVM_GET_NESTED_STATE, VCPU, "s*"),
	ROW(KVM_SET_NESTED_STATE, VCPU, "s*", KVM_GET_NESTED_STATE),
	ROW(HVEMU_INFO, DEV, "*"),
	ROW(HVEMU_GET_PROFILE, DEV, "sfssH."),
	ROW(HVEMU_LIST_VMS, DEV, "VHs."),
	ROW(HVEMU_REPORT, DEV, "VHss"),
	ROW(HVEMU_SET_EXIT_TIMES, DEV, "Vf."),
	ROW(HVEMU_SET_NAME, VM, "eeee.*"),
	ROW(HVEMU_SET_TIME, VM, "f."),
	ROW(HVEMU_CREATE_PORT, VM, "sfssss.........."),
	ROW(HVEMU_DELETE_PORT, VM, "=V"),
	ROW(HVEMU_CONNECT_PORT, VM, "sfds........"),
	ROW(HVEMU_DISCONNECT_PORT, VM, "=V"),
	ROW(HVEMU_POST_MESSAGE, VM, "sss.*"),
	ROW(HVEMU_SIGNAL_EVENT, VM, "ss.."),
	ROW(HVEMU_GET_STATE, VM | VCPU, "e.H"),
	ROW(HVEMU_SET_STATE, VM | VCPU, "e.H"),
};

/* What the threads of a round share; they get in each other's way on purpose. */
static struct {
	uint64_t seed;
	struct vmm vmm;
	int fd[NR_FDS];			/* the device, VMs, vCPUs, eventfds */
	int kind[NR_FDS];
	uint8_t *mem;			/* for slots, beside the guest's RAM */
	volatile bool stop;
	volatile unsigned long ops, ok;
	const char *volatile last[NR_WORKERS + NR_RUNNERS];
} round_;

#define EXTRA_MEM	(4 * MIB)
#define EVENT		0		/* kind of an eventfd */

static bool verbose;

static void on_signal(int sig)
{
}

static uint64_t guest_address(struct chance *c)
{
	switch (chance_below(c, 8)) {
	case 0:
		return chance_edge(c);
	case 1:
		return APIC_BASE + (chance_below(c, 3) << 12);
	case 2:
		return BARE_RAM + chance_below(c, 64) * 4096;
	case 3:
		return 1ull << (20 + chance_below(c, 33));
	default:
		return chance_below(c, BARE_RAM / 4096) * 4096;
	}
}

static uint64_t host_address(struct chance *c)
{
	switch (chance_below(c, 8)) {
	case 0:
		return chance_edge(c);
	case 1:
		return (uintptr_t)round_.vmm.vp[0].run;
	case 2:
		return (uintptr_t)round_.mem + chance_below(c, EXTRA_MEM);
	case 3: /* of this program, but not what it writes: it needs that itself */
		return (uintptr_t)&rows[chance_below(c, ARRAY_SIZE(rows))];
	default:
		return (uintptr_t)round_.mem + chance_below(c, EXTRA_MEM / 4096) * 4096;
	}
}

static unsigned int put(uint8_t *arg, unsigned int at, uint64_t v, unsigned int bytes)
{
	if (at + bytes > ARG_BYTES)
		return ARG_BYTES;
	memcpy(arg + at, &v, bytes);
	return at + bytes;
}

static uint64_t field(struct chance *c, char shape)
{
	switch (shape) {
	case 's':
	case 'V':
		return chance_one_in(c, 12) ? chance_edge(c) : chance_below(c, 40);
	case 'f':
		return chance_one_in(c, 8) ? chance_edge(c) : chance_below(c, 8);
	case 'm':
		return stress_msr(c);
	case 'd':
		return chance_one_in(c, 8) ? chance_edge(c) :
			(uint64_t)round_.fd[chance_below(c, NR_FDS)];
	case 'G':
		return guest_address(c);
	case 'Z':
		return chance_one_in(c, 8) ? chance_edge(c) : chance_below(c, 512) * 4096;
	case 'H':
		return host_address(c);
	case '.':
		return chance_one_in(c, 32) ? chance_edge(c) : 0;
	}
	return chance_edge(c);
}

static void fill(struct chance *c, const char *shape, uint8_t *arg)
{
	unsigned int at = 0;

	for (; *shape && at < ARG_BYTES; shape++) {
		if (*shape == '*') {
			while (at < 1024)
				at = put(arg, at, chance_edge(c), 8);
			break;
		}
		at = put(arg, at, field(c, *shape), strchr("GZHEV", *shape) ? 8 : 4);
	}
}

/* A few words of what is there. */
static void change(struct chance *c, uint8_t *arg, unsigned int bytes)
{
	unsigned int n = chance_below(c, 4), at;

	while (n--) {
		at = chance_below(c, bytes ? bytes : 64) & ~7u;
		if (chance_one_in(c, 2))
			arg[at + chance_below(c, 8)] ^= 1u << chance_below(c, 8);
		else
			put(arg, at, chance_edge(c), chance_one_in(c, 2) ? 8 : 4);
	}
}

/* @arena: ARG_BYTES that can be accessed, behind them nothing can. */
static uint8_t *place(struct chance *c, uint8_t *arena, unsigned int bytes)
{
	switch (chance_below(c, 24)) {
	case 0:
		return NULL;
	case 1:
		return (uint8_t *)(chance_edge(c) | 1ull << 63);
	case 2: /* the last bytes are missing */
		return arena + ARG_BYTES - chance_below(c, bytes + 1);
	case 3:
		return arena + 1;
	}
	return arena;
}

/* One that does what @on says: of the shared ones, any of them. */
static int pick_fd(struct chance *c, int on)
{
	unsigned int i, tries;

	if (chance_one_in(c, 50))
		return round_.fd[chance_below(c, NR_FDS)];
	for (tries = 0; tries < 64; tries++) {
		i = chance_below(c, NR_FDS);
		if (round_.kind[i] & on)
			return round_.fd[i];
	}
	return -1;
}

/* A new fd takes the place of another, which is closed while others use it. */
static void keep_fd(struct chance *c, int fd, int kind)
{
	unsigned int i = 4 + chance_below(c, NR_FDS - 4);
	int old = round_.fd[i];

	if (fd < 0)
		return;
	round_.kind[i] = kind;
	round_.fd[i] = fd;
	if (old > 2)
		close(old);
}

/* Mostly a blob that the kernel made, of this fd or another, with a few changes. */
static void state_of(struct chance *c, int fd, uint8_t *arena)
{
	struct hvemu_state *s = (void *)arena;
	uint32_t room = ARG_BYTES - 64;

	if (chance_one_in(c, 4))
		return;
	*s = (struct hvemu_state){ .bytes = room, .data = (uintptr_t)arena + 64 };
	if (ioctl(chance_one_in(c, 4) ? pick_fd(c, VM | VCPU) : fd, HVEMU_GET_STATE, s) < 0)
		return;
	if (chance_one_in(c, 2))
		change(c, arena + 64, s->bytes < room ? s->bytes : room);
}

static void one_ioctl(struct chance *c, uint8_t *arena, unsigned int who)
{
	const struct row *row = &rows[chance_below(c, ARRAY_SIZE(rows))];
	unsigned long cmd = row->cmd, arg;
	int fd = pick_fd(c, row->on), ret;

	if (cmd == KVM_RUN && !chance_one_in(c, 8))
		return;
	round_.last[who] = row->name;
	if (row->shape[0] == '=') {
		arg = field(c, row->shape[1]);
	} else {
		memset(arena, 0, 64);
		if (row->get && !chance_one_in(c, 6)) {
			if (row->get == KVM_GET_CPUID2)
				*(uint32_t *)arena = 128;
			if (row->get == KVM_GET_IRQCHIP)
				*(uint32_t *)arena = chance_below(c, 3);
			if (row->get == KVM_GET_NESTED_STATE)
				((struct kvm_nested_state *)arena)->size = ARG_BYTES;
			ioctl(fd, row->get, arena);
			change(c, arena, row->get == KVM_GET_NESTED_STATE ? ARG_BYTES :
			       _IOC_SIZE(cmd));
		} else {
			fill(c, row->shape, arena);
		}
		arg = (uintptr_t)place(c, arena, _IOC_SIZE(cmd));
	}
	if (chance_one_in(c, 200)) /* another size, number or type */
		cmd ^= 1ul << chance_below(c, 32);
	if (cmd == HVEMU_SET_STATE)
		state_of(c, fd, arena);
	ret = ioctl(fd, cmd, arg);
	round_.ops++;
	stress_did(1);
	round_.ok += ret >= 0;
	if (verbose)
		printf("# %u: %s(%d, %#lx) = %d (%s)\n", who, row->name, fd, arg, ret,
		       ret < 0 ? strerror(errno) : "");
	if (ret < 0)
		return;
	if (cmd == KVM_CREATE_VM)
		keep_fd(c, ret, VM);
	else if (cmd == KVM_CREATE_VCPU)
		keep_fd(c, ret, VCPU);
	else if (cmd == KVM_GET_STATS_FD)
		keep_fd(c, ret, EVENT);
}

/* What is not an ioctl. */
static void one_deed(struct chance *c)
{
	struct vp *vp = &round_.vmm.vp[chance_below(c, NR_RUNNERS)];
	uint8_t *page = round_.mem + chance_below(c, EXTRA_MEM / 4096) * 4096;
	char buf[256];

	switch (chance_below(c, 12)) {
	case 0:
		pthread_kill(vp->thread, SIGUSR1);
		break;
	case 1:
		madvise(page, 4096 * chance_below(c, 16), MADV_DONTNEED);
		break;
	case 2:
		mprotect(page, 4096, chance_one_in(c, 2) ? PROT_NONE : PROT_READ | PROT_WRITE);
		break;
	case 3:
		mmap(page, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	case 4:
		((volatile uint64_t *)vp->run)[chance_below(c, round_.vmm.run_size / 8)] =
			chance_edge(c);
		break;
	case 5:
		vp->run->immediate_exit = chance_below(c, 3);
		break;
	case 6:
		keep_fd(c, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), EVENT);
		break;
	case 7:
		*(uint64_t *)buf = 1;
		if (write(round_.fd[4 + chance_below(c, NR_FDS - 4)], buf, 8) < 0)
			break;
		break;
	case 8:
		if (pread(round_.fd[chance_below(c, NR_FDS)], buf, chance_below(c, 256),
			  chance_below(c, 4096)) < 0)
			break;
		break;
	case 9:
		munmap(mmap(NULL, 4096 * chance_below(c, 8), PROT_READ | PROT_WRITE, MAP_SHARED,
			    pick_fd(c, VCPU), chance_below(c, 4) * 4096), 4096);
		break;
	case 10:
		/* not the RAM that the program's own text is a copy of */
		madvise(round_.vmm.ram + BARE_FREE + chance_below(c, 2048) * 4096,
			4096, MADV_DONTNEED);
		break;
	default:
		sched_yield();
	}
}

static void *worker(void *arg)
{
	unsigned int who = (uintptr_t)arg, n;
	struct chance c = chance_seed(round_.seed, who);
	uint8_t *arena = mmap(NULL, ARG_BYTES + 4096, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (arena == MAP_FAILED || mprotect(arena + ARG_BYTES, 4096, PROT_NONE))
		err(1, "memory for arguments");
	for (n = 0; n < OPS && !round_.stop; n++) {
		if (chance_one_in(&c, 4))
			one_deed(&c);
		else
			one_ioctl(&c, arena, who);
	}
	round_.last[who] = NULL;
	return NULL;
}

/* Another worker may have closed the vCPU's fd: then this one is done. */
static void *runner(void *arg)
{
	struct vp *vp = arg;
	unsigned int who = NR_WORKERS + vp->id, n = 0;
	struct kvm_regs regs = { 0 };

	round_.last[who] = "KVM_RUN";
	while (!round_.stop) {
		vp->run->immediate_exit = 0;
		if (ioctl(vp->fd, KVM_RUN, 0) < 0 && errno == EBADF)
			break;
		if (++n % 32)
			continue;
		/* back to the beginning, unless a worker took that away */
		regs.rip = (uintptr_t)guest_start;
		regs.rdi = (uintptr_t)guest_stress;
		regs.rsi = round_.seed + n + vp->id;
		regs.rsp = BARE_STACKS + (vp->id + 1) * BARE_STACK_SIZE - 8;
		regs.rflags = 2;
		ioctl(vp->fd, KVM_SET_REGS, &regs);
	}
	round_.last[who] = NULL;
	return NULL;
}

static void share(unsigned int i, int fd, int kind)
{
	round_.fd[i] = fd;
	round_.kind[i] = kind;
}

static void setup(uint64_t seed)
{
	struct chance c = chance_seed(seed, 99);
	unsigned int i;

	round_.seed = seed;
	bare_create(&round_.vmm, NR_RUNNERS, chance_one_in(&c, 3) ? BARE_NO_IRQCHIP : 0);
	round_.mem = mmap(NULL, EXTRA_MEM, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (round_.mem == MAP_FAILED)
		err(1, "memory");
	/* the first four stay: dup'ed, so that closing one does not end it all */
	share(0, round_.vmm.dev, DEV);
	share(1, round_.vmm.fd, VM);
	for (i = 0; i < NR_RUNNERS; i++)
		share(2 + i, round_.vmm.vp[i].fd, VCPU);
	share(4, ioctl(round_.vmm.dev, KVM_CREATE_VM, 0), VM);
	share(5, dup(round_.vmm.vp[0].fd), VCPU);
	share(6, dup(round_.vmm.fd), VM);
	for (i = 7; i < NR_FDS; i++)
		share(i, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), EVENT);
	for (i = 0; i < NR_RUNNERS; i++)
		bare_start(&round_.vmm.vp[i], guest_stress, seed + i);
}

/* Kicks the runners until all workers are through; false: somebody hangs. */
static bool wait_for(pthread_t *workers)
{
	time_t end = time(NULL) + ROUND_SECONDS / 2 * ktap_slow();
	unsigned int i;
	bool done;

	do {
		done = true;
		for (i = 0; i < NR_RUNNERS; i++)
			pthread_kill(round_.vmm.vp[i].thread, SIGUSR1);
		/* a worker may sit in KVM_RUN of a guest that never leaves */
		for (i = 0; i < NR_WORKERS; i++) {
			if (round_.last[i])
				pthread_kill(workers[i], SIGUSR1);
			done &= !round_.last[i];
		}
		usleep(2000);
		if (time(NULL) > end)
			return false;
	} while (!done);
	return true;
}

static int round_child(uint64_t seed)
{
	pthread_t workers[NR_WORKERS];
	unsigned int i;

	setup(seed);
	for (i = 0; i < NR_WORKERS; i++)
		round_.last[i] = "start";
	for (i = 0; i < NR_RUNNERS; i++)
		pthread_create(&round_.vmm.vp[i].thread, NULL, runner, &round_.vmm.vp[i]);
	for (i = 0; i < NR_WORKERS; i++)
		pthread_create(&workers[i], NULL, worker, (void *)(uintptr_t)i);
	if (!wait_for(workers)) {
		for (i = 0; i < NR_WORKERS; i++)
			printf("# worker %u: %s\n", i,
			       round_.last[i] ? round_.last[i] : "through");
		return 2;
	}
	round_.stop = true;
	for (i = 0; i < NR_WORKERS; i++)
		pthread_join(workers[i], NULL);
	for (i = 0; i < NR_RUNNERS; i++) {
		while (round_.last[NR_WORKERS + i]) {
			pthread_kill(round_.vmm.vp[i].thread, SIGUSR1);
			usleep(1000);
		}
		pthread_join(round_.vmm.vp[i].thread, NULL);
	}
	printf("# seed %#lx: %lu ioctls, %lu succeeded\n", seed, round_.ops, round_.ok);
	fflush(stdout);
	/* the rest is closed by the end of the process */
	return 0;
}

int main(int argc, char **argv)
{
	struct stress_options opt = { .seed = 1, .seconds = 20 };
	struct sigaction sa = { .sa_handler = on_signal };

	stress_options(&opt, argc, argv);
	verbose = opt.verbose;
	ktap_start(opt.seconds + 2 * ROUND_SECONDS);
	sigaction(SIGUSR1, &sa, NULL);
	if (access(vmm_device(), R_OK | W_OK))
		ktap_skip_all("%s: %s", vmm_device(), strerror(errno));
	stress_rounds(&opt, round_child, ROUND_SECONDS * ktap_slow());
	return ktap_finish();
}
