/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The command line.
 */
#ifndef VGR_CHECK_OPTIONS_H
#define VGR_CHECK_OPTIONS_H

#include "faults.h"
#include "target.h"

#define CHECK_MAX_FAULTS 32
#define CHECK_MAX_SIZES  16
#define CHECK_NUM_CHACHA 5

enum check_command { CHECK_STEP, CHECK_SCENARIOS, CHECK_DRAW, CHECK_NUM_COMMANDS };

extern const char *const check_command_names[CHECK_NUM_COMMANDS];

struct check_options {
	enum check_command command;
	const char *target_name;
	const struct check_target *target;
	const char *target_argument;
	const char *json_path;
	const struct check_fault *faults[CHECK_MAX_FAULTS];
	unsigned int num_faults;
	bool faults_by_default;
	size_t sizes[CHECK_MAX_SIZES];
	unsigned int num_sizes;
	enum check_start starts[CHECK_NUM_STARTS];
	unsigned int num_starts;
	uint32_t chacha[CHECK_NUM_CHACHA];
	unsigned int num_chacha;
	bool pairs;
	bool quick, full;
	unsigned long limit;
	unsigned long budget; /* steps of all runs of one fault in one case */
	uint64_t seed;
	unsigned int jobs, reseed_jobs; /* those of faults that reseed */
	unsigned long minutes;          /* 0: no end */
	unsigned long bytes;
	uint32_t only, required; /* scenarios, by their number; none: all, none */
	uint32_t given;          /* options, by their number */
	bool help, version;
};

/* What getopt_long() returns, from VGR_OPTION_FIRST on. */
enum check_option {
	OPTION_TARGET,
	OPTION_FAULT,
	OPTION_SIZE,
	OPTION_START,
	OPTION_CHACHA,
	OPTION_PAIRS,
	OPTION_LIMIT,
	OPTION_SEED,
	OPTION_JOBS,
	OPTION_MINUTES,
	OPTION_JSON,
	OPTION_QUICK,
	OPTION_FULL,
	OPTION_BYTES,
	OPTION_ONLY,
	OPTION_REQUIRE,
	OPTION_HELP,
	OPTION_VERSION,
	NUM_OPTIONS,
};

/* Returns 0, or CHECK_EXIT_USAGE after one line on stderr. */
int check_options_parse(struct check_options *options, int argc, char **argv);
void check_options_help(void);

/*
 * agree.c: whether command and options go together, and the target is one; loads a library that
 * was named. Returns 0, or CHECK_EXIT_USAGE after one line on stderr.
 */
int check_options_agree(struct check_options *options);

/* Once each. */
void check_options_add_fault(struct check_options *options, const struct check_fault *fault);

/* defaults.c: fills in what was not said. */
void check_options_complete(struct check_options *options);

const char *check_chacha_name(uint32_t chacha);

#endif
