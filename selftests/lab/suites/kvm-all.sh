# SPDX-License-Identifier: GPL-2.0
# kvm-all.sh: all of KVM's own selftests of Linux 7.2 and 6.12, unmodified, on /dev/hvemu.
# Takes more than an hour, so it is in no list of suites: the rows that it prints go into
# docs/kvm-selftests.md by
#
#     selftests/lab/suite.sh -e all kvm-all 6.12 | tee LOG
#     selftests/check/kst-status.sh --take LOG && selftests/check/kst-status.sh --write
#
# HVE_KST="NAME NAME..." runs those only.
#
# cpus: 2
# memory: 2048
# limit: 9000
# needs: module
# kst 7.2: ALL
# kst 6.12: ALL
. "$HVE_ROOT/lab/ktap"
. "$HVE_ROOT/lab/kst"

# run VERSION NAME: one row, with what the program says when it does not pass
run() {
	local rc=0 said=
	# shellcheck disable=SC2046 # words
	timeout -k 5 600 "$HVE_ROOT/kst/$1/$2" $(arguments "$2") >/tmp/said 2>&1 </dev/null || rc=$?
	case $rc in
	0) ok "$2 of $1" ;;
	4)
		said=$(grep -i skip /tmp/said | head -n 1 | sed 's/^1\.\.0 # SKIP - //')
		skip "$2 of $1" "$said"
		;;
	*)
		said=$(sed -n '/==== Test Assertion/,$p' /tmp/said | grep -v 'pid=\|addr2line\|====' | tr -s ' \n\t' ' ')
		tail -n 12 /tmp/said | comment
		not_ok "$2 of $1 ($(status_name $rc))"
		;;
	esac
	result "KST	$1	$2	$(case $rc in 0) echo pass ;; 4) echo skip ;; 124 | 143 | 137) echo time ;; *) echo fail ;; esac)	$said"
}

load_hvemu
as_kvm
for v in 7.2 6.12; do
	for t in "$HVE_ROOT/kst/$v"/*; do run $v "$(basename "$t")"; done
done
# what does not pass is in the document, with its reason
result "1..$N"
