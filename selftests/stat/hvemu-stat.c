// SPDX-License-Identifier: GPL-2.0
/*
 * hvemu-stat: which VMs there are on /dev/hvemu, and what the guest of one of
 * them uses of the Hv#1 interface.  docs/stat.md describes it.
 *
 * Needs nothing but the C library and include/uapi/hvemu.h.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "uapi/hvemu.h"

/* Exit statuses */
#define EXIT_GONE	1	/* no such VM, or not any more */
#define EXIT_USAGE	2
#define EXIT_DEVICE	3	/* no device, not hvemu, an ioctl that failed */

#define MAX_VMS		64	/* at a time */

struct report {
	struct hvemu_report head;
	struct hvemu_report_row *row;
};

static struct {
	bool json;
	bool all;		/* rows that are 0, too */
	int times;		/* -1: leave as it is */
	double wait;		/* seconds, 0: once */
	unsigned long rounds;	/* 0: for ever */
	uint32_t vp;
	const char *device;
} opt = { .times = -1, .vp = HVEMU_REPORT_ALL_VPS, .device = "/dev/hvemu" };

static int dev;

static void __attribute__((noreturn)) usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: hvemu-stat [-j]                      list of the VMs\n"
		"       hvemu-stat [-aj] [-p VP] [-t on|off] [-w SECONDS [-n ROUNDS]] VM\n"
		"VM is an id or a name of the list. -a: rows that are 0, too; -j: JSON;\n"
		"-p: of one VP; -t: time the exits from now on, or stop; -w: differences\n"
		"every SECONDS; -d: another device. Status 1: no such VM, 2: usage,\n"
		"3: device.\n");
	exit(status);
}

static void *alloc(size_t nr, size_t size)
{
	void *p = calloc(nr ?: 1, size);

	if (!p)
		err(EXIT_DEVICE, "memory");
	return p;
}

/* A string of JSON; names are the VMM's to choose. */
static void json_string(const char *s, size_t max)
{
	size_t i;

	putchar('"');
	for (i = 0; i < max && s[i]; i++) {
		unsigned char c = s[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c > '~')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* What a terminal may be sent of a name */
static const char *plain(const char *s, size_t max)
{
	static char buf[128];
	size_t i;

	for (i = 0; i < max && i < sizeof(buf) - 1 && s[i]; i++)
		buf[i] = s[i] < ' ' || s[i] > '~' ? '?' : s[i];
	buf[i] = 0;
	return buf;
}

static unsigned int vms_after(uint64_t after, struct hvemu_vm *vm)
{
	struct hvemu_vm_list list = {
		.after = after, .vms = (uintptr_t)vm, .nr = MAX_VMS,
	};

	if (ioctl(dev, HVEMU_LIST_VMS, &list))
		err(EXIT_DEVICE, "HVEMU_LIST_VMS");
	return list.nr;
}

static void print_vm(const struct hvemu_vm *vm, bool first)
{
	if (opt.json) {
		printf("%s\n  {\"id\": %" PRIu64 ", \"pid\": %u, \"uid\": %u, \"vcpus\": %u, \"age_ns\": %" PRIu64 ", \"started\": %s, \"dead\": %s, \"exit_times\": %s, \"name\": ",
		       first ? "" : ",", (uint64_t)vm->id, vm->pid, vm->uid,
		       vm->nr_vcpus, (uint64_t)vm->age_ns,
		       vm->flags & HVEMU_VM_STARTED ? "true" : "false",
		       vm->flags & HVEMU_VM_DEAD ? "true" : "false",
		       vm->flags & HVEMU_VM_EXIT_TIMES ? "true" : "false");
		json_string(vm->name, sizeof(vm->name));
		printf("}");
		return;
	}
	if (first)
		printf("%6s %8s %8s %5s %12s %s\n", "id", "pid", "uid", "vcpus",
		       "age", "name");
	printf("%6" PRIu64 " %8u %8u %5u %10.1f s %s%s%s\n", (uint64_t)vm->id,
	       vm->pid, vm->uid, vm->nr_vcpus, vm->age_ns / 1e9,
	       plain(vm->name, sizeof(vm->name)),
	       vm->flags & HVEMU_VM_STARTED ? "" : " (not started)",
	       vm->flags & HVEMU_VM_DEAD ? " (dead)" : "");
}

static int list_vms(void)
{
	struct hvemu_vm *vm = alloc(MAX_VMS, sizeof(*vm));
	uint64_t after = 0, total = 0;
	unsigned int nr, i;

	if (opt.json)
		printf("{\"vms\": [");
	do {
		nr = vms_after(after, vm);
		for (i = 0; i < nr; i++)
			print_vm(&vm[i], !total++);
		if (nr)
			after = vm[nr - 1].id;
	} while (nr == MAX_VMS);
	if (opt.json)
		printf("%s]}\n", total ? "\n" : "");
	free(vm);
	return 0;
}

/* The id that is meant: a number, or the first VM of that name. */
static uint64_t find_vm(const char *what)
{
	struct hvemu_vm *vm = alloc(MAX_VMS, sizeof(*vm));
	uint64_t after = 0, id = 0;
	unsigned int nr, i;
	char *end;

	errno = 0;
	id = strtoull(what, &end, 10);
	if (*what >= '0' && *what <= '9' && !*end && !errno) {
		free(vm);
		return id;
	}
	do {
		nr = vms_after(after, vm);
		for (i = 0, id = 0; i < nr && !id; i++)
			if (!strncmp(vm[i].name, what, sizeof(vm[i].name)))
				id = vm[i].id;
		if (nr)
			after = vm[nr - 1].id;
	} while (!id && nr == MAX_VMS);
	free(vm);
	if (!id)
		errx(EXIT_GONE, "no VM '%s'", what);
	return id;
}

/* False when the VM is not there, or not any more. */
static bool take_report(uint64_t id, struct report *r)
{
	uint32_t room = 512;
	int ret;

	for (;;) {
		r->row = alloc(room, sizeof(*r->row));
		memset(&r->head, 0, sizeof(r->head));
		r->head.id = id;
		r->head.rows = (uintptr_t)r->row;
		r->head.nr = room;
		r->head.vp = opt.vp;
		ret = ioctl(dev, HVEMU_REPORT, &r->head);
		if (!ret)
			return true;
		free(r->row);
		r->row = NULL;
		if (errno == ENOENT)
			return false;
		if (errno != E2BIG)
			err(EXIT_DEVICE, "HVEMU_REPORT");
		room = r->head.nr + 64;
	}
}

static bool set_times(uint64_t id, bool on)
{
	struct hvemu_exit_times times = { .id = id, .on = on };

	if (!ioctl(dev, HVEMU_SET_EXIT_TIMES, &times))
		return true;
	if (errno != ENOENT)
		err(EXIT_DEVICE, "HVEMU_SET_EXIT_TIMES");
	return false;
}

/* Rows of @now less those of @before; what is gone there counts from 0. */
static void subtract(struct report *now, const struct report *before)
{
	uint32_t i, j;

	for (i = 0; i < now->head.nr; i++) {
		struct hvemu_report_row *a = &now->row[i];

		if (a->kind == HVEMU_ROW_SLOT)
			continue;
		for (j = 0; j < before->head.nr; j++) {
			const struct hvemu_report_row *b = &before->row[j];

			if (a->kind != b->kind || a->number != b->number ||
			    a->detail != b->detail ||
			    (a->kind == HVEMU_ROW_REJECT &&
			     a->status != b->status))
				continue;
			a->count -= b->count;
			a->rejected -= b->rejected;
			a->time_ns -= b->time_ns;
			break;
		}
	}
}

static const char * const kinds[] = {
	[HVEMU_ROW_FEATURE] = "feature",
	[HVEMU_ROW_CALL] = "hypercall",
	[HVEMU_ROW_MSR_READ] = "msr_read",
	[HVEMU_ROW_MSR_WRITE] = "msr_write",
	[HVEMU_ROW_USE] = "use",
	[HVEMU_ROW_REJECT] = "reject",
	[HVEMU_ROW_SLOT] = "slot",
	[HVEMU_ROW_EXIT] = "exit",
	[HVEMU_ROW_RUN] = "run",
};

#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static const char *tsc_page(uint32_t state)
{
	static const char * const text[] = {
		[HVEMU_TSC_PAGE_VALID] = "valid",
		[HVEMU_TSC_PAGE_NOT_OFFERED] = "off: not offered by CPUID",
		[HVEMU_TSC_PAGE_NOT_ENABLED] = "off: not enabled by the guest",
		[HVEMU_TSC_PAGE_OUT_OF_REACH] = "off: beyond the guest's addresses",
		[HVEMU_TSC_PAGE_FROZEN] = "off: time stands still",
		[HVEMU_TSC_PAGE_HOST_UNSTABLE] = "off: the host's TSC is no clock",
		[HVEMU_TSC_PAGE_TOO_SLOW] = "off: TSC below 10 MHz",
		[HVEMU_TSC_PAGE_VPS_DIFFER] = "off: VPs with other TSC offsets",
	};

	return state < sizeof(text) / sizeof(text[0]) ? text[state] : "off";
}

/* The codes that a guest meets; others by number */
static const char *status_name(uint32_t status)
{
	static const struct {
		uint32_t code;
		const char *name;
	} names[] = {
		{ 0x02, "INVALID_HYPERCALL_CODE" },
		{ 0x03, "INVALID_HYPERCALL_INPUT" },
		{ 0x04, "INVALID_ALIGNMENT" },
		{ 0x05, "INVALID_PARAMETER" },
		{ 0x06, "ACCESS_DENIED" },
		{ 0x07, "INVALID_PARTITION_STATE" },
		{ 0x08, "OPERATION_DENIED" },
		{ 0x0b, "INSUFFICIENT_MEMORY" },
		{ 0x0d, "INVALID_PARTITION_ID" },
		{ 0x0e, "INVALID_VP_INDEX" },
		{ 0x11, "INVALID_PORT_ID" },
		{ 0x12, "INVALID_CONNECTION_ID" },
		{ 0x13, "INSUFFICIENT_BUFFERS" },
		{ 0x15, "INVALID_VP_STATE" },
		{ 0x18, "INVALID_SYNIC_STATE" },
		{ 0x50, "INVALID_REGISTER_VALUE" },
		{ HVEMU_STATUS_GP, "#GP" },
		{ HVEMU_STATUS_UD, "#UD" },
	};
	static char buf[16];
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].code == status)
			return names[i].name;
	snprintf(buf, sizeof(buf), "%#x", status);
	return buf;
}

static bool is_shown(const struct hvemu_report_row *row)
{
	return opt.all || row->count || row->rejected ||
	       row->kind == HVEMU_ROW_SLOT || row->kind == HVEMU_ROW_RUN ||
	       (row->kind == HVEMU_ROW_FEATURE && !opt.wait &&
		row->flags & HVEMU_ROW_ADVERTISED);
}

static void json_row(const struct hvemu_report_row *row, bool first)
{
	printf("%s\n    {\"kind\": \"%s\", \"number\": %u, \"name\": ",
	       first ? "" : ",",
	       row->kind < NR_KINDS ? kinds[row->kind] : "other", row->number);
	json_string(row->name, sizeof(row->name));
	printf(", \"count\": %" PRIu64, (uint64_t)row->count);
	if (row->kind == HVEMU_ROW_FEATURE)
		printf(", \"register\": %u, \"bit\": %u, \"advertised\": %s, \"enabled\": %s, \"rejected\": %" PRIu64 ", \"first_ns\": %" PRIu64,
		       row->detail / 32, row->detail % 32,
		       row->flags & HVEMU_ROW_ADVERTISED ? "true" : "false",
		       row->flags & HVEMU_ROW_SWITCHED ?
		       row->flags & HVEMU_ROW_ENABLED ? "true" : "false" : "null",
		       (uint64_t)row->rejected, (uint64_t)row->first_ns);
	if (row->kind == HVEMU_ROW_SLOT)
		printf(", \"vp\": %u, \"vtl\": %u", row->detail & 0xffffff,
		       row->detail >> 24);
	if (row->kind == HVEMU_ROW_FEATURE || row->kind == HVEMU_ROW_REJECT ||
	    row->kind == HVEMU_ROW_SLOT)
		printf(", \"status\": %u", row->status);
	if (row->kind == HVEMU_ROW_EXIT)
		printf(", \"time_ns\": %" PRIu64, (uint64_t)row->time_ns);
	printf("}");
}

static void json_report(const struct report *r)
{
	uint32_t i, n = 0;

	printf("{\"id\": %" PRIu64 ", \"age_ns\": %" PRIu64 ", \"guest_os_id\": %" PRIu64 ", \"tsc_page\": \"%s\", \"exit_times\": %s, \"rows\": [",
	       (uint64_t)r->head.id, (uint64_t)r->head.age_ns,
	       (uint64_t)r->head.guest_os_id, tsc_page(r->head.tsc_page),
	       r->head.flags & HVEMU_VM_EXIT_TIMES ? "true" : "false");
	for (i = 0; i < r->head.nr; i++)
		if (is_shown(&r->row[i]))
			json_row(&r->row[i], !n++);
	printf("\n  ]}\n");
}

static void text_row(const struct hvemu_report_row *row)
{
	static const char * const reg[] = { "EAX", "EBX", "ECX", "EDX" };
	const char *name = plain(row->name, sizeof(row->name));

	switch (row->kind) {
	case HVEMU_ROW_FEATURE:
		printf("  %x:%s.%-2u %-34s %-3s %-3s %12" PRIu64 " %8" PRIu64,
		       row->number & 0xff, reg[row->detail / 32 % 4],
		       row->detail % 32, name,
		       row->flags & HVEMU_ROW_ADVERTISED ? "yes" : "no",
		       row->flags & HVEMU_ROW_SWITCHED ?
		       row->flags & HVEMU_ROW_ENABLED ? "yes" : "no" : "-",
		       (uint64_t)row->count, (uint64_t)row->rejected);
		if (row->first_ns)
			printf(" %9.3f s", row->first_ns / 1e9);
		else
			printf(" %11s", "-");
		printf(" %s\n", row->status ? status_name(row->status) : "");
		break;
	case HVEMU_ROW_CALL:
		printf("  0x%04x     %-40s %12" PRIu64 "\n", row->number, name,
		       (uint64_t)row->count);
		break;
	case HVEMU_ROW_MSR_READ:
	case HVEMU_ROW_MSR_WRITE:
		printf("  0x%08x %-40s %12" PRIu64 "\n", row->number, name,
		       (uint64_t)row->count);
		break;
	case HVEMU_ROW_REJECT:
		printf("  0x%08x %-40s %12" PRIu64 " %s\n", row->number, name,
		       (uint64_t)row->count,
		       row->status ? status_name(row->status) : "");
		break;
	case HVEMU_ROW_SLOT:
		printf("  VP %u VTL %u SINT %u: type %#x, %" PRIu64 " more wait\n",
		       row->detail & 0xffffff, row->detail >> 24, row->number,
		       row->status, (uint64_t)row->count);
		break;
	case HVEMU_ROW_EXIT:
		printf("  %-51s %12" PRIu64, name, (uint64_t)row->count);
		if (row->time_ns)
			printf(" %12.6f s", row->time_ns / 1e9);
		printf("\n");
		break;
	default:
		printf("  %-51s %12" PRIu64 "\n", name, (uint64_t)row->count);
	}
}

static void text_report(const struct report *r)
{
	static const struct {
		uint16_t kind;
		const char *title;
	} part[] = {
		{ HVEMU_ROW_FEATURE, "enlightenments (leaf 0x400000..)       offered, enabled,         used rejected   first use last status" },
		{ HVEMU_ROW_CALL, "hypercalls that succeeded" },
		{ HVEMU_ROW_REJECT, "refused" },
		{ HVEMU_ROW_MSR_READ, "registers read" },
		{ HVEMU_ROW_MSR_WRITE, "registers written" },
		{ HVEMU_ROW_USE, "beside these" },
		{ HVEMU_ROW_SLOT, "occupied message slots" },
		{ HVEMU_ROW_EXIT, "exits, and time until the next entry (-t on)" },
		{ HVEMU_ROW_RUN, "KVM_RUN" },
	};
	unsigned int p;
	uint32_t i;
	bool any;

	printf("VM %" PRIu64 ", age %.1f s, guest OS id %#" PRIx64 ", TSC page %s\n",
	       (uint64_t)r->head.id, r->head.age_ns / 1e9,
	       (uint64_t)r->head.guest_os_id, tsc_page(r->head.tsc_page));
	for (p = 0; p < sizeof(part) / sizeof(part[0]); p++) {
		any = false;
		for (i = 0; i < r->head.nr; i++) {
			if (r->row[i].kind != part[p].kind ||
			    !is_shown(&r->row[i]))
				continue;
			if (!any)
				printf("%s\n", part[p].title);
			any = true;
			text_row(&r->row[i]);
		}
	}
}

static void print_report(const struct report *r)
{
	if (opt.json)
		json_report(r);
	else
		text_report(r);
	fflush(stdout);
}

static void pause_for(double seconds)
{
	struct timespec ts = { .tv_sec = seconds };

	ts.tv_nsec = (seconds - ts.tv_sec) * 1e9;
	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static int watch(uint64_t id)
{
	struct report before, now, shown;
	unsigned long round;

	if (!take_report(id, &before))
		errx(EXIT_GONE, "no VM %" PRIu64, id);
	for (round = 0; !opt.rounds || round < opt.rounds; round++) {
		pause_for(opt.wait);
		if (!take_report(id, &now))
			errx(EXIT_GONE, "VM %" PRIu64 " is gone", id);
		shown = now;
		shown.row = alloc(now.head.nr, sizeof(*shown.row));
		memcpy(shown.row, now.row, now.head.nr * sizeof(*now.row));
		subtract(&shown, &before);
		print_report(&shown);
		free(shown.row);
		free(before.row);
		before = now;
	}
	free(before.row);
	return 0;
}

static unsigned long number(const char *s, unsigned long max)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(s, &end, 0);
	if (*s < '0' || *s > '9' || *end || errno || n > max)
		usage(EXIT_USAGE);
	return n;
}

static double seconds(const char *s)
{
	char *end;
	double n = strtod(s, &end);

	if (end == s || *end || !(n >= 0.01 && n <= 1e6))
		usage(EXIT_USAGE);
	return n;
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "ad:hjn:p:t:w:")) != -1) {
		switch (c) {
		case 'a':
			opt.all = true;
			break;
		case 'd':
			opt.device = optarg;
			break;
		case 'h':
			usage(0);
		case 'j':
			opt.json = true;
			break;
		case 'n':
			opt.rounds = number(optarg, ULONG_MAX);
			break;
		case 'p':
			opt.vp = number(optarg, HVEMU_REPORT_ALL_VPS - 1);
			break;
		case 't':
			if (strcmp(optarg, "on") && strcmp(optarg, "off"))
				usage(EXIT_USAGE);
			opt.times = !strcmp(optarg, "on");
			break;
		case 'w':
			opt.wait = seconds(optarg);
			break;
		default:
			usage(EXIT_USAGE);
		}
	}
}

static void open_device(void)
{
	struct hvemu_info info;

	dev = open(opt.device, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		err(EXIT_DEVICE, "%s", opt.device);
	if (ioctl(dev, HVEMU_INFO, &info))
		errx(EXIT_DEVICE, "%s is not hvemu", opt.device);
	if (info.abi_version != HVEMU_ABI_VERSION)
		errx(EXIT_DEVICE, "%s has ABI %u, this is for %u", opt.device,
		     info.abi_version, HVEMU_ABI_VERSION);
}

int main(int argc, char **argv)
{
	struct report r;
	uint64_t id;

	options(argc, argv);
	if (argc - optind > 1 || (argc == optind && (opt.wait || opt.times >= 0)))
		usage(EXIT_USAGE);
	open_device();
	if (argc == optind)
		return list_vms();
	id = find_vm(argv[optind]);
	if (opt.times >= 0 && !set_times(id, opt.times))
		errx(EXIT_GONE, "no VM %" PRIu64, id);
	if (opt.wait)
		return watch(id);
	if (!take_report(id, &r))
		errx(EXIT_GONE, "no VM %" PRIu64 "%s", id,
		     opt.vp == HVEMU_REPORT_ALL_VPS ? "" : ", or it has no such VP");
	print_report(&r);
	free(r.row);
	return 0;
}
