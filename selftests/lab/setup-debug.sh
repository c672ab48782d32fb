# SPDX-License-Identifier: GPL-2.0
# setup-debug.sh: a kernel that looks for faults: Debian's source of 6.12, configured as
# debug.config says and built here, which takes 8 minutes of two processors. Sourced by
# setup.sh. Below $HVE_CACHE/k/debug is what setup-kernels.sh describes, and config.

setup_debug() {
	local dir=$HVE_CACHE/k/debug key
	key=$(hash "$LAB/setup-debug.sh" "$LAB/debug.config" "$LAB/extract-vmlinux.sh")
	is_built "$dir" "$key" && return
	setup_tools
	need_packages xz-utils dpkg-dev flex bison
	machine_lists
	rm -rf "$dir.new"
	mkdir -p "$dir.new/build" "$dir.new/deb"
	progress "fetching the source of the debug kernel" "$HVE_CACHE/log/debug-src.log" \
		debug_fetch "$dir.new"
	progress "building the debug kernel" "$HVE_CACHE/log/debug-build.log" debug_build "$dir.new"
	echo "$key" >"$dir.new/.key"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
	say "the debug kernel is $(cat "$dir/release")"
}

debug_fetch() {
	local dir=$1
	set -e
	cd "$dir/deb"
	apt-get download linux-source-6.12
	unpack_debs . ./*.deb
	# nothing of the drivers that are the half of it but what Kconfig reads
	tar -xJf usr/src/linux-source-6.12.tar.xz --strip-components=1 -C "$dir/build" \
		--exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/net/*/*.[ch]' \
		--exclude='*/drivers/media/*.[ch]' --exclude='*/sound/*.[ch]' --exclude='*.rst' \
		--exclude='*.dts*' --exclude='*/tools/testing'
	rm -rf "$dir/deb"
}

debug_build() {
	local dir=$1 name
	set -e
	cd "$dir/build"
	export KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab
	make -s tinyconfig
	grep -v '^#' "$LAB/debug.config" | tr ' ' '\n' | grep . | while read -r name; do
		case $name in
		*=*) echo "CONFIG_$name" ;;
		-*) echo "# CONFIG_${name#-} is not set" ;;
		*) echo "CONFIG_$name=y" ;;
		esac
	done >"$dir/wanted"
	cat "$dir/wanted" >>.config
	make -s olddefconfig
	# an option that Kconfig took away again would be missed by nobody
	if grep -vxF -f .config "$dir/wanted"; then
		echo "these options did not survive olddefconfig"
		exit 1
	fi
	nice make -j"$(nproc)" bzImage modules
	make -s kernelrelease >"$dir/release"
	make -s INSTALL_MOD_PATH="$dir/root" modules_install
	cp arch/x86/boot/bzImage "$dir/vmlinuz"
	bash "$LAB/extract-vmlinux.sh" "$dir/vmlinuz" >"$dir/vmlinux"
	cp .config "$dir/config"
	debug_trim
}

# debug_trim: of the tree, what the module's build needs
debug_trim() {
	find . \( -path ./scripts -o -path ./tools/objtool \) -prune -o \
		-type f \( -name '*.[coSa]' -o -name '.*.cmd' -o -name '*.lds.S' \) -exec rm -f {} +
	rm -rf vmlinux* System.map arch/x86/boot Documentation .tmp_* samples sound lib/crypto tools/perf \
		$(find arch -mindepth 1 -maxdepth 1 -type d ! -name x86)
}
