// SPDX-License-Identifier: GPL-2.0
/*
 * MMIO to user space: each instruction form at each size leaves with the right
 * address, length and data, and what user space answers ends in the right
 * register or memory, with the flags the SDM says.
 */
#include <string.h>

#include "bare.h"

#define DEV		BARE_NO_RAM
#define DEV_SIZE	256
#define MAX_LOG		16

/* The device: plain memory in the VMM, with a log of the accesses. */
static uint8_t device[DEV_SIZE];
static struct { uint64_t offset, data; unsigned int len, write; } accesses[MAX_LOG];
static unsigned int nr_accesses;

/* Filled by the guest. */
static volatile uint64_t result[4];
static volatile uint8_t ram[64];

#define SEED		0x8877665544332211ull

static volatile void *dev(unsigned int offset)
{
	return (volatile void *)(DEV + offset);
}

/* RAX, full of ones before, after @insn has loaded a part of it from @offset. */
#define LOAD_RAX(insn, offset) ({					\
	uint64_t r_;							\
									\
	asm volatile("mov $-1, %%rax\n\t" insn "\n\tmov %%rax, %0"	\
		     : "=r"(r_) : "r"(dev(offset)) : "rax");		\
	r_;								\
})

static void guest_mov_load(uint64_t arg)
{
	uint64_t r;

	result[0] = LOAD_RAX("movb (%1), %%al", 0);
	result[1] = LOAD_RAX("movw (%1), %%ax", 0);
	result[2] = LOAD_RAX("movl (%1), %%eax", 0);
	asm volatile("movq (%1), %0" : "=r"(r) : "r"(dev(0)));
	result[3] = r;
}

static void guest_mov_store(uint64_t arg)
{
	asm volatile("movb %%al, (%1)\n\tmovb %%ah, 1(%1)\n\tmovw %%ax, 2(%1)\n\t"
		     "movl %%eax, 4(%1)\n\tmovq %%rax, 8(%1)"
		     : : "a"(0x1122334455667788), "r"(dev(0)) : "memory");
	asm volatile("movb $0x5a, (%0)\n\tmovw $0x1234, 2(%0)\n\tmovl $0x89abcdef, 4(%0)\n\t"
		     "movq $-2, 8(%0)" : : "r"(dev(16)) : "memory");
}

static void guest_movzx(uint64_t arg)
{
	result[0] = LOAD_RAX("movzbl (%1), %%eax", 7);
	result[1] = LOAD_RAX("movzwq (%1), %%rax", 6);
	result[2] = LOAD_RAX("movzbw (%1), %%ax", 7);
}

static void guest_movsx(uint64_t arg)
{
	uint64_t r;

	result[0] = LOAD_RAX("movsbl (%1), %%eax", 7);
	asm volatile("movswq (%1), %0" : "=r"(r) : "r"(dev(6)));
	result[1] = r;
	asm volatile("movslq (%1), %0" : "=r"(r) : "r"(dev(4)));
	result[2] = r;
	asm volatile("movsbq (%1), %0" : "=r"(r) : "r"(dev(0)));
	result[3] = r;
}

/* Addressing: base + index * scale + displacement, RIP-relative is no device. */
static void guest_address(uint64_t arg)
{
	uint64_t r;

	asm volatile("movl -0x10(%1,%2,4), %k0" : "=r"(r) : "r"(dev(8)), "r"(4ul));
	result[0] = r;
	asm volatile("movl 0x40000004, %k0" : "=r"(r));
	result[1] = r;
	asm volatile("mov %1, %%r13\n\tmovl (%%r13), %%r14d\n\tmov %%r14, %0"
		     : "=r"(r) : "r"(dev(0)) : "r13", "r14");
	result[2] = r;
	asm volatile("movabs 0x40000000, %%eax" : "=a"(r));
	result[3] = r;
}

static void guest_string(uint64_t arg)
{
	uint64_t rdi, rsi, rcx;

	asm volatile("cld\n\trep stosb" : "=D"(rdi), "=c"(rcx)
		     : "0"(dev(0)), "1"(3), "a"(0xaa) : "memory");
	result[0] = rdi;
	result[1] = rcx;
	asm volatile("rep stosl" : "=D"(rdi), "=c"(rcx)
		     : "0"(dev(8)), "1"(2), "a"(0x12345678) : "memory");
	asm volatile("rep movsb" : "=D"(rdi), "=S"(rsi), "=c"(rcx)
		     : "0"(ram), "1"(dev(8)), "2"(4) : "memory");
	result[2] = rdi - (uintptr_t)ram;
	result[3] = rsi;
	asm volatile("movsq" : "=D"(rdi), "=S"(rsi) : "0"(dev(16)), "1"(ram) : "memory");
	asm volatile("std\n\tmovsb\n\tcld" : "=D"(rdi), "=S"(rsi)
		     : "0"(dev(31)), "1"(ram) : "memory");
}

#define FLAG_CF		0x001
#define FLAG_PF		0x004
#define FLAG_ZF		0x040
#define FLAG_SF		0x080
#define FLAG_OF		0x800
#define FLAGS		(FLAG_CF | FLAG_PF | FLAG_ZF | FLAG_SF | FLAG_OF)

static void guest_alu(uint64_t arg)
{
	uint64_t f;

	asm volatile("testb $0x80, (%1)\n\tpushf\n\tpop %0" : "=r"(f) : "r"(dev(7)) : "cc");
	result[0] = f & FLAGS;
	asm volatile("testl %%eax, (%1)\n\tpushf\n\tpop %0"
		     : "=r"(f) : "r"(dev(0)), "a"(0) : "cc");
	result[1] = f & FLAGS;
	asm volatile("cmpw $0x2211, (%1)\n\tpushf\n\tpop %0" : "=r"(f) : "r"(dev(0)) : "cc");
	result[2] = f & FLAGS;
	asm volatile("cmpb (%1), %%al\n\tpushf\n\tpop %0"
		     : "=r"(f) : "r"(dev(0)), "a"(0x10) : "cc");
	result[3] = f & FLAGS;
}

static void guest_rmw(uint64_t arg)
{
	uint64_t r = 0x1111111111111111;

	asm volatile("orb $0x0c, (%0)" : : "r"(dev(0)) : "memory", "cc");
	asm volatile("andw $0x0f0f, (%0)" : : "r"(dev(2)) : "memory", "cc");
	asm volatile("orl %1, (%0)" : : "r"(dev(4)), "r"(0x80000000) : "memory", "cc");
	asm volatile("andl $0xff, (%0)" : : "r"(dev(8)) : "memory", "cc");
	asm volatile("xchgl %k1, (%2)" : "=r"(r) : "0"(0x5a5a5a5a), "r"(dev(16)) : "memory");
	result[0] = r;
	asm volatile("addl $1, (%0)" : : "r"(dev(20)) : "memory", "cc");
	asm volatile("lock orl $2, (%0)" : : "r"(dev(24)) : "memory", "cc");
	/* ALU with a register as destination reads only */
	asm volatile("orq (%1), %0" : "=r"(r) : "r"(dev(32)), "0"(0xf00ull) : "cc");
	result[1] = r;
}

/* Naturally aligned or not, an access of up to 8 bytes is one exit. */
static void guest_unaligned(uint64_t arg)
{
	result[0] = *(volatile uint32_t *)(DEV + 0x20);
	*(volatile uint64_t *)(DEV + 0x44) = SEED;	/* not aligned to 8 */
	result[1] = *(volatile uint64_t *)(DEV + 0x44);
}

/*
 * The instruction behind each exit is the one that is there now: code that is
 * rewritten, mapped elsewhere by a page table, a table, CR3 or the VMM.
 */
#define CODE_A		BARE_FREE		/* stores its second argument */
#define CODE_B		(BARE_FREE + 0x1000)	/* stores its third */
#define NEW_TABLES	(BARE_FREE + 0x10000)	/* a set of tables, then a page table each */
#define ALIAS		0xc0000000ul		/* mapped by these */
#define SLOT_GPA	0x50000000ul		/* a page the VMM moves */
#define PTE_RWX		0x3ul

typedef void (*store_fn)(volatile void *to, uint64_t second, uint64_t third);

static void put_code(uint64_t at, bool third)
{
	/* mov %esi, (%rdi) or mov %edx, (%rdi); ret */
	uint8_t insn[] = { 0x89, third ? 0x17 : 0x37, 0xc3 };

	memcpy((void *)at, insn, sizeof(insn));
}

/* Three times, so that what can be remembered is. */
static void stores(uint64_t fn)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		((store_fn)fn)(dev(0), 0xa0 + i, 0xb0 + i);
}

static void guest_code_rewritten(uint64_t arg)
{
	put_code(CODE_A, false);
	stores(CODE_A);
	((volatile uint8_t *)CODE_A)[1] = 0x17;
	stores(CODE_A);
}

static void invlpg(uint64_t linear)
{
	asm volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

static volatile uint64_t *page(uint64_t gpa)
{
	return (volatile uint64_t *)gpa;
}

/* A copy of the tables at @pml4 where ALIAS is by the page table at @pt. */
static void copy_tables(uint64_t pml4, uint64_t pt)
{
	memcpy((void *)pml4, (void *)BARE_PAGE_TABLES, 0x1000);
	memcpy((void *)(pml4 + 0x1000), (void *)(BARE_PAGE_TABLES + 0x1000), 0x1000);
	memcpy((void *)(pml4 + 0x2000), (void *)(BARE_PAGE_TABLES + 0x5000), 0x1000);
	page(pml4)[0] = (pml4 + 0x1000) | PTE_RWX;
	page(pml4 + 0x1000)[3] = (pml4 + 0x2000) | PTE_RWX;
	page(pml4 + 0x2000)[0] = pt | PTE_RWX;
}

static void write_cr3(uint64_t cr3)
{
	asm volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
}

static void guest_remapped(uint64_t arg)
{
	uint64_t set_a = NEW_TABLES, set_b = NEW_TABLES + 0x3000;
	uint64_t pt_a = NEW_TABLES + 0x6000, pt_b = NEW_TABLES + 0x7000;

	put_code(CODE_A, false);
	put_code(CODE_B, true);
	memset((void *)pt_a, 0, 0x2000);
	page(pt_a)[0] = CODE_A | PTE_RWX;
	page(pt_b)[0] = CODE_B | PTE_RWX;
	copy_tables(set_a, pt_a);
	copy_tables(set_b, pt_b);
	write_cr3(set_a);
	stores(ALIAS);
	page(pt_a)[0] = CODE_B | PTE_RWX;	/* the entry */
	invlpg(ALIAS);
	stores(ALIAS);
	page(pt_a)[0] = CODE_A | PTE_RWX;
	invlpg(ALIAS);
	stores(ALIAS);
	write_cr3(set_b);			/* CR3 */
	stores(ALIAS);
	write_cr3(set_a);
	page(set_a + 0x2000)[0] = pt_b | PTE_RWX;	/* an upper entry */
	invlpg(ALIAS);
	((store_fn)ALIAS)(dev(0), 0xa0, 0xb0);
	write_cr3(BARE_PAGE_TABLES);
}

static void guest_slot_moved(uint64_t arg)
{
	stores(SLOT_GPA);
	stores(SLOT_GPA);
}

static void access_device(struct kvm_run *run)
{
	uint64_t offset = run->mmio.phys_addr - DEV;

	if (nr_accesses < MAX_LOG) {
		accesses[nr_accesses].offset = offset;
		accesses[nr_accesses].len = run->mmio.len;
		accesses[nr_accesses].write = run->mmio.is_write;
		accesses[nr_accesses].data = 0;
		memcpy(&accesses[nr_accesses].data, run->mmio.data,
		       run->mmio.len > 8 ? 8 : run->mmio.len);
	}
	nr_accesses++;
	if (offset >= DEV_SIZE || run->mmio.len > DEV_SIZE - offset)
		return;
	if (run->mmio.is_write)
		memcpy(device + offset, run->mmio.data, run->mmio.len);
	else
		memcpy(run->mmio.data, device + offset, run->mmio.len);
}

static bool run_guest(struct vmm *vmm, guest_fn fn, const char *name)
{
	uint64_t words[DEV_SIZE / 8];
	struct vp *vp = &vmm->vp[0];
	enum bare_stop stop;
	char text[200];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = SEED + i * 0x0101010101010101;
	memcpy(device, words, sizeof(device));
	nr_accesses = 0;
	memset((void *)&guest_var(vmm, result), 0, sizeof(result));
	bare_start(vp, fn, 0);
	while ((stop = bare_run(vp)) == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_MMIO)
		access_device(vp->run);
	if (stop == BARE_EXIT) {
		vp_describe_exit(vp, text, sizeof(text));
		ktap_note("%s", text);
	}
	return ktap_ok(stop == BARE_DONE, "%s", name);
}

static uint64_t device_word(unsigned int offset, unsigned int len)
{
	uint64_t v = 0;

	memcpy(&v, device + offset, len);
	return v;
}

static void check_access(unsigned int n, uint64_t offset, unsigned int len, bool write,
			 const char *what)
{
	ktap_ok(nr_accesses > n && accesses[n].offset == offset && accesses[n].len == len &&
		accesses[n].write == write, "%s", what);
	if (nr_accesses > n && (accesses[n].offset != offset || accesses[n].len != len))
		ktap_note("access %u: offset %#lx length %u write %u", n, accesses[n].offset,
			  accesses[n].len, accesses[n].write);
}

#define R(n)	guest_var(vmm, result[n])

static void test_moves(struct vmm *vmm)
{
	run_guest(vmm, guest_mov_load, "mov from the device");
	ktap_eq(R(0), 0xffffffffffffff11, "8 bits keep the rest");
	ktap_eq(R(1), 0xffffffffffff2211, "16 bits keep the rest");
	ktap_eq(R(2), 0x44332211, "32 bits clear the rest");
	ktap_eq(R(3), SEED, "64 bits");
	check_access(0, 0, 1, false, "one access of 1 byte");
	check_access(3, 0, 8, false, "one access of 8 bytes");

	run_guest(vmm, guest_mov_store, "mov to the device");
	ktap_eq(device_word(0, 1), 0x88, "AL");
	ktap_eq(device_word(1, 1), 0x77, "AH");
	ktap_eq(device_word(2, 2), 0x7788, "AX");
	ktap_eq(device_word(4, 4), 0x55667788, "EAX");
	ktap_eq(device_word(8, 8), 0x1122334455667788, "RAX");
	ktap_eq(device_word(16, 1), 0x5a, "immediate, 8 bits");
	ktap_eq(device_word(18, 2), 0x1234, "immediate, 16 bits");
	ktap_eq(device_word(20, 4), 0x89abcdef, "immediate, 32 bits");
	ktap_eq(device_word(24, 8), -2, "immediate, 32 bits extended to 64");

	run_guest(vmm, guest_movzx, "movzx");
	ktap_eq(R(0), 0x88, "8 to 32 bits");
	ktap_eq(R(1), 0x8877, "16 to 64 bits");
	ktap_eq(R(2), 0xffffffffffff0088, "8 to 16 bits");
	run_guest(vmm, guest_movsx, "movsx, movsxd");
	ktap_eq(R(0), 0xffffff88, "8 to 32 bits");
	ktap_eq(R(1), 0xffffffffffff8877, "16 to 64 bits");
	ktap_eq(R(2), 0xffffffff88776655, "32 to 64 bits");
	ktap_eq(R(3), 0x11, "8 to 64 bits, positive");

	run_guest(vmm, guest_address, "addressing forms");
	ktap_eq(R(0), device_word(8, 4), "base, index, scale, displacement");
	ktap_eq(R(1), device_word(4, 4), "absolute address");
	ktap_eq(R(2), device_word(0, 4), "R13 and R14");
	ktap_eq(R(3), device_word(0, 4), "mov moffs");
}

static void test_strings(struct vmm *vmm)
{
	run_guest(vmm, guest_string, "stos and movs");
	ktap_eq(device_word(0, 4), 0x44aaaaaa, "rep stosb");
	ktap_eq(R(0), DEV + 3, "RDI");
	ktap_eq(R(1), 0, "RCX");
	ktap_eq(device_word(8, 8), 0x1234567812345678, "rep stosl");
	ktap_eq(*(uint32_t *)&guest_var(vmm, ram), 0x12345678, "rep movsb to RAM");
	ktap_eq(R(2), 4, "RDI");
	ktap_eq(R(3), DEV + 12, "RSI");
	ktap_eq(device_word(16, 4), 0x12345678, "movsq from RAM");
	ktap_eq(device_word(31, 1), 0x78, "movsb with DF");
}

static void test_alu(struct vmm *vmm)
{
	run_guest(vmm, guest_alu, "test and cmp");
	ktap_eq(R(0), FLAG_SF, "test: 0x88 & 0x80");
	ktap_eq(R(1), FLAG_ZF | FLAG_PF, "test with zero");
	ktap_eq(R(2), FLAG_ZF | FLAG_PF, "cmp equal");
	ktap_eq(R(3), FLAG_CF | FLAG_SF | FLAG_PF, "cmp 0x10 with 0x11");

	run_guest(vmm, guest_rmw, "read, modify, write");
	ktap_eq(device_word(0, 1), 0x11 | 0x0c, "or");
	ktap_eq(device_word(2, 2), 0x4433 & 0x0f0f, "and");
	ktap_eq(device_word(4, 4), 0x88776655 | 0x80000000, "or register");
	ktap_eq(device_word(8, 4), (SEED + 0x0101010101010101) & 0xff, "and immediate");
	ktap_eq(R(0), (uint32_t)(SEED + 2 * 0x0101010101010101), "xchg returns the old value");
	ktap_eq(device_word(16, 4), 0x5a5a5a5a, "and stores the new");
	ktap_eq(device_word(20, 4), (uint32_t)((SEED + 2 * 0x0101010101010101) >> 32) + 1, "add");
	ktap_eq(device_word(24, 4), (uint32_t)(SEED + 3 * 0x0101010101010101) | 2, "lock or");
	ktap_eq(R(1), (SEED + 4 * 0x0101010101010101) | 0xf00, "or into a register");
	check_access(0, 0, 1, false, "first a read");
	check_access(1, 0, 1, true, "then a write");
}

/* Writes @from.. have @base, @base + 1, ... as their data. */
static void check_stores(unsigned int from, unsigned int n, uint64_t base, const char *what)
{
	bool good = nr_accesses >= from + n;
	unsigned int i;

	for (i = from; i < from + n && i < MAX_LOG; i++)
		if (accesses[i].data != base + i - from) {
			ktap_note("store %u of %#lx", i, accesses[i].data);
			good = false;
		}
	ktap_ok(good, "%s", what);
}

static void test_stale(struct vmm *vmm)
{
	static uint8_t old[0x1000] __attribute__((aligned(0x1000)));
	static uint8_t new[0x1000] __attribute__((aligned(0x1000)));
	struct vp *vp = &vmm->vp[0];
	enum bare_stop stop;

	run_guest(vmm, guest_code_rewritten, "the guest rewrites its code");
	check_stores(0, 3, 0xa0, "the old code stores");
	check_stores(3, 3, 0xb0, "the new code stores");

	run_guest(vmm, guest_remapped, "the guest maps other code");
	check_stores(0, 3, 0xa0, "first page");
	check_stores(3, 3, 0xb0, "another page table entry");
	check_stores(6, 3, 0xa0, "the first entry again");
	check_stores(9, 3, 0xb0, "another CR3");
	check_stores(12, 1, 0xb0, "another entry of an upper table");

	put_code((uintptr_t)old, false);
	put_code((uintptr_t)new, true);
	vmm_set_slot(vmm, 8, 0, SLOT_GPA, sizeof(old), old);
	nr_accesses = 0;
	bare_start(vp, guest_slot_moved, 0);
	while ((stop = bare_run(vp)) == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_MMIO) {
		access_device(vp->run);
		if (nr_accesses == 3) {
			vmm_set_slot(vmm, 8, 0, SLOT_GPA, 0, NULL);
			vmm_set_slot(vmm, 8, 0, SLOT_GPA, sizeof(new), new);
		}
	}
	ktap_ok(stop == BARE_DONE, "the VMM moves the memory of the code");
	check_stores(0, 3, 0xa0, "the code of the old slot");
	check_stores(3, 3, 0xb0, "the code of the new slot");
	vmm_set_slot(vmm, 8, 0, SLOT_GPA, 0, NULL);
}

int main(void)
{
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	test_moves(&vmm);
	test_strings(&vmm);
	test_alu(&vmm);
	run_guest(&vmm, guest_unaligned, "unaligned access");
	ktap_eq(guest_var(&vmm, result[1]), SEED, "written and read back");
	test_stale(&vmm);
	vmm_destroy(&vmm);
	return ktap_finish();
}
