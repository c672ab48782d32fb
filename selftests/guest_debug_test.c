// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_SET_GUEST_DEBUG: breakpoints by INT3 and by debug registers, single
 * steps over instructions that the processor and that the hypervisor executes,
 * what the guest sees of it (nothing), and injected traps.
 */
#include <errno.h>
#include <string.h>

#include "bare.h"
#include "hvdef.h"

#define VECTOR_DB	1
#define VECTOR_BP	3
#define VEC		0x61
#define DR6_ONES	0xffff0ff0ull
#define DR6_BS		(1ull << 14)
#define DR6_BD		(1ull << 13)
#define DR7_GD		(1ull << 13)
#define FLAG_TF		(1ull << 8)
#define FLAG_RF		(1ull << 16)
#define PORT		0x5f0

extern const char at_int3[], at_nop[], at_store[], stored[], at_mov_dr[];
extern const char step[], step_end[], at_irq[], irq_end[], behind_irq[];

static volatile uint64_t word, flags_seen, traps, trap_rip, trap_dr6, irqs;

static void on_trap(struct guest_regs *regs)
{
	uint64_t dr6;

	traps++;
	trap_rip = regs->rip;
	asm volatile("mov %%dr6, %0" : "=r"(dr6));
	trap_dr6 = dr6;
	regs->rflags &= ~FLAG_TF;
}

static void on_irq(struct guest_regs *regs)
{
	irqs++;
	x2apic_eoi();
}

static void guest_main(uint64_t vp)
{
	uint64_t a, b = 0, c, d;

	guest_handlers[VECTOR_DB] = on_trap;
	guest_handlers[VECTOR_BP] = on_trap;
	guest_handlers[VEC] = on_irq;
	guest_x2apic_enable();
	g_sync(1);
	asm volatile("at_int3: int3");
	g_sync(2);
	asm volatile("at_nop: nop");
	g_sync(3);
	asm volatile("at_store: movq $1, %0\nstored: nop" : "=m"(word));
	g_sync(4);
	asm volatile("at_mov_dr: mov %%dr0, %0" : "=r"(a));
	g_sync(5);
	/* the processor, a flag the guest must not see, in the window, a user exit */
	asm volatile("	mov %5, %%r9\n"
		     "step:	nop\n"
		     "	pushf\n"
		     "	pop %%r8\n"
		     "	xor %%eax, %%eax\n"
		     "	cpuid\n"
		     "	mov $0x5f0, %%edx\n"
		     "	out %%al, %%dx\n"
		     "	mov (%%r9), %%eax\n"
		     "	jmp 1f\n"
		     "1:	nop\n"
		     "step_end: mov %%r8, %0"
		     : "=m"(flags_seen), "=&a"(a), "+b"(b), "=c"(c), "=d"(d)
		     : "i"(BARE_NO_RAM)
		     : "r8", "r9", "memory");
	(void)d;
	g_sync(6);
	x2apic_write(APIC_SELF_IPI, VEC);
	asm volatile("at_irq: sti\n nop\nbehind_irq: nop\nirq_end: cli");
	g_sync(7);
	/* the guest's own step */
	asm volatile("pushf\n orq $0x100, (%%rsp)\n popf\n nop\n nop" : : : "cc", "memory");
	g_sync(8);
}

static const uint8_t step_len[] = { 1, 1, 2, 2, 2, 5, 1, 3, 2, 1 };

static void debug(struct vp *vp, uint32_t control, unsigned int i, uint64_t addr,
		  uint64_t dr7)
{
	struct kvm_guest_debug in = { .control = control };

	in.arch.debugreg[i] = addr;
	in.arch.debugreg[7] = dr7;
	xioctl(vp->fd, KVM_SET_GUEST_DEBUG, &in);
}

static bool debug_exit(struct vp *vp, uint32_t exception, const void *pc, const char *what)
{
	struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;
	char text[200];

	if (bare_run(vp) != BARE_EXIT || vp->run->exit_reason != KVM_EXIT_DEBUG) {
		vp_describe_exit(vp, text, sizeof(text));
		ktap_note("%s", text);
		return ktap_ok(false, "%s", what);
	}
	if (arch->exception == exception && arch->pc == (uintptr_t)pc)
		return ktap_ok(true, "%s", what);
	ktap_note("exception %u at %#llx", arch->exception, arch->pc);
	return ktap_ok(false, "%s", what);
}

static void skip(struct vp *vp, unsigned int len)
{
	struct kvm_regs regs;

	vp_get_regs(vp, &regs);
	regs.rip += len;
	vp_set_regs(vp, &regs);
}

static void software(struct vmm *vmm, struct vp *vp)
{
	struct kvm_guest_debug in = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_INJECT_BP };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		debug(vp, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP, 0, 0, 0x400);
		debug_exit(vp, VECTOR_BP, at_int3, i ? "INT3 again" : "INT3 is the VMM's");
	}
	ktap_eq(guest_var(vmm, traps), 0, "the guest did not see it");
	xioctl(vp->fd, KVM_SET_GUEST_DEBUG, &in);
	ktap_errno(ioctl(vp->fd, KVM_SET_GUEST_DEBUG, &in), EBUSY,
		   "one injected exception at a time");
	ktap_eq(bare_run(vp), BARE_SYNC, "the guest goes on with an injected #BP");
	ktap_ok(guest_var(vmm, traps) == 1 &&
		guest_var(vmm, trap_rip) == (uintptr_t)at_int3 + 1, "which is behind INT3");
}

static void hardware(struct vmm *vmm, struct vp *vp)
{
	struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;
	struct kvm_debugregs regs;
	unsigned int i;

	xioctl(vp->fd, KVM_GET_DEBUGREGS, &regs);
	for (i = 0; i < 4; i++) {
		debug(vp, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP, i, (uintptr_t)at_nop,
		      0x400 | 2ull << 2 * i);
		debug_exit(vp, VECTOR_DB, at_nop, "a breakpoint on an instruction");
		ktap_eq(arch->dr6, DR6_ONES | BIT(i), "DR6 says which");
	}
	skip(vp, 1);
	ktap_eq(bare_run(vp), BARE_SYNC, "behind it the guest goes on");
	/* eight bytes, writes */
	debug(vp, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP, 2, (uintptr_t)&word,
	      0x400 | 2ull << 4 | 9ull << 24);
	debug_exit(vp, VECTOR_DB, stored, "a breakpoint on data, behind the write");
	ktap_eq(arch->dr6, DR6_ONES | BIT(2), "DR6 says which");
	ktap_eq(guest_var(vmm, word), 1, "which has been made");
	ktap_eq(bare_run(vp), BARE_SYNC, "the guest goes on");
	debug(vp, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP, 0, 0, 0x400 | DR7_GD);
	debug_exit(vp, VECTOR_DB, at_mov_dr, "general detect");
	ktap_eq(arch->dr6, DR6_ONES | DR6_BD, "DR6 has BD");
	xioctl(vp->fd, KVM_GET_DEBUGREGS, &regs);
	ktap_ok(regs.dr7 == 0x400 && regs.dr6 == DR6_ONES && !regs.db[2],
		"the guest's debug registers are its own");
	debug(vp, 0, 0, 0, 0x400);
	ktap_eq(bare_run(vp), BARE_SYNC, "without debug the guest goes on");
	ktap_eq(guest_var(vmm, traps), 1, "it saw no trap");
}

/* Over user exits, too: first they, then the step. */
static void single_step(struct vmm *vmm, struct vp *vp)
{
	const char *pc = step;
	unsigned int i;

	debug(vp, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP, 0, (uintptr_t)step, 0x402);
	debug_exit(vp, VECTOR_DB, step, "at the first instruction");
	debug(vp, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP, 0, 0, 0x400);
	for (i = 0; i < ARRAY_SIZE(step_len); i++) {
		pc += step_len[i];
		if (step_len[i] == 1 && pc[-1] == (char)0xee) {
			ktap_ok(bare_run(vp) == BARE_EXIT && vp->run->exit_reason == KVM_EXIT_IO &&
				vp->run->io.port == PORT, "OUT comes to the VMM");
		} else if (step_len[i] == 3 && vmm->is_kvm) {
			/* its steps do not end behind an instruction it emulates */
			skip(vp, step_len[i]);
			continue;
		} else if (step_len[i] == 3) {
			ktap_ok(bare_run(vp) == BARE_EXIT &&
				vp->run->exit_reason == KVM_EXIT_MMIO, "so does MMIO");
			memset(vp->run->mmio.data, 0, 8);
			/* the step is told even if no instruction is to be executed */
			vp->run->immediate_exit = 1;
		}
		debug_exit(vp, VECTOR_DB, pc, "a step");
		vp->run->immediate_exit = 0;
		ktap_eq(vp->run->debug.arch.dr6, DR6_ONES | DR6_BS, "DR6 has BS");
	}
	ktap_ok(pc == step_end, "all of them");
	debug(vp, 0, 0, 0, 0x400);
	ktap_eq(bare_run(vp), BARE_SYNC, "the guest goes on");
	/* KVM steps with it */
	ktap_ok(!(guest_var(vmm, flags_seen) & FLAG_TF) || vmm->is_kvm, "it did not see TF");
	ktap_eq(guest_var(vmm, traps), 1, "nor a trap");
}

static void blocked(struct vmm *vmm, struct vp *vp)
{
	uint32_t control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_BLOCKIRQ;

	debug(vp, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP, 0, (uintptr_t)at_irq, 0x402);
	debug_exit(vp, VECTOR_DB, at_irq, "in front of STI, an interrupt pending");
	debug(vp, control, 0, 0, 0x400);
	debug_exit(vp, VECTOR_DB, at_irq + 1, "STI");
	debug_exit(vp, VECTOR_DB, behind_irq, "NOP");
	debug_exit(vp, VECTOR_DB, irq_end, "the interrupt is held back");
	ktap_eq(guest_var(vmm, irqs), 0, "it has not come");
	debug(vp, 0, 0, 0, 0x400);
	ktap_eq(bare_run(vp), BARE_SYNC, "the guest goes on");
	ktap_eq(guest_var(vmm, irqs), 1, "the interrupt came");
	debug(vp, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP, 0, 0, 0x400);
	ktap_eq(bare_run(vp), BARE_SYNC, "the guest steps by itself");
	ktap_eq(guest_var(vmm, traps), 2, "and gets its trap");
	ktap_ok(guest_var(vmm, trap_dr6) & DR6_BS, "with BS in its DR6");
}

static void bad_arguments(struct vmm *vmm, struct vp *vp)
{
	struct kvm_guest_debug in = { .control = KVM_GUESTDBG_ENABLE | 4 };

	ktap_eq(vmm_cap(vmm, KVM_CAP_SET_GUEST_DEBUG), 1, "KVM_CAP_SET_GUEST_DEBUG");
	ktap_ok(vmm_cap(vmm, KVM_CAP_SET_GUEST_DEBUG2) & KVM_GUESTDBG_BLOCKIRQ,
		"KVM_CAP_SET_GUEST_DEBUG2");
	/* KVM takes any flag */
	if (!vmm->is_kvm)
		ktap_errno(ioctl(vp->fd, KVM_SET_GUEST_DEBUG, &in), EINVAL, "unknown flag");
	ktap_errno(ioctl(vp->fd, KVM_SET_GUEST_DEBUG, NULL), EFAULT, "no argument");
	ktap_eq(bare_run(vp), BARE_SYNC, "the guest runs");
}

int main(void)
{
	struct vmm vmm;
	struct vp *vp;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	vp = &vmm.vp[0];
	bare_start(vp, guest_main, 0);
	bad_arguments(&vmm, vp);
	software(&vmm, vp);
	hardware(&vmm, vp);
	single_step(&vmm, vp);
	blocked(&vmm, vp);
	ktap_eq(bare_run(vp), BARE_DONE, "the guest came to its end");
	vmm_destroy(&vmm);
	return ktap_finish();
}
