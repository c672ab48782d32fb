// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallStartVirtualProcessor: a VP that waits for SIPI starts with the
 * registers of the call, and no other VP does.
 */
#include <stdio.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define HCALL_PAGE	(BARE_FREE + 0x1000)
#define IN		(BARE_FREE + 0x2000)
#define OS_ID		0x8100000000000001ull
#define MSR_EFER	0xc0000080u
#define MSR_PAT		0x277u
#define PAT		0x0007040600070405ull
#define EFER_LMA_LME	0x500

struct segment {
	uint64_t base;
	uint32_t limit;
	uint16_t selector;
	uint16_t attributes;
};

struct table {
	uint16_t pad[3];
	uint16_t limit;
	uint64_t base;
};

struct start {
	uint64_t partition;
	uint32_t vp;
	uint32_t vtl;
	uint64_t rip, rsp, rflags;
	struct segment cs, ds, es, fs, gs, ss, tr, ldtr;
	struct table idtr, gdtr;
	uint64_t efer, cr0, cr3, cr4, pat;
};

_Static_assert(sizeof(struct start) == 240, "size of the input");

static volatile struct start *in(void)
{
	return (volatile struct start *)IN;
}

static uint64_t call(void)
{
	return hv_call((void *)HCALL_PAGE, HVCALL_START_VP, IN, 0);
}

static uint64_t read_cr(int n)
{
	uint64_t v = 0;

	if (n == 0)
		asm volatile("mov %%cr0, %0" : "=r"(v));
	else if (n == 3)
		asm volatile("mov %%cr3, %0" : "=r"(v));
	return v;
}

static volatile uint64_t started, start_rsp, start_rax, start_rbx, start_flags
	__attribute__((used));
static volatile uint64_t go __attribute__((used));

void new_vp_c(void);
void new_vp(void);

/* Where the new VP begins: what it found, before C changes it. */
asm(".pushsection .text\n"
    ".globl new_vp\n"
    "new_vp:\n"
    "	mov	%rsp, start_rsp\n"
    "	mov	%rax, start_rax\n"
    "	mov	%rbx, start_rbx\n"
    "	pushfq\n"
    "	pop	%rax\n"
    "	mov	%rax, start_flags\n"
    "	call	new_vp_c\n"
    ".popsection");

/* With the registers that VP 0 gave it. */
void new_vp_c(void)
{
	struct table idt = { 0 };

	g_eq(this_vp()->id, 1, "GS base is the one of the call");
	g_eq(start_rsp, in()->rsp, "RSP");
	g_eq(start_flags & 0xffff, 2, "RFLAGS");
	g_eq(start_rax, 0, "RAX is as after INIT");
	g_eq(start_rbx, 0, "RBX is as after INIT");
	g_eq(read_cr(3), BARE_PAGE_TABLES, "CR3");
	g_eq(read_cr(0), in()->cr0, "CR0");
	g_eq(read_cr4(), in()->cr4, "CR4");
	g_eq(rdmsr(MSR_EFER), EFER_LMA_LME, "EFER");
	g_eq(rdmsr(MSR_PAT), PAT, "PAT");
	asm volatile("sidt %0" : "=m"(idt.limit));
	g_eq(*(volatile uint16_t *)&idt.limit, 0xfff, "limit of IDTR");
	g_eq(rdmsr(HV_X64_MSR_VP_INDEX), 1, "trap 64: it is VP 1");
	started = 1;
	while (!go)
		cpu_pause();
	g_done();
	for (;;)
		asm volatile("cli\n\thlt");
}

static void fill(void)
{
	struct segment code = { 0, 0xffffffff, GUEST_CS, 0xa09b };
	struct segment data = { 0, 0xffffffff, GUEST_DS, 0xc093 };
	struct segment none = { 0, 0, 0, 0 };

	*in() = (struct start){
		.partition = HV_PARTITION_SELF, .vp = 1,
		.rip = (uintptr_t)new_vp,
		.rsp = BARE_STACKS + 2 * BARE_STACK_SIZE - 16,
		.rflags = 2,
		.cs = code, .ds = data, .es = data, .fs = data, .gs = data,
		.ss = data, .ldtr = none,
		.tr = { BARE_GDT + 0x1000 + BARE_TSS_OFFSET, 0x67, GUEST_TSS, 0x8b },
		.idtr = { { 0 }, 0xfff, BARE_IDT },
		.gdtr = { { 0 }, 0x37, BARE_GDT + 0x1000 },
		.efer = EFER_LMA_LME, .cr0 = read_cr(0), .cr3 = BARE_PAGE_TABLES,
		.cr4 = read_cr4(), .pat = PAT,
	};
	in()->gs.base = (uintptr_t)&guest_vps[1];
}

static void guest_main(uint64_t id)
{
	unsigned int i;

	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, HCALL_PAGE | HV_MSR_ENABLE);
	fill();
	in()->partition = 5;
	g_eq(call(), HV_STATUS_INVALID_PARTITION_ID, "another partition");
	fill();
	in()->vp = 9;
	g_eq(call(), HV_STATUS_INVALID_VP_INDEX, "no such VP");
	fill();
	in()->vp = 0;
	g_eq(call(), HV_STATUS_INVALID_VP_STATE, "trap 64: the caller itself");
	fill();
	in()->vp = HV_VP_SELF;
	g_eq(call(), HV_STATUS_INVALID_VP_STATE, "trap 64: the caller as SELF");
	fill();
	in()->vtl = 1;
	g_eq(call(), HV_STATUS_INVALID_VTL_STATE, "a VTL that is not enabled");
	fill();
	in()->cr3 = 1ull << 55;
	g_eq(call(), HV_STATUS_INVALID_REGISTER_VALUE, "reserved bits of CR3");
	fill();
	in()->pat = 2;
	g_eq(call(), HV_STATUS_INVALID_REGISTER_VALUE, "no memory type of the PAT");
	fill();
	in()->cs.attributes |= 0x100;
	g_eq(call(), HV_STATUS_INVALID_REGISTER_VALUE, "reserved attributes");
	fill();
	in()->rflags = 0;
	g_eq(call(), HV_STATUS_INVALID_REGISTER_VALUE, "RFLAGS without its fixed bit");
	fill();
	in()->cr0 = 1ull << 31;
	g_eq(call(), HV_STATUS_INVALID_REGISTER_VALUE, "paging without protection");
	g_eq(started, 0, "none of these started it");

	fill();
	g_eq(call(), HV_STATUS_SUCCESS, "start VP 1");
	while (!started)
		cpu_pause();
	for (i = 0; i < 10; i++)
		if (call() != HV_STATUS_INVALID_VP_STATE)
			break;
	g_eq(i, 10, "trap 64: a VP that runs cannot be started");
	go = 1;
}

int main(void)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_UNINITIALIZED };
	struct kvm_cpuid_entry2 *features;
	struct cpuid_table t;
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 2, 0);
	features = bare_features(&vmm, &t);
	if (!(features->ebx & HV_START_VPS))
		ktap_skip_all("StartVirtualProcessor is not offered");
	bare_start(&vmm.vp[0], guest_main, 0);
	/* VP 1 waits, as it was created: its thread sleeps in KVM_RUN */
	xioctl(vmm.vp[1].fd, KVM_SET_MP_STATE, &state);
	ktap_ok(bare_run_all(&vmm), "both VPs came to their end");
	vmm_destroy(&vmm);
	return ktap_finish();
}
