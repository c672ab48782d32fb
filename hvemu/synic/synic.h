/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Synthetic interrupt controller and the enlightened APIC registers (TLFS
 * chapters Virtual Interrupts, Inter-Partition Communication).  Register
 * handlers as in partition.h.
 */
#ifndef HVE_SYNIC_H
#define HVE_SYNIC_H

#include "../hvhost.h"
#include "../tlfs_state.h"

/* eoi.c */
enum hve_fault hve_eoi_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			     u64 val);
u64 hve_icr_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_icr_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			     u64 val);
u64 hve_tpr_read(struct hve_vp *vp, unsigned int vtl, u32 msr);
enum hve_fault hve_tpr_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			     u64 val);

/**
 * hve_eoi_assist_arm() - set "No EOI Required"
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Context: window. Return: true when it is set now.
 */
bool hve_eoi_assist_arm(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_eoi_assist_disarm() - clear "No EOI Required"
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Context: window. Return: true when the guest had cleared it before.
 */
bool hve_eoi_assist_disarm(struct hve_vp *vp, unsigned int vtl);

/**
 * hve_eoi_assist_used() - has the guest cleared "No EOI Required"?
 * @vp: the caller's VP
 * @vtl: active VTL
 *
 * Context: window.
 */
bool hve_eoi_assist_used(struct hve_vp *vp, unsigned int vtl);

#endif /* HVE_SYNIC_H */
