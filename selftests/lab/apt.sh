# SPDX-License-Identifier: GPL-2.0
# apt.sh: packages of other Debian releases without touching the machine's apt.
# Sourced after lib.sh. The mirror is the one the machine itself uses.

# need_packages PACKAGE...: install those that are missing
need_packages() {
	local p missing=()
	for p; do
		dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || missing+=("$p")
	done
	[ ${#missing[@]} = 0 ] && return
	[ "$(id -u)" = 0 ] || die "these packages are missing and only root can install them: ${missing[*]}"
	machine_lists
	progress "installing ${missing[*]}" "$HVE_CACHE/log/apt-install.log" \
		env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends \
		-o DPkg::Lock::Timeout=300 install "${missing[@]}"
}

# machine_lists: a fresh machine has no package lists, an old one stale lists
machine_lists() {
	local stamp=$HVE_CACHE/apt/machine.stamp
	[ -n "$(find "$stamp" -mmin -720 2>/dev/null)" ] && return
	mkdir -p "$HVE_CACHE/apt"
	progress "updating package lists" "$HVE_CACHE/log/apt-update.log" apt-get update ||
		say "apt-get update failed for some source; going on with what there is"
	touch "$stamp"
}

# own_mirror: URI of the machine's main Debian archive
own_mirror() {
	machine_lists
	apt-get indextargets --format '$(REPO_URI) $(LABEL) $(COMPONENT) $(RELEASE)' 'Created-By: Packages' |
		awk '$2 == "Debian" && $3 == "main" && $4 !~ /-/ { print $1; exit }'
}

# suite_setup SUITE: a private apt root with SUITE as its only release and no
# package installed, refreshed twice a day at most. APT holds the options.
suite_setup() {
	local suite=$1 uri d=$HVE_CACHE/apt/$1
	APT=(-q -o "Dir::Etc::SourceList=$d/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
		-o "Dir::State=$d/state" -o "Dir::State::status=$d/status" -o "Dir::Cache=$d/cache"
		-o "Dir::Cache::archives=$d/debs" -o APT::Default-Release= -o APT::Install-Recommends=false
		-o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 # mirrors lag
		-o Acquire::Languages=none -o APT::Sandbox::User=root -o Debug::NoLocking=1)
	[ -n "$(find "$d/stamp" -mmin -720 2>/dev/null)" ] && return
	uri=$(own_mirror)
	[ -n "$uri" ] || die "found no Debian archive in this machine's apt sources"
	mkdir -p "$d/state/lists/partial" "$d/cache" "$d/debs/partial"
	: >"$d/status"
	printf '%s %s %s main\n' deb "$uri" "$suite" deb-src "$uri" "$suite" >"$d/sources.list"
	progress "package lists of $suite" "$HVE_CACHE/log/apt-$suite.log" apt-get "${APT[@]}" update
	touch "$d/stamp"
}

# newest PATTERN [apt options]: the package of the highest version among the names
# that match, without those of the cloud and realtime kernels
newest() {
	local pattern=$1
	shift
	apt-cache "$@" search --names-only "$pattern" | cut -d' ' -f1 |
		grep -vE -- '-(cloud|rt)-|-dbg$' | sort -V | tail -n 1
}

# unpack_debs DIR DEB...: file trees only, no maintainer scripts
unpack_debs() {
	local dir=$1 deb
	shift
	mkdir -p "$dir"
	for deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$dir"
	done
}
