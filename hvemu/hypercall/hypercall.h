/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls (TLFS chapters Hypercall Interface, Virtual MMU; hypercalls/).
 */
#ifndef HVE_HYPERCALL_H
#define HVE_HYPERCALL_H

#include "../hvhost.h"
#include "../tlfs_state.h"
#include "hv/hv_discovery.h"
#include "hv/hv_hypercall.h"

struct hve_overlay_change;
struct hve_record;

/* hcall_record.c */
extern const struct hve_record hve_hypercall_record;

/* General registers as hve_tlfs_hypercall() gets them */
enum {
	HVE_GPR_RAX, HVE_GPR_RCX, HVE_GPR_RDX, HVE_GPR_RBX,
	HVE_GPR_RSP, HVE_GPR_RBP, HVE_GPR_RSI, HVE_GPR_RDI,
	HVE_GPR_R8,
	HVE_NR_GPRS = 16,
};

/* Row flags */
#define HVE_HCALL_REP		0x01	/* takes elements */
#define HVE_HCALL_VAR		0x02	/* takes a variable header */
#define HVE_HCALL_FAST		0x04	/* has the register form */
#define HVE_HCALL_WINDOW	0x08	/* may run in a window */
#define HVE_HCALL_TO_VMM	0x10	/* handler sees the raw call: it may be
					 * the VMM's
					 */
#define HVE_HCALL_SPIN_COUNT	0x20	/* gate: leaf 4 EBX is not zero */
#define HVE_HCALL_HIDDEN	0x40	/* does not exist without gate2 */

#define HVE_HCALL_LOCAL_FLUSH	0x80	/* the hint of local flushes is as good
					 * as gate
					 */

/**
 * struct hve_hcall_row - all that dispatch knows about a call
 * @fn: handler; NULL: no such call
 * @name: for traces
 * @gate: first privilege, feature or recommendation it needs
 * @gate2: second one, or HVE_GATE_HV1
 * @flags: HVE_HCALL_*
 * @in: bytes of the fixed header
 * @out: bytes of the output of a simple call
 * @rep_in: bytes of an input element
 * @rep_out: bytes of an output element
 */
struct hve_hcall_row {
	hv_status_t (*fn)(struct hve_hcall *hc);
	const char *name;
	u8 gate;
	u8 gate2;
	u8 flags;
	u8 rep_in;
	u8 rep_out;
	u16 in;
	u16 out;
};

#define HVE_NR_HCALL_ROWS	0x100

/* table.c: by call code */
extern const struct hve_hcall_row hve_hcall_rows[HVE_NR_HCALL_ROWS];

/** hve_hcall_ext_row() - hve_hcall_row() of the codes behind the table */
const struct hve_hcall_row *hve_hcall_ext_row(u16 code);

/**
 * hve_hcall_row() - all that dispatch knows about a call
 * @code: call code
 *
 * Return: NULL: no such call.
 */
static inline const struct hve_hcall_row *hve_hcall_row(u16 code)
{
	/* the mask keeps a mispredicted check within the table */
	unsigned long i = code & (HVE_NR_HCALL_ROWS - 1);

	if (unlikely(code >= HVE_NR_HCALL_ROWS))
		return hve_hcall_ext_row(code);
	return hve_hcall_rows[i].fn ? &hve_hcall_rows[i] : NULL;
}

/**
 * hve_hcall_gates() - gates of all rows
 * @gates: HVE_NR_GATE_WORDS words, bits are added
 */
void hve_hcall_gates(u32 *gates);

/**
 * hve_hcall_code() - the @i-th call code that has a row
 * @i: 0..
 * @code: out; the first of a range
 *
 * Return: false behind the last.
 */
bool hve_hcall_code(unsigned int i, u16 *code);

/* call_l2.c */
bool hve_hcall_is_flush(struct hve_vp *vp, const u64 *gpr);

/* dispatch.c */
bool hve_hcall_enabled(const struct hve_vp *vp, unsigned int vtl);
void hve_hcall_complete(struct hve_vp *vp, u64 *gpr, u64 result);

/**
 * hve_hcall_input() - check and read the input of a HVE_HCALL_TO_VMM call
 * @hc: call; without success hc->action may be another than before
 *
 * Such a call comes to its handler as the guest made it.
 */
hv_status_t hve_hcall_input(struct hve_hcall *hc);

/**
 * hve_hcall_output() - output of a HVE_HCALL_TO_VMM call that has no input
 * @hc: call; the output is in hc->out
 * @bytes: of it
 *
 * Context: outside.
 */
hv_status_t hve_hcall_output(struct hve_hcall *hc, u32 bytes);

/**
 * hve_hcall_expired() - shall a call with elements left come back later?
 * @hc: call, at least one element done
 */
bool hve_hcall_expired(const struct hve_hcall *hc);

/* fastregs.c */

static inline u64 hve_fastregs_pair(u64 high, u64 low)
{
	return high << 32 | (u32)low;
}

/** hve_fastregs_control() - hypercall input value of a call */
static inline u64 hve_fastregs_control(bool long64, const u64 *gpr)
{
	if (likely(long64))
		return gpr[HVE_GPR_RCX];
	return hve_fastregs_pair(gpr[HVE_GPR_RDX], gpr[HVE_GPR_RAX]);
}

/** hve_fastregs_params() - the two parameters of a call */
static inline void hve_fastregs_params(struct hve_hcall *hc, const u64 *gpr)
{
	if (likely(hc->long64)) {
		hc->param[0] = gpr[HVE_GPR_RDX];
		hc->param[1] = gpr[HVE_GPR_R8];
		return;
	}
	hc->param[0] = hve_fastregs_pair(gpr[HVE_GPR_RBX], gpr[HVE_GPR_RCX]);
	hc->param[1] = hve_fastregs_pair(gpr[HVE_GPR_RDI], gpr[HVE_GPR_RSI]);
}

void hve_fastregs_read(struct hve_hcall *hc);
void hve_fastregs_write(struct hve_hcall *hc, u64 *gpr, u32 from, u32 bytes);
u32 hve_fastregs_out_offset(const struct hve_hcall *hc);

/* vpset.c */

/**
 * hve_vpset_read() - the one validator of sparse VP sets
 * @hc: call with the set in its input; hc->vp_mask is filled
 * @set: set, its banks are the variable header
 * @all: out: all VPs are meant, and hc->vp_mask is not filled
 *
 * Banks beyond the highest VP are accepted and ignored.
 */
hv_status_t hve_vpset_read(struct hve_hcall *hc, const struct hv_vpset *set,
			   bool *all);
void hve_vpset_from_mask(struct hve_hcall *hc, u64 mask);

/* reg_synth.c */

/**
 * hve_reg_read() - a register by its TLFS name
 * @vp: the caller's VP, or one it holds
 * @vtl: whose
 * @name: HV_REGISTER_NAME
 * @val: out, two words
 *
 * Context: outside.
 */
hv_status_t hve_reg_read(struct hve_vp *vp, unsigned int vtl, u32 name,
			 u64 *val);

/**
 * hve_reg_write() - change a register by its TLFS name
 * @vp: the caller's VP, or one it holds
 * @vtl: whose
 * @name: HV_REGISTER_NAME
 * @val: two words
 * @own: it is the caller's
 *
 * Context: outside.
 */
hv_status_t hve_reg_write(struct hve_vp *vp, unsigned int vtl, u32 name,
			  const u64 *val, bool own);

/* page.c; register handlers as in partition.h */
int hve_hcall_page_prepare(struct hve_partition *pt, unsigned int vtl, u64 val,
			   struct hve_overlay_change *ch);
void hve_hcall_page_reset(struct hve_partition *pt);
void hve_hcall_page_destroy(struct hve_partition *pt);
u64 hve_guest_os_id_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_guest_os_id_write(struct hve_vp *vp, unsigned int vtl,
				     u32 msr, u64 val);
int hve_guest_os_id_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);
u64 hve_hcall_page_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_hcall_page_write(struct hve_vp *vp, unsigned int vtl,
				    u32 msr, u64 val);
int hve_hcall_page_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val);

/* The highest code in the table of call_host.c. */
#define HVE_LAST_HOST_CALL	0x96

/** hve_call_host() - hve_call_unknown() up to there */
hv_status_t hve_call_host(const struct hve_vp *vp, u16 code);

/**
 * hve_call_unknown() - status of a call that has no row
 * @vp: the caller's VP
 * @code: call code
 *
 * Return: HV_STATUS_ACCESS_DENIED for a call of a privilege the VP has not.
 */
static inline hv_status_t hve_call_unknown(const struct hve_vp *vp, u16 code)
{
	if (likely(code > HVE_LAST_HOST_CALL))
		return HV_STATUS_INVALID_HYPERCALL_CODE;
	return hve_call_host(vp, code);
}

/* handlers */
hv_status_t hve_call_debug(struct hve_hcall *hc);
hv_status_t hve_call_switch_space(struct hve_hcall *hc);
hv_status_t hve_call_flush_space(struct hve_hcall *hc);
hv_status_t hve_call_flush_list(struct hve_hcall *hc);
hv_status_t hve_call_flush_space_ex(struct hve_hcall *hc);
hv_status_t hve_call_flush_list_ex(struct hve_hcall *hc);
hv_status_t hve_call_flush_gpa_space(struct hve_hcall *hc);
hv_status_t hve_call_flush_gpa_list(struct hve_hcall *hc);
hv_status_t hve_call_send_ipi(struct hve_hcall *hc);
hv_status_t hve_call_send_ipi_ex(struct hve_hcall *hc);
hv_status_t hve_call_notify_long_spin_wait(struct hve_hcall *hc);
hv_status_t hve_call_get_vp_index_from_apic_id(struct hve_hcall *hc);
hv_status_t hve_call_get_vp_registers(struct hve_hcall *hc);
hv_status_t hve_call_set_vp_registers(struct hve_hcall *hc);
hv_status_t hve_call_translate_virtual_address(struct hve_hcall *hc);
hv_status_t hve_call_translate_virtual_address_ex(struct hve_hcall *hc);
hv_status_t hve_call_start_virtual_processor(struct hve_hcall *hc);
hv_status_t hve_call_map_stats_page(struct hve_hcall *hc);
hv_status_t hve_call_unmap_stats_page(struct hve_hcall *hc);
hv_status_t hve_call_ext(struct hve_hcall *hc);
hv_status_t hve_call_post_message(struct hve_hcall *hc);
hv_status_t hve_call_signal_event(struct hve_hcall *hc);

/**
 * hve_call_to_vmm() - let the VMM serve a call as the guest made it
 * @hc: call
 */
hv_status_t hve_call_to_vmm(struct hve_hcall *hc);

#endif /* HVE_HYPERCALL_H */
