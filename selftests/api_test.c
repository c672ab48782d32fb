// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctl ABI with wrong arguments: every call answers with the errno that
 * KVM documents, and with nothing else. Where hvemu lacks a call it must say
 * ENOTTY; where KVM differs from its own documentation the case says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bare.h"

#define BAD_POINTER	((void *)0x10ul)
#define KVM_UNKNOWN	_IO(KVMIO, 0xfe)

static struct vmm vmm;		/* LAPIC in the kernel, one VP */
static struct vmm bare;		/* neither */

/* ENOTTY is always right for a call the device does not have. */
static void check(int ret, int want, const char *what)
{
	int got = ret < 0 ? errno : 0;

	if (!vmm.is_kvm && got == ENOTTY && want != ENOTTY) {
		ktap_skip("not implemented", "%s", what);
		return;
	}
	if (!ktap_ok(got == want, "%s: %s", what, want ? strerror(want) : "works"))
		ktap_note("got %d (%s)", got, strerror(got));
}

#define CHECK(call, want, what)	check(call, want, what)

static void test_device(void)
{
	struct kvm_msr_list list = { .nmsrs = 0 };
	struct cpuid_table t;
	int dev = vmm.dev;

	CHECK(ioctl(dev, KVM_GET_API_VERSION, 1), EINVAL, "GET_API_VERSION with argument");
	CHECK(ioctl(dev, KVM_GET_VCPU_MMAP_SIZE, 1), EINVAL, "GET_VCPU_MMAP_SIZE with argument");
	CHECK(ioctl(dev, KVM_CREATE_VM, 0x12345), EINVAL, "CREATE_VM of unknown type");
	ktap_eq(ioctl(dev, KVM_CHECK_EXTENSION, 100000), 0, "unknown capability is 0");
	ktap_ok(ioctl(dev, KVM_GET_VCPU_MMAP_SIZE, 0) >= (int)sizeof(struct kvm_run),
		"kvm_run fits into its mapping");
	CHECK(ioctl(dev, KVM_UNKNOWN, 0), vmm.is_kvm ? EINVAL : ENOTTY,
	      "unknown ioctl of the device");
	CHECK(ioctl(dev, KVM_RUN, 0), vmm.is_kvm ? EINVAL : ENOTTY,
	      "an ioctl of a VP on the device");

	memset(&t, 0, sizeof(t));
	CHECK(ioctl(dev, KVM_GET_SUPPORTED_CPUID, &t), E2BIG, "GET_SUPPORTED_CPUID without room");
	t.head.nent = 1;
	CHECK(ioctl(dev, KVM_GET_SUPPORTED_CPUID, &t), E2BIG,
	      "GET_SUPPORTED_CPUID with too little");
	CHECK(ioctl(dev, KVM_GET_SUPPORTED_CPUID, BAD_POINTER), EFAULT,
	      "GET_SUPPORTED_CPUID, bad pointer");
	CHECK(ioctl(dev, KVM_GET_MSR_INDEX_LIST, &list), E2BIG, "GET_MSR_INDEX_LIST without room");
	ktap_ok(list.nmsrs > 0, "and it says how many there are: %u", list.nmsrs);
	CHECK(ioctl(dev, KVM_GET_MSR_INDEX_LIST, BAD_POINTER), EFAULT,
	      "GET_MSR_INDEX_LIST, bad pointer");
}

static int slot_call(uint32_t slot, uint32_t flags, uint64_t gpa, uint64_t size, uint64_t hva)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = flags, .guest_phys_addr = gpa,
		.memory_size = size, .userspace_addr = hva,
	};

	return ioctl(vmm.fd, KVM_SET_USER_MEMORY_REGION, &r);
}

static void test_slots(void)
{
	uint64_t hva = (uintptr_t)mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t gpa = 1ull << 32;
	int slots = vmm_cap(&vmm, KVM_CAP_NR_MEMSLOTS);

	ktap_ok(slots >= 32, "%d memory slots", slots);
	CHECK(ioctl(vmm.fd, KVM_SET_USER_MEMORY_REGION, BAD_POINTER), EFAULT, "slot: bad pointer");
	CHECK(slot_call(1, 0, gpa, 0x1001, hva), EINVAL, "slot: size not a multiple of a page");
	CHECK(slot_call(1, 0, gpa + 8, 0x1000, hva), EINVAL, "slot: GPA not aligned");
	CHECK(slot_call(1, 0, gpa, 0x1000, hva + 8), EINVAL, "slot: host address not aligned");
	CHECK(slot_call(1, 1u << 31, gpa, 0x1000, hva), EINVAL, "slot: unknown flag");
	CHECK(slot_call(slots, 0, gpa, 0x1000, hva), EINVAL, "slot: number too large");
	CHECK(slot_call(0xffff0001, 0, gpa, 0x1000, hva), EINVAL, "slot: unknown address space");
	CHECK(slot_call(1, 0, -0x1000ull, 0x2000, hva), EINVAL, "slot: GPA wraps");
	CHECK(slot_call(1, 0, gpa, 0x1000, -0x1000ull), EINVAL, "slot: a kernel address");
	CHECK(slot_call(1, 0, gpa, 1ull << 62, hva), EINVAL, "slot: absurd size");
	CHECK(slot_call(9, 0, gpa, 0, hva), EINVAL, "slot: deleting what is not there");
	CHECK(slot_call(1, 0, gpa, 0x4000, hva), 0, "slot: a good one");
	CHECK(slot_call(2, 0, gpa + 0x3000, 0x4000, hva), EEXIST, "slot: overlap at its end");
	CHECK(slot_call(2, 0, gpa - 0x1000, 0x2000, hva), EEXIST, "slot: overlap at its start");
	CHECK(slot_call(2, 0, gpa + 0x1000, 0x1000, hva), EEXIST, "slot: overlap inside");
	CHECK(slot_call(1, 0, gpa, 0x5000, hva), EINVAL, "slot: changing the size");
	CHECK(slot_call(1, 0, gpa, 0x4000, hva + 0x1000), EINVAL, "slot: changing the memory");
	CHECK(slot_call(1, 0, gpa, 0x4000, hva), 0, "slot: the same again");
	CHECK(slot_call(2, 0, gpa + 0x4000, 0x1000, hva), 0, "slot: right behind the other");
	CHECK(slot_call(1, 0, gpa + 0x1000, 0x4000, hva), EEXIST, "slot: moving onto another");
	CHECK(slot_call(1, 0, 0, 0, 0), 0, "slot: delete");
	CHECK(slot_call(2, 0, 0, 0, 0), 0, "slot: delete the other");
	munmap((void *)hva, 1 << 20);
}

static void test_vm(void)
{
	struct kvm_enable_cap cap = { .cap = 100000 };
	int max_id = vmm_cap(&vmm, KVM_CAP_MAX_VCPU_ID);

	/* "If the KVM_CAP_MAX_VCPU_ID does not exist" (api.rst) */
	if (max_id <= 0)
		max_id = vmm_cap(&vmm, KVM_CAP_MAX_VCPUS);

	CHECK(ioctl(vmm.fd, KVM_UNKNOWN, 0), ENOTTY, "unknown ioctl of a VM");
	CHECK(ioctl(vmm.fd, KVM_CREATE_VCPU, 0), EEXIST, "CREATE_VCPU: the id is in use");
	CHECK(ioctl(vmm.fd, KVM_CREATE_VCPU, max_id), EINVAL, "CREATE_VCPU: id too large");
	CHECK(ioctl(vmm.fd, KVM_CREATE_VCPU, 1ul << 31), EINVAL, "CREATE_VCPU: absurd id");
	CHECK(ioctl(vmm.fd, KVM_ENABLE_CAP, &cap), EINVAL, "ENABLE_CAP: unknown");
	CHECK(ioctl(vmm.fd, KVM_ENABLE_CAP, BAD_POINTER), EFAULT, "ENABLE_CAP: bad pointer");
	cap.cap = KVM_CAP_SPLIT_IRQCHIP;
	cap.args[0] = 24;
	CHECK(ioctl(vmm.fd, KVM_ENABLE_CAP, &cap), EEXIST, "split irqchip: a second time");
	CHECK(ioctl(bare.fd, KVM_ENABLE_CAP, &cap), EEXIST, "split irqchip: after a VP");
	cap.flags = 1;
	CHECK(ioctl(vmm.fd, KVM_ENABLE_CAP, &cap), EINVAL, "ENABLE_CAP: flags");
}

static void test_coalesced(void)
{
	struct kvm_coalesced_mmio_zone zone = { .addr = 0xe0000000, .size = 16, .pio = 2 };

	CHECK(ioctl(vmm.fd, KVM_REGISTER_COALESCED_MMIO, &zone), EINVAL,
	      "coalesced: neither memory nor port");
	CHECK(ioctl(vmm.fd, KVM_UNREGISTER_COALESCED_MMIO, &zone), EINVAL,
	      "coalesced: the same, to remove");
	zone.pio = 0;
	CHECK(ioctl(vmm.fd, KVM_UNREGISTER_COALESCED_MMIO, &zone), 0,
	      "coalesced: removing what is not there");
	CHECK(ioctl(vmm.fd, KVM_REGISTER_COALESCED_MMIO, &zone), 0, "coalesced: a zone");
	CHECK(ioctl(vmm.fd, KVM_UNREGISTER_COALESCED_MMIO, &zone), 0, "coalesced: removed");
	CHECK(ioctl(vmm.fd, KVM_REGISTER_COALESCED_MMIO, BAD_POINTER), EFAULT,
	      "coalesced: bad pointer");
}

static void test_irqs(void)
{
	struct { struct kvm_irq_routing head; struct kvm_irq_routing_entry e; } table = {
		.head.nr = 1,
		.e = { .gsi = 5, .type = KVM_IRQ_ROUTING_MSI },
	};
	struct kvm_msi msi = { .address_lo = APIC_BASE, .data = 0x41 };
	struct kvm_irqfd irqfd = { .gsi = 5 };
	struct kvm_ioeventfd io = { .addr = 0x500, .len = 4 };
	int fd = eventfd(0, 0), file = open("/dev/null", O_RDONLY);

	CHECK(ioctl(vmm.fd, KVM_SIGNAL_MSI, BAD_POINTER), EFAULT, "SIGNAL_MSI: bad pointer");
	CHECK(ioctl(bare.fd, KVM_SIGNAL_MSI, &msi), EINVAL, "SIGNAL_MSI without LAPIC");
	msi.flags = 0x80;
	CHECK(ioctl(vmm.fd, KVM_SIGNAL_MSI, &msi), EINVAL, "SIGNAL_MSI: unknown flag");

	CHECK(ioctl(vmm.fd, KVM_SET_GSI_ROUTING, BAD_POINTER), EFAULT, "routing: bad pointer");
	CHECK(ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &table), 0, "routing: one MSI");
	table.e.type = 99;
	CHECK(ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &table), EINVAL, "routing: unknown type");
	table.e.type = KVM_IRQ_ROUTING_MSI;
	table.e.gsi = 1 << 20;
	CHECK(ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &table), EINVAL, "routing: GSI too large");
	table.e.gsi = 5;
	table.head.flags = 1;
	CHECK(ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &table), EINVAL, "routing: flags");
	table.head.flags = 0;
	table.head.nr = 1 << 20;
	CHECK(ioctl(vmm.fd, KVM_SET_GSI_ROUTING, &table), EINVAL, "routing: too many");

	irqfd.fd = -1;
	CHECK(ioctl(vmm.fd, KVM_IRQFD, &irqfd), EBADF, "irqfd: no file");
	irqfd.fd = file;
	CHECK(ioctl(vmm.fd, KVM_IRQFD, &irqfd), EINVAL, "irqfd: not an eventfd");
	irqfd.fd = fd;
	irqfd.flags = 0x80;
	CHECK(ioctl(vmm.fd, KVM_IRQFD, &irqfd), EINVAL, "irqfd: unknown flag");
	irqfd.flags = 0;
	CHECK(ioctl(bare.fd, KVM_IRQFD, &irqfd), EINVAL, "irqfd without LAPIC");
	CHECK(ioctl(vmm.fd, KVM_IRQFD, &irqfd), 0, "irqfd");
	CHECK(ioctl(vmm.fd, KVM_IRQFD, &irqfd), EBUSY, "irqfd: the eventfd is in use");
	irqfd.flags = KVM_IRQFD_FLAG_DEASSIGN;
	CHECK(ioctl(vmm.fd, KVM_IRQFD, &irqfd), 0, "irqfd: deassign");

	io.fd = fd;
	io.flags = KVM_IOEVENTFD_FLAG_PIO;
	io.len = 3;
	CHECK(ioctl(vmm.fd, KVM_IOEVENTFD, &io), EINVAL, "ioeventfd: length 3");
	io.len = 4;
	io.flags = 0x8000;
	CHECK(ioctl(vmm.fd, KVM_IOEVENTFD, &io), EINVAL, "ioeventfd: unknown flag");
	io.flags = KVM_IOEVENTFD_FLAG_PIO;
	io.addr = -2ull;
	CHECK(ioctl(vmm.fd, KVM_IOEVENTFD, &io), EINVAL, "ioeventfd: address wraps");
	io.addr = 0x500;
	io.fd = -1;
	CHECK(ioctl(vmm.fd, KVM_IOEVENTFD, &io), EBADF, "ioeventfd: no file");
	io.fd = fd;
	io.flags = KVM_IOEVENTFD_FLAG_PIO | KVM_IOEVENTFD_FLAG_DEASSIGN;
	CHECK(ioctl(vmm.fd, KVM_IOEVENTFD, &io), ENOENT, "ioeventfd: deassign what is not there");
	io.flags = KVM_IOEVENTFD_FLAG_PIO;
	CHECK(ioctl(vmm.fd, KVM_IOEVENTFD, &io), 0, "ioeventfd");
	CHECK(ioctl(vmm.fd, KVM_IOEVENTFD, &io), EEXIST, "ioeventfd: the same again");
	io.flags |= KVM_IOEVENTFD_FLAG_DEASSIGN;
	CHECK(ioctl(vmm.fd, KVM_IOEVENTFD, &io), 0, "ioeventfd: deassign");
	close(fd);
	close(file);
}

static void test_vp_state(void)
{
	int fd = vmm.vp[0].fd;
	struct kvm_sregs sregs, good;
	struct kvm_mp_state state = { .mp_state = 77 };
	struct kvm_vcpu_events events;
	struct kvm_debugregs debug;
	struct kvm_xcrs xcrs;

	CHECK(ioctl(fd, KVM_UNKNOWN, 0), vmm.is_kvm ? EINVAL : ENOTTY, "unknown ioctl of a VP");
	CHECK(ioctl(fd, KVM_RUN, 1), EINVAL, "KVM_RUN with argument");
	CHECK(ioctl(fd, KVM_GET_REGS, BAD_POINTER), EFAULT, "GET_REGS: bad pointer");
	CHECK(ioctl(fd, KVM_SET_REGS, BAD_POINTER), EFAULT, "SET_REGS: bad pointer");
	CHECK(ioctl(fd, KVM_SET_SREGS, BAD_POINTER), EFAULT, "SET_SREGS: bad pointer");
	xioctl(fd, KVM_GET_SREGS, &good);
	sregs = good;
	sregs.cr4 |= 1ull << 31;
	CHECK(ioctl(fd, KVM_SET_SREGS, &sregs), EINVAL, "SET_SREGS: reserved bit of CR4");
	sregs = good;
	sregs.cr0 = 1u << 31;
	CHECK(ioctl(fd, KVM_SET_SREGS, &sregs), EINVAL, "SET_SREGS: paging without protection");
	sregs = good;
	sregs.efer = 0x500;
	sregs.cr0 = 0x80000001;
	sregs.cr4 = 0;
	CHECK(ioctl(fd, KVM_SET_SREGS, &sregs), EINVAL, "SET_SREGS: long mode without PAE");
	sregs = good;
	sregs.apic_base = 0x400 | 0xfee00000;
	CHECK(ioctl(fd, KVM_SET_SREGS, &sregs), EINVAL, "SET_SREGS: x2APIC without enable");
	CHECK(ioctl(fd, KVM_SET_SREGS, &good), 0, "SET_SREGS: what GET gave");

	CHECK(ioctl(fd, KVM_SET_MP_STATE, &state), EINVAL, "SET_MP_STATE: unknown state");
	CHECK(ioctl(fd, KVM_SET_MP_STATE, BAD_POINTER), EFAULT, "SET_MP_STATE: bad pointer");

	xioctl(fd, KVM_GET_VCPU_EVENTS, &events);
	events.flags = 1u << 31;
	CHECK(ioctl(fd, KVM_SET_VCPU_EVENTS, &events), EINVAL, "SET_VCPU_EVENTS: unknown flag");
	events.flags = 0;
	events.exception.injected = 1;
	events.exception.nr = 40;
	CHECK(ioctl(fd, KVM_SET_VCPU_EVENTS, &events), EINVAL, "SET_VCPU_EVENTS: exception 40");
	events.exception.nr = VECTOR_NMI;
	CHECK(ioctl(fd, KVM_SET_VCPU_EVENTS, &events), EINVAL,
	      "SET_VCPU_EVENTS: NMI as an exception");
	if (!vmm.is_kvm) {
		/* what VM entry would refuse */
		events.exception.nr = VECTOR_UD;
		events.exception.has_error_code = 1;
		CHECK(ioctl(fd, KVM_SET_VCPU_EVENTS, &events), EINVAL,
		      "SET_VCPU_EVENTS: an error code with #UD");
		events.exception.nr = VECTOR_GP;
		events.exception.error_code = 0x10000;
		CHECK(ioctl(fd, KVM_SET_VCPU_EVENTS, &events), EINVAL,
		      "SET_VCPU_EVENTS: an error code of more than 16 bits");
	}

	if (!ioctl(fd, KVM_GET_DEBUGREGS, &debug)) {
		debug.flags = 1;
		CHECK(ioctl(fd, KVM_SET_DEBUGREGS, &debug), EINVAL, "SET_DEBUGREGS: flags");
		debug.flags = 0;
		debug.dr7 = 1ull << 40;
		CHECK(ioctl(fd, KVM_SET_DEBUGREGS, &debug), EINVAL, "SET_DEBUGREGS: DR7 too large");
	}
	if (!ioctl(fd, KVM_GET_XCRS, &xcrs)) {
		struct kvm_xcrs bad = xcrs;

		bad.nr_xcrs = 100;
		CHECK(ioctl(fd, KVM_SET_XCRS, &bad), EINVAL, "SET_XCRS: too many");
		bad = xcrs;
		bad.flags = 1;
		CHECK(ioctl(fd, KVM_SET_XCRS, &bad), EINVAL, "SET_XCRS: flags");
		bad = xcrs;
		bad.nr_xcrs = 1;
		bad.xcrs[0].xcr = 0;
		bad.xcrs[0].value = 4;
		CHECK(ioctl(fd, KVM_SET_XCRS, &bad), EINVAL, "SET_XCRS: XCR0 without x87");
		CHECK(ioctl(fd, KVM_SET_XCRS, &xcrs), 0, "SET_XCRS: what GET gave");
	}
}

static void test_vp_tables(void)
{
	struct { struct kvm_msrs head; struct kvm_msr_entry e[2]; } msrs = {
		.head.nmsrs = 2,
		.e = { { .index = 0x174 }, { .index = 0x0badbad0 } },
	};
	struct kvm_lapic_state lapic;
	int fd = vmm.vp[0].fd;
	struct cpuid_table t;

	ktap_eq(ioctl(fd, KVM_GET_MSRS, &msrs), 1, "GET_MSRS stops at an unknown MSR");
	ktap_eq(ioctl(fd, KVM_SET_MSRS, &msrs), 1, "SET_MSRS too");
	msrs.head.nmsrs = 1 << 20;
	CHECK(ioctl(fd, KVM_GET_MSRS, &msrs), E2BIG, "GET_MSRS: too many");
	CHECK(ioctl(fd, KVM_SET_MSRS, &msrs), E2BIG, "SET_MSRS: too many");
	CHECK(ioctl(fd, KVM_GET_MSRS, BAD_POINTER), EFAULT, "GET_MSRS: bad pointer");

	memset(&t, 0, sizeof(t));
	t.head.nent = 1 << 20;
	CHECK(ioctl(fd, KVM_SET_CPUID2, &t), E2BIG, "SET_CPUID2: too many");
	CHECK(ioctl(fd, KVM_SET_CPUID2, BAD_POINTER), EFAULT, "SET_CPUID2: bad pointer");
	t.head.nent = 1;
	CHECK(ioctl(fd, KVM_GET_CPUID2, &t), E2BIG, "GET_CPUID2 with too little room");

	CHECK(ioctl(bare.vp[0].fd, KVM_GET_LAPIC, &lapic), EINVAL, "GET_LAPIC without LAPIC");
	CHECK(ioctl(bare.vp[0].fd, KVM_SET_LAPIC, &lapic), EINVAL, "SET_LAPIC without LAPIC");
	CHECK(ioctl(fd, KVM_GET_LAPIC, BAD_POINTER), EFAULT, "GET_LAPIC: bad pointer");
}

static void test_mmap(void)
{
	int fd = vmm.vp[0].fd;
	void *p;

	p = mmap(NULL, vmm.run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vmm.fd, 0);
	ktap_ok(p == MAP_FAILED, "a VM fd cannot be mapped");
	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		ktap_ok(errno == EINVAL || errno == EPERM || errno == EACCES,
			"executable mapping refused");
	else
		munmap(p, 4096);
	p = mmap(NULL, vmm.run_size + 64 * 4096, PROT_READ, MAP_SHARED, fd, 0);
	ktap_ok(p == MAP_FAILED || !munmap(p, vmm.run_size + 64 * 4096),
		"a mapping larger than kvm_run can be refused or undone");
	ktap_ok(read(fd, &p, 1) < 0 && write(vmm.fd, "x", 1) < 0,
		"neither fd can be read or written");
}

/* Every number with every direction and three sizes: no crash, no success. */
static void test_sweep(void)
{
	static uint8_t buffer[1 << 14];
	const int fds[] = { vmm.dev, vmm.fd, vmm.vp[0].fd };
	unsigned int nr, f, s, dir, odd = 0;

	for (f = 0; f < ARRAY_SIZE(fds); f++)
		for (nr = 0; nr < 256; nr++)
			for (dir = 0; dir < 4; dir++)
				for (s = 0; s < 3; s++) {
					/* sizes that no structure of the ABI has */
					unsigned int size = s == 0 ? 3 : s == 1 ? 4093 : 8191;

					memset(buffer, 0xff, sizeof(buffer));
					if (ioctl(fds[f], _IOC(dir, KVMIO, nr, size), buffer) >= 0)
						odd++;
				}
	ktap_eq(odd, 0, "requests with a wrong size are refused");
}

int main(void)
{
	ktap_start(60);
	bare_create(&vmm, 1, 0);
	bare_create(&bare, 1, BARE_NO_IRQCHIP);
	test_device();
	test_vm();
	test_slots();
	test_irqs();
	test_coalesced();
	test_vp_state();
	test_vp_tables();
	test_mmap();
	test_sweep();
	vmm_destroy(&vmm);
	vmm_destroy(&bare);
	return ktap_finish();
}
