/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_MUTEX_H
#define SHIM_LINUX_MUTEX_H

#include <linux/spinlock.h>

struct mutex {
	int held;
};

/* Set by the fake host while it plays a window. */
extern bool shim_may_not_sleep;

static inline void mutex_init(struct mutex *m)
{
	m->held = 0;
}

static inline void mutex_destroy(struct mutex *m)
{
	shim_assert(!m->held);
}

static inline void mutex_lock(struct mutex *m)
{
	shim_assert(!shim_may_not_sleep && !shim_spinlocks_held);
#ifdef UNIT_THREADS
	while (__atomic_exchange_n(&m->held, 1, __ATOMIC_ACQUIRE))
		;
#else
	shim_assert(!m->held);
	m->held = 1;
#endif
}

static inline bool mutex_trylock(struct mutex *m)
{
	return !__atomic_exchange_n(&m->held, 1, __ATOMIC_ACQUIRE);
}

static inline void mutex_unlock(struct mutex *m)
{
	shim_assert(__atomic_exchange_n(&m->held, 0, __ATOMIC_RELEASE));
}

#endif
