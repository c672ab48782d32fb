/* SPDX-License-Identifier: GPL-2.0 */
/* What the checks of a VM entry are made of.  Inside nested/ only. */
#ifndef HVE_NESTED_PREDICATES_H
#define HVE_NESTED_PREDICATES_H

#include <linux/types.h>
#include <asm/processor-flags.h>
#include <asm/vmx.h>
#include "entrycheck.h"
#include "vmcs12.h"
#include "vmxmsr.h"

static inline bool has_pin(const struct vmcs12 *v, u32 bit)
{
	return v->pin_based_vm_exec_control & bit;
}

static inline bool has_cpu(const struct vmcs12 *v, u32 bit)
{
	return v->cpu_based_vm_exec_control & bit;
}

static inline u32 cpu2_of(const struct vmcs12 *v)
{
	return has_cpu(v, CPU_BASED_ACTIVATE_SECONDARY_CONTROLS) ?
	       v->secondary_vm_exec_control : 0;
}

static inline bool has_cpu2(const struct vmcs12 *v, u32 bit)
{
	return cpu2_of(v) & bit;
}

static inline bool has_exit(const struct vmcs12 *v, u32 bit)
{
	return v->vm_exit_controls & bit;
}

static inline bool has_entry(const struct vmcs12 *v, u32 bit)
{
	return v->vm_entry_controls & bit;
}

static inline bool unrestricted(const struct vmcs12 *v)
{
	return has_cpu2(v, SECONDARY_EXEC_UNRESTRICTED_GUEST);
}

static inline bool beyond(const struct hve_entry_env *env, u64 l1_gpa)
{
	return l1_gpa >> env->phys_bits;
}

/* Not the address of a page (or of an @align-ed thing) that L1 can have. */
static inline bool bad_addr(const struct hve_entry_env *env, u64 l1_gpa, u32 align)
{
	return (l1_gpa & (align - 1)) || beyond(env, l1_gpa);
}

static inline bool bad_page(const struct hve_entry_env *env, u64 l1_gpa)
{
	return bad_addr(env, l1_gpa, 4096);
}

/*
 * An MSR list: 16 bytes an entry, all of it within reach.  One that is longer
 * than IA32_VMX_MISC recommends may do anything: here it fails.
 */
static inline bool bad_list(const struct hve_entry_env *env, u64 l1_gpa, u32 count)
{
	return count && (count > VMX_MISC_MSR_LIST_MULTIPLIER ||
			 bad_addr(env, l1_gpa, 16) ||
			 beyond(env, l1_gpa + count * 16ull - 1));
}

static inline bool canonical(u64 la, bool la57)
{
	unsigned int shift = la57 ? 64 - 57 : 64 - 48;

	return (u64)((s64)(la << shift) >> shift) == la;
}

static inline bool bad_pat(u64 pat)
{
	unsigned int i;

	for (i = 0; i < 64; i += 8) {
		u8 t = pat >> i;

		if (t > 7 || t == 2 || t == 3)
			return true;
	}
	return false;
}

static inline bool bad_fixed(const struct hve_nested_caps *caps, u32 fixed0,
			     u64 val, u64 exempt)
{
	u64 must = hve_caps_get(caps, fixed0) & ~exempt;

	return (val & must) != must || (val & ~hve_caps_get(caps, fixed0 + 1));
}

static inline bool fail(struct hve_entry_failure *f, const char *name, u32 error,
			u32 qual)
{
	f->name = name;
	f->error = error;
	f->qual = qual;
	return !name;
}

#endif /* HVE_NESTED_PREDICATES_H */
