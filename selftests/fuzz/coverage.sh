#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# coverage.sh OUT COMPILER SOURCES TARGET...: lines of each file that a target's corpus reaches
set -eu
out=$1 cc=$2 sources=$3
shift 3
mkdir -p "$out/cov"
for t; do
	# shellcheck disable=SC2086 # words
	$cc -fsanitize=fuzzer -o "$out/cov/$t" "$t.c" $sources
	LLVM_PROFILE_FILE=$out/cov/$t.raw "$out/cov/$t" -runs=0 "$out/corpus/$t" >"$out/cov/$t.log" 2>&1
	llvm-profdata merge -o "$out/cov/$t.data" "$out/cov/$t.raw"
	echo "$t"
	llvm-cov report "$out/cov/$t" -instr-profile="$out/cov/$t.data" | awk '
		$1 ~ /hvemu.*[.]c$/ || $1 ~ /^[a-z_]+\/[a-z_]+[.]c$/ || $1 ~ /^tlfs[.]c$/ {
			if ($1 !~ /fake_host|glue|fuzz_/) printf "  %-36s %4d of %4d lines\n", $1, $8 - $9, $8 }'
done
