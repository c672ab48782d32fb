// SPDX-License-Identifier: GPL-2.0
/*
 * Sequences of accesses to synthetic MSRs, by guest and VMM, on all VPs, in
 * and out of windows, with allocations that fail.
 *
 * Checked beside what the sanitizers see: what goes outside changes nothing,
 * reads that may fail don't, and RAM is as it was when all overlays are gone.
 */
#include "fuzz.h"

static u32 number(struct input *in)
{
	static u32 listed[32];
	u8 i = take(in, 1);
	unsigned int n;

	for (n = 0; !listed[31] && n < 32; n++)
		hve_tlfs_msr_list(n, &listed[n]);
	if (i < 192)
		return listed[i % 32];
	return 0x40000000 + take(in, 2) % 0x1200;
}

static u64 value(struct input *in)
{
	u8 how = take(in, 1);

	if (how < 128)		/* a page register */
		return (u64)(how % 20) << 12 | (take(in, 1) & 3) |
		       (how & 64 ? 1 : 0);
	return take(in, how % 8 + 1);
}

static void step(struct input *in)
{
	u8 what = take(in, 1);
	struct hve_vp *v = &vp[take(in, 1) % FAKE_NR_VPS];
	u32 msr = number(in);
	unsigned int maps = fake.nr_maps;
	u64 val;

	fake.window = what & 0x80;
	shim_may_not_sleep = fake.window;
	fake.fail_at = what & 0x40 ? fake.can_fail + 1 : 0;
	fake.nr_irqs = 0;
	fake.nr_exits = 0;
	switch (what & 15) {
	case 0 ... 5:
		if (hve_tlfs_msr_write(v, 0, msr, value(in)) != HVE_NO_FAULT &&
		    fake.nr_maps != maps)
			__builtin_trap();
		return;
	case 6 ... 8:
		hve_tlfs_msr_read(v, 0, msr, &val);
		return;
	case 9:
		hve_tlfs_eoi_assist_arm(v, 0);
		return;
	case 10:
		hve_tlfs_eoi_assist_disarm(v, 0);
		return;
	}
	fake.window = false;
	shim_may_not_sleep = false;
	switch (what & 15) {
	case 11:
		hve_tlfs_msr_set(v, msr, value(in));
		break;
	case 12:
		fake.tsc_unstable = what & 16;
		fake.tsc_freq = take(in, 5);
		fake.tsc += take(in, 4);
		fake.ns += take(in, 4);
		hve_tlfs_tsc_changed(&pt);
		break;
	case 13:
		if (what & 16)
			hve_tlfs_time_freeze(&pt);
		else
			hve_tlfs_time_thaw(&pt);
		break;
	case 14:
		if (what & 16)
			hve_tlfs_partition_reset(&pt);
		else
			hve_tlfs_vp_reset(v);
		break;
	case 15:
		hve_tlfs_process_requests(v, fake.reqs[v - vp] | what >> 4);
		break;
	}
}

static void paint(void)
{
	unsigned int i;

	for (i = 0; i < FAKE_NR_PAGES; i++)
		memset(fake.ram[i], i + 1, 4096);
}

static void check_paint(void)
{
	unsigned int i;
	u8 *p;

	for (i = 0; i < FAKE_NR_PAGES; i++)
		for (p = fake.ram[i]; p < fake.ram[i] + 4096; p += 256)
			if (*p != i + 1)
				__builtin_trap();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	unsigned int n;

	fuzz_begin(&in, paint);
	for (n = 0; n < 64 && in.at < in.end; n++)
		step(&in);
	check_paint();		/* overlays are no RAM */
	fuzz_end();
	return 0;
}
