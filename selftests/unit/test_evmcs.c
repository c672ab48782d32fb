// SPDX-License-Identifier: GPL-2.0
/* nested/evmcs.c: enlightened VMCS to vmcs12 and back, clean fields, capabilities */
#include "harness.h"
#include "hv/hv_nested.h"
#include "hvemu/nested/evmcs.h"
#include "hvemu/nested/vmcs12.h"
#include "hvemu/nested/vmxmsr.h"

#include <asm/vmx.h>
#include <linux/string.h>

static struct hve_nested_caps caps, limited;
static struct hv_enlightened_vmcs page;
static struct hve_evmcs_control ctl;
static struct vmcs12 v;

static void setup(void)
{
	u64 host[HVE_NR_VMX_MSRS];
	unsigned int i;

	for (i = 0; i < HVE_NR_VMX_MSRS; i++)
		host[i] = ~0ull;
	hve_caps_init(&caps, host);
	memset(&page, 0, sizeof(page));
	memset(&v, 0, sizeof(v));
	memset(&ctl, 0, sizeof(ctl));
}

/* as setup(), with every control there is */
static void setup_all(void)
{
	unsigned int i;

	setup();
	for (i = MSR_IA32_VMX_PINBASED_CTLS; i <= MSR_IA32_VMX_TRUE_ENTRY_CTLS; i++)
		if (i != MSR_IA32_VMX_MISC)
			caps.msr[i - MSR_IA32_VMX_BASIC] |= ~0ull << 32;
	hve_evmcs_caps(&limited, &caps, true);
}

/* A value of its own for each field that the enlightened VMCS has. */
static u32 fill(void)
{
	u32 enc = ~0u, n = 0;

	caps.msr[MSR_IA32_VMX_MISC - MSR_IA32_VMX_BASIC] |=
		VMX_MISC_VMWRITE_SHADOW_RO_FIELDS;
	while ((enc = hve_vmcs12_next(enc, &caps)) != ~0u)
		if (!hve_evmcs_write(&page, &caps, enc, enc * 0x100000001ull))
			n++;
	return n;
}

static u64 trim(u32 enc, u64 val)
{
	u64 other = 0;

	hve_vmcs_field_set(&other, enc, val);
	return other;
}

TEST(revision)
{
	CHECK(hve_evmcs_revision_ok(1));
	/* Hyper-V's: that of IA32_VMX_BASIC (trap 56) */
	CHECK(hve_evmcs_revision_ok(VMCS12_REVISION));
	CHECK(!hve_evmcs_revision_ok(0));
	CHECK(!hve_evmcs_revision_ok(2));
	CHECK(!hve_evmcs_revision_ok(VMCS12_REVISION | VMCS12_SHADOW_BIT));
}

TEST(every_field_arrives_at_its_place)
{
	u32 enc = ~0u, n, seen = 0;
	u64 val, was;

	setup_all();
	n = fill();
	CHECK_EQ(n, 126);
	hve_evmcs_load(&v, &ctl, &page, HVE_EVMCS_NONE_CLEAN);
	CHECK_EQ(v.revision, VMCS12_REVISION);
	while ((enc = hve_vmcs12_next(enc, &caps)) != ~0u) {
		if (hve_evmcs_read(&page, &caps, enc, &was))
			continue;
		CHECK_EQ(hve_vmcs12_read(&v, &caps, enc, &val), 0);
		seen++;
		/* exit information is not loaded */
		CHECK_EQ(val, (enc >> 10 & 3) == 1 ? 0 : trim(enc, enc * 0x100000001ull));
	}
	CHECK_EQ(seen, n);
}

TEST(clean_fields_keep_what_was_loaded)
{
	static const struct {
		u32 clean;
		u32 enc;
	} some[] = {
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_IO_BITMAP, IO_BITMAP_B },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_MSR_BITMAP, MSR_BITMAP },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_GRP2, TSC_OFFSET },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_GRP1, VM_EXIT_CONTROLS },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_PROC, CPU_BASED_VM_EXEC_CONTROL },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_EVENT, VM_ENTRY_INSTRUCTION_LEN },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_ENTRY, VM_ENTRY_CONTROLS },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_EXCPN, EXCEPTION_BITMAP },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_CRDR, CR4_READ_SHADOW },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_CONTROL_XLAT, EPT_POINTER },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_GUEST_BASIC, GUEST_RFLAGS },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_GUEST_GRP1, GUEST_IA32_EFER },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_GUEST_GRP2, GUEST_GDTR_LIMIT },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_HOST_POINTER, HOST_RSP },
		{ HV_VMX_ENLIGHTENED_CLEAN_FIELD_HOST_GRP1, HOST_RIP },
		{ 0, GUEST_RIP }, { 0, TPR_THRESHOLD }, { 0, VM_ENTRY_MSR_LOAD_COUNT },
	};
	unsigned int i;
	u64 val;

	for (i = 0; i < ARRAY_SIZE(some); i++) {
		setup_all();
		page.hv_clean_fields = ~0u;
		CHECK_EQ(hve_evmcs_write(&page, &caps, some[i].enc, 5), 0);
		/* VMWRITE says that its group has changed */
		CHECK_EQ(hve_evmcs_clean(&page), ~some[i].clean);
		hve_evmcs_load(&v, &ctl, &page, some[i].clean ? some[i].clean : ~0u);
		hve_vmcs12_read(&v, &caps, some[i].enc, &val);
		CHECK_EQ(val, some[i].clean ? 0 : 5);
		hve_evmcs_load(&v, &ctl, &page, ~some[i].clean);
		hve_vmcs12_read(&v, &caps, some[i].enc, &val);
		CHECK_EQ(val, 5);
	}
	hve_evmcs_entered(&page);
	CHECK_EQ(hve_evmcs_clean(&page) & 0xffff, 0xffff);
}

TEST(an_exit_changes_guest_state_and_exit_information)
{
	static const u32 not[] = {
		HOST_RIP, HOST_RSP, HOST_CR3, PIN_BASED_VM_EXEC_CONTROL, EPT_POINTER,
		CPU_BASED_VM_EXEC_CONTROL, MSR_BITMAP, CR0_READ_SHADOW, TSC_OFFSET,
		CR4_GUEST_HOST_MASK, VM_EXIT_MSR_LOAD_COUNT, VM_EXIT_CONTROLS,
	};
	static const u32 yes[] = {
		VM_EXIT_REASON, EXIT_QUALIFICATION, GUEST_PHYSICAL_ADDRESS,
		GUEST_RIP, GUEST_RSP, GUEST_RFLAGS, GUEST_CR0, GUEST_CR3, GUEST_CR4,
		GUEST_CS_SELECTOR, GUEST_TR_BASE, GUEST_IA32_EFER, GUEST_PDPTR2,
		VM_ENTRY_INTR_INFO_FIELD, VM_ENTRY_CONTROLS, GUEST_ACTIVITY_STATE,
		VM_INSTRUCTION_ERROR, IDT_VECTORING_INFO_FIELD, GUEST_DR7,
	};
	unsigned int i;
	u64 val;

	setup_all();
	memset(&v, 0x11, sizeof(v));
	page.hv_clean_fields = 0x55;
	page.hv_vp_id = 3;
	hve_evmcs_store(&page, &v);
	for (i = 0; i < ARRAY_SIZE(not); i++) {
		CHECK_EQ(hve_evmcs_read(&page, &caps, not[i], &val), 0);
		CHECK_EQ(val, 0);
	}
	for (i = 0; i < ARRAY_SIZE(yes); i++) {
		CHECK_EQ(hve_evmcs_read(&page, &caps, yes[i], &val), 0);
		CHECK_EQ(val, trim(yes[i], 0x1111111111111111));
	}
	CHECK_EQ(page.hv_clean_fields, 0x55);
	CHECK_EQ(page.hv_vp_id, 3);
	CHECK_EQ(page.revision_id, 0);
}

TEST(enlightenments)
{
	setup();
	page.hv_enlightenments_control = HV_EVMCS_NESTED_FLUSH_HYPERCALL;
	page.hv_vp_id = 7;
	page.hv_vm_id = 0x123456789a;
	page.partition_assist_page = 0x5000;
	hve_evmcs_load(&v, &ctl, &page,
		       HV_VMX_ENLIGHTENED_CLEAN_FIELD_ENLIGHTENMENTSCONTROL);
	CHECK(!ctl.direct_flush);
	CHECK_EQ(ctl.vp_id, 0);
	hve_evmcs_load(&v, &ctl, &page, HVE_EVMCS_NONE_CLEAN);
	CHECK(ctl.direct_flush);
	CHECK(!ctl.msr_bitmap);
	CHECK_EQ(ctl.vp_id, 7);
	CHECK_EQ(ctl.vm_id, 0x123456789a);
	CHECK_EQ(ctl.partition_assist, 0x5000);
	page.hv_enlightenments_control = HV_EVMCS_MSR_BITMAP;
	hve_evmcs_load(&v, &ctl, &page, HVE_EVMCS_NONE_CLEAN);
	CHECK(!ctl.direct_flush);
	CHECK(ctl.msr_bitmap);
}

TEST(vmread_and_vmwrite_trap_58)
{
	u64 val;

	setup();
	CHECK_EQ(hve_evmcs_write(&page, &caps, TSC_OFFSET, 0x1122334455667788), 0);
	CHECK_EQ(hve_evmcs_read(&page, &caps, TSC_OFFSET + 1, &val), 0);
	CHECK_EQ(val, 0x11223344);
	CHECK_EQ(page.tsc_offset, 0x1122334455667788);
	CHECK_EQ(hve_evmcs_read(&page, &caps, 0x12, &val),
		 VMXERR_UNSUPPORTED_VMCS_COMPONENT);
	CHECK_EQ(hve_evmcs_write(&page, &caps, 0x12, 0),
		 VMXERR_UNSUPPORTED_VMCS_COMPONENT);
	/* one that L1 has, but not there */
	CHECK_EQ(hve_evmcs_read(&page, &caps, VMX_PREEMPTION_TIMER_VALUE, &val),
		 VMXERR_UNSUPPORTED_VMCS_COMPONENT);
	CHECK_EQ(hve_evmcs_write(&page, &caps, VMX_PREEMPTION_TIMER_VALUE, 1),
		 VMXERR_UNSUPPORTED_VMCS_COMPONENT);
	caps.msr[MSR_IA32_VMX_MISC - MSR_IA32_VMX_BASIC] = 0;
	CHECK_EQ(hve_evmcs_write(&page, &caps, VM_EXIT_REASON, 1),
		 VMXERR_VMWRITE_READ_ONLY_VMCS_COMPONENT);
	CHECK_EQ(hve_evmcs_read(&page, &caps, VM_EXIT_REASON, &val), 0);
	CHECK_EQ(val, 0);
}

TEST(what_has_no_field_vanishes_trap_57)
{
	static const struct {
		u32 msr, control;
	} gone[] = {
		{ MSR_IA32_VMX_TRUE_PINBASED_CTLS, PIN_BASED_POSTED_INTR },
		{ MSR_IA32_VMX_TRUE_PINBASED_CTLS, PIN_BASED_VMX_PREEMPTION_TIMER },
		{ MSR_IA32_VMX_TRUE_EXIT_CTLS, VM_EXIT_SAVE_VMX_PREEMPTION_TIMER },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_VMFUNC },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_PML },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_SHADOW_VMCS },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_TSC_SCALING },
	};
	static const struct {
		u32 msr, control;
	} stay[] = {
		{ MSR_IA32_VMX_TRUE_PROCBASED_CTLS, 0xffffffff },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_EPT },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_VPID },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EXEC_ENABLE_XSAVES },
		{ MSR_IA32_VMX_TRUE_ENTRY_CTLS, VM_ENTRY_LOAD_BNDCFGS },
		{ MSR_IA32_VMX_TRUE_EXIT_CTLS, VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL },
		{ MSR_IA32_VMX_TRUE_ENTRY_CTLS, VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL },
	};
	unsigned int i;

	setup_all();
	for (i = 0; i < ARRAY_SIZE(gone); i++) {
		CHECK(hve_caps_may(&caps, gone[i].msr) & gone[i].control);
		CHECK_EQ(hve_caps_may(&limited, gone[i].msr) & gone[i].control, 0);
	}
	for (i = 0; i < ARRAY_SIZE(stay); i++)
		CHECK_EQ(hve_caps_may(&limited, stay[i].msr) & stay[i].control,
			 stay[i].control);
	hve_evmcs_caps(&limited, &caps, false);
	CHECK(!(hve_caps_may(&limited, MSR_IA32_VMX_TRUE_EXIT_CTLS) &
		VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL));
	CHECK(!(hve_caps_may(&limited, MSR_IA32_VMX_TRUE_ENTRY_CTLS) &
		VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL));
	/* nothing that must be 1 is taken away */
	setup();
	hve_evmcs_caps(&limited, &caps, false);
	for (i = MSR_IA32_VMX_TRUE_PINBASED_CTLS; i <= MSR_IA32_VMX_TRUE_ENTRY_CTLS; i++)
		CHECK(!(hve_caps_must(&limited, i) & ~hve_caps_may(&limited, i)));
}

TEST(every_field_of_what_stays_is_there)
{
	u32 enc = ~0u;
	u64 val;

	setup_all();
	while ((enc = hve_vmcs12_next(enc, &limited)) != ~0u)
		CHECK_EQ(hve_evmcs_read(&page, &limited, enc, &val), 0);
}
