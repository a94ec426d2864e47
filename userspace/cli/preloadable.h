/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_CLI_PRELOADABLE_H
#define VGR_CLI_PRELOADABLE_H

#include <stdbool.h>

/* What LD_PRELOAD would do to a command. */
struct cli_preloadable {
	/* Why the shim would not be in it; empty if it would, as far as can be seen. */
	char reason[512];

	/* Then: whether the command, or its output, would suffer from the attempt. */
	bool is_harmed;

	/* A sanitizer's runtime that must come before the shim; empty: none. */
	char runtime[64];
};

/*
 * Looks at the file @path, which execvp() would run, and at what runs it: the interpreter of a
 * script, the dynamic linker, its C library. Starts nothing. @shim is the shim's path.
 */
void cli_look_if_preloadable(const char *path, const char *shim, struct cli_preloadable *result);

#endif
