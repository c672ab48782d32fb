/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints of hvemu/trace.h are empty functions here. */
#ifndef SHIM_LINUX_TRACEPOINT_H
#define SHIM_LINUX_TRACEPOINT_H

#include <linux/types.h>

#define TP_PROTO(...)	__VA_ARGS__
#define TP_ARGS(...)
#define DECLARE_EVENT_CLASS(...)
#define TRACE_EVENT(name, proto, ...)	static inline void trace_##name(proto) {}
#define DEFINE_EVENT(class, name, proto, args) \
	static inline void trace_##name(proto) {}

#endif
