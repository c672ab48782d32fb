# SPDX-License-Identifier: GPL-2.0
# nested-linux.sh: Debian's kernel with its own KVM as a guest (L1), which boots Debian's
# kernel as its guest (L2), with two processors each: first with the VMX instructions, then
# with the enlightened VMCS; then with hvemu in place of KVM. By hand: it takes minutes.
#
#     selftests/lab/suite.sh -e all nested-linux 6.12
#
# cpus: 2
# memory: 2048
# limit: 2400
# needs: module nested
. "$HVE_ROOT/lab/ktap"

LOG=/tmp/hve-console.$$
console() { grep -q "$1" "$LOG"; }

# boot NAME ENLIGHTENED OPTION WORDS; ENLIGHTENED is empty for hvemu, which uses none
boot() {
	{
		timeout 1200 "$HVE_ROOT/hvlinux" "$3" -k "$HVE_ROOT/guest/kernel" \
			-i "$HVE_ROOT/guest/nested" -p 2 -m 640 -t 1100 \
			-c "$(cat "$HVE_ROOT/guest/cmdline") hve.l2=2 hve.limit=800 $4" </dev/null 2>&1
		echo "hvlinux: status $?"
	} | while IFS= read -r line; do
		printf '%s\n' "$line" >>"$LOG"
		printf '> %s\n' "$line"
	done
	check "$1: the hypervisor loads in L1" console '^L1: insmod: status 0'
	[ -z "$2" ] || check "$1: with the enlightened VMCS: $2" console "^L1: enlightened VMCS: $2"
	check "$1: L2 has two processors" console '^L2: GUEST: .* 2 processors online: 0-1'
	check "$1: L2's workload agrees on both" console '^L2: .*workload: .*same everywhere'
	check "$1: L2 is content and powers off" console '^L2: hvlinux: powered off'
	check "$1: L1 powers off" console '^hvlinux: status 0'
	rm -f "$LOG"
}

load_hvemu
boot "VMX instructions" N -N ''
boot "enlightened VMCS" Y -E hve.evmcs
boot "hvemu in hvemu" '' -N hve.hvemu
check "rmmod" rmmod hvemu
plan
