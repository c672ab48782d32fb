// SPDX-License-Identifier: GPL-2.0
/*
 * The calling convention as guests see it (TLFS, "Hypercall Interface"): 64-bit
 * and 32-bit callers, register forms, what is checked and in which terms it is
 * refused, rep calls that are interrupted. Calls that do no harm serve as
 * examples: flushes, IPIs, a lookup of APIC ids.
 */
#include <string.h>

#include "bare.h"
#include "hvdef.h"

#define PAGE		(BARE_FREE + 0x10000)
#define IN		(BARE_FREE + 0x20000)
#define OUT		(BARE_FREE + 0x30000)
#define OS_ID		0x8100000000000001ull
#define REAL_CODE	0x7000u
#define REAL_HANDLER	0x7100u
#define REAL_PORT	0x5e8

/* calls, and fields of the input value */
#define FLUSH		0x0002ull
#define FLUSH_LIST	0x0003ull
#define SPIN_WAIT	0x0008ull
#define IPI		0x000bull
#define FLUSH_EX	0x0013ull
#define IPI_EX		0x0015ull
#define APIC_TO_INDEX	0x009aull
#define FAST		(1ull << 16)
#define VAR(qwords)	((uint64_t)(qwords) << 17)
#define NESTED		(1ull << 31)
#define REP(count)	((uint64_t)(count) << 32)
#define START(index)	((uint64_t)(index) << 48)
#define STATUS(result)	((result) & 0xffff)
#define REPS(result)	((result) >> 32 & 0xfff)

#define ALL_PROCESSORS	1
#define ALL_SPACES	2
#define PARTITION_SELF	(~0ull)

#define DENIED		6
#define BAD_INPUT	3
#define BAD_ALIGNMENT	4
#define BAD_PARAMETER	5

struct call {
	uint64_t rax, rcx, rdx, r8;
	uint64_t xmm[6][2];
};

struct call32 {
	uint32_t eax, edx, ebx, ecx, edi, esi, page, reserved;
	uint64_t xmm[3][2];
};

static bool strict;		/* rules that KVM does not keep */
static volatile uint64_t ud_count, ud_rip;
static volatile uint64_t ipis, timer_rip, timer_rcx;

/* VMCALL, in the page or outside, has three bytes. */
static void on_ud(struct guest_regs *regs)
{
	ud_count++;
	ud_rip = regs->rip;
	regs->rip += 3;
}

static void on_ipi(struct guest_regs *regs)
{
	ipis++;
	x2apic_eoi();
}

static void on_timer(struct guest_regs *regs)
{
	timer_rip = regs->rip;
	timer_rcx = regs->rcx;
	x2apic_eoi();
}

#define LOAD_XMM(base, at)						\
	"movups	" #at "(%%" #base "), %%xmm0\n\t"			\
	"movups	" #at "+16(%%" #base "), %%xmm1\n\t"			\
	"movups	" #at "+32(%%" #base "), %%xmm2\n\t"			\
	"movups	" #at "+48(%%" #base "), %%xmm3\n\t"			\
	"movups	" #at "+64(%%" #base "), %%xmm4\n\t"			\
	"movups	" #at "+80(%%" #base "), %%xmm5\n\t"
#define SAVE_XMM(base, at)						\
	"movups	%%xmm0, " #at "(%%" #base ")\n\t"			\
	"movups	%%xmm1, " #at "+16(%%" #base ")\n\t"			\
	"movups	%%xmm2, " #at "+32(%%" #base ")\n\t"			\
	"movups	%%xmm3, " #at "+48(%%" #base ")\n\t"			\
	"movups	%%xmm4, " #at "+64(%%" #base ")\n\t"			\
	"movups	%%xmm5, " #at "+80(%%" #base ")\n\t"

static void call64(struct call *c)
{
	register uint64_t page asm("r12") = PAGE;

	asm volatile(LOAD_XMM(rbx, 32)
		     "mov	8(%%rbx), %%rcx\n\t"
		     "mov	16(%%rbx), %%rdx\n\t"
		     "mov	24(%%rbx), %%r8\n\t"
		     "mov	$0x5aa5, %%eax\n\t"
		     "call	*%%r12\n\t"
		     "mov	%%rax, (%%rbx)\n\t"
		     "mov	%%rcx, 8(%%rbx)\n\t"
		     "mov	%%rdx, 16(%%rbx)\n\t"
		     "mov	%%r8, 24(%%rbx)\n\t"
		     SAVE_XMM(rbx, 32)
		     : : "b"(c), "r"(page)
		     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "cc", "memory");
}

/* The same page, called from a 32-bit code segment. EBP: struct call32. */
asm(".pushsection .text\n"
    ".code32\n"
    "abi_code32:\n\t"
    "movups	32(%ebp), %xmm0\n\t"
    "movups	48(%ebp), %xmm1\n\t"
    "movups	64(%ebp), %xmm2\n\t"
    "mov	(%ebp), %eax\n\t"
    "mov	4(%ebp), %edx\n\t"
    "mov	8(%ebp), %ebx\n\t"
    "mov	12(%ebp), %ecx\n\t"
    "mov	16(%ebp), %edi\n\t"
    "mov	20(%ebp), %esi\n\t"
    "call	*24(%ebp)\n\t"
    "mov	%eax, (%ebp)\n\t"
    "mov	%edx, 4(%ebp)\n\t"
    "mov	%ebx, 8(%ebp)\n\t"
    "mov	%ecx, 12(%ebp)\n\t"
    "mov	%edi, 16(%ebp)\n\t"
    "mov	%esi, 20(%ebp)\n\t"
    "ret\n"
    ".code64\n"
    ".popsection");
extern const char abi_code32[];

static void call32(struct call32 *c)
{
	c->page = PAGE;
	guest_call32(abi_code32, c);
}

static uint64_t hcall(uint64_t control, uint64_t rdx, uint64_t r8)
{
	struct call c = { .rcx = control, .rdx = rdx, .r8 = r8 };

	call64(&c);
	return c.rax;
}

static void input(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	uint64_t *in = (uint64_t *)IN;

	in[0] = a;
	in[1] = b;
	in[2] = c;
	in[3] = d;
	in[4] = e;
}

/* a flush of everything, everywhere: memory form */
static void flush_input(void)
{
	input(0, ALL_PROCESSORS | ALL_SPACES, 0, 0, 0);
}

static void open_interface(void)
{
	guest_handlers[VECTOR_UD] = on_ud;
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, PAGE | HV_MSR_ENABLE);
}

/* Leaf 0x40000003 EBX must have none of their privileges. */
static void check_host_calls(void)
{
	static const struct {
		uint16_t code;
		const char *privilege;
	} calls[] = {
		{ 0x40, "CreatePartitions" }, { 0x46, "AccessPartitionId" },
		{ 0x48, "AccessMemoryPool" }, { 0x95, "CreatePort" },
		{ 0x96, "ConnectPort" }, { 0x6f, "ConfigureProfiler" },
		{ 0x76, "CpuManagement" },
	};
	unsigned int i;

	if (!strict)
		return;
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		g_eq(hcall(calls[i].code, 0, 0), HV_STATUS_ACCESS_DENIED, "%s: its call is denied",
		     calls[i].privilege);
}

static void check_codes(void)
{
	static const uint16_t codes[] = { 0, 0x7f, 0x1ff, 0x3ff, 0xbeef, 0x8000, 0xffff };
	unsigned int i, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		wrong += hcall(codes[i], 0, 0) != HV_STATUS_INVALID_HYPERCALL_CODE;
		wrong += hcall(codes[i] | FAST, 3, 5) != HV_STATUS_INVALID_HYPERCALL_CODE;
	}
	g_eq(wrong, 0, "trap 1: calls that do not exist have status 2");
	check_host_calls();
	memcpy((void *)OUT, (void *)PAGE, 16);
	g_eq(hv_call((void *)OUT, 0x3ff, 0, 0), HV_STATUS_INVALID_HYPERCALL_CODE,
	     "a copy of the page is a page");
	for (i = 0; i < 3; i++) {
		static const uint32_t spins[] = { 0, 1, 0xffffffff };

		g_eq(hcall(SPIN_WAIT | FAST, spins[i], 0), 0,
		     "trap 43: spin count %#lx succeeds", spins[i]);
	}
}

static void check_addresses(void)
{
	uint64_t *end = (uint64_t *)(IN + 0xff8);

	flush_input();
	g_eq(hcall(FLUSH, IN, 0), 0, "a call by memory");
	g_eq(hcall(FLUSH, IN, 3), 0, "trap 5: no output: its address is not looked at");
	g_eq(hcall(FLUSH | FAST, 7, ALL_PROCESSORS | ALL_SPACES), 0,
	     "trap 5: registers of a fast call are no addresses");
	if (!strict)
		return;
	*end = 0;
	g_eq(hcall(FLUSH, IN + 4, 0), BAD_ALIGNMENT, "trap 6: input not aligned");
	g_eq(hcall(FLUSH, IN + 0xff8, 0), BAD_ALIGNMENT, "trap 6: input across pages");
	g_eq(hcall(FLUSH, 1ull << 52, 0), BAD_ALIGNMENT,
	     "trap 6: input beyond the address space");
	input(PARTITION_SELF, 0, 0, 0, 0);
	g_eq(STATUS(hcall(APIC_TO_INDEX | REP(1), IN, OUT + 4)), BAD_ALIGNMENT,
	     "trap 6: output not aligned");
	g_eq(STATUS(hcall(APIC_TO_INDEX | REP(4), IN, OUT + 0xff8)), BAD_ALIGNMENT,
	     "trap 6: output across pages");
	g_eq(STATUS(hcall(APIC_TO_INDEX | REP(1), IN, 1ull << 52)), BAD_ALIGNMENT,
	     "trap 6: output beyond the address space");
}

static void check_fields(void)
{
	static const unsigned int reserved[] = { 27, 30, 44, 47, 60, 63 };
	unsigned int i;

	flush_input();
	g_eq(hcall(FLUSH | REP(1), IN, 0), BAD_INPUT, "trap 11: rep count of a simple call");
	g_eq(hcall(FLUSH | START(1), IN, 0), BAD_INPUT, "trap 11: rep start of a simple call");
	g_eq(hcall(FLUSH | VAR(1), IN, 0), BAD_INPUT,
	     "trap 11: variable header of a call that has none");
	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		g_eq(hcall(FLUSH | 1ull << reserved[i], IN, 0), BAD_INPUT,
		     "trap 11: reserved bit %ld", reserved[i]);
	g_eq(hcall(FLUSH | NESTED, IN, 0), BAD_INPUT, "trap 12: Is-Nested is bit 31");
	/* bit 26 belongs to the header's size: 512 quadwords do not fit a page */
	if (strict)
		g_eq(hcall(FLUSH_EX | 1ull << 26, IN, 0), BAD_ALIGNMENT,
		     "trap 12: bit 26 is part of the header size");

	/* format sparse, one bank with VP 0 */
	input(0, ALL_SPACES, 0, 1, 1);
	g_eq(hcall(FLUSH_EX | VAR(1), IN, 0), 0, "trap 13: flush: set format and mask are fixed");
	g_eq(hcall(FLUSH_EX, IN, 0), BAD_INPUT, "trap 13: flush: a bank missing");
	g_eq(hcall(FLUSH_EX | VAR(2), IN, 0), BAD_INPUT, "trap 13: flush: a bank too many");
	input(0x40, 0, 1, 2, 0);
	ipis = 0;
	g_eq(hcall(IPI_EX | VAR(1), IN, 0), 0, "trap 13: IPI: set format and mask are fixed");
	g_eq(hcall(IPI_EX, IN, 0), BAD_INPUT, "trap 13: IPI: a bank missing");
	irq_on();
	irq_off();
	g_eq(ipis, 1, "and one interrupt came");

	/* bytes 5 to 7 of the input are nobody's */
	ipis = 0;
	g_eq(hcall(IPI | FAST, 0xa5a5a50000000040, 2), 0, "padding is ignored");
	irq_on();
	irq_off();
	g_eq(ipis, 1, "and the interrupt came");
}

/* APIC ids of our VP, @bad of them another one's. */
static void ids(unsigned int count, unsigned int bad)
{
	uint32_t *id = (uint32_t *)(IN + 16);
	unsigned int i;

	input(PARTITION_SELF, 0, 0, 0, 0);
	for (i = 0; i < count; i++)
		id[i] = i == bad ? 0x1234 : 1;
}

static void check_reps(void)
{
	uint32_t *out = (uint32_t *)OUT;
	struct call c = { .rcx = APIC_TO_INDEX | REP(10) | START(5), .rdx = IN, .r8 = OUT };
	uint64_t r;

	ids(10, 10);
	memset(out, 0xee, 64);
	call64(&c);
	g_eq(STATUS(c.rax), 0, "trap 7: a first call may start in the list");
	g_eq(REPS(c.rax), 10, "trap 8: reps completed counts from the first");
	g_eq(c.rcx, APIC_TO_INDEX | REP(10) | START(10), "trap 9: RCX has the new start index");
	g_ok(out[4] == 0xeeeeeeee && out[5] == 1 && out[9] == 1 && out[10] == 0xeeeeeeee,
	     "trap 63: packed elements, only those asked for are written");
	g_eq(STATUS(hcall(APIC_TO_INDEX | REP(5) | START(5), IN, OUT)), BAD_INPUT,
	     "trap 7: start at the end");
	g_eq(STATUS(hcall(APIC_TO_INDEX, IN, OUT)), BAD_INPUT, "trap 7: no elements");
	ids(10, 7);
	r = hcall(APIC_TO_INDEX | REP(10) | START(5), IN, OUT);
	g_ok(STATUS(r) && REPS(r) == 7, "trap 8: elements before the bad one are complete");

	flush_input();
	c = (struct call){ .rcx = FLUSH, .rdx = IN, .r8 = 0x1234567 };
	call64(&c);
	g_ok(c.rcx == FLUSH && c.rdx == IN && c.r8 == 0x1234567,
	     "trap 9: a simple call leaves its registers");
}

/* 20 bytes of input: RDX, R8, XMM0. The output begins in XMM1. */
static void check_xmm(void)
{
	struct call c = {
		.rcx = APIC_TO_INDEX | FAST | REP(1), .rdx = PARTITION_SELF, .r8 = 0,
		.xmm = { { 1, 0x1111 }, { 0x2222, 0x3333 }, { 0x4444, 0x5555 } },
	};
	uint64_t flags = ALL_SPACES;

	call64(&c);
	g_eq(c.rax, REP(1), "output in registers");
	g_eq((uint32_t)c.xmm[1][0], 1, "trap 4: it begins behind the input, rounded up");
	g_ok(c.rdx == PARTITION_SELF && !c.r8 && c.xmm[0][0] == 1 && c.xmm[0][1] == 0x1111,
	     "the input registers are as they were");
	g_ok(c.xmm[2][0] == 0x4444 && c.xmm[2][1] == 0x5555,
	     "and so are those that nobody needed");
	/* 112 bytes: 32 fixed, 10 banks */
	c = (struct call){
		.rcx = FLUSH_EX | FAST | VAR(10), .rdx = 0, .r8 = flags,
		.xmm = { { 0, 0x3ff }, { 1 } },
	};
	call64(&c);
	g_eq(c.rax, 0, "112 bytes of input in registers");
	c.rcx = FLUSH_EX | FAST | VAR(11);
	c.xmm[0][1] = 0x7ff;
	call64(&c);
	g_ok(c.rax != 0, "and not one more");
}

/* A timer interrupt in the middle of a long call finds it at its VMCALL. */
static void check_continuation(void)
{
	unsigned int i, ticks, starts = 0, elsewhere = 0;
	uint64_t took_100ns;
	struct call c;

	ids(1000, 1000);
	took_100ns = rdmsr(HV_X64_MSR_TIME_REF_COUNT);
	hcall(APIC_TO_INDEX | REP(1000), IN, OUT);
	took_100ns = rdmsr(HV_X64_MSR_TIME_REF_COUNT) - took_100ns;
	x2apic_write(APIC_TIMER_DIVIDE, 0xb);
	x2apic_write(APIC_LVT_TIMER, 0x51);
	for (i = 0; i < 200 && !starts; i++) {
		ticks = 2000 + 7919 * i % 100000;
		timer_rip = 0;
		c = (struct call){ .rcx = APIC_TO_INDEX | REP(1000), .rdx = IN, .r8 = OUT };
		irq_on();
		x2apic_write(APIC_TIMER_INITIAL, ticks);
		call64(&c);
		irq_off();
		x2apic_write(APIC_TIMER_INITIAL, 0);
		if (c.rax != REP(1000) || c.rcx != (APIC_TO_INDEX | REP(1000) | START(1000)))
			elsewhere++;
		/* between the chunks RCX says how far it is */
		if (timer_rip == PAGE && timer_rcx >> 48 && timer_rcx >> 48 < 1000)
			starts = timer_rcx >> 48;
	}
	g_eq(elsewhere, 0, "interrupted calls come to their end");
	/* a processor that does it all in 50 us has nothing to continue */
	g_ok(starts || took_100ns < 500,
	     "trap 10: an interrupt finds a call at its VMCALL, %ld elements done", starts);
}

static void user_call(void)
{
	asm volatile("vmcall" : : "a"(0), "c"(0) : "memory");
	asm volatile("hlt");
}

static void check_modes(void)
{
	struct call32 c = { .eax = FLUSH | FAST, .edi = 0, .esi = ALL_PROCESSORS | ALL_SPACES };

	g_eq(guest_run_user(user_call), VECTOR_UD, "trap 14: CPL 3 is #UD");
	guest_handlers[VECTOR_UD] = on_ud;

	call32(&c);
	g_ok(!c.eax && !c.edx, "trap 15: compatibility mode has the 32-bit registers");
	g_ok(c.esi == (ALL_PROCESSORS | ALL_SPACES) && !c.ebx && !c.ecx && !c.edi,
	     "and its input stays");
	c = (struct call32){ .eax = FLUSH | FAST, .esi = 0xf00 };
	call32(&c);
	g_ok(!strict || c.eax == BAD_PARAMETER, "trap 15: EDI:ESI are the second parameter");

	/* vector; format sparse; mask in XMM0, its bank: this VP */
	c = (struct call32){ .eax = IPI_EX | FAST | VAR(1), .ecx = 0x40, .xmm = { { 1, 2 } } };
	ipis = 0;
	call32(&c);
	irq_on();
	irq_off();
	g_ok(!c.eax && !c.edx && ipis == 1, "XMM registers of a 32-bit caller are input");

	if (!strict)
		return;
	/* EDX:EAX are input and result: the count is in the upper half */
	ids(4, 4);
	c = (struct call32){ .eax = APIC_TO_INDEX, .edx = 4, .ecx = IN, .esi = OUT };
	call32(&c);
	g_ok(!c.eax && c.edx == 4, "trap 9: a rep call's result replaces EDX:EAX");
	ud_count = 0;
	c = (struct call32){ .eax = APIC_TO_INDEX | FAST, .edx = 1, .ebx = ~0u, .ecx = ~0u };
	call32(&c);
	g_eq(ud_count, 1, "output in registers is for 64-bit callers: #UD");
}

static void check_identity(void)
{
	static const char where[] = "trap 16: no OS id: VMCALL is #UD";

	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0);
	if (!strict)
		return;
	ud_count = 0;
	asm volatile(".globl abi_vmcall\nabi_vmcall:\n\tvmcall"
		     : : "a"(0), "c"(0x3ff), "d"(0) : "r8", "memory");
	g_eq(ud_count, 1, where);
	g_ok(*(uint8_t *)ud_rip == 0x0f, "trap 14: with RIP on the instruction");
}

static void guest_main(uint64_t arg)
{
	guest_x2apic_enable();
	guest_handlers[0x40] = on_ipi;
	guest_handlers[0x51] = on_timer;
	open_interface();
	check_codes();
	check_addresses();
	check_fields();
	if (strict) {
		check_reps();
		check_xmm();
		check_continuation();
	}
	check_modes();
	g_sync(1);
	check_identity();
}

/* None of the hints, so none of their calls. */
static void guest_denied(uint64_t arg)
{
	open_interface();
	flush_input();
	g_eq(hcall(FLUSH, IN, 0), DENIED, "trap 2: a call that is not offered");
	g_eq(hcall(IPI | FAST, 0x40, 1), DENIED, "trap 2: and another one");
	g_eq(hcall(FLUSH | REP(1) | NESTED, 3, 0), DENIED,
	     "trap 2: what else is wrong does not matter");
}

static void guest_no_xmm(uint64_t arg)
{
	struct call c = { .rcx = FLUSH | FAST, .r8 = ALL_PROCESSORS | ALL_SPACES };

	guest_x2apic_enable();
	guest_handlers[0x40] = on_ipi;
	open_interface();
	ud_count = 0;
	call64(&c);
	g_ok(ud_count == 1 && ud_rip == PAGE, "trap 3: input in XMM registers is #UD");
	g_eq(c.rax, 0x5aa5, "and no status");
	g_eq(hcall(IPI | FAST, 0x40, 1), 0, "trap 3: 16 bytes need no XMM register");
	irq_on();
	irq_off();
	g_eq(ipis, 1, "and they were read");
	flush_input();
	g_eq(hcall(FLUSH, IN, 0), 0, "trap 3: by memory it can be called");
}

/* VMCALL in real mode, and a handler that tells where it was. */
static void test_real_mode(struct vmm *vmm)
{
	static const uint8_t code[] = { 0x0f, 0x01, 0xc1, 0xba, REAL_PORT & 0xff,
					REAL_PORT >> 8, 0x31, 0xc0, 0xef, 0xf4 };
	static const uint8_t handler[] = { 0x58, 0xba, REAL_PORT & 0xff, REAL_PORT >> 8, 0xef,
					   0xf4 };
	static const uint16_t vector[] = { REAL_HANDLER, 0 };
	struct kvm_regs regs = { .rip = REAL_CODE, .rsp = 0x6ff0, .rflags = 2 };
	struct vp *vp = &vmm->vp[0];
	struct kvm_sregs sregs;

	memcpy(vmm->ram + REAL_CODE, code, sizeof(code));
	memcpy(vmm->ram + REAL_HANDLER, handler, sizeof(handler));
	memcpy(vmm->ram + VECTOR_UD * 4, vector, sizeof(vector));
	xioctl(vp->fd, KVM_GET_SREGS, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	xioctl(vp->fd, KVM_SET_SREGS, &sregs);
	vp_set_regs(vp, &regs);
	vp_set_runnable(vp);
	ktap_ok(bare_run(vp) == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_IO &&
		vp->run->io.port == REAL_PORT &&
		*(uint16_t *)vp_pio_data(vp) == REAL_CODE,
		"trap 14: real mode is #UD, IP on the instruction");
}

static void run_to_end(struct vp *vp, const char *what)
{
	ktap_ok(bare_run(vp) == BARE_DONE, "%s: the guest came to its end", what);
}

/* Without bits of leaf 3 EDX and leaf 4 EAX. */
static void test_without(uint32_t features, uint32_t hints, guest_fn fn, const char *what)
{
	struct cpuid_table t;
	struct vmm vmm;

	bare_create(&vmm, 1, BARE_NO_CPUID);
	cpuid_supported(&vmm, &t);
	cpuid_hyperv(&vmm, &vmm.vp[0], &t);
	cpuid_topology(&t, 0, 1);
	cpuid_find(&t, HV_CPUID_FEATURES, 0)->edx &= ~features;
	cpuid_find(&t, HV_CPUID_HINTS, 0)->eax &= ~hints;
	if (vmm.is_kvm && vmm_enable_cap(vmm.vp[0].fd, KVM_CAP_HYPERV_ENFORCE_CPUID, 1)) {
		ktap_skip("no HYPERV_ENFORCE_CPUID", "%s", what);
	} else {
		vp_set_cpuid(&vmm.vp[0], &t);
		bare_start(&vmm.vp[0], fn, 0);
		run_to_end(&vmm.vp[0], what);
	}
	vmm_destroy(&vmm);
}

int main(void)
{
	struct vmm vmm;

	ktap_start(120);
	bare_create(&vmm, 2, 0);
	if (vmm_cap(&vmm, KVM_CAP_HYPERV) <= 0)
		ktap_skip_all("the device has no Hyper-V interface");
	guest_var(&vmm, strict) = !vmm.is_kvm;
	/* the second VP, so that its index is not 0 by accident */
	bare_start(&vmm.vp[1], guest_main, 0);
	if (ktap_ok(bare_run(&vmm.vp[1]) == BARE_SYNC, "the guest has an identity"))
		test_real_mode(&vmm);
	run_to_end(&vmm.vp[1], "all of it");
	vmm_destroy(&vmm);

	test_without(0, 0xc06, guest_denied, "no hints");
	test_without(1 << 4 | 1 << 15, 0, guest_no_xmm, "no XMM registers");
	return ktap_finish();
}
