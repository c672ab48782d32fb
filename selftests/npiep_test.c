// SPDX-License-Identifier: GPL-2.0
/*
 * NPIEP (TLFS, "Non-Privileged Instruction Execution Prevention"): SGDT, SIDT,
 * SLDT and STR fault at CPL 3 when their bit is set, and do what they always
 * do otherwise.
 */
#include "bare.h"
#include "hvdef.h"

struct table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static volatile struct table user_table;
static volatile uint64_t user_word;

static void user_sgdt(void)
{
	asm volatile("sgdt %0\n\tud2" : "=m"(user_table));
}

static void user_sidt(void)
{
	asm volatile("sidt %0\n\tud2" : "=m"(user_table));
}

static void user_sldt(void)
{
	asm volatile("sldt %0\n\tud2" : "=m"(user_word));
}

static void user_str(void)
{
	asm volatile("str %0\n\tud2" : "=m"(user_word));
}

/* A store that faults in its operand. */
static void user_sgdt_nowhere(void)
{
	asm volatile("sgdt (%0)\n\tud2" : : "r"(1ull << 63) : "memory");
}

static void (*const insns[])(void) = { user_sgdt, user_sidt, user_sldt, user_str };

static void check_bits(uint64_t bits)
{
	unsigned int i, wrong = 0, vector;

	wrmsr(HV_X64_MSR_NPIEP_CONFIG, bits);
	for (i = 0; i < 4; i++) {
		user_table.limit = 0;
		user_word = ~0ull;
		vector = guest_run_user(insns[i]);
		wrong += vector != (bits >> i & 1 ? VECTOR_GP : VECTOR_UD);
		if (bits >> i & 1)
			wrong += i < 2 ? user_table.limit != 0 : user_word != ~0ull;
		else if (i < 2)
			wrong += user_table.limit != (i ? 0xfff : 0x37);
		else
			wrong += (uint16_t)user_word != (i == 2 ? 0 : GUEST_TSS);
	}
	g_eq(wrong, 0, "bits %lx: what is blocked at CPL 3 and what is not", bits);
	g_eq(rdmsr(HV_X64_MSR_NPIEP_CONFIG), bits, "they read back");
}

static void check_kernel(void)
{
	struct table gdt = { 0 }, idt = { 0 };
	uint64_t tr = 0, ldt = ~0ull;

	wrmsr(HV_X64_MSR_NPIEP_CONFIG, 0xf);
	asm volatile("sgdt %0" : "=m"(gdt));
	asm volatile("sidt %0" : "=m"(idt));
	asm volatile("str %0" : "=r"(tr));
	asm volatile("sldt %0" : "=r"(ldt));
	g_eq(gdt.base, BARE_GDT, "SGDT at CPL 0");
	g_eq(idt.base, BARE_IDT, "SIDT at CPL 0");
	g_eq(tr, GUEST_TSS, "STR at CPL 0");
	g_eq(ldt, 0, "SLDT at CPL 0");
	idt.limit = 0xffe;
	asm volatile("lidt %0" : : "m"(idt));
	idt.limit = 0;
	asm volatile("sidt %0" : "=m"(idt));
	g_eq(idt.limit, 0xffe, "LIDT is nobody's business");
	asm volatile("lgdt %0" : : "m"(gdt));
	asm volatile("lldt %w0" : : "r"(0));
	guarded("ltr %w0", NO_OUTPUTS, "r"(0) : "memory");
	g_eq(last_fault(), VECTOR_GP, "LTR of no segment is #GP as ever");
	guarded("sgdt (%0)", NO_OUTPUTS, "r"(1ull << 63) : "memory");
	g_eq(last_fault(), VECTOR_GP, "an operand that faults");
	asm volatile("sgdt %0" : "=m"(gdt));
	g_eq(gdt.limit, 0x37, "and the next one is fine");
	g_eq(guest_run_user(user_sgdt), VECTOR_GP, "CPL 3 is still blocked");
}

static volatile uint64_t ticks;

static void on_timer(struct guest_regs *regs)
{
	ticks++;
	x2apic_eoi();
}

/* Interrupts come in between. */
static void check_interrupts(void)
{
	struct table gdt = { 0 };
	unsigned int i, wrong = 0;

	guest_handlers[0x51] = on_timer;
	x2apic_write(APIC_TIMER_DIVIDE, 0xb);
	x2apic_write(APIC_LVT_TIMER, 0x51 | APIC_LVT_PERIODIC);
	x2apic_write(APIC_TIMER_INITIAL, 20000);
	irq_on();
	for (i = 0; i < 20000 || ticks < 20; i++) {
		gdt.limit = 0;
		asm volatile("sgdt %0" : "=m"(gdt));
		wrong += gdt.limit != 0x37;
	}
	irq_off();
	x2apic_write(APIC_TIMER_INITIAL, 0);
	g_eq(wrong, 0, "with interrupts in between");
}

static void guest_main(uint64_t id)
{
	uint64_t bits;

	guest_x2apic_enable();
	g_eq(rdmsr(HV_X64_MSR_NPIEP_CONFIG), 0, "nothing is blocked at first");
	for (bits = 0; bits < 16; bits++)
		check_bits(bits);
	check_kernel();
	check_interrupts();
	wrmsr(HV_X64_MSR_NPIEP_CONFIG, 0xe);
	g_eq(guest_run_user(user_sgdt_nowhere), VECTOR_GP,
	     "an operand that faults at CPL 3");
	g_eq(wrmsr_safe(HV_X64_MSR_NPIEP_CONFIG, 0x10), VECTOR_GP,
	     "a reserved bit is #GP");
	g_eq(rdmsr(HV_X64_MSR_NPIEP_CONFIG), 0xe, "and changes nothing");
	wrmsr(HV_X64_MSR_NPIEP_CONFIG, 0);
	g_eq(guest_run_user(user_sgdt), VECTOR_UD, "switched off again");
}

int main(void)
{
	struct kvm_cpuid_entry2 *features;
	struct cpuid_table t;
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	features = bare_features(&vmm, &t);
	vmm_destroy(&vmm);
	if (!(features->edx & HV_FEATURE_NPIEP_MSR))
		ktap_skip_all("NPIEP is not offered");
	bare_test(1, guest_main, "NPIEP");
	return ktap_finish();
}
