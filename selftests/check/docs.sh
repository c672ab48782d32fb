#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# docs.sh: the files that README.md's map names are there, and so is every link and every
# path in README.md and docs/ that begins with one of our top directories.
set -u
. "$(dirname "$0")/ktap.sh"

# lost WHERE WORD: says so when WORD, with its braces and wildcards, names no file
lost() {
	local w
	[[ $2 =~ ^[A-Za-z0-9_/.,{}*-]+$ ]] || return 0
	for w in $(set -f; eval "echo $2"); do
		compgen -G "$w" >/dev/null || echo "$1: no file $w"
	done
}

# map_words COLUMN: words of one column of the map's tables that look like files
map_words() {
	awk -F'|' -v c="$1" '/^### Map/ { on = 1; next } /^### / { on = 0 } on && /^\|/ { print $c }' README.md |
		sed 's/, /\n/g' | sed 's/^ *\(row in \)*//;s/ *$//' | grep -E '^[a-z][a-z_-]*(/|_test$)'
}

map_words 3 | while read -r w; do lost README.md "hvemu/$w"; done >"$CHECK_TMP/map"
map_words 4 | while read -r w; do
	case $w in
	docs/*) ;;
	lab/*) lost README.md "selftests/$w.sh" ;;
	*) lost README.md "selftests/$w.c" ;;
	esac
done >>"$CHECK_TMP/map"
[ "$(map_words 3 | grep -c .)" -ge 15 ] || echo "README.md: the map was not understood" >>"$CHECK_TMP/map"

for f in README.md docs/*.md selftests/README.md selftests/lab/README.md; do
	for w in $(grep -oE '\]\([^)#:]+' "$f" | cut -c3-); do
		[ -e "$(dirname "$f")/$w" ] || echo "$f: no file $w"
	done
	grep -oE '(^|[ `(])(hvemu|include|selftests|docs)/[A-Za-z0-9_/.{},*-]*[A-Za-z0-9_}*]' "$f" | sed 's/^[ `(]//' | while read -r w; do
		case $w in selftests/out*) ;; *) lost "$f" "$w" ;; esac
	done
done >"$CHECK_TMP/paths"

verdict "docs: the map names files that are there" "$CHECK_TMP/map"
verdict "docs: links and paths lead to files" "$CHECK_TMP/paths"
plan
