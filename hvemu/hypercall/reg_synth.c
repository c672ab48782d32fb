// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of HvCallGetVpRegisters and HvCallSetVpRegisters that are state of
 * the TLFS half (TLFS datatypes/hv_register_name.md): a row a range of names,
 * with the handlers of the MSRs they are the same as.  All others are the
 * machine's.
 */
#include "hypercall.h"

#include <linux/errno.h>
#include <linux/string.h>

#include "../partition/partition.h"
#include "../synic/synic.h"
#include "../timers/timers.h"

/* Row flags */
#define OWN_WRITE	0x1	/* only the VP itself may write it */

/**
 * struct reg_row - registers that are synthetic MSRs
 * @first: name of the first one
 * @nr: how many
 * @msr: MSR of the first one
 * @gate: privilege or feature
 * @flags: OWN_WRITE
 * @read: as RDMSR
 * @write: as WRMSR; NULL: read-only
 */
struct reg_row {
	u32 first;
	u32 nr;
	u32 msr;
	u8 gate;
	u8 flags;
	u64 (*read)(struct hve_vp *vp, unsigned int vtl, u32 msr);
	enum hve_fault (*write)(struct hve_vp *vp, unsigned int vtl, u32 msr,
				u64 val);
};

static const struct reg_row rows[] = {
	{
		HV_REGISTER_GUEST_CRASH_P0, HV_CRASH_NR_PARAMS,
		HV_X64_MSR_CRASH_P0, HV_FEATURE_GUEST_CRASH_MSRS, 0,
		hve_crash_param_read, hve_crash_param_write,
	}, {
		HV_REGISTER_GUEST_CRASH_CTL, 1,
		HV_X64_MSR_CRASH_CTL, HV_FEATURE_GUEST_CRASH_MSRS, OWN_WRITE,
		hve_crash_ctl_read, hve_crash_ctl_write,
	}, {
		HV_REGISTER_VP_RUNTIME, 1,
		HV_X64_MSR_VP_RUNTIME, HV_ACCESS_VP_RUN_TIME, 0,
		hve_vp_runtime_read, NULL,
	}, {
		HV_REGISTER_GUEST_OS_ID, 1,
		HV_X64_MSR_GUEST_OS_ID, HV_ACCESS_HYPERCALL_MSRS, 0,
		hve_guest_os_id_read, hve_guest_os_id_write,
	}, {
		HV_REGISTER_VP_INDEX, 1,
		HV_X64_MSR_VP_INDEX, HV_ACCESS_VP_INDEX, 0,
		hve_vp_index_read, NULL,
	}, {
		HV_REGISTER_TIME_REF_COUNT, 1,
		HV_X64_MSR_TIME_REF_COUNT,
		HV_ACCESS_PARTITION_REFERENCE_COUNTER, 0,
		hve_reftime_count_read, NULL,
	}, {
		HV_REGISTER_VP_ASSIST_PAGE, 1,
		HV_X64_MSR_VP_ASSIST_PAGE, HV_ACCESS_INTR_CTRL_REGS, 0,
		hve_vp_assist_read, hve_vp_assist_write,
	}, {
		HV_REGISTER_REFERENCE_TSC, 1,
		HV_X64_MSR_REFERENCE_TSC, HV_ACCESS_PARTITION_REFERENCE_TSC, 0,
		hve_reftime_page_read, hve_reftime_page_write,
	}, {
		/* retail and internal */
		HV_REGISTER_STATS_PARTITION_RETAIL, HV_STATS_PAGES,
		HV_X64_MSR_STATS_PARTITION_RETAIL, HV_ACCESS_STATS, 0,
		hve_stats_page_read, hve_stats_page_write,
	}, {
		HV_REGISTER_STATS_VP_RETAIL, HV_STATS_PAGES,
		HV_X64_MSR_STATS_VP_RETAIL, HV_ACCESS_STATS, 0,
		hve_stats_page_read, hve_stats_page_write,
	}, {
		HV_REGISTER_SINT0, HV_SYNIC_SINT_COUNT,
		HV_X64_MSR_SINT0, HV_ACCESS_SYNIC_REGS, 0,
		hve_synic_sint_read, hve_synic_sint_write,
	}, {
		HV_REGISTER_SCONTROL, 1,
		HV_X64_MSR_SCONTROL, HV_ACCESS_SYNIC_REGS, OWN_WRITE,
		hve_synic_control_read, hve_synic_control_write,
	}, {
		HV_REGISTER_SVERSION, 1,
		HV_X64_MSR_SVERSION, HV_ACCESS_SYNIC_REGS, 0,
		hve_synic_version_read, NULL,
	}, {
		/* SIEFP and SIMP */
		HV_REGISTER_SIFP, 2,
		HV_X64_MSR_SIEFP, HV_ACCESS_SYNIC_REGS, OWN_WRITE,
		hve_synic_page_read, hve_synic_page_write,
	}, {
		HV_REGISTER_EOM, 1,
		HV_X64_MSR_EOM, HV_ACCESS_SYNIC_REGS, OWN_WRITE,
		hve_synic_eom_read, hve_synic_eom_write,
	}, {
		HV_REGISTER_STIMER0_CONFIG, 2 * HV_SYNIC_STIMER_COUNT,
		HV_X64_MSR_STIMER0_CONFIG, HV_ACCESS_SYNTHETIC_TIMER_REGS,
		OWN_WRITE, hve_stimer_read, hve_stimer_write,
	}, {
		HV_REGISTER_STIME_UNHALTED_CONFIG, 2,
		HV_X64_MSR_STIME_UNHALTED_TIMER_CONFIG,
		HV_FEATURE_STIME_UNHALTED,
		OWN_WRITE, hve_unhalted_read, hve_unhalted_write,
	},
};

static const struct reg_row *row_of(u32 name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (name - rows[i].first < rows[i].nr)
			return &rows[i];
	return NULL;
}

/* "Matches CPUID ...": which leaf; 0: no such register. */
static u32 leaf_of(u32 name)
{
	u32 n = name - HV_REGISTER_PRIVILEGES_AND_FEATURES_INFO;

	if (n <= HV_REGISTER_PASID_FEATURES_INFO -
		 HV_REGISTER_PRIVILEGES_AND_FEATURES_INFO)
		return HV_CPUID_FEATURES + n;
	switch (name) {
	case HV_REGISTER_HYPERVISOR_VERSION:
		return HV_CPUID_VERSION;
	case HV_REGISTER_NESTED_VIRT_FEATURES_INFO:
		return HV_CPUID_NESTED_FEATURES;
	case HV_REGISTER_IPT_FEATURES_INFO:
		return HV_CPUID_NESTED_FEATURES + 1;
	default:
		return 0;
	}
}

static void leaf_read(struct hve_vp *vp, u32 leaf, u64 *val)
{
	struct hve_cpuid_regs r = {};

	/* a leaf that the VMM did not give reads as zeroes */
	if (!hve_host_cpuid(vp, leaf, &r))
		hve_discovery_fixup(vp, leaf, &r);
	val[0] = r.eax | (u64)r.ebx << 32;
	val[1] = r.ecx | (u64)r.edx << 32;
}

/* -EINVAL of the host, and what it does not know */
static hv_status_t status_of(int err)
{
	switch (err) {
	case 0:
		return HV_STATUS_SUCCESS;
	case -EINVAL:
		return HV_STATUS_INVALID_REGISTER_VALUE;
	default:
		/*
		 * "The specified register name is invalid", "is read-only".
		 * SPEC?: UNKNOWN_REGISTER_NAME is in no edition.
		 */
		return HV_STATUS_INVALID_PARAMETER;
	}
}

hv_status_t hve_reg_read(struct hve_vp *vp, unsigned int vtl, u32 name,
			 u64 *val)
{
	const struct reg_row *row = row_of(name);
	u32 leaf = leaf_of(name);

	val[0] = 0;
	val[1] = 0;
	if (leaf) {
		leaf_read(vp, leaf, val);
		return HV_STATUS_SUCCESS;
	}
	if (!row)
		return status_of(hve_host_reg_read(vp, vtl, name, val));
	if (!hve_vp_has(vp, row->gate))
		return HV_STATUS_ACCESS_DENIED;
	val[0] = row->read(vp, vtl, row->msr + (name - row->first));
	return HV_STATUS_SUCCESS;
}

hv_status_t hve_reg_write(struct hve_vp *vp, unsigned int vtl, u32 name,
			  const u64 *val, bool own)
{
	const struct reg_row *row = row_of(name);
	u32 msr;

	if (leaf_of(name))
		return HV_STATUS_INVALID_PARAMETER;
	if (!row)
		return status_of(hve_host_reg_write(vp, vtl, name, val));
	if (!row->write)
		return HV_STATUS_INVALID_PARAMETER;
	if (!hve_vp_has(vp, row->gate))
		return HV_STATUS_ACCESS_DENIED;
	/* its timers and queues are served by its own thread */
	if (!own && (row->flags & OWN_WRITE))
		return HV_STATUS_INVALID_VP_STATE;
	/* "bits beyond the architectural size ... are zeroed" */
	if (val[1])
		return HV_STATUS_INVALID_REGISTER_VALUE;
	msr = row->msr + (name - row->first);
	hve_host_synth_prepare(vp, vtl, msr);
	return row->write(vp, vtl, msr, val[0]) == HVE_NO_FAULT ?
	       HV_STATUS_SUCCESS : HV_STATUS_INVALID_REGISTER_VALUE;
}
