# SPDX-License-Identifier: GPL-2.0
# guest-linux.sh: Debian's 6.12 kernel as a guest with two VPs, to a shell prompt and off
# again. `make demo` is this.
# kernels: 6.12 6.1 7.2
# cpus: 2
# memory: 1536
# limit: 500
# debug: 1500
# needs: module hvlinux
. "$HVE_ROOT/lab/ktap"

LOG=/tmp/hve-console.$$
KEYS=/tmp/hve-keys.$$
console() { grep -q "$1" "$LOG"; }

# type_at_prompt: what a person would, once the guest says that its shell is there
type_at_prompt() {
	until console 'shell on the console'; do sleep 1; done
	sleep 1
	echo 'echo "prompt: $(uname -r) with $(nproc) processors"'
	echo exit
}

load_hvemu
: >"$LOG"
mkfifo "$KEYS"
exec 4<>"$KEYS"
type_at_prompt >"$KEYS" &
typist=$!
{
	timeout 400 "$HVE_ROOT/hvlinux" -k "$HVE_ROOT/guest/kernel" -i "$HVE_ROOT/guest/initrd" \
		-p 2 -m 512 -t 380 -c "$(cat "$HVE_ROOT/guest/cmdline") hve.shell" <"$KEYS" 2>&1
	echo "hvlinux: status $?"
} | while IFS= read -r line; do
	printf '%s\n' "$line" >>"$LOG"
	printf '> %s\n' "$line"
done
kill "$typist" 2>/dev/null

check "the guest powers off" console '^hvlinux: status 0'
check "it detects Hyper-V" console 'Hypervisor detected: Microsoft Hyper-V'
check "its clocksource is the reference TSC page" console 'clocksource hyperv_clocksource_tsc_page'
check "two processors are online" console '2 processors online: 0-1'
check "the workload agrees on both" console 'workload: .*same everywhere'
check "its shell answers" console '^prompt: .* with 2 processors'
check "its init is content" console 'status 0, powering off'
check "rmmod" rmmod hvemu
rm -f "$LOG" "$KEYS"
plan
