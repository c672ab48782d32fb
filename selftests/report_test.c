// SPDX-License-Identifier: GPL-2.0
/*
 * Reports on VMs (include/uapi/hvemu.h): who sees which VM, what is counted,
 * wrong arguments, and VMs that vanish meanwhile.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../include/uapi/hvemu.h"
#include "bare.h"
#include "hvdef.h"

#define MAX_ROWS	2048
#define OS_ID		0x8100000000000001ull
#define PAGE		(BARE_FREE + 0x10000)
#define UNKNOWN_CALL	0x3ff
#define NOBODY		65534

static struct hvemu_report_row row[MAX_ROWS];
static struct hvemu_report head;

static int list(int dev, uint64_t after, struct hvemu_vm *vm, uint32_t room)
{
	struct hvemu_vm_list l = { .after = after, .vms = (uintptr_t)vm, .nr = room };

	return ioctl(dev, HVEMU_LIST_VMS, &l) ? -errno : (int)l.nr;
}

static int report(int dev, uint64_t id, uint32_t vp)
{
	head = (struct hvemu_report){
		.id = id, .rows = (uintptr_t)row, .nr = MAX_ROWS, .vp = vp,
	};
	return ioctl(dev, HVEMU_REPORT, &head) ? -errno : 0;
}

static const struct hvemu_report_row *find(uint16_t kind, uint32_t number,
					   uint32_t detail)
{
	static const struct hvemu_report_row none = { .count = ~0ull };
	uint32_t i;

	for (i = 0; i < head.nr; i++)
		if (row[i].kind == kind && row[i].number == number &&
		    row[i].detail == detail)
			return &row[i];
	return &none;
}

static uint64_t count(uint16_t kind, uint32_t number)
{
	return find(kind, number, 0)->count;
}

/* The newest VM of this process. */
static uint64_t own_vm(int dev)
{
	struct hvemu_vm vm[64];
	uint64_t after = 0, id = 0;
	int nr, i;

	do {
		nr = list(dev, after, vm, 64);
		for (i = 0; i < nr; i++)
			if (vm[i].pid == (uint32_t)getpid())
				id = vm[i].id;
		if (nr > 0)
			after = vm[nr - 1].id;
	} while (nr == 64);
	return id;
}

static void guest_main(uint64_t vp)
{
	unsigned int i;

	for (i = 0; i < 10 + vp; i++)
		rdmsr(HV_X64_MSR_VP_INDEX);
	if (vp)
		return;
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, PAGE | HV_MSR_ENABLE);
	for (i = 0; i < 7; i++)
		hv_call((void *)PAGE, UNKNOWN_CALL, 0, 0);
	/* notify of a long spin wait, fast, twice; then with reserved bits */
	hv_call((void *)PAGE, 0x10008, 5, 0);
	hv_call((void *)PAGE, 0x10008, 5, 0);
	hv_call((void *)PAGE, 0x10008 | 1u << 27, 5, 0);
	g_eq(wrmsr_safe(HV_X64_MSR_VP_INDEX, 0), VECTOR_GP, "VP_INDEX is read only");
}

static void check_counts(struct vmm *vmm, uint64_t id)
{
	const struct hvemu_report_row *f;

	ktap_eq(report(vmm->dev, id, HVEMU_REPORT_ALL_VPS), 0, "report");
	ktap_eq(count(HVEMU_ROW_MSR_READ, HV_X64_MSR_VP_INDEX), 21,
		"reads of VP_INDEX by both VPs");
	ktap_eq(count(HVEMU_ROW_MSR_WRITE, HV_X64_MSR_HYPERCALL), 1,
		"writes of HYPERCALL");
	ktap_eq(count(HVEMU_ROW_CALL, 8), 2, "calls that succeeded");
	ktap_eq(count(HVEMU_ROW_REJECT, 8), 1, "one that did not");
	ktap_eq(find(HVEMU_ROW_REJECT, 8, 0)->status,
		HV_STATUS_INVALID_HYPERCALL_INPUT, "and why");
	ktap_eq(count(HVEMU_ROW_REJECT, UNKNOWN_CALL), 7, "unknown calls");
	ktap_eq(count(HVEMU_ROW_REJECT, HV_X64_MSR_VP_INDEX), 1, "refused write");
	ktap_eq(find(HVEMU_ROW_REJECT, HV_X64_MSR_VP_INDEX, 0)->status,
		HVEMU_STATUS_GP, "by #GP");
	ktap_ok(!strcmp(find(HVEMU_ROW_CALL, 8, 0)->name, "NotifyLongSpinWait"),
		"a call has its row's name");
	/* leaf 3, EAX bit 6 */
	f = find(HVEMU_ROW_FEATURE, HV_CPUID_FEATURES, 6);
	ktap_ok(f->flags == HVEMU_ROW_ADVERTISED && f->count == 21 && f->rejected == 1 &&
		f->first_ns && f->first_ns < head.age_ns,
		"the feature VP index: offered, used 21 times, refused once, first use");
	f = find(HVEMU_ROW_FEATURE, HV_CPUID_FEATURES, 5);
	ktap_eq(f->flags, HVEMU_ROW_ADVERTISED | HVEMU_ROW_SWITCHED | HVEMU_ROW_ENABLED,
		"the hypercall page is enabled");
	f = find(HVEMU_ROW_FEATURE, HV_CPUID_FEATURES, 2);
	ktap_eq(f->flags, HVEMU_ROW_ADVERTISED | HVEMU_ROW_SWITCHED,
		"the SynIC is offered and not enabled");
	ktap_eq(head.guest_os_id, OS_ID, "guest OS id");
	ktap_eq(head.tsc_page, HVEMU_TSC_PAGE_NOT_ENABLED, "no TSC page, as not enabled");
	ktap_ok(count(HVEMU_ROW_EXIT, 31) >= 21, "exits by RDMSR");
	ktap_eq(find(HVEMU_ROW_EXIT, 31, 0)->time_ns, 0, "are not timed");

	ktap_eq(report(vmm->dev, id, 1), 0, "report of VP 1");
	ktap_eq(count(HVEMU_ROW_MSR_READ, HV_X64_MSR_VP_INDEX), 11, "its reads");
	ktap_eq(count(HVEMU_ROW_CALL, 8), 0, "its calls");
	ktap_eq(report(vmm->dev, id, 2), -ENOENT, "no VP 2: ENOENT");
}

static void check_times(struct vmm *vmm, uint64_t id)
{
	struct hvemu_exit_times t = { .id = id, .on = 1 };
	struct hvemu_vm vm;

	ktap_eq(ioctl(vmm->dev, HVEMU_SET_EXIT_TIMES, &t), 0, "time the exits");
	ktap_eq(ioctl(vmm->dev, HVEMU_SET_EXIT_TIMES, &t), 0, "twice");
	ktap_ok(list(vmm->dev, id - 1, &vm, 1) == 1 && vm.id == id &&
		vm.flags == (HVEMU_VM_STARTED | HVEMU_VM_EXIT_TIMES), "the list says so");
	bare_start(&vmm->vp[0], guest_main, 1);
	ktap_ok(bare_run(&vmm->vp[0]) == BARE_DONE, "the guest runs again");
	report(vmm->dev, id, HVEMU_REPORT_ALL_VPS);
	ktap_ok(find(HVEMU_ROW_EXIT, 31, 0)->time_ns > 0, "exits by RDMSR have a time");
	t.on = 0;
	ktap_eq(ioctl(vmm->dev, HVEMU_SET_EXIT_TIMES, &t), 0, "no more");
	t.on = 2;
	ktap_errno(ioctl(vmm->dev, HVEMU_SET_EXIT_TIMES, &t), EINVAL, "on is 0 or 1: EINVAL");
	t = (struct hvemu_exit_times){ .id = id, .reserved = 1 };
	ktap_errno(ioctl(vmm->dev, HVEMU_SET_EXIT_TIMES, &t), EINVAL, "reserved: EINVAL");
	t = (struct hvemu_exit_times){ .id = ~0ull, .on = 1 };
	ktap_errno(ioctl(vmm->dev, HVEMU_SET_EXIT_TIMES, &t), ENOENT, "no such VM: ENOENT");
	/* left on: it ends with the VM */
	t.id = id;
	ioctl(vmm->dev, HVEMU_SET_EXIT_TIMES, &t);
}

static void check_arguments(struct vmm *vmm, uint64_t id)
{
	struct hvemu_vm_list l = { .vms = 0x10, .nr = 1 };
	uint32_t all = head.nr, i;
	struct hvemu_vm vm[2];
	bool same = true;

	ktap_errno(ioctl(vmm->dev, HVEMU_LIST_VMS, &l), EFAULT, "list: bad address: EFAULT");
	ktap_errno(ioctl(vmm->dev, HVEMU_LIST_VMS, 0x10), EFAULT, "list: bad argument: EFAULT");
	l.reserved = 1;
	ktap_errno(ioctl(vmm->dev, HVEMU_LIST_VMS, &l), EINVAL, "list: reserved: EINVAL");
	ktap_eq(list(vmm->dev, 0, NULL, 0), 0, "list: no room: none");
	ktap_eq(list(vmm->dev, ~0ull, vm, 2), 0, "list: nothing behind the last id");
	ktap_eq(list(vmm->dev, 0xffffffff, vm, 2), 0, "list: nor behind 32 bits");
	ktap_eq(list(vmm->dev, id, vm, 2), 0, "list: ours is the last");
	ktap_errno(ioctl(vmm->fd, HVEMU_LIST_VMS, &l), ENOTTY, "list: on a VM: ENOTTY");
	ktap_errno(ioctl(vmm->vp[0].fd, HVEMU_REPORT, &head), ENOTTY, "report: on a VP: ENOTTY");
	ktap_errno(ioctl(vmm->dev, HVEMU_REPORT, 0x10), EFAULT, "report: bad argument: EFAULT");
	ktap_eq(report(vmm->dev, 0, HVEMU_REPORT_ALL_VPS), -ENOENT, "report: VM 0: ENOENT");
	ktap_eq(report(vmm->dev, ~0ull, HVEMU_REPORT_ALL_VPS), -ENOENT, "report: no such VM");
	ktap_eq(report(vmm->dev, id | 1ull << 32, HVEMU_REPORT_ALL_VPS), -ENOENT,
		"report: its id and more bits");
	ktap_eq(report(vmm->dev, id, 4096), -ENOENT, "report: VP 4096: ENOENT");

	memset(row, 0xa5, sizeof(row));
	head = (struct hvemu_report){ .id = id, .rows = (uintptr_t)row, .nr = 5,
				      .vp = HVEMU_REPORT_ALL_VPS };
	ktap_errno(ioctl(vmm->dev, HVEMU_REPORT, &head), E2BIG, "report: too little room: E2BIG");
	ktap_eq(head.nr, all, "and says how many rows there are");
	for (i = 0; i < sizeof(row); i++)
		same &= ((uint8_t *)row)[i] == 0xa5;
	ktap_ok(same, "and writes none of them");
	head.rows = 0x10;
	head.nr = MAX_ROWS;
	ktap_errno(ioctl(vmm->dev, HVEMU_REPORT, &head), EFAULT, "report: bad address: EFAULT");
}

/* Another user, with the fd but without the capability. */
static void check_others(struct vmm *vmm, uint64_t id)
{
	struct hvemu_exit_times t = { .id = id, .on = 1 };
	struct hvemu_vm vm[2];
	int status = -1, fd;
	pid_t pid;

	pid = fork();
	if (!pid) {
		if (setuid(NOBODY))
			_exit(100);
		if (list(vmm->dev, 0, vm, 2) != 0)
			_exit(1);
		if (report(vmm->dev, id, HVEMU_REPORT_ALL_VPS) != -ENOENT)
			_exit(2);
		if (!ioctl(vmm->dev, HVEMU_SET_EXIT_TIMES, &t) || errno != ENOENT)
			_exit(3);
		/* but a VM of its own */
		fd = ioctl(vmm->dev, KVM_CREATE_VM, 0);
		if (fd < 0 || list(vmm->dev, 0, vm, 2) != 1 || vm[0].uid != NOBODY ||
		    report(vmm->dev, vm[0].id, HVEMU_REPORT_ALL_VPS))
			_exit(4);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ktap_ok(WIFEXITED(status) && !WEXITSTATUS(status),
		"another user sees its own VMs only (step %d)", WEXITSTATUS(status));
}

/* VMs come and go in children while they are listed and reported. */
static void check_vanishing(struct vmm *vmm, uint64_t id)
{
	unsigned int round, reports = 0, gone = 0, odd = 0;
	time_t end = time(NULL) + 20;
	struct hvemu_vm vm[64];
	pid_t pid[2];
	int i, nr, r;

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		for (;;) {
			int fd = ioctl(vmm->dev, KVM_CREATE_VM, 0);
			int vcpu = fd < 0 ? -1 : ioctl(fd, KVM_CREATE_VCPU, 0);

			if (vcpu < 0)
				_exit(1);
			close(fd);
			close(vcpu);
		}
	}
	/* how the processes take turns is not ours to say */
	for (round = 0; (round < 400 || reports <= 10) && time(NULL) < end; round++) {
		struct hvemu_exit_times t = { .on = round >> 4 & 1 };

		nr = list(vmm->dev, id, vm, 64);
		odd += nr < 0;
		for (i = 0; i < nr; i++) {
			r = report(vmm->dev, vm[i].id, HVEMU_REPORT_ALL_VPS);
			reports += !r;
			gone += r == -ENOENT;
			odd += r && r != -ENOENT;
			t.id = vm[i].id;
			odd += !(round & 15) &&
			       ioctl(vmm->dev, HVEMU_SET_EXIT_TIMES, &t) && errno != ENOENT;
		}
	}
	for (i = 0; i < 2; i++) {
		odd += kill(pid[i], SIGKILL) || waitpid(pid[i], &r, 0) != pid[i] ||
		       !WIFSIGNALED(r);
	}
	ktap_eq(odd, 0, "VMs that vanish: there or ENOENT");
	ktap_ok(reports > 10, "reports of them: %u (gone before: %u)", reports, gone);
	ktap_eq(list(vmm->dev, id, vm, 64), 0, "and then they are all gone");
}

int main(void)
{
	struct vmm vmm;
	struct hvemu_vm vm;
	uint64_t id;

	ktap_start(200);
	bare_create(&vmm, 2, 0);
	if (vmm.is_kvm)
		ktap_skip_all("KVM has no such reports");
	id = own_vm(vmm.dev);
	if (!ktap_ok(id, "our VM is in the list"))
		return ktap_finish();
	ktap_ok(list(vmm.dev, id - 1, &vm, 1) == 1 && vm.id == id && vm.nr_vcpus == 2 &&
		!vm.flags && vm.uid == geteuid() && vm.age_ns, "with two VPs, not started");
	ktap_ok(strstr(vm.name, "report_test") == vm.name, "and its name");
	bare_start(&vmm.vp[0], guest_main, 0);
	bare_start(&vmm.vp[1], guest_main, 1);
	ktap_ok(bare_run_all(&vmm), "the guest runs");
	check_counts(&vmm, id);
	check_times(&vmm, id);
	check_arguments(&vmm, id);
	check_others(&vmm, id);
	check_vanishing(&vmm, id);
	vmm_destroy(&vmm);
	vmm.dev = vmm_open_device(vmm_device());
	ktap_eq(report(vmm.dev, id, HVEMU_REPORT_ALL_VPS), -ENOENT, "a VM that is closed is gone");
	return ktap_finish();
}
