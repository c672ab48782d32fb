// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI tables of the machine. It is "hardware-reduced": no PIC, PIT, PM timer
 * or SCI exist, sleep and reset are one port each, and every device that has
 * an interrupt is described in the DSDT.
 */
#include <err.h>
#include <string.h>

#include "machine.h"

struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));

struct acpi_address {
	uint8_t space;			/* 1 = port */
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t access_size;		/* 1 = byte */
	uint64_t address;
} __attribute__((packed));

struct acpi_rsdp {
	char signature[8];
	uint8_t checksum;		/* of the first 20 bytes */
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t full_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

struct acpi_xsdt {
	struct acpi_header head;
	uint64_t table[2];
} __attribute__((packed));

/* ACPI 6.x; what is not named is a block that hardware-reduced machines lack. */
struct acpi_fadt {
	struct acpi_header head;
	uint32_t facs;
	uint32_t dsdt;
	uint8_t fixed_hardware_1[68];
	uint32_t flags;
	struct acpi_address reset_reg;
	uint8_t reset_value;
	uint16_t arm_boot_flags;
	uint8_t minor_revision;
	uint64_t x_facs;
	uint64_t x_dsdt;
	uint8_t fixed_hardware_2[96];
	struct acpi_address sleep_control;
	struct acpi_address sleep_status;
	uint64_t hypervisor_id;
} __attribute__((packed));
_Static_assert(sizeof(struct acpi_fadt) == 276, "FADT of ACPI 6");
_Static_assert(offsetof(struct acpi_fadt, flags) == 112, "FADT flags");
_Static_assert(offsetof(struct acpi_fadt, sleep_control) == 244, "sleep control");

#define FADT_WBINVD		BIT(0)
#define FADT_NO_POWER_BUTTON	BIT(4)
#define FADT_NO_SLEEP_BUTTON	BIT(5)
#define FADT_RESET_REG		BIT(10)
#define FADT_HW_REDUCED		BIT(20)

struct madt_lapic {
	uint8_t type, length, processor_id, apic_id;
	uint32_t flags;			/* 1 = enabled */
} __attribute__((packed));

struct madt_ioapic {
	uint8_t type, length, id, reserved;
	uint32_t address, gsi_base;
} __attribute__((packed));

struct acpi_madt {
	struct acpi_header head;
	uint32_t lapic_address;
	uint32_t flags;			/* no 8259s */
	struct madt_ioapic ioapic;
	struct madt_lapic lapic[VMM_MAX_VPS];
} __attribute__((packed));

/* AML is written front to back; a package learns its length when it ends. */
struct aml {
	uint8_t *byte;
	unsigned int len, max;
};

static void aml_put(struct aml *a, const void *data, unsigned int len)
{
	if (len > a->max - a->len)
		errx(1, "DSDT larger than %u bytes", a->max);
	memcpy(a->byte + a->len, data, len);
	a->len += len;
}

static void aml_byte(struct aml *a, uint8_t value)
{
	aml_put(a, &value, 1);
}

static unsigned int aml_begin(struct aml *a, const char *opcode, unsigned int len)
{
	aml_put(a, opcode, len);
	aml_put(a, "\0", 2);		/* PkgLength, two-byte form */
	return a->len - 2;
}

static void aml_end(struct aml *a, unsigned int start)
{
	unsigned int len = a->len - start;

	a->byte[start] = 0x40 | (len & 0xf);
	a->byte[start + 1] = len >> 4;
}

#define NAME_OP		0x08
#define AML_NAME(a, seg) do { aml_byte(a, NAME_OP); aml_put(a, seg, 4); } while (0)

static void build_aml(struct aml *a)
{
	/* I/O 0x3f8..0x3ff, decodes 16 bits; interrupt 4: consumer, edge, high */
	static const uint8_t resources[] = {
		0x47, 0x01, SERIAL_PORT & 0xff, SERIAL_PORT >> 8,
		SERIAL_PORT & 0xff, SERIAL_PORT >> 8, 1, 8,
		0x89, 6, 0, 0x03, 1, SERIAL_IRQ, 0, 0, 0,
		0x79, 0,
	};
	/* EISA id PNP0501: 16550 */
	static const uint8_t pnp0501[] = { 0x0c, 0x41, 0xd0, 0x05, 0x01 };
	/* four elements; the first is what goes to the sleep control port */
	static const uint8_t s5[] = { 4, 0x0a, ACPI_S5, 0, 0, 0 };
	unsigned int scope, device, buffer, package;

	AML_NAME(a, "_S5_");
	package = aml_begin(a, "\x12", 1);
	aml_put(a, s5, sizeof(s5));
	aml_end(a, package);

	scope = aml_begin(a, "\x10", 1);
	aml_put(a, "_SB_", 4);
	device = aml_begin(a, "\x5b\x82", 2);
	aml_put(a, "COM1", 4);
	AML_NAME(a, "_HID");
	aml_put(a, pnp0501, sizeof(pnp0501));
	AML_NAME(a, "_UID");
	aml_byte(a, 0);			/* ZeroOp */
	AML_NAME(a, "_CRS");
	buffer = aml_begin(a, "\x11", 1);
	aml_byte(a, 0x0a);
	aml_byte(a, sizeof(resources));
	aml_put(a, resources, sizeof(resources));
	aml_end(a, buffer);
	aml_end(a, device);
	aml_end(a, scope);
}

static uint8_t checksum(const void *data, unsigned int len)
{
	const uint8_t *byte = data;
	uint8_t sum = 0;

	while (len--)
		sum -= *byte++;
	return sum;
}

static void finish(void *table, const char *signature, uint8_t revision, uint32_t len)
{
	struct acpi_header *h = table;

	memcpy(h->signature, signature, 4);
	h->length = len;
	h->revision = revision;
	memcpy(h->oem_id, "HVEMU ", 6);
	memcpy(h->oem_table_id, "HVLINUX ", 8);
	h->oem_revision = 1;
	memcpy(h->creator_id, "HVE ", 4);
	h->creator_revision = 1;
	h->checksum = 0;
	h->checksum = checksum(table, len);
}

static struct acpi_address port(uint16_t number)
{
	return (struct acpi_address) {
		.space = 1, .bit_width = 8, .access_size = 1, .address = number,
	};
}

static void build_madt(struct acpi_madt *madt, unsigned int nr_vps)
{
	unsigned int i;

	madt->lapic_address = APIC_BASE;
	madt->ioapic = (struct madt_ioapic) {
		.type = 1, .length = sizeof(madt->ioapic), .address = IOAPIC_BASE,
	};
	for (i = 0; i < nr_vps; i++)
		madt->lapic[i] = (struct madt_lapic) {
			.length = sizeof(madt->lapic[i]),
			.processor_id = i,
			.apic_id = i,
			.flags = 1,
		};
	finish(madt, "APIC", 5, offsetof(struct acpi_madt, lapic[nr_vps]));
}

uint64_t acpi_build(struct machine *m, unsigned int nr_vps)
{
	struct {
		struct acpi_rsdp rsdp;
		struct acpi_xsdt xsdt __attribute__((aligned(16)));
		struct acpi_fadt fadt __attribute__((aligned(16)));
		struct acpi_madt madt __attribute__((aligned(16)));
		struct acpi_header dsdt __attribute__((aligned(16)));
		uint8_t dsdt_aml[256];
	} *t = vmm_gpa(&m->vmm, ACPI_TABLES, sizeof(*t));
	struct aml aml;

	if (!t)
		errx(1, "no memory at %#x for the ACPI tables", ACPI_TABLES);
#define GPA(member) (ACPI_TABLES + (uint64_t)((uint8_t *)&t->member - (uint8_t *)t))
	memset(t, 0, sizeof(*t));
	aml = (struct aml) { .byte = t->dsdt_aml, .max = sizeof(t->dsdt_aml) };
	build_aml(&aml);
	finish(&t->dsdt, "DSDT", 2, sizeof(t->dsdt) + aml.len);

	t->fadt.dsdt = GPA(dsdt);
	t->fadt.x_dsdt = GPA(dsdt);
	t->fadt.flags = FADT_WBINVD | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON |
			FADT_RESET_REG | FADT_HW_REDUCED;
	t->fadt.sleep_control = port(ACPI_PORT);
	t->fadt.sleep_status = port(ACPI_PORT + 1);
	t->fadt.reset_reg = port(ACPI_PORT + 2);
	t->fadt.reset_value = 1;
	finish(&t->fadt, "FACP", 6, sizeof(t->fadt));

	build_madt(&t->madt, nr_vps);
	t->xsdt.table[0] = GPA(fadt);
	t->xsdt.table[1] = GPA(madt);
	finish(&t->xsdt, "XSDT", 1, sizeof(t->xsdt));

	memcpy(t->rsdp.signature, "RSD PTR ", 8);
	memcpy(t->rsdp.oem_id, "HVEMU ", 6);
	t->rsdp.revision = 2;
	t->rsdp.length = sizeof(t->rsdp);
	t->rsdp.xsdt = GPA(xsdt);
	t->rsdp.checksum = checksum(&t->rsdp, 20);
	t->rsdp.full_checksum = checksum(&t->rsdp, sizeof(t->rsdp));
	return ACPI_TABLES;
}
