#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh [BZIMAGE]: boots Debian's 6.12 kernel (or BZIMAGE) as a guest with two VPs on
# /dev/hvemu: on this machine if its VT-x can be used, else in the lab.
set -eu -o pipefail
SELFTESTS=$(cd "$(dirname "$0")" && pwd)
. "$SELFTESTS/lab/lib.sh"
. "$LAB/apt.sh"

# usable_vtx: this machine has VT-x and its kernel's headers can be had. Says why not.
usable_vtx() {
	grep -qw vmx /proc/cpuinfo || { say "this machine has no VT-x"; return 1; }
	[ -e "/lib/modules/$(uname -r)/build" ] ||
		(need_packages "linux-headers-$(uname -r)") ||
		{ say "no headers for the running kernel $(uname -r)"; return 1; }
	"$LAB/build.sh" -q host || return 1
	insmod "$HVE_CACHE/build/host/hvemu.ko" || { dmesg | grep hvemu: | tail -n 2 >&2; return 1; }
	rmmod hvemu
}

[ "$(id -u)" = 0 ] || die "the demo installs packages and loads a module: run it as root"
[ -z "${1:-}" ] || [ -f "$1" ] || die "no kernel image $1"
"$LAB/setup.sh" tools k6.12
export HVE_GUEST=${1:-$HVE_CACHE/k/6.12/vmlinuz} HVE_OUT=$HVE_CACHE/demo
where=6.12
if usable_vtx; then
	where=host
	say "booting the guest on this machine"
else
	"$LAB/setup.sh" bochs
	say "booting Debian's $where in Bochs, and in it the guest (about a minute)"
fi

log=$HVE_CACHE/demo/console.log
run=$HVE_CACHE/demo/guest-linux-$where

# stage: where it is, as long as the guest has not said a word
stage() {
	if grep -qs LAB-INIT "$run/serial.log"; then
		echo "the lab is up, the guest boots"
	elif [ -e "$run/serial.log" ]; then
		echo "the lab boots"
	elif grep -qs 'waiting for' "$HVE_CACHE/demo/errors.log"; then
		echo "waiting until fewer labs run on this machine"
	else
		echo "building the module and the VMM"
	fi
}

# alive: a line every few seconds until the guest speaks
alive() {
	local start=$SECONDS
	trap 'kill $! 2>/dev/null; exit' TERM
	while [ ! -s "$log" ]; do
		sleep 10 &
		wait $!
		[ -s "$log" ] || say "$(stage) ($((SECONDS - start)) s)"
	done
}

rm -rf "$HVE_CACHE/demo"
mkdir -p "$HVE_CACHE/demo"
alive </dev/null &
alive=$!
trap 'kill "$alive" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
rc=0
"$LAB/suite.sh" -e guest guest-linux "$where" 2>"$HVE_CACHE/demo/errors.log" | tee "$log" ||
	rc=${PIPESTATUS[0]}
kill "$alive" 2>/dev/null || true
wait "$alive" 2>/dev/null || true

echo
grep -E '^GUEST: |^prompt: ' "$log" | sed 's/^GUEST: //;s/^/    /' || true
if [ "$rc" = 0 ]; then
	say "the guest booted, worked and powered off"
else
	tail -n 20 "$HVE_CACHE/demo/errors.log" >&2
	say "FAILED (status $rc); logs in $HVE_CACHE/demo"
fi
exit "$rc"
