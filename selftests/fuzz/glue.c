// SPDX-License-Identifier: GPL-2.0
/* What the fake host wants of a test harness: a failed check is a crash. */
#include <stdlib.h>

#include "selftests/unit/harness.h"

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
