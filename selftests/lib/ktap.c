// SPDX-License-Identifier: GPL-2.0
/*
 * KTAP output. See ktap.h.
 */
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ktap.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int count, failed, skipped;

static void on_alarm(int sig)
{
	static const char text[] = "\nBail out! time limit of the test\n";

	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* How many times as long things may take here (HVE_SLOW). */
unsigned int ktap_slow(void)
{
	const char *s = getenv("HVE_SLOW");
	unsigned long n = s ? strtoul(s, NULL, 10) : 1;

	return n >= 1 && n <= 100 ? n : 1;
}

void ktap_start(unsigned int seconds)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, on_alarm);
	alarm(seconds * ktap_slow());
	puts("KTAP version 1");
}

static void line(const char *head, const char *fmt, va_list ap, const char *tail)
{
	fputs(head, stdout);
	vprintf(fmt, ap);
	puts(tail);
	fflush(stdout);
}

bool ktap_ok(bool pass, const char *fmt, ...)
{
	char head[40];
	va_list ap;

	pthread_mutex_lock(&lock);
	count++;
	failed += !pass;
	snprintf(head, sizeof(head), "%s %u - ", pass ? "ok" : "not ok", count);
	va_start(ap, fmt);
	line(head, fmt, ap, "");
	va_end(ap);
	pthread_mutex_unlock(&lock);
	return pass;
}

void ktap_skip(const char *why, const char *fmt, ...)
{
	char head[40], tail[120];
	va_list ap;

	pthread_mutex_lock(&lock);
	count++;
	skipped++;
	snprintf(head, sizeof(head), "ok %u - ", count);
	snprintf(tail, sizeof(tail), " # SKIP %s", why);
	va_start(ap, fmt);
	line(head, fmt, ap, tail);
	va_end(ap);
	pthread_mutex_unlock(&lock);
}

void ktap_note(const char *fmt, ...)
{
	va_list ap;

	pthread_mutex_lock(&lock);
	va_start(ap, fmt);
	line("# ", fmt, ap, "");
	va_end(ap);
	pthread_mutex_unlock(&lock);
}

void ktap_skip_all(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("1..0 # SKIP ", fmt, ap, "");
	va_end(ap);
	exit(KTAP_SKIP);
}

void ktap_bail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("Bail out! ", fmt, ap, "");
	va_end(ap);
	exit(1);
}

int ktap_finish(void)
{
	printf("1..%u\n# pass %u fail %u skip %u\n", count, count - failed - skipped,
	       failed, skipped);
	fflush(stdout);
	return failed || !count ? 1 : 0;
}
