/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: what apic/ and emul/ use of <linux/timex.h>. */
#ifndef SHIM_LINUX_TIMEX_H
#define SHIM_LINUX_TIMEX_H

#include <linux/types.h>

u64 get_cycles(void);

#endif
