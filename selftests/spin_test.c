// SPDX-License-Identifier: GPL-2.0
/*
 * A VP that spins shares its processor (SDM, "Controls for PAUSE-Loop
 * Exiting").  It gives up a lock for the length of a PAUSE only, as SeaBIOS
 * does while it waits for the other processors; where both VPs have one
 * processor of the host, the other gets the lock if the first one loses the
 * processor at the PAUSE and not, each time, where it holds the lock.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "bare.h"

#define ROUNDS	(1ul << 24)

static volatile uint32_t lock = 1, arrived, ready;

/* Until the other arrived or ROUNDS are over, which is seconds. */
static uint64_t give_way(void)
{
	uint64_t left = ROUNDS;

	asm volatile("1:	movl $0, %[lock]\n"
		     "2:	pause\n"
		     "	lock btsl $0, %[lock]\n"
		     "	jc 2b\n"
		     "	cmpl $0, %[arrived]\n"
		     "	jne 3f\n"
		     "	dec %[left]\n"
		     "	jnz 1b\n"
		     "3:"
		     : [lock] "+m"(lock), [left] "+r"(left)
		     : [arrived] "m"(arrived)
		     : "cc", "memory");
	return left;
}

static void arrive(void)
{
	ready = 1;
	asm volatile("1:	pause\n"
		     "	lock btsl $0, %[lock]\n"
		     "	jc 1b\n"
		     "	movl $1, %[arrived]\n"
		     "	movl $0, %[lock]\n"
		     : [lock] "+m"(lock), [arrived] "=m"(arrived) : : "cc", "memory");
}

static void guest_main(uint64_t vp)
{
	if (vp) {
		arrive();
		return;
	}
	while (!ready)
		cpu_pause();
	g_ok(give_way() > 0, "the other VP gets a lock that is free at a PAUSE only");
}

int main(void)
{
	cpu_set_t set;

	ktap_start(30);
	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		ktap_skip_all("no processor of its own");
	bare_test(2, guest_main, "two VPs on one processor");
	return ktap_finish();
}
