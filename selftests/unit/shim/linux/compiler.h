/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define __must_check	__attribute__((warn_unused_result))
#define __aligned(x)	__attribute__((aligned(x)))
#define noinline		__attribute__((noinline))
#define __maybe_unused	__attribute__((unused))
#define fallthrough	__attribute__((fallthrough))

/* atomic, which is what the kernel means, and ThreadSanitizer understands */
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), v, __ATOMIC_RELAXED)

#define barrier()		__asm__ __volatile__("" : : : "memory")
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
/* a test can look at what others may see at each barrier */
extern void (*shim_on_wmb)(void);
#define smp_wmb()							\
	do {								\
		__atomic_thread_fence(__ATOMIC_RELEASE);		\
		if (shim_on_wmb)					\
			shim_on_wmb();					\
	} while (0)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

#endif
