#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [-j JOBS] [-l] GROUP...: runs suites of tests, counts their results, and ends with
# the line "N passed, N failed, N skipped". The status is 0 when none failed.
#
#   check     rules of the sources, builds for all kernels
#   unit      tests that need no privilege and no kernel
#   fuzz      each fuzz target for 60 seconds
#   lab       suites in the lab, or lab/NAME or lab/NAME-KERNEL for some of them
#   debug     suites in the lab on the kernel that looks for faults (not in all)
#   dkms      add, build, install by dkms
#   all       all of these
#
#   -j JOBS   at a time (default: processors, at most 2 as the lab has two slots)
#   -l        list the jobs
#
# When all that docs/tlfs-status.md names was run, one more result says whether it passed.
# A job prints KTAP. It also fails when its status is not 0, when it reports nothing,
# or when its plan ("1..N") and its results differ. Logs: HVE_OUT, default $HVE_CACHE/test.
set -eu
SELFTESTS=$(cd "$(dirname "$0")" && pwd)
. "$SELFTESTS/lab/lib.sh"

usage() {
	sed -n '/^# run.sh/,/^set -eu/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
	exit 2
}

# jobs GROUP: lines "NAME COMMAND"; the long ones first, so that no core is idle at the end
jobs_of() {
	local f name k
	case $1 in
	lab) "$LAB/suite.sh" -l | while read -r name k; do echo "lab/$name-$k $LAB/suite.sh $name $k"; done ;;
	debug) "$LAB/suite.sh" -d | while read -r name k; do echo "lab/$name-$k $LAB/suite.sh $name $k"; done ;;
	lab/*-debug) jobs_of debug | awk -v want="$1" '$1 == want' ;;
	lab/*) jobs_of lab | awk -v want="$1" '$1 == want || index($1, want "-") == 1' ;;
	unit)
		for f in "$SELFTESTS"/unit*/Makefile; do
			name=$(basename "$(dirname "$f")")
			echo "$name make -s -j2 -C $(dirname "$f") OUT=$HVE_CACHE/build/$name test"
		done
		echo "unit/coverage make -s -j2 -C $SELFTESTS/unit OUT=$HVE_CACHE/build/unit-cov coverage"
		;;
	fuzz) echo "fuzz make -s -j2 -C $SELFTESTS/fuzz OUT=$HVE_CACHE/build/fuzz check" ;;
	dkms) echo "dkms $SELFTESTS/dkms.sh" ;;
	check)
		echo "check/builds $SELFTESTS/check/builds.sh"
		for f in "$SELFTESTS"/check/*.sh; do
			case $f in */ktap.sh | */builds.sh | */symbols.sh) ;; *) echo "check/$(basename "$f" .sh) $f" ;; esac
		done
		;;
	all)
		jobs_of lab
		jobs_of check
		jobs_of dkms
		jobs_of fuzz
		jobs_of unit
		;;
	*) die "no group '$1'" ;;
	esac
}

# pieces: what the jobs need; better set up before than by several of them at once
pieces() {
	if grep -q '^lab/' "$OUT/jobs"; then echo tools bochs kernels k72 kst; fi
	if grep -q '^check/' "$OUT/jobs"; then echo tools kernels k72 linuxsrc; fi
	if grep -q '^dkms' "$OUT/jobs"; then echo tools kernels; fi
	if grep -q -- '-debug ' "$OUT/jobs"; then echo debug; fi
	if grep -q '^unit' "$OUT/jobs"; then echo tools; fi
	if grep -q '^fuzz' "$OUT/jobs"; then echo fuzz; fi
}

# run_job NAME COMMAND...
run_job() {
	local name=$1 log=$OUT/${1//\//-}.log rc=0 start=$SECONDS limit=$JOB_LIMIT
	case $1 in *-debug) limit=$DEBUG_LIMIT ;; esac
	shift
	HVE_OUT=$OUT timeout --foreground -k 10 "$limit" "$@" >"$log" 2>&1 </dev/null || rc=$?
	echo "$name" >"$log.name"
	echo "$rc" >"$log.status"
	echo "$((SECONDS - start)) $name" >"$log.seconds"
	judge "$log" "$rc"
	say "$name: $(grep -c '^P' "$log.results") passed, $(grep -c '^F' "$log.results") failed," \
		"$(grep -c '^S' "$log.results") skipped, $((SECONDS - start)) s"
}

# judge LOG STATUS: LOG.results has a line "P|F|S LINE NAME" for each result, and one for
# what is wrong with the job as a whole
judge() {
	awk -v rc="$2" '
		function add(kind, name) { print kind, NR, name; n[kind]++ }
		{ sub(/\r$/, "") }
		/^not ok [0-9]+/ { sub(/^not ok [0-9]+ *(- )?/, ""); add("F", $0); seen++; next }
		/^ok [0-9]+.*# *[Ss][Kk][Ii][Pp]/ { sub(/^ok [0-9]+ *(- )?/, ""); add("S", $0); seen++; next }
		/^ok [0-9]+/ { sub(/^ok [0-9]+ *(- )?/, ""); add("P", $0); seen++; next }
		/^1\.\.[0-9]+/ { sub(/^1\.\./, ""); plan += $1; planned = 1 }
		/^Bail out!/ { add("F", $0) }
		END {
			if (!seen)
				add("F", "reported nothing (status " rc ")")
			else if (rc != 0 && !n["F"])
				add("F", "ended with status " rc)
			else if (planned && plan != seen && !n["F"])
				add("F", "planned " plan " results and reported " seen)
			else if (!planned && !n["F"])
				add("F", "ended before its plan")
		}' "$1" >"$1.results"
}

run_all() {
	local name command running=0
	while read -r name command; do
		if [ "$running" -ge "$JOBS" ]; then
			wait -n || true
			running=$((running - 1))
		fi
		# shellcheck disable=SC2086 # words
		run_job "$name" $command &
		running=$((running + 1))
	done <"$OUT/jobs"
	wait
}

# claims: did each test pass that a row of the tables in status/ names? Asked when the jobs that
# have them were among those run.
claims() {
	local job
	for job in $(for of in tlfs-status known-bugs; do perl "$SELFTESTS/check/$of.pl" jobs; done); do
		case $job in *-) ;; *) job="$job " ;; esac # the others are of all kernels
		grep -q "^$job" "$OUT/jobs" || return 0
	done
	run_job known-bugs "$SELFTESTS/check/known-bugs.sh" --ran "$(realpath "$OUT")"
	run_job tlfs-status "$SELFTESTS/check/tlfs-status.sh" --ran "$(realpath "$OUT")"
}

# coverage: what ran in any test is known when all of the debug kernel's suites have run
coverage() {
	local job
	for job in $(jobs_of debug | cut -d' ' -f1); do
		grep -q "^$job " "$OUT/jobs" || return 0
	done
	run_job coverage "$SELFTESTS/coverage.sh" "$(realpath "$OUT")"
}

show_skips() {
	local r name
	for r in "$OUT"/*.results; do
		name=$(cat "${r%.results}.name")
		sed -n "s|^S [0-9]* |skipped: $name: |p" "$r"
	done
}

# around LOG LINE: the lines before it, and the comments that follow
around() {
	head -n "$2" "$1" | tail -n 12
	tail -n "+$(($2 + 1))" "$1" | sed -n '/^# /!q;p' | head -n 12
}

show_failures() {
	local r log name line what
	for r in "$OUT"/*.results; do
		log=${r%.results}
		name=$(cat "$log.name")
		grep '^F ' "$r" | while read -r _ line what; do
			echo
			echo "FAILED: $name: $what"
			around "$log" "$line" | sed 's/^/    /'
			echo "    (all of it: $log)"
		done
	done
}

# where the time goes; all of it has to stay below 40 minutes on two idle processors
show_times() {
	say "$((SECONDS / 60)) min $((SECONDS % 60)) s with $JOBS jobs at a time; the longest:"
	cat "$OUT"/*.seconds | sort -rn | sed -n '1,6s/^\([0-9]*\) \(.*\)/    \2: \1 s/p'
}

# stop: each job is a process group, so that nothing of it survives
stop() {
	local pid
	trap - INT TERM
	for pid in $(jobs -p); do kill -TERM -- "-$pid" 2>/dev/null || true; done
	say "interrupted"
	exit 130
}

count() { cat "$OUT"/*.results | grep -c "^$1 " || true; }

JOB_LIMIT=1500 # seconds; a lab run has its own limit, which is shorter
DEBUG_LIMIT=4000
OUT=${HVE_OUT:-$HVE_CACHE/test}
JOBS=$(nproc) LIST=
[ "$JOBS" -le 2 ] || JOBS=2
while getopts j:lh o; do
	case $o in
	j) JOBS=$OPTARG ;;
	l) LIST=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# != 0 ] || usage

list_jobs() { for group; do jobs_of "$group"; done | awk '!seen[$0]++'; }

if [ -n "$LIST" ]; then
	list_jobs "$@"
	exit
fi
rm -rf "$OUT"
mkdir -p "$OUT"
list_jobs "$@" >"$OUT/jobs"
[ -s "$OUT/jobs" ] || die "nothing to run"
# shellcheck disable=SC2046 # words
"$LAB/setup.sh" $(pieces | tr ' ' '\n' | awk '!seen[$0]++') none
set -m
trap stop INT TERM
run_all
claims
coverage
set +m
echo
show_skips
show_failures
show_times
passed=$(count P) failed=$(count F) skipped=$(count S)
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
