/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_CLI_COMMAND_H
#define VGR_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Looks up @name in PATH as execvp() does. Returns 0 and fills in @path, or ENOENT, or EACCES if
 * there is only what cannot be executed.
 */
int cli_find_command(const char *name, char *path, size_t size);

/*
 * Why the dynamic linker would not preload anything into the program @path; NULL if it would, as
 * far as can be seen.
 */
const char *cli_why_not_preloaded(const char *path);

#endif
