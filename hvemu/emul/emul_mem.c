// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory as an instruction sees it: segments, pages, pieces.
 *
 * Every byte is read once: what was read is kept in e->in[] until the
 * instruction is complete, also over an exit to the VMM.  Everything is
 * translated, and all faults have happened, before the first byte is written.
 */
#include "emul.h"
#include "private.h"

#include <linux/kernel.h>
#include <linux/string.h>

#define PAGE_BYTES	4096u

enum hve_emul_result hve_emul_raise(struct hve_emul *e, u8 vector, bool has_error)
{
	e->fault = (struct hve_emul_fault) {
		.vector = vector,
		.has_error = has_error,
	};
	return HVE_EMUL_FAULT;
}

static u32 user_acc(const struct hve_emul *e)
{
	return e->cpl == 3 ? HVE_EMUL_ACC_USER : 0;
}

/* Translate, and turn a failed walk into an exception. */
static enum hve_emul_result translate(struct hve_emul *e, u64 linear, u32 acc,
				      u64 *gpa)
{
	struct hve_emul_walk w;
	enum hve_emul_result r;

	if (e->hint_valid && linear >> 12 == e->hint_linear >> 12 &&
	    !(acc & HVE_EMUL_ACC_FETCH) &&
	    (e->hint_write || !(acc & HVE_EMUL_ACC_WRITE))) {
		*gpa = (e->hint_gpa & ~0xfffull) | (linear & 0xfff);
		return HVE_EMUL_OK;
	}

	r = hve_emul_walk(e, linear, acc, &w);
	if (r == HVE_EMUL_OK) {
		*gpa = w.gpa;
		return r;
	}
	/* Page tables in a device: nothing sensible can come of it. */
	if (r == HVE_EMUL_MMIO)
		return HVE_EMUL_UNHANDLED;
	if (r != HVE_EMUL_FAULT)
		return r;
	if (w.noncanonical)
		return hve_emul_raise(e, VEC_GP, true);
	hve_emul_raise(e, VEC_PF, true);
	e->fault.error_code = w.error_code;
	e->fault.cr2 = linear;
	return HVE_EMUL_FAULT;
}

/* SDM, "Limit Checking" and "Type Checking" */
static bool segment_denies(const struct hve_emul *e, unsigned int seg,
			   u64 offset, u32 len, u32 acc)
{
	const struct hve_emul_seg *s = &e->seg[seg];
	u64 last = offset + len - 1;
	bool code = s->ar & SEG_AR_CODE;

	if (!hve_emul_is_real(e)) {
		if (s->ar & SEG_AR_UNUSABLE || !(s->ar & SEG_AR_P))
			return true;
		if (acc & HVE_EMUL_ACC_WRITE) {
			if (code || !(s->ar & SEG_AR_WRITE_READ))
				return true;
		} else if (code && !(s->ar & SEG_AR_WRITE_READ)) {
			return true;
		}
		if (!code && s->ar & SEG_AR_DOWN)
			return offset <= s->limit ||
			       last > (s->ar & SEG_AR_DB ? 0xffffffffu : 0xffffu);
	}
	return last > s->limit;
}

enum hve_emul_result hve_emul_linear(struct hve_emul *e, unsigned int seg,
				     u64 offset, u32 len, u32 acc, u64 *linear)
{
	u8 vector = seg == HVE_EMUL_SS ? VEC_SS : VEC_GP;

	if (hve_emul_is_long(e)) {
		u64 base = 0;

		if (seg == HVE_EMUL_FS || seg == HVE_EMUL_GS)
			base = e->seg[seg].base;
		*linear = base + offset;
		if (!hve_emul_is_canonical(e, *linear) ||
		    !hve_emul_is_canonical(e, *linear + len - 1))
			return hve_emul_raise(e, vector, true);
		return HVE_EMUL_OK;
	}
	if (segment_denies(e, seg, offset, len, acc))
		return hve_emul_raise(e, vector, true);
	*linear = (u32)(e->seg[seg].base + offset);
	return HVE_EMUL_OK;
}

/* More of the instruction: to the end of the page, the limit, or 15 bytes. */
enum hve_emul_result hve_emul_fetch(struct hve_emul *e)
{
	u32 want = HVE_EMUL_INSN_MAX - e->insn_len;
	u64 offset = e->rip + e->insn_len;
	enum hve_emul_result r;
	u64 linear, gpa;

	if (!want)
		return hve_emul_raise(e, VEC_GP, true);
	if (hve_emul_is_long(e)) {
		linear = offset;
		if (!hve_emul_is_canonical(e, linear))
			return hve_emul_raise(e, VEC_GP, true);
	} else {
		u32 limit = e->seg[HVE_EMUL_CS].limit;

		offset = (u32)offset;
		if (offset > limit)
			return hve_emul_raise(e, VEC_GP, true);
		want = min_t(u64, want, (u64)limit - offset + 1);
		linear = (u32)(e->seg[HVE_EMUL_CS].base + offset);
	}
	want = min_t(u32, want, PAGE_BYTES - (linear & (PAGE_BYTES - 1)));

	r = translate(e, linear, user_acc(e) | HVE_EMUL_ACC_FETCH |
				 HVE_EMUL_ACC_SET_AD, &gpa);
	if (r != HVE_EMUL_OK)
		return r;
	r = hve_emul_host_gpa_read(e, gpa, e->insn + e->insn_len, want,
				   HVE_EMUL_ACC_FETCH);
	if (r == HVE_EMUL_MMIO)
		return HVE_EMUL_UNHANDLED;
	if (r != HVE_EMUL_OK)
		return r;
	e->insn_len += want;
	hve_emul_cache_saw_code(e, gpa);
	return r;
}

enum hve_emul_result hve_emul_span_map(struct hve_emul *e, u64 linear, u32 len,
				       u32 acc, struct emul_span *s)
{
	u32 done;
	u32 n;

	acc |= user_acc(e) | HVE_EMUL_ACC_SET_AD;
	s->nr = 0;
	s->len = len;
	for (done = 0; done < len; done += n) {
		enum hve_emul_result r;
		u64 at = linear + done;

		if (!hve_emul_is_long(e))
			at = (u32)at;
		n = min3(len - done, 8u,
			 PAGE_BYTES - (u32)(at & (PAGE_BYTES - 1)));
		if (s->nr == SPAN_MAX)
			return HVE_EMUL_UNHANDLED;
		r = translate(e, at, acc, &s->piece[s->nr].gpa);
		if (r != HVE_EMUL_OK)
			return r;
		s->piece[s->nr].linear = at;
		s->piece[s->nr].len = n;
		s->nr++;
	}
	return HVE_EMUL_OK;
}

/* One piece, from what was read before the last exit or from the host. */
static enum hve_emul_result piece_read(struct hve_emul *e,
				       const struct emul_span *s, u32 i,
				       void *buf)
{
	struct hve_emul_frag *f = &e->in[e->pos_in];
	enum hve_emul_result r;
	u32 len = s->piece[i].len;

	if (e->pos_in >= HVE_EMUL_NR_FRAGS)
		return HVE_EMUL_UNHANDLED;
	if (e->pos_in < e->nr_in && f->linear == s->piece[i].linear &&
	    f->len == len) {
		memcpy(buf, f->data, len);
		e->pos_in++;
		return HVE_EMUL_OK;
	}

	/* Not what was read then (the VMM changed registers): read anew. */
	e->nr_in = e->pos_in;
	*f = (struct hve_emul_frag) {
		.gpa = s->piece[i].gpa,
		.linear = s->piece[i].linear,
		.len = len,
	};
	r = hve_emul_host_gpa_read(e, f->gpa, f->data, len, 0);
	if (r == HVE_EMUL_MMIO) {
		e->mmio = *f;
		return HVE_EMUL_MMIO_READ;
	}
	if (r != HVE_EMUL_OK)
		return r;
	memcpy(buf, f->data, len);
	e->nr_in = ++e->pos_in;
	return HVE_EMUL_OK;
}

enum hve_emul_result hve_emul_span_read(struct hve_emul *e,
					const struct emul_span *s, void *buf)
{
	u8 *to = buf;
	u32 i;

	for (i = 0; i < s->nr; i++) {
		enum hve_emul_result r = piece_read(e, s, i, to);

		if (r != HVE_EMUL_OK)
			return r;
		to += s->piece[i].len;
	}
	return HVE_EMUL_OK;
}

enum hve_emul_result hve_emul_span_write(struct hve_emul *e,
					 const struct emul_span *s,
					 const void *buf)
{
	const u8 *from = buf;
	u32 i;

	for (i = 0; i < s->nr; i++) {
		u32 len = s->piece[i].len;
		enum hve_emul_result r;

		r = hve_emul_host_gpa_write(e, s->piece[i].gpa, from, len);
		if (r == HVE_EMUL_MMIO) {
			struct hve_emul_frag *f = &e->out[e->nr_out];

			if (e->nr_out == HVE_EMUL_NR_FRAGS)
				return HVE_EMUL_UNHANDLED;
			e->nr_out++;
			f->gpa = s->piece[i].gpa;
			f->linear = s->piece[i].linear;
			f->len = len;
			memcpy(f->data, from, len);
		} else if (r != HVE_EMUL_OK) {
			return r;
		}
		from += len;
	}
	return HVE_EMUL_OK;
}

/*
 * The write of a LOCKed instruction that has read @old.  Atomic where it is RAM
 * and aligned; a device sees a read and a write, as on a bus without locks.
 */
enum hve_emul_result hve_emul_span_swap(struct hve_emul *e,
					const struct emul_span *s,
					const void *old, const void *new)
{
	enum hve_emul_result r;

	if (!(s->piece[0].gpa & (s->len - 1))) {
		r = hve_emul_host_gpa_cmpxchg(e, s->piece[0].gpa, old, new,
					      s->len);
		if (r != HVE_EMUL_MMIO)
			return r;
	}
	return hve_emul_span_write(e, s, new);
}

enum hve_emul_result hve_emul_mem_read(struct hve_emul *e, u64 linear,
				       void *buf, u32 len, u32 acc)
{
	u8 *to = buf;
	u32 done;
	u32 n;

	for (done = 0; done < len; done += n) {
		enum hve_emul_result r;
		u64 gpa;

		n = min_t(u32, len - done,
			  PAGE_BYTES - ((linear + done) & (PAGE_BYTES - 1)));
		r = translate(e, linear + done, acc, &gpa);
		if (r == HVE_EMUL_OK)
			r = hve_emul_host_gpa_read(e, gpa, to + done, n, acc);
		if (r != HVE_EMUL_OK)
			return r;
	}
	return HVE_EMUL_OK;
}

enum hve_emul_result hve_emul_mem_write(struct hve_emul *e, u64 linear,
					const void *buf, u32 len, u32 acc)
{
	const u8 *from = buf;
	u64 ahead = 0;
	u32 done;
	u32 n;

	acc |= HVE_EMUL_ACC_WRITE;
	for (done = 0; done < len; done += n) {
		u64 at = linear + done;
		enum hve_emul_result r;
		u64 gpa;

		n = min_t(u32, len - done,
			  PAGE_BYTES - (at & (PAGE_BYTES - 1)));
		r = translate(e, at, acc, &gpa);
		/* Look ahead, so that a fault comes before the first byte. */
		if (r == HVE_EMUL_OK && !done && n < len)
			r = translate(e, at + n, acc, &ahead);
		if (r == HVE_EMUL_OK)
			r = hve_emul_host_gpa_write(e, gpa, from + done, n);
		if (r != HVE_EMUL_OK)
			return r;
	}
	return HVE_EMUL_OK;
}
