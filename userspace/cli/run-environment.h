/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What `vgetrandom run` puts into the command's environment. Each function returns 0, or
 * CLI_EXIT_RUN_FAILED after a line on stderr.
 */
#ifndef VGR_CLI_RUN_ENVIRONMENT_H
#define VGR_CLI_RUN_ENVIRONMENT_H

/*
 * LD_PRELOAD: @runtime (may be empty), the shim, and what was there. A list that has the shim
 * already stays as it is: whose getrandom() comes first is its author's choice.
 */
int cli_use_shim(const char *shim, const char *runtime);

/* The lines of --stats: to stderr, or @path if it is not NULL, which is created if need be. */
int cli_use_stats(const char *path);

#endif
