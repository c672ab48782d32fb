// SPDX-License-Identifier: GPL-2.0
/*
 * What the tracepoints read out of the structs they are given.
 */
#include <linux/string.h>
#include "hypercall/hypercall.h"
#include "core/vcpu.h"
#include "tlfs.h"
#include "tlfs_state.h"

#define HVE_EXIT_HAS_QUAL(reason) \
	((reason) < HVE_VMX_REASONS && hve_vmx_exit_fields[reason] & EXIT_QUAL)

#define CREATE_TRACE_POINTS
#include "trace.h"
