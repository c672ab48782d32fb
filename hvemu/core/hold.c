// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU stops another one of its VM to read or change its state: never that
 * of one that runs.
 *
 * One that is in KVM_RUN is asked to park in its outer loop, where its VMCS is
 * closed; of one that is not its mutex is taken.  Only one vCPU of a VM may
 * hold another at a time, and it gives up when it cannot have that at once: so
 * two that want each other do not wait for each other.
 */
#include <linux/kernel.h>
#include <linux/delay.h>
#include <linux/sched/signal.h>
#include "hvhost.h"
#include "core/vcpu.h"

enum { NOT_PARKED, PARK_ASKED, PARKED };

/* The target's thread: let the holder work. */
void hve_vcpu_park(struct hve_vcpu *vcpu)
{
	clear_bit(HVE_REQ_PARK, &vcpu->requests);
	if (atomic_cmpxchg(&vcpu->park, PARK_ASKED, PARKED) != PARK_ASKED)
		return;
	/* not for long, and the holder waits for nobody */
	rcuwait_wait_event(&vcpu->wait,
			   atomic_read_acquire(&vcpu->park) != PARKED,
			   TASK_UNINTERRUPTIBLE);
}

/* Polls before the thread sleeps between two. */
#define POLLS	64

/* Return: true when the target is stopped. */
static bool stop(struct hve_vcpu *target)
{
	unsigned int polls = 0;

	for (;;) {
		/* not in KVM_RUN, and kept out of it */
		if (mutex_trylock(&target->mutex)) {
			target->hold_mutex = true;
			atomic_set(&target->park, NOT_PARKED);
			return true;
		}
		if (atomic_read_acquire(&target->park) == PARKED)
			return true;
		if (signal_pending(current) &&
		    atomic_cmpxchg(&target->park, PARK_ASKED, NOT_PARKED) ==
		    PARK_ASKED)
			return false;
		hve_vcpu_wait_out(target);
		if (polls++ < POLLS)
			cpu_relax();
		else
			usleep_range(20, 100);
	}
}

int hve_host_vp_hold(struct hve_vp *vp, struct hve_vp *target)
{
	struct hve_vcpu *self = hve_vp_vcpu(vp), *other = hve_vp_vcpu(target);
	struct hve_vm *vm = self->vm;

	if (cmpxchg(&vm->holder, NULL, self)) {
		cond_resched();
		return -EAGAIN;
	}
	atomic_set(&other->park, PARK_ASKED);
	hve_vcpu_request(other, HVE_REQ_PARK);
	if (!stop(other)) {
		/* nothing of this attempt is left */
		smp_store_release(&vm->holder, NULL);
		return -EAGAIN;
	}
	other->held = true;
	return 0;
}

void hve_host_vp_release(struct hve_vp *vp, struct hve_vp *target)
{
	struct hve_vcpu *self = hve_vp_vcpu(vp), *other = hve_vp_vcpu(target);

	other->held = false;
	if (other->hold_mutex) {
		other->hold_mutex = false;
		mutex_unlock(&other->mutex);
	} else {
		atomic_set_release(&other->park, NOT_PARKED);
		rcuwait_wake_up(&other->wait);
	}
	/* the next holder sees what this one did */
	smp_store_release(&self->vm->holder, NULL);
}
