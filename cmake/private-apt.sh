# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# apt in a folder of its own, for what is fetched and not installed: other suites, sources. With the
# mirror that this system uses, and the package's signature checked as always. To be sourced after
# setup.sh; the system's own sources and lists stay as they are.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The first archive of Debian that this system's own lists name.
find_mirror() {
	found=$(apt-get indextargets --format '$(SITE) $(ORIGIN) $(LABEL)' 2>/dev/null |
		sed -n 's/ Debian Debian$//p' | head -n 1)
	echo "${found:-http://deb.debian.org/debian}"
}

# private_apt_start FOLDER deb|deb-src SUITE: what private_apt works with from now on
private_apt_start() {
	apt_root=$1
	mkdir -p "$apt_root/state/lists/partial" "$apt_root/cache/archives/partial"
	printf '%s [signed-by=%s arch=amd64] %s %s main\n' "$2" $keyring "$(find_mirror)" "$3" \
		>"$apt_root/sources.list"
}

private_apt() {
	apt-get -q -o Dir::State="$apt_root/state" -o Dir::Cache="$apt_root/cache" \
		-o Dir::Etc::SourceList="$apt_root/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Status=/dev/null -o Acquire::Languages=none \
		-o Acquire::http::Timeout=20 -o Acquire::Retries=1 -o APT::Update::Error-Mode=any \
		-o APT::Sandbox::User=root "$@"
}

# The first complaint in a log, without apt's mark in front.
reason() {
	sed -n 's/^[EW]: *//p' "$1" | head -n 1 | cut -c 1-150
}
