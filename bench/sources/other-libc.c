// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Another C library beside that of the system: glibc 2.41, the first whose getrandom() uses the
 * kernel's vDSO. Its package is unpacked somewhere (bench/run does that), and its own dynamic
 * loader runs a helper.
 */
#define _GNU_SOURCE
#include "source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"

/* The folder; a file named missing in it says in one line why there is nothing else. */
#define VARIABLE       "VGETRANDOM_BENCH_GLIBC"

#define OLDEST_VERSION 2041

static struct bench_helper helper = { .fd = -1 };

static const char *read_missing(const char *folder)
{
	static char line[160];
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/missing", folder);
	file = fopen(path, "re");
	if (!file)
		return "there is no dynamic loader in the folder that " VARIABLE " names";
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

const char *const *bench_other_libc_command(const char **failed)
{
	static const char *const folders[] = { "usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu" };
	static char loader[PATH_MAX], libraries[PATH_MAX];
	static const char *const command[] = { loader, "--library-path", libraries, NULL };
	const char *folder = getenv(VARIABLE);

	if (!folder || !folder[0]) {
		*failed =
			"bench/run fetches it; or name a folder with the unpacked package libc6 in "
			"the variable " VARIABLE;
		return NULL;
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(libraries, sizeof(libraries), "%s/%s", folder, folders[i]);
		snprintf(loader, sizeof(loader), "%.*s/ld-linux-x86-64.so.2", PATH_MAX - 32,
			 libraries);
		if (access(loader, X_OK) == 0)
			return command;
	}
	*failed = read_missing(folder);
	return NULL;
}

const char *bench_other_libc_init(void)
{
	static const char name[] = "glibc-2.41";
	static char reason[160];
	struct bench_series series = { .source = bench_source_by_name(name, strlen(name)) };
	struct bench_request request = { .op = BENCH_OP_LIBC };
	static struct bench_reply reply;
	const char *failed;

	if (helper.fd >= 0)
		return NULL;
	failed = bench_helper_start(&helper, &series);
	if (!failed)
		failed = bench_helper_ask(&helper, &request, &reply);
	if (failed) {
		snprintf(reason, sizeof(reason), "%s", failed);
		return reason;
	}
	if (reply.values[0] >= OLDEST_VERSION) {
		/* What all its replies to come must have run. */
		snprintf(helper.ran, sizeof(helper.ran), "%s", reply.ran);
		return NULL;
	}
	bench_helper_stop(&helper);
	snprintf(reason, sizeof(reason), "what " VARIABLE " names is glibc %d.%d",
		 (int)(reply.values[0] / 1000), (int)(reply.values[0] % 1000));
	return reason;
}

struct bench_helper *bench_other_libc_helper(void)
{
	return &helper;
}
