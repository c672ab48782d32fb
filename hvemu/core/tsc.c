// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's TSC: the host's and one offset for all vCPUs, read by the guest
 * itself, and scaled by the processor where the VMM wants another frequency
 * (SDM, "TSC Scaling"): what it then runs at is called native here.  After a
 * migration to a host of another frequency, and only until a guest that asked
 * for it has adapted, it is scaled here instead: RDTSC, RDTSCP and RDMSR exit
 * then (TLFS nested-virtualization.md, "TSC Emulation").
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/seqlock.h>
#include <asm/msr-index.h>
#include <asm/tsc.h>
#include "tlfs.h"
#include "core/l2.h"
#include "core/msr.h"
#include "core/vcpu.h"
#include "core/vm.h"

/* Ratios are 16.48; frequencies differ by at most this factor. */
#define RATIO_SHIFT	48
#define RATIO_MAX	64

/* Beyond it is never; products with a ratio fit. */
#define SPAN_MAX	BIT_ULL(56)

static u64 host_scaled(u64 tsc, u64 mult)
{
	return likely(!mult) ? tsc : mul_u64_u64_shr(tsc, mult, RATIO_SHIFT);
}

static u64 native(struct hve_vm *vm)
{
	return host_scaled(rdtsc_ordered(), READ_ONCE(vm->tsc_mult)) +
	       READ_ONCE(vm->tsc_offset);
}

/* In step with the native one at tsc_base, from where on it is scaled. */
static u64 scaled(struct hve_vm *vm, u64 tsc)
{
	s64 span = tsc - vm->tsc_base;

	if (!vm->tsc_emul_khz)
		return tsc;
	/* another CPU may be a few ticks behind */
	return vm->tsc_base +
	       mul_u64_u64_shr(max(span, 0ll), vm->tsc_ratio, RATIO_SHIFT);
}

static noinline u64 emulated(struct hve_vm *vm)
{
	unsigned int seq;
	u64 tsc;

	do {
		seq = read_seqbegin(&vm->tsc_lock);
		tsc = scaled(vm, native(vm));
	} while (read_seqretry(&vm->tsc_lock, seq));
	return tsc;
}

u64 hve_tsc_vm(struct hve_vm *vm)
{
	/* pairs with emulate(): not emulated means that the offset is new */
	if (unlikely(smp_load_acquire(&vm->tsc_emul_khz)))
		return emulated(vm);
	return native(vm);
}

void hve_tsc_vm_move(struct hve_vm *vm, s64 diff)
{
	unsigned long flags;
	u64 now;

	write_seqlock_irqsave(&vm->tsc_lock, flags);
	now = native(vm);
	vm->tsc_base = scaled(vm, now) + diff;
	WRITE_ONCE(vm->tsc_offset, vm->tsc_offset + vm->tsc_base - now);
	write_sequnlock_irqrestore(&vm->tsc_lock, flags);
}

u32 hve_tsc_khz(struct hve_vm *vm)
{
	return READ_ONCE(vm->tsc_emul_khz) ?: vm->tsc_khz;
}

static u64 ratio(u32 to, u32 from)
{
	return mul_u64_u64_div_u64(to, 1ull << RATIO_SHIFT, from);
}

/* The value goes on where it is: also when the native one has run ahead. */
static void emulate(struct hve_vm *vm, u32 khz)
{
	unsigned long flags;
	u64 now;

	write_seqlock_irqsave(&vm->tsc_lock, flags);
	now = native(vm);
	vm->tsc_base = scaled(vm, now);
	WRITE_ONCE(vm->tsc_offset, vm->tsc_offset + vm->tsc_base - now);
	if (khz) {
		vm->tsc_ratio = ratio(khz, vm->tsc_khz);
		vm->tsc_ratio_back = ratio(vm->tsc_khz, khz);
	}
	/* pairs with hve_tsc_vm() */
	smp_store_release(&vm->tsc_emul_khz, khz);
	write_sequnlock_irqrestore(&vm->tsc_lock, flags);
}

int hve_tsc_emulate(struct hve_vm *vm, u32 khz)
{
	struct hve_vcpu *vcpu;
	unsigned long i;

	if (khz && (khz < vm->tsc_khz / RATIO_MAX ||
		    khz / RATIO_MAX > vm->tsc_khz))
		return -EINVAL;
	if (!khz && !READ_ONCE(vm->tsc_emul_khz))
		return 0;
	emulate(vm, khz);
	/* one that has not heard of it yet still exits, or is not running */
	xa_for_each(&vm->vcpus, i, vcpu)
		hve_vcpu_request(vcpu, HVE_REQ_TSC);
	return 0;
}

int hve_tsc_scale(struct hve_vm *vm, u32 khz)
{
	struct hve_vcpu *vcpu;
	unsigned long flags, i;
	u64 now;

	if (!hve_vmx_caps.tsc_scaling || khz < tsc_khz / RATIO_MAX ||
	    khz / RATIO_MAX > tsc_khz)
		return -EINVAL;
	if (READ_ONCE(vm->started))
		return -EBUSY;
	write_seqlock_irqsave(&vm->tsc_lock, flags);
	now = native(vm);
	vm->tsc_mult_back = ratio(tsc_khz, khz);
	WRITE_ONCE(vm->tsc_mult, khz == tsc_khz ? 0 : ratio(khz, tsc_khz));
	WRITE_ONCE(vm->tsc_offset, vm->tsc_offset + now - native(vm));
	vm->tsc_khz = khz;
	write_sequnlock_irqrestore(&vm->tsc_lock, flags);
	xa_for_each(&vm->vcpus, i, vcpu)
		hve_vcpu_request(vcpu, HVE_REQ_TSC);
	hve_tlfs_tsc_changed(&vm->pt);
	return 0;
}

/* Neither what was long ago nor what is never may wrap to the other. */
static u64 to_host(u64 guest_tsc, s64 offset)
{
	u64 host = guest_tsc - offset;

	if (offset < 0)
		return host < guest_tsc ? U64_MAX : host;
	return host > guest_tsc ? 0 : host;
}

/* The same where the processor scales. */
static noinline u64 scaled_to_host(struct hve_vm *vm, u64 native_tsc)
{
	u64 now = rdtsc();
	s64 span = native_tsc - host_scaled(now, vm->tsc_mult) -
		   READ_ONCE(vm->tsc_offset);

	if (span <= 0)
		return now;
	return now + mul_u64_u64_shr(min_t(u64, span, SPAN_MAX),
				     vm->tsc_mult_back, RATIO_SHIFT);
}

static noinline u64 emulated_to_host(struct hve_vcpu *vcpu, u64 guest_tsc)
{
	struct hve_vm *vm = vcpu->vm;
	u64 tsc = guest_tsc - vcpu->tsc_delta, span, native_tsc, host;
	unsigned int seq;

	if (tsc <= emulated(vm))
		return rdtsc();
	do {
		seq = read_seqbegin(&vm->tsc_lock);
		span = min(tsc - vm->tsc_base, SPAN_MAX);
		if (vm->tsc_emul_khz)
			span = mul_u64_u64_shr(span, vm->tsc_ratio_back,
					       RATIO_SHIFT);
		native_tsc = vm->tsc_base + span;
		host = native_tsc - vm->tsc_offset;
	} while (read_seqretry(&vm->tsc_lock, seq));
	return vm->tsc_mult ? scaled_to_host(vm, native_tsc) : host;
}

u64 hve_tsc_to_host(struct hve_vcpu *vcpu, u64 guest_tsc)
{
	struct hve_vm *vm = vcpu->vm;

	/* pairs with emulate() */
	if (unlikely(smp_load_acquire(&vm->tsc_emul_khz)))
		return emulated_to_host(vcpu, guest_tsc);
	if (unlikely(READ_ONCE(vm->tsc_mult)))
		return scaled_to_host(vm, guest_tsc - vcpu->tsc_delta);
	return to_host(guest_tsc, READ_ONCE(vm->tsc_offset) + vcpu->tsc_delta);
}

void hve_tsc_vmcs(struct hve_vcpu *vcpu)
{
	u64 offset = READ_ONCE(vcpu->vm->tsc_offset) + vcpu->tsc_delta;
	u64 mult = READ_ONCE(vcpu->vm->tsc_mult);
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;

	hve_l2_tsc(vcpu, &offset, &mult);
	hve_vmx_tsc_offset_set(vmx, offset);
	hve_vmx_tsc_mult_set(vmx, mult);
}

/* VMCS open. */
void hve_tsc_load(struct hve_vcpu *vcpu)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	bool exits = READ_ONCE(vcpu->vm->tsc_emul_khz);

	hve_tsc_vmcs(vcpu);
	if (vmx->rdtsc_exits != exits) {
		hve_vmx_rdtsc_exits(vmx, exits);
		hve_msr_pass(vcpu, MSR_IA32_TSC, !exits, false);
	}
	hve_apic_timer_tsc_changed(&cur_vtl(vcpu)->apic);
}
