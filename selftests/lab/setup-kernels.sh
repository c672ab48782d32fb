# SPDX-License-Identifier: GPL-2.0
# setup-kernels.sh: Debian's kernels 6.12 and 6.1, from the machine's own apt sources,
# unpacked and not installed. Sourced by setup.sh. Result, for K in 6.12 and 6.1:
#
#   $HVE_CACHE/k/K/release    the kernel release
#   $HVE_CACHE/k/K/vmlinuz    the bzImage; vmlinux: the same, uncompressed, for the lab
#   $HVE_CACHE/k/K/root       image, modules (with modules.dep) and headers, unpacked
#   $HVE_CACHE/k/K/build      the directory for `make -C`

setup_kernel() {
	local k=$1 dir=$HVE_CACHE/k/$1 key image headers
	key=$(hash "$LAB/setup-kernels.sh" "$LAB/extract-vmlinux.sh")
	is_built "$dir" "$key" && return
	setup_tools
	machine_lists
	case $k in
	6.1) image=linux-image-amd64 headers=linux-headers-amd64 ;;
	*) image=linux-image-$k-amd64 headers=linux-headers-$k-amd64 ;;
	esac
	rm -rf "$dir.new"
	mkdir -p "$dir.new/debs"
	progress "fetching Debian's kernel $k" "$HVE_CACHE/log/kernel-$k.log" \
		kernel_fetch "$dir.new" "$image" "$headers"
	kernel_finish "$dir.new" "$dir"
	echo "$key" >"$dir.new/.key"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
	say "kernel $k is $(cat "$dir/release")"
}

# depends_on PACKAGE PATTERN [apt options]: its dependencies whose names match
depends_on() {
	local package=$1 pattern=$2
	shift 2
	apt-cache "$@" depends --important "$package" | sed -n 's/^ *Depends: //p' | grep -E -- "$pattern"
}

kernel_fetch() {
	local dir=$1 image headers common kbuild
	set -e
	image=$(depends_on "$2" '^linux-image-')
	headers=$(depends_on "$3" '^linux-headers-')
	common=$(depends_on "$headers" '^linux-headers-.*-common$')
	kbuild=$(depends_on "$headers" '^linux-kbuild-')
	echo "$image $headers $common $kbuild"
	cd "$dir/debs"
	apt-get download "$image" "$headers" "$common" "$kbuild"
	unpack_debs "$dir/root" ./*.deb
	rm -rf "$dir/debs"
	basename "$dir"/root/lib/modules/*-amd64 >"$dir/release"
}

# kernel_finish DIR FINALDIR: what both kinds of kernel tree need
kernel_finish() {
	local dir=$1 final=$2 rel
	rel=$(cat "$dir/release")
	cp "$dir/root/boot/vmlinuz-$rel" "$dir/vmlinuz"
	bash "$LAB/extract-vmlinux.sh" "$dir/vmlinuz" >"$dir/vmlinux"
	depmod -b "$dir/root" "$rel"
	# The packaged Makefiles name each other by absolute path; one of them may also
	# name the kbuild tools so.
	sed -i "s,/usr/src/,$final/root/usr/src/,g;s,/usr/lib/linux-kbuild,$final/root&,g" \
		"$dir/root/usr/src/linux-headers-$rel/Makefile"
	ln -s "root/usr/src/linux-headers-$rel" "$dir/build"
}
