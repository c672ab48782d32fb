/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synthetic MSR numbers and the layout of their values (all TLFS chapters).
 */
#ifndef HV_MSR_H
#define HV_MSR_H

#include <linux/types.h>
#include <linux/build_bug.h>

/* hypercall-interface.md, vp-properties.md, partition-properties.md */
#define HV_X64_MSR_GUEST_OS_ID			0x40000000
#define HV_X64_MSR_HYPERCALL			0x40000001
#define HV_X64_MSR_VP_INDEX			0x40000002
#define HV_X64_MSR_RESET			0x40000003
#define HV_X64_MSR_VP_RUNTIME			0x40000010

/* timers.md */
#define HV_X64_MSR_TIME_REF_COUNT		0x40000020
#define HV_X64_MSR_REFERENCE_TSC		0x40000021
#define HV_X64_MSR_TSC_FREQUENCY		0x40000022
#define HV_X64_MSR_APIC_FREQUENCY		0x40000023

#define HV_X64_MSR_NPIEP_CONFIG			0x40000040
/* SGDT, SIDT, SLDT, STR */
#define HV_NPIEP_RSVDZ				(~0xfull)

/* virtual-interrupts.md */
#define HV_X64_MSR_EOI				0x40000070
#define HV_X64_MSR_ICR				0x40000071
#define HV_X64_MSR_TPR				0x40000072
#define HV_X64_MSR_VP_ASSIST_PAGE		0x40000073

/* inter-partition-communication.md */
#define HV_X64_MSR_SCONTROL			0x40000080
#define HV_X64_MSR_SVERSION			0x40000081
#define HV_X64_MSR_SIEFP			0x40000082
#define HV_X64_MSR_SIMP				0x40000083
#define HV_X64_MSR_EOM				0x40000084
#define HV_X64_MSR_SIRBP			0x40000085
#define HV_X64_MSR_SINT0			0x40000090
#define HV_X64_MSR_SINT15			0x4000009f

/* timers.md: CONFIG at even, COUNT at odd numbers */
#define HV_X64_MSR_STIMER0_CONFIG		0x400000b0
#define HV_X64_MSR_STIMER0_COUNT		0x400000b1
#define HV_X64_MSR_STIMER3_COUNT		0x400000b7

#define HV_X64_MSR_STATS_PARTITION_RETAIL	0x400000e0
#define HV_X64_MSR_STATS_PARTITION_INTERNAL	0x400000e1
#define HV_X64_MSR_STATS_VP_RETAIL		0x400000e2
#define HV_X64_MSR_STATS_VP_INTERNAL		0x400000e3

#define HV_X64_MSR_GUEST_IDLE			0x400000f0

/* Numbers only in the TLFS; what Linux and debuggers on Windows use. */
#define HV_X64_MSR_SYNDBG_CONTROL		0x400000f1
#define HV_X64_MSR_SYNDBG_STATUS		0x400000f2
#define HV_X64_MSR_SYNDBG_SEND_BUFFER		0x400000f3
#define HV_X64_MSR_SYNDBG_RECV_BUFFER		0x400000f4
#define HV_X64_MSR_SYNDBG_PENDING_BUFFER	0x400000f5
#define HV_X64_MSR_SYNDBG_OPTIONS		0x400000ff
/* SYNDBG_OPTIONS: hypercalls instead of the other registers */
#define HV_SYNDBG_OPTION_USE_HCALLS		0x4ull

/* partition-properties.md, "Partition Crash Enlightenment" */
#define HV_X64_MSR_CRASH_P0			0x40000100
#define HV_X64_MSR_CRASH_P4			0x40000104
#define HV_X64_MSR_CRASH_CTL			0x40000105

/* timers.md, nested-virtualization.md */
#define HV_X64_MSR_REENLIGHTENMENT_CONTROL	0x40000106
#define HV_X64_MSR_TSC_EMULATION_CONTROL	0x40000107
#define HV_X64_MSR_TSC_EMULATION_STATUS		0x40000108
/* REENLIGHTENMENT_CONTROL: vector 7:0, enabled, target VP 63:32 */
#define HV_REENLIGHTENMENT_VECTOR_MASK		0xffull
#define HV_REENLIGHTENMENT_ENABLED		0x10000ull
#define HV_REENLIGHTENMENT_VP_SHIFT		32
#define HV_TSC_EMULATION_ENABLED		0x1ull
#define HV_TSC_EMULATION_IN_PROGRESS		0x1ull
#define HV_X64_MSR_STIME_UNHALTED_TIMER_CONFIG	0x40000114
#define HV_X64_MSR_STIME_UNHALTED_TIMER_COUNT	0x40000115
/* CONFIG: vector 7:0, enabled */
#define HV_STIME_UNHALTED_ENABLED		0x100ull
#define HV_STIME_UNHALTED_RSVDZ			(~0x1ffull)

/* In no edition of the TLFS; what Linux and Windows guests use. */
#define HV_X64_MSR_TSC_INVARIANT_CONTROL	0x40000118
#define HV_EXPOSE_INVARIANT_TSC			0x1ull

/* HYPERCALL, REFERENCE_TSC, VP_ASSIST_PAGE, SIMP, SIEFP have this form */
#define HV_MSR_PAGE_ENABLE			0x1ull
#define HV_MSR_PAGE_GPN_SHIFT			12
#define HV_HYPERCALL_MSR_LOCKED			0x2ull

#define HV_RESET_REQUEST			0x1ull

/* datatypes/hv_crash_ctl_reg_contents.md */
#define HV_CRASH_CTL_PRE_OS_ID_SHIFT		58
#define HV_CRASH_CTL_PRE_OS_ID_MASK		(0x7ull << 58)
#define HV_CRASH_CTL_NO_CRASH_DUMP		0x2000000000000000ull
#define HV_CRASH_CTL_CRASH_MESSAGE		0x4000000000000000ull
#define HV_CRASH_CTL_CRASH_NOTIFY		0x8000000000000000ull
#define HV_CRASH_NR_PARAMS			5
#define HV_CRASH_MESSAGE_MAX			4096

static_assert(HV_X64_MSR_CRASH_P4 - HV_X64_MSR_CRASH_P0 + 1 ==
	      HV_CRASH_NR_PARAMS);
static_assert(HV_X64_MSR_SINT15 - HV_X64_MSR_SINT0 == 15);

#endif /* HV_MSR_H */
