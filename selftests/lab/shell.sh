#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shell.sh [lab.sh's options]: a shell in the lab, with the module (/hvemu.ko), the test
# programs (/t), the sample VMM (/hvlinux) and a guest for it (/guest) at hand.
set -eu
. "$(dirname "$0")/lib.sh"

"$LAB/setup.sh" bochs k6.12
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$LAB/build.sh" -q 6.12 "$work/ko" && args=(-f "$work/ko/hvemu.ko") || args=()
if make -s -C "$TOP/selftests" "OUT=$work/t"; then
	for t in hello $(make -s -C "$TOP/selftests" list); do args+=(-f "$work/t/$t:/t/$t"); done
	sh "$TOP/selftests/vmm/mkguest.sh" "$work/initrd"
	args+=(-f "$work/t/hvlinux" -f "$HVE_CACHE/k/6.12/vmlinux:/guest/kernel"
		-f "$work/initrd:/guest/initrd" -f "$TOP/selftests/vmm/guest.cmdline:/guest/cmdline")
fi
say 'try: insmod /hvemu.ko; /t/hello; /hvlinux -k /guest/kernel -i /guest/initrd -c "$(cat /guest/cmdline)"'
"$LAB/lab.sh" -s -k 6.12 -n 2 -g 1536 -M kvm-intel "${args[@]}" "$@"
