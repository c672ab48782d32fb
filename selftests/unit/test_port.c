// SPDX-License-Identifier: GPL-2.0
/* port.c, conn.c: what the VMM makes, and where messages and events go */
#include "fake_host.h"
#include "hvemu/synic/synic.h"

#include <string.h>

#define SINT(n)	(HV_X64_MSR_SINT0 + (n))

static const u64 hello = 0x6f6c6c6568;

static struct hve_port_desc desc(u32 id, u32 type, u32 vp_index)
{
	struct hve_port_desc d = {
		.id = id, .type = type, .vp_index = vp_index, .sint = 2,
	};

	if (type == HV_PORT_TYPE_EVENT)
		d.flag_count = 8;
	return d;
}

static int create(u32 id, u32 type, u32 vp_index)
{
	struct hve_port_desc d = desc(id, type, vp_index);

	return hve_tlfs_port_create(&pt, &d);
}

static enum hve_fault wr_vp(struct hve_vp *v, u32 msr, u64 val)
{
	return hve_tlfs_msr_write(v, 0, msr, val);
}

/* each VP has its pages somewhere else */
static void open_synic(struct hve_vp *v, u64 gpa)
{
	CHECK_EQ(wr_vp(v, HV_X64_MSR_SCONTROL, 1), HVE_NO_FAULT);
	CHECK_EQ(wr_vp(v, HV_X64_MSR_SIMP, gpa | 1), HVE_NO_FAULT);
	CHECK_EQ(wr_vp(v, HV_X64_MSR_SIEFP, (gpa + 0x1000) | 1), HVE_NO_FAULT);
	CHECK_EQ(wr_vp(v, SINT(2), 0x52), HVE_NO_FAULT);
}

static void open_vps(unsigned int nr)
{
	unsigned int i;

	setup();
	for (i = 0; i < nr; i++) {
		open_synic(&vp[i], 0x8000 + 0x2000 * i);
		run_requests(i);
	}
}

static struct hv_message *slot(struct hve_vp *v, unsigned int sint)
{
	struct hv_message_page *page = v->vtl[0].synic.simp.page;

	return &page->sint_message[sint];
}

static bool flag(struct hve_vp *v, unsigned int sint, unsigned int nr)
{
	struct hv_synic_event_flags_page *page = v->vtl[0].synic.siefp.page;

	return page->sint_event_flags[sint].flags[nr / 64] >> (nr % 64) & 1;
}

static int post(u32 id)
{
	return hve_tlfs_port_post(&pt, id, 1, &hello, sizeof(hello));
}

TEST(ports_have_an_id_a_sint_and_a_target)
{
	struct hve_port_desc d;

	setup();
	CHECK_EQ(create(1, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(create(1, HV_PORT_TYPE_EVENT, 0), -EEXIST);
	CHECK_EQ(create(0xffffff, HV_PORT_TYPE_EVENT, HV_ANY_VP), 0);
	CHECK_EQ(create(0x1000000, HV_PORT_TYPE_EVENT, 0), -EINVAL);
	CHECK_EQ(create(2, 0, 0), -EINVAL);
	CHECK_EQ(create(2, 9, 0), -EINVAL);
	CHECK_EQ(create(2, HV_PORT_TYPE_MESSAGE, HVE_MAX_VPS), -EINVAL);
	CHECK_EQ(create(2, HV_PORT_TYPE_MESSAGE, HV_VP_INDEX_SELF), -EINVAL);
	d = desc(2, HV_PORT_TYPE_MESSAGE, 0);
	d.sint = 0;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	d.sint = 16;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	d.sint = 15;
	d.flag_count = 1;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	CHECK_EQ(hve_tlfs_port_delete(&pt, 1), 0);
	CHECK_EQ(hve_tlfs_port_delete(&pt, 1), -ENOENT);
	CHECK_EQ(create(1, HV_PORT_TYPE_EVENT, 3), 0);
	teardown();
}

TEST(flags_of_an_event_port_are_some_of_2048)
{
	struct hve_port_desc d = desc(1, HV_PORT_TYPE_EVENT, 0);

	setup();
	d.flag_count = 0;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	d.flag_count = 2049;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	d.flag_count = 2048;
	d.base_flag = 1;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	d.flag_count = 1;
	d.base_flag = 2048;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	d.base_flag = ~0u;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	d.base_flag = 2047;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
	d.id = 2;
	d.base_flag = 0;
	d.flag_count = 2048;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
	teardown();
}

TEST(number_of_ports_is_bounded)
{
	u32 id;

	setup();
	for (id = 0; id < 64; id++)
		CHECK_EQ(create(id, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(create(64, HV_PORT_TYPE_MESSAGE, 0), -ENOSPC);
	for (; id < 4096; id++)
		CHECK_EQ(create(id, HV_PORT_TYPE_EVENT, 0), 0);
	CHECK_EQ(create(4096, HV_PORT_TYPE_EVENT, 0), -ENOSPC);
	CHECK_EQ(hve_tlfs_port_delete(&pt, 7), 0);
	CHECK_EQ(create(4096, HV_PORT_TYPE_MESSAGE, 0), 0);
	for (id = 0; id < 4096; id++)
		CHECK_EQ(hve_tlfs_connect_vmm(&pt, id), 0);
	CHECK_EQ(hve_tlfs_connect_vmm(&pt, 4096), -ENOSPC);
	teardown();
}

TEST(no_memory_for_them)
{
	unsigned int count = 0;

	setup();
	for (fake.can_fail = 0, fake.fail_at = 1;
	     create(1, HV_PORT_TYPE_MESSAGE, 0) == -ENOMEM;
	     fake.can_fail = 0, fake.fail_at++)
		count++;
	for (fake.can_fail = 0, fake.fail_at = 1;
	     hve_tlfs_connect_port(&pt, 1, &pt, 1) == -ENOMEM;
	     fake.can_fail = 0, fake.fail_at++)
		count++;
	fake.fail_at = 0;
	CHECK_EQ(count, 4);
	CHECK_EQ(hve_tlfs_disconnect(&pt, 1, false), 0);
	teardown();
}

TEST(message_of_the_vmm)
{
	open_vps(1);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(post(5), 0);
	CHECK_EQ(slot(&vp[0], 2)->header.message_type, 0);
	run_requests(0);
	CHECK_EQ(slot(&vp[0], 2)->header.message_type, 1);
	CHECK_EQ(slot(&vp[0], 2)->header.payload_size, 8);
	/* "contain the port ID" */
	CHECK_EQ(slot(&vp[0], 2)->header.origination_id, 5);
	CHECK_EQ(slot(&vp[0], 2)->payload[0], hello);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK_EQ(fake.irq[0].vector, 0x52);
	CHECK_EQ(hve_tlfs_port_post(&pt, 5, 0, &hello, 8), -EINVAL);
	CHECK_EQ(hve_tlfs_port_post(&pt, 5, 1, &hello, 241), -EINVAL);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 5, 0), -ENOENT);
	CHECK_EQ(hve_tlfs_port_post(&pt, 6, 1, &hello, 8), -ENOENT);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 0), -ENOENT);
	teardown();
}

TEST(sixteen_buffers_a_port)
{
	unsigned int i;

	open_vps(1);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(create(6, HV_PORT_TYPE_MESSAGE, 0), 0);
	slot(&vp[0], 2)->header.message_type = 99;
	for (i = 0; i < 16; i++)
		CHECK_EQ(post(5), 0);
	CHECK_EQ(post(5), -ENOBUFS);
	/* those of another port are others */
	CHECK_EQ(post(6), 0);
	run_requests(0);
	CHECK_EQ(post(5), -ENOBUFS);
	slot(&vp[0], 2)->header.message_type = 0;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(post(5), 0);
	CHECK_EQ(post(5), -ENOBUFS);
	/* "Deletion ... will always free all of the port's message buffers" */
	CHECK_EQ(hve_tlfs_port_delete(&pt, 5), 0);
	slot(&vp[0], 2)->header.message_type = 0;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(slot(&vp[0], 2)->header.origination_id, 6);
	CHECK_EQ(vp[0].vtl[0].synic.pending, 0);
	teardown();
}

TEST(messages_arrive_in_order)
{
	u64 i;

	open_vps(1);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	for (i = 0; i < 16; i++)
		CHECK_EQ(hve_tlfs_port_post(&pt, 5, 1, &i, sizeof(i)), 0);
	for (i = 0; i < 16; i++) {
		run_requests(0);
		CHECK_EQ(slot(&vp[0], 2)->payload[0], i);
		CHECK_EQ(slot(&vp[0], 2)->header.message_flags,
			 i < 15 ? HV_MESSAGE_FLAG_PENDING : 0);
		slot(&vp[0], 2)->header.message_type = 0;
		wr(HV_X64_MSR_EOM, 0);
	}
	CHECK_EQ(fake.nr_irqs, 16);
	teardown();
}

TEST(later_message_brings_the_one_before)
{
	open_vps(1);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	slot(&vp[0], 2)->header.message_type = 99;
	CHECK_EQ(hve_tlfs_port_post(&pt, 5, 1, &hello, 8), 0);
	run_requests(0);
	/* emptied, and no EOM: "another message buffer is queued" does it */
	slot(&vp[0], 2)->header.message_type = 0;
	run_requests(0);
	CHECK_EQ(slot(&vp[0], 2)->header.message_type, 0);
	CHECK_EQ(hve_tlfs_port_post(&pt, 5, 2, &hello, 8), 0);
	run_requests(0);
	CHECK_EQ(slot(&vp[0], 2)->header.message_type, 1);
	CHECK_EQ(slot(&vp[0], 2)->header.message_flags, 1);
	teardown();
}

TEST(several_sints_on_one_vector)
{
	struct hve_port_desc d = desc(6, HV_PORT_TYPE_MESSAGE, 0);
	unsigned int i;

	open_vps(1);
	wr(SINT(3), 0x52 | HV_SYNIC_SINT_AUTO_EOI);
	d.sint = 3;
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(post(5), 0);
		CHECK_EQ(post(6), 0);
	}
	run_requests(0);
	CHECK_EQ(fake.nr_irqs, 2);
	CHECK(!fake.irq[0].auto_eoi);
	CHECK(fake.irq[1].auto_eoi);
	slot(&vp[0], 2)->header.message_type = 0;
	slot(&vp[0], 3)->header.message_type = 0;
	/* one EOI is one of both */
	hve_tlfs_vector_eoi(&vp[0], 0, 0x52, false);
	CHECK_EQ(fake.acked, 1u << 2 | 1u << 3);
	run_requests(0);
	CHECK_EQ(slot(&vp[0], 2)->header.message_type, 1);
	CHECK_EQ(slot(&vp[0], 3)->header.message_type, 1);
	/* masking one leaves the other its vector */
	wr(SINT(3), 0x10052);
	CHECK(hve_tlfs_eoi_vectors(&vp[0], 0)[1] & 1ull << (0x52 - 64));
	wr(SINT(2), 0x10052);
	CHECK_EQ(hve_tlfs_eoi_vectors(&vp[0], 0)[1], 0);
	teardown();
}

TEST(target_whose_synic_is_disabled)
{
	setup();
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(create(6, HV_PORT_TYPE_EVENT, 0), 0);
	CHECK_EQ(create(7, HV_PORT_TYPE_MESSAGE, 77), 0);
	CHECK_EQ(create(8, HV_PORT_TYPE_EVENT, 77), 0);
	CHECK_EQ(post(5), -ENOTCONN);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 0), -ENOTCONN);
	CHECK_EQ(post(7), -ENXIO);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 8, 0), -ENXIO);
	open_synic(&vp[0], 0x8000);
	CHECK_EQ(post(5), 0);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 0), 0);
	wr(HV_X64_MSR_SIMP, 0);
	wr(HV_X64_MSR_SIEFP, 0);
	CHECK_EQ(post(5), -ENOTCONN);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 1), -ENOTCONN);
	wr(HV_X64_MSR_SIMP, 0x8001);
	wr(HV_X64_MSR_SIEFP, 0x9001);
	wr(HV_X64_MSR_SCONTROL, 0);
	CHECK_EQ(post(5), -ENOTCONN);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 1), -ENOTCONN);
	/* what was queued before comes when it is enabled */
	run_requests(0);
	CHECK_EQ(slot(&vp[0], 2)->header.message_type, 0);
	wr(HV_X64_MSR_SCONTROL, 1);
	run_requests(0);
	CHECK_EQ(slot(&vp[0], 2)->header.message_type, 1);
	teardown();
}

TEST(pages_of_the_vmm_are_no_target)
{
	open_vps(2);
	hve_tlfs_synic_by_vmm(&vp[0]);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(create(6, HV_PORT_TYPE_MESSAGE, HV_ANY_VP), 0);
	CHECK_EQ(post(5), -ENOTCONN);
	CHECK_EQ(post(6), 0);
	run_requests(1);
	CHECK_EQ(slot(&vp[1], 2)->header.message_type, 1);
	teardown();
}

TEST(any_vp_is_one_that_is_ready)
{
	open_vps(0);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, HV_ANY_VP), 0);
	CHECK_EQ(create(6, HV_PORT_TYPE_EVENT, HV_ANY_VP), 0);
	CHECK_EQ(post(5), -ENOTCONN);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 0), -ENOTCONN);
	open_synic(&vp[1], 0x8000);
	open_synic(&vp[3], 0xa000);
	CHECK_EQ(post(5), 0);
	/* VP 1 has one waiting */
	CHECK_EQ(post(5), 0);
	CHECK(vp[1].vtl[0].synic.pending);
	CHECK(vp[3].vtl[0].synic.pending);
	/* all have: the first again */
	CHECK_EQ(post(5), 0);
	run_requests(1);
	run_requests(3);
	CHECK_EQ(slot(&vp[1], 2)->header.message_flags, 1);
	CHECK_EQ(slot(&vp[3], 2)->header.message_flags, 0);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 3), 0);
	CHECK(flag(&vp[1], 2, 3));
	CHECK(!flag(&vp[3], 2, 3));
	wr_vp(&vp[1], SINT(2), 0x10052);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 3), 0);
	CHECK(flag(&vp[3], 2, 3));
	wr_vp(&vp[3], SINT(2), 0x10052);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 3), -ENOTCONN);
	teardown();
}

TEST(no_vp_at_all)
{
	setup();
	far_setup();
	hve_tlfs_vp_destroy(&far_vp);
	struct hve_port_desc d = desc(5, HV_PORT_TYPE_MESSAGE, HV_ANY_VP);

	CHECK_EQ(hve_tlfs_port_create(&far_pt, &d), 0);
	d = desc(6, HV_PORT_TYPE_EVENT, HV_ANY_VP);
	CHECK_EQ(hve_tlfs_port_create(&far_pt, &d), 0);
	CHECK_EQ(hve_tlfs_port_post(&far_pt, 5, 1, &hello, 8), -ENXIO);
	CHECK_EQ(hve_tlfs_port_signal(&far_pt, 6, 0), -ENXIO);
	hve_tlfs_ports_release(&far_pt);
	hve_tlfs_partition_destroy(&far_pt);
	teardown();
}

TEST(event_flags_are_relative_trap_27)
{
	struct hve_port_desc d = desc(6, HV_PORT_TYPE_EVENT, 0);

	open_vps(1);
	d.base_flag = 2040;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 0), 0);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 7), 0);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 8), -EINVAL);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, ~0u), -EINVAL);
	CHECK(flag(&vp[0], 2, 2040));
	CHECK(flag(&vp[0], 2, 2047));
	CHECK_EQ(fake.nr_irqs, 2);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 7), 0);
	CHECK_EQ(fake.nr_irqs, 2);
	CHECK_EQ(hve_tlfs_port_post(&pt, 6, 1, &hello, 8), -ENOENT);
	teardown();
}

TEST(polling_bit_is_one_that_must_be_offered_trap_31)
{
	open_vps(1);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(create(6, HV_PORT_TYPE_EVENT, 0), 0);
	/* masked and polled is open, without an interrupt */
	wr(SINT(2), 0x50052);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 0), 0);
	CHECK_EQ(post(5), 0);
	run_requests(0);
	CHECK(flag(&vp[0], 2, 0));
	CHECK_EQ(slot(&vp[0], 2)->header.message_type, 1);
	CHECK_EQ(fake.nr_irqs, 0);
	/* to a VP without the feature the bit is reserved, and kept */
	take_gate(&vp[0], HV_FEATURE_SINT_POLLING);
	CHECK_EQ(rd(SINT(2)), 0x50052);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 1), -ENOTCONN);
	wr(SINT(2), 0x40052);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 1), 0);
	CHECK_EQ(fake.nr_irqs, 1);
	teardown();
}

TEST(bits_of_sint_for_other_vtls_are_kept_and_mean_nothing)
{
	open_vps(1);
	CHECK_EQ(create(6, HV_PORT_TYPE_EVENT, 0), 0);
	wr(SINT(2), 0x52 | HV_SYNIC_SINT_AS_INTERCEPT | HV_SYNIC_SINT_PROXY);
	CHECK_EQ(rd(SINT(2)), 0x180052);
	CHECK_EQ(hve_tlfs_port_signal(&pt, 6, 0), 0);
	CHECK_EQ(fake.nr_irqs, 1);
	teardown();
}

TEST(reset_of_the_target_gives_the_buffers_back)
{
	unsigned int i, n;

	open_vps(1);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	for (n = 0; n < 3; n++) {
		for (i = 0; i < 16; i++)
			CHECK_EQ(post(5), 0);
		CHECK_EQ(post(5), -ENOBUFS);
		hve_tlfs_vp_reset(&vp[0]);
		CHECK_EQ(post(5), -ENOTCONN);
		open_synic(&vp[0], 0x8000);
		run_requests(0);
		CHECK_EQ(slot(&vp[0], 2)->header.message_type, 0);
	}
	teardown();
}

TEST(connection_outlives_its_port_and_the_partition)
{
	struct hve_port_desc d = desc(5, HV_PORT_TYPE_MESSAGE, 0);
	enum hve_conn_kind kind;

	setup();
	far_setup();
	open_synic(&far_vp, 0x8000);
	CHECK_EQ(hve_tlfs_port_create(&far_pt, &d), 0);
	CHECK_EQ(hve_tlfs_connect_port(&pt, 1, &far_pt, 6), -ENOENT);
	CHECK_EQ(hve_tlfs_connect_port(&pt, 1, &far_pt, 5), 0);
	CHECK_EQ(hve_tlfs_connect_port(&pt, 1, &far_pt, 5), -EEXIST);
	CHECK_EQ(hve_tlfs_connect_port(&pt, 2, &far_pt, 5), 0);
	CHECK_EQ(hve_conn_post(&pt, 1, 7, &hello, 8, &kind), HV_STATUS_SUCCESS);
	CHECK_EQ(hve_conn_post(&pt, 2, 8, &hello, 8, &kind), HV_STATUS_SUCCESS);
	/* "Breaking a connection will not affect undelivered messages" */
	CHECK_EQ(hve_tlfs_disconnect(&pt, 1, false), 0);
	CHECK_EQ(hve_conn_post(&pt, 1, 7, &hello, 8, &kind),
		 HV_STATUS_INVALID_CONNECTION_ID);
	far_run_requests();
	CHECK_EQ(slot(&far_vp, 2)->header.message_type, 7);
	CHECK_EQ(slot(&far_vp, 2)->header.message_flags, 1);
	/* deleted and made anew: the connection is of the old one */
	CHECK_EQ(hve_tlfs_port_delete(&far_pt, 5), 0);
	CHECK_EQ(hve_conn_post(&pt, 2, 8, &hello, 8, &kind),
		 HV_STATUS_INVALID_PORT_ID);
	CHECK_EQ(hve_tlfs_port_create(&far_pt, &d), 0);
	CHECK_EQ(hve_conn_post(&pt, 2, 8, &hello, 8, &kind),
		 HV_STATUS_INVALID_PORT_ID);
	CHECK_EQ(hve_tlfs_connect_port(&pt, 1, &far_pt, 5), 0);
	CHECK_EQ(hve_conn_post(&pt, 1, 8, &hello, 8, &kind), HV_STATUS_SUCCESS);
	/* the receiver goes first */
	far_teardown();
	CHECK_EQ(hve_conn_post(&pt, 1, 8, &hello, 8, &kind),
		 HV_STATUS_INVALID_PORT_ID);
	CHECK_EQ(hve_conn_signal(&pt, 1, 0, &kind), HV_STATUS_INVALID_PORT_ID);
	teardown();
}

TEST(sender_goes_first)
{
	struct hve_port_desc d = desc(5, HV_PORT_TYPE_EVENT, 0);
	enum hve_conn_kind kind;

	open_vps(1);
	far_setup();
	CHECK_EQ(create(9, HV_PORT_TYPE_EVENT, 0), 0);
	CHECK_EQ(hve_tlfs_connect_port(&far_pt, 1, &pt, 9), 0);
	CHECK_EQ(hve_tlfs_port_create(&far_pt, &d), 0);
	CHECK_EQ(hve_tlfs_connect_port(&pt, 1, &far_pt, 5), 0);
	CHECK_EQ(hve_tlfs_connect_port(&far_pt, 2, &far_pt, 5), 0);
	CHECK_EQ(hve_conn_signal(&far_pt, 1, 3, &kind), HV_STATUS_SUCCESS);
	CHECK(flag(&vp[0], 2, 3));
	far_teardown();
	CHECK_EQ(hve_tlfs_port_signal(&pt, 9, 4), 0);
	teardown();
}

TEST(eventfds)
{
	unsigned int event = 0, other = 0;
	enum hve_conn_kind kind;

	setup();
	CHECK_EQ(hve_tlfs_connect_event(&pt, 0x1000000, &event), -EINVAL);
	CHECK_EQ(hve_tlfs_connect_event(&pt, 3, &event), 0);
	CHECK_EQ(hve_tlfs_connect_event(&pt, 3, &other), -EEXIST);
	CHECK_EQ(hve_conn_signal(&pt, 3, 0, &kind), HV_STATUS_SUCCESS);
	CHECK_EQ(kind, HVE_CONN_EVENTFD);
	CHECK_EQ(event, 1);
	CHECK_EQ(hve_conn_signal(&pt, 3, 1, &kind),
		 HV_STATUS_INVALID_PARAMETER);
	CHECK_EQ(hve_conn_post(&pt, 3, 1, &hello, 8, &kind),
		 HV_STATUS_INVALID_PORT_ID);
	CHECK_EQ(event, 1);
	CHECK_EQ(hve_tlfs_connect_vmm(&pt, 4), 0);
	CHECK_EQ(hve_tlfs_disconnect(&pt, 4, true), -ENOENT);
	CHECK_EQ(hve_tlfs_disconnect(&pt, 3, true), 0);
	CHECK_EQ(fake.nr_event_puts, 1);
	CHECK_EQ(hve_tlfs_disconnect(&pt, 3, true), -ENOENT);
	CHECK_EQ(hve_tlfs_connect_event(&pt, 3, &event), 0);
	hve_tlfs_ports_release(&pt);
	CHECK_EQ(fake.nr_event_puts, 2);
	CHECK_EQ(event, 1);
	teardown();
}

static int bell(u32 id, u32 port, u64 gpa, u64 value, u32 flags)
{
	struct hve_doorbell b = { gpa, value, flags };

	return hve_tlfs_connect_doorbell(&pt, id, &pt, port, &b);
}

TEST(doorbells_ring_by_address_size_and_value)
{
	struct hve_port_desc d = {
		.id = 9, .type = HV_PORT_TYPE_DOORBELL, .vp_index = 0,
		.sint = 3, .base_flag = 70, .flag_count = 1,
	};
	u64 gpa = 0x12345000;

	setup();
	CHECK_EQ(wr(HV_X64_MSR_SCONTROL, 1), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_SIEFP, 0x6001), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_SINT0 + 3, 0x63), HVE_NO_FAULT);
	CHECK(!hve_tlfs_doorbell(&pt, gpa, 4, 7));
	CHECK_EQ(bell(1, 9, gpa, 7, 3), -ENOENT);
	d.flag_count = 2;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	d.flag_count = 1;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
	CHECK_EQ(bell(1, 9, gpa, 7, 3), 0);
	CHECK_EQ(bell(1, 9, gpa, 8, 3), -EEXIST);
	CHECK(!hve_tlfs_doorbell(&pt, gpa, 4, 8));
	CHECK(!hve_tlfs_doorbell(&pt, gpa, 8, 7));
	CHECK(!hve_tlfs_doorbell(&pt, gpa + 4, 4, 7));
	CHECK_EQ(fake.nr_irqs, 0);
	CHECK(hve_tlfs_doorbell(&pt, gpa, 4, 7));
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK_EQ(fake.irq[0].vector, 0x63);
	CHECK_EQ(guest_read64(0x6000 + 3 * 256 + 8), 1 << 6);
	/* any size, any value */
	CHECK_EQ(bell(2, 9, gpa + 8, 0, HV_DOORBELL_ANY_VALUE), 0);
	CHECK(hve_tlfs_doorbell(&pt, gpa + 8, 1, 99));
	CHECK(hve_tlfs_doorbell(&pt, gpa + 8, 8, ~0ull));
	/* no event, and no message */
	CHECK_EQ(hve_tlfs_port_signal(&pt, 9, 0), -ENOENT);
	CHECK_EQ(hve_tlfs_disconnect(&pt, 1, false), 0);
	CHECK(!hve_tlfs_doorbell(&pt, gpa, 4, 7));
	/* a port that has gone swallows it */
	CHECK_EQ(hve_tlfs_port_delete(&pt, 9), 0);
	CHECK(hve_tlfs_doorbell(&pt, gpa + 8, 2, 1));
	teardown();
}

TEST(doorbells_that_cannot_be)
{
	struct hve_port_desc d = {
		.id = 8, .type = HV_PORT_TYPE_EVENT, .sint = 3, .flag_count = 1,
	};

	setup();
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
	/* another type of port */
	CHECK_EQ(bell(1, 8, 0x1000, 0, HV_DOORBELL_ANY_VALUE), -EINVAL);
	d.id = 9;
	d.type = HV_PORT_TYPE_DOORBELL;
	d.base_flag = 2048;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), -EINVAL);
	d.base_flag = 2047;
	CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
	CHECK_EQ(bell(1, 9, 0x1000, 1, HV_DOORBELL_ANY_VALUE), -EINVAL);
	CHECK_EQ(bell(1, 9, 0x1000, 0x100, 1), -EINVAL);
	CHECK_EQ(bell(1, 9, 0x1000, 0, 5), -EINVAL);
	CHECK_EQ(bell(1, 9, 0x1000, 0, 8), -EINVAL);
	CHECK_EQ(bell(1, 9, 0x1ffd, 0, 3), -EINVAL);
	CHECK_EQ(bell(1, 9, 0x1ffc, 0xffffffff, 3), 0);
	CHECK_EQ(bell(2, 9, 0x1ff8, ~0ull, 4), 0);
	CHECK_EQ(bell(1 << 24, 9, 0x1000, 0, 0), -EINVAL);
	teardown();
}
