# SPDX-License-Identifier: GPL-2.0
# qemu-migrate.sh: a guest that checks its memory, its clocks and its timers while it is
# migrated to a second QEMU over a unix socket, saved (savevm), restored (loadvm), stopped
# and continued. It uses the interface's reference TSC page, SynIC and synthetic timers.
# memory: 1536
# limit: 900
# needs: module watch
# qemu: 7.2
. "$HVE_ROOT/lab/ktap"

DIR=/tmp/hve-migrate
HV=hv-relaxed,hv-vapic,hv-time,hv-vpindex,hv-runtime,hv-synic,hv-stimer,hv-frequencies
HV=$HV,hv-crash,hv-reset,hv-tlbflush,hv-ipi,hv-reenlightenment

# disk FILE: an empty qcow2 image of 64 MiB, where savevm goes: a header, a refcount table and
# block for four clusters, and a table of no cluster
disk() {
	{
		printf 'QFI\373\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\20'
		printf '\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\1'
		printf '\0\0\0\0\0\3\0\0\0\0\0\0\0\1\0\0\0\0\0\1'
		printf '\0\0\0\0\0\0\0\0\0\0\0\0'
	} >"$1"
	printf '\0\0\0\0\0\2\0\0' | dd of="$1" bs=65536 seek=1 conv=notrunc
	printf '\0\1\0\1\0\1\0\1' | dd of="$1" bs=65536 seek=2 conv=notrunc
	dd if=/dev/zero of="$1" bs=65536 seek=3 count=1 conv=notrunc
}

# start NAME ARGUMENTS: its console goes to DIR/NAME, its monitor listens to DIR/NAME.in
start() {
	local name=$1
	shift
	mkfifo "$DIR/$name.in" "$DIR/$name.out" "$DIR/$name.con.in" "$DIR/$name.con.out"
	(while IFS= read -r line; do
		printf '%s\n' "$line" >>"$DIR/$name"
		printf '> %s: %s\n' "$name" "$line"
	done <"$DIR/$name.con.out") &
	cat "$DIR/$name.out" >"$DIR/$name.mon" &
	{
		timeout 200 qemu-system-x86_64 -L /usr/share/qemu -nodefaults -no-reboot -display none \
			-vga none -machine pc -accel kvm -cpu "host,kvm=off,$HV" -m 128 \
			-serial "pipe:$DIR/$name.con" -monitor "pipe:$DIR/$name" \
			-kernel "$HVE_ROOT/guest/kernel" -initrd "$HVE_ROOT/guest/watch" \
			-append "$(cat "$HVE_ROOT/guest/cmdline") rdinit=/init" \
			-drive "if=virtio,format=qcow2,file=$DIR/disk" "$@" >"$DIR/$name.log" 2>&1
		echo "status $?" >>"$DIR/$name.log"
	} &
	# the fifos stay open between commands
	case $name in
	here) exec 3>"$DIR/here.in" 5>"$DIR/here.con.in" ;;
	there) exec 4>"$DIR/there.in" 6>"$DIR/there.con.in" ;;
	esac
}

# the newest beat's number, 0 before the first
beat_of() { sed -n 's/.*WATCH beat \([0-9]*\) .*/\1/p' "$DIR/$1" | tail -n 1 | grep . || echo 0; }

# within TRIES SECONDS COMMAND...: with SECONDS between them
within() {
	local tries=$1 pause=$2
	shift 2
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep "$pause"
	done
}

# what the QEMUs NAME... and their guests said, and failure
show() {
	local name
	for name; do tail -n 5 "$DIR/$name" "$DIR/$name.log" "$DIR/$name.mon"; done
	return 1
}

has_beat() { [ "$(beat_of "$1")" -ge "$2" ]; }

# beats NAME N: N more beats within 60 seconds
beats() { within 300 0.2 has_beat "$1" $(($(beat_of "$1") + $2)) || show "$1"; }

# said NAME TEXT: on the monitor, within 60 seconds
said() { within 300 0.2 grep -q "$2" "$DIR/$1.mon" || show "$1"; }

has_ended() {
	grep -q 'Migration status: \(completed\|failed\)' "$DIR/here.mon" && return
	echo "info migrate" >&3
	return 1
}

# migrated: asks until the monitor says so
migrated() {
	within 60 1 has_ended && grep -q 'Migration status: completed' "$DIR/here.mon" ||
		show here there
}

# went_back: a beat came for the second time
went_back() {
	sed -n 's/.*WATCH beat \([0-9]*\) .*/\1/p' "$DIR/there" |
		awk '$1 < last { back = 1 } { last = $1 } END { exit !back }'
}

nothing_wrong() {
	within 60 1 grep 'WATCH end, ' "$DIR/there" || return 1
	! grep -h 'WATCH wrong' "$DIR/here" "$DIR/there"
}

# gap_below MS LINE: between two readings of the clock, from that line on
gap_below() {
	tail -n "+$2" "$DIR/there" | sed -n 's/.*gap \([0-9]*\) ms.*/\1/p' | sort -n | tail -n 1 >"$DIR/gap"
	echo "longest gap of the guest's clock: $(cat "$DIR/gap") ms"
	[ "$(cat "$DIR/gap")" -lt "$1" ]
}

load_hvemu
ln -s hvemu /dev/kvm
mkdir "$DIR"
disk "$DIR/disk" 2>/dev/null
: >"$DIR/here"
: >"$DIR/there"
start here
check "the guest works" beats here 5
check "its clock is the reference TSC page" grep -q 'clocksource hyperv_clocksource_tsc_page' "$DIR/here"
start there -incoming "unix:$DIR/socket"
check "the other QEMU waits" within 100 0.2 test -S "$DIR/socket"
# the guest writes all the time, and the lab is slow
echo "migrate_set_parameter max-bandwidth 1G" >&3
echo "migrate_set_parameter downtime-limit 2000" >&3
echo "migrate -d unix:$DIR/socket" >&3
check "QEMU migrates it" migrated
check "it goes on in the other QEMU" beats there 5
before=$(beat_of here)
after=$(sed -n 's/.*WATCH beat \([0-9]*\) .*/\1/p' "$DIR/there" | head -n 1)
check "where it was" [ "$after" -le $((before + 2)) ]
echo quit >&3

echo "savevm one" >&4
echo "info snapshots" >&4
check "savevm" said there 'one  '
check "it goes on after savevm" beats there 10
! went_back || not_ok "its beats went back"
echo "loadvm one" >&4
check "loadvm takes it back to where it was" within 60 1 went_back
check "from where it goes on" beats there 3
# while QEMU saves, its guests' clock runs on; while it is stopped, it must not
line=$(wc -l <"$DIR/there")
echo stop >&4
sleep 5
echo cont >&4
check "it goes on after stop and cont" beats there 5
check "its clock did not jump by the pause" gap_below 3000 "$line"
printf x >&6
# it powers off then, which ends QEMU
check "memory, clocks and timers were right all the time" nothing_wrong
check "rmmod" within 10 1 rmmod hvemu
rm -rf "$DIR" /dev/kvm
plan
