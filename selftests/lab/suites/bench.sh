# SPDX-License-Identifier: GPL-2.0
# bench.sh: what each operation costs on hvemu and on KVM, in the same boot. `make bench`
# is this, and nothing else runs it: a cost is no test. One processor, because with two
# the TSC counts what both of them do.
# cpus: 1
# memory: 1536
# limit: 400
# modules: kvm-intel
# needs: module bench qguest
# qemus: 7.2
. "$HVE_ROOT/lab/ktap"
. /lab/qemu

# stat NAME: sum over the VPs, of `info stats vcpu`
stat() { tr -d '\r' <"$Q/monitor" | awk -v name="$1" '$1 == name { n += $NF } END { print n + 0 }'; }

# linux_boot NAME: from QEMU's start until the guest is off. Of the host: what QEMU's threads
# ran, but for the guest itself, by the clock's ticks of a million instructions.
linux_boot() {
	local pid exits host from to
	read -r from _ </proc/uptime
	qemu_start 7.2 "" -machine pc,smm=off,kernel-irqchip=on -cpu "host,kvm=off,$BOOT_FLAGS" \
		-no-shutdown
	wait_for "$Q/console" 'GUEST: end' 60 || show
	wait_for "$Q/console" 'Power down' 5
	read -r to _ </proc/uptime
	pid=$(pidof ld-linux-x86-64.so.2 | cut -d' ' -f1)
	host=$(sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 - $41 }')
	monitor 'info stats vcpu'
	wait_for "$Q/monitor" ' exits' 5
	exits=$(stat exits)
	monitor quit
	wait_for "$Q/status" status 5
	exec 8>&-
	echo "$1 $exits $host $((${to%.*}${to#*.} - ${from%.*}${from#*.}))"
}

BOOT_FLAGS=hv-relaxed,hv-vapic,hv-time,hv-vpindex,hv-runtime,hv-synic,hv-stimer
BOOT_FLAGS=$BOOT_FLAGS,hv-stimer-direct,hv-frequencies,hv-tlbflush,hv-ipi

check "insmod of the module that counts" insmod "$HVE_ROOT/hvemu-count.ko"
"$HVE_ROOT/bench" -w /tmp/bench.counts /dev/hvemu >/tmp/bench.out 2>&1 ||
	sed 's/^/> /' /tmp/bench.out
rmmod hvemu

load_hvemu
"$HVE_ROOT/bench" -r /tmp/bench.counts /dev/hvemu /dev/kvm >/tmp/bench.out 2>&1
rc=$?
sed 's/^/> /' /tmp/bench.out
check "the bench came to its end" test "$rc" = 0

# Debian's kernel with QEMU, the same command line
linux_boot kvm >/tmp/boot.out
mv /dev/kvm /dev/kvm.kvm
ln -s hvemu /dev/kvm
linux_boot hvemu >>/tmp/boot.out
mv /dev/kvm.kvm /dev/kvm
awk '{ exits[$1] = $2; host[$1] = $3; time[$1] = $4 }
	function row(what, a, b) { printf "> %-42s %10d %10d  %s\n", what, a, b, a <= b ? "" : "MISSED" }
	END {
		printf "> %-42s %10s %10s\n", "Linux boot on QEMU", "hvemu", "KVM"
		row("exits", exits["hvemu"], exits["kvm"])
		row("host, million instructions", host["hvemu"], host["kvm"])
		row("time, million instructions", time["hvemu"], time["kvm"])
	}' /tmp/boot.out
check "Linux booted on both" awk '$2 > 0 { n++ } END { exit n != 2 }' /tmp/boot.out
check "rmmod" rmmod hvemu
plan
