#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mkqemu-init.sh INITRAMFS KERNEL-DIR MODULE...: busybox, qemu-init.sh as /init and the
# MODULEs of that kernel, unpacked, in /lib.
set -eu
out=$1 kdir=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,lib,proc,sys,tmp}
cp /bin/busybox "$root/bin/busybox"
for applet in $(/bin/busybox --list); do
	[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
install -m 755 "$here/qemu-init.sh" "$root/init"
for m; do
	f=$(find "$kdir/root/lib/modules" -name "$m.ko*" | head -n 1)
	[ -n "$f" ] || { echo "mkqemu-init: no module $m" >&2; exit 2; }
	case $f in
	*.xz) xz -dc "$f" ;;
	*.zst) zstd -qdc "$f" ;;
	*) cat "$f" ;;
	esac >"$root/lib/$m.ko"
	objcopy -g -R .BTF "$root/lib/$m.ko"
done
(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --quiet --null -o -H newc -R 0:0) >"$out"
