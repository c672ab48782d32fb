/* SPDX-License-Identifier: GPL-2.0 */
/* The smallest KTAP harness: EXPECT() inside test functions, RUN() in main(). */
#ifndef UNIT_EMUL_KTAP_H
#define UNIT_EMUL_KTAP_H

#include <stdbool.h>
#include <stdio.h>

void ktap_begin(void);
void ktap_run(const char *name, void (*fn)(void));
int ktap_end(void);
void ktap_fail(const char *file, int line, const char *what);
unsigned int ktap_failures(void);

#define RUN(fn)	ktap_run(#fn, fn)

#define EXPECT(cond)						\
	do {							\
		if (!(cond))					\
			ktap_fail(__FILE__, __LINE__, #cond);	\
	} while (0)

#define EXPECT_EQ(a, b)							\
	do {								\
		unsigned long long a_ = (a), b_ = (b);			\
		if (a_ != b_) {						\
			ktap_fail(__FILE__, __LINE__, #a " == " #b);	\
			printf("# %#llx, not %#llx\n", a_, b_);	\
		}							\
	} while (0)

#endif
