// SPDX-License-Identifier: GPL-2.0
/*
 * Sequences of SynIC and timer work: registers, messages queued and taken
 * back, slots emptied and scribbled on, EOM, EOI, time, reset, save and load.
 *
 * Checked beside what the sanitizers see: the "pending" bitmap tells exactly
 * which queues are not empty, and a timer's invariants hold after each write.
 */
#include "fuzz.h"
#include "hvemu/synic/synic.h"

#include <stdlib.h>

static struct hve_msg msg[8];

static void check(void)
{
	struct hve_synic *s = &vp[0].vtl[0].synic;
	unsigned int i;

	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		CHECK_EQ(s->pending >> i & 1, !list_empty(&s->queue[i]));
}

static void check_timer(u32 msr)
{
	u64 config = rd(msr & ~1u), count = rd(msr | 1);

	if (config & HV_STIMER_ENABLED)
		CHECK(count && (config & (HV_STIMER_DIRECT_MODE |
					  HV_STIMER_SINT_MASK)));
}

static void queue(struct input *in)
{
	struct hve_msg *m = &msg[take(in, 1) % 8];

	if (!m->queued) {
		memset(&m->msg, 0, sizeof(m->msg));
		m->msg.header.message_type = take(in, 1) + 1;
		m->msg.header.payload_size = take(in, 1) % 241;
	}
	hve_msg_queue(&vp[0], 0, take(in, 1) % 16, m);
	hve_host_vp_request(&vp[0], HVE_VP_REQ_SYNIC);
}

static void save_and_load(struct input *in)
{
	u32 bytes = hve_tlfs_vp_state_bytes();
	u8 *blob = malloc(bytes);

	bytes = hve_tlfs_vp_state_get(&vp[0], blob);
	CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], blob, bytes), 0);
	blob[take(in, 2) % bytes] ^= take(in, 1);
	hve_tlfs_vp_state_set(&vp[0], blob, bytes);
	free(blob);
}

static void step(struct input *in)
{
	u8 what = take(in, 1), byte;
	u32 msr;

	fake.nr_irqs = 0;
	fake.nr_exits = 0;
	fake.window = what & 0x80;
	shim_may_not_sleep = fake.window;
	switch (what & 15) {
	case 0 ... 2:
		msr = HV_X64_MSR_STIMER0_CONFIG + take(in, 1) % 8;
		wr(msr, take(in, what & 16 ? 8 : 3));
		check_timer(msr);
		return;
	case 3:
		wr(HV_X64_MSR_SINT0 + take(in, 1) % 16, take(in, 3));
		return;
	case 4:
		wr(HV_X64_MSR_EOM, 0);
		return;
	case 5:
		hve_tlfs_vector_eoi(&vp[0], 0, take(in, 1));
		return;
	case 6:
		fake.ns += take(in, 3);
		fake.tsc += take(in, 4);
		return;
	}
	fake.window = false;
	shim_may_not_sleep = false;
	switch (what & 15) {
	case 7:
		wr(HV_X64_MSR_SCONTROL + take(in, 1) % 4, take(in, 2));
		break;
	case 8:
		queue(in);
		break;
	case 9:
		hve_msg_cancel(&vp[0], 0, &msg[take(in, 1) % 8]);
		break;
	case 10:
		byte = take(in, 1);
		guest_write(take(in, 2), &byte, 1);
		break;
	case 11 ... 12:
		run_requests(0);
		break;
	case 13:
		hve_event_signal(&vp[0], 0, take(in, 1), take(in, 2));
		break;
	case 14:
		if (what & 16)
			hve_tlfs_vp_reset(&vp[0]);
		else
			save_and_load(in);
		break;
	case 15:
		if (what & 16)
			hve_tlfs_reftime_set(&pt, &vp[0], take(in, 8));
		else
			hve_tlfs_msr_set(&vp[0], HV_X64_MSR_STIMER0_CONFIG +
					 take(in, 1) % 8, take(in, 3));
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	unsigned int n;

	setup();
	memset(msg, 0, sizeof(msg));
	for (n = 0; n < 8; n++)
		INIT_LIST_HEAD(&msg[n].link);
	if (take(&in, 1) & 1)
		hve_tlfs_synic_by_vmm(&vp[0]);
	wr(HV_X64_MSR_SCONTROL, 1);
	wr(HV_X64_MSR_SIMP, 0xa001);
	for (n = 0; n < 100 && in.at < in.end; n++) {
		step(&in);
		check();
	}
	teardown();
	return 0;
}
