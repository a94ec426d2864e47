/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_CLI_COMMAND_H
#define VGR_CLI_COMMAND_H

#include <stddef.h>

/*
 * Looks up @name in PATH as execvp() does. Returns 0 and fills in @path, or ENOENT, or EACCES if
 * there is only what cannot be executed.
 */
int cli_find_command(const char *name, char *path, size_t size);

#endif
