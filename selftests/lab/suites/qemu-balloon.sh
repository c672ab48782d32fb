# SPDX-License-Identifier: GPL-2.0
# qemu-balloon.sh: QEMU 10's hv-balloon on its VMBus: the guest's driver connects, a request
# takes memory from the guest and another gives it back. QEMU waits for 50 s before its first
# request, so it is in no list of suites: `selftests/lab/suite.sh qemu-balloon 6.12`.
# memory: 2000
# limit: 500
# needs: module qguest
# qemus: 10
. "$HVE_ROOT/lab/ktap"
. /lab/qemu

load_hvemu
# a guest that could hibernate ignores the requests
qemu_start 10 balloon -machine pc,smm=off,kernel-irqchip=on -cpu host,kvm=off,hv-passthrough \
	-no-reboot -global PIIX4_PM.disable_s4=1 -device vmbus-bridge -device hv-balloon,id=hvb
expect "the guest is up" wait_for "$Q/console" 'GUEST: vmbus' 60
expect "its hv_vmbus has the balloon's channel" has "$Q/console" 'GUEST: vmbus: 1 devices'
sleep 1
monitor 'balloon 192'
wait_for "$Q/console" 'GUEST: balloon' 90
monitor 'info balloon'
monitor 'balloon 256'
qemu_end "hv-balloon"
expect "a balloon request takes memory from the guest" \
	grep -Eq 'GUEST: balloon: [3-9][0-9]{4} kB less' "$Q/console"
expect "and another one gives it back" grep -q 'GUEST: deflated: 0 kB less' "$Q/console"
check "rmmod" rmmod hvemu
plan
