// SPDX-License-Identifier: GPL-2.0
/*
 * Hyper-V's enlightenments for a guest that is a hypervisor (TLFS, "Nested
 * Virtualization"): the enlightened VMCS and its MSR bitmap, direct virtual
 * flush, flushes of guest physical addresses.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bare.h"
#include "hvdef.h"
#include "l1.h"

/* Encoding and offset of the fields, from the text's table and type. */
static const struct { uint16_t enc, offset; } fields[] = {
	{ 0x681e, 816 }, { 0x401c, 812 }, { 0x681c, 768 }, { 0x6820, 776 },
	{ 0x4824, 784 }, { 0x4002, 788 }, { 0x4004, 792 }, { 0x4012, 796 },
	{ 0x4016, 800 }, { 0x4018, 804 }, { 0x401a, 808 }, { 0xc00, 8 },
	{ 0xc02, 10 }, { 0xc04, 12 }, { 0xc06, 14 }, { 0xc08, 16 },
	{ 0xc0a, 18 }, { 0xc0c, 20 }, { 0x2c00, 24 }, { 0x2c02, 32 },
	{ 0x6c00, 40 }, { 0x6c02, 48 }, { 0x6c04, 56 }, { 0x6c10, 64 },
	{ 0x6c12, 72 }, { 0x4c00, 88 }, { 0x4000, 92 }, { 0x400c, 96 },
	{ 0x401e, 100 },
	{ 0x2000, 104 }, { 0x2002, 112 }, { 0x2004, 120 }, { 0x800, 128 },
	{ 0x802, 130 }, { 0x804, 132 }, { 0x806, 134 }, { 0x808, 136 },
	{ 0x80a, 138 }, { 0x80c, 140 }, { 0x80e, 142 }, { 0x4800, 144 },
	{ 0x4802, 148 }, { 0x4804, 152 }, { 0x4806, 156 }, { 0x4808, 160 },
	{ 0x480a, 164 }, { 0x480c, 168 }, { 0x480e, 172 }, { 0x4810, 176 },
	{ 0x4812, 180 }, { 0x4814, 184 }, { 0x4816, 188 }, { 0x4818, 192 },
	{ 0x481a, 196 }, { 0x481c, 200 }, { 0x481e, 204 }, { 0x4820, 208 },
	{ 0x4822, 212 }, { 0x6806, 216 }, { 0x6808, 224 }, { 0x680a, 232 },
	{ 0x680c, 240 }, { 0x680e, 248 }, { 0x6810, 256 }, { 0x6812, 264 },
	{ 0x6814, 272 }, { 0x6816, 280 }, { 0x6818, 288 }, { 0x2010, 400 },
	{ 0x2012, 408 }, { 0x2800, 416 }, { 0x2802, 424 }, { 0x2804, 432 },
	{ 0x2806, 440 }, { 0x280a, 448 }, { 0x280c, 456 }, { 0x280e, 464 },
	{ 0x2810, 472 }, { 0x6822, 480 }, { 0x6824, 488 }, { 0x6826, 496 },
	{ 0x4826, 504 }, { 0x482a, 508 }, { 0x6000, 512 }, { 0x6002, 520 },
	{ 0x6004, 528 }, { 0x6006, 536 }, { 0x6800, 544 }, { 0x6802, 552 },
	{ 0x6804, 560 }, { 0x681a, 568 }, { 0x6c06, 576 }, { 0x6c08, 584 },
	{ 0x6c0a, 592 }, { 0x6c0c, 600 }, { 0x6c0e, 608 }, { 0x6c14, 616 },
	{ 0x0, 632 }, { 0x201a, 624 }, { 0x6c16, 80 }, { 0x200a, 336 },
};

#define ASSIST		(BARE_FREE + 0x10000)
#define EVMCS		(BARE_FREE + 0x11000)
#define EVMCS2		(BARE_FREE + 0x12000)
#define PARTITION_ASSIST (BARE_FREE + 0x13000)
#define CALL_INPUT	(BARE_FREE + 0x14000)
#define L2_PAGE		0x1e00000ul
#define NO_MEMORY	0xd0000000ul

/* Offsets in the VP assist page and in the enlightened VMCS */
#define ASSIST_FEATURES	32
#define ASSIST_ENLIGHTEN 40
#define ASSIST_VMCS	48
#define E_REVISION	0
#define E_PIN		92
#define E_ERROR		688
#define E_REASON	692
#define E_LEN		712
#define E_EXCEPTIONS	792
#define E_RIP		816
#define E_CLEAN		824
#define E_CONTROL	836
#define E_PARTITION_ASSIST 856
#define CLEAN_MSR_BITMAP	0x2u
#define CLEAN_CONTROL_EXCPN	0x80u
#define CONTROL_DIRECT_FLUSH	0x1u
#define CONTROL_MSR_BITMAP	0x2u
#define FEATURE_DIRECT_HYPERCALL 0x1u
#define EXIT_TRAP_AFTER_FLUSH	0x10000031u

static struct l2_regs regs;

static volatile uint32_t *u32_at(uint64_t page, uint32_t offset)
{
	return (volatile uint32_t *)(page + offset);
}

static volatile uint64_t *u64_at(uint64_t page, uint32_t offset)
{
	return (volatile uint64_t *)(page + offset);
}

static void l2_main(void)
{
	uint32_t out[4];

	cpuid(0x12345, 0, out);
	vmcall(1);
	asm volatile("ud2");
	vmcall(2);
	rdmsr(MSR_FS_BASE_);
	rdmsr(MSR_GS_BASE_);
	vmcall(3);
	rdmsr(MSR_GS_BASE_);
	for (;;)
		vmcall(4);
}

static void l2_saved(void)
{
	g_sync(1);
	for (;;)
		vmcall(0x5a);
}

static void l2_other(void)
{
	for (;;)
		vmcall(0x99);
}

/* A hypercall, of L1 or of L2 */
static uint64_t call(uint64_t control)
{
	register uint64_t out asm("r8") = 0;
	uint64_t in = CALL_INPUT, res;

	asm volatile("vmcall" : "=a"(res), "+c"(control), "+d"(in) : "r"(out) :
		     "memory");
	return res;
}

/* One that is no flush: RCX says so. */
static void tell(uint64_t rax)
{
	asm volatile("vmcall" : "+a"(rax) : "c"(0xffffull) : "memory");
}

static void l2_flushes(void)
{
	for (;;)
		tell(0x70 + (uint16_t)call(HVCALL_FLUSH_SPACE));
}

static void l2_reads(void)
{
	for (;;)
		vmcall(*(volatile uint64_t *)L2_PAGE);
}

/* The ordinary VMCS as an enlightened one. */
static void evmcs_fill(uint64_t page, void (*fn)(void))
{
	unsigned int i;

	memset((void *)page, 0, 4096);
	l1_vmcs_fill(fn);
	*u32_at(page, E_REVISION) = 1;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		uint64_t val = vmread(fields[i].enc);

		switch (fields[i].enc >> 13 & 3) {
		case 0:
			*(volatile uint16_t *)(page + fields[i].offset) = val;
			break;
		case 2:
			*u32_at(page, fields[i].offset) = val;
			break;
		default:
			*u64_at(page, fields[i].offset) = val;
		}
	}
}

static void enlighten(uint64_t page)
{
	*u64_at(ASSIST, ASSIST_VMCS) = page;
	*(volatile uint8_t *)(ASSIST + ASSIST_ENLIGHTEN) = 1;
}

static int launch(void)
{
	uint64_t dummy = 0;

	return VMX_INSN("vmlaunch", "r"(dummy) : "cc", "memory");
}

/* As an L1 does that knows it: no VMREAD, no VMWRITE. */
static uint32_t next(void)
{
	*u64_at(EVMCS, E_RIP) += *u32_at(EVMCS, E_LEN);
	g_assert(l1_enter(&regs, true) == VMX_OK);
	return *u32_at(EVMCS, E_REASON);
}

static void check_entry(void)
{
	uint32_t pin = *u32_at(EVMCS, E_PIN);

	*u32_at(EVMCS, E_REVISION) = ~0u;
	g_eq(launch(), VMX_FAIL_INVALID, "trap 56: another revision fails");
	*u32_at(EVMCS, E_REVISION) = rdmsr(MSR_VMX_BASIC);
	*u32_at(EVMCS, E_PIN) = ~0u;
	g_eq(launch(), VMX_FAIL_VALID, "trap 56: that of IA32_VMX_BASIC is one; "
	     "bad controls fail");
	g_eq(*u32_at(EVMCS, E_ERROR), 7, "with the error in the page");
	g_eq(vmread(VMCS_INSN_ERROR), 7, "trap 58: VMREAD has it, too");
	*u32_at(EVMCS, E_REVISION) = 1;
	*u32_at(EVMCS, E_PIN) = pin;
	/* HOST_RSP comes by VMWRITE, which goes to the page */
	g_eq(l1_run(&regs), EXIT_CPUID, "L2 runs on an enlightened VMCS");
	g_eq(*u32_at(EVMCS, E_REASON), EXIT_CPUID, "which says why it came back");
	g_eq(*u64_at(EVMCS, E_RIP), vmread(VMCS_GUEST_RIP), "and from where");
	g_eq(*u32_at(EVMCS, E_CLEAN) & 0xffff, 0xffff,
	     "trap 56: all clean fields are set after an entry");
	g_eq(next(), EXIT_VMCALL, "VMRESUME goes on where the page says");
	g_eq((uint32_t)regs.gpr[0], 1, "in the same L2");
}

static void check_clean_fields(void)
{
	*u32_at(EVMCS, E_EXCEPTIONS) = 1 << 6;
	*u32_at(EVMCS, E_CLEAN) &= ~CLEAN_CONTROL_EXCPN;
	g_eq(next(), EXIT_EXCEPTION, "a change whose clean field is cleared is seen");
	*u32_at(EVMCS, E_LEN) = 2;
	g_eq(next(), EXIT_VMCALL, "L2 goes on behind the exception");
}

static void bitmap_set(uint32_t msr)
{
	volatile uint8_t *high = (void *)(L1_PAGE(L1_MSR_BITMAP) + 1024);

	high[(msr & 0x1fff) / 8] |= 1 << (msr & 7);
}

static void check_msr_bitmap(void)
{
	bitmap_set(MSR_FS_BASE_);
	*u32_at(EVMCS, E_CONTROL) = CONTROL_MSR_BITMAP;
	*u32_at(EVMCS, E_CLEAN) = 0;
	g_eq(next(), EXIT_RDMSR, "an MSR of the bitmap exits");
	bitmap_set(MSR_GS_BASE_);
	g_eq(*u32_at(EVMCS, E_CLEAN) & CLEAN_MSR_BITMAP, CLEAN_MSR_BITMAP,
	     "the bitmap is clean");
	g_eq(next(), EXIT_VMCALL, "a change of it is not monitored");
	*u32_at(EVMCS, E_CLEAN) &= ~CLEAN_MSR_BITMAP;
	g_eq(next(), EXIT_RDMSR, "until its clean field is cleared");
}

static void check_instructions(void)
{
	uint64_t val = 0, was = *u64_at(EVMCS, 8);

	g_eq(vmwrite_try(VMCS_TSC_OFFSET, 0x1234), VMX_OK,
	     "trap 58: VMWRITE with an enlightened VMCS works");
	g_eq(vmread_try(VMCS_TSC_OFFSET, &val), VMX_OK, "trap 58: and VMREAD");
	g_eq(val, 0x1234, "what was written");
	g_eq(vmread_try(0x6ffe, &val), VMX_FAIL_VALID, "but not of no field");
	g_eq(vmread_try(VMCS_PREEMPT_TIMER, &val), VMX_FAIL_VALID,
	     "nor of one that it has not");
	*u64_at(EVMCS, 8) = 0x4141414141414141;
	g_eq(vmclear(EVMCS), VMX_OK, "trap 58: VMCLEAR of an enlightened VMCS");
	g_eq(*u64_at(EVMCS, 8), 0x4141414141414141,
	     "trap 58: writes no launch state into it");
	*u64_at(EVMCS, 8) = was;
}

static void check_others(void)
{
	uint32_t pin = *u32_at(EVMCS, E_PIN);

	*u64_at(ASSIST, ASSIST_VMCS) = EVMCS | 8;
	g_eq(launch(), VMX_FAULT, "an address that is no page's: #UD");
	*u64_at(ASSIST, ASSIST_VMCS) = NO_MEMORY;
	g_eq(launch(), VMX_FAULT, "one without memory: #UD");
	*(volatile uint8_t *)(ASSIST + ASSIST_ENLIGHTEN) = 0;
	g_assert(vmptrld(L1_PAGE(L1_VMCS)) == VMX_OK);
	g_eq(l1_enter(&regs, false), VMX_OK, "without EnlightenVmEntry an ordinary VMCS");
	g_eq(regs.gpr[0], 0x99, "has its own L2");
	g_eq(vmread(VMCS_EXIT_REASON), EXIT_VMCALL, "and its own exit");
	l1_skip();
	enlighten(EVMCS);
	*u32_at(EVMCS, E_CLEAN) = ~0u;
	*u64_at(EVMCS, E_RIP) += *u32_at(EVMCS, E_LEN);
	/* that makes it the one whose HOST_RSP a VMWRITE changes */
	*u32_at(EVMCS, E_PIN) = ~0u;
	g_eq(launch(), VMX_FAIL_VALID, "its clean fields do not count on VMLAUNCH");
	*u32_at(EVMCS, E_PIN) = pin;
	*u32_at(EVMCS, E_CLEAN) = 0;
	g_assert(l1_enter(&regs, true) == VMX_OK);
	g_eq((uint32_t)regs.gpr[0], 4, "back to the enlightened one, all of it loaded");
}

/* The VMM saves and restores, while L2 runs. */
static void check_saved(void)
{
	evmcs_fill(EVMCS, l2_saved);
	*u32_at(EVMCS, E_CLEAN) = 0;
	g_eq(l1_run(&regs), EXIT_VMCALL, "L2 goes on after it was restored");
	g_eq((uint32_t)regs.gpr[0], 0x5a, "where it was");
	g_eq(*u32_at(EVMCS, E_REASON), EXIT_VMCALL,
	     "and its exit is in the enlightened VMCS again");
	g_sync(2);
	g_eq(next(), EXIT_VMCALL, "L1, restored with one, resumes L2");
}

static void call_input(uint64_t space, uint64_t flags, uint64_t third)
{
	*u64_at(CALL_INPUT, 0) = space;
	*u64_at(CALL_INPUT, 8) = flags;
	*u64_at(CALL_INPUT, 16) = third;
}

/* L2's flush is where it was: it is done again. */
static uint32_t again(void)
{
	*u32_at(EVMCS, E_CLEAN) = 0;
	g_assert(l1_enter(&regs, true) == VMX_OK);
	return *u32_at(EVMCS, E_REASON);
}

static bool flush_is_l1s(void)
{
	return *u32_at(EVMCS, E_REASON) == EXIT_VMCALL &&
	       (uint16_t)regs.gpr[1] == HVCALL_FLUSH_SPACE;
}

static void check_direct_flush(void)
{
	evmcs_fill(EVMCS, l2_flushes);
	*u64_at(EVMCS, E_PARTITION_ASSIST) = PARTITION_ASSIST;
	*u32_at(PARTITION_ASSIST, 0) = 0;
	*u32_at(ASSIST, ASSIST_FEATURES) = FEATURE_DIRECT_HYPERCALL;
	call_input(0, 3, 0);
	l1_run(&regs);
	g_ok(flush_is_l1s(), "direct flush: not without the bit in the enlightened VMCS");
	*u32_at(EVMCS, E_CONTROL) = CONTROL_DIRECT_FLUSH;
	*u32_at(ASSIST, ASSIST_FEATURES) = 0;
	again();
	g_ok(flush_is_l1s(), "direct flush: nor without DirectHypercall in the assist page");
	*u32_at(ASSIST, ASSIST_FEATURES) = FEATURE_DIRECT_HYPERCALL;
	g_eq(again(), EXIT_VMCALL, "direct flush: with both L2's flush is no exit");
	g_eq(regs.gpr[0], 0x70, "and succeeds");
	*u32_at(PARTITION_ASSIST, 0) = 1;
	g_eq(next(), EXIT_TRAP_AFTER_FLUSH, "a locked TLB: the synthetic exit");
	g_eq((uint16_t)regs.gpr[0], 0, "after the flush");
	g_eq(again(), EXIT_VMCALL, "and behind the call");
	g_eq(regs.gpr[0], 0x70, "whose result L2 sees");
	*u32_at(PARTITION_ASSIST, 0) = 0;
	call_input(0, ~0ull, 0);
	g_eq(next(), EXIT_VMCALL, "a direct flush with unknown flags");
	g_eq(regs.gpr[0], 0x75, "is an invalid parameter");
	*u32_at(EVMCS, E_CONTROL) = 0;
}

/* What L1's EPT says of a page of L2 changes, and no INVEPT tells of it. */
static void check_gpa_flush(void)
{
	volatile uint64_t *p = (uint64_t *)L2_PAGE;
	uint64_t *e, eptp;

	p[0] = 0x1234;
	p[512] = 0x4321;
	evmcs_fill(EVMCS, l2_reads);
	l1_ept();
	eptp = vmread(VMCS_EPT_POINTER);
	e = l1_ept_entry(L2_PAGE);
	*u32_at(EVMCS, E_CLEAN) = 0;
	g_eq(l1_run(&regs), EXIT_VMCALL, "an L2 with EPT");
	g_eq(regs.gpr[0], 0x1234, "reads its page");
	call_input(eptp, 1, 0);
	g_eq((uint16_t)call(HVCALL_FLUSH_GPA_SPACE), 5, "FlushGuestPhysicalAddressSpace: no flags");
	*e += 0x1000;
	call_input(eptp, 0, 0);
	g_eq((uint16_t)call(HVCALL_FLUSH_GPA_SPACE), 0, "FlushGuestPhysicalAddressSpace");
	next();
	g_eq(regs.gpr[0], 0x4321, "L2 reads the page that is there now");
	*e -= 0x1000;
	/* as a guest that takes the table's address for the name of the space */
	call_input(eptp & ~0xfffull, 0, L2_PAGE);
	g_eq(call(HVCALL_FLUSH_GPA_LIST | HVCALL_REPS(1)), 1ull << 32,
	     "FlushGuestPhysicalAddressList does all its elements");
	next();
	g_eq(regs.gpr[0], 0x1234, "and L2 reads the first page again");
}

static void check_capabilities(void)
{
	g_eq(rdmsr(MSR_VMX_TRUE_PIN) >> 32 & PIN_PREEMPT_TIMER, 0,
	     "trap 57: no preemption timer, which has no field");
	g_eq(rdmsr(MSR_VMX_TRUE_PIN) >> 32 & (1 << 7), 0,
	     "trap 57: nor posted interrupts");
	g_eq(rdmsr(MSR_VMX_TRUE_EXIT) >> 32 & EXIT_SAVE_PREEMPT, 0,
	     "trap 57: nor the exit control of the timer");
	g_eq(rdmsr(MSR_VMX_CPU2) >> 32 & (1 << 0 | 1 << 9 | 1 << 13 | 1 << 17), 0,
	     "trap 57: nor APIC accesses, delivery, VMFUNC, PML");
	g_eq(rdmsr(MSR_VMX_CPU2) >> 32 & CPU2_EPT, CPU2_EPT, "but EPT");
}

static void guest_main(uint64_t arg)
{
	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0x8100ull << 48);
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST | 1);
	l1_start();
	check_capabilities();
	evmcs_fill(EVMCS, l2_main);
	evmcs_fill(EVMCS2, l2_other);
	enlighten(EVMCS);
	check_entry();
	check_clean_fields();
	check_msr_bitmap();
	check_instructions();
	check_others();
	check_saved();
	check_direct_flush();
	check_gpa_flush();
	*(volatile uint8_t *)(ASSIST + ASSIST_ENLIGHTEN) = 0;
	l1_stop();
}

static uint32_t leaf_eax(struct vmm *vmm, uint32_t leaf)
{
	struct cpuid_table t = { .head.nent = VMM_MAX_CPUID };
	struct kvm_cpuid_entry2 *e;

	xioctl(vmm->vp[0].fd, KVM_GET_SUPPORTED_HV_CPUID, &t);
	e = cpuid_find(&t, leaf, 0);
	return e ? e->eax : 0;
}

static void check_leaves(struct vmm *vmm)
{
	ktap_ok(leaf_eax(vmm, 0x40000004) & 1 << 14, "the leaf recommends it");
	ktap_eq(leaf_eax(vmm, 0x4000000a) & 0xffff, 0x0101, "in the leaf, too");
	ktap_ok(leaf_eax(vmm, 0x4000000a) & 1 << 19, "with its MSR bitmap");
	ktap_eq(leaf_eax(vmm, 0x4000000a) >> 17 & 3, 3, "direct flush and flushes of guest physical addresses");
}

static struct {
	struct kvm_nested_state head;
	uint8_t vmcs12[4096];
} saved;

static int restore(struct vp *vp)
{
	return ioctl(vp->fd, KVM_SET_NESTED_STATE, &saved) ? errno : 0;
}

/*
 * Saved, dropped, restored.  Once VMMs got EINVAL for what they had saved with an
 * enlightened VMCS in use.
 */
static void check_save(struct vp *vp, const char *what, uint16_t flags)
{
	struct kvm_nested_state none = {
		.size = sizeof(none),
		.format = KVM_STATE_NESTED_FORMAT_VMX,
		.hdr.vmx = { .vmxon_pa = ~0ull, .vmcs12_pa = ~0ull },
	};

	/* the rest of the exit */
	vp->run->immediate_exit = 1;
	vp_run(vp);
	vp->run->immediate_exit = 0;
	saved.head.size = sizeof(saved);
	xioctl(vp->fd, KVM_GET_NESTED_STATE, &saved);
	ktap_eq(saved.head.flags, flags, "%s: saved with its flags", what);
	ktap_eq(saved.head.size, sizeof(saved), "%s: and a VMCS", what);
	xioctl(vp->fd, KVM_SET_NESTED_STATE, &none);
	saved.head.hdr.vmx.vmcs12_pa = saved.head.hdr.vmx.vmxon_pa;
	ktap_eq(restore(vp), EINVAL, "%s: not with a VMCS of VMPTRLD as well", what);
	saved.head.hdr.vmx.vmcs12_pa = ~0ull;
	ktap_eq(restore(vp), 0, "restore of an enlightened VMCS, %s", what);
}

static bool run_all(struct vp *vp)
{
	if (bare_run(vp) != BARE_SYNC || bare_stage(vp) != 1)
		return false;
	check_save(vp, "in L2", KVM_STATE_NESTED_GUEST_MODE | KVM_STATE_NESTED_EVMCS);
	if (bare_run(vp) != BARE_SYNC || bare_stage(vp) != 2)
		return false;
	check_save(vp, "in L1", KVM_STATE_NESTED_EVMCS);
	return bare_run(vp) == BARE_DONE;
}

int main(void)
{
	uint16_t versions = 0;
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	if (vmm_cap(&vmm, KVM_CAP_HYPERV_ENLIGHTENED_VMCS) <= 0)
		ktap_skip_all("no enlightened VMCS");
	/* KVM fails the VMWRITE by which this L1 sets HOST_RSP */
	if (vmm.is_kvm)
		ktap_skip_all("KVM has no VMWRITE with an enlightened VMCS");
	ktap_ok(!(leaf_eax(&vmm, 0x40000004) & 1 << 14), "no leaf before it is allowed");
	ktap_ok(!vmm_enable_cap(vmm.vp[0].fd, KVM_CAP_HYPERV_ENLIGHTENED_VMCS,
				(uintptr_t)&versions), "the VMM allows it");
	ktap_eq(versions, 0x0101, "versions 1 to 1");
	check_leaves(&vmm);
	vp_default_cpuid(&vmm.vp[0], 1);
	bare_start(&vmm.vp[0], guest_main, 0);
	ktap_ok(run_all(&vmm.vp[0]), "L1 came to its end");
	return ktap_finish();
}
