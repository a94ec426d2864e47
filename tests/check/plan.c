// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The plan: which faults, at which boundaries of which calls. */
#define _GNU_SOURCE
#include "plan.h"

#include <stdlib.h>

/* The longest tail of ours is about 30; before it comes a clock's or a judge's code. */
#define EVERY_ONE_OF_THE_LAST 64

void check_plan_add_item(struct check_plan *plan, long first, long second)
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

/*
 * What the tail is judged by (tail.c), so all of the last boundaries: one that was left out could
 * be the first of it, and a pair that forks there would look bad.
 */
static void add_plain_forks(struct check_plan *plan, const struct check_call *c)
{
	long end = c->num_boundaries - EVERY_ONE_OF_THE_LAST;

	for (long i = 0; i < c->num_tried && c->boundaries[i] < end; i++)
		check_plan_add_item(plan, c->boundaries[i], CHECK_NOWHERE);
	for (long i = end > 0 ? end : 0; i < c->num_boundaries; i++)
		check_plan_add_item(plan, i, CHECK_NOWHERE);
}

static void add_items(struct check_plan *plan, const struct check_call *c,
		      const struct check_fault *fault)
{
	/* The report says that it is not possible. */
	if (check_fault_has(fault, CHECK_DROP) && !c->has_droppable)
		return;
	if (fault->split) {
		check_plan_add_pairs(plan, c);
		return;
	}
	if (fault == &check_faults[CHECK_PLAIN_FORK]) {
		add_plain_forks(plan, c);
		return;
	}
	for (long i = 0; i < c->num_tried; i++)
		check_plan_add_item(plan, c->boundaries[i], CHECK_NOWHERE);
}

static void add_sweep(struct check_plan *plan, const struct check_call *c,
		      const struct check_fault *fault)
{
	struct check_sweep *sweep = &plan->sweeps[plan->num_sweeps];

	sweep->call = c;
	sweep->fault = fault;
	sweep->first = plan->num_items;
	sweep->steps_over = fault->split && check_pairs_step_over(plan->options, c);
	add_items(plan, c, fault);
	sweep->num = plan->num_items - sweep->first;
	plan->num_sweeps++;
}

static void add_sweeps(struct check_plan *plan, const struct check_call *c)
{
	const struct check_fault *plain_fork = &check_faults[CHECK_PLAIN_FORK];
	const struct check_options *options = plan->options;
	bool needs_tail = false, is_there = false;

	for (unsigned int i = 0; i < options->num_faults; i++) {
		if (!suits(options, options->faults[i]))
			continue;
		needs_tail = needs_tail || check_fault_forks_late(options->faults[i]) ||
			     (check_fault_has(options->faults[i], CHECK_FORK) && c->last_look < 0);
		is_there = is_there || options->faults[i] == plain_fork;
	}
	/* Which plain forks tell. */
	if (needs_tail && !is_there)
		add_sweep(plan, c, plain_fork);
	for (unsigned int i = 0; i < options->num_faults; i++)
		if (suits(options, options->faults[i]))
			add_sweep(plan, c, options->faults[i]);
}

const char *check_plan_make(struct check_plan *plan, const struct check_options *options)
{
	const char *missing = NULL;

	plan->options = options;
	check_plan_look_at_calls(plan);
	plan->sweeps = calloc((size_t)plan->num_calls * CHECK_MAX_FAULTS, sizeof(*plan->sweeps));
	if (!plan->sweeps)
		abort();
	for (unsigned int i = 0; i < plan->num_calls; i++) {
		const struct check_call *c = &plan->calls[i];

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
