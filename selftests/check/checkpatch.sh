#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# checkpatch.sh [FILE...]: the kernel's checkpatch.pl --strict over the module.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/ktap.sh"

# FILE_PATH_CHANGES, LINUX_VERSION_CODE: an out-of-tree module has no MAINTAINERS entry,
# and builds for several kernels. The rest contradicts this project's style:
# types named as the specification does, lists as macros of rows, comments as in DESIGN.
IGNORE=FILE_PATH_CHANGES,LINUX_VERSION_CODE,CAMELCASE,MACRO_ARG_REUSE,MACRO_ARG_PRECEDENCE
IGNORE=$IGNORE,EMBEDDED_FILENAME,NEW_TYPEDEFS,AVOID_EXTERNS,COMPLEX_MACRO,NO_AUTHOR_SIGN_OFF
IGNORE=$IGNORE,BRACKET_SPACE,MACRO_ARG_UNUSED
# kzalloc_obj() is in 7.2 only; yield() is for a guest that says it spins
IGNORE=$IGNORE,ALLOC_WITH_SIZEOF,YIELD

: "${HVE_CACHE:=/var/cache/hvemu}"
"$HERE/../lab/setup.sh" linuxsrc >&2 || { skip checkpatch "no kernel source"; plan; exit; }
[ $# != 0 ] || set -- $(product_files '*.[chS]')

# include/hv may not use BIT() and has a static_assert() after each struct
ignore_for() {
	case $1 in
	include/hv/*) echo "$IGNORE,BIT_MACRO,LINE_SPACING" ;;
	# macros whose arguments are blocks, as the kernel's own tracepoints have them
	hvemu/trace.h) echo "$IGNORE,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT" ;;
	*) echo "$IGNORE" ;;
	esac
}

# %l[label] of asm goto is taken for an operator
NOISE="^$|SPACING: spaces preferred around that '%'"

CHECKPATCH=$HVE_CACHE/src/7.2/scripts/checkpatch.pl
CLEAN=$HVE_CACHE/checkpatch # a file named after what was found clean
RULES=$(cat "$CHECKPATCH" "$0" | sha256sum)
mkdir -p "$CLEAN"
find "$CLEAN" -type f -mtime +30 -delete

for f; do
	mark=$CLEAN/$({ echo "$RULES $f"; cat "$f"; } | sha256sum | cut -d' ' -f1)
	[ ! -e "$mark" ] || continue
	found=$(perl "$CHECKPATCH" --no-tree --strict --terse --no-summary \
		--show-types --max-line-length=100 --ignore "$(ignore_for "$f")" -f "$f" 2>&1 |
		grep -vE "$NOISE")
	if [ -n "$found" ]; then echo "$found"; else touch "$mark"; fi
done >"$CHECK_TMP/found"
rm -f .checkpatch-camelcase.* # its cache
verdict "checkpatch --strict" "$CHECK_TMP/found"
plan
