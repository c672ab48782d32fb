# SPDX-License-Identifier: GPL-2.0
# fault.sh: the host itself changes under running guests: processors go and come, it
# suspends to idle, the module is taken away while somebody opens the device; its memory
# goes to swap. The debug kernel has neither the steps of a suspend nor a device to swap to: there is
# `suite.sh fault 6.12`, too.
# debug: 1200
# cpus: 2
# limit: 300
# modules-6.12: zram
# needs: module tests
. "$HVE_ROOT/lab/ktap"

CPU1=/sys/devices/system/cpu/cpu1/online
T=$HVE_ROOT/t
IN_LAB=
[ -n "$HVE_ROOT" ] || IN_LAB=1

# meanwhile NAME SECONDS COMMAND...: a guest of two VPs checks itself while COMMAND goes on
meanwhile() {
	local name=$1 seconds=$2 pid ended=0
	shift 2
	"$T/corruption_test" -p 2 -t "$seconds" >/tmp/fault.out 2>&1 &
	pid=$!
	sleep 1
	check "$name" "$@"
	wait $pid || ended=$?
	check "$name: the guest finds nothing changed" sh -c "cat /tmp/fault.out; exit $ended"
}

cpus_go_and_come() {
	for i in 1 2 3; do
		echo 0 >$CPU1 && sleep 1 && echo 1 >$CPU1 && sleep 1 || return 1
	done
}

# all but the last step; the kernel wakes up by itself after 5 seconds
suspend() {
	local slept=0
	echo platform >/sys/power/pm_test
	echo freeze >/sys/power/state || slept=1
	echo none >/sys/power/pm_test
	return $slept
}

# The device is opened, and VMs run and die, whenever the module happens to be there
module_race() {
	: >/tmp/race
	for i in 1 2; do
		while [ -e /tmp/race ]; do
			timeout -s KILL 1 "$T/hello"
			timeout -s KILL 0.05 "$T/hello"
		done >/dev/null 2>&1 &
	done
	n=0 gone=0
	while [ $gone -lt 5 ] && [ $n -lt 500 ]; do
		if rmmod hvemu 2>/dev/null; then
			gone=$((gone + 1))
			insmod "$HVE_ROOT/hvemu.ko" || break
		fi
		n=$((n + 1))
	done
	rm /tmp/race
	wait
	echo "$gone times unloaded"
	[ $gone = 5 ]
}

load_hvemu
if [ -n "$IN_LAB" ] && [ -w $CPU1 ]; then
	meanwhile "a processor goes and comes" 8 cpus_go_and_come
else
	skip "a processor goes and comes" "not in the lab"
fi
if [ -n "$IN_LAB" ] && [ -w /sys/power/pm_test ]; then
	meanwhile "the host suspends to idle" 8 suspend
else
	skip "the host suspends to idle" "not in the lab, or no pm_test"
fi
if [ -b /dev/zram0 ]; then
	check "swap" sh -c "echo 48M >/sys/block/zram0/disksize && mkswap /dev/zram0 && swapon /dev/zram0"
	program "fault_test with swap" 120 "$T/fault_test"
	swapoff /dev/zram0
else
	skip "fault_test with swap" "no zram"
fi
check "the module goes and comes while VMs are made" module_race
[ -e /dev/hvemu ] || insmod "$HVE_ROOT/hvemu.ko"
program "hello afterwards" 60 "$T/hello"
check "rmmod" rmmod hvemu
plan
