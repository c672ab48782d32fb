// SPDX-License-Identifier: GPL-2.0
/*
 * An enlightened VMCS in use: TLFS nested-virtualization.md, "Enlightened VMCS".
 * The VP assist page names it in place of VMPTRLD.  What is in L1's memory is
 * read at an entry and written at an exit; in between vmcs12 is all there is.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/trapnr.h>
#include "hv/hv_nested.h"
#include "private.h"

#define CLEAN_ALL	HV_VMX_ENLIGHTENED_CLEAN_FIELD_ALL

/* What hve_evmcs_store() changes is in here. */
#define STORE_FROM	offsetof(struct hv_enlightened_vmcs, guest_es_selector)
#define STORE_TO	offsetof(struct hv_enlightened_vmcs, hv_clean_fields)

void hve_nested_caps_changed(struct hve_nested *n)
{
	hve_evmcs_caps(&n->evmcs.caps, &n->caps, false);
}

int hve_nested_evmcs_allow(struct hve_nested *n)
{
	struct hve_evmcs *e = &n->evmcs;

	if (!e->page)
		e->page = kzalloc(sizeof(*e->page), GFP_KERNEL_ACCOUNT);
	if (!e->page)
		return -ENOMEM;
	e->allowed = true;
	hve_nested_caps_changed(n);
	return 0;
}

void hve_nested_evmcs_free(struct hve_nested *n)
{
	kfree(n->evmcs.page);
	n->evmcs.page = NULL;
}

void hve_evmcs_release(struct hve_nested *n)
{
	n->evmcs.active = false;
	memset(&n->evmcs.ctl, 0, sizeof(n->evmcs.ctl));
}

/* In a window. Return: as hve_nested_host_read(), with what is wanted noted. */
static int page_read(struct hve_nested *n, u64 l1_gpa)
{
	return l1_read(n, l1_gpa, n->evmcs.page, sizeof(*n->evmcs.page));
}

static int page_write(struct hve_nested *n, u32 from, u32 to)
{
	return l1_write(n, n->evmcs.l1_gpa + from,
			(u8 *)n->evmcs.page + from, to - from);
}

static int clean_write(struct hve_nested *n)
{
	u32 from = offsetof(struct hv_enlightened_vmcs, hv_clean_fields);

	return page_write(n, from, from + sizeof(n->evmcs.page->hv_clean_fields));
}

/*
 * After a restore: the assist page, which is restored on its own, knows where.
 * Return: 0, -EAGAIN, -EFAULT.
 */
static int locate(struct hve_nested *n)
{
	u64 l1_gpa;
	int r;

	if (n->evmcs.l1_gpa != HVE_EVMCS_SOMEWHERE)
		return 0;
	if (!hve_nested_host_evmcs(n->vcpu, &l1_gpa))
		return -EFAULT;
	r = page_read(n, l1_gpa);
	if (!r) {
		n->evmcs.l1_gpa = l1_gpa;
		hve_evmcs_load_control(&n->evmcs.ctl, n->evmcs.page);
	}
	return r;
}

/* The ordinary VMCS that was current goes to memory. Return: 0 or -EAGAIN. */
static int put_vmcs12(struct hve_nested *n)
{
	int r;

	if (n->vmcs12_gpa == HVE_NO_VMCS12)
		return 0;
	r = l1_write(n, n->vmcs12_gpa, n->v12, VMCS12_SIZE);
	if (r == -EAGAIN)
		return r;
	n->vmcs12_gpa = HVE_NO_VMCS12;
	return 0;
}

enum hve_nested_result hve_evmcs_select(struct hve_nested *n, bool resume)
{
	struct hve_evmcs *e = &n->evmcs;
	u32 clean = HVE_EVMCS_NONE_CLEAN;
	u64 l1_gpa;
	int r;

	if (!e->allowed || !hve_nested_host_evmcs(n->vcpu, &l1_gpa)) {
		hve_evmcs_release(n);
		return HVE_NESTED_L0;
	}
	/* SPEC?: no page there, or none that could be one: no outcome is named */
	r = l1_gpa & ~PAGE_MASK ? -EFAULT : page_read(n, l1_gpa);
	if (r == -EAGAIN)
		return HVE_NESTED_MEMORY;
	if (r) {
		hve_evmcs_release(n);
		hve_nested_host_raise(n->vcpu, X86_TRAP_UD);
		return HVE_NESTED_RESUME;
	}
	if (put_vmcs12(n))
		return HVE_NESTED_MEMORY;
	if (!hve_evmcs_revision_ok(e->page->revision_id)) {
		hve_evmcs_release(n);
		return hve_vmx_fail(n, 0);
	}
	if (!e->active || e->l1_gpa != l1_gpa) {
		memset(n->v12, 0, VMCS12_SIZE);
		e->entered = false;
	} else if (resume && e->entered) {
		clean = hve_evmcs_clean(e->page);
	}
	e->active = true;
	e->l1_gpa = l1_gpa;
	e->clean = clean;
	/* an exit will have to write to it */
	if (clean_write(n))
		return HVE_NESTED_MEMORY;
	hve_evmcs_load(n->v12, &e->ctl, e->page, clean);
	/* it has no launch state */
	n->v12->launch_state = resume ? VMCS12_LAUNCHED : VMCS12_CLEAR;
	return HVE_NESTED_L0;
}

void hve_evmcs_run(struct hve_nested *n)
{
	struct hve_evmcs *e = &n->evmcs;

	if (!e->active)
		return;
	e->entered = true;
	if (!(CLEAN_ALL & ~hve_evmcs_clean(e->page)))
		return;
	hve_evmcs_entered(e->page);
	/* was writable a moment ago; what is lost is an optimization */
	clean_write(n);
}

int hve_evmcs_exit(struct hve_nested *n)
{
	int r;

	if (!n->evmcs.active)
		return 0;
	r = locate(n);
	if (r)
		return r == -EAGAIN ? r : 0;
	hve_evmcs_store(n->evmcs.page, n->v12);
	return page_write(n, STORE_FROM, STORE_TO) == -EAGAIN ? -EAGAIN : 0;
}

void hve_evmcs_error(struct hve_nested *n, u32 error)
{
	u32 from = offsetof(struct hv_enlightened_vmcs, vm_instruction_error);

	if (locate(n))
		return;
	n->evmcs.page->vm_instruction_error = error;
	page_write(n, from, from + sizeof(error));
}

bool hve_evmcs_vmclear(struct hve_nested *n, u64 l1_gpa)
{
	u64 current_gpa;

	/*
	 * Any page may be one while they are in use, and has no launch state
	 * that could be cleared.
	 */
	if (!n->evmcs.allowed || l1_gpa == n->vmcs12_gpa ||
	    !hve_nested_host_evmcs(n->vcpu, &current_gpa))
		return false;
	if (n->evmcs.active && n->evmcs.l1_gpa == l1_gpa)
		hve_evmcs_release(n);
	return true;
}

/* Return: 0, -EAGAIN, VMXERR_*. */
int hve_evmcs_vmread(struct hve_nested *n, u64 encoding, u64 *val)
{
	int r = locate(n);

	if (!r)
		r = page_read(n, n->evmcs.l1_gpa);
	if (r)
		return r == -EAGAIN ? r : VMXERR_UNSUPPORTED_VMCS_COMPONENT;
	return hve_evmcs_read(n->evmcs.page, &n->caps, encoding, val);
}

int hve_evmcs_vmwrite(struct hve_nested *n, u64 encoding, u64 val)
{
	int r = locate(n), error;

	if (!r)
		r = page_read(n, n->evmcs.l1_gpa);
	if (r)
		return r == -EAGAIN ? r : VMXERR_UNSUPPORTED_VMCS_COMPONENT;
	error = hve_evmcs_write(n->evmcs.page, &n->caps, encoding, val);
	if (error)
		return error;
	r = page_write(n, 0, sizeof(*n->evmcs.page));
	return r == -EAGAIN ? r : 0;
}
