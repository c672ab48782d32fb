# SPDX-License-Identifier: GPL-2.0
# guest-qemu.sh: for the suites with "# qemus:", behind lab/ktap: `. /lab/qemu`. One QEMU at a
# time, its guest is that of qemu-init.sh.
#
#   qemu_start VERSION WHAT ARGUMENTS...   WHAT: what the guest is to do
#   qemu_end NAME                          results: the guest ended well, and so did QEMU
#   monitor COMMAND                        to QEMU; the answers are in $Q/monitor
#   wait_for FILE PATTERN SECONDS
#   gdb_start; gdb PACKET; gdb_rip         QEMU's gdbstub: $GDB is the answer to PACKET, $RIP
#
# $Q/console is the guest's console.

Q=/tmp/hve-qemu
HV=hv-relaxed,hv-vapic,hv-spinlocks=0x1fff,hv-vpindex,hv-runtime,hv-crash,hv-time,hv-synic
HV=$HV,hv-stimer,hv-tlbflush,hv-ipi,hv-reset,hv-frequencies,hv-reenlightenment
HV=$HV,hv-stimer-direct,hv-avic,hv-xmm-input,hv-tlbflush-ext,hv-syndbg
HV=$HV,hv-no-nonarch-coresharing=auto,hv-enforce-cpuid
mkdir -p "$Q"

qemu() {
	local root=/qemu/$1 accel=kvm
	# 7.2 has the path of /dev/kvm built in
	[ "$1" = 7.2 ] || accel=kvm,device=${QEMU_DEV:-/dev/hvemu}
	shift
	"$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/lib/x86_64-linux-gnu" \
		"$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -nodefaults \
		-display none -vga none -accel "$accel" "$@"
}

qemu_start() {
	local version=$1 what=$2
	shift 2
	rm -f "$Q"/*
	mkfifo "$Q/keys"
	exec 8<>"$Q/keys"
	: >"$Q/console"
	(
		qemu "$version" -serial "file:$Q/console" -monitor stdio -m 256 \
			-kernel "$HVE_ROOT/guest/kernel" -initrd "$HVE_ROOT/guest/qemu" \
			-append "$(cat "$HVE_ROOT/guest/cmdline") hve.do=$what" "$@" \
			<"$Q/keys" >"$Q/monitor" 2>&1 8>&-
		echo "status $?" >"$Q/status"
	) &
}

monitor() { echo "$1" >&8; }

has() { grep -q "$2" "$1" 2>/dev/null; }

wait_for() {
	local n=$(($3 * 4))
	while ! has "$1" "$2" && [ "$n" -gt 0 ] && [ ! -e "$Q/status" ]; do
		sleep 0.25
		n=$((n - 1))
	done
	has "$1" "$2"
}

show() {
	tr -d '\0\033' <"$Q/monitor" | grep -a . | tail -n 8 | comment
	tail -n 12 "$Q/console" | comment
}

expect() {
	local name=$1 failed=$FAILED
	shift
	check "$name" "$@"
	[ "$FAILED" = "$failed" ] || show
}

qemu_end() {
	wait_for "$Q/console" 'GUEST: end' "${2:-60}"
	expect "$1: the guest came to its end" has "$Q/console" 'GUEST: end'
	expect "$1: and has no complaints" lacks 'GUEST: complains'
	wait_for "$Q/status" status 10 || monitor quit
	wait_for "$Q/status" status 5
	expect "$1: QEMU ends when the guest powers off or resets" has "$Q/status" '^status 0$'
	exec 8>&-
}

lacks() { ! has "$Q/console" "$1"; }

# The gdbstub. A packet is $TEXT#SUM; the answers come in order, one a command.
gdb_start() {
	monitor 'gdbserver tcp:127.0.0.1:1234'
	rm -f "$Q/gdb.in"
	mkfifo "$Q/gdb.in"
	exec 9<>"$Q/gdb.in"
	sleep 0.5
	nc 127.0.0.1 1234 <"$Q/gdb.in" >"$Q/gdb.out" 8>&- 9>&- &
	GDB_N=0
	gdb QStartNoAckMode
	printf + >&9
}

gdb_send() {
	local sum
	sum=$(printf %s "$1" | od -An -v -tu1 | awk '{ for (i = 1; i <= NF; i++) s += $i } END { printf "%02x", s % 256 }')
	# shellcheck disable=SC2016 # a dollar
	printf '$%s#%s' "$1" "$sum" >&9
}

gdb() {
	local n=100
	gdb_send "$1"
	GDB_N=$((GDB_N + 1))
	while [ "$(tr -cd '#' <"$Q/gdb.out" | wc -c)" -lt "$GDB_N" ] && [ $n -gt 0 ]; do
		sleep 0.1
		n=$((n - 1))
	done
	GDB=$(tr -d '+' <"$Q/gdb.out" | tr '$' '\n' | sed -n "$((GDB_N + 1))s/#.*//p")
}

# the instruction pointer: 8 bytes, the lowest first, behind sixteen others. ("p10" gives
# what QEMU knew before.)
gdb_rip() {
	gdb g
	RIP=$(echo "$GDB" | cut -c257-272 | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\).*/\8\7\6\5\4\3\2\1/')
}
