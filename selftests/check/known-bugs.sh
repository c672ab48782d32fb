#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# known-bugs.sh [--write | --ran DIR]: docs/known-bugs.md against selftests/status/known-bugs.tsv,
# from which --write makes it; every test that a row names is in the sources. With --ran: it
# passed in the logs of a run of run.sh, too.
set -u
. "$(dirname "$0")/ktap.sh"

DOC=docs/known-bugs.md

bugs() { perl selftests/check/known-bugs.pl "$@" 2>&1; }

if [ "${1:-}" = --ran ]; then
	bugs ran "$2" >"$CHECK_TMP/ran"
	verdict "known-bugs: each test that a row names passed" "$CHECK_TMP/ran"
	plan
	exit
fi

bugs doc >"$CHECK_TMP/fresh"
[ "${1:-}" != --write ] || cp "$CHECK_TMP/fresh" "$DOC"
diff -u "$DOC" "$CHECK_TMP/fresh" >"$CHECK_TMP/diff" 2>&1
bugs problems >"$CHECK_TMP/problems"
verdict "known-bugs: $DOC has the rows (known-bugs.sh --write)" "$CHECK_TMP/diff"
verdict "known-bugs: the tests that rows name are in the sources" "$CHECK_TMP/problems"
plan
