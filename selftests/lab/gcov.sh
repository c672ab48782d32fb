#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# gcov.sh DIR: from DIR/gcov.tar.gz, what a module counted in the lab, makes DIR/lines: a line
# "FILE LINE 0|1" for each line of code of the module's .c files, 1 if it ran.
# gcov.sh -u DIR: the same on the standard output, of a build of unit tests with --coverage
# (called where it was built: gcov shows no lines of a source that it cannot find).
set -eu
. "$(dirname "$0")/lib.sh"

# lines: of gcov's text, of product files only
lines() {
	awk -F: '
		$2 ~ /^ *0$/ && $3 == "Source" {
			file = $4
			sub(/.*\/hvemu\//, "hvemu/", file)
			ours = file ~ /^hvemu\/.*[.]c$/
			next
		}
		!ours { next }
		{ gsub(/[ *]/, "", $1); gsub(/ /, "", $2) }
		$1 ~ /^(#####|=====)$/ { print file, $2, 0; next }
		$1 ~ /^[0-9]/ { print file, $2, 1 }'
}

# counted: one row a line that runs in any of the objects
counted() { lines | awk '{ k = $1 " " $2; v[k] += $3 } END { for (k in v) print k, v[k] ? 1 : 0 }' | sort; }

if [ "${1:-}" = -u ]; then
	find "$2" -name '*.gcda' -exec gcov -t {} + 2>/dev/null | counted
	exit
fi
dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$dir/gcov.tar.gz" -C "$work"
find "$work" -name '*.gcda' -printf '/%P\n' | while read -r f; do
	cp "${f%.gcda}.gcno" "$work${f%.gcda}.gcno"
done
find "$work" -name '*.gcda' -exec gcov -t {} + 2>"$work/errors" | counted >"$dir/lines"
say "$(grep -c ' 1$' "$dir/lines" || true) of $(grep -c . "$dir/lines" || true) lines of the module ran"
if grep -q 'stamp mismatch' "$work/errors"; then say "$dir: of another build"; fi
