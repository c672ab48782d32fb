// SPDX-License-Identifier: GPL-2.0
/*
 * Rounds of the stress programs: a process each, with a seed each. See stress.h.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "stress.h"

#define KILL_SECONDS	30	/* what a killed process may take to end */

volatile uint64_t *stress_done;
static volatile uint64_t answer;

static void usage(void)
{
	errx(2, "usage: %s [-s SEED] [-t SECONDS] [-r ROUNDS] [-v]",
	     program_invocation_short_name);
}

static uint64_t number(const char *s)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(s, &end, 0);
	if (errno || end == s || *end)
		usage();
	return v;
}

void stress_options(struct stress_options *opt, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "s:t:r:v")) != -1) {
		if (c == 's')
			opt->seed = number(optarg);
		else if (c == 't')
			opt->seconds = number(optarg);
		else if (c == 'r')
			opt->rounds = number(optarg);
		else if (c == 'v')
			opt->verbose = true;
		else
			usage();
	}
	if (optind != argc || opt->seconds > 1000000)
		usage();
}

/* Waits up to @ms; false: it still runs. */
static bool ended(pid_t pid, unsigned int ms, int *status)
{
	for (; ; ms -= ms < 10 ? ms : 10) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		if (!ms)
			return false;
		usleep(10000);
	}
}

/* True when it did what it should; a VMM that shot itself is its own affair. */
static bool one_round(uint64_t seed, int (*child)(uint64_t), unsigned int limit)
{
	struct chance c = chance_seed(seed, 77);
	bool to_kill = chance_one_in(&c, 4);
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		alarm(0);
		_exit(child(seed));
	}
	if (to_kill && !ended(pid, chance_below(&c, 1500), &status)) {
		kill(pid, SIGKILL);
		if (ended(pid, KILL_SECONDS * 1000, &status))
			return true;
		ktap_note("seed %#lx: does not go away after SIGKILL", seed);
		return false;
	}
	if (!to_kill && !ended(pid, limit * 1000, &status)) {
		ktap_note("seed %#lx: hangs", seed);
		kill(pid, SIGKILL);
		ended(pid, KILL_SECONDS * 1000, &status);
		return false;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status)) {
		ktap_note("seed %#lx: status %d", seed, WEXITSTATUS(status));
		return false;
	}
	if (WIFSIGNALED(status))
		ktap_note("seed %#lx: the VMM hit itself (signal %d)", seed, WTERMSIG(status));
	return true;
}

static void guest_answer(uint64_t arg)
{
	answer = 0x1234;
}

static void new_vm(void)
{
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	bare_start(&vmm.vp[0], guest_answer, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_DONE && guest_var(&vmm, answer) == 0x1234,
		"a new VM works");
	vmm_destroy(&vmm);
}

void stress_rounds(const struct stress_options *opt, int (*child)(uint64_t seed),
		   unsigned int limit)
{
	time_t start = time(NULL), end = start + opt->seconds, took;
	unsigned int n = 0, bad = 0;

	stress_done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stress_done == MAP_FAILED)
		err(1, "memory");
	do {
		bad += !one_round(opt->seed + n, child, limit);
		n++;
	} while ((!opt->rounds || n < opt->rounds) && time(NULL) < end && !bad);
	took = time(NULL) - start;
	ktap_note("%u rounds, seeds %#lx to %#lx: %lu operations in %ld s, %lu a second", n,
		  opt->seed, opt->seed + n - 1, *stress_done, took,
		  *stress_done / (took ? took : 1));
	ktap_ok(!bad, "every round comes to its end");
	new_vm();
}
