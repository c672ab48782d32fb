# SPDX-License-Identifier: GPL-2.0
# setup-qemu.sh: Debian's QEMU of other releases, unpacked and not installed. Sourced by
# setup.sh. For V in 7.2 (bookworm) and 10 (trixie):
#
#   $HVE_CACHE/qemu/V   what the lab's initramfs needs: the program, its libraries, firmware

setup_qemu() {
	local v=$1 suite=bookworm dir=$HVE_CACHE/qemu/$1 key
	[ "$v" = 7.2 ] || suite=trixie
	key=$(hash "$LAB/setup-qemu.sh")
	is_built "$dir" "$key" && return
	setup_tools
	suite_setup "$suite"
	rm -rf "$dir.new"
	mkdir -p "$dir.new/debs/partial"
	progress "fetching Debian's QEMU $v" "$HVE_CACHE/log/qemu-$v.log" qemu_fetch "$dir.new"
	echo "$key" >"$dir.new/.key"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
}

# qemu_fetch DIR: apt resolves the libraries as for an empty machine
qemu_fetch() {
	local dir=$1 root=$1/unpacked lib f
	set -e
	apt-get "${APT[@]}" -o "Dir::Cache::archives=$dir/debs" -y --download-only install qemu-system-x86
	unpack_debs "$root" "$dir"/debs/*.deb
	lib=$root/usr/lib/x86_64-linux-gnu
	# older releases have the libc in /lib
	[ -e "$root/lib/x86_64-linux-gnu" ] && [ ! -L "$root/lib" ] && cp -a "$root/lib/x86_64-linux-gnu/." "$lib/"
	mkdir -p "$dir"/{usr/bin,usr/share/qemu,lib64,lib/x86_64-linux-gnu}
	install -m 755 "$root/usr/bin/qemu-system-x86_64" "$dir/usr/bin/"
	install -m 755 "$lib/ld-linux-x86-64.so.2" "$dir/lib64/"
	# shellcheck disable=SC2046 # a list of names
	install -m 644 $("$lib/ld-linux-x86-64.so.2" --library-path "$lib" --list \
		"$root/usr/bin/qemu-system-x86_64" | awk '/=> \// { print $3 }') "$dir/lib/x86_64-linux-gnu/"
	for f in kvmvapic linuxboot_dma multiboot_dma pvh; do
		[ ! -f "$root/usr/share/qemu/$f.bin" ] || install -m 644 "$root/usr/share/qemu/$f.bin" "$dir/usr/share/qemu/"
	done
	install -m 644 "$root/usr/share/seabios/bios-256k.bin" "$dir/usr/share/qemu/"
	rm -rf "$root" "$dir/debs"
}
