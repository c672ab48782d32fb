// SPDX-License-Identifier: GPL-2.0
/*
 * How much memory the host's kernel has free, exactly enough to see a leak or
 * the size of an object that exists many times.
 */
#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "vmm.h"

static long sum_of(const char *path, const char *fmt)
{
	char line[256];
	long value, sum = 0;
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		err(1, "%s", path);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, fmt, &value) == 1)
			sum += value;
#pragma GCC diagnostic pop
	fclose(f);
	return sum;
}

/* Free pages also wait in lists of each processor, many of them after a busy time. */
static long free_now(void)
{
	return sum_of("/proc/meminfo", "MemFree: %ld") +
	       sum_of("/proc/zoneinfo", " count: %ld") * 4;
}

/* Free memory once it has stopped to grow: much is freed after a grace period. */
long host_free_kib(void)
{
	long now, most = 0;
	unsigned int still = 0, i;

	for (i = 0; i < 100 && still < 5; i++) {
		usleep(100000);
		now = free_now();
		still = now > most + 16 ? 0 : still + 1;
		if (now > most)
			most = now;
	}
	return most;
}
