// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Where a command is that is about to be run. */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/bin:/usr/bin"

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
