/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The vgetrandom command: its verbs, and what they share. One thread.
 */
#ifndef VGR_CLI_H
#define VGR_CLI_H

#include <stdbool.h>
#include <vgetrandom/vgetrandom.h>

enum cli_exit {
	CLI_EXIT_GOOD = 0,
	CLI_EXIT_FAILED = 1,
	CLI_EXIT_USAGE = 2,
	CLI_EXIT_SHARED = 3, /* inspect: a state page is mapped by another process, too */

	/* run, like env(1) */
	CLI_EXIT_RUN_FAILED = 125,
	CLI_EXIT_NOT_EXECUTABLE = 126,
	CLI_EXIT_NOT_FOUND = 127,
};

struct cli_verb {
	const char *name;
	const char *what;

	/* @argv[0] is the verb. Returns the exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct cli_verb cli_probe, cli_inspect, cli_fill, cli_run, cli_bench;

/* One line on stderr: the program, the verb, @format. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What getopt_long() refused, on stderr. Returns CLI_EXIT_USAGE. */
int cli_refuse_option(int answer, char **argv);

/* All from @first on, "auto, module, ..."; @before_last stands between the last two. */
const char *cli_provider_names(enum vgetrandom_provider first, const char *before_last);

/* Returns 0, or CLI_EXIT_USAGE after a line on stderr if there is no provider of that name. */
int cli_parse_provider(const char *name, enum vgetrandom_provider *provider);

/* Uses it; returns false after a line on stderr if it does not work here. */
bool cli_use_provider(enum vgetrandom_provider provider);

/* For the end of a verb that printed: false, after a line on stderr, if that went wrong. */
bool cli_check_stdout(void);

#endif
