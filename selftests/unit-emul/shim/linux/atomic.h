/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: what apic/ and emul/ use of <linux/atomic.h>. */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

static inline int atomic_read(const atomic_t *a)
{
	return __atomic_load_n(&a->counter, __ATOMIC_RELAXED);
}

static inline void atomic_add(int n, atomic_t *a)
{
	__atomic_fetch_add(&a->counter, n, __ATOMIC_SEQ_CST);
}

#define atomic_inc(a)	atomic_add(1, a)
#define atomic_dec(a)	atomic_add(-1, a)

#endif
