// SPDX-License-Identifier: GPL-2.0
/* What the statistics pages of a VP have of the machine: exits and their time. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <asm/vmx.h>
#include "hv/hv_stats.h"
#include "hvhost.h"
#include "core/vcpu.h"

static const struct {
	u8 reason;
	u8 counter;
} rows[] = {
	{ EXIT_REASON_VMCALL, HV_STATS_VPV_HYPERCALLS },
	{ EXIT_REASON_INVLPG, HV_STATS_VPV_PAGE_INVALIDATIONS },
	{ EXIT_REASON_CR_ACCESS, HV_STATS_VPV_CR_ACCESSES },
	{ EXIT_REASON_IO_INSTRUCTION, HV_STATS_VPV_IO_INSTRUCTIONS },
	{ EXIT_REASON_HLT, HV_STATS_VPV_HLT_INSTRUCTIONS },
	{ EXIT_REASON_MWAIT_INSTRUCTION, HV_STATS_VPV_MWAIT_INSTRUCTIONS },
	{ EXIT_REASON_CPUID, HV_STATS_VPV_CPUID_INSTRUCTIONS },
	{ EXIT_REASON_MSR_READ, HV_STATS_VPV_MSR_ACCESSES },
	{ EXIT_REASON_MSR_WRITE, HV_STATS_VPV_MSR_ACCESSES },
	{ EXIT_REASON_EXTERNAL_INTERRUPT, HV_STATS_VPV_EXTERNAL_INTERRUPTS },
	{ EXIT_REASON_INTERRUPT_WINDOW, HV_STATS_VPV_PENDING_INTERRUPTS },
	{ EXIT_REASON_TPR_BELOW_THRESHOLD, HV_STATS_VPV_PENDING_INTERRUPTS },
	{ EXIT_REASON_DR_ACCESS, HV_STATS_VPV_DEBUG_REGISTER_ACCESSES },
};

static u8 counter_of(unsigned int reason)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].reason == reason)
			return rows[i].counter;
	return HV_STATS_VPV_OTHER_INTERCEPTS;
}

u64 hve_host_vp_stats(struct hve_vp *vp, u64 *vpv)
{
	struct hve_vcpu *vcpu = hve_vp_vcpu(vp);
	u64 ns[HV_STATS_VPV_LAST + 2] = {}, total = 0, n;
	unsigned int i;

	for (i = 0; i < HVE_VMX_REASONS; i++) {
		if (!vcpu->stats.by_reason[i])
			continue;
		vpv[counter_of(i)] += vcpu->stats.by_reason[i];
		n = mul_u64_u64_div_u64(vcpu->stats.ticks[i], 1000000,
					vcpu->vm->tsc_khz);
		ns[counter_of(i)] += n;
		total += n;
	}
	for (i = 1; i <= HV_STATS_VPV_LAST_WITH_COST; i += 2)
		if (vpv[i])
			vpv[i + 1] = div64_u64(ns[i], vpv[i]);
	return total;
}
