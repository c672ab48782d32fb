#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tlfs-doc.sh [--write]: the tables of docs/tlfs.md against the rows of hvemu/tlfs.c,
# hypercall/table.c and partition/discovery.c, from which --write makes them. A row needs
# a test that names it; which tests these are is not compared.
set -u
. "$(dirname "$0")/ktap.sh"

DOC=docs/tlfs.md

table() { perl selftests/check/tlfs-rows.pl "$1" 2>&1; }

# the document with its tables made anew
fresh() {
	local line name skip=
	while IFS= read -r line; do
		case $line in
		"<!-- rows: "*)
			name=${line#<!-- rows: } name=${name% -->}
			echo "$line"
			table "$name"
			skip=1
			;;
		"<!-- end -->") skip= && echo "$line" ;;
		*) [ -n "$skip" ] || echo "$line" ;;
		esac
	done <"$DOC"
}

# without the column of the tests
rows_only() { sed -E '/^\| 0x/s/[^|]*\|$//' "$1"; }

fresh >"$CHECK_TMP/fresh"
if [ "${1:-}" = --write ]; then
	cp "$CHECK_TMP/fresh" "$DOC"
fi
diff -u <(rows_only "$DOC") <(rows_only "$CHECK_TMP/fresh") >"$CHECK_TMP/diff"
for t in msrs calls bits; do
	n=$(table "$t" | grep -c '^| 0x')
	[ "$n" -ge 10 ] || echo "$t: only $n rows were understood" >>"$CHECK_TMP/diff"
	table "$t" | grep -v '^|' >>"$CHECK_TMP/diff"
done
for t in msrs calls; do
	table "$t" | sed -nE 's/^\| (0x[^|]*) \| ([^|]*) \|.*\|  \|$/\2 (\1): no test names it/p'
done >"$CHECK_TMP/untested"
verdict "tlfs-doc: docs/tlfs.md has the rows of the TLFS half (tlfs-doc.sh --write)" "$CHECK_TMP/diff"
verdict "tlfs-doc: every register and call is named by a test" "$CHECK_TMP/untested"
plan
