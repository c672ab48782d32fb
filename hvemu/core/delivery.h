/* SPDX-License-Identifier: GPL-2.0 */
/* Delivery of interrupts by the processor, inside core/ only. */
#ifndef HVE_CORE_DELIVERY_H
#define HVE_CORE_DELIVERY_H

#include "core/vcpu.h"

/** hve_apicv_push() - before an entry: decide, and hand the registers over */
void hve_apicv_push(struct hve_vcpu *vcpu);

/** hve_apicv_irr() - new vectors for a processor that has the registers */
void hve_apicv_irr(struct hve_vcpu *vcpu);

/** hve_apicv_eoi() - EOI while the processor has them; false: pull first */
bool hve_apicv_eoi(struct hve_vcpu *vcpu);

void hve_apicv_pull_live(struct hve_vcpu *vcpu);

/** hve_apicv_pull() - take the registers back; VMCS open */
static __always_inline void hve_apicv_pull(struct hve_vcpu *vcpu)
{
	if (vcpu->apicv_live)
		hve_apicv_pull_live(vcpu);
}

#endif /* HVE_CORE_DELIVERY_H */
