// SPDX-License-Identifier: GPL-2.0
/*
 * Save and restore: one blob for what VPs share and one per VP.  A blob is a
 * head and a row of records, each with its number, version and length, and each
 * the work of one struct hve_record in the room that owns the state.  A blob is
 * checked, and everything that can fail is done, before anything changes.
 *
 * Overlays are no guest memory, so their contents are in here.  What a VMM
 * sets by KVM's own ioctls (LAPIC, VP index, CPUID) is not.
 */
#include "partition.h"

#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#define FORMAT	1

struct blob_head {
	u32 magic;
	u32 format;
	u32 bytes;
	u32 reserved;
};

struct record_head {
	u16 id;
	u16 version;
	u16 vtl;
	u16 reserved;
	u32 bytes;
	u32 reserved2;
};

static_assert(sizeof(struct blob_head) == 16);
static_assert(sizeof(struct record_head) == 16);

/* A record that is there, or is taken for zeroes, while a blob is loaded. */
struct load_step {
	const struct hve_record *row;
	struct hve_record_io io;
	void *padded;		/* its data, when not the blob itself */
	bool checked;
};

static unsigned int vtls_of(const struct hve_record *row)
{
	return row->per_vtl ? HVE_NR_VTLS : 1;
}

u32 hve_blob_bytes(const struct hve_blob *blob)
{
	u32 bytes = sizeof(struct blob_head);
	unsigned int i;

	for (i = 0; i < blob->nr; i++)
		bytes += vtls_of(blob->record[i]) *
			 (sizeof(struct record_head) + blob->record[i]->bytes);
	return bytes;
}

u32 hve_blob_save(const struct hve_blob *blob, struct hve_partition *pt,
		  struct hve_vp *vp, void *buf)
{
	struct blob_head *head = buf;
	u32 at = sizeof(*head);
	unsigned int i, vtl;

	for (i = 0; i < blob->nr; i++) {
		const struct hve_record *row = blob->record[i];

		for (vtl = 0; vtl < vtls_of(row); vtl++) {
			struct record_head *rh = buf + at;
			struct hve_record_io io = {
				.pt = pt, .vp = vp, .vtl = vtl,
				.data = rh + 1, .bytes = row->bytes,
			};

			/* a variable one does the rest when it has it */
			memset(rh, 0, sizeof(*rh) + (row->variable ?
				row->min_bytes : row->bytes));
			rh->id = row->id;
			rh->version = row->version;
			rh->vtl = vtl;
			rh->bytes = row->save(&io);
			at += sizeof(*rh) + rh->bytes;
		}
	}
	*head = (struct blob_head){ blob->magic, FORMAT, at, 0 };
	return at;
}

static int head_check(const struct hve_blob *blob, const void *buf, u32 bytes)
{
	const struct blob_head *head = buf;

	if (bytes < sizeof(*head) || head->magic != blob->magic)
		return -EINVAL;
	if (head->format > FORMAT)
		return -EOPNOTSUPP;
	return head->format != FORMAT || head->bytes != bytes ||
	       head->reserved ? -EINVAL : 0;
}

/* The record at *@at, which moves behind it; NULL at the end or if cut off. */
static const struct record_head *record_next(const void *buf, u32 bytes,
					     u32 *at)
{
	const struct record_head *rh = buf + *at;

	if (bytes - *at < sizeof(*rh) ||
	    rh->bytes > bytes - *at - sizeof(*rh) || rh->bytes % 8 ||
	    rh->reserved || rh->reserved2)
		return NULL;
	*at += sizeof(*rh) + rh->bytes;
	return rh;
}

static const struct hve_record *row_find(const struct hve_blob *blob, u16 id)
{
	unsigned int i;

	for (i = 0; i < blob->nr; i++)
		if (blob->record[i]->id == id)
			return blob->record[i];
	return NULL;
}

static int record_check(const struct hve_blob *blob,
			const struct record_head *rh)
{
	const struct hve_record *row = row_find(blob, rh->id);

	if (!rh->version)
		return -EINVAL;
	if (!row || rh->version > row->version ||
	    (row->per_vtl && rh->vtl >= HVE_NR_VTLS))
		return -EOPNOTSUPP;
	if (rh->vtl >= vtls_of(row) ||
	    rh->bytes < row->min_bytes || rh->bytes > row->bytes)
		return -EINVAL;
	/* what was appended since belongs to the version */
	if (!row->variable && rh->version == row->version &&
	    rh->bytes != row->bytes)
		return -EINVAL;
	return 0;
}

/* Each known, each once, in their order. */
static int records_check(const struct hve_blob *blob, const void *buf,
			 u32 bytes)
{
	const struct record_head *rh;
	u32 at = sizeof(struct blob_head), key, last = 0;
	int err;

	while (at < bytes) {
		rh = record_next(buf, bytes, &at);
		if (!rh)
			return -EINVAL;
		key = (u32)rh->id << 16 | rh->vtl;
		if (key <= last)
			return -EINVAL;
		last = key;
		err = record_check(blob, rh);
		if (err)
			return err;
	}
	return 0;
}

static const struct record_head *record_find(const void *buf, u32 bytes,
					     u16 id, unsigned int vtl)
{
	const struct record_head *rh;
	u32 at = sizeof(struct blob_head);

	while (at < bytes) {
		rh = record_next(buf, bytes, &at);
		if (rh->id == id && rh->vtl == vtl)
			return rh;
	}
	return NULL;
}

/* Its data from a blob, with zeroes for what is not in there. */
static int step_fill(struct load_step *step, const void *buf, u32 bytes)
{
	const struct hve_record *row = step->row;
	const struct record_head *rh;

	rh = record_find(buf, bytes, row->id, step->io.vtl);
	if (!rh && !row->optional)
		return -EINVAL;
	step->io.bytes = row->variable ? (rh ? rh->bytes : row->min_bytes) :
					 row->bytes;
	if (rh && rh->bytes == step->io.bytes) {
		step->io.data = (void *)(rh + 1);
		return 0;
	}
	step->padded = kvzalloc(step->io.bytes, GFP_KERNEL_ACCOUNT);
	if (!step->padded)
		return -ENOMEM;
	if (rh)
		memcpy(step->padded, rh + 1, rh->bytes);
	step->io.data = step->padded;
	return 0;
}

static int steps_check(struct load_step *step, unsigned int nr,
		       const void *buf, u32 bytes)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = step_fill(&step[i], buf, bytes);
		if (err)
			return err;
		err = step[i].row->check(&step[i].io);
		if (err)
			return err;
		step[i].checked = true;
	}
	return 0;
}

static void steps_load(struct load_step *step, unsigned int nr)
{
	unsigned int i, c;

	for (i = 0; i < nr; i++)
		for (c = 0; c < step[i].io.nr_changes; c++)
			hve_overlay_commit(&step[i].io.change[c]);
	for (i = 0; i < nr; i++)
		step[i].row->load(&step[i].io);
}

static void steps_cancel(struct load_step *step, unsigned int nr)
{
	unsigned int i, c;

	for (i = 0; i < nr; i++) {
		for (c = 0; c < step[i].io.nr_changes; c++)
			hve_overlay_abort(&step[i].io.change[c]);
		if (step[i].checked && step[i].row->cancel)
			step[i].row->cancel(&step[i].io);
	}
}

static unsigned int steps_init(struct load_step *step,
			       const struct hve_blob *blob,
			       struct hve_partition *pt, struct hve_vp *vp)
{
	unsigned int i, vtl, nr = 0;

	for (i = 0; i < blob->nr; i++) {
		for (vtl = 0; vtl < vtls_of(blob->record[i]); vtl++, nr++) {
			step[nr].row = blob->record[i];
			step[nr].io.pt = pt;
			step[nr].io.vp = vp;
			step[nr].io.vtl = vtl;
		}
	}
	return nr;
}

int hve_blob_load(const struct hve_blob *blob, struct hve_partition *pt,
		  struct hve_vp *vp, const void *buf, u32 bytes)
{
	struct load_step *step;
	unsigned int i, nr;
	int err;

	err = head_check(blob, buf, bytes) ?: records_check(blob, buf, bytes);
	if (err)
		return err;
	step = kvcalloc(blob->nr * HVE_NR_VTLS, sizeof(*step),
			GFP_KERNEL_ACCOUNT);
	if (!step)
		return -ENOMEM;
	nr = steps_init(step, blob, pt, vp);
	err = steps_check(step, nr, buf, bytes);
	if (err)
		steps_cancel(step, nr);
	else
		steps_load(step, nr);
	for (i = 0; i < nr; i++)
		kvfree(step[i].padded);
	kvfree(step);
	return err;
}

void hve_record_page_save(const struct hve_overlay *ov,
			  struct hve_record_page *out)
{
	out->msr = ov->msr;
	if (ov->page)
		memcpy(out->contents, ov->page, sizeof(out->contents));
}

int hve_record_page_check(struct hve_record_io *io, struct hve_overlay *ov,
			  const struct hve_record_page *in, u32 rights)
{
	struct hve_overlay_change *ch = &io->change[io->nr_changes];
	u64 val = rights ? in->msr : in->msr & ~HV_MSR_PAGE_ENABLE;
	int err;

	err = hve_overlay_alloc(ov);
	if (err)
		return err;
	err = hve_overlay_prepare(io->pt, io->vtl, ov, val, rights, ch);
	if (err && err != -EINVAL)
		return err;
	ch->val = in->msr;
	io->nr_changes++;
	return 0;
}

void hve_record_page_load(struct hve_overlay *ov,
			  const struct hve_record_page *in)
{
	memcpy(ov->page, in->contents, sizeof(in->contents));
}
