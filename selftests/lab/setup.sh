#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# setup.sh PIECE...: fetch and build what the lab needs, into $HVE_CACHE (default
# /var/cache/hvemu), from Debian packages only. A piece that is there and whose recipe
# has not changed costs nothing.
#
#   tools      programs from the machine's own release
#   bochs      Bochs with VMX
#   cloud      Debian's 6.12 for clouds, as a guest
#   kernels    Debian's 6.12 and 6.1: image, modules, headers (also: k6.12, k6.1)
#   k72        Debian's 7.2: the same, and a chroot with the compiler it wants
#   debug      a 6.12 with KASAN, lockdep and their like; built here, which takes a while
#   linuxsrc   kernel sources 6.12 and 7.2, for checkpatch and the selftests
#   fuzz       clang with libFuzzer
#   kst        KVM's selftests of both, built unmodified and static
#   qemu-V     Debian's QEMU of release V, 7.2 or 10, with its libraries
#   ovmf       Debian's UEFI firmware for virtual machines
#   all        everything
#
# -f          rebuild although it is there (a newer kernel package, say)
set -eu
. "$(dirname "$0")/lib.sh"
. "$LAB/apt.sh"
for piece in "$LAB"/setup-*.sh; do
	. "$piece"
done

usage() {
	sed -n '/^# setup.sh/,/^set -eu/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
	exit 2
}

setup() {
	case $1 in
	tools) setup_tools ;;
	bochs) setup_bochs ;;
	kernels) locked k6.12 setup_kernel 6.12; locked k6.1 setup_kernel 6.1 ;;
	debug | kdebug) locked debug-kernel setup_debug ;;
	k6.12 | k6.1) setup_kernel "${1#k}" ;;
	cloud) setup_cloud ;;
	k72 | k7.2) setup_k72 ;;
	linuxsrc) setup_linuxsrc 6.12; setup_linuxsrc 7.2 ;;
	qemu-*) setup_qemu "${1#qemu-}" ;;
	kst) setup_kst 6.12; setup_kst 7.2 ;;
	ovmf) setup_ovmf ;;
	fuzz) need_packages clang libclang-rt-14-dev ;;
	none) ;;
	*) usage ;;
	esac
}

main() {
	local piece
	[ "${1:-}" != -f ] || { FORCE=1; shift; }
	[ $# != 0 ] || usage
	[ "$1" != all ] || set -- tools bochs kernels k72 linuxsrc kst qemu-7.2
	mkdir -p "$HVE_CACHE/log"
	for piece; do
		locked "$piece" setup "$piece"
	done
}

FORCE=
main "$@"
