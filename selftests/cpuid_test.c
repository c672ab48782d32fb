// SPDX-License-Identifier: GPL-2.0
/*
 * Architectural CPUID: what KVM_SET_CPUID2 takes is what the guest sees, but
 * for the bits that follow the VP's own state.
 */
#include <errno.h>
#include <string.h>

#include "bare.h"

#define MAX_ASKED	64
#define LEAF1_ECX_XSAVE		(1u << 26)
#define LEAF1_ECX_OSXSAVE	(1u << 27)
#define CR4_OSXSAVE		(1ul << 18)

static struct { uint32_t leaf, index, out[4]; } asked[MAX_ASKED];
static uint64_t nr_asked;
static uint32_t before[4], with[4], after[4], size_x87[4], size_all[4];
static uint64_t xcr0;

static void guest_main(uint64_t arg)
{
	unsigned int i;

	for (i = 0; i < nr_asked; i++)
		cpuid(asked[i].leaf, asked[i].index, asked[i].out);
}

static void guest_osxsave(uint64_t arg)
{
	cpuid(1, 0, before);
	write_cr4(read_cr4() | CR4_OSXSAVE);
	cpuid(1, 0, with);
	xsetbv(0, 1);
	cpuid(0xd, 0, size_x87);
	xsetbv(0, xcr0);
	cpuid(0xd, 0, size_all);
	guarded("xsetbv", NO_OUTPUTS, "c"(0), "a"(2), "d"(0));
	g_eq(last_fault(), VECTOR_GP, "XCR0 without x87 is #GP");
	guarded("xsetbv", NO_OUTPUTS, "c"(1), "a"(1), "d"(0));
	g_eq(last_fault(), VECTOR_GP, "XCR1 is #GP");
	write_cr4(read_cr4() & ~CR4_OSXSAVE);
	cpuid(1, 0, after);
	guarded("xgetbv", NO_OUTPUTS, "c"(0) : "rax", "rdx");
	g_eq(last_fault(), VECTOR_UD, "XGETBV without CR4.OSXSAVE is #UD");
}

/* Bits that the hypervisor keeps up to date itself. */
static bool runtime_leaf(uint32_t leaf)
{
	return leaf == 1 || leaf == 7 || leaf == 0xd || leaf == 0x80000001;
}

static void test_values(void)
{
	struct cpuid_table t, back;
	unsigned int i, n = 0, wrong = 0;
	struct vmm vmm;

	bare_create(&vmm, 1, BARE_NO_CPUID);
	cpuid_supported(&vmm, &t);
	cpuid_topology(&t, 0, 1);
	/* leaves nobody has: the table decides, not the processor */
	cpuid_drop(&t, 0x40000000, 0x4fffffff);
	*cpuid_add(&t, 0x4abc0001, 0) = (struct kvm_cpuid_entry2) {
		.function = 0x4abc0001, .eax = 0x1234, .ebx = 1, .ecx = 2, .edx = 3,
	};
	vp_set_cpuid(&vmm.vp[0], &t);
	memset(&back, 0, sizeof(back));
	back.head.nent = VMM_MAX_CPUID;
	xioctl(vmm.vp[0].fd, KVM_GET_CPUID2, &back);
	ktap_eq(back.head.nent, t.head.nent, "GET_CPUID2 gives as many entries");

	for (i = 0; i < t.head.nent && n < MAX_ASKED; i++) {
		if (runtime_leaf(t.entry[i].function))
			continue;
		guest_var(&vmm, asked[n].leaf) = t.entry[i].function;
		guest_var(&vmm, asked[n].index) = t.entry[i].index;
		n++;
	}
	guest_var(&vmm, nr_asked) = n;
	bare_start(&vmm.vp[0], guest_main, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest asks for %u leaves", n);
	for (i = 0; i < n; i++) {
		struct kvm_cpuid_entry2 *e = cpuid_find(&t, guest_var(&vmm, asked[i].leaf),
							guest_var(&vmm, asked[i].index));

		if (e && !memcmp(&e->eax, guest_var(&vmm, asked[i].out), 16))
			continue;
		ktap_note("leaf %#x.%u differs", guest_var(&vmm, asked[i].leaf),
			  guest_var(&vmm, asked[i].index));
		wrong++;
	}
	ktap_eq(wrong, 0, "and sees what was set");

	ktap_eq(ioctl(vmm.vp[0].fd, KVM_SET_CPUID2, &t), 0, "the same table after KVM_RUN");
	cpuid_find(&t, 0x4abc0001, 0)->eax++;
	if (vmm.is_kvm)
		ktap_errno(ioctl(vmm.vp[0].fd, KVM_SET_CPUID2, &t), EINVAL,
			   "another one is refused");
	else
		ktap_ok(ioctl(vmm.vp[0].fd, KVM_SET_CPUID2, &t) == 0 || errno == EINVAL,
			"another one is taken or refused with EINVAL");
	vmm_destroy(&vmm);
}

static void test_osxsave(void)
{
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;
	struct vmm vmm;

	bare_create(&vmm, 1, BARE_NO_CPUID);
	cpuid_supported(&vmm, &t);
	cpuid_topology(&t, 0, 1);
	vp_set_cpuid(&vmm.vp[0], &t);
	e = cpuid_find(&t, 0xd, 0);
	if (!e || !(cpuid_find(&t, 1, 0)->ecx & LEAF1_ECX_XSAVE)) {
		ktap_skip("no XSAVE", "OSXSAVE");
		vmm_destroy(&vmm);
		return;
	}
	/* XTILE only where the VMM asked for it: leave it out */
	guest_var(&vmm, xcr0) = e->eax & 0xe7;
	bare_start(&vmm.vp[0], guest_osxsave, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE, "the guest came to its end");
	ktap_ok(!(guest_var(&vmm, before[2]) & LEAF1_ECX_OSXSAVE) &&
		guest_var(&vmm, with[2]) & LEAF1_ECX_OSXSAVE &&
		!(guest_var(&vmm, after[2]) & LEAF1_ECX_OSXSAVE), "OSXSAVE follows CR4");
	ktap_eq(guest_var(&vmm, size_x87[1]), 576, "XSAVE size with x87 only");
	ktap_ok(guest_var(&vmm, size_all[1]) > 576 &&
		guest_var(&vmm, size_all[1]) <= guest_var(&vmm, size_all[2]),
		"XSAVE size with all: %u of %u", guest_var(&vmm, size_all[1]),
		guest_var(&vmm, size_all[2]));
	vmm_destroy(&vmm);
}

int main(void)
{
	ktap_start(60);
	test_values();
	test_osxsave();
	return ktap_finish();
}
