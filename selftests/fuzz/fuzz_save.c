// SPDX-License-Identifier: GPL-2.0
/*
 * Save and restore blobs: a good one with any bytes of it changed, records
 * longer, shorter, swapped or gone.
 *
 * Checked beside what the sanitizers see: a blob that was refused has changed
 * nothing, and the state after one that was taken can be saved and loaded, and
 * is the same then.
 */
#include "fuzz.h"
#include "hvemu/partition/partition.h"

#include <stdlib.h>

/* Frames, typed a second time */
struct head {
	u32 magic, format, bytes, reserved;
};

struct record {
	u16 id, version, vtl, reserved;
	u32 bytes, reserved2;
};

static struct record *record_at(u8 *blob, u32 bytes, unsigned int n)
{
	struct record *r;
	u32 at;

	for (at = sizeof(struct head); at + sizeof(*r) <= bytes;
	     at += sizeof(*r) + r->bytes) {
		r = (void *)(blob + at);
		if (!n--)
			return r;
		if (r->bytes > bytes || r->bytes % 8)
			break;
	}
	return NULL;
}

/* A byte of a record: mostly not of a page, which may have any contents. */
static void change_byte(struct input *in, u8 *blob, u32 bytes)
{
	struct record *r = record_at(blob, bytes, take(in, 1) % 8);
	u32 at = take(in, 2), room = bytes - ((u8 *)r - blob);

	if (!r) {
		blob[at % bytes] = take(in, 1);
		return;
	}
	at = at & 1 ? at % 192 : at % 1500;
	((u8 *)r)[at < room ? at : at % 16] = take(in, 1);
}

/* The blob's end moves with what is behind the place. */
static u32 resize(struct input *in, u8 *blob, u32 bytes, u32 room)
{
	struct record *r = record_at(blob, bytes, take(in, 1) % 8);
	u32 n = take(in, 1) * 8, at;
	bool grow = take(in, 1) & 1;

	if (!r)
		return bytes;
	at = (u8 *)(r + 1) - blob;
	if (grow && bytes + n <= room) {
		memmove(blob + at + n, blob + at, bytes - at);
		r->bytes += n;
		bytes += n;
	} else if (!grow && n <= r->bytes && at + n <= bytes) {
		memmove(blob + at, blob + at + n, bytes - at - n);
		r->bytes -= n;
		bytes -= n;
	}
	((struct head *)blob)->bytes = bytes;
	return bytes;
}

static u32 disturb(struct input *in, u8 *blob, u32 bytes, u32 room)
{
	unsigned int n = take(in, 1) % 16;
	u8 how;

	while (n--) {
		how = take(in, 1);
		if (how < 224)
			change_byte(in, blob, bytes);
		else if (how < 250)
			bytes = resize(in, blob, bytes, room);
		else
			bytes -= take(in, 1) % (bytes / 2);
	}
	return bytes;
}

struct blobs {
	u8 *blob, *before, *after;
	u32 bytes, room;
};

/* Always as large, so they stay. */
static struct blobs *blobs(struct blobs *b, u32 room)
{
	if (!b->room)
		*b = (struct blobs){ malloc(2 * room), malloc(room),
				     malloc(room), 0, 2 * room };
	CHECK_EQ(b->room, 2 * room);
	return b;
}

static void maybe_fail(struct input *in)
{
	if (take(in, 1) & 1)
		fake.fail_at = fake.can_fail + take(in, 1) % 8;
}

static void try_vp(struct input *in)
{
	static struct blobs of_vp;
	struct blobs b = *blobs(&of_vp, hve_tlfs_vp_state_bytes());
	u32 before, after;
	int err;

	before = hve_tlfs_vp_state_get(&vp[0], b.before);
	memcpy(b.blob, b.before, before);
	b.bytes = disturb(in, b.blob, before, b.room);
	maybe_fail(in);
	err = hve_tlfs_vp_state_set(&vp[0], b.blob, b.bytes);
	fake.fail_at = 0;
	after = hve_tlfs_vp_state_get(&vp[0], b.after);
	if (err) {
		CHECK(before == after && !memcmp(b.before, b.after, before));
	} else {
		CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], b.after, after), 0);
		CHECK_EQ(hve_tlfs_vp_state_get(&vp[0], b.before), after);
		CHECK(!memcmp(b.before, b.after, after));
	}
}

/* What a new TSC page of the same contents may change */
static void sequence_clear(u8 *blob, u32 bytes)
{
	struct record *r;
	unsigned int n;

	for (n = 0; (r = record_at(blob, bytes, n)); n++)
		if (r->id == HVE_RECORD_REFTIME)
			((u32 *)(r + 1))[4] = 0;
}

static void try_partition(struct input *in)
{
	static struct blobs of_pt;
	struct blobs b = *blobs(&of_pt, hve_tlfs_state_bytes());
	u32 before, after;
	int err;

	before = hve_tlfs_state_get(&pt, b.before);
	memcpy(b.blob, b.before, before);
	b.bytes = disturb(in, b.blob, before, b.room);
	maybe_fail(in);
	err = hve_tlfs_state_set(&pt, b.blob, b.bytes);
	fake.fail_at = 0;
	after = hve_tlfs_state_get(&pt, b.after);
	if (!err) {
		CHECK_EQ(hve_tlfs_state_set(&pt, b.after, after), 0);
		before = hve_tlfs_state_get(&pt, b.before);
	}
	sequence_clear(b.before, before);
	sequence_clear(b.after, after);
	CHECK(before == after && !memcmp(b.before, b.after, before));
}

/* A state that is not all zeroes */
static void live(u8 how)
{
	if (how & 1)
		wr(HV_X64_MSR_HYPERCALL, 0x6001);
	if (how & 2)
		wr(HV_X64_MSR_REFERENCE_TSC, 0x8001);
	if (how & 4)
		wr(HV_X64_MSR_VP_ASSIST_PAGE, 0x7001);
	if (how & 8) {
		wr(HV_X64_MSR_SCONTROL, 1);
		wr(HV_X64_MSR_SIMP, 0xa001);
		wr(HV_X64_MSR_SIEFP, 0xb001);
		wr(HV_X64_MSR_SINT0 + 3, 0x53);
	}
	if (how & 16) {
		wr(HV_X64_MSR_STIMER0_COUNT, 1);
		wr(HV_X64_MSR_STIMER0_CONFIG, HV_STIMER_ENABLED |
		   HV_STIMER_PERIODIC | 3ull << HV_STIMER_SINT_SHIFT);
		fake.ns += 1000000;
		fake.tsc += 2900000;
		run_requests(0);
	}
	if (how & 32)
		hve_tlfs_synic_by_vmm(&vp[0]);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	u8 how = take(&in, 1);

	fuzz_begin(&in, open_hypercalls);
	live(how);
	if (how & 64)
		try_vp(&in);
	else
		try_partition(&in);
	fake.ns += 1000000;
	fake.tsc += 2900000;
	run_requests(0);
	fuzz_end();
	return 0;
}
