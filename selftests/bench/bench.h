/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bench: rows, in scenes. A scene is one VM with its guest; a row is one
 * operation that VP 0 does again and again. To add a row: a function, a line in
 * the array of its scene. To add a scene: an array of rows, a struct, its name
 * in bench_scenes[] of bench.c.
 */
#ifndef SELFTESTS_BENCH_H
#define SELFTESTS_BENCH_H

#include "bare.h"
#include "hvdef.h"

#define BENCH_ROUNDS	200	/* in a batch */
#define BENCH_BATCHES	7	/* the best counts: the others met a host interrupt */
#define BENCH_MAX_ROWS	24	/* of a scene */
#define BENCH_NONE	(~0ull)	/* the device has no such operation */

#define BENCH_HCALL_PAGE (BARE_FREE + 0x10000)
#define BENCH_PAGES	(BARE_FREE + 0x20000)	/* for the scene: 64 KiB */
#define BENCH_OS_ID	0x8100000000000001ull

/* Guest half, but for the first four. */
struct bench_row {
	const char *name;
	unsigned int percent;	/* of KVM's cost that is allowed; 0: not compared */
	unsigned int rounds;	/* 0: BENCH_ROUNDS */
	bool self_timed;	/* once() adds to bench_timed: nothing else counts */
	bool (*begin)(void);	/* optional; false: this guest has not got it */
	void (*once)(void);
	void (*end)(void);	/* optional */
};

struct bench_scene {
	const char *name;
	unsigned int nr_vps;	/* that exist */
	unsigned int nr_run;	/* that run: 0 .. nr_run - 1 */
	bool xapic;		/* LAPICs are not in x2APIC mode; of one VP */
	bool own_synic;		/* where the kernel can deliver messages it does */
	/* VMM half, optional */
	bool (*prepare)(struct vmm *vmm);	/* before the VPs start; false: no scene */
	bool (*serve)(struct vp *vp);		/* an exit but I/O and MMIO; false: failure */
	/* guest half, optional; the hypercall page is there, the other VPs halt */
	void (*begin)(void);			/* VP 0, before the first row */
	const struct bench_row *rows;
	unsigned int nr_rows;
};

struct bench_cost {
	uint64_t ticks;		/* BENCH_NONE */
	uint64_t vmx;		/* VMX instructions of the device; BENCH_NONE */
};

/* bench_run.c */
extern volatile uint64_t bench_timed;	/* guest */

/**
 * bench_scene_run() - run one scene on HVE_DEV
 * @scene: which
 * @only: rows with this in their names; NULL: all
 * @loop: cost of nothing
 * @cost: of each row, that of nothing taken off
 */
void bench_scene_run(const struct bench_scene *scene, const char *only,
		     struct bench_cost *loop, struct bench_cost *cost);

/* Bytes of the kernel for an empty VM, and for each VP of a VM. */
void bench_memory(uint64_t *vm_bytes, uint64_t *vp_bytes);

/* The guest's call of the hypercall page. */
static inline uint64_t bench_hcall(uint64_t control, uint64_t in, uint64_t out)
{
	return hv_call((const void *)BENCH_HCALL_PAGE, control, in, out);
}

/* rows_*.c */
extern const struct bench_scene bench_exits;
extern const struct bench_scene bench_hcalls;
extern const struct bench_scene bench_many_vps;
extern const struct bench_scene bench_stimers;
extern const struct bench_scene bench_eois;
extern const struct bench_scene bench_ipc;
extern const struct bench_scene bench_nested;

#endif
