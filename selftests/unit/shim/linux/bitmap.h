/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_BITMAP_H
#define SHIM_LINUX_BITMAP_H

#include <linux/bitops.h>

static inline bool bitmap_empty(const unsigned long *p, unsigned int size)
{
	return shim_next_bit(p, size, 0) == size;
}

#endif
