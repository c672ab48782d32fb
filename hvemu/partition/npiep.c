// SPDX-License-Identifier: GPL-2.0
/*
 * Non-privileged instruction execution prevention (TLFS vp-properties.md,
 * "Non-Privileged Instruction Execution Prevention (NPIEP)"): SGDT, SIDT, SLDT
 * and STR fault outside of CPL 0.
 */
#include "partition.h"

#include <linux/errno.h>

void hve_npiep_reset(struct hve_vp *vp)
{
	WRITE_ONCE(vp->npiep, 0);
	hve_host_desc_exits(vp, false);
}

bool hve_npiep_blocks(const struct hve_vp *vp, unsigned int insn)
{
	return READ_ONCE(vp->npiep) & 1ull << insn;
}

u64 hve_npiep_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(vp->npiep);
}

int hve_npiep_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	/* SPEC?: nothing says what becomes of reserved bits */
	if ((val & HV_NPIEP_RSVDZ) || (val && !hve_host_desc_exits_exist()))
		return -EINVAL;
	WRITE_ONCE(vp->npiep, val);
	hve_host_desc_exits(vp, val);
	return 0;
}

enum hve_fault hve_npiep_write(struct hve_vp *vp, unsigned int vtl, u32 msr,
			       u64 val)
{
	return hve_npiep_set(vp, vtl, msr, val) ? HVE_GP : HVE_NO_FAULT;
}
