#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# build.sh [-q] [-c] [-v] 6.1|6.12|7.2|debug|host [OUTDIR]: builds the module against a Debian kernel, or
# the lab's debug kernel (there it counts which lines run), and puts hvemu.ko into OUTDIR (default $HVE_CACHE/build/KERNEL). Any warning of the compiler
# (W=1), sparse, objtool or modpost makes it fail. Rebuilds compile what changed only.
#
#   -q   quick: without sparse
#   -c   a module that counts its VMX instructions; without sparse, into OUTDIR/count
#   -v   print the whole log, not just what went wrong
#
# HVE_SRC   another source tree (default: this one)
#
# The sources are copied, so that builds for several kernels do not meet, and nobody's
# checkout fills with objects. 7.2 builds in its chroot, host is the running kernel.
set -eu
. "$(dirname "$0")/lib.sh"

SPARSE=1 VERBOSE= COUNT= GCOV=

usage() {
	sed -n '/^# build.sh/,/^set -eu/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
	exit 2
}

# copy_sources FROM TO: files that differ, and none that FROM has no more
copy_sources() {
	local from=$1 to=$2 part f
	mkdir -p "$to"
	for part in Kbuild hvemu include; do
		[ ! -e "$from/$part" ] || (cd "$from" && find "$part" -type f -regex '\(.*/\)?Kbuild\|.*\.[chS]')
	done | sort >"$to/.files.new"
	# a tree without rooms is a small prototype: all of it
	[ -d "$from/hvemu" ] || (cd "$from" && find . -type f -name '*.[chS]' -printf '%P\n') >>"$to/.files.new"
	if [ -f "$to/.files" ]; then
		sort "$to/.files.new" "$to/.files.new" "$to/.files" | uniq -u | (cd "$to" && xargs -r rm -f)
	fi
	while read -r f; do
		cmp -s "$from/$f" "$to/$f" && continue
		mkdir -p "$(dirname "$to/$f")"
		cp "$from/$f" "$to/$f"
	done <"$to/.files.new"
	mv "$to/.files.new" "$to/.files"
}

# make_against HEADERS
make_against() {
	make -C "$1" "M=$TREE" -j"$(nproc)" W=1 C="$SPARSE" HVE_COUNT_VMX="$COUNT" HVE_GCOV="$GCOV" modules
}

# Debian's 7.2 headers lack the script that decides whether C=1 may run sparse, and BTF
# would need pahole in the chroot. The mounts end with their namespace.
make_chroot() {
	local root=$HVE_CACHE/k/7.2/chroot
	unshare -m sh -eu -c '
		mount -t proc proc "$1/proc"
		mount --bind "$2" "$1/src"
		exec chroot "$1" env -i PATH=/usr/bin:/usr/sbin DEB_BUILD_ARCH=amd64 \
			make -C "/usr/src/linux-headers-$3" M=/src -j"$4" W=1 C="$5" \
			KBUILD_CHECKSRC="$5" CONFIG_DEBUG_INFO_BTF_MODULES= \
			HVE_COUNT_VMX="$6" modules
	' sh "$root" "$TREE" "$(cat "$HVE_CACHE/k/7.2/release")" "$(nproc)" "$SPARSE" "$COUNT"
}

BAD='warning:|objtool:|error:|^(ERROR|WARNING):|modpost:'

build() {
	local rc=0 started=$SECONDS
	exec 8>"$OUTDIR/.lock"
	flock 8
	copy_sources "${HVE_SRC:-$TOP}" "$TREE"
	case $KERNEL in
	7.2) make_chroot >"$LOG" 2>&1 8>&- || rc=$? ;;
	host) make_against "/lib/modules/$(uname -r)/build" >"$LOG" 2>&1 8>&- || rc=$? ;;
	*) make_against "$HVE_CACHE/k/$KERNEL/build" >"$LOG" 2>&1 8>&- || rc=$? ;;
	esac
	[ -z "$VERBOSE" ] || cat "$LOG"
	if grep -qE "$BAD" "$LOG" || [ "$rc" != 0 ]; then
		# unchanged files would not warn a second time
		find "$TREE" -name '*.o' -delete
		[ -n "$VERBOSE" ] || complaints
		die "build for $KERNEL failed (make's status $rc), log: $LOG"
	fi
	cp "$TREE"/*.ko "$OUTDIR/"
	say "built $(cd "$OUTDIR" && ls "$PWD"/*.ko) in $((SECONDS - started)) s"
}

# complaints: of the log, what matters to who wrote the code
complaints() {
	if grep -qE "$BAD" "$LOG"; then
		grep -E -A8 "$BAD" "$LOG" | grep -vE '^make(\[[0-9]+\])?: |^  (CC|CHECK|LD|AS|AR|MODPOST) ' |
			head -n 60
	else
		tail -n 12 "$LOG"
	fi >&2
}

while getopts qcvh o; do
	case $o in
	q) SPARSE=0 ;;
	c) SPARSE=0 COUNT=y ;;
	v) VERBOSE=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
KERNEL=${1:-}
case $KERNEL in 6.1 | 6.12 | 7.2 | debug | host) ;; *) usage ;; esac
OUTDIR=${2:-$HVE_CACHE/build/$KERNEL}
mkdir -p "$OUTDIR"
OUTDIR=$(cd "$OUTDIR" && pwd)
[ -z "$COUNT" ] || OUTDIR=$OUTDIR/count
mkdir -p "$OUTDIR"
TREE=$OUTDIR/tree
[ "$SPARSE" = 1 ] || TREE=$OUTDIR/tree-quick
LOG=$OUTDIR/build.log
[ "$KERNEL" != debug ] || GCOV=y
[ "$KERNEL" = host ] || "$LAB/setup.sh" "k$KERNEL"
build
