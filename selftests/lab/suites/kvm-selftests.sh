# SPDX-License-Identifier: GPL-2.0
# kvm-selftests.sh: KVM's own selftests of Linux 7.2, unmodified, on /dev/hvemu.
# kernels: 6.12 7.2
# cpus: 2
# limit: 900
# needs: module
# kst 7.2: guest_print_test userspace_io_test set_sregs_test cpuid_test tsc_msrs_test
# kst 7.2: cr4_cpuid_sync_test xapic_ipi_test xapic_state_test set_memory_region_test
# kst 7.2: hyperv_cpuid hyperv_clock
. "$HVE_ROOT/lab/ktap"

# known NAME: why it is not expected to pass
known() {
	case $1 in
	esac
}

# The tests look for a device and for module parameters by KVM's names
as_kvm() {
	ln -s hvemu /dev/kvm
	mount -t tmpfs none /sys/module
	mkdir -p /sys/module/kvm/parameters /sys/module/kvm_intel/parameters
	echo 0 >/sys/module/kvm/parameters/force_emulation_prefix
	echo N >/sys/module/kvm/parameters/enable_pmu
	echo Y >/sys/module/kvm_intel/parameters/ept
	echo Y >/sys/module/kvm_intel/parameters/unrestricted_guest
}

load_hvemu
as_kvm
ulimit -n 4096
for t in "$HVE_ROOT"/kst/*; do
	name=$(basename "$t")
	why=$(known "$name")
	if [ -n "$why" ]; then
		skip "$name" "$why"
	else
		program "$name" 200 "$t"
	fi
done
plan
