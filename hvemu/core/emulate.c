// SPDX-License-Identifier: GPL-2.0
/*
 * Glue of emul/: where the instruction emulator gets registers and memory
 * from, and how its MMIO and string I/O reach the VMM.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "core/board.h"
#include "core/coalesced.h"
#include "core/exit.h"
#include "core/l2.h"
#include "core/vcpu.h"

static struct hve_vcpu *emul_vcpu(struct hve_emul *e)
{
	return container_of(e, struct hve_vcpu, emul);
}

#define QUAL_EPT_WRITE		BIT(1)
#define QUAL_EPT_GLA_VALID	BIT(7)
#define QUAL_EPT_FINAL		BIT(8)

static void segment_get(struct hve_emul *e, unsigned int i)
{
	e->seg[i].base = vmcs_read(GUEST_ES_BASE + 2 * i);
	e->seg[i].limit = vmcs_read(GUEST_ES_LIMIT + 2 * i);
	e->seg[i].ar = vmcs_read(GUEST_ES_AR_BYTES + 2 * i);
}

#define CS_AR_LONG	BIT(13)

/* In 64-bit mode segments have no limits, and two of them a base. */
static void segments_get(struct hve_emul *e)
{
	unsigned int i;
	u32 cs_ar;

	cs_ar = vmcs_read(GUEST_CS_AR_BYTES);
	if (likely((e->efer & EFER_LMA) && (cs_ar & CS_AR_LONG))) {
		e->seg[HVE_EMUL_CS].ar = cs_ar;
		e->seg[HVE_EMUL_SS].ar = vmcs_read(GUEST_SS_AR_BYTES);
		e->seg[HVE_EMUL_FS].base = vmcs_read(GUEST_FS_BASE);
		e->seg[HVE_EMUL_GS].base = vmcs_read(GUEST_GS_BASE);
		return;
	}
	for (i = 0; i < HVE_EMUL_NR_SEGS; i++)
		segment_get(e, i);
}

static u8 cpl_get(const struct hve_emul *e)
{
	if (!(e->cr0 & X86_CR0_PE))
		return 0;
	if (e->rflags & X86_EFLAGS_VM)
		return 3;
	return e->seg[HVE_EMUL_SS].ar >> 5 & 3;
}

/* The registers an instruction can depend on; VMCS open. */
void hve_emul_context(struct hve_vcpu *vcpu)
{
	const struct hve_exit *exit = &vcpu->exit;
	struct hve_vmx *vmx = &cur_vtl(vcpu)->vmx;
	struct hve_emul *e = &vcpu->emul;

	vcpu->emul_slots = rcu_access_pointer(vcpu->vm->slots);
	e->gpr = vcpu->regs.gpr;
	vcpu->regs.gpr[REG_RSP] = vmcs_read(GUEST_RSP);
	e->rip = vmcs_read(GUEST_RIP);
	e->rflags = vmcs_read(GUEST_RFLAGS);
	e->cr0 = hve_vmx_cr0_get(vmx);
	e->cr3 = vmcs_read(GUEST_CR3);
	e->cr4 = hve_vmx_cr4_get(vmx);
	e->efer = hve_vmx_efer_get();
	segments_get(e);
	e->cpl = cpl_get(e);
	e->maxphyaddr = vcpu->maxphyaddr;
	e->has_1g = true;
	e->pkru = 0;
	e->pdptes = NULL;
	e->hint_valid = exit->reason == EXIT_REASON_EPT_VIOLATION &&
			(exit->qual & QUAL_EPT_GLA_VALID) &&
			(exit->qual & QUAL_EPT_FINAL);
	e->hint_write = exit->qual & QUAL_EPT_WRITE;
	e->hint_linear = exit->gla;
	e->hint_gpa = exit->gpa;
}

static noinline bool fill_by_window(struct hve_vcpu *vcpu)
{
	struct hve_window w;

	if (hve_vcpu_state_open(vcpu, &w))
		return false;
	hve_emul_context(vcpu);
	hve_vcpu_state_close(vcpu, &w);
	return true;
}

/* The same with the VMCS closed. */
bool hve_emul_fill(struct hve_vcpu *vcpu)
{
	if (unlikely(!vcpu->emul_ready))
		return fill_by_window(vcpu);
	vcpu->emul_ready = false;
	return true;
}

static void write_back(struct hve_vcpu *vcpu)
{
	vcpu->regs.rip = vcpu->emul.rip;
	vcpu->regs.rflags = vcpu->emul.rflags;
	vcpu->regs.dirty = true;
}

/* Memory */

static enum hve_emul_result apic_page(struct hve_vcpu *vcpu, u64 gpa, void *buf,
				      u32 len, bool write)
{
	struct hve_apic *apic = &cur_vtl(vcpu)->apic;
	u32 offset = gpa & 0xfff;

	if (!write)
		hve_apic_mmio_read(apic, offset, len, buf);
	else if (offset == HVE_APIC_EOI && len == 4)
		hve_vcpu_eoi(vcpu);
	else
		hve_apic_mmio_write(apic, offset, len, buf);
	if (write)
		hve_vcpu_intr_look(vcpu);
	return HVE_EMUL_OK;
}

/* Registers in the kernel; HVE_EMUL_MMIO: it is the VMM's. */
static enum hve_emul_result own_mmio(struct hve_vcpu *vcpu, u64 gpa, void *buf,
				     u32 len, bool write)
{
	if (!vcpu->vm->lapic_in_kernel)
		return HVE_EMUL_MMIO;
	if (hve_apic_mmio_match(&cur_vtl(vcpu)->apic, gpa))
		return apic_page(vcpu, gpa, buf, len, write);
	if (!hve_board_mmio_owns(vcpu->vm, gpa))
		return HVE_EMUL_MMIO;
	if (write)
		hve_ioapic_write(hve_board_chips(vcpu->vm), gpa, len, buf);
	else
		hve_ioapic_read(hve_board_chips(vcpu->vm), gpa, len, buf);
	return HVE_EMUL_OK;
}

static enum hve_emul_result emul_error(struct hve_vcpu *vcpu, u64 gpa)
{
	struct hve_emul *e = &vcpu->emul;

	if (!hve_gpa_is_memory(vcpu, gpa))
		return HVE_EMUL_MMIO;
	if (xa_load(&vcpu->vm->overlays, gpa >> PAGE_SHIFT)) {
		e->fault.vector = X86_TRAP_GP;
		e->fault.has_error = true;
		e->fault.error_code = 0;
		return HVE_EMUL_FAULT;
	}
	/* was it memory all the time? */
	return rcu_access_pointer(vcpu->vm->slots) == vcpu->emul_slots ?
	       HVE_EMUL_UNHANDLED : HVE_EMUL_RETRY;
}

enum hve_emul_result hve_emul_host_gpa_read(struct hve_emul *e, u64 gpa,
					    void *buf, u32 len, u32 acc)
{
	struct hve_vcpu *vcpu = emul_vcpu(e);

	if (hve_in_l2(vcpu) &&
	    !hve_l2_translate(vcpu, &gpa, acc & HVE_EMUL_ACC_FETCH ? HVE_MMU_X :
							    HVE_MMU_R))
		return HVE_EMUL_RETRY;
	if (!hve_gpa_read(vcpu, gpa, buf, len))
		return HVE_EMUL_OK;
	if (!hve_gpa_is_memory(vcpu, gpa))
		return own_mmio(vcpu, gpa, buf, len, false);
	return emul_error(vcpu, gpa);
}

enum hve_emul_result hve_emul_host_gpa_write(struct hve_emul *e, u64 gpa,
					     const void *buf, u32 len)
{
	struct hve_vcpu *vcpu = emul_vcpu(e);
	const struct hve_memslot *s;
	int idx;

	if (hve_in_l2(vcpu) && !hve_l2_translate(vcpu, &gpa, HVE_MMU_W))
		return HVE_EMUL_RETRY;
	if (!hve_gpa_is_memory(vcpu, gpa))
		return own_mmio(vcpu, gpa, (void *)buf, len, true);
	if (!hve_gpa_write(vcpu, gpa, buf, len))
		return HVE_EMUL_OK;
	idx = srcu_read_lock(&vcpu->vm->srcu);
	s = hve_gfn_slot(vcpu->vm, gpa >> PAGE_SHIFT);
	srcu_read_unlock(&vcpu->vm->srcu, idx);
	if (s && (s->flags & KVM_MEM_READONLY) &&
	    !xa_load(&vcpu->vm->overlays, gpa >> PAGE_SHIFT))
		return HVE_EMUL_MMIO;
	return emul_error(vcpu, gpa);
}

enum hve_emul_result hve_emul_host_gpa_cmpxchg(struct hve_emul *e, u64 gpa,
					       const void *old, const void *new,
					       u32 len)
{
	struct hve_vcpu *vcpu = emul_vcpu(e);
	int r;

	if (hve_in_l2(vcpu) && !hve_l2_translate(vcpu, &gpa, HVE_MMU_W))
		return HVE_EMUL_RETRY;
	r = hve_gpa_cmpxchg(vcpu, gpa, old, new, len);
	if (r == 1)
		return HVE_EMUL_OK;
	return r == 0 ? HVE_EMUL_RETRY : emul_error(vcpu, gpa);
}

/* Decoded instructions that are kept: what they came from, read again. */

u64 hve_emul_host_gen(struct hve_emul *e)
{
	return atomic64_read(&emul_vcpu(e)->vm->mem_gen);
}

unsigned long hve_emul_host_where(struct hve_emul *e, u64 gpa)
{
	/* L1 may give L2's addresses another meaning at any time */
	if (hve_in_l2(emul_vcpu(e)))
		return 0;
	return hve_gpa_user_address(emul_vcpu(e), gpa);
}

/* Addresses of slots, checked when these were made. */
bool hve_emul_host_same(struct hve_emul *e, u64 gen,
			const struct hve_emul_seen *seen, unsigned int nr)
{
	const struct hve_emul_seen *s, *end = seen + nr;
	u64 val;

	if (!emul_vcpu(e)->slots_held || gen != hve_emul_host_gen(e) ||
	    !user_read_access_begin((void __user *)seen->where, seen->len))
		return false;
	for (s = seen; s < end; s++) {
		const void __user *p = (const void __user *)s->where;

		if (likely(s->len == 8))
			unsafe_get_user(val, (const u64 __user *)p, changed);
		else if (s->len == 4)
			unsafe_get_user(val, (const u32 __user *)p, changed);
		else if (s->len == 2)
			unsafe_get_user(val, (const u16 __user *)p, changed);
		else
			unsafe_get_user(val, (const u8 __user *)p, changed);
		if (val != s->val)
			goto changed;
	}
	user_read_access_end();
	return true;
changed:
	user_read_access_end();
	return false;
}

void hve_emul_host_xmm_read(struct hve_emul *e, unsigned int reg, void *buf)
{
	hve_fpu_xmm_get(emul_vcpu(e), reg, buf);
}

void hve_emul_host_xmm_write(struct hve_emul *e, unsigned int reg,
			     const void *buf, bool zero_upper)
{
	hve_fpu_xmm_set(emul_vcpu(e), reg, buf, zero_upper);
}

/* MMIO */

static int continue_read(struct hve_vcpu *vcpu);
static int continue_write(struct hve_vcpu *vcpu);

static enum hve_action mmio_exit(struct hve_vcpu *vcpu,
				 const struct hve_emul_frag *f, u64 gpa,
				 bool write)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = gpa;
	run->mmio.len = f->len;
	run->mmio.is_write = write;
	if (write)
		memcpy(run->mmio.data, f->data, 8);
	vcpu->complete = write ? continue_write : continue_read;
	return HVE_TO_USER;
}

static noinline enum hve_action l2_read_exit(struct hve_vcpu *vcpu,
					     const struct hve_emul_frag *f)
{
	u64 gpa = f->gpa;

	if (!hve_l2_translate(vcpu, &gpa, HVE_MMU_R))
		return HVE_RESUME;
	return mmio_exit(vcpu, f, gpa, false);
}

static enum hve_action read_exit(struct hve_vcpu *vcpu,
				 const struct hve_emul_frag *f)
{
	return hve_in_l2(vcpu) ? l2_read_exit(vcpu, f) :
				 mmio_exit(vcpu, f, f->gpa, false);
}

static bool rings_doorbell(struct hve_vcpu *vcpu, const struct hve_emul_frag *f)
{
	u64 val = 0;

	if (f->len > sizeof(val))
		return false;
	memcpy(&val, f->data, f->len);
	return hve_tlfs_doorbell(&vcpu->vm->pt, f->gpa, f->len, val);
}

/* What the VMM need not hear of, or not now. */
static noinline bool write_here(struct hve_vcpu *vcpu,
				const struct hve_emul_frag *f)
{
	return hve_ioevent_signal(vcpu->vm, false, f->gpa, f->len, f->data) ||
	       rings_doorbell(vcpu, f) ||
	       hve_coalesced_write(vcpu->vm, false, f->gpa, f->len, f->data);
}

static bool somebody_listens(const struct hve_vm *vm)
{
	return READ_ONCE(vm->doorbells) || !list_empty(&vm->ioeventfds) ||
	       !list_empty(&vm->coalesced_zones);
}

/* Queued writes, each to an ioeventfd, a doorbell or the VMM. */
static enum hve_action flush_writes(struct hve_vcpu *vcpu)
{
	struct hve_emul *e = &vcpu->emul;

	while (vcpu->frag_done < e->nr_out) {
		struct hve_emul_frag *f = &e->out[vcpu->frag_done++];

		if (hve_in_l2(vcpu) && !hve_l2_translate(vcpu, &f->gpa, HVE_MMU_W))
			return HVE_RESUME;
		if (likely(!somebody_listens(vcpu->vm)) || !write_here(vcpu, f))
			return mmio_exit(vcpu, f, f->gpa, true);
	}
	return HVE_RESUME;
}

static enum hve_action emul_unhandled(struct hve_vcpu *vcpu)
{
	struct hve_emul *e = &vcpu->emul;
	struct kvm_run *run = vcpu->run;

	pr_info_ratelimited("%s: vCPU %u: cannot emulate %*ph at %#llx\n",
			    vcpu->vm->label, vcpu->id, (int)e->insn_len,
			    e->insn, e->rip);
	memset(&run->emulation_failure, 0, sizeof(run->emulation_failure));
	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->emulation_failure.suberror = KVM_INTERNAL_ERROR_EMULATION;
	run->emulation_failure.ndata = 3;
	run->emulation_failure.flags =
		KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
	run->emulation_failure.insn_size = e->insn_len;
	memcpy(run->emulation_failure.insn_bytes, e->insn,
	       sizeof(run->emulation_failure.insn_bytes));
	return HVE_TO_USER;
}

static void inject_fault(struct hve_vcpu *vcpu)
{
	struct hve_emul_fault *f = &vcpu->emul.fault;

	if (f->vector == X86_TRAP_PF)
		vcpu->regs.cr2 = f->cr2;
	hve_queue_exception(vcpu, f->vector, f->has_error, f->error_code);
}

/* No slot goes away during an instruction; one may come, see emul_error(). */
static enum hve_emul_result emulate(struct hve_vcpu *vcpu)
{
	int idx = srcu_read_lock(&vcpu->vm->srcu);
	enum hve_emul_result r;

	vcpu->slots_held = true;
	r = hve_emul_run(&vcpu->emul);
	vcpu->slots_held = false;
	srcu_read_unlock(&vcpu->vm->srcu, idx);
	return r;
}

static enum hve_action run_emul(struct hve_vcpu *vcpu)
{
	struct hve_emul *e = &vcpu->emul;
	bool step = e->rflags & X86_EFLAGS_TF;

	switch (emulate(vcpu)) {
	case HVE_EMUL_OK:
		write_back(vcpu);
		vcpu->clear_shadow = true;
		if (step)
			hve_queue_db(vcpu, DR_STEP);
		break;
	case HVE_EMUL_AGAIN:
		write_back(vcpu);
		break;
	case HVE_EMUL_MMIO_READ:
		return read_exit(vcpu, &e->mmio);
	case HVE_EMUL_FAULT:
		write_back(vcpu);
		inject_fault(vcpu);
		break;
	case HVE_EMUL_RETRY:
		break;
	default:
		return emul_unhandled(vcpu);
	}
	vcpu->frag_done = 0;
	return flush_writes(vcpu);
}

static int continue_write(struct hve_vcpu *vcpu)
{
	return flush_writes(vcpu) == HVE_TO_USER;
}

static int continue_read(struct hve_vcpu *vcpu)
{
	u8 data[8];

	memcpy(data, vcpu->run->mmio.data, sizeof(data));
	hve_emul_read_complete(&vcpu->emul, data);
	/* the VMM may have changed registers: take them again */
	if (!hve_emul_fill(vcpu))
		return -EIO;
	return run_emul(vcpu) == HVE_TO_USER;
}

enum hve_action hve_emulate_mmio(struct hve_vcpu *vcpu)
{
	/* no instruction did it: a table that event delivery reads */
	if (vcpu->exit.idtv_info & VECTORING_INFO_VALID_MASK)
		return hve_user_delivery_error(vcpu);
	if (!hve_emul_fill(vcpu))
		return hve_user_internal_error(vcpu,
				KVM_INTERNAL_ERROR_EMULATION, 0, 0);
	hve_emul_begin(&vcpu->emul);
	return run_emul(vcpu);
}

/* INS and OUTS */

static int continue_string_pio(struct hve_vcpu *vcpu);

static void *pio_buf(struct hve_vcpu *vcpu)
{
	return (void *)vcpu->run + HVE_PIO_PAGE * PAGE_SIZE;
}

/* As many elements as the page holds and guest memory lets through. */
static enum hve_emul_result gather_outs(struct hve_vcpu *vcpu, u32 *count)
{
	struct hve_emul *e = &vcpu->emul;
	u32 n = min_t(u64, e->pio.count, PAGE_SIZE / e->pio.size), i;
	enum hve_emul_result r = HVE_EMUL_OK;
	u64 linear;

	for (i = 0; i < n; i++) {
		r = hve_emul_pio_linear(e, i, &linear);
		if (r == HVE_EMUL_OK)
			r = hve_emul_mem_read(e, linear,
					      pio_buf(vcpu) + i * e->pio.size,
					      e->pio.size,
					      e->cpl == 3 ? HVE_EMUL_ACC_USER : 0);
		if (r != HVE_EMUL_OK)
			break;
	}
	*count = i;
	return i ? HVE_EMUL_OK : r;
}

static enum hve_action string_pio_exit(struct hve_vcpu *vcpu, u32 count)
{
	struct hve_emul_pio *pio = &vcpu->emul.pio;
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = pio->in ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = pio->size;
	run->io.port = pio->port;
	run->io.count = count;
	run->io.data_offset = HVE_PIO_PAGE * PAGE_SIZE;
	vcpu->pio_count = count;
	vcpu->complete = continue_string_pio;
	return HVE_TO_USER;
}

/* Elements for a chip in the kernel; false: the port is the VMM's. */
static bool string_pio_here(struct hve_vcpu *vcpu, u32 count)
{
	struct hve_emul_pio *pio = &vcpu->emul.pio;
	u32 i;

	for (i = 0; i < count; i++)
		if (!hve_board_io(vcpu, pio->in, pio->port, pio->size,
				  pio_buf(vcpu) + i * pio->size))
			return false;
	vcpu->pio_count = count;
	return true;
}

static enum hve_action pio_result(struct hve_vcpu *vcpu, enum hve_emul_result r)
{
	switch (r) {
	case HVE_EMUL_FAULT:
		inject_fault(vcpu);
		return HVE_RESUME;
	case HVE_EMUL_RETRY:
		return HVE_RESUME;
	default:
		return emul_unhandled(vcpu);
	}
}

enum hve_action hve_emulate_string_pio(struct hve_vcpu *vcpu)
{
	struct hve_emul *e = &vcpu->emul;
	enum hve_emul_result r;
	u32 count;

	if (!hve_emul_fill(vcpu))
		return hve_user_internal_error(vcpu,
				KVM_INTERNAL_ERROR_EMULATION, 0, 0);
	hve_emul_begin(e);
	r = hve_emul_pio_decode(e);
	if (r != HVE_EMUL_PIO)
		return pio_result(vcpu, r);
	if (!e->pio.count) {
		hve_emul_pio_advance(e, 0);
		write_back(vcpu);
		return HVE_RESUME;
	}
	if (e->pio.in) {
		count = min_t(u64, e->pio.count, PAGE_SIZE / e->pio.size);
	} else {
		r = gather_outs(vcpu, &count);
		if (r != HVE_EMUL_OK)
			return pio_result(vcpu, r);
	}
	if (!string_pio_here(vcpu, count))
		return string_pio_exit(vcpu, count);
	if (continue_string_pio(vcpu))
		return hve_user_internal_error(vcpu,
				KVM_INTERNAL_ERROR_EMULATION, 0, 0);
	return HVE_RESUME;
}

/* Store what the VMM read; a fault in the middle keeps what came before. */
static enum hve_emul_result scatter_ins(struct hve_vcpu *vcpu, u32 count,
					u32 *done)
{
	struct hve_emul *e = &vcpu->emul;
	enum hve_emul_result r = HVE_EMUL_OK;
	u64 linear, data;

	for (*done = 0; *done < count; (*done)++) {
		memcpy(&data, pio_buf(vcpu) + *done * e->pio.size, e->pio.size);
		r = hve_emul_pio_linear(e, *done, &linear);
		if (r == HVE_EMUL_OK)
			r = hve_emul_mem_write(e, linear, &data, e->pio.size,
					       e->cpl == 3 ? HVE_EMUL_ACC_USER : 0);
		if (r != HVE_EMUL_OK)
			break;
	}
	return r;
}

/*
 * The VMM may have changed RCX meanwhile, so the instruction is decoded again
 * and no more than it still wants is stored.
 */
static int continue_string_pio(struct hve_vcpu *vcpu)
{
	struct hve_emul *e = &vcpu->emul;
	enum hve_emul_result r;
	u32 count, done;

	if (!hve_emul_fill(vcpu))
		return -EIO;
	hve_emul_begin(e);
	r = hve_emul_pio_decode(e);
	if (r != HVE_EMUL_PIO)
		return 0;
	count = min_t(u64, vcpu->pio_count, e->pio.count);
	done = count;
	if (e->pio.in)
		r = scatter_ins(vcpu, count, &done);
	hve_emul_pio_advance(e, done);
	write_back(vcpu);
	if (r == HVE_EMUL_FAULT)
		inject_fault(vcpu);
	return 0;
}
