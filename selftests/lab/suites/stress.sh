# SPDX-License-Identifier: GPL-2.0
# stress.sh: random ioctls and guests that do anything, a few rounds of each; beside
# kvm_intel, so that the windows are borrowed. `make fuzz-ioctl fuzz-guest` runs them longer.
# kernels: 6.12 7.2
# cpus: 2
# limit: 400
# debug: 2400
# modules: kvm-intel
# needs: module stress
. "$HVE_ROOT/lab/ktap"

load_hvemu
program "ioctl_fuzz" 300 "$HVE_ROOT/stress/ioctl_fuzz" -s 300 -r 3 -t 60
program "guest_fuzz" 300 "$HVE_ROOT/stress/guest_fuzz" -s 200 -r 4 -t 60
check "rmmod" rmmod hvemu
plan
