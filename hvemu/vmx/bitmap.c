// SPDX-License-Identifier: GPL-2.0
/*
 * MSR bitmap: a set bit is an exit.  SDM, "MSR-Bitmap Address": four 1-KiB
 * bitmaps, reads of low and high MSRs, then writes.
 */
#include <linux/kernel.h>
#include <linux/bitops.h>
#include "vmx.h"

#define MSR_BITMAP_HIGH		(1024 * 8)
#define MSR_BITMAP_WRITE	(2048 * 8)

static int bit_of(u32 msr)
{
	if (msr < 0x2000)
		return msr;
	if (msr >= 0xc0000000 && msr < 0xc0002000)
		return MSR_BITMAP_HIGH + (msr & 0x1fff);
	return -1;
}

void hve_vmx_msr_pass(struct hve_vmx *vmx, u32 msr, bool read, bool write)
{
	int bit = bit_of(msr);

	if (bit < 0)
		return;
	vmx->msr_gen++;
	if (read)
		__clear_bit(bit, vmx->msr_bitmap);
	else
		__set_bit(bit, vmx->msr_bitmap);
	if (write)
		__clear_bit(bit + MSR_BITMAP_WRITE, vmx->msr_bitmap);
	else
		__set_bit(bit + MSR_BITMAP_WRITE, vmx->msr_bitmap);
}

/* Is there no exit of RDMSR, or WRMSR? */
bool hve_vmx_msr_passes(const struct hve_vmx *vmx, u32 msr, bool write)
{
	int bit = bit_of(msr);

	return bit >= 0 &&
	       !test_bit(bit + (write ? MSR_BITMAP_WRITE : 0), vmx->msr_bitmap);
}
