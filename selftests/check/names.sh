#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# names.sh: the two halves speak two vocabularies, and files have names of their own.
set -u
. "$(dirname "$0")/ktap.sh"

# words ROOM PATTERN OUT: PATTERN in the room's code, comments aside
words() {
	local f
	for f in $(product_files '*.[chS]' | grep "^hvemu/$1/"); do
		code_of "$f" | grep -nE "$2" | sed "s|^|$f:|" >>"$3"
	done
}

for room in $TLFS_ROOMS; do words "$room" '\b(vcpu|kvm|vmcs)\b' "$CHECK_TMP/tlfs"; done
for room in vmx mmu apic; do words "$room" '\bhv_|\b(vp|partition|sint)\b' "$CHECK_TMP/machine"; done

product_files '*' | sed 's|.*/||' | grep -vx 'private\.h' | sort | uniq -d |
	sed 's/$/: more than one file of this name/' >"$CHECK_TMP/basenames"
product_files '*.[cS]' | sed 's|\.[cS]$||' | sort | uniq -d |
	sed 's/$/: .c and .S would be the same object/' >>"$CHECK_TMP/basenames"

product_files '*' | grep -E '(^|/)[^/]*(util|common|misc|helper)[^/]*(/|$)' >"$CHECK_TMP/drawers"

# KVM_ belongs to the ioctl front. core fills kvm_run and speaks structs of <linux/kvm.h>.
for f in $(product_files '*.[chS]' | grep -vE '^hvemu/(dev|core|nested)/'); do
	code_of "$f" | grep -nE '\bKVM_[A-Z]' | grep -v '#include' | sed "s|^|$f:|" >>"$CHECK_TMP/kvm"
done

verdict "names: TLFS rooms say no vcpu, kvm, vmcs" "$CHECK_TMP/tlfs"
verdict "names: vmx, mmu, apic say no hv_, vp, partition, sint" "$CHECK_TMP/machine"
verdict "names: every file name occurs once" "$CHECK_TMP/basenames"
verdict "names: no drawers (util, common, misc, helpers)" "$CHECK_TMP/drawers"
verdict "names: KVM_ in dev, core and nested only" "$CHECK_TMP/kvm"
plan
