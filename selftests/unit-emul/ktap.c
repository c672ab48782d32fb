// SPDX-License-Identifier: GPL-2.0
#include "ktap.h"

static unsigned int nr, failed, failures;

void ktap_begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("TAP version 14");
}

void ktap_fail(const char *file, int line, const char *what)
{
	if (failures++ < 20)
		printf("# %s:%d: %s\n", file, line, what);
}

unsigned int ktap_failures(void)
{
	return failures;
}

void ktap_run(const char *name, void (*fn)(void))
{
	failures = 0;
	fn();
	nr++;
	if (failures)
		failed++;
	printf("%s %u %s\n", failures ? "not ok" : "ok", nr, name);
}

int ktap_end(void)
{
	printf("1..%u\n", nr);
	return failed ? 1 : 0;
}
