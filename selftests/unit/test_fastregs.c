// SPDX-License-Identifier: GPL-2.0
/* fastregs.c: output in registers, for each size of the input */
#include "fake_host.h"
#include "hvemu/hypercall/hypercall.h"

#include <string.h>

static u8 byte_of_block(unsigned int i)
{
	const u8 *r = i < 8 ? (u8 *)&gpr[2] : i < 16 ? (u8 *)&gpr[8] - 8 :
		      (u8 *)fake.xmm - 16;

	return r[i];
}

TEST(output_goes_behind_the_input_trap_4)
{
	struct hve_hcall *hc;
	unsigned int in, at, i;

	setup();
	hc = vp[0].hcall;
	hc->long64 = true;
	memset(hc->out, 0x77, 4096);
	for (in = 0; in <= 96; in++) {
		memset(gpr, 0x11, sizeof(gpr));
		memset(fake.xmm, 0x11, sizeof(fake.xmm));
		hve_fastregs_params(hc, gpr);
		hc->in_bytes = in;
		at = (in + 15) / 16 * 16;
		CHECK_EQ(hve_fastregs_out_offset(hc), at);
		hve_fastregs_write(hc, gpr, 4, 8);
		for (i = 0; i < 112; i++)
			CHECK_EQ(byte_of_block(i),
				 i >= at + 4 && i < at + 12 ? 0x77 : 0x11);
		for (i = 0; i < 16; i++)
			if (i != 2 && i != 8)
				CHECK_EQ(gpr[i], 0x1111111111111111ull);
	}
	teardown();
}
