/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef EXPLORE_OPTIONS_H
#define EXPLORE_OPTIONS_H

#include "schedule.h"
#include "target.h"

#define EXPLORE_SIZES_MAX 16

struct explore_options {
	const struct explore_target *target;
	const char *image; /* a path; NULL: what this machine has */
	const char *json_path;
	const char *start; /* NULL: all */
	uint32_t sizes[EXPLORE_SIZES_MAX];
	unsigned int num_sizes;
	uint32_t level;
	bool has_level;
	struct explore_limits limits;
	unsigned int jobs;
	bool is_replay;
	struct explore_event replay[EXPLORE_FAULTS_MAX];
	unsigned int num_replay;
	bool help, version;
};

/* Returns 0, or EXPLORE_EXIT_USAGE after one line on stderr. */
int explore_options_parse(struct explore_options *options, int argc, char **argv);
void explore_options_help(void);

#endif
