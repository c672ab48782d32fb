// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a vCPU, and how others reach it.
 */
#include <linux/kernel.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>
#include "tlfs.h"
#include "core/board.h"
#include "core/l2.h"
#include "core/vcpu.h"

static int alloc_parts(struct hve_vcpu *vcpu)
{
	int r;

	vcpu->run = alloc_pages_exact(HVE_VCPU_PAGES * PAGE_SIZE,
				      GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!vcpu->run)
		return -ENOMEM;
	vcpu->run_page = virt_to_page(vcpu->run);
	vcpu->emul.cache = kcalloc(HVE_EMUL_NR_CACHED,
				   sizeof(*vcpu->emul.cache),
				   GFP_KERNEL_ACCOUNT);
	if (!vcpu->emul.cache)
		return -ENOMEM;
	r = hve_fpu_create(vcpu);
	if (r)
		return r;
	return hve_vmx_create(&vcpu->vtl[0].vmx);
}

/* Power-on values of what is not in the VMCS. */
static void first_state(struct hve_vcpu *vcpu, bool bsp)
{
	struct hve_vmx *vmx = &vcpu->vtl[0].vmx;

	/* #AC and #DB: a guest could loop for ever in their delivery */
	vmx->exception_bitmap = HVE_EXCEPTIONS;
	vmx->pause_runs = vcpu->vm->exits_off & KVM_X86_DISABLE_EXITS_PAUSE;
	hve_cpuid_reset(vcpu);
	vcpu->xcr0 = 1;
	vcpu->mp_state = bsp || !vcpu->vm->lapic_in_kernel ?
			 KVM_MP_STATE_RUNNABLE : KVM_MP_STATE_UNINITIALIZED;
	set_bit(HVE_REQ_TSC, &vcpu->requests);
	hve_msr_reset(vcpu, false);
	hve_msr_bitmap_init(vcpu);
}

struct hve_vcpu *hve_vcpu_create(struct hve_vm *vm, u32 id)
{
	bool bsp = id == vm->bsp_id;
	struct hve_vcpu *vcpu;
	int r;

	lockdep_assert_held(&vm->lock);
	vcpu = kvzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);
	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	vcpu->vm = vm;
	vcpu->id = id;
	mutex_init(&vcpu->mutex);
	rcuwait_init(&vcpu->wait);
	hve_vp_timer_init(vcpu);
	r = alloc_parts(vcpu);
	if (r)
		goto free;
	hve_apic_init(&vcpu->vtl[0].apic, &vm->bus, id, bsp);
	hve_apic_timer_always(&vcpu->vtl[0].apic, !hve_vmx_caps.preempt_timer);
	first_state(vcpu, bsp);
	r = hve_apic_attach(&vcpu->vtl[0].apic);
	if (r)
		goto free;
	/* from vp_init on others can reach it: nothing may fail behind it */
	r = xa_reserve(&vm->vcpus, id, GFP_KERNEL_ACCOUNT);
	if (r)
		goto free;
	r = hve_tlfs_vp_init(&vcpu->vp, &vm->pt, id);
	if (r)
		goto release;
	xa_store(&vm->vcpus, id, vcpu, GFP_KERNEL_ACCOUNT);
	vm->nr_vcpus++;
	return vcpu;

release:
	xa_release(&vm->vcpus, id);
free:
	hve_apic_destroy(&vcpu->vtl[0].apic);
	hve_vmx_destroy(&vcpu->vtl[0].vmx);
	hve_fpu_destroy(vcpu);
	kfree(vcpu->emul.cache);
	if (vcpu->run)
		free_pages_exact(vcpu->run, HVE_VCPU_PAGES * PAGE_SIZE);
	kvfree(vcpu);
	return ERR_PTR(r);
}

void hve_vcpu_destroy(struct hve_vcpu *vcpu)
{
	hve_tlfs_vp_destroy(&vcpu->vp);
	hrtimer_cancel(&vcpu->vp_timer);
	hrtimer_cancel(&vcpu->run_timer);
	hve_apic_destroy(&vcpu->vtl[0].apic);
	hve_vcpu_nested_free(vcpu);
	hve_vmx_destroy(&vcpu->vtl[0].vmx);
	hve_fpu_destroy(vcpu);
	kfree(vcpu->emul.cache);
	hve_mmu_cache_free(&vcpu->mmu_cache);
	if (vcpu->task)
		put_task_struct(vcpu->task);
	free_pages_exact(vcpu->run, HVE_VCPU_PAGES * PAGE_SIZE);
	kvfree(vcpu->cpuid);
	kfree(vcpu->mce);
	kvfree(vcpu);
}

void hve_vcpu_kick(struct hve_vcpu *vcpu)
{
	struct task_struct *task;

	/* what was written comes before the look at mode and wait */
	smp_mb();
	rcuwait_wake_up(&vcpu->wait);
	if (READ_ONCE(vcpu->mode) != HVE_IN_WINDOW)
		return;
	rcu_read_lock();
	task = READ_ONCE(vcpu->task);
	if (task && task != current)
		kick_process(task);
	rcu_read_unlock();
}

static void left_the_guest(void *unused)
{
}

/* The IPI ends the guest's run; it is answered once the window is closed. */
void hve_vcpu_wait_out(struct hve_vcpu *vcpu)
{
	/* pairs with the release when it leaves the window */
	if (smp_load_acquire(&vcpu->mode) == HVE_IN_WINDOW)
		smp_call_function_single(READ_ONCE(vcpu->cpu), left_the_guest,
					 NULL, 1);
}

void hve_vcpu_request(struct hve_vcpu *vcpu, unsigned int req)
{
	set_bit(req, &vcpu->requests);
	hve_vcpu_kick(vcpu);
}

void hve_apic_host_kick(struct hve_apic *apic)
{
	struct hve_vcpu *vcpu = hve_apic_vcpu(apic);

	if (vcpu->in_window && vcpu->task == current)
		return;
	hve_vcpu_kick(vcpu);
}

void hve_apic_host_eoi(struct hve_apic *apic, u8 vector)
{
	struct hve_vcpu *vcpu = hve_apic_vcpu(apic);

	if (vcpu->vm->board) {
		hve_board_eoi(vcpu, vector);
		return;
	}
	if (!test_bit(vector, vcpu->eoi_exit))
		return;
	vcpu->eoi_vector = vector;
	vcpu->eoi_pending = true;
	vcpu->user_exit_pending = true;
}

u64 hve_apic_host_guest_to_host_tsc(struct hve_apic *apic, u64 guest_tsc)
{
	return hve_tsc_to_host(hve_apic_vcpu(apic), guest_tsc);
}

int hve_vcpu_state_open(struct hve_vcpu *vcpu, struct hve_window *w)
{
	struct hve_mmu *mmu = &vcpu->vm->mmu;
	int r;

	local_irq_disable();
	r = hve_vmx_open(&cur_vtl(vcpu)->vmx, w, &vcpu->regs,
			 hve_vcpu_eptp(vcpu), atomic64_read(&mmu->gen));
	if (r)
		local_irq_enable();
	return r;
}

void hve_vcpu_state_close(struct hve_vcpu *vcpu, struct hve_window *w)
{
	hve_vmx_close(&cur_vtl(vcpu)->vmx, w, &vcpu->regs);
	local_irq_enable();
}

/* SDM, "Processor State After Reset", column INIT. */
void hve_vcpu_init_signal(struct hve_vcpu *vcpu)
{
	struct hve_window w;

	if (hve_vcpu_state_open(vcpu, &w))
		return;
	hve_vmx_reset_guest(&cur_vtl(vcpu)->vmx, &vcpu->regs);
	vcpu->regs.dirty = false;
	vmcs_write(GUEST_RIP, vcpu->regs.rip);
	vmcs_write(GUEST_RSP, 0);
	vmcs_write(GUEST_RFLAGS, vcpu->regs.rflags);
	hve_vcpu_state_close(vcpu, &w);
	memset(&vcpu->ev, 0, sizeof(vcpu->ev));
	hve_apic_reset(&cur_vtl(vcpu)->apic, true);
	hve_msr_reset(vcpu, true);
	hve_tlfs_vp_reset(&vcpu->vp);
	vcpu->eoi_assist = false;
}
