// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Every call is first made with nothing injected. That tells which boundaries it has, where it
 * looks at its state for the last time, and how many system calls are usual after it. Processes
 * share the work, and the calls are in memory that they share.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan.h"

/* Calls after which a generator that nobody knows is looked at, for its starts. */
#define PROFILE_DRAWS     40

#define UNDISTURBED_TRIES 8

static struct check_visit *visits;
static struct check_report *report;

static void run_undisturbed(const struct check_plan *plan, struct check_call *c, bool trace)
{
	struct check_run run = {
		.target = plan->options->target,
		.fault = &check_faults[CHECK_NO_FAULT],
		.call = c->call,
		.bytes_before = c->bytes_before,
		.at = { CHECK_NOWHERE, CHECK_NOWHERE },
		.visits = visits,
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

/*
 * Until it was the same twice: the kernel may drop the page of a state in the middle of it, if
 * memory is short, and that call has more boundaries and other last looks.
 */
static void run_twice(const struct check_plan *plan, struct check_call *c)
{
	long num_steps = -1;

	run_undisturbed(plan, c, false);
	if (!plan->options->target->state)
		return;
	for (int i = 0; i < UNDISTURBED_TRIES && report->num_steps != num_steps; i++) {
		num_steps = report->num_steps;
		run_undisturbed(plan, c, true);
	}
}

static void look_at_call(const struct check_plan *plan, struct check_call *c)
{
	const struct check_target *target = plan->options->target;
	int bytes = target->bytes_before[c->call.start][c->call.size > 32];

	if (target->enter && target->enter(c->call.level) != NULL)
		abort();
	c->bytes_before = (unsigned int)bytes;
	if (bytes < 0)
		find_start(plan, c);
	run_twice(plan, c);
	c->late_syscalls = report->parent.late_syscalls;
	c->num_boundaries = report->num_steps;
	c->last_look = report->last_look;
	c->has_droppable = report->has_droppable;
	if (report->num_steps >= CHECK_STEPS_MAX)
		c->missing = "the call has too many instructions to be stepped through";
	else if (c->kind == CHECK_RIGHT && c->num_boundaries > 0)
		check_choose(plan->options, visits, c);
}

static void look_at_one(const void *arg, size_t number)
{
	const struct check_plan *plan = arg;

	if (!report) {
		visits = check_shared_alloc(CHECK_STEPS_MAX * sizeof(*visits));
		report = check_shared_alloc(sizeof(*report));
		check_judge_init();
	}
	if (!plan->calls[number].missing)
		look_at_call(plan, &plan->calls[number]);
}

static const char *why_missing(const struct check_plan *plan, const struct check_case *call)
{
	const struct check_target *target = plan->options->target;

	if (call->size > check_target_size_max())
		return "the function does not take so many bytes";
	return target->enter ? target->enter(call->level) : NULL;
}

static void add_call(struct check_plan *plan, int32_t *boundaries, size_t size,
		     enum check_start start, uint32_t level)
{
	struct check_call *c = &plan->calls[plan->num_calls];

	c->boundaries = boundaries + (size_t)plan->num_calls++ * 2 * CHECK_STEPS_MAX;
	c->machine = c->boundaries + CHECK_STEPS_MAX;
	c->call = (struct check_case){ .size = size, .start = start, .level = level };
	c->missing = why_missing(plan, &c->call);
	/* Until it is known better. */
	c->kind = CHECK_STUCK;
	c->last_look = CHECK_NOWHERE;
}

void check_plan_look_at_calls(struct check_plan *plan)
{
	const struct check_options *o = plan->options;
	unsigned int num_levels = o->target->has_levels ? o->num_chacha : 1;

	size_t num = (size_t)num_levels * o->num_sizes * o->num_starts;
	/* One mapping, mostly never touched: each costs time in every fork. */
	int32_t *boundaries = check_shared_alloc(num * 2 * CHECK_STEPS_MAX * sizeof(*boundaries));

	plan->calls = check_shared_alloc(num * sizeof(*plan->calls));
	for (unsigned int level = 0; level < num_levels; level++)
		for (unsigned int size = 0; size < o->num_sizes; size++)
			for (unsigned int start = 0; start < o->num_starts; start++)
				add_call(plan, boundaries, o->sizes[size], o->starts[start],
					 o->chacha[level]);
	check_share_work(o->jobs, plan->num_calls, look_at_one, plan, NULL);
}
