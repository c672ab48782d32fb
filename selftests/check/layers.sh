#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# layers.sh: which room may include what. A room is a directory of hvemu/.
#
#   TLFS half    partition <- synic <- timers <- hypercall <- vsm: rooms to the left, and
#                the two doors' headers (tlfs_state.h, hvhost.h)
#   machine      vmx, mmu, apic, emul: no other room
#   nested       vmx, mmu, core/gpa.h, tlfs.h
#   core         every room; dev: core
#
# Of another room only the public header, ROOM/ROOM.h, may be included (and by core
# vmx/enter.h).
set -u
. "$(dirname "$0")/ktap.sh"

# allowed ROOM: where it may take headers from. "top:X" is hvemu/X.
allowed() {
	local doors="hv top:tlfs_state.h top:hvhost.h top:trace.h"
	case $1 in
	hv) echo hv ;;
	uapi) echo uapi ;;
	partition) echo "$doors" ;;
	synic) echo "$doors partition" ;;
	timers) echo "$doors partition synic" ;;
	hypercall) echo "$doors partition synic timers" ;;
	vsm) echo "$doors partition synic timers hypercall" ;;
	vmx | mmu | apic | emul) echo "top:trace.h" ;;
	nested) echo "hv vmx mmu core/gpa.h top:tlfs.h top:trace.h" ;;
	core) echo "hv uapi any-room top:tlfs.h top:tlfs_l2.h top:tlfs_state.h top:hvhost.h top:trace.h" ;;
	dev) echo "uapi core top:trace.h" ;;
	top:main.c) echo "hv uapi any-room dev top:tlfs.h top:trace.h" ;;
	top:tlfs.c | top:tlfs_report.c | top:tlfs_saved.c | top:tlfs_l2.[ch] | top:tlfs.h) echo "hv $TLFS_ROOMS top:tlfs.h top:tlfs_report.h top:tlfs_l2.h $doors" ;;
	top:trace.c) echo "hypercall core top:tlfs.h top:tlfs_state.h top:trace.h" ;;
	top:trace.h) echo "hv uapi any-room top:tlfs_state.h" ;;
	top:*) echo "hv top:tlfs.h top:tlfs_state.h" ;;
	esac
}

# room_of PATH
room_of() {
	case $1 in
	include/hv/*) echo hv ;;
	include/uapi/*) echo uapi ;;
	hvemu/*/*) echo "${1#hvemu/}" | cut -d/ -f1 ;;
	hvemu/*) echo "top:${1#hvemu/}" ;;
	esac
}

# resolve FROM NAME: the file that an #include "NAME" or <NAME> in FROM means, if ours
resolve() {
	local d
	for d in "$(dirname "$1")" hvemu include; do
		[ -f "$d/$2" ] && realpath --relative-to=. "$d/$2" && return
	done
}

# each product file's includes of our files: FROM LINE TARGET
our_includes() {
	local f line name target
	for f in $(product_files '*.[chS]'); do
		while IFS=: read -r line name; do
			target=$(resolve "$f" "$name")
			[ -z "$target" ] || echo "$f $line $target"
		done < <(sed -nE 's/^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)[">].*/\1/;t p;d;:p;=;p' "$f" | paste -d: - -)
	done
}

may_include() {
	local from=$1 to=$2 target=$3 word
	[ "$from" = "$to" ] && return 0
	for word in $(allowed "$from"); do
		[ "$word" = "$to" ] && return 0
		[ "hvemu/$word" = "$target" ] && return 0
		if [ "$word" = any-room ]; then
			case $to in top:* | hv | uapi | dev) ;; *) return 0 ;; esac
		fi
	done
	[ "$target" = hvemu/compat.h ] # every file gets it by the compiler's command line
}

# only_public FROM TO TARGET: dev is core's other half and may see all of its headers
only_public() {
	[ "$1" = "$2" ] && return 0
	case $2 in hv | uapi | top:*) return 0 ;; esac
	[ "$3" = "hvemu/$2/$2.h" ] && return 0
	# the world switch is in line in the one loop that enters guests
	[ "$1:$3" = core:hvemu/vmx/enter.h ] && return 0
	[ "$2" = core ] && case $1:$3 in dev:*.h | nested:*/gpa.h | top:main.c:* | top:trace.[ch]:*) return 0 ;; esac
	return 1
}

our_includes >"$CHECK_TMP/includes"
while read -r file line target; do
	from=$(room_of "$file") to=$(room_of "$target")
	may_include "$from" "$to" "$target" ||
		echo "$file:$line: $from may not include $target" >>"$CHECK_TMP/layers"
	only_public "$from" "$to" "$target" ||
		echo "$file:$line: $target is inside $to: only $to/$to.h may be included" >>"$CHECK_TMP/public"
done <"$CHECK_TMP/includes"

grep -rn --include='*.[chS]' 'include.*private\.h' hvemu 2>/dev/null |
	grep -E 'include.*/private\.h' >"$CHECK_TMP/private"

# nobody is to include dev, and core has a header for each of its objects
for room in hvemu/*/; do
	name=$(basename "$room")
	[ -f "$room/$name.h" ] || ! ls "$room"/*.c >/dev/null 2>&1 || [ "$name" = dev ] || [ "$name" = core ] ||
		echo "$room: no public header $name.h" >>"$CHECK_TMP/front"
done

verdict "layers: rooms include only what they may" "$CHECK_TMP/layers"
verdict "layers: of other rooms only the public header" "$CHECK_TMP/public"
verdict "layers: private.h stays in its room" "$CHECK_TMP/private"
verdict "layers: every room has its public header" "$CHECK_TMP/front"
plan
