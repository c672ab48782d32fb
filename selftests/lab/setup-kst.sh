# SPDX-License-Identifier: GPL-2.0
# setup-kst.sh: kernel sources from Debian's linux-source packages, and KVM's own
# selftests built from them unmodified. Sourced by setup.sh. For K in 6.12 and 7.2:
#
#   $HVE_CACHE/src/K    scripts/, tools/, include/ and arch/x86/ of the kernel
#   $HVE_CACHE/kst/K    one static program a test, all in one directory

setup_linuxsrc() {
	local k=$1 dir=$HVE_CACHE/src/$1 key
	key=$(hash "$LAB/setup-kst.sh")
	is_built "$dir" "$key" && return
	need_packages xz-utils dpkg-dev
	rm -rf "$dir.new"
	mkdir -p "$dir.new/deb"
	APT=()
	machine_lists
	[ "$k" = 6.12 ] || suite_setup sid
	progress "fetching the source of kernel $k" "$HVE_CACHE/log/src-$k.log" linuxsrc_fetch "$k" "$dir.new"
	echo "$key" >"$dir.new/.key"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
}

linuxsrc_fetch() {
	local k=$1 dir=$2
	set -e
	cd "$dir/deb"
	apt-get "${APT[@]}" download "linux-source-$k"
	unpack_debs . ./*.deb
	tar -xJf "usr/src/linux-source-$k.tar.xz" --strip-components=1 -C "$dir" --wildcards \
		--no-wildcards-match-slash '*/Makefile' '*/Kbuild' '*/Kconfig' '*/scripts' '*/tools' \
		'*/include' '*/arch/x86'
	rm -rf "$dir/deb"
}

setup_kst() {
	local k=$1 dir=$HVE_CACHE/kst/$1 key
	key=$(hash "$LAB/setup-kst.sh")
	is_built "$dir" "$key" && return
	setup_tools
	locked "src-$k" setup_linuxsrc "$k"
	rm -rf "$dir.new"
	mkdir -p "$dir.new/build"
	progress "building KVM's selftests of $k" "$HVE_CACHE/log/kst-$k.log" kst_build "$k" "$dir.new"
	echo "$key" >"$dir.new/.key"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
	say "KVM's selftests of $k: $(find "$dir" -type f -perm -1 | wc -l) programs"
}

kst_build() {
	local k=$1 dir=$2 f
	set -e
	cd "$HVE_CACHE/src/$k"
	make -s ARCH=x86 headers
	# -k: a test that cannot be built is missed by the suite that names it
	make -k -j"$(nproc)" -C tools/testing/selftests/kvm LDFLAGS=-static "OUTPUT=$dir/build" || true
	find "$dir/build" -type f -perm -1 -not -name '*.so' | while read -r f; do
		strip -g -o "$dir/$(basename "$f")" "$f"
	done
	rm -rf "$dir/build"
	[ -x "$dir/set_sregs_test" ]
}
