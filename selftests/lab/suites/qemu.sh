# SPDX-License-Identifier: GPL-2.0
# qemu.sh: Debian's QEMU 7.2 and 10, unmodified: SeaBIOS and Debian's 6.12 kernel with several
# VPs and all flags of the Hv#1 interface; disks, networks, the monitor, the gdbstub, reset,
# and a device on a VMBus. suites/qemu-flags.sh has the flags one by one.
# kernels: 6.12
# memory: 2000
# limit: 500
# modules: tun vhost_net
# needs: module qguest
# qemus: 7.2 10
. "$HVE_ROOT/lab/ktap"
. /lab/qemu

# two networks, the first in QEMU, the second in the host's kernel
NET="-netdev tap,id=n0,ifname=tap0,script=no,downscript=no,vhost=off
	-device virtio-net-pci,netdev=n0,romfile=
	-netdev tap,id=n1,ifname=tap1,script=no,downscript=no,vhost=on
	-device virtio-net-pci,netdev=n1,romfile="
DISK="-drive if=virtio,format=raw,file=/tmp/disk"
SUM=

new_disk() {
	dd if=/dev/urandom of=/tmp/disk bs=64k count=64 2>/dev/null
	SUM=$(dd if=/tmp/disk bs=64k count=16 2>/dev/null | md5sum | cut -c1-32)
}

networks_up() {
	local i n
	for i in 0 1; do
		n=0
		while [ ! -e /sys/class/net/tap$i ] && [ $n -lt 50 ]; do
			sleep 0.1
			n=$((n + 1))
		done
		ip addr add "10.9.$i.1/24" dev "tap$i" && ip link set "tap$i" up
	done
	dd if=/tmp/disk of=/tmp/mib bs=64k count=16 2>/dev/null
	nc -ll -p 7000 -e cat /tmp/mib 8>&- &
	SERVER=$!
}

devices() {
	expect "$1: virtio-blk reads and writes" has "$Q/console" "GUEST: disk $SUM $SUM"
	expect "$1: virtio-net without vhost" has "$Q/console" "GUEST: net 0 $SUM"
	expect "$1: virtio-net with vhost" has "$Q/console" "GUEST: net 1 $SUM"
	kill "$SERVER"
}

symbol() { awk -v name="$1" '$3 == name { print $1; exit }' /proc/kallsyms; }

# breakpoint KIND NAME: at a system call that the guest makes all the time
breakpoint() {
	local at
	at=$(symbol __x64_sys_sync)
	gdb "Z$1,$at,1"
	gdb c
	gdb_rip
	expect "gdbstub: $2" test "$RIP" = "$at"
	gdb "z$1,$at,1"
	gdb s
	gdb_rip
	expect "gdbstub: a step from there" is_behind "$RIP" "$at"
}

# the low halves; a shell has no larger numbers without a sign
is_behind() {
	local bytes
	[ ${#1} = 16 ] || return 1
	bytes=$((0x${1#????????} - 0x${2#????????}))
	[ $bytes -gt 0 ] && [ $bytes -lt 16 ]
}

# A guest that is stopped for seconds must not see them.
stop_and_go() {
	local gap
	monitor stop
	sleep 3
	monitor cont
	sleep 1
	gap=$(sed -n 's/.*GUEST: gap \([0-9]*\).*/\1/p' "$Q/console" | tail -n 1)
	expect "stop, cont: the guest's clock has no gap ($gap/100 s)" test "${gap:-999}" -lt 200
}

# smm=auto, the default, is in some of them
load_hvemu
ln -s hvemu /dev/kvm

new_disk
# shellcheck disable=SC2086 # words
qemu_start 7.2 blk,net -machine pc,smm=off,kernel-irqchip=on -cpu host -smp 4 -no-reboot $NET $DISK
networks_up
qemu_end "7.2, irqchip in the kernel, 4 VPs"
devices 7.2

new_disk
# shellcheck disable=SC2086
qemu_start 10 blk,first,net -machine q35,smm=off,kernel-irqchip=split \
	-cpu "host,kvm=off,$HV" -smp 2 $NET $DISK
networks_up
expect "10, split irqchip, 2 VPs, hv flags: the guest is up" \
	wait_for "$Q/console" 'GUEST: first boot' 60
expect "its clock is the reference TSC page" has "$Q/console" 'clock hyperv_clocksource_tsc_page'
monitor 'info registers -a'
expect "info registers" wait_for "$Q/monitor" 'CPU#1' 5
stop_and_go
gdb_start
breakpoint 0 "a software breakpoint"
breakpoint 1 "a hardware breakpoint"
gdb_send D
monitor 'gdbserver none'
monitor system_reset
qemu_end "10, after system_reset"
devices 10

qemu_start 10 balloon -machine pc,kernel-irqchip=on -cpu host,kvm=off,hv-passthrough \
	-no-reboot -device vmbus-bridge -device hv-balloon,id=hvb
expect "vmbus-bridge, hv-passthrough: the guest is up" wait_for "$Q/console" 'GUEST: vmbus' 60
expect "its hv_vmbus has the balloon's channel" has "$Q/console" 'GUEST: vmbus: 1 devices'
monitor quit
wait_for "$Q/status" status 5
exec 8>&-

qemu_start 7.2 restart -machine pc,kernel-irqchip=split -cpu "host,kvm=off,$HV" -smp 2 -no-reboot
qemu_end "7.2, split irqchip, 2 VPs, hv flags"

check "rmmod" rmmod hvemu
rm -f /dev/kvm
plan
