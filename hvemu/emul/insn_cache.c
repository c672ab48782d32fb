// SPDX-License-Identifier: GPL-2.0
/*
 * Decoded instructions, kept: device drivers reach for a register with the same
 * few instructions again and again.
 *
 * No entry is believed.  It remembers all that its fetch and decoding depended
 * on: the registers, every paging-structure entry on the way to the code, and
 * the code, with their values.  It is used only when all of that, read again,
 * is the same; then another walk and another decoding would give the same.
 */
#include "emul.h"
#include "private.h"

#include <linux/kernel.h>
#include <linux/string.h>

#define CR0_MODE	(CR0_PE | CR0_PG)

static struct hve_emul_cached *slot_of(struct hve_emul *e)
{
	return &e->cache[(e->rip ^ e->rip >> 6) % HVE_EMUL_NR_CACHED];
}

static bool same_registers(const struct hve_emul *e,
			   const struct hve_emul_cached *c)
{
	const struct hve_emul_seg *cs = &e->seg[HVE_EMUL_CS];

	if (c->rip != e->rip || c->cr3 != e->cr3 || c->cr4 != e->cr4 ||
	    c->efer != e->efer || (c->cr0 ^ e->cr0) & CR0_MODE ||
	    (c->rflags ^ e->rflags) & RFLAGS_VM || c->cs.ar != cs->ar ||
	    c->cpl != e->cpl || c->maxphyaddr != e->maxphyaddr)
		return false;
	return hve_emul_is_long(e) ||
	       (c->cs.base == cs->base && c->cs.limit == cs->limit);
}

bool hve_emul_cache_find(struct hve_emul *e)
{
	struct hve_emul_cached *c = slot_of(e);

	if (!c->nr_seen || !same_registers(e, c) ||
	    !hve_emul_host_same(e, c->gen, c->seen, c->nr_seen))
		return false;
	e->d = c->d;
	e->insn_len = c->d.len;
	memcpy(e->insn, c->insn, sizeof(e->insn));
	e->decoded = true;
	return true;
}

/* From here to hve_emul_cache_end() reads are remembered. */
void hve_emul_cache_begin(struct hve_emul *e)
{
	struct hve_emul_cached *c = slot_of(e);

	c->nr_seen = 0;
	c->has_code = false;
	c->gen = hve_emul_host_gen(e);
	e->recording = c;
}

static void forget(struct hve_emul *e)
{
	e->recording->nr_seen = 0;
	e->recording = NULL;
}

void hve_emul_cache_saw(struct hve_emul *e, u64 gpa, u64 val, u32 len)
{
	struct hve_emul_cached *c = e->recording;
	struct hve_emul_seen *s;
	unsigned long where;

	if (!c)
		return;
	where = hve_emul_host_where(e, gpa);
	if (!where || c->nr_seen == HVE_EMUL_NR_SEEN) {
		forget(e);
		return;
	}
	s = &c->seen[c->nr_seen++];
	s->where = where;
	s->val = val;
	s->len = len;
}

/* Code of one page only; an instruction that goes on in a second is not kept. */
void hve_emul_cache_saw_code(struct hve_emul *e, u64 gpa)
{
	struct hve_emul_cached *c = e->recording;

	if (!c)
		return;
	if (c->has_code)
		forget(e);
	c->has_code = true;
	c->code = gpa;
}

/* One or two reads cover the bytes, and no other byte. */
static void saw_insn(struct hve_emul *e, const struct hve_emul_cached *c)
{
	u32 len = e->d.len, part = len >= 8 ? 8 : len >= 4 ? 4 : len >= 2 ? 2 : 1;
	u64 val = 0;

	memcpy(&val, e->insn, part);
	hve_emul_cache_saw(e, c->code, val, part);
	if (part == len)
		return;
	val = 0;
	memcpy(&val, e->insn + len - part, part);
	hve_emul_cache_saw(e, c->code + len - part, val, part);
}

void hve_emul_cache_end(struct hve_emul *e, bool decoded)
{
	struct hve_emul_cached *c = e->recording;

	if (!c)
		return;
	if (decoded)
		saw_insn(e, c);
	if (!e->recording)
		return;
	e->recording = NULL;
	if (!decoded) {
		c->nr_seen = 0;
		return;
	}
	c->rip = e->rip;
	c->cr0 = e->cr0;
	c->cr3 = e->cr3;
	c->cr4 = e->cr4;
	c->efer = e->efer;
	c->rflags = e->rflags;
	c->cpl = e->cpl;
	c->maxphyaddr = e->maxphyaddr;
	c->cs = e->seg[HVE_EMUL_CS];
	c->d = e->d;
	memcpy(c->insn, e->insn, sizeof(c->insn));
}
