// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does anything: hypercalls, MSRs, APIC, IPIs, control registers,
 * port and memory-mapped I/O, halts, page tables, code that is random bytes and
 * changes while it runs, guests of its own. It may kill
 * itself; whoever runs it starts it again.
 */
#include "bare.h"
#include "chance.h"
#include "hvdef.h"
#include "l1.h"
#include "stress.h"

#define CODE_PAGES	0x1f00000ul	/* a page for each VP */
#define OS_ID		0x8100000000000001ull
#define MMIO_BYTES	0x100000ul

volatile uint64_t guest_stress_ops[64];

static const uint32_t arch_msrs[] = {
	0x10, 0x17, 0x1b, 0x2a, 0x34, 0x3a, 0x3b, 0x48, 0x49, 0x79, 0x8b, 0xc1, 0xce, 0xe1, 0xfe,
	0x10a, 0x10b, 0x119, 0x122, 0x140, 0x174, 0x175, 0x176, 0x179, 0x17a, 0x17b, 0x186,
	0x198, 0x199, 0x1a0, 0x1a2, 0x1c8, 0x1d9, 0x1db, 0x200, 0x201, 0x20f, 0x250, 0x258, 0x26f,
	0x277, 0x280, 0x2ff, 0x309, 0x345, 0x38d, 0x38f, 0x390, 0x3f1, 0x400, 0x401, 0x47f,
	0x480, 0x481, 0x482, 0x486, 0x48b, 0x48c, 0x491, 0x4e0, 0x560, 0x6a0, 0x6a2, 0x6e0, 0xd90,
	0xda0, 0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100,
	0xc0000102, 0xc0000103, 0xc0010015, 0xc001001f, 0x4b564d00, 0x12,
};

/* Also used by the VMM's half. */
uint32_t stress_msr(struct chance *c)
{
	switch (chance_below(c, 8)) {
	case 0:
		return chance_edge(c);
	case 1:
	case 2:
		return arch_msrs[chance_below(c, ARRAY_SIZE(arch_msrs))];
	case 3:
		return 0x800 + chance_below(c, 0x40);
	default:
		return 0x40000000 + chance_below(c, 0x120);
	}
}

/* A page the guest may use for anything, one that comes and goes, or none. */
static uint64_t some_gpa(struct chance *c)
{
	switch (chance_below(c, 12)) {
	case 0:
		return chance_edge(c);
	case 1:
		return STRESS_SLOT_GPA + chance_below(c, STRESS_SLOT_BYTES / 4096) * 4096;
	case 2:
		return BARE_NO_RAM;
	case 3:
		return APIC_BASE;
	case 4: /* few pages, that several meet on them */
		return BARE_FREE + chance_below(c, 4) * 4096;
	default:
		return BARE_FREE + chance_below(c, 64) * 4096;
	}
}

static uint64_t msr_value(struct chance *c, uint32_t msr)
{
	uint64_t page = some_gpa(c) & ~0xfffull;

	switch (chance_below(c, 4)) {
	case 0:
		return chance_edge(c);
	case 1: /* as SINTx */
		return (chance_below(c, 256) | chance_below(c, 8) << 16);
	case 2: /* as a timer */
		return chance_below(c, 16) | chance_below(c, 256) << 4 |
		       chance_below(c, 2) << 12 | chance_below(c, 16) << 16;
	}
	return page | !chance_one_in(c, 4);
}

static void do_msr(struct chance *c)
{
	uint32_t msr = stress_msr(c);
	uint64_t v;

	/* GS is how a VP knows itself */
	if (msr == 0xc0000101)
		return;
	if (chance_one_in(c, 2))
		rdmsr_safe(msr, &v);
	else
		wrmsr_safe(msr, msr_value(c, msr));
}

static uint64_t control_word(struct chance *c)
{
	uint64_t v = chance_one_in(c, 4) ? 0x8000 + chance_below(c, 8) : chance_below(c, 0x120);

	if (chance_one_in(c, 8))
		v = chance_edge(c) & 0xffff;
	v |= (uint64_t)chance_one_in(c, 2) << 16;
	if (chance_one_in(c, 3))
		v |= chance_below(c, 12) << 17;
	if (chance_one_in(c, 2))
		v |= chance_below(c, chance_one_in(c, 4) ? 4096 : 16) << 32;
	if (chance_one_in(c, 4))
		v |= chance_below(c, 16) << 48;
	if (chance_one_in(c, 16))
		v ^= 1ull << chance_below(c, 64);
	return v;
}

static uint64_t input_word(struct chance *c)
{
	switch (chance_below(c, 4)) {
	case 0:
		return chance_edge(c);
	case 1:
		return some_gpa(c);
	case 2:
		return chance_below(c, 16);
	}
	return (uint64_t)-2 >> 32;
}

static void do_hypercall(struct chance *c)
{
	uint64_t control = control_word(c), in = some_gpa(c), out = some_gpa(c), status = 0;
	register uint64_t r8 asm("r8");
	volatile uint64_t *page;
	unsigned int i;

	if (control & 1 << 16) {
		in = input_word(c);
		out = input_word(c);
		asm volatile("movq %0, %%xmm0\n\tmovq %1, %%xmm1\n\tpunpcklqdq %%xmm1, %%xmm0\n\t"
			     "movdqa %%xmm0, %%xmm3"
			     : : "r"(input_word(c)), "r"(input_word(c)));
	} else if (in >= BARE_FREE && in < BARE_RAM) {
		/* another VP may have an overlay there, or reads it */
		page = (volatile uint64_t *)in;
		for (i = 0; i < 8; i++)
			page[i] = input_word(c);
		if (chance_one_in(c, 4))
			in += chance_below(c, 4096);
		else if (chance_one_in(c, 2))
			in += chance_below(c, 512) * 8;
	}
	r8 = out;
	guarded("vmcall", OUTPUTS("+a"(status), "+c"(control), "+d"(in), "+r"(r8)),
		"0"(status) : "r9", "r10", "r11", "memory");
}

static void do_apic(struct chance *c)
{
	volatile uint32_t *apic = (volatile uint32_t *)(uintptr_t)APIC_BASE;
	uint32_t low = chance_below(c, 256) | chance_below(c, 8) << 8 | chance_below(c, 16) << 12;

	switch (chance_below(c, 6)) {
	case 0:
		wrmsr_safe(X2APIC_MSR(APIC_ICR), chance_below(c, 5) << 32 | low);
		break;
	case 1:
		wrmsr_safe(X2APIC_MSR(APIC_SELF_IPI), chance_below(c, 256));
		break;
	case 2:
		apic[chance_below(c, 1024)] = chance_edge(c);
		break;
	case 3:
		(void)apic[chance_below(c, 1024)];
		break;
	case 4:
		wrmsr_safe(X2APIC_MSR(APIC_LVT_TIMER),
			   chance_below(c, 256) | chance_below(c, 4) << 17);
		wrmsr_safe(X2APIC_MSR(APIC_TIMER_INITIAL), chance_below(c, 100000));
		break;
	default:
		wrmsr_safe(MSR_TSC_DEADLINE, rdtsc() + chance_below(c, 100000));
	}
}

static void do_control_register(struct chance *c)
{
	uint64_t v, bit = 1ull << chance_below(c, 32);

	switch (chance_below(c, 8)) {
	case 0:
		asm volatile("mov %%cr0, %0" : "=r"(v));
		/* without paging or protection nothing goes on */
		guarded("mov %0, %%cr0", NO_OUTPUTS, "r"(v ^ (bit & ~0x80000001ull)) : "memory");
		guarded("mov %0, %%cr0", NO_OUTPUTS, "r"(v) : "memory");
		break;
	case 1:
		v = read_cr4();
		guarded("mov %0, %%cr4", NO_OUTPUTS, "r"(v ^ (bit & ~0x20ull)) : "memory");
		guarded("mov %0, %%cr4", NO_OUTPUTS, "r"(v) : "memory");
		break;
	case 2:
		asm volatile("mov %%cr3, %0" : "=r"(v));
		guarded("mov %0, %%cr3", NO_OUTPUTS, "r"(v) : "memory");
		break;
	case 3:
		guarded("mov %0, %%cr8", NO_OUTPUTS, "r"(chance_below(c, 16)) : "memory");
		guarded("mov %0, %%cr8", NO_OUTPUTS, "r"(0ull) : "memory");
		break;
	case 4:
		guarded("invlpg (%0)", NO_OUTPUTS, "r"(chance_edge(c)) : "memory");
		break;
	case 5:
		guarded("wbinvd", NO_OUTPUTS, "r"(0) : "memory");
		break;
	case 6:
		guarded("xsetbv", NO_OUTPUTS, "c"(chance_below(c, 2)), "a"((uint32_t)chance_edge(c)),
			"d"(0) : "memory");
		break;
	default:
		guarded("mov %0, %%dr7", NO_OUTPUTS, "r"(chance_edge(c) & 0xffffffff) : "memory");
		guarded("mov %0, %%dr7", NO_OUTPUTS, "r"(0x400ull) : "memory");
	}
}

static void do_io(struct chance *c)
{
	uint16_t port = chance_below(c, 4) ? chance_below(c, 0x100) : chance_next(c);
	volatile uint8_t *mmio = (volatile uint8_t *)(BARE_NO_RAM + chance_below(c, MMIO_BYTES));
	static uint8_t buf[64][64];
	uint8_t *b = buf[this_vp()->id & 63];

	if (port >= UCALL_PORT - 8 && port < UCALL_PORT + 8)
		return;
	switch (chance_below(c, 6)) {
	case 0:
		outl(port, chance_next(c));
		break;
	case 1:
		inl(port);
		break;
	case 2:
		asm volatile("rep insb" : "+D"(b) : "c"(chance_below(c, 64)), "d"(port)
			     : "memory");
		break;
	case 3:
		*(volatile uint64_t *)mmio = chance_next(c);
		break;
	case 4:
		(void)*(volatile uint16_t *)mmio;
		break;
	default:
		guarded("lock; addl $1, (%0)", NO_OUTPUTS, "r"(mmio) : "memory");
	}
}

/* Bytes that are an instruction in front of what usually follows one. */
static void do_random_code(struct chance *c)
{
	static const uint8_t heads[][3] = {
		{ 0x0f, 0x01, 0xc1 }, { 0x0f, 0x01, 0xc2 }, { 0x0f, 0x01, 0xc4 },
		{ 0x0f, 0xc7, 0x30 }, { 0x66, 0x0f, 0x38 }, { 0x0f, 0xae, 0x38 },
		{ 0x0f, 0x01, 0x00 }, { 0x0f, 0x00, 0x00 }, { 0xc4, 0xe2, 0x78 },
		{ 0x62, 0xf1, 0x7c }, { 0xf0, 0x0f, 0xc7 }, { 0x48, 0x0f, 0xa2 },
		{ 0x0f, 0x0b, 0x00 }, { 0xcd, 0x80, 0x00 }, { 0x9d, 0x00, 0x00 },
		{ 0xf3, 0x0f, 0x1e }, { 0x65, 0x48, 0x8b },
	};
	/* now and then another VP's, which may be in it */
	uint64_t owner = chance_one_in(c, 4) ? chance_below(c, 4) : this_vp()->id & 63;
	uint8_t *code = (uint8_t *)(CODE_PAGES + owner * 4096);
	const uint8_t *head = heads[chance_below(c, ARRAY_SIZE(heads))];
	uint64_t *words = (uint64_t *)code;

	words[0] = chance_next(c);
	words[1] = chance_next(c);
	if (chance_one_in(c, 2)) {
		code[0] = head[0];
		code[1] = head[1];
		code[2] = head[2];
	}
	words[2] = 0x0b0f0b0f0b0f0b0f;	/* ud2 */
	words[3] = 0x0b0f0b0f0b0f0b0f;
	asm volatile("push %%rbp\n\tpush %%rbx\n\tpush %%r12\n\tpush %%r13\n\t"
		     "push %%r14\n\tpush %%r15\n\t"
		     "mov %%rsp, %%gs:0x20\n\t"
		     "movq $-1, %%gs:0x10\n\tmovq $990f, %%gs:0x08\n\t"
		     "call *%%rax\n"
		     "990:\tmovq $0, %%gs:0x08\n\t"
		     "mov %%gs:0x20, %%rsp\n\tcld\n\t"
		     "pop %%r15\n\tpop %%r14\n\tpop %%r13\n\tpop %%r12\n\t"
		     "pop %%rbx\n\tpop %%rbp"
		     : "+a"(code) : "d"(BARE_NO_RAM), "c"(1)
		     : "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory");
}

/* Entries of the page directories, which all VPs share: of what nobody uses, for a moment. */
static void do_page_table(struct chance *c)
{
	volatile uint64_t *pd = (volatile uint64_t *)(BARE_PAGE_TABLES + 0x2000);
	uint64_t at = 1024 + chance_below(c, 512), was = pd[at], gva = at << 21;

	switch (chance_below(c, 4)) {
	case 0:
		pd[at] = chance_edge(c);
		break;
	case 1: /* a table of 4-KiB pages, of rubbish */
		pd[at] = (some_gpa(c) & ~0xfffull) | 7;
		break;
	case 2:
		pd[at] = (some_gpa(c) & 0x3fe00000) | 0x87 | 1ull << chance_below(c, 64);
		break;
	default:
		pd[at] = was ^ 1ull << chance_below(c, 64);
	}
	gva += chance_below(c, 512) * 4096;
	guarded("invlpg (%0)", NO_OUTPUTS, "r"(gva) : "memory");
	if (chance_one_in(c, 2))
		guarded("mov (%0), %%rax", NO_OUTPUTS, "r"(gva) : "rax", "memory");
	else
		guarded("lock; addl $0, (%0)", NO_OUTPUTS, "r"(gva) : "memory");
	pd[at] = was;
	guarded("invlpg (%0)", NO_OUTPUTS, "r"(gva) : "memory");
}

/* L2: what leaves it in many ways; it never ends by itself. */
static void guest_of_guest(void)
{
	struct chance c = chance_seed(rdtsc(), this_vp()->id);

	for (;;) {
		switch (chance_below(&c, 6)) {
		case 0:
			do_hypercall(&c);
			break;
		case 1:
			do_apic(&c);
			break;
		case 2:
			do_control_register(&c);
			break;
		case 3:
			vmcall(chance_edge(&c));
			break;
		default:
			do_msr(&c);
		}
	}
}

/* Any field but those of the host area, which would end this VP at the next exit. */
static void vmx_field(struct chance *c)
{
	uint64_t field = chance_below(c, 4) << 13 | chance_below(c, 3) << 10 |
			 chance_below(c, 32) << 1 | chance_one_in(c, 16);

	vmwrite_try(field, chance_one_in(c, 4) ? some_gpa(c) : chance_edge(c));
	if (chance_one_in(c, 8))
		vmread_try(chance_edge(c) & 0xffff, (uint64_t *)L1_PAGE(L1_L2_STACK));
}

/* A few entries into L2, most of them of a VMCS with one field wrong. */
static void run_l2(struct chance *c)
{
	struct l2_regs regs = { { 0 } };
	unsigned int n, bad = 0;
	uint64_t id = this_vp()->id;

	l1_start();
	l1_vmcs_fill(guest_of_guest);
	if (chance_one_in(c, 2))
		l1_ept();
	for (n = 0; n < 24 && bad < 3; n++) {
		if (chance_one_in(c, 4))
			vmx_field(c);
		if (l1_enter(&regs, n && chance_below(c, 8)) != VMX_OK)
			bad++;
		else if (chance_one_in(c, 2))
			l1_skip();
		/* what L2 guarded is not L1's */
		guest_vps[id].fixup = 0;
		guest_stress_ops[id & 63]++;
		if (bad)
			l1_vmcs_fill(guest_of_guest);
	}
	vmclear(L1_PAGE(L1_VMCS));
	vmxoff();
}

static bool have_vmx;

static void do_vmx(struct chance *c)
{
	uint64_t page = some_gpa(c) & ~0xfffull;

	if (!have_vmx)
		return;
	switch (chance_below(c, 12)) {
	case 0:
		guarded("mov %0, %%cr4", NO_OUTPUTS, "r"(read_cr4() | CR4_VMXE_) : "memory");
		wrmsr_safe(MSR_FEATURE_CONTROL, chance_one_in(c, 2) ? 5 : chance_edge(c));
		break;
	case 1:
		if (page >= BARE_FREE && page < BARE_RAM)
			*(volatile uint32_t *)page = rdmsr(MSR_VMX_BASIC);
		vmxon(page);
		break;
	case 2:
		vmclear(page);
		break;
	case 3:
		vmptrld(page);
		break;
	case 4 ... 5:
		vmx_field(c);
		break;
	case 6:
		invept(chance_below(c, 4), chance_edge(c));
		invvpid(chance_below(c, 5), chance_edge(c), chance_edge(c));
		break;
	case 7:
		guarded("vmlaunch", NO_OUTPUTS, "r"(0) : "cc", "memory");
		break;
	case 8:
		guarded("vmresume", NO_OUTPUTS, "r"(0) : "cc", "memory");
		break;
	case 9:
		vmxoff();
		break;
	default:
		vmxoff();
		run_l2(c);
	}
}

static void do_idle(struct chance *c)
{
	wrmsr_safe(MSR_TSC_DEADLINE, rdtsc() + 20000);
	if (chance_one_in(c, 2))
		safe_halt();
	else
		irq_on();
	irq_off();
}

/* Ends the interrupt in whichever mode the APIC is, or by the synthetic MSR. */
static void on_interrupt(struct guest_regs *regs)
{
	volatile uint32_t *apic = (volatile uint32_t *)(uintptr_t)APIC_BASE;

	if (rdtsc() & 0x100)
		wrmsr_safe(HV_X64_MSR_EOI, 0);
	else if (wrmsr_safe(X2APIC_MSR(APIC_EOI), 0) != NO_FAULT)
		apic[APIC_EOI / 4] = 0;
}

static void on_nothing(struct guest_regs *regs)
{
	regs->rflags &= ~0x100ull;
}

static void prepare(struct chance *c)
{
	uint32_t leaf[4];
	unsigned int i;

	cpuid(1, 0, leaf);
	have_vmx = leaf[2] & 1u << 5;
	for (i = 32; i < NR_VECTORS; i++)
		guest_handlers[i] = on_interrupt;
	guest_handlers[1] = on_nothing;
	guest_handlers[VECTOR_NMI] = on_nothing;
	if (chance_one_in(c, 2))
		guest_x2apic_enable();
	wrmsr_safe(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr_safe(HV_X64_MSR_HYPERCALL, BARE_FREE | 1);
}

void guest_stress(uint64_t seed)
{
	struct chance c = chance_seed(seed, this_vp()->id);

	prepare(&c);
	for (;;) {
		guest_stress_ops[this_vp()->id & 63]++;
		switch (chance_below(&c, 18)) {
		case 0 ... 3:
			do_msr(&c);
			break;
		case 4 ... 7:
			do_hypercall(&c);
			break;
		case 8 ... 9:
			do_apic(&c);
			break;
		case 10:
			do_control_register(&c);
			break;
		case 11 ... 12:
			do_io(&c);
			break;
		case 13:
			do_idle(&c);
			break;
		case 14:
			do_random_code(&c);
			break;
		case 15:
			do_page_table(&c);
			break;
		case 16:
			do_vmx(&c);
			break;
		default:
			irq_on();
			cpu_pause();
			irq_off();
		}
	}
}
