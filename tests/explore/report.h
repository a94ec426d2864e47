/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What was found: as text, as JSON, and as a schedule that --replay takes.
 */
#ifndef EXPLORE_REPORT_H
#define EXPLORE_REPORT_H

#include "options.h"
#include "schedule.h"
#include "starts.h"

#define EXPLORE_SHOWN_MAX 3

struct explore_shown {
	enum explore_kind kind;
	uint32_t num_faults, phase;
	struct explore_event events[EXPLORE_FAULTS_MAX];
	uint64_t pc;
};

/* Schedules whose faults are the same, and what is wrong with them. */
struct explore_group {
	char faults[64];
	enum explore_kind kind;
	uint32_t num;
};

#define EXPLORE_GROUPS_MAX 16

/* One size from one start. */
struct explore_result {
	uint32_t size;
	struct explore_start start;
	struct explore_totals totals;
	uint32_t num_bad;
	uint32_t num_known; /* of its findings, those of a known limitation */
	double cpu_seconds;
	uint32_t num_faults; /* of the shortest that is bad */
	unsigned int num_shown, num_groups;
	struct explore_shown shown[EXPLORE_SHOWN_MAX];
	struct explore_group groups[EXPLORE_GROUPS_MAX];
};

/* Takes what explore_findings says; leaves out what is chance. */
void explore_result_collect(struct explore_result *result, uint32_t level);

void explore_report_head(void);
void explore_report_line(const struct explore_result *result);
void explore_report_findings(const struct explore_result *result);

/* Returns 0 or an errno. */
int explore_report_json(const struct explore_options *options, const struct explore_result *results,
			unsigned int num);

/* "23:wipe,31:nested" */
void explore_schedule_text(const struct explore_shown *shown, char *text, size_t len);

/* Instructions around @pc, with a mark at it. */
void explore_disassemble(uint64_t pc);

/* Whether the image stores below its stack pointer, which the explorer takes for unused. */
bool explore_has_red_zone(void);

#endif
