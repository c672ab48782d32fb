// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs: look-up, and the rows of those that a guest uses often or whose state
 * is in VMCS, LAPIC or clock.  The others are msr_arch.c's; synthetic ones are
 * the TLFS half's, 0x800..0x8ff the LAPIC's.
 */
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/tsc.h>
#include "hvhost.h"
#include "tlfs.h"
#include "core/msr.h"
#include "core/vcpu.h"

static bool canonical(u64 val)
{
	return (s64)(val << 16) >> 16 == (s64)val;
}

static bool valid_pat(u64 pat)
{
	/* types 0, 1, 4, 5, 6, 7 in each byte */
	if (pat & 0xf8f8f8f8f8f8f8f8ull)
		return false;
	return (pat | ((pat & 0x0202020202020202ull) << 1)) == pat;
}

/* TSC */

static void tsc_delta_set(struct hve_vcpu *vcpu, u64 delta)
{
	struct hve_vm *vm = vcpu->vm;

	if (!delta != !vcpu->tsc_delta)
		atomic_add(delta ? 1 : -1, &vm->tsc_odd);
	vcpu->tsc_delta = delta;
	set_bit(HVE_REQ_TSC, &vcpu->requests);
	hve_apic_timer_tsc_changed(&cur_vtl(vcpu)->apic);
}

static int tsc_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = hve_tsc_guest(vcpu);
	return 0;
}

/* SDM, "Time-Stamp Counter Adjustment": a write moves both by the same. */
static int tsc_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	u64 diff = val - hve_tsc_guest(vcpu);

	vcpu->tsc_adjust += diff;
	tsc_delta_set(vcpu, vcpu->tsc_delta + diff);
	hve_host_vp_request(&vcpu->vp, HVE_VP_REQ_TSC_PAGE);
	return 0;
}

/*
 * The VMM restores a TSC.  Before the VM runs it moves the one offset of all
 * VPs; a value within a second of what the VM has means "the same", so that
 * VPs restored one after the other stay in step.
 */
static int tsc_set(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	struct hve_vm *vm = vcpu->vm;
	s64 diff = val - hve_tsc_vm(vm);

	if (val && !READ_ONCE(vm->started) && !vm->tsc_offset_set) {
		/* a restore: exact, however near to what it is by now */
		vm->tsc_offset_set = true;
		hve_tsc_vm_move(vm, diff);
		tsc_delta_set(vcpu, 0);
	} else if (abs(diff) < (s64)hve_tsc_khz(vm) * 1000) {
		tsc_delta_set(vcpu, 0);
	} else if (!READ_ONCE(vm->started)) {
		hve_tsc_vm_move(vm, diff);
		tsc_delta_set(vcpu, 0);
	} else {
		tsc_delta_set(vcpu, diff);
	}
	hve_tlfs_tsc_changed(&vm->pt);
	return 0;
}

u64 hve_tsc_offset_get(struct hve_vcpu *vcpu)
{
	return READ_ONCE(vcpu->vm->tsc_offset) + vcpu->tsc_delta;
}

/* Before the VM runs the first one is that of all, as in tsc_set(). */
void hve_tsc_offset_set(struct hve_vcpu *vcpu, u64 offset)
{
	struct hve_vm *vm = vcpu->vm;

	if (!READ_ONCE(vm->started) && !vm->tsc_offset_set) {
		vm->tsc_offset_set = true;
		hve_tsc_vm_move(vm, offset - vm->tsc_offset);
	}
	tsc_delta_set(vcpu, offset - READ_ONCE(vm->tsc_offset));
	hve_tlfs_tsc_changed(&vm->pt);
}

static int tsc_adjust_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = vcpu->tsc_adjust;
	return 0;
}

static int tsc_adjust_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	u64 diff = val - vcpu->tsc_adjust;

	vcpu->tsc_adjust = val;
	tsc_delta_set(vcpu, vcpu->tsc_delta + diff);
	hve_host_vp_request(&vcpu->vp, HVE_VP_REQ_TSC_PAGE);
	return 0;
}

static int tsc_adjust_set(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	vcpu->tsc_adjust = val;
	return 0;
}

/* LAPIC */

static int apic_base_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = hve_apic_base_get(&cur_vtl(vcpu)->apic);
	return 0;
}

static int apic_base_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return hve_apic_base_set(hve_vcpu_apic(vcpu), val, false);
}

static int apic_base_set(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return hve_apic_base_set(&cur_vtl(vcpu)->apic, val, true);
}

static int deadline_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = hve_apic_deadline_get(&cur_vtl(vcpu)->apic);
	return 0;
}

static int deadline_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	hve_apic_deadline_set(&cur_vtl(vcpu)->apic, val, false);
	return 0;
}

static int deadline_set(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	hve_apic_deadline_set(&cur_vtl(vcpu)->apic, val, true);
	return 0;
}

/* Switched by hand in vmx/window.c */

static const u8 sw_of_star[] = {
	SW_MSR_STAR, SW_MSR_LSTAR, 0xff, SW_MSR_SYSCALL_MASK
};

static void sw_msr_set(struct hve_vcpu *vcpu, unsigned int i, u64 val)
{
	hve_vmx_sw_msr_set(&cur_vtl(vcpu)->vmx, i, val, vcpu->in_window);
}

static int star_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	u8 i = sw_of_star[array_index_nospec(n, ARRAY_SIZE(sw_of_star))];

	*val = i == 0xff ? *hve_msr_value(vcpu, V_CSTAR) :
			   cur_vtl(vcpu)->vmx.sw_msr[i];
	return 0;
}

static int star_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	u8 i = sw_of_star[array_index_nospec(n, ARRAY_SIZE(sw_of_star))];

	if ((i == SW_MSR_LSTAR || i == 0xff) && !canonical(val))
		return -1;
	if (i == SW_MSR_SYSCALL_MASK && val >> 32)
		return -1;
	if (i == 0xff)
		*hve_msr_value(vcpu, V_CSTAR) = val;
	else
		sw_msr_set(vcpu, i, val);
	return 0;
}

static int kgs_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = cur_vtl(vcpu)->vmx.sw_msr[SW_MSR_KERNEL_GS_BASE];
	return 0;
}

static int kgs_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (!canonical(val))
		return -1;
	sw_msr_set(vcpu, SW_MSR_KERNEL_GS_BASE, val);
	return 0;
}

static bool tsc_aux_there(struct hve_vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 *rdtscp, *rdpid;

	rdtscp = hve_cpuid_find(vcpu, 0x80000001, 0);
	rdpid = hve_cpuid_find(vcpu, 7, 0);
	return (rdtscp && rdtscp->edx & BIT(27)) ||
	       (rdpid && rdpid->ecx & BIT(22));
}

static int tsc_aux_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = cur_vtl(vcpu)->vmx.sw_msr[SW_MSR_TSC_AUX];
	return 0;
}

static int tsc_aux_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (val >> 32)
		return -1;
	sw_msr_set(vcpu, SW_MSR_TSC_AUX, val);
	return 0;
}

/* In the VMCS: the value of a closed one takes a short window */

static u64 vmcs_get(struct hve_vcpu *vcpu, unsigned long field)
{
	struct hve_window w;
	u64 val = 0;

	if (vcpu->in_window)
		return vmcs_read(field);
	if (!hve_vcpu_state_open(vcpu, &w)) {
		val = vmcs_read(field);
		hve_vcpu_state_close(vcpu, &w);
	}
	return val;
}

static int vmcs_set(struct hve_vcpu *vcpu, unsigned long field, u64 val)
{
	struct hve_window w;

	if (vcpu->in_window) {
		vmcs_write(field, val);
		return 0;
	}
	if (hve_vcpu_state_open(vcpu, &w))
		return -1;
	vmcs_write(field, val);
	hve_vcpu_state_close(vcpu, &w);
	return 0;
}

static const unsigned long sysenter_field[] = {
	GUEST_SYSENTER_CS, GUEST_SYSENTER_ESP, GUEST_SYSENTER_EIP
};

static int sysenter_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = vmcs_get(vcpu, sysenter_field[array_index_nospec(n, 3)]);
	return 0;
}

static int sysenter_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (n ? !canonical(val) : val >> 32)
		return -1;
	return vmcs_set(vcpu, sysenter_field[array_index_nospec(n, 3)], val);
}

static int base_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = vmcs_get(vcpu, n ? GUEST_GS_BASE : GUEST_FS_BASE);
	return 0;
}

static int base_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (!canonical(val))
		return -1;
	return vmcs_set(vcpu, n ? GUEST_GS_BASE : GUEST_FS_BASE, val);
}

static int pat_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = vmcs_get(vcpu, GUEST_IA32_PAT);
	return 0;
}

static int pat_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	return valid_pat(val) ? vmcs_set(vcpu, GUEST_IA32_PAT, val) : -1;
}

static int efer_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = vmcs_get(vcpu, GUEST_IA32_EFER);
	return 0;
}

/* VMCS open. LME may not change under paging; LMA is not the guest's. */
static int efer_change(struct hve_vcpu *vcpu, u64 val)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	u64 old = hve_vmx_efer_get();

	if (!hve_efer_valid(vcpu, val))
		return -1;
	if ((hve_vmx_cr0_get(vmx) & X86_CR0_PG) && ((val ^ old) & EFER_LME))
		return -1;
	hve_vmx_efer_set(vmx, val);
	if ((val ^ old) & EFER_NX)
		hve_vmx_flush_vpid(vmx);
	return 0;
}

static int efer_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	struct hve_window w;
	int r;

	if (vcpu->in_window)
		return efer_change(vcpu, val);
	if (hve_vcpu_state_open(vcpu, &w))
		return -1;
	r = efer_change(vcpu, val);
	hve_vcpu_state_close(vcpu, &w);
	return r;
}

static int debugctl_read(struct hve_vcpu *vcpu, unsigned int n, u64 *val)
{
	*val = vmcs_get(vcpu, GUEST_IA32_DEBUGCTL);
	return 0;
}

/* BTF only: there are no branch records to give. */
static int debugctl_write(struct hve_vcpu *vcpu, unsigned int n, u64 val)
{
	if (val & ~(u64)DEBUGCTLMSR_BTF)
		return -1;
	return vmcs_set(vcpu, GUEST_IA32_DEBUGCTL, val);
}

static const struct hve_msr_row rows[] = {
	ROW1(MSR_IA32_TSC, true, 0, .read = tsc_read, .write = tsc_write,
	     .set = tsc_set),
	ROW1(MSR_IA32_APICBASE, false, 0, .read = apic_base_read,
	     .write = apic_base_write, .set = apic_base_set),
	ROW1(MSR_IA32_TSC_ADJUST, true, 0, .read = tsc_adjust_read,
	     .write = tsc_adjust_write, .set = tsc_adjust_set),
	ROWN(MSR_IA32_SYSENTER_CS, 3, true, 0, .read = sysenter_read,
	     .write = sysenter_write),
	ROW1(MSR_IA32_DEBUGCTLMSR, true, 0, .read = debugctl_read,
	     .write = debugctl_write),
	ROW1(MSR_IA32_CR_PAT, true, 0, .read = pat_read, .write = pat_write),
	ROW1(MSR_IA32_TSC_DEADLINE, true, 0, .read = deadline_read,
	     .write = deadline_write, .set = deadline_set),
	ROW1(MSR_EFER, true, 0, .read = efer_read, .write = efer_write),
	ROWN(MSR_STAR, 4, true, 0, .read = star_read, .write = star_write),
	ROWN(MSR_FS_BASE, 2, false, 0, .read = base_read, .write = base_write),
	ROW1(MSR_KERNEL_GS_BASE, true, 0, .read = kgs_read, .write = kgs_write),
	ROW1(MSR_TSC_AUX, true, 0, .there = tsc_aux_there,
	     .read = tsc_aux_read, .write = tsc_aux_write),
};

static const struct hve_msr_row *find_in(const struct hve_msr_row *table,
					 unsigned int nr, u32 msr)
{
	unsigned int lo = 0, hi = nr;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (msr < table[mid].first)
			hi = mid;
		else if (msr > table[mid].last)
			lo = mid + 1;
		else
			return &table[array_index_nospec(mid, nr)];
	}
	return NULL;
}

static const struct hve_msr_row *find(u32 msr)
{
	return find_in(rows, ARRAY_SIZE(rows), msr) ?:
	       find_in(hve_msr_arch_rows, hve_msr_nr_arch_rows, msr);
}

static int row_read(struct hve_vcpu *vcpu, const struct hve_msr_row *row, u32 msr,
		    u64 *val)
{
	unsigned int n = msr - row->first;

	if (row->read)
		return row->read(vcpu, n, val);
	*val = *hve_msr_value(vcpu, row->value + n);
	return 0;
}

#define X2APIC_FIRST	0x800u
#define X2APIC_LAST	0x8ffu
#define X2APIC_EOI	0x80bu
#define X2APIC_ICR	0x830u

enum hve_fault hve_msr_read(struct hve_vcpu *vcpu, u32 msr, u64 *val)
{
	const struct hve_msr_row *row;

	if (hve_tlfs_msr_is_ours(msr))
		return hve_tlfs_msr_read(&vcpu->vp, vcpu->cur_vtl, msr, val);
	if (msr >= X2APIC_FIRST && msr <= X2APIC_LAST)
		return hve_apic_msr_read(hve_vcpu_apic(vcpu), msr, val) ?
		       HVE_GP : HVE_NO_FAULT;
	row = find(msr);
	if (!row || (row->there && !row->there(vcpu)))
		return HVE_GP;
	return row_read(vcpu, row, msr, val) ? HVE_GP : HVE_NO_FAULT;
}

static enum hve_fault x2apic_write(struct hve_vcpu *vcpu, u32 msr, u64 val)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;

	/* sending needs nothing of what the processor may hold */
	if (msr != X2APIC_ICR)
		apic = hve_vcpu_apic(vcpu);
	if (msr == X2APIC_EOI && !val && apic->mode == HVE_APIC_X2APIC)
		return hve_vcpu_eoi(vcpu) ? HVE_OUTSIDE : HVE_NO_FAULT;
	if (msr != X2APIC_ICR)
		hve_vcpu_intr_look(vcpu);
	return hve_apic_msr_write(apic, msr, val) ? HVE_GP : HVE_NO_FAULT;
}

void hve_host_synth_prepare(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);

	/* an EOI skipped so far is in the page that may move now */
	if (unlikely(msr == HV_X64_MSR_VP_ASSIST_PAGE))
		hve_vcpu_eoi_assist_end(vcpu);
	if (unlikely(msr >= HV_X64_MSR_SINT0 && msr <= HV_X64_MSR_SINT15)) {
		vcpu->eoi_bitmap_new = true;
		hve_vcpu_apic(vcpu);
	}
}

enum hve_fault hve_msr_write(struct hve_vcpu *vcpu, u32 msr, u64 val)
{
	const struct hve_msr_row *row;

	if (hve_tlfs_msr_is_ours(msr)) {
		hve_host_synth_prepare(&vcpu->vp, vcpu->cur_vtl, msr);
		return hve_tlfs_msr_write(&vcpu->vp, vcpu->cur_vtl, msr, val);
	}
	if (msr >= X2APIC_FIRST && msr <= X2APIC_LAST)
		return x2apic_write(vcpu, msr, val);
	/* the one that guests write all the time */
	if (msr == MSR_IA32_TSC_DEADLINE) {
		hve_apic_deadline_set(&cur_vtl(vcpu)->apic, val, false);
		return HVE_NO_FAULT;
	}
	row = find(msr);
	if (!row || (row->there && !row->there(vcpu)))
		return HVE_GP;
	return row->write(vcpu, msr - row->first, val) ? HVE_GP : HVE_NO_FAULT;
}

/* The VMM's access; the caller holds the mutex, the VMCS is closed. */
int hve_msr_get(struct hve_vcpu *vcpu, u32 msr, u64 *val)
{
	const struct hve_msr_row *row;

	if (hve_tlfs_msr_is_ours(msr))
		return hve_tlfs_msr_get(&vcpu->vp, msr, val);
	if (msr >= X2APIC_FIRST && msr <= X2APIC_LAST)
		return hve_apic_msr_read(&cur_vtl(vcpu)->apic, msr, val) ?
		       -EINVAL : 0;
	row = find(msr);
	if (!row)
		return -ENOENT;
	return row_read(vcpu, row, msr, val) ? -EINVAL : 0;
}

int hve_msr_set(struct hve_vcpu *vcpu, u32 msr, u64 val)
{
	const struct hve_msr_row *row;
	unsigned int n;

	if (hve_tlfs_msr_is_ours(msr)) {
		/* other vectors may be those of SINTs now */
		vcpu->eoi_bitmap_new = true;
		return hve_tlfs_msr_set(&vcpu->vp, msr, val);
	}
	if (msr >= X2APIC_FIRST && msr <= X2APIC_LAST)
		return hve_apic_msr_write(&cur_vtl(vcpu)->apic, msr, val) ?
		       -EINVAL : 0;
	row = find(msr);
	if (!row)
		return -ENOENT;
	n = msr - row->first;
	return (row->set ?: row->write)(vcpu, n, val) ? -EINVAL : 0;
}

bool hve_msr_is_known(u32 msr)
{
	return hve_tlfs_msr_is_ours(msr) || find(msr) ||
	       (msr >= X2APIC_FIRST && msr <= X2APIC_LAST);
}

/* The one at *i of what @table lists, or less in *i. */
static bool list_in(const struct hve_msr_row *table, unsigned int nr,
		    unsigned int *i, u32 *msr)
{
	unsigned int r;

	for (r = 0; r < nr; r++) {
		unsigned int n = table[r].last - table[r].first + 1;

		if (!table[r].listed)
			continue;
		if (*i < n) {
			*msr = table[r].first + *i;
			return true;
		}
		*i -= n;
	}
	return false;
}

bool hve_msr_list(unsigned int i, u32 *msr)
{
	return list_in(rows, ARRAY_SIZE(rows), &i, msr) ||
	       list_in(hve_msr_arch_rows, hve_msr_nr_arch_rows, &i, msr) ||
	       hve_tlfs_msr_list(i, msr);
}

/* Power-up values; INIT leaves MTRRs, machine check and the TSC alone. */
void hve_msr_reset(struct hve_vcpu *vcpu, bool init)
{
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;

	if (init)
		return;
	memset(vcpu->msr_value, 0, sizeof(vcpu->msr_value));
	memset(vmx->sw_msr, 0, sizeof(vmx->sw_msr));
	*hve_msr_value(vcpu, V_MISC_ENABLE) = MSR_IA32_MISC_ENABLE_BTS_UNAVAIL |
					      MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL;
	/* revision 1, as KVM; a VMM takes the host's from the feature MSR */
	*hve_msr_value(vcpu, V_UCODE_REV) = BIT_ULL(32);
	vcpu->tsc_adjust = 0;
}

/* What never needs us, unless the VMM does not allow it. */
void hve_msr_bitmap_init(struct hve_vcpu *vcpu)
{
	static const struct {
		u32 msr;
		bool write;
	} pass[] = {
		{ MSR_FS_BASE, true },
		{ MSR_GS_BASE, true },
		{ MSR_KERNEL_GS_BASE, true },
		{ MSR_IA32_SYSENTER_CS, true },
		{ MSR_IA32_SYSENTER_ESP, true },
		{ MSR_IA32_SYSENTER_EIP, true },
		{ MSR_IA32_CR_PAT, false },
		{ MSR_EFER, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pass); i++)
		hve_msr_pass(vcpu, pass[i].msr, true, pass[i].write);
	hve_msr_pass(vcpu, MSR_IA32_TSC, !cur_vtl(vcpu)->vmx.rdtsc_exits, false);
	if (cur_vtl(vcpu)->vmx.spec_ctrl)
		hve_msr_pass(vcpu, MSR_IA32_SPEC_CTRL, true, true);
}
