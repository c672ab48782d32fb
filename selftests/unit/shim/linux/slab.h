/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>

#include <linux/mutex.h>

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0

/* Fails when the fake host is told so. */
bool shim_alloc_fails(void);

static inline void *kcalloc(size_t n, size_t size, int gfp)
{
	(void)gfp;
	shim_assert(!shim_may_not_sleep && !shim_spinlocks_held);
	return shim_alloc_fails() ? NULL : calloc(n, size);
}

#define kzalloc(size, gfp)	kcalloc(1, size, gfp)
#define kvcalloc(n, size, gfp)	kcalloc(n, size, gfp)
#define kvzalloc(size, gfp)	kcalloc(1, size, gfp)
#define kfree(p)		free(p)
#define kvfree(p)		free(p)

#endif
