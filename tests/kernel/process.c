// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See process.h. */
#define _GNU_SOURCE
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of /proc/PID; empty if the process is gone. */
static void read_of(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "r");
	if (file) {
		len = fread(text, 1, size - 1, file);
		fclose(file);
	}
	text[len] = '\0';
}

static size_t number_in(const char *text, const char *before)
{
	const char *at = strstr(text, before);

	return at ? strtoul(at + strlen(before), NULL, 10) : 0;
}

size_t process_sleeps(pid_t pid)
{
	char text[4096];

	read_of(pid, "status", text, sizeof(text));
	return number_in(text, "\nvoluntary_ctxt_switches:");
}

size_t process_faults(pid_t pid)
{
	char text[4096];
	size_t faults = 0;

	read_of(pid, "stat", text, sizeof(text));
	/* The tenth field: the name, in parentheses, is the second. */
	if (strrchr(text, ')'))
		sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %zu", &faults);
	return faults;
}
