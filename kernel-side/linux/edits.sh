# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# What install-into edits in each of the trees that it knows, and how.

# Where the trees differ; a file that there is since 6.15 tells them apart.
if [ -f "${tree:?}/lib/vdso/datastore.c" ]; then
	rng_page=rng-page-7.3.h
	x86_vdso=arch/x86/entry/vdso/vdso64/Makefile
	x86_objects='^vobjs-y[[:space:]]+\+= vgetrandom\.o vgetrandom-chacha\.o$'
	last_call='^472[[:space:]]+common[[:space:]]+fchroot[[:space:]]'
else
	rng_page=rng-page-6.12.h
	x86_vdso=arch/x86/entry/vdso/Makefile
	x86_objects='^vobjs-y :=.* vgetrandom-chacha\.o'
	last_call='^462[[:space:]]+common[[:space:]]+mseal[[:space:]]'
fi

# each_edit COMMAND...: the command with each edit behind it: file, the pattern that one line of it
# matches, and the line that goes behind that.
each_edit() {
	# The level of ChaCha20 takes bytes that the structure is padded with.
	"$@" include/vdso/datapage.h '^[[:space:]]u8[[:space:]].*is_ready;$' '	u32	chacha;'
	# The options, and what is the kernel's part.
	"$@" lib/vdso/Kconfig 'architectures that support vDSO getrandom\(\)' \
		'source "lib/vdso/vgetrandom/Kconfig"'
	# shellcheck disable=SC2016 # make's own variable
	"$@" lib/Makefile '^obj-\$\(CONFIG_FIRMWARE_TABLE\) \+= ' \
		'obj-$(CONFIG_VDSO_VGETRANDOM) += vdso/vgetrandom/'
	# Our objects instead of the tree's.
	# shellcheck disable=SC2016
	"$@" "$x86_vdso" "$x86_objects" 'include $(srctree)/lib/vdso/vgetrandom/Makefile.x86'
	# shellcheck disable=SC2016
	"$@" arch/arm64/kernel/vdso/Makefile '^obj-vdso :=.* vgetrandom-chacha\.o' \
		'include $(srctree)/lib/vdso/vgetrandom/Makefile.arm64'
	# The system call. Linux hands its numbers out upwards, below 512 for decades to come, so that
	# no program makes this one believing it to be another.
	"$@" arch/x86/entry/syscalls/syscall_64.tbl \
		'^# not special and are not to be used for x32-specific syscalls' \
		'600	64	vgetrandom_alloc	sys_vgetrandom_alloc'
	# This table has many architectures; an ABI of its own keeps it from all but arm64, which names it.
	"$@" scripts/syscall.tbl "$last_call" \
		'600	vgetrandom_alloc	vgetrandom_alloc	sys_vgetrandom_alloc'
	"$@" arch/arm64/kernel/Makefile.syscalls '^syscall_abis_64 \+=.* memfd_secret' \
		'syscall_abis_64 += vgetrandom_alloc'
	# ENOSYS where the kernel is built without it.
	"$@" kernel/sys_ni.c '^COND_SYSCALL\(mseal\);' 'COND_SYSCALL(vgetrandom_alloc);'
}

# Is the line $2 in the file $1?
has_line() {
	grep -sqxF -e "$2" "$1"
}

check_edit() {
	[ -f "$tree/$1" ] || die "$tree has no $1"
	matches=$(grep -cE -e "$2" "$tree/$1") || :
	[ "$matches" -eq 1 ] ||
		die "$1: $matches lines match '$2', and not one: an unknown tree, nothing was changed"
}

report_edit() {
	if has_line "$tree/$1" "$3"; then
		echo "$1: edited"
	else
		echo "$1: known"
	fi
}

# In one step, should somebody stop this here.
replace() {
	chmod --reference="$1" "$1.vgetrandom"
	mv "$1.vgetrandom" "$1"
}

insert() {
	has_line "$tree/$1" "$3" && return
	pattern=$2 line=$3 awk '{ print } $0 ~ ENVIRON["pattern"] { print ENVIRON["line"] }' \
		"$tree/$1" >"$tree/$1.vgetrandom"
	has_line "$tree/$1.vgetrandom" "$3" || die "$1: awk did not insert '$3'"
	replace "$tree/$1"
}

# Whatever became of the line it was put behind.
delete() {
	rm -f "$tree/$1.vgetrandom"
	has_line "$tree/$1" "$3" || return 0
	grep -vxF -e "$3" "$tree/$1" >"$tree/$1.vgetrandom"
	replace "$tree/$1"
}
