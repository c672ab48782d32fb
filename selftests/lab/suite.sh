#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suite.sh NAME KERNEL: runs the suite suites/NAME.sh in the lab on KERNEL and prints its
# results. `suite.sh -l` lists all pairs that are to be run.
#
# The head of a suite says what it wants:
#
#   # kernels: 6.12 6.1 7.2     on which it runs
#   # cpus: 2                   default 1
#   # memory: 1024              MiB
#   # limit: 200                seconds
#   # modules: kvm-intel        loaded before; spare: put into /lib/modules/lab only
#   # needs: WHAT...            module    /hvemu.ko
#                               tests     /t: our test programs
#                               hvlinux   /hvlinux, /guest/vmlinux, /guest/initrd
#   # kst 7.2: NAME...          KVM's selftests of 7.2, as /kst/NAME
#   # append: WORDS             kernel command line
#
# The body runs in the lab's kernel (busybox sh) and takes its words from /lab/ktap.
#
# HVE_OUT   where logs go, a directory for each run (default $HVE_CACHE/run)
set -eu
. "$(dirname "$0")/lib.sh"
SUITES=$LAB/suites

# head_of FILE KEY: the value of a line of the head, nothing if there is none
head_of() { sed -n "s/^# $2: *//p;/^[^#]/q" "$1"; }

list() {
	local f k
	for f in "$SUITES"/*.sh; do
		for k in $(head_of "$f" kernels); do echo "$(basename "$f" .sh) $k"; done
	done
}

# built WHAT COMMAND...: quiet unless it fails
built() {
	local what=$1 log=$HVE_CACHE/log/$1.log
	shift
	locked "$what" "$@" >"$log" 2>&1 || {
		sed 's/^/# /' "$log" | tail -n 40
		echo "not ok 1 $NAME on $KERNEL: could not build $what"
		exit 1
	}
}

need_module() {
	built "module-$KERNEL" "$LAB/build.sh" "$KERNEL"
	ARGS+=(-f "$HVE_CACHE/build/$KERNEL/hvemu.ko")
}

PROGRAMS=$HVE_CACHE/build/selftests

need_tests() {
	local t
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	for t in hello $(make -s -C "$TOP/selftests" list); do
		strip -g -o "$WORK/t-$t" "$PROGRAMS/$t"
		ARGS+=(-f "$WORK/t-$t:/t/$t")
	done
}

need_hvlinux() {
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	"$LAB/setup.sh" k6.12 >&2
	sh "$TOP/selftests/vmm/mkguest.sh" "$WORK/initrd"
	ARGS+=(-f "$PROGRAMS/hvlinux" -f "$HVE_CACHE/k/6.12/vmlinux:/guest/vmlinux"
		-f "$WORK/initrd:/guest/initrd" -f "$TOP/selftests/vmm/guest.cmdline:/guest/cmdline")
}

# need_kst K NAMES: in the lab as /kst/NAME. Names that K does not have: no file.
need_kst() {
	local k=$1 names=$2 t
	[ -n "$names" ] || return 0
	"$LAB/setup.sh" kst >&2
	for t in $names; do
		[ ! -f "$HVE_CACHE/kst/$k/$t" ] || ARGS+=(-f "$HVE_CACHE/kst/$k/$t:/kst/$t")
	done
}

run() {
	local file=$SUITES/$NAME.sh what k
	[ -f "$file" ] || die "no suite $NAME"
	WORK=$(mktemp -d)
	trap 'rm -rf "$WORK"' EXIT
	ARGS=(-q -k "$KERNEL" -r "$file" -f "$LAB/guest-ktap.sh:/lab/ktap"
		-n "$(head_of "$file" cpus | grep . || echo 1)"
		-g "$(head_of "$file" memory | grep . || echo 1024)"
		-t "$(head_of "$file" limit | grep . || echo 300)"
		-m "$(head_of "$file" modules)" -M "$(head_of "$file" spare)"
		-a "$(head_of "$file" append)")
	[ -z "${HVE_OUT:-}" ] || ARGS+=(-o "$HVE_OUT/$NAME-$KERNEL")
	for what in $(head_of "$file" needs); do "need_$what"; done
	for k in 6.12 7.2; do need_kst "$k" "$(head_of "$file" "kst ${k//./\\.}" | tr '\n' ' ')"; done
	"$LAB/lab.sh" "${ARGS[@]}" || return $?
}

[ "${1:-}" != -l ] || { list; exit; }
[ $# = 2 ] || die "usage: suite.sh NAME KERNEL, or suite.sh -l"
NAME=$1 KERNEL=$2
run
