# SPDX-License-Identifier: GPL-2.0
# no-vtx.sh: a processor without VT-x: insmod says so, and nothing stays behind.
# kernels: 6.12
# model: ryzen
# limit: 120
# needs: module
. "$HVE_ROOT/lab/ktap"

says_why() { dmesg | grep 'hvemu: ' | grep 'VT-x'; }
fails() { ! insmod "$HVE_ROOT/hvemu.ko"; }
# insmod's own words name the errno
fittingly() { insmod "$HVE_ROOT/hvemu.ko" 2>&1 | grep -E 'No such device|Operation not supported'; }

check "insmod fails" fails
check "with ENODEV or EOPNOTSUPP" fittingly
check "and says why" says_why
check "no device" test ! -e /dev/hvemu
plan
