#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tlfs-status.sh [--write | --ran DIR]: docs/tlfs-status.md against the rows of
# selftests/status, from which --write makes it; every test that a row names is in the
# sources. With --ran: it passed in the logs of a run of run.sh, too.
set -u
. "$(dirname "$0")/ktap.sh"

DOC=docs/tlfs-status.md

status() { perl selftests/check/tlfs-status.pl "$@" 2>&1; }

if [ "${1:-}" = --ran ]; then
	status ran "$2" >"$CHECK_TMP/ran"
	verdict "tlfs-status: each test that a row names passed" "$CHECK_TMP/ran"
	plan
	exit
fi

status doc >"$CHECK_TMP/fresh"
[ "${1:-}" != --write ] || cp "$CHECK_TMP/fresh" "$DOC"
diff -u "$DOC" "$CHECK_TMP/fresh" >"$CHECK_TMP/diff" 2>&1
n=$(status doc | grep -cE '^\| A[0-9]+\.[0-9]+ \|')
[ "$n" -ge 300 ] || echo "only $n rows were understood" >>"$CHECK_TMP/diff"
status problems >"$CHECK_TMP/problems"
verdict "tlfs-status: $DOC has the rows (tlfs-status.sh --write)" "$CHECK_TMP/diff"
verdict "tlfs-status: the tests that rows name are in the sources" "$CHECK_TMP/problems"
plan
