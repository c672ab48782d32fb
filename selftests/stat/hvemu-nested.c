// SPDX-License-Identifier: GPL-2.0
/*
 * hvemu-nested: can guests on this host be hypervisors, is the guest of a VM
 * one, and what is missing?  docs/nested.md describes it.
 *
 * Needs nothing but the C library and include/uapi/hvemu.h.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uapi/hvemu.h"

/* Exit statuses */
#define EXIT_NO		1	/* something says no */
#define EXIT_USAGE	2
#define EXIT_DEVICE	3	/* an ioctl that failed */

#define MAX_VMS		64	/* at a time */

static struct {
	const char *device;
	const char *modprobe;	/* where the module's parameters are kept */
	const char *libvirt;	/* domain */
	bool yes;
} opt = {
	.device = "/dev/hvemu",
	.modprobe = "/etc/modprobe.d/hvemu-nested.conf",
};

static bool all_yes = true;

static void __attribute__((noreturn)) usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: hvemu-nested [-d DEVICE] status [VM]\n"
		"       hvemu-nested [-y] [-c FILE] enable [-l DOMAIN]\n"
		"status: what nested virtualization needs of the host and of each VM, or of\n"
		"one by id or name, and whether it is there. enable: switches it on in the\n"
		"module's configuration (-c: another file) or in a domain of libvirt (-l),\n"
		"and says what a VMM has to do; asks before it changes anything (-y: does\n"
		"not). Status 0: yes to all, 1: no to something, 2: usage, 3: device.\n");
	exit(status);
}

/* One line of a check; what to do belongs to a no. */
static bool __attribute__((format(printf, 2, 3))) line(bool ok, const char *fmt, ...)
{
	va_list args;

	printf("  %-4s", ok ? "yes" : "no");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	all_yes &= ok;
	return ok;
}

static void __attribute__((format(printf, 1, 2))) note(const char *fmt, ...)
{
	va_list args;

	printf("      ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

/* The first line of a file that begins with @key, behind it; "" if there is none. */
static char *line_of(const char *path, const char *key)
{
	static char buf[8192];
	FILE *f = fopen(path, "r");
	size_t len = strlen(key);

	while (f && fgets(buf, sizeof(buf), f)) {
		if (strncmp(buf, key, len))
			continue;
		fclose(f);
		buf[strcspn(buf, "\n")] = 0;
		return buf + len;
	}
	if (f)
		fclose(f);
	buf[0] = 0;
	return buf;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *p = text;

	while ((p = strstr(p, word))) {
		if ((p == text || p[-1] == ' ' || p[-1] == '\t') &&
		    (!p[len] || p[len] == ' '))
			return true;
		p += len;
	}
	return false;
}

static void check_processor(void)
{
	static const struct {
		const char *flag, *name;
	} vmx[] = {
		{ "ept", "EPT" }, { "vpid", "VPID" },
		{ "unrestricted_guest", "unrestricted guest" },
	};
	const char *flags;
	unsigned int i;

	if (!line(has_word(line_of("/proc/cpuinfo", "flags"), "vmx"),
		  "the processor has VT-x")) {
		note("In a VM, its owner has to switch nested virtualization on; else see the firmware's setup.");
		return;
	}
	flags = line_of("/proc/cpuinfo", "vmx flags");
	for (i = 0; i < sizeof(vmx) / sizeof(vmx[0]); i++)
		line(has_word(flags, vmx[i].flag), "it has %s", vmx[i].name);
	printf("  %-4sVMCS shadowing: %s; it makes VMREAD and VMWRITE of a guest cheaper\n", "-",
	       has_word(flags, "shadow_vmcs") ? "there" : "not there");
}

/* Who else has the processor's VMX. */
static void check_others(void)
{
	char *users = line_of("/proc/modules", "kvm_intel ");

	if (*users)
		printf("  %-4skvm_intel is loaded, too; %s VMs of it: both work side by side\n", "-",
		       strtoul(strchr(users, ' ') ?: users, NULL, 10) ? "there are" : "there are no");
}

static int open_device(void)
{
	struct hvemu_info info;
	char *param = line_of("/sys/module/hvemu/parameters/nested", "");
	bool off = *param == 'N';
	int dev;

	if (!line(*param, "the module hvemu is loaded")) {
		note("modprobe hvemu; where that fails, \"dmesg | grep hvemu:\" says why.");
		return -1;
	}
	if (!line(!off, "its parameter nested is on"))
		note("\"hvemu-nested enable\" puts it on for the next time that it is loaded.");
	dev = open(opt.device, O_RDWR | O_CLOEXEC);
	if (!line(dev >= 0, "%s can be opened%s%s", opt.device, dev < 0 ? ": " : "",
		  dev < 0 ? strerror(errno) : ""))
		return -1;
	if (ioctl(dev, HVEMU_INFO, &info)) {
		line(false, "%s is hvemu", opt.device);
		close(dev);
		return -1;
	}
	printf("  %-4sversion %u.%u.%u, at most %u vCPUs a VM\n", "-", info.module_version >> 16,
	       info.module_version >> 8 & 0xff, info.module_version & 0xff, info.max_vcpus);
	line(info.features & HVEMU_FEATURE_NESTED, "guests can be offered VMX");
	return dev;
}

static uint64_t host_memory(void)
{
	return strtoull(line_of("/proc/meminfo", "MemTotal:"), NULL, 10) * 1024;
}

#define GIB(bytes)	((bytes) / 1073741824.0)

static void vm_check(int dev, const struct hvemu_vm *vm)
{
	struct hvemu_nested n = { .id = vm->id };
	char name[HVEMU_NAME_MAX + 1] = "";
	unsigned int i;

	if (ioctl(dev, HVEMU_NESTED, &n)) {
		if (errno == ENOENT)
			return;		/* it has just ended */
		err(EXIT_DEVICE, "HVEMU_NESTED");
	}
	for (i = 0; i < HVEMU_NAME_MAX && vm->name[i]; i++)
		name[i] = vm->name[i] < ' ' || vm->name[i] > '~' ? '?' : vm->name[i];
	printf("VM %" PRIu64 " \"%s\", process %u\n", (uint64_t)vm->id, name, vm->pid);
	if (!line(n.exposed && n.exposed == n.nr_vcpus, "VMX is exposed to %u of its %u vCPUs",
		  n.exposed, n.nr_vcpus))
		note("The VMM decides with KVM_SET_CPUID2 (CPUID.1:ECX bit 5); \"hvemu-nested enable\" says how.");
	line(!(n.flags & HVEMU_VM_DEAD), "it has not been ended by an internal error");
	printf("  %-4s%u vCPUs in VMX operation, %u of them by an enlightened VMCS; %u run a guest now\n",
	       "-", n.in_vmx, n.enlightened, n.in_l2);
	printf("  %-4s%u came out of a saved state in VMX operation\n", "-", n.restored);
	printf("  %-4smemory %.2f GiB, which is all its guests can have\n", "-",
	       GIB(n.memory_bytes));
}

static unsigned int vms_after(int dev, uint64_t after, struct hvemu_vm *vm)
{
	struct hvemu_vm_list list = {
		.after = after, .vms = (uintptr_t)vm, .nr = MAX_VMS,
	};

	if (ioctl(dev, HVEMU_LIST_VMS, &list))
		err(EXIT_DEVICE, "HVEMU_LIST_VMS");
	return list.nr;
}

static bool is_wanted(const struct hvemu_vm *vm, const char *what)
{
	char *end;
	uint64_t id;

	if (!what || !strncmp(vm->name, what, sizeof(vm->name)))
		return true;
	id = strtoull(what, &end, 10);
	return *what && !*end && id == vm->id;
}

static unsigned int check_vms(int dev, const char *what)
{
	struct hvemu_vm vm[MAX_VMS];
	unsigned int i, nr, found = 0;
	uint64_t after = 0, memory = 0;

	while ((nr = vms_after(dev, after, vm))) {
		for (i = 0; i < nr; i++) {
			struct hvemu_nested n = { .id = vm[i].id };

			if (!ioctl(dev, HVEMU_NESTED, &n))
				memory += n.memory_bytes;
			if (is_wanted(&vm[i], what)) {
				vm_check(dev, &vm[i]);
				found++;
			}
		}
		after = vm[nr - 1].id;
	}
	if (found) {
		puts("All VMs that you may see");
		if (!line(memory <= host_memory(), "their memory, %.2f GiB, fits into the host's, %.2f GiB",
			  GIB(memory), GIB(host_memory())))
			note("Memory is overcommitted: what a guest's guest touches first may have to be swapped in.");
	}
	return found;
}

static int status(const char *what)
{
	struct utsname u;
	int dev;

	uname(&u);
	printf("Host %s, Linux %s\n", u.nodename, u.release);
	check_processor();
	check_others();
	dev = open_device();
	if (dev < 0)
		return EXIT_NO;
	if (!check_vms(dev, what) && what)
		errx(EXIT_NO, "no VM \"%s\"", what);
	return all_yes ? 0 : EXIT_NO;
}

static bool agreed(const char *question)
{
	char answer[8];

	if (opt.yes)
		return true;
	printf("%s [y/N] ", question);
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

static int enable_module(void)
{
	char *param = line_of("/sys/module/hvemu/parameters/nested", ""), question[300];
	FILE *f;

	if (*param == 'Y')
		return 0;
	if (*param)
		puts("The module is loaded with nested=0.");
	snprintf(question, sizeof(question), "Write \"options hvemu nested=1\" to %s?", opt.modprobe);
	if (!agreed(question)) {
		puts("Nothing is changed.");
		return EXIT_NO;
	}
	f = fopen(opt.modprobe, "w");
	if (!f || fputs("options hvemu nested=1\n", f) == EOF || fclose(f))
		err(EXIT_NO, "%s", opt.modprobe);
	if (*param)
		puts("It counts when no VM is left, after: modprobe -r hvemu && modprobe hvemu\n"
		     "(an option of another file in /etc/modprobe.d that says nested=0 has to go)");
	return 0;
}

/* virt-xml is of virtinst; without it the change is the reader's. */
static int enable_domain(const char *domain)
{
	char question[300];
	int state;
	pid_t pid;

	snprintf(question, sizeof(question),
		 "Change <cpu> of %s to host-passthrough with vmx required (virt-xml, from its next start on)?",
		 domain);
	if (!agreed(question)) {
		puts("Nothing is changed.");
		return EXIT_NO;
	}
	pid = fork();
	if (!pid) {
		execlp("virt-xml", "virt-xml", domain, "--edit", "--cpu",
		       "host-passthrough,require=vmx", "--define", NULL);
		warn("virt-xml (package virtinst)");
		fprintf(stderr, "In \"virsh edit %s\": <cpu mode='host-passthrough'><feature policy='require' name='vmx'/></cpu>\n",
			domain);
		_exit(EXIT_NO);
	}
	if (pid < 0 || waitpid(pid, &state, 0) != pid)
		err(EXIT_NO, "virt-xml");
	return WIFEXITED(state) && !WEXITSTATUS(state) ? 0 : EXIT_NO;
}

static int enable(void)
{
	int r = opt.libvirt ? enable_domain(opt.libvirt) : enable_module();

	puts("What a VMM has to do, before the VM starts:\n"
	     "  QEMU          -cpu host,+vmx; with +hv-evmcs,hv-vapic,hv-vpindex,hv-synic also\n"
	     "                enlightened VMCS, for Windows with Hyper-V or KVM as the guest's hypervisor\n"
	     "  libvirt       <cpu mode='host-passthrough'><feature policy='require' name='vmx'/></cpu>\n"
	     "  another VMM   leave bit 5 of CPUID.1:ECX as KVM_GET_SUPPORTED_CPUID has it, and let the\n"
	     "                guest lock IA32_FEATURE_CONTROL, or set it to 5 for each vCPU");
	return r;
}

int main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "c:d:hl:y")) != -1) {
		switch (c) {
		case 'c':
			opt.modprobe = optarg;
			break;
		case 'd':
			opt.device = optarg;
			break;
		case 'l':
			opt.libvirt = optarg;
			break;
		case 'y':
			opt.yes = true;
			break;
		default:
			usage(c == 'h' ? 0 : EXIT_USAGE);
		}
	}
	argc -= optind;
	argv += optind;
	if (argc >= 1 && argc <= 2 && !strcmp(argv[0], "status") && !opt.libvirt)
		return status(argv[1]);
	if (argc == 1 && !strcmp(argv[0], "enable"))
		return enable();
	usage(EXIT_USAGE);
}
