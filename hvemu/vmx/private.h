/* SPDX-License-Identifier: GPL-2.0 */
/* Inside vmx/ only. */
#ifndef HVE_VMX_PRIVATE_H
#define HVE_VMX_PRIVATE_H

#include <linux/types.h>

struct hve_vmx;

extern bool hve_have_tsc_aux;
extern bool hve_have_debugctl;
extern char hve_vmx_exit_point[];

void hve_barrier_init(void);
void hve_barrier_before(const struct hve_vmx *vmx);
int hve_window_alloc(void);
void hve_window_free(void);

/* inject.c: bits of the secondary processor-based controls; VMCS open */
void hve_vmx_cpu2_set(struct hve_vmx *vmx, u32 bit, bool on);

#endif /* HVE_VMX_PRIVATE_H */
