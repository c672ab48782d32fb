// SPDX-License-Identifier: GPL-2.0
/*
 * Save and restore: two blobs, one for what VPs share and one per VP, each of
 * a fixed layout for its version.  A blob is checked, and everything that can
 * fail is done, before anything changes.
 *
 * Overlays are no guest memory, so their contents are in here.  What a VMM
 * sets by KVM's own ioctls (LAPIC, VP index, CPUID) is not.
 */
#include "partition.h"

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/string.h>

#define PARTITION_MAGIC	0x74505648u	/* "HVPt" */
#define VP_MAGIC	0x70565648u	/* "HVVp" */
#define BLOB_VERSION	1
#define PAGE_BYTES	4096

struct blob_head {
	u32 magic;
	u32 version;
	u32 bytes;
	u32 nr_vtls;
};

/* A page MSR and the contents of its page; not used: zero */
struct blob_page {
	u64 msr;
	u8 contents[PAGE_BYTES];
};

struct blob_stimer {
	u64 config;
	u64 count;
	u64 due_100ns;
	u64 fire_100ns;
	u64 expired_100ns;
	u32 msg_pending;
	/* its message waits: place among those that do, from 1 */
	u32 queued;
	u64 sint;
	struct hv_message msg;
};

struct blob_vtl {
	struct blob_page assist;
	struct blob_page simp;
	struct blob_page siefp;
	u64 control;
	u64 sint[HV_SYNIC_SINT_COUNT];
	struct blob_stimer stimer[HV_SYNIC_STIMER_COUNT];
};

struct vp_blob {
	struct blob_head head;
	u64 runtime_100ns;
	struct blob_vtl vtl[HVE_NR_VTLS];
};

struct partition_blob {
	struct blob_head head;
	struct hve_partition_regs regs;
};

static_assert(sizeof(struct blob_head) == 16);
static_assert(sizeof(struct blob_page) == 4104);
static_assert(sizeof(struct blob_stimer) == 312);
static_assert(sizeof(struct blob_vtl) == 3 * 4104 + 17 * 8 + 4 * 312);
static_assert(sizeof(struct partition_blob) == 16 + 88 + HVE_NR_VTLS * 24);

static struct blob_head head_of(u32 magic, u32 bytes)
{
	return (struct blob_head){ magic, BLOB_VERSION, bytes, HVE_NR_VTLS };
}

static bool head_is_valid(const void *buf, u32 bytes, u32 magic, u32 want)
{
	struct blob_head head = head_of(magic, want);

	return bytes == want && !memcmp(buf, &head, sizeof(head));
}

static void page_save(const struct hve_overlay *ov, struct blob_page *out)
{
	out->msr = ov->msr;
	if (ov->page)
		memcpy(out->contents, ov->page, PAGE_BYTES);
}

static void page_load(struct hve_overlay *ov, const struct blob_page *in)
{
	if (ov->page)
		memcpy(ov->page, in->contents, PAGE_BYTES);
}

static unsigned int queue_place(struct hve_synic *synic,
				const struct hve_msg *msg, unsigned int *sint)
{
	const struct hve_msg *m;
	unsigned int place = 0;

	for (*sint = 0; *sint < HV_SYNIC_SINT_COUNT; ++*sint) {
		list_for_each_entry(m, &synic->queue[*sint], link) {
			place++;
			if (m == msg)
				return place;
		}
	}
	return 0;
}

static void stimer_save(struct hve_vp_vtl *v, unsigned int i,
			struct blob_stimer *out)
{
	const struct hve_stimer *st = &v->stimer[i];
	struct hve_msg *msg = &v->synic.timer_msg[i];
	unsigned int sint;

	out->config = st->config;
	out->count = st->count;
	out->due_100ns = st->due_100ns;
	out->fire_100ns = st->fire_100ns;
	out->expired_100ns = st->expired_100ns;
	out->msg_pending = st->msg_pending;
	out->queued = queue_place(&v->synic, msg, &sint);
	if (out->queued) {
		out->sint = sint;
		out->msg = msg->msg;
	}
}

u32 hve_vp_save_bytes(void)
{
	return sizeof(struct vp_blob);
}

void hve_vp_save(struct hve_vp *vp, void *buf)
{
	struct vp_blob *blob = buf;
	struct hve_vp_vtl *v;
	struct blob_vtl *out;
	unsigned int vtl, i;

	memset(blob, 0, sizeof(*blob));
	blob->head = head_of(VP_MAGIC, sizeof(*blob));
	blob->runtime_100ns = hve_vp_runtime_read(vp, 0, 0);
	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		v = &vp->vtl[vtl];
		out = &blob->vtl[vtl];
		page_save(&v->assist, &out->assist);
		page_save(&v->synic.simp, &out->simp);
		page_save(&v->synic.siefp, &out->siefp);
		out->control = v->synic.control;
		memcpy(out->sint, v->synic.sint, sizeof(out->sint));
		spin_lock(&v->synic.lock);
		for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++)
			stimer_save(v, i, &out->stimer[i]);
		spin_unlock(&v->synic.lock);
	}
}

static bool stimer_is_valid(const struct blob_stimer *in)
{
	const struct hv_message_header *h = &in->msg.header;

	if ((in->config & HV_STIMER_RSVDZ) || in->msg_pending > 1 ||
	    in->queued > HV_SYNIC_STIMER_COUNT)
		return false;
	return !in->queued ||
	       (in->sint < HV_SYNIC_SINT_COUNT &&
		h->message_type == HVMSG_TIMER_EXPIRED &&
		h->payload_size <= HV_MESSAGE_PAYLOAD_BYTE_COUNT);
}

static bool vtl_is_valid(const struct blob_vtl *in)
{
	u32 places = 0;
	unsigned int i;

	for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
		if (!stimer_is_valid(&in->stimer[i]))
			return false;
		if (!in->stimer[i].queued)
			continue;
		if (places & 1u << in->stimer[i].queued)
			return false;	/* two at one place */
		places |= 1u << in->stimer[i].queued;
	}
	return true;
}

static void stimer_load(struct hve_stimer *st, const struct blob_stimer *in)
{
	st->config = in->config;
	st->count = in->count;
	st->due_100ns = in->due_100ns;
	st->fire_100ns = in->fire_100ns;
	st->expired_100ns = in->expired_100ns;
	st->msg_pending = in->msg_pending;
}

/* Timer messages in their old order; messages of ports stay. */
static void queues_load(struct hve_synic *synic, const struct blob_vtl *in)
{
	unsigned int place, i;
	struct hve_msg *msg;

	for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
		list_del_init(&synic->timer_msg[i].link);
		synic->timer_msg[i].queued = false;
	}
	for (place = 1; place <= HV_SYNIC_STIMER_COUNT; place++) {
		for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++) {
			if (in->stimer[i].queued != place)
				continue;
			msg = &synic->timer_msg[i];
			msg->msg = in->stimer[i].msg;
			msg->queued = true;
			list_add_tail(&msg->link,
				      &synic->queue[in->stimer[i].sint]);
		}
	}
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++) {
		if (list_empty(&synic->queue[i]))
			synic->pending &= ~(1ul << i);
		else
			synic->pending |= 1ul << i;
	}
}

static void vtl_load(struct hve_vp_vtl *v, const struct blob_vtl *in)
{
	unsigned int i;

	page_load(&v->assist, &in->assist);
	page_load(&v->synic.simp, &in->simp);
	page_load(&v->synic.siefp, &in->siefp);
	v->eoi_offer_lost = false;
	WRITE_ONCE(v->synic.control, in->control);
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		WRITE_ONCE(v->synic.sint[i], in->sint[i]);
	spin_lock(&v->synic.lock);
	queues_load(&v->synic, in);
	spin_unlock(&v->synic.lock);
	for (i = 0; i < HV_SYNIC_STIMER_COUNT; i++)
		stimer_load(&v->stimer[i], &in->stimer[i]);
}

#define PAGES_PER_VTL	3
#define RIGHTS		(HVE_OVERLAY_R | HVE_OVERLAY_W)

/*
 * A page that is disabled in the blob may have contents, which follow it when
 * it is enabled again.
 */
static int page_prepare(struct hve_vp *vp, unsigned int vtl,
			struct hve_overlay *ov, const struct blob_page *in,
			bool by_vmm, struct hve_overlay_change *ch)
{
	u64 val = by_vmm ? in->msr & ~HV_MSR_PAGE_ENABLE : in->msr;
	int err;

	ch->is_new = false;
	err = hve_overlay_alloc(ov);
	if (err)
		return err;
	err = hve_overlay_prepare(vp->pt, vtl, ov, val, RIGHTS, ch);
	ch->val = in->msr;
	return err == -EINVAL ? 0 : err;
}

static int pages_prepare(struct hve_vp *vp, const struct vp_blob *blob,
			 struct hve_overlay_change *ch, unsigned int *nr)
{
	unsigned int vtl;
	int err = 0;

	for (vtl = 0; vtl < HVE_NR_VTLS && !err; vtl++) {
		const struct blob_vtl *in = &blob->vtl[vtl];
		struct hve_vp_vtl *v = &vp->vtl[vtl];
		bool by_vmm = vp->synic_by_vmm;

		err = page_prepare(vp, vtl, &v->assist, &in->assist, false,
				   &ch[(*nr)++]) ?:
		      page_prepare(vp, vtl, &v->synic.simp, &in->simp, by_vmm,
				   &ch[(*nr)++]) ?:
		      page_prepare(vp, vtl, &v->synic.siefp, &in->siefp,
				   by_vmm, &ch[(*nr)++]);
	}
	return err;
}

int hve_vp_load(struct hve_vp *vp, const void *buf, u32 bytes)
{
	struct hve_overlay_change ch[PAGES_PER_VTL * HVE_NR_VTLS];
	const struct vp_blob *blob = buf;
	unsigned int vtl, i, nr = 0;
	int err;

	if (!head_is_valid(buf, bytes, VP_MAGIC, sizeof(*blob)))
		return -EINVAL;
	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++)
		if (!vtl_is_valid(&blob->vtl[vtl]))
			return -EINVAL;

	err = pages_prepare(vp, blob, ch, &nr);
	if (err) {
		for (i = 0; i < nr; i++)
			hve_overlay_abort(&ch[i]);
		return err;
	}

	for (i = 0; i < nr; i++)
		hve_overlay_commit(&ch[i]);
	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++)
		vtl_load(&vp->vtl[vtl], &blob->vtl[vtl]);
	hve_vp_runtime_set(vp, 0, 0, blob->runtime_100ns);
	return 0;
}

u32 hve_partition_save_bytes(void)
{
	return sizeof(struct partition_blob);
}

void hve_partition_save(struct hve_partition *pt, u64 now_100ns, void *buf)
{
	struct partition_blob *blob = buf;
	struct hve_partition_regs *regs = &blob->regs;
	unsigned int vtl;

	memset(blob, 0, sizeof(*blob));
	blob->head = head_of(PARTITION_MAGIC, sizeof(*blob));
	regs->now_100ns = now_100ns;
	mutex_lock(&pt->lock);
	memcpy(regs->crash_param, pt->crash_param, sizeof(regs->crash_param));
	regs->tsc_invariant_control = pt->tsc_invariant_control;
	regs->reenlightenment_control = pt->reenlightenment_control;
	regs->tsc_emulation_control = pt->tsc_emulation_control;
	regs->tsc_emulation_status = pt->tsc_emulation_status;
	regs->page_sequence = pt->time.page_sequence;
	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		regs->vtl[vtl].guest_os_id = pt->vtl[vtl].guest_os_id;
		regs->vtl[vtl].hypercall = pt->vtl[vtl].hypercall.msr;
		regs->vtl[vtl].tsc_page = pt->vtl[vtl].tsc_page.msr;
	}
	mutex_unlock(&pt->lock);
}

const struct hve_partition_regs *hve_partition_regs(const void *buf, u32 bytes)
{
	const struct partition_blob *blob = buf;
	const struct hve_partition_regs *regs = &blob->regs;

	if (!head_is_valid(buf, bytes, PARTITION_MAGIC, sizeof(*blob)) ||
	    (regs->tsc_invariant_control & ~HV_EXPOSE_INVARIANT_TSC) ||
	    regs->reserved)
		return NULL;
	return regs;
}

void hve_partition_apply(struct hve_partition *pt,
			 const struct hve_partition_regs *regs)
{
	unsigned int vtl;

	lockdep_assert_held(&pt->lock);
	memcpy(pt->crash_param, regs->crash_param, sizeof(pt->crash_param));
	WRITE_ONCE(pt->tsc_invariant_control, regs->tsc_invariant_control);
	WRITE_ONCE(pt->reenlightenment_control, regs->reenlightenment_control);
	WRITE_ONCE(pt->tsc_emulation_control, regs->tsc_emulation_control);
	WRITE_ONCE(pt->tsc_emulation_status, regs->tsc_emulation_status);
	pt->time.page_sequence = regs->page_sequence;
	/* for a partition that has no VP yet: time begins there */
	pt->time.base_100ns = regs->now_100ns;
	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++)
		WRITE_ONCE(pt->vtl[vtl].guest_os_id,
			   regs->vtl[vtl].guest_os_id);
}
