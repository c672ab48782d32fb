# SPDX-License-Identifier: GPL-2.0
# bench.sh: what each operation costs on hvemu and on KVM, in the same boot. `make bench`
# is this, and nothing else runs it: a cost is no test. One processor, because with two
# the TSC counts what both of them do.
# cpus: 1
# limit: 300
# modules: kvm-intel
# needs: module bench
. "$HVE_ROOT/lab/ktap"

check "insmod of the module that counts" insmod "$HVE_ROOT/hvemu-count.ko"
"$HVE_ROOT/bench" -w /tmp/bench.counts /dev/hvemu >/tmp/bench.out 2>&1 ||
	sed 's/^/> /' /tmp/bench.out
rmmod hvemu

load_hvemu
"$HVE_ROOT/bench" -r /tmp/bench.counts /dev/hvemu /dev/kvm >/tmp/bench.out 2>&1
rc=$?
sed 's/^/> /' /tmp/bench.out
check "the bench came to its end" test "$rc" = 0
check "rmmod" rmmod hvemu
plan
