// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "json-file.h"
#include "machine.h"
#include "target.h"
#include "words.h"

/* Under another seed a repeat by chance is none. */
#define OTHER_SEED 0x5eed

static void copy_finding(const struct explore_finding *finding, struct explore_shown *shown)
{
	uint32_t trail = finding->trail;

	memset(shown, 0, sizeof(*shown));
	shown->kind = finding->kind;
	shown->phase = finding->phase;
	shown->pc = finding->pc;
	shown->num_faults = finding->num_faults;
	if (shown->num_faults > EXPLORE_FAULTS_MAX)
		return;
	for (uint32_t i = shown->num_faults; i > 0; i--) {
		shown->events[i - 1] = *explore_event(trail);
		trail = shown->events[i - 1].before;
	}
}

static void faults_text(const struct explore_shown *shown, char *text, size_t len)
{
	size_t at = 0;

	snprintf(text, len, "%s", shown->num_faults ? "" : "no fault");
	for (uint32_t i = 0; i < shown->num_faults && i < EXPLORE_FAULTS_MAX && at < len; i++)
		at += (size_t)snprintf(text + at, len - at, "%s%s", i ? ", " : "",
				       explore_fault_name(shown->events[i].fault));
}

void explore_schedule_text(const struct explore_shown *shown, char *text, size_t len)
{
	size_t at = 0;

	snprintf(text, len, "%s", "");
	for (uint32_t i = 0; i < shown->num_faults && i < EXPLORE_FAULTS_MAX && at < len; i++)
		at += (size_t)snprintf(text + at, len - at, "%s%u:%s", i ? "," : "",
				       shown->events[i].step,
				       explore_fault_name(shown->events[i].fault));
}

static void add_to_group(struct explore_result *result, const struct explore_shown *shown)
{
	struct explore_group *group = result->groups;
	char faults[sizeof(group->faults)];
	unsigned int i = 0;

	faults_text(shown, faults, sizeof(faults));
	while (i < result->num_groups &&
	       (group[i].kind != shown->kind || strcmp(group[i].faults, faults) != 0))
		i++;
	if (i == EXPLORE_GROUPS_MAX)
		return;
	if (i == result->num_groups) {
		result->num_groups++;
		group[i].kind = shown->kind;
		memcpy(group[i].faults, faults, sizeof(faults));
	}
	group[i].num++;
}

static bool is_chance(const struct explore_result *result, const struct explore_shown *shown,
		      uint32_t level)
{
	if (shown->num_faults > EXPLORE_FAULTS_MAX)
		return false;
	explore_target->make_start(&result->start, level);
	return explore_replay(result->size, shown->events, shown->num_faults) == EXPLORE_RIGHT;
}

void explore_result_collect(struct explore_result *result, uint32_t level)
{
	uint32_t num = result->totals.num_findings;
	struct explore_shown *all = calloc(num + 1, sizeof(*all));

	if (!all)
		explore_die("out of memory");
	for (uint32_t i = 0; i < num; i++)
		copy_finding(&explore_findings[i], &all[i]);
	explore_words_init(OTHER_SEED);
	for (uint32_t i = 0; i < num; i++) {
		if (is_chance(result, &all[i], level))
			continue;
		if (explore_kind_is_known(all[i].kind))
			result->num_known++;
		else
			result->num_bad++;
		if (result->num_shown < EXPLORE_SHOWN_MAX)
			result->shown[result->num_shown++] = all[i];
		result->num_faults = all[i].num_faults;
		add_to_group(result, &all[i]);
	}
	free(all);
}

void explore_report_head(void)
{
	printf("  %5s %-9s %10s %6s %14s %15s %7s %7s %8s\n", "bytes", "start", "boundaries",
	       "tail", "schedules", "configurations", "known", "bad", "CPU s");
}

void explore_report_line(const struct explore_result *result)
{
	const struct explore_totals *t = &result->totals;
	char schedules[32];

	snprintf(schedules, sizeof(schedules), "%.0f", t->schedules);
	if (t->is_closed)
		snprintf(schedules, sizeof(schedules), "%s", "all");
	printf("  %5u %-9s %10u %6u %14s %15u %7u %7u %8.1f\n", result->size, result->start.name,
	       t->boundaries, t->tail, schedules, t->configs, result->num_known, result->num_bad,
	       result->cpu_seconds);
}

static void report_event(const struct explore_event *event)
{
	printf("    %s at boundary %u", explore_fault_name(event->fault), event->step);
	if (event->chacha_step)
		printf(", after %u stores of ChaCha20", event->chacha_step);
	printf(":\n");
	explore_disassemble(event->pc);
}

void explore_report_findings(const struct explore_result *result)
{
	char text[256];

	if (!result->num_groups)
		return;
	printf("\n%u bytes, start %s: %u bad, %u known\n", result->size, result->start.name,
	       result->num_bad, result->num_known);
	for (unsigned int i = 0; i < result->num_groups; i++)
		printf("  %6u  %s: %s\n", result->groups[i].num, result->groups[i].faults,
		       explore_kind_names[result->groups[i].kind]);
	for (unsigned int i = 0; i < result->num_shown; i++) {
		const struct explore_shown *shown = &result->shown[i];

		explore_schedule_text(shown, text, sizeof(text));
		printf("  %s%s %s\n", shown->phase ? "the next call " : "",
		       explore_kind_names[shown->kind], shown->num_faults ? "after" : "at once");
		for (uint32_t j = 0; j < shown->num_faults && j < EXPLORE_FAULTS_MAX; j++)
			report_event(&shown->events[j]);
		printf("    again: --size %u --start %s --replay %s\n", result->size,
		       result->start.name, shown->num_faults ? text : "none");
	}
}
