// SPDX-License-Identifier: GPL-2.0
/*
 * Sequences of SynIC and timer work: registers, messages posted, slots
 * emptied and scribbled on, EOM, EOI, time, reset, save and load,
 * ports and connections made, used and taken away.
 *
 * Checked beside what the sanitizers see: the "pending" bitmap tells exactly
 * which queues are not empty, and a timer's invariants hold after each write.
 */
#include "fuzz.h"
#include "hvemu/synic/synic.h"

#include <stdlib.h>

static unsigned int event;
static unsigned int saves;		/* are slow: one an input */
static const u8 payload[256];

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

/* The VMM's half of ports; ids are few, so that they meet. */
static void port_work(struct input *in)
{
	u8 what = take(in, 1);
	struct hve_port_desc d = {
		.id = what >> 3 & 3,
		.type = what & 0x80 ? HV_PORT_TYPE_MESSAGE : HV_PORT_TYPE_EVENT,
		.vp_index = what & 0x40 ? HV_ANY_VP : take(in, 1) % 5,
		.sint = take(in, 1) % 17,
	};
	struct hve_doorbell bell = { .gpa = 0x12345008 };
	u32 id;

	switch (what & 7) {
	case 0:
		if (d.type == HV_PORT_TYPE_EVENT) {
			d.base_flag = take(in, 2);
			d.flag_count = take(in, 2);
			if (d.flag_count == 1 && (d.base_flag & 0x8000))
				d.type = HV_PORT_TYPE_DOORBELL;
			d.base_flag &= 0x7fff;
		}
		hve_tlfs_port_create(&pt, &d);
		break;
	case 1:
		hve_tlfs_port_delete(&pt, d.id);
		break;
	case 2:
		id = take(in, 1);
		bell.flags = take(in, 1) & 7;
		if (id & 8)
			hve_tlfs_connect_doorbell(&pt, id & 7, &pt, d.id, &bell);
		else
			hve_tlfs_connect_port(&pt, id & 7, &pt, d.id);
		break;
	case 3:
		hve_tlfs_connect_event(&pt, take(in, 1) & 7, &event);
		break;
	case 4:
		hve_tlfs_connect_vmm(&pt, take(in, 1) & 7);
		break;
	case 5:
		hve_tlfs_disconnect(&pt, take(in, 1) & 7, what & 0x40);
		break;
	case 6:
		hve_tlfs_port_post(&pt, d.id, take(in, 1), payload,
				   take(in, 1));
		break;
	case 7:
		id = take(in, 2);
		if (id & 0x8000)
			hve_tlfs_doorbell(&pt, bell.gpa, 1u << (id & 3), 0);
		else
			hve_tlfs_port_signal(&pt, d.id, id);
		break;
	}
}

/* The guest's half; input of HvCallPostMessage is where it may write. */
static void send(struct input *in, bool message)
{
	struct hv_post_message msg = {
		.connection_id = take(in, 1) & 7,
		.message_type = take(in, 1),
		.payload_size = take(in, 1),
	};

	if (message) {
		guest_write(0x3000, &msg, sizeof(msg));
		hcall_action(HVCALL_POST_MESSAGE, 0x3000, 0);
	} else {
		hcall_action(HVCALL_SIGNAL_EVENT | FAST, msg.connection_id |
			     take(in, 2) << 32, 0);
	}
}

static void save_and_load(struct input *in)
{
	static u8 *blob;
	u32 bytes;

	if (!blob)
		blob = malloc(hve_tlfs_vp_state_bytes());
	bytes = hve_tlfs_vp_state_get(&vp[0], blob);
	CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], blob, bytes), 0);
	blob[take(in, 2) % bytes] ^= take(in, 1);
	hve_tlfs_vp_state_set(&vp[0], blob, bytes);
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
		if (what & 16)
			send(in, what & 32);
		else
			wr(HV_X64_MSR_EOM, 0);
		return;
	case 5:
		hve_tlfs_vector_eoi(&vp[0], 0, take(in, 1), false);
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
	case 8 ... 9:
		port_work(in);
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
		if (what & 16 || saves++)
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
	struct hve_port_desc d = { .type = HV_PORT_TYPE_MESSAGE, .sint = 1 };
	unsigned int n;

	saves = 0;
	fuzz_begin(&in, open_hypercalls);
	hve_tlfs_port_create(&pt, &d);
	hve_tlfs_connect_port(&pt, 0, &pt, 0);
	if (take(&in, 1) & 1)
		hve_tlfs_synic_by_vmm(&vp[0]);
	wr(HV_X64_MSR_SCONTROL, 1);
	wr(HV_X64_MSR_SIMP, 0xa001);
	for (n = 0; n < 100 && in.at < in.end; n++) {
		step(&in);
		check();
	}
	fuzz_end();
	return 0;
}
