// SPDX-License-Identifier: GPL-2.0
/*
 * Save and restore blobs: a good one with any bytes of it changed.
 *
 * Checked beside what the sanitizers see: a blob that was refused has changed
 * nothing, and one that was taken comes out as it went in.
 */
#include "fuzz.h"

#include <stdlib.h>

static void disturb(struct input *in, u8 *blob, u32 bytes)
{
	unsigned int n = take(in, 1) % 16;
	u32 at;

	while (n--) {
		/* the end, where all is but the pages, more often */
		at = take(in, 2) % bytes;
		if (at & 1 && bytes > 2048)
			at = bytes - 1 - at % 1400;
		blob[at] = take(in, 1);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u32 bytes = hve_tlfs_vp_state_bytes();
	u32 pt_bytes = hve_tlfs_state_bytes();
	u8 *blob = malloc(bytes), *before = malloc(bytes);
	u8 *after = malloc(bytes), *pt_blob = malloc(pt_bytes);
	struct input in = { data, data + size };
	int err;

	setup();
	bytes = hve_tlfs_vp_state_get(&vp[0], before);
	memcpy(blob, before, bytes);
	disturb(&in, blob, bytes);
	if (take(&in, 1) & 1)
		fake.fail_at = fake.can_fail + take(&in, 1) % 8;
	err = hve_tlfs_vp_state_set(&vp[0], blob, bytes);
	fake.fail_at = 0;
	hve_tlfs_vp_state_get(&vp[0], after);
	if (err)
		CHECK(!memcmp(before, after, bytes));
	fake.ns += 1000000;
	fake.tsc += 2900000;
	run_requests(0);

	pt_bytes = hve_tlfs_state_get(&pt, pt_blob);
	disturb(&in, pt_blob, pt_bytes);
	if (take(&in, 1) & 1)
		fake.fail_at = fake.can_fail + take(&in, 1) % 8;
	hve_tlfs_state_set(&pt, pt_blob, pt_bytes - take(&in, 1) % 2);
	fake.fail_at = 0;
	run_requests(0);
	teardown();
	free(blob);
	free(before);
	free(after);
	free(pt_blob);
	return 0;
}
