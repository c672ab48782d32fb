// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercall input: any registers, any memory, any caller, any host trouble.
 *
 * Checked beside what the sanitizers see: a call that goes outside or faults
 * changes no register, and a rep call never completes more than it was given.
 */
#include "fuzz.h"
#include "hvemu/hypercall/hypercall.h"

static void call(struct input *in)
{
	u64 before[16], control, valid = 0;
	enum hve_hcall_action action;
	unsigned int i, reps;
	u16 code;
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
	for (i = 0; hve_hcall_code(i, &code); i++)
		valid++;
	if (how & 64 && hve_hcall_code((control & 0xffff) % valid, &code))
		control = (control & ~0xffffull) | code;
	for (i = 0; i < 16; i++)
		gpr[i] = 0;
	gpr[how & 8 ? 0 : 1] = control;
	gpr[2] = how & 8 ? control >> 32 : take(in, 3);
	gpr[how & 8 ? 1 : 8] = take(in, 3);
	gpr[6] = take(in, 3);
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
	unsigned int n, gpn;
	u32 off, len;

	setup();
	open_hypercalls();
	if (take(&in, 1) & 1)
		hve_tlfs_msr_set(&vp[2], HV_X64_MSR_VP_INDEX, 200);
	for (n = 0; n < 4 && in.at < in.end; n++) {
		gpn = take(&in, 1) % 8;
		off = take(&in, 2) % 4096;
		len = take(&in, 1);
		if (len > (size_t)(in.end - in.at))
			len = in.end - in.at;
		if (off + len > 4096)
			len = 4096 - off;
		memcpy(fake.ram[gpn] + off, in.at, len);
		in.at += len;
		call(&in);
	}
	fake.fail_at = 0;
	teardown();
	return 0;
}
