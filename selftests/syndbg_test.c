// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic debugger: its registers and calls leave to the VMM, which is
 * the transport (KVM_EXIT_HYPERV), and are there only when the VMM says so in
 * leaf 0x40000082.
 */
#include <string.h>

#include "bare.h"
#include "hvdef.h"

#define PAGE		(BARE_FREE + 0x10000)
#define SEND		(BARE_FREE + 0x20000)
#define RECV		(BARE_FREE + 0x21000)
#define PENDING		(BARE_FREE + 0x22000)
#define CONTROL_SEND	(1 | 5 << 16)
#define STATUS_SENT	(1 | 5 << 16)

static bool on_kvm;

static uint64_t *mem(uint64_t gpa)
{
	return (uint64_t *)gpa;
}

static void registers(void)
{
	memcpy(mem(SEND), "hello", 5);
	wrmsr(HV_X64_MSR_SYNDBG_SEND_BUFFER, SEND);
	wrmsr(HV_X64_MSR_SYNDBG_RECV_BUFFER, RECV);
	g_eq(rdmsr(HV_X64_MSR_SYNDBG_SEND_BUFFER), SEND, "SEND_BUFFER keeps its value");
	g_eq(rdmsr(HV_X64_MSR_SYNDBG_STATUS), 0, "STATUS begins with 0");
	wrmsr(HV_X64_MSR_SYNDBG_PENDING_BUFFER, PENDING);
	wrmsr(HV_X64_MSR_SYNDBG_CONTROL, CONTROL_SEND);
	g_eq(rdmsr(HV_X64_MSR_SYNDBG_CONTROL), CONTROL_SEND, "CONTROL keeps its value");
	g_eq(rdmsr(HV_X64_MSR_SYNDBG_STATUS), STATUS_SENT, "STATUS is the VMM's answer");
	g_eq(*mem(PENDING), 1, "the VMM wrote to the page of PENDING_BUFFER");
}

static void calls(void)
{
	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0x8100000000000001ull);
	wrmsr(HV_X64_MSR_HYPERCALL, PAGE | HV_MSR_ENABLE);
	g_eq(hv_call(mem(PAGE), HVCALL_RESET_DEBUG_SESSION, 0, 0),
	     HV_STATUS_OPERATION_DENIED, "calls have to be chosen");
	wrmsr(HV_X64_MSR_SYNDBG_OPTIONS, HV_SYNDBG_USE_HCALLS);
	g_eq(rdmsr(HV_X64_MSR_SYNDBG_OPTIONS), HV_SYNDBG_USE_HCALLS, "OPTIONS keeps its value");
	g_eq(hv_call(mem(PAGE), HVCALL_RESET_DEBUG_SESSION, 0, 0), HV_STATUS_SUCCESS,
	     "ResetDebugSession");
	mem(SEND)[0] = 5;
	memcpy(mem(SEND) + 1, "hello", 5);
	mem(RECV)[0] = -1ull;
	g_eq(hv_call(mem(PAGE), HVCALL_POST_DEBUG_DATA, SEND, RECV), HV_STATUS_SUCCESS,
	     "PostDebugData");
	g_eq(mem(RECV)[0], 0xffffffff00000000ull, "all of it was taken");
	mem(SEND)[0] = 5;
	g_eq(hv_call(mem(PAGE), HVCALL_RETRIEVE_DEBUG_DATA, SEND, RECV), HV_STATUS_SUCCESS,
	     "RetrieveDebugData");
	g_ok(mem(RECV)[0] == 5 && !memcmp(mem(RECV) + 1, "world", 5), "and here they are");
	if (on_kvm)
		return;
	g_eq(hv_call(mem(PAGE), HVCALL_POST_DEBUG_DATA, SEND + 4, RECV),
	     HV_STATUS_INVALID_ALIGNMENT, "PostDebugData: misaligned input");
	g_eq(hv_call(mem(PAGE), HVCALL_RETRIEVE_DEBUG_DATA, SEND + 0xff8, RECV),
	     HV_STATUS_INVALID_ALIGNMENT, "RetrieveDebugData: input across pages");
	g_eq(hv_call(mem(PAGE), HVCALL_RETRIEVE_DEBUG_DATA, SEND, RECV + 4),
	     HV_STATUS_INVALID_ALIGNMENT, "RetrieveDebugData: misaligned output");
	g_eq(hv_call(mem(PAGE), HVCALL_POST_DEBUG_DATA | 1ull << 32, SEND, RECV),
	     HV_STATUS_INVALID_HYPERCALL_INPUT, "PostDebugData: no rep call");
	g_eq(hv_call(mem(PAGE), HVCALL_POST_DEBUG_DATA | 1 << 16, SEND, RECV),
	     HV_STATUS_INVALID_PARAMETER, "PostDebugData: no fast call");
}

static void guest_main(uint64_t arg)
{
	registers();
	calls();
}

static void guest_without(uint64_t arg)
{
	uint64_t val;

	g_eq(rdmsr_safe(HV_X64_MSR_SYNDBG_STATUS, &val), VECTOR_GP, "registers: not offered, #GP");
	g_eq(wrmsr_safe(HV_X64_MSR_SYNDBG_OPTIONS, 0), VECTOR_GP, "OPTIONS: not offered, #GP");
	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0x8100000000000001ull);
	wrmsr(HV_X64_MSR_HYPERCALL, PAGE | HV_MSR_ENABLE);
	g_eq(hv_call(mem(PAGE), HVCALL_POST_DEBUG_DATA, SEND, RECV),
	     HV_STATUS_INVALID_HYPERCALL_CODE, "calls: not offered, status 2");
}

static void transport_msr(struct vmm *vmm, struct kvm_hyperv_exit *h)
{
	static bool pending;

	ktap_ok(h->u.syndbg.send_page == SEND && h->u.syndbg.recv_page == RECV &&
		h->u.syndbg.pending_page == PENDING, "the VMM is told all pages");
	if (h->u.syndbg.msr == HV_X64_MSR_SYNDBG_PENDING_BUFFER) {
		pending = true;
		h->u.syndbg.status = 0x77;	/* no answer to this one */
		*(uint8_t *)vmm_gpa(vmm, PENDING, 8) = 1;
		return;
	}
	ktap_ok(h->u.syndbg.msr == HV_X64_MSR_SYNDBG_CONTROL && pending,
		"exits for PENDING_BUFFER and CONTROL, in this order");
	ktap_eq(h->u.syndbg.control, CONTROL_SEND, "CONTROL as the guest wrote it");
	ktap_eq(h->u.syndbg.status, 0, "STATUS as it is");
	ktap_ok(!memcmp(vmm_gpa(vmm, SEND, 8), "hello", 5), "the packet is there");
	h->u.syndbg.status = STATUS_SENT;
}

static void transport_call(struct vmm *vmm, struct kvm_hyperv_exit *h)
{
	uint32_t *in = vmm_gpa(vmm, SEND, 4096), *out = vmm_gpa(vmm, RECV, 4096);

	h->u.hcall.result = HV_STATUS_SUCCESS;
	switch (h->u.hcall.input & 0xffff) {
	case HVCALL_RESET_DEBUG_SESSION:
		break;
	case HVCALL_POST_DEBUG_DATA:
		ktap_ok(h->u.hcall.params[0] == SEND && h->u.hcall.params[1] == RECV &&
			in[0] == 5 && !memcmp(in + 2, "hello", 5), "the VMM has the data");
		out[0] = 0;
		break;
	case HVCALL_RETRIEVE_DEBUG_DATA:
		out[0] = 5;
		out[1] = 0;
		memcpy(out + 2, "world", 5);
		break;
	default:
		ktap_ok(false, "unexpected call %#llx", (unsigned long long)h->u.hcall.input);
	}
}

static void test(bool offered)
{
	struct kvm_cpuid_entry2 *e;
	struct cpuid_table t;
	enum bare_stop stop;
	struct vmm vmm;
	struct vp *vp;

	bare_create(&vmm, 1, BARE_NO_CPUID);
	vp = &vmm.vp[0];
	on_kvm = vmm.is_kvm;
	guest_var(&vmm, on_kvm) = on_kvm;
	cpuid_supported(&vmm, &t);
	cpuid_hyperv(&vmm, vp, &t);
	cpuid_topology(&t, 0, 1);
	e = cpuid_find(&t, 0x40000082, 0);
	if (!e || !(e->eax & 2))
		ktap_skip_all("no synthetic debugger");
	ktap_ok(cpuid_find(&t, 0x40000081, 0)->eax == 0x31235356, "leaf 0x40000081 is VS#1");
	if (!offered)
		e->eax = 0;
	if (vmm.is_kvm)
		vmm_enable_cap(vp->fd, KVM_CAP_HYPERV_ENFORCE_CPUID, 1);
	vp_set_cpuid(vp, &t);
	bare_start(vp, offered ? guest_main : guest_without, 0);
	while ((stop = bare_run(vp)) == BARE_EXIT &&
	       vp->run->exit_reason == KVM_EXIT_HYPERV) {
		if (vp->run->hyperv.type == KVM_EXIT_HYPERV_SYNDBG)
			transport_msr(&vmm, &vp->run->hyperv);
		else
			transport_call(&vmm, &vp->run->hyperv);
	}
	ktap_ok(stop == BARE_DONE, "the guest came to its end");
	vmm_destroy(&vmm);
}

int main(void)
{
	ktap_start(120);
	test(true);
	test(false);
	return ktap_finish();
}
