/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: what apic/ and emul/ use of <linux/compiler.h>. */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#define noinline		__attribute__((noinline))
#ifndef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#endif
#define fallthrough	__attribute__((__fallthrough__))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val)	(*(volatile __typeof__(x) *)&(x) = (val))
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_mb__before_atomic()	__asm__ volatile("" ::: "memory")
#define smp_mb__after_atomic()	__asm__ volatile("" ::: "memory")
#define smp_store_release(p, val) __atomic_store_n(p, val, __ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define xchg(p, val)		__atomic_exchange_n(p, val, __ATOMIC_SEQ_CST)

#endif
