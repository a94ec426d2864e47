// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The same as JSON: each fault in each call, and every bad boundary. */
#define _GNU_SOURCE
#include "report.h"

#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

#include "json-file.h"

static void put_place(FILE *file, const char *name, int32_t at, uintptr_t ip)
{
	uintptr_t offset = ip - check_function.image;

	fprintf(file, ", \"%s\": %d", name, at);
	if (check_function.image && offset < check_function.image_len)
		fprintf(file, ", \"%s_offset\": %" PRIuPTR, name, offset);
}

static bool is_known(const struct check_result *result)
{
	return result->is_known;
}

/* The boundaries that are @is_listed. */
static void put_list(FILE *file, const struct check_plan *plan, const struct check_sweep *sweep,
		     const char *name, bool (*is_listed)(const struct check_result *result))
{
	const char *separator = "";

	fprintf(file, ",\n      \"%s\": [", name);
	for (size_t i = sweep->first; i < sweep->first + sweep->num; i++) {
		const struct check_result *result = &plan->results[i];
		const struct check_item *item = &plan->items[i];

		if (!is_listed(result))
			continue;
		fprintf(file, "%s\n        { \"kind\": ", separator);
		vgr_json_string(file, check_kind_names[result->kind]);
		put_place(file, "boundary", item->at[0], result->ip[0]);
		if (item->at[1] != CHECK_NOWHERE)
			put_place(file, "second", item->at[1], result->ip[1]);
		fprintf(file, " }");
		separator = ",";
	}
	fprintf(file, "%s]", *separator ? "\n      " : "");
}

static void put_sweep(FILE *file, const struct check_plan *plan, const struct check_sweep *sweep)
{
	const struct check_call *c = sweep->call;
	struct check_tally tally = { 0 };

	check_tally(plan, sweep, &tally);
	fprintf(file, "    { \"fault\": ");
	vgr_json_string(file, sweep->fault->name);
	fprintf(file, ", \"size\": %zu, \"start\": \"%s\", \"chacha\": ", c->call.size,
		check_start_names[c->call.start]);
	if (plan->options->target->has_levels)
		vgr_json_string(file, check_chacha_name(c->call.level));
	else
		fprintf(file, "null");
	fprintf(file,
		",\n      \"boundaries\": %ld, \"injected\": %zu, \"tail\": %zu, \"known\": %zu",
		c->num_boundaries, tally.injected, tally.tail, tally.known);
	fprintf(file, ", \"tail_from\": %ld, \"last_look\": %ld", c->tail, c->last_look);
	put_list(file, plan, sweep, "bad", check_is_bad);
	put_list(file, plan, sweep, "known_at", is_known);
	fprintf(file, " }");
}

static void put_coverage(FILE *file, const struct check_plan *plan)
{
	size_t of[CHECK_NUM_PLACES], tried[CHECK_NUM_PLACES];

	check_coverage(plan, of, tried);
	fprintf(file, "  \"boundaries\": {");
	for (unsigned int i = 0; i < CHECK_NUM_PLACES; i++) {
		fprintf(file, "%s\n    ", i ? "," : "");
		vgr_json_string(file, check_place_names[i]);
		fprintf(file, ": { \"all\": %zu, \"tried\": %zu }", of[i], tried[i]);
	}
	fprintf(file, "\n  },\n");
}

static void put_warnings(FILE *file, const struct check_plan *plan)
{
	const char *separator = "";

	fprintf(file, "  \"warnings\": [");
	for (unsigned int i = 0; i < plan->num_calls; i++) {
		const struct check_call *c = &plan->calls[i];

		if (!check_has_long_tail(c))
			continue;
		fprintf(file, "%s\n    { \"kind\": \"long tail\", \"size\": %zu, ", separator,
			c->call.size);
		fprintf(file, "\"start\": \"%s\", \"boundaries\": %ld, \"tail_from\": %ld }",
			check_start_names[c->call.start], c->num_boundaries, c->tail);
		separator = ",";
	}
	fprintf(file, "%s],\n", *separator ? "\n  " : "");
}

static void put_plan(FILE *file, const void *arg)
{
	const struct check_plan *plan = arg;
	struct check_tally all = { 0 };
	struct utsname name = { 0 };

	uname(&name);
	for (unsigned int i = 0; i < plan->num_sweeps; i++)
		check_tally(plan, &plan->sweeps[i], &all);
	fprintf(file, "{\n  \"target\": ");
	vgr_json_string(file, plan->options->target_name);
	fprintf(file, ", \"kernel\": ");
	vgr_json_string(file, name.release);
	fprintf(file, ", \"seed\": %" PRIu64 ", \"seconds\": %.1f", plan->options->seed,
		plan->seconds);
	fprintf(file,
		",\n  \"injections\": %zu, \"made_again\": %zu, \"not_tried\": %zu, \"bad\": %zu, "
		"\"broken_calls\": %u,\n",
		all.injected, plan->num_again, plan->num_left, all.bad, plan->num_broken);
	put_coverage(file, plan);
	put_warnings(file, plan);
	fprintf(file, "  \"faults\": [");
	for (unsigned int i = 0; i < plan->num_sweeps; i++) {
		fprintf(file, "%s\n", i ? "," : "");
		put_sweep(file, plan, &plan->sweeps[i]);
	}
	fprintf(file, "\n  ]\n}\n");
}

int check_report_json(const struct check_plan *plan)
{
	int err = vgr_json_write(plan->options->json_path, put_plan, plan);

	if (!err)
		return 0;
	check_error("cannot write '%s': %s; the results are only in the table above",
		    plan->options->json_path, strerror(err));
	return CHECK_EXIT_UNSAFE;
}
