// SPDX-License-Identifier: GPL-2.0
/*
 * Front door of the TLFS half: the synthetic MSR table, CPUID, the order in
 * which the rooms are initialised and reset.
 *
 * Each register is one row; the list for the VMM, the privileges of leaf
 * 0x40000003 and the checks come from it.
 */
#include "tlfs.h"

#include <linux/errno.h>
#include <linux/string.h>

#include "hvhost.h"
#include "hypercall/hypercall.h"
#include "partition/partition.h"
#include "synic/synic.h"
#include "timers/timers.h"
#include "tlfs_state.h"
#include "trace.h"

/* Row flags: the handler needs the "outside" context */
#define READ_OUTSIDE	0x1
#define WRITE_OUTSIDE	0x2

/**
 * struct msr_row - a synthetic MSR
 * @name: for traces and reports
 * @read: guest RDMSR; NULL: #GP
 * @write: guest WRMSR; NULL: #GP
 * @get: the VMM saves it; NULL: not the TLFS half's state
 * @set: the VMM restores it
 * @gate: privilege or feature it needs
 * @gate2: a second one, or 0
 * @flags: READ_OUTSIDE, WRITE_OUTSIDE
 * @partition_wide: one for all VPs
 */
struct msr_row {
	const char *name;
	u64 (*read)(struct hve_vp *vp, unsigned int vtl, u32 msr);
	enum hve_fault (*write)(struct hve_vp *vp, unsigned int vtl, u32 msr,
				u64 val);
	u64 (*get)(struct hve_vp *vp, unsigned int vtl, u32 msr);
	int (*set)(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);
	u8 gate;
	u8 gate2;
	u8 flags;
	bool partition_wide;
};

#define MSR_FIRST	0x40000000
#define NR_MSR_ROWS	HVE_NR_MSR_COUNTS

static int set_ignore(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	return 0;
}

static const struct msr_row rows[NR_MSR_ROWS] = {
	[HV_X64_MSR_GUEST_OS_ID - MSR_FIRST] = {
		.name = "GUEST_OS_ID",
		.gate = HV_ACCESS_HYPERCALL_MSRS, .partition_wide = true,
		.flags = WRITE_OUTSIDE,
		.read = hve_guest_os_id_read, .write = hve_guest_os_id_write,
		.get = hve_guest_os_id_read, .set = hve_guest_os_id_set,
	},
	[HV_X64_MSR_HYPERCALL - MSR_FIRST] = {
		.name = "HYPERCALL",
		.gate = HV_ACCESS_HYPERCALL_MSRS, .partition_wide = true,
		.flags = WRITE_OUTSIDE,
		.read = hve_hcall_page_read, .write = hve_hcall_page_write,
		.get = hve_hcall_page_read, .set = hve_hcall_page_set,
	},
	[HV_X64_MSR_VP_INDEX - MSR_FIRST] = {
		.name = "VP_INDEX",
		.gate = HV_ACCESS_VP_INDEX, .read = hve_vp_index_read,
		.get = hve_vp_index_read, .set = hve_vp_index_set,
	},
	[HV_X64_MSR_RESET - MSR_FIRST] = {
		.name = "RESET",
		.gate = HV_ACCESS_RESET, .partition_wide = true, .flags = WRITE_OUTSIDE,
		.read = hve_reset_read, .write = hve_reset_write,
		.get = hve_reset_read, .set = set_ignore,
	},
	[HV_X64_MSR_VP_RUNTIME - MSR_FIRST] = {
		.name = "VP_RUNTIME",
		.gate = HV_ACCESS_VP_RUN_TIME, .read = hve_vp_runtime_read,
		.get = hve_vp_runtime_read, .set = hve_vp_runtime_set,
	},
	[HV_X64_MSR_TIME_REF_COUNT - MSR_FIRST] = {
		.name = "TIME_REF_COUNT",
		.gate = HV_ACCESS_PARTITION_REFERENCE_COUNTER, .partition_wide = true,
		.read = hve_reftime_count_read,
		.get = hve_reftime_count_read, .set = hve_reftime_count_set,
	},
	[HV_X64_MSR_REFERENCE_TSC - MSR_FIRST] = {
		.name = "REFERENCE_TSC",
		/*
		 * SPEC?: the text gives this privilege, the appendix the one
		 * of the counter.
		 */
		.gate = HV_ACCESS_PARTITION_REFERENCE_TSC,
		.partition_wide = true, .flags = WRITE_OUTSIDE,
		.read = hve_reftime_page_read, .write = hve_reftime_page_write,
		.get = hve_reftime_page_read, .set = hve_reftime_page_set,
	},
	[HV_X64_MSR_TSC_FREQUENCY - MSR_FIRST] = {
		.name = "TSC_FREQUENCY",
		.gate = HV_ACCESS_FREQUENCY_REGS, .partition_wide = true,
		.read = hve_reftime_tsc_freq_read,
		.get = hve_reftime_tsc_freq_read, .set = set_ignore,
	},
	[HV_X64_MSR_APIC_FREQUENCY - MSR_FIRST] = {
		.name = "APIC_FREQUENCY",
		.gate = HV_ACCESS_FREQUENCY_REGS, .partition_wide = true,
		.read = hve_reftime_apic_freq_read,
		.get = hve_reftime_apic_freq_read, .set = set_ignore,
	},
	[HV_X64_MSR_NPIEP_CONFIG - MSR_FIRST] = {
		.name = "NPIEP_CONFIG",
		.gate = HV_FEATURE_NPIEP, .flags = WRITE_OUTSIDE,
		.read = hve_npiep_read, .write = hve_npiep_write,
		.get = hve_npiep_read, .set = hve_npiep_set,
	},
	/* state of these three is the LAPIC's */
	[HV_X64_MSR_EOI - MSR_FIRST] = {
		.name = "EOI",
		.gate = HV_ACCESS_INTR_CTRL_REGS, .write = hve_eoi_write,
	},
	[HV_X64_MSR_ICR - MSR_FIRST] = {
		.name = "ICR",
		.gate = HV_ACCESS_INTR_CTRL_REGS,
		.read = hve_icr_read, .write = hve_icr_write,
	},
	[HV_X64_MSR_TPR - MSR_FIRST] = {
		.name = "TPR",
		.gate = HV_ACCESS_INTR_CTRL_REGS,
		.read = hve_tpr_read, .write = hve_tpr_write,
	},
	[HV_X64_MSR_VP_ASSIST_PAGE - MSR_FIRST] = {
		.name = "VP_ASSIST_PAGE",
		.gate = HV_ACCESS_INTR_CTRL_REGS, .flags = WRITE_OUTSIDE,
		.read = hve_vp_assist_read, .write = hve_vp_assist_write,
		.get = hve_vp_assist_read, .set = hve_vp_assist_set,
	},
	[HV_X64_MSR_SCONTROL - MSR_FIRST] = {
		.name = "SCONTROL",
		.gate = HV_ACCESS_SYNIC_REGS, .flags = WRITE_OUTSIDE,
		.read = hve_synic_control_read,
		.write = hve_synic_control_write,
		.get = hve_synic_control_read, .set = hve_synic_control_set,
	},
	[HV_X64_MSR_SVERSION - MSR_FIRST] = {
		.name = "SVERSION",
		.gate = HV_ACCESS_SYNIC_REGS, .read = hve_synic_version_read,
		.get = hve_synic_version_read, .set = set_ignore,
	},
	[HV_X64_MSR_SIEFP - MSR_FIRST ... HV_X64_MSR_SIMP - MSR_FIRST] = {
		.name = "SIEFP, SIMP",
		.gate = HV_ACCESS_SYNIC_REGS, .flags = WRITE_OUTSIDE,
		.read = hve_synic_page_read, .write = hve_synic_page_write,
		.get = hve_synic_page_read, .set = hve_synic_page_set,
	},
	[HV_X64_MSR_EOM - MSR_FIRST] = {
		.name = "EOM",
		.gate = HV_ACCESS_SYNIC_REGS,
		.read = hve_synic_eom_read, .write = hve_synic_eom_write,
		.get = hve_synic_eom_read, .set = set_ignore,
	},
	[HV_X64_MSR_SINT0 - MSR_FIRST ... HV_X64_MSR_SINT15 - MSR_FIRST] = {
		.name = "SINT0-15",
		.gate = HV_ACCESS_SYNIC_REGS,
		.read = hve_synic_sint_read, .write = hve_synic_sint_write,
		.get = hve_synic_sint_read, .set = hve_synic_sint_set,
	},
	[HV_X64_MSR_STIMER0_CONFIG - MSR_FIRST ...
	 HV_X64_MSR_STIMER3_COUNT - MSR_FIRST] = {
		.name = "STIMER0-3",
		.gate = HV_ACCESS_SYNTHETIC_TIMER_REGS,
		.read = hve_stimer_read, .write = hve_stimer_write,
		.get = hve_stimer_read, .set = hve_stimer_set,
	},
	[HV_X64_MSR_STATS_PARTITION_RETAIL - MSR_FIRST ...
	 HV_X64_MSR_STATS_PARTITION_INTERNAL - MSR_FIRST] = {
		.name = "STATS_PARTITION",
		.gate = HV_ACCESS_STATS, .partition_wide = true,
		.flags = WRITE_OUTSIDE,
		.read = hve_stats_page_read, .write = hve_stats_page_write,
		.get = hve_stats_page_read, .set = hve_stats_page_set,
	},
	[HV_X64_MSR_STATS_VP_RETAIL - MSR_FIRST ...
	 HV_X64_MSR_STATS_VP_INTERNAL - MSR_FIRST] = {
		.name = "STATS_VP",
		.gate = HV_ACCESS_STATS, .flags = WRITE_OUTSIDE,
		.read = hve_stats_page_read, .write = hve_stats_page_write,
		.get = hve_stats_page_read, .set = hve_stats_page_set,
	},
	[HV_X64_MSR_GUEST_IDLE - MSR_FIRST] = {
		.name = "GUEST_IDLE",
		.gate = HV_ACCESS_GUEST_IDLE, .flags = READ_OUTSIDE,
		.read = hve_guest_idle_read,
	},
	[HV_X64_MSR_SYNDBG_CONTROL - MSR_FIRST ...
	 HV_X64_MSR_SYNDBG_PENDING_BUFFER - MSR_FIRST] = {
		.name = "SYNDBG",
		.gate = HV_FEATURE_DEBUG_MSRS, .gate2 = HV_VS_KERNEL_DEBUGGING,
		.partition_wide = true, .flags = WRITE_OUTSIDE,
		.read = hve_syndbg_read, .write = hve_syndbg_write,
		.get = hve_syndbg_read, .set = hve_syndbg_set,
	},
	[HV_X64_MSR_SYNDBG_OPTIONS - MSR_FIRST] = {
		.name = "SYNDBG_OPTIONS",
		.gate = HV_FEATURE_DEBUG_MSRS, .gate2 = HV_VS_KERNEL_DEBUGGING,
		.partition_wide = true,
		.read = hve_syndbg_options_read,
		.write = hve_syndbg_options_write,
		.get = hve_syndbg_options_read, .set = hve_syndbg_options_set,
	},
	[HV_X64_MSR_CRASH_P0 - MSR_FIRST ... HV_X64_MSR_CRASH_P4 - MSR_FIRST] = {
		.name = "CRASH_P0-4",
		.gate = HV_FEATURE_GUEST_CRASH_MSRS, .partition_wide = true,
		.read = hve_crash_param_read, .write = hve_crash_param_write,
		.get = hve_crash_param_read, .set = hve_crash_param_set,
	},
	[HV_X64_MSR_CRASH_CTL - MSR_FIRST] = {
		.name = "CRASH_CTL",
		.gate = HV_FEATURE_GUEST_CRASH_MSRS, .partition_wide = true,
		.flags = WRITE_OUTSIDE,
		.read = hve_crash_ctl_read, .write = hve_crash_ctl_write,
		.get = hve_crash_ctl_read, .set = set_ignore,
	},
	[HV_X64_MSR_REENLIGHTENMENT_CONTROL - MSR_FIRST ...
	 HV_X64_MSR_TSC_EMULATION_STATUS - MSR_FIRST] = {
		.name = "REENLIGHTENMENT",
		.gate = HV_ACCESS_REENLIGHTENMENT, .partition_wide = true,
		.flags = WRITE_OUTSIDE,
		.read = hve_reenlighten_read, .write = hve_reenlighten_write,
		.get = hve_reenlighten_read, .set = hve_reenlighten_set,
	},
	[HV_X64_MSR_STIME_UNHALTED_TIMER_CONFIG - MSR_FIRST ...
	 HV_X64_MSR_STIME_UNHALTED_TIMER_COUNT - MSR_FIRST] = {
		.name = "STIME_UNHALTED_TIMER",
		.gate = HV_FEATURE_STIME_UNHALTED,
		.gate2 = HV_ACCESS_SYNTHETIC_TIMER_REGS,
		.flags = WRITE_OUTSIDE,
		.read = hve_unhalted_read, .write = hve_unhalted_write,
		.get = hve_unhalted_read, .set = hve_unhalted_set,
	},
	[HV_X64_MSR_TSC_INVARIANT_CONTROL - MSR_FIRST] = {
		.name = "TSC_INVARIANT_CONTROL",
		.gate = HV_ACCESS_TSC_INVARIANT_CONTROLS, .partition_wide = true,
		.read = hve_reftime_invariant_read,
		.write = hve_reftime_invariant_write,
		.get = hve_reftime_invariant_read,
		.set = hve_reftime_invariant_set,
	},
};

static bool row_is_granted(const struct hve_vp *vp, const struct msr_row *row)
{
	return hve_vp_has(vp, row->gate) &&
	       (likely(!row->gate2) || hve_vp_has(vp, row->gate2));
}

static const struct msr_row *row_of(u32 msr)
{
	u32 i = msr - MSR_FIRST;

	return likely(i < NR_MSR_ROWS) ? &rows[i] : NULL;
}

static noinline enum hve_fault refuse(struct hve_vp *vp, u32 msr,
				      const struct msr_row *row)
{
	hve_count_reject(vp, msr, row && row->name ? row->gate : HVE_GATE_HV1,
			 HVE_REJECT_GP);
	return HVE_GP;
}

enum hve_fault hve_tlfs_msr_read(struct hve_vp *vp, unsigned int vtl, u32 msr,
				 u64 *val)
{
	const struct msr_row *row = row_of(msr);

	if (unlikely(!row || !row->read || !row_is_granted(vp, row))) {
		trace_hvemu_msr_read(vp, msr, row ? row->name : NULL, 0,
				     HVE_GP);
		return refuse(vp, msr, row);
	}
	if (unlikely(row->flags & READ_OUTSIDE) && !hve_host_may_sleep(vp))
		return HVE_OUTSIDE;
	/* the hot one without an indirect call */
	*val = row->read == hve_reftime_count_read ?
	       hve_reftime_now(vp) : row->read(vp, vtl, msr);
	hve_count(vp, &vp->counters.msr_read[msr - MSR_FIRST], row->gate);
	trace_hvemu_msr_read(vp, msr, row->name, *val, HVE_NO_FAULT);
	return HVE_NO_FAULT;
}

enum hve_fault hve_tlfs_msr_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
				  u64 val)
{
	const struct msr_row *row = row_of(msr);
	enum hve_fault fault;

	if (unlikely(!row || !row->write || !row_is_granted(vp, row))) {
		trace_hvemu_msr_write(vp, msr, row ? row->name : NULL, val,
				      HVE_GP);
		return refuse(vp, msr, row);
	}
	if (unlikely(row->flags & WRITE_OUTSIDE) && !hve_host_may_sleep(vp))
		return HVE_OUTSIDE;
	/* the hot one without an indirect call */
	fault = likely(row->write == hve_eoi_write) ?
		hve_eoi_write(vp, vtl, msr, val) :
		row->write(vp, vtl, msr, val);
	trace_hvemu_msr_write(vp, msr, row->name, val, fault);
	if (likely(fault == HVE_NO_FAULT))
		hve_count(vp, &vp->counters.msr_write[msr - MSR_FIRST],
			  row->gate);
	else if (fault == HVE_GP)
		refuse(vp, msr, row);
	return fault;
}

int hve_tlfs_msr_get(struct hve_vp *vp, u32 msr, u64 *val)
{
	const struct msr_row *row = row_of(msr);

	if (!row || !row->get)
		return -ENOENT;
	*val = row->get(vp, 0, msr);
	return 0;
}

int hve_tlfs_msr_set(struct hve_vp *vp, u32 msr, u64 val)
{
	const struct msr_row *row = row_of(msr);

	if (!row || !row->set)
		return -ENOENT;
	return row->set(vp, 0, msr, val);
}

bool hve_tlfs_msr_list(unsigned int i, u32 *msr)
{
	u32 n;

	for (n = 0; n < NR_MSR_ROWS; n++) {
		if (rows[n].set && !i--) {
			*msr = MSR_FIRST + n;
			return true;
		}
	}
	return false;
}

bool hve_tlfs_msr_info(u32 msr, struct hve_msr_info *out)
{
	const struct msr_row *row = row_of(msr);

	if (!row || !(row->read || row->write))
		return false;
	out->name = row->name;
	out->gate = row->gate;
	out->can_read = row->read;
	out->can_write = row->write;
	return true;
}

void hve_tlfs_gates(u32 *gates)
{
	u32 n;

	memset(gates, 0, HVE_NR_GATE_WORDS * sizeof(*gates));
	for (n = 0; n < NR_MSR_ROWS; n++) {
		if (!rows[n].read && !rows[n].write)
			continue;
		gates[rows[n].gate / 32] |= 1u << (rows[n].gate % 32);
		if (rows[n].gate2)
			gates[rows[n].gate2 / 32] |= 1u << (rows[n].gate2 % 32);
	}
	hve_hcall_gates(gates);
}

bool hve_tlfs_supported_cpuid(u32 leaf, struct hve_cpuid_regs *out)
{
	u32 gates[HVE_NR_GATE_WORDS];

	hve_tlfs_gates(gates);
	return hve_discovery_leaf(gates, leaf, out);
}

bool hve_tlfs_kvm_hv_cpuid(unsigned int i, struct hve_cpuid_leaf *out)
{
	u32 gates[HVE_NR_GATE_WORDS];

	hve_tlfs_gates(gates);
	return hve_discovery_kvm_leaf(gates, i, out);
}

int hve_tlfs_profile(const struct hve_profile *p, unsigned int i,
		     struct hve_cpuid_leaf *out)
{
	u32 gates[HVE_NR_GATE_WORDS];

	if (!hve_profile_is_valid(p))
		return -EINVAL;
	hve_tlfs_gates(gates);
	return hve_profile_leaf(gates, p, i, out);
}

void hve_tlfs_cpuid_leaf(struct hve_vp *vp, u32 leaf,
			 const struct hve_cpuid_regs *regs)
{
	hve_partition_cpuid_set(vp, leaf, regs);
}

void hve_tlfs_cpuid_fixup(struct hve_vp *vp, u32 leaf,
			  struct hve_cpuid_regs *regs)
{
	hve_discovery_fixup(vp, leaf, regs);
}

bool hve_tlfs_enabled(struct hve_vp *vp)
{
	return hve_vp_has(vp, HVE_GATE_HV1);
}

int hve_tlfs_partition_init(struct hve_partition *pt)
{
	return hve_partition_init(pt);
}

void hve_tlfs_partition_destroy(struct hve_partition *pt)
{
	hve_hcall_page_destroy(pt);
	hve_reftime_destroy(pt);
	hve_stats_destroy(pt, pt->stats);
	hve_partition_destroy(pt);
}

void hve_tlfs_partition_reset(struct hve_partition *pt)
{
	struct hve_vp *vp;
	u32 i;

	for (i = 0; i < READ_ONCE(pt->vp_limit); i++) {
		vp = hve_partition_vp(pt, i);
		if (vp)
			hve_tlfs_vp_reset(vp);
	}
	hve_hcall_page_reset(pt);
	hve_reftime_reset(pt);
	hve_crash_reset(pt);
	hve_syndbg_reset(pt);
	hve_stats_reset(pt, pt->stats);
}

int hve_tlfs_vp_init(struct hve_vp *vp, struct hve_partition *pt, u32 vp_index)
{
	int err;

	hve_synic_init(vp);	/* before others can find the VP */
	err = hve_vp_init(vp, pt, vp_index);
	if (!err)
		hve_reftime_start(vp);
	return err;
}

void hve_tlfs_vp_destroy(struct hve_vp *vp)
{
	hve_stimer_destroy(vp);
	hve_vp_destroy(vp);
	hve_stats_destroy(vp->pt, vp->stats);
	hve_synic_destroy(vp);
}

void hve_tlfs_vp_reset(struct hve_vp *vp)
{
	hve_stimer_reset(vp);
	hve_unhalted_reset(vp);
	hve_npiep_reset(vp);
	hve_synic_reset(vp);
	hve_stats_reset(vp->pt, vp->stats);
	hve_vp_reset(vp);
}

int hve_tlfs_ext_set(struct hve_partition *pt, u64 capabilities)
{
	if (capabilities & ~HV_EXT_CAPABILITIES)
		return -EINVAL;
	WRITE_ONCE(pt->ext_capabilities, capabilities);
	WRITE_ONCE(pt->ext_set, true);
	return 0;
}

void hve_tlfs_stats_update(struct hve_vp *vp)
{
	if (unlikely(READ_ONCE(vp->stats_on)))
		hve_stats_update(vp);
}

bool hve_tlfs_npiep_blocks(struct hve_vp *vp, unsigned int insn)
{
	return hve_npiep_blocks(vp, insn);
}

void hve_tlfs_synic_by_vmm(struct hve_vp *vp)
{
	vp->synic_by_vmm = true;
}

void hve_tlfs_ports_release(struct hve_partition *pt)
{
	hve_conns_release(pt);
	hve_ports_release(pt);
}

bool hve_tlfs_doorbell(struct hve_partition *pt, u64 gpa, u32 bytes, u64 val)
{
	return hve_conn_doorbell(pt, gpa, bytes, val);
}

void hve_tlfs_vector_eoi(struct hve_vp *vp, unsigned int vtl, u8 vector,
			 bool automatic)
{
	hve_synic_eoi(vp, vtl, vector, automatic);
}

const unsigned long *hve_tlfs_eoi_vectors(struct hve_vp *vp, unsigned int vtl)
{
	return vp->vtl[vtl].synic.vectors;
}

bool hve_tlfs_sint_raise(struct hve_vp *vp, unsigned int vtl,
			 unsigned int sint)
{
	return sint < HV_SYNIC_SINT_COUNT && hve_synic_raise(vp, vtl, sint);
}

struct hve_vp *hve_tlfs_vp_find(struct hve_partition *pt, u32 vp_index)
{
	return hve_partition_vp(pt, vp_index);
}

bool hve_tlfs_hypercall_enabled(struct hve_vp *vp)
{
	return hve_hcall_enabled(vp, 0);
}

void hve_tlfs_syndbg_status(struct hve_vp *vp, u64 status)
{
	hve_syndbg_set(vp, 0, HV_X64_MSR_SYNDBG_STATUS, status);
}

void hve_tlfs_hypercall_complete(struct hve_vp *vp, u64 *gpr, u64 result)
{
	hve_hcall_complete(vp, gpr, result);
}

void hve_tlfs_process_requests(struct hve_vp *vp, unsigned long reqs)
{
	if (reqs & (1ul << HVE_VP_REQ_TSC_PAGE)) {
		hve_reftime_update(vp);
		hve_stimer_request_all(vp->pt);
	}
	hve_reenlighten_process(vp);
	if (reqs & (1ul << HVE_VP_REQ_STIMER))
		hve_stimer_process(vp);
	if (reqs & (1ul << HVE_VP_REQ_UNHALTED))
		hve_unhalted_process(vp);
	if (reqs & (1ul << HVE_VP_REQ_SYNIC)) {
		hve_stimer_stamp(vp);
		hve_synic_process(vp);
	}
}

bool hve_tlfs_eoi_assist_arm(struct hve_vp *vp, unsigned int vtl)
{
	return hve_eoi_assist_arm(vp, vtl);
}

bool hve_tlfs_eoi_assist_disarm(struct hve_vp *vp, unsigned int vtl)
{
	return hve_eoi_assist_disarm(vp, vtl);
}

bool hve_tlfs_eoi_assist_used(struct hve_vp *vp, unsigned int vtl)
{
	return hve_eoi_assist_used(vp, vtl);
}

void hve_tlfs_tsc_changed(struct hve_partition *pt)
{
	struct hve_vp *vp = hve_partition_any_vp(pt);

	if (!vp)
		return;
	hve_reftime_update(vp);
	hve_stimer_request_all(pt);
}

int hve_tlfs_tsc_freq_was(struct hve_partition *pt, u64 tsc_freq)
{
	bool on;

	mutex_lock(&pt->lock);
	on = hve_reenlighten_emulate(pt, tsc_freq);
	mutex_unlock(&pt->lock);
	/* finds another frequency, and tells the guest */
	hve_tlfs_tsc_changed(pt);
	return on ? 0 : -EINVAL;
}

u64 hve_tlfs_reftime_get(struct hve_partition *pt, struct hve_vp *vp)
{
	return hve_reftime_now(vp);
}

void hve_tlfs_reftime_set(struct hve_partition *pt, struct hve_vp *vp,
			  u64 val_100ns)
{
	/* a guest that was promised a constant page keeps it, and its time */
	if (hve_reftime_is_promised(pt))
		return;
	hve_reftime_set(vp, val_100ns);
	hve_stimer_request_all(pt);
}

void hve_tlfs_time_freeze(struct hve_partition *pt)
{
	hve_reftime_freeze(pt, hve_partition_any_vp(pt));
	hve_stimer_request_all(pt);
}

void hve_tlfs_time_thaw(struct hve_partition *pt)
{
	hve_reftime_thaw(pt, hve_partition_any_vp(pt));
	hve_stimer_request_all(pt);
}
