/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Smallest test harness: TEST(name) { ... }, CHECK(), KTAP output.  A test
 * that fails a check goes on, so that all of it is seen.
 */
#ifndef UNIT_HARNESS_H
#define UNIT_HARNESS_H

#include <stdbool.h>
#include <stdio.h>

struct unit_test {
	const char *name;
	void (*fn)(void);
	struct unit_test *next;
};

void unit_register(struct unit_test *t);
void unit_fail(const char *file, int line, const char *what,
	       unsigned long long got, unsigned long long want);

#define TEST(id)							\
	static void test_##id(void);					\
	static struct unit_test unit_##id = { #id, test_##id, NULL };	\
	__attribute__((constructor)) static void register_##id(void)	\
	{								\
		unit_register(&unit_##id);				\
	}								\
	static void test_##id(void)

#define CHECK(cond)							\
	do {								\
		if (!(cond))						\
			unit_fail(__FILE__, __LINE__, #cond, 0, 1);	\
	} while (0)

#define CHECK_EQ(got, want)						\
	do {								\
		unsigned long long got_ = (unsigned long long)(got);	\
		unsigned long long want_ = (unsigned long long)(want);	\
									\
		if (got_ != want_)					\
			unit_fail(__FILE__, __LINE__, #got " == " #want,\
				  got_, want_);				\
	} while (0)

#endif
