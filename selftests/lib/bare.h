/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMM half of a test: makes a VM whose RAM holds this very program, starts
 * guest functions on its VPs and serves their ucalls. See guest.h for the
 * other half.
 */
#ifndef SELFTESTS_BARE_H
#define SELFTESTS_BARE_H

#include "guest.h"
#include "ktap.h"
#include "vmm.h"

enum bare_stop {
	BARE_DONE,	/* the guest function returned */
	BARE_SYNC,	/* g_sync(): bare->stage */
	BARE_EXIT,	/* an exit for the test: look at vp->run */
	BARE_EINTR,	/* KVM_RUN was interrupted */
	BARE_FAIL,	/* assertion or unexpected exception; already reported */
};

#define BARE_NO_IRQCHIP	1u	/* flags of bare_create() */
#define BARE_NO_CPUID	2u
#define BARE_CHIPS	4u	/* PIC and IOAPIC in the kernel, too */

/* Everything ready, no VP started. Skips the program when there is no device. */
void bare_create(struct vmm *vmm, unsigned int nr_vps, unsigned int flags);
/* In @t what a guest may be offered. Return: its HV_CPUID_FEATURES; without, skips all. */
struct kvm_cpuid_entry2 *bare_features(struct vmm *vmm, struct cpuid_table *t);
/* How often an eventfd was signalled since the last look. */
uint64_t event_count(int fd);
/* Signals one, and waits where an irqfd acts on it later (KVM). */
void event_signal(struct vmm *vmm, int fd);
/* One more, without CPUID. */
struct vp *bare_add_vp(struct vmm *vmm);
void bare_start(struct vp *vp, guest_fn fn, uint64_t arg);
enum bare_stop bare_run(struct vp *vp);
uint64_t bare_stage(struct vp *vp);
/* Each VP on its own thread until BARE_DONE; true when all got there. */
bool bare_run_all(struct vmm *vmm);
/* One VM, one function on all VPs; a failure is one more KTAP line. */
void bare_test(unsigned int nr_vps, guest_fn fn, const char *name);
/* Puts code for an AP at BARE_SIPI_PAGE: it ends up in fn() as if started. */
void bare_set_sipi(struct vmm *vmm, guest_fn fn);

/* The guest's copy of a variable of this program. */
#define guest_var(vmm, var) \
	(*(typeof(var) *)((vmm)->ram + (uintptr_t)&(var)))

#endif
