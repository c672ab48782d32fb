// SPDX-License-Identifier: GPL-2.0
/*
 * Several threads at once, for ThreadSanitizer: the thread of a VP delivers
 * messages, runs timers and changes registers, others queue messages, signal
 * events, raise SINTs, read the time while it changes, and send IPIs.
 */
#include "fake_host.h"
#include "hvemu/partition/partition.h"
#include "hvemu/synic/synic.h"
#include "hvemu/timers/timers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS	20000

static struct hve_msg buffers[3][4];
static bool stop;

static bool running(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void *sender(void *arg)
{
	struct hve_msg *m = arg;
	unsigned int i, n = 0;

	while (running()) {
		i = n++ % 4;
		/* the owner of a buffer writes it while it is not queued */
		if (smp_load_acquire(&m[i].queued))
			continue;
		memset(&m[i].msg, 0, sizeof(m[i].msg));
		m[i].msg.header.message_type = n;
		m[i].msg.header.payload_size = 16;
		hve_msg_queue(&vp[0], 0, n % 3, &m[i]);
	}
	return NULL;
}

static void *signaller(void *arg)
{
	unsigned int n = 0;

	(void)arg;
	while (running()) {
		hve_event_signal(&vp[0], 0, n % 3, n % 2048);
		hve_synic_raise(&vp[0], 0, n++ % 16);
	}
	return NULL;
}

/* Messages and events of another partition while ports come and go. */
static void *port_sender(void *arg)
{
	enum hve_conn_kind kind;
	u64 payload = 0;

	(void)arg;
	while (running()) {
		hve_conn_post(&far_pt, 1, 1, &payload, sizeof(payload), &kind);
		hve_conn_signal(&far_pt, 2, payload++ % 8, &kind);
	}
	return NULL;
}

static void *port_maker(void *arg)
{
	struct hve_port_desc d = { .id = 1, .type = HV_PORT_TYPE_MESSAGE };

	(void)arg;
	while (running()) {
		d.id = 1;
		d.type = HV_PORT_TYPE_MESSAGE;
		d.sint = 1;
		d.vp_index = HV_ANY_VP;
		d.flag_count = 0;
		CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
		CHECK_EQ(hve_tlfs_connect_port(&far_pt, 1, &pt, 1), 0);
		d.id = 2;
		d.type = HV_PORT_TYPE_EVENT;
		d.flag_count = 8;
		CHECK_EQ(hve_tlfs_port_create(&pt, &d), 0);
		CHECK_EQ(hve_tlfs_connect_port(&far_pt, 2, &pt, 2), 0);
		hve_tlfs_port_delete(&pt, 1);
		hve_tlfs_disconnect(&far_pt, 2, false);
		hve_tlfs_disconnect(&far_pt, 1, false);
		hve_tlfs_port_delete(&pt, 2);
	}
	return NULL;
}

static void *clock_reader(void *arg)
{
	u64 now, last = 0;

	(void)arg;
	while (running()) {
		now = hve_tlfs_reftime_get(&pt, &vp[1]);
		CHECK(now >= last);
		last = now;
	}
	return NULL;
}

static void owner(void)
{
	struct hv_message_page *page;
	unsigned int n;

	for (n = 0; n < ROUNDS; n++) {
		hve_synic_process(&vp[0]);
		page = vp[0].vtl[0].synic.simp.page;
		/* the guest takes its message */
		WRITE_ONCE(page->sint_message[n % 3].header.message_type, 0);
		wr(HV_X64_MSR_EOM, 0);
		wr(HV_X64_MSR_SINT0 + n % 3, 0x40 + n % 8);
		if (!(n % 64))
			wr(HV_X64_MSR_SIEFP, 0xb000 + 0x1000 * (n / 64 % 2) +
			   !(n % 128));
		if (!(n % 16))
			hve_tlfs_reftime_set(&pt, &vp[0], n * 100000ull);
		if (!(n % 512))
			hve_msg_reset(&vp[0].vtl[0].synic);
		if (!(n % 32))
			hve_tlfs_msr_set(&vp[3], HV_X64_MSR_VP_INDEX,
					 3 + n % 2);
		hve_partition_vp(&pt, 3);
	}
}

TEST(threads)
{
	pthread_t t[7];
	unsigned int i, k;

	setup();
	far_setup();
	wr(HV_X64_MSR_SCONTROL, 1);
	wr(HV_X64_MSR_SIMP, 0xa001);
	wr(HV_X64_MSR_SIEFP, 0xb001);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 4; k++)
			INIT_LIST_HEAD(&buffers[i][k].link);
	for (i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, sender, buffers[i]);
	pthread_create(&t[3], NULL, signaller, NULL);
	pthread_create(&t[4], NULL, clock_reader, NULL);
	pthread_create(&t[5], NULL, port_sender, NULL);
	pthread_create(&t[6], NULL, port_maker, NULL);
	owner();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 7; i++)
		pthread_join(t[i], NULL);
	hve_msg_reset(&vp[0].vtl[0].synic);
	far_teardown();
	teardown();
}
