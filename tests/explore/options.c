// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command-line.h"
#include "faults.h"
#include "json-file.h"
#include "starts.h"

#define JOBS_MAX 64

enum {
	OPTION_TARGET = VGR_OPTION_FIRST,
	OPTION_SIZE,
	OPTION_START,
	OPTION_FAULTS,
	OPTION_ONLY,
	OPTION_DEPTH,
	OPTION_CHACHA,
	OPTION_SKIP_PRIVATE,
	OPTION_NO_MERGE,
	OPTION_CLOSE,
	OPTION_FIRST,
	OPTION_JOBS,
	OPTION_REPLAY,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "target", required_argument, NULL, OPTION_TARGET },
	{ "size", required_argument, NULL, OPTION_SIZE },
	{ "start", required_argument, NULL, OPTION_START },
	{ "faults", required_argument, NULL, OPTION_FAULTS },
	{ "only", required_argument, NULL, OPTION_ONLY },
	{ "depth", required_argument, NULL, OPTION_DEPTH },
	{ "chacha", required_argument, NULL, OPTION_CHACHA },
	{ "skip-private", no_argument, NULL, OPTION_SKIP_PRIVATE },
	{ "no-merge", no_argument, NULL, OPTION_NO_MERGE },
	{ "close", no_argument, NULL, OPTION_CLOSE },
	{ "first", no_argument, NULL, OPTION_FIRST },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "replay", required_argument, NULL, OPTION_REPLAY },
	{ "json", required_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

void explore_options_help(void)
{
	printf("usage: vgetrandom-explore [OPTION]... FILE\n"
	       "Emulates what FILE has for getrandom, tries every schedule of faults between its\n"
	       "instructions, and says which calls are wrong then.\n\n"
	       "  --target NAME   what is explored (image):\n");
	for (unsigned int n = 0; explore_target_get(n); n++)
		printf("                  %-17s %s\n", explore_target_get(n)->name,
		       explore_target_get(n)->summary);
	printf("  --size LIST     bytes a call asks for (4,32)\n"
	       "  --start NAME    the state before the call: empty, fresh, old (of another\n"
	       "                  generation), left-N (N bytes are unread); of the library first\n"
	       "                  (no state yet), stuck (its calls found one that was left by a\n"
	       "                  jump), too; all without it\n"
	       "  --faults N      up to so many faults in one call, 0 to 8 (2)\n"
	       "  --only LIST     of these faults: wipe, fork, nested, reseed, eintr, eagain,\n"
	       "                  enosys, burst (a handler of many calls), jump\n"
	       "  --depth N       calls that interrupt each other, 1 to 5 (one more than faults)\n"
	       "  --chacha N      the version of ChaCha20 by its number on the data page (1)\n"
	       "  --close         any number of faults in any number of calls, until nothing new\n"
	       "                  is met; needs --depth\n"
	       "  --skip-private  faults only behind instructions that touch more than registers\n"
	       "                  and stack; around the others they come to the same\n"
	       "  --no-merge      try what is equal again and again: slow, counts schedules singly\n"
	       "  --first         stop at the first bad schedule\n"
	       "  --replay LIST   only this schedule, as a finding names it; 'none': no fault\n"
	       "  --jobs N        processes (one for each processor)\n"
	       "  --json FILE     the results as JSON, too\n"
	       "  --help, --version\n\n"
	       "Exit status: 0 all right; 1 something is bad, or could not be emulated; 2 wrong\n"
	       "usage.\n");
}

/* One line, then the exit status. */
#define REFUSE(...) (explore_error(__VA_ARGS__), EXPLORE_EXIT_USAGE)

static int parse_number(const char *option, const char *text, unsigned long min, unsigned long max,
			unsigned int *number)
{
	unsigned long value;

	if (!vgr_parse_number(text, strlen(text), max, &value) || value < min)
		return REFUSE("%s: '%s' is not a number from %lu to %lu", option, text, min, max);
	*number = (unsigned int)value;
	return 0;
}

static int add_size(struct explore_options *options, const char *text, size_t len)
{
	unsigned long size;

	if (!vgr_parse_number(text, len, EXPLORE_LEN_MAX, &size) || size == 0)
		return REFUSE("--size: '%.*s' is not a number of bytes from 1 to %d", (int)len,
			      text, EXPLORE_LEN_MAX);
	if (options->num_sizes == EXPLORE_SIZES_MAX)
		return REFUSE("--size: more than %d; leave some out", EXPLORE_SIZES_MAX);
	options->sizes[options->num_sizes++] = (uint32_t)size;
	return 0;
}

static int add_fault(struct explore_options *options, const char *text, size_t len)
{
	unsigned int fault = explore_fault_find(text, len);

	if (fault == EXPLORE_NUM_FAULTS)
		return REFUSE("--only: unknown fault '%.*s'; --help lists them", (int)len, text);
	options->limits.faults |= 1u << fault;
	/* Out of all calls or of some. */
	if (fault == EXPLORE_JUMP)
		options->limits.faults |= ~0u << EXPLORE_JUMP;
	return 0;
}

/* "23:wipe" */
static int add_event(struct explore_options *options, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	size_t number_len = colon ? (size_t)(colon - text) : 0;
	unsigned int fault = EXPLORE_NUM_FAULTS;
	unsigned long step;

	if (len == 4 && memcmp(text, "none", 4) == 0)
		return 0;
	if (colon)
		fault = explore_fault_find(colon + 1, len - number_len - 1);
	if (fault == EXPLORE_NUM_FAULTS || options->num_replay == EXPLORE_FAULTS_MAX ||
	    !vgr_parse_number(text, number_len, UINT32_MAX, &step))
		return REFUSE("--replay: '%.*s' is not a fault at a boundary, such as 23:wipe",
			      (int)len, text);
	options->replay[options->num_replay].step = (uint32_t)step;
	options->replay[options->num_replay++].fault = fault;
	return 0;
}

static int parse_list(struct explore_options *options, const char *list,
		      int (*add)(struct explore_options *, const char *, size_t))
{
	const char *item;
	size_t len;
	int err = 0;

	while (!err && (item = vgr_list_next(&list, &len)) != NULL)
		err = add(options, item, len);
	return err;
}

static int parse_option(struct explore_options *options, int option, char **argv)
{
	struct explore_limits *limits = &options->limits;
	switch (option) {
	case OPTION_TARGET:
		options->target = explore_target_find(optarg);
		return options->target
			       ? 0
			       : REFUSE("--target: unknown '%s'; --help lists them", optarg);
	case OPTION_SIZE:
		return parse_list(options, optarg, add_size);
	case OPTION_START:
		options->start = optarg;
		return 0;
	case OPTION_FAULTS:
		return parse_number("--faults", optarg, 0, EXPLORE_FAULTS_MAX, &limits->num_faults);
	case OPTION_ONLY:
		return parse_list(options, optarg, add_fault);
	case OPTION_DEPTH:
		return parse_number("--depth", optarg, 1, EXPLORE_DEPTH_MAX, &limits->depth);
	case OPTION_CHACHA:
		options->has_level = true;
		return parse_number("--chacha", optarg, 0, 3, &options->level);
	case OPTION_SKIP_PRIVATE:
		limits->skips_private = true;
		return 0;
	case OPTION_NO_MERGE:
		limits->merges = false;
		return 0;
	case OPTION_CLOSE:
		limits->closes = true;
		return 0;
	case OPTION_FIRST:
		limits->stops_first = true;
		return 0;
	case OPTION_JOBS:
		return parse_number("--jobs", optarg, 1, JOBS_MAX, &options->jobs);
	case OPTION_REPLAY:
		options->is_replay = true;
		return parse_list(options, optarg, add_event);
	case OPTION_JSON:
		options->json_path = optarg;
		return 0;
	case OPTION_HELP:
		options->help = true;
		return 0;
	case OPTION_VERSION:
		options->version = true;
		return 0;
	default:
		return REFUSE("%s", vgr_option_refusal(option, argv));
	}
}

static int agree(struct explore_options *options)
{
	struct explore_limits *limits = &options->limits;
	int err = options->json_path ? vgr_json_check(options->json_path) : 0;
	struct explore_start start;

	if (err)
		return REFUSE("cannot write '%s': %s; choose another file", options->json_path,
			      strerror(err));
	if (options->start && !options->target->find_start(options->start, &start))
		return REFUSE("--start: '%s' is none of target %s; see --help", options->start,
			      options->target->name);
	if (limits->closes && (!limits->depth || !limits->merges))
		return REFUSE("--close needs --depth, and no --no-merge");
	if (options->is_replay && (options->num_sizes != 1 || !options->start))
		return REFUSE("--replay needs one --size and a --start, as the finding says");
	if (!limits->depth)
		limits->depth = limits->num_faults < EXPLORE_DEPTH_MAX ? limits->num_faults + 1
								       : EXPLORE_DEPTH_MAX;
	if (!limits->faults)
		limits->faults = ~0u;
	if (!options->num_sizes) {
		options->sizes[options->num_sizes++] = 4;
		options->sizes[options->num_sizes++] = 32;
	}
	if (!options->jobs)
		options->jobs = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	return 0;
}

int explore_options_parse(struct explore_options *options, int argc, char **argv)
{
	int option;

	opterr = 0;
	memset(options, 0, sizeof(*options));
	options->limits.num_faults = 2;
	options->limits.merges = true;
	options->level = 1;
	options->target = &explore_target_image;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		int err = parse_option(options, option, argv);

		if (err || options->help || options->version)
			return err;
	}
	if (optind >= argc && options->target != &explore_target_kernel)
		return REFUSE("no file; name an image or a library, or see --help");
	if (optind + 1 < argc)
		return REFUSE("unexpected argument '%s'; see --help", argv[optind + 1]);
	options->image = argv[optind];
	return agree(options);
}
