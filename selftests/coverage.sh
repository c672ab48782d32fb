#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# coverage.sh [DIR...]: lines of each room that run in the tests: in unit tests, and in the lab
# on the debug kernel, whose module counts them (each run's directory has "lines", all below
# DIR... are taken; default: where run.sh and the lab leave them). KTAP. coverage.txt has the
# goal of each room, and what was reached: a result fails below the goal, or half a per cent
# below what was reached, and asks to raise it when a whole one above.
# -v: the files, worst last, and the lines that do not run.
set -eu
SELFTESTS=$(cd "$(dirname "$0")" && pwd)
. "$SELFTESTS/lab/lib.sh"

VERBOSE=
if [ "${1:-}" = -v ]; then
	VERBOSE=1
	shift
fi
[ $# != 0 ] || set -- "$HVE_CACHE/test" "$HVE_CACHE/run"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for u in unit unit-emul; do
	out=$HVE_CACHE/build/$u-cov
	make -s -j2 -C "$SELFTESTS/$u" "OUT=$out" coverage >"$work/log" 2>&1 || sed 's/^/# /' "$work/log"
	(cd "$SELFTESTS/$u" && bash "$LAB/gcov.sh" -u "$out/cov") >"$work/$u"
done
runs=$(find "$@" -name lines -size +0 2>/dev/null || true)
echo "TAP version 14"
echo "# unit tests, and $(echo "$runs" | grep -c . || true) runs in the lab"
# shellcheck disable=SC2086 # a list
awk '{ k = $1 " " $2; v[k] += $3 } END { for (k in v) print k, v[k] ? 1 : 0 }' "$work"/unit* $runs |
	sort -k1,1 -k2,2n >"$work/all"
n=0 bad=0
while read -r room goal want; do
	case $room in '#'* | '') continue ;; esac
	n=$((n + 1))
	if awk -v room="$room" -v goal="$goal" -v want="$want" -v verbose="$VERBOSE" '
		{
			split($1, part, "/")
			r = part[3] != "" ? part[2] : "top"
			if (r != room) next
			total[$1]++; all++
			if ($3) { hit[$1]++; ran++ }
			else if (verbose) missed[$1] = missed[$1] " " $2
		}
		END {
			p = all ? 100 * ran / all : 0
			for (f in total)
				if (verbose && missed[f] != "")
					printf "# %5.1f %% %s:%s\n", 100 * hit[f] / total[f], f, missed[f] | "sort -k2,2nr"
			if (verbose) close("sort -k2,2nr")
			printf "# %s: %d of %d lines, %.1f %%; goal %s, reached before %s\n", room, ran, all, p, goal, want
			if (p >= want + 1)
				printf "# raise %s in selftests/coverage.txt to %.1f\n", room, int(p * 10) / 10
			exit !all || p < goal || p < want - 0.5
		}' "$work/all"; then
		echo "ok $n - coverage of all tests: $room"
	else
		echo "not ok $n - coverage of all tests: $room"
		bad=1
	fi
done <"$SELFTESTS/coverage.txt"
echo "1..$n"
exit $bad
