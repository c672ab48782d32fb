// SPDX-License-Identifier: GPL-2.0
/*
 * One row a hypercall, indexed by call code; extended calls are one range.
 *
 * SPEC?: the text calls the bits of leaf 0x40000004 recommendations and names
 * no privilege for flushes and IPIs.  A VP that was not told of a call by them
 * is denied it, as guests see it elsewhere.
 */
#include "hypercall.h"

#include <linux/string.h>

const struct hve_hcall_row hve_hcall_rows[HVE_NR_HCALL_ROWS] = {
	[HVCALL_SWITCH_VIRTUAL_ADDRESS_SPACE] = {
		.name = "SwitchVirtualAddressSpace",
		.fn = hve_call_switch_space,
		.gate = HV_HINT_ADDRESS_SPACE_SWITCH, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_FAST | HVE_HCALL_WINDOW,
		.in = sizeof(struct hv_switch_virtual_address_space),
	},
	[HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE] = {
		.name = "FlushVirtualAddressSpace",
		.fn = hve_call_flush_space,
		.gate = HV_HINT_REMOTE_FLUSH, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_FAST | HVE_HCALL_WINDOW |
			 HVE_HCALL_LOCAL_FLUSH,
		.in = sizeof(struct hv_tlb_flush),
	},
	[HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST] = {
		.name = "FlushVirtualAddressList",
		.fn = hve_call_flush_list,
		.gate = HV_HINT_REMOTE_FLUSH, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_REP | HVE_HCALL_FAST | HVE_HCALL_WINDOW |
			 HVE_HCALL_LOCAL_FLUSH,
		.in = sizeof(struct hv_tlb_flush), .rep_in = sizeof(u64),
	},
	[HVCALL_NOTIFY_LONG_SPIN_WAIT] = {
		.name = "NotifyLongSpinWait",
		.fn = hve_call_notify_long_spin_wait,
		.gate = HVE_GATE_HV1, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_FAST | HVE_HCALL_SPIN_COUNT,
		.in = sizeof(struct hv_notify_long_spin_wait),
	},
	[HVCALL_SEND_SYNTHETIC_CLUSTER_IPI] = {
		.name = "SendSyntheticClusterIpi",
		.fn = hve_call_send_ipi,
		.gate = HV_HINT_CLUSTER_IPI, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_FAST | HVE_HCALL_WINDOW,
		.in = sizeof(struct hv_send_ipi),
	},
	[HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE_EX] = {
		.name = "FlushVirtualAddressSpaceEx",
		.fn = hve_call_flush_space_ex,
		.gate = HV_HINT_REMOTE_FLUSH,
		.gate2 = HV_HINT_EX_PROCESSOR_MASKS,
		.flags = HVE_HCALL_VAR | HVE_HCALL_FAST | HVE_HCALL_WINDOW |
			 HVE_HCALL_LOCAL_FLUSH,
		.in = sizeof(struct hv_tlb_flush_ex),
	},
	[HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST_EX] = {
		.name = "FlushVirtualAddressListEx",
		.fn = hve_call_flush_list_ex,
		.gate = HV_HINT_REMOTE_FLUSH,
		.gate2 = HV_HINT_EX_PROCESSOR_MASKS,
		.flags = HVE_HCALL_REP | HVE_HCALL_VAR | HVE_HCALL_FAST |
			 HVE_HCALL_WINDOW | HVE_HCALL_LOCAL_FLUSH,
		.in = sizeof(struct hv_tlb_flush_ex), .rep_in = sizeof(u64),
	},
	[HVCALL_SEND_SYNTHETIC_CLUSTER_IPI_EX] = {
		.name = "SendSyntheticClusterIpiEx",
		.fn = hve_call_send_ipi_ex,
		.gate = HV_HINT_CLUSTER_IPI,
		.gate2 = HV_HINT_EX_PROCESSOR_MASKS,
		.flags = HVE_HCALL_VAR | HVE_HCALL_FAST | HVE_HCALL_WINDOW,
		.in = sizeof(struct hv_send_ipi_ex),
	},
	[HVCALL_POST_MESSAGE] = {
		.name = "PostMessage",
		.fn = hve_call_post_message,
		.gate = HV_POST_MESSAGES, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_TO_VMM,
		.in = sizeof(struct hv_post_message),
	},
	[HVCALL_SIGNAL_EVENT] = {
		.name = "SignalEvent",
		.fn = hve_call_signal_event,
		.gate = HV_SIGNAL_EVENTS, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_FAST | HVE_HCALL_TO_VMM,
		.in = sizeof(struct hv_signal_event),
	},
	[HVCALL_POST_DEBUG_DATA] = {
		.name = "PostDebugData",
		.fn = hve_call_debug,
		.gate = HV_DEBUGGING, .gate2 = HV_VS_KERNEL_DEBUGGING,
		.flags = HVE_HCALL_HIDDEN,
		.in = sizeof(struct hv_post_debug_data_in), .out = sizeof(u32),
	},
	[HVCALL_RETRIEVE_DEBUG_DATA] = {
		.name = "RetrieveDebugData",
		.fn = hve_call_debug,
		.gate = HV_DEBUGGING, .gate2 = HV_VS_KERNEL_DEBUGGING,
		.flags = HVE_HCALL_HIDDEN,
		.in = sizeof(struct hv_retrieve_debug_data_in),
		.out = sizeof(struct hv_retrieve_debug_data_out),
	},
	[HVCALL_RESET_DEBUG_SESSION] = {
		.name = "ResetDebugSession",
		.fn = hve_call_debug,
		.gate = HV_DEBUGGING, .gate2 = HV_VS_KERNEL_DEBUGGING,
		.flags = HVE_HCALL_FAST | HVE_HCALL_HIDDEN,
	},
	[HVCALL_GET_VP_REGISTERS] = {
		.name = "GetVpRegisters",
		.fn = hve_call_get_vp_registers,
		.gate = HV_ACCESS_VP_REGISTERS, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_REP | HVE_HCALL_FAST,
		.in = sizeof(struct hv_get_vp_registers),
		.rep_in = sizeof(u32),
		.rep_out = sizeof(struct hv_register_value),
	},
	[HVCALL_SET_VP_REGISTERS] = {
		.name = "SetVpRegisters",
		.fn = hve_call_set_vp_registers,
		.gate = HV_ACCESS_VP_REGISTERS, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_REP | HVE_HCALL_FAST,
		.in = sizeof(struct hv_set_vp_registers),
		.rep_in = sizeof(struct hv_register_assoc),
	},
	/*
	 * SPEC?: the printed editions give these to a parent only, the online
	 * text to whoever may see the registers that they are made from.
	 */
	[HVCALL_TRANSLATE_VIRTUAL_ADDRESS] = {
		.name = "TranslateVirtualAddress",
		.fn = hve_call_translate_virtual_address,
		.gate = HV_ACCESS_VP_REGISTERS, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_FAST,
		.in = sizeof(struct hv_translate_virtual_address),
		.out = sizeof(struct hv_translate_virtual_address_out),
	},
	[HVCALL_TRANSLATE_VIRTUAL_ADDRESS_EX] = {
		.name = "TranslateVirtualAddressEx",
		.fn = hve_call_translate_virtual_address_ex,
		.gate = HV_ACCESS_VP_REGISTERS, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_FAST,
		.in = sizeof(struct hv_translate_virtual_address),
		.out = sizeof(struct hv_translate_virtual_address_ex_out),
	},
	/*
	 * SPEC?: the printed editions give it to a parent, the online text to
	 * "the partition itself for self"; then this privilege is the one.
	 */
	[HVCALL_UNMAP_STATS_PAGE] = {
		.name = "UnmapStatsPage",
		.fn = hve_call_unmap_stats_page,
		.gate = HV_ACCESS_STATS, .gate2 = HVE_GATE_HV1,
		.in = sizeof(struct hv_unmap_stats_page),
	},
	[HVCALL_START_VIRTUAL_PROCESSOR] = {
		.name = "StartVirtualProcessor",
		.fn = hve_call_start_virtual_processor,
		.gate = HV_START_VIRTUAL_PROCESSOR, .gate2 = HVE_GATE_HV1,
		.in = sizeof(struct hv_start_virtual_processor),
	},
	[HVCALL_GET_VP_INDEX_FROM_APIC_ID] = {
		.name = "GetVpIndexFromApicId",
		.fn = hve_call_get_vp_index_from_apic_id,
		.gate = HVE_GATE_HV1, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_REP | HVE_HCALL_FAST | HVE_HCALL_WINDOW,
		.in = sizeof(struct hv_get_vp_index_from_apic_id),
		.rep_in = sizeof(u32), .rep_out = sizeof(u32),
	},
	[HVCALL_FLUSH_GUEST_PHYSICAL_ADDRESS_SPACE] = {
		.name = "FlushGuestPhysicalAddressSpace",
		.fn = hve_call_flush_gpa_space,
		.gate = HV_FEATURE_NESTED_GPA_FLUSH, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_FAST,
		.in = sizeof(struct hv_guest_mapping_flush),
	},
	[HVCALL_FLUSH_GUEST_PHYSICAL_ADDRESS_LIST] = {
		.name = "FlushGuestPhysicalAddressList",
		.fn = hve_call_flush_gpa_list,
		.gate = HV_FEATURE_NESTED_GPA_FLUSH, .gate2 = HVE_GATE_HV1,
		.flags = HVE_HCALL_REP | HVE_HCALL_FAST,
		.in = sizeof(struct hv_guest_mapping_flush),
		.rep_in = sizeof(u64),
	},
};

/* The one beyond the table. */
static const struct hve_hcall_row map_stats_row = {
	.name = "MapStatsPage2",
	.fn = hve_call_map_stats_page,
	.gate = HV_ACCESS_STATS, .gate2 = HVE_GATE_HV1,
	.in = sizeof(struct hv_map_stats_page),
};

static const struct hve_hcall_row ext_row = {
	.name = "ExtCall",
	.fn = hve_call_ext,
	.gate = HV_ENABLE_EXTENDED_HYPERCALLS, .gate2 = HVE_GATE_HV1,
	.flags = HVE_HCALL_TO_VMM,
};

static_assert(HVE_NR_HCALL_ROWS <= HVE_NR_CALL_COUNTS);
static_assert(HVCALL_MAP_STATS_PAGE_2 < HVE_NR_CALL_COUNTS);

const struct hve_hcall_row *hve_hcall_ext_row(u16 code)
{
	if (code >= HVEXTCALL_QUERY_CAPABILITIES && code <= HVEXTCALL_LAST)
		return &ext_row;
	return code == HVCALL_MAP_STATS_PAGE_2 ? &map_stats_row : NULL;
}

static void gate_add(u32 *gates, unsigned int gate)
{
	gates[gate / 32] |= 1u << (gate % 32);
}

void hve_hcall_gates(u32 *gates)
{
	const struct hve_hcall_row *row;
	unsigned int i;
	u16 code;

	for (i = 0; hve_hcall_code(i, &code); i++) {
		row = hve_hcall_row(code);
		gate_add(gates, row->gate);
		gate_add(gates, row->gate2);
		if (row->flags & HVE_HCALL_LOCAL_FLUSH)
			gate_add(gates, HV_HINT_LOCAL_FLUSH);
	}
}

bool hve_hcall_code(unsigned int i, u16 *code)
{
	unsigned int c;

	for (c = 0; c < HVE_NR_HCALL_ROWS; c++) {
		if (hve_hcall_rows[c].fn && !i--) {
			*code = c;
			return true;
		}
	}
	*code = i ? HVEXTCALL_QUERY_CAPABILITIES : HVCALL_MAP_STATS_PAGE_2;
	return i <= 1;
}
