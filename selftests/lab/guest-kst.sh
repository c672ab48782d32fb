# SPDX-License-Identifier: GPL-2.0
# guest-kst.sh: for the suites that run KVM's own selftests, behind lab/ktap:
# `. "$HVE_ROOT/lab/kst"`.
#
#   as_kvm            after load_hvemu: the device and the parameters of modules that the
#                     tests look for by KVM's names
#   arguments NAME    of the test NAME: less memory and fewer rounds for those that take minutes

as_kvm() {
	ln -s hvemu /dev/kvm
	mount -t tmpfs none /sys/module
	mkdir -p /sys/module/kvm/parameters /sys/module/kvm_intel/parameters
	echo 0 >/sys/module/kvm/parameters/force_emulation_prefix
	for p in enable_pmu ignore_msrs eager_page_split tdp_mmu; do
		echo N >/sys/module/kvm/parameters/$p
	done
	echo Y >/sys/module/kvm_intel/parameters/ept
	echo Y >/sys/module/kvm_intel/parameters/unrestricted_guest
	# they map gigabytes and touch little of it
	echo 1 >/proc/sys/vm/overcommit_memory
	ulimit -n 4096
}

arguments() {
	case $1 in
	dirty_log_test) echo "-M dirty-log -i 3" ;;
	dirty_log_perf_test) echo "-v 1 -b 16M -i 2" ;;
	access_tracking_perf_test | demand_paging_test) echo "-v 1 -b 16M" ;;
	kvm_page_table_test) echo "-v 1 -b 64M" ;;
	memslot_perf_test) echo "-l 1 -s 64 -e 0" ;;
	memslot_modification_stress_test) echo "-v 2 -b 16M -i 5" ;;
	mmu_stress_test | max_guest_memory_test) echo "-c 2 -m 2 -s 1" ;;
	esac
}
