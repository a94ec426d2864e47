// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* vgetrandom fill: random bytes to the standard output, a file or a device. */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command-line.h"
#include "fill.h"

#define PIPE_LEN (1 << 20)

enum option_value {
	OPTION_PROVIDER = VGR_OPTION_FIRST,
	OPTION_BYTES,
	OPTION_JOBS,
	OPTION_OUTPUT,
	OPTION_FORCE,
	OPTION_PROGRESS,
	OPTION_HELP
};

static const struct option long_options[] = {
	{ "provider", required_argument, NULL, OPTION_PROVIDER },
	{ "bytes", required_argument, NULL, OPTION_BYTES },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "progress", no_argument, NULL, OPTION_PROGRESS },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

struct fill {
	enum vgetrandom_provider provider;
	unsigned long bytes; /* or FILL_WITHOUT_END */
	unsigned int num_jobs;
	const char *path; /* NULL: the standard output */
	bool force;
	bool progress;
	bool help;

	unsigned long written;
	double started_at;
};

static int help(void)
{
	printf("usage: vgetrandom fill [OPTION]...\n"
	       "Writes random bytes to the standard output, which must not be a terminal, or to a file\n"
	       "or block device.\n\n"
	       "  --output PATH  write to PATH: a file is created or replaced, and a device is filled to\n"
	       "                 its end. Show progress, and wait until all is on the disk\n"
	       "  --bytes N      write N bytes; K, M, G and T behind N count in powers of 1024\n"
	       "                 (default: until the reader or the device ends)\n"
	       "  --jobs N       generate and write with N threads (default: 1)\n"
	       "  --force        write to a device even if it is mounted or in use otherwise\n"
	       "  --provider P   use %s (default: auto)\n"
	       "  --progress     show progress on stderr if that is a terminal, and the speed at the end\n"
	       "  --help         show this help\n\n"
	       "Exit status: 0 on success, also if the reader ends early; 1 if something failed, 2 for\n"
	       "a usage error.\n",
	       cli_provider_names(VGETRANDOM_PROVIDER_AUTO, " or "));
	return cli_check_stdout() ? CLI_EXIT_GOOD : CLI_EXIT_FAILED;
}

static int parse_bytes(const char *text, unsigned long *bytes)
{
	static const char units[] = "KMGT";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	unsigned int shift = unit && *unit ? 10 * (unsigned int)(unit - units + 1) : 0;

	if (shift)
		len--;
	if (!vgr_parse_number(text, len, FILL_WITHOUT_END >> shift, bytes)) {
		cli_error("--bytes: '%s' is not a number of bytes, such as 4096, 64K or 10G", text);
		return CLI_EXIT_USAGE;
	}
	*bytes <<= shift;
	return 0;
}

static int parse_jobs(const char *text, unsigned int *num_jobs)
{
	unsigned long number;

	if (!vgr_parse_number(text, strlen(text), FILL_MAX_JOBS, &number) || number == 0) {
		cli_error("--jobs: '%s' is not a number from 1 to %d", text, FILL_MAX_JOBS);
		return CLI_EXIT_USAGE;
	}
	*num_jobs = (unsigned int)number;
	return 0;
}

static int check_output_suits(const struct fill *fill)
{
	struct stat st;

	if (fill->force && !fill->path) {
		cli_error("--force is for --output; see --help");
		return CLI_EXIT_USAGE;
	}
	if (fill->path)
		return 0;
	if (isatty(STDOUT_FILENO)) {
		cli_error("will not write to a terminal; use a pipe, a file or --output");
		return CLI_EXIT_USAGE;
	}
	/* Until the reader closes the pipe; of a file that would be until the disk is full. */
	if (fill->bytes == FILL_WITHOUT_END && fstat(STDOUT_FILENO, &st) == 0 &&
	    S_ISREG(st.st_mode)) {
		cli_error("writing to a file needs --bytes, such as --bytes 1G");
		return CLI_EXIT_USAGE;
	}
	return 0;
}

static int parse_option(struct fill *fill, int option, char **argv)
{
	switch (option) {
	case OPTION_PROVIDER:
		return cli_parse_provider(optarg, &fill->provider);
	case OPTION_BYTES:
		return parse_bytes(optarg, &fill->bytes);
	case OPTION_JOBS:
		return parse_jobs(optarg, &fill->num_jobs);
	case OPTION_OUTPUT:
		fill->path = optarg;
		return 0;
	case OPTION_FORCE:
		fill->force = true;
		return 0;
	case OPTION_PROGRESS:
		fill->progress = true;
		return 0;
	case OPTION_HELP:
		fill->help = true;
		return 0;
	default:
		return cli_refuse_option(option, argv);
	}
}

static int parse(struct fill *fill, int argc, char **argv)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		int err = parse_option(fill, option, argv);

		if (err || fill->help)
			return err;
	}
	if (optind < argc) {
		cli_error("unexpected argument '%s'; see --help", argv[optind]);
		return CLI_EXIT_USAGE;
	}
	return check_output_suits(fill);
}

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void progress_end(const struct fill *fill)
{
	double seconds = now_seconds() - fill->started_at;

	if (!fill->progress)
		return;
	fprintf(stderr, "%lu bytes in %.2f s: %.2f GB/s from %s\n", fill->written, seconds,
		seconds > 0 ? (double)fill->written / seconds / 1e9 : 0.0,
		vgetrandom_provider_name(vgetrandom_get_provider()));
}

static int fill_output(struct fill *fill, struct fill_output *output)
{
	int err, status;

	fill->started_at = now_seconds();
	err = fill_jobs_run(output, fill->bytes, fill->num_jobs, fill->progress || fill->path,
			    &fill->written);
	status = fill_output_close(output, fill->written, fill->bytes, err);
	if (status == CLI_EXIT_GOOD && err >= 0)
		progress_end(fill);
	/* After the report it ends as what it is, ended by the signal. */
	if (err == EINTR)
		raise(fill_jobs_signal());
	return err < 0 ? CLI_EXIT_FAILED : status;
}

static int run(int argc, char **argv)
{
	struct fill fill = { .provider = VGETRANDOM_PROVIDER_AUTO,
			     .bytes = FILL_WITHOUT_END,
			     .num_jobs = 1 };
	struct fill_output output = { .fd = STDOUT_FILENO, .name = "the standard output" };
	int err = parse(&fill, argc, argv);

	if (err)
		return err;
	if (fill.help)
		return help();
	if (fill.provider != VGETRANDOM_PROVIDER_AUTO && !cli_use_provider(fill.provider))
		return CLI_EXIT_FAILED;
	if (fill.path)
		err = fill_output_open(&output, fill.path, &fill.bytes, fill.force);
	if (err)
		return err;
	/* A longer pipe lets writer and reader work at the same time; it is no matter if not. */
	(void)fcntl(output.fd, F_SETPIPE_SZ, PIPE_LEN);
	/* So that writing fails instead, and is reported. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return fill_output(&fill, &output);
}

const struct cli_verb cli_fill = { "fill", "writes random bytes to a pipe, a file or a device",
				   run };
