// SPDX-License-Identifier: GPL-2.0
/*
 * The PC's chips in the kernel: where their ports and lines go.
 */
#include "core/board.h"

#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include "core/irq.h"
#include "core/vcpu.h"
#include "core/vm.h"

/* The GSI of counter 0. */
#define PIT_GSI		0

struct hve_board {
	struct hve_vm *vm;
	struct hve_chips chips;
	struct hve_pit pit;
	bool has_pit;			/* [a] @pit is initialised */
	bool has_speaker;		/* [c] with has_pit */
};

static struct hve_board *chips_board(struct hve_chips *chips)
{
	return container_of(chips, struct hve_board, chips);
}

struct hve_chips *hve_board_chips(const struct hve_vm *vm)
{
	/* pairs with hve_board_create() */
	struct hve_board *board = smp_load_acquire(&vm->board);

	return board ? &board->chips : NULL;
}

struct hve_pit *hve_board_pit(const struct hve_vm *vm)
{
	/* pairs with hve_board_create() */
	struct hve_board *board = smp_load_acquire(&vm->board);

	/* pairs with hve_board_pit_create() */
	return board && smp_load_acquire(&board->has_pit) ? &board->pit : NULL;
}

int hve_board_create(struct hve_vm *vm)
{
	struct hve_board *board;
	int r;

	lockdep_assert_held(&vm->lock);
	if (vm->lapic_in_kernel)
		return -EEXIST;
	if (vm->nr_vcpus)
		return -EINVAL;
	board = kzalloc(sizeof(*board), GFP_KERNEL_ACCOUNT);
	if (!board)
		return -ENOMEM;
	board->vm = vm;
	hve_chips_init(&board->chips, &vm->bus);
	/* whoever finds it finds it initialised */
	smp_store_release(&vm->board, board);
	WRITE_ONCE(vm->lapic_in_kernel, true);
	r = hve_irq_routes_default(vm);
	if (!r)
		return 0;
	WRITE_ONCE(vm->lapic_in_kernel, false);
	WRITE_ONCE(vm->board, NULL);
	synchronize_srcu_expedited(&vm->srcu);
	kfree(board);
	return r;
}

void hve_board_release(struct hve_vm *vm)
{
	struct hve_board *board = vm->board;

	if (!board)
		return;
	if (board->has_pit)
		hve_pit_destroy(&board->pit);
	kfree(board);
	vm->board = NULL;
}

int hve_board_pit_create(struct hve_vm *vm, bool speaker)
{
	struct hve_board *board = vm->board;

	lockdep_assert_held(&vm->lock);
	if (!board)
		return -ENOENT;
	if (board->has_pit)
		return -EEXIST;
	hve_pit_init(&board->pit);
	board->has_speaker = speaker;
	/* whoever sees it finds it initialised */
	smp_store_release(&board->has_pit, true);
	hve_irq_rescan(vm);
	return 0;
}

/* Ports */

static bool pit_owns(const struct hve_vm *vm, u16 port)
{
	return hve_board_pit(vm) && hve_pit_owns(port) &&
	       ((port & ~3) == 0x40 || vm->board->has_speaker);
}

/* Only bytes are wired to the PICs; the PIT takes the lowest of more. */
static void pic_io(struct hve_vcpu *vcpu, bool in, u16 port, u8 size, u8 *data)
{
	struct hve_chips *chips = hve_board_chips(vcpu->vm);

	if (size == 1) {
		if (in)
			*data = hve_pic_read(chips, port);
		else
			hve_pic_write(chips, port, *data);
	}
	/* our own INTR may have changed, and nobody kicks this vCPU */
	hve_vcpu_intr_look(vcpu);
}

bool hve_board_io(struct hve_vcpu *vcpu, bool in, u16 port, u8 size,
		  void *data)
{
	struct hve_vm *vm = vcpu->vm;

	if (likely(!hve_board_chips(vm)))
		return false;
	if (hve_pic_owns(port)) {
		if (in)
			memset(data, 0, size);
		pic_io(vcpu, in, port, size, data);
		return true;
	}
	if (!pit_owns(vm, port))
		return false;
	if (in) {
		memset(data, 0, size);
		*(u8 *)data = hve_pit_read(&vm->board->pit, port);
	} else {
		hve_pit_write(&vm->board->pit, port, *(u8 *)data);
	}
	return true;
}

bool hve_board_mmio_owns(const struct hve_vm *vm, u64 gpa)
{
	const struct hve_chips *chips = hve_board_chips(vm);

	return chips && hve_ioapic_owns(chips, gpa);
}

/* Lines */

int hve_pit_host_line(struct hve_pit *pit, bool level)
{
	struct hve_board *board = container_of(pit, struct hve_board, pit);

	return hve_irq_line(board->vm, HVE_IRQ_FROM_PIT, PIT_GSI, level);
}

void hve_chips_host_acked(struct hve_chips *chips, enum hve_chip chip,
			  unsigned int pin)
{
	struct hve_vm *vm = chips_board(chips)->vm;
	struct hve_pit *pit = hve_board_pit(vm);
	int gsi = hve_irq_pin_gsi(vm, chip, pin);

	if (gsi < 0)
		return;
	if (pit && gsi == PIT_GSI)
		hve_pit_acked(pit);
	hve_irqfd_resample(vm, gsi);
}

void hve_chips_host_unmasked(struct hve_chips *chips, enum hve_chip chip,
			     unsigned int pin)
{
	struct hve_vm *vm = chips_board(chips)->vm;
	struct hve_pit *pit = hve_board_pit(vm);

	if (pit && hve_irq_pin_gsi(vm, chip, pin) == PIT_GSI)
		hve_pit_forget(pit);
}

void hve_chips_host_rescan(struct hve_chips *chips)
{
	hve_irq_rescan(chips_board(chips)->vm);
}

/* EOIs */

static u32 edge_pins(struct hve_vm *vm)
{
	bool has_pit = hve_board_pit(vm);
	unsigned int pin;
	u32 pins = 0;
	int gsi;

	for (pin = 0; pin < HVE_IOAPIC_PINS; pin++) {
		gsi = hve_irq_pin_gsi(vm, HVE_CHIP_IOAPIC, pin);
		if ((has_pit && gsi == PIT_GSI) ||
		    (gsi >= 0 && hve_irqfd_resamples(vm, gsi)))
			pins |= BIT(pin);
	}
	return pins;
}

void hve_board_scan_eoi(struct hve_vcpu *vcpu)
{
	struct hve_apic *apic = &vcpu->vtl[0].apic;
	unsigned int vector;

	for_each_set_bit(vector, apic->edge_eoi, 256)
		if (!test_bit(vector, vcpu->eoi_exit))
			__clear_bit(vector, apic->edge_eoi);
	hve_ioapic_eoi_vectors(hve_board_chips(vcpu->vm), edge_pins(vcpu->vm),
			       vcpu->eoi_exit, apic->edge_eoi);
}

void hve_board_eoi(struct hve_vcpu *vcpu, u8 vector)
{
	hve_ioapic_eoi(hve_board_chips(vcpu->vm), vector);
	/* a device that is served again may raise INTR, too */
	hve_vcpu_intr_look(vcpu);
}
