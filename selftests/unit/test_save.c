// SPDX-License-Identifier: GPL-2.0
/* The records of the rooms: what is saved and restored */
#include "blob.h"
#include "hvemu/synic/synic.h"

#define SIMP		0xa000ull
#define SIEFP		0xb000ull
#define COUNT(n)	(HV_X64_MSR_STIMER0_COUNT + 2 * (n))

static void pass_ms(u64 ms)
{
	while (ms--) {
		fake.ns += 1000000;
		fake.tsc += fake.tsc_freq / 1000;
		run_requests(0);
	}
}

TEST(what_was_saved_is_what_is_loaded)
{
	struct record *time, *then;
	u32 a_bytes, b_bytes;
	u8 *a, *b;

	setup();
	open_hypercalls();
	wr(HV_X64_MSR_CRASH_P0 + 1, 11);
	wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 1);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 1ull << 50 | 1);
	wr(COUNT(2), 77);
	save();
	a = pt_blob;
	b = vp_blob;
	a_bytes = pt_bytes;
	b_bytes = vp_bytes;
	pt_blob = NULL;
	vp_blob = NULL;
	teardown();
	setup();
	CHECK_EQ(hve_tlfs_state_set(&pt, a, a_bytes), 0);
	CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], b, b_bytes), 0);
	CHECK_EQ(rd(HV_X64_MSR_CRASH_P0 + 1), 11);
	CHECK_EQ(rd(HV_X64_MSR_TSC_INVARIANT_CONTROL), 1);
	CHECK_EQ(rd(HV_X64_MSR_VP_ASSIST_PAGE), 1ull << 50 | 1);
	CHECK_EQ(rd(COUNT(2)), 77);
	save();
	CHECK_EQ(vp_bytes, b_bytes);
	CHECK(!memcmp(b, vp_blob, b_bytes));
	/* all but time, and the sequence of the TSC page, which moved */
	CHECK_EQ(pt_bytes, a_bytes);
	time = record(a, HVE_RECORD_REFTIME);
	then = record(pt_blob, HVE_RECORD_REFTIME);
	CHECK(time->data[2] != then->data[2]);
	memset(time->data, 0, time->bytes);
	memset(then->data, 0, then->bytes);
	CHECK(!memcmp(a, pt_blob, a_bytes));
	teardown();
	free(a);
	free(b);
	drop();
}

TEST(time_goes_on_where_it_was_also_without_a_vp)
{
	static struct hve_partition p;
	u64 before;

	setup();
	pass_ms(100);
	before = rd(HV_X64_MSR_TIME_REF_COUNT);
	save();
	teardown();

	fake_reset();
	memset(&p, 0, sizeof(p));
	CHECK_EQ(hve_tlfs_partition_init(&p), 0);
	CHECK_EQ(hve_tlfs_state_set(&p, pt_blob, pt_bytes), 0);
	memset(&vp[0], 0, sizeof(vp[0]));
	CHECK_EQ(hve_tlfs_vp_init(&vp[0], &p, 0), 0);
	CHECK(hve_tlfs_reftime_get(&p, &vp[0]) + 1 >= before);
	CHECK(hve_tlfs_reftime_get(&p, &vp[0]) <= before + 1);
	hve_tlfs_state_get(&p, pt_blob);
	hve_tlfs_vp_destroy(&vp[0]);
	hve_tlfs_partition_destroy(&p);

	memset(&p, 0, sizeof(p));
	CHECK_EQ(hve_tlfs_partition_init(&p), 0);
	hve_tlfs_state_get(&p, pt_blob);
	CHECK_EQ(hve_tlfs_state_set(&p, pt_blob, pt_bytes), 0);
	hve_tlfs_partition_destroy(&p);
	drop();
}

/* Every field of the timers' record with values that must not be */
TEST(bad_timers_in_a_blob)
{
	u64 *t;

	setup();
	save();
	/* last timer: 312 bytes: config ... msg_pending, place, sint, msg */
	t = record(vp_blob, HVE_RECORD_STIMERS)->data + 3 * 39;
	t[0] = 1ull << 60;
	CHECK_EQ(load(), -EINVAL);
	t[0] = 0;
	t[5] = 2;
	CHECK_EQ(load(), -EINVAL);
	t[5] = 1ull << 32;
	CHECK_EQ(load(), -EINVAL);	/* a message of no type */
	t[7] = HVMSG_TIMER_EXPIRED | 241ull << 32;
	CHECK_EQ(load(), -EINVAL);
	t[7] = HVMSG_TIMER_EXPIRED | 24ull << 32;
	t[6] = 16;
	CHECK_EQ(load(), -EINVAL);
	t[6] = 3;
	CHECK_EQ(load(), 0);
	CHECK(vp[0].vtl[0].synic.timer_msg[3].queued);
	CHECK_EQ(vp[0].vtl[0].synic.pending, 1 << 3);
	teardown();
	drop();
}

TEST(bad_time_in_a_blob)
{
	u64 *t;

	setup();
	save();
	t = record(pt_blob, HVE_RECORD_REFTIME)->data;
	t[1] = 2;
	CHECK_EQ(load(), -EINVAL);
	t[1] = 1;
	t[2] |= 1ull << 32;
	CHECK_EQ(load(), -EINVAL);
	CHECK_EQ(rd(HV_X64_MSR_TSC_INVARIANT_CONTROL), 0);
	t[2] &= ~(1ull << 32);
	CHECK_EQ(load(), 0);
	CHECK_EQ(rd(HV_X64_MSR_TSC_INVARIANT_CONTROL), 1);
	teardown();
	drop();
}

/* Whoever loads the state knows of no EOI that is not needed. */
TEST(an_offer_to_skip_an_eoi_is_not_saved)
{
	setup();
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	CHECK(hve_tlfs_eoi_assist_arm(&vp[0], 0));
	CHECK_EQ(guest_read64(0x7000) & 1, 1);
	save();
	CHECK_EQ(guest_read64(0x7000) & 1, 1);
	teardown();
	setup();
	CHECK_EQ(load(), 0);
	CHECK_EQ(guest_read64(0x7000) & 1, 0);
	/* loaded over a running guest, which has an offer of its own */
	CHECK(hve_tlfs_eoi_assist_arm(&vp[0], 0));
	record(vp_blob, HVE_RECORD_VP_ASSIST)->data[1] = 1;
	CHECK_EQ(load(), 0);
	CHECK_EQ(guest_read64(0x7000) & 1, 0);
	CHECK(!hve_tlfs_eoi_assist_used(&vp[0], 0));
	CHECK(!hve_tlfs_eoi_assist_disarm(&vp[0], 0));
	teardown();
	drop();
}

TEST(loading_survives_every_failed_allocation)
{
	unsigned int n, fails = 0;
	int err;

	setup();
	open_hypercalls();
	wr(HV_X64_MSR_HYPERCALL, 0x6001);
	wr(HV_X64_MSR_REFERENCE_TSC, 0x8001);
	wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	wr(HV_X64_MSR_SIEFP, SIEFP | 1);
	save();
	teardown();
	for (n = 1; ; n++) {
		setup();
		open_hypercalls();
		wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x9001);
		wr(HV_X64_MSR_HYPERCALL, 0xc001);
		fake.fail_at = fake.can_fail + n;
		err = hve_tlfs_state_set(&pt, pt_blob, pt_bytes);
		if (err) {
			CHECK_EQ(rd(HV_X64_MSR_HYPERCALL), 0xc001);
			CHECK_EQ(rd(HV_X64_MSR_REFERENCE_TSC), 0);
			CHECK_EQ(fake.nr_maps, 2);
		} else {
			err = hve_tlfs_vp_state_set(&vp[0], vp_blob,
						    vp_bytes);
			if (err) {
				CHECK_EQ(rd(HV_X64_MSR_VP_ASSIST_PAGE), 0x9001);
				CHECK_EQ(rd(HV_X64_MSR_SIMP), 0);
				CHECK_EQ(fake.nr_maps, 3);
			}
		}
		fake.fail_at = 0;
		teardown();
		if (!err)
			break;
		CHECK_EQ(err, -ENOMEM);
		fails++;
	}
	CHECK(fails >= 7);
	/* a hypercall page where this guest has no memory space */
	setup();
	fake.gpa_limit = 0x6000;
	CHECK_EQ(hve_tlfs_state_set(&pt, pt_blob, pt_bytes),
		 -EINVAL);
	CHECK_EQ(fake.nr_maps, 0);
	teardown();
	drop();
}

TEST(pages_of_the_vmm_are_not_mapped)
{
	setup();
	hve_tlfs_synic_by_vmm(&vp[0]);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	save();
	teardown();
	setup();
	hve_tlfs_synic_by_vmm(&vp[0]);
	CHECK_EQ(load(), 0);
	CHECK_EQ(rd(HV_X64_MSR_SIMP), SIMP | 1);
	CHECK_EQ(fake.nr_maps, 0);
	teardown();
	drop();
}

TEST(reenlightenment_interrupt_after_a_restore)
{
	setup();
	wr(HV_X64_MSR_REENLIGHTENMENT_CONTROL,
	   HV_REENLIGHTENMENT_ENABLED | 0xee);
	save();
	teardown();
	setup();
	CHECK_EQ(load(), 0);
	CHECK_EQ(fake.nr_irqs, 0);
	run_requests(0);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK_EQ(fake.irq[0].vector, 0xee);
	teardown();
	drop();
}

/* Messages of two SINTs, three of one, in their order */
TEST(messages_wait_in_their_order)
{
	struct hve_synic *s = &vp[0].vtl[0].synic;
	static const unsigned int order[] = { 2, 0, 3 };
	struct hve_msg *m;
	unsigned int i;

	setup();
	for (i = 0; i < 3; i++)
		CHECK(hve_msg_queue(&vp[0], 0, 5, &s->timer_msg[order[i]]));
	CHECK(hve_msg_queue(&vp[0], 0, 4, &s->timer_msg[1]));
	for (i = 0; i < 4; i++)
		s->timer_msg[i].msg.header.message_type = HVMSG_TIMER_EXPIRED;
	save();
	teardown();
	setup();
	/* what waited before is gone */
	CHECK(hve_msg_queue(&vp[0], 0, 9, &s->timer_msg[0]));
	CHECK_EQ(load(), 0);
	CHECK_EQ(s->pending, 0x30);
	i = 0;
	list_for_each_entry(m, &s->queue[5], link)
		CHECK(i < 3 && m == &s->timer_msg[order[i++]]);
	CHECK_EQ(i, 3);
	teardown();
	drop();
}

/* One that came since stays behind those that are loaded. */
TEST(a_message_queued_meanwhile_comes_last)
{
	struct hve_synic *s = &vp[0].vtl[0].synic;
	struct hv_message msg = { .header.message_type = 1 };

	setup();
	CHECK(hve_msg_queue(&vp[0], 0, 5, &s->timer_msg[0]));
	hve_msg_load(&vp[0], 0, &s->timer_msg[1], 5, 2, &msg);
	hve_msg_load(&vp[0], 0, &s->timer_msg[2], 5, 1, &msg);
	/* no buffer twice */
	hve_msg_load(&vp[0], 0, &s->timer_msg[2], 6, 1, &msg);
	CHECK(list_empty(&s->queue[6]));
	CHECK(list_first_entry(&s->queue[5], struct hve_msg, link) ==
	      &s->timer_msg[2]);
	CHECK(s->timer_msg[2].link.next == &s->timer_msg[1].link);
	CHECK(s->timer_msg[1].link.next == &s->timer_msg[0].link);
	teardown();
}
