#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# citations.sh: a place where the specification is in doubt is marked "SPEC?:" with the
# sentence relied on; sections are named, as their numbers change between editions.
set -u
. "$(dirname "$0")/ktap.sh"

FILES=$(product_files '*.[chS]')
grep -nE 'SPEC\?' $FILES /dev/null | grep -vE 'SPEC\?: +[^ ]' >"$CHECK_TMP/empty"
grep -niE '(sdm|tlfs|spec(ification)?|manual|apm)[^.]{0,40}(section|chapter|§) ?[0-9]+(\.[0-9]+)*' \
	$FILES /dev/null >"$CHECK_TMP/numbers"

verdict "citations: SPEC?: is followed by what it relies on" "$CHECK_TMP/empty"
verdict "citations: sections by name, not by number" "$CHECK_TMP/numbers"
plan
