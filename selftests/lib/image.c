// SPDX-License-Identifier: GPL-2.0
/*
 * Images of VMs. See image.h.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/uapi/hvemu.h"
#include "image.h"

struct vp_image {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp_state;
	struct kvm_lapic_state lapic;
	struct kvm_xsave xsave;
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debug;
	struct kvm_msrs *msrs;
	bool has_xcrs, has_debug;
	void *state;
	uint32_t state_bytes;
};

struct image {
	unsigned int flags, nr_vps;
	struct kvm_clock_data clock;
	bool has_clock;
	void *state;
	uint32_t state_bytes;
	struct vp_image vp[];
};

void *image_get_state(int fd, uint32_t *bytes)
{
	struct hvemu_state st = { 0 };

	if (!ioctl(fd, HVEMU_GET_STATE, &st) || errno != E2BIG)
		err(1, "HVEMU_GET_STATE does not say E2BIG");
	st.data = (uintptr_t)calloc(1, st.bytes);
	xioctl(fd, HVEMU_GET_STATE, &st);
	*bytes = st.bytes;
	return (void *)(uintptr_t)st.data;
}

int image_set_state(int fd, const void *blob, uint32_t bytes)
{
	struct hvemu_state st = { .bytes = bytes, .data = (uintptr_t)blob };

	return ioctl(fd, HVEMU_SET_STATE, &st) ? errno : 0;
}

static bool is_synthetic(uint32_t msr)
{
	return msr >= 0x40000000 && msr < 0x40001100;
}

static struct kvm_msrs *msr_list(struct vmm *vmm, unsigned int flags)
{
	struct kvm_msr_list probe = { 0 }, *list;
	struct kvm_msrs *msrs;
	unsigned int i;

	if (!ioctl(vmm->dev, KVM_GET_MSR_INDEX_LIST, &probe) || errno != E2BIG)
		errx(1, "KVM_GET_MSR_INDEX_LIST does not say E2BIG");
	list = calloc(1, sizeof(*list) + probe.nmsrs * sizeof(uint32_t));
	msrs = calloc(1, sizeof(*msrs) + probe.nmsrs * sizeof(msrs->entries[0]));
	list->nmsrs = probe.nmsrs;
	xioctl(vmm->dev, KVM_GET_MSR_INDEX_LIST, list);
	for (i = 0; i < list->nmsrs; i++)
		if (!(flags & IMAGE_OWN_MSRS) || !is_synthetic(list->indices[i]))
			msrs->entries[msrs->nmsrs++].index = list->indices[i];
	free(list);
	return msrs;
}

static void vp_save(struct vp *vp, struct vp_image *s, unsigned int flags)
{
	int n;

	s->msrs = msr_list(vp->vmm, flags);
	xioctl(vp->fd, KVM_GET_VCPU_EVENTS, &s->events);
	xioctl(vp->fd, KVM_GET_MP_STATE, &s->mp_state);
	xioctl(vp->fd, KVM_GET_REGS, &s->regs);
	xioctl(vp->fd, KVM_GET_XSAVE, &s->xsave);
	s->has_xcrs = !ioctl(vp->fd, KVM_GET_XCRS, &s->xcrs);
	xioctl(vp->fd, KVM_GET_SREGS, &s->sregs);
	s->has_debug = !ioctl(vp->fd, KVM_GET_DEBUGREGS, &s->debug);
	xioctl(vp->fd, KVM_GET_LAPIC, &s->lapic);
	n = xioctl(vp->fd, KVM_GET_MSRS, s->msrs);
	if (n != (int)s->msrs->nmsrs)
		errx(1, "KVM_GET_MSRS stopped at MSR %#x", s->msrs->entries[n].index);
	if (flags & IMAGE_STATE)
		s->state = image_get_state(vp->fd, &s->state_bytes);
}

/* All but what HVEMU_SET_STATE takes, which comes last. */
static void vp_restore(struct vp *vp, const struct vp_image *s)
{
	int n;

	xioctl(vp->fd, KVM_SET_SREGS, &s->sregs);
	if (s->has_xcrs)
		xioctl(vp->fd, KVM_SET_XCRS, &s->xcrs);
	xioctl(vp->fd, KVM_SET_XSAVE, &s->xsave);
	xioctl(vp->fd, KVM_SET_REGS, &s->regs);
	xioctl(vp->fd, KVM_SET_LAPIC, &s->lapic);
	n = xioctl(vp->fd, KVM_SET_MSRS, s->msrs);
	if (n != (int)s->msrs->nmsrs)
		errx(1, "KVM_SET_MSRS stopped at MSR %#x, value %#llx",
		     s->msrs->entries[n].index, s->msrs->entries[n].data);
	xioctl(vp->fd, KVM_SET_VCPU_EVENTS, &s->events);
	if (s->has_debug)
		xioctl(vp->fd, KVM_SET_DEBUGREGS, &s->debug);
	xioctl(vp->fd, KVM_SET_MP_STATE, &s->mp_state);
}

struct image *image_save(struct vmm *vmm, unsigned int flags)
{
	struct image *img = calloc(1, sizeof(*img) + vmm->nr_vps * sizeof(img->vp[0]));
	unsigned int i;

	img->flags = flags;
	img->nr_vps = vmm->nr_vps;
	for (i = 0; i < vmm->nr_vps; i++)
		vp_save(&vmm->vp[i], &img->vp[i], flags);
	if (flags & IMAGE_STATE)
		img->state = image_get_state(vmm->fd, &img->state_bytes);
	img->has_clock = !ioctl(vmm->fd, KVM_GET_CLOCK, &img->clock);
	img->clock.flags = 0;
	return img;
}

void image_restore(struct vmm *vmm, struct image *img)
{
	unsigned int i;

	/* reference time is in the state, if that is there */
	if (!(img->flags & IMAGE_STATE) && img->has_clock)
		xioctl(vmm->fd, KVM_SET_CLOCK, &img->clock);
	for (i = 0; i < img->nr_vps; i++)
		vp_restore(&vmm->vp[i], &img->vp[i]);
	if (!(img->flags & IMAGE_STATE))
		return;
	if (image_set_state(vmm->fd, img->state, img->state_bytes))
		err(1, "HVEMU_SET_STATE of the VM");
	for (i = 0; i < img->nr_vps; i++)
		if (image_set_state(vmm->vp[i].fd, img->vp[i].state,
				    img->vp[i].state_bytes))
			err(1, "HVEMU_SET_STATE of VP %u", i);
}

void image_free(struct image *img)
{
	unsigned int i;

	for (i = 0; i < img->nr_vps; i++) {
		free(img->vp[i].msrs);
		free(img->vp[i].state);
	}
	free(img->state);
	free(img);
}

void image_complete_exit(struct vp *vp)
{
	vp->run->immediate_exit = 1;
	vp_run(vp);
	vp->run->immediate_exit = 0;
}
