// SPDX-License-Identifier: GPL-2.0
/*
 * corruption_test [-p VPS] [-t SECONDS]: a guest that checks its own memory,
 * registers and MSRs all the time, while timer interrupts come in, its VMM
 * interrupts and moves its threads, and the host moves its pages. Run two of
 * them at once, or one beside a KVM guest on the same CPUs (HVE_DEV), to see
 * that hypervisors do not take each other's state.
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
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define MAX_VPS		8
#define BUFFER_SIZE	(256 * KIB)
#define BUFFER(vp)	(BARE_FREE + (vp) * BUFFER_SIZE)
#define SHARED		(BARE_FREE + MAX_VPS * BUFFER_SIZE)
#define VEC_TIMER	0x81
#define PORT		0x10
#define SPINS		20000
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

enum check { MEMORY, GPRS, VECTORS, X87, DEBUG_REGS, MSRS, FLAGS, NR_CHECKS };

static const char *const check_names[NR_CHECKS] = {
	[MEMORY] = "memory", [GPRS] = "general registers", [VECTORS] = "vector registers",
	[X87] = "x87", [DEBUG_REGS] = "debug registers and CR2", [MSRS] = "MSRs",
	[FLAGS] = "flags",
};

struct vp_result {
	volatile uint64_t passes, ticks, errors[NR_CHECKS];
	volatile uint64_t first_bad, first_got, first_want;
} __attribute__((aligned(64)));

static volatile uint64_t stop, shared_adds[MAX_VPS];
static struct vp_result results[MAX_VPS];
static uint64_t with_avx, with_avx512, use_timer;

static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x9e3779b97f4a7c15ull;
	return x ^ x >> 29;
}

static void bad(struct vp_result *r, enum check what, uint64_t got, uint64_t want)
{
	if (!r->first_bad) {
		r->first_bad = what + 1;
		r->first_got = got;
		r->first_want = want;
	}
	r->errors[what]++;
}

static void expect(struct vp_result *r, enum check what, uint64_t got, uint64_t want)
{
	if (got != want)
		bad(r, what, got, want);
}

static void check_memory(struct vp_result *r, uint64_t vp, uint64_t seed)
{
	uint64_t *p = (uint64_t *)BUFFER(vp);
	uint64_t i, n = BUFFER_SIZE / 8, old = mix(seed - 1), new = mix(seed);

	for (i = 0; i < n; i += 8) {
		if (r->passes)
			expect(r, MEMORY, p[i], old ^ i * 0x100000001ull ^ vp << 56);
		p[i] = new ^ i * 0x100000001ull ^ vp << 56;
	}
}

/* All but RSP hold their values over many instructions, and so over exits. */
static uint64_t spin_gprs(uint64_t seed, uint64_t out[14])
{
	uint64_t flags;

	asm volatile("push %%rbp\n\t"
		     "push %[out]\n\t"
		     "mov %[seed], %%rax\n\t"
		     "lea 1(%%rax), %%rbx\n\t"
		     "lea 3(%%rax), %%rdx\n\t"
		     "lea 4(%%rax), %%rsi\n\t"
		     "lea 5(%%rax), %%rdi\n\t"
		     "lea 6(%%rax), %%rbp\n\t"
		     "lea 7(%%rax), %%r8\n\t"
		     "lea 8(%%rax), %%r9\n\t"
		     "lea 9(%%rax), %%r10\n\t"
		     "lea 10(%%rax), %%r11\n\t"
		     "lea 11(%%rax), %%r12\n\t"
		     "lea 12(%%rax), %%r13\n\t"
		     "lea 13(%%rax), %%r14\n\t"
		     "lea 14(%%rax), %%r15\n\t"
		     "mov %[spins], %%ecx\n\t"
		     "stc\n"		/* CF is kept by DEC and JNZ */
		     "1:	dec %%ecx\n\t"
		     "jnz 1b\n\t"
		     "pushfq\n\t"
		     "xchg %%r15, 8(%%rsp)\n\t"	/* RSP + 8: out */
		     "mov %%rax, 0(%%r15)\n\t"
		     "mov %%rbx, 8(%%r15)\n\t"
		     "mov %%rdx, 16(%%r15)\n\t"
		     "mov %%rsi, 24(%%r15)\n\t"
		     "mov %%rdi, 32(%%r15)\n\t"
		     "mov %%rbp, 40(%%r15)\n\t"
		     "mov %%r8, 48(%%r15)\n\t"
		     "mov %%r9, 56(%%r15)\n\t"
		     "mov %%r10, 64(%%r15)\n\t"
		     "mov %%r11, 72(%%r15)\n\t"
		     "mov %%r12, 80(%%r15)\n\t"
		     "mov %%r13, 88(%%r15)\n\t"
		     "mov %%r14, 96(%%r15)\n\t"
		     "mov 8(%%rsp), %%rax\n\t"
		     "mov %%rax, 104(%%r15)\n\t"
		     "pop %%rax\n\t"
		     "add $8, %%rsp\n\t"
		     "pop %%rbp"
		     : "=&a"(flags), [seed] "+c"(seed), [out] "+d"(out)
		     : [spins] "i"(SPINS)
		     : "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		       "r15", "cc", "memory");
	return flags;
}

static void check_gprs(struct vp_result *r, uint64_t seed)
{
	static const uint8_t add[14] = { 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
	uint64_t out[14], flags, base = mix(seed);
	unsigned int i;

	flags = spin_gprs(base, out);
	for (i = 0; i < 14; i++)
		expect(r, GPRS, out[i], base + add[i]);
	expect(r, FLAGS, flags & 1, 1);
}

#define V4(op, a, b, c, d)						\
	op " 0x000(%0), " a "\n\t" op " 0x040(%0), " b "\n\t"		\
	op " 0x080(%0), " c "\n\t" op " 0x0c0(%0), " d "\n\t"
#define S4(op, a, b, c, d)						\
	op " " a ", 0x000(%1)\n\t" op " " b ", 0x040(%1)\n\t"		\
	op " " c ", 0x080(%1)\n\t" op " " d ", 0x0c0(%1)\n\t"
#define SPIN	"mov %2, %%ecx\n1:	dec %%ecx\n\tjnz 1b\n\t"

/* Four of the registers, the first and last ones, at the widest the guest has. */
static void spin_vectors(const uint64_t *in, uint64_t *out)
{
	if (with_avx512)
		asm volatile(V4("vmovdqu64", "%%zmm0", "%%zmm15", "%%zmm16", "%%zmm31")
			     "kmovw 0x100(%0), %%k1\n\t" SPIN
			     S4("vmovdqu64", "%%zmm0", "%%zmm15", "%%zmm16", "%%zmm31")
			     "kmovw %%k1, 0x100(%1)"
			     : : "r"(in), "r"(out), "i"(SPINS) : "rcx", "cc", "memory");
	else if (with_avx)
		asm volatile(V4("vmovdqu", "%%ymm0", "%%ymm1", "%%ymm8", "%%ymm15") SPIN
			     S4("vmovdqu", "%%ymm0", "%%ymm1", "%%ymm8", "%%ymm15")
			     : : "r"(in), "r"(out), "i"(SPINS) : "rcx", "cc", "memory");
	else
		asm volatile(V4("movdqu", "%%xmm0", "%%xmm1", "%%xmm8", "%%xmm15") SPIN
			     S4("movdqu", "%%xmm0", "%%xmm1", "%%xmm8", "%%xmm15")
			     : : "r"(in), "r"(out), "i"(SPINS) : "rcx", "cc", "memory");
}

static void check_vectors(struct vp_result *r, uint64_t seed)
{
	uint64_t in[34], out[34];
	unsigned int i, words = with_avx512 ? 8 : with_avx ? 4 : 2;

	for (i = 0; i < 34; i++) {
		in[i] = mix(seed + i);
		out[i] = 0;
	}
	spin_vectors(in, out);
	for (i = 0; i < 32; i++)
		if (i % 8 < words)
			expect(r, VECTORS, out[i], in[i]);
	if (with_avx512)
		expect(r, VECTORS, out[32] & 0xffff, in[32] & 0xffff);
}

static void check_x87(struct vp_result *r, uint64_t seed)
{
	uint64_t in = mix(seed) >> 12, out;	/* an integer that x87 holds exactly */
	uint16_t control = seed & 1 ? 0x37f : 0x27f, got;
	uint32_t mxcsr = seed & 1 ? 0x1f80 : 0x9fc0, got_mxcsr;

	asm volatile("fninit\n\tfldcw %[cw]\n\tldmxcsr %[mx]\n\tfildq %[in]\n\t"
		     "mov %[spins], %%ecx\n1:	dec %%ecx\n\tjnz 1b\n\t"
		     "fistpq %[out]\n\tfnstcw %[got]\n\tstmxcsr %[gmx]"
		     : [out] "=m"(out), [got] "=m"(got), [gmx] "=m"(got_mxcsr)
		     : [in] "m"(in), [cw] "m"(control), [mx] "m"(mxcsr), [spins] "i"(SPINS)
		     : "rcx", "cc", "memory");
	/* 53-bit precision rounds nothing that fits 52 bits */
	expect(r, X87, out, in);
	expect(r, X87, got, control);
	expect(r, X87, got_mxcsr, mxcsr);
}

static void check_debug(struct vp_result *r, uint64_t seed)
{
	uint64_t dr0 = mix(seed) >> 17, cr2 = mix(seed + 1) >> 17, got;

	/* never enabled in DR7, so nothing triggers */
	asm volatile("mov %0, %%dr0\n\tmov %0, %%dr3\n\tmov %1, %%cr2"
		     : : "r"(dr0), "r"(cr2));
	for (got = 0; got < SPINS / 4; got++)
		cpu_pause();
	asm volatile("mov %%dr0, %0" : "=r"(got));
	expect(r, DEBUG_REGS, got, dr0);
	asm volatile("mov %%dr3, %0" : "=r"(got));
	expect(r, DEBUG_REGS, got, dr0);
	asm volatile("mov %%cr2, %0" : "=r"(got));
	expect(r, DEBUG_REGS, got, cr2);
}

/* FMASK and SYSENTER_CS have 32 bits; the others hold canonical addresses. */
static uint64_t msr_value(uint32_t msr, uint64_t seed)
{
	uint64_t value = (mix(seed) >> 17) & ~0xffull;

	return msr == 0xc0000084 || msr == 0x174 ? (uint32_t)value : value;
}

static void check_msrs(struct vp_result *r, uint64_t seed)
{
	/* STAR, LSTAR, CSTAR, FMASK, FS base, KERNEL_GS_BASE, SYSENTER CS, ESP, EIP */
	static const uint32_t msr[] = {
		0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000102,
		0x174, 0x175, 0x176,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msr); i++)
		if (r->passes)
			expect(r, MSRS, rdmsr(msr[i]), msr_value(msr[i], seed - 1 + i));
	for (i = 0; i < ARRAY_SIZE(msr); i++) {
		uint64_t value = msr_value(msr[i], seed + i);

		wrmsr(msr[i], value);
		expect(r, MSRS, rdmsr(msr[i]), value);
	}
}

static void on_timer(struct guest_regs *regs)
{
	results[this_vp()->id].ticks++;
	x2apic_eoi();
}

static void enable_vectors(void)
{
	uint32_t leaf[4], xcr0[4];

	cpuid(1, 0, leaf);
	if (!(leaf[2] & 1 << 26))	/* XSAVE */
		return;
	cpuid(0xd, 0, xcr0);
	write_cr4(read_cr4() | 1 << 18);
	if (with_avx512 && (xcr0[0] & 0xe7) == 0xe7)
		xsetbv(0, 0xe7);
	else if (with_avx && (xcr0[0] & 7) == 7)
		xsetbv(0, 7);
}

static void guest_main(uint64_t vp)
{
	struct vp_result *r = &results[vp];
	volatile uint64_t *shared = (volatile uint64_t *)SHARED;
	uint32_t leaf[4];
	uint64_t seed = mix(vp + 1) | 1;

	enable_vectors();
	guest_x2apic_enable();
	guest_handlers[VEC_TIMER] = on_timer;
	if (use_timer) {
		x2apic_write(APIC_TIMER_DIVIDE, 0xb);
		x2apic_write(APIC_LVT_TIMER, VEC_TIMER | APIC_LVT_PERIODIC);
		x2apic_write(APIC_TIMER_INITIAL, use_timer);
		irq_on();
	}
	while (!stop) {
		check_memory(r, vp, seed + r->passes);
		check_gprs(r, seed + r->passes);
		check_vectors(r, seed + r->passes);
		check_x87(r, seed + r->passes);
		check_debug(r, seed + r->passes);
		check_msrs(r, seed + r->passes);
		__sync_fetch_and_add(shared, 1);
		shared_adds[vp]++;
		cpuid(0, 0, leaf);
		if (!(r->passes & 15))
			outb(PORT, vp);
		r->passes++;
	}
	irq_off();
}

/* ---- the VMM half ---- */

static volatile bool finished;

static void on_kick(int sig)
{
}

static void *run_vp(void *arg)
{
	struct vp *vp = arg;
	enum bare_stop s;
	char text[200];

	do {
		s = bare_run(vp);
	} while (s == BARE_EINTR || (s == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_IO));
	if (s == BARE_EXIT) {
		vp_describe_exit(vp, text, sizeof(text));
		ktap_note("%s", text);
	}
	return (void *)(uintptr_t)(s == BARE_DONE);
}

/* Puts the thread on another CPU each time, and pages to other places. */
static void disturb(struct vmm *vmm, unsigned int round)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int i;
	cpu_set_t set;
	int fd;

	for (i = 0; i < vmm->nr_vps; i++) {
		CPU_ZERO(&set);
		CPU_SET((i + round) % cpus, &set);
		if (round % 4 == 3)
			pthread_setaffinity_np(vmm->vp[i].thread, sizeof(set), &set);
		pthread_kill(vmm->vp[i].thread, SIGUSR1);
	}
	if (round % 16)
		return;
	madvise(vmm->ram, vmm->ram_size,
		round % 32 ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	madvise(vmm->ram, vmm->ram_size, MADV_COLLAPSE);
	fd = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (write(fd, "1", 1) != 1)
			ktap_note("compact_memory: %s", strerror(errno));
		close(fd);
	}
}

static void report(struct vmm *vmm)
{
	uint64_t adds = 0;
	unsigned int i, c;

	for (i = 0; i < vmm->nr_vps; i++) {
		struct vp_result *r = &guest_var(vmm, results[i]);

		adds += guest_var(vmm, shared_adds[i]);
		ktap_ok(r->passes > 1, "VP %u: %lu passes, %lu timer interrupts", i, r->passes,
			r->ticks);
		for (c = 0; c < NR_CHECKS; c++)
			ktap_ok(!r->errors[c], "VP %u: %s: %lu errors", i, check_names[c],
				r->errors[c]);
		if (r->first_bad)
			ktap_note("VP %u: first error: %s: %#lx instead of %#lx", i,
				  check_names[r->first_bad - 1], r->first_got,
				  r->first_want);
		if (guest_var(vmm, use_timer))
			ktap_ok(r->ticks > 0, "VP %u: timer interrupts came", i);
	}
	ktap_eq(*(uint64_t *)vmm_gpa(vmm, SHARED, 8), adds,
		"atomic additions of all VPs to one word");
}

static unsigned int number(const char *text, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!*text || *end || !n || n > max)
		errx(1, "'%s' is not a number from 1 to %u", text, max);
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_kick };
	unsigned int vps = 2, seconds = 3, i, round = 0;
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;
	struct timespec start, now, pause = { .tv_nsec = 5000000 };
	struct vmm vmm;
	bool all = true;
	void *done;
	int c;

	while ((c = getopt(argc, argv, "p:t:")) != -1) {
		if (c == 'p')
			vps = number(optarg, MAX_VPS);
		else if (c == 't')
			seconds = number(optarg, 100000);
		else
			errx(1, "usage: corruption_test [-p VPS] [-t SECONDS]");
	}
	ktap_start(seconds * 3 + 60);
	sigaction(SIGUSR1, &sa, NULL);
	bare_create(&vmm, vps, 0);
	cpuid_supported(&vmm, &t);
	e = cpuid_find(&t, 0xd, 0);
	guest_var(&vmm, with_avx) = e && (e->eax & 7) == 7;
	guest_var(&vmm, with_avx512) = e && (e->eax & 0xe7) == 0xe7;
	guest_var(&vmm, use_timer) = 500000;	/* 0.5 ms of a 1 GHz APIC bus */
	ktap_note("vector registers: %s",
		  guest_var(&vmm, with_avx512) ? "512 bits" :
		  guest_var(&vmm, with_avx) ? "256 bits" : "128 bits");
	for (i = 0; i < vps; i++) {
		bare_start(&vmm.vp[i], guest_main, i);
		if (pthread_create(&vmm.vp[i].thread, NULL, run_vp, &vmm.vp[i]))
			ktap_bail("cannot start a thread");
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		nanosleep(&pause, NULL);
		disturb(&vmm, ++round);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < seconds);
	guest_var(&vmm, stop) = 1;
	for (i = 0; i < vps; i++) {
		pthread_join(vmm.vp[i].thread, &done);
		all &= !!done;
	}
	ktap_ok(all, "all VPs came to their end");
	report(&vmm);
	vmm_destroy(&vmm);
	return ktap_finish();
}
