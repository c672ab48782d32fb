#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dkms.sh: dkms takes the sources, builds and installs the module for 6.12 and 6.1, in a
# tree of its own. KTAP.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/check/ktap.sh"
. "$HERE/lab/lib.sh"
. "$HERE/lab/apt.sh"

WORK=$HVE_CACHE/dkms
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
LOG=$CHECK_TMP/log

# attempt NAME COMMAND...: a problem only when COMMAND fails
attempt() {
	local name=$1
	shift
	"$@" >"$LOG" 2>&1 && : >"$LOG"
	verdict "$name" "$LOG"
}

in_tree() {
	local verb=$1
	shift
	dkms "$verb" --dkmstree "$WORK/tree" --sourcetree "$WORK/src" --installtree "$WORK/modules" \
		-m hvemu -v "$VERSION" "$@"
}

# one_kernel K: its headers are unpacked in the cache, not installed
one_kernel() {
	local k=$1 dir=$HVE_CACHE/k/$1 rel
	rel=$(cat "$dir/release")
	mkdir -p "$WORK/modules/$rel"
	attempt "dkms: build for $k" in_tree build -k "$rel" --kernelsourcedir "$dir/build"
	attempt "dkms: install for $k" in_tree install -k "$rel" --kernelsourcedir "$dir/build" --no-depmod
	find "$WORK/modules/$rel" -name 'hvemu.ko*' | grep -q . || echo "no hvemu.ko below $WORK/modules/$rel" >"$LOG"
	verdict "dkms: the module for $k is in its place" "$LOG"
}

need_packages dkms >&2
"$HERE/lab/setup.sh" kernels >&2
rm -rf "$WORK"
mkdir -p "$WORK/tree" "$WORK/src/hvemu-$VERSION"
cp -r dkms.conf Kbuild hvemu include "$WORK/src/hvemu-$VERSION/"
attempt "dkms: add" in_tree add
one_kernel 6.12
one_kernel 6.1
attempt "dkms: remove" in_tree remove --all
plan
