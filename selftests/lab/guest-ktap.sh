# SPDX-License-Identifier: GPL-2.0
# guest-ktap.sh: for the suites that run in the lab (busybox sh): `. "$HVE_ROOT/lab/ktap"`.
#
#   ok NAME; not_ok NAME; skip NAME REASON
#   check NAME COMMAND...           ok when COMMAND succeeds, else its output as comments
#   program NAME SECONDS COMMAND... a test program: its own KTAP results with NAME before
#                                   each, or one result by its status (0 passed, 4 skipped)
#   plan                            at the end; the status says whether all passed
#   load_hvemu                      insmod hvemu.ko, once, fails the suite if it cannot

N=0
FAILED=0
export HVE_DEV=/dev/hvemu
# the debug kernel takes so many times as long (lib/ktap.c asks, too)
HVE_SLOW=1
[ ! -e /sys/kernel/debug/kmemleak ] || HVE_SLOW=8
export HVE_SLOW

result() { printf '%s\n' "$1"; }

ok() {
	N=$((N + 1))
	result "ok $N $*"
}

not_ok() {
	N=$((N + 1))
	FAILED=$((FAILED + 1))
	result "not ok $N $*"
}

skip() {
	N=$((N + 1))
	result "ok $N $1 # SKIP $2"
}

plan() {
	result "1..$N"
	[ "$FAILED" = 0 ]
}

comment() { sed 's/^/# /'; }

check() {
	local name=$1
	shift
	if "$@" >/tmp/check.out 2>&1; then
		ok "$name"
	else
		echo "# status $? of: $*"
		tail -n 20 /tmp/check.out | comment
		not_ok "$name"
	fi
}

# own_results NAME FILE: the results in FILE, numbered anew. Of the comments, those around
# a failure are shown. One process does it all: starting one for each takes the debug
# kernel minutes.
own_results() {
	awk -v prefix="$1: " -v n="$N" -v failed="$FAILED" -v counts=/tmp/own.counts '
		function name() { sub(/^(not )?ok [0-9]+ (- )?/, ""); return prefix $0 }
		function around(i) {
			for (i = nr > 20 ? nr - 19 : 1; i <= nr; i++) print before[i]
		}
		/^ok / { print "ok " ++n " " name(); nr = after = 0; next }
		/^not ok / {
			around()
			print "not ok " ++n " " name()
			failed++
			nr = 0
			after = 1
			next
		}
		/^K?TAP version/ || /^1\.\./ { next }
		{ sub(/^# /, "") }
		after { print "# " $0; next }
		{ before[++nr] = "# " $0 }
		END { print n, failed >counts }' "$2"
	read -r N FAILED </tmp/own.counts
}

program() {
	local name=$1 limit=$2 rc=0 failed=$FAILED n=$N
	shift 2
	timeout $((limit * HVE_SLOW)) "$@" >/tmp/program.out 2>&1 </dev/null || rc=$?
	if grep -qE '^(not )?ok [0-9]' /tmp/program.out; then
		own_results "$name" /tmp/program.out
		[ "$rc" = 0 ] || [ "$rc" = 4 ] || [ "$FAILED" -gt "$failed" ] || {
			tail -n 12 /tmp/program.out | comment
			not_ok "$name: ended with $(status_name "$rc")"
		}
		return
	fi
	case $rc in
	0) ok "$name" ;;
	4) skip "$name" "$(grep -i skip /tmp/program.out | head -n 1 | sed 's/.*[Ss][Kk][Ii][Pp][^A-Za-z]*//')" ;;
	*)
		tail -n 20 /tmp/program.out | comment
		not_ok "$name ($(status_name "$rc"))"
		;;
	esac
}

status_name() {
	case $1 in
	124 | 143) echo "its time limit" ;;
	*) echo "status $1" ;;
	esac
}

load_hvemu() {
	local why
	[ ! -e /dev/hvemu ] || return 0
	why=$(insmod "$HVE_ROOT/hvemu.ko" "$@" 2>&1) && return
	result "# $why"
	dmesg | tail -n 5 | comment
	not_ok "insmod hvemu.ko: $why"
	plan
	exit 1
}
