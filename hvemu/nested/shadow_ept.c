// SPDX-License-Identifier: GPL-2.0
/*
 * L1's EPT (EPT12): the walk that finds out what L1 maps, and the shadow of it
 * that L2 runs on.  SDM, "The Extended Page Table Mechanism (EPT)".
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include "mmu/mmu.h"
#include "entrycheck.h"
#include "private.h"

bool hve_nested_eptp_valid(struct hve_nested *n, u64 eptp12)
{
	return hve_entry_eptp_valid(&n->caps,
				    hve_nested_host_maxphyaddr(n->vcpu), eptp12);
}

void hve_nested_ept_flush(struct hve_nested *n, u64 eptp12)
{
	hve_shadow_flush(n->mmu, eptp12);
}

static bool wants_ept(const struct hve_nested *n)
{
	return has_cpu2(n->v12, SECONDARY_EXEC_ENABLE_EPT);
}

/**
 * hve_nested_ept_ready() - are there tables for vmcs12's EPT pointer?
 * @n: current VMCS checked
 */
bool hve_nested_ept_ready(const struct hve_nested *n)
{
	return !wants_ept(n) ||
	       (n->shadow && n->shadow_eptp12 == n->v12->ept_pointer);
}

/** hve_nested_ept_get() - get them; may sleep. Return: 0 or -ENOMEM. */
int hve_nested_ept_get(struct hve_nested *n)
{
	u64 eptp12 = n->v12->ept_pointer;

	hve_nested_ept_put(n);
	n->shadow = hve_shadow_get(n->mmu, eptp12);
	n->shadow_eptp12 = eptp12;
	return n->shadow ? 0 : -ENOMEM;
}

void hve_nested_ept_put(struct hve_nested *n)
{
	if (n->shadow)
		hve_shadow_put(n->mmu, n->shadow);
	n->shadow = NULL;
}

struct hve_shadow *hve_nested_l2_shadow(const struct hve_nested *n)
{
	return wants_ept(n) ? n->shadow : NULL;
}

u64 hve_nested_l2_eptp(struct hve_nested *n, u64 *gen)
{
	const struct hve_shadow *s = hve_nested_l2_shadow(n);
	u64 eptp = hve_nested_host_ept(n->vcpu, gen);

	return s ? s->eptp : eptp;
}

#define ENTRY_ADDR	GENMASK_ULL(51, 12)
#define ENTRY_LARGE	BIT_ULL(7)
#define ENTRY_TYPE(e)	((e) >> 3 & 7)
#define QUAL_RIGHTS_SHIFT 3

/* SDM, "EPT Misconfigurations" */
static bool misconfigured(struct hve_nested *n, u64 e, int level, bool leaf)
{
	u64 cap = hve_caps_get(&n->caps, MSR_IA32_VMX_EPT_VPID_CAP);
	unsigned int bits = hve_nested_host_maxphyaddr(n->vcpu);

	if ((e & 3) == HVE_MMU_W)
		return true;
	if ((e & HVE_MMU_RWX) == HVE_MMU_X && !(cap & VMX_EPT_EXECUTE_ONLY_BIT))
		return true;
	if ((e & ENTRY_ADDR) >> bits)
		return true;
	if (!leaf)
		return (e & GENMASK_ULL(6, 3)) || (e & ENTRY_LARGE);
	if (level > 1 && (e & ENTRY_ADDR & ((1ull << (3 + 9 * level)) - 1)))
		return true;
	return ENTRY_TYPE(e) == 2 || ENTRY_TYPE(e) == 3 || ENTRY_TYPE(e) == 7;
}

static bool may_be_leaf(struct hve_nested *n, int level)
{
	u64 cap = hve_caps_get(&n->caps, MSR_IA32_VMX_EPT_VPID_CAP);

	return level == 1 || (level == 2 && (cap & VMX_EPT_2MB_PAGE_BIT)) ||
	       (level == 3 && (cap & VMX_EPT_1GB_PAGE_BIT));
}

int hve_nested_ept_walk(struct hve_nested *n, u64 l2_gpa, u32 access,
			struct hve_ept12 *out)
{
	u64 table = n->v12->ept_pointer & ENTRY_ADDR, e;
	int level;

	out->rights = HVE_MMU_RWX;
	out->reason = EXIT_REASON_EPT_VIOLATION;
	for (level = 4; level; level--) {
		u64 l1_gpa = table + 8 * (l2_gpa >> (3 + 9 * level) & 511);
		bool leaf;
		int r = hve_nested_host_read(n->vcpu, l1_gpa, &e, sizeof(e));

		if (r)
			return r;
		if (!(e & HVE_MMU_RWX)) {
			out->rights = 0;
			return 1;
		}
		leaf = may_be_leaf(n, level) && (level == 1 || (e & ENTRY_LARGE));
		if (misconfigured(n, e, level, leaf)) {
			out->reason = EXIT_REASON_EPT_MISCONFIG;
			return 1;
		}
		out->rights &= e;
		if (leaf)
			break;
		table = e & ENTRY_ADDR;
	}
	out->level = level;
	out->l1_gpa = (e & ENTRY_ADDR) |
		      (l2_gpa & ((1ull << (3 + 9 * level)) - 1));
	return access & ~out->rights ? 1 : 0;
}

#define QUAL_ACCESS	7u
#define QUAL_GLA_VALID	BIT(7)
#define QUAL_GLA_FINAL	BIT(8)
#define QUAL_NMI_UNBLOCK BIT(12)

/**
 * hve_nested_ept_exit() - L1 is to hear of an access of L2
 * @n: window closed: the exit is made before L2 runs again
 * @l2_gpa: guest physical address
 * @l2_gva: linear address, where @qual says that there is one
 * @qual: qualification of the exit that we had
 * @walk: what hve_nested_ept_walk() found
 */
void hve_nested_ept_exit(struct hve_nested *n, u64 l2_gpa, u64 l2_gva, u64 qual,
			 const struct hve_ept12 *walk)
{
	n->pending = (struct hve_nested_exit){
		.reason = walk->reason,
		.l2_gpa = l2_gpa,
	};
	if (walk->reason == EXIT_REASON_EPT_VIOLATION) {
		n->pending.l2_gva = l2_gva;
		n->pending.qual = (qual & (QUAL_ACCESS | QUAL_GLA_VALID |
					   QUAL_GLA_FINAL | QUAL_NMI_UNBLOCK)) |
				  walk->rights << QUAL_RIGHTS_SHIFT;
	}
	n->leaving = true;
}
