// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of a hypercall (TLFS hypercall-interface.md, "Hypercall Register
 * Conventions", "XMM Fast Hypercall Input", "XMM Fast Hypercall Output").
 *
 * The register block is RDX, R8 (or EBX:ECX, EDI:ESI) and XMM0 to XMM5:
 * 112 bytes.
 */
#include "hypercall.h"

#include <linux/string.h>

/* Input block of at most 112 bytes; what is behind it is not the guest's. */
void hve_fastregs_read(struct hve_hcall *hc)
{
	u8 *in = hc->in;

	memcpy(in, hc->param, HV_HYPERCALL_FAST_BYTES);
	if (hc->in_bytes <= HV_HYPERCALL_FAST_BYTES)
		return;
	hve_host_xmm_read(hc->vp, hc->xmm);
	memcpy(in + HV_HYPERCALL_FAST_BYTES, hc->xmm, sizeof(hc->xmm));
}

/*
 * "Registers that are not being used to pass input parameters can be used to
 * return output": behind the input rounded up to 16 bytes.
 */
u32 hve_fastregs_out_offset(const struct hve_hcall *hc)
{
	return (hc->in_bytes + 15) & ~15u;
}

/* Bytes [from, from + bytes) of the output block; they are known to fit. */
void hve_fastregs_write(struct hve_hcall *hc, u64 *gpr, u32 from, u32 bytes)
{
	u8 block[HV_HYPERCALL_XMM_FAST_BYTES];
	u32 at = hve_fastregs_out_offset(hc) + from;

	memcpy(block, hc->param, HV_HYPERCALL_FAST_BYTES);
	hve_host_xmm_read(hc->vp, block + HV_HYPERCALL_FAST_BYTES);
	memcpy(block + at, hc->out + from, bytes);

	if (at < HV_HYPERCALL_FAST_BYTES) {
		memcpy(&gpr[HVE_GPR_RDX], block, 8);
		memcpy(&gpr[HVE_GPR_R8], block + 8, 8);
	}
	if (at + bytes > HV_HYPERCALL_FAST_BYTES)
		hve_host_xmm_write(hc->vp, block + HV_HYPERCALL_FAST_BYTES);
}
