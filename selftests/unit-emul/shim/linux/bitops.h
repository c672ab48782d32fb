/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: what apic/ and emul/ use of <linux/bitops.h>. */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define BIT_WORD_OF(map, nr)	(&(map)[(nr) / BITS_PER_LONG])
#define BIT_MASK_OF(nr)		(1UL << ((nr) % BITS_PER_LONG))

static inline bool test_bit(unsigned long nr, const unsigned long *map)
{
	return __atomic_load_n(BIT_WORD_OF(map, nr), __ATOMIC_RELAXED) &
	       BIT_MASK_OF(nr);
}

static inline bool test_and_set_bit(unsigned long nr, unsigned long *map)
{
	return __atomic_fetch_or(BIT_WORD_OF(map, nr), BIT_MASK_OF(nr),
				 __ATOMIC_SEQ_CST) & BIT_MASK_OF(nr);
}

static inline bool test_and_clear_bit(unsigned long nr, unsigned long *map)
{
	return __atomic_fetch_and(BIT_WORD_OF(map, nr), ~BIT_MASK_OF(nr),
				  __ATOMIC_SEQ_CST) & BIT_MASK_OF(nr);
}

#define set_bit(nr, map)	((void)test_and_set_bit(nr, map))
#define clear_bit(nr, map)	((void)test_and_clear_bit(nr, map))

static inline void __set_bit(unsigned long nr, unsigned long *map)
{
	*BIT_WORD_OF(map, nr) |= BIT_MASK_OF(nr);
}

static inline void __clear_bit(unsigned long nr, unsigned long *map)
{
	*BIT_WORD_OF(map, nr) &= ~BIT_MASK_OF(nr);
}

#define __fls(word)	(63 - __builtin_clzl(word))
#define __ffs(word)	__builtin_ctzl(word)
#define hweight8(val)	__builtin_popcount((u8)(val))

#endif
