#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# /init of the lab's host kernel: mounts, loads /lab/modules, runs /lab/run and reports
# on the serial line. lab.sh reads the lines that begin with LAB-.
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp 2>/dev/null
mkdir -p /dev/shm /dev/pts
mount -t devpts none /dev/pts 2>/dev/null
mount -t debugfs none /sys/kernel/debug 2>/dev/null
mount -t tracefs none /sys/kernel/tracing 2>/dev/null
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/tmp HVE_ROOT=

uptime_s() { cut -d' ' -f1 /proc/uptime; }

# Warnings must reach the console, or lab.sh would not see them; nothing less, as every
# character takes time.
echo 5 >/proc/sys/kernel/printk
echo 1 >/proc/sys/kernel/panic_on_rcu_stall
ip link set lo up 2>/dev/null

echo "LAB-INIT $(uname -r) uptime $(uptime_s)"
for m in $(cat /lab/modules); do
	# shellcheck disable=SC2046 # parameters are words
	insmod "/lib/modules/lab/$m" $(cat "/lab/opt.${m%.ko}" 2>/dev/null) ||
		echo "LAB-WARN: insmod $m failed"
done

# leaks: what the debug kernel knows to be lost, of this module: a frame without a name is of
# one that has gone. What is young, or was not seen by two scans, does not count.
LEAKS=/sys/kernel/debug/kmemleak
leaks() {
	[ -f $LEAKS ] || return 0
	sleep 6
	echo scan >$LEAKS
	sleep 6
	echo scan >$LEAKS
	awk '/^unreferenced/ { if (ours) printf "%s", all; all = ""; ours = 0 }
		/\[hvemu\]|\] 0xffffffff/ { ours = 1 }
		{ all = all $0 "\n" }
		END { if (ours) printf "%s", all }' $LEAKS >/tmp/leaks
	[ -s /tmp/leaks ] || return 0
	head -n 80 /tmp/leaks
	echo "<4>kmemleak: $(grep -c ^unreferenced /tmp/leaks) objects are lost" >/dev/kmsg
}

# coverage: what a module that counts its lines has counted, over the serial line
coverage() {
	local f
	[ -d $COUNTS ] || return 0
	for f in $(find $COUNTS -name '*.gcda'); do
		mkdir -p "/tmp/gcov/${f%/*}"
		cat "$f" >"/tmp/gcov/$f"
	done
	[ -d /tmp/gcov ] || return 0
	echo "LAB-FILE gcov.tar.gz"
	tar -czf - -C "/tmp/gcov/$COUNTS" . | base64
	echo "LAB-FILE-END"
}
COUNTS=/sys/kernel/debug/gcov

if [ -f /lab/interactive ]; then
	echo "LAB-SHELL"
	setsid -c sh -i </dev/ttyS0 >/dev/ttyS0 2>&1
	sleep 1 # the last output is still on the line
	poweroff -f
fi

# A script that hangs: show where before lab.sh loses patience
what_hangs() {
	sleep "$(cat /lab/limit)"
	echo "LAB-HANG: no end after $(cat /lab/limit) emulated seconds"
	ps -o pid,stat,time,args | grep -v '\]$'
	for p in $(pidof -s run) $(ps -o pid,stat | awk '$2 ~ /^D/ { print $1 }'); do
		echo "stack of $p:" && cat "/proc/$p/stack"
	done
	echo 7 >/proc/sys/kernel/printk
	echo l >/proc/sysrq-trigger
	echo w >/proc/sysrq-trigger
	echo "LAB-EXIT: 124"
}

what_hangs &
/lab/run </dev/null 2>&1
rc=$?
leaks
coverage
if [ "$rc" != 0 ] && [ "$rc" != 4 ]; then
	echo "LAB-DMESG (the end of the kernel's log)"
	dmesg | tail -n 40
fi
echo "LAB-END uptime $(uptime_s)"
echo "LAB-EXIT: $rc"
# lab.sh ends Bochs at the line above; power off only if nobody does
sleep 5
poweroff -f
