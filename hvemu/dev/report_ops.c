// SPDX-License-Identifier: GPL-2.0
/*
 * Reports on VMs, also of other processes (include/uapi/hvemu.h).
 */
#include <linux/build_bug.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <asm/tsc.h>
#include "core/vcpu.h"
#include "core/vm.h"
#include "private.h"
#include "uapi/hvemu.h"

/* Rows of one report; more than there can be */
#define MAX_ROWS	4096

static_assert(sizeof(struct hvemu_vm_list) == 24);
static_assert(sizeof(struct hvemu_vm) == 96);
static_assert(sizeof(struct hvemu_report) == 80);
static_assert(sizeof(struct hvemu_report_row) == 88);
static_assert((int)HVE_REPORT_SLOT == HVEMU_ROW_SLOT);
static_assert(HVE_REPORT_ENABLED == HVEMU_ROW_ENABLED);
static_assert((int)HVE_TSC_PAGE_TOO_SLOW == HVEMU_TSC_PAGE_TOO_SLOW);
static_assert(HVE_REPORT_ALL_VPS == HVEMU_REPORT_ALL_VPS);
static_assert(HVE_REJECT_UD == HVEMU_STATUS_UD);

u32 hve_report_vm_flags(const struct hve_vm *vm)
{
	return (READ_ONCE(vm->started) ? HVEMU_VM_STARTED : 0) |
	       (READ_ONCE(vm->dead) ? HVEMU_VM_DEAD : 0) |
	       (READ_ONCE(vm->exit_times) ? HVEMU_VM_EXIT_TIMES : 0);
}

static u64 age_ns(const struct hve_vm *vm)
{
	return ktime_get_mono_fast_ns() - vm->created_ns;
}

static int vm_describe(struct hve_vm *vm, struct hvemu_vm *out)
{
	memset(out, 0, sizeof(*out));
	out->id = vm->pt.id;
	out->age_ns = age_ns(vm);
	out->pid = pid_vnr(vm->owner);
	out->uid = from_kuid_munged(current_user_ns(), vm->uid);
	out->flags = hve_report_vm_flags(vm);
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	out->nr_vcpus = vm->nr_vcpus;
	strscpy(out->name, vm->name, sizeof(out->name));
	mutex_unlock(&vm->lock);
	return 0;
}

long hve_report_list(struct hve_call *call)
{
	struct hvemu_vm_list *list = call->data;
	struct hvemu_vm __user *to = u64_to_user_ptr(list->vms);
	struct hvemu_vm out;
	struct hve_vm *vm;
	u32 n;
	int r;

	if (list->reserved)
		return -EINVAL;
	for (n = 0; n < list->nr; n++, to++) {
		vm = hve_vm_list_next(list->after);
		if (!vm)
			break;
		list->after = vm->pt.id;
		r = vm_describe(vm, &out);
		hve_vm_put(vm);
		if (r)
			return r;
		if (copy_to_user(to, &out, sizeof(out)))
			return -EFAULT;
	}
	list->nr = n;
	return 0;
}

struct sheet {
	struct hve_vm *vm;
	u32 vp;
	struct hvemu_report_row *rows;
	u32 max, nr;
};

static struct hvemu_report_row *row_add(struct sheet *s, u16 kind, u32 number,
					const char *name)
{
	struct hvemu_report_row *row = &s->rows[s->nr];

	if (s->nr >= s->max)
		return NULL;
	s->nr++;
	memset(row, 0, sizeof(*row));
	row->kind = kind;
	row->number = number;
	if (name)
		strscpy(row->name, name, sizeof(row->name));
	return row;
}

/* Sums of a statistic at @offset in struct hve_vcpu_stats. */
static u64 stat_of(const struct sheet *s, size_t offset)
{
	struct hve_vcpu *vcpu;
	unsigned long i;
	u64 sum = 0;

	xa_for_each(&s->vm->vcpus, i, vcpu)
		if (s->vp == HVEMU_REPORT_ALL_VPS ||
		    s->vp == READ_ONCE(vcpu->vp.vp_index))
			sum += READ_ONCE(*(u64 *)((void *)&vcpu->stats +
						  offset));
	return sum;
}

#define STAT(member)	{ #member, offsetof(struct hve_vcpu_stats, member) }

static const struct {
	const char *name;
	size_t offset;
} run_rows[] = {
	STAT(exits),
	STAT(in_window),
	STAT(windows),
	STAT(user_exits),
	STAT(halts),
};

static void runs_add(struct sheet *s)
{
	struct hvemu_report_row *row;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(run_rows); i++) {
		row = row_add(s, HVEMU_ROW_RUN, i, run_rows[i].name);
		if (row)
			row->count = stat_of(s, run_rows[i].offset);
	}
}

static void exits_add(struct sheet *s)
{
	struct hvemu_report_row *row;
	u64 count, ticks;
	unsigned int i;

	for (i = 0; i < HVE_VMX_REASONS; i++) {
		count = stat_of(s, offsetof(struct hve_vcpu_stats, by_reason) +
				i * sizeof(u64));
		if (!count)
			continue;
		ticks = stat_of(s, offsetof(struct hve_vcpu_stats, ticks) +
				i * sizeof(u64));
		row = row_add(s, HVEMU_ROW_EXIT, i, hve_vmx_exit_name(i));
		if (!row)
			continue;
		row->count = count;
		row->time_ns = mul_u64_u64_div_u64(ticks, 1000000,
						   tsc_khz);
	}
}

static void row_convert(struct sheet *s, const struct hve_report_row *in)
{
	struct hvemu_report_row *row = row_add(s, in->kind, in->number,
					       in->name);

	if (!row)
		return;
	row->flags = in->flags;
	row->detail = in->detail;
	row->status = in->status;
	row->count = in->count;
	row->rejected = in->rejected;
	if (in->first_ns)
		row->first_ns = in->first_ns - s->vm->created_ns ?: 1;
}

static int tlfs_add(struct sheet *s)
{
	struct hve_report_row *rows;
	int i, nr;

	rows = kvcalloc(s->max, sizeof(*rows), GFP_KERNEL_ACCOUNT);
	if (!rows)
		return -ENOMEM;
	nr = hve_tlfs_report(&s->vm->pt, s->vp, rows, s->max);
	for (i = 0; i < min_t(int, nr, s->max); i++)
		row_convert(s, &rows[i]);
	kvfree(rows);
	return nr < 0 ? nr : 0;
}

static u32 tsc_page(struct hve_vm *vm)
{
	enum hve_tsc_page_state state = hve_tlfs_tsc_page_state(&vm->pt);

	if (state == HVE_TSC_PAGE_UNSTABLE && atomic_read(&vm->tsc_odd))
		return HVEMU_TSC_PAGE_VPS_DIFFER;
	return state;
}

static long report(struct hve_vm *vm, struct hvemu_report *out)
{
	struct sheet s = { .vm = vm, .vp = out->vp, .max = MAX_ROWS };
	u32 room = out->nr;
	long r;

	if (s.vp != HVEMU_REPORT_ALL_VPS && !hve_tlfs_vp_find(&vm->pt, s.vp))
		return -ENOENT;
	s.rows = kvcalloc(s.max, sizeof(*s.rows), GFP_KERNEL_ACCOUNT);
	if (!s.rows)
		return -ENOMEM;
	runs_add(&s);
	exits_add(&s);
	r = tlfs_add(&s);
	if (!r) {
		out->nr = s.nr;
		out->age_ns = age_ns(vm);
		out->guest_os_id = hve_tlfs_guest_os_id(&vm->pt);
		out->tsc_page = tsc_page(vm);
		out->flags = hve_report_vm_flags(vm);
		memset(out->reserved, 0, sizeof(out->reserved));
		if (s.nr > room)
			r = -E2BIG;
		else if (copy_to_user(u64_to_user_ptr(out->rows), s.rows,
				      s.nr * sizeof(*s.rows)))
			r = -EFAULT;
	}
	kvfree(s.rows);
	return r;
}

long hve_report_vm(struct hve_call *call)
{
	struct hvemu_report *out = call->data;
	struct hve_vm *vm = hve_vm_list_find(out->id);
	long r;

	if (!vm)
		return -ENOENT;
	r = report(vm, out);
	hve_vm_put(vm);
	return r;
}

long hve_report_exit_times(struct hve_call *call)
{
	const struct hvemu_exit_times *in = call->data;
	struct hve_vm *vm;
	long r;

	if (in->on > 1 || in->reserved)
		return -EINVAL;
	vm = hve_vm_list_find(in->id);
	if (!vm)
		return -ENOENT;
	r = hve_exit_times_set(vm, in->on);
	hve_vm_put(vm);
	return r;
}
