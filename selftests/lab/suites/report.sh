# SPDX-License-Identifier: GPL-2.0
# report.sh: hvemu-stat on a Linux guest that boots meanwhile, with wrong arguments, and
# when the VM goes; the tracepoints; hvemu-nested.
# kernels: 6.12
# cpus: 2
# memory: 1536
# limit: 400
# debug: 2400
# needs: module hvlinux stat tests
. "$HVE_ROOT/lab/ktap"

STAT=$HVE_ROOT/hvemu-stat
EVENTS=/sys/kernel/tracing/events/hvemu
OUT=/tmp/stat.$$
mkdir -p "$OUT"

# exits STATUS ARGUMENTS...: hvemu-stat ends with it
exits() {
	local want=$1 rc=0
	shift
	"$STAT" "$@" >"$OUT/exits" 2>&1 || rc=$?
	[ "$rc" = "$want" ] || { echo "status $rc, expected $want: $*"; cat "$OUT/exits"; return 1; }
}

says() { grep -qE "$1" "$OUT/$2" || { cat "$OUT/$2"; return 1; }; }

# count FILE KIND NUMBER: in the JSON of a report; 0 when it has no such row
count() {
	sed -nE "s/.*\"kind\": \"$2\", \"number\": $3, .*\"count\": ([0-9]+).*/\1/p" "$OUT/$1" | grep . || echo 0
}

# among FILE KIND NUMBERS LIMIT: more than that, of all of them ("2|3")
among() {
	local n
	n=$(sed -nE "s/.*\"kind\": \"$2\", \"number\": ($3), .*\"count\": ([0-9]+).*/\2/p" "$OUT/$1" |
		awk '{ n += $1 } END { print n + 0 }')
	[ "$n" -gt "$4" ] || { echo "$n of $2 $3"; return 1; }
}

above() { [ "$(count "$1" "$2" "$3")" -gt "$4" ] || { echo "$(count "$1" "$2" "$3") of $2 $3"; return 1; }; }

traced() { grep -q "hvemu_$1: " "$OUT/trace" || { echo "none in $(wc -l <"$OUT/trace") lines"; return 1; }; }

# nested STATUS TEXT ARGUMENTS...: hvemu-nested ends with it and says that
nested() {
	local want=$1 text=$2 rc=0
	shift 2
	"$HVE_ROOT/hvemu-nested" "$@" >"$OUT/nested" 2>&1 </dev/null || rc=$?
	[ "$rc" = "$want" ] || { echo "status $rc, expected $want: $*"; cat "$OUT/nested"; return 1; }
	says "$text" nested
}

check "hvemu-nested: no module: status 1" nested 1 "^  no  the module hvemu is loaded" status
load_hvemu nested=0
check "hvemu-nested: nested=0: status 1" nested 1 "^  no  its parameter nested is on" status
check "hvemu-nested: nor can guests be offered VMX" says "^  no  guests can be offered VMX" nested
check "hvemu-nested enable: asks, and does nothing without an answer" nested 1 "Nothing is changed" -c "$OUT/conf" enable
check "hvemu-nested enable: nothing is written" test ! -e "$OUT/conf"
check "hvemu-nested enable -y" nested 0 "^It counts when no VM is left" -y -c "$OUT/conf" enable
check "hvemu-nested enable -y: the option is written" grep -qx "options hvemu nested=1" "$OUT/conf"
check "hvemu-nested enable -y: a file that cannot be" nested 1 "No such file" -y -c "$OUT/none/conf" enable
check "hvemu-nested enable -l: no virt-xml: says what to change" nested 1 "policy='require' name='vmx'" -y -l vm enable
for args in "" "-x" "state" "status 1 2" "enable 1" "-l vm status"; do
	check "hvemu-nested: wrong usage: $args: status 2" nested 2 "^usage" $args
done
rmmod hvemu
check "no device: status 3" exits 3
check "another device: status 3" exits 3 -d /dev/null
load_hvemu
check "no VM: an empty list" exits 0
check "no VM: status 1" exits 1 1
check "hvemu-nested: yes to all" nested 0 "^  yes guests can be offered VMX" status
check "hvemu-nested: no VM of a name: status 1" nested 1 "no VM" status nobody
check "hvemu-nested enable: nothing to do" nested 0 "QEMU .*-cpu host,.vmx" -c "$OUT/conf2" enable
check "hvemu-nested enable: and nothing done" test ! -e "$OUT/conf2"
check "hvemu-nested: another device: status 1" nested 1 "^  no  /dev/null is hvemu" -d /dev/null status
check "no VM of a name: status 1" exits 1 nobody
for args in "-x" "1 2" "-w" "-w 0 1" "-w x 1" "-w -1 1" "-w 1e99 1" "-w 1" "-p -1 1" "-p 4294967295 1" \
	"-n x 1" "-t maybe 1" "-t on"; do
	check "wrong usage: $args: status 2" exits 2 $args
done
check "an id beyond 64 bits is a name: status 1" exits 1 99999999999999999999

# the guest: kept alive by a shell that nobody types into
mkfifo "$OUT/keys"
exec 4<>"$OUT/keys"
[ -d "$EVENTS" ] || mount -t tracefs tracefs /sys/kernel/tracing
echo 1 >"$EVENTS/enable"
echo 4000 >/sys/kernel/tracing/buffer_size_kb
timeout 300 "$HVE_ROOT/hvlinux" -k "$HVE_ROOT/guest/kernel" -i "$HVE_ROOT/guest/initrd" \
	-p 2 -m 512 -t 280 -c "$(cat "$HVE_ROOT/guest/cmdline") hve.shell" <"$OUT/keys" >"$OUT/console" 2>&1 &
guest=$!
sleep 2
echo 0 >"$EVENTS/enable"
grep -v '^#' /sys/kernel/tracing/trace >"$OUT/trace"
for e in entry exit user_exit msr_read msr_write overlay_map; do
	check "tracepoint hvemu_$e" traced "$e"
done

"$STAT" >"$OUT/list" 2>&1
check "the list has the guest, with two vCPUs" says "^ +[0-9]+ .* 2 +[0-9.]+ s [^ ]" list
id=$(sed -nE '2s/^ *([0-9]+) .*/\1/p' "$OUT/list")
check "hvemu-nested: the VM and its two vCPUs" nested 1 "^  no  VMX is exposed to 0 of its 2 vCPUs" status "$id"
check "hvemu-nested: none is in VMX operation" says "^  -   0 vCPUs in VMX operation" nested
check "hvemu-nested: its memory" says "^  -   memory 0.50 GiB" nested
check "differences while it boots" exits 0 -w 1 -n 3 -j "$id"
check "exits are timed" exits 0 -t on "$id"
n=0
until grep -q 'shell on the console' "$OUT/console" || [ $n -ge 120 ]; do sleep 1; n=$((n + 1)); done
check "the guest boots while it is looked at" grep -q 'shell on the console' "$OUT/console"
# it may have been there before exits were timed
sleep 2
"$STAT" "$id" >"$OUT/text" 2>&1
"$STAT" -j "$id" >"$OUT/json" 2>&1
sed 's/^/> /' "$OUT/text"
check "its TSC page is valid" says "TSC page valid" text
check "it reads VP_INDEX" above json msr_read 1073741826 0
check "direct timers fire" above json use 5 10
# the rest of what it is offered: suite enlightenments
check "remote TLB flushes are hypercalls" among json hypercall "2|3|19|20" 0
check "IPIs are hypercalls" among json hypercall "11|21" 10
check "exits have a time" says '"time_ns": [1-9]' json
check "the name finds it, too" exits 0 "$(sed -nE '2s/.* s ([^ ]+).*/\1/p' "$OUT/list")"
check "one VP" exits 0 -p 1 "$id"
check "no such VP: status 1" exits 1 -p 2 "$id"
echo 1 >"$EVENTS/hvemu_inject/enable"
echo 1 >"$EVENTS/hvemu_stimer_fire/enable"
"$STAT" -w 0.2 "$id" >"$OUT/watch" 2>&1 &
watch=$!
sleep 1
echo exit >"$OUT/keys"
wait $guest
check "the guest powers off" test $? = 0
rc=0
wait $watch || rc=$?
check "its watcher ends with it: status 1" test $rc = 1
check "and says why" says 'is gone' watch
grep -v '^#' /sys/kernel/tracing/trace >"$OUT/trace"
check "tracepoint hvemu_stimer_fire" traced stimer_fire
echo 1 >"$EVENTS/enable"
"$HVE_ROOT/t/hypercall_page_test" >/dev/null 2>&1
echo 0 >"$EVENTS/enable"
grep -v '^#' /sys/kernel/tracing/trace >"$OUT/trace"
for e in inject hypercall_done overlay_unmap; do
	check "tracepoint hvemu_$e" traced "$e"
done
check "rmmod" rmmod hvemu
check "its events are gone" test ! -d "$EVENTS"
rm -rf "$OUT"
plan
