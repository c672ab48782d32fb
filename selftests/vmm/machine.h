/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hvlinux, the sample VMM: a machine without firmware that boots Linux on
 * /dev/hvemu. One file a device:
 *
 *   linux.c    options, VP threads, exit dispatch, how the guest ended
 *   load.c     bzImage, ELF, initramfs, boot_params, first page tables
 *   acpi.c     RSDP, XSDT, FADT (hardware-reduced), MADT, DSDT
 *   ioapic.c   the IOAPIC, as MSIs to the LAPICs of the kernel half
 *   serial.c   16550 console, both directions
 *   platform.c ports: ACPI sleep and reset, CMOS clock, keyboard controller
 *
 * One lock covers all devices: they are called from every VP thread and from
 * the terminal thread, and none of them does anything slow.
 */
#ifndef SELFTESTS_MACHINE_H
#define SELFTESTS_MACHINE_H

#include "vmm.h"

#define SERIAL_PORT	0x3f8
#define SERIAL_IRQ	4
#define ACPI_PORT	0x600	/* +0 sleep control, +1 sleep status, +2 reset */
#define ACPI_S5		5	/* our SLP_TYP for "off" */
#define ACPI_TABLES	0xe0000	/* in the BIOS area, where guests may also search */
#define IRQ_FIFO	256

enum machine_end {
	END_RUNNING,
	END_POWEROFF,
	END_RESET,
	END_CRASH,
	END_ERROR,
	END_TIMEOUT,
	END_QUIT,
};

struct ioapic {
	uint32_t select;
	uint32_t level;			/* state of the pins */
	uint64_t entry[IOAPIC_PINS];
};

struct serial {
	uint8_t ier, lcr, mcr, scr, dll, dlm, fcr;
	bool thr_empty_irq;
	uint8_t fifo[IRQ_FIFO];		/* terminal to guest */
	unsigned int head, tail;
	pthread_cond_t room;
};

struct machine {
	struct vmm vmm;
	pthread_mutex_t lock;		/* all below */
	pthread_cond_t ended;
	enum machine_end end;
	char why[256];
	struct ioapic ioapic;
	struct serial serial;
	uint8_t cmos_index;
};

struct boot_image {
	const char *kernel, *initrd, *cmdline;
	uint64_t entry;			/* guest-physical address, 64-bit mode */
	uint64_t boot_params;
	uint64_t cr3, gdt;
};

/* linux.c */
void machine_end(struct machine *m, enum machine_end end, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* load.c */
void load_linux(struct machine *m, struct boot_image *image);

/* acpi.c: returns the guest-physical address of the RSDP */
uint64_t acpi_build(struct machine *m, unsigned int nr_vps);

/* ioapic.c */
void ioapic_init(struct machine *m);
void ioapic_set_irq(struct machine *m, unsigned int pin, bool level);
void ioapic_eoi(struct machine *m, uint8_t vector);
void ioapic_access(struct machine *m, uint64_t offset, bool write, uint8_t *data,
		   unsigned int len);

/* serial.c */
void serial_init(struct machine *m);
uint8_t serial_read(struct machine *m, unsigned int reg);
void serial_write(struct machine *m, unsigned int reg, uint8_t value);

/* platform.c */
void pio_access(struct machine *m, uint16_t port, bool out, void *data,
		unsigned int size);
void mmio_access(struct machine *m, uint64_t gpa, bool write, uint8_t *data,
		 unsigned int len);

#endif
