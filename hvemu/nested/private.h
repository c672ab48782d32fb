/* SPDX-License-Identifier: GPL-2.0 */
/* Inside nested/ only. */
#ifndef HVE_NESTED_PRIVATE_H
#define HVE_NESTED_PRIVATE_H

#include <linux/mm.h>
#include "nested.h"
#include "predicates.h"
#include "vmcs12.h"

#define VTPR_OFFSET	0x80	/* in the virtual-APIC page */

/** l1_read() - L1's memory, in a window; the address is noted for the caller's caller */
static inline int l1_read(struct hve_nested *n, u64 l1_gpa, void *buf, u32 len)
{
	n->want_gpa = l1_gpa;
	n->want_write = false;
	return hve_nested_host_read(n->vcpu, l1_gpa, buf, len);
}

/** l1_write() - likewise */
static inline int l1_write(struct hve_nested *n, u64 l1_gpa, const void *buf,
			   u32 len)
{
	n->want_gpa = l1_gpa;
	n->want_write = true;
	return hve_nested_host_write(n->vcpu, l1_gpa, buf, len);
}

/** l1_page_valid() - could a page of L1's be there? */
static inline bool l1_page_valid(struct hve_nested *n, u64 l1_gpa)
{
	return !offset_in_page(l1_gpa) &&
	       !(l1_gpa >> hve_nested_host_maxphyaddr(n->vcpu));
}

/* vmcs02.c; all with vmcs02 open */
void hve_vmcs02_write(struct hve_nested *n);
void hve_vmcs02_save(struct hve_nested *n);
int hve_vmcs02_bitmap(struct hve_nested *n);

/* evmcs_run.c */
void hve_evmcs_release(struct hve_nested *n);

/**
 * hve_evmcs_select() - before an entry: is it with an enlightened VMCS?
 * @n: in a window
 * @resume: VMRESUME
 *
 * Return: HVE_NESTED_L0: go on with n->v12; else the outcome of the entry.
 */
enum hve_nested_result hve_evmcs_select(struct hve_nested *n, bool resume);

/** hve_evmcs_run() - the entry has succeeded */
void hve_evmcs_run(struct hve_nested *n);

/** hve_evmcs_exit() - vmcs12 is complete. Return: 0 or -EAGAIN */
int hve_evmcs_exit(struct hve_nested *n);

/** hve_evmcs_error() - VMfailValid; active */
void hve_evmcs_error(struct hve_nested *n, u32 error);

/** hve_evmcs_vmclear() - VMCLEAR of what may be one: nothing is written */
bool hve_evmcs_vmclear(struct hve_nested *n, u64 l1_gpa);
int hve_evmcs_vmread(struct hve_nested *n, u64 encoding, u64 *val);
int hve_evmcs_vmwrite(struct hve_nested *n, u64 encoding, u64 val);

/* launch.c */
enum hve_nested_result hve_nested_launch(struct hve_nested *n, bool resume);
int hve_nested_msr_list(struct hve_nested *n, u64 l1_gpa, u32 count);
int hve_nested_to_vmcs02(struct hve_nested *n, struct hve_window *w);

/* leave.c */
int hve_nested_to_vmcs01(struct hve_nested *n, struct hve_window *w);
enum hve_nested_result hve_nested_fail_entry(struct hve_nested *n, u32 reason,
					     u64 qual);

/* vmxinsn.c */
enum hve_nested_result hve_vmx_fail(struct hve_nested *n, u32 error);

/** hve_nested_shadow_insn() - VMREAD or VMWRITE of L2 that is no exit to L1 */
enum hve_nested_result hve_nested_shadow_insn(struct hve_nested *n);

/* shadow_vmcs.c */

/** hve_shadow_vmcs_linked() - has vmcs12 a shadow VMCS? */
bool hve_shadow_vmcs_linked(const struct hve_nested *n);

/** hve_shadow_vmcs_read() - of its field. Return: 0, -EAGAIN, VMXERR_* */
int hve_shadow_vmcs_read(struct hve_nested *n, u64 encoding, u64 *val);

/** hve_shadow_vmcs_write() - likewise */
int hve_shadow_vmcs_write(struct hve_nested *n, u64 encoding, u64 val);

/* shadow_ept.c */
bool hve_nested_eptp_valid(struct hve_nested *n, u64 eptp12);
bool hve_nested_ept_ready(const struct hve_nested *n);
int hve_nested_ept_get(struct hve_nested *n);
void hve_nested_ept_put(struct hve_nested *n);
void hve_nested_ept_flush(struct hve_nested *n, u64 eptp12);

#endif /* HVE_NESTED_PRIVATE_H */
