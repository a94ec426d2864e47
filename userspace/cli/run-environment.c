// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The environment of a command, see run-environment.h. One thread. */
#define _GNU_SOURCE
#include "run-environment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "../preload/report.h"
#include "../preload/runtime.h"

/* ASan's runtime refuses to start behind another library, if this is not 0. */
#define ASAN_OPTION "verify_asan_link_order"

static int out_of_memory(void)
{
	cli_error("no memory for the command's environment");
	return CLI_EXIT_RUN_FAILED;
}

__attribute__((format(printf, 2, 3))) static int set(const char *name, const char *format, ...)
{
	va_list args;
	char *value;
	int len;

	va_start(args, format);
	len = vasprintf(&value, format, args);
	va_end(args);
	if (len < 0 || setenv(name, value, 1) != 0)
		return out_of_memory();
	free(value);
	return 0;
}

static bool is_listed(const char *list, const char *path)
{
	size_t path_len = strlen(path);

	while (*list) {
		size_t len = strcspn(list, " :");

		if (len == path_len && strncmp(list, path, len) == 0)
			return true;
		list += len + strspn(list + len, " :");
	}
	return false;
}

/* Programs that the command starts may have that runtime, too, and then not in front. */
static int relax_asan(void)
{
	const char *options = getenv("ASAN_OPTIONS");

	if (!options || !options[0])
		return set("ASAN_OPTIONS", ASAN_OPTION "=0");
	return strstr(options, ASAN_OPTION) ? 0
					    : set("ASAN_OPTIONS", "%s:" ASAN_OPTION "=0", options);
}

int cli_use_shim(const char *shim, const char *runtime)
{
	const char *others = getenv("LD_PRELOAD");
	int err = relax_asan();

	/* The list's separators; there is no way to quote them. */
	if (strpbrk(shim, " :")) {
		cli_error("the dynamic linker cannot preload '%s': move it to a folder without "
			  "spaces and colons",
			  shim);
		return CLI_EXIT_RUN_FAILED;
	}
	if (!others)
		others = "";
	if (!err && !is_listed(others, shim))
		err = set("LD_PRELOAD", "%s%s%s", shim, others[0] ? ":" : "", others);
	/* The shim takes both away from what the command starts. */
	if (!err && runtime[0])
		err = set("LD_PRELOAD", "%s:%s", runtime, getenv("LD_PRELOAD"));
	if (!err && runtime[0])
		err = set(VGR_RUNTIME_VARIABLE, "%s", runtime);
	return err;
}

/* Processes open it at their ends, wherever they are by then; and that it is the same they check.
 */
static int use_stats_file(const char *path)
{
	int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
	char folder[PATH_MAX] = "";
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || (path[0] != '/' && !getcwd(folder, sizeof(folder)))) {
		cli_error("--stats: cannot write to '%s': %s", path, strerror(errno));
		return CLI_EXIT_RUN_FAILED;
	}
	close(fd);
	return set(VGR_STATS_VARIABLE, "%d:%llu:%llu:%s%s%s", getpid(),
		   (unsigned long long)st.st_dev, (unsigned long long)st.st_ino, folder,
		   folder[0] ? "/" : "", path);
}

int cli_use_stats(const char *path)
{
	return path ? use_stats_file(path) : set(VGR_STATS_VARIABLE, "%d", getpid());
}
