// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom run: becomes the command, with the preload shim in its environment.
 */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command-line.h"
#include "command.h"
#include "preloadable.h"
#include "run-environment.h"
#include "../preload/report.h"

#define SHIM_NAME "libvgetrandom-preload.so"

enum option_value {
	OPTION_PROVIDER = VGR_OPTION_FIRST,
	OPTION_STATS,
	OPTION_ALLOW_WITHOUT,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "provider", required_argument, NULL, OPTION_PROVIDER },
	{ "stats", optional_argument, NULL, OPTION_STATS },
	{ "allow-without", no_argument, NULL, OPTION_ALLOW_WITHOUT },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

struct run_options {
	enum vgetrandom_provider provider;
	bool stats;
	const char *stats_path; /* NULL: stderr */
	bool allow_without;
	bool help;
	char **command;
};

static int help(void)
{
	printf("usage: vgetrandom run [OPTION]... [--] COMMAND [ARGUMENT]...\n"
	       "Runs a program with its getrandom, getentropy, arc4random, arc4random_buf and\n"
	       "arc4random_uniform replaced by libvgetrandom's (" SHIM_NAME ").\n\n"
	       "  --provider P     auto, module, native, inprocess or syscall (default: auto)\n"
	       "  --stats[=FILE]   each process reports on exit, on stderr or in FILE, what it used\n"
	       "  --allow-without  run also a command that the shim cannot be loaded into\n"
	       "  --help           show this help\n\n"
	       "Exit status: the command's; 2 for a usage error; 125 if the shim is missing or cannot\n"
	       "be in the command; 126 if the command cannot be run, 127 if there is none.\n");
	return cli_check_stdout() ? CLI_EXIT_GOOD : CLI_EXIT_FAILED;
}

static int refuse_empty_file(void)
{
	cli_error("--stats=: which file? Without '=' the lines go to stderr");
	return CLI_EXIT_USAGE;
}

static int parse(struct run_options *options, int argc, char **argv)
{
	int option, err;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:", long_options, NULL)) != -1) {
		err = 0;
		switch (option) {
		case OPTION_PROVIDER:
			err = cli_parse_provider(optarg, &options->provider);
			break;
		case OPTION_STATS:
			options->stats = true;
			options->stats_path = optarg;
			if (optarg && !optarg[0])
				err = refuse_empty_file();
			break;
		case OPTION_ALLOW_WITHOUT:
			options->allow_without = true;
			break;
		case OPTION_HELP:
			options->help = true;
			return 0;
		default:
			err = cli_refuse_option(option, argv);
			break;
		}
		if (err)
			return err;
	}
	options->command = argv + optind;
	if (optind < argc)
		return 0;
	cli_error("no command given; for example: vgetrandom run --stats -- python3 prog.py");
	return CLI_EXIT_USAGE;
}

/* Beside this program: as installed, or as built. Then where it was to be installed. */
static bool find_shim(char path[PATH_MAX])
{
	static const char *const places[] = { CLI_SHIM_FROM_BINDIR "/" SHIM_NAME,
					      "../preload/" SHIM_NAME };
	char program[PATH_MAX] = "", candidate[2 * PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const char *slash = len > 0 ? strrchr(program, '/') : NULL;

	for (size_t i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)(slash - program), program,
			 places[i]);
		if (realpath(candidate, path))
			return true;
	}
	snprintf(path, PATH_MAX, "%s", CLI_SHIM_DIR "/" SHIM_NAME);
	return access(path, R_OK) == 0;
}

static int set_up(const struct run_options *options, const char *shim,
		  const struct cli_preloadable *look)
{
	int err = 0;

	if (options->provider != VGETRANDOM_PROVIDER_AUTO) {
		if (!cli_use_provider(options->provider))
			return CLI_EXIT_RUN_FAILED;
		setenv("VGETRANDOM_PROVIDER", vgetrandom_provider_name(options->provider), 1);
	}
	unsetenv(VGR_STATS_VARIABLE);
	if (options->stats)
		err = cli_use_stats(options->stats_path);
	/* What it starts may have the shim, unless the command itself suffers from that. */
	if (!err && !look->is_harmed)
		err = cli_use_shim(shim, look->runtime);
	return err;
}

/* Says whether the shim will be in the command @path, and prepares the environment for it. */
static int prepare(const struct run_options *options, const char *path)
{
	struct cli_preloadable look;
	char shim[PATH_MAX];

	if (!find_shim(shim)) {
		cli_error("there is no %s; install libvgetrandom as a whole", shim);
		return CLI_EXIT_RUN_FAILED;
	}
	cli_look_if_preloadable(path, shim, &look);
	if (look.reason[0] && !options->allow_without) {
		cli_error("nothing can be preloaded into '%s': %s; --allow-without runs it all the "
			  "same",
			  path, look.reason);
		return CLI_EXIT_RUN_FAILED;
	}
	return set_up(options, shim, &look);
}

static int fail_to_run(const char *name, int err)
{
	cli_error("cannot run '%s': %s", name, strerror(err));
	return err == ENOENT ? CLI_EXIT_NOT_FOUND : CLI_EXIT_NOT_EXECUTABLE;
}

static int run(int argc, char **argv)
{
	struct run_options options = { .provider = VGETRANDOM_PROVIDER_AUTO };
	int err = parse(&options, argc, argv);
	char path[PATH_MAX];

	if (err)
		return err;
	if (options.help)
		return help();
	err = cli_find_command(options.command[0], path, sizeof(path));
	if (err)
		return fail_to_run(options.command[0], err);
	err = prepare(&options, path);
	if (err)
		return err;
	execvp(options.command[0], options.command);
	return fail_to_run(options.command[0], errno);
}

const struct cli_verb cli_run = { "run", "runs an unmodified program on libvgetrandom", run };
