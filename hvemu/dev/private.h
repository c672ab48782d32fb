/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of this room need of each other.
 */
#ifndef HVE_DEV_PRIVATE_H
#define HVE_DEV_PRIVATE_H

#include <linux/types.h>
#include "dev/ioctl.h"

struct hve_vcpu;
struct hve_vm;
struct kvm_clock_data;

/* KVM's bound of one KVM_GET_MSRS, KVM_SET_MSRS */
#define HVE_MAX_IO_MSRS		256

#define HVE_MAX_CPUID_ENTRIES	256

/* Banks of KVM_X86_SETUP_MCE, 4 words each: CTL, STATUS, ADDR, MISC */
#define HVE_MCE_BANKS		32

/* vm_ops.c: a new VM and its fd */
int hve_vm_fd_create(void);

struct file;
/* vm_ops.c: the VM whose fd this is, or NULL */
struct hve_vm *hve_vm_of_file(struct file *file);

/* ipc_ops.c: ports and connections */
long hve_ipcop_create(struct hve_call *call);
long hve_ipcop_delete(struct hve_call *call);
long hve_ipcop_connect(struct hve_call *call);
long hve_ipcop_disconnect(struct hve_call *call);
long hve_ipcop_post(struct hve_call *call);
long hve_ipcop_signal(struct hve_call *call);
long hve_ipcop_kvm_eventfd(struct hve_call *call);

/* vcpu_fd.c: a new vCPU and its fd; vm->lock is held */
int hve_vcpu_fd_create(struct hve_vm *vm, u32 id);

/* vcpu_ops.c */
long hve_vcpu_ioctl(struct hve_vcpu *vcpu, unsigned int cmd, unsigned long arg);

/* cap.c */
int hve_cap_check(const struct hve_vm *vm, unsigned long cap);
long hve_cap_enable_vm(struct hve_call *call);
long hve_cap_enable_vcpu(struct hve_call *call);

/* list_ops.c: MSRs and CPUID leaves, arguments with an array behind */
long hve_list_msr_index(struct hve_call *call);
long hve_list_msr_features(struct hve_call *call);
long hve_list_feature_msrs_get(struct hve_call *call);
long hve_list_cpuid_supported(struct hve_call *call);
long hve_list_cpuid_hv(struct hve_call *call);
long hve_list_msrs_get(struct hve_call *call);
long hve_list_msrs_set(struct hve_call *call);
long hve_list_cpuid_set(struct hve_call *call);
long hve_list_cpuid2_set(struct hve_call *call);
long hve_list_cpuid2_get(struct hve_call *call);

/* nested_ops.c */
long hve_get_nested_state(struct hve_call *call);
long hve_set_nested_state(struct hve_call *call);

/* mce_ops.c */
u64 hve_mce_cap_supported(void);
long hve_mce_setup(struct hve_call *call);
long hve_mce_inject(struct hve_call *call);

/* clock_ops.c */
void hve_clock_init(struct hve_vm *vm);
void hve_clock_first_vcpu(struct hve_vm *vm, struct hve_vcpu *vcpu);
u32 hve_clock_flags(void);
long hve_clock_get(struct hve_call *call);
long hve_clock_set(struct hve_call *call);
long hve_tsc_khz_get(struct hve_call *call);
long hve_tsc_khz_set(struct hve_call *call);

/* own_ops.c: what KVM has no words for */
long hve_own_name_set(struct hve_call *call);
long hve_own_time_set(struct hve_call *call);
long hve_own_ext_set(struct hve_call *call);
long hve_own_profile(struct hve_call *call);

/* state_ops.c: of a VM or a vCPU */
long hve_state_get(struct hve_call *call);
long hve_state_set(struct hve_call *call);

/* chip_ops.c: PIC, IOAPIC and PIT in the kernel */
long hve_irqchip_create(struct hve_call *call);
long hve_irqchip_get(struct hve_call *call);
long hve_irqchip_set(struct hve_call *call);
long hve_pit1_create(struct hve_call *call);
long hve_pit1_get(struct hve_call *call);
long hve_pit1_set(struct hve_call *call);
long hve_pit2_create(struct hve_call *call);
long hve_pit2_get(struct hve_call *call);
long hve_pit2_set(struct hve_call *call);
long hve_pit_reinject(struct hve_call *call);
long hve_irq_line_set(struct hve_call *call);

/* report_ops.c: VMs of all processes */
long hve_report_list(struct hve_call *call);
long hve_report_vm(struct hve_call *call);
long hve_report_exit_times(struct hve_call *call);
long hve_report_nested(struct hve_call *call);
u32 hve_report_vm_flags(const struct hve_vm *vm);

/* sync_regs.c: registers in kvm_run */
int hve_sync_regs_fields(void);
int hve_sync_regs_take(struct hve_vcpu *vcpu, u64 valid, u64 dirty);
void hve_sync_regs_leave(struct hve_vcpu *vcpu, u64 valid);

/* stats_fd.c: KVM_GET_STATS_FD of a VM or a vCPU */
long hve_stats_fd(struct hve_call *call);

#endif /* HVE_DEV_PRIVATE_H */
