#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# patch-bochs.sh DIR: repairs six VMX faults of the Bochs 3.0 source tree in DIR that
# stop a hypervisor with several virtual processors, or with APIC virtualization.
# Fails when a place is not found: then look whether that version has it repaired.
set -eu
export LC_ALL=C
cd "$1"

# must_have FILE TEXT: TEXT occurs once in FILE
must_have() {
	[ "$(grep -cF -- "$2" "$1")" = 1 ] || {
		echo "patch-bochs: $1: '$2' not found once" >&2
		exit 1
	}
}

# 1. The posted-interrupt descriptor need only be 64-byte aligned; 3.0 wants a page.
must_have cpu/vmx.cc 'if (! IsValidPageAlignedPhyAddr(vm->pid_addr)) {'
sed -i 's/if (! IsValidPageAlignedPhyAddr(vm->pid_addr)) {/if (! IsValidPhyAddr(vm->pid_addr) || (vm->pid_addr \& 0x3f) != 0) {/' cpu/vmx.cc

# 2. A VM entry with the guest's IF clear left external interrupts masked (the masks
#    were computed before in_vmx_guest was set), so the host's timer never ended a
#    guest that spins.
must_have cpu/vmx.cc 'BX_CPU_THIS_PTR in_vmx_guest = true;'
sed -i 's/^  BX_CPU_THIS_PTR in_vmx_guest = true;/&\n  handleInterruptMaskChange();/' cpu/vmx.cc

# 3. An external interrupt that arrives while a virtual one is pending and masked
#    (guest IF=0) delivered the virtual one anyway.
must_have cpu/event.cc 'if (is_pending(BX_EVENT_PENDING_VMX_VIRTUAL_INTR)) {'
sed -i 's/if (is_pending(BX_EVENT_PENDING_VMX_VIRTUAL_INTR)) {/if (is_unmasked_event_pending(BX_EVENT_PENDING_VMX_VIRTUAL_INTR)) {/' cpu/event.cc

# 4. A VM exit during the delivery of a virtual interrupt reported a stale
#    IDT-vectoring event (an earlier exception), which the host then injected.
must_have cpu/vapic.cc '    BX_INSTR_HWINTERRUPT(BX_CPU_ID, vector,'
sed -i 's/^    BX_INSTR_HWINTERRUPT(BX_CPU_ID, vector,/    vm->idt_vector_error_code = 0;\n    vm->idt_vector_info = vector | (BX_EXTERNAL_INTERRUPT << 8);\n&/' cpu/vapic.cc

# 5. A posted-interrupt notification with nothing posted delivered vector 0xff.
must_have cpu/vapic.cc '  vector = BX_CPU_THIS_PTR lapic->highest_priority_int(virr);'
sed -i '/^  vector = BX_CPU_THIS_PTR lapic->highest_priority_int(virr);/{s/vector/int highest/;n;s/.*/  if (highest >= (int) vm->rvi) vm->rvi = (Bit8u) highest;/}' cpu/vapic.cc

# 6. With several processors the way back from an exception did not commit RIP: an
#    interrupt that ended the guest before the handler's first instruction saved the
#    RIP of the fault beside the handler's CS and RSP. Variables that change between
#    setjmp() and longjmp() must be volatile, or the compiler takes processor 0 there.
must_have main.cc '          BX_CPU(processor)->icount++;'
sed -i 's/^          BX_CPU(processor)->icount++;/&\n          BX_CPU(processor)->prev_rip = BX_CPU(processor)->gen_reg[BX_64BIT_REG_RIP].rrx;\n          BX_CPU(processor)->speculative_rsp = false;/' main.cc
must_have main.cc '        Bit32u executed = 0, processor = 0;'
sed -i 's/^        Bit32u executed = 0, processor = 0;/        volatile Bit32u executed = 0, processor = 0;/' main.cc
must_have main.cc '        bool run = true;'
sed -i 's/^        bool run = true;/        volatile bool run = true;/' main.cc
