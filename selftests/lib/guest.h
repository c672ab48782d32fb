/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest half of a test. A test program is loaded into its own guest at its
 * own addresses (bare.c), so guest code is a C function beside the VMM code
 * that runs it: 64-bit mode, CPL 0, the first 4 GiB mapped at their addresses,
 * IDT with a handler for all vectors, one stack a VP.
 *
 * Guest code must not call libc, and the guest has its own copy of every
 * variable: the VMM half reaches that copy by guest_var().
 */
#ifndef SELFTESTS_GUEST_H
#define SELFTESTS_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/* Layout of the guest-physical (and -virtual) memory. */
#define BARE_RAM		0x2000000ul	/* 32 MiB */
#define BARE_SIPI_PAGE		0x8000ul	/* start of an AP after SIPI: vector 8 */
#define BARE_PAGE_TABLES	0x10000ul
#define BARE_IDT		0x18000ul
#define BARE_GDT		0x20000ul	/* a page for each VP: GDT, TSS at +0x100 */
#define BARE_TSS_OFFSET		0x100ul
#define BARE_STACKS		0x800000ul
#define BARE_STACK_SIZE		0x8000ul
#define BARE_FREE		0xa00000ul	/* for the tests, up to BARE_RAM */
#define BARE_NO_RAM		0x40000000ul	/* mapped, but no memory slot: MMIO */

#define GUEST_CS		0x08
#define GUEST_DS		0x10
#define GUEST_USER_DS		0x18
#define GUEST_USER_CS		0x20
#define GUEST_TSS		0x28
#define GUEST_CS32		0x38	/* of guest_call32() */

#define NR_VECTORS		256
#define VECTOR_DE		0
#define VECTOR_NMI		2
#define VECTOR_UD		6
#define VECTOR_DF		8
#define VECTOR_GP		13
#define VECTOR_PF		14
#define NO_FAULT		(-1)

#define UCALL_PORT		0x5e0

enum ucall_cmd {
	UCALL_PRINT = 1,	/* format, six arguments */
	UCALL_RESULT,		/* pass, format, four arguments: one KTAP line */
	UCALL_FAIL,		/* the guest cannot go on: format, arguments */
	UCALL_SYNC,		/* back to the VMM half with a stage number */
	UCALL_DONE,
	UCALL_FAULT,		/* vector, error code, rip, cr2, rsp */
};

struct ucall {
	uint64_t cmd;
	uint64_t arg[7];
};

struct guest_regs {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* GS points to it; the offsets are in the asm of guarded() and guest.c. */
struct guest_vp {
	uint64_t id;			/* 0x00 */
	uint64_t fixup;			/* 0x08: where to go on after an exception */
	int64_t fault;			/* 0x10: its vector, or NO_FAULT */
	uint64_t fault_error;		/* 0x18 */
	uint64_t scratch[4];
} __attribute__((aligned(64)));

typedef void (*guest_fn)(uint64_t arg);
typedef void (*guest_handler_fn)(struct guest_regs *regs);

extern struct guest_vp guest_vps[];
extern guest_handler_fn guest_handlers[NR_VECTORS];

/* guest.c */
void guest_ucall(uint64_t cmd, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
		 uint64_t a4, uint64_t a5, uint64_t a6);
void guest_trap(struct guest_regs *regs);
void guest_start(guest_fn fn, uint64_t arg);
void guest_x2apic_enable(void);
/* Runs @fn at CPL 3 (with interrupts off); returns when it faults, with the vector. */
int guest_run_user(void (*fn)(void));
/* Calls 32-bit code at CPL 0, which has @arg in EBP and ends with RET. */
void guest_call32(const void *code, void *arg);

#define U64_(x)		((uint64_t)(x))
#define ARG7_(a, b, c, d, e, f, g, ...) \
	U64_(a), U64_(b), U64_(c), U64_(d), U64_(e), U64_(f), U64_(g)

/* printf for the guest: arguments are 64 bits wide, so %lx, %ld, %s. */
#define g_print(fmt, ...) \
	guest_ucall(UCALL_PRINT, ARG7_(fmt, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0))
/* One KTAP result. */
#define g_ok(pass, fmt, ...) \
	guest_ucall(UCALL_RESULT, ARG7_(!!(pass), fmt, ##__VA_ARGS__, 0, 0, 0, 0, 0))
#define g_fail(fmt, ...) \
	guest_ucall(UCALL_FAIL, ARG7_(fmt, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0))
#define g_sync(stage)	guest_ucall(UCALL_SYNC, stage, 0, 0, 0, 0, 0, 0)
#define g_done()	guest_ucall(UCALL_DONE, 0, 0, 0, 0, 0, 0, 0)

/* A result with the two values when they differ. */
#define g_eq(got, want, fmt, ...) ({					\
	uint64_t g_ = U64_(got), w_ = U64_(want);			\
									\
	g_ok(g_ == w_, fmt, ##__VA_ARGS__);				\
	if (g_ != w_)							\
		g_print(__FILE__ ":%ld: " #got " is %#lx, expected %#lx", \
			__LINE__, g_, w_);				\
	g_ == w_;							\
})

#define g_assert(cond)	do {						\
	if (!(cond))							\
		g_fail(__FILE__ ":%ld: " #cond, __LINE__);		\
} while (0)

static inline struct guest_vp *this_vp(void)
{
	uint64_t id;

	asm volatile("movq %%gs:0, %0" : "=r"(id));
	return &guest_vps[id];
}

/*
 * One instruction that may fault: this_vp()->fault says which exception it
 * raised, or NO_FAULT. Outputs are not changed by an instruction that faults.
 */
#define guarded(insn, outputs, ...)					\
	asm volatile("movq $-1, %%gs:0x10\n\t"				\
		     "movq $990f, %%gs:0x08\n\t"				\
		     insn "\n"						\
		     "990:\tmovq $0, %%gs:0x08"				\
		     : outputs : __VA_ARGS__)
#define OUTPUTS(...)	__VA_ARGS__
#define NO_OUTPUTS

static inline int last_fault(void)
{
	return this_vp()->fault;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return lo | (uint64_t)hi << 32;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value),
		     "d"((uint32_t)(value >> 32)) : "memory");
}

/* The vector of the exception, or NO_FAULT. */
static inline int rdmsr_safe(uint32_t msr, uint64_t *value)
{
	uint32_t lo = 0, hi = 0;

	guarded("rdmsr", OUTPUTS("+a"(lo), "+d"(hi)), "c"(msr) : "memory");
	*value = lo | (uint64_t)hi << 32;
	return last_fault();
}

static inline int wrmsr_safe(uint32_t msr, uint64_t value)
{
	guarded("wrmsr", NO_OUTPUTS, "c"(msr), "a"((uint32_t)value),
		"d"((uint32_t)(value >> 32)) : "memory");
	return last_fault();
}

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return lo | (uint64_t)hi << 32;
}

static inline uint64_t rdtsc_ordered(void)
{
	asm volatile("lfence" : : : "memory");
	return rdtsc();
}

static inline void cpuid(uint32_t leaf, uint32_t index, uint32_t out[4])
{
	asm volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
		     : "a"(leaf), "c"(index) : "memory");
}

static inline void outl(uint16_t port, uint32_t value)
{
	asm volatile("outl %0, %1" : : "a"(value), "d"(port) : "memory");
}

static inline void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "d"(port) : "memory");
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "d"(port) : "memory");
	return value;
}

static inline uint32_t inl(uint16_t port)
{
	uint32_t value;

	asm volatile("inl %1, %0" : "=a"(value) : "d"(port) : "memory");
	return value;
}

static inline void irq_on(void)
{
	/* the nop takes what becomes pending in the shadow of sti */
	asm volatile("sti\n\tnop" : : : "memory");
}

static inline void irq_off(void)
{
	asm volatile("cli" : : : "memory");
}

/* Waits for an interrupt; enabled from the HLT on, off again afterwards. */
static inline void safe_halt(void)
{
	asm volatile("sti\n\thlt\n\tcli" : : : "memory");
}

static inline void cpu_pause(void)
{
	asm volatile("pause" : : : "memory");
}

/* All VPs that add to @count wait until it is @target; one target a meeting. */
static inline void g_barrier(volatile uint64_t *count, uint64_t target)
{
	__sync_fetch_and_add(count, 1);
	while (*count < target)
		cpu_pause();
}

static inline uint64_t read_cr4(void)
{
	uint64_t v;

	asm volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static inline void write_cr4(uint64_t v)
{
	asm volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}

static inline void xsetbv(uint32_t index, uint64_t v)
{
	asm volatile("xsetbv" : : "c"(index), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}

/* x2APIC registers: MSR 0x800 + offset / 16 */
#define APIC_ID			0x20
#define APIC_VERSION		0x30
#define APIC_TPR		0x80
#define APIC_PPR		0xa0
#define APIC_EOI		0xb0
#define APIC_SPIV		0xf0
#define APIC_ISR		0x100
#define APIC_IRR		0x200
#define APIC_ESR		0x280
#define APIC_ICR		0x300
#define APIC_ICR2		0x310
#define APIC_LVT_TIMER		0x320
#define APIC_LVT_LINT0		0x350
#define APIC_TIMER_INITIAL	0x380
#define APIC_TIMER_CURRENT	0x390
#define APIC_TIMER_DIVIDE	0x3e0
#define APIC_SELF_IPI		0x3f0
#define X2APIC_MSR(reg)		(0x800 + (reg) / 16)
#define MSR_APIC_BASE		0x1b
#define MSR_TSC_DEADLINE	0x6e0
#define APIC_BASE_X2APIC	(1u << 10)
#define APIC_BASE_ENABLE	(1u << 11)
#define APIC_SPIV_ENABLE	0x100
#define APIC_LVT_MASKED		(1u << 16)
#define APIC_LVT_PERIODIC	(1u << 17)
#define APIC_LVT_DEADLINE	(2u << 17)
#define APIC_DM_FIXED		0x000
#define APIC_DM_NMI		0x400
#define APIC_DM_INIT		0x500
#define APIC_DM_STARTUP		0x600
#define APIC_ICR_ASSERT		(1u << 14)
#define APIC_ICR_SELF		(1u << 18)
#define APIC_ICR_ALL		(2u << 18)
#define APIC_ICR_OTHERS		(3u << 18)

static inline uint64_t x2apic_read(unsigned int reg)
{
	return rdmsr(X2APIC_MSR(reg));
}

static inline void x2apic_write(unsigned int reg, uint64_t value)
{
	wrmsr(X2APIC_MSR(reg), value);
}

static inline void x2apic_icr(uint32_t dest, uint32_t low)
{
	x2apic_write(APIC_ICR, (uint64_t)dest << 32 | low);
}

static inline void x2apic_eoi(void)
{
	x2apic_write(APIC_EOI, 0);
}

/* TLFS, "Memory-based call" and "register fast call": status in RAX. */
static inline uint64_t hv_call(const void *page, uint64_t control, uint64_t in,
			       uint64_t out)
{
	register uint64_t r8 asm("r8") = out;
	uint64_t status;

	asm volatile("call *%[page]" : "=a"(status), "+c"(control), "+d"(in), "+r"(r8)
		     : [page] "r"(page) : "r9", "r10", "r11", "cc", "memory");
	return status;
}

#endif
