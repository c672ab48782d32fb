# SPDX-License-Identifier: GPL-2.0
# kvm-selftests.sh: KVM's own selftests of Linux 7.2 and 6.12, unmodified, on /dev/hvemu.
# Those of 6.12 all want PIC and IOAPIC in the kernel; those of 7.2 do where there are any.
# kernels: 6.12 7.2
# cpus: 2
# memory: 2000
# limit: 900
# debug: 2400
# needs: module
# kst 7.2: guest_print_test userspace_io_test set_sregs_test cpuid_test tsc_msrs_test
# kst 7.2: cr4_cpuid_sync_test xapic_ipi_test xapic_state_test set_memory_region_test
# kst 7.2: hyperv_cpuid hyperv_clock
# kst 7.2: nested_close_kvm_test nested_invalid_cr3_test nested_tsc_adjust_test
# kst 7.2: hyperv_features hyperv_extended_hypercalls hyperv_ipi hyperv_tlb_flush
# kst 7.2: state_test kvm_create_max_vcpus kvm_binary_stats_test irqfd_test msrs_test
# kst 7.2: feature_msrs_test max_vcpuid_cap_test set_boot_cpu_id xcr0_cpuid_test
# kst 7.2: recalc_apic_map_test xapic_tpr_test memslot_modification_stress_test
# kst 7.2: mmu_stress_test dirty_log_test hardware_disable_test
# kst 7.2: exit_on_emulation_failure_test tsc_scaling_sync
# kst 7.2: debug_regs sync_regs_test userspace_msr_exit_test platform_info_test
# kst 7.2: monitor_mwait_test fix_hypercall_test apic_bus_clock_test
# kst 7.2: coalesced_io_test system_counter_offset_test rseq_test kvm_clock_test hwcr_msr_test
# kst 6.12: guest_print_test userspace_io_test set_sregs_test cpuid_test
# kst 6.12: hyperv_cpuid hyperv_clock hyperv_ipi hyperv_tlb_flush
# kst 6.12: hyperv_extended_hypercalls hyperv_features
# kst 6.12: xapic_ipi_test xapic_state_test set_boot_cpu_id state_test coalesced_io_test
. "$HVE_ROOT/lab/ktap"
. "$HVE_ROOT/lab/kst"

# known NAME of VERSION: why it is not run. A test that finds out by itself what it cannot
# have, and skips, is not here.
known() {
	case "$1 $3" in
	"hyperv_tlb_flush 6.12") echo "takes minutes; 7.2's is the same but for the length of its waits" ;;
	"set_sregs_test 6.12") echo "wants bits of CR4 without CPUID, which 7.2's wants refused" ;;
	esac
	case $1 in
	state_test) echo "wants VMCS shadowing where the guest has VMX" ;;
	kvm_clock_test) echo "needs KVM's paravirtual clock" ;;
	hwcr_msr_test) echo "needs HWCR, a register of AMD processors" ;;
	rseq_test) echo "passes, but takes 150 s" ;;
	hardware_disable_test | mmu_stress_test | memslot_modification_stress_test) echo "takes minutes" ;;
	esac
}

# tries NAME: a second try for one that races with itself. set_memory_region_test takes the
# guest's code away and wants it to have got beyond a point, for which it does not wait.
tries() {
	case $1 in
	set_memory_region_test) echo "$HVE_ROOT/twice" ;;
	esac
}

load_hvemu
as_kvm
printf '#!/bin/sh\n"$@" || exec "$@"\n' >"$HVE_ROOT/twice"
chmod 755 "$HVE_ROOT/twice"
# the older set is slow; its own kernel is enough for it
case "$(uname -r) $HVE_SLOW" in 6.12.*\ 1) sets="6.12 7.2" ;; *) sets=7.2 ;; esac
for t in $(for set in $sets; do ls "$HVE_ROOT/kst/$set/"* ; done); do
	name=$(basename "$t")
	of="$name of $(basename "${t%/*}")"
	# shellcheck disable=SC2086 # words
	why=$(known $of)
	if [ -n "$why" ]; then
		skip "$of" "$why"
	else
		# shellcheck disable=SC2046 # words
		program "$of" 200 $(tries "$name") "$t" $(arguments "$name")
	fi
done
plan
