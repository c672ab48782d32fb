/* SPDX-License-Identifier: GPL-2.0 */
/* Blobs of partition and VP 0, and what they consist of. */
#ifndef UNIT_BLOB_H
#define UNIT_BLOB_H

#include <stdlib.h>
#include <string.h>

#include "fake_host.h"
#include "hvemu/partition/partition.h"

/* Frames, typed a second time */
struct head {
	u32 magic, format, bytes, reserved;
};

struct record {
	u16 id, version, vtl, reserved;
	u32 bytes, reserved2;
	u64 data[];
};

static u8 *pt_blob, *vp_blob;
static u32 pt_bytes, vp_bytes;

#define MAYBE __attribute__((unused))

static MAYBE void save(void)
{
	pt_blob = realloc(pt_blob, hve_tlfs_state_bytes());
	vp_blob = realloc(vp_blob, hve_tlfs_vp_state_bytes());
	pt_bytes = hve_tlfs_state_get(&pt, pt_blob);
	vp_bytes = hve_tlfs_vp_state_get(&vp[0], vp_blob);
	CHECK(pt_bytes <= hve_tlfs_state_bytes());
	CHECK(vp_bytes <= hve_tlfs_vp_state_bytes());
}

static MAYBE int load(void)
{
	int err = hve_tlfs_state_set(&pt, pt_blob, pt_bytes);

	return err ?: hve_tlfs_vp_state_set(&vp[0], vp_blob, vp_bytes);
}

/* A record of a blob; it has to be there. */
static MAYBE struct record *record(u8 *blob, u16 id)
{
	struct head *head = (void *)blob;
	struct record *r;
	u32 at;

	for (at = sizeof(*head); at < head->bytes; at += 16 + r->bytes) {
		r = (void *)(blob + at);
		if (r->id == id && !r->vtl)
			return r;
	}
	CHECK(false);
	return NULL;
}

/* Bytes behind a record's first ones appear or go. */
static MAYBE void record_resize(u8 **blob, u32 *size, u16 id, u32 bytes)
{
	struct record *r = record(*blob, id);
	u32 at = (u8 *)r - *blob, old = 16 + r->bytes, now = 16 + bytes;
	u8 *to = calloc(1, *size + now);

	memcpy(to, *blob, at + (old < now ? old : now));
	memcpy(to + at + now, *blob + at + old, *size - at - old);
	((struct record *)(to + at))->bytes = bytes;
	*size += now - old;
	((struct head *)to)->bytes = *size;
	free(*blob);
	*blob = to;
}

static MAYBE void drop(void)
{
	free(pt_blob);
	free(vp_blob);
	pt_blob = NULL;
	vp_blob = NULL;
}

#endif
