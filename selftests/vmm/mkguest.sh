#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# mkguest.sh INITRAMFS [FILE...]: builds the initramfs of the demonstration
# guest: busybox (Debian package busybox-static), guest-init.sh as /init, and
# the FILEs in /. BUSYBOX names another static busybox, INIT another /init.
set -eu
[ $# -ge 1 ] || { echo "usage: mkguest.sh INITRAMFS [FILE...]" >&2; exit 2; }
out=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
busybox=${BUSYBOX:-/bin/busybox}
[ -x "$busybox" ] || { echo "mkguest: no $busybox: install busybox-static" >&2; exit 2; }
command -v cpio >/dev/null || { echo "mkguest: no cpio: install cpio" >&2; exit 2; }
"$busybox" taskset -h 2>&1 | grep -q Usage ||
	{ echo "mkguest: $busybox has no taskset" >&2; exit 2; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp"
cp "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do
	[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
install -m 755 "${INIT:-$here/guest-init.sh}" "$root/init"
for file; do
	install -m 755 "$file" "$root/"
done
(cd "$root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$out.new"
mv "$out.new" "$out"
