// SPDX-License-Identifier: GPL-2.0
/*
 * Exits to the VMM: fill kvm_run, and complete the instruction at the next
 * KVM_RUN.  The page is shared: nothing in it is trusted, and each answer is
 * read once.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include "uapi/hvemu.h"
#include "hvhost.h"
#include "tlfs.h"
#include "core/exit.h"
#include "core/vcpu.h"

static_assert(HVE_PIO_PAGE * PAGE_SIZE == HVEMU_FAIL_ENTRY_OFFSET);

static void *pio_page(struct hve_vcpu *vcpu)
{
	return (void *)vcpu->run + HVE_PIO_PAGE * PAGE_SIZE;
}

/* The VMM may have moved RIP meanwhile: then it has completed it itself. */
static bool still_there(struct hve_vcpu *vcpu)
{
	return vcpu->regs.rip == vcpu->pio_rip;
}

static int complete_out(struct hve_vcpu *vcpu)
{
	if (still_there(vcpu))
		hve_skip_insn(vcpu);
	return 0;
}

static int complete_in(struct hve_vcpu *vcpu)
{
	u64 *rax = &vcpu->regs.gpr[REG_RAX], val = 0;

	if (!still_there(vcpu))
		return 0;
	memcpy(&val, pio_page(vcpu), vcpu->io_size);
	/* a 4-byte IN clears the upper half, smaller ones keep it */
	if (vcpu->io_size == 4)
		*rax = val;
	else
		memcpy(rax, &val, vcpu->io_size);
	hve_skip_insn(vcpu);
	return 0;
}

enum hve_action hve_user_io(struct hve_vcpu *vcpu, bool in, u8 size, u16 port)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = in ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = size;
	run->io.port = port;
	run->io.count = 1;
	run->io.data_offset = HVE_PIO_PAGE * PAGE_SIZE;
	if (!in) /* and what is behind it */
		*(u32 *)pio_page(vcpu) = vcpu->regs.gpr[REG_RAX] &
					 GENMASK(size * 8 - 1, 0);
	vcpu->io_size = size;
	vcpu->note_rip = true;
	vcpu->complete = in ? complete_in : complete_out;
	return HVE_TO_USER;
}

enum hve_action hve_user_internal_error(struct hve_vcpu *vcpu, u32 suberror,
					u64 data0, u64 data1)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = suberror;
	run->internal.ndata = 2;
	run->internal.data[0] = data0;
	run->internal.data[1] = data1;
	return HVE_TO_USER;
}

/* An exit that cannot be handled came out of the delivery of an event. */
enum hve_action hve_user_delivery_error(struct hve_vcpu *vcpu)
{
	const struct hve_exit *exit = &vcpu->exit;
	struct kvm_run *run = vcpu->run;

	hve_user_internal_error(vcpu, KVM_INTERNAL_ERROR_DELIVERY_EV,
				exit->idtv_info, exit->reason);
	run->internal.data[2] = exit->qual;
	run->internal.data[3] = exit->gpa;
	run->internal.data[4] = vcpu->cpu;
	run->internal.ndata = 5;
	return HVE_TO_USER;
}

enum hve_action hve_user_shutdown(struct hve_vcpu *vcpu)
{
	vcpu->run->exit_reason = KVM_EXIT_SHUTDOWN;
	return HVE_TO_USER;
}

enum hve_action hve_user_hlt(struct hve_vcpu *vcpu)
{
	vcpu->run->exit_reason = KVM_EXIT_HLT;
	return HVE_TO_USER;
}

/*
 * The name of the check goes into the PIO page, where a VMM that knows hvemu
 * finds it (include/uapi/hvemu.h), and into the log.
 */
enum hve_action hve_user_fail_entry(struct hve_vcpu *vcpu, u64 reason,
				    const char *what)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	run->fail_entry.hardware_entry_failure_reason = reason;
	run->fail_entry.cpu = raw_smp_processor_id();
	strscpy(pio_page(vcpu), what, PAGE_SIZE);
	return HVE_TO_USER;
}

static int complete_hcall(struct hve_vcpu *vcpu)
{
	u64 result = READ_ONCE(vcpu->run->hyperv.u.hcall.result);

	hve_tlfs_hypercall_complete(&vcpu->vp, vcpu->regs.gpr, result);
	hve_skip_insn(vcpu);
	return 0;
}

static int complete_syndbg(struct hve_vcpu *vcpu)
{
	u64 status = READ_ONCE(vcpu->run->hyperv.u.syndbg.status);

	hve_tlfs_syndbg_status(&vcpu->vp, status);
	return 0;
}

static void fill_syndbg(struct hve_vcpu *vcpu, const struct hve_user_exit *ue)
{
	struct kvm_run *run = vcpu->run;

	run->hyperv.type = KVM_EXIT_HYPERV_SYNDBG;
	run->hyperv.u.syndbg.msr = ue->syndbg.msr;
	run->hyperv.u.syndbg.control = ue->syndbg.reg[0];
	run->hyperv.u.syndbg.status = ue->syndbg.reg[1];
	run->hyperv.u.syndbg.send_page = ue->syndbg.reg[2];
	run->hyperv.u.syndbg.recv_page = ue->syndbg.reg[3];
	run->hyperv.u.syndbg.pending_page = ue->syndbg.reg[4];
	/* api.rst: "status" is the answer to a write of CONTROL */
	if (ue->syndbg.msr == HV_X64_MSR_SYNDBG_CONTROL)
		vcpu->complete = complete_syndbg;
}

static void fill_hyperv(struct hve_vcpu *vcpu, const struct hve_user_exit *ue)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_HYPERV;
	if (ue->kind == HVE_USER_HCALL) {
		run->hyperv.type = KVM_EXIT_HYPERV_HCALL;
		run->hyperv.u.hcall.input = ue->hcall.input;
		run->hyperv.u.hcall.params[0] = ue->hcall.params[0];
		run->hyperv.u.hcall.params[1] = ue->hcall.params[1];
		vcpu->complete = complete_hcall;
	} else if (ue->kind == HVE_USER_SYNDBG) {
		fill_syndbg(vcpu, ue);
	} else {
		run->hyperv.type = KVM_EXIT_HYPERV_SYNIC;
		run->hyperv.u.synic.msr = ue->synic.msr;
		run->hyperv.u.synic.control = ue->synic.control;
		run->hyperv.u.synic.evt_page = ue->synic.evt_page;
		run->hyperv.u.synic.msg_page = ue->synic.msg_page;
	}
}

static void fill_system_event(struct hve_vcpu *vcpu,
			      const struct hve_user_exit *ue)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	run->system_event.ndata = 0;
	if (ue->kind == HVE_USER_RESET) {
		run->system_event.type = KVM_SYSTEM_EVENT_RESET;
		return;
	}
	run->system_event.type = KVM_SYSTEM_EVENT_CRASH;
	run->system_event.ndata = 1;
	run->system_event.data[0] = ue->crash.ctl;
}

enum hve_action hve_user_pending(struct hve_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	if (vcpu->eoi_pending) {
		vcpu->eoi_pending = false;
		run->exit_reason = KVM_EXIT_IOAPIC_EOI;
		run->eoi.vector = vcpu->eoi_vector;
	} else if (vcpu->ue_valid) {
		vcpu->ue_valid = false;
		if (vcpu->user_exit.kind == HVE_USER_RESET ||
		    vcpu->user_exit.kind == HVE_USER_CRASH)
			fill_system_event(vcpu, &vcpu->user_exit);
		else
			fill_hyperv(vcpu, &vcpu->user_exit);
	}
	vcpu->user_exit_pending = vcpu->ue_valid || vcpu->eoi_pending;
	return HVE_TO_USER;
}

void hve_host_user_exit(struct hve_vp *vp, const struct hve_user_exit *ue)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);

	vcpu->user_exit = *ue;
	vcpu->ue_valid = true;
	vcpu->user_exit_pending = true;
}

static int complete_msr(struct hve_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	u64 data;

	if (READ_ONCE(run->msr.error)) {
		hve_queue_gp(vcpu);
		return 0;
	}
	if (!vcpu->io_in) {
		hve_skip_insn(vcpu);
		return 0;
	}
	data = READ_ONCE(run->msr.data);
	vcpu->regs.gpr[REG_RAX] = (u32)data;
	vcpu->regs.gpr[REG_RDX] = data >> 32;
	hve_skip_insn(vcpu);
	return 0;
}

enum hve_action hve_user_msr(struct hve_vcpu *vcpu, bool write, u32 msr,
			     u64 data, u32 why)
{
	struct kvm_run *run = vcpu->run;

	if (!(vcpu->vm->user_msr_mask & why)) {
		hve_queue_gp(vcpu);
		return HVE_RESUME;
	}
	run->exit_reason = write ? KVM_EXIT_X86_WRMSR : KVM_EXIT_X86_RDMSR;
	run->msr.error = 0;
	memset(run->msr.pad, 0, sizeof(run->msr.pad));
	run->msr.reason = why;
	run->msr.index = msr;
	run->msr.data = data;
	vcpu->io_in = !write;
	vcpu->complete = complete_msr;
	return HVE_TO_USER;
}
