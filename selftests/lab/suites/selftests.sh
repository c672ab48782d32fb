# SPDX-License-Identifier: GPL-2.0
# selftests.sh: our own test programs.
# kernels: 6.12 6.1 7.2
# cpus: 2
# limit: 400
# debug: 2400
# needs: module tests
. "$HVE_ROOT/lab/ktap"

load_hvemu
for t in "$HVE_ROOT"/t/*; do
	program "$(basename "$t")" 300 "$t"
done
check "rmmod" rmmod hvemu

# the same interrupts, delivered by the module
check "insmod with apicv=0" insmod "$HVE_ROOT/hvemu.ko" apicv=0
for t in apic eoi vp_assist irqfd irqchip run save_restore; do
	[ -x "$HVE_ROOT/t/${t}_test" ] || continue
	program "${t}_test apicv=0" 300 "$HVE_ROOT/t/${t}_test"
done
check "rmmod" rmmod hvemu
plan
