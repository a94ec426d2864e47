# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# What bench/run and tests/run share: get what is missing, configure, build. To be sourced,
# with the repository's top folder in $top. Needs a shell and git; everything it says goes
# to stderr, so that stdout belongs to what is run.

log_dir=${top:?}/build/log

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$0: $*"
	exit 1
}

# run_logged NAME COMMAND...: silent unless it fails; then its whole output is shown.
run_logged() {
	log=$log_dir/$1.log
	shift
	mkdir -p "$log_dir"
	if "$@" >"$log" 2>&1; then
		return 0
	fi
	say "'$*' failed; from $log:"
	cat "$log" >&2
	return 1
}

# Where things built from Debian's sources stay between checkouts, each in a folder named after what
# it is, its version and its configuration. Whatever is missing there is built anew.
cache_dir() {
	echo "${VGETRANDOM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/vgetrandom}"
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# A need is PACKAGE or PACKAGE=COMMAND; the command may also come from elsewhere.
is_met() {
	case $1 in
	*=*) command -v "${1#*=}" >/dev/null 2>&1 || is_installed "${1%%=*}" ;;
	*) is_installed "$1" ;;
	esac
}

apt_get() {
	if [ "$(id -u)" -eq 0 ]; then
		DEBIAN_FRONTEND=noninteractive apt-get -y "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive apt-get -y "$@"
	fi
}

# The package lists are fetched only if what is known of them is not good enough.
apt_install() {
	apt_get install --no-install-recommends "$@" || {
		apt_get update && apt_get install --no-install-recommends "$@"
	}
}

# choose_package NAME[|NAME]...: the first that this system's package lists have. Those of a new
# system are empty.
choose_package() {
	case $1 in
	*'|'*) ;;
	*)
		echo "$1"
		return
		;;
	esac
	for lists in known fetched; do
		[ $lists = known ] || apt_get update >&2 || :
		for name in $(echo "$1" | tr '|' ' '); do
			if [ -n "$(apt-cache madison "$name" 2>/dev/null)" ]; then
				echo "$name"
				return
			fi
		done
	done
	echo "${1%%|*}"
}

# need PACKAGE[=COMMAND]...: installs what is missing. Changes nothing if nothing is. PACKAGE|OTHER:
# what has another name elsewhere.
# VGETRANDOM_NO_SETUP=1 takes everything as there: for systems without apt.
need() {
	[ "${VGETRANDOM_NO_SETUP:-0}" = 1 ] && return 0
	missing=
	for item in "$@"; do
		is_met "$item" || missing="$missing ${item%%=*}"
	done
	[ -n "$missing" ] || return 0
	if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
		say "This is not Debian or Ubuntu. Install what these Debian packages stand for:"
		say " $missing"
		die "then run this again with VGETRANDOM_NO_SETUP=1 in the environment"
	fi
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
		die "needs root or sudo to install:$missing; or ask for: apt-get install$missing"
	fi
	packages=
	for item in $missing; do
		packages="$packages $(choose_package "$item")"
	done
	say "Installing:$packages"
	# shellcheck disable=SC2086 # a list of package names
	run_logged apt apt_install $packages || die "could not install:$packages"
}

# need_if_known PACKAGE...: those of them that this system's package lists have, which differ by release.
need_if_known() {
	[ "${VGETRANDOM_NO_SETUP:-0}" = 1 ] && return 0
	known=
	for package in "$@"; do
		if is_installed "$package" || [ -n "$(apt-cache madison "$package" 2>/dev/null)" ]; then
			known="$known $package"
		fi
	done
	# shellcheck disable=SC2086 # a list of package names
	need $known
}

need_to_build() {
	need cmake=cmake ninja-build=ninja gcc=gcc libc6-dev linux-libc-dev
	version=$(cmake --version | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')
	oldest=$(printf '%s\n3.25\n' "$version" | sort -V | head -n 1)
	[ "$oldest" = 3.25 ] ||
		die "needs CMake 3.25 or newer, this is $version; see https://cmake.org/download"
}

# Ninja draws one line on a terminal; elsewhere it would write one per file.
build_quietly() {
	if [ -t 2 ]; then
		cmake --build "$1" >&2
	else
		run_logged "build-$2" cmake --build "$1" || return 1
		# Warnings are no failure, but nobody should have to look for them.
		grep -E '(warning|note):' "$log" >&2 || :
	fi
}

# build_preset PRESET [CMAKE-OPTION]...: configures and builds into build/PRESET.
build_preset() {
	preset=$1
	shift
	say "Building $preset in build/$preset"
	# Presets are looked for in the current folder.
	run_logged "configure-$preset" cmake_in_top --preset "$preset" "$@" || return 1
	build_quietly "$top/build/$preset" "$preset"
}

cmake_in_top() {
	(cd "$top" && cmake "$@")
}
