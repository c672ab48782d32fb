// SPDX-License-Identifier: GPL-2.0
/*
 * fault_test: the host's memory changes under guests that use it: unmapped,
 * truncated, merged, made large and small again, not there until somebody brings
 * it; VMMs killed meanwhile. What the guest does not have must fail to the VMM,
 * what it has must stay what it was.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define GPA		0x10000000ul
#define SIZE		(4 * MIB)
#define PAGES		(SIZE / 4096)
#define SLOT		5
#define NR_VPS		2
#define KILLS		12
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

struct host {
	struct vmm vmm;
	uint8_t *mem;
	volatile bool stop;
	volatile unsigned long efaults, others;
};

/* Each VP has every other page: what it finds there is what it wrote last. */
static volatile uint64_t guest_stop, forgetful, passes[NR_VPS], wrong[NR_VPS];

static uint64_t token(uint64_t page, uint64_t pass)
{
	return (page << 32 | pass) * 0x9e3779b97f4a7c15ull;
}

static void guest_check(uint64_t vp)
{
	volatile uint64_t *p;
	uint64_t i, v;

	for (i = 0; !guest_stop; i++) {
		uint64_t page = i % (PAGES / NR_VPS) * NR_VPS + vp;
		uint64_t pass = i / (PAGES / NR_VPS);

		p = (volatile uint64_t *)(GPA + page * 4096);
		v = p[vp];
		if (pass && !forgetful && v != token(page, pass - 1))
			wrong[vp]++;
		p[vp] = token(page, pass);
		if (!(i % 64)) {
			passes[vp]++;
			outb(0x10, 0);
		}
	}
}

static void on_signal(int sig)
{
}

static void *run_vp(void *arg)
{
	struct vp *vp = arg;
	struct host *h = vp->priv;

	while (!h->stop) {
		vp->run->immediate_exit = 0;
		if (!ioctl(vp->fd, KVM_RUN, 0)) {
			if (vp->run->exit_reason != KVM_EXIT_IO)
				h->others++;
			else if (vp->run->io.port == UCALL_PORT)
				break;
		} else if (errno == EFAULT) {
			h->efaults++;
			usleep(200);
		} else if (errno != EINTR && errno != EAGAIN) {
			h->others++;
		}
	}
	return NULL;
}

static void *host_mem(int fd)
{
	/* aligned, so that large pages fit */
	uint8_t *p = mmap(NULL, SIZE + 2 * MIB, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	p = (uint8_t *)(((uintptr_t)p + 2 * MIB - 1) & ~(2 * MIB - 1));
	if (mmap(p, SIZE, PROT_READ | PROT_WRITE,
		 MAP_FIXED | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED), fd, 0) != p)
		err(1, "mmap");
	return p;
}

static void start(struct host *h, int fd, bool forgets, guest_fn fn)
{
	unsigned int i;

	memset(h, 0, sizeof(*h));
	bare_create(&h->vmm, NR_VPS, 0);
	h->mem = host_mem(fd);
	vmm_set_slot(&h->vmm, SLOT, 0, GPA, SIZE, h->mem);
	guest_var(&h->vmm, forgetful) = forgets;
	for (i = 0; i < NR_VPS; i++) {
		h->vmm.vp[i].priv = h;
		bare_start(&h->vmm.vp[i], fn, i);
		pthread_create(&h->vmm.vp[i].thread, NULL, run_vp, &h->vmm.vp[i]);
	}
}


/* Both VPs get on from here; a limit, so that a test cannot hang. */
static bool goes_on(struct host *h)
{
	uint64_t was[NR_VPS];
	unsigned int i, ms, n = 0;

	for (i = 0; i < NR_VPS; i++)
		was[i] = guest_var(&h->vmm, passes[i]);
	for (ms = 0; n < NR_VPS && ms < 10000; ms++, usleep(1000))
		for (i = n = 0; i < NR_VPS; i++)
			n += guest_var(&h->vmm, passes[i]) >= was[i] + 2;
	return n == NR_VPS;
}

static void finish(struct host *h, const char *what)
{
	unsigned int i;

	ktap_ok(goes_on(h), "%s: the guest goes on", what);
	h->stop = true;
	guest_var(&h->vmm, guest_stop) = 1;
	for (i = 0; i < NR_VPS; i++) {
		h->vmm.vp[i].run->immediate_exit = 1;
		pthread_kill(h->vmm.vp[i].thread, SIGUSR1);
		pthread_join(h->vmm.vp[i].thread, NULL);
	}
	ktap_eq(guest_var(&h->vmm, wrong[0]) + guest_var(&h->vmm, wrong[1]), 0,
		"%s: the guest finds what it wrote", what);
	ktap_eq(h->others, 0, "%s: no other exits", what);
	munmap(h->mem, SIZE);
	vmm_destroy(&h->vmm);
}

static void await_fault(struct host *h)
{
	unsigned long was = h->efaults;
	unsigned int ms;

	for (ms = 0; h->efaults == was && ms < 2000; ms++)
		usleep(1000);
}

static void test_unmapped(void)
{
	struct host h;
	unsigned int i;

	start(&h, -1, true, guest_check);
	goes_on(&h);
	for (i = 0; i < 8; i++) {
		munmap(h.mem + i * 64 * KIB, SIZE / 2);
		await_fault(&h);
		mmap(h.mem + i * 64 * KIB, SIZE / 2, PROT_READ | PROT_WRITE,
		     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		goes_on(&h);
	}
	ktap_ok(h.efaults >= 8, "memory unmapped under a VP: EFAULT to the VMM");
	finish(&h, "memory unmapped");
}

static void test_truncated(void)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);
	struct host h;
	unsigned int i;

	if (fd < 0 || ftruncate(fd, SIZE))
		err(1, "memfd");
	start(&h, fd, true, guest_check);
	goes_on(&h);
	for (i = 0; i < 8; i++) {
		if (ftruncate(fd, i & 1 ? 0 : SIZE / 2 + 4096))
			err(1, "ftruncate");
		await_fault(&h);
		if (ftruncate(fd, SIZE))
			err(1, "ftruncate");
		goes_on(&h);
	}
	ktap_ok(h.efaults >= 8, "memfd truncated under a VP: EFAULT to the VMM");
	finish(&h, "memfd truncated");
	close(fd);
}

static void test_dropped(void)
{
	static const int advice[] = { MADV_DONTNEED, MADV_FREE, MADV_COLD, MADV_PAGEOUT };
	struct host h;
	unsigned int i;

	start(&h, -1, true, guest_check);
	for (i = 0; i < 200; i++)
		madvise(h.mem + i % 60 * 64 * KIB, 64 * KIB, advice[i % 4]);
	finish(&h, "pages dropped");
	ktap_eq(h.efaults, 0, "pages dropped: none is missed");
}

static void test_large_and_small(void)
{
	struct host h;
	unsigned int i;

	start(&h, -1, false, guest_check);
	goes_on(&h);
	for (i = 0; i < 40; i++) {
		uint8_t *part = h.mem + (i & 1) * 2 * MIB, *hole = part + i * 13 % 512 * 4096;

		madvise(part, 2 * MIB, MADV_HUGEPAGE);
		madvise(part, 2 * MIB, MADV_COLLAPSE);
		usleep(500);
		/* a page of its own rights splits the large one */
		mprotect(hole, 4096, PROT_READ);
		mprotect(hole, 4096, PROT_READ | PROT_WRITE);
		madvise(part, 2 * MIB, MADV_NOHUGEPAGE);
	}
	finish(&h, "large pages made and split");
	ktap_ok(true, "%lu of its writes met a page without rights", h.efaults);
}

static bool have_swap(void)
{
	FILE *f = fopen("/proc/swaps", "re");
	char line[200];
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n++;
	if (f)
		fclose(f);
	return n > 1;
}

static unsigned long vmstat(const char *name)
{
	FILE *f = fopen("/proc/vmstat", "re");
	unsigned long v, found = 0;
	char key[64];

	while (f && fscanf(f, "%63s %lu", key, &v) == 2)
		if (!strcmp(key, name))
			found = v;
	if (f)
		fclose(f);
	return found;
}

static void test_swapped(void)
{
	unsigned long out = vmstat("pswpout"), in = vmstat("pswpin");
	struct host h;
	unsigned int i;

	if (!have_swap()) {
		ktap_skip("no swap", "pages swapped out");
		return;
	}
	start(&h, -1, false, guest_check);
	madvise(h.mem, SIZE, MADV_NOHUGEPAGE);
	goes_on(&h);
	for (i = 0; i < 64; i++) {
		madvise(h.mem + i % 16 * (SIZE / 16), SIZE / 16, MADV_PAGEOUT);
		usleep(500);
	}
	finish(&h, "pages swapped out");
	out = vmstat("pswpout") - out;
	in = vmstat("pswpin") - in;
	ktap_ok(out >= PAGES / 4 && in >= PAGES / 4,
		"%lu pages went to swap, %lu came back", out, in);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

static long read_number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long v = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 ? atol(text) : -1;

	if (fd >= 0)
		close(fd);
	return v;
}

#define KSM	"/sys/kernel/mm/ksm/"

/* All pages the same, then one after another written by the guest. */
static volatile uint64_t ksm_go, ksm_done;

static void guest_same(uint64_t vp)
{
	volatile uint64_t *p = (volatile uint64_t *)GPA;
	uint64_t i;

	while (!ksm_go)
		outb(0x10, 0);
	for (i = vp; i < PAGES; i += NR_VPS)
		p[i * 512 + 1] = token(i, 7);
	__sync_fetch_and_add(&ksm_done, 1);
	while (!guest_stop) {
		passes[vp]++;
		outb(0x10, 0);
	}
}

static void test_merged(void)
{
	unsigned int i, ms, bad = 0;
	struct host h;

	if (!write_file(KSM "sleep_millisecs", "1") || !write_file(KSM "pages_to_scan", "2000")) {
		ktap_skip("no KSM", "pages merged");
		return;
	}
	start(&h, -1, false, guest_same);
	for (i = 0; i < PAGES; i++)
		*(uint64_t *)(h.mem + i * 4096) = 0x5a5a;
	madvise(h.mem, SIZE, MADV_NOHUGEPAGE);
	madvise(h.mem, SIZE, MADV_MERGEABLE);
	write_file(KSM "run", "1");
	for (ms = 0; read_number(KSM "pages_sharing") < (long)PAGES / 2 && ms < 5000; ms++)
		usleep(1000);
	ktap_ok(ms < 5000, "the host merges the guest's pages");
	guest_var(&h.vmm, ksm_go) = 1;
	for (ms = 0; guest_var(&h.vmm, ksm_done) < NR_VPS && ms < 10000; ms++)
		usleep(1000);
	for (i = 0; i < PAGES; i++) {
		uint64_t *p = (uint64_t *)(h.mem + i * 4096);

		bad += p[0] != 0x5a5a || p[1] != token(i, 7);
	}
	ktap_eq(bad, 0, "each page has its own guest's write, and no other");
	write_file(KSM "run", "2");
	finish(&h, "pages merged");
}

static int uffd_open(void *mem)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)mem, SIZE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool uffd_serve_one(int fd, int ms)
{
	static uint8_t page[4096] __attribute__((aligned(4096)));
	struct uffdio_copy copy = { .src = (uintptr_t)page, .len = 4096 };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct uffd_msg msg;

	if (poll(&p, 1, ms) != 1 || read(fd, &msg, sizeof(msg)) != sizeof(msg))
		return false;
	copy.dst = msg.arg.pagefault.address & ~0xfffull;
	return !ioctl(fd, UFFDIO_COPY, &copy) || errno == EEXIST;
}

static void test_brought_late(void)
{
	unsigned int served = 0;
	struct host h;
	int fd, probe;

	probe = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (probe < 0) {
		ktap_skip("no userfaultfd", "pages that are brought late");
		return;
	}
	close(probe);
	start(&h, -1, true, guest_check);
	madvise(h.mem, SIZE, MADV_NOHUGEPAGE);
	fd = uffd_open(h.mem);
	madvise(h.mem, SIZE, MADV_DONTNEED);
	while (served < PAGES && uffd_serve_one(fd, 3000))
		served++;
	ktap_ok(served >= PAGES / 2, "%u pages brought to VPs that wait for them", served);
	/* what it still has: closed, it fills missing pages with zeroes */
	close(fd);
	finish(&h, "pages that are brought late");
}

/* VMMs that are killed while their guest's memory is in some state of those above. */
static void victim(unsigned int kind)
{
	int memfd = kind == 1 ? memfd_create("guest", MFD_CLOEXEC) : -1;
	struct host h;
	unsigned int i;

	if (memfd >= 0 && ftruncate(memfd, SIZE))
		_exit(1);
	start(&h, memfd, true, guest_check);
	if (kind == 2) {
		/* both VPs wait for pages that nobody brings */
		uffd_open(h.mem);
		madvise(h.mem, SIZE, MADV_DONTNEED);
		pause();
	}
	for (i = 0; ; i++) {
		uint8_t *part = h.mem + (i & 1) * 2 * MIB;

		switch (kind) {
		case 0:
			munmap(part, 2 * MIB);
			mmap(part, 2 * MIB, PROT_READ | PROT_WRITE,
			     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			break;
		case 1:
			if (ftruncate(memfd, i & 1 ? SIZE : 4096))
				_exit(1);
			break;
		default:
			madvise(part, 2 * MIB, MADV_COLLAPSE);
			mprotect(part + 4096, 4096, i & 2 ? PROT_READ : PROT_NONE);
			mprotect(part + 4096, 4096, PROT_READ | PROT_WRITE);
		}
	}
}

static void test_killed(void)
{
	unsigned int i, ms, bad = 0;
	int status;
	pid_t pid;

	for (i = 0; i < KILLS; i++) {
		fflush(stdout);
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid)
			victim(i % 4);
		usleep(20000 * ktap_slow() + i * 3000);
		kill(pid, SIGKILL);
		for (ms = 0; waitpid(pid, &status, WNOHANG) != pid && ms < 10000; ms++)
			usleep(1000);
		bad += ms >= 10000 || !WIFSIGNALED(status);
	}
	ktap_eq(bad, 0, "%u VMMs killed while the memory of their guests changes", KILLS);
}

/* The reference counter is the host's monotonic time, whatever its clock says. */
static volatile uint64_t clock_before, clock_after;

static void guest_clock(uint64_t arg)
{
	clock_before = rdmsr(HV_X64_MSR_TIME_REF_COUNT);
	g_sync(1);
	clock_after = rdmsr(HV_X64_MSR_TIME_REF_COUNT);
	g_sync(2);
	clock_after = rdmsr(HV_X64_MSR_TIME_REF_COUNT);
}

static void test_clock_steps(void)
{
	const char *root = getenv("HVE_ROOT");
	struct timespec now, then;
	struct vmm vmm;
	int i;

	if (!root || *root) {
		ktap_skip("not in the lab", "steps of the host's clock");
		return;
	}
	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_clock, 0);
	bare_run(&vmm.vp[0]);
	for (i = 0; i < 2; i++) {
		clock_gettime(CLOCK_REALTIME, &now);
		then = now;
		then.tv_sec += i ? -7200 : 3600;
		clock_settime(CLOCK_REALTIME, &then);
		bare_run(&vmm.vp[0]);
		ktap_ok(guest_var(&vmm, clock_after) - guest_var(&vmm, clock_before) <
			(uint64_t)60 * 10000000, "a step of the host's clock %s is none of the guest's",
			i ? "back" : "ahead");
	}
	now.tv_sec += 3600;
	clock_settime(CLOCK_REALTIME, &now);
	vmm_destroy(&vmm);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	ktap_start(120);
	sigaction(SIGUSR1, &sa, NULL);
	test_unmapped();
	test_truncated();
	test_dropped();
	test_large_and_small();
	test_swapped();
	test_merged();
	test_brought_late();
	test_killed();
	test_clock_steps();
	return ktap_finish();
}
