// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A regular file is written beside itself and renamed, so that nobody ever reads half of
 * it; a pipe or a device is written in place, because a rename would put a file where it was.
 */
#define _GNU_SOURCE
#include "json-file.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct target {
	char path[PATH_MAX];      /* behind symbolic links, which stay */
	char temporary[PATH_MAX]; /* empty: written in place */
	mode_t mode;
};

static mode_t mode_of_new_file(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* 0 or errno. */
static int target_find(struct target *target, const char *path)
{
	struct stat st;
	int len;

	target->mode = mode_of_new_file();
	target->temporary[0] = '\0';
	if (stat(path, &st) == 0) {
		/* A pipe's or a socket's link in /proc has no path behind it. */
		if (!S_ISREG(st.st_mode) || !realpath(path, target->path))
			len = snprintf(target->path, sizeof(target->path), "%s", path);
		else
			len = (int)strlen(target->path);
		target->mode = st.st_mode & 0777;
	} else if (errno == ENOENT && path[0]) {
		st.st_mode = S_IFREG;
		len = snprintf(target->path, sizeof(target->path), "%s", path);
	} else {
		return errno;
	}
	if ((size_t)len >= sizeof(target->path) - strlen(".XXXXXX"))
		return ENAMETOOLONG;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (S_ISREG(st.st_mode))
		snprintf(target->temporary, sizeof(target->temporary), "%.*s.XXXXXX", len,
			 target->path);
	return 0;
}

/* NULL and errno. */
static FILE *target_open(struct target *target)
{
	FILE *file;
	int fd;

	if (!target->temporary[0])
		return fopen(target->path, "we");
	/* Without this, a file that the user protected would be replaced. */
	if (access(target->path, F_OK) == 0 && access(target->path, W_OK) != 0)
		return NULL;
	fd = mkstemp(target->temporary);
	if (fd < 0)
		return NULL;
	file = fchmod(fd, target->mode) == 0 ? fdopen(fd, "w") : NULL;
	if (!file) {
		int saved_errno = errno;

		unlink(target->temporary);
		close(fd);
		errno = saved_errno;
	}
	return file;
}

/* Leaves nothing behind, and does not open a pipe, whose reader would take that for the end. */
static int try_open(struct target *target)
{
	FILE *file;

	if (!target->temporary[0])
		return access(target->path, W_OK) == 0 ? 0 : errno;
	file = target_open(target);
	if (!file)
		return errno;
	fclose(file);
	unlink(target->temporary);
	return 0;
}

int vgr_json_check(const char *path)
{
	struct target target;
	int err = target_find(&target, path);

	return err ? err : try_open(&target);
}

void vgr_json_string(FILE *file, const char *s)
{
	fputc('"', file);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			/* Taken as Latin-1, so that the file is valid whatever it was. */
			fprintf(file, "\\u%04x", c);
		else
			fputc(c, file);
	}
	fputc('"', file);
}

/* 0 or errno. */
static int write_all(struct target *target, vgr_json_put *put, const void *arg)
{
	FILE *file = target_open(target);
	bool failed;

	if (!file)
		return errno;
	put(file, arg);
	failed = ferror(file) != 0;
	if (fclose(file) != 0 || failed)
		return errno ? errno : EIO;
	if (target->temporary[0] && rename(target->temporary, target->path) != 0)
		return errno;
	return 0;
}

int vgr_json_write(const char *path, vgr_json_put *put, const void *arg)
{
	struct target target;
	int err = target_find(&target, path);

	if (err)
		return err;
	err = write_all(&target, put, arg);
	if (err && target.temporary[0])
		unlink(target.temporary);
	return err;
}
