#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tlfs-status.sh [--write | --ran DIR]: docs/tlfs-status.md against the rows of
# selftests/status, from which --write makes it; every test that a row names is in the
# sources. With --ran: it passed in the logs of a run of run.sh, too.
set -u
. "$(dirname "$0")/ktap.sh"

table tlfs-status docs/tlfs-status.md "the tests that rows name are in the sources" "$@"
n=$(grep -cE '^\| A[0-9]+\.[0-9]+ \|' "$CHECK_TMP/fresh")
[ "$n" -ge 300 ] || echo "only $n rows were understood" >"$CHECK_TMP/few"
verdict "tlfs-status: at least 300 rows" "$CHECK_TMP/few"
plan
