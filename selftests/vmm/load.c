// SPDX-License-Identifier: GPL-2.0
/*
 * Loads Linux the way a 64-bit boot loader does (Documentation/arch/x86/boot.rst,
 * "64-bit Boot Protocol"): the guest starts in long mode on identity page
 * tables with the address of boot_params in RSI. A bzImage brings its own
 * decompressor; an ELF vmlinux (64-bit entry) is put where its headers say.
 */
#include <asm/bootparam.h>
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine.h"

#define GDT_GPA		0x1000
#define CR3_GPA		0x2000		/* PML4, PDPT and four PDs: six pages */
#define BOOT_PARAMS_GPA	0x8000
#define CMDLINE_GPA	0x10000
#define CMDLINE_MAX	0x800
#define LOW_RAM_END	0x9f000
#define HIGH_RAM_START	0x100000
#define HDR_MAGIC	0x53726448	/* "HdrS" */
#define ENTRY_64	0x200		/* of the protected-mode part */
#define LOADER_OTHER	0xff

struct file {
	const uint8_t *data;
	size_t size;
};

static struct file map_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", path);
	if (!st.st_size)
		errx(1, "%s: empty file", path);
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	return (struct file) { p, st.st_size };
}

static void *need_gpa(struct machine *m, uint64_t gpa, uint64_t len, const char *what)
{
	void *p = vmm_gpa(&m->vmm, gpa, len);

	if (!p)
		errx(1, "%s needs memory at %#lx..%#lx: the guest has %zu MiB", what,
		     gpa, gpa + len, m->vmm.ram_size >> 20);
	return p;
}

static uint64_t load_bzimage(struct machine *m, struct file f, const char *path,
			     struct boot_params *bp)
{
	const struct setup_header *h = (const void *)(f.data + 0x1f1);
	size_t setup_size, header_size = 0x202 + f.data[0x201] - 0x1f1;
	uint64_t gpa, room;

	if (h->version < 0x20c || !(h->xloadflags & XLF_KERNEL_64))
		errx(1, "%s: no 64-bit entry (boot protocol %x.%02x)", path,
		     h->version >> 8, h->version & 0xff);
	setup_size = ((h->setup_sects ?: 4) + 1) * 512;
	if (setup_size >= f.size || header_size > sizeof(*h))
		errx(1, "%s: truncated bzImage", path);
	memcpy(&bp->hdr, h, header_size);
	gpa = h->pref_address;
	room = h->init_size;
	if (room < f.size - setup_size)
		room = f.size - setup_size;
	memcpy(need_gpa(m, gpa, room, path), f.data + setup_size, f.size - setup_size);
	bp->hdr.code32_start = gpa;
	return gpa + ENTRY_64;
}

static uint64_t load_elf(struct machine *m, struct file f, const char *path,
			 struct boot_params *bp)
{
	const Elf64_Ehdr *e = (const void *)f.data;
	uint64_t start = UINT64_MAX, end = 0;
	const Elf64_Phdr *p;
	unsigned int i;

	if (e->e_ident[EI_CLASS] != ELFCLASS64 || e->e_machine != EM_X86_64)
		errx(1, "%s: not a 64-bit x86 ELF file", path);
	if (e->e_phentsize != sizeof(*p) || e->e_phoff > f.size ||
	    e->e_phnum * sizeof(*p) > f.size - e->e_phoff)
		errx(1, "%s: bad program headers", path);
	p = (const void *)(f.data + e->e_phoff);
	for (i = 0; i < e->e_phnum; i++, p++) {
		if (p->p_type != PT_LOAD)
			continue;
		if (p->p_filesz > p->p_memsz || p->p_offset > f.size ||
		    p->p_filesz > f.size - p->p_offset)
			errx(1, "%s: segment %u outside the file", path, i);
		memcpy(need_gpa(m, p->p_paddr, p->p_memsz, path), f.data + p->p_offset,
		       p->p_filesz);
		if (p->p_paddr < start)
			start = p->p_paddr;
		if (p->p_paddr + p->p_memsz > end)
			end = p->p_paddr + p->p_memsz;
	}
	if (end <= start)
		errx(1, "%s: nothing to load", path);
	bp->hdr.pref_address = start;
	bp->hdr.init_size = end - start;
	bp->hdr.boot_flag = 0xaa55;
	bp->hdr.header = HDR_MAGIC;
	bp->hdr.version = 0x20f;
	bp->hdr.initrd_addr_max = 0x7fffffff;
	bp->hdr.kernel_alignment = 0x200000;
	return e->e_entry;	/* vmlinux: a physical address */
}

/* As high as the kernel allows: it unpacks itself below. */
static void load_initrd(struct machine *m, const char *path, struct boot_params *bp)
{
	struct file f = map_file(path);
	uint64_t end = m->vmm.ram_size, gpa;

	if (end > VMM_LOW_RAM_END)
		end = VMM_LOW_RAM_END;
	if (end > (uint64_t)bp->hdr.initrd_addr_max + 1)
		end = (uint64_t)bp->hdr.initrd_addr_max + 1;
	if (f.size > end)
		errx(1, "%s: does not fit into guest memory", path);
	gpa = (end - f.size) & ~0xfffull;
	if (gpa < bp->hdr.pref_address + bp->hdr.init_size)
		errx(1, "%s: %zu MiB of guest memory are too few for kernel and initramfs",
		     path, m->vmm.ram_size >> 20);
	memcpy(need_gpa(m, gpa, f.size, path), f.data, f.size);
	bp->hdr.ramdisk_image = gpa;
	bp->hdr.ramdisk_size = f.size;
}

static void add_e820(struct boot_params *bp, uint64_t start, uint64_t end, uint32_t type)
{
	struct boot_e820_entry *e = &bp->e820_table[bp->e820_entries++];

	e->addr = start;
	e->size = end - start;
	e->type = type;
}

static void build_e820(struct machine *m, struct boot_params *bp)
{
	uint64_t ram = m->vmm.ram_size;
	uint64_t low = ram < VMM_LOW_RAM_END ? ram : VMM_LOW_RAM_END;

	add_e820(bp, 0, LOW_RAM_END, 1);
	add_e820(bp, LOW_RAM_END, HIGH_RAM_START, 2);
	add_e820(bp, HIGH_RAM_START, low, 1);
	if (ram > low)
		add_e820(bp, VMM_HIGH_RAM, VMM_HIGH_RAM + ram - low, 1);
}

/* The GDT that the protocol asks for, and the first 4 GiB at their addresses. */
static void build_tables(struct machine *m, struct boot_image *image)
{
	uint64_t *gdt = need_gpa(m, GDT_GPA, 0x1000, "the GDT");
	uint64_t *table = need_gpa(m, CR3_GPA, 0x6000, "page tables");
	unsigned int i;

	gdt[2] = 0x00af9b000000ffff;	/* __BOOT_CS 0x10 */
	gdt[3] = 0x00cf93000000ffff;	/* __BOOT_DS 0x18 */
	table[0] = (CR3_GPA + 0x1000) | 3;
	for (i = 0; i < 4; i++)
		table[512 + i] = (CR3_GPA + 0x2000 + i * 0x1000) | 3;
	for (i = 0; i < 4 * 512; i++)
		table[1024 + i] = i * 2 * MIB | 0x83;
	image->cr3 = CR3_GPA;
	image->gdt = GDT_GPA;
}

void load_linux(struct machine *m, struct boot_image *image)
{
	struct boot_params *bp = need_gpa(m, BOOT_PARAMS_GPA, sizeof(*bp), "boot_params");
	struct file f = map_file(image->kernel);
	size_t len = strlen(image->cmdline) + 1;

	if (f.size >= sizeof(Elf64_Ehdr) && !memcmp(f.data, ELFMAG, SELFMAG))
		image->entry = load_elf(m, f, image->kernel, bp);
	else if (f.size >= 0x1000 && !memcmp(f.data + 0x202, "HdrS", 4))
		image->entry = load_bzimage(m, f, image->kernel, bp);
	else
		errx(1, "%s: neither a bzImage nor an ELF file", image->kernel);

	bp->hdr.type_of_loader = LOADER_OTHER;
	if (len > CMDLINE_MAX || (bp->hdr.cmdline_size && len > bp->hdr.cmdline_size))
		errx(1, "command line longer than the kernel's %u bytes",
		     bp->hdr.cmdline_size);
	memcpy(need_gpa(m, CMDLINE_GPA, len, "the command line"), image->cmdline, len);
	bp->hdr.cmd_line_ptr = CMDLINE_GPA;
	if (image->initrd)
		load_initrd(m, image->initrd, bp);
	build_e820(m, bp);
	build_tables(m, image);
	bp->acpi_rsdp_addr = acpi_build(m, m->vmm.nr_vps);
	image->boot_params = BOOT_PARAMS_GPA;
}
