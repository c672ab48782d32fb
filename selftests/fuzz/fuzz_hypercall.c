// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercall input: any registers, any memory, any caller, any host trouble.
 *
 * Checked beside what the sanitizers see: a call that goes outside or faults
 * changes no register, and a rep call never completes more than it was given.
 */
#include "fuzz.h"
#include "hvemu/hypercall/hypercall.h"

/* A code that has a row */
static u16 code_of_row(unsigned int i)
{
	static u16 codes[256];
	static unsigned int nr;

	while (nr < 256 && hve_hcall_code(nr, &codes[nr]))
		nr++;
	return codes[i % nr];
}

/* Mostly the begin of a page, or one that is near its end */
static u64 address(struct input *in)
{
	u8 how = take(in, 1);
	u64 page = (u64)(how % 8) << 12;

	if (how < 128)
		return page;
	if (how < 192)
		return page | (take(in, 1) & 0x1f) * 128;
	return how < 250 ? take(in, 3) : take(in, 8);
}

/* Memory that calls find: a header they take, and what the input has */
static void memory(struct input *in)
{
	u8 how = take(in, 1), *page = fake.ram[how % 8];
	u32 off = how & 64 ? take(in, 2) % 4096 : 0, len = take(in, 1), i;
	u64 self = HV_PARTITION_ID_SELF;
	static u32 full[1024];

	fake_dirty |= 1ull << how % 8;
	if (how & 32) {
		/* for HvCallGetVpIndexFromApicId; others don't mind */
		if (!full[4])
			for (i = 4; i < 1024; i++)
				full[i] = 8 + 2 * (i % FAKE_NR_VPS);
		memcpy(full, &self, sizeof(self));
		memcpy(page, full, 4096);
		off = 8;
	}
	if (len > (size_t)(in->end - in->at))
		len = in->end - in->at;
	if (off + len > 4096)
		len = 4096 - off;
	memcpy(page + off, in->at, len);
	in->at += len;
}

static void call(struct input *in)
{
	u64 before[16], control;
	enum hve_hcall_action action;
	unsigned int i, reps;
	u8 how = take(in, 1);

	fake.window = how & 1;
	shim_may_not_sleep = fake.window;
	fake.page_not_at_hand = how & 2;
	fake.flush_must_wait = how & 4;
	fake.mode = how & 8 ? HVE_MODE_PROT32 : HVE_MODE_LONG64;
	fake.ns_step = how & 16 ? 30000 : 0;
	fake.fail_at = how & 32 ? fake.can_fail + take(in, 1) : 0;
	fake.nr_irqs = 0;
	fake.nr_exits = 0;

	/* mostly codes that exist */
	control = take(in, 8);
	if (how & 64)
		control = (control & ~0xffffull) |
			  code_of_row(control & 0xffff);
	for (i = 0; i < 16; i++)
		gpr[i] = 0;
	gpr[how & 8 ? 0 : 1] = control;
	gpr[2] = how & 8 ? control >> 32 : address(in);
	gpr[how & 8 ? 1 : 8] = address(in);
	gpr[6] = address(in);
	if (how & 128) {
		for (i = 0; i < 12; i++)
			fake.xmm[i] = take(in, 8);
		gpr[2] |= take(in, 8) & (how & 8 ? 0 : ~0ull);
	}
	memcpy(before, gpr, sizeof(before));

	action = hve_tlfs_hypercall(&vp[0], 0, gpr);
	switch (action) {
	case HVE_HCALL_DONE:
		reps = how & 8 ? gpr[2] & 0xfff : gpr[0] >> 32 & 0xfff;
		if (reps > (control >> 32 & 0xfff))
			__builtin_trap();
		break;
	case HVE_HCALL_AGAIN:
		if (!memcmp(before, gpr, sizeof(before)))
			__builtin_trap();
		break;
	case HVE_HCALL_USER:
		hve_tlfs_hypercall_complete(&vp[0], gpr, take(in, 8));
		break;
	default:
		if (memcmp(before, gpr, sizeof(before)))
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	unsigned int n;

	fuzz_begin(&in, open_hypercalls);
	if (take(&in, 1) & 1)
		hve_tlfs_msr_set(&vp[2], HV_X64_MSR_VP_INDEX, 200);
	for (n = 0; n < 4 && in.at < in.end; n++) {
		memory(&in);
		call(&in);
	}
	fuzz_end();
	return 0;
}
