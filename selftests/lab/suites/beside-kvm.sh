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
# all of them once; on the other kernel those that enter guests in different ways
case $(uname -r) in
6.12.*) tests=$(ls "$HVE_ROOT/t") ;;
*) tests="hello apic_test corruption_test hypercall_page_test irqchip_test irqfd_test
	lifecycle_test memslot_test message_test mmio_test reftime_test run_test" ;;
esac
for t in $tests; do
	program "$t" 300 "$HVE_ROOT/t/$t"
done
HVE_DEV=/dev/kvm program "hello on KVM afterwards" 60 "$HVE_ROOT/t/hello"
check "rmmod" rmmod hvemu
plan
