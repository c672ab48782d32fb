/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_BUILD_BUG_H
#define SHIM_LINUX_BUILD_BUG_H

#define static_assert(expr, ...)	_Static_assert(expr, #expr)
#define BUILD_BUG_ON_ZERO(e)		((int)sizeof(struct { int : -!!(e); }))
#define BUILD_BUG_ON(cond)		_Static_assert(!(cond), #cond)

#endif
