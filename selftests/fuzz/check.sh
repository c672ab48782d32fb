#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh OUT SECONDS TARGET...: runs each for that long, one after the other; KTAP
set -u
out=$1 seconds=$2 n=0 bad=0
shift 2
echo "TAP version 14"
for t; do
	n=$((n + 1)) log=$out/$t.log
	mkdir -p "$out/corpus/$t"
	if "$out/$t" -max_total_time="$seconds" -max_len=1024 -close_fd_mask=1 -print_final_stats=1 \
		-timeout=20 -rss_limit_mb=1024 -dict="$out/dict.txt" -artifact_prefix="$out/$t-" "$out/corpus/$t" 2>"$log"; then
		echo "ok $n - fuzz: $t"
	else
		echo "not ok $n - fuzz: $t"
		grep -aE '^SUMMARY|Test unit written|^[^ ]*:[0-9]+: |runtime error' "$log" | sed 's/^/# /'
		bad=1
	fi
	awk '/number_of_executed_units/ { runs = $2 } / cov: [0-9]+ / { sub(/.* cov: /, ""); cov = $1 }
		END { printf "# %s: %d executions, %d places reached\n", t, runs, cov }' t="$t" "$log"
done
echo "1..$n"
exit $bad
