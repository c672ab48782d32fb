#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suite.sh [-e ECHO] NAME KERNEL: runs the suite suites/NAME.sh in the lab on KERNEL and
# prints its results. KERNEL "host" runs it on this very machine, as root.
# `suite.sh -l` lists all pairs that are to be run, `suite.sh -d` those for the debug kernel,
# where all limits are HVE_SLOW times as long.
#
#   -e ECHO   what to print: tests (default), guest (console of its guest), all
#
# The head of a suite says what it wants:
#
#   # kernels: 6.12 6.1 7.2     on which it runs
#   # debug: 300                also on the debug kernel; seconds there
#   # cpus: 2                   default 1
#   # memory: 1024              MiB
#   # model: ryzen              Bochs' CPU model
#   # limit: 200                seconds
#   # modules: kvm-intel        loaded before; spare: put into /lib/modules/lab only
#   # modules-6.12: zram        the same, on that kernel only
#   # needs: WHAT...            module    /hvemu.ko
#                               tests     /t: our test programs
#                               bench     /bench, /hvemu-count.ko (counts VMX instructions)
#                               stress    /stress/{ioctl_fuzz,guest_fuzz}
#                               stat      /hvemu-stat
#                               seconds   /lab/seconds: HVE_SECONDS
#                               cloud     /guest/cloud: Debian's kernel 6.12 for clouds
#                               hvlinux   /hvlinux, and guest
#                               guest     /guest/{kernel,initrd,cmdline}
#                               nested    /hvlinux, /guest/{kernel,nested,cmdline}: an
#                                         initramfs with KVM, hvemu, hvlinux and its guest
#                               watch     /guest/{kernel,watch,cmdline}: an initramfs that
#                                         checks itself (stat/guest-watch.c)
#                               ovmf      /usr/share/OVMF, /guest/bzImage
#                               qguest    /guest/{kernel,qemu,cmdline}: qemu-init.sh
#   # kst K: NAME...            KVM's selftests of Linux K (6.12, 7.2), as /kst/K/NAME, or ALL;
#                               and /lab/kst
#   # qemu: 7.2               Debian's QEMU of that version, in its place (lab only)
#   # qemus: 7.2 10            several of them, /qemu/7.2 and so on, and /lab/qemu
#   # append: WORDS             kernel command line
#
# The body runs in the lab's kernel (busybox sh) and takes its words from /lab/ktap. On the
# machine itself what is said to be in / is in $HVE_ROOT, which is empty in the lab.
#
# HVE_OUT     where logs go, a directory for each run (default $HVE_CACHE/run)
# HVE_LIMIT   seconds, instead of the suite's
# HVE_GUEST   another kernel for hvlinux (bzImage or vmlinux)
# HVE_MODEL   another CPU model of Bochs
# HVE_KST     names of KVM's selftests, instead of ALL
set -eu
. "$(dirname "$0")/lib.sh"
SUITES=$LAB/suites

# head_of FILE KEY: the value of a line of the head, nothing if there is none
head_of() { sed -n "/^[^#]/q;s/^# $2: *//p" "$1"; }

list() {
	local f k
	for f in "$SUITES"/*.sh; do
		for k in $(head_of "$f" kernels); do echo "$(basename "$f" .sh) $k"; done
	done
}

list_debug() {
	local f
	for f in "$SUITES"/*.sh; do
		[ -z "$(head_of "$f" debug)" ] || echo "$(basename "$f" .sh) debug"
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

# put FILE PATH: FILE will be at PATH
put() {
	if [ "$KERNEL" = host ]; then
		mkdir -p "$(dirname "$WORK/root$2")"
		cp -L "$1" "$WORK/root$2"
	else
		ARGS+=(-f "$1:$2")
	fi
}

need_module() {
	built "module-$KERNEL" "$LAB/build.sh" "$KERNEL"
	put "$HVE_CACHE/build/$KERNEL/hvemu.ko" /hvemu.ko
}

PROGRAMS=$HVE_CACHE/build/selftests

need_tests() {
	local t
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	for t in hello $(make -s -C "$TOP/selftests" list); do
		strip -g -o "$WORK/t-$t" "$PROGRAMS/$t"
		put "$WORK/t-$t" "/t/$t"
	done
}

need_stat() {
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	put "$PROGRAMS/hvemu-stat" /hvemu-stat
	put "$PROGRAMS/hvemu-nested" /hvemu-nested
}

need_seconds() {
	echo "${HVE_SECONDS:-60 1}" >"$WORK/seconds"
	put "$WORK/seconds" /lab/seconds
}

need_cloud() {
	"$LAB/setup.sh" cloud >&2
	put "$HVE_CACHE/k/cloud/vmlinux" /guest/cloud
}

need_hvlinux() {
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	put "$PROGRAMS/hvlinux" /hvlinux
	need_guest
}

need_guest() {
	"$LAB/setup.sh" k6.12 >&2
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	sh "$TOP/selftests/vmm/mkguest.sh" "$WORK/initrd" "$PROGRAMS/guest-threads"
	put "${HVE_GUEST:-$HVE_CACHE/k/6.12/vmlinux}" /guest/kernel
	put "$WORK/initrd" /guest/initrd
	put "$TOP/selftests/vmm/guest.cmdline" /guest/cmdline
}

# unpacked MODULE: from the modules of 6.12 into $WORK/l1
unpacked() {
	local f
	f=$(find "$HVE_CACHE/k/6.12/root/lib/modules" -name "$1.ko.xz")
	xz -dc "$f" >"$WORK/l1/$1.ko"
	objcopy -g -R .BTF "$WORK/l1/$1.ko"
}

need_nested() {
	local m
	"$LAB/setup.sh" k6.12 >&2
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	mkdir -p "$WORK/l1"
	for m in irqbypass kvm kvm-intel; do unpacked $m; done
	cp "$HVE_CACHE/build/6.12/hvemu.ko" "$WORK/l1/hvemu.ko"
	objcopy -g -R .BTF "$WORK/l1/hvemu.ko"
	cp "$HVE_CACHE/k/6.12/vmlinux" "$WORK/l1/kernel"
	sh "$TOP/selftests/vmm/mkguest.sh" "$WORK/l1/initrd" "$PROGRAMS/guest-threads"
	cp "$TOP/selftests/vmm/guest.cmdline" "$WORK/l1/cmdline"
	strip -g -o "$WORK/l1/hvlinux" "$PROGRAMS/hvlinux"
	INIT=$LAB/nested-init.sh sh "$TOP/selftests/vmm/mkguest.sh" "$WORK/nested" "$WORK/l1"/*
	put "$WORK/l1/hvlinux" /hvlinux
	put "$WORK/l1/kernel" /guest/kernel
	put "$WORK/nested" /guest/nested
	put "$WORK/l1/cmdline" /guest/cmdline
}

need_watch() {
	"$LAB/setup.sh" k6.12 >&2
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	mkdir -p "$WORK/watch"
	install -m 755 "$PROGRAMS/guest-watch" "$WORK/watch/init"
	(cd "$WORK/watch" && echo init | cpio --quiet -o -H newc -R 0:0) >"$WORK/watch.cpio"
	put "${HVE_GUEST:-$HVE_CACHE/k/6.12/vmlinux}" /guest/kernel
	put "$WORK/watch.cpio" /guest/watch
	put "$TOP/selftests/vmm/guest.cmdline" /guest/cmdline
}

need_ovmf() {
	"$LAB/setup.sh" ovmf k6.12 >&2
	put "$HVE_CACHE/ovmf/OVMF_CODE.fd" /usr/share/OVMF/OVMF_CODE.fd
	put "$HVE_CACHE/ovmf/OVMF_VARS.fd" /usr/share/OVMF/OVMF_VARS.fd
	put "$HVE_CACHE/k/6.12/vmlinuz" /guest/bzImage
}

need_qguest() {
	"$LAB/setup.sh" k6.12 >&2
	bash "$LAB/mkqemu-init.sh" "$WORK/qguest" "$HVE_CACHE/k/6.12" virtio_blk failover \
		net_failover virtio_net hv_vmbus hv_balloon
	put "${HVE_GUEST:-$HVE_CACHE/k/6.12/vmlinux}" /guest/kernel
	put "$WORK/qguest" /guest/qemu
	put "$TOP/selftests/vmm/guest.cmdline" /guest/cmdline
}

need_bench() {
	built "module-count-$KERNEL" "$LAB/build.sh" -c "$KERNEL"
	put "$HVE_CACHE/build/$KERNEL/count/hvemu.ko" /hvemu-count.ko
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	put "$PROGRAMS/bench" /bench
}

need_stress() {
	local t
	built selftests make -C "$TOP/selftests" "OUT=$PROGRAMS" -j"$(nproc)"
	for t in ioctl_fuzz guest_fuzz; do put "$PROGRAMS/$t" "/stress/$t"; done
}

# need_kst K NAMES: in the lab as /kst/K/NAME. Names that K does not have: no file.
need_kst() {
	local k=$1 names=$2 t
	[ -n "$names" ] || return 0
	"$LAB/setup.sh" kst >&2
	put "$LAB/guest-kst.sh" /lab/kst
	[ "$names" != "ALL " ] || names=${HVE_KST:-$(ls "$HVE_CACHE/kst/$k")}
	for t in $names; do
		[ ! -f "$HVE_CACHE/kst/$k/$t" ] || put "$HVE_CACHE/kst/$k/$t" "/kst/$k/$t"
	done
}

# need_qemu VERSION: a tree over the lab's root
need_qemu() {
	[ -n "$1" ] || return 0
	[ "$KERNEL" != host ] || die "$NAME runs in the lab only"
	"$LAB/setup.sh" "qemu-$1" >&2
	ARGS+=(-i "$HVE_CACHE/qemu/$1")
}

# need_qemus VERSIONS: beside each other
need_qemus() {
	local v
	[ -n "$1" ] || return 0
	[ "$KERNEL" != host ] || die "$NAME runs in the lab only"
	mkdir -p "$WORK/qemus/qemu"
	for v in $1; do
		"$LAB/setup.sh" "qemu-$v" >&2
		cp -a "$HVE_CACHE/qemu/$v" "$WORK/qemus/qemu/"
	done
	ARGS+=(-i "$WORK/qemus")
	put "$LAB/guest-qemu.sh" /lab/qemu
}

# words_of KEY DEFAULT
words_of() { head_of "$FILE" "$1" | grep . || echo "$2"; }

prepare() {
	local what k
	for what in $(head_of "$FILE" needs); do "need_$what"; done
	for k in 6.12 7.2; do need_kst "$k" "$(head_of "$FILE" "kst ${k//./\\.}" | tr '\n' ' ')"; done
	need_qemu "$(head_of "$FILE" qemu)"
	need_qemus "$(head_of "$FILE" qemus)"
	put "$LAB/guest-ktap.sh" /lab/ktap
}

run_lab() {
	local model limit=limit
	[ "$KERNEL" != debug ] || limit=debug
	ARGS+=(-k "$KERNEL" -r "$FILE" -e "$ECHO" -n "$(words_of cpus 1)" -g "$(words_of memory 1024)"
		-t "${HVE_LIMIT:-$(words_of $limit 300)}" -m "$(words_of modules '') $(head_of "$FILE" "modules-$KERNEL")" -M "$(words_of spare '')"
		-a "$(words_of append '')")
	model=${HVE_MODEL:-$(words_of model '')}
	[ -z "$model" ] || ARGS+=(-c "$model")
	[ -z "${HVE_OUT:-}" ] || ARGS+=(-o "$HVE_OUT/$NAME-$KERNEL")
	"$LAB/lab.sh" "${ARGS[@]}"
}

run_host() {
	local rc=0
	for m in $(words_of modules ''); do modprobe "$m"; done
	HVE_ROOT=$WORK/root timeout "$(words_of limit 300)" sh "$FILE" </dev/null 2>&1 |
		case $ECHO in
		guest) sed -un 's/^> //p' ;;
		tests) sed -u '/^> /d' ;;
		*) cat ;;
		esac || rc=$?
	! grep -q '^hvemu ' /proc/modules || rmmod hvemu
	return "$rc"
}

ECHO=tests ARGS=()
while getopts e:ld o; do
	case $o in
	e) ECHO=$OPTARG ;;
	l) list && exit ;;
	d) list_debug && exit ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# = 2 ] || die "usage: suite.sh [-e ECHO] NAME KERNEL, or suite.sh -l, or -d"
NAME=$1 KERNEL=$2 FILE=$SUITES/$1.sh
[ -f "$FILE" ] || die "no suite $NAME"
set -o pipefail
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
prepare
if [ "$KERNEL" = host ]; then run_host; else run_lab; fi
