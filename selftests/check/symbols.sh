#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# symbols.sh [MODULE.ko...]: no undefined symbol of the module is one that newer kernels
# export to the kvm modules alone (restricted-symbols.txt). So a build for 6.1, where
# anybody may use them, already tells.
#
#   symbols.sh -u    writes the list anew from 7.2's Module.symvers
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/ktap.sh"
: "${HVE_CACHE:=/var/cache/hvemu}"

restricted() {
	awk -F'\t' '$3 == "vmlinux" && $5 ~ /^module:/ { print $2 }' \
		"$HVE_CACHE"/k/7.2/chroot/usr/src/linux-headers-*-amd64/Module.symvers | LC_ALL=C sort
}

if [ "${1:-}" = -u ]; then
	"$HERE/../lab/setup.sh" k72
	restricted >"$HERE/restricted-symbols.txt"
	exit
fi

[ $# != 0 ] || set -- "$HVE_CACHE"/build/*/hvemu.ko
for ko; do
	[ -f "$ko" ] || { echo "$ko: not built" >>"$CHECK_TMP/used"; continue; }
	nm -u "$ko" | awk '{ print $2 }' | LC_ALL=C sort -u |
		LC_ALL=C comm -12 - "$HERE/restricted-symbols.txt" | sed "s|^|$ko: |" >>"$CHECK_TMP/used"
done
if [ -d "$HVE_CACHE/k/7.2/chroot" ]; then
	restricted | LC_ALL=C comm -23 - "$HERE/restricted-symbols.txt" |
		sed 's/$/: restricted in 7.2, not in the list: run symbols.sh -u/' >"$CHECK_TMP/stale"
	verdict "symbols: the list is that of 7.2" "$CHECK_TMP/stale"
fi
verdict "symbols: none restricted to the kvm modules" "$CHECK_TMP/used"
plan
