// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's side of hvhost.h.
 */
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/sched/smt.h>
#include <linux/string_helpers.h>
#include <linux/timekeeping.h>
#include <asm/processor-flags.h>
#include <asm/tsc.h>
#include "hvhost.h"
#include "tlfs.h"
#include "core/irq.h"
#include "core/l2.h"
#include "core/vcpu.h"

bool hve_host_may_sleep(struct hve_vp *vp)
{
	return !hve_vp_vcpu(vp)->in_window;
}

int hve_host_gpa_read(struct hve_vp *vp, unsigned int vtl, u64 gpa, void *dst,
		      u32 len)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);

	if (unlikely(vcpu->l2_call))
		return hve_l2_call_read(vcpu, gpa, dst, len);
	return hve_gpa_read(vcpu, gpa, dst, len);
}

int hve_host_gpa_write(struct hve_vp *vp, unsigned int vtl, u64 gpa,
		       const void *src, u32 len)
{
	return hve_gpa_write(hve_vp_vcpu(vp), gpa, src, len);
}

bool hve_host_gpn_exists(struct hve_partition *pt, u64 gpn)
{
	struct hve_vm *vm = hve_pt_vm(pt);
	int idx = srcu_read_lock(&vm->srcu);
	const struct hve_memslot *s = hve_gfn_slot(vm, gpn);
	bool exists = s && !(s->flags & KVM_MEM_READONLY);

	srcu_read_unlock(&vm->srcu, idx);
	return exists;
}

static struct hve_vcpu *first_vcpu(struct hve_vm *vm)
{
	unsigned long i = 0;

	return xa_find(&vm->vcpus, &i, ULONG_MAX, XA_PRESENT);
}

u64 hve_host_gpa_limit(struct hve_partition *pt)
{
	struct hve_vcpu *vcpu = first_vcpu(hve_pt_vm(pt));

	return 1ull << (vcpu ? READ_ONCE(vcpu->maxphyaddr) : 36);
}

void *hve_host_overlay_alloc(void)
{
	return (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
}

void hve_host_overlay_free(void *page)
{
	free_page((unsigned long)page);
}

int hve_host_overlay_map(struct hve_partition *pt, unsigned int vtl, u64 gpn,
			 void *page, u32 rights)
{
	return hve_overlay_map(hve_pt_vm(pt), gpn, page, rights);
}

void hve_host_overlay_unmap(struct hve_partition *pt, unsigned int vtl, u64 gpn,
			    void *page)
{
	hve_overlay_unmap(hve_pt_vm(pt), gpn, page);
}

static struct hve_apic *vp_apic(struct hve_vp *vp, unsigned int vtl)
{
	return &hve_vp_vcpu(vp)->vtl[vtl].apic;
}

void hve_host_irq_raise(struct hve_vp *vp, unsigned int vtl, u8 vector,
			bool auto_eoi)
{
	hve_apic_irq_set(vp_apic(vp, vtl), vector,
			 auto_eoi ? HVE_APIC_IRQ_AUTO_EOI : 0);
}

int hve_host_apic_eoi(struct hve_vp *vp, unsigned int vtl)
{
	return hve_vcpu_eoi(hve_vp_vcpu(vp));
}

u64 hve_host_apic_icr_read(struct hve_vp *vp, unsigned int vtl)
{
	return hve_apic_icr_read(vp_apic(vp, vtl));
}

int hve_host_apic_icr_write(struct hve_vp *vp, unsigned int vtl, u64 icr)
{
	return hve_apic_icr_write(vp_apic(vp, vtl), icr) ? -EINVAL : 0;
}

u8 hve_host_apic_tpr_read(struct hve_vp *vp, unsigned int vtl)
{
	return hve_apic_tpr_get(hve_vcpu_apic(hve_vp_vcpu(vp)));
}

void hve_host_apic_tpr_write(struct hve_vp *vp, unsigned int vtl, u8 tpr)
{
	hve_apic_tpr_set(hve_vcpu_apic(hve_vp_vcpu(vp)), tpr);
}

u64 hve_host_apic_freq(struct hve_partition *pt)
{
	return HVE_APIC_TIMER_HZ / hve_pt_vm(pt)->bus.cycle_ns;
}

void hve_host_vp_request(struct hve_vp *vp, unsigned int req)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);

	set_bit(req, &vcpu->vp_requests);
	/* the bit above is seen by whoever sees the one below */
	smp_mb__after_atomic();
	hve_vcpu_request(vcpu, HVE_REQ_VP);
}

u64 hve_host_tsc_now(struct hve_vp *vp)
{
	return hve_tsc_guest(hve_vp_vcpu(vp));
}

u64 hve_host_tsc_freq(struct hve_partition *pt)
{
	return hve_tsc_khz(hve_pt_vm(pt)) * 1000ull;
}

u64 hve_host_tsc_freq_native(struct hve_partition *pt)
{
	return hve_pt_vm(pt)->tsc_khz * 1000ull;
}

int hve_host_tsc_emulate(struct hve_partition *pt, u64 freq)
{
	u64 khz = div_u64(freq, 1000);

	return khz > U32_MAX ? -EINVAL : hve_tsc_emulate(hve_pt_vm(pt), khz);
}

bool hve_host_tsc_is_stable(struct hve_partition *pt)
{
	return !check_tsc_unstable() && !atomic_read(&hve_pt_vm(pt)->tsc_odd);
}

u64 hve_host_clock_pair(struct hve_vp *vp, u64 *tsc)
{
	unsigned long flags;
	u64 ns;

	/* nothing may come between the two */
	local_irq_save(flags);
	ns = ktime_get_mono_fast_ns();
	*tsc = hve_host_tsc_now(vp);
	local_irq_restore(flags);
	return ns;
}

u64 hve_host_vp_runtime_ns(struct hve_vp *vp)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);
	u64 ticks = vcpu->runtime_tsc;

	if (vcpu->in_window)
		ticks += rdtsc() - vcpu->window_tsc;
	return mul_u64_u64_div_u64(ticks, 1000000, tsc_khz);
}

/* In long mode, that implies CR0.PE and excludes EFLAGS.VM; VMCS open. */
static __always_inline enum hve_cpu_mode cpu_mode_long(unsigned int *cpl)
{
	*cpl = vmcs_read(GUEST_SS_AR_BYTES) >> 5 & 3;
	return vmcs_read(GUEST_CS_AR_BYTES) & BIT(13) ? HVE_MODE_LONG64 :
							HVE_MODE_PROT32;
}

static enum hve_cpu_mode cpu_mode(struct hve_vcpu *vcpu, unsigned int *cpl)
{
	if (hve_vmx_long_mode(&cur_vtl(vcpu)->vmx))
		return cpu_mode_long(cpl);
	*cpl = hve_vmx_cpl();
	if (!(vmcs_read(GUEST_CR0) & X86_CR0_PE) ||
	    (vmcs_read(GUEST_RFLAGS) & X86_EFLAGS_VM))
		return HVE_MODE_REAL;
	return HVE_MODE_PROT32;
}

static noinline enum hve_cpu_mode cpu_mode_rare(struct hve_vcpu *vcpu,
						unsigned int *cpl)
{
	enum hve_cpu_mode mode;
	struct hve_window w;

	if (vcpu->in_window)
		return cpu_mode(vcpu, cpl);
	if (hve_vcpu_state_open(vcpu, &w)) {
		*cpl = 0;
		return HVE_MODE_REAL;
	}
	mode = cpu_mode(vcpu, cpl);
	hve_vcpu_state_close(vcpu, &w);
	return mode;
}

enum hve_cpu_mode hve_host_cpu_mode(struct hve_vp *vp, unsigned int *cpl)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);

	if (likely(vcpu->in_window &&
		   hve_vmx_long_mode(&cur_vtl(vcpu)->vmx)))
		return cpu_mode_long(cpl);
	return cpu_mode_rare(vcpu, cpl);
}

void hve_host_xmm_read(struct hve_vp *vp, void *dst)
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		hve_fpu_xmm_get(hve_vp_vcpu(vp), i, dst + 16 * i);
}

void hve_host_xmm_write(struct hve_vp *vp, const void *src)
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		hve_fpu_xmm_set(hve_vp_vcpu(vp), i, src + 16 * i, false);
}

void hve_host_yield(struct hve_vp *vp)
{
	yield();
}

struct hve_vp *hve_host_vp_by_apic_id(struct hve_partition *pt, u32 apic_id)
{
	struct hve_vcpu *vcpu = hve_vm_vcpu(hve_pt_vm(pt), apic_id);

	return vcpu ? &vcpu->vp : NULL;
}

/*
 * A target that runs must be out of the guest before this returns; one that
 * does not finds the request when it runs again, and is not woken.
 */
static void flush_target(struct hve_vcpu *vcpu, bool wait, bool keep_global)
{
	set_bit(keep_global ? HVE_REQ_FLUSH_LOCAL : HVE_REQ_FLUSH,
		&vcpu->requests);
	smp_mb__after_atomic();	/* the request before the look at mode */
	if (wait)
		hve_vcpu_wait_out(vcpu);
}

/* Is it in the guest, and somebody has to wait until it is not? */
static bool flush_waits(struct hve_vcpu *self, struct hve_vcpu *vcpu)
{
	return vcpu != self && READ_ONCE(vcpu->mode) == HVE_IN_WINDOW;
}

static void flush_one(struct hve_vcpu *self, struct hve_vcpu *vcpu,
		      bool keep_global)
{
	if (vcpu != self || !self->in_window)
		flush_target(vcpu, !self->in_window, keep_global);
	else if (keep_global)
		hve_vmx_flush_vpid_local(&cur_vtl(self)->vmx);
	else
		hve_vmx_flush_vpid(&cur_vtl(self)->vmx);
}

static int flush_all(struct hve_vcpu *self, bool keep_global)
{
	struct hve_vcpu *vcpu;
	unsigned long i;

	if (self->in_window)
		xa_for_each(&self->vm->vcpus, i, vcpu)
			if (flush_waits(self, vcpu))
				return -EAGAIN;
	xa_for_each(&self->vm->vcpus, i, vcpu)
		flush_one(self, vcpu, keep_global);
	return 0;
}

/* Those of the guests of this guest */
static int flush_l2(struct hve_vcpu *self)
{
	struct hve_vcpu *vcpu;
	unsigned long i;

	if (self->in_window)
		xa_for_each(&self->vm->vcpus, i, vcpu)
			if (flush_waits(self, vcpu))
				return -EAGAIN;
	xa_for_each(&self->vm->vcpus, i, vcpu) {
		if (vcpu == self && self->in_window) {
			hve_l2_flush(self);
			continue;
		}
		set_bit(HVE_REQ_FLUSH_L2, &vcpu->requests);
		smp_mb__after_atomic();	/* as in flush_target() */
		if (!self->in_window)
			hve_vcpu_wait_out(vcpu);
	}
	return 0;
}

/* By index, which the VMM sets before a VP has run: nothing to flush then. */
static struct hve_vcpu *flush_vcpu(struct hve_partition *pt, u32 index)
{
	struct hve_vp *vp;

	/* pairs with the release when the VP was published */
	vp = smp_load_acquire(&pt->vps[index]);
	return vp ? hve_vp_vcpu(vp) : NULL;
}

int hve_host_tlb_flush(struct hve_vp *vp, unsigned int vtl,
		       const unsigned long *vps, const u64 *gvas,
		       unsigned int nr_gvas, bool keep_global)
{
	struct hve_vcpu *self = hve_vp_vcpu(vp), *vcpu;
	u32 limit = READ_ONCE(vp->pt->vp_limit), i;

	if (unlikely(self->l2_call))
		return flush_l2(self);
	if (!vps)
		return flush_all(self, keep_global);
	/* waiting for others needs interrupts on */
	if (self->in_window) {
		for_each_set_bit(i, vps, limit) {
			vcpu = flush_vcpu(vp->pt, i);
			if (vcpu && flush_waits(self, vcpu))
				return -EAGAIN;
		}
	}
	for_each_set_bit(i, vps, limit) {
		vcpu = flush_vcpu(vp->pt, i);
		if (vcpu)
			flush_one(self, vcpu, keep_global);
	}
	return 0;
}

int hve_host_l2_flush(struct hve_vp *vp, u64 space)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);

	if (!vcpu->nested)
		return -ENODEV;
	hve_shadow_flush_space(&vcpu->vm->mmu, space);
	return 0;
}

bool hve_host_cr3_is_valid(struct hve_vp *vp, u64 cr3)
{
	return hve_cr3_valid(hve_vp_vcpu(vp), cr3);
}

int hve_host_cr3_load(struct hve_vp *vp, unsigned int vtl, u64 cr3)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);

	if (!hve_cr3_valid(vcpu, cr3))
		return -EINVAL;
	return hve_cr3_load(vcpu, cr3);
}

int hve_host_cpuid(struct hve_vp *vp, u32 leaf, struct hve_cpuid_regs *out)
{
	const struct kvm_cpuid_entry2 *e;

	e = hve_cpuid_find(hve_vp_vcpu(vp), leaf, 0);
	if (!e)
		return -ENOENT;
	*out = (struct hve_cpuid_regs){ e->eax, e->ebx, e->ecx, e->edx };
	return 0;
}

void hve_host_idle(struct hve_vp *vp)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);

	/* nobody here would know of an interrupt: an idle that ends at once */
	if (!vcpu->vm->lapic_in_kernel)
		return;
	/* likewise with an interrupt that is there already */
	vcpu->mp_state = KVM_MP_STATE_HALTED;
	vcpu->idle = true;
}

#define CRASH_LINE	120

/* A line of a guest's text: printable ASCII as it is. */
static void crash_line(const struct hve_vcpu *vcpu, const char *text, u32 len)
{
	char buf[4 * CRASH_LINE];
	int n;

	n = string_escape_mem(text, min_t(u32, len, CRASH_LINE), buf,
			      sizeof(buf), ESCAPE_SPACE | ESCAPE_SPECIAL |
			      ESCAPE_OCTAL | ESCAPE_NAP, NULL);
	pr_info("%s: guest: %.*s\n", vcpu->vm->label,
		min_t(int, n, sizeof(buf)), buf);
}

void hve_host_crash_log(struct hve_vp *vp, u64 ctl, const u64 *param,
			const char *text, u32 len)
{
	static DEFINE_RATELIMIT_STATE(limit, 60 * HZ, 10);
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);
	const char *end = text + len;

	if (!__ratelimit(&limit))
		return;
	pr_info("%s: VP %u: guest crash%s (pre-OS id %u), ctl %#llx, parameters %#llx %#llx %#llx %#llx %#llx\n",
		vcpu->vm->label, vp->vp_index,
		ctl & HV_CRASH_CTL_NO_CRASH_DUMP ? " without a dump" : "",
		(unsigned int)((ctl & HV_CRASH_CTL_PRE_OS_ID_MASK) >>
			       HV_CRASH_CTL_PRE_OS_ID_SHIFT), ctl, param[0],
		param[1], param[2], param[3], param[4]);
	while (text && text < end) {
		const char *nl = memchr(text, '\n', end - text) ?: end;

		crash_line(vcpu, text, nl - text);
		text = nl + 1;
	}
}

u32 hve_host_phys_bits(void)
{
	return boot_cpu_data.x86_phys_bits;
}

bool hve_host_eoi_is_free(void)
{
	return hve_vmx_caps.vid;
}

u32 hve_host_lp_count(void)
{
	return num_possible_cpus();
}

bool hve_host_smt_is_possible(void)
{
	return sched_smt_active() || cpu_smt_possible();
}

static enum hrtimer_restart vp_timer_fn(struct hrtimer *timer)
{
	struct hve_vcpu *vcpu = container_of(timer, struct hve_vcpu, vp_timer);

	hve_host_vp_request(&vcpu->vp, HVE_VP_REQ_STIMER);
	return HRTIMER_NORESTART;
}

/* Shorter ones would leave the guest no time between two. */
#define RUN_TIMER_MIN_NS	20000ull

static enum hrtimer_restart run_timer_fn(struct hrtimer *timer)
{
	struct hve_vcpu *vcpu = container_of(timer, struct hve_vcpu, run_timer);

	hve_host_vp_request(&vcpu->vp, HVE_VP_REQ_UNHALTED);
	return HRTIMER_NORESTART;
}

/*
 * What the clock counts between two exits is more than what the guest runs:
 * an early timer is started again for the rest.
 */
void hve_run_timer_start(struct hve_vcpu *vcpu)
{
	u64 now = hve_host_vp_runtime_ns(&vcpu->vp), due = vcpu->run_due_ns;
	u64 ns = due > now ? due - now : 0;

	if (hrtimer_active(&vcpu->run_timer))
		return;
	hrtimer_start(&vcpu->run_timer,
		      ns_to_ktime(clamp(ns, RUN_TIMER_MIN_NS, 3600 * NSEC_PER_SEC)),
		      HRTIMER_MODE_REL_HARD);
}

void hve_run_timer_stop(struct hve_vcpu *vcpu)
{
	hrtimer_try_to_cancel(&vcpu->run_timer);
}

void hve_host_runtime_timer(struct hve_vp *vp, u64 ns)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);

	/* started with the new time when the guest runs */
	hve_run_timer_stop(vcpu);
	vcpu->run_due_ns = ns;
}

void hve_host_nmi_raise(struct hve_vp *vp, unsigned int vtl)
{
	hve_apic_nmi_set(vp_apic(vp, vtl));
}

void hve_host_desc_exits(struct hve_vp *vp, bool on)
{
	hve_vp_vcpu(vp)->desc_exits = on;
}

bool hve_host_desc_exits_exist(void)
{
	return hve_vmx_caps.desc_exits;
}

void hve_vp_timer_init(struct hve_vcpu *vcpu)
{
	hrtimer_setup(&vcpu->run_timer, run_timer_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	hrtimer_setup(&vcpu->vp_timer, vp_timer_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
}

void hve_host_timer_arm(struct hve_vp *vp, u64 ns)
{
	hrtimer_start(&hve_vp_vcpu(vp)->vp_timer, ns_to_ktime(ns),
		      HRTIMER_MODE_ABS_HARD);
}

void hve_host_timer_cancel(struct hve_vp *vp)
{
	hrtimer_try_to_cancel(&hve_vp_vcpu(vp)->vp_timer);
}

void hve_host_sint_acked(struct hve_vp *vp, u32 sints)
{
	hve_irqfd_sints_acked(hve_vp_vcpu(vp)->vm, READ_ONCE(vp->vp_index),
			      sints);
}
