#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# coverage.sh OUT ROOM...: line coverage per room by gcov, KTAP. coverage.txt has what it was
# the last time somebody looked: a result fails below that, or below 90 %, and asks to raise
# it when a whole per cent above.
set -eu
out=$1 n=0 bad=0
shift
want=$(dirname "$0")/coverage.txt
echo "TAP version 14"
for room; do
	n=$((n + 1))
	dir=$out/hvemu/$room
	[ -d "$dir" ] || dir=
	files=$([ -n "$dir" ] && ls "$dir"/*.gcda || ls "$out/hvemu/$room.gcda")
	# shellcheck disable=SC2086 # a list
	if gcov -n $files 2>/dev/null | awk -v room="$room" -v want="$(awk -v r="$room" '$1 == r { print $2 }' "$want")" '
		/^File / { file = $2; ours = ($0 ~ "hvemu/.*[.]c"); next }
		ours && /^Lines executed:/ {
			split($2, a, /[:%]/)
			total += $4; hit += a[2] * $4 / 100; ours = 0
			if (a[2] < 100)
				printf "# %s: %s %% of %d lines\n", file, a[2], $4
		}
		END {
			p = total ? 100 * hit / total : 0
			printf "# %s: %d lines, %.1f %% covered, coverage.txt: %s\n", room, total, p, want
			if (want != "" && p >= want + 1)
				printf "# raise %s in selftests/unit/coverage.txt to %.1f\n", room, int(p * 10) / 10
			exit want == "" || p < want - 0.05 || p < 90
		}'; then
		echo "ok $n - coverage: $room"
	else
		echo "not ok $n - coverage: $room"
		bad=1
	fi
done
echo "1..$n"
exit $bad
