/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a VM, read out and put into another one: what a VMM does that
 * saves and restores guests. The order of the SET calls is the one that docs/vmm.md
 * gives; memory is the caller's business.
 */
#ifndef SELFTESTS_IMAGE_H
#define SELFTESTS_IMAGE_H

#include "vmm.h"

#define IMAGE_STATE	1u	/* HVEMU_GET_STATE and HVEMU_SET_STATE */
#define IMAGE_OWN_MSRS	2u	/* KVM's MSR ioctls leave the synthetic MSRs out */

struct image;

/* No VP runs, the last exit of each is completed. */
struct image *image_save(struct vmm *vmm, unsigned int flags);
/* @vmm: new, with the same VPs and their CPUID leaves. */
void image_restore(struct vmm *vmm, struct image *img);
void image_free(struct image *img);

/* KVM_RUN that does nothing but complete the exit that @vp made last. */
void image_complete_exit(struct vp *vp);

/* The blob of a VM's or a VP's fd, malloc()ed. */
void *image_get_state(int fd, uint32_t *bytes);
/* 0 or an errno. */
int image_set_state(int fd, const void *blob, uint32_t bytes);

#endif
