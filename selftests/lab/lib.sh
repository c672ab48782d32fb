# SPDX-License-Identifier: GPL-2.0
# lib.sh: what the lab's scripts share. Sourced by bash scripts after `set -eu`.
#
# HVE_CACHE   where everything built or fetched lives (default /var/cache/hvemu).
#             It can be deleted at any time: setup.sh brings it back.
# HVE_QUIET   1: no progress lines

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$LAB/../.." && pwd)
: "${HVE_CACHE:=/var/cache/hvemu}"
SELF=$(basename "$0")

say() { echo "$SELF: $*" >&2; }
die() { say "$*"; exit 2; }

# progress LABEL LOG COMMAND...: run COMMAND with its output in LOG. A line every
# few seconds says that it is still alive; a failure shows the end of the log.
progress() {
	local label=$1 log=$2 start=$SECONDS rc=0 watcher=
	shift 2
	mkdir -p "$(dirname "$log")"
	if [ "${HVE_QUIET:-0}" != 1 ]; then
		say "$label ..."
		(
			trap 'kill $! 2>/dev/null; exit' TERM
			while :; do
				sleep 15 &
				wait $!
				say "$label: $((SECONDS - start)) s, $(grep -c '' "$log" 2>/dev/null || true) lines"
			done
		) </dev/null &
		watcher=$!
	fi
	("$@") >"$log" 2>&1 </dev/null &
	wait $! || rc=$?
	if [ -n "$watcher" ]; then
		kill "$watcher" 2>/dev/null || true
		wait "$watcher" 2>/dev/null || true
	fi
	if [ "$rc" != 0 ]; then
		say "$label failed (status $rc), end of $log:"
		tail -n 25 "$log" >&2
		return "$rc"
	fi
	[ "${HVE_QUIET:-0}" = 1 ] || say "$label: done in $((SECONDS - start)) s"
}

# hash FILE...: one short word for their contents
hash() { cat "$@" | sha256sum | cut -c1-16; }

# is_built DIR KEY: DIR was finished with this very key
is_built() { [ -z "${FORCE:-}" ] && [ -f "$1/.key" ] && [ "$(cat "$1/.key")" = "$2" ]; }

# locked NAME COMMAND...: one at a time on this machine
locked() {
	local name=$1
	shift
	mkdir -p "$HVE_CACHE/lock"
	(
		exec 8>"$HVE_CACHE/lock/$name"
		flock 8
		"$@"
	)
}
