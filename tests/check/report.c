// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table on stdout: a row for each fault, then what was bad in which call, and the tails.
 */
#define _GNU_SOURCE
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

bool check_is_bad(const struct check_result *result)
{
	return result->kind != CHECK_RIGHT && result->kind != CHECK_NOT_INJECTED &&
	       !result->in_tail && !result->is_known;
}

void check_tally(const struct check_plan *plan, const struct check_sweep *sweep,
		 struct check_tally *tally)
{
	tally->boundaries += (size_t)sweep->call->num_boundaries;
	for (size_t i = sweep->first; i < sweep->first + sweep->num; i++) {
		const struct check_result *result = &plan->results[i];

		tally->by_kind[result->kind]++;
		tally->injected += result->kind != CHECK_NOT_INJECTED;
		tally->tail += result->in_tail;
		tally->known += result->is_known;
		tally->zeroed += result->was_zeroed;
		tally->left += result->is_left;
		if (!check_is_bad(result))
			continue;
		if (!tally->bad++)
			tally->first = i;
		tally->last = i;
	}
}

const char *const check_place_names[CHECK_NUM_PLACES] = {
	[CHECK_STATE_MACHINE] = "in the state machine",
	[CHECK_CHACHA20] = "in ChaCha20",
	[CHECK_ELSEWHERE] = "elsewhere",
};

void check_coverage(const struct check_plan *plan, size_t of[CHECK_NUM_PLACES],
		    size_t tried[CHECK_NUM_PLACES])
{
	memset(of, 0, CHECK_NUM_PLACES * sizeof(*of));
	memset(tried, 0, CHECK_NUM_PLACES * sizeof(*tried));
	for (unsigned int i = 0; i < plan->num_calls; i++) {
		for (unsigned int place = 0; place < CHECK_NUM_PLACES; place++) {
			of[place] += (size_t)plan->calls[i].num_in[place];
			tried[place] += (size_t)plan->calls[i].num_tried_in[place];
		}
	}
}

/* The kinds that were bad, with their numbers. */
static void print_kinds(const struct check_tally *tally)
{
	const char *separator = "";

	for (unsigned int kind = 0; kind < CHECK_NUM_KINDS; kind++) {
		size_t num = tally->by_kind[kind];

		if (kind == CHECK_RIGHT || kind == CHECK_NOT_INJECTED)
			continue;
		if (kind == CHECK_SAME_OUTPUT)
			num -= tally->tail;
		if (kind == CHECK_REPEATS_OTHER)
			num -= tally->known;
		if (num)
			printf("%s%zu %s", separator, num, check_kind_names[kind]);
		separator = num ? ", " : separator;
	}
}

static void print_call(const struct check_plan *plan, const struct check_call *c)
{
	printf("%zu bytes, %s", c->call.size, check_start_names[c->call.start]);
	if (plan->options->target->has_levels)
		printf(", %s", check_chacha_name(c->call.level));
}

static void print_place(const struct check_plan *plan, const char *label, size_t index)
{
	const struct check_item *item = &plan->items[index];
	const struct check_result *result = &plan->results[index];
	char text[256];

	check_describe(result->ip[0], text, sizeof(text));
	printf("      %-5s at %d: %s\n", label, item->at[0], text);
	if (item->at[1] == CHECK_NOWHERE)
		return;
	if (result->ip[1])
		check_describe(result->ip[1], text, sizeof(text));
	else
		snprintf(text, sizeof(text), "not reached");
	printf("        and at %d: %s\n", item->at[1], text);
}

static void print_fault(const struct check_plan *plan, const struct check_fault *fault)
{
	struct check_tally all = { 0 };

	for (unsigned int i = 0; i < plan->num_sweeps; i++)
		if (plan->sweeps[i].fault == fault)
			check_tally(plan, &plan->sweeps[i], &all);
	if (!all.boundaries)
		return;
	printf("  %-19s %10zu %9zu %7zu %7zu  ", fault->name, all.boundaries, all.injected,
	       all.tail, all.bad);
	print_kinds(&all);
	if (all.known)
		printf("%s%zu known, see the target's documentation", all.bad ? ", " : "",
		       all.known);
	printf("%s\n", all.injected ? "" : all.left ? "not tried" : "not possible here");
}

static void print_bad(const struct check_plan *plan)
{
	for (unsigned int i = 0; i < plan->num_sweeps; i++) {
		const struct check_sweep *sweep = &plan->sweeps[i];
		struct check_tally tally = { 0 };

		check_tally(plan, sweep, &tally);
		if (!tally.bad)
			continue;
		printf("\n  %s, ", sweep->fault->name);
		print_call(plan, sweep->call);
		printf(": %zu bad of %zu (", tally.bad, tally.injected);
		print_kinds(&tally);
		printf(")\n");
		print_place(plan, "first", tally.first);
		print_place(plan, "last", tally.last);
	}
}

/* Expected and found, for every call in which they differ; of one call, always. */
static bool print_tails(const struct check_plan *plan)
{
	bool good = true;

	for (unsigned int i = 0; i < plan->num_calls; i++) {
		const struct check_call *c = &plan->calls[i];
		if (c->missing || c->kind != CHECK_RIGHT || c->tail == c->num_boundaries)
			continue;
		good = good && c->tail_is_run;
		if (plan->num_calls > 4 && c->tail_is_run && !check_has_long_tail(c))
			continue;
		printf("\n  tail of ");
		print_call(plan, c);
		printf(": plain forks copy the output from boundary %ld of %ld on", c->tail,
		       c->num_boundaries);
		if (c->last_look >= 0)
			printf("; the last look at the state is at %ld%s", c->last_look,
			       c->tail_is_run ? "" : ": BEFORE THAT, THEY SHOULD NOT");
		printf("\n");
		if (check_has_long_tail(c))
			printf("    WARNING: that is more than half of the call. If it looks for a "
			       "fork only before that,\n    a handler that forks gives its child "
			       "the bytes of the parent\n");
	}
	return good;
}

static bool print_calls(const struct check_plan *plan)
{
	bool good = true;

	for (unsigned int i = 0; i < plan->num_calls; i++) {
		const struct check_call *c = &plan->calls[i];

		if (!c->missing && c->kind == CHECK_RIGHT)
			continue;
		printf("\n  ");
		print_call(plan, c);
		if (c->missing)
			printf(": not tested: %s\n", c->missing);
		else
			printf(": WRONG WITH NOTHING INJECTED: %s\n", check_kind_names[c->kind]);
		good = good && c->missing;
	}
	return good;
}

/* Which boundaries were tried, and how those were chosen that were. */
static void print_coverage(const struct check_plan *plan)
{
	size_t of[CHECK_NUM_PLACES], tried[CHECK_NUM_PLACES], left_out = 0;
	const char *separator = "\n  of all calls' boundaries: ";

	check_coverage(plan, of, tried);
	for (unsigned int i = 0; i < CHECK_NUM_PLACES; i++) {
		if (!of[i])
			continue;
		printf("%s%zu of %zu %s", separator, tried[i], of[i], check_place_names[i]);
		separator = ", ";
	}
	for (unsigned int i = 0; i < CHECK_NUM_PLACES; i++)
		left_out += of[i] - tried[i];
	if (left_out)
		printf("\n  (of what was sampled, each instruction the first and the last time it is "
		       "executed,\n  as far as --limit allows, and random ones)");
	printf("\n");
}

static void print_head(const struct check_plan *plan)
{
	struct utsname name = { 0 };

	uname(&name);
	printf("%s (%s), %s %s, seed %lu\n\n", plan->options->target_name,
	       plan->options->target->what, name.sysname, name.release,
	       (unsigned long)plan->options->seed);
	printf("  %-19s %10s %9s %7s %7s  %s\n", "fault", "boundaries", "injected", "tail", "bad",
	       "kind");
}

static const char *conclusion(const struct check_plan *plan, bool good)
{
	if (!good)
		return "UNSAFE";
	if (plan->num_left)
		return "safe as far as was tried";
	for (unsigned int i = 0; i < plan->num_calls; i++)
		if (check_has_long_tail(&plan->calls[i]))
			return "safe but for the tail, see the warning";
	return "safe";
}

int check_report(struct check_plan *plan)
{
	struct check_tally all = { 0 };
	bool good = true;
	int err = 0;

	print_head(plan);
	for (unsigned int i = 0; i < check_num_faults; i++)
		print_fault(plan, &check_faults[i]);
	print_bad(plan);
	good = print_tails(plan) && good;
	good = print_calls(plan) && good;
	print_coverage(plan);
	for (unsigned int i = 0; i < plan->num_sweeps; i++)
		check_tally(plan, &plan->sweeps[i], &all);
	if (plan->num_left)
		printf("\n%lu minutes are over: %zu of %zu injections were not tried; --minutes N "
		       "gives it N\n",
		       plan->options->minutes, plan->num_left, plan->num_items);
	printf("\n%zu injections in %.1f s", all.injected, plan->seconds);
	if (all.zeroed)
		printf(", in %zu of them a page was zeroed instead of dropped", all.zeroed);
	good = good && !all.bad;
	printf("; %s\n", conclusion(plan, good));
	if (plan->options->json_path)
		err = check_report_json(plan);
	return good ? err : CHECK_EXIT_UNSAFE;
}
