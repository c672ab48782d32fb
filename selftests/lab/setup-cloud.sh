# SPDX-License-Identifier: GPL-2.0
# setup-cloud.sh: Debian's kernel 6.12 for clouds, as a guest: the image only, from the
# machine's own apt sources. Sourced by setup.sh. Result: $HVE_CACHE/k/cloud/vmlinux.

setup_cloud() {
	local dir=$HVE_CACHE/k/cloud key
	key=$(hash "$LAB/setup-cloud.sh" "$LAB/extract-vmlinux.sh")
	is_built "$dir" "$key" && return
	setup_tools
	machine_lists
	rm -rf "$dir.new"
	mkdir -p "$dir.new/debs"
	progress "fetching Debian's kernel for clouds" "$HVE_CACHE/log/kernel-cloud.log" cloud_fetch "$dir.new"
	echo "$key" >"$dir.new/.key"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
}

cloud_fetch() {
	local dir=$1 image
	set -e
	image=$(apt-cache search --names-only '^linux-image-6\.12\..*-cloud-amd64$' |
		cut -d' ' -f1 | sort -V | tail -n 1)
	[ -n "$image" ] || { echo "no cloud kernel 6.12 in the lists"; exit 1; }
	cd "$dir/debs"
	apt-get download "$image"
	unpack_debs "$dir/root" ./*.deb
	bash "$LAB/extract-vmlinux.sh" "$dir"/root/boot/vmlinuz-* >"$dir/vmlinux"
	rm -rf "$dir/debs" "$dir/root"
}
