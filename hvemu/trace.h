/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints; names in them are those of the table rows.  They take structs,
 * so that a disabled one costs its caller nothing but the place for a jump;
 * the fields are read by trace.c.  In user space the shim's linux/tracepoint.h
 * makes empty functions of them.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hvemu

#if !defined(HVE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HVE_TRACE_H

#include <linux/tracepoint.h>

struct hve_hcall;
struct hve_partition;
struct hve_vcpu;
struct hve_vp;

#define HVE_TRACE_NAME	32

DECLARE_EVENT_CLASS(hve_vcpu_class,
	TP_PROTO(struct hve_vcpu *vcpu),
	TP_ARGS(vcpu),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u64, rip)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vp.pt->id;
		__entry->vp = vcpu->vp.vp_index;
		__entry->rip = vmcs_read(GUEST_RIP);
	),
	TP_printk("vm %u vp %u rip %#llx", __entry->vm, __entry->vp,
		  __entry->rip)
);

/* The guest is about to run; VMCS open. */
DEFINE_EVENT(hve_vcpu_class, hvemu_entry,
	TP_PROTO(struct hve_vcpu *vcpu),
	TP_ARGS(vcpu)
);

/* An exit, decoded; VMCS open. */
TRACE_EVENT(hvemu_exit,
	TP_PROTO(struct hve_vcpu *vcpu),
	TP_ARGS(vcpu),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u32, reason)
		__field(u64, rip)
		__field(u64, qual)
		__array(char, name, HVE_TRACE_NAME)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vp.pt->id;
		__entry->vp = vcpu->vp.vp_index;
		__entry->reason = vcpu->exit.reason;
		__entry->rip = vmcs_read(GUEST_RIP);
		/* not all reasons have one */
		__entry->qual = HVE_EXIT_HAS_QUAL(vcpu->exit.reason) ?
				vcpu->exit.qual : 0;
		strscpy(__entry->name, hve_vmx_exit_name(vcpu->exit.reason),
			HVE_TRACE_NAME);
	),
	TP_printk("vm %u vp %u %s reason %u rip %#llx qualification %#llx",
		  __entry->vm, __entry->vp, __entry->name, __entry->reason,
		  __entry->rip, __entry->qual)
);

/* An event is written for the next entry; VMCS open. */
TRACE_EVENT(hvemu_inject,
	TP_PROTO(struct hve_vcpu *vcpu, u32 info, u32 err),
	TP_ARGS(vcpu, info, err),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u32, info)
		__field(u32, err)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vp.pt->id;
		__entry->vp = vcpu->vp.vp_index;
		__entry->info = info;
		__entry->err = err;
	),
	TP_printk("vm %u vp %u vector %u type %u error %#x", __entry->vm,
		  __entry->vp, __entry->info & 0xff, __entry->info >> 8 & 7,
		  __entry->err)
);

/* KVM_RUN returns to the VMM. */
TRACE_EVENT(hvemu_user_exit,
	TP_PROTO(struct hve_vcpu *vcpu, int result),
	TP_ARGS(vcpu, result),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u32, reason)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vp.pt->id;
		__entry->vp = vcpu->vp.vp_index;
		__entry->reason = READ_ONCE(vcpu->run->exit_reason);
		__entry->result = result;
	),
	TP_printk("vm %u vp %u reason %u result %d", __entry->vm, __entry->vp,
		  __entry->reason, __entry->result)
);

/* A hypercall that has a row and is granted. */
TRACE_EVENT(hvemu_hypercall,
	TP_PROTO(struct hve_hcall *hc),
	TP_ARGS(hc),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u64, control)
		__field(u64, in)
		__field(u64, out)
		__array(char, name, HVE_TRACE_NAME)
	),
	TP_fast_assign(
		__entry->vm = hc->vp->pt->id;
		__entry->vp = hc->vp->vp_index;
		__entry->control = hc->control;
		__entry->in = hc->param[0];
		__entry->out = hc->param[1];
		strscpy(__entry->name, hc->row->name, HVE_TRACE_NAME);
	),
	TP_printk("vm %u vp %u %s control %#llx input %#llx output %#llx",
		  __entry->vm, __entry->vp, __entry->name, __entry->control,
		  __entry->in, __entry->out)
);

/*
 * Its end, or that of one without a row; also when it is left to be called
 * again, outside the window or for its other elements.
 */
TRACE_EVENT(hvemu_hypercall_done,
	TP_PROTO(struct hve_hcall *hc, u32 status),
	TP_ARGS(hc, status),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u32, code)
		__field(u32, status)
		__field(u32, reps)
		__field(u32, action)
		__array(char, name, HVE_TRACE_NAME)
	),
	TP_fast_assign(
		__entry->vm = hc->vp->pt->id;
		__entry->vp = hc->vp->vp_index;
		__entry->code = hc->control & HV_HYPERCALL_CODE_MASK;
		__entry->status = status;
		__entry->reps = hc->rep_done;
		__entry->action = hc->action;
		strscpy(__entry->name, hc->row ? hc->row->name : "none",
			HVE_TRACE_NAME);
	),
	TP_printk("vm %u vp %u %s code %#x status %#x reps %u%s", __entry->vm,
		  __entry->vp, __entry->name, __entry->code, __entry->status,
		  __entry->reps,
		  __print_symbolic(__entry->action,
				   { HVE_HCALL_DONE, " done" },
				   { HVE_HCALL_AGAIN, " continues" },
				   { HVE_HCALL_UD, " #UD" },
				   { HVE_HCALL_GP, " #GP" },
				   { HVE_HCALL_OUTSIDE, " outside" },
				   { HVE_HCALL_USER, " to the VMM" }))
);

DECLARE_EVENT_CLASS(hve_msr_class,
	TP_PROTO(struct hve_vp *vp, u32 msr, const char *name, u64 val,
		 u32 fault),
	TP_ARGS(vp, msr, name, val, fault),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u32, msr)
		__field(u32, fault)
		__field(u64, val)
		__array(char, name, HVE_TRACE_NAME)
	),
	TP_fast_assign(
		__entry->vm = vp->pt->id;
		__entry->vp = vp->vp_index;
		__entry->msr = msr;
		__entry->fault = fault;
		__entry->val = val;
		strscpy(__entry->name, name ?: "none", HVE_TRACE_NAME);
	),
	TP_printk("vm %u vp %u %s (%#x) %#llx%s", __entry->vm, __entry->vp,
		  __entry->name, __entry->msr, __entry->val,
		  __print_symbolic(__entry->fault,
				   { HVE_NO_FAULT, " ok" },
				   { HVE_GP, " #GP" },
				   { HVE_UD, " #UD" },
				   { HVE_OUTSIDE, " outside" }))
);

DEFINE_EVENT(hve_msr_class, hvemu_msr_read,
	TP_PROTO(struct hve_vp *vp, u32 msr, const char *name, u64 val,
		 u32 fault),
	TP_ARGS(vp, msr, name, val, fault)
);

DEFINE_EVENT(hve_msr_class, hvemu_msr_write,
	TP_PROTO(struct hve_vp *vp, u32 msr, const char *name, u64 val,
		 u32 fault),
	TP_ARGS(vp, msr, name, val, fault)
);

DECLARE_EVENT_CLASS(hve_message_class,
	TP_PROTO(struct hve_vp *vp, u32 vtl, u32 sint, u32 type, bool done),
	TP_ARGS(vp, vtl, sint, type, done),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u32, vtl)
		__field(u32, sint)
		__field(u32, type)
		__field(bool, done)
	),
	TP_fast_assign(
		__entry->vm = vp->pt->id;
		__entry->vp = vp->vp_index;
		__entry->vtl = vtl;
		__entry->sint = sint;
		__entry->type = type;
		__entry->done = done;
	),
	TP_printk("vm %u vp %u vtl %u sint %u type %#x%s", __entry->vm,
		  __entry->vp, __entry->vtl, __entry->sint, __entry->type,
		  __entry->done ? "" : " waits")
);

/* Into the queue of a SINT; waits: its buffer is in use. */
DEFINE_EVENT(hve_message_class, hvemu_message_post,
	TP_PROTO(struct hve_vp *vp, u32 vtl, u32 sint, u32 type, bool done),
	TP_ARGS(vp, vtl, sint, type, done)
);

/* Into its slot; waits: the slot is occupied. */
DEFINE_EVENT(hve_message_class, hvemu_message_deliver,
	TP_PROTO(struct hve_vp *vp, u32 vtl, u32 sint, u32 type, bool done),
	TP_ARGS(vp, vtl, sint, type, done)
);

TRACE_EVENT(hvemu_event_signal,
	TP_PROTO(struct hve_vp *vp, u32 vtl, u32 sint, u32 flag, bool was_clear),
	TP_ARGS(vp, vtl, sint, flag, was_clear),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u32, vtl)
		__field(u32, sint)
		__field(u32, flag)
		__field(bool, was_clear)
	),
	TP_fast_assign(
		__entry->vm = vp->pt->id;
		__entry->vp = vp->vp_index;
		__entry->vtl = vtl;
		__entry->sint = sint;
		__entry->flag = flag;
		__entry->was_clear = was_clear;
	),
	TP_printk("vm %u vp %u vtl %u sint %u flag %u%s", __entry->vm,
		  __entry->vp, __entry->vtl, __entry->sint, __entry->flag,
		  __entry->was_clear ? "" : " was set")
);

/* A synthetic timer has expired. */
TRACE_EVENT(hvemu_stimer_fire,
	TP_PROTO(struct hve_vp *vp, u32 index, u64 config, u64 due_100ns,
		 u64 now_100ns),
	TP_ARGS(vp, index, config, due_100ns, now_100ns),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vp)
		__field(u32, index)
		__field(u64, config)
		__field(u64, due)
		__field(u64, late)
	),
	TP_fast_assign(
		__entry->vm = vp->pt->id;
		__entry->vp = vp->vp_index;
		__entry->index = index;
		__entry->config = config;
		__entry->due = due_100ns;
		__entry->late = now_100ns - due_100ns;
	),
	TP_printk("vm %u vp %u stimer %u config %#llx due %llu late %llu",
		  __entry->vm, __entry->vp, __entry->index, __entry->config,
		  __entry->due, __entry->late)
);

DECLARE_EVENT_CLASS(hve_overlay_class,
	TP_PROTO(struct hve_partition *pt, u32 vtl, u64 gpn, u64 val),
	TP_ARGS(pt, vtl, gpn, val),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vtl)
		__field(u64, gpn)
		__field(u64, val)
	),
	TP_fast_assign(
		__entry->vm = pt->id;
		__entry->vtl = vtl;
		__entry->gpn = gpn;
		__entry->val = val;
	),
	TP_printk("vm %u vtl %u gpn %#llx register %#llx", __entry->vm,
		  __entry->vtl, __entry->gpn, __entry->val)
);

DEFINE_EVENT(hve_overlay_class, hvemu_overlay_map,
	TP_PROTO(struct hve_partition *pt, u32 vtl, u64 gpn, u64 val),
	TP_ARGS(pt, vtl, gpn, val)
);

DEFINE_EVENT(hve_overlay_class, hvemu_overlay_unmap,
	TP_PROTO(struct hve_partition *pt, u32 vtl, u64 gpn, u64 val),
	TP_ARGS(pt, vtl, gpn, val)
);

#endif /* HVE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
