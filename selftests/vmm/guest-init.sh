#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# /init of the demonstration guest (mkguest.sh puts it there): says on the
# console what the guest sees, runs a workload on every VP, powers off.
# Kernel command line: hve.shell = a shell before the power-off,
# hve.rounds=N = how often the workload is repeated (default 1, 0 = not at all).
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs tmp /tmp

arg() { tr ' ' '\n' </proc/cmdline | sed -n "s/^hve\.$1=//p" | tail -n 1; }
say() { echo "GUEST: $*"; }

clock=/sys/devices/system/clocksource/clocksource0/current_clocksource
cpus=$(grep -c ^processor /proc/cpuinfo)
say "Linux $(uname -r), $cpus processors online: $(cat /sys/devices/system/cpu/online)"
say "$(dmesg | sed -n 's/.*\(Hypervisor detected: .*\)/\1/p' | head -n 1)"
say "clocksource $(cat $clock)"
dmesg | sed -n 's/^.*\(Hyper-V: .*\|.*hv_.*clock.*\)$/GUEST: \1/p' | head -n 8
# warnings of the guest kernel are a finding about the machine below it
complaints='^<[0-2]>|WARNING:|BUG:|rcu.*stall|soft lockup|nmi_watchdog|Call Trace'
status=0
complain() {
	dmesg -r | grep -qE "$complaints" || return 0
	say "the guest kernel complains:"
	dmesg -r | grep -E "$complaints" | head -n 20
	status=1
}

# The same tree for all: what each VP makes of it must be the same, bit by bit.
# Compressing, unpacking and hashing on every VP at once, each pinned to its own.
work() { # work VP ROUND
	taskset -c "$1" sh -c "
		tar -c -C / init tree | gzip -c >/tmp/$1.gz &&
		gzip -dc /tmp/$1.gz | tar -t | sort | md5sum >/tmp/$1.sum &&
		gzip -dc /tmp/$1.gz | sha256sum >>/tmp/$1.sum &&
		md5sum </tmp/$1.gz >>/tmp/$1.sum" || echo "failed" >/tmp/"$1".sum
}

make_tree() {
	mkdir -p /tree/text
	cp /proc/cpuinfo /proc/meminfo /proc/cmdline /tree/text
	for i in 1 2 3 4 5 6; do
		dd if=/bin/busybox of=/tree/part$i bs=32k skip=$((i * 5)) count=1 2>/dev/null
	done
}

rounds=$(arg rounds)
rounds=${rounds:-1}
make_tree
n=0
while [ $n -lt "$rounds" ]; do
	cpu=0
	while [ $cpu -lt "$cpus" ]; do
		work $cpu &
		cpu=$((cpu + 1))
	done
	wait
	cpu=0
	while [ $cpu -lt "$cpus" ]; do
		grep -q failed /tmp/$cpu.sum && status=1
		cmp -s /tmp/0.sum /tmp/$cpu.sum || { say "VP $cpu got another result"; status=1; }
		cpu=$((cpu + 1))
	done
	n=$((n + 1))
	if [ $n = 1 ]; then
		first=$(md5sum </tmp/0.sum | cut -c1-12)
	elif [ "$(md5sum </tmp/0.sum | cut -c1-12)" != "$first" ]; then
		say "round $n differs from round 1"
		status=1
	fi
done
say "workload: $rounds round(s) on $cpus processors, $(wc -c </tmp/0.gz 2>/dev/null) bytes compressed, hash ${first:-none}: $([ $status = 0 ] && echo same everywhere || echo FAILED)"
if [ -x /guest-threads ]; then
	say "$(/guest-threads || echo "status $?")"
	/guest-threads 1 >/dev/null || status=1
fi
say "interrupts: $(awk '/LOC:|HVS:|HYP:|RES:|CAL:/ { l = $1; for (i = 2; i <= n + 1; i++) l = l " " $i; printf "%s; ", l } NR == 1 { n = NF }' /proc/interrupts)"

complain
if grep -qw hve.shell /proc/cmdline; then
	say "shell on the console; 'exit' powers off"
	setsid cttyhack sh 2>/dev/null || sh
fi
say "status $status, powering off after $(cut -d' ' -f1 /proc/uptime) s"
poweroff -f
