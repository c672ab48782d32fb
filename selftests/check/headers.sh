#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# headers.sh: which kernel headers and words are out of bounds.
set -u
. "$(dirname "$0")/ktap.sh"

# The kernel's own hv_*/HV_* clash with ours and differ by version
CLASHING='linux/kvm_host\.h|asm/kvm_host\.h|asm/svm\.h|linux/hyperv\.h|asm/mshyperv\.h|asm/hyperv-tlfs\.h|hyperv/'
# vmx/enter.c: guest_state_enter_irqoff() and its twin live nowhere else
grep -nE "#[ \t]*include[ \t]*<($CLASHING)" $(product_files '*.[chS]') /dev/null |
	grep -vE '^hvemu/vmx/enter\.c:.*linux/kvm_host\.h' >"$CHECK_TMP/clashing"

# What the user-space shim of the unit tests provides
SHIM='types|bitops|bitmap|string|errno|build_bug|spinlock|mutex|list|math64|minmax|overflow|slab|compiler'
for room in $TLFS_ROOMS; do
	for f in $(product_files '*.[ch]' | grep "^hvemu/$room/"); do
		grep -nE '#[ \t]*include[ \t]*<' "$f" | grep -vE "<linux/($SHIM)\.h>" |
			sed "s|^|$f:|" >>"$CHECK_TMP/shim"
		code_of "$f" | grep -nE '\bcurrent\b|__KERNEL__' | sed "s|^|$f:|" >>"$CHECK_TMP/portable"
	done
done

for f in include/hv/*.h; do
	grep -nE '#[ \t]*include' "$f" |
		grep -vE '<linux/(types|build_bug)\.h>|"(hv/)?hv_[a-z]+\.h"|<hv/hv_[a-z]+\.h>' |
		sed "s|^|$f:|" >>"$CHECK_TMP/hv"
done

for f in $(product_files '*.[chS]' | grep -v '^hvemu/compat\.h$'); do
	code_of "$f" | grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION' | sed "s|^|$f:|" >>"$CHECK_TMP/version"
done

for f in $(product_files '*.[chS]') Kbuild; do
	head -n 2 "$f" | grep -q 'SPDX-License-Identifier: GPL-2\.0' || echo "$f: no SPDX line" >>"$CHECK_TMP/spdx"
done

for f in $(product_files '*.h'); do
	head -n 60 "$f" | grep -qE '^#ifndef|^#pragma once|^#if !defined\(' || echo "$f: no include guard" >>"$CHECK_TMP/guard"
done

verdict "headers: none that brings the kernel's own hv_ names" "$CHECK_TMP/clashing"
verdict "headers: TLFS rooms take only what the shim provides" "$CHECK_TMP/shim"
verdict "headers: TLFS rooms are portable" "$CHECK_TMP/portable"
verdict "headers: include/hv needs types and build_bug only" "$CHECK_TMP/hv"
verdict "headers: kernel versions in compat.h only" "$CHECK_TMP/version"
verdict "headers: SPDX lines" "$CHECK_TMP/spdx"
verdict "headers: include guards" "$CHECK_TMP/guard"
plan
