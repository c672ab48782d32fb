// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of a root or parent partition (TLFS hypercalls/, "Partition Privilege
 * Flags").  There are none here, but a guest partition without the privilege
 * hears ACCESS_DENIED, as it does elsewhere.  A VP whose leaves name such a
 * privilege all the same finds no such call.
 */
#include "hypercall.h"

#include <linux/string.h>

#include "../partition/partition.h"

static const struct {
	u16 first, last;
	u8 gate;
} host_calls[] = {
	/* HvCallGetLogicalProcessorRunTime, HvCallParkedVirtualProcessors */
	{ 0x0004, 0x0004, HV_CPU_MANAGEMENT },
	{ 0x0009, 0x0009, HV_CPU_MANAGEMENT },
	/* HvCallCreatePartition to HvCallSetPartitionProperty */
	{ 0x0040, 0x0045, HV_CREATE_PARTITIONS },
	{ 0x0046, 0x0046, HV_ACCESS_PARTITION_ID },
	/* HvCallGetNextChildPartition */
	{ 0x0047, 0x0047, HV_CREATE_PARTITIONS },
	/* HvCallDepositMemory, HvCallWithdrawMemory, HvCallGetMemoryBalance */
	{ 0x0048, 0x004a, HV_ACCESS_MEMORY_POOL },
	/* HvCallCreatePort and HvCallConnectPort, numbers of before */
	{ 0x0057, 0x0057, HV_CREATE_PORT },
	{ 0x0059, 0x0059, HV_CONNECT_PORT },
	/* HvCallMapStatsPage, HvCallUnmapStatsPage */
	{ 0x006c, 0x006d, HV_ACCESS_STATS_CALLS },
	/* HvCallSetSystemProperty */
	{ 0x006f, 0x006f, HV_CONFIGURE_PROFILER },
	/* logical processors, power, devices, events, machine checks */
	{ 0x0076, 0x007a, HV_CPU_MANAGEMENT },
	{ 0x0084, 0x008d, HV_CPU_MANAGEMENT },
	/* HvCallCreatePort, HvCallConnectPort */
	{ 0x0095, 0x0095, HV_CREATE_PORT },
	{ HVE_LAST_HOST_CALL, HVE_LAST_HOST_CALL, HV_CONNECT_PORT },
};

hv_status_t hve_call_host(const struct hve_vp *vp, u16 code)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(host_calls); i++)
		if (code >= host_calls[i].first && code <= host_calls[i].last &&
		    !hve_vp_has(vp, host_calls[i].gate))
			return HV_STATUS_ACCESS_DENIED;
	return HV_STATUS_INVALID_HYPERCALL_CODE;
}
