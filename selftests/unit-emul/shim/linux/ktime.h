/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: what apic/ and emul/ use of <linux/ktime.h>. */
#ifndef SHIM_LINUX_KTIME_H
#define SHIM_LINUX_KTIME_H

#include <linux/types.h>

typedef s64 ktime_t;

u64 ktime_get_ns(void);

static inline ktime_t ns_to_ktime(u64 ns)
{
	return ns;
}

#endif
