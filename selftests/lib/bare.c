// SPDX-License-Identifier: GPL-2.0
/*
 * Bare 64-bit guests for tests. See bare.h.
 */
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "bare.h"
#include "hvdef.h"

#define PTE_PRESENT	0x001
#define PTE_WRITE	0x002
#define PTE_USER	0x004
#define PTE_LARGE	0x080
#define PTE_TABLE	(PTE_PRESENT | PTE_WRITE | PTE_USER)

extern const char guest_stubs[];
extern const char sipi_code[], sipi_code_end[], sipi_cr3[], sipi_gdt[], sipi_go[];

static uint64_t stages[VMM_MAX_VPS];

static uint64_t *at(struct vmm *vmm, uint64_t gpa)
{
	return (uint64_t *)(vmm->ram + gpa);
}

/* The program's own segments, to the addresses they have here. */
static void load_image(struct vmm *vmm)
{
	const Elf64_Phdr *p = (const void *)getauxval(AT_PHDR);
	unsigned long n = getauxval(AT_PHNUM);

	for (; n--; p++) {
		if (p->p_type != PT_LOAD)
			continue;
		if (p->p_vaddr + p->p_memsz > BARE_STACKS)
			errx(1, "test program larger than the guest's layout");
		memcpy(vmm->ram + p->p_vaddr, (const void *)p->p_vaddr, p->p_memsz);
	}
}

static void build_page_tables(struct vmm *vmm)
{
	uint64_t *table = at(vmm, BARE_PAGE_TABLES);
	unsigned int i;

	table[0] = (BARE_PAGE_TABLES + 0x1000) | PTE_TABLE;
	for (i = 0; i < 4; i++)
		table[512 + i] = (BARE_PAGE_TABLES + 0x2000 + i * 0x1000) | PTE_TABLE;
	for (i = 0; i < 4 * 512; i++)
		table[1024 + i] = i * 2 * MIB | PTE_TABLE | PTE_LARGE;
}

static void build_idt(struct vmm *vmm)
{
	uint64_t *idt = at(vmm, BARE_IDT);
	unsigned int i;

	for (i = 0; i < NR_VECTORS; i++) {
		uint64_t handler = (uintptr_t)guest_stubs + i * 16;

		/* present, interrupt gate */
		idt[i * 2] = (handler & 0xffff) | GUEST_CS << 16 | 0x8e00ull << 32 |
			     (handler >> 16 & 0xffff) << 48;
		idt[i * 2 + 1] = handler >> 32;
	}
}

/* GDT and TSS of one VP; the TSS holds only the stack for entries from CPL 3. */
static void build_gdt(struct vmm *vmm, unsigned int id)
{
	uint64_t gpa = BARE_GDT + id * 0x1000, tss = gpa + BARE_TSS_OFFSET;
	uint64_t *gdt = at(vmm, gpa);
	uint64_t stack = BARE_STACKS + id * BARE_STACK_SIZE + BARE_STACK_SIZE / 2;

	gdt[GUEST_CS / 8] = 0x00af9b000000ffff;
	gdt[GUEST_DS / 8] = 0x00cf93000000ffff;
	gdt[GUEST_USER_DS / 8] = 0x00cff3000000ffff;
	gdt[GUEST_USER_CS / 8] = 0x00affb000000ffff;
	gdt[GUEST_TSS / 8] = 0x00008b0000000067 | (tss & 0xffffff) << 16;
	memcpy((uint8_t *)at(vmm, tss) + 4, &stack, 8);
}

static void set_sregs(struct vp *vp)
{
	uint64_t gdt = BARE_GDT + vp->id * 0x1000;
	struct kvm_sregs sregs;

	vp_long_mode(vp, BARE_PAGE_TABLES, gdt, GUEST_CS);
	xioctl(vp->fd, KVM_GET_SREGS, &sregs);
	/* usable at CPL 3 too: IRET would null what is not */
	sregs.ds.selector = GUEST_USER_DS | 3;
	sregs.ds.dpl = 3;
	sregs.es = sregs.ds;
	sregs.fs = sregs.ds;
	sregs.gs = sregs.ds;
	sregs.gs.base = (uintptr_t)&guest_vps[vp->id];
	sregs.gdt.limit = 0x37;
	sregs.idt.base = BARE_IDT;
	sregs.idt.limit = NR_VECTORS * 16 - 1;
	memset(&sregs.tr, 0, sizeof(sregs.tr));
	sregs.tr.base = gdt + BARE_TSS_OFFSET;
	sregs.tr.limit = 0x67;
	sregs.tr.selector = GUEST_TSS;
	sregs.tr.type = 11;
	sregs.tr.present = 1;
	xioctl(vp->fd, KVM_SET_SREGS, &sregs);
}

struct kvm_cpuid_entry2 *bare_features(struct vmm *vmm, struct cpuid_table *t)
{
	struct kvm_cpuid_entry2 *features;

	cpuid_supported(vmm, t);
	cpuid_hyperv(vmm, &vmm->vp[0], t);
	features = cpuid_find(t, HV_CPUID_FEATURES, 0);
	if (!features)
		ktap_skip_all("no leaves of Hyper-V");
	return features;
}

uint64_t event_count(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t n = 0;

	if (poll(&p, 1, 0) == 1 && read(fd, &n, 8) != 8)
		ktap_bail("read of an eventfd");
	return n;
}

void event_signal(struct vmm *vmm, int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, 8) != 8)
		ktap_bail("write to an eventfd: %s", strerror(errno));
	/* it injects from a work queue */
	if (vmm->is_kvm)
		usleep(50000);
}

void bare_create(struct vmm *vmm, unsigned int nr_vps, unsigned int flags)
{
	const char *device = vmm_device();
	unsigned int i;

	if (access(device, R_OK | W_OK))
		ktap_skip_all("%s: %s", device, strerror(errno));
	vmm_create(vmm, device);
	vmm_add_ram(vmm, BARE_RAM);
	if (flags & BARE_CHIPS)
		xioctl(vmm->fd, KVM_CREATE_IRQCHIP, 0);
	else if (!(flags & BARE_NO_IRQCHIP))
		vmm_split_irqchip(vmm);
	load_image(vmm);
	build_page_tables(vmm);
	build_idt(vmm);
	for (i = 0; i < nr_vps; i++) {
		struct vp *vp = bare_add_vp(vmm);

		if (!(flags & BARE_NO_CPUID))
			vp_default_cpuid(vp, nr_vps);
	}
}

struct vp *bare_add_vp(struct vmm *vmm)
{
	struct vp *vp = vmm_add_vp(vmm);

	guest_var(vmm, guest_vps[vp->id]).id = vp->id;
	build_gdt(vmm, vp->id);
	return vp;
}

void bare_start(struct vp *vp, guest_fn fn, uint64_t arg)
{
	struct kvm_regs regs = {
		.rip = (uintptr_t)guest_start,
		.rdi = (uintptr_t)fn,
		.rsi = arg,
		.rflags = 2,
		/* as after a call */
		.rsp = BARE_STACKS + (vp->id + 1) * BARE_STACK_SIZE - 8,
	};

	set_sregs(vp);
	vp_set_regs(vp, &regs);
	if (vmm_cap(vp->vmm, KVM_CAP_MP_STATE) > 0)
		vp_set_runnable(vp);
}

uint64_t bare_stage(struct vp *vp)
{
	return stages[vp->id];
}

/* The guest may pass a pointer to anything in its memory, or garbage. */
static const char *guest_text(struct vmm *vmm, uint64_t gpa)
{
	const char *s = vmm_gpa(vmm, gpa, 512);

	return s && memchr(s, 0, 512) ? s : "(bad string)";
}

static void format(struct vmm *vmm, char *buf, size_t len, const struct ucall *c,
		   unsigned int first)
{
	const char *fmt = guest_text(vmm, c->arg[first]);
	const uint64_t *a = &c->arg[first + 1];
	uint64_t v[6] = { 0 };
	unsigned int i, n = 0;
	const char *p;

	/* strings are guest addresses: give printf ours */
	for (i = 0; i < 6 - first; i++)
		v[i] = a[i];
	for (p = fmt; *p; p++) {
		if (*p != '%')
			continue;
		if (p[1] == '%') {
			p++;
			continue;
		}
		p += strcspn(p, "sdxuc");
		if (*p == 's' && n < 6)
			v[n] = (uintptr_t)guest_text(vmm, v[n]);
		n++;
		if (!*p)
			break;
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(buf, len, fmt, v[0], v[1], v[2], v[3], v[4], v[5]);
#pragma GCC diagnostic pop
}

/* True when the guest goes on, else *stop is set. */
static bool serve_ucall(struct vp *vp, enum bare_stop *stop)
{
	uint32_t gpa = *(uint32_t *)vp_pio_data(vp);
	const struct ucall *c = vmm_gpa(vp->vmm, gpa, sizeof(*c));
	char text[512];

	*stop = BARE_FAIL;
	if (!c) {
		ktap_note("VP %u: ucall at bad address %#x", vp->id, gpa);
		return false;
	}
	switch (c->cmd) {
	case UCALL_PRINT:
		format(vp->vmm, text, sizeof(text), c, 0);
		ktap_note("%s", text);
		return true;
	case UCALL_RESULT:
		format(vp->vmm, text, sizeof(text), c, 1);
		ktap_ok(c->arg[0], "%s", text);
		return true;
	case UCALL_SYNC:
		stages[vp->id] = c->arg[0];
		*stop = BARE_SYNC;
		return false;
	case UCALL_DONE:
		*stop = BARE_DONE;
		return false;
	case UCALL_FAIL:
		format(vp->vmm, text, sizeof(text), c, 0);
		ktap_note("VP %u: assertion failed: %s", vp->id, text);
		return false;
	case UCALL_FAULT:
		ktap_note("VP %u: unexpected vector %lu, error %#lx, rip %#lx, cr2 %#lx, rsp %#lx",
			  vp->id, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4]);
		return false;
	}
	ktap_note("VP %u: unknown ucall %lu", vp->id, c->cmd);
	return false;
}

enum bare_stop bare_run(struct vp *vp)
{
	enum bare_stop stop;
	int ret;

	for (;;) {
		ret = vp_run(vp);
		if (ret == -EINTR)
			return BARE_EINTR;
		if (ret)
			continue;
		if (vp->run->exit_reason != KVM_EXIT_IO ||
		    vp->run->io.port != UCALL_PORT)
			return BARE_EXIT;
		if (!serve_ucall(vp, &stop))
			return stop;
	}
}

static void *run_thread(void *arg)
{
	struct vp *vp = arg;
	enum bare_stop stop;
	char text[200];

	do {
		stop = bare_run(vp);
	} while (stop == BARE_SYNC || stop == BARE_EINTR ||
		 (stop == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_HYPERV));
	if (stop == BARE_EXIT) {
		vp_describe_exit(vp, text, sizeof(text));
		ktap_note("unexpected exit: %s", text);
	}
	return (void *)(uintptr_t)(stop == BARE_DONE);
}

bool bare_run_all(struct vmm *vmm)
{
	bool all = true;
	unsigned int i;
	void *done;

	for (i = 0; i < vmm->nr_vps; i++)
		if (pthread_create(&vmm->vp[i].thread, NULL, run_thread, &vmm->vp[i]))
			errx(1, "cannot start the thread of VP %u", i);
	for (i = 0; i < vmm->nr_vps; i++) {
		pthread_join(vmm->vp[i].thread, &done);
		all &= !!done;
	}
	return all;
}

void bare_test(unsigned int nr_vps, guest_fn fn, const char *name)
{
	struct vmm vmm;
	unsigned int i;

	bare_create(&vmm, nr_vps, 0);
	for (i = 0; i < nr_vps; i++)
		bare_start(&vmm.vp[i], fn, i);
	ktap_ok(bare_run_all(&vmm), "%s: the guest came to its end", name);
	vmm_destroy(&vmm);
}

/*
 * Code for the SIPI page, position-independent until it is in 64-bit mode:
 * real mode, then CR3, GDT and entry point from the words at its end. The VP
 * number is its initial APIC id.
 */
asm(".pushsection .rodata\n"
    ".balign 16\n"
    ".globl sipi_code, sipi_code_end, sipi_cr3, sipi_gdt, sipi_go\n"
    ".code16\n"
    "sipi_code:\n"
    "	cli\n"
    "	mov	%cs, %ax\n"
    "	mov	%ax, %ds\n"
    "	lgdtl	sipi_gdt - sipi_code\n"
    "	mov	%cr4, %eax\n"
    "	or	$0x620, %eax\n"			/* PAE, OSFXSR, OSXMMEXCPT */
    "	mov	%eax, %cr4\n"
    "	mov	sipi_cr3 - sipi_code, %eax\n"
    "	mov	%eax, %cr3\n"
    "	mov	$0xc0000080, %ecx\n"
    "	rdmsr\n"
    "	or	$0x100, %eax\n"			/* EFER.LME */
    "	wrmsr\n"
    "	mov	$0x80000023, %eax\n"		/* PG, NE, MP, PE */
    "	mov	%eax, %cr0\n"
    "	ljmpl	$0x08, $0x8000 + sipi_64 - sipi_code\n"
    ".code64\n"
    "sipi_64:\n"
    "	mov	$0x1b, %eax\n"
    "	mov	%eax, %ds\n"
    "	mov	%eax, %es\n"
    "	mov	%eax, %fs\n"
    "	mov	%eax, %gs\n"
    "	mov	$0x10, %eax\n"
    "	mov	%eax, %ss\n"
    "	mov	$1, %eax\n"
    "	cpuid\n"
    "	shr	$24, %ebx\n"
    "	mov	%rbx, %rax\n"
    "	inc	%rax\n"
    "	shl	$15, %rax\n"			/* BARE_STACK_SIZE */
    "	lea	0x800000 - 8(%rax), %rsp\n"	/* BARE_STACKS */
    "	mov	%rbx, %rax\n"
    "	shl	$6, %rax\n"			/* sizeof(struct guest_vp) */
    "	lea	guest_vps(%rax), %rax\n"
    "	mov	%rax, %rdx\n"
    "	shr	$32, %rdx\n"
    "	mov	$0xc0000101, %ecx\n"		/* GS base */
    "	wrmsr\n"
    "	lidt	sipi_idt(%rip)\n"
    "	mov	%rbx, %rsi\n"
    "	mov	sipi_go(%rip), %rdi\n"
    "	mov	$guest_start, %rax\n"
    "	jmp	*%rax\n"
    "	.balign	8\n"
    "sipi_idt:\n"
    "	.word	0xfff\n"
    "	.quad	0x18000\n"			/* BARE_IDT */
    "	.balign	8\n"
    "sipi_gdt:\n"
    "	.word	0x37\n"
    "	.long	0x20000\n"			/* BARE_GDT */
    "	.balign	8\n"
    "sipi_cr3: .quad 0x10000\n"			/* BARE_PAGE_TABLES */
    "sipi_go: .quad 0\n"
    "sipi_code_end:\n"
    ".popsection");

_Static_assert(sizeof(struct guest_vp) == 64 && BARE_STACK_SIZE == 1 << 15 &&
	       BARE_STACKS == 0x800000 && BARE_IDT == 0x18000 && BARE_GDT == 0x20000 &&
	       BARE_PAGE_TABLES == 0x10000 && BARE_SIPI_PAGE == 0x8000,
	       "numbers in sipi_code");

void bare_set_sipi(struct vmm *vmm, guest_fn fn)
{
	uint8_t *page = vmm->ram + BARE_SIPI_PAGE;
	uint64_t go = (uintptr_t)fn;

	memcpy(page, sipi_code, sipi_code_end - sipi_code);
	memcpy(page + (sipi_go - sipi_code), &go, sizeof(go));
}
