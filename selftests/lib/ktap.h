/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KTAP output (Documentation/dev-tools/ktap.rst) and exit statuses: 0 all
 * passed, 1 something failed, 4 cannot run here. The plan is printed last,
 * because the guest half of a test reports results too.
 */
#ifndef SELFTESTS_KTAP_H
#define SELFTESTS_KTAP_H

#include <stdbool.h>

#define KTAP_SKIP	4

/* @seconds: the whole program is killed as failed after them. */
void ktap_start(unsigned int seconds);
unsigned int ktap_slow(void);
bool ktap_ok(bool pass, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ktap_skip(const char *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void ktap_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The whole test cannot run: prints the reason, exits 4. */
void ktap_skip_all(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));
/* Goes on after nothing: prints the reason, exits 1. */
void ktap_bail(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));
/* Prints plan and totals; the exit status. */
int ktap_finish(void);

/* One result that says what was expected and what came when it fails. */
#define ktap_eq(got, want, fmt, ...) ({					\
	long long got_ = (long long)(got), want_ = (long long)(want);	\
									\
	if (!ktap_ok(got_ == want_, fmt, ##__VA_ARGS__))		\
		ktap_note("%s:%d: %s is %lld (%#llx), expected %lld (%#llx)", \
			  __FILE__, __LINE__, #got, got_, got_, want_, want_); \
	got_ == want_;							\
})

/* A call that must fail with errno @want: @call returns < 0 and sets errno. */
#define ktap_errno(call, want, fmt, ...) ({				\
	int err_ = (call) < 0 ? errno : 0;				\
									\
	if (!ktap_ok(err_ == (want), fmt, ##__VA_ARGS__))		\
		ktap_note("%s:%d: errno %d (%s), expected %d (%s)", __FILE__, \
			  __LINE__, err_, strerror(err_), want, strerror(want)); \
	err_ == (want);							\
})

#endif
