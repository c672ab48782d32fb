// SPDX-License-Identifier: GPL-2.0
/*
 * Guest crash enlightenment (TLFS, "Partition Crash Enlightenment"): what the
 * guest says about its end comes to the VMM and, with its text, into the log
 * of the host, under the name the VMM gave the VM; nothing in the text can do
 * harm there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../include/uapi/hvemu.h"
#include "bare.h"
#include "hvdef.h"

#define TEXT		(BARE_FREE + 0x10000)
#define NAME		"crash test [1]"

/* What the guest crashes with, one a stage. */
struct crash {
	uint64_t ctl, gpa, len;
	const char *text;		/* in the guest */
	const char *line;		/* in the log */
	const char *what;
};

#define NOTIFY		HV_CRASH_CTL_NOTIFY
#define MESSAGE		HV_CRASH_CTL_MESSAGE
#define LONG_LEN	0x10000000ull

static const struct crash crashes[] = {
	{ NOTIFY, 0x1111, 0x2222, NULL, "parameters 0xc0de0000 0xc0de0001 0xc0de0002 0x1111 0x2222",
	  "parameters alone" },
	{ NOTIFY | MESSAGE, TEXT, 22, "first line\nsecond line", "guest: second line",
	  "a text of two lines" },
	{ NOTIFY | MESSAGE, TEXT, 20, "\033[2Jred\r\a\xff\x7f\0\"ok\\z\n", "guest: \\e[2Jred\\r\\a\\377\\177\\0",
	  "control characters are escaped" },
	{ NOTIFY | MESSAGE, TEXT, LONG_LEN, "trap 55: begin of a long one",
	  "guest: trap 55: begin of a long one", "trap 55: a length beyond 4096 is cut" },
	{ NOTIFY | MESSAGE, BARE_NO_RAM, 16, NULL, "VP 0: guest crash", "a text where no RAM is" },
	{ NOTIFY | MESSAGE, -16ull, 32, NULL, "VP 0: guest crash", "a text that wraps" },
	{ NOTIFY | MESSAGE, TEXT, 0, NULL, "VP 0: guest crash", "a text of length 0" },
	{ NOTIFY | MESSAGE | HV_CRASH_CTL_NO_DUMP | 3ull << 58, TEXT, 6, "pre-OS",
	  "guest: pre-OS", "crash of a loader without a dump" },
};

static void guest_main(uint64_t stage)
{
	const struct crash *c = &crashes[stage];
	unsigned int i;

	for (i = 0; i < 0x2000; i++)
		((char *)TEXT)[i] = 'x';
	for (i = 0; c->text && i < 64; i++)
		((char *)TEXT)[i] = c->text[i];
	for (i = 0; i < 3; i++)
		wrmsr(HV_X64_MSR_CRASH_P0 + i, 0xc0de0000 + i);
	wrmsr(HV_X64_MSR_CRASH_P0 + 3, c->gpa);
	wrmsr(HV_X64_MSR_CRASH_P4, c->len);
	wrmsr(HV_X64_MSR_CRASH_CTL, c->ctl);
	g_eq(rdmsr(HV_X64_MSR_CRASH_CTL) & c->ctl, c->ctl,
	     "trap 55: CRASH_CTL reads capabilities: %s", c->what);
	g_eq(rdmsr(HV_X64_MSR_CRASH_CTL) & 0x3ffffffffffffffull, 0,
	     "reserved bits of CRASH_CTL are 0");
	wrmsr(HV_X64_MSR_CRASH_CTL, MESSAGE);	/* not without CrashNotify */
}

/* The records of the log since the last call, with "hvemu: " in them. */
static void log_read(int fd, char *buf, size_t size)
{
	char rec[8192], *p;
	ssize_t n;

	buf[0] = 0;
	while ((n = read(fd, rec, sizeof(rec) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		rec[n] = 0;
		while ((p = strstr(rec, "\\x5c")))	/* of /dev/kmsg */
			memmove(p + 1, p + 4, strlen(p + 4) + 1);
		if (strstr(rec, "hvemu: ") && strlen(buf) + n < size)
			strcat(buf, strchr(rec, ';') + 1);
	}
}

static int set_name(struct vmm *vmm, const char *name)
{
	struct hvemu_name n;

	memset(&n, 'a', sizeof(n));
	if (name)
		strcpy(n.name, name);
	return ioctl(vmm->fd, HVEMU_SET_NAME, &n);
}

static void test_crash(unsigned int stage, int log)
{
	const struct crash *c = &crashes[stage];
	static char buf[65536];
	char prefix[64];
	struct vmm vmm;
	struct vp *vp;
	char *line;

	bare_create(&vmm, 0, 0);
	if (vmm.is_kvm)
		ktap_skip_all("KVM has no text and no log");
	ktap_ok(!set_name(&vmm, NAME), "the VM gets a name");
	vp = bare_add_vp(&vmm);
	vp_default_cpuid(vp, 1);
	bare_start(vp, guest_main, stage);
	log_read(log, buf, sizeof(buf));
	ktap_ok(bare_run(vp) == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_SYSTEM_EVENT &&
		vp->run->system_event.type == KVM_SYSTEM_EVENT_CRASH &&
		vp->run->system_event.data[0] == c->ctl, "%s: the VMM is told", c->what);
	log_read(log, buf, sizeof(buf));
	snprintf(prefix, sizeof(prefix), "hvemu: vm %s (pid %d): ", NAME, getpid());
	line = strstr(buf, c->line);
	if (!ktap_ok(line, "%s: it is in the log", c->what))
		ktap_note("the log has: %s", buf);
	ktap_ok(!strncmp(buf, prefix, strlen(prefix)), "with the name of the VM");
	if (c->len == LONG_LEN)
		ktap_ok(strlen(buf) < 5000, "and it is no longer than the limit");
	ktap_ok(bare_run(vp) == BARE_DONE, "CrashMessage without CrashNotify does nothing");
	vmm_destroy(&vmm);
}

static void test_name(void)
{
	struct vmm vmm;

	bare_create(&vmm, 0, 0);
	ktap_errno(set_name(&vmm, NULL), EINVAL, "a name that does not end");
	ktap_errno(set_name(&vmm, ""), EINVAL, "an empty name");
	ktap_errno(set_name(&vmm, "a\nb"), EINVAL, "a name of two lines");
	ktap_errno(set_name(&vmm, "\x80"), EINVAL, "a name that is not ASCII");
	ktap_ok(!set_name(&vmm, "first") && !set_name(&vmm, "second"), "a name, and another");
	vmm_add_vp(&vmm);
	ktap_errno(set_name(&vmm, "late"), EBUSY, "no name after the first vCPU");
	vmm_destroy(&vmm);
}

int main(void)
{
	unsigned int i;
	int log;

	ktap_start(120);
	log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (log < 0)
		ktap_skip_all("no /dev/kmsg");
	lseek(log, 0, SEEK_END);
	for (i = 0; i < ARRAY_SIZE(crashes); i++)
		test_crash(i, log);
	test_name();
	return ktap_finish();
}
