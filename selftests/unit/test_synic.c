// SPDX-License-Identifier: GPL-2.0
/* synic.c, message.c, event.c */
#include "fake_host.h"
#include "hvemu/synic/synic.h"

#include <string.h>

#define SIMP	0xa000ull
#define SIEFP	0xb000ull
#define SINT(n)	(HV_X64_MSR_SINT0 + (n))

static struct hve_msg m[4];

static struct hv_message *slot(unsigned int sint)
{
	return (void *)((u8 *)vp[0].vtl[0].synic.simp.page + 256 * sint);
}

static void open_synic(void)
{
	setup();
	CHECK_EQ(wr(HV_X64_MSR_SCONTROL, 1), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_SIMP, SIMP | 1), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_SIEFP, SIEFP | 1), HVE_NO_FAULT);
	CHECK_EQ(wr(SINT(2), 0x52), HVE_NO_FAULT);
	run_requests(0);
}

static void post(unsigned int i, unsigned int sint)
{
	memset(&m[i].msg, 0, sizeof(m[i].msg));
	m[i].msg.header.message_type = i + 1;
	m[i].msg.header.payload_size = 8;
	m[i].msg.payload[0] = 100 + i;
	CHECK(hve_msg_queue(&vp[0], 0, sint, &m[i]));
	hve_host_vp_request(&vp[0], HVE_VP_REQ_SYNIC);
	run_requests(0);
}

TEST(registers_after_creation_trap_29)
{
	unsigned int i;

	setup();
	CHECK_EQ(rd(HV_X64_MSR_SCONTROL), 0);
	CHECK_EQ(rd(HV_X64_MSR_SVERSION), 1);
	CHECK_EQ(wr(HV_X64_MSR_SVERSION, 1), HVE_GP);
	CHECK_EQ(rd(HV_X64_MSR_SIMP), 0);
	CHECK_EQ(rd(HV_X64_MSR_SIEFP), 0);
	CHECK_EQ(rd(HV_X64_MSR_EOM), 0);
	for (i = 0; i < 16; i++)
		CHECK_EQ(rd(SINT(i)), 0x10000);
	take_gate(&vp[0], HV_ACCESS_SYNIC_REGS);
	CHECK_EQ(wr(HV_X64_MSR_EOM, 0), HVE_GP);
	teardown();
}

TEST(sint_vector_below_16_trap_28)
{
	setup();
	CHECK_EQ(wr(SINT(3), 0x10000), HVE_NO_FAULT);
	CHECK_EQ(wr(SINT(3), 15), HVE_GP);
	CHECK_EQ(wr(SINT(3), 0), HVE_GP);
	CHECK_EQ(rd(SINT(3)), 0x10000);
	CHECK_EQ(wr(SINT(3), 16), HVE_NO_FAULT);
	/* a VMM may set what it likes; it is nobody's interrupt */
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], SINT(3), 3), 0);
	CHECK_EQ(rd(SINT(3)), 3);
	CHECK(!hve_tlfs_sint_raise(&vp[0], 0, 3));
	hve_tlfs_vector_eoi(&vp[0], 0, 3, false);
	CHECK_EQ(fake.acked, 0);
	/* reserved bits are kept */
	CHECK_EQ(wr(SINT(3), 0xabcd0000ff10ull), HVE_NO_FAULT);
	CHECK_EQ(rd(SINT(3)), 0xabcd0000ff10ull);
	teardown();
}

TEST(message_goes_into_an_empty_slot_trap_22)
{
	u8 raw[16];

	open_synic();
	post(0, 2);
	CHECK(guest_read(SIMP + 2 * 256, raw, 16));
	CHECK_EQ(raw[0], 1);		/* type */
	CHECK_EQ(raw[4], 8);		/* payload size */
	CHECK_EQ(raw[5], 0);		/* flags */
	CHECK_EQ(guest_read64(SIMP + 2 * 256 + 16), 100);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK_EQ(fake.irq[0].vector, 0x52);
	CHECK(!m[0].queued);
	CHECK_EQ(vp[0].vtl[0].synic.pending, 0);
	teardown();
}

TEST(busy_slot_is_not_overwritten_and_says_pending_trap_23)
{
	open_synic();
	post(0, 2);
	post(1, 2);
	CHECK_EQ(slot(2)->header.message_type, 1);
	CHECK_EQ(slot(2)->header.message_flags, HV_MESSAGE_FLAG_PENDING);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK(m[1].queued);
	/* the same buffer twice */
	CHECK(!hve_msg_queue(&vp[0], 0, 2, &m[1]));
	post(2, 2);
	/* EOM while it is still full changes nothing */
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(slot(2)->header.message_type, 1);
	/* emptied: the next in order, with the flag as there is one more */
	slot(2)->header.message_type = 0;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(slot(2)->header.message_type, 2);
	CHECK_EQ(slot(2)->header.message_flags, HV_MESSAGE_FLAG_PENDING);
	CHECK_EQ(fake.nr_irqs, 2);
	slot(2)->header.message_type = 0;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(slot(2)->header.message_type, 3);
	CHECK_EQ(slot(2)->header.message_flags, 0);
	CHECK_EQ(fake.nr_irqs, 3);
	teardown();
}

/* Several SINTs may have the same vector, each with its own bits */
TEST(sints_that_share_a_vector_trap_30)
{
	open_synic();
	wr(SINT(2), 0x52);
	wr(SINT(6), 0x52 | HV_SYNIC_SINT_AUTO_EOI);
	post(0, 2);
	CHECK(!fake.irq[0].auto_eoi);
	post(1, 6);
	CHECK_EQ(fake.nr_irqs, 2);
	CHECK_EQ(fake.irq[1].vector, 0x52);
	CHECK(fake.irq[1].auto_eoi);
	CHECK_EQ(slot(2)->header.message_type, 1);
	CHECK_EQ(slot(6)->header.message_type, 2);

	/* the end of one of them looks for messages of both */
	post(2, 2);
	post(3, 6);
	slot(2)->header.message_type = 0;
	slot(6)->header.message_type = 0;
	fake.acked = 0;
	hve_tlfs_vector_eoi(&vp[0], 0, 0x52, false);
	CHECK_EQ(fake.acked, 1 << 2 | 1 << 6);
	run_requests(0);
	CHECK_EQ(slot(2)->header.message_type, 3);
	CHECK_EQ(slot(6)->header.message_type, 4);

	/* one that leaves the vector takes nothing from the other */
	wr(SINT(6), HV_SYNIC_SINT_MASKED);
	fake.acked = 0;
	hve_tlfs_vector_eoi(&vp[0], 0, 0x52, false);
	CHECK_EQ(fake.acked, 1 << 2);
	teardown();
}

/* "Another message buffer is queued": the first of the three events */
TEST(next_message_delivers_the_one_before)
{
	open_synic();
	post(0, 2);
	post(1, 2);
	slot(2)->header.message_type = 0;
	post(2, 2);
	CHECK_EQ(slot(2)->header.message_type, 2);
	CHECK_EQ(slot(2)->header.message_flags, HV_MESSAGE_FLAG_PENDING);
	CHECK(m[2].queued);
	teardown();
}

TEST(eom_and_eoi_both_rescan_trap_24)
{
	open_synic();
	/* all queues empty: nothing to do, in a window */
	fake.window = true;
	CHECK_EQ(wr(HV_X64_MSR_EOM, 0), HVE_NO_FAULT);
	CHECK_EQ(fake.reqs[0], 0);
	CHECK_EQ(fake.acked, 0xffff);
	fake.window = false;

	post(0, 2);
	post(1, 2);
	slot(2)->header.message_type = 0;
	fake.window = true;
	fake.acked = 0;
	hve_tlfs_vector_eoi(&vp[0], 0, 0x53, false);
	CHECK_EQ(fake.reqs[0], 0);
	hve_tlfs_vector_eoi(&vp[0], 0, 0x52, false);
	CHECK_EQ(fake.reqs[0], 1ul << HVE_VP_REQ_SYNIC);
	CHECK_EQ(fake.acked, 1u << 2);
	fake.window = false;
	run_requests(0);
	CHECK_EQ(slot(2)->header.message_type, 2);
	teardown();
}

TEST(masked_sint_gets_its_message_trap_25)
{
	open_synic();
	CHECK_EQ(wr(SINT(4), 0x10060), HVE_NO_FAULT);
	post(0, 4);
	CHECK_EQ(slot(4)->header.message_type, 1);
	CHECK_EQ(fake.nr_irqs, 0);
	/* once */
	slot(4)->header.message_type = 0;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK_EQ(slot(4)->header.message_type, 0);
	teardown();
}

TEST(polling_is_unmasked_without_interrupt_trap_31)
{
	open_synic();
	CHECK_EQ(wr(SINT(4), HV_SYNIC_SINT_POLLING | 0x60), HVE_NO_FAULT);
	post(0, 4);
	CHECK_EQ(slot(4)->header.message_type, 1);
	CHECK_EQ(hve_event_signal(&vp[0], 0, 4, 7), HV_STATUS_SUCCESS);
	CHECK_EQ(guest_read64(SIEFP + 4 * 256), 1 << 7);
	CHECK_EQ(fake.nr_irqs, 0);
	CHECK(!hve_tlfs_sint_raise(&vp[0], 0, 4));
	teardown();
}

TEST(auto_eoi_is_told_to_the_lapic_trap_30)
{
	open_synic();
	CHECK_EQ(wr(SINT(5), HV_SYNIC_SINT_AUTO_EOI | 0x52), HVE_NO_FAULT);
	CHECK(hve_tlfs_sint_raise(&vp[0], 0, 5));
	CHECK(hve_tlfs_sint_raise(&vp[0], 0, 2));
	CHECK(!hve_tlfs_sint_raise(&vp[0], 0, 1));
	CHECK(!hve_tlfs_sint_raise(&vp[0], 0, 16));
	CHECK(fake.irq[0].auto_eoi && !fake.irq[1].auto_eoi);
	CHECK_EQ(fake.irq[1].vector, 0x52);
	/* two SINTs, one vector; the VMM hears of the guest's EOIs only */
	hve_tlfs_vector_eoi(&vp[0], 0, 0x52, true);
	CHECK_EQ(fake.acked, 0);
	hve_tlfs_vector_eoi(&vp[0], 0, 0x52, false);
	CHECK_EQ(fake.acked, 1u << 2 | 1u << 5);
	teardown();
}

TEST(events_trap_26_27)
{
	open_synic();
	CHECK_EQ(hve_event_signal(&vp[0], 0, 2, 2047), HV_STATUS_SUCCESS);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK_EQ(guest_read64(SIEFP + 2 * 256 + 248), 1ull << 63);
	/* set already: no interrupt, no error */
	CHECK_EQ(hve_event_signal(&vp[0], 0, 2, 2047), HV_STATUS_SUCCESS);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK_EQ(hve_event_signal(&vp[0], 0, 2, 2048),
		 HV_STATUS_INVALID_PARAMETER);
	CHECK_EQ(hve_event_signal(&vp[0], 0, 16, 0),
		 HV_STATUS_INVALID_PARAMETER);
	/* masked */
	CHECK_EQ(hve_event_signal(&vp[0], 0, 3, 0),
		 HV_STATUS_INVALID_SYNIC_STATE);
	/* polled: as if it were not masked, but for the interrupt */
	wr(HV_X64_MSR_SINT0 + 3, HV_SYNIC_SINT_MASKED | HV_SYNIC_SINT_POLLING);
	CHECK_EQ(hve_event_signal(&vp[0], 0, 3, 5), HV_STATUS_SUCCESS);
	CHECK_EQ(guest_read64(SIEFP + 3 * 256), 1ull << 5);
	CHECK_EQ(fake.nr_irqs, 1);
	wr(HV_X64_MSR_SIEFP, SIEFP);
	CHECK_EQ(hve_event_signal(&vp[0], 0, 2, 1),
		 HV_STATUS_INVALID_SYNIC_STATE);
	wr(HV_X64_MSR_SIEFP, SIEFP | 1);
	wr(HV_X64_MSR_SCONTROL, 0);
	CHECK_EQ(hve_event_signal(&vp[0], 0, 2, 1),
		 HV_STATUS_INVALID_SYNIC_STATE);
	teardown();
}

TEST(disabled_synic_or_page_keeps_messages_trap_29)
{
	open_synic();
	wr(HV_X64_MSR_SCONTROL, 0);
	post(0, 2);
	CHECK_EQ(slot(2)->header.message_type, 0);
	wr(HV_X64_MSR_SIMP, SIMP);
	wr(HV_X64_MSR_SCONTROL, 1);
	run_requests(0);
	CHECK(m[0].queued);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	run_requests(0);
	CHECK_EQ(slot(2)->header.message_type, 1);
	CHECK(!m[0].queued);
	teardown();
}

TEST(pages_are_overlays_and_contents_follow_trap_20)
{
	setup();
	ram_fill(10, 0x10);
	ram_fill(11, 0x11);
	wr(HV_X64_MSR_SCONTROL, 1);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	CHECK(ram_is(10, 0));
	run_requests(0);
	post(0, 2);
	wr(HV_X64_MSR_SIMP, SIEFP | 1);
	CHECK(ram_is(10, 0x10));
	CHECK_EQ(guest_read64(SIEFP + 2 * 256) & 0xffffffff, 1);
	wr(HV_X64_MSR_SIMP, 0);
	CHECK(ram_is(11, 0x11));
	CHECK_EQ(wr(HV_X64_MSR_SIMP, ~0ull), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_SIMP), ~0ull);
	fake.fail_at = fake.can_fail + 1;
	CHECK_EQ(wr(HV_X64_MSR_SIEFP, SIEFP | 1), HVE_GP);
	CHECK_EQ(rd(HV_X64_MSR_SIEFP), 0);
	teardown();
}

TEST(reset_clears_all_of_it_trap_32)
{
	unsigned int i;

	open_synic();
	post(0, 2);
	post(1, 2);
	CHECK_EQ(hve_event_signal(&vp[0], 0, 2, 1), HV_STATUS_SUCCESS);
	hve_tlfs_vp_reset(&vp[0]);
	CHECK(!m[1].queued);
	CHECK_EQ(rd(HV_X64_MSR_SCONTROL), 0);
	CHECK_EQ(rd(HV_X64_MSR_SIMP), 0);
	CHECK_EQ(rd(HV_X64_MSR_SIEFP), 0);
	for (i = 0; i < 16; i++)
		CHECK_EQ(rd(SINT(i)), 0x10000);
	CHECK_EQ(fake.nr_maps, 0);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	wr(HV_X64_MSR_SIEFP, SIEFP | 1);
	CHECK(ram_is(10, 0));
	CHECK(ram_is(11, 0));
	teardown();
}

TEST(cancelled_message_is_gone)
{
	open_synic();
	post(0, 2);
	post(1, 2);
	post(2, 3);
	hve_msg_cancel(&vp[0], 0, &m[1]);
	hve_msg_cancel(&vp[0], 0, &m[1]);
	CHECK(!m[1].queued);
	CHECK_EQ(vp[0].vtl[0].synic.pending, 0);
	/* a queue found empty is no harm */
	hve_msg_deliver(&vp[0], 0, 2);
	teardown();
}

TEST(pages_of_the_vmm)
{
	struct hv_message out;

	setup();
	hve_tlfs_synic_by_vmm(&vp[0]);
	wr(HV_X64_MSR_SCONTROL, 1);
	wr(HV_X64_MSR_SIEFP, SIEFP | 1);
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	CHECK_EQ(fake.nr_maps, 0);
	CHECK_EQ(fake.nr_exits, 3);
	CHECK_EQ(fake.exit[2].kind, HVE_USER_SYNIC);
	CHECK_EQ(fake.exit[2].synic.msr, HV_X64_MSR_SIMP);
	CHECK_EQ(fake.exit[2].synic.control, 1);
	CHECK_EQ(fake.exit[2].synic.evt_page, SIEFP | 1);
	CHECK_EQ(fake.exit[2].synic.msg_page, SIMP | 1);
	/* the VMM setting them tells itself nothing */
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_SIMP, SIMP | 1), 0);
	CHECK_EQ(fake.nr_exits, 3);

	wr(SINT(2), 0x52);
	post(0, 2);
	CHECK(guest_read(SIMP + 2 * 256, &out, sizeof(out)));
	CHECK_EQ(out.header.message_type, 1);
	CHECK_EQ(out.payload[0], 100);
	CHECK_EQ(fake.nr_irqs, 1);
	post(1, 2);
	CHECK(guest_read(SIMP + 2 * 256, &out, sizeof(out)));
	CHECK_EQ(out.header.message_flags, HV_MESSAGE_FLAG_PENDING);
	CHECK_EQ(hve_event_signal(&vp[0], 0, 2, 1),
		 HV_STATUS_INVALID_SYNIC_STATE);
	/* no memory there: kept */
	wr(HV_X64_MSR_SIMP, 0xff000001);
	post(2, 2);
	CHECK(m[1].queued && m[2].queued);
	/* readable, not writable: kept, and no interrupt */
	wr(HV_X64_MSR_SIMP, SIMP | 1);
	ram_fill(10, 0);
	fake.fail_at = fake.can_fail + 2;
	wr(HV_X64_MSR_EOM, 0);
	run_requests(0);
	CHECK(m[1].queued);
	CHECK_EQ(fake.nr_irqs, 1);
	teardown();
}

TEST(messages_and_events_by_the_vmm)
{
	setup();
	open_hypercalls();
	/* no port exists */
	CHECK_EQ(hcall(HVCALL_POST_MESSAGE, 0x2000, 0), 3);
	CHECK_EQ(hcall(HVCALL_SIGNAL_EVENT, 0x2000, 0), 3);
	hve_tlfs_synic_by_vmm(&vp[0]);
	CHECK_EQ(hcall_action(HVCALL_POST_MESSAGE, 0x2000, 0), HVE_HCALL_USER);
	CHECK_EQ(hcall_action(HVCALL_SIGNAL_EVENT | FAST, 5, 0),
		 HVE_HCALL_USER);
	CHECK_EQ(fake.exit[1].hcall.params[0], 5);
	CHECK_EQ(hcall(HVCALL_POST_MESSAGE | FAST, 0, 0), 3);
	CHECK_EQ(hcall(HVCALL_SIGNAL_EVENT | REP(1), 0, 0), 3);
	CHECK_EQ(hcall(HVCALL_SIGNAL_EVENT | HV_HYPERCALL_NESTED, 0, 0), 3);
	take_gate(&vp[0], HV_SIGNAL_EVENTS);
	CHECK_EQ(hcall(HVCALL_SIGNAL_EVENT, 0, 0), 6);
	take_gate(&vp[0], HV_POST_MESSAGES);
	CHECK_EQ(hcall(HVCALL_POST_MESSAGE, 0, 0), 6);
	teardown();
}
