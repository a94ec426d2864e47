// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Everything that is wrong with the command line is said before anything is run, in one line
 * that also says what to do.
 */
#define _GNU_SOURCE
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vgetrandom/abi.h>

#include "command-line.h"
#include "inprocess.h"
#include "scenarios.h"

#define VALUE(option) (VGR_OPTION_FIRST + (option))

static const struct option long_options[] = {
	{ "target", required_argument, NULL, VALUE(OPTION_TARGET) },
	{ "fault", required_argument, NULL, VALUE(OPTION_FAULT) },
	{ "size", required_argument, NULL, VALUE(OPTION_SIZE) },
	{ "start", required_argument, NULL, VALUE(OPTION_START) },
	{ "chacha", required_argument, NULL, VALUE(OPTION_CHACHA) },
	{ "pairs", no_argument, NULL, VALUE(OPTION_PAIRS) },
	{ "limit", required_argument, NULL, VALUE(OPTION_LIMIT) },
	{ "seed", required_argument, NULL, VALUE(OPTION_SEED) },
	{ "jobs", required_argument, NULL, VALUE(OPTION_JOBS) },
	{ "minutes", required_argument, NULL, VALUE(OPTION_MINUTES) },
	{ "json", required_argument, NULL, VALUE(OPTION_JSON) },
	{ "quick", no_argument, NULL, VALUE(OPTION_QUICK) },
	{ "full", no_argument, NULL, VALUE(OPTION_FULL) },
	{ "bytes", required_argument, NULL, VALUE(OPTION_BYTES) },
	{ "only", required_argument, NULL, VALUE(OPTION_ONLY) },
	{ "require", required_argument, NULL, VALUE(OPTION_REQUIRE) },
	{ "help", no_argument, NULL, VALUE(OPTION_HELP) },
	{ "version", no_argument, NULL, VALUE(OPTION_VERSION) },
	{ NULL, 0, NULL, 0 },
};

#define MINUTES_MAX (7 * 24 * 60)

static int add_size(struct check_options *options, const char *text, size_t text_len)
{
	unsigned long size;

	if (!vgr_parse_number(text, text_len, CHECK_SIZE_MAX, &size) || size == 0) {
		check_error("--size: '%.*s' is not a number of bytes from 1 to %d", (int)text_len,
			    text, CHECK_SIZE_MAX);
		return CHECK_EXIT_USAGE;
	}
	if (options->num_sizes == CHECK_MAX_SIZES) {
		check_error("--size: at most %d sizes are allowed", CHECK_MAX_SIZES);
		return CHECK_EXIT_USAGE;
	}
	options->sizes[options->num_sizes++] = size;
	return 0;
}

static int add_faults(struct check_options *options, const char *name, size_t name_len)
{
	bool found = false;

	for (unsigned int i = 1; i < check_num_faults; i++) {
		if (!check_fault_is_named(&check_faults[i], name, name_len))
			continue;
		found = true;
		check_options_add_fault(options, &check_faults[i]);
	}
	if (found)
		return 0;
	check_error("--fault: unknown fault '%.*s'; --help lists them", (int)name_len, name);
	return CHECK_EXIT_USAGE;
}

static int add_start(struct check_options *options, const char *name, size_t name_len)
{
	for (unsigned int i = 0; i < CHECK_NUM_STARTS; i++) {
		if (strlen(check_start_names[i]) == name_len &&
		    memcmp(check_start_names[i], name, name_len) == 0 &&
		    options->num_starts < CHECK_NUM_STARTS) {
			options->starts[options->num_starts++] = i;
			return 0;
		}
	}
	check_error(
		"--start: '%.*s' is not a start; use fresh, partial or empty, each at most once",
		(int)name_len, name);
	return CHECK_EXIT_USAGE;
}

static int add_chacha(struct check_options *options, const char *name, size_t name_len)
{
	uint32_t max = vgr_cpu_chacha_max();
	bool all = name_len == 3 && memcmp(name, "all", 3) == 0, found = false;

	for (uint32_t i = 0; i < CHECK_NUM_CHACHA && i <= max; i++) {
		bool is_named = strlen(check_chacha_name(i)) == name_len &&
				memcmp(check_chacha_name(i), name, name_len) == 0;

		if ((all || is_named) && options->num_chacha < CHECK_NUM_CHACHA) {
			options->chacha[options->num_chacha++] = i;
			found = true;
		}
	}
	if (found)
		return 0;
	check_error("--chacha: this machine does not support '%.*s'; choose from generic to %s",
		    (int)name_len, name, check_chacha_name(max));
	return CHECK_EXIT_USAGE;
}

static int add_scenario(const char *option, uint32_t *scenarios, const char *name, size_t name_len)
{
	int number = check_scenario_number(name, name_len);

	if (number >= 0) {
		*scenarios |= 1u << number;
		return 0;
	}
	check_error("%s: unknown scenario '%.*s'; --help lists them", option, (int)name_len, name);
	return CHECK_EXIT_USAGE;
}

static int add_only(struct check_options *options, const char *name, size_t name_len)
{
	return add_scenario("--only", &options->only, name, name_len);
}

static int add_required(struct check_options *options, const char *name, size_t name_len)
{
	return add_scenario("--require", &options->required, name, name_len);
}

static int parse_list(struct check_options *options, const char *list,
		      int (*add)(struct check_options *, const char *, size_t))
{
	const char *item;
	size_t len;
	int err = 0;

	while (!err && (item = vgr_list_next(&list, &len)) != NULL)
		err = add(options, item, len);
	return err;
}

static int parse_count(const char *option, const char *text, unsigned long max,
		       unsigned long *number)
{
	if (vgr_parse_number(text, strlen(text), max, number) && *number > 0)
		return 0;
	check_error("%s: '%s' is not a number from 1 to %lu", option, text, max);
	return CHECK_EXIT_USAGE;
}

static int refuse(int answer, char **argv)
{
	check_error("%s", vgr_option_refusal(answer, argv));
	return CHECK_EXIT_USAGE;
}

static int parse_option(struct check_options *options, int option, char **argv)
{
	unsigned long number = 0;
	int err = 0;

	if (option < VGR_OPTION_FIRST)
		return refuse(option, argv);
	option -= VGR_OPTION_FIRST;
	options->given |= 1u << option;
	switch (option) {
	case OPTION_TARGET:
		options->target_name = optarg;
		break;
	case OPTION_FAULT:
		return parse_list(options, optarg, add_faults);
	case OPTION_SIZE:
		return parse_list(options, optarg, add_size);
	case OPTION_START:
		return parse_list(options, optarg, add_start);
	case OPTION_CHACHA:
		return parse_list(options, optarg, add_chacha);
	case OPTION_PAIRS:
		options->pairs = true;
		break;
	case OPTION_LIMIT:
		return parse_count("--limit", optarg, CHECK_STEPS_MAX, &options->limit);
	case OPTION_SEED:
		err = parse_count("--seed", optarg, UINT64_MAX, &number);
		options->seed = number;
		break;
	case OPTION_JOBS:
		err = parse_count("--jobs", optarg, CHECK_WORKERS_MAX, &number);
		options->jobs = (unsigned int)number;
		break;
	case OPTION_MINUTES:
		return parse_count("--minutes", optarg, MINUTES_MAX, &options->minutes);
	case OPTION_JSON:
		options->json_path = optarg;
		break;
	case OPTION_QUICK:
		options->quick = true;
		break;
	case OPTION_FULL:
		options->full = true;
		break;
	case OPTION_BYTES:
		return parse_count("--bytes", optarg, 1ul << 40, &options->bytes);
	case OPTION_ONLY:
		return parse_list(options, optarg, add_only);
	case OPTION_REQUIRE:
		return parse_list(options, optarg, add_required);
	case OPTION_VERSION:
		options->version = true;
		break;
	default:
		options->help = true;
	}
	return err;
}

static int parse_command(struct check_options *options, const char *name)
{
	for (unsigned int i = 0; name && i < CHECK_NUM_COMMANDS; i++) {
		if (strcmp(name, check_command_names[i]) == 0) {
			options->command = i;
			return 0;
		}
	}
	if (name)
		check_error("there is no command '%s'; begin with step, scenarios or draw, or see "
			    "--help",
			    name);
	else
		check_error("no command; begin with step, scenarios or draw, or see --help");
	return CHECK_EXIT_USAGE;
}

int check_options_parse(struct check_options *options, int argc, char **argv)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		int err = parse_option(options, option, argv);

		if (err || options->help || options->version)
			return err;
	}
	if (parse_command(options, optind < argc ? argv[optind] : NULL) != 0)
		return CHECK_EXIT_USAGE;
	if (optind + 1 < argc) {
		check_error("unexpected argument '%s'; see --help", argv[optind + 1]);
		return CHECK_EXIT_USAGE;
	}
	if (check_options_agree(options) != 0)
		return CHECK_EXIT_USAGE;
	check_options_complete(options);
	return 0;
}
