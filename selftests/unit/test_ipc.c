// SPDX-License-Identifier: GPL-2.0
/* call_ipc.c: HvCallPostMessage, HvCallSignalEvent */
#include "fake_host.h"
#include "hvemu/synic/synic.h"

#include <string.h>

#define IN	0x3000ull
#define SIMP	0xa000ull
#define SIEFP	0xb000ull
#define SINT(n)	(HV_X64_MSR_SINT0 + (n))

enum { MSG_CONN = 1, EVT_CONN, EVENTFD_CONN, VMM_CONN };

static unsigned int event;

static void start(void)
{
	struct hve_port_desc d = {
		.id = 10, .type = HV_PORT_TYPE_MESSAGE, .sint = 2,
	};

	setup();
	open_hypercalls();
	wr(HV_X64_MSR_SCONTROL, 1);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	wr(HV_X64_MSR_SIEFP, SIEFP | 1);
	wr(SINT(2), 0x52);
	run_requests(0);
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
	d.id = 11;
	d.type = HV_PORT_TYPE_EVENT;
	d.base_flag = 100;
	d.flag_count = 4;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
	CHECK_EQ(hve_tlfs_connect_port(&pt, MSG_CONN, &pt, 10), 0);
	CHECK_EQ(hve_tlfs_connect_port(&pt, EVT_CONN, &pt, 11), 0);
	event = 0;
	CHECK_EQ(hve_tlfs_connect_event(&pt, EVENTFD_CONN, &event), 0);
	CHECK_EQ(hve_tlfs_connect_vmm(&pt, VMM_CONN), 0);
}

static struct hv_message *slot(void)
{
	struct hv_message_page *page = vp[0].vtl[0].synic.simp.page;

	return &page->sint_message[2];
}

static struct hv_post_message input(u32 conn)
{
	struct hv_post_message in = {
		.connection_id = conn, .message_type = 5, .payload_size = 9,
	};

	memset(in.payload, 0x5a, sizeof(in.payload));
	return in;
}

static unsigned int post_in(const struct hv_post_message *in)
{
	CHECK(guest_write(IN, in, sizeof(*in)));
	return STATUS(hcall(HVCALL_POST_MESSAGE, IN, 0));
}

static unsigned int post(u32 conn)
{
	struct hv_post_message in = input(conn);

	return post_in(&in);
}

static u64 event_param(u32 conn, u16 flag)
{
	return conn | (u64)flag << 32;
}

static unsigned int signal_event(u32 conn, u16 flag)
{
	return STATUS(hcall(HVCALL_SIGNAL_EVENT | FAST,
			    event_param(conn, flag), ~0ull));
}

static unsigned int want(hv_status_t status)
{
	return (__force u16)status;
}

TEST(message_to_itself)
{
	start();
	CHECK_EQ(post(MSG_CONN), 0);
	run_requests(0);
	CHECK_EQ(slot()->header.message_type, 5);
	CHECK_EQ(slot()->header.payload_size, 9);
	CHECK_EQ(slot()->header.origination_id, 10);
	CHECK_EQ(slot()->payload[0], 0x5a5a5a5a5a5a5a5aull);
	/* "Only the first n bytes are actually sent" */
	CHECK_EQ(slot()->payload[1], 0x5a);
	CHECK_EQ(slot()->payload[2], 0);
	CHECK_EQ(fake.nr_irqs, 1);
	teardown();
}

TEST(message_that_is_none)
{
	struct hv_post_message in;

	start();
	in = input(MSG_CONN);
	in.message_type = 0;
	CHECK_EQ(post_in(&in), want(HV_STATUS_INVALID_PARAMETER));
	in.message_type = 0x80000000;
	CHECK_EQ(post_in(&in), want(HV_STATUS_INVALID_PARAMETER));
	in.message_type = 0x7fffffff;
	CHECK_EQ(post_in(&in), 0);
	in.payload_size = 241;
	CHECK_EQ(post_in(&in), want(HV_STATUS_INVALID_PARAMETER));
	in.payload_size = ~0u;
	CHECK_EQ(post_in(&in), want(HV_STATUS_INVALID_PARAMETER));
	in.payload_size = 0x100 + 240;
	CHECK_EQ(post_in(&in), want(HV_STATUS_INVALID_PARAMETER));
	in.payload_size = 240;
	in.rsvdz = 1;
	CHECK_EQ(post_in(&in), want(HV_STATUS_INVALID_PARAMETER));
	in.rsvdz = 0;
	CHECK_EQ(post_in(&in), 0);
	in.payload_size = 0;
	CHECK_EQ(post_in(&in), 0);
	teardown();
}

TEST(seventeenth_message)
{
	unsigned int i;

	start();
	slot()->header.message_type = 99;
	for (i = 0; i < 16; i++)
		CHECK_EQ(post(MSG_CONN), 0);
	CHECK_EQ(post(MSG_CONN), want(HV_STATUS_INSUFFICIENT_BUFFERS));
	teardown();
}

TEST(ids_that_mean_nothing)
{
	start();
	CHECK_EQ(post(77), want(HV_STATUS_INVALID_CONNECTION_ID));
	CHECK_EQ(signal_event(77, 0), want(HV_STATUS_INVALID_CONNECTION_ID));
	/* "The high 8 bits are reserved and must be zero" */
	CHECK_EQ(post(MSG_CONN | 1u << 24),
		 want(HV_STATUS_INVALID_CONNECTION_ID));
	CHECK_EQ(signal_event(EVT_CONN | 1u << 31, 0),
		 want(HV_STATUS_INVALID_CONNECTION_ID));
	CHECK_EQ(post(EVT_CONN), want(HV_STATUS_INVALID_PORT_ID));
	CHECK_EQ(post(EVENTFD_CONN), want(HV_STATUS_INVALID_PORT_ID));
	CHECK_EQ(signal_event(MSG_CONN, 0), want(HV_STATUS_INVALID_PORT_ID));
	CHECK_EQ(STATUS(hcall(HVCALL_SIGNAL_EVENT | FAST,
			      EVT_CONN | 1ull << 48, 0)),
		 want(HV_STATUS_INVALID_PARAMETER));
	hve_tlfs_port_delete(&pt, 10);
	hve_tlfs_port_delete(&pt, 11);
	CHECK_EQ(post(MSG_CONN), want(HV_STATUS_INVALID_PORT_ID));
	CHECK_EQ(signal_event(EVT_CONN, 0), want(HV_STATUS_INVALID_PORT_ID));
	CHECK_EQ(fake.nr_exits, 0);
	teardown();
}

TEST(event_to_itself_fast_and_slow_in_the_window)
{
	u64 in = event_param(EVT_CONN, 3);

	start();
	fake.window = true;
	CHECK_EQ(signal_event(EVT_CONN, 0), 0);
	CHECK_EQ(signal_event(EVENTFD_CONN, 0), 0);
	CHECK(guest_write(IN, &in, sizeof(in)));
	CHECK_EQ(STATUS(hcall(HVCALL_SIGNAL_EVENT, IN, 1)), 0);
	fake.window = false;
	CHECK_EQ(event, 1);
	/* flags 100 and 103 */
	CHECK_EQ(guest_read64(SIEFP + 2 * 256 + 8), 9ull << 36);
	CHECK_EQ(fake.nr_irqs, 2);
	CHECK_EQ(fake.nr_exits, 0);
	teardown();
}

TEST(event_flag_beyond_the_port_trap_27)
{
	start();
	CHECK_EQ(signal_event(EVT_CONN, 4), want(HV_STATUS_INVALID_PARAMETER));
	CHECK_EQ(signal_event(EVT_CONN, 0xffff),
		 want(HV_STATUS_INVALID_PARAMETER));
	CHECK_EQ(signal_event(EVENTFD_CONN, 1),
		 want(HV_STATUS_INVALID_PARAMETER));
	CHECK_EQ(guest_read64(SIEFP + 2 * 256 + 8), 0);
	CHECK_EQ(event, 0);
	teardown();
}

TEST(event_to_a_masked_sint_trap_26)
{
	start();
	wr(SINT(2), 0x10052);
	CHECK_EQ(signal_event(EVT_CONN, 0),
		 want(HV_STATUS_INVALID_SYNIC_STATE));
	/* a message gets there, its interrupt is lost */
	CHECK_EQ(post(MSG_CONN), 0);
	run_requests(0);
	CHECK_EQ(slot()->header.message_type, 5);
	CHECK_EQ(fake.nr_irqs, 0);
	wr(HV_X64_MSR_SCONTROL, 0);
	CHECK_EQ(post(MSG_CONN), want(HV_STATUS_INVALID_SYNIC_STATE));
	teardown();
}

TEST(calls_that_are_wrong_before_the_input_is_read)
{
	start();
	CHECK_EQ(STATUS(hcall(HVCALL_POST_MESSAGE | FAST, 0, 0)),
		 want(HV_STATUS_INVALID_HYPERCALL_INPUT));
	CHECK_EQ(STATUS(hcall(HVCALL_POST_MESSAGE | REP(1), IN, 0)),
		 want(HV_STATUS_INVALID_HYPERCALL_INPUT));
	CHECK_EQ(STATUS(hcall(HVCALL_SIGNAL_EVENT | VARHEAD(1), IN, 0)),
		 want(HV_STATUS_INVALID_HYPERCALL_INPUT));
	CHECK_EQ(STATUS(hcall(HVCALL_POST_MESSAGE, IN + 4, 0)),
		 want(HV_STATUS_INVALID_ALIGNMENT));
	CHECK_EQ(STATUS(hcall(HVCALL_POST_MESSAGE, IN + 0xf08, 0)),
		 want(HV_STATUS_INVALID_ALIGNMENT));
	CHECK_EQ(STATUS(hcall(HVCALL_SIGNAL_EVENT, IN + 1, 0)),
		 want(HV_STATUS_INVALID_ALIGNMENT));
	CHECK_EQ(STATUS(hcall(HVCALL_SIGNAL_EVENT, 1ull << 40, 0)),
		 want(HV_STATUS_INVALID_ALIGNMENT));
	CHECK_EQ(STATUS(hcall(HVCALL_POST_MESSAGE, 1ull << 30, 0)),
		 want(HV_STATUS_INVALID_HYPERCALL_INPUT));
	take_gate(&vp[0], HV_POST_MESSAGES);
	CHECK_EQ(post(MSG_CONN), want(HV_STATUS_ACCESS_DENIED));
	take_gate(&vp[0], HV_SIGNAL_EVENTS);
	CHECK_EQ(signal_event(EVT_CONN, 0), want(HV_STATUS_ACCESS_DENIED));
	CHECK_EQ(fake.nr_irqs, 0);
	teardown();
}

TEST(input_that_is_not_at_hand_in_the_window)
{
	start();
	fake.window = true;
	fake.page_not_at_hand = true;
	CHECK_EQ(hcall_action(HVCALL_POST_MESSAGE, IN, 0), HVE_HCALL_OUTSIDE);
	CHECK_EQ(hcall_action(HVCALL_SIGNAL_EVENT, IN, 0), HVE_HCALL_OUTSIDE);
	fake.page_not_at_hand = false;
	CHECK_EQ(post(MSG_CONN), 0);
	fake.window = false;
	run_requests(0);
	CHECK_EQ(slot()->header.message_type, 5);
	teardown();
}

static void check_exit(u64 control, u64 p1)
{
	fake.nr_exits = 0;
	fake.window = true;
	CHECK_EQ(hcall_action(control, p1, 0), HVE_HCALL_OUTSIDE);
	fake.window = false;
	CHECK_EQ(fake.nr_exits, 0);
	CHECK_EQ(hcall_action(control, p1, 0), HVE_HCALL_USER);
	CHECK_EQ(fake.nr_exits, 1);
	CHECK_EQ(fake.exit[0].kind, HVE_USER_HCALL);
	CHECK_EQ(fake.exit[0].hcall.input, control);
	CHECK_EQ(fake.exit[0].hcall.params[0], p1);
}

TEST(connections_of_the_vmm)
{
	struct hv_post_message in;

	start();
	in = input(VMM_CONN);
	CHECK(guest_write(IN, &in, sizeof(in)));
	check_exit(HVCALL_POST_MESSAGE, IN);
	check_exit(HVCALL_SIGNAL_EVENT | FAST, VMM_CONN);
	teardown();
}

TEST(vmm_with_the_pages_gets_what_nobody_here_knows)
{
	struct hv_post_message in;

	/* without a connection: any call, whatever its input */
	setup();
	open_hypercalls();
	hve_tlfs_synic_by_vmm(&vp[0]);
	check_exit(HVCALL_POST_MESSAGE, 1);
	check_exit(HVCALL_SIGNAL_EVENT | FAST, 0x123456789abcdef);
	teardown();

	start();
	hve_tlfs_synic_by_vmm(&vp[0]);
	in = input(77);
	CHECK(guest_write(IN, &in, sizeof(in)));
	check_exit(HVCALL_POST_MESSAGE, IN);
	in = input(EVENTFD_CONN);
	CHECK(guest_write(IN, &in, sizeof(in)));
	check_exit(HVCALL_POST_MESSAGE, IN);
	in = input(MSG_CONN);
	in.rsvdz = 1;
	CHECK(guest_write(IN, &in, sizeof(in)));
	check_exit(HVCALL_POST_MESSAGE, IN);
	check_exit(HVCALL_SIGNAL_EVENT | FAST, 77);
	check_exit(HVCALL_SIGNAL_EVENT | FAST, EVENTFD_CONN | 1ull << 32);
	fake.nr_exits = 0;
	CHECK_EQ(signal_event(EVENTFD_CONN, 0), 0);
	CHECK_EQ(event, 1);
	CHECK_EQ(fake.nr_exits, 0);
	teardown();
}

TEST(no_connection_was_ever_made)
{
	setup();
	open_hypercalls();
	CHECK_EQ(post(1), want(HV_STATUS_INVALID_HYPERCALL_INPUT));
	CHECK_EQ(signal_event(1, 0), want(HV_STATUS_INVALID_HYPERCALL_INPUT));
	CHECK_EQ(fake.nr_exits, 0);
	teardown();
}
