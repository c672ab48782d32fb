// SPDX-License-Identifier: GPL-2.0
/* reftime.c: reference counter and TSC page */
#include "fake_host.h"
#include "hvemu/timers/timers.h"

#include <string.h>

#define PAGE	0x8000
#define MS	10000ull	/* 100 ns units */

static u64 page_time(void)
{
	struct hv_reference_tsc_page p;

	CHECK(guest_read(PAGE, &p, sizeof(p)));
	return (u64)(((unsigned __int128)fake.tsc * p.tsc_scale) >> 64) +
	       p.tsc_offset;
}

static u32 page_sequence(void)
{
	return guest_read64(PAGE);
}

/* both clocks of the host go on together */
static void pass_ms(u64 ms)
{
	fake.ns += ms * 1000000;
	fake.tsc += ms * fake.tsc_freq / 1000;
}

TEST(scale_is_exact)
{
	static const u64 freq[] = {
		10000001, 20000000, 999999937, 2900000000ull, 10000000000ull,
		(1ull << 62) + 12345,
	};
	unsigned __int128 want;
	unsigned int i;
	u64 scale;

	for (i = 0; i < sizeof(freq) / sizeof(freq[0]); i++) {
		want = ((unsigned __int128)10000000 << 64) / freq[i];
		CHECK(hve_reftime_scale(freq[i], &scale));
		CHECK_EQ(scale, want);
	}
}

TEST(scale_that_overflows_is_refused_trap_42)
{
	u64 scale;

	CHECK(!hve_reftime_scale(0, &scale));
	CHECK(!hve_reftime_scale(9999999, &scale));
	CHECK(!hve_reftime_scale(10000000, &scale));
	CHECK(!hve_reftime_scale(1ull << 63, &scale));

	setup();
	fake.tsc_freq = 10000000;
	hve_tlfs_tsc_changed(&pt);
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	CHECK_EQ(page_sequence(), 0);
	fake.ns += 1000000;
	CHECK_EQ(rd(HV_X64_MSR_TIME_REF_COUNT), MS);
	teardown();
}

TEST(sequence_skips_0_and_ffffffff_trap_40)
{
	CHECK_EQ(hve_reftime_next_sequence(0), 1);
	CHECK_EQ(hve_reftime_next_sequence(1), 2);
	CHECK_EQ(hve_reftime_next_sequence(0xfffffffd), 0xfffffffe);
	CHECK_EQ(hve_reftime_next_sequence(0xfffffffe), 1);
	CHECK_EQ(hve_reftime_next_sequence(0xffffffff), 1);
}

TEST(counter_starts_at_0_and_counts_100ns)
{
	u64 val;

	setup();
	CHECK(rd(HV_X64_MSR_TIME_REF_COUNT) <= 1);
	pass_ms(5);
	val = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(val >= 5 * MS - 1 && val <= 5 * MS);
	CHECK_EQ(wr(HV_X64_MSR_TIME_REF_COUNT, 0), HVE_GP);
	/* the same on every VP */
	hve_tlfs_msr_read(&vp[2], 0, HV_X64_MSR_TIME_REF_COUNT, &val);
	CHECK_EQ(val, rd(HV_X64_MSR_TIME_REF_COUNT));
	CHECK_EQ(hve_tlfs_reftime_get(&pt, &vp[1]), val);
	teardown();
}

TEST(page_and_counter_agree_to_the_unit_trap_41)
{
	unsigned int i;

	setup();
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	for (i = 0; i < 1000; i++) {
		fake.tsc += 123457 * i;
		CHECK_EQ(rd(HV_X64_MSR_TIME_REF_COUNT), page_time());
	}
	fake.tsc = ~0ull - 5;
	CHECK_EQ(rd(HV_X64_MSR_TIME_REF_COUNT), page_time());
	teardown();
}

TEST(page_is_a_read_only_overlay_trap_20)
{
	u64 val = 1;

	setup();
	ram_fill(8, 0x88);
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	CHECK(!guest_write(PAGE, &val, 8));
	CHECK_EQ(fake.map[0].rights, HVE_OVERLAY_R);
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE);
	CHECK(ram_is(8, 0x88));
	CHECK_EQ(wr(HV_X64_MSR_REFERENCE_TSC, ~0ull), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_REFERENCE_TSC), ~0ull);
	CHECK_EQ(fake.nr_maps, 0);
	teardown();
}

TEST(page_is_clean_and_valid_at_once_trap_42)
{
	struct hv_reference_tsc_page p;
	unsigned int i;

	setup();
	ram_fill(8, 0x88);
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	CHECK(guest_read(PAGE, &p, sizeof(p)));
	CHECK(p.tsc_sequence != 0 && p.tsc_sequence != 0xffffffff);
	CHECK_EQ(p.reserved1, 0);
	for (i = 0; i < 509; i++)
		CHECK_EQ(p.reserved2[i], 0);
	teardown();
}

static struct {
	u32 seq;
	s64 offset;
} at_barrier[8];
static unsigned int nr_barriers;

static void on_barrier(void)
{
	struct hv_reference_tsc_page *page = pt.vtl[0].tsc_page.page;

	at_barrier[nr_barriers % 8].seq = page->tsc_sequence;
	at_barrier[nr_barriers++ % 8].offset = page->tsc_offset;
}

/* What a guest can see at each step: no valid sequence with other numbers. */
TEST(page_is_invalid_while_it_changes_trap_41)
{
	struct hv_reference_tsc_page *page, old;
	unsigned int i, invalid = 0;

	setup();
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	page = pt.vtl[0].tsc_page.page;
	old = *page;
	nr_barriers = 0;
	shim_on_wmb = on_barrier;
	hve_tlfs_reftime_set(&pt, &vp[0], 12345678);
	shim_on_wmb = NULL;
	CHECK(page->tsc_offset != old.tsc_offset);
	CHECK_EQ(page->tsc_sequence, old.tsc_sequence + 1);
	CHECK(nr_barriers >= 2 && nr_barriers <= 8);
	for (i = 0; i < nr_barriers; i++) {
		if (at_barrier[i].seq)
			CHECK(at_barrier[i].seq == old.tsc_sequence &&
			      at_barrier[i].offset == old.tsc_offset);
		else
			invalid |= at_barrier[i].offset == old.tsc_offset ? 1 : 2;
	}
	/* invalid before the numbers change, and still after it */
	CHECK_EQ(invalid, 3);
	teardown();
}

TEST(unstable_tsc_falls_back_without_a_step_trap_41)
{
	u64 before, after;
	u32 seq;

	setup();
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	seq = page_sequence();
	pass_ms(100);
	before = rd(HV_X64_MSR_TIME_REF_COUNT);
	fake.tsc_unstable = true;
	hve_tlfs_tsc_changed(&pt);
	CHECK_EQ(page_sequence(), 0);
	after = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(after >= before && after <= before + 1);
	fake.ns += 1000000;
	CHECK_EQ(rd(HV_X64_MSR_TIME_REF_COUNT), after + MS);
	fake.tsc_unstable = false;
	before = rd(HV_X64_MSR_TIME_REF_COUNT);
	hve_tlfs_tsc_changed(&pt);
	CHECK(page_sequence() && page_sequence() != seq);
	after = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(after + 1 >= before && after <= before + 1);
	teardown();
}

TEST(tsc_of_another_host_makes_no_step)
{
	u64 before, after;

	setup();
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	pass_ms(1000);
	before = rd(HV_X64_MSR_TIME_REF_COUNT);
	/* other frequency, other value */
	fake.tsc = 77;
	fake.tsc_freq = 2100000000ull;
	hve_tlfs_tsc_changed(&pt);
	after = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(after + 1 >= before && after <= before + 1);
	/* same frequency, other offset */
	fake.tsc += 1ull << 50;
	hve_tlfs_process_requests(&vp[0], 1ul << HVE_VP_REQ_TSC_PAGE);
	after = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(after + 1 >= before && after <= before + 1);
	CHECK_EQ(after, page_time());
	teardown();
}

TEST(clocks_that_drift_apart_make_no_step)
{
	u64 before, after;

	setup();
	fake.ns += 3600ull * 1000000000;
	fake.tsc += 3600ull * fake.tsc_freq / 1000000 * 1000001;
	before = rd(HV_X64_MSR_TIME_REF_COUNT);
	hve_tlfs_tsc_changed(&pt);
	after = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(after + 1 >= before && after <= before + 1);
	teardown();
}

TEST(counter_is_restored_and_never_goes_back)
{
	u64 val;

	setup();
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	hve_tlfs_reftime_set(&pt, &vp[0], 1000 * MS);
	val = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(val == 1000 * MS || val == 1000 * MS - 1);
	CHECK_EQ(page_time(), val);
	/* register by register: VP 1 was saved a little earlier */
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_TIME_REF_COUNT,
				  5000 * MS), 0);
	CHECK_EQ(hve_tlfs_msr_set(&vp[1], HV_X64_MSR_TIME_REF_COUNT,
				  4999 * MS), 0);
	CHECK(rd(HV_X64_MSR_TIME_REF_COUNT) + 1 >= 5000 * MS);
	/* KVM_SET_CLOCK may set it to anything */
	hve_tlfs_reftime_set(&pt, &vp[0], 0);
	CHECK(rd(HV_X64_MSR_TIME_REF_COUNT) + 1 <= 1);
	teardown();
}

TEST(frozen_counter_stands)
{
	u64 val;

	setup();
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	pass_ms(10);
	hve_tlfs_time_freeze(&pt);
	hve_tlfs_time_freeze(&pt);
	val = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK_EQ(page_sequence(), 0);
	pass_ms(1000);
	CHECK_EQ(rd(HV_X64_MSR_TIME_REF_COUNT), val);
	hve_tlfs_tsc_changed(&pt);
	CHECK_EQ(rd(HV_X64_MSR_TIME_REF_COUNT), val);
	hve_tlfs_time_thaw(&pt);
	hve_tlfs_time_thaw(&pt);
	CHECK(page_sequence());
	pass_ms(1);
	CHECK(rd(HV_X64_MSR_TIME_REF_COUNT) + 1 >= val + MS);
	CHECK(rd(HV_X64_MSR_TIME_REF_COUNT) <= val + MS);
	teardown();
}

TEST(frequencies)
{
	setup();
	CHECK_EQ(rd(HV_X64_MSR_TSC_FREQUENCY), 2900000000ull);
	CHECK_EQ(rd(HV_X64_MSR_APIC_FREQUENCY), 1000000000);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_TSC_FREQUENCY, 1), 0);
	CHECK_EQ(rd(HV_X64_MSR_TSC_FREQUENCY), 2900000000ull);
	teardown();
}

TEST(invariant_tsc_control_trap_48)
{
	struct hve_cpuid_regs r = { .edx = 0x100 };

	setup();
	CHECK_EQ(rd(HV_X64_MSR_TSC_INVARIANT_CONTROL), 0);
	hve_tlfs_cpuid_fixup(&vp[0], 0x80000007, &r);
	CHECK_EQ(r.edx, 0);
	CHECK_EQ(wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 2), HVE_GP);
	CHECK_EQ(wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 0xdeadbeef), HVE_GP);
	CHECK_EQ(wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 0), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 1), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 1), HVE_NO_FAULT);
	CHECK_EQ(wr(HV_X64_MSR_TSC_INVARIANT_CONTROL, 0), HVE_GP);
	r.edx = 0x100;
	hve_tlfs_cpuid_fixup(&vp[1], 0x80000007, &r);
	CHECK_EQ(r.edx, 0x100);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_TSC_INVARIANT_CONTROL, 0),
		 0);
	CHECK_EQ(hve_tlfs_msr_set(&vp[0], HV_X64_MSR_TSC_INVARIANT_CONTROL, 6),
		 -EINVAL);
	/* a VP that can't ask for it sees what the VMM gives */
	take_gate(&vp[0], HV_ACCESS_TSC_INVARIANT_CONTROLS);
	r.edx = 0x100;
	hve_tlfs_cpuid_fixup(&vp[0], 0x80000007, &r);
	CHECK_EQ(r.edx, 0x100);
	teardown();
}

#define ENABLED	(HV_REENLIGHTENMENT_ENABLED | 0xee | 1ull << 32)

TEST(reenlightenment_registers)
{
	setup();
	CHECK_EQ(wr(HV_X64_MSR_REENLIGHTENMENT_CONTROL, 1), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_REENLIGHTENMENT_CONTROL), 1);
	CHECK_EQ(wr(HV_X64_MSR_TSC_EMULATION_CONTROL, 1), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_TSC_EMULATION_CONTROL), 1);
	CHECK_EQ(wr(HV_X64_MSR_TSC_EMULATION_STATUS, 1), HVE_GP);
	CHECK_EQ(wr(HV_X64_MSR_TSC_EMULATION_STATUS, 0), HVE_NO_FAULT);
	hve_tlfs_partition_reset(&pt);
	CHECK_EQ(rd(HV_X64_MSR_TSC_EMULATION_CONTROL), 0);
	take_gate(&vp[0], HV_ACCESS_REENLIGHTENMENT);
	CHECK_EQ(wr(HV_X64_MSR_TSC_EMULATION_CONTROL, 1), HVE_GP);
	teardown();
}

TEST(reenlightenment_interrupt_after_another_frequency)
{
	setup();
	wr(HV_X64_MSR_REENLIGHTENMENT_CONTROL, ENABLED);
	wr(HV_X64_MSR_TSC_EMULATION_CONTROL, 1);
	fake.tsc += 1000;
	hve_tlfs_tsc_changed(&pt);
	run_requests(0);
	run_requests(1);
	CHECK_EQ(fake.nr_irqs, 0);
	fake.tsc_freq = 2000000000;
	hve_tlfs_tsc_changed(&pt);
	run_requests(0);
	CHECK_EQ(fake.nr_irqs, 0);
	run_requests(1);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK(fake.irq[0].vp == &vp[1] && fake.irq[0].vector == 0xee);
	/* the TSC itself has changed already: nothing to emulate */
	CHECK_EQ(rd(HV_X64_MSR_TSC_EMULATION_STATUS), 0);
	hve_tlfs_process_requests(&vp[1], 0);
	CHECK_EQ(fake.nr_irqs, 1);
	teardown();
}

#define OLD_FREQ	2000000000ull

TEST(old_frequency_is_emulated_until_the_guest_adapts)
{
	u64 before, after, msr;

	setup();
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	/* not asked for */
	CHECK_EQ(hve_tlfs_tsc_freq_was(&pt, OLD_FREQ), -EINVAL);
	wr(HV_X64_MSR_REENLIGHTENMENT_CONTROL, ENABLED);
	CHECK_EQ(hve_tlfs_tsc_freq_was(&pt, OLD_FREQ), -EINVAL);
	wr(HV_X64_MSR_TSC_EMULATION_CONTROL, 1);
	/* too near, too far */
	CHECK_EQ(hve_tlfs_tsc_freq_was(&pt, fake.tsc_freq + 100000), -EINVAL);
	CHECK_EQ(hve_tlfs_tsc_freq_was(&pt, 65 * fake.tsc_freq), -EINVAL);
	run_requests(1);
	CHECK_EQ(fake.nr_irqs, 0);
	CHECK_EQ(rd(HV_X64_MSR_TSC_EMULATION_STATUS), 0);

	before = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK_EQ(hve_tlfs_tsc_freq_was(&pt, OLD_FREQ), 0);
	run_requests(1);
	CHECK_EQ(fake.nr_irqs, 1);
	CHECK_EQ(rd(HV_X64_MSR_TSC_EMULATION_STATUS), 1);
	CHECK_EQ(fake.emul_freq, OLD_FREQ);
	/* what it will have */
	CHECK_EQ(rd(HV_X64_MSR_TSC_FREQUENCY), fake.tsc_freq);
	CHECK_EQ(rd(HV_X64_MSR_TIME_REF_COUNT), before);
	fake.tsc += OLD_FREQ;
	fake.ns += 1000000000;
	CHECK_EQ(page_time(), rd(HV_X64_MSR_TIME_REF_COUNT));
	after = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(after - before >= 9999999 && after - before <= 10000001);

	fake.window = true;
	CHECK_EQ(wr(HV_X64_MSR_TSC_EMULATION_STATUS, 0), HVE_OUTSIDE);
	fake.window = false;
	CHECK_EQ(rd(HV_X64_MSR_TSC_EMULATION_STATUS), 1);
	CHECK_EQ(wr(HV_X64_MSR_TSC_EMULATION_STATUS, 0), HVE_NO_FAULT);
	CHECK_EQ(rd(HV_X64_MSR_TSC_EMULATION_STATUS), 0);
	CHECK_EQ(fake.emul_freq, 0);
	msr = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(msr >= after && msr <= after + 200);
	fake.tsc += fake.tsc_freq;
	CHECK_EQ(page_time(), rd(HV_X64_MSR_TIME_REF_COUNT));
	CHECK(page_time() - msr >= 9999999 && page_time() - msr <= 10000001);
	run_requests(1);
	CHECK_EQ(fake.nr_irqs, 1);
	teardown();
}

TEST(emulation_ends_with_the_wish_for_it_and_with_a_reset)
{
	unsigned int i;

	setup();
	for (i = 0; i < 2; i++) {
		wr(HV_X64_MSR_REENLIGHTENMENT_CONTROL, ENABLED);
		wr(HV_X64_MSR_TSC_EMULATION_CONTROL, 1);
		CHECK_EQ(hve_tlfs_tsc_freq_was(&pt, OLD_FREQ), 0);
		CHECK_EQ(rd(HV_X64_MSR_TSC_EMULATION_STATUS), 1);
		if (i)
			hve_tlfs_partition_reset(&pt);
		else
			wr(HV_X64_MSR_TSC_EMULATION_CONTROL, 0);
		CHECK_EQ(rd(HV_X64_MSR_TSC_EMULATION_STATUS), 0);
		CHECK_EQ(fake.emul_freq, 0);
		CHECK_EQ(pt.time.tsc_freq, fake.tsc_freq);
	}
	teardown();
}

TEST(emulation_ends_while_the_counter_goes_by_the_clock)
{
	u64 before, after;

	setup();
	wr(HV_X64_MSR_REENLIGHTENMENT_CONTROL, ENABLED);
	wr(HV_X64_MSR_TSC_EMULATION_CONTROL, 1);
	CHECK_EQ(hve_tlfs_tsc_freq_was(&pt, OLD_FREQ), 0);
	fake.tsc_unstable = true;
	hve_tlfs_tsc_changed(&pt);
	before = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK_EQ(wr(HV_X64_MSR_TSC_EMULATION_STATUS, 0), HVE_NO_FAULT);
	after = rd(HV_X64_MSR_TIME_REF_COUNT);
	CHECK(after >= before && after <= before + 200);
	CHECK_EQ(fake.emul_freq, 0);
	teardown();
}

TEST(tsc_page_is_constant_while_it_is_promised)
{
	struct hv_reference_tsc_page a, b;

	setup();
	wr(HV_X64_MSR_REFERENCE_TSC, PAGE | 1);
	pass_ms(100);
	CHECK(guest_read(PAGE, &a, sizeof(a)));
	wr(HV_X64_MSR_TSC_EMULATION_CONTROL, 1);
	hve_tlfs_reftime_set(&pt, &vp[0], 0);
	CHECK(guest_read(PAGE, &b, sizeof(b)));
	CHECK_EQ(a.tsc_offset, b.tsc_offset);
	CHECK_EQ(a.tsc_scale, b.tsc_scale);
	CHECK_EQ(page_time(), rd(HV_X64_MSR_TIME_REF_COUNT));
	wr(HV_X64_MSR_TSC_EMULATION_CONTROL, 0);
	hve_tlfs_reftime_set(&pt, &vp[0], 0);
	CHECK(guest_read(PAGE, &b, sizeof(b)));
	CHECK(a.tsc_offset != b.tsc_offset);
	teardown();
}

TEST(frozen_before_the_first_vp)
{
	static struct hve_partition p;

	fake_reset();
	memset(&p, 0, sizeof(p));
	memset(&vp[0], 0, sizeof(vp[0]));
	CHECK(!hve_tlfs_partition_init(&p));
	hve_tlfs_time_freeze(&p);
	CHECK(!hve_tlfs_vp_init(&vp[0], &p, 0));
	pass_ms(10);
	CHECK_EQ(hve_tlfs_reftime_get(&p, &vp[0]), 0);
	hve_tlfs_reftime_set(&p, &vp[0], 77);
	pass_ms(10);
	CHECK_EQ(hve_tlfs_reftime_get(&p, &vp[0]), 77);
	hve_tlfs_time_thaw(&p);
	pass_ms(10);
	CHECK(hve_tlfs_reftime_get(&p, &vp[0]) - 77 - 100000 + 1 <= 2);
	hve_tlfs_vp_destroy(&vp[0]);
	hve_tlfs_partition_destroy(&p);
}
