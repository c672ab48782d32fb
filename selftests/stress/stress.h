/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ioctl_fuzz and guest_fuzz share: their options and rounds, and a guest
 * that does anything a guest can do.
 */
#ifndef SELFTESTS_STRESS_H
#define SELFTESTS_STRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "chance.h"

struct stress_options {
	uint64_t seed;
	unsigned int seconds, rounds;	/* whichever ends first; 0 rounds: no limit */
	bool verbose;
};

/* rounds.c */
void stress_options(struct stress_options *opt, int argc, char **argv);
/*
 * Runs @child with one seed after another, each in a process of its own. Reports
 * how many came to their end, and whether a new VM works after them all.
 */
void stress_rounds(const struct stress_options *opt, int (*child)(uint64_t seed),
		   unsigned int limit);

/* What was done, of all rounds: a child adds its own. */
extern volatile uint64_t *stress_done;
static inline void stress_did(uint64_t n)
{
	__sync_fetch_and_add(stress_done, n);
}

/* guest_stress.c; the first is a guest and never returns, the second runs in both halves */
void guest_stress(uint64_t seed);
uint32_t stress_msr(struct chance *c);
extern volatile uint64_t guest_stress_ops[64];

/* Where the guest expects that memory comes and goes. */
#define STRESS_SLOT_GPA		0x3000000ul
#define STRESS_SLOT_BYTES	0x400000ul

#endif
