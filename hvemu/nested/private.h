/* SPDX-License-Identifier: GPL-2.0 */
/* Inside nested/ only. */
#ifndef HVE_NESTED_PRIVATE_H
#define HVE_NESTED_PRIVATE_H

#include "nested.h"
#include "vmcs12.h"

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

/* leave.c */
void hve_nested_load_host(struct hve_nested *n);
enum hve_nested_result hve_nested_fail_entry(struct hve_nested *n, u32 reason,
					     u64 qual);

/* vmxinsn.c */
enum hve_nested_result hve_vmx_fail(struct hve_nested *n, u32 error);

/* shadow_ept.c */
bool hve_nested_eptp_valid(struct hve_nested *n, u64 eptp12);
bool hve_nested_ept_ready(const struct hve_nested *n);
int hve_nested_ept_get(struct hve_nested *n);
void hve_nested_ept_put(struct hve_nested *n);
void hve_nested_ept_flush(struct hve_nested *n, u64 eptp12);

static inline bool has_pin(const struct vmcs12 *v, u32 bit)
{
	return v->pin_based_vm_exec_control & bit;
}

static inline bool has_cpu(const struct vmcs12 *v, u32 bit)
{
	return v->cpu_based_vm_exec_control & bit;
}

static inline bool has_cpu2(const struct vmcs12 *v, u32 bit)
{
	return has_cpu(v, CPU_BASED_ACTIVATE_SECONDARY_CONTROLS) &&
	       (v->secondary_vm_exec_control & bit);
}

#endif /* HVE_NESTED_PRIVATE_H */
