#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# coverage.sh OUT MIN ROOM...: line coverage per room by gcov; status 1 when one is below MIN %
set -eu
out=$1 min=$2
shift 2
bad=0
for room; do
	dir=$out/hvemu/$room
	[ -d "$dir" ] || dir=
	files=$([ -n "$dir" ] && ls "$dir"/*.gcda || ls "$out/hvemu/$room.gcda")
	# shellcheck disable=SC2086 # a list
	gcov -n $files 2>/dev/null | awk -v room="$room" -v min="$min" '
		/^File / { ours = ($0 ~ "hvemu/.*[.]c") ; next }
		ours && /^Lines executed:/ {
			split($2, a, /[:%]/); total += $4; hit += a[2] * $4 / 100; ours = 0
		}
		END {
			p = total ? 100 * hit / total : 0
			printf "%-10s %4d lines, %5.1f %% covered\n", room, total, p
			exit p < min
		}' || bad=1
done
exit $bad
