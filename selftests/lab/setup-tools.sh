# SPDX-License-Identifier: GPL-2.0
# setup-tools.sh: programs the lab and the builds take from the machine's own release.
# Sourced by setup.sh.

setup_tools() {
	need_packages gcc g++ make libc6-dev binutils patch perl bc xz-utils zstd cpio kmod file \
		busybox-static bochsbios vgabios libncurses-dev pkg-config dpkg-dev \
		sparse pahole libelf1 libelf-dev libssl3 util-linux socat
}
