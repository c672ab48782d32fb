// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory that its VMM has zeroed before the start, for
 * HvExtCallGetBootZeroedMemory.  What the guest or this module could have
 * written to is taken out, in chunks of 2 MiB; what the VMM writes to later it
 * must not name.
 */
#include "core/zeroed.h"

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hv/hv_hypercall.h"
#include "hvhost.h"
#include "tlfs.h"
#include "core/vcpu.h"
#include "core/vm.h"
#include "uapi/hvemu.h"

#define CHUNK_SHIFT	9		/* pages */
#define MAX_CHUNKS	BIT(21)	/* 4 TiB */

static_assert(HVEMU_EXT_MAX_RANGES == HV_BOOT_ZEROED_RANGES);
static_assert(!(HV_EXT_CAPABILITIES ^ (HVEMU_EXT_BOOT_ZEROED_MEMORY |
				       HVEMU_EXT_MEMORY_HEAT_HINT |
				       HVEMU_EXT_MEMORY_HEAT_HINT_ASYNC)));

struct hve_zeroed {
	unsigned long *touched;		/* by chunk, of all ranges */
	u32 nr;
	struct {
		struct hv_page_range r;
		u32 first;		/* its first chunk */
		u32 chunks;
	} range[];
};

static u64 chunk_of(u64 gpn)
{
	return gpn >> CHUNK_SHIFT;
}

static int ranges_take(struct hve_zeroed *z, const struct hvemu_page_range *in,
		       u32 nr)
{
	u64 first = 0, chunks, end;
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!in[i].pages ||
		    check_add_overflow(in[i].gpn, in[i].pages, &end) ||
		    end > 1ull << (52 - PAGE_SHIFT))
			return -EINVAL;
		chunks = chunk_of(end - 1) - chunk_of(in[i].gpn) + 1;
		if (first + chunks > MAX_CHUNKS)
			return -E2BIG;
		z->range[i].r.gpn = in[i].gpn;
		z->range[i].r.pages = in[i].pages;
		z->range[i].first = first;
		z->range[i].chunks = chunks;
		first += chunks;
	}
	z->nr = nr;
	z->touched = bitmap_zalloc(max_t(u64, first, 1), GFP_KERNEL_ACCOUNT);
	return z->touched ? 0 : -ENOMEM;
}

int hve_zeroed_set(struct hve_vm *vm, u64 capabilities,
		   const struct hvemu_page_range *ranges, u32 nr)
{
	struct hve_zeroed *z;
	int r;

	lockdep_assert_held(&vm->lock);
	if (vm->nr_vcpus || vm->zeroed)
		return -EBUSY;
	z = kzalloc(struct_size(z, range, nr), GFP_KERNEL_ACCOUNT);
	if (!z)
		return -ENOMEM;
	r = ranges_take(z, ranges, nr) ?:
	    hve_tlfs_ext_set(&vm->pt, capabilities);
	if (r) {
		bitmap_free(z->touched);
		kfree(z);
		return r;
	}
	/* no vCPU yet: those to come find it */
	vm->zeroed = z;
	return 0;
}

void hve_zeroed_release(struct hve_vm *vm)
{
	if (!vm->zeroed)
		return;
	bitmap_free(vm->zeroed->touched);
	kfree(vm->zeroed);
	vm->zeroed = NULL;
}

void hve_zeroed_touched(struct hve_vm *vm, u64 gfn)
{
	struct hve_zeroed *z = vm->zeroed;
	u64 n;
	u32 i;

	for (i = 0; i < z->nr; i++) {
		n = chunk_of(gfn) - chunk_of(z->range[i].r.gpn);
		if (n < z->range[i].chunks)
			set_bit(z->range[i].first + n, z->touched);
	}
}

/* Keeps the largest. */
static u32 insert(struct hv_page_range *out, u32 nr, u32 max, u64 gpn,
		  u64 pages)
{
	u32 i = nr;

	if (nr == max && (!max || pages <= out[nr - 1].pages))
		return nr;
	if (nr == max)
		i = --nr;
	for (; i && out[i - 1].pages < pages; i--)
		out[i] = out[i - 1];
	out[i].gpn = gpn;
	out[i].pages = pages;
	return nr + 1;
}

static u32 range_report(const struct hve_zeroed *z, u32 i,
			struct hv_page_range *out, u32 nr, u32 max)
{
	u64 end = z->range[i].first + z->range[i].chunks;
	u64 base = chunk_of(z->range[i].r.gpn);
	u64 from = z->range[i].first, to, lo, hi;

	while (from < end) {
		from = find_next_zero_bit(z->touched, end, from);
		if (from >= end)
			break;
		to = find_next_bit(z->touched, end, from);
		lo = (base + from - z->range[i].first) << CHUNK_SHIFT;
		hi = (base + to - z->range[i].first) << CHUNK_SHIFT;
		lo = max(lo, z->range[i].r.gpn);
		hi = min(hi, z->range[i].r.gpn + z->range[i].r.pages);
		nr = insert(out, nr, max, lo, hi - lo);
		from = to;
	}
	return nr;
}

u32 hve_host_boot_zeroed(struct hve_vp *vp, struct hv_page_range *out, u32 max)
{
	const struct hve_zeroed *z = hve_vp_vcpu(vp)->vm->zeroed;
	u32 i, nr = 0;

	for (i = 0; z && i < z->nr; i++)
		nr = range_report(z, i, out, nr, max);
	return nr;
}
