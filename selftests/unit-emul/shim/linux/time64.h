/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: what apic/ uses of <linux/time64.h>. */
#ifndef SHIM_LINUX_TIME64_H
#define SHIM_LINUX_TIME64_H

#define NSEC_PER_SEC	1000000000ull

#endif
