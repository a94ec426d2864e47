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
#define CHECK_NUM_CHACHA 4

enum check_command { CHECK_STEP, CHECK_SCENARIOS, CHECK_DRAW };

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
	unsigned int jobs;
	unsigned long bytes;
	const char *only; /* scenario */
	bool help;
};

/* Returns 0, or CHECK_EXIT_USAGE after one line on stderr. */
int check_options_parse(struct check_options *options, int argc, char **argv);
void check_options_help(void);

/* defaults.c: fills in what was not said. */
void check_options_complete(struct check_options *options);

const char *check_chacha_name(uint32_t chacha);

#endif
