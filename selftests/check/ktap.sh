# SPDX-License-Identifier: GPL-2.0
# ktap.sh: what the checks share. A check finds problems, writes each as a line
# "file:line: what" into a file, and reports:
#
#   verdict NAME FILE     "ok N NAME", or the lines as comments and "not ok N NAME"
#   skip NAME REASON
#   plan                  at the end: "1..N"; the status says whether all passed
#
# Sourced by bash scripts. CHECK_TMP is a directory for the files; the check runs in the
# top directory of the sources.

CHECK_TMP=$(mktemp -d)
trap 'rm -rf "$CHECK_TMP"' EXIT
CHECK_N=0 CHECK_FAILED=0
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
echo "TAP version 14"

verdict() {
	CHECK_N=$((CHECK_N + 1))
	if [ -s "$2" ]; then
		sed 's/^/# /' "$2"
		echo "not ok $CHECK_N $1"
		CHECK_FAILED=$((CHECK_FAILED + 1))
	else
		echo "ok $CHECK_N $1"
	fi
}

skip() {
	CHECK_N=$((CHECK_N + 1))
	echo "ok $CHECK_N $1 # SKIP $2"
}

plan() {
	echo "1..$CHECK_N"
	[ "$CHECK_FAILED" = 0 ]
}

# product_files GLOB...: of the module, in a stable order
product_files() {
	local g args=()
	for g; do args+=(-o -name "$g"); done
	find hvemu include -type f \( "${args[@]:1}" \) 2>/dev/null | LC_ALL=C sort
}

# code_of FILE: the file without comments, lines kept
code_of() {
	perl -0777 -pe 's{("(?:\\.|[^"\\\n])*")|/\*.*?\*/|//[^\n]*}{
		defined $1 ? $1 : join("", $& =~ /\n/g)}gse' "$1"
}

TLFS_ROOMS='partition synic timers hypercall vsm'
MACHINE_ROOMS='vmx mmu apic emul'
