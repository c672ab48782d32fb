#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# /init of a guest that is a hypervisor: loads KVM, which starts a guest in turn.
# Kernel command line: hve.l2=N = processors of that (default 1); hve.limit=SECONDS for it;
# hve.evmcs = kvm_intel is to use the enlightened VMCS; hve.hvemu = hvemu instead of KVM.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs tmp /tmp

arg() { tr ' ' '\n' </proc/cmdline | sed -n "s/^hve\.$1=//p" | tail -n 1; }
say() { echo "L1: $*"; }
prefixed() { while IFS= read -r line; do printf 'L2: %s\n' "$line"; done; }

evmcs=0
! grep -qw hve.evmcs /proc/cmdline || evmcs=1
vps=$(arg l2)
say "Linux $(uname -r), $(nproc) processors, up $(cut -d' ' -f1 /proc/uptime) s"
if grep -qw hve.hvemu /proc/cmdline; then
	device=/dev/hvemu
	insmod /hvemu.ko
	say "insmod: status $?"
else
	device=/dev/kvm
	insmod /irqbypass.ko && insmod /kvm.ko && insmod /kvm-intel.ko enlightened_vmcs=$evmcs
	say "insmod: status $?"
	say "enlightened VMCS: $(cat /sys/module/kvm_intel/parameters/enlightened_vmcs)"
fi
dmesg | grep -i 'kvm\|vmx\|hvemu' | sed 's/^/L1: /'
/hvlinux -d $device -k /kernel -i /initrd -p "${vps:-1}" -m 256 -t "$(arg limit)" \
	-c "$(cat /cmdline)" </dev/null 2>&1 | prefixed
dmesg -r | grep -E '^<[0-3]>|WARNING:|BUG:|rcu.*stall|Call Trace' | head -n 20 | sed 's/^/L1: complaint: /'
say "up $(cut -d' ' -f1 /proc/uptime) s, powering off"
poweroff -f
