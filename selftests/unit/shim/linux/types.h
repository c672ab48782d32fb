/* SPDX-License-Identifier: GPL-2.0 */
/* User-space stand-in: what the TLFS half needs of the kernel's header. */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/compiler.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
/* as in the kernel: printf's %llx fits both */
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

#define __bitwise
#define __force

#endif
