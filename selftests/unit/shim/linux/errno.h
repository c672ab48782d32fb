/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_ERRNO_H
#define SHIM_LINUX_ERRNO_H

/* the C library takes its numbers from there, too */
#include_next <linux/errno.h>

#endif
