// SPDX-License-Identifier: GPL-2.0
/* unhalted.c, npiep.c: the time-unhalted timer, blocked instructions */
#include "fake_host.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG	HV_X64_MSR_STIME_UNHALTED_TIMER_CONFIG
#define COUNT	HV_X64_MSR_STIME_UNHALTED_TIMER_COUNT
#define NPIEP	HV_X64_MSR_NPIEP_CONFIG
#define ON	HV_STIME_UNHALTED_ENABLED
#define ASSIST	0x5000ull
#define EXPIRED	56		/* offset of the flag in the assist page */

static void run_for(u64 ns)
{
	fake.runtime_ns += ns;
	run_requests(0);
}

static u8 expired(void)
{
	u8 flag = 0xff;

	CHECK(guest_read(ASSIST + EXPIRED, &flag, 1));
	return flag;
}

TEST(unhalted_timer_is_periodic_by_run_time)
{
	u8 zero = 0;

	setup();
	fake.runtime_ns = 5000;
	CHECK_EQ(wr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST | 1), HVE_NO_FAULT);
	CHECK_EQ(wr(COUNT, 100), HVE_NO_FAULT);
	CHECK_EQ(fake.run_due[0], 0);
	CHECK_EQ(wr(CONFIG, ON | 0x40), HVE_NO_FAULT);
	CHECK_EQ(rd(COUNT), 100);
	CHECK_EQ(rd(CONFIG), ON | 0x40);
	CHECK_EQ(fake.run_due[0], 15000);
	/* time passes, the VP does not run */
	fake.ns += 1000000000;
	run_requests(0);
	CHECK_EQ(fake.nr_irqs, 0);
	run_for(9999);
	CHECK_EQ(fake.nr_irqs, 0);
	CHECK_EQ(expired(), 0);
	run_for(1);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK_EQ(fake.irq[0].vector, 0x40);
	CHECK_EQ(expired(), 1);
	CHECK(guest_write(ASSIST + EXPIRED, &zero, 1));
	/* the phase stays; periods that were missed are one interrupt */
	CHECK_EQ(fake.run_due[0], 25000);
	run_for(34567);
	CHECK_EQ(fake.nr_irqs, 2);
	CHECK_EQ(fake.run_due[0], 55000);
	CHECK_EQ(expired(), 1);
	/* a request that comes early */
	hve_host_vp_request(&vp[0], HVE_VP_REQ_UNHALTED);
	run_requests(0);
	CHECK_EQ(fake.nr_irqs, 2);
	CHECK_EQ(fake.run_due[0], 55000);
	CHECK_EQ(wr(CONFIG, 0x40), HVE_NO_FAULT);
	CHECK_EQ(fake.run_due[0], 0);
	run_for(1000000);
	CHECK_EQ(fake.nr_irqs, 2);
	teardown();
}

TEST(unhalted_timer_vectors)
{
	unsigned int v;

	setup();
	CHECK_EQ(wr(COUNT, 1), HVE_NO_FAULT);
	for (v = 0; v < 256; v++) {
		CHECK_EQ(wr(CONFIG, v), HVE_NO_FAULT);
		CHECK_EQ(wr(CONFIG, ON | v),
			 v == 2 || v >= 16 ? HVE_NO_FAULT : HVE_GP);
	}
	CHECK_EQ(wr(CONFIG, 1 << 9), HVE_GP);
	CHECK_EQ(wr(CONFIG, 1ull << 63 | ON | 0x40), HVE_GP);
	/* without an assist page it is only an interrupt */
	CHECK_EQ(wr(CONFIG, ON | 2), HVE_NO_FAULT);
	run_for(100);
	CHECK_EQ(fake.nr_nmis, 1);
	CHECK_EQ(fake.nr_irqs, 0);
	teardown();
}

TEST(unhalted_timer_extremes)
{
	setup();
	/* no period: nothing runs, nothing is divided */
	CHECK_EQ(wr(CONFIG, ON | 0x40), HVE_NO_FAULT);
	CHECK_EQ(fake.run_due[0], 0);
	hve_host_vp_request(&vp[0], HVE_VP_REQ_UNHALTED);
	run_requests(0);
	CHECK_EQ(wr(COUNT, ~0ull), HVE_NO_FAULT);
	CHECK_EQ(fake.run_due[0], 0);
	CHECK_EQ(rd(COUNT), ~0ull);
	CHECK_EQ(wr(COUNT, 10), HVE_NO_FAULT);
	CHECK_EQ(fake.run_due[0], 1000);
	CHECK_EQ(fake.nr_irqs, 0);
	/* either bit is needed */
	take_gate(&vp[0], HV_FEATURE_STIME_UNHALTED);
	CHECK_EQ(wr(CONFIG, 0), HVE_GP);
	give_cpuid(&vp[0]);
	take_gate(&vp[0], HV_ACCESS_SYNTHETIC_TIMER_REGS);
	CHECK_EQ(wr(CONFIG, 0), HVE_GP);
	give_cpuid(&vp[0]);
	hve_tlfs_vp_reset(&vp[0]);
	CHECK_EQ(fake.run_due[0], 0);
	CHECK_EQ(rd(CONFIG), 0);
	CHECK_EQ(rd(COUNT), 0);
	teardown();
}

TEST(npiep_bits)
{
	unsigned int bit, insn;

	setup();
	CHECK_EQ(rd(NPIEP), 0);
	for (bit = 0; bit < 64; bit++)
		CHECK_EQ(wr(NPIEP, 1ull << bit), bit < 4 ? HVE_NO_FAULT : HVE_GP);
	for (bit = 0; bit < 16; bit++) {
		CHECK_EQ(wr(NPIEP, bit), HVE_NO_FAULT);
		CHECK_EQ(rd(NPIEP), bit);
		CHECK_EQ(fake.desc_exits[0], bit != 0);
		for (insn = 0; insn < 4; insn++)
			CHECK_EQ(hve_tlfs_npiep_blocks(&vp[0], insn),
				 bit >> insn & 1);
	}
	CHECK(!hve_tlfs_npiep_blocks(&vp[1], 0));
	hve_tlfs_vp_reset(&vp[0]);
	CHECK_EQ(rd(NPIEP), 0);
	CHECK(!fake.desc_exits[0]);
	take_gate(&vp[0], HV_FEATURE_NPIEP);
	CHECK_EQ(wr(NPIEP, 0), HVE_GP);
	teardown();
}

TEST(npiep_needs_the_machine)
{
	struct hve_cpuid_regs r;

	setup();
	hve_tlfs_supported_cpuid(0x40000003, &r);
	CHECK(r.edx & 1u << 12);
	fake.no_desc_exits = true;
	hve_tlfs_supported_cpuid(0x40000003, &r);
	CHECK(!(r.edx & 1u << 12));
	/* a VMM that gives the bit all the same */
	CHECK_EQ(wr(NPIEP, 1), HVE_GP);
	CHECK_EQ(wr(NPIEP, 0), HVE_NO_FAULT);
	teardown();
}

TEST(both_are_saved)
{
	void *blob;
	u32 bytes;

	setup();
	CHECK_EQ(wr(COUNT, 100), HVE_NO_FAULT);
	CHECK_EQ(wr(CONFIG, ON | 0x40), HVE_NO_FAULT);
	CHECK_EQ(wr(NPIEP, 5), HVE_NO_FAULT);
	run_for(4000);
	blob = malloc(hve_tlfs_vp_state_bytes());
	bytes = hve_tlfs_vp_state_get(&vp[0], blob);
	fake.runtime_ns += 500000;
	CHECK_EQ(hve_tlfs_vp_state_set(&vp[1], blob, bytes), 0);
	CHECK_EQ(vp[1].unhalted.config, ON | 0x40);
	CHECK_EQ(fake.run_due[1], fake.runtime_ns + 6000);
	CHECK(hve_tlfs_npiep_blocks(&vp[1], 2));
	CHECK(fake.desc_exits[1]);
	/* a machine without those exits */
	fake.no_desc_exits = true;
	CHECK_EQ(hve_tlfs_vp_state_set(&vp[2], blob, bytes), -EINVAL);
	free(blob);
	teardown();
}
