// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Whether the shim will be in a command, before it is run. A shim that silently is not there would
 * be worse than none, and one that another C library cannot load ends the command instead of
 * running it.
 *
 * Not seen: what a security module makes of the program (AT_SECURE), and what the command starts.
 */
#define _GNU_SOURCE
#include "preloadable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "elf-file.h"

/* As Linux does: of a script's first line it reads so much, and gives up after so many scripts. */
#define SCRIPT_LINE_LEN   255
#define SCRIPT_LEVELS_MAX 5

/* Where execvp() takes what is neither a program nor begins with "#!". */
#define SHELL "/bin/sh"

struct look {
	struct cli_preloadable *result;
	const char *shim;
	unsigned int num_scripts;
};

static void look_at(struct look *look, const char *path);

__attribute__((format(printf, 3, 4))) static void refuse(struct look *look, const char *path,
							 const char *format, ...)
{
	char *reason = look->result->reason;
	size_t size = sizeof(look->result->reason);
	va_list args;
	int len = 0;

	if (look->num_scripts)
		len = snprintf(reason, size, "what runs it, %s: ", path);
	if ((size_t)len >= size)
		return;
	va_start(args, format);
	vsnprintf(reason + len, size - (size_t)len, format, args);
	va_end(args);
}

/* "#! /bin/sh -e": the second word is an argument. */
static bool script_interpreter(const char *head, char path[SCRIPT_LINE_LEN + 1])
{
	size_t len;

	if (strncmp(head, "#!", 2) != 0)
		return false;
	head += 2 + strspn(head + 2, " \t");
	len = strcspn(head, " \t\n");
	memcpy(path, head, len);
	path[len] = '\0';
	return len > 0;
}

static void look_at_script(struct look *look, const char *path)
{
	char head[SCRIPT_LINE_LEN + 1] = "", interpreter[SCRIPT_LINE_LEN + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd < 0 ? -1 : read(fd, head, SCRIPT_LINE_LEN);

	if (fd >= 0)
		close(fd);
	/* What cannot be read can be run all the same, and is then no script. */
	if (len < 0 || look->num_scripts++ == SCRIPT_LEVELS_MAX)
		return;
	look_at(look, script_interpreter(head, interpreter) ? interpreter : SHELL);
}

/* struct vfs_cap_data: flags, then two sets twice, each little-endian. */
static bool gives_capabilities(const char *path)
{
	unsigned char attribute[64] = { 0 };
	ssize_t len = getxattr(path, "security.capability", attribute, sizeof(attribute));
	unsigned char given = attribute[0]; /* VFS_CAP_FLAGS_EFFECTIVE */

	for (unsigned int i = 0; i < 4; i++)
		given |= attribute[4 + i] | (len >= 20 ? attribute[12 + i] : 0);
	/* Of a program that root starts, the kernel does not think as having more rights. */
	return len >= 12 && given && getuid() != 0;
}

/* The kernel's rules for AT_SECURE: then the dynamic linker takes nothing from the environment. */
static bool gains_rights(const char *path)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct statvfs mount;
	struct stat st;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
	    (statvfs(path, &mount) == 0 && (mount.f_flag & ST_NOSUID)))
		return uid != getuid() || gid != getgid();
	if (stat(path, &st) == 0) {
		if (st.st_mode & S_ISUID)
			uid = st.st_uid;
		if ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP))
			gid = st.st_gid;
	}
	return uid != getuid() || gid != getgid() || gives_capabilities(path);
}

/* The runtime must be the first library, because it finds the C library's functions behind itself.
 */
static void note_runtime(struct look *look, const struct cli_elf *program)
{
	static const char *const runtimes[] = { "libasan.so",       "libtsan.so",
						"liblsan.so",       "libhwasan.so",
						"libclang_rt.asan", "libclang_rt.tsan",
						"libclang_rt.lsan", "libclang_rt.hwasan" };
	const char *name;

	for (unsigned int n = 0; (name = cli_elf_dynamic_string(program, DT_NEEDED, n)); n++)
		for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
			if (strncmp(name, runtimes[i], strlen(runtimes[i])) == 0 &&
			    strlen(name) < sizeof(look->result->runtime)) {
				strcpy(look->result->runtime, name);
				return;
			}
}

/*
 * glibc's dynamic linker has libc.so.6 beside it, wherever that is; musl's is the C library. Of a
 * third kind that has neither, nothing can be said. Such as Android's: the program will tell.
 */
static bool open_libc(struct cli_elf *libc, const char *linker)
{
	char real[PATH_MAX], beside[PATH_MAX + 16];

	if (!realpath(linker, real))
		return false;
	snprintf(beside, sizeof(beside), "%.*s/libc.so.6", (int)(strrchr(real, '/') - real), real);
	if (cli_elf_open(libc, beside))
		return true;
	if (!cli_elf_open(libc, real))
		return false;
	if (cli_elf_defines(libc, "getenv"))
		return true;
	cli_elf_close(libc);
	return false;
}

/* What the shim needs, and the command's C library does not have: the linker would give up. */
static const char *missing_in(const struct cli_elf *libc, const struct cli_elf *shim)
{
	const ElfW(Sym) * symbol;
	const char *name;

	for (unsigned int n = 0; (name = cli_elf_needed_version(shim, n)); n++)
		if (!cli_elf_has_version(libc, name))
			return name;
	for (unsigned int n = 0; (symbol = cli_elf_symbol(shim, n, &name)); n++)
		if (symbol->st_shndx == SHN_UNDEF && name[0] && symbol->st_info >> 4 != STB_WEAK &&
		    !cli_elf_defines(libc, name))
			return name;
	return NULL;
}

static void look_at_libc(struct look *look, const char *path, const char *linker,
			 const struct cli_elf *shim)
{
	struct cli_elf libc;
	const char *missing;

	if (!open_libc(&libc, linker))
		return;
	missing = missing_in(&libc, shim);
	if (missing) {
		refuse(look, path, "its C library, that of %s, has no %s", linker, missing);
		look->result->is_harmed = true;
	}
	cli_elf_close(&libc);
}

static void look_at_program(struct look *look, const char *path, const struct cli_elf *program)
{
	const char *linker = cli_elf_interpreter(program);
	struct cli_elf shim;

	if (!cli_elf_open(&shim, look->shim))
		return;
	if (program->header->e_machine != shim.header->e_machine) {
		refuse(look, path, "it is for another machine (ELF number %u)",
		       (unsigned int)program->header->e_machine);
		look->result->is_harmed = true;
	} else if (!linker && !cli_elf_dynamic_string(program, DT_SONAME, 0)) {
		/* With a name as a library it is a dynamic linker, told which program to run. */
		refuse(look, path, "it is statically linked");
	} else if (gains_rights(path)) {
		refuse(look, path,
		       "it runs with other rights than yours (set-user-ID, "
		       "set-group-ID or file capabilities)");
	} else if (linker) {
		note_runtime(look, program);
		look_at_libc(look, path, linker, &shim);
	}
	cli_elf_close(&shim);
}

static void look_at(struct look *look, const char *path)
{
	unsigned char ident[EI_NIDENT] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd < 0 ? 0 : read(fd, ident, sizeof(ident));
	struct cli_elf program;

	if (fd >= 0)
		close(fd);
	if (len != sizeof(ident) || memcmp(ident, ELFMAG, SELFMAG) != 0) {
		look_at_script(look, path);
	} else if (cli_elf_open(&program, path)) {
		look_at_program(look, path, &program);
		cli_elf_close(&program);
	} else {
		refuse(look, path, "it is of another word size");
		look->result->is_harmed = true;
	}
}

void cli_look_if_preloadable(const char *path, const char *shim, struct cli_preloadable *result)
{
	struct look look = { .result = result, .shim = shim };

	*result = (struct cli_preloadable){ .reason = "" };
	look_at(&look, path);
}
