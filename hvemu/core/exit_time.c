// SPDX-License-Identifier: GPL-2.0
/*
 * How long exits take: from the exit to the next entry, whoever had the
 * processor meanwhile.  Measured by probes of the two tracepoints, so that it
 * costs nothing while nobody wants to know.
 */
#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/tracepoint.h>
#include <asm/tsc.h>
#include "trace.h"
#include "core/vcpu.h"
#include "core/vm.h"

static DEFINE_MUTEX(exit_times_lock);
static unsigned int nr_timed;		/* VMs; under exit_times_lock */

static void at_exit(void *unused, struct hve_vcpu *vcpu)
{
	if (!READ_ONCE(vcpu->vm->exit_times))
		return;
	vcpu->stats.exit_reason = vcpu->exit.reason;
	vcpu->stats.exit_tsc = rdtsc();
}

static void at_entry(void *unused, struct hve_vcpu *vcpu)
{
	struct hve_vcpu_stats *s = &vcpu->stats;

	if (!s->exit_tsc)
		return;
	if (s->exit_reason < HVE_VMX_REASONS)
		s->ticks[s->exit_reason] += rdtsc() - s->exit_tsc;
	s->exit_tsc = 0;
}

static int probes_on(void)
{
	int r = register_trace_hvemu_exit(at_exit, NULL);

	if (r)
		return r;
	r = register_trace_hvemu_entry(at_entry, NULL);
	if (r)
		unregister_trace_hvemu_exit(at_exit, NULL);
	return r;
}

static void probes_off(void)
{
	unregister_trace_hvemu_entry(at_entry, NULL);
	unregister_trace_hvemu_exit(at_exit, NULL);
	/* the module may go after its last VM */
	tracepoint_synchronize_unregister();
}

int hve_exit_times_set(struct hve_vm *vm, bool on)
{
	int r = 0;

	mutex_lock(&exit_times_lock);
	if (on != vm->exit_times) {
		if (on && !nr_timed)
			r = probes_on();
		if (!r) {
			nr_timed += on ? 1 : -1;
			WRITE_ONCE(vm->exit_times, on);
		}
		if (!on && !nr_timed)
			probes_off();
	}
	mutex_unlock(&exit_times_lock);
	return r;
}
