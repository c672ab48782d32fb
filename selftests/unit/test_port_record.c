// SPDX-License-Identifier: GPL-2.0
/* port_record.c: messages that wait are saved with their VP */
#include "blob.h"
#include "hvemu/synic/synic.h"

static int create(u32 id, u32 type, u32 vp_index)
{
	struct hve_port_desc d = {
		.id = id, .type = type, .vp_index = vp_index, .sint = 2,
		.flag_count = type == HV_PORT_TYPE_EVENT,
	};

	return hve_tlfs_port_create(&pt, &d);
}

static void open_vps(unsigned int nr)
{
	unsigned int i;
	u64 gpa;

	setup();
	for (i = 0; i < nr; i++) {
		gpa = 0x8000 + 0x2000 * i;
		hve_tlfs_msr_write(&vp[i], 0, HV_X64_MSR_SCONTROL, 1);
		hve_tlfs_msr_write(&vp[i], 0, HV_X64_MSR_SIMP, gpa | 1);
		hve_tlfs_msr_write(&vp[i], 0, HV_X64_MSR_SINT0 + 2, 0x52);
		run_requests(i);
	}
}

static struct hv_message *slot(struct hve_vp *v, unsigned int sint)
{
	struct hv_message_page *page = v->vtl[0].synic.simp.page;

	return &page->sint_message[sint];
}

static int post(u32 id)
{
	u64 val = 0;

	return hve_tlfs_port_post(&pt, id, 1, &val, sizeof(val));
}

static void queue_ten(void)
{
	u64 i;

	open_vps(2);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(create(6, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(create(7, HV_PORT_TYPE_MESSAGE, 1), 0);
	CHECK_EQ(create(8, HV_PORT_TYPE_EVENT, 0), 0);
	slot(&vp[0], 2)->header.message_type = 99;
	for (i = 0; i < 10; i++)
		CHECK_EQ(hve_tlfs_port_post(&pt, 5 + i % 2, 1, &i, 8), 0);
	CHECK_EQ(post(7), 0);
	run_requests(0);
}

static void check_ten(void)
{
	u64 i;

	for (i = 0; i < 10; i++) {
		slot(&vp[0], 2)->header.message_type = 0;
		wr(HV_X64_MSR_EOM, 0);
		run_requests(0);
		CHECK_EQ(slot(&vp[0], 2)->payload[0], i);
		CHECK_EQ(slot(&vp[0], 2)->header.origination_id, 5 + i % 2);
	}
	slot(&vp[0], 2)->header.message_type = 0;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(slot(&vp[0], 2)->header.message_type, 0);
}

TEST(messages_that_wait_are_saved)
{
	queue_ten();
	save();
	teardown();

	setup();
	CHECK_EQ(load(), -ENOENT);
	CHECK_EQ(create(5, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(load(), -ENOENT);
	CHECK_EQ(create(6, HV_PORT_TYPE_EVENT, 0), 0);
	CHECK_EQ(load(), -ENOENT);
	hve_tlfs_port_delete(&pt, 6);
	CHECK_EQ(create(6, HV_PORT_TYPE_MESSAGE, 0), 0);
	CHECK_EQ(load(), 0);
	check_ten();
	teardown();
	drop();
}

TEST(messages_are_loaded_over_those_that_wait)
{
	unsigned int i;

	queue_ten();
	save();
	/* all buffers taken, by the same messages and others */
	for (i = 0; i < 11; i++) {
		CHECK_EQ(post(5), 0);
		CHECK_EQ(post(6), 0);
	}
	CHECK_EQ(post(5), -ENOBUFS);
	CHECK_EQ(load(), 0);
	check_ten();
	/* and all are free again */
	slot(&vp[0], 2)->header.message_type = 99;
	for (i = 0; i < 16; i++)
		CHECK_EQ(post(5), 0);
	CHECK_EQ(post(5), -ENOBUFS);
	teardown();
	drop();
}

TEST(loading_messages_fails_without_a_trace)
{
	unsigned int i, fails = 0;

	queue_ten();
	save();
	for (i = 1; i < 30; i++) {
		fake.can_fail = 0;
		fake.fail_at = i;
		if (load())
			fails++;
	}
	fake.fail_at = 0;
	CHECK(fails);
	check_ten();
	teardown();
	drop();
}

TEST(messages_of_a_blob_that_is_no_good)
{
	struct hv_message *m;
	struct record *r;
	u32 *nr;

	queue_ten();
	save();
	r = record(vp_blob, HVE_RECORD_PORT_MSGS);
	nr = (u32 *)r->data;
	m = (void *)(r->data + 1);
	CHECK_EQ(*nr, 10);
	CHECK_EQ(r->bytes, 8 + 10 * 256);
	*nr = 11;
	CHECK_EQ(load(), -EINVAL);
	*nr = ~0u;
	CHECK_EQ(load(), -EINVAL);
	*nr = 10;
	nr[1] = 1;
	CHECK_EQ(load(), -EINVAL);
	nr[1] = 0;
	m[9].header.payload_size = 241;
	CHECK_EQ(load(), -EINVAL);
	m[9].header.payload_size = 8;
	m[9].header.message_type = 0;
	CHECK_EQ(load(), -EINVAL);
	m[9].header.message_type = 1;
	m[9].header.message_flags = 1;
	CHECK_EQ(load(), -EINVAL);
	m[9].header.message_flags = 0;
	m[9].header.origination_id = 1ull << 32 | 5;
	CHECK_EQ(load(), -EINVAL);
	m[9].header.origination_id = 8;
	CHECK_EQ(load(), -ENOENT);
	m[9].header.origination_id = 6;
	CHECK_EQ(load(), 0);
	check_ten();
	teardown();
	drop();
}
