# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# How programs are compiled that look into the core of that musl: with its headers and record, and the
# core once more, with every name and with what only libvgetrandom offers, in the place of the object
# in libc.a. musl's own code calls that one. To be sourced, with $top, $libc and $work.

. "$top/cmake/recipe"
musl=$top/userspace/integrations/musl
cc="$libc/bin/musl-cc -static"
cflags="-std=gnu11 -O2 -g -Wall -Wextra -Wno-format-zero-length -DVGR_IMAGE_IS_LINKED"
cflags="$cflags -DVGETRANDOM_PORT_THREAD=\"vgr-musl-thread.h\" -I$musl -I$top/userspace/glue"
for folder in ${vgr_includes:?}; do cflags="$cflags -I$top/$folder"; done
for folder in ${vgr_arch_includes:?}; do cflags="$cflags -I$top/$folder/$(uname -m)"; done
archives="-Wl,--start-group $work/core/libvgetrandom-core.a $work/core/libvgetrandom-port.a -Wl,--end-group"
link=$archives
for name in getrandom fill thread_exit forked; do
	link="$link -Wl,--defsym=__vgetrandom_core_$name=vgetrandom_core_$name"
done

build_core() {
	mkdir -p "$work/core"
	VGETRANDOM_CHACHA_LEVELS='' out="$work/core" "$musl/core"
}
