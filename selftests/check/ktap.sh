# SPDX-License-Identifier: GPL-2.0
# ktap.sh: what the checks share. A check finds problems, writes each as a line
# "file:line: what" into a file, and reports:
#
#   verdict NAME FILE     "ok N NAME", or the lines as comments and "not ok N NAME"
#   skip NAME REASON
#   plan                  at the end: "1..N"; the status says whether all passed
#   table NAME DOC WHAT [OPTION...]
#                         the whole of a check of a table in docs/ that NAME.pl makes from
#                         the rows in selftests/status: "NAME.pl doc" prints it, "problems" says
#                         what is wrong with the rows (WHAT: what is right), "ran DIR" and
#                         "take LOG..." are the options --ran and --take
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

table() {
	local name=$1 doc=$2 what=$3 rows=selftests/check/$1.pl
	shift 3
	case ${1:-} in
	--take)
		shift
		perl "$rows" take "$@"
		exit
		;;
	--ran)
		perl "$rows" ran "$2" >"$CHECK_TMP/ran" 2>&1
		verdict "$name: each test that a row names passed" "$CHECK_TMP/ran"
		plan
		exit
		;;
	esac
	perl "$rows" doc >"$CHECK_TMP/fresh" 2>&1
	[ "${1:-}" != --write ] || cp "$CHECK_TMP/fresh" "$doc"
	diff -u "$doc" "$CHECK_TMP/fresh" >"$CHECK_TMP/diff" 2>&1
	perl "$rows" problems >"$CHECK_TMP/problems" 2>&1
	verdict "$name: $doc has the rows ($name.sh --write)" "$CHECK_TMP/diff"
	verdict "$name: $what" "$CHECK_TMP/problems"
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
