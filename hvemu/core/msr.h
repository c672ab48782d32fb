/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A row a MSR or range of them.  Tables are sorted: look-up is a binary search.
 */
#ifndef HVE_CORE_MSR_H
#define HVE_CORE_MSR_H

#include <linux/build_bug.h>
#include <linux/nospec.h>
#include <linux/types.h>
#include "core/vcpu.h"

/*
 * read/write are the guest's accesses and may fault; set is the VMM's and
 * defaults to write.
 */
struct hve_msr_row {
	u32 first, last;
	u8 value;			/* first index into msr_value[] */
	bool listed;			/* in KVM_GET_MSR_INDEX_LIST */
	/* is it in the guest's CPUID? NULL: always there */
	bool (*there)(struct hve_vcpu *vcpu);
	/* n: offset in the range; 0 or -1 */
	int (*read)(struct hve_vcpu *vcpu, unsigned int n, u64 *val);
	int (*write)(struct hve_vcpu *vcpu, unsigned int n, u64 val);
	int (*set)(struct hve_vcpu *vcpu, unsigned int n, u64 val);
};

enum {
	V_MISC_ENABLE,
	V_MTRR_DEF,
	V_MTRR_VAR,			/* 16 */
	V_MTRR_FIX64K = V_MTRR_VAR + 16,
	V_MTRR_FIX16K,			/* 2 */
	V_MTRR_FIX4K = V_MTRR_FIX16K + 2, /* 8 */
	V_MCG_STATUS = V_MTRR_FIX4K + 8,
	V_MCG_CTL,
	V_UCODE_REV,
	V_CSTAR,
	V_MISC_FEATURES,
	V_POWER_CTL,
	V_PLATFORM_INFO,
	V_FEAT_CTL,
	V_NR
};

static_assert(V_NR <= 64);

static inline u64 *hve_msr_value(struct hve_vcpu *vcpu, unsigned int i)
{
	return &vcpu->msr_value[array_index_nospec(i, V_NR)];
}

/* Where in vcpu->mce the words MCi_CTL2 are */
#define HVE_MCE_CTL2	(32 * 4)

#define ROWN(m, n, l, v, ...) \
	{ .first = m, .last = (m) + (n) - 1, .listed = l, .value = v, __VA_ARGS__ }
#define ROW1(m, l, v, ...)	ROWN(m, 1, l, v, __VA_ARGS__)

/**
 * hve_msr_pass() - let the guest access an MSR without an exit
 * @vcpu: VMCS closed, or the caller's
 * @msr: any
 * @read: RDMSR
 * @write: WRMSR
 *
 * As far as the VMM's filter allows.
 */
void hve_msr_pass(struct hve_vcpu *vcpu, u32 msr, bool read, bool write);

/* msr_vmx.c */
bool hve_vmx_there(struct hve_vcpu *vcpu);
int hve_vmx_cap_read(struct hve_vcpu *vcpu, u32 msr, u64 *val);
int hve_vmx_cap_set(struct hve_vcpu *vcpu, u32 msr, u64 val);
int hve_feat_ctl_write(struct hve_vcpu *vcpu, unsigned int n, u64 val);
int hve_feat_ctl_set(struct hve_vcpu *vcpu, unsigned int n, u64 val);
bool hve_vmx_feature_list(unsigned int i, u32 *msr);
int hve_vmx_feature_get(u32 msr, u64 *val);

/* msr_arch.c */
extern const struct hve_msr_row hve_msr_arch_rows[];
extern const unsigned int hve_msr_nr_arch_rows;

#endif /* HVE_CORE_MSR_H */
