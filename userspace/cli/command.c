// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What can be said of a command before it is run: where it is, and whether LD_PRELOAD has an effect
 * on it. A shim that silently is not there would be worse than none.
 */
#define _GNU_SOURCE
#include "command.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/bin:/usr/bin"
#define SEGMENTS_MAX 64

static int check_executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == EACCES ? EACCES : ENOENT;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : EACCES;
}

int cli_find_command(const char *name, char *path, size_t size)
{
	const char *folders = getenv("PATH");
	int err = ENOENT;

	if (strchr(name, '/')) {
		snprintf(path, size, "%s", name);
		return check_executable(path);
	}
	if (!folders)
		folders = DEFAULT_PATH;
	for (;;) {
		int len = (int)strcspn(folders, ":");
		int found;

		/* An empty entry is the current folder. */
		snprintf(path, size, "%.*s/%s", len ? len : 1, len ? folders : ".", name);
		found = name[0] ? check_executable(path) : ENOENT;
		if (found == 0)
			return 0;
		if (found == EACCES)
			err = EACCES;
		if (!folders[len])
			return err;
		folders += len + 1;
	}
}

static bool is_static(int fd)
{
	ElfW(Ehdr) header;
	ElfW(Phdr) segments[SEGMENTS_MAX];
	size_t len;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    header.e_phentsize != sizeof(segments[0]) || header.e_phnum > SEGMENTS_MAX)
		return false;
	len = header.e_phnum * sizeof(segments[0]);
	if (pread(fd, segments, len, (off_t)header.e_phoff) != (ssize_t)len)
		return false;
	for (unsigned int i = 0; i < header.e_phnum; i++)
		if (segments[i].p_type == PT_INTERP)
			return false;
	return true;
}

const char *cli_why_not_preloaded(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *reason = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (is_static(fd))
		reason = "it is statically linked";
	else if (fstat(fd, &st) == 0 && (((st.st_mode & S_ISUID) && st.st_uid != geteuid()) ||
					 ((st.st_mode & S_ISGID) && st.st_gid != getegid())))
		reason = "it is a set-user-ID or set-group-ID program";
	close(fd);
	return reason;
}
