// SPDX-License-Identifier: GPL-2.0
/* save.c: blobs, good, bad and older ones */
#include "blob.h"

/* What begins a blob and a record, changed bit by bit */
TEST(bad_blobs_change_nothing)
{
	unsigned int i, bit;
	struct head *head;
	struct record *r;

	setup();
	wr(HV_X64_MSR_SINT0, 0x44);
	save();
	head = (void *)vp_blob;
	r = (void *)(head + 1);
	wr(HV_X64_MSR_SINT0, 0x55);

	CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], vp_blob, 0), -EINVAL);
	CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], vp_blob, 15), -EINVAL);
	CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], vp_blob, vp_bytes - 1), -EINVAL);
	CHECK_EQ(hve_tlfs_state_set(&pt, pt_blob, 8), -EINVAL);
	CHECK_EQ(hve_tlfs_state_set(&pt, vp_blob, vp_bytes), -EINVAL);
	CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], pt_blob, pt_bytes), -EINVAL);
	for (i = 0; i < 32; i++) {
		for (bit = 0; bit < 8; bit++) {
			vp_blob[i] ^= 1u << bit;
			CHECK(hve_tlfs_vp_state_set(&vp[0], vp_blob, vp_bytes));
			vp_blob[i] ^= 1u << bit;
		}
	}
	/* later formats, versions, records and VTLs are told from bad ones */
	head->format++;
	CHECK_EQ(load(), -EOPNOTSUPP);
	head->format = 0;
	CHECK_EQ(load(), -EINVAL);
	head->format = 1;
	r->version++;
	CHECK_EQ(load(), -EOPNOTSUPP);
	r->version = 0;
	CHECK_EQ(load(), -EINVAL);
	r->version = 1;
	r->id = 0x1ff;
	CHECK(load());
	r->id = HVE_RECORD_VP;
	r->vtl = HVE_NR_VTLS;
	CHECK_EQ(load(), -EINVAL);
	r->vtl = 0;
	r = record(vp_blob, HVE_RECORD_STIMERS);
	r->vtl = HVE_NR_VTLS;
	CHECK_EQ(load(), -EOPNOTSUPP);
	r->vtl = 0;
	/* the last one */
	r = record(vp_blob, HVE_RECORD_UNHALTED);
	r->id++;
	CHECK_EQ(load(), -EOPNOTSUPP);
	r->id--;
	CHECK_EQ(rd(HV_X64_MSR_SINT0), 0x55);
	CHECK_EQ(load(), 0);
	CHECK_EQ(rd(HV_X64_MSR_SINT0), 0x44);
	teardown();
	drop();
}

/* Not in the first blobs */
static bool is_optional(u16 id)
{
	return id == HVE_RECORD_NPIEP || id == HVE_RECORD_UNHALTED ||
	       id == HVE_RECORD_VP_STATS;
}

/* Each record cut off, gone, doubled, in the place of another */
TEST(bad_frames_change_nothing)
{
	struct record *r, *next;
	u32 at, n, good;
	u8 *copy, *all;

	setup();
	save();
	good = vp_bytes;
	all = malloc(good);
	copy = malloc(2 * good);
	memcpy(all, vp_blob, good);
	for (at = 16; at < good; at += n) {
		r = (void *)(all + at);
		n = 16 + r->bytes;
		/* gone */
		memcpy(copy, all, at);
		memcpy(copy + at, all + at + n, good - at - n);
		((struct head *)copy)->bytes = good - n;
		CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], copy, good - n),
			 is_optional(r->id) ? 0 : -EINVAL);
		/* the last one, cut off anywhere */
		memcpy(copy, all, at + n);
		((struct head *)copy)->bytes = at + 8;
		CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], copy, at + 8), -EINVAL);
		((struct head *)copy)->bytes = at + n - 8;
		CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], copy, at + n - 8),
			 -EINVAL);
		/* twice */
		memcpy(copy, all, at + n);
		memcpy(copy + at + n, all + at, good - at);
		((struct head *)copy)->bytes = good + n;
		CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], copy, good + n),
			 -EINVAL);
		if (at + n >= good)
			break;
		/* the next one first */
		next = (void *)(all + at + n);
		memcpy(copy, all, good);
		memcpy(copy + at, next, 16 + next->bytes);
		memcpy(copy + at + 16 + next->bytes, r, n);
		CHECK_EQ(hve_tlfs_vp_state_set(&vp[0], copy, good), -EINVAL);
	}
	CHECK_EQ(load(), 0);
	free(copy);
	free(all);
	teardown();
	drop();
}

/* A record longer or shorter than its version says */
TEST(sizes_of_records)
{
	setup();
	save();
	record_resize(&vp_blob, &vp_bytes, HVE_RECORD_VP, 16);
	CHECK_EQ(load(), -EINVAL);
	record_resize(&vp_blob, &vp_bytes, HVE_RECORD_VP, 0);
	CHECK_EQ(load(), -EINVAL);
	record_resize(&vp_blob, &vp_bytes, HVE_RECORD_VP, 8);
	CHECK_EQ(load(), 0);
	teardown();
	drop();
}

/* Rows as a later version of ours might have them */
static u64 seen[3];
static unsigned int cancels;
static int check_result;

static u32 later_save(struct hve_record_io *io)
{
	memset(io->data, 0x77, io->bytes);
	return io->bytes;
}

static int later_check(struct hve_record_io *io)
{
	memcpy(seen, io->data, io->bytes < 24 ? io->bytes : 24);
	io->kept = &cancels;
	return check_result;
}

static void later_load(struct hve_record_io *io)
{
	seen[0]++;
}

static void later_cancel(struct hve_record_io *io)
{
	CHECK(io->kept == &cancels);
	cancels++;
}

static struct hve_record later = {
	.id = 0x120, .version = 2, .min_bytes = 8, .bytes = 24,
	.save = later_save, .check = later_check, .load = later_load,
	.cancel = later_cancel,
}, behind = {
	.id = 0x121, .version = 1, .optional = true, .variable = true,
	.min_bytes = 0, .bytes = 64,
	.save = later_save, .check = later_check, .load = later_load,
};

static const struct hve_record *const later_rows[] = { &later, &behind };
static const struct hve_blob later_blob = { 0x1234, 2, later_rows };

TEST(older_blobs_are_taken)
{
	struct {
		struct head head;
		struct record r;
		u64 data[2];
	} old = {
		{ 0x1234, 1, 16 + 16 + 8, 0 }, { .id = 0x120, .version = 1, .bytes = 8 },
		{ 5, 6 },
	};
	u8 *buf;
	u32 n;

	setup();
	check_result = 0;
	/* version 1 was shorter, and the second record not yet there */
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, &old, 40), 0);
	CHECK_EQ(seen[1], 0);
	CHECK_EQ(seen[0], 7);
	old.r.bytes = 16;
	old.head.bytes = 48;
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, &old, 48), 0);
	CHECK_EQ(seen[1], 6);
	/* but no version 2 that is so short */
	old.r.version = 2;
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, &old, 48), -EINVAL);
	old.r.version = 3;
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, &old, 48), -EOPNOTSUPP);
	old.r.version = 1;
	/* a row that cannot be absent */
	later.optional = false;
	behind.optional = false;
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, &old, 48), -EINVAL);
	CHECK_EQ(cancels, 1);
	behind.optional = true;
	check_result = -ENOMEM;
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, &old, 48), -ENOMEM);
	CHECK_EQ(cancels, 1);
	check_result = 0;

	n = hve_blob_bytes(&later_blob);
	buf = malloc(n);
	CHECK_EQ(hve_blob_save(&later_blob, &pt, NULL, buf), n);
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, buf, n), 0);
	CHECK_EQ(seen[1], 0x7777777777777777ull);
	/* any size of a variable one */
	record_resize(&buf, &n, 0x121, 40);
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, buf, n), 0);
	record_resize(&buf, &n, 0x121, 72);
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, buf, n), -EINVAL);
	record_resize(&buf, &n, 0x121, 12);
	CHECK_EQ(hve_blob_load(&later_blob, &pt, NULL, buf, n), -EINVAL);
	free(buf);
	teardown();
}
