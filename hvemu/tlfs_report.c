// SPDX-License-Identifier: GPL-2.0
/*
 * The enlightenment report: what a partition has been offered, what its guest
 * has enabled, uses and was refused.  Rows are those of the tables; a feature
 * sums up the rows it gates.
 *
 * The counters are read while their VPs count.
 */
#include "tlfs.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hvhost.h"
#include "hypercall/hypercall.h"
#include "partition/partition.h"
#include "synic/synic.h"
#include "timers/timers.h"
#include "tlfs_state.h"

struct report {
	struct hve_partition *pt;
	u32 vp_index;
	struct hve_report_row *rows;
	unsigned int max, nr;
	struct hve_report_row spare;	/* what does not fit */
	u64 uses[HVE_NR_GATES];
	u32 offered[HVE_NR_GATE_WORDS];	/* by rows */
};

static struct hve_report_row *row_add(struct report *r,
				      enum hve_report_kind kind, u32 number,
				      const char *name)
{
	struct hve_report_row *row = r->nr < r->max ? &r->rows[r->nr] :
						      &r->spare;

	r->nr++;
	*row = (struct hve_report_row){
		.kind = kind, .number = number, .name = name,
	};
	return row;
}

/* The VPs that are asked for, one after the other. */
static struct hve_vp *vp_next(const struct report *r, u32 *i)
{
	u32 limit = READ_ONCE(r->pt->vp_limit);
	struct hve_vp *vp;

	while (*i < limit) {
		vp = hve_partition_vp(r->pt, (*i)++);
		if (vp && (r->vp_index == HVE_REPORT_ALL_VPS ||
			   r->vp_index == *i - 1))
			return vp;
	}
	return NULL;
}

#define for_each_vp(r, i, vp) \
	for ((i) = 0; ((vp) = vp_next(r, &(i))) != NULL;)

/* Sum of a counter that starts at ~0, at @offset of each VP's. */
static u64 sum_of(const struct report *r, size_t offset)
{
	struct hve_vp *vp;
	u64 sum = 0;
	u32 i;

	for_each_vp(r, i, vp)
		sum += READ_ONCE(*(u64 *)((u8 *)&vp->counters + offset)) + 1;
	return sum;
}

static void count_add(struct report *r, struct hve_report_row *row,
		      unsigned int gate, u64 count)
{
	row->count = count;
	r->uses[gate] += count;
}

static void calls_add(struct report *r)
{
	const struct hve_hcall_row *row;
	unsigned int i;
	u16 code;
	u64 n;

	for (i = 0; hve_hcall_code(i, &code); i++) {
		if (code >= HVE_NR_CALL_COUNTS)
			continue;
		row = hve_hcall_row(code);
		n = sum_of(r, offsetof(struct hve_counters, call) +
			   code * sizeof(u64));
		count_add(r, row_add(r, HVE_REPORT_CALL, code, row->name),
			  row->gate, n);
		if (row->gate2 != HVE_GATE_HV1)
			r->uses[row->gate2] += n;
	}
	for (i = 0; i < HVE_NR_EXT_COUNTS; i++) {
		code = HVEXTCALL_QUERY_CAPABILITIES + i;
		row = hve_hcall_row(code);
		if (!row)
			continue;
		n = sum_of(r, offsetof(struct hve_counters, ext_call) +
			   i * sizeof(u64));
		count_add(r, row_add(r, HVE_REPORT_CALL, code, row->name),
			  row->gate, n);
	}
}

static void msrs_add(struct report *r)
{
	struct hve_msr_info info;
	u32 i, msr;

	for (i = 0; i < HVE_NR_MSR_COUNTS; i++) {
		msr = HV_X64_MSR_GUEST_OS_ID + i;
		if (!hve_tlfs_msr_info(msr, &info))
			continue;
		if (info.can_read)
			count_add(r, row_add(r, HVE_REPORT_MSR_READ, msr,
					     info.name), info.gate,
				  sum_of(r, offsetof(struct hve_counters,
						     msr_read) +
					 i * sizeof(u64)));
		if (info.can_write)
			count_add(r, row_add(r, HVE_REPORT_MSR_WRITE, msr,
					     info.name), info.gate,
				  sum_of(r, offsetof(struct hve_counters,
						     msr_write) +
					 i * sizeof(u64)));
	}
}

static void uses_add(struct report *r)
{
	const struct hve_use_row *row = hve_use_rows;
	unsigned int i;

	for (i = 0; i < HVE_NR_USES; i++, row++)
		count_add(r, row_add(r, HVE_REPORT_USE, i, row->name),
			  row->gate, sum_of(r, offsetof(struct hve_counters,
							use) +
					    i * sizeof(u64)));
}

static const char *name_of_reject(u32 what)
{
	const struct hve_hcall_row *row;
	struct hve_msr_info info;

	if (what > 0xffff)
		return hve_tlfs_msr_info(what, &info) ? info.name : NULL;
	row = hve_hcall_row(what);
	return row ? row->name : NULL;
}

/* One row for each number and status, whichever VPs have it. */
static void reject_add(struct report *r, unsigned int from,
		       const struct hve_reject *in, u64 count)
{
	struct hve_report_row *row;
	unsigned int i;

	for (i = from; i < min(r->nr, r->max); i++) {
		row = &r->rows[i];
		if (row->number == in->what && row->status == in->status) {
			row->count += count;
			return;
		}
	}
	row = row_add(r, HVE_REPORT_REJECT, in->what, name_of_reject(in->what));
	row->status = in->status;
	row->count = count;
}

static void rejects_add(struct report *r)
{
	unsigned int from = r->nr, n;
	struct hve_reject others = { 0 };
	struct hve_reject *in;
	struct hve_vp *vp;
	u64 count;
	u32 i;

	for_each_vp(r, i, vp) {
		for (n = 0; n < HVE_NR_REJECTS; n++) {
			in = &vp->counters.reject[n];
			/* pairs with hve_count_reject() */
			count = smp_load_acquire(&in->count);
			if (!count)
				continue;
			if (n == HVE_NR_REJECTS - 1)
				others.count += count;
			else
				reject_add(r, from, in, count);
		}
	}
	if (others.count)
		row_add(r, HVE_REPORT_REJECT, ~0u, "others")->count =
			others.count;
}

static unsigned int queue_length(struct hve_synic *synic, unsigned int sint)
{
	struct hve_msg *msg;
	unsigned int n = 0;

	spin_lock(&synic->lock);
	list_for_each_entry(msg, &synic->queue[sint], link)
		n++;
	spin_unlock(&synic->lock);
	return n;
}

/* Slots in a page of the VMM can be seen by the VP's thread only. */
static void slots_add_vp(struct report *r, struct hve_vp *vp, unsigned int vtl)
{
	struct hve_synic *synic = &vp->vtl[vtl].synic;
	struct hv_message_page *page = hve_overlay_page(&synic->simp);
	struct hve_report_row *row;
	unsigned int sint, queued;
	u32 type;

	for (sint = 0; sint < HV_SYNIC_SINT_COUNT; sint++) {
		type = page ? READ_ONCE(page->sint_message[sint]
					.header.message_type) : HVMSG_NONE;
		queued = queue_length(synic, sint);
		if (type == HVMSG_NONE && !queued)
			continue;
		row = row_add(r, HVE_REPORT_SLOT, sint, NULL);
		row->detail = READ_ONCE(vp->vp_index) | vtl << 24;
		row->status = type;
		row->count = queued;
	}
}

static void slots_add(struct report *r)
{
	struct hve_vp *vp;
	unsigned int vtl;
	u32 i;

	for_each_vp(r, i, vp)
		for (vtl = 0; vtl < HVE_NR_VTLS; vtl++)
			slots_add_vp(r, vp, vtl);
}

static bool hypercalls_on(const struct hve_vp *vp)
{
	return READ_ONCE(vp->pt->vtl[0].hypercall.msr) & HV_MSR_PAGE_ENABLE;
}

static bool hypercalls_locked(const struct hve_vp *vp)
{
	return READ_ONCE(vp->pt->vtl[0].hypercall.msr) & HV_HYPERCALL_MSR_LOCKED;
}

static bool tsc_page_on(const struct hve_vp *vp)
{
	return READ_ONCE(vp->pt->vtl[0].tsc_page.msr) & HV_MSR_PAGE_ENABLE;
}

static bool assist_on(const struct hve_vp *vp)
{
	return READ_ONCE(vp->vtl[0].assist.msr) & HV_MSR_PAGE_ENABLE;
}

static bool synic_on(const struct hve_vp *vp)
{
	return READ_ONCE(vp->vtl[0].synic.control) & HV_SYNIC_CONTROL_ENABLE;
}

static bool polling_on(const struct hve_vp *vp)
{
	unsigned int i;

	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		if (READ_ONCE(vp->vtl[0].synic.sint[i]) & HV_SYNIC_SINT_POLLING)
			return true;
	return false;
}

static bool timer_has(const struct hve_vp *vp, u64 bit)
{
	unsigned int i;

	for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++)
		if (READ_ONCE(vp->vtl[0].stimer[i].config) & bit)
			return true;
	return false;
}

/* A one-shot timer is disabled while it waits to be set again. */
static bool timer_on(const struct hve_vp *vp)
{
	return timer_has(vp, HV_STIMER_ENABLED | HV_STIMER_AUTOENABLE);
}

static bool direct_timer_on(const struct hve_vp *vp)
{
	return timer_has(vp, HV_STIMER_DIRECT_MODE);
}

static bool reenlightenment_on(const struct hve_vp *vp)
{
	return READ_ONCE(vp->pt->reenlightenment_control) &
	       HV_REENLIGHTENMENT_ENABLED;
}

static bool invariant_tsc_on(const struct hve_vp *vp)
{
	return READ_ONCE(vp->pt->tsc_invariant_control) &
	       HV_EXPOSE_INVARIANT_TSC;
}

#define NAME(gate)	[HV_##gate] = { #gate, NULL }
#define SWITCH(gate, fn)	[HV_##gate] = { #gate, fn }

/* What a gate is called, and, where the guest has to switch it on, if it did. */
static const struct {
	const char *name;
	bool (*is_on)(const struct hve_vp *vp);
} features[HVE_NR_GATES] = {
	NAME(ACCESS_VP_RUN_TIME),
	NAME(ACCESS_PARTITION_REFERENCE_COUNTER),
	SWITCH(ACCESS_SYNIC_REGS, synic_on),
	SWITCH(ACCESS_SYNTHETIC_TIMER_REGS, timer_on),
	SWITCH(ACCESS_INTR_CTRL_REGS, assist_on),
	SWITCH(ACCESS_HYPERCALL_MSRS, hypercalls_on),
	NAME(ACCESS_VP_INDEX),
	NAME(ACCESS_RESET),
	NAME(ACCESS_STATS),
	SWITCH(ACCESS_PARTITION_REFERENCE_TSC, tsc_page_on),
	NAME(ACCESS_GUEST_IDLE),
	NAME(ACCESS_FREQUENCY_REGS),
	NAME(ACCESS_DEBUG_REGS),
	SWITCH(ACCESS_REENLIGHTENMENT, reenlightenment_on),
	SWITCH(ACCESS_TSC_INVARIANT_CONTROLS, invariant_tsc_on),
	NAME(CREATE_PARTITIONS),
	NAME(ACCESS_PARTITION_ID),
	NAME(ACCESS_MEMORY_POOL),
	NAME(ADJUST_MESSAGE_BUFFERS),
	NAME(POST_MESSAGES),
	NAME(SIGNAL_EVENTS),
	NAME(CREATE_PORT),
	NAME(CONNECT_PORT),
	NAME(ACCESS_STATS_CALLS),
	NAME(DEBUGGING),
	NAME(CPU_MANAGEMENT),
	NAME(CONFIGURE_PROFILER),
	NAME(ENABLE_EXTENDED_GVA_RANGES),
	NAME(ACCESS_VSM),
	NAME(ACCESS_VP_REGISTERS),
	NAME(ENABLE_EXTENDED_HYPERCALLS),
	NAME(START_VIRTUAL_PROCESSOR),
	NAME(FEATURE_GUEST_DEBUGGING),
	NAME(FEATURE_XMM_INPUT),
	NAME(FEATURE_GUEST_IDLE),
	NAME(FEATURE_FREQUENCY_MSRS),
	NAME(FEATURE_GUEST_CRASH_MSRS),
	NAME(FEATURE_DEBUG_MSRS),
	NAME(FEATURE_NPIEP),
	NAME(FEATURE_EXTENDED_GVA_RANGES),
	NAME(FEATURE_XMM_OUTPUT),
	SWITCH(FEATURE_SINT_POLLING, polling_on),
	SWITCH(FEATURE_HYPERCALL_MSR_LOCK, hypercalls_locked),
	SWITCH(FEATURE_DIRECT_STIMERS, direct_timer_on),
	NAME(FEATURE_STIME_UNHALTED),
	NAME(HINT_ADDRESS_SPACE_SWITCH),
	NAME(HINT_LOCAL_FLUSH),
	NAME(HINT_REMOTE_FLUSH),
	NAME(HINT_APIC_MSRS),
	NAME(HINT_RESET_MSR),
	NAME(HINT_RELAXED_TIMING),
	NAME(HINT_DEPRECATE_AUTO_EOI),
	NAME(HINT_CLUSTER_IPI),
	NAME(HINT_EX_PROCESSOR_MASKS),
	NAME(HINT_ENLIGHTENED_VMCS),
	NAME(HINT_DIRECT_LOCAL_FLUSH),
	NAME(HINT_NO_NONARCH_CORE_SHARING),
	NAME(VS_KERNEL_DEBUGGING),
	NAME(FEATURE_NESTED_DIRECT_FLUSH),
	NAME(FEATURE_NESTED_GPA_FLUSH),
	[HVE_GATE_HV1] = { "HV1", NULL },
};

/* Gate words in the order of hv_discovery.h: leaf, register (EAX is 0) */
static const struct {
	u32 leaf;
	u8 reg;
} words[HVE_NR_GATE_WORDS] = {
	{ HV_CPUID_FEATURES, 0 },
	{ HV_CPUID_FEATURES, 1 },
	{ HV_CPUID_FEATURES, 3 },
	{ HV_CPUID_ENLIGHTENMENT_INFO, 0 },
	{ HV_CPUID_INTERFACE, 0 },
	{ HV_CPUID_VS_PROPERTIES, 0 },
	{ HV_CPUID_NESTED_FEATURES, 0 },
};

static_assert(HVE_NR_GATES == 224);

static void feature_read(struct report *r, unsigned int gate,
			 struct hve_report_row *row)
{
	struct hve_vp *vp;
	u64 first;
	u32 i;

	for_each_vp(r, i, vp) {
		struct hve_counters *c = &vp->counters;

		if (READ_ONCE(vp->gates[gate / 32]) & 1u << gate % 32)
			row->flags |= HVE_REPORT_ADVERTISED;
		if (features[gate].is_on) {
			row->flags |= HVE_REPORT_SWITCHED;
			if (features[gate].is_on(vp))
				row->flags |= HVE_REPORT_ENABLED;
		}
		row->rejected += READ_ONCE(c->rejected[gate]);
		row->status = READ_ONCE(c->last_reject[gate]) ?: row->status;
		first = READ_ONCE(c->first_ns[gate]);
		if (first && (!row->first_ns || first < row->first_ns))
			row->first_ns = first;
	}
}

/* Those that a row has, a VP was told of, or somebody tried. */
static void feature_add(struct report *r, unsigned int gate)
{
	struct hve_report_row read = { 0 }, *row;

	feature_read(r, gate, &read);
	if (!(r->offered[gate / 32] & 1u << gate % 32) && !read.flags &&
	    !read.rejected)
		return;
	row = row_add(r, HVE_REPORT_FEATURE, words[gate / 32].leaf,
		      features[gate].name);
	row->detail = words[gate / 32].reg * 32 + gate % 32;
	row->flags = read.flags;
	row->status = read.status;
	row->count = r->uses[gate];
	row->rejected = read.rejected;
	row->first_ns = read.first_ns;
}

int hve_tlfs_report(struct hve_partition *pt, u32 vp_index,
		    struct hve_report_row *rows, unsigned int max)
{
	struct report *r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	unsigned int gate;
	int nr;

	if (!r)
		return -ENOMEM;
	r->pt = pt;
	r->vp_index = vp_index;
	r->rows = rows;
	r->max = max;
	hve_tlfs_gates(r->offered);
	calls_add(r);
	msrs_add(r);
	uses_add(r);
	rejects_add(r);
	for (gate = 0; gate < HVE_NR_GATES; gate++)
		/* the word of Hv#1 is one bit in truth */
		if (gate / 32 != HVE_GATE_HV1 / 32 || gate == HVE_GATE_HV1)
			feature_add(r, gate);
	/* last, as there may be many */
	slots_add(r);
	nr = r->nr;
	kfree(r);
	return nr;
}

enum hve_tsc_page_state hve_tlfs_tsc_page_state(struct hve_partition *pt)
{
	struct hve_vp *vp = hve_partition_any_vp(pt);
	const struct hve_overlay *ov = &pt->vtl[0].tsc_page;
	enum hve_tsc_page_state state = HVE_TSC_PAGE_VALID;
	u64 scale;

	if (!vp || !hve_vp_has(vp, HV_ACCESS_PARTITION_REFERENCE_TSC))
		return HVE_TSC_PAGE_NOT_OFFERED;
	mutex_lock(&pt->lock);
	if (!(ov->msr & HV_MSR_PAGE_ENABLE))
		state = HVE_TSC_PAGE_NOT_ENABLED;
	else if (!ov->mapped)
		state = HVE_TSC_PAGE_OUT_OF_REACH;
	else if (pt->time.frozen)
		state = HVE_TSC_PAGE_FROZEN;
	else if (!hve_reftime_scale(hve_host_tsc_freq(pt), &scale))
		state = HVE_TSC_PAGE_TOO_SLOW;
	else if (pt->time.cur[pt->time.seq & 1].mode != HVE_REFTIME_BY_TSC)
		state = HVE_TSC_PAGE_UNSTABLE;
	mutex_unlock(&pt->lock);
	return state;
}

u64 hve_tlfs_guest_os_id(struct hve_partition *pt)
{
	return READ_ONCE(pt->vtl[0].guest_os_id);
}
