// SPDX-License-Identifier: GPL-2.0
/* What the fake host wants of a test harness: a failed check is a crash. */
#include <stdlib.h>

#include "selftests/unit/harness.h"

/*
 * Few and small blocks live for long: a quarantine of the usual 256 MiB costs
 * most of the time, in cache misses.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1:malloc_context_size=8";
}

void unit_register(struct unit_test *t)
{
	(void)t;
}

void unit_fail(const char *file, int line, const char *what,
	       unsigned long long got, unsigned long long want)
{
	fprintf(stderr, "%s:%d: %s: %#llx, not %#llx\n", file, line, what, got,
		want);
	abort();
}
