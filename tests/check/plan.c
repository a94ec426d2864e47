// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The plan: every call is first made with nothing injected. That tells how many boundaries it
 * has, where it looks at its state for the last time, and how many system calls are usual
 * after it.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <stdlib.h>
#include <string.h>

/* Calls after which a generator that nobody knows is looked at, for its starts. */
#define PROFILE_DRAWS 40

/* Pairs of boundaries: all of a short call, else a sample of so many. */
#define PAIRS       1500
#define PAIRS_QUICK 100
#define PAIRS_FULL  150

/* In the full form longer calls have no pairs. */
#define PAIRS_FULL_CALL 8000

static uintptr_t *ips;
static struct check_report *report;

static void run_undisturbed(const struct check_plan *plan, struct check_call *c, bool trace)
{
	struct check_run run = {
		.target = plan->options->target,
		.fault = &check_faults[CHECK_NO_FAULT],
		.call = c->call,
		.bytes_before = c->bytes_before,
		.at = { CHECK_NOWHERE, CHECK_NOWHERE },
		.ips = ips,
		.trace = trace,
	};

	c->kind = check_run_and_judge(&run, report, UINT32_MAX / 2);
	if (c->kind == CHECK_NOT_INJECTED)
		c->kind = CHECK_RIGHT;
}

/* The call that is shortest, or longest, of those after 1, 2, ... others. */
static void find_start(const struct check_plan *plan, struct check_call *c)
{
	unsigned int best = 1;
	long best_num = -1;

	for (unsigned int draws = 1; draws <= PROFILE_DRAWS; draws++) {
		bool is_better;

		c->bytes_before = draws * CHECK_NEXT_LEN;
		run_undisturbed(plan, c, false);
		is_better = c->call.start == CHECK_EMPTY ? report->num_steps > best_num
							 : report->num_steps < best_num;
		if (best_num < 0 || is_better) {
			best = draws;
			best_num = report->num_steps;
		}
	}
	c->bytes_before = best * CHECK_NEXT_LEN;
}

static void look_at_call(const struct check_plan *plan, struct check_call *c)
{
	const struct check_target *target = plan->options->target;
	int bytes = target->bytes_before[c->call.start][c->call.size > 32];

	if (target->enter)
		c->missing = target->enter(c->call.level);
	if (c->missing)
		return;
	c->bytes_before = (unsigned int)bytes;
	if (bytes < 0)
		find_start(plan, c);
	c->last_look = -1;
	run_undisturbed(plan, c, target->state != NULL);
	c->late_syscalls = report->parent.late_syscalls;
	c->num_boundaries = report->num_steps;
	c->last_look = report->last_look;
	if (report->num_steps >= CHECK_STEPS_MAX) {
		c->missing = "the call has too many instructions to be stepped through";
		return;
	}
	if (c->kind != CHECK_RIGHT || c->num_boundaries == 0)
		return;
	c->boundaries = check_choose(plan->options, ips, c->num_boundaries, &c->num_tried);
}

static void add_item(struct check_plan *plan, long first, long second)
{
	if (plan->num_items == plan->items_size) {
		plan->items_size = plan->items_size ? 2 * plan->items_size : 4096;
		plan->items = realloc(plan->items, plan->items_size * sizeof(*plan->items));
		if (!plan->items)
			abort();
	}
	plan->items[plan->num_items++] = (struct check_item){
		.sweep = plan->num_sweeps,
		.at = { (int32_t)first, (int32_t)second },
	};
}

/*
 * A call that starts over has more boundaries than the undisturbed one: a quarter of the
 * second ones lies beyond its end.
 */
static void add_pairs(struct check_plan *plan, const struct check_call *c)
{
	const struct check_options *options = plan->options;
	long most = options->quick ? PAIRS_QUICK : options->full ? PAIRS_FULL : PAIRS;
	long num = c->num_boundaries;
	uint64_t random = options->seed + plan->num_sweeps;

	if (num * (num - 1) / 2 <= most) {
		for (long i = 0; i < num; i++)
			for (long j = i + 1; j < num; j++)
				add_item(plan, i, j);
		most /= 4;
	}
	/* From the first boundary to the second each run steps by itself: a third of the call. */
	if (options->budget && num * most > 3 * (long)options->budget)
		most = 3 * (long)options->budget / num + 2;
	for (long i = 0; i < most; i++) {
		long at = c->boundaries[check_random(&random) % (uint64_t)c->num_tried];
		uint64_t span = (uint64_t)(num - at);

		if (i % 4 == 0 || span < 2)
			span = (uint64_t)num;
		add_item(plan, at, at + 1 + (long)(check_random(&random) % span));
	}
}

/* Why @fault is of no use with this target; NULL: it is. */
static bool suits(const struct check_options *options, const struct check_fault *fault)
{
	const struct check_target *target = options->target;

	if (check_fault_has(fault, CHECK_RESEED) && !target->reseed)
		return false;
	if (check_fault_has(fault, CHECK_FAIL) && !check_can_intercept())
		return false;
	/* The tail of a call that was disturbed before is known only if its state is watched. */
	if (check_fault_forks_late(fault) && !target->state)
		return false;
	if (!options->faults_by_default)
		return true;
	return target->signal_safe ||
	       (!check_fault_has(fault, CHECK_SIGNAL) && !check_fault_has(fault, CHECK_JUMP));
}

/* What happens between two boundaries is the same in the faster versions of ChaCha20. */
static bool is_too_long(const struct check_options *options, const struct check_call *c,
			const struct check_fault *fault)
{
	return options->full && strstr(fault->name, "..") && c->num_boundaries > PAIRS_FULL_CALL;
}

static void add_sweep(struct check_plan *plan, const struct check_call *c,
		      const struct check_fault *fault)
{
	struct check_sweep *sweep = &plan->sweeps[plan->num_sweeps];

	sweep->call = c;
	sweep->fault = fault;
	sweep->first = plan->num_items;
	if (fault->split)
		add_pairs(plan, c);
	else
		for (long i = 0; i < c->num_tried; i++)
			add_item(plan, c->boundaries[i], CHECK_NOWHERE);
	sweep->num = plan->num_items - sweep->first;
	plan->num_sweeps++;
}

static void add_sweeps(struct check_plan *plan, const struct check_call *c)
{
	const struct check_options *options = plan->options;

	for (unsigned int i = 0; i < options->num_faults; i++)
		if (suits(options, options->faults[i]) &&
		    !is_too_long(options, c, options->faults[i]))
			add_sweep(plan, c, options->faults[i]);
}

static void make_calls(struct check_plan *plan)
{
	const struct check_options *o = plan->options;
	unsigned int num_levels = o->target->has_levels ? o->num_chacha : 1;

	plan->calls =
		calloc((size_t)num_levels * o->num_sizes * o->num_starts, sizeof(*plan->calls));
	for (unsigned int level = 0; level < num_levels; level++)
		for (unsigned int size = 0; size < o->num_sizes; size++)
			for (unsigned int start = 0; start < o->num_starts; start++)
				plan->calls[plan->num_calls++].call = (struct check_case){
					.size = o->sizes[size],
					.start = o->starts[start],
					.level = o->chacha[level],
				};
}

const char *check_plan_make(struct check_plan *plan, const struct check_options *options)
{
	const char *missing = NULL;

	plan->options = options;
	ips = check_shared_alloc(CHECK_STEPS_MAX * sizeof(*ips));
	report = check_shared_alloc(sizeof(*report));
	make_calls(plan);
	plan->sweeps = calloc((size_t)plan->num_calls * CHECK_MAX_FAULTS, sizeof(*plan->sweeps));
	for (unsigned int i = 0; i < plan->num_calls; i++) {
		struct check_call *c = &plan->calls[i];

		if (c->call.size > check_target_size_max())
			c->missing = "the function does not take so many bytes";
		else
			look_at_call(plan, c);
		if (c->missing)
			missing = c->missing;
		else if (c->kind == CHECK_RIGHT && c->num_tried)
			add_sweeps(plan, c);
		else
			plan->num_broken++;
	}
	check_plan_order(plan);
	plan->results = check_shared_alloc((plan->num_items + 1) * sizeof(*plan->results));
	if (plan->num_items || plan->num_broken)
		return NULL;
	return missing ? missing : "none of the faults suits this target";
}
