// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic interrupt controller of a VP: registers (TLFS
 * inter-partition-communication.md, "SynIC Registers").
 *
 * SIMP and SIEFP are overlays, or, for VMMs that ask for it, pages the VMM
 * puts there itself; then it is told of every change.
 */
#include "synic.h"

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "../partition/partition.h"

#define PAGE_RIGHTS	(HVE_OVERLAY_R | HVE_OVERLAY_W)

static struct hve_synic *synic_of(struct hve_vp *vp, unsigned int vtl)
{
	return &vp->vtl[vtl].synic;
}

/*
 * Reserved for a VP that is not offered it.  "Setting the polling bit will have
 * the effect of unmasking an interrupt source, except that an actual interrupt
 * is not generated."
 */
static bool sint_is_polled(const struct hve_vp *vp, u64 sint)
{
	return (sint & HV_SYNIC_SINT_POLLING) &&
	       hve_vp_has(vp, HV_FEATURE_SINT_POLLING);
}

bool hve_synic_sint_is_open(const struct hve_vp *vp, unsigned int vtl,
			    unsigned int sint)
{
	u64 val = READ_ONCE(vp->vtl[vtl].synic.sint[sint]);

	return !(val & HV_SYNIC_SINT_MASKED) || sint_is_polled(vp, val);
}

/*
 * Masked and polled ones interrupt nobody, nor do those that a VMM has set to
 * a vector no LAPIC can take.
 */
static bool sint_interrupts(const struct hve_vp *vp, u64 sint)
{
	return !(sint & HV_SYNIC_SINT_MASKED) && !sint_is_polled(vp, sint) &&
	       (sint & HV_SYNIC_SINT_VECTOR_MASK) >= HV_SYNIC_FIRST_VALID_VECTOR;
}

static void vectors_update(struct hve_vp *vp, struct hve_synic *synic)
{
	unsigned long vectors[4] = { 0 };
	unsigned int i;
	u64 sint;

	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++) {
		sint = READ_ONCE(synic->sint[i]);
		if (sint_interrupts(vp, sint))
			vectors[(sint & HV_SYNIC_SINT_VECTOR_MASK) / 64] |=
				1ul << (sint % 64);
	}
	for (i = 0; i < 4; i++)
		WRITE_ONCE(synic->vectors[i], vectors[i]);
}

static void registers_reset(struct hve_vp *vp, struct hve_synic *synic)
{
	unsigned int i;

	WRITE_ONCE(synic->control, 0);
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++)
		WRITE_ONCE(synic->sint[i], HV_SYNIC_SINT_RESET);
	vectors_update(vp, synic);
}

void hve_synic_init(struct hve_vp *vp)
{
	unsigned int vtl;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		spin_lock_init(&synic_of(vp, vtl)->lock);
		hve_msg_init(synic_of(vp, vtl));
		registers_reset(vp, synic_of(vp, vtl));
	}
}

/* "All message queues ... are empty upon creation or reset", pages cleared. */
void hve_synic_reset(struct hve_vp *vp)
{
	struct hve_synic *synic;
	unsigned int vtl;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		synic = synic_of(vp, vtl);
		hve_msg_reset(synic);
		registers_reset(vp, synic);
		hve_overlay_reset(vp->pt, vtl, &synic->simp);
		hve_overlay_reset(vp->pt, vtl, &synic->siefp);
	}
}

void hve_synic_destroy(struct hve_vp *vp)
{
	struct hve_synic *synic;
	unsigned int vtl;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		synic = synic_of(vp, vtl);
		hve_msg_reset(synic);
		hve_overlay_destroy(vp->pt, vtl, &synic->simp);
		hve_overlay_destroy(vp->pt, vtl, &synic->siefp);
	}
}

void hve_synic_process(struct hve_vp *vp)
{
	unsigned long pending;
	unsigned int vtl, i;

	for (vtl = 0; vtl < HVE_NR_VTLS; vtl++) {
		pending = READ_ONCE(synic_of(vp, vtl)->pending);
		for_each_set_bit(i, &pending, HV_SYNIC_SINT_COUNT)
			hve_msg_deliver(vp, vtl, i);
	}
}

bool hve_synic_raise(struct hve_vp *vp, unsigned int vtl, unsigned int sint)
{
	u64 val = READ_ONCE(synic_of(vp, vtl)->sint[sint]);

	if (!sint_interrupts(vp, val))
		return false;
	hve_host_irq_raise(vp, vtl, val & HV_SYNIC_SINT_VECTOR_MASK,
			   val & HV_SYNIC_SINT_AUTO_EOI);
	return true;
}

void hve_synic_eoi(struct hve_vp *vp, unsigned int vtl, u8 vector,
		   bool automatic)
{
	struct hve_synic *synic = synic_of(vp, vtl);
	u32 sints = 0;
	unsigned int i;
	u64 val;

	if (likely(!test_bit(vector, synic->vectors)))
		return;
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++) {
		val = READ_ONCE(synic->sint[i]);
		if (sint_interrupts(vp, val) &&
		    (val & HV_SYNIC_SINT_VECTOR_MASK) == vector)
			sints |= 1u << i;
	}
	if (READ_ONCE(synic->pending) & sints)
		hve_host_vp_request(vp, HVE_VP_REQ_SYNIC);
	/* an automatic one says nothing of the guest */
	if (!automatic)
		hve_host_sint_acked(vp, sints);
}

/* A VMM that owns the pages has to move them. */
static void vmm_tell(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	struct hve_synic *synic = synic_of(vp, vtl);
	struct hve_user_exit ue = {
		.kind = HVE_USER_SYNIC,
		.synic = {
			.msr = msr,
			.control = synic->control,
			.evt_page = synic->siefp.msr,
			.msg_page = synic->simp.msr,
		},
	};

	if (vp->synic_by_vmm)
		hve_host_user_exit(vp, &ue);
}

u64 hve_synic_control_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(synic_of(vp, vtl)->control);
}

int hve_synic_control_set(struct hve_vp *vp, unsigned int vtl, u32 msr,
			  u64 val)
{
	WRITE_ONCE(synic_of(vp, vtl)->control, val);
	hve_host_vp_request(vp, HVE_VP_REQ_SYNIC);
	return 0;
}

/* Context: outside. */
enum hve_fault hve_synic_control_write(struct hve_vp *vp, unsigned int vtl,
				       u32 msr, u64 val)
{
	hve_synic_control_set(vp, vtl, msr, val);
	vmm_tell(vp, vtl, msr);
	return HVE_NO_FAULT;
}

u64 hve_synic_version_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return HV_SYNIC_VERSION;
}

static struct hve_overlay *page_of(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	struct hve_synic *synic = synic_of(vp, vtl);

	return msr == HV_X64_MSR_SIMP ? &synic->simp : &synic->siefp;
}

u64 hve_synic_page_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return page_of(vp, vtl, msr)->msr;
}

int hve_synic_page_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	struct hve_overlay *ov = page_of(vp, vtl, msr);
	int err;

	if (vp->synic_by_vmm) {
		ov->msr = val;
	} else {
		err = hve_overlay_move_lenient(vp->pt, vtl, ov, val,
					       PAGE_RIGHTS);
		if (err)
			return err;
	}
	hve_host_vp_request(vp, HVE_VP_REQ_SYNIC);
	return 0;
}

/* Context: outside. */
enum hve_fault hve_synic_page_write(struct hve_vp *vp, unsigned int vtl,
				    u32 msr, u64 val)
{
	if (hve_synic_page_set(vp, vtl, msr, val))
		return HVE_GP;
	vmm_tell(vp, vtl, msr);
	return HVE_NO_FAULT;
}

u64 hve_synic_eom_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return 0;
}

/* "If the message queues are all empty, a write ... is a no-op." */
enum hve_fault hve_synic_eom_write(struct hve_vp *vp, unsigned int vtl,
				   u32 msr, u64 val)
{
	if (READ_ONCE(synic_of(vp, vtl)->pending))
		hve_host_vp_request(vp, HVE_VP_REQ_SYNIC);
	hve_host_sint_acked(vp, (1u << HV_SYNIC_SINT_COUNT) - 1);
	return HVE_NO_FAULT;
}

u64 hve_synic_sint_read(struct hve_vp *vp, unsigned int vtl, u32 msr)
{
	return READ_ONCE(synic_of(vp, vtl)->sint[msr - HV_X64_MSR_SINT0]);
}

int hve_synic_sint_set(struct hve_vp *vp, unsigned int vtl, u32 msr, u64 val)
{
	struct hve_synic *synic = synic_of(vp, vtl);

	WRITE_ONCE(synic->sint[msr - HV_X64_MSR_SINT0], val);
	vectors_update(vp, synic);
	return 0;
}

enum hve_fault hve_synic_sint_write(struct hve_vp *vp, unsigned int vtl,
				    u32 msr, u64 val)
{
	/*
	 * SPEC?: "Specifying an invalid vector number results in #GP"; nested
	 * hypervisors write the reset value, whose vector is 0, and it is of
	 * no use while masked.
	 */
	if (!(val & HV_SYNIC_SINT_MASKED) &&
	    (val & HV_SYNIC_SINT_VECTOR_MASK) < HV_SYNIC_FIRST_VALID_VECTOR)
		return HVE_GP;
	hve_synic_sint_set(vp, vtl, msr, val);
	return HVE_NO_FAULT;
}
