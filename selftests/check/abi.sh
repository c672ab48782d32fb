#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# abi.sh [--write]: the tables of docs/abi.md against the rows of hvemu/dev, from which
# --write makes them. A row's remark is the comment behind it.
set -u
. "$(dirname "$0")/ktap.sh"

DOC=docs/abi.md

# rows FILE TABLE: one row a line, "what | remark"
rows() {
	awk -v head="^static const struct .* $2\\[\\]" '
		$0 ~ head { on = 1; next }
		on && /^};/ { exit }
		!on || /^\t\/\*/ || /^$/ { next }
		{ row = row $0 }
		/[})],([ \t]*\/\*.*\*\/)?$/ { print row; row = "" }' "$1" |
		sed -E 's/\t/ /g; s|^(.*[)}]),( */\* *(.*[^ ]) *\*/)?$|\1 # \3|'
}

# ioctl_table FILE TABLE
ioctl_table() {
	echo "| ioctl | held | remark |"
	echo "|---|---|---|"
	rows "$1" "$2" | sed -E 's/^ *\{ ([A-Z0-9_]+), ([A-Z0-9_| ]+), .*# (.*)$/\1\t\2\t\3/' |
		while IFS=$'\t' read -r cmd flags remark; do
			case $flags in
			*VM_LOCK*) held="vm->lock" ;;
			*MUTEX*) held="vcpu->mutex" ;;
			*) held="" ;;
			esac
			echo "| $cmd | $held | $remark |"
		done
}

cap_table() {
	echo "| capability | KVM_CHECK_EXTENSION | KVM_ENABLE_CAP | remark |"
	echo "|---|---|---|---|"
	rows hvemu/dev/cap.c cap_rows | sed -E \
		-e 's/^ *CAP\(([A-Z0-9_]+), ([A-Z0-9_]+)\) # (.*)$/| KVM_CAP_\1 | \2 | | \3 |/' \
		-e 's/^ *CAP_FN\(([A-Z0-9_]+), .*\) # (.*)$/| KVM_CAP_\1 | computed | | \2 |/' \
		-e 's/^ *CAP_FN_(VCPU)\(([A-Z0-9_]+), .*\) # (.*)$/| KVM_CAP_\2 | computed | \1 | \3 |/' \
		-e 's/^ *CAP_OF_(VM)\(([A-Z0-9_]+), ([A-Z0-9_]+), .*\) # (.*)$/| KVM_CAP_\2 | \3 | \1 | \4 |/' \
		-e 's/^ *CAP_(VM|VCPU)\(([A-Z0-9_]+), ([A-Z0-9_]+), .*\) # (.*)$/| KVM_CAP_\2 | \3 | \1 | \4 |/' \
		-e 's/^ *CAP_LEAF\(([A-Z0-9_]+), ([A-Z_]+), (.*)\) # (.*)$/| KVM_CAP_\1 | \L\2\E has \3 | | \4 |/' \
		-e 's/^ *CAP_LEAF_VCPU\(([A-Z0-9_]+), ([A-Z_]+), (.*), [a-z_]+\) # (.*)$/| KVM_CAP_\1 | \L\2\E has \3 | VCPU | \4 |/' \
		-e 's/LEAF_FEATURES|leaf_features/leaf 0x40000003 EAX/; s/leaf_recommendations/leaf 0x40000004 EAX/'
}

table() {
	case $1 in
	device) ioctl_table hvemu/dev/dev.c device_rows ;;
	vm) ioctl_table hvemu/dev/vm_ops.c vm_rows ;;
	vcpu) ioctl_table hvemu/dev/vcpu_ops.c vcpu_rows ;;
	caps) cap_table ;;
	esac
}

# the document with its tables made anew
fresh() {
	local line name skip=
	while IFS= read -r line; do
		case $line in
		"<!-- rows: "*)
			name=${line#<!-- rows: } name=${name% -->}
			echo "$line"
			table "$name"
			skip=1
			;;
		"<!-- end -->") skip= && echo "$line" ;;
		*) [ -n "$skip" ] || echo "$line" ;;
		esac
	done <"$DOC"
}

fresh >"$CHECK_TMP/fresh"
if [ "${1:-}" = --write ]; then
	cp "$CHECK_TMP/fresh" "$DOC"
fi
diff -u "$DOC" "$CHECK_TMP/fresh" >"$CHECK_TMP/diff"
for t in device vm vcpu caps; do
	n=$(table "$t" | grep -c '^| [KH]')
	[ "$n" -ge 10 ] || echo "$t: only $n rows were understood" >>"$CHECK_TMP/diff"
	table "$t" | grep -v '^|' >>"$CHECK_TMP/diff"
done
verdict "abi: docs/abi.md has the rows of hvemu/dev (abi.sh --write)" "$CHECK_TMP/diff"
plan
