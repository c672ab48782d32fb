# SPDX-License-Identifier: GPL-2.0
# beside-kvm.sh: our own test programs while kvm_intel holds VMX on every CPU: the
# windows are borrowed.
# kernels: 6.12 7.2
# cpus: 2
# limit: 400
# modules: kvm-intel
# needs: module tests
. "$HVE_ROOT/lab/ktap"

load_hvemu
for t in "$HVE_ROOT"/t/*; do
	program "$(basename "$t")" 300 "$t"
done
HVE_DEV=/dev/kvm program "hello on KVM afterwards" 60 "$HVE_ROOT/t/hello"
check "rmmod" rmmod hvemu
plan
