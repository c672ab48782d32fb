// SPDX-License-Identifier: GPL-2.0
/* nested/vmcs12.c: which fields there are, their widths, what VMWRITE may */
#include "harness.h"
#include "hvemu/nested/vmcs12.h"
#include "hvemu/nested/vmxmsr.h"

#include <asm/vmx.h>
#include <linux/string.h>

static struct hve_nested_caps caps;
static struct vmcs12 v;

static void setup(bool all)
{
	unsigned int i;

	memset(&v, 0, sizeof(v));
	for (i = 0; i < HVE_NR_VMX_MSRS; i++)
		caps.msr[i] = all ? ~0ull : 0;
	caps.msr[MSR_IA32_VMX_MISC - MSR_IA32_VMX_BASIC] = 0;
}

static int write(u64 enc, u64 val)
{
	return hve_vmcs12_write(&v, &caps, enc, val);
}

static u64 read(u64 enc)
{
	u64 val = 0xdeadbeef;

	CHECK_EQ(hve_vmcs12_read(&v, &caps, enc, &val), 0);
	return val;
}

TEST(a_field_has_its_width)
{
	setup(true);
	CHECK_EQ(write(GUEST_ES_SELECTOR, 0x12345678), 0);
	CHECK_EQ(read(GUEST_ES_SELECTOR), 0x5678);
	CHECK_EQ(v.guest_cs_selector, 0);
	CHECK_EQ(write(EXCEPTION_BITMAP, 0x1122334455667788), 0);
	CHECK_EQ(read(EXCEPTION_BITMAP), 0x55667788);
	CHECK_EQ(v.page_fault_error_code_mask, 0);
	CHECK_EQ(write(GUEST_RIP, 0x1122334455667788), 0);
	CHECK_EQ(read(GUEST_RIP), 0x1122334455667788);
	CHECK_EQ(write(IO_BITMAP_A, 0x1122334455667788), 0);
	CHECK_EQ(read(IO_BITMAP_A), 0x1122334455667788);
}

TEST(the_high_half_of_a_64_bit_field)
{
	setup(true);
	CHECK_EQ(write(TSC_OFFSET, 0x1122334455667788), 0);
	CHECK_EQ(read(TSC_OFFSET + 1), 0x11223344);
	CHECK_EQ(write(TSC_OFFSET + 1, 0xaabbccddeeff0011), 0);
	CHECK_EQ(v.tsc_offset, 0xeeff001155667788);
	/* no other width has one */
	CHECK_EQ(write(GUEST_RIP + 1, 0), VMXERR_UNSUPPORTED_VMCS_COMPONENT);
	CHECK_EQ(write(EXCEPTION_BITMAP + 1, 0), VMXERR_UNSUPPORTED_VMCS_COMPONENT);
	CHECK_EQ(write(GUEST_ES_SELECTOR + 1, 0), VMXERR_UNSUPPORTED_VMCS_COMPONENT);
}

TEST(no_such_field)
{
	static const u64 none[] = {
		0x12, 0x1000, 0x1802, 0x8000, 0xe802, 0x1681e, 0x10000681eull,
		0x681eull | 1ull << 63, 0x7ffe, 0x203e, 0x6008, 0x6828, ~0ull,
		0x200c, 0x6400 | 0x3fe, GUEST_RIP | 0x1000,
	};
	u64 val = 77;
	unsigned int i;

	setup(true);
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		CHECK_EQ(hve_vmcs12_read(&v, &caps, none[i], &val),
			 VMXERR_UNSUPPORTED_VMCS_COMPONENT);
		CHECK_EQ(write(none[i], 1), VMXERR_UNSUPPORTED_VMCS_COMPONENT);
	}
	CHECK_EQ(val, 77);
}

TEST(exit_information_is_read_only)
{
	setup(true);
	v.vm_exit_reason = 10;
	CHECK_EQ(write(VM_EXIT_REASON, 1), VMXERR_VMWRITE_READ_ONLY_VMCS_COMPONENT);
	CHECK_EQ(write(GUEST_LINEAR_ADDRESS, 1),
		 VMXERR_VMWRITE_READ_ONLY_VMCS_COMPONENT);
	CHECK_EQ(write(GUEST_PHYSICAL_ADDRESS + 1, 1),
		 VMXERR_VMWRITE_READ_ONLY_VMCS_COMPONENT);
	CHECK_EQ(read(VM_EXIT_REASON), 10);
	caps.msr[MSR_IA32_VMX_MISC - MSR_IA32_VMX_BASIC] =
		VMX_MISC_VMWRITE_SHADOW_RO_FIELDS;
	CHECK_EQ(write(VM_EXIT_REASON, 1), 0);
	CHECK_EQ(read(VM_EXIT_REASON), 1);
}

TEST(fields_of_controls_that_may_not_be_1)
{
	static const u32 gated[] = {
		EPT_POINTER, EPT_POINTER + 1, VIRTUAL_PROCESSOR_ID, TPR_THRESHOLD,
		TSC_MULTIPLIER, SECONDARY_VM_EXEC_CONTROL, HOST_IA32_PAT,
		VMX_PREEMPTION_TIMER_VALUE, EOI_EXIT_BITMAP3, GUEST_PDPTR3,
	};
	unsigned int i;

	setup(false);
	for (i = 0; i < ARRAY_SIZE(gated); i++)
		CHECK_EQ(write(gated[i], 1), VMXERR_UNSUPPORTED_VMCS_COMPONENT);
	CHECK_EQ(write(GUEST_RIP, 1), 0);
	setup(true);
	for (i = 0; i < ARRAY_SIZE(gated); i++)
		CHECK_EQ(write(gated[i], 1), 0);
}

TEST(a_walk_names_each_field_once)
{
	u32 enc = ~0u, n = 0, max = 0;
	struct vmcs12 seen = {};
	u64 val;

	setup(true);
	caps.msr[MSR_IA32_VMX_MISC - MSR_IA32_VMX_BASIC] = ~0ull;
	while ((enc = hve_vmcs12_next(enc, &caps)) != ~0u) {
		CHECK_EQ(hve_vmcs12_read(&seen, &caps, enc, &val), 0);
		CHECK_EQ(val, 0);	/* no two rows share a byte */
		CHECK_EQ(hve_vmcs12_write(&seen, &caps, enc, ~0ull), 0);
		if ((enc >> 1 & 0x1ff) > max)
			max = enc >> 1 & 0x1ff;
		n++;
	}
	CHECK_EQ(n, 141);
	CHECK_EQ(seen.revision | seen.abort | seen.launch_state, 0);
	CHECK_EQ(seen.rsvd1 | seen.rsvd4[6] | seen.rsvd_cet[0], 0);
	CHECK_EQ(hve_vmcs12_max_index(&caps), max);
	setup(false);
	for (enc = ~0u, n = 0; (enc = hve_vmcs12_next(enc, &caps)) != ~0u; n++)
		;
	CHECK(n > 90 && n < 120);
	CHECK_EQ(hve_vmcs12_next(GUEST_RIP, NULL), GUEST_RFLAGS);
}
