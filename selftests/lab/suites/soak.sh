# SPDX-License-Identifier: GPL-2.0
# soak.sh: Linux guests that boot, work, are killed; guests saved and restored; VMs that
# come and go; in random order, beside a guest of kvm_intel that checks itself. Run by
# `make soak`, which says for how long (no kernels: it is in no list).
# cpus: 2
# memory: 2000
# modules: kvm-intel
# needs: module hvlinux stat tests seconds
. "$HVE_ROOT/lab/ktap"

SECONDS_ALL=$(cut -d' ' -f1 "$HVE_ROOT/lab/seconds")
SEED=$(cut -d' ' -f2 "$HVE_ROOT/lab/seconds")
D=/tmp/soak.$$
T=$HVE_ROOT/t
mkdir -p $D

now() { cut -d. -f1 /proc/uptime; }
END=$(($(now) + SECONDS_ALL))

# chance N WORKER: below N; the same seed gives the same sequence
chance() {
	local s
	s=$(cat $D/seed.$2)
	s=$(((s * 1103515245 + 12345) & 0x7fffffff))
	echo $s >$D/seed.$2
	echo $((s / 65536 % $1))
}

# count WHAT: of all workers
count() { echo >>"$D/n.$1"; }
counted() { if [ -f "$D/n.$1" ]; then wc -l <"$D/n.$1"; else echo 0; fi; }

linux() {
	timeout -s KILL "$1" "$HVE_ROOT/hvlinux" -k "$HVE_ROOT/guest/kernel" -i "$HVE_ROOT/guest/initrd" \
		-p 2 -m 256 -t 600 -c "$(cat "$HVE_ROOT/guest/cmdline")" </dev/null
}

# tried NAME COMMAND...: its output is kept when it fails
tried() {
	local name=$1 out
	out=$(mktemp $D/out.XXXXXX)
	shift
	if "$@" >"$out" 2>&1; then
		count "$name"
	else
		count lost
		echo "# lost: $name"
		tail -n 20 "$out" | comment
	fi
	rm "$out"
}

one() {
	case $(chance 8 "$1") in
	0 | 1) tried boots linux 500 ;;
	2 | 3)
		linux $((1 + $(chance 12 "$1"))) >/dev/null 2>&1
		count kills
		;;
	4) tried restores "$T/save_restore_test" ;;
	5) tried moves "$T/state_test" ;;
	6) tried work "$T/corruption_test" -p 2 -t $((1 + $(chance 6 "$1"))) ;;
	7) tried cycles "$T/lifecycle_test" -b -n $((50 + $(chance 100 "$1"))) ;;
	esac
}

worker() {
	echo $((SEED + $1)) >$D/seed.$1
	while [ "$(now)" -lt "$END" ]; do one "$1"; done
}

beside() {
	while [ "$(now)" -lt "$END" ]; do
		HVE_DEV=/dev/kvm tried beside "$T/corruption_test" -p 1 -t 5
	done
}

# what the VMs do, looked at every second: the last that was seen of each is summed up
sampler() {
	local id
	while [ "$(now)" -lt "$END" ]; do
		for id in $("$HVE_ROOT/hvemu-stat" | sed -nE 's/^ *([0-9]+) .*/\1/p'); do
			"$HVE_ROOT/hvemu-stat" -j "$id" >$D/stat.new 2>/dev/null && mv $D/stat.new "$D/stat.$id"
		done
		sleep 1
	done
}

# sum KIND
sum() {
	cat $D/stat.[0-9]* 2>/dev/null | sed -nE "s/.*\"kind\": \"$1\".*\"count\": ([0-9]+).*/\1/p" |
		awk '{ n += $1 } END { printf "%d", n }'
}

load_hvemu
before=$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)
worker 1 &
worker 2 &
beside &
sampler &
wait
vms=$(ls $D/stat.[0-9]* 2>/dev/null | sed 's/.*\.//' | sort -n | tail -n 1)
result "# $SECONDS_ALL seconds, seed $SEED: $vms VMs, $(counted boots) Linux guests booted and powered off," \
	"$(counted kills) killed, $(counted restores) times 5 saved and restored, $(counted moves) moved step by step"
result "# $(counted work) guests checked themselves, $(counted beside) beside them on kvm_intel;" \
	"at least $(sum exit) exits and $(sum call) hypercalls; lost: $(counted lost)"
echo 3 >/proc/sys/vm/drop_caches
after=$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)
result "# memory: $before KiB available before, $after KiB after"
check "none was lost" test "$(counted lost)" = 0
check "each kind happened" test "$(counted boots)" -gt 0 -a "$(counted kills)" -gt 0
check "no VM is left" sh -c "! '$HVE_ROOT/hvemu-stat' | grep -E '^ *[0-9]+ '"
check "rmmod" rmmod hvemu
rm -rf $D
plan
