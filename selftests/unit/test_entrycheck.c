// SPDX-License-Identifier: GPL-2.0
/* nested/entrycheck.c, nested/entryguest.c: each check by a VMCS that fails only it */
#include "harness.h"
#include "hvemu/nested/entrycheck.h"
#include "hvemu/nested/vmcs12.h"
#include "hvemu/nested/vmxmsr.h"

#include <asm/processor-flags.h>
#include <asm/vmx.h>
#include <linux/string.h>

static struct hve_nested_caps caps;
static struct hve_entry_env env;
static struct hve_entry_failure f;
static struct vmcs12 v;

/* A 64-bit guest of a 64-bit host, nothing special. */
static void good(void)
{
	u64 host[HVE_NR_VMX_MSRS];
	unsigned int i;

	for (i = 0; i < HVE_NR_VMX_MSRS; i++)
		host[i] = ~0ull;
	hve_caps_init(&caps, host);
	/* all that could ever be, not only what is offered today */
	caps.msr[MSR_IA32_VMX_PROCBASED_CTLS2 - MSR_IA32_VMX_BASIC] |= ~0ull << 32;
	caps.msr[MSR_IA32_VMX_VMFUNC - MSR_IA32_VMX_BASIC] = 1;
	caps.msr[MSR_IA32_VMX_MISC - MSR_IA32_VMX_BASIC] |= 7 << 6;
	env = (struct hve_entry_env){
		.caps = &caps, .efer_valid = 0xd01, .debugctl_valid = 3,
		.phys_bits = 40, .l1_long = true,
	};
	memset(&v, 0, sizeof(v));
	v.pin_based_vm_exec_control = 0x16;
	v.cpu_based_vm_exec_control = 0x401e172 & ~0x18000;
	v.vm_exit_controls = 0x36dfb | VM_EXIT_HOST_ADDR_SPACE_SIZE;
	v.vm_entry_controls = 0x11fb | VM_ENTRY_IA32E_MODE;
	v.vmcs_link_pointer = ~0ull;
	v.host_cr0 = X86_CR0_PE | X86_CR0_NE | X86_CR0_PG;
	v.host_cr4 = X86_CR4_PAE | X86_CR4_VMXE;
	v.host_cs_selector = 0x10;
	v.host_tr_selector = 0x40;
	v.host_rip = 0xffffffff80000000;
	v.guest_cr0 = v.host_cr0;
	v.guest_cr4 = v.host_cr4;
	v.guest_rflags = 2;
	v.guest_rip = 0x1000;
	v.guest_cs_selector = 8;
	v.guest_cs_ar_bytes = 0xa09b;
	v.guest_cs_limit = ~0u;
	v.guest_ss_ar_bytes = v.guest_ds_ar_bytes = v.guest_es_ar_bytes = 0xc093;
	v.guest_ss_limit = v.guest_ds_limit = v.guest_es_limit = ~0u;
	v.guest_fs_ar_bytes = v.guest_gs_ar_bytes = 0x10000;
	v.guest_ldtr_ar_bytes = 0x10000;
	v.guest_tr_ar_bytes = 0x8b;
	v.guest_tr_limit = 0x67;
}

static void v86(void)
{
	good();
	v.vm_entry_controls &= ~VM_ENTRY_IA32E_MODE;
	v.guest_rflags = 0x20002;
	v.guest_es_ar_bytes = v.guest_cs_ar_bytes = v.guest_ss_ar_bytes = 0xf3;
	v.guest_ds_ar_bytes = v.guest_fs_ar_bytes = v.guest_gs_ar_bytes = 0xf3;
	v.guest_es_limit = v.guest_cs_limit = v.guest_ss_limit = 0xffff;
	v.guest_ds_limit = v.guest_fs_limit = v.guest_gs_limit = 0xffff;
	v.guest_cs_base = 0x80;
}

static void cpu2(u32 bits)
{
	v.cpu_based_vm_exec_control |= CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	v.secondary_vm_exec_control |= bits;
}

static void ept(u32 more)
{
	cpu2(SECONDARY_EXEC_ENABLE_EPT | more);
	v.ept_pointer = 0x1e;
}

static void tpr(u32 more)
{
	v.cpu_based_vm_exec_control |= CPU_BASED_TPR_SHADOW;
	if (more)
		cpu2(more);
}

static void inject(u32 info)
{
	v.vm_entry_intr_info_field = INTR_INFO_VALID_MASK | info;
}

static const char *verdict(void)
{
	if (!hve_entry_check_controls(&v, &env, &f))
		return f.name;
	if (!hve_entry_check_host(&v, &env, &f))
		return f.name;
	if (!hve_entry_check_guest_all(&v, &env, &f))
		return f.name;
	CHECK(hve_entry_check_guest(&v, &env, &f));
	return "";
}

#define EXPECT(want)							\
	do {								\
		const char *got_ = verdict();				\
									\
		if (strcmp(got_, want))					\
			printf("# got \"%s\", want \"%s\"\n", got_, want); \
		CHECK(!strcmp(got_, want));				\
	} while (0)

/* One change to a good VMCS, and the check that finds it */
#define BAD(want, ...) do { good(); __VA_ARGS__; EXPECT(want); } while (0)
#define OK(...)	BAD("", __VA_ARGS__)

TEST(good_ones)
{
	OK();
	v86();
	EXPECT("");
	OK(ept(SECONDARY_EXEC_UNRESTRICTED_GUEST); v.guest_cr0 = X86_CR0_NE;
	   v.vm_entry_controls &= ~VM_ENTRY_IA32E_MODE;
	   v.guest_cs_ar_bytes = 0xc093);
	OK(v.cpu_based_vm_exec_control |= CPU_BASED_USE_IO_BITMAPS;
	   v.io_bitmap_a = 0xfffffff000);
	OK(v.vm_exit_msr_load_count = 512; v.vm_exit_msr_load_addr = 0xffffffe000);
	OK(v.secondary_vm_exec_control = ~0u);	/* not active */
}

TEST(execution_controls)
{
	BAD("pin-based controls", v.pin_based_vm_exec_control &= ~2);
	BAD("pin-based controls", v.pin_based_vm_exec_control |= 1u << 31);
	BAD("processor-based controls", v.cpu_based_vm_exec_control &= ~2);
	BAD("processor-based controls", v.cpu_based_vm_exec_control |= 1);
	BAD("secondary processor-based controls", cpu2(4);
	    caps.msr[MSR_IA32_VMX_PROCBASED_CTLS2 - MSR_IA32_VMX_BASIC] = 0);
	BAD("CR3-target count", v.cr3_target_count = 1);
	BAD("I/O-bitmap address",
	    v.cpu_based_vm_exec_control |= CPU_BASED_USE_IO_BITMAPS;
	    v.io_bitmap_a = 8);
	BAD("I/O-bitmap address",
	    v.cpu_based_vm_exec_control |= CPU_BASED_USE_IO_BITMAPS;
	    v.io_bitmap_b = 1ull << 40);
	BAD("MSR-bitmap address",
	    v.cpu_based_vm_exec_control |= CPU_BASED_USE_MSR_BITMAPS;
	    v.msr_bitmap = 1);
	BAD("virtual NMIs without NMI exiting",
	    v.pin_based_vm_exec_control |= PIN_BASED_VIRTUAL_NMIS);
	BAD("NMI-window exiting without virtual NMIs",
	    v.cpu_based_vm_exec_control |= CPU_BASED_NMI_WINDOW_EXITING);
	CHECK_EQ(f.error, VMXERR_ENTRY_INVALID_CONTROL_FIELD);
}

TEST(apic_controls)
{
	OK(tpr(0); v.tpr_threshold = 4);
	BAD("virtual-APIC address", tpr(0); v.virtual_apic_page_addr = 0x10);
	BAD("TPR threshold has reserved bits", tpr(0); v.tpr_threshold = 0x10);
	BAD("TPR threshold above VTPR", tpr(0); v.tpr_threshold = 4;
	    env.vtpr_known = true; env.vtpr = 0x3f);
	OK(tpr(0); v.tpr_threshold = 4; env.vtpr_known = true; env.vtpr = 0x40);
	BAD("APIC virtualization without TPR shadow",
	    cpu2(SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE));
	BAD("APIC virtualization without TPR shadow",
	    cpu2(SECONDARY_EXEC_APIC_REGISTER_VIRT));
	BAD("APIC-access address", cpu2(SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES);
	    v.apic_access_addr = 1ull << 52);
	BAD("APIC accesses and x2APIC mode both virtualized",
	    tpr(SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES |
		SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE));
	BAD("virtual-interrupt delivery without external-interrupt exiting",
	    tpr(SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY));
}

static void posted(void)
{
	u64 posted = (u64)PIN_BASED_POSTED_INTR << 32;

	caps.msr[MSR_IA32_VMX_TRUE_PINBASED_CTLS - MSR_IA32_VMX_BASIC] |= posted;
	v.pin_based_vm_exec_control |= PIN_BASED_POSTED_INTR | PIN_BASED_EXT_INTR_MASK;
	v.vm_exit_controls |= VM_EXIT_ACK_INTR_ON_EXIT;
	tpr(SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY);
}

TEST(posted_interrupts)
{
	OK(posted());
	BAD("posted interrupts without virtual-interrupt delivery", posted();
	    v.secondary_vm_exec_control = 0);
	BAD("posted interrupts without acknowledgment on exit", posted();
	    v.vm_exit_controls &= ~VM_EXIT_ACK_INTR_ON_EXIT);
	BAD("posted-interrupt notification vector", posted(); v.posted_intr_nv = 256);
	BAD("posted-interrupt descriptor address", posted();
	    v.posted_intr_desc_addr = 0x20);
}

TEST(ept_and_its_like)
{
	OK(ept(0));
	BAD("VPID 0", cpu2(SECONDARY_EXEC_ENABLE_VPID));
	BAD("EPT pointer", ept(0); v.ept_pointer = 0x18);	/* uncacheable */
	BAD("EPT pointer", ept(0); v.ept_pointer = 0x6);	/* 1 level */
	BAD("EPT pointer", ept(0); v.ept_pointer |= 0x40);	/* no A/D bits */
	BAD("EPT pointer", ept(0); v.ept_pointer |= 0x80);
	BAD("EPT pointer", ept(0); v.ept_pointer |= 1ull << 40);
	BAD("PML without EPT", cpu2(SECONDARY_EXEC_ENABLE_PML));
	BAD("PML address", ept(SECONDARY_EXEC_ENABLE_PML); v.pml_address = 1);
	BAD("unrestricted guest without EPT",
	    cpu2(SECONDARY_EXEC_UNRESTRICTED_GUEST));
	BAD("mode-based execute control without EPT",
	    cpu2(SECONDARY_EXEC_MODE_BASED_EPT_EXEC));
	BAD("VM-function controls", cpu2(SECONDARY_EXEC_ENABLE_VMFUNC);
	    v.vm_function_control = 2);
	BAD("EPTP-list address", cpu2(SECONDARY_EXEC_ENABLE_VMFUNC);
	    v.vm_function_control = 1);
	BAD("EPTP-list address", ept(SECONDARY_EXEC_ENABLE_VMFUNC);
	    v.vm_function_control = 1; v.eptp_list_address = 4);
	BAD("TSC multiplier 0", cpu2(SECONDARY_EXEC_TSC_SCALING);
	    v.tsc_multiplier = 0);
	BAD("VMREAD- or VMWRITE-bitmap address", cpu2(SECONDARY_EXEC_SHADOW_VMCS);
	    v.vmwrite_bitmap = 4);
}

TEST(exit_and_entry_controls)
{
	BAD("VM-exit controls", v.vm_exit_controls = 0);
	BAD("VM-exit controls", v.vm_exit_controls |= 1u << 31);
	BAD("preemption timer saved but not active",
	    v.vm_exit_controls |= VM_EXIT_SAVE_VMX_PREEMPTION_TIMER);
	BAD("VM-exit MSR-store area", v.vm_exit_msr_store_count = 1;
	    v.vm_exit_msr_store_addr = 8);
	BAD("VM-exit MSR-load area", v.vm_exit_msr_load_count = 2;
	    v.vm_exit_msr_load_addr = 0xfffffffff0);
	BAD("VM-exit MSR-load area", v.vm_exit_msr_load_count = ~0u);
	BAD("VM-exit MSR-load area", v.vm_exit_msr_load_count = 1;
	    v.vm_exit_msr_load_addr = ~0xfull);
	BAD("VM-entry controls", v.vm_entry_controls |= VM_ENTRY_SMM);
	BAD("VM-entry MSR-load area", v.vm_entry_msr_load_count = 513);
}

TEST(event_injection)
{
	BAD("type of the event to inject", inject(INTR_TYPE_RESERVED));
	OK(inject(INTR_TYPE_OTHER_EVENT));
	BAD("vector of the event to inject", inject(INTR_TYPE_OTHER_EVENT | 1));
	BAD("vector of the event to inject", inject(INTR_TYPE_NMI_INTR | 3));
	BAD("vector of the event to inject", inject(INTR_TYPE_HARD_EXCEPTION | 32));
	OK(inject(INTR_TYPE_NMI_INTR | 2));
	OK(inject(INTR_TYPE_HARD_EXCEPTION | 6));
	OK(inject(INTR_TYPE_HARD_EXCEPTION | 14 | INTR_INFO_DELIVER_CODE_MASK));
	BAD("error code of the event to inject", inject(INTR_TYPE_HARD_EXCEPTION | 14));
	BAD("error code of the event to inject",
	    inject(INTR_TYPE_HARD_EXCEPTION | 6 | INTR_INFO_DELIVER_CODE_MASK));
	BAD("error code of the event to inject",
	    inject(INTR_TYPE_SOFT_INTR | 14 | INTR_INFO_DELIVER_CODE_MASK);
	    v.vm_entry_instruction_len = 2);
	/* real mode has none */
	BAD("error code of the event to inject",
	    ept(SECONDARY_EXEC_UNRESTRICTED_GUEST); v.guest_cr0 = X86_CR0_NE;
	    inject(INTR_TYPE_HARD_EXCEPTION | 13 | INTR_INFO_DELIVER_CODE_MASK));
	BAD("event to inject has reserved bits", inject(INTR_TYPE_NMI_INTR | 2 | 1 << 12));
	BAD("error code to inject has reserved bits",
	    inject(INTR_TYPE_HARD_EXCEPTION | 14 | INTR_INFO_DELIVER_CODE_MASK);
	    v.vm_entry_exception_error_code = 0x10000);
	BAD("instruction length of the event to inject", inject(INTR_TYPE_SOFT_INTR | 3));
	BAD("instruction length of the event to inject",
	    inject(INTR_TYPE_SOFT_EXCEPTION | 3); v.vm_entry_instruction_len = 16);
	OK(inject(INTR_TYPE_SOFT_EXCEPTION | 3); v.vm_entry_instruction_len = 15);
	OK(inject(INTR_TYPE_SOFT_EXCEPTION | 3);
	   caps.msr[MSR_IA32_VMX_MISC - MSR_IA32_VMX_BASIC] |= VMX_MISC_ZERO_LEN_INS);
}

TEST(host_state)
{
	BAD("host CR0 against IA32_VMX_CR0_FIXED0/1", v.host_cr0 = X86_CR0_PE);
	BAD("host CR0 against IA32_VMX_CR0_FIXED0/1", v.host_cr0 |= 1ull << 32);
	BAD("host CR4 against IA32_VMX_CR4_FIXED0/1", v.host_cr4 = X86_CR4_PAE);
	BAD("host CR3 has bits beyond the physical address width",
	    v.host_cr3 = 1ull << 40);
	BAD("host IA32_SYSENTER_ESP or EIP is not canonical",
	    v.host_ia32_sysenter_eip = 1ull << 47);
	OK(env.la57 = true; v.host_ia32_sysenter_eip = 1ull << 47);
	BAD("host IA32_PAT", v.vm_exit_controls |= VM_EXIT_LOAD_IA32_PAT;
	    v.host_ia32_pat = 2);
	OK(v.host_ia32_pat = 2);
	BAD("host IA32_EFER has reserved bits",
	    v.vm_exit_controls |= VM_EXIT_LOAD_IA32_EFER;
	    v.host_ia32_efer = 0x1000 | EFER_LMA | EFER_LME);
	BAD("host IA32_EFER against host address-space size",
	    v.vm_exit_controls |= VM_EXIT_LOAD_IA32_EFER;
	    v.host_ia32_efer = EFER_LME);
	BAD("host selector with RPL or TI", v.host_gs_selector = 4);
	BAD("host CS selector 0", v.host_cs_selector = 0);
	BAD("host TR selector 0", v.host_tr_selector = 0);
	BAD("host segment base is not canonical", v.host_gs_base = 1ull << 50);
	CHECK_EQ(f.error, VMXERR_ENTRY_INVALID_HOST_STATE_FIELD);
	BAD("host address-space size is not the present one", env.l1_long = false);
	BAD("host CR4.PAE clear in IA-32e mode", v.host_cr4 = X86_CR4_VMXE);
	BAD("host RIP is not canonical", v.host_rip = 1ull << 47);
	OK(v.host_rip = 1ull << 47; v.host_cr4 |= X86_CR4_LA57);
}

static void host32(void)
{
	good();
	env.l1_long = false;
	v.vm_exit_controls &= ~VM_EXIT_HOST_ADDR_SPACE_SIZE;
	v.vm_entry_controls &= ~VM_ENTRY_IA32E_MODE;
	v.host_ss_selector = 0x18;
	v.host_rip = 0x1000;
	v.guest_cs_ar_bytes = 0xc09b;
}

TEST(host_of_32_bits)
{
	BAD("", host32());
	BAD("host SS selector 0", host32(); v.host_ss_selector = 0);
	BAD("IA-32e mode guest of a 32-bit host", host32();
	    v.vm_entry_controls |= VM_ENTRY_IA32E_MODE);
	BAD("host CR4.PCIDE outside IA-32e mode", host32();
	    v.host_cr4 |= X86_CR4_PCIDE);
	BAD("host RIP above 4 GiB outside IA-32e mode", host32();
	    v.host_rip = 1ull << 32);
}

TEST(guest_registers)
{
	BAD("guest CR0 against IA32_VMX_CR0_FIXED0/1", v.guest_cr0 = X86_CR0_NE);
	BAD("guest CR0.PG without CR0.PE", ept(SECONDARY_EXEC_UNRESTRICTED_GUEST);
	    v.guest_cr0 = X86_CR0_PG | X86_CR0_NE);
	BAD("guest CR4 against IA32_VMX_CR4_FIXED0/1", v.guest_cr4 = X86_CR4_PAE);
	BAD("IA-32e mode guest without CR0.PG and CR4.PAE", v.guest_cr4 = X86_CR4_VMXE);
	BAD("guest CR4.PCIDE outside IA-32e mode",
	    v.vm_entry_controls &= ~VM_ENTRY_IA32E_MODE;
	    v.guest_cr4 |= X86_CR4_PCIDE);
	BAD("guest CR3 has bits beyond the physical address width",
	    v.guest_cr3 = 1ull << 63);
	BAD("guest IA32_DEBUGCTL has reserved bits", v.guest_ia32_debugctl = 4;
	    v.vm_entry_controls |= VM_ENTRY_LOAD_DEBUG_CONTROLS);
	BAD("guest DR7 above 4 GiB", v.guest_dr7 = 1ull << 32;
	    v.vm_entry_controls |= VM_ENTRY_LOAD_DEBUG_CONTROLS);
	BAD("guest IA32_PAT", v.vm_entry_controls |= VM_ENTRY_LOAD_IA32_PAT;
	    v.guest_ia32_pat = 0x0800000000000000);
	BAD("guest IA32_EFER has reserved bits", v.guest_ia32_efer = 2;
	    v.vm_entry_controls |= VM_ENTRY_LOAD_IA32_EFER);
	BAD("guest IA32_EFER against IA-32e mode", v.guest_ia32_efer = EFER_LMA;
	    v.vm_entry_controls |= VM_ENTRY_LOAD_IA32_EFER);
	OK(v.guest_ia32_efer = EFER_LMA | EFER_LME;
	   v.vm_entry_controls |= VM_ENTRY_LOAD_IA32_EFER);
	BAD("guest IA32_SYSENTER_ESP or EIP is not canonical",
	    v.guest_sysenter_esp = 1ull << 60);
	CHECK_EQ(f.error, 0);
	CHECK_EQ(f.qual, ENTRY_FAIL_DEFAULT);
}

TEST(guest_segments)
{
	BAD("guest TR selector has TI", v.guest_tr_selector = 4);
	BAD("guest LDTR selector has TI", v.guest_ldtr_ar_bytes = 0x82;
	    v.guest_ldtr_selector = 4);
	BAD("guest SS and CS selectors differ in RPL", v.guest_ss_selector = 3);
	BAD("guest segment base is not canonical", v.guest_fs_base = 1ull << 47);
	BAD("guest segment base above 4 GiB", v.guest_cs_base = 1ull << 32);
	BAD("guest segment base above 4 GiB", v.guest_ss_base = 1ull << 32);
	OK(v.guest_fs_base = 1ull << 32);
	BAD("guest segment limit against granularity", v.guest_cs_limit = 0xfffe);
	BAD("guest segment limit against granularity", v.guest_tr_limit = 0x100000);
	BAD("guest CS type", v.guest_cs_ar_bytes = 0xa098);
	BAD("guest CS type", v.guest_cs_ar_bytes = 0xa093);
	BAD("guest CS access rights", v.guest_cs_ar_bytes = 0xa01b);
	BAD("guest CS access rights", v.guest_cs_ar_bytes |= 0x100);
	BAD("guest CS access rights", v.guest_cs_ar_bytes = 0xa08b);
	BAD("guest CS.DPL against SS.DPL", v.guest_cs_ar_bytes |= 0x60);
	BAD("guest CS has L and D", v.guest_cs_ar_bytes |= 0x4000);
	BAD("guest SS.DPL against RPL", v.guest_ss_ar_bytes |= 0x20;
	    v.guest_cs_ar_bytes |= 0x20);
	BAD("guest SS.DPL of a CS that is data, or in real mode",
	    ept(SECONDARY_EXEC_UNRESTRICTED_GUEST); v.guest_cr0 = X86_CR0_NE;
	    v.vm_entry_controls &= ~VM_ENTRY_IA32E_MODE;
	    v.guest_cs_ar_bytes = 0xc093; v.guest_ss_ar_bytes |= 0x20);
	BAD("guest SS type", v.guest_ss_ar_bytes = 0xc091);
	BAD("guest SS access rights", v.guest_ss_ar_bytes = 0xc083);
	BAD("guest DS, ES, FS or GS type", v.guest_gs_ar_bytes = 0xc092;
	    v.guest_gs_limit = ~0u);
	BAD("guest DS, ES, FS or GS type", v.guest_ds_ar_bytes = 0xc099);
	BAD("guest DS, ES, FS or GS access rights", v.guest_es_ar_bytes = 0xc013);
	BAD("guest DS, ES, FS or GS.DPL against RPL", v.guest_ds_selector = 3);
	OK(v.guest_ds_selector = 3; v.guest_ds_ar_bytes = 0xc09f);
	BAD("guest TR is no busy TSS", v.guest_tr_ar_bytes = 0x89);
	BAD("guest TR is no busy TSS", v.guest_tr_ar_bytes |= 0x10000);
	BAD("guest TR is no busy TSS", v.guest_tr_ar_bytes = 0x83);
	BAD("guest LDTR is no LDT", v.guest_ldtr_ar_bytes = 0x83);
	BAD("guest GDTR or IDTR base is not canonical", v.guest_idtr_base = 1ull << 48);
	BAD("guest GDTR or IDTR limit", v.guest_gdtr_limit = 0x10000);
}

TEST(guest_in_virtual_8086_mode)
{
	BAD("guest segment base in virtual-8086 mode", v86(); v.guest_gs_base = 16);
	BAD("guest segment limit in virtual-8086 mode", v86(); v.guest_ds_limit = 7);
	BAD("guest access rights in virtual-8086 mode", v86();
	    v.guest_cs_ar_bytes = 0xfb);
	BAD("guest RFLAGS.VM in IA-32e or real mode", v86();
	    v.vm_entry_controls |= VM_ENTRY_IA32E_MODE);
}

TEST(guest_rip_and_rflags)
{
	BAD("guest RIP above 4 GiB outside 64-bit mode", v.guest_rip = 1ull << 32;
	    v.guest_cs_ar_bytes = 0xc09b);
	BAD("guest RIP is not canonical", v.guest_rip = 1ull << 47);
	BAD("guest RFLAGS has reserved bits", v.guest_rflags = 0);
	BAD("guest RFLAGS has reserved bits", v.guest_rflags |= 8);
	BAD("external interrupt injected with RFLAGS.IF clear",
	    inject(INTR_TYPE_EXT_INTR | 32));
}

TEST(guest_activity_and_blocking)
{
	BAD("guest activity state", v.guest_activity_state = 4);
	BAD("guest activity state", v.guest_activity_state = 3;
	    caps.msr[MSR_IA32_VMX_MISC - MSR_IA32_VMX_BASIC] &= ~(1ull << 8));
	OK(v.guest_activity_state = GUEST_ACTIVITY_HLT);
	BAD("guest halted outside CPL 0", v.guest_activity_state = GUEST_ACTIVITY_HLT;
	    v.guest_cs_selector |= 3; v.guest_cs_ar_bytes |= 0x60;
	    v.guest_ss_selector = 3; v.guest_ss_ar_bytes |= 0x60);
	BAD("guest not active behind STI or MOV SS",
	    v.guest_activity_state = GUEST_ACTIVITY_HLT;
	    v.guest_interruptibility_info = 1; v.guest_rflags |= X86_EFLAGS_IF);
	BAD("event injected that the activity state does not allow",
	    v.guest_activity_state = GUEST_ACTIVITY_HLT;
	    inject(INTR_TYPE_HARD_EXCEPTION | 6));
	OK(v.guest_activity_state = GUEST_ACTIVITY_HLT; inject(INTR_TYPE_NMI_INTR | 2));
	BAD("event injected that the activity state does not allow",
	    v.guest_activity_state = GUEST_ACTIVITY_WAIT_SIPI;
	    inject(INTR_TYPE_NMI_INTR | 2));
	OK(v.guest_activity_state = GUEST_ACTIVITY_SHUTDOWN;
	   inject(INTR_TYPE_HARD_EXCEPTION | 18));
	BAD("guest interruptibility has reserved bits", v.guest_interruptibility_info = 32);
	BAD("guest blocked by both STI and MOV SS", v.guest_interruptibility_info = 3;
	    v.guest_rflags |= X86_EFLAGS_IF);
	BAD("guest blocked by STI with RFLAGS.IF clear", v.guest_interruptibility_info = 1);
	BAD("external interrupt injected behind STI or MOV SS",
	    v.guest_interruptibility_info = 2; v.guest_rflags |= X86_EFLAGS_IF;
	    inject(INTR_TYPE_EXT_INTR | 32));
	BAD("NMI injected behind MOV SS", v.guest_interruptibility_info = 2;
	    inject(INTR_TYPE_NMI_INTR | 2));
	BAD("guest blocked by SMI outside SMM", v.guest_interruptibility_info = 4);
	BAD("NMI injected with NMIs blocked", v.guest_interruptibility_info = 8;
	    v.pin_based_vm_exec_control |= PIN_BASED_NMI_EXITING | PIN_BASED_VIRTUAL_NMIS;
	    inject(INTR_TYPE_NMI_INTR | 2));
	BAD("guest interrupted in an enclave", v.guest_interruptibility_info = 16);
}

TEST(guest_pending_debug_exceptions)
{
	OK(v.guest_pending_dbg_exceptions = 0x500f);
	BAD("guest pending debug exceptions have reserved bits",
	    v.guest_pending_dbg_exceptions = 0x10);
	BAD("guest pending debug exception of RTM",
	    v.guest_pending_dbg_exceptions = 0x10000);
	BAD("guest pending single step against RFLAGS.TF",
	    v.guest_interruptibility_info = 2; v.guest_pending_dbg_exceptions = 0x4000);
	BAD("guest pending single step against RFLAGS.TF",
	    v.guest_interruptibility_info = 2; v.guest_rflags |= X86_EFLAGS_TF);
	OK(v.guest_interruptibility_info = 2; v.guest_rflags |= X86_EFLAGS_TF;
	   v.guest_pending_dbg_exceptions = 0x4000);
	OK(v.guest_interruptibility_info = 2; v.guest_rflags |= X86_EFLAGS_TF;
	   v.guest_ia32_debugctl = 2);
}

TEST(link_pointer)
{
	BAD("VMCS link pointer", v.vmcs_link_pointer = 8);
	CHECK_EQ(f.qual, ENTRY_FAIL_VMCS_LINK_PTR);
	BAD("VMCS link pointer", v.vmcs_link_pointer = 1ull << 40);
	BAD("VMCS link pointer", v.vmcs_link_pointer = 0x1000);
	BAD("VMCS link pointer is the current VMCS", v.vmcs_link_pointer = 0x1000;
	    env.link_readable = true; env.link_is_current = true;
	    env.link_revision = VMCS12_REVISION);
	BAD("revision of the VMCS at the link pointer", v.vmcs_link_pointer = 0x1000;
	    env.link_readable = true; env.link_revision = 7);
	BAD("revision of the VMCS at the link pointer", v.vmcs_link_pointer = 0x1000;
	    env.link_readable = true; env.link_revision = VMCS12_REVISION;
	    cpu2(SECONDARY_EXEC_SHADOW_VMCS));
	OK(v.vmcs_link_pointer = 0x1000; env.link_readable = true;
	   env.link_revision = VMCS12_REVISION);
	OK(v.vmcs_link_pointer = 0x1000; env.link_readable = true;
	   env.link_revision = VMCS12_REVISION | VMCS12_SHADOW_BIT;
	   cpu2(SECONDARY_EXEC_SHADOW_VMCS));
}

TEST(page_directory_pointers)
{
	BAD("guest PDPTEs", ept(0); v.vm_entry_controls &= ~VM_ENTRY_IA32E_MODE;
	    v.guest_cs_ar_bytes = 0xc09b; v.guest_pdptr[3] = 0x3);
	CHECK_EQ(f.qual, ENTRY_FAIL_PDPTE);
	OK(ept(0); v.vm_entry_controls &= ~VM_ENTRY_IA32E_MODE;
	   v.guest_cs_ar_bytes = 0xc09b; v.guest_pdptr[3] = 0x1019;
	   v.guest_pdptr[2] = ~1ull);
	BAD("guest PDPTEs", ept(0); v.vm_entry_controls &= ~VM_ENTRY_IA32E_MODE;
	    v.guest_cs_ar_bytes = 0xc09b; v.guest_pdptr[0] = 1ull << 40 | 1);
}
