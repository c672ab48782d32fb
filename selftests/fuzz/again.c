// SPDX-License-Identifier: GPL-2.0
/*
 * A partition for many inputs: making one takes ten times as long as what an
 * input does with it.  Nothing of an input is left for the next one but the
 * counters, which only reports show, and scratch memory of calls.
 */
#include "fuzz.h"

#include <stdlib.h>

#include "hvemu/hypercall/hypercall.h"

/* one in so many inputs is the last one of its partition */
#define LAST_ONE	64

static struct {
	bool ready, last;
	struct fake_host fake;
	struct hve_partition pt;
	struct hve_vp vp[FAKE_NR_VPS];
} start;

/* Logs, whose counts behind them say what in there is stale: that stays. */
#define LOG(log, next) \
	{ offsetof(struct fake_host, log), offsetof(struct fake_host, next) }
static const struct {
	size_t at, end;
} logs[] = {
	LOG(ram, nr_maps), LOG(irq, nr_irqs), LOG(exit, nr_exits),
	LOG(crash_text, crash_len),
	{ sizeof(struct fake_host), sizeof(struct fake_host) },
};

#define OF_VP		offsetof(struct hve_vp, counters)

/* Without ASan's look at both ranges: these are all ours. */
static void copy(void *dst, const void *src, size_t bytes)
{
	asm volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(bytes) : :
		     "memory");
}

static void make(void (*prepare)(void))
{
	setup();
	if (prepare)
		prepare();
	fake_dirty = 0;
	start.fake = fake;
	start.pt = pt;
	memcpy(start.vp, vp, sizeof(vp));
	start.ready = true;
}

static void put_back(void)
{
	unsigned int i;

	for (; fake_dirty; fake_dirty &= fake_dirty - 1) {
		i = __builtin_ctzll(fake_dirty);
		copy(fake.ram[i], start.fake.ram[i], 4096);
	}
	for (i = 0; logs[i].end < sizeof(fake); i++)
		copy((u8 *)&fake + logs[i].end, (u8 *)&start.fake + logs[i].end,
		     logs[i + 1].at - logs[i].end);
	memset(pt.vps, 0, pt.vp_limit * sizeof(*pt.vps));
	pt = start.pt;
	for (i = 0; i < FAKE_NR_VPS; i++) {
		copy(&vp[i], &start.vp[i], OF_VP);
		pt.vps[vp[i].vp_index] = &vp[i];
	}
	memset(gpr, 0, sizeof(gpr));
}

void fuzz_begin(const struct input *in, void (*prepare)(void))
{
	const u8 *at;
	u32 sum = 0;

	if (!start.ready)
		make(prepare);
	/* the input alone says it, so that it does the same again */
	for (at = in->at; at < in->end; at++)
		sum = sum * 31 + *at;
	start.last = !((sum ^ sum >> 16) % LAST_ONE);
}

void fuzz_end(void)
{
	fake.window = false;
	fake.fail_at = 0;
	shim_may_not_sleep = false;
	if (start.last) {
		teardown();
		start.ready = false;
		return;
	}
	hve_tlfs_ports_release(&pt);
	fake_pages_free();
	put_back();
}
