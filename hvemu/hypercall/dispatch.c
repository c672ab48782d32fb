// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall calling convention (TLFS hypercall-interface.md): input value,
 * row, privilege, checks, one copy-in, handler, copy-out, result.
 *
 * Handlers see no registers and no guest addresses.  They run in a window too
 * when their row says so, and then, to be called again outside, set hc->action
 * to HVE_HCALL_OUTSIDE before they have changed anything.
 */
#include "hypercall.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "../partition/partition.h"
#include "../trace.h"

/* "The hypervisor attempts to limit hypercall execution to 50us or less". */
#define BUDGET_NS	50000

#define PAGE_BYTES	4096u

bool hve_hcall_enabled(const struct hve_vp *vp, unsigned int vtl)
{
	return READ_ONCE(vp->pt->vtl[vtl].guest_os_id) &&
	       hve_vp_has(vp, HVE_GATE_HV1);
}

static u16 rep_field(u64 control, u64 mask, unsigned int shift)
{
	return (control & mask) >> shift;
}

static bool row_is_granted(const struct hve_vp *vp,
			   const struct hve_hcall_row *row)
{
	/*
	 * SPEC?: HvCallNotifyLongSpinWait returns nothing but SUCCESS, and a
	 * count of 0 or -1 means "never notify".  A VP without a count was
	 * not offered the call at all; any other value goes.
	 */
	if ((row->flags & HVE_HCALL_SPIN_COUNT) && !vp->spin_count)
		return false;
	if (!hve_vp_has(vp, row->gate2))
		return false;
	return likely(hve_vp_has(vp, row->gate)) ||
	       ((row->flags & HVE_HCALL_LOCAL_FLUSH) &&
		hve_vp_has(vp, HV_HINT_LOCAL_FLUSH));
}

/* Everything the input value can have wrong; fills the sizes. */
static hv_status_t control_check(struct hve_hcall *hc)
{
	const struct hve_hcall_row *row = hc->row;
	u64 control = hc->control;
	u32 var = (control & HV_HYPERCALL_VARHEAD_MASK) >>
		  HV_HYPERCALL_VARHEAD_SHIFT;
	u16 count = rep_field(control, HV_HYPERCALL_REP_COUNT_MASK,
			      HV_HYPERCALL_REP_COUNT_SHIFT);
	u16 start = rep_field(control, HV_HYPERCALL_REP_START_MASK,
			      HV_HYPERCALL_REP_START_SHIFT);

	/*
	 * SPEC?: "Is Nested: the hypercall should be handled by the L0
	 * hypervisor in a nested environment": there is no such environment
	 * here, so the bit is one that must be zero.
	 */
	if (control & (HV_HYPERCALL_RSVDZ | HV_HYPERCALL_NESTED))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (var && !(row->flags & HVE_HCALL_VAR))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	/* the rep count must always be greater than the rep start index */
	if (row->flags & HVE_HCALL_REP ? start >= count : start || count)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;

	hc->rep_count = count;
	hc->rep_start = start;
	hc->rep_done = start;
	hc->var_bytes = var * 8;
	hc->in_bytes = row->in + hc->var_bytes + count * row->rep_in;
	hc->out_bytes = row->out + count * row->rep_out;
	return HV_STATUS_SUCCESS;
}

/* A block must be aligned, within its page, and within the GPA space. */
static bool block_is_valid(struct hve_hcall *hc, u64 gpa, u32 bytes)
{
	return !(gpa & 7) && (gpa & (PAGE_BYTES - 1)) + bytes <= PAGE_BYTES &&
	       gpa < hve_host_gpa_limit(hc->vp->pt);
}

static hv_status_t memory_check(struct hve_hcall *hc)
{
	struct hve_partition *pt = hc->vp->pt;

	/* a pointer to nothing is ignored */
	if (hc->in_bytes && !block_is_valid(hc, hc->param[0], hc->in_bytes))
		return HV_STATUS_INVALID_ALIGNMENT;
	if (!hc->out_bytes)
		return HV_STATUS_SUCCESS;
	if (!block_is_valid(hc, hc->param[1], hc->out_bytes))
		return HV_STATUS_INVALID_ALIGNMENT;
	/*
	 * SPEC?: an output page that cannot be written is a memory intercept
	 * to the parent.  There is none: refused, before anything is done.
	 */
	if (!hve_host_gpn_exists(pt, hc->param[1] / PAGE_BYTES))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	return HV_STATUS_SUCCESS;
}

/* Register form: sizes, and what must be offered for them (else #UD). */
static hv_status_t fast_check(struct hve_hcall *hc)
{
	u32 out_end = hve_fastregs_out_offset(hc) + hc->out_bytes;

	/* SPEC?: the text names no status for a call without this form */
	if (!(hc->row->flags & HVE_HCALL_FAST))
		return HV_STATUS_INVALID_PARAMETER;

	if (hc->in_bytes > HV_HYPERCALL_FAST_BYTES &&
	    !hve_vp_has(hc->vp, HV_FEATURE_XMM_INPUT))
		hc->action = HVE_HCALL_UD;
	if (hc->out_bytes &&
	    (!hc->long64 || !hve_vp_has(hc->vp, HV_FEATURE_XMM_OUTPUT)))
		hc->action = HVE_HCALL_UD;

	/* SPEC?: a block that does not fit: the text names no outcome */
	if (hc->in_bytes > HV_HYPERCALL_XMM_FAST_BYTES ||
	    (hc->out_bytes && out_end > HV_HYPERCALL_XMM_FAST_BYTES))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	return HV_STATUS_SUCCESS;
}

/* The only time the guest's input is read. */
static hv_status_t copy_in(struct hve_hcall *hc)
{
	int err;

	if (hc->fast) {
		hve_fastregs_read(hc);
		if (hc->in_bytes > HV_HYPERCALL_FAST_BYTES)
			hve_count_use(hc->vp, HVE_USE_XMM_INPUT);
		return HV_STATUS_SUCCESS;
	}
	if (!hc->in_bytes)
		return HV_STATUS_SUCCESS;

	err = hve_host_gpa_read(hc->vp, hc->vtl, hc->param[0], hc->in,
				hc->in_bytes);
	if (err == -EAGAIN)
		hc->action = HVE_HCALL_OUTSIDE;
	/* SPEC?: a memory intercept to the parent, which does not exist */
	return err ? HV_STATUS_INVALID_HYPERCALL_INPUT : HV_STATUS_SUCCESS;
}

/* Output of a simple call, or of the elements completed this time. */
static hv_status_t copy_out(struct hve_hcall *hc, u64 *gpr)
{
	u32 from = hc->rep_start * hc->row->rep_out;
	u32 to = hc->row->out + hc->rep_done * hc->row->rep_out;
	int err;

	if (to <= from)
		return HV_STATUS_SUCCESS;
	if (hc->fast) {
		hve_fastregs_write(hc, gpr, from, to - from);
		hve_count_use(hc->vp, HVE_USE_FAST_OUTPUT);
		return HV_STATUS_SUCCESS;
	}
	err = hve_host_gpa_write(hc->vp, hc->vtl, hc->param[1] + from,
				 hc->out + from, to - from);
	if (!err)
		return HV_STATUS_SUCCESS;
	hc->action = err == -EAGAIN ? HVE_HCALL_OUTSIDE : HVE_HCALL_DONE;
	return HV_STATUS_INVALID_HYPERCALL_INPUT;
}

static void result_write(bool long64, u64 *gpr, u64 result)
{
	if (long64) {
		gpr[HVE_GPR_RAX] = result;
	} else {
		gpr[HVE_GPR_RAX] = (u32)result;
		gpr[HVE_GPR_RDX] = result >> 32;
	}
}

/* The input value with the new start index, for a call that goes on. */
static void control_write(const struct hve_hcall *hc, u64 *gpr)
{
	u64 control = hc->control & ~HV_HYPERCALL_REP_START_MASK;

	control |= (u64)hc->rep_done << HV_HYPERCALL_REP_START_SHIFT;
	if (hc->long64) {
		gpr[HVE_GPR_RCX] = control;
	} else {
		gpr[HVE_GPR_RAX] = (u32)control;
		gpr[HVE_GPR_RDX] = control >> 32;
	}
}

static u64 *call_counter(struct hve_vp *vp, u16 code)
{
	if (likely(code < HVE_NR_CALL_COUNTS))
		return &vp->counters.call[code];
	return &vp->counters.ext_call[min(code - HVEXTCALL_QUERY_CAPABILITIES,
					  HVE_NR_EXT_COUNTS - 1)];
}

/* One that came to its end; a row it has if it succeeded. */
static void count_result(const struct hve_hcall *hc, u16 status)
{
	u16 code = hc->control & HV_HYPERCALL_CODE_MASK;

	if (unlikely(status)) {
		hve_count_reject(hc->vp, code,
				 hc->row ? hc->row->gate : HVE_GATE_HV1,
				 status);
	} else if (unlikely(!++*call_counter(hc->vp, code))) {
		hve_count_first(hc->vp, hc->row->gate);
		hve_count_first(hc->vp, hc->row->gate2);
	}
}

/* Result into the registers, or what else has to happen. */
static enum hve_hcall_action finish(struct hve_hcall *hc, u64 *gpr,
				    hv_status_t status)
{
	bool rep = hc->row->flags & HVE_HCALL_REP;
	u64 result = (__force u16)status;

	trace_hvemu_hypercall_done(hc, result);
	if (hc->action == HVE_HCALL_AGAIN) {
		hve_count_use(hc->vp, HVE_USE_HCALL_CONTINUED);
		control_write(hc, gpr);
		return HVE_HCALL_AGAIN;
	}
	if (unlikely(hc->action != HVE_HCALL_DONE)) {
		if (hc->action == HVE_HCALL_UD)
			hve_count_reject(hc->vp,
					 hc->control & HV_HYPERCALL_CODE_MASK,
					 hc->row->gate, HVE_REJECT_UD);
		return hc->action;
	}
	count_result(hc, result);

	if (rep) {
		result |= (u64)hc->rep_done << HV_HYPERCALL_REP_COMP_SHIFT;
		/* "Rep hypercalls will modify RCX (x64)" */
		if (hc->long64)
			control_write(hc, gpr);
	}
	result_write(hc->long64, gpr, result);
	return HVE_HCALL_DONE;
}

static hv_status_t run(struct hve_hcall *hc, u64 *gpr)
{
	hv_status_t status, out_status;

	status = hc->fast ? fast_check(hc) : memory_check(hc);
	if (status != HV_STATUS_SUCCESS || hc->action != HVE_HCALL_DONE)
		return status;

	if (!(hc->row->flags & HVE_HCALL_WINDOW) &&
	    !hve_host_may_sleep(hc->vp)) {
		hc->action = HVE_HCALL_OUTSIDE;
		return status;
	}

	status = copy_in(hc);
	if (status != HV_STATUS_SUCCESS)
		return status;

	status = hc->row->fn(hc);
	if (hc->action != HVE_HCALL_DONE && hc->action != HVE_HCALL_AGAIN)
		return status;
	/* a rep call that failed has output for what it completed before */
	if (hc->out_bytes &&
	    (status == HV_STATUS_SUCCESS || hc->rep_done > hc->rep_start)) {
		out_status = copy_out(hc, gpr);
		if (out_status != HV_STATUS_SUCCESS)
			status = out_status;
	}
	return status;
}

hv_status_t hve_hcall_input(struct hve_hcall *hc)
{
	hv_status_t status = control_check(hc);

	if (status == HV_STATUS_SUCCESS)
		status = hc->fast ? fast_check(hc) : memory_check(hc);
	return status == HV_STATUS_SUCCESS ? copy_in(hc) : status;
}

hv_status_t hve_hcall_output(struct hve_hcall *hc, u32 bytes)
{
	hv_status_t status;
	int err;

	hc->in_bytes = 0;
	hc->out_bytes = bytes;
	status = memory_check(hc);
	if (status != HV_STATUS_SUCCESS)
		return status;
	err = hve_host_gpa_write(hc->vp, hc->vtl, hc->param[1], hc->out, bytes);
	return err ? HV_STATUS_INVALID_HYPERCALL_INPUT : HV_STATUS_SUCCESS;
}

static void unknown(struct hve_vp *vp, struct hve_hcall *hc, u64 *gpr)
{
	u16 code = hc->control & HV_HYPERCALL_CODE_MASK;
	u16 status = (__force u16)hve_call_unknown(vp, code);

	trace_hvemu_hypercall_done(hc, status);
	hve_count_reject(vp, code, HVE_GATE_HV1, status);
	result_write(hc->long64, gpr, status);
}

enum hve_hcall_action hve_tlfs_hypercall(struct hve_vp *vp, unsigned int vtl,
					 u64 *gpr)
{
	struct hve_hcall *hc = vp->hcall;
	enum hve_cpu_mode mode;
	hv_status_t status;

	/*
	 * "Hypercalls can be invoked only from the most privileged guest
	 * processor mode"; and not before the guest told its identity.
	 */
	mode = hve_host_cpu_mode(vp, &hc->cpl);
	if (mode == HVE_MODE_REAL || hc->cpl || !hve_hcall_enabled(vp, vtl))
		return HVE_HCALL_UD;

	hc->long64 = mode == HVE_MODE_LONG64;
	hc->control = hve_fastregs_control(hc->long64, gpr);
	hc->row = hve_hcall_row(hc->control & HV_HYPERCALL_CODE_MASK);
	if (unlikely(!hc->row || ((hc->row->flags & HVE_HCALL_HIDDEN) &&
				  !hve_vp_has(vp, hc->row->gate2)))) {
		unknown(vp, hc, gpr);
		return HVE_HCALL_DONE;
	}
	hve_fastregs_params(hc, gpr);
	hc->vtl = vtl;
	hc->action = HVE_HCALL_DONE;
	hc->rep_done = 0;
	hc->deadline_ns = 0;
	hc->fast = hc->control & HV_HYPERCALL_FAST;
	if (unlikely(!row_is_granted(vp, hc->row)))
		return finish(hc, gpr, HV_STATUS_ACCESS_DENIED);
	trace_hvemu_hypercall(hc);
	/* input and output of these are checked by the VMM */
	status = hc->row->flags & HVE_HCALL_TO_VMM ?
		 hc->row->fn(hc) : control_check(hc);
	if (status == HV_STATUS_SUCCESS &&
	    !(hc->row->flags & HVE_HCALL_TO_VMM))
		status = run(hc, gpr);
	return finish(hc, gpr, status);
}

/* The registers are as they were at the call: its form is found again. */
void hve_hcall_complete(struct hve_vp *vp, u64 *gpr, u64 result)
{
	unsigned int cpl;

	/* none in flight: a VMM that has restored the VP in between */
	if (vp->hcall->row)
		count_result(vp->hcall, result & HV_HYPERCALL_RESULT_MASK);
	result_write(hve_host_cpu_mode(vp, &cpl) == HVE_MODE_LONG64, gpr,
		     result);
}

bool hve_hcall_expired(const struct hve_hcall *hc)
{
	struct hve_hcall *h = hc->vp->hcall;
	u64 tsc, now = hve_host_clock_pair(hc->vp, &tsc);

	if (!h->deadline_ns)
		h->deadline_ns = now + BUDGET_NS;
	return now >= h->deadline_ns;
}
