# SPDX-License-Identifier: GPL-2.0
# qemu-flags.sh: Debian's QEMU 7.2 and 10 take each hv-* flag that their documentation has and
# hvemu offers, and say that the kernel lacks the one other; and a guest boots with the sets
# that the documentation recommends, with all of them and with hv-passthrough, with both
# irqchips, and with one and four VPs. In no list of suites:
# `selftests/lab/suite.sh qemu-flags 6.12`.
# memory: 2000
# limit: 2500
# needs: module qguest
# qemus: 7.2 10
. "$HVE_ROOT/lab/ktap"
. /lab/qemu

# try VERSION FLAGS: what QEMU says until the VP could run
try() {
	{
		sleep 1
		echo info status
		sleep 0.5
		echo quit
	} | timeout 20 /bin/sh -c ". /lab/ktap; . /lab/qemu; qemu $1 -S -serial none -monitor stdio \
		-machine pc -cpu host,kvm=off,$2 -m 16" >"$Q/takes" 2>&1
}

takes() {
	try "$@"
	has "$Q/takes" 'VM status: paused' && ! has "$Q/takes" 'qemu.*: .*hv-\|not supported'
}

refuses() {
	try "$@"
	has "$Q/takes" 'not supported by kernel' && ! has "$Q/takes" 'VM status'
}

# expect_of NAME COMMAND...: with what QEMU said, if not so
expect_of() {
	local failed=$FAILED
	check "$@"
	[ "$FAILED" = "$failed" ] || tail -n 8 "$Q/takes" | comment
}

# boots VERSION MACHINE IRQCHIP VPS FLAGS
boots() {
	qemu_start "$1" "" -machine "$2,kernel-irqchip=$3" -cpu "host,kvm=off,$5" \
		-smp "$4" -no-reboot
	qemu_end "$1, $2, irqchip $3, $4 VPs, $5"
}

VERSION_ID=hv-relaxed,hv-version-id-build=20348,hv-version-id-major=10
VERSION_ID=$VERSION_ID,hv-version-id-minor=1,hv-version-id-spack=2
VERSION_ID=$VERSION_ID,hv-version-id-sbranch=3,hv-version-id-snumber=4
BASE=hv-relaxed,hv-vapic,hv-time
SYNIC=hv-vpindex,hv-synic
load_hvemu
ln -s hvemu /dev/kvm
for v in 7.2 10; do
	for flag in hv-relaxed hv-vapic hv-spinlocks=0x1fff hv-vpindex hv-runtime hv-crash hv-time \
		"$SYNIC" "hv-time,$SYNIC,hv-stimer" hv-vpindex,hv-tlbflush hv-vpindex,hv-ipi hv-reset \
		"hv-vendor-id=Somebody,hv-relaxed" hv-frequencies hv-reenlightenment \
		"hv-time,$SYNIC,hv-stimer,hv-stimer-direct" hv-avic hv-apicv hv-xmm-input \
		hv-vapic,hv-evmcs hv-vapic,hv-evmcs,hv-emsr-bitmap \
		hv-vpindex,hv-tlbflush,hv-tlbflush-ext "hv-relaxed,$SYNIC,hv-syndbg" \
		hv-no-nonarch-coresharing=on hv-no-nonarch-coresharing=off \
		hv-no-nonarch-coresharing=auto hv-relaxed,hv-enforce-cpuid \
		"$VERSION_ID" hv-passthrough; do
		expect_of "QEMU $v takes $flag" takes $v "$flag"
	done
	# the only one that the module lacks
	expect_of "QEMU $v says that there is no hv-tlbflush-direct" \
		refuses $v hv-vapic,hv-vpindex,hv-tlbflush,hv-evmcs,hv-tlbflush-direct
	boots $v pc on 1 "$BASE,hv-spinlocks=0x1fff"
	boots $v q35 split 4 "$BASE,hv-spinlocks=0x1fff"
	boots $v q35 on 4 "$HV,hv-evmcs,hv-emsr-bitmap"
	boots $v pc split 1 "$HV,hv-evmcs,hv-emsr-bitmap"
	boots $v pc on 4 hv-passthrough
	boots $v q35 split 4 hv-passthrough
done
check "rmmod" rmmod hvemu
plan
