// SPDX-License-Identifier: GPL-2.0
#include "fake_emul_host.h"

#include <stdlib.h>
#include <string.h>

struct fake_host fake;

static u8 *at(u64 gpa, u32 len)
{
	u64 offset = gpa - fake.base;

	return offset < fake.size && len <= fake.size - offset ?
	       fake.mem + offset : NULL;
}

enum hve_emul_result hve_emul_host_gpa_read(struct hve_emul *e, u64 gpa,
					    void *buf, u32 len, u32 acc)
{
	u8 *p = at(gpa, len);

	if ((gpa & 0xfff) + len > 4096)
		abort();
	fake.nr_reads++;
	if (acc & HVE_EMUL_ACC_FETCH && gpa >= fake.code_base &&
	    gpa + len <= fake.code_base + fake.code_len) {
		memcpy(buf, fake.code + (gpa - fake.code_base), len);
		return HVE_EMUL_OK;
	}
	if (!p || (fake.is_mmio && fake.is_mmio(gpa)))
		return HVE_EMUL_MMIO;
	memcpy(buf, p, len);
	return HVE_EMUL_OK;
}

enum hve_emul_result hve_emul_host_gpa_write(struct hve_emul *e, u64 gpa,
					     const void *buf, u32 len)
{
	u8 *p = at(gpa, len);

	if ((gpa & 0xfff) + len > 4096)
		abort();
	fake.nr_writes++;
	if (!p || (fake.is_mmio && fake.is_mmio(gpa)))
		return HVE_EMUL_MMIO;
	memcpy(p, buf, len);
	return HVE_EMUL_OK;
}

enum hve_emul_result hve_emul_host_gpa_cmpxchg(struct hve_emul *e, u64 gpa,
					       const void *old, const void *new,
					       u32 len)
{
	u8 *p = at(gpa, len);

	if (gpa & (len - 1) || len > 16)
		abort();
	fake.nr_cmpxchg++;
	if (!p || (fake.is_mmio && fake.is_mmio(gpa)))
		return HVE_EMUL_MMIO;
	if (fake.lose_cmpxchg || memcmp(p, old, len))
		return HVE_EMUL_RETRY;
	memcpy(p, new, len);
	return HVE_EMUL_OK;
}

u64 hve_emul_host_gen(struct hve_emul *e)
{
	return fake.gen;
}

unsigned long hve_emul_host_where(struct hve_emul *e, u64 gpa)
{
	if (!fake.cacheable || (fake.is_mmio && fake.is_mmio(gpa)))
		return 0;
	return (unsigned long)at(gpa, 1);
}

bool hve_emul_host_same(struct hve_emul *e, u64 gen,
			const struct hve_emul_seen *seen, unsigned int nr)
{
	unsigned int i;

	if (gen != fake.gen)
		return false;
	for (i = 0; i < nr; i++)
		if (memcmp((void *)seen[i].where, &seen[i].val, seen[i].len))
			return false;
	return true;
}

void hve_emul_host_xmm_read(struct hve_emul *e, unsigned int reg, void *buf)
{
	memcpy(buf, fake.xmm[reg & 15], 16);
}

void hve_emul_host_xmm_write(struct hve_emul *e, unsigned int reg,
			     const void *buf, bool zero_upper)
{
	memcpy(fake.xmm[reg & 15], buf, 16);
	fake.zero_upper = zero_upper;
}

void fake_apply_out(struct hve_emul *e)
{
	u32 i;

	for (i = 0; i < e->nr_out; i++) {
		u8 *p = at(e->out[i].gpa, e->out[i].len);

		if (p)
			memcpy(p, e->out[i].data, e->out[i].len);
	}
	e->nr_out = 0;
}

enum hve_emul_result fake_run(struct hve_emul *e)
{
	enum hve_emul_result r;
	unsigned int rounds;

	hve_emul_begin(e);
	/* A guest that can keep the host busy is a failure. */
	for (rounds = 0; rounds < 100000; rounds++) {
		u8 data[8] = {};
		u8 *p;

		r = hve_emul_run(e);
		if (r == HVE_EMUL_MMIO_READ) {
			p = at(e->mmio.gpa, e->mmio.len);
			if (p)
				memcpy(data, p, e->mmio.len);
			hve_emul_read_complete(e, data);
			continue;
		}
		fake_apply_out(e);
		if (r != HVE_EMUL_AGAIN)
			return r;
		hve_emul_begin(e);
	}
	abort();
}

void fake_context(struct hve_emul *e, u64 *gpr)
{
	static struct hve_emul_cached cache[HVE_EMUL_NR_CACHED];
	unsigned int i;

	memset(e, 0, sizeof(*e));
	memset(cache, 0, sizeof(cache));
	e->cache = cache;
	e->gpr = gpr;
	e->rflags = 2;
	e->cr0 = 1;
	e->cr4 = 1 << 9 | 1 << 18;
	e->efer = 1 << 10 | 1 << 8;
	e->maxphyaddr = 46;
	e->has_1g = true;
	for (i = 0; i < HVE_EMUL_NR_SEGS; i++) {
		e->seg[i].limit = 0xffffffff;
		e->seg[i].ar = 0xc093;
	}
	e->seg[HVE_EMUL_CS].ar = 0xa09b;
}
