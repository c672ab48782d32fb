// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of the PC's chips in the kernel.  Some numbers say that they read
 * what they write, or have no size: those are copied here.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "core/board.h"
#include "core/irq.h"
#include "core/kvm_abi.h"
#include "core/vm.h"
#include "private.h"

long hve_irqchip_create(struct hve_call *call)
{
	return hve_board_create(call->vm);
}

long hve_irqchip_get(struct hve_call *call)
{
	struct hve_chips *chips = hve_board_chips(call->vm);
	struct kvm_irqchip *io = call->data;

	if (!chips)
		return -ENXIO;
	switch (io->chip_id) {
	case KVM_IRQCHIP_PIC_MASTER:
	case KVM_IRQCHIP_PIC_SLAVE:
		hve_pic_get(chips, io->chip_id, &io->chip.pic);
		return 0;
	case KVM_IRQCHIP_IOAPIC:
		hve_ioapic_get(chips, &io->chip.ioapic);
		return 0;
	default:
		return -EINVAL;
	}
}

long hve_irqchip_set(struct hve_call *call)
{
	struct hve_chips *chips = hve_board_chips(call->vm);
	struct kvm_irqchip *in;
	long r = 0;

	in = memdup_user((void __user *)call->arg, sizeof(*in));
	if (IS_ERR(in))
		return PTR_ERR(in);
	if (!chips) {
		r = -ENXIO;
		goto out;
	}
	switch (in->chip_id) {
	case KVM_IRQCHIP_PIC_MASTER:
	case KVM_IRQCHIP_PIC_SLAVE:
		hve_pic_set(chips, in->chip_id, &in->chip.pic);
		break;
	case KVM_IRQCHIP_IOAPIC:
		hve_ioapic_set(chips, &in->chip.ioapic);
		break;
	default:
		r = -EINVAL;
	}
out:
	kfree(in);
	return r;
}

long hve_pit1_create(struct hve_call *call)
{
	return hve_board_pit_create(call->vm, true);
}

long hve_pit2_create(struct hve_call *call)
{
	const struct kvm_pit_config *in = call->data;

	return hve_board_pit_create(call->vm, in->flags & KVM_PIT_SPEAKER_DUMMY);
}

long hve_pit2_get(struct hve_call *call)
{
	struct hve_pit *pit = hve_board_pit(call->vm);

	if (!pit)
		return -ENXIO;
	hve_pit_get(pit, call->data);
	return 0;
}

long hve_pit2_set(struct hve_call *call)
{
	struct hve_pit *pit = hve_board_pit(call->vm);

	if (!pit)
		return -ENXIO;
	hve_pit_set(pit, call->data);
	return 0;
}

/* The first version of the struct has the counters only. */
long hve_pit1_get(struct hve_call *call)
{
	struct hve_pit *pit = hve_board_pit(call->vm);
	struct kvm_pit_state *out = call->data;
	struct kvm_pit_state2 s;

	if (!pit)
		return -ENXIO;
	hve_pit_get(pit, &s);
	memcpy(out->channels, s.channels, sizeof(out->channels));
	return 0;
}

long hve_pit1_set(struct hve_call *call)
{
	struct hve_pit *pit = hve_board_pit(call->vm);
	struct kvm_pit_state in;
	struct kvm_pit_state2 s;

	if (copy_from_user(&in, (void __user *)call->arg, sizeof(in)))
		return -EFAULT;
	if (!pit)
		return -ENXIO;
	hve_pit_get(pit, &s);
	memcpy(s.channels, in.channels, sizeof(s.channels));
	hve_pit_set(pit, &s);
	return 0;
}

long hve_pit_reinject(struct hve_call *call)
{
	struct hve_pit *pit = hve_board_pit(call->vm);
	struct kvm_reinject_control in;

	if (copy_from_user(&in, (void __user *)call->arg, sizeof(in)))
		return -EFAULT;
	if (!pit)
		return -ENXIO;
	hve_pit_policy(pit, in.pit_reinject);
	return 0;
}

/* KVM_IRQ_LINE has no room for the answer. */
long hve_irq_line_set(struct hve_call *call)
{
	struct kvm_irq_level *io = call->data;

	if (!READ_ONCE(call->vm->lapic_in_kernel))
		return -ENXIO;
	io->status = hve_irq_line(call->vm, HVE_IRQ_FROM_VMM, io->irq,
				  io->level);
	return 0;
}
