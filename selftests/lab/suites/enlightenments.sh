# SPDX-License-Identifier: GPL-2.0
# enlightenments.sh: a Linux guest with four VPs uses what it is offered, and works without:
# what hvemu-stat counts of remote TLB flushes, IPIs, direct timers and the EOI assist with
# all of them, and with some hidden. Without APICv, as a processor that ends interrupts by
# itself leaves no EOI to skip. To be run by hand.
# cpus: 2
# memory: 2048
# limit: 580
# needs: module hvlinux stat cloud
. "$HVE_ROOT/lab/ktap"

STAT=$HVE_ROOT/hvemu-stat
OUT=/tmp/enl.$$
mkdir -p "$OUT"
mkfifo "$OUT/keys"
exec 4<>"$OUT/keys"

# boot NAME KERNEL OPTIONS...: a guest up to its shell, its counters into $OUT/NAME, off
boot() {
	local name=$1 kernel=$2 pid n=0 id
	shift 2
	# the last guest's says that there is a shell
	rm -f "$OUT/console"
	timeout 180 "$HVE_ROOT/hvlinux" -k "$kernel" -i "$HVE_ROOT/guest/initrd" -p 4 -m 384 -t 170 "$@" \
		-c "$(cat "$HVE_ROOT/guest/cmdline") hve.shell" <"$OUT/keys" >"$OUT/console" 2>&1 &
	pid=$!
	until grep -q 'shell on the console' "$OUT/console" 2>/dev/null || [ $n -ge 160 ]; do
		sleep 1
		n=$((n + 1))
	done
	id=$("$STAT" | sed -nE '2s/^ *([0-9]+) .*/\1/p')
	"$STAT" -j "$id" >"$OUT/$name"
	"$STAT" "$id" | sed "s/^/> $name: /"
	echo exit >"$OUT/keys"
	wait $pid
	check "$name: the guest powers off" test $? = 0
	check "$name: four processors" grep -q '4 processors online: 0-3' "$OUT/console"
	check "$name: its workload agrees" grep -q 'workload: .*same everywhere' "$OUT/console"
	check "$name: its threads see each other's changes" grep -q 'threads: 4 of them, .* 0 wrong' "$OUT/console"
}

# sum FILE KIND NUMBERS: counts of rows of a report
sum() {
	sed -nE "s/.*\"kind\": \"$2\", \"number\": ($3), .*\"count\": ([0-9]+).*/\2/p" "$OUT/$1" |
		awk '{ n += $1 } END { print n + 0 }'
}

used() { [ "$(sum "$1" "$2" "$3")" -ge "$4" ] || { echo "only $(sum "$1" "$2" "$3")"; return 1; }; }
unused() { [ "$(sum "$1" "$2" "$3")" = 0 ] || { sum "$1" "$2" "$3"; return 1; }; }

FLUSH='2|3|19|20'
IPI='11|21'
# rows of hvemu/partition/count.c
ASSIST_OFFERED=0
ASSIST_TAKEN=1
DIRECT=5

check "insmod with apicv=0" insmod "$HVE_ROOT/hvemu.ko" apicv=0
boot all "$HVE_ROOT/guest/kernel"
check "all: remote TLB flushes are hypercalls" used all hypercall "$FLUSH" 10
check "all: so are IPIs" used all hypercall "$IPI" 50
check "all: direct timers fire" used all use $DIRECT 50
check "all: EOIs are offered to be skipped" used all use $ASSIST_OFFERED 50
check "all: and are" used all use $ASSIST_TAKEN 50
boot some "$HVE_ROOT/guest/kernel" -n 4:a:2 -n 4:a:3
check "no flush, no APIC: no flushes by hypercall" unused some hypercall "$FLUSH"
check "no flush, no APIC: no EOI is skipped" unused some use $ASSIST_TAKEN
check "no flush, no APIC: IPIs are as before" used some hypercall "$IPI" 50
boot others "$HVE_ROOT/guest/kernel" -n 4:a:10 -n 3:d:19
check "no IPI, no direct timers: no IPIs by hypercall" unused others hypercall "$IPI"
check "no IPI, no direct timers: no direct timer" unused others use $DIRECT
check "no IPI, no direct timers: flushes are as before" used others hypercall "$FLUSH" 10
if [ -f "$HVE_ROOT/guest/cloud" ]; then
	boot cloud "$HVE_ROOT/guest/cloud"
	check "cloud kernel: flushes" used cloud hypercall "$FLUSH" 10
	check "cloud kernel: IPIs" used cloud hypercall "$IPI" 50
	check "cloud kernel: direct timers" used cloud use $DIRECT 50
	check "cloud kernel: EOIs are skipped" used cloud use $ASSIST_TAKEN 50
fi
check "rmmod" rmmod hvemu
rm -rf "$OUT"
plan
