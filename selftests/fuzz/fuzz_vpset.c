// SPDX-License-Identifier: GPL-2.0
/*
 * VP sets: any format, any banks, any size of the variable header, by memory
 * and by registers.
 *
 * Checked against a second reading of the specification: which VPs get the
 * interrupt, and when a set is refused.
 */
#include "fuzz.h"

#define IN	0x2000ull

static bool set_names(const u64 *set, u32 index)
{
	u64 valid = set[1];
	unsigned int bank = index / 64;

	if (set[0] == HV_GENERIC_SET_ALL)
		return true;
	if (!(valid >> bank & 1))
		return false;
	valid &= (1ull << bank) - 1;
	return set[2 + __builtin_popcountll(valid)] >> index % 64 & 1;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	u64 block[3 + 64] = { 0 }, *set = &block[1], res;
	unsigned int i, banks, want = 0;
	bool fast;
	u8 how;

	fuzz_begin(&in, open_hypercalls);
	for (i = 0; i < FAKE_NR_VPS; i++)
		hve_tlfs_msr_set(&vp[i], HV_X64_MSR_VP_INDEX,
				 i * 64 + take(&in, 1) % 64 + 64 * (i == 3));
	how = take(&in, 1);
	fast = how & 1;
	banks = take(&in, 1) % 66;
	block[0] = 0x10 + take(&in, 1) % 0xf0;
	set[0] = how & 2 ? take(&in, 1) % 3 : 0;
	set[1] = take(&in, 8);
	if (how & 4)	/* mostly as many as there are bits */
		banks = __builtin_popcountll(set[1]);
	for (i = 0; i < 64; i++)
		set[2 + i] = take(&in, 8);
	if (fast) {
		memcpy(fake.xmm, block + 2, sizeof(fake.xmm));
		res = hcall(HVCALL_SEND_SYNTHETIC_CLUSTER_IPI_EX | FAST |
			    VARHEAD(banks), block[0], block[1]);
	} else {
		guest_write(IN, block, sizeof(block));
		res = hcall(HVCALL_SEND_SYNTHETIC_CLUSTER_IPI_EX |
			    VARHEAD(banks), IN, 0);
	}

	for (i = 0; i < FAKE_NR_VPS; i++)
		want += set_names(set, vp[i].vp_index);
	if (fast && banks > 11) {
		CHECK_EQ(res, 3);
	} else if (set[0] > 1) {
		CHECK_EQ(res, 5);
	} else if (!set[0] && banks != __builtin_popcountll(set[1])) {
		CHECK_EQ(res, 3);
	} else {
		CHECK_EQ(res, 0);
		CHECK_EQ(fake.nr_irqs, want);
	}
	if (res)
		CHECK_EQ(fake.nr_irqs, 0);
	fuzz_end();
	return 0;
}
