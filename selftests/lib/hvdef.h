/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers of the Hv#1 interface that tests and the sample VMM use, typed from
 * the TLFS a second time on purpose: a wrong number in include/hv would not
 * show in a test that took it from there.
 */
#ifndef SELFTESTS_HVDEF_H
#define SELFTESTS_HVDEF_H

/* TLFS, "Hypervisor CPUID Leaf Range" */
#define HV_CPUID_VENDOR			0x40000000u
#define HV_CPUID_INTERFACE		0x40000001u
#define HV_CPUID_IDENTITY		0x40000002u
#define HV_CPUID_FEATURES		0x40000003u
#define HV_CPUID_HINTS			0x40000004u
#define HV_CPUID_LIMITS			0x40000005u
#define HV_INTERFACE_SIGNATURE		0x31237648u	/* "Hv#1" */

/* leaf 3 EAX: partition privilege mask */
#define HV_ACCESS_VP_RUNTIME		(1u << 0)
#define HV_ACCESS_REF_COUNTER		(1u << 1)
#define HV_ACCESS_SYNIC			(1u << 2)
#define HV_ACCESS_STIMER		(1u << 3)
#define HV_ACCESS_APIC			(1u << 4)
#define HV_ACCESS_HYPERCALL		(1u << 5)
#define HV_ACCESS_VP_INDEX		(1u << 6)
#define HV_ACCESS_RESET			(1u << 7)
#define HV_ACCESS_REF_TSC		(1u << 9)
#define HV_ACCESS_GUEST_IDLE		(1u << 10)
#define HV_ACCESS_FREQUENCY		(1u << 11)
#define HV_ACCESS_REENLIGHTENMENT	(1u << 13)
/* leaf 3 EDX: features */
#define HV_FEATURE_GUEST_IDLE_STATE	(1u << 5)
#define HV_FEATURE_FREQUENCIES		(1u << 8)
#define HV_FEATURE_CRASH_MSRS		(1u << 10)
#define HV_FEATURE_HYPERCALL_LOCK	(1u << 18)

/* leaf 4 EAX: recommendations */
#define HV_HINT_SWITCH_ADDRESS_SPACE	(1u << 0)

/* TLFS, "Synthetic MSRs" */
#define HV_X64_MSR_GUEST_OS_ID		0x40000000u
#define HV_X64_MSR_HYPERCALL		0x40000001u
#define HV_X64_MSR_VP_INDEX		0x40000002u
#define HV_X64_MSR_RESET		0x40000003u
#define HV_X64_MSR_VP_RUNTIME		0x40000010u
#define HV_X64_MSR_TIME_REF_COUNT	0x40000020u
#define HV_X64_MSR_REFERENCE_TSC	0x40000021u
#define HV_X64_MSR_TSC_FREQUENCY	0x40000022u
#define HV_X64_MSR_APIC_FREQUENCY	0x40000023u
#define HV_X64_MSR_EOI			0x40000070u
#define HV_X64_MSR_ICR			0x40000071u
#define HV_X64_MSR_TPR			0x40000072u
#define HV_X64_MSR_VP_ASSIST_PAGE	0x40000073u
#define HV_X64_MSR_SCONTROL		0x40000080u
#define HV_X64_MSR_SIEFP		0x40000082u
#define HV_X64_MSR_SIMP			0x40000083u
#define HV_X64_MSR_EOM			0x40000084u
#define HV_X64_MSR_SINT0		0x40000090u
#define HV_X64_MSR_STIMER0_CONFIG	0x400000b0u
#define HV_X64_MSR_STIMER0_COUNT	0x400000b1u
#define HV_X64_MSR_SYNDBG_CONTROL	0x400000f1u
#define HV_X64_MSR_SYNDBG_STATUS	0x400000f2u
#define HV_X64_MSR_SYNDBG_SEND_BUFFER	0x400000f3u
#define HV_X64_MSR_SYNDBG_RECV_BUFFER	0x400000f4u
#define HV_X64_MSR_SYNDBG_PENDING_BUFFER 0x400000f5u
#define HV_X64_MSR_SYNDBG_OPTIONS	0x400000ffu
#define HV_SYNDBG_USE_HCALLS		4u
#define HV_X64_MSR_GUEST_IDLE		0x400000f0u
#define HV_X64_MSR_CRASH_P0		0x40000100u
#define HV_X64_MSR_CRASH_P4		0x40000104u
#define HV_X64_MSR_CRASH_CTL		0x40000105u
#define HV_X64_MSR_REENLIGHTENMENT_CONTROL 0x40000106u
#define HV_CRASH_CTL_NOTIFY		(1ull << 63)
#define HV_CRASH_CTL_MESSAGE		(1ull << 62)
#define HV_CRASH_CTL_NO_DUMP		(1ull << 61)
#define HV_MSR_ENABLE			1ull
#define HV_MSR_LOCKED			2ull	/* of the hypercall page only */

/* "Hypercall Reference" */
#define HVCALL_POST_DEBUG_DATA			0x69
#define HVCALL_RETRIEVE_DEBUG_DATA		0x6a
#define HVCALL_RESET_DEBUG_SESSION		0x6b
#define HVCALL_SWITCH_ADDRESS_SPACE	0x0001
#define HVCALL_FLUSH_SPACE		0x0002
#define HVCALL_FLUSH_LIST		0x0003
#define HVCALL_FLUSH_SPACE_EX		0x0013
#define HVCALL_FLUSH_LIST_EX		0x0014
#define HVEXT_QUERY_CAPABILITIES	0x8001

/* "Hypercall Inputs" */
#define HVCALL_IS_FAST			(1ull << 16)
#define HVCALL_BANKS(n)			((uint64_t)(n) << 17)
#define HVCALL_REPS(n)			((uint64_t)(n) << 32)
#define HVCALL_START(n)			((uint64_t)(n) << 48)

/* "Virtual MMU" */
#define FLUSH_ALL_PROCESSORS		0x1
#define FLUSH_ALL_SPACES		0x2
#define FLUSH_NON_GLOBAL		0x4
#define FLUSH_EXTENDED_RANGES		0x8
#define FLUSH_LARGE_RANGE		0x800

/* "Hypercall Status Codes" */
#define HV_STATUS_SUCCESS			0
#define HV_STATUS_INVALID_HYPERCALL_CODE	2
#define HV_STATUS_INVALID_HYPERCALL_INPUT	3
#define HV_STATUS_INVALID_ALIGNMENT		4
#define HV_STATUS_INVALID_PARAMETER		5
#define HV_STATUS_ACCESS_DENIED			6
#define HV_STATUS_OPERATION_DENIED		8

#endif
