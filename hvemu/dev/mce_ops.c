// SPDX-License-Identifier: GPL-2.0
/*
 * Machine checks: how many banks a vCPU has, and the VMM reporting an error in
 * one.  MCG_CTL and MCG_STATUS are MSRs like others, the banks are
 * vcpu->mce.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <asm/mce.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "core/kvm_abi.h"
#include "core/msr.h"
#include "core/vcpu.h"
#include "private.h"

#define ALL_ERRORS	(~0ull)

/* Words of a bank; behind all banks a word CTL2 of each */
enum { BANK_CTL, BANK_STATUS, BANK_ADDR, BANK_MISC, BANK_WORDS };

static_assert(HVE_MCE_BANKS * BANK_WORDS == HVE_MCE_CTL2);

u64 hve_mce_cap_supported(void)
{
	return MCG_CTL_P | MCG_SER_P | MCG_CMCI_P;
}

long hve_mce_setup(struct hve_call *call)
{
	struct hve_vcpu *vcpu = call->vcpu;
	u64 cap = *(const u64 *)call->data;
	unsigned int i, nr = cap & MCG_BANKCNT_MASK;

	if (!nr || nr > HVE_MCE_BANKS)
		return -EINVAL;
	if (cap & ~(hve_mce_cap_supported() | MCG_BANKCNT_MASK |
		    MCG_EXT_CNT_MASK))
		return -EINVAL;
	if (!vcpu->mce)
		vcpu->mce = kcalloc(HVE_MCE_BANKS * (BANK_WORDS + 1),
				    sizeof(u64), GFP_KERNEL_ACCOUNT);
	if (!vcpu->mce)
		return -ENOMEM;
	vcpu->mcg_cap = cap;
	hve_apic_cmci_set(&vcpu->vtl[0].apic, cap & MCG_CMCI_P);
	for (i = 0; i < nr; i++)
		vcpu->mce[i * BANK_WORDS + BANK_CTL] = ALL_ERRORS;
	if (cap & MCG_CTL_P && hve_msr_set(vcpu, MSR_IA32_MCG_CTL, ALL_ERRORS))
		return -EINVAL;
	return 0;
}

static u64 msr_of(struct hve_vcpu *vcpu, u32 msr)
{
	u64 val = 0;

	return hve_msr_get(vcpu, msr, &val) ? 0 : val;
}

/* Does the guest want to hear of uncorrected errors of this bank? */
static bool is_enabled(struct hve_vcpu *vcpu, const u64 *bank)
{
	if (vcpu->mcg_cap & MCG_CTL_P &&
	    msr_of(vcpu, MSR_IA32_MCG_CTL) != ALL_ERRORS)
		return false;
	return bank[BANK_CTL] == ALL_ERRORS;
}

static void bank_fill(u64 *bank, const struct kvm_x86_mce *in)
{
	u64 lost = bank[BANK_STATUS] & MCI_STATUS_VAL ? MCI_STATUS_OVER : 0;

	bank[BANK_ADDR] = in->addr;
	bank[BANK_MISC] = in->misc;
	bank[BANK_STATUS] = in->status | lost;
}

static long uncorrected(struct hve_vcpu *vcpu, u64 *bank,
			const struct kvm_x86_mce *in)
{
	struct kvm_sregs sregs;
	int r;

	if (!is_enabled(vcpu, bank))
		return 0;
	r = hve_sregs_get(vcpu, &sregs);
	if (r)
		return r;
	/* one inside another, or with nobody to take it: shutdown */
	if (msr_of(vcpu, MSR_IA32_MCG_STATUS) & MCG_STATUS_MCIP ||
	    !(sregs.cr4 & X86_CR4_MCE)) {
		hve_vcpu_request(vcpu, HVE_REQ_TRIPLE_FAULT);
		return 0;
	}
	if (hve_msr_set(vcpu, MSR_IA32_MCG_STATUS, in->mcg_status))
		return -EINVAL;
	bank_fill(bank, in);
	hve_queue_exception(vcpu, X86_TRAP_MC, false, 0);
	return 0;
}

/* SDM, "UCNA": it is in the bank, and whoever wants to know is interrupted. */
static bool no_action_required(const struct kvm_x86_mce *in)
{
	return !in->mcg_status &&
	       !(in->status & (MCI_STATUS_PCC | MCI_STATUS_S | MCI_STATUS_AR));
}

static long quiet(struct hve_vcpu *vcpu, u64 *bank, u32 nr,
		  const struct kvm_x86_mce *in)
{
	bank_fill(bank, in);
	if (vcpu->mce[HVE_MCE_CTL2 + nr] & MCI_CTL2_CMCI_EN)
		hve_apic_cmci_raise(&vcpu->vtl[0].apic);
	return 0;
}

long hve_mce_inject(struct hve_call *call)
{
	const struct kvm_x86_mce *in = call->data;
	struct hve_vcpu *vcpu = call->vcpu;
	unsigned int nr = vcpu->mcg_cap & MCG_BANKCNT_MASK;
	u64 *bank;

	if (in->bank >= nr || !(in->status & MCI_STATUS_VAL))
		return -EINVAL;
	bank = vcpu->mce + array_index_nospec(in->bank, nr) * BANK_WORDS;
	if (vcpu->mcg_cap & MCG_CMCI_P && no_action_required(in))
		return quiet(vcpu, bank, array_index_nospec(in->bank, nr), in);
	if (in->status & MCI_STATUS_UC)
		return uncorrected(vcpu, bank, in);
	/* a corrected error does not hide an uncorrected one */
	if (bank[BANK_STATUS] & MCI_STATUS_VAL &&
	    bank[BANK_STATUS] & MCI_STATUS_UC)
		bank[BANK_STATUS] |= MCI_STATUS_OVER;
	else
		bank_fill(bank, in);
	return 0;
}
