#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shell.sh [lab.sh's options]: a shell in the lab, with the module (/hvemu.ko), the test
# programs (/t), the sample VMM (/hvlinux) and a guest for it (/guest) at hand.
set -eu
. "$(dirname "$0")/lib.sh"

"$LAB/setup.sh" bochs k6.12
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
args=()

# what does not build is not there; the log has been shown
if progress "building the module" "$HVE_CACHE/log/shell-module.log" \
	locked module-6.12 "$LAB/build.sh" -q 6.12; then
	cp "$HVE_CACHE/build/6.12/hvemu.ko" "$work/"
	args+=(-f "$work/hvemu.ko")
fi
programs=$HVE_CACHE/build/selftests
if progress "building the test programs" "$HVE_CACHE/log/shell-selftests.log" \
	locked selftests make -C "$TOP/selftests" "OUT=$programs" -j"$(nproc)"; then
	for t in hello $(make -s -C "$TOP/selftests" list); do args+=(-f "$programs/$t:/t/$t"); done
	sh "$TOP/selftests/vmm/mkguest.sh" "$work/initrd"
	args+=(-f "$programs/hvlinux" -f "$HVE_CACHE/k/6.12/vmlinux:/guest/kernel"
		-f "$work/initrd:/guest/initrd" -f "$TOP/selftests/vmm/guest.cmdline:/guest/cmdline")
fi
say 'try: insmod /hvemu.ko; /t/hello; /hvlinux -k /guest/kernel -i /guest/initrd -c "$(cat /guest/cmdline)"'
"$LAB/lab.sh" -s -k 6.12 -n 2 -g 1536 -M kvm-intel "${args[@]}" "$@"
