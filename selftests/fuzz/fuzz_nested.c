// SPDX-License-Identifier: GPL-2.0
/*
 * A guest hypervisor that writes anything anywhere: fields of vmcs12, an
 * enlightened VMCS as bytes, capability MSRs, then an entry and exits.
 *
 * Checked: a field reads back what was written, as wide as it is; no capability
 * goes beyond the maximum; what VM entry lets through keeps the rules on which
 * the rest of the room builds; L2's exits are decided within L1's bitmaps.
 */
#include "fuzz.h"
#include "hv/hv_nested.h"
#include "hvemu/nested/entrycheck.h"
#include "hvemu/nested/evmcs.h"
#include "hvemu/nested/reflect.h"
#include "hvemu/nested/vmcs12.h"
#include "hvemu/nested/vmxmsr.h"

#include <asm/vmx.h>

static struct hve_nested_caps max, caps;
static struct hve_entry_env env;
static struct hve_entry_failure f;
static struct hv_enlightened_vmcs page;
static struct hve_evmcs_control ctl;
static struct vmcs12 v;

static u32 nth_field(unsigned int n)
{
	static u32 all[256];
	static unsigned int nr;
	u32 enc = ~0u;

	while (!nr || (enc != ~0u && nr < 256)) {
		enc = hve_vmcs12_next(enc, NULL);
		if (enc != ~0u)
			all[nr++] = enc;
	}
	return all[n % nr];
}

static void start(struct input *in)
{
	u64 host[HVE_NR_VMX_MSRS];
	unsigned int i;

	for (i = 0; i < HVE_NR_VMX_MSRS; i++)
		host[i] = ~0ull;
	hve_caps_init(&max, host);
	caps = max;
	memset(&page, 0, sizeof(page));
	memset(&ctl, 0, sizeof(ctl));
	memset(&v, 0, sizeof(v));
	env = (struct hve_entry_env){
		.caps = &caps, .efer_valid = 0xd01, .debugctl_valid = 3,
		.phys_bits = 36 + take(in, 1) % 16, .l1_long = take(in, 1) & 1,
		.la57 = take(in, 1) & 1, .vtpr_known = take(in, 1) & 1,
		.vtpr = take(in, 1), .link_readable = true,
		.link_revision = VMCS12_REVISION,
	};
	/* near to what is valid, or few inputs would get behind the first check */
	v.pin_based_vm_exec_control = 0x16;
	v.cpu_based_vm_exec_control = 0x401e172 & ~0x18000;
	v.vm_exit_controls = 0x36dfb | (env.l1_long ? 0x200 : 0);
	v.vm_entry_controls = 0x11fb | (env.l1_long ? 0x200 : 0);
	v.vmcs_link_pointer = ~0ull;
	v.host_cr0 = v.guest_cr0 = 0x80000021;
	v.host_cr4 = v.guest_cr4 = 0x2020;
	v.host_cs_selector = v.host_ss_selector = v.host_tr_selector = 0x10;
	v.guest_rflags = 2;
	v.guest_cs_ar_bytes = env.l1_long ? 0xa09b : 0xc09b;
	v.guest_cs_limit = ~0u;
	v.guest_ss_ar_bytes = v.guest_ds_ar_bytes = v.guest_es_ar_bytes = 0x10000;
	v.guest_fs_ar_bytes = v.guest_gs_ar_bytes = v.guest_ldtr_ar_bytes = 0x10000;
	v.guest_tr_ar_bytes = 0x8b;
	v.guest_tr_limit = 0x67;
}

static void change_caps(struct input *in)
{
	u32 msr = MSR_IA32_VMX_BASIC + take(in, 1) % (HVE_NR_VMX_MSRS + 1);
	u64 val = take(in, 8);

	if (take(in, 1) & 1)	/* mostly less than all */
		val = hve_caps_read(&max, msr > MSR_IA32_VMX_VMFUNC ?
				    MSR_IA32_VMX_VMFUNC : msr) & ~(1ull << val % 64);
	if (hve_caps_write(&caps, &max, msr, val))
		return;
	CHECK_EQ(hve_caps_read(&caps, msr), val);
	if (msr >= MSR_IA32_VMX_TRUE_PINBASED_CTLS &&
	    msr <= MSR_IA32_VMX_TRUE_ENTRY_CTLS) {
		CHECK_EQ(hve_caps_may(&caps, msr) & ~hve_caps_may(&max, msr), 0);
		CHECK_EQ(hve_caps_must(&max, msr) & ~hve_caps_must(&caps, msr), 0);
	}
}

static void write_field(struct input *in, bool enlightened)
{
	u8 how = take(in, 1);
	u64 enc = how & 1 ? take(in, 4) : nth_field(take(in, 1)) | (how >> 1 & 1);
	u64 val = how & 4 ? take(in, 8) : how & 8 ? 1ull << take(in, 1) % 64 : take(in, 2);
	u64 want = 0, got = 0;
	int r;

	if (how & 16) {		/* one bit of what is there */
		hve_vmcs12_read(&v, &caps, enc, &got);
		val = got ^ 1ull << val % 64;
	}
	r = enlightened ? hve_evmcs_write(&page, &caps, enc, val) :
	    hve_vmcs12_write(&v, &caps, enc, val);
	if (r) {
		CHECK(r == VMXERR_UNSUPPORTED_VMCS_COMPONENT ||
		      r == VMXERR_VMWRITE_READ_ONLY_VMCS_COMPONENT);
		return;
	}
	hve_vmcs_field_set(&want, enc & ~1ull, enc & 1 ? val << 32 : val);
	r = enlightened ? hve_evmcs_read(&page, &caps, enc, &got) :
	    hve_vmcs12_read(&v, &caps, enc, &got);
	CHECK_EQ(r, 0);
	CHECK_EQ(got, enc & 1 ? want >> 32 : want);
}

static bool page_is_l1s(u64 l1_gpa)
{
	return !(l1_gpa & 0xfff) && !(l1_gpa >> env.phys_bits);
}

/* What vmcs02, the shadow EPT and the MSR lists rely on. */
static void check_valid(void)
{
	u32 cpu = v.cpu_based_vm_exec_control;
	u32 cpu2 = cpu >> 31 ? v.secondary_vm_exec_control : 0;

	CHECK_EQ(cpu & ~hve_caps_may(&caps, MSR_IA32_VMX_TRUE_PROCBASED_CTLS), 0);
	CHECK_EQ(cpu2 & ~hve_caps_may(&caps, MSR_IA32_VMX_PROCBASED_CTLS2), 0);
	if (cpu & CPU_BASED_USE_MSR_BITMAPS)
		CHECK(page_is_l1s(v.msr_bitmap));
	if (cpu & CPU_BASED_USE_IO_BITMAPS)
		CHECK(page_is_l1s(v.io_bitmap_a) && page_is_l1s(v.io_bitmap_b));
	if (cpu & CPU_BASED_TPR_SHADOW)
		CHECK(page_is_l1s(v.virtual_apic_page_addr));
	if (cpu2 & SECONDARY_EXEC_ENABLE_EPT)
		CHECK((v.ept_pointer & 0xfff) == 0x1e &&
		      page_is_l1s(v.ept_pointer & ~0xfffull));
	else
		CHECK(!(cpu2 & SECONDARY_EXEC_UNRESTRICTED_GUEST));
	if (cpu2 & SECONDARY_EXEC_ENABLE_VPID)
		CHECK(v.virtual_processor_id);
	CHECK(v.vm_exit_msr_load_count <= 512 && v.vm_exit_msr_store_count <= 512 &&
	      v.vm_entry_msr_load_count <= 512);
	CHECK_EQ(v.cr3_target_count, 0);
	CHECK(!!(v.vm_exit_controls & VM_EXIT_HOST_ADDR_SPACE_SIZE) == env.l1_long);
	CHECK_EQ((v.host_cs_selector | v.host_tr_selector) & 7, 0);
	CHECK(v.host_cs_selector && v.host_tr_selector);
	CHECK_EQ(v.host_cr3 >> env.phys_bits, 0);
	CHECK(v.guest_activity_state <= 3);
	CHECK_EQ(v.guest_rflags & 0x802a, 2);
	if (v.vm_entry_intr_info_field >> 31)
		CHECK_EQ(v.vm_entry_intr_info_field & 0x7ffff000, 0);
}

static void enter(bool enlightened, u32 clean)
{
	struct hve_nested_caps limited;
	bool valid;

	if (enlightened) {
		hve_evmcs_caps(&limited, &caps, clean & 1);
		env.caps = &limited;
		hve_evmcs_load(&v, &ctl, &page, clean);
		hve_evmcs_entered(&page);
	}
	valid = hve_entry_check_controls(&v, &env, &f);
	if (valid)
		valid = hve_entry_check_host(&v, &env, &f);
	else
		CHECK_EQ(f.error, VMXERR_ENTRY_INVALID_CONTROL_FIELD);
	if (valid) {
		valid = hve_entry_check_guest_all(&v, &env, &f);
		CHECK(f.error == 0 && f.qual <= ENTRY_FAIL_VMCS_LINK_PTR);
		if (valid)
			CHECK(hve_entry_check_guest(&v, &env, &f));
	}
	CHECK_EQ(!f.name, valid);
	if (valid)
		check_valid();
	if (enlightened)
		hve_evmcs_store(&page, &v);
	env.caps = &caps;
}

static int read_l1(void *ctx, u64 l1_gpa, void *buf, u32 len)
{
	u64 at = l1_gpa & ~0x3fffull;

	/* within a bitmap that vmcs12 names: 4 KiB from its address on */
	CHECK(l1_gpa - v.msr_bitmap < 4096 || l1_gpa - v.io_bitmap_a < 4096 ||
	      l1_gpa - v.io_bitmap_b < 4096 || l1_gpa - v.vmread_bitmap < 4096 ||
	      l1_gpa - v.vmwrite_bitmap < 4096);
	*(u8 *)buf = at ^ l1_gpa;
	return *(u8 *)buf & 0x40 ? -EFAULT : *(u8 *)buf & 0x20 ? -EAGAIN : 0;
}

static void leave(struct input *in)
{
	u64 gpr[16];
	struct hve_l2_exit e = {
		.reason = take(in, 1) % 80, .qual = take(in, 4),
		.intr_info = take(in, 4), .intr_err = take(in, 1),
		.insn_info = take(in, 4), .gpr = gpr, .read = read_l1,
	};
	enum hve_l2_owner who;
	unsigned int i;

	for (i = 0; i < 16; i++)
		gpr[i] = i < 4 ? take(in, 4) : i;
	who = hve_l2_exit_owner(&v, &e);
	CHECK(who == HVE_L2_OURS || who == HVE_L2_L1 || who == HVE_L2_AGAIN);
	CHECK_EQ(who, hve_l2_exit_owner(&v, &e));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	bool enlightened;

	start(&in);
	enlightened = take(&in, 1) & 1;
	if (enlightened)
		hve_evmcs_store(&page, &v);
	while (in.at < in.end) {
		switch (take(&in, 1) % 8) {
		case 0:
			change_caps(&in);
			break;
		case 1:
			enter(enlightened, take(&in, 2));
			break;
		case 2:
			leave(&in);
			break;
		case 3:	/* bytes into the page, wherever */
			((u8 *)&page)[take(&in, 2) % sizeof(page)] = take(&in, 1);
			break;
		default:
			write_field(&in, enlightened);
		}
	}
	enter(enlightened, 0);
	return 0;
}
