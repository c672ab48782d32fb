#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# traps.sh: each trap of selftests/status/traps.tsv has a test named "trap N: ...".
set -u
. "$(dirname "$0")/ktap.sh"

perl selftests/check/tlfs-status.pl traps >"$CHECK_TMP/traps" 2>&1
verdict "traps: each has a test" "$CHECK_TMP/traps"
plan
