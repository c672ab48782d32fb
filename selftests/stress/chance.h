/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers of the stress programs: the same seed gives the same sequence,
 * in the guest too (no libc).
 */
#ifndef SELFTESTS_CHANCE_H
#define SELFTESTS_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
	uint64_t state;
};

/* splitmix64 */
static inline uint64_t chance_next(struct chance *c)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline uint64_t chance_below(struct chance *c, uint64_t n)
{
	return (chance_next(c) >> 11) % n;
}

/* One in @n. */
static inline bool chance_one_in(struct chance *c, uint64_t n)
{
	return chance_below(c, n) == 0;
}

static inline struct chance chance_seed(uint64_t seed, uint64_t stream)
{
	struct chance c = { seed * 0x100000001b3ull + stream };

	c.state = chance_next(&c);
	return c;
}

/* Numbers that are more often at an edge than not. */
static inline uint64_t chance_edge(struct chance *c)
{
	uint64_t r = chance_next(c);

	switch (r & 15) {
	case 0:
		return 0;
	case 1:
		return ~0ull;
	case 2:
	case 3:
		return 1ull << (r >> 8 & 63);
	case 4:
		return (1ull << (r >> 8 & 63)) - 1;
	case 5:
		return ~(1ull << (r >> 8 & 63));
	case 6:
		return r >> 8 & 0xffffffff;
	case 7:
		return chance_next(c);
	case 8:
		return r >> 8 & 0xffff;
	case 9:
		return (r >> 8 & 0x3fff) << 12;
	default:
		return r >> 8 & 0x1f;
	}
}

#endif
