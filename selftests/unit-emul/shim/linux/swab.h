/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: what apic/ and emul/ use of <linux/swab.h>. */
#ifndef SHIM_LINUX_SWAB_H
#define SHIM_LINUX_SWAB_H

#define swab64(val)	__builtin_bswap64(val)

#endif
