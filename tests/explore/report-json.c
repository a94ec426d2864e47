// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "report.h"

#include <inttypes.h>

#include "faults.h"
#include "json-file.h"
#include "machine.h"

struct report {
	const struct explore_options *options;
	const struct explore_result *results;
	unsigned int num;
};

static void put_event(FILE *file, const struct explore_event *event)
{
	const struct explore_image *image = explore_machine.image;
	uint64_t into;
	const char *name = explore_image_name(image, event->pc, &into);

	fprintf(file, "{ \"fault\": \"%s\", \"boundary\": %u, \"offset\": %" PRIu64,
		explore_fault_name(event->fault), event->step, event->pc - EXPLORE_IMAGE);
	fprintf(file, ", \"function\": ");
	if (name)
		vgr_json_string(file, name);
	else
		fprintf(file, "null");
	fprintf(file, ", \"chacha_stores\": %u }", event->chacha_step);
}

static void put_shown(FILE *file, const struct explore_shown *shown)
{
	char text[256];

	explore_schedule_text(shown, text, sizeof(text));
	fprintf(file, "\n        { \"kind\": ");
	vgr_json_string(file, explore_kind_names[shown->kind]);
	fprintf(file, ", \"call\": %u, \"schedule\": \"%s\", \"events\": [", shown->phase, text);
	for (uint32_t i = 0; i < shown->num_faults && i < EXPLORE_FAULTS_MAX; i++) {
		fprintf(file, "%s", i ? ", " : "");
		put_event(file, &shown->events[i]);
	}
	fprintf(file, "] }");
}

static void put_result(FILE *file, const struct explore_result *result)
{
	const struct explore_totals *t = &result->totals;

	fprintf(file, "    { \"size\": %u, \"start\": \"%s\", ", result->size, result->start.name);
	fprintf(file, "\"boundaries\": %u, \"tail\": %u, ", t->boundaries, t->tail);
	fprintf(file, "\"schedules\": %.0f, \"configurations\": %u, \"closed\": %s, ", t->schedules,
		t->configs, t->is_closed ? "true" : "false");
	fprintf(file, "\"cpu_seconds\": %.1f, \"known\": %u, \"bad\": %u,\n      \"kinds\": [",
		result->cpu_seconds, result->num_known, result->num_bad);
	for (unsigned int i = 0; i < result->num_groups; i++) {
		fprintf(file, "%s\n        { \"faults\": \"%s\", \"kind\": ", i ? "," : "",
			result->groups[i].faults);
		vgr_json_string(file, explore_kind_names[result->groups[i].kind]);
		fprintf(file, ", \"known\": %s, \"schedules\": %u }",
			explore_kind_is_known(result->groups[i].kind) ? "true" : "false",
			result->groups[i].num);
	}
	fprintf(file, "],\n      \"findings\": [");
	for (unsigned int i = 0; i < result->num_shown; i++) {
		fprintf(file, "%s", i ? "," : "");
		put_shown(file, &result->shown[i]);
	}
	fprintf(file, "] }");
}

static void put_report(FILE *file, const void *arg)
{
	const struct report *report = arg;

	const char *path = report->options->image;

	fprintf(file, "{\n  \"target\": \"%s\", \"image\": ", explore_target->name);
	if (path)
		vgr_json_string(file, path);
	else
		fprintf(file, "null");
	fprintf(file, ", \"architecture\": \"%s\", \"faults\": %u,\n  \"calls\": [",
		explore_machine.arch->name, report->options->limits.num_faults);
	for (unsigned int i = 0; i < report->num; i++) {
		fprintf(file, "%s\n", i ? "," : "");
		put_result(file, &report->results[i]);
	}
	fprintf(file, "\n  ]\n}\n");
}

int explore_report_json(const struct explore_options *options, const struct explore_result *results,
			unsigned int num)
{
	struct report report = { options, results, num };

	return vgr_json_write(options->json_path, put_report, &report);
}
