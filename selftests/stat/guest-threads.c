// SPDX-License-Identifier: GPL-2.0
/*
 * guest-threads [ROUNDS]: for the demonstration guest: one thread a processor,
 * all in one address space, that make the kernel flush each other's TLB, wake
 * each other by IPIs and sleep by its timer.  Status 0 when every thread saw
 * what it should.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE	4096
#define MAX	64

static pthread_barrier_t all;
static unsigned long rounds = 20, nr;
static atomic_ulong wrong;
static unsigned char *volatile shared;

/* All read the page, one replaces it, all must see the new one. */
static void one_round(unsigned long me, unsigned long round)
{
	struct timespec ms = { .tv_nsec = 1000000 };
	unsigned char *p;

	pthread_barrier_wait(&all);
	if (round % nr == me) {
		p = mmap(shared, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (p == MAP_FAILED)
			exit(1);
		memset(p, round + 1, PAGE);
		if (mprotect(p, PAGE, PROT_READ))
			exit(1);
	}
	pthread_barrier_wait(&all);
	if (shared[me] != (unsigned char)(round + 1))
		wrong++;
	nanosleep(&ms, NULL);
}

static void *thread(void *arg)
{
	unsigned long me = (unsigned long)arg, round;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(me, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	for (round = 0; round < rounds; round++)
		one_round(me, round);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t id[MAX];
	unsigned long i;

	if (argc > 1)
		rounds = strtoul(argv[1], NULL, 0);
	nr = sysconf(_SC_NPROCESSORS_ONLN);
	if (nr > MAX)
		nr = MAX;
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pthread_barrier_init(&all, NULL, nr))
		return 1;
	for (i = 0; i < nr; i++)
		if (pthread_create(&id[i], NULL, thread, (void *)i))
			return 1;
	for (i = 0; i < nr; i++)
		pthread_join(id[i], NULL);
	printf("threads: %lu of them, %lu rounds, %lu wrong\n", nr, rounds,
	       (unsigned long)wrong);
	return wrong != 0;
}
