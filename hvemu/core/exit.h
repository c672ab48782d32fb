/* SPDX-License-Identifier: GPL-2.0 */
/* Exit handlers, inside core/ only. */
#ifndef HVE_CORE_EXIT_H
#define HVE_CORE_EXIT_H

#include "core/vcpu.h"

/** hve_skip_insn() - RIP behind the instruction that exited; both contexts */
void hve_skip_insn(struct hve_vcpu *vcpu);

/** hve_finish_insn() - skip it, or inject what it earned */
enum hve_action hve_finish_insn(struct hve_vcpu *vcpu, enum hve_fault fault);

/** hve_gpr_read() - a register by number; RSP is in the VMCS; VMCS open */
u64 hve_gpr_read(struct hve_vcpu *vcpu, unsigned int reg);

/** hve_gpr_write() - likewise */
void hve_gpr_write(struct hve_vcpu *vcpu, unsigned int reg, u64 val);

enum hve_action hve_exit_cr(struct hve_vcpu *vcpu);
enum hve_action hve_exit_cr_outside(struct hve_vcpu *vcpu);
enum hve_action hve_exit_dr(struct hve_vcpu *vcpu);
enum hve_action hve_exit_xsetbv(struct hve_vcpu *vcpu);

/** hve_gpa_is_memory() - slot or overlay there? any context */
bool hve_gpa_is_memory(struct hve_vm *vm, u64 gpa);

#endif /* HVE_CORE_EXIT_H */
