// SPDX-License-Identifier: GPL-2.0
/*
 * bench [-c] [-o TEXT] [-w FILE | -r FILE] [DEVICE [DEVICE]]: cost of operations in TSC
 * ticks, as the guest itself sees it, and the kernel memory of a VM and of a VP.
 * The same guest code and the same VMM for each device; with two, the first is
 * compared with the second: an exit finished in the VMX window should cost at
 * most a fifth of KVM's, one that goes to user space at most half, and nothing
 * more than KVM's.
 *
 *   -c       exit status 1 when that is not so
 *   -o TEXT  only the rows with TEXT in their names
 *   -w FILE  with a module that counts VMX instructions (HVE_COUNT_VMX): measure
 *            the first device, write only these counts
 *   -r FILE  print these counts in a column of their own; counting costs ticks,
 *            so the module that is measured does not count
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static const struct bench_scene *const scenes[] = {
	&bench_exits,
	&bench_hcalls,
	&bench_many_vps,
	&bench_stimers,
	&bench_eois,
	&bench_ipc,
	&bench_nested,
};

#define NR_SCENES	ARRAY_SIZE(scenes)

struct result {
	const char *device;
	struct bench_cost loop[NR_SCENES];
	struct bench_cost cost[NR_SCENES][BENCH_MAX_ROWS];
	uint64_t vm_bytes, vp_bytes;
};

static unsigned int missed;
static const char *only;

static void bench(struct result *r)
{
	unsigned int i;

	if (access(r->device, R_OK | W_OK))
		err(KTAP_SKIP, "%s", r->device);
	setenv("HVE_DEV", r->device, 1);
	r->vm_bytes = r->vp_bytes = BENCH_NONE;
	if (!only)
		bench_memory(&r->vm_bytes, &r->vp_bytes);
	for (i = 0; i < NR_SCENES; i++)
		bench_scene_run(scenes[i], only, &r->loop[i], r->cost[i]);
}

static void write_counts(const char *path, const struct result *r)
{
	FILE *f = fopen(path, "w");
	unsigned int i, j;

	if (!f)
		err(1, "%s", path);
	for (i = 0; i < NR_SCENES; i++)
		for (j = 0; j < scenes[i]->nr_rows; j++) {
			if (r->cost[i][j].ticks == BENCH_NONE)
				continue;
			if (r->cost[i][j].vmx == BENCH_NONE)
				errx(1, "%s counts no VMX instructions", r->device);
			fprintf(f, "%lu %s\n", r->cost[i][j].vmx,
				scenes[i]->rows[j].name);
		}
	if (fclose(f))
		err(1, "%s", path);
}

/* By name: a file of another version has other rows. */
static void read_counts(const char *path, struct result *r)
{
	unsigned int i, j;
	char name[100];
	uint64_t n;
	FILE *f = fopen(path, "r");

	if (!f)
		err(1, "%s", path);
	while (fscanf(f, "%lu %99[^\n]", &n, name) == 2)
		for (i = 0; i < NR_SCENES; i++)
			for (j = 0; j < scenes[i]->nr_rows; j++)
				if (!strcmp(name, scenes[i]->rows[j].name))
					r->cost[i][j].vmx = n;
	fclose(f);
}

static void print_number(uint64_t n, unsigned int width)
{
	if (n == BENCH_NONE)
		printf(" %*s", width, "-");
	else
		printf(" %*lu", width, n);
}

static void print_row(const char *name, uint64_t a, uint64_t b, uint64_t vmx,
		      bool two, unsigned int percent)
{
	bool compared = two && percent && a != BENCH_NONE && b != BENCH_NONE;
	/* 2 %: the same device twice differs by as much */
	bool bad = compared && a * 100 > b * (percent + 2);

	if (a == BENCH_NONE && (only || b == BENCH_NONE))
		return;
	printf("bench: %-38s", name);
	print_number(a, 10);
	print_number(vmx, 5);
	if (two)
		print_number(b, 10);
	if (compared && b)
		printf(" %5lu%%  (at most %u%%)%s", a * 100 / b, percent,
		       bad ? "  MISSED" : "");
	putchar('\n');
	missed += bad;
}

static void print_all(const struct result *r, bool two)
{
	unsigned int i, j;

	printf("bench: %-38s %10s %5s", "TSC ticks an operation", r[0].device, "(VMX)");
	if (two)
		printf(" %10s", r[1].device);
	putchar('\n');
	print_row("empty loop", r[0].loop[0].ticks, r[1].loop[0].ticks, BENCH_NONE,
		  two, 0);
	for (i = 0; i < NR_SCENES; i++)
		for (j = 0; j < scenes[i]->nr_rows; j++)
			print_row(scenes[i]->rows[j].name, r[0].cost[i][j].ticks,
				  r[1].cost[i][j].ticks, r[0].cost[i][j].vmx, two,
				  scenes[i]->rows[j].percent);
	print_row("kernel bytes a VP", r[0].vp_bytes, r[1].vp_bytes, BENCH_NONE, two, 0);
	print_row("kernel bytes an empty VM", r[0].vm_bytes, r[1].vm_bytes, BENCH_NONE,
		  two, 0);
	if (only)
		return;
	if (r[0].vp_bytes >= 200 * KIB || r[0].vm_bytes >= MIB) {
		printf("bench: memory MISSED: below 200 KiB a VP and 1 MiB a VM is wanted\n");
		missed++;
	}
}

int main(int argc, char **argv)
{
	static struct result r[2];
	const char *in = NULL, *out = NULL;
	bool check = false, two;
	int c;

	while ((c = getopt(argc, argv, "co:r:w:")) != -1) {
		if (c == 'c')
			check = true;
		else if (c == 'o')
			only = optarg;
		else if (c == 'r')
			in = optarg;
		else if (c == 'w')
			out = optarg;
		else
			errx(1, "usage: bench [-c] [-o TEXT] [-w FILE | -r FILE] [DEVICE [DEVICE]]");
	}
	if (argc - optind > 2)
		errx(1, "more than two devices");
	r[0].device = optind < argc ? argv[optind] : vmm_device();
	two = !out && argc - optind == 2;
	if (two)
		r[1].device = argv[optind + 1];
	bench(&r[0]);
	if (out) {
		write_counts(out, &r[0]);
		return 0;
	}
	if (in)
		read_counts(in, &r[0]);
	if (two)
		bench(&r[1]);
	print_all(r, two);
	return check && missed ? 1 : 0;
}
