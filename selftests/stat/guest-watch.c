// SPDX-License-Identifier: GPL-2.0
/*
 * guest-watch: /init of a guest that is saved, restored and migrated while it
 * works. It says so on the console when its memory is not what it wrote, when
 * time goes back or jumps, or when a timer is late; else it shows a beat every
 * 200 ms of its own time:
 *
 *	WATCH clocksource hyperv_clocksource_tsc_page
 *	WATCH beat 12 passes 3 gap 4 ms
 *	WATCH wrong: ...
 *
 * The gap is the longest time since the last beat that its clock jumped by
 * between two readings. A byte on the console ends it: "WATCH end, N wrong",
 * and the machine powers off.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PAGES		256
#define WORDS		(4096 / sizeof(uint64_t))
#define BEAT_NS		200000000ull
#define LATE_NS		60000000000ull	/* no pause of the host's is as long */

static atomic_uint wrong, passes;
static atomic_ullong gap_ns;

static void say(const char *fmt, ...)
{
	char line[160];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = snprintf(line, sizeof(line), "WATCH ");
	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	line[n++] = '\n';
	if (write(1, line, n) != n)
		_exit(1);
}

#define is_wrong(...) do { atomic_fetch_add(&wrong, 1); say("wrong: " __VA_ARGS__); } while (0)

static uint64_t now_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint64_t pattern(uint64_t pass, unsigned int page, unsigned int word)
{
	return (pass << 40 | (uint64_t)page << 16 | word) * 0x9e3779b97f4a7c15ull;
}

/* Each pass reads what the last one wrote: all of it, whatever came between. */
static void *memory(void *unused)
{
	uint64_t *mem = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	uint64_t pass = 0, *p;
	unsigned int i, w;

	for (;; pass++) {
		for (i = 0; i < PAGES; i++) {
			p = mem + i * WORDS;
			for (w = 0; w < WORDS; w += 8) {
				if (pass && p[w] != pattern(pass - 1, i, w))
					is_wrong("page %u word %u in pass %llu", i, w,
						 (unsigned long long)pass);
				p[w] = pattern(pass, i, w);
			}
			/* QEMU needs the processor, too */
			if (i % 64 == 63)
				usleep(2000);
		}
		atomic_store(&passes, pass + 1);
	}
	return unused;
}

/* Two clocks, read all the time, never go back. */
static void *clocks(void *unused)
{
	uint64_t mono = now_ns(CLOCK_MONOTONIC), real = now_ns(CLOCK_REALTIME);
	uint64_t m, r;

	for (;;) {
		m = now_ns(CLOCK_MONOTONIC);
		r = now_ns(CLOCK_REALTIME);
		if (m < mono || r < real)
			is_wrong("time went back by %llu, %llu ns",
				 (unsigned long long)(mono - m), (unsigned long long)(real - r));
		if (m - mono > atomic_load(&gap_ns))
			atomic_store(&gap_ns, m - mono);
		if (m - mono > LATE_NS)
			is_wrong("time jumped by %llu ns", (unsigned long long)(m - mono));
		mono = m;
		real = r;
		usleep(1000);
	}
	return unused;
}

static void show_clocksource(void)
{
	char name[64] = "";
	int fd;

	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY);
	if (fd >= 0 && read(fd, name, sizeof(name) - 1) > 0)
		name[strcspn(name, "\n")] = 0;
	close(fd);
	say("clocksource %s", name);
}

static void console_without_wait(void)
{
	struct termios t;

	tcgetattr(0, &t);
	t.c_lflag &= ~(ICANON | ECHO);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	tcsetattr(0, TCSANOW, &t);
}

int main(void)
{
	uint64_t next = now_ns(CLOCK_MONOTONIC);
	pthread_t thread;
	unsigned int n;
	char c;

	console_without_wait();
	show_clocksource();
	pthread_create(&thread, NULL, memory, NULL);
	pthread_create(&thread, NULL, clocks, NULL);
	for (n = 1;; n++) {
		struct timespec t;

		next += BEAT_NS;
		t.tv_sec = next / 1000000000;
		t.tv_nsec = next % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		if (now_ns(CLOCK_MONOTONIC) - next > LATE_NS)
			is_wrong("a timer is late");
		say("beat %u passes %u gap %llu ms", n, atomic_load(&passes),
		    (unsigned long long)atomic_exchange(&gap_ns, 0) / 1000000);
		if (read(0, &c, 1) == 1)
			break;
	}
	say("end, %u wrong", atomic_load(&wrong));
	reboot(RB_POWER_OFF);
	return 0;
}
