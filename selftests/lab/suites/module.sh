# SPDX-License-Identifier: GPL-2.0
# module.sh: the module comes and goes, and says why when it cannot.
# kernels: 6.12 6.1 7.2
# cpus: 2
# limit: 120
# debug: 300
# needs: module
# spare: kvm-intel
. "$HVE_ROOT/lab/ktap"

device_is_there() { [ -c /dev/hvemu ]; }
device_is_gone() { [ ! -e /dev/hvemu ]; }
comes_and_goes() {
	for i in 1 2 3 4 5 6 7 8 9 10; do
		insmod "$HVE_ROOT/hvemu.ko" && rmmod hvemu || return 1
	done
}
rmmod_is_refused() {
	exec 5</dev/hvemu
	! rmmod hvemu
	rc=$?
	exec 5<&-
	return $rc
}
# insmod_kvm: kvm_intel holds VMX from its load since 6.12
insmod_kvm() {
	for m in $(cat /lab/modules.extra); do insmod "/lib/modules/lab/$m" || return 1; done
}
rmmod_kvm() {
	for m in $(tac /lab/modules.extra); do rmmod "$m" || return 1; done
}

check "insmod" insmod "$HVE_ROOT/hvemu.ko"
check "insmod makes /dev/hvemu" device_is_there
check "insmod twice is refused" sh -c '! insmod "$HVE_ROOT/hvemu.ko"'
check "rmmod with an open file is refused" rmmod_is_refused
check "rmmod" rmmod hvemu
check "rmmod takes /dev/hvemu away" device_is_gone
check "ten times" comes_and_goes
check "insmod again" insmod "$HVE_ROOT/hvemu.ko"
check "kvm_intel comes after hvemu" insmod_kvm
check "rmmod beside kvm_intel" rmmod hvemu
check "hvemu after kvm_intel" insmod "$HVE_ROOT/hvemu.ko"
check "kvm_intel leaves first" rmmod_kvm
check "rmmod at the end" rmmod hvemu
plan
