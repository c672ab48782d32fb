/* SPDX-License-Identifier: GPL-2.0 */
/* Locks check themselves: no recursion, no sleeping lock under a spinlock. */
#ifndef SHIM_LINUX_SPINLOCK_H
#define SHIM_LINUX_SPINLOCK_H

#include <stdlib.h>

#include <linux/types.h>

typedef struct {
	int held;
} spinlock_t;

extern __thread int shim_spinlocks_held;

static inline void shim_assert(bool ok)
{
	if (!ok)
		abort();
}

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->held = 0;
}

static inline void spin_lock(spinlock_t *lock)
{
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		;
	shim_spinlocks_held++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	shim_spinlocks_held--;
	shim_assert(__atomic_exchange_n(&lock->held, 0, __ATOMIC_RELEASE));
}

static inline bool spin_trylock(spinlock_t *lock)
{
	if (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		return false;
	shim_spinlocks_held++;
	return true;
}

#define spin_lock_irqsave(lock, flags)	\
	do { (flags) = 0; spin_lock(lock); } while (0)
#define spin_unlock_irqrestore(lock, flags)	\
	do { (void)(flags); spin_unlock(lock); } while (0)
#define lockdep_assert_held(lock)	\
	shim_assert(__atomic_load_n(&(lock)->held, __ATOMIC_RELAXED))

#endif
