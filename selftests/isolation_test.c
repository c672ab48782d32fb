// SPDX-License-Identifier: GPL-2.0
/*
 * isolation_test: a guest sees nothing of the host's or another guest's registers,
 * and leaves nothing in them: general and vector registers, x87, debug registers,
 * MSRs, after exits of every kind. Pages that are taken away are gone. Who may open
 * the device.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define HOST_MARK	0xa5a5000000000000ull
#define GUEST_MARK	0x5a5a000000000000ull
#define NR_GPRS		13	/* without RAX, RCX and RSP */
#define MSR_FMASK	0xc0000084
#define MSR_TSC_AUX	0xc0000103
#define MSR_KERNEL_GS	0xc0000102
#define XCR0_AVX	7

/* In this order in the asm below: rbx rdx rsi rdi rbp r8 ... r15 */
struct marks {
	uint64_t gpr[NR_GPRS];
	uint64_t pad;
	uint64_t xmm[32] __attribute__((aligned(16)));
};

#define LOAD_GPRS							\
	"mov 0(%%rax), %%rbx\n\tmov 8(%%rax), %%rdx\n\t"		\
	"mov 16(%%rax), %%rsi\n\tmov 24(%%rax), %%rdi\n\t"		\
	"mov 32(%%rax), %%rbp\n\tmov 40(%%rax), %%r8\n\t"		\
	"mov 48(%%rax), %%r9\n\tmov 56(%%rax), %%r10\n\t"		\
	"mov 64(%%rax), %%r11\n\tmov 72(%%rax), %%r12\n\t"		\
	"mov 80(%%rax), %%r13\n\tmov 88(%%rax), %%r14\n\tmov 96(%%rax), %%r15\n\t"
#define STORE_GPRS							\
	"mov %%rbx, 0(%%rax)\n\tmov %%rdx, 8(%%rax)\n\t"		\
	"mov %%rsi, 16(%%rax)\n\tmov %%rdi, 24(%%rax)\n\t"		\
	"mov %%rbp, 32(%%rax)\n\tmov %%r8, 40(%%rax)\n\t"		\
	"mov %%r9, 48(%%rax)\n\tmov %%r10, 56(%%rax)\n\t"		\
	"mov %%r11, 64(%%rax)\n\tmov %%r12, 72(%%rax)\n\t"		\
	"mov %%r13, 80(%%rax)\n\tmov %%r14, 88(%%rax)\n\tmov %%r15, 96(%%rax)\n\t"
#define LOAD_XMM(n)	"movdqa 112+16*" #n "(%%rax), %%xmm" #n "\n\t"
#define STORE_XMM(n)	"movdqa %%xmm" #n ", 112+16*" #n "(%%rax)\n\t"
#define ALL_XMM(op)	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) \
			op(11) op(12) op(13) op(14) op(15)
#define SAVE_CALLEE	"push %%rbp\n\tpush %%rbx\n\tpush %%r12\n\tpush %%r13\n\t" \
			"push %%r14\n\tpush %%r15\n\t"
#define BACK_CALLEE	"pop %%r15\n\tpop %%r14\n\tpop %%r13\n\tpop %%r12\n\t" \
			"pop %%rbx\n\tpop %%rbp\n\t"

_Static_assert(__builtin_offsetof(struct marks, xmm) == 112, "numbers in the asm");

/* @insn may change RAX and RCX; @in is what all others hold before, @out after. */
#define MARKED(insn, in, out)						\
	asm volatile(SAVE_CALLEE "push %%rcx\n\t"			\
		     LOAD_GPRS ALL_XMM(LOAD_XMM)			\
		     insn "\n\t"					\
		     "pop %%rax\n\t"					\
		     STORE_GPRS ALL_XMM(STORE_XMM) BACK_CALLEE		\
		     : : "a"(in), "c"(out)				\
		     : "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory")

static void fill(struct marks *m, uint64_t mark)
{
	unsigned int i;

	for (i = 0; i < NR_GPRS; i++)
		m->gpr[i] = mark | i;
	for (i = 0; i < 32; i++)
		m->xmm[i] = mark | 0x100 | i;
}

static uint64_t differ(const struct marks *a, const struct marks *b)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < NR_GPRS; i++)
		n += a->gpr[i] != b->gpr[i];
	for (i = 0; i < 32; i++)
		n += a->xmm[i] != b->xmm[i];
	return n;
}

/* The guest: one exit of each kind, with all registers full of its marks. */
static const char *const kinds[] = {
	"CPUID", "a synthetic MSR", "an APIC register", "a hypercall", "HLT with a timer",
	"a write to CR0", "a new page", "MMIO", "a port", "INVLPG and WBINVD", "XGETBV",
	"a fault of its own",
};

static const uint32_t marked_msrs[] = {
	0x174, 0x175, 0x176, 0xc0000081, 0xc0000082, 0xc0000083, MSR_FMASK, MSR_KERNEL_GS,
	MSR_TSC_AUX,
};

static volatile uint64_t first_xmm, first_dr, first_msr, first_control;
static volatile uint64_t left_kinds[ARRAY_SIZE(kinds)], in_msrs, in_drs, in_control;
static struct marks g_in, g_out;

static void read_drs(uint64_t dr[4])
{
	asm volatile("mov %%dr0, %0\n\tmov %%dr1, %1\n\tmov %%dr2, %2\n\tmov %%dr3, %3"
		     : "=r"(dr[0]), "=r"(dr[1]), "=r"(dr[2]), "=r"(dr[3]));
}

static void write_drs(uint64_t v)
{
	asm volatile("mov %0, %%dr0\n\tmov %0, %%dr1\n\tmov %0, %%dr2\n\tmov %0, %%dr3"
		     : : "r"(v));
}

static uint64_t msr_mark(unsigned int i)
{
	switch (marked_msrs[i]) {
	case 0x174:	/* these have 32 bits, the others hold addresses */
	case MSR_FMASK:
	case MSR_TSC_AUX:
		return 0x5a5a0000 + i;
	}
	return 0x00005a5a00000000ull + i;
}

static uint32_t fcw_mxcsr(void)
{
	uint32_t mxcsr;
	uint16_t cw;

	asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(cw));
	return mxcsr << 16 | cw;
}

static void set_fcw_mxcsr(uint32_t mxcsr, uint16_t cw)
{
	asm volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(cw));
}

/* What it finds when it begins. */
static void look_around(void)
{
	uint64_t dr[4], v;
	unsigned int i;

	asm volatile(ALL_XMM(STORE_XMM) : : "a"(&g_out) : "memory");
	for (i = 0; i < 32; i++)
		first_xmm += g_out.xmm[i] != 0;
	read_drs(dr);
	for (i = 0; i < 4; i++)
		first_dr += dr[i] != 0;
	for (i = 0; i < ARRAY_SIZE(marked_msrs); i++)
		first_msr += rdmsr_safe(marked_msrs[i], &v) == NO_FAULT && v != 0;
	first_control = fcw_mxcsr();
}

static void wake_up(struct guest_regs *regs)
{
	x2apic_eoi();
}

static void guest_marked(uint64_t arg)
{
	uint64_t dr[4], v, round, page = BARE_FREE + MIB;
	unsigned int i;

	look_around();
	guest_x2apic_enable();
	guest_handlers[0x41] = wake_up;
	x2apic_write(APIC_LVT_TIMER, 0x41 | APIC_LVT_DEADLINE);
	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0x8100000000000001ull);
	fill(&g_in, GUEST_MARK);
	write_drs(GUEST_MARK >> 16);
	set_fcw_mxcsr(0x3f80, 0x0e7f);
	for (i = 0; i < ARRAY_SIZE(marked_msrs); i++)
		wrmsr_safe(marked_msrs[i], msr_mark(i));

#define KIND(k, insn) ({						\
	MARKED(insn, &g_in, &g_out);					\
	left_kinds[k] += differ(&g_in, &g_out);				\
})
	for (round = 0; ; round++) {
		g_in.gpr[0] = g_in.gpr[1] = GUEST_MARK;
		/* CPUID and RDMSR write RBX and RDX: kept apart */
		KIND(0, "push %%rbx\n\tpush %%rdx\n\tmov $1, %%eax\n\tcpuid\n\t"
			"pop %%rdx\n\tpop %%rbx");
		KIND(1, "push %%rdx\n\tmov $0x40000002, %%ecx\n\trdmsr\n\tpop %%rdx");
		KIND(2, "push %%rdx\n\tmov $0x808, %%ecx\n\txor %%eax, %%eax\n\t"
			"xor %%edx, %%edx\n\twrmsr\n\tpop %%rdx");
		/* an unknown call: RDX and R8 are addresses nobody looks at */
		KIND(3, "mov $0x7fff, %%ecx\n\tvmcall");
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + 20000);
		KIND(4, "sti\n\thlt\n\tcli");
		KIND(5, "mov %%cr0, %%rax\n\txor $0x10000, %%rax\n\tmov %%rax, %%cr0\n\t"
			"xor $0x10000, %%rax\n\tmov %%rax, %%cr0");
		*(volatile uint64_t *)(BARE_FREE + 0x800) = page += 4096;
		KIND(6, "mov 0xa00800, %%rax\n\tmovq $1, (%%rax)");
		KIND(7, "mov $0x40000000, %%eax\n\tmov %%ebx, (%%rax)");
		KIND(8, "out %%al, $0x10");
		KIND(9, "invlpg (%%rsp)\n\twbinvd");
		KIND(10, "push %%rdx\n\txor %%ecx, %%ecx\n\tmov %%cr4, %%rax\n\t"
			 "or $0x40000, %%eax\n\tmov %%rax, %%cr4\n\txgetbv\n\tpop %%rdx");
		KIND(11, "movq $-1, %%gs:0x10\n\tmovq $991f, %%gs:0x08\n\tud2\n"
			 "991:\tmovq $0, %%gs:0x08");
		read_drs(dr);
		for (i = 0; i < 4; i++)
			in_drs += dr[i] != GUEST_MARK >> 16;
		for (i = 0; i < ARRAY_SIZE(marked_msrs); i++)
			in_msrs += rdmsr_safe(marked_msrs[i], &v) == NO_FAULT && v != msr_mark(i);
		in_control += fcw_mxcsr() != (0x3f80u << 16 | 0x0e7f);
		g_sync(round);
	}
}

_Static_assert(BARE_FREE == 0xa00000 && BARE_NO_RAM == 0x40000000, "numbers in the asm");

/* The host's half: KVM_RUN with its own marks everywhere. */
static struct marks h_in, h_out;
static uint64_t watched;

struct host_watch {
	uint64_t bad_regs, bad_control, bad_gs, runs;
	int breakpoint;
};

static int perf_breakpoint(void *where)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT, .size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W, .bp_addr = (uintptr_t)where,
		.bp_len = HW_BREAKPOINT_LEN_8, .exclude_kernel = 1, .exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static uint64_t gs_base(void)
{
	uint64_t v = 0;

	syscall(SYS_arch_prctl, ARCH_GET_GS, &v);
	return v;
}

static void run_marked(struct host_watch *w, struct vp *vp)
{
	uint32_t was;

	/* RSI, RDI and RDX are the system call's own; RCX and R11 belong to SYSCALL */
	fill(&h_in, HOST_MARK);
	h_in.gpr[1] = 0;
	h_in.gpr[2] = KVM_RUN;
	h_in.gpr[3] = vp->fd;
	set_fcw_mxcsr(0x5f80, 0x0b7f);
	was = fcw_mxcsr();
	MARKED("mov $16, %%eax\n\tsyscall\n\t", &h_in, &h_out);
	h_out.gpr[8] = h_in.gpr[8];
	w->bad_control += fcw_mxcsr() != was;
	set_fcw_mxcsr(0x1f80, 0x037f);
	w->bad_regs += differ(&h_in, &h_out);
	w->bad_gs += gs_base() != HOST_MARK >> 24;
	w->runs++;
}

/* Until the guest's next g_sync(). */
static bool to_sync(struct host_watch *w, struct vp *vp)
{
	unsigned int n;

	for (n = 0; n < 1000; n++) {
		run_marked(w, vp);
		if (vp->run->exit_reason == KVM_EXIT_MMIO)
			continue;
		if (vp->run->exit_reason != KVM_EXIT_IO)
			return false;
		if (vp->run->io.port == UCALL_PORT)
			return true;
	}
	return false;
}

static void test_registers(void)
{
	static const char *const what[] = { "the first guest", "a guest after another" };
	struct host_watch w = { .breakpoint = perf_breakpoint(&watched) };
	uint64_t hits = 0, want = 0;
	unsigned int i, k, round;
	struct vmm vmm[2];

	syscall(SYS_arch_prctl, ARCH_SET_GS, HOST_MARK >> 24);
	for (i = 0; i < 2; i++) {
		bool fine = true;

		bare_create(&vmm[i], 1, 0);
		bare_start(&vmm[i].vp[0], guest_marked, 0);
		for (round = 0; round < 20 && fine; round++) {
			*(volatile uint64_t *)&watched = round;
			want++;
			fine = to_sync(&w, &vmm[i].vp[0]);
			/* the older guest runs in between */
			if (i && fine)
				fine = to_sync(&w, &vmm[0].vp[0]);
		}
		ktap_ok(fine, "%s gets through its rounds", what[i]);
		ktap_eq(guest_var(&vmm[i], first_xmm), 0, "%s begins with no values in XMM",
			what[i]);
		ktap_eq(guest_var(&vmm[i], first_dr), 0, "%s: none in debug registers", what[i]);
		ktap_eq(guest_var(&vmm[i], first_msr), 0, "%s: none in MSRs", what[i]);
		ktap_eq(guest_var(&vmm[i], first_control), 0x1f80 << 16 | 0x37f,
			"%s: MXCSR and x87 control as after reset", what[i]);
	}
	for (i = 0; i < 2; i++) {
		for (k = 0; k < ARRAY_SIZE(kinds); k++)
			ktap_eq(guest_var(&vmm[i], left_kinds[k]), 0,
				"%s: its registers survive %s", what[i], kinds[k]);
		ktap_eq(guest_var(&vmm[i], in_drs), 0, "%s: so do debug registers", what[i]);
		ktap_eq(guest_var(&vmm[i], in_msrs), 0, "%s: and MSRs", what[i]);
		ktap_eq(guest_var(&vmm[i], in_control), 0, "%s: and MXCSR, x87", what[i]);
		vmm_destroy(&vmm[i]);
	}
	ktap_eq(w.bad_regs, 0, "the VMM's registers survive %lu calls of KVM_RUN", w.runs);
	ktap_eq(w.bad_control, 0, "so do MXCSR and x87 control");
	ktap_eq(w.bad_gs, 0, "and its GS base");
	if (w.breakpoint < 0 || read(w.breakpoint, &hits, 8) != 8)
		ktap_skip("no hardware breakpoints", "the host's breakpoint");
	else
		ktap_eq(hits, want, "the host's breakpoint counts its writes, and nobody else's");
	if (w.breakpoint >= 0)
		close(w.breakpoint);
	syscall(SYS_arch_prctl, ARCH_SET_GS, 0ul);
}

/*
 * A guest whose breakpoints are at an address in the host's kernel, which runs there
 * right before each entry, while the host has a breakpoint of its own for the VMM:
 * DR7 is then on, and must not be while the guest's addresses are in DR0 to DR3.
 */
static volatile uint64_t host_code;

static void guest_breakpoints(uint64_t arg)
{
	write_drs(host_code);
	asm volatile("mov %0, %%dr7" : : "r"(0x4ffull));
	for (;;)
		g_sync(0);
}

/* 0: the kernel does not say. */
static uint64_t kernel_symbol(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long v, found = 0;
	char line[300], sym[128];

	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %127s", &v, sym) == 2 && !strcmp(sym, name))
			found = v;
	if (f)
		fclose(f);
	return found;
}

static void host_target(void)
{
	asm volatile("");
}

static void test_host_breakpoint(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT, .size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_X, .bp_addr = (uintptr_t)host_target,
		.bp_len = sizeof(long),
	};
	static const char what[] = "breakpoints of a guest in the host's code: none is hit";
	uint64_t hits = ~0ull, where = kernel_symbol("hve_vmx_run");
	unsigned int i, rounds = 0;
	struct vmm vmm;
	int fd = -1;

	if (where)
		fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (fd < 0) {
		ktap_skip(where ? "no hardware breakpoints" : "no address of the host's code",
			  "%s", what);
		return;
	}
	bare_create(&vmm, 1, 0);
	guest_var(&vmm, host_code) = where;
	bare_start(&vmm.vp[0], guest_breakpoints, 0);
	for (i = 0; i < 10; i++)
		rounds += bare_run(&vmm.vp[0]) == BARE_SYNC;
	ktap_eq(rounds, i, "a guest with breakpoints where the host's code is");
	if (read(fd, &hits, 8) != 8)
		ktap_bail("read of a breakpoint's count");
	ktap_eq(hits, 0, "%s", what);
	close(fd);
	vmm_destroy(&vmm);
}

/* YMM: what a guest that enables AVX finds in the upper halves. */
static volatile uint64_t upper_bad, has_avx;

static void guest_upper(uint64_t arg)
{
	uint64_t v[2] __attribute__((aligned(16)));
	uint32_t r[4];

	cpuid(1, 0, r);
	has_avx = !!(r[2] & 1u << 28);
	if (!has_avx)
		return;
	write_cr4(read_cr4() | 1 << 18);
	xsetbv(0, XCR0_AVX);
#define UPPER(n)							\
	asm volatile("vextractf128 $1, %%ymm" #n ", %%xmm0\n\tmovdqa %%xmm0, %0" : "=m"(v)); \
	upper_bad += v[0] || v[1];
	UPPER(1) UPPER(2) UPPER(3) UPPER(7) UPPER(8) UPPER(15)
}

static void test_upper(void)
{
	uint64_t low[4] __attribute__((aligned(32))) = { 1, 2, HOST_MARK, HOST_MARK | 1 };
	uint64_t after[4] __attribute__((aligned(32))) = { 0 };
	struct vmm vmm;
	int ret;

	if (!__builtin_cpu_supports("avx")) {
		ktap_skip("no AVX", "upper halves of YMM");
		return;
	}
	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_upper, 0);
	asm volatile("vmovdqa %2, %%ymm1\n\tvmovdqa %2, %%ymm8\n\tvmovdqa %2, %%ymm15\n\t"
		     "syscall\n\tvmovdqa %%ymm8, %1"
		     : "=a"(ret), "=m"(after)
		     : "m"(low), "0"(16), "D"(vmm.vp[0].fd), "S"(KVM_RUN), "d"(0)
		     : "rcx", "r11", "memory");
	ktap_ok(!ret && !memcmp(low, after, sizeof(low)), "upper halves of the VMM's YMM survive");
	if (guest_var(&vmm, has_avx))
		ktap_eq(guest_var(&vmm, upper_bad), 0, "and are not the guest's");
	vmm_destroy(&vmm);
}

/* A page that the VMM gives back and gets anew, with a secret, for itself. */
static volatile uint64_t probe_value, probe_secrets;

static void guest_probe(uint64_t arg)
{
	volatile uint64_t *p = (volatile uint64_t *)0x10000000ul;

	for (;;) {
		probe_value = *p;
		probe_secrets += probe_value == HOST_MARK;
		*p = GUEST_MARK;
		g_sync(1);
	}
}

static void test_freed_pages(void)
{
	unsigned int i, refused = 0, soiled = 0, n = 200;
	uint64_t *secret;
	struct vmm vmm;
	void *mem;

	mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bare_create(&vmm, 1, 0);
	vmm_set_slot(&vmm, 5, 0, 0x10000000, 4096, mem);
	bare_start(&vmm.vp[0], guest_probe, 0);
	for (i = 0; i < n; i++) {
		if (bare_run(&vmm.vp[0]) != BARE_SYNC)
			break;
		/* no memory is there, and the page is free */
		if (mmap(mem, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) != mem)
			break;
		/* very likely gets it */
		secret = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0);
		*secret = HOST_MARK;
		refused += ioctl(vmm.vp[0].fd, KVM_RUN, 0) < 0 && errno == EFAULT;
		soiled += *secret != HOST_MARK;
		if (mmap(mem, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != mem)
			break;
		munmap(secret, 4096);
	}
	ktap_eq(refused, n, "a page that was given back: EFAULT to the VMM");
	ktap_ok(!guest_var(&vmm, probe_secrets) && !soiled,
		"the guest neither sees nor changes what is in it now");
	munmap(mem, 4096);
	vmm_destroy(&vmm);
}

static void test_who_may_open(void)
{
	const char *root = getenv("HVE_ROOT");
	int dev = vmm_open_device(vmm_device()), status;
	bool kvm = vmm_device_is_kvm(dev);
	struct stat s;
	pid_t pid;

	close(dev);
	if (kvm || !root || *root) {
		ktap_skip("an administrator may have changed it", "mode of the device");
		return;
	}
	ktap_ok(!stat(vmm_device(), &s) && (s.st_mode & 07777) == 0600 && !s.st_uid && !s.st_gid,
		"the device is root's, mode 0600");
	pid = fork();
	if (!pid)
		_exit(setgroups(0, NULL) || setresgid(1000, 1000, 1000) ||
		      setresuid(1000, 1000, 1000) || open(vmm_device(), O_RDWR) >= 0 ||
		      errno != EACCES);
	ktap_ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status),
		"and nobody else's");
}

int main(void)
{
	ktap_start(60);
	test_registers();
	test_host_breakpoint();
	test_upper();
	test_freed_pages();
	test_who_may_open();
	return ktap_finish();
}
