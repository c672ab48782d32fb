/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: raw spinlocks that abort when taken twice. */
#ifndef SHIM_LINUX_SPINLOCK_H
#define SHIM_LINUX_SPINLOCK_H

#include <stdlib.h>

#include <linux/types.h>

typedef struct {
	bool held;
} raw_spinlock_t;

static inline void raw_spin_lock_init(raw_spinlock_t *lock)
{
	lock->held = false;
}

static inline void shim_lock(raw_spinlock_t *lock)
{
	if (lock->held)
		abort();
	lock->held = true;
}

static inline void shim_unlock(raw_spinlock_t *lock)
{
	if (!lock->held)
		abort();
	lock->held = false;
}

#define raw_spin_lock_irqsave(lock, flags)	\
	do { (flags) = 0; shim_lock(lock); } while (0)
#define raw_spin_unlock_irqrestore(lock, flags)	\
	do { (void)(flags); shim_unlock(lock); } while (0)

#endif
