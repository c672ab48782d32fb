#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# /init of the guests of suites/qemu*.sh (mkqemu-init.sh puts it there): says what there is,
# does what hve.do=WHAT,WHAT... names, powers off. Lines for the suite begin with "GUEST:".
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null

say() { echo "GUEST: $*"; }
load() { for m; do insmod "/lib/$m.ko" || say "no module $m"; done; }
sum() { md5sum | cut -c1-32; }
# hundredths of a second
uptime_cs() {
	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}"
}

# the first MiB of the disk, copied behind itself and read back
blk() {
	load virtio_blk
	dd if=/dev/vda of=/tmp/mib bs=64k count=16 2>/dev/null
	dd if=/tmp/mib of=/dev/vda bs=64k seek=16 conv=fsync 2>/dev/null
	echo 3 >/proc/sys/vm/drop_caches
	say "disk $(sum </tmp/mib) $(dd if=/dev/vda bs=64k skip=16 count=16 2>/dev/null | sum)"
}

# each interface: what the host sends, and the way back
net() {
	local i
	load failover net_failover virtio_net
	for i in 0 1; do
		ip addr add "10.9.$i.2/24" dev "eth$i" && ip link set "eth$i" up
		ping -c 1 -W 5 "10.9.$i.1" >/dev/null || say "no answer from 10.9.$i.1"
		say "net $i $(nc -w 10 "10.9.$i.1" 7000 </dev/null | sum)"
	done
}

# In the first boot only: calls sync() and looks at the clock until the machine is reset.
# The mark is in the disk's last sector but one.
first() {
	local last now gap=0
	[ "$(dd if=/dev/vda bs=512 skip=8190 count=1 2>/dev/null | head -c 4)" != done ] || return 0
	printf done | dd of=/dev/vda bs=512 seek=8190 conv=sync,fsync 2>/dev/null
	say "first boot"
	last=$(uptime_cs)
	while :; do
		sync
		now=$(uptime_cs)
		[ $((now - last)) -le $gap ] || {
			gap=$((now - last))
			say "gap $gap"
		}
		last=$now
		sleep 0.1
	done
}

mem_total() { sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo; }

# QEMU waits for 50 s before its first request
balloon() {
	local before n=0
	load hv_vmbus hv_balloon
	before=$(mem_total)
	say "vmbus: $(ls /sys/bus/vmbus/devices 2>/dev/null | wc -l) devices, $before kB"
	while [ "$(mem_total)" -gt $((before - 30000)) ] && [ $n -lt 80 ]; do
		sleep 1
		n=$((n + 1))
	done
	dmesg | sed -n 's/.*\(hv_balloon: .*\)/GUEST: \1/p'
	say "balloon: $((before - $(mem_total))) kB less"
	n=0
	while [ "$(mem_total)" -lt "$before" ] && [ $n -lt 20 ]; do
		sleep 1
		n=$((n + 1))
	done
	say "deflated: $((before - $(mem_total))) kB less"
}

# QEMU with -no-reboot ends at a reset
restart() {
	say "end by a reset"
	reboot -f
}

mount -t tmpfs tmp /tmp
say "up, $(grep -c ^processor /proc/cpuinfo) processors, clock" \
	"$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)," \
	"$(dmesg | sed -n 's/.*Hypervisor detected: //p')"
for what in $(tr ' ' '\n' </proc/cmdline | sed -n 's/^hve\.do=//p' | tr , ' '); do "$what"; done
dmesg -r | grep -E '^<[0-2]>|WARNING:|BUG:|rcu.*stall|soft lockup|Call Trace' | head | sed 's/^/GUEST: complains: /'
say "end after $(cut -d' ' -f1 /proc/uptime) s"
poweroff -f
