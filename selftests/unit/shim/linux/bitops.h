/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_LONG		64
#define BIT(n)			(1ul << (n))
#define BIT_ULL(n)		(1ull << (n))
#define GENMASK_ULL(h, l)	((~0ull >> (63 - (h))) & (~0ull << (l)))
#define hweight64(x)		((unsigned int)__builtin_popcountll(x))

static inline bool test_bit(unsigned int n, const unsigned long *p)
{
	return __atomic_load_n(&p[n / 64], __ATOMIC_RELAXED) >> (n % 64) & 1;
}

static inline void set_bit(unsigned int n, unsigned long *p)
{
	__atomic_fetch_or(&p[n / 64], 1ul << (n % 64), __ATOMIC_RELAXED);
}

static inline void clear_bit(unsigned int n, unsigned long *p)
{
	__atomic_fetch_and(&p[n / 64], ~(1ul << (n % 64)), __ATOMIC_RELAXED);
}

static inline bool test_and_set_bit(unsigned int n, unsigned long *p)
{
	unsigned long bit = 1ul << (n % 64);

	return __atomic_fetch_or(&p[n / 64], bit, __ATOMIC_SEQ_CST) & bit;
}

static inline bool test_and_clear_bit(unsigned int n, unsigned long *p)
{
	unsigned long bit = 1ul << (n % 64);

	return __atomic_fetch_and(&p[n / 64], ~bit, __ATOMIC_SEQ_CST) & bit;
}

static inline unsigned int shim_next_bit(const unsigned long *p,
					 unsigned int size, unsigned int n)
{
	while (n < size && !(p[n / 64] >> (n % 64) & 1))
		n++;
	return n < size ? n : size;
}

#define for_each_set_bit(bit, p, size)				\
	for ((bit) = shim_next_bit(p, size, 0); (bit) < (size);	\
	     (bit) = shim_next_bit(p, size, (bit) + 1))

#endif
