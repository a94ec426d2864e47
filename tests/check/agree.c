// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What is wrong with options that are right by themselves: an option of another command would be
 * ignored, and the user would think that it had an effect.
 */
#define _GNU_SOURCE
#include "options.h"

#include <string.h>

#include "json-file.h"

#define STEP      (1u << CHECK_STEP)
#define SCENARIOS (1u << CHECK_SCENARIOS)
#define DRAW      (1u << CHECK_DRAW)

const char *const check_command_names[CHECK_NUM_COMMANDS] = {
	[CHECK_STEP] = "step",
	[CHECK_SCENARIOS] = "scenarios",
	[CHECK_DRAW] = "draw",
};

static const struct {
	const char *name;
	unsigned int commands;
} uses[NUM_OPTIONS] = {
	[OPTION_TARGET] = { "--target", STEP | SCENARIOS | DRAW },
	[OPTION_FAULT] = { "--fault", STEP },
	[OPTION_SIZE] = { "--size", STEP },
	[OPTION_START] = { "--start", STEP },
	[OPTION_CHACHA] = { "--chacha", STEP },
	[OPTION_PAIRS] = { "--pairs", STEP },
	[OPTION_LIMIT] = { "--limit", STEP },
	[OPTION_SEED] = { "--seed", STEP },
	[OPTION_JOBS] = { "--jobs", STEP },
	[OPTION_MINUTES] = { "--minutes", STEP },
	[OPTION_JSON] = { "--json", STEP | SCENARIOS },
	[OPTION_QUICK] = { "--quick", STEP },
	[OPTION_FULL] = { "--full", STEP },
	[OPTION_BYTES] = { "--bytes", DRAW },
	[OPTION_ONLY] = { "--only", SCENARIOS },
	[OPTION_REQUIRE] = { "--require", SCENARIOS },
};

static bool is_given(const struct check_options *options, enum check_option option)
{
	return options->given & 1u << option;
}

static int refuse_strangers(const struct check_options *options)
{
	for (unsigned int i = 0; i < NUM_OPTIONS; i++) {
		if (!is_given(options, i) || uses[i].commands & 1u << options->command)
			continue;
		check_error("%s is no option of %s; leave it out, or see --help", uses[i].name,
			    check_command_names[options->command]);
		return CHECK_EXIT_USAGE;
	}
	if (options->command == CHECK_DRAW && !is_given(options, OPTION_BYTES)) {
		check_error("draw: how many bytes? Add --bytes N");
		return CHECK_EXIT_USAGE;
	}
	if (options->quick && options->full) {
		check_error("--quick and --full do not go together; leave one out");
		return CHECK_EXIT_USAGE;
	}
	if (options->only && options->required & ~options->only) {
		check_error("--require names a scenario that --only leaves out; name it in both");
		return CHECK_EXIT_USAGE;
	}
	return 0;
}

static int find_target(struct check_options *options)
{
	const char *reason;

	if (!options->target_name) {
		check_error("which target? Add --target, such as --target vgetrandom; see --help");
		return CHECK_EXIT_USAGE;
	}
	options->target = check_target_by_name(options->target_name, &options->target_argument);
	if (!options->target) {
		check_error("unknown target '%s'; --help lists them, and your own are written "
			    "lib:PATH:SYMBOL[:CONVENTION]",
			    options->target_name);
		return CHECK_EXIT_USAGE;
	}
	if (is_given(options, OPTION_CHACHA) && !options->target->has_levels) {
		check_error("--chacha: there are no versions to choose from in '%s'; leave it out",
			    options->target_name);
		return CHECK_EXIT_USAGE;
	}
	/* What somebody named is wrong if it is not there; what we name may be missing. */
	reason = options->target->takes_argument ? options->target->init(options->target_argument)
						 : NULL;
	if (!reason)
		return 0;
	check_error("--target: %s", reason);
	return CHECK_EXIT_USAGE;
}

int check_options_agree(struct check_options *options)
{
	int err = refuse_strangers(options);

	if (!err)
		err = find_target(options);
	if (err || !options->json_path)
		return err;
	err = vgr_json_check(options->json_path);
	if (!err)
		return 0;
	check_error("--json: cannot write '%s': %s; name a file that can be written",
		    options->json_path, strerror(err));
	return CHECK_EXIT_USAGE;
}
