#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# builds.sh: the module builds for all kernels without a word from the compiler (W=1),
# sparse, objtool or modpost, and without symbols that are not for it. The test programs
# build too.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/ktap.sh"
: "${HVE_CACHE:=/var/cache/hvemu}"

for k in 6.12 6.1 7.2; do
	HVE_QUIET=1 "$HERE/../lab/build.sh" "$k" >"$CHECK_TMP/log" 2>&1 && : >"$CHECK_TMP/log"
	verdict "builds: module for $k" "$CHECK_TMP/log"
done

make -C "$HERE/.." "OUT=$HVE_CACHE/build/selftests" -j2 >"$CHECK_TMP/log" 2>&1 &&
	{ grep 'warning:' "$CHECK_TMP/log" >"$CHECK_TMP/warnings"; mv "$CHECK_TMP/warnings" "$CHECK_TMP/log"; }
verdict "builds: test programs" "$CHECK_TMP/log"

"$HERE/symbols.sh" >"$CHECK_TMP/symbols" && : >"$CHECK_TMP/symbols"
verdict "builds: no symbols restricted to the kvm modules" "$CHECK_TMP/symbols"
plan
