#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kst-status.sh [--take LOG... | --write]: docs/kvm-selftests.md against the results of KVM's
# own selftests in selftests/status. --take reads results from logs of the suite kvm-all,
# --write makes the document. Every program that does not pass has a reason; of those that
# apply to hvemu nine in ten pass.
set -u
. "$(dirname "$0")/ktap.sh"

DOC=docs/kvm-selftests.md

status() { perl selftests/check/kst-status.pl "$@" 2>&1; }

case ${1:-} in
--take)
	shift
	status take "$@"
	exit
	;;
--write) status doc >"$DOC.new" && mv "$DOC.new" "$DOC" ;;
esac
status doc >"$CHECK_TMP/fresh"
diff -u "$DOC" "$CHECK_TMP/fresh" >"$CHECK_TMP/diff" 2>&1
status problems >"$CHECK_TMP/problems"
verdict "kst-status: $DOC has the results (kst-status.sh --write)" "$CHECK_TMP/diff"
verdict "kst-status: each program that does not pass has a reason, and 90 % pass" "$CHECK_TMP/problems"
plan
