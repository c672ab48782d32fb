# SPDX-License-Identifier: GPL-2.0
# selftests.sh: our own test programs.
# kernels: 6.12 6.1 7.2
# cpus: 2
# limit: 400
# needs: module tests
. "$HVE_ROOT/lab/ktap"

load_hvemu
for t in "$HVE_ROOT"/t/*; do
	program "$(basename "$t")" 300 "$t"
done
check "rmmod" rmmod hvemu
plan
