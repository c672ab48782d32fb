// SPDX-License-Identifier: GPL-2.0
/*
 * Ports and physical addresses outside RAM: who answers to what.
 */
#include <string.h>
#include <time.h>

#include "machine.h"

#define SLP_EN		0x20
#define KBD_DATA	0x60
#define KBD_COMMAND	0x64
#define KBD_RESET	0xfe
#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71

static uint8_t bcd(int n)
{
	return n / 10 << 4 | n % 10;
}

/* Time of day in BCD, 24 hours, UTC; all else reads 0. */
static uint8_t cmos_read(uint8_t index)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	switch (index) {
	case 0x00: return bcd(tm.tm_sec);
	case 0x02: return bcd(tm.tm_min);
	case 0x04: return bcd(tm.tm_hour);
	case 0x06: return bcd(tm.tm_wday + 1);
	case 0x07: return bcd(tm.tm_mday);
	case 0x08: return bcd(tm.tm_mon + 1);
	case 0x09: return bcd(tm.tm_year % 100);
	case 0x32: return bcd(19 + tm.tm_year / 100);
	case 0x0a: return 0x26;		/* 32 kHz base, no update in progress */
	case 0x0b: return 0x02;		/* 24 hours */
	case 0x0d: return 0x80;		/* battery good */
	}
	return 0;
}

static uint8_t port_in(struct machine *m, uint16_t port)
{
	if (port >= SERIAL_PORT && port < SERIAL_PORT + 8)
		return serial_read(m, port - SERIAL_PORT);
	switch (port) {
	case CMOS_DATA:
		return cmos_read(m->cmos_index);
	case ACPI_PORT:
	case ACPI_PORT + 1:
		return 0;
	}
	return 0xff;	/* nothing there */
}

static void port_out(struct machine *m, uint16_t port, uint8_t value)
{
	if (port >= SERIAL_PORT && port < SERIAL_PORT + 8) {
		serial_write(m, port - SERIAL_PORT, value);
		return;
	}
	switch (port) {
	case CMOS_INDEX:
		m->cmos_index = value & 0x7f;
		break;
	case ACPI_PORT:
		if (value == (SLP_EN | ACPI_S5 << 2))
			machine_end(m, END_POWEROFF, "powered off through ACPI");
		break;
	case ACPI_PORT + 2:
		machine_end(m, END_RESET, "reset through the ACPI reset register");
		break;
	case KBD_COMMAND:
		if (value == KBD_RESET)
			machine_end(m, END_RESET, "reset through the keyboard controller");
		break;
	}
}

/* Wider accesses are byte accesses to the ports that follow. */
void pio_access(struct machine *m, uint16_t port, bool out, void *data,
		unsigned int size)
{
	uint8_t *byte = data;
	unsigned int i;

	for (i = 0; i < size; i++) {
		if (out)
			port_out(m, port + i, byte[i]);
		else
			byte[i] = port_in(m, port + i);
	}
}

void mmio_access(struct machine *m, uint64_t gpa, bool write, uint8_t *data,
		 unsigned int len)
{
	if (gpa >= IOAPIC_BASE && gpa < IOAPIC_BASE + 0x1000)
		ioapic_access(m, gpa - IOAPIC_BASE, write, data, len);
	else if (!write)
		memset(data, 0xff, len);
}
