// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom fill: random bytes to the standard output.
 *
 * One buffer that stays in the CPU's cache is filled and written, again and again. vmsplice() would
 * hand its pages to the pipe instead of copying them; then they must never be written again,
 * because a reader that uses splice() or tee() may keep them for any time, and would find bytes
 * that somebody else also got. Fresh pages for each write were half as fast as the copy.
 */
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
#include "progress.h"

#define BUF_LEN       ((size_t)256 << 10)
#define PIPE_LEN      (1 << 20)
#define BYTES_MAX     (~0ul >> 1)
#define PROGRESS_STEP ((unsigned long)1 << 20)

enum option_value {
	OPTION_PROVIDER = VGR_OPTION_FIRST,
	OPTION_BYTES,
	OPTION_PROGRESS,
	OPTION_HELP
};

static const struct option long_options[] = {
	{ "provider", required_argument, NULL, OPTION_PROVIDER },
	{ "bytes", required_argument, NULL, OPTION_BYTES },
	{ "progress", no_argument, NULL, OPTION_PROGRESS },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

struct fill {
	enum vgetrandom_provider provider;
	unsigned long bytes; /* BYTES_MAX: without end */
	bool progress;
	bool help;

	unsigned long written;
	double started_at;
};

static int help(void)
{
	printf("usage: vgetrandom fill [OPTION]...\n"
	       "Writes random bytes to the standard output, which must not be a terminal.\n\n"
	       "  --provider P  %s (default: auto)\n"
	       "  --bytes N     so many; K, M, G and T behind it count in powers of 1024\n"
	       "                (default: until nobody reads any more)\n"
	       "  --progress    on stderr: a bar if that is a terminal, at the end the speed\n"
	       "  --help        this text\n\n"
	       "Exit status: 0, also if the reader ends early; 1 if something failed; 2 for wrong\n"
	       "usage.\n",
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
	if (!vgr_parse_number(text, len, BYTES_MAX >> shift, bytes)) {
		cli_error("--bytes: '%s' is not a number of bytes, such as 4096, 64K or 10G", text);
		return CLI_EXIT_USAGE;
	}
	*bytes <<= shift;
	return 0;
}

static int check_stdout_suits(const struct fill *fill)
{
	struct stat st;

	if (isatty(STDOUT_FILENO)) {
		cli_error("will not write to a terminal; use a pipe or a file");
		return CLI_EXIT_USAGE;
	}
	/* Until nobody reads any more would be until the disk is full. */
	if (fill->bytes == BYTES_MAX && fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode)) {
		cli_error("how many bytes into the file? Add --bytes, such as --bytes 1G");
		return CLI_EXIT_USAGE;
	}
	return 0;
}

static int parse(struct fill *fill, int argc, char **argv)
{
	int option, err;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		err = 0;
		switch (option) {
		case OPTION_PROVIDER:
			err = cli_parse_provider(optarg, &fill->provider);
			break;
		case OPTION_BYTES:
			err = parse_bytes(optarg, &fill->bytes);
			break;
		case OPTION_PROGRESS:
			fill->progress = true;
			break;
		case OPTION_HELP:
			fill->help = true;
			break;
		default:
			err = cli_refuse_option(option, argv);
			break;
		}
		if (err || fill->help)
			return err;
	}
	if (optind < argc) {
		cli_error("unexpected argument '%s'; see --help", argv[optind]);
		return CLI_EXIT_USAGE;
	}
	return check_stdout_suits(fill);
}

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void progress_begin(struct fill *fill)
{
	fill->started_at = now_seconds();
	if (fill->progress && fill->bytes != BYTES_MAX)
		vgr_progress_start(fill->bytes / PROGRESS_STEP + 1);
}

static void progress_end(const struct fill *fill)
{
	double seconds = now_seconds() - fill->started_at;

	if (!fill->progress)
		return;
	vgr_progress_clear();
	fprintf(stderr, "%lu bytes in %.2f s: %.2f GB/s from %s\n", fill->written, seconds,
		seconds > 0 ? (double)fill->written / seconds / 1e9 : 0.0,
		vgetrandom_provider_name(vgetrandom_get_provider()));
}

static bool draw(unsigned char *buf, size_t len)
{
	while (len) {
		ssize_t ret = vgetrandom(buf, len, 0);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0) {
			cli_error("no random bytes: %s", strerror(errno));
			return false;
		}
		buf += ret;
		len -= (size_t)ret;
	}
	return true;
}

/* 0 or errno. */
static int write_all(const unsigned char *buf, size_t len, unsigned long *written)
{
	while (len) {
		ssize_t ret = write(STDOUT_FILENO, buf, len);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return errno;
		buf += ret;
		len -= (size_t)ret;
		*written += (unsigned long)ret;
	}
	return 0;
}

static int fill_stdout(struct fill *fill)
{
	static unsigned char buf[BUF_LEN] __attribute__((aligned(4096)));
	int err = 0;

	while (!err && (fill->bytes == BYTES_MAX || fill->written < fill->bytes)) {
		unsigned long left = fill->bytes - fill->written;
		size_t len = fill->bytes == BYTES_MAX || left > BUF_LEN ? BUF_LEN : left;

		if (!draw(buf, len))
			return CLI_EXIT_FAILED;
		err = write_all(buf, len, &fill->written);
		if (fill->progress && fill->bytes != BYTES_MAX)
			vgr_progress_set(fill->written / PROGRESS_STEP);
	}
	/* What was not written is nobody's, and what was is the reader's. */
	explicit_bzero(buf, sizeof(buf));
	progress_end(fill);
	if (!err || err == EPIPE)
		return CLI_EXIT_GOOD;
	cli_error("cannot write to the standard output: %s", strerror(err));
	return CLI_EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	struct fill fill = { .provider = VGETRANDOM_PROVIDER_AUTO, .bytes = BYTES_MAX };
	int err = parse(&fill, argc, argv);

	if (err)
		return err;
	if (fill.help)
		return help();
	if (fill.provider != VGETRANDOM_PROVIDER_AUTO && !cli_use_provider(fill.provider))
		return CLI_EXIT_FAILED;
	/* A longer pipe lets writer and reader work at the same time; it is no matter if not. */
	(void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_LEN);
	signal(SIGPIPE, SIG_IGN);
	progress_begin(&fill);
	return fill_stdout(&fill);
}

const struct cli_verb cli_fill = { "fill", "writes random bytes to the standard output", run };
