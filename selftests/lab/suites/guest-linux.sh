# SPDX-License-Identifier: GPL-2.0
# guest-linux.sh: Debian's 6.12 kernel as a guest with two VPs, as in `make demo`.
# kernels: 6.12 6.1 7.2
# cpus: 2
# memory: 1536
# limit: 400
# needs: module hvlinux
. /lab/ktap

console() { grep -q "$1" /tmp/console; }

load_hvemu
timeout 300 /hvlinux -k /guest/vmlinux -i /guest/initrd -p 2 -m 512 -t 280 \
	-c "$(cat /guest/cmdline)" </dev/null >/tmp/console 2>&1
rc=$?
sed 's/^/> /' /tmp/console
check "the guest powers off" test "$rc" = 0
check "it detects Hyper-V" console 'Hypervisor detected: Microsoft Hyper-V'
check "its clocksource is the reference TSC page" console 'clocksource hyperv_clocksource_tsc_page'
check "two processors are online" console '2 processors online: 0-1'
check "the workload agrees on both" console 'workload: .*same everywhere'
check "its init is content" console 'status 0, powering off'
check "rmmod" rmmod hvemu
plan
