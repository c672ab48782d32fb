# SPDX-License-Identifier: GPL-2.0
# setup-bochs.sh: Bochs with VMX, from Debian's source package (Debian's own binaries
# are built without VMX). Sourced by setup.sh. Result: $HVE_CACHE/bochs/bin/bochs.
#
# HVE_BOCHS_TARBALL   a local copy of the orig tarball, for a mirror without it

BOCHS_VERSION=3.0+dfsg
BOCHS_SHA256=78f6c73d4a6472d5130a87ab9dc306d02c7c71ed8e25b3a8ef642e2a7acd282b

setup_bochs() {
	local dir=$HVE_CACHE/bochs key
	key=$(hash "$LAB/setup-bochs.sh" "$LAB/patch-bochs.sh")
	is_built "$dir" "$key" && return
	need_packages g++ make patch pkg-config libncurses-dev bochsbios vgabios xz-utils dpkg-dev
	bochs_tarball
	rm -rf "$dir.new"
	mkdir -p "$dir.new/src" "$dir.new/bin"
	progress "building Bochs" "$HVE_CACHE/log/bochs.log" bochs_build "$dir.new"
	rm -rf "$dir.new/src"
	echo "$key" >"$dir.new/.key"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
}

# bochs_tarball: BOCHS_TAR is a checked orig tarball. Some mirrors lack the .dsc and
# make apt fail although both tarballs arrive: only the hash counts.
bochs_tarball() {
	local dir=$HVE_CACHE/apt/bochs-source
	mkdir -p "$dir"
	BOCHS_TAR=$dir/bochs_$BOCHS_VERSION.orig.tar.xz
	bochs_tarball_ok && return
	rm -f "$BOCHS_TAR"
	suite_setup trixie
	(cd "$dir" && apt-get "${APT[@]}" source --download-only "bochs=$BOCHS_VERSION-1") \
		>"$HVE_CACHE/log/bochs-source.log" 2>&1 || true
	bochs_tarball_ok && return
	if [ -n "${HVE_BOCHS_TARBALL:-}" ]; then
		say "the archive has no bochs $BOCHS_VERSION: taking $HVE_BOCHS_TARBALL"
		cp "$HVE_BOCHS_TARBALL" "$BOCHS_TAR"
	fi
	bochs_tarball_ok || {
		tail -n 5 "$HVE_CACHE/log/bochs-source.log" >&2
		die "could not get the source of bochs $BOCHS_VERSION; HVE_BOCHS_TARBALL may name a local copy"
	}
}

bochs_tarball_ok() {
	[ -f "$BOCHS_TAR" ] && echo "$BOCHS_SHA256  $BOCHS_TAR" | sha256sum --quiet -c - 2>/dev/null
}

bochs_build() {
	local dir=$1
	set -e
	tar -xJf "$BOCHS_TAR" --strip-components=1 -C "$dir/src"
	bash "$LAB/patch-bochs.sh" "$dir/src"
	cd "$dir/src"
	./configure --enable-x86-64 --enable-cpu-level=6 --enable-vmx=2 --enable-svm --enable-smp \
		--enable-pci --enable-avx --enable-evex --enable-all-optimizations \
		--enable-handlers-chaining --enable-long-phy-address --enable-show-ips --enable-e1000 \
		--disable-debugger --disable-docbook --disable-plugins --with-nogui --with-term
	make -j"$(nproc)" bochs
	strip -o "$dir/bin/bochs" bochs
}
