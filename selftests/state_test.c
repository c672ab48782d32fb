// SPDX-License-Identifier: GPL-2.0
/*
 * HVEMU_GET_STATE and HVEMU_SET_STATE: what they refuse, and a guest that talks
 * to its SynIC and timers while it is moved into a new VM at every step. It
 * notices nothing but the time that passed.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../include/uapi/hvemu.h"
#include "bare.h"
#include "hvdef.h"
#include "image.h"

#define OS_ID		0x8100000000000001ull
#define CALL_PAGE	(BARE_FREE + 0x10000)
#define TSC_PAGE	(BARE_FREE + 0x20000)
#define ASSIST_PAGE	(BARE_FREE + 0x30000)
#define SIM_PAGE	(BARE_FREE + 0x40000)
#define SIEF_PAGE	(BARE_FREE + 0x50000)
#define USED_RAM	(BARE_FREE + MIB)	/* the guest touches no more */

#define SINT		2
#define VEC_SINT	0x61
#define VEC_DIRECT	0x71
#define VEC_EOI		0x51
#define VEC_REENLIGHTEN	0x91
#define MS		10000ull	/* in 100 ns */
#define SECOND		(1000 * MS)

#define STIMER_ON	1ull
#define STIMER_PERIODIC	2ull
#define STIMER_MESSAGE	((uint64_t)SINT << 16)
#define STIMER_DIRECT(v) (BIT(12) | (v) << 4)
#define CONFIG(n)	(HV_X64_MSR_STIMER0_CONFIG + 2 * (n))
#define COUNT(n)	(HV_X64_MSR_STIMER0_COUNT + 2 * (n))
#define MSG_TIMER_EXPIRED 0x80000010u
#define MSG_PENDING	1

struct message {
	uint32_t type;
	uint8_t size, flags;
	uint16_t reserved;
	uint64_t origin;
	uint32_t timer, reserved2;
	uint64_t expired, delivered;
};

#define DAMAGED		500u	/* blobs */

/* --- the guest --- */

static volatile uint64_t sint_irqs, direct_irqs, eoi_irqs, reenlightened, moved;
static volatile uint64_t stage;
static uint32_t features[4], hints[4];

static volatile struct message *slot(void)
{
	return (volatile struct message *)(SIM_PAGE + SINT * 256);
}

static volatile uint32_t *assist(void)
{
	return (volatile uint32_t *)ASSIST_PAGE;
}

static void end_of_irq(void)
{
	/* TLFS, "EOI assist": who finds the bit set clears it and is done */
	if (!(__atomic_fetch_and(assist(), ~1u, __ATOMIC_SEQ_CST) & 1))
		wrmsr(HV_X64_MSR_EOI, 0);
}

static void on_sint(struct guest_regs *regs)
{
	sint_irqs++;
	end_of_irq();
}

static void on_direct(struct guest_regs *regs)
{
	direct_irqs++;
	end_of_irq();
}

static void on_reenlighten(struct guest_regs *regs)
{
	reenlightened++;
	end_of_irq();
}

static uint64_t now(void)
{
	return rdmsr(HV_X64_MSR_TIME_REF_COUNT);
}

/* Reference time as the page gives it, 0 while it gives none. */
static uint64_t page_time(void)
{
	volatile struct {
		uint32_t sequence, reserved;
		uint64_t scale;
		int64_t offset;
	} *page = (void *)TSC_PAGE;
	uint64_t time;
	uint32_t seq;

	do {
		seq = page->sequence;
		time = ((unsigned __int128)rdtsc_ordered() * page->scale >> 64) +
		       page->offset;
	} while (page->sequence != seq);
	return seq ? time : 0;
}

/* A step: the guest is moved, or not, and goes on with the time it had. */
static void step(const char *what)
{
	uint64_t before = now(), after, page;

	g_sync(++stage);
	after = now();
	page = page_time();
	if (after < before || after - before > 60 * SECOND)
		g_fail("%s: time went from %ld to %ld", what, before, after);
	if (page && (page < after || page - after > SECOND))
		g_fail("%s: the page says %ld, the counter %ld", what, page, after);
}

/* With interrupts on, until *count is @target or it takes far too long. */
static bool wait_for(volatile uint64_t *count, uint64_t target)
{
	uint64_t until = now() + 5 * SECOND;

	irq_on();
	while (*count < target && now() < until)
		cpu_pause();
	irq_off();
	return *count == target;
}

static void wait_until(uint64_t time)
{
	while (now() < time)
		cpu_pause();
}

static void empty_slot(void)
{
	uint8_t flags;

	slot()->type = 0;
	__sync_synchronize();
	flags = slot()->flags;
	if (flags & MSG_PENDING)
		wrmsr(HV_X64_MSR_EOM, 0);
}

static void set_up(void)
{
	guest_x2apic_enable();
	guest_handlers[VEC_SINT] = on_sint;
	guest_handlers[VEC_DIRECT] = on_direct;
	guest_handlers[VEC_REENLIGHTEN] = on_reenlighten;
	cpuid(HV_CPUID_FEATURES, 0, features);
	cpuid(HV_CPUID_HINTS, 0, hints);
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, CALL_PAGE | HV_MSR_ENABLE);
	wrmsr(HV_X64_MSR_REFERENCE_TSC, TSC_PAGE | HV_MSR_ENABLE);
	wrmsr(HV_X64_MSR_VP_ASSIST_PAGE, ASSIST_PAGE | HV_MSR_ENABLE);
	step("pages enabled");
	wrmsr(HV_X64_MSR_SIMP, SIM_PAGE | HV_MSR_ENABLE);
	step("SIM page enabled, SynIC not yet");
	wrmsr(HV_X64_MSR_SIEFP, SIEF_PAGE | HV_MSR_ENABLE);
	wrmsr(HV_X64_MSR_SCONTROL, 1);
	wrmsr(HV_X64_MSR_SINT0 + SINT, VEC_SINT);
	/* a flag that nobody has looked at yet */
	*(volatile uint64_t *)(SIEF_PAGE + SINT * 256 + 8) = 0x10;
	step("SynIC enabled");
	g_eq(*(volatile uint64_t *)(SIEF_PAGE + SINT * 256 + 8), 0x10,
	     "an event flag that is set stays");
	g_eq(rdmsr(HV_X64_MSR_SINT0 + SINT), VEC_SINT, "SINT register");
	g_eq(rdmsr(HV_X64_MSR_SINT0 + SINT + 1), BIT(16), "SINT that is not used");
	g_eq(hv_call((const void *)CALL_PAGE, 0x3ff, 0, 0),
	     HV_STATUS_INVALID_HYPERCALL_CODE, "hypercall page");
}

static void one_shot(void)
{
	uint64_t due;

	wrmsr(COUNT(0), now() + SECOND / 5);
	step("count set, not enabled");
	due = now() + SECOND / 10;
	wrmsr(COUNT(0), due);
	wrmsr(CONFIG(0), STIMER_ON | STIMER_MESSAGE);
	step("timer armed");
	g_eq(rdmsr(COUNT(0)), due, "COUNT of an armed timer");
	g_ok(wait_for(&sint_irqs, 1), "an armed timer interrupts");
	g_eq(slot()->type, MSG_TIMER_EXPIRED, "its message is there");
	g_eq(slot()->expired, due, "with the time it was set to");
	g_ok(slot()->delivered >= due, "delivered after that");
	g_eq(rdmsr(CONFIG(0)) & 1, 0, "and the timer is off");
	step("slot full");
	g_eq(slot()->type, MSG_TIMER_EXPIRED, "a message not taken yet is there");
	g_eq(slot()->expired, due, "unchanged");
	g_eq(slot()->flags & MSG_PENDING, 0, "nothing more waits");

	/* the next one finds the slot full */
	due = now() + MS;
	wrmsr(COUNT(0), due);
	wrmsr(CONFIG(0), STIMER_ON | STIMER_MESSAGE);
	wait_until(due + MS);
	step("expired, message not delivered");
	g_eq(slot()->flags & MSG_PENDING, MSG_PENDING, "MessagePending is set");
	step("MessagePending seen");
	slot()->type = 0;
	step("slot emptied, EOM not written");
	wrmsr(HV_X64_MSR_EOM, 0);
	g_ok(wait_for(&sint_irqs, 2), "the message that waited interrupts");
	g_eq(slot()->expired, due, "and is the second one");
	empty_slot();
	step("all messages taken");
}

static void periodic(void)
{
	uint64_t period = 20 * MS, first, expired, n, irqs = sint_irqs;

	wrmsr(COUNT(1), period);
	wrmsr(CONFIG(1), STIMER_ON | STIMER_PERIODIC | STIMER_MESSAGE);
	g_ok(wait_for(&sint_irqs, irqs + 1), "a periodic timer interrupts");
	first = slot()->expired;
	g_eq(slot()->timer, 1, "the message names the timer");
	empty_slot();
	for (n = 0; n < 2; n++) {
		step("between two periods");
		irqs = sint_irqs;
		g_ok(wait_for(&sint_irqs, irqs + 1), "and again");
		expired = slot()->expired;
		g_ok(expired > first && (expired - first) % period == 0,
		     "in its old phase: %ld after %ld", expired, first);
		empty_slot();
	}
	/* one message waits, some are missed */
	irqs = sint_irqs;
	wait_for(&sint_irqs, irqs + 1);
	wait_until(now() + 5 * period);
	step("periods missed while the slot was full");
	irqs = sint_irqs;
	empty_slot();
	g_ok(wait_for(&sint_irqs, irqs + 1), "the one that waited comes");
	g_eq((slot()->expired - first) % period, 0, "with a time of its phase");
	wrmsr(CONFIG(1), 0);
	slot()->type = 0;
	wrmsr(HV_X64_MSR_EOM, 0);
	irq_on();
	irq_off();
	irqs = sint_irqs;
	step("stopped");
	wait_until(now() + 3 * period);
	irq_on();
	irq_off();
	g_eq(sint_irqs, irqs, "a timer that was stopped is silent");
	slot()->type = 0;
}

static void direct(void)
{
	uint64_t due = now() + SECOND / 10;

	wrmsr(COUNT(2), due);
	wrmsr(CONFIG(2), STIMER_ON | STIMER_DIRECT(VEC_DIRECT));
	step("direct timer armed");
	g_ok(wait_for(&direct_irqs, 1), "a direct timer interrupts");
	due = now() + MS;
	wrmsr(COUNT(2), due);
	wrmsr(CONFIG(2), STIMER_ON | STIMER_DIRECT(VEC_DIRECT));
	wait_until(due + MS);
	step("its interrupt pending");
	g_eq(direct_irqs, 1, "a pending one waits");
	irq_on();
	irq_off();
	g_eq(direct_irqs, 2, "and comes once");
}

/* Moved between interrupt and EOI, perhaps with the offer to skip it. */
static void on_eoi(struct guest_regs *regs)
{
	eoi_irqs++;
	step("in an interrupt handler");
	end_of_irq();
}

static void skipped_eoi(void)
{
	uint64_t n;

	guest_handlers[VEC_EOI] = on_eoi;
	for (n = 1; n <= 3; n++) {
		x2apic_write(APIC_SELF_IPI, VEC_EOI);
		irq_on();
		irq_off();
		g_eq(eoi_irqs, n, "interrupt %ld whose handler is moved", n);
		g_eq(x2apic_read(APIC_ISR + 0x10 * (VEC_EOI / 32)), 0,
		     "has been ended");
	}
}

static void reenlightenment(void)
{
	uint64_t was;

	if (!(features[0] & HV_ACCESS_REENLIGHTENMENT)) {
		g_print("no reenlightenment registers");
		return;
	}
	wrmsr(HV_X64_MSR_REENLIGHTENMENT_CONTROL, BIT(16) | VEC_REENLIGHTEN);
	was = moved;
	step("reenlightenment enabled");
	irq_on();
	irq_off();
	g_eq(reenlightened, moved - was, "one reenlightenment interrupt a move");
	wrmsr(HV_X64_MSR_REENLIGHTENMENT_CONTROL, 0);
}

static void guest_main(uint64_t arg)
{
	set_up();
	one_shot();
	periodic();
	direct();
	skipped_eoi();
	reenlightenment();
	wrmsr(HV_X64_MSR_SCONTROL, 0);
	step("SynIC disabled");
}

/* --- the VMM --- */

/* The SynIC and its pages are the kernel's: KVM_CAP_HYPERV_SYNIC2 stays off. */
static void create(struct vmm *vmm)
{
	struct cpuid_table t;

	bare_create(vmm, 1, BARE_NO_CPUID);
	cpuid_supported(vmm, &t);
	cpuid_hyperv(vmm, &vmm->vp[0], &t);
	cpuid_topology(&t, 0, 1);
	vp_set_cpuid(&vmm->vp[0], &t);
}

static void move(struct vmm *old, unsigned int flags)
{
	struct image *img;
	struct vmm new;

	image_complete_exit(&old->vp[0]);
	img = image_save(old, flags);
	create(&new);
	memcpy(new.ram, old->ram, USED_RAM);
	vmm_destroy(old);
	image_restore(&new, img);
	image_free(img);
	*old = new;
	old->vp[0].vmm = old;
	guest_var(old, moved)++;
}

static void conversation(unsigned int flags, bool moves, const char *name)
{
	uint64_t steps = 0;
	enum bare_stop stop;
	struct vmm vmm;
	char text[200];

	create(&vmm);
	bare_start(&vmm.vp[0], guest_main, 0);
	while ((stop = bare_run(&vmm.vp[0])) == BARE_SYNC) {
		steps++;
		if (moves)
			move(&vmm, flags);
	}
	if (stop == BARE_EXIT) {
		vp_describe_exit(&vmm.vp[0], text, sizeof(text));
		ktap_note("unexpected exit: %s", text);
	}
	ktap_ok(stop == BARE_DONE, "%s: the guest came to its end in %lu steps", name, steps);
	vmm_destroy(&vmm);
}

#define CHECK(call, want, ...)	ktap_eq((call) ? errno : 0, want, __VA_ARGS__)

static void test_arguments(int fd, const char *what)
{
	struct hvemu_state st = { .flags = 1 };
	uint32_t bytes;
	void *blob;

	CHECK(ioctl(fd, HVEMU_GET_STATE, &st), EINVAL, "%s: GET: flags", what);
	CHECK(ioctl(fd, HVEMU_SET_STATE, &st), EINVAL, "%s: SET: flags", what);
	st = (struct hvemu_state){ 0 };
	CHECK(ioctl(fd, HVEMU_GET_STATE, &st), E2BIG, "%s: GET: no room", what);
	bytes = st.bytes;
	ktap_ok(bytes > 32 && bytes <= HVEMU_STATE_MAX_BYTES, "%s: GET: the size is %u", what,
		bytes);
	st.bytes = bytes - 1;
	CHECK(ioctl(fd, HVEMU_GET_STATE, &st), E2BIG, "%s: GET: a byte too little", what);
	ktap_eq(st.bytes, bytes, "%s: GET: and again the size", what);
	CHECK(ioctl(fd, HVEMU_GET_STATE, &st), EFAULT, "%s: GET: bad pointer", what);
	CHECK(ioctl(fd, HVEMU_SET_STATE, &st), EFAULT, "%s: SET: bad pointer", what);
	CHECK(ioctl(fd, HVEMU_GET_STATE, 8), EFAULT, "%s: GET: bad argument", what);
	st.bytes = 0;
	CHECK(ioctl(fd, HVEMU_SET_STATE, &st), EINVAL, "%s: SET: nothing", what);
	st.bytes = HVEMU_STATE_MAX_BYTES + 1;
	CHECK(ioctl(fd, HVEMU_SET_STATE, &st), E2BIG, "%s: SET: far too much", what);

	blob = image_get_state(fd, &bytes);
	ktap_eq(image_set_state(fd, blob, bytes), 0, "%s: SET: what GET gave", what);
	ktap_eq(image_set_state(fd, blob, bytes - 8), EINVAL, "%s: SET: cut off", what);
	((uint32_t *)blob)[1]++;
	ktap_eq(image_set_state(fd, blob, bytes), EOPNOTSUPP, "%s: SET: a later format", what);
	((uint32_t *)blob)[1]--;
	((uint16_t *)blob)[9]++;
	ktap_eq(image_set_state(fd, blob, bytes), EOPNOTSUPP, "%s: SET: a later record", what);
	((uint16_t *)blob)[9]--;
	((uint8_t *)blob)[0]++;
	ktap_eq(image_set_state(fd, blob, bytes), EINVAL, "%s: SET: something else", what);
	free(blob);
}

/* Any byte of a blob changed: taken or refused, and the host lives. */
static void test_hostile(int fd, const char *what)
{
	uint64_t random = 88172645463325252ull;
	unsigned int n, i, taken = 0, odd = 0;
	uint32_t bytes, now_bytes;
	uint8_t *good = image_get_state(fd, &bytes), *bad = malloc(bytes), *after;
	int r;

	for (n = 0; n < DAMAGED; n++) {
		memcpy(bad, good, bytes);
		for (i = 0; i < 1 + n % 4; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			/* mostly what is not the contents of a page */
			bad[n % 8 ? random % 200 : random % bytes] = random >> 32;
		}
		r = image_set_state(fd, bad, bytes);
		taken += !r;
		if (r && r != EINVAL && r != EOPNOTSUPP)
			odd++;
	}
	ktap_eq(odd, 0, "%s: %u damaged blobs, %u taken: the errnos are the documented ones",
		what, DAMAGED, taken);
	ktap_eq(image_set_state(fd, good, bytes), 0, "%s: a good one after them", what);
	after = image_get_state(fd, &now_bytes);
	ktap_eq(now_bytes, bytes, "%s: and it is as long as it was", what);
	free(after);
	free(bad);
	free(good);
}

static void guest_busy(uint64_t arg)
{
	volatile uint64_t *go_on = (volatile uint64_t *)BARE_FREE;

	outb(0x77, 0);
	*go_on = 1;
	while (*go_on != 2)
		cpu_pause();
}

static void *run_thread(void *arg)
{
	bare_run(arg);
	return NULL;
}

static void test_busy(void)
{
	struct hvemu_state st = { 0 };
	volatile uint64_t *go_on;
	uint32_t bytes, vp_bytes;
	void *blob, *vp_blob;
	struct vmm vmm;

	bare_create(&vmm, 1, 0);
	go_on = (void *)(vmm.ram + BARE_FREE);
	blob = image_get_state(vmm.fd, &bytes);
	vp_blob = image_get_state(vmm.vp[0].fd, &vp_bytes);
	ktap_eq(image_set_state(vmm.vp[0].fd, blob, bytes), EINVAL, "a VM's blob for a vCPU");
	ktap_eq(image_set_state(vmm.fd, vp_blob, vp_bytes), EINVAL, "a vCPU's blob for a VM");
	bare_start(&vmm.vp[0], guest_busy, 0);
	ktap_ok(bare_run(&vmm.vp[0]) == BARE_EXIT, "an exit to the VMM");
	CHECK(ioctl(vmm.vp[0].fd, HVEMU_GET_STATE, &st), EBUSY, "GET: exit not completed");
	ktap_eq(image_set_state(vmm.vp[0].fd, vp_blob, vp_bytes), EBUSY,
		"SET: exit not completed");
	CHECK(ioctl(vmm.fd, HVEMU_GET_STATE, &st), E2BIG, "GET of the VM does not mind");
	image_complete_exit(&vmm.vp[0]);
	CHECK(ioctl(vmm.vp[0].fd, HVEMU_GET_STATE, &st), E2BIG, "GET: exit completed");

	pthread_create(&vmm.vp[0].thread, NULL, run_thread, &vmm.vp[0]);
	while (*go_on != 1)
		usleep(1000);
	st.bytes = 0;
	CHECK(ioctl(vmm.fd, HVEMU_GET_STATE, &st), EBUSY, "GET of the VM: a vCPU runs");
	ktap_eq(image_set_state(vmm.fd, blob, bytes), EBUSY, "SET of the VM: a vCPU runs");
	*go_on = 2;
	pthread_join(vmm.vp[0].thread, NULL);
	image_complete_exit(&vmm.vp[0]);
	ktap_eq(image_set_state(vmm.fd, blob, bytes), 0, "SET of the VM: it runs no more");
	free(blob);
	free(vp_blob);
	vmm_destroy(&vmm);
}

/* More vCPUs than the kernel's own checks let a task hold locks of. */
static void test_many(void)
{
	struct vmm vmm;
	uint32_t bytes;
	unsigned int i;
	void *blob;

	vmm_create(&vmm, vmm_device());
	for (i = 0; i < VMM_MAX_VPS; i++)
		vmm_add_vp(&vmm);
	blob = image_get_state(vmm.fd, &bytes);
	ktap_eq(image_set_state(vmm.fd, blob, bytes), 0, "GET and SET of a VM with %u vCPUs", i);
	free(blob);
	vmm_destroy(&vmm);
}

int main(void)
{
	struct hvemu_info info = { 0 };
	struct vmm vmm;
	uint32_t bytes;
	void *blob;

	ktap_start(150);
	bare_create(&vmm, 1, 0);
	if (ioctl(vmm.dev, HVEMU_INFO, &info) || !(info.features & HVEMU_FEATURE_STATE))
		ktap_skip_all("no HVEMU_GET_STATE");
	blob = image_get_state(vmm.fd, &bytes);
	test_arguments(vmm.fd, "VM");
	test_arguments(vmm.vp[0].fd, "vCPU");
	test_hostile(vmm.fd, "VM");
	test_hostile(vmm.vp[0].fd, "vCPU");
	vmm_destroy(&vmm);
	vmm_create(&vmm, vmm_device());
	ktap_eq(image_set_state(vmm.fd, blob, bytes), ENXIO, "SET of a VM without a vCPU");
	vmm_destroy(&vmm);
	free(blob);
	test_busy();
	test_many();
	conversation(0, false, "at one place");
	conversation(IMAGE_STATE, true, "moved, state after MSRs");
	conversation(IMAGE_STATE | IMAGE_OWN_MSRS, true, "moved, state instead of MSRs");
	return ktap_finish();
}
