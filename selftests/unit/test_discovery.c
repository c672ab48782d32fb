// SPDX-License-Identifier: GPL-2.0
/* discovery.c: CPUID leaves computed from the rows */
#include "fake_host.h"
#include "hvemu/hypercall/hypercall.h"
#include "hvemu/partition/partition.h"

TEST(mandatory_leaves_and_privileges)
{
	struct hve_cpuid_regs r;

	setup();
	CHECK(hve_tlfs_supported_cpuid(0x40000000, &r));
	CHECK(r.eax >= 0x40000005);
	CHECK_EQ(r.ebx, 0x7263694d);
	CHECK(hve_tlfs_supported_cpuid(0x40000001, &r));
	CHECK_EQ(r.eax, 0x31237648);
	CHECK(hve_tlfs_supported_cpuid(0x40000003, &r));
	CHECK(r.eax & 1u << HV_ACCESS_VP_INDEX);
	CHECK(r.eax & 1u << HV_ACCESS_HYPERCALL_MSRS);
	/* all host privileges must be clear for guests */
	CHECK_EQ(r.ebx & 0x0000b1cf & ~(1u << 15), 0);
	CHECK(!hve_tlfs_supported_cpuid(0x3fffffff, &r));
	CHECK(!hve_tlfs_supported_cpuid(0x4000000b, &r));
	CHECK(hve_tlfs_supported_cpuid(0x40000006, &r));
	CHECK(hve_tlfs_supported_cpuid(0x4000000a, &r));
	teardown();
}

/* Never advertise what dispatch rejects, and the other way round. */
TEST(every_advertised_privilege_has_a_row)
{
	static const u8 no_row[] = {
		HV_FEATURE_GUEST_DEBUGGING,
		HV_FEATURE_XMM_INPUT, HV_FEATURE_XMM_OUTPUT,
		HV_FEATURE_GUEST_IDLE, HV_FEATURE_FREQUENCY_MSRS,
		HV_FEATURE_HYPERCALL_MSR_LOCK,
		HV_FEATURE_EXTENDED_GVA_RANGES, HV_ENABLE_EXTENDED_GVA_RANGES,
		HV_FEATURE_SINT_POLLING, HV_FEATURE_DIRECT_STIMERS,
		HV_HINT_APIC_MSRS, HV_HINT_RELAXED_TIMING,
		HV_HINT_DEPRECATE_AUTO_EOI, HV_HINT_RESET_MSR,
		HV_HINT_DIRECT_LOCAL_FLUSH,
	};
	static const u32 extra_msr[] = {
		HV_X64_MSR_EOI, HV_X64_MSR_ICR, HV_X64_MSR_TPR,
	};
	static const u32 read_only[] = { HV_X64_MSR_GUEST_IDLE };
	struct hve_cpuid_regs r;
	unsigned int bit, i, used;
	u16 code;
	u32 msr;
	u64 val;

	setup();
	for (bit = 0; bit < 128; bit++) {
		if (!hve_vp_has(&vp[0], bit))
			continue;
		take_gate(&vp[0], bit);
		used = 0;
		for (i = 0; hve_tlfs_msr_list(i, &msr); i++)
			used += hve_tlfs_msr_read(&vp[0], 0, msr, &val) ==
				HVE_GP;
		for (i = 0; i < 3; i++)
			used += wr(extra_msr[i], 0) == HVE_GP;
		for (i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++)
			used += hve_tlfs_msr_read(&vp[0], 0, read_only[i],
						  &val) == HVE_GP;
		for (i = 0; hve_hcall_code(i, &code); i++)
			used += hve_hcall_row(code)->gate == bit ||
				hve_hcall_row(code)->gate2 == bit;
		for (i = 0; i < sizeof(no_row); i++)
			used += no_row[i] == bit;
		if (!used)
			printf("# bit %u has nothing behind it\n", bit);
		CHECK(used);
		give_cpuid(&vp[0]);
	}
	/* slower than MOV to CR3: only for a VMM that wants it */
	hve_tlfs_supported_cpuid(0x40000004, &r);
	CHECK(!(r.eax & 1u));
	/* with all of them everything is there */
	for (i = 0; hve_tlfs_msr_list(i, &msr); i++)
		CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, msr, &val),
			 HVE_NO_FAULT);
	teardown();
}

TEST(max_vps_and_flush_hints_agree_trap_50)
{
	struct hve_cpuid_regs limits, hints;

	setup();
	hve_tlfs_supported_cpuid(0x40000005, &limits);
	hve_tlfs_supported_cpuid(0x40000004, &hints);
	CHECK_EQ(limits.eax, HVE_MAX_VPS);
	/* -1 would forbid the flush calls that carry 64 bits only */
	CHECK(limits.eax != ~0u || !(hints.eax & 6));
	teardown();
}

TEST(version_is_zero_until_os_id_trap_49)
{
	struct hve_cpuid_regs r, full;

	setup();
	hve_tlfs_supported_cpuid(0x40000002, &full);
	CHECK(full.eax);
	r = full;
	hve_tlfs_cpuid_fixup(&vp[0], 0x40000002, &r);
	CHECK_EQ(r.eax | r.ebx | r.ecx | r.edx, 0);
	open_hypercalls();
	r = full;
	hve_tlfs_cpuid_fixup(&vp[0], 0x40000002, &r);
	CHECK_EQ(r.eax, full.eax);
	/* other leaves are the VMM's */
	r = (struct hve_cpuid_regs){ 1, 2, 3, 4 };
	hve_tlfs_cpuid_fixup(&vp[0], 0x40000003, &r);
	CHECK_EQ(r.edx, 4);
	teardown();
}

TEST(core_sharing_bit_tells_smt)
{
	struct hve_cpuid_regs r;

	setup();
	hve_tlfs_supported_cpuid(0x40000004, &r);
	CHECK(!(r.eax & 1u << 18));
	fake.smt = false;
	hve_tlfs_supported_cpuid(0x40000004, &r);
	CHECK(r.eax & 1u << 18);
	teardown();
}

TEST(kvm_shape_has_ten_entries)
{
	struct hve_cpuid_leaf l;
	struct hve_cpuid_regs r;
	unsigned int i;

	setup();
	for (i = 0; hve_tlfs_kvm_hv_cpuid(i, &l); i++) {
		CHECK(l.function >= 0x40000000 && l.function <= 0x40000082);
		if (l.function == 0x40000000)
			CHECK_EQ(l.regs.eax, 0x40000082);
		if (l.function == 0x4000000a)
			CHECK(l.regs.eax & 1u << 19);
		if (l.function == 0x40000081)
			CHECK_EQ(l.regs.eax, 0x31235356);
		if (l.function == 0x40000003) {
			hve_tlfs_supported_cpuid(0x40000003, &r);
			CHECK_EQ(l.regs.eax, r.eax);
			CHECK_EQ(l.regs.edx, r.edx);
		}
	}
	CHECK_EQ(i, 10);
	teardown();
}

TEST(apic_registers_are_recommended_where_an_eoi_exits)
{
	struct hve_cpuid_regs r;
	u32 bit = 1u << (HV_HINT_APIC_MSRS % 32);

	setup();
	CHECK(hve_tlfs_supported_cpuid(HV_CPUID_ENLIGHTENMENT_INFO, &r));
	CHECK_EQ(r.eax & bit, bit);
	fake.free_eoi = true;
	CHECK(hve_tlfs_supported_cpuid(HV_CPUID_ENLIGHTENMENT_INFO, &r));
	CHECK_EQ(r.eax & bit, 0);
	/* they are there all the same */
	CHECK(hve_tlfs_supported_cpuid(HV_CPUID_FEATURES, &r));
	CHECK(r.eax & 1u << HV_ACCESS_INTR_CTRL_REGS);
	teardown();
}
