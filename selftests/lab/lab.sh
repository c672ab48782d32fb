#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab.sh -k KERNEL -r SCRIPT [options]: boots a stock Debian kernel in Bochs, which has
# VT-x, runs SCRIPT in it and exits with the status of SCRIPT.
#
#   -k KERNEL   6.12 (default), 6.1 or 7.2; debug: a 6.12 that looks for faults
#   -r SCRIPT   shell script (busybox sh), runs as /lab/run with /dev/null as input
#   -s          instead of a script: an interactive shell on the serial line
#   -n CPUS     processors (default 1)
#   -g MB       memory (default 1024)
#   -f FILE[:PATH]  copy FILE into the root file system (default: as /NAME); repeatable
#   -i DIR      copy the tree DIR over the root file system; repeatable
#   -m MODULES  kernel modules to load first, with their dependencies ("kvm-intel")
#   -M MODULES  kernel modules to put into /lib/modules/lab, not loaded
#   -t SECONDS  limit (default 300) of Bochs' processor time: a busy machine needs longer,
#               up to six times as long; see below
#   -o DIR      where logs go (default: a new directory under $HVE_CACHE/run)
#   -a WORDS    more kernel command line
#   -c MODEL    Bochs' CPU model (default corei7_icelake_u, for 6.1 corei7_skylake_x)
#   -w          do not fail when the kernel warned or oopsed
#   -e ECHO     what of the serial line to print: all (default), tests (results, with
#               their comments), guest (lines that begin with ">"), none
#
# Logs: serial.log (raw), serial.ts (with wall seconds), bochs.log (names the reason of
# a failed VM entry: "VMFAIL: ..."), bochsrc; with a module that counts them (-k debug), lines:
# those that ran (gcov.sh).
#
# Status: the script's; 124 time limit; 125 the kernel died (panic, triple fault);
# 126 the script succeeded but the kernel complained (WARNING, BUG, lockdep ...);
# 2 usage, or something could not be set up.
#
# Time: the emulated clock counts instructions, 100 million to the second, and skips
# idle time. A guest that hangs idle therefore reaches the limit in emulated seconds
# (three times SECONDS) soon; it then shows what its tasks and CPUs do.
set -eu
. "$(dirname "$0")/lib.sh"

IPS=100000000
: "${HVE_SLOTS:=2}" # Bochs takes a core each

KERNEL=6.12
SCRIPT= INTERACTIVE= CPUS=1 MEMORY=1024 FILES=() OVERLAYS=() LOAD= EXTRA= LIMIT=300 OUT=
APPEND= MODEL= TOLERATE= ECHO=all

usage() {
	sed -n '/^# lab.sh/,/^set -eu/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
	exit 2
}

options() {
	local o
	while getopts k:r:sn:g:f:i:m:M:t:o:a:c:e:wQh o; do
		case $o in
		k) KERNEL=$OPTARG ;;
		r) SCRIPT=$OPTARG ;;
		s) INTERACTIVE=1 ;;
		n) CPUS=$OPTARG ;;
		g) MEMORY=$OPTARG ;;
		f) FILES+=("$OPTARG") ;;
		i) OVERLAYS+=("$OPTARG") ;;
		m) LOAD=$OPTARG ;;
		M) EXTRA=$OPTARG ;;
		t) LIMIT=$OPTARG ;;
		o) OUT=$OPTARG ;;
		a) APPEND=$OPTARG ;;
		c) MODEL=$OPTARG ;;
		w) TOLERATE=1 ;;
		e) ECHO=$OPTARG ;;
		Q) ECHO=none ;; # short for -e none
		*) usage ;;
		esac
	done
	[ "$OPTIND" -gt $# ] || usage
	case $KERNEL in
	6.12 | 7.2 | debug) : "${MODEL:=corei7_icelake_u}" ;;
	6.1) : "${MODEL:=corei7_skylake_x}" ;; # hangs early on newer models
	*) die "-k: 6.12, 6.1, 7.2 or debug" ;;
	esac
	[ -n "$INTERACTIVE" ] || [ -f "$SCRIPT" ] || die "-r: no script '$SCRIPT'"
}

prepare() {
	"$LAB/setup.sh" bochs "k$KERNEL"
	KDIR=$HVE_CACHE/k/$KERNEL
	RELEASE=$(cat "$KDIR/release")
	if [ -z "$OUT" ]; then
		mkdir -p "$HVE_CACHE/run"
		find "$HVE_CACHE/run" -mindepth 1 -maxdepth 1 -mtime +2 -exec rm -rf {} +
		OUT=$(mktemp -d "$HVE_CACHE/run/$KERNEL.XXXXXX")
	fi
	mkdir -p "$OUT"
	OUT=$(cd "$OUT" && pwd)
	rm -rf "$OUT"/{root,serial.log,serial.ts,status,trouble,bochs.log,gcov.tar.gz,lines}
}

# module_files NAMES: paths of modules in load order, dependencies first
module_files() {
	local name line dep=$KDIR/root/lib/modules/$RELEASE/modules.dep
	for name in $1; do
		line=$(grep -E "(^|/)${name//[-_]/[-_]}\.ko(\.[a-z]+)?:" "$dep") ||
			die "kernel $KERNEL has no module $name"
		echo "${line#*:}" | tr ' ' '\n' | tac
		echo "${line%%:*}"
	done | awk 'NF && !seen[$0]++'
}

# put_module PATH: unpacked, without the sections that only cost load time
put_module() {
	local from=$KDIR/root/lib/modules/$RELEASE/$1 to
	to=$(basename "$1")
	to=${to%.xz}
	to=$OUT/root/lib/modules/lab/${to%.zst}
	case $1 in
	*.xz) xz -dc "$from" >"$to" ;;
	*.zst) zstd -qdc "$from" >"$to" ;;
	*) cp "$from" "$to" ;;
	esac
	objcopy -g -R .BTF -R .BTF.base "$to" 2>/dev/null
	basename "$to"
}

build_root() {
	local root=$OUT/root applet f path
	mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,lab,lib/modules/lab}
	cp /bin/busybox "$root/bin/busybox"
	for applet in $(/bin/busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
	done
	echo 'root:x:0:0:root:/tmp:/bin/sh' >"$root/etc/passwd"
	for f in $(module_files "$LOAD"); do put_module "$f"; done >"$root/lab/modules"
	for f in $(module_files "$EXTRA"); do put_module "$f"; done >"$root/lab/modules.extra"
	install -m 755 "$LAB/guest-init.sh" "$root/init"
	[ -z "$SCRIPT" ] || install -m 755 "$SCRIPT" "$root/lab/run"
	[ -z "$INTERACTIVE" ] || touch "$root/lab/interactive"
	echo $((LIMIT * 3)) >"$root/lab/limit"
	for f in "${OVERLAYS[@]}"; do cp -a "$f/." "$root/"; done
	for f in "${FILES[@]}"; do
		path=/$(basename "$f")
		case $f in *:*) path=${f#*:} f=${f%%:*} path=${path%/} ;; esac
		mkdir -p "$root/$(dirname "$path")"
		cp -L "$f" "$root/$path"
	done
	(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --quiet --null -o -H newc -R 0:0) >"$OUT/initrd"
}

# for_debug: lines with the time, as serial.pl expects them; as slow as it is: locks, 256 old ptys
for_debug() {
	[ "$KERNEL" != debug ] || echo "printk.time=1 page_poison=1 watchdog_thresh=60 pty.legacy_count=0"
}

command_line() {
	# What makes the boot short: no self-tests, no slow initcalls, few characters on the
	# serial line (each costs 8,700 instructions), and a TSC rate that need not be measured
	# (models with CPUID leaf 15h claim GHz and would keep time wrongly).
	echo "console=ttyS0,115200 loglevel=4 panic=0 oops=panic softlockup_panic=1 nmi_watchdog=0" \
		"mitigations=off nokaslr tsc=reliable no_timer_check random.trust_cpu=1" \
		"lpj=400000 tsc_early_khz=$((IPS / 1000)) cryptomgr.notests audit=0 selinux=0 apparmor=0" \
		"ima_appraise=off rodata=off" \
		"initcall_blacklist=jent_mod_init,bpf_tcp_ca_kfunc_init,bpf_dummy_struct_ops_init,load_system_certificate_list,trace_eval_init" \
		"$(for_debug)" "$APPEND"
}

build_disk() {
	as --32 -o "$OUT/boot.o" "$LAB/boot.S"
	ld -m elf_i386 -Ttext 0x7c00 --oformat binary -e _start -o "$OUT/boot.bin" "$OUT/boot.o"
	perl "$LAB/mkboot.pl" "$KDIR/vmlinux" "$KDIR/vmlinuz" "$OUT/initrd" "$OUT/boot.bin" \
		"$(command_line)" "$OUT/disk.img" >"$OUT/cylinders"
}

write_bochsrc() {
	local serial=$1 clock=$2
	cat >"$OUT/bochsrc" <<-RC
		config_interface: textconfig
		display_library: nogui
		romimage: file=/usr/share/bochs/BIOS-bochs-latest
		vgaromimage: file=/usr/share/vgabios/vgabios.bin
		cpu: model=$MODEL, count=$CPUS, ips=$IPS, reset_on_triple_fault=0, ignore_bad_msrs=1
		memory: guest=$MEMORY, host=$MEMORY, block_size=512
		ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
		ata0-master: type=disk, path=$OUT/disk.img, mode=flat, cylinders=$(cat "$OUT/cylinders"), heads=16, spt=63
		boot: disk
		com1: enabled=1, $serial
		clock: sync=$clock
		log: $OUT/bochs.log
		panic: action=fatal
		error: action=report
		info: action=ignore
		debug: action=ignore
	RC
}

# take_slot: as many Bochs at a time as there are slots, whoever starts them; who comes
# first is served first
take_slot() {
	local i said=
	mkdir -p "$HVE_CACHE/slot"
	exec 7>"$HVE_CACHE/slot/queue"
	flock -n 7 || {
		said=1
		say "waiting for one of $HVE_SLOTS slots"
		flock 7
	}
	while :; do
		for ((i = 0; i < HVE_SLOTS; i++)); do
			exec 9>"$HVE_CACHE/slot/$i"
			if flock -n 9; then
				exec 7>&-
				return
			fi
		done
		[ -n "$said" ] || say "waiting for one of $HVE_SLOTS slots"
		said=1
		sleep 0.5 7>&-
	done
}

BOCHS_PID= READER_PID=
cleanup() {
	local pid
	for pid in $BOCHS_PID $READER_PID; do kill "$pid" 2>/dev/null || true; done
	rm -rf "$OUT"/{root,initrd,disk.img,disk.img.lock,boot.o,boot.bin,cylinders,serial.fifo,tty}
}

# run_script: sets STATUS
run_script() {
	local rc=0
	mkfifo "$OUT/serial.fifo"
	write_bochsrc "mode=file, dev=$OUT/serial.fifo" none
	perl "$LAB/serial.pl" "$OUT" "$ECHO" 9>&- &
	READER_PID=$!
	(cd "$OUT" && ulimit -c 0 -t "$LIMIT" &&
		exec timeout -k 5 $((LIMIT * 6)) "$HVE_CACHE/bochs/bin/bochs" -q -f bochsrc) \
		>"$OUT/bochs.out" 2>&1 </dev/null 9>&- &
	BOCHS_PID=$!
	# whichever ends first: the reader (it has seen the end) or Bochs
	wait -n "$BOCHS_PID" "$READER_PID" || true
	if ! kill -0 "$READER_PID" 2>/dev/null; then kill "$BOCHS_PID" 2>/dev/null || true; fi
	wait "$BOCHS_PID" || rc=$?
	BOCHS_PID=
	# a Bochs that never opened the line leaves the reader waiting for a writer, or
	# about to wait
	while kill -0 "$READER_PID" 2>/dev/null; do
		(exec 3<>"$OUT/serial.fifo")
		sleep 0.1
	done
	wait "$READER_PID" || true
	READER_PID=
	if [ -f "$OUT/status" ]; then
		STATUS=$(cat "$OUT/status")
	elif [ "$rc" = 124 ] || [ "$rc" = 137 ] || [ "$rc" = 152 ]; then
		STATUS=124
	else
		STATUS=125
	fi
}

run_shell() {
	[ -t 0 ] || die "a shell needs a terminal"
	write_bochsrc "mode=term, dev=$OUT/tty" slowdown
	say "booting; the shell's exit, or Ctrl-], ends the lab"
	(
		while [ ! -e "$OUT/tty" ]; do sleep 0.2; done
		cd "$OUT" && exec "$HVE_CACHE/bochs/bin/bochs" -q -f bochsrc
	) >"$OUT/bochs.out" 2>&1 </dev/null 9>&- &
	BOCHS_PID=$!
	socat -R "$OUT/serial.log" -,rawer,escape=0x1d "PTY,link=$OUT/tty,rawer,wait-slave" || true
	echo
	STATUS=0
}

# last_words: of a run that hung
last_words() {
	if grep -q LAB-HANG "$OUT/serial.ts"; then
		sed -n '/LAB-HANG/,$p' "$OUT/serial.ts" | head -n 60
	else
		tail -n 15 "$OUT/serial.ts"
	fi
}

report() {
	local what=$OUT/trouble init
	init=$(sed -n 's/^\[ *\([0-9.]*\)\] LAB-INIT.*/\1/p' "$OUT/serial.ts" | head -n 1)
	if [ "$STATUS" = 0 ] && [ -s "$what" ] && [ -z "$TOLERATE" ]; then STATUS=126; fi
	[ ! -s "$what" ] || { say "the kernel complained:" && head -n 12 "$what" >&2; }
	case $STATUS in
	124) say "time limit of $LIMIT s; the last lines:" && last_words >&2 ;;
	125) say "the kernel died; the last lines:" && tail -n 25 "$OUT/serial.ts" >&2
		grep -v '^$' "$OUT/bochs.out" | tail -n 5 >&2 ;;
	esac
	if [ "$STATUS" != 0 ] && grep -q VMFAIL "$OUT/bochs.log" 2>/dev/null; then
		say "VM entries failed:" && grep VMFAIL "$OUT/bochs.log" | sort | uniq -c | sort -rn | head -n 5 >&2
	fi
	say "kernel $KERNEL, $CPUS CPU, $MODEL: status $STATUS," \
		"init after ${init:--} s, end after $SECONDS s, logs in $OUT"
}

options "$@"
prepare
trap cleanup EXIT
trap 'exit 130' INT TERM
build_root
build_disk
take_slot
SECONDS=0
if [ -n "$INTERACTIVE" ]; then
	run_shell
else
	run_script
	report
	[ ! -f "$OUT/gcov.tar.gz" ] || bash "$LAB/gcov.sh" "$OUT" || true
fi
exit "$STATUS"
