#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stress.sh ioctl_fuzz|guest_fuzz [MINUTES] [SEED] [6.1|6.12|7.2|debug|host]: runs that program for
# about MINUTES (default 30) in the lab, where a second of the guest's clock takes about six,
# or on this very machine. SEED: by default another one each day. The status is 0 when every
# round came to its end and the kernel said nothing.
set -eu
. "$(dirname "$0")/lab/lib.sh"

program=${1:-} minutes=${2:-30} seed=${3:-$(date +%Y%m%d00000)} kernel=${4:-6.12}
case $program in
ioctl_fuzz | guest_fuzz) ;;
*) sed -n '3,6s/^# //p' "$0" >&2; exit 2 ;;
esac
[ "$kernel" = host ] || "$LAB/setup.sh" tools bochs "k$kernel"
programs=$HVE_CACHE/build/selftests
make -s -C "$TOP/selftests" "OUT=$programs" -j"$(nproc)"
"$LAB/build.sh" -q "$kernel"
module=$HVE_CACHE/build/$kernel/hvemu.ko
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ "$kernel" = host ]; then
	insmod "$module"
	trap 'rm -rf "$work"; rmmod hvemu' EXIT
	"$programs/$program" -s "$seed" -t $((minutes * 60))
	exit
fi
printf 'insmod /hvemu.ko && /%s -s %s -t %s && rmmod hvemu\n' "$program" "$seed" $((minutes * 10)) >"$work/script"
"$LAB/lab.sh" -k "$kernel" -n 2 -t $((minutes * 120 + 300)) -r "$work/script" -f "$module:/hvemu.ko" \
	-f "$programs/$program:/$program"
