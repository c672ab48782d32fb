# SPDX-License-Identifier: GPL-2.0
# setup-ovmf.sh: UEFI firmware for virtual machines, from the machine's own apt sources.
# Sourced by setup.sh. Result: $HVE_CACHE/ovmf/{OVMF_CODE,OVMF_VARS}.fd, without Secure Boot
# and System Management Mode.

setup_ovmf() {
	local dir=$HVE_CACHE/ovmf key
	key=$(hash "$LAB/setup-ovmf.sh")
	is_built "$dir" "$key" && return
	setup_tools
	machine_lists
	rm -rf "$dir.new"
	mkdir -p "$dir.new/debs"
	progress "fetching Debian's ovmf" "$HVE_CACHE/log/ovmf.log" ovmf_fetch "$dir.new"
	echo "$key" >"$dir.new/.key"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
}

ovmf_fetch() {
	local dir=$1
	set -e
	cd "$dir/debs"
	apt-get download ovmf
	unpack_debs "$dir/root" ./*.deb
	mv "$dir"/root/usr/share/OVMF/OVMF_CODE.fd "$dir"/root/usr/share/OVMF/OVMF_VARS.fd "$dir/"
	rm -rf "$dir/debs" "$dir/root"
}
