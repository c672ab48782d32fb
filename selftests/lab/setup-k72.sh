# SPDX-License-Identifier: GPL-2.0
# setup-k72.sh: Debian's kernel 7.2, from sid. Sourced by setup.sh. Beside what
# setup-kernels.sh describes, under $HVE_CACHE/k/7.2:
#
#   chroot     a sid tree with the kernel's headers and the compiler that they demand,
#              whose programs need a newer libc than Debian 12's
#
# Package names carry exact versions and change with each upload: apt names them.

setup_k72() {
	local dir=$HVE_CACHE/k/7.2 key
	key=$(hash "$LAB/setup-k72.sh" "$LAB/setup-kernels.sh" "$LAB/extract-vmlinux.sh")
	is_built "$dir" "$key" && return
	[ "$(id -u)" = 0 ] || die "only root can build the chroot for kernel 7.2"
	setup_tools
	suite_setup sid
	k72_unmount
	rm -rf "$dir.new" "$dir"
	mkdir -p "$dir.new/debs"
	progress "fetching Debian's kernel 7.2" "$HVE_CACHE/log/kernel-7.2.log" k72_fetch "$dir.new"
	progress "fetching its compiler" "$HVE_CACHE/log/chroot-7.2.log" k72_chroot "$dir.new"
	kernel_finish "$dir.new" "$dir"
	rm "$dir.new/build" # builds run in the chroot only
	echo "$key" >"$dir.new/.key"
	mv "$dir.new" "$dir"
	say "kernel 7.2 is $(cat "$dir/release")"
}

k72_fetch() {
	local dir=$1 image rel
	set -e
	image=$(newest '^linux-image-7\.2\..*-amd64$' "${APT[@]}")
	rel=${image#linux-image-}
	echo "$rel" | tee "$dir/release"
	cd "$dir/debs"
	# shellcheck disable=SC2046 # a list of names
	apt-get "${APT[@]}" download "$image" \
		$(depends_on "$image" "^linux-(modules|binary|base)-7" "${APT[@]}") "linux-headers-$rel"
	unpack_debs "$dir/root" ./*.deb
	rm -rf "$dir/debs"
	mkdir -p "$dir/root/boot" # the layout of the older packages
	[ -e "$dir/root/lib" ] || ln -s usr/lib "$dir/root/lib"
	ln "$dir/root/lib/modules/$rel/vmlinuz" "$dir/root/boot/vmlinuz-$rel"
}

# k72_chroot DIR: apt resolves the dependencies as for an empty machine
k72_chroot() {
	local dir=$1 root=$1/chroot debs=$HVE_CACHE/apt/sid/debs
	set -e
	apt-get "${APT[@]}" -y --download-only install "linux-headers-$(cat "$dir/release")" \
		base-files bash dash coreutils sed grep mawk findutils diffutils tar gzip xz-utils \
		make perl-base libc6-dev sparse kmod
	unpack_debs "$root" "$debs"/*.deb
	rm -f "$debs"/*.deb
	ln -sf mawk "$root/usr/bin/awk"
	ln -sf dash "$root/usr/bin/sh"
	mkdir -p "$root/dev" "$root/proc" "$root/src"
	[ -c "$root/dev/null" ] || mknod -m 666 "$root/dev/null" c 1 3
	[ -e "$root/etc/ld.so.conf" ] && chroot "$root" /usr/sbin/ldconfig
	[ -f "$root/usr/src/linux-headers-$(cat "$dir/release")/Makefile" ]
}

# k72_unmount: an earlier build that was killed may have left its mounts
k72_unmount() {
	local m
	for m in "$HVE_CACHE"/k/7.2*/chroot/proc "$HVE_CACHE"/k/7.2*/chroot/src; do
		if mountpoint -q "$m" 2>/dev/null; then umount "$m"; fi
	done
}
