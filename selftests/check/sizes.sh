#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# sizes.sh: files of 600 lines and functions of 80 are mentioned, of 700 and 100 fail.
set -u
. "$(dirname "$0")/ktap.sh"

FILE_NOTE=600 FILE_MAX=700 FUNC_NOTE=80 FUNC_MAX=100

find hvemu include selftests -type f -name '*.[chS]' 2>/dev/null | LC_ALL=C sort >"$CHECK_TMP/files"

while read -r f; do
	echo "$(grep -c '' "$f") $f: lines"
done <"$CHECK_TMP/files" >"$CHECK_TMP/filesizes"

# A function's body is what lies between a { and a } in the first column
while read -r f; do
	awk -v f="$f" '
		/^[a-zA-Z_].*\(/ { head = $0 }
		/^{/ { start = NR }
		/^}/ && start { print NR - start - 1, f ":" start ": " head; start = 0 }' "$f"
done <"$CHECK_TMP/files" >"$CHECK_TMP/funcsizes"

# over SIZES LIMIT
over() { awk -v max="$2" '$1 > max' "$1" | sort -rn; }

over "$CHECK_TMP/filesizes" $FILE_MAX >"$CHECK_TMP/longfiles"
over "$CHECK_TMP/funcsizes" $FUNC_MAX >"$CHECK_TMP/longfuncs"
over "$CHECK_TMP/filesizes" $FILE_NOTE | sed 's/^/# long: /'
over "$CHECK_TMP/funcsizes" $FUNC_NOTE | sed 's/^/# long: /'

verdict "sizes: files up to $FILE_MAX lines" "$CHECK_TMP/longfiles"
verdict "sizes: functions up to $FUNC_MAX lines" "$CHECK_TMP/longfuncs"
plan
