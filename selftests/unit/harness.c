// SPDX-License-Identifier: GPL-2.0
#include "harness.h"

#include <string.h>

static struct unit_test *tests, **tail = &tests;
static unsigned int failures;

void unit_register(struct unit_test *t)
{
	*tail = t;
	tail = &t->next;
}

void unit_fail(const char *file, int line, const char *what,
	       unsigned long long got, unsigned long long want)
{
	printf("# %s:%d: %s: %#llx, not %#llx\n", file, line, what, got, want);
	failures++;
}

/* A test of traps, "name_trap_9_10", is shown as "trap 9, 10: name" */
static void name_print(const char *name)
{
	const char *trap = strstr(name, "_trap_"), *c;

	if (!trap || trap[6 + strspn(trap + 6, "0123456789_")]) {
		puts(name);
		return;
	}
	printf("trap ");
	for (c = trap + 6; *c; c++)
		if (*c == '_')
			printf(", ");
		else
			putchar(*c);
	printf(": %.*s\n", (int)(trap - name), name);
}

/* ./test [NAME]: all tests, or one */
int main(int argc, char **argv)
{
	unsigned int n = 0, i = 0, failed = 0;
	struct unit_test *t;

	for (t = tests; t; t = t->next)
		n += argc < 2 || !strcmp(argv[1], t->name);
	printf("KTAP version 1\n1..%u\n", n);
	for (t = tests; t; t = t->next) {
		if (argc > 1 && strcmp(argv[1], t->name))
			continue;
		failures = 0;
		t->fn();
		printf("%sok %u ", failures ? "not " : "", ++i);
		name_print(t->name);
		fflush(stdout);
		failed += failures != 0;
	}
	return failed != 0;
}
