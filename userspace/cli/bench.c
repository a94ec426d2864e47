// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* vgetrandom bench: the quick answer of vgetrandom-bench, which is a program of its own. */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command-line.h"
#include "command.h"

#define PROGRAM "vgetrandom-bench"

enum option_value { OPTION_HELP = VGR_OPTION_FIRST };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

static int help(void)
{
	printf("usage: vgetrandom bench\n"
	       "Runs vgetrandom-bench --quick, which measures what random bytes cost on this machine:\n"
	       "the library, the system call and other sources. Takes 20 seconds. See\n"
	       "vgetrandom-bench(1) for more.\n\n"
	       "  --help  show this help\n\n"
	       "Exit status: 0 on success, 1 if something failed or vgetrandom-bench is not installed,\n"
	       "2 for a usage error.\n");
	return cli_check_stdout() ? CLI_EXIT_GOOD : CLI_EXIT_FAILED;
}

/* Beside this program, so that the two are of one version; else in PATH. */
static int find_program(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - sizeof(PROGRAM));
	char *name;

	if (len > 0) {
		path[len] = '\0';
		name = strrchr(path, '/') + 1;
		snprintf(name, size - (size_t)(name - path), "%s", PROGRAM);
		if (access(path, X_OK) == 0)
			return 0;
	}
	return cli_find_command(PROGRAM, path, size);
}

static int run(int argc, char **argv)
{
	char path[PATH_MAX];
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (option == OPTION_HELP)
			return help();
		return cli_refuse_option(option, argv);
	}
	if (optind < argc) {
		cli_error("unexpected argument '%s'; see --help, or use " PROGRAM, argv[optind]);
		return CLI_EXIT_USAGE;
	}
	if (find_program(path, sizeof(path)) != 0) {
		cli_error(PROGRAM
			  " is not installed; in the source tree, bench/run --quick does the same");
		return CLI_EXIT_FAILED;
	}
	execl(path, PROGRAM, "--quick", (char *)NULL);
	cli_error("cannot run '%s': %s", path, strerror(errno));
	return CLI_EXIT_FAILED;
}

const struct cli_verb cli_bench = { "bench", "compares the speed of sources on this machine", run };
