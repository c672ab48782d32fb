# SPDX-License-Identifier: GPL-2.0
# qemu-flags.sh: Debian's QEMU 7.2 and 10 take each hv-* flag that their documentation has and
# hvemu offers, and a guest boots with the sets that the documentation recommends, with all of
# them and with hv-passthrough, with both irqchips, and with one and four VPs. In no list of
# suites: `selftests/lab/suite.sh qemu-flags 6.12`.
# memory: 2000
# limit: 2500
# needs: module qguest
# qemus: 7.2 10
. "$HVE_ROOT/lab/ktap"
. /lab/qemu

# takes VERSION FLAGS: QEMU comes so far that the VP could run
takes() {
	{
		sleep 1
		echo info status
		sleep 0.5
		echo quit
	} | timeout 20 /bin/sh -c ". /lab/ktap; . /lab/qemu; qemu $1 -S -serial none -monitor stdio \
		-machine pc,smm=off -cpu host,kvm=off,$2 -m 16" >"$Q/takes" 2>&1
	has "$Q/takes" 'VM status: paused' && ! has "$Q/takes" 'qemu.*: .*hv-\|not supported'
}

BASE=hv-relaxed,hv-vapic,hv-time
SYNIC=hv-vpindex,hv-synic
load_hvemu
ln -s hvemu /dev/kvm
for v in 7.2 10; do
	for flag in hv-relaxed hv-vapic hv-spinlocks=0x1fff hv-vpindex hv-runtime hv-crash hv-time \
		"$SYNIC" "hv-time,$SYNIC,hv-stimer" hv-vpindex,hv-tlbflush hv-vpindex,hv-ipi hv-reset \
		"hv-vendor-id=Somebody,hv-relaxed" hv-frequencies hv-reenlightenment \
		"hv-time,$SYNIC,hv-stimer,hv-stimer-direct" hv-avic hv-apicv hv-xmm-input \
		hv-vpindex,hv-tlbflush,hv-tlbflush-ext "hv-relaxed,$SYNIC,hv-syndbg" \
		hv-no-nonarch-coresharing=on hv-no-nonarch-coresharing=off \
		hv-no-nonarch-coresharing=auto hv-relaxed,hv-enforce-cpuid \
		hv-relaxed,hv-version-id-build=20348,hv-version-id-major=10 hv-passthrough; do
		check "QEMU $v takes $flag" takes $v "$flag"
		[ ! -s /tmp/check.out ] || comment <"$Q/takes"
	done
	for set in "$BASE,hv-spinlocks=0x1fff" "$HV" hv-passthrough; do
		qemu_start $v "" -machine pc,smm=off,kernel-irqchip=on -cpu "host,kvm=off,$set" -no-reboot
		qemu_end "$v, irqchip in the kernel, $set"
		qemu_start $v "" -machine q35,smm=off,kernel-irqchip=split -cpu "host,kvm=off,$set" \
			-smp 4 -no-reboot
		qemu_end "$v, split irqchip, 4 VPs, $set"
	done
done
check "rmmod" rmmod hvemu
plan
